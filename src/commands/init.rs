//! `git orca init`.

use super::{Context, Outcome};
use crate::cli::environment;
use crate::engine::{InitOptions, init, installed_agents, plan_init, undo_init};
use crate::ui::kept_files;

/// Prepare this repository: settings, hub, hooks, specialists
///
/// Writes orca.toml and .claude/agents/, makes the hub under refs/orca, and wires hooks that run in
/// agent worktrees only. Files of yours are never replaced unless you say --yes, and then stay under
/// another name.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Replace files that differ
    #[arg(short, long)]
    yes: bool,
    /// Check each merge in this checkout before it is committed
    #[arg(long)]
    guard: bool,
    /// Take hooks and settings out again; files and hub stay
    #[arg(long, conflicts_with_all = ["yes", "guard"])]
    undo: bool,
    /// Show what would be written
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    if args.undo {
        let undone = undo_init(&workspace, args.dry_run)?;
        match args.dry_run {
            true => cx.ui.show(&undone)?,
            false => cx.ui.show_in_short(&undone, "")?,
        }
        return Ok(Outcome::Done);
    }
    let plan = plan_init(&workspace, InitOptions { overwrite: args.yes, guard: args.guard })?;
    if !args.dry_run {
        init(&workspace, &plan)?;
    }
    match args.dry_run {
        true => cx.ui.show(&plan)?,
        false => cx.ui.show_in_short(&plan, &kept_files(&plan))?,
    }
    if workspace.config.agents.is_empty() {
        tell_installed(cx);
    }
    Ok(Outcome::Done)
}

/// Which agents orca.toml could name.
fn tell_installed(cx: &Context) {
    let path = environment("PATH").unwrap_or_default();
    for found in installed_agents(&path, &cx.around.dir) {
        let version = found.version.map_or(String::new(), |version| format!(" {version}"));
        let old = if found.is_old { ", older than what was tried" } else { "" };
        cx.ui.note(&format!(
            "found {preset}{version}{old}; to use it, in orca.toml: [agents.default] preset = \"{preset}\"",
            preset = found.preset
        ));
    }
}
