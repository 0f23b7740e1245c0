//! Expressions, as far as their types can be worked out from what they say.

use super::types::{is_class_name, written};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;

/// Longer chains are not followed.
const DEPTH: usize = 8;

/// Stands for the name of a member where a part of something is taken: `x[1:]`.
pub(in crate::validate) const SLICE: &str = "[:]";

/// What an expression is; locals are told apart later.
pub(super) fn value(walk: &Walk<'_>, node: Node<'_>) -> Value {
    of(walk, node, DEPTH)
}

fn of(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Unknown };
    let first = || named(node).first().copied();
    let inner = |node: Option<Node<'_>>| node.map_or(Value::Unknown, |node| of(walk, node, depth));
    match node.kind() {
        "identifier" => Value::Name(walk.text(node).to_owned()),
        "attribute" | "subscript" if walk.scopes.is_doubted(walk.text(node)) => Value::Unknown,
        "attribute" => match child(node, "attribute") {
            Some(name) => inner(child(node, "object")).field(walk.text(name)),
            None => Value::Unknown,
        },
        "call" => called(walk, node, depth),
        "await" => inner(first()).field("await"),
        "subscript" => match child(node, "subscript") {
            Some(index) if index.kind() == "slice" => inner(child(node, "value")).field(SLICE),
            _ => inner(child(node, "value")).wrapped(Value::Element),
        },
        "parenthesized_expression" => inner(first()),
        _ => shown(walk, node).map_or(Value::Unknown, |ty| Value::Of(ty.to_owned())),
    }
}

/// What a call gives back; that of a class is told by its spelling.
fn called(walk: &Walk<'_>, call: Node<'_>, depth: usize) -> Value {
    let passed = child(call, "arguments").map_or(0, |list| named(list).len());
    let Some(function) = child(call, "function") else { return Value::Unknown };
    match function.kind() {
        "identifier" if is_class_name(walk.text(function)) => Value::Of(walk.text(function).to_owned()),
        "identifier" => Value::Name(walk.text(function).to_owned()).called("", passed),
        "attribute" => {
            let (Some(on), Some(name)) = (child(function, "object"), child(function, "attribute")) else {
                return Value::Unknown;
            };
            if is_class_name(walk.text(name)) {
                return Value::Of(walk.text(function).to_owned());
            }
            of(walk, on, depth).called(walk.text(name), passed)
        }
        _ => Value::Unknown,
    }
}

/// The type of a literal or the like.
fn shown(walk: &Walk<'_>, node: Node<'_>) -> Option<&'static str> {
    Some(match node.kind() {
        "string" | "concatenated_string" => {
            let prefix = walk.text(node).split(['"', '\'']).next().unwrap_or_default();
            if prefix.contains(['b', 'B']) { "bytes" } else { "str" }
        }
        "integer" => "int",
        "float" => "float",
        "true" | "false" | "not_operator" => "bool",
        "none" => "None",
        "list" | "list_comprehension" => "list",
        "set" | "set_comprehension" => "set",
        "dictionary" | "dictionary_comprehension" => "dict",
        "tuple" => "tuple",
        "unary_operator" => return named(node).first().and_then(|inner| shown(walk, *inner)),
        _ => return None,
    })
}

/// What a name stands for that is annotated so.
pub(super) fn stated(walk: &Walk<'_>, annotation: Option<Node<'_>>) -> Value {
    match written(annotation, walk.source) {
        written if written.is_empty() => Value::Unknown,
        written => Value::Of(written),
    }
}
