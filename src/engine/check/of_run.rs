//! The branches of a run, with what the hub knows of them.

use super::{Branch, Checked, Comparison, Line, compare, with_readable};
use crate::engine::{Fault, RunState, Workspace};
use crate::git::{Repo, loose_at};
use crate::model::{Oid, RunId, Status, TaskId, TaskRecord};
use crate::store::Hub;
use crate::validate::Declared;

/// Some tasks of a run and its integration branch.
#[derive(Clone)]
pub(in crate::engine) struct RunBranches {
    /// Those of tasks that have work, then the integration branch.
    pub(in crate::engine) branches: Vec<Branch>,
    declared: Vec<Declared>,
    lines: Vec<Line>,
}

impl RunBranches {
    /// Of the given tasks; one without work is left out.
    pub(in crate::engine) fn of<'t>(
        repo: &Repo,
        state: &RunState,
        integration: Oid,
        tasks: impl IntoIterator<Item = &'t TaskId>,
    ) -> anyhow::Result<Self> {
        let run = state.record.id;
        let mut found = Self { branches: Vec::new(), declared: Vec::new(), lines: lines(state) };
        for task in tasks.into_iter().filter_map(|id| state.tasks.get(id)) {
            let Some(tip) = tip_of(repo, run, task)? else { continue };
            found.branches.push(Branch { name: run.task_branch(&task.task.id), tip });
            found.declared.push(declared(run, task));
        }
        if !found.branches.is_empty() {
            found.branches.push(Branch { name: format!("orca/{run}/integration"), tip: integration });
        }
        Ok(found)
    }

    /// Of all tasks with work that is neither merged nor given up.
    pub(in crate::engine) fn open(workspace: &Workspace, state: &RunState) -> anyhow::Result<Self> {
        let open = state.tasks.values().filter(|task| !task.status.is_final()).map(|task| &task.task.id);
        Self::of(&workspace.repo, state, state.integration(&workspace.repo)?, open)
    }

    pub(in crate::engine) fn comparison(&self) -> Comparison<'_> {
        let (declared, lines) = (&self.declared[..], Some(&self.lines[..]));
        Comparison { declared, lines, ..Comparison::of(&self.branches) }
    }

    /// Compares all that can be read. Where no task has work, nothing is found.
    pub(in crate::engine) fn compare(&self, workspace: &Workspace) -> anyhow::Result<Checked> {
        let has_integration = |left: &[Branch]| left.last() == self.branches.last();
        let compared = |sound: &[Branch]| {
            let left_out = |name: &str| {
                let is_named = |branch: &Branch| branch.name == name;
                self.branches.iter().any(is_named) && !sound.iter().any(is_named)
            };
            let declared: Vec<Declared> =
                self.declared.iter().filter(|declared| !left_out(&declared.branch)).cloned().collect();
            let lines: Vec<Line> =
                self.lines.iter().filter(|line| !left_out(&line.branch)).cloned().collect();
            let (declared, lines) = (&declared[..], Some(&lines[..]));
            compare(workspace, &Comparison { declared, lines, ..Comparison::of(sound) })
        };
        let (mut checked, damaged) =
            with_readable(&workspace.repo, &self.branches, has_integration, compared)?;
        checked.note_unreadable(&damaged);
        Ok(checked)
    }
}

/// Checks the work of a run that is not merged yet.
pub fn check_run(workspace: &Workspace, run: Option<RunId>) -> anyhow::Result<Checked> {
    let state = require_run_with_branches(workspace, run, "check")?;
    RunBranches::open(workspace, &state)?.compare(workspace)
}

/// The run whose branches are meant when none are named.
pub(in crate::engine) fn require_run_with_branches(
    workspace: &Workspace,
    run: Option<RunId>,
    command: &str,
) -> anyhow::Result<RunState> {
    let none = || {
        Fault::usage("no branch is named, and this repository has no run whose branches could be meant")
            .hint(format!("git orca {command} <branch>…"))
    };
    let hub = Hub::open(&workspace.repo)?.ok_or_else(none)?;
    if hub.read()?.runs()?.is_empty() {
        return Err(none().into());
    }
    workspace.require_run(run)
}

/// The handoff, or what was committed for a task that has not handed off.
fn tip_of(repo: &Repo, run: RunId, task: &TaskRecord) -> anyhow::Result<Option<Oid>> {
    if task.tip.is_some() {
        return Ok(task.tip);
    }
    let (id, is_at_work) = (&task.task.id, task.status == Status::Running);
    let loose = loose_at(repo, &run.worktree_name(id)).filter(|tip| is_at_work && repo.has_object(*tip));
    let tip = match loose {
        Some(tip) => Some(tip),
        None => repo.ref_oid(&run.task_ref(id))?,
    };
    Ok(tip.filter(|tip| task.base.is_some_and(|base| base != *tip)))
}

fn declared(run: RunId, task: &TaskRecord) -> Declared {
    Declared {
        branch: run.task_branch(&task.task.id),
        scope: Some(task.task.scope.clone()),
        provides: task.provides.clone(),
        consumes: task.task.consumes.clone(),
    }
}

/// The commits of every task of the run, for edits that go in circles across waves.
fn lines(state: &RunState) -> Vec<Line> {
    let line = |task: &TaskRecord| {
        let branch = state.record.id.task_branch(&task.task.id);
        Some(Line {
            actor: task.task.id.to_string(),
            branch,
            base: task.base?,
            tip: task.tip?,
            by_agent: true,
        })
    };
    state.tasks.values().filter_map(line).collect()
}
