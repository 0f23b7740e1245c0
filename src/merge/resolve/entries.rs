//! Cuts texts for people into entries: paragraphs, list entries, described parameters, examples.
//!
//! Which lines belong together depends on how the text is written: `:param x:` fields begin at any
//! place, `x (int): …` and `x : int` only in a section under a heading such as `Args:`, and what stands
//! between fences or behind a prompt is a program that is not looked into.

use std::ops::Range;

/// A part of a text, of one or more lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: &'static str,
    pub(super) span: Range<usize>,
    indent: usize,
    /// Whether a line of it is further in than its first.
    hangs: bool,
}

/// A line of a text with its place, without its white space.
struct Line<'a> {
    words: &'a str,
    /// The same without what makes it part of a comment.
    bare: &'a str,
    indent: usize,
    span: Range<usize>,
}

/// A part of a text that describes one thing after the other.
#[derive(Clone, Copy)]
struct Section {
    /// The heading's, which no line of the section has; none where its entries are not indented.
    outside: Option<usize>,
    /// Where its entries begin.
    inside: usize,
    kind: &'static str,
}

/// Cuts a range of a text; nothing but white space and bars is between the entries.
pub(super) fn cut(source: &str, inside: Range<usize>) -> Vec<Entry> {
    let lines = lines(source, inside);
    let mut found: Vec<Entry> = Vec::new();
    let mut section = None;
    // Whether the entry before may go on.
    let mut is_open = false;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if line.bare.is_empty() {
            (at, is_open) = (at + 1, false);
            continue;
        }
        section = section.filter(|section| goes_on(section, &lines[at..]));
        let (kind, length) = match heading(&lines[at..]) {
            Some((length, opened)) => {
                section = Some(opened);
                ("section", length)
            }
            None => (kind_of(&lines[at..], section), fence(&lines[at..]).unwrap_or(1)),
        };
        let end = lines[at + length - 1].span.end;
        at += length;
        match found.last_mut().filter(|entry| is_open && entry.takes(kind, line.indent)) {
            Some(entry) => {
                entry.hangs |= line.indent > entry.indent;
                entry.span.end = end;
            }
            None => {
                let span = line.span.start..end;
                found.push(Entry { kind, span, indent: line.indent, hangs: false });
            }
        }
        is_open = !matches!(kind, "fence" | "section");
    }
    found
}

impl Entry {
    /// Whether a line of a kind goes on with what this entry says.
    fn takes(&self, kind: &str, indent: usize) -> bool {
        match self.kind {
            "example" => kind != "example" && kind != "fence",
            "paragraph" => kind == "paragraph",
            // What is further out belongs to what is around: `Returns:` behind the last of `Args:`.
            _ => kind == "paragraph" && (indent > self.indent || (indent == self.indent && !self.hangs)),
        }
    }
}

fn lines(source: &str, inside: Range<usize>) -> Vec<Line<'_>> {
    let mut at = inside.start;
    let of = |line: &str| {
        let words = line.trim();
        let indent = line.len() - line.trim_start().len();
        let start = at + indent.min(line.trim_end().len());
        at += line.len();
        (words.len(), indent, start)
    };
    let places: Vec<_> = source[inside].split_inclusive('\n').map(of).collect();
    let line = |(length, indent, start): (usize, usize, usize)| {
        let words = &source[start..start + length];
        Line { words, bare: bare(words), indent, span: start..start + length }
    };
    places.into_iter().map(line).collect()
}

/// A line without what makes it part of a comment.
fn bare(line: &str) -> &str {
    match line.strip_prefix('*') {
        Some(rest) if !rest.starts_with('*') && !rest.starts_with(char::is_alphanumeric) => rest.trim_start(),
        _ => line,
    }
}

/// What kind of entry would begin with the first of these lines.
fn kind_of(lines: &[Line<'_>], section: Option<Section>) -> &'static str {
    let line = &lines[0];
    let is_described = |section: &Section| {
        line.indent == section.inside
            && match section.outside {
                Some(_) => is_described(line.bare),
                None => is_typed(lines),
            }
    };
    if fence(lines).is_some() {
        return "fence";
    }
    if line.bare.starts_with(">>> ") {
        return "example";
    }
    section.filter(is_described).map_or_else(|| kind(line.bare), |section| section.kind)
}

fn kind(line: &str) -> &'static str {
    let numbered = || {
        line.split_once(['.', ')']).is_some_and(|(n, rest)| {
            !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(' ')
        })
    };
    match line.as_bytes() {
        [b':', rest @ ..] if rest.contains(&b':') => "field",
        [b'@', b'a'..=b'z', ..] => "field",
        [b'-' | b'*' | b'+', b' ', ..] => "bullet",
        [b'.', b'.', b' ', ..] => "directive",
        [b'#', ..] => "heading",
        _ if numbered() => "numbered",
        _ => "paragraph",
    }
}

/// How many lines are between a fence and the one that ends it, both with them.
fn fence(lines: &[Line<'_>]) -> Option<usize> {
    let mark = ["```", "~~~"].into_iter().find(|mark| lines[0].bare.starts_with(mark))?;
    let end = lines.iter().skip(1).position(|line| line.bare == mark && line.indent == lines[0].indent)?;
    Some(end + 2)
}

/// What the entries of sections under a heading are. An exception may be told of twice.
const HEADINGS: &[(&str, &str)] = &[
    ("args", "field"),
    ("arguments", "field"),
    ("attributes", "field"),
    ("keyword args", "field"),
    ("keyword arguments", "field"),
    ("other parameters", "field"),
    ("parameters", "field"),
    ("params", "field"),
    ("raises", "raised"),
    ("warns", "raised"),
];

/// The heading of a section of described things, if these lines begin with one: how many lines it has.
fn heading(lines: &[Line<'_>]) -> Option<(usize, Section)> {
    let (first, next) = (&lines[0], lines.get(1)?);
    let kind_under = |heading: &str| {
        let is_it = |(known, _): &&(&str, &'static str)| heading.eq_ignore_ascii_case(known);
        HEADINGS.iter().find(is_it).map(|(_, kind)| *kind)
    };
    if let Some(kind) = first.bare.strip_suffix(':').and_then(kind_under) {
        let section = Section { outside: Some(first.indent), inside: next.indent, kind };
        return (next.indent > first.indent && is_described(next.bare)).then_some((1, section));
    }
    let kind = kind_under(first.bare)?;
    let section = Section { outside: None, inside: first.indent, kind };
    (is_rule(first, next) && lines.get(2..).is_some_and(is_typed)).then_some((2, section))
}

/// Whether a line underlines the one before.
fn is_rule(above: &Line<'_>, line: &Line<'_>) -> bool {
    line.words.len() > 2 && line.words.bytes().all(|byte| byte == b'-') && line.indent == above.indent
}

/// Whether a section holds these lines too.
fn goes_on(section: &Section, lines: &[Line<'_>]) -> bool {
    match section.outside {
        Some(outside) => lines[0].indent > outside,
        None => !lines.get(1).is_some_and(|next| is_rule(&lines[0], next)),
    }
}

/// Whether a line begins as `name: …` or `name (type): …` does.
fn is_described(line: &str) -> bool {
    let rest = line.trim_start_matches('*').trim_start_matches(|char: char| is_part(char) || char == '.');
    let is_named = rest.len() < line.len() && line.starts_with(|char: char| char == '*' || is_part(char));
    let after = match rest.strip_prefix(" (") {
        Some(typed) => typed.find("):").map(|end| &typed[end + 2..]),
        None => rest.strip_prefix(':'),
    };
    is_named && after.is_some_and(|after| after.is_empty() || after.starts_with(' '))
}

/// Whether lines begin as `name : type` or `name` with what is said of it below and further in.
fn is_typed(lines: &[Line<'_>]) -> bool {
    let Some(line) = lines.first() else { return false };
    let names = line.bare.split(" : ").next().unwrap_or_default();
    let is_name = |name: &str| {
        let name = name.trim_start_matches('*');
        !name.is_empty() && name.chars().all(is_part)
    };
    let is_told = lines.get(1).is_some_and(|next| !next.bare.is_empty() && next.indent > line.indent);
    names.split(", ").all(is_name) && (is_told || names.len() < line.bare.len())
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// What tells an entry from others: the name it describes, the code of an example.
pub(super) fn key(text: &str, kind: &str) -> String {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    match kind {
        "field" if !text.trim_start_matches(['*', ' ']).starts_with([':', '@']) => {
            let end = text.find([':', ' ', '\n']).filter(|end| *end > 0).unwrap_or(text.len());
            text[..end].trim_start_matches('*').to_owned()
        }
        "field" => text.trim_start_matches(['*', ' ']).split(':').nth(1).unwrap_or(text).trim().to_owned(),
        "heading" => text.lines().next().unwrap_or_default().to_owned(),
        "section" => words(text).to_lowercase(),
        "example" | "fence" => words(&code(text).join(" ")),
        _ => String::new(),
    }
}

/// The lines of an example that are typed in.
fn code(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| line.starts_with(">>> ") || line.starts_with("... ")).collect()
}

/// Whether an entry is an example that depends on none before it and that none behind it depends on: one
/// call of a function by its name, with what it comes to.
pub(super) fn stands_alone(text: &str, kind: &str) -> bool {
    if kind != "example" {
        return true;
    }
    let (code, n_lines) = (code(text), text.lines().count());
    let called = code[0].trim_start_matches(">>> ").trim_start_matches(is_part);
    code.len() < n_lines && called.starts_with('(') && !code.iter().any(|line| line.contains(":="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(&'static str, String)> {
        let entries = cut(text, 0..text.len()).into_iter();
        entries.map(|entry| (entry.kind, key(&text[entry.span], entry.kind))).collect()
    }

    #[test]
    fn what_is_described_under_a_heading_is_an_entry_each() {
        let text = "One line.\n\n    Args:\n        a (int, or: so): That\n            is a: b.\n        *rest: More.\n\n        c: Last.\n\n    Returns:\n        int: One.\n";
        let found = kinds(text);
        let fields = ["a", "rest", "c"].map(|name| ("field", name.to_owned()));
        assert_eq!(found[1..5], [&[("section", "args:".to_owned())][..], &fields].concat());
        assert_eq!(found[5].0, "paragraph");
        let text =
            "Parameters\n----------\na : int\n    One.\nb, c\n    Two.\n\nReturns\n-------\nint\n    One.\n";
        let found: Vec<String> = kinds(text).into_iter().map(|(_, key)| key).collect();
        assert_eq!(found, ["parameters ----------", "a", "b,", ""]);
    }

    #[test]
    fn a_section_ends_without_a_blank_line() {
        let found = kinds("One.\n\n    Args:\n        a: That.\n    Returns:\n        int: One.\n");
        let found: Vec<&str> = found.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(found, ["paragraph", "section", "field", "paragraph"]);
    }

    #[test]
    fn what_looks_like_a_heading_alone_is_none() {
        for text in ["Args:\nas they are: so\n", "Raises: a\n    b: c\n", "Args:\n    as they are\n"] {
            assert!(kinds(text).iter().all(|(kind, _)| *kind == "paragraph"), "{text}");
        }
    }

    #[test]
    fn examples_and_fences_are_whole() {
        let text = ">>> f(1)\n- 1\n>>> for a in b:\n...     c\n\n```py\nx\n\ny\n```\nmore\n";
        let found: Vec<&str> = kinds(text).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(found, ["example", "example", "fence", "paragraph"]);
        assert!(stands_alone(">>> f(1)\n1", "example"));
        for text in [">>> f(1)", ">>> a = f(1)\n1", ">>> a.pop()\n1", ">>> f(a := 1)\n1"] {
            assert!(!stands_alone(text, "example"), "{text}");
        }
    }
}
