//! The Go types of a tree, worked out when a rule asks: what a type as written means, and what type
//! an expression has.
//!
//! Pointers are looked through, since fields and methods are. What cannot be worked out is unknown,
//! and no finding rests on it.

use super::members::Member;
use crate::validate::extract::is_go_number;
use crate::validate::model::{Kind, Param, Value};
use crate::validate::rules::reach::import_of;
use crate::validate::rules::tree::{At, Home, Tree};

/// Steps of expressions and types beyond this are not followed.
pub(super) const STEPS: usize = 24;

#[derive(Clone)]
pub(super) enum Type {
    Unknown,
    /// An interface that asks for nothing.
    Any,
    /// A type of the language, or in braces the kind of a constant without a type.
    Basic(String),
    Project(Home),
    List(Box<Self>),
    Map(Box<Self>, Box<Self>),
    Channel(Box<Self>),
    /// With what it takes and gives back, where that is known.
    Function(Option<Box<Shape>>),
    /// A type of the library that is no interface.
    Library(&'static str),
    /// Several results.
    Several(Vec<Self>),
}

/// What a function takes and gives back.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) takes: Vec<Type>,
    pub(super) gives: Vec<Type>,
}

/// Types of the library that are looked at by their names.
pub(super) const LIBRARY: [&str; 12] = [
    Type::DURATION,
    "big.Int",
    "bytes.Buffer",
    "http.Client",
    "http.Request",
    "http.Response",
    "regexp.Regexp",
    "strings.Builder",
    "sync.Mutex",
    "sync.WaitGroup",
    "time.Time",
    "url.URL",
];

impl Type {
    /// Of the library's types the one that is a number.
    pub(super) const DURATION: &str = "time.Duration";

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// The name in messages.
    pub(super) fn word(&self) -> String {
        match self {
            Self::Unknown => "_".to_owned(),
            Self::Any => "any".to_owned(),
            Self::Basic(name) => name.trim_matches(['{', '}']).to_owned(),
            Self::Project(home) => home.def().name.clone(),
            Self::List(of) => format!("[]{}", of.word()),
            Self::Map(..) => "map".to_owned(),
            Self::Channel(_) => "chan".to_owned(),
            Self::Function(Some(shape)) => {
                let list = |all: &[Self]| all.iter().map(Self::word).collect::<Vec<_>>().join(", ");
                format!("func({}) ({})", list(&shape.takes), list(&shape.gives))
            }
            Self::Library(name) => (*name).to_owned(),
            Self::Function(None) => "func".to_owned(),
            Self::Several(all) => all.iter().map(Self::word).collect::<Vec<_>>().join(", "),
        }
    }
}

/// Whether a name is that of a type of the language, unless it is declared anew.
fn is_basic(name: &str) -> bool {
    is_go_number(name) || matches!(name, "string" | "bool" | "error")
}

/// The types of a tree.
#[derive(Clone, Copy)]
pub(super) struct Types<'v, 'a> {
    pub(super) tree: Tree<'v, 'a>,
}

impl Types<'_, '_> {
    /// What a type means, as it is written somewhere.
    pub(super) fn stated(&self, at: &At, text: &str) -> Type {
        self.read(at, text, STEPS)
    }

    fn read(&self, at: &At, text: &str, depth: usize) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::Unknown };
        let text = text.trim().trim_start_matches(['*', '&']).trim();
        let inner = |text: &str| Box::new(self.read(at, text, depth));
        if text.starts_with('{') {
            return Type::Basic(text.to_owned());
        }
        if let Some(element) = text.strip_prefix("...") {
            return Type::List(inner(element));
        }
        if let Some(rest) = text.strip_prefix("map[") {
            let Some(end) = closing(rest) else { return Type::Unknown };
            return Type::Map(inner(&rest[..end]), inner(&rest[end + 1..]));
        }
        if let Some(rest) = text.strip_prefix('[') {
            let element = closing(rest).map(|end| &rest[end + 1..]);
            return element.map_or(Type::Unknown, |element| Type::List(inner(element)));
        }
        if text.starts_with("func") && text[4..].trim_start().starts_with('(') {
            return Type::Function(self.shape(at, text[4..].trim_start(), depth).map(Box::new));
        }
        if let Some(list) = text.strip_prefix('(').and_then(|list| list.strip_suffix(')')) {
            return Type::Several(split(list).map(|part| self.read(at, part, depth)).collect());
        }
        if matches!(text, "any" | "interface{}") {
            return Type::Any;
        }
        if let Some(function) = text.strip_suffix("()") {
            return self.made_by(at, function, depth);
        }
        if let Some(of) = ["<-chan ", "chan<- ", "chan "].iter().find_map(|lead| text.strip_prefix(lead)) {
            return Type::Channel(inner(of));
        }
        let name = text.split('[').next().unwrap_or(text);
        let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.');
        if !name.chars().all(is_name) || matches!(name, "" | "_" | "comparable" | "chan") {
            return Type::Unknown;
        }
        if let Some(library) = self.of_library(at, name) {
            return Type::Library(library);
        }
        let home = match name.split_once('.') {
            Some((local, name)) => {
                self.imported(at, local).and_then(|package| self.in_package(&package, name))
            }
            None => match self.own(at, name) {
                None if is_basic(name) => return Type::Basic(name.to_owned()),
                home => home,
            },
        };
        match home {
            Some(home) if home.def().kind.is_type() => Type::Project(home),
            _ => Type::Unknown,
        }
    }

    /// What a variable is that begins with what a function gives back.
    fn made_by(&self, at: &At, function: &str, depth: usize) -> Type {
        let home = match function.split_once('.') {
            Some((local, name)) => {
                self.imported(at, local).and_then(|package| self.in_package(&package, name))
            }
            None if counts(function) && self.own(at, function).is_none() => {
                return Type::Basic("int".to_owned());
            }
            None => self.own(at, function),
        };
        let home = home.filter(|home| home.def().kind == Kind::Function);
        home.map_or(Type::Unknown, |home| self.read(&home.inside(), &home.def().ty, depth))
    }

    /// What a function takes and gives back, by the text behind `func`.
    fn shape(&self, at: &At, text: &str, depth: usize) -> Option<Shape> {
        let mut open = 0_i32;
        let end = text.char_indices().find(|(_, char)| {
            open += match char {
                '(' | '[' | '{' => 1,
                ')' | ']' | '}' => -1,
                _ => 0,
            };
            open == 0
        })?;
        let all = |list: &str| listed(list).into_iter().map(|ty| self.read(at, ty, depth)).collect();
        let result = text[end.0 + 1..].trim();
        let gives = result.strip_prefix('(').and_then(|list| list.strip_suffix(')')).unwrap_or(result);
        Some(Shape { takes: all(&text[1..end.0]), gives: all(gives) })
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
            Value::Name(name) => self.has_or_is(&self.own(at, name)?),
            Value::Call(Some(of), name, _) if name.is_empty() && !matches!(**of, Value::Name(_)) => {
                given(self.underlying(on(of)?))
            }
            Value::Call(..) => match self.function(at, value) {
                Some(function) => Some(self.result(&function)),
                None => self.counted(at, value),
            },
            Value::Field(of, name) => {
                if let Value::Name(local) = &**of
                    && import_of(&at.file.1, local).is_some()
                {
                    return self.has_or_is(&self.in_package(&self.imported(at, local)?, name)?);
                }
                match on(of)? {
                    Type::Several(all) => all.get(name.parse::<usize>().ok()?).cloned(),
                    ty => match self.member(&ty, name) {
                        Member::Stated(home) if home.def().kind == Kind::Field => self.has(&home),
                        Member::Stated(home) if home.def().kind.is_type() => Some(Type::Project(home)),
                        _ => None,
                    },
                }
            }
            Value::Element(of) => match self.underlying(on(of)?) {
                Type::List(of) | Type::Map(_, of) => Some(*of),
                _ => None,
            },
            Value::Passed(of, what) => match (self.underlying(on(of)?), what.as_str()) {
                (Type::List(of) | Type::Map(_, of), "range") => Some(*of),
                (Type::Map(key, _), "key") => Some(*key),
                (Type::Channel(of), "key" | "receive") => Some(*of),
                (Type::List(_), "key") => Some(Type::Basic("int".to_owned())),
                _ => None,
            },
            Value::Unknown | Value::This | Value::Content(_) => None,
        }
    }

    /// The type that a member is asked of: that of a value, or the one that is named as in `(*T).Name`.
    pub(super) fn asked_of(&self, at: &At, on: &Value) -> Type {
        let named = match on {
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
            None => self.value(at, on),
        }
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
        let Some(sig) = def.sig.as_ref().filter(|_| def.kind == Kind::Function) else {
            return self.has(home);
        };
        let param = |param: &Param| {
            if param.variadic { format!("...{}", param.written) } else { param.written.clone() }
        };
        let takes: Vec<String> = sig.params.iter().map(param).collect();
        Some(self.stated(&home.inside(), &format!("func({}) {}", takes.join(", "), def.ty)))
    }

    /// What a list, a map or a function with a name of its own is made of.
    pub(super) fn underlying(&self, ty: Type) -> Type {
        match &ty {
            Type::Project(home) if home.def().kind == Kind::Alias => {
                self.stated(&home.inside(), &home.def().ty)
            }
            _ => ty,
        }
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

fn counts(function: &str) -> bool {
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

/// The parts of a list of types.
fn split(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    list.split(move |char| {
        depth += match char {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        };
        char == ',' && depth == 0
    })
}

/// The types in a list of them, or of names with types, of which several may share one.
fn listed(list: &str) -> Vec<&str> {
    let parts: Vec<&str> = split(list).map(str::trim).filter(|part| !part.is_empty()).collect();
    fn named<'t>(part: &&'t str) -> Option<&'t str> {
        let name = part.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(part.len());
        let rest = part[name..].trim_start();
        let is_word = matches!(&part[..name], "func" | "map" | "chan" | "interface" | "struct");
        (name > 0 && !is_word && part[name..].starts_with(' ') && !rest.is_empty()).then_some(rest)
    }
    if parts.iter().all(|part| named(part).is_none()) {
        return parts;
    }
    let mut types = Vec::new();
    let mut shared = None;
    for part in parts.iter().rev() {
        shared = named(part).or(shared);
        types.push(shared.unwrap_or(part));
    }
    types.reverse();
    types
}

/// Where the bracket closes that was opened before a text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (at, char) in text.char_indices() {
        depth += match char {
            '[' => 1,
            ']' => -1,
            _ => 0,
        };
        if depth == 0 {
            return Some(at);
        }
    }
    None
}
