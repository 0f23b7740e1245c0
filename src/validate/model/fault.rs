//! What no compiler takes of a text, as far as the text alone shows it.

use serde::{Deserialize, Serialize};

/// Two places of a function that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub sort: FaultSort,
    /// The names of the functions around it, outermost first; empty at the level of the file.
    pub within: String,
    /// What it is about: a variable, a key, what is returned.
    pub name: String,
    /// One-based line of the place that does not fit.
    pub line: u32,
    /// And of what it does not fit: a declaration, the head of a function.
    pub against: u32,
}

impl Fault {
    /// Of a text with more faults the reader has understood nothing, and gives up.
    pub const MOST: usize = 100;
}

/// What does not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FaultSort {
    /// Waiting in a function that is not async.
    Waits,
    /// An assignment to what is assigned once.
    Fixed,
    /// A variable that code which may run later has a copy of is assigned again.
    Captured,
    /// One name declared twice in one scope.
    DeclaredTwice,
    /// One name imported twice.
    ImportedTwice,
    /// One name imported from two places, of which the later counts, or which may go together.
    MeansTwo,
    /// One case twice in one switch.
    CaseTwice,
    /// One key, field or argument twice in one list.
    KeyTwice,
    /// A variable that nothing reads.
    UnusedVariable,
    /// An import that nothing uses.
    UnusedImport,
    /// A field is set that the type does not have.
    FieldUnknown,
    /// Values stand for fields by their places, and there are more or fewer of them.
    Fields,
    /// What is given back is not what the function says it gives back.
    Returns,
}
