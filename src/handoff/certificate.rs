//! How a conflict was resolved, as trailers of the merge commit that holds the result.
//!
//! ```text
//! Orca-Resolved: src/list.py by search (theirs first; parse, lines, gate)
//! Orca-Refused: src/list.py: ours first: the gate fails
//! ```

use super::trailers::{Trailer, rescue};

/// The evidence for the text of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub path: String,
    /// The rung of the ladder that held.
    pub rung: String,
    /// Which of the candidates it is.
    pub candidate: String,
    /// What it passed.
    pub checks: Vec<String>,
    /// Which others were refused, and why.
    pub refused: Vec<String>,
}

const RESOLVED: &str = "Orca-Resolved";
const REFUSED: &str = "Orca-Refused";

impl Certificate {
    /// The lines for the merge commit.
    pub fn trailers(&self) -> Vec<Trailer> {
        let (path, rung, candidate) = (&self.path, &self.rung, &self.candidate);
        let resolved = format!("{path} by {rung} ({candidate}; {})", self.checks.join(", "));
        let refused = self.refused.iter().map(|why| Trailer::new(REFUSED, &format!("{path}: {why}")));
        std::iter::once(Trailer::new(RESOLVED, &resolved)).chain(refused).collect()
    }

    /// The certificates in the message of a merge commit.
    pub fn all_in(message: &str) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for Trailer { key, value } in rescue(message) {
            match key.as_str() {
                RESOLVED => found.extend(Self::parse(&value)),
                REFUSED => {
                    let Some(last) = found.last_mut() else { continue };
                    let why = value.strip_prefix(&last.path).and_then(|why| why.strip_prefix(": "));
                    last.refused.extend(why.map(str::to_owned));
                }
                _ => {}
            }
        }
        found
    }

    fn parse(value: &str) -> Option<Self> {
        let (head, evidence) = value.strip_suffix(')')?.rsplit_once(" (")?;
        let (path, rung) = head.rsplit_once(" by ")?;
        let (candidate, checks) = evidence.split_once("; ")?;
        Some(Self {
            path: path.to_owned(),
            rung: rung.to_owned(),
            candidate: candidate.to_owned(),
            checks: checks.split(", ").map(str::to_owned).collect(),
            refused: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handoff::with_block;

    #[test]
    fn certificates_round_trip() {
        let safe = Certificate {
            path: "src/a by b (1).py".into(),
            rung: "structure".into(),
            candidate: "structure".into(),
            checks: vec!["parse".into(), "lines".into()],
            refused: Vec::new(),
        };
        let guess = Certificate {
            path: "f.py".into(),
            rung: "search".into(),
            candidate: "theirs first + by words".into(),
            refused: vec!["ours first: the gate fails".into(), "by lines: a line is lost".into()],
            ..safe.clone()
        };
        let trailers = [safe.trailers(), guess.trailers()].concat();
        assert_eq!(Certificate::all_in(&with_block("Merge", &trailers)), [safe, guess]);
        assert_eq!(Certificate::all_in("Merge\n\nOrca-Resolved: whatever\nOrca-Refused: f.py: x"), []);
    }
}
