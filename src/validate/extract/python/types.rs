//! Types and signatures.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, literal, named, text};
use crate::validate::model::{Param, Sig, Ty};

/// Types inside types beyond this depth are not told apart.
const DEPTH: usize = 8;
/// Longer annotations say nothing.
const TYPE_LENGTH: usize = 200;
/// Members of a union that are looked at.
const MEMBERS: usize = 64;

/// The type of an annotation, or nothing known without one.
pub(super) fn annotation(node: Option<Node<'_>>, source: &str) -> Ty {
    node.map_or(Ty::Any, |node| ty(node, source, DEPTH))
}

/// How a function is called; `skip_first` leaves out `self` or `cls`.
pub(super) fn signature(node: Node<'_>, source: &str, skip_first: bool) -> Sig {
    let mut params = Vec::new();
    let mut keyword_only = false;
    for node in child(node, "parameters").map(named).unwrap_or_default() {
        match node.kind() {
            "keyword_separator" => keyword_only = true,
            "positional_separator" => {}
            _ => {
                let mut param = param(node, source);
                param.keyword_only |= keyword_only;
                keyword_only |= param.variadic;
                params.push(param);
            }
        }
    }
    if skip_first && params.first().is_some_and(|first| !first.variadic) {
        params.remove(0);
    }
    let returns = annotation(child(node, "return_type"), source);
    Sig { params, returns, is_async: child_of_kind(node, "async").is_some() }
}

fn param(node: Node<'_>, source: &str) -> Param {
    let name = param_name(node);
    Param {
        name: text(name.1, source).to_owned(),
        ty: annotation(child(node, "type"), source),
        written: taken(node, source),
        optional: child(node, "value").is_some(),
        variadic: !name.0.is_empty(),
        keyword_only: name.0 == "**",
    }
}

/// What a parameter takes, with what its default adds.
fn taken(node: Node<'_>, source: &str) -> String {
    let is_none = child(node, "value").is_some_and(|value| value.kind() == "none");
    match written(child(node, "type"), source) {
        stated if is_none && !stated.is_empty() => format!("{stated} | None"),
        stated => stated,
    }
}

/// An annotation on one line; empty when there is none or it is too long.
pub(super) fn written(annotation: Option<Node<'_>>, source: &str) -> String {
    let stated = annotation.map_or("", |node| text(node, source));
    let stated = stated.split_whitespace().collect::<Vec<_>>().join(" ");
    if stated.len() > TYPE_LENGTH || stated.contains('#') { String::new() } else { stated }
}

/// The stars before a parameter and its name.
pub(super) fn param_name(node: Node<'_>) -> (&'static str, Node<'_>) {
    let inner = match node.kind() {
        "typed_parameter" => named(node).first().copied(),
        _ => child(node, "name"),
    };
    let pattern = inner.unwrap_or(node);
    let starred = || named(pattern).first().copied().unwrap_or(pattern);
    match pattern.kind() {
        "list_splat_pattern" => ("*", starred()),
        "dictionary_splat_pattern" => ("**", starred()),
        _ => ("", pattern),
    }
}

fn ty(node: Node<'_>, source: &str, depth: usize) -> Ty {
    let Some(depth) = depth.checked_sub(1) else { return Ty::Any };
    match node.kind() {
        "type" => named(node).first().map_or(Ty::Any, |inner| ty(*inner, source, depth)),
        "identifier" => by_name(text(node, source)),
        "attribute" => child(node, "attribute").map_or(Ty::Any, |name| by_name(text(name, source))),
        "none" => Ty::Unit,
        "string" => literal(node, source).map_or(Ty::Any, quoted),
        "union_type" | "binary_operator" => union(vec![node], source, depth),
        "generic_type" => {
            let parts = named(node);
            let list = parts.get(1).copied().map(named).unwrap_or_default();
            parts.first().map_or(Ty::Any, |name| generic(text(*name, source), &list, source, depth))
        }
        "subscript" => {
            let parts = named(node);
            let Some((name, list)) = parts.split_first() else { return Ty::Any };
            let name = child(*name, "attribute").unwrap_or(*name);
            generic(text(name, source), list, source, depth)
        }
        _ => Ty::Any,
    }
}

fn by_name(name: &str) -> Ty {
    match name {
        "str" => Ty::Str,
        "int" => Ty::Int,
        "float" => Ty::Float,
        "bool" => Ty::Bool,
        "bytes" | "bytearray" => Ty::Bytes,
        "None" => Ty::Unit,
        "datetime" | "date" => Ty::Date,
        "UUID" => Ty::Uuid,
        "Decimal" => Ty::Decimal,
        "list" | "List" | "set" | "frozenset" | "tuple" | "Tuple" => Ty::List(Box::default()),
        "dict" | "Dict" => Ty::Map(Box::default()),
        "Any" | "object" | "Callable" | "type" | "Type" | "Self" => Ty::Any,
        _ => Ty::Named(name.to_owned()),
    }
}

/// A type in quotes, because it is defined further down.
fn quoted(content: &str) -> Ty {
    let parts: Vec<&str> = content.split('|').map(str::trim).collect();
    let rest: Vec<&str> = parts.iter().copied().filter(|part| *part != "None").collect();
    let is_name = |part: &str| part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let ty = match rest.as_slice() {
        [one] if is_name(one) => by_name(one.rsplit('.').next().unwrap_or(one)),
        _ => Ty::Any,
    };
    if rest.len() < parts.len() { Ty::Optional(Box::new(ty)) } else { ty }
}

fn generic(name: &str, arguments: &[Node<'_>], source: &str, depth: usize) -> Ty {
    let argument = |index: usize| arguments.get(index).map_or(Ty::Any, |node| ty(*node, source, depth));
    match name {
        "Optional" => Ty::Optional(Box::new(argument(0))),
        "Union" => union(arguments.to_vec(), source, depth),
        // Each place of a tuple has a type of its own, unless it says that one goes for all.
        "tuple" | "Tuple" if arguments.get(1).is_none_or(|node| text(*node, source) != "...") => {
            Ty::List(Box::default())
        }
        "list" | "List" | "set" | "Set" | "frozenset" | "FrozenSet" | "tuple" | "Tuple" | "Sequence"
        | "MutableSequence" | "Iterable" | "Collection" | "deque" | "Deque" => {
            Ty::List(Box::new(argument(0)))
        }
        "dict" | "Dict" | "Mapping" | "MutableMapping" | "defaultdict" | "DefaultDict" | "OrderedDict" => {
            Ty::Map(Box::new(argument(1)))
        }
        "Awaitable" | "Annotated" | "Final" | "ClassVar" | "Required" | "NotRequired" | "ReadOnly"
        | "Mapped" | "InitVar" => argument(0),
        "Coroutine" => argument(2),
        "Literal" => arguments.first().map_or(Ty::Any, |node| of_value(innermost(*node), source)),
        _ => by_name(name),
    }
}

fn innermost(node: Node<'_>) -> Node<'_> {
    if node.kind() == "type" { named(node).first().copied().unwrap_or(node) } else { node }
}

/// A union nests to the left, one level per member, so it is taken apart in a loop.
fn union(mut open: Vec<Node<'_>>, source: &str, depth: usize) -> Ty {
    let (mut members, mut is_optional, mut looked_at) = (Vec::new(), false, 0);
    while let Some(node) = open.pop().map(innermost) {
        looked_at += 1;
        match node.kind() {
            _ if looked_at > 2 * MEMBERS => return Ty::Any,
            "union_type" | "binary_operator" => open.extend(named(node)),
            "none" => is_optional = true,
            _ => members.push(ty(node, source, depth)),
        }
    }
    let first = members.pop().unwrap_or_default();
    let joined = if members.iter().all(|member| *member == first) { first } else { Ty::Any };
    if is_optional { Ty::Optional(Box::new(joined)) } else { joined }
}

/// The type of a value that shows it by itself.
pub(super) fn of_value(node: Node<'_>, source: &str) -> Ty {
    match node.kind() {
        "string" | "concatenated_string" => {
            if text(node, source).starts_with(['b', 'B']) {
                Ty::Bytes
            } else {
                Ty::Str
            }
        }
        "integer" => Ty::Int,
        "float" => Ty::Float,
        "true" | "false" => Ty::Bool,
        "list" | "list_comprehension" | "set" | "tuple" => Ty::List(Box::default()),
        "dictionary" | "dictionary_comprehension" => Ty::Map(Box::default()),
        "call" => constructed(node, source).map_or(Ty::Any, by_name),
        _ => Ty::Any,
    }
}

/// The class that a call constructs, told by its spelling.
pub(super) fn constructed<'a>(call: Node<'_>, source: &'a str) -> Option<&'a str> {
    let function = child(call, "function")?;
    let name = match function.kind() {
        "identifier" => function,
        "attribute" => child(function, "attribute")?,
        _ => return None,
    };
    Some(text(name, source)).filter(|name| is_class_name(name))
}

/// Whether a name is spelt like that of a class.
pub(super) fn is_class_name(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(char::is_uppercase)
}

/// The last name of `a.b`, `a.b[T]` or `a`.
pub(super) fn last_name(node: Node<'_>) -> Node<'_> {
    let node = child(node, "value").filter(|_| node.kind() == "subscript").unwrap_or(node);
    child(node, "attribute").unwrap_or(node)
}
