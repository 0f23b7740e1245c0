//! Rust: axum, actix, rocket; reqwest; the environment; clap.

use super::calls::{Call, Makes, Row, VERBS, always, has_handler, of_parts};
use super::{Reader, Vocabulary};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named, text, visit};
use crate::validate::routes::METHODS;

pub(super) const VOCABULARY: Vocabulary = Vocabulary { call, rows: ROWS, other };

const ROWS: &[Row] = &[
    Row { on: &["*"], names: &["route"], only: has_handler, makes: Makes::Routes(0, methods) },
    Row {
        on: &["reqwest", "client", "*client", "http", "blocking"],
        names: VERBS,
        only: always,
        makes: Makes::Client("", 0),
    },
    Row { on: &["env"], names: &["var", "var_os"], only: always, makes: Makes::Env(0, 9) },
    Row { on: &["*"], names: &["long"], only: always, makes: Makes::Other(long) },
];

fn call<'t>(node: Node<'t>, source: &str) -> Option<Call<'t>> {
    match node.kind() {
        "call_expression" => {
            let callee = child(node, "function")?;
            let parts =
                if callee.kind() == "scoped_identifier" { ("path", "name") } else { ("value", "field") };
            Some(of_parts(node, source, callee, parts, child(node, "arguments")))
        }
        "macro_invocation" => {
            let name = text(child(node, "macro")?, source);
            let strings = child_of_kind(node, "token_tree").map(named).unwrap_or_default();
            let args: Vec<_> = strings.into_iter().filter(|part| part.kind() == "string_literal").collect();
            let is_env = matches!(name, "env" | "option_env");
            is_env.then(|| Call {
                node,
                parent: None,
                receiver: "env".to_owned(),
                name: "var".to_owned(),
                args,
            })
        }
        _ => None,
    }
}

/// The methods in `get(list).post(create)` or `web::get().to(list)`.
fn methods(call: &Call<'_>, source: &str) -> Vec<String> {
    let Some(handlers) = call.args.get(1).map(|handlers| text(*handlers, source)) else { return Vec::new() };
    let is_called = |method: &&&str| {
        handlers
            .match_indices(&format!("{method}("))
            .any(|(at, _)| !handlers[..at].ends_with(|char: char| char.is_alphanumeric() || char == '_'))
    };
    let found: Vec<String> = METHODS.iter().filter(is_called).map(|method| (*method).to_owned()).collect();
    if found.is_empty() && handlers.contains("any(") { vec!["ANY".to_owned()] } else { found }
}

/// `.long("name")` of clap.
fn long(reader: &mut Reader<'_>, call: &Call<'_>) {
    if let Some(name) = call.text(0, reader.source) {
        reader.flag(format!("--{name}"), call.node);
    }
}

/// `#[get("/path")]` and `#[arg(long)]`.
fn other(reader: &mut Reader<'_>, node: Node<'_>) {
    if node.kind() != "attribute_item" {
        return;
    }
    let Some(attribute) = child_of_kind(node, "attribute") else { return };
    let name = named(attribute).first().map_or("", |name| text(*name, reader.source));
    let name = name.rsplit("::").next().unwrap_or(name);
    if METHODS.contains(&name) {
        let mut path = None;
        visit(attribute, |part, _| {
            if part.kind() == "string_literal" && path.is_none() {
                path = super::strings::text_of(part, reader.source);
            }
            path.is_none()
        });
        if let Some(path) = path {
            reader.route(name, path, "handlers".to_owned(), node);
        }
    } else if matches!(name, "arg" | "clap") {
        option(reader, attribute, node);
    }
}

fn option(reader: &mut Reader<'_>, attribute: Node<'_>, node: Node<'_>) {
    let whole = text(attribute, reader.source);
    let Some((_, after)) = whole.split_once("long") else { return };
    let stated = after.trim_start().strip_prefix('=').and_then(|rest| rest.trim_start().strip_prefix('"'));
    let stated = stated.and_then(|rest| rest.split('"').next());
    let field = std::iter::successors(node.next_named_sibling(), |node| node.next_named_sibling())
        .take(4)
        .find(|next| next.kind() == "field_declaration");
    let field =
        field.and_then(|field| child(field, "name")).map(|name| text(name, reader.source).replace('_', "-"));
    if let Some(name) = stated.map(str::to_owned).or(field) {
        reader.flag(format!("--{name}"), node);
    }
}
