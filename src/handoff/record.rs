//! A handoff record as a commit message, and back.
//!
//! ```text
//! WebSocket server with room management
//!
//! Orca-Handoff: v1 r7/ws-server/1
//! Orca-Run: r7
//! Orca-Task: ws-server
//! Orca-From: backend-specialist
//! Orca-Time: 2024-11-14T10:30:00Z
//! Orca-Status: complete
//! Orca-Provides: type Operation
//! ```

use super::trailers::{Trailer, TrailerError, split, strict, with_block};
use crate::model::{Contract, ContractError, HandoffRecord, HandoffStatus, IdError, RunId, TaskId};

/// Refuses a message as a handoff.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error(transparent)]
    Trailers(#[from] TrailerError),
    #[error("the handoff has no {0} trailer")]
    Missing(&'static str),
    #[error("the handoff has the {0} trailer twice")]
    Twice(&'static str),
    #[error("{key}: '{value}' is not {expected}")]
    Bad { key: &'static str, value: String, expected: &'static str },
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("bad contract: {0}")]
    Contract(#[from] ContractError),
}

const VERSION: &str = "v1";

/// Writes a record as a commit message. `time` is the record's time in RFC 3339.
pub fn to_message(record: &HandoffRecord, time: &str) -> String {
    let mut lines = Lines(Vec::new());
    lines.one("Orca-Handoff", &format!("{VERSION} {}", record.id));
    lines.one("Orca-Run", &record.run.to_string());
    lines.one("Orca-Task", record.task.as_str());
    lines.one("Orca-From", &record.from);
    lines.each("Orca-To", &record.to);
    lines.one("Orca-Time", time);
    lines.one("Orca-Status", record.status.word());
    lines.each("Orca-Reason", Some(&record.reason).filter(|reason| !reason.is_empty()));
    lines.each("Orca-Provides", &record.provides);
    lines.each("Orca-Consumes", &record.consumes);
    let notes = record.notes.iter().filter(|(_, text)| !text.trim().is_empty());
    lines.each("Orca-Note", notes.map(|(kind, text)| format!("{kind}: {text}")));
    lines.each("Orca-Dependency", &record.dependencies);
    lines.each("Orca-Test", &record.tests);
    lines.each("Orca-Focus", &record.focus);
    lines.each("Orca-Constraint", &record.constraints);
    lines.each("Orca-Budget", record.budget);
    with_block(&safe_summary(record), &lines.0)
}

/// Reads a commit message as a handoff. `read_time` turns RFC 3339 into seconds.
pub fn from_message(
    message: &str,
    read_time: impl Fn(&str) -> Option<i64>,
) -> Result<HandoffRecord, RecordError> {
    let block = Block(strict(message)?);
    let handoff = block.require("Orca-Handoff")?;
    let bad = |key, value: &str, expected| RecordError::Bad { key, value: value.to_owned(), expected };
    let id = handoff
        .strip_prefix(VERSION)
        .map(str::trim)
        .ok_or_else(|| bad("Orca-Handoff", handoff, "'v1 <run>/<task>/<attempt>'"))?;
    let attempt = id.rsplit('/').next().and_then(|digits| digits.parse().ok());
    let attempt = attempt.ok_or_else(|| bad("Orca-Handoff", handoff, "'v1 <run>/<task>/<attempt>'"))?;
    let (run, task) = (RunId::new(block.require("Orca-Run")?)?, TaskId::new(block.require("Orca-Task")?)?);
    if HandoffRecord::id_of(run, &task, attempt) != id {
        return Err(bad("Orca-Handoff", handoff, "the id of its run and task"));
    }
    let time = block.require("Orca-Time")?;
    let status = block.require("Orca-Status")?;
    Ok(HandoffRecord {
        id: id.to_owned(),
        run,
        task,
        attempt,
        from: block.require("Orca-From")?.to_owned(),
        to: block.all("Orca-To"),
        time: read_time(time).ok_or_else(|| bad("Orca-Time", time, "an RFC 3339 time"))?,
        status: HandoffStatus::parse(status)
            .ok_or_else(|| bad("Orca-Status", status, "complete, partial, blocked or terminated"))?,
        reason: block.optional("Orca-Reason")?.unwrap_or_default().to_owned(),
        provides: block.contracts("Orca-Provides")?,
        consumes: block.contracts("Orca-Consumes")?,
        notes: block.all("Orca-Note").iter().map(|note| kind_and_text(note)).collect(),
        dependencies: block.all("Orca-Dependency"),
        tests: block.all("Orca-Test"),
        focus: block.optional("Orca-Focus")?.map(str::to_owned),
        constraints: block.all("Orca-Constraint"),
        budget: match block.optional("Orca-Budget")? {
            Some(digits) => {
                Some(digits.parse().map_err(|_| bad("Orca-Budget", digits, "a number of tokens"))?)
            }
            None => None,
        },
        commit: None,
        summary: split(message).0.to_owned(),
    })
}

/// The prose, with a subject in any case, and with nothing that Git takes for the message's end.
fn safe_summary(record: &HandoffRecord) -> String {
    let line = |line: &str| {
        let plain = line.replace('\r', "");
        if plain == "---" { "- - -".to_owned() } else { plain }
    };
    let summary = record.summary.trim().lines().map(line).collect::<Vec<_>>().join("\n");
    if summary.trim().is_empty() { format!("Hand off {}", record.task) } else { summary }
}

fn kind_and_text(note: &str) -> (String, String) {
    match note.split_once(": ") {
        Some((kind, text)) => (kind.to_owned(), text.to_owned()),
        None => ("note".to_owned(), note.to_owned()),
    }
}

struct Lines(Vec<Trailer>);

impl Lines {
    fn one(&mut self, key: &str, value: &str) {
        self.0.push(Trailer::new(key, value));
    }

    fn each<T: std::fmt::Display>(&mut self, key: &str, values: impl IntoIterator<Item = T>) {
        for value in values {
            self.one(key, &value.to_string());
        }
    }
}

struct Block(Vec<Trailer>);

impl Block {
    fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |found| found.key == key).map(|found| found.value.as_str())
    }

    fn all(&self, key: &str) -> Vec<String> {
        self.values(key).map(str::to_owned).collect()
    }

    fn optional(&self, key: &'static str) -> Result<Option<&str>, RecordError> {
        let mut values = self.values(key);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(RecordError::Twice(key)),
            (value, None) => Ok(value),
        }
    }

    fn require(&self, key: &'static str) -> Result<&str, RecordError> {
        self.optional(key)?.ok_or(RecordError::Missing(key))
    }

    fn contracts(&self, key: &str) -> Result<Vec<Contract>, RecordError> {
        self.values(key).map(|line| line.parse().map_err(RecordError::Contract)).collect()
    }
}

#[cfg(test)]
mod tests;
