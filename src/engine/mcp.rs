//! The hub as agents ask it: the tools of `git orca mcp`, performed.
//!
//! The server is a child of the agent and is confined like it, so it hands every question to the
//! counter of the attempt, where the conductor answers. Where nobody stands at the counter, because
//! a person or a foreign agent started the server, it answers itself. Each change is a transaction
//! of the hub that is done before the answer is given: clients end a server without a word.

mod checking;
mod performing;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::{Surroundings, Workspace, own_task};
use crate::agent::ask;
use crate::agent::mcp::{
    Asked, Heard, Lines, ToolAnswer, ToolCall, Tools, asked_in_words, described, respond, too_long,
};
use crate::model::{RunId, TaskId};

pub(super) use performing::REQUEST;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller<'a> {
    /// One who works on a task.
    Specialist(RunId, TaskId),
    /// One who plans for orca, which looks for the plan in this directory.
    Orchestrator(&'a Path),
    /// A person, or an agent of theirs.
    Person,
}

/// The plan that an orchestrator hands in, in its run directory.
pub(super) const PLANNED: &str = "planned.toml";

/// Speaks the Model Context Protocol on standard input and `out`, until the input ends.
///
/// `run_dir` is that of the attempt, where orca started the agent.
pub fn serve_mcp(around: &Surroundings, run_dir: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<()> {
    let tools = tools(around, run_dir);
    let mut lines = Lines::default();
    loop {
        let reply = match lines.next(&around.stop) {
            Heard::End => return Ok(()),
            Heard::TooLong(most) => Some(too_long(most)),
            Heard::Line(line) => respond(&line, tools, &mut |asked| answer(around, run_dir, asked)),
        };
        if let Some(reply) = reply {
            out.write_all(reply.as_bytes())?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
    }
}

/// Asks the hub one thing, in the words of a shell; without words it says what there is to ask. Whether it
/// was no refusal.
pub fn ask_hub(
    around: &Surroundings,
    run_dir: Option<&Path>,
    words: &[String],
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let tools = tools(around, run_dir);
    let Some((name, words)) = words.split_first() else {
        out.write_all(described(tools).as_bytes())?;
        return Ok(true);
    };
    let told = match asked_in_words(name, words, tools) {
        Ok(asked) => answer(around, run_dir, &asked),
        Err(complaint) => ToolAnswer::refusal(complaint),
    };
    writeln!(out, "{}", told.text.trim_end())?;
    Ok(!told.is_refusal)
}

/// The tools that make sense for the agent; a server outside of a repository lists them all.
fn tools(around: &Surroundings, run_dir: Option<&Path>) -> Tools {
    let Some(run_dir) = run_dir else { return Tools::All };
    match Workspace::open(around).map(|workspace| caller(&workspace, Some(run_dir))) {
        Ok(Caller::Specialist(..)) => Tools::Specialist,
        Ok(Caller::Orchestrator(_)) => Tools::Orchestrator,
        _ => Tools::All,
    }
}

fn caller<'a>(workspace: &Workspace, run_dir: Option<&'a Path>) -> Caller<'a> {
    match (own_task(workspace), run_dir) {
        (Some((run, task)), _) => Caller::Specialist(run, task),
        (None, Some(run_dir)) => Caller::Orchestrator(run_dir),
        (None, None) => Caller::Person,
    }
}

/// Answers at the counter where somebody stands there, else here.
fn answer(around: &Surroundings, run_dir: Option<&Path>, asked: &Asked) -> ToolAnswer {
    let call = match asked.call() {
        Ok(call) => call,
        Err(complaint) => return ToolAnswer::refusal(complaint),
    };
    match run_dir.map(|run_dir| ask(run_dir, &asked.to_line())) {
        Some(Ok(Some(told))) => {
            return ToolAnswer::from_line(&told)
                .unwrap_or_else(|| ToolAnswer::refusal("orca gave no answer"));
        }
        Some(Err(error)) => return ToolAnswer::refusal(format!("orca cannot be asked: {error}")),
        Some(Ok(None)) | None => {}
    }
    performed(around, call, |workspace| caller(workspace, run_dir))
}

/// Answers a question that came to the counter of a task.
pub(super) fn at_counter(around: &Surroundings, run: RunId, task: &TaskId, question: &str) -> String {
    let answer = match Asked::from_line(question).map(|asked| asked.call()) {
        None => ToolAnswer::refusal("this is no question"),
        Some(Err(complaint)) => ToolAnswer::refusal(complaint),
        Some(Ok(call)) => performed(around, call, |_| Caller::Specialist(run, task.clone())),
    };
    answer.to_line()
}

/// Performs a call; whatever goes wrong is told to the agent and ends nothing.
fn performed<'a>(
    around: &Surroundings,
    call: ToolCall,
    who: impl FnOnce(&Workspace) -> Caller<'a>,
) -> ToolAnswer {
    let work = AssertUnwindSafe(|| {
        let workspace = Workspace::open(around)?;
        performing::perform(&workspace, &who(&workspace), call)
    });
    match catch_unwind(work) {
        Ok(Ok(text)) => ToolAnswer::done(text),
        Ok(Err(error)) => {
            let hints: Vec<String> =
                error.downcast_ref::<super::Fault>().map(|fault| fault.hints.clone()).unwrap_or_default();
            let hints: String = hints.iter().map(|hint| format!("\nhint: {hint}")).collect();
            ToolAnswer::refusal(format!("{error:#}{hints}"))
        }
        Err(_) => ToolAnswer::refusal("git-orca failed on this question; it goes on with the next"),
    }
}
