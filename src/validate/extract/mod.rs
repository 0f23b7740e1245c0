//! Turns the content of a file into a [`FileModel`], one file per language.
//!
//! Nothing here fails: half-written code is normal input, and what cannot be read is said in
//! [`FileModel::broken`]. A new language is one module with a `Grammar` and one row in
//! `LANGUAGES`.

mod go;
mod java;
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

pub use self::tree::{Syntax, SyntaxNode, syntax};

use self::walk::Grammar;
use crate::model::RepoPath;
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

/// The language of a path, by its extension.
pub fn language_of(path: &RepoPath) -> Option<Language> {
    let extension = path.extension();
    let row = LANGUAGES.iter().find(|(_, extensions, _)| extensions.contains(&extension.as_str()))?;
    Some(row.0)
}

/// Reads a file as far as it can be read; half-written code is normal input.
pub fn extract(language: Language, source: &str) -> FileModel {
    let row = LANGUAGES.iter().find(|(known, ..)| *known == language);
    row.map_or_else(FileModel::default, |(_, _, grammar)| read(grammar, source))
}

fn read(grammar: &Grammar, source: &str) -> FileModel {
    let parser = (grammar.parser)();
    let Some(tree) = parse::parse(&parser, source) else { return unreadable(source) };
    let Some(repaired) = (grammar.repair)(&tree, source) else { return walk::walk(grammar, &tree, source) };
    match parse::parse(&parser, &repaired) {
        Some(tree) => walk::walk(grammar, &tree, &repaired),
        None => unreadable(source),
    }
}

/// The model of a file that takes too long to parse.
fn unreadable(source: &str) -> FileModel {
    FileModel { broken: std::iter::once(0..source.len()).collect(), ..FileModel::default() }
}
