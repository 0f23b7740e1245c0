//! Imports that both sides put in one place.
//!
//! Two lists of names from one module are one list. All else that is brought in from one module
//! stands side by side as well: a path here and another there, a default and a list.

use std::ops::Range;

use super::chunks::Three;
use super::items::{Item, Items, items};
use super::keys::squeezed;
use super::layout::render;
use super::roles::{Role, role};
use super::weave::{Taste, Why, Within, weave};
use crate::validate::extract::SyntaxNode;

/// Whether two imports of one module are two, and not two versions of one.
pub(super) fn are_two(one: &Item<'_>, other: &Item<'_>) -> bool {
    let is_import = |item: &Item<'_>| {
        item.kind.starts_with("import_") && item.kind != "import_spec" || item.kind == "use_declaration"
    };
    is_import(one) && is_import(other) && frame(one).is_none_or(|frame| Some(frame) != self::frame(other))
}

/// One import with the names of both.
pub(super) fn united(ours: &Item<'_>, theirs: &Item<'_>, taste: &Taste) -> Result<String, Why> {
    let (Some(own), Some(foreign)) = (names(ours), names(theirs)) else { return Err(Why::TwoMeanings) };
    let nothing = Items { items: Vec::new(), ..own.clone() };
    let slices = Three::new(&[][..], &own.items, &foreign.items);
    let pieces = weave(Within { role: Role::Names, list: &[], start: 0 }, slices, taste)?;
    let [opening, closing] = around(ours, &own.inside).map(|range| &ours.source[range]);
    Ok(format!("{opening}{}{closing}", render(Three::new(&nothing, &own, &foreign), &pieces, taste)?))
}

/// What stands around the names of an import; none where it has no list of them.
fn frame(item: &Item<'_>) -> Option<[String; 2]> {
    let names = names(item)?;
    Some(around(item, &names.inside).map(|range| squeezed(&item.source[range])))
}

fn around(item: &Item<'_>, inside: &Range<usize>) -> [Range<usize>; 2] {
    [item.lead.start..inside.start, inside.end..item.core.end]
}

fn names<'a>(item: &Item<'a>) -> Option<Items<'a>> {
    list(item.node?, item.source).map(|node| items(node, item.source, Role::Names))
}

fn list<'a>(node: &'a SyntaxNode, source: &str) -> Option<&'a SyntaxNode> {
    match role(node, source) {
        Role::Names => Some(node),
        _ => node.children.iter().find_map(|child| list(child, source)),
    }
}
