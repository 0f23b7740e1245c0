//! Tells whether an added use means a definition that another branch took away or changed.

use super::{java, rust};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Import, Imported, Receiver, Ref};
use crate::validate::names::has_word;
use crate::validate::resolve::{Aim, aim, directory, go_aim, is_ambient, same_family, submodule};

/// How sure it is that a use means a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// The name is the same and the receiver is unknown.
    NameOnly,
    /// It comes from a module that may hand it on from anywhere; only its text tells.
    Through,
    /// It comes through a module around the file, which may hand on something else.
    Barrel,
    Sure,
}

/// Whether `usage` means the definition `def` of the file `home`.
pub(super) fn reach(usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
    if !same_family(usage.file.language, home.language) {
        return None;
    }
    match home.language {
        Language::Java => return java::reach(usage, home, def),
        Language::Rust => return rust::reach(usage, home, def),
        _ => {}
    }
    match usage.what {
        _ if def.parents.is_empty() => reach_name(usage, home, &def.name),
        What::Import(..) => None,
        What::Ref(reference, _) => member(usage.file, reference, home, def),
    }
}

/// Whether `usage` means what other files get from `home` under a name.
pub(super) fn reach_name(usage: &Use<'_>, home: &File<'_>, name: &str) -> Option<Reach> {
    match usage.what {
        What::Import(import, imported) => by_import(usage.file, import, imported, home, name),
        What::Ref(reference, _) => top_level(usage.file, reference, home, name),
    }
}

fn by_import(
    file: &File<'_>,
    import: &Import,
    imported: &Imported,
    home: &File<'_>,
    name: &str,
) -> Option<Reach> {
    if imported.name != name {
        return None;
    }
    module_reach(file, &import.module, home)
        .or_else(|| may_hand_on(file.language, &import.module).then_some(Reach::Through))
}

/// Whether a module of the project, which need not stand around a file, may hand on what that defines.
pub(super) fn may_hand_on(language: Language, module: &str) -> bool {
    hands_on(language) && module.starts_with('.')
}

fn module_reach(file: &File<'_>, module: &str, home: &File<'_>) -> Option<Reach> {
    Some(match aims(file, module, home)? {
        Aim::File => Reach::Sure,
        Aim::Barrel => Reach::Barrel,
    })
}

/// Whether the module `module`, written in `file`, means the file `target`.
pub(super) fn aims(file: &File<'_>, module: &str, target: &File<'_>) -> Option<Aim> {
    match file.language {
        Language::Rust => rust::aim(file, module, None, target),
        Language::Go => {
            let package = target.package();
            go_aim(module, &target.name, package.as_deref())
        }
        language => aim(language, &file.name, module, &target.name),
    }
}

/// Where a bare or module-qualified name comes from.
fn top_level(file: &File<'_>, reference: &Ref, home: &File<'_>, name: &str) -> Option<Reach> {
    let model = &file.new.as_ref()?.model;
    match &reference.receiver {
        Receiver::None if is_of_namespace(model, reference) => None,
        Receiver::None if !has_own_import(model, reference) => bare(file, model, &reference.name, home, name),
        Receiver::None => inner_import(model, reference)
            .and_then(|(import, imported)| by_import(file, import, imported, home, name)),
        Receiver::Name(qualifier) if reference.name == name => qualified(file, model, qualifier, home),
        _ => None,
    }
}

/// Where the bare name `local` of a file comes from, if it can be the top-level `name` of `home`.
fn bare(file: &File<'_>, model: &FileModel, local: &str, home: &File<'_>, name: &str) -> Option<Reach> {
    if let Some((import, imported)) = import_of(model, local) {
        return by_import(file, import, imported, home, name).filter(|_| !is_set_anew(file, model, local));
    }
    if local != name || is_ambient(file.language, name) {
        return None;
    }
    if file.path == home.path {
        return Some(Reach::Sure);
    }
    if model.defs.iter().any(|def| def.parents.is_empty() && def.name == local) {
        return None;
    }
    if is_same_package(file, home) {
        return Some(Reach::Sure);
    }
    let mut globs = model.imports.iter().filter(|import| import.glob);
    globs.find_map(|import| module_reach(file, &import.module, home)).map(|_| Reach::Barrel)
}

/// The import of the function around a use that binds its name there, whatever the file imports.
fn inner_import<'m>(model: &'m FileModel, used: &Ref) -> Option<(&'m Import, &'m Imported)> {
    let mut inner =
        model.imports.iter().filter(|import| import.within.is_some() && import.within == used.within);
    inner.find_map(|import| Some((import, import.names.iter().find(|name| name.local == used.name)?)))
}

/// Whether a namespace around a use in a script states the name itself.
fn is_of_namespace(model: &FileModel, used: &Ref) -> bool {
    let around = model.modules_around(used.within);
    let states = |def: &Def| {
        let parents = &def.parents;
        def.name == used.name
            && !parents.is_empty()
            && !def.is_member()
            && around.len() >= parents.len()
            && parents.iter().zip(&around).all(|(own, outer)| own == outer)
    };
    !around.is_empty() && model.defs.iter().any(states)
}

fn has_own_import(model: &FileModel, used: &Ref) -> bool {
    inner_import(model, used).is_some()
}

fn is_same_package(file: &File<'_>, home: &File<'_>) -> bool {
    // The tests of a Go package may be one of their own, in the same directory.
    let package =
        |file: &File<'_>| file.new.as_ref().or(file.old.as_ref()).map(|side| side.model.package.clone());
    file.language == Language::Go
        && directory(&file.name) == directory(&home.name)
        && package(file) == package(home)
}

/// The import that binds a local name.
pub(super) fn import_of<'m>(model: &'m FileModel, local: &str) -> Option<(&'m Import, &'m Imported)> {
    let named =
        |import: &'m Import| import.names.iter().find(|name| name.local == local).map(|name| (import, name));
    model.imports.iter().find_map(named)
}

/// Whether the qualifier of a name stands for the module of `home`.
fn qualified(file: &File<'_>, model: &FileModel, qualifier: &str, home: &File<'_>) -> Option<Reach> {
    if is_set_anew(file, model, qualifier) {
        return None;
    }
    let module = match import_of(model, qualifier) {
        Some((import, imported)) if imported.name.is_empty() => Some(import.module.clone()),
        Some((import, imported)) => submodule(file.language, &import.module, &imported.name),
        None if model.imports.iter().any(|import| import.module == qualifier) => Some(qualifier.to_owned()),
        None => None,
    };
    // A package re-exports what it likes, so only the module itself is sure.
    module_reach(file, &module?, home).filter(|reach| *reach == Reach::Sure)
}

/// Whether a Python file gives a name that it imports something else to stand for.
fn is_set_anew(file: &File<'_>, model: &FileModel, local: &str) -> bool {
    let sets = |def: &Def| def.parents.is_empty() && def.name == local;
    file.language == Language::Python && model.defs.iter().any(sets)
}

/// Whether the receiver of a member is the type that declares it.
fn member(file: &File<'_>, reference: &Ref, home: &File<'_>, def: &Def) -> Option<Reach> {
    if reference.name != def.name {
        return None;
    }
    let model = &file.new.as_ref()?.model;
    let owns = |name: &str| def.parents.iter().any(|parent| parent == name);
    let owner = |name: &str| {
        def.parents.iter().filter_map(|parent| type_reach(file, model, name, home, parent)).max()
    };
    match &reference.receiver {
        Receiver::Typed(name) => owner(name).or_else(|| {
            is_promoted(file, model, name, def, |above| owner(above).is_some()).then_some(Reach::Sure)
        }),
        Receiver::Name(name) if owner(name).is_some() => owner(name),
        Receiver::This => {
            let class = enclosing_type(model, reference)?;
            let own = |name: &str| {
                model.defs.iter().any(|def| def.name == name && def.parents.last() == Some(&class.name))
            };
            let is_above = calls_above(file, reference);
            if file.path == home.path && owns(&class.name) && !is_above {
                return Some(Reach::Sure);
            }
            let above = class.supers.iter().filter_map(|parent| owner(parent)).max();
            match reference.name.as_str() {
                // A constructor calls the one above its own, whose type only one tells.
                "constructor" | "__init__" => above.filter(|_| class.supers.len() == 1),
                _ if is_above => above.filter(|_| class.supers.len() == 1),
                _ => above.filter(|_| !own(&def.name)),
            }
        }
        Receiver::Name(name) if import_of(model, name).is_some() => None,
        Receiver::Name(_) | Receiver::Other => Some(Reach::NameOnly),
        Receiver::None => None,
    }
}

/// Whether a use says `super`, and so means no member of the type that it stands in.
fn calls_above(file: &File<'_>, reference: &Ref) -> bool {
    let before = file.new.as_ref().and_then(|new| new.text.get(..reference.span.start)).unwrap_or_default();
    let on = before.strip_suffix('.').unwrap_or_default();
    let on = on.strip_suffix(')').and_then(|call| call.rsplit_once('(')).map_or(on, |(called, _)| called);
    on.strip_suffix("super")
        .is_some_and(|rest| !rest.ends_with(|char: char| char.is_alphanumeric() || char == '_'))
}

/// How surely `name`, as written in `file`, is the type `owner` of `home`.
fn type_reach(file: &File<'_>, model: &FileModel, name: &str, home: &File<'_>, owner: &str) -> Option<Reach> {
    if names_type(file, model, name, home, owner) {
        return Some(Reach::Sure);
    }
    // Only these languages have files that hand on what others define.
    let is_plain = !name.contains("::") && !name.contains('.');
    bare(file, model, name, home, owner).filter(|_| is_plain && hands_on(file.language))
}

/// Whether a module of the language hands on names of others, and a finding can follow that.
pub(super) fn hands_on(language: Language) -> bool {
    matches!(language, Language::TypeScript | Language::Tsx | Language::JavaScript | Language::Python)
}

/// Whether a Go type of the file has the member from a type that it embeds.
fn is_promoted(
    file: &File<'_>,
    model: &FileModel,
    name: &str,
    def: &Def,
    is_owner: impl Fn(&str) -> bool,
) -> bool {
    let own = |other: &Def| other.name == def.name && other.parents.last().is_some_and(|owner| owner == name);
    let mut types = model.defs.iter().filter(|other| other.kind.is_type() && other.name == name);
    file.language == Language::Go
        && !model.defs.iter().any(own)
        && types.any(|of| of.supers.iter().any(|above| is_owner(above)))
}

/// Whether `name`, as written in `file`, is the type `owner` of `home`.
pub(super) fn names_type(
    file: &File<'_>,
    model: &FileModel,
    name: &str,
    home: &File<'_>,
    owner: &str,
) -> bool {
    let reach = match name.rsplit_once('.') {
        Some((qualifier, last)) if last == owner => qualified(file, model, qualifier, home),
        Some(_) => None,
        None => bare(file, model, name, home, owner),
    };
    reach == Some(Reach::Sure) || (name == owner && is_written_qualified(file, model, home, owner))
}

/// Whether the file says `module.Type` of a module that it imports whole; the model keeps the last
/// part of a type's name only.
fn is_written_qualified(file: &File<'_>, model: &FileModel, home: &File<'_>, owner: &str) -> bool {
    let text = file.new.as_ref().map_or("", |new| new.text);
    let locals = model.imports.iter().flat_map(|import| &import.names).map(|name| name.local.as_str());
    // `import a.b` binds no name of its own.
    let modules = model.imports.iter().map(|import| import.module.as_str());
    let mut written = locals.chain(modules).filter(|module| has_word(text, &format!("{module}.{owner}")));
    written.any(|module| qualified(file, model, module, home) == Some(Reach::Sure))
}

/// The type around a use.
pub(super) fn enclosing_type<'m>(model: &'m FileModel, reference: &Ref) -> Option<&'m Def> {
    let around = model.defs.get(reference.within?)?;
    if around.kind.is_type() {
        return Some(around);
    }
    let owner = around.parents.last()?;
    model.defs.iter().find(|def| def.kind.is_type() && def.name == *owner)
}
