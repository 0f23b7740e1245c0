//! Merges what a run has made: one wave into its integration branch, or all of it into its target.
//! No agent is started for a task.

use super::integrate::Integrated;
use super::{Conductor, RunOptions, lock, require_wave, why_open};
use crate::engine::check::{Branch, Comparison, RunBranches, require_run_with_branches};
use crate::engine::gate::KeptGate;
use crate::engine::landing::Refused;
use crate::engine::merge::{MergeEnd, MergeOptions, Waits, bring};
use crate::engine::target::{Target, persist};
use crate::engine::{Event, Fault, RunState, Workspace};
use crate::model::{Oid, RunId, Status, TaskId, TaskRecord};

/// Lands the integration branch of a run on its target, or on `into`, and closes the run.
///
/// Tasks that are still open or were given up are an obstacle, unless `partial` is set; then the run
/// stays open too. What a person dropped is missed by nobody.
pub fn merge_run(
    workspace: &Workspace,
    run: Option<RunId>,
    into: Option<&str>,
    partial: bool,
    options: MergeOptions,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<MergeEnd> {
    let state = require_run_with_branches(workspace, run, "merge")?;
    missing(&state, partial)?;
    let mut lock = lock(workspace)?;
    lock.keep_mark();
    lock.name_run(state.record.id);
    // Again, now that nobody else can change it.
    let state = workspace.require_run(Some(state.record.id))?;
    let open = missing(&state, partial)?;
    let integration = format!("orca/{}/integration", state.record.id);
    let tip = state.require_integration(&workspace.repo)?;
    let (before, mut end) = persist(|| {
        let target = Target::find(workspace, Some(into.unwrap_or(&state.record.target)))?;
        let branches = [
            Branch { name: integration.clone(), tip },
            Branch { name: target.name.clone(), tip: target.tip },
        ];
        let end = bring(workspace, &target, &Comparison::of(&branches), true, options, emit)?;
        Ok((target.tip, end))
    })?;
    let is_in = end.landed.contains(&integration);
    let was_in = end.already.contains(&integration);
    end.landed = if is_in { merged_branches(&state, state.tasks.keys()) } else { Vec::new() };
    end.already = match (is_in, was_in) {
        (_, true) => end.landed.clone(),
        (true, false) => merged_branches(&state, contained(workspace, &state, before)?),
        (false, false) => Vec::new(),
    };
    end.waiting.extend(open.iter().map(|task| waits(&state, task)));
    if is_in && open.is_empty() && !options.dry_run && !state.record.closed {
        close(workspace, &state, &end.target)?;
    }
    Ok(end)
}

/// What the plan has and the merge would not; an obstacle unless that is wanted.
fn missing(state: &RunState, wanted: bool) -> Result<Vec<&TaskRecord>, Fault> {
    let open: Vec<&TaskRecord> = state.tasks.values().filter(|task| is_missing(task)).collect();
    if wanted || open.is_empty() { Ok(open) } else { Err(unfinished(state, &open)) }
}

fn is_missing(task: &TaskRecord) -> bool {
    !matches!(task.status, Status::Merged | Status::Cancelled)
}

/// Merges the tasks of a wave that have handed off into the run's integration branch.
pub fn merge_wave(
    workspace: &Workspace,
    run: Option<RunId>,
    number: usize,
    options: MergeOptions,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<MergeEnd> {
    workspace.require_work_dir()?;
    let mut lock = lock(workspace)?;
    let state = workspace.require_run(run)?;
    lock.name_run(state.record.id);
    require_wave(&state, number)?;
    if options.dry_run {
        return foresee_wave(workspace, &state, number, options, emit);
    }
    let _gate = KeptGate(workspace);
    let mut conductor = Conductor::new(workspace, state, &RunOptions::default(), emit)?;
    conductor.recover(&mut lock)?;
    conductor.compare(number)?;
    let already = merged_branches(&conductor.state, &conductor.state.record.waves[number - 1]);
    let integrated = conductor.integrate(number, options.resolve)?;
    let (state, commit) = (&conductor.state, conductor.integration);
    let wave = &state.record.waves[number - 1];
    let tasks = wave.iter().filter_map(|id| state.tasks.get(id)).filter(|task| !task.status.is_final());
    let mut end = MergeEnd {
        landed: merged_branches(state, wave),
        already,
        commit: Some(commit),
        waiting: tasks.map(|task| waits(state, task)).collect(),
        ..nothing(workspace, state, commit)?
    };
    if let Some(Integrated { landing, refused }) = integrated {
        if landing.red.is_some() {
            stand_refused(state, &mut end, refused);
        }
        (end.flaky, end.resolved, end.red) = (landing.flaky, landing.resolved, landing.red);
    }
    Ok(end)
}

/// Says of tasks that nobody judged what was found about them.
fn stand_refused(state: &RunState, end: &mut MergeEnd, refused: Vec<(TaskId, Refused)>) {
    for (id, why) in refused {
        let branch = state.record.id.task_branch(&id);
        if let Some((_, waits)) = end.waiting.iter_mut().find(|(name, _)| *name == branch) {
            *waits = Waits::Refused(why);
        }
    }
}

/// The end of a merge into the integration branch that merged nothing.
fn nothing(workspace: &Workspace, state: &RunState, integration: Oid) -> anyhow::Result<MergeEnd> {
    Ok(MergeEnd {
        target: format!("orca/{}/integration", state.record.id),
        tree: workspace.repo.commit(integration)?.tree,
        commit: None,
        landed: Vec::new(),
        already: Vec::new(),
        waiting: Vec::new(),
        flaky: false,
        resolved: Vec::new(),
        red: None,
        obstacle: None,
    })
}

/// What merging a wave would come to.
fn foresee_wave(
    workspace: &Workspace,
    state: &RunState,
    number: usize,
    options: MergeOptions,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<MergeEnd> {
    let wave = &state.record.waves[number - 1];
    let is_ready = |id: &&TaskId| {
        let status = state.tasks.get(*id).map(|task| task.status);
        matches!(status, Some(Status::HandedOff | Status::Validated))
    };
    let ready: Vec<&TaskId> = wave.iter().filter(is_ready).collect();
    let integration = state.require_integration(&workspace.repo)?;
    let name = format!("orca/{}/integration", state.record.id);
    let mut end = match Target::find(workspace, Some(&name)) {
        Ok(target) if !ready.is_empty() => {
            let branches = RunBranches::of(&workspace.repo, state, integration, ready.iter().copied())?;
            bring(workspace, &target, &branches.comparison(), false, options, emit)?
        }
        _ => nothing(workspace, state, integration)?,
    };
    end.landed.splice(0..0, merged_branches(state, wave));
    end.already.splice(0..0, merged_branches(state, wave));
    let others = wave.iter().filter(|id| !ready.contains(id)).filter_map(|id| state.tasks.get(id));
    end.waiting.extend(others.filter(|task| !task.status.is_final()).map(|task| waits(state, task)));
    Ok(end)
}

/// The tasks whose work a commit holds.
fn contained<'s>(workspace: &Workspace, state: &'s RunState, commit: Oid) -> anyhow::Result<Vec<&'s TaskId>> {
    let mut found = Vec::new();
    for (id, task) in &state.tasks {
        if let Some(tip) = task.tip
            && workspace.repo.contains(commit, tip)?
        {
            found.push(id);
        }
    }
    Ok(found)
}

/// The branches of those tasks that are merged.
fn merged_branches<'t>(state: &RunState, tasks: impl IntoIterator<Item = &'t TaskId>) -> Vec<String> {
    let is_merged = |id: &&TaskId| state.tasks.get(*id).is_some_and(|task| task.status == Status::Merged);
    tasks.into_iter().filter(is_merged).map(|id| state.record.id.task_branch(id)).collect()
}

fn waits(state: &RunState, task: &TaskRecord) -> (String, Waits) {
    (state.record.id.task_branch(&task.task.id), Waits::Unfinished(standing(state, task)))
}

/// Where a task stands that is not merged, and why.
fn standing(state: &RunState, task: &TaskRecord) -> String {
    let why = match why_open(state, task) {
        why if why.is_empty() => task.feedback.join("; "),
        why => why,
    };
    match why.is_empty() {
        true => format!("it is {}", task.status.word()),
        false => format!("it is {}: {why}", task.status.word()),
    }
}

fn unfinished(state: &RunState, open: &[&TaskRecord]) -> Fault {
    let flag = &state.flag;
    let line = |task: &&TaskRecord| {
        let standing = standing(state, task);
        format!("\n  {}: {}", task.task.id, standing.lines().next().unwrap_or_default())
    };
    let list: String = open.iter().map(line).collect();
    let given_up = open.iter().find(|task| task.status == Status::Failed);
    let fault = Fault::no(format!("run {} is not finished:{list}", state.record.id));
    let fault = match given_up {
        Some(task) => fault
            .hint(format!("git orca start {}{flag} tries it again", task.task.id))
            .hint(format!("git orca task drop {}{flag} does without it", task.task.id)),
        None => fault.hint(format!("git orca run{flag} carries it on")),
    };
    fault.hint(format!("git orca merge{flag} --partial lands what is merged so far"))
}

fn close(workspace: &Workspace, state: &RunState, target: &str) -> anyhow::Result<()> {
    let mut record = state.record.clone();
    record.closed = true;
    let subject = format!("run {}: merged into {target}", record.id);
    workspace.record("close", subject, Some(record.id), None, |hub| hub.put_run(&record))
}
