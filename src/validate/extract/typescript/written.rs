//! Types as they are written, on one line and without what only their place can tell.

use super::inferred;
use super::types::last_name;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, children, named, visit};
use crate::validate::extract::walk::Walk;

/// Longer types say nothing.
const LENGTH: usize = 2000;

/// A type as written; parameters of what is around it, and of the node that it belongs to, become
/// `_`.
pub(super) fn written(walk: &Walk<'_>, ty: Node<'_>, of: Node<'_>) -> String {
    let ty = match ty.kind() {
        "type_annotation" => named(ty).first().copied().unwrap_or(ty),
        // `x is T` is no type.
        kind if kind.ends_with("_annotation") => return unknown(),
        _ => ty,
    };
    let text = walk.text(ty);
    let params = child(of, "type_parameters").map(named).unwrap_or_default();
    let own: Vec<&str> =
        params.into_iter().flat_map(|param| children(param, "name")).map(|name| walk.text(name)).collect();
    let is_local = |name: &str| {
        own.contains(&name) || walk.scopes.is_local(walk.scopes.current(), name, ty.start_byte())
    };
    let written = masked(text, &open_ends(ty), is_local);
    if written.len() > LENGTH { unknown() } else { written }
}

/// What nothing is known of.
pub(super) fn unknown() -> String {
    "_".to_owned()
}

/// The type of something that may be left out.
pub(super) fn or_missing(ty: String) -> String {
    match ty.as_str() {
        "" | "_" => ty,
        _ if ty.contains("=>") => format!("({ty}) | undefined"),
        _ => format!("{ty} | undefined"),
    }
}

/// What a function gives back, as far as it says or shows it.
pub(super) fn result(walk: &Walk<'_>, function: Node<'_>) -> String {
    match child(function, "return_type") {
        Some(ty) => written(walk, ty, function),
        None => inferred::result(walk, function),
    }
}

/// How long the comment is that a text begins with.
fn comment(text: &str) -> Option<usize> {
    match text.get(..2)? {
        "//" => Some(text.find('\n').unwrap_or(text.len())),
        "/*" => Some(text.find("*/").map_or(text.len(), |end| end + 2)),
        _ => None,
    }
}

/// Where members of objects end in a type that nothing but the end of a line parts from the next.
fn open_ends(ty: Node<'_>) -> Vec<usize> {
    let mut ends = Vec::new();
    let is_member = |node: Node<'_>| node.is_named() && node.kind() != "comment";
    visit(ty, |node, _| {
        if node.kind() == "object_type" {
            let members: Vec<Node<'_>> = node.children().collect();
            let pairs = members.windows(2).filter(|pair| is_member(pair[0]) && pair[1].is_named());
            ends.extend(pairs.map(|pair| pair[0].end_byte() - ty.start_byte()));
        }
        true
    });
    ends
}

/// Puts a type on one line, without comments and with `_` for local names. Members get a semicolon where
/// they end.
fn masked(text: &str, ends: &[usize], is_local: impl Fn(&str) -> bool) -> String {
    let is_part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$');
    let mut out = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if ends.contains(&(text.len() - rest.len())) {
            out.push(';');
        }
        if let Some(length) = comment(rest) {
            rest = &rest[length..];
            continue;
        }
        let quoted = matches!(char, '\'' | '"').then(|| rest[1..].find(char)).flatten();
        let length = match quoted {
            Some(end) => end + 2,
            None => rest.find(|char| !is_part(char)).unwrap_or(rest.len()).max(char.len_utf8()),
        };
        let (part, after) = rest.split_at(length);
        let is_key = after.trim_start().starts_with([':', '?']) || out.ends_with('.');
        match part {
            _ if char.is_whitespace() && (out.ends_with(' ') || out.is_empty()) => {}
            _ if char.is_whitespace() => out.push(' '),
            _ if is_part(char) && !is_key && is_local(part) => out.push('_'),
            _ => out.push_str(part),
        }
        rest = after;
    }
    out
}

/// The class that is made, when it is named.
pub(super) fn made<'a>(walk: &Walk<'a>, node: Node<'_>) -> Option<&'a str> {
    let class = child(node, "constructor")?;
    (class.kind() == "identifier").then(|| walk.text(last_name(class)))
}
