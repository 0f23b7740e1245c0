//! What a merge is without one of the sides that a guess brings together, as a gate is asked about it.

use std::collections::BTreeMap;

use super::chain::{Chain, chain};
use super::{Place, Refused, Wish};
use crate::engine::Workspace;
use crate::engine::resolve::{Resolved, SEARCH};
use crate::engine::search::{Search, Side};
use crate::git::NewCommit;
use crate::model::{Oid, RepoPath};

/// The merges on which a gate must fail that asks all sides of the guesses in a chain.
pub(super) fn sides(
    workspace: &Workspace,
    place: &Place<'_>,
    wish: &Wish<'_>,
    (out, search): (&BTreeMap<usize, Refused>, &Search),
    whole: &Chain,
) -> anyhow::Result<Vec<Side>> {
    let mut sides: Vec<Side> = Vec::new();
    for (at, &(idx, _)) in whole.steps.iter().enumerate() {
        let candidate = &wish.candidates[idx];
        let is_guess = |found: &&Resolved| found.rung == SEARCH && found.branch == candidate.name;
        let Some(guess) = whole.resolved.iter().find(is_guess) else { continue };
        let mut met = Vec::new();
        for &(other, _) in &whole.steps[..at] {
            if changes(workspace, wish, other, &guess.path)? {
                met.push(other);
            }
        }
        let before = at.checked_sub(1).map_or(wish.start, |before| whole.steps[before].1);
        let mut without = vec![(Some(idx), before)];
        without.extend(met.iter().map(|&other| (Some(other), candidate.tip)));
        if met.is_empty() {
            // It conflicts with what the target had.
            without.push((None, candidate.tip));
        }
        for (without, otherwise) in without {
            let known = sides.iter().find(|side| without.is_some() && side.without == without);
            let commit = match (known, without) {
                (Some(known), _) => known.commit,
                (None, None) => with_tests_of(whole.tip(wish), otherwise, workspace)?,
                (None, Some(without)) => {
                    let rest = chain_without(workspace, place, wish, (out, search), (whole, without))?;
                    with_tests_of(whole.tip(wish), rest.unwrap_or(otherwise), workspace)?
                }
            };
            sides.push(Side { idx, path: guess.path.clone(), without, commit });
        }
    }
    Ok(sides)
}

/// Whether a candidate has its own version of a file.
fn changes(workspace: &Workspace, wish: &Wish<'_>, idx: usize, path: &RepoPath) -> anyhow::Result<bool> {
    let repo = &workspace.repo;
    let tip = wish.candidates[idx].tip;
    let Some(base) = repo.merge_base(wish.start, tip)? else { return Ok(true) };
    let entry = |commit| anyhow::Ok(repo.entry_at(repo.commit(commit)?.tree, path)?);
    Ok(entry(base)? != entry(tip)?)
}

/// A chain without one of its candidates; none where another one cannot be merged without it, whose
/// absence would be all that the gate sees.
fn chain_without(
    workspace: &Workspace,
    place: &Place<'_>,
    wish: &Wish<'_>,
    (out, search): (&BTreeMap<usize, Refused>, &Search),
    (whole, without): (&Chain, usize),
) -> anyhow::Result<Option<Oid>> {
    let mut out = out.clone();
    out.insert(without, Refused::Red);
    let rest = chain(workspace, place, wish, &out, search)?;
    Ok((rest.landed.len() + 1 == whole.landed.len()).then(|| rest.tip(wish)))
}

/// A commit of this side that has the tests of the merge.
///
/// Tests that a branch brings are part of what the gate asks of the merge, and the other side does not
/// have them: without them it would pass on either side, whatever the branches test.
fn with_tests_of(merge: Oid, side: Oid, workspace: &Workspace) -> anyhow::Result<Oid> {
    let repo = &workspace.repo;
    let tree = repo.commit(side)?.tree;
    let mut changes = repo.diff_trees(tree, repo.commit(merge)?.tree)?;
    changes.retain(|change| change.path.is_test());
    if changes.is_empty() {
        return Ok(side);
    }
    let edits: Vec<_> = changes.into_iter().map(|change| (change.path, change.new)).collect();
    let tree = repo.edit_tree(Some(tree), &edits)?;
    let message = "One side with the tests of both";
    Ok(repo.write_commit(&NewCommit { tree, parents: &[side], message, time: workspace.now() })?)
}
