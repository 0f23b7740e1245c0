//! reStructuredText as sections under underlined headings, with lists and paragraphs in them.

use super::markdown::{Line, Outline, block_end, is_only, lines, list, marker, span};
use super::{extent, leaf, node};
use crate::validate::extract::SyntaxNode;

pub(super) fn read(text: &str) -> SyntaxNode {
    let lines = lines(text);
    let mut outline = Outline::default();
    // Signs of headings, the outermost first.
    let mut signs: Vec<(char, bool)> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].text.is_empty() {
            at += 1;
            continue;
        }
        let Some((sign, length)) = heading(&lines[at..]) else {
            let (block, end) = block(&lines, at);
            outline.push(block);
            at = end;
            continue;
        };
        let level = signs.iter().position(|other| *other == sign).unwrap_or_else(|| {
            signs.push(sign);
            signs.len() - 1
        });
        outline.open(level + 1, leaf("md_heading", span(&lines[at..at + length])));
        at += length;
    }
    node("md_document", 0..text.len(), outline.finish())
}

/// The sign that a heading is underlined with, whether it is overlined too, and its lines.
fn heading(lines: &[Line<'_>]) -> Option<((char, bool), usize)> {
    let text = |idx: usize| lines.get(idx).map_or("", |line| line.text);
    let ruled = |idx: usize| {
        let sign = text(idx).chars().next().filter(char::is_ascii_punctuation)?;
        (text(idx).len() > 2 && is_only(text(idx), sign)).then_some(sign)
    };
    match (ruled(0), ruled(1), ruled(2)) {
        (Some(sign), None, Some(other)) if sign == other && !text(1).is_empty() => Some(((sign, true), 3)),
        (None, Some(sign), _) if lines[0].indent == 0 => Some(((sign, false), 2)),
        _ => None,
    }
}

/// A list, or a paragraph with all that is further in than it.
fn block(lines: &[Line<'_>], at: usize) -> (SyntaxNode, usize) {
    if marker(lines[at].text).is_some() {
        return list(lines, at);
    }
    if let Some(table) = table(lines, at) {
        return table;
    }
    let end = block_end(lines, at, |line| marker(line.text).is_some());
    (leaf("md_paragraph", span(&lines[at..end])), end)
}

/// A table between lines of `=` that show its columns: its rows, each with the lines that go on in it.
fn table(lines: &[Line<'_>], at: usize) -> Option<(SyntaxNode, usize)> {
    let end = block_end(lines, at, |_| false);
    let [first, .., last] = &lines[at..end] else { return None };
    if !is_rule(first.text) || last.text != first.text {
        return None;
    }
    let starts: Vec<usize> = (at..end).filter(|&idx| lines[idx].indent == first.indent).collect();
    let ends = starts.iter().skip(1).copied().chain([end]);
    let rows = starts.iter().zip(ends).map(|(&start, end)| leaf("md_row", span(&lines[start..end])));
    let rows: Vec<SyntaxNode> = rows.collect();
    Some((node("md_table", extent(&rows), rows), end))
}

fn is_rule(line: &str) -> bool {
    line.contains(' ') && line.chars().all(|sign| sign == '=' || sign == ' ')
}
