//! Markdown as sections of blocks: paragraphs, lists of entries, tables of rows, fenced code.

use std::ops::Range;

use super::{extent, leaf, node};
use crate::validate::extract::SyntaxNode;

pub(super) fn read(text: &str) -> SyntaxNode {
    let mut outline = Outline::default();
    for block in blocks(text) {
        match heading(&text[block.span.clone()]).filter(|_| block.kind == "md_heading") {
            Some(level) => outline.open(level, block),
            None => outline.push(block),
        }
    }
    node("md_document", 0..text.len(), outline.finish())
}

/// Sections that are not closed yet, the outermost first, each with its level.
#[derive(Default)]
pub(super) struct Outline {
    /// What stands before all headings, and sections that are closed.
    top: Vec<SyntaxNode>,
    open: Vec<(usize, Vec<SyntaxNode>)>,
}

impl Outline {
    pub(super) fn push(&mut self, block: SyntaxNode) {
        self.open.last_mut().map_or(&mut self.top, |(_, children)| children).push(block);
    }

    /// Starts a section with its heading.
    pub(super) fn open(&mut self, level: usize, heading: SyntaxNode) {
        self.close(level);
        self.open.push((level, vec![heading]));
    }

    /// Ends the sections that a heading of a level ends.
    fn close(&mut self, level: usize) {
        while self.open.last().is_some_and(|(other, _)| *other >= level) {
            let Some((_, children)) = self.open.pop() else { return };
            self.push(node("md_section", extent(&children), children));
        }
    }

    pub(super) fn finish(mut self) -> Vec<SyntaxNode> {
        self.close(0);
        self.top
    }
}

fn heading(text: &str) -> Option<usize> {
    let level = text.len() - text.trim_start_matches('#').len();
    match level {
        0 => Some(if text.trim_end().ends_with('=') { 1 } else { 2 }),
        1..=6 => Some(level),
        _ => None,
    }
}

/// A line with its place.
#[derive(Debug, Clone)]
pub(super) struct Line<'t> {
    pub(super) text: &'t str,
    span: Range<usize>,
    pub(super) indent: usize,
}

pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut at = 0;
    let cut = text.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        let bare = line.trim();
        let indent = line.len() - line.trim_start().len();
        let begin = start + if bare.is_empty() { 0 } else { indent };
        Line { text: bare, span: begin..begin + bare.len(), indent }
    });
    cut.collect()
}

/// From where some lines start to where they end.
pub(super) fn span(lines: &[Line<'_>]) -> Range<usize> {
    let last = lines.iter().rev().find(|line| !line.text.is_empty());
    let start = lines.first().map_or(0, |line| line.span.start);
    start..last.map_or(start, |line| line.span.end)
}

/// The line behind a block: a paragraph with all that is further in than its first line.
pub(super) fn block_end(lines: &[Line<'_>], at: usize, ends: impl Fn(&Line<'_>) -> bool) -> usize {
    let depth = lines[at].indent;
    let mut end = at + 1;
    let mut after_blank = false;
    for (idx, line) in lines.iter().enumerate().skip(at + 1) {
        if line.text.is_empty() {
            after_blank = true;
        } else if line.indent > depth || !(after_blank || ends(line)) {
            end = idx + 1;
        } else {
            break;
        }
    }
    end
}

fn blocks(text: &str) -> Vec<SyntaxNode> {
    let lines = lines(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].text.is_empty() {
            at += 1;
            continue;
        }
        let (block, end) = block(&lines, at);
        found.push(block);
        at = end.max(at + 1);
    }
    found
}

/// The block that starts in a line, and the line behind it.
fn block(lines: &[Line<'_>], at: usize) -> (SyntaxNode, usize) {
    let line = &lines[at];
    let whole = |kind, end: usize| (leaf(kind, line.span.start..lines[end - 1].span.end), end);
    if at == 0 && line.text == "---" {
        let end = lines[1..].iter().position(|line| line.text == "---").map_or(at + 1, |end| end + 2);
        return whole("md_front", end);
    }
    if let Some(fence) = fence(line.text) {
        return whole("md_code", fence_end(lines, at, fence));
    }
    if line.text.starts_with("<!--") {
        let end = lines[at..].iter().position(|line| line.text.contains("-->"));
        return whole("html_comment", end.map_or(lines.len(), |end| at + end + 1));
    }
    if is_heading(line.text) {
        return whole("md_heading", at + 1);
    }
    if line.text.starts_with('|') {
        let rows = lines[at..].iter().take_while(|line| line.text.starts_with('|'));
        let rows: Vec<SyntaxNode> = rows.map(|line| leaf("md_row", line.span.clone())).collect();
        let end = at + rows.len();
        return (node("md_table", extent(&rows), rows), end);
    }
    if marker(line.text).is_some() {
        return list(lines, at);
    }
    let ends = |line: &Line<'_>| {
        line.text.is_empty()
            || is_heading(line.text)
            || fence(line.text).is_some()
            || marker(line.text).is_some()
    };
    let end = lines[at + 1..].iter().position(ends).map_or(lines.len(), |end| at + 1 + end);
    let is_underline = |line: &Line<'_>| is_only(line.text, '=') || is_only(line.text, '-');
    match lines[at + 1..end].iter().position(is_underline) {
        // Everything above the line is the heading.
        Some(under) => whole("md_heading", at + under + 2),
        None => whole("md_paragraph", end),
    }
}

pub(super) fn is_only(text: &str, sign: char) -> bool {
    text.len() > 1 && text.chars().all(|other| other == sign)
}

fn is_heading(text: &str) -> bool {
    let signs = text.len() - text.trim_start_matches('#').len();
    (1..=6).contains(&signs) && matches!(text.as_bytes().get(signs), None | Some(b' '))
}

fn fence(text: &str) -> Option<&str> {
    let sign = text.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let length = text.len() - text.trim_start_matches(sign).len();
    (length >= 3).then(|| &text[..length])
}

fn fence_end(lines: &[Line<'_>], at: usize, fence: &str) -> usize {
    let is_end =
        |line: &Line<'_>| line.text.starts_with(fence) && is_only(line.text, fence.as_bytes()[0].into());
    lines[at + 1..].iter().position(is_end).map_or(lines.len(), |end| at + end + 2)
}

/// How far the text of an entry is in from its bullet.
pub(super) fn marker(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match bytes {
        [b'-' | b'*' | b'+', b' ', ..] if !is_rule(text) => Some(2),
        [b'-' | b'*' | b'+'] => Some(2),
        _ if (1..=9).contains(&digits)
            && matches!(bytes.get(digits..digits + 2), Some([b'.' | b')', b' '])) =>
        {
            Some(digits + 2)
        }
        _ => None,
    }
}

/// A line across the page.
fn is_rule(text: &str) -> bool {
    let signs: String = text.split(' ').collect();
    signs.len() > 2 && ['-', '*'].iter().any(|sign| is_only(&signs, *sign))
}

pub(super) fn list(lines: &[Line<'_>], at: usize) -> (SyntaxNode, usize) {
    let depth = lines[at].indent;
    let mut items: Vec<SyntaxNode> = Vec::new();
    let mut next = at;
    while next < lines.len() && lines[next].indent <= depth + 1 && marker(lines[next].text).is_some() {
        let (item, end) = item(lines, next);
        items.push(item);
        // Entries with blank lines between them are one list.
        next = (end..lines.len()).find(|&line| !lines[line].text.is_empty()).unwrap_or(lines.len());
        let goes_on = next < lines.len() && marker(lines[next].text).is_some() && lines[next].indent >= depth;
        if !goes_on {
            next = end;
            break;
        }
    }
    (node("md_list", extent(&items), items), next)
}

/// An entry with the lines that hang on it.
fn item(lines: &[Line<'_>], at: usize) -> (SyntaxNode, usize) {
    let first = &lines[at];
    let inside = first.indent + marker(first.text).unwrap_or(2);
    let kind =
        if first.text.starts_with(|sign: char| sign.is_ascii_digit()) { "md_numbered" } else { "md_item" };
    let (mut end, mut last, mut after_blank) = (at + 1, at, false);
    while let Some(line) = lines.get(end) {
        if line.text.is_empty() {
            after_blank = true;
        } else if line.indent >= inside || (line.indent > first.indent && !is_sibling(line, first)) {
            after_blank = false;
            end = match fence(line.text) {
                Some(fence) => fence_end(lines, end, fence) - 1,
                None => end,
            };
            last = end;
        } else if after_blank
            || marker(line.text).is_some()
            || is_heading(line.text)
            || fence(line.text).is_some()
        {
            break;
        } else {
            last = end;
        }
        end += 1;
    }
    (leaf(kind, first.span.start..lines[last].span.end), last + 1)
}

fn is_sibling(line: &Line<'_>, first: &Line<'_>) -> bool {
    line.indent <= first.indent + 1 && marker(line.text).is_some()
}
