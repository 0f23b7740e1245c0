//! Does to a whole file what the other side did, wherever the lines went.
//!
//! Where one side cut a helper out of a function, the lines that the other side edited stand elsewhere
//! now, or have become others. Each edit is looked for where its lines are, then among the lines that
//! were put in, then in what stands in their place. What comes out is a guess.

use std::ops::Range;

use super::align::{bag, shared};
use super::chunks::{Three, edits};
use super::indent::reindent;
use super::weave::Taste;
use super::words::merged_words;

/// Longer files are not searched.
const MOST: usize = 20_000;
/// So many lines above and below an edit tell where it is.
const NEAR: usize = 3;
/// What says the same further away is another thing.
const NEARBY: usize = 30;
/// How alike two lines are that count as one, from 0 to 1.
const ALIKE: f64 = 0.6;

/// The text with the edits from base to side made in it; none where one of them has no place.
pub(super) fn followed(base: &str, side: &str, onto: &str, taste: &Taste) -> Option<String> {
    let [base, side, onto] = [base, side, onto].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    if base.len().max(side.len()).max(onto.len()) > MOST {
        return None;
    }
    let files = Three::new(Lines::of(&base), Lines::of(&onto), Lines::of(&side));
    let to_onto = paired(&files.base, &files.ours);
    let mut is_new = vec![true; onto.len()];
    to_onto.iter().flatten().for_each(|&place| is_new[place] = false);
    let to_side = paired(&files.base, &files.theirs);
    let search = Search { to_onto, to_side, is_new, files: files.as_ref() };
    let mut cuts: Vec<Cut> = Vec::new();
    for edit in edits(&files.base.keys, &files.theirs.keys) {
        let cut = search.place(&edit, taste)?;
        // What stood twice may stand once now, and is edited once.
        if !cuts.contains(&cut) {
            cuts.push(cut);
        }
    }
    // What is put into one place stays in the order of the side.
    cuts.sort_by_key(|(at, _)| (at.start, at.end));
    search.assembled(&cuts)
}

/// The lines of a text, whole and without white space around them.
struct Lines<'a> {
    whole: &'a [&'a str],
    keys: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    fn of(lines: &'a [&'a str]) -> Self {
        Self { whole: lines, keys: lines.iter().map(|line| line.trim()).collect() }
    }

    fn text(&self, at: Range<usize>) -> String {
        self.whole[at].concat()
    }

    fn indent(&self, at: usize) -> &'a str {
        let line = self.whole[at];
        &line[..line.len() - line.trim_start().len()]
    }
}

/// Where the lines of a base are in another text.
fn paired(base: &Lines<'_>, other: &Lines<'_>) -> Vec<Option<usize>> {
    let mut pairs = vec![None; base.keys.len()];
    let (mut from, mut to) = (0, 0);
    let end = (base.keys.len()..base.keys.len(), other.keys.len()..other.keys.len());
    for (gone, put) in edits(&base.keys, &other.keys).into_iter().chain([end]) {
        (from..gone.start).zip(to..put.start).for_each(|(one, other)| pairs[one] = Some(other));
        (from, to) = (gone.end, put.end);
    }
    pairs
}

type Edit = (Range<usize>, Range<usize>);

/// Lines of the text that is changed, and what stands for them.
type Cut = (Range<usize>, String);

/// Base, the text that is changed, and the side that changes it.
struct Search<'a> {
    files: Three<&'a Lines<'a>>,
    to_onto: Vec<Option<usize>>,
    to_side: Vec<Option<usize>>,
    /// Which lines of the text that is changed the base does not have there.
    is_new: Vec<bool>,
}

impl Search<'_> {
    /// Where an edit is made, and what is put there.
    fn place(&self, (gone, put): &Edit, taste: &Taste) -> Option<(Range<usize>, String)> {
        let text = self.files.theirs.text(put.clone());
        if gone.is_empty() {
            let at = self.insertion(gone.start)?;
            return Some((at..at, self.moved_in(&text, put.start, at)));
        }
        if let Some(at) = self.kept(gone) {
            return Some((at, text));
        }
        if let Some(at) = self.moved(gone) {
            let text = self.moved_in(&text, put.start, at.start + 1);
            return Some((at, text));
        }
        self.alike((gone, put), taste).or_else(|| self.rewritten(gone, taste))
    }

    /// Where the lines of the base stand as they are, one behind the other.
    fn kept(&self, gone: &Range<usize>) -> Option<Range<usize>> {
        let start = self.to_onto[gone.start]?;
        let is_run = gone.clone().zip(start..).all(|(line, place)| self.to_onto[line] == Some(place));
        is_run.then(|| start..start + gone.len())
    }

    /// The place behind the line above, wherever that is now, or before the line below.
    fn insertion(&self, at: usize) -> Option<usize> {
        let kept = |line: usize| self.to_onto.get(line).copied().flatten();
        let Some(above) = at.checked_sub(1) else { return Some(0) };
        if let Some(place) = kept(above) {
            return Some(place + 1);
        }
        let telling = |line: &usize| !self.files.base.keys[*line].is_empty();
        let above = (at.saturating_sub(NEAR)..at).rev().find(telling);
        let found = above.and_then(|line| self.moved(&(line..line + 1)));
        found.map(|found| found.end).or_else(|| kept(at))
    }

    /// Lines that were taken away and stand among those that were put in, the nearest of them; or those
    /// that say the same nearby: what stood twice may stand once now.
    fn moved(&self, gone: &Range<usize>) -> Option<Range<usize>> {
        let wanted = &self.files.base.keys[gone.clone()];
        let around = self.around(gone.start);
        let windows = self.files.ours.keys.windows(wanted.len()).enumerate();
        let found = windows.filter(|(_, lines)| *lines == wanted).map(|(at, _)| at);
        let is_new = |at: &usize| self.is_new[*at..*at + wanted.len()].iter().all(|new| *new);
        let (new, old): (Vec<usize>, Vec<usize>) = found.partition(is_new);
        let nearby = old.into_iter().filter(|at| at.abs_diff(around) <= NEARBY);
        let nearest = |places: Vec<usize>| places.into_iter().min_by_key(|at| at.abs_diff(around));
        let at = nearest(new).or_else(|| nearest(nearby.collect()))?;
        Some(at..at + wanted.len())
    }

    /// Where the last line above is that was kept.
    fn around(&self, line: usize) -> usize {
        self.to_onto[..line].iter().rev().find_map(|place| *place).unwrap_or(0)
    }

    /// What stands between the lines around that both kept, merged by its words.
    fn rewritten(&self, gone: &Range<usize>, taste: &Taste) -> Option<(Range<usize>, String)> {
        let Three { base, ours: onto, theirs: side } = self.files;
        let both = |line: &usize| self.to_onto[*line].is_some() && self.to_side[*line].is_some();
        let above = (0..gone.start).rev().find(both);
        let below = (gone.end..base.keys.len()).find(both);
        let between = |pairs: &[Option<usize>], end: usize| {
            let start = above.and_then(|line| pairs[line]).map_or(0, |line| line + 1);
            start..below.and_then(|line| pairs[line]).unwrap_or(end).max(start)
        };
        let own = above.map_or(0, |line| line + 1)..below.unwrap_or(base.keys.len());
        let at = between(&self.to_onto, onto.keys.len());
        let texts = Three::new(
            base.text(own),
            onto.text(at.clone()),
            side.text(between(&self.to_side, side.keys.len())),
        );
        let merged = merged_words(texts.as_ref().map(String::as_str), taste).ok()?;
        (!at.is_empty()).then_some((at, merged))
    }

    /// Lines that were put in and look like those that were taken away, with the edit made in them.
    fn alike(
        &self,
        (gone, put): (&Range<usize>, &Range<usize>),
        taste: &Taste,
    ) -> Option<(Range<usize>, String)> {
        let Three { base, ours: onto, theirs: side } = self.files;
        let wanted: Vec<Vec<u64>> = base.keys[gone.clone()].iter().map(|line| bag(line)).collect();
        let likeness = |at: usize| -> f64 {
            let pairs = onto.keys[at..].iter().zip(&wanted);
            pairs.map(|(line, wanted)| shared(&bag(line), wanted)).fold(1.0, f64::min)
        };
        let around = self.around(gone.start);
        let last = (onto.keys.len() + 1).checked_sub(wanted.len())?;
        let places = (0..last).filter(|&at| self.is_new[at..at + wanted.len()].iter().all(|new| *new));
        let found = places.map(|at| (at, likeness(at))).max_by(|one, other| {
            let near = |at: usize| std::cmp::Reverse(at.abs_diff(around));
            one.1.total_cmp(&other.1).then_with(|| near(one.0).cmp(&near(other.0)))
        });
        let at = found.filter(|(_, alike)| *alike >= ALIKE)?.0;
        let at = at..at + wanted.len();
        let texts = Three::new(base.text(gone.clone()), onto.text(at.clone()), side.text(put.clone()));
        let merged = merged_words(texts.as_ref().map(String::as_str), taste).ok()?;
        Some((at, merged))
    }

    /// Lines of the side with the margin that the place has.
    fn moved_in(&self, text: &str, from: usize, at: usize) -> String {
        let above = |file: &Lines<'_>, line: usize| {
            let telling = (0..line).rev().find(|&line| !file.keys[line].is_empty());
            telling.map_or(String::new(), |line| file.indent(line).to_owned())
        };
        let (own, here) = (above(self.files.theirs, from), above(self.files.ours, at));
        if own == here { text.to_owned() } else { reindent(text, &own, &here) }
    }

    /// The text with the cuts filled; lines that the side only moved in or out are so here too.
    fn assembled(&self, cuts: &[Cut]) -> Option<String> {
        let Three { base, ours: onto, theirs: side } = self.files;
        let mut margins: Vec<Option<(&str, &str)>> = vec![None; onto.keys.len()];
        for (line, (&place, &other)) in self.to_onto.iter().zip(&self.to_side).enumerate() {
            if let (Some(place), Some(other)) = (place, other)
                && base.indent(line) != side.indent(other)
            {
                margins[place] = Some((base.indent(line), side.indent(other)));
            }
        }
        let mut out = String::new();
        let mut done = 0;
        let keep = |out: &mut String, at: Range<usize>| {
            for line in at {
                match margins[line] {
                    Some((old, new)) => out.push_str(&reindent(onto.whole[line], old, new)),
                    None => out.push_str(onto.whole[line]),
                }
            }
        };
        for (at, text) in cuts {
            if at.start < done {
                return None;
            }
            keep(&mut out, done..at.start);
            out.push_str(text);
            done = at.end;
        }
        keep(&mut out, done..onto.whole.len());
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, side: &str, onto: &str, expected: &str) {
        let taste = Taste { bold: true, ..Taste::default() };
        assert_eq!(followed(base, side, onto, &taste).as_deref(), Some(expected));
    }

    const BASE: &str =
        "def f(a):\n    if a < 0:\n        text = low(a)\n        raise Error(text)\n\n    return a\n";
    const APART: &str = "def problem(a):\n    if a < 0:\n        return low(a)\n\n    return None\n\n\ndef f(a):\n    why = problem(a)\n    if why:\n        raise Error(why)\n\n    return a\n";

    #[test]
    fn an_edit_follows_its_lines_into_a_helper() {
        let side = BASE.replace("a < 0", "a < 1");
        check(BASE, &side, APART, &APART.replace("a < 0", "a < 1"));
    }

    #[test]
    fn what_became_another_line_is_edited_as_that() {
        let side = BASE.replace("low(a)", "low(a, 1)");
        check(BASE, &side, APART, &APART.replace("low(a)", "low(a, 1)"));
        let side = BASE.replace("Error(text)", "Error(text, a)");
        check(BASE, &side, APART, &APART.replace("Error(why)", "Error(why, a)"));
    }

    #[test]
    fn what_stands_once_for_two_is_edited_once() {
        let more = "    if a > 9:\n        text = high(a)\n        raise Error(text)\n\n    return a\n";
        let base = BASE.replace("    return a\n", more);
        let onto =
            APART.replace("\n    return None", "\n    if a > 9:\n        return high(a)\n\n    return None");
        let onto = onto.replace("why", "text");
        let [side, both] = [&base, &onto].map(|text| text.replace("Error(text)", "Error(text, a)"));
        check(&base, &side, &onto, &both);
    }

    #[test]
    fn what_is_put_below_a_line_follows_it() {
        let guard = "    if a is None:\n        return a\n\n";
        let side = BASE.replace("def f(a):\n", &format!("def f(a):\n{guard}"));
        check(BASE, &side, APART, &APART.replace("def f(a):\n", &format!("def f(a):\n{guard}")));
    }

    #[test]
    fn what_is_put_into_one_place_keeps_its_order() {
        let side = "a\nzero()\nb\nmore()\nc\n";
        check("a\nb\nc\n", side, "a\nc\n", "a\nzero()\nmore()\nc\n");
    }

    #[test]
    fn what_has_no_place_is_not_made() {
        let taste = Taste { bold: true, ..Taste::default() };
        assert_eq!(followed("a\nx = 1\nb\n", "a\nx = 2\nb\n", "a\nb\n", &taste), None);
    }
}
