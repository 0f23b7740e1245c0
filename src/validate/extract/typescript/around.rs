//! What surrounds uses: what becomes of values, what runs beside what, and where cases are told
//! apart.

use super::written::written;
use super::{names, types, values};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, literal, named, text};
use crate::validate::extract::walk::{Arm, Walk, lock_name, runs_beside};
use crate::validate::model::{Holds, Rest, Taken, Value};

/// Wrappers of an expression that are looked through.
const WRAPPERS: usize = 6;

pub(super) fn note<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "try_statement" => {
            let body = child(node, "body").filter(|_| child(node, "handler").is_some());
            body.into_iter().for_each(|body| walk.hold(Holds::Catch, body.byte_range()));
        }
        "throw_statement" => {
            let thrown = named(node).first().copied();
            let class = thrown.and_then(|value| child(value, "constructor"));
            let what = class.map_or("an error", |class| walk.text(types::last_name(class)));
            walk.throws(node, what);
        }
        "call_expression" => arguments(walk, node),
        "switch_statement" => switch(walk, node),
        _ => {}
    }
}

/// `lock.runExclusive(() => …)` holds a lock, and `emitter.on('x', () => …)` runs later.
fn arguments<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(function), Some(list)) = (child(node, "function"), child(node, "arguments")) else { return };
    match (child(function, "object"), child(function, "property")) {
        (Some(object), Some(name)) if matches!(walk.text(name), "runExclusive" | "acquire" | "withLock") => {
            if let Some(lock) = lock_name(walk.text(object)) {
                walk.hold(Holds::Lock(lock.to_owned()), list.byte_range());
            }
        }
        (_, name) if runs_beside(walk.text(name.unwrap_or(function))) => {
            walk.hold(Holds::Beside, list.byte_range());
        }
        _ => {}
    }
}

/// What becomes of the value of the current node, a call.
pub(super) fn taken(walk: &Walk<'_>) -> Taken {
    let wraps = |kind| {
        matches!(
            kind,
            "await_expression" | "parenthesized_expression" | "non_null_expression" | "satisfies_expression"
        )
    };
    let mut up = (0..WRAPPERS).find(|up| !wraps(walk.kind_above(*up))).unwrap_or_default();
    if up == 0 && walk.kind_above(0) == "ternary_expression" && walk.field() != "condition" {
        up = (1..WRAPPERS).find(|up| !wraps(walk.kind_above(*up))).unwrap_or(1);
    }
    let Some(above) = walk.above(up) else { return Taken::Unknown };
    let is_present = (0..up).any(|up| walk.kind_above(up) == "non_null_expression");
    match above.kind() {
        "variable_declarator" | "for_in_statement" | "spread_element" if is_present => Taken::Value,
        "expression_statement" => Taken::Dropped,
        "member_expression" if child_of_kind(above, "optional_chain").is_some() => Taken::Tested,
        // `(f())!` is an answer to the question.
        "member_expression" if up > 0 && walk.kind_above(up - 1) == "non_null_expression" => Taken::Tested,
        "member_expression" => member(walk, above),
        "variable_declarator" => match (child(above, "name"), child(above, "type")) {
            (_, Some(stated)) => Taken::Stated(types::annotation(Some(stated), walk.source)),
            (Some(pattern), None) if pattern.kind() == "array_pattern" => Taken::Listed,
            (Some(pattern), None) => Taken::Bound(named(pattern).len().max(1)),
            (None, None) => Taken::Unknown,
        },
        "binary_expression" => {
            let is_test = ["??", "||", "&&", "==", "!=", "===", "!=="];
            let operator = child(above, "operator").map_or("", |operator| operator.kind());
            if is_test.contains(&operator) { Taken::Tested } else { Taken::Value }
        }
        "if_statement" | "while_statement" | "ternary_expression" | "unary_expression" => Taken::Tested,
        "for_in_statement" if is_listed(above) && child(above, "left").is_some() => Taken::Listed,
        "spread_element" if walk.kind_above(up + 1) == "array" => Taken::Listed,
        "arguments" | "pair" | "array" | "template_substitution" | "spread_element" => Taken::Value,
        "return_statement" | "arrow_function" => returned(walk),
        _ => Taken::Unknown,
    }
}

/// Whether a loop is one over what a value holds, one after another.
fn is_listed(statement: Node<'_>) -> bool {
    let operator = child(statement, "operator").map_or("", |operator| operator.kind());
    operator == "of" && child_of_kind(statement, "await").is_none()
}

/// The same of a value that is no call, where it says more than that it is used.
pub(super) fn listed(walk: &Walk<'_>) -> Taken {
    match walk.kind_above(0) {
        "for_in_statement" | "spread_element" => match taken(walk) {
            Taken::Listed if walk.field() != "body" => Taken::Listed,
            _ => Taken::Unknown,
        },
        "variable_declarator" if walk.field() == "value" => match taken(walk) {
            Taken::Listed => Taken::Listed,
            _ => Taken::Unknown,
        },
        _ => Taken::Unknown,
    }
}

fn returned(walk: &Walk<'_>) -> Taken {
    let Some(function) = names::function_above(walk) else { return Taken::Unknown };
    let stated = child(function, "return_type");
    stated.map_or(Taken::Returned, |stated| Taken::Stated(types::annotation(Some(stated), walk.source)))
}

fn member(walk: &Walk<'_>, above: Node<'_>) -> Taken {
    child(above, "property").map_or(Taken::Unknown, |name| Taken::Member(walk.text(name).to_owned()))
}

fn switch<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (mut arms, mut rest) = (Vec::new(), Rest::Unsaid);
    for case in child(node, "body").map(named).unwrap_or_default() {
        match child(case, "value") {
            Some(value) => match arm(walk, value) {
                Some(arm) => arms.push(arm),
                None => return,
            },
            None if says_never(walk.text(case)) => rest = Rest::Never,
            None => rest = Rest::Taken,
        }
    }
    let on = child(node, "value").map_or(Value::Unknown, |value| values::value(walk, value));
    let on = walk.settled_value(on, node.end_byte());
    walk.matching(node, arms, rest, must_give(walk, node)).on = on;
}

/// Whether the current statement is the last of a function that has to give something back: then the
/// compiler demands that it does so in every case.
fn must_give(walk: &Walk<'_>, statement: Node<'_>) -> bool {
    let last = walk.above(0).filter(|block| block.kind() == "statement_block");
    let last = last.and_then(|block| named(block).into_iter().rfind(|one| one.kind() != "comment"));
    if last.is_none_or(|last| last.id() != statement.id()) {
        return false;
    }
    let Some(function) = walk.above(1).filter(|above| child(*above, "return_type").is_some()) else {
        return false;
    };
    let Some(stated) = child(function, "return_type") else { return false };
    let is_async = child_of_kind(function, "async").is_some();
    let ty = if is_async {
        types::argument_of(stated, "Promise", walk.source)
    } else {
        named(stated).first().copied()
    };
    let is_plain = child_of_kind(function, "*").is_none() && stated.kind() == "type_annotation";
    is_plain && ty.is_some_and(|ty| is_something(ty, walk.source))
}

/// Whether a type is surely not that of something missing.
fn is_something(ty: Node<'_>, source: &str) -> bool {
    match ty.kind() {
        "predefined_type" => {
            matches!(text(ty, source), "string" | "number" | "boolean" | "object" | "bigint")
        }
        "array_type" | "object_type" | "tuple_type" | "template_literal_type" => true,
        "literal_type" => !matches!(text(ty, source), "null" | "undefined"),
        "parenthesized_type" => named(ty).first().is_some_and(|ty| is_something(*ty, source)),
        "union_type" => named(ty).into_iter().all(|ty| is_something(ty, source)),
        _ => false,
    }
}

/// `const seats: Record<Kind, number> = { … }`: an object that must have a key for every case.
pub(super) fn keyed<'a>(walk: &mut Walk<'a>, object: Node<'a>) {
    let holder = walk.above(0);
    let stated = holder.and_then(|holder| match holder.kind() {
        "variable_declarator" | "public_field_definition" => child(holder, "type"),
        "satisfies_expression" => named(holder).get(1).copied(),
        _ => None,
    });
    let key = stated.and_then(|stated| types::argument_of(stated, "Record", walk.source));
    let Some(key) = key.filter(|key| key.kind() == "type_identifier") else { return };
    let arms: Option<Vec<Arm<'a>>> = named(object).into_iter().map(|member| key_arm(walk, member)).collect();
    if let Some(arms) = arms.filter(|arms| !arms.is_empty()) {
        let on = walk.settled_value(Value::Of(written(walk, key, object)), object.end_byte());
        walk.matching(object, arms, Rest::Never, false).on = on;
    }
}

fn key_arm<'a>(walk: &Walk<'a>, member: Node<'a>) -> Option<Arm<'a>> {
    let key = match member.kind() {
        "pair" => child(member, "key")?,
        "method_definition" => child(member, "name")?,
        "shorthand_property_identifier" => member,
        _ => return None,
    };
    match key.kind() {
        "computed_property_name" => arm(walk, named(key).first().copied()?),
        _ => Some(Arm { name: types::member_name(key, walk.source)?, of: None }),
    }
}

fn arm<'a>(walk: &Walk<'a>, value: Node<'a>) -> Option<Arm<'a>> {
    match value.kind() {
        "string" => Some(Arm { name: literal(value, walk.source)?, of: None }),
        "member_expression" => {
            let (object, name) = (child(value, "object")?, child(value, "property")?);
            let of = (object.kind() == "identifier").then(|| walk.text(object));
            Some(Arm { name: walk.text(name), of })
        }
        _ => None,
    }
}

/// Whether a branch is there to have the compiler prove that it is never taken.
fn says_never(branch: &str) -> bool {
    const PROOFS: [&str; 9] = [
        ": never",
        "as never",
        "satisfies never",
        "assertNever(",
        "assertUnreachable(",
        "exhaustive(",
        "assertExhaustive(",
        "exhaustiveCheck(",
        "absurd(",
    ];
    PROOFS.iter().any(|proof| branch.contains(proof)) || branch.contains(":never")
}

/// What the values of a type alias or an interface are told apart by.
pub(super) fn cases(node: Node<'_>, source: &str) -> Vec<String> {
    let Some(value) = child(node, "value").or_else(|| child(node, "body")) else { return Vec::new() };
    let mut cases = Vec::new();
    let mut open = vec![value];
    while let Some(node) = open.pop() {
        if cases.len() > 256 {
            return Vec::new();
        }
        match node.kind() {
            "union_type" => open.extend(named(node).into_iter().rev()),
            "literal_type" | "type_identifier" | "object_type" | "interface_body" => {
                let Some(case) = case(node, source) else { return Vec::new() };
                cases.push(case.to_owned());
            }
            _ => return Vec::new(),
        }
    }
    cases
}

fn case<'a>(node: Node<'_>, source: &'a str) -> Option<&'a str> {
    match node.kind() {
        "literal_type" => literal(*named(node).first()?, source),
        "type_identifier" => Some(text(node, source)),
        // The first member whose type is a text tells the objects apart.
        _ => named(node).into_iter().find_map(|member| {
            let stated = child(member, "type").and_then(|ty| named(ty).first().copied())?;
            let plain = named(stated).first().copied().filter(|_| stated.kind() == "literal_type")?;
            literal(plain, source)
        }),
    }
}
