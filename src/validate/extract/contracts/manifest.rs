//! Package manifests that are JSON or TOML: what a project asks for.

use super::with;
use crate::validate::data::{Document, Format, Pair, Value};
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::model::FileModel;

pub(super) fn package_json(source: &str) -> FileModel {
    with(Format::Json, source, |document, model| {
        const SECTIONS: [&str; 4] =
            ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
        for section in SECTIONS {
            let pairs = document.root.field(section).map(Value::pairs).unwrap_or_default();
            for pair in pairs {
                add(model, &pair.key, pair.value.text().unwrap_or_default(), pair.line);
            }
        }
        // A package may import itself and its workspaces by name.
        if let Some(name) = document.root.field("name").and_then(Value::text) {
            model.package = name.to_owned();
        }
    })
}

pub(super) fn cargo_toml(source: &str) -> FileModel {
    with(Format::Toml, source, |document, model| {
        let root = &document.root;
        cargo_sections(root, model);
        for target in root.field("target").map(Value::pairs).unwrap_or_default() {
            cargo_sections(&target.value, model);
        }
        let name = root.at(&["lib", "name"]).or_else(|| root.at(&["package", "name"])).and_then(Value::text);
        model.package = name.unwrap_or_default().replace('-', "_");
    })
}

fn cargo_sections(table: &Value, model: &mut FileModel) {
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for pair in table.field(section).map(Value::pairs).unwrap_or_default() {
            let version = pair.value.text().or_else(|| pair.value.field("version").and_then(Value::text));
            add(model, &pair.key.replace('-', "_"), version.unwrap_or_default(), pair.line);
        }
    }
}

pub(super) fn pyproject(source: &str) -> FileModel {
    with(Format::Toml, source, |document, model| {
        let root = &document.root;
        requirements(root.at(&["project", "dependencies"]), model);
        let groups = [root.at(&["project", "optional-dependencies"]), root.field("dependency-groups")];
        for group in groups.into_iter().flatten().flat_map(Value::pairs) {
            requirements(Some(&group.value), model);
        }
        poetry(document, model);
        let name = root.at(&["project", "name"]).or_else(|| root.at(&["tool", "poetry", "name"]));
        model.package = name.and_then(Value::text).map(python_name).unwrap_or_default();
    })
}

fn requirements(list: Option<&Value>, model: &mut FileModel) {
    for item in list.map(Value::items).unwrap_or_default() {
        if let Some((name, requirement)) = item.text().and_then(requirement) {
            add(model, &name, &requirement, item.line);
        }
    }
}

fn poetry(document: &Document, model: &mut FileModel) {
    let Some(poetry) = document.root.at(&["tool", "poetry"]) else { return };
    let groups = poetry.field("group").map(Value::pairs).unwrap_or_default();
    let groups = groups.iter().filter_map(|group| group.value.field("dependencies"));
    let tables =
        ["dependencies", "dev-dependencies"].into_iter().filter_map(|name| poetry.field(name)).chain(groups);
    let pairs: Vec<&Pair> = tables.flat_map(Value::pairs).filter(|pair| pair.key != "python").collect();
    for pair in pairs {
        let version = pair.value.text().or_else(|| pair.value.field("version").and_then(Value::text));
        add(model, &python_name(&pair.key), version.unwrap_or_default(), pair.line);
    }
}

/// Splits `uvicorn[standard] >=0.1 ; python_version > "3"` into its name and what it demands.
pub(super) fn requirement(text: &str) -> Option<(String, String)> {
    let text = text.split(';').next().unwrap_or(text).split(" #").next().unwrap_or(text).trim();
    let part = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.');
    let end = text.find(|char| !part(char)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let rest = if rest.starts_with('[') { rest.split_once(']').map_or("", |(_, rest)| rest) } else { rest };
    let known = name.starts_with(|char: char| char.is_alphanumeric());
    known.then(|| (python_name(name), rest.split_whitespace().collect::<String>()))
}

/// The one spelling of a Python distribution.
pub(in crate::validate) fn python_name(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

pub(super) fn add(model: &mut FileModel, name: &str, requirement: &str, line: u32) {
    let entry = Entry::new(EntryKind::Dependency, Role::Provides, name, line);
    model.entries.push(entry.saying(requirement));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(model: &FileModel, expected: &[(&str, &str, u32)]) {
        let found: Vec<_> = model
            .entries
            .iter()
            .map(|entry| (entry.key.as_str(), entry.detail.as_str(), entry.line))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_manifest_names_its_dependencies() {
        let json = "{\"name\": \"app\",\n\"dependencies\": {\n\"react\": \"^18.0.0\"},\n\"devDependencies\": {\"vitest\": \"1\"}}";
        check(&package_json(json), &[("react", "^18.0.0", 3), ("vitest", "1", 4)]);
        let cargo = "[package]\nname = \"a-b\"\n[dependencies]\nserde-x = \"1\"\n[target.'cfg(unix)'.dependencies]\nlibc = { version = \"0.2\" }\n";
        check(&cargo_toml(cargo), &[("serde_x", "1", 4), ("libc", "0.2", 6)]);
        assert_eq!(cargo_toml(cargo).package, "a_b");
        let py = "[project]\nname = \"x\"\ndependencies = [\n  \"Flask_Login>=2\",\n  \"uvicorn[standard] ~= 1.0; python_version > '3'\",\n]\n[tool.poetry.dependencies]\npython = \"^3\"\nhttpx = { version = \"^0.2\" }\n";
        check(&pyproject(py), &[("flask-login", ">=2", 4), ("uvicorn", "~=1.0", 5), ("httpx", "^0.2", 9)]);
        assert_eq!(pyproject("[project\n").broken.len(), 1);
    }
}
