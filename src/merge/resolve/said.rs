//! What a text says, apart from its layout and from orders that mean nothing: two guesses that say the
//! same are one answer.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::forms::{Form, Read};
use super::roles::{Role, is_comment, role};
use crate::validate::extract::SyntaxNode;

/// What a text says, once by its lines and once by its tree. Either may see what the other does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Said {
    lines: u64,
    tree: Option<u64>,
    /// The tree with all that stands side by side in an order of its own, but for what means something
    /// by its place.
    parts: Option<u64>,
}

impl Said {
    pub(super) fn of(form: Form, text: &str) -> Self {
        let read = form.read(text);
        let tree = read.as_ref().and_then(Read::whole);
        // Where a tree tells what the layout hides, the lines need not: they may be nested otherwise.
        let trim = if tree.is_some() { str::trim_end } else { str::trim };
        let of = |tree| [false, true].map(|loose| hash(&words(tree, text, loose)));
        let trees = tree.map(of);
        Self {
            lines: hash(&sorted_lines(text, trim)),
            tree: trees.map(|[tree, _]| tree),
            parts: trees.map(|[_, parts]| parts),
        }
    }

    /// Whether the trees say the same; of texts without one that is not known.
    pub(super) fn has_same_tree(self, other: Self) -> bool {
        self.tree.is_some() && self.tree == other.tree
    }

    /// Whether two texts of one file say the same.
    pub fn is_same(self, other: Self) -> bool {
        self.has_same_tree(other) || (self.lines == other.lines && self.parts == other.parts)
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The lines in an order of their own.
fn sorted_lines(text: &str, trim: fn(&str) -> &str) -> String {
    let mut lines: Vec<&str> = text.lines().map(|line| trim(line).trim_end_matches(',')).collect();
    lines.retain(|line| !line.is_empty());
    lines.sort_unstable();
    lines.join("\n")
}

/// The words of a node; those of lists without an order in an order of their own.
fn words(node: &SyntaxNode, source: &str, loose: bool) -> String {
    if node.children.is_empty() {
        let text = &source[node.span.clone()];
        return if text.contains('\n') { sorted_lines(text, str::trim) } else { text.to_owned() };
    }
    let role = role(node, source);
    let is_separator = |child: &&SyntaxNode| role.has_commas() && child.kind == ",";
    let is_loose = loose && !matches!(role, Role::Args | Role::Tuple);
    let mut children = Vec::new();
    collect(node, is_loose, &mut children);
    // What is told to people tells no answer from another.
    let children = children.into_iter().filter(|child| !is_separator(child) && !is_told(child));
    // What is passed by its name has no place.
    let (named, placed): (Vec<&SyntaxNode>, Vec<&SyntaxNode>) =
        children.partition(|child| role == Role::Args && child.kind == "keyword_argument");
    let of = |children: Vec<&SyntaxNode>| -> Vec<String> {
        children.into_iter().map(|child| words(child, source, loose)).collect()
    };
    let (mut parts, mut named) = (of(placed), of(named));
    if is_loose || is_set(role) {
        parts.sort_unstable();
    }
    named.sort_unstable();
    parts.extend(named);
    // What is nested in what, which in Python the white space tells.
    format!("({})", parts.join(" "))
}

/// The parts of a node; of `a | b | c`, which the grammars nest, all.
fn collect<'a>(node: &'a SyntaxNode, flat: bool, out: &mut Vec<&'a SyntaxNode>) {
    for child in &node.children {
        match flat
            && child.kind == node.kind
            && (node.kind.starts_with("union") || node.kind.starts_with("binary"))
        {
            true => collect(child, flat, out),
            false => out.push(child),
        }
    }
}

/// Whether a node tells something to people alone: a comment, a docstring.
fn is_told(node: &SyntaxNode) -> bool {
    let is_docstring = || {
        let only = node.kind == "expression_statement" && node.children.len() == 1;
        only && node.children[0].kind == "string"
    };
    is_comment(node.kind) || is_docstring()
}

/// Whether the order of the items means nothing, or not enough to make another answer of it.
fn is_set(role: Role) -> bool {
    !matches!(role, Role::Args | Role::Tuple | Role::Chain | Role::Parts | Role::Compound | Role::Leaf)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RepoPath;

    fn same(path: &str, one: &str, other: &str) -> bool {
        let of = |text| Said::of(Form::of(&RepoPath::from(path)), text);
        of(one).is_same(of(other))
    }

    #[test]
    fn layout_and_orders_that_mean_nothing_are_no_difference() {
        for (path, one, other) in [
            ("a.ts", "f(a, {b, c: 1, d: 2});\n", "f(a, {b, d: 2, c: 1});\n"),
            ("a.ts", "import {a, b} from 'x';\nf();\n", "import {b, a} from 'x';\nf();\n"),
            ("a.rs", "fn f() {    g();\n}\n", "fn f() {\n    g();\n}\n"),
            ("a.py", "f(a=1, b=2)\n", "f(b=2, a=1)\n"),
            (
                "a.go",
                "package a\n\n// f is.\n//\n// So.\nfunc f() {}\n",
                "package a\n\n// So.\n// f is.\nfunc f() {}\n",
            ),
            ("a.txt", "one,\ntwo\n", "two,\n  one\n"),
            ("a.py", "f(x, *y, a=1, b=2)\n", "f(x, *y, b=2, a=1)\n"),
            (
                "a.py",
                "def f():\n    \"\"\"One.\n\n    Two '\\n'.\n    \"\"\"\n",
                "def f():\n    \"\"\"Two '\\n'.\n\n    One.\n    \"\"\"\n",
            ),
            (
                "a.ts",
                "type A =\n  | 'a'\n  | 'b'\n  | 'c'\n  | 'd';\n",
                "type A =\n  | 'a'\n  | 'c'\n  | 'b'\n  | 'd';\n",
            ),
            (
                "a.py",
                "if a:\n    f()\nelif b:\n    g()\nelif c:\n    h()\n",
                "if a:\n    f()\nelif c:\n    h()\nelif b:\n    g()\n",
            ),
        ] {
            assert!(same(path, one, other), "{one}{other}");
        }
    }

    #[test]
    fn what_means_another_thing_is_a_difference() {
        for (path, one, other) in [
            ("a.ts", "x = a - b;\n", "x = b - a;\n"),
            ("a.ts", "f(a, b);\n", "f(b, a);\n"),
            ("a.ts", "x = [a, b]();\n", "x = [a, c]();\n"),
            ("a.py", "f(x, y, a=1)\n", "f(y, x, a=1)\n"),
            ("a.py", "x = 'a'\n", "x = 'b'\n"),
            ("a.py", "if a:\n    f()\n    g()\n", "if a:\n    f()\ng()\n"),
            ("a.ts", "f(\n  a,\n  b,\n);\n", "f(\n  b,\n  a,\n);\n"),
            (
                "a.ts",
                "if (a) {\n  f();\n}\nif (b) {\n  g();\n}\n",
                "if (a) {\n  g();\n}\nif (b) {\n  f();\n}\n",
            ),
            ("a.ts", "x\n  .map(f)\n  .filter(g);\n", "x\n  .filter(g)\n  .map(f);\n"),
            ("a.txt", "one\n", "two\n"),
        ] {
            assert!(!same(path, one, other), "{one}{other}");
        }
    }
}
