//! `git orca stop`.

use super::{Context, Outcome};
use crate::engine::stop;
use crate::model::TaskId;

/// Stop one task and leave it alone
///
/// Ends the task's agent, also one that 'git orca run' started elsewhere. What it wrote stays in its
/// worktree and is kept under refs/orca/rescue. No agent is started for the task again before
/// 'git orca start'.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which task of the newest run
    #[arg(value_parser = super::task_id)]
    task: TaskId,
    /// Show what would be stopped
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    let mut stage = cx.ui.stage();
    let stopped = stop(&workspace, &args.task, args.dry_run, &mut |event| stage.event(&event))?;
    cx.ui.show(&stopped)?;
    Ok(Outcome::Done)
}
