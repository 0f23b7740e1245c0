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

/// Whether a function of the merged text returns in the ways of both sides, of which none is the other's.
pub(super) fn are_mixed(texts: Merge<&str>, roots: Merge<&SyntaxNode>) -> bool {
    let [ours, theirs, merged] = [0, 1, 2].map(|idx| functions(roots[idx], texts[idx]));
    merged.iter().any(|(path, shapes)| match (ours.get(path), theirs.get(path)) {
        (Some(one), Some(other)) => {
            one.is_disjoint(other)
                && [one, other].iter().all(|side| !side.is_empty() && !shapes.is_subset(side))
        }
        _ => false,
    })
}

/// The shapes of what each function returns, by its path of names.
fn functions(root: &SyntaxNode, text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    collect(root, text, "", &mut found);
    found
}

fn collect(node: &SyntaxNode, text: &str, path: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for part in &node.children {
        let name = key(part, text, Role::Block);
        let path = if name.is_empty() { path.to_owned() } else { format!("{path}/{name}") };
        if is_function(part.kind) && !name.is_empty() {
            let shapes: &mut BTreeSet<String> = found.entry(path.clone()).or_default();
            returned(part, text, shapes);
            if part.kind == "function_item" {
                shapes.extend(child(part, "body").and_then(last).and_then(|value| shape(value, text)));
            }
        }
        collect(part, text, &path, found);
    }
}

/// Collects the shapes of what is returned below a node, not of what functions in it return.
fn returned(node: &SyntaxNode, text: &str, shapes: &mut BTreeSet<String>) {
    for part in &node.children {
        if is_function(part.kind) || matches!(part.kind, "func_literal" | "closure_expression" | "lambda") {
            continue;
        }
        if matches!(part.kind, "return_statement" | "return_expression") {
            let value = part.children.iter().find(|value| value.named && !is_comment(value.kind));
            shapes.extend(value.and_then(|value| shape(value, text)));
        }
        returned(part, text, shapes);
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
