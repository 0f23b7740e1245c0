//! Where branches parted, pair by pair.
//!
//! Branches of one run share a base. Branches made by hand start wherever their authors stood, and
//! compared from the oldest of these places, what the target did meanwhile would look like the work
//! of every branch that has it.

use std::collections::{BTreeMap, BTreeSet};

use crate::git::{GitError, Repo};
use crate::merge::common_ancestors;
use crate::model::Oid;

/// Two branches by their positions, the lesser first.
pub(super) type PairIdx = (usize, usize);

/// The pairs of branches that parted at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) base: Oid,
    pub(super) pairs: BTreeSet<PairIdx>,
    /// Where the work of members begins that left a common line elsewhere than at the base.
    pub(super) starts: BTreeMap<usize, Oid>,
}

impl Group {
    pub(super) fn new(base: Oid, pairs: BTreeSet<PairIdx>) -> Self {
        Self { base, pairs, starts: BTreeMap::new() }
    }

    /// Where the work of a member begins.
    pub(super) fn start(&self, member: usize) -> Oid {
        self.starts.get(&member).copied().unwrap_or(self.base)
    }

    /// The branches that occur in a pair, in order.
    pub(super) fn members(&self) -> BTreeSet<usize> {
        self.pairs.iter().flat_map(|&(one, other)| [one, other]).collect()
    }
}

/// All pairs of some branches by where they parted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Parted {
    /// Pairs with exactly one best common ancestor, or with the base that was given.
    pub(super) groups: Vec<Group>,
    /// Pairs with several, each with the one that Git names first.
    pub(super) criss_cross: Vec<(PairIdx, Oid)>,
    /// Pairs whose histories never meet.
    pub(super) unrelated: Vec<PairIdx>,
}

impl Parted {
    /// The groups with pairs of several bases put to the first of them: good enough to compare what
    /// the branches mean, not to merge their text.
    pub(super) fn with_criss_cross(&self) -> Vec<Group> {
        let mut groups = self.groups.clone();
        for &(pair, base) in &self.criss_cross {
            match groups.iter_mut().find(|group| group.base == base) {
                Some(group) => drop(group.pairs.insert(pair)),
                None => groups.push(Group::new(base, BTreeSet::from([pair]))),
            }
        }
        groups
    }

    /// Pairs of which the first branch is part of the second, which then adds to it.
    pub(super) fn stacked(&self, tips: &[Oid]) -> Vec<PairIdx> {
        let mut stacked = Vec::new();
        for group in &self.groups {
            for &(one, other) in &group.pairs {
                match (tips[one] == group.base, tips[other] == group.base) {
                    (true, false) => stacked.push((one, other)),
                    (false, true) => stacked.push((other, one)),
                    _ => {}
                }
            }
        }
        stacked
    }
}

/// All pairs of the lesser position first.
pub(super) fn all_pairs(n_branches: usize) -> impl Iterator<Item = PairIdx> {
    (0..n_branches).flat_map(move |one| (one + 1..n_branches).map(move |other| (one, other)))
}

/// Finds where each pair parted, unless a base for all of them is given.
pub(super) fn parted(repo: &Repo, tips: &[Oid], base: Option<Oid>) -> Result<Parted, GitError> {
    let mut parted = Parted::default();
    if let Some(base) = base {
        parted.groups = vec![Group::new(base, all_pairs(tips.len()).collect())];
        return Ok(parted);
    }
    let read = |commit: Oid| repo.commit(commit).map(|found| (found.time, found.parents));
    let mut found = common_ancestors(tips, read)?;
    let mut groups: BTreeMap<Oid, BTreeSet<PairIdx>> = BTreeMap::new();
    for pair in all_pairs(tips.len()) {
        let mut bases = found.remove(&pair).unwrap_or_default();
        if bases.len() > 1 {
            bases = repo.merge_bases(tips[pair.0], tips[pair.1])?;
        }
        match bases[..] {
            [] => parted.unrelated.push(pair),
            [base] => drop(groups.entry(base).or_default().insert(pair)),
            [first, ..] => parted.criss_cross.push((pair, first)),
        }
    }
    parted.groups = groups.into_iter().map(|(base, pairs)| Group::new(base, pairs)).collect();
    // By their first pair, so that the order does not hang on object names.
    parted.groups.sort_by_key(|group| group.pairs.first().copied());
    Ok(parted)
}
