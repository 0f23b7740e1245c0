//! Works around what the grammar cannot read.
//!
//! `interface Box<in out T>` is TypeScript, but the grammar has no variance modifiers and loses
//! the declaration. Blanks in their place keep every offset. The grammar also takes the `<` of a call
//! signature for arguments of the type that ends the line above it, and knows no arguments of what
//! `import('./box').Box<T>` brings.

use std::ops::Range;

use crate::validate::extract::node::{Node, Tree};
use crate::validate::extract::syntax::{text, visit};

/// Returns the source without what the parser stumbles over in a file that holds no markup.
pub(super) fn plain(tree: &Tree, source: &str) -> Option<String> {
    let unvaried = without_variance(tree, source);
    let apart = with_signatures_apart(tree, unvaried.as_deref().unwrap_or(source)).or(unvaried);
    let bare = without_arguments(tree, apart.as_deref().unwrap_or(source));
    bare.or(apart)
}

/// Returns the source without arguments of types that are imported where they are named.
fn without_arguments(tree: &Tree, source: &str) -> Option<String> {
    if !tree.root().has_error() {
        return None;
    }
    let mut repaired = source.as_bytes().to_vec();
    let mut found = false;
    for (at, _) in source.match_indices("import(") {
        if let Some(range) = arguments_after(source, at) {
            repaired[range].fill(b' ');
            found = true;
        }
    }
    String::from_utf8(repaired).ok().filter(|_| found)
}

/// Where the arguments stand in `import('./box').Box<T>`.
fn arguments_after(source: &str, import: usize) -> Option<Range<usize>> {
    let rest = &source[import..];
    let named = rest.find(')')? + 1;
    let is_path = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$' | '.');
    let length = rest[named..].find(|char| !is_path(char))?;
    let path = &rest[named..named + length];
    let list = named + length;
    if path.len() < 2
        || !path.starts_with('.')
        || !rest[list..].starts_with('<')
        || rest[..list].contains('\n')
    {
        return None;
    }
    let (mut depth, mut before) = (0_usize, ' ');
    for (at, char) in rest[list..].char_indices() {
        match char {
            '<' => depth += 1,
            '>' if before != '=' => depth -= 1,
            ';' | '\n' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(import + list..import + list + at + 1);
        }
        before = char;
    }
    None
}

/// Returns the source with a semicolon in the blanks before each `<` that begins a line after a type.
fn with_signatures_apart(tree: &Tree, source: &str) -> Option<String> {
    if !tree.root().has_error() {
        return None;
    }
    let mut repaired = source.as_bytes().to_vec();
    let (mut start, mut ends_type, mut found) = (0, false, false);
    for line in source.split_inclusive('\n') {
        let code = line.trim();
        let blanks = line.len() - line.trim_start().len();
        if code.starts_with('<') && ends_type && blanks > 0 {
            repaired[start + blanks - 1] = b';';
            found = true;
        }
        let is_comment = ["//", "/*", "*"].iter().any(|lead| code.starts_with(lead));
        if !code.is_empty() && !is_comment {
            ends_type = code
                .ends_with(|end: char| end.is_alphanumeric() || matches!(end, '_' | '>' | ']' | ')'))
                && !code.ends_with("=>");
        }
        start += line.len();
    }
    String::from_utf8(repaired).ok().filter(|_| found)
}

/// Returns the source without the variance modifiers that the parser stumbled over.
pub(super) fn without_variance(tree: &Tree, source: &str) -> Option<String> {
    if !tree.root().has_error() {
        return None;
    }
    let mut blanks = Vec::new();
    visit(tree.root(), |node, _| {
        if node.kind() == "type_parameters" && node.has_error() {
            blanks.extend(modifiers(node, source));
        }
        node.has_error()
    });
    if blanks.is_empty() {
        return None;
    }
    let mut repaired = source.as_bytes().to_vec();
    for (start, end) in blanks {
        repaired[start..end].fill(b' ');
    }
    String::from_utf8(repaired).ok()
}

/// The places of `in` and `out` before a name in a list of type parameters.
fn modifiers(parameters: Node<'_>, source: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    visit(parameters, |node, _| {
        if node.child_count() == 0 {
            words.push((node.start_byte(), node.end_byte(), text(node, source)));
        }
        true
    });
    let is_modifier = |word: &str| matches!(word, "in" | "out");
    let is_name = |word: &str| word.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs
        .filter(|(word, next)| is_modifier(word.2) && is_name(next.2) && next.2 != "extends")
        .map(|(word, _)| (word.0, word.1))
        .collect()
}
