//! The hub's shared knowledge.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Show, style};
use crate::engine::{AddedEntry, HubContext, HubLog, TaskContext};

impl Show for HubContext {
    const KIND: &'static str = "context";

    fn json(&self) -> Value {
        let section = |section: &crate::engine::HubSection| {
            json!({
                "title": section.title,
                "tokens": section.tokens,
                "entries": section.entries,
                "left_out": section.left_out,
            })
        };
        json!({
            "tokens": self.sections.iter().map(|section| section.tokens).sum::<u64>(),
            "sections": self.sections.iter().map(section).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for section in &self.sections {
            let tokens = style::dim(&format!("{} tokens", style::tokens(section.tokens)));
            _ = writeln!(out, "{} {tokens}", style::bold(section.title));
            for entry in &section.entries {
                _ = writeln!(out, "  {}", style::foreign(entry).replace('\n', "\n  "));
            }
            if section.left_out > 0 {
                let left_out = style::count(section.left_out, "more line");
                _ = writeln!(out, "  {}", style::warn(&format!("{left_out} left out for the budget")));
            }
        }
        out
    }
}

impl Show for TaskContext {
    const KIND: &'static str = "task-context";

    fn json(&self) -> Value {
        let sections: Vec<Value> = self
            .view
            .sections
            .iter()
            .map(|section| json!({ "title": section.title, "tokens": section.tokens }))
            .collect();
        json!({
            "task": self.task.as_str(),
            "tokens": self.view.tokens,
            "sections": sections,
            "left_out": self.view.cuts,
            "text": self.view.text,
        })
    }

    fn text(&self) -> String {
        let parts: Vec<String> = self
            .view
            .sections
            .iter()
            .map(|section| format!("{} {}", section.title, style::tokens(section.tokens)))
            .collect();
        let total = format!("{} tokens: {}", style::tokens(self.view.tokens), parts.join(", "));
        format!("{}\n{}\n", style::foreign(&self.view.text), style::dim(&total))
    }
}

impl Show for AddedEntry {
    const KIND: &'static str = "context-add";

    fn json(&self) -> Value {
        json!({
            "section": self.section,
            "id": self.id,
            "tokens": self.tokens,
            "replaced": self.replaced,
            "recorded": self.recorded,
        })
    }

    fn text(&self) -> String {
        let verb = if self.replaced { "replaced" } else { "added" };
        let verb = if self.recorded { style::good(verb) } else { format!("would be {verb}:") };
        let id = style::foreign(&self.id);
        format!("{verb} {id} in {} ({} tokens)\n", self.section, style::tokens(self.tokens))
    }
}

impl Show for HubLog {
    const KIND: &'static str = "context-log";

    fn json(&self) -> Value {
        let entries = self.entries.iter().map(|(time, entry)| {
            let trailers: Vec<Value> =
                entry.trailers.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
            json!({
                "commit": entry.commit.to_string(),
                "time": time,
                "subject": entry.subject,
                "trailers": trailers,
            })
        });
        json!({ "entries": entries.collect::<Vec<_>>() })
    }

    fn text(&self) -> String {
        let rows = self.entries.iter().map(|(time, entry)| {
            vec![entry.commit.short(), style::dim(time), style::foreign(&entry.subject)]
        });
        style::columns(&rows.collect::<Vec<_>>())
    }
}
