//! `git orca check`.

use super::{Context, Outcome};
use crate::engine::{check_branches, check_run};
use crate::model::{Level, RunId};
use crate::ui::Diagnostics;

/// Compare branches: would their merge break a contract?
///
/// Finds what Git merges without a conflict and what is broken all the same: a name that one branch
/// removes and another starts to use, a type that two branches give different fields, a definition
/// that the merge holds twice. Works in any repository. Without branches, those of the newest run
/// are compared.
///
/// Exits with 1 when a finding blocks. A commit with the trailer 'Orca-Allow: FINGERPRINT REASON'
/// allows one.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The branches, or any commits; one alone is compared with what is checked out
    #[arg(value_name = "BRANCH")]
    branches: Vec<String>,
    /// Compare from this commit, not from where the branches parted
    #[arg(long, value_name = "REVISION", requires = "branches")]
    base: Option<String>,
    /// The branch they are meant for, which takes part
    #[arg(long, value_name = "BRANCH", requires = "branches")]
    into: Option<String>,
    /// Let warnings block too
    #[arg(long)]
    strict: bool,
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id, conflicts_with = "branches")]
    run: Option<RunId>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    let checked = match args.branches.is_empty() {
        true => check_run(&workspace, args.run)?,
        false => check_branches(&workspace, &args.branches, args.base.as_deref(), args.into.as_deref())?,
    };
    cx.ui.show(&Diagnostics { checked: &checked, everything: cx.ui.verbose > 0 })?;
    let blocks = checked.count(Level::Deny) > 0 || (args.strict && checked.count(Level::Warn) > 0);
    Ok(if blocks { Outcome::No } else { Outcome::Done })
}
