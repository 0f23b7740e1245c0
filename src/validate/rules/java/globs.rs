//! Names that a Java file takes from an import of everything, or from its own package, which
//! another branch takes away.

use std::collections::BTreeSet;

use crate::validate::load::{File, Side};
use crate::validate::model::{FileModel, Ref, RefKind};
use crate::validate::rules::View;
use crate::validate::rules::java::types::{Found, Home, Stated, Types, library};
use crate::validate::rules::java::{Source, around, source_of};
use crate::validate::rules::reach::import_of;

/// A use that the merge cannot resolve, and what brought its name.
pub(in crate::validate::rules) struct Orphan<'u> {
    pub(in crate::validate::rules) reference: &'u Ref,
    /// A package or a type.
    pub(in crate::validate::rules) module: String,
    /// The package that the file was in until the dropper moved it.
    pub(in crate::validate::rules) was_own: bool,
    /// A member of a type.
    pub(in crate::validate::rules) is_static: bool,
}

/// The uses of `user` whose names came from what `dropper` no longer imports whole; `merged` is the
/// merge of both, and the old version is common.
pub(in crate::validate::rules) fn orphans<'u>(
    view: &View<'_>,
    (dropper, dropped): (usize, &File<'_>),
    (user, used): (usize, &'u File<'u>),
    merged: &Side<'_>,
) -> Vec<Orphan<'u>> {
    let (Some(old), Some(new)) = (dropped.before(), &dropped.new) else { return Vec::new() };
    // Imports that could not be read are not dropped.
    let first = new.model.defs.iter().map(|def| def.span.start).min().unwrap_or(usize::MAX);
    if new.model.broken.iter().any(|broken| broken.start < first) {
        return Vec::new();
    }
    let lost = lost_modules(&old.model, &new.model);
    let Some(source) = source_of(used).filter(|_| !lost.is_empty()) else { return Vec::new() };
    let own = Types::of(view, user);
    let both = Types::merged(view, user, dropper);
    let there = Source { path: used.path.clone(), model: merged.model.clone() };
    let search = Search { view, lost: &lost, source: &source, there: &there, own, both };
    let mut seen = BTreeSet::new();
    let references = used.change.uses.iter().map(|added| &source_refs(used)[added.reference]);
    references
        .filter(|reference| seen.insert((reference.name.as_str(), reference.kind == RefKind::Call)))
        .filter(|reference| !binds(&new.model, &reference.name))
        .filter_map(|reference| {
            let module = search.lost_source(reference)?;
            let is_static = reference.kind == RefKind::Call || is_constant(&reference.name);
            let was_own = module == old.model.package;
            Some(Orphan { reference, module, was_own, is_static })
        })
        .collect()
}

fn source_refs<'u>(used: &'u File<'u>) -> &'u [Ref] {
    used.new.as_ref().map_or(&[], |new| &new.model.refs)
}

/// What the old version of a file imports whole and the new one does not.
fn lost_modules(old: &FileModel, new: &FileModel) -> Vec<String> {
    let globs = |model: &FileModel| -> BTreeSet<String> {
        let globs = model.imports.iter().filter(|import| import.glob).map(|import| import.module.clone());
        globs.chain([model.package.clone()]).filter(|module| !module.is_empty()).collect()
    };
    globs(old).difference(&globs(new)).cloned().collect()
}

/// Whether a file has a bare name from somewhere, since it uses it.
fn binds(model: &FileModel, name: &str) -> bool {
    let bare = |reference: &Ref| {
        reference.name == name && reference.receiver == crate::validate::model::Receiver::None
    };
    import_of(model, name).is_some() || model.refs.iter().any(bare)
}

struct Search<'s, 'v, 'a> {
    view: &'s View<'a>,
    lost: &'s [String],
    /// The file as its user left it.
    source: &'s Source,
    /// The file in the merge.
    there: &'s Source,
    own: Types<'v, 'a>,
    both: Types<'v, 'a>,
}

impl Search<'_, '_, '_> {
    /// Where a bare name comes from, if the merge lacks just that.
    fn lost_source(&self, reference: &Ref) -> Option<String> {
        let bare = reference.receiver == crate::validate::model::Receiver::None;
        let left = self.there.model.refs.iter().any(|other| {
            other.name == reference.name
                && other.kind == reference.kind
                && other.receiver == reference.receiver
        });
        if !bare || !left || import_of(&self.there.model, &reference.name).is_some() {
            return None;
        }
        match reference.kind {
            RefKind::Call => {
                self.static_member(reference, reference.args.as_ref().map(|args| args.positional))
            }
            RefKind::Type | RefKind::Construct | RefKind::Extends => self.type_name(reference),
            RefKind::Read if is_constant(&reference.name) => self.static_member(reference, None),
            RefKind::Read if reference.name.starts_with(char::is_uppercase) => self.type_name(reference),
            _ => None,
        }
    }

    fn type_name(&self, reference: &Ref) -> Option<String> {
        let around = around(&self.source.model, reference);
        let name = &reference.name;
        match self.own.named(self.source, &around, name) {
            Some(Found::Project(home)) => {
                let module = module_of(&home);
                let lost = self.lost.contains(&module);
                (lost && self.both.named(self.there, &around, name).is_none()).then_some(module)
            }
            Some(Found::Foreign(full)) if self.lost.iter().any(|lost| full == format!("{lost}.{name}")) => {
                self.foreign_type(reference, &around)
            }
            Some(Found::Foreign(_)) => None,
            None => self.foreign_type(reference, &around),
        }
    }

    /// A type that the project does not define comes from the only module that can bring it.
    fn foreign_type(&self, reference: &Ref, around: &[String]) -> Option<String> {
        let name = &reference.name;
        if let Some(module) = self.lost.iter().find(|module| library::has_type(module, name)) {
            return (!self.brings_standard(name)).then(|| module.clone());
        }
        let packages = |model: &FileModel| -> Vec<String> {
            let globs = model.imports.iter().filter(|import| import.glob).map(|import| import.module.clone());
            globs.filter(|module| !names_type(module)).collect()
        };
        let kept = packages(&self.there.model);
        let lost: Vec<&String> =
            self.lost.iter().filter(|module| packages(&self.source.model).contains(module)).collect();
        let [only] = lost.as_slice() else { return None };
        let inherits = (1..=around.len()).any(|length| {
            self.own.at(self.source, &around[..length]).is_none_or(|class| !self.own.all_above(&class).1)
        });
        let is_known =
            self.view.paths_defining(name).next().is_some() || self.view.is_defined_elsewhere(name);
        (kept.is_empty() && !inherits && !is_known).then(|| (*only).clone())
    }

    fn brings_standard(&self, name: &str) -> bool {
        let mut globs = self.there.model.imports.iter().filter(|import| import.glob);
        globs.any(|import| library::has_type(&import.module, name))
    }

    /// A method or constant of a type that is imported whole.
    fn static_member(&self, reference: &Ref, call: Option<usize>) -> Option<String> {
        let around = around(&self.source.model, reference);
        if reference.on != crate::validate::model::Value::Unknown {
            return None;
        }
        let classes = (1..=around.len()).map(|length| self.own.at(self.source, &around[..length]));
        let mut known = true;
        for class in classes {
            match class.map(|class| self.own.member(&class, &reference.name, call)) {
                Some(Stated::In { .. }) => return None,
                Some(Stated::Nowhere) => {}
                Some(Stated::Unknown) | None => known = false,
            }
        }
        let lost: Vec<&String> = self.lost.iter().filter(|module| names_type(module)).collect();
        let states = |module: &str| {
            let class = self.own.named(self.source, &[], module);
            match class {
                Some(Found::Project(class)) => {
                    Some(matches!(self.own.member(&class, &reference.name, call), Stated::In { .. }))
                }
                _ => None,
            }
        };
        if let Some(module) = lost.iter().find(|module| states(module) == Some(true)) {
            return Some((*module).clone());
        }
        let mut kept =
            self.there.model.imports.iter().filter(|import| import.glob && names_type(&import.module));
        let kept = kept.any(|import| states(&import.module) != Some(false));
        let [only] = lost.as_slice() else { return None };
        (known && !kept && states(only).is_none()).then(|| (*only).clone())
    }
}

/// The package of a type and the types around it, as an import names them.
fn module_of(home: &Home) -> String {
    let package = Some(home.source.model.package.as_str()).filter(|package| !package.is_empty());
    package.into_iter().chain(home.def().parents.iter().map(String::as_str)).collect::<Vec<_>>().join(".")
}

fn names_type(module: &str) -> bool {
    module.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase))
}

fn is_constant(name: &str) -> bool {
    name.len() > 1 && name.chars().all(|char| char.is_uppercase() || char.is_numeric() || char == '_')
}
