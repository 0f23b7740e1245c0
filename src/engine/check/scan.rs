//! One comparison of the branches of a group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::baseline;
use super::changes::{LARGEST, Sources, changes_of};
use super::elsewhere::Elsewhere;
use super::history::{self, Allows, History, Known};
use super::marked;
use super::merged::merged_files;
use super::models::Models;
use super::{Branch, Comparison, Line, branches_of};
use crate::engine::Workspace;
use crate::engine::parted::Group;
use crate::git::{GitError, Head, Repo};
use crate::model::{BranchChanges, Finding, Level, Oid, RepoPath, Source};
use crate::validate::{Differences, Input, MergedFile, Report, check, extract, texts_of};

/// What was read of a group, and what came of it.
pub(super) struct Scan {
    pub(super) group: Group,
    /// Of the members, by position.
    pub(super) changes: BTreeMap<usize, BranchChanges>,
    pub(super) merged: Vec<MergedFile>,
    pub(super) elsewhere: Elsewhere,
    pub(super) models: Arc<Models>,
    pub(super) differences: Arc<Differences>,
    /// What commits and the baseline allow.
    pub(super) allows: Allows,
    /// Those of them that were found.
    pub(super) accepted: BTreeSet<String>,
    levels: BTreeMap<String, Option<Level>>,
    pub(super) report: Report,
}

/// What the groups of a comparison have in common.
pub(super) struct Shelf {
    pub(super) models: Arc<Models>,
    pub(super) differences: Arc<Differences>,
    pub(super) sources: Sources,
    /// What is accepted in every group.
    pub(super) allows: Allows,
}

impl Shelf {
    pub(super) fn of(workspace: &Workspace) -> anyhow::Result<Self> {
        Ok(Self {
            models: Arc::new(Models::of(workspace)),
            differences: Arc::default(),
            sources: Sources::default(),
            allows: Allows { fingerprints: baseline::accepted(workspace)?, ..Allows::default() },
        })
    }
}

/// Reads and compares the branches of a group.
pub(super) fn scan(
    workspace: &Workspace,
    comparison: &Comparison<'_>,
    (group, shelf): (&Group, &Shelf),
) -> anyhow::Result<Scan> {
    let repo = &workspace.repo;
    let members: Vec<usize> = group.members().into_iter().collect();
    let read = on_all_cores(repo, &members, |repo, &idx| {
        let mut refused = Vec::new();
        let (base, branch) = (group.start(idx), &comparison.branches[idx]);
        let changes = changes_of((repo, &shelf.sources), base, branch, &mut refused)?;
        Ok((idx, changes, refused))
    })?;
    let mut refused = Vec::new();
    let mut changes = BTreeMap::new();
    for (idx, branch, left_out) in read {
        changes.insert(idx, branch);
        refused.extend(left_out);
    }
    marked::leave_out(repo, group, &mut changes, &mut refused)?;
    let lines = match comparison.lines {
        Some(lines) => lines.to_vec(),
        None => members
            .iter()
            .map(|&idx| own_line(repo, &comparison.branches[idx], group.base))
            .collect::<Result<_, _>>()?,
    };
    let known = known(&changes);
    let models = Arc::clone(&shelf.models);
    let files = || changes.values().flat_map(|branch| &branch.files);
    let own = repo.reopen()?;
    let (merged, history) = std::thread::scope(|scope| {
        // Git merges in processes of its own; meanwhile the models are read.
        let merging = scope.spawn(|| {
            let own = own;
            merged_files(&own, (group, comparison), &changes, &mut refused)
        });
        scope.spawn(|| models.read(&texts_of(files())));
        let history = history::read((repo, &shelf.sources), &lines, &known);
        (merging.join(), history)
    });
    let (merged, history) = (merged.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?, history?);
    let changed = files().map(|file| file.path.clone()).collect();
    let mut scan = Scan {
        group: group.clone(),
        elsewhere: Elsewhere::new(repo, repo.commit(group.base)?.tree, changed, Arc::clone(&models))?,
        models,
        differences: Arc::clone(&shelf.differences),
        changes,
        merged,
        allows: shelf.allows.clone(),
        accepted: BTreeSet::new(),
        levels: workspace.config.levels.clone(),
        report: Report::default(),
    };
    scan.look(comparison, history);
    scan.report.not_analysed.extend(refused);
    Ok(scan)
}

/// The commits of a branch. One that the others build on has none beyond the base: then it is what
/// it has beyond the branch that is checked out.
pub(super) fn own_line(repo: &Repo, branch: &Branch, base: Oid) -> Result<Line, GitError> {
    let mut start = base;
    if branch.tip == base
        && let Head::Branch(_, head) | Head::Detached(head) = repo.head()?
        && let Some(parted) = repo.merge_base_of_all(&[branch.tip, head])?
    {
        start = parted;
    }
    Ok(Line::of_branch(branch, start))
}

/// The texts that are at hand. Of what no extractor reads, and of what is too large, there is none.
fn known(changes: &BTreeMap<usize, BranchChanges>) -> Known<'_> {
    let files = changes.values().flat_map(|branch| &branch.files);
    let sources = files.flat_map(|file| [&file.old, &file.new]).flatten();
    let is_read = |source: &&Source| !source.bytes.is_empty() && source.bytes.len() as u64 <= LARGEST;
    sources.filter(is_read).map(|source| (source.oid, source)).collect()
}

/// Does the same for every item on all cores, on each with a repository opened anew. The results
/// come in the order of the items.
pub(super) fn on_all_cores<T: Sync, R: Send>(
    repo: &Repo,
    items: &[T],
    work: impl Fn(&Repo, &T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let n_parts = rayon::current_num_threads().min(items.len() / FEW).max(1);
    if n_parts == 1 {
        return items.iter().map(|item| work(repo, item)).collect();
    }
    let repos: Vec<Repo> = (0..n_parts).map(|_| repo.reopen()).collect::<Result<_, _>>()?;
    let parts: Vec<&[T]> = items.chunks(items.len().div_ceil(n_parts)).collect();
    let done: Vec<anyhow::Result<Vec<R>>> = repos
        .into_par_iter()
        .zip(parts)
        .map(|(repo, part)| part.iter().map(|item| work(&repo, item)).collect())
        .collect();
    Ok(done.into_iter().collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// With fewer items for each core, opening the repository again costs more than it saves.
const FEW: usize = 4;

impl Scan {
    fn look(&mut self, comparison: &Comparison<'_>, history: History) {
        let branches: Vec<BranchChanges> = self.changes.values().cloned().collect();
        let mut report = check(&Input {
            branches: &branches,
            merged: &self.merged,
            declared: comparison.declared,
            history: &history.edits,
            unchanged: &self.elsewhere,
            read: &|texts| self.models.read(texts),
            differences: &self.differences,
        });
        self.allows.extend(&history.allows);
        let found = report.findings.iter().map(|finding| &finding.fingerprint);
        self.accepted = found.filter(|found| self.allows.fingerprints.contains(*found)).cloned().collect();
        self.settle(&mut report.findings);
        let position = |name: &str| comparison.branches.iter().position(|branch| branch.name == name);
        report.findings.retain(|finding| self.concerns(finding, &position));
        self.report = report;
    }

    /// Whether all pairs of branches that a finding is about parted at this group's base.
    fn concerns(&self, finding: &Finding, position: &dyn Fn(&str) -> Option<usize>) -> bool {
        let mut involved: Vec<usize> = branches_of(finding).into_iter().filter_map(position).collect();
        involved.sort_unstable();
        involved.iter().enumerate().all(|(place, &one)| {
            involved[place + 1..].iter().all(|&other| self.group.pairs.contains(&(one, other)))
        })
    }

    /// Applies the levels of `orca.toml` and drops what a commit or the baseline allows.
    pub(super) fn settle(&self, findings: &mut Vec<Finding>) {
        findings.retain_mut(|finding| {
            match self.levels.get(finding.rule) {
                Some(Some(level)) => finding.level = *level,
                Some(None) => return false,
                None => {}
            }
            !self.allows.fingerprints.contains(&finding.fingerprint)
        });
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    }
}

/// One report of all groups; what several of them found is said once.
pub(super) fn joined(scans: &[Scan]) -> Report {
    let mut report = Report::default();
    let mut seen = BTreeSet::new();
    let mut not_analysed: BTreeSet<&(RepoPath, String)> = BTreeSet::new();
    for scan in scans {
        let new = scan.report.findings.iter().filter(|finding| seen.insert(&finding.fingerprint));
        report.findings.extend(new.cloned());
        not_analysed.extend(&scan.report.not_analysed);
    }
    report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    report.not_analysed = not_analysed.into_iter().cloned().collect();
    report.analysed = match scans {
        [only] => only.report.analysed,
        several => n_analysed(several, &report.not_analysed),
    };
    report
}

/// How many different source files of all groups were looked at.
fn n_analysed(scans: &[Scan], not_analysed: &[(RepoPath, String)]) -> usize {
    let files = scans.iter().flat_map(|scan| scan.changes.values()).flat_map(|branch| &branch.files);
    let sources = files.map(|file| &file.path).filter(|path| extract::language_of(path).is_some());
    let left_out: BTreeSet<&RepoPath> = not_analysed.iter().map(|(path, _)| path).collect();
    sources.filter(|path| !left_out.contains(path)).collect::<BTreeSet<_>>().len()
}
