//! Saves the content of a worktree under a ref of its own before the worktree goes.

use super::Snapshot;
use crate::git::{GitError, NewCommit, RefEdit, Repo, update_refs};
use crate::model::{Oid, printable};

const PREFIX: &str = "refs/orca/rescue/";

/// Where a worktree's content was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescued {
    pub reference: String,
    pub commit: Oid,
    /// False when the newest rescue of that worktree already held the same.
    pub new: bool,
}

/// Commits a snapshot on top of `parent` and points `refs/orca/rescue/<name>-<n>` at it, with the
/// first free number: an older rescue is never replaced.
pub fn rescue(
    repo: &Repo,
    name: &str,
    snapshot: &Snapshot,
    parent: Option<Oid>,
    time: i64,
) -> Result<Rescued, GitError> {
    let parents: Vec<Oid> = parent.into_iter().collect();
    let mut newest = newest(repo, name)?;
    if let Some((number, tip)) = newest {
        let held = repo.commit(tip)?;
        if held.tree == snapshot.tree && held.parents == parents {
            return Ok(Rescued { reference: reference(name, number), commit: tip, new: false });
        }
    }
    let message = message(name, snapshot);
    let commit =
        repo.write_commit(&NewCommit { tree: snapshot.tree, parents: &parents, message: &message, time })?;
    loop {
        let number = newest.map_or(1, |(number, _)| number + 1);
        let edit = RefEdit { name: reference(name, number), old: None, new: Some(commit) };
        match update_refs(repo, &[edit], "orca: rescue") {
            Ok(()) => return Ok(Rescued { reference: reference(name, number), commit, new: true }),
            // Another process took the number; each turn of the loop sees at least one more.
            Err(GitError::Moved { found: Some(other), .. }) => newest = Some((number, other)),
            Err(error) => return Err(error),
        }
    }
}

fn reference(name: &str, number: u32) -> String {
    format!("{PREFIX}{name}-{number}")
}

/// The rescue of that name with the highest number. `a-1` is also how a rescue of `a` is named, but
/// what follows the last dash is always the number.
fn newest(repo: &Repo, name: &str) -> Result<Option<(u32, Oid)>, GitError> {
    let prefix = format!("{PREFIX}{name}-");
    let number = |full: &str| full.strip_prefix(&prefix)?.parse::<u32>().ok();
    let found = repo.refs_under(&prefix)?;
    Ok(found.iter().filter_map(|(full, &tip)| Some((number(full)?, tip))).max())
}

fn message(name: &str, snapshot: &Snapshot) -> String {
    let mut lines = vec![
        format!("orca: content of worktree {name}"),
        String::new(),
        "Saved before the worktree was removed or reset.".to_owned(),
    ];
    if !snapshot.skipped.is_empty() {
        lines.extend([String::new(), "Not saved:".to_owned()]);
    }
    lines.extend(snapshot.skipped.iter().map(|(path, reason)| format!("- {path}: {}", printable(reason))));
    lines.join("\n") + "\n"
}
