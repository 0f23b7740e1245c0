//! The only door to Git: plain values in, plain values out.
//!
//! Objects, trees and commits are read and written in process through libgit2, or by Git's own
//! children where libgit2 cannot open the repository; merges, worktrees, the index and everything
//! with user configuration behind it is `git` itself, started by [`Git`]. Nothing of git2 leaves
//! this folder.

mod access;
mod answer;
mod attributes;
mod batch;
mod checkout;
mod children;
mod editor;
mod history;
mod library;
mod locks;
mod memory;
mod merge;
mod merge_file;
mod pack;
mod plain;
mod quarantine;
mod reflog;
mod refs;
mod remote;
mod repo;
mod run;
mod scratch;
mod space;
mod surroundings;
mod trees;
mod version;
mod vet;
mod worktree;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use answer::{Conflict, Merged};
pub use attributes::{merge_attributes, paths_with};
pub use batch::Batch;
pub use checkout::{Checkout, Hindrance, Move, checkouts, noted_moves};
pub use editor::edit;
pub use locks::{LockFile, SHARED_LOCKS, clear_stale_locks, stale_locks};
#[cfg(test)]
pub(crate) use memory::test_home;
pub use merge::{Merger, Pair, predict_pairs};
pub use merge_file::{FilesToMerge, MergedFile, conflict_style, merge_file};
pub use pack::{KeptPack, has_pack, merge_packs, release_stale_packs, remove_pack};
pub use plain::{append_plain, is_strange, open_plain, read_plain, read_plain_text};
pub use quarantine::Quarantine;
use refs::ref_lock;
pub use refs::{RefEdit, clear_pipes, compare_and_swap, ref_lock_path, update_refs};
pub use remote::{Push, Pushed, fetch_objects, push, push_quietly, push_url, remote_refs, remotes};
pub use repo::{Commit, Entry, Head, NewCommit, Repo};
pub use run::{CHILD_OF, Git, LOCAL_ENV, Output};
pub use space::free_space;
pub use surroundings::{MergeSurroundings, merge_surroundings};
pub use trees::TreeChange;
pub use version::{Version, version};
pub use vet::{Refusal, Refused, vet_change, vet_changes};
pub use worktree::{
    Files, NewWorktree, OWN_WORKTREES, Presence, Registered, Rescued, Saved, Snapshot, Spare, Unsaved,
    Unseen, WorktreeError, add_worktrees, checked_out_at, clear_leftovers, forget_worktree, is_set_up,
    last_move_inside, list, loose_at, mark_set_up, presence, provably_saved, remove_worktree, rescue,
    reset_to, reuse_worktrees, set_loose, snapshot, strayed, tie, unseen,
};

/// What can go wrong between orca and Git.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("'{}' is not inside a Git repository", .0.display())]
    NotARepository(PathBuf),
    #[error("object {0} is missing, or of another kind")]
    NoObject(crate::model::Oid),
    #[error("object {0} is not in this partial clone, and its remote does not give it")]
    NotGot(String),
    #[error("'{0}' names no commit")]
    UnknownRevision(String),
    #[error("{name} moved: expected {}, found {}", oid_or_none(.expected.as_ref()), oid_or_none(.found.as_ref()))]
    Moved { name: String, expected: Option<crate::model::Oid>, found: Option<crate::model::Oid> },
    #[error("another process is moving {0}")]
    Locked(String),
    #[error("git {command} failed with status {code}: {stderr}")]
    Failed { command: String, code: i32, stderr: String },
    #[error("the editor '{editor}' ended with status {code}")]
    Editor { editor: String, code: i32 },
    #[error("cannot start git in '{}'", .dir.display())]
    NotStarted {
        dir: PathBuf,
        #[source]
        error: std::io::Error,
    },
    #[error("git {found} is too old: {what} needs {needed} or newer; install a newer git")]
    TooOld { found: Version, needed: Version, what: &'static str },
    #[error("tree {0} is broken: an entry has no name or a '/' in its name")]
    BrokenTree(crate::model::Oid),
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
    #[error("git answered what was not expected: {0}")]
    Garbled(String),
    #[error("{}", .0.message())]
    Library(#[from] git2::Error),
    #[error("{action} '{}'", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        error: std::io::Error,
    },
}

impl GitError {
    /// Whether Git keeps out because somebody else owns the repository.
    pub fn is_of_another_owner(&self) -> bool {
        matches!(self, Self::Library(error) if error.code() == git2::ErrorCode::Owner)
    }

    /// Whether an object is missing or cannot be read.
    pub fn is_damage(&self) -> bool {
        use git2::ErrorClass::{Invalid, Object, Odb, Tree, Zlib};
        match self {
            Self::NoObject(_) | Self::BrokenTree(_) => true,
            Self::Library(error) => match error.class() {
                Object | Odb | Tree | Zlib => true,
                // An object of another kind than was asked for.
                Invalid => error.code() == git2::ErrorCode::NotFound,
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether Git could not write an object, of which its children tell in words only.
    pub fn is_unwritable(&self) -> bool {
        const WORDS: [&str; 4] =
            ["insufficient permission", "No space left", "Read-only file system", "Disk quota exceeded"];
        matches!(self, Self::Failed { stderr, .. } if WORDS.iter().any(|words| stderr.contains(words)))
    }

    /// Turns an error of the file system into one of ours, for `map_err`.
    fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { action, path, error }
    }
}

fn oid_or_none(oid: Option<&crate::model::Oid>) -> String {
    oid.map_or("nothing".to_owned(), crate::model::Oid::short)
}
