//! Expressions, as far as their types can be worked out from what they say.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, children, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;

/// Longer chains are not followed.
const DEPTH: usize = 12;
/// Longer types say nothing.
const TYPE_LENGTH: usize = 300;

/// What an expression is; locals are told apart later.
pub(super) fn value(walk: &Walk<'_>, node: Node<'_>) -> Value {
    of(walk, node, DEPTH)
}

fn of(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Unknown };
    let inner = |field: &str| child(node, field).map_or(Value::Unknown, |node| of(walk, node, depth));
    let plain = |ty: &str| Value::Of(ty.to_owned());
    match node.kind() {
        "identifier" => Value::Name(walk.text(node).to_owned()),
        "selector_expression" => match child(node, "field") {
            Some(field) => inner("operand").field(walk.text(field)),
            None => Value::Unknown,
        },
        "call_expression" => called(walk, node, depth),
        "composite_literal" | "type_assertion_expression" | "type_conversion_expression" => {
            child(node, "type").map_or(Value::Unknown, |ty| stated(walk, ty))
        }
        "index_expression" => inner("operand").wrapped(Value::Element),
        "slice_expression" => inner("operand"),
        "parenthesized_expression" => {
            named(node).first().map_or(Value::Unknown, |node| of(walk, *node, depth))
        }
        "unary_expression" => match child(node, "operator").map_or("", |operator| walk.text(operator)) {
            "<-" => inner("operand").passed("receive"),
            "&" => pointer_to(inner("operand")),
            "*" => inner("operand").passed(Value::POINTED),
            _ => inner("operand"),
        },
        "binary_expression" => match child(node, "operator").map_or("", |operator| walk.text(operator)) {
            "==" | "!=" | "<" | ">" | "<=" | ">=" => plain("{bool}"),
            // Of a constant and a value of a type the whole is of that type.
            "&&" | "||" => match inner("left") {
                Value::Of(left) if left == "{bool}" => inner("right"),
                left => left,
            },
            "<<" | ">>" => inner("left"),
            _ => joined(inner("left"), inner("right")),
        },
        "int_literal" => plain("{int}"),
        "float_literal" | "imaginary_literal" => plain("{float}"),
        "rune_literal" => plain("{rune}"),
        "interpreted_string_literal" | "raw_string_literal" => plain("{string}"),
        "true" | "false" => plain("{bool}"),
        "nil" => plain("{nil}"),
        "func_literal" => Value::Of(shape(walk, node)),
        _ => Value::Unknown,
    }
}

/// What is calculated of two values: of constants alone one of both, and else what the other is.
fn joined(left: Value, right: Value) -> Value {
    let constant = |value: &Value| matches!(value, Value::Of(ty) if ty.starts_with('{'));
    match (constant(&left), constant(&right)) {
        _ if left == Value::Unknown || right == Value::Unknown => Value::Unknown,
        (true, true) if left == Value::Of("{int}".to_owned()) => right,
        (true, true) => left,
        _ => Value::Joined(vec![left, right]),
    }
}

/// Whether a name is one of a parameter or of a local type.
pub(super) fn is_hole(walk: &Walk<'_>, name: Node<'_>) -> bool {
    let first = walk.text(name).split('.').next().unwrap_or_default();
    walk.scopes.is_local(walk.scopes.current(), first, name.start_byte())
}

/// A function that is written out, by the types of what it takes and gives back.
fn shape(walk: &Walk<'_>, function: Node<'_>) -> String {
    let list = |list: Node<'_>| {
        let parts = named(list).into_iter().filter(|part| part.kind() != "comment");
        let each = parts.flat_map(|part| {
            let dots = if part.kind() == "variadic_parameter_declaration" { "..." } else { "" };
            let ty = child(part, "type").map_or("_".to_owned(), |ty| written(walk, ty));
            vec![format!("{dots}{ty}"); children(part, "name").len().max(1)]
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let takes = child(function, "parameters").map_or(String::new(), list);
    let gives = child(function, "result").map_or(String::new(), |result| match result.kind() {
        "parameter_list" => list(result),
        _ => written(walk, result),
    });
    format!("func({takes}) ({gives})")
}

/// What a variable is that begins with a value: of a constant it has the plain type.
pub(super) fn begun(value: Value) -> Value {
    let Value::Of(text) = &value else { return value };
    match text.as_str() {
        "{int}" => Value::Of("int".to_owned()),
        "{float}" => Value::Of("float64".to_owned()),
        "{rune}" => Value::Of("rune".to_owned()),
        "{string}" => Value::Of("string".to_owned()),
        "{bool}" => Value::Of("bool".to_owned()),
        _ => value,
    }
}

/// What a call gives back; several results are the fields of one.
fn called(walk: &Walk<'_>, call: Node<'_>, depth: usize) -> Value {
    let (Some(function), Some(list)) = (child(call, "function"), child(call, "arguments")) else {
        return Value::Unknown;
    };
    let passed = named(list);
    let first = || passed.first().copied();
    let is_local =
        |name: Node<'_>| walk.scopes.is_local(walk.scopes.current(), walk.text(name), name.start_byte());
    match function.kind() {
        "identifier" if is_local(function) => {
            Value::Name(walk.text(function).to_owned()).called("", passed.len())
        }
        "identifier" => match (walk.text(function), first()) {
            ("new", Some(ty)) => pointer_to(stated(walk, ty)),
            ("make", Some(ty)) => stated(walk, ty),
            ("append", Some(list)) => of(walk, list, depth),
            (name, Some(_)) if super::types::is_builtin(name) => Value::Of(name.to_owned()),
            (name, _) => Value::Name(name.to_owned()).called("", passed.len()),
        },
        "selector_expression" => {
            let on = child(function, "operand").map_or(Value::Unknown, |on| of(walk, on, depth));
            on.called(child(function, "field").map_or("", |name| walk.text(name)), passed.len())
        }
        _ => Value::Unknown,
    }
}

/// What points to a value.
fn pointer_to(value: Value) -> Value {
    match value {
        Value::Of(ty) if !ty.starts_with('{') => Value::Of(format!("*{ty}")),
        value => value.passed(Value::POINTER),
    }
}

/// A value of a type as written.
pub(super) fn stated(walk: &Walk<'_>, ty: Node<'_>) -> Value {
    match written(walk, ty) {
        text if text == "_" => Value::Unknown,
        text => Value::Of(text),
    }
}

/// A type as written, on one line; parameters of what is around it become `_`.
pub(super) fn written(walk: &Walk<'_>, ty: Node<'_>) -> String {
    let is_local = |part: &str| walk.scopes.is_local(walk.scopes.current(), part, ty.start_byte());
    with_holes(walk.text(ty), is_local)
}

/// A type on one line, with `_` for names that say nothing.
pub(super) fn with_holes(text: &str, is_hidden: impl Fn(&str) -> bool) -> String {
    if text.len() > TYPE_LENGTH {
        return "_".to_owned();
    }
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let mut written = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let length = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(length.max(char.len_utf8()));
        let is_name = length > 0 && !written.ends_with('.');
        match part {
            _ if is_name && is_hidden(part) => written.push('_'),
            _ if !char.is_whitespace() => written.push_str(part),
            _ if written.ends_with(' ') || written.is_empty() => {}
            _ => written.push(' '),
        }
        rest = after;
    }
    written
}

/// What a function gives back, as written.
pub(super) fn result(walk: &Walk<'_>, function: Node<'_>) -> String {
    whole(results(walk, function))
}

fn whole(mut results: Vec<String>) -> String {
    match results.as_mut_slice() {
        [only] => std::mem::take(only),
        [] => String::new(),
        all => format!("({})", all.join(", ")),
    }
}

/// The types of the results, as written.
fn results(walk: &Walk<'_>, function: Node<'_>) -> Vec<String> {
    let Some(result) = child(function, "result") else { return Vec::new() };
    if result.kind() != "parameter_list" {
        return vec![written(walk, result)];
    }
    let each = named(result).into_iter().flat_map(|part| {
        let ty = child(part, "type").map(|ty| written(walk, ty)).unwrap_or_default();
        vec![ty; children(part, "name").len().max(1)]
    });
    each.collect()
}

/// What the names on the left of a list of values stand for: one value each, or the results of one.
pub(super) fn each(walk: &Walk<'_>, right: &[Node<'_>], n_names: usize) -> Vec<Value> {
    match right {
        [one] if n_names > 1 => {
            let whole = value(walk, *one);
            match (one.kind(), &whole) {
                ("call_expression", _) => {
                    (0..n_names).map(|at| whole.clone().field(&at.to_string())).collect()
                }
                // `x, ok := m[k]`, `x.(T)`.
                _ => vec![whole, Value::Of("bool".to_owned())],
            }
        }
        _ => right.iter().map(|one| value(walk, *one)).collect(),
    }
}

/// The type that the current node, an expression, has to have.
pub(super) fn wanted(walk: &Walk<'_>, node: Node<'_>) -> Value {
    let is_pointed_to =
        |above: &Node<'_>| above.kind() == "unary_expression" && walk.text(*above).starts_with('&');
    match walk.above(0).filter(is_pointed_to) {
        Some(pointer) => match wanted_of(walk, pointer, 1) {
            Value::Of(ty) => match ty.strip_prefix('*') {
                Some(ty) => Value::Of(ty.to_owned()),
                // An interface may hold the pointer.
                None => Value::Of(format!("{}{ty}", Value::PERHAPS_POINTED)),
            },
            wanted => wanted.passed(Value::POINTED),
        },
        None => wanted_of(walk, node, 0),
    }
}

/// The type that an expression has to have, which stands so many nodes above the current one.
fn wanted_of(walk: &Walk<'_>, place: Node<'_>, up: usize) -> Value {
    let (Some(list), Some(statement)) = (walk.above(up), walk.above(up + 1)) else { return Value::Unknown };
    if list.kind() == "keyed_element" || list.kind() == "literal_element" {
        return keyed(walk, up, place);
    }
    if list.kind() == "binary_expression" {
        return if is_compared_with_nothing(walk, list, place) {
            Value::Of("{nil}".to_owned())
        } else {
            Value::Unknown
        };
    }
    if list.kind() != "expression_list" {
        return Value::Unknown;
    }
    let all = named(list);
    let Some(at) = all.iter().position(|other| other.id() == place.id()) else { return Value::Unknown };
    match statement.kind() {
        "var_spec" | "const_spec" => child(statement, "type").map_or(Value::Unknown, |ty| stated(walk, ty)),
        "assignment_statement" => {
            let left = child(statement, "left").filter(|left| left.id() != list.id()).map(named);
            let plain = child(statement, "operator").is_some_and(|operator| walk.text(operator) == "=");
            let target = left.filter(|left| plain && left.len() == all.len());
            target.and_then(|left| left.get(at).copied()).map_or(Value::Unknown, |left| value(walk, left))
        }
        "return_statement" => returned(walk, at, all.len()),
        _ => Value::Unknown,
    }
}

/// Whether a part of an operation is compared with `nil` there.
fn is_compared_with_nothing(walk: &Walk<'_>, operation: Node<'_>, part: Node<'_>) -> bool {
    let operator = child(operation, "operator").map_or("", |operator| walk.text(operator));
    let is_other =
        |field| child(operation, field).is_some_and(|side| side.id() != part.id() && side.kind() == "nil");
    matches!(operator, "==" | "!=") && (is_other("left") || is_other("right"))
}

/// What an element of a literal has to be: a field by its key, or what a list or a map holds.
fn keyed(walk: &Walk<'_>, up: usize, place: Node<'_>) -> Value {
    let pair =
        [up, up + 1].into_iter().filter_map(|up| walk.above(up)).find(|node| node.kind() == "keyed_element");
    let literal =
        walk.around().find(|node| node.kind() == "literal_value" || node.kind() == "composite_literal");
    let ty =
        walk.around().find(|node| node.kind() == "composite_literal").and_then(|node| child(node, "type"));
    let key = pair.and_then(|pair| child(pair, "key")).map_or("", |key| walk.text(key));
    let direct = literal.is_some_and(|literal| {
        let above = walk.around().skip_while(|node| node.id() != literal.id()).nth(1);
        above.is_some_and(|above| above.kind() == "composite_literal")
    });
    let Some(ty) = ty.filter(|_| direct) else { return Value::Unknown };
    match ty.kind() {
        "type_identifier" | "qualified_type" if !key.is_empty() => stated(walk, ty).field(key),
        "slice_type" | "array_type" | "implicit_length_array_type" | "map_type" => {
            let given = pair.and_then(|pair| child(pair, "value"));
            let is_held =
                pair.is_none() || given.is_some_and(|given| given.byte_range().contains(&place.start_byte()));
            let of = child(ty, "element").or_else(|| child(ty, "value")).filter(|_| is_held);
            of.map_or(Value::Unknown, |of| stated(walk, of))
        }
        _ => Value::Unknown,
    }
}

/// What the function around the current node returns at a place.
fn returned(walk: &Walk<'_>, at: usize, n: usize) -> Value {
    let Some(function) = walk.around().find(|node| is_function(*node)) else { return Value::Unknown };
    let mut results = results(walk, function);
    let ty = match n {
        _ if results.len() == n => results.swap_remove(at),
        // All of what a call gives.
        1 => whole(results),
        _ => return Value::Unknown,
    };
    if ty.is_empty() || ty == "_" { Value::Unknown } else { Value::Of(ty) }
}

fn is_function(node: Node<'_>) -> bool {
    matches!(node.kind(), "function_declaration" | "method_declaration" | "func_literal")
}

/// How many values the function around the current node returns.
pub(super) fn n_returned(walk: &Walk<'_>) -> Option<usize> {
    walk.around().find(|node| is_function(*node)).map(|function| results(walk, function).len())
}
