//! What an option or a route belongs to, where one file has several of that: a file may state
//! `--verbose` once for each of its commands, and a path once in each function that makes a router.

use super::Reader;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, text};

/// How far before an option the call that makes its command is looked for.
const NEAR: usize = 4_000;

/// What stands in a line that makes a command.
const MAKERS: [&str; 8] =
    ["command(", "Command", "parser(", "Parser(", "App::new(", "with_name(", "FlagSet(", "argument_group("];

impl Reader<'_> {
    /// The declarations around a call, and what it is made on up to the first call in that:
    /// `add_user(parser` for `parser.add_argument(…)`.
    pub(super) fn owner(&self, node: Node<'_>) -> String {
        self.owner_in(0..self.around.len(), node)
    }

    /// The same of a route: one that a mark says of a function is not of that function, but of what is
    /// around it.
    pub(super) fn owner_of_route(&self, node: Node<'_>) -> String {
        let is_mark = |kind: &str| kind.contains("annotation") || kind.contains("decorator");
        let mark = self.around.iter().position(|around| is_mark(around.kind()));
        let Some(mark) = mark.or(is_mark(node.kind()).then_some(self.around.len())) else {
            return self.owner(node);
        };
        let marks = |at: &usize| {
            let kind = self.around[*at].kind();
            ["decorated", "method", "function"].iter().any(|word| kind.contains(word))
        };
        let marked = (mark.saturating_sub(2)..mark).find(marks);
        self.owner_in(0..marked.unwrap_or(mark), node)
    }

    fn owner_in(&self, around: std::ops::Range<usize>, node: Node<'_>) -> String {
        let mut parts: Vec<&str> = around.filter_map(|at| self.name_of(at)).collect();
        let on = text(node, self.source).split('(').next().unwrap_or_default();
        let on = on.rsplit_once(['.', ':']).map_or("", |(on, _)| on);
        parts.push(on.split_whitespace().next().unwrap_or_default());
        parts.join("(")
    }

    /// What names a piece of code: a declaration, or the call that a function without a name is
    /// passed to.
    fn name_of(&self, at: usize) -> Option<&str> {
        let first_line = |node: Node<'_>| text(node, self.source).lines().next();
        let node = self.around[at];
        match node.kind() {
            "arrow_function" | "function_expression" | "func_literal" | "lambda_expression" => {
                at.checked_sub(2).and_then(|call| first_line(self.around[call]))
            }
            "decorated_definition" => {
                child(node, "definition").and_then(|own| child(own, "name")).and_then(first_line)
            }
            kind if ["function", "method", "class", "struct", "variant", "impl"]
                .iter()
                .any(|word| kind.contains(word)) =>
            {
                child(node, "name").or_else(|| child(node, "type")).and_then(first_line)
            }
            _ => None,
        }
    }

    /// The last line before an option, or around it, that makes a command.
    pub(super) fn command(&self, node: Node<'_>) -> &str {
        let mut start = node.end_byte().saturating_sub(NEAR);
        while !self.source.is_char_boundary(start) {
            start += 1;
        }
        let near = self.source.get(start..node.end_byte()).unwrap_or_default();
        let makes = |line: &&str| MAKERS.iter().any(|maker| line.contains(maker));
        near.lines().rfind(makes).map_or("", str::trim)
    }

    /// Whether a call is made only where a test holds, so that another one may stand for the rest.
    pub(super) fn is_conditional(&self) -> bool {
        const TESTS: [&str; 7] = [
            "if_statement",
            "if_expression",
            "else_clause",
            "match_arm",
            "switch_case",
            "ternary_expression",
            "conditional_expression",
        ];
        let is_main = |node: Node<'_>| text(node, self.source).starts_with("if __name__");
        self.around.iter().any(|around| TESTS.contains(&around.kind()) && !is_main(*around))
    }
}
