//! What a snapshot does not see, although it goes with the worktree: staged content, an operation
//! under way, repositories among the ignored files, commits that were made on no branch.

use std::collections::BTreeSet;
use std::path::Path;

use super::shadow::Shadow;
use super::snapshot::{copy_index, ignored, write_tree};
use super::{Place, admin_dir, head};
use crate::git::reflog::{has_mark, logged, own_refs};
use crate::git::{GitError, Head, Repo};
use crate::model::{Oid, RepoPath};

/// What else lies in a worktree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unseen {
    /// What is staged; none while there are conflicts, and when the index cannot be read.
    pub staged: Option<Oid>,
    /// What Git is in the middle of, such as a rebase.
    pub under_way: Option<&'static str>,
    /// Directories among the ignored ones that are repositories of their own.
    pub repositories: Vec<RepoPath>,
}

/// What is in a worktree's Git directory while an operation is under way.
const OPERATIONS: [(&str, &str); 6] = [
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase"),
    ("MERGE_HEAD", "a merge"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("BISECT_LOG", "a bisection"),
];

/// Looks for what [`snapshot`](super::snapshot()) leaves out in the worktree at `dir`.
pub fn unseen(repo: &Repo, dir: &Path) -> Result<Unseen, GitError> {
    let place = Place::at(repo, dir)?;
    let mut repositories = Vec::new();
    for path in ignored(repo, &place)? {
        find_repositories(&place.dir, path.as_path(), &mut repositories);
    }
    Ok(Unseen { staged: staged(repo, &place)?, under_way: under_way(repo, &place.admin), repositories })
}

/// What Git is in the middle of, by the marks in a registration.
pub(super) fn under_way(repo: &Repo, admin: &Path) -> Option<&'static str> {
    OPERATIONS.iter().find(|(mark, _)| has_mark(repo, admin, mark)).map(|(_, what)| *what)
}

/// The commits that the worktree's `HEAD` was on and its branch never was, newest first, and those of
/// refs of its own, such as `refs/worktree/mine`.
///
/// Only its own log still knows them, which goes with it. What was amended or reset away on the
/// branch stands in the branch's log, which stays.
pub fn strayed(repo: &Repo, name: &str) -> Vec<Oid> {
    let admin = admin_dir(repo.common_dir(), name);
    let (branch, tip) = match head(repo, &admin) {
        Ok(Head::Branch(branch, tip)) => (logged(repo, repo.common_dir(), &branch), Some(tip)),
        Ok(Head::Unborn(branch)) => (logged(repo, repo.common_dir(), &branch), None),
        Ok(Head::Detached(_)) | Err(_) => (Vec::new(), None),
    };
    let mut known: BTreeSet<Oid> = branch.into_iter().collect();
    let mut strayed = logged(repo, &admin, "HEAD");
    strayed.reverse();
    strayed.extend(own_refs(repo, &admin));
    // A loose worktree's commits come to the branch all at once.
    let is_below_tip = |commit| tip.is_some_and(|tip| matches!(repo.contains(tip, commit), Ok(true)));
    strayed.retain(|&commit| known.insert(commit) && repo.commit(commit).is_ok() && !is_below_tip(commit));
    strayed
}

fn staged(repo: &Repo, place: &Place) -> Result<Option<Oid>, GitError> {
    let shadow = Shadow::new(repo, &place.dir, None)?;
    if copy_index(&place.admin.join("index"), &shadow.private_index()).is_err() {
        return Ok(None);
    }
    match write_tree(&shadow.git(&shadow.private_index())) {
        Ok(tree) => Ok(Some(tree)),
        Err(GitError::Failed { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Walks what would be removed anyway. A directory that cannot be read is for the removal to report.
fn find_repositories(top: &Path, path: &Path, found: &mut Vec<RepoPath>) {
    use std::os::unix::ffi::OsStrExt as _;
    let Ok(entries) = std::fs::read_dir(top.join(path)) else { return };
    for entry in entries.flatten() {
        if entry.file_name() == ".git" {
            found.push(RepoPath::new(path.as_os_str().as_bytes()));
            return;
        }
        // Of the entry itself, so that a link leads nowhere.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            find_repositories(top, &path.join(entry.file_name()), found);
        }
    }
}
