//! TypeScript and JavaScript: Express, Fastify, Koa, Nest; fetch, axios and their kin; emitters.

use super::calls::{Call, Makes, Row, VERBS, always, has_handler, of_parts};
use super::extras::methods_in;
use super::{Reader, Vocabulary, handler, is_name};
use crate::validate::entry::{EntryKind, Role};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{self, child, text};
use crate::validate::routes;

pub(super) const VOCABULARY: Vocabulary = Vocabulary { call, rows: ROWS, other };

const NEST: &[&str] = &["Get", "Post", "Put", "Patch", "Delete", "Head", "Options", "All"];

const ROWS: &[Row] = &[
    Row {
        on: &["app", "router", "server", "fastify", "api", "routes", "r", "*router", "*app", "*routes"],
        names: VERBS,
        only: has_handler,
        makes: Makes::Other(handled_route),
    },
    Row {
        on: &[
            "axios",
            "ky",
            "got",
            "superagent",
            "http",
            "$http",
            "httpclient",
            "client",
            "*client",
            "api",
            "*api",
            "instance",
            "request",
            "agent",
        ],
        names: VERBS,
        only: always,
        makes: Makes::Client("", 0),
    },
    Row {
        on: &["", "window", "globalthis"],
        names: &["fetch", "$fetch", "ofetch", "axios", "ky"],
        only: always,
        makes: Makes::Clients(0, method_of_options),
    },
    Row { on: &[""], names: NEST, only: in_decorator, makes: Makes::Other(nest_route) },
    Row { on: &[""], names: &["Controller"], only: in_decorator, makes: Makes::Other(nest_controller) },
    Row { on: &["app", "*router", "router"], names: &["use"], only: has_handler, makes: Makes::Other(mount) },
    Row { on: &["*"], names: &["emit", "publish"], only: always, makes: Makes::Event(Role::Uses, 0) },
    Row { on: &["*"], names: &["dispatchEvent"], only: always, makes: Makes::Event(Role::Uses, 0) },
    Row {
        on: &["*"],
        names: &["on", "once", "addListener", "prependListener", "addEventListener", "subscribe"],
        only: has_handler,
        makes: Makes::Event(Role::Provides, 0),
    },
    Row { on: &["*"], names: &["option", "requiredOption"], only: always, makes: Makes::Flag(0) },
];

fn call<'t>(node: Node<'t>, source: &str) -> Option<Call<'t>> {
    if node.kind() != "call_expression" {
        return None;
    }
    let callee = child(node, "function")?;
    Some(of_parts(node, source, callee, ("object", "property"), child(node, "arguments")))
}

fn in_decorator(call: &Call<'_>) -> bool {
    call.parent.is_some_and(|parent| parent.kind() == "decorator")
}

/// The method in the options of a fetch; GET without them, none where they are a variable.
fn method_of_options(call: &Call<'_>, source: &str) -> Option<String> {
    let Some(options) = call.args.get(1) else { return Some("GET".to_owned()) };
    let text = text(*options, source);
    if options.kind() != "object" {
        return None;
    }
    if !text.contains("method") {
        // A spread may bring a method.
        return (!text.contains("...")).then(|| "GET".to_owned());
    }
    methods_in(&text.to_uppercase()).into_iter().next()
}

/// A route with what its requests are given to.
fn handled_route(reader: &mut Reader<'_>, call: &Call<'_>) {
    let (Some(path), Some(last)) = (call.text(0, reader.source), call.args.last()) else { return };
    let method = if call.name == "all" { "ANY" } else { call.name.as_str() };
    let n_before = reader.routes.len();
    reader.route(method, path, call.receiver.clone(), call.node);
    let handler = handler::of(*last, reader.source);
    reader.routes[n_before..].iter_mut().for_each(|route| route.handler = handler.clone());
}

fn nest_route(reader: &mut Reader<'_>, call: &Call<'_>) {
    let path = call.text(0, reader.source).unwrap_or_default();
    let method = if call.name == "All" { "ANY" } else { call.name.as_str() };
    let path = routes::joined(&reader.prefix, &path);
    reader.route(method, path, "controller".to_owned(), call.node);
}

fn nest_controller(reader: &mut Reader<'_>, call: &Call<'_>) {
    let path = call.text(0, reader.source).unwrap_or_default();
    reader.prefix = routes::joined("", &path);
}

/// `app.use("/users", users)`: routes on `users` stand below the path.
fn mount(reader: &mut Reader<'_>, call: &Call<'_>) {
    let router = call.args.last().filter(|last| last.kind() == "identifier");
    if let (Some(path), Some(router)) = (call.text(0, reader.source), router) {
        let name = text(*router, reader.source).to_owned();
        reader.prefixes.insert(name, path);
    }
}

/// `process.env.NAME` and its default.
fn other(reader: &mut Reader<'_>, node: Node<'_>) {
    let name = match node.kind() {
        "member_expression" => child(node, "property"),
        "subscript_expression" => child(node, "index"),
        _ => return,
    };
    let (Some(object), Some(name)) = (child(node, "object"), name) else { return };
    if !matches!(text(object, reader.source), "process.env" | "import.meta.env") {
        return;
    }
    let name = text(name, reader.source).trim_matches(['"', '\'', '`']).to_owned();
    if is_name(&name) && name.starts_with(|char: char| char.is_ascii_uppercase()) {
        let default = default_of(node, reader.above(0), reader.source);
        reader.push(EntryKind::Env, Role::Uses, name, &default, node);
    }
}

fn default_of(node: Node<'_>, parent: Option<Node<'_>>, source: &str) -> String {
    let Some(parent) = parent.filter(|parent| parent.kind() == "binary_expression") else {
        return String::new();
    };
    let (Some(left), Some(right)) = (child(parent, "left"), child(parent, "right")) else {
        return String::new();
    };
    let operator = source.get(left.end_byte()..right.start_byte()).unwrap_or_default().trim();
    let is_value = matches!(right.kind(), "string" | "number" | "true" | "false");
    if left == node && is_value && matches!(operator, "||" | "??") {
        syntax::text(right, source).trim_matches(['"', '\'']).to_owned()
    } else {
        String::new()
    }
}
