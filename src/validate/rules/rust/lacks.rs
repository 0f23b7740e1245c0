//! What Rust types lack that others have.

use super::assign::is_plain;
use super::collections;
use super::derefs::derefs;
use super::library::{self, wrapper_lacks};
use super::library_traits::{STD_METHODS, STD_TRAITS};
use super::types::{Head, Type, Types};
use crate::validate::model::{Def, Kind, Ref, Value};
use crate::validate::rules::tree::Home;

/// Whether a type is one whose content can be taken.
pub(super) fn holds(ty: &Type) -> bool {
    matches!(ty.name(), Some("Option" | "Result"))
}

/// Whether it may be, as far as can be known: other types can be tried too.
pub(super) fn may_hold(ty: &Type) -> bool {
    match &ty.head {
        Head::Library(name) => holds(ty) || !is_plain(name),
        Head::Project(home) => home.def().supers.iter().any(|above| above == "Try" || above == "Deref"),
        Head::Unknown | Head::Some(_) => true,
    }
}

/// Whether `?` or a pattern of `Option` and `Result` may take it, as far as can be known: not through a box.
pub(super) fn may_be_tried(ty: &Type) -> bool {
    const BOXES: [&str; 6] = ["Arc", "Box", "Mutex", "Rc", "RefCell", "RwLock"];
    may_hold(ty) && !ty.name().is_some_and(|name| BOXES.contains(&name))
}

/// Whether a value is in something of the library that may hold none, or holds it later.
pub(super) fn is_wrapper(ty: &Type) -> bool {
    matches!(ty.name(), Some("Option" | "Result" | "Future"))
}

/// Whether the old type states a member itself that the new one surely lacks.
pub(super) fn lacks(
    old: &Types<'_, '_>,
    before: &Type,
    new: &Types<'_, '_>,
    after: &Type,
    used: &Ref,
) -> bool {
    if let Ok(place) = used.name.parse::<usize>() {
        return has_place(before, place) == Some(true) && has_place(after, place) == Some(false);
    }
    if holds(before) && used.args.is_some() {
        let is_of_other = after.name() != before.name()
            && after.name().is_some_and(|name| library::is_of_other_wrapper(name, &used.name))
            && !new.may_extend(&used.name);
        return is_of_other
            || library::is_of_wrappers(&used.name) && surely_holds_nothing(new, after, &used.name);
    }
    if let (Some(was), Some(is), Some(args)) = (before.peeled().name(), after.peeled().name(), &used.args)
        && collections::lacks(was, is, &used.name, args.positional)
    {
        return !new.may_extend(&used.name);
    }
    if is_asked_for_text(before, after, used) || is_asked_for_key(before, after, used) {
        return !new.may_extend(&used.name);
    }
    if let (Head::Library(name), Head::Project(home), Some(args)) =
        (&before.head, &after.peeled().head, &used.args)
        && (is_own_of_library(before, used) || collections::has(name, &used.name, args.positional))
    {
        return new.surely_lacks(home, &used.name, true);
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
        Head::Library(name) if is_method => {
            collections::is_none_of_lists(name, &used.name) && !new.may_extend(&used.name)
        }
        Head::Library(name) => !is_method && (name != "()" || after.n_arguments() == 0) && !may_hold(&after),
        Head::Project(home) => new.surely_lacks(home, &used.name, is_method),
        Head::Unknown | Head::Some(_) => false,
    }
}

/// Whether a tuple or tuple struct has a value at a place.
fn has_place(ty: &Type, place: usize) -> Option<bool> {
    let ty = ty.peeled();
    match &ty.head {
        Head::Library(name) if name == "()" => Some(place < ty.n_arguments()),
        Head::Library(name) => is_plain(name).then_some(false),
        Head::Project(home) if home.def().flags.may_repeat || derefs(home.def()) => None,
        Head::Project(home) => Some(home.def().sig.as_ref().is_some_and(|sig| place < sig.params.len())),
        Head::Unknown | Head::Some(_) => None,
    }
}

/// Whether what a map finds by a key is asked of a list, by a reference as maps take it.
fn is_asked_for_key(before: &Type, after: &Type, used: &Ref) -> bool {
    let key = used.args.as_ref().and_then(|args| args.values.first());
    matches!(before.peeled().name(), Some("BTreeMap" | "HashMap"))
        && matches!(after.peeled().name(), Some("Vec" | "VecDeque" | "[]"))
        && matches!(used.name.as_str(), "get" | "get_mut" | "remove")
        && matches!(key, Some(Value::Passed(_, mark)) if mark == Value::POINTER)
}

/// Whether a text is looked for in what was one and is a list now, whose methods of the name want its elements.
fn is_asked_for_text(before: &Type, after: &Type, used: &Ref) -> bool {
    const BOTH: [&str; 7] =
        ["contains", "ends_with", "rsplit", "split", "starts_with", "strip_prefix", "strip_suffix"];
    let is_text = |value: &Value| matches!(value, Value::Of(of) if of == "str" || of == "char");
    let looked_for = used.args.as_ref().and_then(|args| args.values.first());
    matches!(before.name(), Some("String" | "str"))
        && matches!(after.peeled().name(), Some("Vec" | "VecDeque" | "[]"))
        && BOTH.contains(&used.name.as_str())
        && looked_for.is_some_and(is_text)
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

/// Whether a trait of the standard library that a type implements may give it a method.
fn may_come_of(def: &Def, method: &str) -> bool {
    let mut of = STD_TRAITS.iter().filter(|(_, methods)| methods.contains(&method));
    STD_METHODS.contains(&method) || of.any(|(of, _)| def.supers.iter().any(|above| above == of))
}

impl Types<'_, '_> {
    /// Whether a type of the project has no member of a name, from whatever file or trait.
    fn surely_lacks(&self, home: &Home, name: &str, is_method: bool) -> bool {
        let def = home.def();
        let is_data = matches!(def.kind, Kind::Class | Kind::Enum);
        is_data
            && !derefs(def)
            && home.file.1.broken.is_empty()
            && self.member(home, name, is_method).is_none()
            && !(is_method && (self.may_extend(name) || may_come_of(def, name)))
    }
}
