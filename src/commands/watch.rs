//! `git orca watch`.

use std::time::Duration;

use super::{Context, Outcome};
use crate::engine::{Watched, watch};
use crate::model::RunId;

/// Follow a run on a live screen: problems first, then what moves, and what happened last
///
/// Ends with the run, with q or with Ctrl-C; neither changes anything. Where nobody looks at a terminal, each
/// change is printed below the one before, with --format json as one line.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id)]
    run: Option<RunId>,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = clap::value_parser!(u64).range(1..=3600))]
    interval: u64,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    let mut screen = cx.ui.screen();
    let keys = cx.ui.keys();
    let every = Duration::from_secs(args.interval);
    let tell = &mut |watched: &Watched| Ok(screen.show(watched)?);
    let came_through = watch(&workspace, args.run, every, tell, &|| keys.quit())?;
    Ok(if came_through { Outcome::Done } else { Outcome::No })
}
