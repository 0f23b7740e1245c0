//! Where the parts of a call stand in the text, without a parser: brackets, texts and comments are told.

use std::ops::Range;

use crate::validate::extract::Language;

/// Longer calls are not looked through.
const MOST: usize = 4000;

/// The bytes of a call's arguments with their brackets, behind the name that ends at `from`.
pub(super) fn arguments(language: Language, text: &str, from: usize) -> Option<Range<usize>> {
    let start = from + text.get(from..)?.find(|char: char| !char.is_whitespace())?;
    let mut end = None;
    scan(language, text, start, |at, depth| {
        end = (depth == 0).then_some(at + 1);
        end.is_none()
    });
    text[start..].starts_with('(').then_some(start..end?)
}

/// Where the name of an argument that is passed by name stands.
pub(super) fn keyword(language: Language, text: &str, from: usize, name: &str) -> Option<usize> {
    let arguments = arguments(language, text, from)?;
    let mut found = None;
    let mut before = ' ';
    scan(language, text, arguments.start, |at, depth| {
        let char = text[at..].chars().next().unwrap_or(' ');
        let value =
            text[at..].strip_prefix(name).map(str::trim_start).and_then(|rest| rest.strip_prefix('='));
        if depth == 1 && matches!(before, '(' | ',') && value.is_some_and(|value| !value.starts_with('=')) {
            found = Some(at);
        }
        if !char.is_whitespace() {
            before = char;
        }
        found.is_none() && at < arguments.end
    });
    found
}

/// Goes through code from an opening bracket, without what is in texts and comments, and says at each
/// character how many brackets are open behind it.
fn scan(language: Language, text: &str, start: usize, mut visit: impl FnMut(usize, usize) -> bool) {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(char) = text[at..].chars().next().filter(|_| at < start + MOST) {
        let rest = &text[at..];
        if let Some(length) = skipped(language, rest) {
            at += length;
            continue;
        }
        match char {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !visit(at, depth) {
            return;
        }
        at += char.len_utf8();
    }
}

/// The length of a text or a comment that begins here.
fn skipped(language: Language, rest: &str) -> Option<usize> {
    let line = || rest.find('\n').unwrap_or(rest.len());
    let until = |quote: &str| {
        let mut at = quote.len();
        while !rest[at..].is_empty() && !rest[at..].starts_with(quote) {
            let escaped = usize::from(rest[at..].starts_with('\\'));
            at += rest[at..].chars().take(1 + escaped).map(char::len_utf8).sum::<usize>();
        }
        (at + quote.len()).min(rest.len())
    };
    let is_python = language == Language::Python;
    match rest.chars().next()? {
        '#' if is_python => Some(line()),
        '/' if !is_python && rest.starts_with("//") => Some(line()),
        '/' if !is_python && rest.starts_with("/*") => {
            Some(rest.find("*/").map_or(rest.len(), |end| end + 2))
        }
        '"' if is_python && rest.starts_with("\"\"\"") => Some(until("\"\"\"")),
        '\'' if is_python && rest.starts_with("'''") => Some(until("'''")),
        '"' => Some(until("\"")),
        // In Rust it begins a lifetime as well.
        '\'' if language != Language::Rust => Some(until("'")),
        '`' if language != Language::Go => Some(until("`")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_end_with_their_bracket() {
        let text = "load(1, \")\", f(2)  # )\n)[0]";
        assert_eq!(
            arguments(Language::Python, text, 4).map(|all| &text[all]),
            Some("(1, \")\", f(2)  # )\n)")
        );
        assert_eq!(arguments(Language::Python, "load(1", 4), None);
        assert_eq!(arguments(Language::Python, "load = 1", 4), None);
    }

    #[test]
    fn a_keyword_is_one_of_the_call_itself() {
        let find = |text| keyword(Language::Python, text, 4, "key");
        assert_eq!(find("load(f(key=1), 'key=2', key=3)"), Some(24));
        assert_eq!(find("load(  # key=1\n    key = 2)"), Some(19));
        assert_eq!(find("load(key == 1)"), None);
        assert_eq!(find("load(1); save(key=1)"), None);
    }
}
