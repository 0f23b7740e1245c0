//! Classes and their fields.

use super::types::{annotation, last_name};
use super::{is_conditional, is_public, names};
use crate::validate::extract::node::Node;
use crate::validate::extract::scope::ScopeSort;
use crate::validate::extract::syntax::{child, line, literal, named, text};
use crate::validate::extract::walk::{Declaration, MadeOfFields, Walk};
use crate::validate::model::{Field, Kind, Ty};

pub(super) fn class<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    if walk.at_top() || walk.in_type() {
        let supers = supers(node, walk.source);
        let kind = if supers.iter().any(|name| is_enum(name)) {
            Kind::Enum
        } else if supers.iter().any(|name| name == "Protocol") {
            Kind::Interface
        } else {
            Kind::Class
        };
        let mut declaration = Declaration::new(kind, name);
        declaration.exported = is_public(walk.text(name));
        declaration.supers = supers;
        declaration.body = child(node, "body");
        declaration.is_conditional = is_conditional(walk);
        declaration.flags.is_test = walk.text(name).starts_with("Test");
        declaration.flags.is_reshaped = is_below_others(node, walk.source);
        let made = made_of_fields(walk, node, &declaration.supers);
        if let (Some(def), Some(made)) = (walk.define(node, declaration), made) {
            walk.make_of_fields(def, made);
        }
        walk.open_scope(ScopeSort::Declaration);
    } else {
        names::assign(walk, name, &Ty::Any);
        walk.settle(name);
        walk.open_scope(ScopeSort::Block);
    }
    names::type_parameters(walk, node);
}

/// How a class takes its fields where it has a constructor made from them.
fn made_of_fields(walk: &Walk<'_>, node: Node<'_>, supers: &[String]) -> Option<MadeOfFields> {
    const MODELS: [&str; 3] = ["BaseModel", "BaseSettings", "TypedDict"];
    let is_model = supers.iter().any(|name| MODELS.contains(&name.as_str()));
    let is_tuple = supers.iter().any(|name| name == "NamedTuple");
    let decorator = walk.attributes().iter().map(|decorator| walk.text(*decorator)).find(|text| {
        let path = text.trim_start_matches('@').split(['(', ' ', '\n']).next().unwrap_or_default();
        path.rsplit('.').next() == Some("dataclass")
    });
    if !is_model && !is_tuple && decorator.is_none() {
        return None;
    }
    let listed = child(node, "superclasses").map_or("", |list| walk.text(list));
    // What stands behind a mark of `KW_ONLY` has no place.
    let marks = child(node, "body").is_some_and(|body| walk.text(body).contains("KW_ONLY"));
    let is_partial = listed.contains("total=False") || marks;
    if decorator.is_some_and(|text| text.contains("init=False")) || is_partial {
        return None;
    }
    let known = |name: &String| MODELS.contains(&name.as_str()) || name == "NamedTuple";
    let by_name = is_model || decorator.is_some_and(|text| text.contains("kw_only=True"));
    Some(MadeOfFields { by_name, inherits: !supers.iter().all(known) })
}

fn is_enum(name: &str) -> bool {
    matches!(name, "Enum" | "IntEnum" | "StrEnum" | "Flag" | "IntFlag" | "TextChoices" | "IntegerChoices")
}

fn supers(node: Node<'_>, source: &str) -> Vec<String> {
    let listed = child(node, "superclasses").map(named).unwrap_or_default();
    let classes =
        listed.into_iter().filter(|part| matches!(part.kind(), "identifier" | "attribute" | "subscript"));
    let names = classes.map(|part| text(last_name(part), source));
    names.filter(|name| *name != "Generic").map(str::to_owned).collect()
}

/// Whether a class is below what no single name tells: a member of a module, what a call gives.
fn is_below_others(node: Node<'_>, source: &str) -> bool {
    let listed = child(node, "superclasses").map(named).unwrap_or_default();
    listed.into_iter().any(|part| match part.kind() {
        "identifier" | "keyword_argument" | "comment" => false,
        "attribute" => !matches!(text(part, source), "enum.Enum" | "abc.ABC"),
        "subscript" => child(part, "value").is_none_or(|value| value.kind() != "identifier"),
        _ => true,
    })
}

/// An assignment or annotation in the body of a class.
pub(super) fn attribute<'a>(walk: &mut Walk<'a>, node: Node<'a>, left: Node<'a>, ty: Ty) {
    if left.kind() != "identifier" {
        return;
    }
    let name = walk.text(left);
    let (stated, value) = (child(node, "type"), child(node, "right"));
    if matches!(name, "model_config" | "alias_generator")
        && value.is_some_and(|value| names_camel(value, walk.source))
    {
        // `model_config` stands in the class itself, `alias_generator` in a class `Config` inside it.
        walk.rename_fields(usize::from(name == "alias_generator"), camel_case);
    }
    let is_variant = walk.open_kind() == Some(Kind::Enum) && stated.is_none() && is_public(name);
    let is_static = stated.is_some_and(|stated| walk.text(stated).contains("ClassVar"));
    let is_call = value.is_some_and(|value| value.kind() == "call");
    let is_kept_back = name.starts_with('_') && is_below(walk, "BaseModel");
    if !is_variant && !is_static && !is_kept_back && (stated.is_some() || is_call) && name != "model_config" {
        let field = declared_field(walk, node, left, ty);
        walk.add_field(field);
    }
    let mut declaration = Declaration::new(if is_variant { Kind::Variant } else { Kind::Field }, left);
    declaration.exported = is_public(name);
    declaration.flags.is_static = is_static;
    declaration.is_conditional = is_conditional(walk);
    walk.define(node, declaration);
}

fn declared_field<'a>(walk: &Walk<'a>, node: Node<'a>, left: Node<'a>, ty: Ty) -> Field {
    let name = walk.text(left);
    let value = child(node, "right");
    let arguments = value.and_then(|value| child(value, "arguments")).map(named).unwrap_or_default();
    let argument = |wanted: &str| {
        let mut values = arguments.iter().filter(|node| node.kind() == "keyword_argument");
        let found = values.find(|node| child(**node, "name").is_some_and(|name| walk.text(name) == wanted));
        found.and_then(|node| child(*node, "value"))
    };
    let wire = argument("serialization_alias").or_else(|| argument("alias"));
    let is_field_call = value.and_then(|value| child(value, "function")).is_some_and(|function| {
        matches!(walk.text(last_name(function)), "Field" | "field" | "ib" | "attrib")
    });
    let has_default = match value {
        Some(_) if argument("init").is_some_and(|value| walk.text(value) == "False") => true,
        Some(_) if is_field_call => {
            let positional = arguments
                .first()
                .is_some_and(|first| !matches!(first.kind(), "ellipsis" | "keyword_argument"));
            positional
                || ["default", "default_factory", "factory"].iter().any(|name| argument(name).is_some())
        }
        other => other.is_some(),
    };
    let stated = child(node, "type").map_or("", |stated| walk.text(stated));
    Field {
        name: name.to_owned(),
        wire: wire.and_then(|wire| literal(wire, walk.source)).unwrap_or(name).to_owned(),
        optional: has_default
            || stated.contains("NotRequired[")
            || is_partial(walk)
            || matches!(ty, Ty::Optional(_)),
        ty: if is_field_call && stated.is_empty() { Ty::Any } else { ty },
        line: line(left),
    }
}

/// Whether the class under way names another one as above it.
fn is_below(walk: &Walk<'_>, above: &str) -> bool {
    walk.open_def().is_some_and(|def| walk.model.defs[def].supers.iter().any(|name| name == above))
}

/// Whether the class under way says that its keys may all be left out.
fn is_partial(walk: &Walk<'_>) -> bool {
    walk.open_def().is_some_and(|def| walk.model.defs[def].head.contains("total=False"))
}

/// Whether a class is configured to have its fields in camel case on the wire.
fn names_camel(value: Node<'_>, source: &str) -> bool {
    let text = text(value, source);
    text.len() < 2_000 && text.contains("to_camel")
}

/// `user_id` as `userId`.
fn camel_case(name: &str) -> String {
    let mut camel = String::new();
    for (index, word) in name.split('_').filter(|word| !word.is_empty()).enumerate() {
        let mut chars = word.chars();
        match chars.next() {
            Some(first) if index > 0 => camel.extend(first.to_uppercase().chain(chars)),
            _ => camel.push_str(word),
        }
    }
    camel
}

/// `self.x = …` in a constructor declares a field.
pub(super) fn instance_field<'a>(walk: &mut Walk<'a>, node: Node<'a>, left: Node<'a>) {
    if !walk.in_constructor() {
        return;
    }
    let (Some(object), Some(at)) = (child(left, "object"), child(left, "attribute")) else { return };
    if left.kind() != "attribute" || walk.text(object) != "self" {
        return;
    }
    let name = walk.text(at);
    let ty = instance_type(walk, node);
    let optional = matches!(ty, Ty::Optional(_));
    let field = Field { name: name.to_owned(), wire: name.to_owned(), ty, optional, line: line(at) };
    let mut declaration = Declaration::new(Kind::Field, at);
    declaration.exported = is_public(name);
    // There may be a default in the class, or a property.
    declaration.flags.may_repeat = true;
    walk.define_field(node, declaration, field);
}

/// The type of an assigned value, which is often a parameter of the constructor.
fn instance_type(walk: &Walk<'_>, node: Node<'_>) -> Ty {
    let (stated, value) = (child(node, "type"), child(node, "right"));
    let parameter = value.filter(|value| stated.is_none() && value.kind() == "identifier");
    let Some(parameter) = parameter else {
        return if stated.is_some() {
            annotation(stated, walk.source)
        } else {
            names::assigned(node, walk.source)
        };
    };
    let name = walk.text(parameter);
    let sig = walk.open_def().and_then(|def| walk.model.defs[def].sig.as_ref());
    let param = sig.and_then(|sig| sig.params.iter().find(|param| param.name == name && !param.variadic));
    param.map_or(Ty::Any, |param| param.ty.clone())
}
