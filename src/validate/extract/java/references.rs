//! Methods that are named without being called.

use super::dotted;
use super::names::{receiver, type_parts};
use super::values::{stood_for, value};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::uses::{Receiving, Use};
use crate::validate::extract::walk::Walk;
use crate::validate::model::RefKind;

/// `Type::method` and `value::method`.
pub(super) fn method_reference<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let parts = named(node);
    let (Some(object), Some(name)) = (parts.first(), parts.last()) else { return };
    if parts.len() > 1 && name.kind() == "identifier" {
        let mut used = Use::new(RefKind::Call, *name, walk.text(*name), receiver(walk, *object));
        used.on = value(walk, *object);
        used.wanted = stood_for(walk, node);
        walk.refer(used);
    } else if parts.len() == 1 && walk.text(node).ends_with("new") {
        // `Room::new` passes what its target wants.
        if let Some((name, receiving)) = made_type(walk, *object) {
            let mut used = Use::new(RefKind::Construct, name, walk.text(name), receiving);
            used.wanted = stood_for(walk, node);
            walk.refer(used);
        }
    }
}

/// The type that stands before `::new`, which may look like a value.
fn made_type<'a>(walk: &Walk<'a>, node: Node<'a>) -> Option<(Node<'a>, Receiving<'a>)> {
    match node.kind() {
        "identifier" => Some((node, Receiving::none())),
        "field_access" => {
            let (package, name) = (child(node, "object")?, child(node, "field")?);
            Some((name, Receiving::qualifier(dotted(walk, Some(package)))))
        }
        _ => type_parts(walk, node),
    }
}
