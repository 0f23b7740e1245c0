//! The tasks of a run as its plan has them.

use super::{Fault, RunState, TaskStatus, Workspace, status};
use crate::model::{RunId, Status, TaskId};

/// The tasks of a run, in the order of its waves.
#[derive(Debug, Clone)]
pub struct TaskList {
    pub state: RunState,
}

/// One task and how it hangs together with the others.
#[derive(Debug, Clone)]
pub struct TaskDetail {
    pub run: RunId,
    pub status: TaskStatus,
    /// What must be merged first.
    pub needs: Vec<(TaskId, Status)>,
    /// What waits for it.
    pub needed_by: Vec<TaskId>,
    pub branch: String,
}

/// The tasks of a run, or of the newest.
pub fn list_tasks(workspace: &Workspace, run: Option<RunId>) -> anyhow::Result<TaskList> {
    Ok(TaskList { state: workspace.require_run(run)? })
}

/// One task of a run, or of the newest.
pub fn show_task(workspace: &Workspace, run: Option<RunId>, id: &TaskId) -> anyhow::Result<TaskDetail> {
    let found = status(workspace, run)?;
    found.state.require_task(id)?;
    let graph = found.state.graph();
    let need = |id: &TaskId| Some((id.clone(), found.state.tasks.get(id)?.status));
    let status = found.tasks.iter().find(|task| task.record.task.id == *id);
    let run = found.state.record.id;
    Ok(TaskDetail {
        run,
        // Every task has a status; the error is for a run that changed under our eyes.
        status: status.cloned().ok_or_else(|| Fault::no(format!("'{id}' was just dropped")))?,
        needs: graph.needs(id).filter_map(need).collect(),
        needed_by: graph.arrows().filter(|(needed, _)| *needed == id).map(|(_, task)| task.clone()).collect(),
        branch: run.task_branch(id),
    })
}

impl TaskList {
    /// The waves, each task with what it needs.
    pub fn waves(&self) -> impl Iterator<Item = &[TaskId]> {
        self.state.record.waves.iter().map(Vec::as_slice)
    }
}
