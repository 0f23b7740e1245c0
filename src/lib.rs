//! `git orca` conducts parallel coding agents with nothing but Git.
//!
//! # The map
//!
//! A pure core decides, a thin rim acts. The core takes values and returns values: no Git, no
//! files, no clock, no printing. The rim has five doors to the world. The engine joins the two and
//! reports what happened as events; a command parses, calls one engine function and hands the
//! result to [`ui`].
//!
//! ```text
//! main ─ cli ─ commands ─ engine ─┬─ core: model plan hub compress handoff lifecycle validate merge report
//!                 └─ ui           └─ rim:  git store agent hooks forge
//! ```
//!
//! - [`model`] the words: ids, tasks, contracts, findings, recorded states
//! - [`plan`] dependency graph, waves under a context budget
//! - [`hub`] the filtered context of a task
//! - [`compress`] token estimates and what to leave out
//! - [`handoff`] trailers and handoff messages
//! - [`lifecycle`] when to continue and when to stop; circular edits
//! - [`validate`] compares branches that are still apart
//! - [`merge`] prediction, order, and conflicts resolved by structure
//! - [`report`] what happened and what it cost
//! - [`git`] the only door to Git
//! - [`store`] hub records under `refs/orca/hub`, `orca.toml`, plan files
//! - [`agent`] starts, watches and stops agents
//! - [`hooks`] installs and removes Git hooks in agent worktrees
//! - [`forge`] pull requests, through `gh`
//! - [`engine`] the use cases
//!
//! The core imports no adapter; adapters import the core's types. A test holds the arrows.
//!
//! # Where state lives
//!
//! Everything `run` does is recorded in `refs/orca/hub`, one commit per transaction, and can be
//! derived again from the handoff and merge commits, which carry the same facts as trailers. A
//! killed run continues by reading both and redoing nothing that is finished.

pub mod cli;

mod commands;
mod ui;

pub mod engine;

pub mod compress;
pub mod handoff;
pub mod hub;
pub mod lifecycle;
pub mod merge;
pub mod model;
pub mod plan;
pub mod report;
pub mod validate;

pub mod agent;
pub mod forge;
pub mod git;
pub mod hooks;
pub mod store;
