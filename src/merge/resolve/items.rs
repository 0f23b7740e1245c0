//! Cuts a node into the items a merge works on, so that every byte belongs to one of them.
//!
//! A comment stays with what it describes: it leads the item below it, or trails the item on its
//! line. White space belongs to the item that follows.

use std::ops::Range;

use super::keys::key;
use super::roles::{Role, is_attribute, is_comment};
use crate::validate::extract::SyntaxNode;

/// One entry of a list, or one part of a whole, with what belongs to it.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    pub(super) source: &'a str,
    /// None for a comment that stands alone and for a piece of prose.
    pub(super) node: Option<&'a SyntaxNode>,
    pub(super) kind: &'static str,
    /// White space before it, back to the item before.
    pub(super) gap: Range<usize>,
    /// Comments and attributes above it, with the white space after them.
    pub(super) lead: Range<usize>,
    pub(super) core: Range<usize>,
    /// The comment that follows on the line, with the white space before it.
    pub(super) trail: Range<usize>,
    /// The comma after it, in lists that have them; empty when there is none.
    pub(super) comma: Range<usize>,
    /// What tells it from its neighbours; empty for most statements.
    pub(super) key: String,
    /// A hash of all its words.
    pub(super) print: u64,
    /// Whether nothing stands before it in its list.
    pub(super) first: bool,
}

impl<'a> Item<'a> {
    pub(super) fn gap_text(&self) -> &'a str {
        &self.source[self.gap.clone()]
    }

    pub(super) fn lead_text(&self) -> &'a str {
        &self.source[self.lead.clone()]
    }

    pub(super) fn core_text(&self) -> &'a str {
        &self.source[self.core.clone()]
    }

    pub(super) fn trail_text(&self) -> &'a str {
        &self.source[self.trail.clone()]
    }

    /// Where it starts, comments included.
    pub(super) fn start(&self) -> usize {
        self.lead.start
    }

    /// Where it ends, comments and comma included.
    pub(super) fn end(&self) -> usize {
        self.core.end.max(self.comma.end).max(self.trail.end)
    }

    /// Whether it is only a comment.
    pub(super) fn is_comment(&self) -> bool {
        self.node.is_none() && self.kind == "comment"
    }
}

/// A node's items and what is around them.
#[derive(Debug, Clone)]
pub(super) struct Items<'a> {
    pub(super) source: &'a str,
    pub(super) role: Role,
    /// From the end of the opening token to the start of the closing one.
    pub(super) inside: Range<usize>,
    pub(super) items: Vec<Item<'a>>,
    /// White space after the last item.
    pub(super) close: Range<usize>,
}

/// Cuts a node into items.
pub(super) fn items<'a>(node: &'a SyntaxNode, source: &'a str, role: Role) -> Items<'a> {
    if role == Role::Prose && !node.kind.starts_with("md_") {
        return super::prose::items(node, source);
    }
    let (from, to) = if role.is_list() { inner(node, role) } else { (0, node.children.len()) };
    let children = &node.children;
    let start = if from > 0 { children[from - 1].span.end } else { node.span.start };
    let end = if to < children.len() { children[to].span.start } else { node.span.end };
    let mut cut = Cut { source, role, at: start, pending: None, items: Vec::new() };
    for child in &children[from..to] {
        cut.take(child);
    }
    cut.flush();
    let close = cut.at..end.max(cut.at);
    let mut items = cut.items;
    number(&mut items);
    Items { source, role, inside: start..end, items, close }
}

/// Which children are between the brackets, where there are any.
fn inner(node: &SyntaxNode, role: Role) -> (usize, usize) {
    let n = node.children.len();
    let token = |child: &SyntaxNode, tokens: &[&str]| !child.named && tokens.contains(&child.kind);
    let opening: &[&str] = match node.kind {
        _ if matches!(role, Role::Records | Role::Prose) => return (0, n),
        "import_from_statement" => &["import"],
        "module" | "source_file" | "program" | "statement_list" => return (0, n),
        "block" if node.children.first().is_none_or(|child| child.kind != "{") => return (0, n),
        _ if role == Role::Block => &["{", "(", "{|"],
        _ => &["(", "[", "{", "<", "|"],
    };
    let Some(open) = node.children.iter().position(|child| token(child, opening)) else { return (0, n) };
    let mut from = open + 1;
    if node.kind == "import_from_statement"
        && node.children.get(from).is_some_and(|child| token(child, &["("]))
    {
        from += 1;
    }
    let closes = node.children.last().is_some_and(|child| token(child, &[")", "]", "}", ">", "|", "|}"]));
    (from, if closes && n > from { n - 1 } else { n.max(from) })
}

struct Cut<'a> {
    source: &'a str,
    role: Role,
    /// Where the next gap starts.
    at: usize,
    /// Comments that wait for the item they describe.
    pending: Option<Range<usize>>,
    items: Vec<Item<'a>>,
}

impl<'a> Cut<'a> {
    fn take(&mut self, child: &'a SyntaxNode) {
        let span = self.trimmed(&child.span);
        if span.is_empty() {
            return;
        }
        if !self.role.is_list() {
            return self.push(child, child.kind, span);
        }
        if !child.named && matches!(child.kind, "," | ";") {
            return self.separator(child.kind, span);
        }
        if is_comment(child.kind) || is_attribute(child.kind) {
            return self.comment(child.kind, span);
        }
        self.break_at_blank_line(span.start);
        self.push(child, child.kind, span);
    }

    fn separator(&mut self, kind: &str, span: Range<usize>) {
        if self.pending.is_some() {
            return;
        }
        let Some(last) = self.items.last_mut() else { return };
        match self.role.has_commas() && kind == "," {
            true => last.comma = span.clone(),
            false => last.core.end = span.end,
        }
        last.trail = span.end..span.end;
        self.at = span.end;
    }

    fn comment(&mut self, kind: &'static str, span: Range<usize>) {
        let follows = self.pending.is_none() && !self.source[self.at..span.start].contains('\n');
        if let Some(last) = self.items.last_mut()
            && follows
            && !is_attribute(kind)
        {
            last.trail = self.at..span.end;
            self.at = span.end;
            return;
        }
        self.break_at_blank_line(span.start);
        match &mut self.pending {
            Some(pending) => pending.end = span.end,
            // What tells the system how to run a file describes nothing below it.
            None if self.source[..span.end].starts_with("#!/") => {
                self.pending = Some(span);
                self.flush();
            }
            None => self.pending = Some(span),
        }
    }

    /// A blank line parts a comment from what comes next.
    fn break_at_blank_line(&mut self, next: usize) {
        if let Some(pending) = &self.pending
            && self.source[pending.end..next].matches('\n').count() > 1
        {
            self.flush();
        }
    }

    /// Makes waiting comments an item of their own.
    fn flush(&mut self) {
        let Some(span) = self.pending.take() else { return };
        let gap = self.at..span.start;
        self.at = span.end;
        self.items.push(Item {
            source: self.source,
            node: None,
            kind: "comment",
            gap,
            lead: span.start..span.start,
            trail: span.end..span.end,
            comma: span.end..span.end,
            core: span,
            key: String::new(),
            print: 0,
            first: false,
        });
    }

    fn push(&mut self, child: &'a SyntaxNode, kind: &'static str, span: Range<usize>) {
        let lead = self.pending.take().map_or(span.start..span.start, |pending| pending.start..span.start);
        let gap = self.at.min(lead.start)..lead.start;
        self.at = span.end;
        self.items.push(Item {
            source: self.source,
            node: Some(child),
            kind,
            gap,
            lead,
            trail: span.end..span.end,
            comma: span.end..span.end,
            core: span,
            key: key(child, self.source, self.role),
            print: 0,
            first: false,
        });
    }

    /// Some grammars count the end of the line to a comment.
    fn trimmed(&self, span: &Range<usize>) -> Range<usize> {
        let text = &self.source[span.clone()];
        span.start..span.start + text.trim_end().len()
    }
}

/// A hash of words (FNV-1a): every item of every level is hashed whole, so that speed counts.
struct Print(u64);

impl Print {
    fn new(kind: &str) -> Self {
        let mut print = Self(0xcbf2_9ce4_8422_2325);
        print.add(kind);
        print
    }

    /// Adds the words of a text, whatever white space is between them.
    fn add(&mut self, text: &str) {
        let mut hash = self.0;
        let mut parts = true;
        for byte in text.bytes() {
            if byte.is_ascii_whitespace() {
                parts = true;
                continue;
            }
            if std::mem::take(&mut parts) {
                hash = (hash ^ u64::from(b' ')).wrapping_mul(0x0100_0000_01b3);
            }
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.0 = hash;
    }
}

/// Sets what depends on the whole item and on its place.
pub(super) fn number(items: &mut [Item<'_>]) {
    for (idx, item) in items.iter_mut().enumerate() {
        item.first = idx == 0;
        let mut print = Print::new(item.kind);
        for text in [item.lead_text(), item.core_text(), item.trail_text()] {
            print.add(text);
        }
        item.print = print.0;
    }
}
