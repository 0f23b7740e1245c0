//! The context hub as people and specialists read it.

use std::path::Path;

use super::mcp::REQUEST;
use super::planning::read_input;
use super::{Fault, RunState, Workspace, clock, interfaces};
use crate::compress::estimate_tokens;
use crate::hub::{Consumed, View, ViewInput, view};
use crate::model::{
    ContextEntry, Contract, ContractError, HandoffRecord, InterfaceRecord, RepoPath, Section, Status, TaskId,
    nearest,
};
use crate::store::{LogEntry, Snapshot};

/// The five sections of the hub.
#[derive(Debug, Clone, Default)]
pub struct HubContext {
    pub sections: Vec<HubSection>,
}

/// A section of the hub, each entry as one line.
#[derive(Debug, Clone)]
pub struct HubSection {
    pub title: &'static str,
    pub entries: Vec<String>,
    /// What the entries cost to read.
    pub tokens: u64,
    /// Entries that did not fit the budget.
    pub left_out: usize,
}

/// What the specialist of a task gets to read.
#[derive(Debug, Clone)]
pub struct TaskContext {
    pub task: TaskId,
    pub view: View,
}

/// A piece of shared knowledge that is to be added.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// As the user wrote it.
    pub section: &'a str,
    /// Names it in its section; for an interface `<kind> <name>`.
    pub id: &'a str,
    pub text: &'a str,
}

/// A piece of shared knowledge that was added, or would be.
#[derive(Debug, Clone)]
pub struct AddedEntry {
    pub section: String,
    pub id: String,
    pub tokens: u64,
    /// Whether one of that name stood there before.
    pub replaced: bool,
    pub recorded: bool,
}

/// The last transactions of the hub, newest first.
#[derive(Debug, Clone)]
pub struct HubLog {
    /// Each with its time in RFC 3339.
    pub entries: Vec<(String, LogEntry)>,
}

/// What the specialist of a task gets to read.
pub fn context_for(workspace: &Workspace, id: &TaskId, budget: Option<u64>) -> anyhow::Result<TaskContext> {
    let view = view_of(workspace, &workspace.require_run(None)?, id, budget)?;
    Ok(TaskContext { task: id.clone(), view })
}

pub(super) fn view_of(
    workspace: &Workspace,
    state: &RunState,
    id: &TaskId,
    budget: Option<u64>,
) -> anyhow::Result<View> {
    let hub = workspace.require_hub()?.read()?;
    let record = state.require_task(id)?;
    let consumed: Vec<Consumed> = record
        .task
        .consumes
        .iter()
        .map(|contract| consumed(workspace, state, contract))
        .collect::<Result<_, _>>()?;
    let role = &record.task.specialist;
    let constraints = workspace.config.constraints_of(role);
    let entries = hub.entries(Section::Architecture)?;
    let conventions: Vec<String> = entries.into_iter().map(|entry| entry.text).collect();
    Ok(view(
        &ViewInput {
            run: state.record.id,
            request: &state.record.request,
            task: &record.task,
            feedback: &record.feedback,
            consumed: &consumed,
            constraints: &constraints,
            notes: &notes_for(&hub, state, id)?,
            conventions: &conventions,
        },
        budget,
    ))
}

/// The source of a consumed contract, from its provider's handoff or what is merged.
fn consumed(workspace: &Workspace, state: &RunState, contract: &Contract) -> anyhow::Result<Consumed> {
    let provides =
        |id: &TaskId| state.tasks[id].task.provides.iter().any(|given| given.same_interface(contract));
    let provider = contract.provider.clone().or_else(|| state.tasks.keys().find(|id| provides(id)).cloned());
    let tip = provider.and_then(|id| state.tasks.get(&id)).and_then(|task| Some((task.base?, task.tip?)));
    let Some((base, tip)) = tip else { return Ok(Consumed { contract: contract.clone(), source: None }) };
    interfaces::find(workspace, contract, base, tip)
}

/// What the handoffs of the tasks this one builds on say to its role.
fn notes_for(hub: &Snapshot, state: &RunState, id: &TaskId) -> anyhow::Result<Vec<(String, String)>> {
    let graph = state.graph();
    let record = state.require_task(id)?;
    let needed: Vec<&TaskId> = graph.needs(id).collect();
    let is_for_us = |handoff: &HandoffRecord| {
        needed.contains(&&handoff.task)
            && handoff.to.iter().any(|to| to == "*" || *to == record.task.specialist)
    };
    let handoffs = hub.handoffs(state.record.id)?.into_iter().filter(is_for_us);
    let mut notes: Vec<(String, String)> = handoffs
        .flat_map(|handoff| handoff.notes.into_iter().map(move |(_, text)| (handoff.from.clone(), text)))
        .collect();
    notes.extend(requests_for(hub, state, id)?);
    Ok(notes)
}

/// What other tasks of the run ask to be changed in this one's scope, or in what it provides.
fn requests_for(hub: &Snapshot, state: &RunState, id: &TaskId) -> anyhow::Result<Vec<(String, String)>> {
    let task = &state.require_task(id)?.task;
    let of_run = format!("{REQUEST}{}-", state.record.id);
    let own = format!("{of_run}{id}-");
    let concerns = |entry: &ContextEntry| {
        let target = entry.text.split('`').nth(1).unwrap_or_default();
        let is_provided =
            task.provides.iter().any(|given| given.name == target || given.to_string() == target);
        is_provided || task.scope.allows(&RepoPath::from(target))
    };
    let is_for_us = |entry: &ContextEntry| {
        entry.id.starts_with(&of_run) && !entry.id.starts_with(&own) && concerns(entry)
    };
    let entries = hub.entries(Section::Conflicts)?.into_iter().filter(is_for_us);
    Ok(entries.map(|entry| (entry.author, entry.text)).collect())
}

/// Everything in the hub, section by section, as much of it as fits.
pub fn show_context(workspace: &Workspace, budget: Option<u64>) -> anyhow::Result<HubContext> {
    let hub = workspace.require_hub()?.read()?;
    let state = match hub.runs()?.pop() {
        Some(newest) => Some(workspace.require_run(Some(newest.id))?),
        None => None,
    };
    let mut left = budget;
    let mut sections = Vec::new();
    for title in ["architecture", "dependencies", "completions", "interfaces", "conflicts"] {
        sections.push(cut(title, lines(&hub, state.as_ref(), title)?, &mut left));
    }
    Ok(HubContext { sections })
}

/// The entries of a section that fit what is left of the budget.
fn cut(title: &'static str, lines: Vec<String>, left: &mut Option<u64>) -> HubSection {
    let mut section = HubSection { title, entries: Vec::new(), tokens: 0, left_out: 0 };
    for line in lines {
        let cost = estimate_tokens(&line);
        match left {
            Some(left) if *left < cost => section.left_out += 1,
            _ => {
                *left = left.map(|left| left - cost);
                section.tokens += cost;
                section.entries.push(line);
            }
        }
    }
    section
}

/// What people wrote into a section, then what the newest run adds to it.
fn lines(hub: &Snapshot, state: Option<&RunState>, title: &str) -> anyhow::Result<Vec<String>> {
    let mut lines: Vec<String> = match Section::parse(title) {
        Some(section) => {
            hub.entries(section)?.into_iter().map(|entry| format!("{}: {}", entry.id, entry.text)).collect()
        }
        None => hub.interfaces()?.iter().map(interface_line).collect(),
    };
    let Some(state) = state else { return Ok(lines) };
    let run = state.record.id;
    match title {
        "dependencies" => {
            lines.extend(state.graph().arrows().map(|(needed, waiting)| format!("{waiting} needs {needed}")));
        }
        "completions" => {
            let mut completions = hub.completions(run)?;
            // Several may be of one second; then the waves know.
            let wave = |task: &TaskId| state.record.waves.iter().position(|wave| wave.contains(task));
            completions.sort_by_key(|done| (done.time, wave(&done.task)));
            lines.extend(completions.iter().map(|done| format!("{}: {}", done.task, done.summary)));
        }
        "conflicts" => {
            lines
                .extend(hub.conflicts(run)?.iter().map(|found| format!("{}: {}", found.rule, found.message)));
        }
        "interfaces" => lines.extend(provided(state)),
        _ => {}
    }
    Ok(lines)
}

fn interface_line(known: &InterfaceRecord) -> String {
    format!("{} {} = {}", known.kind.word(), known.name, known.text)
}

/// The contracts that handed-off tasks state, with who provides each.
fn provided(state: &RunState) -> Vec<String> {
    let handed_off =
        state.tasks.values().filter(|task| task.tip.is_some() && task.status != Status::Cancelled);
    let lines = handed_off
        .flat_map(|task| task.provides.iter().map(|contract| format!("{contract} ({})", task.task.id)));
    lines.collect()
}

/// The text of an entry: given, or read from a file (`-` is standard input).
pub fn entry_text(
    workspace: &Workspace,
    text: Option<String>,
    file: Option<&Path>,
) -> anyhow::Result<String> {
    match file {
        Some(file) => read_input(workspace, file),
        None => Ok(text.unwrap_or_default()),
    }
}

/// Adds a piece of shared knowledge, in place of one of the same name.
pub fn add_context(workspace: &Workspace, new: &NewEntry<'_>, dry_run: bool) -> anyhow::Result<AddedEntry> {
    let hub = workspace.require_hub()?.read()?;
    let (id, text) = (new.id.trim(), new.text.trim());
    check_entry(id, text)?;
    let subject = format!("{} {id}: added", new.section);
    let replaced = if new.section == INTERFACES {
        let interface = interface(id, text)?;
        let known = hub.interfaces()?;
        if !dry_run {
            workspace.record("context", subject, None, None, |hub| hub.put_interface(&interface))?;
        }
        known.iter().any(|known| (known.kind, &known.name) == (interface.kind, &interface.name))
    } else {
        let section = Section::parse(new.section).ok_or_else(|| unknown_section(new.section))?;
        let (author, time) = (workspace.repo.config("user.name").unwrap_or_default(), workspace.now());
        let entry = ContextEntry { section, id: id.to_owned(), text: text.to_owned(), author, time };
        let known = hub.entries(section)?;
        if !dry_run {
            workspace.record("context", subject, None, None, |hub| hub.put_entry(&entry))?;
        }
        known.iter().any(|known| known.id == id)
    };
    let (section, id) = (new.section.to_owned(), id.to_owned());
    Ok(AddedEntry { section, id, tokens: estimate_tokens(text), replaced, recorded: !dry_run })
}

/// The section whose entries are records of a kind of their own.
const INTERFACES: &str = "interfaces";

/// The longest name of an entry; it becomes a file name in the hub's tree.
const LONGEST_ID: usize = 100;

fn check_entry(id: &str, text: &str) -> anyhow::Result<()> {
    if text.is_empty() {
        return Err(Fault::usage("the text is empty").hint("--text \"…\", or --file FILE").into());
    }
    if id.is_empty() || id.len() > LONGEST_ID || id.chars().any(char::is_control) {
        let message = format!("'{id}' cannot name an entry: write one line of 1 to {LONGEST_ID} bytes");
        return Err(Fault::usage(message).into());
    }
    Ok(())
}

fn interface(id: &str, text: &str) -> Result<InterfaceRecord, Fault> {
    let contract: Contract = id.parse().map_err(|error: ContractError| Fault::usage(error.to_string()))?;
    Ok(InterfaceRecord {
        kind: contract.kind,
        name: contract.name,
        text: text.to_owned(),
        provider: contract.provider,
        run: None,
        path: None,
    })
}

fn unknown_section(word: &str) -> Fault {
    let words = || Section::WORDS.iter().map(|(_, word)| *word).chain([INTERFACES]);
    let fault = Fault::usage(format!("the hub has no section '{word}'"));
    match nearest(word, words()) {
        Some(near) => fault.hint(format!("did you mean '{near}'?")),
        None => fault.hint(format!("use {}", words().collect::<Vec<_>>().join(", "))),
    }
}

/// The last transactions of the hub, newest first.
pub fn context_log(workspace: &Workspace, limit: usize) -> anyhow::Result<HubLog> {
    let entries = workspace.require_hub()?.log(limit)?;
    Ok(HubLog { entries: entries.into_iter().map(|entry| (clock::rfc3339(entry.time), entry)).collect() })
}
