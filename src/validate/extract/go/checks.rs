//! What Go asks of the types of values where it uses them.

use super::values::{self, stated, value};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Asks, Value};

pub(super) fn note<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if walk.field() == "condition" {
        one(walk, node, Asks::True, node);
    }
    if goes_by_itself(node.kind()) {
        goes(walk, node);
    }
    match node.kind() {
        "binary_expression" => operation(walk, node),
        "unary_expression" => unary(walk, node),
        "index_expression" => indexed(walk, node),
        "slice_expression" => operand(walk, node, Asks::Sliced),
        "type_assertion_expression" => operand(walk, node, Asks::Asserted),
        "range_clause" => ranged(walk, node),
        "call_expression" => called(walk, node),
        "type_conversion_expression" => converted(walk, node),
        "send_statement" => sent(walk, node),
        "inc_statement" | "dec_statement" => {
            if let Some(stepped) = named(node).first().copied() {
                one(walk, node, Asks::Number, stepped);
                if is_path(stepped) && is_apart(walk, stepped) {
                    one(walk, node, Asks::Placed, stepped);
                }
            }
        }
        "assignment_statement" => assigned(walk, node),
        "expression_switch_statement" => switched(walk, node),
        "array_type" => {
            if let Some(length) = child(node, "length") {
                one(walk, node, Asks::Constant, length);
            }
        }
        "const_spec" => {
            for part in child(node, "value").map(named).unwrap_or_default() {
                constant(walk, part);
            }
        }
        "map_type" => {
            if let Some(key) = child(node, "key") {
                let key = stated(walk, key);
                walk.check(node, Asks::Key, vec![key]);
            }
        }
        "type_identifier" | "qualified_type" => with_arguments(walk, node),
        _ => {}
    }
}

/// Whether what is set or pointed to is surely no local, nor a part of one.
fn is_apart(walk: &Walk<'_>, node: Node<'_>) -> bool {
    let mut root = node;
    while let Some(inner) = child(root, "operand").filter(|_| root.kind() == "selector_expression") {
        root = inner;
    }
    let is_local = || walk.scopes.is_local(walk.scopes.current(), walk.text(root), root.start_byte());
    super::names::is_fleeting(node) || root.kind() == "identifier" && !is_local()
}

/// Whether an expression is no use of a name, so that nothing else says where it goes.
fn goes_by_itself(kind: &str) -> bool {
    kind.ends_with("_literal") && !matches!(kind, "composite_literal" | "func_literal_body")
        || matches!(
            kind,
            "binary_expression"
                | "unary_expression"
                | "index_expression"
                | "slice_expression"
                | "true"
                | "false"
                | "nil"
        )
}

/// Says where an expression goes.
pub(super) fn goes<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let wanted = values::wanted(walk, node);
    if wanted != Value::Unknown {
        let of = vec![value(walk, node), wanted];
        walk.check(node, Asks::Goes, of);
    }
}

fn one<'a>(walk: &mut Walk<'a>, at: Node<'a>, asks: Asks, of: Node<'a>) {
    let of = value(walk, of);
    walk.check(at, asks, vec![of]);
}

fn operand<'a>(walk: &mut Walk<'a>, node: Node<'a>, asks: Asks) {
    if let Some(operand) = child(node, "operand") {
        one(walk, node, asks, operand);
    }
}

fn operation<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let operator = child(node, "operator").map_or("", |operator| walk.text(operator));
    let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else { return };
    match operator {
        "&&" | "||" => {
            one(walk, node, Asks::True, left);
            one(walk, node, Asks::True, right);
        }
        "<<" | ">>" => one(walk, node, Asks::Number, left),
        _ => {
            let of = vec![value(walk, left), value(walk, right)];
            walk.check(node, Asks::Together(operator.to_owned()), of);
        }
    }
}

fn unary<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let operator = child(node, "operator").map_or("", |operator| walk.text(operator));
    let asks = match operator {
        "*" => Asks::Led,
        "!" => Asks::True,
        "<-" => Asks::Received,
        "-" | "^" => Asks::Number,
        "&" => Asks::Placed,
        _ => return,
    };
    let Some(of) = child(node, "operand").filter(|of| operator != "&" || is_path(*of) && is_apart(walk, *of))
    else {
        return;
    };
    one(walk, node, asks, of);
}

/// Whether an expression names something, alone or behind a dot or in a list.
fn is_path(node: Node<'_>) -> bool {
    matches!(node.kind(), "selector_expression" | "identifier" | "index_expression")
}

fn indexed<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(of), Some(key)) = (child(node, "operand"), child(node, "index")) else { return };
    let of = vec![value(walk, of), value(walk, key)];
    let takes_two = || {
        let statement = walk.above(1)?;
        let right = child(statement, "right").or_else(|| child(statement, "value"))?;
        let is_alone = named(right).len() == 1 && right.byte_range() == node.byte_range();
        let left = child(statement, "left")?;
        Some(is_alone && named(left).len() == 2)
    };
    if takes_two().unwrap_or_default() {
        walk.check(node, Asks::Looked, of.clone());
    }
    walk.check(node, Asks::Indexed, of);
}

fn ranged<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let taken = child(node, "left").map_or(0, |left| named(left).len());
    if let Some(list) = child(node, "right") {
        one(walk, node, Asks::Ranged(taken), list);
    }
}

fn called<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(function), Some(list)) = (child(node, "function"), child(node, "arguments")) else { return };
    let passed: Vec<Node<'a>> = named(list).into_iter().filter(|part| part.kind() != "comment").collect();
    let is_local =
        |name: Node<'_>| walk.scopes.is_local(walk.scopes.current(), walk.text(name), name.start_byte());
    if function.kind() == "identifier" && !is_local(function) {
        let spreads = passed.last().is_some_and(|last| last.kind() == "variadic_argument");
        match (walk.text(function), passed.as_slice()) {
            ("append", [list, others @ ..]) => {
                let mut of = vec![value(walk, *list)];
                if !spreads {
                    // What is not known of one says nothing of the others.
                    of.extend(
                        others.iter().map(|other| value(walk, *other)).filter(|of| *of != Value::Unknown),
                    );
                }
                walk.check(node, Asks::Appended, of);
                return;
            }
            ("len" | "cap", [of]) => return one(walk, node, Asks::Counted, *of),
            ("close", [of]) => return one(walk, node, Asks::Closed, *of),
            _ => {}
        }
    }
    if !matches!(function.kind(), "identifier" | "selector_expression") {
        return;
    }
    one(walk, node, Asks::Called, function);
    if passed.last().is_some_and(|last| last.kind() == "variadic_argument") {
        one(walk, node, Asks::Spread, function);
    }
    if let [only] = passed.as_slice()
        && only.kind() != "variadic_argument"
    {
        let of = vec![value(walk, function), value(walk, *only)];
        walk.check(node, Asks::Given, of);
    }
}

fn converted<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(ty), Some(of)) = (child(node, "type"), child(node, "operand")) else { return };
    let of = vec![stated(walk, ty), value(walk, of)];
    walk.check(node, Asks::Given, of);
}

fn sent<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(channel), Some(given)) = (child(node, "channel"), child(node, "value")) else { return };
    let of = vec![value(walk, channel), value(walk, given)];
    walk.check(node, Asks::Sent, of);
}

fn assigned<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else { return };
    let operator = child(node, "operator").map_or("", |operator| walk.text(operator));
    let (left, right) = (named(left), named(right));
    for target in left.iter().filter(|target| is_path(**target)) {
        if is_apart(walk, *target) {
            one(walk, node, Asks::Placed, *target);
        }
    }
    let (Some(operator), [target], [given]) = (operator.strip_suffix('='), &left[..], &right[..]) else {
        return;
    };
    if !matches!(operator, "" | "<<" | ">>") {
        let of = vec![value(walk, *target), value(walk, *given)];
        walk.check(node, Asks::Together(operator.to_owned()), of);
    }
}

fn switched<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(over) = child(node, "value") else { return };
    let over = value(walk, over);
    for case in named(node).into_iter().filter(|part| part.kind() == "expression_case") {
        for one in child(case, "value").map(named).unwrap_or_default() {
            let of = vec![over.clone(), value(walk, one)];
            walk.check(case, Asks::Together("==".to_owned()), of);
        }
    }
}

/// The names that the value of a constant is calculated of.
fn constant<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "identifier" | "selector_expression" => one(walk, node, Asks::Constant, node),
        "binary_expression" | "unary_expression" | "parenthesized_expression" => {
            named(node).into_iter().for_each(|part| constant(walk, part));
        }
        _ => {}
    }
}

/// How many arguments a type is given, where it stands alone or with them.
fn with_arguments<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let above = walk.kind_above(0);
    let is_named = matches!(walk.field(), "name") || above == "qualified_type" || values::is_hole(walk, node);
    if is_named || walk.kind_above(0) == "type_elem" {
        return;
    }
    let list =
        walk.above(0).filter(|_| above == "generic_type").and_then(|whole| child(whole, "type_arguments"));
    let given = list.map_or(0, |list| named(list).len());
    let of = Value::Of(walk.text(node).to_owned());
    let is_first = above != "generic_type" || walk.field() == "type";
    if is_first && child_of_kind(node, "ERROR").is_none() {
        walk.check(node, Asks::Arguments(given), vec![of]);
    }
}
