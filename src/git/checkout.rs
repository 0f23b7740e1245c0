//! The worktrees that have a branch checked out, and how their files follow it when it moves.
//!
//! These are the user's own, so every doubt is an answer and nothing is ever overwritten: neither
//! changes, nor untracked files, nor ignored ones, which Git itself would replace in silence.

mod resume;

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reflog::has_mark;
use super::{Git, GitError, Head, Output, Repo, list};
use crate::model::{Oid, RepoPath};

/// A worktree that has the branch checked out, or will come back to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    pub dir: PathBuf,
    git_dir: PathBuf,
    /// What keeps the files from following whatever they are.
    blocked: Option<Hindrance>,
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
    let common = repo.common_dir();
    let mut places = Vec::new();
    // A bare repository may still have a `HEAD` on the branch, but no files that could follow.
    // From inside of it the main worktree is known; its Git directory alone need not lead to it, since
    // that may lie elsewhere.
    let main = if repo.git_dir() == common { repo.reopen()? } else { Repo::discover(common)? };
    if let Some(dir) = main.work_dir() {
        let on = match main.head()? {
            Head::Branch(name, _) | Head::Unborn(name) => Some(name),
            Head::Detached(_) => None,
        };
        places.push((dir.to_owned(), common.to_owned(), on, true));
    }
    for found in list(repo)? {
        let admin = common.join("worktrees").join(&found.name);
        // A worktree that was deleted by hand is not there to follow, and Git will forget it.
        if found.present || found.locked.is_some() {
            places.push((found.dir, admin, found.branch, found.present));
        }
    }
    let checkout = |(dir, git_dir, on, present): (PathBuf, PathBuf, Option<String>, bool)| {
        let is_on = on.as_deref() == Some(branch);
        let operation = operation(repo, &git_dir, branch, is_on);
        let blocked = if present { operation.map(Hindrance::Busy) } else { Some(Hindrance::Absent) };
        (is_on || operation.is_some()).then_some(Checkout { dir, git_dir, blocked })
    };
    Ok(places.into_iter().filter_map(checkout).collect())
}

/// What a worktree is in the middle of that ends with a move of `branch`.
fn operation(repo: &Repo, git_dir: &Path, branch: &str, is_on: bool) -> Option<&'static str> {
    for dir in ["rebase-merge", "rebase-apply"] {
        let name = std::fs::read_to_string(git_dir.join(dir).join("head-name"));
        if name.is_ok_and(|name| name.trim() == branch) {
            return Some("a rebase");
        }
    }
    let marks =
        [("MERGE_HEAD", "a merge"), ("CHERRY_PICK_HEAD", "a cherry-pick"), ("REVERT_HEAD", "a revert")];
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
        let output = self.read_tree(&[], from, to)?;
        match output.status.success() {
            true => Ok(()),
            false => Err(self.git().failure(&["read-tree", "-m", "-u"], &output)),
        }
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
    pub fn wait_for_index(&self) -> bool {
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

    fn index_is_at(&self, commit: Oid) -> Result<bool, GitError> {
        let commit = commit.to_string();
        let args = ["diff-index", "--cached", "--quiet", "--ignore-submodules=all", &commit, "--"];
        let output = self.git().output(&args, b"")?;
        match output.code() {
            0 => Ok(true),
            1 => Ok(false),
            _ => Err(self.git().failure(&args, &output)),
        }
    }

    fn git(&self) -> Git {
        Git::at(&self.dir).shielded()
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
