//! Starts, watches and stops agents: the only door through which a foreign program runs.
//!
//! An agent is any program that takes a prompt and works in a directory. Its exit code proves
//! nothing, so this module says only how it ended; what it did is for Git to say. Whatever an
//! agent starts ends with it: its process group first, then every process that carries its marker,
//! because agents put their tools into sessions of their own where no group signal reaches them.
//!
//! Supervision is one loop over the non-blocking pipes of all agents, in one thread. There is no
//! reader thread that a grandchild holding a pipe could keep alive.

mod account;
pub mod callback;
mod confine;
mod counter;
mod fill;
mod launch;
pub mod mcp;
mod note;
mod output;
mod pace;
mod processes;
mod program;
mod run;
mod supervise;
mod supervisor;
mod template;
mod version;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use confine::{ConfineError, become_confined, can_confine, own_places};
pub use counter::ask;
pub use launch::{Attempt, Confine, Launch, Preset, PromptBy, Role, literal_prefix, log};
pub use note::{account_so_far, forget_end, noted_end};
pub use processes::{Process, gits_at_work, marked, outwait_children_of, processes, sweep};
pub use program::{Program, find_program};
pub use run::{Shell, run, shell};
pub use supervise::Ended;
pub use supervisor::{Answer, Report, Supervisor};
pub use template::{Template, TemplateError, builtin};
pub use version::{ProgramVersion, version_of};

/// Why an agent or a command could not be started or watched.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error("there is no program '{program}': install it or set agents.{agent}.program in orca.toml")]
    Missing { agent: String, program: String },
    #[error(
        "'{}' cannot be executed: make it executable or set agents.{agent}.program in orca.toml",
        .path.display()
    )]
    NotExecutable { agent: String, path: PathBuf },
    #[error(
        "'{}' names an interpreter that does not exist: correct its first line or set agents.{agent}.program in orca.toml",
        .path.display()
    )]
    BadInterpreter { agent: String, path: PathBuf },
    #[error(
        "a prompt of {bytes} bytes does not fit on a command line: set agents.{agent}.prompt = \"stdin\" in orca.toml"
    )]
    PromptTooLong { agent: String, bytes: usize },
    #[error("the worktree '{}' does not exist", .0.display())]
    NoDirectory(PathBuf),
    #[error("{action} '{}'", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        error: std::io::Error,
    },
}
