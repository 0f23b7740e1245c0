//! What `check --fix` did, before what is left.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Diagnostics, Format, Show, style};
use crate::engine::Fixing;
use crate::model::Finding;

/// Fixes that were committed, or would be, and what a check says after them.
pub(crate) struct Fixes<'a> {
    pub(crate) fixing: &'a Fixing,
    pub(crate) everything: bool,
}

impl<'a> Fixes<'a> {
    /// What a check says now.
    pub(crate) fn diagnostics(&self) -> Diagnostics<'a> {
        Diagnostics { checked: &self.fixing.checked, everything: self.everything }
    }

    fn fixed_json(&self, finding: &Finding) -> Value {
        let fix = finding.fix.as_ref();
        let branch = fix.map(|fix| fix.branch.as_str());
        let moved = self.fixing.moved.iter().find(|moved| Some(moved.branch.as_str()) == branch);
        json!({
            "rule": finding.rule,
            "fingerprint": finding.fingerprint,
            "summary": fix.map(|fix| &fix.summary),
            "branch": branch,
            "commit": moved.and_then(|moved| moved.commit).map(|commit| commit.to_string()),
        })
    }
}

impl Show for Fixes<'_> {
    const KIND: &'static str = "check";

    fn json(&self) -> Value {
        let mut data = self.diagnostics().json();
        let unfixed = self
            .fixing
            .unfixed
            .iter()
            .map(|(fingerprint, reason)| json!({ "fingerprint": fingerprint, "reason": reason }));
        data["fixed"] = self.fixing.fixed.iter().map(|finding| self.fixed_json(finding)).collect();
        data["unfixed"] = unfixed.collect();
        data
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for finding in &self.fixing.fixed {
            let Some(fix) = &finding.fix else { continue };
            let label = style::good(&format!("fixed[{}]", finding.rule));
            let (branch, summary) = (style::foreign(&fix.branch), style::foreign(&fix.summary));
            _ = writeln!(out, "{label} on {branch}: {}", style::bold(&summary));
            if moved(self.fixing, &fix.branch).is_none() {
                self.diagnostics().patch(&mut out, &fix.patch);
            }
        }
        for moved in &self.fixing.moved {
            let branch = style::foreign(&moved.branch);
            let from = moved.from.short();
            _ = match moved.commit {
                Some(commit) => writeln!(out, "{branch} moved from {from} to {}", commit.short()),
                None => writeln!(out, "{branch} would get a commit on top of {from}"),
            };
        }
        if !self.fixing.fixed.is_empty() {
            out.push('\n');
        }
        let diagnostics = self.diagnostics();
        for finding in &self.fixing.checked.report.findings {
            diagnostics.finding(&mut out, finding);
            if let Some(reason) = self.fixing.unfixed.get(&finding.fingerprint) {
                _ = writeln!(out, "   {} {}", style::hint("= not fixed:"), style::foreign(reason));
            }
            out.push('\n');
        }
        diagnostics.end(&mut out);
        out
    }

    fn other(&self, format: Format) -> Option<String> {
        self.diagnostics().other(format)
    }
}

/// The commit that a branch got; none in a dry run, which shows the patches instead.
fn moved(fixing: &Fixing, branch: &str) -> Option<crate::model::Oid> {
    fixing.moved.iter().find(|moved| moved.branch == branch)?.commit
}
