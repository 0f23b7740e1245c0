//! Which branches cannot be read, so that the others need not wait for them.

use std::collections::BTreeSet;

use super::Branch;
use super::changes::LARGEST;
use crate::git::{GitError, Repo};
use crate::model::Oid;

/// A branch with missing or broken objects, and the first of them.
#[derive(Debug)]
pub(in crate::engine) struct Unreadable {
    pub(in crate::engine) branch: Branch,
    error: GitError,
}

impl Unreadable {
    /// Says which branch it is that cannot be read.
    pub(in crate::engine) fn into_error(self) -> anyhow::Error {
        anyhow::Error::new(self.error).context(format!("'{}' cannot be read", self.branch.name))
    }

    /// Why nothing can be done with the branch.
    pub(in crate::engine) fn why(&self) -> String {
        unreadable(&self.error)
    }
}

/// Why nothing can be done with a branch whose objects are damaged.
pub(in crate::engine) fn unreadable(error: &GitError) -> String {
    format!("cannot be read: {error}; git fsck shows what is damaged")
}

/// Does something with branches, and where some of them cannot be read, with the others.
///
/// Which these are is looked for only when something failed, so that sound branches pay nothing for
/// it. When too few are left, the first of the damaged ones is the error.
pub(in crate::engine) fn with_readable<T>(
    repo: &Repo,
    branches: &[Branch],
    are_enough: impl Fn(&[Branch]) -> bool,
    mut work: impl FnMut(&[Branch]) -> anyhow::Result<T>,
) -> anyhow::Result<(T, Vec<Unreadable>)> {
    let error = match work(branches) {
        Ok(done) => return Ok((done, Vec::new())),
        Err(error) => error,
    };
    if !error.downcast_ref::<GitError>().is_some_and(GitError::is_damage) {
        return Err(error);
    }
    let (sound, mut damaged) = sifted(repo, branches);
    if damaged.is_empty() {
        return Err(error);
    }
    if !are_enough(&sound) {
        return Err(damaged.swap_remove(0).into_error());
    }
    Ok((work(&sound)?, damaged))
}

/// The branches that can be read, and those that cannot.
fn sifted(repo: &Repo, branches: &[Branch]) -> (Vec<Branch>, Vec<Unreadable>) {
    let (mut sound, mut damaged) = (Vec::new(), Vec::new());
    let mut walked = BTreeSet::new();
    for branch in branches {
        match first_damage(repo, branches, branch, &mut walked) {
            Some(error) => damaged.push(Unreadable { branch: branch.clone(), error }),
            None => sound.push(branch.clone()),
        }
    }
    (sound, damaged)
}

fn first_damage(
    repo: &Repo,
    branches: &[Branch],
    branch: &Branch,
    walked: &mut BTreeSet<Oid>,
) -> Option<GitError> {
    // The last ones are where the others are meant to go, if that is known.
    for other in branches.iter().rev().filter(|other| other.tip != branch.tip) {
        match repo.merge_base(branch.tip, other.tip) {
            Ok(Some(base)) => return read_changes(repo, base, branch.tip).err(),
            Ok(None) => {}
            // Either of the two histories.
            Err(_) => {
                if let Err(error) = read_history(repo, branch.tip, walked) {
                    return Some(error);
                }
            }
        }
    }
    None
}

/// Reads all commits that can be reached and were not walked before.
fn read_history(repo: &Repo, tip: Oid, walked: &mut BTreeSet<Oid>) -> Result<(), GitError> {
    let (mut open, mut new) = (vec![tip], BTreeSet::new());
    while let Some(commit) = open.pop() {
        if !walked.contains(&commit) && new.insert(commit) {
            open.extend(repo.commit(commit)?.parents);
        }
    }
    walked.append(&mut new);
    Ok(())
}

/// Reads both versions of every file that the validator would read.
fn read_changes(repo: &Repo, base: Oid, tip: Oid) -> Result<(), GitError> {
    let changes = repo.diff_trees(repo.commit(base)?.tree, repo.commit(tip)?.tree)?;
    let versions = changes.iter().flat_map(|change| [change.old, change.new]).flatten();
    for entry in versions.filter(|entry| entry.is_file() || entry.is_link()) {
        if repo.blob_size(entry.oid)? <= LARGEST {
            repo.blob(entry.oid)?;
        }
    }
    Ok(())
}
