//! What orca keeps: the hub under `refs/orca/hub`; and what people write: `orca.toml`, plan files.
//!
//! The only place that knows TOML. Stored types live apart from the model: a field that was
//! renamed in the model must not silently change a file format.
//!
//! The hub is a tree of TOML files, one record per file and one commit per transaction, so that
//! `git log -p refs/orca/hub` is its audit log. Three decisions carry it. Writers queue on a file
//! lock and still compare-and-swap the ref, since not every writer knows the lock. A transaction
//! that lost the race runs again on the new tip; blobs made for the old one are never applied. And
//! the objects of a transaction travel in a pack that `git gc` cannot take (see
//! [`KeptPack`](crate::git::KeptPack)), so that there is never anything to repair.

mod agents;
mod baseline;
mod cache;
mod config;
mod document;
mod folding;
mod handoff_notes;
mod hub;
mod join;
mod layout;
mod lock;
mod packs;
mod pins;
mod plan_file;
mod publish;
mod rules;
mod run_lock;
mod schema;
mod snapshot;

#[cfg(test)]
mod tests;

pub use agents::{AgentConfig, PromptBy, Sandbox, ShellHub, known_agents};
pub use baseline::{parse_baseline, write_baseline};
pub use cache::{Cache, Key};
pub use config::{Config, SpecialistConfig, SpendLimits, WorktreeConfig, parse_config};
pub use document::{FileError, FileProblem};
pub use hub::{Audit, Hub, HubError, LogEntry};
pub use join::Joined;
pub use lock::{Lock, LockError};
pub use pins::{join_pin, pin};
pub use plan_file::PlanFile;
pub use run_lock::{Death, Holder, RunLock};
pub use snapshot::{Snapshot, Transaction};
