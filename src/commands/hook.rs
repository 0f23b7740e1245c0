//! `git orca hook`.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Context, Outcome};
use crate::cli::{environment, environment_with};
use crate::engine::{CallbackCall, Guarded, HookCall, Moment, call_back, guard_merge, run_hook};
use crate::model::Level;
use crate::ui::Diagnostics;

/// Judge a commit, a merge or a write (Git's hooks and agents' hooks call this)
///
/// `git orca init` wires pre-commit, prepare-commit-msg and commit-msg so that Git runs them in agent
/// worktrees only: paths outside the task's scope and trailers that nobody would find again are
/// refused, and each message names its run, task and agent. Outside an agent worktree nothing is
/// judged. `git orca init --guard` wires pre-merge-commit in your own checkout: a merge that would
/// break a contract is refused before it is committed. The exit code is 0 when Git may go on.
///
/// pre-tool-use, post-tool-use, stop and session-start answer the hooks of agents that orca starts,
/// as JSON on standard output for JSON on standard input: a write outside the scope is refused, one
/// that goes in a circle is warned of, and an agent whose work conflicts is sent back once.
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
    if let Some(moment) = Moment::named(&args.name) {
        return call_back_to(cx, moment, args);
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

/// The most that an agent may tell its hook.
const LONGEST: u64 = 16 << 20;

/// Answers an agent's hook. Its exit code 2 keeps a write from being made; of the other moments,
/// none is worth keeping an agent from its work when orca fails.
fn call_back_to(cx: &Context, moment: Moment, args: &Args) -> anyhow::Result<Outcome> {
    let mut said = Vec::new();
    let run_dir = args.args.first().map(Path::new);
    let answer = std::io::stdin()
        .take(LONGEST)
        .read_to_end(&mut said)
        .map_err(anyhow::Error::from)
        .and_then(|_| call_back(&cx.around, &CallbackCall { moment, run_dir, said: &said }));
    match answer {
        Ok(answer) => {
            cx.ui.print(&answer)?;
            Ok(Outcome::Done)
        }
        Err(error) => {
            cx.ui.error(&error, &[]);
            Ok(if moment == Moment::BeforeWrite { Outcome::Code(2) } else { Outcome::Done })
        }
    }
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
