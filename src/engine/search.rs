//! Tries what structure does not prove behind the gate.
//!
//! A gate that passes proves little when it knows nothing of the branches: it passes on either alone,
//! and would pass on a merge that lost one of them. So a guess lands only when the gate fails on each
//! of the two sides alone and passes on both together, as the acceptance tests of both do. Otherwise
//! it is proposed.

use super::Event;
use super::gate::Gate;
use super::landing::{Refused, Wish};
use super::resolve::{Resolve, Resolved, SEARCH};
use crate::model::Oid;

/// How many guesses for one merge are tried.
const MOST: usize = 4;

/// What came of the guesses in a chain.
pub(super) enum Found {
    /// They are proved.
    Proved,
    /// The chain is to be made again, with other guesses.
    Again,
    /// They pass, but so does this candidate, or what was there before it, alone.
    Unproved(usize, Refused),
}

/// Which guess is tried.
pub(super) struct Search {
    pub(super) pick: Option<usize>,
}

impl Search {
    pub(super) fn new(wish: &Wish<'_>, gate: &Gate<'_>) -> Self {
        let searches = wish.resolve == Resolve::Search && !gate.is_none();
        Self { pick: searches.then_some(0) }
    }

    /// Tests a chain that holds guesses; its steps are candidates with their commits.
    pub(super) fn judge(
        &mut self,
        wish: &Wish<'_>,
        (steps, resolved): (&[(usize, Oid)], &[Resolved]),
        gate: &mut Gate<'_>,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Found> {
        let Some(&(_, tip)) = steps.last() else { return Ok(Found::Again) };
        let passed = gate.test(tip, steps.len(), emit)?.passed;
        if !passed {
            self.pick = self.pick.map(|pick| pick + 1).filter(|&pick| pick < MOST);
            return Ok(Found::Again);
        }
        for (place, &(idx, _)) in steps.iter().enumerate() {
            let candidate = &wish.candidates[idx];
            let guess = resolved.iter().find(|found| found.rung == SEARCH && found.branch == candidate.name);
            let Some(guess) = guess else { continue };
            let before = place.checked_sub(1).map_or(wish.start, |before| steps[before].1);
            for alone in [candidate.tip, before] {
                if gate.test(alone, 1, emit)?.passed {
                    let proposal = Refused::Proposed { path: guess.path.clone(), commit: tip };
                    return Ok(Found::Unproved(idx, proposal));
                }
            }
        }
        Ok(Found::Proved)
    }
}
