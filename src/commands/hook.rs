//! `git orca hook`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Context, Outcome};
use crate::cli::{environment, environment_with};
use crate::engine::{Guarded, HookCall, guard_merge, run_hook};
use crate::model::Level;
use crate::ui::Diagnostics;

/// Judge a commit or a merge (Git's hooks call this)
///
/// `git orca init` wires pre-commit, prepare-commit-msg and commit-msg so that Git runs them in agent
/// worktrees only: paths outside the task's scope and trailers that nobody would find again are
/// refused, and each message names its run, task and agent. Outside an agent worktree nothing is
/// judged. `git orca init --guard` wires pre-merge-commit in your own checkout: a merge that would
/// break a contract is refused before it is committed. The exit code is 0 when Git may go on.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The hook, as Git names it
    name: String,
    /// What Git hands to the hook
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    if args.name == "pre-merge-commit" {
        return guard(cx);
    }
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

/// Says nothing about a merge that is fine.
fn guard(cx: &Context) -> anyhow::Result<Outcome> {
    match guard_merge(&cx.around, &environment_with("GITHEAD_"))? {
        Guarded::NotHere => Ok(Outcome::Done),
        Guarded::TooLarge(n_files) => {
            cx.ui.note(&format!("git orca: {n_files} changed files were not compared: run 'git orca check'"));
            Ok(Outcome::Done)
        }
        Guarded::Checked(checked) if checked.count(Level::Deny) == 0 => Ok(Outcome::Done),
        Guarded::Checked(checked) => {
            cx.ui.show(&Diagnostics { checked: &checked, everything: cx.ui.verbose > 0 })?;
            cx.ui.note(
                "git orca: this merge would break a contract; 'git merge --no-verify' makes it all the same",
            );
            Ok(Outcome::No)
        }
    }
}
