//! The syntax tree of a file as plain data, for those who rewrite text and need its every byte.
//!
//! Extractors say what a file means; this says only how it is put together, so nothing here knows a
//! language. The depth is bounded: what lies deeper is one leaf, so walking a tree may recurse.

use std::ops::Range;
use std::time::Duration;

use super::node::{Cursor, Tree};
use super::{LANGUAGES, Language, parse, read_tree};
use crate::validate::model::FileModel;

/// The end of any parse, for a machine that is busy with something else: a merge that depends on the
/// load would be no merge.
const PATIENCE: Duration = Duration::from_secs(60);
/// How deep a tree may be. Real code stays below sixty.
const DEEPEST: usize = 150;

/// A node with its children in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxNode {
    /// The grammar's word for it; the text itself for tokens without a name.
    pub kind: &'static str,
    /// What it is to its parent.
    pub field: Option<&'static str>,
    /// Whether it is more than punctuation or a keyword.
    pub named: bool,
    pub span: Range<usize>,
    pub children: Vec<Self>,
}

/// A file's tree, and how much of it the parser could not read.
#[derive(Debug, Clone)]
pub struct Syntax {
    pub root: SyntaxNode,
    /// Places where the parser had to guess.
    pub errors: usize,
    language: Language,
    tree: Tree,
}

/// Parses a file; none when that takes too long or the content only poses as text.
pub fn syntax(language: Language, source: &str) -> Option<Syntax> {
    let (.., grammar) = LANGUAGES.iter().find(|(known, ..)| *known == language)?;
    let tree = parse::parse_within((grammar.words)(), source, PATIENCE)?;
    let mut errors = 0;
    let mut root = convert(&mut tree.root().walk(), 0, &mut errors);
    // The root of some grammars leaves out white space and comments at the ends.
    root.span = 0..source.len();
    Some(Syntax { root, errors, language, tree })
}

impl Syntax {
    /// What the file means, without parsing it again.
    pub fn model(&self, source: &str) -> FileModel {
        read_tree(self.language, &self.tree, source)
    }
}

fn convert(cursor: &mut Cursor<'_>, depth: usize, errors: &mut usize) -> SyntaxNode {
    let node = cursor.node();
    *errors += usize::from(node.is_error() || node.is_missing());
    let mut converted = SyntaxNode {
        kind: node.kind(),
        field: cursor.field(),
        named: node.is_named(),
        span: node.byte_range(),
        children: Vec::new(),
    };
    if depth < DEEPEST && cursor.goto_first_child() {
        loop {
            converted.children.push(convert(cursor, depth + 1, errors));
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
    }
    converted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_covers_the_file_and_counts_what_it_could_not_read() {
        let source = "\n# note\ndef f(a):\n    return a\n";
        let found = syntax(Language::Python, source).unwrap();
        assert_eq!((found.root.span, found.errors), (0..source.len(), 0));
        let kinds: Vec<_> = found.root.children.iter().map(|child| child.kind).collect();
        assert_eq!(kinds, ["comment", "function_definition"]);
        assert_eq!(found.root.children[1].children[1].field, Some("name"));
        assert_ne!(syntax(Language::Python, "def f(:\n").unwrap().errors, 0);
    }

    #[test]
    fn depth_is_bounded() {
        let source = format!("{}1{}\n", "(".repeat(5_000), ")".repeat(5_000));
        if let Some(found) = syntax(Language::JavaScript, &source) {
            let (mut depth, mut node) = (0, &found.root);
            while let Some(child) = node.children.iter().max_by_key(|child| child.span.len()) {
                (depth, node) = (depth + 1, child);
            }
            assert!(depth <= DEEPEST);
        }
    }
}
