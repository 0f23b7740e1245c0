//! `git orca run`.

use super::merge::How;
use super::{Context, Outcome};
use crate::engine::{RunOptions, conduct};

/// Conduct the run: start, watch, hand off, check, merge, gate, next wave
///
/// Continues where it was stopped or killed. Ctrl-C stops the agents and keeps their work.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this wave
    #[arg(long, value_name = "N")]
    wave: Option<usize>,
    /// Agents at work at once
    #[arg(short, long, value_name = "N", value_parser = super::at_least_one)]
    jobs: Option<usize>,
    /// Stop before anything is merged
    #[arg(long)]
    no_merge: bool,
    /// What to do with conflicts, when not as configured (safe)
    #[arg(long, value_name = "HOW")]
    resolve: Option<How>,
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id)]
    run: Option<crate::model::RunId>,
    /// Show what would be done next
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    if args.dry_run {
        cx.ui.show(&crate::engine::status(&workspace, args.run)?)?;
        return Ok(Outcome::Done);
    }
    let resolve = args.resolve.map(How::into);
    let options = RunOptions { wave: args.wave, jobs: args.jobs, no_merge: args.no_merge, resolve };
    let mut stage = cx.ui.stage();
    let end = conduct(&workspace, args.run, &options, &mut |event| stage.event(&event))?;
    cx.ui.show(&end)?;
    Ok(if end.is_complete { Outcome::Done } else { Outcome::No })
}
