//! TOML as tables of pairs. Values are read only as far as brackets and quotes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::reader::Reader;
use super::{extent, leaf, node};
use crate::validate::extract::SyntaxNode;

/// Deeper values are not looked into.
const DEPTH: usize = 64;

pub(super) fn read(text: &str) -> Option<SyntaxNode> {
    let mut reader = Reader { text, at: 0 };
    let (mut root, mut table): (Vec<SyntaxNode>, Option<Vec<SyntaxNode>>) = (Vec::new(), None);
    // Comments that may be about the next table.
    let mut pending: Vec<SyntaxNode> = Vec::new();
    loop {
        skip(&mut reader, &mut pending);
        let Some(first) = reader.peek() else { break };
        if first == b'[' {
            close(&mut root, table.take());
            root.append(&mut pending);
            table = Some(vec![header(&mut reader)?]);
        } else {
            let pair = pair(&mut reader, 0)?;
            let into = table.as_mut().unwrap_or(&mut root);
            into.append(&mut pending);
            into.push(pair);
            trailing(&mut reader, into);
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
    let mut named: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (idx, table) in root.iter().enumerate() {
        named.entry(table_name(table, text)).or_default().push(idx);
    }
    named.remove("");
    for twins in named.into_values().filter(|tables| tables.len() > 1) {
        twins.into_iter().for_each(|idx| root[idx].field = Some(TWIN));
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

/// Skips white space and notes comments.
fn skip(reader: &mut Reader<'_>, out: &mut Vec<SyntaxNode>) {
    loop {
        reader.at = reader.text.len() - reader.rest().trim_start().len();
        if reader.peek() != Some(b'#') {
            return;
        }
        comment(reader, out);
    }
}

fn comment(reader: &mut Reader<'_>, out: &mut Vec<SyntaxNode>) {
    let line = reader.rest().lines().next().unwrap_or_default();
    out.push(leaf("comment", reader.to(reader.at + line.trim_end().len())));
}

/// A comment on the line of what was just read.
fn trailing(reader: &mut Reader<'_>, out: &mut Vec<SyntaxNode>) {
    let bare = reader.rest().trim_start_matches([' ', '\t']);
    if bare.starts_with('#') {
        reader.at = reader.text.len() - bare.len();
        comment(reader, out);
    }
}

fn header(reader: &mut Reader<'_>) -> Option<SyntaxNode> {
    let line = reader.rest().lines().next().unwrap_or_default();
    let end = line.find('#').unwrap_or(line.len());
    let header = line[..end].trim_end();
    header.ends_with(']').then(|| leaf("toml_header", reader.to(reader.at + header.len())))
}

fn pair(reader: &mut Reader<'_>, depth: usize) -> Option<SyntaxNode> {
    let key = key(reader)?;
    let mut children = vec![key];
    spaces(reader);
    reader.take("=", &mut children)?;
    spaces(reader);
    children.push(value(reader, depth)?);
    Some(node("toml_pair", extent(&children), children))
}

fn spaces(reader: &mut Reader<'_>) {
    reader.at = reader.text.len() - reader.rest().trim_start_matches([' ', '\t']).len();
}

fn key(reader: &mut Reader<'_>) -> Option<SyntaxNode> {
    let start = reader.at;
    loop {
        let rest = reader.rest();
        match rest.chars().next()? {
            '"' | '\'' => {
                string(reader)?;
            }
            '=' => break,
            '\n' | '#' => return None,
            other => reader.at += other.len_utf8(),
        }
    }
    let length = reader.text[start..reader.at].trim_end().len();
    reader.at = start + length;
    (length > 0).then(|| leaf("toml_key", start..start + length))
}

fn value(reader: &mut Reader<'_>, depth: usize) -> Option<SyntaxNode> {
    match reader.peek()? {
        _ if depth > DEPTH => None,
        b'"' | b'\'' => string(reader).map(|span| leaf("toml_string", span)),
        b'[' => reader.members("toml_array", ["[", "]"], skip, &mut |reader| value(reader, depth + 1)),
        b'{' => reader.members("toml_inline_table", ["{", "}"], skip, &mut |reader| pair(reader, depth + 1)),
        _ => {
            let is_end = |sign: char| ",]}#\n\r".contains(sign);
            let word = &reader.rest()[..reader.rest().find(is_end).unwrap_or(reader.rest().len())];
            let length = word.trim_end().len();
            (length > 0).then(|| leaf("toml_word", reader.to(reader.at + length)))
        }
    }
}

/// A string in any of the four ways of quoting.
fn string(reader: &mut Reader<'_>) -> Option<Range<usize>> {
    let rest = reader.rest();
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
                return Some(reader.to(reader.at + place + ending.len() + more));
            }
            _ => escaped = false,
        }
    }
    None
}
