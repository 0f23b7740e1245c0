//! One branch changes the type of what a Rust function gives back, or of a field or constant;
//! another adds a use of it that only the old type allows.

use super::assign::{fits, is_apart};
use super::library::{self, wrapper_lacks};
use super::place::Place;
use super::tried::is_stuck;
use super::types::{Head, Type, Types};
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{FileModel, Kind, Receiver, Ref, RefKind, Taken, Value};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::retyped::{Clash, Retyped, check_all, is_left};
use crate::validate::rules::tree::{At, Home, Tree};
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
    if is_set {
        let given = reference.args.as_ref().and_then(|args| args.values.first())?;
        let found = uses.set(given, &before, &after)?;
        return is_left(view, retyped, usage).then_some(found);
    }
    let found = uses
        .own(reference, &before, &after)
        .or_else(|| uses.others(&usage.file.new.as_ref()?.model, &value, &before, &after))
        .or_else(|| uses.flows(&usage.file.new.as_ref()?.model, &value, &before, &after))?;
    is_left(view, retyped, usage).then_some(found)
}

/// The use as a value that others may come from.
fn value_of(file: &File<'_>, reference: &Ref) -> Option<Value> {
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
struct Uses<'u, 'v, 'a> {
    file: &'u File<'u>,
    old: &'u Types<'v, 'a>,
    new: &'u Types<'v, 'a>,
    at: &'u At,
    there: &'u At,
}

impl Uses<'_, '_, '_> {
    /// What becomes of the value where it stands.
    fn own(&self, reference: &Ref, before: &Type, after: &Type) -> Option<Clash> {
        if reference.awaited {
            // What a future gives was looked at as a value that comes from it.
            return None;
        }
        match &reference.taken {
            Taken::Tried if holds(before) && !may_hold(after) => return Some(Clash::HoldsNothing),
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
            Taken::Value if before.name() == Some("bool") && is_wrapper(after) => {
                return Some(Clash::Wanted(before.word()));
            }
            Taken::Value if is_number(before) && is_no_operand(after) => return Some(Clash::Operand),
            _ => {}
        }
        self.refused(&reference.wanted, before, after)
    }

    /// Whether the error that `?` hands on was one for what is around, and surely is none now.
    fn stuck(&self, reference: &Ref, before: &Type, after: &Type) -> Option<Clash> {
        let around = self.new.value(self.there, &reference.wanted);
        let (was, is, to) = (before.argument(1), after.argument(1), around.argument(1));
        let is_result = around.name() == Some("Result");
        let is_new = fits(&was, &is) == Some(false) && !is_stuck(self.old, &was, &to);
        (is_result && is_new && is_stuck(self.new, &is, &to)).then(|| Clash::Wanted(to.word()))
    }

    /// Whether a value was of the type that a place had and surely is not of the one that it has.
    fn set(&self, given: &Value, before: &Type, after: &Type) -> Option<Clash> {
        let (was, is) = (self.old.value(self.at, given), self.new.value(self.there, given));
        let refused = fits(&was, before) != Some(false) && fits(&is, after) == Some(false);
        refused.then(|| Clash::Set(is.word()))
    }

    /// Whether a place takes the old type and surely not the new one.
    fn refused(&self, wanted: &Value, before: &Type, after: &Type) -> Option<Clash> {
        if *wanted == Value::Unknown {
            return None;
        }
        let (was, is) = (self.old.value(self.at, wanted), self.new.value(self.there, wanted));
        let refused = fits(before, &was) != Some(false) && fits(after, &is) == Some(false);
        refused.then(|| Clash::Wanted(is.word()))
    }

    /// What others in the file do with the value.
    fn others(&self, model: &FileModel, value: &Value, before: &Type, after: &Type) -> Option<Clash> {
        model.refs.iter().find_map(|other| {
            if !other.name.starts_with(|char: char| char.is_alphanumeric() || char == '_') {
                return self.asked(other, value, before, after);
            }
            if other.on == *value && lacks(self.old, before, self.new, after, other) {
                return Some(Clash::Lacks(other.name.clone()));
            }
            let is_content = |step: &Value| matches!(step, Value::Content(of) if **of == *value);
            if other.on.steps().any(is_content) && holds(before) && !may_hold(after) {
                return Some(Clash::HoldsNothing);
            }
            let args = other.args.as_ref()?;
            let idx = args.values.iter().position(|passed| passed == value)?;
            let wanted = self.new.parameter(self.there, self.file, other, idx)?;
            let refused = fits(before, &wanted) != Some(false) && fits(after, &wanted) == Some(false);
            refused.then(|| Clash::Wanted(wanted.word()))
        })
    }

    /// What an operator or a format string asks of the value.
    fn asked(&self, other: &Ref, value: &Value, before: &Type, after: &Type) -> Option<Clash> {
        let beside = other.args.as_ref().and_then(|args| args.values.first());
        if other.name == Ref::EQUAL || other.name == Ref::ORDERED {
            let beside = if other.on == *value { beside? } else { &other.on };
            if other.on != *value && other.args.as_ref()?.values.first()? != value {
                return None;
            }
            let (was, is) = (self.old.value(self.at, beside), self.new.value(self.there, beside));
            let refused = !differ(before, &was) && differ(after, &is);
            return refused.then(|| Clash::Wanted(is.word()));
        }
        if other.on != *value {
            return None;
        }
        match other.name.as_str() {
            Ref::DISPLAYED if !is_silent(before) && is_silent(after) => {
                Some(Clash::Lacks("Display".to_owned()))
            }
            Ref::TESTED if before.name() == Some("bool") => {
                let truth = Type::library("bool", Vec::new());
                (fits(after, &truth) == Some(false)).then(|| Clash::Wanted(truth.word()))
            }
            _ => None,
        }
    }

    /// Where locals go that stand for the value.
    fn flows(&self, model: &FileModel, value: &Value, before: &Type, after: &Type) -> Option<Clash> {
        let mut flows =
            model.flows.iter().filter(|flow| flow.value == *value && flow.within == self.at.within);
        flows.find_map(|flow| self.refused(&flow.wanted, before, after))
    }
}

/// Whether a type is one whose content can be taken.
fn holds(ty: &Type) -> bool {
    matches!(ty.name(), Some("Option" | "Result"))
}

/// Types of the library, besides those of the language, that nothing is taken out of by `?`, `Some` or `unwrap`.
const HOLDS_NOTHING: [&str; 16] = [
    "()",
    "BTreeMap",
    "BTreeSet",
    "Duration",
    "Future",
    "HashMap",
    "HashSet",
    "Instant",
    "OsStr",
    "OsString",
    "Path",
    "PathBuf",
    "String",
    "SystemTime",
    "Vec",
    "[]",
];

/// Whether it may be, as far as can be known: other types can be tried too.
fn may_hold(ty: &Type) -> bool {
    match &ty.head {
        Head::Library(name) => {
            !library::PRIMITIVES.contains(&name.as_str()) && !HOLDS_NOTHING.contains(&name.as_str())
        }
        Head::Project(home) => home.def().supers.iter().any(|above| above == "Try" || above == "Deref"),
        Head::Unknown | Head::Some(_) => true,
    }
}

/// Whether a pattern's name is a case of a type of the library.
fn is_case_of(case: &str, ty: &Type) -> bool {
    matches!((case, ty.name()), ("Some" | "None", Some("Option")) | ("Ok" | "Err", Some("Result")))
}

/// Whether a type may have the case, as far as can be known.
fn may_be_of(case: &str, ty: &Type) -> bool {
    is_case_of(case, ty) || !holds(ty) && may_hold(ty)
}

/// Whether two types of the library are never compared with each other.
fn differ(left: &Type, right: &Type) -> bool {
    let refused = fits(left, right) == Some(false) || fits(right, left) == Some(false);
    refused && is_apart(left, right)
}

/// Whether nothing shows a value of a type by `Display`.
fn is_silent(ty: &Type) -> bool {
    is_wrapper(ty) || matches!(ty.name(), Some("()" | "Vec" | "[]"))
}

fn is_wrapper(ty: &Type) -> bool {
    matches!(ty.name(), Some("Option" | "Result" | "Future"))
}

/// Whether nothing can be calculated with it together with a number.
fn is_no_operand(ty: &Type) -> bool {
    is_wrapper(ty) || matches!(ty.name(), Some("String" | "str" | "bool" | "()" | "Vec"))
}

fn is_number(ty: &Type) -> bool {
    ty.name().is_some_and(|name| library::PRIMITIVES.contains(&name) && !matches!(name, "str" | "char"))
}

/// Whether the old type states a member itself that the new one surely lacks.
pub(super) fn lacks(
    old: &Types<'_, '_>,
    before: &Type,
    new: &Types<'_, '_>,
    after: &Type,
    used: &Ref,
) -> bool {
    if holds(before) && used.args.is_some() {
        let is_of_other = after.name() != before.name()
            && after.name().is_some_and(|name| library::is_of_other_wrapper(name, &used.name))
            && !new.may_extend(&used.name);
        return is_of_other
            || library::is_of_wrappers(&used.name) && surely_holds_nothing(new, after, &used.name);
    }
    if let Head::Library(_) = &before.head {
        return is_own_of_library(before, used)
            && is_wrapped_anew(after, used)
            && !new.may_extend(&used.name);
    }
    let Head::Project(owner) = &before.peeled().head else { return false };
    let Some(member) = old.member(owner, &used.name, used.args.is_some()) else { return false };
    if used.args.is_some() != (member.def().kind == Kind::Method) {
        return false;
    }
    let is_method = used.args.is_some();
    let after = after.peeled();
    match &after.head {
        Head::Library(name) if is_wrapper(&after) => {
            !is_method || wrapper_lacks(name, &used.name) && !new.may_extend(&used.name)
        }
        Head::Library(name) if is_method && matches!(name.as_str(), "()" | "bool") => {
            !used.name.starts_with("then")
                && wrapper_lacks("Option", &used.name)
                && !new.may_extend(&used.name)
        }
        Head::Library(name) => !is_method && (name != "()" || after.n_arguments() == 0) && !may_hold(&after),
        Head::Project(home) => new.surely_lacks(home, &used.name, is_method),
        Head::Unknown | Head::Some(_) => false,
    }
}

/// Whether a method is called on a number, a text or a list.
fn is_own_of_library(before: &Type, used: &Ref) -> bool {
    let is_plain = matches!(before.name(), Some("String" | "Vec" | "[]"))
        || before.name().is_some_and(|name| library::PRIMITIVES.contains(&name));
    is_plain && used.args.is_some()
}

/// Whether a value is in a wrapper now that has no method of the name, or nothing at all.
fn is_wrapped_anew(after: &Type, used: &Ref) -> bool {
    match after.name() {
        Some("()") if after.n_arguments() == 0 => library::wrapper_lacks("Option", &used.name),
        Some(name) => library::wrapper_lacks(name, &used.name),
        None => false,
    }
}

/// Whether a type is none that has the methods of `Option` and `Result`, or iterates.
fn surely_holds_nothing(new: &Types<'_, '_>, ty: &Type, method: &str) -> bool {
    const MORE: [&str; 4] = ["Iterator", "IntoIterator", "Future", "Stream"];
    match &ty.peeled().head {
        Head::Library(name) => !may_hold(ty) && name != "Future" && !new.may_extend(method),
        Head::Project(home) => {
            let supers = &home.def().supers;
            !supers.iter().any(|above| MORE.contains(&above.as_str())) && new.surely_lacks(home, method, true)
        }
        Head::Unknown | Head::Some(_) => false,
    }
}

impl Types<'_, '_> {
    /// Whether a type of the project has no member of a name, from whatever file or trait.
    fn surely_lacks(&self, home: &Home, name: &str, is_method: bool) -> bool {
        let def = home.def();
        let derefs = def.supers.iter().any(|above| above == "Deref");
        let is_data = matches!(def.kind, Kind::Class | Kind::Enum);
        is_data
            && !derefs
            && home.file.1.broken.is_empty()
            && self.member(home, name, is_method).is_none()
            && !(is_method && self.may_extend(name))
    }
}
