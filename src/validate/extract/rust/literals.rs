//! Values and patterns that name the fields of a type, and matches that name its variants.

use super::names::{path, written};
use super::types::last_type_name;
use super::values;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, line, named};
use crate::validate::extract::uses::{Receiving, Use};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, Exhaustive, RefKind};

/// `Foo { a: 1, b }`.
pub(super) fn construct<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    let ty = last_type_name(name, walk.source);
    let receiving = written(walk, ty);
    let parts = child(node, "body").map(named).unwrap_or_default();
    let mut args =
        Args { spread: parts.iter().any(|part| part.kind() == "base_field_initializer"), ..Args::default() };
    for part in parts {
        let shorthand = part.kind() == "shorthand_field_initializer";
        let at = if shorthand { named(part).last().copied() } else { child(part, "field") };
        let Some(at) = at.filter(|at| at.kind().ends_with("identifier")) else { continue };
        args.named.push(walk.text(at).to_owned());
        let mut used = Use::new(RefKind::Write, at, walk.text(at), receiving.clone());
        used.on = values::stated(walk, name);
        let given = child(part, "value").unwrap_or(at);
        used.args = Some(Args { values: vec![values::lent(walk, given)], ..Args::default() });
        walk.refer(used);
        if shorthand {
            // The same token is the name of a variable too.
            walk.unsettle(at);
        }
    }
    named_type(walk, name, RefKind::Construct, args);
}

/// `Foo { a, b: c }` as a pattern reads fields.
pub(super) fn struct_pattern<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "type") else { return };
    let receiving = written(walk, last_type_name(name, walk.source));
    let mut args = Args::default();
    for part in named(node) {
        args.spread |= is_rest(&part);
        let Some(at) = child(part, "name").filter(|_| part.kind() == "field_pattern") else { continue };
        args.named.push(walk.text(at).to_owned());
        let mut used = Use::new(RefKind::Read, at, walk.text(at), receiving.clone());
        used.on = values::stated(walk, name);
        walk.refer(used);
    }
    named_type(walk, name, RefKind::Construct, args);
}

/// `Foo(a, b)` as a pattern.
pub(super) fn tuple_pattern<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "type") else { return };
    let parts = values_of(node);
    let spread = parts.iter().any(is_rest);
    named_type(walk, name, RefKind::Construct, Args { positional: parts.len(), spread, ..Args::default() });
}

/// The patterns of the values that one takes apart in a row; `_` is a token.
pub(super) fn values_of(pattern: Node<'_>) -> Vec<Node<'_>> {
    let name = child(pattern, "type").map(|name| name.id());
    let parts = pattern.children().filter(|part| !part.is_extra() && Some(part.id()) != name);
    parts.filter(|part| !matches!(part.kind(), "(" | ")" | ",")).collect()
}

/// `..` in a pattern.
pub(super) fn is_rest(part: &Node<'_>) -> bool {
    part.kind() == "remaining_field_pattern"
}

fn named_type<'a>(walk: &mut Walk<'a>, name: Node<'a>, kind: RefKind, args: Args) {
    let inner =
        if name.kind().starts_with("generic_type") { child(name, "type").unwrap_or(name) } else { name };
    let at = child(inner, "name").unwrap_or(inner);
    let text = walk.text(at);
    if text == "Self" || walk.is_settled(at) {
        return;
    }
    let before = child(inner, "path").map_or(Receiving::none(), |before| path(Some(before), walk.source));
    let mut used = Use::new(kind, at, text, before);
    used.args = Some(args);
    walk.refer(used);
}

/// A `match` without an arm for everything, by the variants that its arms name.
pub(super) fn matching<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let arms = child(node, "body").map(named).unwrap_or_default();
    let mut found =
        Exhaustive { names: Vec::new(), within: walk.open_def(), line: line(node), span: node.byte_range() };
    for pattern in arms.iter().filter_map(|arm| child(*arm, "pattern")) {
        let condition = child(pattern, "condition");
        let guarded = condition.is_some();
        let parts = named(pattern).into_iter();
        let mut open: Vec<Node<'_>> =
            parts.filter(|part| Some(part.id()) != condition.map(|c| c.id())).collect();
        // `_` is a token and no node.
        if open.is_empty() && !guarded {
            return;
        }
        while let Some(part) = open.pop() {
            match part.kind() {
                "or_pattern" => open.extend(named(part)),
                "reference_pattern" | "ref_pattern" | "parenthesized_expression" => {
                    open.extend(named(part).last());
                }
                "captured_pattern" => open.extend(named(part).last()),
                "struct_pattern" | "tuple_struct_pattern" => {
                    found.names.extend(child(part, "type").map(|ty| walk.text(ty).to_owned()));
                }
                "scoped_identifier" => found.names.push(walk.text(part).to_owned()),
                "identifier" if walk.text(part).starts_with(char::is_uppercase) => {
                    found.names.push(walk.text(part).to_owned());
                }
                _ if guarded => {}
                // A wildcard, a binding, or something that is no variant.
                _ => return,
            }
        }
    }
    if !found.names.is_empty() {
        walk.model.exhaustive.push(found);
    }
}
