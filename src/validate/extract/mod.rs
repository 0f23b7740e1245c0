//! Turns the content of a file into a [`FileModel`], one file per language.
//!
//! Nothing here fails: half-written code is normal input, and what cannot be read is said in
//! [`FileModel::broken`]. A new language is one module with a `Grammar` and one row in
//! `LANGUAGES`.

mod contracts;
mod faults;
pub(super) use contracts::graphql::STEP;
pub(super) use contracts::manifest::python_name;
pub(super) use go::is_go_number;
pub(super) use python::SLICE;
pub(super) use uses::RESULT_OF;
mod go;
mod java;
mod literals;
mod node;
mod parse;
mod python;
mod rust;
mod scope;
mod syntax;
mod tree;
mod typescript;
mod uses;
mod walk;

#[cfg(test)]
mod tests;

use self::node::Tree;
pub use self::tree::{Syntax, SyntaxNode, syntax};
use self::walk::Grammar;
use crate::model::RepoPath;
use crate::validate::data::Format;
use crate::validate::model::FileModel;

/// A language that can be analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    TypeScript,
    Tsx,
    JavaScript,
    Python,
    Rust,
    Go,
    Java,
    /// Contract files, which have types but no code.
    Proto,
    GraphQl,
    Sql,
    /// Data; a description of an API by its content.
    Json,
    Yaml,
    Toml,
    PackageJson,
    CargoToml,
    PyProject,
    Requirements,
    GoMod,
    Pom,
    Gradle,
}

impl Language {
    /// Whether its files hold symbols that are imported and called.
    pub fn is_code(self) -> bool {
        LANGUAGES.iter().any(|(known, ..)| *known == self)
    }

    /// How a file of keys and values is written.
    pub(in crate::validate) fn data_format(self) -> Option<Format> {
        match self {
            Self::Json | Self::PackageJson => Some(Format::Json),
            Self::Yaml => Some(Format::Yaml),
            Self::Toml | Self::CargoToml | Self::PyProject => Some(Format::Toml),
            _ => None,
        }
    }
}

/// Each language with the extensions of its files.
const LANGUAGES: &[(Language, &[&str], Grammar)] = &[
    (Language::TypeScript, &["ts", "mts", "cts"], typescript::TYPESCRIPT),
    (Language::Tsx, &["tsx"], typescript::TSX),
    (Language::JavaScript, &["js", "mjs", "cjs", "jsx"], typescript::JAVASCRIPT),
    (Language::Python, &["py", "pyi"], python::PYTHON),
    (Language::Rust, &["rs"], rust::RUST),
    (Language::Go, &["go"], go::GO),
    (Language::Java, &["java"], java::JAVA),
];

/// Files that programs write from the manifests.
const LOCKS: [&str; 5] =
    ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "packages.lock.json", "*.lock.json"];

/// The language of a path, by the name of its file.
pub fn language_of(path: &RepoPath) -> Option<Language> {
    let extension = path.extension();
    let code = LANGUAGES.iter().find(|(_, extensions, _)| extensions.contains(&extension.as_str()));
    if let Some((language, ..)) = code {
        return Some(*language);
    }
    let name = path.file_name();
    let fits = |pattern: &&str| match pattern.split_once('*') {
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
        None => name == *pattern,
    };
    if LOCKS.iter().any(fits) {
        return None;
    }
    let format = contracts::FORMATS.iter().find(|(_, names, _)| names.iter().any(fits))?;
    Some(format.0)
}

/// Reads a file as far as it can be read; half-written code is normal input.
pub fn extract(language: Language, source: &str) -> FileModel {
    if let Some((.., read)) = contracts::FORMATS.iter().find(|(known, ..)| *known == language) {
        return match source.trim_matches(|char: char| char.is_whitespace() || char == '\u{feff}') {
            "" => FileModel::default(),
            _ if parse::is_binary(source) => unreadable(source),
            _ => read(source),
        };
    }
    let row = LANGUAGES.iter().find(|(known, ..)| *known == language);
    row.map_or_else(FileModel::default, |(_, _, grammar)| read(language, grammar, source))
}

fn read(language: Language, grammar: &Grammar, source: &str) -> FileModel {
    let Some(tree) = parse::parse((grammar.words)(), source) else { return unreadable(source) };
    read_parsed(language, grammar, &tree, source)
}

/// The model of a file that is parsed already.
fn read_tree(language: Language, tree: &Tree, source: &str) -> FileModel {
    let row = LANGUAGES.iter().find(|(known, ..)| *known == language);
    row.map_or_else(FileModel::default, |(_, _, grammar)| read_parsed(language, grammar, tree, source))
}

fn read_parsed(language: Language, grammar: &Grammar, tree: &Tree, source: &str) -> FileModel {
    let Some(repaired) = (grammar.repair)(tree, source) else {
        return model_of(language, grammar, tree, source);
    };
    match parse::parse((grammar.words)(), &repaired) {
        Some(tree) => model_of(language, grammar, &tree, &repaired),
        None => unreadable(source),
    }
}

fn model_of(language: Language, grammar: &Grammar, tree: &Tree, source: &str) -> FileModel {
    let mut model = walk::walk(grammar, tree, source);
    literals::add(language, tree, source, &mut model);
    faults::add(language, tree, source, &mut model);
    model
}

/// The model of a file that takes too long to parse.
fn unreadable(source: &str) -> FileModel {
    FileModel { broken: std::iter::once(0..source.len()).collect(), ..FileModel::default() }
}
