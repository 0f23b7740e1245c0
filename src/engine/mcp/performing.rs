//! What each tool does.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::checking::{check_now, may_stop};
use super::{Caller, PLANNED};
use crate::agent::mcp::{Interface, PlanText, ToolCall};
use crate::compress::estimate_tokens;
use crate::engine::context::{show_context, view_of};
use crate::engine::init::write_whole;
use crate::engine::planning::plan_from_text;
use crate::engine::run::handoff_record;
use crate::engine::{Fault, Planning, Workspace, create_run};
use crate::model::{
    ContextEntry, HandoffNotes, HandoffStatus, InterfaceRecord, RunId, Section, TaskId, printable,
};

/// Performs a call and returns what the agent is told.
pub(super) fn perform(workspace: &Workspace, who: &Caller<'_>, call: ToolCall) -> anyhow::Result<String> {
    match call {
        ToolCall::Task { task } => tell_task(workspace, who, task),
        ToolCall::Context { kind, names, max_tokens } => {
            tell_context(workspace, kind.as_deref(), &names, max_tokens)
        }
        ToolCall::Check => check_now(workspace, who),
        ToolCall::MayStop => may_stop(workspace, who),
        ToolCall::Publish(interface) => publish(workspace, who, interface),
        ToolCall::Request { target, reason, proposal } => {
            request(workspace, who, &target, &reason, &proposal)
        }
        ToolCall::Handoff(notes) => hand_off(workspace, who, notes),
        ToolCall::Plan(PlanText(text)) => take_plan(workspace, who, text),
    }
}

/// The task in full; without one, the tasks there are.
fn tell_task(workspace: &Workspace, who: &Caller<'_>, task: Option<String>) -> anyhow::Result<String> {
    let (run, own) = match who {
        Caller::Specialist(run, task) => (Some(*run), Some(task.clone())),
        _ => (None, None),
    };
    let state = workspace.require_run(run)?;
    let Some(id) = task.map(|task| TaskId::new(&task)).transpose()?.or(own) else {
        let line = |record: &crate::model::TaskRecord| {
            format!("{}: {} ({})", record.task.id, record.task.title, record.status.word())
        };
        let lines: Vec<String> = state.tasks.values().map(line).collect();
        return Ok(format!("run {}: {}\n{}", state.record.id, state.record.request, lines.join("\n")));
    };
    let record = state.require_task(&id)?;
    let mut text = view_of(workspace, &state, &id, None)?.text;
    if let Some(tokens) = record.task.estimate_tokens {
        _ = write!(text, "\nBudget: about {tokens} tokens.\n");
    }
    Ok(text)
}

/// The hub's sections: one or all, those entries that hold one of the words, as much as fits.
fn tell_context(
    workspace: &Workspace,
    kind: Option<&str>,
    names: &[String],
    max_tokens: Option<u64>,
) -> anyhow::Result<String> {
    let sections = show_context(workspace, None)?.sections;
    if let Some(kind) = kind.filter(|kind| sections.iter().all(|section| section.title != *kind)) {
        let known: Vec<&str> = sections.iter().map(|section| section.title).collect();
        return Err(Fault::usage(format!("kind: '{kind}' is none of {}", known.join(", "))).into());
    }
    let is_wanted = |entry: &&String| names.is_empty() || names.iter().any(|name| entry.contains(name));
    let (mut text, mut used, mut n_left_out) = (String::new(), 0, 0);
    for section in sections.iter().filter(|section| kind.is_none_or(|kind| section.title == kind)) {
        let mut lines = String::new();
        for entry in section.entries.iter().filter(is_wanted) {
            let line = format!("- {}\n", entry.replace('\n', "\n  "));
            let cost = estimate_tokens(&line);
            if max_tokens.is_some_and(|most| used + cost > most) {
                n_left_out += 1;
                continue;
            }
            used += cost;
            lines.push_str(&line);
        }
        if !lines.is_empty() {
            _ = write!(text, "## {}\n{lines}", section.title);
        }
    }
    if n_left_out > 0 {
        _ = writeln!(text, "{n_left_out} entries did not fit into {} tokens", max_tokens.unwrap_or(0));
    }
    Ok(if text.is_empty() { "nothing is known of that".to_owned() } else { text })
}

fn publish(workspace: &Workspace, who: &Caller<'_>, stated: Interface) -> anyhow::Result<String> {
    let (run, provider) = match who {
        Caller::Specialist(run, task) => (Some(*run), Some(task.clone())),
        _ => (None, None),
    };
    let safe = |text: String| printable(&text).into_owned();
    let interface = InterfaceRecord {
        kind: stated.contract.kind,
        name: safe(stated.contract.name),
        text: safe(stated.contract.text.unwrap_or_default()),
        provider: provider.clone(),
        run,
        path: stated.path.map(safe),
    };
    let breaking = if stated.is_breaking { " (breaking)" } else { "" };
    let what = format!("{} {}", interface.kind.word(), interface.name);
    let subject = format!("interface {what}: published{breaking}");
    let before = workspace.record("publish", subject, run, provider.as_ref(), |hub| {
        let before = hub.interface(interface.kind, &interface.name)?;
        hub.put_interface(&interface)?;
        Ok(before)
    })?;
    let mut told = format!("{what} is published");
    if let Some(before) = before.filter(|before| before.text != interface.text) {
        _ = write!(told, "; it was: {}", before.text);
        if before.provider.is_some() && before.provider != provider {
            let by = before.provider.map(|task| task.to_string()).unwrap_or_default();
            _ = write!(told, "\nTask '{by}' had stated it: say so with orca_request_change");
        }
    }
    Ok(told)
}

/// The most requests that one task makes.
const MOST_REQUESTS: usize = 50;

/// Records a wish; the same one again is the one that is there.
fn request(
    workspace: &Workspace,
    who: &Caller<'_>,
    target: &str,
    reason: &str,
    proposal: &str,
) -> anyhow::Result<String> {
    let (run, task) = match who {
        Caller::Specialist(run, task) => (Some(*run), Some(task)),
        _ => (None, None),
    };
    let author = match task {
        Some(task) => workspace.require_run(run)?.require_task(task)?.task.specialist.clone(),
        None => workspace.repo.config("user.name").unwrap_or_default(),
    };
    let asker = match (run, task) {
        (Some(run), Some(task)) => format!("{run}-{task}"),
        _ => "person".to_owned(),
    };
    let proposal = if proposal.is_empty() { String::new() } else { format!("; proposed: {proposal}") };
    let text = printable(&format!("`{target}` should change: {reason}{proposal}")).into_owned();
    let time = workspace.now();
    let subject = format!("{asker} asks for a change of {target}");
    let id = workspace.record("request", subject, run, task, |hub| {
        let id = |number: usize| format!("{REQUEST}{asker}-{number}");
        for number in 1..=MOST_REQUESTS {
            match hub.entry(Section::Conflicts, &id(number))? {
                Some(known) if known.text == text => return Ok(Some(id(number))),
                Some(_) => {}
                None => {
                    let (section, author, text) = (Section::Conflicts, author.clone(), text.clone());
                    hub.put_entry(&ContextEntry { section, id: id(number), text, author, time })?;
                    return Ok(Some(id(number)));
                }
            }
        }
        Ok(None)
    })?;
    match id {
        Some(id) => Ok(format!("{id} is recorded; go on without it, and name it in your handoff")),
        None => {
            Err(Fault::no(format!("there are {MOST_REQUESTS} requests already: hand off as blocked")).into())
        }
    }
}

/// What the names of requests begin with, in the section of conflicts.
pub(in crate::engine) const REQUEST: &str = "request-";

/// Records what the agent says of its work; it becomes a handoff when the attempt ends.
fn hand_off(workspace: &Workspace, who: &Caller<'_>, notes: HandoffNotes) -> anyhow::Result<String> {
    let Caller::Specialist(run, task) = who else {
        return Err(Fault::usage("only who works on a task can hand it off").into());
    };
    let status = notes.status;
    let state = workspace.require_run(Some(*run))?;
    let record = state.require_task(task)?;
    let said = handoff_record(*run, record, workspace.now(), notes);
    let subject = format!("task {task}: says it is {}", status.word());
    workspace.record("statement", subject, Some(*run), Some(task), |hub| hub.put_statement(&said))?;
    Ok(match (status, record.is_held()) {
        (_, true) => "recorded; 'git orca handoff' in this worktree hands the work in".to_owned(),
        (HandoffStatus::Complete, _) => "recorded; end now, orca commits your work".to_owned(),
        (HandoffStatus::Partial, _) => "recorded; the work will come back to you or another".to_owned(),
        _ => "recorded; end now, a person will see what blocks".to_owned(),
    })
}

/// Checks a plan; a sound one is kept for orca, or recorded as a run where a person plans.
fn take_plan(workspace: &Workspace, who: &Caller<'_>, text: String) -> anyhow::Result<String> {
    if let Caller::Specialist(..) = who {
        return Err(Fault::usage("only the orchestrator plans: work on your task").into());
    }
    let planning = plan_from_text(workspace, Path::new(PLANNED), text.clone())?;
    if let Caller::Orchestrator(dir) = who {
        let file = dir.join(PLANNED);
        write_whole(&file, &text).with_context(|| format!("cannot write '{}'", file.display()))?;
        return Ok(format!("{}; say so and end", accepted(&planning)));
    }
    let run: RunId = create_run(workspace, &planning)?;
    Ok(format!("{}; it is run {run}: 'git orca run' conducts it", accepted(&planning)))
}

fn accepted(planning: &Planning) -> String {
    let waves: Vec<String> = planning
        .waves
        .waves
        .iter()
        .map(|wave| wave.iter().map(TaskId::as_str).collect::<Vec<_>>().join(" + "))
        .collect();
    format!("the plan is sound: {} tasks, {}", planning.plan.tasks.len(), waves.join(", then "))
}
