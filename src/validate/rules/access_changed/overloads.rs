//! Java methods and constructors that share a name with others of their type: each has an access of its
//! own, and a use is told apart by what it passes.

use super::Change;
use crate::validate::extract::Language;
use crate::validate::index::Use;
use crate::validate::load::File;
use crate::validate::model::{Args, Def, Kind, Ref, RefKind};
use crate::validate::rules::changed::overriding;
use crate::validate::rules::resigned::{by_path, named_as};
use crate::validate::rules::{View, java};

/// Each overload as it was and is, and all of its name as they were.
pub(super) fn pairs<'a>(file: &'a File<'a>) -> Vec<(&'a Def, &'a Def, Vec<&'a Def>)> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    if file.language != Language::Java {
        return Vec::new();
    }
    let after = by_path(&new.model);
    let mut pairs = Vec::new();
    for (path, olds) in by_path(&old.model) {
        let Some(news) = after.get(&path).filter(|news| olds.len() > 1 || news.len() > 1) else { continue };
        for old in &olds {
            let same = news.iter().find(|new| java::params(new) == java::params(old));
            pairs.extend(same.map(|new| (*old, *new, olds.clone())));
        }
    }
    pairs
}

/// Whether a use means the changed one of several overloads, so that none of the others takes it instead.
pub(super) fn is_meant(view: &View<'_>, change: &Change<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    tells(view, change, usage, reference)
        && (change.now.sight == change.was.sight || !others_take(view, change, usage, reference))
}

/// Whether a use surely means the changed one of the overloads.
fn tells(view: &View<'_>, change: &Change<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    if change.overloads.is_empty() {
        return true;
    }
    if reference.kind == RefKind::Override {
        return overriding(usage).is_some_and(|own| java::params(own) == java::params(change.old));
    }
    let meant = java::meant(view, (usage, reference), (change.file, &change.overloads));
    meant.is_some_and(|meant| std::ptr::eq(meant, change.old))
}

/// Whether another method takes a call that the changed one is out of sight of.
fn others_take(view: &View<'_>, change: &Change<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let is_method = change.file.language == Language::Java && change.old.kind == Kind::Method;
    let Some(new) = change.file.new.as_ref().filter(|_| is_method) else { return false };
    let Some(args) = &reference.args else { return !change.overloads.is_empty() };
    let takes = |def: &Def| {
        let counts = def.sig.as_ref().is_none_or(|sig| java::takes(sig, args.positional));
        let called = (change.branch, change.file, def);
        counts && java::misfit(view, (usage, reference), called, false).is_none()
    };
    let others = named_as(&new.model, change.new);
    let mut others = others.into_iter().filter(|def| java::params(def) != java::params(change.new));
    let changed = (change.branch, change.file, change.old);
    let is_met = || {
        change.makes.is_none() && java::is_met_above(view, (usage, reference), changed, args) == Some(true)
    };
    others.any(takes) || is_met() || is_of_object(&change.old.name, args.positional)
}

/// Whether every object has a method that may take the call.
fn is_of_object(name: &str, passed: usize) -> bool {
    matches!((name, passed), ("equals", 1) | ("wait", 0..=2))
}

/// Whether a call of what was the component of a record is met by a method of the name.
pub(super) fn is_read_by_method(
    view: &View<'_>,
    change: &Change<'_>,
    usage: &Use<'_>,
    reference: &Ref,
) -> bool {
    let is_method = |def: &Def| def.kind == Kind::Method && def.is_named_as(change.new);
    let new = change.file.new.as_ref().filter(|_| change.file.language == Language::Java);
    let is_met = || {
        let changed = (change.branch, change.file, change.old);
        let args = Args::default();
        java::is_met_above(view, (usage, reference), changed, &args) == Some(true)
    };
    change.old.kind == Kind::Field
        && reference.kind == RefKind::Call
        && new.is_some_and(|new| new.model.defs.iter().any(is_method) || is_met())
}
