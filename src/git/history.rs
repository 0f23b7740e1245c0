//! Asks how commits are related, beyond what one merge needs.

use super::access::Walk;
use super::{Commit, GitError, Repo};
use crate::model::Oid;

/// How far a base is looked for along first parents.
const NEAR: usize = 200;

impl Repo {
    /// The best common ancestor of two commits; none when their histories never meet.
    pub fn merge_base(&self, one: Oid, two: Oid) -> Result<Option<Oid>, GitError> {
        Ok(self.access().merge_bases(one, two)?.first().copied())
    }

    /// The best ancestor that all the commits share; none when their histories never meet.
    pub fn merge_base_of_all(&self, commits: &[Oid]) -> Result<Option<Oid>, GitError> {
        let Some((&first, rest)) = commits.split_first() else { return Ok(None) };
        let mut base = first;
        for &commit in rest {
            match self.merge_base(base, commit)? {
                Some(common) => base = common,
                None => return Ok(None),
            }
        }
        Ok(Some(base))
    }

    /// Whether `ancestor` is `commit` or can be reached from it.
    pub fn contains(&self, commit: Oid, ancestor: Oid) -> Result<bool, GitError> {
        Ok(commit == ancestor || self.access().descends(commit, ancestor)?)
    }

    /// The commits that `tip` adds to `base`, oldest first, along first parents; of more than `most`
    /// the newest.
    pub fn first_parents(&self, base: Oid, tip: Oid, most: usize) -> Result<Vec<Commit>, GitError> {
        let mut commits = Vec::new();
        let mut next = Some(tip);
        // Mostly the base is one of them, and near: then nothing else needs to be read.
        while let Some(commit) = next.filter(|&next| next != base && commits.len() < NEAR) {
            let commit = self.commit(commit)?;
            next = commit.parents.first().copied();
            commits.push(commit);
        }
        if next != Some(base) {
            let beyond = self.access().beyond(base, tip, Walk::FirstParents)?;
            commits = beyond.into_iter().take(most).map(|oid| self.commit(oid)).collect::<Result<_, _>>()?;
        }
        commits.truncate(most);
        commits.reverse();
        Ok(commits)
    }

    /// Every best common ancestor of two commits: several after criss-cross merges, none when their
    /// histories never meet.
    pub fn merge_bases(&self, one: Oid, two: Oid) -> Result<Vec<Oid>, GitError> {
        self.access().merge_bases(one, two)
    }

    /// Whether the commit can be reached from one of the tips: one walk, however many there are.
    pub fn is_reached(&self, tips: &[Oid], commit: Oid) -> Result<bool, GitError> {
        Ok(!tips.is_empty() && (tips.contains(&commit) || self.access().is_reached(tips, commit)?))
    }

    /// Every commit that can be reached from `tip` and not from `base`.
    pub fn commits_beyond(&self, base: Oid, tip: Oid) -> Result<Vec<Oid>, GitError> {
        self.access().beyond(base, tip, Walk::All)
    }

    /// The ref that a name stands for in the end, which is another one for a symbolic ref.
    pub fn resolved_name(&self, name: &str) -> Result<String, GitError> {
        self.access().resolved_name(name)
    }

    /// Whether older history was left out when the repository was cloned.
    pub fn is_shallow(&self) -> bool {
        std::fs::metadata(self.common_dir().join("shallow")).is_ok_and(|file| file.len() > 0)
    }
}
