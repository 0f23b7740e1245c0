//! Merges branches one on top of the other in memory, proves the result, and finds who breaks it.
//!
//! No ref moves here. The commit that comes out is the one that was tested.

mod asking;
mod evidence;

use std::collections::BTreeMap;

use super::gate::{Gate, Verdict};
use super::parted::PairIdx;
use super::resolve::{Picks, Resolved, SEARCH, resolve_merge};
use super::search::{Found, Search};
use super::textual::{as_in_a_merge, why};
use super::{Branch, Event, Workspace};
use crate::git::{GitError, Merger, NewCommit, Pair, Quarantine, Repo, vet_changes};
use crate::model::{Account, Finding, Oid, RepoPath, Resolve, TaskId};
use evidence::with_certificate;
pub(super) use evidence::{note_validated, objections_to};

/// A branch that wants to land.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// The task's id, or the branch's name outside a run.
    pub(super) name: String,
    pub(super) tip: Oid,
    /// The message of its merge commit.
    pub(super) message: String,
}

/// Why a branch stays out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It conflicts in text with what was merged before it; the paths.
    Conflict(Vec<String>),
    /// Git would not merge it, for whatever state it is in.
    Impossible(String),
    /// It brings in what may not be merged.
    Hostile(Vec<String>),
    /// It breaks a contract with what was merged before it.
    Contract(Vec<Finding>),
    /// It stays out for that, and asking a specialist did not help: why not.
    Unresolved { conflict: Box<Self>, why: String },
    /// It conflicts in text; a guess at what both want passes the gate, which tests too little to
    /// prove it. The first path and the commit that holds the guess.
    Proposed { path: RepoPath, commit: Oid },
    /// It conflicts in text, and two guesses that say different things pass the gate. The commits
    /// that hold them.
    Ambiguous { path: RepoPath, commits: [Oid; 2] },
    /// The gate passes without it and fails with it, twice; what the gate printed.
    Gate(String),
}

/// What is to land, in this order.
pub(super) struct Wish<'a> {
    /// The tip of the target.
    pub(super) start: Oid,
    /// The target's name.
    pub(super) target: &'a str,
    pub(super) candidates: &'a [Candidate],
    /// Pairs of candidates of which only the first may land, with the reasons.
    pub(super) quarrels: &'a BTreeMap<PairIdx, Vec<Finding>>,
    /// Whether a candidate that is ahead of the target becomes its tip without a merge commit.
    pub(super) fast_forward: bool,
    /// Whether objects may be written to the repository at all.
    pub(super) writes: bool,
    /// What is done about conflicts in text.
    pub(super) resolve: Resolve,
    /// Whether the validator may speak against files that were resolved.
    pub(super) check: bool,
    /// Whether nothing is to move: then no agent is started.
    pub(super) dry_run: bool,
}

/// What can land.
#[derive(Debug, Clone)]
pub(super) struct Landing {
    /// The tip to move the target to; the start when nothing can land.
    pub(super) commit: Oid,
    pub(super) tree: Oid,
    /// Positions of candidates that are in it, in order of merging.
    pub(super) landed: Vec<usize>,
    pub(super) refused: Vec<(usize, Refused)>,
    /// Whether a gate failed and then passed on the same tree.
    pub(super) flaky: bool,
    /// Conflicts that were resolved on the way.
    pub(super) resolved: Vec<Resolved>,
    /// What it took to ask a specialist about them.
    pub(super) asked: Vec<Asked>,
}

/// What an agent used up that was asked about the conflicts of a candidate.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) idx: usize,
    pub(super) seconds: u64,
    pub(super) account: Account,
}

/// Works out what of the candidates can land, in their order.
pub(super) fn land(
    workspace: &Workspace,
    wish: &Wish<'_>,
    gate: &mut Gate<'_>,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Landing> {
    let landing = land_without_asking(workspace, wish, gate, emit)?;
    match wish.resolve {
        Resolve::Agent => asking::go_on(workspace, wish, landing, gate, emit),
        Resolve::Off | Resolve::Safe | Resolve::Search => Ok(landing),
    }
}

fn land_without_asking(
    workspace: &Workspace,
    wish: &Wish<'_>,
    gate: &mut Gate<'_>,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Landing> {
    let place = match wish.writes {
        true => Place::Repository(&workspace.repo),
        false => Place::Quarantine(Quarantine::new(&workspace.repo)?),
    };
    let mut out = hostile_ones(workspace, wish)?;
    let mut flaky = false;
    let mut search = Search::new(wish, gate);
    loop {
        let chain = chain(workspace, &place, wish, &out, &search)?;
        let guessed = chain.resolved.iter().any(|resolved| resolved.rung == SEARCH);
        if search.is_over(chain.tree, guessed) {
            continue;
        }
        let mut landing = Landing {
            commit: chain.steps.last().map_or(wish.start, |step| step.1),
            tree: chain.tree,
            landed: chain.landed,
            refused: out.iter().map(|(&idx, why)| (idx, why.clone())).chain(chain.refused).collect(),
            flaky,
            resolved: chain.resolved,
            asked: Vec::new(),
        };
        landing.refused.sort_by_key(|(idx, _)| *idx);
        if chain.steps.is_empty() {
            return Ok(landing);
        }
        if guessed {
            match search.judge(workspace, wish, (&chain.steps, chain.tree, &landing.resolved), gate, emit)? {
                Found::Proved => return Ok(landing),
                Found::Again => {}
                Found::Unproved(idx, refused) => drop(out.insert(idx, refused)),
            }
            continue;
        }
        let verdict = gate.test_twice(landing.commit, landing.landed.len(), emit)?;
        flaky |= verdict.flaky;
        if verdict.passed {
            return Ok(Landing { flaky, ..landing });
        }
        // A gate that wants all candidates together fails without the one that has no proof, and
        // nobody is to blame.
        let unproved = |why: &Refused| matches!(why, Refused::Proposed { .. } | Refused::Ambiguous { .. });
        if out.values().any(unproved) && !gate.test_twice(wish.start, 0, emit)?.passed {
            return Ok(waiting(wish, landing, &verdict.output, &workspace.repo)?);
        }
        let names = landing.landed.iter().map(|&idx| wish.candidates[idx].name.clone()).collect();
        emit(Event::Bisecting { tasks: names });
        let (culprit, verdict) = culprit(wish.start, &chain.steps, verdict, gate, emit)?;
        // Those that stayed out because of the culprit get another chance without it.
        out.insert(culprit, Refused::Gate(verdict.output));
    }
}

/// Nothing lands: the gate wants all candidates together, and one of them has no proof.
fn waiting(wish: &Wish<'_>, landing: Landing, output: &str, repo: &Repo) -> Result<Landing, GitError> {
    let mut refused = landing.refused;
    refused.extend(landing.landed.into_iter().map(|idx| (idx, Refused::Gate(output.to_owned()))));
    refused.sort_by_key(|(idx, _)| *idx);
    let tree = repo.commit(wish.start)?.tree;
    let (commit, landed, resolved) = (wish.start, Vec::new(), Vec::new());
    Ok(Landing { commit, tree, landed, refused, resolved, ..landing })
}

/// Where merges are tried out.
enum Place<'a> {
    Repository(&'a Repo),
    Quarantine(Quarantine),
}

impl Place<'_> {
    fn repo(&self) -> &Repo {
        match self {
            Self::Repository(repo) => repo,
            Self::Quarantine(quarantine) => quarantine.repo(),
        }
    }

    fn merger(&self) -> Result<Merger, GitError> {
        match self {
            Self::Repository(repo) => Merger::landing(repo),
            Self::Quarantine(quarantine) => Merger::predicting(quarantine),
        }
    }
}

struct Chain {
    /// Candidate and the commit that holds it and all before it.
    steps: Vec<(usize, Oid)>,
    tree: Oid,
    /// The candidates of the steps, and those that were part of others already.
    landed: Vec<usize>,
    refused: Vec<(usize, Refused)>,
    resolved: Vec<Resolved>,
}

/// Merges the candidates in order; one that cannot be is left out and the next is tried.
fn chain(
    workspace: &Workspace,
    place: &Place<'_>,
    wish: &Wish<'_>,
    out: &BTreeMap<usize, Refused>,
    search: &Search,
) -> anyhow::Result<Chain> {
    let tree = workspace.repo.commit(wish.start)?.tree;
    let mut merger = place.merger()?.with_attributes_of(wish.start);
    let mut chain =
        Chain { steps: Vec::new(), tree, landed: Vec::new(), refused: Vec::new(), resolved: Vec::new() };
    for (idx, candidate) in wish.candidates.iter().enumerate().filter(|(idx, _)| !out.contains_key(idx)) {
        if is_contained(&workspace.repo, wish, &chain, candidate.tip)? {
            chain.landed.push(idx);
            continue;
        }
        let tip = chain.steps.last().map_or(wish.start, |step| step.1);
        if let Some(findings) = quarrel(wish, &chain.landed, idx) {
            chain.refused.push((idx, Refused::Contract(findings)));
            continue;
        }
        if wish.fast_forward && tip == wish.start && workspace.repo.contains(candidate.tip, tip)? {
            chain.tree = workspace.repo.commit(candidate.tip)?.tree;
            chain.steps.push((idx, candidate.tip));
            chain.landed.push(idx);
            continue;
        }
        match merge(workspace, (&mut merger, place.repo()), wish, tip, candidate, search.picks.as_ref())? {
            Err(refused) => chain.refused.push((idx, refused)),
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
    let path = |conflict: &crate::git::Conflict| as_in_a_merge(&conflict.path, &[&ours, &theirs]).to_string();
    Ok(Err(Refused::Conflict(merged.conflicts.iter().map(path).collect())))
}

/// Whether the target or a candidate that landed holds a commit already. Asked of the real
/// repository, since a quarantine does not know where a shallow history ends.
fn is_contained(repo: &Repo, wish: &Wish<'_>, chain: &Chain, commit: Oid) -> anyhow::Result<bool> {
    let landed = chain.landed.iter().map(|&idx| wish.candidates[idx].tip);
    for holder in std::iter::once(wish.start).chain(landed) {
        if repo.contains(holder, commit)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What keeps a candidate from landing beside those that have.
fn quarrel(wish: &Wish<'_>, landed: &[usize], idx: usize) -> Option<Vec<Finding>> {
    let with = |&other: &usize| wish.quarrels.get(&(idx.min(other), idx.max(other)));
    let findings: Vec<Finding> = landed.iter().filter_map(with).flatten().cloned().collect();
    (!findings.is_empty()).then_some(findings)
}

/// The candidates that change what must not be changed: the result has to be fit to be checked out
/// on any machine.
fn hostile_ones(workspace: &Workspace, wish: &Wish<'_>) -> anyhow::Result<BTreeMap<usize, Refused>> {
    let repo = &workspace.repo;
    let mut out = BTreeMap::new();
    for (idx, candidate) in wish.candidates.iter().enumerate() {
        // Without a common ancestor the merge will be refused for that.
        let Some(base) = repo.merge_base(wish.start, candidate.tip)? else { continue };
        let refused = match vet_changes(repo, repo.commit(base)?.tree, repo.commit(candidate.tip)?.tree) {
            Err(error @ GitError::BrokenTree(_)) => vec![error.to_string()],
            other => other?.iter().map(|refused| format!("{}: {}", refused.path, refused.why)).collect(),
        };
        if !refused.is_empty() {
            out.insert(idx, Refused::Hostile(refused));
        }
    }
    Ok(out)
}

/// Finds the first step that turns the gate red, by halving. A step is red when it is so twice.
fn culprit(
    start: Oid,
    steps: &[(usize, Oid)],
    red: Verdict,
    gate: &mut Gate<'_>,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<(usize, Verdict)> {
    // Invariant: the first `good` steps pass, the first `bad` fail with `verdict`.
    let (mut good, mut bad) = (0, steps.len());
    let mut verdict = red;
    while good + 1 < bad {
        let middle = (good + bad) / 2;
        let tested = gate.test_twice(steps[middle - 1].1, middle, emit)?;
        if tested.passed {
            good = middle;
        } else {
            bad = middle;
            verdict = tested;
        }
    }
    if good == 0 {
        let base = gate.test_twice(start, 0, emit)?;
        if !base.passed {
            let message = format!(
                "the gate already fails on {}, before anything is merged:\n{}",
                start.short(),
                base.output
            );
            return Err(super::Fault::no(message)
                .hint("make it pass there, or use another one: [gate] in orca.toml, or --gate")
                .into());
        }
    }
    Ok((steps[bad - 1].0, verdict))
}

/// The names of tasks, where candidates are tasks.
pub(super) fn task_ids(candidates: &[Candidate], positions: &[usize]) -> Vec<TaskId> {
    positions.iter().filter_map(|&idx| TaskId::new(&candidates[idx].name).ok()).collect()
}
