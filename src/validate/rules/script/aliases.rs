//! One branch lets an alias stand for another type; another adds a use that only the old one allows,
//! of the alias itself or of what the file of the alias states by it.

use super::results::{Uses, clash};
use super::{is_typed, may_be_silenced};
use crate::model::Finding;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Receiver, RefKind, Value};
use crate::validate::rules::View;
use crate::validate::rules::reach::Reach;
use crate::validate::rules::retyped::{Clash, Retyped, check_one, is_left};

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| is_typed(file.language)) {
        for alias in changed(file) {
            let (old, new) = alias;
            check_one(view, &Retyped { branch, file, old, new, by: None }, of_alias, findings);
            for (old, new) in stated_by(file, old) {
                let retyped = Retyped { branch, file, old, new, by: Some(alias) };
                let takes = |def: &Def| params(def).any(|written| written == alias.0.name);
                let clash = if takes(old) { passed } else { clash };
                check_one(view, &retyped, clash, findings);
            }
        }
    }
}

/// The aliases that a branch lets stand for another type.
fn changed<'a>(file: &'a File<'a>) -> Vec<(&'a Def, &'a Def)> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let is_alone = |model: &FileModel, def: &Def| {
        let same = model.defs.iter().filter(|other| other.name == def.name && other.parents == def.parents);
        same.count() == 1
    };
    let pairs = file.change.edited.iter();
    let pairs = pairs.map(|(before, after)| (&old.model.defs[*before], &new.model.defs[*after]));
    let aliases = pairs.filter(|(old, new)| old.kind == Kind::Alias && new.kind == Kind::Alias);
    let changed = aliases.filter(|(old, new)| old.ty != new.ty && !old.ty.is_empty() && !new.ty.is_empty());
    changed.filter(|(before, after)| is_alone(&old.model, before) && is_alone(&new.model, after)).collect()
}

/// What a file states by an alias, before and after, in the same words.
fn stated_by<'a>(file: &'a File<'a>, alias: &Def) -> Vec<(&'a Def, &'a Def)> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let of = |model: &'a FileModel, def: &'a Def| {
        let mut same = model.named_as(def).map(|(_, same)| same);
        same.next().filter(|_| same.next().is_none())
    };
    let says = |def: &Def| def.ty == alias.name || params(def).any(|written| written == alias.name);
    let defs = old.model.defs.iter().filter(|def| def.kind != Kind::Alias && says(def));
    let pairs = defs.filter_map(|def| Some((of(&old.model, def)?, of(&new.model, def)?)));
    pairs.filter(|(old, new)| old.kind == new.kind && old.ty == new.ty && old.sig == new.sig).collect()
}

fn params(def: &Def) -> impl Iterator<Item = &str> {
    def.sig
        .iter()
        .flat_map(|sig| &sig.params)
        .filter(|param| !param.variadic)
        .map(|param| param.written.as_str())
}

/// A use of the alias as a type: what is done with values of it in the file.
fn of_alias(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, _) = usage.what else { return None };
    let is_plain = reference.kind == RefKind::Type && reference.receiver == Receiver::None;
    if !is_plain || !is_typed(usage.file.language) || may_be_silenced(usage) {
        return None;
    }
    if view.reach(usage, retyped.file, retyped.old) != Some(Reach::Sure) {
        return None;
    }
    let uses = Uses::of(view, retyped, usage, reference)?;
    let (before, after) = uses.stated(retyped, (&retyped.old.ty, &retyped.new.ty))?;
    let value = Value::Of(reference.name.clone());
    let given = reference.args.as_ref().and_then(|args| args.values.first());
    let set = given
        .filter(|given| !is_case(retyped.old, given))
        .and_then(|given| uses.set(given, (&before, &after)));
    let found = set.or_else(|| uses.others(&value, (&before, &after), &|_| false))?;
    is_left(view, retyped, usage).then_some(found)
}

/// Whether a value is one of the texts that an alias told apart; that one of these is gone is another
/// finding.
pub(super) fn is_case(alias: &Def, given: &Value) -> bool {
    let Value::Of(text) = given else { return false };
    let text = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    text.is_some_and(|text| alias.cases.iter().any(|case| case == text))
}

/// A call that passes what is stated by the alias.
fn passed(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, _) = usage.what else { return None };
    let (alias, _) = retyped.by?;
    if reference.kind != RefKind::Call || !is_typed(usage.file.language) || may_be_silenced(usage) {
        return None;
    }
    if view.reach(usage, retyped.file, retyped.old) != Some(Reach::Sure) {
        return None;
    }
    let uses = Uses::of(view, retyped, usage, reference)?;
    let (before, after) = uses.stated(retyped, (&alias.name, &alias.name))?;
    let values = &reference.args.as_ref()?.values;
    let taken = values.iter().zip(params(retyped.old)).filter(|(_, written)| *written == alias.name);
    let mut clashes = taken.filter_map(|(value, _)| uses.set(value, (&before, &after)));
    let found = clashes.next()?;
    is_left(view, retyped, usage).then_some(found)
}
