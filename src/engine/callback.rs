//! What an agent's own hooks ask: may this be written, what was touched, may the agent end, what
//! should it know.
//!
//! An answer takes milliseconds, because every write waits for it: one record of the hub is read,
//! and no settings. Where a question about a write cannot be answered, the write is refused. All of
//! it is quick feedback; what is handed off is judged again by what Git can prove.

mod lane;
mod touched;

use std::path::{Path, PathBuf};

use self::lane::Lane;
use super::hook::Desk;
use super::mcp::at_counter;
use super::resolver::is_run_dir;
use super::{Surroundings, Workspace};
use crate::agent::ask;
use crate::agent::callback::{Callback, allow, deny, send_back, tell};
use crate::agent::mcp::{Asked, MAY_STOP, ToolAnswer};

/// Why an agent calls back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    BeforeWrite,
    AfterWrite,
    Stop,
    SessionStart,
}

/// One call of an agent's hook.
#[derive(Debug)]
pub struct CallbackCall<'a> {
    pub moment: Moment,
    /// The run directory of the attempt, if orca started the agent.
    pub run_dir: Option<&'a Path>,
    /// What the agent says, as JSON.
    pub said: &'a [u8],
}

impl Moment {
    /// The moment that a hook is named after.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "pre-tool-use" => Some(Self::BeforeWrite),
            "post-tool-use" => Some(Self::AfterWrite),
            "stop" => Some(Self::Stop),
            "session-start" => Some(Self::SessionStart),
            _ => None,
        }
    }
}

/// Answers a hook, in the agent's own form; an empty answer is no opinion.
///
/// Outside the worktree of a task there is nothing to judge, but for an agent that orca started
/// there: that one plans, and writes nothing.
pub fn call_back(around: &Surroundings, call: &CallbackCall<'_>) -> anyhow::Result<String> {
    let desk = Desk::at(&around.dir)?;
    let said = Callback::read(call.said);
    match (call.moment, &desk) {
        (Moment::BeforeWrite, desk) => before_write(around, desk.as_ref(), said.as_ref(), call.run_dir),
        (_, None) => Ok(String::new()),
        (Moment::AfterWrite, Some(desk)) => after_write(around, desk, said.as_ref(), call.run_dir),
        (Moment::Stop, Some(desk)) => stop(around, desk, said.as_ref(), call.run_dir),
        (Moment::SessionStart, Some(desk)) => session_start(around, desk, said.as_ref(), call.run_dir),
    }
}

fn before_write(
    around: &Surroundings,
    desk: Option<&Desk>,
    said: Option<&Callback>,
    run_dir: Option<&Path>,
) -> anyhow::Result<String> {
    let Some(said) = said else { return Ok(deny("git-orca could not read what is to be written")) };
    let Some(writes) = &said.writes else { return Ok(String::new()) };
    let Some(desk) = desk else {
        // What a resolver may write, its agent's own settings say.
        let planner = run_dir.filter(|run_dir| !is_run_dir(run_dir));
        let reason = "you plan, and change nothing: hand the plan in with orca_plan, or print it";
        return Ok(planner.map_or(String::new(), |_| deny(reason)));
    };
    if writes.is_empty() {
        return Ok(deny("git-orca could not find out which file is to be written"));
    }
    let lane = Lane::of(desk, &dir_of(around, said), run_dir)?;
    match writes.iter().find(|path| !lane.allows(path)) {
        None if said.only_writes => Ok(allow()),
        // The rest of the command was not looked at, so that is for the agent's own rules to say.
        None => Ok(String::new()),
        Some(path) => Ok(deny(&format!(
            "'{path}' is outside the scope of task '{}', which may write {}; ask with orca_request_change",
            lane.task,
            lane.scope.patterns().join(", ")
        ))),
    }
}

fn after_write(
    around: &Surroundings,
    desk: &Desk,
    said: Option<&Callback>,
    run_dir: Option<&Path>,
) -> anyhow::Result<String> {
    let Some((said, writes)) = said.and_then(|said| Some((said, said.writes.as_ref()?))) else {
        return Ok(String::new());
    };
    let lane = Lane::of(desk, &dir_of(around, said), run_dir)?;
    let mut warnings = Vec::new();
    for path in writes.iter().filter_map(|path| lane.inside(path)) {
        warnings.extend(touched::look(desk, &path, run_dir)?);
    }
    Ok(if warnings.is_empty() { String::new() } else { tell("PostToolUse", &warnings.join("\n")) })
}

/// The directory that relative paths count from.
fn dir_of(around: &Surroundings, said: &Callback) -> PathBuf {
    said.dir.as_ref().map_or_else(|| around.dir.clone(), PathBuf::from)
}

/// Sends an agent back once; what is still wrong then is for the takeover to judge.
fn stop(
    around: &Surroundings,
    desk: &Desk,
    said: Option<&Callback>,
    run_dir: Option<&Path>,
) -> anyhow::Result<String> {
    if said.is_none_or(|said| said.was_sent_back) {
        return Ok(String::new());
    }
    let question = Asked::own(MAY_STOP).to_line();
    let told = match run_dir.map(|run_dir| ask(run_dir, &question)).transpose()?.flatten() {
        Some(told) => told,
        None => at_counter(around, desk.run, &desk.task, &question),
    };
    match ToolAnswer::from_line(&told) {
        Some(answer) if !answer.is_refusal && !answer.text.is_empty() => {
            Ok(send_back(&format!("Before you end, put this right:\n{}", answer.text)))
        }
        _ => Ok(String::new()),
    }
}

/// Gives an agent its view of the hub. One that begins or goes on with orca's prompt has it already,
/// until its memory is cut.
fn session_start(
    around: &Surroundings,
    desk: &Desk,
    said: Option<&Callback>,
    run_dir: Option<&Path>,
) -> anyhow::Result<String> {
    let is_told = said.is_none_or(|said| matches!(said.source.as_str(), "" | "startup" | "resume"));
    if is_told && run_dir.is_some() {
        return Ok(String::new());
    }
    let workspace = Workspace::open(around)?;
    let state = workspace.require_run(Some(desk.run))?;
    let view = super::context::view_of(&workspace, &state, &desk.task, None)?;
    Ok(tell("SessionStart", &view.text))
}
