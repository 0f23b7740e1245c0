//! Annotations, and what they set.

use super::dotted;
use super::values::value;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::uses::{Receiving, Use};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, RefKind, Value};

/// The type of an annotation and the elements it sets.
pub(super) fn annotation<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(path) = child(node, "name") else { return };
    let (name, receiving) = match (child(path, "scope"), child(path, "name")) {
        (Some(scope), Some(name)) => (name, Receiving::qualifier(dotted(walk, Some(scope)))),
        _ => (path, Receiving::none()),
    };
    let mut used = Use::new(RefKind::Type, name, walk.text(name), receiving);
    used.args = Some(set(walk, node));
    walk.refer(used);
    let ty = dotted(walk, Some(path));
    for pair in child(node, "arguments").map(named).unwrap_or_default() {
        if let Some(key) = child(pair, "key").filter(|_| pair.kind() == "element_value_pair") {
            walk.refer(Use::new(RefKind::Write, key, walk.text(key), Receiving::typed(ty.as_str())));
        }
    }
}

/// What an annotation sets, by name or alone.
fn set(walk: &Walk<'_>, node: Node<'_>) -> Args {
    let mut set = Args::default();
    let parts = child(node, "arguments").map(named).unwrap_or_default();
    for part in parts.into_iter().filter(|part| !part.kind().ends_with("comment")) {
        let (name, given) = match part.kind() {
            "element_value_pair" => (child(part, "key"), child(part, "value")),
            _ => (None, Some(part)),
        };
        match name {
            Some(name) => set.named.push(walk.text(name).to_owned()),
            None => set.positional += 1,
        }
        set.values.push(given.map_or(Value::Unknown, |given| value(walk, given)));
    }
    set
}
