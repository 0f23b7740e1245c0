//! Expressions, as far as their types can be worked out from what they say.

use super::types::{is_class_name, written};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;

/// Longer chains are not followed.
const DEPTH: usize = 8;

/// How far up the function is looked for that a value is returned from.
const FUNCTION_ABOVE: usize = 12;

/// What stands around a value in brackets beyond this is not looked at.
const WRAPS: usize = 4;

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

/// Where the value of the current node goes as it is: a type as written, or a place of what a call names.
pub(super) fn wanted(walk: &Walk<'_>, node: Node<'_>) -> Value {
    let wraps = |kind| matches!(kind, "await" | "parenthesized_expression");
    let up = (0..WRAPS).find(|up| !wraps(walk.kind_above(*up))).unwrap_or_default();
    let Some(above) = walk.above(up) else { return Value::Unknown };
    match above.kind() {
        "assignment" => stated(walk, child(above, "type")),
        "return_statement" => returned(walk, up),
        "argument_list" => passed(walk, above, up, node).unwrap_or_default(),
        "keyword_argument" if walk.kind_above(up + 1) == "argument_list" => {
            let name = child(above, "name").map_or("", |name| walk.text(name));
            callee(walk, up + 2).map_or(Value::Unknown, |callee| callee.passed(name))
        }
        _ => Value::Unknown,
    }
}

/// What the function around a place says that it gives back; what is said of a generator is another thing.
fn returned(walk: &Walk<'_>, up: usize) -> Value {
    let around =
        (up..up + FUNCTION_ABOVE).find(|up| matches!(walk.kind_above(*up), "function_definition" | "lambda"));
    let gives = around.and_then(|up| child(walk.above(up)?, "return_type"));
    match stated(walk, gives) {
        Value::Of(ty)
            if ["Iter", "Gener", "Async", "Await", "Corout"].iter().any(|form| ty.contains(form)) =>
        {
            Value::Unknown
        }
        stated => stated,
    }
}

/// The place among the arguments of a call.
fn passed(walk: &Walk<'_>, list: Node<'_>, up: usize, node: Node<'_>) -> Option<Value> {
    let before = named(list).into_iter().take_while(|other| other.end_byte() <= node.start_byte());
    let before: Vec<_> = before.filter(|other| other.kind() != "comment").collect();
    let is_known = before
        .iter()
        .all(|other| !matches!(other.kind(), "list_splat" | "dictionary_splat" | "keyword_argument"));
    callee(walk, up + 1).filter(|_| is_known).map(|callee| callee.taken(before.len()))
}

/// What a call names.
fn callee(walk: &Walk<'_>, up: usize) -> Option<Value> {
    let function = child(walk.above(up).filter(|call| call.kind() == "call")?, "function")?;
    matches!(function.kind(), "identifier" | "attribute").then(|| value(walk, function))
}
