//! What the hub remembers beside runs and tasks: the shared knowledge that contexts are made of.

use super::{ContractKind, Ending, Level, Oid, RunId, TaskId, Usage};

/// A section of the hub that holds free text. Interfaces have a record of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    Architecture,
    Dependencies,
    Completions,
    Conflicts,
}

impl Section {
    /// All sections, with the word that names each in the hub and on the command line.
    pub const WORDS: [(Self, &'static str); 4] = [
        (Self::Architecture, "architecture"),
        (Self::Dependencies, "dependencies"),
        (Self::Completions, "completions"),
        (Self::Conflicts, "conflicts"),
    ];

    /// The word in the hub and on the command line.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(section, _)| *section == self).map_or("architecture", |(_, word)| word)
    }

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(section, _)| *section)
    }
}

/// A piece of shared knowledge in somebody's own words, such as a convention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextEntry {
    pub section: Section,
    /// Names it within its section.
    pub id: String,
    pub text: String,
    /// A person or a specialist.
    pub author: String,
    /// Seconds since 1970.
    pub time: i64,
}

/// An interface as its provider last stated it; one per kind and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceRecord {
    pub kind: ContractKind,
    pub name: String,
    /// A signature, fields, a sentence.
    pub text: String,
    /// The task that provides it, and its run; none when it was there before.
    pub provider: Option<TaskId>,
    pub run: Option<RunId>,
    /// The file it stands in, where known.
    pub path: Option<String>,
}

/// A task that is finished, in a sentence that later tasks may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionRecord {
    pub run: RunId,
    pub task: TaskId,
    /// Seconds since 1970.
    pub time: i64,
    pub commit: Option<Oid>,
    pub summary: String,
}

/// What became of a recorded conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictState {
    Open,
    /// A later attempt or a fix made it go away.
    Settled,
    /// A person accepted it.
    Allowed,
}

impl ConflictState {
    /// All states, with the word of each in the hub.
    pub const WORDS: [(Self, &'static str); 3] =
        [(Self::Open, "open"), (Self::Settled, "settled"), (Self::Allowed, "allowed")];

    /// The word in the hub.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(state, _)| *state == self).map_or("open", |(_, word)| word)
    }

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(state, _)| *state)
    }
}

/// A finding that was raised in a run, kept after the branches have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRecord {
    pub run: RunId,
    /// Names the finding across edits.
    pub fingerprint: String,
    pub rule: String,
    pub level: Level,
    pub message: String,
    /// Its places, as `branch:path:line`.
    pub sites: Vec<String>,
    pub state: ConflictState,
    /// Seconds since 1970.
    pub time: i64,
}

/// The facts of one start of an agent, from which the lifecycle rules are derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    pub run: RunId,
    pub task: TaskId,
    /// Counted from 1 for each task.
    pub number: u32,
    /// The agent's name in the configuration.
    pub agent: String,
    /// Seconds since 1970.
    pub started: i64,
    /// How long it took, in seconds.
    pub seconds: u64,
    pub ending: Ending,
    pub usage: Usage,
    pub turns: u32,
    /// In millionths of a dollar.
    pub cost_micros: u64,
    /// Tokens of its first request, where it tells them.
    pub first_request: Option<u64>,
    /// How full its context was at the end, in percent, where it tells that.
    pub context: Option<u32>,
    /// The branch after it, when it left any work.
    pub tip: Option<Oid>,
    /// What was decided about it, such as `accepted`.
    pub decision: String,
    /// How much spoke against it.
    pub objections: u32,
    pub drift: Drift,
    /// What there is to say about it; may be empty.
    pub note: String,
}

/// How far the work of an attempt is from its plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drift {
    /// Files outside the scope.
    pub outside: u32,
    /// Contracts that the handoff states and the plan does not.
    pub undeclared: u32,
    /// Dependencies that a constraint excludes.
    pub excluded: u32,
}
