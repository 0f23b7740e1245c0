//! Texts for people inside code and documents: paragraphs, list entries, `:param x:` fields.

use std::ops::Range;

use super::entries::{Entry, cut, key};
use super::items::{Item, Items, number};
use super::roles::Role;
use crate::validate::extract::SyntaxNode;

/// Cuts a docstring or block comment into its entries.
pub(super) fn items<'a>(node: &'a SyntaxNode, source: &'a str) -> Items<'a> {
    let text = &source[node.span.clone()];
    let opening = opening(text);
    let closing = closing(&text[opening..]);
    let (start, end) = (node.span.start + opening, node.span.end - closing);
    entries(source, start..end)
}

fn opening(text: &str) -> usize {
    if text.starts_with("/*") {
        return text.find(|c| c != '/' && c != '*').unwrap_or(text.len());
    }
    ["\"\"\"", "'''"].iter().filter_map(|quote| text.find(quote)).min().map_or(0, |place| place + 3)
}

fn closing(text: &str) -> usize {
    ["\"\"\"", "'''", "*/"].iter().find(|end| text.ends_with(**end)).map_or(0, |end| end.len())
}

/// The entries of a range of a text as items.
fn entries(source: &str, inside: Range<usize>) -> Items<'_> {
    let mut at = inside.start;
    let item = |Entry { kind, span, .. }: Entry| {
        let gap = at..span.start;
        at = span.end;
        Item {
            source,
            node: None,
            kind,
            gap,
            lead: span.start..span.start,
            trail: span.end..span.end,
            comma: span.end..span.end,
            key: key(&source[span.clone()], kind),
            core: span,
            print: 0,
            first: false,
        }
    };
    let mut items: Vec<Item<'_>> = cut(source, inside.clone()).into_iter().map(item).collect();
    number(&mut items);
    Items { source, role: Role::Prose, close: at..inside.end, inside, items }
}

/// What begins an entry that tells what was done to the things it names.
const DEEDS: &[&str] = &[
    "add",
    "added",
    "adds",
    "allow",
    "allowed",
    "allows",
    "deprecate",
    "deprecated",
    "deprecates",
    "drop",
    "dropped",
    "drops",
    "fix",
    "fixed",
    "fixes",
    "implement",
    "implemented",
    "implements",
    "introduce",
    "introduced",
    "introduces",
    "new",
    "remove",
    "removed",
    "removes",
    "support",
    "supported",
    "supports",
];

/// The names in code of what an entry says was done to, that first: "Add `a()` method" tells of another
/// deed than "Add `b()` method" does, however alike the two sentences are. None where no name is told, or
/// no deed but the name.
pub(super) fn done_to(entry: &str) -> Option<Vec<String>> {
    let told = entry.trim_start_matches(|char: char| !char.is_alphanumeric() && char != '`');
    let deed = told.split(|char: char| !char.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    // Two marks in reStructuredText are one in Markdown.
    let told = told.replace("``", "`");
    let marked: Vec<String> = told.split('`').skip(1).step_by(2).filter_map(bare_name).collect();
    let names = match marked.is_empty() {
        true => told.split_whitespace().filter(|word| is_code(word)).filter_map(bare_name).collect(),
        false => marked,
    };
    let tells = told.starts_with('`') || DEEDS.contains(&deed.as_str());
    (tells && !names.is_empty()).then_some(names)
}

/// Whether a word without marks is a name in code: `Job.run()`.
fn is_code(word: &str) -> bool {
    let is_joined = |place: usize| {
        let (before, after) = word.split_at(place);
        before.ends_with(char::is_alphanumeric) && after[1..].starts_with(char::is_alphabetic)
    };
    word.contains("()") || word.match_indices(['.', '_']).any(|(place, _)| is_joined(place))
}

/// A name without what it is called with or set to, however its words are joined.
fn bare_name(code: &str) -> Option<String> {
    let name = code.split(['(', '<', '[', '=', ' ']).next().unwrap_or_default();
    let bare: String = name.chars().filter(|char| char.is_alphanumeric()).collect();
    bare.starts_with(char::is_alphabetic).then(|| bare.to_lowercase())
}
