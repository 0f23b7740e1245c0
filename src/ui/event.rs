//! Lines about what a run is doing.

use super::{Ui, style};
use crate::engine::Event;
use crate::model::{Level, TaskId};

impl Ui {
    /// Tells the user what happened.
    pub(super) fn event(&self, event: &Event) {
        if let Event::AgentSaid { .. } = event
            && self.verbose == 0
        {
            return;
        }
        self.note(&line(event));
    }
}

fn line(event: &Event) -> String {
    match event {
        Event::Conducting { run, request, waves, tasks, continued } => {
            let verb = if *continued { "continuing" } else { "conducting" };
            let size = format!("{} in {}", style::count(*tasks, "task"), style::count(*waves, "wave"));
            format!(
                "{verb} {run}: {} {}",
                style::bold(&style::foreign(request)),
                style::dim(&format!("({size})"))
            )
        }
        Event::Recovered { what } => format!("{} {}", style::warn("recovered:"), style::foreign(what)),
        Event::WaveStarted { number, of, tasks } => {
            format!("\n{} {}", style::bold(&format!("wave {number}/{of}")), names(tasks))
        }
        Event::WorktreesReady { count, reused, seconds } => {
            let again = if *reused > 0 { format!(", {reused} used again") } else { String::new() };
            style::dim(&format!("  {} ready in {}{again}", style::count(*count, "worktree"), time(*seconds)))
        }
        Event::SetUp { task, command } => style::dim(&format!("  {task}: {}", style::foreign(command))),
        Event::Pushing { remote, branches } => {
            let branches =
                if *branches == 1 { "1 branch".to_owned() } else { format!("{branches} branches") };
            style::dim(&format!("pushing {branches} to {}", style::foreign(remote)))
        }
        Event::AgentStarted { task, agent, attempt, prompt_tokens } => {
            let again = if *attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
            let prompt = format!(
                "({}{again}, prompt of {} tokens)",
                style::foreign(agent),
                style::tokens(*prompt_tokens)
            );
            format!("  {task}: started {}", style::dim(&prompt))
        }
        Event::AgentSaid { task, line } => style::dim(&format!("  {task}: {}", style::foreign(line))),
        Event::AgentEnded { task, ending, seconds, left_behind } => {
            let orphans = match left_behind {
                0 => String::new(),
                1 => "; a process that it left behind was ended".to_owned(),
                n => format!("; {n} processes that it left behind were ended"),
            };
            style::dim(&format!("  {task}: {ending} after {}{orphans}", time(*seconds)))
        }
        Event::SetAside { task, paths, rescue } => {
            let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
            let what = format!("outside its scope, kept at {rescue}: {}", paths.join(", "));
            format!("  {task}: {} {}", style::warn("set aside"), what)
        }
        Event::Kept { task, what, place } => {
            format!(
                "  {task}: {} {}: {}",
                style::warn("kept at"),
                style::foreign(place),
                style::foreign(what)
            )
        }
        Event::HandedOff { task, commit, files } => {
            format!(
                "  {task}: {} {} as {}",
                style::good("handed off"),
                style::count(*files, "file"),
                commit.short()
            )
        }
        Event::SentBack { task, attempt, reasons } => {
            format!("  {task}: {} after attempt {attempt}{}", style::warn("sent back"), list(reasons))
        }
        Event::Stopped { task, rescue } => {
            let kept = rescue.as_ref().map(|rescue| format!(", what it wrote is at {rescue}"));
            format!("  {task}: {}{}", style::warn("stopped"), kept.unwrap_or_default())
        }
        Event::GaveUp { task, reason } => {
            format!("  {task}: {} {}", style::error("given up:"), style::foreign(reason))
        }
        Event::Checked { findings, analysed, seconds } => {
            let deny = findings.iter().filter(|finding| finding.level == Level::Deny).count();
            let what = format!("{} compared in {}", style::count(*analysed, "file"), time(*seconds));
            let verdict = match (deny, findings.len()) {
                (0, 0) => style::good("no findings"),
                (0, n) => style::warn(&style::count(n, "finding")),
                (deny, _) => style::error(&style::count(deny, "blocking finding")),
            };
            format!("  check: {verdict} {}", style::dim(&format!("({what})")))
        }
        Event::GateStarted { command, tasks } => {
            let on = if *tasks == 0 {
                "before anything is merged".to_owned()
            } else {
                format!("on the merge of {tasks}")
            };
            style::dim(&format!("  gate: {} {on}", style::foreign(command)))
        }
        Event::GateEnded { passed, seconds, cached, .. } => {
            let verdict = if *passed { style::good("passed") } else { style::error("failed") };
            let how = if *cached { " before, on the same tree" } else { "" };
            format!("  gate: {verdict}{how} {}", style::dim(&format!("({})", time(*seconds))))
        }
        Event::Guessing { candidate, run, of } => style::dim(&format!(
            "  search: trying '{}' (run {run} of {of} at most)",
            style::foreign(candidate)
        )),
        Event::Asking { branch, paths } => {
            let paths: Vec<String> = paths.iter().map(|path| style::foreign(&path.to_string())).collect();
            format!(
                "  conflict: asking the resolver about {} in {}",
                style::foreign(branch),
                paths.join(", ")
            )
        }
        Event::Bisecting { tasks } => {
            format!("  gate: looking for the one that breaks it among {}", style::foreign(&tasks.join(", ")))
        }
        Event::Landed { wave, tasks, commit } => {
            format!("  {} wave {wave} at {}: {}", style::good("landed"), commit.short(), names(tasks))
        }
    }
}

fn names(tasks: &[TaskId]) -> String {
    tasks.iter().map(TaskId::as_str).collect::<Vec<_>>().join(", ")
}

/// One reason behind a colon, several below each other.
fn list(reasons: &[String]) -> String {
    let first_line = |reason: &String| style::foreign(reason.lines().next().unwrap_or_default());
    match reasons {
        [] => String::new(),
        [one] => format!(": {}", first_line(one)),
        many => many.iter().map(|reason| format!("\n    - {}", first_line(reason))).collect(),
    }
}

/// A duration as people say it.
pub(super) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s => format!("{:.0} min", s / 60.0),
    }
}
