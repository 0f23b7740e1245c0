//! The recorded state of a run, as the hub holds it.

use super::{Contract, Oid, RunId, Session, Spent, Task, TaskId, Usage};

/// Where a task stands. The order is the order of progress, which merging two hubs relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Waits for other tasks or for its wave.
    Pending,
    /// Its worktree and branch exist.
    Ready,
    /// An agent works on it, or did when orca died.
    Running,
    /// Its work is committed as a handoff.
    HandedOff,
    /// The validator compared it with its wave and found nothing that blocks.
    Validated,
    /// Its handoff is part of the integration branch.
    Merged,
    /// Given up; the reason is recorded and the work is pinned.
    Failed,
    /// Dropped by a person.
    Cancelled,
}

impl Status {
    /// All states, with the word that stands for each in the hub and in output.
    pub const WORDS: [(Self, &'static str); 8] = [
        (Self::Pending, "pending"),
        (Self::Ready, "ready"),
        (Self::Running, "running"),
        (Self::HandedOff, "handed-off"),
        (Self::Validated, "validated"),
        (Self::Merged, "merged"),
        (Self::Failed, "failed"),
        (Self::Cancelled, "cancelled"),
    ];

    /// The word in the hub and in output.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(status, _)| *status == self).map_or("pending", |(_, word)| word)
    }

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(status, _)| *status)
    }

    /// Whether nothing more will happen to the task by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Merged | Self::Failed | Self::Cancelled)
    }
}

/// Why an orchestrator leaves an unfinished task alone until a person starts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hold {
    /// A person, or an agent that orca did not start, works in its worktree.
    ByHand,
    /// A person stopped it.
    Stopped,
}

impl Hold {
    /// All reasons, with the word of each in the hub and in output.
    pub const WORDS: [(Self, &'static str); 2] = [(Self::ByHand, "by-hand"), (Self::Stopped, "stopped")];

    /// The word in the hub and in output.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(hold, _)| *hold == self).map_or("stopped", |(_, word)| word)
    }

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(hold, _)| *hold)
    }
}

/// What a handoff says about the work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandoffStatus {
    #[default]
    Complete,
    Partial,
    Blocked,
    Terminated,
}

impl HandoffStatus {
    /// All states, with the word of the `Orca-Status` trailer.
    pub const WORDS: [(Self, &'static str); 4] = [
        (Self::Complete, "complete"),
        (Self::Partial, "partial"),
        (Self::Blocked, "blocked"),
        (Self::Terminated, "terminated"),
    ];

    /// Reads what an agent may say of its own work; `done` is what most call it.
    pub fn said(word: &str) -> Option<Self> {
        match word {
            "done" => Some(Self::Complete),
            _ => Self::parse(word).filter(|status| *status != Self::Terminated),
        }
    }

    /// The word of the trailer.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(status, _)| *status == self).map_or("complete", |(_, word)| word)
    }

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(status, _)| *status)
    }
}

/// A run: one request being carried out from a frozen base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    pub id: RunId,
    pub request: String,
    /// The commit every branch of the run starts from or after.
    pub base: Oid,
    /// The short name of the branch the run is meant for.
    pub target: String,
    /// The waves, as planned: tasks that run side by side.
    pub waves: Vec<Vec<TaskId>>,
    /// Seconds since 1970.
    pub created: i64,
    /// Set when a newer plan replaced it or everything was merged.
    pub closed: bool,
    pub spawn: SpawnAdvice,
}

/// What spoke for several specialists instead of one when a run was planned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpawnAdvice {
    /// Files in the scopes of all tasks.
    pub files: u64,
    /// Kinds of specialists that are asked for.
    pub roles: u64,
    /// Whether some tasks do not wait for each other.
    pub independent: bool,
    /// In sentences; none where one agent would do.
    pub reasons: Vec<String>,
}

/// A task and everything that happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRecord {
    pub task: Task,
    pub status: Status,
    /// Set while no agent is to be started for it.
    pub hold: Option<Hold>,
    /// How often an agent was started for it.
    pub attempt: u32,
    /// Handoffs sent back in a row.
    pub rejected: u32,
    /// The commit its branch was made from.
    pub base: Option<Oid>,
    /// Its handoff commit.
    pub tip: Option<Oid>,
    /// The handoff commit that was made and is not judged yet.
    pub made: Option<Oid>,
    /// Why it is where it is, in one sentence; empty when there is nothing to say.
    pub reason: String,
    /// What its next attempt has to put right: findings, gate output.
    pub feedback: Vec<String>,
    pub usage: Usage,
    /// What its attempts cost by their own account, in millionths of a dollar.
    pub cost_micros: u64,
    /// Turns of all attempts, where the agent tells them.
    pub turns: u32,
    /// The conversation that its next attempt can go on with.
    pub session: Option<Session>,
    /// Contracts that its last handoff states.
    pub provides: Vec<Contract>,
    /// Seconds of agent time over all attempts.
    pub seconds: u64,
}

impl TaskRecord {
    /// A task that nobody has begun.
    pub fn new(task: Task) -> Self {
        Self {
            task,
            status: Status::Pending,
            hold: None,
            attempt: 0,
            rejected: 0,
            base: None,
            tip: None,
            made: None,
            reason: String::new(),
            feedback: Vec::new(),
            usage: Usage::default(),
            cost_micros: 0,
            turns: 0,
            session: None,
            provides: Vec::new(),
            seconds: 0,
        }
    }

    /// What its attempts used up.
    pub fn spent(&self) -> Spent {
        Spent {
            tokens: self.usage.input + self.usage.output,
            cost_micros: self.cost_micros,
            turns: self.turns.into(),
        }
    }

    /// Whether it waits for a person; its hold says why.
    pub fn is_held(&self) -> bool {
        self.hold.is_some() && self.status < Status::HandedOff
    }
}

/// A move of the integration branch that is about to be made.
///
/// What stands on that branch was merged by orca only where a record says so: whoever works in the run
/// can move it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandingRecord {
    /// The wave, counted from 1.
    pub wave: u32,
    /// The tasks that land with it.
    pub tasks: Vec<TaskId>,
    /// The integration branch before and after.
    pub from: Oid,
    pub to: Oid,
    /// What the gate said, as in a [`WaveRecord`].
    pub gate: String,
}

/// A wave that was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaveRecord {
    /// Counted from 1.
    pub number: u32,
    pub merged: Vec<TaskId>,
    /// The integration branch before and after.
    pub from: Oid,
    pub to: Oid,
    /// `passed`, `none`, or what went wrong.
    pub gate: String,
    /// Deny and warn findings that were raised on the way.
    pub findings: u32,
}
