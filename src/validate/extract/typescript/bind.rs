//! Names that patterns, functions and types bind.

use super::given::{self, Given};
use super::names::receiver;
use super::types::member_name;
use super::values;
use super::written::{or_missing, written};
use crate::validate::extract::node::Node;
use crate::validate::extract::scope::ScopeSort;
use crate::validate::extract::syntax::{child, children, named, visit};
use crate::validate::extract::uses::{Receiving, Use, binding_type, type_name};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{RefKind, Ty, Value};

/// Binds the names in a pattern, in the current scope or in the function around it.
pub(super) fn bind<'a>(walk: &mut Walk<'a>, pattern: Node<'a>, ty: &Ty, to_function: bool) {
    bind_as(walk, pattern, (binding_type(ty), Value::Unknown), to_function);
}

/// Binds the names in a pattern to a type as the scopes keep it.
pub(super) fn bind_as<'a>(
    walk: &mut Walk<'a>,
    pattern: Node<'a>,
    (ty, value): (Option<String>, Value),
    to_function: bool,
) {
    let ty = ty.filter(|_| pattern.kind() == "identifier");
    let parts = if pattern.kind() == "identifier" { Vec::new() } else { parts(walk, pattern, value.clone()) };
    for name in bound(pattern) {
        walk.settle(name);
        let (text, from) = (walk.text(name), name.start_byte());
        if to_function {
            walk.scopes.bind_in_function(text, from, ty.clone());
        } else if pattern.kind() == "identifier" {
            walk.bind_value(text, from, ty.clone(), value.clone());
        } else {
            let part = parts.iter().find(|(part, _)| part.id() == name.id());
            let part = part.map_or(Value::Unknown, |(_, part)| part.clone());
            walk.bind_value(text, from, None, part);
        }
    }
}

/// What the names in a pattern stand for. A test of one of them may tell another one apart.
fn parts<'a>(walk: &Walk<'a>, pattern: Node<'a>, on: Value) -> Vec<(Node<'a>, Value)> {
    let mut found = Vec::new();
    let mut open = vec![(pattern, on)];
    while let Some((pattern, on)) = open.pop() {
        match pattern.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => found.push((pattern, on)),
            "object_pattern" => open.extend(named(pattern).into_iter().filter_map(|member| {
                let (key, part) = match member.kind() {
                    "pair_pattern" => (child(member, "key")?, child(member, "value")?),
                    "object_assignment_pattern" => (child(member, "left")?, member),
                    "shorthand_property_identifier_pattern" => (member, member),
                    _ => return None,
                };
                let value = on.clone().passed(Value::AGAIN).field(member_name(key, walk.source)?);
                Some((part, value))
            })),
            // What is missing is replaced.
            "object_assignment_pattern" | "assignment_pattern" => {
                open.extend(child(pattern, "left").map(|left| (left, on.passed(Value::PRESENT))));
            }
            "array_pattern" => {
                // `[, second]` leaves a place out.
                let on = on.passed(Value::AGAIN);
                let mut place = 0;
                for part in pattern.children() {
                    match part.kind() {
                        "," => place += 1,
                        "[" | "]" | "comment" | "rest_pattern" => {}
                        _ => open.push((part, on.clone().field(&place.to_string()))),
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The names a pattern binds.
pub(super) fn bound(pattern: Node<'_>) -> Vec<Node<'_>> {
    let mut names = Vec::new();
    visit(pattern, |node, field| match node.kind() {
        "identifier" | "type_identifier" | "shorthand_property_identifier_pattern" => {
            names.push(node);
            false
        }
        "type_annotation" | "computed_property_name" | "member_expression" | "subscript_expression" => false,
        _ => field != Some("right"),
    });
    names
}

/// `const { a, b: c } = value`: reads of fields, when it is known what they are fields of. `whole` is the
/// value that is taken apart, as far as that is known.
pub(super) fn destructured<'a>(
    walk: &mut Walk<'a>,
    pattern: Node<'a>,
    (ty, whole): (&Ty, Value),
    value: Option<Node<'a>>,
) {
    if pattern.kind() != "object_pattern" {
        return;
    }
    let receiving = match (type_name(ty), value) {
        (Some(ty), _) => Receiving::typed(ty),
        (None, Some(value)) => receiver(value, walk.source),
        (None, None) => Receiving::untold(),
    };
    let on = match (type_name(ty), value) {
        (None, Some(value)) => values::value(walk, value),
        (None, None) => whole.clone(),
        _ => Value::Unknown,
    };
    for (key, name, part) in fields_taken(walk, pattern) {
        let mut read = Use::new(RefKind::Read, key, name, receiving.clone());
        read.on = on.clone();
        walk.refer(read);
        if let Some(part) = part.filter(|part| part.kind() == "object_pattern") {
            let inside = whole.clone().passed(Value::AGAIN).field(name);
            destructured(walk, part, (&Ty::Any, inside), None);
        }
    }
}

/// The fields that a pattern takes, and what it makes of each.
fn fields_taken<'a>(walk: &Walk<'a>, pattern: Node<'a>) -> Vec<(Node<'a>, &'a str, Option<Node<'a>>)> {
    let field = |member: Node<'a>| {
        let (key, part) = match member.kind() {
            "pair_pattern" => (child(member, "key")?, child(member, "value")),
            "object_assignment_pattern" => (child(member, "left")?, None),
            "shorthand_property_identifier_pattern" => (member, None),
            _ => return None,
        };
        Some((key, member_name(key, walk.source)?, part))
    };
    named(pattern).into_iter().filter_map(field).collect()
}

/// Opens the scope of a function and binds its parameters.
pub(super) fn open_function<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let element = given::list_gone_through(walk).map_or(Ty::Any, |list| walk.element_type(list));
    let given = Given::of(walk, node);
    walk.open_scope(ScopeSort::Function);
    type_parameters(walk, node);
    if let Some(name) = child(node, "parameter") {
        bind_as(walk, name, (binding_type(&element), given.at(0)), false);
    }
    for (index, param) in child(node, "parameters").map(named).unwrap_or_default().into_iter().enumerate() {
        let pattern = child(param, "pattern").unwrap_or(param);
        let is_rest = pattern.kind() == "rest_pattern";
        let pattern = named(pattern).first().copied().filter(|_| is_rest).unwrap_or(pattern);
        let mut ty = super::types::annotation(child(param, "type"), walk.source);
        if index == 0 && ty == Ty::Any {
            ty = element.clone();
        }
        let value = match child(param, "type") {
            None if param.kind() == "optional_parameter" => Value::Unknown,
            None if is_rest => Value::Unknown,
            None => given.at(index),
            _ => bound_of(walk, node, param).unwrap_or_else(|| of_param(walk, param)),
        };
        bind_as(walk, pattern, (binding_type(&ty), value.clone()), false);
        destructured(walk, pattern, (&ty, value), None);
    }
}

/// What a type parameter of the function extends that is stated for a parameter.
fn bound_of(walk: &Walk<'_>, function: Node<'_>, param: Node<'_>) -> Option<Value> {
    let stated = child(param, "type").and_then(|stated| named(stated).first().copied())?;
    if stated.kind() != "type_identifier" || param.kind() == "optional_parameter" {
        return None;
    }
    let all = child(function, "type_parameters").map(named)?;
    let is_it = |one: &Node<'_>| child(*one, "name").is_some_and(|name| walk.text(name) == walk.text(stated));
    let bound = child(all.into_iter().find(is_it)?, "constraint")?;
    let bound = named(bound)
        .first()
        .copied()
        .filter(|bound| matches!(bound.kind(), "type_identifier" | "generic_type"))?;
    Some(Value::Of(written(walk, bound, function)))
}

/// What a parameter is, if that is stated.
fn of_param(walk: &Walk<'_>, param: Node<'_>) -> Value {
    let Some(ty) = child(param, "type").map(|ty| written(walk, ty, param)) else { return Value::Unknown };
    Value::Of(if param.kind() == "optional_parameter" { or_missing(ty) } else { ty })
}

/// Binds `<T>`.
pub(super) fn type_parameters<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    for parameter in child(node, "type_parameters").map(named).unwrap_or_default() {
        for name in children(parameter, "name") {
            walk.settle(name);
            walk.scopes.bind(walk.text(name), name.start_byte(), None);
        }
    }
}
