//! `git orca stop`.

use super::{Context, Outcome};
use crate::engine::stop;
use crate::model::{RunId, TaskId};

/// Stop one task and leave it alone
///
/// Ends the task's agent, also one that 'git orca run' started elsewhere. What it wrote stays in its
/// worktree and is kept under refs/orca/rescue. No agent is started for the task again before
/// 'git orca start'.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which task
    #[arg(value_parser = super::task_id)]
    task: TaskId,
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id)]
    run: Option<RunId>,
    /// Show what would be stopped
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    let mut stage = cx.ui.stage();
    let stopped = stop(&workspace, args.run, &args.task, args.dry_run, &mut |event| stage.event(&event))?;
    cx.ui.show(&stopped)?;
    Ok(Outcome::Done)
}
