//! A stand-in for the services behind coding agents, on the loopback device alone.
//!
//! It speaks what the agents need of the Messages, the Responses and Gemini's protocol. What it
//! answers is a function of the request alone, never of what was asked before, so that retries and
//! any number of agents at once are answered alike. Requests without tools are an agent's asides,
//! such as titles; they are answered with a word and cost nothing.

mod gemini;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// Tokens that every answer costs.
pub(crate) const INPUT: u64 = 1_000;
pub(crate) const OUTPUT: u64 = 100;

/// What an agent asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// How large the request was.
    pub(crate) bytes: usize,
    /// How often the model has answered with tools in this conversation.
    pub(crate) turn: usize,
    /// Everything that was said in the conversation.
    pub(crate) text: String,
    /// What the last tool, or the user, said.
    pub(crate) last: String,
    /// How often this very conversation, up to here, was asked about.
    pub(crate) times: usize,
}

/// What the model answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// The work is done.
    Say(String),
    /// Tools by name, each with its input.
    Use(Vec<(String, Value)>),
    /// The service answers with this status.
    Status(u16),
    /// The answer begins and goes silent.
    Silence,
}

pub(crate) fn say(text: &str) -> Answer {
    Answer::Say(text.to_owned())
}

pub(crate) fn tool(name: &str, input: Value) -> Answer {
    Answer::Use(vec![(name.to_owned(), input)])
}

impl Asked {
    /// The task that the prompt is about.
    pub(crate) fn task(&self) -> String {
        let before = self.text.split("` of run r1)").next().unwrap_or_default();
        before.rsplit('`').next().unwrap_or_default().to_owned()
    }
}

type Script = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A service that runs as long as this value lives.
pub(crate) struct Model {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    script: Box<Script>,
    asked: Mutex<Vec<Asked>>,
    times: Mutex<BTreeMap<String, usize>>,
    is_over: AtomicBool,
}

impl Model {
    pub(crate) fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            script: Box::new(script),
            asked: Mutex::default(),
            times: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&serving);
                // Whoever hangs up in the middle was killed, which is what some tests are about.
                std::thread::spawn(move || shared.serve(&stream).unwrap_or_default());
            }
        });
        Self { port, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every request that was no aside, in the order they came.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// One request of HTTP.
struct Request {
    method: String,
    path: String,
    wants_upgrade: bool,
    body: Vec<u8>,
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some(request) = Request::read(&mut reader)? {
            let mut out = stream;
            if request.wants_upgrade {
                return reply(&mut out, 426, &json!({"error": {"message": "no sockets here"}}));
            }
            if request.method != "POST" {
                reply(
                    &mut out,
                    200,
                    &json!({"object": "list", "data": [], "models": [], "has_more": false}),
                )?;
                continue;
            }
            let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            match request.path.split('?').next().unwrap_or_default() {
                path if path.ends_with("/count_tokens") => {
                    reply(&mut out, 200, &json!({"input_tokens": request.body.len() / 4}))?;
                }
                path if path.ends_with("/messages") => {
                    return self.messages(&mut out, &body, request.body.len());
                }
                path if path.ends_with("/responses") => {
                    return self.responses(&mut out, &body, request.body.len());
                }
                path if path.ends_with(":streamGenerateContent") => {
                    return self.gemini(&mut out, &body, request.body.len());
                }
                _ => reply(&mut out, 200, &json!({}))?,
            }
        }
        Ok(())
    }

    fn answer(&self, mut asked: Asked) -> Answer {
        let mut times = self.times.lock().unwrap();
        let known = times.entry(format!("{}\n{}", asked.text, asked.turn)).or_default();
        *known += 1;
        asked.times = *known;
        drop(times);
        let answer = (self.script)(&asked);
        self.asked.lock().unwrap().push(asked);
        answer
    }

    /// The Messages protocol.
    fn messages(&self, out: &mut impl Write, body: &Value, bytes: usize) -> std::io::Result<()> {
        let is_aside = body["tools"].as_array().is_none_or(Vec::is_empty);
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        let turn = messages.iter().filter(|message| message["role"] == "assistant").count();
        let mut texts: Vec<String> = vec![text_of(&body["system"])];
        texts.extend(messages.iter().map(|message| text_of(&message["content"])));
        let answer = match is_aside {
            true => say("a title"),
            false => self.answer(asked(bytes, turn, &texts)),
        };
        let mut blocks = Vec::new();
        match answer {
            Answer::Status(status) => {
                let error = json!({"type": "error", "error": {"type": "scripted_error", "message": "as scripted"}});
                return reply(out, status, &error);
            }
            Answer::Silence => {}
            Answer::Say(ref text) => blocks.push(json!({"type": "text", "text": text})),
            Answer::Use(ref tools) => blocks.extend(tools.iter().enumerate().map(|(number, (name, input))| {
                json!({"type": "tool_use", "id": format!("toolu_{turn}_{number}"), "name": name, "input": input})
            })),
        }
        let stop = if matches!(answer, Answer::Use(_)) { "tool_use" } else { "end_turn" };
        let (input, output) = if is_aside { (0, 0) } else { (INPUT, OUTPUT) };
        let usage = json!({"input_tokens": input, "output_tokens": output, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0});
        let message = json!({"id": format!("msg_{turn}"), "type": "message", "role": "assistant", "model": body["model"], "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage});
        if body["stream"] != true {
            let mut whole = message;
            whole["content"] = blocks.into();
            whole["stop_reason"] = stop.into();
            return reply(out, 200, &whole);
        }
        begin_stream(out)?;
        event(out, json!({"type": "message_start", "message": message}))?;
        if matches!(answer, Answer::Silence) {
            return keep_silent(out);
        }
        for (index, block) in blocks.into_iter().enumerate() {
            let (start, delta) = match block["type"] == "text" {
                true => (
                    json!({"type": "text", "text": ""}),
                    json!({"type": "text_delta", "text": block["text"]}),
                ),
                false => {
                    let delta =
                        json!({"type": "input_json_delta", "partial_json": block["input"].to_string()});
                    let mut start = block;
                    start["input"] = json!({});
                    (start, delta)
                }
            };
            event(out, json!({"type": "content_block_start", "index": index, "content_block": start}))?;
            event(out, json!({"type": "content_block_delta", "index": index, "delta": delta}))?;
            event(out, json!({"type": "content_block_stop", "index": index}))?;
        }
        let delta = json!({"stop_reason": stop, "stop_sequence": null});
        event(out, json!({"type": "message_delta", "delta": delta, "usage": usage}))?;
        event(out, json!({"type": "message_stop"}))
    }

    /// The Responses protocol.
    fn responses(&self, out: &mut impl Write, body: &Value, bytes: usize) -> std::io::Result<()> {
        let input = body["input"].as_array().cloned().unwrap_or_default();
        let is_output =
            |item: &&Value| item["type"].as_str().is_some_and(|kind| kind.ends_with("_call_output"));
        let turn = input.iter().filter(is_output).count();
        let mut texts = vec![text_of(&body["instructions"])];
        texts.extend(input.iter().map(|item| text_of(&item["content"]) + &text_of(&item["output"])));
        let is_aside = body["tools"].as_array().is_none_or(Vec::is_empty);
        let answer = if is_aside { say("a title") } else { self.answer(asked(bytes, turn, &texts)) };
        let items: Vec<Value> = match &answer {
            Answer::Status(status) => {
                return reply(
                    out,
                    *status,
                    &json!({"error": {"message": "as scripted", "type": "scripted"}}),
                );
            }
            Answer::Silence => Vec::new(),
            Answer::Say(text) => vec![
                json!({"type": "message", "role": "assistant", "id": "msg_1", "status": "completed", "content": [{"type": "output_text", "text": text, "annotations": []}]}),
            ],
            Answer::Use(tools) => tools
                .iter()
                .enumerate()
                .map(|(number, (name, input))| codex_call(turn, number, name, input))
                .collect(),
        };
        let id = format!("resp_{turn}");
        begin_stream(out)?;
        event(out, json!({"type": "response.created", "response": {"id": id, "status": "in_progress"}}))?;
        if matches!(answer, Answer::Silence) {
            return keep_silent(out);
        }
        for (index, item) in items.iter().enumerate() {
            event(out, json!({"type": "response.output_item.added", "output_index": index, "item": item}))?;
            event(out, json!({"type": "response.output_item.done", "output_index": index, "item": item}))?;
        }
        let usage = json!({"input_tokens": INPUT, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": OUTPUT, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": INPUT + OUTPUT});
        event(
            out,
            json!({"type": "response.completed", "response": {"id": id, "status": "completed", "model": body["model"], "output": items, "usage": usage}}),
        )
    }
}

/// A call of a tool; `server__tool` of the hub's names is one of its namespace.
fn codex_call(turn: usize, number: usize, name: &str, input: &Value) -> Value {
    let id = format!("{turn}_{number}");
    let mut item = json!({"type": "function_call", "id": format!("fc_{id}"), "call_id": format!("call_{id}"), "name": name, "arguments": input.to_string(), "status": "completed"});
    if let Some(tool) = name.strip_prefix("mcp__orca__") {
        item["name"] = tool.into();
        item["namespace"] = "mcp__orca".into();
    }
    item
}

fn asked(bytes: usize, turn: usize, texts: &[String]) -> Asked {
    let text = texts.join("\n");
    let last = texts.last().cloned().unwrap_or_default();
    Asked { bytes, turn, text, last, times: 0 }
}

/// The text of some content, whatever it is wrapped in.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        Value::Object(part) => match (part.get("text"), part.get("content")) {
            (Some(text), _) => text_of(text),
            (None, Some(content)) => text_of(content),
            (None, None) => String::new(),
        },
        _ => String::new(),
    }
}

impl Request {
    /// Reads the next request; none when the client has hung up.
    fn read(reader: &mut BufReader<&TcpStream>) -> std::io::Result<Option<Self>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let mut body = Vec::new();
        if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            read_chunks(reader, &mut body)?;
        } else if let Some(length) = headers.get("content-length").and_then(|length| length.parse().ok()) {
            reader.take(length).read_to_end(&mut body)?;
        }
        Ok(Some(Self { method, path, wants_upgrade: headers.contains_key("upgrade"), body }))
    }
}

fn read_chunks(reader: &mut BufReader<&TcpStream>, body: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = u64::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16).unwrap_or(0);
        reader.by_ref().take(size).read_to_end(body)?;
        reader.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn reply(out: &mut impl Write, status: u16, body: &Value) -> std::io::Result<()> {
    let body = body.to_string();
    let length = body.len();
    write!(
        out,
        "HTTP/1.1 {status} As-Scripted\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )?;
    out.flush()
}

fn begin_stream(out: &mut impl Write) -> std::io::Result<()> {
    write!(out, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
}

fn event(out: &mut impl Write, event: Value) -> std::io::Result<()> {
    write!(out, "event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())?;
    out.flush()
}

/// Keeps the connection open until the client is gone: every write to it is a comment.
fn keep_silent(out: &mut impl Write) -> std::io::Result<()> {
    std::thread::sleep(Duration::from_secs(60));
    out.flush()
}
