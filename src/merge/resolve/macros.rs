//! What macros and attributes of Rust are given: the grammar leaves it as tokens, and here some of them
//! get the kinds that they have everywhere else.
//!
//! A macro may make anything of its tokens. So only what it can hardly mean otherwise is read: struct
//! literals, the values of `vec!`, and the names in an attribute.

use super::roles::is_comment;
use crate::validate::extract::SyntaxNode;

/// Reads the tokens below a node.
pub(super) fn read_tokens(node: &mut SyntaxNode, source: &str) {
    match node.kind {
        "token_tree" => return read_given(node, source),
        "macro_invocation" => match node.children.first().map_or("", |name| &source[name.span.clone()]) {
            name if takes_patterns(name) => return,
            "vec" => name_lists(node, "array_expression", is_value),
            _ => {}
        },
        "attribute" => name_lists(node, "attribute_names", |token| token.kind == "identifier"),
        _ => {}
    }
    node.children.iter_mut().for_each(|child| read_tokens(child, source));
}

/// Whether a macro may be given a pattern, which is written like a literal.
fn takes_patterns(name: &str) -> bool {
    name.ends_with("matches")
}

fn is_value(token: &SyntaxNode) -> bool {
    token.kind == "identifier" || token.kind.ends_with("_literal")
}

/// Gives tokens a kind if they are nothing but items of one token each between commas.
fn name_lists(node: &mut SyntaxNode, kind: &'static str, is_item: fn(&SyntaxNode) -> bool) {
    for tokens in node.children.iter_mut().filter(|child| child.kind == "token_tree") {
        let n = tokens.children.len();
        let inner = tokens.children.get(1..n.saturating_sub(1)).unwrap_or_default();
        let mut parts = inner.iter().filter(|token| !is_comment(token.kind)).peekable();
        let mut is_list = parts.peek().is_some();
        while let Some(token) = parts.next() {
            is_list &= is_item(token) && parts.next().is_none_or(|comma| comma.kind == ",");
        }
        if is_list {
            tokens.kind = kind;
        }
    }
}

/// Reads every `Name { field: value, … }` among some tokens and below them.
fn read_given(given: &mut SyntaxNode, source: &str) {
    let texts: Vec<&str> = given.children.iter().map(|token| &source[token.span.clone()]).collect();
    for (at, child) in given.children.iter_mut().enumerate() {
        if let [.., name, "!"] = &texts[..at]
            && takes_patterns(name)
        {
            continue;
        }
        read_tokens(child, source);
        if child.kind == "token_tree" && is_literal(&texts[..at], texts.get(at + 1).copied()) {
            read_fields(child, source);
        }
    }
}

/// Whether what stands between some tokens and the next one may be the fields of a literal, and is
/// neither a pattern nor what a type is declared to hold.
fn is_literal(before: &[&str], next: Option<&str>) -> bool {
    let is_word = |token: &str| token.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let mut path = before.iter().rev().take_while(|token| **token == "::" || is_word(token));
    path.next().is_some_and(|name| name.starts_with(char::is_uppercase))
        && !path.any(|word| matches!(*word, "let" | "struct" | "enum" | "union"))
        && !next.is_some_and(|next| matches!(next, "=>" | "=" | "if" | "|"))
}

/// Makes tokens in braces the list of fields that they are, if they are nothing else.
fn read_fields(tokens: &mut SyntaxNode, source: &str) {
    let text = |node: &SyntaxNode| &source[node.span.clone()];
    let Some((open, inner)) = tokens.children.split_first().filter(|(open, _)| text(open) == "{") else {
        return;
    };
    let Some((close, inner)) = inner.split_last() else { return };
    let mut children = vec![open.clone()];
    for part in inner.split_inclusive(|token| text(token) == ",") {
        let (part, comma) = match part.split_last() {
            Some((comma, part)) if text(comma) == "," => (part, Some(comma)),
            _ => (part, None),
        };
        let from = part.iter().take_while(|token| is_comment(token.kind)).count();
        let behind = part[from..].iter().rev().take_while(|token| is_comment(token.kind)).count();
        let (field, after) = part[from..].split_at(part.len() - from - behind);
        children.extend_from_slice(&part[..from]);
        match read_field(field.to_vec(), source) {
            Some(field) => children.push(field),
            None if field.is_empty() && comma.is_none() => {}
            None => return,
        }
        children.extend_from_slice(after);
        children.extend(comma.map(|comma| SyntaxNode { kind: ",", ..comma.clone() }));
    }
    children.push(close.clone());
    *tokens = SyntaxNode { kind: "field_initializer_list", named: true, children, ..tokens.clone() };
}

/// One field, from all of its tokens.
fn read_field(mut tokens: Vec<SyntaxNode>, source: &str) -> Option<SyntaxNode> {
    let text = |node: &SyntaxNode| &source[node.span.clone()];
    let span = tokens.first()?.span.start..tokens.last()?.span.end;
    // A comma between the parameters of a closure ends no field.
    if tokens.iter().filter(|token| text(token) == "|").count() % 2 != 0 {
        return None;
    }
    // Some words are keywords in certain places alone.
    let is_name = |token: &SyntaxNode| {
        token.kind == "identifier" || matches!(text(token), "auto" | "default" | "raw" | "union")
    };
    let kind = match &tokens[..] {
        [rest, _, ..] if text(rest) == ".." => "base_field_initializer",
        [name] if is_name(name) => "shorthand_field_initializer",
        [name, colon, _, ..] if is_name(name) && text(colon) == ":" => {
            tokens[0].field = Some("field");
            "field_initializer"
        }
        _ => return None,
    };
    Some(SyntaxNode { kind, field: None, named: true, span, children: tokens })
}
