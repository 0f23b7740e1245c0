//! Python: FastAPI, Flask, Django, Starlette; requests, httpx, aiohttp; Alembic and Django migrations.

use super::calls::{Call, Makes, Row, VERBS, always, of_parts};
use super::extras::methods_in;
use super::strings::text_of;
use super::{Reader, Vocabulary, is_name};
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{self, child, named, text};

pub(super) const VOCABULARY: Vocabulary = Vocabulary { call, rows: ROWS, other };

const ROUTERS: &[&str] =
    &["app", "router", "api", "bp", "blueprint", "*router", "*app", "*bp", "*blueprint", "*api"];
const CLIENTS: &[&str] = &["requests", "httpx", "session", "client", "*client", "*session"];

const ROWS: &[Row] = &[
    Row { on: ROUTERS, names: VERBS, only: in_decorator, makes: Makes::Route(0) },
    Row {
        on: ROUTERS,
        names: &["route", "api_route"],
        only: in_decorator,
        makes: Makes::Routes(0, stated_methods),
    },
    Row {
        on: ROUTERS,
        names: &["add_api_route", "add_url_rule", "add_route"],
        only: always,
        makes: Makes::Routes(0, stated_methods),
    },
    Row { on: &[""], names: &["path", "re_path"], only: in_list, makes: Makes::Other(django) },
    Row { on: &[""], names: &["Route"], only: in_list, makes: Makes::Routes(0, stated_methods) },
    Row { on: CLIENTS, names: VERBS, only: always, makes: Makes::Client("", 0) },
    Row {
        on: CLIENTS,
        names: &["request"],
        only: always,
        makes: Makes::Clients(1, |call, source| call.text(0, source)),
    },
    Row {
        on: &["sio", "socketio", "emitter", "*bus", "*emitter", "socket"],
        names: &["emit", "publish"],
        only: always,
        makes: Makes::Event(Role::Uses, 0),
    },
    Row {
        on: &["sio", "socketio", "emitter", "*bus", "*emitter", "socket"],
        names: &["on", "subscribe"],
        only: always,
        makes: Makes::Event(Role::Provides, 0),
    },
    Row { on: &["os", "environ"], names: &["getenv", "get"], only: always, makes: Makes::Env(0, 1) },
    Row { on: &["*"], names: &["add_argument", "option"], only: always, makes: Makes::Other(flags) },
];

fn call<'t>(node: Node<'t>, source: &str) -> Option<Call<'t>> {
    if node.kind() != "call" {
        return None;
    }
    let callee = child(node, "function")?;
    Some(of_parts(node, source, callee, ("object", "attribute"), child(node, "arguments")))
}

fn in_decorator(call: &Call<'_>) -> bool {
    call.parent.is_some_and(|parent| parent.kind() == "decorator")
}

fn in_list(call: &Call<'_>) -> bool {
    call.parent.is_some_and(|parent| parent.kind() == "list") && call.args.len() > 1
}

fn stated_methods(call: &Call<'_>, source: &str) -> Vec<String> {
    let stated = call.named("methods", source).map(|methods| methods_in(text(methods, source)));
    stated.filter(|methods| !methods.is_empty()).unwrap_or_else(|| vec!["GET".to_owned()])
}

/// A view of Django takes any method. What includes other views is no route.
fn django(reader: &mut Reader<'_>, call: &Call<'_>) {
    let includes = call.args.get(1).is_some_and(|view| text(*view, reader.source).starts_with("include"));
    if let Some(path) = call.text(0, reader.source).filter(|_| !includes && call.name == "path") {
        reader.route("ANY", format!("/{path}"), "urlpatterns".to_owned(), call.node);
    }
}

fn flags(reader: &mut Reader<'_>, call: &Call<'_>) {
    for index in 0..call.args.len().min(4) {
        if let Some(name) = call.text(index, reader.source).filter(|name| name.starts_with("--")) {
            // Click writes both names of a switch.
            let name = name.split('/').next().unwrap_or_default().to_owned();
            reader.flag(name, call.node);
            return;
        }
    }
}

fn other(reader: &mut Reader<'_>, node: Node<'_>) {
    match node.kind() {
        "subscript" => {
            let (Some(value), Some(index)) = (child(node, "value"), child(node, "subscript")) else { return };
            if matches!(text(value, reader.source), "os.environ" | "environ")
                && let Some(name) = text_of(index, reader.source).filter(|name| is_name(name))
            {
                reader.push(EntryKind::Env, Role::Uses, name, "", node);
            }
        }
        "assignment" => assignment(reader, node),
        _ => {}
    }
}

fn assignment(reader: &mut Reader<'_>, node: Node<'_>) {
    let (Some(left), Some(right)) = (child(node, "left"), child(node, "right")) else { return };
    if left.kind() != "identifier" {
        return;
    }
    let name = text(left, reader.source);
    if let Some(call) = call(right, reader.source) {
        let prefix = match call.name.as_str() {
            "APIRouter" => call.named("prefix", reader.source),
            "Blueprint" => call.named("url_prefix", reader.source),
            _ => None,
        };
        if let Some(prefix) = prefix.and_then(|prefix| text_of(prefix, reader.source)) {
            reader.prefixes.insert(name.to_owned(), prefix);
        }
    }
    // `module > expression_statement > assignment`
    let at_top = reader.above(1).is_some_and(|above| above.kind() == "module");
    match name {
        "revision" if at_top => {
            reader.revision = text_of(right, reader.source).map(|id| (id, syntax::line(node)));
        }
        "down_revision" if at_top => reader.parents = Some(texts(right, reader.source).join(" ")),
        "dependencies" if !at_top => django_parents(reader, node, right),
        _ => {}
    }
}

/// The strings in an expression: one, or a tuple of them.
fn texts(node: Node<'_>, source: &str) -> Vec<String> {
    match text_of(node, source) {
        Some(text) => vec![text],
        None => named(node).into_iter().filter_map(|item| text_of(item, source)).collect(),
    }
}

/// `dependencies = [("app", "0001_initial")]` in a class `Migration`; its own name is that of its file.
fn django_parents(reader: &mut Reader<'_>, node: Node<'_>, list: Node<'_>) {
    // `class_definition > block > expression_statement > assignment`
    let name = reader
        .above(2)
        .filter(|class| class.kind() == "class_definition")
        .and_then(|class| child(class, "name"));
    if list.kind() != "list" || name.is_none_or(|name| text(name, reader.source) != "Migration") {
        return;
    }
    let pairs = named(list).into_iter().map(|pair| texts(pair, reader.source)).filter(|pair| pair.len() == 2);
    let parents: Vec<String> = pairs.map(|pair| pair.join(".")).collect();
    let entry = Entry::new(EntryKind::Migration, Role::Provides, "", syntax::line(node));
    reader.entries.push(entry.saying(parents.join(" ")));
}
