//! OpenAPI 3 and Swagger 2, read as an untyped tree: real descriptions break strict readers.

use super::add_type;
use crate::validate::data::{Document, Node, Value};
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::model::{Field, FileModel, Kind, Ty};
use crate::validate::routes::{self, METHODS};

/// References that are followed one after another.
const STEPS: usize = 8;

pub(super) fn read(document: &Document, model: &mut FileModel) {
    let root = &document.root;
    let version = root.field("openapi").or_else(|| root.field("swagger")).and_then(Value::text);
    if version.is_some_and(|version| version.starts_with(['2', '3'])) {
        operations(root, model);
        schemas(root, model);
        references(root, model);
    }
}

fn operations(root: &Value, model: &mut FileModel) {
    for path in root.field("paths").map(Value::pairs).unwrap_or_default() {
        let shared = path.value.field("parameters").map(Value::items).unwrap_or_default();
        for method in path.value.pairs().iter().filter(|pair| METHODS.contains(&pair.key.as_str())) {
            let Some(key) = routes::key(&method.key, &path.key) else { continue };
            let mut route = Entry::new(EntryKind::Route, Role::Provides, key.clone(), method.line);
            route.detail = "described".to_owned();
            model.entries.push(route);
            let own = method.value.field("parameters").map(Value::items).unwrap_or_default();
            for parameter in shared.iter().chain(own) {
                required(root, parameter, &key, model);
            }
            if let Some(body) = method.value.field("requestBody") {
                body_of(root, body, &key, model);
            }
        }
    }
}

/// What a caller must pass beside the path.
fn required(root: &Value, parameter: &Value, key: &str, model: &mut FileModel) {
    let parameter = resolved(root, parameter);
    let text = |name: &str| parameter.field(name).and_then(Value::text);
    if text("required") != Some("true") || text("in") == Some("path") {
        return;
    }
    if let Some(schema) = parameter.field("schema").filter(|_| text("in") == Some("body")) {
        properties(root, schema, key, model);
    } else if let Some(name) = text("name") {
        model.entries.push(Entry::new(
            EntryKind::Param,
            Role::Provides,
            format!("{key} {name}"),
            parameter.line,
        ));
    }
}

fn body_of(root: &Value, body: &Value, key: &str, model: &mut FileModel) {
    let contents = resolved(root, body).field("content").map(Value::pairs).unwrap_or_default();
    for schema in contents.iter().filter_map(|content| content.value.field("schema")).take(1) {
        properties(root, schema, key, model);
    }
}

fn properties(root: &Value, schema: &Value, key: &str, model: &mut FileModel) {
    let schema = resolved(root, schema);
    for name in schema.field("required").map(Value::items).unwrap_or_default() {
        if let Some(text) = name.text() {
            let entry = Entry::new(EntryKind::Param, Role::Provides, format!("{key} {text}"), name.line);
            model.entries.push(entry);
        }
    }
}

fn schemas(root: &Value, model: &mut FileModel) {
    let all = root.at(&["components", "schemas"]).or_else(|| root.field("definitions"));
    for schema in all.map(Value::pairs).unwrap_or_default() {
        let values = schema.value.field("enum").map(Value::items).unwrap_or_default();
        for value in values {
            if let Some(text) = value.text() {
                let key = format!("{}.{text}", schema.key);
                model.entries.push(Entry::new(EntryKind::EnumValue, Role::Provides, key, value.line));
            }
        }
        let kind = if values.is_empty() { Kind::Class } else { Kind::Enum };
        add_type(model, kind, &schema.key, fields(root, &schema.value, 0), schema.line);
    }
}

fn fields(root: &Value, schema: &Value, depth: usize) -> Vec<Field> {
    let schema = resolved(root, schema);
    let required: Vec<&str> = schema
        .field("required")
        .map(Value::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::text)
        .collect();
    let own = schema.field("properties").map(Value::pairs).unwrap_or_default();
    let mut all: Vec<Field> = own
        .iter()
        .map(|pair| Field {
            name: pair.key.clone(),
            wire: pair.key.clone(),
            ty: ty(&pair.value, 0),
            optional: !required.contains(&pair.key.as_str()),
            line: pair.line,
        })
        .collect();
    if depth < STEPS {
        let parts = schema.field("allOf").map(Value::items).unwrap_or_default();
        all.extend(parts.iter().take(16).flat_map(|part| fields(root, part, depth + 4)));
    }
    all
}

fn ty(schema: &Value, depth: usize) -> Ty {
    let text = |name: &str| schema.field(name).and_then(Value::text);
    if let Some(reference) = text("$ref") {
        return Ty::Named(last(reference).to_owned());
    }
    let plain = match text("type") {
        Some("string") => match text("format") {
            Some("date" | "date-time") => Ty::Date,
            Some("byte" | "binary") => Ty::Bytes,
            _ => Ty::Str,
        },
        Some("integer") => Ty::Int,
        Some("number") => Ty::Float,
        Some("boolean") => Ty::Bool,
        Some("array") if depth < STEPS => {
            Ty::List(Box::new(schema.field("items").map_or(Ty::Any, |items| ty(items, depth + 1))))
        }
        Some("object") if schema.field("properties").is_none() => Ty::Map(Box::new(Ty::Any)),
        _ => Ty::Any,
    };
    if text("nullable") == Some("true") { Ty::Optional(Box::new(plain)) } else { plain }
}

/// What a reference inside the file means; anything else is itself.
fn resolved<'v>(root: &'v Value, value: &'v Value) -> &'v Value {
    let mut value = value;
    for _ in 0..STEPS {
        let Some(path) = value.field("$ref").and_then(Value::text).and_then(|text| text.strip_prefix("#/"))
        else {
            break;
        };
        let steps: Vec<String> =
            path.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let Some(target) = root.at(&steps) else { break };
        value = target;
    }
    value
}

fn last(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// Every mention of a schema, wherever it stands.
fn references(root: &Value, model: &mut FileModel) {
    let mut pending = vec![root];
    while let Some(value) = pending.pop() {
        for pair in value.pairs() {
            match pair.value.text() {
                Some(text)
                    if pair.key == "$ref"
                        && text.starts_with('#')
                        && (text.contains("/schemas/") || text.contains("/definitions/")) =>
                {
                    model.entries.push(Entry::new(EntryKind::Type, Role::Uses, last(text), pair.line));
                }
                _ => pending.push(&pair.value),
            }
        }
        pending.extend(value.items().iter().filter(|item| !matches!(item.node, Node::Scalar(_))));
    }
}
