//! Which files are put together in which way.
//!
//! Code has the grammars of the validator. Formats for settings and texts are read here into trees of
//! the same kind, as coarse as a merge needs them; whether the result loads is asked of the readers
//! that the validator trusts.

mod json;
pub(super) mod lines;
mod lock;
mod markdown;
mod reader;
mod rst;
pub(super) mod tables;
mod values;
mod yaml;

use std::ops::Range;
use std::panic::resume_unwind;

use self::lines::Kind;
use super::chunks::Three;
use super::macros::read_tokens;
use super::senses::tell_apart;
use super::weave::Why;
use crate::model::RepoPath;
use crate::validate::data::{Format, Value, read, repeated};
use crate::validate::extract::{Language, Syntax, SyntaxNode, language_of, syntax};
use crate::validate::model::FileModel;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Code(Language),
    /// Settings, or what a package manager wrote.
    Data(Format),
    Lock(Format),
    Markdown,
    /// Paragraphs and entries under lines of signs.
    Rst,
    /// One entry a line, or a few.
    Lines(Kind),
    /// Lines, and nothing known about them.
    Plain,
}

/// Files that package managers write, with how they are written.
const LOCKS: &[(&str, Format)] = &[
    ("Cargo.lock", Format::Toml),
    ("poetry.lock", Format::Toml),
    ("uv.lock", Format::Toml),
    ("pdm.lock", Format::Toml),
    ("package-lock.json", Format::Json),
    ("npm-shrinkwrap.json", Format::Json),
    ("composer.lock", Format::Json),
    ("Pipfile.lock", Format::Json),
    ("pnpm-lock.yaml", Format::Yaml),
];

/// A file as it is put together.
#[derive(Debug)]
pub(super) enum Read {
    Code(Syntax),
    /// Code of which a part could not be read, which is a leaf of the tree and the same in all versions.
    Told(Syntax),
    Text(SyntaxNode),
}

/// What is known of three versions.
pub(super) type Reads<'a> = Three<&'a Option<Read>>;

impl Read {
    /// The tree; none where a part of the file could not be read and so may be anything.
    pub(super) fn whole(&self) -> Option<&SyntaxNode> {
        match self {
            Self::Code(syntax) => (syntax.errors == 0).then_some(&syntax.root),
            Self::Told(_) | Self::Text(_) => Some(self.root()),
        }
    }

    /// The tree, whatever it holds.
    pub(super) fn root(&self) -> &SyntaxNode {
        match self {
            Self::Code(syntax) | Self::Told(syntax) => &syntax.root,
            Self::Text(root) => root,
        }
    }

    /// Places that could not be read.
    pub(super) fn errors(&self) -> usize {
        match self {
            Self::Code(syntax) | Self::Told(syntax) => syntax.errors,
            Self::Text(_) => 0,
        }
    }

    /// What code means; nothing for other files.
    pub(super) fn model(&self, text: &str) -> FileModel {
        match self {
            Self::Code(syntax) | Self::Told(syntax) => syntax.model(text),
            Self::Text(_) => FileModel::default(),
        }
    }
}

impl Form {
    pub(super) fn of(path: &RepoPath) -> Self {
        if let Some(language) = language_of(path).filter(|language| language.is_code()) {
            return Self::Code(language);
        }
        let name = path.file_name();
        if let Some((_, format)) = LOCKS.iter().find(|(known, _)| *known == name) {
            return Self::Lock(*format);
        }
        match path.extension().as_str() {
            "json" | "jsonc" | "webmanifest" => Self::Data(Format::Json),
            "toml" => Self::Data(Format::Toml),
            "yaml" | "yml" => Self::Data(Format::Yaml),
            "md" | "markdown" | "mdx" => Self::Markdown,
            "rst" => Self::Rst,
            "" | "txt" if is_for_people(&name) => Self::Rst,
            _ => Kind::of(&name).map_or(Self::Plain, Self::Lines),
        }
    }

    /// How a text of this form is put together; none where that is unknown.
    pub(super) fn read(self, text: &str) -> Option<Read> {
        match self {
            Self::Code(language) => {
                let mut syntax = syntax(language, text)?;
                match language {
                    Language::Rust => read_tokens(&mut syntax.root, text),
                    _ => tell_apart(&mut syntax.root, text),
                }
                return Some(Read::Code(syntax));
            }
            Self::Data(Format::Json) | Self::Lock(Format::Json) => json::read(text),
            Self::Data(Format::Toml) | Self::Lock(Format::Toml) => tables::read(text),
            Self::Data(Format::Yaml) | Self::Lock(Format::Yaml) => yaml::read(text),
            Self::Markdown => Some(markdown::read(text)),
            Self::Rst => Some(rst::read(text)),
            Self::Lines(kind) => Some(lines::read(kind, text)),
            Self::Plain => None,
        }
        .map(Read::Text)
    }

    /// The same for three texts at once.
    pub(super) fn read_all(self, texts: Three<&str>) -> Three<Option<Read>> {
        std::thread::scope(|scope| {
            let sides = [texts.ours, texts.theirs].map(|text| scope.spawn(move || self.read(text)));
            let base = self.read(texts.base);
            // A reader that panics is a bug, and is shown as one.
            let [ours, theirs] = sides.map(|side| side.join().unwrap_or_else(|panic| resume_unwind(panic)));
            Three::new(base, ours, theirs)
        })
    }

    /// Whether a merged file loads where both sides did, and holds what they come to.
    pub(super) fn loads(self, texts: Three<&str>, merged: &str) -> Result<(), Why> {
        let (Self::Data(format) | Self::Lock(format)) = self else { return Ok(()) };
        let roots = texts.map(|text| read(format, text).ok().map(|document| document.root));
        let Three { base, ours: Some(ours), theirs: Some(theirs) } = &roots else { return Ok(()) };
        let merged = read(format, merged).map_err(|_| Why::DoesNotParse)?.root;
        if repeated_keys(&merged) > repeated_keys(ours).max(repeated_keys(theirs)) {
            return Err(Why::DefinedTwice);
        }
        let of = Three::new(base.as_ref(), Some(ours), Some(theirs));
        if !values::is_merge(of, Some(&merged)) {
            return Err(Why::SameThing);
        }
        match self {
            Self::Lock(_) => lock::holds([ours, theirs], &merged),
            _ => Ok(()),
        }
    }
}

/// Whether the name of a file without a form of its own says that it tells people something, as the
/// `README` of many projects does: paragraphs, lists, and lines of signs under headings.
fn is_for_people(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    ["README", "CHANGES", "CHANGELOG", "HISTORY", "NEWS"].contains(&stem.to_uppercase().as_str())
}

/// How many keys stand more than once in one map.
fn repeated_keys(root: &Value) -> usize {
    repeated(root).values().map(|(count, _)| count - 1).sum()
}

/// A part of a text with what it is made of.
fn node(kind: &'static str, span: Range<usize>, children: Vec<SyntaxNode>) -> SyntaxNode {
    SyntaxNode { kind, field: None, named: true, span, children }
}

fn leaf(kind: &'static str, span: Range<usize>) -> SyntaxNode {
    node(kind, span, Vec::new())
}

fn token(kind: &'static str, at: usize) -> SyntaxNode {
    SyntaxNode { named: false, ..leaf(kind, at..at + kind.len()) }
}

/// From where the first of some nodes starts to where the last ends.
fn extent(nodes: &[SyntaxNode]) -> Range<usize> {
    let start = nodes.first().map_or(0, |node| node.span.start);
    start..nodes.last().map_or(start, |node| node.span.end)
}
