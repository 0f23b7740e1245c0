//! What Go types are made of in the end, and what interfaces ask of them.

use super::super::asked::is_embedded_pointer;
use super::super::assign::differ;
use super::super::members::Member;
use super::super::receivers::has_address;
use super::super::types::{STEPS, Type, Types};
use crate::validate::model::{Kind, Param, Ref, RefKind, Value};
use crate::validate::rules::tree::{At, Home};

impl Types<'_, '_> {
    /// What a type with a name of its own is made of, whatever that is called.
    pub(super) fn base(&self, ty: &Type) -> Type {
        let mut ty = ty.clone();
        for _ in 0..STEPS {
            match &ty {
                Type::Project(home) if home.def().kind == Kind::Alias => ty = self.underlying(ty),
                _ => return ty,
            }
        }
        Type::Unknown
    }

    /// The type that names which are no types of their own stand for.
    pub(super) fn unaliased(&self, ty: &Type) -> Type {
        let mut ty = ty.clone();
        for _ in 0..STEPS {
            match &ty {
                Type::Project(home) if home.def().kind == Kind::Alias && home.def().head.contains('=') => {
                    ty = self.underlying(ty);
                }
                _ => return ty,
            }
        }
        Type::Unknown
    }

    /// Whether values of a type can be compared; what cannot be seen can.
    pub(super) fn is_comparable(&self, ty: &Type, depth: usize) -> Option<bool> {
        match self.base(ty) {
            Type::Map(..) | Type::Function(_) | Type::Several(_) => Some(false),
            // An array of what can be compared can be as well.
            Type::List(_) => match ty {
                Type::Project(home) => home.def().ty.starts_with("[]").then_some(false),
                _ => None,
            },
            Type::Project(home) if home.def().kind == Kind::Class => {
                let depth = depth.checked_sub(1)?;
                let owner = [home.def().name.clone()];
                let fields =
                    home.file.1.defs.iter().filter(|def| def.kind == Kind::Field && def.parents == owner);
                let is_not = |ty: Type| !ty.is_unknown() && self.is_comparable(&ty, depth) == Some(false);
                let is_it = |ty: &str| ty.starts_with("[]") || is_not(self.stated(&home.inside(), ty));
                let mut types = fields.map(|field| field.ty.as_str());
                let mut above = home.def().supers.iter().filter_map(|above| self.embedded(&home, above));
                Some(!types.any(is_it) && !above.any(|above| is_not(Type::Project(above))))
            }
            Type::Unknown => None,
            _ => Some(true),
        }
    }

    /// Whether a type states a method otherwise than an interface asks for it.
    pub(super) fn lacks_shape(&self, from: &Type, to: &Type) -> bool {
        let (Type::Project(made), Type::Project(interface)) = (from.clone().pointed(), to.clone().pointed())
        else {
            return false;
        };
        if interface.def().kind != Kind::Interface || matches!(to, Type::Pointer(_)) {
            return false;
        }
        self.all_asked(&interface, STEPS).iter().any(|asked| {
            match self.member(&Type::Project(made.clone()), &asked.def().name) {
                Member::Stated(has) => {
                    has.def().kind == Kind::Method && self.is_shaped_otherwise(&has, asked)
                }
                Member::Nowhere => true,
                _ => false,
            }
        })
    }

    /// Whether a method that only pointers have is asked of a value without a place; none where it cannot be told.
    pub(super) fn is_asked_of_value(&self, at: &At, used: &Ref, ty: &Type) -> Option<bool> {
        match ty {
            Type::Pointer(_) => Some(false),
            Type::Project(home) if used.fleeting => match self.holds(home, &used.name)? {
                true => Some(false),
                false => Some(!has_address(self, at, &used.on)),
            },
            Type::Embedded(of) if used.fleeting => {
                let Value::Field(owner, word) = &used.on else { return None };
                let Type::Project(owner) = self.value(at, owner).pointed() else { return None };
                match is_embedded_pointer(owner.def(), word)? {
                    true => Some(false),
                    false => self.is_asked_of_value(at, used, of),
                }
            }
            // `T.Method`.
            Type::Unknown if used.kind == RefKind::Read => match self.asked_of(at, &used.on) {
                Type::Project(home) if !matches!(used.on, Value::Passed(..)) => {
                    self.holds(&home, &used.name).map(|holds| !holds)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The methods that an interface asks for, its own and those of what it embeds.
    fn all_asked(&self, interface: &Home, depth: usize) -> Vec<Home> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        let owner = [interface.def().name.clone()];
        let own = interface.file.1.defs.iter().enumerate();
        let own = own.filter(|(_, def)| def.flags.is_abstract && def.parents == owner);
        let mut all: Vec<Home> = own.map(|(def, _)| Home { file: interface.file.clone(), def }).collect();
        for above in interface.def().supers.iter().filter_map(|above| self.embedded(interface, above)) {
            if all.len() < 200 {
                all.extend(self.all_asked(&above, depth));
            }
        }
        all
    }

    fn is_shaped_otherwise(&self, has: &Home, asked: &Home) -> bool {
        let shape = |home: &Home| -> Option<(Vec<Type>, Vec<Type>)> {
            let sig = home.def().sig.as_ref()?;
            let written = |param: &Param| {
                let dots = if param.variadic { "..." } else { "" };
                self.stated(&home.inside(), &format!("{dots}{}", param.written))
            };
            let gives = match self.result(home) {
                Type::Several(all) => all,
                _ if home.def().ty.is_empty() => Vec::new(),
                one => vec![one],
            };
            Some((sig.params.iter().map(written).collect(), gives))
        };
        let (Some(has), Some(asked)) = (shape(has), shape(asked)) else { return false };
        differ(&has.0, &asked.0) || differ(&has.1, &asked.1)
    }
}
