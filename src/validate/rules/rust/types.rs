//! The Rust types of a tree, worked out when a rule asks: what a type as written means, and what
//! type an expression has.
//!
//! The tree is that of a branch, or the merge of two. References are looked through, since methods
//! and fields are. What cannot be worked out is unknown, and no finding rests on it.

use super::library::{self, PRELUDE, PRIMITIVES, TRANSPARENT};
use super::place::{DEPTH, Files, Place, Root, Spot};
use super::scope::Scope;
use super::written::{balanced, first_bound, lead, split, without_marks};
use crate::model::RepoPath;
use crate::validate::model::{Def, FileModel, Kind};
use crate::validate::names::has_word;
use crate::validate::rules::reach::import_of;
use crate::validate::rules::tree::{At, Home, Tree};
use crate::validate::world::Known;

/// Aliases of aliases and steps of expressions beyond this are not followed.
pub(super) const STEPS: usize = 24;
/// More files that may have a member are not looked at.
const FILES: usize = 40;

/// The types of a tree.
pub(super) struct Types<'v, 'a> {
    pub(super) tree: Tree<'v, 'a>,
}

#[derive(Clone)]
pub(super) struct Type {
    pub(super) head: Head,
    args: Vec<Self>,
}

#[derive(Clone)]
pub(super) enum Head {
    Unknown,
    /// A type of the standard library or of the language; `()` is a tuple and `[]` a slice.
    Library(String),
    Project(Home),
    /// Something that implements a trait of the project.
    Some(Home),
}

impl Type {
    pub(super) fn unknown() -> Self {
        Self { head: Head::Unknown, args: Vec::new() }
    }

    pub(super) fn library(name: &str, args: Vec<Self>) -> Self {
        Self { head: Head::Library(name.to_owned()), args }
    }

    pub(super) fn project(home: Home) -> Self {
        Self { head: Head::Project(home), args: Vec::new() }
    }

    pub(super) fn argument(&self, at: usize) -> Self {
        self.args.get(at).cloned().unwrap_or_else(Self::unknown)
    }

    pub(super) fn n_arguments(&self) -> usize {
        self.args.len()
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.head, Head::Unknown)
    }

    /// The name, if it is one of the library's.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.head {
            Head::Library(name) => Some(name),
            _ => None,
        }
    }

    /// What it stands for: that which its boxes and guards hold.
    pub(super) fn peeled(&self) -> Self {
        let mut ty = self.clone();
        for _ in 0..DEPTH {
            match ty.name() {
                Some(name) if TRANSPARENT.contains(&name) => ty = ty.argument(0),
                _ => break,
            }
        }
        ty
    }

    /// The name in messages.
    pub(super) fn word(&self) -> String {
        match &self.head {
            Head::Unknown => "_".to_owned(),
            Head::Library(name) if name == "()" => {
                format!("({})", self.args.iter().map(Self::word).collect::<Vec<_>>().join(", "))
            }
            Head::Library(name) => name.trim_matches(['{', '}']).to_owned(),
            Head::Project(home) | Head::Some(home) => home.def().name.clone(),
        }
    }
}

/// Whether a type is declared several times, for features or platforms, with the same fields each time.
fn is_told_alike(home: &Home) -> bool {
    let def = home.def();
    let fields = |def: &Def| -> Vec<_> {
        def.fields.iter().map(|field| (field.name.clone(), field.ty.clone())).collect()
    };
    let all: Vec<&Def> = home.file.1.named_as(def).map(|(_, other)| other).collect();
    let is_same =
        |other: &&Def| other.kind == Kind::Class && fields(other) == fields(def) && other.sig == def.sig;
    all.len() > 1 && all.iter().all(is_same)
}

/// The type or trait around a place.
pub(super) fn owner(at: &At) -> Option<&str> {
    let def = at.file.1.defs.get(at.within?)?;
    match def.parents.get(def.n_modules) {
        Some(owner) => Some(owner),
        None => def.kind.is_type().then_some(&def.name),
    }
}

impl Files for Tree<'_, '_> {
    fn file(&self, path: &RepoPath) -> Option<Known> {
        Self::file(self, path)
    }
}

impl Types<'_, '_> {
    /// Calls `take` with the place that paths are followed from.
    pub(super) fn from<R>(&self, at: &At, take: impl FnOnce(&Place<'_>, &Scope<'_>) -> R) -> R {
        let path = at.file.0.to_text();
        let place = Place::new(&path, &at.file.1, "", self.tree.world).among(&self.tree);
        take(&place, &place.scope(at.within))
    }

    /// Where a type or trait of the tree stands.
    pub(super) fn spot(&self, home: &Home) -> Spot {
        self.from(&home.inside(), |place, _| place.home.spot(home.def().modules(), &home.def().name))
    }

    /// The definition that a path means.
    pub(super) fn lookup(&self, at: &At, path: &[&str]) -> Option<Home> {
        self.from(at, |place, scope| {
            let spots = place.meant(scope, path, DEPTH);
            let ends =
                |spot: &Spot| std::iter::once(spot.clone()).chain(place.followed(spot)).collect::<Vec<_>>();
            spots.iter().flat_map(ends).find_map(|spot| self.defined(place, &spot))
        })
    }

    pub(super) fn defined(&self, place: &Place<'_>, spot: &Spot) -> Option<Home> {
        let root = match &spot.root {
            Root::Source(root) => root.clone(),
            Root::Named(name) => match &place.home.package {
                Some(package) if package.name == *name => package.source.clone(),
                _ => self.tree.world.crate_source(name)?,
            },
        };
        let (name, path) = spot.path.split_last()?;
        (0..=path.len()).rev().find_map(|at| {
            let (modules, inside) = path.split_at(at);
            let file = place.module_file(&root, modules)?;
            let is = |def: &Def| !def.is_member() && def.modules() == inside;
            let def = file.1.named(name).find(|(_, def)| is(def)).map(|(def, _)| def)?;
            Some(Home { file, def })
        })
    }

    /// Whether a path that means nothing of the project means something of the standard library.
    fn is_library(&self, at: &At, path: &[&str]) -> bool {
        if let ([only], true) = (path, path.len() == 1)
            && PRELUDE.contains(only)
            && import_of(&at.file.1, only).is_none()
        {
            return true;
        }
        let is = |spot: &Spot| matches!(&spot.root, Root::Named(name) if matches!(name.as_str(), "std" | "core" | "alloc"));
        self.from(at, |place, scope| place.meant(scope, path, DEPTH).iter().any(is))
    }

    /// What a type means, as it is written somewhere.
    pub(super) fn stated(&self, at: &At, text: &str) -> Type {
        self.read(at, text, STEPS)
    }

    pub(super) fn read(&self, at: &At, text: &str, depth: usize) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::unknown() };
        let (text, opaque) = without_marks(text);
        let all =
            |list: &str| split(list).into_iter().map(|part| self.read(at, part, depth)).collect::<Vec<_>>();
        if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            let mut args = all(inner);
            return if args.len() == 1 && !inner.ends_with(',') {
                args.remove(0)
            } else {
                Type::library("()", args)
            };
        }
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return Type::library("[]", all(inner.rsplit_once(';').map_or(inner, |(element, _)| element)));
        }
        // What knows how many it gives has a method more.
        if opaque && has_word(text, "ExactSizeIterator") {
            return Type::unknown();
        }
        let text = first_bound(text);
        let (path, args) = match text.split_once('<') {
            Some((path, rest)) => match rest.strip_suffix('>') {
                Some(args) if balanced(args) => (path, args),
                _ => return Type::unknown(),
            },
            None => (text, ""),
        };
        let is_path = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':');
        let path = path.trim().trim_end_matches("::");
        if path.is_empty() || path == "_" || !path.chars().all(is_path) {
            return Type::unknown();
        }
        self.named(at, path, all(args), opaque, depth)
    }

    pub(super) fn named(&self, at: &At, path: &str, args: Vec<Type>, opaque: bool, depth: usize) -> Type {
        if PRIMITIVES.contains(&path) {
            return Type::library(path, args);
        }
        let mut parts: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).collect();
        if parts.first() == Some(&"Self") {
            let Some(owner) = owner(at) else { return Type::unknown() };
            parts[0] = owner.split('<').next().unwrap_or(owner);
        }
        let Some(last) = parts.last().copied() else { return Type::unknown() };
        let home = self.lookup(at, &parts);
        match home.as_ref().map(|home| home.def().kind) {
            // Each crate has one of its own, and all of them hold what succeeded.
            Some(Kind::Alias) | None if last == "Result" => Type::library(last, args),
            None if self.is_library(at, &parts) => Type::library(library::kept(last), args),
            None => Type::unknown(),
            Some(_) => {
                let Some(home) = home else { return Type::unknown() };
                match home.def().kind {
                    Kind::Alias => self.read(&home.inside(), &home.def().ty.clone(), depth),
                    Kind::Interface if opaque => Type { head: Head::Some(home), args },
                    kind if kind.is_type() && (!home.def().flags.may_repeat || is_told_alike(&home)) => {
                        Type { head: Head::Project(home), args }
                    }
                    _ => Type::unknown(),
                }
            }
        }
    }

    /// What a function gives back, late if it is asynchronous.
    pub(super) fn result(&self, function: &Home) -> Type {
        let def = function.def();
        if def.flags.may_repeat {
            return Type::unknown();
        }
        let gives_nothing = def.ty.is_empty() && def.sig.is_some() && !def.head.contains("->");
        let ty = match gives_nothing {
            true => Type::library("()", Vec::new()),
            false => self.stated(&function.inside(), &def.ty),
        };
        let is_async = lead(&def.head).split_whitespace().any(|word| word == "async");
        if is_async { Type::library("Future", vec![ty]) } else { ty }
    }

    pub(super) fn field(&self, ty: &Type, name: &str) -> Option<Type> {
        if ty.name() == Some("()") {
            return Some(ty.argument(name.parse().ok()?));
        }
        let Head::Project(home) = &ty.head else { return None };
        if let Ok(index) = name.parse::<usize>() {
            let written = &home.def().sig.as_ref()?.params.get(index)?.written;
            return Some(self.stated(&home.inside(), written));
        }
        let own = |home: &Home| self.own(home, &home.file, name, |def| def.kind == Kind::Field);
        let field = own(home).or_else(|| self.led_to(home).iter().skip(1).find_map(own))?;
        (!field.def().flags.may_repeat).then(|| self.stated(&field.inside(), &field.def().ty))
    }

    /// What a type is given under a name in whatever file.
    pub(super) fn anywhere(&self, home: &Home, name: &str, fits: impl Fn(&Def) -> bool) -> Option<Home> {
        self.own(home, &home.file, name, &fits).or_else(|| self.beside(home, name, &fits))
    }

    /// What a file states inside a type, in its declaration or in an `impl`.
    fn own(&self, home: &Home, file: &Known, name: &str, fits: impl Fn(&Def) -> bool) -> Option<Home> {
        let (owner, modules) = (&home.def().name, home.def().modules());
        let is = |def: &Def| {
            let names = def.parents.get(def.n_modules..).unwrap_or_default();
            let is_here = file.0 != home.file.0 || def.modules() == modules;
            names.first() == Some(owner) && is_here && fits(def)
        };
        let (def, _) = file.1.named(name).find(|(_, def)| is(def))?;
        Some(Home { file: file.clone(), def })
    }

    /// What the tree states under a name inside a type or trait, in whatever file; a field and a
    /// method may have the same name, and what the type has itself goes before what a trait gives it.
    pub(super) fn member(&self, home: &Home, name: &str, called: bool) -> Option<Home> {
        let is_of_kind = |def: &Def| match def.kind {
            Kind::Field => !called,
            Kind::Method => called,
            _ => true,
        };
        let stated = |around: usize| {
            self.anywhere(home, name, |def| is_of_kind(def) && def.parents.len() == def.n_modules + around)
        };
        stated(1).or_else(|| stated(2))
    }

    /// The same in the other files that state the name.
    fn beside(&self, home: &Home, name: &str, fits: impl Fn(&Def) -> bool) -> Option<Home> {
        let is_of = |member: &Home| {
            let owner = member.def().parents.get(member.def().n_modules)?;
            self.lookup(&member.inside(), &[owner]).filter(|found| found.is(home))
        };
        let (files, _) = self.tree.defining(name);
        let mut members = files.into_iter().take(FILES).filter_map(|file| self.own(home, &file, name, &fits));
        members.find(|member| is_of(member).is_some())
    }

    /// Whether a trait of the project may give types a method of a name.
    pub(super) fn may_extend(&self, name: &str) -> bool {
        let gives = |model: &FileModel| {
            model.defs.iter().any(|def| {
                let owner = def.parents.get(def.n_modules);
                let is_trait = |other: &Def| other.kind == Kind::Interface && Some(&other.name) == owner;
                def.name == name && def.parents.len() == def.n_modules + 1 && model.defs.iter().any(is_trait)
            })
        };
        let (files, all) = self.tree.defining(name);
        !all || files.iter().any(|file| gives(&file.1))
    }
}
