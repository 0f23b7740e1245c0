//! What a path in a Rust file means: modules, `use` trees, packages, globs and re-exports.
//!
//! A path is followed from the module it is written in to places of the form package and modules,
//! and these are compared. Re-exports are followed through files of the base.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::View;
use super::reach::Reach;
use crate::model::RepoPath;
use crate::validate::extract::Language;
use crate::validate::index::{Gone, Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Import, Kind, Receiver, Ref};
use crate::validate::names::find_words;
use crate::validate::resolve::{Aim, rust_module};
use crate::validate::world::{Package, World};

/// Imports of imports beyond this depth are not followed.
const DEPTH: usize = 6;
/// More places that a name may stand for are not looked at.
const PLACES: usize = 24;

/// Whether `usage` means the definition `def` of the file `home`.
pub(super) fn reach(usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
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
            let modules = place.model.modules_around(reference.within);
            target.reached(&place.meant(&modules, &path, DEPTH), &place)
        }
    }
}

/// Whether the module path `module`, written in `file` at the place of `within`, means the file
/// `target` or a module around it.
pub(super) fn aim(file: &File<'_>, module: &str, within: Option<usize>, target: &File<'_>) -> Option<Aim> {
    let place = Place::of(file)?;
    let home = Home::of(target);
    let modules = place.model.modules_around(within);
    let path: Vec<&str> = module.split("::").collect();
    let spots = place.meant(&modules, &path, DEPTH);
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
    let modules = place.model.modules_around(within);
    let path: Vec<&str> = path.split("::").map(str::trim).collect();
    place.lead_to(&place.meant(&modules, &path, DEPTH), &[spot])
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
    let modules = place.model.modules_around(within);
    let name: String = name.split_whitespace().collect();
    let mut path: Vec<&str> = name.split("::").collect();
    if path[0] == "Self" {
        let around = within.and_then(|within| place.model.defs.get(within));
        let Some(own) = around.and_then(|around| around.parents.get(around.n_modules)) else { return false };
        path[0] = own;
    }
    if path.len() > 1 {
        path.pop();
        return place.lead_to(&place.meant(&modules, &path, DEPTH), &[spot]);
    }
    place.meant(&modules, &path, DEPTH).into_iter().any(|mut found| {
        found.path.pop();
        place.lead_to(&[found], std::slice::from_ref(&spot))
    })
}

/// Whether a lost member may still be there: from a trait, or from what its type dereferences to.
pub(super) fn may_live_on(view: &View<'_>, gone: &Gone<'_>) -> bool {
    let def = gone.def;
    let Some(owner) = def.parents.get(def.n_modules) else { return false };
    let new = gone.file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
    let mut types = new.iter().filter(|def| def.kind.is_type() && def.name == *owner);
    if types.any(|def| def.supers.iter().any(|above| above == "Deref")) {
        return true;
    }
    if def.kind != Kind::Method {
        return false;
    }
    let gives = |model: &FileModel| {
        let is_trait = |name: &String| {
            name != owner && model.defs.iter().any(|def| def.kind == Kind::Interface && def.name == *name)
        };
        model.defs.iter().filter(|other| other.name == def.name && other.kind == Kind::Method).any(|other| {
            match &other.parents[other.n_modules..] {
                [one] => is_trait(one),
                [of, _] => of == owner,
                _ => false,
            }
        })
    };
    let mut changed = view.branches[gone.branch].files.iter().filter_map(|file| file.new.as_ref());
    STD_METHODS.contains(&def.name.as_str())
        || changed.any(|new| gives(&new.model))
        || view
            .input
            .unchanged
            .defining(&def.name)
            .is_none_or(|files| files.iter().any(|file| gives(&file.model)))
}

/// Methods of the standard library's traits, which a derive or a blanket `impl` may bring.
const STD_METHODS: [&str; 30] = [
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "clone",
    "cmp",
    "default",
    "deref",
    "description",
    "drop",
    "eq",
    "extend",
    "flush",
    "fmt",
    "from",
    "from_iter",
    "from_str",
    "hash",
    "index",
    "into",
    "into_iter",
    "next",
    "parse",
    "partial_cmp",
    "poll",
    "read",
    "source",
    "to_owned",
    "to_string",
    "write",
];

/// Whether `file` lies in the module of `home` or below it.
pub(super) fn is_inside(file: &File<'_>, home: &File<'_>) -> bool {
    let (own, home) = (Home::of(file), Home::of(home));
    own.root == home.root && own.modules.starts_with(&home.modules)
}

pub(super) fn is_same_crate(file: &File<'_>, home: &File<'_>) -> bool {
    Home::of(file).root == Home::of(home).root
}

/// Whether a use takes `name` from the module that `home` is, which hands it on.
pub(super) fn takes_from(usage: &Use<'_>, home: &File<'_>, name: &str) -> bool {
    let Some(place) = Place::of(usage.file) else { return false };
    let spots = match usage.what {
        What::Import(import, imported) if imported.name == name => place.imported(import, name),
        What::Import(..) => return false,
        What::Ref(reference, _) => {
            let Some(path) = place.written(reference).filter(|path| path.len() > 1) else { return false };
            place.meant(&place.model.modules_around(reference.within), &path, DEPTH)
        }
    };
    let home = Home::of(home);
    let own = home.spot(&[], name);
    spots.iter().any(|spot| spot.path == own.path && home.is_crate(&spot.root))
}

/// A place that a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Spot {
    root: Root,
    path: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Root {
    /// Where the root module of a crate stands.
    Source(String),
    /// A crate by its name.
    Named(String),
}

/// Where a file stands.
struct Home {
    root: String,
    modules: Vec<String>,
    package: Option<Rc<Package>>,
}

impl Home {
    fn of(file: &File<'_>) -> Self {
        Self::at(&file.name, file.package())
    }

    fn at(path: &str, package: Option<Rc<Package>>) -> Self {
        let (root, modules) = rust_module(path, package.as_deref());
        Self { root, modules, package }
    }

    fn is_crate(&self, root: &Root) -> bool {
        match root {
            Root::Source(source) => *source == self.root,
            Root::Named(name) => {
                let own = self.package.as_ref().filter(|package| package.source == self.root);
                match own {
                    Some(package) => package.name == *name,
                    // Without a manifest, the directory above `src` most likely bears the name.
                    None => {
                        let above = self.root.trim_end_matches("src").trim_end_matches('/');
                        let last = above.rsplit('/').next().unwrap_or(above).replace('-', "_");
                        self.package.is_none() && !last.is_empty() && last == *name
                    }
                }
            }
        }
    }

    fn spot(&self, modules: &[String], name: &str) -> Spot {
        let path = self.modules.iter().chain(modules).map(String::as_str).chain([name]);
        Spot { root: Root::Source(self.root.clone()), path: path.map(str::to_owned).collect() }
    }
}

/// What is looked for.
struct Target<'t> {
    home: Home,
    def: &'t Def,
    /// The definition itself, or for a member what it may be called as a path: its type may come
    /// from another file than the `impl`.
    spots: Vec<Spot>,
    owners: Vec<Spot>,
}

impl<'t> Target<'t> {
    fn of(file: &File<'_>, def: &'t Def) -> Self {
        let home = Home::of(file);
        let modules = def.modules();
        let Some(owner) = def.parents.get(def.n_modules).filter(|_| def.is_member()) else {
            let spots = vec![home.spot(modules, &def.name)];
            return Self { home, def, spots, owners: Vec::new() };
        };
        let side = file.old.as_ref().or(file.new.as_ref());
        let place = side.map(|side| Place::new(&file.name, &side.model, side.text, file.world));
        let names: Vec<&str> = modules.iter().map(String::as_str).collect();
        let owners = place.map(|place| place.meant(&names, &[owner], DEPTH)).unwrap_or_default();
        let owners = if owners.is_empty() { vec![home.spot(modules, owner)] } else { owners };
        let below = |owner: &Spot| {
            let mut spot = owner.clone();
            spot.path.push(def.name.clone());
            spot
        };
        Self { home, def, spots: owners.iter().map(below).collect(), owners }
    }

    /// How surely one of the places is the one looked for.
    fn reached(&self, spots: &[Spot], place: &Place<'_>) -> Option<Reach> {
        let reaches = spots.iter().filter_map(|spot| {
            if self.spots.iter().any(|own| self.is_same(own, spot)) {
                return Some(Reach::Sure);
            }
            let (last, around) = spot.path.split_last()?;
            let own = self.spots.first()?;
            let (name, inside) = own.path.split_last()?;
            let above = last == name && inside.len() > around.len() && inside.starts_with(around);
            if above && self.home.is_crate(&spot.root) && !self.def.is_member() {
                return Some(Reach::Barrel);
            }
            let ends = place.followed(spot);
            ends.iter()
                .any(|end| self.spots.iter().any(|own| self.is_same(own, end)))
                .then_some(Reach::Barrel)
        });
        reaches.max()
    }

    fn is_same(&self, own: &Spot, spot: &Spot) -> bool {
        own.path == spot.path
            && (own.root == spot.root || self.home.is_crate(&own.root) && self.home.is_crate(&spot.root))
    }
}

/// A file in which paths are written.
struct Place<'p> {
    home: Home,
    model: &'p FileModel,
    text: &'p str,
    world: &'p World<'p>,
}

impl<'p> Place<'p> {
    fn of(file: &'p File<'p>) -> Option<Self> {
        let new = file.new.as_ref()?;
        Some(Self::new(&file.name, &new.model, new.text, file.world))
    }

    fn new(path: &str, model: &'p FileModel, text: &'p str, world: &'p World<'p>) -> Self {
        let home = Home::at(path, world.package(Language::Rust, path));
        Self { home, model, text, world }
    }

    /// The places that an imported name may be.
    fn imported(&self, import: &Import, name: &str) -> Vec<Spot> {
        let modules = self.model.modules_around(import.within);
        let path = joined(&import.module, name);
        self.of_use(&modules, &path, DEPTH)
    }

    /// The places that a path in a `use` may mean; until 2018 it began at the root.
    fn of_use(&self, modules: &[&str], path: &[&str], depth: usize) -> Vec<Spot> {
        let mut spots = self.meant(modules, path, depth);
        if !matches!(path.first(), Some(&("crate" | "self" | "super"))) {
            spots.push(self.at_root(path));
        }
        spots
    }

    fn at_root(&self, path: &[&str]) -> Spot {
        let path = path.iter().map(|&part| part.to_owned()).collect();
        Spot { root: Root::Source(self.home.root.clone()), path }
    }

    fn below(&self, modules: &[&str], path: &[&str]) -> Spot {
        let own = self.home.modules.iter().map(String::as_str);
        let path: Vec<&str> = own.chain(modules.iter().copied()).chain(path.iter().copied()).collect();
        self.at_root(&path)
    }

    /// The places that a path written in a module of the file may mean.
    fn meant(&self, modules: &[&str], path: &[&str], depth: usize) -> Vec<Spot> {
        let (Some((&first, rest)), Some(depth)) = (path.split_first(), depth.checked_sub(1)) else {
            return Vec::new();
        };
        match first {
            "crate" | "$crate" => return vec![self.at_root(rest)],
            "self" | "super" => return self.relative(modules, path).into_iter().collect(),
            "" => return self.meant(modules, rest, depth),
            _ => {}
        }
        let in_scope = |import: &&Import| self.model.modules_around(import.within) == modules;
        let imports = || self.model.imports.iter().filter(in_scope);
        let named = imports()
            .find_map(|import| Some((import, import.names.iter().find(|name| name.local == first)?)));
        if let Some((import, imported)) = named {
            let mut path = joined(&import.module, &imported.name);
            path.extend(rest);
            // `use self::x` and `use x` name what the scope would look up again.
            return if path[0] == first && path.len() == 1 + rest.len() {
                vec![named_crate(&path)]
            } else {
                self.of_use(modules, &path, depth)
            };
        }
        let is_here = |def: &Def| !def.is_member() && def.name == first && def.modules().iter().eq(modules);
        if self.model.defs.iter().any(is_here) {
            return vec![self.below(modules, path)];
        }
        let mut spots = Vec::new();
        for glob in imports().filter(|import| import.glob) {
            let module: Vec<&str> = glob.module.split("::").filter(|part| !part.is_empty()).collect();
            for spot in self.of_use(modules, &module, depth) {
                spots.extend(self.inside(spot, path, depth));
            }
            if spots.len() > PLACES {
                return Vec::new();
            }
        }
        if !rest.is_empty() {
            spots.push(named_crate(path));
        }
        spots
    }

    /// What a path means inside a module that a glob takes in.
    fn inside(&self, module: Spot, path: &[&str], depth: usize) -> Vec<Spot> {
        let own = match &module.root {
            Root::Source(root) if *root == self.home.root => module.path.strip_prefix(&self.home.modules[..]),
            _ => None,
        };
        if let Some(modules) = own {
            let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
            return self.meant(&modules, path, depth);
        }
        let mut spot = module;
        spot.path.extend(path.iter().map(|&part| part.to_owned()));
        vec![spot]
    }

    fn relative(&self, modules: &[&str], path: &[&str]) -> Option<Spot> {
        let own = self.home.modules.iter().map(String::as_str);
        let mut base: Vec<&str> = own.chain(modules.iter().copied()).collect();
        let mut rest = path;
        while let Some((&step @ ("self" | "super"), after)) = rest.split_first() {
            if step == "super" {
                base.pop()?;
            }
            rest = after;
        }
        base.extend(rest);
        Some(self.at_root(&base))
    }

    /// Where re-exports of the base lead from a place, one after another.
    fn followed(&self, spot: &Spot) -> Vec<Spot> {
        let mut ends = Vec::new();
        let mut open = vec![spot.clone()];
        let mut seen = BTreeSet::new();
        while let Some(spot) = open.pop() {
            let key = format!("{:?}", spot);
            if !seen.insert(key) || seen.len() > PLACES {
                continue;
            }
            let next = self.handed_on(&spot);
            ends.extend(next.iter().cloned());
            open.extend(next);
        }
        ends
    }

    /// What the module that a place lies in takes its first name from.
    fn handed_on(&self, spot: &Spot) -> Vec<Spot> {
        let root = match &spot.root {
            Root::Source(root) => root.clone(),
            // The own package under its name, as its binaries, tests and examples see it.
            Root::Named(name) => match &self.home.package {
                Some(package) if package.name == *name => package.source.clone(),
                _ => return self.handed_on_by_name(name, spot),
            },
        };
        self.handed_on_in(&root, spot)
    }

    /// The same in another package of the repository, which most likely has a directory of its
    /// name.
    fn handed_on_by_name(&self, name: &str, spot: &Spot) -> Vec<Spot> {
        match self.world.crate_source(name) {
            Some(root) => self.handed_on_in(&root, spot),
            None => Vec::new(),
        }
    }

    fn handed_on_in(&self, root: &str, spot: &Spot) -> Vec<Spot> {
        for at in (0..spot.path.len()).rev() {
            let (modules, rest) = spot.path.split_at(at);
            let Some(file) = self.module_file(root, modules) else { continue };
            let path = file.0.to_text();
            let place = Place::new(&path, &file.1, "", self.world);
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            let mut spots = place.meant(&[], &rest, DEPTH);
            spots.retain(|next| next != spot && place.below(&[], &rest) != *next);
            return spots;
        }
        Vec::new()
    }

    fn module_file(&self, root: &str, modules: &[String]) -> Option<crate::validate::world::Known> {
        let lead = if root.is_empty() { String::new() } else { format!("{root}/") };
        let names = match modules {
            [] => vec![format!("{lead}lib.rs"), format!("{lead}main.rs")],
            _ => {
                let path = modules.join("/");
                vec![format!("{lead}{path}.rs"), format!("{lead}{path}/mod.rs")]
            }
        };
        names.iter().find_map(|name| self.world.file(&RepoPath::from(name.as_str())))
    }

    /// The path of a use as it is written; none for what stands behind a dot.
    fn written<'s>(&'s self, reference: &'s Ref) -> Option<Vec<&'s str>> {
        match &reference.receiver {
            Receiver::None => Some(vec![self.text.get(reference.span.clone()).unwrap_or(&reference.name)]),
            Receiver::Name(_) => {
                let mut path = self.qualifier(reference)?;
                path.push(self.text.get(reference.span.clone())?);
                Some(path)
            }
            _ => None,
        }
    }

    /// All that stands before the last `::` of a path; the model keeps the last part of it.
    fn qualifier(&self, reference: &Ref) -> Option<Vec<&str>> {
        let before = self.text.get(..reference.span.start)?.strip_suffix("::")?;
        let part = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':');
        let path = &before[before.trim_end_matches(part).len()..];
        (!path.is_empty()).then(|| path.trim_start_matches(':').split("::").collect())
    }

    /// Whether the receiver of a member is the type or trait that declares it.
    fn member(&self, reference: &Ref, target: &Target<'_>) -> Option<Reach> {
        let def = target.def;
        let modules = self.model.modules_around(reference.within);
        if let (Receiver::None, Kind::Variant) = (&reference.receiver, def.kind) {
            let path = self.written(reference)?;
            return target.reached(&self.meant(&modules, &path, DEPTH), self).map(|_| Reach::Sure);
        }
        if reference.name != def.name {
            return None;
        }
        match &reference.receiver {
            Receiver::Typed(name) => {
                let sure = self.is_type(name, reference.within, &target.owners)
                    || self.implements(name, reference, target);
                sure.then_some(Reach::Sure)
            }
            Receiver::Name(_) if self.qualifier(reference).is_some() => {
                let path = self.qualifier(reference)?;
                let spots = self.meant(&modules, &path, DEPTH);
                if self.lead_to(&spots, &target.owners) {
                    return Some(Reach::Sure);
                }
                // `Self::name` in a macro, `T::name` of a type parameter.
                None
            }
            Receiver::Name(name) if super::reach::import_of(self.model, name).is_some() => None,
            Receiver::Name(_) | Receiver::Other => Some(Reach::NameOnly),
            Receiver::This => self.own_member(reference, target),
            Receiver::None => None,
        }
    }

    /// Whether `self` or `Self` at a place has the member.
    fn own_member(&self, reference: &Ref, target: &Target<'_>) -> Option<Reach> {
        let around = self.model.defs.get(reference.within?)?;
        let owners = if around.kind.is_type() {
            std::slice::from_ref(&around.name)
        } else {
            &around.parents[around.n_modules.min(around.parents.len())..]
        };
        let own = |name: &&String| self.is_type(last(name), reference.within, &target.owners);
        if owners.iter().any(|name| own(&name)) {
            return Some(Reach::Sure);
        }
        let of_trait = owners.first().is_some_and(|name| self.implements(name, reference, target));
        of_trait.then_some(Reach::Sure)
    }

    /// Whether a type of the file or of the base implements the trait that declares the member.
    fn implements(&self, name: &str, reference: &Ref, target: &Target<'_>) -> bool {
        let Some(owner) = target.def.parents.get(target.def.n_modules) else { return false };
        if target.def.parents.len() != target.def.n_modules + 1 {
            return false;
        }
        let has = |model: &FileModel| {
            let mut types = model.defs.iter().filter(|def| def.kind.is_type() && def.name == name);
            types.any(|def| def.supers.contains(owner))
        };
        if has(self.model) {
            return true;
        }
        let modules = self.model.modules_around(reference.within);
        let spots = self.meant(&modules, &[name], DEPTH);
        let mut all = spots.iter().flat_map(|spot| std::iter::once(spot.clone()).chain(self.followed(spot)));
        all.any(|spot| self.file_of(&spot).is_some_and(|file| has(&file.1)))
    }

    /// The file of the base in which a place would be defined.
    fn file_of(&self, spot: &Spot) -> Option<crate::validate::world::Known> {
        let (_, modules) = spot.path.split_last()?;
        let root = match &spot.root {
            Root::Source(root) => root.clone(),
            Root::Named(name) => self.world.crate_source(name)?,
        };
        self.module_file(&root, modules)
    }

    /// Whether a type's name, of which the model keeps the last part, means one of the owners.
    fn is_type(&self, name: &str, within: Option<usize>, owners: &[Spot]) -> bool {
        let modules = self.model.modules_around(within);
        let spots = self.meant(&modules, &[name], DEPTH);
        if !spots.is_empty() {
            return self.lead_to(&spots, owners);
        }
        // Nothing binds it, so the file writes it with its path.
        if !owners.iter().any(|owner| owner.path.last().is_some_and(|last| last == name)) {
            return false;
        }
        let part = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':');
        let paths: BTreeSet<&str> = find_words(self.text, name)
            .filter_map(|at| self.text[..at].strip_suffix("::"))
            .map(|before| &before[before.trim_end_matches(part).len()..])
            .collect();
        paths.iter().take(PLACES).any(|path| {
            let path: Vec<&str> = path.split("::").chain([name]).collect();
            self.lead_to(&self.meant(&modules, &path, DEPTH), owners)
        })
    }

    fn lead_to(&self, spots: &[Spot], owners: &[Spot]) -> bool {
        let is_owner = |spot: &Spot| owners.iter().any(|owner| self.is_same(owner, spot));
        spots.iter().any(|spot| is_owner(spot) || self.followed(spot).iter().any(is_owner))
    }

    fn is_same(&self, left: &Spot, right: &Spot) -> bool {
        left.path == right.path && self.source(&left.root) == self.source(&right.root)
    }

    /// Where a crate stands, if that can be told; otherwise its name.
    fn source(&self, root: &Root) -> String {
        match root {
            Root::Source(source) => source.clone(),
            Root::Named(name) => match &self.home.package {
                Some(package) if package.name == *name => package.source.clone(),
                _ => self.world.crate_source(name).unwrap_or_else(|| name.clone()),
            },
        }
    }
}

fn named_crate(path: &[&str]) -> Spot {
    let rest = path.iter().skip(1).map(|&part| part.to_owned()).collect();
    Spot { root: Root::Named(path.first().copied().unwrap_or_default().to_owned()), path: rest }
}

fn joined<'a>(module: &'a str, name: &'a str) -> Vec<&'a str> {
    module.split("::").filter(|part| !part.is_empty()).chain([name]).filter(|part| !part.is_empty()).collect()
}

fn last(path: &str) -> &str {
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}
