//! Python.

use std::collections::HashSet;

use super::super::node::Node;
use super::super::syntax::{child, child_of_kind, children, line, named, text};
use super::gives::Gives;
use super::{Function, Reader, Reading, named_at};
use crate::validate::model::FaultSort;

pub(super) const READER: Reader = Reader { function, scopes: &[], look, after: |_, _| {}, leave: |_, _| {} };

fn function<'a>(node: Node<'a>, source: &'a str) -> Option<Function<'a>> {
    let is_async = || child_of_kind(node, "async").is_some();
    let name = || child(node, "name").map_or("", |name| text(name, source));
    match node.kind() {
        "function_definition" => Some(Function {
            name: name(),
            line: line(node),
            is_async: is_async(),
            is_class: false,
            gives: Gives::Unknown,
        }),
        "lambda" => Some(Function {
            name: "",
            line: line(node),
            is_async: false,
            is_class: false,
            gives: Gives::Unknown,
        }),
        _ => None,
    }
}

fn look<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let source = reading.source;
    match node.kind() {
        "module" => imports(reading, node),
        "await" => reading.waits(node),
        "dictionary" => {
            // The same entry twice says one thing.
            let mut entries = HashSet::new();
            let pairs = named(node).into_iter().filter(|it| it.kind() == "pair");
            let pairs = pairs.filter(|pair| entries.insert(text(*pair, source)));
            let is_plain = |key: &Node<'_>| matches!(key.kind(), "string" | "integer");
            let keys: Vec<Node<'_>> = pairs.filter_map(|pair| child(pair, "key")).filter(is_plain).collect();
            reading.twice(FaultSort::KeyTwice, keys.into_iter().map(|key| named_at(key, source)));
        }
        "if_statement" => {
            let further = named(node).into_iter().filter(|it| it.kind() == "elif_clause");
            let tests = std::iter::once(node).chain(further).filter_map(|it| child(it, "condition"));
            let plain = tests.filter(|test| test.kind() == "comparison_operator");
            reading.twice(FaultSort::CaseTwice, plain.map(|test| named_at(test, source)));
        }
        "for_statement" | "with_statement" if child_of_kind(node, "async").is_some() => reading.waits(node),
        "argument_list" => {
            let passed = named(node).into_iter().filter(|passed| passed.kind() == "keyword_argument");
            let names = passed.filter_map(|passed| child(passed, "name"));
            reading.twice(FaultSort::KeyTwice, names.map(|name| named_at(name, source)));
        }
        "parameters" => {
            let names = named(node).into_iter().filter_map(parameter);
            reading.twice(FaultSort::DeclaredTwice, names.map(|name| named_at(name, source)));
        }
        _ => {}
    }
}

/// The name of a parameter, with whatever it has besides.
fn parameter(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "identifier" => Some(node),
        "typed_parameter" => node.named_child(0).and_then(parameter),
        "list_splat_pattern" | "dictionary_splat_pattern" => node.named_child(0),
        _ => child(node, "name"),
    }
}

/// The names that the statements of a file import, and what else it declares at its own level. What is
/// in a `try` or an `if` may be there twice.
fn imports<'a>(reading: &mut Reading<'a>, module: Node<'a>) {
    let mut imported: Vec<(&str, &str, u32)> = Vec::new();
    for statement in named(module) {
        let declared = child(statement, "definition").unwrap_or(statement);
        match declared.kind() {
            "import_from_statement" => {
                let Some(from) = child(statement, "module_name").map(|from| reading.text(from)) else {
                    continue;
                };
                for name in children(statement, "name") {
                    let local = child(name, "alias").unwrap_or(name);
                    let (local, line) = named_at(local, reading.source);
                    let known = imported.iter().find(|(known, ..)| *known == local);
                    if let Some(&(_, _, against)) = known.filter(|(_, known, _)| *known != from) {
                        reading.fault(FaultSort::MeansTwo, local, line, against);
                    }
                    imported.push((local, from, line));
                }
            }
            "class_definition" | "function_definition" => {
                let Some(name) = child(declared, "name") else { continue };
                let (name, line) = named_at(name, reading.source);
                if let Some(&(_, _, against)) = imported.iter().find(|(known, ..)| *known == name) {
                    reading.fault(FaultSort::DeclaredTwice, name, line, against);
                }
            }
            _ => {}
        }
    }
}
