//! Which tasks are meant, and which remote.

use crate::engine::{Fault, RunState};
use crate::git::{Repo, remotes};
use crate::model::{Status, TaskId, TaskRecord};

/// What is to be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedPulls {
    /// All that is finished.
    All,
    /// A wave, counted from 1.
    Wave(usize),
    Task(TaskId),
}

/// Tasks in the order of the waves.
pub(super) struct Chosen {
    pub(super) finished: Vec<TaskId>,
    pub(super) waiting: Vec<(TaskId, String)>,
}

/// Sorts out which of the wanted tasks have something to offer; one at least.
pub(super) fn choose(state: &RunState, wanted: &WantedPulls) -> anyhow::Result<Chosen> {
    let waves = &state.record.waves;
    let wanted: Vec<&TaskId> = match wanted {
        WantedPulls::All => waves.iter().flatten().collect(),
        WantedPulls::Task(id) => vec![&state.require_task(id)?.task.id],
        WantedPulls::Wave(number) => match number.checked_sub(1).and_then(|idx| waves.get(idx)) {
            Some(wave) => wave.iter().collect(),
            None => {
                let (run, waves) = (state.record.id, waves.len());
                return Err(Fault::usage(format!("run {run} has no wave {number}"))
                    .hint(format!("it has {waves}: git orca task list"))
                    .into());
            }
        },
    };
    let mut chosen = Chosen { finished: Vec::new(), waiting: Vec::new() };
    for task in wanted.into_iter().filter_map(|id| state.tasks.get(id)) {
        match is_finished(task) {
            true => chosen.finished.push(task.task.id.clone()),
            false if task.status == Status::Cancelled => {}
            false => chosen.waiting.push((task.task.id.clone(), standing(task))),
        }
    }
    if chosen.finished.is_empty() {
        let lines: Vec<String> = chosen.waiting.iter().map(|(id, how)| format!("\n  {id}: {how}")).collect();
        return Err(Fault::no(format!("no task of run {} is finished{}", state.record.id, lines.concat()))
            .hint("git orca run")
            .into());
    }
    Ok(chosen)
}

/// Whether its last handoff stands.
fn is_finished(task: &TaskRecord) -> bool {
    matches!(task.status, Status::HandedOff | Status::Validated | Status::Merged) && task.tip.is_some()
}

fn standing(task: &TaskRecord) -> String {
    let reason = task.reason.lines().next().unwrap_or_default();
    let separator = if reason.is_empty() { "" } else { ": " };
    format!("it is {}{separator}{reason}", task.status.word())
}

/// The remote to push to: the one that is named, else where Git would push, else the only one.
pub(in crate::engine) fn remote_of(repo: &Repo, named: Option<&str>) -> anyhow::Result<String> {
    let known = remotes(repo)?;
    let usual = || repo.config("remote.pushDefault").unwrap_or_else(|| "origin".to_owned());
    let wanted = named.map_or_else(usual, str::to_owned);
    match (&known[..], named) {
        ([], _) => Err(Fault::usage("this repository has no remote to push to")
            .hint("git remote add origin <url>")
            .into()),
        _ if known.contains(&wanted) => Ok(wanted),
        ([only], None) => Ok(only.clone()),
        _ => Err(Fault::usage(format!("there is no remote '{wanted}'"))
            .hint(format!("name one of them: {}", known.join(", ")))
            .into()),
    }
}
