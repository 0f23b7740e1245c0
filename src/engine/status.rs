//! Where a run stands, derived from the hub and from Git when it is asked for.

use std::time::Duration;

use super::run::why_open;
use super::{RunState, Workspace};
use crate::git::{Registered, list};
use crate::model::{RunId, Status, TaskRecord};

/// A run at a glance.
#[derive(Debug, Clone)]
pub struct RunStatus {
    pub state: RunState,
    /// Problems first, then what moves, then what waits, then what is done.
    pub tasks: Vec<TaskStatus>,
    /// Who conducts it now, if anybody does.
    pub conductor: Option<String>,
}

/// A task at a glance.
#[derive(Debug, Clone)]
pub struct TaskStatus {
    pub record: TaskRecord,
    /// Counted from 1.
    pub wave: usize,
    /// Why it is where it is; empty when there is nothing to say.
    pub note: String,
    pub worktree: Option<std::path::PathBuf>,
    /// How long its agent has printed nothing, while one runs.
    pub silent: Option<Duration>,
}

/// Reads the state of a run, or of the newest.
pub fn status(workspace: &Workspace, run: Option<RunId>) -> anyhow::Result<RunStatus> {
    let state = workspace.require_run(run)?;
    let worktrees = list(&workspace.repo)?;
    let conductor = super::run::holder(workspace)?;
    let mut tasks: Vec<TaskStatus> = state
        .tasks
        .values()
        .map(|task| task_status(workspace, &state, task, &worktrees, conductor.is_some()))
        .collect();
    tasks.sort_by_key(|task| (urgency(task), task.wave));
    Ok(RunStatus { state, tasks, conductor })
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
        note = "its orchestrator died; 'git orca run' continues it".to_owned();
    }
    if record.status == Status::Merged {
        note.clear();
    }
    TaskStatus {
        wave: state.record.waves.iter().position(|wave| wave.contains(id)).map_or(0, |idx| idx + 1),
        silent: (record.status == Status::Running && conducted)
            .then(|| silence(workspace, state.record.id, record))
            .flatten(),
        record: record.clone(),
        note,
        worktree,
    }
}

/// How long ago the agent's output grew.
fn silence(workspace: &Workspace, run: RunId, record: &TaskRecord) -> Option<Duration> {
    let dir = workspace.repo.orca_dir().join("run").join(format!("{run}-{}", record.task.id));
    let age = |stream: &str| {
        let file = dir.join(format!("attempt-{}.{stream}", record.attempt));
        file.metadata().ok()?.modified().ok()?.elapsed().ok()
    };
    ["out", "err"].iter().filter_map(|stream| age(stream)).min()
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
