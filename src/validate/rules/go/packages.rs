//! What names mean in a Go package, and what packages imports mean.

use super::library::{self, LIBRARY};
use super::types::{Type, Types};
use crate::validate::extract::Language;
use crate::validate::model::Value;
use crate::validate::resolve::directory;
use crate::validate::rules::reach::import_of;
use crate::validate::rules::tree::{At, Home};
use crate::validate::world::{Known, World};

/// The directory of a package of the project, as a file imports it.
pub(super) fn package_of(world: &World<'_>, file: &str, path: &str) -> Option<String> {
    let module = world.package(Language::Go, file)?;
    let inside = path.strip_prefix(module.name.as_str())?;
    match (module.directory.as_str(), inside.strip_prefix('/')) {
        (above, None) if inside.is_empty() => Some(above.to_owned()),
        ("", Some(inside)) => Some(inside.to_owned()),
        (above, Some(inside)) => Some(format!("{above}/{inside}")),
        _ => None,
    }
}

impl Types<'_, '_> {
    /// What those who import a package get under a name.
    pub(super) fn in_package(&self, package: &str, name: &str) -> Option<Home> {
        self.only(package, name, |file| !is_test(file) && file.1.package != "main")
    }

    /// What a directory states under a name, in files of a sort; none where a build takes one of several.
    fn only(&self, place: &str, name: &str, is_seen: impl Fn(&Known) -> bool) -> Option<Home> {
        let (files, _) = self.tree.defining_in(place, name);
        let is_built = |file: &Known| {
            let path = file.0.to_text();
            path.ends_with(".go") && !is_left_out(&path)
        };
        let files = files.into_iter().filter(|file| is_built(file) && is_seen(file));
        let mut found = files.filter_map(|file| {
            let (def, _) = file.1.named(name).find(|(_, def)| def.parents.is_empty())?;
            Some(Home { file, def })
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The directory of the package that a local name of a file stands for.
    pub(super) fn imported(&self, at: &At, local: &str) -> Option<String> {
        let (import, _) = import_of(&at.file.1, local)?;
        self.package_of(at, &import.module)
    }

    fn package_of(&self, at: &At, path: &str) -> Option<String> {
        package_of(self.tree.world, &at.file.0.to_text(), path)
    }

    /// What a bare name of a file means in its package.
    pub(super) fn own(&self, at: &At, name: &str) -> Option<Home> {
        let path = at.file.0.to_text();
        if let Some((def, _)) = at.file.1.named(name).find(|(_, def)| def.parents.is_empty()) {
            return Some(Home { file: at.file.clone(), def });
        }
        let sees_tests = is_test(&at.file);
        let is_seen = |file: &Known| file.1.package == at.file.1.package && (sees_tests || !is_test(file));
        self.only(directory(&path), name, is_seen).or_else(|| {
            let globs = at.file.1.imports.iter().filter(|import| import.glob);
            let mut packages = globs.filter_map(|import| self.package_of(at, &import.module));
            packages.find_map(|package| self.in_package(&package, name))
        })
    }

    /// Whether a value comes from a package that is none of the module, or is of a type of one, except
    /// from some packages.
    pub(super) fn begins_elsewhere(&self, at: &At, value: &Value, except: impl Fn(&str) -> bool) -> bool {
        let is_elsewhere = |local: &str| {
            let import = import_of(&at.file.1, local).map(|(import, _)| import.module.as_str());
            import.is_some_and(|module| !except(module) && self.package_of(at, module).is_none())
        };
        match value.steps().last() {
            Some(Value::Name(local)) => is_elsewhere(local),
            Some(Value::Of(ty)) => {
                let mut parts = ty.split(|char: char| !char.is_alphanumeric() && !matches!(char, '_' | '.'));
                parts.any(|part| part.split_once('.').is_some_and(|(local, _)| is_elsewhere(local)))
            }
            _ => false,
        }
    }

    /// A type of the library, as a file with the import of its package calls it.
    pub(super) fn of_library(&self, at: &At, name: &str) -> Option<&'static str> {
        let found = LIBRARY.iter().find(|known| **known == name)?;
        let package = name.split('.').next()?;
        let (import, _) = import_of(&at.file.1, package)?;
        let is_library = import.module.rsplit('/').next() == Some(package) && !import.module.contains('.');
        (is_library && self.package_of(at, &import.module).is_none()).then_some(found)
    }

    /// A function of the library, as a file with the import of its package calls it.
    pub(super) fn library_function(&self, at: &At, local: &str, name: &str) -> Option<Type> {
        let (import, _) = import_of(&at.file.1, local)?;
        let package = import.module.rsplit('/').next()?;
        if import.module.contains('.') || self.package_of(at, &import.module).is_some() {
            return None;
        }
        let text = library::function(&format!("{package}.{name}"))?;
        Some(self.stated(at, text)).filter(|ty| !ty.is_unknown())
    }

    /// What a method of a type of the library gives back.
    pub(super) fn library_gives(&self, at: &At, of: &str, name: &str) -> Option<Type> {
        let text = library::gives(of, name)?;
        Some(self.stated(at, text)).filter(|ty| !ty.is_unknown())
    }

    /// The type of a constant of the library.
    pub(super) fn library_constant(&self, at: &At, local: &str, name: &str) -> Option<Type> {
        let (import, _) = import_of(&at.file.1, local)?;
        let is_unit =
            matches!(name, "Nanosecond" | "Microsecond" | "Millisecond" | "Second" | "Minute" | "Hour");
        (import.module == "time" && is_unit).then_some(Type::Library(library::DURATION))
    }

    /// A type of another module under the path of its package, as a file that imports that calls it.
    pub(super) fn of_others(&self, at: &At, name: &str) -> Option<String> {
        let (local, name) = name.split_once('.')?;
        let (import, _) = import_of(&at.file.1, local)?;
        self.package_of(at, &import.module).is_none().then(|| format!("{}.{name}", import.module))
    }
}

/// Whether no build takes a file, by its name.
pub(super) fn is_left_out(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with(['_', '.']))
}

fn is_test(file: &Known) -> bool {
    file.0.to_text().ends_with("_test.go")
}
