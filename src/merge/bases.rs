//! Where many branches parted, found in one walk through their history.
//!
//! Git looks for the best common ancestors of two commits by painting history in two colours, newest
//! commits first, until all that is left to paint has both (`paint_down_to_common` in its
//! `commit-reach.c`). Here every tip is a colour, so that a hundred branches cost one walk in place of
//! one for each pair. A commit is a best common ancestor of two tips when both reach it and none of
//! its children is reached by both.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use crate::model::Oid;

/// The best common ancestors of each pair of tips that has any, by positions, the lesser first.
///
/// `read` gives the time of a commit and its parents. A pair with several may be given too many: what
/// leads from one of them to another can lie where no more was read. One alone is the only one.
pub fn common_ancestors<E>(
    tips: &[Oid],
    read: impl FnMut(Oid) -> Result<(i64, Vec<Oid>), E>,
) -> Result<BTreeMap<(usize, usize), Vec<Oid>>, E> {
    let mut history = History::new(tips.len(), read);
    for (place, &tip) in tips.iter().enumerate() {
        let node = history.node(tip)?;
        let reached = Tips::only(place, tips.len());
        history.reach(node, &reached);
    }
    history.walk()?;
    let mut found: BTreeMap<(usize, usize), Vec<Oid>> = BTreeMap::new();
    for node in &history.nodes {
        for pair in history.pairs_that_meet_at(node) {
            found.entry(pair).or_default().push(node.oid);
        }
    }
    Ok(found)
}

/// A set of tips, one bit for each.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tips(Vec<u64>);

impl Tips {
    fn none(n_tips: usize) -> Self {
        Self(vec![0; n_tips.div_ceil(64)])
    }

    fn only(place: usize, n_tips: usize) -> Self {
        let mut tips = Self::none(n_tips);
        tips.0[place / 64] |= 1 << (place % 64);
        tips
    }

    fn has(&self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Takes in another set; false when nothing of it was new.
    fn unite(&mut self, other: &Self) -> bool {
        let mut grew = false;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            grew |= other & !*word != 0;
            *word |= other;
        }
        grew
    }
}

struct Node {
    oid: Oid,
    time: i64,
    parents: Vec<Oid>,
    /// Those of the children that were walked through.
    children: Vec<usize>,
    reached: Tips,
    is_queued: bool,
    is_walked: bool,
}

/// What is known of the history.
struct History<R> {
    n_tips: usize,
    read: R,
    nodes: Vec<Node>,
    places: HashMap<Oid, usize>,
    /// By time, so that the newest comes first; of the same second, the one found first.
    queue: BinaryHeap<(i64, Reverse<usize>)>,
    /// How many in the queue are not reached by all tips.
    n_partial: usize,
}

impl<R, E> History<R>
where
    R: FnMut(Oid) -> Result<(i64, Vec<Oid>), E>,
{
    fn new(n_tips: usize, read: R) -> Self {
        let (nodes, places, queue) = (Vec::new(), HashMap::new(), BinaryHeap::new());
        Self { n_tips, read, nodes, places, queue, n_partial: 0 }
    }

    fn node(&mut self, oid: Oid) -> Result<usize, E> {
        if let Some(&place) = self.places.get(&oid) {
            return Ok(place);
        }
        let (time, parents) = (self.read)(oid)?;
        let (children, reached) = (Vec::new(), Tips::none(self.n_tips));
        self.nodes.push(Node { oid, time, parents, children, reached, is_queued: false, is_walked: false });
        self.places.insert(oid, self.nodes.len() - 1);
        Ok(self.nodes.len() - 1)
    }

    /// Notes that tips reach a commit, and that its parents are to be told what is new.
    fn reach(&mut self, place: usize, tips: &Tips) {
        let n_tips = self.n_tips;
        let node = &mut self.nodes[place];
        let was_partial = node.is_queued && node.reached.len() < n_tips;
        if !node.reached.unite(tips) {
            return;
        }
        if !node.is_queued {
            node.is_queued = true;
            self.queue.push((node.time, Reverse(place)));
        }
        let is_partial = node.reached.len() < n_tips;
        self.n_partial = self.n_partial + usize::from(is_partial) - usize::from(was_partial);
    }

    fn walk(&mut self) -> Result<(), E> {
        while self.n_partial > 0 {
            let Some((_, Reverse(place))) = self.queue.pop() else { break };
            let node = &mut self.nodes[place];
            node.is_queued = false;
            let is_first = !std::mem::replace(&mut node.is_walked, true);
            let (parents, reached) = (node.parents.clone(), node.reached.clone());
            self.n_partial -= usize::from(reached.len() < self.n_tips);
            for parent in parents {
                let parent = self.node(parent)?;
                if is_first {
                    self.nodes[parent].children.push(place);
                }
                self.reach(parent, &reached);
            }
        }
        Ok(())
    }

    /// The pairs whose tips both reach a commit and no child of it.
    fn pairs_that_meet_at(&self, node: &Node) -> Vec<(usize, usize)> {
        let children: Vec<&Tips> = node.children.iter().map(|&child| &self.nodes[child].reached).collect();
        if children.contains(&&node.reached) {
            return Vec::new();
        }
        let reached = || (0..self.n_tips).filter(|&tip| node.reached.has(tip));
        let mut pairs = Vec::new();
        for one in reached() {
            let mut met = Tips::none(self.n_tips);
            for tips in children.iter().filter(|tips| tips.has(one)) {
                met.unite(tips);
            }
            pairs.extend(reached().filter(|&other| other > one && !met.has(other)).map(|other| (one, other)));
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn oid(number: usize) -> Oid {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
        Oid::from_bytes(&bytes).unwrap()
    }

    /// Commits by number; the parents of each have lesser ones.
    type Graph = Vec<Vec<usize>>;

    fn found(graph: &Graph, tips: &[usize]) -> (BTreeMap<(usize, usize), Vec<Oid>>, usize) {
        let oids: Vec<Oid> = tips.iter().map(|&tip| oid(tip)).collect();
        let numbers: HashMap<Oid, usize> = (0..graph.len()).map(|number| (oid(number), number)).collect();
        let mut n_read = 0;
        let read = |commit: Oid| {
            n_read += 1;
            let number = numbers[&commit];
            // Clocks go wrong.
            let time = if number % 5 == 3 { 0 } else { number as i64 };
            Ok::<_, ()>((time, graph[number].iter().map(|&parent| oid(parent)).collect()))
        };
        let mut bases = common_ancestors(&oids, read).unwrap();
        bases.values_mut().for_each(|bases| bases.sort());
        (bases, n_read)
    }

    /// By the definition: common ancestors that no other common ancestor descends from.
    fn defined(graph: &Graph, one: usize, other: usize) -> Vec<Oid> {
        let ancestors = |tip: usize| {
            let mut is_one = vec![false; graph.len()];
            is_one[tip] = true;
            for number in (0..=tip).rev().filter(|&number| number < graph.len()) {
                if is_one[number] {
                    graph[number].iter().for_each(|&parent| is_one[parent] = true);
                }
            }
            is_one
        };
        let (of_one, of_other) = (ancestors(one), ancestors(other));
        let common: Vec<usize> = (0..graph.len()).filter(|&n| of_one[n] && of_other[n]).collect();
        let is_best = |&base: &usize| !common.iter().any(|&above| above != base && ancestors(above)[base]);
        common.iter().copied().filter(is_best).map(oid).collect()
    }

    fn graph() -> impl Strategy<Value = (Graph, Vec<usize>)> {
        let parents = |number: usize| prop::collection::btree_set(0..number.max(1), 0..3.min(number + 1));
        let graph = (1..24_usize).prop_flat_map(move |size| {
            (0..size)
                .map(|number| parents(number).prop_map(|set| set.into_iter().collect()))
                .collect::<Vec<_>>()
        });
        graph.prop_flat_map(|mut graph: Graph| {
            graph[0].clear();
            let tips = prop::collection::vec(0..graph.len(), 2..8);
            (Just(graph), tips)
        })
    }

    proptest! {
        #[test]
        fn none_is_missed_and_one_alone_is_the_only_one((graph, tips) in graph()) {
            let (bases, _) = found(&graph, &tips);
            for one in 0..tips.len() {
                for other in one + 1..tips.len() {
                    let found = bases.get(&(one, other)).cloned().unwrap_or_default();
                    let best = defined(&graph, tips[one], tips[other]);
                    prop_assert!(best.iter().all(|base| found.contains(base)), "{:?} {:?}", found, best);
                    prop_assert!(found.len() != 1 || found == best, "{:?} {:?}", found, best);
                }
            }
        }
    }

    #[test]
    fn history_before_the_oldest_parting_is_not_read() {
        // A long line; three branches part near its end, a fourth ten commits before.
        let mut graph: Graph =
            (0..1_000_usize).map(|number| number.checked_sub(1).into_iter().collect()).collect();
        graph.extend([vec![999], vec![999], vec![998], vec![989]]);
        let (bases, n_read) = found(&graph, &[1_000, 1_001, 1_002, 1_003]);
        assert_eq!(bases[&(0, 1)], [oid(999)]);
        assert_eq!(bases[&(0, 2)], [oid(998)]);
        assert_eq!(bases[&(2, 3)], [oid(989)]);
        assert!(n_read < 25, "{n_read}");
    }
}
