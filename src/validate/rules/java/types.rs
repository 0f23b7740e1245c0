//! The Java types of a tree, found by name when a rule asks: what a name means, what stands above a
//! type, and which type states a member.
//!
//! The tree is that of a branch, or the merge of two. Files that no branch changed are read through
//! [`Unchanged`](crate::validate::Unchanged) by the name of the type, since a type that others can
//! name stands in a file of its name.

mod generic;
pub(in crate::validate::rules) mod library;
mod made;
mod values;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::RepoPath;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Sig, Value};
use crate::validate::rules::View;
use crate::validate::rules::reach::import_of;

pub(in crate::validate::rules) use self::library::{PRIMITIVES, is_of_language};
pub(in crate::validate::rules) use self::made::may_make;

/// Types of the library that state nothing beyond what every object has.
const WITHOUT_MEMBERS: [&str; 3] = ["java.lang.Object", "java.lang.Cloneable", "java.io.Serializable"];

/// Types above types and steps of expressions beyond this are not followed.
const DEPTH: usize = 12;

/// A tree whose types can be asked for.
#[derive(Clone, Copy)]
pub(in crate::validate::rules) struct Types<'v, 'a> {
    view: &'v View<'a>,
    branch: usize,
    /// Merged into the branch.
    with: Option<usize>,
}

/// A file of the tree.
#[derive(Clone)]
pub(in crate::validate::rules) struct Source {
    pub(in crate::validate::rules) path: RepoPath,
    pub(in crate::validate::rules) model: Arc<FileModel>,
}

/// A type of the project.
#[derive(Clone)]
pub(in crate::validate::rules) struct Home {
    pub(in crate::validate::rules) source: Source,
    /// Which definition of the file it is.
    def: usize,
}

/// What a name of a type means.
#[derive(Clone)]
pub(in crate::validate::rules) enum Found {
    Project(Home),
    /// A primitive, an array, or a type that the project does not define, by its name as known.
    Foreign(String),
}

/// Which type states a member.
pub(in crate::validate::rules) enum Stated {
    /// The nearest one, with all that it states under the name; `sure` unless a type that cannot be
    /// looked into stands nearer.
    In {
        home: Home,
        members: Vec<usize>,
        sure: bool,
    },
    /// None of those above, and all of them are known.
    Nowhere,
    Unknown,
}

impl Found {
    /// The name in messages.
    pub(in crate::validate::rules) fn word(&self) -> String {
        match self {
            Self::Project(home) => home.def().name.clone(),
            Self::Foreign(name) => name.rsplit('.').next().unwrap_or(name).to_owned(),
        }
    }
}

impl Home {
    pub(in crate::validate::rules) fn def(&self) -> &Def {
        &self.source.model.defs[self.def]
    }

    /// The names of the types around it and its own.
    pub(in crate::validate::rules) fn around(&self) -> Vec<String> {
        let def = self.def();
        def.parents.iter().chain([&def.name]).cloned().collect()
    }

    pub(in crate::validate::rules) fn is(&self, path: &RepoPath, names: &[String]) -> bool {
        self.source.path == *path && self.around() == names
    }

    /// What it states under a name, methods or the rest.
    pub(in crate::validate::rules) fn members(&self, name: &str, methods: bool) -> Vec<usize> {
        let around = self.around();
        let defs = self.source.model.defs.iter().enumerate();
        let own = defs.filter(|(_, def)| {
            def.name == name && (def.kind == Kind::Method) == methods && def.parents == around
        });
        own.map(|(idx, _)| idx).collect()
    }
}

impl<'v, 'a> Types<'v, 'a> {
    /// Those of a branch.
    pub(in crate::validate::rules) fn of(view: &'v View<'a>, branch: usize) -> Self {
        Self { view, branch, with: None }
    }

    /// Those of the merge of two branches.
    pub(in crate::validate::rules) fn merged(view: &'v View<'a>, branch: usize, with: usize) -> Self {
        Self { view, branch, with: Some(with) }
    }

    /// A changed file as the tree has it.
    pub(in crate::validate::rules) fn file(&self, path: &RepoPath) -> Option<Arc<FileModel>> {
        let own = self.view.file(self.branch, path);
        if let Some(with) = self.with {
            if let Some(merged) = self.view.merged(path, self.branch, with) {
                return Some(merged.model.clone());
            }
            if let Some(theirs) = self.view.file(with, path) {
                // Git merges what one branch changed in a file into the place the other moved it to.
                let side = theirs.new.as_ref().and_then(|new| own.map_or(Some(new), |own| own.new.as_ref()));
                return side.map(|side| side.model.clone());
            }
        }
        if let Some(own) = own {
            return own.new.as_ref().map(|side| side.model.clone());
        }
        let mut others = (0..self.view.branches.len()).filter_map(|other| self.view.file(other, path));
        others.find_map(|file| file.old.as_ref()).map(|side| side.model.clone())
    }

    /// A file that the branch changed, as the tree has it.
    pub(in crate::validate::rules) fn source(&self, file: &File<'_>) -> Option<Source> {
        let merged = self.with.and_then(|with| {
            let theirs = self.view.counterpart(with, file)?;
            self.view.merge_of((self.branch, file), (with, theirs))
        });
        let side = merged.or(file.new.as_ref())?;
        Some(Source { path: file.path.clone(), model: side.model.clone() })
    }

    /// The files whose top level has a type of the name.
    pub(in crate::validate::rules) fn files_with(&self, name: &str) -> Vec<Source> {
        let mut found = Vec::new();
        for path in self.view.paths_defining(name) {
            if let Some(model) = self.file(path) {
                found.push(Source { path: path.clone(), model });
            }
        }
        let unchanged = self.view.input.unchanged.called(&format!("{name}.java"));
        for file in unchanged.iter().flat_map(|files| files.iter()) {
            found.push(Source { path: file.path.clone(), model: file.model.clone() });
        }
        found.retain(|source| top_level(&source.model, name).is_some());
        found
    }

    /// The type of a package or, for nested types, of another type; none when several have the name.
    fn by_full_name(&self, module: &str, name: &str, depth: usize) -> Option<Home> {
        let depth = depth.checked_sub(1)?;
        let mut found = self.files_with(name);
        found.retain(|source| source.model.package == module);
        if let [only] = found.as_slice() {
            let def = top_level(&only.model, name)?;
            return Some(Home { source: only.clone(), def });
        }
        let (outer_module, outer) = module.rsplit_once('.').unwrap_or(("", module));
        if !found.is_empty() || !outer.starts_with(char::is_uppercase) {
            return None;
        }
        let outer = self.by_full_name(outer_module, outer, depth)?;
        self.nested(&outer, name, depth)
    }

    /// A type inside another one or inside one above that.
    fn nested(&self, outer: &Home, name: &str, depth: usize) -> Option<Home> {
        let depth = depth.checked_sub(1)?;
        let around = outer.around();
        let mut defs = outer.source.model.defs.iter();
        let own = defs.position(|def| def.kind.is_type() && def.name == name && def.parents == around);
        if let Some(def) = own {
            return Some(Home { source: outer.source.clone(), def });
        }
        let above = outer.def().supers.iter().filter_map(|above| self.named_above(outer, above, depth));
        above.into_iter().find_map(|above| match above {
            Found::Project(home) => self.nested(&home, name, depth),
            Found::Foreign(_) => None,
        })
    }

    /// What a super type means; what it inherits itself does not count.
    fn named_above(&self, home: &Home, written: &str, depth: usize) -> Option<Found> {
        let outer = &home.def().parents;
        self.lookup(&home.source, outer, written, depth)
    }

    /// What a type means, by its name as written inside the types `around`.
    pub(in crate::validate::rules) fn named(
        &self,
        source: &Source,
        around: &[String],
        written: &str,
    ) -> Option<Found> {
        self.lookup(source, around, written, DEPTH)
    }

    fn lookup(&self, source: &Source, around: &[String], written: &str, depth: usize) -> Option<Found> {
        let depth = depth.checked_sub(1)?;
        let plain = written.split_once('<').map(|(plain, rest)| match rest.rsplit_once('>') {
            Some((_, brackets)) => format!("{plain}{brackets}"),
            None => plain.to_owned(),
        });
        let written = plain.as_deref().unwrap_or(written);
        if written.ends_with(']') || PRIMITIVES.contains(&written) || Value::PLACES.contains(&written) {
            return Some(Found::Foreign(written.to_owned()));
        }
        let mut parts = written.split('.');
        let first = parts.next()?;
        if first.starts_with(char::is_lowercase) && written.contains('.') {
            let (module, name) = written.rsplit_once('.')?;
            let home = self.by_full_name(module, name, depth);
            return Some(home.map_or(Found::Foreign(written.to_owned()), Found::Project));
        }
        let mut found = self.simple(source, around, first, depth)?;
        for part in parts {
            found = match found {
                Found::Project(home) => Found::Project(self.nested(&home, part, depth)?),
                Found::Foreign(name) => Found::Foreign(format!("{name}.{part}")),
            };
        }
        Some(found)
    }

    fn simple(&self, source: &Source, around: &[String], name: &str, depth: usize) -> Option<Found> {
        let model = &source.model;
        for length in (0..=around.len()).rev() {
            let around = &around[..length];
            let is = |def: &Def| def.kind.is_type() && def.name == name && def.parents == around;
            if let Some(def) = model.defs.iter().position(is) {
                return Some(Found::Project(Home { source: source.clone(), def }));
            }
        }
        let inherited = || {
            (1..=around.len()).rev().find_map(|length| {
                let outer = self.at(source, &around[..length])?;
                self.nested(&outer, name, depth)
            })
        };
        // What a type above brings is nearer than an import. Of types that the project does not define
        // it is not asked, for the sake of time.
        let found = |home: Home| Some(Found::Project(inherited().unwrap_or(home)));
        if let Some((import, imported)) = import_of(model, name) {
            return match self.by_full_name(&import.module, &imported.name, depth) {
                Some(home) => found(home),
                None => Some(Found::Foreign(format!("{}.{name}", import.module))),
            };
        }
        if let Some(home) = self.by_full_name(&model.package, name, depth) {
            return found(home);
        }
        let mut globs = model.imports.iter().filter(|import| import.glob);
        if let Some(home) = globs.find_map(|import| self.by_full_name(&import.module, name, depth)) {
            return found(home);
        }
        if is_of_language(name) || library::has_type("java.lang", name) {
            return Some(Found::Foreign(format!("java.lang.{name}")));
        }
        let globs = model.imports.iter().filter(|import| import.glob).map(|import| &import.module);
        if let Some(package) = globs.into_iter().find(|package| library::has_type(package, name)) {
            return Some(Found::Foreign(format!("{package}.{name}")));
        }
        inherited().map(Found::Project)
    }

    /// The type of a file at a path of names.
    pub(in crate::validate::rules) fn at(&self, source: &Source, names: &[String]) -> Option<Home> {
        let (name, parents) = names.split_last()?;
        let is = |def: &Def| def.kind.is_type() && def.name == *name && def.parents == parents;
        let def = source.model.defs.iter().position(is)?;
        Some(Home { source: source.clone(), def })
    }

    /// The types directly above one, and whether all of them are known and say all they have.
    pub(in crate::validate::rules) fn above(&self, home: &Home) -> (Vec<Home>, bool) {
        // What could not be read may state anything.
        let mut complete = home.def().kind != Kind::Enum && home.source.model.broken.is_empty();
        let mut above = Vec::new();
        for written in &home.def().supers {
            match self.named_above(home, written, DEPTH) {
                Some(Found::Project(next)) => above.push(next),
                Some(Found::Foreign(name)) if WITHOUT_MEMBERS.contains(&name.as_str()) => {}
                Some(Found::Foreign(_)) | None => complete = false,
            }
        }
        (above, complete)
    }

    /// All types above one, and whether all of them are known.
    pub(in crate::validate::rules) fn all_above(&self, home: &Home) -> (Vec<Home>, bool) {
        let mut all: Vec<Home> = Vec::new();
        let mut complete = true;
        let mut pending = vec![home.clone()];
        let mut seen = BTreeSet::new();
        while let Some(next) = pending.pop() {
            let (above, known) = self.above(&next);
            complete &= known || next.def().kind == Kind::Enum;
            for above in above {
                if all.len() < 64 && seen.insert((above.source.path.clone(), above.def)) {
                    all.push(above.clone());
                    pending.push(above);
                }
            }
        }
        (all, complete)
    }

    /// All methods that a call by name may mean, of a type and of those above it; none when something
    /// above that is not known may state another.
    pub(in crate::validate::rules) fn methods(
        &self,
        home: &Home,
        name: &str,
        passed: usize,
    ) -> Option<Vec<(Home, usize)>> {
        let above = if name == Value::CONSTRUCTOR { Vec::new() } else { self.all_above(home).0 };
        let mut found = Vec::new();
        for home in std::iter::once(home).chain(&above) {
            if name != Value::CONSTRUCTOR && self.may_inherit(home, name, Some(passed)) {
                return None;
            }
            let accepts = |idx: &usize| {
                let sig = home.source.model.defs[*idx].sig.as_ref();
                sig.is_none_or(|sig| takes(sig, passed))
            };
            let own = home.members(name, true).into_iter().filter(accepts);
            found.extend(own.map(|idx| (home.clone(), idx)));
        }
        Some(found)
    }

    /// Whether a type that the project does not define, directly above one, may state a member.
    pub(in crate::validate::rules) fn may_inherit(
        &self,
        home: &Home,
        name: &str,
        call: Option<usize>,
    ) -> bool {
        let may_state = |written: &String| match self.named_above(home, written, DEPTH) {
            Some(Found::Project(_)) => false,
            Some(Found::Foreign(above)) => !library::brings_not(&above, name, call),
            None => true,
        };
        let is_enum = home.def().kind == Kind::Enum && !library::lacks("java.lang.Enum", name, call);
        // What could not be read may state anything.
        is_enum
            || made::may_make(home, name, call)
            || !home.source.model.broken.is_empty()
            || home.def().supers.iter().any(may_state)
    }

    /// The nearest type that states a member; of methods, one that takes as many arguments if there
    /// is such.
    pub(in crate::validate::rules) fn member(&self, home: &Home, name: &str, call: Option<usize>) -> Stated {
        self.member_that(home, name, call, |_, _| true)
    }

    /// The nearest type that states a member; of methods, one that takes as many arguments and fits
    /// if there is such.
    pub(in crate::validate::rules) fn member_that(
        &self,
        home: &Home,
        name: &str,
        call: Option<usize>,
        fits: impl Fn(&Home, &Def) -> bool,
    ) -> Stated {
        let mut sure = true;
        let mut fallback = None;
        let mut pending = vec![home.clone()];
        let mut seen = BTreeSet::new();
        while let Some(next) = pending.pop() {
            if !seen.insert((next.source.path.clone(), next.def)) || seen.len() > 64 {
                continue;
            }
            let members = next.members(name, call.is_some());
            let accepts = |idx: &usize| {
                let def = &next.source.model.defs[*idx];
                let counts = |passed| def.sig.as_ref().is_none_or(|sig| takes(sig, passed));
                call.is_none_or(|passed| counts(passed) && fits(&next, def))
            };
            if members.iter().any(accepts) {
                return Stated::In { home: next, members, sure };
            }
            if !members.is_empty() && fallback.is_none() {
                fallback = Some((next.clone(), members, sure));
            }
            sure &= !self.may_inherit(&next, name, call);
            pending.extend(self.above(&next).0.into_iter().rev());
        }
        match fallback {
            Some((home, members, sure)) => Stated::In { home, members, sure },
            None if !sure || call.is_some() && OF_OBJECT.contains(&name) => Stated::Unknown,
            None => Stated::Nowhere,
        }
    }
}

/// Whether a method takes as many arguments.
pub(in crate::validate::rules) fn takes(sig: &Sig, passed: usize) -> bool {
    let rest = sig.params.iter().any(|param| param.variadic);
    passed == sig.params.len() || rest && passed + 1 >= sig.params.len()
}

fn top_level(model: &FileModel, name: &str) -> Option<usize> {
    model.defs.iter().position(|def| def.kind.is_type() && def.name == name && def.parents.is_empty())
}

/// What every object has.
const OF_OBJECT: [&str; 11] = [
    "equals",
    "hashCode",
    "toString",
    "clone",
    "finalize",
    "getClass",
    "notify",
    "notifyAll",
    "wait",
    "values",
    "valueOf",
];
