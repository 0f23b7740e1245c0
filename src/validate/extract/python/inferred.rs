//! What a function gives back that does not say so, where its one `return` makes it.

use super::types::constructed;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named, text, visit};
use crate::validate::extract::walk::Walk;

/// The class of what is made; empty when it is not known.
pub(super) fn result(walk: &Walk<'_>, function: Node<'_>) -> String {
    let plain = walk.attributes().is_empty() && child(function, "return_type").is_none();
    let Some(body) = child(function, "body").filter(|_| plain) else { return String::new() };
    let class = made(body, walk.source).map(str::to_owned);
    class.or_else(|| n_values(body).map(|values| format!("({values})"))).unwrap_or_default()
}

/// How many values a function gives back at once, where all its `return`s say the same.
fn n_values(body: Node<'_>) -> Option<usize> {
    let last = named(body).into_iter().rfind(|statement| statement.kind() != "comment")?;
    let mut counts = Vec::new();
    visit(body, |node, _| {
        match node.kind() {
            "return_statement" => counts.push(named(node).first().copied().and_then(n_written)),
            "yield" => counts.push(None),
            _ => {}
        }
        !matches!(node.kind(), "function_definition" | "class_definition" | "lambda")
    });
    let first = counts.first().copied().flatten().filter(|_| last.kind() == "return_statement");
    first.filter(|_| counts.iter().all(|count| *count == first))
}

/// How many values stand in a tuple that is written out.
fn n_written(value: Node<'_>) -> Option<usize> {
    let parts = named(value);
    let is_one = |part: &Node<'_>| !matches!(part.kind(), "list_splat" | "comment");
    let is_tuple = matches!(value.kind(), "expression_list" | "tuple");
    (is_tuple && parts.iter().all(is_one)).then_some(parts.len())
}

/// The class of what the last statement returns, where no other one returns or hands out anything.
fn made<'a>(body: Node<'_>, source: &'a str) -> Option<&'a str> {
    let last = named(body).into_iter().rfind(|statement| statement.kind() != "comment")?;
    let given = named(last).first().copied().filter(|_| last.kind() == "return_statement")?;
    let class = match given.kind() {
        "call" => constructed(given, source)?,
        "identifier" => constructed(assigned(body, text(given, source), source)?, source)?,
        _ => return None,
    };
    let mut is_only = true;
    visit(body, |node, _| {
        is_only &= node == last || !matches!(node.kind(), "return_statement" | "yield");
        is_only && !matches!(node.kind(), "function_definition" | "class_definition" | "lambda")
    });
    is_only.then_some(class)
}

/// The call whose result a name of a function stands for, if it is given to it once and for all.
fn assigned<'n>(body: Node<'n>, name: &str, source: &str) -> Option<Node<'n>> {
    let mut all = Vec::new();
    visit(body, |node, _| {
        let left = child(node, "left").filter(|_| node.kind().ends_with("assignment"));
        if left.is_some_and(|left| text(left, source) == name) {
            all.push(node);
        }
        all.len() < 2
    });
    let [only] = all.as_slice() else { return None };
    child(*only, "right").filter(|value| only.kind() == "assignment" && value.kind() == "call")
}
