//! `git orca merge`.

use super::{Context, Outcome};
use crate::engine::{MergeOptions, merge_branches, merge_run, merge_wave};
use crate::model::{Resolve, RunId};

/// Land branches together: check, merge in memory, prove, move one ref
///
/// With branches named, works in any repository. They are compared with each other first; of two
/// that break a contract the one that would have to change waits. The rest is merged in the best
/// order, each with a merge commit, also where a fast-forward would do. The gate runs on the result,
/// and a branch that turns it red is found and waits. Only then the target moves, once; where it is
/// checked out, its files follow, if nothing there is changed. No hook runs.
///
/// Without branches, lands the newest run on its target and closes it; with --wave, merges what the
/// tasks of a wave have handed off into the run's integration branch.
///
/// Exits with 1 when a branch waits.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The branches to land
    #[arg(value_name = "BRANCH")]
    branches: Vec<String>,
    /// Merge this wave of the run
    #[arg(long, value_name = "N", conflicts_with_all = ["branches", "into"])]
    wave: Option<usize>,
    /// The branch to land on, when not the run's target or the one checked out
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// The command that must pass, in place of those in orca.toml ('' for none)
    #[arg(long, value_name = "COMMAND")]
    gate: Option<String>,
    /// What to do with conflicts, when not as configured (safe)
    #[arg(long, value_name = "HOW")]
    resolve: Option<How>,
    /// Land branches that break a contract too
    #[arg(long, conflicts_with = "wave")]
    no_check: bool,
    /// Land what is merged of a run that is not finished
    #[arg(long, conflicts_with_all = ["branches", "wave"])]
    partial: bool,
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id, conflicts_with = "branches")]
    run: Option<RunId>,
    /// Check, merge and prove, but move nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// How far conflicts are resolved, in the words of the command line.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum How {
    /// Let them wait
    Off,
    /// Resolve what the structure of the file proves
    Safe,
    /// Try likely candidates too, where the gate fails on each side alone
    Search,
    /// Let a resolver specialist try what is left, behind the gate
    Agent,
}

impl From<How> for Resolve {
    fn from(how: How) -> Self {
        match how {
            How::Off => Self::Off,
            How::Safe => Self::Safe,
            How::Search => Self::Search,
            How::Agent => Self::Agent,
        }
    }
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let mut workspace = cx.workspace()?;
    if let Some(gate) = &args.gate {
        workspace.set_gate(gate);
    }
    let resolve = args.resolve.map_or(workspace.config.resolve, How::into);
    let options = MergeOptions { check: !args.no_check, dry_run: args.dry_run, resolve };
    let into = args.into.as_deref();
    let mut stage = cx.ui.stage();
    let emit = &mut |event| stage.event(&event);
    let end = match args.wave {
        Some(wave) => merge_wave(&workspace, args.run, wave, options, emit)?,
        None if args.branches.is_empty() => {
            merge_run(&workspace, args.run, into, args.partial, options, emit)?
        }
        None => merge_branches(&workspace, &args.branches, into, options, emit)?,
    };
    cx.ui.show(&end)?;
    Ok(if end.waiting.is_empty() { Outcome::Done } else { Outcome::No })
}
