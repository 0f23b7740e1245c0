//! Files of one entry a line: requirements, checksums, patterns to ignore.

use std::ops::Range;

use super::{extent, leaf, node};
use crate::validate::extract::SyntaxNode;

/// What the lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::merge::resolve) enum Kind {
    /// Python packages, each with the versions that will do.
    Requirements,
    /// A module, its version and its checksum.
    GoSum,
    /// Directives, and blocks of them.
    GoMod,
    /// Patterns.
    Ignore,
    /// A package with the indented lines below its name.
    Stanzas,
}

impl Kind {
    /// What the lines of a file with this name are, if that is known.
    pub(super) fn of(name: &str) -> Option<Self> {
        let is_list = |start: &str| name.starts_with(start) && name.ends_with(".txt");
        match name {
            "go.sum" | "go.work.sum" => Some(Self::GoSum),
            "go.mod" => Some(Self::GoMod),
            "yarn.lock" => Some(Self::Stanzas),
            _ if is_list("requirements") || is_list("constraints") => Some(Self::Requirements),
            _ if name.starts_with('.') && name.ends_with("ignore") => Some(Self::Ignore),
            _ => None,
        }
    }
}

pub(super) fn read(kind: Kind, text: &str) -> SyntaxNode {
    let mut root: Vec<SyntaxNode> = Vec::new();
    let mut block: Option<Vec<SyntaxNode>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        let begin = start + (line.len() - line.trim_start().len());
        let span = begin..begin + bare.len();
        if bare.is_empty() {
            continue;
        }
        let into = block.as_mut().unwrap_or(&mut root);
        match line_kind(kind, line, text, into.last()) {
            "continued" => {
                if let Some(last) = into.last_mut() {
                    last.span.end = span.end;
                }
            }
            "go_head" => block = Some(vec![leaf("go_head", span)]),
            "go_end" => {
                into.push(leaf("go_end", span));
                root.extend(block.take().map(|lines| node("go_block", extent(&lines), lines)));
            }
            name => entry(kind, name, span, text, into),
        }
    }
    root.extend(block.map(|lines| node("go_block", extent(&lines), lines)));
    node("line_list", 0..text.len(), root)
}

/// Adds a line, and the comment on it apart.
fn entry(kind: Kind, name: &'static str, span: Range<usize>, text: &str, into: &mut Vec<SyntaxNode>) {
    let signs = if kind == Kind::GoMod { " //" } else { " #" };
    let line = &text[span.clone()];
    let comment = line.find(signs).filter(|_| name == "line_entry");
    let Some(comment) = comment else { return into.push(leaf(name, span)) };
    into.push(leaf(name, span.start..span.start + line[..comment].trim_end().len()));
    into.push(leaf("comment", span.start + comment + 1..span.end));
}

fn line_kind(kind: Kind, line: &str, text: &str, last: Option<&SyntaxNode>) -> &'static str {
    let bare = line.trim();
    let hangs = line.starts_with([' ', '\t']) && last.is_some_and(|last| last.kind == "line_entry");
    let goes_on = || last.is_some_and(|last| text[last.span.clone()].ends_with('\\'));
    match kind {
        Kind::GoMod if bare.starts_with("//") => "comment",
        Kind::GoMod if bare.ends_with('(') => "go_head",
        Kind::GoMod if bare == ")" => "go_end",
        Kind::Requirements if goes_on() => "continued",
        Kind::Stanzas if hangs => "continued",
        Kind::Requirements | Kind::Ignore | Kind::Stanzas if bare.starts_with('#') => "comment",
        Kind::Ignore if bare.starts_with('!') => "line_negated",
        Kind::Ignore => "line_pattern",
        _ => "line_entry",
    }
}

/// What a line is about: one thing must not be said in two ways.
pub(in crate::merge::resolve) fn line_key(line: &str) -> String {
    let is_hash = |word: &str| word.starts_with("h1:");
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        // A module, its version and its checksum, or its version alone.
        [module, version, hash] if is_hash(hash) => format!("{module} {version}"),
        [module, version] if version.starts_with('v') => (*module).to_owned(),
        ["require" | "exclude" | "retract" | "tool", rest @ ..] => {
            rest.first().map_or("", |word| *word).to_owned()
        }
        ["replace", module, ..] | [module, "=>", ..] => format!("{module} =>"),
        ["go" | "toolchain" | "module", ..] => words[0].to_owned(),
        [option, ..] if option.starts_with('-') => line.to_owned(),
        _ if line.contains('\n') => line.lines().next().unwrap_or_default().trim().to_owned(),
        _ => requirement(line),
    }
}

/// A package without its versions.
fn requirement(line: &str) -> String {
    let end = line.find(['=', '<', '>', '~', '!', ';', '[', ' ', '@']).filter(|end| *end > 0);
    line[..end.unwrap_or(line.len())].trim().replace(['_', '.'], "-").to_lowercase()
}
