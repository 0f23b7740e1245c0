//! What tells an item from its neighbours: the name of a declaration, the word before a colon.

use super::cases;
use super::forms::{lines, tables};
use super::roles::Role;
use crate::validate::extract::SyntaxNode;

/// The key of an item in a list of this role; empty when nothing names it.
pub(super) fn key(node: &SyntaxNode, source: &str, role: Role) -> String {
    let text = |node: &SyntaxNode| squeezed(&source[node.span.clone()]);
    if let Some(key) = text_key(node, source) {
        return key;
    }
    match role {
        // Of the ways that go on from one condition each has its own.
        Role::Compound if matches!(node.kind, "elif_clause" | "except_clause" | "decorator") => {
            return header(node, source);
        }
        Role::Parts | Role::Compound => return node.field.unwrap_or(node.kind).to_owned(),
        Role::Params => return param_name(node, source),
        Role::Names => return child(node, "name").map_or_else(|| text(node), text),
        // What a text is made of does not name it.
        Role::Elements | Role::Tuple if node.children.is_empty() || node.kind.contains("string") => {
            return in_one_quote(text(node));
        }
        Role::Args if node.kind != "keyword_argument" => return String::new(),
        Role::Leaf | Role::Prose => return String::new(),
        _ => {}
    }
    match node.kind {
        "decorated_definition" | "export_statement" | "ambient_declaration" => {
            let inner = child(node, "definition").or_else(|| child(node, "declaration"));
            inner.or_else(|| node.children.last()).map_or(String::new(), |inner| key(inner, source, role))
        }
        "impl_item" => {
            ["trait", "type"].map(|part| child(node, part).map_or(String::new(), text)).join(" for ")
        }
        "method_declaration" | "constructor_declaration" => method(node, source),
        "pair" | "keyed_element" | "json_pair" | "toml_pair" | "yaml_pair" => {
            node.children.first().map_or(String::new(), |name| in_one_quote(text(name)))
        }
        "if_statement" | "while_statement" | "for_statement" | "with_statement" | "match_statement"
        | "switch_statement" | "if_expression" | "match_expression" => header(node, source),
        "match_arm" | "case_clause" | "expression_case" | "switch_case" | "type_case" => {
            cases::first_value(node).map_or_else(|| header(node, source), text)
        }
        // An attribute may stand before the name.
        "field_initializer" => {
            ["field", "name"].iter().find_map(|field| child(node, field)).map_or(String::new(), text)
        }
        "shorthand_field_initializer" => node.children.last().map_or(String::new(), text),
        "import_statement" | "import_from_statement" | "use_declaration" | "import_spec" => {
            import(node, source)
        }
        "expression_statement" | "call_expression" | "call" => statement(node, source),
        _ => child(node, "name").map_or_else(|| first_name(node, source), text),
    }
}

/// The key of an entry of a file that is no code; none for all else.
fn text_key(node: &SyntaxNode, source: &str) -> Option<String> {
    let text = |node: &SyntaxNode| squeezed(&source[node.span.clone()]);
    Some(match node.kind {
        "md_section" => node.children.first().map_or(String::new(), text),
        "toml_table" => tables::table_key(node, source),
        "toml_header" | "go_head" | "go_end" | "line_pattern" => text(node),
        "go_block" => node.children.first().map_or(String::new(), text),
        "line_entry" => lines::line_key(&source[node.span.clone()]),
        // Two lists that both sides put in one place are one.
        "md_list" => node.kind.to_owned(),
        "yaml_item" => yaml_item(node, source),
        "yaml_flow_pair" => text(node).split(':').next().unwrap_or_default().trim().to_owned(),
        _ => return None,
    })
}

/// A value, or what an entry calls itself.
fn yaml_item(item: &SyntaxNode, source: &str) -> String {
    let Some(value) = item.children.get(1) else { return String::new() };
    let text = |node: &SyntaxNode| squeezed(&source[node.span.clone()]);
    if value.children.is_empty() {
        return text(value);
    }
    let called = |key: &&str| {
        let is_it = |pair: &&SyntaxNode| pair.children.first().is_some_and(|name| text(name) == *key);
        value.children.iter().find(is_it).map(text)
    };
    ["name", "id", "repo", "key"].iter().find_map(called).unwrap_or_default()
}

/// A child by its field.
pub(super) fn child<'a>(node: &'a SyntaxNode, field: &str) -> Option<&'a SyntaxNode> {
    node.children.iter().find(|child| child.field == Some(field))
}

/// A string in the quotes that most have, so that one text is one key.
fn in_one_quote(text: String) -> String {
    let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match inner.filter(|inner| !inner.contains(['\'', '"', '\\'])) {
        Some(inner) => format!("\"{inner}\""),
        None => text,
    }
}

/// Text with white space as single blanks.
pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn param_name(node: &SyntaxNode, source: &str) -> String {
    let named = ["name", "pattern", "left"].iter().find_map(|field| child(node, field));
    match named.or_else(|| node.children.first().filter(|_| node.kind.starts_with("typed_"))) {
        Some(name) => squeezed(&source[name.span.clone()]),
        None => squeezed(&source[node.span.clone()]),
    }
}

/// A method with its receiver, or with its parameters where it may be overloaded.
fn method(node: &SyntaxNode, source: &str) -> String {
    let parts =
        ["receiver", "name"].map(|part| child(node, part).map_or("", |part| &source[part.span.clone()]));
    let overload = child(node, "parameters").filter(|_| child(node, "receiver").is_none());
    let overload = overload.map_or("", |part| &source[part.span.clone()]);
    // The receiver's own name means nothing outside.
    let receiver = parts[0].rsplit([' ', '*']).next().unwrap_or_default();
    squeezed(&format!("{receiver} {}{overload}", parts[1]))
}

/// A compound statement up to its body.
fn header(node: &SyntaxNode, source: &str) -> String {
    // What an arm comes to is its value; other cases call the label so.
    let is_arm = node.kind == "match_arm";
    let is_body = |child: &&SyntaxNode| {
        matches!(child.field, Some("body" | "consequence"))
            || (is_arm && child.field == Some("value"))
            || matches!(child.kind, "block" | "statement_block" | "match_block" | "switch_body" | ":")
    };
    let end = node.children.iter().skip(1).find(is_body).map_or(node.span.end, |body| body.span.start);
    squeezed(&source[node.span.start..end])
}

/// The module that is imported from, or the whole statement.
fn import(node: &SyntaxNode, source: &str) -> String {
    let of = |node| ["module_name", "source", "path"].iter().find_map(|field| child(node, field));
    // In Rust the path stands one level down.
    let from = of(node).or_else(|| child(node, "argument").and_then(of));
    squeezed(&source[from.unwrap_or(node).span.clone()])
}

/// What is assigned to, or what is called with which first string.
fn statement(node: &SyntaxNode, source: &str) -> String {
    let inner = match node.kind {
        "expression_statement" => node.children.first().unwrap_or(node),
        _ => node,
    };
    let text = |node: &SyntaxNode| squeezed(&source[node.span.clone()]);
    match inner.kind {
        "call" | "call_expression" | "await_expression" => registration(inner, source).unwrap_or_default(),
        "assignment" | "assignment_expression" | "augmented_assignment" => {
            child(inner, "left").map_or(String::new(), text)
        }
        _ => String::new(),
    }
}

/// A call that names what it registers: `it("does x", …)`, `add_argument("--x")`.
pub(super) fn registration(call: &SyntaxNode, source: &str) -> Option<String> {
    let callee = child(call, "function")?;
    let first = child(call, "arguments")?.children.iter().find(|argument| argument.named)?;
    let is_text = matches!(
        first.kind,
        "string" | "string_literal" | "interpreted_string_literal" | "raw_string_literal"
    );
    is_text.then(|| squeezed(&format!("{}({}", &source[callee.span.clone()], &source[first.span.clone()])))
}

/// The name in a declaration that does not call it one.
fn first_name(node: &SyntaxNode, source: &str) -> String {
    let named = ["key", "left", "pattern"].iter().find_map(|field| child(node, field));
    let inner = named.or_else(|| node.children.iter().find(|child| child.named));
    match inner {
        Some(found) if is_name(found.kind) => squeezed(&source[found.span.clone()]),
        Some(found)
            if matches!(found.kind, "variable_declarator" | "type_spec" | "const_spec" | "assignment") =>
        {
            ["name", "left"]
                .iter()
                .find_map(|field| child(found, field))
                .map_or(String::new(), |name| squeezed(&source[name.span.clone()]))
        }
        None if is_name(node.kind) => squeezed(&source[node.span.clone()]),
        _ => String::new(),
    }
}

fn is_name(kind: &str) -> bool {
    kind.ends_with("identifier")
        || kind.ends_with("identifier_pattern")
        || kind.contains("string")
        || kind == "dotted_name"
        || kind == "attribute"
}
