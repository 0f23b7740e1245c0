//! The integration validator on real branches: reads what changed, compares, applies the settings.
//!
//! Branches that a run made are compared from the one commit they share. Other branches are
//! compared group by group, each group from where its pairs parted; those that left one line of
//! history at many places, with each other and with what that line did since.

mod baseline;
mod changes;
mod damage;
mod elsewhere;
mod excerpt;
mod history;
mod marked;
mod merged;
mod models;
mod names;
mod of_run;
mod quarrels;
mod scan;
mod touching;
mod trunk;

use std::collections::BTreeSet;
use std::time::Instant;

use super::merges::Merges;
use super::parted::{Group, PairIdx, all_pairs, parted};
use super::{Fault, Workspace, clock};
use crate::git::{Entry, Head};
use crate::handoff::from_message;
use crate::model::{Finding, Level, Oid, RepoPath, Site};
use crate::validate::{Declared, Report};
pub(super) use changes::load;
pub(super) use damage::{Unreadable, unreadable, with_readable};
pub(super) use history::Line;
pub(super) use models::Models;
pub use names::Branch;
pub(super) use names::{named_branches, resolve_branch};
pub use of_run::check_run;
pub(super) use of_run::{RunBranches, require_run_with_branches};
pub(super) use quarrels::{Quarrels, quarrels};
use scan::{Scan, Shelf, joined, scan};
use trunk::Around;

pub use excerpt::Excerpts;
pub use touching::TestFile;

/// What a check came to.
#[derive(Debug)]
pub struct Checked {
    pub report: Report,
    pub branches: Vec<Branch>,
    /// The lines that the findings point at.
    pub excerpts: Excerpts,
    /// Tests that touch what the findings are about, those that touch most first.
    pub tests: Vec<TestFile>,
    /// Branches that could not be read and have no part in this, with the reasons.
    pub unreadable: Vec<(String, String)>,
    /// How many findings a commit or the baseline accepts.
    pub accepted: usize,
    /// What was said in vain, such as a trailer that accepts nothing as it is written.
    pub warnings: Vec<String>,
    pub seconds: f64,
}

impl Checked {
    /// Findings of a level.
    pub fn count(&self, level: Level) -> usize {
        self.report.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// Adds branches that had to be left out.
    pub(super) fn note_unreadable(&mut self, damaged: &[Unreadable]) {
        for left_out in damaged {
            let (name, why) = (left_out.branch.name.clone(), left_out.why());
            self.report.not_analysed.push((RepoPath::from("."), format!("{name} {why}")));
            self.unreadable.push((name, why));
        }
    }
}

/// Branches to compare, with what is known of them beyond their content.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    pub(super) branches: &'a [Branch],
    /// Where all of them parted; none means wherever they did.
    pub(super) base: Option<Oid>,
    pub(super) declared: &'a [Declared],
    /// Whose commits may go in circles; none means those of each branch since it parted.
    pub(super) lines: Option<&'a [Line]>,
    /// Files that conflict in text, as they would be merged.
    pub(super) resolved: &'a [(RepoPath, Entry)],
    /// What Git makes of pairs, where others ask for it too.
    pub(super) merges: Option<&'a Merges>,
}

impl<'a> Comparison<'a> {
    /// Of branches of which nothing more is known.
    pub(super) fn of(branches: &'a [Branch]) -> Self {
        Self { branches, base: None, declared: &[], lines: None, resolved: &[], merges: None }
    }

    pub(super) fn tips(&self) -> Vec<Oid> {
        self.branches.iter().map(|branch| branch.tip).collect()
    }
}

/// What speaks against two branches in files that somebody resolved between them.
pub(super) fn objections(
    workspace: &Workspace,
    branches: &[Branch; 2],
    resolved: &[(RepoPath, Entry)],
) -> anyhow::Result<Vec<Finding>> {
    let checked = compare(workspace, &Comparison { resolved, ..Comparison::of(branches) })?;
    let is_in = |site: &Site| resolved.iter().any(|(path, _)| *path == site.path);
    let concerns = |found: &Finding| found.level == Level::Deny && found.sites.iter().any(is_in);
    Ok(checked.report.findings.into_iter().filter(concerns).collect())
}

/// Which branches to check.
#[derive(Debug, Clone, Copy)]
pub struct CheckCall<'a> {
    pub names: &'a [String],
    /// Compare from this commit; none means wherever they parted.
    pub base: Option<&'a str>,
    /// The branch they are meant for.
    pub into: Option<&'a str>,
}

/// Checks the named branches, outside any run.
///
/// The branch they are meant for takes part when it is given. One branch alone is compared with the
/// branch that is checked out.
pub fn check_branches(workspace: &Workspace, call: &CheckCall<'_>) -> anyhow::Result<Checked> {
    let (branches, base, _) = check_call(workspace, call)?;
    let compared = |branches: &[Branch]| {
        let declared = handed_off(workspace, branches)?;
        compare(workspace, &Comparison { base, declared: &declared, ..Comparison::of(branches) })
    };
    let are_enough = |left: &[Branch]| left.len() > 1;
    let (mut checked, damaged) = with_readable(&workspace.repo, &branches, are_enough, compared)?;
    checked.note_unreadable(&damaged);
    Ok(checked)
}

/// What branches promise that end in a handoff, for a clone that has no hub. What they count on, a
/// branch may have that nobody named.
fn handed_off(workspace: &Workspace, branches: &[Branch]) -> anyhow::Result<Vec<Declared>> {
    let mut all = Vec::new();
    for branch in branches {
        let message = workspace.repo.commit(branch.tip)?.message;
        let Ok(record) = from_message(&message, clock::parse) else { continue };
        let (branch, provides) = (branch.name.clone(), record.provides);
        all.push(Declared { branch, scope: None, provides, consumes: Vec::new() });
    }
    Ok(all)
}

/// The branches of a call, those that were named first, with the number of these and the base.
pub(super) fn check_call(
    workspace: &Workspace,
    call: &CheckCall<'_>,
) -> anyhow::Result<(Vec<Branch>, Option<Oid>, usize)> {
    let repo = &workspace.repo;
    let mut branches = named_branches(repo, call.names)?;
    let mut n_named = branches.len();
    if let ([one], [_, _, ..], None) = (&branches[..], call.names, call.into) {
        return Err(Fault::usage(format!("'{}' is named twice, and no other branch is", one.name))
            .hint(format!("git orca check {} compares it with what is checked out", one.name))
            .into());
    }
    let target = match call.into {
        Some(into) => Some(resolve_branch(repo, into)?),
        None if branches.len() == 1 => Some(opposite(workspace, &branches[0])?),
        None => None,
    };
    if let Some(target) = target {
        let known = branches.iter().position(|known| known.name == target.name);
        if let Some(known) = known {
            branches.remove(known);
            n_named -= 1;
        }
        if branches.is_empty() {
            return Err(Fault::usage(format!(
                "'{}' is both what is checked and what it is meant for",
                target.name
            ))
            .hint("name the branch that is to go into it")
            .into());
        }
        branches.push(target);
    }
    let base = call.base.map(|base| repo.resolve_commit(base)).transpose()?;
    Ok((branches, base, n_named))
}

/// What a branch that was named alone is compared with.
fn opposite(workspace: &Workspace, only: &Branch) -> anyhow::Result<Branch> {
    let alone = |why: &str| {
        Fault::usage(format!("'{}' is named alone, and {why}", only.name))
            .hint("name another branch, or the one it is meant for with --into <branch>")
    };
    match workspace.repo.head()? {
        Head::Branch(name, tip) => {
            let name = name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned();
            match name == only.name {
                true => Err(alone("it is the branch that is checked out").into()),
                false => Ok(Branch { name, tip }),
            }
        }
        Head::Detached(_) | Head::Unborn(_) => {
            Err(alone("no branch with a commit is checked out to compare it with").into())
        }
    }
}

/// Compares branches.
pub(super) fn compare(workspace: &Workspace, comparison: &Comparison<'_>) -> anyhow::Result<Checked> {
    let started = Instant::now();
    let (groups, unrelated) = groups(workspace, comparison)?;
    if let Some(&(one, other)) = unrelated.first() {
        return Err(strangers(workspace, comparison.branches, &[one, other]).into());
    }
    let (scans, _) = scans(workspace, comparison, &groups)?;
    let tests = touching::of(&workspace.repo, &scans)?;
    Ok(Checked { tests, ..checked(workspace, comparison, &scans, started) })
}

fn checked(workspace: &Workspace, comparison: &Comparison<'_>, scans: &[Scan], started: Instant) -> Checked {
    let report = joined(scans);
    let excerpts = excerpt::of(&workspace.repo, &report.findings);
    let accepted: BTreeSet<&String> = scans.iter().flat_map(|scan| &scan.accepted).collect();
    let misfits: BTreeSet<&String> = scans.iter().flat_map(|scan| &scan.allows.misfits).collect();
    let seconds = started.elapsed().as_secs_f64();
    Checked {
        report,
        branches: comparison.branches.to_vec(),
        excerpts,
        tests: Vec::new(),
        unreadable: Vec::new(),
        accepted: accepted.len(),
        warnings: misfits.into_iter().cloned().collect(),
        seconds,
    }
}

/// Compares all groups; around a line of history that many left, in fewer steps.
fn scans(
    workspace: &Workspace,
    comparison: &Comparison<'_>,
    groups: &[Group],
) -> anyhow::Result<(Vec<Scan>, Option<Around>)> {
    let shelf = Shelf::of(workspace)?;
    match Around::of(&comparison.tips(), groups) {
        Some(around) => Ok((trunk::scans(workspace, comparison, &around, shelf)?, Some(around))),
        None => {
            let scan = |group| scan(workspace, comparison, (group, &shelf));
            Ok((groups.iter().map(scan).collect::<Result<_, _>>()?, None))
        }
    }
}

/// What is compared with what, and the pairs that cannot be.
fn groups(workspace: &Workspace, comparison: &Comparison<'_>) -> anyhow::Result<(Vec<Group>, Vec<PairIdx>)> {
    let repo = &workspace.repo;
    let branches = comparison.branches;
    let tips = comparison.tips();
    if tips.len() < 2 {
        return Ok((Vec::new(), Vec::new()));
    }
    // What a run's tasks state is about all of them, so they are looked at together.
    if comparison.lines.is_some() && comparison.base.is_none() {
        let everybody: Vec<usize> = (0..branches.len()).collect();
        let base =
            repo.merge_base_of_all(&tips)?.ok_or_else(|| strangers(workspace, branches, &everybody))?;
        return Ok((vec![Group::new(base, all_pairs(tips.len()).collect())], Vec::new()));
    }
    let parted = parted(repo, &tips, comparison.base)?;
    Ok((parted.with_criss_cross(), parted.unrelated))
}

fn strangers(workspace: &Workspace, branches: &[Branch], positions: &[usize]) -> Fault {
    let names: Vec<String> = positions.iter().map(|&idx| format!("'{}'", branches[idx].name)).collect();
    let fault = Fault::usage(format!("{} have no commit in common", names.join(" and ")));
    match workspace.repo.is_shallow() {
        true => fault.hint("this clone is shallow: git fetch --unshallow"),
        false => fault.hint("compare them from a commit of your choice with --base <revision>"),
    }
}

/// The branches that a finding is about, each once.
fn branches_of(finding: &Finding) -> Vec<&str> {
    let mut names: Vec<&str> = finding.sites.iter().map(|site: &Site| site.branch.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
