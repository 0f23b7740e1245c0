//! Places that paths lead to, and how a path is followed from the module it is written in.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::scope::Scope;
use crate::model::RepoPath;
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::{FileModel, Receiver, Ref};
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

/// A file in which paths are written.
pub(super) struct Place<'p> {
    pub(super) home: Home,
    /// The file itself, if it is the root of its crate.
    own: Option<RepoPath>,
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
        let own = home.modules.is_empty().then(|| RepoPath::from(path));
        Self { home, own, model, text, world, files: world }
    }

    /// Looks other files up elsewhere than in the base.
    pub(super) fn among(mut self, files: &'p dyn Files) -> Self {
        self.files = files;
        self
    }

    /// The same look-up in another file.
    pub(super) fn in_file<'f>(&'f self, file: &'f Known) -> Place<'f> {
        Place::new(&file.0.to_text(), &file.1, "", self.world).among(self.files)
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
            let place = self.in_file(&file);
            let is_inner = |at: &usize| place.is_written_out(&rest[..*at]);
            let n_inner = (1..rest.len()).take_while(is_inner).last().unwrap_or_default();
            let (inner, rest) = rest.split_at(n_inner);
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            let mut spots = place.meant(&Scope::module(inner), &rest, DEPTH);
            let inner: Vec<&str> = inner.iter().map(String::as_str).collect();
            spots.retain(|next| next != spot && place.below(&inner, &rest) != *next);
            return spots;
        }
        Vec::new()
    }

    pub(super) fn module_file(&self, root: &str, modules: &[String]) -> Option<Known> {
        // Each file of tests and examples is a root beside the others.
        if let Some(own) = self.own.as_ref().filter(|_| modules.is_empty() && root == self.home.root) {
            return self.files.file(own);
        }
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

    /// A place in another crate, which the manifest may call by another name than its own.
    pub(super) fn named_crate(&self, path: &[&str]) -> Spot {
        let rest = path.iter().skip(1).map(|&part| part.to_owned()).collect();
        let name = path.first().copied().unwrap_or_default();
        // `std` may be renamed for the build of the standard library itself.
        let is_own = matches!(name, "std" | "core" | "alloc");
        let package = self.home.package.as_ref().filter(|_| !is_own);
        let renamed = package.and_then(|package| package.renamed.get(name));
        Spot { root: Root::Named(renamed.map_or(name, String::as_str).to_owned()), path: rest }
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
        let path = match before.strip_suffix('>') {
            // `<Room<u8>>::open`, `Room::<u8>::open`
            Some(inside) => {
                let (owner, args) = inside.split_at(opening(inside)?);
                let name = owner.strip_suffix("::").unwrap_or(owner);
                match &name[name.trim_end_matches(part).len()..] {
                    "" => args.get(1..)?.split('<').next().filter(|own| own.chars().all(part))?,
                    named => named,
                }
            }
            None => &before[before.trim_end_matches(part).len()..],
        };
        (!path.is_empty()).then(|| path.trim_start_matches(':').split("::").collect())
    }

    /// The file of the base in which a place would be defined.
    pub(super) fn file_of(&self, spot: &Spot) -> Option<Known> {
        let (_, modules) = spot.path.split_last()?;
        self.module_file(&self.source_of(&spot.root)?, modules)
    }

    pub(super) fn source_of(&self, root: &Root) -> Option<String> {
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

pub(super) fn joined<'a>(module: &'a str, name: &'a str) -> Vec<&'a str> {
    module.split("::").filter(|part| !part.is_empty()).chain([name]).filter(|part| !part.is_empty()).collect()
}

pub(super) fn last(path: &str) -> &str {
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}

/// Where the bracket opens that a text ends inside of.
fn opening(text: &str) -> Option<usize> {
    const REACH: usize = 200;
    let mut depth = 0_usize;
    for (at, char) in text.char_indices().rev().take(REACH) {
        match char {
            '>' if !text[..at].ends_with('-') => depth += 1,
            '<' if depth == 0 => return Some(at),
            '<' => depth -= 1,
            ';' | '{' | '}' => return None,
            _ => {}
        }
    }
    None
}
