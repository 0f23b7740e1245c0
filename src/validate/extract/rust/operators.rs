//! What operators and format strings ask of values: uses of names that no definition can have.

use super::tokens;
use super::values;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named};
use crate::validate::extract::uses::{Receiving, Use};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, Ref, RefKind, Value};

/// Macros that show what they are given, by the place of the text that says how.
const SHOW: [(&str, usize); 16] = [
    ("assert", 1),
    ("assert_eq", 2),
    ("assert_ne", 2),
    ("debug_assert", 1),
    ("debug_assert_eq", 2),
    ("debug_assert_ne", 2),
    ("eprint", 0),
    ("eprintln", 0),
    ("format", 0),
    ("panic", 0),
    ("print", 0),
    ("println", 0),
    ("todo", 0),
    ("unreachable", 0),
    ("write", 1),
    ("writeln", 1),
];

/// `left == right`, `left < right`, `left + right`.
pub(super) fn compared<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let parts = (child(node, "left"), child(node, "operator"), child(node, "right"));
    let (Some(left), Some(operator), Some(right)) = parts else { return };
    let asked = match walk.text(operator) {
        "==" | "!=" => Ref::EQUAL,
        "<" | ">" | "<=" | ">=" => Ref::ORDERED,
        "+" | "-" | "*" | "/" | "%" | "+=" | "-=" | "*=" | "/=" | "%=" => Ref::CALCULATED,
        _ => return,
    };
    let (left, right) = (values::value(walk, left), values::value(walk, right));
    ask(walk, operator, asked, (left, Some(right)));
}

/// `*room`, where the value goes somewhere.
pub(super) fn copied<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let is_moved = match (walk.kind_above(0), walk.field()) {
        ("arguments" | "array_expression" | "return_expression" | "tuple_expression", _) => true,
        ("assignment_expression", "right") | ("field_initializer", "value") => true,
        ("let_declaration", "value") => {
            let pattern = walk.above(0).and_then(|declaration| child(declaration, "pattern"));
            pattern.is_some_and(|pattern| pattern.kind() == "identifier")
        }
        ("block", _) => {
            walk.above(0).is_some_and(|block| named(block).last().map(|last| last.id()) == Some(node.id()))
        }
        _ => false,
    };
    let operand = named(node).first().copied().filter(|_| is_moved && walk.text(node).starts_with('*'));
    if let Some(operand) = operand {
        let value = values::lent(walk, operand);
        ask(walk, node, Ref::COPIED, (value, None));
    }
}

/// What a macro of the standard library asks of what it is given.
pub(super) fn shown<'a>(walk: &mut Walk<'a>, call: Node<'a>, name: &str) {
    let Some(list) = named(call).into_iter().find(|part| part.kind() == "token_tree") else { return };
    let tokens: Vec<Node<'a>> = list.children().filter(|token| !token.is_extra()).collect();
    let Some(inside) = tokens.len().checked_sub(1).and_then(|end| tokens.get(1..end)) else { return };
    let parts: Vec<&[Node<'a>]> = inside.split(|token| token.kind() == ",").collect();
    let value = |part: &[Node<'a>]| tokens::of_all_tokens(walk, part);
    let mut asked: Vec<(&'static str, Node<'a>, Value, Option<Value>)> = Vec::new();
    if let (true, [left, right, ..]) = (name.contains("assert_"), &parts[..]) {
        let compared = [value(left), value(right)];
        asked.extend(compared.iter().map(|value| (Ref::DEBUGGED, list, value.clone(), None)));
        let [left, right] = compared;
        asked.push((Ref::EQUAL, list, left, Some(right)));
    }
    if let ("assert" | "debug_assert", [tested, ..]) = (name, &parts[..]) {
        let start = tested.iter().take_while(|token| token.kind() == "!").count();
        asked.push((Ref::TESTED, list, value(&tested[start..]), None));
    }
    if name == "dbg" {
        asked.extend(parts.iter().map(|part| (Ref::DEBUGGED, list, value(part), None)));
    }
    let place = SHOW.iter().find(|(of, _)| *of == name).map(|(_, place)| *place);
    if let Some((place, [text])) = place.and_then(|place| Some((place, *parts.get(place)?)))
        && text.kind() == "string_literal"
    {
        let given = &parts[place + 1..];
        let named = |name: &str| {
            let is = |part: &&&[Node<'a>]| matches!(part, [own, equals, ..] if equals.kind() == "=" && walk.text(*own) == name);
            given.iter().find(is).map_or_else(|| Value::Name(name.to_owned()), |part| value(&part[2..]))
        };
        for (hole, is_debug) in holes(walk.text(*text)) {
            let given = match hole {
                Hole::At(at) => given.get(at).map_or(Value::Unknown, |part| value(part)),
                Hole::Named(name) => named(name),
            };
            asked.push((if is_debug { Ref::DEBUGGED } else { Ref::DISPLAYED }, *text, given, None));
        }
    }
    for (what, at, on, other) in asked {
        ask(walk, at, what, (on, other));
    }
}

fn ask<'a>(walk: &mut Walk<'a>, at: Node<'a>, what: &'static str, (on, other): (Value, Option<Value>)) {
    if on == Value::Unknown {
        return;
    }
    // Nothing but its value tells what it is.
    let mut used = Use::new(RefKind::Read, at, what, Receiving::untold());
    used.on = on;
    used.args = other.map(|other| Args { values: vec![other], ..Args::default() });
    walk.refer_again(used);
}

/// What stands in a hole of a format string.
enum Hole<'t> {
    At(usize),
    Named(&'t str),
}

/// The holes of a format string that show a value, each with whether by `Debug`.
fn holes(text: &str) -> Vec<(Hole<'_>, bool)> {
    let (mut holes, mut rest, mut next) = (Vec::new(), text, 0);
    while let Some(at) = rest.find('{') {
        // `\u{7f}` is a character.
        let is_character = rest[..at].ends_with("\\u");
        rest = &rest[at + 1..];
        if is_character {
            continue;
        }
        if let Some(after) = rest.strip_prefix('{') {
            rest = after;
            continue;
        }
        let Some(end) = rest.find('}') else { break };
        let (what, how) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
        // The width or precision may be one of what is given.
        if how.contains(['*', '$']) {
            return Vec::new();
        }
        let what = what.trim();
        let hole = match what.parse() {
            _ if what.is_empty() => {
                next += 1;
                Hole::At(next - 1)
            }
            Ok(at) => Hole::At(at),
            Err(_) => Hole::Named(what),
        };
        let is_other = how.ends_with(|char: char| char.is_alphabetic());
        if !is_other {
            holes.push((hole, how.ends_with('?')));
        }
        rest = &rest[end + 1..];
    }
    holes
}
