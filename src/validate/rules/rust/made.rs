//! What macros and attributes make of Rust types and `impl`s, which no declaration shows.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::validate::load::Side;
use crate::validate::names::{find_words, has_word};

/// Attributes that give a type or an `impl` no members.
const PLAIN: [&str; 22] = [
    "allow",
    "async_trait",
    "automatically_derived",
    "cfg",
    "cfg_attr",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "inline",
    "must_use",
    "non_exhaustive",
    "repr",
    "rustfmt",
    "serde",
    "test",
    "track_caller",
    "warn",
    "Debug",
    "Clone",
    "Copy",
    "Default",
];

/// What a derive of the language gives, besides the methods that everybody knows.
const DERIVED: [&str; 10] =
    ["Debug", "Clone", "Copy", "Default", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash", "Serialize"];

/// Whether a branch has a macro make something of a type, or put an attribute on it that may.
pub(super) fn is_made((old, new): (&Side<'_>, &Side<'_>), owner: &str) -> bool {
    let known: BTreeSet<&str> = old.text.lines().map(str::trim).collect();
    let is_item = |at: usize| !new.model.defs.iter().any(|def| def.sig.is_some() && def.span.contains(&at));
    calls(new.text).any(|(at, call)| {
        let line = new.text[at..].lines().next().unwrap_or_default().trim();
        is_item(at) && !known.contains(line) && has_word(call, owner) && !line.starts_with("macro_rules")
    }) || {
        let (before, after) = (attributes(old, owner), attributes(new, owner));
        after.iter().any(|word| !before.contains(word))
    }
}

/// The calls of macros with which a line begins, from the name on, as far as one may reach.
fn calls(text: &str) -> impl Iterator<Item = (usize, &str)> {
    const REACH: usize = 400;
    let part = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':');
    text.match_indices('!').filter_map(move |(at, _)| {
        let name = text[..at].len() - text[..at].trim_end_matches(part).len();
        let start = at - name;
        let is_first = text[..start].rsplit('\n').next().is_some_and(|margin| margin.trim().is_empty());
        let mut end = text.len().min(at + REACH);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let call = &text[start..end];
        let closed = call.find(['}', ';']).map_or(call, |end| &call[..end]);
        (name > 0 && is_first).then_some((start, closed))
    })
}

/// The words of the attributes of a type that may make something of it.
fn attributes<'s>(side: &'s Side<'_>, owner: &str) -> BTreeSet<&'s str> {
    let types = side.model.defs.iter().filter(|def| def.kind.is_type() && def.name == *owner);
    let mut words = BTreeSet::new();
    for def in types {
        let text = side.text.get(def.span.clone()).unwrap_or_default();
        let lead = find_words(text, owner).next().map_or("", |at| &text[..at]);
        let part = |char: char| !(char.is_alphanumeric() || char == '_');
        let marks = lead.lines().filter(|line| line.trim_start().starts_with('#'));
        words.extend(marks.flat_map(|mark| mark.split(part)).filter(|word| {
            word.len() > 1 && *word != "derive" && !PLAIN.contains(word) && !DERIVED.contains(word)
        }));
    }
    words
}

/// Whether a macro stands among the items of an `impl`, or an attribute before it that may complete it.
pub(in crate::validate::rules) fn is_completed(text: &str, span: &Range<usize>) -> bool {
    let inside = text.get(span.clone()).unwrap_or_default();
    let mut depth = 0_i32;
    let by_macro = inside.lines().any(|line| {
        let call = line.trim_start();
        let name = call.len()
            - call.trim_start_matches(|char: char| char.is_alphanumeric() || matches!(char, '_' | ':')).len();
        let is_call = depth == 1 && name > 0 && call[name..].starts_with('!');
        depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
        is_call
    }) || inside.split_once('{').is_some_and(|(_, rest)| ends_with_call(rest));
    let lead = text.get(..span.start).unwrap_or_default();
    let marks = lead.lines().rev().map(str::trim).take_while(|line| line.starts_with("#["));
    let inner = inside.lines().map(str::trim).take_while(|line| line.starts_with("#["));
    let completes = |mark: &str| {
        let name =
            mark.trim_start_matches("#[").split(|char: char| !(char.is_alphanumeric() || char == '_')).next();
        name.is_some_and(|name| !PLAIN.contains(&name))
    };
    by_macro || marks.chain(inner).any(completes)
}

/// Whether the last item before the end of an `impl` is a call of a macro: `fn a(&self) {} b!(); }`.
fn ends_with_call(items: &str) -> bool {
    let last = items.trim_end().trim_end_matches('}').trim_end();
    let Some(last) = last.strip_suffix(';') else { return false };
    let item = last.rsplit(['}', ';', '{']).next().unwrap_or(last).trim_start();
    let name = item.len()
        - item.trim_start_matches(|char: char| char.is_alphanumeric() || matches!(char, '_' | ':')).len();
    name > 0 && item[name..].starts_with('!')
}
