//! `git orca report`.

use super::{Context, Outcome};
use crate::engine::report;
use crate::model::RunId;

/// Show what happened in a run and what it cost
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id)]
    run: Option<RunId>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    cx.ui.show(&report(&cx.workspace()?, args.run)?)?;
    Ok(Outcome::Done)
}
