//! JSON, with the comments and commas that configuration files allow themselves.

use super::reader::Reader;
use super::{extent, leaf, node};
use crate::validate::extract::SyntaxNode;

/// Deeper values are not looked into.
const DEPTH: usize = 96;

pub(super) fn read(text: &str) -> Option<SyntaxNode> {
    let mut reader = Reader { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } };
    let mut children = Vec::new();
    skip(&mut reader, &mut children);
    children.push(value(&mut reader, 0)?);
    skip(&mut reader, &mut children);
    (reader.at == text.len()).then(|| node("json_document", 0..text.len(), children))
}

/// Skips white space and notes comments.
fn skip(reader: &mut Reader<'_>, out: &mut Vec<SyntaxNode>) {
    loop {
        let rest = reader.rest();
        let bare = rest.trim_start();
        let start = reader.at + (rest.len() - bare.len());
        let length = match bare {
            line if line.starts_with("//") => line.find('\n').unwrap_or(line.len()),
            block if block.starts_with("/*") => block.find("*/").map_or(block.len(), |end| end + 2),
            _ => {
                reader.at = start;
                return;
            }
        };
        out.push(leaf("comment", start..start + length));
        reader.at = start + length;
    }
}

fn value(reader: &mut Reader<'_>, depth: usize) -> Option<SyntaxNode> {
    match reader.peek()? {
        _ if depth > DEPTH => None,
        b'{' => reader.members("json_object", ["{", "}"], skip, &mut |reader| pair(reader, depth)),
        b'[' => reader.members("json_array", ["[", "]"], skip, &mut |reader| value(reader, depth + 1)),
        b'"' => string(reader),
        _ => word(reader),
    }
}

fn pair(reader: &mut Reader<'_>, depth: usize) -> Option<SyntaxNode> {
    let mut children = vec![string(reader)?];
    skip(reader, &mut children);
    reader.take(":", &mut children)?;
    skip(reader, &mut children);
    children.push(value(reader, depth + 1)?);
    Some(node("json_pair", extent(&children), children))
}

fn string(reader: &mut Reader<'_>) -> Option<SyntaxNode> {
    let inside = reader.rest().strip_prefix('"')?;
    let mut escaped = false;
    for (place, byte) in inside.bytes().enumerate() {
        match byte {
            b'\n' => return None,
            b'"' if !escaped => return Some(leaf("json_string", reader.to(reader.at + place + 2))),
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    None
}

fn word(reader: &mut Reader<'_>) -> Option<SyntaxNode> {
    let is_end = |sign: char| sign.is_whitespace() || ",:]}[{\"/".contains(sign);
    let length = reader.rest().find(is_end).unwrap_or(reader.rest().len());
    (length > 0).then(|| leaf("json_word", reader.to(reader.at + length)))
}
