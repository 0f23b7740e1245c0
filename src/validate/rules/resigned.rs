//! Functions whose signatures a branch changed, and where other branches use them.

use std::collections::BTreeMap;

use super::{View, given};
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::{Use, first_in_each_file};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Receiver, Ref, Sig};

/// A function whose set of signatures a branch changed.
pub(super) struct Resigned<'a> {
    pub(super) branch: usize,
    pub(super) file: &'a File<'a>,
    pub(super) old: Vec<&'a Def>,
    pub(super) new: Vec<&'a Def>,
    /// The type, when the function makes one.
    pub(super) makes: Option<&'a Def>,
}

impl<'a> Resigned<'a> {
    /// The names that calls of it have: its own and that of the type it makes. A constructor is
    /// called by its own name where another constructor begins.
    pub(super) fn called_as(&self) -> Vec<&'a str> {
        let own = self.new[0].name.as_str();
        match self.makes {
            Some(owner) if owner.name == own => vec![own],
            Some(owner) => vec![&owner.name, own],
            None => vec![own],
        }
    }

    /// What is found at its uses on other branches: in each file of a branch the first.
    pub(super) fn first_in_each_file(
        &self,
        view: &View<'a>,
        judge: impl Fn(&Use<'a>) -> Option<Finding>,
    ) -> Vec<Finding> {
        let names = self.called_as().into_iter();
        first_in_each_file(names.flat_map(|name| view.index.uses_elsewhere(self.branch, name)), judge)
    }

    /// Whether no function had the signature before.
    pub(super) fn is_fresh(&self, def: &Def) -> bool {
        self.old.iter().all(|old| old.sig != def.sig)
    }

    /// What a call has to reach. A type may be imported under another name.
    pub(super) fn target(&self, called: &str) -> &'a Def {
        let own = &self.old[0];
        self.makes.filter(|owner| owner.name == called || own.name != called).unwrap_or(own)
    }
}

pub(super) fn resigned<'a>(branch: usize, file: &'a File<'a>) -> Vec<Resigned<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let after = by_path(&new.model);
    let mut all = Vec::new();
    for (path, old_defs) in by_path(&old.model) {
        let Some(new_defs) = after.get(&path) else { continue };
        let on_values = |defs: &[&Def]| defs.iter().map(|def| def.flags.is_static).collect::<Vec<_>>();
        let same_receiver = file.language != Language::Rust || on_values(&old_defs) == on_values(new_defs);
        if same_receiver && sigs(&old_defs) == sigs(new_defs) {
            continue;
        }
        let is_wrapped = file.language == Language::Python
            && old_defs.iter().zip(new_defs).any(|(old, new)| given::is_wrapped_anew(file, (old, new)));
        if is_wrapped {
            continue;
        }
        let makes = owner_made(&old.model, old_defs[0]);
        if file.language == Language::Python && makes.is_some_and(|makes| given::is_made_anew(file, makes)) {
            continue;
        }
        all.push(Resigned { branch, file, old: old_defs, new: new_defs.clone(), makes });
    }
    all
}

pub(super) fn by_path(model: &FileModel) -> BTreeMap<String, Vec<&Def>> {
    let mut paths: BTreeMap<String, Vec<&Def>> = BTreeMap::new();
    for def in model.defs.iter().filter(|def| is_function(def)) {
        paths.entry(def.path()).or_default().push(def);
    }
    paths
}

/// The functions of a file that have the path of one.
pub(super) fn named_as<'a>(model: &'a FileModel, def: &'a Def) -> Vec<&'a Def> {
    model.named_as(def).map(|(_, def)| def).filter(|def| is_function(def)).collect()
}

fn is_function(def: &Def) -> bool {
    def.sig.is_some() && !def.flags.is_test
}

pub(super) fn sigs<'a>(defs: &[&'a Def]) -> Vec<&'a Sig> {
    defs.iter().filter_map(|def| def.sig.as_ref()).collect()
}

/// The type that a constructor makes; one that is made by passing its fields is its own.
pub(super) fn owner_made<'a>(model: &'a FileModel, def: &'a Def) -> Option<&'a Def> {
    if def.kind == Kind::Class {
        return Some(def);
    }
    let is_constructor = def.kind == Kind::Method && matches!(def.name.as_str(), "constructor" | "__init__");
    let owner = def.parents.last().filter(|_| is_constructor)?;
    model.defs.iter().find(|def| def.kind.is_type() && def.name == *owner)
}

/// Whether the call names the type and passes the receiver as its first argument.
pub(super) fn passes_receiver(resigned: &Resigned<'_>, reference: &Ref) -> bool {
    let explicit = resigned.file.language != Language::Java && !resigned.old[0].flags.is_static;
    explicit && names_owner(resigned, reference)
}

/// Whether a call names the type that has the function.
pub(super) fn names_owner(resigned: &Resigned<'_>, reference: &Ref) -> bool {
    let owner = resigned.old[0].parents.last().filter(|_| resigned.makes.is_none());
    let Receiver::Name(name) = &reference.receiver else { return false };
    let path = owner.and_then(|owner| name.strip_suffix(owner.as_str()));
    path.is_some_and(|path| path.is_empty() || path.ends_with(['.', ':']))
}
