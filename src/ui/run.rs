//! How a run stands, how it ended, what it cost.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::event::time;
use super::merge::tell_red;
use super::plan::task_json;
use super::{Show, style};
use crate::engine::{ResolvedInRun, RunEnd, RunReport, RunState, RunStatus, TaskStatus};
use crate::model::{Hold, Status, TaskId};
use crate::report::TaskCost;

impl Show for RunEnd {
    const KIND: &'static str = "run";

    fn json(&self) -> Value {
        let open = |(id, status, reason): &(TaskId, Status, String)| json!({ "task": id.as_str(), "status": status.word(), "reason": reason });
        json!({
            "run": self.run.to_string(),
            "integration": self.integration.to_string(),
            "target": self.target,
            "merged": self.merged.iter().map(TaskId::as_str).collect::<Vec<_>>(),
            "open": self.open.iter().map(open).collect::<Vec<_>>(),
            "interrupted": self.interrupted,
            "gate_on_target": self.red.as_ref().map(|red| &red.output),
        })
    }

    fn text(&self) -> String {
        let (mut out, flag) = (String::new(), &self.flag);
        let merged = style::count(self.merged.len(), "task");
        if self.open.is_empty() && self.has_landed {
            _ = writeln!(out, "\n{} {merged} landed", style::good("done:"));
            return out;
        }
        if self.open.is_empty() {
            let branch = format!("orca/{}/integration", self.run);
            _ = writeln!(
                out,
                "\n{} all {merged} are on {branch} at {}",
                style::good("done:"),
                self.integration.short()
            );
            _ = writeln!(out, "next: git orca merge{flag} --into {}", style::foreign(&self.target));
            return out;
        }
        let verb = match (self.interrupted, self.is_complete) {
            (true, _) => style::warn("interrupted"),
            (_, true) => style::good("done so far"),
            _ => style::warn("stopped"),
        };
        _ = writeln!(out, "\n{verb}: {merged} merged, {} open", self.open.len());
        for (id, status, reason) in &self.open {
            let reason = style::foreign(reason.lines().next().unwrap_or_default());
            _ = writeln!(out, "  {id}: {} {reason}", status.word());
        }
        if let Some(red) = &self.red {
            tell_red(&mut out, &format!("orca/{}/integration", self.run), red);
        }
        let given_up = self.open.iter().find(|(_, status, _)| *status == Status::Failed);
        let next = match given_up {
            Some((id, ..)) => {
                format!(
                    "git orca start {id}{flag} tries it again, git orca task drop {id}{flag} does without it; \
                     git orca task show {id}{flag} names what its agent printed"
                )
            }
            None => format!("git orca status{flag}, then git orca run{flag}"),
        };
        _ = writeln!(out, "next: {next}");
        out
    }
}

impl Show for RunStatus {
    const KIND: &'static str = "status";

    fn json(&self) -> Value {
        let record = &self.state.record;
        json!({
            "run": record.id.to_string(),
            "request": record.request,
            "base": record.base.to_string(),
            "target": record.target,
            "waves": record.waves.len(),
            "landed": self.state.landed.iter().map(|wave| wave.number).collect::<Vec<_>>(),
            "conductor": self.conductor,
            "tasks": self.tasks.iter().map(status_json).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let record = &self.state.record;
        let mut out =
            format!("{} {}\n", style::bold(&format!("{}:", record.id)), style::foreign(&record.request));
        let conductor = match (&self.conductor, &self.elsewhere) {
            (Some(who), _) => format!("conducted by {who}"),
            (None, Some(elsewhere)) => format!("nobody conducts it: {elsewhere} is at work here"),
            (None, None) => "nobody conducts it".to_owned(),
        };
        _ = writeln!(
            out,
            "{}",
            style::dim(&format!(
                "{}, from {} for {}, {conductor}",
                waves(&self.state),
                record.base.short(),
                record.target
            ))
        );
        out.push_str(&style::columns(&self.tasks.iter().map(row).collect::<Vec<_>>()));
        out
    }
}

/// How many waves landed, and what is missing in them.
fn waves(state: &RunState) -> String {
    let mut n_landed = 0;
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for wave in &state.landed {
        let tasks = state.record.waves.get(wave.number as usize - 1).into_iter().flatten();
        let open: Vec<_> =
            tasks.filter_map(|id| state.tasks.get(id)).filter(|task| task.status != Status::Merged).collect();
        n_landed += usize::from(open.iter().all(|task| task.status.is_final()));
        for task in open {
            missing.entry(task.status.word()).or_default().push(task.task.id.as_str());
        }
    }
    let without = |(word, ids): (&&str, &Vec<&str>)| {
        format!("{}: {}", style::count(ids.len(), &format!("{word} task")), ids.join(", "))
    };
    let missing: Vec<String> = missing.iter().map(without).collect();
    let landed = format!("{n_landed} of {} waves landed", state.record.waves.len());
    match missing.is_empty() {
        true => landed,
        false => format!("{landed}, without {}", missing.join(" and ")),
    }
}

fn row(task: &TaskStatus) -> Vec<String> {
    let record = &task.record;
    let attempt = if record.attempt > 1 { format!("attempt {}", record.attempt) } else { String::new() };
    let silent = task.silent.map(|silent| format!("silent for {}", time(silent.as_secs_f64())));
    let note = style::foreign(task.note.lines().next().unwrap_or_default());
    vec![
        format!("  {}", status_word(record.status)),
        record.task.id.to_string(),
        style::dim(&format!("wave {}", task.wave)),
        style::foreign(&record.task.title),
        style::dim(&attempt),
        silent.unwrap_or(note),
    ]
}

pub(super) fn status_word(status: Status) -> String {
    match status {
        Status::Failed => style::error(status.word()),
        Status::Running | Status::Ready => style::warn(status.word()),
        Status::Merged => style::good(status.word()),
        _ => status.word().to_owned(),
    }
}

pub(super) fn status_json(task: &TaskStatus) -> Value {
    let record = &task.record;
    let mut value = task_json(&record.task);
    let facts = json!({
        "status": record.status.word(),
        "hold": record.hold.map(Hold::word),
        "wave": task.wave,
        "attempt": record.attempt,
        "rejected": record.rejected,
        "base": record.base.map(|oid| oid.to_string()),
        "handoff": record.tip.map(|oid| oid.to_string()),
        "note": task.note,
        "feedback": record.feedback,
        "worktree": task.worktree,
        "logs": task.logs,
        "silent_seconds": task.silent.map(|silent| silent.as_secs()),
    });
    if let (Value::Object(value), Value::Object(facts)) = (&mut value, facts) {
        value.extend(facts);
    }
    value
}

impl Show for RunReport {
    const KIND: &'static str = "report";

    fn json(&self) -> Value {
        let record = &self.state.record;
        let wave = |wave: &crate::model::WaveRecord| {
            json!({
                "number": wave.number,
                "merged": wave.merged.iter().map(TaskId::as_str).collect::<Vec<_>>(),
                "commit": wave.to.to_string(),
                "gate": wave.gate,
            })
        };
        let task = |(task, cost): &(crate::model::TaskRecord, TaskCost)| {
            json!({
                "id": task.task.id.as_str(),
                "status": task.status.word(),
                "attempts": task.attempt,
                "seconds": task.seconds,
                "first_request": self.first_requests.get(&task.task.id).map(|(tokens, _)| tokens),
                "tokens": {
                    "prompt": cost.prompt, "files": cost.files, "output": cost.output, "total": cost.orchestrated(),
                    "estimated": cost.reported.is_none(),
                },
            })
        };
        let finding = |found: &crate::model::ConflictRecord| {
            json!({
                "rule": found.rule, "level": found.level.word(), "message": found.message,
                "fingerprint": found.fingerprint, "sites": found.sites, "state": found.state.word(),
            })
        };
        json!({
            "run": record.id.to_string(),
            "folded": self.is_folded,
            "request": record.request,
            "waves": self.state.landed.iter().map(wave).collect::<Vec<_>>(),
            "tasks": self.tasks.iter().map(task).collect::<Vec<_>>(),
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "resolved": self.resolved.iter().map(resolved_json).collect::<Vec<_>>(),
            "tokens": {
                "orchestrated": self.economics.orchestrated,
                "single_agent": self.economics.single_agent,
                "estimated": self.economics.estimated,
                "first_request": self.average_first_request().map(|(tokens, usual)| json!({
                    "tokens": tokens, "usual": usual, "saved_percent": saved(tokens, usual),
                })),
            },
        })
    }

    fn text(&self) -> String {
        let record = &self.state.record;
        let mut out = format!(
            "{} {}\n",
            style::bold(&format!("report of {}:", record.id)),
            style::foreign(&record.request)
        );
        _ = writeln!(out, "{}, {}\n", sizes(self), style::count(self.findings.len(), "finding"));
        let mut rows = vec![
            ["  task", "status", "attempts", "time", "prompt", "files", "output", "tokens"]
                .map(style::dim)
                .to_vec(),
        ];
        rows.extend(self.tasks.iter().map(cost_row));
        out.push_str(&style::columns(&rows));
        if self.is_folded {
            _ = writeln!(out, "\n{}", folded(self));
        }
        for found in &self.findings {
            let level = format!("{} {}:", found.level.word(), found.rule);
            _ = writeln!(out, "\n{} {}", style::warn(&level), style::foreign(&found.message));
        }
        self.resolved.iter().for_each(|found| tell_resolved(&mut out, found));
        let (ours, alone) = (self.economics.orchestrated, self.economics.single_agent);
        let label = if self.economics.estimated { "estimated tokens" } else { "tokens" };
        _ = writeln!(
            out,
            "\n{label}: {} orchestrated, {} for one agent alone{}",
            style::tokens(ours),
            style::tokens(alone),
            ratio(ours, alone)
        );
        if let Some((tokens, usual)) = self.average_first_request() {
            let (tokens_word, usual_word) = (style::tokens(tokens), style::tokens(usual));
            let saved = saved(tokens, usual);
            _ = writeln!(
                out,
                "first request: {tokens_word} tokens, {saved} % below the agents' usual {usual_word}"
            );
        }
        out
    }
}

/// Where the rest of a run stands that was folded.
pub(super) fn folded(report: &RunReport) -> String {
    let run = report.state.record.id;
    format!("what was found is in the history: git log -p refs/orca/hub -- runs/{run}/conflicts")
}

/// How much of a run is merged.
pub(super) fn sizes(report: &RunReport) -> String {
    format!(
        "{} of {} tasks merged in {}",
        report.n_merged(),
        report.state.tasks.len(),
        style::count(report.state.landed.len(), "wave")
    )
}

fn resolved_json(found: &ResolvedInRun) -> Value {
    let certificate = &found.certificate;
    json!({
        "task": found.task.as_ref().map(TaskId::as_str),
        "path": certificate.path,
        "rung": certificate.rung,
        "candidate": certificate.candidate,
        "refused": certificate.refused,
        "checks": certificate.checks,
    })
}

fn tell_resolved(out: &mut String, found: &ResolvedInRun) {
    let certificate = &found.certificate;
    let with = found.task.as_ref().map_or("the run".to_owned(), TaskId::to_string);
    let passed = certificate.checks.join(", ");
    let how = format!(
        "{} with {with}, by {} ({}); passed: {passed}",
        certificate.path, certificate.rung, certificate.candidate
    );
    _ = writeln!(out, "\n{} {}", style::good("resolved"), style::foreign(&how));
    for why in &certificate.refused {
        _ = writeln!(out, "  {}", style::dim(&style::foreign(&format!("refused: {why}"))));
    }
}

fn cost_row((task, cost): &(crate::model::TaskRecord, TaskCost)) -> Vec<String> {
    vec![
        format!("  {}", task.task.id),
        status_word(task.status),
        task.attempt.to_string(),
        if task.seconds == 0 { "<1 s".to_owned() } else { time(task.seconds as f64) },
        style::tokens(cost.prompt),
        style::tokens(cost.files),
        style::tokens(cost.output),
        style::tokens(cost.orchestrated()),
    ]
}

/// How much smaller a request is than the usual one, in percent.
pub(super) fn saved(tokens: u64, usual: u64) -> u64 {
    (usual.saturating_sub(tokens) * 100).checked_div(usual).unwrap_or(0)
}

pub(super) fn ratio(ours: u64, alone: u64) -> String {
    if ours == 0 { String::new() } else { format!(" ({:.1} times as many)", alone as f64 / ours as f64) }
}
