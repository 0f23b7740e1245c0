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
    pub input: u64,
    pub output: u64,
    /// False when the agent reported the numbers itself.
    pub estimated: bool,
}
