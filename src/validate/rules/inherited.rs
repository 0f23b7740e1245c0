//! Whether a member that a type lost lives on in a type above it, in any file of the project.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::View;
use super::reach::{hands_on, import_of};
use super::script::{self, Part};
use crate::validate::extract::Language;
use crate::validate::index::Gone;
use crate::validate::model::{Def, FileModel};
use crate::validate::resolve::{Aim, aim, same_family};

/// How many types are looked through.
const TYPES: usize = 16;

/// What the types above say of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Above {
    Has,
    Lacks,
    /// No type of the project has it, and one above these comes from elsewhere.
    Foreign,
    /// A type above is said to have any member.
    Anything,
    /// A type above cannot be told.
    Unknown,
}

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

/// Where a name leads that stands above a type.
enum Lead {
    /// One of these.
    To(Vec<Place>),
    Foreign,
    /// A Python variable that may hold any class.
    Anything,
    Unknown,
}

/// Whether a type above the one that lost a member has it.
pub(super) fn above(view: &View<'_>, gone: &Gone<'_>) -> Above {
    if !hands_on(gone.file.language) || !gone.is_member() {
        return Above::Unknown;
    }
    let (Some(new), Some(owner)) = (&gone.file.new, gone.def.parents.last()) else { return Above::Unknown };
    let owner = new.model.defs.iter().position(|def| def.kind.is_type() && def.name == *owner);
    let Some(def) = owner else { return Above::Unknown };
    let is_script = gone.file.language != Language::Python;
    let mut is_foreign = false;
    let mut open = vec![Place { path: gone.file.name.clone(), model: new.model.clone(), def }];
    let mut seen = BTreeSet::new();
    while let Some(place) = open.pop() {
        if !seen.insert((place.path.clone(), place.def().name.clone())) {
            continue;
        }
        if seen.len() > TYPES {
            return Above::Unknown;
        }
        if seen.len() > 1 && has(&place, &gone.def.name) {
            return Above::Has;
        }
        for name in place.def().supers.iter().filter(|name| !is_bare(name)) {
            let part = script::part_taken(&place.def().head, name, &gone.def.name);
            let lead = match part.filter(|_| import_of(&place.model, name).is_none()) {
                Some(Part::Without) => continue,
                Some(Part::With) => return Above::Has,
                Some(Part::Of(whole)) => find(view, gone, &place, whole),
                Some(Part::Unknown) => Lead::Unknown,
                None => find(view, gone, &place, name),
            };
            match lead {
                // What an alias stands for may have any member.
                Lead::To(places)
                    if is_script && places.iter().any(|place| !script::says_members(place.def())) =>
                {
                    return Above::Unknown;
                }
                Lead::To(places) => open.extend(places),
                Lead::Foreign => match is_known(name, &gone.def.name) {
                    Some(true) => return Above::Has,
                    Some(false) => {}
                    None => is_foreign = true,
                },
                Lead::Anything => return Above::Anything,
                Lead::Unknown => return Above::Unknown,
            }
        }
    }
    if is_foreign { Above::Foreign } else { Above::Lacks }
}

/// Whether a type of the language itself stands for no members that a project speaks of.
fn is_bare(name: &str) -> bool {
    matches!(name, "object" | "Object" | "ABC" | "Generic" | "Protocol")
}

/// Whether a type that everybody knows has such a member; none for other types.
fn is_known(name: &str, member: &str) -> Option<bool> {
    const EMITTER: [&str; 16] = [
        "on",
        "once",
        "off",
        "emit",
        "addListener",
        "removeListener",
        "removeAllListeners",
        "listeners",
        "rawListeners",
        "listenerCount",
        "eventNames",
        "setMaxListeners",
        "getMaxListeners",
        "prependListener",
        "prependOnceListener",
        "hasListeners",
    ];
    const MEMBERS: [&str; 14] = [
        "args",
        "with_traceback",
        "add_note",
        "errno",
        "strerror",
        "filename",
        "code",
        "value",
        "encoding",
        "name",
        "message",
        "stack",
        "cause",
        "toString",
    ];
    let plain = ["Exception", "BaseException", "Error", "Warning"].contains(&name);
    let named = ["Value", "Type", "Runtime", "Key", "Lookup", "OS", "Attribute", "NotImplemented"];
    let is_error = name.strip_suffix("Error").is_some_and(|kind| named.contains(&kind));
    let is_emitter = matches!(name, "EventEmitter" | "Emitter");
    match plain || is_error {
        true => Some(MEMBERS.contains(&member)),
        false => is_emitter.then(|| EMITTER.contains(&member)),
    }
}

fn has(place: &Place, member: &str) -> bool {
    let owner = place.def();
    let is_called = |def: &Def| def.name == Def::CALLED && script::OF_FUNCTIONS.contains(&member);
    let is_it = |def: &Def| def.name == member || def.name == Def::ANY_KEY || is_called(def);
    let own = |def: &Def| is_it(def) && def.parents.last() == Some(&owner.name);
    owner.fields.iter().any(|field| field.name == member) || place.model.defs.iter().any(own)
}

/// The type that a name means in the file of another.
fn find(view: &View<'_>, gone: &Gone<'_>, place: &Place, name: &str) -> Lead {
    let top = |model: &FileModel, name: &str| {
        model.defs.iter().position(|def| def.parents.is_empty() && def.kind.is_type() && def.name == name)
    };
    let Some((import, imported)) = import_of(&place.model, name) else {
        return match top(&place.model, name) {
            None if is_any(&place.model, name) => Lead::Anything,
            Some(def) => Lead::To(vec![Place { path: place.path.clone(), model: place.model.clone(), def }]),
            None => everywhere(view, gone, place, name),
        };
    };
    let language = gone.file.language;
    let changed = view.branches[gone.branch].files.iter().filter_map(|file| {
        let new = file.new.as_ref().filter(|_| same_family(file.language, language))?;
        let def = top(&new.model, &imported.name)?;
        let aim = aim(language, &place.path, &import.module, &file.name)?;
        Some((aim, Place { path: file.name.clone(), model: new.model.clone(), def }))
    });
    let Some(all) = view.input.unchanged.defining(&imported.name) else { return Lead::Unknown };
    let aims_at = |path: &str| aim(language, &place.path, &import.module, path).is_some();
    let is_any_here = |path: &str, model: &FileModel| is_any(model, &imported.name) && aims_at(path);
    let mut own = view.branches[gone.branch].files.iter();
    if own.any(|file| file.new.as_ref().is_some_and(|new| is_any_here(&file.name, &new.model)))
        || all.iter().any(|file| is_any_here(&file.path.to_text(), &file.model))
    {
        return Lead::Anything;
    }
    let unchanged = all;
    let unchanged = unchanged.iter().filter_map(|file| {
        let path = file.path.to_text();
        let def = top(&file.model, &imported.name).filter(|_| same_family(file.language, language))?;
        let aim = aim(language, &place.path, &import.module, &path)?;
        Some((aim, Place { path: path.into_owned(), model: file.model.clone(), def }))
    });
    let mut found: Vec<(Aim, Place)> = changed.chain(unchanged).collect();
    match found.iter().position(|(aim, _)| *aim == Aim::File) {
        Some(exact) => Lead::To(vec![found.swap_remove(exact).1]),
        None if !found.is_empty() => Lead::To(found.into_iter().map(|(_, place)| place).collect()),
        // What only a library can be: nobody in the project defines it where it is taken from.
        None if !import.module.starts_with('.') => Lead::Foreign,
        None => Lead::Unknown,
    }
}

/// Whether a file of Python says of a variable that it may be anything.
fn is_any(model: &FileModel, name: &str) -> bool {
    let says_any = |def: &Def| {
        let stated = def.head.split_once(':').map_or("", |(_, stated)| stated);
        let stated = stated.split('=').next().unwrap_or_default().trim();
        matches!(stated, "Any" | "typing.Any" | "t.Any" | "type[Any]" | "Type[Any]")
    };
    let mut named = model.named(name).filter(|(_, def)| def.parents.is_empty());
    named.any(|(_, def)| !def.kind.is_type() && says_any(def))
}

/// A name that no import brings: it is foreign when no file of the project says what it has.
fn everywhere(view: &View<'_>, gone: &Gone<'_>, place: &Place, name: &str) -> Lead {
    if place.model.imports.iter().any(|import| import.glob) {
        return Lead::Unknown;
    }
    let changed = || view.branches[gone.branch].files.iter().filter_map(|file| file.new.as_ref());
    let unchanged = view.input.unchanged.defining(name);
    // It may stand behind the name of a module.
    if changed().any(|new| is_any(&new.model, name))
        || unchanged.is_some_and(|files| files.iter().any(|file| is_any(&file.model, name)))
    {
        return Lead::Anything;
    }
    let adds = |model: &FileModel| {
        let owner = |def: &Def| def.parents.last().is_some_and(|owner| owner == name);
        model.defs.iter().any(|def| def.name == gone.def.name && owner(def))
    };
    match view.input.unchanged.defining(&gone.def.name) {
        Some(unchanged)
            if !unchanged.iter().any(|file| adds(&file.model)) && !changed().any(|new| adds(&new.model)) =>
        {
            Lead::Foreign
        }
        _ => Lead::Unknown,
    }
}
