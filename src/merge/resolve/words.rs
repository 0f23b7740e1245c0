//! Merges texts word by word, for candidates that a gate will judge.

use super::align::words;
use super::chunks::{Sort, Three, chunks};
use super::weave::{Act, Taste, Why};

/// More words than this are not one expression any more.
const MOST: usize = 4_000;

/// Merges three texts by words; where both put something in one place, both are taken if that is
/// allowed.
pub(super) fn merged_words(texts: Three<&str>, taste: &Taste) -> Result<String, Why> {
    if !taste.bold {
        return Err(Why::SameThing);
    }
    let cut = texts.map(|text| spaced(text));
    if cut.as_ref().map(Vec::len).all(|n| n > MOST) {
        return Err(Why::SameThing);
    }
    taste.did(Act::Words);
    let keys = cut.as_ref().map(|words| words.iter().map(|word| word.1).collect::<Vec<_>>());
    let mut out = String::new();
    for chunk in chunks(keys.as_ref().map(Vec::as_slice)) {
        let whole = |words: &[(&str, &str)]| {
            words.iter().map(|(gap, word)| format!("{gap}{word}")).collect::<String>()
        };
        let (ours, theirs) = (&cut.ours[chunk.at.ours.clone()], &cut.theirs[chunk.at.theirs.clone()]);
        match chunk.sort {
            Sort::Theirs => out.push_str(&whole(theirs)),
            Sort::Same | Sort::Ours | Sort::Both => out.push_str(&whole(ours)),
            // Both only added here.
            Sort::Conflict if chunk.at.base.is_empty() => {
                taste.did(Act::Guessed);
                let (first, second) = if taste.theirs_first { (theirs, ours) } else { (ours, theirs) };
                out.push_str(&whole(first));
                out.push_str(&whole(second));
            }
            Sort::Conflict => return Err(Why::SameThing),
        }
    }
    let tail = texts.ours.len() - texts.ours.trim_end().len();
    out.push_str(&texts.ours[texts.ours.len() - tail..]);
    Ok(out)
}

/// Words, each with the white space before it.
fn spaced(text: &str) -> Vec<(&str, &str)> {
    let mut at = 0;
    let place = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    words(text)
        .map(|word| {
            let start = place(word);
            let gap = &text[at..start];
            at = start + word.len();
            (gap, word)
        })
        .collect()
}
