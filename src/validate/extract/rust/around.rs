//! What surrounds uses: what becomes of values, what is locked, and what runs beside.

use super::types;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::walk::{Walk, lock_name, runs_beside};
use crate::validate::model::{Holds, Taken};

/// Calls between a lock and the guard it gives: `lock().unwrap()`.
const STEPS: usize = 4;

pub(super) fn note<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if node.kind() != "call_expression" {
        return;
    }
    let (Some(function), Some(list)) = (child(node, "function"), child(node, "arguments")) else { return };
    let name = child(function, "field").or_else(|| child(function, "name")).unwrap_or(function);
    match walk.text(name) {
        name if runs_beside(name) => walk.hold(Holds::Beside, list.byte_range()),
        "lock" | "write" | "read" if list.named_child_count() == 0 => lock(walk, node, function),
        _ => {}
    }
}

/// A guard that is bound holds its lock until it is dropped or the block ends; another one until
/// the end of the statement.
fn lock<'a>(walk: &mut Walk<'a>, node: Node<'a>, function: Node<'a>) {
    let Some(name) = child(function, "value").and_then(|value| lock_name(walk.text(value))) else { return };
    let name = name.to_owned();
    let steps = |kind| {
        matches!(
            kind,
            "try_expression"
                | "await_expression"
                | "field_expression"
                | "call_expression"
                | "reference_expression"
        )
    };
    let up = (0..2 * STEPS).find(|up| !steps(walk.kind_above(*up))).unwrap_or_default();
    let Some(above) = walk.above(up) else { return };
    let is_guard = |name: Node<'_>| matches!(walk.text(name), "unwrap" | "expect" | "unwrap_or_else");
    let takes_out = |step: Node<'_>| child(step, "field").is_some_and(|name| !is_guard(name));
    // What a method takes out of the guard is bound without it.
    let is_bound = !(0..up).filter_map(|up| walk.above(up)).any(takes_out);
    let end = match (above.kind(), child(above, "pattern")) {
        ("let_declaration", Some(pattern)) if is_bound => {
            let drop = format!("drop({});", walk.text(pattern).trim_start_matches("mut "));
            walk.locked_until(above, |text| text == drop)
        }
        _ => above.end_byte(),
    };
    walk.hold(Holds::Lock(name), node.start_byte()..end);
}

/// What becomes of the value of the current node, a call or the like.
pub(super) fn taken(walk: &Walk<'_>, node: Node<'_>) -> Taken {
    let up = usize::from(walk.kind_above(0) == "await_expression");
    let Some(above) = walk.above(up) else { return Taken::Unknown };
    match above.kind() {
        "expression_statement" => Taken::Dropped,
        "try_expression" => Taken::Tried,
        "let_condition" => taken_apart(walk, child(above, "pattern")),
        "match_expression" if up > 0 || walk.field() == "value" => {
            let arms =
                child(above, "body").and_then(|body| named(body).into_iter().find(|arm| !arm.is_extra()));
            taken_apart(walk, arms.and_then(|arm| child(arm, "pattern")))
        }
        "field_expression" => match child(above, "field") {
            Some(name) => Taken::Member(walk.text(name).to_owned()),
            None => Taken::Unknown,
        },
        "let_declaration" => match (child(above, "pattern"), child(above, "type")) {
            (_, Some(stated)) => Taken::Stated(types::annotation(Some(stated), walk.source)),
            (Some(pattern), None) if walk.text(pattern) == "_" => Taken::Dropped,
            (Some(pattern), None) if pattern.kind() == "identifier" => Taken::Bound(1),
            (pattern @ Some(_), None) if child(above, "alternative").is_some() => taken_apart(walk, pattern),
            _ => Taken::Unknown,
        },
        "binary_expression" => match child(above, "operator").map_or("", |operator| walk.text(operator)) {
            "==" | "!=" | "<" | ">" | "<=" | ">=" => Taken::Tested,
            _ => Taken::Value,
        },
        "index_expression" if above.start_byte() == node.start_byte() => Taken::Indexed,
        "index_expression" | "range_expression" | "type_cast_expression" | "unary_expression" => Taken::Value,
        "compound_assignment_expr" if up > 0 || walk.field() == "right" => Taken::Value,
        "if_expression" | "while_expression" if up > 0 || walk.field() == "condition" => Taken::Value,
        _ => Taken::Unknown,
    }
}

/// A value that is compared with patterns, of which this is the first.
fn taken_apart(walk: &Walk<'_>, pattern: Option<Node<'_>>) -> Taken {
    let mut pattern = pattern;
    for _ in 0..STEPS {
        let Some(at) = pattern else { break };
        pattern = match at.kind() {
            "match_pattern" | "or_pattern" | "reference_pattern" => named(at).first().copied(),
            "tuple_struct_pattern" => child(at, "type"),
            "identifier" => return Taken::Apart(walk.text(at).to_owned()),
            "integer_literal" | "negative_literal" => return Taken::Apart(Taken::NUMBER.to_owned()),
            _ => None,
        };
    }
    Taken::Tested
}
