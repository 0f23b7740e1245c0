//! Reads what `git merge-tree --stdin -z --messages` answers.
//!
//! One record, every token ended by a NUL:
//!
//! ```text
//! 0|1  tree  {mode oid stage<TAB>path}*  ""  {count path{count} kind text}*  ""
//! ```

use std::collections::BTreeMap;
use std::io::{BufRead, Error, ErrorKind, Result};

use super::Entry;
use crate::model::{Oid, RepoPath};

/// What Git made of two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The merged tree; after a conflict it holds files with conflict markers.
    pub tree: Oid,
    pub conflicts: Vec<Conflict>,
    /// What Git said about it, such as inferred renames, beside which files it merged by content.
    pub messages: Vec<String>,
    /// Whether Git left nothing to decide. Some conflicts, as of a moved directory, name no stages.
    pub clean: bool,
}

impl Merged {
    /// As Git would answer, save for what is not read of that.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\0{}\0", u8::from(self.clean), self.tree).into_bytes();
        for conflict in &self.conflicts {
            for (stage, entry) in [(1, conflict.base), (2, conflict.ours), (3, conflict.theirs)] {
                let Some(Entry { oid, mode }) = entry else { continue };
                bytes.extend_from_slice(format!("{mode:o} {oid} {stage}\t").as_bytes());
                bytes.extend_from_slice(conflict.path.as_bytes());
                bytes.push(0);
            }
        }
        bytes.push(0);
        for message in &self.messages {
            bytes.extend_from_slice(format!("0\0message\0{message}\0").as_bytes());
        }
        bytes.push(0);
        bytes
    }

    /// Reads what [`Merged::to_bytes`] wrote, or Git; none where it is damaged.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        read(&mut bytes).ok()
    }
}

/// A path that Git could not merge, with what stands there in the base and on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub path: RepoPath,
    pub base: Option<Entry>,
    pub ours: Option<Entry>,
    pub theirs: Option<Entry>,
}

/// Reads a record up to the token that ends its messages.
pub(super) fn read(from: &mut impl BufRead) -> Result<Merged> {
    let clean = match token(from)?.as_slice() {
        b"0" => false,
        b"1" => true,
        other => return Err(garbled(other)),
    };
    let tree = oid(&token(from)?)?;
    let conflicts = conflicts(from)?;
    Ok(Merged { tree, conflicts, messages: messages(from)?, clean })
}

/// Reads the record of a merge of a commit with itself, save for the NUL that ends it, which Git
/// may keep back until it has more to say.
pub(super) fn read_barrier(from: &mut impl BufRead) -> Result<()> {
    for _status_tree_and_end_of_conflicts in 0..3 {
        token(from)?;
    }
    Ok(())
}

/// Reads an empty token.
pub(super) fn read_end(from: &mut impl BufRead) -> Result<()> {
    match token(from)?.as_slice() {
        b"" => Ok(()),
        other => Err(garbled(other)),
    }
}

fn conflicts(from: &mut impl BufRead) -> Result<Vec<Conflict>> {
    let mut found: BTreeMap<RepoPath, Conflict> = BTreeMap::new();
    loop {
        let line = token(from)?;
        if line.is_empty() {
            return Ok(found.into_values().collect());
        }
        let (path, entry, stage) = stage(&line).ok_or_else(|| garbled(&line))?;
        let conflict =
            found.entry(path.clone()).or_insert(Conflict { path, base: None, ours: None, theirs: None });
        match stage {
            b"1" => conflict.base = Some(entry),
            b"2" => conflict.ours = Some(entry),
            _ => conflict.theirs = Some(entry),
        }
    }
}

/// Splits `100644 <oid> 2<TAB>path`.
fn stage(line: &[u8]) -> Option<(RepoPath, Entry, &[u8])> {
    let tab = line.iter().position(|&byte| byte == b'\t')?;
    let mut words = line[..tab].split(|&byte| byte == b' ');
    let mode = u32::from_str_radix(std::str::from_utf8(words.next()?).ok()?, 8).ok()?;
    let oid = oid(words.next()?).ok()?;
    Some((RepoPath::new(&line[tab + 1..]), Entry { oid, mode }, words.next()?))
}

fn messages(from: &mut impl BufRead) -> Result<Vec<String>> {
    let mut found = Vec::new();
    loop {
        let count = token(from)?;
        if count.is_empty() {
            return Ok(found);
        }
        let n_paths = std::str::from_utf8(&count).ok().and_then(|count| count.parse::<usize>().ok());
        for _ in 0..n_paths.ok_or_else(|| garbled(&count))? {
            token(from)?;
        }
        let kind = token(from)?;
        let text = token(from)?;
        if kind != b"Auto-merging" {
            found.push(String::from_utf8_lossy(&text).trim_end().to_owned());
        }
    }
}

fn token(from: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut token = Vec::new();
    from.read_until(0, &mut token)?;
    match token.pop() {
        Some(0) => Ok(token),
        _ => Err(ErrorKind::UnexpectedEof.into()),
    }
}

fn oid(hex: &[u8]) -> Result<Oid> {
    std::str::from_utf8(hex).ok().and_then(|hex| Oid::parse(hex).ok()).ok_or_else(|| garbled(hex))
}

fn garbled(token: &[u8]) -> Error {
    Error::new(ErrorKind::InvalidData, String::from_utf8_lossy(token).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let entry = |byte, mode| Some(Entry { oid: Oid::from_bytes(&[byte; 20]).unwrap(), mode });
        let conflict =
            |path: &str, base, ours, theirs| Conflict { path: RepoPath::from(path), base, ours, theirs };
        let mut merged = Merged {
            tree: Oid::from_bytes(&[9; 20]).unwrap(),
            conflicts: Vec::new(),
            messages: Vec::new(),
            clean: true,
        };
        assert_eq!(Merged::from_bytes(&merged.to_bytes()), Some(merged.clone()));
        merged.clean = false;
        merged.conflicts.push(conflict("a\tb\n", entry(1, 0o100_644), entry(2, 0o100_755), None));
        merged.conflicts.push(conflict("c d", None, entry(4, 0o120_000), entry(5, 0o160_000)));
        merged.messages.push("CONFLICT (content): Merge conflict in c d".to_owned());
        merged.messages.push("several\nlines".to_owned());
        let bytes = merged.to_bytes();
        assert_eq!(Merged::from_bytes(&bytes), Some(merged));
        for end in 0..bytes.len() {
            assert_eq!(Merged::from_bytes(&bytes[..end]), None, "cut off after {end}");
        }
    }
}
