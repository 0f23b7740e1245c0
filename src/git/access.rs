//! What a reader of repositories has to be able to do.
//!
//! There are two: libgit2 reads in process, and Git's own long-lived children read every format,
//! also those that libgit2 cannot open.

use std::collections::BTreeMap;

use super::{Commit, Entry, GitError};
use crate::model::Oid;

/// The kinds of objects that orca writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blob,
    Tree,
    Commit,
}

/// Which of the commits beyond another one are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    All,
    /// Along first parents, newest first.
    FirstParents,
}

/// An open repository.
pub(super) trait Access: Send {
    /// The ref that a symbolic ref names; none when it is no symbolic ref.
    fn symbolic_target(&self, name: &str) -> Result<Option<String>, GitError>;
    /// The ref that a name stands for in the end.
    fn resolved_name(&self, name: &str) -> Result<String, GitError>;
    /// The commit that a revision names.
    fn resolve_commit(&self, revision: &str) -> Result<Oid, GitError>;
    /// What a full ref name points to, tags peeled.
    fn ref_oid(&self, name: &str) -> Result<Option<Oid>, GitError>;
    /// All refs whose names begin with `prefix`, symbolic ones left out.
    fn refs_under(&self, prefix: &str) -> Result<BTreeMap<String, Oid>, GitError>;
    /// Moves one ref; `old: None` means it must not exist yet.
    fn move_ref(&self, name: &str, old: Option<Oid>, new: Oid, reason: &str) -> Result<(), GitError>;

    fn has_object(&self, object: Oid) -> bool;
    fn commit(&self, commit: Oid) -> Result<Commit, GitError>;
    fn blob(&self, blob: Oid) -> Result<Vec<u8>, GitError>;
    /// The size of a blob, without reading it.
    fn blob_size(&self, blob: Oid) -> Result<u64, GitError>;
    /// Names and entries directly in a tree, in the order Git stores them.
    fn tree(&self, tree: Oid) -> Result<Vec<(Vec<u8>, Entry)>, GitError>;
    /// The entry of that name directly in a tree.
    fn entry(&self, tree: Oid, name: &[u8]) -> Result<Option<Entry>, GitError> {
        Ok(self.tree(tree)?.into_iter().find(|(known, _)| known == name).map(|(_, entry)| entry))
    }
    /// Writes a loose object.
    fn write(&self, kind: Kind, content: &[u8]) -> Result<Oid, GitError>;

    /// Every best common ancestor of two commits.
    fn merge_bases(&self, one: Oid, two: Oid) -> Result<Vec<Oid>, GitError>;
    /// Whether `ancestor` can be reached from another commit.
    fn descends(&self, commit: Oid, ancestor: Oid) -> Result<bool, GitError>;
    /// Whether the commit can be reached from one of the tips.
    fn is_reached(&self, tips: &[Oid], commit: Oid) -> Result<bool, GitError>;
    /// The commits that can be reached from `tip` and not from `base`.
    fn beyond(&self, base: Oid, tip: Oid, walk: Walk) -> Result<Vec<Oid>, GitError>;

    fn config(&self, key: &str) -> Option<String>;
    /// Who commits, as `name <mail>`, and the time zone, as `+0100`; none when Git does not know.
    fn committer(&self) -> Option<(String, String)>;
}
