//! Proves pairs of branches clean from the paths they changed.
//!
//! All branches start from one base. A pair is clean without merging when no path was changed by
//! both in different ways, no changed path of one is a directory of the other's, and it is not the
//! case that one deletes while the other adds. The last covers renames: Git infers one from a
//! deletion and an addition on the same side, and it can only touch what the other side did through
//! the deleted path, which then is shared, or through a moved directory, which drags along what
//! the other side adds.

use std::collections::HashMap;

use crate::model::{Oid, RepoPath};

/// One path that a branch changed; absent on one side when it was added or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub path: RepoPath,
    /// Object and mode before and after.
    pub old: Option<(Oid, u32)>,
    pub new: Option<(Oid, u32)>,
}

/// What can be said of a pair without merging it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Git merges it without a conflict.
    Clean,
    /// Git has to be asked.
    Undecided,
}

/// The verdicts over all pairs of some branches, which go by their position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    /// For each branch the others with which it is undecided.
    undecided: Vec<BranchSet>,
}

impl Prediction {
    /// The verdict on two different branches.
    pub fn verdict(&self, one: usize, other: usize) -> Verdict {
        match self.undecided[one].contains(other) {
            true => Verdict::Undecided,
            false => Verdict::Clean,
        }
    }

    /// The pairs that Git has to be asked about, the lesser position first.
    pub fn undecided(&self) -> Vec<(usize, usize)> {
        let n_branches = self.undecided.len();
        let pairs = (0..n_branches).flat_map(|one| (one + 1..n_branches).map(move |other| (one, other)));
        pairs.filter(|&(one, other)| self.undecided[one].contains(other)).collect()
    }
}

/// Looks at each changed path once, whatever the number of branches.
pub fn predict(branches: &[Vec<Edit>]) -> Prediction {
    let index = index_paths(branches);
    let mut undecided = vec![BranchSet::none(branches.len()); branches.len()];
    // The order in which paths come does not matter: each only adds to the sets.
    #[expect(clippy::iter_over_hash_type, reason = "uniting sets is commutative")]
    for (path, outcomes) in &index {
        let all = union(outcomes, branches.len());
        for outcome in outcomes {
            mark(&mut undecided, &outcome.branches, &all.without(&outcome.branches));
        }
        for above in directories(path).filter_map(|directory| index.get(directory)) {
            let above = union(above, branches.len());
            mark(&mut undecided, &all, &above);
            mark(&mut undecided, &above, &all);
        }
    }
    let deletes = those(branches, |edit| edit.new.is_none());
    let adds = those(branches, |edit| edit.old.is_none());
    mark(&mut undecided, &deletes, &adds);
    mark(&mut undecided, &adds, &deletes);
    Prediction { undecided }
}

/// The branches that leave one path in one state.
struct Outcome {
    new: Option<(Oid, u32)>,
    branches: BranchSet,
}

fn index_paths(branches: &[Vec<Edit>]) -> HashMap<&[u8], Vec<Outcome>> {
    let mut index: HashMap<&[u8], Vec<Outcome>> = HashMap::new();
    for (branch, edits) in branches.iter().enumerate() {
        for edit in edits {
            let outcomes = index.entry(edit.path.as_bytes()).or_default();
            match outcomes.iter_mut().find(|outcome| outcome.new == edit.new) {
                Some(outcome) => outcome.branches.insert(branch),
                None => {
                    let mut only = BranchSet::none(branches.len());
                    only.insert(branch);
                    outcomes.push(Outcome { new: edit.new, branches: only });
                }
            }
        }
    }
    index
}

/// The directories that a path lies in: `a` and `a/b` for `a/b/c`.
fn directories(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(slash, _)| &path[..slash])
}

fn those(branches: &[Vec<Edit>], has: impl Fn(&Edit) -> bool) -> BranchSet {
    let mut set = BranchSet::none(branches.len());
    for (branch, edits) in branches.iter().enumerate() {
        if edits.iter().any(&has) {
            set.insert(branch);
        }
    }
    set
}

fn union(outcomes: &[Outcome], n_branches: usize) -> BranchSet {
    let mut all = BranchSet::none(n_branches);
    for outcome in outcomes {
        all.unite(&outcome.branches);
    }
    all
}

/// Makes every branch of `ours` undecided with every branch of `theirs`.
fn mark(undecided: &mut [BranchSet], ours: &BranchSet, theirs: &BranchSet) {
    for branch in ours.members() {
        undecided[branch].unite(theirs);
    }
}

/// A set of positions, one bit each, so that a path which all branches share stays cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
struct BranchSet(Vec<u64>);

impl BranchSet {
    fn none(n_branches: usize) -> Self {
        Self(vec![0; n_branches.div_ceil(64)])
    }

    fn insert(&mut self, branch: usize) {
        self.0[branch / 64] |= 1 << (branch % 64);
    }

    fn contains(&self, branch: usize) -> bool {
        self.0[branch / 64] & (1 << (branch % 64)) != 0
    }

    fn members(&self) -> impl Iterator<Item = usize> {
        let bits = |word: u64| (0..64).filter(move |bit| word & (1 << bit) != 0);
        self.0.iter().enumerate().flat_map(move |(place, &word)| bits(word).map(move |bit| place * 64 + bit))
    }

    fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(word, less)| word & !less).collect())
    }

    fn unite(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn oid(byte: u8) -> (Oid, u32) {
        (Oid::from_bytes(&[byte; 20]).unwrap(), 0o100_644)
    }

    fn added(path: &str, content: u8) -> Edit {
        Edit { path: RepoPath::from(path), old: None, new: Some(oid(content)) }
    }

    fn edited(path: &str, content: u8) -> Edit {
        Edit { old: Some(oid(0)), ..added(path, content) }
    }

    fn deleted(path: &str) -> Edit {
        Edit { path: RepoPath::from(path), old: Some(oid(0)), new: None }
    }

    fn check(ours: &[Edit], theirs: &[Edit], expected: Verdict) {
        let prediction = predict(&[ours.to_vec(), theirs.to_vec()]);
        assert_eq!(prediction.verdict(0, 1), expected, "{ours:?} {theirs:?}");
        assert_eq!(prediction.verdict(1, 0), expected, "{ours:?} {theirs:?}");
    }

    #[test]
    fn only_what_cannot_meet_is_clean() {
        check(&[edited("a", 1)], &[edited("b", 1), added("c", 2)], Verdict::Clean);
        check(&[edited("a", 1)], &[edited("a", 2)], Verdict::Undecided);
        check(&[edited("a", 1)], &[edited("a", 1)], Verdict::Clean);
        check(&[added("a", 1)], &[added("a/b", 1)], Verdict::Undecided);
        check(&[added("a", 1)], &[added("ab/c", 1)], Verdict::Clean);
        check(&[deleted("a")], &[edited("b", 1)], Verdict::Clean);
        check(&[deleted("d/a"), added("e/a", 1)], &[added("d/b", 1)], Verdict::Undecided);
        check(&[deleted("a"), added("b", 1)], &[deleted("a"), added("c", 1)], Verdict::Undecided);
        check(&[], &[], Verdict::Clean);
    }

    /// The rule as it reads, over two sets of edits.
    fn by_the_words(ours: &[Edit], theirs: &[Edit]) -> Verdict {
        let meet = ours.iter().any(|one| {
            theirs.iter().any(|other| match one.path == other.path {
                true => one.new != other.new,
                false => one.path.is_within(&other.path) || other.path.is_within(&one.path),
            })
        });
        let deletes = |edits: &[Edit]| edits.iter().any(|edit| edit.new.is_none());
        let adds = |edits: &[Edit]| edits.iter().any(|edit| edit.old.is_none());
        match meet || (deletes(ours) && adds(theirs)) || (adds(ours) && deletes(theirs)) {
            true => Verdict::Undecided,
            false => Verdict::Clean,
        }
    }

    fn any_branch() -> impl Strategy<Value = Vec<Edit>> {
        let path = prop::sample::select(vec!["a", "b", "a/x", "a/y", "a/x/z", "c", "d/e", "d/f", "g"]);
        let edit = (path, 0..3u8, 1..3u8).prop_map(|(path, kind, content)| match kind {
            0 => added(path, content),
            1 => edited(path, content),
            _ => deleted(path),
        });
        prop::collection::vec(edit, 0..4).prop_map(|mut edits| {
            edits.sort_by(|a, b| a.path.cmp(&b.path));
            edits.dedup_by(|a, b| a.path == b.path);
            edits
        })
    }

    proptest! {
        #[test]
        fn many_branches_are_judged_as_two(branches in prop::collection::vec(any_branch(), 0..70)) {
            let prediction = predict(&branches);
            let mut undecided = Vec::new();
            for one in 0..branches.len() {
                for other in one + 1..branches.len() {
                    let expected = by_the_words(&branches[one], &branches[other]);
                    prop_assert_eq!(prediction.verdict(one, other), expected);
                    prop_assert_eq!(prediction.verdict(other, one), expected);
                    if expected == Verdict::Undecided {
                        undecided.push((one, other));
                    }
                }
            }
            prop_assert_eq!(prediction.undecided(), undecided);
        }
    }
}
