//! Worktrees of agents: made, read, reset and removed.
//!
//! A worktree is registered by one `rename` of a directory that is already complete, because Git's
//! own registration is a race: fifty `git worktree add` at once lose dozens. What lies in a worktree
//! was written by an agent, and so was its registration directory, so `git` is never sent there by
//! discovery: it gets a private Git directory of ours and is told which files to look at.

mod add;
mod index;
mod leftover;
mod loose;
mod presence;
mod remove;
mod rescue;
mod reuse;
mod shadow;
mod snapshot;
mod spread;
#[cfg(test)]
mod tests;
mod unseen;

use std::path::{Path, PathBuf};

use super::{GitError, Head, Repo, read_plain, read_plain_text};
use crate::model::Oid;

/// More than any path or reason that stands alone in a file.
pub(super) const LONGEST_LINE: u64 = 64 << 10;

pub use add::{NewWorktree, add_worktrees};
pub use leftover::clear_leftovers;
pub use loose::{loose_at, set_loose, tie};
pub use presence::{Presence, checked_out_at, is_set_up, last_move_inside, mark_set_up, presence};
pub use remove::{Saved, Unsaved, forget_worktree, provably_saved, remove_worktree};
pub use rescue::{Rescued, rescue};
pub use reuse::{Spare, reuse_worktrees};
pub(super) use shadow::Shadow;
pub use shadow::{Files, reset_to};
pub use snapshot::{Snapshot, snapshot};
pub use unseen::{Unseen, strayed, unseen};

/// How the names of all worktrees begin that orca makes.
pub const OWN_WORKTREES: &str = "orca-";

/// What can be wrong with a worktree.
#[derive(Debug, thiserror::Error)]
pub enum WorktreeError {
    #[error("'{0}' cannot name a worktree")]
    BadName(String),
    #[error("a worktree named '{0}' is registered already")]
    NameTaken(String),
    #[error("'{}' exists already and is not empty", .0.display())]
    DirectoryTaken(PathBuf),
    #[error("{branch} is checked out in '{}'", .dir.display())]
    BranchInUse { branch: String, dir: PathBuf },
    #[error("worktree '{name}' is locked{}{reason}", if .reason.is_empty() { "" } else { ": " })]
    Locked { name: String, reason: String },
    #[error("'{}' is no worktree of this repository", .0.display())]
    NotRegistered(PathBuf),
    #[error("'{}/.git' no longer leads to this repository", .0.display())]
    PointerLost(PathBuf),
}

/// A linked worktree, as its registration tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    pub name: String,
    /// Where its files are, or were.
    pub dir: PathBuf,
    /// The full ref it is on; none when detached.
    pub branch: Option<String>,
    /// The commit it is on; none on a branch without a commit, and when it cannot be read.
    pub head: Option<Oid>,
    /// Why it may not be removed; empty when no reason was given.
    pub locked: Option<String>,
    /// Whether its files are there.
    pub present: bool,
}

/// Lists the linked worktrees by name. Entries that Git is still making are left out.
pub fn list(repo: &Repo) -> Result<Vec<Registered>, GitError> {
    let mut found = Vec::new();
    for name in registered_names(repo.common_dir()) {
        let admin = admin_dir(repo.common_dir(), &name);
        let Some(dir) = registered_dir(&admin) else { continue };
        let (branch, head) = match head(repo, &admin) {
            Ok(Head::Branch(branch, tip)) => (Some(branch), Some(tip)),
            Ok(Head::Unborn(branch)) => (Some(branch), None),
            Ok(Head::Detached(tip)) => (None, Some(tip)),
            // An agent can spoil its own; the worktree is there all the same.
            Err(_) => (None, None),
        };
        let present = dir.join(".git").exists();
        found.push(Registered { name, branch, head, locked: lock_reason(&admin), present, dir });
    }
    Ok(found)
}

/// A worktree whose files are there and lead back to its registration.
#[derive(Debug)]
struct Place {
    admin: PathBuf,
    dir: PathBuf,
}

impl Place {
    /// Finds the registration of the worktree at `dir`.
    fn at(repo: &Repo, dir: &Path) -> Result<Self, GitError> {
        let wanted = dir.canonicalize().map_err(GitError::io("cannot read", dir))?;
        let mut is_named = false;
        for name in registered_names(repo.common_dir()) {
            let admin = admin_dir(repo.common_dir(), &name);
            let place = registered_dir(&admin).and_then(|dir| dir.canonicalize().ok());
            if place.as_ref() != Some(&wanted) {
                continue;
            }
            if leads_to(&wanted, &admin) {
                return Ok(Self { admin, dir: wanted });
            }
            // Another may be the one: an agent can write any path into its own.
            is_named = true;
        }
        Err(match is_named {
            true => WorktreeError::PointerLost(wanted).into(),
            false => WorktreeError::NotRegistered(wanted).into(),
        })
    }
}

/// Reads what a worktree's own `HEAD` is, by its Git directory; that of the main one is the shared one.
pub(super) fn head(repo: &Repo, admin: &Path) -> Result<Head, GitError> {
    if repo.has_reftable() {
        return match admin == repo.common_dir() || belongs(admin, repo.common_dir()) {
            true => Repo::discover(admin)?.head(),
            false => Err(GitError::Garbled(format!("{}/commondir", admin.display()))),
        };
    }
    let path = admin.join("HEAD");
    let text = match read_plain_text(&path, LONGEST_LINE) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(GitError::Garbled(format!("{}: {error}", path.display())));
        }
        text => text.map_err(GitError::io("cannot read", &path))?,
    };
    let text = text.trim();
    if let Some(branch) = text.strip_prefix("ref: ") {
        return Ok(match repo.ref_oid(branch)? {
            Some(tip) => Head::Branch(branch.to_owned(), tip),
            None => Head::Unborn(branch.to_owned()),
        });
    }
    Oid::parse(text).map(Head::Detached).map_err(|error| GitError::Garbled(error.to_string()))
}

fn admin_dir(common_dir: &Path, name: &str) -> PathBuf {
    common_dir.join("worktrees").join(name)
}

/// In order of name. A name that is not UTF-8 is not ours, and Git makes none.
fn registered_names(common_dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(common_dir.join("worktrees")) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

/// The directory that a registration stands for: its `gitdir` names the `.git` file there.
fn registered_dir(admin: &Path) -> Option<PathBuf> {
    let pointer = path_in(&read_plain(&admin.join("gitdir"), LONGEST_LINE).ok()?);
    admin.join(pointer).parent().map(Path::to_owned)
}

/// Whether a registration says that it is one of this repository. Git takes settings, and so the
/// programs to run, from whatever it names.
fn belongs(admin: &Path, common_dir: &Path) -> bool {
    let Ok(named) = read_plain(&admin.join("commondir"), LONGEST_LINE) else { return false };
    match (admin.join(path_in(&named)).canonicalize(), common_dir.canonicalize()) {
        (Ok(named), Ok(common_dir)) => named == common_dir,
        _ => false,
    }
}

/// Whether `dir` holds a `.git` file that names the registration.
pub(super) fn leads_to(dir: &Path, admin: &Path) -> bool {
    let file = dir.join(".git");
    let Ok(content) = read_plain(&file, LONGEST_LINE) else { return false };
    let Some(target) = content.strip_prefix(b"gitdir: ") else { return false };
    let target = dir.join(path_in(target));
    match (target.canonicalize(), admin.canonicalize()) {
        (Ok(target), Ok(admin)) => target == admin,
        // A registration that was never finished, or is gone, is known by its name alone.
        _ => target == admin,
    }
}

/// The reason in the lock file, if there is one.
fn lock_reason(admin: &Path) -> Option<String> {
    let reason = read_plain(&admin.join("locked"), LONGEST_LINE).ok()?;
    Some(String::from_utf8_lossy(&reason).trim().to_owned())
}

/// A path that stands alone in a file, with the line feed that ends it.
fn path_in(content: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    let end = content.iter().rposition(|&byte| byte != b'\n' && byte != b'\r').map_or(0, |last| last + 1);
    PathBuf::from(std::ffi::OsStr::from_bytes(&content[..end]))
}

/// The content of a file that names a path, with `prefix` before it.
fn line_with(prefix: &str, path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    [prefix.as_bytes(), path.as_os_str().as_bytes(), b"\n"].concat()
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), GitError> {
    std::fs::write(path, content).map_err(GitError::io("cannot write", path))
}
