//! Two things that are done to words: make them safe to print, and find the one that was meant.

use std::borrow::Cow;

/// One word of a POSIX shell, whatever it holds.
pub fn in_shell(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Makes foreign text safe for a terminal: control and bidirectional characters become `\u{…}`.
///
/// Line feeds and tabs stay. Commit messages, agent output and file contents may hold anything.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hostile(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

fn is_hostile(character: char) -> bool {
    (character.is_control() && character != '\n' && character != '\t')
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Finds the candidate that `word` was most likely meant to be, if any is close.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let close = |candidate: &&str| {
        let limit = 1 + word.chars().count().max(candidate.chars().count()) / 3;
        let distance = edit_distance(word, candidate);
        (distance <= limit).then_some(distance)
    };
    candidates
        .into_iter()
        .filter_map(|candidate| close(&candidate).map(|distance| (distance, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance over characters.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (left_idx, left_char) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = left_idx + 1;
        for (right_idx, &right_char) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(left_char != right_char);
            diagonal = row[right_idx + 1];
            row[right_idx + 1] = substituted.min(diagonal + 1).min(row[right_idx] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_shell_are_quoted() {
        assert_eq!(in_shell("/a b/it's"), r"'/a b/it'\''s'");
    }

    #[test]
    fn escapes_cannot_reach_a_terminal() {
        assert_eq!(printable("plain\ttext\n"), "plain\ttext\n");
        assert_eq!(printable("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(printable("\u{202e}evil"), "\\u{202e}evil");
    }

    #[test]
    fn the_nearest_word_is_close_or_none() {
        let known = ["after", "acceptance", "scope", "id"];
        assert_eq!(nearest("scop", known), Some("scope"));
        assert_eq!(nearest("acceptence", known), Some("acceptance"));
        assert_eq!(nearest("zzzzzz", known), None);
    }
}
