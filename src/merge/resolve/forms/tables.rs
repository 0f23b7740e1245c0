//! TOML as tables of pairs. Values are read only as far as brackets and quotes.

use std::ops::Range;

use super::{extent, leaf, node, token};
use crate::validate::extract::SyntaxNode;

/// Deeper values are not looked into.
const DEPTH: usize = 64;

pub(super) fn read(text: &str) -> Option<SyntaxNode> {
    let mut reader = Reader { text, at: 0 };
    let (mut root, mut table): (Vec<SyntaxNode>, Option<Vec<SyntaxNode>>) = (Vec::new(), None);
    // Comments that may be about the next table.
    let mut pending: Vec<SyntaxNode> = Vec::new();
    loop {
        reader.skip(&mut pending);
        let Some(first) = reader.peek() else { break };
        if first == b'[' {
            close(&mut root, table.take());
            root.append(&mut pending);
            table = Some(vec![reader.header()?]);
        } else {
            let pair = reader.pair()?;
            let into = table.as_mut().unwrap_or(&mut root);
            into.append(&mut pending);
            into.push(pair);
            reader.trailing(into);
        }
    }
    close(&mut root, table);
    root.append(&mut pending);
    mark_twins(&mut root, text);
    Some(node("toml_document", 0..text.len(), root))
}

fn close(root: &mut Vec<SyntaxNode>, table: Option<Vec<SyntaxNode>>) {
    root.extend(table.map(|children| node("toml_table", extent(&children), children)));
}

/// Marks the tables of a list that share a name, as two versions of one package do.
fn mark_twins(root: &mut [SyntaxNode], text: &str) {
    let names: Vec<String> = root.iter().map(|table| table_name(table, text)).collect();
    for (table, name) in root.iter_mut().zip(&names) {
        if !name.is_empty() && names.iter().filter(|other| *other == name).count() > 1 {
            table.field = Some(TWIN);
        }
    }
}

/// What is said of a table that shares its name with another one.
const TWIN: &str = "twin";

/// A table's header, and for one of a list what it calls itself.
pub(in crate::merge::resolve) fn table_key(table: &SyntaxNode, source: &str) -> String {
    let name = table_name(table, source);
    match name.is_empty() {
        true => source[table.children[0].span.clone()].to_owned(),
        false if table.field == Some(TWIN) => format!("{name} {}", value_of(table, source, "version")),
        false => name,
    }
}

fn table_name(table: &SyntaxNode, source: &str) -> String {
    let header = table.children.first().map_or("", |header| &source[header.span.clone()]);
    if table.kind != "toml_table" || !header.starts_with("[[") {
        return String::new();
    }
    let name = ["name", "id", "path", "key"].iter().map(|key| value_of(table, source, key));
    let name = name.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
    if name.is_empty() { String::new() } else { format!("{header} {name}") }
}

fn value_of<'s>(table: &SyntaxNode, source: &'s str, key: &str) -> &'s str {
    let is_it = |pair: &&SyntaxNode| {
        pair.kind == "toml_pair"
            && pair.children.first().is_some_and(|name| &source[name.span.clone()] == key)
    };
    let value = table.children.iter().find(is_it).and_then(|pair| pair.children.last());
    value.map_or("", |value| &source[value.span.clone()])
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    fn to(&mut self, end: usize) -> Range<usize> {
        std::mem::replace(&mut self.at, end)..end
    }

    /// Skips white space and notes comments.
    fn skip(&mut self, out: &mut Vec<SyntaxNode>) {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            if self.peek() != Some(b'#') {
                return;
            }
            self.comment(out);
        }
    }

    fn comment(&mut self, out: &mut Vec<SyntaxNode>) {
        let line = self.rest().lines().next().unwrap_or_default();
        out.push(leaf("comment", self.to(self.at + line.trim_end().len())));
    }

    /// A comment on the line of what was just read.
    fn trailing(&mut self, out: &mut Vec<SyntaxNode>) {
        let bare = self.rest().trim_start_matches([' ', '\t']);
        if bare.starts_with('#') {
            self.at = self.text.len() - bare.len();
            self.comment(out);
        }
    }

    fn header(&mut self) -> Option<SyntaxNode> {
        let line = self.rest().lines().next().unwrap_or_default();
        let end = line.find('#').unwrap_or(line.len());
        let header = line[..end].trim_end();
        header.ends_with(']').then(|| leaf("toml_header", self.to(self.at + header.len())))
    }

    fn pair(&mut self) -> Option<SyntaxNode> {
        let key = self.key()?;
        let mut children = vec![key];
        self.spaces();
        self.take("=", &mut children)?;
        self.spaces();
        children.push(self.value(0)?);
        Some(node("toml_pair", extent(&children), children))
    }

    fn spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t']).len();
    }

    fn take(&mut self, sign: &'static str, out: &mut Vec<SyntaxNode>) -> Option<()> {
        self.rest().starts_with(sign).then(|| {
            out.push(token(sign, self.at));
            self.at += sign.len();
        })
    }

    fn key(&mut self) -> Option<SyntaxNode> {
        let start = self.at;
        loop {
            let rest = self.rest();
            match rest.chars().next()? {
                '"' | '\'' => {
                    self.string()?;
                }
                '=' => break,
                '\n' | '#' => return None,
                other => self.at += other.len_utf8(),
            }
        }
        let length = self.text[start..self.at].trim_end().len();
        self.at = start + length;
        (length > 0).then(|| leaf("toml_key", start..start + length))
    }

    fn value(&mut self, depth: usize) -> Option<SyntaxNode> {
        match self.peek()? {
            _ if depth > DEPTH => None,
            b'"' | b'\'' => self.string().map(|span| leaf("toml_string", span)),
            b'[' => self.members("toml_array", ["[", "]"], depth),
            b'{' => self.members("toml_inline_table", ["{", "}"], depth),
            _ => {
                let is_end = |sign: char| ",]}#\n\r".contains(sign);
                let word = &self.rest()[..self.rest().find(is_end).unwrap_or(self.rest().len())];
                let length = word.trim_end().len();
                (length > 0).then(|| leaf("toml_word", self.to(self.at + length)))
            }
        }
    }

    fn members(
        &mut self,
        kind: &'static str,
        [open, close]: [&'static str; 2],
        depth: usize,
    ) -> Option<SyntaxNode> {
        let start = self.at;
        let mut children = Vec::new();
        self.take(open, &mut children)?;
        loop {
            self.skip(&mut children);
            if !self.rest().starts_with(close) {
                children.push(if open == "{" { self.pair()? } else { self.value(depth + 1)? });
                self.skip(&mut children);
            }
            if self.take(close, &mut children).is_some() {
                return Some(node(kind, start..self.at, children));
            }
            self.take(",", &mut children)?;
        }
    }

    /// A string in any of the four ways of quoting.
    fn string(&mut self) -> Option<Range<usize>> {
        let rest = self.rest();
        let quote = &rest[..1];
        let long = quote.repeat(3);
        let (open, is_long) = if rest.starts_with(&long) { (3, true) } else { (1, false) };
        let ending = if is_long { long.as_str() } else { quote };
        let mut escaped = false;
        for (place, sign) in rest.char_indices().skip(open) {
            match sign {
                '\n' if !is_long => return None,
                '\\' if quote == "\"" => escaped = !escaped,
                _ if !escaped && rest[place..].starts_with(ending) => {
                    // Quotes may stand right before the ending.
                    let more =
                        rest[place + ending.len()..].bytes().take_while(|byte| [*byte] == quote.as_bytes());
                    let more = if is_long { more.take(2).count() } else { 0 };
                    return Some(self.to(self.at + place + ending.len() + more));
                }
                _ => escaped = false,
            }
        }
        None
    }
}
