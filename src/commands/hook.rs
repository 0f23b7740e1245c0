//! `git orca hook`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Context, Outcome};
use crate::cli::environment;
use crate::engine::{HookCall, run_hook};

/// Judge a commit in an agent worktree (Git's hooks call this)
///
/// `git orca init` wires pre-commit, prepare-commit-msg and commit-msg so that Git runs them in agent
/// worktrees only: paths outside the task's scope and trailers that nobody would find again are
/// refused, and each message names its run, task and agent. Outside an agent worktree nothing is
/// judged. The exit code is 0 when the commit may go on.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The hook, as Git names it
    name: String,
    /// What Git hands to the hook
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let path = |name: &str| environment(name).map(PathBuf::from);
    run_hook(&HookCall {
        name: &args.name,
        args: &args.args,
        dir: &cx.around.dir,
        git_dir: path("GIT_DIR"),
        index: path("GIT_INDEX_FILE"),
        agent: environment("ORCA_AGENT").and_then(|agent| agent.into_string().ok()),
    })?;
    Ok(Outcome::Done)
}
