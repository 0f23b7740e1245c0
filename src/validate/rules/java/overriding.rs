//! One branch changes what a Java method gives back or may throw; another adds a method that takes its
//! place and still says what it was.

use std::collections::HashMap;

use super::thrown::{covers, declared, is_checked};
use super::types::{Found, PRIMITIVES, Source, Types};
use super::{assignable, params};
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::Use;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Ty};
use crate::validate::rules::changed::{Changed, overrides_wrongly, overriding};
use crate::validate::rules::{Rule, View, signature_changed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Java) {
        for changed in changed(branch, file) {
            let mut uses = view.index.uses_elsewhere(branch, &changed.old.name);
            findings.extend(uses.find_map(|usage| {
                let own = overriding(usage)?;
                let why = refused(view, &changed, usage, own)?;
                Some(overrides_wrongly(view, &changed, (usage, own), ("override", &why)))
            }));
        }
    }
}

/// The methods that take the same and give back or throw something else.
fn changed<'a>(branch: usize, file: &'a File<'a>) -> Vec<Changed<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let before = by_form(&old.model);
    let pairs = by_form(&new.model).into_iter().filter_map(|(form, new)| Some((*before.get(&form)?, new)));
    let pairs = pairs.filter(|(old, new)| !says_the_same(old, new));
    let mut all: Vec<_> = pairs.map(|(old, new)| Changed { branch, file, old, new }).collect();
    all.sort_by_key(|changed| changed.new.line);
    all
}

/// Whether two methods take, give back and throw the same.
fn says_the_same(one: &Def, other: &Def) -> bool {
    params(one) == params(other) && one.ty == other.ty && one.fails == other.fails
}

/// The methods by what one takes the place of: their path and what they take.
fn by_form(model: &FileModel) -> HashMap<(&[String], &str, Vec<&Ty>), &Def> {
    let methods = model.defs.iter().filter(|def| def.kind == Kind::Method && def.name != "constructor");
    methods.map(|def| ((def.parents.as_slice(), def.name.as_str(), params(def)), def)).collect()
}

/// What the compiler minds of a method that takes the place of a changed one.
fn refused(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, own: &Def) -> Option<String> {
    if params(own) != params(changed.new) {
        return None;
    }
    let types = (Types::of(view, usage.branch), Types::merged(view, usage.branch, changed.branch));
    let both = Both {
        home: (
            Source { path: changed.file.path.clone(), model: changed.file.old.as_ref()?.model.clone() },
            Source { path: changed.file.path.clone(), model: changed.file.new.as_ref()?.model.clone() },
        ),
        users: (types.0.source(usage.file)?, types.1.source(usage.file)?),
        types,
    };
    let why = both.other_result(changed, own).or_else(|| both.thrown(changed, own))?;
    let holds = view.means(usage, changed.file, changed.old)
        && changed.is_as_it_was(view, usage, |def| says_the_same(def, changed.old))
        && changed.is_left(view, usage, own, |there| says_the_same(there, own));
    holds.then_some(why)
}

/// The types before and in the merge.
struct Both<'v, 'a> {
    home: (Source, Source),
    users: (Source, Source),
    types: (Types<'v, 'a>, Types<'v, 'a>),
}

impl Both<'_, '_> {
    /// The result of a method, which the changed one cannot give back.
    fn other_result(&self, changed: &Changed<'_>, own: &Def) -> Option<String> {
        let (was, is) = (&changed.old.ty, &changed.new.ty);
        if was == is || own.ty == *is || [was, is, &own.ty].iter().any(|ty| ty.is_empty()) {
            return None;
        }
        let is_plain = |ty: &String| PRIMITIVES.contains(&ty.as_str());
        let refused = match is_plain(&own.ty) || is_plain(is) {
            true => own.ty == *was,
            false => {
                let fits = |types: &Types<'_, '_>, user: &Source, home: &Source, def: &Def| {
                    let from = types.named(user, &own.parents, &own.ty)?;
                    assignable(types, &from, &types.named(home, &def.parents, &def.ty)?)
                };
                fits(&self.types.0, &self.users.0, &self.home.0, changed.old) != Some(false)
                    && fits(&self.types.1, &self.users.1, &self.home.1, changed.new) == Some(false)
            }
        };
        refused.then(|| format!("gives back `{}`", own.ty))
    }

    /// A checked exception that a method declares and the changed one no longer does.
    fn thrown(&self, changed: &Changed<'_>, own: &Def) -> Option<String> {
        let (types, home) = (&self.types.1, &self.home.1);
        let covered = |thrown: &Found, by: &Def| {
            let named = |name: &String| types.named(home, &by.parents, name);
            declared(&by.fails).iter().any(|name| covers(types, thrown, named(name)))
        };
        let mut names = declared(&own.fails).iter();
        let name = names.find(|name| {
            types.named(&self.users.1, &own.parents, name).is_some_and(|thrown| {
                is_checked(types, &thrown) && covered(&thrown, changed.old) && !covered(&thrown, changed.new)
            })
        })?;
        Some(format!("may throw `{name}`"))
    }
}
