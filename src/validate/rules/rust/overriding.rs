//! One branch changes what a method of a Rust trait takes or gives back; another adds an `impl` that still
//! says what it was.

use super::assign::fits;
use super::generic::inside;
use super::types::Types;
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::Use;
use crate::validate::load::File;
use crate::validate::model::{Def, Kind};
use crate::validate::rules::changed::{Changed, misused, overrides_wrongly, overriding};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::tree::{Home, Tree};
use crate::validate::rules::{Rule, View, signature_changed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    findings.extend(misused(view, Language::Rust, is_other_form, |changed, usage| {
        let own = overriding(usage)?;
        let why = refused(view, changed, usage, own)?;
        Some(overrides_wrongly(view, changed, (usage, own), ("implement", &why)))
    }));
}

/// Whether a method of a trait takes as many arguments of other types, or gives back something else.
fn is_other_form(changed: &Changed<'_>) -> bool {
    let (old, new) = (changed.old, changed.new);
    let count = |def: &Def| def.sig.as_ref().map(|sig| sig.params.len());
    count(old) == count(new) && form(old) != form(new) && is_of_trait(changed.file, new)
}

fn is_of_trait(file: &File<'_>, def: &Def) -> bool {
    let owner = def.parents.get(def.n_modules).filter(|_| def.parents.len() == def.n_modules + 1);
    let is_owner = |other: &Def| other.kind == Kind::Interface && Some(&other.name) == owner;
    let mut defs = file.new.iter().flat_map(|new| &new.model.defs);
    def.kind == Kind::Method && !def.flags.may_repeat && defs.any(is_owner)
}

/// How a method takes its receiver, what it takes besides and what it gives back, as written.
fn form(def: &Def) -> (Option<(bool, bool)>, Vec<&str>, &str, bool) {
    let params = def.sig.iter().flat_map(|sig| &sig.params).map(|param| param.written.as_str());
    (receiver(def), params.collect(), &def.ty, is_async(def))
}

/// Whether `self` is borrowed, and to be changed; none when a type is written for it.
pub(super) fn receiver(def: &Def) -> Option<(bool, bool)> {
    // Before the name there may be `pub(crate)`, after it `<F: Fn(u8)>`.
    let named = format!("fn {}", def.name);
    let after = def.head.get(def.head.find(&named)? + named.len()..)?;
    let params = inside(after).map_or(after, |list| &after[list.len() + 2..]);
    let first = params.trim_start().strip_prefix('(')?.split([',', ')']).next()?.trim();
    let words: Vec<&str> = first.split_whitespace().collect();
    let is_borrowed = first.starts_with('&');
    let is_plain = words.last().is_some_and(|last| matches!(*last, "self" | "&self"));
    is_plain
        .then(|| (is_borrowed, is_borrowed && words.iter().any(|word| word.trim_start_matches('&') == "mut")))
}

fn refused(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, own: &Def) -> Option<String> {
    let why = misfit(view, changed, usage, own)?;
    let holds = view.reach(usage, changed.file, changed.old) == Some(Reach::Sure)
        && changed.is_as_it_was(view, usage, |def| form(def) == form(changed.old))
        && changed.is_left(view, usage, own, |there| form(there) == form(own));
    holds.then_some(why)
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
    // A reference is no value, though types are compared without.
    let is_refused = |own: &str, was: &str, is: &str| {
        let told = |home: &Home, text: &str| (home.inside(), text.to_owned());
        old.is_taken(&told(&here, own), &told(&before, was)) == Some(true)
            && new.is_taken(&told(&there, own), &told(&after, is)) == Some(false)
    };
    let differ = |own: &str, was: &str, is: &str| {
        was != is
            && ![own, was, is].iter().any(|ty| ty.contains("impl "))
            && (is_refused(own, was, is)
                || fits(&old.stated(&here.inside(), own), &old.stated(&before.inside(), was)) != Some(false)
                    && fits(&new.stated(&there.inside(), own), &new.stated(&after.inside(), is))
                        == Some(false))
    };
    // What gives a future may be written in two ways.
    let ways = [own, changed.old, changed.new].map(is_async);
    let is_open =
        [own, changed.new].iter().any(|def| def.ty.contains(['_', '<']) || def.ty.contains("impl "));
    if ways[0] == ways[1] && ways[0] != ways[2] && !is_open {
        return Some(if ways[2] { "waits for nothing" } else { "is asynchronous" }.to_owned());
    }
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
