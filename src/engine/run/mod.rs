//! Conducts a run: wave by wave, from wherever it stands.
//!
//! Every step is recorded before the next begins, and each can be done again: a killed run is
//! continued by the same command. What is merged is always the recorded handoff commit, which a pin
//! keeps alive, never whatever a branch points to by then.

mod attempt;
mod by_hand;
mod compare;
mod drift;
mod finish;
mod handoff;
mod hold;
mod integrate;
mod judge;
mod lane;
mod locks;
mod ports;
mod recover;
mod set_up;
mod single;
mod spares;
mod takeover;
mod work;
mod worktrees;

use std::ops::RangeInclusive;

use super::gate::KeptGate;
use super::landing::Red;
use super::ledger::RunState;
use super::{Event, Fault, Workspace, resolver};
use crate::git::{RefEdit, checked_out_at, clear_pipes, update_refs};
use crate::model::{Hold, Oid, Resolve, RunId, Status, TaskId, TaskRecord};
use crate::store::{Holder, RunLock};
pub(super) use attempt::{Player, attempt_logs, empty_dir, logs, player, prompt_tokens, role, scope_files};
pub use by_hand::{HandIn, hand_in, own_task};
pub(super) use compare::{concerns, objection};
pub use finish::{merge_run, merge_wave};
pub(super) use handoff::handoff_record;
pub use lane::confine;
pub(super) use lane::{confinement, real, scope_dirs};
pub use single::{Started, Stopped, start, stop};
pub(super) use spares::spares;
pub(super) use takeover::{is_about_the_worktree, last_words};
pub(super) use worktrees::move_aside;

/// How far a run goes.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Only this wave, counted from 1.
    pub wave: Option<usize>,
    /// Agents at once, when not as configured.
    pub jobs: Option<usize>,
    /// Stop before anything is merged.
    pub no_merge: bool,
    /// What is done about conflicts in text, when not as configured.
    pub resolve: Option<Resolve>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunEnd {
    pub run: RunId,
    pub integration: Oid,
    pub target: String,
    pub merged: Vec<TaskId>,
    /// Tasks that are neither merged nor dropped, each with the reason.
    pub open: Vec<(TaskId, Status, String)>,
    pub interrupted: bool,
    /// Set when the gate fails on the integration branch as it is, so that nothing can land.
    pub red: Option<Red>,
    /// Whether everything that was asked for is done: all of it, one wave, or all up to a merge.
    pub is_complete: bool,
    /// What a command has to add so that it means this run.
    pub flag: String,
    /// Whether all of it is on its target.
    pub has_landed: bool,
}

/// Carries a run, or the newest, on as far as it goes.
pub fn conduct(
    workspace: &Workspace,
    run: Option<RunId>,
    options: &RunOptions,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<RunEnd> {
    workspace.require_work_dir()?;
    // Where there is nothing to conduct, not even a lock file is left.
    workspace.require_hub()?;
    let mut lock = lock(workspace)?;
    let state = workspace.require_run(run)?;
    lock.name_run(state.record.id);
    options.wave.map_or(Ok(()), |wave| require_wave(&state, wave))?;
    let _gate = KeptGate(workspace);
    let mut conductor = Conductor::new(workspace, state, options, emit)?;
    if conductor.resolve() == Resolve::Agent {
        // Before anything is done for a run that nobody could end as it is asked.
        player(workspace, resolver::ROLE)?;
    }
    conductor.announce();
    conductor.recover(&mut lock)?;
    let last = conductor.state.record.waves.len();
    let (first, last) = options.wave.map_or((1, last), |wave| (wave, wave));
    let mut reached = last;
    for number in first..=last {
        if !conductor.wave(number)? {
            reached = number;
            break;
        }
    }
    conductor.require_below_limits()?;
    Ok(conductor.end(first..=reached))
}

fn require_wave(state: &RunState, wave: usize) -> anyhow::Result<()> {
    if (1..=state.record.waves.len()).contains(&wave) {
        return Ok(());
    }
    let message = format!("run {} has no wave {wave}: it has {}", state.record.id, state.record.waves.len());
    Err(Fault::usage(message).hint(format!("git orca status{}", state.flag)).into())
}

/// Takes the lock that only one orchestrator of a repository can hold.
pub(super) fn lock(workspace: &Workspace) -> anyhow::Result<RunLock> {
    match RunLock::take(&workspace.repo)? {
        Ok(lock) => Ok(lock),
        Err(holder) => Err(Fault::no(format!("another git orca conducts this repository: {holder}"))
            .hint("git orca status shows what it does")
            .into()),
    }
}

/// Who conducts this repository now, if anybody does.
pub(super) fn holder(workspace: &Workspace) -> anyhow::Result<Option<Holder>> {
    Ok(RunLock::holder(&workspace.repo)?)
}

/// One run being conducted by this process.
pub(super) struct Conductor<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) state: RunState,
    options: RunOptions,
    pub(super) emit: &'a mut dyn FnMut(Event),
    /// The integration branch.
    integration: Oid,
    /// Why nothing more is started.
    at_limit: Option<String>,
    /// Set when the gate fails without any of the work.
    red: Option<Red>,
}

impl<'a> Conductor<'a> {
    pub(super) fn new(
        workspace: &'a Workspace,
        state: RunState,
        options: &RunOptions,
        emit: &'a mut dyn FnMut(Event),
    ) -> anyhow::Result<Self> {
        clear_pipes(&workspace.repo, &format!("refs/heads/orca/{}", state.record.id));
        let integration = require_integration(workspace, &state, emit)?;
        let options = options.clone();
        Ok(Self { workspace, state, options, emit, integration, at_limit: None, red: None })
    }

    fn announce(&mut self) {
        let continued = self.state.tasks.values().any(|task| task.status != Status::Pending);
        let record = &self.state.record;
        (self.emit)(Event::Conducting {
            run: record.id,
            request: record.request.clone(),
            waves: record.waves.len(),
            tasks: self.state.tasks.len(),
            continued,
        });
    }

    /// Carries a wave on until it is merged. Returns whether the next one may begin.
    fn wave(&mut self, number: usize) -> anyhow::Result<bool> {
        let tasks = self.open_tasks(number);
        if tasks.is_empty() {
            return Ok(!self.waits_for_people(number));
        }
        (self.emit)(Event::WaveStarted { number, of: self.state.record.waves.len(), tasks });
        // Each round merges a task, gives one up or counts a rejection, of which each has few.
        let mut before = None;
        while !self.open_tasks(number).is_empty() {
            let standing = self.standing(number);
            if before.as_ref() == Some(&standing) {
                return Err(Fault::no(format!("wave {number} does not get any further"))
                    .hint(format!("git orca status{}", self.state.flag))
                    .into());
            }
            before = Some(standing);
            self.work(number)?;
            if self.workspace.around.is_stopped() {
                return Ok(false);
            }
            // At a limit, what has to change waits; what is finished lands all the same.
            if !self.compare(number)? && self.at_limit.is_none() {
                continue;
            }
            if self.options.no_merge {
                return Ok(false);
            }
            let integrated = self.integrate(number, self.resolve())?;
            if let Some(red) = integrated.and_then(|integrated| integrated.landing.red) {
                self.red = Some(red);
                return Ok(false);
            }
            if self.at_limit.is_some() {
                return Ok(false);
            }
        }
        Ok(!self.waits_for_people(number))
    }

    /// Whether a task of the wave is in a person's hand: its work would come too late for a wave
    /// that began without it.
    fn waits_for_people(&self, number: usize) -> bool {
        let wave = self.state.record.waves.get(number - 1);
        wave.into_iter().flatten().any(|id| self.state.tasks.get(id).is_some_and(TaskRecord::is_held))
    }

    /// What is done about conflicts in text.
    fn resolve(&self) -> Resolve {
        self.options.resolve.unwrap_or(self.workspace.config.resolve)
    }

    /// What a round of a wave has to change.
    fn standing(&self, number: usize) -> Vec<(TaskId, Status, u32, u32)> {
        let facts = |id: TaskId| {
            let task = self.task(&id);
            (id.clone(), task.status, task.attempt, task.rejected)
        };
        self.open_tasks(number).into_iter().map(facts).collect()
    }

    pub(super) fn run(&self) -> RunId {
        self.state.record.id
    }

    /// The tasks of a wave on which something can still be done.
    fn open_tasks(&self, number: usize) -> Vec<TaskId> {
        let wave = self.state.record.waves.get(number - 1).cloned().unwrap_or_default();
        let graph = self.state.graph();
        let merged = |id: &TaskId| self.state.tasks.get(id).is_none_or(|task| task.status == Status::Merged);
        let can_go_on = |id: &TaskId| {
            let is_open = |task: &TaskRecord| !task.status.is_final() && !task.is_held();
            let open = self.state.tasks.get(id).is_some_and(is_open);
            open && graph.needs(id).all(merged)
        };
        wave.into_iter().filter(can_go_on).collect()
    }

    pub(super) fn task(&self, id: &TaskId) -> &TaskRecord {
        &self.state.tasks[id]
    }

    /// Changes a task here and in the hub.
    pub(super) fn update(
        &mut self,
        id: &TaskId,
        op: &str,
        change: impl FnOnce(&mut TaskRecord),
    ) -> anyhow::Result<()> {
        let mut task = self.task(id).clone();
        change(&mut task);
        self.workspace.save_task(self.run(), op, &task)?;
        self.state.tasks.insert(id.clone(), task);
        Ok(())
    }

    /// How the waves that were asked for, and reached, ended.
    fn end(&self, waves: RangeInclusive<usize>) -> RunEnd {
        let interrupted = self.workspace.around.is_stopped();
        let is_done = |task: &TaskRecord| {
            matches!(task.status, Status::Merged | Status::Cancelled)
                || self.options.no_merge && task.status == Status::Validated
        };
        let asked = self.state.record.waves.iter().enumerate().filter(|(idx, _)| waves.contains(&(idx + 1)));
        let mut asked = asked.flat_map(|(_, wave)| wave).filter_map(|id| self.state.tasks.get(id));
        let (merged, rest): (Vec<_>, Vec<_>) =
            self.state.tasks.values().partition(|task| task.status == Status::Merged);
        // What a person dropped is missed by nobody.
        let open = rest.into_iter().filter(|task| task.status != Status::Cancelled);
        let open = open.map(|task| (task.task.id.clone(), task.status, self.why_open(task)));
        RunEnd {
            run: self.run(),
            integration: self.integration,
            target: self.state.record.target.clone(),
            merged: merged.into_iter().map(|task| task.task.id.clone()).collect(),
            open: open.collect(),
            interrupted,
            red: self.red.clone(),
            is_complete: !interrupted && asked.all(is_done),
            flag: self.state.flag.clone(),
            has_landed: self.state.record.closed && self.state.is_over(),
        }
    }

    fn why_open(&self, task: &TaskRecord) -> String {
        why_open(&self.state, task)
    }
}

/// Why a task is not merged, in a sentence.
pub(super) fn why_open(state: &RunState, task: &TaskRecord) -> String {
    if !task.reason.is_empty() {
        return task.reason.clone();
    }
    if task.is_held() {
        return match task.hold {
            Some(Hold::ByHand) => "worked on by hand".to_owned(),
            _ => "stopped by a person".to_owned(),
        };
    }
    let graph = state.graph();
    let unmet = |id: &&TaskId| state.tasks.get(id).is_some_and(|need| need.status != Status::Merged);
    match graph.needs(&task.task.id).find(unmet) {
        Some(need) => format!("waits for '{need}', which is {}", state.tasks[need].status.word()),
        None => String::new(),
    }
}

/// Refuses a branch such as `orca`: no ref can lie below another.
fn require_room(workspace: &Workspace, name: &str) -> anyhow::Result<()> {
    let above = name.match_indices('/').skip(2).map(|(end, _)| &name[..end]);
    for taken in above {
        if workspace.repo.ref_oid(taken)?.is_some() {
            let [taken, wanted] = [taken, name].map(|name| name.trim_start_matches("refs/heads/"));
            return Err(Fault::usage(format!("branch '{taken}' is in the way of '{wanted}'"))
                .hint(format!("git branch -m {taken} <another name>"))
                .into());
        }
    }
    Ok(())
}

/// The tip of the integration branch; made at the run's base, or again where somebody deleted it.
fn require_integration(
    workspace: &Workspace,
    state: &RunState,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Oid> {
    let name = state.record.id.integration_ref();
    let short = name.trim_start_matches("refs/heads/");
    if let Some(dir) = checked_out_at(&workspace.repo, &name)? {
        let message =
            format!("branch {short} is checked out in '{}': it cannot be moved there", dir.display());
        let hint = format!("git -C '{}' switch --detach", dir.display());
        return Err(Fault::no(message).hint(hint).into());
    }
    let tip = state.integration(&workspace.repo)?;
    if workspace.repo.ref_oid(&name)?.is_some() {
        return Ok(tip);
    }
    if state.record.closed && state.is_over() {
        // It has landed, and whoever deleted the branch has cleaned up.
        return Ok(tip);
    }
    require_room(workspace, &name)?;
    let made = RefEdit { name: name.clone(), old: None, new: Some(tip) };
    update_refs(&workspace.repo, &[made], "orca: start integration")?;
    if state.tasks.values().any(|task| task.attempt > 0) {
        let what = format!("branch {short} was deleted; it is back at {}", tip.short());
        emit(Event::Recovered { what });
    }
    Ok(tip)
}
