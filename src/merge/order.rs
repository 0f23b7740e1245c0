//! Decides who merges first, and says why.

use std::collections::{BTreeMap, BTreeSet};

/// A branch that waits to be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub name: String,
    /// The names of branches that provide what this one consumes. Names of no candidate are met.
    pub after: Vec<String>,
    /// The names of branches to which this one has to be adapted: it waits for them where it can.
    pub yields_to: Vec<String>,
}

/// A place in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    /// Why it stands here, in words: `after types, which it depends on; conflicts with nothing`.
    pub reason: String,
}

/// Orders branches: producers before consumers, then those that hold up the fewest others.
///
/// Among the branches whose producers are placed, one that yields to nobody who is still to come
/// goes first; of these the one that conflicts with the fewest branches placed so far comes next,
/// then the one that conflicts with the fewest still to come, then the first by name. A cycle of
/// dependencies is broken at the branch that this rule would choose; plans refuse cycles, but
/// branches named by hand may have them. Names are unique; `conflicts` holds pairs of names in
/// either order.
pub fn merge_order(candidates: &[Candidate], conflicts: &[(String, String)]) -> Vec<Step> {
    let mut queue = Queue::new(candidates, conflicts);
    let mut steps = Vec::with_capacity(candidates.len());
    while let Some(next) = queue.choose() {
        steps.push(Step { name: queue.names[next].to_owned(), reason: queue.reason(next) });
        queue.place(next);
    }
    steps
}

/// A branch among others. All go by their places in the order of names.
#[derive(Default)]
struct Standing {
    producers: BTreeSet<usize>,
    winners: BTreeSet<usize>,
    foes: BTreeSet<usize>,
    is_placed: bool,
    /// How many of each are placed.
    n_producers: usize,
    n_winners: usize,
    n_foes: usize,
}

struct Queue<'a> {
    names: Vec<&'a str>,
    branches: Vec<Standing>,
}

impl<'a> Queue<'a> {
    fn new(candidates: &'a [Candidate], conflicts: &[(String, String)]) -> Self {
        let by_name: BTreeMap<&str, &Candidate> =
            candidates.iter().map(|candidate| (candidate.name.as_str(), candidate)).collect();
        let names: Vec<&str> = by_name.keys().copied().collect();
        let place = |name: &String| names.binary_search(&name.as_str()).ok();
        let mut branches = Vec::with_capacity(names.len());
        for (own, candidate) in by_name.values().enumerate() {
            let others = |of: &[String]| of.iter().filter_map(place).filter(|&other| other != own).collect();
            let (producers, winners) = (others(&candidate.after), others(&candidate.yields_to));
            branches.push(Standing { producers, winners, ..Standing::default() });
        }
        for (one, other) in conflicts {
            let (Some(one), Some(other)) = (place(one), place(other)) else { continue };
            if one != other {
                branches[one].foes.insert(other);
                branches[other].foes.insert(one);
            }
        }
        Self { names, branches }
    }

    fn choose(&self) -> Option<usize> {
        let waiting = || (0..self.branches.len()).filter(|&place| !self.branches[place].is_placed);
        let is_ready = |&place: &usize| {
            let branch = &self.branches[place];
            branch.n_producers == branch.producers.len()
        };
        let cost = |&place: &usize| {
            let branch = &self.branches[place];
            let yields = branch.n_winners < branch.winners.len();
            (yields, branch.n_foes, branch.foes.len() - branch.n_foes)
        };
        // `min_by_key` keeps the first of equals, which is the first by name.
        waiting().filter(is_ready).min_by_key(cost).or_else(|| waiting().min_by_key(cost))
    }

    fn place(&mut self, place: usize) {
        self.branches[place].is_placed = true;
        for branch in &mut self.branches {
            branch.n_producers += usize::from(branch.producers.contains(&place));
            branch.n_winners += usize::from(branch.winners.contains(&place));
            branch.n_foes += usize::from(branch.foes.contains(&place));
        }
    }

    /// Why a branch comes next.
    fn reason(&self, place: usize) -> String {
        let Standing { producers, winners, foes, .. } = &self.branches[place];
        let split = |of: &BTreeSet<usize>| -> (Vec<usize>, Vec<usize>) {
            of.iter().partition(|&&other| self.branches[other].is_placed)
        };
        let (met, unmet) = split(producers);
        let (models, _) = split(winners);
        let (mut earlier, later) = split(foes);
        earlier.retain(|foe| !models.contains(foe));
        let mut words = Vec::new();
        let mut say = |before: &str, of: &[usize], behind: &str| {
            let names: Vec<&str> = of.iter().map(|&other| self.names[other]).collect();
            if !names.is_empty() {
                words.push(format!("{before} {}, {behind}", names.join(", ")));
            }
        };
        say("after", &met, "which it depends on");
        say("after", &models, "to which it has to be adapted");
        say("before", &unmet, "because the dependencies form a cycle");
        say("conflicts with", &earlier, "which comes earlier");
        say("conflicts with", &later, "which can wait");
        if foes.is_empty() {
            words.push("conflicts with nothing".to_owned());
        }
        words.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(name: &str, after: &[&str]) -> Candidate {
        let after = after.iter().map(|&name| name.to_owned()).collect();
        Candidate { name: name.to_owned(), after, yields_to: Vec::new() }
    }

    fn pairs(conflicts: &[(&str, &str)]) -> Vec<(String, String)> {
        conflicts.iter().map(|(one, other)| (one.to_string(), other.to_string())).collect()
    }

    fn check(candidates: &[Candidate], conflicts: &[(&str, &str)], expected: &[&str]) {
        let steps = merge_order(candidates, &pairs(conflicts));
        let lines: Vec<_> = steps.iter().map(|step| format!("{}: {}", step.name, step.reason)).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn producers_come_first_and_trouble_last() {
        check(
            &[candidate("api", &["types"]), candidate("ui", &[]), candidate("types", &["gone"])],
            &[("ui", "types")],
            &[
                "types: conflicts with ui, which can wait",
                "api: after types, which it depends on; conflicts with nothing",
                "ui: conflicts with types, which comes earlier",
            ],
        );
        check(
            &[candidate("a", &[]), candidate("b", &[]), candidate("c", &[])],
            &[("a", "b"), ("c", "a")],
            &[
                "b: conflicts with a, which can wait",
                "c: conflicts with a, which can wait",
                "a: conflicts with b, c, which comes earlier",
            ],
        );
        check(&[], &[], &[]);
    }

    #[test]
    fn who_has_to_change_waits_for_its_model_where_it_can() {
        let yielding =
            |name: &str, to: &str| Candidate { yields_to: vec![to.to_owned()], ..candidate(name, &[]) };
        check(
            &[yielding("a", "b"), candidate("b", &[]), candidate("c", &[])],
            &[("a", "b"), ("b", "c")],
            &[
                "c: conflicts with b, which can wait",
                "b: conflicts with c, which comes earlier; conflicts with a, which can wait",
                "a: after b, to which it has to be adapted",
            ],
        );
        check(
            &[yielding("a", "b"), yielding("b", "a")],
            &[("a", "b")],
            &["a: conflicts with b, which can wait", "b: after a, to which it has to be adapted"],
        );
    }

    #[test]
    fn a_cycle_is_broken_and_said() {
        check(
            &[candidate("a", &["b"]), candidate("b", &["a"]), candidate("c", &["a", "c"])],
            &[],
            &[
                "a: before b, because the dependencies form a cycle; conflicts with nothing",
                "b: after a, which it depends on; conflicts with nothing",
                "c: after a, which it depends on; conflicts with nothing",
            ],
        );
    }

    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

    /// Acyclic by making each branch depend on lesser positions of a shuffled list only.
    fn any_candidates() -> impl Strategy<Value = Vec<Candidate>> {
        let shuffled = Just(NAMES.to_vec()).prop_shuffle();
        (shuffled, 0..=NAMES.len(), any::<u64>()).prop_map(|(names, n_names, bits)| {
            let names = &names[..n_names];
            let after = |place: usize| {
                let chosen = |earlier: &usize| bits >> (place * 8 + earlier) & 1 == 1;
                (0..place).filter(chosen).map(|earlier| names[earlier]).collect::<Vec<_>>()
            };
            names.iter().enumerate().map(|(place, name)| candidate(name, &after(place))).collect()
        })
    }

    fn any_conflicts() -> impl Strategy<Value = Vec<(String, String)>> {
        let name = || prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
        prop::collection::vec((name(), name()), 0..8)
    }

    /// How many steps conflict with one before them.
    fn n_late(order: &[&str], conflicts: &[(String, String)]) -> usize {
        let foe = |one: &str, other: &str| {
            conflicts.iter().any(|(a, b)| (a == one && b == other) || (a == other && b == one))
        };
        (0..order.len()).filter(|&at| order[..at].iter().any(|earlier| foe(earlier, order[at]))).count()
    }

    proptest! {
        #[test]
        fn every_order_is_legal_and_repeatable(candidates in any_candidates(), conflicts in any_conflicts()) {
            let steps = merge_order(&candidates, &conflicts);
            let order: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            let mut names: Vec<&str> = candidates.iter().map(|candidate| candidate.name.as_str()).collect();
            names.sort_unstable();
            prop_assert_eq!(sorted, names);
            let place = |name: &str| order.iter().position(|other| *other == name).unwrap();
            for candidate in &candidates {
                for producer in &candidate.after {
                    prop_assert!(place(producer) < place(&candidate.name));
                }
            }
            let mut mirrored: Vec<_> = conflicts.iter().map(|(a, b)| (b.clone(), a.clone())).collect();
            mirrored.reverse();
            let mut reversed = candidates.clone();
            reversed.reverse();
            prop_assert_eq!(merge_order(&reversed, &mirrored), steps);
        }

        /// Greedy is not perfect, but each branch that could go on cleanly goes before one that cannot.
        #[test]
        fn a_clean_branch_never_waits_behind_a_conflicting_one(
            candidates in any_candidates(), conflicts in any_conflicts(),
        ) {
            let steps = merge_order(&candidates, &conflicts);
            let order: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
            for at in 0..order.len() {
                let late = |name: &str| n_late(&[&order[..at], &[name]].concat(), &conflicts);
                let after = |name: &str| candidates.iter().find(|c| c.name == name).unwrap().after.clone();
                let ready = |name: &&&str| after(name).iter().all(|p| order[..at].contains(&p.as_str()));
                let best = order[at..].iter().filter(ready).map(|name| late(name)).min().unwrap();
                prop_assert_eq!(late(order[at]), best);
            }
        }
    }
}
