//! Names that patterns, functions and types bind.

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
                let element = on.passed(Value::AGAIN).wrapped(Value::Element);
                let names = named(pattern).into_iter().filter(|part| part.kind() != "rest_pattern");
                open.extend(names.map(|part| (part, element.clone())));
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

/// `const { a, b: c } = value`: reads of fields, when it is known what they are fields of.
pub(super) fn destructured<'a>(walk: &mut Walk<'a>, pattern: Node<'a>, ty: &Ty, value: Option<Node<'a>>) {
    if pattern.kind() != "object_pattern" {
        return;
    }
    let receiving = match (type_name(ty), value) {
        (Some(ty), _) => Receiving::typed(ty),
        (None, Some(value)) => receiver(value, walk.source),
        (None, None) => return,
    };
    let on = match (type_name(ty), value) {
        (None, Some(value)) => values::value(walk, value),
        _ => Value::Unknown,
    };
    for member in named(pattern) {
        let key = match member.kind() {
            "pair_pattern" => child(member, "key"),
            "object_assignment_pattern" => child(member, "left"),
            "shorthand_property_identifier_pattern" => Some(member),
            _ => None,
        };
        let Some(key) = key else { continue };
        if let Some(name) = member_name(key, walk.source) {
            let mut read = Use::new(RefKind::Read, key, name, receiving.clone());
            read.on = on.clone();
            walk.refer(read);
        }
    }
}

/// Opens the scope of a function and binds its parameters.
pub(super) fn open_function<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let list = list_gone_through(walk);
    let element = list.map_or(Ty::Any, |list| walk.element_type(list));
    let given = list.map_or(Value::Unknown, |list| values::element_of(walk, list));
    walk.open_scope(ScopeSort::Function);
    type_parameters(walk, node);
    if let Some(name) = child(node, "parameter") {
        bind_as(walk, name, (binding_type(&element), given.clone()), false);
    }
    for (index, param) in child(node, "parameters").map(named).unwrap_or_default().into_iter().enumerate() {
        let pattern = child(param, "pattern").unwrap_or(param);
        let mut ty = super::types::annotation(child(param, "type"), walk.source);
        if index == 0 && ty == Ty::Any {
            ty = element.clone();
        }
        let value = match child(param, "type") {
            None if index == 0 && param.kind() != "optional_parameter" => given.clone(),
            _ => of_param(walk, param),
        };
        bind_as(walk, pattern, (binding_type(&ty), value), false);
        destructured(walk, pattern, &ty, None);
    }
}

/// The list whose elements the current function is given one by one.
fn list_gone_through<'a>(walk: &Walk<'a>) -> Option<Node<'a>> {
    const EACH: [&str; 9] =
        ["map", "filter", "forEach", "find", "some", "every", "flatMap", "findIndex", "findLast"];
    let call = walk.above(1).filter(|_| walk.kind_above(0) == "arguments");
    let function = child(call?, "function").filter(|function| function.kind() == "member_expression")?;
    let is_each = EACH.contains(&walk.text(child(function, "property")?));
    child(function, "object").filter(|_| is_each)
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
