//! What a run reports while it goes on. The user interface owns every word about it.

use crate::model::{Ending, Finding, Oid, RepoPath, RunId, TaskId};

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A run begins, or goes on where it was stopped.
    Conducting {
        run: RunId,
        request: String,
        waves: usize,
        tasks: usize,
        continued: bool,
    },
    /// Something a dead process left behind was put in order.
    Recovered {
        what: String,
    },
    WaveStarted {
        number: usize,
        of: usize,
        tasks: Vec<TaskId>,
    },
    WorktreesReady {
        count: usize,
        /// How many of them were taken over from merged tasks.
        reused: usize,
        seconds: f64,
    },
    AgentStarted {
        task: TaskId,
        agent: String,
        attempt: u32,
        prompt_tokens: u64,
    },
    AgentSaid {
        task: TaskId,
        line: String,
    },
    AgentEnded {
        task: TaskId,
        ending: Ending,
        seconds: f64,
        left_behind: usize,
    },
    /// Changes outside the scope were taken off the branch and kept under a rescue ref.
    SetAside {
        task: TaskId,
        paths: Vec<RepoPath>,
        rescue: String,
    },
    /// Something that does not travel on was kept.
    Kept {
        task: TaskId,
        what: String,
        /// A ref, a directory, or both.
        place: String,
    },
    HandedOff {
        task: TaskId,
        commit: Oid,
        files: usize,
    },
    SentBack {
        task: TaskId,
        attempt: u32,
        reasons: Vec<String>,
    },
    /// A person stopped it; what its agent had not committed is kept under a rescue ref.
    Stopped {
        task: TaskId,
        rescue: Option<String>,
    },
    GaveUp {
        task: TaskId,
        reason: String,
    },
    Checked {
        findings: Vec<Finding>,
        analysed: usize,
        seconds: f64,
    },
    GateStarted {
        command: String,
        tasks: usize,
    },
    GateEnded {
        command: String,
        passed: bool,
        seconds: f64,
        cached: bool,
    },
    /// A candidate for what both sides want is tried behind the gate.
    Guessing {
        candidate: String,
        run: usize,
        of: usize,
    },
    /// A resolver specialist is asked about the conflicts of a branch in these files.
    Asking {
        branch: String,
        paths: Vec<RepoPath>,
    },
    /// A red batch is being searched for the task that breaks it.
    Bisecting {
        tasks: Vec<String>,
    },
    Landed {
        wave: usize,
        tasks: Vec<TaskId>,
        commit: Oid,
    },
    SetUp {
        task: TaskId,
        command: String,
    },
    Pushing {
        remote: String,
        branches: usize,
    },
}
