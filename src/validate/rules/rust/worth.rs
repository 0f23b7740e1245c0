//! What type a Rust expression has.

use super::library::{self, TRANSPARENT};
use super::place::Place;
use super::types::{Head, STEPS, Type, Types, owner};
use crate::validate::load::File;
use crate::validate::model::{Kind, Ref, Value};
use crate::validate::rules::tree::{At, Home};

impl Types<'_, '_> {
    /// The type of an expression that stands at a place.
    pub(super) fn value(&self, at: &At, value: &Value) -> Type {
        self.worth(at, value, STEPS).unwrap_or_else(Type::unknown)
    }

    fn worth(&self, at: &At, value: &Value, depth: usize) -> Option<Type> {
        let depth = depth.checked_sub(1)?;
        let on = |value: &Value| self.worth(at, value, depth);
        match value {
            Value::Unknown | Value::Either(_) | Value::Joined(_) => None,
            Value::Of(text) if text.starts_with('{') => Some(Type::library(text, Vec::new())),
            Value::Of(text) => Some(self.read(at, text, depth)),
            Value::This => Some(self.named(at, "Self", Vec::new(), true, depth)),
            Value::Name(path) => self.constant(at, path, depth),
            Value::Call(Some(called), name, _) if name.is_empty() => match &**called {
                Value::Name(path) => self.called(at, path, depth),
                _ => None,
            },
            Value::Call(Some(value), name, _) => self.method(&on(value)?, name),
            Value::Call(None, ..) => None,
            Value::Field(value, name) if name == "await" => {
                let ty = on(value)?.peeled();
                (ty.name() == Some("Future")).then(|| ty.argument(0))
            }
            Value::Field(value, name) => self.field(&on(value)?.peeled(), name),
            Value::Content(value) => {
                let ty = on(value)?.peeled();
                ty.name().filter(|name| matches!(*name, "Option" | "Result")).map(|_| ty.argument(0))
            }
            Value::Element(value) => {
                let ty = on(value)?.peeled();
                library::element(&ty, ty.name()?)
            }
            Value::Passed(value, mark) if Value::is_reference(mark) => on(value),
            Value::Passed(value, mark) if mark == Value::FAILED => {
                let ty = on(value)?.peeled();
                (ty.name() == Some("Result")).then(|| ty.argument(1))
            }
            Value::Passed(value, mark) if mark == "Some" => Some(Type::library("Option", vec![on(value)?])),
            Value::Passed(value, mark) if mark == "Ok" => {
                Some(Type::library("Result", vec![on(value)?, Type::unknown()]))
            }
            Value::Passed(value, mark) if mark == Value::SUM => match &**value {
                Value::Joined(parts) => sum(parts.iter().map(on).collect::<Option<Vec<_>>>()?),
                _ => None,
            },
            Value::Passed(value, mark) if mark == Value::GATHERED_BY => gathered(&on(value)?),
            Value::Passed(value, mark) if mark == Value::BY => on(self.by_library(at, value)?),
            Value::Passed(value, mark) if mark == Value::ROW => Some(Type::library("[]", vec![on(value)?])),
            Value::Passed(value, method) => {
                let ty = on(value)?.peeled();
                library::passes(&ty, ty.name()?, method)
            }
        }
    }

    /// What a closure has to give that a type of the library calls.
    pub(super) fn by_library<'v>(&self, at: &At, value: &'v Value) -> Option<&'v Value> {
        const CALL: [&str; 6] = [library::ITERATOR, "Option", "Result", "Vec", "VecDeque", "[]"];
        let Value::Joined(parts) = value else { return None };
        let [by, wanted] = parts.as_slice() else { return None };
        self.value(at, by).peeled().name().is_some_and(|name| CALL.contains(&name)).then_some(wanted)
    }

    /// A constant, a unit struct or a variant without values.
    fn constant(&self, at: &At, path: &str, depth: usize) -> Option<Type> {
        if path == "None" {
            return Some(Type::library("Option", Vec::new()));
        }
        let (before, parts) = self.parts(at, path)?;
        if let Some(home) = self.lookup(at, &parts) {
            return match home.def().kind {
                Kind::Const => Some(self.read(&home.inside(), &home.def().ty.clone(), depth)),
                Kind::Class => Some(Type::project(home)),
                _ => None,
            };
        }
        let ty = self.named(at, &before?, Vec::new(), false, depth);
        let Head::Project(home) = &ty.head else { return None };
        let member = self.member(home, parts.last()?, false)?;
        match member.def().kind {
            Kind::Variant => Some(ty),
            Kind::Const => Some(self.read(&member.inside(), &member.def().ty.clone(), depth)),
            _ => None,
        }
    }

    /// A path, and what stands before its last name.
    fn parts<'p>(&self, at: &'p At, path: &'p str) -> Option<(Option<String>, Vec<&'p str>)> {
        let mut parts: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).collect();
        if parts.first() == Some(&"Self") {
            parts[0] = owner(at)?;
        }
        let (_, before) = parts.split_last()?;
        Some(((!before.is_empty()).then(|| before.join("::")), parts))
    }

    /// What a function gives back that is called by its path.
    fn called(&self, at: &At, path: &str, depth: usize) -> Option<Type> {
        match path {
            "Some" => return Some(Type::library("Option", Vec::new())),
            "Ok" | "Err" => return Some(Type::library("Result", Vec::new())),
            _ => {}
        }
        if let Some(function) = self.function(at, path) {
            return match function.def().kind {
                Kind::Class => Some(Type::project(function)),
                Kind::Variant => {
                    let (before, _) = self.parts(at, path)?;
                    Some(self.named(at, &before?, Vec::new(), false, depth))
                }
                _ => Some(self.result(&function)),
            };
        }
        let (before, parts) = self.parts(at, path)?;
        let ty = self.named(at, &before?, Vec::new(), false, depth);
        let makes = ["new", "with_capacity", "from", "default", "from_iter"];
        ty.name().filter(|_| parts.last().is_some_and(|last| makes.contains(last))).map(|_| ty.clone())
    }

    /// The function, method or constructor that a path means.
    pub(super) fn function(&self, at: &At, path: &str) -> Option<Home> {
        let (before, parts) = self.parts(at, path)?;
        if let Some(home) = self.lookup(at, &parts) {
            return matches!(home.def().kind, Kind::Function | Kind::Class).then_some(home);
        }
        let ty = self.named(at, &before?, Vec::new(), true, STEPS);
        match &ty.head {
            Head::Project(home) | Head::Some(home) => self.member(home, parts.last()?, true),
            _ => None,
        }
    }

    /// The type of a parameter of the function that a use of a file calls, at a place of this tree.
    pub(super) fn parameter(&self, at: &At, file: &File<'_>, call: &Ref, idx: usize) -> Option<Type> {
        self.parameter_as_written(at, file, call, idx).map(|(at, written)| self.stated(&at, &written))
    }

    /// The type of a parameter, as written, of the function that a use of a file calls, with where it is written.
    pub(super) fn parameter_as_written(
        &self,
        at: &At,
        file: &File<'_>,
        call: &Ref,
        idx: usize,
    ) -> Option<(At, String)> {
        let function = if call.on == Value::Unknown {
            let path = Place::of(file)?.written(call)?.join("::");
            self.function(&self.tree.place_of(file, call.within)?, &path)?
        } else {
            self.method_of(&self.value(at, &call.on), &call.name)?
        };
        let def = function.def();
        // `Room::visit(room)` passes the receiver first.
        let passes_self = call.on == Value::Unknown && def.kind == Kind::Method && !def.flags.is_static;
        let idx = idx.checked_sub(usize::from(passes_self))?;
        let written = def.sig.as_ref()?.params.get(idx)?.written.clone();
        Some((function.inside(), written))
    }

    /// The method that a call on a value means.
    pub(super) fn method_of(&self, ty: &Type, name: &str) -> Option<Home> {
        match &ty.peeled().head {
            Head::Project(home) | Head::Some(home) => self.method_through(home, name),
            _ => None,
        }
    }

    fn method(&self, ty: &Type, name: &str) -> Option<Type> {
        if ty.name().is_some_and(|wrapper| TRANSPARENT.contains(&wrapper)) && name == "clone" {
            return Some(ty.clone());
        }
        let ty = ty.peeled();
        match &ty.head {
            Head::Unknown => None,
            Head::Library(library) => library::gives(&ty, library, name),
            Head::Project(home) | Head::Some(home) => match self.method_through(home, name) {
                Some(method) if method.def().kind == Kind::Method => Some(self.result(&method)),
                Some(_) => None,
                None => (name == "clone").then(|| ty.clone()),
            },
        }
    }
}

/// The type of what numbers make together.
fn sum(parts: Vec<Type>) -> Option<Type> {
    let is_open = |ty: &Type| ty.name().is_some_and(|name| name.starts_with('{'));
    let is_number = |ty: &Type| ty.name().is_some_and(library::is_number);
    if !parts.iter().all(is_number) {
        return None;
    }
    let first = parts.first().cloned();
    parts.into_iter().find(|ty| !is_open(ty)).or(first)
}

/// What is gathered one by one into a type.
fn gathered(into: &Type) -> Option<Type> {
    match into.name()? {
        "Vec" | "VecDeque" | "HashSet" | "BTreeSet" => Some(into.argument(0)),
        name @ ("Option" | "Result") => {
            Some(Type::library(name, vec![gathered(&into.argument(0))?, into.argument(1)]))
        }
        _ => None,
    }
}
