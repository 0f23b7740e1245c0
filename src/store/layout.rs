//! Where each record stands in the hub's tree.
//!
//! People read these paths (`git show refs/orca/hub:runs/r1/tasks/types.toml`), so they stay as
//! they are.

use std::fmt::Write as _;

use crate::model::{ContractKind, RunId, Section, TaskId};

/// The ref that holds the hub.
pub(super) const HUB_REF: &str = "refs/orca/hub";

pub(super) const MANIFEST: &str = "orca.toml";
pub(super) const RUNS: &str = "runs";
pub(super) const INTERFACES: &str = "interfaces";

pub(super) fn run(run: RunId) -> String {
    format!("{RUNS}/{run}/run.toml")
}

/// A directory of a run: `tasks`, `handoffs`, `completions`, `conflicts`, `waves`, `attempts`.
pub(super) fn in_run(run: RunId, kind: &str) -> String {
    format!("{RUNS}/{run}/{kind}")
}

pub(super) fn task(run: RunId, task: &TaskId) -> String {
    format!("{RUNS}/{run}/tasks/{task}.toml")
}

/// The move of the integration branch that is under way.
pub(super) fn landing(run: RunId) -> String {
    format!("{RUNS}/{run}/landing.toml")
}

pub(super) fn wave(run: RunId, number: u32) -> String {
    format!("{RUNS}/{run}/waves/{number}.toml")
}

/// The number is the last component of the handoff's id.
pub(super) fn handoff(run: RunId, task: &TaskId, id: &str) -> String {
    let number = id.rsplit_once('/').map_or(id, |(_, number)| number);
    format!("{RUNS}/{run}/handoffs/{task}-{}.toml", file_name(number))
}

/// What an agent says of an attempt that has not ended yet.
pub(super) fn statement(run: RunId, task: &TaskId, number: u32) -> String {
    format!("{RUNS}/{run}/statements/{task}-{number}.toml")
}

pub(super) fn attempt(run: RunId, task: &TaskId, number: u32) -> String {
    format!("{RUNS}/{run}/attempts/{task}-{number}.toml")
}

pub(super) fn completion(run: RunId, task: &TaskId) -> String {
    format!("{RUNS}/{run}/completions/{task}.toml")
}

pub(super) fn conflict(run: RunId, fingerprint: &str) -> String {
    format!("{RUNS}/{run}/conflicts/{}.toml", file_name(fingerprint))
}

/// A type and a table may share a name, so the kind is part of the file's.
pub(super) fn interface(kind: ContractKind, name: &str) -> String {
    format!("{INTERFACES}/{}.{}.toml", kind.word(), file_name(name))
}

pub(super) fn entry(section: Section, id: &str) -> String {
    format!("{}/{}.toml", section.word(), file_name(id))
}

/// Makes any text a safe file name: everything but `[A-Za-z0-9._-]` becomes `%XX`, and so does a
/// leading dot. Different texts stay different.
fn file_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for (position, byte) in text.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if plain || (byte == b'.' && position > 0) {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_distinct() {
        let path = |name| interface(ContractKind::Http, name);
        assert_eq!(path("GET /documents/:id"), "interfaces/http.GET%20%2Fdocuments%2F%3Aid.toml");
        assert_eq!(entry(Section::Architecture, "../x"), "architecture/%2E.%2Fx.toml");
        assert_eq!(entry(Section::Architecture, ".git"), "architecture/%2Egit.toml");
        assert_ne!(path("a%20b"), path("a b"));
        assert_eq!(
            handoff(RunId::FIRST, &TaskId::new("ws").unwrap(), "r1/ws/2"),
            "runs/r1/handoffs/ws-2.toml"
        );
    }
}
