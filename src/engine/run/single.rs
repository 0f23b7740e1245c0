//! One task at a time: started or stopped by a person.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use super::attempt::{agent_dirs, marker, player, run_dir};
use super::hold::{clear_stop, stop_file};
use super::{Conductor, RunOptions, lock};
use crate::agent::sweep;
use crate::engine::{Event, Fault, RunState, Workspace};
use crate::git::{Presence, forget_worktree, list, presence};
use crate::model::{RunId, Status, TaskId, TaskRecord};
use crate::store::RunLock;

/// A task that was started, or would be.
#[derive(Debug, Clone)]
pub struct Started {
    pub run: RunId,
    pub task: TaskRecord,
    pub by_hand: bool,
    pub worktree: PathBuf,
    pub branch: String,
    /// The file that tells what is to be done.
    pub prompt: PathBuf,
    /// What a command has to add so that it means this run.
    pub flag: String,
    /// Whether it was only looked at.
    pub dry_run: bool,
}

/// A task that was stopped, or would be.
#[derive(Debug, Clone)]
pub struct Stopped {
    pub run: RunId,
    pub task: TaskRecord,
    /// What a command has to add so that it means this run.
    pub flag: String,
    pub dry_run: bool,
}

/// Works on one task of a run, or of the newest, up to its handoff, or makes it ready for a person.
pub fn start(
    workspace: &Workspace,
    run: Option<RunId>,
    id: &TaskId,
    by_hand: bool,
    dry_run: bool,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Started> {
    workspace.require_work_dir()?;
    let state = workspace.require_run(run)?;
    may_start(workspace, &state, id, by_hand)?;
    if dry_run {
        return started(workspace, &state, id, by_hand, true);
    }
    let mut lock = lock(workspace)?;
    // Again, now that nobody else can change it.
    let state = workspace.require_run(Some(state.record.id))?;
    lock.name_run(state.record.id);
    may_start(workspace, &state, id, by_hand)?;
    let mut conductor = Conductor::new(workspace, state, &RunOptions::default(), emit)?;
    conductor.recover(&mut lock)?;
    if conductor.task(id).status < Status::HandedOff || conductor.task(id).status == Status::Failed {
        conductor.release(id)?;
        match by_hand {
            true => conductor.begin_by_hand(id)?,
            false => conductor.work_on(std::slice::from_ref(id))?,
        }
        conductor.require_below_limits()?;
    }
    started(workspace, &conductor.state, id, by_hand, false)
}

fn started(
    workspace: &Workspace,
    state: &RunState,
    id: &TaskId,
    by_hand: bool,
    dry_run: bool,
) -> anyhow::Result<Started> {
    let run = state.record.id;
    let name = run.worktree_name(id);
    let planned = workspace.worktree_root()?.join(&name);
    // One that was taken over stays in the directory that it was made in.
    let worktree = match presence(&workspace.repo, &name, &planned) {
        Presence::Sound(dir) => dir,
        Presence::Gone | Presence::Broken(_) => planned,
    };
    Ok(Started {
        run,
        task: state.require_task(id)?.clone(),
        by_hand,
        worktree,
        branch: run.task_branch(id),
        prompt: run_dir(workspace, run, id)?.join("prompt.md"),
        flag: state.flag.clone(),
        dry_run,
    })
}

/// Refuses a task that is done, that waits for others, or that nobody could play.
fn may_start(workspace: &Workspace, state: &RunState, id: &TaskId, by_hand: bool) -> anyhow::Result<()> {
    let record = state.require_task(id)?;
    match record.status {
        Status::Pending | Status::Ready | Status::Running | Status::Failed => {}
        Status::HandedOff | Status::Validated => {
            let message = format!("task '{id}' has handed off already");
            return Err(Fault::no(message)
                .hint(format!("'git orca run{}' checks and merges it", state.flag))
                .into());
        }
        Status::Merged => return Err(Fault::no(format!("task '{id}' is merged already")).into()),
        Status::Cancelled => return Err(Fault::no(format!("task '{id}' was dropped")).into()),
    }
    let graph = state.graph();
    let unmet = |id: &TaskId| {
        let need = state.tasks.get(id).filter(|need| need.status != Status::Merged)?;
        Some(format!("'{id}', which is {}", need.status.word()))
    };
    let waits: Vec<String> = graph.needs(id).filter_map(unmet).collect();
    if !waits.is_empty() {
        let message = format!("task '{id}' waits for {}", waits.join(" and for "));
        return Err(Fault::no(message)
            .hint(format!("'git orca run{}' does what it waits for", state.flag))
            .into());
    }
    if !by_hand {
        player(workspace, &record.task.specialist)?;
    }
    Ok(())
}

impl Conductor<'_> {
    /// Takes a task back from where it was held or given up.
    fn release(&mut self, id: &TaskId) -> anyhow::Result<()> {
        clear_stop(self.workspace, self.run(), id)?;
        let name = self.run().worktree_name(id);
        let is_gone = |found: &crate::git::Registered| found.name == name && !found.present;
        if list(&self.workspace.repo)?.iter().any(is_gone) {
            forget_worktree(&self.workspace.repo, &name)?;
        }
        let task = self.task(id);
        if task.hold.is_none() && task.status != Status::Failed {
            return Ok(());
        }
        self.update(id, "start", |task| {
            if task.status == Status::Failed {
                task.status = Status::Ready;
                task.rejected = 0;
            }
            task.hold = None;
            task.reason.clear();
        })
    }
}

/// Ends a task's agent and leaves the task alone until it is started again.
pub fn stop(
    workspace: &Workspace,
    run: Option<RunId>,
    id: &TaskId,
    dry_run: bool,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Stopped> {
    let state = workspace.require_run(run)?;
    let run = state.record.id;
    may_stop(&state, id)?;
    if dry_run {
        return stopped(&state, id, dry_run);
    }
    let file = stop_file(workspace, run, id)?;
    std::fs::write(&file, b"").with_context(|| format!("cannot write '{}'", file.display()))?;
    loop {
        if let Ok(_lock) = RunLock::take(&workspace.repo)? {
            return stop_without_conductor(workspace, run, id, emit);
        }
        // The record is written before the file goes, so it is read after the look at the file.
        let is_done = !file.exists();
        let state = workspace.require_run(Some(run))?;
        let task = state.require_task(id)?;
        if is_done || task.status < Status::Running || workspace.around.is_stopped() {
            // One that is not at work yet is stopped when its turn comes.
            return stopped(&state, id, dry_run);
        }
        if task.status > Status::Running {
            clear_stop(workspace, run, id)?;
            may_stop(&state, id)?;
            return stopped(&state, id, dry_run);
        }
        std::thread::sleep(LOOK);
    }
}

/// How often to look whether the orchestrator has stopped a task.
const LOOK: Duration = Duration::from_millis(20);

fn stop_without_conductor(
    workspace: &Workspace,
    run: RunId,
    id: &TaskId,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Stopped> {
    sweep(&marker(workspace, run, id), &agent_dirs(workspace, run, id)?);
    let state = workspace.require_run(Some(run))?;
    if let Err(refusal) = may_stop(&state, id) {
        clear_stop(workspace, run, id)?;
        return Err(refusal);
    }
    let mut conductor = Conductor::new(workspace, state, &RunOptions::default(), emit)?;
    conductor.hold_stopped(id, None)?;
    stopped(&conductor.state, id, false)
}

fn stopped(state: &RunState, id: &TaskId, dry_run: bool) -> anyhow::Result<Stopped> {
    let task = state.require_task(id)?.clone();
    Ok(Stopped { run: state.record.id, task, flag: state.flag.clone(), dry_run })
}

fn may_stop(state: &RunState, id: &TaskId) -> anyhow::Result<()> {
    let task = state.require_task(id)?;
    if task.status <= Status::Running {
        return Ok(());
    }
    let message = format!("nothing works on task '{id}': it is {}", task.status.word());
    Err(Fault::no(message).hint(format!("git orca task show {id}{}", state.flag)).into())
}
