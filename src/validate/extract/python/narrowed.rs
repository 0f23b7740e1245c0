//! Tests that show a value to be of another type than the one that is stated for it: what follows them may
//! rely on that.

use super::names;
use crate::validate::extract::node::Node;
use crate::validate::extract::scope::ScopeSort;
use crate::validate::extract::syntax::{child, children, named, text, visit};
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

/// Larger tests are not looked through.
const NODES: usize = 64;

/// Tests inside tests beyond this are not looked at.
const TESTS: usize = 6;

/// The types of what a call tests are no longer sure.
pub(super) fn tested<'a>(walk: &mut Walk<'a>, call: Node<'a>) {
    let function = child(call, "function").map_or("", |function| walk.text(function));
    if TELLING.contains(&function) || CONDITIONS.contains(&walk.kind_above(0)) {
        let passed = child(call, "arguments").map(named).unwrap_or_default();
        passed.into_iter().for_each(|value| doubt(walk, value));
    }
    if let Some((name, _)) = instance(call, walk.source).filter(|_| holds_on(walk)) {
        walk.scopes.retell(name, call.start_byte());
    }
}

/// Whether what a call tells holds for what follows the statement, as in `assert isinstance(it, Room)` and
/// `if not isinstance(it, Room): return`.
fn holds_on(walk: &Walk<'_>) -> bool {
    let joins = |kind| matches!(kind, "boolean_operator" | "parenthesized_expression");
    let above = (0..TESTS).map(|up| walk.kind_above(up)).find(|kind| !joins(kind));
    matches!(above, Some("assert_statement" | "not_operator"))
}

/// What stands before its test is looked at after it: `use(it) if is_room(it) else None`.
pub(super) fn before_test<'a>(walk: &mut Walk<'a>, expression: Node<'a>) {
    let tests = match expression.kind() {
        "conditional_expression" => named(expression).get(1).copied().into_iter().collect(),
        _ => named(expression).into_iter().filter(|part| part.kind() == "if_clause").collect::<Vec<_>>(),
    };
    let (mut passed, mut looked_at) = (Vec::new(), 0);
    for test in tests {
        visit(test, |node, _| {
            looked_at += 1;
            if node.kind() == "call" {
                passed.extend(child(node, "arguments").map(named).unwrap_or_default());
            }
            looked_at < NODES
        });
    }
    passed.into_iter().for_each(|value| doubt(walk, value));
}

/// Nor is that of what `match` looks at.
pub(super) fn matched<'a>(walk: &mut Walk<'a>, statement: Node<'a>) {
    children(statement, "subject").into_iter().for_each(|value| doubt(walk, value));
}

fn doubt<'a>(walk: &mut Walk<'a>, value: Node<'a>) {
    if matches!(value.kind(), "identifier" | "attribute" | "subscript") {
        let path = walk.text(value);
        walk.scopes.doubt(path, value.start_byte());
    }
}

/// Gives a local name the type that `if isinstance(name, Type)` shows it to have in the block below.
pub(super) fn block<'a>(walk: &mut Walk<'a>, block: Node<'a>) {
    let condition = walk.above(0).filter(|_| matches!(walk.kind_above(0), "if_statement" | "elif_clause"));
    let is_below = |above: &Node<'a>| child(*above, "consequence") == Some(block);
    let Some(condition) = condition.filter(is_below).and_then(|above| child(above, "condition")) else {
        return;
    };
    let Some((name, ty)) = instance(condition, walk.source) else { return };
    let around = walk.scopes.current();
    if !walk.scopes.is_local(around, name, block.start_byte()) {
        return;
    }
    walk.open_scope(ScopeSort::Block);
    // Very deep inside there is no scope of its own, and after the block nothing is known. Nor is what
    // lies in a block looked through more often than scopes are deep.
    if walk.scopes.current() != around && !assigns(block, name, walk.source) {
        walk.scopes.bind(name, block.start_byte(), Some(ty.to_owned()));
    }
}

/// The name and the type of `isinstance(name, Type)`, alone or first of several that must hold.
fn instance<'a>(condition: Node<'a>, source: &'a str) -> Option<(&'a str, &'a str)> {
    let mut call = condition;
    while call.kind() == "boolean_operator" && child(call, "operator")?.kind() == "and" {
        call = child(call, "left")?;
    }
    let is_asked = call.kind() == "call" && text(child(call, "function")?, source) == "isinstance";
    let [name, ty] = named(child(call, "arguments").filter(|_| is_asked)?)[..] else { return None };
    let ty = match ty.kind() {
        "identifier" => ty,
        "attribute" => child(ty, "attribute")?,
        _ => return None,
    };
    (name.kind() == "identifier").then(|| (text(name, source), text(ty, source)))
}

/// Whether anything in a block gives a name another value.
fn assigns(block: Node<'_>, name: &str, source: &str) -> bool {
    let mut found = false;
    visit(block, |node, _| {
        let target = match node.kind() {
            "assignment" | "augmented_assignment" | "for_statement" => child(node, "left"),
            "named_expression" => child(node, "name"),
            "as_pattern_target" | "delete_statement" => Some(node),
            _ => None,
        };
        found |=
            target.is_some_and(|target| names::targets(target).iter().any(|one| text(*one, source) == name));
        !found
    });
    found
}
