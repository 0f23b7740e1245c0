//! The worktrees that have a branch checked out, and how their files follow it when it moves.
//!
//! These are the user's own, so every doubt is an answer and nothing is ever overwritten: neither
//! changes, nor untracked files, nor ignored ones, which Git itself would replace in silence.

mod moves;
mod resume;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reflog::has_mark;
use super::worktree::{LONGEST_LINE, OWN_WORKTREES, Shadow, head, leads_to};
use super::{Git, GitError, Head, Output, Repo, list, read_plain_text};
use crate::model::{Oid, RepoPath};
pub use moves::{Move, noted_moves};

/// A worktree that has the branch checked out, or will come back to it.
#[derive(Debug)]
pub struct Checkout {
    pub dir: PathBuf,
    git_dir: PathBuf,
    /// What keeps the files from following whatever they are.
    blocked: Option<Hindrance>,
    /// The Git directory to work with in a worktree of orca's, where an agent may have written.
    shadow: Option<Shadow>,
}

/// A worktree whose `HEAD` may be on the branch.
struct Place {
    dir: PathBuf,
    git_dir: PathBuf,
    on: Option<String>,
    is_present: bool,
    is_orcas: bool,
}

/// Why the files of a worktree cannot follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// What goes on there and has to end first.
    Busy(&'static str),
    /// Its directory is not there, and it is locked to stay registered.
    Absent,
    /// Somebody holds its index by this file, or died holding it.
    Locked(PathBuf),
    /// Tracked files with changes, staged or not.
    Changed(Vec<RepoPath>),
    /// Files that Git does not know, where the new commit has some.
    InTheWay(Vec<RepoPath>),
    /// Git would not do it, in its own words.
    Refused(String),
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(what) => write!(f, "{what} is in progress there"),
            Self::Absent => write!(f, "its directory is not there"),
            Self::Locked(file) => write!(f, "its index is locked by '{}'", file.display()),
            Self::Changed(paths) => write!(f, "it has changes that are not committed: {}", names(paths)),
            Self::InTheWay(paths) => {
                write!(f, "files that Git does not track there are in the way: {}", names(paths))
            }
            Self::Refused(words) => f.write_str(words),
        }
    }
}

/// The first few paths.
fn names(paths: &[RepoPath]) -> String {
    const MOST: usize = 3;
    let shown: Vec<String> = paths.iter().take(MOST).map(RepoPath::to_string).collect();
    let more = paths.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// How often and how long to wait for an index.
const WAITS: u32 = 100;
const WAIT: Duration = Duration::from_millis(20);

/// Finds the worktrees on `branch`, which is a full ref name.
pub fn checkouts(repo: &Repo, branch: &str) -> Result<Vec<Checkout>, GitError> {
    let mut found = Vec::new();
    for place in places(repo)? {
        let is_on = place.on.as_deref() == Some(branch);
        let operation = operation(repo, &place.git_dir, branch, is_on);
        if !is_on && operation.is_none() {
            continue;
        }
        let blocked = if place.is_present { operation.map(Hindrance::Busy) } else { Some(Hindrance::Absent) };
        let head = repo.ref_oid(branch)?;
        let shadow = place.is_orcas.then(|| Shadow::new(repo, &place.dir, head)).transpose()?;
        found.push(Checkout { dir: place.dir, git_dir: place.git_dir, blocked, shadow });
    }
    Ok(found)
}

/// The main worktree and the linked ones.
fn places(repo: &Repo) -> Result<Vec<Place>, GitError> {
    let common = repo.common_dir();
    let mut places = Vec::new();
    // A bare repository may still have a `HEAD` on the branch, but no files that could follow.
    if let Some(dir) = repo.main_work_dir() {
        let on = match head(repo, common)? {
            Head::Branch(name, _) | Head::Unborn(name) => Some(name),
            Head::Detached(_) => None,
        };
        places.push(Place { dir, git_dir: common.to_owned(), on, is_present: true, is_orcas: false });
    }
    for found in list(repo)? {
        let (git_dir, is_orcas) =
            (common.join("worktrees").join(&found.name), found.name.starts_with(OWN_WORKTREES));
        if is_orcas && !leads_to(&found.dir, &git_dir) {
            // An agent can write any path there; only what leads back are its files.
            continue;
        }
        // A worktree that was deleted by hand is not there to follow, and Git will forget it.
        if found.present || found.locked.is_some() {
            places.push(Place {
                git_dir,
                is_orcas,
                dir: found.dir,
                on: found.branch,
                is_present: found.present,
            });
        }
    }
    Ok(places)
}

/// What a worktree is in the middle of that ends with a move of `branch`.
fn operation(repo: &Repo, git_dir: &Path, branch: &str, is_on: bool) -> Option<&'static str> {
    for dir in ["rebase-merge", "rebase-apply"] {
        let name = read_plain_text(&git_dir.join(dir).join("head-name"), LONGEST_LINE);
        if name.is_ok_and(|name| name.trim() == branch) {
            return Some("a rebase");
        }
    }
    let marks = [
        ("MERGE_HEAD", "a merge"),
        ("CHERRY_PICK_HEAD", "a cherry-pick"),
        ("REVERT_HEAD", "a revert"),
        ("rebase-apply/applying", "a 'git am'"),
    ];
    let found = marks.into_iter().find(|(mark, _)| is_on && has_mark(repo, git_dir, mark));
    found.map(|(_, what)| what)
}

impl Checkout {
    /// Why the files cannot go from one commit, at which the branch is, to another.
    pub fn hindrance(&self, repo: &Repo, from: Oid, to: Option<Oid>) -> Result<Option<Hindrance>, GitError> {
        if self.blocked.is_some() {
            return Ok(self.blocked.clone());
        }
        if !self.wait_for_index() {
            return Ok(Some(Hindrance::Locked(self.index_lock())));
        }
        let changed: Vec<RepoPath> = self.changes()?.into_iter().map(|change| change.path).collect();
        if !changed.is_empty() {
            return Ok(Some(Hindrance::Changed(changed)));
        }
        let Some(to) = to else { return Ok(None) };
        let in_the_way = self.in_the_way(repo, from, to)?;
        if !in_the_way.is_empty() {
            return Ok(Some(Hindrance::InTheWay(in_the_way)));
        }
        let tried = self.read_tree(&["-n"], from, to)?;
        Ok((!tried.status.success()).then(|| Hindrance::Refused(tried.stderr.trim().to_owned())))
    }

    /// Brings index and files from one commit to another, to which the branch was moved.
    ///
    /// Fails, with nothing changed, where a file is not as `from` has it.
    pub fn follow(&self, from: Oid, to: Oid) -> Result<(), GitError> {
        // An editor may look at the index at any time, and hold it for a moment.
        for last in [false, false, true] {
            self.wait_for_index();
            let output = self.read_tree(&[], from, to)?;
            if output.status.success() {
                return Ok(());
            }
            if last || !output.stderr.contains("index.lock") {
                return Err(self.git().failure(&["read-tree", "-m", "-u"], &output));
            }
        }
        Ok(())
    }

    fn read_tree(&self, more: &[&str], from: Oid, to: Oid) -> Result<Output, GitError> {
        let git = self.git();
        // A file that was only touched would count as changed. What is really changed stays so.
        git.output(&["update-index", "-q", "--refresh"], b"")?;
        let (from, to) = (from.to_string(), to.to_string());
        let args = [&["read-tree", "-m", "-u", "--no-recurse-submodules"], more, &[&from, &to]].concat();
        git.output(&args, b"")
    }

    /// Waits a moment for whoever works on the index, such as the child of a merge that was killed.
    /// Answers whether it is free.
    fn wait_for_index(&self) -> bool {
        for _ in 0..WAITS {
            if !self.index_lock().exists() {
                return true;
            }
            std::thread::sleep(WAIT);
        }
        false
    }

    fn index_lock(&self) -> PathBuf {
        self.git_dir.join("index.lock")
    }

    /// The paths at which the index is not as a commit has it.
    fn staged_beside(&self, commit: Oid) -> Result<Vec<RepoPath>, GitError> {
        let commit = commit.to_string();
        let args = ["diff-index", "--cached", "--name-only", "-z", "--ignore-submodules=all", &commit, "--"];
        let names = self.git().run(&args)?;
        let names = names.split(|&byte| byte == 0).filter(|name| !name.is_empty());
        Ok(names.map(RepoPath::new).collect())
    }

    /// The repository as this worktree sees it; none where that is not to be trusted.
    pub fn repo(&self) -> Result<Option<Repo>, GitError> {
        self.shadow.is_none().then(|| Repo::discover(&self.dir)).transpose()
    }

    fn git(&self) -> Git {
        match &self.shadow {
            Some(shadow) => shadow.git(&self.git_dir.join("index")),
            None => Git::at(&self.dir).shielded(),
        }
    }

    /// Tracked files that are not as `HEAD` has them. What a submodule is at is its own affair.
    fn changes(&self) -> Result<Vec<Change>, GitError> {
        let args = [
            "status",
            "--porcelain",
            "-z",
            "--untracked-files=no",
            "--no-renames",
            "--ignore-submodules=all",
        ];
        let list = self.git().run(&args)?;
        // `XY path`: X compares the index with `HEAD`, Y the files with the index.
        let lines = list.split(|&byte| byte == 0).filter(|line| line.len() > 3);
        let change = |line: &[u8]| Change { path: RepoPath::new(&line[3..]), is_in_files: line[1] != b' ' };
        Ok(lines.map(change).collect())
    }

    fn in_the_way(&self, repo: &Repo, from: Oid, to: Oid) -> Result<Vec<RepoPath>, GitError> {
        let changes = repo.diff_trees(repo.commit(from)?.tree, repo.commit(to)?.tree)?;
        let mut found = Vec::new();
        for added in changes.into_iter().filter(|change| change.old.is_none()) {
            let Ok(there) = std::fs::symlink_metadata(self.dir.join(added.path.as_path())) else { continue };
            // A directory of tracked files makes way by itself, as a file does that the path goes through.
            if !there.is_dir() || self.holds_untracked(&added.path)? {
                found.push(added.path);
            }
        }
        Ok(found)
    }

    fn holds_untracked(&self, dir: &RepoPath) -> Result<bool, GitError> {
        let pathspec = OsString::from_vec([b":(top,literal)", dir.as_bytes()].concat());
        let args: Vec<OsString> = ["ls-files", "-o", "-z", "--"].map(OsString::from).to_vec();
        Ok(!self.git().run(&[args, vec![pathspec]].concat())?.is_empty())
    }
}

/// A tracked file that differs from `HEAD`.
struct Change {
    path: RepoPath,
    /// Whether the file differs from the index, and not just the index from `HEAD`.
    is_in_files: bool,
}
