//! Literals of Go structs that a function declares for itself or that are written out in place, as in
//! tables of tests. No other file can name such a type, so its fields are no symbols.

use super::super::{LONGEST, Reading};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, children, line, named, text};
use crate::validate::model::FaultSort;

/// Compares a literal, or each that a list holds, with the fields of its type.
pub(super) fn literal<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let (Some(ty), Some(body)) = (child(node, "type"), child(node, "body")) else { return };
    let element = child(ty, "element").or_else(|| child(ty, "value"));
    let Some(stated) = stated(reading, element.unwrap_or(ty)) else { return };
    let fields = fields(stated, reading.source);
    let bodies = match element {
        Some(_) => named(body).into_iter().filter_map(inner).take(LONGEST).collect(),
        None => vec![body],
    };
    bodies.into_iter().for_each(|body| compare(reading, &fields, body, line(stated)));
}

/// The struct that a type is, if it is written here or declared in a block around.
fn stated<'a>(reading: &Reading<'a>, ty: Node<'a>) -> Option<Node<'a>> {
    let ty = if ty.kind() == "pointer_type" { ty.named_child(0)? } else { ty };
    match ty.kind() {
        "struct_type" => Some(ty),
        "type_identifier" => {
            let blocks = reading.above.iter().rev().map(|above| above.node);
            let mut blocks = blocks.filter(|node| matches!(node.kind(), "block" | "statement_list"));
            let declared = blocks.find_map(|block| declared(block, reading.text(ty), reading.source))?;
            Some(declared).filter(|declared| declared.kind() == "struct_type")
        }
        _ => None,
    }
}

/// What a block declares a type to be.
fn declared<'a>(block: Node<'a>, name: &str, source: &str) -> Option<Node<'a>> {
    let statements = named(block).into_iter().take(LONGEST).filter(|it| it.kind() == "type_declaration");
    let specs = statements.flat_map(named);
    let mut of_name = specs.filter(|spec| child(*spec, "name").is_some_and(|it| text(it, source) == name));
    of_name.next().and_then(|spec| child(spec, "type"))
}

/// The names of the fields; what is embedded has the name of its type.
fn fields<'a>(stated: Node<'a>, source: &'a str) -> Vec<&'a str> {
    let list = child_of_kind(stated, "field_declaration_list").map(named).unwrap_or_default();
    let of = |part: Node<'a>| match children(part, "name").as_slice() {
        [] => child(part, "type").map(|ty| vec![last(text(ty, source))]).unwrap_or_default(),
        names => names.iter().map(|name| text(*name, source)).collect(),
    };
    list.into_iter().filter(|part| part.kind() == "field_declaration").flat_map(of).collect()
}

/// The last name of a type, without what stands around it.
fn last(ty: &str) -> &str {
    let name = ty.split('[').next().unwrap_or(ty);
    name.rsplit(['.', '*']).next().unwrap_or(name).trim()
}

/// The literal without a type that an element of a list is.
fn inner(element: Node<'_>) -> Option<Node<'_>> {
    child_of_kind(child(element, "value").unwrap_or(element), "literal_value")
}

fn compare<'a>(reading: &mut Reading<'a>, fields: &[&str], body: Node<'a>, against: u32) {
    let elements = named(body).into_iter().filter(|element| element.kind() != "comment");
    let (keyed, plain): (Vec<_>, Vec<_>) = elements.partition(|element| element.kind() == "keyed_element");
    let keys = keyed.into_iter().filter_map(|element| child_of_kind(child(element, "key")?, "identifier"));
    for key in keys.take(LONGEST) {
        let name = reading.text(key);
        if !fields.contains(&name) {
            reading.fault(FaultSort::FieldUnknown, name, line(key), against);
        }
    }
    if !plain.is_empty() && plain.len() != fields.len() {
        let what = format!("{} values for {} fields", plain.len(), fields.len());
        reading.fault(FaultSort::Fields, &what, line(body), against);
    }
}
