//! `git orca doctor`.

use super::{Context, Outcome};
use crate::cli::environment;
use crate::engine::{Health, doctor};

/// Check the set-up; every failure names its remedy
///
/// Proves what can be proved: that the hub can be written, that Git reaches the hooks in agent
/// worktrees, that every handoff is kept alive. Exits with 0 when nothing fails.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(cx: &Context, _: &Args) -> anyhow::Result<Outcome> {
    let diagnosis = doctor(&cx.around, &environment("PATH").unwrap_or_default());
    cx.ui.show(&diagnosis)?;
    Ok(if diagnosis.n(Health::Fail) == 0 { Outcome::Done } else { Outcome::No })
}
