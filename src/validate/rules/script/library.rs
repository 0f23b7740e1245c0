//! What the library of the language says: its classes, and the types of what they have and give.

use super::lookup::{Own, Sense};
use super::parts::{Share, keys};
use super::types::{STEPS, Type, Types, value_at};
use crate::validate::model::{Kind, Value};
use crate::validate::rules::tree::{At, Home};

/// Classes of the library, each with a member that every value of it has, and hardly another.
pub(super) const LIBRARY: [(&str, &str); 17] = [
    ("AbortController", "abort"),
    ("AbortSignal", "aborted"),
    ("Blob", "arrayBuffer"),
    ("DataView", "getInt8"),
    ("Date", "getTime"),
    ("Document", "createElement"),
    ("Error", "message"),
    ("Event", "preventDefault"),
    ("FormData", "append"),
    ("Headers", "append"),
    ("Map", "size"),
    ("RegExp", "exec"),
    ("Request", "method"),
    ("Response", "status"),
    ("Set", "size"),
    ("URL", "href"),
    ("URLSearchParams", "append"),
];

/// What the library has as well, and never lets be missing.
const THINGS: [&str; 25] = [
    "ArrayBuffer",
    "Buffer",
    "ArrayLike",
    "AsyncGenerator",
    "AsyncIterable",
    "AsyncIterableIterator",
    "AsyncIterator",
    "Element",
    "EventTarget",
    "File",
    "Function",
    "HTMLElement",
    "Iterator",
    "PropertyDescriptor",
    "ReadableStream",
    "Record",
    "RequestInit",
    "ResponseInit",
    "TransformStream",
    "Uint8Array",
    "WeakMap",
    "WeakRef",
    "WeakSet",
    "Window",
    "WritableStream",
];

/// Functions of the library that are called by their name.
const FUNCTIONS: [(&str, &[&str]); 3] = [
    (
        "string",
        &["String", "encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent", "btoa", "atob"],
    ),
    ("number", &["Number", "parseInt", "parseFloat"]),
    ("boolean", &["Boolean", "isNaN", "isFinite"]),
];

/// What has functions and constants of its own.
const OBJECTS: [&str; 8] = ["Array", "Date", "JSON", "Math", "Number", "Object", "String", "performance"];

/// What methods of texts give.
const OF_TEXTS: [(&str, &[&str]); 3] = [
    (
        "string",
        &[
            "charAt",
            "concat",
            "normalize",
            "padEnd",
            "padStart",
            "repeat",
            "replace",
            "replaceAll",
            "slice",
            "substr",
            "substring",
            "toLocaleLowerCase",
            "toLocaleUpperCase",
            "toLowerCase",
            "toString",
            "toUpperCase",
            "trim",
            "trimEnd",
            "trimStart",
            "valueOf",
        ],
    ),
    ("number", &["charCodeAt", "indexOf", "lastIndexOf", "localeCompare", "search"]),
    ("boolean", &["endsWith", "includes", "startsWith"]),
];

/// What methods of lists give.
const OF_LISTS: [(&str, &[&str]); 3] = [
    ("string", &["join", "toLocaleString", "toString"]),
    ("number", &["findIndex", "findLastIndex", "indexOf", "lastIndexOf", "push", "unshift"]),
    ("boolean", &["every", "includes", "some"]),
];

/// What methods of the classes of the library give.
const OF_CLASSES: [(&str, &str, &[&str]); 9] = [
    (
        "Date",
        "number",
        &["getDate", "getDay", "getFullYear", "getHours", "getMinutes", "getMonth", "getTime"],
    ),
    ("Date", "string", &["toDateString", "toISOString", "toLocaleDateString", "toLocaleString", "toString"]),
    ("Headers", "boolean", &["has"]),
    ("Map", "boolean", &["delete", "has"]),
    ("RegExp", "boolean", &["test"]),
    ("Set", "boolean", &["delete", "has"]),
    ("URL", "string", &["toJSON", "toString"]),
    ("URLSearchParams", "boolean", &["has"]),
    ("URLSearchParams", "string", &["toString"]),
];

/// The fields of the classes of the library.
const FIELDS: [(&str, &str, &[&str]); 11] = [
    ("AbortSignal", "boolean", &["aborted"]),
    ("Blob", "number", &["size"]),
    ("Error", "string", &["message", "name"]),
    ("Map", "number", &["size"]),
    ("RegExp", "string", &["flags", "source"]),
    ("Request", "string", &["method", "url"]),
    ("Response", "boolean", &["ok", "redirected"]),
    ("Response", "number", &["status"]),
    ("Response", "string", &["statusText", "url"]),
    ("Set", "number", &["size"]),
    (
        "URL",
        "string",
        &[
            "hash", "host", "hostname", "href", "origin", "password", "pathname", "port", "protocol",
            "search", "username",
        ],
    ),
];

impl Types<'_, '_> {
    /// What a name of the library means as a type.
    pub(super) fn of_library(&self, at: &At, name: &str, arguments: &[&str], depth: usize) -> Type {
        let argument =
            |idx: usize| arguments.get(idx).map_or(Type::Unknown, |argument| self.read(at, argument, depth));
        match name {
            "Array" | "ReadonlyArray" => Type::List(Box::new(argument(0))),
            "Promise" => Type::Promise(Box::new(argument(0))),
            "Readonly" => argument(0),
            "NonNullable" => argument(0).present(),
            "Awaited" => self.awaited(argument(0)).unwrap_or(Type::Unknown),
            "ReturnType" => self.given_by(at, arguments, depth).unwrap_or(Type::Unknown),
            "InstanceType" => self.made_by(at, arguments, depth).map_or(Type::Unknown, Type::Project),
            "PropertyKey" => Type::Union(["string", "number", "symbol"].map(Type::Basic).to_vec()),
            "HeadersInit" => {
                let list = Type::List(Box::new(Type::Unknown));
                Type::Union(vec![list, Type::Thing("Record".to_owned()), Type::library("Headers")])
            }
            "BodyInit" => Type::Union(vec![Type::Basic("string"), Type::Thing(name.to_owned())]),
            "Record" if arguments.first() == Some(&"string") => {
                Type::Keyed(arguments.get(1) == Some(&"any"), Box::new(argument(1)))
            }
            "Partial" | "Required" | "Pick" | "Omit" => share_of(argument(0), name, arguments),
            "Map" | "ReadonlyMap" => Type::Library("Map", vec![argument(0), argument(1)]),
            "Set" | "ReadonlySet" => Type::Library("Set", vec![argument(0)]),
            "Iterable" | "IterableIterator" | "Generator" => Type::Library("Iterable", vec![argument(0)]),
            "Uppercase" | "Lowercase" | "Capitalize" | "Uncapitalize" => spelled(name, &argument(0)),
            _ if THINGS.contains(&name) => Type::Thing(name.to_owned()),
            _ => {
                let found = LIBRARY.iter().find(|(class, _)| *class == name);
                found.map_or(Type::Unknown, |(class, _)| Type::library(class))
            }
        }
    }

    /// `ReturnType<typeof open>`.
    fn given_by(&self, at: &At, arguments: &[&str], depth: usize) -> Option<Type> {
        let function = value_at(arguments.first()?.trim().strip_prefix("typeof ")?.trim());
        let call = match function {
            Value::Field(on, name) => Value::Call(Some(on), name, 0),
            function => function.called("", 0),
        };
        self.worth(at, &call, depth)
    }

    /// `InstanceType<typeof Room>`.
    fn made_by(&self, at: &At, arguments: &[&str], depth: usize) -> Option<Home> {
        let class = arguments.first()?.trim().strip_prefix("typeof ")?.trim();
        match self.own_as(Sense::Value, at, class, depth) {
            Own::Def(home) if home.def().kind == Kind::Class => Some(home),
            _ => None,
        }
    }

    /// The name of an object or a function of the library that a value is.
    pub(super) fn global<'n>(&self, at: &At, value: &'n Value) -> Option<&'n str> {
        let value = match value {
            Value::Passed(of, mark) if mark == Value::AGAIN => of,
            value => value,
        };
        let Value::Name(name) = value else { return None };
        let is_known = OBJECTS.contains(&name.as_str()) || word_of(&FUNCTIONS, name).is_some();
        let is_own = || !matches!(self.own_as(Sense::Value, at, name, STEPS), Own::Nothing);
        (is_known && !is_own()).then_some(name)
    }
}

/// An object with some of the members of a type.
fn share_of(ty: Type, name: &str, arguments: &[&str]) -> Type {
    let named = || {
        let names = arguments.get(1).and_then(|text| keys(text))?;
        Some(names.into_iter().map(str::to_owned).collect())
    };
    let share = match name {
        "Partial" => Some(Share::Partial),
        "Required" => Some(Share::Required),
        "Pick" => named().map(Share::Pick),
        _ => named().map(Share::Omit),
    };
    match (ty, share) {
        (Type::Project(home), _) if home.def().kind == Kind::Enum => Type::Unknown,
        (ty @ (Type::Project(_) | Type::Object(_)), Some(share)) => Type::Part(share, Box::new(ty)),
        (Type::Project(home), None) => Type::Thing(home.def().name.clone()),
        (Type::Object(_), None) => Type::Thing("object".to_owned()),
        _ => Type::Unknown,
    }
}

/// `Uppercase<'a' | 'b'>` and its like.
fn spelled(how: &str, ty: &Type) -> Type {
    let one = |ty: &Type| match ty {
        Type::Literal(text) if text.starts_with('\'') && text.is_ascii() => {
            let inner = text.trim_matches('\'');
            let (first, rest) = inner.split_at(inner.len().min(1));
            Type::Literal(match how {
                "Uppercase" => format!("'{}'", inner.to_uppercase()),
                "Lowercase" => format!("'{}'", inner.to_lowercase()),
                "Capitalize" => format!("'{}{rest}'", first.to_uppercase()),
                _ => format!("'{}{rest}'", first.to_lowercase()),
            })
        }
        ty if ty.base() == Some("string") => Type::Some("string"),
        _ => Type::Unknown,
    };
    Type::union(ty.members().iter().map(one).collect())
}

/// What a function of the library gives: `String(x)`, `Math.max(a, b)`.
pub(super) fn called_of(global: &str, name: &str) -> Option<Type> {
    match (global, name) {
        (function, "") => word_of(&FUNCTIONS, function).map(Type::Basic),
        ("Math", _) | ("Date", "now" | "parse" | "UTC") | ("performance", "now") => {
            Some(Type::Basic("number"))
        }
        ("JSON", "stringify") | ("String", "fromCharCode" | "fromCodePoint" | "raw") => {
            Some(Type::Basic("string"))
        }
        ("Number", "parseInt" | "parseFloat") => Some(Type::Basic("number")),
        ("Number" | "Array", test) if test.starts_with("is") => Some(Type::Basic("boolean")),
        ("Object", "is" | "hasOwn" | "isFrozen") => Some(Type::Basic("boolean")),
        ("Object", "keys" | "getOwnPropertyNames") => Some(Type::List(Box::new(Type::Basic("string")))),
        ("Object", "entries" | "values") | ("Array", "from" | "of") => {
            Some(Type::List(Box::new(Type::Unknown)))
        }
        _ => None,
    }
}

/// A constant of the library: `Math.PI`.
pub(super) fn field_of(global: &str, name: &str) -> Option<Type> {
    let is_number = global == "Math" || global == "Number" && name.starts_with(char::is_uppercase);
    is_number.then_some(Type::Basic("number"))
}

/// What a method of a value of the language gives.
pub(super) fn called_on(on: &Type, name: &str) -> Option<Type> {
    match on {
        Type::List(element) => match name {
            "concat" | "reverse" | "slice" | "sort" | "toReversed" | "toSorted" => {
                Some(Type::List(element.clone()))
            }
            // What may be missing is often what is sorted out.
            "filter" => Some(Type::List(Box::new(element.present()))),
            "find" | "findLast" | "at" | "pop" | "shift" => {
                Some(Type::union(vec![(**element).clone(), Type::Basic("undefined")]))
            }
            "flat" | "flatMap" | "map" => Some(Type::List(Box::new(Type::Unknown))),
            _ => word_of(&OF_LISTS, name).map(Type::Basic),
        },
        Type::Promise(_) if matches!(name, "then" | "catch" | "finally") => {
            Some(Type::Promise(Box::new(Type::Unknown)))
        }
        Type::Library("Request" | "Response" | "Blob", _) if name == "text" => {
            Some(Type::Promise(Box::new(Type::Basic("string"))))
        }
        Type::Library("Map", held) if name == "get" => {
            Some(Type::union(vec![held.get(1)?.clone(), Type::Basic("undefined")]))
        }
        Type::Library("Map", held) if name == "values" => {
            Some(Type::Library("Iterable", vec![held.get(1)?.clone()]))
        }
        Type::Library("Headers" | "URLSearchParams", _) if name == "get" => {
            Some(Type::Union(vec![Type::Basic("string"), Type::Basic("null")]))
        }
        Type::Library(class, _) => {
            let mut found = OF_CLASSES.iter().filter(|(of, _, names)| of == class && names.contains(&name));
            found.next().map(|(_, word, _)| Type::Basic(word))
        }
        _ => match (on.base()?, name) {
            ("string", "split") => Some(Type::List(Box::new(Type::Basic("string")))),
            ("string", _) => word_of(&OF_TEXTS, name).map(Type::Basic),
            ("number", "toFixed" | "toPrecision" | "toExponential") => Some(Type::Basic("string")),
            ("number" | "boolean" | "bigint", "toString" | "toLocaleString") => Some(Type::Basic("string")),
            _ => None,
        },
    }
}

/// What stands in a field of a value of the language.
pub(super) fn field_on(on: &Type, name: &str) -> Option<Type> {
    match on {
        // That of a tuple is one number.
        Type::List(_) => (name == "length").then_some(Type::Some("number")),
        Type::Library("Request" | "Response", _) if name == "headers" => Some(Type::library("Headers")),
        Type::Library("Request", _) if name == "signal" => Some(Type::library("AbortSignal")),
        Type::Library("AbortController", _) if name == "signal" => Some(Type::library("AbortSignal")),
        Type::Library("Request" | "Response", _) if name == "body" => {
            Some(Type::Union(vec![Type::Thing("ReadableStream".to_owned()), Type::Basic("null")]))
        }
        Type::Library("URL", _) if name == "searchParams" => Some(Type::library("URLSearchParams")),
        Type::Library(class, _) => {
            let mut found = FIELDS.iter().filter(|(of, _, names)| of == class && names.contains(&name));
            found.next().map(|(_, word, _)| Type::Basic(word))
        }
        _ => (on.base() == Some("string") && name == "length").then_some(Type::Basic("number")),
    }
}

fn word_of(table: &[(&'static str, &[&str])], name: &str) -> Option<&'static str> {
    table.iter().find(|(_, names)| names.contains(&name)).map(|(word, _)| *word)
}
