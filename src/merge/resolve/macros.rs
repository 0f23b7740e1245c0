//! Struct literals among the tokens that a macro of Rust is given: the grammar leaves them as tokens, and
//! here they get the fields that they have everywhere else.

use super::roles::is_comment;
use crate::validate::extract::SyntaxNode;

/// Reads every `Name { field: value, … }` below a node.
pub(super) fn read_literals(node: &mut SyntaxNode, source: &str) {
    let is_given = node.kind == "token_tree";
    let mut follows_type = false;
    for child in &mut node.children {
        read_literals(child, source);
        if is_given && follows_type && child.kind == "token_tree" {
            read_fields(child, source);
        }
        follows_type =
            child.kind == "identifier" && source[child.span.clone()].starts_with(char::is_uppercase);
    }
}

/// Makes tokens in braces the list of fields that they are, if they are nothing else.
fn read_fields(tokens: &mut SyntaxNode, source: &str) {
    let text = |node: &SyntaxNode| &source[node.span.clone()];
    let Some((open, inner)) = tokens.children.split_first().filter(|(open, _)| text(open) == "{") else {
        return;
    };
    let Some((close, inner)) = inner.split_last() else { return };
    let mut children = vec![open.clone()];
    let mut field: Vec<SyntaxNode> = Vec::new();
    for token in inner {
        if text(token) == "," {
            let Some(read) = read_field(std::mem::take(&mut field), source) else { return };
            children.extend([read, SyntaxNode { kind: ",", ..token.clone() }]);
        } else if field.is_empty() && is_comment(token.kind) {
            children.push(token.clone());
        } else {
            field.push(token.clone());
        }
    }
    if !field.is_empty() {
        let Some(read) = read_field(field, source) else { return };
        children.push(read);
    }
    children.push(close.clone());
    *tokens = SyntaxNode { kind: "field_initializer_list", named: true, children, ..tokens.clone() };
}

/// One field, from all of its tokens.
fn read_field(mut tokens: Vec<SyntaxNode>, source: &str) -> Option<SyntaxNode> {
    let text = |node: &SyntaxNode| &source[node.span.clone()];
    let span = tokens.first()?.span.start..tokens.last()?.span.end;
    let kind = match &tokens[..] {
        [rest, _, ..] if text(rest) == ".." => "base_field_initializer",
        [name] if name.kind == "identifier" => "shorthand_field_initializer",
        [name, colon, _, ..] if name.kind == "identifier" && text(colon) == ":" => {
            tokens[0].field = Some("field");
            "field_initializer"
        }
        _ => return None,
    };
    Some(SyntaxNode { kind, field: None, named: true, span, children: tokens })
}
