//! Parts of a file that the grammar cannot read.
//!
//! Grammars lag behind their languages, and a part that cannot be read may be anything. Where all
//! versions have the same such parts, each within an item that can be told from its neighbours, those
//! items are taken as they are and the rest is merged as ever.

use super::chunks::Three;
use super::forms::Read;
use super::keys::squeezed;
use super::roles::{Role, role};
use crate::validate::extract::SyntaxNode;

/// Makes leaves of the items that hold what could not be read, where all three have the same ones.
pub(super) fn close(reads: Three<Option<Read>>, texts: Three<&str>) -> Three<Option<Read>> {
    if reads.as_ref().all(|read| read.as_ref().is_none_or(|read| read.errors() == 0)) {
        return reads;
    }
    let found =
        reads.as_ref().zip(texts).map(|(read, text)| read.as_ref().and_then(|read| items(read, text)));
    match found.base.is_some() && found.base == found.ours && found.base == found.theirs {
        true => reads.zip(texts).map(|(read, text)| read.map(|read| closed(read, text))),
        false => reads,
    }
}

/// The items that hold what could not be read, in order; none where something is in no item.
fn items(read: &Read, text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    is_told(read.root(), text, &mut found).then_some(found)
}

/// Notes the items below a node that hold what could not be read. False where that stands in the
/// node itself.
fn is_told(node: &SyntaxNode, text: &str, found: &mut Vec<String>) -> bool {
    let holds_items = holds_items(node, text);
    node.children.iter().all(|child| {
        let before = found.len();
        if !is_unread(child) && is_told(child, text, found) {
            return true;
        }
        found.truncate(before);
        let is_item = holds_items && child.named && !is_unread(child);
        if is_item {
            found.push(squeezed(&text[child.span.clone()]));
        }
        is_item
    })
}

fn closed(read: Read, text: &str) -> Read {
    let Read::Code(mut syntax) = read else { return read };
    close_items(&mut syntax.root, text);
    Read::Told(syntax)
}

/// Takes what is in an item away where that could not be read; false where no item below holds it.
fn close_items(node: &mut SyntaxNode, text: &str) -> bool {
    let holds_items = holds_items(node, text);
    node.children.iter_mut().all(|child| {
        if !is_unread(child) && close_items(child, text) {
            return true;
        }
        let is_item = holds_items && child.named && !is_unread(child);
        if is_item {
            child.children.clear();
        }
        is_item
    })
}

/// Whether a list of statements, members or entries is below a node.
fn holds_items(node: &SyntaxNode, text: &str) -> bool {
    matches!(role(node, text), Role::Block | Role::Entries | Role::Elements)
}

/// What the parser passed over, or put in because it is missing.
fn is_unread(node: &SyntaxNode) -> bool {
    node.kind == "ERROR" || (node.span.is_empty() && node.children.is_empty())
}
