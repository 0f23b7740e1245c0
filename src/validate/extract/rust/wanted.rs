//! The type that a Rust expression has to have because of where it stands.

use super::literals::{is_rest, values_of};
use super::types::{is_type_name, last_type_name};
use super::values::{DEPTH, shown, stated, value, written};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;

/// The type that the current node, an expression, has to have.
pub(super) fn wanted(walk: &Walk<'_>, node: Node<'_>) -> Value {
    at(walk, node, usize::from(walk.kind_above(0) == "await_expression"), DEPTH)
}

/// The same of a node below the one that is `up` above the current one.
fn at(walk: &Walk<'_>, node: Node<'_>, up: usize, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Unknown };
    let (node, up, is_lent) = whole(walk, node, up);
    let Some(around) = walk.above(up) else { return Value::Unknown };
    let wanted = in_place(walk, (node, around), up, depth);
    if is_lent { wanted.passed(Value::POINTED) } else { wanted }
}

/// What the place of a node inside another one takes.
fn in_place(walk: &Walk<'_>, (node, around): (Node<'_>, Node<'_>), up: usize, depth: usize) -> Value {
    match around.kind() {
        // In a closure it returns from that.
        "return_expression" => match walk.around().find(|node| is_function(*node)) {
            Some(function) => result(walk, function),
            None => Value::Unknown,
        },
        // An error has to become one of what is around.
        "try_expression" => match walk.around().find(|node| is_function(*node)) {
            Some(function) => result(walk, function),
            None => Value::Unknown,
        },
        "closure_expression" => match result(walk, around) {
            Value::Unknown => of_closure(walk, around, up, depth),
            stated => stated,
        },
        "block" => match walk.above(up + 1) {
            Some(function) if is_function(function) && is_last(around, node) => result(walk, function),
            _ => Value::Unknown,
        },
        "let_declaration" => match child(around, "type") {
            Some(ty) => stated(walk, ty),
            None => matched(walk, child(around, "pattern")),
        },
        "for_expression" if is_in(around, "value", node) => {
            matched(walk, child(around, "pattern")).passed(Value::FOR_EACH)
        }
        "index_expression" => indexed(walk, (node, around), up, depth),
        "tuple_expression" => {
            let parts = named(around).into_iter().filter(|part| !part.is_extra());
            let place = parts.into_iter().position(|part| part.id() == node.id());
            place.map_or(Value::Unknown, |place| at(walk, around, up + 1, depth).field(&place.to_string()))
        }
        "field_initializer" => {
            let literal = walk.around().find(|node| node.kind() == "struct_expression");
            let of = literal.and_then(|literal| child(literal, "name")).map(|ty| stated(walk, ty));
            let field = child(around, "field").map_or("", |field| walk.text(field));
            of.map_or(Value::Unknown, |of| of.field(field))
        }
        "base_field_initializer" => {
            let literal = walk.above(up + 2).filter(|literal| literal.kind() == "struct_expression");
            literal.and_then(|literal| child(literal, "name")).map_or(Value::Unknown, |ty| stated(walk, ty))
        }
        "assignment_expression" => match (child(around, "left"), child(around, "right")) {
            (Some(left), Some(right)) if right.id() == node.id() => value(walk, left),
            _ => Value::Unknown,
        },
        "match_expression" if is_in(around, "value", node) => {
            let arms = child(around, "body").map(named).unwrap_or_default();
            matched(walk, arms.into_iter().find_map(|arm| child(arm, "pattern")))
        }
        "let_condition" => matched(walk, child(around, "pattern")),
        "if_expression" | "while_expression" if is_in(around, "condition", node) => truth(),
        "binary_expression" => match child(around, "operator").map_or("", |sign| walk.text(sign)) {
            "&&" | "||" => truth(),
            _ => Value::Unknown,
        },
        "arguments" => passed(walk, around, up, depth),
        _ => Value::Unknown,
    }
}

/// What the list and the index of an expression have to be.
fn indexed(walk: &Walk<'_>, (node, around): (Node<'_>, Node<'_>), up: usize, depth: usize) -> Value {
    let parts: Vec<Node<'_>> = named(around).into_iter().filter(|part| !part.is_extra()).collect();
    match parts[..] {
        [list, index]
            if index.kind() == "range_expression" || list.id() != node.id() && index.id() != node.id() =>
        {
            Value::Unknown
        }
        [list, _] if list.id() == node.id() => at(walk, around, up + 1, depth).passed(Value::AT_INDEX),
        [list, _] => match value(walk, list) {
            Value::Unknown => Value::Unknown,
            list => Value::Joined(vec![list, Value::Of("usize".to_owned())]).passed(Value::BY),
        },
        _ => Value::Unknown,
    }
}

/// What a closure has to give to the method that it is passed to.
fn of_closure(walk: &Walk<'_>, closure: Node<'_>, up: usize, depth: usize) -> Value {
    let call = walk.above(up + 2).filter(|call| call.kind() == "call_expression");
    let method = call.and_then(|call| child(call, "function")).filter(|on| on.kind() == "field_expression");
    let parts = method.and_then(|method| Some((child(method, "value")?, child(method, "field")?)));
    let (Some(call), Some((on, method))) = (call, parts) else { return Value::Unknown };
    let is_last = call.children().last().is_some_and(|list| {
        named(list).into_iter().rfind(|part| !part.is_extra()).is_some_and(|last| last.id() == closure.id())
    });
    let wanted = match walk.text(method) {
        _ if !is_last => Value::Unknown,
        "all" | "any" | "filter" | "find" | "is_none_or" | "is_ok_and" | "is_some_and" | "partition"
        | "position" | "retain" | "skip_while" | "take_while" => truth(),
        "and_then" | "map_or" | "map_or_else" | "or_else" | "unwrap_or_else" => at(walk, call, up + 3, depth),
        "map" => collected(walk, up + 3, depth).unwrap_or_else(|| at(walk, call, up + 3, depth).content()),
        _ => Value::Unknown,
    };
    let by = value(walk, on);
    if wanted == Value::Unknown || by == Value::Unknown {
        return Value::Unknown;
    }
    Value::Joined(vec![by, wanted]).passed(Value::BY)
}

/// What each element has to be of the list that `collect` makes of what the call so far above gives, maybe not of
/// all of it.
fn collected(walk: &Walk<'_>, mut up: usize, depth: usize) -> Option<Value> {
    const KEEP: [&str; 8] = ["chain", "filter", "inspect", "rev", "skip", "skip_while", "take", "take_while"];
    loop {
        let method = walk.above(up).filter(|method| method.kind() == "field_expression")?;
        let (name, call) = (walk.text(child(method, "field")?), walk.above(up + 1)?);
        let list = match (name, call.kind()) {
            ("collect", "generic_function") => {
                named(child(call, "type_arguments")?).first().map_or(Value::Unknown, |ty| stated(walk, *ty))
            }
            ("collect", "call_expression") => at(walk, call, up + 2, depth),
            (name, "call_expression") if KEEP.contains(&name) => {
                up += 2;
                continue;
            }
            _ => return None,
        };
        return Some(list.passed(Value::GATHERED_BY));
    }
}

/// What a pattern that says its type by itself takes; references are looked through.
fn matched(walk: &Walk<'_>, pattern: Option<Node<'_>>) -> Value {
    let mut pattern = pattern;
    while let Some(outer) = pattern.filter(|at| matches!(at.kind(), "match_pattern" | "or_pattern")) {
        pattern = named(outer).into_iter().find(|part| !part.is_extra());
    }
    let Some(pattern) = pattern else { return Value::Unknown };
    let path = match pattern.kind() {
        "scoped_identifier" => child(pattern, "path"),
        "tuple_struct_pattern" | "struct_pattern" => child(pattern, "type")
            .filter(|ty| ty.kind().starts_with("scoped"))
            .and_then(|ty| child(ty, "path")),
        "string_literal" => return Value::Of("&str".to_owned()),
        "tuple_pattern" => {
            let parts = values_of(pattern);
            let is_whole = parts.len() > 1 && !parts.iter().any(is_rest);
            let tuple = || Value::Of(format!("({})", vec!["_"; parts.len()].join(", ")));
            return if is_whole { tuple().passed(Value::POINTED) } else { Value::Unknown };
        }
        "boolean_literal" | "char_literal" => return shown(walk, pattern).passed(Value::POINTED),
        _ => None,
    };
    let is_type = |path: &Node<'_>| is_type_name(last_type_name(*path, walk.source));
    path.filter(is_type).map_or(Value::Unknown, |path| stated(walk, path).passed(Value::POINTED))
}

fn truth() -> Value {
    Value::Of("bool".to_owned())
}

fn is_in(around: Node<'_>, field: &str, node: Node<'_>) -> bool {
    child(around, field).is_some_and(|part| part.id() == node.id())
}

/// The expression that has the same type because the node is what it gives, how far up that stands, and whether
/// it is a reference to what the node gives.
fn whole<'a>(walk: &Walk<'a>, node: Node<'a>, up: usize) -> (Node<'a>, usize, bool) {
    let (mut node, mut up, mut is_lent) = (node, up, false);
    loop {
        let kind = |more: usize| walk.kind_above(up + more);
        let is_given = || walk.above(up).is_some_and(|block| is_last(block, node));
        let steps = match kind(0) {
            // What an arm gives is what its match gives.
            "match_arm" => 3,
            "reference_expression" | "parenthesized_expression" => 1,
            "block" if kind(1) == "if_expression" && is_given() => 2,
            "block" if kind(1) == "else_clause" && is_given() => 3,
            "block" if matches!(kind(1), "match_arm" | "unsafe_block" | "block") && is_given() => 1,
            "unsafe_block" => 1,
            _ => return (node, up, is_lent),
        };
        let is_statement = walk.kind_above(up + steps) == "expression_statement";
        let steps = steps + usize::from(is_statement);
        let Some(around) = walk.above(up + steps - 1) else { return (node, up, is_lent) };
        is_lent |= around.kind() == "reference_expression";
        (node, up) = (around, up + steps);
    }
}

/// What an argument has to be: what is put into a list, `Some` or `Ok`.
fn passed(walk: &Walk<'_>, arguments: Node<'_>, up: usize, depth: usize) -> Value {
    let call = walk.above(up + 1).filter(|call| call.kind() == "call_expression");
    let Some((call, function)) = call.and_then(|call| Some((call, child(call, "function")?))) else {
        return Value::Unknown;
    };
    let is_alone = named(arguments).into_iter().filter(|part| !part.is_extra()).count() == 1;
    match function.kind() {
        "identifier" if is_alone && matches!(walk.text(function), "Some" | "Ok") => {
            at(walk, call, up + 2, depth).content()
        }
        "field_expression" if is_alone => {
            let name = child(function, "field").map_or("", |name| walk.text(name));
            let list = child(function, "value").map_or(Value::Unknown, |list| value(walk, list));
            match name {
                "push" | "push_back" | "push_front" => list.wrapped(Value::Element),
                _ => Value::Unknown,
            }
        }
        _ => Value::Unknown,
    }
}

fn is_function(node: Node<'_>) -> bool {
    matches!(node.kind(), "function_item" | "closure_expression" | "async_block")
}

/// Whether an expression, awaited or not, is the value of a block.
fn is_last(block: Node<'_>, node: Node<'_>) -> bool {
    let last = named(block).into_iter().rfind(|part| !part.is_extra());
    let same = |last: Node<'_>| last.id() == node.id() || last.kind() == "await_expression";
    last.is_some_and(|last| same(last) && last.start_byte() == node.start_byte())
}

/// What a function or closure says that it gives.
fn result(walk: &Walk<'_>, function: Node<'_>) -> Value {
    match child(function, "return_type") {
        Some(ty) if function.kind() == "function_item" => Value::Of(written(walk, ty, Some(function))),
        Some(ty) if function.kind() == "closure_expression" => stated(walk, ty),
        _ => Value::Unknown,
    }
}
