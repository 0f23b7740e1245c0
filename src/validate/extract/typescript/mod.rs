//! TypeScript, TSX and JavaScript with JSX: four dialects of one language.
//!
//! Everything inside a function or a block is local. Members of a constant that is an object
//! literal count as members (`api.join`); members of anonymous object types do not.

mod around;
mod bind;
mod calls;
mod given;
mod inferred;
mod members;
mod modules;
mod names;
mod narrow;
mod objects;
mod repair;
mod texts;
mod types;
mod values;
mod wanted;
mod written;

use std::sync::LazyLock;

use super::node::{Node, Words};
use super::scope::ScopeSort;
use super::syntax::{child, child_of_kind, children, named, one_line};
use super::uses::{RESULT_OF, binding_type};
use super::walk::{Declaration, Grammar, Walk};
use crate::validate::model::{Def, Flags, Kind, Sig, Value};

static WORDS: [LazyLock<Words>; 3] = [
    LazyLock::new(|| Words::of(tree_sitter_typescript::LANGUAGE_TYPESCRIPT)),
    LazyLock::new(|| Words::of(tree_sitter_typescript::LANGUAGE_TSX)),
    LazyLock::new(|| Words::of(tree_sitter_javascript::LANGUAGE)),
];

pub(super) const TYPESCRIPT: Grammar = Grammar { repair: repair::plain, ..grammar(|| &WORDS[0]) };
pub(super) const TSX: Grammar = grammar(|| &WORDS[1]);
pub(super) const JAVASCRIPT: Grammar = grammar(|| &WORDS[2]);

const fn grammar(words: fn() -> &'static Words) -> Grammar {
    Grammar {
        words,
        hoists: true,
        by_path: true,
        tells_locals: false,
        enter,
        repair: repair::without_variance,
    }
}

fn enter<'a>(walk: &mut Walk<'a>, node: Node<'a>) -> bool {
    around::note(walk, node);
    match node.kind() {
        "import_statement" => {
            modules::import(walk, node);
            return false;
        }
        "export_statement" => return modules::export(walk, node),
        "function_declaration" | "generator_function_declaration" | "function_signature" => {
            function(walk, node);
        }
        "class_declaration" | "abstract_class_declaration" | "class" => class(walk, node),
        "interface_declaration" | "type_alias_declaration" => interface_or_alias(walk, node),
        "enum_declaration" => enumeration(walk, node),
        "internal_module" | "module" => module(walk, node),
        "variable_declarator" => variable(walk, node),
        "arrow_function"
        | "function_expression"
        | "generator_function"
        | "function_type"
        | "constructor_type" => bind::open_function(walk, node),
        "call_signature" | "construct_signature" => {
            members::unnamed(walk, node, Def::CALLED);
            bind::open_function(walk, node);
        }
        "method_definition" | "method_signature" | "abstract_method_signature" => members::method(walk, node),
        "public_field_definition" | "field_definition" | "property_signature" => members::field(walk, node),
        "assignment_expression" => members::assignment(walk, node),
        _ => return enter_expression(walk, node),
    }
    true
}

fn enter_expression<'a>(walk: &mut Walk<'a>, node: Node<'a>) -> bool {
    match node.kind() {
        "call_expression" => {
            if !modules::require(walk, node) {
                modules::followed(walk, node);
                names::call(walk, node);
            }
        }
        "new_expression" => names::construct(walk, node),
        "member_expression" => {
            if !modules::member_of_module(walk, node) {
                names::member(walk, node);
            }
        }
        "identifier" => names::identifier(walk, node),
        "shorthand_property_identifier" => {
            walk.shorthand(node);
            names::identifier(walk, node);
        }
        "shorthand_property_identifier_pattern" => walk.shorthand(node),
        "type_identifier" => names::type_identifier(walk, node),
        "object" => {
            around::keyed(walk, node);
            objects::object(walk, node);
        }
        "pair" => members::pair(walk, node),
        "jsx_opening_element" | "jsx_self_closing_element" => objects::element(walk, node),
        "lookup_type" | "generic_type" => names::keys_of_type(walk, node),
        "string" => texts::note(walk, node),
        "subscript_expression" => names::subscript(walk, node),
        "property_identifier" | "enum_assignment" if walk.kind_above(0) == "enum_body" => {
            members::variant(walk, node);
        }
        _ => scopes(walk, node),
    }
    true
}

/// Nodes that only bind names or bound where names hold.
fn scopes<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "statement_block" if is_module_body(walk.kind_above(0)) => walk.open_scope(ScopeSort::Declaration),
        "statement_block" | "for_statement" | "switch_body" | "class_static_block" => {
            let around = walk.scopes.current();
            walk.open_scope(ScopeSort::Block);
            // Very deep inside there is no scope of its own.
            if walk.scopes.current() != around {
                narrow::narrow(walk, node);
            }
        }
        "return_statement" | "expression_statement" | "throw_statement"
            if walk.kind_above(0) == "if_statement" && walk.field() == "consequence" =>
        {
            let around = walk.scopes.current();
            walk.open_scope(ScopeSort::Block);
            if walk.scopes.current() != around {
                narrow::narrow(walk, node);
            }
        }
        "for_in_statement" => {
            walk.open_scope(ScopeSort::Block);
            if let Some(left) = child(node, "left").filter(|_| child(node, "kind").is_some()) {
                let list = child(node, "right").filter(|_| child_of_kind(node, "of").is_some());
                let ty = list.map(|list| walk.element_type(list)).unwrap_or_default();
                // What is waited for may be something else.
                let plain = list.filter(|_| child_of_kind(node, "await").is_none());
                let value = plain.map_or(Value::Unknown, |list| values::element_of(walk, list));
                bind::bind_as(walk, left, (binding_type(&ty), value), false);
            }
        }
        "catch_clause" => {
            walk.open_scope(ScopeSort::Block);
            if let Some(parameter) = child(node, "parameter") {
                bind::bind(walk, parameter, &Default::default(), false);
            }
        }
        // `{ [K in keyof T]: … }`
        "index_signature" => {
            members::unnamed(walk, node, Def::ANY_KEY);
            walk.open_scope(ScopeSort::Declaration);
            let clause = child_of_kind(node, "mapped_type_clause").unwrap_or(node);
            bind_names(walk, children(clause, "name"));
        }
        "conditional_type" => walk.open_scope(ScopeSort::Declaration),
        "infer_type" => bind_names(walk, named(node).into_iter().take(1).collect()),
        "tuple_parameter" | "optional_tuple_parameter" => bind_names(walk, children(node, "name")),
        _ => {}
    }
}

fn bind_names<'a>(walk: &mut Walk<'a>, names: Vec<Node<'a>>) {
    for name in names {
        walk.settle(name);
        if walk.scopes.current() > 0 {
            walk.scopes.bind(walk.text(name), name.start_byte(), None);
        }
    }
}

fn is_module_body(parent: &str) -> bool {
    matches!(parent, "internal_module" | "module" | "ambient_declaration")
}

/// Whether the declaration at the current node is exported where it stands.
fn is_exported(walk: &Walk<'_>) -> bool {
    let wraps = |kind| matches!(kind, "ambient_declaration" | "lexical_declaration" | "variable_declaration");
    let up = (0..3).find(|up| !wraps(walk.kind_above(*up))).unwrap_or_default();
    walk.kind_above(up) == "export_statement"
}

fn function<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return bind::open_function(walk, node) };
    if walk.at_top() {
        let mut declaration = Declaration::new(Kind::Function, name);
        declaration.exported = is_exported(walk);
        declaration.sig = Some(types::signature(walk, node));
        declaration.ty = written::result(walk, node);
        declaration.body = child(node, "body");
        declaration.flags.may_repeat = node.kind() == "function_signature";
        walk.define(node, declaration);
    } else {
        bind::bind(walk, name, &Default::default(), false);
    }
    bind::open_function(walk, node);
}

fn class<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let name = child(node, "name");
    let is_default = walk.kind_above(0) == "export_statement" && node.kind() == "class";
    match name {
        Some(name) if walk.at_top() => define_class(walk, node, name, None),
        None if walk.at_top() && is_default => define_class(walk, node, node, Some("default")),
        Some(name) => bind::bind(walk, name, &Default::default(), false),
        None => {}
    }
    let local = !walk.in_type();
    walk.open_scope(if local { ScopeSort::Block } else { ScopeSort::Declaration });
    bind::type_parameters(walk, node);
}

fn define_class<'a>(walk: &mut Walk<'a>, node: Node<'a>, name: Node<'a>, alias: Option<&'a str>) {
    let mut declaration = Declaration::new(Kind::Class, name);
    declaration.alias = alias;
    declaration.exported = is_exported(walk);
    declaration.supers = supers(node, walk.source);
    declaration.body = child(node, "body");
    walk.define(node, declaration);
}

/// What a class or an interface extends and implements.
fn supers(node: Node<'_>, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let clauses =
        ["class_heritage", "extends_type_clause"].into_iter().filter_map(|kind| child_of_kind(node, kind));
    for clause in clauses.flat_map(|clause| {
        let parts = named(clause);
        if parts.iter().any(|part| part.kind().ends_with("_clause")) { parts } else { vec![clause] }
    }) {
        for part in named(clause).into_iter().filter(|part| part.kind() != "type_arguments") {
            let part = if part.kind() == "generic_type" { child(part, "name").unwrap_or(part) } else { part };
            found.push(one_line(super::syntax::text(types::last_name(part), source)));
        }
    }
    found
}

fn interface_or_alias<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    if walk.at_top() {
        let is_interface = node.kind() == "interface_declaration";
        let mut declaration =
            Declaration::new(if is_interface { Kind::Interface } else { Kind::Alias }, name);
        declaration.exported = is_exported(walk);
        declaration.supers = supers(node, walk.source);
        declaration.cases = around::cases(node, walk.source);
        declaration.ty = child(node, "value").map_or(String::new(), |ty| written::written(walk, ty, node));
        declaration.body = child(node, "body");
        declaration.flags.may_repeat = is_interface;
        walk.define(node, declaration);
        walk.open_scope(ScopeSort::Declaration);
    } else {
        bind::bind(walk, name, &Default::default(), false);
        walk.open_scope(ScopeSort::Block);
    }
    bind::type_parameters(walk, node);
}

fn enumeration<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    if walk.at_top() {
        let mut declaration = Declaration::new(Kind::Enum, name);
        declaration.exported = is_exported(walk);
        declaration.body = child(node, "body");
        walk.define(node, declaration);
    } else {
        bind::bind(walk, name, &Default::default(), false);
    }
}

fn module<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    if walk.at_top() {
        let mut declaration = Declaration::new(Kind::Module, name);
        declaration.alias = types::member_name(name, walk.source);
        declaration.exported = is_exported(walk);
        declaration.body = child(node, "body");
        // Several blocks of one namespace are joined.
        declaration.flags.may_repeat = true;
        walk.define(node, declaration);
    }
}

fn variable<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(pattern) = child(node, "name") else { return };
    let value = child(node, "value");
    if modules::require_as(walk, node) {
        return;
    }
    let stated = child(node, "type");
    let mut ty = types::annotation(stated, walk.source);
    if stated.is_none() {
        ty = value.map_or(ty, |value| types::of_value(value, walk.source));
    }
    let result = value.filter(|_| stated.is_none()).and_then(|value| names::called(value, walk.source));
    let kept = match result {
        Some(function) => Some(format!("{RESULT_OF}{function}")),
        None => binding_type(&ty),
    };
    let bound = match stated {
        // What it is set to may be one of several types.
        Some(stated) => {
            let stated = Value::Of(written::written(walk, stated, node));
            if value.is_some() { stated.passed(Value::AGAIN) } else { stated }
        }
        None => value.map_or(Value::Unknown, |value| values::bound(walk, value, is_for_good(walk))),
    };
    let whole = bound.clone();
    if !walk.at_top() {
        bind::bind_as(walk, pattern, (kept, bound), walk.kind_above(0) == "variable_declaration");
    } else if pattern.kind() == "identifier" {
        define_variable(walk, node, pattern, value);
        if walk.scopes.current() == 0 {
            bind::bind_as(walk, pattern, (kept, Value::Unknown), false);
        }
    } else {
        for name in bind::bound(pattern) {
            let mut declaration = Declaration::new(Kind::Const, name);
            declaration.exported = is_exported(walk);
            walk.define_one_of(node, declaration);
        }
    }
    bind::destructured(walk, pattern, (&ty, whole), value);
}

fn define_variable<'a>(walk: &mut Walk<'a>, node: Node<'a>, name: Node<'a>, value: Option<Node<'a>>) {
    let mut declaration = Declaration::new(Kind::Const, name);
    declaration.exported = is_exported(walk);
    match value {
        Some(value) if is_function(value) => {
            declaration.kind = Kind::Function;
            declaration.sig = match child(node, "type") {
                Some(stated) => stated_signature(walk, stated, value),
                None => Some(types::signature(walk, value)),
            };
            // What a function with a type of its own gives back is said by that.
            if child(node, "type").is_none() {
                declaration.ty = written::result(walk, value);
            }
            declaration.body = child(value, "body");
        }
        Some(value) if value.kind() == "class" => {
            declaration.kind = Kind::Class;
            declaration.supers = supers(value, walk.source);
            declaration.body = child(value, "body");
        }
        _ => declaration.ty = type_of_constant(walk, node, value),
    }
    // `var` may be stated twice.
    declaration.flags =
        Flags { may_repeat: walk.kind_above(0) == "variable_declaration", ..Flags::default() };
    walk.define(node, declaration);
}

/// How a function is called whose type is stated: as that says, whatever it takes of it.
fn stated_signature(walk: &Walk<'_>, stated: Node<'_>, value: Node<'_>) -> Option<Sig> {
    let ty = named(stated).first().copied()?;
    if ty.kind() == "function_type" {
        return Some(types::signature(walk, ty));
    }
    let props = types::component_props(stated, walk.source)?;
    let mut sig = types::signature(walk, value);
    sig.params.first_mut()?.ty = props;
    Some(sig)
}

/// The type of a constant as it is stated, or as a plain value shows it.
fn type_of_constant(walk: &Walk<'_>, node: Node<'_>, value: Option<Node<'_>>) -> String {
    if let Some(stated) = child(node, "type") {
        return written::written(walk, stated, node);
    }
    match value.map(|value| values::bound(walk, value, is_for_good(walk))) {
        Some(Value::Of(ty)) if ty != "_" && !ty.starts_with('{') => ty,
        _ => String::new(),
    }
}

/// Whether the current node is declared by `const`.
fn is_for_good(walk: &Walk<'_>) -> bool {
    let declaration = walk.above(0).and_then(|above| child(above, "kind"));
    declaration.is_some_and(|kind| kind.kind() == "const")
}

fn is_function(node: Node<'_>) -> bool {
    matches!(node.kind(), "arrow_function" | "function_expression" | "generator_function")
}
