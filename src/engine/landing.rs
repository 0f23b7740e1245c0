//! Merges branches one on top of the other in memory, proves the result, and finds who breaks it.
//!
//! No ref moves here. The commit that comes out is the one that was tested.

mod asking;
mod chain;
mod clash;
mod evidence;
mod sides;
mod trials;

use std::collections::BTreeMap;

use super::check::unreadable;
use super::gate::{Gate, Verdict};
use super::parted::PairIdx;
use super::resolve::{Resolved, SEARCH};
use super::search::{Found, Search};
use super::{Event, Workspace};
use crate::git::{GitError, Merger, Quarantine, Repo, vet_changes};
use crate::merge::Blame;
use crate::model::{Account, Finding, Oid, RepoPath, Resolve, TaskId};
use chain::chain;
pub(super) use evidence::{note_validated, objections_to};
use sides::sides;
use trials::Suspects;

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
    /// It conflicts in text with what was merged before it.
    Conflict(Clash),
    /// Git would not merge it, for whatever state it is in.
    Impossible(String),
    /// Objects of it are missing or broken, in words.
    Unreadable(String),
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
    /// The gate fails with it, and where nothing is merged too, so that it proves nothing.
    Red,
}

/// A conflict in text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clash {
    /// The paths, each with what is known of the place: `a.py:12` for the line in the branch that stays
    /// out.
    pub places: Vec<String>,
    /// Which of what was merged before it, where it conflicts with one of them alone.
    pub with: Vec<String>,
}

/// A gate that fails on the target as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Red {
    /// The tip of the target.
    pub commit: Oid,
    /// The end of what the gate printed there.
    pub output: String,
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
    /// Those of them that the target held before.
    pub(super) already: Vec<usize>,
    pub(super) refused: Vec<(usize, Refused)>,
    /// Set when nothing can land for that, and nobody is to blame.
    pub(super) red: Option<Red>,
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
    let mut landing = match wish.resolve {
        Resolve::Agent if landing.red.is_none() => asking::go_on(workspace, wish, landing, gate, emit)?,
        _ => landing,
    };
    clash::name_rivals(&Place::of(&workspace.repo, wish)?, wish, &mut landing)?;
    Ok(landing)
}

fn land_without_asking(
    workspace: &Workspace,
    wish: &Wish<'_>,
    gate: &mut Gate<'_>,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Landing> {
    let place = Place::of(&workspace.repo, wish)?;
    let mut out = hostile_ones(workspace, wish)?;
    let mut flaky = false;
    let mut search = Search::new(wish, gate);
    // What the gate failed on already while a culprit was sought.
    let mut rest: Option<(Oid, Verdict)> = None;
    // What it said of the target, once that was asked.
    let mut start: Option<Verdict> = None;
    loop {
        let chain = chain(workspace, &place, wish, &out, &search)?;
        if chain.objected.iter().any(|(idx, why)| search.doubt(wish, *idx, why)) {
            continue;
        }
        let guessed = chain.resolved.iter().any(|resolved| resolved.rung == SEARCH);
        if search.is_over(chain.tree, guessed) {
            continue;
        }
        let landing = chain.landing(wish, &out, flaky);
        if chain.steps.is_empty() {
            return Ok(landing);
        }
        if guessed {
            let mut found =
                search.judge(workspace, wish, (&chain.steps, chain.tree, &landing.resolved), gate, emit)?;
            if matches!(found, Found::Passes) {
                let sides = sides(workspace, &place, wish, (&out, &search), &chain)?;
                let guessed = (landing.commit, chain.tree, &landing.resolved[..]);
                found = search.prove(workspace, guessed, sides, (gate, emit))?;
            }
            match found {
                Found::Proved => return Ok(landing),
                Found::Again | Found::Passes => {}
                Found::Unproved(idx, refused) => drop(out.insert(idx, refused)),
            }
            continue;
        }
        let verdict = match rest.take() {
            Some((tree, verdict)) if tree == chain.tree => verdict,
            _ => gate.try_on(landing.commit, landing.landed.len(), emit)?,
        };
        flaky |= verdict.flaky;
        if verdict.passed {
            return Ok(Landing { flaky, ..landing });
        }
        // Before anybody is suspected: a gate that cannot work here at all is what people meet first.
        // One that fails in another way may be mended by a branch, and broken by the next.
        let is_unproved = out.values().any(is_unproved);
        if start.is_none() && (is_unproved || chain.steps.len() <= FEW) {
            start = Some(gate.try_on(wish.start, 0, emit)?);
        }
        let alone = start.clone();
        // A gate that wants all candidates together fails without the one that has no proof, and
        // nobody is to blame.
        if is_unproved && alone.as_ref().is_some_and(|alone| !alone.passed) {
            let refused = Refused::Gate(verdict.output);
            return Ok(waiting(wish, landing, &refused, &workspace.repo)?);
        }
        let found = match alone {
            Some(alone) if verdict.fails_as(&alone) => trials::Found::red(alone),
            alone => {
                let names = landing.landed.iter().map(|&idx| wish.candidates[idx].name.clone()).collect();
                emit(Event::Bisecting { tasks: names });
                let suspects =
                    Suspects { workspace, place: &place, wish, out: &out, search: &search, chain: &chain };
                suspects.culprit(verdict, alone, gate, emit)?
            }
        };
        flaky |= found.flaky;
        let why = Refused::Gate(found.output.clone());
        let doubtful = found.doubtful(&chain, wish);
        if doubtful.into_iter().filter(|&idx| search.doubt(wish, idx, &why)).count() > 0 {
            continue;
        }
        match found.blame {
            // Those that stayed out because of the culprit get another chance without it.
            Blame::One(step) => drop(out.insert(chain.steps[step].0, Refused::Gate(found.output))),
            // It is known by now that the gate passes on all of them.
            Blame::Nobody => {}
            Blame::Start => {
                let red = Some(Red { commit: wish.start, output: found.output });
                let landing = waiting(wish, landing, &Refused::Red, &workspace.repo)?;
                return Ok(Landing { red, flaky, ..landing });
            }
        }
        rest = found.rest;
    }
}

/// Among so many a culprit is found in six runs. Among more the target is asked when all point at it, and
/// not before.
const FEW: usize = 16;

fn is_unproved(why: &Refused) -> bool {
    matches!(why, Refused::Proposed { .. } | Refused::Ambiguous { .. })
}

/// Nothing lands of what could be merged, for this reason.
fn waiting(wish: &Wish<'_>, landing: Landing, why: &Refused, repo: &Repo) -> Result<Landing, GitError> {
    let (landed, new): (Vec<usize>, Vec<usize>) =
        landing.landed.into_iter().partition(|idx| landing.already.contains(idx));
    let mut refused = landing.refused;
    refused.extend(new.into_iter().map(|idx| (idx, why.clone())));
    refused.sort_by_key(|(idx, _)| *idx);
    let tree = repo.commit(wish.start)?.tree;
    let (commit, resolved) = (wish.start, Vec::new());
    Ok(Landing { commit, tree, landed, refused, resolved, ..landing })
}

/// Where merges are tried out.
enum Place<'a> {
    Repository(&'a Repo),
    Quarantine(Box<Quarantine>),
}

impl<'a> Place<'a> {
    fn of(repo: &'a Repo, wish: &Wish<'_>) -> Result<Self, GitError> {
        Ok(match wish.writes {
            true => Self::Repository(repo),
            false => Self::Quarantine(Box::new(Quarantine::new(repo)?.with_attributes_of(repo, wish.start)?)),
        })
    }

    fn repo(&self) -> &Repo {
        match self {
            Self::Repository(repo) => repo,
            Self::Quarantine(quarantine) => quarantine.repo(),
        }
    }

    /// A merger that goes by the attributes of the target as it was.
    fn merger(&self, wish: &Wish<'_>) -> Result<Merger, GitError> {
        match self {
            Self::Repository(repo) => Merger::landing(repo)?.with_attributes_of(repo, wish.start),
            Self::Quarantine(quarantine) => Merger::predicting(quarantine),
        }
    }
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
        let refused = match vetted(repo, wish.start, candidate.tip) {
            Err(error @ GitError::BrokenTree(_)) => Refused::Hostile(vec![error.to_string()]),
            Err(error) if error.is_damage() => Refused::Unreadable(unreadable(&error)),
            other => match other? {
                refused if refused.is_empty() => continue,
                refused => Refused::Hostile(refused),
            },
        };
        out.insert(idx, refused);
    }
    Ok(out)
}

/// What speaks against the changes of a candidate. Git would merge a file that is missing without a
/// word, and the target could not be checked out any more.
fn vetted(repo: &Repo, start: Oid, tip: Oid) -> Result<Vec<String>, GitError> {
    // Without a common ancestor the merge will be refused for that.
    let Some(base) = repo.merge_base(start, tip)? else { return Ok(Vec::new()) };
    let (old, new) = (repo.commit(base)?.tree, repo.commit(tip)?.tree);
    let refused = vet_changes(repo, old, new)?;
    repo.get_changed(old, new);
    for entry in repo.diff_trees(old, new)?.iter().filter_map(|change| change.new) {
        if (entry.is_file() || entry.is_link()) && !repo.has_object(entry.oid) {
            return Err(GitError::NoObject(entry.oid));
        }
    }
    Ok(refused.iter().map(|refused| format!("{}: {}", refused.path, refused.why)).collect())
}

/// The names of tasks, where candidates are tasks.
pub(super) fn task_ids(candidates: &[Candidate], positions: &[usize]) -> Vec<TaskId> {
    positions.iter().filter_map(|&idx| TaskId::new(&candidates[idx].name).ok()).collect()
}
