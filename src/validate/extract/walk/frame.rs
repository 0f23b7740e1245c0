//! The nodes around the current one, and what stands directly above each child.

use super::Opened;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax;

/// A node around the current one.
pub(super) struct Frame<'a> {
    pub(super) node: Node<'a>,
    pub(super) kind: &'a str,
    pub(super) opened: Opened,
    lead: Lead<'a>,
    /// Where the comments and attributes of the current child start.
    child_start: Option<usize>,
    pub(super) attributes: Vec<Node<'a>>,
}

/// The comments and attributes above the next child.
#[derive(Default)]
struct Lead<'a> {
    start: Option<usize>,
    end_row: usize,
    /// The row on which the last child that counts ended.
    last_row: Option<usize>,
    attributes: Vec<Node<'a>>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(node: Node<'a>, opened: Opened) -> Self {
        let (lead, attributes) = (Lead::default(), Vec::new());
        Self { node, kind: node.kind(), opened, lead, child_start: None, attributes }
    }

    /// Follows the comments and attributes that stand directly above a child.
    pub(super) fn note(&mut self, node: Node<'a>) {
        let kind = node.kind();
        let (start, end) = (node.start_position().row, last_row(node));
        if node.is_extra() && kind.contains("comment") {
            let trails = self.lead.last_row.is_some_and(|row| row == start);
            let continues = self.lead.start.is_some()
                && (start <= self.lead.end_row + 1 || !self.lead.attributes.is_empty());
            if !trails && !continues {
                self.lead.start = Some(node.start_byte());
            }
            self.lead.end_row = end;
        } else if kind == "attribute_item" || kind == "decorator" {
            if self.lead.start.is_none() || start > self.lead.end_row + 1 {
                self.lead.start = Some(node.start_byte());
            }
            self.lead.end_row = end;
            self.lead.attributes.push(node);
        } else {
            let touches = start <= self.lead.end_row + 1;
            let lead = std::mem::take(&mut self.lead);
            self.child_start = lead.start.filter(|_| touches || !lead.attributes.is_empty());
            self.attributes = lead.attributes;
            self.lead.last_row = Some(end);
        }
    }
}

/// The statement that a declaration is, with its `export` and the like, and where the comments and
/// attributes above it start.
pub(super) fn whole<'a>(frames: &[Frame<'a>], node: Node<'a>) -> (Node<'a>, usize) {
    let mut whole = node;
    let mut start = None;
    for frame in frames.iter().rev() {
        start = frame.child_start;
        if !wraps(frame) {
            break;
        }
        whole = frame.node;
    }
    (whole, start.unwrap_or(whole.start_byte()))
}

/// Whether a node only wraps one declaration.
fn wraps(frame: &Frame<'_>) -> bool {
    match frame.kind {
        "export_statement" | "ambient_declaration" | "decorated_definition" => true,
        "lexical_declaration"
        | "variable_declaration"
        | "expression_statement"
        | "type_declaration"
        | "const_declaration"
        | "var_declaration" => frame.node.named_child_count() == 1,
        _ => false,
    }
}

/// Where a declaration starts when its decorators are left out.
pub(super) fn without_decorators(whole: Node<'_>, node: Node<'_>) -> usize {
    match whole.kind() {
        "decorated_definition" => node.start_byte(),
        "export_statement" => syntax::child_of_kind(whole, "export").unwrap_or(whole).start_byte(),
        _ if whole.id() == node.id() => without_annotations(node),
        _ => whole.start_byte(),
    }
}

/// Where a declaration starts whose annotations stand among its modifiers.
fn without_annotations(node: Node<'_>) -> usize {
    let Some(modifiers) = node.child(0).filter(|first| first.kind() == "modifiers") else {
        return node.start_byte();
    };
    let mut words = modifiers.children();
    let word = words.find(|word| !word.is_extra() && !word.kind().ends_with("annotation"));
    word.or_else(|| node.child(1)).map_or(node.start_byte(), |start| start.start_byte())
}

/// Where the unreadable part of an error at the top of a file starts: whole statements before it
/// are as good as in any file.
pub(super) fn readable_until(error: Node<'_>) -> usize {
    let is_statement = |node: Node<'_>| {
        let suffixes = ["_statement", "_declaration", "_definition", "_item", "_clause"];
        !node.has_error() && suffixes.iter().any(|suffix| node.kind().ends_with(suffix))
    };
    let is_filler = |node: Node<'_>| node.is_extra() || matches!(node.kind(), "\n" | ";");
    let mut children = error.children();
    children
        .find(|node| !is_statement(*node) && !is_filler(*node))
        .map_or(error.start_byte(), |node| node.start_byte())
}

/// The row a node ends on; a line comment may include its line break.
fn last_row(node: Node<'_>) -> usize {
    let end = node.end_position();
    if end.column == 0 && end.row > node.start_position().row { end.row - 1 } else { end.row }
}
