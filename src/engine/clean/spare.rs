//! What is left of finished tasks beside their worktrees: branches and empty directories.

use std::path::PathBuf;

use super::{Fate, Swept};
use crate::engine::run::logs;
use crate::engine::{RunState, Workspace};
use crate::git::{RefEdit, checked_out_at, update_refs};
use crate::model::{RunId, Status};

/// Deletes the branches of merged tasks whose commits a pin keeps. Returns the branches, each with
/// the reason why it stayed, if it did.
pub(super) fn branches(
    workspace: &Workspace,
    runs: &[RunState],
    swept: &[Swept],
    dry_run: bool,
) -> anyhow::Result<Vec<(String, Option<String>)>> {
    let repo = &workspace.repo;
    let goes = |dir: &PathBuf| {
        swept.iter().any(|swept| swept.dir == *dir && matches!(swept.fate, Fate::Removed { .. }))
    };
    let mut done = Vec::new();
    for state in runs {
        let run = state.record.id;
        let pins: Vec<_> = repo.ref_oid(&run.pins_ref())?.into_iter().collect();
        for task in state.tasks.values().filter(|task| task.status == Status::Merged) {
            let name = run.task_ref(&task.task.id);
            let Some(tip) = repo.ref_oid(&name)? else { continue };
            let kept = if let Some(dir) = checked_out_at(repo, &name)?.filter(|dir| !goes(dir)) {
                Some(format!("it is checked out in '{}'", dir.display()))
            } else if !workspace.repo.is_reached(&pins, tip)? {
                Some(format!("{} is more than what was merged", tip.short()))
            } else if dry_run {
                None
            } else {
                let edit = RefEdit { name, old: Some(tip), new: None };
                update_refs(repo, &[edit], "orca: clean").err().map(|error| error.to_string())
            };
            done.push((run.task_branch(&task.task.id), kept));
        }
    }
    Ok(done)
}

/// Removes the empty directories of tasks to which nothing more will happen: those of their runs and of
/// their logs.
pub(super) fn run_dirs(workspace: &Workspace, runs: &[RunState], dry_run: bool) -> Vec<PathBuf> {
    let all = [workspace.repo.orca_dir().join("run"), logs(workspace)];
    let entries = all.iter().filter_map(|dir| std::fs::read_dir(dir).ok()).flatten();
    let is_finished = |name: &str| {
        let (run, task) = RunId::of_worktree(&format!("orca-{name}"))?;
        let state = runs.iter().find(|state| state.record.id == run)?;
        Some(state.tasks.get(&task)?.status.is_final())
    };
    let mut dirs: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_str().and_then(is_finished) == Some(true))
        .map(|entry| entry.path())
        .collect();
    dirs.sort();
    // Removing a directory works only when it is empty.
    let is_empty = |dir: &PathBuf| std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
    dirs.retain(|dir| if dry_run { is_empty(dir) } else { std::fs::remove_dir(dir).is_ok() });
    dirs
}
