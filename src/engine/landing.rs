//! Merges branches one on top of the other in memory, proves the result, and finds who breaks it.
//!
//! No ref moves here. The commit that comes out is the one that was tested.

mod asking;
mod chain;
mod clash;
mod evidence;
mod rounds;
mod sides;
mod trials;

use std::collections::BTreeMap;

use super::gate::Gate;
use super::parted::PairIdx;
use super::resolve::Resolved;
use super::{Event, Workspace};
use crate::git::{GitError, Merger, Quarantine, Repo};
use crate::model::{Account, Finding, Oid, RepoPath, Resolve, TaskId};
pub(super) use evidence::{note_validated, objections_to};
use rounds::Rounds;

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
    let place = Place::of(&workspace.repo, wish)?;
    let landing = Rounds::new(workspace, &place, wish, gate)?.last(gate, emit)?;
    let mut landing = match wish.resolve {
        Resolve::Agent if landing.red.is_none() => asking::go_on(workspace, wish, landing, gate, emit)?,
        _ => landing,
    };
    clash::name_rivals(&place, wish, &mut landing)?;
    Ok(landing)
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

/// The names of tasks, where candidates are tasks.
pub(super) fn task_ids(candidates: &[Candidate], positions: &[usize]) -> Vec<TaskId> {
    positions.iter().filter_map(|&idx| TaskId::new(&candidates[idx].name).ok()).collect()
}
