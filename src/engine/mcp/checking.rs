//! Compares the work of a task as it lies in its worktree now, committed or not.

use super::Caller;
use crate::engine::check::{Checked, RunBranches};
use crate::engine::run::objection;
use crate::engine::{Fault, RunState, Workspace, check_run};
use crate::git::{Head, NewCommit, Presence, presence, snapshot};
use crate::model::{Finding, Level, Oid, RepoPath, RunId, TaskId};

/// What the validator says, in words for the agent.
pub(super) fn check_now(workspace: &Workspace, who: &Caller<'_>) -> anyhow::Result<String> {
    let (findings, outside) = match who {
        Caller::Specialist(run, task) => {
            let own = OwnWork::of(workspace, *run, task)?;
            (own.findings(), own.outside)
        }
        _ => (check_run(workspace, None)?.report.findings, Vec::new()),
    };
    let mut lines: Vec<String> = findings.iter().map(told).collect();
    lines.extend(outside_scope(&outside));
    Ok(if lines.is_empty() { "nothing speaks against it".to_owned() } else { lines.join("\n") })
}

/// What speaks against ending now; empty where nothing does.
pub(super) fn may_stop(workspace: &Workspace, who: &Caller<'_>) -> anyhow::Result<String> {
    let Caller::Specialist(run, task) = who else { return Ok(String::new()) };
    let own = OwnWork::of(workspace, *run, task)?;
    let mut reasons: Vec<String> =
        own.findings().iter().filter(|finding| finding.level == Level::Deny).map(told).collect();
    reasons.extend(outside_scope(&own.outside));
    Ok(reasons.join("\n"))
}

/// What stands in a task's worktree, compared with everything that is open in the run.
struct OwnWork {
    branch: String,
    checked: Checked,
    outside: Vec<RepoPath>,
}

impl OwnWork {
    fn of(workspace: &Workspace, run: RunId, task: &TaskId) -> anyhow::Result<Self> {
        let state = workspace.require_run(Some(run))?;
        let record = state.require_task(task)?;
        let (tip, base, tree) = standing(workspace, &state, task)?;
        let repo = &workspace.repo;
        let scope = &record.task.scope;
        let changes = repo.diff_trees(repo.commit(base)?.tree, tree)?;
        let outside = changes.into_iter().map(|change| change.path).filter(|path| !scope.allows(path));
        let outside = outside.collect();
        let message = "What lies in the worktree\n";
        let commit =
            repo.write_commit(&NewCommit { tree, parents: &[tip], message, time: workspace.now() })?;
        let branch = run.task_branch(task);
        let mut state = state;
        if let Some(own) = state.tasks.get_mut(task) {
            own.tip = (repo.commit(tip)?.tree != tree || tip != base).then_some(commit);
        }
        let branches = RunBranches::open(workspace, &state)?;
        Ok(Self { branch, checked: branches.compare(workspace)?, outside })
    }

    /// Those findings that this task has a part in.
    fn findings(&self) -> Vec<Finding> {
        let is_own = |finding: &&Finding| finding.sites.iter().any(|site| site.branch == self.branch);
        self.checked.report.findings.iter().filter(is_own).cloned().collect()
    }
}

/// The commit a worktree is on, the task's base, and everything that lies there.
fn standing(workspace: &Workspace, state: &RunState, task: &TaskId) -> anyhow::Result<(Oid, Oid, Oid)> {
    let run = state.record.id;
    let name = run.worktree_name(task);
    let dir = workspace.worktree_root()?.join(&name);
    let gone = || Fault::no(format!("task '{task}' has no worktree that could be checked"));
    let Presence::Sound(dir) = presence(&workspace.repo, &name, &dir) else { return Err(gone().into()) };
    let found = snapshot(&workspace.repo, &dir)?;
    let (Head::Branch(_, tip) | Head::Detached(tip)) = found.head else { return Err(gone().into()) };
    let base = state.require_task(task)?.base.unwrap_or(tip);
    Ok((tip, base, found.tree))
}

fn told(finding: &Finding) -> String {
    let places: Vec<String> =
        finding.sites.iter().map(|site| format!("{}:{}:{}", site.branch, site.path, site.line)).collect();
    format!("[{}] {}: {}\n  at {}", finding.level.word(), finding.rule, objection(finding), places.join(", "))
}

/// How many paths are named.
const MOST_NAMED: usize = 10;

fn outside_scope(outside: &[RepoPath]) -> Option<String> {
    let named: Vec<String> = outside.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = outside.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!outside.is_empty())
        .then(|| format!("[deny] outside your scope, take it back: {}{more}", named.join(", ")))
}
