//! Findings of the validator, as a compiler shows its own.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::event::time;
use super::{Show, style};
use crate::engine::Checked;
use crate::model::{Finding, Fix, Level, Site};

/// What a check came to, with as much as the user asked for.
pub(crate) struct Diagnostics<'a> {
    pub(crate) checked: &'a Checked,
    /// Whether to list every file that was not analysed, and how to allow a finding.
    pub(crate) everything: bool,
}

/// How many files that were not analysed are listed unless everything is.
const FEW: usize = 5;

/// How much of a source line is shown.
const WIDEST: usize = 140;

impl Show for Diagnostics<'_> {
    const KIND: &'static str = "check";

    fn json(&self) -> Value {
        let report = &self.checked.report;
        let not_analysed = |(path, reason): &(crate::model::RepoPath, String)| json!({ "path": path.to_text(), "reason": reason });
        json!({
            "findings": report.findings.iter().map(finding_json).collect::<Vec<_>>(),
            "analysed": report.analysed,
            "not_analysed": report.not_analysed.iter().map(not_analysed).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for finding in &self.checked.report.findings {
            self.finding(&mut out, finding);
            out.push('\n');
        }
        self.left_out(&mut out);
        _ = writeln!(out, "{} {}", self.verdict(), style::dim(&format!("({})", self.scope())));
        out
    }
}

pub(super) fn finding_json(finding: &Finding) -> Value {
    let site = |site: &Site| {
        json!({
            "branch": site.branch,
            "commit": site.commit.to_string(),
            "path": site.path.to_text(),
            "line": site.line,
        })
    };
    let fix = |fix: &Fix| json!({ "summary": fix.summary, "patch": fix.patch });
    json!({
        "rule": finding.rule,
        "level": finding.level.word(),
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "sites": finding.sites.iter().map(site).collect::<Vec<_>>(),
        "fix": finding.fix.as_ref().map(fix),
    })
}

/// `deny[rule]`, in the colour of the level.
pub(super) fn label(finding: &Finding) -> String {
    let label = format!("{}[{}]", finding.level.word(), finding.rule);
    match finding.level {
        Level::Deny => style::error(&label),
        Level::Warn => style::warn(&label),
        Level::Advice => style::hint(&label),
    }
}

impl Diagnostics<'_> {
    fn finding(&self, out: &mut String, finding: &Finding) {
        _ = writeln!(out, "{}: {}", label(finding), style::bold(&style::foreign(&finding.message)));
        let width = finding.sites.iter().map(|site| site.line.to_string().len()).max().unwrap_or(1);
        let gap = " ".repeat(width);
        for site in &finding.sites {
            let place = format!("{}:{}:{}", style::foreign(&site.branch), site.path, site.line);
            _ = writeln!(out, "{gap}{} {place}", style::hint("-->"));
            if let Some(line) = self.checked.excerpts.get(site) {
                let number = style::hint(&format!("{:width$} |", site.line));
                _ = writeln!(
                    out,
                    "{gap} {bar}\n{number} {}\n{gap} {bar}",
                    shown(line),
                    bar = style::hint("|")
                );
            }
        }
        if let Some(fix) = &finding.fix {
            _ = writeln!(out, "{gap} {} {}", style::hint("= help:"), style::foreign(&fix.summary));
            patch(out, &gap, &fix.patch);
        }
        if self.everything {
            let allow = format!("Orca-Allow: {} <reason>", finding.fingerprint);
            _ = writeln!(
                out,
                "{gap} {} a commit with the trailer '{allow}' allows it",
                style::hint("= note:")
            );
        }
    }

    fn left_out(&self, out: &mut String) {
        let all = &self.checked.report.not_analysed;
        let n_shown = if self.everything { all.len() } else { all.len().min(FEW) };
        for (path, reason) in &all[..n_shown] {
            _ = writeln!(out, "{} {path}: {}", style::warn("not analysed:"), style::foreign(reason));
        }
        if all.len() > n_shown {
            let more = style::count(all.len() - n_shown, "more file");
            _ = writeln!(out, "{} {more} {}", style::warn("not analysed:"), style::dim("(-v lists them)"));
        }
        if !all.is_empty() {
            out.push('\n');
        }
    }

    fn verdict(&self) -> String {
        let count = |level: Level| self.checked.count(level);
        let words: Vec<String> = [Level::Deny, Level::Warn, Level::Advice]
            .into_iter()
            .filter(|level| count(*level) > 0)
            .map(|level| format!("{} {}", count(level), level.word()))
            .collect();
        match (count(Level::Deny), words.is_empty()) {
            (_, true) => style::good("no findings"),
            (0, _) => style::warn(&words.join(", ")),
            _ => style::error(&words.join(", ")),
        }
    }

    fn scope(&self) -> String {
        let checked = self.checked;
        let n_branches = match checked.branches.len() {
            1 => "1 branch".to_owned(),
            n => format!("{n} branches"),
        };
        let files = style::count(checked.report.analysed, "changed source file");
        format!("{files} of {n_branches} compared in {}", time(checked.seconds))
    }
}

/// A source line as it can be printed: no tabs that shift it, nothing that acts on a terminal.
fn shown(line: &str) -> String {
    let line = line.replace('\t', "    ");
    let mut shown: String = line.chars().take(WIDEST).collect();
    if line.chars().nth(WIDEST).is_some() {
        shown.push_str(" ...");
    }
    style::foreign(&shown)
}

fn patch(out: &mut String, gap: &str, patch: &str) {
    for line in patch.lines() {
        let safe = style::foreign(line);
        let line = match line.as_bytes().first() {
            Some(b'+') => style::good(&safe),
            Some(b'-') => style::removed(&safe),
            Some(b'@') => style::hint(&safe),
            _ => safe,
        };
        _ = writeln!(out, "{}", format!("{gap}   {line}").trim_end());
    }
}
