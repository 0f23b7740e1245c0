//! TypeScript and JavaScript.

use super::super::node::Node;
use super::super::syntax::{child, child_of_kind, line, named, text, visit};
use super::gives::Gives;
use super::{Bound, Function, Reader, Reading, named_at};
use crate::validate::model::FaultSort;

pub(super) const READER: Reader =
    Reader { function, scopes: SCOPES, look, after: |_, _| {}, leave: |_, _| {} };

/// How many nodes are around a declaration of the file: the file, and an export.
const FILE: usize = 2;

const SCOPES: &[&str] =
    &["statement_block", "for_statement", "for_in_statement", "switch_body", "catch_clause", "class_body"];

fn function<'a>(node: Node<'a>, source: &'a str) -> Option<Function<'a>> {
    let is_function = matches!(
        node.kind(),
        "function_declaration"
            | "function_expression"
            | "generator_function"
            | "generator_function_declaration"
            | "arrow_function"
            | "method_definition"
    );
    is_function.then(|| {
        let is_async = child_of_kind(node, "async").is_some();
        let gives = match child(node, "return_type") {
            Some(said) if child_of_kind(node, "*").is_none() && !node.kind().starts_with("gen") => {
                gives(text(said, source), is_async)
            }
            _ => Gives::Unknown,
        };
        let name = child(node, "name").map_or("", |name| text(name, source));
        Function { name, line: line(node), is_async, is_class: false, gives }
    })
}

/// What an annotation says, of async functions what its promise is of.
fn gives(annotation: &str, is_async: bool) -> Gives<'_> {
    let said = annotation.trim_start_matches(':').trim();
    let said = match said.strip_prefix("Promise<").and_then(|said| said.strip_suffix('>')) {
        Some(promised) if is_async => promised.trim(),
        _ if is_async => return Gives::Unknown,
        _ => said,
    };
    match said {
        "void" | "undefined" => Gives::Nothing,
        _ if said.starts_with("asserts ") => Gives::Unknown,
        _ => Gives::Types(vec![said]),
    }
}

fn look<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    match node.kind() {
        "lexical_declaration" => declaration(reading, node),
        "variable_declaration" => bind_all(reading, node, Bound::Loose),
        "import_clause" => {
            for name in names_of(node) {
                let (name, line) = named_at(name, reading.source);
                reading.import(name, line);
            }
        }
        "class_declaration" => {
            if let Some(name) = child(node, "name") {
                bind(reading, name, Bound::Variable);
            }
        }
        "program" => functions(reading, node),
        "formal_parameters" => parameters(reading, node),
        "arrow_function" => {
            if let Some(only) = child(node, "parameter") {
                bind(reading, only, Bound::Given);
            }
        }
        "catch_clause" => {
            if let Some(parameter) = child(node, "parameter") {
                bind_pattern(reading, parameter, Bound::Loose);
            }
        }
        "for_in_statement" => for_in(reading, node),
        "assignment_expression" | "augmented_assignment_expression" => assignment(reading, node, "left"),
        "update_expression" => assignment(reading, node, "argument"),
        "await_expression" => reading.waits(node),
        "return_statement" => returns(reading, node),
        "switch_body" => {
            let cases = named(node).into_iter().filter(|case| case.kind() == "switch_case");
            let values = cases.filter_map(|case| child(case, "value"));
            let plain = values.filter(|value| matches!(value.kind(), "string" | "number"));
            let source = reading.source;
            reading.twice(FaultSort::CaseTwice, plain.map(|value| named_at(value, source)));
        }
        _ => {}
    }
}

fn declaration<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let is_fixed = child(node, "kind").is_some_and(|kind| reading.text(kind) == "const");
    bind_all(reading, node, if is_fixed { Bound::Fixed } else { Bound::Variable });
}

/// Binds the names of a declaration's patterns.
fn bind_all<'a>(reading: &mut Reading<'a>, node: Node<'a>, sort: Bound) {
    for part in named(node) {
        match part.kind() {
            "variable_declarator" => {
                if let Some(pattern) = child(part, "name") {
                    bind_pattern(reading, pattern, sort);
                }
            }
            _ => bind_pattern(reading, part, sort),
        }
    }
}

fn parameters<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    // Those of a type bind nothing.
    if reading.is_body() {
        for parameter in named(node) {
            let pattern = child(parameter, "pattern").or_else(|| child(parameter, "left"));
            bind_pattern(reading, pattern.unwrap_or(parameter), Bound::Given);
        }
    }
}

fn for_in<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let (Some(kind), Some(left)) = (child(node, "kind"), child(node, "left")) else { return };
    let sort = match reading.text(kind) {
        "const" => Bound::Fixed,
        "let" => Bound::Variable,
        _ => Bound::Loose,
    };
    bind_pattern(reading, left, sort);
}

/// Binds every name that a pattern holds. Keys and default values are no names of it.
fn bind_pattern<'a>(reading: &mut Reading<'a>, pattern: Node<'a>, sort: Bound) {
    names_of(pattern).into_iter().for_each(|name| bind(reading, name, sort));
}

fn names_of(pattern: Node<'_>) -> Vec<Node<'_>> {
    let mut names = Vec::new();
    visit(pattern, |node, field| match node.kind() {
        "identifier" | "shorthand_property_identifier_pattern" => {
            names.push(node);
            false
        }
        "import_specifier" => {
            names.extend(child(node, "alias").or_else(|| child(node, "name")));
            false
        }
        "type_annotation" => false,
        _ => !matches!(field, Some("right" | "value")) || node.kind().ends_with("pattern"),
    });
    names
}

/// Binds the functions of a file, which belong to all of it.
fn functions<'a>(reading: &mut Reading<'a>, program: Node<'a>) {
    for part in named(program) {
        let declared = child(part, "declaration").unwrap_or(part);
        if let Some(name) = child(declared, "name").filter(|_| declared.kind() == "function_declaration") {
            let (name, line) = named_at(name, reading.source);
            reading.bind(name, line, Bound::Loose);
        }
    }
}

fn bind<'a>(reading: &mut Reading<'a>, name: Node<'a>, sort: Bound) {
    let (text, line) = named_at(name, reading.source);
    // At the level of the file another rule looks at what is declared twice, and fixes it.
    if reading.functions.is_empty() && reading.above.len() <= FILE {
        return reading.declare_beside_imports(text, line, sort);
    }
    if let Some(known) = reading.bound_here(text) {
        let may_repeat = |sort: Bound| matches!(sort, Bound::Loose | Bound::Given);
        if !(may_repeat(sort) && may_repeat(known.sort)) {
            let against = known.line;
            reading.fault(FaultSort::DeclaredTwice, text, line, against);
        }
    }
    reading.bind(text, line, sort);
}

fn assignment<'a>(reading: &mut Reading<'a>, node: Node<'a>, field: &str) {
    if let Some(target) = child(node, field).filter(|target| target.kind() == "identifier") {
        reading.assigned(target);
    }
}

fn returns<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let given = named(node).into_iter().next();
    // Any other type may hold `undefined`.
    if given.is_some() || reading.says_only(is_plain) {
        reading.returns(node, given.as_slice(), takes);
    }
}

/// Whether a type is one of the language by its text, and no union.
fn is_plain(said: &str) -> bool {
    matches!(said, "boolean" | "number" | "string" | "bigint" | "symbol" | "object")
        || said.strip_suffix("[]").is_some_and(|of| of.chars().all(char::is_alphanumeric))
}

/// Whether a value may be given back for a type, as far as both texts tell.
fn takes(said: &str, value: Node<'_>, _: &str) -> bool {
    let fits = match value.kind() {
        "true" | "false" => "boolean",
        "number" => "number",
        "string" | "template_string" => "string",
        _ => return true,
    };
    !is_plain(said) || said == fits
}
