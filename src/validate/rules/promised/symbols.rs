//! Whether a branch has the types and functions that it speaks of.

use super::{Kept, Near, On, written};
use crate::model::{Contract, ContractKind, FileChange, RepoPath};
use crate::validate::entry::{EntryKind, Role};
use crate::validate::load::Side;
use crate::validate::model::{Def, FileModel, Kind};
use crate::validate::names::{has_word, norm};
use crate::validate::rules::View;

pub(super) fn kept<'a>(view: &View<'a>, on: On, contract: &Contract) -> Kept<'a> {
    let wanted = parts(&contract.name);
    let Some(last) = wanted.last().copied() else { return Kept::Perhaps };
    let mut files = on.branches(view).flat_map(|branch| &view.branches[branch].files);
    if files.any(|file| has(file.new.as_ref(), contract)) || base_has(view, on, contract, last) {
        return Kept::Yes;
    }
    let speaking = || written(view, on).filter(|(_, change)| speaks(view, change, last));
    let is_code = |(branch, change): (usize, &FileChange)| {
        view.file(branch, &change.path).is_some_and(|file| file.language.is_code())
    };
    if speaking().any(|spoken| !is_code(spoken)) {
        return Kept::Perhaps;
    }
    if speaking().next().is_some() { Kept::Spoken } else { Kept::No(nearest(view, on, last)) }
}

/// The last part of a name and what encloses it.
fn parts(name: &str) -> Vec<&str> {
    // `(*Room).Load`, `Room#load(int)`, `load!`
    let name = name.trim().trim_start_matches(['(', '*']);
    let name = name.split(['(', '<']).next().unwrap_or(name);
    let parts = name.split(['.', ':', '#', '/', ')', '!']).map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}

fn has(side: Option<&Side<'_>>, contract: &Contract) -> bool {
    side.is_some_and(|side| defines(&side.model, contract) || hands_on(side, contract))
}

fn defines(model: &FileModel, contract: &Contract) -> bool {
    let wanted = parts(&contract.name);
    let Some((last, outer)) = wanted.split_last() else { return true };
    // What encloses it may be a module, which is a path and no symbol.
    let is_around = |parents: &[String]| {
        parents.is_empty() || outer.last().is_none_or(|outer| parents.iter().any(|parent| parent == outer))
    };
    let is_defined = |def: &Def| {
        // A database makes no difference between capitals and others.
        let same = def.name == *last || (def.head.starts_with("type ") && def.name == last.to_lowercase());
        same && fits(contract.kind, def.kind) && is_around(&def.parents)
    };
    let is_accessor = |def: &Def| {
        let of_record = outer.last().is_none_or(|outer| def.name == *outer)
            && def.fields.iter().any(|field| field.name == *last || accesses(last, &field.name));
        of_record || def.kind == Kind::Field && is_around(&def.parents) && accesses(last, &def.name)
    };
    let is_entry = |kind: EntryKind, key: &str| {
        let stated = matches!(kind, EntryKind::Type | EntryKind::Field | EntryKind::Rpc | EntryKind::Table);
        stated && key.rsplit(['.', '#']).next() == Some(last)
    };
    let is_function = contract.kind == ContractKind::Function;
    model.defs.iter().any(|def| is_defined(def) || is_function && is_accessor(def))
        || model.entries.iter().any(|entry| entry.role == Role::Provides && is_entry(entry.kind, &entry.key))
}

/// Whether what is promised as a type or function may be a definition of a kind.
fn fits(wanted: ContractKind, kind: Kind) -> bool {
    match wanted {
        // What a validator of values or a call makes is a constant.
        ContractKind::Type => kind.is_type() || kind == Kind::Const,
        // So is a function that is written as a value; a field may hold one.
        _ => matches!(kind, Kind::Function | Kind::Method | Kind::Const | Kind::Class | Kind::Field),
    }
}

/// Whether a name is that of a getter or setter, which a tool may write.
fn accesses(name: &str, field: &str) -> bool {
    let of = ["get", "set", "is", "with"].iter().find_map(|verb| name.strip_prefix(verb));
    of.is_some_and(|of| of.starts_with(char::is_uppercase) && norm(of) == norm(field))
}

/// Whether a file has the name from elsewhere, or gives a definition another one.
fn hands_on(side: &Side<'_>, contract: &Contract) -> bool {
    let wanted = parts(&contract.name);
    let Some(last) = wanted.last() else { return false };
    let mut imported = side.model.imports.iter().flat_map(|import| &import.names);
    imported.any(|imported| imported.local == *last || imported.name == *last)
        || (*last == "default" && side.text.contains("export default"))
        || (side.text.contains("module.exports") && has_word(side.text, last))
}

/// Whether the base has it in a file that the branch left alone.
fn base_has(view: &View<'_>, on: On, contract: &Contract, last: &str) -> bool {
    let (On::Branch(branch) | On::All(branch)) = on;
    let left = |path: &RepoPath| !view.input.branches[branch].files.iter().any(|file| file.path == *path);
    let mut changed = view.branches.iter().flat_map(|branch| &branch.files);
    view.is_defined_elsewhere(last) || changed.any(|file| left(file.path) && has(file.old.as_ref(), contract))
}

/// Whether a file names it, or may.
fn speaks(view: &View<'_>, change: &FileChange, name: &str) -> bool {
    let new = change.new.as_ref();
    new.is_some_and(|new| view.text(new).is_none_or(|text| has_word(&text, name)))
}

/// The definition that was probably meant.
fn nearest<'a>(view: &View<'a>, on: On, wanted: &str) -> Option<Near<'a>> {
    let files = on.branches(view).flat_map(|branch| &view.branches[branch].files);
    let defs = files.filter_map(|file| Some((file.path, &file.new.as_ref()?.model.defs)));
    let all: Vec<_> = defs.flat_map(|(path, defs)| defs.iter().map(move |def| (path, def))).collect();
    let name = crate::model::nearest(wanted, all.iter().map(|(_, def)| def.name.as_str()))?;
    let (path, def) = all.into_iter().find(|(_, def)| def.name == name)?;
    Some(Near { name: &def.name, path, line: def.line })
}
