//! Compares the handoffs of a wave with each other and with what is merged, before any of it is.

use std::collections::BTreeMap;

use super::Conductor;
use super::judge::Evidence;
use crate::engine::Event;
use crate::engine::check::{Checked, RunBranches};
use crate::model::{ConflictRecord, ConflictState, Finding, Level, RunId, Status, TaskId};

/// The rule whose findings end a task at once: its work would only go round again.
const CIRCULAR: &str = "circular-edit";

impl Conductor<'_> {
    /// Validates the wave. Returns false when some task has to try again.
    pub(super) fn compare(&mut self, number: usize) -> anyhow::Result<bool> {
        let handed_off = |id: &TaskId| matches!(self.task(id).status, Status::HandedOff | Status::Validated);
        let tasks: Vec<TaskId> = self.open_tasks(number).into_iter().filter(handed_off).collect();
        if tasks.is_empty() {
            return Ok(true);
        }
        let branches = RunBranches::of(&self.workspace.repo, &self.state, self.integration, &tasks)?;
        let checked = branches.compare(self.workspace)?;
        (self.emit)(Event::Checked {
            findings: checked.report.findings.clone(),
            analysed: checked.report.analysed,
            seconds: checked.seconds,
        });
        self.record_findings(&checked)?;
        let losers = self.losers(&tasks, &checked.report.findings);
        for id in tasks.iter().filter(|id| !losers.contains_key(*id)) {
            self.update(id, "validate", |task| task.status = Status::Validated)?;
        }
        for (id, findings) in &losers {
            let objections = findings.iter().map(objection).collect();
            let circular = findings.iter().any(|finding| finding.rule == CIRCULAR);
            self.judge(id, Evidence { circular, ..Evidence::against(objections) })?;
        }
        Ok(losers.is_empty())
    }

    /// Which task has to change for which findings: the branch of the fix, else the last place.
    fn losers(&self, tasks: &[TaskId], findings: &[Finding]) -> BTreeMap<TaskId, Vec<Finding>> {
        let task_of = |branch: &str| tasks.iter().find(|id| self.run().task_branch(id) == branch).cloned();
        let mut losers: BTreeMap<TaskId, Vec<Finding>> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.level == Level::Deny) {
            let named = finding.fix.iter().map(|fix| fix.branch.as_str());
            let places = finding.sites.iter().rev().map(|site| site.branch.as_str());
            if let Some(loser) = named.chain(places).find_map(task_of) {
                losers.entry(loser).or_default().push(finding.clone());
            }
        }
        losers
    }

    /// Writes down what was found, and that what was found before between these branches and is not
    /// found any more is settled.
    fn record_findings(&mut self, checked: &Checked) -> anyhow::Result<()> {
        let (run, time) = (self.run(), self.workspace.now());
        let findings = &checked.report.findings;
        let branches: Vec<String> = checked.branches.iter().map(|branch| branch.name.clone()).collect();
        let subject = format!("run {run}: {} raised", findings.len());
        self.workspace.record("validate", subject, Some(run), None, |hub| {
            let known = hub.conflicts(run)?;
            for finding in findings {
                let earlier = known.iter().find(|known| known.fingerprint == finding.fingerprint);
                hub.put_conflict(&conflict_record(run, time, finding, earlier))?;
            }
            let is_found = |known: &ConflictRecord| {
                findings.iter().any(|finding| finding.fingerprint == known.fingerprint)
            };
            for settled in known.iter().filter(|known| {
                known.state == ConflictState::Open && !is_found(known) && lies_within(known, &branches)
            }) {
                hub.put_conflict(&ConflictRecord { state: ConflictState::Settled, ..settled.clone() })?;
            }
            Ok(())
        })
    }
}

/// Whether a recorded conflict has a site on one of the branches.
pub(in crate::engine) fn concerns(found: &ConflictRecord, branches: &[String]) -> bool {
    found.sites.iter().any(|site| branches.iter().any(|branch| branch == branch_of(site)))
}

/// Whether all sites of a recorded conflict are on the branches.
fn lies_within(found: &ConflictRecord, branches: &[String]) -> bool {
    found.sites.iter().all(|site| branches.iter().any(|branch| branch == branch_of(site)))
}

/// A site is `branch:path:line`, and no branch has a colon.
fn branch_of(site: &str) -> &str {
    site.split_once(':').map_or(site, |(branch, _)| branch)
}

/// What a person accepted stays accepted, and what is found again keeps its time.
fn conflict_record(
    run: RunId,
    time: i64,
    finding: &Finding,
    earlier: Option<&ConflictRecord>,
) -> ConflictRecord {
    let site = |site: &crate::model::Site| format!("{}:{}:{}", site.branch, site.path, site.line);
    ConflictRecord {
        run,
        fingerprint: finding.fingerprint.clone(),
        rule: finding.rule.to_owned(),
        level: finding.level,
        message: finding.message.clone(),
        sites: finding.sites.iter().map(site).collect(),
        state: match earlier {
            Some(earlier) if earlier.state == ConflictState::Allowed => ConflictState::Allowed,
            _ => ConflictState::Open,
        },
        time: earlier.map_or(time, |earlier| earlier.time),
    }
}

/// A finding as the specialist reads it: what is wrong, and the patch that would settle it.
pub(in crate::engine) fn objection(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    if let Some(fix) = &finding.fix {
        text = format!("{text}\nSuggested: {}", fix.summary);
        if !fix.patch.is_empty() {
            text = format!("{text}\n```diff\n{}\n```", fix.patch.trim_end_matches('\n'));
        }
    }
    text
}
