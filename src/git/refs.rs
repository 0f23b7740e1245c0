//! Moves refs: all of a set or none, and only from where the caller saw them.

use std::path::PathBuf;

use git2::ErrorCode;

use super::repo::lib_oid;
use super::{GitError, Repo};
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
/// A ref that stands elsewhere than its edit expects is [`GitError::Moved`].
pub fn update_refs(repo: &Repo, edits: &[RefEdit], reason: &str) -> Result<(), GitError> {
    let git = repo.git().shielded();
    let mut input = String::from("start\n");
    for edit in edits {
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

/// Moves one ref in process; `old: None` means it must not exist yet.
///
/// For refs that only orca writes: no child is started and no hook runs. A held ref lock is
/// [`GitError::Locked`] at once, without waiting.
pub fn compare_and_swap(
    repo: &Repo,
    name: &str,
    old: Option<Oid>,
    new: Oid,
    reason: &str,
) -> Result<(), GitError> {
    let library = repo.library();
    let moved = match old {
        Some(old) => library.reference_matching(name, lib_oid(new), true, lib_oid(old), reason),
        None => library.reference(name, lib_oid(new), false, reason),
    };
    let Err(error) = moved else { return Ok(()) };
    match error.code() {
        ErrorCode::Locked => Err(GitError::Locked(name.to_owned())),
        ErrorCode::Modified | ErrorCode::Exists | ErrorCode::NotFound => {
            Err(GitError::Moved { name: name.to_owned(), expected: old, found: repo.ref_oid(name)? })
        }
        _ => Err(error.into()),
    }
}

/// The file that whoever moves the ref holds while doing so. A killed writer leaves it behind.
pub fn ref_lock_path(repo: &Repo, name: &str) -> PathBuf {
    repo.common_dir().join(format!("{name}.lock"))
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
