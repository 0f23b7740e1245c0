//! Puts changes of two sides beside each other that a merge by lines takes for one conflict.
//!
//! Git has changes conflict that only touch. Where a gate judges what comes out, that is too careful:
//! what neither side's change reaches into may be taken from both.

use std::hash::Hash;
use std::ops::Range;

use super::chunks::{Three, edits};

/// The version that a part is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Base,
    Ours,
    Theirs,
}

/// The parts that make up a text with the changes of both; none where both changed the same or put
/// something in the same place.
pub(super) fn beside<T: Eq + Hash + Ord>(texts: Three<&[T]>) -> Option<Vec<(Side, Range<usize>)>> {
    let of = |side, text| edits(texts.base, text).into_iter().map(move |(old, new)| (old, side, new));
    let mut all: Vec<(Range<usize>, Side, Range<usize>)> =
        of(Side::Ours, texts.ours).chain(of(Side::Theirs, texts.theirs)).collect();
    // What is put before something stands before what that is replaced with.
    all.sort_by_key(|(old, ..)| (old.start, old.end));
    let (mut out, mut done) = (Vec::new(), 0);
    let mut last = None;
    for (old, side, new) in all {
        let both_put = old.is_empty() && last.as_ref() == Some(&old);
        if old.start < done || both_put {
            return None;
        }
        out.push((Side::Base, done..old.start));
        out.push((side, new));
        done = old.end;
        last = Some(old);
    }
    out.push((Side::Base, done..texts.base.len()));
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, ours: &str, theirs: &str, expected: Option<&str>) {
        let texts = Three::new(base, ours, theirs).map(|text| text.chars().collect::<Vec<char>>());
        let found = beside(texts.as_ref().map(Vec::as_slice)).map(|parts| {
            let of = |(side, at): (Side, Range<usize>)| match side {
                Side::Base => texts.base[at].iter(),
                Side::Ours => texts.ours[at].iter(),
                Side::Theirs => texts.theirs[at].iter(),
            };
            parts.into_iter().flat_map(of).collect::<String>()
        });
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn changes_that_touch_are_both_made() {
        check("ab", "Xb", "aY", Some("XY"));
        check("abc", "c", "abY", Some("Y"));
        check("ab", "aXb", "aY", Some("aXY"));
        check("ab", "Xb", "aYb", Some("XYb"));
    }

    #[test]
    fn changes_of_the_same_are_not() {
        check("ab", "aXb", "aYb", None);
        check("abc", "Xc", "aY", None);
        check("a", "X", "Y", None);
    }
}
