//! Cuts three versions of a text into what is the same, what one side changed, and what conflicts.
//!
//! Line by line, as Git does it: two changes that touch each other conflict, unless they are the same.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Three texts, or three places in three texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Three<T> {
    pub(super) base: T,
    pub(super) ours: T,
    pub(super) theirs: T,
}

impl<T> Three<T> {
    pub(super) fn new(base: T, ours: T, theirs: T) -> Self {
        Self { base, ours, theirs }
    }

    pub(super) fn map<U>(self, mut each: impl FnMut(T) -> U) -> Three<U> {
        Three { base: each(self.base), ours: each(self.ours), theirs: each(self.theirs) }
    }

    pub(super) fn zip<U>(self, other: Three<U>) -> Three<(T, U)> {
        Three {
            base: (self.base, other.base),
            ours: (self.ours, other.ours),
            theirs: (self.theirs, other.theirs),
        }
    }

    /// The same with the sides in each other's place.
    pub(super) fn turned(self) -> Self {
        Self { base: self.base, ours: self.theirs, theirs: self.ours }
    }

    pub(super) fn as_ref(&self) -> Three<&T> {
        Three { base: &self.base, ours: &self.ours, theirs: &self.theirs }
    }

    pub(super) fn all(self, test: impl Fn(T) -> bool) -> bool {
        test(self.base) && test(self.ours) && test(self.theirs)
    }
}

impl<T: PartialEq + Copy> Three<T> {
    /// The three-way merge of values that are one or the other: the side that changed wins.
    pub(super) fn settled(self) -> Option<T> {
        match self {
            Self { base, ours, theirs } if base == ours => Some(theirs),
            Self { base, ours, theirs } if base == theirs || ours == theirs => Some(ours),
            _ => None,
        }
    }
}

/// Who changed a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Same,
    Ours,
    Theirs,
    /// Both made the same change.
    Both,
    Conflict,
}

/// Ranges of units that correspond. Chunks follow each other without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) sort: Sort,
    pub(super) at: Three<Range<usize>>,
}

/// How lines are told that changed: as Git's merges do it, and as `git merge-file` does.
pub(super) const WAYS: [Algorithm; 2] = [Algorithm::Histogram, Algorithm::Myers];

/// The chunks of three texts in bytes, cut at lines.
pub(super) fn line_chunks(texts: Three<&str>) -> Vec<Chunk> {
    line_chunks_by(Algorithm::Histogram, texts)
}

/// The same in one of the [`WAYS`].
pub(super) fn line_chunks_by(algorithm: Algorithm, texts: Three<&str>) -> Vec<Chunk> {
    let lines = texts.map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let starts = lines.as_ref().map(|lines| offsets(lines));
    let mut chunks = chunks(algorithm, lines.as_ref().map(Vec::as_slice));
    for chunk in &mut chunks {
        let lines = Three::new(chunk.at.base.clone(), chunk.at.ours.clone(), chunk.at.theirs.clone());
        chunk.at = lines.zip(starts.as_ref()).map(|(range, starts)| starts[range.start]..starts[range.end]);
    }
    chunks
}

fn offsets(lines: &[&str]) -> Vec<usize> {
    let mut at = 0;
    let ends = lines.iter().map(|line| {
        at += line.len();
        at
    });
    std::iter::once(0).chain(ends).collect()
}

/// The chunks of three sequences.
pub(super) fn chunks<T: Eq + std::hash::Hash + Ord>(algorithm: Algorithm, texts: Three<&[T]>) -> Vec<Chunk> {
    let Three { base, ours, theirs } = texts;
    let edits_to = |side| edits_by(algorithm, base, side);
    let mut edits = [edits_to(ours), edits_to(theirs)].map(Vec::into_iter).map(Iterator::peekable);
    // How far each side's positions are ahead of the base's.
    let mut walk = Walk { done: Three::default(), out: Vec::new() };
    loop {
        let starts = edits.each_mut().map(|edits| edits.peek().map(|edit| edit.0.start));
        let Some(start) = starts.into_iter().flatten().min() else { break };
        walk.same(start);
        let mut end = start;
        let mut found: [Option<Grown>; 2] = [None, None];
        // Whatever starts before or where the group ends belongs to it.
        loop {
            let next = (0..2).find(|&side| edits[side].peek().is_some_and(|edit| edit.0.start <= end));
            let Some(side) = next else { break };
            let Some((old, new)) = edits[side].next() else { break };
            end = end.max(old.end);
            let grown = found[side].get_or_insert_default();
            grown.old_end = old.end;
            grown.new_end = new.end;
        }
        walk.group(end, found, texts);
    }
    walk.same(base.len());
    walk.out
}

/// Where one side's part of a group of changes ends.
#[derive(Debug, Default, Clone, Copy)]
struct Grown {
    old_end: usize,
    new_end: usize,
}

struct Walk {
    done: Three<usize>,
    out: Vec<Chunk>,
}

impl Walk {
    fn same(&mut self, until: usize) {
        let length = until - self.done.base;
        if length > 0 {
            self.push(Sort::Same, self.done.map(|at| at + length));
        }
    }

    fn group<T: PartialEq>(&mut self, end: usize, found: [Option<Grown>; 2], texts: Three<&[T]>) {
        // A side that changed less of the group has the rest of it unchanged.
        let reach = |grown: Option<Grown>, done: usize, from: usize| match grown {
            Some(grown) => grown.new_end + (end - grown.old_end),
            None => done + (end - from),
        };
        let from = self.done.base;
        let to =
            Three::new(end, reach(found[0], self.done.ours, from), reach(found[1], self.done.theirs, from));
        let (ours, theirs) =
            (&texts.ours[self.done.ours..to.ours], &texts.theirs[self.done.theirs..to.theirs]);
        let sort = match found {
            [Some(_), None] => Sort::Ours,
            [None, _] => Sort::Theirs,
            [Some(_), Some(_)] if ours == theirs => Sort::Both,
            _ => Sort::Conflict,
        };
        self.push(sort, to);
    }

    fn push(&mut self, sort: Sort, to: Three<usize>) {
        self.out.push(Chunk { sort, at: self.done.zip(to).map(|(from, to)| from..to) });
        self.done = to;
    }
}

type Change = (Range<usize>, Range<usize>);

/// Where two sequences differ, without the parts at both ends that are the same.
pub(super) fn edits<T: Eq + std::hash::Hash + Ord>(old: &[T], new: &[T]) -> Vec<Change> {
    edits_by(Algorithm::Histogram, old, new)
}

fn edits_by<T: Eq + std::hash::Hash + Ord>(algorithm: Algorithm, old: &[T], new: &[T]) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    for op in capture_diff_slices(algorithm, old, new) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (old, new) = (op.old_range(), op.new_range());
        match found.last_mut() {
            Some(last) if last.0.end == old.start && last.1.end == new.start => {
                last.0.end = old.end;
                last.1.end = new.end;
            }
            _ => found.push((old, new)),
        }
    }
    found
}

/// Merges three texts line by line; none where that conflicts.
pub(super) fn merged_lines(texts: Three<&str>) -> Option<String> {
    let mut out = String::new();
    for chunk in line_chunks(texts) {
        match chunk.sort {
            Sort::Conflict => return None,
            Sort::Theirs => out.push_str(&texts.theirs[chunk.at.theirs]),
            Sort::Same | Sort::Ours | Sort::Both => out.push_str(&texts.ours[chunk.at.ours]),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorts(base: &str, ours: &str, theirs: &str) -> Vec<Sort> {
        line_chunks(Three::new(base, ours, theirs)).into_iter().map(|chunk| chunk.sort).collect()
    }

    #[test]
    fn changes_that_touch_conflict_and_others_do_not() {
        assert_eq!(sorts("a\nb\n", "a\nB\n", "a\nb\n"), [Sort::Same, Sort::Ours]);
        assert_eq!(sorts("a\nb\n", "A\nb\n", "a\nB\n"), [Sort::Conflict]);
        assert_eq!(sorts("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n"), [Sort::Ours, Sort::Same, Sort::Theirs]);
        assert_eq!(sorts("a\n", "a\nx\n", "a\nx\n"), [Sort::Same, Sort::Both]);
        assert_eq!(sorts("a\n", "a\nx\n", "a\ny\n"), [Sort::Same, Sort::Conflict]);
    }

    #[test]
    fn a_clean_merge_has_both_changes() {
        let merged = merged_lines(Three::new("a\nb\nc\nd\n", "a\nc\nd\n", "a\nb\nc\nD\nE\n"));
        assert_eq!(merged.as_deref(), Some("a\nc\nD\nE\n"));
    }
}
