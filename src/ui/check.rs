//! What a check came to: as a compiler shows it, for scripts, for code hosts and for a review.

mod fixing;
mod github;
mod mark;
mod markdown;
mod sarif;
mod text;

use serde_json::{Value, json};

use super::event::time;
use super::{Format, Show, style};
pub(crate) use fixing::Fixes;

use crate::engine::{Checked, TestFile};
use crate::model::{Finding, Fix, Level, RepoPath, Site};

/// What a check came to, with as much as the user asked for.
pub(crate) struct Diagnostics<'a> {
    pub(crate) checked: &'a Checked,
    /// Whether to list every file that was not analysed, and how to allow a finding.
    pub(crate) everything: bool,
}

impl Show for Diagnostics<'_> {
    const KIND: &'static str = "check";

    fn json(&self) -> Value {
        let report = &self.checked.report;
        let not_analysed =
            |(path, reason): &(RepoPath, String)| json!({ "path": path.to_text(), "reason": reason });
        json!({
            "findings": report.findings.iter().map(finding_json).collect::<Vec<_>>(),
            "analysed": report.analysed,
            "not_analysed": report.not_analysed.iter().map(not_analysed).collect::<Vec<_>>(),
            "accepted": self.checked.accepted,
            "warnings": self.checked.warnings,
            "tests": self.checked.tests.iter().map(test_json).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        self.as_text()
    }

    fn other(&self, format: Format) -> Option<String> {
        match format {
            Format::Sarif => Some(format!("{:#}\n", self.sarif())),
            Format::Github => Some(self.github()),
            Format::Markdown => Some(self.markdown()),
            Format::Text | Format::Json | Format::Slurm => None,
        }
    }
}

fn test_json(test: &TestFile) -> Value {
    json!({ "path": test.path.to_text(), "reason": format!("touches {}", test.names.join(", ")) })
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
    let fix = |fix: &Fix| json!({ "summary": fix.summary, "patch": fix.patch, "branch": fix.branch });
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
    /// `2 deny, 1 warn` or `no findings`, unstyled.
    fn counts(&self) -> String {
        let words: Vec<String> = [Level::Deny, Level::Warn, Level::Advice]
            .into_iter()
            .filter(|level| self.checked.count(*level) > 0)
            .map(|level| format!("{} {}", self.checked.count(level), level.word()))
            .collect();
        if words.is_empty() { "no findings".to_owned() } else { words.join(", ") }
    }

    /// The one line that remains when the result goes to a file.
    pub(crate) fn in_short(&self) -> String {
        format!("{} ({})", self.counts(), self.scope())
    }

    /// `7 changed source files of 3 branches compared in 12 ms`.
    fn scope(&self) -> String {
        let checked = self.checked;
        let n_branches = match checked.branches.len() {
            1 => "1 branch".to_owned(),
            n => format!("{n} branches"),
        };
        let files = style::count(checked.report.analysed, "changed source file");
        let accepted = match checked.accepted {
            0 => String::new(),
            n => format!(", {} accepted", style::count(n, "finding")),
        };
        format!("{files} of {n_branches} compared in {}{accepted}", time(checked.seconds))
    }

    /// The place that has to change, and the others with what they say.
    fn places(finding: &Finding) -> (Option<&Site>, &[Site]) {
        match finding.sites.split_last() {
            Some((last, others)) => (Some(last), others),
            None => (None, &[]),
        }
    }
}
