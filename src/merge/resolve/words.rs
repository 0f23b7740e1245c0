//! Merges texts word by word, for candidates that a gate will judge.

use std::fmt::Write as _;

use super::align::words;
use super::beside::{Side, beside};
use super::chunks::{Sort, Three, WAYS, chunks};
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
    for chunk in chunks(WAYS[0], keys.as_ref().map(Vec::as_slice)) {
        let whole = |words: &[(&str, &str)]| {
            words.iter().map(|(gap, word)| format!("{gap}{word}")).collect::<String>()
        };
        let (ours, theirs) = (&cut.ours[chunk.at.ours.clone()], &cut.theirs[chunk.at.theirs.clone()]);
        match chunk.sort {
            Sort::Theirs => out.push_str(&whole(theirs)),
            Sort::Same => {
                for ((old, own), other) in cut.base[chunk.at.base.clone()].iter().zip(ours).zip(theirs) {
                    out.push_str(gap(old.0, own.0, other.0));
                    out.push_str(own.1);
                }
            }
            Sort::Ours | Sort::Both => out.push_str(&whole(ours)),
            // Both only added here.
            Sort::Conflict if chunk.at.base.is_empty() => {
                taste.did(Act::Guessed);
                let (first, second) = if taste.theirs_first { (theirs, ours) } else { (ours, theirs) };
                out.push_str(&whole(first));
                let second = whole(second);
                // Only the first word of the text stands at its margin.
                match out.contains(|c: char| !c.is_whitespace()) && chunk.at.ours.start == 0 {
                    true => _ = write!(out, " {}", second.trim_start()),
                    false => out.push_str(&second),
                }
            }
            Sort::Conflict => {
                let base = &cut.base[chunk.at.base];
                let keys = Three::new(base, ours, theirs)
                    .map(|words| words.iter().map(|word| word.1).collect::<Vec<_>>());
                let parts = beside(keys.as_ref().map(Vec::as_slice)).ok_or(Why::SameThing)?;
                for (side, at) in parts {
                    out.push_str(&whole(match side {
                        Side::Base => &base[at],
                        Side::Ours => &ours[at],
                        Side::Theirs => &theirs[at],
                    }));
                }
            }
        }
    }
    let tail = texts.ours.len() - texts.ours.trim_end().len();
    out.push_str(&texts.ours[texts.ours.len() - tail..]);
    Ok(out)
}

/// The white space before a word that nobody touched: as the side has it that changed it, since a word
/// that one side put before it has moved it away from the margin.
fn gap<'a>(old: &str, ours: &'a str, theirs: &'a str) -> &'a str {
    if ours == old { theirs } else { ours }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, ours: &str, theirs: &str, expected: &str) {
        let taste = Taste { bold: true, ..Taste::default() };
        assert_eq!(merged_words(Three::new(base, ours, theirs), &taste).as_deref(), Ok(expected));
    }

    #[test]
    fn words_stand_apart_as_their_side_has_them() {
        check("    x\n", "    x + 1\n", "    2 * x\n", "    2 * x + 1\n");
        check("    x\n", "    2 * x\n", "    x + 1\n", "    2 * x + 1\n");
        check("return x\n", "return f(x)\n", "return x + 1\n", "return f(x) + 1\n");
        check("    x\n", "    2 * x\n", "    a - x\n", "    2 * a - x\n");
        check("a, b\n", "a, b, c\n", "a, d, b\n", "a, d, b, c\n");
        check("if a:\n    b\n", "if a:\n    b()\n", "if a and c:\n    b\n", "if a and c:\n    b()\n");
        check("{\n  x\n}\n", "{\n  x;\n}\n", "{\n  y;\n  x\n}\n", "{\n  y;\n  x;\n}\n");
        check("a = f(g(b, c))\n", "a = h(g(b, c))\n", "a = f(\"x\" + b)\n", "a = h(\"x\" + b)\n");
        check("{x}\n", "{ x }\n", "{x, y}\n", "{ x, y }\n");
    }
}
