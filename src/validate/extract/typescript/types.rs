//! Types and signatures.

use super::written::{or_missing, written};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, literal, named, one_line, text};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Param, Sig, Ty};

/// Types inside types beyond this depth are not told apart.
const DEPTH: usize = 8;
/// Members of a union that are looked at.
const MEMBERS: usize = 64;

/// The type of an annotation, or nothing known without one.
pub(super) fn annotation(node: Option<Node<'_>>, source: &str) -> Ty {
    node.map_or(Ty::Any, |node| ty(node, source, DEPTH))
}

/// How a function, method or signature is called.
pub(super) fn signature(walk: &Walk<'_>, node: Node<'_>) -> Sig {
    let source = walk.source;
    let returned = child(node, "return_type");
    let is_promise = returned.and_then(|node| named(node).first().copied()).is_some_and(|node| {
        node.kind() == "generic_type"
            && child(node, "name").is_some_and(|name| text(name, source) == "Promise")
    });
    Sig {
        params: params(walk, node),
        returns: annotation(returned, source),
        is_async: is_promise || child_of_kind(node, "async").is_some(),
    }
}

/// The argument of `Wrapper<T>`, when the type is that.
pub(super) fn argument_of<'a>(node: Node<'a>, wrapper: &str, source: &str) -> Option<Node<'a>> {
    let ty = if node.kind() == "type_annotation" { *named(node).first()? } else { node };
    let name = child(ty, "name").filter(|_| ty.kind() == "generic_type")?;
    let arguments = child(ty, "type_arguments").map(named)?;
    arguments.first().copied().filter(|_| text(name, source) == wrapper)
}

/// The properties of a component whose type is stated: `Props` in `React.FC<Props>`.
pub(super) fn component_props(stated: Node<'_>, source: &str) -> Option<Ty> {
    const COMPONENTS: [&str; 4] = ["React.FC", "FC", "React.FunctionComponent", "FunctionComponent"];
    let props = COMPONENTS.iter().find_map(|name| argument_of(stated, name, source))?;
    Some(annotation(Some(props), source))
}

fn params(walk: &Walk<'_>, node: Node<'_>) -> Vec<Param> {
    if let Some(name) = child(node, "parameter") {
        return vec![param(walk, name, node)];
    }
    let Some(list) = child(node, "parameters") else { return Vec::new() };
    let all = named(list).into_iter().map(|param_node| param(walk, param_node, node));
    all.filter(|param| param.name != "this").collect()
}

fn param(walk: &Walk<'_>, node: Node<'_>, function: Node<'_>) -> Param {
    let source = walk.source;
    let (pattern, default) = match node.kind() {
        "required_parameter" | "optional_parameter" => (child(node, "pattern"), child(node, "value")),
        "assignment_pattern" => (child(node, "left"), child(node, "right")),
        _ => (Some(node), None),
    };
    let pattern = pattern.unwrap_or(node);
    let variadic = pattern.kind() == "rest_pattern";
    let name = if variadic { named(pattern).first().copied().unwrap_or(pattern) } else { pattern };
    let optional = default.is_some() || node.kind() == "optional_parameter";
    let stated = child(node, "type").map(|ty| written(walk, ty, function)).unwrap_or_default();
    Param {
        name: one_line(text(name, source)),
        ty: annotation(child(node, "type"), source),
        written: if optional { or_missing(stated) } else { stated },
        optional,
        variadic,
        keyword_only: false,
    }
}

fn ty(node: Node<'_>, source: &str, depth: usize) -> Ty {
    let Some(depth) = depth.checked_sub(1) else { return Ty::Any };
    let inner = |node: Node<'_>| named(node).first().map_or(Ty::Any, |node| ty(*node, source, depth));
    match node.kind() {
        "type_annotation" | "parenthesized_type" | "readonly_type" => inner(node),
        "predefined_type" => predefined(text(node, source)),
        "type_identifier" => by_name(text(node, source)),
        "nested_type_identifier" => Ty::Named(one_line(text(node, source))),
        "array_type" => Ty::List(Box::new(inner(node))),
        "generic_type" => generic(node, source, depth),
        "union_type" => union(node, source, depth),
        "literal_type" => named(node).first().map_or(Ty::Any, |node| of_literal(*node)),
        "template_literal_type" => Ty::Str,
        _ => Ty::Any,
    }
}

fn predefined(word: &str) -> Ty {
    match word {
        "string" => Ty::Str,
        "number" => Ty::Float,
        "boolean" => Ty::Bool,
        "void" => Ty::Unit,
        _ => Ty::Any,
    }
}

fn by_name(name: &str) -> Ty {
    match name {
        "Date" => Ty::Date,
        "String" => Ty::Str,
        "Number" => Ty::Float,
        "Boolean" => Ty::Bool,
        "Buffer" | "Uint8Array" | "ArrayBuffer" | "Blob" => Ty::Bytes,
        "Function" | "Object" => Ty::Any,
        _ => Ty::Named(name.to_owned()),
    }
}

fn generic(node: Node<'_>, source: &str, depth: usize) -> Ty {
    let Some(name) = child(node, "name") else { return Ty::Any };
    let arguments = child(node, "type_arguments").map(named).unwrap_or_default();
    let argument = |index: usize| arguments.get(index).map_or(Ty::Any, |node| ty(*node, source, depth));
    match text(name, source) {
        "Array" | "ReadonlyArray" | "Set" | "ReadonlySet" | "Iterable" => Ty::List(Box::new(argument(0))),
        "Record" | "Map" | "ReadonlyMap" => Ty::Map(Box::new(argument(1))),
        "Promise" | "PromiseLike" | "Awaited" | "Readonly" | "Required" | "NonNullable" => argument(0),
        "Partial" | "Pick" | "Omit" | "Exclude" | "Extract" | "ReturnType" | "Parameters" => Ty::Any,
        _ => ty(name, source, depth),
    }
}

/// A union nests to the left, one level per member, so it is taken apart in a loop.
fn union(node: Node<'_>, source: &str, depth: usize) -> Ty {
    let (mut open, mut members, mut is_optional) = (vec![node], Vec::new(), false);
    let mut looked_at = 0;
    while let Some(node) = open.pop() {
        looked_at += 1;
        match node.kind() {
            _ if looked_at > 2 * MEMBERS => return Ty::Any,
            "union_type" => open.extend(named(node)),
            _ if matches!(text(node, source), "null" | "undefined" | "void") => is_optional = true,
            _ => members.push(ty(node, source, depth)),
        }
    }
    let first = members.pop().unwrap_or_default();
    let joined = if members.iter().all(|member| *member == first) { first } else { Ty::Any };
    if is_optional { Ty::Optional(Box::new(joined)) } else { joined }
}

fn of_literal(node: Node<'_>) -> Ty {
    match node.kind() {
        "string" => Ty::Str,
        "number" | "unary_expression" => Ty::Float,
        "true" | "false" => Ty::Bool,
        "null" | "undefined" => Ty::Unit,
        _ => Ty::Any,
    }
}

/// The type of a value that shows it by itself.
pub(super) fn of_value(node: Node<'_>, source: &str) -> Ty {
    match node.kind() {
        "new_expression" => match child(node, "constructor").map(last_name) {
            Some(name) => by_name(text(name, source)),
            None => Ty::Any,
        },
        "as_expression" | "satisfies_expression" => {
            named(node).get(1).map_or(Ty::Any, |node| ty(*node, source, DEPTH))
        }
        "template_string" => Ty::Str,
        "array" => Ty::List(Box::default()),
        _ => of_literal(node),
    }
}

/// The `c` of `a.b.c`.
pub(super) fn last_name(node: Node<'_>) -> Node<'_> {
    child(node, "property").or_else(|| child(node, "name")).unwrap_or(node)
}

/// The name of a member, when it is written out.
pub(super) fn member_name<'a>(node: Node<'a>, source: &'a str) -> Option<&'a str> {
    match node.kind() {
        "computed_property_name" => None,
        "string" => literal(node, source),
        _ => Some(text(node, source)).filter(|name| !name.is_empty()),
    }
}
