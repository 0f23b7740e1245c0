//! What is left of finished tasks beside their worktrees: branches and empty directories.

use std::path::PathBuf;

use super::{Fate, Swept};
use crate::engine::run::logs;
use crate::engine::{RunState, Workspace};
use crate::git::{RefEdit, checked_out_at, update_refs};
use crate::model::{Oid, RunId, Status};

/// Deletes the branches of tasks that were merged or dropped, and of runs that landed, where something
/// that stays keeps their commits. Returns the branches, each with the reason why it stayed, if it did.
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
        let target = format!("refs/heads/{}", state.record.target);
        let kept = [repo.ref_oid(&run.pins_ref())?, repo.ref_oid(&target)?, Some(state.record.base)];
        let kept: Vec<Oid> = kept.into_iter().flatten().collect();
        for name in finished(state) {
            let Some(tip) = repo.ref_oid(&name)? else { continue };
            let short = name.trim_start_matches("refs/heads/").to_owned();
            let why = if let Some(dir) = checked_out_at(repo, &name)?.filter(|dir| !goes(dir)) {
                Some(format!("it is checked out in '{}'", dir.display()))
            } else if !repo.is_reached(&kept, tip)? {
                Some(format!("{} is more than what was merged ('git branch -D {short}')", tip.short()))
            } else if dry_run {
                None
            } else {
                let edit = RefEdit { name, old: Some(tip), new: None };
                update_refs(repo, &[edit], "orca: clean").err().map(|error| error.to_string())
            };
            done.push((short, why));
        }
    }
    Ok(done)
}

/// The branches of a run that nobody goes on with, if they are there. The run's own goes when it has
/// landed: until then it is what lands.
fn finished(state: &RunState) -> Vec<String> {
    let run = state.record.id;
    let is_done = |status: Status| matches!(status, Status::Merged | Status::Cancelled);
    let tasks = state.tasks.values().filter(|task| is_done(task.status));
    let integration = state.record.closed.then(|| run.integration_ref());
    tasks.map(|task| run.task_ref(&task.task.id)).chain(integration).collect()
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
