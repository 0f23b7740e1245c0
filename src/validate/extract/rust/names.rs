//! Uses of names, and the names that functions bind.

use super::around;
use super::types::{annotation, is_type_name, last_type_name, of_value};
use super::values;
use super::wanted::wanted;
use crate::validate::extract::node::Node;
use crate::validate::extract::scope::ScopeSort;
use crate::validate::extract::syntax::{Argument, arguments, child, named, text, visit};
use crate::validate::extract::uses::{Receiving, Step, Use, type_name};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, RefKind, Value};

/// What stands before a dot.
fn receiver<'a>(node: Node<'a>, source: &'a str) -> Receiving<'a> {
    Receiving::of(node, |node| match node.kind() {
        "self" => Step::Root(Receiving::this()),
        "identifier" => Step::Root(Receiving::name(text(node, source))),
        "field_expression" => match (child(node, "value"), child(node, "field")) {
            (Some(value), Some(field)) => Step::Field(value, text(field, source)),
            _ => Step::Root(Receiving::other()),
        },
        "parenthesized_expression" | "reference_expression" | "try_expression" => {
            named(node).last().map_or(Step::Root(Receiving::other()), |inner| Step::Inside(*inner))
        }
        _ => Step::Root(of_value(node, source).map_or(Receiving::other(), typed)),
    })
}

/// What stands before `::`.
pub(super) fn path<'a>(node: Option<Node<'a>>, source: &'a str) -> Receiving<'a> {
    let Some(node) = node else { return Receiving::other() };
    match node.kind() {
        "bracketed_type" => {
            let Some(inner) = named(node).first().copied() else { return Receiving::other() };
            match inner.kind() {
                "qualified_type" => child(inner, "alias")
                    .map_or(Receiving::other(), |alias| Receiving::name(last_type_name(alias, source))),
                // `<Room<u8>>::open`
                "type_identifier" | "generic_type" | "scoped_type_identifier" => {
                    match last_type_name(inner, source) {
                        "Self" => Receiving::this(),
                        name => Receiving::path(name),
                    }
                }
                _ => Receiving::other(),
            }
        }
        _ => match last_type_name(node, source) {
            "Self" => Receiving::this(),
            name if node.kind().ends_with("identifier") && !node.kind().starts_with("scoped") => {
                Receiving::path(name)
            }
            name => Receiving::name(name),
        },
    }
}

fn typed(ty: &str) -> Receiving<'_> {
    if ty == "Self" { Receiving::this() } else { Receiving::typed(ty) }
}

/// A call: of a function, a method, or the construction of a tuple struct or variant.
pub(super) fn call<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(mut function), Some(list)) = (child(node, "function"), child(node, "arguments")) else {
        return;
    };
    if function.kind() == "generic_function" {
        function = child(function, "function").unwrap_or(function);
    }
    let (name, receiving, on) = match function.kind() {
        "identifier" => (function, Receiving::none(), None),
        "field_expression" => match (child(function, "value"), child(function, "field")) {
            (Some(value), Some(field)) if field.kind() == "field_identifier" => {
                (field, receiver(value, walk.source), Some(value))
            }
            _ => return,
        },
        "scoped_identifier" => match child(function, "name") {
            Some(name) => (name, path(child(function, "path"), walk.source), None),
            None => return,
        },
        _ => return,
    };
    let spelling = walk.text(name);
    let kind = if is_type_name(spelling) { RefKind::Construct } else { RefKind::Call };
    let mut used = Use::new(kind, name, spelling, receiving);
    let mut args = arguments(list, |_| Argument::Positional);
    args.values = named(list).into_iter().map(|passed| values::lent(walk, passed)).collect();
    used.args = Some(args);
    used.on = on.map_or(Value::Unknown, |on| values::value(walk, on));
    used.wanted = wanted(walk, node);
    used.awaited = walk.kind_above(0) == "await_expression";
    used.taken = around::taken(walk, node);
    walk.refer(used);
}

/// `a.b`, unless a call said so already.
pub(super) fn field<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(value), Some(field)) = (child(node, "value"), child(node, "field")) else { return };
    if field.kind() == "field_identifier" && !walk.is_settled(field) {
        let receiving = receiver(value, walk.source);
        let mut used = Use::new(access(walk), field, walk.text(field), receiving);
        used.on = values::value(walk, value);
        used.wanted = wanted(walk, node);
        used.taken = around::taken(walk, node);
        used.args = assigned(walk);
        walk.refer(used);
    } else if field.kind() == "integer_literal" {
        // What has one is no definition.
        let mut used = Use::new(RefKind::Read, field, walk.text(field), Receiving::untold());
        used.on = values::value(walk, value);
        walk.refer_again(used);
    }
}

/// What the current field is set to.
fn assigned(walk: &Walk<'_>) -> Option<Args> {
    let assignment = walk.above(0).filter(|above| above.kind() == "assignment_expression")?;
    let right = child(assignment, "right").filter(|_| walk.field() == "left")?;
    Some(Args { values: vec![values::lent(walk, right)], ..Args::default() })
}

/// `a::b`, unless a call said so already.
pub(super) fn scoped<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name").filter(|name| !walk.is_settled(*name)) else { return };
    let Some(before) = child(node, "path") else { return walk.refer_bare(RefKind::Read, name) };
    let receiving = path(Some(before), walk.source);
    if node.kind() == "scoped_type_identifier" {
        return walk.refer(Use::new(sort_of_type(walk), name, walk.text(name), receiving));
    }
    let mut used = Use::new(access(walk), name, walk.text(name), receiving);
    used.wanted = wanted(walk, node);
    used.taken = around::taken(walk, node);
    walk.refer(used);
}

fn access(walk: &Walk<'_>) -> RefKind {
    match (walk.kind_above(0), walk.field()) {
        ("assignment_expression" | "compound_assignment_expr", "left") => RefKind::Write,
        _ => RefKind::Read,
    }
}

/// A bare name in an expression or in front of `::`.
pub(super) fn identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let is_name = matches!(walk.kind_above(0), "lifetime" | "label" | "token_tree" | "token_tree_pattern");
    if !is_name && walk.text(node) != "Self" && !walk.is_settled(node) {
        let mut used = Use::new(access(walk), node, walk.text(node), Receiving::none());
        used.wanted = wanted(walk, node);
        walk.refer(used);
    }
}

pub(super) fn type_identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if walk.text(node) != "Self" && !is_binding_name(walk) {
        walk.refer_bare(sort_of_type(walk), node);
    }
}

/// `Item` of `Iterator<Item = u8>`.
fn is_binding_name(walk: &Walk<'_>) -> bool {
    walk.kind_above(0) == "type_binding" && walk.field() == "name"
}

/// Whether the current type is extended or implemented, or used otherwise.
fn sort_of_type(walk: &Walk<'_>) -> RefKind {
    let is_super = match walk.kind_above(0) {
        "impl_item" => walk.field() == "trait",
        "trait_bounds" => walk.kind_above(1) == "trait_item",
        // The trait of an `impl` was looked at together with the `impl`.
        "generic_type" => {
            walk.kind_above(1) == "trait_bounds"
                && walk.kind_above(2) == "trait_item"
                && walk.field() == "type"
        }
        _ => false,
    };
    if is_super { RefKind::Extends } else { RefKind::Type }
}

/// A type as the receiver of its fields; `Self` is the type around.
pub(super) fn written<'a>(walk: &Walk<'a>, ty: &'a str) -> Receiving<'a> {
    match (ty, walk.open_type()) {
        ("Self", Some(owner)) => Receiving::typed(owner),
        ("Self", None) => Receiving::this(),
        _ => Receiving::typed(ty),
    }
}

/// The trait that a type parameter is bound by, in `<T: Tr>` or `where T: Tr`; a value of such a
/// type is looked at as one of the trait.
fn bound_of<'a>(function: Node<'a>, parameter: &str, source: &'a str) -> Option<&'a str> {
    let bounds = values::bounds(function, parameter, source);
    let only = bounds.into_iter().filter(|bound| bound.kind() != "lifetime").collect::<Vec<_>>();
    match only.as_slice() {
        [one] if one.kind().ends_with("type_identifier") || one.kind() == "generic_type" => {
            Some(last_type_name(*one, source))
        }
        _ => None,
    }
}

/// Binds `<T>` in the current scope.
pub(super) fn type_parameters<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    for parameter in child(node, "type_parameters").map(named).unwrap_or_default() {
        if let Some(name) = child(parameter, "name").filter(|name| name.kind().ends_with("identifier")) {
            walk.settle(name);
            walk.scopes.bind(walk.text(name), node.start_byte(), None);
        }
    }
}

/// Opens the scope of a function or closure and binds its parameters.
pub(super) fn open_function<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    walk.open_scope(ScopeSort::Function);
    type_parameters(walk, node);
    let params = child(node, "parameters").map(named).unwrap_or_default();
    let given = match params.len() {
        1 if node.kind() == "closure_expression" => values::given(walk),
        _ => Value::Unknown,
    };
    for param in params {
        let pattern = match param.kind() {
            "parameter" => child(param, "pattern"),
            "self_parameter" | "attribute_item" | "variadic_parameter" => None,
            _ => Some(param),
        };
        let ty = annotation(child(param, "type"), walk.source);
        if let Some(pattern) = pattern {
            let ty = type_name(&ty);
            let ty = ty.map(|ty| bound_of(node, ty, walk.source).unwrap_or(ty));
            let stated = child(param, "type").map(|ty| values::stated(walk, ty));
            bind(walk, pattern, node.start_byte(), ty, stated.unwrap_or_else(|| given.clone()));
        }
    }
}

/// Binds the names of a pattern, which hold from a byte on.
pub(super) fn bind<'a>(walk: &mut Walk<'a>, pattern: Node<'a>, from: usize, ty: Option<&str>, value: Value) {
    let mut parts = values::taken_apart(walk, pattern, value);
    let is_name = matches!(pattern.kind(), "identifier");
    let ty = match ty.filter(|_| is_name) {
        Some("Self") => walk.open_type(),
        other => other,
    };
    let ty = ty.map(str::to_owned);
    for name in bound(pattern, walk.source) {
        if name.kind() == "identifier" {
            walk.settle(name);
        }
        let part = parts.iter().position(|(node, _)| *node == name.id());
        let value = part.map_or(Value::Unknown, |part| parts.swap_remove(part).1);
        walk.bind_value(walk.text(name), from, ty.clone(), value);
    }
}

/// The names a pattern binds: by their spelling those that are no constant or variant.
fn bound<'a>(pattern: Node<'a>, source: &str) -> Vec<Node<'a>> {
    let mut names = Vec::new();
    visit(pattern, |node, field| match node.kind() {
        _ if matches!(field, Some("type" | "condition")) => false,
        "identifier" | "shorthand_field_identifier" => {
            if !text(node, source).starts_with(char::is_uppercase) {
                names.push(node);
            }
            false
        }
        "scoped_identifier" | "macro_invocation" | "range_pattern" | "const_block" => false,
        _ => true,
    });
    names
}

/// `let pattern: T = value`.
pub(super) fn let_declaration<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(pattern) = child(node, "pattern") else { return };
    let stated = child(node, "type").map(|ty| annotation(Some(ty), walk.source));
    let shown = child(node, "value").and_then(|value| of_value(value, walk.source));
    let ty = stated.as_ref().map_or(shown, type_name);
    let value = match (child(node, "type"), child(node, "value")) {
        (Some(ty), _) => values::stated(walk, ty),
        (None, Some(value)) => values::lent(walk, value),
        (None, None) => Value::Unknown,
    };
    // The value cannot see the names, and a later `let` hides an earlier one.
    bind(walk, pattern, node.end_byte(), ty, value);
}
