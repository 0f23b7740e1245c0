//! Which two branches cannot both be merged as they are.
//!
//! A report says each thing once, whoever has it: two branches that use one lost name in one file
//! are one finding. Here every pair counts, so pairs that may share a finding are compared alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use rayon::prelude::*;

use super::scan::Scan;
use super::{Checked, Comparison, branches_of, checked, groups, scans, trunk};
use crate::engine::Workspace;
use crate::engine::parted::PairIdx;
use crate::model::{BranchChanges, Finding, Level, RepoPath};
use crate::validate::{Input, MergedFile, check};

/// The findings that block, by whom they are about. Branches go by their position.
#[derive(Debug, Default)]
pub(in crate::engine) struct Quarrels {
    pub(in crate::engine) pairs: BTreeMap<PairIdx, Vec<Finding>>,
    /// What a branch gets wrong all by itself, such as leaving its scope.
    pub(in crate::engine) alone: BTreeMap<usize, Vec<Finding>>,
}

/// Compares the branches and finds out about every pair.
pub(in crate::engine) fn quarrels(
    workspace: &Workspace,
    comparison: &Comparison<'_>,
) -> anyhow::Result<(Checked, Quarrels)> {
    let started = Instant::now();
    // Strangers cannot be compared; that they cannot be merged either is said elsewhere.
    let (groups, _strangers) = groups(workspace, comparison)?;
    let (scans, around) = scans(workspace, comparison, &groups)?;
    let mut quarrels = Quarrels::default();
    for scan in &scans {
        quarrels.add(comparison, &scan.report.findings);
    }
    for scan in &scans {
        let suspects: Vec<PairIdx> = suspects(scan, &quarrels).into_iter().collect();
        let compared: Vec<Vec<Finding>> =
            suspects.par_iter().map(|&pair| compare_alone(scan, comparison, pair)).collect();
        for findings in compared {
            quarrels.add(comparison, &findings);
        }
    }
    if let Some(around) = &around {
        let place = trunk::Place { comparison, around };
        quarrels.add(comparison, &trunk::handed_on(&workspace.repo, place, &scans)?);
    }
    Ok((checked(workspace, comparison, &scans, started), quarrels))
}

impl Quarrels {
    fn add(&mut self, comparison: &Comparison<'_>, findings: &[Finding]) {
        let position = |name| comparison.branches.iter().position(|branch| branch.name == name);
        for finding in findings.iter().filter(|finding| finding.level == Level::Deny) {
            let mut involved: Vec<usize> = branches_of(finding).into_iter().filter_map(position).collect();
            involved.sort_unstable();
            if let [only] = involved[..] {
                self.alone.entry(only).or_default().push(finding.clone());
            }
            for (place, &one) in involved.iter().enumerate() {
                for &other in &involved[place + 1..] {
                    self.pairs.entry((one, other)).or_default().push(finding.clone());
                }
            }
        }
    }
}

/// Pairs that changed the same places as a pair with a finding, and have none so far.
fn suspects(scan: &Scan, quarrels: &Quarrels) -> BTreeSet<PairIdx> {
    let paths_of = |branch: &BranchChanges| branch.files.iter().map(|file| file.path.clone()).collect();
    let changed: BTreeMap<usize, BTreeSet<RepoPath>> =
        scan.changes.iter().map(|(&idx, branch)| (idx, paths_of(branch))).collect();
    let places: BTreeSet<BTreeSet<&RepoPath>> = scan
        .report
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Deny && branches_of(finding).len() > 1)
        .map(|finding| finding.sites.iter().map(|site| &site.path).collect())
        .collect();
    let may_share = |&&(one, other): &&PairIdx| {
        let (ours, theirs) = (&changed[&one], &changed[&other]);
        places.iter().any(|places| {
            places.iter().all(|path| ours.contains(*path) || theirs.contains(*path))
                && places.iter().any(|path| ours.contains(*path))
                && places.iter().any(|path| theirs.contains(*path))
        })
    };
    let open = scan.group.pairs.iter().filter(|pair| !quarrels.pairs.contains_key(pair));
    open.filter(may_share).copied().collect()
}

fn compare_alone(scan: &Scan, comparison: &Comparison<'_>, (one, other): PairIdx) -> Vec<Finding> {
    compare_two(scan, comparison, &[scan.changes[&one].clone(), scan.changes[&other].clone()])
}

/// What two branches of a scan are at odds about when nothing else is in sight.
pub(super) fn compare_two(
    scan: &Scan,
    comparison: &Comparison<'_>,
    branches: &[BranchChanges; 2],
) -> Vec<Finding> {
    let is_theirs = |file: &&MergedFile| {
        file.branches.iter().all(|name| branches.iter().any(|branch| branch.name == *name))
    };
    let merged: Vec<MergedFile> = scan.merged.iter().filter(is_theirs).cloned().collect();
    let mut report = check(&Input {
        branches,
        merged: &merged,
        declared: comparison.declared,
        history: &[],
        unchanged: &scan.elsewhere,
        read: &|texts| scan.models.read(texts),
        differences: &scan.differences,
    });
    scan.settle(&mut report.findings);
    // What a branch states about itself was judged with all branches in sight.
    report.findings.retain(|finding| branches_of(finding).len() > 1);
    report.findings
}
