//! Every branch against every other: text, contracts, and the order that merges most.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::check::{
    Comparison, Quarrels, RunBranches, Unreadable, named_branches, quarrels, require_run_with_branches,
    with_readable,
};
use super::merges::Merges;
use super::parted::{PairIdx, all_pairs, parted};
use super::textual::{Textual, textual};
use super::{Branch, Fault, Workspace};
use crate::git::Repo;
pub use crate::merge::Step;
use crate::merge::{Candidate, merge_order};
use crate::model::{Finding, RunId};

/// What is to be expected of merging some branches.
#[derive(Debug)]
pub struct Matrix {
    pub branches: Vec<Branch>,
    /// Every pair once, by the positions of its branches.
    pub pairs: Vec<Pairing>,
    pub order: Vec<Step>,
    pub seconds: f64,
}

/// What is to be expected of a pair.
#[derive(Debug, Clone)]
pub struct Pairing {
    pub one: usize,
    pub other: usize,
    pub textual: Textual,
    /// Findings that block, where the text alone is clean or not.
    pub findings: Vec<Finding>,
}

/// How a pair stands, at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairVerdict {
    Clean,
    /// The text conflicts.
    Conflict,
    /// The text conflicts, and structure resolves it.
    Resolvable,
    /// Git merges it, and the result breaks a contract.
    Contract,
}

impl Pairing {
    /// How the pair stands.
    pub fn verdict(&self) -> PairVerdict {
        match (self.textual.is_clean, self.findings.is_empty()) {
            (false, true) if self.textual.rung.is_some() => PairVerdict::Resolvable,
            (false, _) => PairVerdict::Conflict,
            (true, false) => PairVerdict::Contract,
            (true, true) => PairVerdict::Clean,
        }
    }
}

impl Matrix {
    /// Whether any two of the branches can be merged.
    pub fn is_clean(&self) -> bool {
        self.pairs.iter().all(|pair| pair.verdict() == PairVerdict::Clean)
    }
}

/// What of a pair is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    Text,
    TextAndContracts,
}

/// Compares the named branches with each other.
pub fn matrix(
    workspace: &Workspace,
    names: &[String],
    base: Option<&str>,
    depth: Depth,
) -> anyhow::Result<Matrix> {
    let branches = named_branches(&workspace.repo, names)?;
    if branches.len() < 2 {
        return Err(Fault::usage(format!("'{}' is named alone: a pair needs two", names.join(" ")))
            .hint("git orca matrix <branch> <branch>…")
            .into());
    }
    let base = base.map(|base| workspace.repo.resolve_commit(base)).transpose()?;
    let comparison = Comparison { base, ..Comparison::of(&branches) };
    build(workspace, &comparison, &BTreeMap::new(), depth)
}

/// Compares the branches of a run that are not merged yet.
pub fn matrix_of_run(workspace: &Workspace, run: Option<RunId>, depth: Depth) -> anyhow::Result<Matrix> {
    let state = require_run_with_branches(workspace, run, "matrix")?;
    let branches = RunBranches::open(workspace, &state)?;
    let graph = state.graph();
    let name = |id: &crate::model::TaskId| state.record.id.task_branch(id);
    let after = state.tasks.keys().map(|id| (name(id), graph.needs(id).map(name).collect())).collect();
    build(workspace, &branches.comparison(), &after, depth)
}

/// Which branches a branch builds on, by name.
pub(super) type After = BTreeMap<String, Vec<String>>;

fn build(
    workspace: &Workspace,
    comparison: &Comparison<'_>,
    after: &After,
    depth: Depth,
) -> anyhow::Result<Matrix> {
    let started = Instant::now();
    let branches = comparison.branches.to_vec();
    let merges = Merges::new(&workspace.repo, Some(&workspace.cache))?;
    let expected = |sound: &[Branch]| {
        let comparison = Comparison { branches: sound, merges: Some(&merges), ..*comparison };
        let quarrels = match depth {
            Depth::Text => Quarrels::default(),
            Depth::TextAndContracts => quarrels(workspace, &comparison)?.1,
        };
        Expected::of(&workspace.repo, &comparison, quarrels, (&merges, Some(&workspace.cache)))
    };
    let are_enough = |left: &[Branch]| left.len() > 1;
    let (expected, damaged) = with_readable(&workspace.repo, &branches, are_enough, expected)?;
    let failure = |branch: &Branch| damaged.iter().find(|left_out| left_out.branch == *branch);
    let sound: Vec<Branch> = branches.iter().filter(|branch| failure(branch).is_none()).cloned().collect();
    let last = |branch: &Unreadable| Step { name: branch.branch.name.clone(), reason: branch.why() };
    let order = expected.order(&sound, after).into_iter().chain(damaged.iter().map(last)).collect();
    let pairs = pairings(&branches, expected, &damaged);
    Ok(Matrix { branches, pairs, order, seconds: started.elapsed().as_secs_f64() })
}

/// Every pair, with what is expected of it; of branches that cannot be read nothing is.
fn pairings(branches: &[Branch], mut expected: Expected, damaged: &[Unreadable]) -> Vec<Pairing> {
    let mut n_sound = 0;
    let mut places = Vec::with_capacity(branches.len());
    for branch in branches {
        let failure = damaged.iter().find(|left_out| left_out.branch == *branch);
        places
            .push(failure.map_or(Ok(n_sound), |left_out| Err(format!("{} {}", branch.name, left_out.why()))));
        n_sound += usize::from(failure.is_none());
    }
    let pairing = |(one, other): PairIdx| match (&places[one], &places[other]) {
        (&Ok(left), &Ok(right)) => Pairing {
            one,
            other,
            textual: expected.textual.remove(&(left, right)).unwrap_or_default(),
            findings: expected.quarrels.pairs.remove(&(left, right)).unwrap_or_default(),
        },
        (Err(why), _) | (_, Err(why)) => {
            Pairing { one, other, textual: Textual::impossible(why.clone()), findings: Vec::new() }
        }
    };
    all_pairs(branches.len()).map(pairing).collect()
}

/// What is expected of all pairs of some branches. There may be quarrels with others too, whose
/// positions come after these.
pub(super) struct Expected {
    pub(super) textual: BTreeMap<PairIdx, Textual>,
    pub(super) quarrels: Quarrels,
    /// Pairs of which the first is part of the second.
    stacked: Vec<PairIdx>,
}

impl Expected {
    pub(super) fn of(
        repo: &Repo,
        comparison: &Comparison<'_>,
        quarrels: Quarrels,
        known: (&Merges, Option<&Path>),
    ) -> anyhow::Result<Self> {
        let tips = comparison.tips();
        let parted = parted(repo, &tips, comparison.base)?;
        Ok(Self {
            textual: textual(repo, comparison.branches, &parted, known)?,
            stacked: parted.stacked(&tips),
            quarrels,
        })
    }

    /// The order that merges most, with the reasons.
    pub(super) fn order(&self, branches: &[Branch], after: &After) -> Vec<Step> {
        let name = |idx: usize| branches[idx].name.clone();
        let mut candidates: Vec<Candidate> = (0..branches.len())
            .map(|idx| Candidate {
                name: name(idx),
                after: after.get(&branches[idx].name).cloned().unwrap_or_default(),
                yields_to: Vec::new(),
            })
            .collect();
        for &(below, above) in &self.stacked {
            candidates[above].after.push(name(below));
        }
        let mut foes = Vec::new();
        for pair in all_pairs(branches.len()) {
            let findings = self.quarrels.pairs.get(&pair).map_or(&[][..], Vec::as_slice);
            if let Some((winner, loser)) = ranked(branches, pair, findings) {
                candidates[loser].yields_to.push(name(winner));
            }
            if !findings.is_empty() || self.textual.get(&pair).is_some_and(|textual| !textual.is_clean) {
                foes.push((name(pair.0), name(pair.1)));
            }
        }
        merge_order(&candidates, &foes)
    }
}

/// Who of a pair stays and who has to change: the branch of the first fix, else of the last place.
fn ranked(branches: &[Branch], (one, other): PairIdx, findings: &[Finding]) -> Option<PairIdx> {
    let named = findings.iter().flat_map(|finding| {
        let fix = finding.fix.iter().map(|fix| fix.branch.as_str());
        fix.chain(finding.sites.iter().rev().map(|site| site.branch.as_str()))
    });
    named.into_iter().find_map(|loser| match loser {
        loser if loser == branches[one].name => Some((other, one)),
        loser if loser == branches[other].name => Some((one, other)),
        _ => None,
    })
}
