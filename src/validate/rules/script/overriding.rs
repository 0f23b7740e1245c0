//! One branch changes what a method of an interface or class takes or gives; another adds a class below it
//! whose own method is like the one before.

use super::assign::Known;
use super::types::{Type, Types};
use super::{is_silence_near, is_typed};
use crate::model::{Finding, Level};
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Param, RefKind};
use crate::validate::rules::changed::{Changed, edited};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::tree::Tree;
use crate::validate::rules::{Draft, Rule, View, symbol_removed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| is_typed(file.language)) {
        for changed in edited(branch, file).filter(is_retyped) {
            let Some(owner) = owner(file, changed.new) else { continue };
            let below = view.index.uses_elsewhere(branch, &owner.name);
            findings.extend(first_in_each_file(below, |usage| {
                misfit(view, &changed, owner, usage).map(|own| finding(view, &changed, usage, own))
            }));
        }
    }
}

fn is_retyped(changed: &Changed<'_>) -> bool {
    let is_method = |def: &Def| def.kind == Kind::Method && !def.flags.is_static;
    is_method(changed.old)
        && is_method(changed.new)
        && (changed.old.ty != changed.new.ty || changed.old.sig != changed.new.sig)
}

/// The one type of a file that a method belongs to, if it has no parameters of its own.
fn owner<'a>(file: &'a File<'a>, method: &Def) -> Option<&'a Def> {
    let model = &file.new.as_ref()?.model;
    let [name] = &method.parents[..] else { return None };
    let mut all = model.named(name).map(|(_, def)| def).filter(|def| def.parents.is_empty());
    let owner = all.next().filter(|_| all.next().is_none())?;
    let is_plain = matches!(owner.kind, Kind::Class | Kind::Interface) && !owner.head.contains('<');
    let is_alone = model.named_as(method).count() == 1;
    (is_plain && is_alone).then_some(owner)
}

/// The method of a class below the owner that no longer takes the place of the changed one.
fn misfit<'u>(view: &View<'_>, changed: &Changed<'_>, owner: &Def, usage: &Use<'u>) -> Option<&'u Def> {
    let What::Ref(reference, _) = usage.what else { return None };
    if reference.kind != RefKind::Extends || !is_typed(usage.file.language) {
        return None;
    }
    let model: &'u FileModel = &usage.file.new.as_ref()?.model;
    let class =
        reference.within.and_then(|within| model.defs.get(within)).filter(|def| def.kind == Kind::Class)?;
    let own = own_method(model, class, &changed.new.name)?;
    let holds = view.reach(usage, changed.file, owner) == Some(Reach::Sure)
        && changed.is_as_it_was(view, usage, |def| def.ty == changed.old.ty && def.sig == changed.old.sig)
        && symbol_removed::is_left(view, (changed.branch, &owner.name), usage, |_| false)
        && changed.is_left(view, usage, own, |there| there.body_hash == own.body_hash)
        && !is_silence_near(usage.file, own.span.start);
    (holds && is_refused(view, changed, usage, own)).then_some(own)
}

/// The one method of a name that a class states.
fn own_method<'m>(model: &'m FileModel, class: &Def, name: &str) -> Option<&'m Def> {
    let is_own = |def: &&Def| def.parents.split_last() == Some((&class.name, &class.parents[..]));
    let mut all = model.named(name).map(|(_, def)| def).filter(is_own);
    let own = all.next().filter(|_| all.next().is_none())?;
    let is_plain = own.kind == Kind::Method && !own.flags.is_static && !own.head.contains('<');
    is_plain.then_some(own)
}

fn is_refused(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, own: &Def) -> bool {
    let fits = |tree: Tree<'_, '_>, above: &Def| {
        let types = Types::new(tree, usage.file);
        let inside = types.tree.defined_at(usage.file.path, own)?.inside();
        let above_inside = types.tree.defined_at(changed.file.path, above)?.inside();
        let given = types.stated(&inside, &own.ty);
        let wanted = types.stated(&above_inside, &above.ty);
        // What gives nothing may be stood in for by what gives anything.
        let is_void = matches!(wanted, Type::Basic("void"));
        let says = own.head.contains("):");
        let gives = !says || is_void || types.fits(&given, &wanted, Known::Firmly) != Some(false);
        let takes = params(own).zip(params(above)).all(|(own, above)| {
            let (own, above) =
                (types.stated(&inside, &own.written), types.stated(&above_inside, &above.written));
            // A method may take less as well as more.
            types.fits(&own, &above, Known::Firmly) != Some(false)
                || types.fits(&above, &own, Known::Firmly) != Some(false)
        });
        Some(gives && takes && (takes_any(above) || n_needed(own) <= params(above).count()))
    };
    let before = fits(Tree::of(view, usage.branch, usage.file), changed.old);
    let after = fits(Tree::merged(view, usage.branch, changed.branch, usage.file), changed.new);
    before == Some(true) && after == Some(false)
}

/// The parameters of a method up to one that takes the rest, which stands for any number.
fn params(method: &Def) -> impl Iterator<Item = &Param> {
    method.sig.iter().flat_map(|sig| &sig.params).take_while(|param| !param.variadic)
}

fn takes_any(method: &Def) -> bool {
    method.sig.iter().flat_map(|sig| &sig.params).any(|param| param.variadic)
}

/// How many arguments a method cannot do without, where any number may come of none.
fn n_needed(method: &Def) -> usize {
    params(method).filter(|param| !param.optional).count()
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, own: &Def) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(changed.branch));
    let (path, home, above) = (usage.file.path, changed.file.path, changed.new.path());
    let message = format!(
        "{user} adds `{}` as `{}` in {path}, but {changer} changed `{above}` from `{}` to `{}` in {home}",
        own.path(),
        own.head,
        changed.old.head,
        changed.new.head
    );
    let summary = format!("declare `{}` as `{}` in {path}", own.path(), changed.new.head);
    let sites = changed.sites(view, usage, own.line);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&above, &own.path()], sites, fix }.finish()
}
