//! Whether a Go value of one type can go where another type is wanted.

use super::library;
use super::members::Member;
use super::types::{STEPS, Type, Types};
use crate::validate::model::{Def, Kind};
use crate::validate::rules::tree::Home;

impl Types<'_, '_> {
    /// No when the compiler would surely refuse a value of one type where another is wanted.
    pub(super) fn fits(&self, from: &Type, to: &Type) -> Option<bool> {
        let lacking = match (from, to) {
            (from, to) if to.is_nil() => self.is_never_nil(from),
            (Type::Embedded(from), to) => self.refuses_pointed(from, &to.clone().pointed()),
            (from, Type::Embedded(to)) => self.refuses_pointed(&from.clone().pointed(), to),
            (Type::Pointer(from), Type::Pointer(to)) => self.fits(from, to) == Some(false),
            (Type::Pointer(from), Type::Foreign(to)) if library::asked(to).is_some() => {
                is_interface(from) || self.lacks_asked(from, to)
            }
            (Type::Pointer(from), to) => self.is_no_interface(to) || self.refuses_pointed(from, to),
            (Type::Basic(from), Type::Pointer(_)) => from != "{nil}",
            (Type::Foreign(from), Type::Pointer(_)) if library::asked(from).is_some() => true,
            (from, Type::Pointer(to)) => self.is_no_interface(from) || self.fits(from, to) == Some(false),
            (Type::Project(home), Type::Project(wanted)) if wanted.def().kind == Kind::Interface => {
                self.lacks_method(from, wanted)
                    || self.asked(wanted).any(|method| self.holds(home, &method.name) == Some(false))
            }
            // What has no name of its own has no methods.
            (Type::Any | Type::List(_) | Type::Map(..) | Type::Function(_), Type::Project(wanted))
                if wanted.def().kind == Kind::Interface =>
            {
                self.asked(wanted).next().is_some()
            }
            (Type::Basic(from), Type::Project(wanted)) if wanted.def().kind == Kind::Interface => {
                !matches!(from.as_str(), "{nil}" | "error") && self.asked(wanted).next().is_some()
            }
            (Type::Basic(from), Type::Project(to)) if from == "{nil}" && to.def().kind == Kind::Class => true,
            (Type::Basic(from), Type::Project(to)) if is_defined(to) => {
                let is_value = !from.starts_with('{') && from != "error";
                is_value && is_concrete(&self.underlying(Type::Project(to.clone())))
            }
            (Type::Project(from), Type::Basic(to)) if is_defined(from) => {
                !to.starts_with('{')
                    && to != "error"
                    && is_concrete(&self.underlying(Type::Project(from.clone())))
            }
            (Type::List(_) | Type::Map(..) | Type::Function(_), Type::Project(wanted))
                if wanted.def().kind == Kind::Alias =>
            {
                fits(from, &self.underlying(Type::Project(wanted.clone()))) == Some(false)
            }
            (Type::Project(from), Type::List(_) | Type::Map(..) | Type::Function(_)) if is_defined(from) => {
                let is = self.underlying(Type::Project(from.clone()));
                is_concrete(&is) && fits(&is, to) == Some(false)
            }
            // A list of what an interface holds is none of what fits in one.
            (Type::List(from), Type::List(to)) => self.same(from, to) == Some(false),
            (Type::Map(key, from), Type::Map(other, to)) => {
                self.same(key, other) == Some(false) || self.same(from, to) == Some(false)
            }
            // `return load()` gives all that a call gives.
            (Type::Several(from), Type::Several(to)) if from.len() == to.len() => {
                from.iter().zip(to).any(|(from, to)| self.fits(from, to) == Some(false))
            }
            (Type::Project(home), Type::Foreign(to))
                if library::asked(to)
                    .unwrap_or_default()
                    .iter()
                    .any(|name| self.holds(home, name) == Some(false)) =>
            {
                true
            }
            (from, Type::Foreign(to)) if library::asked(to).is_some() => self.lacks_asked(from, to),
            // What an interface holds has to be asserted before it goes anywhere else.
            (Type::Foreign(from), to) if library::asked(from).is_some() => {
                matches!(to, Type::Pointer(_)) || self.is_no_interface(to)
            }
            (Type::Project(from), to) if from.def().kind == Kind::Interface => self.is_no_interface(to),
            _ => fits(from, to) == Some(false),
        };
        lacking.then_some(false)
    }

    /// Whether a type is known, and neither an interface nor a type parameter.
    fn is_no_interface(&self, ty: &Type) -> bool {
        match ty {
            Type::Project(home) if home.def().kind == Kind::Class => true,
            Type::Library(_) => true,
            ty => is_concrete(&self.underlying(ty.clone())),
        }
    }

    /// Whether a pointer to a type, or what is one or that type, surely cannot go somewhere: pointers have all
    /// methods.
    fn refuses_pointed(&self, from: &Type, to: &Type) -> bool {
        match (from, to) {
            (Type::Project(_), Type::Project(wanted)) if wanted.def().kind == Kind::Interface => {
                self.lacks_method(from, wanted)
            }
            (_, Type::Foreign(wanted)) if library::asked(wanted).is_some() => self.lacks_asked(from, wanted),
            _ => self.fits(from, to) == Some(false),
        }
    }

    /// Whether no value of a type is `nil`.
    fn is_never_nil(&self, ty: &Type) -> bool {
        let mut ty = ty.clone();
        for _ in 0..STEPS {
            ty = match ty {
                Type::Project(home) if home.def().kind == Kind::Alias => self.underlying(Type::Project(home)),
                Type::Project(home) => return home.def().kind == Kind::Class,
                Type::Basic(name) => return name != "error" && !name.starts_with('{'),
                ty => return matches!(ty, Type::Library(_)),
            };
        }
        false
    }

    /// Whether a type, or a pointer to it, surely lacks a method that an interface of the library asks for.
    fn lacks_asked(&self, ty: &Type, interface: &str) -> bool {
        let mut asked = library::asked(interface).unwrap_or_default().iter();
        match ty {
            Type::Any | Type::List(_) | Type::Map(..) | Type::Function(_) => true,
            Type::Basic(name) => !matches!(name.as_str(), "{nil}" | "error"),
            Type::Project(_) => asked.any(|method| matches!(self.member(ty, method), Member::Nowhere)),
            _ => false,
        }
    }

    /// Whether a type surely lacks a method that an interface asks for.
    fn lacks_method(&self, ty: &Type, interface: &Home) -> bool {
        self.asked(interface).any(|method| matches!(self.member(ty, &method.name), Member::Nowhere))
    }

    /// The methods that an interface itself asks for.
    pub(super) fn asked<'h>(&self, interface: &'h Home) -> impl Iterator<Item = &'h Def> {
        let owner = interface.def().name.clone();
        let asked = interface.file.1.defs.iter().filter(|def| def.flags.is_abstract);
        asked.filter(move |def| matches!(&def.parents[..], [only] if *only == owner))
    }
}

/// No when a value of one type surely cannot go where another is wanted that is no interface.
fn fits(from: &Type, to: &Type) -> Option<bool> {
    let refused = match (from, to) {
        // No type is a list, a map or a pointer of itself.
        (Type::Foreign(one), other) if holds(other, one) => true,
        // One that asks for nothing may hold any.
        (other, Type::Foreign(one)) if holds(other, one) => library::asked(one).is_some(),
        (Type::Embedded(from), to) => fits(from, &to.clone().pointed()) == Some(false),
        (from, Type::Embedded(to)) => fits(&from.clone().pointed(), to) == Some(false),
        (Type::Pointer(from), Type::Pointer(to)) => fits(from, to) == Some(false),
        // As what a list holds.
        (Type::Pointer(_), other) | (other, Type::Pointer(_)) => match other {
            Type::Project(other) => other.def().kind == Kind::Class,
            Type::Library(_) => true,
            other => is_concrete(other),
        },
        (Type::Any, Type::Basic(to)) => !to.starts_with('{'),
        (Type::Any, Type::List(_) | Type::Map(..) | Type::Function(_)) => true,
        (Type::Any, Type::Project(to)) => to.def().kind == Kind::Class,
        (Type::Basic(from), Type::Basic(to)) => !basic(from, to),
        (Type::Basic(from), Type::Project(to)) => {
            to.def().kind == Kind::Class && from != "{nil}" && from != "error"
        }
        (Type::Project(from), Type::Basic(to)) => from.def().kind == Kind::Class && to != "error",
        (Type::Project(from), Type::Project(to)) => {
            let are_structs = from.def().kind == Kind::Class && to.def().kind == Kind::Class;
            are_structs && !from.is(to) && from.def().name != to.def().name
        }
        (Type::List(from), Type::List(to)) => fits(from, to) == Some(false),
        (Type::Map(key, value), Type::Map(other, to)) => {
            fits(key, other) == Some(false) || fits(value, to) == Some(false)
        }
        (Type::Function(Some(from)), Type::Function(Some(to))) => {
            differ(&from.takes, &to.takes) || differ(&from.gives, &to.gives)
        }
        (Type::Basic(from), Type::Library(to)) => !fills(from, to),
        (Type::Library(_), Type::Basic(to)) => to != "error" && !to.starts_with('{'),
        (Type::Library(from), Type::Library(to)) => from != to,
        (Type::Library(_), Type::List(_) | Type::Map(..) | Type::Function(_))
        | (Type::List(_) | Type::Map(..) | Type::Function(_), Type::Library(_)) => true,
        (Type::Project(one), Type::Library(_)) | (Type::Library(_), Type::Project(one)) => {
            one.def().kind == Kind::Class
        }
        (Type::List(_) | Type::Map(..) | Type::Function(_), Type::Basic(to)) => !to.starts_with('{'),
        (Type::Basic(from), Type::List(_) | Type::Map(..) | Type::Function(_)) => {
            from != "{nil}" && from != "error"
        }
        (Type::List(_), Type::Map(..) | Type::Function(_))
        | (Type::Map(..), Type::List(_) | Type::Function(_))
        | (Type::Function(_), Type::List(_) | Type::Map(..)) => true,
        (Type::List(_) | Type::Map(..), Type::Project(to)) => to.def().kind == Kind::Class,
        (Type::Project(from), Type::List(_) | Type::Map(..) | Type::Function(_)) => {
            from.def().kind == Kind::Class
        }
        _ => false,
    };
    refused.then_some(false)
}

/// Whether a type is surely an interface, so that a pointer to it has no methods.
fn is_interface(ty: &Type) -> bool {
    match ty {
        Type::Foreign(path) => library::asked(path).is_some(),
        Type::Project(home) => home.def().kind == Kind::Interface,
        _ => false,
    }
}

/// Whether a type is made of another one, which has that name.
fn holds(ty: &Type, name: &str) -> bool {
    match ty {
        Type::List(of) | Type::Map(_, of) | Type::Channel(of, _) | Type::Pointer(of) => {
            matches!(&**of, Type::Foreign(of) if of == name) || holds(of, name)
        }
        _ => false,
    }
}

/// Whether a type has a name of its own and no other one.
fn is_defined(home: &Home) -> bool {
    home.def().kind == Kind::Alias && !home.def().head.contains('=')
}

/// Whether a type is surely no interface.
fn is_concrete(ty: &Type) -> bool {
    match ty {
        Type::Basic(name) => name != "error" && !name.starts_with('{'),
        Type::List(_) | Type::Map(..) | Type::Function(_) => true,
        _ => false,
    }
}

/// Whether lists of types are surely not the same ones.
pub(super) fn differ(left: &[Type], right: &[Type]) -> bool {
    let is_other = |(left, right): (&Type, &Type)| match (left, right) {
        (Type::Project(_) | Type::Unknown, Type::Project(_)) | (_, Type::Unknown) => {
            fits(left, right) == Some(false)
        }
        (Type::Any, Type::Any) => false,
        (
            Type::Any,
            Type::Basic(_) | Type::List(_) | Type::Map(..) | Type::Function(_) | Type::Library(_),
        )
        | (
            Type::Basic(_) | Type::List(_) | Type::Map(..) | Type::Function(_) | Type::Library(_),
            Type::Any,
        ) => true,
        _ => fits(left, right) == Some(false),
    };
    left.len() != right.len() || left.iter().zip(right).any(is_other)
}

/// Whether a basic value or a constant may be of a type of the library.
fn fills(from: &str, to: &str) -> bool {
    match from {
        "{nil}" | "error" => true,
        "{int}" | "{float}" | "{rune}" => to == library::DURATION,
        _ => false,
    }
}

/// Whether a value of a basic type, or a constant, may go where another is wanted.
pub(super) fn basic(from: &str, to: &str) -> bool {
    let same = |name: &str| match name {
        "byte" => "uint8".to_owned(),
        "rune" => "int32".to_owned(),
        _ => name.to_owned(),
    };
    let is_integer =
        |name: &str| name.trim_start_matches('u').starts_with("int") || matches!(name, "byte" | "rune");
    let is_number = is_integer(to) || to.starts_with("float") || to.starts_with("complex");
    match from {
        "{nil}" => to == "error",
        "{string}" => to == "string",
        "{bool}" => to == "bool",
        "{int}" | "{rune}" | "{float}" => is_number,
        _ => same(from) == same(to) || to.starts_with('{'),
    }
}
