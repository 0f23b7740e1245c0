//! The TypeScript types of a tree, worked out when a rule asks: what a type as written means, and
//! what type an expression has.
//!
//! Types are compared by their shape, so little can be said for sure: what cannot be worked out is
//! unknown, and no finding rests on it.

use super::lookup::{Own, Sense};
use super::parts::Share;
use super::read::{Form, any_key, form, is_object};
use crate::validate::load::File;
use crate::validate::model::{Kind, Value};
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

    /// What is left where it is taken for true.
    pub(super) fn truthy(&self) -> Self {
        let present = self.present();
        let left = present.members().iter().filter(|member| !member.is_falsy()).map(|member| match member {
            Self::Basic("boolean") => Self::Literal("true".to_owned()),
            member => member.clone(),
        });
        Self::union(left.collect())
    }

    /// What comes of asking it for a member by `?.` where it is missing; nothing where it never is.
    pub(super) fn left_out(&self) -> Self {
        if self.is_unknown() {
            return Self::Unknown;
        }
        let may_be = self.members().iter().any(Self::is_missing);
        Self::union(may_be.then_some(Self::Basic("undefined")).into_iter().collect())
    }

    /// Whether a value is never taken for true.
    pub(super) fn is_falsy(&self) -> bool {
        match self {
            Self::Basic(name) => matches!(*name, "undefined" | "null"),
            Self::Literal(text) => matches!(text.as_str(), "false" | "0" | "''"),
            _ => false,
        }
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
            Form::Both(all) if all.contains(&"any") => Type::Unknown,
            Form::Both(all) => Type::Both(all.into_iter().map(inner).collect()),
            Form::List(element) => Type::List(Box::new(inner(element))),
            Form::Tuple(places) => {
                // What stands behind any number of others has no place that is known.
                let fixed = places.into_iter().take_while(|place| !place.starts_with("..."));
                Type::List(Box::new(Type::Places(fixed.map(inner).collect())))
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
            Form::Imported(module, name) => self
                .exported((Sense::Type, &at.file.0), module, name, depth)
                .map_or(Type::Unknown, |home| self.of_home(home, depth)),
            Form::TypeOf(path) => self.of_value(at, path, depth),
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

    /// The type of what a path of names stands for: `typeof rooms.first`.
    fn of_value(&self, at: &At, path: &str, depth: usize) -> Type {
        self.worth(at, &value_at(path), depth).unwrap_or(Type::Unknown)
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
}

/// The value that a path of names stands for.
pub(super) fn value_at(path: &str) -> Value {
    let mut names = path.split('.');
    let first = Value::Name(names.next().unwrap_or_default().to_owned());
    names.fold(first, Value::field)
}
