//! What stands where a worktree should be, before anybody works on it or clears it away.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{LONGEST_LINE, admin_dir, belongs, leads_to, registered_dir, registered_names};
use crate::git::reflog::logged;
use crate::git::{GitError, Repo, read_plain};
use crate::model::{Oid, RunId};

/// What stands at the place of a worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// Its files, wherever it was moved to, with a registration that leads there and back.
    Sound(PathBuf),
    /// Nothing, or an empty directory.
    Gone,
    /// Files where it was made, which no longer lead to the registration, or have none.
    Broken(PathBuf),
}

/// Looks for the worktree of that name, which was made at `dir`.
///
/// Whoever works there can write any path into the registration, so what that leads to counts only
/// where it leads back. Anything else may be anybody's files.
pub fn presence(repo: &Repo, name: &str, dir: &Path) -> Presence {
    let admin = admin_dir(repo.common_dir(), name);
    let place = registered_dir(&admin);
    if let Some(place) = place.as_ref().filter(|place| leads_to(place, &admin))
        && belongs(&admin, repo.common_dir())
    {
        return Presence::Sound(place.canonicalize().unwrap_or_else(|_| place.clone()));
    }
    let place = place.filter(|place| is_spare(repo, name, place, dir)).unwrap_or_else(|| dir.to_owned());
    let is_empty = std::fs::read_dir(&place).map_or(true, |mut entries| entries.next().is_none());
    if is_empty { Presence::Gone } else { Presence::Broken(place) }
}

/// Whether a place can be that of an earlier task, whose worktree was taken over: one beside `dir`, of
/// such a name, that is no other worktree's.
fn is_spare(repo: &Repo, name: &str, place: &Path, dir: &Path) -> bool {
    let parent = |path: &Path| path.parent().and_then(|parent| parent.canonicalize().ok());
    let is_named = place.file_name().and_then(|name| RunId::of_worktree(name.to_str()?)).is_some();
    let leads_here = |other: &String| leads_to(place, &admin_dir(repo.common_dir(), other));
    let others = registered_names(repo.common_dir());
    let is_anothers = others.iter().any(|other| other != name && leads_here(other));
    is_named && parent(place).is_some() && parent(place) == parent(dir) && !is_anothers
}

/// The commit that the worktree's `HEAD` was last moved to by somebody who worked in it, or that it
/// was set up at.
///
/// A branch that stands elsewhere was moved from outside, and the files did not follow.
pub fn last_move_inside(repo: &Repo, name: &str) -> Option<Oid> {
    let admin = admin_dir(repo.common_dir(), name);
    let moved = logged(repo, &admin, "HEAD").pop();
    moved.or_else(|| oid(read_plain(&admin.join(READY), LONGEST_LINE).ok()?.trim_ascii()))
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
    let ready = admin_dir(repo.common_dir(), name).join(READY);
    ready.symlink_metadata().is_ok_and(|found| found.is_file())
}

/// Remembers that the worktree was set up to the end, at `commit`.
pub fn mark_set_up(repo: &Repo, name: &str, commit: Oid) -> Result<(), GitError> {
    let ready = admin_dir(repo.common_dir(), name).join(READY);
    // Made anew, so that nothing is written through a link.
    let _ = std::fs::remove_file(&ready);
    let made = File::create_new(&ready).and_then(|mut file| writeln!(file, "{commit}"));
    made.map_err(GitError::io("cannot write", &ready))
}
