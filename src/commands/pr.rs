//! `git orca pr`.

use super::{Context, Outcome};
use crate::cli::environment;
use crate::engine::{PullOptions, WantedPulls, forge_client, offer_pulls};
use crate::model::{RunId, TaskId};

/// Offer finished tasks as pull requests
///
/// Pushes the handoff of each finished task to its branch on the remote, and opens a pull request
/// through 'gh', or updates the one that is there. The body tells what the task did, in which order
/// to merge, contracts, findings and how to review it; text above its first heading is yours and
/// stays. It ends with the trailers of the handoff, which a squash keeps, so that squashed work is
/// known again. Without 'gh' the bodies are printed.
///
/// A branch of the remote is replaced only where this task handed off what is there.
///
/// Exits with 1 when something is not offered.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The task, when not all that are finished
    #[arg(value_parser = super::task_id)]
    task: Option<TaskId>,
    /// The tasks of this wave
    #[arg(long, value_name = "N", conflicts_with = "task")]
    wave: Option<usize>,
    /// Where to push, when not where Git would
    #[arg(long, value_name = "REMOTE")]
    remote: Option<String>,
    /// The branch to merge into, when not the run's target
    #[arg(long, value_name = "BRANCH")]
    base: Option<String>,
    /// Push and print the bodies, also where 'gh' is there
    #[arg(long)]
    push_only: bool,
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id)]
    run: Option<RunId>,
    /// Show what would be pushed, opened and updated
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    let path = environment("PATH").unwrap_or_default();
    let wanted = match (&args.task, args.wave) {
        (Some(task), _) => WantedPulls::Task(task.clone()),
        (None, Some(wave)) => WantedPulls::Wave(wave),
        (None, None) => WantedPulls::All,
    };
    let options = PullOptions {
        remote: args.remote.clone(),
        base: args.base.clone(),
        program: if args.push_only { None } else { forge_client(&workspace, &path) },
        dry_run: args.dry_run,
    };
    let mut stage = cx.ui.stage();
    let end = offer_pulls(&workspace, args.run, &wanted, &options, &mut |event| stage.event(&event))?;
    cx.ui.show(&end)?;
    Ok(if end.is_complete() { Outcome::Done } else { Outcome::No })
}
