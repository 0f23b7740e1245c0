//! Expressions, as far as their types can be worked out from what they say.

use super::names::{anonymous_type, in_anonymous};
use super::types::{brackets_of, stated, with_args};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Asks, Value};

/// Longer chains are not followed.
const DEPTH: usize = 8;

/// What an expression is; locals are told apart later.
pub(super) fn value(walk: &Walk<'_>, node: Node<'_>) -> Value {
    of(walk, node, DEPTH)
}

fn of(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Unknown };
    let inner = |field: &str| child(node, field).map(|inner| of(walk, inner, depth));
    match node.kind() {
        "identifier" => Value::Name(walk.text(node).to_owned()),
        "this" if !in_anonymous(walk) => Value::This,
        "this" => anonymous_type(walk).map_or(Value::Unknown, Value::Of),
        "super" if !in_anonymous(walk) => walk.open_super().map_or(Value::Unknown, Value::Of),
        "super" => anonymous_type(walk).map_or(Value::Unknown, Value::Of),
        "parenthesized_expression" => {
            named(node).first().map_or(Value::Unknown, |inner| of(walk, *inner, depth))
        }
        "ternary_expression" => {
            Value::either(["consequence", "alternative"].map(|side| inner(side).unwrap_or_default()).to_vec())
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
            child(node, "type").and_then(|ty| full(walk, ty)).map_or(Value::Unknown, Value::Of)
        }
        "array_access" => match inner("array") {
            Some(Value::Unknown) | None => Value::Unknown,
            Some(array) => Value::Element(Box::new(array)),
        },
        "array_creation_expression" => array(walk, node),
        "unary_expression" if walk.text(node).starts_with('!') => plain("boolean"),
        "unary_expression" => inner("operand").filter(is_number).unwrap_or_default(),
        "binary_expression" => binary(walk, node, depth),
        "method_invocation" if is_required(walk, node) => {
            let first = child(node, "arguments").and_then(|list| named(list).first().copied());
            first.map_or(Value::Unknown, |first| of(walk, first, depth))
        }
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

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Of(ty) if matches!(ty.as_str(), "int" | "long" | "float" | "double"))
}

/// A type with its arguments, as far as they are known here.
pub(super) fn full(walk: &Walk<'_>, ty: Node<'_>) -> Option<String> {
    let open = |name: &str| {
        let first = name.split(['.', '[', '<']).next().unwrap_or(name);
        walk.scopes.is_local(walk.scopes.current(), first, usize::MAX)
    };
    with_args(ty, walk.source, (&open, true))
}

/// The same for a place that values go to: of what has a `?` it takes several.
fn exactly(walk: &Walk<'_>, ty: Node<'_>) -> Option<String> {
    let open = |name: &str| {
        let first = name.split(['.', '[', '<']).next().unwrap_or(name);
        walk.scopes.is_local(walk.scopes.current(), first, usize::MAX)
    };
    with_args(ty, walk.source, (&open, false))
}

/// `new int[2][]`.
fn array(walk: &Walk<'_>, node: Node<'_>) -> Value {
    let dimensions = named(node).into_iter().filter(|part| part.kind().starts_with("dimensions"));
    let brackets: usize = dimensions.map(|part| walk.text(part).matches('[').count()).sum();
    let element = child(node, "type").and_then(|ty| stated(ty, walk.source));
    element.map_or(Value::Unknown, |element| Value::Of(element + &"[]".repeat(brackets)))
}

/// `Objects.requireNonNull(x)` is `x`.
fn is_required(walk: &Walk<'_>, call: Node<'_>) -> bool {
    let text = |field: &str| child(call, field).map_or("", |part| walk.text(part));
    text("object") == "Objects" && text("name") == "requireNonNull"
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
        "+" | "-" | "*" | "/" | "%" => {
            let side = |field: &str| child(node, field).map_or(Value::Unknown, |side| of(walk, side, depth));
            match [side("left"), side("right")] {
                sides if sides.contains(&Value::Unknown) => Value::Unknown,
                sides => Value::Joined(sides.to_vec()),
            }
        }
        _ => Value::Unknown,
    }
}

/// Says where what is calculated goes.
pub(super) fn calculated<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let is_name = |wanted: &Value| matches!(wanted, Value::Of(ty) if !Value::PLACES.contains(&ty.as_str()));
    let wanted = wanted(walk, node);
    if is_name(&wanted) || matches!(wanted, Value::Passed(..)) {
        let of = vec![value(walk, node), wanted];
        walk.check(node, Asks::Goes, of);
    }
}

/// Where the result of an expression, the current node, goes.
pub(super) fn wanted(walk: &Walk<'_>, node: Node<'_>) -> Value {
    wanted_as(walk, node, &|ty| exactly(walk, ty))
}

/// The type that a method named by the current node has to stand for, with its arguments.
pub(super) fn stood_for(walk: &Walk<'_>, node: Node<'_>) -> Value {
    let cast = walk.above(0).filter(|around| around.kind() == "cast_expression");
    match cast.and_then(|cast| child(cast, "type")) {
        Some(ty) => full(walk, ty).map_or(Value::Unknown, Value::Of),
        None => wanted_as(walk, node, &|ty| full(walk, ty)),
    }
}

/// Reads a type as it is written.
type Read<'r> = &'r dyn Fn(Node<'_>) -> Option<String>;

fn wanted_as(walk: &Walk<'_>, node: Node<'_>, read: Read<'_>) -> Value {
    let (mut node, mut up) = (node, 0);
    while let Some(around) = walk.above(up).filter(|_| up < DEPTH) {
        let is = |field: &str| child(around, field).is_some_and(|own| own.byte_range() == node.byte_range());
        match around.kind() {
            "parenthesized_expression" => {
                if let "if_statement" | "while_statement" | "do_statement" = walk.kind_above(up + 1) {
                    return plain("boolean");
                }
            }
            "ternary_expression" if is("condition") => return plain("boolean"),
            "ternary_expression" => {}
            "argument_list" => return argument(walk, up, (around, node)),
            "binary_expression" => return operand(walk, around, is("left")),
            "array_access" => return plain(if is("index") { "int" } else { Value::INDEXED }),
            "enhanced_for_statement" if is("value") => return plain(Value::LOOPED),
            "resource" => return opened(walk, around, read),
            "for_statement" if is("condition") => return plain("boolean"),
            "variable_declarator" if is("value") => return declared(walk, around, up, read),
            "assignment_expression" if is("right") => return assigned(walk, around),
            _ => return of_statement(walk, around, read),
        }
        node = around;
        up += 1;
    }
    Value::Unknown
}

fn plain(ty: &str) -> Value {
    Value::Of(ty.to_owned())
}

/// What statements and operators with one operand want.
fn of_statement(walk: &Walk<'_>, around: Node<'_>, read: Read<'_>) -> Value {
    match around.kind() {
        "return_statement" => returned(walk, read),
        "unary_expression" if walk.text(around).starts_with('!') => plain("boolean"),
        "unary_expression" | "update_expression" => plain(Value::NUMBER),
        "throw_statement" => plain("Throwable"),
        _ => Value::Unknown,
    }
}

fn declared(walk: &Walk<'_>, declarator: Node<'_>, up: usize, read: Read<'_>) -> Value {
    let ty = walk.above(up + 1).and_then(|declaration| child(declaration, "type"));
    let brackets = brackets_of(declarator, walk.source);
    let ty = ty.and_then(read).filter(|ty| ty != "var");
    ty.map_or(Value::Unknown, |ty| Value::Of(ty + &brackets))
}

/// What a `try` opens; it closes that again.
fn opened(walk: &Walk<'_>, resource: Node<'_>, read: Read<'_>) -> Value {
    let ty = child(resource, "type").filter(|ty| walk.text(*ty) != "var");
    ty.map_or(closed(), |ty| read(ty).map_or(Value::Unknown, Value::Of))
}

/// What can be closed.
pub(super) fn closed() -> Value {
    plain("java.lang.AutoCloseable")
}

fn assigned(walk: &Walk<'_>, assignment: Node<'_>) -> Value {
    let is_plain = child(assignment, "operator").is_some_and(|operator| walk.text(operator) == "=");
    child(assignment, "left").filter(|_| is_plain).map_or(Value::Unknown, |left| value(walk, left))
}

/// What a call takes in the place of an argument.
fn argument(walk: &Walk<'_>, up: usize, (list, node): (Node<'_>, Node<'_>)) -> Value {
    let all = named(list);
    let place = all.iter().position(|argument| argument.byte_range() == node.byte_range());
    let (Some(call), Some(place)) = (walk.above(up + 1), place) else { return Value::Unknown };
    let made = |ty: Value| ty.called(Value::CONSTRUCTOR, all.len());
    let called = match call.kind() {
        "method_invocation" => value(walk, call),
        "object_creation_expression" => child(call, "type")
            .and_then(|ty| stated(ty, walk.source))
            .map_or(Value::Unknown, |ty| made(plain(&ty))),
        "explicit_constructor_invocation" => match child(call, "constructor").map(|own| own.kind()) {
            Some("this") => made(Value::This),
            _ => walk.open_super().map_or(Value::Unknown, |above| made(plain(&above))),
        },
        _ => Value::Unknown,
    };
    called.taken(place)
}

/// What an operator does with one of its sides.
fn operand(walk: &Walk<'_>, operation: Node<'_>, is_left: bool) -> Value {
    let operator = child(operation, "operator").map_or("", |operator| walk.text(operator));
    let other = child(operation, if is_left { "right" } else { "left" });
    let is_other = |fits: fn(&str) -> bool| other.is_some_and(|other| fits(other.kind()));
    match operator {
        "&&" | "||" => plain("boolean"),
        "-" | "*" | "/" | "%" | "<" | ">" | "<=" | ">=" | "<<" | ">>" | ">>>" => plain(Value::NUMBER),
        "+" if is_other(|kind| kind.ends_with("integer_literal")) => plain(Value::SUMMAND),
        "==" | "!=" if is_other(|kind| kind == "null_literal") => plain(Value::COMPARED),
        "==" | "!=" => other.map_or(Value::Unknown, |other| value(walk, other)).content(),
        _ => Value::Unknown,
    }
}

/// What the method around the current node returns.
fn returned(walk: &Walk<'_>, read: Read<'_>) -> Value {
    let method = walk.around().find(|node| matches!(node.kind(), "method_declaration" | "lambda_expression"));
    let Some(method) = method.filter(|method| method.kind() == "method_declaration") else {
        return Value::Unknown;
    };
    child(method, "type").and_then(read).map_or(Value::Unknown, Value::Of)
}

/// The names of the methods that the class body of an expression states.
pub(super) fn stated_methods(walk: &Walk<'_>, node: Node<'_>) -> Option<Vec<String>> {
    let body = child_of_kind(node, "class_body")?;
    let methods = named(body).into_iter().filter(|member| member.kind() == "method_declaration");
    Some(methods.filter_map(|method| Some(walk.text(child(method, "name")?).to_owned())).collect())
}
