//! What a merge came to.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::check::label;
use super::{Show, style};
use crate::engine::{MergeEnd, Red, Refused, Resolved, Waits};
use crate::model::Finding;

impl Show for MergeEnd {
    const KIND: &'static str = "merge";

    fn json(&self) -> Value {
        let waiting = |(branch, why): &(String, Waits)| json!({ "branch": branch, "reason": reason(why) });
        json!({
            "target": self.target,
            "tree": self.tree.to_string(),
            "commit": self.commit.map(|commit| commit.to_string()),
            "landed": self.landed,
            "already": self.already,
            "gate_on_target": self.red.as_ref().map(|red| &red.output),
            "waiting": self.waiting.iter().map(waiting).collect::<Vec<_>>(),
            "resolved": self.resolved.iter().map(resolved).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let target = style::foreign(&self.target);
        let names = |of_before: bool| -> String {
            let names = self.landed.iter().filter(|name| self.already.contains(name) == of_before);
            names.map(|name| style::foreign(name)).collect::<Vec<_>>().join(", ")
        };
        let (names, before) = (names(false), names(true));
        match (self.commit, names.is_empty()) {
            (_, true) if !before.is_empty() && self.waiting.is_empty() => {}
            (commit, true) => {
                let new = if before.is_empty() { "" } else { "new " };
                let landed = if commit.is_some() { "landed" } else { "would land" };
                _ = writeln!(out, "{} on {target}", style::warn(&format!("nothing {new}{landed}")));
            }
            (Some(commit), _) => {
                _ = writeln!(
                    out,
                    "{} on {target}, now at {}: {names}",
                    style::good("landed"),
                    commit.short()
                );
            }
            (None, _) => {
                let tree = style::dim(&format!("(tree {})", self.tree.short()));
                _ = writeln!(out, "{} on {target}: {names} {tree}", style::good("would land"));
            }
        }
        if !before.is_empty() {
            _ = writeln!(out, "{} on {target}: {before}", style::dim("merged already"));
        }
        if let Some(red) = &self.red {
            tell_red(&mut out, &target, red);
        }
        if self.flaky {
            _ = writeln!(out, "{} the gate failed once and passed on the same tree", style::warn("flaky:"));
        }
        if let Some(obstacle) = &self.obstacle {
            _ = writeln!(out, "{} {}", style::warn("but first:"), style::foreign(obstacle));
        }
        for resolved in &self.resolved {
            let (path, branch) =
                (style::foreign(&resolved.path.to_string()), style::foreign(&resolved.branch));
            let conflicts = match resolved.hunks {
                1 => "1 conflict".to_owned(),
                n => format!("{n} conflicts"),
            };
            _ = writeln!(
                out,
                "{} {path}: {conflicts} with {branch}, {}",
                style::good("resolved"),
                resolved.how()
            );
        }
        for (branch, why) in &self.waiting {
            waiting(&mut out, branch, why);
        }
        if let Some((branch, rival)) = conflicting(self) {
            let (branch, rival) = (style::foreign(branch), style::foreign(rival));
            _ = writeln!(out, "next: git switch {branch} && git merge {rival}, then the same again");
        }
        out
    }
}

/// The first branch that waits for a conflict, and what its author has to merge to put it right. The tasks
/// of a run are sent back by it.
fn conflicting(end: &MergeEnd) -> Option<(&str, &str)> {
    end.waiting.iter().find_map(|(branch, why)| match why {
        Waits::Refused(Refused::Conflict(clash)) if !branch.starts_with("orca/") => {
            // What landed is on the target, unless nothing was to land.
            let rival = clash.with.first().filter(|_| end.commit.is_none()).unwrap_or(&end.target);
            Some((branch.as_str(), rival.as_str()))
        }
        _ => None,
    })
}

/// What the gate says to the target alone.
pub(super) fn tell_red(out: &mut String, target: &str, red: &Red) {
    let commit = red.commit.short();
    let what = format!("the gate already fails on {target} ({commit}), before anything is merged");
    _ = writeln!(out, "{} {what}", style::error("red:"));
    for line in red.output.trim_end().lines() {
        _ = writeln!(out, "  {}", style::foreign(line));
    }
    _ = writeln!(out, "  make it pass there, or use another one: [gate] in orca.toml, or --gate");
}

fn resolved(resolved: &Resolved) -> Value {
    json!({
        "path": resolved.path.to_text(),
        "branch": resolved.branch,
        "rung": resolved.rung,
        "candidate": resolved.candidate,
        "refused": resolved.refused,
        "checks": resolved.checks,
    })
}

fn waiting(out: &mut String, branch: &str, why: &Waits) {
    let reason = reason(why);
    let mut lines = reason.lines();
    let first = match why {
        Waits::Refused(Refused::Contract(findings)) => {
            lines.next();
            findings.first().map_or(String::new(), |finding| {
                format!("{}: {}", label(finding), style::foreign(&finding.message))
            })
        }
        _ => style::foreign(lines.next().unwrap_or_default()),
    };
    _ = writeln!(out, "{} {}: {first}", style::warn("waits"), style::foreign(branch));
    for line in lines {
        _ = writeln!(out, "  {}", style::foreign(line));
    }
}

/// Why a branch waits, on one line or with what the gate printed below it.
fn reason(why: &Waits) -> String {
    match why {
        Waits::Unfinished(why) => why.clone(),
        Waits::Refused(refused) => refusal(refused),
    }
}

fn refusal(refused: &Refused) -> String {
    match refused {
        Refused::Conflict(clash) => {
            let with = match clash.with.is_empty() {
                true => String::new(),
                false => format!(" with {}", clash.with.join(" and ")),
            };
            match clash.places.is_empty() {
                true => format!("conflicts in text{with} over a moved directory"),
                false => format!("conflicts in text{with}: {}", clash.places.join(", ")),
            }
        }
        Refused::Unresolved { conflict, why } => format!("{}; {why}", refusal(conflict)),
        Refused::Proposed { path, commit } => format!(
            "conflicts in text; a guess at what both want in {path} passes the gate, which passes on one side alone too: git show {}",
            commit.short()
        ),
        Refused::Ambiguous { path, commits: [one, other] } => format!(
            "conflicts in text; ambiguous: two guesses at what both want in {path} pass the gate and say different things: git diff {} {}",
            one.short(),
            other.short()
        ),
        Refused::Impossible(why) => format!("cannot be merged: {why}"),
        Refused::Unreadable(why) => why.clone(),
        Refused::Hostile(paths) => format!("brings in what may not be merged: {}", paths.join("; ")),
        Refused::Contract(findings) => findings.iter().map(sentence).collect::<Vec<_>>().join("\n"),
        Refused::Gate(output) => format!("the gate fails with it\n{}", output.trim_end()),
        Refused::Red => "the gate fails with it, and without it".to_owned(),
    }
}

fn sentence(finding: &Finding) -> String {
    format!("{}[{}]: {}", finding.level.word(), finding.rule, finding.message)
}
