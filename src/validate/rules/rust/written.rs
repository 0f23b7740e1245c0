//! Types as they are written.

use crate::validate::names::find_words;

/// A type without references, lifetimes and the like; and whether it is told by a trait.
pub(super) fn without_marks(text: &str) -> (&str, bool) {
    let mut text = text.trim();
    let mut opaque = false;
    loop {
        let rest = if let Some(rest) = text.strip_prefix('&') {
            rest
        } else if let Some(rest) = text.strip_prefix("mut ") {
            rest
        } else if let Some(rest) = text.strip_prefix("dyn ").or_else(|| text.strip_prefix("impl ")) {
            opaque = true;
            rest
        } else if let Some(rest) = text.strip_prefix('\'') {
            rest.trim_start_matches(|char: char| char.is_alphanumeric() || char == '_')
        } else {
            return (text, opaque);
        };
        text = rest.trim_start();
    }
}

/// What a function says before its name: `pub(crate) async fn`.
pub(super) fn lead(head: &str) -> &str {
    find_words(head, "fn").next().map_or("", |at| &head[..at])
}

/// The parts of a list, without lifetimes; of `Item = T` the type.
pub(super) fn split(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    let mut before = ' ';
    for (at, char) in list.char_indices() {
        match char {
            '<' | '(' | '[' => depth += 1,
            '>' if before == '-' => {}
            '>' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        before = char;
    }
    parts.push(&list[start..]);
    let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty() && !part.starts_with('\''));
    parts
        .map(|part| part.split_once(" = ").filter(|(name, _)| !name.contains('<')).map_or(part, |(_, ty)| ty))
        .collect()
}

/// Whether all brackets inside close inside.
pub(super) fn balanced(args: &str) -> bool {
    let mut depth = 0_i32;
    let mut before = ' ';
    for char in args.chars() {
        match char {
            '<' => depth += 1,
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
        before = char;
    }
    depth == 0
}

/// Of several bounds the first, which is the trait.
pub(super) fn first_bound(text: &str) -> &str {
    let mut ends = text.match_indices(" +").map(|(at, _)| text[..at].trim());
    ends.find(|bound| balanced(bound)).unwrap_or(text).trim()
}
