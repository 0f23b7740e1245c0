//! One branch changes the type of what a Rust function gives back, or of a field or constant;
//! another adds a use of it that only the old type allows.

use super::assign::fits;
use super::library::{self, wrapper_lacks};
use super::place::Place;
use super::types::{At, Head, Home, Type, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Receiver, Ref, RefKind, Taken, Value};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::symbol_removed::is_left;
use crate::validate::rules::{Draft, Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| file.language == Language::Rust) {
            for retyped in retyped(branch, file) {
                let uses = view.index.uses.get(retyped.old.name.as_str()).into_iter().flatten();
                let mut seen = Vec::new();
                for usage in uses.filter(|usage| usage.branch != branch) {
                    let place = (usage.branch, usage.file.path);
                    if seen.contains(&place) {
                        continue;
                    }
                    if let Some(clash) = clash(view, &retyped, usage) {
                        seen.push(place);
                        findings.push(finding(view, &retyped, usage, &clash));
                    }
                }
            }
        }
    }
}

/// Something whose type a branch changed.
struct Retyped<'a> {
    branch: usize,
    file: &'a File<'a>,
    old: &'a Def,
    new: &'a Def,
}

fn retyped<'a>(branch: usize, file: &'a File<'a>) -> Vec<Retyped<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let alone = |model: &FileModel, def: &Def| {
        let same = model.defs.iter().filter(|other| other.name == def.name && other.parents == def.parents);
        same.filter(|other| other.kind == def.kind).count() == 1
            && !def.flags.may_repeat
            && !def.flags.is_test
    };
    let pairs = file.change.edited.iter();
    let pairs = pairs.map(|(before, after)| (&old.model.defs[*before], &new.model.defs[*after]));
    let has_type = |kind| matches!(kind, Kind::Function | Kind::Method | Kind::Field | Kind::Const);
    pairs
        .filter(|(before, after)| before.kind == after.kind && has_type(before.kind))
        .filter(|(before, after)| before.ty != after.ty || is_async(before) != is_async(after))
        .filter(|(before, after)| alone(&old.model, before) && alone(&new.model, after))
        .map(|(old, new)| Retyped { branch, file, old, new })
        .collect()
}

fn is_async(def: &Def) -> bool {
    def.sig.as_ref().is_some_and(|sig| sig.is_async)
}

/// What no longer fits.
enum Clash {
    /// It goes where its type cannot.
    Wanted(String),
    /// The new type has no such member.
    Lacks(String),
    /// It is taken for a result or an option.
    HoldsNothing,
    /// It is calculated with.
    Operand,
    /// It is set to a value of another type.
    Set(String),
}

fn clash(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, _) = usage.what else { return None };
    let is_set = reference.kind == RefKind::Write && retyped.old.kind == Kind::Field;
    let is_taken = matches!(reference.kind, RefKind::Call | RefKind::Read)
        && reference.args.is_some() == retyped.old.sig.is_some();
    if !is_set && !is_taken
        || view.reach(usage, retyped.file, retyped.old) != Some(Reach::Sure)
        || !knows_old(view, retyped, usage)
    {
        return None;
    }
    let old = Types::of(view, usage.branch, usage.file);
    let new = Types::merged(view, usage.branch, retyped.branch, usage.file);
    let value = match &reference.receiver {
        Receiver::This if is_set => Value::This.field(&reference.name),
        _ if is_set => reference.on.clone().field(&reference.name),
        _ => value_of(usage.file, reference)?,
    };
    let at = old.at(usage.file.path, reference.within)?;
    let there = merged_place(&new, usage.file, reference.within)?;
    let (before, after) = (old.value(&at, &value), new.value(&there, &value));
    if before.is_unknown() || after.is_unknown() {
        return None;
    }
    let uses = Uses { old: &old, new: &new, at: &at, there: &there };
    if is_set {
        let given = reference.args.as_ref().and_then(|args| args.values.first())?;
        let found = uses.set(given, &before, &after)?;
        return is_left(view, (retyped.branch, &retyped.old.name), usage, |_| false).then_some(found);
    }
    let found = uses
        .own(reference, &before, &after)
        .or_else(|| uses.others(&usage.file.new.as_ref()?.model, &value, &before, &after))?;
    is_left(view, (retyped.branch, &retyped.old.name), usage, |_| false).then_some(found)
}

/// The place of a use in the merge.
pub(super) fn merged_place(merge: &Types<'_, '_>, file: &File<'_>, within: Option<usize>) -> Option<At> {
    let model = &file.new.as_ref()?.model;
    let mut at = merge.at(file.path, None)?;
    at.within = match within.and_then(|within| model.defs.get(within)) {
        Some(def) => Some(at.file.1.defs.iter().position(|other| other.path() == def.path())?),
        None => None,
    };
    Some(at)
}

/// Whether the other branch has the type as it was, if it changed the file too.
fn knows_old(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> bool {
    let Some(own) = view.file(usage.branch, retyped.file.path) else { return true };
    let same = |def: &Def| {
        let old = retyped.old;
        def.kind == old.kind && def.path() == old.path() && def.ty == old.ty && is_async(def) == is_async(old)
    };
    own.new.as_ref().is_some_and(|own| own.model.defs.iter().any(same))
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
            Taken::Value if is_number(before) && is_no_operand(after) => return Some(Clash::Operand),
            _ => {}
        }
        self.refused(&reference.wanted, before, after)
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
            if other.on == *value && lacks(self.old, before, self.new, after, other) {
                return Some(Clash::Lacks(other.name.clone()));
            }
            let is_content = |step: &Value| matches!(step, Value::Content(of) if **of == *value);
            if other.on.steps().any(is_content) && holds(before) && !may_hold(after) {
                return Some(Clash::HoldsNothing);
            }
            let args = other.args.as_ref()?;
            let idx = args.values.iter().position(|passed| passed == value)?;
            let wanted = self.parameter(other, idx)?;
            let refused = fits(before, &wanted) != Some(false) && fits(after, &wanted) == Some(false);
            refused.then(|| Clash::Wanted(wanted.word()))
        })
    }

    /// The type of a parameter of the function that a use calls.
    fn parameter(&self, call: &Ref, idx: usize) -> Option<Type> {
        let function = if call.on == Value::Unknown {
            return None;
        } else {
            self.new.method_of(&self.new.value(self.there, &call.on), &call.name)?
        };
        let params = &function.def().sig.as_ref()?.params;
        Some(self.new.stated(&function.inside(), &params.get(idx)?.written))
    }
}

/// Whether a type is one whose content can be taken.
fn holds(ty: &Type) -> bool {
    matches!(ty.name(), Some("Option" | "Result"))
}

/// Whether it may be, as far as can be known: other types can be tried too.
fn may_hold(ty: &Type) -> bool {
    match &ty.head {
        Head::Library(name) => {
            !library::PRIMITIVES.contains(&name.as_str())
                && !matches!(name.as_str(), "String" | "Vec" | "[]" | "()" | "Future")
        }
        Head::Project(home) => home.def().supers.iter().any(|above| above == "Try" || above == "Deref"),
        Head::Unknown | Head::Some(_) => true,
    }
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
fn lacks(old: &Types<'_, '_>, before: &Type, new: &Types<'_, '_>, after: &Type, used: &Ref) -> bool {
    if holds(before) && used.args.is_some() {
        return library::is_of_wrappers(&used.name) && surely_holds_nothing(new, after, &used.name);
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
        Head::Library(name) => !is_method && name != "()" && !may_hold(&after),
        Head::Project(home) => new.surely_lacks(home, &used.name, is_method),
        Head::Unknown | Head::Some(_) => false,
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

fn finding(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>, clash: &Clash) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(retyped.branch));
    let name = retyped.old.path();
    let why = match clash {
        Clash::Wanted(wanted) => format!("where `{wanted}` is wanted"),
        Clash::Lacks(member) => format!("and takes `{member}` from it"),
        Clash::HoldsNothing => "as something that may be missing".to_owned(),
        Clash::Operand => "as a number".to_owned(),
        Clash::Set(given) => format!("for a `{given}`"),
    };
    let said = |def: &Def| format!("{}{}", if is_async(def) { "async " } else { "" }, def.ty);
    let message = format!(
        "{user} uses `{name}` in {} {why}, but {changer} changed its type from `{}` to `{}` in {}",
        usage.file.path,
        said(retyped.old),
        said(retyped.new),
        retyped.file.path
    );
    let sites = vec![
        view.site(retyped.branch, retyped.file.path, retyped.new.line),
        view.site(usage.branch, usage.file.path, usage.what.line()),
    ];
    let summary = format!("use `{name}` as `{}` in {}", said(retyped.new), usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&name], sites, fix }.finish()
}
