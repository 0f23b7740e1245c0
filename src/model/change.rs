//! What a branch changed, as plain data for the validator.

use std::sync::Arc;

use super::{Oid, RepoPath};

/// The content of one file at one blob; cheap to clone.
#[derive(Debug, Clone)]
pub struct Source {
    pub oid: Oid,
    pub bytes: Arc<[u8]>,
}

/// One changed path; absent on one side when it was added or deleted.
#[derive(Debug, Clone)]
pub struct FileChange {
    pub path: RepoPath,
    pub old: Option<Source>,
    pub new: Option<Source>,
}

/// A branch as the difference from the merge base that all compared branches share.
#[derive(Debug, Clone)]
pub struct BranchChanges {
    /// As the user named it.
    pub name: String,
    pub tip: Oid,
    pub files: Vec<FileChange>,
}
