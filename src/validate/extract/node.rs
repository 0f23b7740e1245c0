//! Syntax trees whose words are at hand.
//!
//! The parser's own nodes measure and check the word for their kind at every question, and look the
//! name of a field up among all of them. An extractor asks some hundred thousand times a second;
//! here both come from a table of the grammar.

use std::num::NonZeroU16;
use std::ops::Deref;

use tree_sitter::{Language, TreeCursor};

type FieldId = NonZeroU16;

/// A grammar with all its words.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) language: &'static Language,
    /// By the number of the kind.
    kinds: Vec<&'static str>,
    /// By the number of the field.
    fields: Vec<Option<&'static str>>,
    /// The numbers of the fields by the lengths of their names, which tell most of them apart.
    field_ids: Vec<Vec<(&'static str, FieldId)>>,
}

impl Words {
    /// They are kept as long as the program runs.
    pub(super) fn of(language: impl Into<Language>) -> Self {
        let language: &'static Language = Box::leak(Box::new(language.into()));
        // Numbers are of 16 bits, those of fields begin with one.
        let numbers = |count: usize| 0..u16::try_from(count).unwrap_or(u16::MAX);
        let kind = |id| language.node_kind_for_id(id).unwrap_or_default();
        let fields: Vec<Option<&'static str>> =
            numbers(language.field_count() + 1).map(|id| language.field_name_for_id(id)).collect();
        let longest = fields.iter().flatten().map(|name| name.len()).max().unwrap_or(0);
        let mut field_ids = vec![Vec::new(); longest + 1];
        for name in fields.iter().flatten() {
            field_ids[name.len()].extend(language.field_id_for_name(name).map(|id| (*name, id)));
        }
        Self { language, kinds: numbers(language.node_kind_count()).map(kind).collect(), fields, field_ids }
    }

    fn field_id(&self, name: &str) -> Option<FieldId> {
        self.field_ids.get(name.len())?.iter().find(|(known, _)| *known == name).map(|(_, id)| *id)
    }
}

/// A parsed file.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    tree: tree_sitter::Tree,
    words: &'static Words,
}

impl Tree {
    pub(super) fn new(tree: tree_sitter::Tree, words: &'static Words) -> Self {
        Self { tree, words }
    }

    pub(super) fn root(&self) -> Node<'_> {
        Node::new(self.tree.root_node(), self.words)
    }
}

/// A node of a tree. What it is asked for beyond its words and its neighbours, the parser's own node
/// answers.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    node: tree_sitter::Node<'t>,
    words: &'static Words,
    kind: u16,
}

impl<'t> Node<'t> {
    fn new(node: tree_sitter::Node<'t>, words: &'static Words) -> Self {
        Self { node, words, kind: node.kind_id() }
    }

    fn beside(self, node: tree_sitter::Node<'t>) -> Self {
        Self::new(node, self.words)
    }

    /// The grammar's word for it; the text itself for tokens without a name.
    pub(super) fn kind(self) -> &'static str {
        self.words.kinds.get(usize::from(self.kind)).copied().unwrap_or("ERROR")
    }

    pub(super) fn parent(self) -> Option<Self> {
        self.node.parent().map(|node| self.beside(node))
    }

    pub(super) fn next_named_sibling(self) -> Option<Self> {
        self.node.next_named_sibling().map(|node| self.beside(node))
    }

    pub(super) fn child(self, index: u32) -> Option<Self> {
        self.node.child(index).map(|node| self.beside(node))
    }

    pub(super) fn named_child(self, index: u32) -> Option<Self> {
        self.node.named_child(index).map(|node| self.beside(node))
    }

    /// The first child in a field.
    pub(super) fn child_in(self, field: &str) -> Option<Self> {
        let id = self.words.field_id(field)?;
        self.node.child_by_field_id(id.get()).map(|node| self.beside(node))
    }

    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        self.each_child(Cursor::node)
    }

    /// All children in a field.
    pub(super) fn children_in(self, field: &str) -> impl Iterator<Item = Self> {
        let id = self.words.field_id(field);
        let is_in = move |cursor: &Cursor<'t>| id.is_some() && cursor.cursor.field_id() == id;
        self.each_child(move |cursor| is_in(cursor).then(|| cursor.node())).flatten()
    }

    fn each_child<R>(self, look: impl Fn(&Cursor<'t>) -> R) -> impl Iterator<Item = R> {
        let mut cursor = self.walk();
        let mut is_at_child = cursor.goto_first_child();
        std::iter::from_fn(move || {
            let child = is_at_child.then(|| look(&cursor));
            is_at_child = is_at_child && cursor.goto_next_sibling();
            child
        })
    }

    pub(super) fn walk(self) -> Cursor<'t> {
        Cursor { cursor: self.node.walk(), words: self.words }
    }
}

impl<'t> Deref for Node<'t> {
    type Target = tree_sitter::Node<'t>;

    fn deref(&self) -> &Self::Target {
        &self.node
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

/// A place in a tree on the way through it.
pub(super) struct Cursor<'t> {
    cursor: TreeCursor<'t>,
    words: &'static Words,
}

impl<'t> Cursor<'t> {
    pub(super) fn node(&self) -> Node<'t> {
        Node::new(self.cursor.node(), self.words)
    }

    /// What the node is to its parent.
    pub(super) fn field(&self) -> Option<&'static str> {
        let id = self.cursor.field_id()?;
        self.words.fields.get(usize::from(id.get())).copied().flatten()
    }

    pub(super) fn goto_first_child(&mut self) -> bool {
        self.cursor.goto_first_child()
    }

    pub(super) fn goto_next_sibling(&mut self) -> bool {
        self.cursor.goto_next_sibling()
    }

    pub(super) fn goto_parent(&mut self) -> bool {
        self.cursor.goto_parent()
    }
}

#[cfg(test)]
mod tests {
    use super::super::syntax::visit;
    use super::super::{LANGUAGES, parse};

    /// Each language reads a line and stumbles over the others.
    const SOURCE: &str = "fn f(x: u8) -> u8 { x }\ndef f(a, b=1):\n    return a\nfunc f(x int) int { return x }\nclass A { int f(int x) { return x; } }\nexport function f(x: number): number { return x; }\n";

    #[test]
    fn the_tables_say_what_the_parser_says() {
        for (language, _, grammar) in LANGUAGES {
            let words = (grammar.words)();
            let tree = parse::parse(words, SOURCE).unwrap();
            let (mut n_fields, mut n_errors) = (0, 0);
            visit(tree.root(), |node, _| {
                let own: tree_sitter::Node<'_> = *node;
                assert_eq!(node.kind(), own.kind(), "{language:?}");
                n_errors += usize::from(node.kind() == "ERROR");
                for field in words.fields.iter().flatten() {
                    let found = node.child_in(field).map(|child| child.id());
                    assert_eq!(found, own.child_by_field_name(field).map(|child| child.id()), "{field}");
                    n_fields += usize::from(found.is_some());
                }
                node.child_in("no such field").is_none()
            });
            assert!(n_fields > 5 && n_errors > 0, "{language:?}: {n_fields} fields, {n_errors} errors");
        }
    }
}
