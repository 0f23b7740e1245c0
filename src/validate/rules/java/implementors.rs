//! Which Java classes must state a member that a type above them now demands.

use crate::model::RepoPath;
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, RefKind};
use crate::validate::names::has_word;
use crate::validate::rules::View;
use crate::validate::rules::java::types::{Found, Home, Stated, Types, may_make};
use crate::validate::rules::java::{around, source_of};

/// A class, named or not, that does not state what is demanded.
pub(in crate::validate::rules) struct Lacking<'u> {
    pub(in crate::validate::rules) line: u32,
    /// None for a class without a name.
    pub(in crate::validate::rules) def: Option<&'u Def>,
}

/// The classes of `user` that another branch demands `member` of, and that it added or put below
/// the type `owner` of the file `home`.
pub(in crate::validate::rules) fn lacking<'u>(
    view: &View<'_>,
    (demander, implementor): (usize, usize),
    user: &'u File<'u>,
    (home, owner, member): (&RepoPath, &Def, &Def),
) -> Vec<Lacking<'u>> {
    let Some(source) = source_of(user) else { return Vec::new() };
    let Some(new) = &user.new else { return Vec::new() };
    let model = &new.model;
    let own = Types::of(view, implementor);
    let merged = Types::merged(view, implementor, demander);
    let path: Vec<String> = owner.parents.iter().chain([&owner.name]).cloned().collect();
    let is_owner = |home_of: &Home| home_of.is(home, &path);
    let is_below = |class: &Home| is_owner(class) || own.all_above(class).0.iter().any(is_owner);
    let lacks = |class: &Home, from: &Home| !has(&merged, class, from, member);
    let mut found = Vec::new();
    let old = user.before().map(|old| &old.model.defs);
    let text = |def: &Def| new.text.get(def.span.clone()).unwrap_or_default();
    let concrete = |def: &&Def| match def.kind {
        Kind::Class => !def.flags.is_abstract,
        // The constants of an enum may each implement it.
        Kind::Enum => !has_word(text(def), &member.name),
        _ => false,
    };
    for def in model.defs.iter().filter(concrete).filter(|def| !def.supers.is_empty()) {
        let before = old.and_then(|old| old.iter().find(|old| old.is_named_as(def)));
        if before.is_some_and(|before| before.supers == def.supers) {
            continue;
        }
        let names: Vec<String> = def.parents.iter().chain([&def.name]).cloned().collect();
        let Some(class) = own.at(&source, &names) else { continue };
        let stands = merged.file(user.path).and_then(|model| {
            merged.at(&crate::validate::rules::java::Source { path: user.path.clone(), model }, &names)
        });
        if let Some(stands) = stands
            && is_below(&class)
            && lacks(&stands, &stands)
        {
            found.push(Lacking { line: def.line, def: Some(def) });
        }
    }
    for added in user.change.uses.iter().filter(|added| added.is_more) {
        let reference = &model.refs[added.reference];
        let (RefKind::Construct, Some(states)) = (reference.kind, &reference.states) else { continue };
        let Some(Found::Project(class)) = own.named(&source, &around(model, reference), &reference.name)
        else {
            continue;
        };
        let Some(Found::Project(now)) = merged.named(&source, &around(model, reference), &reference.name)
        else {
            continue;
        };
        if !states.contains(&member.name) && is_below(&class) && lacks(&now, &now) {
            found.push(Lacking { line: reference.line, def: None });
        }
    }
    found
}

/// Whether a class has a body for the method, from itself or from above, or may have.
fn has(types: &Types<'_, '_>, class: &Home, from: &Home, member: &Def) -> bool {
    let bodied = |home: &Home| {
        let members = home.members(&member.name, true);
        let mut defs = members.iter().map(|idx| &home.source.model.defs[*idx]);
        defs.any(|def| !def.flags.is_abstract && same_params(def, member))
    };
    let passed = member.sig.as_ref().map_or(0, |sig| sig.params.len());
    if bodied(class)
        || is_of_language(class, &member.name, passed)
        || may_make(class, &member.name, Some(passed))
    {
        return true;
    }
    let (above, complete) = types.all_above(from);
    if [class, from].into_iter().chain(&above).any(|home| !home.source.model.broken.is_empty()) {
        return true;
    }
    // A class of a library above it may bring the method, but only one that states it already.
    !complete && may_bring(types, from, &above) || above.iter().any(bodied)
}

/// Whether every object has such a method, or every enum where the class is one.
fn is_of_language(class: &Home, name: &str, passed: usize) -> bool {
    match (name, passed) {
        ("hashCode" | "toString", 0) | ("equals", 1) => true,
        ("name" | "ordinal" | "getDeclaringClass", 0) | ("compareTo", 1) => class.def().kind == Kind::Enum,
        _ => false,
    }
}

fn same_params(left: &Def, right: &Def) -> bool {
    let count = |def: &Def| def.sig.as_ref().map_or(0, |sig| sig.params.len());
    count(left) == count(right)
}

/// Whether a class that cannot be looked into stands above: interfaces bring no bodies, as a rule.
fn may_bring(types: &Types<'_, '_>, class: &Home, above: &[Home]) -> bool {
    std::iter::once(class).chain(above).any(|home| {
        let def = home.def();
        let extends = def.kind == Kind::Class && def.head.contains(" extends ");
        let first = def.supers.first().filter(|_| extends);
        first.is_some_and(|first| {
            !matches!(types.named(&home.source, &def.parents, first), Some(Found::Project(_)))
        })
    })
}

/// Whether a type above an owner had the member before: then nothing new is demanded.
pub(in crate::validate::rules) fn was_demanded(
    view: &View<'_>,
    branch: usize,
    file: &File<'_>,
    owner: &Def,
    member: &Def,
) -> bool {
    let Some(source) = source_of(file) else { return true };
    let types = Types::of(view, branch);
    let names: Vec<String> = owner.parents.iter().chain([&owner.name]).cloned().collect();
    let Some(owner) = types.at(&source, &names) else { return true };
    let (above, _) = types.above(&owner);
    let passed = member.sig.as_ref().map_or(0, |sig| sig.params.len());
    above.iter().any(|above| matches!(types.member(above, &member.name, Some(passed)), Stated::In { .. }))
}
