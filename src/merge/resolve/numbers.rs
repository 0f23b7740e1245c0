//! Numbers and other values that tell the members of a list apart, written down or given by the place.

use std::collections::BTreeSet;

use super::items::Item;
use super::keys::squeezed;
use super::roles::Role;

/// Whether each side took the number that comes after the one before, and both so the same. What a
/// parameter is when nobody gives it is no number of its own.
pub(super) fn took_one_number(
    role: Role,
    before: Option<&Item<'_>>,
    ours: &[&Item<'_>],
    theirs: &[&Item<'_>],
) -> bool {
    if matches!(role, Role::Params | Role::Args) {
        return false;
    }
    let first =
        |items: &[&Item<'_>]| items.iter().find(|item| !item.is_comment()).and_then(|item| number(item));
    let (Some(before), Some(one), Some(other)) = (before.and_then(number), first(ours), first(theirs)) else {
        return false;
    };
    one == other && one > before && (one == before + 1 || Some(one) == before.checked_mul(2))
}

/// The number that an item gives to its name: `A = 1`, `"a": 1`, `A(1)`, `A = 1 << 1`.
fn number(item: &Item<'_>) -> Option<u64> {
    let text = item.core_text().trim_end_matches([';', ',', ')', ' ']);
    let (name, value) = text.rsplit_once(['=', ':', '('])?;
    let digits = value.rsplit("<<").next()?.trim().replace('_', "");
    let number = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    number.ok().filter(|_| !name.trim().is_empty())
}

/// Whether both sides gave one value to members of an enumeration, which are told apart by that.
pub(super) fn took_one_value(list: &[Item<'_>], ours: &[&Item<'_>], theirs: &[&Item<'_>]) -> bool {
    let counts_by_value = is_enumeration(list);
    let values = |items: &[&Item<'_>]| -> BTreeSet<String> {
        let members = items.iter().filter(|item| {
            matches!(item.kind, "enum_assignment" | "enum_variant") || (counts_by_value && is_member(item))
        });
        members.filter_map(|item| value(item)).collect()
    };
    // Another name for one that is there may be given by both.
    let known: BTreeSet<String> = list.iter().filter_map(value).collect();
    values(ours).intersection(&values(theirs)).any(|value| !known.contains(value))
}

/// Whether a list is a body in which nothing but constants and methods stand, each with a value of its
/// own, as Python's enumerations are written.
fn is_enumeration(list: &[Item<'_>]) -> bool {
    let is_other = |item: &Item<'_>| {
        let is_text = item.kind == "expression_statement" && item.core_text().starts_with(['"', '\'']);
        item.is_comment() || is_text || matches!(item.kind, "function_definition" | "decorated_definition")
    };
    let members: Vec<&Item<'_>> = list.iter().filter(|item| !is_other(item)).collect();
    let values: BTreeSet<String> = members.iter().filter_map(|item| value(item)).collect();
    !members.is_empty() && members.iter().all(|item| is_member(item)) && values.len() == members.len()
}

/// Whether a statement gives a value to a name in capitals.
fn is_member(item: &Item<'_>) -> bool {
    let name = item.core_text().split('=').next().unwrap_or_default().trim();
    let is_capital = |char: char| char.is_uppercase() || char.is_ascii_digit() || char == '_';
    item.kind == "expression_statement" && !name.is_empty() && name.chars().all(is_capital)
}

/// The value behind a name, where it is written down.
fn value(item: &Item<'_>) -> Option<String> {
    let (_, value) = item.core_text().split_once('=')?;
    let value = squeezed(value).replace('\'', "\"");
    value.starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit()).then_some(value)
}

/// Whether what an item stands for depends on its place among others, with which texts in another list
/// may go: `iota`, members of enumerations without values, the entries of tables.
pub(super) fn counts_by_place(role: Role, item: &Item<'_>) -> bool {
    match item.kind {
        "const_spec" => !item.core_text().contains('=') || item.core_text().contains("iota"),
        "enum_variant" | "enum_constant" => value(item).is_none(),
        "property_identifier" => role == Role::Entries,
        _ => role == Role::Elements,
    }
}
