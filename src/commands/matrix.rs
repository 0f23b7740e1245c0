//! `git orca matrix`.

use super::{Context, Outcome};
use crate::engine::{Depth, matrix, matrix_of_run};
use crate::model::RunId;

/// Predict every pair of branches, and the best order to merge
///
/// For each pair: whether Git would merge the text, and whether the result would break a contract.
/// Nothing is written to the repository. Works in any repository; without branches, those of the
/// newest run are compared. Exits with 1 unless every pair is clean.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The branches, or any commits
    #[arg(value_name = "BRANCH")]
    branches: Vec<String>,
    /// Merge from this commit, not from where the branches parted
    #[arg(long, value_name = "REVISION", requires = "branches")]
    base: Option<String>,
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id, conflicts_with = "branches")]
    run: Option<RunId>,
    /// Predict the text alone, without a look at contracts
    #[arg(long)]
    no_check: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    let depth = if args.no_check { Depth::Text } else { Depth::TextAndContracts };
    let matrix = match args.branches.is_empty() {
        true => matrix_of_run(&workspace, args.run, depth)?,
        false => matrix(&workspace, &args.branches, args.base.as_deref(), depth)?,
    };
    cx.ui.show(&matrix)?;
    Ok(if matrix.is_clean() { Outcome::Done } else { Outcome::No })
}
