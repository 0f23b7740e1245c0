//! Work that no agent of orca's does: a person, or a foreign agent, in a worktree of orca's.
//!
//! It is handed in by the same steps that take an agent's work over. Only what could surprise a
//! person who stands in the worktree is refused first.

use anyhow::Context as _;

use super::attempt::{prompt, run_dir};
use super::{Conductor, RunOptions};
use crate::agent::Ended;
use crate::engine::init::write_whole;
use crate::engine::{Event, Fault, RunState, Workspace};
use crate::git::{Head, Snapshot, snapshot};
use crate::model::{Account, Ending, HandoffRecord, Hold, Oid, RepoPath, RunId, Status, TaskId, TaskRecord};

/// What a person hands in.
#[derive(Debug, Clone)]
pub struct HandIn {
    pub run: RunId,
    pub task: TaskRecord,
    /// What goes into the handoff.
    pub files: Vec<RepoPath>,
    /// What lies outside the scope and does not.
    pub outside: Vec<RepoPath>,
    /// What a command has to add so that it means this run.
    pub flag: String,
    /// Whether it was only looked at.
    pub dry_run: bool,
}

/// The run and task in whose worktree the user stands.
pub fn own_task(workspace: &Workspace) -> Option<(RunId, TaskId)> {
    let repo = &workspace.repo;
    let is_linked = repo.git_dir().parent() == Some(&repo.common_dir().join("worktrees"));
    let name = repo.git_dir().file_name().and_then(|name| name.to_str()).filter(|_| is_linked)?;
    RunId::of_worktree(name)
}

/// Hands in what lies in the worktree the user stands in.
pub fn hand_in(workspace: &Workspace, dry_run: bool, emit: &mut dyn FnMut(Event)) -> anyhow::Result<HandIn> {
    let outside = || {
        Fault::usage("this is no worktree of a task")
            .hint("'git orca start <task> --manual' makes one and says where it is")
            .hint("'git orca handoff list' shows what was handed off")
    };
    let (run, id) = own_task(workspace).ok_or_else(outside)?;
    let state = workspace.require_run(Some(run))?;
    may_hand_in(&state, &id)?;
    // An agent's ending would be told of one that never was.
    let mut told = |event: Event| {
        if !matches!(event, Event::AgentEnded { .. }) {
            emit(event);
        }
    };
    let mut conductor = Conductor::new(workspace, state, &RunOptions::default(), &mut told)?;
    let dir = conductor.worktree_dir(&id)?;
    let found =
        snapshot(&workspace.repo, &dir).with_context(|| format!("cannot read '{}'", dir.display()))?;
    conductor.require_own_branch(&id, &found)?;
    let (files, outside) = conductor.require_work(&id, &found)?;
    if !dry_run {
        conductor.take_in(&id)?;
    }
    let flag = conductor.state.flag.clone();
    Ok(HandIn { run, task: conductor.task(&id).clone(), files, outside, flag, dry_run })
}

/// Refuses work that is an agent's, or that is finished.
fn may_hand_in(state: &RunState, id: &TaskId) -> anyhow::Result<()> {
    let task = state.require_task(id)?;
    if task.is_held() {
        return Ok(());
    }
    let message = match task.status {
        Status::Running => format!("an agent works on task '{id}': orca takes its work over when it ends"),
        status => format!("nobody works on task '{id}' by hand: it is {}", status.word()),
    };
    Err(Fault::no(message).hint(format!("git orca task show {id}{}", state.flag)).into())
}

impl Conductor<'_> {
    /// Makes a task's worktree and prompt, and leaves it to a person.
    pub(super) fn begin_by_hand(&mut self, id: &TaskId) -> anyhow::Result<()> {
        self.make_worktrees(std::slice::from_ref(id))?;
        let (base, dir) = (self.base_of(id), self.worktree_dir(id)?);
        let is_new = self.task(id).attempt == 0 || self.has_handed_off(id)?;
        self.update(id, "start", |task| {
            task.base = Some(base);
            task.status = Status::Ready;
            task.hold = Some(Hold::ByHand);
            task.attempt += u32::from(is_new);
            task.reason = format!("worked on by hand in {}", dir.display());
        })?;
        let prompt = prompt(self.workspace, &self.state, id)?;
        let file = run_dir(self.workspace, self.run(), id)?.join("prompt.md");
        write_whole(&file, &prompt).with_context(|| format!("cannot write '{}'", file.display()))
    }

    /// Whether the current attempt has a handoff: another one needs a number of its own.
    fn has_handed_off(&self, id: &TaskId) -> anyhow::Result<bool> {
        let handoff = HandoffRecord::id_of(self.run(), id, self.task(id).attempt);
        let handoffs = self.workspace.require_hub()?.read()?.handoffs(self.run())?;
        Ok(handoffs.iter().any(|known| known.id == handoff))
    }

    fn take_in(&mut self, id: &TaskId) -> anyhow::Result<()> {
        if self.has_handed_off(id)? {
            self.update(id, "handoff", |task| task.attempt += 1)?;
        }
        let ending = Ending::Exited(0);
        let ended = Ended {
            ending,
            seconds: 0.0,
            output_bytes: 0,
            tail: String::new(),
            left_behind: 0,
            account: Account::default(),
        };
        self.take_over(id, &ended)?;
        if self.task(id).status == Status::HandedOff {
            self.update(id, "handoff", |task| task.reason.clear())?;
        }
        Ok(())
    }

    /// An agent that left its branch loses its worktree; a person is told how to come back.
    fn require_own_branch(&self, id: &TaskId, found: &Snapshot) -> anyhow::Result<()> {
        let branch = self.run().task_branch(id);
        let place = match &found.head {
            Head::Branch(name, _) if *name == self.run().task_ref(id) => return Ok(()),
            Head::Branch(name, _) | Head::Unborn(name) => {
                format!("on '{}'", name.trim_start_matches("refs/heads/"))
            }
            Head::Detached(tip) => format!("detached at {}", tip.short()),
        };
        Err(Fault::usage(format!("this worktree is {place}, and the task's branch is '{branch}'"))
            .hint(format!("git switch {branch}"))
            .into())
    }

    /// What was changed since the last handoff, or the base, in the scope and outside.
    fn require_work(&self, id: &TaskId, found: &Snapshot) -> anyhow::Result<(Vec<RepoPath>, Vec<RepoPath>)> {
        let repo = &self.workspace.repo;
        let task = self.task(id);
        let base = task.base.unwrap_or(self.integration);
        // What was sent back may be handed in again as it is, once its surroundings are mended.
        let is_again = |tip: &Oid| {
            !task.feedback.is_empty()
                && !found.dirty
                && matches!(found.head, Head::Branch(_, head) if head == *tip)
        };
        let since = task.tip.filter(|tip| !is_again(tip)).unwrap_or(base);
        let changes = repo.diff_trees(repo.commit(since)?.tree, found.tree)?;
        let (files, outside): (Vec<RepoPath>, Vec<RepoPath>) =
            changes.into_iter().map(|change| change.path).partition(|path| task.task.scope.allows(path));
        if !files.is_empty() {
            return Ok((files, outside));
        }
        let message = match outside.first() {
            None => format!("nothing is changed since {}", since.short()),
            Some(one) => {
                format!("nothing is changed in the scope of task '{id}', only outside, such as {one}")
            }
        };
        let scope = task.task.scope.patterns().join(" ");
        Err(Fault::no(message).hint(format!("the task may write {scope}")).into())
    }
}
