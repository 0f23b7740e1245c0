//! Go: net/http, gin, echo, chi, fiber, mux; the standard client; flags.

use super::calls::{Call, Makes, Row, always, has_handler, of_parts};
use super::extras::methods_in;
use super::{Reader, Vocabulary};
use crate::validate::entry::Role;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named, text};
use crate::validate::routes;

pub(super) const VOCABULARY: Vocabulary = Vocabulary { call, rows: ROWS, other };

const SHOUTED: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const SPOKEN: &[&str] = &["Get", "Post", "Put", "Patch", "Delete", "Head", "Options"];

const ROWS: &[Row] = &[
    Row { on: &["http"], names: &["Get", "Head"], only: always, makes: Makes::Client("", 0) },
    Row { on: &["http"], names: &["Post", "PostForm"], only: always, makes: Makes::Client("POST", 0) },
    Row {
        on: &["client", "*client"],
        names: &["Get", "Post", "Head"],
        only: always,
        makes: Makes::Client("", 0),
    },
    Row { on: &["*"], names: SHOUTED, only: has_handler, makes: Makes::Route(0) },
    Row { on: &["*"], names: SPOKEN, only: has_handler, makes: Makes::Route(0) },
    Row { on: &["*"], names: &["HandleFunc", "Handle"], only: has_handler, makes: Makes::Other(handle) },
    Row {
        on: &["http"],
        names: &["NewRequest"],
        only: always,
        makes: Makes::Clients(1, |call, source| method(call, 0, source)),
    },
    Row {
        on: &["http"],
        names: &["NewRequestWithContext"],
        only: always,
        makes: Makes::Clients(2, |call, source| method(call, 1, source)),
    },
    Row { on: &["os"], names: &["Getenv", "LookupEnv"], only: always, makes: Makes::Env(0, 9) },
    Row { on: &["*"], names: &["Publish", "Emit"], only: always, makes: Makes::Event(Role::Uses, 0) },
    Row {
        on: &["*"],
        names: &["Subscribe", "QueueSubscribe", "On"],
        only: has_handler,
        makes: Makes::Event(Role::Provides, 0),
    },
    Row {
        on: &["flag", "pflag", "flags", "flags()", "persistentflags()"],
        names: &[
            "String",
            "Int",
            "Bool",
            "Duration",
            "Float64",
            "Uint",
            "Int64",
            "StringP",
            "IntP",
            "BoolP",
            "DurationP",
            "StringSlice",
            "StringVar",
            "IntVar",
            "BoolVar",
            "DurationVar",
            "StringVarP",
            "IntVarP",
            "BoolVarP",
        ],
        only: always,
        makes: Makes::Other(flag),
    },
];

fn call<'t>(node: Node<'t>, source: &str) -> Option<Call<'t>> {
    if node.kind() != "call_expression" {
        return None;
    }
    let callee = child(node, "function")?;
    Some(of_parts(node, source, callee, ("operand", "field"), child(node, "arguments")))
}

/// A method as text or as a constant of net/http.
fn method(call: &Call<'_>, index: usize, source: &str) -> Option<String> {
    let stated = call.text(index, source);
    stated.or_else(|| text(*call.args.get(index)?, source).strip_prefix("http.Method").map(str::to_owned))
}

/// `HandleFunc("GET /path", …)`, `HandleFunc("/path", …).Methods("POST")`.
fn handle(reader: &mut Reader<'_>, call: &Call<'_>) {
    let Some(pattern) = call.text(0, reader.source) else { return };
    let (method, path) = match pattern.split_once(' ') {
        Some((method, path)) => (vec![method.to_owned()], path.trim().to_owned()),
        None => (chained_methods(call, reader), pattern),
    };
    // What ends with a slash takes all that is below.
    let rest = if path.len() > 1 && path.ends_with('/') { "*" } else { "" };
    let path = path + rest;
    for method in method {
        reader.route(&method, path.clone(), call.receiver.clone(), call.node);
    }
}

fn chained_methods(call: &Call<'_>, reader: &Reader<'_>) -> Vec<String> {
    let source = reader.source;
    let selector = call.parent.filter(|parent| parent.kind() == "selector_expression");
    let chained = selector
        .and_then(|selector| child(selector, "field"))
        .filter(|field| text(*field, source) == "Methods");
    let arguments = chained.and_then(|_| reader.above(1)).and_then(|call| child(call, "arguments"));
    let found = arguments
        .map(|arguments| methods_in(&text(arguments, source).to_uppercase().replace("METHOD", "")))
        .unwrap_or_default();
    if found.is_empty() { vec!["ANY".to_owned()] } else { found }
}

fn flag(reader: &mut Reader<'_>, call: &Call<'_>) {
    let index = usize::from(call.name.contains("Var"));
    if let Some(name) = call.text(index, reader.source) {
        reader.flag(format!("--{name}"), call.node);
    }
}

/// `api := r.Group("/api")`: routes on `api` stand below the path.
fn other(reader: &mut Reader<'_>, node: Node<'_>) {
    if node.kind() != "short_var_declaration" {
        return;
    }
    let first = |field: &str| child(node, field).and_then(|list| named(list).first().copied());
    let (Some(left), Some(right)) = (first("left"), first("right")) else { return };
    let Some(call) = call(right, reader.source).filter(|call| call.name == "Group") else { return };
    if let Some(path) = call.text(0, reader.source) {
        let outer = reader.prefixes.get(&call.receiver).map_or("", String::as_str);
        let prefix = routes::joined(outer, &path);
        reader.prefixes.insert(text(left, reader.source).to_owned(), prefix);
    }
}
