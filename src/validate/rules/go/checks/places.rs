//! What Go names are besides their types: constants, places that can be set, generic types.

use super::super::members::Member;
use super::super::types::{Type, Types};
use crate::validate::model::{Kind, Value};
use crate::validate::names::find_words;
use crate::validate::rules::reach::import_of;
use crate::validate::rules::tree::At;

impl Types<'_, '_> {
    pub(super) fn is_constant(&self, at: &At, value: &Value) -> Option<bool> {
        let home = self.declared(at, value).filter(|home| home.def().parents.is_empty())?;
        match home.def().kind {
            Kind::Const => Some(home.def().flags.is_constant),
            Kind::Function => Some(false),
            _ => None,
        }
    }

    /// Whether a value that no local stands for can be set or pointed to; an element of a map can be set as a
    /// whole.
    pub(super) fn is_placed(&self, at: &At, value: &Value, whole: bool) -> Option<bool> {
        match value {
            Value::Name(_) => {
                self.is_constant(at, value).map(|is_constant| !is_constant && !self.is_function(at, value))
            }
            Value::Field(of, _) => {
                if let Value::Name(local) = &**of
                    && import_of(&at.file.1, local).is_some()
                {
                    let is_constant = self.is_constant(at, value)?;
                    return Some(!is_constant && !self.is_function(at, value));
                }
                match self.value(at, of) {
                    Type::Pointer(_) => Some(true),
                    Type::Project(home) if home.def().kind == Kind::Class => self.is_placed(at, of, false),
                    _ => None,
                }
            }
            Value::Element(of) => match self.base(&self.value(at, of)) {
                Type::Map(..) => Some(whole),
                Type::List(_) => Some(true),
                _ => None,
            },
            Value::Call(..) => Some(false),
            _ => None,
        }
    }

    fn is_function(&self, at: &At, value: &Value) -> bool {
        self.declared(at, value).is_some_and(|home| home.def().kind == Kind::Function)
    }

    /// Whether a type is generic over as many as it is given.
    pub(super) fn takes_arguments(&self, at: &At, value: &Value, given: usize) -> Option<bool> {
        let Value::Of(text) = value else { return None };
        let Type::Project(home) = self.stated(at, text) else { return None };
        let def = home.def();
        let name = find_words(&def.head, &def.name).next()?;
        let rest = def.head[name + def.name.len()..].trim_start();
        let Some(list) = rest.strip_prefix('[') else { return Some(given == 0) };
        // `type Names [4]string` is a list and not generic.
        let first = list.split([' ', ']', ',']).next().unwrap_or_default();
        let is_generic = first.starts_with(char::is_alphabetic) && !list[first.len()..].starts_with(']');
        if !is_generic {
            return Some(given == 0);
        }
        let mut depth = 1_i32;
        let mut n_params = 1;
        for char in list.chars() {
            depth += match char {
                '[' | '(' | '{' => 1,
                ']' | ')' | '}' => -1,
                _ => 0,
            };
            n_params += usize::from(char == ',' && depth == 1);
            if depth == 0 {
                break;
            }
        }
        Some(given == n_params)
    }

    /// Why a type has no such member, where another one had it.
    pub(super) fn has_no_longer(&self, (own, was): (&Self, &Type), is: &Type, name: &str) -> Option<String> {
        let had = matches!(was, Type::Library(_)) || matches!(own.member(was, name), Member::Stated(_));
        let lacks = match is {
            Type::Pointer(of) => match &**of {
                Type::Project(home) if home.def().kind == Kind::Interface => true,
                Type::Pointer(_) => true,
                _ => matches!(self.member(is, name), Member::Nowhere),
            },
            Type::Function(_) | Type::Channel(..) | Type::Any => true,
            _ => matches!(self.member(is, name), Member::Nowhere),
        };
        (had && lacks).then(|| format!("and takes `{name}` from it"))
    }
}
