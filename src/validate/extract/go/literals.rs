//! Values that are written out: structs, lists and maps.

use super::types::type_name;
use super::values;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named};
use crate::validate::extract::uses::{Receiving, Use};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, RefKind, Value};

/// `T{A: 1}`, and `[]T{{A: 1}}` further down.
pub(super) fn composite<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(ty), Some(body)) = (child(node, "type"), child(node, "body")) else { return };
    if let Some(element) = element_of(ty) {
        elements(walk, element, body, NESTED);
    } else if ty.kind() == "struct_type" {
        keys(walk, body, None, &Value::Unknown);
    } else if let Some(name) = type_name(ty, walk.source) {
        let inner = child(ty, "type").filter(|_| ty.kind() == "generic_type").unwrap_or(ty);
        let at = child(inner, "name").unwrap_or(inner);
        let package = child(inner, "package");
        let receiving = package.map_or(Receiving::none(), |package| Receiving::name(walk.text(package)));
        let mut used = Use::new(RefKind::Construct, at, name, receiving);
        let elements = named(body);
        let keyed = elements.iter().any(|element| element.kind() == "keyed_element");
        let args = || Args { positional: elements.len(), ..Args::default() };
        used.args = (!keyed && !elements.is_empty()).then(args);
        used.on = values::stated(walk, ty);
        used.wanted = values::wanted(walk, node);
        let of = used.on.clone();
        walk.refer(used);
        keys(walk, body, Some(name), &of);
        settle_keys(walk, body, NESTED);
    }
}

/// The type of what a list or a map holds.
fn element_of(ty: Node<'_>) -> Option<Node<'_>> {
    child(ty, "element").or_else(|| child(ty, "value"))
}

/// The elements of a list or map that are made without naming their type.
fn elements<'a>(walk: &mut Walk<'a>, element: Node<'a>, body: Node<'a>, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    listed(walk, element, body);
    let of = values::stated(walk, element);
    let inner = element_of(element);
    for value in named(body).into_iter().filter_map(literal_of) {
        match inner {
            Some(inner) => elements(walk, inner, value, depth),
            None => {
                keys(walk, value, type_name(element, walk.source), &of);
                settle_keys(walk, value, depth);
            }
        }
    }
}

/// The field names in what a literal of an unknown sort holds.
fn settle_keys<'a>(walk: &mut Walk<'a>, body: Node<'a>, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for value in named(body).into_iter().filter_map(literal_of) {
        keys(walk, value, None, &Value::Unknown);
        settle_keys(walk, value, depth);
    }
}

/// A list or map whose elements are made without naming their type: the first that lists its fields
/// without keys stands for all.
fn listed<'a>(walk: &mut Walk<'a>, element: Node<'a>, body: Node<'a>) {
    let ty = if element.kind() == "pointer_type" { element.named_child(0) } else { Some(element) };
    let Some(ty) = ty.filter(|ty| matches!(ty.kind(), "type_identifier" | "qualified_type")) else { return };
    let made = named(body).into_iter().filter_map(literal_of).find_map(|value| {
        let parts: Vec<_> = named(value).into_iter().filter(|part| part.kind() != "comment").collect();
        let is_plain = !parts.is_empty() && parts.iter().all(|part| part.kind() != "keyed_element");
        is_plain.then_some(parts.len())
    });
    let (Some(positional), Some(name)) = (made, type_name(ty, walk.source)) else { return };
    let receiving =
        child(ty, "package").map_or(Receiving::none(), |package| Receiving::name(walk.text(package)));
    let mut used = Use::new(RefKind::Construct, child(ty, "name").unwrap_or(ty), name, receiving);
    used.args = Some(Args { positional, ..Args::default() });
    used.on = values::stated(walk, ty);
    walk.refer(used);
}

/// The literal without a type that an element of a list or map is.
fn literal_of(element: Node<'_>) -> Option<Node<'_>> {
    let value = child(element, "value").unwrap_or(element);
    child_of_kind(value, "literal_value")
}

/// The field names in `{A: 1}`; of a type that is not known they are not looked at.
fn keys<'a>(walk: &mut Walk<'a>, body: Node<'a>, ty: Option<&'a str>, of: &Value) {
    for element in named(body).into_iter().filter(|element| element.kind() == "keyed_element") {
        let key = child(element, "key").and_then(|key| child_of_kind(key, "identifier"));
        match (key, ty) {
            (Some(key), Some(ty)) => {
                let mut used = Use::new(RefKind::Write, key, walk.text(key), Receiving::typed(ty));
                used.on = of.clone();
                let given = child(element, "value").and_then(|value| named(value).first().copied());
                let value = given.map_or(Value::Unknown, |given| values::value(walk, given));
                used.args = Some(Args { values: vec![value], ..Args::default() });
                walk.refer(used);
            }
            (Some(key), None) => walk.settle(key),
            (None, _) => {}
        }
    }
}

/// Literals inside literals beyond this are not looked into.
const NESTED: usize = 8;
