//! Which directories of a repository its source files import from, by paths and manifests alone.
//!
//! For an overview: an import whose file cannot be told, such as one of somebody else's package, is
//! left out, and so are the names that it brings.

use std::collections::{BTreeMap, BTreeSet};

use super::aliases::Aliases;
use super::extract::Language;
use super::model::Import;
use super::resolve::{directory, module_files, submodule};
use super::world::{Package, package};

/// The files of a repository that imports may lead to.
pub struct Layout<'a> {
    paths: BTreeSet<&'a str>,
    directories: BTreeSet<&'a str>,
    /// By the directory that the manifest stands in, for each language that has manifests.
    packages: BTreeMap<(Language, String), Package>,
    /// What scripts call their files, by the directory that says so.
    aliases: BTreeMap<String, Vec<Aliases>>,
    /// Where the packages of Java are, by their names.
    java: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Layout<'a> {
    /// The layout of all these paths, with the text of the manifests among them.
    pub fn new(paths: impl IntoIterator<Item = &'a str>, manifests: &[(String, String)]) -> Self {
        let paths: BTreeSet<&str> = paths.into_iter().collect();
        let directories = paths.iter().map(|path| directory(path)).collect();
        let packages = manifests.iter().filter_map(|(path, text)| package(path, text));
        let packages =
            packages.map(|(language, package)| ((language, package.directory.clone()), package)).collect();
        let mut aliases: BTreeMap<String, Vec<Aliases>> = BTreeMap::new();
        for (path, text) in manifests.iter().filter(|(path, _)| Aliases::is_configuration(file_name(path))) {
            let above = directory(path);
            aliases.entry(above.to_owned()).or_default().extend(Aliases::of(above, text));
        }
        Self { paths, directories, packages, aliases, java: BTreeMap::new() }
    }

    /// Whether a path is that of a manifest whose text [`Layout::new`] wants.
    pub fn is_manifest(path: &str) -> bool {
        let name = file_name(path);
        matches!(name, "Cargo.toml" | "go.mod" | "package.json") || Aliases::is_configuration(name)
    }

    /// Takes in what a file says about where it belongs, before any import is looked up.
    pub fn place(&mut self, path: &str, language: Language, package: &str) {
        if language == Language::Java {
            self.java.entry(package.to_owned()).or_default().insert(directory(path).to_owned());
        }
    }

    /// The directories, other than its own, that a file imports from.
    pub fn imported(&self, path: &str, language: Language, imports: &[Import]) -> BTreeSet<String> {
        let mut found: BTreeSet<String> =
            imports.iter().flat_map(|import| self.directories_of(path, language, import)).collect();
        found.remove(directory(path));
        found
    }

    fn directories_of(&self, path: &str, language: Language, import: &Import) -> Vec<String> {
        let module = import.module.as_str();
        let one = |found: Option<String>| found.into_iter().collect();
        match language {
            Language::Rust => one(self.rust(path, module)),
            Language::Go => one(self.go(path, module)),
            Language::Java => self.java(module),
            Language::Python => self.python(path, import),
            _ if module.starts_with('.') => one(self.first_file(language, path, module)),
            _ => one(self.aliased(language, path, module).or_else(|| self.npm(module))),
        }
    }

    /// The directory of the first file that a module may be.
    fn first_file(&self, language: Language, path: &str, module: &str) -> Option<String> {
        let files = module_files(language, path, module);
        files.iter().find(|file| self.paths.contains(file.as_str())).map(|file| directory(file).to_owned())
    }

    /// The file that a configuration above a script says a module is.
    fn aliased(&self, language: Language, path: &str, module: &str) -> Option<String> {
        let above =
            std::iter::successors(Some(directory(path)), |at| (!at.is_empty()).then(|| directory(at)));
        let aliases = above.filter_map(|at| self.aliases.get(at)).flatten();
        let mut places = aliases.flat_map(|aliases| aliases.places(module));
        places.find_map(|place| self.first_file(language, "", &format!("./{place}")))
    }

    /// `from a import b` may name the module `a.b`.
    fn python(&self, path: &str, import: &Import) -> Vec<String> {
        let names = import.names.iter().filter(|name| !name.name.is_empty());
        let below = names.filter_map(|name| submodule(Language::Python, &import.module, &name.name));
        let below: Vec<String> =
            below.filter_map(|module| self.first_file(Language::Python, path, &module)).collect();
        if below.is_empty() {
            return self.first_file(Language::Python, path, &import.module).into_iter().collect();
        }
        below
    }

    /// A workspace's own package, by its name and whatever comes after it.
    fn npm(&self, module: &str) -> Option<String> {
        let of_scripts = self.packages.iter().filter(|((language, _), _)| *language == Language::TypeScript);
        let named = |package: &&Package| {
            module.strip_prefix(&package.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let package = of_scripts.map(|(_, package)| package).find(named)?;
        let source = join(&package.directory, "src");
        Some(if self.directories.contains(source.as_str()) { source } else { package.directory.clone() })
    }

    fn go(&self, path: &str, module: &str) -> Option<String> {
        let own = self.package_of(Language::Go, path)?;
        let rest = module.strip_prefix(&own.name)?;
        let inside = rest.strip_prefix('/').or(rest.is_empty().then_some(""))?;
        let found = join(&own.directory, inside);
        self.directories.contains(found.as_str()).then_some(found)
    }

    /// A package, or the one around a type whose members are imported.
    fn java(&self, module: &str) -> Vec<String> {
        let around = || module.rsplit_once('.').map(|(around, _)| around);
        let found = self.java.get(module).or_else(|| self.java.get(around()?));
        found.into_iter().flatten().cloned().collect()
    }

    /// Follows `crate::`, `self::`, `super::` and the names of the workspace's own crates as far as
    /// there are files.
    fn rust(&self, path: &str, module: &str) -> Option<String> {
        let own = self.package_of(Language::Rust, path)?;
        let mut parts: Vec<&str> = module.split("::").collect();
        let first = parts.first().copied()?;
        let (source, mut at) = match first {
            "crate" => (&own.source, Vec::new()),
            "self" | "super" => (&own.source, module_path(path.strip_prefix(&own.source)?)),
            name => {
                let mut crates =
                    self.packages.iter().filter(|((language, _), _)| *language == Language::Rust);
                (&crates.find(|(_, package)| package.name == name)?.1.source, Vec::new())
            }
        };
        parts.drain(..usize::from(first != "super"));
        while parts.first() == Some(&"super") {
            parts.remove(0);
            at.pop();
        }
        at.extend(parts);
        while !at.is_empty() {
            let stem = join(source, &at.join("/"));
            let files = [format!("{stem}/mod.rs"), format!("{stem}.rs")];
            if let Some(file) = files.iter().find(|file| self.paths.contains(file.as_str())) {
                return Some(directory(file).to_owned());
            }
            at.pop();
        }
        Some(source.clone())
    }

    /// The package that a file belongs to: that of the nearest manifest above it.
    fn package_of(&self, language: Language, path: &str) -> Option<&Package> {
        let mut at = directory(path);
        loop {
            if let Some(found) = self.packages.get(&(language, at.to_owned())) {
                return Some(found);
            }
            if at.is_empty() {
                return None;
            }
            at = directory(at);
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The module that a file is, by its path below the crate's source.
fn module_path(below: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = below.trim_matches('/').trim_end_matches(".rs").split('/').collect();
    if matches!(parts.last(), Some(&("mod" | "lib" | "main"))) {
        parts.pop();
    }
    parts
}

fn join(directory: &str, name: &str) -> String {
    match (directory, name) {
        ("", name) => name.to_owned(),
        (directory, "") => directory.to_owned(),
        (directory, name) => format!("{directory}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RepoPath;
    use crate::validate::extract::{extract, language_of};

    /// What each file imports from, one line each.
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let manifests = files.iter().filter(|(path, _)| Layout::is_manifest(path));
        let manifests: Vec<(String, String)> =
            manifests.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let mut layout = Layout::new(files.iter().map(|(path, _)| *path), &manifests);
        let mut models = Vec::new();
        for (path, text) in files {
            if let Some(language) = language_of(&RepoPath::from(*path)).filter(|language| language.is_code())
            {
                let model = extract(language, text);
                layout.place(path, language, &model.package);
                models.push((path, language, model));
            }
        }
        let lines = models.iter().map(|(path, language, model)| {
            let found: Vec<String> = layout.imported(path, *language, &model.imports).into_iter().collect();
            format!("{path}: {}", found.join(" "))
        });
        let lines: Vec<String> = lines.filter(|line| !line.ends_with(": ")).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn scripts() {
        let files = [
            ("package.json", "{ \"name\": \"root\" }"),
            ("packages/types/package.json", "{\n  \"name\": \"@acme/types\"\n}"),
            ("packages/types/src/index.ts", "export type A = string;"),
            (
                "src/api/users.ts",
                "import { db } from '../db';\nimport x from 'react';\nimport { A } from '@acme/types';",
            ),
            ("src/db/index.ts", "export const db = 1;\nimport './local';"),
            ("src/db/local.ts", "import '../../gone';"),
        ];
        check(&files, &["src/api/users.ts: packages/types/src src/db"]);
    }

    #[test]
    fn aliases_of_scripts() {
        let files = [
            (
                "tsconfig.base.json",
                "{ \"compilerOptions\": { \"paths\": { \"@app/*\": [\"gone/*\", \"libs/*/src\"] } } }",
            ),
            ("libs/users/src/index.ts", "export const load = 1;"),
            (
                "web/tsconfig.json",
                "{ \"compilerOptions\": { \"baseUrl\": \"src\", \"paths\": { \"@/*\": [\"*\"] } } }",
            ),
            (
                "web/src/page.tsx",
                "import { load } from '@app/users';\nimport { Button } from '@/parts/button';\nimport { day } from 'dates/day';\nimport x from 'react';",
            ),
            ("web/src/parts/button.tsx", "export const Button = 1;"),
            ("web/src/dates/day.js", "export const day = 1;"),
            ("other/page.ts", "import { Button } from '@/parts/button';"),
        ];
        check(&files, &["web/src/page.tsx: libs/users/src web/src/dates web/src/parts"]);
    }

    #[test]
    fn python_modules() {
        let files = [
            ("app/models/__init__.py", ""),
            ("app/models/user.py", "import os"),
            ("app/api/users.py", "from app.models import user\nfrom ..db import load\nimport json"),
            ("app/db.py", "import app.models.user"),
        ];
        check(&files, &["app/api/users.py: app app/models", "app/db.py: app/models"]);
    }

    #[test]
    fn go_packages() {
        let files = [
            ("go.mod", "module example.com/shop\n\ngo 1.22\n"),
            (
                "cmd/main.go",
                "package main\nimport (\n\t\"fmt\"\n\t\"example.com/shop/store\"\n\t\"example.com/other/store\"\n)",
            ),
            ("store/load.go", "package store\nimport \"example.com/shopping/store\""),
        ];
        check(&files, &["cmd/main.go: store"]);
    }

    #[test]
    fn java_packages() {
        let files = [
            ("core/src/a/User.java", "package org.acme.core; class User {}"),
            (
                "web/src/a/Page.java",
                "package org.acme.web; import org.acme.core.User; import java.util.List; class Page {}",
            ),
        ];
        check(&files, &["web/src/a/Page.java: core/src/a"]);
    }

    #[test]
    fn rust_modules_and_crates() {
        let files = [
            ("Cargo.toml", "[package]\nname = \"shop\"\n"),
            ("src/lib.rs", "mod model; mod git;"),
            ("src/model/mod.rs", "mod ids; pub use self::ids::Id;"),
            ("src/model/ids.rs", "use std::fmt;"),
            ("src/git/run.rs", "use crate::model::ids::Id;\nuse super::Git;"),
            ("src/git/mod.rs", "use crate::Error;"),
            ("crates/db-pool/Cargo.toml", "[package]\nname = \"db-pool\"\n"),
            ("crates/db-pool/src/lib.rs", ""),
            ("src/main.rs", "use db_pool::Pool;\nuse shop::model::Id;"),
        ];
        check(
            &files,
            &[
                "src/git/run.rs: src/model",
                "src/git/mod.rs: src",
                "src/main.rs: crates/db-pool/src src/model",
            ],
        );
    }
}
