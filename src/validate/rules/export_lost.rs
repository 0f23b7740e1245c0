//! One branch stops handing a name on to other files, and another starts to take it from there.
//!
//! The name may still be defined: it lost its `export`, its default export became a named one, or
//! the file that others import it from no longer passes it on.

use std::collections::BTreeMap;

use super::reach::{Reach, reach_name};
use super::symbol_removed::{self, import_statement, is_left};
use super::{Draft, Rule, View, import_verb, verb};
use crate::model::{Finding, Level};
use crate::validate::delta::imports_local;
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::lines::{LineMap, line_start, whole_lines};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Import, Imported};

pub(super) const RULE: Rule = Rule { id: symbol_removed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked() {
        for lost in lost(branch, file) {
            let found = first_in_each_file(view.index.uses_elsewhere(branch, lost.name), |usage| {
                dangles(view, &lost, usage).then(|| finding(view, &lost, usage))
            });
            for finding in found {
                if !is_explained(findings, &finding) {
                    findings.push(finding);
                }
            }
        }
    }
}

/// Whether the name is lost to the same use because its definition is.
fn is_explained(findings: &[Finding], found: &Finding) -> bool {
    findings.iter().any(|other| other.rule == found.rule && other.sites.contains(&found.sites[0]))
}

/// A name that other files can no longer take from a file.
struct Lost<'a> {
    branch: usize,
    file: &'a File<'a>,
    name: &'a str,
    /// How the old version handed it out.
    way: Way<'a>,
}

/// How a file hands out a name.
#[derive(Clone, Copy)]
enum Way<'a> {
    /// It defines and exports it.
    Defined(&'a Def),
    /// It imports it, or exports a local name under another one.
    Passed(&'a Import, &'a Imported),
}

fn lost<'a>(branch: usize, file: &'a File<'a>) -> Vec<Lost<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    if !hands_out(file.language) || may_hand_out_more(file, &old.model, &new.model, new.text) {
        return Vec::new();
    }
    let (before, after) = (handed_out(file.language, &old.model), handed_out(file.language, &new.model));
    let gone = before.into_iter().filter(|(name, _)| !after.contains_key(name));
    let is_defined = |name: &str| new.model.defs.iter().any(|def| def.parents.is_empty() && def.name == name);
    gone.filter(|(name, way)| match way {
        // What is no longer defined either is another finding.
        Way::Defined(_) => is_defined(name),
        Way::Passed(import, _) => !is_submodule(file, import, name),
    })
    .map(|(name, way)| Lost { branch, file, name, way })
    .collect()
}

fn is_script(language: Language) -> bool {
    matches!(language, Language::TypeScript | Language::Tsx | Language::JavaScript)
}

fn hands_out(language: Language) -> bool {
    is_script(language) || language == Language::Python
}

/// Whether a file may hand out names in ways that the model does not list.
fn may_hand_out_more(file: &File<'_>, old: &FileModel, new: &FileModel, text: &str) -> bool {
    let globs = |model: &FileModel| model.imports.iter().filter(|import| import.glob).count();
    let computed = match file.language {
        Language::Python => new.defs.iter().any(|def| def.name == "__getattr__" && def.parents.is_empty()),
        _ => text.contains("module.exports") || text.contains("export ="),
    };
    computed || globs(new) > globs(old) || !new.broken.is_empty()
}

/// What other files can take from a file by its name.
fn handed_out(language: Language, model: &FileModel) -> BTreeMap<&str, Way<'_>> {
    let defs = model.defs.iter().filter(|def| def.parents.is_empty());
    let defs =
        defs.filter(|def| def.exported && !is_default_only(model, def) || language == Language::Python);
    let imports = model.imports.iter().filter(|import| import.reexport || language == Language::Python);
    let passed = imports.flat_map(|import| {
        let names = import.names.iter().filter(|name| !name.local.is_empty());
        names.map(move |name| (name.local.as_str(), Way::Passed(import, name)))
    });
    let mut all = BTreeMap::new();
    for (name, way) in defs.map(|def| (def.name.as_str(), Way::Defined(def))).chain(passed) {
        all.entry(name).or_insert(way);
    }
    all
}

/// Whether a definition is handed out as the default alone: `export default function load() {}`.
fn is_default_only(model: &FileModel, def: &Def) -> bool {
    let defaults = model.imports.iter().filter(|import| import.module.is_empty() && import.reexport);
    let names = |import: &Import| {
        import.names.iter().any(|name| name.local == "default" && name.name == def.name)
            && import.span.start <= def.span.start
            && def.span.end <= import.span.end
    };
    let again =
        |import: &Import| import.names.iter().any(|name| name.name == def.name && name.local == def.name);
    // `export { load }` beside it leaves a use of the name and no more.
    let is_used = || model.uses_of(&def.name).any(|used| used.within.is_none());
    let mut all = defaults.clone();
    all.any(names) && !defaults.into_iter().any(again) && !is_used()
}

/// Whether the name is, or may be, a module inside the package, which needs no import to be found.
fn is_submodule(file: &File<'_>, import: &Import, name: &str) -> bool {
    let module = import.module.as_str();
    let last = module.rsplit('.').next().unwrap_or_default();
    let is_own = file.name.strip_suffix("/__init__.py").is_some_and(|package| {
        let package = package.replace('/', ".");
        package == module || package.ends_with(&format!(".{module}"))
    });
    file.language == Language::Python && (last.is_empty() || last == name || is_own || module == "__future__")
}

/// Whether the merge would hold the use and nothing that it can mean.
fn dangles(view: &View<'_>, lost: &Lost<'_>, usage: &Use<'_>) -> bool {
    if usage.file.path == lost.file.path {
        return false;
    }
    let is_meant = match reach_name(usage, lost.file, lost.name) {
        Some(Reach::Sure) => true,
        Some(Reach::Barrel) => {
            matches!(lost.way, Way::Defined(_)) && view.is_unique(lost.name, lost.file.path)
        }
        _ => false,
    };
    let own = view.file(usage.branch, lost.file.path).and_then(|file| file.new.as_ref());
    let still_has = own.is_none_or(|own| handed_out(lost.file.language, &own.model).contains_key(lost.name));
    is_meant && still_has && is_left(view, (lost.branch, lost.name), usage, |_| false)
}

fn finding(view: &View<'_>, lost: &Lost<'_>, usage: &Use<'_>) -> Finding {
    let verb = match usage.what {
        What::Import(_, imported) => import_verb(usage, imported),
        What::Ref(reference, _) => verb(reference.kind),
    };
    let (user, loser, home) = (view.name(usage.branch), view.name(lost.branch), lost.file.path);
    let what =
        if lost.name == "default" { "the default export".to_owned() } else { format!("`{}`", lost.name) };
    let message = format!(
        "{user} {verb} {what} of {home} in {}, which {loser} no longer lets other files have from there",
        usage.file.path
    );
    let line = match lost.way {
        Way::Defined(def) => def.line,
        Way::Passed(import, _) => import.line,
    };
    let use_site = view.site(usage.branch, usage.file.path, usage.what.line());
    let sites = vec![use_site, view.site_of_lost(lost.branch, lost.file, line)];
    let summary = format!("keep {what} in {home} for other files as long as {user} takes it from there");
    let fix = Some(view.fix(lost.branch, summary, restored(lost).unwrap_or_default()));
    let symbol = format!("export {}", lost.name);
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
}

/// The patch that hands the name out again.
fn restored(lost: &Lost<'_>) -> Option<String> {
    let (old, new) = (lost.file.old.as_ref()?, lost.file.new.as_ref()?);
    let edit = match lost.way {
        Way::Defined(_) => {
            let defs = new.model.defs.iter().filter(|def| def.parents.is_empty());
            let def = defs.into_iter().find(|def| def.name == lost.name)?;
            if is_default_only(&new.model, def) {
                let text = format!("\nexport {{ {} }};\n", def.name);
                return Some(patch(lost.file.path, new.text, vec![Edit::insert(new.text.len(), text)]));
            }
            let first = def.head.split_whitespace().next()?;
            let at = def.span.start
                + new
                    .text
                    .get(def.span.clone())?
                    .find(&def.head)
                    .or_else(|| new.text.get(def.span.clone())?.find(first))?;
            Edit::insert(at, "export ")
        }
        Way::Passed(import, imported) if import.module.is_empty() => {
            let local = imported.name.as_str();
            let known = imports_local(&new.model, local)
                || new.model.defs.iter().any(|def| def.parents.is_empty() && def.name == local);
            let text = match imported.local.as_str() {
                "default" => format!("export default {local};\n"),
                outside if outside == local => format!("export {{ {local} }};\n"),
                outside => format!("export {{ {local} as {outside} }};\n"),
            };
            known.then(|| Edit::insert(new.text.len(), text))?
        }
        Way::Passed(import, imported) => {
            let span = whole_lines(old.text, import.span.start, import.span.end);
            let line = old.text[..span.start].matches('\n').count() as u32 + 1;
            let at = line_start(new.text, LineMap::new(old.text, new.text).to_new(line));
            Edit::insert(at, statement(lost.file.language, import, imported) + "\n")
        }
    };
    Some(patch(lost.file.path, new.text, vec![edit]))
}

/// A statement that passes one name on.
fn statement(language: Language, import: &Import, imported: &Imported) -> String {
    let statement = import_statement(language, &import.module, &imported.name, &imported.local);
    match import.reexport && is_script(language) {
        true => statement.replacen("import ", "export ", 1),
        false => statement,
    }
}
