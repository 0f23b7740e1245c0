//! Findings: what the validator says about branches that are still apart.

use super::{Oid, RepoPath};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Informs.
    Advice,
    /// Blocks only when asked to be strict.
    Warn,
    /// Blocks the merge.
    Deny,
}

impl Level {
    /// The word in configuration and output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// A place in a branch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    pub branch: String,
    pub commit: Oid,
    pub path: RepoPath,
    /// One-based.
    pub line: u32,
    /// The line that stood there, where the finding is about what the branch took away.
    pub lost: Option<String>,
}

/// A change that would settle a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub summary: String,
    /// A unified diff against `branch`, empty where only an example can be given.
    pub patch: String,
    /// The branch that should change.
    pub branch: String,
    /// The patch is a part of the change: it leaves a body to be filled in, which fails when it runs, or
    /// calls what has another signature.
    pub is_draft: bool,
}

/// One mismatch between branches, with both places and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name, such as `duplicate-definition`.
    pub rule: &'static str,
    pub level: Level,
    /// One sentence that a person understands.
    pub message: String,
    /// Names the finding across edits: made of the rule and the symbols, never of line numbers.
    pub fingerprint: String,
    /// The names in the code that it is about, most telling first.
    pub names: Vec<String>,
    /// The canonical place first, the one that has to change last.
    pub sites: Vec<Site>,
    pub fix: Option<Fix>,
}
