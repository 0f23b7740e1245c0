//! Imports and exports.

use super::bind::bound;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, literal, named, text, visit};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Imported, RefKind};

/// How many names are taken from a module where it is loaded late.
const NAMES_TAKEN: usize = 32;

/// `import … from`, in all its forms.
pub(super) fn import<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let clause = child_of_kind(node, "import_clause");
    let require = child_of_kind(node, "import_require_clause");
    let from = child(node, "source").or_else(|| require.and_then(|clause| child(clause, "source")));
    let Some(module) = from.and_then(|from| literal(from, walk.source)) else { return };
    let mut names = Vec::new();
    for part in clause.or(require).map(named).unwrap_or_default() {
        match part.kind() {
            "identifier" if require.is_some() => names.push(imported("", walk.text(part))),
            "identifier" => names.push(imported("default", walk.text(part))),
            "namespace_import" => {
                names.extend(named(part).first().map(|name| imported("", walk.text(*name))));
            }
            "named_imports" => {
                names.extend(named(part).into_iter().filter_map(|name| specifier(name, walk.source)));
            }
            _ => {}
        }
    }
    walk.import(node, module.to_owned(), names);
}

/// An export statement; false when nothing below it needs a look.
pub(super) fn export<'a>(walk: &mut Walk<'a>, node: Node<'a>) -> bool {
    let clause = child_of_kind(node, "export_clause");
    if let Some(module) = child(node, "source").and_then(|from| literal(from, walk.source)) {
        reexport(walk, node, clause, module);
        return false;
    }
    if let Some(value) = child(node, "value").filter(|value| value.kind() == "identifier") {
        let name = walk.text(value);
        walk.exports.insert(name);
    }
    if child_of_kind(node, "default").is_some() {
        let declared = child(node, "declaration").and_then(|declared| child(declared, "name"));
        let value = declared.or_else(|| child(node, "value")).filter(|name| name.kind() == "identifier");
        let local = value.map_or("default", |name| walk.text(name));
        walk.import(node, String::new(), vec![imported(local, "default")]).reexport = true;
    }
    for part in clause.map(named).unwrap_or_default() {
        if let (Some(name), Some(parts)) = (child(part, "name"), specifier(part, walk.source)) {
            export_local(walk, node, name, &parts.local);
        }
        if let Some(alias) = child(part, "alias") {
            walk.settle(alias);
        }
    }
    true
}

fn reexport<'a>(walk: &mut Walk<'a>, node: Node<'a>, clause: Option<Node<'a>>, module: &str) {
    let source = walk.source;
    let whole = child_of_kind(node, "namespace_export").and_then(|part| named(part).first().copied());
    let names: Vec<Imported> = match (clause, whole) {
        (Some(clause), _) => named(clause).into_iter().filter_map(|part| specifier(part, source)).collect(),
        (None, Some(name)) => vec![imported("", walk.text(name))],
        (None, None) => Vec::new(),
    };
    let glob = clause.is_none() && whole.is_none();
    let import = walk.import(node, module.to_owned(), names);
    import.reexport = true;
    import.glob = glob;
}

/// Says that a name of this file is exported, perhaps under another one.
fn export_local<'a>(walk: &mut Walk<'a>, node: Node<'a>, name: Node<'a>, outside: &str) {
    let local = walk.text(name);
    walk.exports.insert(local);
    walk.refer_bare(RefKind::Read, name);
    if local != outside {
        walk.import(node, String::new(), vec![imported(local, outside)]).reexport = true;
    }
}

fn specifier(node: Node<'_>, source: &str) -> Option<Imported> {
    let name = text(child(node, "name")?, source);
    let local = child(node, "alias").map_or(name, |alias| text(alias, source));
    Some(imported(name, local))
}

fn imported(name: &str, local: &str) -> Imported {
    Imported { name: name.to_owned(), local: local.to_owned() }
}

/// `import('x').Type`, `(await import('x')).name`: takes one name of a module without binding it.
pub(super) fn member_of_module<'a>(walk: &mut Walk<'a>, member: Node<'a>) -> bool {
    let (Some(object), Some(property)) = (child(member, "object"), child(member, "property")) else {
        return false;
    };
    let Some(call) = awaited(object) else { return false };
    let Some(module) = required(call, walk.source) else { return false };
    let name = walk.text(property);
    if matches!(name, "then" | "catch" | "finally") {
        return false;
    }
    for part in [Some(property), child(call, "function")].into_iter().flatten() {
        walk.settle(part);
    }
    walk.import(member, module.to_owned(), vec![imported(name, "")]);
    true
}

/// `import('x').then(({ a }) => …)` and `import('x').then(m => m.a)`: the names that are taken.
pub(super) fn followed<'a>(walk: &mut Walk<'a>, call: Node<'a>) {
    let Some(function) = child(call, "function").filter(|node| node.kind() == "member_expression") else {
        return;
    };
    let is_then = child(function, "property").is_some_and(|name| walk.text(name) == "then");
    let Some(loaded) = child(function, "object").filter(|_| is_then) else { return };
    let Some(module) = required(loaded, walk.source) else { return };
    let Some(callback) = child(call, "arguments").and_then(|list| named(list).first().copied()) else {
        return;
    };
    let names = names_taken(callback, walk.source);
    if !names.is_empty() {
        walk.import(call, module.to_owned(), names);
        if let Some(function) = child(loaded, "function") {
            walk.settle(function);
        }
    }
}

/// What a function takes out of the module it is given, bound to nothing in the file.
fn names_taken(callback: Node<'_>, source: &str) -> Vec<Imported> {
    let list = child(callback, "parameters").and_then(|list| named(list).first().copied());
    let Some(param) = child(callback, "parameter").or(list) else { return Vec::new() };
    let pattern = child(param, "pattern").unwrap_or(param);
    // What is stated for it need not be what the module says.
    if child(param, "type").is_some() {
        return Vec::new();
    }
    if pattern.kind() == "object_pattern" {
        let names = named(pattern).into_iter().filter_map(|part| required_name(part, source));
        return names.map(|name| imported(&name.name, "")).collect();
    }
    let Some(body) = child(callback, "body").filter(|_| pattern.kind() == "identifier") else {
        return Vec::new();
    };
    let mut names = Vec::new();
    visit(body, |node, _| {
        let object = child(node, "object").filter(|_| node.kind() == "member_expression");
        if object.is_some_and(|object| text(object, source) == text(pattern, source)) {
            names.extend(child(node, "property").map(|name| imported(text(name, source), "")));
        }
        names.len() < NAMES_TAKEN
    });
    names
}

/// The call in `await call` or `(await call)`, or the node itself.
fn awaited(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node;
    for _ in 0..4 {
        match node.kind() {
            "call_expression" => return Some(node),
            "await_expression" | "parenthesized_expression" => node = named(node).first().copied()?,
            _ => return None,
        }
    }
    None
}

/// The module of `require('x')` or `import('x')`.
fn required<'a>(node: Node<'a>, source: &'a str) -> Option<&'a str> {
    let function = child(node, "function")?;
    if !matches!(text(function, source), "require" | "import") {
        return None;
    }
    let list = named(child(node, "arguments")?);
    literal(*list.first()?, source)
}

/// `const a = require('x')` and `const { a } = await import('x')`; true when the declarator is that.
pub(super) fn require_as<'a>(walk: &mut Walk<'a>, declarator: Node<'a>) -> bool {
    let (Some(pattern), Some(value)) = (child(declarator, "name"), child(declarator, "value")) else {
        return false;
    };
    if child(declarator, "type").is_some() {
        return false;
    }
    let is_awaited = value.kind() != "call_expression";
    let Some(value) = awaited(value) else { return false };
    let wanted = if is_awaited { "import" } else { "require" };
    let function = child(value, "function").map(|function| walk.text(function));
    let Some(module) = required(value, walk.source).filter(|_| function == Some(wanted)) else {
        return false;
    };
    let names = if pattern.kind() == "identifier" {
        vec![imported("", walk.text(pattern))]
    } else {
        named(pattern).into_iter().filter_map(|part| required_name(part, walk.source)).collect()
    };
    for name in bound(pattern).into_iter().chain(child(value, "function")) {
        walk.settle(name);
    }
    let statement = walk.above(0).unwrap_or(declarator);
    walk.import(statement, module.to_owned(), names);
    true
}

fn required_name(part: Node<'_>, source: &str) -> Option<Imported> {
    let (name, local) = match part.kind() {
        "shorthand_property_identifier_pattern" => (part, part),
        "pair_pattern" => (child(part, "key")?, child(part, "value")?),
        "object_assignment_pattern" => (child(part, "left")?, child(part, "left")?),
        _ => return None,
    };
    let is_name = local.named_child_count() == 0;
    is_name.then(|| imported(text(name, source), text(local, source)))
}

/// A `require('x')` or `import('x')` that no declarator took.
pub(super) fn require<'a>(walk: &mut Walk<'a>, call: Node<'a>) -> bool {
    let Some(module) = required(call, walk.source) else { return false };
    if let Some(function) = child(call, "function").filter(|function| !walk.is_settled(*function)) {
        walk.settle(function);
        walk.import(call, module.to_owned(), Vec::new());
    }
    true
}

/// `module.exports = { a, b: c }` and `module.exports = a`.
pub(super) fn assigned_exports<'a>(walk: &mut Walk<'a>, statement: Node<'a>, value: Node<'a>) {
    if value.kind() == "identifier" {
        let name = walk.text(value);
        walk.exports.insert(name);
    }
    if value.kind() != "object" {
        return;
    }
    for part in named(value) {
        match (part.kind(), child(part, "key"), child(part, "value")) {
            ("shorthand_property_identifier", ..) => {
                let name = walk.text(part);
                export_local(walk, statement, part, name);
            }
            ("pair", Some(key), Some(value)) if value.kind() == "identifier" => {
                let outside = walk.text(key);
                export_local(walk, statement, value, outside);
            }
            _ => {}
        }
    }
}
