//! The type that an expression has to have where it stands.

use super::types;
use super::values::{self, value};
use super::written::written;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;

/// Wrappers of an expression that are looked through.
const WRAPPERS: usize = 12;

/// What happens to an expression on its way to the place that wants it.
#[derive(Default)]
struct Way {
    /// What is made of the value, first to last.
    made: Vec<&'static str>,
    /// The members of what is wanted that lead to the value, last to first.
    inside: Vec<String>,
    /// Whether what a function takes is wanted as well.
    through_calls: bool,
}

/// What the current node, an object that is written out, is made for.
pub(super) fn of_object(walk: &Walk<'_>, node: Node<'_>) -> Value {
    follow(walk, node, Way { through_calls: true, ..Way::default() })
}

/// What the current node, an expression, has to be. What is made of it first stands outermost: in
/// `const x: T = await f()` the call has to be something that holds a `T`.
pub(super) fn wanted(walk: &Walk<'_>, node: Node<'_>, is_again: bool) -> Value {
    let mut way = Way::default();
    if is_again {
        way.made.push(Value::AGAIN);
    }
    follow(walk, node, way)
}

fn follow(walk: &Walk<'_>, node: Node<'_>, mut way: Way) -> Value {
    let mut place = node;
    for up in 0..WRAPPERS {
        let Some(above) = walk.above(up) else { break };
        if !step(walk, &mut way, place, above) {
            return match demand(walk, &mut way, place, above, up) {
                Some(demand) => way.wrap(demand),
                None => Value::Unknown,
            };
        }
        place = above;
    }
    Value::Unknown
}

/// Goes through a node that hands the value on.
fn step(walk: &Walk<'_>, way: &mut Way, place: Node<'_>, above: Node<'_>) -> bool {
    let is = |field: &str| child(above, field).is_some_and(|child| child.id() == place.id());
    match above.kind() {
        "parenthesized_expression" => true,
        "non_null_expression" => way.make(Value::PRESENT),
        "await_expression" => way.make("await"),
        "ternary_expression" => !is("condition"),
        "binary_expression" if child(above, "operator").is_some_and(|operator| operator.kind() == "??") => {
            !is("left") || way.make(Value::PRESENT)
        }
        "pair" if is("value") => {
            match child(above, "key").and_then(|key| types::member_name(key, walk.source)) {
                Some(name) => way.enter(name),
                None => false,
            }
        }
        "object" if place.kind() == "pair" => true,
        "object" if place.kind() == "shorthand_property_identifier" => way.enter(walk.text(place)),
        _ => false,
    }
}

impl Way {
    fn make(&mut self, what: &'static str) -> bool {
        let is_first = self.inside.is_empty();
        self.made.extend(is_first.then_some(what));
        is_first
    }

    fn enter(&mut self, member: &str) -> bool {
        self.inside.push(member.to_owned());
        true
    }

    fn wrap(self, demand: Value) -> Value {
        let demand = self.inside.iter().rev().fold(demand, |demand, member| demand.field(member));
        self.made.iter().rev().fold(demand, |demand, made| match *made {
            "await" => demand.content(),
            made => demand.passed(made),
        })
    }
}

/// What the place at the end of the way wants.
fn demand(walk: &Walk<'_>, way: &mut Way, place: Node<'_>, above: Node<'_>, up: usize) -> Option<Value> {
    let is = |field: &str| child(above, field).is_some_and(|child| child.id() == place.id());
    let stated = |ty: Node<'_>| Some(Value::Of(written(walk, ty, above)));
    match above.kind() {
        "variable_declarator" | "public_field_definition" | "required_parameter" | "optional_parameter" => {
            child(above, "type").filter(|_| is("value")).and_then(stated)
        }
        "satisfies_expression" => named(above).get(1).copied().and_then(stated),
        "assignment_expression" if is("right") => target(walk, child(above, "left")?),
        "return_statement" => returned(walk, way, up + 1),
        "arguments" if way.through_calls => taken(walk, place, above, walk.above(up + 1)?),
        "arrow_function" if is("body") => result(walk, way, above),
        "binary_expression" => {
            match child(above, "operator").map_or("", |operator| operator.kind()) {
                "-" | "*" | "/" | "%" | "**" => Some(Value::Of("number | bigint".to_owned())),
                // Anything that is there.
                "<" | ">" | "<=" | ">=" => Some(Value::Of("{}".to_owned())),
                "+" => {
                    let other = child(above, if is("left") { "right" } else { "left" })?;
                    (other.kind() == "number").then(|| Value::Of("{}".to_owned()))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// What a call takes at the place of an argument. What a package takes is not known.
fn taken(walk: &Walk<'_>, place: Node<'_>, list: Node<'_>, call: Node<'_>) -> Option<Value> {
    let passed = named(list);
    let idx = passed.iter().position(|passed| passed.id() == place.id())?;
    let callee = values::callee(walk, call, passed.len())?;
    let root = callee.steps().last();
    let is_foreign = |name: &String| {
        let mut imports = walk.model.imports.iter().filter(|import| !import.module.starts_with('.'));
        imports.any(|import| import.names.iter().any(|imported| imported.local == *name))
    };
    let is_known = match root {
        Some(Value::Name(name)) => !is_foreign(name),
        root => root.is_some(),
    };
    let is_spread = passed.iter().any(|passed| passed.kind() == "spread_element");
    (is_known && !is_spread).then(|| callee.taken(idx))
}

/// What may be set: its declared type counts, whatever was tested before.
fn target(walk: &Walk<'_>, left: Node<'_>) -> Option<Value> {
    let is_plain = matches!(left.kind(), "identifier" | "member_expression");
    match value(walk, left) {
        Value::Passed(target, again) if again == Value::AGAIN && is_plain => Some(*target),
        Value::Unknown => None,
        target => is_plain.then_some(target),
    }
}

fn returned(walk: &Walk<'_>, way: &mut Way, from: usize) -> Option<Value> {
    let is_function = |node: &Node<'_>| {
        let kind = node.kind();
        kind.contains("function") || kind == "method_definition"
    };
    let function = walk.around().skip(from).find(is_function)?;
    result(walk, way, function)
}

/// What a function has to give back.
fn result(walk: &Walk<'_>, way: &mut Way, function: Node<'_>) -> Option<Value> {
    let ty = child(function, "return_type").filter(|ty| ty.kind() == "type_annotation")?;
    if function.kind().contains("generator") || child_of_kind(function, "*").is_some() {
        return None;
    }
    if child_of_kind(function, "async").is_none() {
        return Some(Value::Of(written(walk, ty, function)));
    }
    let held = types::argument_of(ty, "Promise", walk.source)?;
    // An asynchronous function waits for what it gives back.
    let waits = way.inside.is_empty();
    way.made.extend(waits.then_some("await"));
    Some(Value::Of(written(walk, held, function)))
}
