//! `git orca clean`.

use super::{Context, Outcome};
use crate::engine::{CleanOptions, clean};
use crate::model::RunId;

/// Remove worktrees of finished tasks, saving what no commit holds
///
/// A worktree goes when its content is merged or pinned; anything else is saved under
/// refs/orca/rescue/ first. Worktrees that are locked, in use, of unfinished tasks or with another
/// repository inside stay, each with the reason. Worktrees that git-orca did not make are never
/// touched.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this run
    #[arg(long, value_name = "RUN", value_parser = super::run_id)]
    run: Option<RunId>,
    /// Worktrees of unfinished tasks too
    #[arg(long)]
    all: bool,
    /// Branches of merged and dropped tasks and of landed runs too
    #[arg(long)]
    branches: bool,
    /// Show what would be removed
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let options =
        CleanOptions { run: args.run, all: args.all, branches: args.branches, dry_run: args.dry_run };
    cx.ui.show(&clean(&cx.workspace()?, &options)?)?;
    Ok(Outcome::Done)
}
