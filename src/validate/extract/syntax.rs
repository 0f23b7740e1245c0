//! Small questions to syntax nodes that every language asks.

use super::node::Node;
use super::parse::join;
use crate::validate::model::{Args, FileModel};

/// How many children of one node are looked at when a signature or an argument list is read.
const CHILDREN: usize = 4096;
/// The longest quotation of a declaration, in bytes.
const QUOTE: usize = 240;

/// The text of a node.
pub(super) fn text<'a>(node: Node<'_>, source: &'a str) -> &'a str {
    source.get(node.byte_range()).unwrap_or_default()
}

/// The one-based line a node starts on.
pub(super) fn line(node: Node<'_>) -> u32 {
    u32::try_from(node.start_position().row + 1).unwrap_or(u32::MAX)
}

/// The named children without comments, as many as are worth a look.
pub(super) fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let named = node.children().filter(|child| child.is_named()).take(CHILDREN);
    named.filter(|child| !child.is_extra()).collect()
}

/// The child in a field.
pub(super) fn child<'a>(node: Node<'a>, field: &str) -> Option<Node<'a>> {
    node.child_in(field)
}

/// All children in a field.
pub(super) fn children<'a>(node: Node<'a>, field: &str) -> Vec<Node<'a>> {
    node.children_in(field).take(CHILDREN).collect()
}

/// The first child of a kind among the first few, named or not.
pub(super) fn child_of_kind<'a>(node: Node<'a>, kind: &str) -> Option<Node<'a>> {
    node.children().take(16).find(|child| child.kind() == kind)
}

/// The content of a string literal, without its quotes and only when it is plain.
pub(super) fn literal<'a>(node: Node<'_>, source: &'a str) -> Option<&'a str> {
    let quoted = text(node, source);
    let plain = quoted.trim_matches(['"', '\'', '`']);
    (node.kind().contains("string") && quoted.len() == plain.len() + 2 && !plain.contains('\\'))
        .then_some(plain)
}

/// Puts text on one line, with single spaces, and ends it where a quotation gets too long.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.len() + word.len() > QUOTE {
            line.push('…');
            break;
        }
        if line.ends_with(',') && word.starts_with([')', ']']) {
            line.pop();
        }
        let joins = line.is_empty() || line.ends_with(['(', '[']) || word.starts_with([')', ']', ',']);
        if !joins {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The head of a declaration on one line, without what only leads to its body.
pub(super) fn quoted(head: &str) -> String {
    let line = one_line(head);
    let line = line.trim_end_matches(['{', ' ', ';', ',']);
    line.trim_end_matches("=>").trim_end_matches(['=', ':', ' ']).to_owned()
}

/// What one argument is to the count of arguments.
pub(super) enum Argument {
    Positional,
    Named(String),
    Spread,
}

/// Counts what a list of arguments passes.
pub(super) fn arguments<'a>(list: Node<'a>, sort: impl Fn(Node<'a>) -> Argument) -> Args {
    let mut args = Args::default();
    for node in named(list) {
        match sort(node) {
            Argument::Positional => args.positional += 1,
            Argument::Named(name) => args.named.push(name),
            Argument::Spread => args.spread = true,
        }
    }
    args
}

/// Marks a node that the parser could not read; of a missing one, what is around it.
pub(super) fn broken(model: &mut FileModel, node: Node<'_>) {
    let around = if node.is_missing() { node.parent().unwrap_or(node) } else { node };
    join(&mut model.broken, around.byte_range());
}

/// Calls `take` for the nodes of a subtree in order; what it returns says whether to go deeper.
pub(super) fn visit<'a>(root: Node<'a>, mut take: impl FnMut(Node<'a>, Option<&'static str>) -> bool) {
    let mut cursor = root.walk();
    loop {
        let deeper = take(cursor.node(), cursor.field());
        if deeper && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// A hash that is the same on every machine and in every version of the tool (FNV-1a).
#[derive(Clone, Copy)]
pub(super) struct Hash(u64);

impl Hash {
    pub(super) const START: Self = Self(0xcbf2_9ce4_8422_2325);

    /// The hash of one piece of text.
    pub(super) fn of(text: &str) -> u64 {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        text.bytes().fold(Self::START.0, step)
    }

    /// Adds the hash of the next token.
    pub(super) fn add(&mut self, token: u64) {
        self.0 = (self.0.rotate_left(5) ^ token).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    pub(super) fn value(self) -> u64 {
        self.0
    }
}
