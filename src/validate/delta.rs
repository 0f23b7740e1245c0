//! What a branch did to one file, in terms of symbols.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::extract::Language;
use super::lines::LineMap;
use super::load::{Side, overlaps};
use super::model::{Def, FileModel, Import, Kind, Receiver, Ref};
use super::names::has_word;
use crate::model::{FileChange, Oid, Source};

/// Indexes into the models of the two versions of a file.
#[derive(Debug, Default, Clone)]
pub(super) struct Change {
    /// Definitions of the new version whose path the old one lacks.
    pub(super) added: Vec<usize>,
    /// Definitions of the old version whose path the new one lacks.
    pub(super) gone: Vec<usize>,
    /// First definitions of a path on both sides that are not the same.
    pub(super) edited: Vec<(usize, usize)>,
    /// Uses on new lines.
    pub(super) uses: Vec<AddedUse>,
    /// What is asked of values on new lines, and where locals go there.
    pub(super) checks: Vec<usize>,
    pub(super) flows: Vec<usize>,
    /// Imported names the old version lacks: import and name.
    pub(super) imported: Vec<(usize, usize)>,
    /// Whole-module and glob imports the old version lacks.
    pub(super) imported_modules: Vec<usize>,
    /// Imported names of the old version whose local name the new one no longer imports.
    pub(super) dropped: Vec<(usize, usize)>,
}

/// A use on a new line.
#[derive(Debug, Clone, Copy)]
pub(super) struct AddedUse {
    /// Index into the new version's uses.
    pub(super) reference: usize,
    /// Whether the file uses the name more often than before; otherwise it may have moved only.
    pub(super) is_more: bool,
}

/// What differs between two versions of files, by their blobs. A caller with several checks that
/// share versions keeps it from one to the next.
#[derive(Default)]
pub struct Differences(Mutex<HashMap<Versions, Arc<Change>>>);

type Versions = (Language, Option<Oid>, Option<Oid>);

impl Differences {
    /// Compares the sides of a file, unless they were before.
    pub(super) fn of(
        &self,
        language: Language,
        file: &FileChange,
        [old, new]: [Option<&Side<'_>>; 2],
    ) -> Arc<Change> {
        let oid = |source: &Option<Source>| source.as_ref().map(|source| source.oid);
        let versions = (language, oid(&file.old), oid(&file.new));
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(change) = known().get(&versions) {
            return Arc::clone(change);
        }
        let change = Arc::new(change_of(language, old, new));
        known().insert(versions, Arc::clone(&change));
        change
    }
}

/// Compares two versions of a file.
pub(super) fn change_of(language: Language, old: Option<&Side<'_>>, new: Option<&Side<'_>>) -> Change {
    let empty = FileModel::default();
    let old_model = old.map_or(&empty, |side| &side.model);
    let new_model = new.map_or(&empty, |side| &side.model);
    let old_text = old.map_or("", |side| side.text);
    let new_text = new.map_or("", |side| side.text);
    let map = LineMap::new(old_text, new_text);
    let mut change = Change { uses: added_uses(old_model, new_model, &map), ..Change::default() };
    if matches!(language, Language::Go | Language::Java) {
        let added = map.added();
        let is_new = |line: u32| added.get(line.saturating_sub(1) as usize).copied().unwrap_or(false);
        let (checks, flows) = (&new_model.checks, &new_model.flows);
        change.checks = (0..checks.len()).filter(|&idx| is_new(checks[idx].line)).collect();
        change.flows = (0..flows.len()).filter(|&idx| is_new(flows[idx].line)).collect();
    }
    compare_defs(language, old_model, new_model, &mut change);
    change.gone.retain(|&gone| !hides(new_model, new_text, &old_model.defs[gone].name));
    compare_imports(old_model, new_model, &mut change);
    // What could not be parsed, or not in time, may hold the import.
    change
        .dropped
        .retain(|&(import, name)| !hides(new_model, new_text, &old_model.imports[import].names[name].local));
    change
        .imported
        .retain(|&(import, name)| !hides(old_model, old_text, &new_model.imports[import].names[name].local));
    change
}

/// Whether `name` may stand in a part of the text that could not be parsed.
fn hides(model: &FileModel, text: &str, name: &str) -> bool {
    let in_range = |range: &Range<usize>| text.get(range.clone()).is_none_or(|part| has_word(part, name));
    model.broken.iter().any(in_range)
}

fn compare_defs(language: Language, old: &FileModel, new: &FileModel, change: &mut Change) {
    let (old_paths, new_paths) = (by_symbol(language, &old.defs), by_symbol(language, &new.defs));
    for (path, idx) in &new_paths {
        match old_paths.get(path) {
            None => change.added.push(*idx),
            Some(&before) if !same(&old.defs[before], &new.defs[*idx]) => change.edited.push((before, *idx)),
            Some(_) => {}
        }
    }
    change.gone =
        old_paths.iter().filter(|(path, _)| !new_paths.contains_key(*path)).map(|(_, idx)| *idx).collect();
}

/// The first definition of each path.
fn by_symbol(language: Language, defs: &[Def]) -> BTreeMap<String, usize> {
    let mut paths = BTreeMap::new();
    for (idx, def) in defs.iter().enumerate() {
        paths.entry(symbol(language, def)).or_insert(idx);
    }
    paths
}

/// The path of a definition; where a field and a method may share one, methods are marked.
pub(super) fn symbol(language: Language, def: &Def) -> String {
    let marked = matches!(language, Language::Java | Language::Rust) && def.kind == Kind::Method;
    def.path() + if marked { "()" } else { "" }
}

fn same(old: &Def, new: &Def) -> bool {
    old.kind == new.kind
        && old.body_hash == new.body_hash
        && old.sig == new.sig
        && old.fields.len() == new.fields.len()
        && old.head == new.head
}

fn added_uses(old: &FileModel, new: &FileModel, map: &LineMap) -> Vec<AddedUse> {
    let added = map.added();
    let is_new = |line: u32| added.get(line.saturating_sub(1) as usize).copied().unwrap_or(false);
    let uses: Vec<usize> = (0..new.refs.len()).filter(|&idx| is_new(new.refs[idx].line)).collect();
    fn name(reference: &Ref) -> (&str, &str) {
        (&reference.name, receiver_name(&reference.receiver))
    }
    // Few names are on new lines, and only these have to be counted.
    let mut surplus: BTreeMap<(&str, &str), i64> =
        uses.iter().map(|&idx| (name(&new.refs[idx]), 0)).collect();
    for (refs, step) in [(&new.refs, 1), (&old.refs, -1)] {
        for reference in refs.iter().filter(|_| !uses.is_empty()) {
            if let Some(count) = surplus.get_mut(&name(reference)) {
                *count += step;
            }
        }
    }
    let added_use = |idx: usize| AddedUse { reference: idx, is_more: surplus[&name(&new.refs[idx])] > 0 };
    uses.into_iter().map(added_use).collect()
}

fn receiver_name(receiver: &Receiver) -> &str {
    match receiver {
        Receiver::None => "",
        Receiver::This => "this",
        Receiver::Typed(name) | Receiver::Name(name) => name,
        Receiver::Other => ".",
    }
}

fn compare_imports(old: &FileModel, new: &FileModel, change: &mut Change) {
    let names = |model: &FileModel| -> Vec<(usize, usize)> {
        let imports = model.imports.iter().enumerate();
        imports.flat_map(|(idx, import)| (0..import.names.len()).map(move |name| (idx, name))).collect()
    };
    for (import, name) in names(new) {
        let (statement, imported) = (&new.imports[import], &new.imports[import].names[name]);
        if overlaps(&new.broken, &statement.span) {
            continue;
        }
        let had = old.imports.iter().any(|before| {
            before.module == statement.module && before.names.iter().any(|other| other.name == imported.name)
        });
        if !had {
            change.imported.push((import, name));
        }
    }
    for (idx, import) in new.imports.iter().enumerate() {
        let whole = import.glob || import.names.iter().all(|name| name.name.is_empty());
        if whole && !old.imports.iter().any(|before| before.module == import.module) {
            change.imported_modules.push(idx);
        }
    }
    for (import, name) in names(old) {
        let local = &old.imports[import].names[name].local;
        if !local.is_empty() && !imports_local(new, local) {
            change.dropped.push((import, name));
        }
    }
}

/// Whether a file imports something under the local name.
pub(super) fn imports_local(model: &FileModel, local: &str) -> bool {
    model.imports.iter().any(|import| import.names.iter().any(|name| name.local == local))
}

/// Whether other files can take a top-level `name` from this file by an import of its path.
pub(super) fn provides(language: Language, model: &FileModel, name: &str) -> bool {
    // A module of TypeScript hands on what it exports; elsewhere an import may do.
    let hands_on =
        |import: &Import| import.reexport || !matches!(language, Language::TypeScript | Language::Tsx);
    let mut imports = model.imports.iter().filter(|import| hands_on(import));
    model.named(name).any(|(_, def)| def.parents.is_empty())
        || imports.any(|import| import.names.iter().any(|other| other.local == name))
}
