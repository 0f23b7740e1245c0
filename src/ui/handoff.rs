//! Handoffs: handed in, listed, shown.

use serde_json::{Value, json};

use super::task::field;
use super::{Show, style};
use crate::engine::{HandIn, HandoffDetail, HandoffList};
use crate::model::{Contract, HandoffRecord, RepoPath, Status};

impl Show for HandIn {
    const KIND: &'static str = "handoff";

    fn json(&self) -> Value {
        let paths =
            |paths: &[RepoPath]| paths.iter().map(|path| path.to_text().into_owned()).collect::<Vec<_>>();
        json!({
            "run": self.run.to_string(),
            "task": self.task.task.id.as_str(),
            "status": self.task.status.word(),
            "commit": self.task.tip.filter(|_| !self.dry_run).map(|tip| tip.to_string()),
            "files": paths(&self.files),
            "outside": paths(&self.outside),
            "feedback": self.task.feedback,
            "dry_run": self.dry_run,
        })
    }

    fn text(&self) -> String {
        let id = &self.task.task.id;
        if self.dry_run {
            let mut out = format!("'{id}' would hand off:\n");
            out.extend(self.files.iter().map(|path| format!("  {path}\n")));
            if !self.outside.is_empty() {
                out.push_str("outside its scope, and would be set aside:\n");
                out.extend(self.outside.iter().map(|path| format!("  {path}\n")));
            }
            return out;
        }
        if self.task.status == Status::HandedOff {
            return format!("next: 'git orca run{}' checks and merges it\n", self.flag);
        }
        let mut out = format!("{} '{id}' cannot go on like this:\n", style::warn("sent back:"));
        out.extend(
            self.task
                .feedback
                .iter()
                .map(|reason| format!("  {}\n", style::foreign(reason).replace('\n', "\n  "))),
        );
        out
    }
}

impl Show for HandoffList {
    const KIND: &'static str = "handoff-list";

    fn json(&self) -> Value {
        let handoffs: Vec<Value> = self.handoffs.iter().map(handoff_json).collect();
        json!({ "run": self.run.to_string(), "handoffs": handoffs })
    }

    fn text(&self) -> String {
        if self.handoffs.is_empty() {
            return format!("nothing was handed off in run {} yet\n", self.run);
        }
        let row = |handoff: &HandoffRecord| {
            vec![
                handoff.id.clone(),
                handoff.commit.map(|commit| commit.short()).unwrap_or_default(),
                handoff.status.word().to_owned(),
                style::dim(&style::foreign(&handoff.from)),
                style::foreign(handoff.summary.lines().next().unwrap_or_default()),
            ]
        };
        style::columns(&self.handoffs.iter().map(row).collect::<Vec<_>>())
    }
}

impl Show for HandoffDetail {
    const KIND: &'static str = "handoff-detail";

    fn json(&self) -> Value {
        let mut value = handoff_json(&self.handoff);
        value["time"] = self.time.clone().into();
        value
    }

    fn text(&self) -> String {
        let handoff = &self.handoff;
        let lines =
            |contracts: &[Contract]| contracts.iter().map(Contract::to_string).collect::<Vec<_>>().join("\n");
        let notes: Vec<String> = handoff.notes.iter().map(|(kind, text)| format!("{kind}: {text}")).collect();
        let (subject, prose) = handoff.summary.split_once('\n').unwrap_or((&handoff.summary, ""));
        let mut out = format!("{} {}\n", style::bold(&format!("{}:", handoff.id)), style::foreign(subject));
        for (key, value) in [
            ("commit", handoff.commit.map(|commit| commit.to_string()).unwrap_or_default()),
            ("time", self.time.clone()),
            ("status", handoff.status.word().to_owned()),
            ("reason", handoff.reason.clone()),
            ("from", handoff.from.clone()),
            ("to", handoff.to.join(", ")),
            ("provides", lines(&handoff.provides)),
            ("consumes", lines(&handoff.consumes)),
            ("notes", notes.join("\n")),
            ("depends on", handoff.dependencies.join("\n")),
            ("tests", handoff.tests.join("\n")),
            ("focus", handoff.focus.clone().unwrap_or_default()),
            ("constraints", handoff.constraints.join("\n")),
            ("summary", prose.trim().to_owned()),
        ] {
            field(&mut out, key, &value);
        }
        out
    }
}

fn handoff_json(handoff: &HandoffRecord) -> Value {
    let lines = |contracts: &[Contract]| contracts.iter().map(Contract::to_string).collect::<Vec<_>>();
    let note = |(kind, text): &(String, String)| json!({ "kind": kind, "text": text });
    json!({
        "id": handoff.id,
        "run": handoff.run.to_string(),
        "task": handoff.task.as_str(),
        "attempt": handoff.attempt,
        "from": handoff.from,
        "to": handoff.to,
        "status": handoff.status.word(),
        "reason": handoff.reason,
        "provides": lines(&handoff.provides),
        "consumes": lines(&handoff.consumes),
        "notes": handoff.notes.iter().map(note).collect::<Vec<_>>(),
        "dependencies": handoff.dependencies,
        "tests": handoff.tests,
        "focus": handoff.focus,
        "constraints": handoff.constraints,
        "budget": handoff.budget,
        "commit": handoff.commit.map(|commit| commit.to_string()),
        "summary": handoff.summary,
    })
}
