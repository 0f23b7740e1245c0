//! Texts that may be meant where structure proves nothing, for a gate to judge.
//!
//! Each conflict has a few, made in different ways: by structure in both orders, word by word, line
//! by line, and by doing to one side's text what the other did to the base's. They are combined best
//! first; what a combination must pass before it costs a run of the gate is checked here.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::ops::Range;

use super::beside::{Side, beside};
use super::chunks::{Chunk, Sort, Three, edits};
use super::follow::followed;
use super::region::{Files, Resolution, resolve};
use super::replay::replayed;
use super::shift::indented_as;
use super::weave::Taste;
use super::words::merged_words;

/// Combinations that are looked at, for one file.
const MOST_COMBINED: usize = 400;

/// A text that may stand in the place of a conflict.
#[derive(Debug, Clone)]
struct Choice {
    /// How unlikely it is.
    cost: usize,
    name: &'static str,
    resolution: Resolution,
}

/// A resolution of every conflict.
#[derive(Debug, Clone)]
pub(super) struct Combination {
    /// The ways in which it was made.
    pub(super) name: String,
    pub(super) resolutions: Vec<Resolution>,
}

/// Combinations of what may stand in the places of all conflicts, best first.
///
/// Where the files have no trees, what can be made of the lines and words alone is left.
pub(super) fn combinations(
    texts: Three<&str>,
    chunks: &[Chunk],
    files: Option<&Files<'_>>,
) -> Vec<Combination> {
    let bold = |theirs_first| Taste { bold: true, theirs_first, ..Taste::default() };
    let tastes = [(0, "structure", Taste::default()), (1, OURS, bold(false)), (2, THEIRS, bold(true))];
    let conflicts = (0..chunks.len()).filter(|&idx| chunks[idx].sort == Sort::Conflict);
    let choices: Vec<Vec<Choice>> = conflicts
        .map(|idx| {
            let mut found = files.map_or(Vec::new(), |files| by_structure(files, idx, &tastes));
            found.extend(by_text(texts, &chunks[idx], idx, &tastes));
            sorted(found)
        })
        .collect();
    let mut found: Vec<Combination> =
        best_first(&choices).filter_map(|picks| combined(&choices, &picks)).take(MOST_COMBINED).collect();
    let whole = whole_files(texts, chunks.len(), &tastes[1].2);
    let place = found.len().min(FEW);
    found.splice(place..place, whole);
    found
}

/// So many combinations come before what is made of the files as a whole.
const FEW: usize = 2;

/// What one side did, done to the whole file of the other.
fn whole_files(texts: Three<&str>, n_chunks: usize, taste: &Taste) -> Vec<Combination> {
    let Three { base, ours, theirs } = texts;
    let made = [
        ("theirs follows ours", followed(base, theirs, ours, taste)),
        ("ours follows theirs", followed(base, ours, theirs, taste)),
    ];
    let whole = |(name, text): (&str, Option<String>)| {
        let resolutions = vec![Resolution { chunks: 0..n_chunks, text: text? }];
        Some(Combination { name: name.to_owned(), resolutions })
    };
    made.into_iter().filter_map(whole).collect()
}

const OURS: &str = "ours first";
const THEIRS: &str = "theirs first";

type Tastes = [(usize, &'static str, Taste); 3];

fn by_structure(files: &Files<'_>, idx: usize, tastes: &Tastes) -> Vec<Choice> {
    let choice = |(cost, name, taste): &(usize, &'static str, Taste)| {
        let resolution = resolve(files, &(idx..idx + 1), taste).ok()?;
        Some(Choice { cost: *cost, name, resolution })
    };
    tastes.iter().filter_map(choice).collect()
}

fn by_text(files: Three<&str>, chunk: &Chunk, idx: usize, tastes: &Tastes) -> impl Iterator<Item = Choice> {
    let made = texts(files, chunk, &tastes[1].2, &tastes[2].2).into_iter();
    made.map(move |(cost, name, text)| Choice {
        cost,
        name,
        resolution: Resolution { chunks: idx..idx + 1, text },
    })
}

/// The least unlikely first, each once.
fn sorted(mut found: Vec<Choice>) -> Vec<Choice> {
    found.sort_by_key(|choice| choice.cost);
    let mut seen = BTreeSet::new();
    found.retain(|choice| seen.insert((choice.resolution.chunks.start, choice.resolution.text.clone())));
    found
}

/// What is made of a conflict's own lines alone.
fn texts(
    files: Three<&str>,
    chunk: &Chunk,
    ours_first: &Taste,
    theirs_first: &Taste,
) -> Vec<(usize, &'static str, String)> {
    let three = files.zip(chunk.at.clone()).map(|(text, at)| &text[at]);
    let Three { base, ours, theirs } = three;
    let mut found = texts_as_they_are(three, ours_first, theirs_first);
    if let Some([base, theirs]) = indented_as(ours, base, theirs) {
        found.extend(texts_as_they_are(Three::new(&base, ours, &theirs), ours_first, theirs_first));
    }
    if let Some([base, ours]) = indented_as(theirs, base, ours) {
        found.extend(texts_as_they_are(Three::new(&base, &ours, theirs), ours_first, theirs_first));
    }
    found
}

fn texts_as_they_are(
    three: Three<&str>,
    ours_first: &Taste,
    theirs_first: &Taste,
) -> Vec<(usize, &'static str, String)> {
    let Three { base, ours, theirs } = three;
    // Where both only added there are no words of the base to go by.
    let words = |taste| merged_words(three, taste).ok().filter(|_| !base.trim().is_empty());
    let made = [
        (2, "word by word", words(ours_first)),
        (3, "theirs done to ours", replayed(base, theirs, ours)),
        (2, "side by side", lines_beside(three)),
        (3, "line by line", Some(united_lines(three, false))),
        (4, "ours done to theirs", replayed(base, ours, theirs)),
        (4, "word by word, theirs first", words(theirs_first)),
        (4, "line by line, theirs first", Some(united_lines(three, true))),
    ];
    let whole = |text: String| match text.ends_with('\n') || text.is_empty() {
        true => text,
        false => text + "\n",
    };
    made.into_iter().filter_map(|(cost, name, text)| Some((cost, name, whole(text?)))).collect()
}

/// The lines of both where neither changed what the other did.
fn lines_beside(texts: Three<&str>) -> Option<String> {
    // A last line without an end would run into what is put behind it.
    let ends = |text: &str| text.is_empty() || text.ends_with('\n');
    if !texts.all(ends) {
        return None;
    }
    let lines = texts.map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let parts = beside(lines.as_ref().map(Vec::as_slice))?;
    let of = |(side, at): (Side, Range<usize>)| match side {
        Side::Base => lines.base[at].concat(),
        Side::Ours => lines.ours[at].concat(),
        Side::Theirs => lines.theirs[at].concat(),
    };
    Some(parts.into_iter().map(of).collect())
}

/// All lines of both sides, those that they share once, without those that either deleted.
fn united_lines(texts: Three<&str>, theirs_first: bool) -> String {
    let lines = texts.map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let (first, second) = match theirs_first {
        true => (&lines.theirs, &lines.ours),
        false => (&lines.ours, &lines.theirs),
    };
    let base: BTreeSet<&str> = lines.base.iter().map(|line| line.trim()).collect();
    let words = |lines: &[&str]| lines.iter().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let mut out = String::new();
    let mut push = |lines: &[&str], is_own: bool| {
        for line in lines.iter().filter(|line| !is_own || !base.contains(line.trim())) {
            out.push_str(line);
            if !line.ends_with('\n') {
                out.push('\n');
            }
        }
    };
    let mut done = 0;
    for (own, other) in edits(&words(first), &words(second)) {
        push(&first[done..own.start], false);
        push(&first[own.clone()], true);
        push(&second[other], true);
        done = own.end;
    }
    push(&first[done..], false);
    out
}

/// One choice of each list, the cheapest sum first.
fn best_first(choices: &[Vec<Choice>]) -> impl Iterator<Item = Vec<usize>> {
    let cost = move |picks: &[usize]| -> usize {
        picks.iter().zip(choices).map(|(pick, choices)| choices[*pick].cost).sum()
    };
    let mut waiting = BinaryHeap::new();
    let mut seen = BTreeSet::new();
    if choices.iter().all(|choices| !choices.is_empty()) {
        let first = vec![0; choices.len()];
        waiting.push(Reverse((cost(&first), first)));
    }
    std::iter::from_fn(move || {
        let Reverse((_, picks)) = waiting.pop()?;
        for idx in 0..picks.len() {
            let mut next = picks.clone();
            next[idx] += 1;
            if next[idx] < choices[idx].len() && seen.len() < 20 * MOST_COMBINED && seen.insert(next.clone())
            {
                waiting.push(Reverse((cost(&next), next)));
            }
        }
        Some(picks)
    })
}

/// The choices together; none where two of them overlap.
fn combined(choices: &[Vec<Choice>], picks: &[usize]) -> Option<Combination> {
    let picked = || picks.iter().zip(choices).map(|(pick, choices)| &choices[*pick]);
    let mut resolutions: Vec<Resolution> = Vec::new();
    for choice in picked() {
        let chunks = &choice.resolution.chunks;
        // A part that holds the conflict before this one decides this one too.
        match resolutions.last() {
            Some(last) if last.chunks.end >= chunks.end => {}
            Some(last) if last.chunks.end > chunks.start && last.chunks.start < chunks.start => return None,
            _ => {
                resolutions.retain(|other| other.chunks.end <= chunks.start);
                resolutions.push(choice.resolution.clone());
            }
        }
    }
    let names: BTreeSet<&str> = picked().map(|choice| choice.name).collect();
    Some(Combination { name: names.into_iter().collect::<Vec<_>>().join(" + "), resolutions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_without_what_either_deleted() {
        let three = Three::new("a\nb\nc\n", "a\nx\nc\n", "a\nb\ny\n");
        assert_eq!(united_lines(three, false), "a\nx\ny\n");
        assert_eq!(united_lines(Three::new("", "x\nz\n", "y\nz"), true), "y\nx\nz\n");
    }

    #[test]
    fn the_cheapest_sum_comes_first_and_each_once() {
        let list = |costs: &[usize]| -> Vec<Choice> {
            let resolution = Resolution { chunks: 0..1, text: String::new() };
            costs.iter().map(|&cost| Choice { cost, name: OURS, resolution: resolution.clone() }).collect()
        };
        let found: Vec<Vec<usize>> = best_first(&[list(&[0, 5]), list(&[1, 2, 3])]).collect();
        assert_eq!(found, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        assert_eq!(best_first(&[list(&[0]), list(&[])]).count(), 0);
    }
}
