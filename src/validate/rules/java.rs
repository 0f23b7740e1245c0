//! What a name in a Java file means: imports, packages, nesting and inheritance.
//!
//! A package is what the file says it is and not its directory, because main and test sources of
//! one package stand in different directories.

mod above;
mod annotations;
mod assign;
mod beneath;
mod checks;
mod globs;
mod implementors;
mod lambdas;
mod lost;
mod made_above;
mod made_by_lombok;
mod meaning;
mod meeting;
mod overloads;
mod overriding;
mod place;
mod references;
mod shapes;
mod standing;
mod static_imports;
mod switched;
mod thrown;
mod types;

use self::meaning::{Asked, Meaning};
use super::View;
use super::reach::Reach;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Receiver, Ref, RefKind};
use crate::validate::names::{find_words, has_word, is_rare};

pub(super) use self::above::{is_met_above, is_nearer, knows_above, lives_on};
pub(super) use self::annotations::RULE as ANNOTATIONS;
pub(super) use self::assign::{Mistyped, assignable, comparable, lacks, may_narrow, mistyped};
pub(super) use self::beneath::RULE as BENEATH;
pub(super) use self::checks::RULE as CHECKS;
pub(super) use self::globs::{Orphan, orphans};
pub(super) use self::implementors::{lacking, was_demanded};
pub(super) use self::lambdas::RULE as LAMBDAS;
pub(super) use self::lost::{freed_from, lost_member, refused_as, refused_going};
pub(super) use self::made_above::made_without;
pub(super) use self::made_by_lombok::RULE as LOMBOK;
pub(super) use self::overloads::{meant, params};
pub(super) use self::overriding::RULE as OVERRIDES;
pub(super) use self::place::reach;
pub(super) use self::references::RULE as REFERENCES;
pub(super) use self::shapes::RULE as SHAPES;
pub(super) use self::standing::still_has;
pub(super) use self::static_imports::{brings_another, still_brings};
pub(super) use self::switched::switches_over;
pub(super) use self::thrown::uncaught;
pub(super) use self::types::{Found, Home, Source, Stated, Types, makes_static, takes};

/// Whether `usage` means the definition `def` of the file `home`, with all types of the tree in sight.
pub(super) fn reach_in(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
    let basic = reach(usage, home, def);
    if basic.is_some() && has_nearer(view, usage, home, def) {
        return None;
    }
    let What::Ref(reference, _) = usage.what else { return basic };
    if def.kind.is_type() && basic == Some(Reach::Sure) && is_hidden(view, usage, home, def) {
        return None;
    }
    if def.kind.is_type() || basic == Some(Reach::Sure) {
        return basic;
    }
    if reference.name != def.name || !may_mean(reference, home, def) {
        return None;
    }
    let asked = Asked { types: Types::of(view, usage.branch), usage, home, def };
    match asked.meaning(reference) {
        Some(Meaning::It { sure: true }) => Some(Reach::Sure),
        Some(Meaning::It { sure: false }) => Some(Reach::NameOnly),
        Some(Meaning::Elsewhere | Meaning::Nowhere) => None,
        Some(Meaning::Unknown) | None => basic,
    }
}

/// Whether the source root of a use has a type of its own that is called like the one at `home`, as
/// two modules of a project may have.
fn has_nearer(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> bool {
    let (Some(own), Some(theirs)) = (root(usage.file), root(home)) else { return false };
    let Some(package) = package(home).filter(|_| own != theirs) else { return false };
    let top = def.parents.first().unwrap_or(&def.name);
    let mut others = Types::of(view, usage.branch).files_with(top).into_iter();
    let folder = if package.is_empty() { String::new() } else { package.replace('.', "/") };
    others.any(|other| {
        let path = other.path.to_text();
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        other.model.package == package && directory.strip_suffix(folder.as_str()) == Some(own)
    })
}

/// The directory in which the package of a file begins; none where the path does not show the package.
fn root<'f>(file: &'f File<'_>) -> Option<&'f str> {
    let package = file.new.as_ref().or(file.old.as_ref())?.model.package.replace('.', "/");
    let directory = file.name.rsplit_once('/').map_or("", |(directory, _)| directory);
    directory.strip_suffix(package.as_str())
}

/// Whether a type above those around a use has one of the name inside it, which is nearer.
fn is_hidden(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> bool {
    let (What::Ref(reference, _), Some(source)) = (usage.what, source_of(usage.file)) else { return false };
    if reference.receiver != Receiver::None {
        return false;
    }
    let types = Types::of(view, usage.branch);
    let package = package(home).unwrap_or_default();
    let path = def.path();
    let is_it = |found: &Home| found.def().path() == path && found.source.model.package == package;
    let found = types.named(&source, &around(&source.model, reference), &reference.name);
    matches!(found, Some(Found::Project(found)) if !is_it(&found))
}

/// A changed file as its branch left it.
pub(super) fn source_of(file: &File<'_>) -> Option<Source> {
    let new = file.new.as_ref()?;
    Some(Source { path: file.path.clone(), model: new.model.clone() })
}

/// The names of the types around a use, outermost first.
pub(super) fn around(model: &FileModel, reference: &Ref) -> Vec<String> {
    around_def(model, reference.within)
}

/// The names of the types around what stands in a definition, outermost first.
fn around_def(model: &FileModel, within: Option<usize>) -> Vec<String> {
    let Some(within) = within.and_then(|within| model.defs.get(within)) else { return Vec::new() };
    let mut names = within.parents.clone();
    if within.kind.is_type() {
        names.push(within.name.clone());
    }
    names
}

/// The argument of a call that no method of a changed file can take; `before` asks for the method
/// as it was.
pub(super) fn misfit(
    view: &View<'_>,
    (usage, reference): (&Use<'_>, &Ref),
    (branch, home, def): (usize, &File<'_>, &Def),
    before: bool,
) -> Option<Mistyped> {
    let (types, side) = match before {
        true => (Types::of(view, usage.branch), home.old.as_ref()?),
        false => (Types::merged(view, usage.branch, branch), home.new.as_ref()?),
    };
    let source = Source { path: home.path.clone(), model: side.model.clone() };
    let values = &reference.args.as_ref()?.values;
    let place = around(&usage.file.new.as_ref()?.model, reference);
    mistyped(&types, (&types.source(usage.file)?, &place), values, (&source, def))
}

/// Whether the merge of both branches gives a file a type of the name that is not the lost one.
pub(super) fn is_met(view: &View<'_>, usage: &Use<'_>, branch: usize, home: &File<'_>, def: &Def) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let types = Types::merged(view, usage.branch, branch);
    let (Some(own), Some(source)) = (source_of(usage.file), types.source(usage.file)) else { return false };
    let lost: Vec<String> = def.parents.iter().chain([&def.name]).cloned().collect();
    // `Outer.Inner` is not met by another `Inner`.
    let written = match &reference.receiver {
        Receiver::Name(outer) | Receiver::Typed(outer) => format!("{outer}.{}", def.name),
        _ => def.name.clone(),
    };
    match types.named(&source, &around(&own.model, reference), &written) {
        Some(Found::Project(found)) => !found.is(home.path, &lost),
        // A type of the library that the lost one hid.
        Some(Found::Foreign(full)) => {
            let is_bare = matches!(reference.receiver, Receiver::None) && def.parents.is_empty();
            let is_lost = package(home) == full.rsplit_once('.').map(|(package, _)| package);
            is_bare && full.contains('.') && !is_lost
        }
        None => false,
    }
}

/// Whether a method says that it takes the place of one above it; what a class inside its body
/// says so counts for nothing.
pub(super) fn overrides(text: &str, def: &Def) -> bool {
    let text = text.get(def.span.clone()).unwrap_or_default();
    let lead = find_words(text, &def.name).next().map_or(text, |name| &text[..name]);
    def.kind == Kind::Method && has_word(lead, "@Override")
}

/// Whether the name alone tells which method is meant: no library would call one so, and the file
/// knows the type that has it.
pub(super) fn is_told(usage: &Use<'_>, home: &File<'_>, def: &Def) -> bool {
    let text = usage.file.new.as_ref().map_or("", |new| new.text);
    let knows = def.parents.last().is_some_and(|owner| has_word(text, owner));
    home.language == Language::Java && def.kind == Kind::Method && is_rare(&def.name) && knows
}

/// Whether a use has the form of what is declared: fields and methods have names of their own.
pub(super) fn may_mean(reference: &Ref, home: &File<'_>, def: &Def) -> bool {
    let is_call = matches!(reference.kind, RefKind::Call | RefKind::Construct | RefKind::Override);
    let is_method = |other: &Def| other.kind == Kind::Method && other.is_named_as(def);
    match &home.old {
        _ if def.kind.is_type() => !is_call || reference.kind == RefKind::Construct,
        // The component of a record is read by a call.
        Some(old) if is_call && def.kind == Kind::Field => {
            is_component(&old.model, def) && !old.model.defs.iter().any(is_method)
        }
        _ => is_call == (def.kind == Kind::Method),
    }
}

/// Whether a field is the component of a record.
fn is_component(model: &FileModel, field: &Def) -> bool {
    let is_owner =
        |def: &Def| def.kind.is_type() && field.parents.split_last() == Some((&def.name, &def.parents[..]));
    model.defs.iter().any(|def| is_owner(def) && has_word(&def.head, "record"))
}

/// The package of a file, as it was before the branch if it was there.
pub(super) fn package<'a>(file: &'a File<'_>) -> Option<&'a str> {
    Some(&file.old.as_ref().or(file.new.as_ref())?.model.package)
}
