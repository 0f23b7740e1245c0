//! Clears what killed processes left: worktrees not yet registered, and worktrees half removed.

use std::collections::BTreeSet;
use std::path::Path;

use super::reuse::give_back_untouched;
use super::{LONGEST_LINE, admin_dir, leads_to, lock_reason, registered_dir, registered_names, write};
use crate::git::scratch::{Lock, Scratch, tokens};
use crate::git::{GitError, Repo, read_plain};

/// Stands in the lock file of a worktree that is being removed, before the token of who does it.
const REMOVING: &str = "orca: removing ";

/// Finishes what dead owners of scratch directories began. What the living do is left alone, and
/// what cannot be cleared now is tried again next time.
pub fn clear_leftovers(repo: &Repo) {
    let names = registered_names(repo.common_dir()).into_iter();
    let removals = names.filter_map(|name| remover(&admin_dir(repo.common_dir(), &name)));
    let mut owners: BTreeSet<String> = tokens(&repo.orca_dir()).into_iter().collect();
    owners.extend(removals);
    for token in owners {
        let Some(lock) = Lock::of_dead(&repo.orca_dir(), &token) else { continue };
        if give_back_untouched(repo.common_dir(), &lock.dir()).is_err() {
            continue;
        }
        clear_drafts(repo, &lock.dir());
        finish_removals(repo, &token);
        let _ = std::fs::remove_dir_all(lock.dir());
    }
}

fn finish_removals(repo: &Repo, token: &str) {
    for name in registered_names(repo.common_dir()) {
        let admin = admin_dir(repo.common_dir(), &name);
        if remover(&admin).as_deref() == Some(token) {
            let _ = Scratch::new(&repo.orca_dir()).and_then(|scratch| discard(&scratch, &admin));
        }
    }
}

/// The token of whoever removes the worktree.
fn remover(admin: &Path) -> Option<String> {
    let token = lock_reason(admin)?.strip_prefix(REMOVING)?.to_owned();
    // It becomes a file name, and an agent can write the lock file.
    token.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(token)
}

/// Removes the files of registrations that never left the scratch directory.
fn clear_drafts(repo: &Repo, scratch: &Path) {
    let Ok(drafts) = std::fs::read_dir(scratch) else { return };
    for draft in drafts.flatten() {
        let Some(dir) = registered_dir(&draft.path()) else { continue };
        let owned = registered_names(repo.common_dir()).into_iter().any(|name| {
            registered_dir(&admin_dir(repo.common_dir(), &name)).is_some_and(|other| other == dir)
        });
        if !owned && (points_below(&dir, &repo.common_dir().join("worktrees")) || is_only_claimed(&dir)) {
            let _ = empty(&dir);
        }
    }
}

/// Whether the directory says it is a worktree of this repository.
fn points_below(dir: &Path, worktrees: &Path) -> bool {
    let Ok(content) = read_plain(&dir.join(".git"), LONGEST_LINE) else { return false };
    content.strip_prefix(b"gitdir: ").is_some_and(|path| super::path_in(path).starts_with(worktrees))
}

/// Whether there is nothing but the `.git` file that claims the directory, still empty.
fn is_only_claimed(dir: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(dir) else { return false };
    let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    let pointer = std::fs::symlink_metadata(dir.join(".git"));
    names.len() == 1 && pointer.is_ok_and(|file| file.is_file() && file.len() == 0)
}

/// Removes a worktree and its registration. A kill in between leaves the lock to be recognised.
pub(super) fn discard(scratch: &Scratch, admin: &Path) -> Result<(), GitError> {
    // Renamed into place: an empty lock file would be one that a person made without a reason.
    let (lock, draft) = (admin.join("locked"), scratch.dir().join("locked"));
    write(&draft, format!("{REMOVING}{}\n", scratch.token()))?;
    std::fs::rename(&draft, &lock).map_err(GitError::io("cannot write", &lock))?;
    if let Some(dir) = registered_dir(admin).filter(|dir| leads_to(dir, admin)) {
        empty(&dir).map_err(GitError::io("cannot remove", &dir))?;
    }
    let gone = scratch.dir().join("registration");
    std::fs::rename(admin, &gone).map_err(GitError::io("cannot remove", admin))
}

/// Removes the files of a worktree that could not be made.
pub(super) fn clear_files(dir: &Path, admin: &Path) {
    if leads_to(dir, admin) {
        // The error that led here is the one to report.
        let _ = empty(dir);
    }
}

/// Removes what an attempt to fill a claimed directory left in it.
pub(super) fn clear_for_another_try(dir: &Path) -> Result<(), GitError> {
    clear(dir).map_err(GitError::io("cannot clear", dir))
}

/// Removes a worktree's directory, `.git` last: while it is there, the rest is known to be ours.
fn empty(dir: &Path) -> std::io::Result<()> {
    clear(dir)?;
    std::fs::remove_file(dir.join(".git"))?;
    std::fs::remove_dir(dir)
}

/// Removes all but `.git`.
fn clear(dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name() == ".git" {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => remove_tree(&entry.path())?,
            false => std::fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

/// Removes a directory, also where tools have made directories read-only, as Go's module cache.
fn remove_tree(dir: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            make_writable(dir)?;
            std::fs::remove_dir_all(dir)
        }
        other => other,
    }
}

fn make_writable(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        // Of the entry itself, so that a link leads nowhere.
        if entry.file_type()?.is_dir() {
            make_writable(&entry.path())?;
        }
    }
    Ok(())
}
