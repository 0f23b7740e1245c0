//! Cases that both sides added to one switch: only one of them is ever taken, whatever their order.
//!
//! That holds where each case is for values of its own. A condition, a pattern that binds or a type
//! may match what another matches too, and then the first one wins.

use std::collections::BTreeSet;

use super::chunks::Three;
use super::items::Item;
use super::keys::{child, key, squeezed};
use super::roles::Role;
use super::weave::Piece;
use crate::validate::extract::SyntaxNode;

/// Whether a node is one of the cases of a switch or match.
pub(super) fn is_case(kind: &str) -> bool {
    const CASES: &[&str] = &[
        "match_arm",
        "case_clause",
        "expression_case",
        "type_case",
        "switch_case",
        "default_case",
        "switch_default",
    ];
    CASES.contains(&kind)
}

/// Whether two runs of cases may stand in either order behind `before`.
pub(super) fn are_alternatives(before: Option<&Item<'_>>, ours: &[&Item<'_>], theirs: &[&Item<'_>]) -> bool {
    let (Some(one), Some(other)) = (values_of_all(ours), values_of_all(theirs)) else { return false };
    let ends_before = before.is_none_or(|item| item.node.is_none_or(|node| ends(node, item.source)));
    ends_before && one.is_disjoint(&other) && declared_in(ours).is_disjoint(&declared_in(theirs))
}

/// What cases declare that all cases of a script's switch see.
fn declared_in(items: &[&Item<'_>]) -> BTreeSet<String> {
    let cases = items.iter().filter_map(|item| Some((item.node?, item.source)));
    let parts = cases.flat_map(|(case, source)| case.children.iter().map(move |part| (part, source)));
    let declares = |part: &SyntaxNode| {
        part.field == Some("body")
            && (part.kind == "lexical_declaration" || part.kind.ends_with("_declaration"))
    };
    let keys = parts.filter(|(part, _)| declares(part)).map(|(part, source)| key(part, source, Role::Block));
    keys.filter(|key| !key.is_empty()).collect()
}

/// What the cases of one side are for; none where one of them is something else, or goes on in the next.
fn values_of_all(items: &[&Item<'_>]) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for item in items.iter().filter(|item| !item.is_comment()) {
        let node = item.node.filter(|node| ends(node, item.source))?;
        found.extend(values(node, item.source)?);
    }
    Some(found)
}

/// What one case is for; none where it is for more than values.
fn values(node: &SyntaxNode, source: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let is_case = match node.kind {
        "expression_case" | "switch_case" => constants(child(node, "value")?, source, &mut values),
        "match_arm" => constants(child(node, "pattern")?, source, &mut values),
        "type_case" => types(node, source, &mut values),
        // It is taken when no other is, wherever it stands.
        "default_case" | "switch_default" => {
            values.push("default".to_owned());
            true
        }
        "case_clause" => patterns(node, source, &mut values),
        _ => false,
    };
    is_case.then_some(values)
}

/// The first value of a case for several, which it keeps when more of them go the same way.
pub(super) fn first_value(case: &SyntaxNode) -> Option<&SyntaxNode> {
    match case.kind {
        "match_arm" => alternatives(child(case, "pattern")?)?.into_iter().next(),
        "expression_case" => child(case, "value")?.children.first(),
        _ => None,
    }
}

/// The patterns of one of Rust's arms without a guard.
fn alternatives(pattern: &SyntaxNode) -> Option<Vec<&SyntaxNode>> {
    let [only] = pattern.children.as_slice() else { return None };
    let mut found = Vec::new();
    flatten(only, &mut found);
    Some(found)
}

fn flatten<'a>(pattern: &'a SyntaxNode, out: &mut Vec<&'a SyntaxNode>) {
    match pattern.kind {
        "or_pattern" => pattern.children.iter().filter(|part| part.named).for_each(|part| flatten(part, out)),
        _ => out.push(pattern),
    }
}

/// The pattern of an arm to which either side added values of its own.
pub(super) fn united_pattern(nodes: Three<&SyntaxNode>, sources: Three<&str>) -> Option<String> {
    if nodes.base.kind != "match_pattern" {
        return None;
    }
    let texts = |node: &SyntaxNode, source: &str| -> Option<Vec<String>> {
        let is_for_values = constants(node, source, &mut Vec::new());
        let all = alternatives(node).filter(|_| is_for_values)?;
        Some(all.iter().map(|part| squeezed(&source[part.span.clone()])).collect())
    };
    let base = texts(nodes.base, sources.base)?;
    let [ours, theirs] = [(nodes.ours, sources.ours), (nodes.theirs, sources.theirs)]
        .map(|(node, source)| texts(node, source)?.strip_prefix(base.as_slice()).map(<[String]>::to_vec));
    let (ours, theirs) = (ours?, theirs?);
    let is_apart = theirs.iter().all(|value| !ours.contains(value) && !base.contains(value));
    let text = &sources.ours[nodes.ours.span.clone()];
    // How a pattern that goes over lines is laid out is not guessed.
    (is_apart && !text.contains('\n')).then(|| format!("{text} | {}", theirs.join(" | ")))
}

/// Whether the sides made one value go two ways, each in another case.
pub(super) fn is_taken_twice(pieces: &[Piece<'_>]) -> bool {
    let of = |item: Option<&Item<'_>>| {
        let item = item.filter(|item| is_case(item.kind));
        item.and_then(|item| values(item.node?, item.source)).unwrap_or_default()
    };
    let added = |piece: &Piece<'_>, side: Option<&Item<'_>>| -> BTreeSet<String> {
        let known = of(piece.from.base);
        of(side).into_iter().filter(|value| !known.contains(value)).collect()
    };
    let ours: Vec<_> = pieces.iter().map(|piece| added(piece, piece.from.ours)).collect();
    let theirs: Vec<_> = pieces.iter().map(|piece| added(piece, piece.from.theirs)).collect();
    let elsewhere = |at: usize| theirs.iter().enumerate().filter(move |(other, _)| *other != at);
    ours.iter().enumerate().any(|(at, one)| elsewhere(at).any(|(_, other)| !one.is_disjoint(other)))
}

/// The patterns of one of Python's cases without a guard.
fn patterns(case: &SyntaxNode, source: &str, out: &mut Vec<String>) -> bool {
    let mut patterns = case.children.iter().filter(|part| part.kind == "case_pattern").peekable();
    let has_guard = case.children.iter().any(|part| part.kind == "if_clause");
    !has_guard && patterns.peek().is_some() && patterns.all(|pattern| constants(pattern, source, out))
}

/// Go's own types that are no interfaces, without their sizes.
const BASIC: &[&str] =
    &["bool", "byte", "complex", "float", "int", "nil", "rune", "string", "uint", "uintptr"];

/// The types of one of Go's cases, unless one of them may be an interface, which other types have too:
/// any name of the program's own may that stands for itself.
fn types(case: &SyntaxNode, source: &str, out: &mut Vec<String>) -> bool {
    let types = case.children.iter().filter(|part| part.named && part.field == Some("type"));
    out.extend(types.map(|part| squeezed(&source[part.span.clone()])));
    let is_concrete = |name: &String| {
        let is_made = name.starts_with(['*', '[']) || name.starts_with("map[") || name.starts_with("func(");
        is_made || BASIC.contains(&name.trim_end_matches(|bits: char| bits.is_ascii_digit()))
    };
    !out.is_empty() && out.iter().all(is_concrete)
}

/// Collects the values that a label names; false where it is more than values.
fn constants(node: &SyntaxNode, source: &str, out: &mut Vec<String>) -> bool {
    let text = || squeezed(&source[node.span.clone()]);
    match node.kind {
        "expression_list" | "match_pattern" | "case_pattern" | "or_pattern" | "union_pattern"
        | "literal_value" => {
            // What is no name here and no bar is a guard.
            node.children.iter().all(|part| match part.named {
                true => constants(part, source, out),
                false => matches!(part.kind, "," | "|"),
            }) && node.children.iter().any(|part| part.named)
        }
        // Variants are told apart by their names, whatever they hold.
        "tuple_struct_pattern" | "struct_pattern" => {
            child(node, "type").is_some_and(|variant| constants(variant, source, out))
        }
        "scoped_identifier"
        | "scoped_type_identifier"
        | "selector_expression"
        | "member_expression"
        | "dotted_name"
        | "identifier" => {
            // One variant may be written by one path and by another.
            let text = text();
            let name = text.rsplit(['.', ':']).next().unwrap_or_default();
            out.push(name.to_owned());
            // A name alone in one of Python's cases is bound to whatever comes.
            is_constant(name) && (node.kind != "dotted_name" || text.contains('.'))
        }
        kind if kind.contains("literal") || matches!(kind, "string" | "number" | "integer") => {
            let text = text();
            // A text that holds an expression may be any.
            let is_fixed = !text.starts_with(['f', 'F']) && !text.contains("${");
            // One text may be written between different quotes.
            out.push(text.trim_matches(['"', '\'', '`']).to_owned());
            is_fixed
        }
        _ => false,
    }
}

/// By their first letter constants, variants and exported names differ from variables in all languages.
fn is_constant(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

/// Whether what follows a case is not run after it.
fn ends(case: &SyntaxNode, source: &str) -> bool {
    match case.kind {
        "expression_case" => !source[case.span.clone()].split_whitespace().any(|word| word == "fallthrough"),
        "switch_case" | "switch_default" => {
            case.children.iter().rfind(|part| part.named && part.field == Some("body")).is_some_and(leaves)
        }
        _ => true,
    }
}

/// Whether a statement, or the last one of a block, leaves the switch.
fn leaves(statement: &SyntaxNode) -> bool {
    match statement.kind {
        "break_statement" | "return_statement" | "throw_statement" | "continue_statement" => true,
        "statement_block" => statement.children.iter().rfind(|part| part.named).is_some_and(leaves),
        _ => false,
    }
}
