//! Names that tests replace for a while: `patch("app.mail.send")`, `patch.object(mail, "send")` and
//! `monkeypatch.setattr(mail, "send", …)` fail where there is nothing of that name.

use super::names::receiver;
use super::types::is_class_name;
use super::values;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named};
use crate::validate::extract::uses::{Receiving, Use};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Imported, RefKind};

/// How a call says what it replaces.
enum Way {
    /// By a path in one text.
    Path,
    /// By a value and the name of its member.
    Member,
}

/// Notes what the current call replaces as what the file takes from elsewhere.
pub(super) fn note<'a>(walk: &mut Walk<'a>, call: Node<'a>) {
    let (Some(function), Some(list)) = (child(call, "function"), child(call, "arguments")) else { return };
    let all = named(list);
    // Told to, they make what is not there.
    let makes = |part: &Node<'_>| {
        let name = child(*part, "name").filter(|_| part.kind() == "keyword_argument");
        name.is_some_and(|name| matches!(walk.text(name), "create" | "raising"))
    };
    if all.iter().any(|part| part.kind().ends_with("_splat") || makes(part)) {
        return;
    }
    let by_place: Vec<_> = all.into_iter().filter(|part| part.kind() != "comment").collect();
    let way = way(walk.text(function)).filter(|_| is_of_mock(walk, function));
    match (way, by_place.as_slice()) {
        (Some(Way::Path), [path, ..]) => by_path(walk, *path),
        (Some(Way::Member), [path, _]) if path.kind() == "string" => by_path(walk, *path),
        (Some(Way::Member), [on, name, ..]) => member(walk, *on, *name),
        _ => {}
    }
}

fn way(function: &str) -> Option<Way> {
    match function {
        "patch" | "mock.patch" | "unittest.mock.patch" | "mocker.patch" => Some(Way::Path),
        "patch.object"
        | "mock.patch.object"
        | "unittest.mock.patch.object"
        | "mocker.patch.object"
        | "mocker.spy"
        | "monkeypatch.setattr"
        | "monkeypatch.delattr" => Some(Way::Member),
        _ => None,
    }
}

/// Whether what a call begins with is what its name says: `patch` and `mock` are imported, others given as
/// fixtures.
fn is_of_mock(walk: &Walk<'_>, function: Node<'_>) -> bool {
    const MODULES: [&str; 4] = ["unittest.mock", "unittest", "mock", "pytest_mock"];
    let root = walk.text(function).split('.').next().unwrap_or_default();
    if matches!(root, "mocker" | "monkeypatch") {
        return true;
    }
    let mut imports = walk.model.imports.iter();
    imports.any(|import| {
        MODULES.contains(&import.module.as_str()) && import.names.iter().any(|name| name.local == root)
    })
}

/// The plain text of a string.
fn plain<'a>(walk: &Walk<'a>, node: Node<'a>) -> Option<(Node<'a>, &'a str)> {
    let parts = named(node);
    let is_plain = node.kind() == "string" && parts.iter().all(|part| part.kind() != "interpolation");
    let content = child_of_kind(node, "string_content").filter(|_| is_plain)?;
    Some((content, walk.text(content)))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || char == '_')
}

/// The last name of a path, as an import of it from the module before.
fn by_path<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some((content, path)) = plain(walk, node) else { return };
    let Some((module, name)) = path.rsplit_once('.') else { return };
    if !path.split('.').all(is_name) {
        return;
    }
    let import = |name: &str, local: &str| vec![Imported { name: name.to_owned(), local: local.to_owned() }];
    match module.rsplit_once('.') {
        // A member of a class, which is taken from its module under a name that no other has.
        Some((home, class)) if is_class_name(class) => {
            walk.import(content, home.to_owned(), import(class, module));
            let mut used = Use::new(RefKind::Type, content, name, Receiving::name(module));
            used.span = content.end_byte() - name.len()..content.end_byte();
            walk.refer(used);
        }
        _ => {
            walk.import(content, module.to_owned(), import(name, ""));
        }
    }
}

fn member<'a>(walk: &mut Walk<'a>, on: Node<'a>, name: Node<'a>) {
    let Some((content, text)) = plain(walk, name) else { return };
    if !is_name(text) || !matches!(on.kind(), "identifier" | "attribute") {
        return;
    }
    // What stands there may be a member of any sort, and is not used as one.
    let mut used = Use::new(RefKind::Type, content, text, receiver(on, walk.source));
    used.on = values::value(walk, on);
    walk.refer(used);
}
