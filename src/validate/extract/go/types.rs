//! Types and signatures.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, children, named, one_line, text};
use crate::validate::model::{Param, Sig, Ty};

/// Types inside types beyond this depth are not told apart.
const DEPTH: usize = 8;
/// Wrappers of a type that are looked through.
const WRAPPERS: usize = 4;

/// The type of an annotation, or nothing known without one.
pub(super) fn annotation(node: Option<Node<'_>>, source: &str) -> Ty {
    node.map_or(Ty::Any, |node| ty(node, source, DEPTH))
}

/// How a function is called.
pub(super) fn signature(node: Node<'_>, source: &str) -> Sig {
    let list = child(node, "parameters").map(named).unwrap_or_default();
    let params = list.into_iter().flat_map(|node| params(node, source)).collect();
    Sig { params, returns: result(child(node, "result"), source), is_async: false }
}

/// The same where some names say nothing.
pub(super) fn with_parameters(mut sig: Sig, parameters: &[&str]) -> Sig {
    if !parameters.is_empty() {
        let is_parameter = |name: &str| parameters.contains(&name);
        for param in &mut sig.params {
            param.ty = without(std::mem::take(&mut param.ty), &is_parameter);
            param.written = hidden(std::mem::take(&mut param.written), parameters);
        }
        sig.returns = without(sig.returns, &is_parameter);
    }
    sig
}

/// The names of what a declaration has for parameters: `[T any]`, and the `T` of a receiver `*G[T]`.
pub(super) fn parameter_names(node: Node<'_>) -> Vec<Node<'_>> {
    let stated = child(node, "type_parameters").map(named).unwrap_or_default();
    let stated = stated.into_iter().flat_map(|parameter| children(parameter, "name"));
    let receiver = child(node, "receiver").and_then(|list| named(list).first().copied());
    stated
        .chain(receiver.and_then(|receiver| child(receiver, "type")).into_iter().flat_map(arguments))
        .collect()
}

fn arguments(ty: Node<'_>) -> Vec<Node<'_>> {
    let ty = named(ty).first().copied().filter(|_| ty.kind() == "pointer_type").unwrap_or(ty);
    let arguments = child(ty, "type_arguments").map(named).unwrap_or_default();
    arguments.into_iter().filter_map(|argument| named(argument).first().copied()).collect()
}

pub(super) fn parameters<'a>(node: Node<'_>, source: &'a str) -> Vec<&'a str> {
    parameter_names(node).into_iter().map(|name| text(name, source)).collect()
}

/// A type as written, in which some names say nothing.
pub(super) fn hidden(text: String, names: &[&str]) -> String {
    if names.is_empty() { text } else { super::values::with_holes(&text, |name| names.contains(&name)) }
}

/// A type in which some names say nothing.
pub(super) fn without(ty: Ty, is_hidden: &impl Fn(&str) -> bool) -> Ty {
    let inner = |ty: Box<Ty>| Box::new(without(*ty, is_hidden));
    match ty {
        Ty::Named(name) if is_hidden(&name) => Ty::Any,
        Ty::List(of) => Ty::List(inner(of)),
        Ty::Map(of) => Ty::Map(inner(of)),
        Ty::Optional(of) => Ty::Optional(inner(of)),
        ty => ty,
    }
}

/// What a literal of a struct without keys has to list.
pub(super) fn literal(ty: Node<'_>, source: &str) -> Sig {
    let list = child_of_kind(ty, "field_declaration_list").map(named).unwrap_or_default();
    let fields = list.into_iter().filter(|node| node.kind() == "field_declaration");
    Sig { params: fields.flat_map(|node| params(node, source)).collect(), returns: Ty::Any, is_async: false }
}

/// One declaration may name several parameters, or none.
fn params(node: Node<'_>, source: &str) -> Vec<Param> {
    let variadic = node.kind() == "variadic_parameter_declaration";
    let ty = annotation(child(node, "type"), source);
    let written = child(node, "type").map_or("", |ty| text(ty, source));
    // The star of an embedded pointer stands beside its type.
    let is_beside = node.kind() == "field_declaration" && text(node, source).starts_with('*');
    let star = if is_beside { "*" } else { "" };
    let names = children(node, "name");
    let mut texts: Vec<&str> = names.into_iter().map(|name| text(name, source)).collect();
    if texts.is_empty() {
        texts.push("_");
    }
    let param = |name: &str| Param {
        name: name.to_owned(),
        ty: ty.clone(),
        written: format!("{star}{written}"),
        optional: false,
        variadic,
        keyword_only: false,
    };
    texts.into_iter().map(param).collect()
}

/// Several results are kept as they are written: nothing but an equal list fits them.
fn result(node: Option<Node<'_>>, source: &str) -> Ty {
    let Some(node) = node else { return Ty::Unit };
    if node.kind() != "parameter_list" {
        return ty(node, source, DEPTH);
    }
    let types: Vec<Node<'_>> = named(node)
        .into_iter()
        .flat_map(|part| vec![child(part, "type"); children(part, "name").len().max(1)])
        .flatten()
        .collect();
    match types.as_slice() {
        [one] => ty(*one, source, DEPTH),
        _ => {
            let texts: Vec<String> = types.into_iter().map(|ty| one_line(text(ty, source))).collect();
            Ty::Named(format!("({})", texts.join(", ")))
        }
    }
}

fn ty(node: Node<'_>, source: &str, depth: usize) -> Ty {
    let Some(depth) = depth.checked_sub(1) else { return Ty::Any };
    let inner = |node: Option<Node<'_>>| node.map_or(Ty::Any, |node| ty(node, source, depth));
    match node.kind() {
        "type_identifier" => by_name(text(node, source)),
        "qualified_type" => match text(node, source) {
            "time.Time" => Ty::Date,
            "uuid.UUID" => Ty::Uuid,
            "decimal.Decimal" => Ty::Decimal,
            "json.RawMessage" => Ty::Any,
            _ => child(node, "name").map_or(Ty::Any, |name| Ty::Named(text(name, source).to_owned())),
        },
        "generic_type" => inner(child(node, "type")),
        "pointer_type" => Ty::Optional(Box::new(inner(named(node).first().copied()))),
        "parenthesized_type" => inner(named(node).first().copied()),
        "slice_type" | "array_type" => match child(node, "element") {
            Some(element) if matches!(text(element, source), "byte" | "uint8") => Ty::Bytes,
            element => Ty::List(Box::new(inner(element))),
        },
        "map_type" => Ty::Map(Box::new(inner(child(node, "value")))),
        _ => Ty::Any,
    }
}

fn by_name(name: &str) -> Ty {
    match name {
        "string" => Ty::Str,
        "bool" => Ty::Bool,
        "float32" | "float64" => Ty::Float,
        "any" => Ty::Any,
        "byte" | "rune" | "uintptr" => Ty::Int,
        _ if is_integer(name) => Ty::Int,
        _ => Ty::Named(name.to_owned()),
    }
}

/// Whether a name is that of a type of numbers.
pub(in crate::validate) fn is_go_number(name: &str) -> bool {
    matches!(by_name(name), Ty::Int | Ty::Float) || matches!(name, "complex64" | "complex128")
}

fn is_integer(name: &str) -> bool {
    let bits = name.trim_start_matches('u').strip_prefix("int");
    bits.is_some_and(|bits| matches!(bits, "" | "8" | "16" | "32" | "64"))
}

/// Whether a name is one of the language's own types.
pub(super) fn is_builtin(name: &str) -> bool {
    matches!(name, "error" | "comparable" | "complex64" | "complex128" | "any")
        || !matches!(by_name(name), Ty::Named(_))
}

/// The name of a type without its package, arguments and star.
pub(super) fn type_name<'a>(mut node: Node<'_>, source: &'a str) -> Option<&'a str> {
    for _ in 0..WRAPPERS {
        node = match node.kind() {
            "type_identifier" => return Some(text(node, source)),
            "qualified_type" => return child(node, "name").map(|name| text(name, source)),
            "generic_type" => child(node, "type")?,
            "pointer_type" | "parenthesized_type" => *named(node).first()?,
            _ => return None,
        };
    }
    None
}

/// The type that a value shows by itself: `T{…}`, `&T{…}`, `new(T)`, `x.(T)` and `NewT(…)`.
pub(super) fn of_value<'a>(mut node: Node<'_>, source: &'a str) -> Option<&'a str> {
    for _ in 0..WRAPPERS {
        node = match node.kind() {
            "composite_literal" | "type_assertion_expression" => {
                return type_name(child(node, "type")?, source);
            }
            "unary_expression" => child(node, "operand").filter(|_| text(node, source).starts_with('&'))?,
            "parenthesized_expression" => *named(node).first()?,
            "call_expression" => return constructed(node, source),
            _ => return None,
        };
    }
    None
}

fn constructed<'a>(call: Node<'_>, source: &'a str) -> Option<&'a str> {
    let function = child(call, "function")?;
    let name = text(child(function, "field").unwrap_or(function), source);
    if name == "new" {
        return type_name(*named(child(call, "arguments")?).first()?, source);
    }
    name.strip_prefix("New").filter(|ty| ty.starts_with(char::is_uppercase))
}
