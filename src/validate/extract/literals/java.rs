//! Java: Spring and JAX-RS; RestTemplate, WebClient, OkHttp and the client of the language.

use super::calls::{Call, Makes, Row, always, last_name};
use super::extras::methods_in;
use super::strings::text_of;
use super::{Reader, Vocabulary};
use crate::validate::entry::Role;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named, text};
use crate::validate::routes;

pub(super) const VOCABULARY: Vocabulary = Vocabulary { call, rows: ROWS, other };

const TEMPLATES: &[&str] = &["resttemplate", "*template", "restclient"];

const ROWS: &[Row] = &[
    Row {
        on: TEMPLATES,
        names: &["getForObject", "getForEntity"],
        only: always,
        makes: Makes::Client("GET", 0),
    },
    Row {
        on: TEMPLATES,
        names: &["postForObject", "postForEntity", "postForLocation"],
        only: always,
        makes: Makes::Client("POST", 0),
    },
    Row { on: TEMPLATES, names: &["put", "delete"], only: always, makes: Makes::Client("", 0) },
    Row {
        on: TEMPLATES,
        names: &["exchange"],
        only: always,
        makes: Makes::Clients(0, |call, source| {
            methods_in(text(*call.args.get(1)?, source)).into_iter().next()
        }),
    },
    Row {
        on: &["get()", "post()", "put()", "patch()", "delete()"],
        names: &["uri"],
        only: always,
        makes: Makes::Clients(0, |call, _| Some(call.receiver.trim_end_matches("()").to_owned())),
    },
    Row { on: &["*builder()"], names: &["url"], only: always, makes: Makes::Client("ANY", 0) },
    Row { on: &["uri"], names: &["create"], only: always, makes: Makes::Client("ANY", 0) },
    Row { on: &["system"], names: &["getenv"], only: always, makes: Makes::Env(0, 9) },
    Row { on: &["kafkatemplate"], names: &["send"], only: always, makes: Makes::Event(Role::Uses, 0) },
];

fn call<'t>(node: Node<'t>, source: &str) -> Option<Call<'t>> {
    if node.kind() != "method_invocation" {
        return None;
    }
    let name = text(child(node, "name")?, source).to_owned();
    let receiver = child(node, "object").map(|object| last_name(object, source)).unwrap_or_default();
    let args = child(node, "arguments").map(named).unwrap_or_default();
    Some(Call { node, parent: None, receiver, name, args })
}

fn other(reader: &mut Reader<'_>, node: Node<'_>) {
    if !matches!(node.kind(), "annotation" | "marker_annotation") {
        return;
    }
    let name = child(node, "name").map_or("", |name| text(name, reader.source));
    let target = reader.above(1).map_or("", |target| target.kind());
    let is_class = matches!(target, "class_declaration" | "interface_declaration" | "record_declaration");
    match name {
        "RequestMapping" | "Path" if is_class => {
            reader.prefix = routes::joined("", &path_of(node, reader.source));
        }
        "RestController" | "Controller" if is_class => {
            let own = reader.above(0).map_or("", |modifiers| text(modifiers, reader.source));
            if !own.contains("@RequestMapping") {
                reader.prefix.clear();
            }
        }
        "RequestMapping" => {
            let stated = methods_in(text(node, reader.source));
            let stated = if stated.is_empty() { vec!["ANY".to_owned()] } else { stated };
            stated.iter().for_each(|method| add(reader, method, node));
        }
        "Path" => {
            let own = reader.above(0).map_or("", |modifiers| text(modifiers, reader.source));
            methods_in(own).iter().for_each(|method| add(reader, method, node));
        }
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" if !is_class => {
            let own = reader.above(0).map_or("", |modifiers| text(modifiers, reader.source));
            if !own.contains("@Path") {
                let path = reader.prefix.clone();
                reader.route(name, path, "controller".to_owned(), node);
            }
        }
        _ if !is_class => {
            if let Some(method) = name
                .strip_suffix("Mapping")
                .filter(|method| matches!(*method, "Get" | "Post" | "Put" | "Patch" | "Delete"))
            {
                add(reader, method, node);
            }
        }
        _ => {}
    }
}

fn add(reader: &mut Reader<'_>, method: &str, node: Node<'_>) {
    let path = routes::joined(&reader.prefix, &path_of(node, reader.source));
    reader.route(method, path, "controller".to_owned(), node);
}

/// The path in an annotation: alone, or as `value` or `path`.
fn path_of(node: Node<'_>, source: &str) -> String {
    let arguments = child(node, "arguments").or_else(|| child_of_kind(node, "annotation_argument_list"));
    for argument in arguments.map(named).unwrap_or_default() {
        let value = match child(argument, "key").map(|key| text(key, source)) {
            Some("value" | "path") => child(argument, "value"),
            Some(_) => None,
            None => Some(argument),
        };
        let value = value.map(|value| {
            if value.kind() == "element_value_array_initializer" {
                named(value).first().copied().unwrap_or(value)
            } else {
                value
            }
        });
        if let Some(path) = value.and_then(|value| text_of(value, source)) {
            return path;
        }
    }
    String::new()
}
