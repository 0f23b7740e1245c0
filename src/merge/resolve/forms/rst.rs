//! reStructuredText as sections under underlined headings, with lists and paragraphs in them.

use super::markdown::{Line, Outline, block_end, is_only, lines, list, marker, span};
use super::{leaf, node};
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
    let end = block_end(lines, at, |line| marker(line.text).is_some());
    (leaf("md_paragraph", span(&lines[at..end])), end)
}
