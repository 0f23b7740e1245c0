//! Expressions, as far as their types can be worked out from what they say.

use super::calls;
pub(super) use super::calls::callee;
use super::written::{made, unknown, written};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, literal, named};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Value;
use crate::validate::names::find_words;

/// Longer chains are not followed.
pub(super) const DEPTH: usize = 12;
/// Objects of more members are data.
pub(super) const MEMBERS: usize = 16;
/// Longer texts are not told apart.
const TEXT: usize = 60;

/// What an expression is; locals are told apart later.
pub(super) fn value(walk: &Walk<'_>, node: Node<'_>) -> Value {
    of(walk, node, DEPTH)
}

/// What a name stands for that is bound to an expression, for good or for now.
pub(super) fn bound(walk: &Walk<'_>, node: Node<'_>, for_good: bool) -> Value {
    match value(walk, node) {
        Value::Unknown => plain("_"),
        Value::Of(text) if !for_good => Value::Of(widened(&text)),
        value => value,
    }
}

pub(super) fn plain(ty: &str) -> Value {
    Value::Of(ty.to_owned())
}

pub(super) fn of(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Unknown };
    let first = || named(node).first().map_or(Value::Unknown, |node| of(walk, *node, depth));
    match node.kind() {
        "identifier" | "shorthand_property_identifier" => name(walk, node),
        "undefined" | "null" | "true" | "false" => plain(node.kind()),
        "this" if is_own(walk) => Value::This,
        "member_expression" => member(walk, node, depth),
        "call_expression" => calls::given(walk, node, depth),
        "await_expression" => first().content(),
        "non_null_expression" => first().passed(Value::PRESENT),
        "parenthesized_expression" | "satisfies_expression" => first(),
        "as_expression" => match named(node).get(1) {
            Some(ty) => Value::Of(written(walk, *ty, node)),
            None => first(),
        },
        "string" => Value::Of(text_of(walk, node)),
        "template_string" => plain("{string}"),
        "number" => Value::Of(number(walk.text(node))),
        "regex" => plain("RegExp"),
        "array" => match named(node)[..] {
            [only] if only.kind() == "spread_element" => {
                named(only).first().map_or(plain("_[]"), |list| of(walk, *list, depth).passed(Value::SPREAD))
            }
            _ => plain("_[]"),
        },
        "object" => joined(walk, node, depth).unwrap_or_else(|| Value::Of(object(walk, node, depth))),
        "arrow_function" | "function_expression" => plain("() => _"),
        "new_expression" => {
            made(walk, node).map_or(Value::Unknown, |class| Value::Of(class_of(walk, node, class)))
        }
        "subscript_expression" => element(walk, node, depth),
        "unary_expression" => unary(walk, node),
        "binary_expression" => binary(walk, node, depth),
        "ternary_expression" => either(walk, node, depth),
        _ => Value::Unknown,
    }
}

fn name(walk: &Walk<'_>, node: Node<'_>) -> Value {
    match walk.text(node) {
        name @ "undefined" => plain(name),
        name if is_again(walk, node) => Value::Name(name.to_owned()).passed(Value::AGAIN),
        name => Value::Name(name.to_owned()),
    }
}

/// Whether a name was said since it means what it means.
pub(super) fn is_again(walk: &Walk<'_>, node: Node<'_>) -> bool {
    let name = walk.text(node);
    let bound = walk.scopes.bound_from(walk.scopes.current(), name, node.start_byte());
    match bound {
        Some(from) => walk.is_said_after(name, from),
        None => is_said_before(walk, node),
    }
}

fn member(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let (Some(object), Some(property)) = (child(node, "object"), child(node, "property")) else {
        return Value::Unknown;
    };
    let on = of(walk, object, depth);
    if child_of_kind(node, "optional_chain").is_some() {
        return chained(on.clone(), on.passed(Value::PRESENT).field(walk.text(property)));
    }
    let field = on.field(walk.text(property));
    if is_said_before(walk, property) { field.passed(Value::AGAIN) } else { field }
}

/// What is missing where the thing is that it would be taken from.
pub(super) fn chained(on: Value, value: Value) -> Value {
    Value::either(vec![value, on.passed(Value::CHAINED)])
}

/// Whether the definition around says a name before this place, so that it may have been tested
/// there.
pub(super) fn is_said_before(walk: &Walk<'_>, property: Node<'_>) -> bool {
    let start = walk.open_def().map_or(0, |def| walk.model.defs[def].span.start);
    walk.is_said_after(walk.text(property), start.saturating_sub(1))
}

/// `list[0]`, and `rooms['first']`, which is a field.
fn element(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let (Some(list), Some(index)) = (child(node, "object"), child(node, "index")) else {
        return Value::Unknown;
    };
    let is_plain = child_of_kind(node, "optional_chain").is_none();
    match index.kind() {
        "number" if is_plain => of(walk, list, depth).field(walk.text(index)).passed(Value::AGAIN),
        "identifier" | "member_expression" | "binary_expression" if is_plain => {
            of(walk, list, depth).wrapped(Value::Element).passed(Value::AGAIN)
        }
        "string" if is_plain => match literal(index, walk.source) {
            Some(name) => of(walk, list, depth).field(name).passed(Value::AGAIN),
            None => Value::Unknown,
        },
        _ => Value::Unknown,
    }
}

/// What a loop gets of a list,
pub(super) fn element_of(walk: &Walk<'_>, list: Node<'_>) -> Value {
    value(walk, list).wrapped(Value::Element)
}

/// and what a function does that is given each element.
pub(super) fn each_of(walk: &Walk<'_>, list: Node<'_>) -> Value {
    value(walk, list).passed(Value::EACH)
}

/// Whether `this` is a value of the class around.
fn is_own(walk: &Walk<'_>) -> bool {
    let binds = |node: &Node<'_>| {
        let is_function = node.kind().contains("function") && node.kind() != "arrow_function";
        is_function || matches!(node.kind(), "method_definition" | "class_body")
    };
    let mut around = walk.around().skip_while(|node| !binds(node));
    let (inner, above) = (around.next(), around.next());
    inner.is_some_and(|inner| match inner.kind() {
        "class_body" => true,
        "method_definition" => {
            let is_static = child_of_kind(inner, "static").is_some();
            !is_static && above.is_some_and(|above| above.kind() == "class_body")
        }
        _ => false,
    })
}

fn text_of(walk: &Walk<'_>, node: Node<'_>) -> String {
    match literal(node, walk.source) {
        Some(text) if text.len() < TEXT && !text.contains(['\'', '"']) => format!("'{text}'"),
        _ => "{string}".to_owned(),
    }
}

fn number(text: &str) -> String {
    let is_plain = text.chars().all(|char| char.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    match text {
        _ if is_plain => text.to_owned(),
        _ if text.ends_with('n') => "bigint".to_owned(),
        _ => "{number}".to_owned(),
    }
}

/// `{ ...room, seats: 4 }`: what is spread, and the keys beside it.
fn joined(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Option<Value> {
    let (spread, keys): (Vec<_>, Vec<_>) =
        named(node).into_iter().partition(|member| member.kind() == "spread_element");
    if spread.is_empty() || keys.len() > MEMBERS {
        return None;
    }
    let mut all = Vec::new();
    for one in spread {
        match named(one).first().map(|one| of(walk, *one, depth)) {
            None | Some(Value::Unknown | Value::Of(_)) => return None,
            Some(value) => all.push(value),
        }
    }
    all.push(Value::Of(of_members(walk, &keys, depth)));
    Some(Value::Joined(all))
}

/// The type of an object that is written out, by its keys.
fn object(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> String {
    of_members(walk, &named(node), depth)
}

fn of_members(walk: &Walk<'_>, members: &[Node<'_>], depth: usize) -> String {
    let mut parts = Vec::new();
    for member in members.iter().take(MEMBERS) {
        let (key, value) = match member.kind() {
            "pair" => (child(*member, "key"), child(*member, "value")),
            "method_definition" => (child(*member, "name"), None),
            "shorthand_property_identifier" => (Some(*member), None),
            _ => (None, None),
        };
        let Some(key) = key.filter(|key| key.kind().ends_with("property_identifier")) else {
            return "object".to_owned();
        };
        let ty = match value.map(|value| of(walk, value, depth)) {
            Some(Value::Of(ty)) => ty,
            _ => unknown(),
        };
        parts.push(format!("{}: {ty}", walk.text(key)));
    }
    match members.len() > MEMBERS {
        true => "object".to_owned(),
        false => format!("{{ {} }}", parts.join("; ")),
    }
}

fn unary(walk: &Walk<'_>, node: Node<'_>) -> Value {
    let argument = child(node, "argument").filter(|argument| argument.kind() == "number");
    match (child(node, "operator").map_or("", |operator| operator.kind()), argument) {
        ("!", _) => plain("boolean"),
        ("typeof", _) => plain("{string}"),
        ("-", Some(argument)) => match number(walk.text(argument)).as_str() {
            ty @ ("bigint" | "{number}" | "0") => plain(ty),
            ty => Value::Of(format!("-{ty}")),
        },
        _ => Value::Unknown,
    }
}

fn binary(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let side = |field: &str| child(node, field).map_or(Value::Unknown, |node| of(walk, node, depth));
    let is = |fits: fn(&str) -> bool| {
        [side("left"), side("right")].iter().any(|value| matches!(value, Value::Of(ty) if fits(ty)))
    };
    match child(node, "operator").map_or("", |operator| operator.kind()) {
        "==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=" | "instanceof" | "in" => plain("boolean"),
        "+" if is(is_text) => plain("string"),
        "-" | "*" | "/" | "%" if is(is_number) => plain("number"),
        "??" => Value::either(vec![side("left").passed(Value::PRESENT), told_by(walk, node, "right", depth)]),
        "||" => Value::either(vec![side("left").passed(Value::TRUE), told_by(walk, node, "right", depth)]),
        _ => Value::Unknown,
    }
}

/// A part of an expression which stands there only if what is said before it holds: that may tell more of
/// it than its type does.
fn told_by(walk: &Walk<'_>, whole: Node<'_>, part: &str, depth: usize) -> Value {
    let Some(part) = child(whole, part) else { return Value::Unknown };
    let before = walk.source.get(whole.start_byte()..part.start_byte()).unwrap_or_default();
    let is_part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$');
    let mut names = walk.text(part).split(|char| !is_part(char)).filter(|name| !name.is_empty());
    let is_asked = names.any(|name| find_words(before, name).next().is_some());
    match of(walk, part, depth) {
        value @ Value::Of(_) => value,
        value if is_asked => value.passed(Value::AGAIN),
        value => value,
    }
}

/// The class that is made, with its arguments where it says them.
fn class_of(walk: &Walk<'_>, node: Node<'_>, class: &str) -> String {
    let given = child(node, "type_arguments").map(|list| written(walk, list, node));
    format!("{class}{}", given.unwrap_or_default())
}

/// `test ? 'a' : 'b'`.
fn either(walk: &Walk<'_>, node: Node<'_>, depth: usize) -> Value {
    let side = |field: &str| told_by(walk, node, field, depth);
    match (side("consequence"), side("alternative")) {
        (Value::Of(left), Value::Of(right)) if ![&left, &right].iter().any(|ty| ty.contains("=>")) => {
            Value::Of(format!("{left} | {right}"))
        }
        (left, right) => Value::either(vec![left, right]),
    }
}

fn is_text(ty: &str) -> bool {
    matches!(ty, "string" | "{string}") || ty.starts_with('\'') && ty.matches('\'').count() == 2
}

fn is_number(ty: &str) -> bool {
    let digits = ty.strip_prefix('-').unwrap_or(ty);
    matches!(ty, "number" | "{number}")
        || !digits.is_empty() && digits.chars().all(|char| char.is_ascii_digit())
}

/// The type of a variable that begins with a literal.
pub(super) fn widened(ty: &str) -> String {
    match ty {
        _ if is_text(ty) => "string".to_owned(),
        _ if is_number(ty) => "number".to_owned(),
        "true" | "false" => "boolean".to_owned(),
        // It may become anything.
        "undefined" | "null" | "_[]" => unknown(),
        _ if ty.contains(['\'', '|']) => unknown(),
        _ => ty.to_owned(),
    }
}
