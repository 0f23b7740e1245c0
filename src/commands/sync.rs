//! `git orca sync`.

use super::{Context, Outcome};
use crate::engine::sync;

/// Share the hub with other machines, through a remote
///
/// Joins what is there with what is here, and pushes the result: plans, tasks, handoffs, interfaces and
/// notes, with the commits of all handoffs. Where both sides changed a record, it is merged key by key;
/// what cannot be merged is told, and the later word stays. Refs of orca's are pushed by no other
/// command, and fetched by none. A plan holds commands that are run when its tasks are finished, so
/// share a hub with those alone whose code you would run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The remote, when not where Git would push
    remote: Option<String>,
    /// Show what would be taken and pushed
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    cx.ui.show(&sync(&cx.workspace()?, args.remote.as_deref(), args.dry_run)?)?;
    Ok(Outcome::Done)
}
