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
    "arg",
    "argument",
    "command",
    "env",
    "field",
    "flag",
    "header",
    "item",
    "option",
    "param",
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
    let named = child(call, "arguments").and_then(first_name);
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

/// Whether a method is one of those, or one of a longer name: `args`, `add_argument`, `headerLine`. Not
/// `addLast` or `add_layer`: of handlers and layers each works on what the one before it made.
fn adds(name: &str) -> bool {
    let goes_on = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_lowercase());
    let name = without_add(name);
    // The first letter of what is added is a capital one in some languages.
    let is_start =
        |known: &&&str| name.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known));
    let mut known = ADDS.iter().filter(is_start).map(|known| &name[known.len()..]);
    known.any(|rest| goes_on(rest) || rest == "s")
}

fn without_add(name: &str) -> &str {
    name.strip_prefix("add").map_or(name, |rest| rest.trim_start_matches('_'))
}

/// Whether a link gives something that is known by its place: an argument that is no option, a value
/// for the next question mark.
fn has_a_place(called: &str, call: &SyntaxNode, source: &str) -> bool {
    let arguments = child(call, "arguments").map_or(&[][..], |arguments| &arguments.children);
    let mut given = arguments.iter().filter(|argument| argument.named);
    let is_text = |argument: &SyntaxNode| argument.kind.contains("string");
    // What is made for it, as `Arg::new("x")`, has a name.
    let is_made = |argument: &SyntaxNode| {
        ["call", "invocation", "creation"].iter().any(|kind| argument.kind.contains(kind))
    };
    let is_option = |argument: &SyntaxNode| {
        is_text(argument)
            && source[argument.span.clone()].trim_start_matches(['"', '\'', 'r', '#']).starts_with('-')
    };
    match without_add(called).to_ascii_lowercase().as_str() {
        "argument" => !given.next().is_some_and(|first| is_option(first) || is_made(first)),
        "arg" | "args" => !given.all(|argument| is_option(argument) || is_made(argument)),
        "field" | "param" => !given.next().is_some_and(|first| is_text(first) || is_made(first)),
        _ => false,
    }
}

/// By which one link is told from another: the name that it is given first, or else its first string.
fn first_name(arguments: &SyntaxNode) -> Option<&SyntaxNode> {
    let first = arguments.children.iter().find(|argument| argument.named)?;
    let is_name = first.kind.ends_with("identifier")
        || matches!(first.kind, "attribute" | "member_expression" | "selector_expression" | "field_access");
    if is_name { Some(first) } else { first_text(arguments) }
}

fn first_text(node: &SyntaxNode) -> Option<&SyntaxNode> {
    if node.kind.contains("string") {
        return Some(node);
    }
    node.children.iter().find_map(first_text)
}
