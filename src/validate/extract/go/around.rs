//! What surrounds uses: what becomes of values, what is locked, and what runs beside.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::walk::{Walk, lock_name, runs_beside};
use crate::validate::model::{Holds, Taken};

pub(super) fn note<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "go_statement" => walk.hold(Holds::Beside, node.byte_range()),
        "call_expression" => call(walk, node),
        _ => {}
    }
}

/// `mu.Lock()` locks until `mu.Unlock()` beside it, and with `defer` until the end of the block.
fn call<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(function), Some(list)) = (child(node, "function"), child(node, "arguments")) else { return };
    let Some(name) = child(function, "field") else { return };
    let (name, written) = (walk.text(name), walk.text(function));
    if runs_beside(name) {
        walk.hold(Holds::Beside, list.byte_range());
    }
    let release = match name {
        "Lock" => "Unlock",
        "RLock" => "RUnlock",
        _ => return,
    };
    let (Some(object), Some(statement)) = (child(function, "operand"), walk.above(0)) else { return };
    if statement.kind() != "expression_statement" {
        return;
    }
    let release = format!("{}{release}()", &written[..written.len() - name.len()]);
    let end = walk.locked_until(statement, |text| text == release);
    if let Some(lock) = lock_name(walk.text(object)) {
        walk.hold(Holds::Lock(lock.to_owned()), statement.end_byte()..end);
    }
}

/// What becomes of the value of the current node, a call.
pub(super) fn taken(walk: &Walk<'_>) -> Taken {
    let Some(above) = walk.above(0) else { return Taken::Unknown };
    match above.kind() {
        "expression_statement" | "go_statement" | "defer_statement" => Taken::Dropped,
        "selector_expression" => match child(above, "field") {
            Some(name) => Taken::Member(walk.text(name).to_owned()),
            None => Taken::Unknown,
        },
        "expression_list" if named(above).len() == 1 => bound(walk),
        "expression_list" => match walk.kind_above(1) {
            "return_statement" | "short_var_declaration" | "assignment_statement" | "var_spec" => {
                Taken::Value
            }
            _ => Taken::Unknown,
        },
        // `f(g())` passes as many as `g` returns.
        "argument_list" if named(above).len() > 1 => Taken::Value,
        "binary_expression" if has_number(above) => Taken::Operand,
        "binary_expression" | "unary_expression" | "index_expression" | "keyed_element" => Taken::Value,
        _ => Taken::Unknown,
    }
}

/// Whether one side of an operation is a number that is written out.
fn has_number(operation: Node<'_>) -> bool {
    let is_number = |node: &Node<'_>| matches!(node.kind(), "int_literal" | "float_literal");
    named(operation).iter().any(is_number)
}

/// How many names a call alone on the right is bound to.
fn bound(walk: &Walk<'_>) -> Taken {
    let Some(statement) = walk.above(1) else { return Taken::Unknown };
    match statement.kind() {
        "short_var_declaration" | "assignment_statement" => {
            child(statement, "left").map_or(Taken::Unknown, |left| Taken::Bound(named(left).len()))
        }
        "return_statement" => super::values::n_returned(walk).map_or(Taken::Unknown, Taken::Bound),
        "var_spec" => Taken::Bound(crate::validate::extract::syntax::children(statement, "name").len()),
        _ => Taken::Unknown,
    }
}
