//! The TypeScript types of a tree, worked out when a rule asks: what a type as written means, and
//! what type an expression has.
//!
//! Types are compared by their shape, so little can be said for sure: what cannot be worked out is
//! unknown, and no finding rests on it.

use super::library::{called_of, called_on, field_of, field_on};
use super::lookup::{Own, Sense};
use super::parts::{Share, at_place};
use super::read::{Form, any_key, form, is_object};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Value};
use crate::validate::rules::tree::{At, Home, Tree};

/// Steps of expressions and types beyond this are not followed.
pub(super) const STEPS: usize = 16;

#[derive(Clone)]
pub(super) enum Type {
    Unknown,
    /// `unknown`: what may be anything and goes nowhere before it was looked at.
    Anything,
    /// A type of the language with a name.
    Basic(&'static str),
    /// A text or number of unknown content that is written out.
    Some(&'static str),
    /// A type of one text, number or truth.
    Literal(String),
    List(Box<Self>),
    /// What a tuple has in its places, as the element of a list.
    Places(Vec<Self>),
    Promise(Box<Self>),
    /// A class of the library that is like no other, with its arguments.
    Library(&'static str, Vec<Self>),
    /// Something of which is known only that it is neither missing nor anything at all.
    Thing(String),
    Function,
    Object(Vec<(String, bool, Self)>),
    /// An object with any key; whether what stands under the keys is `any`, and what it is.
    Keyed(bool, Box<Self>),
    /// An object with some of the members of another: `Partial<T>`.
    Part(Share, Box<Self>),
    Project(Home),
    Union(Vec<Self>),
    /// All of these at once.
    Both(Vec<Self>),
}

const BASIC: [&str; 8] = ["string", "number", "boolean", "bigint", "symbol", "undefined", "null", "void"];
impl Type {
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown | Self::Anything | Self::Places(_))
    }

    pub(super) fn library(name: &'static str) -> Self {
        Self::Library(name, Vec::new())
    }

    /// The types that it may be.
    pub(super) fn members(&self) -> &[Self] {
        match self {
            Self::Union(all) => all,
            one => std::slice::from_ref(one),
        }
    }

    pub(super) fn union(all: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for ty in all {
            match ty {
                Self::Union(inner) => flat.extend(inner),
                ty => flat.push(ty),
            }
        }
        if flat.len() == 1 { flat.swap_remove(0) } else { Self::Union(flat) }
    }

    /// The type of what has one of several types; of the same type of the project once.
    pub(super) fn of_all(all: Vec<Self>) -> Self {
        let same = |one: &Self, other: &Self| match (one, other) {
            (Self::Project(one), Self::Project(other)) => one.is(other),
            _ => false,
        };
        match all.split_first() {
            Some((first, rest)) if rest.iter().all(|other| same(first, other)) => first.clone(),
            _ => Self::union(all),
        }
    }

    /// The kind of value that a basic type or a literal stands for.
    pub(super) fn base(&self) -> Option<&'static str> {
        match self {
            Self::Basic(name) | Self::Some(name) => Some(name),
            Self::Literal(text) if text.starts_with(['\'', '"']) => Some("string"),
            Self::Literal(text) if text == "true" || text == "false" => Some("boolean"),
            Self::Literal(_) => Some("number"),
            _ => None,
        }
    }

    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Basic("undefined" | "null" | "void"))
    }

    /// What is left where it is not missing.
    pub(super) fn present(&self) -> Self {
        if matches!(self, Self::Anything) {
            return Self::Unknown;
        }
        Self::union(self.members().iter().filter(|member| !member.is_missing()).cloned().collect())
    }

    /// The name in messages.
    pub(super) fn word(&self) -> String {
        match self {
            Self::Unknown | Self::Places(_) => "_".to_owned(),
            Self::Anything => "unknown".to_owned(),
            Self::Basic(name) | Self::Some(name) | Self::Library(name, _) => (*name).to_owned(),
            Self::Literal(text) | Self::Thing(text) => text.clone(),
            Self::List(of) => format!("{}[]", of.word()),
            Self::Promise(of) => format!("Promise<{}>", of.word()),
            Self::Function => "function".to_owned(),
            Self::Object(_) => "object".to_owned(),
            Self::Keyed(..) => "Record".to_owned(),
            Self::Part(_, of) => format!("a part of {}", of.word()),
            Self::Project(home) => home.def().name.clone(),
            Self::Union(all) => all.iter().map(Self::word).collect::<Vec<_>>().join(" | "),
            Self::Both(all) => all.iter().map(Self::word).collect::<Vec<_>>().join(" & "),
        }
    }
}

/// The types of a tree.
#[derive(Clone, Copy)]
pub(super) struct Types<'v, 'a> {
    pub(super) tree: Tree<'v, 'a>,
    /// Whether null and undefined are types of their own.
    pub(super) strict: bool,
}

impl<'v, 'a> Types<'v, 'a> {
    /// As the compiler sees them in a file.
    pub(super) fn new(tree: Tree<'v, 'a>, file: &File<'_>) -> Self {
        Self { tree, strict: file.world.is_strict(file.path) }
    }

    /// What a type means, as it is written somewhere.
    pub(super) fn stated(&self, at: &At, text: &str) -> Type {
        self.read(at, text, STEPS)
    }

    pub(super) fn read(&self, at: &At, text: &str, depth: usize) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::Unknown };
        let inner = |text: &str| self.read(at, text, depth);
        match form(text) {
            // With one part that may be anything, all of it is.
            Form::Union(all) if all.iter().any(|part| matches!(*part, "any" | "unknown" | "_")) => {
                Type::Unknown
            }
            Form::Union(all) => self.union(all.into_iter().map(inner).collect()),
            Form::Both(all) => Type::Both(all.into_iter().map(inner).collect()),
            Form::List(element) => Type::List(Box::new(inner(element))),
            Form::Tuple(places) => {
                Type::List(Box::new(Type::Places(places.into_iter().map(inner).collect())))
            }
            Form::Function => Type::Function,
            Form::Literal(text) => Type::Literal(text.replace('"', "'")),
            Form::Object(members) => {
                let member =
                    |(name, optional, ty): (&str, bool, &str)| (name.to_owned(), optional, inner(ty));
                Type::Object(members.into_iter().map(member).collect())
            }
            Form::Some(name) => Type::Some(name),
            Form::Name("true" | "false", _) => Type::Literal(text.trim().to_owned()),
            Form::Name("unknown", _) => Type::Anything,
            Form::Name(name, arguments) => self.named(at, name, &arguments, depth),
            Form::Lookup(of, key) => self.looked_up(&inner(of), key, depth),
            Form::Other if any_key(text).is_some() => {
                let under = any_key(text).unwrap_or("_");
                Type::Keyed(under == "any", Box::new(inner(under)))
            }
            Form::Other if is_object(text) && !text.contains(" keyof ") => Type::Thing(text.to_owned()),
            Form::Other => Type::Unknown,
        }
    }

    /// A union of which something is unknown may be anything; what may be missing counts where it is
    /// told apart.
    fn union(&self, mut all: Vec<Type>) -> Type {
        if !self.strict {
            all.retain(|ty| !ty.is_missing());
        }
        if all.is_empty() { Type::Unknown } else { Type::union(all) }
    }

    fn named(&self, at: &At, name: &str, arguments: &[&str], depth: usize) -> Type {
        if let Some(basic) = BASIC.iter().find(|basic| **basic == name) {
            return Type::Basic(basic);
        }
        let own = match name.rsplit_once('.') {
            Some((namespace, name)) => self.inside(at, namespace, name, depth).map_or(Own::Unknown, Own::Def),
            None => self.own(at, name, depth),
        };
        match own {
            Own::Def(home) => self.of_home(home, depth),
            Own::Unknown => Type::Unknown,
            Own::Nothing => self.of_library(at, name, arguments, depth),
        }
    }

    /// What a type that a file defines is; an alias of anything but an object is what it stands for.
    fn of_home(&self, home: Home, depth: usize) -> Type {
        match home.def().kind {
            Kind::Alias if !is_object(&home.def().ty) => self.read(&home.inside(), &home.def().ty, depth),
            Kind::Class | Kind::Interface | Kind::Alias | Kind::Enum => Type::Project(home),
            _ => Type::Unknown,
        }
    }

    /// `Type['key']`.
    fn looked_up(&self, of: &Type, key: &str, depth: usize) -> Type {
        match of {
            Type::Project(_) | Type::Object(_) => self.member_type(of, key, depth).unwrap_or(Type::Unknown),
            _ => Type::Unknown,
        }
    }

    /// The type of an expression that stands at a place.
    pub(super) fn value(&self, at: &At, value: &Value) -> Type {
        self.worth(at, value, STEPS).unwrap_or(Type::Unknown)
    }

    fn worth(&self, at: &At, value: &Value, depth: usize) -> Option<Type> {
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
            Value::Passed(of, mark) if mark == Value::PRESENT => Some(on(of)?.present()),
            Value::Passed(of, mark) if mark == Value::AGAIN || mark == Value::SAID => on(of),
            Value::Passed(call, idx) => {
                let Some(function) = self.function(at, call) else {
                    return self.put_into(at, call, depth);
                };
                let param = function.def().sig.as_ref()?.params.get(idx.parse::<usize>().ok()?)?;
                (!param.variadic).then(|| self.read(&function.inside(), &param.written, depth))
            }
            Value::Either(all) => {
                let all: Option<Vec<Type>> = all.iter().map(on).collect();
                all.map(Type::of_all)
            }
            Value::Joined(all) => {
                let all: Option<Vec<Type>> = all.iter().map(|one| Some(on(one)?.present())).collect();
                all.map(Type::Both)
            }
            Value::Element(of) => match on(of)?.present() {
                Type::List(element) | Type::Keyed(_, element) => Some(*element),
                Type::Library("Map", held) => Some(Type::List(Box::new(Type::Places(held)))),
                Type::Library("Set" | "Iterable" | "ReadonlySet", held) => held.first().cloned(),
                Type::Basic("string") => Some(Type::Basic("string")),
                _ => None,
            },
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
            Type::Promise(of) => Some(*of),
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
        (!ty.is_empty()).then(|| self.read(&function.inside(), ty, depth))
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
