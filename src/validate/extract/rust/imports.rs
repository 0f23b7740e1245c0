//! `use` trees, one import per module they name.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named, text};
use crate::validate::extract::walk::Walk;
use crate::validate::model::Imported;

/// Longer paths are not followed.
const PATH: usize = 512;

/// A `use` declaration.
pub(super) fn import<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(tree) = child(node, "argument") else { return };
    let reexport = child_of_kind(node, "visibility_modifier").is_some();
    for (module, names) in modules(tree, walk.source) {
        let glob = names.is_none();
        let import = walk.import(node, module, names.unwrap_or_default());
        import.glob = glob;
        import.reexport = reexport;
    }
}

/// `extern crate a as b`.
pub(super) fn extern_crate<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    let local = walk.text(child(node, "alias").unwrap_or(name)).to_owned();
    let names = vec![Imported { name: String::new(), local }];
    walk.import(node, walk.text(name).to_owned(), names);
}

/// Each module with the names that come from it; without names it is taken whole (`*`).
fn modules(tree: Node<'_>, source: &str) -> Vec<(String, Option<Vec<Imported>>)> {
    let mut found: Vec<(String, Option<Vec<Imported>>)> = Vec::new();
    let mut open = vec![(tree, String::new())];
    while let Some((node, prefix)) = open.pop() {
        if prefix.len() > PATH {
            continue;
        }
        match node.kind() {
            "use_list" => open.extend(named(node).into_iter().rev().map(|part| (part, prefix.clone()))),
            "scoped_use_list" => {
                let path = child(node, "path").map_or("", |path| text(path, source));
                open.extend(child(node, "list").map(|list| (list, join(&prefix, path))));
            }
            "use_wildcard" => {
                let path = named(node).first().map_or("", |path| text(*path, source));
                found.push((join(&prefix, path), None));
            }
            "use_as_clause" => {
                let path = child(node, "path").map_or("", |path| text(path, source));
                let alias = child(node, "alias").map(|alias| text(alias, source));
                add(&mut found, &join(&prefix, path), alias);
            }
            "self" => add(&mut found, &prefix, None),
            _ => add(&mut found, &join(&prefix, text(node, source)), None),
        }
    }
    found
}

fn join(prefix: &str, path: &str) -> String {
    let path: String = path.split_whitespace().collect();
    if prefix.is_empty() || path.is_empty() { format!("{prefix}{path}") } else { format!("{prefix}::{path}") }
}

fn add(found: &mut Vec<(String, Option<Vec<Imported>>)>, path: &str, alias: Option<&str>) {
    // `use a::{self}` names the module `a`.
    let path = path.strip_suffix("::self").unwrap_or(path);
    let (module, name) = path.rsplit_once("::").unwrap_or((path, ""));
    let last = path.rsplit("::").next().unwrap_or(path);
    let imported = Imported { name: name.to_owned(), local: alias.unwrap_or(last).to_owned() };
    match found.last_mut() {
        Some((last, Some(names))) if last == module && !name.is_empty() => names.push(imported),
        _ => found.push((module.to_owned(), Some(vec![imported]))),
    }
}
