//! Members of classes, interfaces, enums, records and annotation types.

use super::{annotations, around, has_modifier, names, types};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, children, line, literal, named};
use crate::validate::extract::uses::{Receiving, Use};
use crate::validate::extract::walk::{Declaration, Walk};
use crate::validate::model::{Args, Field, Flags, Kind, Param, RefKind, Sig, Ty};

/// What constructors are called.
const CONSTRUCTOR: &str = "constructor";

pub(super) fn method<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    if walk.in_type() {
        let body = child(node, "body");
        let notes = annotations(node, walk.source);
        let mut declaration = Declaration::new(Kind::Method, name);
        declaration.exported = !has_modifier(node, "private");
        declaration.sig = Some(signature(walk, node));
        declaration.ty = result(walk, node);
        declaration.fails = around::throws(node, walk.source);
        declaration.flags = Flags {
            is_abstract: body.is_none() && !has_modifier(node, "native"),
            is_static: has_modifier(node, "static"),
            may_repeat: false,
            is_test: notes.iter().any(|(note, _)| matches!(*note, "Test" | "ParameterizedTest")),
            is_reshaped: false,
            is_constant: false,
        };
        declaration.body = body;
        let overrides = notes.iter().any(|(note, _)| *note == "Override");
        let owner = walk.open_def();
        walk.define(node, declaration);
        if overrides {
            overriding(walk, node, name, owner);
        }
    } else {
        walk.settle(name);
        around::inner_body(walk, node);
        let overrides = annotations(node, walk.source).iter().any(|(note, _)| *note == "Override");
        if let Some(above) = names::anonymous_type(walk).filter(|_| overrides) {
            refer_override(walk, node, name, Receiving::typed(above));
        }
    }
    names::open_function(walk, node);
}

/// A method marked `@Override` needs the one it overrides.
fn overriding<'a>(walk: &mut Walk<'a>, node: Node<'a>, name: Node<'a>, owner: Option<usize>) {
    let supers = owner.map(|owner| walk.model.defs[owner].supers.clone()).unwrap_or_default();
    match supers.as_slice() {
        [] => {}
        [above] => refer_override(walk, node, name, Receiving::typed(above.as_str())),
        // Any of them may state the method.
        _ => refer_override(walk, node, name, Receiving::this()),
    }
}

fn refer_override<'a>(walk: &mut Walk<'a>, node: Node<'a>, name: Node<'a>, above: Receiving<'a>) {
    let positional = types::parameters(node, walk.source).len();
    let mut used = Use::new(RefKind::Override, name, walk.text(name), above);
    used.args = Some(Args { positional, ..Args::default() });
    walk.refer(used);
}

/// What a method returns; nothing for a type parameter.
fn result(walk: &Walk<'_>, node: Node<'_>) -> String {
    let ty = child(node, "type").and_then(|ty| types::stated(ty, walk.source));
    ty.filter(|ty| !is_open(walk, node, ty)).unwrap_or_default()
}

/// How a method or a constructor is called; what it takes of a type parameter is marked.
fn signature(walk: &Walk<'_>, node: Node<'_>) -> Sig {
    let mut sig = types::signature(node, walk.source);
    for param in &mut sig.params {
        if matches!(&param.ty, Ty::Named(ty) if is_open(walk, node, ty)) {
            OPEN.clone_into(&mut param.written);
        }
    }
    sig
}

/// Stands for a type that is not known before it is called.
const OPEN: &str = "?";

/// Whether a type is a parameter of a method or of the types around it.
fn is_open(walk: &Walk<'_>, node: Node<'_>, ty: &str) -> bool {
    let own = child(node, "type_parameters").map(named).unwrap_or_default();
    let mut own = own.into_iter().filter_map(|parameter| child_of_kind(parameter, "type_identifier"));
    own.any(|parameter| ty.trim_end_matches("[]") == walk.text(parameter)) || is_parameter(walk, ty)
}

/// Whether a type of a member is a parameter of the types around it.
fn is_parameter(walk: &Walk<'_>, ty: &str) -> bool {
    let first = ty.split(['.', '[']).next().unwrap_or(ty);
    walk.scopes.is_local(walk.scopes.current(), first, usize::MAX)
}

pub(super) fn constructor<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if let Some(name) = child(node, "name") {
        walk.settle(name);
        if walk.in_type() {
            let params = signature(walk, node).params;
            let body = child(node, "body");
            define_constructor(walk, node, name, params, body);
        }
    }
    names::open_function(walk, node);
}

/// The checks of a record before its fields are set; its parameters are those of the record.
pub(super) fn compact_constructor<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    child(node, "name").into_iter().for_each(|name| walk.settle(name));
    walk.open_scope(crate::validate::extract::scope::ScopeSort::Function);
    let record = walk.above(1).and_then(|record| child(record, "parameters"));
    for component in record.map(named).unwrap_or_default() {
        names::bind_parameter(walk, component);
    }
}

fn define_constructor<'a>(
    walk: &mut Walk<'a>,
    node: Node<'a>,
    name: Node<'a>,
    params: Vec<Param>,
    body: Option<Node<'a>>,
) {
    let mut declaration = Declaration::new(Kind::Method, name);
    declaration.alias = Some(CONSTRUCTOR);
    declaration.exported = !has_modifier(node, "private");
    declaration.sig = Some(Sig { params, returns: Ty::Any, is_async: false });
    declaration.fails = around::throws(node, walk.source);
    declaration.body = body;
    walk.define(node, declaration);
}

/// The members that a class has without stating them: the fields and the constructor of a record,
/// the constructor of a class without one, and those that an annotation asks for.
pub(super) fn implied<'a>(walk: &mut Walk<'a>, node: Node<'a>, name: Node<'a>) {
    let mut params = types::parameters(node, walk.source);
    let components = child(node, "parameters").map(named).unwrap_or_default();
    for component in components {
        if let Some((ty, name)) = types::parts(component) {
            add_field(walk, component, ty, name, false);
            let stated = types::stated(ty, walk.source).filter(|ty| !is_parameter(walk, ty));
            let ty = stated.unwrap_or_default();
            walk.define_one_of(
                component,
                Declaration { exported: true, ty, ..Declaration::new(Kind::Field, name) },
            );
        }
    }
    let made = makes_constructors(node, walk.source);
    let is_class = node.kind() == "class_declaration";
    let states_one = child(node, "body").is_some_and(|body| states_constructor(body));
    if !made && is_class && states_one {
        return;
    }
    if made {
        // What an annotation makes of the fields takes anything, as far as is known here.
        let rest = Param {
            name: "_".to_owned(),
            ty: Ty::Any,
            written: String::new(),
            optional: true,
            variadic: true,
            keyword_only: false,
        };
        params = vec![rest];
    }
    let mut declaration = Declaration::new(Kind::Method, name);
    declaration.alias = Some(CONSTRUCTOR);
    declaration.exported = true;
    declaration.sig = Some(Sig { params, returns: Ty::Any, is_async: false });
    declaration.flags.may_repeat = true;
    declaration.body = child(node, "body");
    walk.define_one_of(node, declaration);
    if let Some(constructor) = walk.model.defs.last_mut() {
        // Nothing of it is written down but its parameters.
        constructor.body_hash = 0;
    }
}

fn states_constructor(body: Node<'_>) -> bool {
    named(body).iter().any(|member| member.kind() == "constructor_declaration")
}

/// Whether an annotation has constructors made, as those of Lombok do.
fn makes_constructors(node: Node<'_>, source: &str) -> bool {
    let makes = |name: &str| {
        name.ends_with("ArgsConstructor") || matches!(name, "Data" | "Value" | "Builder" | "SuperBuilder")
    };
    annotations(node, source).iter().any(|(name, _)| makes(name))
}

/// An element of an annotation type.
pub(super) fn element<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    let mut declaration = Declaration::new(Kind::Method, name);
    declaration.exported = true;
    declaration.sig = Some(types::signature(node, walk.source));
    declaration.ty = child(node, "type").and_then(|ty| types::stated(ty, walk.source)).unwrap_or_default();
    walk.define(node, declaration);
}

/// Fields of a type, or of an anonymous class, whose fields are local.
pub(super) fn field<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(ty) = child(node, "type") else { return };
    let declarators = children(node, "declarator");
    let all: Vec<(Node<'a>, Option<String>)> = declarators
        .into_iter()
        .filter_map(|each| Some((child(each, "name")?, types::stated_of(ty, each, walk.source))))
        .collect();
    if !walk.in_type() {
        all.iter().for_each(|(name, stated)| names::bind(walk, *name, stated.as_deref()));
        return;
    }
    let is_static = has_modifier(node, "static") || node.kind() == "constant_declaration";
    for (name, stated) in &all {
        add_field(walk, node, ty, *name, is_static);
        let mut declaration = Declaration::new(Kind::Field, *name);
        declaration.ty = stated.clone().filter(|ty| !is_parameter(walk, ty)).unwrap_or_default();
        declaration.exported = !has_modifier(node, "private");
        declaration.flags.is_static = is_static;
        if all.len() == 1 {
            walk.define(node, declaration);
        } else {
            walk.define_one_of(node, declaration);
        }
    }
}

fn add_field<'a>(walk: &mut Walk<'a>, node: Node<'a>, ty: Node<'a>, name: Node<'a>, is_static: bool) {
    let text = walk.text(name);
    if let Some(class) = types::stated(ty, walk.source) {
        walk.note_field(text, class);
    }
    if !is_static && !has_modifier(node, "transient") {
        let wire = wire(node, walk.source).unwrap_or(text).to_owned();
        let ty = types::ty(ty, walk.source);
        let optional = matches!(ty, Ty::Optional(_));
        walk.add_field(Field { name: text.to_owned(), wire, ty, optional, line: line(name) });
    }
}

/// The name on the wire that an annotation gives.
fn wire<'a>(node: Node<'a>, source: &'a str) -> Option<&'a str> {
    let notes = annotations(node, source);
    let (_, note) = notes.into_iter().find(|(name, _)| matches!(*name, "JsonProperty" | "SerializedName"))?;
    let arguments = named(child(note, "arguments")?);
    let value = arguments.first()?;
    let value = match value.kind() {
        "element_value_pair" => child(*value, "value")?,
        _ => *value,
    };
    literal(value, source).filter(|name| !name.is_empty())
}

pub(super) fn constant<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    if walk.in_type() {
        let mut declaration = Declaration::new(Kind::Variant, name);
        declaration.exported = true;
        declaration.flags.is_static = true;
        declaration.body = child_of_kind(node, "class_body");
        declaration.ty = walk.open_type().unwrap_or_default().to_owned();
        if let Some(owner) = walk.open_type() {
            walk.note_field(walk.text(name), owner.to_owned());
        }
        walk.define(node, declaration);
    } else {
        names::bind(walk, name, None);
    }
}
