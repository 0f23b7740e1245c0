//! How an agent's attempt ended, and what it cost.

use std::fmt;
use std::time::Duration;

/// Bounds on one attempt of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest wall time.
    pub timeout: Duration,
    /// Longest silence on both output pipes.
    pub stall: Duration,
    /// Time between the polite and the final signal.
    pub grace: Duration,
}

/// How an agent process ended. Whether it did anything is for Git to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Exited by itself with this status.
    Exited(i32),
    /// Died of a signal that orca did not send.
    Signaled(i32),
    /// Stopped after the wall-time limit.
    TimedOut,
    /// Stopped after the silence limit.
    Stalled,
    /// Stopped because the run was interrupted.
    Interrupted,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "exited with status {status}"),
            Self::Signaled(signal) => write!(f, "was killed by signal {signal}"),
            Self::TimedOut => write!(f, "ran out of time"),
            Self::Stalled => write!(f, "went silent"),
            Self::Interrupted => write!(f, "was interrupted"),
        }
    }
}

/// Tokens of one attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// All that was read, with what a cache gave.
    pub input: u64,
    pub output: u64,
    /// The part of the input that came from a cache.
    pub cached: u64,
    /// The part of the output that only the model itself reads.
    pub reasoning: u64,
    /// False when the agent reported the numbers itself.
    pub estimated: bool,
}

/// The way in which an agent tells about itself on standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// It says nothing that can be relied on.
    #[default]
    None,
    Claude,
    Codex,
    Gemini,
    Opencode,
    Copilot,
    Aider,
}

impl Protocol {
    /// Whether what the agent answers stands apart from everything else it prints.
    pub fn has_answers(self) -> bool {
        matches!(self, Self::Claude | Self::Codex | Self::Gemini | Self::Opencode | Self::Copilot)
    }
}

/// What an agent says of its own attempt. Whether it is true is for Git to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Tokens, where it tells them.
    pub usage: Option<Usage>,
    /// Whether tokens and cost count the conversation from its beginning, earlier attempts included.
    pub counts_session: bool,
    /// What it cost, in millionths of a dollar.
    pub cost_micros: Option<u64>,
    pub turns: u32,
    /// Tokens of the first request.
    pub first_request: Option<u64>,
    /// Tokens that the last request carried, and how many fit.
    pub context: Option<(u64, u64)>,
    /// What it was not allowed to do, such as `Write /etc/passwd`.
    pub denials: Vec<String>,
    /// Names the conversation, so that another attempt can go on with it.
    pub session: Option<String>,
    /// Why it did not get through, by its own words.
    pub trouble: Option<Trouble>,
    /// The last thing it said to whoever started it.
    pub answer: String,
}

impl Account {
    /// How full the context was at the end, in percent.
    pub fn context_percent(&self) -> Option<u32> {
        let (used, window) = self.context.filter(|(_, window)| *window > 0)?;
        u32::try_from(used.saturating_mul(100) / window).ok()
    }
}

/// What was used up so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    pub tokens: u64,
    /// In millionths of a dollar.
    pub cost_micros: u64,
    pub turns: u64,
}

/// The most that may be used; nothing said is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    pub tokens: Option<u64>,
    /// In millionths of a dollar.
    pub cost_micros: Option<u64>,
    pub turns: Option<u64>,
}

/// A conversation with an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The agent's name in `orca.toml`: another one does not know the conversation.
    pub agent: String,
    /// What the agent calls it.
    pub id: String,
}

/// Why an agent did not get through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub kind: TroubleKind,
    /// Its own words.
    pub words: String,
}

/// Sorts of trouble that are dealt with in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// It used up its turns.
    Turns,
    /// It used up its money.
    Budget,
    /// The service does not know who it is.
    Login,
    /// The service is busy, or was asked too often.
    RateLimit,
    /// The service failed otherwise.
    Service,
    /// It broke down by itself.
    Broken,
}

impl Usage {
    /// Adds what another attempt used. A sum is an estimate when a part of it is.
    pub fn add(&mut self, more: Self) {
        self.input += more.input;
        self.output += more.output;
        self.cached += more.cached;
        self.reasoning += more.reasoning;
        self.estimated |= more.estimated;
    }

    /// What remains when an earlier part of the same count is taken off.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            input: self.input.saturating_sub(earlier.input),
            output: self.output.saturating_sub(earlier.output),
            cached: self.cached.saturating_sub(earlier.cached),
            reasoning: self.reasoning.saturating_sub(earlier.reasoning),
            estimated: self.estimated,
        }
    }
}

impl TroubleKind {
    /// What happened, behind "the agent".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Turns => "used up its turns",
            Self::Budget => "used up its budget",
            Self::Login => "is not logged in to its service",
            Self::RateLimit => "was turned away by a busy service",
            Self::Service => "got no answer from its service",
            Self::Broken => "broke down",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.phrase())?;
        if self.words.is_empty() { Ok(()) } else { write!(f, ": {}", self.words) }
    }
}
