//! One branch takes a method of a Go type away; another makes the type go where an interface asks for
//! it. Neither names what the other changed: the interface may be new, and no call need be there.

use super::members::Member;
use super::types::{Type, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Gone, Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Ref};
use crate::validate::resolve::directory;
use crate::validate::rules::symbol_removed::is_left;
use crate::validate::rules::tree::{At, Home, Tree};
use crate::validate::rules::{Draft, Rule, View, member_required};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: member_required::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (user, changes) in view.branches.iter().enumerate() {
        if !view.index.gone.values().flatten().any(|gone| is_method(gone) && gone.branch != user) {
            continue;
        }
        for file in changes.files.iter().filter(|file| file.language == Language::Go) {
            findings.extend(lacking(view, (user, file)));
        }
    }
}

fn is_method(gone: &Gone<'_>) -> bool {
    gone.file.language == Language::Go && gone.def.kind == Kind::Method && !gone.def.flags.is_abstract
}

/// One finding for each method that the new uses of a file lack.
fn lacking(view: &View<'_>, (user, file): (usize, &File<'_>)) -> Vec<Finding> {
    let Some(new) = &file.new else { return Vec::new() };
    let own = Types { tree: Tree::of(view, user, file) };
    let mut found: Vec<Finding> = Vec::new();
    for added in &file.change.uses {
        let reference = &new.model.refs[added.reference];
        let what = What::Ref(reference, added.is_more);
        let usage = Use { branch: user, file, what };
        let Some(at) = own.tree.at(file.path, reference.within) else { continue };
        for (made, interface) in made(&own, &at, reference) {
            for method in own.asked(&interface) {
                let Some(gone) = lost(view, &own, &usage, (&made, &interface), method) else { continue };
                let one = finding(view, &usage, gone, (&made, &interface));
                if !found.iter().any(|other| other.message == one.message) {
                    found.push(one);
                }
            }
        }
    }
    found
}

/// The types of the project that a use makes go where an interface of the project is wanted.
fn made(types: &Types<'_, '_>, at: &At, reference: &Ref) -> Vec<(Home, Home)> {
    let project = |ty: Type, is_interface: bool| match ty.pointed() {
        Type::Project(home) if (home.def().kind == Kind::Interface) == is_interface => Some(home),
        _ => None,
    };
    let pairs = types.goes(at, reference).into_iter();
    pairs.filter_map(|(from, to)| Some((project(from, false)?, project(to, true)?))).collect()
}

/// The method that a type has for an interface on the user's branch, and that the merge lacks.
fn lost<'v, 'a>(
    view: &'v View<'a>,
    own: &Types<'_, '_>,
    usage: &Use<'_>,
    (made, interface): (&Home, &Home),
    method: &Def,
) -> Option<&'v Gone<'a>> {
    let all = view.index.gone.get(method.name.as_str())?;
    let Member::Stated(has) = own.member(&Type::Project(made.clone()), &method.name) else { return None };
    let is_it = |gone: &&Gone<'_>| {
        let path = has.file.0.to_text();
        is_method(gone)
            && gone.branch != usage.branch
            && gone.def.is_named_as(has.def())
            && directory(&path) == gone.file.directory()
    };
    let gone = all.iter().find(is_it)?;
    let merge = Types { tree: Tree::merged(view, usage.branch, gone.branch, usage.file) };
    let made = merge.tree.defined_at(&made.file.0, made.def())?;
    let interface = merge.tree.defined_at(&interface.file.0, interface.def())?;
    let is_asked = merge.asked(&interface).any(|other| other.name == method.name);
    let is_lacking = matches!(merge.member(&Type::Project(made), &method.name), Member::Nowhere);
    (is_asked && is_lacking && is_left(view, (gone.branch, &method.name), usage, |_| false)).then_some(gone)
}

fn finding(view: &View<'_>, usage: &Use<'_>, gone: &Gone<'_>, (made, interface): (&Home, &Home)) -> Finding {
    let (owner, wanted) = (&made.def().name, &interface.def().name);
    let message = format!(
        "{} uses `{owner}` as `{wanted}` in {}, which asks for the method `{}` that {} removed from {}",
        view.name(usage.branch),
        usage.file.path,
        gone.def.name,
        view.name(gone.branch),
        gone.file.path
    );
    let sites = vec![
        view.site(usage.branch, usage.file.path, usage.what.line()),
        view.site_of_lost(gone.branch, gone.file, gone.def.line),
    ];
    let summary = format!("keep `{}` as long as {} needs it", gone.def.path(), view.name(usage.branch));
    let fix = Some(view.fix(gone.branch, summary, String::new()));
    let part = gone.def.path();
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&part, wanted], sites, fix }.finish()
}
