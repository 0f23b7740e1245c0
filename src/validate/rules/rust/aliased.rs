//! One branch makes another type of what a Rust alias names, `type Id = u32` becomes `struct Id(u32)`; another
//! adds a use of values by that name that only the old type allows.

use std::collections::BTreeSet;

use super::results::{Uses, value_of};
use super::types::Types;
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{FileModel, Kind, RefKind, Value};
use crate::validate::names::has_word;
use crate::validate::rules::reach::Reach;
use crate::validate::rules::retyped::{Clash, Retyped, check_one, is_left};
use crate::validate::rules::tree::Tree;
use crate::validate::rules::{Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Rust) {
        for retyped in renamed(branch, file) {
            check_one(view, &retyped, clash, findings);
        }
    }
}

/// The aliases of a file that name another type now, or are one.
fn renamed<'a>(branch: usize, file: &'a File<'a>) -> Vec<Retyped<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let at = file.change.gone.iter().chain(file.change.edited.iter().map(|(before, _)| before));
    let aliases = at.filter_map(|at| old.model.defs.get(*at));
    let aliases = aliases.filter(|def| def.kind == Kind::Alias && !def.is_member() && !def.flags.may_repeat);
    let pairs = aliases.filter_map(|old| {
        let mut now = new.model.named_as(old).map(|(_, def)| def).filter(|def| def.kind.is_type());
        let new = now.next().filter(|_| now.next().is_none())?;
        (new.kind != old.kind || new.ty != old.ty).then_some(Retyped { branch, file, old, new, by: None })
    });
    pairs.collect()
}

fn clash(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, _) = usage.what else { return None };
    let is_it = reference.kind == RefKind::Type
        && view.reach(usage, retyped.file, retyped.old) == Some(Reach::Sure)
        && is_left(view, retyped, usage);
    if !is_it {
        return None;
    }
    let old = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let new = Types { tree: Tree::merged(view, usage.branch, retyped.branch, usage.file) };
    let at = old.tree.at(usage.file.path, reference.within)?;
    let there = new.tree.place_of(usage.file, reference.within)?;
    let uses = Uses { file: usage.file, old: &old, new: &new, at: &at, there: &there };
    let model = &usage.file.new.as_ref()?.model;
    named_by(model, &retyped.old.name).into_iter().find_map(|value| {
        let whole = (old.value(&at, value), new.value(&there, value));
        if whole.0.is_unknown() || whole.1.is_unknown() {
            return None;
        }
        uses.others(model, value, &whole)
            .or_else(|| uses.flows(model, value, &whole))
            .or_else(|| uses.given(model, value))
    })
}

/// The values and places of a file that are stated to be of a type of a name, or of one that holds such.
fn named_by<'m>(model: &'m FileModel, name: &str) -> BTreeSet<&'m Value> {
    let values = model.refs.iter().flat_map(|used| {
        let args = used.args.iter().flat_map(|args| &args.values);
        [&used.on, &used.wanted].into_iter().chain(args)
    });
    let flows = model.flows.iter().map(|flow| &flow.value);
    let stated = values.chain(flows).flat_map(Value::steps);
    stated.filter(|step| matches!(step, Value::Of(text) if has_word(text, name))).collect()
}

impl Uses<'_, '_, '_> {
    /// What goes where values of the type are wanted, and no longer fits there.
    fn given(&self, model: &FileModel, place: &Value) -> Option<Clash> {
        let given = model.refs.iter().filter(|used| used.wanted.steps().any(|step| step == place));
        given.into_iter().find_map(|used| {
            let value = value_of(self.file, used)?;
            let (before, after) = (self.old.value(self.at, &value), self.new.value(self.there, &value));
            self.refused(&used.wanted, &value, (&before, &after))
        })
    }
}
