//! Does to one side's text what the other side did to the base's.
//!
//! Each change is looked for by the words around it, as a person would who applies a patch that does
//! not fit: with as much around it as is found in just one place.

use std::ops::Range;

use super::align::words;
use super::chunks::edits;

/// How many words around a change are looked for.
const AROUND: usize = 6;
/// The least, for a change that takes away too little to be known by that.
const LEAST: usize = 3;
/// More words than this are no small change.
const MOST: usize = 4_000;

/// The text with the changes from base to side made in it; none where one of them has no place.
pub(super) fn replayed(base: &str, side: &str, onto: &str) -> Option<String> {
    let [old, new, place] = [base, side, onto].map(placed);
    if old.is_empty() || old.len().max(new.len()).max(place.len()) > MOST {
        return None;
    }
    let keys =
        |words: &[(Range<usize>, &str)]| words.iter().map(|word| word.1.to_owned()).collect::<Vec<_>>();
    let [old_keys, new_keys, onto_keys] = [keys(&old), keys(&new), keys(&place)];
    let mut cuts: Vec<(Range<usize>, &str)> = Vec::new();
    for (gone, put) in edits(&old_keys, &new_keys) {
        let at = place_of(&old_keys, &gone, &onto_keys)?;
        let start = at.start.checked_sub(1).map_or(0, |before| place[before].0.end);
        let end = at.end.checked_sub(1).map_or(start, |last| place[last].0.end).max(start);
        let from = put.start.checked_sub(1).map_or(0, |before| new[before].0.end);
        let to = put.end.checked_sub(1).map_or(from, |last| new[last].0.end).max(from);
        cuts.push((start..end, &side[from..to]));
    }
    cuts.sort_by_key(|(at, _)| (at.start, at.end));
    let mut out = String::new();
    let mut done = 0;
    for (at, text) in cuts {
        if at.start < done {
            return None;
        }
        out.push_str(&onto[done..at.start]);
        out.push_str(text);
        done = at.end;
    }
    out.push_str(&onto[done..]);
    Some(out)
}

/// Words with their places.
fn placed(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut at = 0;
    words(text)
        .map(|word| {
            let start = at + text[at..].find(word).unwrap_or_default();
            at = start + word.len();
            (start..at, word)
        })
        .collect()
}

/// Where in another text a part of the base is, by what is around it.
fn place_of(base: &[String], gone: &Range<usize>, onto: &[String]) -> Option<Range<usize>> {
    let around = (0..=AROUND).rev().flat_map(|before| (0..=AROUND).rev().map(move |after| (before, after)));
    let mut around: Vec<(usize, usize)> = around.collect();
    around.sort_by_key(|(before, after)| std::cmp::Reverse((before + after, *before.min(after))));
    for (before, after) in around {
        if before > gone.start || gone.end + after > base.len() || before + after + gone.len() < LEAST {
            continue;
        }
        let wanted = &base[gone.start - before..gone.end + after];
        let mut places = onto.windows(wanted.len()).enumerate().filter(|(_, window)| *window == wanted);
        match (places.next(), places.next()) {
            (Some((at, _)), None) => return Some(at + before..at + before + gone.len()),
            (Some(_), Some(_)) => return None,
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_made_where_its_words_went() {
        let base = "x = 1\ny = f(a, b)\nreturn y\n";
        let side = "x = 1\ny = f(a, b, c)\nreturn y\n";
        let onto = "if a:\n    y = f(a, b)\n    return y or 2\n";
        assert_eq!(
            replayed(base, side, onto).as_deref(),
            Some("if a:\n    y = f(a, b, c)\n    return y or 2\n")
        );
    }

    #[test]
    fn a_change_without_one_place_is_not_made() {
        assert_eq!(replayed("a = 1\n", "a = 2\n", "a = 3\n"), None);
        assert_eq!(replayed("f(a, b)\n", "f(a, b, c)\n", "f(a, b)\ng()\nf(a, b)\n"), None);
    }
}
