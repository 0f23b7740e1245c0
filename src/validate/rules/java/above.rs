//! What stands above the type that a branch took a member from or changed it in.

use super::types::{Found, Home, Source, Stated, Types, may_make, takes};
use super::{around, mistyped, overrides};
use crate::validate::index::Use;
use crate::validate::load::File;
use crate::validate::model::{Args, Def, Kind, Receiver, Ref, RefKind};
use crate::validate::names::has_word;
use crate::validate::rules::View;
use crate::validate::rules::reach::import_of;

/// Whether the merge of both branches still states a member for a type, in it or above it, that
/// takes what a use passes.
pub(in crate::validate::rules) fn lives_on(
    view: &View<'_>,
    (left, right): (usize, usize),
    home: &File<'_>,
    def: &Def,
    args: Option<&Args>,
) -> bool {
    let types = Types::merged(view, left, right);
    let Some(model) = types.file(home.path) else { return false };
    let source = Source { path: home.path.clone(), model };
    let Some(owner) = types.at(&source, &def.parents) else { return false };
    let call = (def.kind == Kind::Method).then(|| args.map_or(usize::MAX, |args| args.positional));
    if call.is_some_and(|passed| is_given_by_form(&owner, &def.name, passed))
        || may_make(&owner, &def.name, call)
        || call.is_some_and(|passed| types.library_has(&owner, &def.name, passed))
    {
        return true;
    }
    match types.member(&owner, &def.name, call) {
        Stated::In { home, members, .. } => {
            let takes = |idx: &usize| {
                let sig = home.source.model.defs[*idx].sig.as_ref();
                args.is_none_or(|args| sig.is_none_or(|sig| takes(sig, args.positional)))
            };
            members.iter().any(takes)
        }
        Stated::Nowhere | Stated::Unknown => false,
    }
}

/// Whether a type has a method by being a record or an enum; a reference to it passes what it takes.
fn is_given_by_form(owner: &Home, name: &str, passed: usize) -> bool {
    let is_of = |takes: usize| passed == takes || passed == usize::MAX;
    let is_component = || has_word(&owner.def().head, "record") && !owner.members(name, false).is_empty();
    match name {
        "compareTo" => owner.def().kind == Kind::Enum && is_of(1),
        "name" | "ordinal" | "getDeclaringClass" if owner.def().kind == Kind::Enum => is_of(0),
        _ => is_of(0) && is_component(),
    }
}

/// Whether a type above the changed one states, in the merge, a method that takes the call; none
/// when not all of those above are known.
pub(in crate::validate::rules) fn is_met_above(
    view: &View<'_>,
    (usage, reference): (&Use<'_>, &Ref),
    (branch, home, def): (usize, &File<'_>, &Def),
    args: &Args,
) -> Option<bool> {
    let types = Types::merged(view, usage.branch, branch);
    let source = Source { path: home.path.clone(), model: types.file(home.path)? };
    let owner = types.at(&source, &def.parents)?;
    let user = types.source(usage.file)?;
    let place = around(&usage.file.new.as_ref()?.model, reference);
    let takes = |home: &Home, idx: &usize| {
        let def = &home.source.model.defs[*idx];
        let counts = def.sig.as_ref().is_some_and(|sig| takes(sig, args.positional));
        counts && mistyped(&types, (&user, &place), &args.values, (&home.source, def)).is_none()
    };
    let (all, complete) = types.all_above(&owner);
    let met = types.above(&owner).0.iter().chain(&all).any(|above| {
        match types.member(above, &def.name, Some(args.positional)) {
            Stated::In { home, members, .. } => members.iter().any(|idx| takes(&home, idx)),
            Stated::Nowhere | Stated::Unknown => false,
        }
    });
    let may_bring = |home: &Home| types.may_inherit(home, &def.name, Some(args.positional));
    let complete = complete || !std::iter::once(&owner).chain(&all).any(may_bring);
    let known = complete || types.above(&owner).1 && is_introduced(view, usage.branch, home, def);
    (met || known && has_overridden(view, usage.branch, home, def)).then_some(met)
}

/// Whether all types above the one that had a member are of the project, in the merge of both
/// branches, of which `right` still has the member.
pub(in crate::validate::rules) fn knows_above(
    view: &View<'_>,
    (left, right): (usize, usize),
    home: &File<'_>,
    def: &Def,
) -> bool {
    let types = Types::merged(view, left, right);
    let Some(model) = types.file(home.path) else { return false };
    let source = Source { path: home.path.clone(), model };
    let Some(owner) = types.at(&source, &def.parents) else { return false };
    let introduced = || types.above(&owner).1 && is_introduced(view, right, home, def);
    (types.all_above(&owner).1 || introduced()) && has_overridden(view, right, home, def)
}

/// Whether a name without a dot means a type or a method of the types around it or above them, which is
/// nearer than an import.
pub(in crate::validate::rules) fn is_nearer(
    view: &View<'_>,
    (user, file): (usize, &File<'_>),
    reference: &Ref,
) -> bool {
    let types = Types::of(view, user);
    let Some(source) = types.source(file).filter(|_| reference.receiver == Receiver::None) else {
        return false;
    };
    let around = around(&source.model, reference);
    if reference.kind != RefKind::Call {
        let imported = import_of(&source.model, &reference.name).map(|(import, _)| &import.module);
        return match types.named(&source, &around, &reference.name) {
            Some(Found::Project(found)) => {
                let names = std::iter::once(&found.source.model.package).chain(&found.def().parents);
                let place: Vec<&str> = names.map(String::as_str).filter(|name| !name.is_empty()).collect();
                !found.def().parents.is_empty() && Some(&place.join(".")) != imported
            }
            _ => false,
        };
    }
    let passed = reference.args.as_ref().map_or(usize::MAX, |args| args.positional);
    let classes = (1..=around.len()).filter_map(|length| types.at(&source, &around[..length]));
    classes
        .into_iter()
        .any(|class| matches!(types.member(&class, &reference.name, Some(passed)), Stated::In { .. }))
}

/// Whether a type of the project above brings the method and does not say to override another: then
/// none of a library above that has it.
fn is_introduced(view: &View<'_>, branch: usize, home: &File<'_>, def: &Def) -> bool {
    let types = Types::of(view, branch);
    let Some(model) = types.file(home.path) else { return false };
    let source = Source { path: home.path.clone(), model };
    let Some(owner) = types.at(&source, &def.parents) else { return false };
    types.all_above(&owner).0.iter().any(|above| {
        let model = &above.source.model;
        let members = above.members(&def.name, true);
        let is_own = |idx: &usize| {
            let span = &model.defs[*idx].span;
            let inside = |other: &Ref| other.kind == RefKind::Override && other.name == def.name;
            !model.refs.iter().any(|other| inside(other) && span.contains(&other.span.start))
        };
        !members.is_empty() && members.iter().all(is_own)
    })
}

/// Whether what a method says to override is found above it where that still stands: otherwise
/// something is above that is not known.
fn has_overridden(view: &View<'_>, branch: usize, home: &File<'_>, def: &Def) -> bool {
    if !home.old.as_ref().is_some_and(|old| overrides(old.text, def)) {
        return true;
    }
    let types = Types::of(view, branch);
    let Some(model) = types.file(home.path) else { return false };
    let source = Source { path: home.path.clone(), model };
    let owner = types.at(&source, &def.parents);
    owner.is_some_and(|owner| {
        types.all_above(&owner).0.iter().any(|above| !above.members(&def.name, true).is_empty())
    })
}
