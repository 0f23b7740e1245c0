//! Plain texts where a type is stated that may be a `Literal`.

use super::types::{annotation, is_class_name};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, children, named};
use crate::validate::extract::uses::type_name;
use crate::validate::extract::walk::Walk;

/// How far up the function is looked for that a text is returned from.
const FUNCTION_ABOVE: usize = 12;

/// What is expected of a text: a type, or a field of a type.
type Expected = (String, Option<String>);

/// A text in quotes.
pub(super) fn note<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if let Some(expected) = expected(walk, node) {
        walk.expect_text(node, expected);
    }
}

fn expected(walk: &Walk<'_>, node: Node<'_>) -> Option<Expected> {
    let above = walk.above(0)?;
    match above.kind() {
        "assignment" if walk.field() == "right" => stated(walk, child(above, "type")?),
        "typed_default_parameter" if walk.field() == "value" => stated(walk, child(above, "type")?),
        "return_statement" => {
            let is_function = |up: &usize| walk.kind_above(*up) == "function_definition";
            let function = walk.above((0..FUNCTION_ABOVE).find(is_function)?)?;
            stated(walk, child(function, "return_type")?)
        }
        "keyword_argument" if walk.kind_above(1) == "argument_list" => {
            let class = child(walk.above(2)?, "function").filter(|class| class.kind() == "identifier")?;
            let field = walk.text(child(above, "name")?).to_owned();
            is_class_name(walk.text(class)).then(|| (walk.text(class).to_owned(), Some(field)))
        }
        "comparison_operator" => {
            let sides = named(above);
            let other = sides.iter().find(|side| side.id() != node.id()).filter(|_| sides.len() == 2)?;
            let operators = children(above, "operators");
            let is_equality = |operator: &Node<'_>| matches!(operator.kind(), "==" | "!=");
            if operators.iter().all(is_equality) { of_value(walk, *other) } else { None }
        }
        _ => None,
    }
}

fn stated(walk: &Walk<'_>, node: Node<'_>) -> Option<Expected> {
    Some((type_name(&annotation(Some(node), walk.source))?.to_owned(), None))
}

/// The type of a name, or of a field of one.
fn of_value(walk: &Walk<'_>, value: Node<'_>) -> Option<Expected> {
    match value.kind() {
        "identifier" => Some((walk.type_of_name(value)?, None)),
        "attribute" => {
            let (object, field) = (child(value, "object")?, child(value, "attribute")?);
            let of = match walk.text(object) {
                "self" => walk.open_type()?.to_owned(),
                _ if object.kind() == "identifier" => walk.type_of_name(object)?,
                _ => return None,
            };
            Some((of, Some(walk.text(field).to_owned())))
        }
        _ => None,
    }
}
