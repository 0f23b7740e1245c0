//! What calls give, as far as it can be worked out from what they say.

use super::values::{DEPTH, MEMBERS, chained, of, plain};
use super::written::made;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;

fn called(walk: &Walk<'_>, call: Node<'_>, depth: usize) -> Value {
    let Some(function) = child(call, "function") else { return Value::Unknown };
    let n = child(call, "arguments").map_or(0, |list| named(list).len());
    if child_of_kind(call, "optional_chain").is_some() || child_of_kind(call, "?.").is_some() {
        return Value::Unknown;
    }
    if let Some(given) = by_library(walk, call, depth) {
        return given;
    }
    match (function.kind(), child(function, "object"), child(function, "property")) {
        ("identifier", ..) => Value::Name(walk.text(function).to_owned()).called("", n),
        ("member_expression", Some(on), Some(name))
            if child_of_kind(function, "optional_chain").is_none() =>
        {
            of(walk, on, depth).called(walk.text(name), n)
        }
        // `room?.seats()`
        ("member_expression", Some(on), Some(name)) => {
            let on = of(walk, on, depth);
            let given = on.clone().passed(Value::PRESENT).called(walk.text(name), n);
            chained(on, given)
        }
        _ => Value::Unknown,
    }
}

/// What functions of the library give that say as much as what they are given.
fn by_library(walk: &Walk<'_>, call: Node<'_>, depth: usize) -> Option<Value> {
    let function = child(call, "function")?;
    let object = child(function, "object").filter(|object| object.kind() == "identifier")?;
    if walk.scopes.is_local(walk.scopes.current(), walk.text(object), object.start_byte()) {
        return None;
    }
    let mark = match walk.text(function) {
        "Promise.all" => Value::ALL,
        "Array.from" => Value::SPREAD,
        "Object.values" => Value::VALUES,
        "Object.entries" => Value::ENTRIES,
        _ => return None,
    };
    let list = named(child(call, "arguments")?);
    let given = list.first().filter(|_| list.len() == 1)?;
    let value = if given.kind() == "array" { listed(walk, *given, depth) } else { of(walk, *given, depth) };
    Some(if value == Value::Unknown && mark != Value::ALL { plain("_[]") } else { value.passed(mark) })
}

/// A list of which each place is written out.
fn listed(walk: &Walk<'_>, list: Node<'_>, depth: usize) -> Value {
    let places = named(list);
    if places.len() > MEMBERS || places.iter().any(|place| place.kind() == "spread_element") {
        return plain("_[]");
    }
    let known = |place: &Node<'_>| match of(walk, *place, depth) {
        Value::Unknown => plain("_"),
        value => value,
    };
    Value::Either(places.iter().map(known).collect()).passed(Value::PLACES_OF)
}

/// What a call gives.
pub(super) fn given(walk: &Walk<'_>, call: Node<'_>, depth: usize) -> Value {
    let given = called(walk, call, depth);
    gathered(walk, call, &given, depth).unwrap_or_else(|| sifted(walk, call, given))
}

/// What `list.map(one => …)` gives, where the function is one expression.
fn gathered(walk: &Walk<'_>, call: Node<'_>, given: &Value, depth: usize) -> Option<Value> {
    let Value::Call(Some(list), name, _) = given else { return None };
    let list_of_functions = child(call, "arguments").map(named)?;
    let function = list_of_functions.first().filter(|function| function.kind() == "arrow_function")?;
    let body = child(*function, "body").filter(|body| name == "map" && body.kind() != "statement_block")?;
    let mut names = names_of(walk, *function)?.into_iter();
    let each = list.clone().passed(Value::EACH);
    let body = with(of(walk, body, depth.checked_sub(1)?), names.next()?, &each);
    let body = names.fold(body, |body, name| with(body, name, &Value::Unknown));
    let is_async = child_of_kind(*function, "async").is_some();
    let body = if is_async { body.passed(Value::PROMISED) } else { body };
    let known = body != Value::Unknown && each != Value::Unknown;
    known.then(|| Value::Either(vec![given.clone(), body]).passed(Value::GATHERED))
}

/// The names of the parameters of a function that takes nothing apart and states no types.
fn names_of<'a>(walk: &Walk<'a>, function: Node<'_>) -> Option<Vec<&'a str>> {
    if let Some(name) = child(function, "parameter") {
        return Some(vec![walk.text(name)]);
    }
    let params = child(function, "parameters").map(named)?;
    let name = |param: Node<'_>| {
        let pattern = child(param, "pattern").filter(|_| param.kind() == "required_parameter");
        let says_more = ["type", "value"].iter().any(|field| child(param, field).is_some());
        let plain = pattern.filter(|pattern| pattern.kind() == "identifier" && !says_more);
        plain.map(|pattern| walk.text(pattern))
    };
    params.into_iter().map(name).collect()
}

/// A value with another one in place of a name.
fn with(value: Value, name: &str, by: &Value) -> Value {
    let inside = |value: Box<Value>| with(*value, name, by);
    let all = |all: Vec<Value>| all.into_iter().map(|one| with(one, name, by)).collect::<Vec<_>>();
    match value {
        Value::Name(own) if own == name => by.clone(),
        Value::Field(on, field) => inside(on).field(&field),
        Value::Call(Some(on), called, n) => inside(on).called(&called, n),
        Value::Passed(on, mark) => inside(on).passed(&mark),
        Value::Element(of) => inside(of).wrapped(Value::Element),
        Value::Content(of) => inside(of).content(),
        Value::Either(parts) => Value::either(all(parts)),
        Value::Joined(parts) => {
            let parts = all(parts);
            if parts.contains(&Value::Unknown) { Value::Unknown } else { Value::Joined(parts) }
        }
        value => value,
    }
}

/// What a call gives; of a list by a test that is passed maybe but a part of what each element may be.
fn sifted(walk: &Walk<'_>, call: Node<'_>, given: Value) -> Value {
    const SIEVES: [&str; 3] = ["filter", "find", "findLast"];
    match given {
        Value::Either(all) => Value::Either(all.into_iter().map(|given| sifted(walk, call, given)).collect()),
        Value::Call(on, name, n) if SIEVES.contains(&name.as_str()) => {
            let test = child(call, "arguments").and_then(|list| named(list).first().copied());
            let mark = test.and_then(|test| tells(walk, test));
            let given = Value::Call(on, name, n);
            mark.map_or(given.clone(), |mark| given.passed(mark))
        }
        given => given,
    }
}

/// The mark of what is left by a test: of a part of each element at most, or of anything.
fn tells(walk: &Walk<'_>, test: Node<'_>) -> Option<&'static str> {
    let text = walk.text(test);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match test.kind() {
        "arrow_function" | "function_expression" if says(&[" is ", "typeof ", " instanceof ", " in "]) => {
            Some(Value::TOLD)
        }
        "arrow_function" | "function_expression" => says(&["==", "!=", "("]).then_some(Value::SIFTED),
        "identifier" | "member_expression" | "call_expression" if text != "Boolean" => Some(Value::TOLD),
        _ => None,
    }
}

/// The call or construction that a node is.
pub(super) fn callee(walk: &Walk<'_>, call: Node<'_>, n: usize) -> Option<Value> {
    match call.kind() {
        "call_expression" => Some(called(walk, call, DEPTH)).filter(|value| *value != Value::Unknown),
        "new_expression" => Some(Value::Name(made(walk, call)?.to_owned()).called(Value::NEW, n)),
        _ => None,
    }
}
