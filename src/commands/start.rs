//! `git orca start`.

use super::{Context, Outcome};
use crate::engine::start;
use crate::model::{RunId, Status, TaskId};

/// Work on one task: worktree, prompt, agent
///
/// Starts the task's agent and takes its work over, without checking or merging it; 'git orca run'
/// does that. A task that was stopped or given up goes on. With --manual nothing is started: a
/// person, or an agent of another kind, works in the worktree and ends with 'git orca handoff'.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which task
    #[arg(value_parser = super::task_id)]
    task: TaskId,
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id)]
    run: Option<RunId>,
    /// Make the worktree and the prompt, and leave the work to a person
    #[arg(long)]
    manual: bool,
    /// Show what would be started
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    let mut stage = cx.ui.stage();
    let started =
        start(&workspace, args.run, &args.task, args.manual, args.dry_run, &mut |event| stage.event(&event))?;
    cx.ui.show(&started)?;
    let done = args.manual || args.dry_run || started.task.status == Status::HandedOff;
    Ok(if done { Outcome::Done } else { Outcome::No })
}
