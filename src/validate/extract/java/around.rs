//! What surrounds uses: what becomes of values, what is locked or caught, what runs beside, and
//! where cases are told apart.

use super::types;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named};
use crate::validate::extract::walk::{Arm, Walk, lock_name, runs_beside};
use crate::validate::model::{Fails, Holds, Rest, Taken, Value};

pub(super) fn note<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "try_statement" | "try_with_resources_statement" => {
            let body = child(node, "body").filter(|_| child_of_kind(node, "catch_clause").is_some());
            body.into_iter().for_each(|body| {
                let span = node.start_byte()..body.end_byte();
                walk.hold(Holds::Catches(caught(node, walk.source)), span.clone());
                walk.hold(Holds::Catch, span);
            });
        }
        "lambda_expression" => {
            let holds = lambda(walk, node);
            walk.hold(holds, node.byte_range());
        }
        "synchronized_statement" => {
            let lock = child_of_kind(node, "parenthesized_expression").map_or("", |lock| walk.text(lock));
            if let (Some(lock), Some(body)) = (lock_name(lock), child(node, "body")) {
                walk.hold(Holds::Lock(lock.to_owned()), body.byte_range());
            }
        }
        "method_declaration" if super::has_modifier(node, "synchronized") => {
            walk.hold(Holds::Lock("this".to_owned()), node.byte_range());
        }
        "method_invocation" => call(walk, node),
        "object_creation_expression" => {
            let ty = child(node, "type").map_or("", |ty| walk.text(ty));
            if let Some(list) = child(node, "arguments").filter(|_| runs_beside(ty)) {
                walk.hold(Holds::Beside, list.byte_range());
            }
        }
        "switch_expression" => switch(walk, node),
        _ => {}
    }
}

/// `lock.lock()` locks to the end of the block or of the `try` that gives it back.
fn call<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(name), Some(list)) = (child(node, "name"), child(node, "arguments")) else { return };
    if runs_beside(walk.text(name)) {
        walk.hold(Holds::Beside, list.byte_range());
    }
    let (Some(object), Some(statement)) = (child(node, "object"), walk.above(0)) else { return };
    let locks = walk.text(name) == "lock" && statement.kind() == "expression_statement";
    // `rw.readLock().lock()` is the lock `rw`.
    let written = walk.text(object).trim_end_matches("()");
    let written = written.trim_end_matches(".readLock").trim_end_matches(".writeLock");
    if let Some(lock) = lock_name(written).filter(|_| locks) {
        let release = format!("{}.unlock();", walk.text(object));
        let end = walk.locked_until(statement, |text| text == release);
        walk.hold(Holds::Lock(lock.to_owned()), statement.end_byte()..end);
    }
}

/// The exceptions that a method declares.
pub(super) fn throws(node: Node<'_>, source: &str) -> Fails {
    let names = thrown(node, source);
    if names.is_empty() { Fails::No } else { Fails::Throws(names) }
}

fn thrown(node: Node<'_>, source: &str) -> Vec<String> {
    let listed = child_of_kind(node, "throws").map(named).unwrap_or_default();
    listed.into_iter().filter_map(|ty| types::type_name(ty, source)).collect()
}

/// The body of a method of a class that is no definition.
pub(super) fn inner_body<'a>(walk: &mut Walk<'a>, method: Node<'a>) {
    let throws = thrown(method, walk.source);
    walk.hold(Holds::Method(throws), method.byte_range());
}

/// The types that a `try` catches.
fn caught(node: Node<'_>, source: &str) -> Vec<String> {
    let clauses = named(node).into_iter().filter(|clause| clause.kind() == "catch_clause");
    let parameters = clauses.filter_map(|clause| child_of_kind(clause, "catch_formal_parameter"));
    let types = parameters.filter_map(|parameter| child_of_kind(parameter, "catch_type")).flat_map(named);
    types.filter_map(|ty| types::type_name(ty, source)).collect()
}

/// Where a lambda goes.
fn lambda(walk: &Walk<'_>, node: Node<'_>) -> Holds {
    let Some(around) = walk.above(0) else { return Holds::LambdaOf(String::new()) };
    if around.kind() == "argument_list"
        && let Some(name) = walk.above(1).and_then(called)
    {
        let place = named(around).iter().position(|argument| argument.start_byte() == node.start_byte());
        return place.map_or(Holds::LambdaOf(String::new()), |at| Holds::Lambda(name.start_byte(), at));
    }
    match super::values::wanted(walk, node) {
        Value::Of(ty) => Holds::LambdaOf(ty),
        _ => Holds::LambdaOf(String::new()),
    }
}

/// The name by which a call or a construction is known.
fn called(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "method_invocation" => child(node, "name"),
        "object_creation_expression" => child(node, "type").filter(|ty| ty.kind() == "type_identifier"),
        _ => None,
    }
}

/// What becomes of the value of the current node, a call.
pub(super) fn taken(walk: &Walk<'_>) -> Taken {
    let up = usize::from(walk.kind_above(0) == "parenthesized_expression");
    let Some(above) = walk.above(up) else { return Taken::Unknown };
    let member =
        |field| child(above, field).map_or(Taken::Unknown, |name| Taken::Member(walk.text(name).to_owned()));
    match above.kind() {
        "expression_statement" => Taken::Dropped,
        "method_invocation" => member("name"),
        "field_access" => member("field"),
        "variable_declarator" => match walk.above(up + 1).and_then(|outer| child(outer, "type")) {
            Some(stated) if walk.text(stated) == "var" => Taken::Bound(1),
            Some(stated) => Taken::Stated(types::ty(stated, walk.source)),
            None => Taken::Unknown,
        },
        "argument_list" | "binary_expression" | "unary_expression" | "array_access" => Taken::Value,
        "if_statement" | "while_statement" => Taken::Value,
        "enhanced_for_statement" => Taken::Value,
        _ => Taken::Unknown,
    }
}

fn switch<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (mut arms, mut rest) = (Vec::new(), Rest::Unsaid);
    for group in child(node, "body").map(named).unwrap_or_default() {
        for label in named(group).into_iter().filter(|part| part.kind() == "switch_label") {
            let parts = named(label);
            if walk.text(label).trim_end_matches([':', ' ']).ends_with("default") {
                rest = Rest::Taken;
            } else if parts.iter().any(|part| part.kind() == "guard") {
                // A case that holds only sometimes covers nothing.
            } else if !parts.into_iter().all(|part| add_arm(walk, part, &mut arms)) {
                return;
            }
        }
    }
    let is_value = !matches!(walk.kind_above(0), "expression_statement" | "block" | "");
    walk.matching(node, arms, rest, is_value);
}

/// Adds what a label names; false when it is something else.
fn add_arm<'a>(walk: &Walk<'a>, part: Node<'a>, arms: &mut Vec<Arm<'a>>) -> bool {
    let name = match part.kind() {
        "identifier" => part,
        "string_literal" => return false,
        "field_access" => {
            let (Some(of), Some(name)) = (child(part, "object"), child(part, "field")) else { return false };
            arms.push(Arm { name: walk.text(name), of: Some(walk.text(of)) });
            return true;
        }
        "pattern" | "type_pattern" | "record_pattern" => {
            let mut inner = part;
            while let Some(first) =
                named(inner).first().copied().filter(|_| inner.kind() != "type_identifier")
            {
                inner = first;
            }
            inner
        }
        _ => return false,
    };
    arms.push(Arm { name: walk.text(name), of: None });
    true
}
