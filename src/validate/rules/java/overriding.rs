//! One branch changes what a Java method gives back or may throw; another adds a method that takes its
//! place and still says what it was.

use std::collections::HashMap;

use super::thrown::{covers, declared, is_checked};
use super::types::{Found, PRIMITIVES, Source, Types};
use super::{assignable, params};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Ref, RefKind, Ty};
use crate::validate::rules::{Draft, Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "signature-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Java) {
        for changed in changed(branch, file) {
            let uses = view.index.uses_elsewhere(branch, &changed.old.name);
            let mut refused = uses.filter_map(|usage| {
                let own = overriding(usage)?;
                Some((usage, own, refused(view, &changed, usage, own)?))
            });
            findings
                .extend(refused.next().map(|(usage, own, why)| finding(view, &changed, usage, own, &why)));
        }
    }
}

/// A method that takes the same and gives back or throws something else.
struct Changed<'a> {
    branch: usize,
    file: &'a File<'a>,
    old: &'a Def,
    new: &'a Def,
}

fn changed<'a>(branch: usize, file: &'a File<'a>) -> Vec<Changed<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let before = by_form(&old.model);
    let pairs = by_form(&new.model).into_iter().filter_map(|(form, new)| Some((*before.get(&form)?, new)));
    let differ = |old: &Def, new: &Def| old.ty != new.ty || old.fails != new.fails;
    let pairs = pairs.filter(|(old, new)| differ(old, new));
    let mut all: Vec<_> = pairs.map(|(old, new)| Changed { branch, file, old, new }).collect();
    all.sort_by_key(|changed| changed.new.line);
    all
}

/// The methods by what one takes the place of: their path and what they take.
fn by_form(model: &FileModel) -> HashMap<(&[String], &str, Vec<&Ty>), &Def> {
    let methods = model.defs.iter().filter(|def| def.kind == Kind::Method && def.name != "constructor");
    methods.map(|def| ((def.parents.as_slice(), def.name.as_str(), params(def)), def)).collect()
}

/// The method that a new mark of an override stands on.
fn overriding<'a>(usage: &Use<'a>) -> Option<&'a Def> {
    let What::Ref(reference, _) = usage.what else { return None };
    let model: &'a FileModel = &usage.file.new.as_ref()?.model;
    let is_it = |def: &&Def| stands_at(def, reference) && def.kind == Kind::Method;
    if reference.kind == RefKind::Override { model.defs.iter().find(is_it) } else { None }
}

fn stands_at(def: &Def, reference: &Ref) -> bool {
    def.name == reference.name && def.line == reference.line && def.span.contains(&reference.span.start)
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
        && knows_old(view, changed, usage)
        && is_left(view, changed, usage, own);
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

/// Whether the other branch has the method as it was, if it changed the file.
fn knows_old(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> bool {
    let Some(own) = view.file(usage.branch, changed.file.path) else { return true };
    let form = (changed.old.parents.as_slice(), changed.old.name.as_str(), params(changed.old));
    let own = own.new.as_ref().and_then(|own| by_form(&own.model).remove(&form).cloned());
    own.is_some_and(|own| own.ty == changed.old.ty && own.fails == changed.old.fails)
}

/// Whether the merge holds the overriding method as the branch added it.
fn is_left(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, own: &Def) -> bool {
    let Some(theirs) = view.counterpart(changed.branch, usage.file) else { return true };
    let merged = view.merge_of((usage.branch, usage.file), (changed.branch, theirs));
    let form = (own.parents.as_slice(), own.name.as_str(), params(own));
    let same = |there: &Def| there.ty == own.ty && there.fails == own.fails;
    merged.is_some_and(|merged| by_form(&merged.model).get(&form).is_some_and(|there| same(there)))
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, own: &Def, why: &str) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(changed.branch));
    let (path, place) = (usage.file.path, changed.file.path);
    let message = format!(
        "{user} overrides `{}` in {path} with one that {why}, but {changer} changed it to `{}` in {place}",
        changed.old.path(),
        changed.new.head
    );
    let sites =
        vec![view.site(changed.branch, place, changed.new.line), view.site(usage.branch, path, own.line)];
    let summary = format!("override it as `{}` in {path}", changed.new.head);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    let symbols = [&*changed.old.path(), &*own.path()];
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
}
