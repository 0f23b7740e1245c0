//! Files of the base that the comparison hangs on though nobody changed them.
//!
//! Read one by one and only when a suspected finding needs them, so that cost follows the changes:
//! the manifest that says what a package is called, the file that hands a name on.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::Unchanged;
use super::checkers::{Checked, Checking, above};
use super::extract::{Language, extract, language_of};
use super::model::FileModel;
use super::names::has_word;
use super::renamed::{inherited, renamed};
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
            Language::Rust => cargo(&text, directory).map(|package| self.with_inherited(package, &text)),
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
    fn with_inherited(&self, mut package: Package, text: &str) -> Package {
        let inherited = inherited(text);
        let mut place = package.directory.clone();
        while !inherited.is_empty() && !place.is_empty() {
            place = directory(&place).to_owned();
            let above = self.manifest(&under(&place, "Cargo.toml")).map(|text| renamed(&text));
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
            for path in self.manifest(&under(&place, "Cargo.toml")).iter().flat_map(|text| dependencies(text))
            {
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
        "Cargo.toml" => Some((Language::Rust, cargo(text, above)?)),
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

/// Reads the few lines of a `Cargo.toml` that say what the library is called and where it stands.
fn cargo(text: &str, directory: &str) -> Option<Package> {
    let mut table = "";
    let (mut package, mut library, mut root) = (None, None, None);
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            table = line.split('#').next().unwrap_or(line).trim();
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = || value.trim().trim_start_matches(['"', '\'']).split(['"', '\'']).next();
        match (table, key.trim()) {
            ("[package]" | "[project]", "name") => package = value(),
            ("[lib]", "name") => library = value(),
            ("[lib]", "path") => root = value(),
            _ => {}
        }
    }
    let name = library.or(package).filter(|name| !name.is_empty())?.replace('-', "_");
    let root = root.unwrap_or("src/lib.rs").trim_start_matches("./");
    let source = under(directory, super::resolve::directory(root)).trim_end_matches('/').to_owned();
    Some(Package { name, directory: directory.to_owned(), source, renamed: renamed(text) })
}

/// The directories that a `Cargo.toml` names: `core = { path = "../core" }`.
fn dependencies(text: &str) -> impl Iterator<Item = &str> {
    let stated = |line: &'_ str| line.split('#').next().is_some_and(|line| has_word(line, "path"));
    let lines = text.lines().filter(move |line| stated(line));
    lines.filter_map(|line| {
        let (_, value) = line.split_once("path")?;
        let value = value.trim_start().strip_prefix('=')?.trim_start();
        value.strip_prefix(['"', '\''])?.split(['"', '\'']).next().filter(|path| !path.ends_with(".rs"))
    })
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
        let text = "[lib]\npath = \"lib.rs\"\n[dependencies]\na = { version = \"1\", path = \"../a\" } # x\n[dependencies.b]\npath='b'\n";
        assert_eq!(dependencies(text).collect::<Vec<_>>(), ["../a", "b"]);
        let package = go("// x\nmodule example.com/app/v2 // y\n\ngo 1.22\n", "app").unwrap();
        assert_eq!(package.name, "example.com/app/v2");
        assert_eq!(go("go 1.22\n", ""), None);
    }
}
