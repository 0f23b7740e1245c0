//! Java.
//!
//! A bare name may be a local, a member of a type around it, something inherited or a static
//! import, so bare names keep no receiver and the rules decide. A constructor is a member called
//! `constructor`; a class that states none gets the one that the compiler would add. What stands
//! inside a method, a lambda or an anonymous class is local.

mod annotated;
mod around;
mod members;
mod names;
mod references;
mod types;
mod values;

use std::sync::LazyLock;

use super::node::{Node, Words};
use super::scope::ScopeSort;
use super::syntax::{child, child_of_kind, named};
use super::uses::{Receiving, Use};
use super::walk::{Declaration, Grammar, Walk};
use crate::validate::model::{Imported, Kind, RefKind};

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(tree_sitter_java::LANGUAGE));

pub(super) const JAVA: Grammar = Grammar {
    words: || &WORDS,
    hoists: false,
    by_path: false,
    tells_locals: true,
    enter,
    repair: |_, _| None,
};

fn enter<'a>(walk: &mut Walk<'a>, node: Node<'a>) -> bool {
    around::note(walk, node);
    match node.kind() {
        "package_declaration" => {
            walk.model.package = dotted(walk, named(node).last().copied());
            return false;
        }
        "import_declaration" => {
            import(walk, node);
            return false;
        }
        "module_declaration" => return false,
        "class_declaration" | "record_declaration" => type_declaration(walk, node, Kind::Class),
        "interface_declaration" | "annotation_type_declaration" => {
            type_declaration(walk, node, Kind::Interface);
        }
        "enum_declaration" => type_declaration(walk, node, Kind::Enum),
        "method_declaration" => members::method(walk, node),
        "constructor_declaration" => members::constructor(walk, node),
        "compact_constructor_declaration" => members::compact_constructor(walk, node),
        "annotation_type_element_declaration" => members::element(walk, node),
        "field_declaration" | "constant_declaration" => members::field(walk, node),
        "enum_constant" => members::constant(walk, node),
        _ => enter_expression(walk, node),
    }
    true
}

fn enter_expression<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "binary_expression" => values::calculated(walk, node),
        "method_invocation" => names::call(walk, node),
        "explicit_constructor_invocation" => names::constructor_call(walk, node),
        "object_creation_expression" => names::construct(walk, node),
        "field_access" => names::field_access(walk, node),
        "method_reference" => references::method_reference(walk, node),
        "marker_annotation" | "annotation" => annotated::annotation(walk, node),
        "identifier" => names::identifier(walk, node),
        "type_identifier" => names::type_identifier(walk, node),
        "scoped_type_identifier" => names::scoped_type(walk, node),
        "class_body" if is_anonymous(walk) => walk.open_scope(ScopeSort::Block),
        _ => names::scopes(walk, node),
    }
}

/// Whether the class body at the current node belongs to an expression or an enum constant.
fn is_anonymous(walk: &Walk<'_>) -> bool {
    matches!(walk.kind_above(0), "object_creation_expression" | "enum_constant")
}

/// A name with dots, without the white space and comments it may hold.
fn dotted(walk: &Walk<'_>, name: Option<Node<'_>>) -> String {
    name.map_or("", |name| walk.text(name)).split_whitespace().collect()
}

/// The module of an import is what stands before the last dot: a package, or a type for static
/// imports and nested types.
fn import<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let parts = named(node);
    let path = dotted(walk, parts.first().copied());
    if parts.last().is_some_and(|last| last.kind() == "asterisk") {
        walk.import(node, path, Vec::new()).glob = true;
        return imported_from(walk, parts.first().copied());
    }
    imported_from(walk, parts.first().and_then(|path| child(*path, "scope")));
    let Some((module, name)) = path.rsplit_once('.') else { return };
    let names = vec![Imported { name: name.to_owned(), local: name.to_owned() }];
    walk.import(node, module.to_owned(), names);
}

/// The type that a static import, or one of a nested type, takes its name from.
fn imported_from<'a>(walk: &mut Walk<'a>, place: Option<Node<'a>>) {
    let Some((scope, name)) = place.and_then(|place| Some((child(place, "scope")?, child(place, "name")?)))
    else {
        return;
    };
    if walk.text(name).starts_with(char::is_uppercase) {
        let package = Receiving::qualifier(dotted(walk, Some(scope)));
        walk.refer(Use::new(RefKind::Type, name, walk.text(name), package));
        imported_from(walk, Some(scope));
    }
}

fn type_declaration<'a>(walk: &mut Walk<'a>, node: Node<'a>, kind: Kind) {
    let Some(name) = child(node, "name") else { return };
    if walk.scopes.in_function() {
        names::bind(walk, name, None);
        walk.open_scope(ScopeSort::Block);
    } else {
        let mut declaration = Declaration::new(kind, name);
        declaration.exported = !has_modifier(node, "private");
        declaration.supers = supers(node, walk.source);
        let permitted = child(node, "permits").and_then(|clause| child_of_kind(clause, "type_list"));
        let permitted = permitted.map(named).unwrap_or_default();
        declaration.cases =
            permitted.into_iter().filter_map(|ty| types::type_name(ty, walk.source)).collect();
        declaration.flags.is_abstract = kind == Kind::Class && has_modifier(node, "abstract");
        declaration.body = child(node, "body");
        let defined = walk.define(node, declaration).is_some();
        walk.open_scope(ScopeSort::Declaration);
        if defined && kind == Kind::Class {
            members::implied(walk, node, name);
        }
    }
    names::type_parameters(walk, node);
}

/// What a type extends and implements, its class first.
fn supers(node: Node<'_>, source: &str) -> Vec<String> {
    let class = child(node, "superclass");
    let interfaces = child(node, "interfaces").or_else(|| child_of_kind(node, "extends_interfaces"));
    let interfaces = interfaces.and_then(|clause| child_of_kind(clause, "type_list"));
    let types = [class, interfaces].into_iter().flatten().flat_map(named);
    types.filter_map(|ty| types::type_name(ty, source)).collect()
}

/// Whether a declaration carries a modifier.
fn has_modifier(node: Node<'_>, word: &str) -> bool {
    child_of_kind(node, "modifiers").is_some_and(|modifiers| child_of_kind(modifiers, word).is_some())
}

/// The annotations of a declaration: simple name and node.
fn annotations<'a>(node: Node<'a>, source: &'a str) -> Vec<(&'a str, Node<'a>)> {
    let list = child_of_kind(node, "modifiers").map(named).unwrap_or_default();
    list.into_iter()
        .filter_map(|annotation| {
            let name = super::syntax::text(child(annotation, "name")?, source);
            Some((name.rsplit('.').next().unwrap_or(name), annotation))
        })
        .collect()
}

/// How an identifier that is the target of an assignment is used.
fn access(walk: &Walk<'_>) -> RefKind {
    match walk.kind_above(0) {
        "assignment_expression" if walk.field() == "left" => RefKind::Write,
        "update_expression" => RefKind::Write,
        _ => RefKind::Read,
    }
}
