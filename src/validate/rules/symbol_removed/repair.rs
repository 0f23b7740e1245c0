//! The patch that follows what became of a definition, or puts it back.

use super::alike::is_used_as_before;
use super::rename::place_of_name;
use super::{rename, restore};
use crate::model::Fix;
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::index::{Became, Gone, Use, What};
use crate::validate::lines::whole_lines;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Import, Imported, Kind};
use crate::validate::names::find_words;
use crate::validate::resolve::module_for;
use crate::validate::rules::reach::aims;
use crate::validate::rules::{View, rust};

/// How to go on with what was lost. There is a patch only where it is sure to leave code that compiles.
pub(super) fn fix(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> Fix {
    let (old, path) = (&gone.def.name, usage.file.path);
    let followed = |target: &File<'_>, to: &Def, edits: Option<Vec<Edit>>| {
        let edits = edits.filter(|_| is_used_as_before(gone, target, to));
        edits.map_or(String::new(), |edits| edits_patch(usage.file, edits))
    };
    match gone.became {
        Became::Renamed(to) => {
            let patch = followed(gone.file, to, rename::edits(view, gone, usage, &to.name));
            let other = gone.def.sig != to.sig || gone.def.fails != to.fails;
            let but = if other && patch.is_empty() { ", which has another signature," } else { "" };
            let summary = format!("use `{}`{but} for `{old}` in {path}", to.name);
            view.fix(usage.branch, summary, patch)
        }
        Became::RenamedWith(target, to) => {
            let patch = followed(target, to, renamed_with_edits(view, gone, usage, (target, to)));
            let summary = format!("use `{}` from {} for `{old}` in {path}", to.name, target.path);
            view.fix(usage.branch, summary, patch)
        }
        Became::Moved(target, to) => {
            let patch = followed(target, to, move_edits(view, gone, usage, target));
            let summary = format!("take `{old}` from {} in {path}", target.path);
            view.fix(usage.branch, summary, patch)
        }
        Became::Nothing => {
            let summary =
                format!("keep `{old}` in {} as long as {} needs it", gone.file.path, view.name(usage.branch));
            view.fix(gone.branch, summary, restore::patch_of(view, gone))
        }
    }
}

fn edits_patch(file: &File<'_>, edits: Vec<Edit>) -> String {
    file.new.as_ref().map_or(String::new(), |new| patch(file.path, new.text, edits))
}

/// Rewrites the uses of a Java type that has another name in another file now, and its import.
fn renamed_with_edits(
    view: &View<'_>,
    gone: &Gone<'_>,
    usage: &Use<'_>,
    (target, to): (&File<'_>, &Def),
) -> Option<Vec<Edit>> {
    let (before, after) = (package(gone.file)?, package(target)?);
    let new = usage.file.new.as_ref()?;
    let imports = imports_of(view, gone, usage);
    // A file of the old package has no import that could be rewritten.
    if before != after && (imports.is_empty() || is_written_out(new.text, before, &gone.def.name, &imports)) {
        return None;
    }
    let mut edits = rename::edits(view, gone, usage, &to.name)?;
    for (import, imported) in &imports {
        let statement = new.text.get(import.span.clone()).unwrap_or_default();
        let name = format!("{}.{}", import.module, imported.name);
        let renamed = statement.replacen(&name, &format!("{after}.{}", to.name), 1);
        edits.retain(|edit| !edit.is_within(&import.span));
        edits.push(Edit::replace(import.span.clone(), renamed));
    }
    Some(edits)
}

fn package<'f>(file: &'f File<'_>) -> Option<&'f str> {
    file.new.as_ref().or(file.old.as_ref()).map(|side| side.model.package.as_str())
}

/// Whether code has a name with its package before it.
fn is_written_out(text: &str, package: &str, name: &str, imports: &[(&Import, &Imported)]) -> bool {
    !written_out(text, package, name, imports).is_empty()
}

/// Where the package stands before a name in code.
fn written_out(text: &str, package: &str, name: &str, imports: &[(&Import, &Imported)]) -> Vec<usize> {
    let whole = format!("{package}.{name}");
    let is_import = |at: usize| imports.iter().any(|(import, _)| import.span.contains(&at));
    find_words(text, &whole).filter(|at| !is_import(*at) && !text[..*at].ends_with('.')).collect()
}

pub(super) fn imports_of<'u>(
    view: &View<'_>,
    gone: &Gone<'_>,
    usage: &'u Use<'_>,
) -> Vec<(&'u Import, &'u Imported)> {
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

/// Points the import at the file that has the definition now.
fn move_edits(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>, target: &File<'_>) -> Option<Vec<Edit>> {
    let new = usage.file.new.as_ref()?;
    let language = usage.file.language;
    if language == Language::Java {
        return java_move_edits(view, gone, usage, target, new);
    }
    if target.path == usage.file.path
        || language == Language::Rust && !rust::may_enter(view, usage.file, (gone.branch, target))
    {
        return None;
    }
    let mut edits = Vec::new();
    for (import, imported) in imports_of(view, gone, usage) {
        let module = match language {
            Language::Rust => Some(rust::module_for(usage.file, target)),
            _ => module_for(language, &usage.file.name, &import.module, &target.name),
        };
        let exact = aims(usage.file, &import.module, gone.file).is_some();
        let (Some(module), true) = (module, exact) else { continue };
        edits.extend(moved_import(language, new.text, import, imported, &module)?);
    }
    Some(edits)
}

/// Takes one name of a statement from another module.
fn moved_import(
    language: Language,
    text: &str,
    import: &Import,
    imported: &Imported,
    module: &str,
) -> Option<Vec<Edit>> {
    let statement = text.get(import.span.clone())?;
    let is_group = language == Language::Rust && statement.contains('{');
    if import.names.len() == 1 && !is_group && !import.glob {
        return Some(vec![Edit::replace(
            import.span.clone(),
            with_module(language, statement, import, module)?,
        )]);
    }
    let shorter = without_name(language, statement, &imported.name, &imported.local)?;
    let line = whole_lines(text, import.span.start, import.span.end);
    let indent = text.get(line.start..import.span.start).filter(|indent| indent.trim().is_empty())?;
    let shown = if import.reexport { "pub " } else { "" };
    if import.reexport && language != Language::Rust
        || language == Language::Rust && statement.starts_with("pub(")
    {
        return None;
    }
    let own = import_statement(language, module, &imported.name, &imported.local);
    // A file may end without one.
    let feed = if text[..line.end].ends_with('\n') { "" } else { "\n" };
    Some(vec![
        Edit::replace(import.span.clone(), shorter),
        Edit::insert(line.end, format!("{feed}{indent}{shown}{own}\n")),
    ])
}

/// The statement with another module, where that stands as a whole.
pub(in crate::validate::rules) fn with_module(
    language: Language,
    statement: &str,
    import: &Import,
    module: &str,
) -> Option<String> {
    let places = find_words(statement, &import.module);
    let at = match language {
        // A script names the module last.
        Language::TypeScript | Language::Tsx | Language::JavaScript => places.last()?,
        _ => places.into_iter().next()?,
    };
    Some(format!("{}{module}{}", &statement[..at], &statement[at + import.module.len()..]))
}

/// Rewrites the import of a moved Java type, or adds one where its package was enough.
fn java_move_edits(
    view: &View<'_>,
    gone: &Gone<'_>,
    usage: &Use<'_>,
    target: &File<'_>,
    user: &Side<'_>,
) -> Option<Vec<Edit>> {
    let (before, after) = (package(gone.file)?, package(target)?);
    let (own, name) = (&user.model.package, &gone.def.name);
    if own != after && (!has_word_of(&gone.def.head, "public") || uses_own_of_package(gone, user)) {
        return None;
    }
    let imports = imports_of(view, gone, usage);
    let mut edits: Vec<Edit> = written_out(user.text, before, name, &imports)
        .into_iter()
        .map(|at| Edit::replace(at..at + before.len(), after))
        .collect();
    for (import, _) in &imports {
        let statement = user.text.get(import.span.clone()).unwrap_or_default();
        let moved = with_module(Language::Java, statement, import, after)?;
        edits.push(Edit::replace(import.span.clone(), moved));
    }
    let is_bare = |at: usize| !user.text[..at].ends_with('.');
    let is_used = user.model.refs.iter().any(|used| used.name == *name && is_bare(used.span.start));
    // Where all of the old package is imported, that may be gone with the type.
    if !imports.is_empty() || own != before || !is_used {
        return Some(edits);
    }
    let statement = import_statement(Language::Java, after, name, name) + "\n";
    let after = |start: usize| whole_lines(user.text, start, start).end;
    edits.push(match user.model.imports.last() {
        Some(last) => Edit::insert(after(last.span.end), statement),
        None => Edit::insert(after(package_statement(user.text)?), format!("\n{statement}")),
    });
    Some(edits)
}

/// Where the line stands that says the package.
fn package_statement(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("package ") {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn has_word_of(head: &str, word: &str) -> bool {
    find_words(head, word).next().is_some()
}

/// Whether a file may use members of a type that only its package sees.
fn uses_own_of_package(gone: &Gone<'_>, user: &Side<'_>) -> bool {
    let old = gone.file.old.as_ref().map_or(&[][..], |old| &old.model.defs);
    let is_shut = |def: &&Def| {
        let is_open = ["public", "private"].iter().any(|word| has_word_of(&def.head, word));
        def.parents.first() == Some(&gone.def.name) && !is_open && def.kind != Kind::Variant
    };
    let mut shut = old.iter().filter(is_shut).filter(|_| gone.def.kind != Kind::Interface);
    shut.any(|def| user.model.refs.iter().any(|used| used.name == def.name))
}

/// The statement with one of its names taken out of the list.
fn without_name(language: Language, statement: &str, name: &str, local: &str) -> Option<String> {
    if name != local {
        return None;
    }
    let start = place_of_name(language, statement, name)?;
    let (before, after) = (&statement[..start], &statement[start + name.len()..]);
    if let Some(rest) = after.trim_start().strip_prefix(',') {
        return Some(format!("{before}{}", rest.trim_start_matches([' ', '\t', '\r', '\n'])));
    }
    let before = before.trim_end().strip_suffix(',')?;
    Some(format!("{before}{after}"))
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
