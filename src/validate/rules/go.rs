//! What a use in a Go file means where its receiver has to be worked out, and what no longer fits.

mod aliases;
mod asked;
mod assign;
mod checks;
mod demands;
mod goes;
mod library;
mod members;
mod methods;
mod packages;
mod rebound;
mod receivers;
mod results;
mod types;
mod worth;

pub(super) use self::aliases::RULE as ALIASES;
pub(super) use self::checks::RULE as CHECKS;
pub(super) use self::demands::RULE as DEMANDS;
use self::members::Member;
pub(super) use self::methods::RULE as METHODS;
use self::packages::is_left_out;
pub(super) use self::rebound::clash as rebound;
pub(super) use self::receivers::RULE as RECEIVERS;
pub(super) use self::results::RULE as RESULTS;
use self::types::{Type, Types};
use super::View;
use super::java::Mistyped;
use super::reach::{Reach, aims, reach};
use super::tree::Tree;
use crate::validate::index::{Gone, Use, What};
use crate::validate::load::{File, Side};
use crate::validate::model::{Args, Def, Kind, Receiver, Ref, Value};
use crate::validate::resolve::directory;
use crate::validate::world::Known;

/// Whether `usage` means the definition `def` of the file `home`.
pub(super) fn reach_in(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
    let found = reach(usage, home, def);
    let What::Ref(reference, _) = usage.what else { return found };
    if usage.file.path != home.path && (is_left_out(&usage.file.name) || is_left_out(&home.name)) {
        return None;
    }
    if found == Some(Reach::Sure) && def.parents.is_empty() && has_variants(view, usage, home, def) {
        return Some(Reach::NameOnly);
    }
    if found == Some(Reach::Barrel) && reference.receiver == Receiver::None {
        // The file takes in all of the package.
        let types = Types { tree: Tree::of(view, usage.branch, usage.file) };
        let at = types.tree.at(usage.file.path, reference.within);
        let own = at.and_then(|at| types.own(&at, &reference.name));
        return own.map_or(found, |own| (own.file.0 == *home.path).then_some(Reach::Sure));
    }
    let is_part = def.kind.is_type() && reference.receiver != Receiver::None;
    let is_member = (!def.parents.is_empty() || is_part) && reference.name == def.name;
    // A type of the name may be another one, or have the member from what it embeds.
    let is_open = match found {
        Some(Reach::NameOnly) => true,
        // A type of the library may be called as one of the project is.
        Some(Reach::Sure) if is_member && matches!(reference.receiver, Receiver::Typed(_)) => {
            let is_known = reference.on != Value::Unknown;
            let is_other = || is_known && by_value(view, usage, reference, home, def).is_none();
            return if is_foreign(view, usage, reference, home) || is_other() { None } else { found };
        }
        None => is_member && (is_part || matches!(reference.receiver, Receiver::Typed(_) | Receiver::Other)),
        _ => false,
    };
    if !is_open || reference.on == Value::Unknown {
        return found;
    }
    if is_member && is_foreign(view, usage, reference, home) {
        return None;
    }
    match by_value(view, usage, reference, home, def) {
        Some(Reach::NameOnly) | None if found.is_none() => None,
        answer => answer,
    }
}

/// Whether what a use stands on is of a type that no package of the project says, nor that of a file.
fn is_foreign(view: &View<'_>, usage: &Use<'_>, reference: &Ref, home: &File<'_>) -> bool {
    let types = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let at = types.tree.at(usage.file.path, reference.within);
    at.is_some_and(|at| match types.value(&at, &reference.on).pointed() {
        Type::Library(_) => true,
        Type::Unknown | Type::Foreign(_) => {
            let may_be = |module: &str| aims(usage.file, module, home).is_some();
            types.begins_elsewhere(&at, &reference.on, may_be)
        }
        _ => false,
    })
}

/// Whether several files of a package state a name, of which a build takes one.
fn has_variants(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> bool {
    let tree = Tree::of(view, usage.branch, usage.file);
    let (files, _) = tree.defining_in(&home.path.directory(), &def.name);
    let states = |file: &&Known| file.1.named_as(def).next().is_some();
    files.iter().filter(states).count() > 1
}

/// Whether what a use takes a lost method from still has one of the name in the merge: one of its own,
/// or one from what it embeds. None where that cannot be told.
pub(super) fn lives_on(view: &View<'_>, usage: &Use<'_>, gone: &Gone<'_>) -> Option<bool> {
    let What::Ref(reference, _) = usage.what else { return None };
    let types = Types { tree: Tree::merged(view, usage.branch, gone.branch, usage.file) };
    // A type that is embedded is a field of its name.
    let is_inside = gone.is_member() || gone.def.kind.is_type() && reference.receiver != Receiver::None;
    let at = types.tree.place_of(usage.file, reference.within).filter(|_| is_inside)?;
    let ty = match &reference.receiver {
        Receiver::Typed(name) if reference.on == Value::Unknown => types.stated(&at, name),
        _ => types.asked_of(&at, &reference.on),
    };
    match types.member(&ty, &gone.def.name) {
        Member::Stated(_) | Member::Several => Some(true),
        Member::Unknown => embeds_anew(gone).then_some(true),
        Member::Nowhere => Some(false),
    }
}

/// Whether the type that lost a member embeds another one than before.
fn embeds_anew(gone: &Gone<'_>) -> bool {
    let above = |side: Option<&Side<'_>>| {
        let mut defs = side.into_iter().flat_map(|side| &side.model.defs);
        let owner = defs.find(|def| def.kind.is_type() && Some(&def.name) == gone.def.parents.last());
        owner.map_or(Vec::new(), |owner| owner.supers.clone())
    };
    let (old, new) = (above(gone.file.old.as_ref()), above(gone.file.new.as_ref()));
    new.iter().any(|name| !old.contains(name))
}

fn by_value(view: &View<'_>, usage: &Use<'_>, reference: &Ref, home: &File<'_>, def: &Def) -> Option<Reach> {
    let types = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let Some(at) = types.tree.at(usage.file.path, reference.within) else { return Some(Reach::NameOnly) };
    let ty = types.asked_of(&at, &reference.on);
    if ty.is_unknown() {
        return Some(Reach::NameOnly);
    }
    match types.member(&ty, &def.name) {
        Member::Stated(found) => {
            let path = found.file.0.to_text();
            let same = directory(&path) == home.directory() && found.def().parents == def.parents;
            same.then_some(Reach::Sure)
        }
        Member::Nowhere => None,
        Member::Several | Member::Unknown => Some(Reach::NameOnly),
    }
}

/// The first argument of a call that a function surely cannot take, as it was or as it is in the
/// merge of both branches.
pub(super) fn misfit(
    view: &View<'_>,
    (usage, within, args): (&Use<'_>, Option<usize>, &Args),
    (branch, home, def): (usize, &File<'_>, &Def),
    before: bool,
) -> Option<Mistyped> {
    let tree = Tree::before_or_merged(view, (usage.branch, branch), usage.file, before);
    let types = Types { tree };
    let at = tree.place_of(usage.file, within)?;
    let home = tree.defined_at(home.path, def)?;
    let params = home.def().sig.as_ref()?.params.iter().take_while(|param| !param.variadic);
    args.values.iter().zip(params).find_map(|(value, param)| {
        let (from, to) = (types.value(&at, value), types.stated(&home.inside(), &param.written));
        let refused = types.fits(&from, &to) == Some(false);
        refused.then(|| Mistyped { param: param.name.clone(), takes: to.word(), passed: from.word() })
    })
}

/// Whether a use is of the sort that a member is used by: methods are called or taken as values.
fn is_value(def: &Def) -> bool {
    matches!(def.kind, Kind::Field | Kind::Const)
}

/// Whether two types are the same, as far as that can be told.
fn is_same(left: &Type, right: &Type) -> bool {
    left.word() == right.word()
}
