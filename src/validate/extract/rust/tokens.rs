//! Expressions among the tokens of a macro call.

use super::values::{DEPTH, path, shown};
use crate::validate::extract::node::Node;
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;

/// The expression that ends at a token of a macro call.
pub(super) fn of_tokens(walk: &Walk<'_>, tokens: &[Node<'_>], end: usize) -> Value {
    chain(walk, tokens, end, DEPTH)
}

/// How many expressions stand in brackets among the tokens of a macro call.
fn passed(list: Node<'_>) -> usize {
    let tokens = list.children().filter(|token| !token.is_extra());
    let kinds: Vec<&str> = tokens.map(|token| token.kind()).collect();
    let inside = kinds.get(1..kinds.len().saturating_sub(1)).unwrap_or_default();
    inside.split(|kind| *kind == ",").filter(|part| !part.is_empty()).count()
}

/// The expression that tokens of a macro call are, if all of them make one.
pub(super) fn of_all_tokens(walk: &Walk<'_>, tokens: &[Node<'_>]) -> Value {
    match tokens {
        [first, rest @ ..] if first.kind() == "&" && !rest.is_empty() => {
            of_all_tokens(walk, rest).passed(Value::POINTER)
        }
        [only] if only.kind().ends_with("literal") => shown(walk, *only),
        _ => whole(walk, tokens, DEPTH),
    }
}

/// The path, call or member that tokens are, if all of them make one.
fn whole(walk: &Walk<'_>, tokens: &[Node<'_>], depth: usize) -> Value {
    let postfix = |token: &Node<'_>| {
        matches!(token.kind(), "crate" | "identifier" | "self" | "super" | "." | "::" | "?" | "token_tree")
    };
    match tokens.len().checked_sub(1) {
        Some(last) if tokens.iter().all(postfix) => chain(walk, tokens, last, depth),
        _ => Value::Unknown,
    }
}

/// The expression in brackets that nothing is called by, which a star may stand before: `(*room).level`.
fn in_brackets(walk: &Walk<'_>, tree: Node<'_>, depth: usize) -> Value {
    let tokens: Vec<Node<'_>> = tree.children().filter(|token| !token.is_extra()).collect();
    let inside = tokens.len().checked_sub(1).and_then(|end| tokens.get(1..end)).unwrap_or_default();
    let marks = inside.iter().take_while(|token| token.kind() == "*").count();
    whole(walk, &inside[marks..], depth)
}

fn chain(walk: &Walk<'_>, tokens: &[Node<'_>], end: usize, depth: usize) -> Value {
    let (Some(last), Some(depth)) = (tokens.get(end), depth.checked_sub(1)) else { return Value::Unknown };
    let before = |steps: usize| end.checked_sub(steps).and_then(|at| tokens.get(at));
    let kind = |steps: usize| before(steps).map_or("", |node| node.kind());
    let on =
        |steps: usize| end.checked_sub(steps).map_or(Value::Unknown, |at| chain(walk, tokens, at, depth));
    match last.kind() {
        "?" => on(1).content(),
        "token_tree" if walk.text(*last).starts_with('(') => match (kind(1), kind(2)) {
            ("identifier", ".") => on(3).called(before(1).map_or("", |name| walk.text(*name)), passed(*last)),
            ("identifier", _) => on(1).called("", passed(*last)),
            ("" | "(" | ",", _) => in_brackets(walk, *last, depth),
            _ => Value::Unknown,
        },
        "token_tree" if walk.text(*last).starts_with('[') && !walk.text(*last).contains("..") => {
            match kind(1) {
                "identifier" | "token_tree" | "self" => on(1).wrapped(Value::Element),
                _ => Value::Unknown,
            }
        }
        "self" => Value::This,
        "identifier" if kind(1) == "." => on(2).field(walk.text(*last)),
        "identifier" => {
            let mut start = end;
            while start >= 2 && tokens[start - 1].kind() == "::" {
                start -= 2;
            }
            path(walk.source.get(tokens[start].start_byte()..last.end_byte()).unwrap_or_default())
        }
        _ => Value::Unknown,
    }
}
