//! Java.

use super::super::node::Node;
use super::super::syntax::{child, child_of_kind, line, named, text};
use super::gives::Gives;
use super::{Binding, Bound, Function, Reader, Reading, named_at};
use crate::validate::model::FaultSort;

pub(super) const READER: Reader = Reader { function, scopes: SCOPES, look, after: |_, _| {}, leave };

const SCOPES: &[&str] = &[
    "block",
    "constructor_body",
    "for_statement",
    "enhanced_for_statement",
    "catch_clause",
    "try_with_resources_statement",
    "switch_block",
    "switch_rule",
];

fn function<'a>(node: Node<'a>, source: &'a str) -> Option<Function<'a>> {
    let gives = match node.kind() {
        "method_declaration" => match child(node, "type").map(|said| text(said, source)) {
            Some("void") => Gives::Nothing,
            Some(said) => Gives::Types(vec![said]),
            None => Gives::Unknown,
        },
        "constructor_declaration" | "compact_constructor_declaration" => Gives::Nothing,
        "lambda_expression" | "class_body" => Gives::Unknown,
        _ => return None,
    };
    let name = child(node, "name").map_or("", |name| text(name, source));
    let is_class = node.kind() == "class_body";
    Some(Function {
        name,
        line: child(node, "name").map_or(line(node), line),
        is_async: false,
        is_class,
        gives,
    })
}

fn look<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    match node.kind() {
        "class_body" => members(reading, node),
        "local_variable_declaration" => declaration(reading, node),
        "formal_parameter"
        | "spread_parameter"
        | "enhanced_for_statement"
        | "resource"
        | "catch_formal_parameter" => {
            if let Some(name) = child(node, "name") {
                let (name, line) = named_at(name, reading.source);
                let sort = if is_final(node, reading.source) { Bound::Fixed } else { Bound::Given };
                reading.bind(name, line, sort);
            }
        }
        "identifier" if is_value(reading) => reading.used(reading.text(node), line(node)),
        "assignment_expression" => assignment(reading, child(node, "left")),
        "update_expression" => assignment(reading, named(node).into_iter().next()),
        "return_statement" => {
            let given = named(node).into_iter().next();
            reading.returns(node, given.as_slice(), takes);
        }
        "switch_block" => {
            let groups = named(node).into_iter().flat_map(named);
            let labels = groups.filter(|label| label.kind() == "switch_label").flat_map(named);
            let plain = labels.filter(|value| value.kind() != "pattern" && value.kind() != "guard");
            let source = reading.source;
            reading.twice(FaultSort::CaseTwice, plain.map(|value| named_at(value, source)));
        }
        _ => {}
    }
}

/// What is used by code that may run later has to stay as it is.
fn leave<'a>(reading: &mut Reading<'a>, bound: Vec<Binding<'a>>) {
    for it in bound.iter().filter(|it| matches!(it.sort, Bound::Variable | Bound::Given)) {
        if let (Some(assigned), Some(captured)) = (it.assigned, it.captured) {
            reading.fault(FaultSort::Captured, it.name, assigned, captured);
        }
    }
}

/// Binds the fields of a class, all of which are there for all of its members.
fn members<'a>(reading: &mut Reading<'a>, body: Node<'a>) {
    let fields =
        named(body).into_iter().filter(|member| member.kind() == "field_declaration").flat_map(named);
    for name in fields.filter_map(|declarator| child(declarator, "name")) {
        let (name, line) = named_at(name, reading.source);
        reading.bind(name, line, Bound::Member);
    }
}

fn declaration<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let is_final = is_final(node, reading.source);
    for declarator in named(node).into_iter().filter(|part| part.kind() == "variable_declarator") {
        let Some(name) = child(declarator, "name") else { continue };
        let (name, line) = named_at(name, reading.source);
        let depth = reading.functions.len();
        // Inside a method a name is hidden by no other.
        let known = reading.bound(name).filter(|it| it.depth == depth && it.sort != Bound::Member);
        if let Some(against) = known.map(|it| it.line) {
            reading.fault(FaultSort::DeclaredTwice, name, line, against);
        }
        let sort = match (child(declarator, "value").is_some(), is_final) {
            (true, true) => Bound::Fixed,
            (true, false) => Bound::Variable,
            (false, _) => Bound::Loose,
        };
        reading.bind(name, line, sort);
    }
}

fn is_final(node: Node<'_>, source: &str) -> bool {
    let modifiers = child_of_kind(node, "modifiers");
    modifiers.is_some_and(|modifiers| text(modifiers, source).split_whitespace().any(|it| it == "final"))
}

fn assignment<'a>(reading: &mut Reading<'a>, target: Option<Node<'a>>) {
    if let Some(target) = target.filter(|target| target.kind() == "identifier") {
        reading.assigned(target);
    }
}

/// Whether an identifier stands for a value, and is no name of a member, a label or a declaration.
fn is_value(reading: &Reading<'_>) -> bool {
    let Some(parent) = reading.above.last() else { return false };
    match parent.node.kind() {
        "method_invocation" => reading.field != Some("name"),
        "field_access" => reading.field != Some("field"),
        "variable_declarator" => reading.field == Some("value"),
        "assignment_expression" => reading.field != Some("left"),
        "lambda_expression" => reading.field != Some("parameters"),
        "binary_expression"
        | "argument_list"
        | "parenthesized_expression"
        | "return_statement"
        | "unary_expression"
        | "ternary_expression"
        | "array_access"
        | "expression_statement"
        | "cast_expression"
        | "instanceof_expression" => true,
        _ => false,
    }
}

/// Whether a value may be given back for a type, as far as both texts tell.
fn takes(said: &str, value: Node<'_>, _: &str) -> bool {
    const PRIMITIVE: [&str; 8] = ["boolean", "byte", "char", "short", "int", "long", "float", "double"];
    const NUMBERS: [&str; 6] = ["Byte", "Short", "Integer", "Long", "Float", "Double"];
    let head = said.split('<').next().unwrap_or(said).trim();
    let name = head.rsplit('.').next().unwrap_or(head);
    // `T`, `K2` and the like stand for any type, and what is above all of them takes all.
    let is_open = (name.len() <= 2 && name.starts_with(char::is_uppercase))
        || name == name.to_uppercase()
        || matches!(name, "Object" | "Serializable" | "Comparable" | "Constable" | "ConstantDesc");
    let is_number = (PRIMITIVE.contains(&name) && name != "boolean") || NUMBERS.contains(&name);
    match value.kind() {
        _ if is_open && !said.ends_with(']') => true,
        "true" | "false" => matches!(name, "boolean" | "Boolean") && !said.ends_with(']'),
        "string_literal" => matches!(name, "String" | "CharSequence"),
        "decimal_integer_literal" | "hex_integer_literal" | "decimal_floating_point_literal" => {
            (is_number || matches!(name, "Number" | "Character")) && !said.ends_with(']')
        }
        "null_literal" => !PRIMITIVE.contains(&said),
        _ => true,
    }
}
