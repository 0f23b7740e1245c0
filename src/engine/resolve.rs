//! Resolves the files of a merge that conflict in text, in memory.
//!
//! All or nothing: a merge of which one file still conflicts is no merge. Files with a merge driver
//! of their own, links, submodules and files that one side deleted are Git's and the user's.

use crate::git::{Conflict, Entry, Merged, Repo, merge_attributes};
use crate::merge::resolve::{CHECKS, LARGEST, Markers, Versions, guesses, merge_file};
use crate::model::{Oid, RepoPath};

/// What is done about conflicts in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolve {
    /// They wait.
    Off,
    /// What the structure of a file proves is resolved.
    Safe,
    /// Where structure proves nothing, likely candidates are tried behind the gate.
    Search,
}

/// A file whose conflicts were resolved, and with which evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub path: RepoPath,
    /// The branch that was merged.
    pub branch: String,
    pub hunks: usize,
    pub rung: &'static str,
    /// Which of the candidates it is.
    pub candidate: String,
    /// Why others were refused.
    pub refused: Vec<String>,
    /// What it passed.
    pub checks: Vec<String>,
}

impl Resolved {
    /// How it was resolved, for a person.
    pub fn how(&self) -> String {
        format!("by {}", self.rung)
    }

    /// The line in the merge commit.
    pub(super) fn certificate(&self) -> String {
        format!("{} by {} ({}; {})", self.path, self.rung, self.candidate, self.checks.join(", "))
    }
}

/// The rung of what only a gate can judge.
pub(super) const SEARCH: &str = "search";

/// The tree of a merge with all its conflicts resolved; none where one cannot be. With a pick, what
/// structure does not prove is taken from that place in the list of guesses.
pub(super) fn resolve_merge(
    repo: &Repo,
    attributes_of: Oid,
    merged: &Merged,
    branch: &str,
    pick: Option<usize>,
) -> anyhow::Result<Option<(Oid, Vec<Resolved>)>> {
    let is_content =
        |message: &String| !message.starts_with("CONFLICT") || message.starts_with("CONFLICT (content)");
    if merged.conflicts.is_empty() || !merged.messages.iter().all(is_content) {
        return Ok(None);
    }
    let paths: Vec<&RepoPath> = merged.conflicts.iter().map(|conflict| &conflict.path).collect();
    let attributes = merge_attributes(repo, attributes_of, &paths)?;
    if attributes.values().any(|value| value != "set" && value != "text") {
        return Ok(None);
    }
    let mut edits = Vec::new();
    let mut done = Vec::new();
    for conflict in &merged.conflicts {
        let Some((entry, resolved)) = resolve_conflict(repo, conflict, branch, pick)? else {
            return Ok(None);
        };
        edits.push((conflict.path.clone(), Some(entry)));
        done.push(resolved);
    }
    Ok(Some((repo.edit_tree(Some(merged.tree), &edits)?, done)))
}

/// The file that stands in place of a conflict.
fn resolve_conflict(
    repo: &Repo,
    conflict: &Conflict,
    branch: &str,
    pick: Option<usize>,
) -> anyhow::Result<Option<(Entry, Resolved)>> {
    let (Some(base), Some(ours), Some(theirs)) = (&conflict.base, &conflict.ours, &conflict.theirs) else {
        return Ok(None);
    };
    let is_plain = |entry: &&Entry| entry.is_file() && entry.mode == ours.mode;
    if ![base, theirs].iter().all(is_plain) || !ours.is_file() {
        return Ok(None);
    }
    let mut texts = Vec::new();
    for entry in [base, ours, theirs] {
        if repo.blob_size(entry.oid)? > LARGEST as u64 {
            return Ok(None);
        }
        let Ok(text) = String::from_utf8(repo.blob(entry.oid)?) else { return Ok(None) };
        texts.push(text);
    }
    let [base, ours_text, theirs] = texts.as_slice() else { return Ok(None) };
    let versions = Versions { path: &conflict.path, base, ours: ours_text, theirs };
    let merge = merge_file(versions, &Markers::default());
    let mut resolved = Resolved {
        path: conflict.path.clone(),
        branch: branch.to_owned(),
        hunks: merge.hunks,
        rung: "structure",
        candidate: "structure".to_owned(),
        refused: Vec::new(),
        checks: CHECKS.iter().map(|&check| check.to_owned()).collect(),
    };
    let mut text = merge.text;
    if merge.conflicts > 0 {
        let Some(pick) = pick else { return Ok(None) };
        let (guesses, refused) = guesses(versions);
        let Some(guess) = guesses.into_iter().nth(pick) else { return Ok(None) };
        (resolved.rung, resolved.candidate, resolved.refused) = (SEARCH, guess.name.to_owned(), refused);
        text = guess.text;
    }
    let entry = Entry { oid: repo.write_blob(text.as_bytes())?, mode: ours.mode };
    Ok(Some((entry, resolved)))
}
