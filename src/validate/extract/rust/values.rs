//! Expressions, as far as their types can be worked out from what they say.

use super::literals::{is_rest, values_of};
use super::types::last_type_name;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named, text};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;
use crate::validate::names::has_word;

/// Longer chains are not followed.
pub(super) const DEPTH: usize = 12;
/// Longer types say nothing.
const TYPE_LENGTH: usize = 300;

/// Traits that are no reason to call a method.
const MARKERS: [&str; 14] = [
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Display",
    "Eq",
    "Hash",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Send",
    "Sized",
    "Sync",
    "Unpin",
];

/// What an expression is; locals are told apart later.
pub(super) fn value(walk: &Walk<'_>, node: Node<'_>) -> Value {
    of(walk, node, DEPTH)
}

/// The same, marked where it is a reference to what it is made of, or may be one.
pub(super) fn lent(walk: &Walk<'_>, node: Node<'_>) -> Value {
    let mut inner = node;
    while inner.kind() == "parenthesized_expression"
        && let Some(part) = named(inner).into_iter().find(|part| !part.is_extra())
    {
        inner = part;
    }
    let value = value(walk, inner);
    match inner.kind() {
        "reference_expression" if child_of_kind(inner, "mutable_specifier").is_some() => {
            value.passed(Value::LENT)
        }
        "reference_expression" => value.passed(Value::POINTER),
        "unary_expression" | "match_expression" | "if_expression" | "block" | "unsafe_block" => {
            value.passed(Value::POINTED)
        }
        _ => value,
    }
}

fn of(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Unknown };
    let inner = |node: Option<Node<'_>>| node.map_or(Value::Unknown, |node| of(walk, node, depth));
    let first = || inner(named(node).into_iter().find(|part| !part.is_extra()));
    match node.kind() {
        "identifier" | "scoped_identifier" => path(walk.text(node)),
        "self" => Value::This,
        "field_expression" => match child(node, "field") {
            Some(field) => inner(child(node, "value")).field(walk.text(field)),
            None => Value::Unknown,
        },
        "await_expression" => first().field("await"),
        "try_expression" => first().content(),
        "reference_expression" => inner(child(node, "value")),
        "parenthesized_expression" | "unary_expression" => first(),
        "index_expression" => match named(node).last() {
            Some(index) if index.kind() == "range_expression" => first(),
            _ => first().wrapped(Value::Element),
        },
        "call_expression" => called(walk, node, depth),
        "match_expression" => {
            let arms = child(node, "body").map(named).unwrap_or_default();
            let mut values = arms.into_iter().map(|arm| inner(child(arm, "value")));
            values.find(|value| *value != Value::Unknown && names_nothing(value)).unwrap_or_default()
        }
        "if_expression" => Some(inner(child(node, "consequence"))).filter(names_nothing).unwrap_or_default(),
        // What a block states is not known outside.
        "block" => match named(node)[..] {
            [only] => inner(Some(only)),
            _ => Value::Unknown,
        },
        "closure_expression" => closure(walk, node, depth),
        "tuple_expression" => match named(node).into_iter().filter(|part| !part.is_extra()).count() {
            n_parts if n_parts > 1 => Value::Of(format!("({})", vec!["_"; n_parts].join(", "))),
            _ => Value::Unknown,
        },
        "binary_expression" if is_sum(walk, node) => {
            match (inner(child(node, "left")), inner(child(node, "right"))) {
                (Value::Unknown, _) | (_, Value::Unknown) => Value::Unknown,
                (left, right) => Value::Joined(vec![left, right]).passed(Value::SUM),
            }
        }
        "array_expression" if child(node, "length").is_none() => first().passed(Value::ROW),
        "struct_expression" => child(node, "name").map_or(Value::Unknown, |ty| stated(walk, ty)),
        "type_cast_expression" => child(node, "type").map_or(Value::Unknown, |ty| stated(walk, ty)),
        _ => shown(walk, node),
    }
}

/// Whether an expression calculates with two numbers, if that is what they are.
fn is_sum(walk: &Walk<'_>, node: Node<'_>) -> bool {
    child(node, "operator").is_some_and(|sign| matches!(walk.text(sign), "+" | "-" | "*" | "/" | "%"))
}

/// A closure, as what a call of it gives back, where that is none of what it is given.
fn closure(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let params = child(node, "parameters");
    let n_params =
        params.map_or(0, |params| named(params).into_iter().filter(|param| !param.is_extra()).count());
    let untold = || Value::Of("_".to_owned());
    if let Some(ty) = child(node, "return_type") {
        return Value::Of(written(walk, ty, None)).closure(n_params);
    }
    let given = params.map_or("", |params| walk.text(params));
    let body = child(node, "body").map_or(Value::Unknown, |body| of(walk, body, depth));
    let is_told = match body.steps().last() {
        Some(Value::Name(root)) => !has_word(given, root),
        _ => body != Value::Unknown,
    };
    if is_told { body } else { untold() }.closure(n_params)
}

/// Whether an expression holds no name that a pattern around it may have bound.
fn names_nothing(value: &Value) -> bool {
    let is_path = |name: &str| name.contains("::") || name.starts_with(char::is_uppercase);
    match value.steps().last() {
        Some(Value::Name(name)) => is_path(name),
        _ => true,
    }
}

/// What a literal or the like is.
pub(super) fn shown(walk: &Walk<'_>, node: Node<'_>) -> Value {
    const SUFFIXES: [&str; 14] = [
        "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "i128", "u128", "isize", "usize", "f32", "f64",
    ];
    let text = walk.text(node);
    let suffix = || SUFFIXES.iter().find(|suffix| text.ends_with(**suffix)).copied();
    let ty = match node.kind() {
        "string_literal" | "raw_string_literal" if !text.starts_with(['b', 'c']) => "str",
        "string_literal" | "raw_string_literal" if text.starts_with('b') => "&[u8]",
        "char_literal" if text.starts_with('b') => "u8",
        "char_literal" => "char",
        "boolean_literal" => "bool",
        "integer_literal" if text.starts_with("0x") => "{integer}",
        "integer_literal" => suffix().unwrap_or("{integer}"),
        "float_literal" => suffix().unwrap_or("{float}"),
        "unit_expression" => "()",
        "binary_expression" => match child(node, "operator").map_or("", |operator| walk.text(operator)) {
            "==" | "!=" | "<" | ">" | "<=" | ">=" | "&&" | "||" => "bool",
            _ => return Value::Unknown,
        },
        "macro_invocation" => match child(node, "macro").map_or("", |name| walk.text(name)) {
            "format" => "String",
            "vec" => "Vec<_>",
            "matches" => "bool",
            _ => return Value::Unknown,
        },
        _ => return Value::Unknown,
    };
    Value::Of(ty.to_owned())
}

/// A name with the path before it; the arguments of a type are left out: `<Room<u8>>::open`, `Room::<u8>::open`.
pub(super) fn path(text: &str) -> Value {
    let (owner, rest) = match text.strip_prefix('<').and_then(|inner| inner.rsplit_once(">::")) {
        Some((owner, _)) if owner.contains(" as ") => return Value::Unknown,
        Some((owner, rest)) => (owner, Some(rest)),
        None => {
            match text.split_once("::<").and_then(|(owner, args)| Some((owner, args.rsplit_once(">::")?))) {
                Some((owner, (_, rest))) => (owner, Some(rest)),
                None => (text, None),
            }
        }
    };
    let owner = if rest.is_some() { owner.split('<').next().unwrap_or(owner) } else { owner };
    let path: String = [owner].into_iter().chain(rest).collect::<Vec<_>>().join("::");
    let path: String = path.split_whitespace().collect();
    if path.contains(['<', '[', '(', '&']) { Value::Unknown } else { Value::Name(path) }
}

/// What a call gives back.
fn called(walk: &Walk<'_>, call: Node<'_>, depth: usize) -> Value {
    let passed = child(call, "arguments").map_or(0, |list| named(list).len());
    let Some(mut function) = child(call, "function") else { return Value::Unknown };
    let mut arguments = None;
    if function.kind() == "generic_function" {
        arguments = child(function, "type_arguments");
        function = child(function, "function").unwrap_or(function);
    }
    let only =
        || child(call, "arguments").and_then(|list| named(list).into_iter().find(|part| !part.is_extra()));
    match (function.kind(), walk.text(function)) {
        ("identifier", how) if passed == 1 && Value::PRESENT_IN.contains(&how) => {
            match only().map_or(Value::Unknown, |inner| of(walk, inner, depth)) {
                Value::Unknown => path(how).called("", passed),
                inner => inner.passed(how),
            }
        }
        // What can be called can be called in a box.
        ("scoped_identifier", "Arc::new" | "Box::new" | "Rc::new")
            if only().is_some_and(|only| only.kind() == "closure_expression") =>
        {
            only().map_or(Value::Unknown, |closure| of(walk, closure, depth))
        }
        ("identifier" | "scoped_identifier", name) => path(name).called("", passed),
        ("field_expression", _) => {
            let name = child(function, "field").map_or("", |name| walk.text(name));
            if let ("collect", Some(arguments)) = (name, arguments) {
                return named(arguments).first().map_or(Value::Unknown, |ty| stated(walk, *ty));
            }
            let on = child(function, "value").map_or(Value::Unknown, |on| of(walk, on, depth));
            on.called(name, passed)
        }
        _ => Value::Unknown,
    }
}

/// A value of a type as written.
pub(super) fn stated(walk: &Walk<'_>, ty: Node<'_>) -> Value {
    match written(walk, ty, None) {
        text if text == "_" => Value::Unknown,
        text => Value::Of(text),
    }
}

/// A type as written, on one line; parameters of what is around it and those of `item` become what
/// their bound says, or `_`.
pub(super) fn written(walk: &Walk<'_>, ty: Node<'_>, item: Option<Node<'_>>) -> String {
    let own = item.map(|item| type_parameters(item, walk.source)).unwrap_or_default();
    let text = walk.text(ty);
    if text.len() > TYPE_LENGTH {
        return "_".to_owned();
    }
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let mut written = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let length = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
        if length == 0 {
            rest = &rest[char.len_utf8()..];
            let spaced = written.ends_with(' ') || written.is_empty();
            match char {
                char if !char.is_whitespace() => written.push(char),
                _ if !spaced => written.push(' '),
                _ => {}
            }
            continue;
        }
        let word = &rest[..length];
        let is_first = !written.ends_with("::") && !written.ends_with('\'');
        let is_local = || walk.scopes.is_local(walk.scopes.current(), word, ty.start_byte());
        let parameter = is_first && (own.contains(&word) || is_local());
        match parameter
            .then(|| item.into_iter().chain(walk.around()).find_map(|item| bound(item, word, walk.source)))
        {
            None => written.push_str(word),
            Some(None) => written.push('_'),
            Some(Some(bound)) => written.extend(["impl ", bound]),
        }
        rest = &rest[length..];
    }
    written
}

/// The trait that tells what a type parameter of an item can do, where it is one.
fn bound<'a>(item: Node<'a>, parameter: &str, source: &'a str) -> Option<&'a str> {
    let is_trait = |bound: &&Node<'_>| {
        let named = bound.kind().ends_with("type_identifier")
            || matches!(bound.kind(), "generic_type" | "function_type");
        named && !MARKERS.contains(&last_type_name(**bound, source))
    };
    let bounds = bounds(item, parameter, source);
    let mut traits = bounds.iter().filter(is_trait);
    traits.next().filter(|_| traits.next().is_none()).map(|only| text(*only, source))
}

/// The bounds of a type parameter, in `<T: Tr>` and in `where T: Tr`.
pub(super) fn bounds<'a>(item: Node<'a>, parameter: &str, source: &str) -> Vec<Node<'a>> {
    let parameters = child(item, "type_parameters").map(named).unwrap_or_default();
    let clauses = child_of_kind(item, "where_clause").map(named).unwrap_or_default();
    let stated = parameters.into_iter().chain(clauses).filter(|stated| {
        let name = child(*stated, "name").or_else(|| child(*stated, "left"));
        name.is_some_and(|name| text(name, source) == parameter)
    });
    stated.filter_map(|stated| child(stated, "bounds")).flat_map(named).collect()
}

/// The names of the type parameters that an item states.
pub(super) fn type_parameters<'a>(item: Node<'a>, source: &'a str) -> Vec<&'a str> {
    let parameters = child(item, "type_parameters").map(named).unwrap_or_default();
    let names = parameters.into_iter().filter_map(|parameter| child(parameter, "name"));
    names.map(|name| text(name, source)).collect()
}

/// What the names of a pattern stand for where it takes a value apart, by node.
pub(super) fn taken_apart(walk: &Walk<'_>, pattern: Node<'_>, value: Value) -> Vec<(usize, Value)> {
    let mut found = Vec::new();
    let mut open = vec![(pattern, value)];
    while let Some((pattern, value)) = open.pop() {
        let parts = || named(pattern).into_iter().filter(|part| !part.is_extra());
        match pattern.kind() {
            "identifier" => found.push((pattern.id(), value)),
            "mut_pattern" => open.extend(parts().next_back().map(|inner| (inner, value))),
            "ref_pattern" => {
                let mark = if has_word(walk.text(pattern), "mut") { Value::LENT } else { Value::POINTER };
                open.extend(parts().next_back().map(|inner| (inner, value.passed(mark))));
            }
            "reference_pattern" => {
                open.extend(parts().next_back().map(|inner| (inner, value.passed(Value::POINTED))));
            }
            "captured_pattern" | "or_pattern" => open.extend(parts().map(|part| (part, value.clone()))),
            "match_pattern" => open.extend(parts().next().map(|inner| (inner, value))),
            "tuple_pattern" => {
                let parts = values_of(pattern).into_iter().enumerate();
                let parts = parts.take_while(|(_, part)| !is_rest(part));
                open.extend(parts.map(|(idx, part)| (part, value.clone().field(&idx.to_string()))));
            }
            "tuple_struct_pattern" => {
                let holds = child(pattern, "type").is_some_and(|ty| {
                    matches!(last_type_name(ty, walk.source), "Some" | "Ok") && ty.kind() == "identifier"
                });
                let fails = child(pattern, "type").is_some_and(|ty| walk.text(ty) == "Err");
                let inside = if fails { value.passed(Value::FAILED) } else { value.content() };
                open.extend(parts().nth(1).filter(|_| holds || fails).map(|inner| (inner, inside)));
            }
            "struct_pattern" => {
                let Some(of) = child(pattern, "type").map(|ty| stated(walk, ty)) else { continue };
                for field in parts().filter(|part| part.kind() == "field_pattern") {
                    let Some(name) = child(field, "name") else { continue };
                    let value = of.clone().field(walk.text(name));
                    match child(field, "pattern") {
                        Some(pattern) => open.push((pattern, value)),
                        None => found.push((name.id(), value)),
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// What a closure is given by the method that it is passed to.
pub(super) fn given(walk: &Walk<'_>) -> Value {
    let Some(call) = walk.above(1).filter(|_| walk.kind_above(0) == "arguments") else {
        return Value::Unknown;
    };
    let method = child(call, "function").filter(|function| function.kind() == "field_expression");
    let Some((on, name)) = method.and_then(|method| Some((child(method, "value")?, child(method, "field")?)))
    else {
        return Value::Unknown;
    };
    value(walk, on).passed(walk.text(name))
}
