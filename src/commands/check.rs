//! `git orca check`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{Context, Outcome};
use crate::engine::{CheckCall, Checked, Workspace, check_branches, check_run, fix_branches};
use crate::model::{Level, RunId};
use crate::ui::{Diagnostics, Fixes, Show};

/// Compare branches: would their merge break a contract?
///
/// Finds what Git merges without a conflict and what is broken all the same: a name that one branch
/// removes and another starts to use, a type that two branches give different fields, a definition
/// that the merge holds twice. Works in any repository. Without branches, those of the newest run
/// are compared.
///
/// Exits with 1 when a finding blocks, and with 3 when a branch cannot be read; the others are compared
/// all the same. A commit with the trailer 'Orca-Allow: FINGERPRINT REASON'
/// allows one, a baseline file all that it names. '--format' also knows sarif, github (annotations
/// of a workflow step) and markdown.
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
    /// Commit fixes that prove to be safe, on the branches that have to change
    #[arg(long, requires = "branches")]
    fix: bool,
    /// Show what --fix or --write-baseline would do
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Accept the findings that this file names
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Accept all findings of today by writing them to this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "fix"])]
    write_baseline: Option<PathBuf>,
    /// Write the result to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Add the result to this file as Markdown
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let mut workspace = cx.workspace()?;
    if let Some(path) = &args.baseline {
        workspace.set_baseline(Some(&cx.around.dir.join(path)));
    }
    let everything = cx.ui.verbose > 0;
    if args.fix {
        let mut stage = cx.ui.stage();
        let emit = &mut |event| stage.event(&event);
        let fixing = fix_branches(&workspace, &call(args), args.dry_run, emit)?;
        let fixes = Fixes { fixing: &fixing, everything };
        show(cx, args, &fixes, &fixes.diagnostics().in_short())?;
        require_whole(&fixing.checked)?;
        return Ok(outcome(args, &fixing.checked));
    }
    if let Some(path) = &args.write_baseline {
        return write_baseline(cx, args, workspace, &cx.around.dir.join(path));
    }
    let checked = checked(&workspace, args)?;
    let diagnostics = Diagnostics { checked: &checked, everything };
    show(cx, args, &diagnostics, &diagnostics.in_short())?;
    require_whole(&checked)?;
    Ok(outcome(args, &checked))
}

/// Fails when a branch could not be read: what was found is not the whole answer.
fn require_whole(checked: &Checked) -> anyhow::Result<()> {
    checked.unreadable.first().map_or(Ok(()), |(branch, why)| Err(anyhow::anyhow!("'{branch}' {why}")))
}

fn call(args: &Args) -> CheckCall<'_> {
    CheckCall { names: &args.branches, base: args.base.as_deref(), into: args.into.as_deref() }
}

fn checked(workspace: &Workspace, args: &Args) -> anyhow::Result<Checked> {
    match args.branches.is_empty() {
        true => check_run(workspace, args.run),
        false => check_branches(workspace, &call(args)),
    }
}

fn outcome(args: &Args, checked: &Checked) -> Outcome {
    let blocks = checked.count(Level::Deny) > 0 || (args.strict && checked.count(Level::Warn) > 0);
    if blocks { Outcome::No } else { Outcome::Done }
}

fn write_baseline(
    cx: &Context,
    args: &Args,
    mut workspace: Workspace,
    path: &Path,
) -> anyhow::Result<Outcome> {
    // What the old one accepts belongs into the new one.
    workspace.set_baseline(None);
    let checked = checked(&workspace, args)?;
    let diagnostics = Diagnostics { checked: &checked, everything: cx.ui.verbose > 0 };
    show(cx, args, &diagnostics, &diagnostics.in_short())?;
    require_whole(&checked)?;
    let n_findings = checked.report.findings.len();
    if args.dry_run {
        cx.ui.note(&format!("would accept {n_findings} in '{}'", path.display()));
    } else {
        checked.write_baseline(path)?;
        cx.ui.note(&format!("accepted {n_findings} in '{}'", path.display()));
    }
    Ok(Outcome::Done)
}

fn show<T: Show>(cx: &Context, args: &Args, result: &T, in_short: &str) -> anyhow::Result<()> {
    let written = |path: &Path| format!("cannot write '{}'", path.display());
    if let Some(path) = &args.summary {
        let path = cx.around.dir.join(path);
        cx.ui.add_summary(result, &path).with_context(|| written(&path))?;
    }
    match &args.output {
        None => cx.ui.show(result)?,
        Some(path) => {
            let path = cx.around.dir.join(path);
            cx.ui.save(result, &path).with_context(|| written(&path))?;
            cx.ui.note(in_short);
        }
    }
    Ok(())
}
