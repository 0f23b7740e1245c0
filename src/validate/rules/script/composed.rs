//! What scripts make of parts, so that a member need not be written out where it is had.

use super::language::OF_FUNCTIONS;
use crate::validate::index::{Gone, Use, What};
use crate::validate::load::Side;
use crate::validate::model::{Def, Kind, Receiver};
use crate::validate::names::find_words;

/// Whether a member that is gone may come from a part of its owner that the owner had not: a class that
/// a call makes, an object that is spread, keys that are not named one by one.
pub(in crate::validate::rules) fn may_be_composed(gone: &Gone<'_>) -> bool {
    let (Some(old), Some(new)) = (&gone.file.old, &gone.file.new) else { return false };
    let Some(owner) = gone.def.parents.last().filter(|_| gone.is_member()) else { return false };
    let owner = |side: &'_ Side<'_>| {
        let is_it = |def: &Def| def.name == *owner && (def.kind.is_type() || def.kind == Kind::Const);
        side.model.defs.iter().position(is_it)
    };
    let (Some(before), Some(after)) = (owner(old), owner(new)) else { return false };
    let (before, after) = (&old.model.defs[before], &new.model.defs[after]);
    has_any_key(new, after, &gone.def.name)
        || extends(after, "Record<string,")
        || match after.kind {
            Kind::Const if names_alone(value(new, after), &gone.def.name) => true,
            Kind::Const => is_made_of_parts(value(new, after)) && value(old, before) != value(new, after),
            // `class Room extends Named(Place)`
            Kind::Class => extends(after, "(") && before.head != after.head,
            _ => false,
        }
}

/// Whether a file asks whether a module of JavaScript has what it uses of it.
pub(in crate::validate::rules) fn is_asked_for(usage: &Use<'_>) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let (Receiver::Name(on), Some(new)) = (&reference.receiver, &usage.file.new) else { return false };
    let path = format!("{on}.{}", reference.name);
    let asked = |at: usize| {
        let (before, after) = (new.text[..at].trim_end(), new.text[at + path.len()..].trim_start());
        let first = ["?", "&&", "||"].iter().any(|way| after.starts_with(way));
        let alone = before.ends_with("if (") || before.ends_with("while (");
        first || before.ends_with("typeof") || before.ends_with('!') || alone && after.starts_with(')')
    };
    let by_key = ['"', '\''].iter().any(|quote| {
        let name = &reference.name;
        new.text.contains(&format!("{quote}{name}{quote} in {on}"))
    });
    by_key || new.text.match_indices(&path).any(|(at, _)| asked(at))
}

fn has_any_key(side: &Side<'_>, owner: &Def, name: &str) -> bool {
    let brings =
        |def: &Def| def.name == Def::ANY_KEY || def.name == Def::CALLED && OF_FUNCTIONS.contains(&name);
    let is_key = |def: &Def| brings(def) && def.parents.last() == Some(&owner.name);
    side.model.defs.iter().any(is_key)
}

/// What a constant is set to.
fn value<'s>(side: &Side<'s>, def: &Def) -> &'s str {
    let text = side.text.get(def.span.clone()).unwrap_or_default();
    text.split_once('=').map_or("", |(_, value)| value.trim_start())
}

/// Whether a value is no object of which each member is written out.
fn is_made_of_parts(value: &str) -> bool {
    !value.starts_with('{') || value.contains("...")
}

/// Whether an object has a key that is the name of its value as well: `{ join }`.
fn names_alone(value: &str, name: &str) -> bool {
    find_words(value, name).any(|at| {
        let (before, after) = (value[..at].trim_end(), value[at + name.len()..].trim_start());
        before.ends_with(['{', ',']) && after.starts_with(['}', ','])
    })
}

/// Whether these signs are among what a type builds on.
fn extends(owner: &Def, signs: &str) -> bool {
    find_words(&owner.head, "extends").any(|at| owner.head[at..].contains(signs))
}
