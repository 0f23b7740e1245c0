//! Expressions, as far as their types can be worked out from what they say.

use super::names::{anonymous_type, in_anonymous};
use super::types::{stated, stated_of};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;

/// Longer chains are not followed.
const DEPTH: usize = 8;

/// What an expression is; locals are told apart later.
pub(super) fn value(walk: &Walk<'_>, node: Node<'_>) -> Value {
    of(walk, node, DEPTH)
}

fn of(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Unknown };
    let inner = |field: &str| child(node, field).map(|inner| of(walk, inner, depth));
    let plain = |ty: &str| Value::Of(ty.to_owned());
    match node.kind() {
        "identifier" => Value::Name(walk.text(node).to_owned()),
        "this" if !in_anonymous(walk) => Value::This,
        "this" => anonymous_type(walk).map_or(Value::Unknown, Value::Of),
        "super" if !in_anonymous(walk) => walk.open_super().map_or(Value::Unknown, Value::Of),
        "super" => anonymous_type(walk).map_or(Value::Unknown, Value::Of),
        "parenthesized_expression" => {
            named(node).first().map_or(Value::Unknown, |inner| of(walk, *inner, depth))
        }
        "string_literal" => plain("String"),
        "true" | "false" | "instanceof_expression" => plain("boolean"),
        "character_literal" => plain("char"),
        "class_literal" => plain("Class"),
        kind if kind.ends_with("integer_literal") => {
            plain(if walk.text(node).ends_with(['l', 'L']) { "long" } else { "int" })
        }
        kind if kind.ends_with("floating_point_literal") => {
            plain(if walk.text(node).ends_with(['f', 'F']) { "float" } else { "double" })
        }
        "object_creation_expression" | "cast_expression" => {
            child(node, "type").and_then(|ty| stated(ty, walk.source)).map_or(Value::Unknown, Value::Of)
        }
        "array_access" => match inner("array") {
            Some(Value::Unknown) | None => Value::Unknown,
            Some(array) => Value::Element(Box::new(array)),
        },
        "binary_expression" => binary(walk, node, depth),
        "method_invocation" => {
            let Some(name) = child(node, "name") else { return Value::Unknown };
            let passed = child(node, "arguments").map_or(0, |list| named(list).len());
            let name = walk.text(name).to_owned();
            match inner("object") {
                Some(Value::Unknown) => Value::Unknown,
                Some(on) => Value::Call(Some(Box::new(on)), name, passed),
                // What is around may be the anonymous class itself.
                None if in_anonymous(walk) => Value::Unknown,
                None => Value::Call(None, name, passed),
            }
        }
        "field_access" => match (inner("object"), child(node, "field")) {
            (Some(_), Some(field)) if field.kind() == "this" => {
                child(node, "object").map_or(Value::Unknown, |ty| plain(walk.text(ty)))
            }
            (Some(Value::Unknown), _) | (_, None) | (None, _) => Value::Unknown,
            (Some(on), Some(field)) => Value::Field(Box::new(on), walk.text(field).to_owned()),
        },
        _ => Value::Unknown,
    }
}

/// Comparisons are true or false, and a string with anything is a string.
fn binary(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let operator = child(node, "operator").map_or("", |operator| walk.text(operator));
    let is_string = |field: &str| {
        child(node, field).is_some_and(|side| of(walk, side, depth) == Value::Of("String".to_owned()))
    };
    match operator {
        "==" | "!=" | "<" | ">" | "<=" | ">=" | "&&" | "||" => Value::Of("boolean".to_owned()),
        "+" if is_string("left") || is_string("right") => Value::Of("String".to_owned()),
        _ => Value::Unknown,
    }
}

/// Where the result of the expression at the current node goes.
pub(super) fn wanted(walk: &Walk<'_>) -> Value {
    let Some(around) = walk.above(0) else { return Value::Unknown };
    match around.kind() {
        "variable_declarator" if walk.field() == "value" => {
            let ty = walk.above(1).and_then(|declaration| child(declaration, "type"));
            let ty = ty.and_then(|ty| stated_of(ty, around, walk.source)).filter(|ty| ty != "var");
            ty.map_or(Value::Unknown, Value::Of)
        }
        "assignment_expression" if walk.field() == "right" => {
            let plain = child(around, "operator").is_some_and(|operator| walk.text(operator) == "=");
            child(around, "left").filter(|_| plain).map_or(Value::Unknown, |left| value(walk, left))
        }
        "return_statement" => returned(walk),
        "parenthesized_expression" => match walk.kind_above(1) {
            "if_statement" | "while_statement" | "do_statement" => Value::Of("boolean".to_owned()),
            _ => Value::Unknown,
        },
        "unary_expression" if walk.text(around).starts_with('!') => Value::Of("boolean".to_owned()),
        "throw_statement" => Value::Of("Throwable".to_owned()),
        _ => Value::Unknown,
    }
}

/// What the method around the current node returns.
fn returned(walk: &Walk<'_>) -> Value {
    let method = walk.around().find(|node| matches!(node.kind(), "method_declaration" | "lambda_expression"));
    let Some(method) = method.filter(|method| method.kind() == "method_declaration") else {
        return Value::Unknown;
    };
    let ty = child(method, "type").and_then(|ty| stated(ty, walk.source));
    ty.map_or(Value::Unknown, Value::Of)
}

/// The names of the methods that the class body of an expression states.
pub(super) fn stated_methods(walk: &Walk<'_>, node: Node<'_>) -> Option<Vec<String>> {
    let body = child_of_kind(node, "class_body")?;
    let methods = named(body).into_iter().filter(|member| member.kind() == "method_declaration");
    Some(methods.filter_map(|method| Some(walk.text(child(method, "name")?).to_owned())).collect())
}
