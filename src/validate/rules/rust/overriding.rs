//! One branch changes what a method of a Rust trait takes or gives back; another adds an `impl` that still
//! says what it was.

use super::assign::fits;
use super::types::Types;
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, RefKind};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::tree::Tree;
use crate::validate::rules::{Draft, Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "signature-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Rust) {
        for changed in changed(branch, file) {
            let mut seen = Vec::new();
            for usage in view.index.uses_elsewhere(branch, &changed.old.name) {
                let place = (usage.branch, usage.file.path);
                if let Some((own, why)) = refused(view, &changed, usage).filter(|_| !seen.contains(&place)) {
                    seen.push(place);
                    findings.push(finding(view, &changed, usage, own, &why));
                }
            }
        }
    }
}

/// A method of a trait that takes as many arguments of other types, or gives back something else.
struct Changed<'a> {
    branch: usize,
    file: &'a File<'a>,
    old: &'a Def,
    new: &'a Def,
}

fn changed<'a>(branch: usize, file: &'a File<'a>) -> Vec<Changed<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let pairs = file.change.edited.iter();
    let pairs = pairs.map(|(before, after)| (&old.model.defs[*before], &new.model.defs[*after]));
    let is_of_trait = |def: &Def| {
        let owner = def.parents.get(def.n_modules).filter(|_| def.parents.len() == def.n_modules + 1);
        let is_owner = |other: &Def| other.kind == Kind::Interface && Some(&other.name) == owner;
        def.kind == Kind::Method && !def.flags.may_repeat && new.model.defs.iter().any(is_owner)
    };
    let pairs = pairs.filter(|(_, after)| is_of_trait(after));
    let pairs = pairs.filter(|(before, after)| {
        let count = |def: &Def| def.sig.as_ref().map(|sig| sig.params.len());
        count(before) == count(after) && form(before) != form(after)
    });
    pairs.map(|(old, new)| Changed { branch, file, old, new }).collect()
}

/// How a method takes its receiver, what it takes besides and what it gives back, as written.
fn form(def: &Def) -> (Option<(bool, bool)>, Vec<&str>, &str) {
    let params = def.sig.iter().flat_map(|sig| &sig.params).map(|param| param.written.as_str());
    (receiver(def), params.collect(), &def.ty)
}

/// Whether `self` is borrowed, and to be changed; none when a type is written for it.
fn receiver(def: &Def) -> Option<(bool, bool)> {
    let first = def.head.split_once('(')?.1.split([',', ')']).next()?.trim();
    let words: Vec<&str> = first.split_whitespace().collect();
    let is_borrowed = first.starts_with('&');
    let is_plain = words.last().is_some_and(|last| matches!(*last, "self" | "&self"));
    is_plain
        .then(|| (is_borrowed, is_borrowed && words.iter().any(|word| word.trim_start_matches('&') == "mut")))
}

fn refused<'a>(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'a>) -> Option<(&'a Def, String)> {
    let What::Ref(reference, _) = usage.what else { return None };
    let model = &usage.file.new.as_ref()?.model;
    let is_it = |def: &&Def| {
        def.name == reference.name && def.line == reference.line && def.span.contains(&reference.span.start)
    };
    let own = model.defs.iter().find(is_it).filter(|_| reference.kind == RefKind::Override)?;
    let why = misfit(view, changed, usage, own)?;
    let holds = view.reach(usage, changed.file, changed.old) == Some(Reach::Sure)
        && knows_old(view, changed, usage)
        && is_left(view, changed, usage, own);
    holds.then_some((own, why))
}

/// What an implementing method says that fitted what the trait said, and no longer does.
fn misfit(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, own: &Def) -> Option<String> {
    let (was, is, says) = (receiver(changed.old), receiver(changed.new), receiver(own));
    if let (Some(was), Some(is), Some(says)) = (was, is, says)
        && says == was
        && says != is
    {
        return Some("takes `self` in another way".to_owned());
    }
    let old = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let new = Types { tree: Tree::merged(view, usage.branch, changed.branch, usage.file) };
    let path = changed.file.path;
    let (before, after) = (old.tree.defined_at(path, changed.old)?, new.tree.defined_at(path, changed.new)?);
    let (here, there) =
        (old.tree.defined_at(usage.file.path, own)?, new.tree.defined_at(usage.file.path, own)?);
    let differ = |own: &str, was: &str, is: &str| {
        was != is
            && ![own, was, is].iter().any(|ty| ty.contains("impl "))
            && fits(&old.stated(&here.inside(), own), &old.stated(&before.inside(), was)) != Some(false)
            && fits(&new.stated(&there.inside(), own), &new.stated(&after.inside(), is)) == Some(false)
    };
    // What gives a future may be written in two ways.
    let ways = [own, changed.old, changed.new].map(is_async);
    if ways[0] == ways[1] && ways[0] == ways[2] && differ(&own.ty, &changed.old.ty, &changed.new.ty) {
        return Some(format!("gives back `{}`", own.ty));
    }
    let params = |def: &'_ Def| def.sig.as_ref().map(|sig| sig.params.clone()).unwrap_or_default();
    let (own, was, is) = (params(own), params(changed.old), params(changed.new));
    let mut all = own.iter().zip(was.iter().zip(&is)).filter(|_| own.len() == is.len());
    let (own, _) = all.find(|(own, (was, is))| differ(&own.written, &was.written, &is.written))?;
    Some(format!("takes `{}` as `{}`", own.written, own.name))
}

fn is_async(def: &Def) -> bool {
    let declared = def.head.split('(').next().unwrap_or_default();
    declared.split_whitespace().any(|word| word == "async")
}

/// Whether the other branch has the method as it was, if it changed the file.
fn knows_old(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> bool {
    let Some(own) = view.file(usage.branch, changed.file.path) else { return true };
    let mut defs = own.new.iter().flat_map(|new| &new.model.defs);
    defs.any(|own| own.is_named_as(changed.old) && form(own) == form(changed.old))
}

/// Whether the merge holds the implementing method as the branch added it.
fn is_left(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, own: &Def) -> bool {
    let Some(theirs) = view.counterpart(changed.branch, usage.file) else { return true };
    let merged = view.merge_of((usage.branch, usage.file), (changed.branch, theirs));
    let same = |there: &Def| there.is_named_as(own) && form(there) == form(own);
    merged.is_some_and(|merged| merged.model.defs.iter().any(same))
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, own: &Def, why: &str) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(changed.branch));
    let (path, place) = (usage.file.path, changed.file.path);
    let message = format!(
        "{user} implements `{}` in {path} by what {why}, but {changer} changed it to `{}` in {place}",
        changed.old.path(),
        changed.new.head
    );
    let sites =
        vec![view.site(changed.branch, place, changed.new.line), view.site(usage.branch, path, own.line)];
    let summary = format!("implement it as `{}` in {path}", changed.new.head);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    let symbols = [&*changed.old.path(), &*own.path()];
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
}
