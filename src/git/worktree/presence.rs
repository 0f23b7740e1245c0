//! What stands where a worktree should be, before anybody works on it or clears it away.

use std::path::{Path, PathBuf};

use super::{admin_dir, leads_to, registered_dir};
use crate::git::reflog::logged;
use crate::git::{GitError, Repo};
use crate::model::Oid;

/// What stands at the place of a worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// Its files, wherever it was moved to, with a registration that leads there and back.
    Sound(PathBuf),
    /// Nothing, or an empty directory.
    Gone,
    /// Files that no longer lead to the registration, or have none.
    Broken(PathBuf),
}

/// Looks for the worktree of that name, which was made at `dir`.
pub fn presence(repo: &Repo, name: &str, dir: &Path) -> Presence {
    let admin = admin_dir(repo.common_dir(), name);
    let place = registered_dir(&admin).unwrap_or_else(|| dir.to_owned());
    if admin.is_dir() && leads_to(&place, &admin) {
        return Presence::Sound(place.canonicalize().unwrap_or(place));
    }
    let is_empty = std::fs::read_dir(&place).map_or(true, |mut entries| entries.next().is_none());
    if is_empty { Presence::Gone } else { Presence::Broken(place) }
}

/// The commit that the worktree's `HEAD` was last moved to by somebody who worked in it, or that it
/// was set up at.
///
/// A branch that stands elsewhere was moved from outside, and the files did not follow.
pub fn last_move_inside(repo: &Repo, name: &str) -> Option<Oid> {
    let admin = admin_dir(repo.common_dir(), name);
    let moved = logged(repo, &admin, "HEAD").pop();
    moved.or_else(|| oid(std::fs::read(admin.join(READY)).ok()?.trim_ascii()))
}

fn oid(text: &[u8]) -> Option<Oid> {
    Oid::parse(std::str::from_utf8(text).ok()?).ok()
}

/// Where a branch is checked out, the main worktree included.
pub fn checked_out_at(repo: &Repo, branch_ref: &str) -> Result<Option<PathBuf>, GitError> {
    Ok(super::add::branches_in_use(repo)?.remove(branch_ref))
}

/// Stands in the registration of a worktree whose set-up ran to its end, and goes with it. Holds
/// the commit that was checked out then.
const READY: &str = "orca-ready";

/// Whether the worktree was set up to the end.
pub fn is_set_up(repo: &Repo, name: &str) -> bool {
    admin_dir(repo.common_dir(), name).join(READY).is_file()
}

/// Remembers that the worktree was set up to the end, at `commit`.
pub fn mark_set_up(repo: &Repo, name: &str, commit: Oid) -> Result<(), GitError> {
    super::write(&admin_dir(repo.common_dir(), name).join(READY), format!("{commit}\n"))
}
