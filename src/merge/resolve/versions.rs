//! Whether two texts for people tell of one thing: then both sides' are not wanted.

use super::align::{bag, shared};
use super::items::Item;
use super::prose::done_to;

/// So many words in common make two texts for people two versions of one.
const VERSIONS: f64 = 0.8;

/// Whether two texts, by their words, say the same in other words.
pub(super) fn are_versions(one: &[u64], other: &[u64]) -> bool {
    shared(one, other) > VERSIONS
}

/// Whether of the texts for people that both sides put in one place two say the same in other words, or
/// are rows of a table that tell of one thing.
pub(super) fn has_versions(ours: &[&Item<'_>], theirs: &[&Item<'_>]) -> bool {
    if ours.iter().any(|one| theirs.iter().any(|other| tell_of_one(one, other))) {
        return true;
    }
    // Two examples of a different code are two, whatever they share.
    let is_text = |item: &&&Item<'_>| {
        !matches!(item.kind, "md_section" | "md_list" | "md_table" | "md_row")
            && (item.key.is_empty() || !matches!(item.kind, "example" | "fence"))
    };
    let bags = |items: &[&Item<'_>]| -> Vec<(&'static str, Vec<u64>)> {
        items.iter().filter(is_text).map(|item| (item.kind, bag(item.core_text()))).collect()
    };
    let deeds = |items: &[&Item<'_>]| -> Vec<_> {
        items.iter().filter(is_text).map(|item| deed_of_entry(item)).collect()
    };
    let (own_deeds, other_deeds) = (deeds(ours), deeds(theirs));
    let are_two = |one: usize, other: usize| {
        let both = own_deeds[one].as_ref().zip(other_deeds[other].as_ref());
        both.is_some_and(|(one, other)| {
            let is_part = |one: &[String], other: &[String]| one.iter().all(|name| other.contains(name));
            one[0] != other[0] && !is_part(one, other) && !is_part(other, one)
        })
    };
    let (ours, theirs) = (bags(ours), bags(theirs));
    ours.iter().enumerate().any(|(at, (kind, one))| {
        theirs.iter().enumerate().any(|(other_at, (other_kind, other))| {
            kind == other_kind && !are_two(at, other_at) && are_versions(one, other)
        })
    })
}

/// Whether two rows have one first cell.
fn tell_of_one(one: &Item<'_>, other: &Item<'_>) -> bool {
    let cell = |item: &Item<'_>| {
        let row = item.core_text().trim_start_matches('|').trim_start();
        let end = row.find('|').or_else(|| row.find("  ")).unwrap_or(row.len());
        row[..end].trim().to_owned()
    };
    one.kind == "md_row" && other.kind == "md_row" && cell(one) == cell(other)
}

/// What an entry of a list says was done to, where it says so.
fn deed_of_entry(item: &Item<'_>) -> Option<Vec<String>> {
    matches!(item.kind, "md_item" | "bullet").then(|| done_to(item.core_text())).flatten()
}
