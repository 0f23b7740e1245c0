//! Hashes what definitions hold, token by token on the way through the tree.

use super::Walk;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{self, Hash};

impl<'a> Walk<'a> {
    pub(super) fn hash_leaf(&mut self, node: Node<'a>) {
        self.hash_gap(node.start_byte());
        let text = syntax::text(node, self.source);
        let end = node.end_byte().max(self.hashed_to);
        if node.start_byte() >= self.hashed_to && (node.is_named() || !text.trim().is_empty()) {
            self.hash_token(text);
        }
        self.hashed_to = end;
    }

    /// Hashes text that no token covers, such as the plain part of a string with escapes.
    pub(super) fn hash_gap(&mut self, to: usize) {
        let gap = self.source.get(self.hashed_to..to).unwrap_or_default().trim();
        if !gap.is_empty() {
            self.hash_token(gap);
        }
        self.hashed_to = self.hashed_to.max(to);
    }

    pub(super) fn hash_token(&mut self, text: &str) {
        if self.open.is_empty() {
            return;
        }
        let token = Hash::of(text);
        self.open.iter_mut().for_each(|open| open.hash.add(token));
    }

    /// Leaves a node out of the bodies around it, as a comment.
    pub(in crate::validate::extract) fn ignore(&mut self, node: Node<'a>) {
        self.hash_gap(node.start_byte());
        self.hashed_to = self.hashed_to.max(node.end_byte());
    }
}
