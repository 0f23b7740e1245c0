//! What a function is given by what calls it, or by what is said of it where it is written out.

use super::values;
use super::written::written;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;

/// What the current function, which has no scope yet for its callers, is given.
pub(super) struct Given {
    /// In its places, where these are all known.
    places: [Value; 2],
    /// A function of its type.
    as_of: Value,
}

impl Given {
    pub(super) fn of(walk: &Walk<'_>, function: Node<'_>) -> Self {
        let first = match list_gone_through(walk) {
            Some(list) => values::each_of(walk, list),
            None => promised(walk, function).map_or(Value::Unknown, |on| values::value(walk, on).content()),
        };
        let places = [first, second_given(walk)];
        let as_of =
            if places == [Value::Unknown, Value::Unknown] { typed(walk, function) } else { Value::Unknown };
        Self { places, as_of }
    }

    /// What its parameter at a place is.
    pub(super) fn at(&self, place: usize) -> Value {
        match self.places.get(place) {
            Some(known) if *known != Value::Unknown => known.clone(),
            _ => self.as_of.clone().passed(&format!("{}{place}", Value::GIVEN)),
        }
    }
}

/// A function as what it is passed to takes it, or as it is said to be.
fn typed(walk: &Walk<'_>, function: Node<'_>) -> Value {
    let Some(above) = walk.above(0).filter(|_| function.kind() != "method_definition") else {
        return Value::Unknown;
    };
    match above.kind() {
        "arguments" => {
            let passed = named(above);
            let call = walk.above(1);
            let place = passed.iter().position(|one| one.id() == function.id());
            let callee = call.and_then(|call| values::callee(walk, call, passed.len()));
            callee.zip(place).map_or(Value::Unknown, |(callee, place)| callee.taken(place))
        }
        "variable_declarator" | "public_field_definition" => {
            child(above, "type").map_or(Value::Unknown, |ty| Value::Of(written(walk, ty, above)))
        }
        _ => Value::Unknown,
    }
}

/// What the current function, which has no scope yet for its callers, is given beside the first.
fn second_given(walk: &Walk<'_>) -> Value {
    let list =
        called_with_function(walk).filter(|(_, name)| matches!(*name, "reduce" | "reduceRight" | "sort"));
    list.map_or(Value::Unknown, |(list, _)| values::each_of(walk, list))
}

/// The value, and the method of it, that is called with the current function.
fn called_with_function<'a>(walk: &Walk<'a>) -> Option<(Node<'a>, &'a str)> {
    let call = walk.above(1).filter(|_| walk.kind_above(0) == "arguments")?;
    let function = child(call, "function").filter(|function| function.kind() == "member_expression")?;
    Some((child(function, "object")?, walk.text(child(function, "property")?)))
}

/// The list whose elements the current function is given one by one.
pub(super) fn list_gone_through<'a>(walk: &Walk<'a>) -> Option<Node<'a>> {
    const EACH: [&str; 10] =
        ["map", "filter", "forEach", "find", "some", "every", "flatMap", "findIndex", "findLast", "sort"];
    called_with_function(walk).filter(|(_, name)| EACH.contains(name)).map(|(list, _)| list)
}

/// The promise whose content the current function is given.
fn promised<'a>(walk: &Walk<'a>, given: Node<'a>) -> Option<Node<'a>> {
    let (on, name) = called_with_function(walk)?;
    let first = walk.above(0).and_then(|list| named(list).first().copied());
    let is_first = first.is_some_and(|first| first.id() == given.id());
    Some(on).filter(|_| name == "then" && is_first)
}
