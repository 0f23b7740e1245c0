//! YAML by its indentation: maps and lists in block style, and flow lists of simple values.
//!
//! What is written in rarer ways (complex keys, directives, tabs) is not read at all.

use std::ops::Range;

use super::{extent, leaf, node, token};
use crate::validate::extract::SyntaxNode;

/// Deeper values are not looked into.
const DEPTH: usize = 64;

pub(super) fn read(text: &str) -> Option<SyntaxNode> {
    let mut reader = Reader::new(text);
    let mut root = Vec::new();
    loop {
        reader.comments(&mut root);
        let Some(next) = reader.peek() else { break };
        let line = reader.rest(next.at);
        if next.at == reader.lines[reader.line].start && is_marker(line) {
            root.push(leaf("yaml_marker", next.at..next.at + line.len()));
            reader.advance();
            continue;
        }
        root.push(reader.block(next.column, 0)?);
    }
    Some(node("yaml_stream", 0..text.len(), root))
}

fn is_marker(line: &str) -> bool {
    matches!(line, "---" | "...")
}

/// Where the next value starts.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    column: usize,
}

struct Reader<'t> {
    text: &'t str,
    /// Without the white space at their ends.
    lines: Vec<Range<usize>>,
    line: usize,
    /// Where in the line to go on; none at its start.
    within: Option<usize>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let mut at = 0;
        let lines = text.split_inclusive('\n').map(|line| {
            let start = at;
            at += line.len();
            start..start + line.trim_end().len()
        });
        Self { text, lines: lines.collect(), line: 0, within: None }
    }

    /// The rest of the line from a place on.
    fn rest(&self, at: usize) -> &'t str {
        self.lines.get(self.line).map_or("", |line| &self.text[at.min(line.end)..line.end])
    }

    fn advance(&mut self) {
        self.line += 1;
        self.within = None;
    }

    fn indent(&self, line: usize) -> usize {
        let text = &self.text[self.lines[line].clone()];
        text.len() - text.trim_start_matches(' ').len()
    }

    fn is_silent(&self, line: usize) -> bool {
        let text = self.text[self.lines[line].clone()].trim_start();
        text.is_empty() || text.starts_with('#')
    }

    /// The next value, behind comments and blank lines.
    fn peek(&self) -> Option<Place> {
        if let Some(at) = self.within {
            return Some(Place { at, column: at - self.lines[self.line].start });
        }
        let line = (self.line..self.lines.len()).find(|&line| !self.is_silent(line))?;
        let column = self.indent(line);
        Some(Place { at: self.lines[line].start + column, column })
    }

    /// Notes the comments before the next value.
    fn comments(&mut self, out: &mut Vec<SyntaxNode>) {
        while self.within.is_none() && self.line < self.lines.len() && self.is_silent(self.line) {
            let line = self.lines[self.line].clone();
            let start =
                line.start + (self.text[line.clone()].len() - self.text[line.clone()].trim_start().len());
            if start < line.end {
                out.push(leaf("comment", start..line.end));
            }
            self.line += 1;
        }
    }

    /// A map, a list or a scalar whose entries start in a column.
    fn block(&mut self, column: usize, depth: usize) -> Option<SyntaxNode> {
        let next = self.peek()?;
        self.goto(next);
        let rest = self.rest(next.at);
        if depth > DEPTH || rest.starts_with(['\t', '?', '%']) {
            None
        } else if is_dash(rest) {
            self.entries("yaml_seq", column, depth)
        } else if colon(rest).is_some() {
            self.entries("yaml_map", column, depth)
        } else {
            self.scalar(next.at, column.checked_sub(1))
        }
    }

    /// Makes the line of a place the current one.
    fn goto(&mut self, place: Place) {
        while self.within.is_none() && self.line < self.lines.len() && self.is_silent(self.line) {
            self.line += 1;
        }
        if self.within.is_none() && place.at > self.lines[self.line].start {
            self.within = Some(place.at);
        }
    }

    fn entries(&mut self, kind: &'static str, column: usize, depth: usize) -> Option<SyntaxNode> {
        let mut children = Vec::new();
        while let Some(next) = self.peek() {
            let line = self.text[next.at..].lines().next().unwrap_or_default();
            let is_end = next.column < column
                || is_dash(line) != (kind == "yaml_seq")
                || (next.column == 0 && is_marker(line.trim_end()));
            if is_end {
                break;
            }
            if next.column > column || line.starts_with('\t') {
                return None;
            }
            self.comments(&mut children);
            self.goto(next);
            let entry = match kind {
                "yaml_seq" => self.item(next.at, column, depth)?,
                _ => self.pair(next.at, column, depth)?,
            };
            let end = entry.span.end;
            children.push(entry);
            self.trailing(end, &mut children);
        }
        (!children.is_empty()).then(|| node(kind, extent(&children), children))
    }

    /// A comment behind a value on its line.
    fn trailing(&mut self, end: usize, out: &mut Vec<SyntaxNode>) {
        let Some(line) = self.line.checked_sub(1).map(|line| self.lines[line].clone()) else { return };
        if line.contains(&end) {
            let rest = &self.text[end..line.end];
            let start = line.end - rest.trim_start().len();
            if rest.trim_start().starts_with('#') {
                out.push(leaf("comment", start..line.end));
            }
        }
    }

    fn item(&mut self, at: usize, column: usize, depth: usize) -> Option<SyntaxNode> {
        let mut children = vec![token("-", at)];
        let rest = &self.rest(at)[1..];
        let bare = rest.trim_start();
        if bare.is_empty() || bare.starts_with('#') {
            self.advance();
            if let Some(next) = self.peek().filter(|next| next.column > column) {
                children.push(self.block(next.column, depth + 1)?);
            }
        } else {
            let start = at + 1 + (rest.len() - bare.len());
            self.within = Some(start);
            children.push(self.block(start - self.lines[self.line].start, depth + 1)?);
        }
        Some(node("yaml_item", extent(&children), children))
    }

    fn pair(&mut self, at: usize, column: usize, depth: usize) -> Option<SyntaxNode> {
        let rest = self.rest(at);
        let colon = colon(rest)?;
        let mut children = vec![leaf("yaml_key", at..at + rest[..colon].trim_end().len())];
        children.push(token(":", at + colon));
        let value = &rest[colon + 1..];
        let bare = value.trim_start();
        let start = at + colon + 1 + (value.len() - bare.len());
        let named = properties(bare);
        if named == bare.len() || bare[named..].starts_with('#') {
            if named > 0 {
                children.push(leaf("yaml_properties", start..start + bare[..named].trim_end().len()));
            }
            self.advance();
            let is_value = |next: &Place| {
                next.column > column
                    || (next.column == column
                        && is_dash(self.text[next.at..].lines().next().unwrap_or_default()))
            };
            if let Some(next) = self.peek().filter(is_value) {
                children.push(self.block(next.column, depth + 1)?);
            }
        } else {
            children.push(self.scalar(start, Some(column))?);
        }
        Some(node("yaml_pair", extent(&children), children))
    }

    /// A value that starts on this line: a scalar, or a flow list or map. Its lines are further in
    /// than a column, if there is one.
    fn scalar(&mut self, start: usize, column: Option<usize>) -> Option<SyntaxNode> {
        let rest = self.rest(start);
        let bare = &rest[properties(rest)..];
        match bare.chars().next()? {
            '[' | '{' if bare.len() == rest.len() => self.flow(start),
            '[' | '{' => None,
            '|' | '>' => Some(self.hanging(start, start + rest.len(), column, true)),
            quote @ ('"' | '\'') => {
                let opening = start + (rest.len() - bare.len());
                let end = opening + quoted(&self.text[opening..], quote)?;
                self.until(end)?;
                Some(leaf("yaml_string", start..end))
            }
            _ => {
                let value = without_comment(rest);
                let end = start + value.len();
                if value.len() < rest.len() {
                    self.advance();
                    return Some(leaf("yaml_plain", start..end));
                }
                Some(self.hanging(start, end, column, false))
            }
        }
    }

    /// Takes the lines of a value that are further in than a column.
    fn hanging(&mut self, start: usize, mut end: usize, column: Option<usize>, is_block: bool) -> SyntaxNode {
        self.advance();
        let mut line = self.line;
        while line < self.lines.len() {
            let text = &self.text[self.lines[line].clone()];
            let is_blank = text.is_empty();
            let is_in = column.is_none_or(|column| self.indent(line) > column);
            if !is_blank && (!is_in || (!is_block && text.trim_start().starts_with('#'))) {
                break;
            }
            line += 1;
            if !is_blank {
                end = self.lines[line - 1].end;
                self.line = line;
            }
        }
        leaf(if is_block { "yaml_block" } else { "yaml_plain" }, start..end)
    }

    /// Goes behind the line of a place, on which nothing but a comment may follow.
    fn until(&mut self, end: usize) -> Option<()> {
        while self.lines[self.line].end < end {
            self.line += 1;
        }
        let rest = self.text[end..self.lines[self.line].end].trim_start();
        self.advance();
        (rest.is_empty() || rest.starts_with('#')).then_some(())
    }

    /// A list or map between brackets, its members whole.
    fn flow(&mut self, start: usize) -> Option<SyntaxNode> {
        let bytes = self.text.as_bytes();
        let (kind, member) = match bytes[start] {
            b'[' => ("yaml_flow_seq", "yaml_flow_item"),
            _ => ("yaml_flow_map", "yaml_flow_pair"),
        };
        let open = if kind == "yaml_flow_seq" { "[" } else { "{" };
        let mut children = vec![token(open, start)];
        let (mut at, mut depth, mut from) = (start + 1, 1_usize, start + 1);
        while depth > 0 {
            match *bytes.get(at)? {
                quote @ (b'"' | b'\'') if self.text[from..at].trim().is_empty() || bytes[at - 1] == b' ' => {
                    at += quoted(&self.text[at..], char::from(quote))? - 1;
                }
                b'[' | b'{' => depth += 1,
                b'#' if bytes[at - 1].is_ascii_whitespace() => return None,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            let is_cut = (depth == 1 && bytes[at] == b',') || depth == 0;
            if is_cut {
                let text = &self.text[from..at];
                let begin = from + (text.len() - text.trim_start().len());
                if !text.trim().is_empty() {
                    children.push(leaf(member, begin..from + text.trim_end().len()));
                }
                let sign = match bytes[at] {
                    b',' => ",",
                    b']' => "]",
                    _ => "}",
                };
                children.push(token(sign, at));
                from = at + 1;
            }
            at += 1;
        }
        self.until(at)?;
        Some(node(kind, start..at, children))
    }
}

fn is_dash(line: &str) -> bool {
    line.trim_end() == "-" || line.starts_with("- ")
}

/// How much of a text anchors and tags take up.
fn properties(text: &str) -> usize {
    let mut at = 0;
    while text[at..].starts_with(['&', '!']) {
        let word = text[at..].find(' ').unwrap_or(text.len() - at);
        at += word;
        at += text[at..].len() - text[at..].trim_start().len();
    }
    at
}

/// Where the colon behind a key is.
fn colon(line: &str) -> Option<usize> {
    let from = match line.chars().next()? {
        quote @ ('"' | '\'') => quoted(line, quote)?,
        '[' | '{' | '#' | '|' | '>' | '&' | '*' | '!' | '@' | '`' => return None,
        _ => 0,
    };
    let line = without_comment(line);
    let is_colon =
        |(at, _): &(usize, &str)| *at >= from && matches!(line.as_bytes().get(at + 1), None | Some(b' '));
    let found = line.match_indices(':').find(is_colon)?.0;
    (from == 0 || line[from..found].trim().is_empty()).then_some(found)
}

/// How long a quoted string at the start of a text is.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut signs = text.char_indices().skip(1).peekable();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' if quote == '"' => {
                signs.next();
            }
            _ if sign == quote && quote == '\'' && signs.peek().is_some_and(|next| next.1 == '\'') => {
                signs.next();
            }
            _ if sign == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// A line up to the comment on it.
fn without_comment(line: &str) -> &str {
    let is_comment = |(at, _): &(usize, &str)| *at > 0 && line.as_bytes()[at - 1].is_ascii_whitespace();
    let end = line.match_indices('#').find(is_comment).map_or(line.len(), |(at, _)| at);
    line[..end].trim_end()
}
