//! Contract files: what programs agree on outside of their code, one file per format.
//!
//! Each becomes the model that code becomes, so that a table or a message can be compared with a
//! class: definitions with fields where the format has types, entries for everything else.

pub(super) mod graphql;
pub(super) mod manifest;
pub(super) mod openapi;
pub(super) mod packages;
pub(super) mod proto;
pub(super) mod sql;

use super::Language;
use super::syntax::{Hash, one_line};
use crate::validate::data::{Document, Format, read};
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::model::{Def, Fails, Field, FileModel, Flags, Kind};

/// Turns the text of a contract file into a model.
pub(super) type Read = fn(&str) -> FileModel;

/// Each format of contract files, with the names of its files: `*` stands for anything. The first
/// row that fits counts.
pub(super) const FORMATS: &[(Language, &[&str], Read)] = &[
    (Language::PackageJson, &["package.json"], manifest::package_json),
    (Language::CargoToml, &["Cargo.toml"], manifest::cargo_toml),
    (Language::PyProject, &["pyproject.toml"], manifest::pyproject),
    (Language::Requirements, &["requirements*.txt"], packages::requirements),
    (Language::GoMod, &["go.mod"], packages::go_mod),
    (Language::Pom, &["pom.xml"], packages::pom),
    (Language::Gradle, &["build.gradle", "build.gradle.kts"], packages::gradle),
    (Language::Proto, &["*.proto"], proto::read),
    (Language::GraphQl, &["*.graphql", "*.graphqls", "*.gql"], graphql::read),
    (Language::Sql, &["*.sql"], sql::read),
    (Language::Json, &["*.json"], json),
    (Language::Yaml, &["*.yaml", "*.yml"], yaml),
    (Language::Toml, &["*.toml"], toml),
];

/// A data file: an API description by its content, or just keys.
fn json(source: &str) -> FileModel {
    described(Format::Json, source)
}

fn yaml(source: &str) -> FileModel {
    described(Format::Yaml, source)
}

/// A configuration file, of which nothing but its readability is known.
fn toml(source: &str) -> FileModel {
    with(Format::Toml, source, |_, _| {})
}

fn described(format: Format, source: &str) -> FileModel {
    // Data is not worth a tree: only a description of an API says one of these words.
    let may_describe = source.contains("openapi") || source.contains("swagger");
    if may_describe { with(format, source, openapi::read) } else { FileModel::default() }
}

/// Reads a data file; one that does not load is broken from end to end.
fn with(format: Format, source: &str, fill: fn(&Document, &mut FileModel)) -> FileModel {
    let mut model = FileModel::default();
    match read(format, source) {
        Ok(document) => fill(&document, &mut model),
        Err(_) => model.broken = std::iter::once(0..source.len()).collect(),
    }
    model
}

/// Adds a type with fields, and an entry for it and for each field.
fn add_type(model: &mut FileModel, kind: Kind, name: &str, fields: Vec<Field>, line: u32) {
    model.entries.push(Entry::new(EntryKind::Type, Role::Provides, name, line));
    for field in &fields {
        let key = format!("{name}.{}", field.wire);
        let entry = Entry::new(EntryKind::Field, Role::Provides, key, field.line);
        model.entries.push(entry.saying(format!("{:?}", field.ty)));
    }
    model.defs.push(shape(kind, name, fields, line));
}

/// A type as definitions have it.
fn shape(kind: Kind, name: &str, fields: Vec<Field>, line: u32) -> Def {
    let text: Vec<String> = fields.iter().map(|field| format!("{}: {:?}", field.wire, field.ty)).collect();
    Def {
        kind,
        name: name.to_owned(),
        parents: Vec::new(),
        n_modules: 0,
        exported: true,
        sig: None,
        fails: Fails::No,
        cases: Vec::new(),
        ty: String::new(),
        body_hash: Hash::of(&text.join(", ")),
        fields,
        supers: Vec::new(),
        flags: Flags::default(),
        // A quoted name may hold a line break.
        head: one_line(&format!("{} {name}", kind.word())),
        line,
        span: 0..0,
    }
}
