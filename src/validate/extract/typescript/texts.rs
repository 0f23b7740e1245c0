//! Plain texts where a type is stated that may be a union of texts.

use super::objects::stated_type;
use super::types::member_name;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::uses::type_name;
use crate::validate::extract::walk::Walk;

/// What is expected of a text: a type, or a field of a type.
type Expected = (String, Option<String>);

/// A text in quotes.
pub(super) fn note<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if let Some(expected) = expected(walk, node) {
        walk.expect_text(node, expected);
    }
}

fn expected(walk: &Walk<'_>, node: Node<'_>) -> Option<Expected> {
    match walk.kind_above(0) {
        "pair" if walk.field() == "value" => {
            let key = member_name(child(walk.above(0)?, "key")?, walk.source)?;
            let of = stated_type(walk, 2).filter(|_| walk.kind_above(1) == "object")?;
            Some((type_name(&of.ty)?.to_owned(), Some(key.to_owned())))
        }
        "binary_expression" => {
            let comparison = walk.above(0)?;
            let operator = child(comparison, "operator")?.kind();
            let sides = [child(comparison, "left")?, child(comparison, "right")?];
            let other = sides.into_iter().find(|side| side.id() != node.id())?;
            if matches!(operator, "===" | "!==" | "==" | "!=") { of_value(walk, other) } else { None }
        }
        "switch_case" if walk.field() == "value" => of_value(walk, child(walk.above(2)?, "value")?),
        "ternary_expression" if walk.field() != "condition" => of_place(walk, 1),
        _ => of_place(walk, 0),
    }
}

fn of_place(walk: &Walk<'_>, up: usize) -> Option<Expected> {
    let stated = stated_type(walk, up)?;
    Some((type_name(&stated.ty)?.to_owned(), None))
}

/// The type of a name, or of a field of one.
fn of_value(walk: &Walk<'_>, mut value: Node<'_>) -> Option<Expected> {
    while value.kind() == "parenthesized_expression" {
        value = named(value).first().copied()?;
    }
    match value.kind() {
        "identifier" => Some((walk.type_of_name(value)?, None)),
        "member_expression" => {
            let (object, field) = (child(value, "object")?, child(value, "property")?);
            let of = match object.kind() {
                "this" => walk.open_type()?.to_owned(),
                "identifier" => walk.type_of_name(object)?,
                _ => return None,
            };
            Some((of, Some(walk.text(field).to_owned())))
        }
        _ => None,
    }
}
