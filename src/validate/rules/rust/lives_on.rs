//! Whether a member that a Rust type lost is there all the same.

use std::collections::BTreeSet;

use super::library::{PRELUDE, PRIMITIVES};
use super::made;
use crate::model::RepoPath;
use crate::validate::index::Gone;
use crate::validate::load::Side;
use crate::validate::model::{Def, FileModel, Impl, Kind, Receiver, Ref, RefKind};
use crate::validate::names::{find_words, has_word};
use crate::validate::rules::View;
use crate::validate::rules::reach::import_of;

/// Whether a lost member may still be there: from a trait, or from what its type dereferences to.
pub(in crate::validate::rules) fn may_live_on<'a>(view: &View<'a>, gone: &Gone<'a>) -> bool {
    let def = gone.def;
    let Some(owner) = def.parents.get(def.n_modules) else { return false };
    let new = gone.file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
    let mut types = new.iter().filter(|def| def.kind.is_type() && def.name == *owner);
    // The name of the type may stand for another one now.
    let elsewhere = |def: &Def| def.kind == Kind::Alias || def.supers.iter().any(|above| above == "Deref");
    let imports = |new: &Side<'_>| {
        let mut here = new.model.imports.iter();
        here.any(|import| {
            new.model.modules_around(import.within) == def.modules()
                && import.names.iter().any(|name| name.local == *owner)
        })
    };
    let made = || {
        gone.file.old.as_ref().zip(gone.file.new.as_ref()).is_some_and(|sides| made::is_made(sides, owner))
    };
    if gone.file.new.as_ref().is_some_and(imports) || types.any(elsewhere) || made() {
        return true;
    }
    if def.kind != Kind::Method {
        return false;
    }
    STD_METHODS.contains(&def.name.as_str()) || Giving { view, gone, owner }.gives()
}

/// Methods of the standard library's traits, which a derive or a blanket `impl` may bring.
const STD_METHODS: [&str; 27] = [
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "clone",
    "cmp",
    "default",
    "deref",
    "description",
    "drop",
    "eq",
    "fmt",
    "from",
    "from_iter",
    "from_str",
    "hash",
    "index",
    "into",
    "into_iter",
    "ne",
    "partial_cmp",
    "source",
    "to_owned",
    "to_string",
    "try_from",
    "try_into",
    "type_id",
];

/// The search for a trait that gives a type the method that the type itself lost.
struct Giving<'g, 'a> {
    view: &'g View<'a>,
    gone: &'g Gone<'a>,
    owner: &'g str,
}

impl Giving<'_, '_> {
    fn gives(&self) -> bool {
        let name = &self.gone.def.name;
        let Some(unchanged) = self.view.input.unchanged.defining(name) else { return true };
        let models = self.changed().map(|new| &*new.model).chain(unchanged.iter().map(|file| &*file.model));
        let found: Vec<Found<'_>> = models.flat_map(|model| self.found(model)).collect();
        let traits: BTreeSet<&str> = found.iter().filter_map(|found| found.of_trait).collect();
        found.iter().any(|found| found.of_trait.is_none()) || traits.iter().any(|of| self.is_for(of))
    }

    /// The files of the branch that lost the method, as it has them.
    fn changed(&self) -> impl Iterator<Item = &Side<'_>> {
        self.view.branches[self.gone.branch].files.iter().filter_map(|file| file.new.as_ref())
    }

    /// What in a file may be the method.
    fn found<'m>(&self, model: &'m FileModel) -> Vec<Found<'m>> {
        let is_trait = |name: &str| {
            name != self.owner && model.defs.iter().any(|def| def.kind == Kind::Interface && def.name == name)
        };
        let methods = model.defs.iter().filter(|other| other.kind == Kind::Method);
        let same = methods.filter(|other| other.name == self.gone.def.name);
        let found = same.filter_map(|other| match &other.parents[other.n_modules..] {
            [one] if is_trait(one) => Some(Found { of_trait: Some(one) }),
            [of, _] if of == self.owner => Some(Found { of_trait: None }),
            _ => None,
        });
        found.collect()
    }

    /// Whether the type may have what a trait states: one that is for other types alone gives it nothing.
    fn is_for(&self, of: &str) -> bool {
        let unchanged = &self.view.input.unchanged;
        let (Some(holding), Some(macros)) = (unchanged.holding(of), unchanged.holding("macro_rules")) else {
            return true;
        };
        let makes = |path: &RepoPath| macros.iter().any(|file| file.path == *path);
        let text = |path: &RepoPath| {
            let base = unchanged.base(path);
            String::from_utf8_lossy(base.as_ref().map_or(&[][..], |base| &base.bytes)).into_owned()
        };
        let by_change = |new: &Side<'_>| {
            new.text.contains("macro_rules") || self.may_implement(&new.model, || new.text.to_owned(), of)
        };
        self.changed().any(|new| has_word(new.text, of) && by_change(new))
            || holding
                .iter()
                .any(|file| makes(&file.path) || self.may_implement(&file.model, || text(&file.path), of))
    }

    /// Whether a file may implement a trait for the type: by its name, for all types, or by a macro that
    /// is given the trait.
    fn may_implement(&self, model: &FileModel, text: impl Fn() -> String, of: &str) -> bool {
        let is_of = |one: &&Impl| {
            let path = one.of.split('<').next().unwrap_or_default();
            path.rsplit("::").next().is_some_and(|last| last.trim() == of)
        };
        let by_macro =
            |used: &Ref| used.name == *of && used.receiver == Receiver::None && used.kind == RefKind::Read;
        let may_be = |one: &Impl| {
            one.implementor == self.owner
                || !self.is_another(model, &one.implementor)
                    && !is_handed_on(text().get(one.span.clone()).unwrap_or_default(), of)
        };
        model.impls.iter().filter(is_of).any(may_be) || model.refs.iter().any(by_macro)
    }

    /// Whether what a trait is implemented for is surely another type, and no type parameter.
    fn is_another(&self, model: &FileModel, implementor: &str) -> bool {
        // What is no reference is met by no method of a type with a name.
        if implementor.starts_with(['[', '(', '*']) || implementor.starts_with("dyn ") {
            return true;
        }
        let is_name = implementor.chars().all(|char| char.is_alphanumeric() || char == '_');
        let is_declared = model.defs.iter().any(|def| def.kind.is_type() && def.name == *implementor);
        let is_library = PRELUDE.contains(&implementor) || PRIMITIVES.contains(&implementor);
        is_name && (is_declared || is_library || import_of(model, implementor).is_some())
    }
}

/// Whether an `impl` for what refers to a type asks of that type the very trait:
/// `impl<T: Source> Source for &T`.
fn is_handed_on(text: &str, of: &str) -> bool {
    let head = text.split('{').next().unwrap_or_default();
    let is_reference = head.split_once(" for ").is_some_and(|(_, to)| to.trim_start().starts_with('&'));
    is_reference && find_words(head, of).count() > 1
}

/// A method that has the name of the one that is gone.
struct Found<'m> {
    /// The trait that states it; none where it is the type's own by an `impl`.
    of_trait: Option<&'m str>,
}
