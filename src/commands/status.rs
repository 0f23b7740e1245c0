//! `git orca status`.

use super::{Context, Outcome};
use crate::engine::status;
use crate::model::RunId;

/// Show what each task does, who waits, what is stuck
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id)]
    run: Option<RunId>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    cx.ui.show(&status(&cx.workspace()?, args.run)?)?;
    Ok(Outcome::Done)
}
