//! Plans and graphs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Show, style};
use crate::engine::Planning;
use crate::model::{Contract, Task, TaskId};

/// How to draw the graph of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GraphFormat {
    Mermaid,
    Dot,
}

/// The graph in another program's language.
pub(crate) fn show_graph(planning: &Planning, format: GraphFormat) -> String {
    planning.draw(format == GraphFormat::Mermaid)
}

impl Show for Planning {
    const KIND: &'static str = "plan";

    fn json(&self) -> Value {
        let arrows: Vec<_> =
            self.graph.arrows().map(|(from, to)| json!([from.as_str(), to.as_str()])).collect();
        let waves: Vec<Vec<&str>> =
            self.waves.waves.iter().map(|wave| wave.iter().map(TaskId::as_str).collect()).collect();
        json!({
            "run": self.run.map(|run| run.to_string()),
            "request": self.plan.request,
            "base": self.base.to_string(),
            "target": self.target,
            "max_context": self.budget.max_context,
            "max_agents": self.budget.max_agents,
            "tasks": self.plan.tasks.iter().map(task_json).collect::<Vec<_>>(),
            "after": arrows,
            "waves": waves,
            "kept_apart": self.waves.kept_apart.iter()
                .map(|(one, two, path)| json!({ "tasks": [one.as_str(), two.as_str()], "scope": path }))
                .collect::<Vec<_>>(),
            "notes": self.notes,
            "spawn": {
                "files": self.spawn.files,
                "roles": self.spawn.roles,
                "independent": self.spawn.independent,
                "reasons": self.spawn.reasons,
            },
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let header = format!("{} {}", style::bold("plan:"), style::foreign(&self.plan.request));
        _ = writeln!(out, "{header}\nfrom {} for {}", self.base.short(), style::foreign(&self.target));
        for (idx, wave) in self.waves.waves.iter().enumerate() {
            let tasks: Vec<&Task> = wave.iter().filter_map(|id| self.task(id)).collect();
            let tokens: u64 = tasks.iter().filter_map(|task| task.estimate_tokens).sum();
            let load =
                format!("{} of {} tokens", style::tokens(tokens), style::tokens(self.budget.max_context));
            _ = writeln!(out, "\n{} {}", style::bold(&format!("wave {}", idx + 1)), style::dim(&load));
            out.push_str(&style::columns(&tasks.iter().map(|task| row(self, task)).collect::<Vec<_>>()));
        }
        for note in kept_apart(self).iter().chain(&self.notes) {
            _ = writeln!(out, "\n{} {}", style::hint("note:"), style::foreign(note));
        }
        if let Some(run) = self.run {
            _ = writeln!(out, "\nrecorded as {}\nnext: git orca run", style::bold(&run.to_string()));
        }
        out
    }
}

/// One sentence for tasks of which each two may write one path, in the order of the plan.
fn kept_apart(planning: &Planning) -> Vec<String> {
    let mut by_path: BTreeMap<&str, Vec<[&TaskId; 2]>> = BTreeMap::new();
    for (one, two, path) in &planning.waves.kept_apart {
        by_path.entry(path).or_default().push([one, two]);
    }
    let mut notes = Vec::new();
    for (path, pairs) in by_path {
        let all: BTreeSet<&TaskId> = pairs.iter().flatten().copied().collect();
        let is_each_pair = pairs.len() == all.len() * (all.len() - 1) / 2;
        let groups = if is_each_pair { vec![all] } else { pairs.into_iter().map(BTreeSet::from).collect() };
        notes.extend(groups.iter().map(|tasks| kept_apart_by(planning, path, tasks)));
    }
    notes
}

fn kept_apart_by(planning: &Planning, path: &str, tasks: &BTreeSet<&TaskId>) -> String {
    let in_order = planning.plan.tasks.iter().map(|task| &task.id).filter(|id| tasks.contains(id));
    let mut names: Vec<&str> = in_order.map(TaskId::as_str).collect();
    let n_more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let last = match n_more {
        0 => names.pop().unwrap_or_default().to_owned(),
        _ => format!("{n_more} more"),
    };
    let all = if names.len() == 1 { "both" } else { "all" };
    format!("{} and {last} may {all} write {path}: they run in different waves", names.join(", "))
}

/// More of them say nothing more.
const MOST_NAMES: usize = 8;

fn row(planning: &Planning, task: &Task) -> Vec<String> {
    let needs: Vec<&str> = planning.graph.needs(&task.id).map(TaskId::as_str).collect();
    vec![
        format!("  {}", task.id),
        style::foreign(&task.title),
        style::dim(&style::foreign(&task.specialist)),
        style::dim(&style::foreign(&task.scope.patterns().join(" "))),
        style::tokens(task.estimate_tokens.unwrap_or(0)),
        if needs.is_empty() { String::new() } else { format!("after {}", needs.join(", ")) },
    ]
}

pub(super) fn task_json(task: &Task) -> Value {
    let lines = |contracts: &[Contract]| contracts.iter().map(Contract::to_string).collect::<Vec<_>>();
    json!({
        "id": task.id.as_str(),
        "title": task.title,
        "specialist": task.specialist,
        "scope": task.scope.patterns(),
        "after": task.after.iter().map(TaskId::as_str).collect::<Vec<_>>(),
        "provides": lines(&task.provides),
        "consumes": lines(&task.consumes),
        "acceptance": task.acceptance,
        "estimate_tokens": task.estimate_tokens,
    })
}
