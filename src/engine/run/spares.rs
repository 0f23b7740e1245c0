//! Finds the worktrees of merged tasks, which later tasks take over with all that is ignored there.

use std::path::PathBuf;

use super::Conductor;
use crate::agent::processes;
use crate::engine::{Workspace, all_runs};
use crate::git::{NewWorktree, Spare, list, reuse_worktrees};
use crate::model::{RunId, Status};

impl Conductor<'_> {
    /// Makes as many of the worktrees as there are others that can be taken over. Says for each
    /// whether it was made.
    pub(super) fn use_again(&self, wanted: &[NewWorktree]) -> anyhow::Result<Vec<bool>> {
        let mut made = vec![false; wanted.len()];
        let spares = if wanted.is_empty() { Vec::new() } else { idle_spares(self.workspace)? };
        let pairs: Vec<(Spare, NewWorktree)> = spares.into_iter().zip(wanted.iter().cloned()).collect();
        if !pairs.is_empty() {
            let answers = reuse_worktrees(&self.workspace.repo, &pairs)?;
            made.iter_mut().zip(answers).for_each(|(made, answer)| *made = answer);
        }
        Ok(made)
    }
}

/// The worktrees whose tasks are merged, where the settings want them used again. Those of the newest
/// run come first: they are nearest to what is wanted.
pub(in crate::engine) fn spares(workspace: &Workspace) -> anyhow::Result<Vec<(Spare, PathBuf)>> {
    if !workspace.config.worktree.reuse {
        return Ok(Vec::new());
    }
    let root = workspace.worktree_root()?;
    let root = root.canonicalize().unwrap_or(root);
    let known = list(&workspace.repo)?;
    let mut found = Vec::new();
    for state in all_runs(workspace)?.into_iter().rev() {
        for worktree in &known {
            let Some((run, task)) = RunId::of_worktree(&worktree.name) else { continue };
            let record = state.tasks.get(&task).filter(|_| run == state.record.id);
            let is_merged = record.is_some_and(|record| {
                record.status == Status::Merged && record.tip.is_some() && record.tip == worktree.head
            });
            let is_ours = worktree.dir.starts_with(&root) && worktree.branch == Some(run.task_ref(&task));
            if let (true, true, true, Some(commit)) = (is_merged, is_ours, worktree.present, worktree.head) {
                found.push((Spare { name: worktree.name.clone(), commit }, worktree.dir.clone()));
            }
        }
    }
    Ok(found)
}

/// Those in which nobody is at work.
fn idle_spares(workspace: &Workspace) -> anyhow::Result<Vec<Spare>> {
    let mut spares = spares(workspace)?;
    if !spares.is_empty() {
        let processes = processes();
        spares.retain(|(_, dir)| {
            !workspace.around.dir.starts_with(dir)
                && !processes.iter().any(|other| other.dir.starts_with(dir))
        });
    }
    Ok(spares.into_iter().map(|(spare, _)| spare).collect())
}
