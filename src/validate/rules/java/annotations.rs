//! One branch changes the elements of a Java annotation; another adds one that sets what it no longer has,
//! or leaves out what it has to set.

use super::assign::assignable;
use super::types::{Found, Source, Types};
use super::{around, source_of};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Ref, RefKind};
use crate::validate::names::has_word;
use crate::validate::rules::reach::Reach;
use crate::validate::rules::{Draft, Rule, View, symbol_removed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "signature-changed", check };

/// The element that is set where no name is said.
const ALONE: &str = "value";

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Java) {
        for changed in changed(branch, file) {
            let uses = view.index.uses_elsewhere(branch, &changed.new.name);
            findings.extend(first_in_each_file(uses, |usage| changed.misused(view, usage)));
        }
    }
}

/// An annotation that has other elements now.
struct Changed<'a> {
    branch: usize,
    file: &'a File<'a>,
    old: &'a Def,
    new: &'a Def,
    before: Vec<&'a Def>,
    after: Vec<&'a Def>,
}

fn changed<'a>(branch: usize, file: &'a File<'a>) -> Vec<Changed<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let (was, is): (&'a FileModel, &'a FileModel) = (&old.model, &new.model);
    let annotations = |model: &'a FileModel| {
        model.defs.iter().filter(|def| def.kind == Kind::Interface && def.head.contains("@interface"))
    };
    let mut all = Vec::new();
    for new in annotations(is) {
        let Some(old) = annotations(was).find(|old| old.is_named_as(new)) else { continue };
        let (before, after) = (elements(was, old), elements(is, new));
        let said = |all: &[&Def]| -> Vec<String> { all.iter().map(|def| def.head.clone()).collect() };
        if said(&before) != said(&after) {
            all.push(Changed { branch, file, old, new, before, after });
        }
    }
    all
}

fn elements<'m>(model: &'m FileModel, of: &Def) -> Vec<&'m Def> {
    let is_own =
        |def: &&Def| def.kind == Kind::Method && def.parents.last() == Some(&of.name) && def.sig.is_some();
    model.defs.iter().filter(is_own).filter(|def| def.parents.len() == of.parents.len() + 1).collect()
}

impl Changed<'_> {
    fn misused(&self, view: &View<'_>, usage: &Use<'_>) -> Option<Finding> {
        let What::Ref(used, _) = usage.what else { return None };
        let is_set = used.kind == RefKind::Type && is_annotation(usage.file, used);
        let set = used.args.as_ref().filter(|_| is_set)?;
        let mut names: Vec<&str> = set.named.iter().map(String::as_str).collect();
        if set.positional > 0 {
            names.push(ALONE);
        }
        if self.refused(&self.before, &names).is_some() {
            return None;
        }
        let why = self.refused(&self.after, &names).or_else(|| self.mistyped(view, usage, used, &names))?;
        let holds = view.reach(usage, self.file, self.old) == Some(Reach::Sure)
            && self.is_as_it_was(view, usage)
            && symbol_removed::is_left(view, (self.branch, &self.old.name), usage, |_| false)
            && view.counterpart(self.branch, usage.file).is_none();
        holds.then(|| self.told(view, usage, &why))
    }

    /// What is set that is no element, or left out that has no default.
    fn refused(&self, elements: &[&Def], set: &[&str]) -> Option<String> {
        let unknown = set.iter().find(|name| elements.iter().all(|def| def.name != **name));
        if let Some(name) = unknown {
            return Some(format!("with `{name}`"));
        }
        let missing =
            elements.iter().find(|def| !set.contains(&def.name.as_str()) && !has_word(&def.head, "default"));
        missing.map(|def| format!("without `{}`", def.name))
    }

    /// A value that an element took and cannot take any longer.
    fn mistyped(&self, view: &View<'_>, usage: &Use<'_>, used: &Ref, set: &[&str]) -> Option<String> {
        let values = &used.args.as_ref()?.values;
        let types = (Types::of(view, usage.branch), Types::merged(view, usage.branch, self.branch));
        let source = source_of(usage.file)?;
        let around = around(&source.model, used);
        let home = |side: &crate::validate::load::Side<'_>| Source {
            path: self.file.path.clone(),
            model: side.model.clone(),
        };
        let (was, is) = (home(self.file.old.as_ref()?), home(self.file.new.as_ref()?));
        let takes = |types: &Types<'_, '_>, home: &Source, element: &Def, given: &Found| {
            // One value stands for a list of one.
            let to = types.named(home, &element.parents, element.ty.trim_end_matches("[]"))?;
            let is_class = |found: &Found| matches!(found, Found::Foreign(name) if name == "java.lang.Class");
            if is_class(given) || is_class(&to) {
                return Some(is_class(given) == is_class(&to));
            }
            assignable(types, given, &to)
        };
        set.iter().zip(values).find_map(|(name, value)| {
            let element =
                |all: &[&'_ Def]| all.iter().find(|def| def.name == **name).map(|def| (*def).clone());
            let (before, after) = (element(&self.before)?, element(&self.after)?);
            let given = types.0.value(&source, &around, value)?;
            let refused = before.ty != after.ty
                && takes(&types.0, &was, &before, &given) == Some(true)
                && takes(&types.1, &is, &after, &given) == Some(false);
            refused.then(|| format!("with a `{}` for `{name}`", given.word()))
        })
    }

    fn is_as_it_was(&self, view: &View<'_>, usage: &Use<'_>) -> bool {
        let Some(own) = view.file(usage.branch, self.file.path) else { return true };
        let heads = |all: Vec<&Def>| all.into_iter().map(|def| def.head.clone()).collect::<Vec<_>>();
        own.new
            .as_ref()
            .is_some_and(|own| heads(elements(&own.model, self.old)) == heads(self.before.clone()))
    }

    fn told(&self, view: &View<'_>, usage: &Use<'_>, why: &str) -> Finding {
        let (user, changer) = (view.name(usage.branch), view.name(self.branch));
        let (name, path) = (&self.new.name, usage.file.path);
        let message = format!(
            "{user} sets `@{name}` {why} in {path}, but {changer} changed what it takes in {}",
            self.file.path
        );
        let sites = vec![
            view.site(self.branch, self.file.path, self.new.line),
            view.site(usage.branch, path, usage.what.line()),
        ];
        let fix =
            Some(view.fix(usage.branch, format!("set what `@{name}` takes now in {path}"), String::new()));
        let symbol = format!("@{}", self.new.path());
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
    }
}

/// Whether a type is named behind an `@`.
fn is_annotation(file: &File<'_>, used: &Ref) -> bool {
    let text = file.new.as_ref().and_then(|new| new.text.get(..used.span.start)).unwrap_or_default();
    let path = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '$');
    text.trim_end_matches(path).ends_with('@')
}
