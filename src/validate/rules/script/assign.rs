//! Whether a TypeScript value of one type can go where another type is wanted.

use super::library::LIBRARY;
use super::types::{STEPS, Type, Types};
use crate::validate::model::{Def, Kind};

/// How a value is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// As its type says.
    Firmly,
    /// A test before it may have told that it is only a part of what its type says.
    Loosely,
    /// A test before it may have told that it is more than its type says as well.
    Barely,
    /// It was tested for what it is: it may be more, and where it cannot be what the test asks for it is
    /// nothing at all, which goes anywhere.
    Hardly,
}

impl Types<'_, '_> {
    /// No when the compiler would surely refuse a value of one type where another is wanted.
    pub(super) fn fits(&self, from: &Type, to: &Type, known: Known) -> Option<bool> {
        self.refuses(from, to, known, STEPS / 2).then_some(false)
    }

    fn refuses(&self, from: &Type, to: &Type, known: Known, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1).filter(|_| known != Known::Hardly) else { return false };
        if matches!(from, Type::Anything) {
            return known == Known::Firmly && refuses_anything(to);
        }
        // With one part that may be anything, all of it is.
        if to.members().iter().chain(from.members()).any(Type::is_unknown) {
            return false;
        }
        let truths = [Type::Literal("true".to_owned()), Type::Literal("false".to_owned())];
        let parts = match from {
            Type::Basic("boolean") => &truths,
            from => from.members(),
        };
        let refused = |part: &Type| {
            to.members().iter().all(|to| self.refuses_one(part, to, known, depth))
                && !self.may_be_split(part, to)
        };
        match known {
            Known::Firmly => parts.iter().any(refused),
            // Where it is asked whether it is there at all, nothing is left of it.
            _ if parts.iter().all(Type::is_falsy) => false,
            _ => parts.iter().all(refused),
        }
    }

    /// Whether an object may be of each of several types for one text, number or truth that a member of it
    /// may have.
    fn may_be_split(&self, from: &Type, to: &Type) -> bool {
        let is_object = |ty: &Type| matches!(ty, Type::Object(_) | Type::Project(_) | Type::Both(_));
        let told_by = |to: &Type| {
            let required = self.required(to).into_iter();
            required
                .filter(|(_, ty)| matches!(ty, Type::Literal(_)))
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
        };
        let is_several = |ty: Type| ty.members().len() > 1 || matches!(ty, Type::Basic("boolean"));
        let may_be = |name: &String| self.member_type(from, name, 3).is_none_or(is_several);
        is_object(from)
            && to.members().len() > 1
            && to.members().iter().filter(|to| is_object(to)).any(|to| told_by(to).iter().any(may_be))
    }

    fn refuses_one(&self, from: &Type, to: &Type, known: Known, depth: usize) -> bool {
        if known == Known::Barely && !is_never_made(from, to) {
            return false;
        }
        if from.is_missing() || to.is_missing() {
            return self.refuses_missing(from, to);
        }
        match (from, to) {
            (Type::Unknown | Type::Anything | Type::Places(_), _) => false,
            (_, Type::Unknown | Type::Anything | Type::Places(_)) => false,
            // What may have a mark beside it needs none: `number & { unit?: 'px' }`.
            (from, Type::Both(to)) => {
                to.iter().filter(|to| !is_weak(to)).any(|to| self.refuses(from, to, known, depth))
            }
            (Type::Both(all), to) if !matches!(to, Type::Object(_) | Type::Project(_)) => {
                all.iter().all(|part| self.refuses(part, to, known, depth))
            }
            (Type::Project(from), to) if from.def().kind == Kind::Enum => refuses_enum(to),
            // Any number may be one of an enum, and a text never is.
            (from, Type::Project(to)) if to.def().kind == Kind::Enum => from.base() != Some("number"),
            (_, Type::Literal(text)) => from.base().is_none() || !may_be(from, text, to.base(), known),
            (_, Type::Basic(_) | Type::Some(_)) => from.base() != to.base(),
            (Type::List(from), Type::List(to)) | (Type::Promise(from), Type::Promise(to)) => {
                self.refuses(from, to, Known::Firmly, depth)
            }
            (_, Type::Library("Iterable", _)) | (Type::Library("Iterable", _), _) => false,
            (Type::Library(from, _), Type::Library(to, _)) => from != to,
            (Type::Keyed(..), Type::Keyed(..)) => false,
            // What stands under the keys may be `any` under another name.
            (from, Type::Keyed(any, under)) => {
                let is_any = *any || matches!(**under, Type::Unknown);
                is_one_value(from) || !is_any && self.has_no_keys(from)
            }
            // Any key is none for sure.
            (Type::Keyed(..), Type::List(_) | Type::Promise(_) | Type::Library(..) | Type::Function) => true,
            (Type::Keyed(..), Type::Object(_) | Type::Project(_)) => {
                let nothing = Type::Object(Vec::new());
                self.required(to).iter().any(|(name, _)| self.has_member(&nothing, name) == Some(false))
            }
            (Type::Function, Type::Function) | (_, Type::Thing(_) | Type::Part(..)) => false,
            (from, Type::List(_) | Type::Promise(_) | Type::Library(..)) => {
                is_one_value(from)
                    || is_of_language(from)
                    || match self.has_member(from, mark_of(to)) {
                        None => is_list_of(to, from),
                        has => has == Some(false),
                    }
            }
            (Type::Object(_), Type::Function) => true,
            (from, Type::Function) => is_one_value(from) || is_of_language(from),
            (from, Type::Object(_) | Type::Project(_)) => self.lacks_of(from, to, depth),
            (_, Type::Union(_)) => self.refuses(from, to, known, depth),
        }
    }

    /// Whether a type does not say what stands under any key, and cannot be taken to: only an object
    /// without a name can.
    fn has_no_keys(&self, ty: &Type) -> bool {
        match ty {
            Type::Project(home) => {
                matches!(home.def().kind, Kind::Class | Kind::Interface)
                    && self.has_member(ty, Def::ANY_KEY) == Some(false)
            }
            ty => is_of_language(ty),
        }
    }

    /// What is missing goes only where something may be missing; outside of strict mode anywhere.
    fn refuses_missing(&self, from: &Type, to: &Type) -> bool {
        let is = |ty: &Type, name: &str| matches!(ty, Type::Basic(basic) if *basic == name);
        match (from.is_missing(), to.is_missing()) {
            (true, true) => {
                is(to, "undefined") && !is(from, "undefined") || is(to, "null") && !is(from, "null")
            }
            (true, false) => !may_be_any(to) && (self.strict || is(from, "void")),
            // What a function that gives nothing back is given is not looked at.
            _ => !from.is_unknown() && !is(to, "void") && !matches!(from, Type::Union(_)),
        }
    }

    /// Whether a text, a number or a truth has none of the members that an object may have, of which
    /// it needs none: the compiler takes that for a mistake.
    fn shares_nothing(&self, from: &Type, to: &Type) -> bool {
        let Type::Object(members) = to else { return false };
        is_weak(to)
            && is_one_value(from)
            && members.iter().all(|(name, ..)| self.has_member(from, name) == Some(false))
    }

    /// Whether a value surely lacks a member that an object has to have, or has another type there.
    fn lacks_of(&self, from: &Type, to: &Type, depth: usize) -> bool {
        let is_boxed =
            |name: &str, wanted: &Type| self.has_member(from, name).is_none() && is_same(from, wanted);
        self.shares_nothing(from, to)
            || matches!(to, Type::Object(members) if members.iter().any(|(name, optional, wanted)| !optional && is_boxed(name, wanted)))
            || self.required(to).iter().any(|(name, wanted)| {
                self.has_member(from, name) == Some(false) || {
                    let given = self.member_type(from, name, 3).unwrap_or(Type::Unknown);
                    self.refuses(&given, wanted, Known::Firmly, depth)
                }
            })
    }
}

/// Whether a type may be `any`; one of several that hold at once makes all of them so.
fn may_be_any(ty: &Type) -> bool {
    match ty {
        Type::Both(all) => all.iter().any(may_be_any),
        ty => ty.is_unknown(),
    }
}

/// Whether something that may be anything does not go where a type is wanted.
fn refuses_anything(to: &Type) -> bool {
    let has = |name: &str| to.members().iter().any(|ty| matches!(ty, Type::Basic(basic) if *basic == name));
    // That is all there is.
    let is_all = has("undefined") && has("null");
    !is_all && !to.members().iter().any(Type::is_unknown)
}

/// Whether a list of a type of the project is wanted where one of it is given: all that is known of
/// the type speaks against one that is a list of itself.
fn is_list_of(to: &Type, from: &Type) -> bool {
    let (Type::List(element), Type::Project(home)) = (to, from) else { return false };
    let sounds_like_list =
        |above: &String| ["Array", "List", "Tuple"].iter().any(|word| above.contains(word));
    is_same(from, element) && !home.def().supers.iter().any(sounds_like_list)
}

/// Whether two types are the same one of the project.
fn is_same(one: &Type, other: &Type) -> bool {
    matches!((one, other), (Type::Project(one), Type::Project(other)) if one.is(other))
}

/// Whether no test makes a value of one type one of another: a text is no list, and an object no text.
fn is_never_made(from: &Type, to: &Type) -> bool {
    let is_plain = |ty: &Type| is_one_value(ty) || is_of_language(ty) || matches!(ty, Type::Function);
    let is_known = is_plain(from) || matches!(from, Type::Object(_) | Type::Keyed(..)) && !is_weak(from);
    is_known && is_plain(to) && (is_one_value(from) || is_one_value(to))
}

/// Whether a type has members and demands none.
fn is_weak(ty: &Type) -> bool {
    let Type::Object(members) = ty else { return false };
    !members.is_empty() && members.iter().all(|(_, optional, _)| *optional)
}

/// Whether a value may be a text, a number or a truth of which a type speaks.
fn may_be(from: &Type, text: &str, base: Option<&str>, known: Known) -> bool {
    match from {
        Type::Literal(own) => own == text,
        Type::Basic(_) => known != Known::Firmly && from.base() == base,
        _ => from.base() == base,
    }
}

/// A member that every value of a type of the language has, and hardly any other.
fn mark_of(ty: &Type) -> &'static str {
    match ty {
        Type::List(_) => "length",
        Type::Library(name, _) => {
            LIBRARY.iter().find(|(class, _)| class == name).map_or("then", |(_, mark)| mark)
        }
        _ => "then",
    }
}

/// Whether a type stands for texts, numbers and the like.
fn is_one_value(ty: &Type) -> bool {
    ty.base().is_some()
}

fn is_of_language(ty: &Type) -> bool {
    matches!(ty, Type::List(_) | Type::Promise(_) | Type::Library(..))
}

/// What no variant of an enum can be.
fn refuses_enum(to: &Type) -> bool {
    match to {
        Type::Basic(name) => matches!(*name, "boolean" | "bigint" | "symbol"),
        _ => is_of_language(to) || matches!(to, Type::Function),
    }
}
