//! Finishes what a killed `git read-tree -u` began: it writes files one by one, and the index last.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;

use super::{Checkout, Hindrance, Move};
use crate::git::{Entry, GitError, Repo, TreeChange};
use crate::model::RepoPath;

impl Checkout {
    /// Whether the index is not yet where the branch was moved to.
    pub fn is_behind(&self, repo: &Repo, moved: &Move) -> Result<bool, GitError> {
        let changes = repo.diff_trees(repo.commit(moved.from)?.tree, repo.commit(moved.to)?.tree)?;
        let changed: BTreeSet<&RepoPath> = changes.iter().map(|change| &change.path).collect();
        Ok(self.staged_beside(moved.to)?.iter().any(|path| changed.contains(path)))
    }

    /// Brings the files along, also when some of them or of the index have moved already.
    /// Answers what hinders it, with nothing changed.
    pub fn resume(&self, repo: &Repo, moved: &Move) -> Result<Option<Hindrance>, GitError> {
        if self.blocked.is_some() {
            return Ok(self.blocked.clone());
        }
        if !self.wait_for_index() {
            return Ok(Some(Hindrance::Locked(self.index_lock())));
        }
        let mut staged = self.staged_beside(moved.from)?;
        let beside: BTreeSet<RepoPath> = self.staged_beside(moved.to)?.into_iter().collect();
        staged.retain(|path| beside.contains(path));
        if !staged.is_empty() {
            return Ok(Some(Hindrance::Changed(staged)));
        }
        let changes = repo.diff_trees(repo.commit(moved.from)?.tree, repo.commit(moved.to)?.tree)?;
        let written = self.written(repo, &changes)?;
        let known: BTreeSet<&RepoPath> = written.iter().map(|change| &change.path).collect();
        let changed = self.changes()?.into_iter().filter(|change| change.is_in_files);
        let own: Vec<RepoPath> =
            changed.map(|change| change.path).filter(|path| !known.contains(path)).collect();
        if !own.is_empty() {
            return Ok(Some(Hindrance::Changed(own)));
        }
        // Entries that have moved already are left alone by the two-way merge that follows.
        let lines: Vec<u8> = written.iter().flat_map(|change| index_line(change)).collect();
        self.git().run_with_input(&["update-index", "-z", "--index-info"], &lines)?;
        self.follow(moved.from, moved.to)?;
        Ok(None)
    }

    /// The changes whose outcome is on disk.
    fn written<'c>(&self, repo: &Repo, changes: &'c [TreeChange]) -> Result<Vec<&'c TreeChange>, GitError> {
        let mut written = Vec::new();
        let mut files: Vec<(&TreeChange, Entry)> = Vec::new();
        for change in changes {
            let path = self.dir.join(change.path.as_path());
            match (change.new, std::fs::symlink_metadata(&path).ok()) {
                (None, None) => written.push(change),
                (Some(entry), Some(found)) if entry.is_link() && found.is_symlink() => {
                    let target = std::fs::read_link(&path).unwrap_or_default();
                    if target.as_os_str().as_bytes() == repo.blob(entry.oid)? {
                        written.push(change);
                    }
                }
                // Names are handed over line by line.
                (Some(entry), Some(found))
                    if entry.is_file()
                        && has_mode(&found, entry)
                        && !change.path.as_bytes().contains(&b'\n') =>
                {
                    files.push((change, entry));
                }
                _ => {}
            }
        }
        let names: Vec<u8> = files.iter().flat_map(|(change, _)| name_line(&change.path)).collect();
        // By Git, which knows the filters that a file goes through.
        let hashes = self.git().run_with_input(&["hash-object", "--stdin-paths"], &names)?;
        let hashes = String::from_utf8_lossy(&hashes);
        let same =
            files.iter().zip(hashes.lines()).filter(|((_, entry), hash)| entry.oid.to_string() == *hash);
        written.extend(same.map(|((change, _), _)| *change));
        Ok(written)
    }
}

/// A name as `git hash-object --stdin-paths` reads it: what begins with a quote is quoted.
fn name_line(path: &RepoPath) -> Vec<u8> {
    let name = path.as_bytes();
    if !name.starts_with(b"\"") {
        return [name, b"\n"].concat();
    }
    let mut line = vec![b'"'];
    for &byte in name {
        line.extend(matches!(byte, b'"' | b'\\').then_some(b'\\'));
        line.push(byte);
    }
    line.extend(b"\"\n");
    line
}

fn has_mode(found: &Metadata, entry: Entry) -> bool {
    let executable = found.permissions().mode() & 0o100 != 0;
    found.is_file() && executable == (entry.mode == 0o100_755)
}

/// `mode oid<TAB>path`, where mode 0 takes the entry away.
fn index_line(change: &TreeChange) -> Vec<u8> {
    let head = match (change.new, change.old) {
        (Some(entry), _) => format!("{:o} {}\t", entry.mode, entry.oid),
        (None, Some(entry)) => format!("0 {}\t", entry.oid.zeroed()),
        (None, None) => return Vec::new(),
    };
    [head.as_bytes(), change.path.as_bytes(), b"\0"].concat()
}
