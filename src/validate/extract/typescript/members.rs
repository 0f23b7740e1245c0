//! Members of classes, interfaces, enums and object constants.

use super::types::{annotation, member_name, of_value, signature};
use super::written::{or_missing, result, written};
use super::{bind, is_function, modules, values};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, line, named};
use crate::validate::extract::walk::{Declaration, Walk};
use crate::validate::model::{Field, Flags, Kind, Ty, Value};

/// How many wrappers of an object type are looked through.
const WRAPPERS: usize = 6;

/// A method with or without a body, or a method of an object literal.
pub(super) fn method<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    define_method(walk, node);
    bind::open_function(walk, node);
    if walk.in_constructor() {
        for param in child(node, "parameters").map(named).unwrap_or_default() {
            parameter_property(walk, param);
        }
    }
}

fn define_method<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(at) = child(node, "name") else { return };
    let Some(name) = member_name(at, walk.source) else { return };
    if !is_member(walk) && !in_object_constant(walk) {
        return;
    }
    let is_getter = child_of_kind(node, "get").is_some();
    let is_accessor = is_getter || child_of_kind(node, "set").is_some();
    let is_signature = node.kind() != "method_definition";
    let is_required = is_signature && child_of_kind(node, "?").is_none();
    let in_class = walk.kind_above(0) == "class_body";
    let mut declaration = Declaration::new(if is_accessor { Kind::Field } else { Kind::Method }, at);
    declaration.alias = Some(name);
    declaration.exported = is_visible(walk, node);
    declaration.ty = result(walk, node);
    // From outside an accessor is a field.
    declaration.sig = (!is_accessor).then(|| signature(walk, node));
    declaration.body = child(node, "body");
    declaration.flags = Flags {
        is_abstract: is_required && (!in_class || node.kind() == "abstract_method_signature"),
        is_static: child_of_kind(node, "static").is_some(),
        may_repeat: is_accessor || node.kind() == "method_signature",
        is_test: false,
        is_reshaped: false,
        is_constant: false,
    };
    walk.define(node, declaration);
}

/// A field of a class, an interface or an object type.
pub(super) fn field<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(at) = child(node, "name").or_else(|| child(node, "property")) else { return };
    let Some(name) = member_name(at, walk.source) else { return };
    if !is_member(walk) {
        return;
    }
    let value = child(node, "value");
    let is_optional = child_of_kind(node, "?").is_some();
    let is_static = child_of_kind(node, "static").is_some();
    let stated = child(node, "type");
    let method = value.filter(|value| is_function(*value));
    if !is_static && method.is_none() {
        let ty = match value {
            Some(value) if stated.is_none() => of_value(value, walk.source),
            _ => annotation(stated, walk.source),
        };
        let optional = is_optional || matches!(ty, Ty::Optional(_));
        walk.add_field(Field { name: name.to_owned(), wire: name.to_owned(), ty, optional, line: line(at) });
    }
    let mut declaration = Declaration::new(if method.is_some() { Kind::Method } else { Kind::Field }, at);
    declaration.alias = Some(name);
    declaration.exported = is_visible(walk, node);
    declaration.sig = method.map(|value| signature(walk, value));
    declaration.ty = match method {
        Some(_) if stated.is_some() => String::new(),
        Some(method) => result(walk, method),
        None => type_of(walk, node, value),
    };
    declaration.body = method.and_then(|value| child(value, "body"));
    declaration.flags.is_static = is_static;
    declaration.flags.is_abstract = !is_optional && walk.open_kind() == Some(Kind::Interface);
    walk.define(node, declaration);
}

/// `[key: string]: T`: under a name that no member can have, so that it is known that there are more
/// members than those with names. What can be called has those of functions.
pub(super) fn unnamed<'a>(walk: &mut Walk<'a>, node: Node<'a>, alias: &'a str) {
    if is_member(walk) {
        let mut declaration = Declaration::new(Kind::Field, node);
        declaration.alias = Some(alias);
        declaration.flags.may_repeat = true;
        walk.define_one_of(node, declaration);
    }
}

/// The type of a field as it is stated, or as a plain value shows it.
fn type_of(walk: &Walk<'_>, node: Node<'_>, value: Option<Node<'_>>) -> String {
    let is_optional = child_of_kind(node, "?").is_some();
    let stated = child(node, "type").map(|ty| written(walk, ty, node));
    let ty = stated.or_else(|| match value.map(|value| values::bound(walk, value, false)) {
        Some(Value::Of(ty)) if ty != "_" && !ty.starts_with('{') => Some(ty),
        _ => None,
    });
    if is_optional { or_missing(ty.unwrap_or_default()) } else { ty.unwrap_or_default() }
}

/// `constructor(private store: Store)` declares a field.
fn parameter_property<'a>(walk: &mut Walk<'a>, param: Node<'a>) {
    let access = child_of_kind(param, "accessibility_modifier");
    if access.is_none() && child_of_kind(param, "readonly").is_none() {
        return;
    }
    let Some(at) = child(param, "pattern").filter(|pattern| pattern.kind() == "identifier") else { return };
    let name = walk.text(at);
    let ty = annotation(child(param, "type"), walk.source);
    let optional = param.kind() == "optional_parameter" || matches!(ty, Ty::Optional(_));
    let field = Field { name: name.to_owned(), wire: name.to_owned(), ty, optional, line: line(at) };
    let mut declaration = Declaration::new(Kind::Field, at);
    declaration.exported = access.is_none_or(|access| walk.text(access) == "public");
    declaration.ty = child(param, "type").map_or(String::new(), |ty| written(walk, ty, param));
    if param.kind() == "optional_parameter" {
        declaration.ty = or_missing(declaration.ty);
    }
    walk.define_field(param, declaration, field);
}

/// `this.x = …` in a constructor declares a field of a JavaScript class; assignments to
/// `module.exports` and `exports.x` export.
pub(super) fn assignment<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else { return };
    let (Some(object), Some(property)) = (child(left, "object"), child(left, "property")) else { return };
    if left.kind() != "member_expression" {
        return;
    }
    if object.kind() == "this" && walk.in_constructor() {
        let name = walk.text(property);
        let ty = of_value(right, walk.source);
        let field =
            Field { name: name.to_owned(), wire: name.to_owned(), ty, optional: false, line: line(property) };
        let mut declaration = Declaration::new(Kind::Field, property);
        declaration.exported = !name.starts_with(['#', '_']);
        // There may be an accessor.
        declaration.flags.may_repeat = true;
        walk.define_field(node, declaration, field);
    } else if walk.at_top() && walk.text(left) == "module.exports" {
        modules::assigned_exports(walk, node, right);
    } else if walk.at_top() && matches!(walk.text(object), "module.exports" | "exports") {
        assigned_export(walk, node, property, right);
    }
}

/// `exports.x = …`.
fn assigned_export<'a>(walk: &mut Walk<'a>, node: Node<'a>, name: Node<'a>, value: Node<'a>) {
    if value.kind() == "identifier" {
        let local = walk.text(value);
        walk.settle(name);
        walk.exports.insert(local);
        return;
    }
    let mut declaration = Declaration::new(Kind::Const, name);
    declaration.exported = true;
    declaration.flags.may_repeat = true;
    if is_function(value) {
        declaration.kind = Kind::Function;
        declaration.sig = Some(signature(walk, value));
        declaration.body = child(value, "body");
    }
    walk.define(node, declaration);
}

/// `key: value` in an object that is a constant.
pub(super) fn pair<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if !in_object_constant(walk) {
        return;
    }
    let (Some(at), value) = (child(node, "key"), child(node, "value")) else { return };
    let Some(name) = member_name(at, walk.source) else { return };
    let method = value.filter(|value| is_function(*value));
    let mut declaration = Declaration::new(if method.is_some() { Kind::Method } else { Kind::Field }, at);
    declaration.alias = Some(name);
    declaration.exported = true;
    declaration.sig = method.map(|value| signature(walk, value));
    declaration.body = method.and_then(|value| child(value, "body"));
    walk.define(node, declaration);
}

pub(super) fn variant<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let at = child(node, "name").unwrap_or(node);
    if walk.open_kind() != Some(Kind::Enum) || walk.scopes.in_function() {
        return;
    }
    let Some(name) = member_name(at, walk.source) else { return };
    let mut declaration = Declaration::new(Kind::Variant, at);
    declaration.alias = Some(name);
    declaration.exported = true;
    walk.define(node, declaration);
}

/// Whether the current node is a member of the innermost definition, and not of an anonymous type
/// somewhere inside it.
fn is_member(walk: &Walk<'_>) -> bool {
    if !walk.in_type() {
        return false;
    }
    let wrapper = |kind| matches!(kind, "object_type" | "intersection_type" | "parenthesized_type");
    let up = (0..WRAPPERS).find(|up| !wrapper(walk.kind_above(*up)));
    up.is_some_and(|up| {
        matches!(
            walk.kind_above(up),
            "class_body" | "interface_body" | "type_alias_declaration" | "interface_declaration"
        )
    })
}

/// Whether the current node is a member of `const x = { … }` at the top of a file or module.
fn in_object_constant(walk: &Walk<'_>) -> bool {
    let up = if matches!(walk.kind_above(1), "as_expression" | "satisfies_expression") { 2 } else { 1 };
    walk.open_kind() == Some(Kind::Const)
        && !walk.scopes.in_function()
        && walk.kind_above(0) == "object"
        && walk.kind_above(up) == "variable_declarator"
}

fn is_visible(walk: &Walk<'_>, node: Node<'_>) -> bool {
    let private =
        child_of_kind(node, "accessibility_modifier").is_some_and(|access| walk.text(access) != "public");
    !private && child_of_kind(node, "private_property_identifier").is_none()
}
