//! One branch drops an import from a file in which another adds a use of it.
//!
//! Git merges both without a word, and most broken clean merges are of this kind.

use super::reach::import_of;
use super::symbol_removed::import_statement;
use super::{Draft, Rule, View, verb};
use super::{given, java, rust};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::lines::{LineMap, line_start, whole_lines};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Import, Imported, Kind, Receiver, Ref};
use crate::validate::resolve::is_ambient;

pub(super) const RULE: Rule = Rule { id: "import-dropped", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (dropper, branch) in view.branches.iter().enumerate() {
        for file in &branch.files {
            if file.language == Language::Java {
                findings.extend(orphans(view, dropper, file));
            }
            let (Some(old), Some(new)) = (file.before(), &file.new) else { continue };
            for &(import, name) in &file.change.dropped {
                let import = &old.model.imports[import];
                let modules = inner_modules(file.language, &old.model, import);
                let dropped =
                    Dropped { branch: dropper, file, import, imported: &import.names[name], modules };
                // A branch that goes on using the name gets it from somewhere else.
                let local = &dropped.imported.local;
                let replaced = is_ambient(file.language, local)
                    || adds_glob(&old.model, &new.model)
                    || is_superfluous(&new.model, &import.module, file.language);
                if !replaced && !dropped.is_still_used(&new.model) {
                    findings.extend(users(view, &dropped));
                }
            }
        }
    }
}

struct Dropped<'a> {
    branch: usize,
    file: &'a File<'a>,
    import: &'a Import,
    imported: &'a Imported,
    /// The modules of a Rust file around it: what is outside of them is not seen inside.
    modules: Vec<&'a str>,
}

impl Dropped<'_> {
    /// Whether the file, or the module in it, defines, imports or uses the name.
    fn is_still_used(&self, model: &FileModel) -> bool {
        let local = &self.imported.local;
        let is_here = |within: Option<usize>| {
            self.modules.is_empty() || model.modules_around(within).starts_with(&self.modules)
        };
        let mut refs = model.refs.iter();
        self.is_bound(model) || refs.any(|used| uses(self.file.language, used, local) && is_here(used.within))
    }

    /// Whether something that the file, or the module in it, states has the name.
    fn is_bound(&self, model: &FileModel) -> bool {
        let local = &self.imported.local;
        if self.modules.is_empty() {
            return is_bound(model, local);
        }
        let mut imports = model.imports.iter().filter(|import| self.is_around(model, import));
        let is_own =
            |def: &Def| !def.is_member() && def.name == *local && def.modules().iter().eq(&self.modules);
        imports.any(|import| import.glob || import.names.iter().any(|name| name.local == *local))
            || model.defs.iter().any(is_own)
    }

    fn is_around(&self, model: &FileModel, import: &Import) -> bool {
        model.modules_around(import.within) == self.modules
    }

    /// Whether a Rust file takes all of a module that has the name.
    fn comes_with_all(&self, view: &View<'_>, user: (usize, &File<'_>), merged: &FileModel) -> bool {
        let name = (self.import.module.as_str(), self.imported.local.as_str());
        user.1.language == Language::Rust && rust::comes_with_all(view, user, self.branch, merged, name)
    }

    /// The import of the name in another version of the file.
    fn import_in<'m>(&self, model: &'m FileModel) -> Option<&'m Import> {
        let local = &self.imported.local;
        if self.modules.is_empty() {
            return import_of(model, local).map(|(import, _)| import);
        }
        let mut imports = model.imports.iter().filter(|import| self.is_around(model, import));
        imports.find(|import| import.names.iter().any(|name| name.local == *local))
    }
}

fn inner_modules<'m>(language: Language, model: &'m FileModel, import: &Import) -> Vec<&'m str> {
    let is_item =
        import.within.and_then(|within| model.defs.get(within)).is_none_or(|def| def.kind == Kind::Module);
    if language == Language::Rust && is_item { model.modules_around(import.within) } else { Vec::new() }
}

/// Whether a new import takes everything of a module: then it may bring the name.
fn adds_glob(old: &FileModel, new: &FileModel) -> bool {
    let known = |module: &str| old.imports.iter().any(|import| import.glob && import.module == module);
    new.imports.iter().any(|import| import.glob && !known(&import.module))
}

/// Whether a Java file has the names of a package without naming them: it is its own, the
/// language's, or the file imports all of it.
fn is_superfluous(model: &FileModel, module: &str, language: Language) -> bool {
    let globs = || model.imports.iter().any(|import| import.glob && import.module == module);
    language == Language::Java && (module == model.package || module == "java.lang" || globs())
}

/// Whether a reference mentions the local name, as itself or before the dot. A Rust path has a reference
/// for each of its parts, and what stands before a later one is no name of the file: `io` of
/// `std::io::stdin` needs no import.
fn uses(language: Language, reference: &Ref, local: &str) -> bool {
    let first = |name: &str| name.split(['.', ':']).next() == Some(local);
    match &reference.receiver {
        Receiver::None => reference.name == local,
        Receiver::Name(name) => language != Language::Rust && first(name),
        _ => false,
    }
}

fn users(view: &View<'_>, dropped: &Dropped<'_>) -> Vec<Finding> {
    let others = (0..view.branches.len()).filter(|user| *user != dropped.branch);
    others.filter_map(|user| user_of(view, dropped, user)).collect()
}

fn user_of(view: &View<'_>, dropped: &Dropped<'_>, user: usize) -> Option<Finding> {
    let file = view.counterpart(user, dropped.file)?;
    let model = &file.new.as_ref()?.model;
    let local = dropped.imported.local.as_str();
    // The import must be the one that both branches started with.
    let import = dropped.import_in(model)?;
    let brings_its_own =
        file.before().is_some_and(|old| n_imports(model, local) > n_imports(&old.model, local));
    if import.module != dropped.import.module || brings_its_own {
        return None;
    }
    let added = file.change.uses.iter().map(|added| (&model.refs[added.reference], added.is_more));
    let is_of_class = |reference: &Ref| {
        file.language == Language::Python && given::is_of_class_body(model, reference, local)
    };
    let is_of_import = |reference: &Ref| match file.language {
        Language::Rust => rust::sees(model, import, local, reference.within),
        Language::Java => !java::is_nearer(view, (user, file), reference),
        _ => true,
    };
    let mut added = added.filter(|(reference, _)| {
        uses(file.language, reference, local) && !is_of_class(reference) && is_of_import(reference)
    });
    let reference = match view.merge_of((user, file), (dropped.branch, dropped.file)) {
        Some(merged) if dropped.is_bound(&merged.model) => return None,
        Some(merged) if dropped.comes_with_all(view, (user, file), &merged.model) => return None,
        Some(merged) => {
            let left = |reference: &Ref| merged.model.refs.iter().any(|other| same_use(other, reference));
            added.find(|(reference, _)| left(reference))?.0
        }
        None => added.find(|(_, is_more)| *is_more)?.0,
    };
    Some(finding(view, dropped, user, reference))
}

/// How many imports bring a name: one may stand in a block of its own.
fn n_imports(model: &FileModel, local: &str) -> usize {
    model.imports.iter().flat_map(|import| &import.names).filter(|name| name.local == local).count()
}

/// Uses of names that came from an import of everything, or from the package the file was in.
fn orphans(view: &View<'_>, dropper: usize, dropped: &File<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for user in (0..view.branches.len()).filter(|user| *user != dropper) {
        let Some(used) = view.counterpart(user, dropped) else { continue };
        let Some(merged) = view.merge_of((user, used), (dropper, dropped)) else { continue };
        let orphans = java::orphans(view, (dropper, dropped), (user, used), merged);
        findings
            .extend(orphans.iter().map(|orphan| orphaned(view, (dropper, dropped), (user, used), orphan)));
    }
    findings
}

fn orphaned(
    view: &View<'_>,
    (dropper, dropped): (usize, &File<'_>),
    (user, used): (usize, &File<'_>),
    orphan: &java::Orphan<'_>,
) -> Finding {
    let (local, module) = (&orphan.reference.name, &orphan.module);
    let dropper_name = view.name(dropper);
    let gone = match orphan.was_own {
        true => format!("of the package `{module}` that {dropper_name} moved the file out of"),
        false => format!("which `import {module}.*` brought until {dropper_name} dropped that"),
    };
    let (user_name, verb) = (view.name(user), verb(orphan.reference.kind));
    let message = format!("{user_name} {verb} `{local}` in {}, {gone}", used.path);
    let (line, patch) = import_patch(dropped, orphan).unwrap_or((1, String::new()));
    let sites =
        vec![view.site(user, used.path, orphan.reference.line), view.site(dropper, dropped.path, line)];
    let fix = Some(view.fix(dropper, format!("import `{local}` in {}", dropped.path), patch));
    let symbols = [module.as_str(), local];
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
}

/// Adds an import of a name after the last one.
fn import_patch(file: &File<'_>, orphan: &java::Orphan<'_>) -> Option<(u32, String)> {
    let new = file.new.as_ref()?;
    let last = new.model.imports.last()?;
    let word = if orphan.is_static { "static " } else { "" };
    let statement = format!("import {word}{}.{};\n", orphan.module, orphan.reference.name);
    let at = whole_lines(new.text, last.span.start, last.span.end).end;
    Some((last.line, patch(file.path, new.text, vec![Edit::insert(at, statement)])))
}

fn is_bound(model: &FileModel, local: &str) -> bool {
    import_of(model, local).is_some()
        || model.defs.iter().any(|def| def.parents.is_empty() && def.name == local)
}

fn same_use(left: &Ref, right: &Ref) -> bool {
    left.name == right.name && left.receiver == right.receiver
}

fn finding(view: &View<'_>, dropped: &Dropped<'_>, user: usize, reference: &Ref) -> Finding {
    let path = dropped.file.path;
    let local = &dropped.imported.local;
    let verb = if reference.receiver == Receiver::None { verb(reference.kind) } else { "uses" };
    let (user_name, dropper) = (view.name(user), view.name(dropped.branch));
    let message = format!(
        "{user_name} {verb} `{local}` in {path}, whose import from `{}` {dropper} drops",
        dropped.import.module
    );
    let dropped_site = view.site_of_lost(dropped.branch, dropped.file, dropped.import.line);
    let sites = vec![view.site(user, path, reference.line), dropped_site];
    let summary = format!("keep the import of `{local}` in {path}");
    let fix = Some(view.fix(dropped.branch, summary, restored(dropped).unwrap_or_default()));
    let symbols = [dropped.import.module.as_str(), local];
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
}

/// Puts the import back where it stood, on the branch that dropped it.
fn restored(dropped: &Dropped<'_>) -> Option<String> {
    let (old, new) = (dropped.file.before()?, dropped.file.new.as_ref()?);
    let (import, imported) = (dropped.import, dropped.imported);
    let lines = whole_lines(old.text, import.span.start, import.span.end);
    let statement = old.text.get(lines.clone())?;
    let alone = import.names.iter().all(|name| import_of(&new.model, &name.local).is_none());
    let inside_block = dropped.file.language == Language::Go && !statement.trim_start().starts_with("import");
    let text = if (alone && import.names.len() == 1) || inside_block {
        statement.to_owned()
    } else {
        import_statement(dropped.file.language, &import.module, &imported.name, &imported.local) + "\n"
    };
    let first = old.text[..lines.start].matches('\n').count() as u32 + 1;
    let at = line_start(new.text, LineMap::new(old.text, new.text).to_new(first));
    // In a block of its own it is to be indented as that is now.
    if lines.start < import.span.start && dropped.file.language == Language::Python {
        return None;
    }
    let text = if text.ends_with('\n') { text } else { text + "\n" };
    Some(patch(dropped.file.path, new.text, vec![Edit::insert(at, text)]))
}
