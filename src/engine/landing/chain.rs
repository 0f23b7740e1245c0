//! Merges candidates one on top of the other, and says of each that stays out why.

use std::collections::BTreeMap;

use super::evidence::{note_validated, objections_to, with_certificate};
use super::{Candidate, Clash, Landing, Place, Refused, Wish, quarrel};
use crate::engine::resolve::{Picks, Resolved, SEARCH, place_of, resolve_merge};
use crate::engine::search::Search;
use crate::engine::textual::{as_in_a_merge, why};
use crate::engine::{Branch, Workspace};
use crate::git::{GitError, Merger, NewCommit, Pair, Repo};
use crate::model::{Finding, Oid, RepoPath, Resolve};

/// What came of merging the candidates.
pub(super) struct Chain {
    /// Candidate and the commit that holds it and all before it.
    pub(super) steps: Vec<(usize, Oid)>,
    pub(super) tree: Oid,
    /// The candidates of the steps, and those that were part of others already.
    pub(super) landed: Vec<usize>,
    /// Those that were part of the target.
    pub(super) already: Vec<usize>,
    pub(super) refused: Vec<(usize, Refused)>,
    /// Those of them that the validator refused.
    pub(super) objected: Vec<(usize, Refused)>,
    pub(super) resolved: Vec<Resolved>,
}

impl Chain {
    /// Whether the merge of a candidate is by structure.
    pub(super) fn is_resolved(&self, wish: &Wish<'_>, idx: usize) -> bool {
        self.resolved.iter().any(|found| found.branch == wish.candidates[idx].name)
    }

    /// What lands if nothing speaks against the chain, beside those that are `out` already.
    pub(super) fn landing(&self, wish: &Wish<'_>, out: &BTreeMap<usize, Refused>, flaky: bool) -> Landing {
        let out = out.iter().map(|(&idx, why)| (idx, why.clone()));
        let mut refused: Vec<(usize, Refused)> = out.chain(self.refused.clone()).collect();
        refused.sort_by_key(|(idx, _)| *idx);
        Landing {
            commit: self.tip(wish),
            tree: self.tree,
            landed: self.landed.clone(),
            already: self.already.clone(),
            red: None,
            refused,
            flaky,
            resolved: self.resolved.clone(),
            asked: Vec::new(),
        }
    }

    fn object(&mut self, idx: usize, why: Refused) {
        self.objected.push((idx, why.clone()));
        self.refused.push((idx, why));
    }

    /// The commit that holds all that could be merged.
    pub(super) fn tip(&self, wish: &Wish<'_>) -> Oid {
        self.steps.last().map_or(wish.start, |step| step.1)
    }
}

/// Merges the candidates in order; one that cannot be is left out and the next is tried.
pub(super) fn chain(
    workspace: &Workspace,
    place: &Place<'_>,
    wish: &Wish<'_>,
    out: &BTreeMap<usize, Refused>,
    search: &Search,
) -> anyhow::Result<Chain> {
    let tree = workspace.repo.commit(wish.start)?.tree;
    let mut merger = place.merger(wish)?;
    let mut chain = Chain {
        steps: Vec::new(),
        tree,
        landed: Vec::new(),
        already: Vec::new(),
        refused: Vec::new(),
        objected: Vec::new(),
        resolved: Vec::new(),
    };
    for (idx, candidate) in wish.candidates.iter().enumerate().filter(|(idx, _)| !out.contains_key(idx)) {
        let is_in = workspace.repo.contains(wish.start, candidate.tip)?;
        if is_in || is_contained(&workspace.repo, wish, &chain, candidate.tip)? {
            chain.landed.push(idx);
            chain.already.extend(is_in.then_some(idx));
            continue;
        }
        let tip = chain.steps.last().map_or(wish.start, |step| step.1);
        let quarrel = quarrel(wish, &chain.landed, idx);
        if let Some(findings) = quarrel.as_ref().filter(|_| !search.doubts(idx)) {
            chain.object(idx, Refused::Contract(findings.clone()));
            continue;
        }
        if let Some(why) = search.given_up(idx).filter(|_| search.picks.is_none()) {
            chain.refused.push((idx, why.clone()));
            continue;
        }
        if wish.fast_forward && tip == wish.start && workspace.repo.contains(candidate.tip, tip)? {
            chain.tree = workspace.repo.commit(candidate.tip)?.tree;
            chain.steps.push((idx, candidate.tip));
            chain.landed.push(idx);
            continue;
        }
        match merge(workspace, (&mut merger, place.repo()), wish, tip, candidate, search.picks.as_ref())? {
            Err(refused @ Refused::Contract(_)) => chain.object(idx, refused),
            Err(refused) => {
                let refused = search.given_up(idx).cloned().unwrap_or(refused);
                chain.refused.push((idx, refused));
            }
            Ok((_, resolved)) if quarrel.as_ref().is_some_and(|found| !are_within(found, &resolved)) => {
                chain.refused.extend(quarrel.map(|found| (idx, Refused::Contract(found))));
            }
            Ok((tree, mut resolved)) => {
                search.mark(wish, &mut resolved);
                let (parents, message) =
                    ([tip, candidate.tip], with_certificate(&candidate.message, &resolved));
                let commit = NewCommit { tree, parents: &parents, message: &message, time: workspace.now() };
                chain.steps.push((idx, place.repo().write_commit(&commit)?));
                chain.landed.push(idx);
                chain.tree = tree;
                chain.resolved.extend(resolved);
            }
        }
    }
    Ok(chain)
}

/// The merged tree and what was resolved in it, or why there is none.
fn merge(
    workspace: &Workspace,
    (merger, repo): (&mut Merger, &Repo),
    wish: &Wish<'_>,
    tip: Oid,
    candidate: &Candidate,
    picks: Option<&Picks>,
) -> anyhow::Result<Result<(Oid, Vec<Resolved>), Refused>> {
    let merged = match merger.merge(Pair { base: None, ours: tip, theirs: candidate.tip }) {
        // That is no fault of the branch.
        Err(error) if error.is_unwritable() => return Err(error.into()),
        Err(error @ GitError::Failed { .. }) => {
            let shallow = "; this clone is shallow, which may be why: git fetch --unshallow";
            let shallow = if workspace.repo.is_shallow() { shallow } else { "" };
            return Ok(Err(Refused::Impossible(why(&error) + shallow)));
        }
        other => other?,
    };
    if merged.clean {
        return Ok(Ok((merged.tree, Vec::new())));
    }
    if wish.resolve != Resolve::Off
        && let Some((tree, mut resolved)) = resolve_merge(repo, wish.start, &merged, &candidate.name, picks)?
    {
        // Guesses are many: the gate goes first there.
        if resolved.iter().all(|found| found.rung != SEARCH) {
            let place = workspace.with_repo(repo.reopen()?);
            let findings = objections_to(&place, wish, (tip, candidate), tree, &resolved)?;
            if !findings.is_empty() {
                return Ok(Err(Refused::Contract(findings)));
            }
            note_validated(wish, &mut resolved);
        }
        return Ok(Ok((tree, resolved)));
    }
    let side = |name: &str, tip| Branch { name: name.to_owned(), tip };
    let (ours, theirs) = (side(wish.target, tip), side(&candidate.name, candidate.tip));
    let mut places = Vec::new();
    for conflict in &merged.conflicts {
        let path = as_in_a_merge(&conflict.path, &[&ours, &theirs]);
        places.push(format!("{path}{}", place_of(repo, conflict)?));
    }
    Ok(Err(Refused::Conflict(Clash { places, with: Vec::new() })))
}

/// Whether a candidate that landed holds a commit already. Asked of the real repository, as of the
/// target, since a quarantine does not know where a shallow history ends.
fn is_contained(repo: &Repo, wish: &Wish<'_>, chain: &Chain, commit: Oid) -> anyhow::Result<bool> {
    for &idx in &chain.landed {
        if repo.contains(wish.candidates[idx].tip, commit)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether all that speaks against a merge is in files of which another merge is tried.
fn are_within(findings: &[Finding], resolved: &[Resolved]) -> bool {
    let is_tried = |path: &RepoPath| resolved.iter().any(|found| found.path == *path);
    findings.iter().flat_map(|found| &found.sites).all(|site| is_tried(&site.path))
}
