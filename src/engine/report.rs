//! What happened in a run and what it cost, from the hub and the merged commits.

use std::collections::BTreeMap;

use super::folding::is_folded;
use super::run::{prompt_tokens, scope_files};
use super::{RunState, Workspace};
use crate::handoff::{Certificate, MergeRecord};
use crate::model::{ConflictRecord, RunId, Status, TaskId, TaskRecord};
use crate::report::{Economics, TaskCost, economics};

/// A run in numbers.
#[derive(Debug, Clone)]
pub struct RunReport {
    pub state: RunState,
    /// In the order of the waves.
    pub tasks: Vec<(TaskRecord, TaskCost)>,
    pub economics: Economics,
    pub findings: Vec<ConflictRecord>,
    /// Conflicts in text that were resolved, in the order of merging.
    pub resolved: Vec<ResolvedInRun>,
    /// Tokens of the first request of each task, where its agent tells them, and of the first request
    /// that this agent makes by itself, where somebody measured it.
    pub first_requests: BTreeMap<TaskId, (u64, Option<u64>)>,
    /// Whether its findings and attempts are in the hub's history alone.
    pub is_folded: bool,
}

/// A conflict that was resolved when a task was merged, or the whole run.
#[derive(Debug, Clone)]
pub struct ResolvedInRun {
    pub task: Option<TaskId>,
    pub certificate: Certificate,
}

/// Adds a run up.
pub fn report(workspace: &Workspace, run: Option<RunId>) -> anyhow::Result<RunReport> {
    let state = workspace.require_run(run)?;
    let hub = workspace.require_hub()?.read()?;
    let (findings, is_folded) = (hub.conflicts(state.record.id)?, is_folded(&hub, state.record.id)?);
    let mut tasks = Vec::new();
    for task in state.record.waves.iter().flatten().filter_map(|id| state.tasks.get(id)) {
        if task.attempt > 0 {
            tasks.push((task.clone(), cost(workspace, &state, task)?));
        }
    }
    let first_requests = first_requests(workspace, state.record.id)?;
    let costs: Vec<TaskCost> = tasks.iter().map(|(_, cost)| *cost).collect();
    let resolved = resolved(workspace, &state)?;
    Ok(RunReport {
        economics: economics(&costs),
        state,
        tasks,
        findings,
        resolved,
        first_requests,
        is_folded,
    })
}

/// Reads the certificates in the merge commits of the waves, and of the run into its target.
fn resolved(workspace: &Workspace, state: &RunState) -> anyhow::Result<Vec<ResolvedInRun>> {
    let repo = &workspace.repo;
    let mut found = Vec::new();
    for wave in &state.landed {
        for commit in repo.first_parents(wave.from, wave.to, usize::MAX)? {
            // Of a wave that was merged in two goes another one may have come between.
            let record = MergeRecord::from_message(&commit.message).filter(|merge| merge.wave == wave.number);
            let Some(record) = record else { continue };
            let all = Certificate::all_in(&commit.message).into_iter();
            found.extend(
                all.map(|certificate| ResolvedInRun { task: Some(record.task.clone()), certificate }),
            );
        }
    }
    let integration = state.integration(repo)?;
    let target = repo.ref_oid(&format!("refs/heads/{}", state.record.target))?;
    for commit in
        target.map_or(Ok(Vec::new()), |tip| repo.first_parents(state.record.base, tip, usize::MAX))?
    {
        let all = Certificate::all_in(&commit.message);
        if let (Some(&second), false) = (commit.parents.get(1), all.is_empty())
            && repo.contains(integration, second)?
            && !repo.contains(integration, commit.oid)?
        {
            found.extend(all.into_iter().map(|certificate| ResolvedInRun { task: None, certificate }));
        }
    }
    Ok(found)
}

fn first_requests(workspace: &Workspace, run: RunId) -> anyhow::Result<BTreeMap<TaskId, (u64, Option<u64>)>> {
    let mut attempts = workspace.require_hub()?.read()?.attempts(run)?;
    // The first attempt of each is what begins a conversation.
    attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.number));
    let usual = |agent: &str| workspace.config.agents.get(agent).map(|agent| agent.usual_request);
    let told = attempts.into_iter().filter_map(|attempt| {
        let usual = usual(&attempt.agent).filter(|usual| *usual > 0);
        Some((attempt.task, (attempt.first_request?, usual)))
    });
    Ok(told.collect())
}

impl RunReport {
    /// The average first request and the average of the usual ones, where both are known.
    pub fn average_first_request(&self) -> Option<(u64, u64)> {
        let known: Vec<(u64, u64)> =
            self.first_requests.values().filter_map(|(tokens, usual)| Some((*tokens, (*usual)?))).collect();
        let count = known.len() as u64;
        let sum = |part: fn(&(u64, u64)) -> u64| known.iter().map(part).sum::<u64>().checked_div(count);
        Some((sum(|known| known.0)?, sum(|known| known.1)?))
    }

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
