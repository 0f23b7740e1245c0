//! Says which item of the base became which item of a side.
//!
//! First what is the same, in order; then what has the same name; then what looks alike; then what
//! moved. A pair that is wrong costs a conflict, never a loss.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::items::Item;
use super::keys::squeezed;

/// How alike two items are that count as one, from 0 to 1.
const ALIKE: f64 = 0.5;
/// The same for the only item between two that did not change.
const ALONE: f64 = 0.0;
/// What a pair is worth that is one for want of others.
const LEAST: f64 = 0.001;
/// Runs longer than this are not searched for items that look alike.
const LONGEST: usize = 60;

/// Positions in the side's items by positions in the base's, and the other way round.
#[derive(Debug, Clone)]
pub(super) struct Pairing {
    pub(super) to_side: Vec<Option<usize>>,
    pub(super) to_base: Vec<Option<usize>>,
}

impl Pairing {
    fn pair(&mut self, base: usize, side: usize) {
        self.to_side[base] = Some(side);
        self.to_base[side] = Some(base);
    }

    /// Whether the side kept the order of what it kept.
    pub(super) fn is_in_order(&self) -> bool {
        self.to_side.iter().flatten().is_sorted()
    }
}

/// Pairs the items of a base with those of a side.
pub(super) fn align(base: &[Item<'_>], side: &[Item<'_>]) -> Pairing {
    let mut pairing = Pairing { to_side: vec![None; base.len()], to_base: vec![None; side.len()] };
    let prints = |items: &[Item<'_>]| items.iter().map(|item| item.print).collect::<Vec<_>>();
    for op in capture_diff_slices(Algorithm::Histogram, &prints(base), &prints(side)) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            (0..len).for_each(|step| pairing.pair(old_index + step, new_index + step));
        }
    }
    for between in runs(&pairing) {
        by_key(base, side, &between, &mut pairing);
    }
    for between in runs(&pairing) {
        by_looks(base, side, &between, &mut pairing);
    }
    moved(base, side, &mut pairing);
    pairing
}

/// Unpaired positions of both between two pairs that are next to each other.
struct Run {
    base: Vec<usize>,
    side: Vec<usize>,
}

fn runs(pairing: &Pairing) -> Vec<Run> {
    let mut found = Vec::new();
    let mut side_at = 0;
    let mut base_at = 0;
    let ends = pairing.to_side.iter().enumerate().filter_map(|(base, side)| side.map(|side| (base, side)));
    for (base, side) in ends.chain(std::iter::once((pairing.to_side.len(), pairing.to_base.len()))) {
        if side < side_at {
            continue;
        }
        let free = |range: std::ops::Range<usize>, taken: &[Option<usize>]| {
            range.filter(|&idx| taken[idx].is_none()).collect::<Vec<_>>()
        };
        let run =
            Run { base: free(base_at..base, &pairing.to_side), side: free(side_at..side, &pairing.to_base) };
        if !run.base.is_empty() && !run.side.is_empty() {
            found.push(run);
        }
        (base_at, side_at) = (base + 1, side + 1);
    }
    found
}

fn by_key(base: &[Item<'_>], side: &[Item<'_>], run: &Run, pairing: &mut Pairing) {
    let key = |item: &Item<'_>| (!item.key.is_empty()).then(|| item.key.clone());
    let mut from = 0;
    for &one in &run.base {
        let Some(wanted) = key(&base[one]) else { continue };
        let found = run.side[from..].iter().position(|&other| key(&side[other]).as_ref() == Some(&wanted));
        if let Some(place) = found {
            pairing.pair(one, run.side[from + place]);
            from += place + 1;
        }
    }
}

/// Pairs what looks alike, keeping the order, so that the sum of likenesses is greatest.
fn by_looks(base: &[Item<'_>], side: &[Item<'_>], run: &Run, pairing: &mut Pairing) {
    let (n, m) = (run.base.len(), run.side.len());
    if n > LONGEST || m > LONGEST {
        return;
    }
    let least = if n == 1 && m == 1 { ALONE } else { ALIKE };
    let bags = |places: &[usize], items: &[Item<'_>]| {
        places.iter().map(|&idx| bag(items[idx].core_text())).collect::<Vec<_>>()
    };
    let (base_bags, side_bags) = (bags(&run.base, base), bags(&run.side, side));
    let likeness = |one: usize, other: usize| {
        let (left, right) = (&base[run.base[one]], &side[run.side[other]]);
        // Two names that differ are two things.
        let named_apart =
            !left.key.is_empty() && !right.key.is_empty() && super::roles::is_declaration(left.kind);
        if left.kind != right.kind || named_apart {
            return 0.0;
        }
        let alike = shared(&base_bags[one], &side_bags[other]);
        if alike < least { 0.0 } else { alike.max(LEAST) }
    };
    let mut best = vec![vec![0.0_f64; m + 1]; n + 1];
    let mut score = vec![vec![0.0_f64; m]; n];
    for one in (0..n).rev() {
        for other in (0..m).rev() {
            score[one][other] = likeness(one, other);
            let paired = score[one][other] + best[one + 1][other + 1];
            best[one][other] = paired.max(best[one + 1][other]).max(best[one][other + 1]);
        }
    }
    let (mut one, mut other) = (0, 0);
    while one < n && other < m {
        let paired = score[one][other] + best[one + 1][other + 1];
        if score[one][other] > 0.0 && paired >= best[one + 1][other].max(best[one][other + 1]) {
            pairing.pair(run.base[one], run.side[other]);
            (one, other) = (one + 1, other + 1);
        } else if best[one + 1][other] >= best[one][other + 1] {
            one += 1;
        } else {
            other += 1;
        }
    }
}

/// The words of a text as numbers, sorted.
pub(super) fn bag(text: &str) -> Vec<u64> {
    let hash = |word: &str| {
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        hasher.finish()
    };
    let mut bag: Vec<u64> = words(text).map(hash).collect();
    bag.sort_unstable();
    bag
}

/// How many words two texts share, from 0 to 1.
pub(super) fn shared(one: &[u64], other: &[u64]) -> f64 {
    let (short, long) = (one.len().min(other.len()), one.len().max(other.len()));
    if long == 0 {
        return 1.0;
    }
    if short * 8 < long {
        return 0.0;
    }
    let (mut left, mut right, mut both) = (0, 0, 0_u32);
    while left < one.len() && right < other.len() {
        match one[left].cmp(&other[right]) {
            Ordering::Less => left += 1,
            Ordering::Greater => right += 1,
            Ordering::Equal => (left, right, both) = (left + 1, right + 1, both + 1),
        }
    }
    f64::from(2 * both) / (short + long) as f64
}

/// The words of a text, each sign a word of its own.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// Pairs what stands elsewhere now: the same words, or the one declaration of a name.
fn moved(base: &[Item<'_>], side: &[Item<'_>], pairing: &mut Pairing) {
    let identity = |item: &Item<'_>| {
        let named = !item.key.is_empty() && super::roles::is_declaration(item.kind);
        let text = || squeezed(item.core_text());
        // Short statements repeat by chance.
        (named || text().len() > 24).then(|| (item.kind, if named { item.key.clone() } else { text() }))
    };
    let mut places: BTreeMap<(&str, String), [Vec<usize>; 2]> = BTreeMap::new();
    for idx in (0..base.len()).filter(|&idx| pairing.to_side[idx].is_none()) {
        if let Some(known) = identity(&base[idx]) {
            places.entry(known).or_default()[0].push(idx);
        }
    }
    if places.is_empty() {
        return;
    }
    for idx in (0..side.len()).filter(|&idx| pairing.to_base[idx].is_none()) {
        if let Some(known) = identity(&side[idx]) {
            places.entry(known).or_default()[1].push(idx);
        }
    }
    for [from, to] in places.into_values() {
        if let ([from], [to]) = (from.as_slice(), to.as_slice()) {
            pairing.pair(*from, *to);
        }
    }
}
