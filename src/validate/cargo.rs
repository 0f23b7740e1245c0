//! What a `Cargo.toml` says of its own library and of the crates that it depends on.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{DocumentMut, Item, TableLike};

/// A manifest; of one that is no TOML nothing is known.
pub(super) struct Manifest(DocumentMut);

impl Manifest {
    pub(super) fn read(text: &str) -> Self {
        Self(text.parse().unwrap_or_default())
    }

    /// What code calls the library, and where its root module stands.
    pub(super) fn library(&self) -> Option<(String, &str)> {
        let text = |table: &str, key: &str| self.0.get(table)?.get(key)?.as_str();
        let names = [("lib", "name"), ("package", "name"), ("project", "name")];
        let name = names.into_iter().find_map(|(table, key)| text(table, key));
        let root = text("lib", "path").unwrap_or("src/lib.rs");
        name.filter(|name| !name.is_empty()).map(|name| (in_code(name), root.trim_start_matches("./")))
    }

    /// The directories of other packages: `core = { path = "../core" }`.
    pub(super) fn directories(&self) -> impl Iterator<Item = &str> {
        self.dependencies().filter_map(|(_, stated)| stated.get("path")?.as_str())
    }

    /// The names that code has for crates, each with the crate that it stands for: of `hall = { package =
    /// "hall-core" }`.
    pub(super) fn renamed(&self) -> BTreeMap<String, String> {
        let renamed = self
            .dependencies()
            .filter_map(|(name, stated)| Some((in_code(name), in_code(stated.get("package")?.as_str()?))));
        renamed.collect()
    }

    /// The names of dependencies that the manifest of the workspace says more about.
    pub(super) fn inherited(&self) -> BTreeSet<String> {
        let inherits = |stated: &Item| stated.get("workspace").and_then(Item::as_bool) == Some(true);
        self.dependencies().filter(|(_, stated)| inherits(stated)).map(|(name, _)| in_code(name)).collect()
    }

    /// The dependencies of the package, for single targets too, those that a workspace lists, and patches.
    fn dependencies(&self) -> impl Iterator<Item = (&str, &Item)> {
        const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
        let whole: &dyn TableLike = self.0.as_table();
        let targets = whole.get("target").into_iter().flat_map(tables);
        let all = std::iter::once(whole).chain(whole.get("workspace").and_then(Item::as_table_like));
        let stated = all.chain(targets).flat_map(|table| TABLES.into_iter().filter_map(|key| table.get(key)));
        let patches = whole.get("patch").into_iter().flat_map(tables);
        stated.filter_map(Item::as_table_like).chain(patches).flat_map(|table| table.iter())
    }
}

/// The tables inside one.
fn tables(item: &Item) -> impl Iterator<Item = &dyn TableLike> {
    let inside = item.as_table_like().into_iter().flat_map(|table| table.iter());
    inside.filter_map(|(_, item)| item.as_table_like())
}

/// The name of a crate as code writes it.
fn in_code(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_may_have_other_names() {
        let text = "[dependencies]\nhall-core = { path = \"../extra\", package = \"ex-tra\" } # x\nplain = \"1\"\n\
                    packaged = { path = \"package\" }\n[dev-dependencies.room]\nversion = \"1\"\npackage = 'hall'\n\
                    [target.'cfg(unix)'.dependencies]\nnix.package = \"unix\"\n[package]\npackage = \"no\"\n";
        let renamed = Manifest::read(text).renamed();
        let found: Vec<String> = renamed.into_iter().map(|(name, of)| format!("{name} {of}")).collect();
        assert_eq!(found, ["hall_core ex_tra", "nix unix", "room hall"]);
        let text = "[dependencies]\na = { workspace = true }\nb.workspace = true\nc = \"1\"\n[dependencies.d]\nworkspace = true\n";
        assert_eq!(Manifest::read(text).inherited().into_iter().collect::<Vec<_>>(), ["a", "b", "d"]);
    }

    #[test]
    fn directories_of_other_packages() {
        let text = "[lib]\npath = \"lib.rs\"\n[dependencies]\na = { version = \"1\", path = \"../a\" } # x\n[dependencies.b]\npath='b'\n";
        assert_eq!(Manifest::read(text).directories().collect::<Vec<_>>(), ["../a", "b"]);
        let text =
            "[workspace.dependencies]\na = { path = \"a\" }\n[patch.elsewhere]\nb = { path = \"b\" }\n";
        assert_eq!(Manifest::read(text).directories().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(Manifest::read("[dependencies\n").directories().count(), 0);
    }
}
