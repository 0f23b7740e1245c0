//! Works around what the grammar cannot read.
//!
//! `interface Box<in out T>` is TypeScript, but the grammar has no variance modifiers and loses
//! the declaration. Blanks in their place keep every offset.

use crate::validate::extract::node::{Node, Tree};
use crate::validate::extract::syntax::{text, visit};

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
