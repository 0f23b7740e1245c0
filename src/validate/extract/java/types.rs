//! Types and signatures.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named, text};
use crate::validate::model::{Param, Sig, Ty};

/// Types inside types beyond this depth are not told apart.
const DEPTH: usize = 8;

/// How a method is called. Parameters keep their types as the compiler tells overloads apart.
pub(super) fn signature(node: Node<'_>, source: &str) -> Sig {
    let returns = child(node, "type").map_or(Ty::Any, |node| ty(node, source));
    Sig { params: parameters(node, source), returns, is_async: false }
}

/// The parameters of a method, or the components of a record.
pub(super) fn parameters(node: Node<'_>, source: &str) -> Vec<Param> {
    let list = child(node, "parameters").map(named).unwrap_or_default();
    list.into_iter().filter_map(|node| parameter(node, source)).collect()
}

fn parameter(node: Node<'_>, source: &str) -> Option<Param> {
    let variadic = node.kind() == "spread_parameter";
    if !variadic && node.kind() != "formal_parameter" {
        return None;
    }
    let (ty, name) = parts(node)?;
    // A path says which type it is, by its package or by what is around it.
    let written = stated(ty, source).filter(|path| path.contains('.'));
    let mut erased = erased(ty, source);
    let dimensions = child(node, "dimensions").map_or(0, |dims| text(dims, source).matches('[').count());
    erased.push_str(&"[]".repeat(dimensions + usize::from(variadic)));
    let name = text(name, source).to_owned();
    Some(Param {
        name,
        ty: Ty::Named(erased),
        written: written.unwrap_or_default(),
        optional: false,
        variadic,
        keyword_only: false,
    })
}

/// The type and the name of a parameter.
pub(super) fn parts(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    if node.kind() != "spread_parameter" {
        return Some((child(node, "type")?, child(node, "name")?));
    }
    let all = named(node);
    let name = all.iter().find(|part| part.kind() == "variable_declarator")?;
    let ty = all.iter().find(|part| !matches!(part.kind(), "modifiers" | "variable_declarator"))?;
    Some((*ty, child(*name, "name")?))
}

/// A type without arguments, package and annotations, but with its brackets.
fn erased(node: Node<'_>, source: &str) -> String {
    if node.kind() == "array_type" {
        let brackets = child(node, "dimensions").map_or(1, |dims| text(dims, source).matches('[').count());
        return child(node, "element").map_or(String::new(), |inner| erased(inner, source))
            + &"[]".repeat(brackets);
    }
    let name = type_name(node, source).unwrap_or_else(|| text(node, source).to_owned());
    name.rsplit('.').next().unwrap_or(&name).to_owned()
}

/// The type in terms that all languages share.
pub(super) fn ty(node: Node<'_>, source: &str) -> Ty {
    shared(node, source, DEPTH)
}

fn shared(node: Node<'_>, source: &str, depth: usize) -> Ty {
    let Some(depth) = depth.checked_sub(1) else { return Ty::Any };
    let inner = |node: Option<Node<'_>>| Box::new(node.map_or(Ty::Any, |node| shared(node, source, depth)));
    match node.kind() {
        "void_type" => Ty::Unit,
        "integral_type" if text(node, source) == "char" => Ty::Str,
        "integral_type" => Ty::Int,
        "floating_point_type" => Ty::Float,
        "boolean_type" => Ty::Bool,
        "annotated_type" => *inner(named(node).last().copied()),
        "array_type" => match child(node, "element") {
            Some(element) if text(element, source) == "byte" => Ty::Bytes,
            element => Ty::List(inner(element)),
        },
        "generic_type" => {
            let args = child_of_kind(node, "type_arguments").map(named).unwrap_or_default();
            match by_name(type_name(node, source).unwrap_or_default()) {
                Ty::List(_) => Ty::List(inner(args.first().copied())),
                Ty::Map(_) => Ty::Map(inner(args.last().copied())),
                Ty::Optional(_) => Ty::Optional(inner(args.first().copied())),
                other => other,
            }
        }
        "type_identifier" | "scoped_type_identifier" => by_name(type_name(node, source).unwrap_or_default()),
        _ => Ty::Any,
    }
}

fn by_name(name: String) -> Ty {
    let any = || Box::new(Ty::Any);
    match name.as_str() {
        "String" | "CharSequence" | "Character" | "StringBuilder" => Ty::Str,
        "Integer" | "Long" | "Short" | "Byte" | "BigInteger" | "AtomicInteger" | "AtomicLong" => Ty::Int,
        "Float" | "Double" | "Number" => Ty::Float,
        "BigDecimal" => Ty::Decimal,
        "UUID" => Ty::Uuid,
        "Boolean" | "AtomicBoolean" => Ty::Bool,
        "Date" | "Instant" | "LocalDate" | "LocalDateTime" | "OffsetDateTime" | "ZonedDateTime" => Ty::Date,
        "List" | "ArrayList" | "LinkedList" | "Set" | "HashSet" | "LinkedHashSet" | "SortedSet"
        | "TreeSet" | "Collection" | "Iterable" | "Queue" | "Deque" | "ArrayDeque" | "Stream" => {
            Ty::List(any())
        }
        "Map" | "HashMap" | "LinkedHashMap" | "SortedMap" | "TreeMap" | "ConcurrentHashMap" => Ty::Map(any()),
        "Optional" => Ty::Optional(any()),
        "Object" | "" => Ty::Any,
        _ => Ty::Named(name),
    }
}

/// The name of a class type as written, without arguments and annotations: `Map.Entry`.
pub(super) fn type_name(mut node: Node<'_>, source: &str) -> Option<String> {
    let mut parts = Vec::new();
    for _ in 0..2 * DEPTH {
        node = match node.kind() {
            "type_identifier" => {
                parts.push(text(node, source));
                parts.reverse();
                return Some(parts.join("."));
            }
            "scoped_type_identifier" => {
                let inner = named(node);
                parts.push(text(*inner.last()?, source));
                *inner.first()?
            }
            "generic_type" => *named(node).first()?,
            "annotated_type" => *named(node).last()?,
            _ => return None,
        };
    }
    None
}

/// A type as written, without arguments and annotations, but with its brackets: `Map.Entry[]`.
pub(super) fn stated(node: Node<'_>, source: &str) -> Option<String> {
    match node.kind() {
        "array_type" => {
            let inner = child(node, "element").filter(|inner| inner.kind() != "array_type")?;
            let brackets =
                child(node, "dimensions").map_or(1, |dims| text(dims, source).matches('[').count());
            Some(stated(inner, source)? + &"[]".repeat(brackets))
        }
        "integral_type" | "floating_point_type" | "boolean_type" | "void_type" => {
            Some(text(node, source).to_owned())
        }
        _ => type_name(node, source),
    }
}

/// A type with its arguments: `Map<String,Room>`, with `?` for what `open` says is not known, and where that is not
/// `held` for all that has a `?`.
pub(super) fn with_args(
    node: Node<'_>,
    source: &str,
    (open, held): (&dyn Fn(&str) -> bool, bool),
) -> Option<String> {
    let plain = stated(node, source)?;
    let list = child_of_kind(node, "type_arguments").filter(|_| node.kind() == "generic_type");
    let args = list.map(named).unwrap_or_default();
    if args.is_empty() {
        return Some(plain);
    }
    let arg = |arg: &Node<'_>| {
        let known = match arg.kind() {
            // What `? extends X` holds is an `X`.
            "wildcard" if held && text(*arg, source).contains("extends") => named(*arg).last().copied(),
            "wildcard" => None,
            _ => Some(*arg),
        };
        let written = known.and_then(|arg| with_args(arg, source, (open, held))).filter(|arg| !open(arg));
        written.unwrap_or_else(|| "?".to_owned())
    };
    let args: Vec<String> = args.iter().map(arg).collect();
    Some(format!("{plain}<{}>", args.join(",")))
}

/// The type of one of the names that a declaration gives a type: the name may bring brackets.
pub(super) fn stated_of(ty: Node<'_>, named: Node<'_>, source: &str) -> Option<String> {
    Some(stated(ty, source)? + &brackets_of(named, source))
}

/// The brackets that one of the names of a declaration brings.
pub(super) fn brackets_of(named: Node<'_>, source: &str) -> String {
    "[]".repeat(child(named, "dimensions").map_or(0, |dims| text(dims, source).matches('[').count()))
}

/// The class that a value shows by itself: `new T(…)`, `(T) x`, and the like in brackets.
pub(super) fn of_value(mut node: Node<'_>, source: &str) -> Option<String> {
    for _ in 0..DEPTH {
        node = match node.kind() {
            "parenthesized_expression" => *named(node).first()?,
            "object_creation_expression" | "cast_expression" => {
                return type_name(child(node, "type")?, source);
            }
            "string_literal" => return Some("String".to_owned()),
            _ => return None,
        };
    }
    None
}
