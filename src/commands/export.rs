//! `git orca export`.

use super::{Context, Outcome};
use crate::engine::export;
use crate::model::RunId;

/// Write what is left of a run as jobs for a scheduler, one for each task
///
/// --format slurm is a shell script that calls sbatch, --format github a workflow; both go to standard
/// output. Each job clones the remote, joins the hub with 'git orca sync', works on one task and joins it
/// again; a wave begins when the job that merges the one before it is done. Push the run first, with 'git
/// orca sync'. A task that is worked on here is exported, too: stop it first.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this wave
    #[arg(long, value_name = "N", value_parser = super::at_least_one)]
    wave: Option<usize>,
    /// The remote that the jobs clone, when not where Git would push
    #[arg(long, value_name = "REMOTE")]
    remote: Option<String>,
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id)]
    run: Option<RunId>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let export = export(&cx.workspace()?, args.run, args.wave, args.remote.as_deref())?;
    cx.ui.show(&export)?;
    if export.hides_login {
        cx.ui.note("note: the login in the remote's address is left out; jobs need a credential helper");
    }
    Ok(Outcome::Done)
}
