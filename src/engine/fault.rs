//! Refusals that are nobody's failure: a wrong call, a clean "no".

use std::fmt;

/// How a refusal is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The call or the configuration is wrong; exit code 2.
    Usage,
    /// Everything works and the answer is no; exit code 1.
    No,
}

/// A refusal with the commands that would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    pub message: String,
    pub hints: Vec<String>,
}

impl Fault {
    /// A wrong call or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { kind: FaultKind::Usage, message: message.into(), hints: Vec::new() }
    }

    /// A clean "no".
    pub fn no(message: impl Into<String>) -> Self {
        Self { kind: FaultKind::No, message: message.into(), hints: Vec::new() }
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
