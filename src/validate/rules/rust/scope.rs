//! What a path means where it is written: by the imports of a function, by those of its module and by
//! what that takes all of.

use super::place::{DEPTH, Place, Root, Spot, joined};
use crate::validate::model::{Def, FileModel, Import, Kind};

/// More places that a name may stand for are not looked at.
const PLACES: usize = 24;

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
impl<'p> Place<'p> {
    pub(super) fn scope(&self, within: Option<usize>) -> Scope<'p> {
        Scope::of(self.model, within)
    }

    /// The places that an imported name may be.
    pub(super) fn imported(&self, import: &Import, name: &str) -> Vec<Spot> {
        let path = joined(&import.module, name);
        self.of_use(&self.scope(import.within), &path, DEPTH)
    }

    /// The places that a path in a `use` may mean; until 2018 it began at the root.
    pub(super) fn of_use(&self, scope: &Scope<'_>, path: &[&str], depth: usize) -> Vec<Spot> {
        let mut spots = self.meant(scope, path, depth);
        if !matches!(path.first(), Some(&("crate" | "self" | "super"))) {
            spots.push(self.at_root(path));
        }
        spots
    }

    pub(super) fn at_root(&self, path: &[&str]) -> Spot {
        let path = path.iter().map(|&part| part.to_owned()).collect();
        Spot { root: Root::Source(self.home.root.clone()), path }
    }

    pub(super) fn below(&self, modules: &[&str], path: &[&str]) -> Spot {
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
        let is_here = |def: &Def| !def.is_member() && def.modules().iter().eq(&scope.modules);
        if self.model.named(first).any(|(_, def)| is_here(def)) {
            return vec![self.below(&scope.modules, path)];
        }
        let Some(mut spots) = self.by_glob(scope, path, depth) else { return Vec::new() };
        if !rest.is_empty() {
            spots.push(self.named_crate(path));
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
            vec![self.named_crate(&path)]
        } else {
            self.of_use(scope, &path, depth)
        })
    }

    /// What a path may mean in the modules that a scope takes all of; none when these are too many.
    fn by_glob(&self, scope: &Scope<'_>, path: &[&str], depth: usize) -> Option<Vec<Spot>> {
        let mut spots = Vec::new();
        for glob in self.imports_of(scope).filter(|import| import.glob) {
            let module: Vec<&str> = glob.module.split("::").filter(|part| !part.is_empty()).collect();
            let mut modules = self.of_use(scope, &module, depth);
            // `use log::*` takes all that the root of another crate has.
            if let [name] = module[..]
                && !matches!(name, "crate" | "self" | "super")
            {
                modules.push(self.named_crate(&module));
            }
            for spot in modules {
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
        files.next().is_some_and(|(file, inside)| file.1.named(name).any(|(_, def)| def.parents == inside))
    }

    /// What a path means inside a module that a glob takes in.
    fn inside(&self, module: Spot, path: &[&str], depth: usize) -> Vec<Spot> {
        let own = match &module.root {
            Root::Source(root) if *root == self.home.root => module.path.strip_prefix(&self.home.modules[..]),
            _ => None,
        };
        if let Some(modules) = own.filter(|path| self.is_written_out(path) && !self.is_enum(path)) {
            return self.meant(&Scope::module(modules), path, depth);
        }
        let mut spot = module;
        spot.path.extend(path.iter().map(|&part| part.to_owned()));
        vec![spot]
    }

    /// Whether a module below that of the file, or the file's own, stands in the file.
    pub(super) fn is_written_out(&self, modules: &[String]) -> bool {
        let lies_inside = |names: &[&str]| {
            modules.iter().zip(names).filter(|(own, name)| own == name).count() == modules.len()
        };
        let mut imports = self.model.imports.iter();
        modules.is_empty()
            || self.model.defs.iter().any(|def| def.modules().starts_with(modules))
            || imports.any(|import| lies_inside(&self.model.modules_around(import.within)))
    }

    /// Whether a path inside the file's module is an enum of the file, whose variants a glob takes in.
    fn is_enum(&self, path: &[String]) -> bool {
        let Some((name, modules)) = path.split_last() else { return false };
        self.model.named(name).any(|(_, def)| def.kind == Kind::Enum && def.modules() == modules)
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
}
