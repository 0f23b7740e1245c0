//! Tries what structure does not prove behind the gate.
//!
//! A gate that passes proves little when it knows nothing of the branches: it passes on either alone,
//! and would pass on a merge that lost one of them. So a guess lands only when the gate fails on each
//! of the two sides alone and passes on both together, as the acceptance tests of both do. Otherwise
//! it is proposed.

use super::Event;
use super::gate::Gate;
use super::landing::{Refused, Wish};
use super::resolve::{Picks, Resolve, Resolved, SEARCH};
use crate::model::Oid;

/// How many times the gate may run for guesses.
const BUDGET: usize = 20;
/// How many further candidates are tried once one has passed, to see whether the gate can tell.
const FURTHER: usize = 2;

/// What came of the guesses in a chain.
pub(super) enum Found {
    /// They are proved.
    Proved,
    /// The chain is to be made again, with other guesses.
    Again,
    /// They pass, but so does this candidate, or what was there before it, alone.
    Unproved(usize, Refused),
}

/// Which guesses are tried.
pub(super) struct Search {
    /// None when nothing is guessed, or not any more.
    pub(super) picks: Option<Picks>,
    runs: usize,
    /// What the gate said no to.
    failed: Vec<String>,
    proved: Option<Proved>,
}

/// Guesses that are proved.
struct Proved {
    pick: usize,
    tree: Oid,
    /// How many others were tried since.
    further: usize,
    /// The one of those that passes too.
    also: Option<String>,
}

impl Search {
    pub(super) fn new(wish: &Wish<'_>, gate: &Gate<'_>) -> Self {
        let searches = wish.resolve == Resolve::Search && !gate.is_none();
        Self { picks: searches.then(Picks::default), runs: 0, failed: Vec::new(), proved: None }
    }

    /// Adds to what was resolved what the gate said: of the guess that is proved, and of others.
    pub(super) fn mark(&self, resolved: &mut [Resolved]) {
        let Some(proved) = &self.proved else { return };
        for found in resolved.iter_mut().filter(|found| found.rung == SEARCH) {
            found.also.clone_from(&proved.also);
            found.checks.push("gate".to_owned());
            found.refused.extend(self.failed.iter().map(|name| format!("{name}: the gate fails")));
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
        wish: &Wish<'_>,
        (steps, tree, resolved): (&[(usize, Oid)], Oid, &[Resolved]),
        gate: &mut Gate<'_>,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Found> {
        let Some(&(_, tip)) = steps.last() else { return Ok(Found::Again) };
        if self.proved.as_ref().is_some_and(|proved| proved.tree == tree) {
            return Ok(Found::Proved);
        }
        self.runs += 1;
        let guessed = |found: &&Resolved| found.rung == SEARCH;
        let name = resolved
            .iter()
            .filter(guessed)
            .map(|found| found.candidate.clone())
            .collect::<Vec<_>>()
            .join("; ");
        emit(Event::Guessing { candidate: name.clone(), run: self.runs, of: BUDGET });
        let passed = gate.test(tip, steps.len(), emit)?.passed;
        if let Some(proved) = &mut self.proved {
            proved.further += 1;
            match passed {
                true => proved.also = Some(name),
                false => self.failed.push(name),
            }
            self.look_further();
            return Ok(Found::Again);
        }
        if !passed {
            self.failed.push(name);
            self.next();
            return Ok(Found::Again);
        }
        for (place, &(idx, _)) in steps.iter().enumerate() {
            let candidate = &wish.candidates[idx];
            let guess = resolved.iter().find(|found| found.rung == SEARCH && found.branch == candidate.name);
            let Some(guess) = guess else { continue };
            let before = place.checked_sub(1).map_or(wish.start, |before| steps[before].1);
            for alone in [candidate.tip, before] {
                self.runs += 1;
                if gate.test(alone, 1, emit)?.passed {
                    let proposal = Refused::Proposed { path: guess.path.clone(), commit: tip };
                    return Ok(Found::Unproved(idx, proposal));
                }
            }
        }
        let pick = self.picks.as_ref().map_or(0, |picks| picks.pick);
        self.proved = Some(Proved { pick, tree, further: 0, also: None });
        self.look_further();
        Ok(Found::Again)
    }

    /// Goes on to the next guesses, or gives up.
    fn next(&mut self) {
        match &mut self.picks {
            Some(picks) if self.runs < BUDGET => picks.pick += 1,
            _ => self.picks = None,
        }
    }

    /// Tries another candidate against what is proved, or goes back to that.
    fn look_further(&mut self) {
        let Some(proved) = &self.proved else { return };
        match proved.also.is_none() && proved.further < FURTHER && self.runs < BUDGET {
            true => self.next(),
            false => self.back(),
        }
    }

    fn back(&mut self) {
        if let (Some(picks), Some(proved)) = (&mut self.picks, &self.proved) {
            picks.pick = proved.pick;
        }
    }
}
