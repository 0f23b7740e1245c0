//! Content comes back to a state that it had left: A, then B, then A again.
//!
//! Between agents this is a quarrel that no single branch shows. What comes back may be a whole
//! file, a function or type inside a file that otherwise goes on, the way something is called, the
//! modules a file builds on, or a few lines of any text. Each edit says what stood before it, so
//! states are linked by content and not by branch: work that an edit never saw cannot be undone by
//! it.

mod exempt;
mod files;
mod hunks;
mod near;
mod report;
mod trail;
mod units;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use self::exempt::{Bulk, is_exempt};
use self::files::Files;
use self::hunks::{Hunk, Mirrors};
use self::trail::{Change, Return, Trails};
use self::units::{Aspect, States, Unit, states};
use super::{Rule, View};
use crate::model::{Finding, Oid, RepoPath};
use crate::validate::Edit;
use crate::validate::load::Models;

pub(super) const RULE: Rule = Rule { id: "circular-edit", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let mut reports: BTreeMap<String, Finding> = BTreeMap::new();
    for turn in turns(view) {
        let finding = report::finding(view, &turn);
        // Of several turns of one thing, the worst and then the last says most.
        let milder = reports.get(&finding.fingerprint).is_some_and(|known| known.level > finding.level);
        if !milder {
            reports.insert(finding.fingerprint.clone(), finding);
        }
    }
    findings.extend(reports.into_values());
}

/// An edit that brings something back.
struct Turn<'a> {
    edit: &'a Edit,
    /// What comes back.
    what: Kind,
    unit: Unit,
    found: Return<'a>,
}

/// How surely something comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Exactly.
    Same,
    /// The lines of a replacement, in either place.
    Lines,
    /// The imports of a file, one for another.
    Imports,
    /// All but a little.
    Near,
}

/// Follows the edits in order.
fn turns<'a>(view: &View<'a>) -> Vec<Turn<'a>> {
    let (history, models) = (view.input.history, view.models);
    let crossing = crossing(history);
    let is_followed = |edit: &&Edit| crossing.contains(&edit.commit);
    let followed = history.par_iter().filter(is_followed);
    let mut read: Vec<Read<'a>> = followed.map(|edit| Read::of(models, edit)).collect();
    let mut past = Past::default();
    let mut turns = Vec::new();
    for commit in commits(history) {
        let ordinal = past.ordinal(&commit[0].branch);
        if is_followed(&&commit[0]) {
            past.follow(view, (commit, ordinal), read.drain(..commit.len()).collect(), &mut turns);
        }
    }
    turns
}

fn commits(history: &[Edit]) -> impl Iterator<Item = &[Edit]> {
    history.chunk_by(|one, other| one.commit == other.commit)
}

/// The commits with a path that another commit changed too: what one alone touched cannot come back.
fn crossing(history: &[Edit]) -> HashSet<Oid> {
    let mut n_commits: HashMap<&RepoPath, usize> = HashMap::new();
    for edit in history {
        *n_commits.entry(&edit.path).or_default() += 1;
    }
    history.iter().filter(|edit| n_commits[&edit.path] > 1).map(|edit| edit.commit).collect()
}

/// What an edit says by itself.
struct Read<'a> {
    hunks: Vec<Hunk>,
    /// Before and after.
    states: (States<'a>, States<'a>),
}

impl<'a> Read<'a> {
    fn of(models: &'a Models<'a>, edit: &'a Edit) -> Self {
        Self { hunks: hunks::of(edit), states: states(models, edit) }
    }
}

/// What is known of the edits so far.
#[derive(Default)]
struct Past<'a> {
    files: Files<'a>,
    trails: Trails<'a>,
    mirrors: Mirrors<'a>,
    /// What stands in a place that it was moved to.
    moved: BTreeMap<Unit, Unit>,
    /// Commits so far on each branch.
    ordinals: BTreeMap<&'a str, usize>,
}

impl<'a> Past<'a> {
    /// The place of the next commit among those of its branch.
    fn ordinal(&mut self, branch: &'a str) -> usize {
        let ordinal = self.ordinals.entry(branch).or_default();
        *ordinal += 1;
        *ordinal
    }

    fn follow(
        &mut self,
        view: &View<'a>,
        (commit, ordinal): (&'a [Edit], usize),
        read: Vec<Read<'a>>,
        turns: &mut Vec<Turn<'a>>,
    ) {
        let ids = self.files.ids(commit);
        let (hunks, states): (Vec<_>, Vec<_>) =
            read.into_iter().map(|read| (read.hunks, read.states)).unzip();
        let is_bulk = Bulk::of(&hunks).is_bulk();
        let mut changes: Vec<Vec<(Unit, Change<'a>)>> = commit
            .iter()
            .zip(&ids)
            .zip(&states)
            .map(|((edit, id), states)| compare(*id, states, edit, ordinal))
            .collect();
        for (unit, _) in changes.iter_mut().flatten() {
            if let Some(known) = self.moved.get(unit) {
                *unit = known.clone();
            }
        }
        self.moved.extend(trail::join_moved(&mut changes));
        for (((edit, id), changes), hunks) in commit.iter().zip(ids).zip(changes).zip(&hunks) {
            // Layout alone is no state.
            let says = changes.iter().any(|(unit, _)| unit.aspect == Aspect::File);
            let returns: Vec<(Unit, Return<'a>)> = changes
                .into_iter()
                .filter_map(|(unit, change)| Some((unit.clone(), self.trails.step(unit, change)?)))
                .collect();
            let mirrored = if says { self.mirrors.step(view, id, edit, ordinal, hunks) } else { None };
            if is_bulk || is_exempt(edit) {
                continue;
            }
            turns.extend(turn(edit, id, returns, mirrored));
        }
    }
}

fn compare<'a>(
    file: usize,
    (before, after): &(States<'a>, States<'a>),
    edit: &'a Edit,
    ordinal: usize,
) -> Vec<(Unit, Change<'a>)> {
    let mut keys: Vec<&(Aspect, String)> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let changes = keys.into_iter().filter_map(|key| {
        let (from, to) = (before.get(key).copied(), after.get(key).copied());
        let differs = from.map(|state| state.hash) != to.map(|state| state.hash);
        let unit = Unit { file, aspect: key.0, symbol: key.1.clone() };
        differs.then_some((unit, Change { edit, ordinal, from, to }))
    });
    changes.collect()
}

/// What an edit brings back, the largest thing first: a file, then symbols, contracts and lines.
fn turn<'a>(
    edit: &'a Edit,
    file: usize,
    mut returns: Vec<(Unit, Return<'a>)>,
    mirrored: Option<(Kind, Return<'a>)>,
) -> Option<Turn<'a>> {
    // Exact returns first; among them in the order of aspects.
    returns.sort_by_key(|(unit, found)| (found.is_near, unit.aspect));
    let lines = || {
        let unit = Unit { file, aspect: Aspect::File, symbol: String::new() };
        mirrored.map(|(what, found)| Turn { edit, what, unit, found })
    };
    match returns.into_iter().next() {
        Some((unit, found)) if !found.is_near => Some(Turn { edit, what: Kind::Same, unit, found }),
        Some((unit, found)) => lines().or(Some(Turn { edit, what: Kind::Near, unit, found })),
        None => lines(),
    }
}
