//! Texts for people inside code and documents: paragraphs, list entries, `:param x:` fields.

use std::collections::BTreeSet;
use std::ops::Range;

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

/// Cuts a range of a text into entries, each one paragraph, bullet or field with its continuation.
pub(super) fn entries(source: &str, inside: Range<usize>) -> Items<'_> {
    let mut cut = Vec::new();
    let mut at = inside.start;
    let mut open: Option<Entry> = None;
    for line in source[inside.clone()].split_inclusive('\n') {
        let words = line.trim_end();
        let bare = bare(words);
        let start = at + (words.len() - words.trim_start().len());
        let end = at + words.len();
        at += line.len();
        if bare.is_empty() {
            cut.extend(open.take());
            continue;
        }
        let indent = words.len() - words.trim_start().len();
        let kind = kind(bare);
        let goes_on = open.as_ref().is_some_and(|entry| {
            kind == "paragraph" && (entry.kind == "paragraph" || indent > entry.indent || !entry.hangs)
        });
        match &mut open {
            Some(entry) if goes_on => {
                entry.hangs |= indent > entry.indent;
                entry.span.end = end;
            }
            _ => {
                cut.extend(open.take());
                open = Some(Entry { kind, indent, hangs: false, span: start..end });
            }
        }
    }
    cut.extend(open);
    finished(source, inside, cut)
}

struct Entry {
    kind: &'static str,
    indent: usize,
    /// Whether a line of it is further in than its first.
    hangs: bool,
    span: Range<usize>,
}

/// A line without what makes it part of a comment.
fn bare(line: &str) -> &str {
    let line = line.trim_start();
    match line.strip_prefix('*') {
        Some(rest) if !rest.starts_with('*') && !rest.starts_with(char::is_alphanumeric) => rest.trim_start(),
        _ => line,
    }
}

fn kind(line: &str) -> &'static str {
    let numbered = || {
        line.split_once(['.', ')']).is_some_and(|(n, rest)| {
            !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(' ')
        })
    };
    match line.as_bytes() {
        [b':', rest @ ..] if rest.contains(&b':') => "field",
        [b'@', b'a'..=b'z', ..] => "field",
        [b'-' | b'*' | b'+', b' ', ..] => "bullet",
        [b'.', b'.', b' ', ..] => "directive",
        [b'#', ..] => "heading",
        _ if numbered() => "numbered",
        _ => "paragraph",
    }
}

fn finished(source: &str, inside: Range<usize>, entries: Vec<Entry>) -> Items<'_> {
    let mut at = inside.start;
    let mut items = Vec::with_capacity(entries.len());
    for entry in entries {
        let (start, end) = (entry.span.start, entry.span.end);
        items.push(Item {
            source,
            node: None,
            kind: entry.kind,
            gap: at..start,
            lead: start..start,
            core: entry.span,
            trail: end..end,
            comma: end..end,
            key: name(&source[start..end], entry.kind),
            print: 0,
            first: false,
        });
        at = end;
    }
    number(&mut items);
    Items { source, role: Role::Prose, close: at..inside.end, inside, items }
}

/// What a field describes.
fn name(text: &str, kind: &str) -> String {
    match kind {
        "field" => text.trim_start_matches(['*', ' ']).split(':').nth(1).unwrap_or(text).trim().to_owned(),
        "heading" => text.lines().next().unwrap_or_default().to_owned(),
        _ => String::new(),
    }
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

/// The names in code of what an entry says was done to: "Add `a()` method" tells of another deed than
/// "Add `b()` method" does, however alike the two sentences are. None where no deed or no name is told.
pub(super) fn done_to(entry: &str) -> Option<BTreeSet<String>> {
    let told = entry.trim_start_matches(|char: char| !char.is_alphanumeric() && char != '`');
    let deed = told.split(|char: char| !char.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    // Two marks in reStructuredText are one in Markdown.
    let told = told.replace("``", "`");
    let names: BTreeSet<String> = told.split('`').skip(1).step_by(2).filter_map(bare_name).collect();
    (DEEDS.contains(&deed.as_str()) && !names.is_empty()).then_some(names)
}

/// A name without what it is called with or set to, however its words are joined.
fn bare_name(code: &str) -> Option<String> {
    let name = code.split(['(', '<', '[', '=', ' ']).next().unwrap_or_default();
    let bare: String = name.chars().filter(|char| char.is_alphanumeric()).collect();
    bare.starts_with(char::is_alphabetic).then(|| bare.to_lowercase())
}
