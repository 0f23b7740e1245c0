//! Go, where also what nothing uses is an error.

mod structs;

use std::collections::HashSet;

use super::super::go::{is_go_number, package_name};
use super::super::node::Node;
use super::super::syntax::{child, child_of_kind, children, line, literal, named, text};
use super::gives::Gives;
use super::{Binding, Bound, Function, Reader, Reading, named_at};
use crate::validate::model::FaultSort;

pub(super) const READER: Reader = Reader { function, scopes: SCOPES, look, after, leave };

const SCOPES: &[&str] = &[
    "block",
    "if_statement",
    "for_statement",
    "expression_switch_statement",
    "type_switch_statement",
    "expression_case",
    "type_case",
    "default_case",
    "communication_case",
];

fn function<'a>(node: Node<'a>, source: &'a str) -> Option<Function<'a>> {
    if !matches!(node.kind(), "function_declaration" | "method_declaration" | "func_literal") {
        return None;
    }
    let name = child(node, "name").map_or("", |name| text(name, source));
    let gives = child(node, "result").map_or(Gives::Nothing, |result| gives(result, source));
    Some(Function { name, line: line(node), is_async: false, is_class: false, gives })
}

fn gives<'a>(result: Node<'a>, source: &'a str) -> Gives<'a> {
    if result.kind() != "parameter_list" {
        return Gives::Types(vec![text(result, source)]);
    }
    let (mut types, mut has_names) = (Vec::new(), false);
    for part in named(result) {
        let names = children(part, "name").len();
        has_names |= names > 0;
        let said = child(part, "type").map_or("", |said| text(said, source));
        types.extend(std::iter::repeat_n(said, names.max(1)));
    }
    if has_names { Gives::Named(types) } else { Gives::Types(types) }
}

fn look<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let source = reading.source;
    match node.kind() {
        "import_spec" => import(reading, node),
        "parameter_declaration" | "variadic_parameter_declaration" => {
            for name in children(node, "name") {
                let (name, line) = named_at(name, source);
                reading.bind(name, line, Bound::Given);
            }
        }
        "identifier" if is_read(reading) => reading.used(text(node, source), line(node)),
        "package_identifier" => reading.used(text(node, source), line(node)),
        "return_statement" => returns(reading, node),
        "expression_switch_statement" if child(node, "value").is_some() => {
            let cases = named(node).into_iter().filter(|case| case.kind() == "expression_case");
            let values = cases.flat_map(|case| child(case, "value").map(named).unwrap_or_default());
            let plain = values.filter(|value| is_constant(*value) || value.kind() == "selector_expression");
            reading.twice(FaultSort::CaseTwice, plain.map(|value| named_at(value, source)));
        }
        "type_switch_statement" => {
            let cases = named(node).into_iter().filter(|case| case.kind() == "type_case");
            let types = cases.flat_map(|case| children(case, "type"));
            reading.twice(FaultSort::CaseTwice, types.map(|said| named_at(said, source)));
        }
        "composite_literal" => structs::literal(reading, node),
        "literal_value" => {
            let keys = named(node).into_iter().filter_map(|element| child(element, "key"));
            let keys = keys.filter_map(|key| key.named_child(0).or(Some(key)));
            let plain = keys.filter(|key| is_constant(*key) || key.kind() == "identifier");
            reading.twice(FaultSort::KeyTwice, plain.map(|key| named_at(key, source)));
        }
        _ => {}
    }
}

fn after<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    match node.kind() {
        "short_var_declaration" => short(reading, node),
        "range_clause" | "receive_statement" if child_of_kind(node, ":=").is_some() => {
            for name in declared(node) {
                let (name, line) = named_at(name, reading.source);
                reading.bind(name, line, Bound::Variable);
            }
        }
        "var_spec" => {
            for name in children(node, "name") {
                let (name, line) = named_at(name, reading.source);
                declare(reading, name, line);
            }
        }
        _ => {}
    }
}

/// What nothing in its scope reads; at the level of the file, an import.
fn leave<'a>(reading: &mut Reading<'a>, bound: Vec<Binding<'a>>) {
    let is_file = reading.functions.is_empty();
    let read: HashSet<&str> = bound.iter().filter(|it| it.n_reads > 0).map(|it| it.name).collect();
    for it in bound.iter().filter(|it| it.name != "_" && !read.contains(it.name)) {
        match it.sort {
            Bound::Imported if is_file => reading.fault(FaultSort::UnusedImport, it.name, it.line, it.line),
            Bound::Variable if !is_file => {
                reading.fault(FaultSort::UnusedVariable, it.name, it.line, it.line);
            }
            _ => {}
        }
    }
}

fn import<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let local = child(node, "name").map(|name| reading.text(name));
    let module = || literal(child(node, "path")?, reading.source).map(package_name);
    if let Some(local) = local.or_else(module) {
        match local {
            "_" | "." => {}
            local => reading.import(local, line(node)),
        }
    }
}

/// The names on the left of a declaration.
fn declared(node: Node<'_>) -> Vec<Node<'_>> {
    let left = child(node, "left").map(named).unwrap_or_default();
    left.into_iter().filter(|name| name.kind() == "identifier").collect()
}

/// `a, b := …` declares what the scope does not have, and there has to be something.
fn short<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let names: Vec<(&str, u32)> =
        declared(node).into_iter().map(|name| named_at(name, reading.source)).collect();
    let is_new = |name: &str| name != "_" && reading.bound_here(name).is_none();
    let has_new = names.iter().any(|(name, _)| is_new(name));
    match names.first() {
        Some(&(name, line)) if !has_new => declare(reading, name, line),
        _ => {
            for (name, line) in names {
                if reading.bound_here(name).is_none() {
                    reading.bind(name, line, Bound::Variable);
                }
            }
        }
    }
}

fn declare<'a>(reading: &mut Reading<'a>, name: &'a str, line: u32) {
    match reading.bound_here(name).map(|known| known.line) {
        Some(against) if !reading.functions.is_empty() => {
            reading.fault(FaultSort::DeclaredTwice, name, line, against);
        }
        _ => reading.bind(name, line, Bound::Variable),
    }
}

/// Whether a name stands where its value is asked for, and is neither declared nor assigned to there.
fn is_read(reading: &Reading<'_>) -> bool {
    let [.., above, parent] = reading.above[..] else { return false };
    match parent.node.kind() {
        "parameter_declaration" | "variadic_parameter_declaration" | "function_declaration" => false,
        "var_spec" | "const_spec" => reading.field != Some("name"),
        "expression_list" => !(matches!(parent.field, Some("left" | "alias")) && is_given(above.node)),
        _ => true,
    }
}

/// Whether a statement gives what is on its left a new value without asking for the old one.
fn is_given(statement: Node<'_>) -> bool {
    statement.kind() != "assignment_statement" || child_of_kind(statement, "=").is_some()
}

fn is_constant(node: Node<'_>) -> bool {
    matches!(node.kind(), "int_literal" | "interpreted_string_literal" | "rune_literal" | "true" | "false")
}

fn returns<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let given = named(node).into_iter().next().map(named).unwrap_or_default();
    let wanted = match reading.functions.last().map(|function| &function.gives) {
        Some(Gives::Types(types) | Gives::Named(types)) => types.len(),
        Some(Gives::Nothing) => 0,
        _ => return,
    };
    // A call may give several values, or none. With type arguments it reads like a conversion.
    let is_call = |value: &Node<'_>| matches!(value.kind(), "call_expression" | "type_conversion_expression");
    let may_be_more = given.len() == 1 && is_call(&given[0]);
    if given.len() != wanted && !given.is_empty() && !may_be_more {
        let against = reading.functions.last().map_or(1, |function| function.line);
        let what = format!("{} of {wanted} values", given.len());
        reading.fault(FaultSort::Returns, &what, line(node), against);
        return;
    }
    if wanted > 0 {
        reading.returns(node, &given, takes);
    }
}

/// Whether a value may be given back for a type. A type of another name may be made of any basic one, or
/// be an interface that takes all.
fn takes(said: &str, value: Node<'_>, source: &str) -> bool {
    let is_number = is_go_number(said);
    let is_open = matches!(said, "any" | "interface{}") || said.len() == 1;
    let is_list = said.starts_with(['*', '[']) || said.starts_with("map[") || said.starts_with("chan ");
    match value.kind() {
        _ if is_open => true,
        "true" | "false" => {
            let is_other = is_number || matches!(said, "string" | "error");
            !(is_list || is_other || is_made_of_numbers(said, source))
        }
        "int_literal" | "float_literal" => !(is_list || matches!(said, "bool" | "string" | "error")),
        "interpreted_string_literal" | "raw_string_literal" => {
            !(is_list || is_number || matches!(said, "bool" | "error"))
        }
        "nil" => !(is_number || matches!(said, "bool" | "string")),
        _ => true,
    }
}

/// Whether the file declares a type as one of numbers.
fn is_made_of_numbers(said: &str, source: &str) -> bool {
    let declared = source.lines().filter_map(|line| line.strip_prefix("type ")?.strip_prefix(said));
    declared.map(str::trim).any(is_go_number)
}
