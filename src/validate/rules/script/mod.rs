//! The types of TypeScript values, and what no longer fits.

mod aliases;
mod assign;
mod cases;
mod composed;
mod doubt;
mod elements;
mod language;
mod library;
mod listed;
mod lookup;
mod lost;
mod makers;
mod members;
mod narrowed;
mod overriding;
mod parts;
mod props;
mod read;
mod results;
mod types;
mod worth;

use self::assign::Known;
pub(super) use self::cases::tells_apart;
pub(super) use self::composed::{is_asked_for, may_be_composed};
use self::doubt::Going;
pub(super) use self::elements::RULE as ELEMENTS;
pub(super) use self::language::OF_FUNCTIONS;
use self::lookup::Sense;
pub(super) use self::lookup::is_handed_on;
pub(super) use self::lost::{freed_from, lost_member};
pub(super) use self::members::says_members;
use self::narrowed::Tested;
pub(super) use self::overriding::RULE as OVERRIDES;
pub(super) use self::parts::{Part, part_taken};
pub(super) use self::props::RULE as PROPS;
use self::read::{is_object, parts_of_both};
pub(super) use self::results::RULE as RESULTS;
use self::types::{STEPS, Type, Types};
use super::View;
use super::java::Mistyped;
use super::reach::Reach;
use super::tree::{Home, Tree};
use crate::validate::extract::Language;
use crate::validate::index::{Gone, Use, What};
use crate::validate::load::File;
use crate::validate::model::{Args, Def, Import, Imported, Kind, Receiver, RefKind, Value};

/// Whether the compiler looks at the types in a file.
pub(super) fn is_typed(language: Language) -> bool {
    matches!(language, Language::TypeScript | Language::Tsx)
}

/// Whether a use of a member means the definition `def` of the file `home`, by the type of what
/// stands before the dot where its name does not tell.
pub(super) fn reach_in(
    view: &View<'_>,
    usage: &Use<'_>,
    home: &File<'_>,
    def: &Def,
    found: Option<Reach>,
) -> Option<Reach> {
    if makers::is_made_by_one(usage, home, def) {
        return None;
    }
    let is_told_apart = found != Some(Reach::Sure) || !def.is_member() || !has_namesake(home, def);
    let found = if is_told_apart { found } else { Some(Reach::NameOnly) };
    let found = reach_of(view, usage, home, def, found)?;
    let is_narrowed = found == Reach::Sure && def.is_member() && is_narrowed(view, usage, (home, def));
    Some(if is_narrowed { Reach::NameOnly } else { found })
}

fn reach_of(
    view: &View<'_>,
    usage: &Use<'_>,
    home: &File<'_>,
    def: &Def,
    found: Option<Reach>,
) -> Option<Reach> {
    let What::Ref(reference, _) = usage.what else { return found };
    let is_open = match found {
        Some(Reach::NameOnly) => true,
        None => matches!(reference.receiver, Receiver::Typed(_) | Receiver::This | Receiver::Name(_)),
        _ => false,
    };
    let is_member = def.is_member() && reference.name == def.name && reference.receiver != Receiver::None;
    if !is_open || !is_member || !is_typed(usage.file.language) {
        return found;
    }
    let on = match reference.receiver {
        Receiver::This => &Value::This,
        _ => &reference.on,
    };
    by_value(view, usage, (reference.within, on), (home, def)).unwrap_or(found)
}

/// None when the type of the value before the dot cannot be told.
fn by_value(
    view: &View<'_>,
    usage: &Use<'_>,
    (within, on): (Option<usize>, &Value),
    (home, def): (&File<'_>, &Def),
) -> Option<Option<Reach>> {
    if *on == Value::Unknown {
        return None;
    }
    let types = Types::new(Tree::of(view, usage.branch, usage.file), usage.file);
    let at = types.tree.at(usage.file.path, within)?;
    if let Some(named) = types.named_in_module(&at, on) {
        let is_it = *home.path == named.file.0 && def.parents == [named.def().name.clone()];
        return Some(is_it.then_some(Reach::Sure));
    }
    let ty = types.value(&at, on).present();
    // One of several types that alone has the member is what a test before the use left.
    let mut having = ty.members().iter().filter(|one| types.has_member(one, &def.name) != Some(false));
    let (Some(one), None) = (having.next().or(ty.members().first()), having.next()) else {
        return None;
    };
    let owner = &types.owner(one, &def.name)?;
    match types.member(owner, &def.name) {
        (Some(member), _) => {
            let is_it = *home.path == member.file.0 && member.def().parents == def.parents;
            let stays = !is_it || may_stay(view, usage, (within, on), (home, owner, &def.name));
            stays.then_some(is_it.then_some(Reach::Sure))
        }
        (None, true) => Some(None),
        (None, false) => None,
    }
}

/// Whether a value is of a type of a file in the merge as well, as far as is known: the branch that
/// changed the file may have given it another one.
fn may_stay(
    view: &View<'_>,
    usage: &Use<'_>,
    (within, on): (Option<usize>, &Value),
    (home, owner, name): (&File<'_>, &Home, &str),
) -> bool {
    let is_home = |file: &File<'_>| std::ptr::eq(file, home);
    let changer = view.branches.iter().position(|branch| branch.files.iter().any(is_home));
    let Some(changer) = changer.filter(|changer| *changer != usage.branch) else { return true };
    let types = Types::new(Tree::merged(view, usage.branch, changer, usage.file), usage.file);
    let Some(at) = types.tree.place_of(usage.file, within) else { return true };
    let now = types.value(&at, on).present();
    // What a function takes and cannot be told now is not what it took.
    let may_be_it = |one: &Type| one.is_unknown() && !matches!(on, Value::Passed(..));
    let is_it = |one: &Type| is_made_of(one, owner) || may_be_it(one);
    let may_have = |one: &Type| is_it(one) || types.has_member(one, name) != Some(false);
    // Another one of several types may have what this one lost.
    now.members().iter().any(is_it) && !now.members().iter().any(|one| !is_it(one) && may_have(one))
}

/// Whether a type of the project is one, or a part of one.
fn is_made_of(ty: &Type, owner: &Home) -> bool {
    match ty {
        Type::Project(home) => home.is(owner),
        Type::Part(_, of) => is_made_of(of, owner),
        Type::Both(all) => all.iter().any(|one| is_made_of(one, owner)),
        _ => false,
    }
}

/// Whether an object that is written out is made for a type of a file, by what it is set to or passed to.
pub(super) fn is_made_for(
    view: &View<'_>,
    usage: &Use<'_>,
    (branch, home, owner): (usize, &File<'_>, &Def),
) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    if !is_typed(usage.file.language) || may_be_silenced(usage) {
        return false;
    }
    // The branch that changed the type may have its makers take less of it.
    let types = Types::new(Tree::merged(view, usage.branch, branch, usage.file), usage.file);
    let Some(at) = types.tree.place_of(usage.file, reference.within) else { return false };
    match types.value(&at, &reference.on).present() {
        Type::Project(found) => found.file.0 == *home.path && found.def().is_named_as(owner),
        _ => false,
    }
}

/// Whether a program of JavaScript may set what its text no longer declares: on the prototype of a
/// class, or on what the module exports.
pub(super) fn may_be_set(gone: &Gone<'_>) -> bool {
    let text = gone.file.new.as_ref().map_or("", |new| new.text);
    match gone.def.parents.last() {
        Some(owner) => {
            let sets = |way: &str| text.contains(&format!("{way}({owner}"));
            text.contains(&format!("{owner}.prototype"))
                || ["assign", "defineProperty", "defineProperties", "mixin"].iter().any(|way| sets(way))
                || text.contains("new Proxy(this")
        }
        None => {
            let all = ["assign(exports", "assign(module.exports", "exports = require(", "keys("];
            let spread = text.split("module.exports = {").nth(1).and_then(|rest| rest.split('}').next());
            all.iter().any(|way| text.contains(way)) || spread.is_some_and(|names| names.contains("..."))
        }
    }
}

/// Whether a member that a type of a file lost may live on: another file gives it to the type, or the
/// name of the type stands for another one now.
pub(super) fn may_live_on(view: &View<'_>, usage: &Use<'_>, gone: &Gone<'_>) -> bool {
    let (Some(owner), true) = (gone.def.parents.last(), gone.is_member()) else { return false };
    if language::OF_ALL.contains(&gone.def.name.as_str()) {
        return true;
    }
    let defs = gone.file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
    if may_be_beside(usage) || takes_any(defs, owner) && is_written(usage) {
        return true;
    }
    let old = gone.file.old.iter().flat_map(|old| &old.model.defs).find(|def| def.name == *owner);
    let tree = Tree::merged(view, usage.branch, gone.branch, usage.file);
    let types = Types::new(tree, usage.file);
    let others = |def: &Def| {
        let mut parts = parts_of_both(&def.ty);
        parts.retain(|part| !is_object(part));
        parts.join(" & ")
    };
    let stands_for_another = |def: &Def| match def.kind {
        Kind::Alias if old.is_some_and(|old| old.kind == Kind::Alias && others(old) == others(def)) => false,
        Kind::Alias => tree.defined_at(gone.file.path, def).is_none_or(|home| {
            let now = types.stated(&home.inside(), &def.ty);
            now.members().iter().any(|one| types.has_member(one, &gone.def.name) != Some(false))
        }),
        kind => kind == Kind::Const && old.is_some_and(|old| old.kind.is_type()),
    };
    defs.iter().any(|def| def.name == *owner && stands_for_another(def))
        || is_another_outside(&types, gone, owner)
        || members::is_said_elsewhere(tree, owner, &gone.def.name)
}

/// Whether the name of a type that lost a member stands for another one outside of its file now, which
/// may have it.
fn is_another_outside(types: &Types<'_, '_>, gone: &Gone<'_>, owner: &str) -> bool {
    let imports = gone.file.new.as_ref().map_or(&[][..], |new| &new.model.imports);
    let gives = |imported: &Imported| imported.local == owner && imported.name != owner;
    let renames = |import: &Import| import.reexport && import.names.iter().any(gives);
    imports.iter().any(renames)
        && types.tree.file(gone.file.path).is_none_or(|file| {
            let now = types.handed_out(Sense::Type, file, owner, STEPS);
            now.is_none_or(|now| types.has_member(&Type::Project(now), &gone.def.name) != Some(false))
        })
}

/// Whether a use is a key of an object that is said to be of a type, which may have others beside.
fn may_be_beside(usage: &Use<'_>) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    is_written(usage) && reference.args.as_ref().is_some_and(|args| args.values.iter().any(is_said))
}

/// Whether a value is made into what an assertion says.
fn is_said(value: &Value) -> bool {
    matches!(value, Value::Passed(_, mark) if mark == Value::SAID)
}

fn is_written(usage: &Use<'_>) -> bool {
    matches!(usage.what, What::Ref(reference, _) if reference.kind == RefKind::Write)
}

/// Whether a type has no members of its own or from elsewhere, so that any object is one.
fn takes_any(defs: &[Def], owner: &str) -> bool {
    let mut owners = defs.iter().filter(|def| def.kind.is_type() && def.name == owner);
    let is_bare =
        |def: &Def| def.supers.is_empty() && !defs.iter().any(|one| one.parents.last() == Some(&def.name));
    owners.next().is_some_and(is_bare) && owners.next().is_none()
}

/// Whether a use is an element of JSX.
pub(super) fn is_element(usage: &Use<'_>) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let text = usage.file.new.as_ref().map_or("", |new| new.text);
    text.get(..reference.span.start).is_some_and(|before| before.trim_end().ends_with('<'))
}

/// Whether a namespace of the file has a type of the same name as the one that has a member.
fn has_namesake(home: &File<'_>, def: &Def) -> bool {
    let Some((owner, around)) = def.parents.split_last() else { return false };
    let is_other = |other: &Def| other.kind.is_type() && other.name == *owner && other.parents != around;
    home.old.iter().any(|old| old.model.defs.iter().any(is_other))
}

/// Whether a test before a use of a member may show that another one is meant.
fn is_narrowed(view: &View<'_>, usage: &Use<'_>, (home, def): (&File<'_>, &Def)) -> bool {
    let (What::Ref(reference, _), Some(new)) = (usage.what, &usage.file.new) else { return false };
    if !is_typed(usage.file.language) {
        return false;
    }
    let types = Types::new(Tree::of(view, usage.branch, usage.file), usage.file);
    let places = types.tree.at(usage.file.path, reference.within).zip(types.tree.defined_at(home.path, def));
    let Some((at, member)) = places else { return false };
    let tested = Tested { types: &types, at: &at, model: &new.model, text: new.text, any: false };
    tested.hides(reference, &member)
}

/// The first argument of a call that a function surely cannot take, as it was or as it is in the
/// merge of both branches.
pub(super) fn misfit(
    view: &View<'_>,
    (usage, within, args): (&Use<'_>, Option<usize>, &Args),
    (branch, home, def): (usize, &File<'_>, &Def),
    before: bool,
) -> Option<Mistyped> {
    if !is_typed(usage.file.language) {
        return None;
    }
    let tree = Tree::before_or_merged(view, (usage.branch, branch), usage.file, before);
    let types = Types::new(tree, usage.file);
    let at = types.tree.place_of(usage.file, within)?;
    let inside = types.tree.file(home.path).map(|file| {
        let within = file.1.named_as(def).find(|(_, other)| *other == def).map(|(idx, _)| idx);
        super::tree::At { file, within }
    })?;
    let params = def.sig.as_ref()?.params.iter().take_while(|param| !param.variadic);
    args.values.iter().zip(params).enumerate().find_map(|(place, (value, param))| {
        let (from, to) = (types.value(&at, value), types.stated(&inside, &param.written));
        let going = Going { known: known(value), place: Some(place), to: &to };
        let known = types.sureness(usage, within, going);
        let refused = types.fits(&from, &to, known) == Some(false) && !may_be_silenced(usage);
        let (param, takes) = (param.name.clone(), param.written.clone());
        refused.then(|| Mistyped { param, takes, passed: from.word() })
    })
}

/// Whether a value, or what it comes from, has a mark.
fn is_marked(value: &Value, sort: &str) -> bool {
    value.steps().any(|step| match step {
        Value::Passed(_, mark) => mark == sort,
        Value::Either(all) | Value::Joined(all) => all.iter().any(|one| is_marked(one, sort)),
        _ => false,
    })
}

/// How surely the type of a value is the one that is stated for it.
fn known(value: &Value) -> Known {
    let is = |sort: &str| is_marked(value, sort);
    match () {
        () if is(Value::SAID) => Known::Barely,
        () if is(Value::AGAIN) => Known::Loosely,
        () => Known::Firmly,
    }
}

/// Whether the compiler is told not to look at the line of a use: by a comment of its own right above it.
pub(super) fn is_silenced_above(usage: &Use<'_>) -> bool {
    const HUSHES: [&str; 2] = ["@ts-ignore", "@ts-expect-error"];
    let text = usage.file.new.as_ref().map_or("", |new| new.text);
    let before: Vec<&str> = text.lines().take((usage.what.line() as usize).saturating_sub(1)).collect();
    let mut comments = before.iter().rev().map(|line| line.trim()).take_while(|line| {
        line.is_empty() || ["//", "/*", "*", "{/*"].iter().any(|start| line.starts_with(start))
    });
    let is_unchecked = || text.lines().take(3).any(|line| line.contains("@ts-nocheck"));
    let is_silent = comments.any(|line| HUSHES.iter().any(|hush| line.contains(hush))) || is_unchecked();
    is_typed(usage.file.language) && is_silent
}

/// Whether the compiler may be told not to look at what a use is a part of: an error may be told on any line
/// of a call, so a comment near is enough.
pub(super) fn may_be_silenced(usage: &Use<'_>) -> bool {
    let at = match usage.what {
        What::Ref(reference, _) => reference.span.start,
        What::Import(import, _) => import.span.start,
    };
    is_typed(usage.file.language) && is_silence_near(usage.file, at)
}

/// The same of a place in a file.
fn is_silence_near(file: &File<'_>, at: usize) -> bool {
    const HUSHES: [&str; 4] = ["@ts-ignore", "@ts-expect-error", "$ExpectError", "@ts-nocheck"];
    let text = file.new.as_ref().map_or("", |new| new.text);
    // The line with what stands before it, and one more behind it.
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let around = before.rsplit('\n').take(3).chain(after.split('\n').take(2));
    let says = |line: &str| HUSHES.iter().any(|hush| line.contains(hush));
    text.lines().take(3).chain(around).any(says)
}
