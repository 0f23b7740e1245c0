//! Variables of a function: none is used whose binding the other side renamed or took away.
//!
//! What stands at the top of a file is known by the file's model. What only a function binds is looked
//! up here: a name that one version of a function binds and uses, that the other version has no more,
//! and that the merged one uses without a binding.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::key;
use super::names::Merge;
use super::roles::Role;
use crate::validate::extract::SyntaxNode;

/// The names in one function.
#[derive(Debug, Default)]
struct Names<'a> {
    bound: BTreeSet<&'a str>,
    used: BTreeSet<&'a str>,
}

/// Whether a function of the merged text uses a variable that nothing in it binds any more, and
/// nothing around it either.
pub(super) fn are_lost(texts: Merge<&str>, roots: Merge<&SyntaxNode>, around: &BTreeSet<String>) -> bool {
    let [ours, theirs, merged] = [0, 1, 2].map(|idx| functions(roots[idx], texts[idx]));
    let mut outside = Names::default();
    outside_of_functions(roots[2], texts[2], &mut outside);
    // A statement that followed another out of its function left the variables there.
    let is_left = |side: &Functions<'_>, name| side.values().any(|function| function.bound.contains(name));
    merged.iter().any(|(path, function)| {
        let (ours_of_it, theirs_of_it) = (ours.get(path), theirs.get(path));
        function.used.difference(&function.bound).any(|name| {
            let is_lost = |here: &Names<'_>, there: &Names<'_>| {
                here.bound.contains(name) && !there.bound.contains(name) && !there.used.contains(name)
            };
            let is_lost = match (ours_of_it, theirs_of_it) {
                (Some(one), Some(other)) => is_lost(one, other) || is_lost(other, one),
                (Some(own), None) => !own.used.contains(name) && is_left(&theirs, name),
                (None, Some(own)) => !own.used.contains(name) && is_left(&ours, name),
                (None, None) => false,
            };
            is_lost && !around.contains(*name) && !outside.bound.contains(name)
        })
    })
}

type Functions<'a> = BTreeMap<String, Names<'a>>;

/// The functions of a file with what is in them, by their path of names; those of one path together.
fn functions<'a>(root: &SyntaxNode, text: &'a str) -> Functions<'a> {
    let mut found = BTreeMap::new();
    collect(root, text, "", &mut found);
    found
}

fn collect<'a>(node: &SyntaxNode, text: &'a str, path: &str, found: &mut Functions<'a>) {
    for part in &node.children {
        let path = || format!("{path}/{}", key(part, text, Role::Block));
        match part.kind {
            kind if is_function(kind) => names(part, text, false, found.entry(path()).or_default()),
            "impl_item" | "trait_item" | "mod_item" | "class_definition" | "class_declaration" => {
                collect(part, text, &path(), found);
            }
            _ => collect(part, text, path().trim_end_matches('/'), found),
        }
    }
}

/// Whether a node is a function, named or not.
pub(super) fn is_function(kind: &str) -> bool {
    matches!(
        kind,
        "function_item"
            | "function_definition"
            | "function_declaration"
            | "method_declaration"
            | "method_definition"
            | "constructor_declaration"
            | "generator_function_declaration"
            | "arrow_function"
            | "function_expression"
    )
}

/// Collects what is bound around functions.
fn outside_of_functions<'a>(node: &SyntaxNode, text: &'a str, out: &mut Names<'a>) {
    for part in node.children.iter().filter(|part| !is_function(part.kind)) {
        if binds_names(node, part) {
            names(part, text, true, out);
        }
        outside_of_functions(part, text, out);
    }
}

/// Collects the names that a node binds and uses; what is below a pattern or among parameters is bound.
fn names<'a>(node: &SyntaxNode, text: &'a str, binds: bool, out: &mut Names<'a>) {
    if is_name(node.kind) && node.children.is_empty() {
        let name = &text[node.span.clone()];
        match binds {
            true => out.bound.insert(name),
            false => out.used.insert(name),
        };
        return;
    }
    let names_others = matches!(node.kind, "attribute" | "field_access" | "scoped_identifier");
    for part in node.children.iter().filter(|part| part.named) {
        if !names_others || matches!(part.field, Some("object" | "path")) {
            names(part, text, binds || binds_names(node, part), out);
        }
    }
}

fn is_name(kind: &str) -> bool {
    matches!(kind, "identifier" | "shorthand_property_identifier_pattern" | "shorthand_field_identifier")
}

/// Whether the names in a part of a node are bound there.
fn binds_names(node: &SyntaxNode, part: &SyntaxNode) -> bool {
    let is_target = matches!(
        node.kind,
        "assignment"
            | "short_var_declaration"
            | "range_clause"
            | "for_statement"
            | "for_in_statement"
            | "for_in_clause"
    ) && part.field == Some("left");
    is_target
        || part.kind.ends_with("pattern")
        || part.kind.ends_with("parameters")
        || part.kind == "as_pattern_target"
        || matches!(part.field, Some("pattern" | "name" | "alias" | "parameter" | "parameters"))
}
