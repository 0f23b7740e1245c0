//! Tasks as the plan has them, and changes to them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::plan::task_json;
use super::run::{status_json, status_word};
use super::{Show, style};
use crate::engine::{Amended, RunState, TaskDetail, TaskList};
use crate::model::{Contract, Status, TaskId, TaskRecord};

impl Show for TaskList {
    const KIND: &'static str = "task-list";

    fn json(&self) -> Value {
        let graph = self.state.graph();
        let task = |wave: usize, record: &TaskRecord| {
            let mut value = task_json(&record.task);
            let needs: Vec<&str> = graph.needs(&record.task.id).map(TaskId::as_str).collect();
            value["status"] = record.status.word().into();
            value["wave"] = wave.into();
            value["needs"] = needs.into();
            value
        };
        let tasks: Vec<Value> = (1..)
            .zip(&self.state.record.waves)
            .flat_map(|(wave, ids)| ids.iter().map(move |id| (wave, id)))
            .filter_map(|(wave, id)| Some(task(wave, self.state.tasks.get(id)?)))
            .collect();
        json!({ "run": self.state.record.id.to_string(), "tasks": tasks })
    }

    fn text(&self) -> String {
        let record = &self.state.record;
        let run = style::bold(&format!("{}:", record.id));
        format!("{run} {}\n{}", style::foreign(&record.request), waves(&self.state))
    }
}

/// The tasks below the number of their wave.
fn waves(state: &RunState) -> String {
    let graph = state.graph();
    let row = |record: &TaskRecord| {
        let needs: Vec<&str> = graph.needs(&record.task.id).map(TaskId::as_str).collect();
        vec![
            format!("  {}", record.task.id),
            status_word(record.status),
            style::foreign(&record.task.title),
            style::dim(&style::foreign(&record.task.specialist)),
            style::dim(&style::foreign(&record.task.scope.patterns().join(" "))),
            style::tokens(record.task.estimate_tokens.unwrap_or(0)),
            if needs.is_empty() { String::new() } else { format!("after {}", needs.join(", ")) },
        ]
    };
    let mut rows = Vec::new();
    for (number, wave) in (1..).zip(&state.record.waves) {
        rows.push(vec![style::bold(&format!("wave {number}"))]);
        rows.extend(wave.iter().filter_map(|id| state.tasks.get(id)).map(row));
    }
    style::columns(&rows)
}

impl Show for TaskDetail {
    const KIND: &'static str = "task";

    fn json(&self) -> Value {
        let mut value = status_json(&self.status);
        let needs: Vec<Value> = self
            .needs
            .iter()
            .map(|(id, status)| json!({ "task": id.as_str(), "status": status.word() }))
            .collect();
        value["run"] = self.run.to_string().into();
        value["branch"] = self.branch.clone().into();
        value["needs"] = needs.into();
        value["needed_by"] = self.needed_by.iter().map(TaskId::as_str).collect();
        value
    }

    fn text(&self) -> String {
        let (status, record) = (&self.status, &self.status.record);
        let task = &record.task;
        let mut out = format!("{} {}\n", style::bold(&format!("{}:", task.id)), style::foreign(&task.title));
        let note = status.note.lines().next().unwrap_or_default();
        let separator = if note.is_empty() { "" } else { ": " };
        let needs: Vec<String> =
            self.needs.iter().map(|(id, status)| format!("{id} ({})", status.word())).collect();
        let lines =
            |contracts: &[Contract]| contracts.iter().map(Contract::to_string).collect::<Vec<_>>().join("\n");
        let handoff = record.tip.map(|tip| tip.short()).unwrap_or_default();
        let worktree = status.worktree.as_ref().map(|dir| dir.display().to_string()).unwrap_or_default();
        let tokens = task.estimate_tokens.map(|tokens| format!("{} tokens", style::tokens(tokens)));
        for (key, value) in [
            ("status", format!("{}{separator}{note}", record.status.word())),
            ("wave", format!("{} of run {}", status.wave, self.run)),
            ("specialist", task.specialist.clone()),
            ("scope", task.scope.patterns().join("\n")),
            ("needs", needs.join("\n")),
            ("needed by", self.needed_by.iter().map(TaskId::as_str).collect::<Vec<_>>().join("\n")),
            ("provides", lines(&task.provides)),
            ("consumes", lines(&task.consumes)),
            ("done when", task.acceptance.join("\n")),
            ("estimate", tokens.unwrap_or_default()),
            ("branch", self.branch.clone()),
            ("handoff", handoff),
            ("worktree", worktree),
            (
                "printed",
                status.logs.iter().map(|log| log.display().to_string()).collect::<Vec<_>>().join("\n"),
            ),
            ("to put right", record.feedback.join("\n")),
        ] {
            field(&mut out, key, &value);
        }
        out
    }
}

/// A key and its value, whose further lines stand below the first; nothing where it is empty.
pub(super) fn field(out: &mut String, key: &str, value: &str) {
    for (idx, line) in value.lines().enumerate() {
        let key = if idx == 0 { key } else { "" };
        _ = writeln!(out, "  {} {}", style::dim(&format!("{key:<12}")), style::foreign(line));
    }
}

impl Show for Amended {
    const KIND: &'static str = "task-change";

    fn json(&self) -> Value {
        let ids = |wave: &[TaskId]| wave.iter().map(TaskId::as_str).map(Value::from).collect::<Value>();
        json!({
            "run": self.state.record.id.to_string(),
            "recorded": self.recorded,
            "change": self.verb,
            "tasks": ids(&self.tasks),
            "waves": self.state.record.waves.iter().map(|wave| ids(wave)).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let names = self.tasks.iter().map(TaskId::as_str).collect::<Vec<_>>().join(", ");
        let verb = if self.recorded { style::good(self.verb) } else { format!("would be {}:", self.verb) };
        let mut out = format!("{verb} {names}\n{}", waves(&self.state));
        let begun =
            |id: &&TaskId| self.state.tasks.get(*id).is_some_and(|task| task.status != Status::Pending);
        if let Some(id) = self.tasks.iter().find(begun).filter(|_| self.recorded && self.verb == "edited") {
            _ = writeln!(out, "next: 'git orca start {id}{}' tries it again", self.state.flag);
        }
        out
    }
}
