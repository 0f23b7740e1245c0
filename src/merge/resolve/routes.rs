//! Routes that are asked in the order in which they are stated: the first that fits is taken.
//!
//! `/users/{id}` fits `/users/me` too, so that the one hides the other where it comes first.

use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::model::FileModel;

/// Whether a route is stated behind one that hides it, as it is on neither side.
pub(super) fn are_hidden(sides: [&FileModel; 2], merged: &FileModel) -> bool {
    let stated = stated(merged);
    stated.iter().enumerate().any(|(at, hidden)| {
        let by = |other: &&&Entry| hides(other, hidden) && !sides.iter().any(|side| has(side, other, hidden));
        stated[..at].iter().any(|other| by(&other))
    })
}

/// The routes that a file states, in order.
fn stated(model: &FileModel) -> Vec<&Entry> {
    let is_route = |entry: &&Entry| entry.kind == EntryKind::Route && entry.role == Role::Provides;
    let mut found: Vec<&Entry> = model.entries.iter().filter(is_route).collect();
    found.sort_by_key(|entry| (entry.line, entry.span.start));
    found
}

/// Whether a side states the two in this order as well.
fn has(side: &FileModel, first: &Entry, second: &Entry) -> bool {
    let stated = stated(side);
    let place = |wanted: &Entry| stated.iter().position(|entry| wanted.claims_with(entry));
    place(first).zip(place(second)).is_some_and(|(first, second)| first < second)
}

/// Whether all that one route is asked for another one takes, of the same router.
fn hides(one: &Entry, other: &Entry) -> bool {
    let (Some((method, path)), Some((other_method, other_path))) =
        (one.key.split_once(' '), other.key.split_once(' '))
    else {
        return false;
    };
    let together = one.detail == other.detail && one.owner == other.owner && method == other_method;
    let (parts, other_parts): (Vec<&str>, Vec<&str>) =
        (path.split('/').collect(), other_path.split('/').collect());
    let fits = |(part, other): (&&str, &&str)| part == other || part.starts_with(['{', ':', '*', '<']);
    together
        && path != other_path
        && parts.len() == other_parts.len()
        && parts.iter().zip(&other_parts).all(fits)
}
