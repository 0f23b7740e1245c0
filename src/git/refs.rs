//! Moves refs: all of a set or none, and only from where the caller saw them.

use std::path::{Path, PathBuf};

use super::{GitError, Repo, is_strange};
use crate::model::Oid;

/// One ref to move. `old: None` means it must not exist yet; `new: None` deletes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefEdit {
    pub name: String,
    pub old: Option<Oid>,
    pub new: Option<Oid>,
}

impl RefEdit {
    /// The edit that takes this one back.
    pub fn reversed(self) -> Self {
        Self { name: self.name, old: self.new, new: self.old }
    }
}

/// Moves every ref of `edits` in one transaction of `git update-ref`, or none.
///
/// The branches of a run are writable for its agents, so of such a name the ref itself is moved,
/// never another that it leads to: an agent could make its branch lead to the target.
///
/// A ref that stands elsewhere than its edit expects is [`GitError::Moved`].
pub fn update_refs(repo: &Repo, edits: &[RefEdit], reason: &str) -> Result<(), GitError> {
    let git = repo.git().shielded();
    let mut input = String::from("start\n");
    for edit in edits {
        if is_own(&edit.name) {
            clear_way(repo, &edit.name);
            input.push_str("option no-deref\n");
        }
        input.push_str(&line(edit));
    }
    input.push_str("prepare\ncommit\n");
    let args = ["update-ref", "-m", reason, "--create-reflog", "--stdin"];
    let output = git.output(&args, input.as_bytes())?;
    if output.status.success() {
        return Ok(());
    }
    for edit in edits {
        let found = repo.ref_oid(&edit.name)?;
        if found != edit.old {
            return Err(GitError::Moved { name: edit.name.clone(), expected: edit.old, found });
        }
    }
    Err(git.failure(&args, &output))
}

/// Whether the ref is one of those that only orca should move.
fn is_own(name: &str) -> bool {
    ["refs/heads/orca/", "refs/orca/"].iter().any(|own| name.starts_with(own))
}

/// Removes what is in the way of a ref or its log and is no file: Git would wait at a pipe, and write
/// its log wherever a link leads.
fn clear_way(repo: &Repo, name: &str) {
    for place in [repo.common_dir().join(name), repo.common_dir().join("logs").join(name)] {
        if is_strange(&place) {
            // What cannot be removed, Git will stumble over and name.
            let _ = std::fs::remove_file(place);
        }
    }
}

/// Removes what is neither a file, a link nor a directory below a place of refs, and below that of their
/// logs: whoever lists the refs would wait there.
pub fn clear_pipes(repo: &Repo, place: &str) {
    for top in [repo.common_dir().join(place), repo.common_dir().join("logs").join(place)] {
        clear_pipes_below(&top);
    }
}

fn clear_pipes_below(dir: &Path) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => clear_pipes_below(&entry.path()),
            Ok(kind) if kind.is_file() || kind.is_symlink() => {}
            _ => drop(std::fs::remove_file(entry.path())),
        }
    }
}

/// Moves one ref; `old: None` means it must not exist yet.
///
/// For refs that only orca writes: no hook runs, and where libgit2 can do it no child is started. A held ref lock is
/// [`GitError::Locked`] at once, without waiting.
pub fn compare_and_swap(
    repo: &Repo,
    name: &str,
    old: Option<Oid>,
    new: Oid,
    reason: &str,
) -> Result<(), GitError> {
    repo.access().move_ref(name, old, new, reason)
}

/// The file that whoever moves the ref holds while doing so. A killed writer leaves it behind.
pub fn ref_lock_path(repo: &Repo, name: &str) -> PathBuf {
    ref_lock(repo.common_dir(), name)
}

/// As [`ref_lock_path`], from the shared Git directory. A reftable has one lock for all refs.
pub(super) fn ref_lock(common_dir: &Path, name: &str) -> PathBuf {
    let reftable = common_dir.join("reftable");
    match reftable.is_dir() {
        true => reftable.join("tables.list.lock"),
        false => common_dir.join(format!("{name}.lock")),
    }
}

/// Ref names hold no space, so the line format needs no quoting.
fn line(edit: &RefEdit) -> String {
    let name = &edit.name;
    match (edit.old, edit.new) {
        (None, Some(new)) => format!("create {name} {new}\n"),
        (Some(old), Some(new)) => format!("update {name} {new} {old}\n"),
        (Some(old), None) => format!("delete {name} {old}\n"),
        (None, None) => format!("verify {name}\n"),
    }
}
