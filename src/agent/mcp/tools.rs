//! The tools of the hub: what each is called, takes and means.

use std::fmt::Write as _;

use serde_json::Value;

use super::arguments::Arguments;
use crate::model::{Contract, ContractError, HandoffNotes, HandoffStatus};

/// Whose tools they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tools {
    All,
    /// Of one who works on a task.
    Specialist,
    /// Of one who plans.
    Orchestrator,
}

/// A tool with what it is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolCall {
    Task {
        task: Option<String>,
    },
    Context {
        kind: Option<String>,
        names: Vec<String>,
        max_tokens: Option<u64>,
    },
    Check,
    Publish(Interface),
    Request {
        target: String,
        reason: String,
        proposal: String,
    },
    Handoff(HandoffNotes),
    Plan(PlanText),
    /// What speaks against an agent that wants to end; asked by orca's own hook.
    MayStop,
}

/// An interface as an agent states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    pub contract: Contract,
    pub path: Option<String>,
    pub is_breaking: bool,
}

/// A plan in the form of a plan file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanText(pub String);

const LIST: &str = include_str!("../../../templates/mcp/tools.json");
const PLAN: &str = "orca_plan";
/// The tools of one who plans.
const FOR_PLANNING: [&str; 3] = ["orca_task", "orca_context", PLAN];

/// The question of orca's own hook; no client can ask it.
pub(in crate::agent) const MAY_STOP: &str = "may_stop";

/// The tools as a client is told of them.
pub(super) fn list(tools: Tools) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(LIST).unwrap_or_default();
    let name = |tool: &Value| tool["name"].as_str().unwrap_or_default().to_owned();
    all.into_iter().filter(|tool| is_for(&name(tool), tools)).collect()
}

/// Whether a client may call a tool.
pub(super) fn is_known(name: &str, tools: Tools) -> bool {
    list(tools).iter().any(|tool| tool["name"] == name)
}

fn is_for(name: &str, tools: Tools) -> bool {
    match tools {
        Tools::All => true,
        Tools::Specialist => name != PLAN,
        Tools::Orchestrator => FOR_PLANNING.contains(&name),
    }
}

/// Reads the arguments of a tool.
pub(super) fn read(name: &str, arguments: &Value) -> Result<ToolCall, String> {
    if !matches!(arguments, Value::Object(_) | Value::Null) {
        return Err("the arguments must be an object".to_owned());
    }
    let given = Arguments(arguments);
    Ok(match name {
        "orca_task" => ToolCall::Task { task: given.text("task")? },
        "orca_context" => ToolCall::Context {
            kind: given.text("kind")?,
            names: given.texts("names")?,
            max_tokens: given.number("max_tokens")?,
        },
        "orca_check" => ToolCall::Check,
        "orca_publish_interface" => ToolCall::Publish(interface(&given)?),
        "orca_request_change" => ToolCall::Request {
            target: given.require("target")?,
            reason: given.require("reason")?,
            proposal: given.text("proposal")?.unwrap_or_default(),
        },
        "orca_handoff" => ToolCall::Handoff(handoff(&given)?),
        PLAN => ToolCall::Plan(plan(arguments)?),
        MAY_STOP => ToolCall::MayStop,
        _ => return Err(format!("there is no tool '{name}'")),
    })
}

fn interface(given: &Arguments<'_>) -> Result<Interface, String> {
    let (kind, name) = (given.require("kind")?, given.require("name")?);
    let kind = if kind == "endpoint" { "http" } else { &kind };
    let contract = contract(&format!("{kind} {name}"))?;
    let text = Some(given.require("signature")?);
    Ok(Interface {
        contract: Contract { text, ..contract },
        path: given.text("path")?,
        is_breaking: given.flag("breaking")?,
    })
}

fn contract(line: &str) -> Result<Contract, String> {
    line.parse().map_err(|error: ContractError| error.to_string())
}

fn handoff(given: &Arguments<'_>) -> Result<HandoffNotes, String> {
    let word = given.require("status")?;
    let status =
        HandoffStatus::said(&word).ok_or(format!("status: '{word}' is not done, partial or blocked"))?;
    let said = given.below("notes")?;
    let mut notes = Vec::new();
    for kind in ["critical", "optimization", "limitation"] {
        notes.extend(said.texts(kind)?.into_iter().map(|text| (kind.to_owned(), text)));
    }
    let interfaces = given.texts("interfaces")?;
    Ok(HandoffNotes {
        status,
        summary: given.require("summary")?,
        provides: interfaces.iter().map(|line| contract(line.trim())).collect::<Result<_, _>>()?,
        notes,
        dependencies: given.texts("dependencies")?,
        tests: given.texts("test_requirements")?,
    })
}

/// Writes the tasks as a plan file, where all that is wrong with them will be found at once.
fn plan(arguments: &Value) -> Result<PlanText, String> {
    let request = Arguments(arguments).text("request")?.unwrap_or_else(|| "a request".to_owned());
    let mut text = format!("version = 1\nrequest = {}\n", quoted(&request));
    let tasks = arguments.get("tasks").and_then(Value::as_array).ok_or("'tasks' must be a list of tasks")?;
    for task in tasks {
        let Some(keys) = task.as_object() else { return Err("each task must be an object".to_owned()) };
        text.push_str("\n[[task]]\n");
        for (key, value) in keys {
            // What other tools call the role.
            let key = if key == "agent" { "specialist" } else { key.as_str() };
            let value = plan_value(key, value)?;
            _ = writeln!(text, "{} = {value}", quoted(key));
        }
    }
    Ok(PlanText(text))
}

/// A value of a task in TOML: lists hold texts, and a text alone is a list of one where lists stand.
fn plan_value(key: &str, value: &Value) -> Result<String, String> {
    let is_list = ["scope", "after", "provides", "consumes", "acceptance"].contains(&key);
    match value {
        Value::String(text) if is_list => Ok(format!("[{}]", quoted(text))),
        Value::String(text) => Ok(quoted(text)),
        Value::Number(number) if number.is_u64() => Ok(number.to_string()),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<String> = items.iter().filter_map(Value::as_str).map(quoted).collect();
            Ok(format!("[{}]", items.join(", ")))
        }
        Value::Null if is_list => Ok("[]".to_owned()),
        _ => Err(format!("'{key}' of a task must be a text, a number or a list of texts")),
    }
}

/// A string of JSON, which is one of TOML too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
