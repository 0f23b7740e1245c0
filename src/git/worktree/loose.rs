//! Sets a worktree loose from its branch while an agent works there, and ties it to it again.
//!
//! Git locks a ref by a file beside it and renames that into place, so whoever may commit on a branch
//! may move all that lie in its directory. A detached `HEAD` and its log lie in the registration of the
//! worktree, where nobody else has a part.

use std::path::Path;

use super::{admin_dir, head, write};
use crate::git::{GitError, Head, Repo};
use crate::model::Oid;

/// Detaches the `HEAD` of a worktree that is on the branch, at the branch's tip.
///
/// In a repository with a reftable it stays as it is: only Git writes tables, and none is sent to where
/// an agent may have left settings.
pub fn set_loose(repo: &Repo, name: &str, branch_ref: &str) -> Result<(), GitError> {
    let admin = admin_dir(repo.common_dir(), name);
    match head(repo, &admin)? {
        Head::Branch(branch, tip) if branch == branch_ref && !repo.has_reftable() => {
            write_head(&admin, &tip.to_string())
        }
        _ => Ok(()),
    }
}

/// Puts a worktree on a branch, and touches neither index nor files.
pub fn tie(repo: &Repo, name: &str, branch_ref: &str) -> Result<(), GitError> {
    write_head(&admin_dir(repo.common_dir(), name), &format!("ref: {branch_ref}"))
}

/// The commit that a loose worktree is at; none for one that is on a branch, or cannot be read.
pub fn loose_at(repo: &Repo, name: &str) -> Option<Oid> {
    let admin = admin_dir(repo.common_dir(), name);
    match head(repo, &admin) {
        Ok(Head::Detached(tip)) if !repo.has_reftable() => Some(tip),
        _ => None,
    }
}

/// Replaces `HEAD` whole, and what may be a link there itself.
fn write_head(admin: &Path, line: &str) -> Result<(), GitError> {
    let (new, head) = (admin.join("HEAD.orca"), admin.join("HEAD"));
    let _ = std::fs::remove_file(&new);
    write(&new, format!("{line}\n"))?;
    std::fs::rename(&new, &head).map_err(GitError::io("cannot write", &head))
}
