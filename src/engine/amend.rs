//! Changes the plan of a run that is under way.
//!
//! Only what has not begun can change, and what a person has to start again: a task that was given up
//! or stopped. Every change is checked as a whole plan is, and recorded in
//! one transaction or not at all. Tasks that have begun keep their waves, whose numbers stand in
//! merge commits; the others are packed again behind them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::ledger::load;
use super::planning::{estimate, read_input, scopes_through_links};
use super::run::lock;
use super::{Fault, RunState, Workspace};
use crate::model::{Contract, Hold, Plan, RunId, Scope, Status, Task, TaskId, TaskRecord};
use crate::plan::{Budget, Graph, Problem, graph, scopes_overlap, waves_after};
use crate::store::{Audit, PlanFile};

/// A change to the tasks of a run.
#[derive(Debug, Clone)]
pub enum Amendment {
    Add(Vec<Task>),
    Edit(TaskId, Box<TaskEdit>),
    Drop(TaskId),
}

/// New values for what is not none; a list replaces the whole list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskEdit {
    pub title: Option<String>,
    pub specialist: Option<String>,
    pub scope: Option<Scope>,
    pub after: Option<Vec<TaskId>>,
    pub provides: Option<Vec<Contract>>,
    pub consumes: Option<Vec<Contract>>,
    pub acceptance: Option<Vec<String>>,
    pub estimate_tokens: Option<u64>,
}

/// What a change comes to.
#[derive(Debug, Clone)]
pub struct Amended {
    /// The run as it is afterwards.
    pub state: RunState,
    /// `added`, `edited` or `dropped`.
    pub verb: &'static str,
    pub tasks: Vec<TaskId>,
    /// Whether it is recorded, or only was looked at.
    pub recorded: bool,
}

/// Reads the tasks of a plan fragment; `-` is standard input.
pub fn tasks_from_file(workspace: &Workspace, path: &Path) -> anyhow::Result<Vec<Task>> {
    Ok(PlanFile::parse_tasks(path, read_input(workspace, path)?)?)
}

/// Works out what a change to a run, or to the newest, comes to; records nothing.
pub fn preview_amendment(
    workspace: &Workspace,
    run: Option<RunId>,
    amendment: &Amendment,
) -> anyhow::Result<Amended> {
    amended(workspace, workspace.require_run(run)?, amendment)
}

/// Changes a run, or the newest.
pub fn amend(workspace: &Workspace, run: Option<RunId>, amendment: &Amendment) -> anyhow::Result<Amended> {
    let run = workspace.require_run(run)?.record.id;
    // An orchestrator at work has the plan in its memory and would not see the change.
    let mut lock = lock(workspace)?;
    lock.keep_mark();
    let audit = Audit { subject: subject(run, amendment), op: "task".into(), run: Some(run), task: None };
    workspace.require_hub()?.update(&audit, workspace.now(), |hub| -> anyhow::Result<Amended> {
        let gone = || Fault::no(format!("run {run} is gone"));
        let before = load(hub, hub.run(run)?.ok_or_else(gone)?)?;
        let mut after = amended(workspace, before.clone(), amendment)?;
        hub.put_run(&after.state.record)?;
        for id in before.tasks.keys().filter(|id| !after.state.tasks.contains_key(*id)) {
            hub.drop_task(run, id)?;
        }
        for (_, task) in after.state.tasks.iter().filter(|(id, task)| before.tasks.get(*id) != Some(*task)) {
            hub.put_task(run, task)?;
        }
        after.recorded = true;
        Ok(after)
    })
}

fn subject(run: RunId, amendment: &Amendment) -> String {
    let names = |tasks: &[Task]| tasks.iter().map(|task| task.id.to_string()).collect::<Vec<_>>().join(", ");
    match amendment {
        Amendment::Add(tasks) => format!("run {run}: added {}", names(tasks)),
        Amendment::Edit(id, _) => format!("task {id}: edited"),
        Amendment::Drop(id) => format!("task {id}: dropped"),
    }
}

/// The run after the change, or why it cannot be.
fn amended(workspace: &Workspace, mut state: RunState, amendment: &Amendment) -> anyhow::Result<Amended> {
    let mut order: Vec<TaskId> = state.record.waves.iter().flatten().cloned().collect();
    let before = state.graph();
    let (verb, tasks) = match amendment {
        Amendment::Add(tasks) => ("added", add(&mut state, tasks)?),
        Amendment::Edit(id, edit) => ("edited", change(&mut state, id, edit)?),
        Amendment::Drop(id) => ("dropped", remove(&mut state, id)?),
    };
    order.extend(tasks.iter().filter(|id| !order.contains(id)).cloned().collect::<Vec<_>>());
    state.record.waves = repack(workspace, &mut state, &order, &before)?;
    Ok(Amended { state, verb, tasks, recorded: false })
}

fn add(state: &mut RunState, tasks: &[Task]) -> anyhow::Result<Vec<TaskId>> {
    for task in tasks {
        if state.tasks.insert(task.id.clone(), TaskRecord::new(task.clone())).is_some() {
            let message = format!("run {} has a task '{}' already", state.record.id, task.id);
            return Err(Fault::usage(message).hint("git orca task edit changes it").into());
        }
    }
    Ok(tasks.iter().map(|task| task.id.clone()).collect())
}

fn change(state: &mut RunState, id: &TaskId, edit: &TaskEdit) -> anyhow::Result<Vec<TaskId>> {
    let record = state.require_task(id)?;
    if !can_be_edited(record) {
        return Err(has_begun(state, record).into());
    }
    if let Some(record) = state.tasks.get_mut(id) {
        apply(&mut record.task, edit);
        // Whoever goes on in the old conversation would not read what the task is now.
        record.session = None;
    }
    keeps_apart(state, id)?;
    Ok(vec![id.clone()])
}

/// Whether nobody works on the task, and nobody will before it is read again.
fn can_be_edited(record: &TaskRecord) -> bool {
    let is_stopped = record.status <= Status::Running && record.hold == Some(Hold::Stopped);
    matches!(record.status, Status::Pending | Status::Failed) || is_stopped
}

/// Refuses a scope that another open task of the wave has too, where the wave has begun: it is not
/// packed again.
fn keeps_apart(state: &RunState, id: &TaskId) -> anyhow::Result<()> {
    let record = state.require_task(id)?;
    if record.status == Status::Pending {
        return Ok(());
    }
    let is_open = |other: &&TaskRecord| !matches!(other.status, Status::Merged | Status::Cancelled);
    let wave = state.record.waves.iter().find(|wave| wave.contains(id)).into_iter().flatten();
    for other in wave.filter(|other| *other != id).filter_map(|other| state.tasks.get(other)).filter(is_open)
    {
        if let Some(path) = scopes_overlap(&record.task.scope, &other.task.scope) {
            let message = format!("tasks '{id}' and '{}' of one wave would both write {path}", other.task.id);
            return Err(Fault::usage(message).hint("give the task a scope of its own").into());
        }
    }
    Ok(())
}

fn apply(task: &mut Task, edit: &TaskEdit) {
    // An estimate was made for the scope it was made for.
    if edit.scope.as_ref().is_some_and(|scope| *scope != task.scope) {
        task.estimate_tokens = None;
    }
    let TaskEdit { title, specialist, scope, after, provides, consumes, acceptance, estimate_tokens } =
        edit.clone();
    set(&mut task.title, title);
    set(&mut task.specialist, specialist);
    set(&mut task.scope, scope);
    set(&mut task.after, after);
    set(&mut task.provides, provides);
    set(&mut task.consumes, consumes);
    set(&mut task.acceptance, acceptance);
    task.estimate_tokens = estimate_tokens.or(task.estimate_tokens);
}

fn set<T>(value: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *value = new;
    }
}

/// Takes out what has not begun; what was given up or lies idle stays on record as cancelled.
fn remove(state: &mut RunState, id: &TaskId) -> anyhow::Result<Vec<TaskId>> {
    let record = state.require_task(id)?;
    match record.status {
        Status::Pending => _ = state.tasks.remove(id),
        Status::Ready | Status::Failed => {
            if let Some(record) = state.tasks.get_mut(id) {
                record.status = Status::Cancelled;
                record.reason = "dropped by a person".to_owned();
            }
        }
        _ => return Err(has_begun(state, record).into()),
    }
    Ok(vec![id.clone()])
}

fn has_begun(state: &RunState, record: &TaskRecord) -> Fault {
    let id = &record.task.id;
    Fault::no(format!("task '{id}' has begun and cannot change: it is {}", record.status.word()))
        .hint(format!("git orca task show {id}{}", state.flag))
}

/// Checks the tasks as a plan and packs those that have not begun behind those that have.
fn repack(
    workspace: &Workspace,
    state: &mut RunState,
    order: &[TaskId],
    before: &Graph,
) -> anyhow::Result<Vec<Vec<TaskId>>> {
    let live = |id: &TaskId| state.tasks.get(id).filter(|record| record.status != Status::Cancelled);
    let tasks = order.iter().filter_map(live).map(|record| record.task.clone()).collect();
    let mut plan = Plan { request: state.record.request.clone(), target: None, tasks };
    let refuse = |plan: &Plan, problems: &[Problem]| refusal(plan, problems);
    let graph = graph(&plan).map_err(|problems| refuse(&plan, &problems))?;
    let begun: BTreeSet<TaskId> = state
        .tasks
        .values()
        .filter(|record| record.status != Status::Pending)
        .map(|record| record.task.id.clone())
        .collect();
    keeps_begun_going(state, &begun, &graph, before)?;
    let linked = scopes_through_links(workspace, &plan, state.record.base)?;
    if !linked.is_empty() {
        return Err(refuse(&plan, &linked).into());
    }
    estimate(workspace, &mut plan, state.record.base)?;
    let budget =
        Budget { max_context: workspace.config.max_context, max_agents: workspace.config.max_agents };
    let packed = waves_after(&plan, &graph, budget, &begun).map_err(|problems| refuse(&plan, &problems))?;
    let estimates: BTreeMap<TaskId, Option<u64>> =
        plan.tasks.into_iter().map(|task| (task.id, task.estimate_tokens)).collect();
    for record in state.tasks.values_mut().filter(|record| can_be_edited(record)) {
        record.task.estimate_tokens = estimates.get(&record.task.id).copied().flatten();
    }
    Ok(kept_waves(state, &begun).into_iter().chain(packed.waves).collect())
}

/// The waves up to the last that has begun, without what has not.
fn kept_waves(state: &RunState, begun: &BTreeSet<TaskId>) -> Vec<Vec<TaskId>> {
    let kept = |wave: &Vec<TaskId>| wave.iter().filter(|id| begun.contains(*id)).cloned().collect();
    let mut waves: Vec<Vec<TaskId>> = state.record.waves.iter().map(kept).collect();
    while waves.last().is_some_and(Vec::is_empty) {
        waves.pop();
    }
    waves
}

/// Refuses a change that would make a task wait which has begun: its wave is not come back to.
fn keeps_begun_going(
    state: &RunState,
    begun: &BTreeSet<TaskId>,
    graph: &Graph,
    before: &Graph,
) -> anyhow::Result<()> {
    for id in begun.iter().filter(|id| !state.tasks[*id].status.is_final()) {
        let is_new = |need: &&TaskId| !begun.contains(*need) && before.needs(id).all(|old| old != *need);
        if let Some(need) = graph.needs(id).find(is_new) {
            let message = format!("task '{id}' has begun and would have to wait for '{need}'");
            return Err(Fault::usage(message).hint("let them provide different interfaces").into());
        }
    }
    Ok(())
}

fn refusal(plan: &Plan, problems: &[Problem]) -> Fault {
    let line = |problem: &Problem| {
        let task = plan.tasks.get(problem.place.task).map_or("", |task| task.id.as_str());
        format!("task '{task}': {}: {}", problem.place.key, problem.message)
    };
    Fault::usage(problems.iter().map(line).collect::<Vec<_>>().join("\n"))
}
