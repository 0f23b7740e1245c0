//! What type a Go expression has.

use super::members::Member;
use super::types::{STEPS, Type, Types};
use crate::validate::model::{Kind, Param, Value};
use crate::validate::rules::reach::import_of;
use crate::validate::rules::tree::{At, Home};

impl Types<'_, '_> {
    /// The type of an expression that stands at a place.
    pub(super) fn value(&self, at: &At, value: &Value) -> Type {
        self.worth(at, value, STEPS).unwrap_or(Type::Unknown)
    }

    fn worth(&self, at: &At, value: &Value, depth: usize) -> Option<Type> {
        let depth = depth.checked_sub(1)?;
        let on = |value: &Value| self.worth(at, value, depth);
        match value {
            Value::Of(text) => Some(self.read(at, text, depth)),
            Value::Name(name) => self.has_or_is(&self.own(at, name)?),
            Value::Call(Some(of), name, _) if name.is_empty() && !matches!(**of, Value::Name(_)) => {
                given(self.underlying(on(of)?))
            }
            Value::Call(..) => match self.function(at, value) {
                Some(function) => Some(self.result(&function)),
                None => self.counted(at, value).or_else(|| self.made_of(at, value)),
            },
            Value::Field(of, name) => {
                if let Value::Name(local) = &**of
                    && import_of(&at.file.1, local).is_some()
                {
                    let Some(package) = self.imported(at, local) else {
                        return self.library_constant(at, local, name);
                    };
                    return self.has_or_is(&self.in_package(&package, name)?);
                }
                match on(of)? {
                    Type::Several(all) => all.get(name.parse::<usize>().ok()?).cloned(),
                    ty => match self.member(&ty, name) {
                        Member::Stated(home) if home.def().kind == Kind::Field => self.has(&home),
                        Member::Stated(home) if home.def().kind == Kind::Method => self.has_or_is(&home),
                        Member::Stated(home) if home.def().kind.is_type() => {
                            Some(Type::Embedded(Box::new(Type::Project(home))))
                        }
                        _ => None,
                    },
                }
            }
            Value::Element(of) => match self.underlying(on(of)?.pointed()) {
                Type::List(of) | Type::Map(_, of) => Some(*of),
                _ => None,
            },
            Value::Passed(of, what) if what == Value::POINTER => Some(on(of)?.pointer()),
            Value::Passed(of, what) if what == Value::POINTED => self.behind(on(of)?),
            Value::Passed(of, what) => match (self.underlying(on(of)?.pointed()), what.as_str()) {
                (Type::List(of) | Type::Map(_, of), "range") => Some(*of),
                (Type::Map(key, _), "key") => Some(*key),
                (Type::Channel(of, _), "key" | "receive") => Some(*of),
                (Type::List(_) | Type::Basic(_), "key") => Some(Type::Basic("int".to_owned())),
                _ => None,
            },
            Value::Joined(all) => match all.as_slice() {
                [left, right] => joined(on(left)?, on(right)?),
                _ => None,
            },
            Value::Unknown | Value::This | Value::Content(_) | Value::Either(_) => None,
        }
    }

    /// What a pointer leads to.
    fn behind(&self, pointer: Type) -> Option<Type> {
        match self.underlying(pointer) {
            Type::Pointer(of) => Some(*of),
            // Which of the two it is is not known.
            ty @ Type::Embedded(_) => Some(ty),
            _ => None,
        }
    }

    /// The type of what `&` and `*` make of a part that is of a type.
    pub(super) fn made(&self, whole: &Value, part: &Value, ty: &Type) -> Option<Type> {
        match whole {
            whole if whole == part => Some(ty.clone()),
            Value::Passed(of, what) if what == Value::POINTER => Some(self.made(of, part, ty)?.pointer()),
            Value::Passed(of, what) if what == Value::POINTED => self.behind(self.made(of, part, ty)?),
            _ => None,
        }
    }

    /// The type that a member is asked of: that of a value, or the one that is named as in `(*T).Name`.
    pub(super) fn asked_of(&self, at: &At, on: &Value) -> Type {
        let named = match through(on) {
            Value::Name(name) => self.own(at, name),
            Value::Field(of, name) => match &**of {
                Value::Name(local) => {
                    self.imported(at, local).and_then(|package| self.in_package(&package, name))
                }
                _ => None,
            },
            _ => None,
        };
        match named.filter(|home| home.def().kind.is_type()) {
            Some(home) => Type::Project(home),
            None => self.value(at, on).pointed(),
        }
    }

    /// What a call gives that makes a value one of another type, or is one of the library.
    fn made_of(&self, at: &At, call: &Value) -> Option<Type> {
        let Value::Call(Some(on), name, passed) = call else { return None };
        let Value::Name(local) = &**on else {
            let Type::Library(of) = self.value(at, on).pointed() else { return None };
            return self.library_gives(at, of, name);
        };
        if !name.is_empty()
            && let Some(Type::Function(Some(shape))) = self.library_function(at, local, name)
        {
            return given(Type::Function(Some(shape)));
        }
        let home = match name.as_str() {
            "" => self.own(at, local),
            _ => self.in_package(&self.imported(at, local)?, name),
        };
        home.filter(|home| home.def().kind.is_type() && *passed == 1).map(Type::Project)
    }

    /// What a function of the language gives that counts, unless the package has its own of the name.
    fn counted(&self, at: &At, call: &Value) -> Option<Type> {
        let Value::Call(Some(on), name, _) = call else { return None };
        let Value::Name(function) = &**on else { return None };
        let is_it = name.is_empty() && counts(function) && self.own(at, function).is_none();
        is_it.then(|| Type::Basic("int".to_owned()))
    }

    /// The same, or the type of a function that is not called.
    fn has_or_is(&self, home: &Home) -> Option<Type> {
        let def = home.def();
        let is_function = matches!(def.kind, Kind::Function | Kind::Method);
        let Some(sig) = def.sig.as_ref().filter(|_| is_function) else {
            return self.has(home);
        };
        let param = |param: &Param| {
            if param.variadic { format!("...{}", param.written) } else { param.written.clone() }
        };
        let takes: Vec<String> = sig.params.iter().map(param).collect();
        Some(self.stated(&home.inside(), &format!("func({}) {}", takes.join(", "), def.ty)))
    }

    /// The function or method that a call means.
    pub(super) fn function(&self, at: &At, call: &Value) -> Option<Home> {
        let Value::Call(Some(on), name, _) = call else { return None };
        let is_function = |home: &Home| matches!(home.def().kind, Kind::Function | Kind::Method);
        match &**on {
            Value::Name(function) if name.is_empty() => self.own(at, function).filter(is_function),
            Value::Name(local) if import_of(&at.file.1, local).is_some() => {
                self.in_package(&self.imported(at, local)?, name).filter(is_function)
            }
            on => match self.member(&self.value(at, on), name) {
                Member::Stated(home) => Some(home).filter(is_function),
                _ => None,
            },
        }
    }

    /// What a function gives back.
    pub(super) fn result(&self, function: &Home) -> Type {
        self.stated(&function.inside(), &function.def().ty)
    }

    /// The type that a variable, a constant or a field has.
    fn has(&self, home: &Home) -> Option<Type> {
        let is_value = matches!(home.def().kind, Kind::Const | Kind::Field) && !home.def().ty.is_empty();
        is_value.then(|| self.stated(&home.inside(), &home.def().ty))
    }
}

/// A value without what points to it.
pub(super) fn through(value: &Value) -> &Value {
    match value {
        Value::Passed(of, what) if what == Value::POINTER || what == Value::POINTED => through(of),
        value => value,
    }
}

pub(super) fn counts(function: &str) -> bool {
    matches!(function, "len" | "cap" | "copy")
}

/// What a function that is no declaration gives back.
fn given(function: Type) -> Option<Type> {
    let Type::Function(Some(shape)) = function else { return None };
    match <[Type; 1]>::try_from(shape.gives) {
        Ok([only]) => Some(only),
        Err(all) => Some(Type::Several(all)),
    }
}

/// What is calculated of two values: of a constant and another one, what that is.
fn joined(left: Type, right: Type) -> Option<Type> {
    let is_constant = |ty: &Type| matches!(ty, Type::Basic(name) if name.starts_with('{'));
    match (is_constant(&left), is_constant(&right)) {
        (true, _) => Some(right),
        (false, true) => Some(left),
        (false, false) => super::is_same(&left, &right).then_some(left),
    }
}
