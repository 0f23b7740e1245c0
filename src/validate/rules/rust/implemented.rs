//! Whether a type of the project surely has no `impl` of a trait.

use super::assign::is_closed;
use super::library::{PRELUDE, PRIMITIVES};
use super::library_traits::DERIVED;
use super::lives_on::n_written;
use super::place::last;
use super::tried::{is_made_by_macro, naming};
use super::types::{Head, Type, Types};
use crate::validate::model::Def;
use crate::validate::names::find_words;
use crate::validate::world::Known;

impl Types<'_, '_> {
    /// Whether a type of the project implements none of some traits: nothing derives more than the language does
    /// for it, and no file that names it implements one of them, or has a macro state items.
    pub(super) fn surely_implements_none(&self, ty: &Type, traits: &[&str]) -> bool {
        let Head::Project(home) = &ty.head else { return false };
        let def = home.def();
        let renames = |text: &str, of: &str| {
            find_words(text, of).any(|at| text[at + of.len()..].trim_start().starts_with("as "))
        };
        // What is implemented for another type by its name says nothing of this one.
        let may_be_for = |file: &Known, text: &str, of: &str| {
            let impls: Vec<_> = file.1.impls.iter().filter(|one| last(&one.of).trim() == of).collect();
            let is_other =
                |name: &str| name != def.name && file.1.named(name).any(|(_, def)| def.kind.is_type());
            let is_plain = |name: &str| PRIMITIVES.contains(&name) || is_other(name);
            !impls.iter().all(|one| is_plain(&one.implementor))
                || n_written(text, of) > impls.len()
                || renames(text, of)
        };
        let gives_one = |file: &Known, text: &str| traits.iter().any(|of| may_be_for(file, text, of));
        let is_stated = traits.iter().any(|of| def.supers.iter().any(|above| last(above) == *of));
        if !is_closed(home) || is_stated || def.flags.may_repeat {
            return false;
        }
        let is_silent = |text: &str| {
            let lists = text.split("derive(").skip(1).filter_map(|list| list.split(')').next());
            let derived: Vec<&str> =
                lists.flat_map(|list| list.split(',')).map(|of| last(of.trim())).collect();
            derived.iter().all(|of| of.is_empty() || DERIVED.contains(of) && !traits.contains(of))
        };
        naming(self, &def.name).is_some_and(|files| {
            files.iter().all(|(file, text)| {
                let own = if file.0 == home.file.0 { text.get(def.span.clone()) } else { None };
                !gives_one(file, text) && !is_made_by_macro(text) && own.is_none_or(is_silent)
            })
        })
    }

    /// Whether a place takes what implements a trait of the project, and a type surely does not.
    pub(super) fn surely_lacks_bound(&self, from: &Type, to: &Type) -> bool {
        let Head::Some(of) = &to.head else { return false };
        let name = of.def().name.as_str();
        !self.has_blanket(name) && self.surely_implements_none(from, &[name])
    }

    /// Whether a trait may be implemented for whatever type there is.
    pub(super) fn has_blanket(&self, of: &str) -> bool {
        let is_open = |implementor: &str, file: &Known| {
            let is_named = |def: &Def| def.name == implementor && def.kind.is_type();
            let mut imported = file.1.imports.iter().flat_map(|import| &import.names);
            let is_library = PRIMITIVES.contains(&implementor) || PRELUDE.contains(&implementor);
            !is_library
                && !file.1.defs.iter().any(is_named)
                && !imported.any(|name| name.local == implementor)
        };
        naming(self, of).is_none_or(|files| {
            files.iter().any(|(file, text)| {
                let mut impls = file.1.impls.iter().filter(|one| last(&one.of).trim() == of);
                impls.any(|one| is_open(&one.implementor, file)) || is_made_by_macro(text)
            })
        })
    }
}
