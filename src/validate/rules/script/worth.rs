//! What type an expression of TypeScript has.

use super::is_marked;
use super::library::{called_of, called_on, field_of, field_on};
use super::lookup::{Own, Sense};
use super::parts::at_place;
use super::read::{Form, form, params_of};
use super::types::{STEPS, Type, Types};
use crate::validate::model::{Def, Kind, Value};
use crate::validate::rules::tree::{At, Home};

impl Types<'_, '_> {
    /// The type of an expression that stands at a place.
    pub(super) fn value(&self, at: &At, value: &Value) -> Type {
        self.worth(at, value, STEPS).unwrap_or(Type::Unknown)
    }

    pub(super) fn worth(&self, at: &At, value: &Value, depth: usize) -> Option<Type> {
        let depth = depth.checked_sub(1)?;
        let on = |value: &Value| self.worth(at, value, depth);
        match value {
            Value::Of(text) => Some(self.read(at, text, depth)),
            Value::Name(name) => match self.own_as(Sense::Value, at, name, depth) {
                Own::Def(home) if home.def().kind == Kind::Const => self.has(&home, depth),
                _ => None,
            },
            Value::This => self.class_around(at).map(Type::Project),
            Value::Call(of, name, _) => {
                let of = of.as_deref()?;
                match self.callee(at, of, name, depth) {
                    Callee::Function(function) => self.result(&function, depth),
                    Callee::Of(ty) => match self.global(at, of) {
                        Some(global) => called_of(global, name),
                        None => called_on(&ty, name),
                    },
                }
            }
            Value::Field(of, place) if place.starts_with(|char: char| char.is_ascii_digit()) => {
                at_place(on(of)?.present(), place)
            }
            Value::Field(of, name) => match (self.namespace(at, of), self.global(at, of)) {
                (Some(module), _) => {
                    let found = self.exported((Sense::Value, &at.file.0), &module, name, depth)?;
                    self.has(&found, depth)
                }
                (None, Some(global)) => field_of(global, name),
                (None, None) => {
                    if let Some(home) = self.fixed(at, of, name) {
                        return self.has(&home, depth);
                    }
                    let on = on(of)?.present();
                    self.member_type(&on, name, depth).or_else(|| field_on(&on, name))
                }
            },
            Value::Content(of) => self.awaited(on(of)?),
            Value::Passed(of, mark) => match mark.as_str() {
                Value::PRESENT => Some(on(of)?.present()),
                Value::TRUE => Some(on(of)?.truthy()),
                Value::AGAIN | Value::SAID => on(of),
                Value::CHAINED => Some(on(of)?.left_out()),
                Value::EACH => each(on(of)?.present()),
                Value::PLACES_OF => Some(self.places(at, of, depth)),
                Value::ALL => Some(self.all_of(on(of)?.present())),
                Value::VALUES => Some(Type::List(Box::new(under(&on(of)?.present())))),
                Value::ENTRIES => {
                    let pair = vec![Type::Basic("string"), under(&on(of)?.present())];
                    Some(Type::List(Box::new(Type::List(Box::new(Type::Places(pair))))))
                }
                Value::SPREAD => Some(Type::List(Box::new(element(on(of)?.present())?))),
                // A test means something to lists; what else has such a method says what it gives.
                Value::SIFTED | Value::TOLD if self.function(at, of).is_some() => on(of),
                Value::SIFTED => on(of).filter(is_told_by_type),
                Value::TOLD => None,
                Value::PROMISED => Some(Type::Promise(Box::new(self.awaited(on(of)?)?))),
                Value::GATHERED => self.gathered(at, of, depth),
                idx => match idx.strip_prefix(Value::GIVEN) {
                    Some(place) => self.given(at, of, place.parse().ok()?, depth),
                    None => self.taken(at, of, idx, depth),
                },
            },
            Value::Either(all) => {
                let all: Option<Vec<Type>> = all.iter().map(on).collect();
                all.map(Type::of_all)
            }
            Value::Joined(all) => {
                let all: Option<Vec<Type>> = all.iter().map(|one| Some(on(one)?.present())).collect();
                all.map(Type::Both)
            }
            Value::Element(of) => element(on(of)?.present()),
            Value::Unknown => None,
        }
    }

    /// A static field of a class that is named.
    fn fixed(&self, at: &At, class: &Value, name: &str) -> Option<Home> {
        let Value::Name(class) = class else { return None };
        let Own::Def(home) = self.own_as(Sense::Value, at, class, STEPS) else { return None };
        let found = Some(home).filter(|home| home.def().kind == Kind::Class)?;
        self.member(&found, name).0.filter(|member| member.def().flags.is_static)
    }

    /// A list of which each place is written out.
    fn places(&self, at: &At, of: &Value, depth: usize) -> Type {
        let Value::Either(all) = of else { return Type::List(Box::new(Type::Unknown)) };
        let places = all.iter().map(|one| self.worth(at, one, depth).unwrap_or(Type::Unknown));
        Type::List(Box::new(Type::Places(places.collect())))
    }

    /// What a call gives that is passed a function; a list of all that this gives back.
    fn gathered(&self, at: &At, of: &Value, depth: usize) -> Option<Type> {
        let Value::Either(parts) = of else { return None };
        let [call, body] = &parts[..] else { return None };
        let Value::Call(Some(list), ..) = call else { return None };
        if !matches!(self.worth(at, list, depth)?.present(), Type::List(_)) {
            return self.worth(at, call, depth);
        }
        let body_type = self.worth(at, body, depth).unwrap_or(Type::Unknown);
        // A test in the function may have left a part of it.
        let is_told = is_marked(body, Value::AGAIN) && is_open(&body_type);
        Some(Type::List(Box::new(if is_told { Type::Unknown } else { body_type })))
    }

    /// What a function is given at a place by whoever has it.
    fn given(&self, at: &At, function: &Value, place: usize, depth: usize) -> Option<Type> {
        let (mut text, mut there) = match function {
            Value::Of(text) => (text.clone(), at.clone()),
            Value::Passed(call, idx) => {
                let taker = self.function(at, call)?;
                let param = taker.def().sig.as_ref()?.params.get(idx.parse::<usize>().ok()?)?;
                (Some(param).filter(|param| !param.variadic)?.written.clone(), taker.inside())
            }
            _ => return None,
        };
        for _ in 0..depth {
            if let Some(params) = params_of(&text) {
                return Some(self.read(&there, params.get(place)?, depth));
            }
            let Form::Name(name, _) = form(&text) else { return None };
            let Own::Def(alias) = self.own(&there, name, depth) else { return None };
            (text, there) = (alias_text(&alias)?, alias.inside());
        }
        None
    }

    /// What is promised when all of a list is there.
    fn all_of(&self, list: Type) -> Type {
        let held = |ty: Type| self.awaited(ty).unwrap_or(Type::Unknown);
        let element = match list {
            Type::List(element) => match *element {
                Type::Places(places) => Type::Places(places.into_iter().map(held).collect()),
                element => held(element),
            },
            _ => Type::Unknown,
        };
        Type::Promise(Box::new(Type::List(Box::new(element))))
    }

    /// What a function takes at a place.
    fn taken(&self, at: &At, call: &Value, idx: &str, depth: usize) -> Option<Type> {
        let Some(function) = self.function(at, call) else { return self.put_into(at, call, depth) };
        let param = function.def().sig.as_ref()?.params.get(idx.parse::<usize>().ok()?)?;
        (!param.variadic).then(|| self.read(&function.inside(), &param.written, depth))
    }

    /// What a list takes.
    fn put_into(&self, at: &At, call: &Value, depth: usize) -> Option<Type> {
        match call {
            Value::Call(Some(list), name, _) if matches!(name.as_str(), "push" | "unshift") => {
                match self.worth(at, list, depth)? {
                    Type::List(element) => Some(*element),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What a promise holds; a value that is none is itself.
    pub(super) fn awaited(&self, ty: Type) -> Option<Type> {
        match ty {
            // What is promised is waited for as well.
            Type::Promise(of) => match *of {
                of @ (Type::Promise(_) | Type::Project(_) | Type::Object(_)) => self.awaited(of),
                of => Some(of),
            },
            Type::Basic(_) | Type::Some(_) | Type::Literal(_) | Type::List(_) | Type::Library(..) => Some(ty),
            Type::Union(all) => {
                let held: Option<Vec<Type>> = all.into_iter().map(|one| self.awaited(one)).collect();
                held.map(Type::union)
            }
            Type::Project(_) | Type::Object(_) if self.has_member(&ty, "then") == Some(false) => Some(ty),
            _ => None,
        }
    }

    /// The class whose method a place is in.
    pub(super) fn class_around(&self, at: &At) -> Option<Home> {
        let around = at.file.1.defs.get(at.within?)?;
        let (owner, above) = around.parents.split_last()?;
        let is = |def: &Def| def.kind == Kind::Class && def.name == *owner && def.parents == above;
        let def = at.file.1.defs.iter().position(is)?;
        Some(Home { file: at.file.clone(), def })
    }

    /// The function or method that a call means.
    pub(super) fn function(&self, at: &At, call: &Value) -> Option<Home> {
        let Value::Call(Some(on), name, _) = call else { return None };
        match self.callee(at, on, name, STEPS) {
            Callee::Function(home) => Some(home),
            Callee::Of(_) => None,
        }
    }

    /// What is called under a name on a value, whose type is worked out once.
    fn callee(&self, at: &At, on: &Value, name: &str, depth: usize) -> Callee {
        let def = |own: Own| match own {
            Own::Def(home) => Some(home),
            _ => None,
        };
        let is_function = |home: &Home| matches!(home.def().kind, Kind::Function | Kind::Method);
        let named = match on {
            Value::Name(class) if name == Value::NEW => {
                def(self.own(at, class, STEPS)).and_then(|class| self.member(&class, "constructor").0)
            }
            Value::Name(function) if name.is_empty() => def(self.own_as(Sense::Value, at, function, STEPS)),
            on => self
                .namespace(at, on)
                .and_then(|module| self.exported((Sense::Value, &at.file.0), &module, name, STEPS)),
        };
        if let Some(function) = named.filter(is_function) {
            return Callee::Function(function);
        }
        let ty = self.worth(at, on, depth).unwrap_or(Type::Unknown).present();
        match &ty {
            Type::Project(home) => self.member(home, name).0.filter(is_function),
            _ => None,
        }
        .map_or(Callee::Of(ty), Callee::Function)
    }

    /// What a function gives back.
    fn result(&self, function: &Home, depth: usize) -> Option<Type> {
        let ty = &function.def().ty;
        let given = (!ty.is_empty()).then(|| self.read(&function.inside(), ty, depth))?;
        // What is set to one of several types is of that one for a while.
        (says_result(function.def()) || !is_open(&given)).then_some(given)
    }

    /// The type that a variable, a constant or a field has.
    pub(super) fn has(&self, home: &Home, depth: usize) -> Option<Type> {
        let is_value = matches!(home.def().kind, Kind::Const | Kind::Field) && !home.def().ty.is_empty();
        is_value.then(|| self.read(&home.inside(), &home.def().ty, depth))
    }
}

/// What a call means: a function of the project, or else what is under its name on a value of a type.
enum Callee {
    Function(Home),
    Of(Type),
}

/// What an alias stands for.
fn alias_text(alias: &Home) -> Option<String> {
    (alias.def().kind == Kind::Alias).then(|| alias.def().ty.clone())
}

/// What a loop gets of a value.
fn element(of: Type) -> Option<Type> {
    match of {
        Type::List(element) | Type::Keyed(_, element) => Some(*element),
        Type::Library("Map", held) => Some(Type::List(Box::new(Type::Places(held)))),
        Type::Library("Set" | "Iterable", held) => held.first().cloned(),
        Type::Basic("string") => Some(Type::Basic("string")),
        _ => None,
    }
}

/// What stands under the keys of an object, where all of it is of one type.
fn under(of: &Type) -> Type {
    match of {
        Type::Keyed(_, under) => (**under).clone(),
        _ => Type::Unknown,
    }
}

/// What a function gets that is called with each element; a map gives it what stands under the keys.
fn each(of: Type) -> Option<Type> {
    match of {
        Type::List(element) => Some(*element),
        Type::Library("Map", held) => held.get(1).cloned(),
        Type::Library("Set" | "Iterable", held) => held.first().cloned(),
        _ => None,
    }
}

/// Whether no test of an element can leave but a part of what a list says of it.
fn is_told_by_type(ty: &Type) -> bool {
    let element = match ty {
        Type::List(element) => (**element).clone(),
        ty => ty.present(),
    };
    matches!(&element, Type::Project(home) if home.def().kind != Kind::Enum)
        || matches!(element, Type::Object(_) | Type::List(_) | Type::Promise(_) | Type::Library(..))
}

/// Whether a function states what it gives back.
fn says_result(function: &Def) -> bool {
    function.head.rsplit(')').next().is_some_and(|rest| rest.contains(':'))
}

/// Whether a value may be told to be a part of what a type says.
fn is_open(ty: &Type) -> bool {
    match ty {
        Type::Promise(of) => is_open(of),
        ty => ty.members().len() > 1 || matches!(ty, Type::Basic("boolean")),
    }
}
