//! Files of the base that the comparison hangs on though nobody changed them.
//!
//! Read one by one and only when a suspected finding needs them, so that cost follows the changes:
//! the manifest that says what a package is called, the file that hands a name on.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::Unchanged;
use super::cargo::Manifest;
use super::checkers::{Checked, Checking, above};
use super::extract::{Language, extract, language_of};
use super::model::FileModel;
use super::resolve::{directory, join, under};
use crate::model::RepoPath;

/// Larger manifests are none.
const MANIFEST: usize = 1 << 18;

/// What a manifest says about the files below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Package {
    /// What other packages call it: the name of a Rust library, the path of a Go module.
    pub(super) name: String,
    /// Where the manifest stands.
    pub(super) directory: String,
    /// Where its root module stands; in Go the same.
    pub(super) source: String,
    /// What it calls other crates, where that is not their name.
    pub(super) renamed: BTreeMap<String, String>,
}

/// A file of the base as it was read.
pub(super) type Known = Rc<(RepoPath, Arc<FileModel>)>;

/// By language and directory.
type Packages = BTreeMap<(Language, String), Option<Rc<Package>>>;

/// The base as far as it was looked at.
pub(super) struct World<'a> {
    base: &'a dyn Unchanged,
    packages: RefCell<Packages>,
    /// Directories of Rust packages whose dependencies were looked at.
    followed: RefCell<BTreeSet<String>>,
    files: RefCell<BTreeMap<RepoPath, Option<Known>>>,
    /// Whether TypeScript is strict, by directory.
    strict: RefCell<BTreeMap<String, bool>>,
    /// How far a checker looks at the types of Python, by directory.
    checked: RefCell<BTreeMap<String, Rc<Checking>>>,
}

impl<'a> World<'a> {
    pub(super) fn new(base: &'a dyn Unchanged) -> Self {
        Self {
            base,
            packages: RefCell::default(),
            followed: RefCell::default(),
            files: RefCell::default(),
            strict: RefCell::default(),
            checked: RefCell::default(),
        }
    }

    /// The package that a file of a language belongs to: that of the nearest manifest above it.
    pub(super) fn package(&self, language: Language, path: &str) -> Option<Rc<Package>> {
        self.package_of(language, directory(path))
    }

    fn package_of(&self, language: Language, directory: &str) -> Option<Rc<Package>> {
        let manifest = match language {
            Language::Rust => "Cargo.toml",
            Language::Go => "go.mod",
            _ => return None,
        };
        let key = (language, directory.to_owned());
        if let Some(known) = self.packages.borrow().get(&key) {
            return known.clone();
        }
        let own = self.manifest(&under(directory, manifest)).and_then(|text| match language {
            Language::Rust => {
                let manifest = Manifest::read(&text);
                cargo(&manifest, directory).map(|package| self.with_inherited(package, &manifest))
            }
            _ => go(&text, directory),
        });
        let found = match own {
            Some(package) => Some(Rc::new(package)),
            None if directory.is_empty() => None,
            None => self.package_of(language, super::resolve::directory(directory)),
        };
        self.packages.borrow_mut().insert(key, found.clone());
        found
    }

    /// A Rust package with what the manifests above it, one of which is that of its workspace, call the crates
    /// that it leaves to them.
    fn with_inherited(&self, mut package: Package, manifest: &Manifest) -> Package {
        let inherited = manifest.inherited();
        let mut place = package.directory.clone();
        while !inherited.is_empty() && !place.is_empty() {
            place = directory(&place).to_owned();
            let above =
                self.manifest(&under(&place, "Cargo.toml")).map(|text| Manifest::read(&text).renamed());
            let names = above.into_iter().flatten().filter(|(name, _)| inherited.contains(name));
            for (name, of) in names {
                package.renamed.entry(name).or_insert(of);
            }
        }
        package
    }

    /// Where the root module of a Rust crate stands, if a file of it was looked at, or a package that was
    /// names its directory.
    pub(super) fn crate_source(&self, name: &str) -> Option<String> {
        let find = || {
            let packages = self.crates();
            packages.into_iter().find(|package| package.name == name).map(|package| package.source.clone())
        };
        let mut found = find();
        while found.is_none() && !matches!(name, "std" | "core" | "alloc") && self.follow_manifests() {
            found = find();
        }
        found
    }

    fn crates(&self) -> Vec<Rc<Package>> {
        let packages = self.packages.borrow();
        let rust = packages.iter().filter(|((language, _), _)| *language == Language::Rust);
        rust.filter_map(|(_, package)| package.clone()).collect()
    }

    /// Looks at the packages whose directories are named by the manifests of those known, and by the ones
    /// above, which may list them for all; whether there was a manifest that had not been read for that.
    fn follow_manifests(&self) -> bool {
        const MOST: usize = 400;
        let mut followed = self.followed.borrow_mut();
        let known = self.crates();
        let around = known.iter().flat_map(|package| {
            std::iter::successors(Some(package.directory.as_str()), |place| {
                (!place.is_empty()).then(|| directory(place))
            })
        });
        let places: Vec<String> = around.map(str::to_owned).collect();
        let n_before = followed.len();
        for place in places {
            if followed.len() >= MOST || !followed.insert(place.clone()) {
                continue;
            }
            let manifest = self.manifest(&under(&place, "Cargo.toml")).map(|text| Manifest::read(&text));
            for path in manifest.iter().flat_map(Manifest::directories) {
                if let Some(directory) = join(&place, path) {
                    self.package_of(Language::Rust, &directory);
                }
            }
        }
        followed.len() > n_before
    }

    fn manifest(&self, path: &str) -> Option<String> {
        let source = self.base.base(&RepoPath::from(path)).filter(|source| source.bytes.len() <= MANIFEST)?;
        String::from_utf8(source.bytes.to_vec()).ok()
    }

    /// Whether null and undefined are types of their own in a TypeScript file.
    pub(super) fn is_strict(&self, path: &RepoPath) -> bool {
        let path = path.to_text();
        let place = directory(&path);
        if let Some(known) = self.strict.borrow().get(place) {
            return *known;
        }
        let strict = super::strict::is_strict(place, |path| self.manifest(path));
        self.strict.borrow_mut().insert(place.to_owned(), strict);
        strict
    }

    /// How far a type checker looks at a Python file.
    pub(super) fn checked(&self, path: &RepoPath) -> Checked {
        let path = path.to_text();
        self.checked_in(directory(&path)).of(&path)
    }

    fn checked_in(&self, place: &str) -> Rc<Checking> {
        if let Some(known) = self.checked.borrow().get(place) {
            return known.clone();
        }
        let above = above(place).map(|above| (*self.checked_in(above)).clone()).unwrap_or_default();
        let checked = Rc::new(above.below(place, |path| self.manifest(path)));
        self.checked.borrow_mut().insert(place.to_owned(), checked.clone());
        checked
    }

    /// The same where branches changed what tells the checker: what they made of a file, if they did.
    pub(super) fn checked_with(&self, path: &RepoPath, text_of: &dyn Fn(&str) -> Option<String>) -> Checked {
        let path = path.to_text();
        let places: Vec<&str> = std::iter::successors(Some(directory(&path)), |place| above(place)).collect();
        let read = |path: &str| text_of(path).or_else(|| self.manifest(path));
        let from_top = places.iter().rev();
        from_top.fold(Checking::default(), |checking, place| checking.below(place, read)).of(&path)
    }

    /// A source file of the base.
    pub(super) fn file(&self, path: &RepoPath) -> Option<Known> {
        if let Some(known) = self.files.borrow().get(path) {
            return known.clone();
        }
        let file = language_of(path).and_then(|language| {
            let source = self.base.base(path)?;
            let text = super::load::readable(path, &source).ok()?;
            Some(Rc::new((path.clone(), Arc::new(extract(language, text)))))
        });
        self.files.borrow_mut().insert(path.clone(), file.clone());
        file
    }
}

/// What a manifest says, and of files of which language.
pub(super) fn package(path: &str, text: &str) -> Option<(Language, Package)> {
    let above = directory(path);
    match path.rsplit('/').next()? {
        "Cargo.toml" => Some((Language::Rust, cargo(&Manifest::read(text), above)?)),
        "go.mod" => Some((Language::Go, go(text, above)?)),
        "package.json" => Some((Language::TypeScript, npm(text, above)?)),
        _ => None,
    }
}

/// The name is nearly always the first key; one of something inside names no package anybody imports.
fn npm(text: &str, directory: &str) -> Option<Package> {
    let (_, after) = text.split_once("\"name\"")?;
    let name = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split('"').next()?;
    let (directory, source) = (directory.to_owned(), directory.to_owned());
    (!name.is_empty()).then(|| Package { name: name.to_owned(), directory, source, ..Package::default() })
}

/// What a `Cargo.toml` says the library is called and where it stands.
fn cargo(manifest: &Manifest, directory: &str) -> Option<Package> {
    let (name, root) = manifest.library()?;
    let source = under(directory, super::resolve::directory(root)).trim_end_matches('/').to_owned();
    Some(Package { name, directory: directory.to_owned(), source, renamed: manifest.renamed() })
}

fn go(text: &str, directory: &str) -> Option<Package> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("module"))?;
    let name = line.split("//").next()?.trim().trim_matches(['"', '`', ' ']);
    let (directory, source) = (directory.to_owned(), directory.to_owned());
    (!name.is_empty()).then(|| Package { name: name.to_owned(), directory, source, ..Package::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cargo(text: &str, directory: &str) -> Option<Package> {
        super::cargo(&Manifest::read(text), directory)
    }

    #[test]
    fn manifests_say_what_packages_are_called() {
        let text = "[package]\nname = \"acme-model\" # x\n[dependencies]\nname = \"no\"\n";
        let package = cargo(text, "crates/model").unwrap();
        assert_eq!((package.name.as_str(), package.source.as_str()), ("acme_model", "crates/model/src"));
        let text = "[lib]\nname = \"core\"\npath = \"lib/root.rs\"\n[package]\nname = 'acme'\n";
        let package = cargo(text, "").unwrap();
        assert_eq!((package.name.as_str(), package.source.as_str()), ("core", "lib"));
        let text = "[package]\nname = \"flat\"\n[lib]\npath = \"lib.rs\"\n";
        assert_eq!(cargo(text, "flat").unwrap().source, "flat");
        assert_eq!(cargo("[workspace]\nmembers = []\n", ""), None);
        let package = go("// x\nmodule example.com/app/v2 // y\n\ngo 1.22\n", "app").unwrap();
        assert_eq!(package.name, "example.com/app/v2");
        assert_eq!(go("go 1.22\n", ""), None);
    }
}
