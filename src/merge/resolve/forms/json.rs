//! JSON, with the comments and commas that configuration files allow themselves.

use super::{leaf, node, token};
use crate::validate::extract::SyntaxNode;

/// Deeper values are not looked into.
const DEPTH: usize = 96;

pub(super) fn read(text: &str) -> Option<SyntaxNode> {
    let mut reader = Reader { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } };
    let mut children = Vec::new();
    reader.skip(&mut children);
    children.push(reader.value(0)?);
    reader.skip(&mut children);
    (reader.at == text.len()).then(|| node("json_document", 0..text.len(), children))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Skips white space and notes comments.
    fn skip(&mut self, out: &mut Vec<SyntaxNode>) {
        loop {
            let rest = self.rest();
            let bare = rest.trim_start();
            let start = self.at + (rest.len() - bare.len());
            let length = match bare {
                line if line.starts_with("//") => line.find('\n').unwrap_or(line.len()),
                block if block.starts_with("/*") => block.find("*/").map_or(block.len(), |end| end + 2),
                _ => {
                    self.at = start;
                    return;
                }
            };
            out.push(leaf("comment", start..start + length));
            self.at = start + length;
        }
    }

    fn value(&mut self, depth: usize) -> Option<SyntaxNode> {
        match self.rest().as_bytes().first()? {
            _ if depth > DEPTH => None,
            b'{' => self.members("json_object", ["{", "}"], depth),
            b'[' => self.members("json_array", ["[", "]"], depth),
            b'"' => self.string(),
            _ => self.word(),
        }
    }

    /// An object or an array.
    fn members(
        &mut self,
        kind: &'static str,
        [open, close]: [&'static str; 2],
        depth: usize,
    ) -> Option<SyntaxNode> {
        let start = self.at;
        let mut children = vec![token(open, self.at)];
        self.at += 1;
        loop {
            self.skip(&mut children);
            if !self.rest().starts_with(close) {
                let member = if open == "{" { self.pair(depth)? } else { self.value(depth + 1)? };
                children.push(member);
                self.skip(&mut children);
            }
            if self.rest().starts_with(close) {
                children.push(token(close, self.at));
                self.at += 1;
                return Some(node(kind, start..self.at, children));
            }
            self.take(",", &mut children)?;
        }
    }

    fn take(&mut self, sign: &'static str, out: &mut Vec<SyntaxNode>) -> Option<()> {
        self.rest().starts_with(sign).then(|| {
            out.push(token(sign, self.at));
            self.at += 1;
        })
    }

    fn pair(&mut self, depth: usize) -> Option<SyntaxNode> {
        let mut children = vec![self.string()?];
        self.skip(&mut children);
        self.take(":", &mut children)?;
        self.skip(&mut children);
        children.push(self.value(depth + 1)?);
        Some(node("json_pair", super::extent(&children), children))
    }

    fn string(&mut self) -> Option<SyntaxNode> {
        let start = self.at;
        let inside = self.rest().strip_prefix('"')?;
        let mut escaped = false;
        for (place, byte) in inside.bytes().enumerate() {
            match byte {
                b'\n' => return None,
                b'"' if !escaped => {
                    self.at = start + place + 2;
                    return Some(leaf("json_string", start..self.at));
                }
                _ => escaped = byte == b'\\' && !escaped,
            }
        }
        None
    }

    fn word(&mut self) -> Option<SyntaxNode> {
        let is_end = |sign: char| sign.is_whitespace() || ",:]}[{\"/".contains(sign);
        let length = self.rest().find(is_end).unwrap_or(self.rest().len());
        let start = self.at;
        self.at += length;
        (length > 0).then(|| leaf("json_word", start..self.at))
    }
}
