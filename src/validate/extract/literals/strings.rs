//! The text of string literals, with `{}` for what is put into them.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{self, child, named};

/// Strings that are put together of more pieces than this are not read.
const PIECES: usize = 24;
/// Longer texts are data.
const LENGTH: usize = 20_000;

/// Whether a node is a literal of a string.
pub(super) fn is_string(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "string"
            | "template_string"
            | "concatenated_string"
            | "string_literal"
            | "raw_string_literal"
            | "interpreted_string_literal"
    )
}

/// The text of an expression that is a string; other parts of it become `{}`.
pub(super) fn text_of(node: Node<'_>, source: &str) -> Option<String> {
    if node.end_byte() - node.start_byte() > LENGTH {
        return None;
    }
    let mut text = String::new();
    let mut pieces = PIECES;
    append(node, source, &mut text, &mut pieces).then_some(text)
}

/// Appends a string or a sum of strings; false where no part of it is one.
fn append(node: Node<'_>, source: &str, out: &mut String, pieces: &mut usize) -> bool {
    if *pieces == 0 {
        return false;
    }
    *pieces -= 1;
    match node.kind() {
        "binary_expression" | "binary_operator" => {
            let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else { return false };
            let between = source.get(left.end_byte()..right.start_byte()).unwrap_or_default();
            match between.trim() {
                "+" => {
                    let before = out.len();
                    let left_is = append(left, source, out, pieces);
                    if !left_is {
                        out.truncate(before);
                        out.push_str("{}");
                    }
                    let middle = out.len();
                    let right_is = append(right, source, out, pieces);
                    if !right_is {
                        out.truncate(middle);
                        out.push_str("{}");
                    }
                    left_is || right_is
                }
                "%" => append(left, source, out, pieces),
                _ => false,
            }
        }
        "concatenated_string" => {
            let parts = named(node);
            !parts.is_empty() && parts.into_iter().all(|part| append(part, source, out, pieces))
        }
        "parenthesized_expression" | "argument" | "reference_expression" => {
            named(node).first().is_some_and(|inner| append(*inner, source, out, pieces))
        }
        "call_expression" | "call" | "method_invocation" | "macro_invocation" => {
            formatted(node, source, out, pieces)
        }
        "new_expression" => {
            let first = child(node, "arguments").and_then(|arguments| named(arguments).first().copied());
            first.is_some_and(|first| append(first, source, out, pieces))
        }
        _ if is_string(node) => {
            literal(node, source, out);
            true
        }
        _ => false,
    }
}

/// `format!("…", x)`, `fmt.Sprintf("…", x)`, `String.format("…", x)`, `"…".format(x)`, `URI.create("…")`.
fn formatted(node: Node<'_>, source: &str, out: &mut String, pieces: &mut usize) -> bool {
    let text = syntax::text(node, source);
    let head = text.split('(').next().unwrap_or(text);
    if text.starts_with(['"', '\'']) && text.contains(".format(") {
        let function = child(node, "function").and_then(|function| child(function, "object"));
        return function.is_some_and(|object| append(object, source, out, pieces));
    }
    if !matches!(head, "format!" | "fmt.Sprintf" | "String.format" | "URI.create" | "URL" | "str") {
        return false;
    }
    let arguments =
        child(node, "arguments").or_else(|| named(node).into_iter().find(|part| part.kind() == "token_tree"));
    let first = arguments.and_then(|arguments| named(arguments).first().copied());
    first.is_some_and(|first| append(first, source, out, pieces))
}

/// The text of one literal.
fn literal(node: Node<'_>, source: &str, out: &mut String) {
    let whole = syntax::text(node, source);
    let holes: Vec<_> = named(node)
        .into_iter()
        .filter(|part| {
            matches!(part.kind(), "template_substitution" | "interpolation" | "string_interpolation")
        })
        .map(|part| part.byte_range())
        .collect();
    let start = node.start_byte();
    let (from, to) = inside(whole);
    let mut at = start + from;
    let end = start + to;
    for hole in holes {
        out.push_str(source.get(at..hole.start).unwrap_or_default());
        out.push_str("{}");
        at = hole.end;
    }
    out.push_str(source.get(at..end).unwrap_or_default());
}

/// Where the text of a literal begins and ends between its quotes.
fn inside(whole: &str) -> (usize, usize) {
    const QUOTES: [&str; 5] = ["\"\"\"", "'''", "\"", "'", "`"];
    // Before the quotes may stand a prefix: `r`, `f`, `b`, and signs of raw strings.
    let from = whole.find(['"', '\'', '`']).unwrap_or(0);
    let hashes = whole[..from].matches('#').count();
    let quote = QUOTES.into_iter().find(|quote| whole[from..].starts_with(quote)).unwrap_or("");
    let start = from + quote.len();
    let end = whole.len().saturating_sub(quote.len() + hashes);
    if start <= end && whole.is_char_boundary(end) {
        (start, end)
    } else {
        (start.min(whole.len()), start.min(whole.len()))
    }
}
