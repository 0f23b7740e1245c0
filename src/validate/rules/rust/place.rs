//! Places that paths lead to, and how a path is followed from the module it is written in.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::model::RepoPath;
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Import, Kind, Receiver, Ref};
use crate::validate::names::find_words;
use crate::validate::resolve::rust_module;
use crate::validate::world::{Known, Package, World};

/// Imports of imports beyond this depth are not followed.
pub(super) const DEPTH: usize = 6;
/// More places that a name may stand for are not looked at.
const PLACES: usize = 24;

/// A place that a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) root: Root,
    pub(super) path: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Root {
    /// Where the root module of a crate stands.
    Source(String),
    /// A crate by its name.
    Named(String),
}

/// Where a file stands.
pub(super) struct Home {
    pub(super) root: String,
    pub(super) modules: Vec<String>,
    pub(super) package: Option<Rc<Package>>,
}

impl Home {
    pub(super) fn of(file: &File<'_>) -> Self {
        Self::at(&file.name, file.package())
    }

    pub(super) fn at(path: &str, package: Option<Rc<Package>>) -> Self {
        let (root, modules) = rust_module(path, package.as_deref());
        Self { root, modules, package }
    }

    pub(super) fn is_crate(&self, root: &Root) -> bool {
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

    pub(super) fn spot(&self, modules: &[String], name: &str) -> Spot {
        let path = self.modules.iter().chain(modules).map(String::as_str).chain([name]);
        Spot { root: Root::Source(self.root.clone()), path: path.map(str::to_owned).collect() }
    }
}

/// Where in a file a path is written: what is imported in a function is known there alone.
#[derive(Clone, Default)]
pub(super) struct Scope<'p> {
    modules: Vec<&'p str>,
    /// Index of the function, or whatever else may hold a block.
    block: Option<usize>,
}

impl<'p> Scope<'p> {
    pub(super) fn of(model: &'p FileModel, within: Option<usize>) -> Self {
        let is_block = |within: &usize| model.defs.get(*within).is_some_and(|def| def.kind != Kind::Module);
        Self { modules: model.modules_around(within), block: within.filter(is_block) }
    }

    pub(super) fn module(modules: &'p [String]) -> Self {
        Self { modules: modules.iter().map(String::as_str).collect(), block: None }
    }

    fn around(&self) -> Self {
        Self { modules: self.modules.clone(), block: None }
    }
}

/// A file in which paths are written.
pub(super) struct Place<'p> {
    pub(super) home: Home,
    pub(super) model: &'p FileModel,
    pub(super) text: &'p str,
    world: &'p World<'p>,
    files: &'p dyn Files,
}

/// Where files are looked up: in the base or on a branch.
pub(super) trait Files {
    fn file(&self, path: &RepoPath) -> Option<Known>;
}

impl Files for World<'_> {
    fn file(&self, path: &RepoPath) -> Option<Known> {
        Self::file(self, path)
    }
}

impl<'p> Place<'p> {
    pub(super) fn of(file: &'p File<'p>) -> Option<Self> {
        let new = file.new.as_ref()?;
        Some(Self::new(&file.name, &new.model, new.text, file.world))
    }

    pub(super) fn new(path: &str, model: &'p FileModel, text: &'p str, world: &'p World<'p>) -> Self {
        let home = Home::at(path, world.package(Language::Rust, path));
        Self { home, model, text, world, files: world }
    }

    /// Looks other files up elsewhere than in the base.
    pub(super) fn among(mut self, files: &'p dyn Files) -> Self {
        self.files = files;
        self
    }

    pub(super) fn scope(&self, within: Option<usize>) -> Scope<'p> {
        Scope::of(self.model, within)
    }

    /// The places that an imported name may be.
    pub(super) fn imported(&self, import: &Import, name: &str) -> Vec<Spot> {
        let path = joined(&import.module, name);
        self.of_use(&self.scope(import.within), &path, DEPTH)
    }

    /// The places that a path in a `use` may mean; until 2018 it began at the root.
    fn of_use(&self, scope: &Scope<'_>, path: &[&str], depth: usize) -> Vec<Spot> {
        let mut spots = self.meant(scope, path, depth);
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
    pub(super) fn meant(&self, scope: &Scope<'_>, path: &[&str], depth: usize) -> Vec<Spot> {
        let (Some((&first, rest)), Some(depth)) = (path.split_first(), depth.checked_sub(1)) else {
            return Vec::new();
        };
        match first {
            "crate" | "$crate" => return vec![self.at_root(rest)],
            "self" | "super" => return self.relative(&scope.modules, path).into_iter().collect(),
            "" => return self.meant(scope, rest, depth),
            _ => {}
        }
        if scope.block.is_some() {
            if let Some(spots) = self.by_name(scope, path, depth) {
                return spots;
            }
            let mut spots = self.by_glob(scope, path, depth).unwrap_or_default();
            spots.retain(|spot| self.leads_somewhere(spot));
            return if spots.is_empty() { self.meant(&scope.around(), path, depth + 1) } else { spots };
        }
        if let Some(spots) = self.by_name(scope, path, depth) {
            return spots;
        }
        let is_here =
            |def: &Def| !def.is_member() && def.name == first && def.modules().iter().eq(&scope.modules);
        if self.model.defs.iter().any(is_here) {
            return vec![self.below(&scope.modules, path)];
        }
        let Some(mut spots) = self.by_glob(scope, path, depth) else { return Vec::new() };
        if !rest.is_empty() {
            spots.push(named_crate(path));
        }
        spots
    }

    /// The imports of a scope itself, not those around it.
    fn imports_of<'s>(&'s self, scope: &'s Scope<'_>) -> impl Iterator<Item = &'s Import> {
        self.model.imports.iter().filter(move |import| {
            let own = self.scope(import.within);
            own.block == scope.block && own.modules == scope.modules
        })
    }

    /// What a path means whose first name an import of the scope binds.
    fn by_name(&self, scope: &Scope<'_>, path: &[&str], depth: usize) -> Option<Vec<Spot>> {
        let (&first, rest) = path.split_first()?;
        let (import, imported) = self
            .imports_of(scope)
            .find_map(|import| Some((import, import.names.iter().find(|name| name.local == first)?)))?;
        let mut path = joined(&import.module, &imported.name);
        path.extend(rest);
        // `use self::x` and `use x` name what the scope would look up again.
        Some(if path[0] == first && path.len() == 1 + rest.len() {
            vec![named_crate(&path)]
        } else {
            self.of_use(scope, &path, depth)
        })
    }

    /// What a path may mean in the modules that a scope takes all of; none when these are too many.
    fn by_glob(&self, scope: &Scope<'_>, path: &[&str], depth: usize) -> Option<Vec<Spot>> {
        let mut spots = Vec::new();
        for glob in self.imports_of(scope).filter(|import| import.glob) {
            let module: Vec<&str> = glob.module.split("::").filter(|part| !part.is_empty()).collect();
            for spot in self.of_use(scope, &module, depth) {
                spots.extend(self.inside(spot, path, depth));
            }
            if spots.len() > PLACES {
                return None;
            }
        }
        Some(spots)
    }

    /// Whether something is defined at a place or handed on by it.
    fn leads_somewhere(&self, spot: &Spot) -> bool {
        self.is_defined(spot) || self.followed(spot).iter().any(|end| self.is_defined(end))
    }

    fn is_defined(&self, spot: &Spot) -> bool {
        let (Some((name, path)), Some(root)) = (spot.path.split_last(), self.source_of(&spot.root)) else {
            return false;
        };
        let mut files = (0..=path.len()).rev().filter_map(|at| {
            let (modules, inside) = path.split_at(at);
            Some((self.module_file(&root, modules)?, inside))
        });
        files.next().is_some_and(|(file, inside)| {
            file.1.defs.iter().any(|def| def.name == *name && def.parents == inside)
        })
    }

    /// What a path means inside a module that a glob takes in.
    fn inside(&self, module: Spot, path: &[&str], depth: usize) -> Vec<Spot> {
        let own = match &module.root {
            Root::Source(root) if *root == self.home.root => module.path.strip_prefix(&self.home.modules[..]),
            _ => None,
        };
        if let Some(modules) = own.filter(|path| !self.is_enum(path)) {
            return self.meant(&Scope::module(modules), path, depth);
        }
        let mut spot = module;
        spot.path.extend(path.iter().map(|&part| part.to_owned()));
        vec![spot]
    }

    /// Whether a path inside the file's module is an enum of the file, whose variants a glob takes in.
    fn is_enum(&self, path: &[String]) -> bool {
        let Some((name, modules)) = path.split_last() else { return false };
        let is = |def: &Def| def.kind == Kind::Enum && def.name == *name && def.modules() == modules;
        self.model.defs.iter().any(is)
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
    pub(super) fn followed(&self, spot: &Spot) -> Vec<Spot> {
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
            let place = Place::new(&path, &file.1, "", self.world).among(self.files);
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            let mut spots = place.meant(&Scope::default(), &rest, DEPTH);
            spots.retain(|next| next != spot && place.below(&[], &rest) != *next);
            return spots;
        }
        Vec::new()
    }

    pub(super) fn module_file(&self, root: &str, modules: &[String]) -> Option<Known> {
        let lead = if root.is_empty() { String::new() } else { format!("{root}/") };
        let names = match modules {
            [] => vec![format!("{lead}lib.rs"), format!("{lead}main.rs")],
            _ => {
                let path = modules.join("/");
                vec![format!("{lead}{path}.rs"), format!("{lead}{path}/mod.rs")]
            }
        };
        names.iter().find_map(|name| self.files.file(&RepoPath::from(name.as_str())))
    }

    /// The path of a use as it is written; none for what stands behind a dot.
    pub(super) fn written<'s>(&'s self, reference: &'s Ref) -> Option<Vec<&'s str>> {
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
    pub(super) fn qualifier(&self, reference: &Ref) -> Option<Vec<&str>> {
        let before = self.text.get(..reference.span.start)?.strip_suffix("::")?;
        let part = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':');
        let path = &before[before.trim_end_matches(part).len()..];
        (!path.is_empty()).then(|| path.trim_start_matches(':').split("::").collect())
    }

    /// The file of the base in which a place would be defined.
    pub(super) fn file_of(&self, spot: &Spot) -> Option<Known> {
        let (_, modules) = spot.path.split_last()?;
        self.module_file(&self.source_of(&spot.root)?, modules)
    }

    fn source_of(&self, root: &Root) -> Option<String> {
        match root {
            Root::Source(root) => Some(root.clone()),
            Root::Named(name) => self.world.crate_source(name),
        }
    }

    /// Whether a type's name, of which the model keeps the last part, means one of the owners.
    pub(super) fn is_type(&self, name: &str, within: Option<usize>, owners: &[Spot]) -> bool {
        let scope = self.scope(within);
        let spots = self.meant(&scope, &[name], DEPTH);
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
            self.lead_to(&self.meant(&scope, &path, DEPTH), owners)
        })
    }

    pub(super) fn lead_to(&self, spots: &[Spot], owners: &[Spot]) -> bool {
        let is_owner = |spot: &Spot| owners.iter().any(|owner| self.is_same(owner, spot));
        spots.iter().any(|spot| is_owner(spot) || self.followed(spot).iter().any(is_owner))
    }

    pub(super) fn is_same(&self, left: &Spot, right: &Spot) -> bool {
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

pub(super) fn last(path: &str) -> &str {
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}
