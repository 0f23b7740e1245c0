//! Macro calls, whose arguments are mere tokens to the parser.

use super::operators;
use super::tokens;
use super::types::is_type_name;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::child;
use crate::validate::extract::uses::{Receiving, Use};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, RefKind, Value};

/// The macro that is called.
pub(super) fn invocation<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "macro") else { return };
    let at = child(name, "name").unwrap_or(name);
    let receiving = match child(name, "path") {
        Some(path) => Receiving::name(walk.text(child(path, "name").unwrap_or(path))),
        None => Receiving::none(),
    };
    walk.refer(Use::new(RefKind::Call, at, walk.text(at), receiving));
    operators::shown(walk, node, walk.text(at));
}

/// The names among the tokens of a macro call. How many arguments they are called with is not
/// known, because what the macro makes of them is not.
pub(super) fn tokens<'a>(walk: &mut Walk<'a>, tree: Node<'a>) {
    if walk.around().find(|around| around.kind() != "token_tree").is_some_and(|call| is_text(walk, call)) {
        return;
    }
    let tokens: Vec<Node<'a>> = tree.children().collect();
    let kind =
        |index: Option<usize>| index.and_then(|index| tokens.get(index)).map_or("", |node| node.kind());
    for (index, name) in tokens.iter().enumerate().filter(|(_, node)| node.kind() == "identifier") {
        let (before, after) = (kind(index.checked_sub(1)), kind(Some(index + 1)));
        // `name: …` is a field of a struct, `name = …` an argument of a format string.
        if matches!(after, ":" | "=") {
            continue;
        }
        let spelling = walk.text(*name);
        let receiving = match before {
            "." | "::" => receiver(walk, &tokens, index),
            _ => Receiving::none(),
        };
        let calls = after == "token_tree"
            && tokens.get(index + 1).is_some_and(|tree| walk.text(*tree).starts_with('('));
        let sort = match after {
            "!" => RefKind::Call,
            _ if calls && is_type_name(spelling) => RefKind::Construct,
            _ if calls => RefKind::Call,
            _ => RefKind::Read,
        };
        let mut used = Use::new(sort, *name, spelling, receiving);
        used.args = tokens.get(index + 1).filter(|_| calls).and_then(|list| passed(walk, *list));
        if before == "." && index >= 2 {
            used.on = tokens::of_tokens(walk, &tokens, index - 2);
        }
        walk.refer(used);
    }
}

/// Whether a call makes a text of what it is given.
fn is_text(walk: &Walk<'_>, call: Node<'_>) -> bool {
    call.kind() == "macro_invocation"
        && child(call, "macro").is_some_and(|name| walk.text(name) == "stringify")
}

/// Macros of the standard library and of those that write logs, which evaluate what they are given.
const PLAIN: [&str; 24] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "ensure",
    "eprint",
    "eprintln",
    "error",
    "format",
    "info",
    "matches",
    "panic",
    "print",
    "println",
    "trace",
    "vec",
    "warn",
    "write",
    "writeln",
    "unreachable",
];

/// What a call among the tokens of a macro passes, where the macro takes expressions.
fn passed<'a>(walk: &Walk<'a>, list: Node<'a>) -> Option<Args> {
    let outer = walk.around().find(|node| node.kind() == "macro_invocation")?;
    let name = child(outer, "macro").map_or("", |name| walk.text(name));
    let tokens: Vec<Node<'a>> = list.children().filter(|token| !token.is_extra()).collect();
    let inside = tokens.get(1..tokens.len().checked_sub(1)?)?;
    // Closures and arguments of types have commas of their own.
    let is_odd =
        |token: &Node<'_>| matches!(token.kind(), "|" | "||" | "<" | ">" | "#" | "$" | "metavariable");
    if !PLAIN.contains(&name) || inside.iter().any(is_odd) {
        return None;
    }
    let parts = inside.split(|token| token.kind() == ",").filter(|part| !part.is_empty());
    // `Room(first, ..)` in `matches!` is a pattern.
    if parts.clone().any(|part| matches!(part, [rest] if rest.kind() == "..")) {
        return None;
    }
    let values: Vec<Value> = parts.map(|part| tokens::of_all_tokens(walk, part)).collect();
    Some(Args { positional: values.len(), values, ..Args::default() })
}

/// What stands before the dot or colons before a token, when that is a single name.
fn receiver<'a>(walk: &Walk<'a>, tokens: &[Node<'a>], index: usize) -> Receiving<'a> {
    let Some(root) = index.checked_sub(2).and_then(|root| tokens.get(root)) else {
        return Receiving::other();
    };
    let is_path = tokens.get(index - 1).is_some_and(|dot| dot.kind() == "::");
    let is_chain = index.checked_sub(3).and_then(|dot| tokens.get(dot)).is_some_and(|dot| dot.kind() == ".");
    let goes_on = index.checked_sub(3).and_then(|dot| tokens.get(dot)).is_some_and(|dot| dot.kind() == "::");
    match root.kind() {
        "self" if !is_path => Receiving::this(),
        "identifier" if is_path && walk.text(*root) == "Self" => Receiving::this(),
        "identifier" if is_path && !goes_on => Receiving::path(walk.text(*root)),
        "identifier" | "crate" | "super" | "self" if is_path || !is_chain => {
            Receiving::name(walk.text(*root))
        }
        _ => Receiving::other(),
    }
}
