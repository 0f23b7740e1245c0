//! What happened in a run and what it cost, from the hub and the merged commits.

use super::run::{prompt_tokens, scope_files};
use super::{RunState, Workspace};
use crate::model::{ConflictRecord, RunId, Status, TaskRecord};
use crate::report::{Economics, TaskCost, economics};

/// A run in numbers.
#[derive(Debug, Clone)]
pub struct RunReport {
    pub state: RunState,
    /// In the order of the waves.
    pub tasks: Vec<(TaskRecord, TaskCost)>,
    pub economics: Economics,
    pub findings: Vec<ConflictRecord>,
}

/// Adds a run up.
pub fn report(workspace: &Workspace, run: Option<RunId>) -> anyhow::Result<RunReport> {
    let state = workspace.require_run(run)?;
    let findings = workspace.require_hub()?.read()?.conflicts(state.record.id)?;
    let mut tasks = Vec::new();
    for task in state.record.waves.iter().flatten().filter_map(|id| state.tasks.get(id)) {
        if task.attempt > 0 {
            tasks.push((task.clone(), cost(workspace, &state, task)?));
        }
    }
    let costs: Vec<TaskCost> = tasks.iter().map(|(_, cost)| *cost).collect();
    Ok(RunReport { economics: economics(&costs), state, tasks, findings })
}

impl RunReport {
    /// Tasks that are merged.
    pub fn n_merged(&self) -> usize {
        self.state.tasks.values().filter(|task| task.status == Status::Merged).count()
    }
}

fn cost(workspace: &Workspace, state: &RunState, task: &TaskRecord) -> anyhow::Result<TaskCost> {
    let files = match task.base {
        Some(base) => scope_files(workspace, task, base)?,
        None => 0,
    };
    Ok(TaskCost {
        prompt: prompt_tokens(workspace, state.record.id, &task.task.id)?,
        files,
        output: task.usage.output,
        attempts: task.attempt,
        reported: (!task.usage.estimated && task.usage.input > 0)
            .then_some(task.usage.input + task.usage.output),
    })
}
