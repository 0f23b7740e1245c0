//! The Model Context Protocol as far as tools need it: JSON-RPC 2.0, one message a line.
//!
//! Nothing that a client sends ends the conversation. A line that is no JSON, a request that is
//! none, a method nobody knows: each has an answer, and notifications have none. Clients try newer
//! handshakes before the one they fall back to, so an unknown method is an everyday thing.

mod arguments;
mod lines;
mod tools;
mod words;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

pub use lines::{Heard, Lines};
pub use tools::{Interface, PlanText, ToolCall, Tools};
pub use words::{asked_in_words, described};

/// The question whether an agent may end, which orca's own hook asks.
pub const MAY_STOP: &str = tools::MAY_STOP;

/// The version that is offered to a client whose own is unknown here.
const NEWEST: &str = "2025-11-25";
/// Versions whose tools are the same as those of the newest.
const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", NEWEST];

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;

/// A tool that was asked for, not looked at yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    name: String,
    arguments: Value,
}

/// What a tool came to, in words for the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolAnswer {
    pub text: String,
    /// Whether the call was wrong, or failed.
    pub is_refusal: bool,
}

/// Answers one line; none where there is nothing to answer. `perform` runs the tools.
pub fn respond(line: &[u8], tools: Tools, perform: &mut dyn FnMut(&Asked) -> ToolAnswer) -> Option<String> {
    let Ok(message) = serde_json::from_slice::<Value>(line) else {
        return Some(error(&Value::Null, PARSE_ERROR, "this line is no JSON").to_string());
    };
    match message {
        Value::Array(batch) if batch.is_empty() => {
            Some(error(&Value::Null, INVALID_REQUEST, "an empty batch asks for nothing").to_string())
        }
        Value::Array(batch) => {
            let answers: Vec<Value> =
                batch.iter().filter_map(|message| answer(message, tools, perform)).collect();
            (!answers.is_empty()).then(|| Value::from(answers).to_string())
        }
        message => answer(&message, tools, perform).map(|answer| answer.to_string()),
    }
}

/// The answer to a line that was too long to be kept.
pub fn too_long(most: usize) -> String {
    error(&Value::Null, PARSE_ERROR, &format!("this line has more than {most} bytes")).to_string()
}

fn answer(message: &Value, tools: Tools, perform: &mut dyn FnMut(&Asked) -> ToolAnswer) -> Option<Value> {
    let id = message.get("id");
    let Some(method) = message.get("method").and_then(Value::as_str) else {
        // An answer to a question that was never asked.
        let is_answer = message.get("result").is_some() || message.get("error").is_some();
        let known = id.filter(|id| id.is_string() || id.is_number()).unwrap_or(&Value::Null);
        return (!is_answer).then(|| error(known, INVALID_REQUEST, "this is no request: it has no method"));
    };
    let id = id?;
    let nothing = Value::Null;
    let params = message.get("params").unwrap_or(&nothing);
    Some(match method {
        "initialize" => result(id, initialized(params)),
        "ping" => result(id, json!({})),
        "tools/list" => result(id, json!({ "tools": tools::list(tools) })),
        "tools/call" => call(id, params, tools, perform),
        _ => error(id, METHOD_NOT_FOUND, &format!("there is no method '{}'", brief(method))),
    })
}

fn initialized(params: &Value) -> Value {
    let wanted = params.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
    let version = VERSIONS.into_iter().find(|known| *known == wanted).unwrap_or(NEWEST);
    json!({
        "protocolVersion": version,
        "capabilities": { "tools": {} },
        "serverInfo": { "name": "git-orca", "version": env!("CARGO_PKG_VERSION") },
    })
}

fn call(id: &Value, params: &Value, tools: Tools, perform: &mut dyn FnMut(&Asked) -> ToolAnswer) -> Value {
    let Some(name) = params.get("name").and_then(Value::as_str) else {
        return error(id, INVALID_PARAMS, "tools/call needs the name of a tool");
    };
    if !tools::is_known(name, tools) {
        return error(id, INVALID_PARAMS, &format!("there is no tool '{}'", brief(name)));
    }
    let arguments = params.get("arguments").cloned().unwrap_or(Value::Null);
    let done = perform(&Asked { name: name.to_owned(), arguments });
    result(id, json!({ "content": [{ "type": "text", "text": done.text }], "isError": done.is_refusal }))
}

fn result(id: &Value, result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn error(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

/// A foreign word, not longer than an answer should be.
fn brief(word: &str) -> String {
    word.chars().take(80).collect()
}

impl Asked {
    /// A question that no agent asks, but orca itself.
    pub fn own(name: &str) -> Self {
        Self { name: name.to_owned(), arguments: Value::Null }
    }

    /// What is asked, once it is understood; else what is wrong with it.
    pub fn call(&self) -> Result<ToolCall, String> {
        tools::read(&self.name, &self.arguments)
    }

    /// One line, for whoever may do what this process may not.
    pub fn to_line(&self) -> String {
        json!({ "name": self.name, "arguments": self.arguments }).to_string()
    }

    /// Reads such a line.
    pub fn from_line(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let name = value.get("name")?.as_str()?.to_owned();
        Some(Self { name, arguments: value.get("arguments").cloned().unwrap_or(Value::Null) })
    }
}

impl ToolAnswer {
    pub fn done(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_refusal: false }
    }

    pub fn refusal(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_refusal: true }
    }

    /// One line, for the process that asked.
    pub fn to_line(&self) -> String {
        json!({ "text": self.text, "is_refusal": self.is_refusal }).to_string()
    }

    /// Reads such a line.
    pub fn from_line(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = value.get("text")?.as_str()?.to_owned();
        Some(Self { text, is_refusal: value.get("is_refusal")?.as_bool()? })
    }
}
