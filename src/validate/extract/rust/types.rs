//! Types and signatures.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named, one_line, text};
use crate::validate::model::{Param, Sig, Ty};

/// Types inside types beyond this depth are not told apart.
const DEPTH: usize = 8;
/// Wrappers of a value that are looked through.
const WRAPPERS: usize = 4;

/// The type of an annotation, or nothing known without one.
pub(super) fn annotation(node: Option<Node<'_>>, source: &str) -> Ty {
    node.map_or(Ty::Any, |node| ty(node, source, DEPTH))
}

/// How a function is called.
pub(super) fn signature(node: Node<'_>, source: &str) -> Sig {
    let params = child(node, "parameters").map(named).unwrap_or_default();
    let returned = child(node, "return_type");
    let modifiers = child_of_kind(node, "function_modifiers").map_or("", |modifiers| text(modifiers, source));
    let is_future = returned.is_some_and(|ty| {
        ty.kind() == "abstract_type"
            && child(ty, "trait").is_some_and(|of| last_type_name(of, source) == "Future")
    });
    Sig {
        params: params.into_iter().filter_map(|node| param(node, source)).collect(),
        returns: returned.map_or(Ty::Unit, |node| match node.kind() {
            "abstract_type" => Ty::Any,
            _ => ty(node, source, DEPTH),
        }),
        is_async: is_future || modifiers.split_whitespace().any(|word| word == "async"),
    }
}

/// What a tuple struct or a variant with a tuple is made of; none for other kinds.
pub(super) fn tuple(node: Node<'_>, source: &str) -> Option<Sig> {
    let list = child(node, "body").filter(|body| body.kind() == "ordered_field_declaration_list")?;
    let types = named(list).into_iter();
    let types = types.filter(|part| !matches!(part.kind(), "attribute_item" | "visibility_modifier"));
    let param = |(index, node): (usize, Node<'_>)| Param {
        name: index.to_string(),
        ty: annotation(Some(node), source),
        written: String::new(),
        optional: false,
        variadic: false,
        keyword_only: false,
    };
    Some(Sig { params: types.enumerate().map(param).collect(), returns: Ty::Any, is_async: false })
}

/// Whether a node is a parameter and not the receiver or an attribute.
fn is_param(node: Node<'_>) -> bool {
    let is_self = || child(node, "pattern").is_some_and(|pattern| pattern.kind() == "self");
    node.kind() == "variadic_parameter" || node.kind() == "parameter" && !is_self()
}

/// The types of what a function takes or a tuple is made of, in order.
pub(super) fn param_types(node: Node<'_>) -> Vec<Option<Node<'_>>> {
    let marks = |part: &Node<'_>| matches!(part.kind(), "attribute_item" | "visibility_modifier");
    match child(node, "parameters") {
        Some(list) => {
            named(list).into_iter().filter(|node| is_param(*node)).map(|param| child(param, "type")).collect()
        }
        None => {
            let list = child(node, "body").map(named).unwrap_or_default();
            list.into_iter().filter(|part| !marks(part)).map(Some).collect()
        }
    }
}

fn param(node: Node<'_>, source: &str) -> Option<Param> {
    let variadic = node.kind() == "variadic_parameter";
    let pattern = child(node, "pattern");
    is_param(node).then(|| Param {
        name: pattern.map_or("_".to_owned(), |pattern| one_line(text(pattern, source))),
        ty: annotation(child(node, "type"), source),
        written: String::new(),
        optional: false,
        variadic,
        keyword_only: false,
    })
}

/// Whether a function takes `self`.
pub(super) fn takes_self(node: Node<'_>) -> bool {
    let first = child(node, "parameters")
        .and_then(|list| named(list).into_iter().find(|node| node.kind() != "attribute_item"));
    first.is_some_and(|first| {
        first.kind() == "self_parameter"
            || child(first, "pattern").is_some_and(|pattern| pattern.kind() == "self")
    })
}

fn ty(node: Node<'_>, source: &str, depth: usize) -> Ty {
    let Some(depth) = depth.checked_sub(1) else { return Ty::Any };
    let inner = |field| child(node, field).map_or(Ty::Any, |node| ty(node, source, depth));
    match node.kind() {
        "primitive_type" => primitive(text(node, source)),
        "unit_type" => Ty::Unit,
        "type_identifier" => by_name(text(node, source)),
        "scoped_type_identifier" => child(node, "name").map_or(Ty::Any, |name| by_name(text(name, source))),
        "reference_type" => inner("type"),
        "array_type" => list(child(node, "element"), source, depth),
        "generic_type" => generic(node, source, depth),
        "dynamic_type" | "abstract_type" => inner("trait"),
        _ => Ty::Any,
    }
}

fn primitive(word: &str) -> Ty {
    match word {
        "str" | "char" => Ty::Str,
        "bool" => Ty::Bool,
        "f32" | "f64" => Ty::Float,
        _ => Ty::Int,
    }
}

fn by_name(name: &str) -> Ty {
    match name {
        "String" => Ty::Str,
        "Bytes" | "BytesMut" => Ty::Bytes,
        "DateTime" | "NaiveDateTime" | "NaiveDate" | "OffsetDateTime" | "SystemTime" | "Timestamp"
        | "Zoned" => Ty::Date,
        "Uuid" => Ty::Uuid,
        "Decimal" | "BigDecimal" => Ty::Decimal,
        "Value" | "Self" => Ty::Any,
        _ => Ty::Named(name.to_owned()),
    }
}

/// A list; one of bytes is bytes.
fn list(element: Option<Node<'_>>, source: &str, depth: usize) -> Ty {
    if element.is_some_and(|element| text(element, source) == "u8") {
        return Ty::Bytes;
    }
    Ty::List(Box::new(element.map_or(Ty::Any, |node| ty(node, source, depth))))
}

fn generic(node: Node<'_>, source: &str, depth: usize) -> Ty {
    let arguments = child(node, "type_arguments").map(named).unwrap_or_default();
    let arguments: Vec<Node<'_>> = arguments.into_iter().filter(|node| node.kind() != "lifetime").collect();
    let argument = |index: usize| arguments.get(index).map_or(Ty::Any, |node| ty(*node, source, depth));
    let name = last_type_name(node, source);
    match name {
        "Option" => Ty::Optional(Box::new(argument(0))),
        "Vec" | "VecDeque" | "HashSet" | "BTreeSet" | "IndexSet" | "SmallVec" => {
            list(arguments.first().copied(), source, depth)
        }
        "HashMap" | "BTreeMap" | "IndexMap" => Ty::Map(Box::new(argument(1))),
        "Box" | "Arc" | "Rc" | "Cow" | "Pin" => argument(0),
        _ => by_name(name),
    }
}

/// The last name of a type's path, without its arguments.
pub(super) fn last_type_name<'a>(node: Node<'_>, source: &'a str) -> &'a str {
    let named = match node.kind() {
        "generic_type" | "generic_type_with_turbofish" | "reference_type" => {
            child(node, "type").unwrap_or(node)
        }
        _ => node,
    };
    text(child(named, "name").unwrap_or(named), source)
}

/// The type that a value shows by itself: a literal or `Foo { … }`, `Foo::new(…)` and the like.
pub(super) fn of_value<'a>(mut node: Node<'a>, source: &'a str) -> Option<&'a str> {
    for _ in 0..WRAPPERS {
        node = match node.kind() {
            "try_expression" | "await_expression" => *named(node).first()?,
            "reference_expression" => child(node, "value")?,
            "struct_expression" => return Some(last_type_name(child(node, "name")?, source)),
            "call_expression" => return constructed(node, source),
            _ => return None,
        };
    }
    None
}

/// The type of `Foo::new(…)`, told by the usual names of constructors.
fn constructed<'a>(call: Node<'a>, source: &'a str) -> Option<&'a str> {
    let function = child(call, "function").filter(|function| function.kind() == "scoped_identifier")?;
    let constructor = text(child(function, "name")?, source);
    let usual = ["new", "default", "from", "open", "with"];
    let first = constructor.split('_').next().unwrap_or(constructor);
    let ty = last_type_name(child(function, "path")?, source);
    (usual.contains(&first) && is_type_name(ty)).then_some(ty)
}

/// Whether a name is spelt like that of a type or variant.
pub(super) fn is_type_name(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && (name.len() == 1 || name.contains(char::is_lowercase))
}
