//! Where a run stands, derived from the hub and from Git when it is asked for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::run::{attempt_logs, why_open};
use super::{RunState, Workspace};
use crate::git::{Registered, list};
use crate::model::{RunId, Status, TaskRecord};
use crate::store::Holder;

/// A run at a glance.
#[derive(Debug, Clone)]
pub struct RunStatus {
    pub state: RunState,
    /// Problems first, then what moves, then what waits, then what is done.
    pub tasks: Vec<TaskStatus>,
    /// Who conducts it now, if anybody does.
    pub conductor: Option<String>,
    /// Who is at work on another run, which this one has to wait for.
    pub elsewhere: Option<Holder>,
}

/// A task at a glance.
#[derive(Debug, Clone)]
pub struct TaskStatus {
    pub record: TaskRecord,
    /// Counted from 1.
    pub wave: usize,
    /// Why it is where it is; empty when there is nothing to say.
    pub note: String,
    pub worktree: Option<PathBuf>,
    /// What its last attempt printed.
    pub logs: Vec<PathBuf>,
    /// How long its agent has printed nothing, while one runs.
    pub silent: Option<Duration>,
}

/// Reads the state of a run, or of the newest.
pub fn status(workspace: &Workspace, run: Option<RunId>) -> anyhow::Result<RunStatus> {
    let state = workspace.require_run(run)?;
    let worktrees = list(&workspace.repo)?;
    let is_here = |holder: &Holder| holder.run.is_none_or(|run| run == state.record.id);
    let (conductor, elsewhere) = match super::run::holder(workspace)? {
        Some(holder) if is_here(&holder) => (Some(holder.who), None),
        elsewhere => (None, elsewhere),
    };
    let mut tasks: Vec<TaskStatus> = state
        .tasks
        .values()
        .map(|task| task_status(workspace, &state, task, &worktrees, conductor.is_some()))
        .collect();
    tasks.sort_by_key(|task| (urgency(task), task.wave));
    Ok(RunStatus { state, tasks, conductor, elsewhere })
}

/// All runs of the repository, oldest first.
pub fn all_runs(workspace: &Workspace) -> anyhow::Result<Vec<RunState>> {
    let runs = workspace.require_hub()?.read()?.runs()?;
    runs.into_iter().map(|run| workspace.require_run(Some(run.id))).collect()
}

fn task_status(
    workspace: &Workspace,
    state: &RunState,
    record: &TaskRecord,
    worktrees: &[Registered],
    conducted: bool,
) -> TaskStatus {
    let id = &record.task.id;
    let name = state.record.id.worktree_name(id);
    let worktree =
        worktrees.iter().find(|known| known.name == name && known.present).map(|known| known.dir.clone());
    let mut note = why_open(state, record);
    if record.status == Status::Running && !conducted {
        note = format!("its orchestrator died; 'git orca run{}' continues it", state.flag);
    }
    if record.status == Status::Merged {
        note.clear();
    }
    let logs = attempt_logs(workspace, state.record.id, record);
    let is_at_work = record.status == Status::Running && conducted;
    TaskStatus {
        wave: state.record.waves.iter().position(|wave| wave.contains(id)).map_or(0, |idx| idx + 1),
        silent: is_at_work.then(|| silence(&logs)).flatten(),
        record: record.clone(),
        note,
        worktree,
        logs: logs.into_iter().filter(|log| says_something(log)).collect(),
    }
}

/// How long ago the agent's output grew.
fn silence(logs: &[PathBuf]) -> Option<Duration> {
    let age = |log: &PathBuf| log.metadata().ok()?.modified().ok()?.elapsed().ok();
    logs.iter().filter_map(age).min()
}

fn says_something(log: &Path) -> bool {
    log.metadata().is_ok_and(|found| found.len() > 0)
}

fn urgency(task: &TaskStatus) -> u8 {
    match task.record.status {
        Status::Failed => 0,
        Status::Running => 1,
        Status::Ready => 2,
        Status::HandedOff | Status::Validated => 3,
        Status::Pending => 4,
        Status::Merged => 5,
        Status::Cancelled => 6,
    }
}
