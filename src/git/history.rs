//! Asks how commits are related, beyond what one merge needs.

use super::access::Walk;
use super::{GitError, Repo};
use crate::model::Oid;

impl Repo {
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
