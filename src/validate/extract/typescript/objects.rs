//! Objects that are written out: for a type to take, for a function, for a component.

use super::names::{function_above, receiver};
use super::types::member_name;
use super::values;
use super::wanted::of_object;
use super::written::written;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, children, named, text};
use crate::validate::extract::uses::{Receiving, Use, type_name};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, RefKind, Ty, Value};

/// Objects that are written out as arguments of a call.
pub(super) fn arguments_written_out<'a>(
    walk: &mut Walk<'a>,
    list: Node<'a>,
    name: Node<'a>,
    receiving: &Receiving<'a>,
) {
    for (index, object) in named(list).into_iter().enumerate().filter(|(_, node)| node.kind() == "object") {
        let mut used = Use::new(RefKind::Literal, name, walk.text(name), receiving.clone());
        used.args = Some(Args { positional: index, ..keys(object, walk.source) });
        walk.refer(used);
    }
}

/// The keys of an object literal, as named arguments.
fn keys(object: Node<'_>, source: &str) -> Args {
    let mut args = Args::default();
    for member in named(object) {
        match key_of(member).and_then(|key| member_name(key, source)) {
            Some(name) => args.named.push(name.to_owned()),
            None => args.spread = true,
        }
    }
    args
}

fn key_of(member: Node<'_>) -> Option<Node<'_>> {
    match member.kind() {
        "pair" => child(member, "key"),
        "method_definition" => child(member, "name"),
        "shorthand_property_identifier" => Some(member),
        _ => None,
    }
}

/// `<Panel title="x" {...rest}>`: an object that a component takes.
pub(super) fn element<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(tag) = child(node, "name") else { return };
    let (name, receiving) = match tag.kind() {
        "identifier" => (tag, Receiving::none()),
        "member_expression" => match (child(tag, "object"), child(tag, "property")) {
            (Some(object), Some(property)) => (property, receiver(object, walk.source)),
            _ => return,
        },
        _ => return,
    };
    if walk.text(name).starts_with(|first: char| first.is_lowercase()) {
        return;
    }
    let mut args = Args::default();
    for attribute in children(node, "attribute") {
        let key = Some(attribute).filter(|node| node.kind() == "jsx_attribute");
        match key.and_then(|attribute| named(attribute).first().copied()) {
            Some(key) => args.named.push(walk.text(key).to_owned()),
            None => args.spread = true,
        }
    }
    if node.kind() == "jsx_opening_element" {
        args.named.push("children".to_owned());
    }
    let was_settled = walk.is_settled(name);
    let mut used = Use::new(RefKind::Literal, name, walk.text(name), receiving);
    used.args = Some(args);
    walk.refer(used);
    // The name is a use of its own as well.
    if !was_settled {
        walk.unsettle(name);
    }
}

/// The keys of an object whose type is stated, and the object as a whole.
pub(super) fn object<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(stated) = stated_type(walk, 0) else { return for_another(walk, node) };
    let Some(ty) = type_name(&stated.ty) else { return };
    for member in named(node) {
        let Some(key) = key_of(member) else { continue };
        let Some(name) = member_name(key, walk.source) else { continue };
        let value = child(member, "value")
            .filter(|_| member.kind() == "pair")
            .or(Some(member).filter(|member| member.kind() == "shorthand_property_identifier"));
        let value = value.map(|value| stated.takes.of(values::value(walk, value)));
        // The same token is the name of a variable too, which is found when the walk gets there.
        let was_settled = walk.is_settled(key);
        let mut used = Use::new(RefKind::Write, key, name, Receiving::typed(ty));
        used.on = stated.whole.clone();
        used.args = value.map(|value| Args { positional: 1, values: vec![value], ..Args::default() });
        walk.refer(used);
        if key.kind() == "shorthand_property_identifier" && !was_settled {
            walk.unsettle(key);
        }
    }
    if stated.takes == Takes::All && !stated.name.is_empty() {
        let mut used = Use::new(RefKind::Literal, node, stated.name, Receiving::none());
        used.args = Some(keys(node, walk.source));
        walk.refer(used);
    }
}

/// The keys of an object whose type only what it is made for tells: the function that takes it, or
/// the object that it is a part of.
fn for_another<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let on = of_object(walk, node);
    if on == Value::Unknown {
        return;
    }
    for member in named(node) {
        let found = match member.kind() {
            "pair" => child(member, "key").zip(child(member, "value")),
            "shorthand_property_identifier" => Some((member, member)),
            _ => None,
        };
        let Some((key, value)) = found else { continue };
        let Some(name) = member_name(key, walk.source).filter(|_| !walk.is_settled(key)) else { continue };
        let values = vec![values::value(walk, value)];
        let mut used = Use::new(RefKind::Write, key, name, Receiving::untold());
        used.on = on.clone();
        used.args = Some(Args { positional: 1, values, ..Args::default() });
        walk.refer(used);
        // The token is the name of a variable as well.
        if key.id() == value.id() {
            walk.unsettle(key);
        }
    }
    let mut used = Use::new(RefKind::Literal, node, Value::OBJECT, Receiving::untold());
    used.on = on;
    used.args = Some(keys(node, walk.source));
    walk.refer(used);
}

/// The type that is stated for a value.
pub(super) struct Stated<'a> {
    pub(super) ty: Ty,
    /// As it is written.
    name: &'a str,
    /// A value of all that is written.
    whole: Value,
    takes: Takes,
}

/// What an object that is written out has to have of a type.
#[derive(PartialEq, Eq)]
enum Takes {
    /// All required fields.
    All,
    /// Some of them, each of which may be there and be missing: `Partial<T>`.
    Some,
    /// Hardly anything: an assertion lets an object be a part of what it says, or more general.
    Little,
}

impl Takes {
    /// What of a value has to fit the field that it is set to.
    fn of(&self, value: Value) -> Value {
        match self {
            Self::All => value,
            Self::Some => value.passed(Value::PRESENT),
            // The mark counts where nothing is known of the value as well.
            Self::Little => Value::Passed(Box::new(value), Value::SAID.to_owned()),
        }
    }
}

/// The type that is stated for the value that so many nodes above it lie in.
pub(super) fn stated_type<'a>(walk: &Walk<'a>, up: usize) -> Option<Stated<'a>> {
    let skip = |mut up: usize| {
        while walk.kind_above(up) == "parenthesized_expression" {
            up += 1;
        }
        up
    };
    let mut up = skip(up);
    let in_list = walk.kind_above(up) == "array";
    if in_list {
        up = skip(up + 1);
    }
    let node = walk.above(up)?;
    let stated = match node.kind() {
        "variable_declarator" | "public_field_definition" | "required_parameter" => child(node, "type"),
        "as_expression" | "satisfies_expression" => named(node).get(1).copied(),
        "arrow_function" => child(node, "return_type"),
        "return_statement" => child(function_above(walk)?, "return_type"),
        _ => None,
    }?;
    let part = super::types::argument_of(stated, "Partial", walk.source);
    let mut ty = super::types::annotation(Some(part.unwrap_or(stated)), walk.source);
    if let (true, Ty::List(inner)) = (in_list, &ty) {
        ty = (**inner).clone();
    } else if in_list {
        return None;
    }
    let name = type_name(&ty).and_then(|name| find_name(stated, name, walk.source)).unwrap_or_default();
    let takes = match (node.kind(), part) {
        ("as_expression", _) => Takes::Little,
        (_, Some(_)) => Takes::Some,
        (_, None) => Takes::All,
    };
    let of = if node.kind() == "return_statement" { function_above(walk)? } else { node };
    let whole = match in_list {
        true => Value::Unknown,
        false => Value::Of(written(walk, part.unwrap_or(stated), of)),
    };
    Some(Stated { ty, name, whole, takes })
}

/// A name inside a type, with the life of the source.
fn find_name<'a>(within: Node<'_>, name: &str, source: &'a str) -> Option<&'a str> {
    let text = text(within, source);
    text.find(name).and_then(|at| text.get(at..at + name.len()))
}
