//! Whether a Rust local is named again where a call before has taken it, told by the text.

use std::ops::Range;

use crate::validate::model::{Def, Ref};
use crate::validate::names::find_words;

/// Words after which a call may not be reached, or ends what is around it.
const BRANCHES: [&str; 9] = ["async", "break", "continue", "if", "match", "move", "return", "while", "yield"];

/// Whether a method is called on a plain local, always where its block is run, and that block names the local
/// again behind the call and does not give the name to something else.
pub(super) fn is_named_again(text: &str, around: &Def, call: &Ref) -> bool {
    let code = without_texts(text, around.span.clone());
    let Some(at) = call.span.start.checked_sub(around.span.start) else { return false };
    let end = at + call.span.len();
    let (Some(before), Some(after)) = (code.get(..at), code.get(end..)) else { return false };
    let Some(chain) = before.strip_suffix('.') else { return false };
    let lead = chain.trim_end_matches(is_part);
    let local = &chain[lead.len()..];
    let statement = lead.rsplit(['{', '}', ';']).next().unwrap_or(lead);
    let is_sure = !BRANCHES.iter().any(|word| find_words(statement, word).next().is_some())
        && !["&&", "||", "=>", "|"].iter().any(|sign| statement.contains(sign));
    let is_local = local.starts_with(|char: char| char.is_lowercase() || char == '_')
        && local != "self"
        && !lead.ends_with(['.', ':', '&', '*']);
    let rest = &after[..block_end(after)];
    is_local && is_sure && !may_rebind(rest, local) && names(rest, local)
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The code of a stretch with blanks for comments and texts, each of as many bytes.
fn without_texts(text: &str, span: Range<usize>) -> String {
    let mut code = text.get(span).unwrap_or_default().as_bytes().to_vec();
    let mut at = 0;
    while at < code.len() {
        let rest = &code[at..];
        let length = if rest.starts_with(b"//") {
            rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
        } else if rest.starts_with(b"/*") {
            rest.windows(2).position(|pair| pair == b"*/").map_or(rest.len(), |end| end + 2)
        } else if rest[0] == b'"' {
            text_length(rest)
        } else {
            at += 1;
            continue;
        };
        code[at..at + length].fill(b' ');
        at += length;
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// How long a text in quotes is.
fn text_length(quoted: &[u8]) -> usize {
    let mut at = 1;
    while at < quoted.len() && quoted[at] != b'"' {
        at += if quoted[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(quoted.len())
}

/// Where the block ends that a text begins in.
pub(super) fn block_end(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, char) in text.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => return at,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Whether a text names a local, and no field, path or lifetime of its name.
fn names(text: &str, local: &str) -> bool {
    find_words(text, local).any(|at| {
        let (before, after) = (text[..at].trim_end(), text[at + local.len()..].trim_start());
        let is_range = before.ends_with("..");
        let is_field = before.ends_with('.') && !is_range || after.starts_with(':') || after.starts_with('!');
        !is_field && !before.ends_with("::") && !before.ends_with('\'') && !after.starts_with("::")
    })
}

/// Whether a text may give the name to something else: in a pattern, a closure, or by setting it.
pub(super) fn may_rebind(text: &str, local: &str) -> bool {
    let is_set = |at: usize| {
        let after = text[at + local.len()..].trim_start();
        after.starts_with('=') && !after.starts_with("==")
    };
    let in_pattern = |at: usize| {
        let statement = text[..at].rsplit([';', '{', '}']).next().unwrap_or_default();
        let is_let = find_words(statement, "let").last().is_some_and(|at| !statement[at..].contains('='));
        let is_for = find_words(statement, "for").last().is_some_and(|at| !statement[at..].contains(" in "));
        is_let || is_for || statement.contains('|')
    };
    let is_arm = text.match_indices("=>").any(|(at, _)| {
        let arm = text[..at].rsplit(['{', '}', ',']).next().unwrap_or_default();
        find_words(arm, local).next().is_some()
    });
    is_arm || find_words(text, local).any(|at| is_set(at) || in_pattern(at))
}

#[cfg(test)]
mod tests {
    use super::{may_rebind, names};

    #[test]
    fn a_local_is_no_field_of_its_name() {
        for text in [" + r.size()", "; f(&r)", "; S { r }"] {
            assert!(names(text, "r"), "{text}");
        }
        for text in ["; s.r", "; S { r: 1 }", "; r::f()", "; 'r", "; rr"] {
            assert!(!names(text, "r"), "{text}");
        }
        for text in
            ["; let r = 1; r", "; r = f()", "; v.map(|r| r.id)", "; for r in v {}", "; match x { r => r }"]
        {
            assert!(may_rebind(text, "r"), "{text}");
        }
        assert!(!may_rebind("; let n = r.id; r == s", "r"));
    }
}
