//! What a branch changed that others may have new uses of, and which part of it a use is made of.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use super::super::packages::package_of;
use super::super::types::{Type, Types};
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Value};
use crate::validate::rules::View;
use crate::validate::rules::reach::import_of;
use crate::validate::rules::tree::{At, Home};

/// A declaration as it was, and how it reads now.
#[derive(Clone)]
pub(super) struct Cause<'a> {
    pub(super) file: &'a File<'a>,
    pub(super) old: &'a Def,
    pub(super) head: &'a str,
    pub(super) line: u32,
}

/// What is known of the values of a file.
pub(super) type Known<'a> = RefCell<HashMap<Value, Option<Cause<'a>>>>;

/// All that a branch changed of Go declarations, by their names.
pub(super) struct Causes<'a> {
    pub(super) branch: usize,
    by_name: HashMap<&'a str, Vec<Cause<'a>>>,
    /// The packages that have a type among them, so that there things of other names may be meant.
    of_types: BTreeSet<String>,
}

impl<'a> Causes<'a> {
    pub(super) fn of(view: &View<'a>, branch: usize) -> Self {
        let mut by_name: HashMap<&str, Vec<Cause<'_>>> = HashMap::new();
        let files = view.branches[branch].files.iter().filter(|file| file.language == Language::Go);
        for cause in files.flat_map(causes_in) {
            by_name.entry(&cause.old.name).or_default().push(cause);
        }
        let types = by_name.values().flatten().filter(|cause| cause.old.kind.is_type());
        let of_types = types.map(|cause| cause.file.directory().to_owned()).collect();
        Self { branch, by_name, of_types }
    }

    /// Whether a file belongs to a package of which a type was changed, or imports one: values of such a type
    /// may have any name there.
    pub(super) fn have_types_for(&self, file: &File<'_>) -> bool {
        let imports = || file.new.iter().flat_map(|new| &new.model.imports);
        let is_of = |module: &str| {
            package_of(file.world, &file.name, module).is_some_and(|package| self.of_types.contains(&package))
        };
        self.of_types.contains(file.directory()) || imports().any(|import| is_of(&import.module))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Whether values name what was changed.
    pub(super) fn may_touch(&self, values: &[Value]) -> bool {
        values.iter().any(|value| self.is_named_in(value))
    }

    fn is_named_in(&self, value: &Value) -> bool {
        match value {
            Value::Name(name) => self.by_name.contains_key(name.as_str()),
            Value::Of(text) => {
                let mut words = text.split(|char: char| !char.is_alphanumeric() && char != '_');
                words.any(|word| self.by_name.contains_key(word))
            }
            Value::Field(on, name) | Value::Call(Some(on), name, _) => {
                self.by_name.contains_key(name.as_str()) || self.is_named_in(on)
            }
            Value::Either(all) | Value::Joined(all) => all.iter().any(|one| self.is_named_in(one)),
            other => other.from().is_some_and(|from| self.is_named_in(from)),
        }
    }

    /// The change that values of a file have a part of. What is said of one stands for all that are like it.
    pub(super) fn behind(
        &self,
        (types, has_types): (&Types<'_, '_>, bool),
        at: &At,
        values: &[Value],
        known: &Known<'a>,
    ) -> Option<Cause<'a>> {
        values.iter().find_map(|value| {
            if let Some(cause) = known.borrow().get(value) {
                return cause.clone();
            }
            let cause = self.behind_one((types, has_types), at, value);
            known.borrow_mut().insert(value.clone(), cause.clone());
            cause
        })
    }

    fn behind_one(
        &self,
        (types, has_types): (&Types<'_, '_>, bool),
        at: &At,
        value: &Value,
    ) -> Option<Cause<'a>> {
        let parts = parts(value);
        let mut named = parts.iter().filter_map(|part| self.at(&types.declared(at, part)?));
        let mut of_type = parts.iter().filter(|_| has_types);
        named.next().or_else(|| of_type.find_map(|part| self.of_types(types, at, part).into_iter().next()))
    }

    fn of_types(&self, types: &Types<'_, '_>, at: &At, part: &Value) -> Vec<Cause<'a>> {
        let mut homes = Vec::new();
        collect(types, &types.value(at, part), &mut homes);
        if let Some(function) = types.function(at, part) {
            let params = function.def().sig.iter().flat_map(|sig| &sig.params);
            for param in params {
                collect(types, &types.stated(&function.inside(), &param.written), &mut homes);
            }
        }
        homes.iter().filter(|home| home.def().kind.is_type()).filter_map(|home| self.at(home)).collect()
    }

    fn at(&self, home: &Home) -> Option<Cause<'a>> {
        let named = self.by_name.get(home.def().name.as_str())?;
        named
            .iter()
            .find(|cause| *cause.file.path == home.file.0 && cause.old.is_named_as(home.def()))
            .cloned()
    }
}

/// The types of the project that a type is made of.
fn collect(types: &Types<'_, '_>, ty: &Type, homes: &mut Vec<Home>) {
    match ty {
        Type::Project(home) if homes.len() < 16 && !homes.iter().any(|other| other.is(home)) => {
            homes.push(home.clone());
            for above in home.def().supers.iter().filter_map(|above| types.embedded(home, above)) {
                collect(types, &Type::Project(above), homes);
            }
        }
        Type::Pointer(of) | Type::Embedded(of) | Type::List(of) | Type::Channel(of, _) => {
            collect(types, of, homes);
        }
        Type::Map(key, of) => {
            collect(types, key, homes);
            collect(types, of, homes);
        }
        Type::Several(all) => all.iter().for_each(|one| collect(types, one, homes)),
        Type::Function(Some(shape)) => {
            shape.takes.iter().chain(&shape.gives).for_each(|one| collect(types, one, homes));
        }
        _ => {}
    }
}

/// A value and all that it is made of.
fn parts(value: &Value) -> Vec<&Value> {
    let mut parts = vec![value];
    match value {
        Value::Either(all) | Value::Joined(all) => parts.extend(all.iter().flat_map(self::parts)),
        other => parts.extend(other.from().into_iter().flat_map(self::parts)),
    }
    parts
}

/// The declarations that a branch made something else of where they stand.
fn causes_in<'a>(file: &'a File<'a>) -> Vec<Cause<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let (old, new): (&'a FileModel, &'a FileModel) = (&old.model, &new.model);
    let pairs = file.change.edited.iter().map(|(before, after)| (&old.defs[*before], &new.defs[*after]));
    let pairs: Vec<(&Def, &Def)> =
        pairs.filter(|(old, new)| !old.flags.is_test && is_other(old, new)).collect();
    let mut causes: Vec<Cause<'a>> =
        pairs.iter().map(|(old, new)| Cause { file, old, head: &new.head, line: new.line }).collect();
    // A type is another one with other members.
    let members = |model: &'a FileModel, all: &[usize]| -> BTreeSet<&'a str> {
        let owners = all.iter().filter_map(|idx| model.defs[*idx].parents.last());
        owners.map(String::as_str).collect()
    };
    let edited = pairs.iter().filter_map(|(old, _)| old.parents.last().map(String::as_str));
    let owners =
        members(old, &file.change.gone).into_iter().chain(members(new, &file.change.added)).chain(edited);
    let owners: BTreeSet<&str> = owners.collect();
    for owner in owners {
        let is_it = |def: &&Def| def.kind.is_type() && def.name == owner && def.parents.is_empty();
        let (Some(before), Some(after)) = (old.defs.iter().find(is_it), new.defs.iter().find(is_it)) else {
            continue;
        };
        if !causes.iter().any(|cause| std::ptr::eq(cause.old, before)) {
            causes.push(Cause { file, old: before, head: &after.head, line: after.line });
        }
    }
    causes
}

/// Whether a declaration says something else of what its name stands for.
fn is_other(old: &Def, new: &Def) -> bool {
    let sig = |def: &Def| {
        let sig = def.sig.iter().flat_map(|sig| sig.params.clone());
        sig.map(|param| (param.written, param.variadic)).collect::<Vec<_>>()
    };
    old.kind != new.kind
        || old.ty != new.ty
        || old.flags != new.flags
        || sig(old) != sig(new)
        || old.supers != new.supers
        || old.kind.is_type() && old.head != new.head
        || new.kind == Kind::Method && old.head != new.head
}

impl Types<'_, '_> {
    /// The declaration that the last name of a value means.
    pub(super) fn declared(&self, at: &At, value: &Value) -> Option<Home> {
        match value {
            Value::Name(name) => self.own(at, name),
            Value::Of(text) => match self.stated(at, text.trim_start_matches(['*', '?', '[', ']'])) {
                Type::Project(home) => Some(home),
                _ => None,
            },
            Value::Field(of, name) | Value::Call(Some(of), name, _) => {
                if let Value::Name(local) = &**of {
                    if name.is_empty() {
                        return self.own(at, local);
                    }
                    if import_of(&at.file.1, local).is_some() {
                        return self.in_package(&self.imported(at, local)?, name);
                    }
                }
                match self.member(&self.asked_of(at, of), name) {
                    super::super::members::Member::Stated(home) => Some(home),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
