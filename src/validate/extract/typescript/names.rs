//! Uses of names.

use tree_sitter::Node;

use super::types::{last_name, member_name, of_value};
use crate::validate::extract::scope::ScopeSort;
use crate::validate::extract::syntax::{
    Argument, arguments, child, child_of_kind, children, named, text, visit,
};
use crate::validate::extract::uses::{Receiving, Step, Use, type_name};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, RefKind, Ty};

/// How far up the function is looked for that a value is returned from.
const FUNCTION_ABOVE: usize = 12;

/// What stands before a dot.
pub(super) fn receiver<'a>(node: Node<'a>, source: &'a str) -> Receiving<'a> {
    Receiving::of(node, |node| match node.kind() {
        "this" | "super" => Step::Root(Receiving::this()),
        "identifier" | "type_identifier" => Step::Root(Receiving::name(text(node, source))),
        "parenthesized_expression" | "non_null_expression" => {
            named(node).first().map_or(Step::Root(Receiving::other()), |inner| Step::Inside(*inner))
        }
        "member_expression" | "nested_identifier" => match (child(node, "object"), child(node, "property")) {
            (Some(object), Some(property)) => Step::Field(object, text(property, source)),
            _ => Step::Root(Receiving::other()),
        },
        _ => {
            let ty = of_value(node, source);
            Step::Root(type_name(&ty).map_or(Receiving::other(), Receiving::typed))
        }
    })
}

/// A function call: the use of a function or of a method.
pub(super) fn call<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(mut function) = child(node, "function") else { return };
    if function.kind() == "non_null_expression" {
        function = named(function).first().copied().unwrap_or(function);
    }
    let args = child(node, "arguments").filter(|list| list.kind() == "arguments").map(passed);
    let (name, receiving) = match function.kind() {
        "identifier" => (function, Receiving::none()),
        "member_expression" => match (child(function, "object"), child(function, "property")) {
            (Some(object), Some(property)) => (property, receiver(object, walk.source)),
            _ => return,
        },
        _ => return,
    };
    let mut used = Use::new(RefKind::Call, name, walk.text(name), receiving);
    used.args = args;
    used.awaited = is_awaited(walk);
    walk.refer(used);
}

/// `new Foo(…)`.
pub(super) fn construct<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(constructor) = child(node, "constructor") else { return };
    let (name, receiving) = match constructor.kind() {
        "identifier" => (constructor, Receiving::none()),
        "member_expression" => match child(constructor, "object") {
            Some(object) => (last_name(constructor), receiver(object, walk.source)),
            None => return,
        },
        _ => return,
    };
    let mut used = Use::new(RefKind::Construct, name, walk.text(name), receiving);
    used.args = Some(child(node, "arguments").map(passed).unwrap_or_default());
    walk.refer(used);
}

fn passed(list: Node<'_>) -> Args {
    arguments(
        list,
        |node| if node.kind() == "spread_element" { Argument::Spread } else { Argument::Positional },
    )
}

/// Whether the current call is awaited, has its promise followed, or is returned from an
/// asynchronous function.
fn is_awaited(walk: &Walk<'_>) -> bool {
    let mut up = 0;
    while matches!(
        walk.kind_above(up),
        "parenthesized_expression" | "non_null_expression" | "as_expression" | "ternary_expression"
    ) {
        up += 1;
        if up > FUNCTION_ABOVE {
            return false;
        }
    }
    match walk.kind_above(up) {
        "await_expression" => true,
        "member_expression" => {
            let property = walk.above(up).and_then(|node| child(node, "property"));
            property.is_some_and(|name| matches!(walk.text(name), "then" | "catch" | "finally"))
        }
        "return_statement" | "arrow_function" => {
            function_above(walk).is_some_and(|function| child_of_kind(function, "async").is_some())
        }
        _ => false,
    }
}

/// The function around the current node, when it is not far.
fn function_above<'a>(walk: &Walk<'a>) -> Option<Node<'a>> {
    let is_function = |kind| {
        matches!(
            kind,
            "arrow_function" | "function_declaration" | "function_expression" | "method_definition"
        )
    };
    let up = (0..FUNCTION_ABOVE).find(|up| is_function(walk.kind_above(*up)))?;
    walk.above(up)
}

/// `a.b`, unless a call said so already.
pub(super) fn member<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(object), Some(property)) = (child(node, "object"), child(node, "property")) else { return };
    if walk.is_settled(property) {
        return;
    }
    let receiving = receiver(object, walk.source);
    walk.refer(Use::new(access(walk), property, walk.text(property), receiving));
}

/// Whether the current node is read or written.
fn access(walk: &Walk<'_>) -> RefKind {
    match (walk.kind_above(0), walk.field()) {
        ("assignment_expression" | "augmented_assignment_expression", "left") => RefKind::Write,
        ("update_expression", _) => RefKind::Write,
        _ => RefKind::Read,
    }
}

/// A bare name in an expression.
pub(super) fn identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let kind = match walk.kind_above(0) {
        "extends_clause" => RefKind::Extends,
        // `<div>` is no name of a program.
        "jsx_opening_element" | "jsx_closing_element" | "jsx_self_closing_element"
            if walk.text(node).starts_with(|first: char| first.is_lowercase()) =>
        {
            return;
        }
        _ => access(walk),
    };
    walk.refer_bare(kind, node);
}

/// A name of a type.
pub(super) fn type_identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if walk.is_settled(node) {
        return;
    }
    let (mut up, mut receiving) = (0, Receiving::none());
    if walk.kind_above(0) == "nested_type_identifier" {
        let module = walk.above(0).and_then(|nested| child(nested, "module"));
        receiving = module.map_or(Receiving::other(), |module| receiver(module, walk.source));
        up += 1;
    }
    if walk.kind_above(up) == "generic_type" && (up > 0 || walk.field() == "name") {
        up += 1;
    }
    let extends =
        matches!(walk.kind_above(up), "implements_clause" | "extends_type_clause" | "extends_clause");
    let kind = if extends { RefKind::Extends } else { RefKind::Type };
    walk.refer(Use::new(kind, node, walk.text(node), receiving));
}

/// The keys of an object whose type is stated.
pub(super) fn object<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(ty) = stated_type(walk) else { return };
    let Some(ty) = type_name(&ty) else { return };
    for member in named(node) {
        let key = match member.kind() {
            "pair" => child(member, "key"),
            "method_definition" => child(member, "name"),
            "shorthand_property_identifier" => Some(member),
            _ => None,
        };
        let Some(key) = key else { continue };
        let Some(name) = member_name(key, walk.source) else { continue };
        // The same token is the name of a variable too, which is found when the walk gets there.
        let was_settled = walk.is_settled(key);
        walk.refer(Use::new(RefKind::Write, key, name, Receiving::typed(ty)));
        if member.kind() == "shorthand_property_identifier" && !was_settled {
            walk.unsettle(key);
        }
    }
}

fn stated_type(walk: &Walk<'_>) -> Option<Ty> {
    let up = usize::from(walk.kind_above(0) == "parenthesized_expression");
    let node = walk.above(up)?;
    let annotated =
        |node: Node<'_>, field| child(node, field).map(|ty| super::types::annotation(Some(ty), walk.source));
    match node.kind() {
        "variable_declarator" | "public_field_definition" | "required_parameter" => annotated(node, "type"),
        "as_expression" | "satisfies_expression" => Some(of_value(node, walk.source)),
        "arrow_function" => annotated(node, "return_type"),
        "return_statement" => annotated(function_above(walk)?, "return_type"),
        _ => None,
    }
}

/// Binds the names in a pattern, in the current scope or in the function around it.
pub(super) fn bind<'a>(walk: &mut Walk<'a>, pattern: Node<'a>, ty: &Ty, to_function: bool) {
    let ty = type_name(ty).filter(|_| pattern.kind() == "identifier").map(str::to_owned);
    for name in bound(pattern) {
        walk.settle(name);
        let (text, from) = (walk.text(name), name.start_byte());
        if to_function {
            walk.scopes.bind_in_function(text, from, ty.clone());
        } else {
            walk.scopes.bind(text, from, ty.clone());
        }
    }
}

/// The names a pattern binds.
pub(super) fn bound(pattern: Node<'_>) -> Vec<Node<'_>> {
    let mut names = Vec::new();
    visit(pattern, |node, field| match node.kind() {
        "identifier" | "type_identifier" | "shorthand_property_identifier_pattern" => {
            names.push(node);
            false
        }
        "type_annotation" | "computed_property_name" | "member_expression" | "subscript_expression" => false,
        _ => field != Some("right"),
    });
    names
}

/// `const { a, b: c } = value`: reads of fields, when it is known what they are fields of.
pub(super) fn destructured<'a>(walk: &mut Walk<'a>, pattern: Node<'a>, ty: &Ty, value: Option<Node<'a>>) {
    if pattern.kind() != "object_pattern" {
        return;
    }
    let receiving = match (type_name(ty), value) {
        (Some(ty), _) => Receiving::typed(ty),
        (None, Some(value)) => receiver(value, walk.source),
        (None, None) => return,
    };
    for member in named(pattern) {
        let key = match member.kind() {
            "pair_pattern" => child(member, "key"),
            "object_assignment_pattern" => child(member, "left"),
            "shorthand_property_identifier_pattern" => Some(member),
            _ => None,
        };
        let Some(key) = key else { continue };
        if let Some(name) = member_name(key, walk.source) {
            walk.refer(Use::new(RefKind::Read, key, name, receiving.clone()));
        }
    }
}

/// Opens the scope of a function and binds its parameters.
pub(super) fn open_function<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    walk.open_scope(ScopeSort::Function);
    type_parameters(walk, node);
    if let Some(name) = child(node, "parameter") {
        bind(walk, name, &Ty::Any, false);
    }
    for param in child(node, "parameters").map(named).unwrap_or_default() {
        let pattern = child(param, "pattern").unwrap_or(param);
        let ty = super::types::annotation(child(param, "type"), walk.source);
        bind(walk, pattern, &ty, false);
        destructured(walk, pattern, &ty, None);
    }
}

/// Binds `<T>`.
pub(super) fn type_parameters<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    for parameter in child(node, "type_parameters").map(named).unwrap_or_default() {
        for name in children(parameter, "name") {
            walk.settle(name);
            walk.scopes.bind(walk.text(name), name.start_byte(), None);
        }
    }
}
