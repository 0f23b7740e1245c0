//! Asks how commits are related, beyond what one merge needs.

use git2::ErrorCode;

use super::repo::{lib_oid, oid};
use super::{GitError, Repo};
use crate::model::Oid;

/// The last move of a ref, as its reflog tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefMove {
    pub from: Oid,
    pub to: Oid,
    pub reason: String,
}

impl Repo {
    /// Every best common ancestor of two commits: several after criss-cross merges, none when their
    /// histories never meet.
    pub fn merge_bases(&self, one: Oid, two: Oid) -> Result<Vec<Oid>, GitError> {
        match self.library().merge_bases(lib_oid(one), lib_oid(two)) {
            Ok(bases) => Ok(bases.iter().map(|base| oid(*base)).collect()),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Every commit that can be reached from `tip` and not from `base`.
    pub fn commits_beyond(&self, base: Oid, tip: Oid) -> Result<Vec<Oid>, GitError> {
        let mut walk = self.library().revwalk()?;
        walk.push(lib_oid(tip))?;
        walk.hide(lib_oid(base))?;
        walk.map(|found| Ok(oid(found?))).collect()
    }

    /// The ref that a name stands for in the end, which is another one for a symbolic ref.
    pub fn resolved_name(&self, name: &str) -> Result<String, GitError> {
        let end = self.library().find_reference(name)?.resolve()?;
        Ok(end.name()?.to_owned())
    }

    /// Whether older history was left out when the repository was cloned.
    pub fn is_shallow(&self) -> bool {
        self.library().is_shallow()
    }

    /// The last move of a ref; none when no reflog tells.
    pub fn last_move(&self, name: &str) -> Option<RefMove> {
        let log = self.library().reflog(name).ok()?;
        let last = log.get(0)?;
        let reason = String::from_utf8_lossy(last.message_bytes().unwrap_or_default()).into_owned();
        Some(RefMove { from: oid(last.id_old()), to: oid(last.id_new()), reason })
    }
}
