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
    /// Another candidate that passes as well.
    pub also: Option<String>,
}

const RESOLVED: &str = "Orca-Resolved";
const REFUSED: &str = "Orca-Refused";
const PASSES_TOO: &str = " passes too";
const AMBIGUOUS: &str = "ambiguous: ";

impl Certificate {
    /// The lines for the merge commit.
    pub fn trailers(&self) -> Vec<Trailer> {
        let also =
            self.also.as_ref().map_or(String::new(), |also| format!("; {AMBIGUOUS}{also}{PASSES_TOO}"));
        let (path, rung, candidate) = (&self.path, &self.rung, &self.candidate);
        let resolved = format!("{path} by {rung} ({candidate}; {}{also})", self.checks.join(", "));
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
                    let last = found.last_mut();
                    let why =
                        last.as_ref().and_then(|last| value.strip_prefix(&last.path)?.strip_prefix(": "));
                    let why = why.map(str::to_owned);
                    last.into_iter().for_each(|last| last.refused.extend(why.clone()));
                }
                _ => {}
            }
        }
        found
    }

    fn parse(value: &str) -> Option<Self> {
        let (head, evidence) = value.strip_suffix(')')?.rsplit_once(" (")?;
        let (path, rung) = head.rsplit_once(" by ")?;
        let mut parts = evidence.split("; ");
        let (candidate, checks) = (parts.next()?, parts.next()?);
        let also = parts.next().and_then(|also| also.strip_prefix(AMBIGUOUS)?.strip_suffix(PASSES_TOO));
        Some(Self {
            path: path.to_owned(),
            rung: rung.to_owned(),
            candidate: candidate.to_owned(),
            checks: checks.split(", ").map(str::to_owned).collect(),
            refused: Vec::new(),
            also: also.map(str::to_owned),
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
            also: None,
        };
        let guess = Certificate {
            path: "f.py".into(),
            rung: "search".into(),
            candidate: "theirs first + by words".into(),
            refused: vec!["ours first: the gate fails".into(), "by lines: a line is lost".into()],
            also: Some("by words".into()),
            ..safe.clone()
        };
        let trailers = [safe.trailers(), guess.trailers()].concat();
        assert_eq!(Certificate::all_in(&with_block("Merge", &trailers)), [safe, guess]);
        assert_eq!(Certificate::all_in("Merge\n\nOrca-Resolved: whatever\nOrca-Refused: f.py: x"), []);
    }
}
