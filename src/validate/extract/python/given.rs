//! What loops, comprehensions and small functions are given one by one.

use super::values;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;

/// Each element of what a loop or a clause of a comprehension goes through, where one name takes it.
pub(super) fn element<'a>(walk: &Walk<'a>, loop_over: Node<'a>) -> Value {
    let (Some(left), Some(list)) = (child(loop_over, "left"), child(loop_over, "right")) else {
        return Value::Unknown;
    };
    if left.kind() != "identifier" {
        return Value::Unknown;
    }
    each(walk, list)
}

fn each<'a>(walk: &Walk<'a>, list: Node<'a>) -> Value {
    let value = values::value(walk, list).passed(Value::EACH);
    walk.settled_value(value, list.end_byte())
}

/// What a lambda is given: `sorted(rooms, key=lambda room: …)`, `filter(lambda room: …, rooms)`.
pub(super) fn to_lambda<'a>(walk: &Walk<'a>, lambda: Node<'a>) -> Value {
    let takes_one = child(lambda, "parameters").is_some_and(|list| named(list).len() == 1);
    if !takes_one || lambda.kind() != "lambda" {
        return Value::Unknown;
    }
    let is_key = walk.kind_above(0) == "keyword_argument"
        && walk.above(0).and_then(|above| child(above, "name")).is_some_and(|name| walk.text(name) == "key");
    let call = walk.above(if is_key { 2 } else { 1 }).filter(|call| call.kind() == "call");
    let Some((function, list)) = call.and_then(|call| child(call, "function").zip(child(call, "arguments")))
    else {
        return Value::Unknown;
    };
    let all = named(list);
    let is_sort = child(function, "attribute").is_some_and(|name| walk.text(name) == "sort");
    let list = match (walk.text(function), is_key) {
        ("sorted" | "max" | "min", true) => all.first().filter(|first| first.kind() != "list_splat").copied(),
        ("filter" | "map", false) if all.len() == 2 => all.last().copied().filter(|last| *last != lambda),
        _ if is_key && is_sort => child(function, "object"),
        _ => None,
    };
    list.map_or(Value::Unknown, |list| each(walk, list))
}
