//! One branch changes the type of what a Go function gives back, or of a field or variable; another
//! adds a use of it that only the old type allows.

use super::members::Member;
use super::types::{Type, Types};
use super::worth::through;
use super::{is_same, is_value};
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::model::{FileModel, Receiver, Ref, RefKind, Taken, Value};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::retyped::{Clash, Retyped, check_all, is_left};
use crate::validate::rules::tree::{At, Tree};
use crate::validate::rules::{Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    check_all(view, Language::Go, clash, findings);
}

fn clash(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, _) = usage.what else { return None };
    let is_set = reference.kind == RefKind::Write && is_value(retyped.old);
    let is_taken = match reference.kind {
        RefKind::Call => retyped.old.sig.is_some(),
        RefKind::Read => is_value(retyped.old),
        _ => false,
    };
    let is_handed_on = reference.kind == RefKind::Read && retyped.old.sig.is_some();
    if !is_set && !is_taken && !is_handed_on
        || view.reach(usage, retyped.file, retyped.old) != Some(Reach::Sure)
    {
        return None;
    }
    let old = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let new = Types { tree: Tree::merged(view, usage.branch, retyped.branch, usage.file) };
    let at = old.tree.at(usage.file.path, reference.within)?;
    let there = new.tree.place_of(usage.file, reference.within)?;
    let uses = Uses { old, new, at, there };
    if is_handed_on {
        let model = &usage.file.new.as_ref()?.model;
        let found = uses.wants_function(reference, model).then_some(Clash::Function);
        return found.filter(|_| is_left(view, retyped, usage));
    }
    let before =
        uses.old.stated(&uses.old.tree.defined_at(retyped.file.path, retyped.old)?.inside(), &retyped.old.ty);
    let after =
        uses.new.stated(&uses.new.tree.defined_at(retyped.file.path, retyped.new)?.inside(), &retyped.new.ty);
    if before.is_unknown() || after.is_unknown() {
        return None;
    }
    let found = match is_set {
        true => uses.set(reference.args.as_ref()?.values.first()?, &before, &after),
        false => uses.own(reference, &before, &after).or_else(|| {
            let model = &usage.file.new.as_ref()?.model;
            let parts = parts(value_of(reference)?, &before, &after);
            parts.into_iter().find_map(|(value, before, after)| {
                uses.others(model, &value, before, after).or_else(|| uses.flows(model, &value, before, after))
            })
        }),
    }?;
    is_left(view, retyped, usage).then_some(found)
}

/// The results of a call one by one, with what each was and is; none where their number changed.
fn parts<'t>(value: Value, before: &'t Type, after: &'t Type) -> Vec<(Value, &'t Type, &'t Type)> {
    let parts: Vec<(Value, &Type, &Type)> = match (before, after) {
        (Type::Several(before), Type::Several(after)) if before.len() == after.len() => {
            let pairs = before.iter().zip(after).enumerate();
            pairs
                .map(|(idx, (before, after))| (value.clone().field(&idx.to_string()), before, after))
                .collect()
        }
        (Type::Several(_), _) | (_, Type::Several(_)) => Vec::new(),
        _ => vec![(value, before, after)],
    };
    parts.into_iter().filter(|(_, before, after)| !before.is_unknown() && !after.is_unknown()).collect()
}

/// The use as a value that others may come from.
pub(super) fn value_of(reference: &Ref) -> Option<Value> {
    let passed = reference.args.as_ref().map(|args| args.positional);
    match (&reference.receiver, &reference.on) {
        (Receiver::None, _) => {
            let name = Value::Name(reference.name.clone());
            Some(passed.map_or(name.clone(), |passed| name.called("", passed)))
        }
        (_, Value::Unknown) => None,
        (_, on) => Some(match passed {
            Some(passed) => on.clone().called(&reference.name, passed),
            None => on.clone().field(&reference.name),
        }),
    }
}

/// Where the uses of a value are worked out: on the branch and in the merge.
struct Uses<'v, 'a> {
    old: Types<'v, 'a>,
    new: Types<'v, 'a>,
    at: At,
    there: At,
}

impl Uses<'_, '_> {
    fn set(&self, given: &Value, before: &Type, after: &Type) -> Option<Clash> {
        let (was, is) = (self.old.value(&self.at, given), self.new.value(&self.there, given));
        let refused = self.old.fits(&was, before) != Some(false) && self.new.fits(&is, after) == Some(false);
        refused.then(|| Clash::Set(is.word()))
    }

    /// What becomes of the value where it stands.
    fn own(&self, reference: &Ref, before: &Type, after: &Type) -> Option<Clash> {
        if reference.taken == Taken::Operand && is_number(before) && is_no_number(after) {
            return Some(Clash::Operand);
        }
        if reference.wanted == Value::Unknown {
            return None;
        }
        self.refused(&reference.wanted, before, after)
    }

    /// Whether a value of the one type may go where this is wanted, and one of the other may not.
    fn refused(&self, wanted: &Value, before: &Type, after: &Type) -> Option<Clash> {
        let was = self.old.value(&self.at, wanted);
        let is = self.new.value(&self.there, wanted);
        let refused = self.old.fits(before, &was) != Some(false) && self.new.fits(after, &is) == Some(false);
        refused.then(|| if is.is_nil() { Clash::Compared } else { Clash::Wanted(is.word()) })
    }

    /// Where locals go that stand for the value.
    fn flows(&self, model: &FileModel, value: &Value, before: &Type, after: &Type) -> Option<Clash> {
        let mut flows =
            model.flows.iter().filter(|flow| through(&flow.value) == value && flow.within == self.at.within);
        flows.find_map(|flow| {
            let (was, is) =
                (self.old.made(&flow.value, value, before)?, self.new.made(&flow.value, value, after)?);
            self.refused(&flow.wanted, &was, &is)
        })
    }

    /// What others in the file do with the value.
    fn others(&self, model: &FileModel, value: &Value, before: &Type, after: &Type) -> Option<Clash> {
        model.refs.iter().find_map(|other| {
            if through(&other.on) == value && self.lacks(other, before, after) {
                return Some(Clash::Lacks(other.name.clone()));
            }
            let passed = &other.args.as_ref()?.values;
            let (idx, passed) = passed.iter().enumerate().find(|(_, passed)| through(passed) == value)?;
            let function = self.new.function(&self.there, &value_of(other)?)?;
            let param = function.def().sig.as_ref()?.params.get(idx).filter(|param| !param.variadic)?;
            let wanted = self.new.stated(&function.inside(), &param.written);
            let (was, is) = (self.old.made(passed, value, before)?, self.new.made(passed, value, after)?);
            let refused =
                self.old.fits(&was, &wanted) != Some(false) && self.new.fits(&is, &wanted) == Some(false);
            // Of the value, where a pointer to it is passed.
            let wanted = if passed == value { wanted } else { wanted.pointed() };
            refused.then(|| Clash::Wanted(wanted.word()))
        })
    }

    /// Whether a function, as a value, goes where a function of a type is wanted that is written out
    /// and stays as it is: nothing but that type fits.
    fn wants_function(&self, reference: &Ref, model: &FileModel) -> bool {
        let is_function = |ty: &Type| matches!(ty, Type::Function(_));
        if let Value::Of(_) = &reference.wanted {
            return is_function(&self.new.value(&self.there, &reference.wanted));
        }
        let Some(value) = value_of(reference) else { return false };
        model.refs.iter().any(|other| {
            let place = other.args.as_ref().and_then(|args| args.values.iter().position(|one| *one == value));
            let wanted = |types: &Types<'_, '_>, at: &At| {
                let function = types.function(at, &value_of(other)?)?;
                let param = function.def().sig.as_ref()?.params.get(place?)?.clone();
                let ty = types.stated(&function.inside(), &param.written);
                (is_function(&ty) && !param.variadic).then_some(param.written)
            };
            let was = wanted(&self.old, &self.at);
            was.is_some() && was == wanted(&self.new, &self.there)
        })
    }

    fn lacks(&self, used: &Ref, before: &Type, after: &Type) -> bool {
        let had = matches!(self.old.member(before, &used.name), Member::Stated(_));
        had && !is_same(before, after) && matches!(self.new.member(after, &used.name), Member::Nowhere)
    }
}

fn is_number(ty: &Type) -> bool {
    let starts =
        |name: &str| ["int", "uint", "float", "byte", "rune"].iter().any(|kind| name.starts_with(kind));
    matches!(ty, Type::Basic(name) if starts(name))
}

/// Whether nothing can be calculated with it together with a number.
fn is_no_number(ty: &Type) -> bool {
    match ty {
        Type::Basic(name) => matches!(name.as_str(), "string" | "bool" | "error"),
        Type::List(_) | Type::Map(..) | Type::Function(_) => true,
        _ => false,
    }
}
