//! A TOML file as people write it, read so that every complaint names file, line and key.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml_edit::{Document as Tree, Item, TableLike};

use crate::model::{nearest, printable};

/// One complaint about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// One-based.
    pub line: usize,
    pub message: String,
}

/// A file that cannot be used, with everything that is wrong with it.
#[derive(Debug, thiserror::Error)]
pub struct FileError {
    pub path: PathBuf,
    pub problems: Vec<FileProblem>,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (idx, problem) in self.problems.iter().enumerate() {
            let separator = if idx == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{}: {}", self.path.display(), problem.line, problem.message)?;
        }
        Ok(())
    }
}

/// Which keys a file may hold.
pub(super) enum Keys {
    /// A value; what is inside is for serde to judge.
    Value,
    /// A table, or an array of tables, with these keys.
    Table(&'static [(&'static str, Self)]),
    /// A table with keys of the user's choice, each of this shape.
    AnyOf(&'static Self),
}

/// The text of a file and its syntax tree.
pub(super) struct Document {
    path: PathBuf,
    text: String,
    tree: Tree<String>,
}

impl Document {
    /// Parses `text`, which was read from `path`.
    pub(super) fn parse(path: &Path, text: String) -> Result<Self, FileError> {
        match Tree::parse(text.clone()) {
            Ok(tree) => Ok(Self { path: path.to_owned(), text, tree }),
            Err(error) => {
                let line = line_at(&text, error.span());
                let named = error.span().and_then(|span| text.get(span)).map(str::trim);
                let message = match (error.message(), named) {
                    ("duplicate key", Some(name)) => format!(
                        "'{}' stands here once more: TOML takes every table and key once",
                        printable(name)
                    ),
                    (message, _) => message.replace('\n', ", "),
                };
                Err(FileError { path: path.to_owned(), problems: vec![FileProblem { line, message }] })
            }
        }
    }

    /// Refuses unknown keys and newer versions, then reads the whole as `T`.
    pub(super) fn read<T: DeserializeOwned>(&self, keys: &Keys, newest: i64) -> Result<T, FileError> {
        self.check_version(newest)?;
        self.read_unversioned(keys)
    }

    /// As [`Document::read`], for files that agents write and nobody keeps.
    pub(super) fn read_unversioned<T: DeserializeOwned>(&self, keys: &Keys) -> Result<T, FileError> {
        let mut unknown = Vec::new();
        self.find_unknown(self.tree.as_table(), keys, &mut unknown);
        if !unknown.is_empty() {
            return Err(self.error(unknown));
        }
        toml::from_str(&self.text)
            .map_err(|error| self.error(vec![self.problem(error.span(), error.message().to_owned())]))
    }

    /// The error that holds these complaints, in the order of their lines.
    pub(super) fn error(&self, mut problems: Vec<FileProblem>) -> FileError {
        problems.sort_by_key(|problem| problem.line);
        FileError { path: self.path.clone(), problems }
    }

    pub(super) fn problem(&self, span: Option<Range<usize>>, message: String) -> FileProblem {
        FileProblem { line: line_at(&self.text, span), message }
    }

    /// Where `text` first stands in the file.
    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        self.text.find(text).map(|start| start..start + text.len())
    }

    /// The line of a key (or of an item of its list) in the `idx`-th `[[table]]`, or the nearest
    /// line that exists.
    pub(super) fn line_in_array(&self, array: &str, idx: usize, key: &str, item: Option<usize>) -> usize {
        let table = self.tree.get(array).and_then(Item::as_array_of_tables).and_then(|array| array.get(idx));
        let Some(table) = table else { return 1 };
        let value = table.get(key);
        let in_list = item.and_then(|item| value?.as_array()?.get(item)?.span());
        let at_key = || table.key(key).and_then(toml_edit::Key::span).or_else(|| value?.span());
        line_at(&self.text, in_list.or_else(at_key).or_else(|| table.span()))
    }

    fn check_version(&self, newest: i64) -> Result<(), FileError> {
        let span = || self.tree.key("version").and_then(toml_edit::Key::span);
        let message = match self.tree.get("version").map(Item::as_integer) {
            Some(Some(version)) if (1..=newest).contains(&version) => return Ok(()),
            Some(Some(version)) if version > newest => {
                format!(
                    "version {version} needs a newer git-orca (this one reads up to {newest}): upgrade it"
                )
            }
            Some(_) if newest == 1 => "version must be the number 1: version = 1".to_owned(),
            Some(_) => format!("version must be a number from 1 to {newest}"),
            None => format!("the key 'version' is missing: write 'version = {newest}' at the top"),
        };
        Err(self.error(vec![self.problem(span(), message)]))
    }

    fn find_unknown(&self, table: &dyn TableLike, keys: &Keys, unknown: &mut Vec<FileProblem>) {
        for (name, item) in table.iter() {
            let inner = match keys {
                Keys::Value => continue,
                Keys::AnyOf(inner) => *inner,
                Keys::Table(known) => match known.iter().find(|(key, _)| *key == name) {
                    Some((_, inner)) => inner,
                    None => {
                        let span = table.key(name).and_then(toml_edit::Key::span);
                        unknown.push(self.problem(span, unknown_key(name, known)));
                        continue;
                    }
                },
            };
            if let Some(table) = item.as_table_like() {
                self.find_unknown(table, inner, unknown);
            }
            for table in item.as_array_of_tables().into_iter().flatten() {
                self.find_unknown(table, inner, unknown);
            }
        }
    }
}

fn unknown_key(name: &str, known: &[(&'static str, Keys)]) -> String {
    let names = known.iter().map(|(key, _)| *key);
    match nearest(name, names.clone()) {
        Some(near) => format!("unknown key '{name}'; did you mean '{near}'?"),
        None => format!("unknown key '{name}'; known are {}", names.collect::<Vec<_>>().join(", ")),
    }
}

fn line_at(text: &str, span: Option<Range<usize>>) -> usize {
    let end = span.map_or(0, |span| span.start.min(text.len()));
    1 + text.as_bytes()[..end].iter().filter(|&&byte| byte == b'\n').count()
}
