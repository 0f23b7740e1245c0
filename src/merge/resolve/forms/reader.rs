//! Reads what is written between brackets, as JSON and TOML have it.

use std::ops::Range;

use super::{node, token};
use crate::validate::extract::SyntaxNode;

/// A text that is read from front to back.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    /// Goes on to `end`; what lies between.
    pub(super) fn to(&mut self, end: usize) -> Range<usize> {
        std::mem::replace(&mut self.at, end)..end
    }

    /// Passes over a sign and notes it; none where it does not stand here.
    pub(super) fn take(&mut self, sign: &'static str, out: &mut Vec<SyntaxNode>) -> Option<()> {
        self.rest().starts_with(sign).then(|| {
            out.push(token(sign, self.at));
            self.at += sign.len();
        })
    }

    /// Members between brackets, with commas between them and perhaps one behind the last. `skip`
    /// passes over white space and notes comments.
    pub(super) fn members(
        &mut self,
        kind: &'static str,
        [open, close]: [&'static str; 2],
        skip: fn(&mut Self, &mut Vec<SyntaxNode>),
        member: &mut dyn FnMut(&mut Self) -> Option<SyntaxNode>,
    ) -> Option<SyntaxNode> {
        let start = self.at;
        let mut children = Vec::new();
        self.take(open, &mut children)?;
        loop {
            skip(self, &mut children);
            if !self.rest().starts_with(close) {
                children.push(member(self)?);
                skip(self, &mut children);
            }
            if self.take(close, &mut children).is_some() {
                return Some(node(kind, start..self.at, children));
            }
            self.take(",", &mut children)?;
        }
    }
}
