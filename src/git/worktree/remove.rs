//! Removes worktrees, and proves beforehand that nothing goes with them.

use std::path::Path;

use super::leftover::{clear_leftovers, discard};
use super::{
    Place, Snapshot, WorktreeError, admin_dir, leads_to, lock_reason, registered_dir, registered_names,
    snapshot,
};
use crate::git::scratch::Scratch;
use crate::git::{GitError, Head, Repo};
use crate::model::{Oid, RepoPath};

/// Whether a worktree may be removed without losing anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    pub snapshot: Snapshot,
    /// What would be lost; none when everything is saved.
    pub unsaved: Option<Unsaved>,
    /// How many ignored files and directories would go unsaved, as ignored things do.
    pub n_ignored: usize,
}

/// Why removing a worktree would lose work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsaved {
    /// Its content differs from its commit.
    Changes,
    /// Its commit can be reached from nothing that stays.
    Commit(Oid),
    /// These paths cannot be saved as objects of this repository.
    Skipped(Vec<RepoPath>),
}

/// Looks whether everything in the worktree at `dir` is also in a commit that `keep` reaches.
pub fn provably_saved(repo: &Repo, dir: &Path, keep: &[Oid]) -> Result<Saved, GitError> {
    let snapshot = snapshot(repo, dir)?;
    let unsaved = unsaved(repo, &snapshot, keep)?;
    let n_ignored = super::snapshot::ignored(repo, &Place::at(repo, dir)?)?.len();
    Ok(Saved { snapshot, unsaved, n_ignored })
}

fn unsaved(repo: &Repo, snapshot: &Snapshot, keep: &[Oid]) -> Result<Option<Unsaved>, GitError> {
    if snapshot.dirty {
        return Ok(Some(Unsaved::Changes));
    }
    if !snapshot.skipped.is_empty() {
        let paths = snapshot.skipped.iter().map(|(path, _)| path.clone()).collect();
        return Ok(Some(Unsaved::Skipped(paths)));
    }
    let (Head::Branch(_, tip) | Head::Detached(tip)) = snapshot.head else { return Ok(None) };
    Ok(if repo.is_reached(keep, tip)? { None } else { Some(Unsaved::Commit(tip)) })
}

/// Removes a worktree's files and registration, whatever is in it: whoever calls has made sure that
/// it is saved. One that is not registered is removed already.
///
/// Refuses one that a person locked, and one whose directory no longer leads here: what lies there
/// now is not known to be its files. A directory that is gone is fine.
pub fn remove_worktree(repo: &Repo, name: &str) -> Result<(), GitError> {
    clear_leftovers(repo);
    let admin = admin_dir(repo.common_dir(), name);
    // Among the names that are there; '..' would be a directory as well.
    if !registered_names(repo.common_dir()).iter().any(|other| other == name) {
        return Ok(());
    }
    if let Some(reason) = lock_reason(&admin) {
        return Err(WorktreeError::Locked { name: name.to_owned(), reason }.into());
    }
    match registered_dir(&admin) {
        Some(dir) if holds_something(&dir) && !leads_to(&dir, &admin) => {
            Err(WorktreeError::PointerLost(dir).into())
        }
        _ => discard(&Scratch::new(&repo.orca_dir())?, &admin),
    }
}

/// Removes a worktree's registration alone, and leaves the files it names as they are. For one whose
/// files no longer lead back: what it names may be anything.
pub fn forget_worktree(repo: &Repo, name: &str) -> Result<(), GitError> {
    clear_leftovers(repo);
    let admin = admin_dir(repo.common_dir(), name);
    if !registered_names(repo.common_dir()).iter().any(|other| other == name) {
        return Ok(());
    }
    if let Some(reason) = lock_reason(&admin) {
        return Err(WorktreeError::Locked { name: name.to_owned(), reason }.into());
    }
    let scratch = Scratch::new(&repo.orca_dir())?;
    let gone = scratch.dir().join("registration");
    std::fs::rename(&admin, &gone).map_err(GitError::io("cannot remove", &admin))
}

fn holds_something(dir: &Path) -> bool {
    std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some())
}
