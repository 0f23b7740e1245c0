//! Whether two Go values go together beside an operator.

use super::super::assign::basic;
use super::super::library::DURATION;
use super::super::types::{Type, Types};
use crate::validate::model::Kind;

impl Types<'_, '_> {
    pub(super) fn go_together(&self, operator: &str, left: &Type, right: &Type) -> Option<bool> {
        let is_comparison = matches!(operator, "==" | "!=" | "<" | ">" | "<=" | ">=");
        if matches!(left, Type::Several(_)) || matches!(right, Type::Several(_)) {
            return Some(false);
        }
        for (one, other) in [(left, right), (right, left)] {
            if other.is_nil() {
                return self.may_be_nil(one);
            }
        }
        let (one, other) = (self.base(left), self.base(right));
        if self.is_interface(&one)? || self.is_interface(&other)? {
            // What an interface holds may be compared with what fits in.
            return if is_comparison { None } else { Some(false) };
        }
        let is_constant = |ty: &Type| matches!(ty, Type::Basic(name) if name.starts_with('{'));
        match (is_constant(left), is_constant(right)) {
            (true, true) => Some(kind_of(left) == kind_of(right)),
            (true, false) => {
                self.takes_constant(left, &other).and_then(|takes| self.answer(takes, operator, &other))
            }
            (false, true) => {
                self.takes_constant(right, &one).and_then(|takes| self.answer(takes, operator, &one))
            }
            (false, false) => self.same(left, right).and_then(|same| self.answer(same, operator, &one)),
        }
    }

    /// What holds where the types agree: the operator has to be one of theirs.
    fn answer(&self, agree: bool, operator: &str, base: &Type) -> Option<bool> {
        if !agree {
            return Some(false);
        }
        let is_text = matches!(base, Type::Basic(name) if name == "string");
        match operator {
            "==" | "!=" => self.is_comparable(base, 4),
            "<" | ">" | "<=" | ">=" | "+" => Some(is_text || self.is_number(base)?),
            _ => self.is_number(base),
        }
    }

    /// Whether a constant without a type may be of a type.
    fn takes_constant(&self, constant: &Type, base: &Type) -> Option<bool> {
        let Type::Basic(constant) = constant else { return None };
        match base {
            Type::Basic(name) => Some(basic(constant, name)),
            Type::Library(name) => Some(*name == DURATION && constant != "{string}" && constant != "{bool}"),
            Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
            _ => Some(false),
        }
    }

    pub(super) fn is_number(&self, base: &Type) -> Option<bool> {
        match base {
            Type::Basic(name) => {
                Some(crate::validate::extract::is_go_number(name) || kind_of(base) == Some("number"))
            }
            Type::Library(name) => Some(*name == DURATION),
            Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
            _ => Some(false),
        }
    }

    fn may_be_nil(&self, ty: &Type) -> Option<bool> {
        match self.base(ty) {
            Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
            Type::Project(home) => Some(home.def().kind == Kind::Interface),
            Type::Basic(name) => Some(matches!(name.as_str(), "error" | "{nil}")),
            Type::Library(_) | Type::Several(_) => Some(false),
            _ => Some(true),
        }
    }

    /// Whether two types are one.
    pub(in super::super) fn same(&self, left: &Type, right: &Type) -> Option<bool> {
        let (left, right) = (self.unaliased(left), self.unaliased(right));
        match (&left, &right) {
            (Type::Basic(one), Type::Basic(other)) => Some(plain(one) == plain(other)),
            (Type::Project(one), Type::Project(other)) => Some(one.is(other)),
            (Type::Library(one), Type::Library(other)) => Some(one == other),
            (Type::Pointer(one), Type::Pointer(other)) | (Type::List(one), Type::List(other)) => {
                self.same(one, other)
            }
            (Type::Map(key, one), Type::Map(other_key, other)) => {
                Some(self.same(key, other_key)? && self.same(one, other)?)
            }
            (Type::Function(_), Type::Function(_)) | (Type::Channel(..), Type::Channel(..)) => None,
            (Type::Any, Type::Any) => Some(true),
            (Type::Foreign(one), Type::Foreign(other)) => (one == other).then_some(true),
            (Type::Unknown | Type::Foreign(_) | Type::Embedded(_), _)
            | (_, Type::Unknown | Type::Foreign(_) | Type::Embedded(_)) => None,
            _ => Some(false),
        }
    }
}

fn plain(name: &str) -> &str {
    match name {
        "byte" => "uint8",
        "rune" => "int32",
        name => name,
    }
}

fn kind_of(constant: &Type) -> Option<&'static str> {
    let Type::Basic(name) = constant else { return None };
    match name.as_str() {
        "{int}" | "{float}" | "{rune}" => Some("number"),
        "{string}" => Some("string"),
        "{bool}" => Some("bool"),
        _ => None,
    }
}
