//! The handoff: what a task says about its finished work.

use super::{Contract, HandoffStatus, Oid, RunId, TaskId};

/// The facts of one handoff, the same in its commit's trailers and in the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoffRecord {
    /// `<run>/<task>/<attempt>`, such as `r7/ws-server/1`.
    pub id: String,
    pub run: RunId,
    pub task: TaskId,
    pub attempt: u32,
    /// The specialist that did the work.
    pub from: String,
    /// The specialists it is meant for; `*` for any.
    pub to: Vec<String>,
    /// Seconds since 1970.
    pub time: i64,
    pub status: HandoffStatus,
    /// Why it is not complete; empty when it is.
    pub reason: String,
    pub provides: Vec<Contract>,
    pub consumes: Vec<Contract>,
    /// Kind and text, such as (`critical`, `Apply operations in timestamp order`).
    pub notes: Vec<(String, String)>,
    /// Such as `npm:ws@8.0.0`.
    pub dependencies: Vec<String>,
    /// What the next specialists should test.
    pub tests: Vec<String>,
    pub focus: Option<String>,
    pub constraints: Vec<String>,
    /// Tokens left for the next specialist.
    pub budget: Option<u64>,
    /// The handoff commit, once it exists.
    pub commit: Option<Oid>,
    /// The commit message without its trailers: a subject, then prose.
    pub summary: String,
}

/// An agent's own words about its work; all of it may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandoffNotes {
    pub status: HandoffStatus,
    pub summary: String,
    pub provides: Vec<Contract>,
    /// Kind and text.
    pub notes: Vec<(String, String)>,
    pub dependencies: Vec<String>,
    pub tests: Vec<String>,
}

impl HandoffRecord {
    /// The id of a task's handoff.
    pub fn id_of(run: RunId, task: &TaskId, attempt: u32) -> String {
        format!("{run}/{task}/{attempt}")
    }
}
