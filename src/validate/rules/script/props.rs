//! One branch takes a property from a component; another adds an element that sets it.

use super::is_typed;
use super::read::is_object;
use crate::model::{Finding, Level};
use crate::validate::index::{Became, Gone, Use, What, first_in_each_file};
use crate::validate::model::{Def, FileModel, Kind, Ref, Ty};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::tree::Tree;
use crate::validate::rules::{Draft, Rule, View, symbol_removed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: symbol_removed::RULE.id, check };

/// What every element may have.
const OF_ALL: [&str; 3] = ["children", "key", "ref"];

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for gone in view.index.gone.values().flatten().filter(|gone| is_property(gone)) {
        for component in components(gone) {
            let all = view.index.literals.get(component.name.as_str()).into_iter().flatten();
            let elsewhere = all.filter(|usage| usage.branch != gone.branch);
            findings.extend(first_in_each_file(elsewhere, |usage| {
                is_refused(view, gone, component, usage).then(|| finding(view, gone, component, usage))
            }));
        }
    }
}

/// Whether what is gone was a property of a type that says all of its properties itself.
fn is_property(gone: &Gone<'_>) -> bool {
    let [owner] = &gone.def.parents[..] else { return false };
    let Some(new) = gone.file.new.as_ref().filter(|_| is_typed(gone.file.language)) else { return false };
    let mut owners = new.model.defs.iter().filter(|def| def.name == *owner && def.kind.is_type());
    let is_plain = |def: &Def| match def.kind {
        Kind::Interface => def.supers.is_empty() && !def.head.contains('<'),
        Kind::Alias => is_object(&def.ty),
        _ => false,
    };
    let is_open = |def: &Def| def.name == Def::ANY_KEY && def.parents == gone.def.parents;
    matches!(gone.def.kind, Kind::Field | Kind::Method)
        && !OF_ALL.contains(&gone.def.name.as_str())
        // Any element takes these.
        && !gone.def.name.contains('-')
        && owners.next().is_some_and(is_plain)
        && owners.next().is_none()
        && !new.model.defs.iter().any(is_open)
}

/// The functions of the file that take the type, before and after, and nothing else.
fn components<'a>(gone: &Gone<'a>) -> Vec<&'a Def> {
    let (Some(old), Some(new)) = (&gone.file.old, &gone.file.new) else { return Vec::new() };
    let takes = |def: &Def| {
        let params = def.sig.as_ref().map_or(&[][..], |sig| &sig.params);
        let is_it = |ty: &Ty| matches!(ty, Ty::Named(name) if gone.def.parents.last() == Some(name));
        def.kind == Kind::Function && params.len() == 1 && is_it(&params[0].ty)
    };
    let had = |def: &Def| old.model.defs.iter().any(|old| old.is_named_as(def) && takes(old));
    new.model.defs.iter().filter(|def| takes(def) && had(def)).collect()
}

fn is_refused(view: &View<'_>, gone: &Gone<'_>, component: &Def, usage: &Use<'_>) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let before =
        usage.file.new.as_ref().and_then(|new| new.text.get(..reference.span.start)).unwrap_or_default();
    let sets = reference.args.as_ref().is_some_and(|args| args.named.contains(&gone.def.name));
    before.trim_end().ends_with('<')
        && sets
        && view.reach(usage, gone.file, component) == Some(Reach::Sure)
        && has_it(view, gone, usage)
        && !every_element_has(view, gone, usage)
        && is_left(view, gone.branch, usage, reference)
}

/// Whether the project gives every element the property.
fn every_element_has(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> bool {
    const OF_ELEMENTS: [&str; 3] = ["IntrinsicAttributes", "Attributes", "ClassAttributes"];
    let tree = Tree::merged(view, usage.branch, gone.branch, usage.file);
    let (files, are_all) = tree.defining(&gone.def.name);
    let is_it = |def: &Def| {
        let owner = def.parents.last().map_or("", String::as_str);
        def.name == gone.def.name && OF_ELEMENTS.contains(&owner)
    };
    !are_all || files.iter().any(|file| file.1.defs.iter().any(is_it))
}

/// Whether the branch of the use still has the property.
fn has_it(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> bool {
    let Some(own) = view.file(usage.branch, gone.file.path) else { return true };
    own.new.as_ref().is_some_and(|own| own.model.defs.iter().any(|def| def.is_named_as(gone.def)))
}

/// Whether the merge holds an element as it was added.
pub(super) fn is_left(view: &View<'_>, branch: usize, usage: &Use<'_>, reference: &Ref) -> bool {
    let Some(theirs) = view.counterpart(branch, usage.file) else { return true };
    let merged = view.merge_of((usage.branch, usage.file), (branch, theirs));
    let same = |model: &FileModel| {
        let mut refs = model.refs.iter();
        refs.any(|other| {
            (other.kind, &other.name, &other.args) == (reference.kind, &reference.name, &reference.args)
        })
    };
    merged.is_some_and(|merged| same(&merged.model))
}

fn finding(view: &View<'_>, gone: &Gone<'_>, component: &Def, usage: &Use<'_>) -> Finding {
    let (user, remover) = (view.name(usage.branch), view.name(gone.branch));
    let (path, home, property) = (usage.file.path, gone.file.path, gone.def.path());
    let (did, gone_site) = match gone.became {
        Became::Renamed(new) => {
            (format!("renamed to `{}` in", new.name), view.site(gone.branch, home, new.line))
        }
        _ => ("removed from".to_owned(), view.site_of_lost(gone.branch, gone.file, gone.def.line)),
    };
    let message =
        format!("{user} sets `{property}` of `{}` in {path}, which {remover} {did} {home}", component.name);
    let sites = vec![view.site(usage.branch, path, usage.what.line()), gone_site];
    let summary = format!("do without `{}` in {path}", gone.def.name);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&property, &component.name], sites, fix }
        .finish()
}
