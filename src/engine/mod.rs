//! The use cases: each is a list of named steps over the core and the rim.
//!
//! Nothing here prints. What happens is reported as [`Event`]s, what came out as plain values.

mod amend;
mod callback;
mod check;
mod clean;
mod clock;
mod context;
mod demo;
mod doctor;
mod editing;
mod event;
mod export;
mod fault;
mod fix;
mod folding;
mod gate;
mod guard;
mod handoffs;
mod hook;
mod init;
mod interfaces;
mod landing;
mod ledger;
mod matrix;
mod mcp;
mod merge;
mod merges;
mod orchestrator;
mod overview;
mod parted;
mod planning;
mod pull;
mod report;
mod resolve;
mod resolve_files;
mod resolver;
mod run;
mod search;
mod status;
mod sync;
mod target;
mod tasks;
mod textual;
mod watch;
mod workspace;

pub use amend::{Amended, Amendment, TaskEdit, amend, preview_amendment, tasks_from_file};
pub use callback::{CallbackCall, Moment, call_back};
pub use check::{Branch, CheckCall, Checked, Excerpts, TestFile, check_branches, check_run};
pub use clean::{CleanOptions, Cleaning, Fate, Saving, Swept, clean};
pub use context::{
    AddedEntry, HubContext, HubLog, HubSection, NewEntry, TaskContext, add_context, context_for, context_log,
    entry_text, show_context,
};
pub use demo::{Demo, prepare_demo, run_demo};
pub use doctor::{Check, Diagnosis, Health, Installed, doctor, installed_agents};
pub use editing::{draft, edit_draft, keep_draft};
pub use event::Event;
pub use export::{Export, ExportedWave, export};
pub use fault::{Fault, FaultKind};
pub use fix::{Fixing, MovedBranch, fix_branches};
pub use folding::{FoldOptions, FoldedRun, Folding, compress_context};
pub use guard::{Guarded, guard_merge};
pub use handoffs::{HandoffDetail, HandoffList, list_handoffs, show_handoff};
pub use hook::{HookCall, run_hook};
pub use init::{InitOptions, InitPlan, Undone, init, plan_init, undo_init, write_whole};
pub use landing::{Red, Refused};
pub use ledger::{RunState, create_run};
pub use matrix::{Depth, Matrix, PairVerdict, Pairing, Step, matrix, matrix_of_run};
pub use mcp::{ask_hub, serve_mcp};
pub use merge::{MergeEnd, MergeOptions, Waits, merge_branches};
pub use orchestrator::plan_from_request;
pub use planning::{Planning, plan_from_file};
pub use pull::{Landed, Offer, OfferState, PullOptions, PullsEnd, WantedPulls, forge_client, offer_pulls};
pub use report::{ResolvedInRun, RunReport, report};
pub use resolve::Resolved;
pub use resolve_files::{Favour, FileEnd, FileQuestion, Style, is_binary, resolve_files, write_result};
pub use run::{
    HandIn, RunEnd, RunOptions, Started, Stopped, conduct, confine, hand_in, merge_run, merge_wave, own_task,
    start, stop,
};
pub use status::{RunStatus, TaskStatus, all_runs, status};
pub use sync::{SyncEnd, sync};
pub use tasks::{TaskDetail, TaskList, list_tasks, show_task};
pub use textual::Textual;
pub use watch::{Watched, watch};
pub use workspace::{Surroundings, Workspace};
