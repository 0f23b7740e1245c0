//! `git orca handoff`.

use super::{Context, Outcome};
use crate::engine::{hand_in, list_handoffs, show_handoff};
use crate::model::{RunId, Status, TaskId};

/// Hand in the work that lies in this worktree, or read what was handed in
///
/// For a task that was started with --manual: commits what is in its scope with the trailers of a
/// handoff. What lies outside is kept under refs/orca/rescue and does not travel on. A file
/// handoff.toml beside the prompt can say more: summary, critical, provides, dependencies, tests.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<HandoffCommand>,
    /// Show what would be handed in
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(clap::Subcommand)]
enum HandoffCommand {
    /// Show the last handoff of a task
    Show {
        /// Which task, when not that of this worktree or the last
        #[arg(value_parser = super::task_id)]
        task: Option<TaskId>,
        /// Which run, when not the newest
        #[arg(long, value_name = "RUN", value_parser = super::run_id)]
        run: Option<RunId>,
    },
    /// List what was handed off, oldest first
    List {
        /// Which run, when not the newest
        #[arg(long, value_name = "RUN", value_parser = super::run_id)]
        run: Option<RunId>,
    },
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    match &args.command {
        Some(HandoffCommand::Show { task, run }) => {
            cx.ui.show(&show_handoff(&workspace, *run, task.as_ref())?)?;
            Ok(Outcome::Done)
        }
        Some(HandoffCommand::List { run }) => {
            cx.ui.show(&list_handoffs(&workspace, *run)?)?;
            Ok(Outcome::Done)
        }
        None => {
            let mut stage = cx.ui.stage();
            let handed = hand_in(&workspace, args.dry_run, &mut |event| stage.event(&event))?;
            cx.ui.show(&handed)?;
            let done = handed.dry_run || handed.task.status == Status::HandedOff;
            Ok(if done { Outcome::Done } else { Outcome::No })
        }
    }
}
