//! One branch removes, renames or moves a definition that another starts to use.

use std::collections::BTreeSet;

use super::inherited;
use super::reach::{Reach, aims, reach};
use super::{Draft, Rule, View, line_now, verb};
use super::{java, rust};
use crate::model::{Finding, Fix, Level};
use crate::validate::delta::{imports_local, symbol};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, created, patch, replace_last_word};
use crate::validate::index::{Became, Gone, Use, What};
use crate::validate::lines::{line_start, whole_lines};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, FileModel, Import, Imported, Kind, Receiver, Ref, RefKind};
use crate::validate::names::{has_word, words};
use crate::validate::resolve::{directory, has_packages, module_for};

pub(super) const RULE: Rule = Rule { id: "symbol-removed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (name, all_gone) in &view.index.gone {
        let Some(uses) = view.index.uses.get(name) else { continue };
        for gone in all_gone {
            let mut seen = Vec::new();
            for usage in uses.iter().filter(|usage| usage.branch != gone.branch) {
                let Some(level) = level(view, gone, usage) else { continue };
                // One finding per file: the fix rewrites all of its uses.
                let place = (usage.branch, usage.file.path);
                if !seen.contains(&place) {
                    seen.push(place);
                    findings.push(finding(view, gone, usage, level));
                }
            }
        }
    }
}

/// How surely the merge would lack what the use means; none when nothing is wrong.
fn level(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> Option<Level> {
    // A lost file is one finding of its own, but not where its package stays.
    if gone.file.new.is_none() && !has_packages(gone.file.language) {
        return None;
    }
    let reach = view.reach(usage, gone.file, gone.def)?;
    if still_uses(gone) {
        return None;
    }
    if !still_has(view, usage.branch, gone) || !is_left_in_merge(view, gone, usage) {
        return None;
    }
    let unique = || is_unique(view, gone);
    match reach {
        Reach::Sure | Reach::Barrel if gone.file.language == Language::Java && gone.def.kind.is_type() => {
            (!java::is_met(view, usage, gone.branch, gone.file, gone.def)).then_some(Level::Deny)
        }
        Reach::Sure if gone.file.language == Language::Java => {
            (!is_inherited(view, gone, usage)).then_some(Level::Deny)
        }
        Reach::Sure if gone.file.language == Language::Rust && gone.is_member() => {
            (!rust::may_live_on(view, gone)).then_some(Level::Deny)
        }
        Reach::Sure if gone.file.language == Language::Go && stands_for_another(gone) => None,
        Reach::Sure if may_be_inherited(gone) => match inherited::has_above(view, gone) {
            Some(true) => None,
            Some(false) => Some(Level::Deny),
            None => unique().then_some(Level::Deny),
        },
        Reach::Sure if usage.file.language == Language::Go && !gone.is_member() => {
            (!package_still_has(view, gone)).then_some(Level::Deny)
        }
        Reach::Sure => Some(Level::Deny),
        Reach::Barrel => unique().then_some(Level::Deny),
        Reach::NameOnly if gone.def.name.len() < 4 => None,
        Reach::NameOnly => unique().then(|| if tells(gone, usage) { Level::Deny } else { Level::Warn }),
    }
}

/// Whether the name alone tells which Java method is meant: no library would call one so, and the
/// file knows the type that had it.
fn tells(gone: &Gone<'_>, usage: &Use<'_>) -> bool {
    let name = &gone.def.name;
    let parts = words(name).len();
    let rare = parts > 2 || parts == 2 && name.len() >= 12;
    let text = usage.file.new.as_ref().map_or("", |new| new.text);
    let knows = gone.def.parents.last().is_some_and(|owner| has_word(text, owner));
    gone.file.language == Language::Java && gone.def.kind == Kind::Method && rare && knows
}

/// Whether an unchanged file of the Go package, such as one for another platform, has the name too.
fn package_still_has(view: &View<'_>, gone: &Gone<'_>) -> bool {
    let package = directory(&gone.file.name);
    let files = view.input.unchanged.defining(&gone.def.name);
    files.is_none_or(|files| {
        files.iter().any(|file| {
            directory(&file.path.to_text()) == package
                && file.model.defs.iter().any(|def| def.parents.is_empty() && def.name == gone.def.name)
        })
    })
}

/// Whether the branch itself goes on using the symbol where it was: then something that is no
/// declaration brings it, such as an assignment to an attribute.
fn still_uses(gone: &Gone<'_>) -> bool {
    let owns = |name: &String| gone.def.parents.contains(name);
    let uses = |reference: &Ref| match &reference.receiver {
        _ if reference.name != gone.def.name => false,
        _ if gone.file.language == Language::Java && !java::may_mean(reference, gone.file, gone.def) => false,
        Receiver::None => !gone.is_member() || gone.file.language == Language::Java,
        // A field and a method may have one name.
        Receiver::This | Receiver::Typed(_)
            if gone.file.language == Language::Rust
                && matches!(gone.def.kind, Kind::Field | Kind::Method)
                && (gone.def.kind == Kind::Method) != (reference.kind == RefKind::Call) =>
        {
            false
        }
        Receiver::This if gone.file.language == Language::Rust => {
            let around = reference.within.and_then(|within| new_defs(gone.file).get(within));
            gone.is_member()
                && around.is_some_and(|around| around.parents.iter().chain([&around.name]).any(owns))
        }
        Receiver::This => gone.is_member(),
        Receiver::Typed(name) | Receiver::Name(name) => gone.is_member() && owns(name),
        Receiver::Other => false,
    };
    gone.file.new.as_ref().is_some_and(|new| {
        // What it imports now, it need not hand on.
        let imports = !gone.is_member() && imports_local(&new.model, &gone.def.name);
        !imports && new.model.refs.iter().any(uses)
    })
}

fn new_defs<'f>(file: &'f File<'_>) -> &'f [Def] {
    file.new.as_ref().map_or(&[], |new| &new.model.defs)
}

/// Whether nothing else defines the name, as far as can be known; not even the file it left.
fn is_unique(view: &View<'_>, gone: &Gone<'_>) -> bool {
    let name = &gone.def.name;
    let again = |file: &File<'_>| {
        file.new.as_ref().is_some_and(|new| new.model.defs.iter().any(|def| def.name == *name))
    };
    !again(gone.file) && view.is_unique(name, gone.file.path)
}

fn is_same(gone: &Gone<'_>, def: &Def) -> bool {
    let language = gone.file.language;
    def.name == gone.def.name && symbol(language, def) == symbol(language, gone.def)
}

/// Whether the user's branch still has the definition, as its own sense demands.
fn still_has(view: &View<'_>, branch: usize, gone: &Gone<'_>) -> bool {
    let Some(file) = view.file(branch, gone.file.path) else { return true };
    let has = |file: &File<'_>| {
        file.new.as_ref().is_some_and(|new| new.model.defs.iter().any(|def| is_same(gone, def)))
    };
    has(file)
}

/// Whether the name of the type that had a member is another name for some type now.
fn stands_for_another(gone: &Gone<'_>) -> bool {
    let owner = gone.def.parents.last();
    new_defs(gone.file).iter().any(|def| def.kind == Kind::Alias && Some(&def.name) == owner)
}

/// A member may live on in a type above; a trait or embedded type may bring it.
fn may_be_inherited(gone: &Gone<'_>) -> bool {
    if !gone.is_member() {
        return gone.file.new.as_ref().is_some_and(|new| new.model.imports.iter().any(|import| import.glob));
    }
    let owner = gone.def.parents.last();
    let defs = gone.file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
    let mut owners = defs.iter().filter(|def| Some(&def.name) == owner);
    gone.file.language == Language::Rust && gone.def.kind == Kind::Method
        || owners.any(|def| !def.supers.is_empty())
}

/// Whether a Java member lives on in a type above its own, as far as can be known: it said that
/// it overrides another, or the branch has it in a type above now.
fn is_inherited(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> bool {
    if !gone.is_member() || gone.def.kind.is_type() {
        return false;
    }
    let name = &gone.def.name;
    let from_object = matches!(name.as_str(), "equals" | "hashCode" | "toString" | "clone" | "finalize");
    let of_old = gone.file.old.as_ref().and_then(|old| old.text.get(gone.def.span.clone()));
    let overrides = of_old.is_some_and(|text| has_word(text, "@Override"));
    let owner = |def: &&Def| def.kind.is_type() && Some(&def.name) == gone.def.parents.last();
    let defs = gone.file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
    let supers = defs.iter().filter(owner).flat_map(|def| &def.supers);
    let mut supers: Vec<&str> = supers.map(String::as_str).collect();
    if overrides || from_object && usage_is_method(usage) {
        return true;
    }
    let args = match usage.what {
        What::Ref(reference, _) => reference.args.as_ref(),
        What::Import(..) => None,
    };
    if java::lives_on(view, (gone.branch, usage.branch), gone.file, gone.def, args) {
        return true;
    }
    let mut seen = BTreeSet::new();
    while let Some(above) = supers.pop() {
        let above = above.rsplit('.').next().unwrap_or(above);
        if !seen.insert(above) {
            continue;
        }
        for file in &view.branches[gone.branch].files {
            let defs = file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
            if defs
                .iter()
                .any(|def| def.name == *name && def.parents.last().is_some_and(|last| last == above))
            {
                return true;
            }
            let types = defs.iter().filter(|def| def.kind.is_type() && def.name == above);
            supers.extend(types.flat_map(|def| &def.supers).map(String::as_str));
        }
    }
    false
}

fn usage_is_method(usage: &Use<'_>) -> bool {
    matches!(usage.what, What::Ref(reference, _) if reference.args.is_some())
}

/// Whether the merge of both branches still holds the use and lacks what it means.
fn is_left_in_merge(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> bool {
    let here = usage.file.path == gone.file.path;
    let defined = |model: &FileModel| here && model.defs.iter().any(|def| is_same(gone, def));
    is_left(view, (gone.branch, &gone.def.name), usage, defined)
}

/// Whether the merge of both branches still holds a use of what one of them takes away.
pub(super) fn is_left(
    view: &View<'_>,
    (remover, name): (usize, &str),
    usage: &Use<'_>,
    defined: impl Fn(&FileModel) -> bool,
) -> bool {
    let is_more = !matches!(usage.what, What::Ref(_, false));
    let Some(theirs) = view.counterpart(remover, usage.file) else { return is_more };
    if theirs.new.is_none() {
        // The file moved or went: Git moves the use along or asks, and imports change with it.
        return false;
    }
    let Some(merged) = view.merge_of((usage.branch, usage.file), (remover, theirs)) else {
        // Both changed the file and their merge conflicts: only a use that is surely new counts,
        // and not one that the other branch has made as well.
        let same = |other: &Use<'_>| other.branch == remover && other.file.path == theirs.path;
        let uses = view.index.uses.get(name);
        return is_more && !uses.is_some_and(|uses| uses.iter().any(same));
    };
    let model = &merged.model;
    let used = match usage.what {
        What::Import(import, imported) => model.imports.iter().any(|other| {
            other.module == import.module && other.names.iter().any(|name| name.name == imported.name)
        }),
        What::Ref(reference, _) => model
            .refs
            .iter()
            .any(|other| other.name == reference.name && other.receiver == reference.receiver),
    };
    let rebound = match usage.what {
        What::Ref(reference, _) => is_rebound(usage.file, model, reference),
        What::Import(..) => false,
    };
    used && !defined(model) && !rebound
}

/// Whether the merge takes the name before or without a dot from elsewhere than the user's branch.
fn is_rebound(file: &File<'_>, merged: &FileModel, reference: &Ref) -> bool {
    let local = match &reference.receiver {
        Receiver::None => &reference.name,
        Receiver::Name(name) => name,
        _ => return false,
    };
    let source = |model: &FileModel| {
        super::reach::import_of(model, local).map(|(import, name)| (import.module.clone(), name.name.clone()))
    };
    let before = file.new.as_ref().and_then(|new| source(&new.model));
    source(merged).is_some_and(|now| before != Some(now))
}

fn finding(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>, level: Level) -> Finding {
    let verb = match usage.what {
        What::Import(..) => "imports",
        What::Ref(reference, _) => verb(reference.kind),
    };
    let (user, remover) = (view.name(usage.branch), view.name(gone.branch));
    let (use_path, gone_path) = (usage.file.path, gone.file.path);
    let (name, kind) = (gone.def.path(), gone.def.kind.word());
    let did = match gone.became {
        Became::Renamed(to) => format!("renamed to `{}` in {gone_path}", to.path()),
        Became::RenamedWith(file, to) => format!("renamed to `{}` in {}", to.path(), file.path),
        Became::Moved(file, _) => format!("moved from {gone_path} to {}", file.path),
        Became::Nothing => format!("removed from {gone_path}"),
    };
    let doubt = if level == Level::Warn { ", if it is the same" } else { "" };
    let message = format!("{user} {verb} the {kind} `{name}` in {use_path}, which {remover} {did}{doubt}");
    let gone_site = match gone.became {
        Became::Renamed(to) => view.site(gone.branch, gone_path, to.line),
        Became::Moved(file, def) | Became::RenamedWith(file, def) => {
            view.site(gone.branch, file.path, def.line)
        }
        Became::Nothing => view.site(gone.branch, gone_path, line_now(gone.file, gone.def.line)),
    };
    let use_site = view.site(usage.branch, use_path, usage.what.line());
    let restores = matches!(gone.became, Became::Nothing);
    let sites = if restores { vec![use_site, gone_site] } else { vec![gone_site, use_site] };
    let mut symbol = name.clone();
    if matches!(gone.became, Became::Moved(..) | Became::RenamedWith(..)) {
        // The site is where the symbol went; the finding is about where it was.
        symbol = format!("{gone_path} {name}");
    }
    let fix = Some(fix(view, gone, usage));
    Draft { rule: RULE.id, level, message, symbols: &[&symbol], sites, fix }.finish()
}

fn fix(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> Fix {
    let (old, path) = (&gone.def.name, usage.file.path);
    match gone.became {
        Became::Renamed(to) => {
            let edits = rename_edits(view, gone, usage, &to.name);
            let summary = format!("use `{}` for `{old}` in {path}", to.name);
            view.fix(usage.branch, summary, edits_patch(usage.file, edits))
        }
        Became::RenamedWith(target, to) => {
            let edits = renamed_with_edits(view, gone, usage, (target, to));
            let summary = format!("use `{}` from {} for `{old}` in {path}", to.name, target.path);
            view.fix(usage.branch, summary, edits_patch(usage.file, edits))
        }
        Became::Moved(target, _) => {
            let edits = move_edits(gone, usage, target);
            let summary = format!("take `{old}` from {} in {path}", target.path);
            view.fix(usage.branch, summary, edits_patch(usage.file, edits))
        }
        Became::Nothing => {
            let summary =
                format!("keep `{old}` in {} as long as {} needs it", gone.file.path, view.name(usage.branch));
            view.fix(gone.branch, summary, restore_patch(gone))
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
            || super::reach::import_of(&new.model, name).is_some()
    };
    if !gone.is_member() && taken(to) && usage.file.path != gone.file.path {
        return Vec::new();
    }
    let mut edits = Vec::new();
    for reference in new.model.refs.iter().filter(|reference| reference.name == *old) {
        let usage = Use { what: What::Ref(reference, true), ..*usage };
        if view.reach(&usage, gone.file, gone.def).is_some_and(|reach| reach > Reach::NameOnly) {
            edits.push(Edit::replace(reference.span.clone(), to));
        }
    }
    for (import, imported) in imports_of(gone, usage) {
        let Some(edit) = replace_name(new.text, import, &imported.name, to) else { continue };
        edits.push(edit);
    }
    if edits.is_empty()
        && let What::Ref(reference, _) = usage.what
    {
        edits.push(Edit::replace(reference.span.clone(), to));
    }
    edits
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
    let imports = imports_of(gone, usage);
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

fn imports_of<'u>(gone: &Gone<'_>, usage: &'u Use<'_>) -> Vec<(&'u Import, &'u Imported)> {
    let Some(new) = &usage.file.new else { return Vec::new() };
    let pairs =
        new.model.imports.iter().flat_map(|import| import.names.iter().map(move |name| (import, name)));
    pairs
        .filter(|(import, name)| {
            let usage = Use { what: What::Import(import, name), ..*usage };
            reach(&usage, gone.file, gone.def).is_some()
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
fn move_edits(gone: &Gone<'_>, usage: &Use<'_>, target: &File<'_>) -> Vec<Edit> {
    let Some(new) = &usage.file.new else { return Vec::new() };
    let language = usage.file.language;
    if language == Language::Java {
        return java_move_edits(gone, usage, target, new);
    }
    let mut edits = Vec::new();
    for (import, imported) in imports_of(gone, usage) {
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
fn java_move_edits(gone: &Gone<'_>, usage: &Use<'_>, target: &File<'_>, user: &Side<'_>) -> Vec<Edit> {
    let Some(package) = target.new.as_ref().map(|new| &new.model.package) else { return Vec::new() };
    let imports = imports_of(gone, usage);
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
pub(super) fn import_statement(language: Language, module: &str, name: &str, local: &str) -> String {
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

/// Puts the old definition back where it stood.
fn restore_patch(gone: &Gone<'_>) -> String {
    let Some(old) = &gone.file.old else { return String::new() };
    let Some(new) = &gone.file.new else { return created(gone.file.path, old.text) };
    let span = whole_lines(old.text, gone.def.span.start, gone.def.span.end);
    let line = old.text[..span.start].matches('\n').count() as u32 + 1;
    let at = line_start(new.text, crate::validate::lines::LineMap::new(old.text, new.text).to_new(line));
    let mut text = old.text[span.clone()].to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if at > 0 && !new.text[..at].ends_with('\n') {
        text.insert(0, '\n');
    }
    // The blank line that kept it apart went with it.
    if gone.def.parents.is_empty() && !new.text[at..].trim().is_empty() {
        text.push('\n');
    }
    patch(gone.file.path, new.text, vec![Edit::insert(at, text)])
}
