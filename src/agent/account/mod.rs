//! Reads what an agent says of its own attempt: tokens, cost, refusals, trouble, its last words.
//!
//! Exit codes lie: agents end with 0 after every write was refused, and some with 0 after an
//! interrupt. What they print tells more, each in its own way; one file per way. Nothing here
//! fails: output that cannot be read says nothing, and Git says what was done.

mod aider;
mod claude;
mod codex;
mod copilot;
mod gemini;
mod opencode;

#[cfg(test)]
mod tests;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde_json::Value;

use super::launch::{Launch, log};
use crate::git::open_plain;
use crate::model::{Account, Ending, Protocol, Trouble, TroubleKind, Usage, printable};

/// Longer lines are somebody's data and no report.
const LONGEST_LINE: u64 = 4 << 20;
/// The most that is kept of an agent's own words.
const MOST_WORDS: usize = 4_000;
/// The most that is kept of its last answer, which may be a plan.
const LONGEST_ANSWER: usize = 1 << 20;
/// The most refusals that are kept by name.
const MOST_DENIALS: usize = 20;

/// What the attempt of a launch says of itself. One that fails before its first turn reports no event;
/// where its last words are about a login, that is its trouble.
pub(super) fn of_launch(launch: &Launch, ending: Ending, last_words: &str) -> Account {
    let Launch { output, log_dir, attempt, resumes, .. } = launch;
    let mut account = of_attempt(*output, log_dir, *attempt, *resumes);
    let failed_at_once =
        matches!(ending, Ending::Exited(1..)) && account.turns == 0 && account.usage.is_none();
    if output.has_answers() && failed_at_once && account.trouble.is_none() {
        let trouble = trouble_of_words(last_words.lines().last().unwrap_or_default());
        account.trouble = Some(trouble).filter(|trouble| trouble.kind == TroubleKind::Login);
    }
    account
}

/// What an attempt that has ended says of itself alone, whatever it goes on with.
pub(super) fn of_attempt(protocol: Protocol, log_dir: &Path, attempt: u32, resumes: bool) -> Account {
    let mut account = of_log(protocol, &log(log_dir, attempt, "out"));
    if account.counts_session && resumes && attempt > 1 {
        let earlier = of_log(protocol, &log(log_dir, attempt - 1, "out"));
        if earlier.session == account.session {
            account.usage = account.usage.map(|usage| usage.since(earlier.usage.unwrap_or_default()));
            let before = earlier.cost_micros.unwrap_or(0);
            account.cost_micros = account.cost_micros.map(|cost| cost.saturating_sub(before));
        }
    }
    account
}

/// Reads the log of an attempt's standard output. A log that is not there says nothing.
fn of_log(protocol: Protocol, log: &Path) -> Account {
    match open_plain(log) {
        Ok(file) => read(protocol, BufReader::new(file)),
        Err(_) => Account::default(),
    }
}

fn read(protocol: Protocol, mut log: impl std::io::BufRead) -> Account {
    let mut reader = Reader::of(protocol);
    let mut line = Vec::new();
    loop {
        line.clear();
        match log.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return reader.end(),
            Ok(_) => reader.line(&String::from_utf8_lossy(&line)),
        }
    }
}

/// One way of speaking, with what was said so far.
enum Reader {
    Silent,
    Events(fn(&mut Account, &Value), Account),
    Claude(claude::Reader),
    Text(fn(&mut Account, &str), Account),
}

impl Reader {
    fn of(protocol: Protocol) -> Self {
        let nothing = Account::default();
        match protocol {
            Protocol::None => Self::Silent,
            Protocol::Claude => Self::Claude(claude::Reader::default()),
            Protocol::Codex => Self::Events(codex::event, nothing),
            Protocol::Gemini => Self::Events(gemini::event, nothing),
            Protocol::Opencode => Self::Events(opencode::event, nothing),
            Protocol::Copilot => Self::Events(copilot::event, nothing),
            Protocol::Aider => Self::Text(aider::line, nothing),
        }
    }

    fn line(&mut self, line: &str) {
        match self {
            Self::Silent => {}
            Self::Text(read, account) => read(account, line.trim_end()),
            Self::Events(read, account) => event_in(line).into_iter().for_each(|event| read(account, &event)),
            Self::Claude(reader) => event_in(line).into_iter().for_each(|event| reader.event(&event)),
        }
    }

    fn end(self) -> Account {
        match self {
            Self::Silent => Account::default(),
            Self::Text(_, account) | Self::Events(_, account) => account,
            Self::Claude(reader) => reader.end(),
        }
    }
}

/// The event of a line; the order of its keys means nothing.
fn event_in(line: &str) -> Option<Value> {
    serde_json::from_str(line.trim()).ok().filter(Value::is_object)
}

/// The text below a path of keys, or an empty one.
fn text<'v>(event: &'v Value, path: &[&str]) -> &'v str {
    below(event, path).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number below a path of keys, or 0.
fn number(event: &Value, path: &[&str]) -> u64 {
    below(event, path).and_then(Value::as_u64).unwrap_or(0)
}

/// A sum of dollars as millionths.
fn micros(dollars: &Value) -> Option<u64> {
    dollars
        .as_f64()
        .filter(|dollars| (0.0..1e9).contains(dollars))
        .map(|dollars| (dollars * 1e6).round() as u64)
}

fn below<'v>(event: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(event, |value, key| value.get(key))
}

/// An agent's words, safe for a terminal and not endless.
fn words(text: &str) -> String {
    printable(text.trim()).chars().take(MOST_WORDS).collect()
}

/// An agent's answer, safe for a terminal and whole.
fn answer(text: &str) -> String {
    printable(text.trim()).chars().take(LONGEST_ANSWER).collect()
}

/// Adds a piece of an answer that comes in many.
fn add_to_answer(account: &mut Account, piece: &str) {
    if account.answer.len() + piece.len() <= LONGEST_ANSWER {
        account.answer.push_str(&printable(piece));
    }
}

/// Trouble with the service behind an agent, by the status it answered with.
fn trouble_of_status(status: u64, said: &str) -> Trouble {
    let kind = match status {
        401 | 403 => TroubleKind::Login,
        429 | 529 => TroubleKind::RateLimit,
        _ => TroubleKind::Service,
    };
    Trouble { kind, words: words(said) }
}

/// Trouble of which an agent gives only words; the status stands in them where there is one.
fn trouble_of_words(said: &str) -> Trouble {
    let lower = said.to_lowercase();
    let has = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    let status =
        if has(&["401", "403", "unauthorized", "api key", "authenticat", "auth method", "log in", "login"]) {
            401
        } else if has(&["429", "529", "rate limit", "rate-limit", "overloaded", "quota"]) {
            429
        } else {
            500
        };
    trouble_of_status(status, said)
}

fn add_usage(account: &mut Account, more: Usage) {
    account.usage.get_or_insert_default().add(more);
}

fn deny(account: &mut Account, what: &str) {
    if account.denials.len() < MOST_DENIALS {
        account.denials.push(words(what));
    }
}
