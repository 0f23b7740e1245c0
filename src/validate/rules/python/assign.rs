//! Whether a Python value surely is of none of the types that a place takes, by the rules of its checkers.

use super::types::{KINDS, Type, Types, is_typing};
use super::{class_of_classes, lookup, only_import};
use crate::validate::model::{Def, Kind, Ty};
use crate::validate::names::has_word;
use crate::validate::rules::tree::{Home, Tree};

/// Classes above classes beyond this are not looked at.
const STEPS: usize = 12;

/// Classes above one that make it no other type.
const PLAIN: [&str; 5] = ["ABC", "Enum", "Generic", "Exception", "object"];

impl Types<'_, '_> {
    /// Whether no type that a value may have fits any that is wanted.
    pub(super) fn refuses(&self, wanted: &[Type], passed: &[Type]) -> bool {
        let misfits = |one: &Type| wanted.iter().all(|wanted| self.fits(one, wanted) == Some(false));
        !wanted.is_empty() && !passed.is_empty() && passed.iter().all(misfits)
    }

    /// Whether some type that a value may have fits none that is wanted: nothing told it before.
    pub(super) fn refuses_some(&self, wanted: &[Type], given: &[Type]) -> bool {
        given.iter().any(|one| self.refuses(wanted, std::slice::from_ref(one)))
    }

    /// Whether what is taken is a part of what a value may be, which a test or an assignment may have shown it
    /// to be.
    pub(super) fn may_narrow(&self, passed: &[Type], wanted: &[Type]) -> bool {
        let narrows = |passed: &Type, wanted: &Type| match (passed, wanted) {
            (Type::Builtin(passed), Type::Builtin(wanted)) => is_kind_of(wanted, passed),
            (Type::Class(passed), Type::Class(wanted)) => {
                self.is_below(wanted, Some(passed), STEPS) != Some(false)
            }
            _ => false,
        };
        passed.iter().any(|passed| wanted.iter().any(|wanted| narrows(passed, wanted)))
    }

    fn fits(&self, passed: &Type, wanted: &Type) -> Option<bool> {
        match (passed, wanted) {
            (Type::Abstract(_), _) => None,
            (Type::Builtin(passed), Type::Builtin(wanted)) => Some(is_kind_of(passed, wanted)),
            (Type::Builtin(passed), Type::Abstract(wanted)) => Some(is_of(passed, wanted)),
            (Type::Builtin(_), Type::Library(..)) => Some(false),
            // What a class above says is how a dictionary is shaped.
            (Type::Builtin("dict"), Type::Class(class)) if !class.def().supers.is_empty() => None,
            (Type::Builtin(_), Type::Class(class)) => is_nominal(class).then_some(false),
            (Type::Library(module, passed), Type::Library(other, wanted)) => {
                let is_kin = passed == wanted || matches!(*module, "pathlib" | "typing") || *wanted == "date";
                if module == other && is_kin { None } else { Some(false) }
            }
            (Type::Library(module, _), Type::Builtin(wanted)) => {
                let is_number = matches!(*module, "decimal" | "fractions");
                (!is_number || matches!(*wanted, "str" | "bytes" | "None")).then_some(false)
            }
            (Type::Library(..), Type::Class(class)) => is_nominal(class).then_some(false),
            (Type::Library(..) | Type::Class(_), Type::Abstract(_)) => None,
            (Type::Class(class), Type::Builtin(_) | Type::Library(..)) => {
                self.is_below(class, None, STEPS).filter(|is_below| !is_below)
            }
            (Type::Class(class), Type::Class(wanted)) => {
                let below = self.is_below(class, Some(wanted), STEPS);
                if is_nominal(wanted) { below } else { below.filter(|is_below| *is_below) }
            }
        }
    }

    /// Whether a class is another one or below it, as far as all the classes above it are known.
    fn is_below(&self, class: &Home, wanted: Option<&Home>, steps: usize) -> Option<bool> {
        if wanted.is_some_and(|wanted| class.is(wanted)) {
            return Some(true);
        }
        let steps = steps.checked_sub(1)?;
        if !is_made_by_itself(class) {
            return None;
        }
        let mut known = true;
        for above in &class.def().supers {
            match lookup(self.tree, &class.inside(), above) {
                Some(above) => match self.is_below(&above, wanted, steps) {
                    Some(true) => return Some(true),
                    found => known &= found.is_some(),
                },
                None => known &= is_plain(self.tree, class, above),
            }
        }
        known.then_some(false)
    }
}

/// Whether a class is written out, with all that it is below: `Room = namedtuple(…)` is not.
fn is_stated(class: &Home) -> bool {
    let def = class.def();
    def.kind.is_type() && !def.flags.is_reshaped && def.head.contains("class ")
}

/// Whether a call of a class surely gives a value of it.
pub(super) fn is_made_by_itself(class: &Home) -> bool {
    let def = class.def();
    let states = |other: &Def| other.parents.split_last() == Some((&def.name, &def.parents[..]));
    let gives_own = |new: &Def| match new.sig.as_ref().map(|sig| &sig.returns) {
        Some(Ty::Named(name)) => *name == def.name,
        _ => !new.head.contains("->") || has_word(&new.head, "Self"),
    };
    let is_given = class.file.1.named("__new__").any(|(_, new)| states(new) && !gives_own(new));
    is_stated(class) && !is_given && class_of_classes(def).is_none()
}

/// Whether a name that the project does not define stands for a class of the language above one.
fn is_plain(tree: Tree<'_, '_>, class: &Home, above: &str) -> bool {
    const FROM: [&str; 3] = ["abc", "builtins", "enum"];
    match only_import(tree, &class.inside(), above) {
        Some(Some((import, _))) if FROM.contains(&import.module.as_str()) => PLAIN.contains(&above),
        Some(Some((import, _))) => is_typing(import) && (PLAIN.contains(&above) || KINDS.contains(&above)),
        Some(None) => PLAIN.contains(&above),
        None => false,
    }
}

/// Whether values are of a class only if they are made by it or by one below it.
fn is_nominal(class: &Home) -> bool {
    let def = class.def();
    let by_form = |above: &String| matches!(above.as_str(), "Protocol" | "TypedDict" | "NamedTuple");
    is_stated(class) && matches!(def.kind, Kind::Class | Kind::Enum) && !def.supers.iter().any(by_form)
}

/// Whether values of one type that needs no import pass as another one.
fn is_kind_of(passed: &str, wanted: &str) -> bool {
    let wider: &[&str] = match passed {
        "bool" => &["int", "float", "complex"],
        "int" => &["float", "complex"],
        "float" => &["complex"],
        "bytearray" => &["bytes"],
        _ => &[],
    };
    passed == wanted || wider.contains(&wanted)
}

/// Whether values of a type that needs no import are of a kind.
fn is_of(passed: &str, wanted: &str) -> bool {
    let kinds: &[&str] = match passed {
        "str" | "bytes" | "tuple" => &["Collection", "Container", "Iterable", "Sequence", "Sized"],
        "list" | "bytearray" => {
            &["Collection", "Container", "Iterable", "MutableSequence", "Sequence", "Sized"]
        }
        "set" => &["Collection", "Container", "Iterable", "MutableSet", "Sized"],
        "frozenset" => &["Collection", "Container", "Iterable", "Sized"],
        "dict" => &["Collection", "Container", "Iterable", "Mapping", "MutableMapping", "Sized"],
        _ => &[],
    };
    kinds.contains(&wanted)
}
