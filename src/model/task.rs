//! The plan of a run: atomic tasks and what each may touch.

use super::{Contract, Scope, TaskId};

/// One atomic unit of work: one specialist, one branch, one worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub id: TaskId,
    pub title: String,
    /// The role that plays it; a template of that name.
    pub specialist: String,
    pub scope: Scope,
    /// Tasks that must be merged first, beside those whose contracts it consumes.
    pub after: Vec<TaskId>,
    pub provides: Vec<Contract>,
    pub consumes: Vec<Contract>,
    /// Success criteria; those that are commands are run.
    pub acceptance: Vec<String>,
    /// The share of a wave's context budget; none until estimated from the scope's files.
    pub estimate_tokens: Option<u64>,
}

/// A request and its tasks, before they become a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub request: String,
    /// The branch the finished run is meant for; none means the branch that is checked out.
    pub target: Option<String>,
    pub tasks: Vec<Task>,
}
