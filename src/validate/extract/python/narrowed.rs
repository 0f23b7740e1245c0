//! Tests that show a value to be of another type than the one that is stated for it: what follows them may
//! rely on that.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, children, named};
use crate::validate::extract::walk::Walk;

/// Functions that tell what something is.
const TELLING: [&str; 4] = ["callable", "isinstance", "issubclass", "type"];

/// Where a call tells by its result what it was passed: `if is_room(it)`.
const CONDITIONS: [&str; 9] = [
    "assert_statement",
    "boolean_operator",
    "conditional_expression",
    "elif_clause",
    "if_clause",
    "if_statement",
    "not_operator",
    "parenthesized_expression",
    "while_statement",
];

/// The types of what a call tests are no longer sure.
pub(super) fn tested<'a>(walk: &mut Walk<'a>, call: Node<'a>) {
    let tells = child(call, "function").is_some_and(|function| TELLING.contains(&walk.text(function)));
    if tells || CONDITIONS.contains(&walk.kind_above(0)) {
        let passed = child(call, "arguments").map(named).unwrap_or_default();
        passed.into_iter().for_each(|value| doubt(walk, value));
    }
}

/// Nor is that of what `match` looks at.
pub(super) fn matched<'a>(walk: &mut Walk<'a>, statement: Node<'a>) {
    children(statement, "subject").into_iter().for_each(|value| doubt(walk, value));
}

fn doubt<'a>(walk: &mut Walk<'a>, value: Node<'a>) {
    if matches!(value.kind(), "identifier" | "attribute") {
        let path = walk.text(value);
        walk.scopes.doubt(path, value.start_byte());
    }
}
