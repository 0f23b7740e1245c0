//! The patch that follows what became of a definition, or puts it back.

use std::ops::Range;

use crate::model::Fix;
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, created, patch, replace_last_word};
use crate::validate::index::{Became, Gone, Use, What};
use crate::validate::lines::{line_start, whole_lines};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Import, Imported, Receiver, Ref, RefKind};
use crate::validate::names::has_word;
use crate::validate::resolve::module_for;
use crate::validate::rules::reach::{self, Reach, aims};
use crate::validate::rules::{View, rust};

pub(super) fn fix(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> Fix {
    let (old, path) = (&gone.def.name, usage.file.path);
    match gone.became {
        Became::Renamed(to) => {
            let edits = rename_edits(view, gone, usage, &to.name);
            let is_draft = gone.def.sig != to.sig || gone.def.fails != to.fails;
            let but = if is_draft { ", which has another signature," } else { "" };
            let summary = format!("use `{}`{but} for `{old}` in {path}", to.name);
            Fix { is_draft, ..view.fix(usage.branch, summary, edits_patch(usage.file, edits)) }
        }
        Became::RenamedWith(target, to) => {
            let edits = renamed_with_edits(view, gone, usage, (target, to));
            let summary = format!("use `{}` from {} for `{old}` in {path}", to.name, target.path);
            view.fix(usage.branch, summary, edits_patch(usage.file, edits))
        }
        Became::Moved(target, _) => {
            let edits = move_edits(view, gone, usage, target);
            let summary = format!("take `{old}` from {} in {path}", target.path);
            view.fix(usage.branch, summary, edits_patch(usage.file, edits))
        }
        Became::Nothing => {
            let summary =
                format!("keep `{old}` in {} as long as {} needs it", gone.file.path, view.name(usage.branch));
            let is_draft = lacks_its_needs(view, gone);
            Fix { is_draft, ..view.fix(gone.branch, summary, restore_patch(gone)) }
        }
    }
}

fn edits_patch(file: &File<'_>, edits: Vec<Edit>) -> String {
    file.new.as_ref().map_or(String::new(), |new| patch(file.path, new.text, edits))
}

/// Rewrites every use in the file that means the lost definition, and its import.
fn rename_edits(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>, to: &str) -> Vec<Edit> {
    let Some(new) = &usage.file.new else { return Vec::new() };
    let old = &gone.def.name;
    let taken = |name: &str| {
        new.model.defs.iter().any(|def| def.parents.is_empty() && def.name == name)
            || reach::import_of(&new.model, name).is_some()
    };
    if !gone.is_member() && taken(to) && usage.file.path != gone.file.path {
        return Vec::new();
    }
    // An object that is written out for a type goes by its name and does not have it.
    let is_written =
        |reference: &&Ref| reference.name == *old && new.text.get(reference.span.clone()) == Some(old);
    let imports = imports_of(view, gone, usage);
    // What a package of Python imports, it has for others.
    let is_package = usage.file.name.ends_with("__init__.py") && !imports.is_empty();
    let mut edits = Vec::new();
    for reference in new.model.refs.iter().filter(|used| !is_package && is_written(used)) {
        let usage = Use { what: What::Ref(reference, true), ..*usage };
        if view.reach(&usage, gone.file, gone.def).is_some_and(|reach| reach > Reach::NameOnly) {
            edits.push(replace_use(new, reference, to));
        }
    }
    for (import, imported) in imports {
        // Who imports it from here goes on with the name that this file gives it.
        let renamed = match (import.reexport || is_package) && imported.local == *old {
            true => &format!("{to} as {old}"),
            false => to,
        };
        edits.extend(replace_name(new.text, import, &imported.name, renamed));
    }
    if edits.is_empty()
        && let What::Ref(reference, _) = usage.what
        && is_written(&reference)
    {
        edits.push(replace_use(new, reference, to));
    }
    edits
}

/// Whether a script hands a name on as it is: `export { name };`
fn is_exported(text: &str, span: &Range<usize>) -> bool {
    let (before, after) = (&text[..span.start], text[span.end..].trim_start());
    let clause = before.rfind(['{', '}', ';']).filter(|at| before[*at..].starts_with('{'));
    let lead = clause.map_or("", |at| before[..at].trim_end());
    (lead.ends_with("export") || lead.ends_with("export type")) && after.starts_with([',', '}'])
}

/// Replaces a name where it is used. Where it is a key and the variable beside it as well, the other of
/// both keeps it.
fn replace_use(side: &Side<'_>, reference: &Ref, to: &str) -> Edit {
    let span = reference.span.clone();
    if is_exported(side.text, &span) {
        return Edit::replace(span, format!("{to} as {}", reference.name));
    }
    if side.model.shorthands.binary_search(&span.start).is_err() {
        return Edit::replace(span, to);
    }
    let is_key = reference.kind == RefKind::Write || reference.receiver != Receiver::None;
    let (key, value) = if is_key { (to, &*reference.name) } else { (&*reference.name, to) };
    // In `{ ref mut name }` the words belong to the variable.
    let before = &side.text[..span.start];
    let bare = before.strip_suffix("mut ").unwrap_or(before);
    let bare = bare.strip_suffix("ref ").unwrap_or(bare);
    let words = &before[bare.len()..];
    Edit::replace(bare.len()..span.end, format!("{key}: {words}{value}"))
}

/// Rewrites the uses of a Java type that has another name in another file now, and its import.
fn renamed_with_edits(
    view: &View<'_>,
    gone: &Gone<'_>,
    usage: &Use<'_>,
    (target, to): (&File<'_>, &Def),
) -> Vec<Edit> {
    let package =
        |file: &File<'_>| file.new.as_ref().or(file.old.as_ref()).map(|side| side.model.package.clone());
    let (Some(before), Some(after)) = (package(gone.file), package(target)) else { return Vec::new() };
    let Some(new) = &usage.file.new else { return Vec::new() };
    let imports = imports_of(view, gone, usage);
    // A file of the old package has no import that could be rewritten.
    if before != after && imports.is_empty() {
        return Vec::new();
    }
    let mut edits = rename_edits(view, gone, usage, &to.name);
    for (import, imported) in &imports {
        let statement = new.text.get(import.span.clone()).unwrap_or_default();
        let name = format!("{}.{}", import.module, imported.name);
        let renamed = statement.replacen(&name, &format!("{after}.{}", to.name), 1);
        edits.retain(|edit| !edit.is_within(&import.span));
        edits.push(Edit::replace(import.span.clone(), renamed));
    }
    edits
}

fn imports_of<'u>(view: &View<'_>, gone: &Gone<'_>, usage: &'u Use<'_>) -> Vec<(&'u Import, &'u Imported)> {
    let Some(new) = &usage.file.new else { return Vec::new() };
    let pairs =
        new.model.imports.iter().flat_map(|import| import.names.iter().map(move |name| (import, name)));
    pairs
        .filter(|(import, name)| {
            let usage = Use { what: What::Import(import, name), ..*usage };
            view.reach(&usage, gone.file, gone.def).is_some()
        })
        .collect()
}

/// Replaces an imported name in its statement; with an alias, the name stands before it.
fn replace_name(text: &str, import: &Import, name: &str, to: &str) -> Option<Edit> {
    let statement = text.get(import.span.clone())?;
    let names = match statement.rfind(" from ") {
        // A script names the module last.
        Some(from) if !statement.trim_start().starts_with("from") => {
            import.span.start..import.span.start + from
        }
        _ => import.span.clone(),
    };
    replace_last_word(text, &names, name, to)
}

/// Points the import at the file that has the definition now.
fn move_edits(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>, target: &File<'_>) -> Vec<Edit> {
    let Some(new) = &usage.file.new else { return Vec::new() };
    let language = usage.file.language;
    if language == Language::Java {
        return java_move_edits(view, gone, usage, target, new);
    }
    let mut edits = Vec::new();
    for (import, imported) in imports_of(view, gone, usage) {
        let module = match language {
            Language::Rust => Some(rust::module_for(usage.file, target)),
            _ => module_for(language, &usage.file.name, &import.module, &target.name),
        };
        let exact = aims(usage.file, &import.module, gone.file).is_some();
        let (Some(module), true) = (module, exact) else { continue };
        let names = import.names.iter().map(|name| name.local.as_str()).collect::<Vec<_>>();
        let Some(statement) = new.text.get(import.span.clone()) else { continue };
        if names.len() == 1 {
            let changed = statement.replacen(&import.module, &module, 1);
            edits.push(Edit::replace(import.span.clone(), changed));
        } else if let Some(shorter) = without_name(statement, &imported.name, &imported.local) {
            let line = whole_lines(new.text, import.span.start, import.span.end);
            edits.push(Edit::replace(import.span.clone(), shorter));
            let statement = import_statement(language, &module, &imported.name, &imported.local);
            edits.push(Edit::insert(line.end, format!("{statement}\n")));
        }
    }
    edits
}

/// Rewrites the import of a moved Java type, or adds one where its package was enough.
fn java_move_edits(
    view: &View<'_>,
    gone: &Gone<'_>,
    usage: &Use<'_>,
    target: &File<'_>,
    user: &Side<'_>,
) -> Vec<Edit> {
    let Some(package) = target.new.as_ref().map(|new| &new.model.package) else { return Vec::new() };
    let imports = imports_of(view, gone, usage);
    if let Some((import, _)) = imports.first() {
        let statement = user.text.get(import.span.clone()).unwrap_or_default();
        return vec![Edit::replace(import.span.clone(), statement.replacen(&import.module, package, 1))];
    }
    let statement = import_statement(Language::Java, package, &gone.def.name, &gone.def.name) + "\n";
    let after = |start: usize| whole_lines(user.text, start, start).end;
    let at = match user.model.imports.last() {
        Some(last) => Some((after(last.span.end), statement)),
        None => user.text.find("package ").map(|start| (after(start), format!("\n{statement}"))),
    };
    at.map(|(at, text)| Edit::insert(at, text)).into_iter().collect()
}

/// The statement with one of its names taken out of the list.
fn without_name(statement: &str, name: &str, local: &str) -> Option<String> {
    if name != local {
        return None;
    }
    let after = format!("{name}, ");
    let before = format!(", {name}");
    let start = crate::validate::names::find_words(statement, name).last()?;
    if statement[start..].starts_with(&after) {
        return Some(format!("{}{}", &statement[..start], &statement[start + after.len()..]));
    }
    let start = start.checked_sub(2).filter(|start| statement[*start..].starts_with(&before))?;
    Some(format!("{}{}", &statement[..start], &statement[start + before.len()..]))
}

/// An import of one name.
pub(in crate::validate::rules) fn import_statement(
    language: Language,
    module: &str,
    name: &str,
    local: &str,
) -> String {
    let renamed = !name.is_empty() && name != local;
    match language {
        Language::Python if name.is_empty() => format!("import {module}"),
        Language::Python if renamed => format!("from {module} import {name} as {local}"),
        Language::Python => format!("from {module} import {name}"),
        Language::Rust if renamed => format!("use {module}::{name} as {local};"),
        Language::Rust if module.is_empty() => format!("use {name};"),
        Language::Rust => format!("use {module}::{name};"),
        Language::Go => format!("import {local} \"{module}\""),
        Language::Java => format!("import {module}.{name};"),
        _ if name.is_empty() => format!("import * as {local} from '{module}';"),
        _ if name == "default" => format!("import {local} from '{module}';"),
        _ if renamed => format!("import {{ {name} as {local} }} from '{module}';"),
        _ => format!("import {{ {name} }} from '{module}';"),
    }
}

/// Whether a lost definition names something else that its branch took away: it cannot come back
/// alone.
fn lacks_its_needs(view: &View<'_>, gone: &Gone<'_>) -> bool {
    let Some(old) = &gone.file.old else { return false };
    let text = old.text.get(gone.def.span.clone()).unwrap_or_default();
    let (span, whole) = (&gone.def.span, gone.file.new.is_none());
    let is_own = |other: &Gone<'_>| {
        let is_within = span.start <= other.def.span.start && other.def.span.end <= span.end;
        std::ptr::eq(other.file, gone.file) && (is_within || whole)
    };
    let mut others =
        view.index.gone.iter().filter(|(name, _)| **name != gone.def.name && has_word(text, name));
    others.any(|(_, all)| all.iter().any(|other| other.branch == gone.branch && !is_own(other)))
}

/// A place for a definition that is not inside of one that it never was inside of: what stands where
/// it stood may have been rewritten with what was around it.
fn outside_of_others(old: &Side<'_>, new: &Side<'_>, def: &Def, at: usize) -> usize {
    let was_around = |other: &Def| {
        let mut same = old.model.named_as(other).map(|(_, same)| &same.span);
        same.any(|span| span.start <= def.span.start && def.span.end <= span.end)
    };
    let holds = |other: &&Def| {
        let first = new.text[..other.span.start].rfind('\n').map_or(0, |feed| feed + 1);
        first < at && at < other.span.end && !was_around(other)
    };
    let outermost = new.model.defs.iter().filter(holds).max_by_key(|other| other.span.len());
    outermost.map_or(at, |other| whole_lines(new.text, other.span.start, other.span.end).end)
}

/// Puts the old definition back where it stood.
fn restore_patch(gone: &Gone<'_>) -> String {
    let Some(old) = &gone.file.old else { return String::new() };
    let Some(new) = &gone.file.new else { return created(gone.file.path, old.text) };
    let span = whole_lines(old.text, gone.def.span.start, gone.def.span.end);
    let line = old.text[..span.start].matches('\n').count() as u32 + 1;
    let mapped = line_start(new.text, crate::validate::lines::LineMap::new(old.text, new.text).to_new(line));
    let at = outside_of_others(old, new, gone.def, mapped);
    let mut text = old.text[span.clone()].to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if at != mapped || at > 0 && !new.text[..at].ends_with('\n') {
        text.insert(0, '\n');
    }
    // The blank line that kept it apart went with it.
    if gone.def.parents.is_empty() && !new.text[at..].trim().is_empty() {
        text.push('\n');
    }
    patch(gone.file.path, new.text, vec![Edit::insert(at, text)])
}
