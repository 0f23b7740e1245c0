//! One branch changes the type of what a Rust function gives back, or of a field or constant;
//! another adds a use of it that only the old type allows.

use super::assign::{fits, is_closed, is_plain};
use super::lacks::{holds, is_wrapper, may_be_tried};
use super::library;
use super::place::Place;
use super::tried::is_stuck;
use super::types::{Head, Type, Types};
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Kind, Receiver, Ref, RefKind, Taken, Value};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::retyped::{Clash, Retyped, check_all, is_left};
use crate::validate::rules::tree::{At, Tree};
use crate::validate::rules::{Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    check_all(view, Language::Rust, clash, findings);
}

fn clash(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, _) = usage.what else { return None };
    let is_set = reference.kind == RefKind::Write && retyped.old.kind == Kind::Field;
    let is_taken = matches!(reference.kind, RefKind::Call | RefKind::Read)
        && reference.args.is_some() == retyped.old.sig.is_some();
    if !is_set && !is_taken || view.reach(usage, retyped.file, retyped.old) != Some(Reach::Sure) {
        return None;
    }
    let old = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let new = Types { tree: Tree::merged(view, usage.branch, retyped.branch, usage.file) };
    let value = match &reference.receiver {
        Receiver::This if is_set => Value::This.field(&reference.name),
        _ if is_set => reference.on.clone().field(&reference.name),
        _ => value_of(usage.file, reference)?,
    };
    let at = old.tree.at(usage.file.path, reference.within)?;
    let there = new.tree.place_of(usage.file, reference.within)?;
    let (before, after) = (old.value(&at, &value), new.value(&there, &value));
    if before.is_unknown() || after.is_unknown() {
        return None;
    }
    let uses = Uses { file: usage.file, old: &old, new: &new, at: &at, there: &there };
    if let Some(given) = reference.args.as_ref().and_then(|args| args.values.first()).filter(|_| is_set) {
        let found = uses.set(given, &value, (&before, &after))?;
        return is_left(view, retyped, usage).then_some(found);
    }
    let found = uses.own(reference, &value, (&before, &after)).or_else(|| {
        let (model, whole) = (&usage.file.new.as_ref()?.model, (before, after));
        uses.others(model, &value, &whole).or_else(|| uses.flows(model, &value, &whole))
    })?;
    is_left(view, retyped, usage).then_some(found)
}

/// The use as a value that others may come from.
pub(super) fn value_of(file: &File<'_>, reference: &Ref) -> Option<Value> {
    let passed = reference.args.as_ref().map(|args| args.positional);
    let on = reference.on.clone();
    if on != Value::Unknown {
        return Some(match passed {
            Some(passed) => on.called(&reference.name, passed),
            None => on.field(&reference.name),
        });
    }
    let place = Place::of(file)?;
    let name = Value::Name(place.written(reference)?.join("::"));
    Some(match passed {
        Some(passed) => name.called("", passed),
        None => name,
    })
}

/// Where the uses of a value are worked out: on the branch and in the merge.
pub(super) struct Uses<'u, 'v, 'a> {
    pub(super) file: &'u File<'u>,
    pub(super) old: &'u Types<'v, 'a>,
    pub(super) new: &'u Types<'v, 'a>,
    pub(super) at: &'u At,
    pub(super) there: &'u At,
}

impl Uses<'_, '_, '_> {
    /// What becomes of the value where it stands.
    fn own(&self, reference: &Ref, value: &Value, (before, after): (&Type, &Type)) -> Option<Clash> {
        if reference.awaited {
            // What a future gives was looked at as a value that comes from it.
            let waits = before.name() == Some("Future") && after.name() != Some("Future");
            return (waits && is_known(after) && !is_future(after)).then_some(Clash::Awaited);
        }
        match &reference.taken {
            Taken::Tried if holds(before) && !may_be_tried(after) => return Some(Clash::HoldsNothing),
            Taken::Tried if before.name() == Some("Result") && after.name() == Some("Result") => {
                return self.stuck(reference, before, after);
            }
            // What is around gives back what `?` takes, a `Result` or an `Option`.
            Taken::Tried if holds(before) && holds(after) && before.name() != after.name() => {
                let around = |at: &At| Some(at.file.1.defs.get(at.within?)?.ty.clone());
                let stays = around(self.at).is_some() && around(self.at) == around(self.there);
                return stays.then(|| Clash::Wanted(before.word()));
            }
            Taken::Tried => return None,
            Taken::Apart(case) if is_case_of(case, before) && !may_be_of(case, after) => {
                return Some(Clash::Wanted(before.word()));
            }
            Taken::Apart(case)
                if case == Taken::NUMBER && is_number(before) && is_known(after) && !is_number(after) =>
            {
                return Some(Clash::Wanted(before.word()));
            }
            Taken::Indexed if has_elements(before) && surely_has_none(after) => return Some(Clash::Indexed),
            Taken::Value if before.name() == Some("bool") && is_wrapper(after) => {
                return Some(Clash::Wanted(before.word()));
            }
            Taken::Value if is_number(before) && is_no_operand(after) => return Some(Clash::Operand),
            _ => {}
        }
        self.refused(&reference.wanted, value, (before, after))
    }

    /// Whether the error that `?` hands on was one for what is around, and surely is none now.
    fn stuck(&self, reference: &Ref, before: &Type, after: &Type) -> Option<Clash> {
        let around = self.new.value(self.there, &reference.wanted);
        let (was, is, to) = (before.argument(1), after.argument(1), around.argument(1));
        let is_stuck =
            around.name() == Some("Result") && !is_stuck(self.old, &was, &to) && is_stuck(self.new, &is, &to);
        is_stuck.then(|| Clash::Wanted(to.word()))
    }

    /// Whether a value was of the type that a place had and surely is not of the one that it has.
    fn set(&self, given: &Value, place: &Value, (before, after): (&Type, &Type)) -> Option<Clash> {
        let (was, is) = (self.old.value(self.at, given), self.new.value(self.there, given));
        if fits(&was, before) != Some(false) && fits(&is, after) == Some(false) {
            return Some(Clash::Set(is.word()));
        }
        if let Some((at, text)) = self.new.told_at(self.there, place)
            && let Some(passed) = self.new.refuses((&at, &text), self.there, given)
        {
            let (at, text) = self.old.told_at(self.at, place)?;
            let was_taken = self.old.refuses((&at, &text), self.at, given).is_none();
            return was_taken.then_some(Clash::Set(passed));
        }
        let told = self.new.told(self.there, given)?;
        let (was, place_was) = (self.old.told(self.at, given)?, self.old.told_at(self.at, place)?);
        let is_refused = self.old.is_taken(&was, &place_was) == Some(true)
            && self.new.is_taken(&told, &self.new.told_at(self.there, place)?) == Some(false);
        is_refused.then(|| Clash::Set(self.new.word_of(&told, &is)))
    }

    /// Whether a place takes the old type and surely not the new one.
    pub(super) fn refused(
        &self,
        wanted: &Value,
        value: &Value,
        (before, after): (&Type, &Type),
    ) -> Option<Clash> {
        if *wanted == Value::Unknown {
            return None;
        }
        if let Value::Passed(inner, mark) = wanted.unlent()
            && (mark == Value::FOR_EACH || mark == Value::AT_INDEX)
        {
            let part = match mark.as_str() {
                Value::FOR_EACH => value.clone().passed("for"),
                _ => value.clone().wrapped(Value::Element),
            };
            let (before, after) = (self.old.value(self.at, &part), self.new.value(self.there, &part));
            return self.refused(&inner.clone().passed(Value::POINTED), &part, (&before, &after));
        }
        let (was, is) = (self.old.value(self.at, wanted), self.new.value(self.there, wanted));
        if fits(before, &was) != Some(false) && fits(after, &is) == Some(false) {
            return Some(Clash::Wanted(is.word()));
        }
        let (had, took) = (self.old.told(self.at, value)?, self.old.told_at(self.at, wanted)?);
        let (has, takes) = (self.new.told(self.there, value)?, self.new.told_at(self.there, wanted)?);
        let is_refused =
            self.old.is_taken(&had, &took) == Some(true) && self.new.is_taken(&has, &takes) == Some(false);
        is_refused.then(|| Clash::Wanted(self.new.word_of(&takes, &is)))
    }
}

/// Whether a pattern's name is a case of a type of the library.
fn is_case_of(case: &str, ty: &Type) -> bool {
    matches!((case, ty.name()), ("Some" | "None", Some("Option")) | ("Ok" | "Err", Some("Result")))
}

/// Whether a type may have the case, as far as can be known.
fn may_be_of(case: &str, ty: &Type) -> bool {
    is_case_of(case, ty) || !holds(ty) && may_be_tried(ty)
}

/// Whether an index finds something in a value.
pub(super) fn has_elements(ty: &Type) -> bool {
    matches!(ty.peeled().name(), Some("BTreeMap" | "HashMap" | "String" | "Vec" | "VecDeque" | "[]" | "str"))
}

/// Whether no index finds anything in a value, whatever it is.
pub(super) fn surely_has_none(ty: &Type) -> bool {
    const NONE: [&str; 7] = ["()", "BTreeSet", "Duration", "Future", "HashSet", library::ITERATOR, "Instant"];
    let ty = ty.peeled();
    is_wrapper(&ty) || is_number(&ty) || ty.name().is_some_and(|name| NONE.contains(&name))
}

/// Whether nothing can be calculated with it together with a number; `&` and `!` go with `bool`.
fn is_no_operand(ty: &Type) -> bool {
    is_wrapper(ty) || matches!(ty.name(), Some("String" | "str" | "()" | "Vec"))
}

/// Whether a type of the project can be waited for.
fn is_future(ty: &Type) -> bool {
    match &ty.head {
        Head::Project(home) => home.def().supers.iter().any(|above| above.ends_with("Future")),
        _ => false,
    }
}

/// Whether a type is one of the library's or a type of the project that is no other one.
fn is_known(ty: &Type) -> bool {
    match &ty.head {
        Head::Library(name) => is_plain(name),
        Head::Project(home) => is_closed(home),
        Head::Unknown | Head::Some(_) => false,
    }
}

fn is_number(ty: &Type) -> bool {
    ty.name().is_some_and(library::is_number)
}
