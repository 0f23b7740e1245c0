//! What functions return: where one side changed that in every place, nothing returns as before.
//!
//! A result becomes two, or `Ok` of what it was. A return that the other side added meanwhile still
//! gives what was asked for before, and no compiler lets both stand in one function.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{child, key};
use super::locals::is_function;
use super::names::Merge;
use super::roles::{Role, is_comment};
use crate::validate::extract::SyntaxNode;

/// What a function returns.
#[derive(Default)]
struct Returns<'a> {
    /// The shapes of the values that tell one.
    shapes: BTreeSet<String>,
    /// The values.
    values: BTreeSet<&'a str>,
}

/// Whether a function of the merged text returns in the ways of both sides, of which none is the other's.
///
/// A call may come to anything, but on its own side it came to what all others there did.
pub(super) fn are_mixed(texts: Merge<&str>, roots: Merge<&SyntaxNode>) -> bool {
    let [ours, theirs, merged] = [0, 1, 2].map(|idx| functions(roots[idx], texts[idx]));
    merged.iter().any(|(path, function)| match (ours.get(path), theirs.get(path)) {
        (Some(one), Some(other)) => {
            let is_apart = one.shapes.is_disjoint(&other.shapes);
            let has_own = |own: &Returns<'_>, other: &Returns<'_>| {
                let mut values = function.values.iter();
                !own.shapes.is_empty()
                    && values.any(|value| own.values.contains(value) && !other.values.contains(value))
            };
            is_apart && has_own(one, other) && has_own(other, one)
        }
        _ => false,
    })
}

/// What each function returns, by its path of names.
fn functions<'a>(root: &SyntaxNode, text: &'a str) -> BTreeMap<String, Returns<'a>> {
    let mut found = BTreeMap::new();
    collect(root, text, "", &mut found);
    found
}

fn collect<'a>(node: &SyntaxNode, text: &'a str, path: &str, found: &mut BTreeMap<String, Returns<'a>>) {
    for part in &node.children {
        let name = key(part, text, Role::Block);
        let path = if name.is_empty() { path.to_owned() } else { format!("{path}/{name}") };
        if is_function(part.kind) && !name.is_empty() {
            let returns: &mut Returns<'_> = found.entry(path.clone()).or_default();
            returned(part, text, returns);
            if part.kind == "function_item" {
                child(part, "body").and_then(last).into_iter().for_each(|value| returns.add(value, text));
            }
        }
        collect(part, text, &path, found);
    }
}

impl<'a> Returns<'a> {
    fn add(&mut self, value: &SyntaxNode, text: &'a str) {
        self.shapes.extend(shape(value, text));
        self.values.insert(&text[value.span.clone()]);
    }
}

/// Collects what is returned below a node, not of what functions in it return.
fn returned<'a>(node: &SyntaxNode, text: &'a str, returns: &mut Returns<'a>) {
    for part in &node.children {
        if is_function(part.kind) || matches!(part.kind, "func_literal" | "closure_expression" | "lambda") {
            continue;
        }
        if matches!(part.kind, "return_statement" | "return_expression") {
            let value = part.children.iter().find(|value| value.named && !is_comment(value.kind));
            value.into_iter().for_each(|value| returns.add(value, text));
        }
        returned(part, text, returns);
    }
}

/// The value that a block of Rust comes to.
fn last(block: &SyntaxNode) -> Option<&SyntaxNode> {
    let value = block.children.iter().rfind(|part| part.named && !is_comment(part.kind))?;
    let is_statement = ["statement", "declaration", "item"].iter().any(|end| value.kind.ends_with(end));
    (!is_statement).then_some(value)
}

/// What tells one way to return from another; none where it may be any, as what a call comes to.
fn shape(value: &SyntaxNode, text: &str) -> Option<String> {
    let n_named = || value.children.iter().filter(|part| part.named && !is_comment(part.kind)).count();
    match value.kind {
        "expression_list" | "tuple" | "tuple_expression" => match n_named() {
            1 => shape(value.children.iter().find(|part| part.named)?, text),
            n => Some(n.to_string()),
        },
        "call_expression" | "call" => {
            let callee = &text[child(value, "function")?.span.clone()];
            matches!(callee, "Ok" | "Err" | "Some").then(|| "wrapped".to_owned())
        }
        "identifier" if &text[value.span.clone()] == "None" => None,
        // They may come to anything.
        "if_expression" | "match_expression" | "block" | "unsafe_block" | "loop_expression"
        | "macro_invocation" | "try_expression" | "await_expression" | "await" | "return_expression" => None,
        _ => Some("1".to_owned()),
    }
}
