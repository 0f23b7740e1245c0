//! What the name of a type means where it is written: nesting, inheritance, imports and packages.

use super::{DEPTH, Found, Home, PRIMITIVES, Source, Types, is_of_language, library};
use crate::validate::model::{FileModel, Value};
use crate::validate::rules::reach::import_of;

impl Types<'_, '_> {
    /// The type of a package or, for nested types, of another type; none when several have the name.
    pub(super) fn by_full_name(&self, module: &str, name: &str, depth: usize) -> Option<Home> {
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
    pub(super) fn nested(&self, outer: &Home, name: &str, depth: usize) -> Option<Home> {
        let depth = depth.checked_sub(1)?;
        let around = outer.around();
        if let Some(def) = type_in(&outer.source.model, &around, name) {
            return Some(Home { source: outer.source.clone(), def });
        }
        let above = outer.def().supers.iter().filter_map(|above| self.named_above(outer, above, depth));
        above.into_iter().find_map(|above| match above {
            Found::Project(home) => self.nested(&home, name, depth),
            Found::Foreign(_) => None,
        })
    }

    /// What a super type means; what it inherits itself does not count.
    pub(super) fn named_above(&self, home: &Home, written: &str, depth: usize) -> Option<Found> {
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
            if let Some(def) = type_in(model, &around[..length], name) {
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
        let def = type_in(&source.model, parents, name)?;
        Some(Home { source: source.clone(), def })
    }
}

pub(super) fn top_level(model: &FileModel, name: &str) -> Option<usize> {
    type_in(model, &[], name)
}

/// The type of a name that stands inside others.
fn type_in(model: &FileModel, around: &[String], name: &str) -> Option<usize> {
    let mut found = model.named(name).filter(|(_, def)| def.kind.is_type() && def.parents == around);
    found.next().map(|(idx, _)| idx)
}
