//! Words of a grammar that stand for two things: here what is around a node tells which it is.
//!
//! A merge looks at a node and its parts, never at what holds it. So what only the holder tells is
//! written into the node once, when a file is read.

use super::keys::child;
use crate::validate::extract::SyntaxNode;

/// Tells apart what the grammars of Go and of scripts leave open below a node.
pub(super) fn tell_apart(node: &mut SyntaxNode, source: &str) {
    match node.kind {
        "expression_switch_statement" if child(node, "value").is_none() => cases_are_conditions(node),
        "switch_statement" => {
            let value = child(node, "value").map_or("", |value| &source[value.span.clone()]);
            if matches!(value.trim_matches(['(', ')', ' ']), "true" | "false") {
                node.children.iter_mut().for_each(cases_are_conditions);
            }
        }
        "composite_literal" => {
            let holder = child(node, "type").cloned();
            let body = node.children.iter_mut().find(|child| child.kind == "literal_value");
            if let Some(body) = body {
                places_count(body, holder.as_ref());
            }
        }
        _ => {}
    }
    node.children.iter_mut().for_each(|child| tell_apart(child, source));
}

/// Of a switch over nothing the first case is taken that holds, and no case is for a value.
fn cases_are_conditions(switch: &mut SyntaxNode) {
    let cases = switch.children.iter_mut().filter(|case| case.kind.ends_with("_case"));
    for part in cases.flat_map(|case| &mut case.children).filter(|part| part.field == Some("value")) {
        part.field = Some("condition");
    }
}

/// Values in Go that go into the fields of a struct by their places, as in `Point{x, y}`. What has a
/// name of its own may be a struct.
fn places_count(body: &mut SyntaxNode, holder: Option<&SyntaxNode>) {
    let item = holder.and_then(|holder| child(holder, "element").or_else(|| child(holder, "value")));
    let is_list =
        holder.is_some_and(|holder| holder.kind.ends_with("array_type") || holder.kind == "slice_type");
    let mut values =
        body.children.iter().filter(|value| value.named && !value.kind.contains("comment")).peekable();
    if !is_list && values.peek().is_some() && !values.any(|value| value.kind == "keyed_element") {
        body.kind = "placed_values";
    }
    for value in body.children.iter_mut().flat_map(|value| match value.kind {
        "keyed_element" => value.children.last_mut(),
        _ => Some(value),
    }) {
        // What is made here without its type has that of the items.
        let inner = value.children.iter_mut().filter(|inner| inner.kind == "literal_value");
        inner.for_each(|inner| places_count(inner, item));
    }
}
