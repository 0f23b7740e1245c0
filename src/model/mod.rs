//! The words of the tool as plain values: ids, tasks, contracts, findings.
//!
//! Owns what every other module speaks about and names none of them. Nothing here reads Git, files
//! or the clock. Values that end up in a ref name, a directory or a trailer are checked once, when
//! they are made.

mod change;
mod context;
mod contract;
mod finding;
mod fnv;
mod handoff;
mod ids;
mod oid;
mod outcome;
mod patch;
mod path;
mod resolve;
mod run;
mod scope;
mod task;
mod text;

pub use change::{BranchChanges, FileChange, Source};
pub use context::{
    AttemptRecord, CompletionRecord, ConflictRecord, ConflictState, ContextEntry, Drift, InterfaceRecord,
    Section,
};
pub use contract::{Contract, ContractError, ContractKind};
pub use finding::{Finding, Fix, Level, Site};
pub use fnv::Fnv;
pub use handoff::{HandoffNotes, HandoffRecord};
pub use ids::{IdError, RunId, TaskId};
pub use oid::{Oid, OidError, told};
pub use outcome::{Account, Bounds, Ending, Limits, Protocol, Session, Spent, Trouble, TroubleKind, Usage};
pub use patch::{FilePatch, Hunk, PatchLine, Replacement};
pub use path::RepoPath;
pub use resolve::Resolve;
pub use run::{HandoffStatus, Hold, LandingRecord, RunRecord, SpawnAdvice, Status, TaskRecord, WaveRecord};
pub use scope::{Scope, ScopeError};
pub use task::{Plan, Task};
pub use text::{in_shell, nearest, printable};
