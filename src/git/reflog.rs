//! Reads what Git notes beside the refs: reference logs, and the marks of operations under way.
//!
//! They are files, or rows of the tables in a repository with a reftable. `HEAD` and the marks are
//! a worktree's own, so they are asked for in its Git directory.

use std::path::Path;

use super::{Git, Repo, read_plain};
use crate::model::Oid;

/// Of a longer log nothing is known.
const LONGEST_LOG: u64 = 256 << 20;

/// The commits that a reference log names as new, oldest first.
pub(super) fn logged(repo: &Repo, git_dir: &Path, name: &str) -> Vec<Oid> {
    if repo.has_reftable() {
        // An agent may have written this Git directory: the repository is the one that we know, and of
        // its settings no plumbing starts a program.
        let git = Git::at(git_dir).env("GIT_DIR", git_dir).env("GIT_COMMON_DIR", repo.common_dir());
        let log = git.run(&["rev-list", "--walk-reflogs", name, "--"]).unwrap_or_default();
        let mut commits: Vec<Oid> =
            String::from_utf8_lossy(&log).lines().filter_map(|line| Oid::parse(line).ok()).collect();
        commits.reverse();
        return commits;
    }
    let log = read_plain(&git_dir.join("logs").join(name), LONGEST_LOG).unwrap_or_default();
    let new =
        |line: &[u8]| Oid::parse(std::str::from_utf8(line.split(|&byte| byte == b' ').nth(1)?).ok()?).ok();
    log.split(|&byte| byte == b'\n').filter_map(new).collect()
}

/// What the refs name that only one worktree has: those below these places in its Git directory.
pub(super) fn own_refs(repo: &Repo, git_dir: &Path) -> Vec<Oid> {
    const OWN: [&str; 3] = ["refs/worktree/", "refs/bisect/", "refs/rewritten/"];
    let git = Git::at(git_dir).env("GIT_DIR", git_dir).env("GIT_COMMON_DIR", repo.common_dir());
    let is_there = repo.has_reftable() || OWN.iter().any(|place| git_dir.join(place).exists());
    let refs = is_there.then(|| git.run(&[&["for-each-ref", "--format=%(objectname)"], &OWN[..]].concat()));
    let refs = refs.and_then(Result::ok).unwrap_or_default();
    String::from_utf8_lossy(&refs).lines().filter_map(|line| Oid::parse(line).ok()).collect()
}

/// Whether a mark such as `CHERRY_PICK_HEAD` is set.
pub(super) fn has_mark(repo: &Repo, git_dir: &Path, mark: &str) -> bool {
    let git = Git::at(git_dir).env("GIT_DIR", git_dir).env("GIT_COMMON_DIR", repo.common_dir());
    let in_table = || git.run(&["rev-parse", "--verify", "--quiet", mark]).is_ok();
    git_dir.join(mark).exists() || repo.has_reftable() && mark.ends_with("_HEAD") && in_table()
}
