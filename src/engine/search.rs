//! Tries what structure does not prove behind the gate.
//!
//! A gate that passes proves little when it knows nothing of the branches: it passes on either alone,
//! and would pass on a merge that broke one of them. So a guess lands only when the gate passes on all
//! together and fails without each of the branches that it brings together, as the acceptance tests of
//! both do; otherwise it is proposed. That no line got lost is no proof of the side that the gate does
//! not ask about: its lines may stand where they do nothing. What is left without a branch is asked with
//! the tests of the merge, since those that the branch brings are part of what the gate asks, and with
//! all others that land, since a gate that wants a third branch would fail for that.
//!
//! The runs for guesses and for what is left without a side are counted together. What they prove must
//! fit into the budget: a guess that passes when nothing is left to show more is proposed.
//!
//! What structure proves may still be refused, by the validator or by the gate. Then other guesses at
//! the same files are tried before the branch is left out.

use std::collections::BTreeMap;

use super::gate::Gate;
use super::landing::{Refused, Wish, note_validated, objections_to};
use super::resolve::{Picks, Resolved, SEARCH};
use super::{Event, Workspace};
use crate::merge::resolve::Said;
use crate::model::{Oid, RepoPath, Resolve};

/// How many times the gate may run on guesses, and on what is left without a side of one.
const BUDGET: usize = 20;
/// How many further answers are tried once one has passed, to see whether the gate can tell.
const FURTHER: usize = 4;
/// How many that only stand in another order are passed over for that.
const SKIPPED: usize = 40;

/// What came of the guesses in a chain.
pub(super) enum Found {
    /// They are proved.
    Proved,
    /// The chain is to be made again, with other guesses.
    Again,
    /// The gate passes on them; whether it asks all sides is not known.
    Passes,
    /// This candidate stays out: its guess passes, but so does another answer, or a side alone.
    Unproved(usize, Refused),
}

/// Which guesses are tried.
pub(super) struct Search {
    /// None when nothing is guessed, or not any more.
    pub(super) picks: Option<Picks>,
    runs: usize,
    /// What the gate said of the trees that it was asked about.
    known: BTreeMap<Oid, bool>,
    /// What was refused, and why.
    failed: Vec<String>,
    proved: Option<Proved>,
    /// Candidates of which structure alone makes no merge that is sound, and why.
    doubted: BTreeMap<usize, Refused>,
}

/// What the merge is without one of the sides of a guess.
pub(super) struct Side {
    /// The candidate with the guess, and the file.
    pub(super) idx: usize,
    pub(super) path: RepoPath,
    /// Which candidate is left out; none where all is that is merged before the guess.
    pub(super) without: Option<usize>,
    pub(super) commit: Oid,
}

/// Guesses that are proved.
struct Proved {
    pick: usize,
    commit: Oid,
    tree: Oid,
    /// What the guessed files say.
    said: Vec<Said>,
    keeps_lines: bool,
    /// How many other answers were tried since.
    further: usize,
    /// How many were the same in another order.
    skipped: usize,
}

impl Search {
    pub(super) fn new(wish: &Wish<'_>, gate: &Gate<'_>) -> Self {
        let searches = wish.resolve >= Resolve::Search && !gate.is_none();
        let picks = searches.then(Picks::default);
        let known = BTreeMap::new();
        Self { picks, runs: 0, known, failed: Vec::new(), proved: None, doubted: BTreeMap::new() }
    }

    /// Has guesses tried at what was refused, where that is new.
    pub(super) fn doubt(&mut self, wish: &Wish<'_>, idx: usize, why: &Refused) -> bool {
        let Some(picks) = &mut self.picks else { return false };
        if self.proved.is_some() || self.doubted.contains_key(&idx) {
            return false;
        }
        picks.doubted.insert(wish.candidates[idx].name.clone());
        picks.pick = 0;
        self.doubted.insert(idx, why.clone());
        true
    }

    /// Whether guesses are tried at what a candidate wants although structure proves something.
    pub(super) fn doubts(&self, idx: usize) -> bool {
        self.picks.is_some() && self.doubted.contains_key(&idx)
    }

    /// Why a candidate stays out of which no guess is left.
    pub(super) fn given_up(&self, idx: usize) -> Option<&Refused> {
        self.doubted.get(&idx)
    }

    /// Adds to what was resolved what the gate said: of the guess that is proved, and of others.
    pub(super) fn mark(&self, wish: &Wish<'_>, resolved: &mut [Resolved]) {
        if self.proved.is_none() || resolved.iter().all(|found| found.rung != SEARCH) {
            return;
        }
        note_validated(wish, resolved);
        for found in resolved.iter_mut().filter(|found| found.rung == SEARCH) {
            found.checks.push("gate".to_owned());
            found.refused.extend(self.failed.iter().cloned());
        }
    }

    /// Whether only a look at further candidates is going on; a chain that cannot be made ends it.
    pub(super) fn is_over(&mut self, tree: Oid, has_guesses: bool) -> bool {
        let Some(proved) = &self.proved else { return false };
        if has_guesses || tree == proved.tree {
            return false;
        }
        self.back();
        true
    }

    /// Tests a chain that holds guesses; its steps are candidates with their commits.
    pub(super) fn judge(
        &mut self,
        workspace: &Workspace,
        wish: &Wish<'_>,
        (steps, tree, resolved): (&[(usize, Oid)], Oid, &[Resolved]),
        gate: &mut Gate<'_>,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Found> {
        let Some(&(_, tip)) = steps.last() else { return Ok(Found::Again) };
        let guesses: Vec<&Resolved> = resolved.iter().filter(|found| found.rung == SEARCH).collect();
        let said: Vec<Said> = guesses.iter().map(|guess| guess.said).collect();
        let keeps_lines = guesses.iter().all(|guess| guess.keeps_lines());
        match &mut self.proved {
            Some(proved) if proved.tree == tree => return Ok(Found::Proved),
            // The same in another order is no other answer, and what keeps less of both is no rival.
            Some(proved) if all_same(&proved.said, &said) || (proved.keeps_lines && !keeps_lines) => {
                proved.skipped += 1;
                self.look_further();
                return Ok(Found::Again);
            }
            _ => {}
        }
        let names: Vec<&str> = guesses.iter().map(|guess| guess.candidate.as_str()).collect();
        let name = names.join("; ");
        emit(Event::Guessing { candidate: name.clone(), run: self.runs + 1, of: BUDGET });
        let why = match self.passes(workspace, tip, (gate, emit))? {
            Some(true) => objection(workspace, wish, steps, resolved)?,
            _ => Some("the gate fails".to_owned()),
        };
        let passed = why.is_none();
        self.failed.extend(why.map(|why| format!("{name}: {why}")));
        match &mut self.proved {
            Some(proved) if passed => {
                let commits = [proved.commit, tip];
                let first = steps.iter().find_map(|&(idx, _)| Some((idx, guess_of(wish, idx, &guesses)?)));
                let Some((idx, guess)) = first else { return Ok(Found::Again) };
                self.start_over();
                return Ok(Found::Unproved(idx, Refused::Ambiguous { path: guess.path.clone(), commits }));
            }
            Some(proved) => {
                proved.further += 1;
                self.look_further();
                return Ok(Found::Again);
            }
            None if !passed => {
                let n_candidates =
                    steps.iter().filter(|(idx, _)| guess_of(wish, *idx, &guesses).is_some()).count();
                self.next(n_candidates);
                return Ok(Found::Again);
            }
            None => {}
        }
        Ok(Found::Passes)
    }

    /// Asks whether the gate that passes on the guesses of a chain fails without each of their sides.
    pub(super) fn prove(
        &mut self,
        workspace: &Workspace,
        (tip, tree, resolved): (Oid, Oid, &[Resolved]),
        sides: Vec<Side>,
        (gate, emit): (&mut Gate<'_>, &mut dyn FnMut(Event)),
    ) -> anyhow::Result<Found> {
        for Side { idx, path, commit, .. } in sides {
            if self.passes(workspace, commit, (gate, emit))? != Some(false) {
                return Ok(Found::Unproved(idx, Refused::Proposed { path, commit: tip }));
            }
        }
        let guesses = resolved.iter().filter(|found| found.rung == SEARCH);
        let said = guesses.clone().map(|found| found.said).collect();
        let keeps_lines = guesses.into_iter().all(Resolved::keeps_lines);
        let pick = self.picks.as_ref().map_or(0, |picks| picks.pick);
        self.proved = Some(Proved { pick, commit: tip, tree, said, keeps_lines, further: 0, skipped: 0 });
        self.look_further();
        Ok(Found::Again)
    }

    /// What the gate says of a commit; none where that would be a run too many.
    fn passes(
        &mut self,
        workspace: &Workspace,
        commit: Oid,
        (gate, emit): (&mut Gate<'_>, &mut dyn FnMut(Event)),
    ) -> anyhow::Result<Option<bool>> {
        let tree = workspace.repo.commit(commit)?.tree;
        if let Some(&known) = self.known.get(&tree) {
            return Ok(Some(known));
        }
        if self.runs >= BUDGET {
            return Ok(None);
        }
        self.runs += 1;
        let passed = gate.test(commit, 1, emit)?.passed;
        self.known.insert(tree, passed);
        Ok(Some(passed))
    }

    /// Forgets what is proved: the candidates that are left are looked at afresh.
    fn start_over(&mut self) {
        self.proved = None;
        self.failed.clear();
        if let Some(picks) = &mut self.picks {
            picks.pick = 0;
        }
    }

    /// Goes on to the next guesses, unless too few runs are left to prove some at so many candidates, each
    /// of which has two sides.
    fn next(&mut self, n_candidates: usize) {
        let needed = (1 + 2 * n_candidates).min(BUDGET / 2);
        match &mut self.picks {
            Some(picks) if self.runs + needed <= BUDGET => picks.pick += 1,
            _ => self.picks = None,
        }
    }

    /// Tries another candidate against what is proved, or goes back to that.
    fn look_further(&mut self) {
        let Some(proved) = &self.proved else { return };
        match proved.further < FURTHER && proved.skipped < SKIPPED && self.runs < BUDGET {
            true => self.next(0),
            false => self.back(),
        }
    }

    fn back(&mut self) {
        if let (Some(picks), Some(proved)) = (&mut self.picks, &self.proved) {
            picks.pick = proved.pick;
        }
    }
}

/// Whether the guesses of two chains say the same, file by file.
fn all_same(one: &[Said], other: &[Said]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_same(*other))
}

/// What the validator says against guesses that the gate lets pass.
fn objection(
    workspace: &Workspace,
    wish: &Wish<'_>,
    steps: &[(usize, Oid)],
    resolved: &[Resolved],
) -> anyhow::Result<Option<String>> {
    let mut before = wish.start;
    for &(idx, commit) in steps {
        let candidate = &wish.candidates[idx];
        let of_it = |found: &&Resolved| found.branch == candidate.name;
        let files: Vec<Resolved> = resolved.iter().filter(of_it).cloned().collect();
        if files.iter().any(|found| found.rung == SEARCH) {
            let tree = workspace.repo.commit(commit)?.tree;
            let findings = objections_to(workspace, wish, (before, candidate), tree, &files)?;
            if let Some(found) = findings.first() {
                return Ok(Some(found.message.clone()));
            }
        }
        before = commit;
    }
    Ok(None)
}

/// The guess at what a candidate wants.
fn guess_of<'a>(wish: &Wish<'_>, idx: usize, guesses: &[&'a Resolved]) -> Option<&'a Resolved> {
    guesses.iter().find(|guess| guess.branch == wish.candidates[idx].name).copied()
}
