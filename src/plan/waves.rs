//! Packs tasks into waves.
//!
//! A wave holds tasks whose needs are met by earlier waves, that together fit the context budget,
//! and of which no two may write one path. Among the tasks that are ready, the one with the longest
//! chain of waiting tasks goes first, then the one that stands first in the plan.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Graph, Place, Problem};
use super::overlap::scopes_overlap;
use crate::model::{Plan, Task, TaskId};

/// What one wave may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Tokens of all its tasks together.
    pub max_context: u64,
    pub max_agents: usize,
}

/// The waves of a plan and what was remarkable about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waves {
    pub waves: Vec<Vec<TaskId>>,
    /// Tasks that could have run together but may write the same paths.
    pub kept_apart: Vec<(TaskId, TaskId, String)>,
}

/// Packs the tasks; refuses one that is larger than the budget by itself.
///
/// Every task must have an estimate; one without counts as nothing.
pub fn waves(plan: &Plan, graph: &Graph, budget: Budget) -> Result<Waves, Vec<Problem>> {
    waves_after(plan, graph, budget, &BTreeSet::new())
}

/// Packs the tasks that are not `begun`; those that are count as finished by earlier waves.
pub fn waves_after(
    plan: &Plan,
    graph: &Graph,
    budget: Budget,
    begun: &BTreeSet<TaskId>,
) -> Result<Waves, Vec<Problem>> {
    let oversize = oversize(plan, budget, begun);
    if !oversize.is_empty() {
        return Err(oversize);
    }
    let mut packing = Packing { waves: Vec::new(), kept_apart: BTreeMap::new() };
    let mut waiting = by_urgency(plan, graph);
    waiting.retain(|task| !begun.contains(&task.id));
    let mut finished = begun.clone();
    while !waiting.is_empty() {
        let wave = packing.next_wave(&waiting, graph, &finished, budget);
        // The graph has no cycle and every task fits an empty wave, so each round takes one.
        debug_assert!(!wave.is_empty());
        finished.extend(wave.iter().cloned());
        waiting.retain(|task| !wave.contains(&task.id));
        packing.waves.push(wave);
    }
    let kept_apart = packing.kept_apart.into_iter().map(|((one, two), path)| (one, two, path)).collect();
    Ok(Waves { waves: packing.waves, kept_apart })
}

struct Packing {
    waves: Vec<Vec<TaskId>>,
    kept_apart: BTreeMap<(TaskId, TaskId), String>,
}

impl Packing {
    fn next_wave(
        &mut self,
        waiting: &[&Task],
        graph: &Graph,
        finished: &BTreeSet<TaskId>,
        budget: Budget,
    ) -> Vec<TaskId> {
        let mut chosen: Vec<&Task> = Vec::new();
        let mut tokens = 0;
        for task in waiting {
            let ready = graph.needs(&task.id).all(|need| finished.contains(need));
            let fits = chosen.len() < budget.max_agents.max(1) && tokens + size(task) <= budget.max_context;
            if ready && fits && !self.clashes(task, &chosen) {
                tokens += size(task);
                chosen.push(task);
            }
        }
        chosen.into_iter().map(|task| task.id.clone()).collect()
    }

    fn clashes(&mut self, task: &Task, chosen: &[&Task]) -> bool {
        for other in chosen {
            if let Some(path) = scopes_overlap(&other.scope, &task.scope) {
                self.kept_apart.insert((other.id.clone(), task.id.clone()), path);
                return true;
            }
        }
        false
    }
}

fn by_urgency<'a>(plan: &'a Plan, graph: &Graph) -> Vec<&'a Task> {
    let chains = graph.chain_lengths();
    let mut tasks: Vec<&Task> = plan.tasks.iter().collect();
    tasks.sort_by_key(|task| std::cmp::Reverse(chains.get(&task.id).copied()));
    tasks
}

fn oversize(plan: &Plan, budget: Budget, begun: &BTreeSet<TaskId>) -> Vec<Problem> {
    let problem = |(idx, task): (usize, &Task)| Problem {
        place: Place { task: idx, key: "estimate_tokens", item: None },
        message: format!(
            "'{}' needs about {} tokens and a wave holds {}: split the task, narrow its scope or raise waves.max_context",
            task.id,
            size(task),
            budget.max_context
        ),
    };
    let too_large = |(_, task): &(usize, &Task)| size(task) > budget.max_context && !begun.contains(&task.id);
    plan.tasks.iter().enumerate().filter(too_large).map(problem).collect()
}

fn size(task: &Task) -> u64 {
    task.estimate_tokens.unwrap_or(0)
}

#[cfg(test)]
mod tests;
