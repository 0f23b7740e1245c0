//! Whether a member that a type lost lives on in a type above it, in any file of the project.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::View;
use super::reach::{hands_on, import_of};
use crate::validate::index::Gone;
use crate::validate::model::{Def, FileModel};
use crate::validate::resolve::{Aim, aim, same_family};

/// How many types are looked through.
const TYPES: usize = 16;

/// A type and the file it stands in.
struct Place {
    path: String,
    model: Arc<FileModel>,
    def: usize,
}

impl Place {
    fn def(&self) -> &Def {
        &self.model.defs[self.def]
    }
}

/// Whether a type above the one that lost a member has it; none when a type above is not known.
pub(super) fn has_above(view: &View<'_>, gone: &Gone<'_>) -> Option<bool> {
    if !hands_on(gone.file.language) || !gone.is_member() {
        return None;
    }
    let new = gone.file.new.as_ref()?;
    let owner = gone.def.parents.last()?;
    let def = new.model.defs.iter().position(|def| def.kind.is_type() && def.name == *owner)?;
    let mut open = vec![Place { path: gone.file.name.clone(), model: new.model.clone(), def }];
    let mut seen = BTreeSet::new();
    while let Some(place) = open.pop() {
        if !seen.insert((place.path.clone(), place.def().name.clone())) {
            continue;
        }
        if seen.len() > TYPES {
            return None;
        }
        if seen.len() > 1 && has(&place, &gone.def.name) {
            return Some(true);
        }
        for name in &place.def().supers {
            if !is_bare(name) {
                open.push(find(view, gone, &place, name)?);
            }
        }
    }
    Some(false)
}

/// Whether a type of the language itself stands for no members that a project speaks of.
fn is_bare(name: &str) -> bool {
    matches!(name, "object" | "Object" | "ABC" | "Generic" | "Protocol")
}

fn has(place: &Place, member: &str) -> bool {
    let owner = place.def();
    let own = |def: &Def| def.name == member && def.parents.last() == Some(&owner.name);
    owner.fields.iter().any(|field| field.name == member) || place.model.defs.iter().any(own)
}

/// The type that a name means in the file of another.
fn find(view: &View<'_>, gone: &Gone<'_>, place: &Place, name: &str) -> Option<Place> {
    let top = |model: &FileModel, name: &str| {
        model.defs.iter().position(|def| def.parents.is_empty() && def.kind.is_type() && def.name == name)
    };
    let Some((import, imported)) = import_of(&place.model, name) else {
        let def = top(&place.model, name)?;
        return Some(Place { path: place.path.clone(), model: place.model.clone(), def });
    };
    let language = gone.file.language;
    let changed = view.branches[gone.branch].files.iter().filter_map(|file| {
        let new = file.new.as_ref().filter(|_| same_family(file.language, language))?;
        let def = top(&new.model, &imported.name)?;
        let aim = aim(language, &place.path, &import.module, &file.name)?;
        Some((aim, Place { path: file.name.clone(), model: new.model.clone(), def }))
    });
    let unchanged = view.input.unchanged.defining(&imported.name)?;
    let unchanged = unchanged.iter().filter_map(|file| {
        let path = file.path.to_text();
        let def = top(&file.model, &imported.name).filter(|_| same_family(file.language, language))?;
        let aim = aim(language, &place.path, &import.module, &path)?;
        Some((aim, Place { path: path.into_owned(), model: file.model.clone(), def }))
    });
    let mut found: Vec<(Aim, Place)> = changed.chain(unchanged).collect();
    match found.iter().position(|(aim, _)| *aim == Aim::File) {
        Some(exact) => Some(found.swap_remove(exact).1),
        None if found.len() == 1 => found.pop().map(|(_, place)| place),
        None => None,
    }
}
