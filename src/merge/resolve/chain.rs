//! Chains of calls, each on what the one before it returned: `Command::new("x").arg(a).arg(b)`.
//!
//! In the tree each call holds all before it. Here they are a list, so that links that both sides put
//! in one place can be told from two changes of one call.

use super::items::{Item, Items, number};
use super::keys::{child, squeezed};
use super::roles::Role;
use crate::validate::extract::SyntaxNode;

/// The kind of a link that adds something, wherever among others it stands.
pub(super) const ADDING: &str = "adding_link";

/// Fewer links than this are no chain.
const LEAST: usize = 2;
/// Longer ones are looked at as calls in calls: each part of a chain is one too.
const MOST: usize = 500;

/// Methods that add one more thing to what is being built, whatever was added before. One that sets
/// something, as `timeout(1)` does, is another matter: of two of those the last wins.
const ADDS: &[&str] = &[
    "add",
    "arg",
    "command",
    "env",
    "field",
    "flag",
    "header",
    "item",
    "option",
    "param",
    "positional",
    "property",
    "register",
    "route",
    "subcommand",
];

/// The links of a chain as a list; none where the node is no chain.
pub(super) fn links<'a>(node: &'a SyntaxNode, source: &'a str) -> Option<Items<'a>> {
    let mut calls = Vec::new();
    let mut head = node;
    while let Some((object, name)) = link(head) {
        calls.push((head, object, name));
        head = object;
        if calls.len() > MOST {
            return None;
        }
    }
    if calls.len() < LEAST {
        return None;
    }
    let mut items: Vec<Item<'a>> = calls
        .into_iter()
        .rev()
        .map(|(call, object, name)| item(source, object.span.end, call, name))
        .collect();
    number(&mut items);
    let inside = head.span.end..node.span.end;
    Some(Items { source, role: Role::Chain, items, close: inside.end..inside.end, inside })
}

/// What a call is made on, and the name of what is called.
fn link(call: &SyntaxNode) -> Option<(&SyntaxNode, &SyntaxNode)> {
    let callee = match call.kind {
        "call" | "call_expression" => child(call, "function")?,
        "method_invocation" => call,
        _ => return None,
    };
    let object = ["object", "operand", "value"].iter().find_map(|field| child(callee, field))?;
    let name = ["attribute", "property", "field", "name"].iter().find_map(|field| child(callee, field))?;
    Some((object, name))
}

fn item<'a>(source: &'a str, from: usize, call: &'a SyntaxNode, name: &SyntaxNode) -> Item<'a> {
    let end = call.span.end;
    let text = &source[from..end];
    let start = from + (text.len() - text.trim_start().len());
    let called = &source[name.span.clone()];
    let named = child(call, "arguments").and_then(first_text);
    Item {
        source,
        node: None,
        kind: if adds(called) && !has_a_place(called, call, source) { ADDING } else { "link" },
        gap: from..start,
        lead: start..start,
        core: start..end,
        trail: end..end,
        comma: end..end,
        key: named.map_or(String::new(), |text| format!("{called}({}", squeezed(&source[text.span.clone()]))),
        print: 0,
        first: false,
    }
}

/// Whether a method is one of those, or one of a longer name: `args`, `add_argument`, `headerLine`.
fn adds(name: &str) -> bool {
    let goes_on = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_lowercase());
    ADDS.iter().any(|known| name.strip_prefix(known).is_some_and(|rest| goes_on(rest) || rest == "s"))
}

/// Whether a link gives a program an argument that it knows by its place: one that is no option.
fn has_a_place(called: &str, call: &SyntaxNode, source: &str) -> bool {
    let arguments = child(call, "arguments").map_or(&[][..], |arguments| &arguments.children);
    let mut given = arguments.iter().filter(|argument| argument.named);
    // What is made for it, as `Arg::new("x")`, has a name.
    let has_name = |argument: &SyntaxNode| match argument.kind {
        kind if kind.contains("string") => {
            source[argument.span.clone()].trim_start_matches(['"', '\'', 'r', '#']).starts_with('-')
        }
        kind => kind.contains("call") || kind.contains("invocation") || kind.contains("creation"),
    };
    matches!(called, "arg" | "args") && !given.all(has_name)
}

/// The first string in the arguments, by which one link is told from another.
fn first_text(node: &SyntaxNode) -> Option<&SyntaxNode> {
    if node.kind.contains("string") {
        return Some(node);
    }
    node.children.iter().find_map(first_text)
}
