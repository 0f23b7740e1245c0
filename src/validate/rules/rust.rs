//! What a path in a Rust file means: modules, `use` trees, packages, globs and re-exports; and what
//! a member is a member of.
//!
//! A path is followed from the module it is written in to places of the form package and modules,
//! and these are compared. Re-exports are followed through files of the base.

mod above;
mod aliased;
mod asked;
mod assign;
mod borrowed;
mod bounds;
mod collections;
mod derefs;
mod derived;
mod enter;
mod forms;
mod generic;
mod globs;
mod handed;
mod held;
mod implemented;
mod impls;
mod inferred;
mod lacks;
mod library;
mod library_traits;
mod lives_on;
mod made;
mod members;
mod moved;
mod overriding;
mod place;
mod rebound;
mod results;
mod scope;
mod through;
mod trait_dropped;
mod tried;
mod types;
mod unsafely;
mod variants;
mod worth;
mod written;

pub(super) use self::above::RULE as ABOVE;
pub(super) use self::aliased::RULE as ALIASES;
pub(super) use self::borrowed::RULE as BORROWS;
pub(super) use self::bounds::RULE as BOUNDS;
pub(super) use self::derived::RULE as DERIVES;
pub(super) use self::enter::may_enter;
pub(super) use self::forms::RULE as FORMS;
pub(super) use self::generic::RULE as GENERIC;
pub(super) use self::globs::may_hand_on;
pub(super) use self::handed::RULE as HANDED;
pub(super) use self::inferred::RULE as INFERRED;
pub(super) use self::lives_on::{is_given_by, may_live_on};
pub(super) use self::made::is_completed;
use self::members::Target;
pub(super) use self::members::is_of_another_now;
pub(super) use self::overriding::RULE as OVERRIDES;
use self::place::{DEPTH, Home, Place, Spot};
pub(super) use self::rebound::clash as rebound;
pub(super) use self::results::RULE as RESULTS;
pub(super) use self::trait_dropped::RULE as TRAITS;
use self::types::Types;
pub(super) use self::unsafely::RULE as UNSAFE;
pub(super) use self::variants::{RULE as VARIANTS, binds_instead};
use super::View;
use super::java::Mistyped;
use super::reach::Reach;
use super::tree::Tree;
use crate::validate::extract::Language;
use crate::validate::index::{Gone, Use, What};
use crate::validate::load::{File, Side};
use crate::validate::model::{Args, Def, FileModel, Import, Kind, Receiver, Value};
use crate::validate::resolve::Aim;

/// Whether `usage` means the definition `def` of the file `home`.
pub(super) fn reach(usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
    if is_of_another_program(usage.file, home) || has_its_own(usage.file, home, def) {
        return None;
    }
    let place = Place::of(usage.file)?;
    let target = Target::of(home, def);
    match usage.what {
        What::Import(import, imported) if imported.name == def.name => {
            target.reached(&place.imported(import, &imported.name), &place)
        }
        What::Import(..) => None,
        What::Ref(reference, _) if def.is_member() => place.member(reference, &target),
        What::Ref(reference, _) => {
            let path = place.written(reference)?;
            let scope = place.scope(reference.within);
            target.reached(&place.meant(&scope, &path, DEPTH), &place)
        }
    }
}

/// Whether the program or library beside the one that has a definition has one of the name as well.
fn has_its_own(file: &File<'_>, home: &File<'_>, def: &Def) -> bool {
    let root = |file: &File<'_>| file.name.rsplit('/').next().map(str::to_owned);
    let is_pair = match (root(file).as_deref(), root(home).as_deref()) {
        (Some("main.rs"), Some("lib.rs")) | (Some("lib.rs"), Some("main.rs")) => {
            file.directory() == home.directory()
        }
        _ => false,
    };
    let name = def.parents.get(def.n_modules).unwrap_or(&def.name);
    let is_own = |own: &Def| !own.is_member() && own.modules() == def.modules();
    is_pair && file.new.as_ref().is_some_and(|new| new.model.named(name).any(|(_, own)| is_own(own)))
}

/// Whether two files are programs of their own that stand beside each other.
fn is_of_another_program(file: &File<'_>, home: &File<'_>) -> bool {
    let is_program = |file: &File<'_>| {
        let folder = file.directory().rsplit('/').next().unwrap_or_default();
        let mains = || {
            file.new
                .iter()
                .chain(&file.old)
                .any(|side| side.model.defs.iter().any(|def| def.path() == "main"))
        };
        match folder {
            "bin" | "examples" => mains(),
            "tests" | "benches" => !file.name.ends_with("/mod.rs"),
            _ => false,
        }
    };
    file.path != home.path && file.directory() == home.directory() && is_program(file) && is_program(home)
}

/// The same, where the receiver has to be worked out from what other files say.
pub(super) fn reach_in(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
    if has_its_own(usage.file, home, def) {
        return None;
    }
    let found = reach(usage, home, def);
    match usage.what {
        _ if !def.is_member() => through::reach(view, usage, (home, def), found?),
        What::Ref(reference, _) if found == Some(Reach::NameOnly) => {
            let types = Types { tree: Tree::of(view, usage.branch, usage.file) };
            members::by_value(&types, usage, reference, (home, def))
        }
        // The name of the type may be another one in its place.
        What::Ref(reference, _) if found.is_none() && def.is_member() && reference.name == def.name => {
            if !Place::of(usage.file)?.is_of_kind(reference, def) {
                return None;
            }
            let types = Types { tree: Tree::of(view, usage.branch, usage.file) };
            let found = match &reference.receiver {
                Receiver::Typed(_) if reference.on != Value::Unknown => {
                    members::by_value(&types, usage, reference, (home, def))
                }
                Receiver::Name(_) => members::by_alias(&types, usage, reference, (home, def)),
                _ => None,
            };
            found.filter(|reach| *reach == Reach::Sure)
        }
        _ => found,
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
    let types = Types { tree: Tree::before_or_merged(view, (usage.branch, branch), usage.file, before) };
    let at = types.tree.place_of(usage.file, within)?;
    let home = types.tree.defined_at(home.path, def)?;
    let params = &home.def().sig.as_ref()?.params;
    args.values.iter().zip(params).find_map(|(value, param)| {
        let (from, to) = (types.value(&at, value), types.stated(&home.inside(), &param.written));
        let mistyped =
            |takes: String, passed: String| Some(Mistyped { param: param.name.clone(), takes, passed });
        if assign::fits(&from, &to) == Some(false) || types.surely_lacks_bound(&from, &to) {
            return mistyped(to.word(), from.word());
        }
        if let Some(passed) = types.refuses((&home.inside(), &param.written), &at, value) {
            return mistyped(param.written.clone(), passed);
        }
        let (told, wanted) = (types.told(&at, value)?, (home.inside(), param.written.clone()));
        let is_refused = types.is_taken(&told, &wanted) == Some(false);
        is_refused.then(|| mistyped(types.word_of(&wanted, &to), types.word_of(&told, &from)))?
    })
}

/// Whether the module path `module`, written in `file` at the place of `within`, means the file
/// `target` or a module around it.
pub(super) fn aim(file: &File<'_>, module: &str, within: Option<usize>, target: &File<'_>) -> Option<Aim> {
    let place = Place::of(file)?;
    let home = Home::of(target);
    let scope = place.scope(within);
    let path: Vec<&str> = module.split("::").collect();
    let spots = place.meant(&scope, &path, DEPTH);
    let same = |spot: &&Spot| home.is_crate(&spot.root);
    let aims = spots.iter().filter(same).filter_map(|spot| match home.modules.strip_prefix(&spot.path[..]) {
        Some([]) => Some(Aim::File),
        Some(_) => Some(Aim::Barrel),
        None => None,
    });
    aims.max()
}

/// The path that means the module of `target` in `file`.
pub(super) fn module_for(file: &File<'_>, target: &File<'_>) -> String {
    let (from, home) = (Home::of(file), Home::of(target));
    let first = match &home.package {
        Some(package) if from.root != home.root => package.name.clone(),
        _ => "crate".to_owned(),
    };
    std::iter::once(first).chain(home.modules).collect::<Vec<_>>().join("::")
}

/// Whether `path`, as written in `file`, is the type or trait `owner` of `home`.
pub(super) fn names_path(
    file: &File<'_>,
    path: &str,
    within: Option<usize>,
    home: &File<'_>,
    owner: &Def,
) -> bool {
    let Some(place) = Place::of(file) else { return false };
    let spot = Home::of(home).spot(owner.modules(), &owner.name);
    let scope = place.scope(within);
    let path: Vec<&str> = path.split("::").map(str::trim).collect();
    place.lead_to(&place.meant(&scope, &path, DEPTH), &[spot])
}

/// Whether `name`, as written in a pattern of `file`, is a variant of the enum `owner` of `home`.
pub(super) fn is_variant(
    file: &File<'_>,
    name: &str,
    within: Option<usize>,
    home: &File<'_>,
    owner: &Def,
) -> bool {
    let Some(place) = Place::of(file) else { return false };
    let spot = Home::of(home).spot(owner.modules(), &owner.name);
    let scope = place.scope(within);
    let name: String = name.split_whitespace().collect();
    let mut path: Vec<&str> = name.split("::").collect();
    if path[0] == "Self" {
        let around = within.and_then(|within| place.model.defs.get(within));
        let Some(own) = around.and_then(|around| around.parents.get(around.n_modules)) else { return false };
        path[0] = own;
    }
    if path.len() > 1 {
        path.pop();
        return place.lead_to(&place.meant(&scope, &path, DEPTH), &[spot]);
    }
    // A name that all of a module or an enum is brought in for may be of any of them.
    if !has_variant(home, owner, path[0]) {
        return false;
    }
    place.meant(&scope, &path, DEPTH).into_iter().any(|mut found| {
        found.path.pop();
        place.lead_to(&[found], std::slice::from_ref(&spot))
    })
}

fn has_variant(home: &File<'_>, owner: &Def, name: &str) -> bool {
    let mut defs = [&home.old, &home.new].into_iter().flatten().flat_map(|side| &side.model.defs);
    defs.any(|def| def.kind == Kind::Variant && def.name == name && def.parents.last() == Some(&owner.name))
}

/// Whether a name at a place of a file is the one that an import brings: it stands in the module of the
/// import, or in one inside that takes all of what is around it and has no such name itself.
pub(super) fn sees(model: &FileModel, import: &Import, local: &str, within: Option<usize>) -> bool {
    let (home, at) = (model.modules_around(import.within), model.modules_around(within));
    let Some((_, around)) = at.split_last().filter(|_| at != home) else { return true };
    let here = |import: &&Import| model.modules_around(import.within) == at;
    let mut imports = model.imports.iter().filter(here);
    let is_own = |def: &Def| !def.is_member() && def.name == local && def.modules().iter().eq(&at);
    around == home
        && imports.any(|import| import.glob && import.module == "super")
        && !model.defs.iter().any(is_own)
}

/// Whether what a file of a merge takes all of may bring a name that was imported from a module.
pub(super) fn comes_with_all(
    view: &View<'_>,
    (user, file): (usize, &File<'_>),
    other: usize,
    merged: &FileModel,
    (module, local): (&str, &str),
) -> bool {
    let first = |path: &str| path.split("::").find(|part| !part.is_empty()).map(str::to_owned);
    let is_own = matches!(first(module).as_deref(), Some("crate" | "self" | "super"));
    let is_block = |import: &&Import| {
        let around = import.within.and_then(|within| merged.defs.get(within));
        around.is_none_or(|def| def.kind != Kind::Module)
    };
    let mut globs = merged.imports.iter().filter(|import| import.glob).filter(is_block).peekable();
    if globs.peek().is_none() {
        return false;
    }
    let types = Types { tree: Tree::merged(view, user, other, file) };
    let places: Vec<Option<usize>> = globs.clone().map(|glob| glob.within).chain([None]).collect();
    let is_at = |within: Option<usize>| {
        types.tree.at(file.path, within).and_then(|at| types.lookup(&at, &[local])).is_some()
    };
    let is_there = || places.into_iter().any(is_at);
    // What a package has that is none of the repository's cannot be told.
    !is_own && globs.any(|glob| first(&glob.module) == first(module)) || is_there()
}

/// Whether the module that a lost file was is still there under its name: declared elsewhere, or
/// handed on.
pub(super) fn keeps_module(files: &[File<'_>], lost: &File<'_>) -> bool {
    let home = Home::of(lost);
    let Some((name, around)) = home.modules.split_last() else { return false };
    let mut parents = files.iter().filter(|file| {
        let other = Home::of(file);
        file.language == Language::Rust && other.root == home.root && other.modules == around
    });
    parents.any(|parent| {
        let Some(new) = &parent.new else { return false };
        let declares = |def: &Def| def.kind == Kind::Module && def.name == *name && def.parents.is_empty();
        let hands_on = new.model.imports.iter().filter(|import| import.reexport);
        new.model.defs.iter().any(declares)
            || hands_on.flat_map(|import| &import.names).any(|import| import.local == *name)
    })
}

/// Whether a use writes the path to something in a file that is gone, without an import of that file, and
/// nothing else is the module that it was.
pub(super) fn is_named_by_path(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let files = &view.branches[gone.branch].files;
    let home = Home::of(gone.file);
    let is_module = |file: &File<'_>| {
        let own = Home::of(file);
        file.language == Language::Rust
            && file.new.is_some()
            && (&own.root, &own.modules) == (&home.root, &home.modules)
    };
    gone.file.language == Language::Rust
        && matches!(reference.receiver, Receiver::Name(_))
        && !keeps_module(files, gone.file)
        && !files.iter().any(is_module)
}

/// Whether `file` lies in the module of `home` or below it.
pub(super) fn is_inside(file: &File<'_>, home: &File<'_>) -> bool {
    let (own, home) = (Home::of(file), Home::of(home));
    own.root == home.root && own.modules.starts_with(&home.modules)
}

pub(super) fn is_same_crate(file: &File<'_>, home: &File<'_>) -> bool {
    Home::of(file).root == Home::of(home).root
}

/// Whether a use takes a lost name from a module to which the branch that lost it gave another of that
/// name: `pub use new::place::Name` or `pub use NewName as Name`.
pub(super) fn hands_on_anew(view: &View<'_>, usage: &Use<'_>, gone: &Gone<'_>) -> bool {
    let name = &gone.def.name;
    let hands_on = |side: &Side<'_>| -> Vec<(String, String)> {
        let all = side.model.imports.iter().filter(|import| import.reexport && import.within.is_none());
        let names = all.flat_map(|import| import.names.iter().map(move |name| (import, name)));
        let own = names.filter(|(_, imported)| imported.local == *name);
        own.map(|(import, imported)| (import.module.clone(), imported.name.clone())).collect()
    };
    let is_new = |file: &File<'_>| {
        let now = file.new.as_ref().map(hands_on).unwrap_or_default();
        !now.is_empty() && file.old.as_ref().is_none_or(|old| hands_on(old) != now)
    };
    let rust = view.branches[gone.branch].files.iter().filter(|file| file.language == Language::Rust);
    !gone.def.is_member() && rust.into_iter().any(|file| is_new(file) && leads_to(usage, file, name, 1))
}

/// Whether a use takes `name` from the module that `home` is, which hands it on.
pub(super) fn takes_from(usage: &Use<'_>, home: &File<'_>, name: &str) -> bool {
    // What a bare name means is said by its import.
    leads_to(usage, home, name, 2)
}

/// Whether a use, if it is written with as many parts, leads to `name` in the module that `home` is.
fn leads_to(usage: &Use<'_>, home: &File<'_>, name: &str, parts: usize) -> bool {
    let Some(place) = Place::of(usage.file) else { return false };
    let spots = match usage.what {
        What::Import(import, imported) if imported.name == name => place.imported(import, name),
        What::Import(..) => return false,
        What::Ref(reference, _) => {
            let Some(path) = place.written(reference).filter(|path| path.len() >= parts) else {
                return false;
            };
            place.meant(&place.scope(reference.within), &path, DEPTH)
        }
    };
    let home = Home::of(home);
    let own = home.spot(&[], name);
    spots.iter().any(|spot| spot.path == own.path && home.is_crate(&spot.root))
}
