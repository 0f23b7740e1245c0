//! One task started or stopped.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Show, style};
use crate::engine::{Started, Stopped};
use crate::model::Status;

impl Show for Started {
    const KIND: &'static str = "start";

    fn json(&self) -> Value {
        json!({
            "run": self.run.to_string(),
            "task": self.task.task.id.as_str(),
            "status": self.task.status.word(),
            "by_hand": self.by_hand,
            "worktree": self.worktree,
            "branch": self.branch,
            "prompt": self.prompt,
            "handoff": self.task.tip.map(|tip| tip.to_string()),
            "reason": self.task.reason,
            "dry_run": self.dry_run,
        })
    }

    fn text(&self) -> String {
        let (id, worktree) = (&self.task.task.id, self.worktree.display());
        let mut out = String::new();
        match (self.dry_run, self.by_hand, self.task.status) {
            (true, true, _) => _ = writeln!(out, "'{id}' would be made ready for a person in {worktree}"),
            (true, false, _) => _ = writeln!(out, "an agent would be started for '{id}' in {worktree}"),
            (false, true, _) => {
                _ = writeln!(out, "{} {worktree}", style::good("worktree:"));
                _ = writeln!(out, "{} {}", style::good("prompt:  "), self.prompt.display());
                _ = writeln!(out, "next: work there, then 'git orca handoff' in it");
            }
            (false, false, Status::HandedOff) => {
                _ = writeln!(out, "next: 'git orca run{}' checks and merges it", self.flag);
            }
            (false, false, status) => {
                let reason = style::foreign(self.task.reason.lines().next().unwrap_or_default());
                _ = writeln!(out, "'{id}' is {} {reason}", status.word());
            }
        }
        out
    }
}

impl Show for Stopped {
    const KIND: &'static str = "stop";

    fn json(&self) -> Value {
        json!({
            "run": self.run.to_string(),
            "task": self.task.task.id.as_str(),
            "status": self.task.status.word(),
            "hold": self.task.hold.map(crate::model::Hold::word),
            "reason": self.task.reason,
            "dry_run": self.dry_run,
        })
    }

    fn text(&self) -> String {
        let id = &self.task.task.id;
        if self.dry_run {
            return format!("'{id}', which is {}, would be stopped\n", self.task.status.word());
        }
        if self.task.hold.is_none() {
            return format!("'{id}' will be stopped before an agent is started for it\n");
        }
        let (reason, flag) = (style::foreign(&self.task.reason), &self.flag);
        format!("'{id}' was {reason}\nnext: 'git orca start {id}{flag}' goes on, with --manual by hand\n")
    }
}
