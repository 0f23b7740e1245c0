//! The states that things went through, linked by content.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::near::{is_another, is_near};
use super::units::{Aspect, State, Unit};
use crate::validate::Edit;

/// What an edit did to one unit; absent on one side where it came or went.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) edit: &'a Edit,
    /// The place of the commit among those of its branch.
    pub(super) ordinal: usize,
    pub(super) from: Option<State<'a>>,
    pub(super) to: Option<State<'a>>,
}

pub(super) type Undone<'a> = BTreeMap<&'a str, &'a Edit>;

/// A unit is in a state again that it had left.
pub(super) struct Return<'a> {
    /// The edit that had left the state.
    pub(super) left: &'a Edit,
    /// The line of the unit after that edit.
    pub(super) left_line: u32,
    /// The actors whose edits are undone, from the one that left the state on, each with its first.
    pub(super) undone: Undone<'a>,
    /// What stood before the edit in question, and after it.
    pub(super) from: Option<State<'a>>,
    pub(super) to: Option<State<'a>>,
    pub(super) is_near: bool,
    /// Returns that the same actor made to states it had left itself, in its last few commits.
    pub(super) own_returns: usize,
    pub(super) metrics: Metrics,
}

/// How restless a unit is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Metrics {
    pub(super) states: usize,
    pub(super) changes: usize,
    pub(super) returns: usize,
    /// Lines that were written to no end.
    pub(super) wasted: usize,
}

/// Older states are not looked at.
const FAR: usize = 256;
/// Older states are not compared line by line.
const NEAR: usize = 16;
/// Returns of one actor count together within this many commits.
const RECENT: usize = 5;

/// All changes so far.
#[derive(Default)]
pub(super) struct Trails<'a> {
    steps: Vec<Step<'a>>,
    /// The last step of a unit on a branch.
    last: HashMap<(Unit, &'a str), usize>,
    /// The last step that led to a state of a unit.
    leading_to: HashMap<(Unit, Option<u64>), usize>,
}

struct Step<'a> {
    change: Change<'a>,
    before: Option<usize>,
    /// Lines that this step took back.
    wasted: usize,
    is_own_return: bool,
    is_return: bool,
}

impl<'a> Trails<'a> {
    /// Adds a change and says whether it goes back.
    pub(super) fn step(&mut self, unit: Unit, change: Change<'a>) -> Option<Return<'a>> {
        let hash = |state: Option<State<'_>>| state.map(|state| state.hash);
        let branch = change.edit.branch.as_str();
        let own = self.last.get(&(unit.clone(), branch)).copied();
        let linked = |idx: &usize| hash(self.steps[*idx].change.to) == hash(change.from);
        let before =
            own.filter(linked).or_else(|| self.leading_to.get(&(unit.clone(), hash(change.from))).copied());
        let found = before.and_then(|before| self.goes_back(&unit, &change, before));
        let is_return = found.as_ref().is_some_and(|found| !found.is_near);
        let step = Step {
            change,
            before,
            wasted: if is_return { wasted(change.from, change.to) } else { 0 },
            is_own_return: found.as_ref().is_some_and(|found| is_own(found, &change)),
            is_return,
        };
        let idx = self.steps.len();
        self.steps.push(step);
        self.last.insert((unit.clone(), branch), idx);
        self.leading_to.insert((unit, hash(change.to)), idx);
        found
    }

    /// The steps before a change, the latest first.
    fn chain(&self, before: usize) -> impl Iterator<Item = &Step<'a>> {
        let mut next = Some(before);
        let chain = std::iter::from_fn(move || {
            let step = &self.steps[next?];
            next = step.before;
            Some(step)
        });
        chain.take(FAR)
    }

    fn goes_back(&self, unit: &Unit, change: &Change<'a>, before: usize) -> Option<Return<'a>> {
        let to = change.to?;
        let mut undone = Undone::new();
        for step in self.chain(before) {
            undone.insert(step.change.edit.actor.as_str(), step.change.edit);
            let then = step.change.from;
            if then.is_some_and(|then| then.hash == to.hash) {
                return self
                    .is_worth_it(unit, change)
                    .then(|| self.found(change, before, step, undone, false));
            }
        }
        self.comes_near(unit, change, before)
    }

    /// Whether a return from nowhere is more than a short text that was needed again.
    fn is_worth_it(&self, unit: &Unit, change: &Change<'_>) -> bool {
        let lines = change.to.map_or(0, |to| to.text.lines().filter(|line| !line.trim().is_empty()).count());
        change.from.is_some() || (lines >= RECENT && unit.aspect != Aspect::Contract)
    }

    fn comes_near(&self, unit: &Unit, change: &Change<'a>, before: usize) -> Option<Return<'a>> {
        let (from, to) = (change.from?, change.to?);
        if unit.aspect == Aspect::Contract || change.edit.is_revert {
            return None;
        }
        // Of source files the functions are looked at, and the rest of the file is no unit.
        let is_source = crate::validate::extract::language_of(&change.edit.path).is_some();
        if unit.aspect == Aspect::File && is_source {
            return None;
        }
        if self.chain(before).next().is_none() || !is_another(from.text, to.text) {
            return None;
        }
        let mut undone = Undone::new();
        for step in self.chain(before).take(NEAR) {
            undone.insert(step.change.edit.actor.as_str(), step.change.edit);
            let then = step.change.from?;
            if is_near(then.text, to.text) {
                return Some(self.found(change, before, step, undone, true));
            }
        }
        None
    }

    fn found(
        &self,
        change: &Change<'a>,
        before: usize,
        left: &Step<'a>,
        undone: Undone<'a>,
        is_near: bool,
    ) -> Return<'a> {
        let mut found = Return {
            left: left.change.edit,
            left_line: left.change.to.map_or(1, |state| state.line),
            undone,
            from: change.from,
            to: change.to,
            is_near,
            own_returns: 0,
            metrics: self.metrics(change, before),
        };
        let recent = |step: &&Step<'_>| {
            step.is_own_return
                && step.change.edit.actor == change.edit.actor
                && step.change.edit.branch == change.edit.branch
                && step.change.ordinal + RECENT > change.ordinal
        };
        found.own_returns = self.chain(before).filter(recent).count() + usize::from(is_own(&found, change));
        found
    }

    fn metrics(&self, change: &Change<'_>, before: usize) -> Metrics {
        let hash = |state: Option<State<'_>>| state.map(|state| state.hash);
        let mut states = BTreeSet::from([hash(change.from), hash(change.to)]);
        let mut metrics =
            Metrics { states: 0, changes: 1, returns: 1, wasted: wasted(change.from, change.to) };
        for step in self.chain(before) {
            states.insert(hash(step.change.from));
            metrics.changes += 1;
            metrics.returns += usize::from(step.is_return);
            metrics.wasted += step.wasted;
        }
        metrics.states = states.len();
        metrics
    }
}

fn is_own(found: &Return<'_>, change: &Change<'_>) -> bool {
    !found.is_near && found.undone.keys().all(|actor| *actor == change.edit.actor)
}

/// The lines of a state that its successor did not keep.
fn wasted(from: Option<State<'_>>, to: Option<State<'_>>) -> usize {
    let lines = |state: Option<State<'_>>| -> Vec<String> {
        let text = state.map_or("", |state| state.text);
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    };
    let kept: BTreeSet<String> = lines(to).into_iter().collect();
    lines(from).iter().filter(|line| !kept.contains(*line)).count()
}

/// Joins what leaves one file of a commit with what enters another under the same name: it was
/// moved, and keeps its past. Returns the new places with what stands there.
pub(super) fn join_moved(changes: &mut [Vec<(Unit, Change<'_>)>]) -> Vec<(Unit, Unit)> {
    type Places = Vec<(usize, usize)>;
    type Ends = BTreeMap<(Aspect, String, usize), (Places, Places)>;
    let mut ends = Ends::new();
    for (edit, changes) in changes.iter().enumerate() {
        for (idx, (unit, change)) in changes.iter().enumerate() {
            // Only what has a name can be told in another file; a file that is moved has one number.
            let file = if unit.aspect == Aspect::File { unit.file } else { 0 };
            let name = (unit.aspect, unit.symbol.clone(), file);
            match (&change.from, &change.to) {
                (Some(_), None) => ends.entry(name).or_default().0.push((edit, idx)),
                (None, Some(_)) => ends.entry(name).or_default().1.push((edit, idx)),
                _ => {}
            }
        }
    }
    let (mut moved, mut renamed) = (BTreeSet::new(), Vec::new());
    for (from, to) in ends.into_values() {
        let ([from], [to]) = (from.as_slice(), to.as_slice()) else { continue };
        let (unit, old) = changes[from.0][from.1].clone();
        let new = &mut changes[to.0][to.1];
        renamed.push((new.0.clone(), unit.clone()));
        new.0 = unit;
        new.1.from = old.from;
        moved.insert(*from);
    }
    for (edit, changes) in changes.iter_mut().enumerate() {
        let mut idx = 0;
        changes.retain(|(_, change)| {
            let was_moved = moved.contains(&(edit, idx));
            let is_same = match (change.from, change.to) {
                (Some(from), Some(to)) => from.hash == to.hash,
                _ => false,
            };
            idx += 1;
            !was_moved && !is_same
        });
    }
    renamed
}
