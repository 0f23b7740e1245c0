//! The Go types of a tree, worked out when a rule asks: what a type as written means.
//!
//! Fields and methods are looked for through pointers. What cannot be worked out is unknown, and no
//! finding rests on it.

use crate::validate::extract::is_go_number;
use crate::validate::model::{Kind, Value};
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
    Pointer(Box<Self>),
    /// A type or a pointer to it.
    Embedded(Box<Self>),
    List(Box<Self>),
    Map(Box<Self>, Box<Self>),
    Channel(Box<Self>, Way),
    /// With what it takes and gives back, where that is known.
    Function(Option<Box<Shape>>),
    /// A type of the library that is no interface.
    Library(&'static str),
    /// A type with a name of another module, with the path of its package: of whatever kind.
    Foreign(String),
    /// Several results.
    Several(Vec<Self>),
}

/// What can be done with a channel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Both,
    /// Something is sent.
    In,
    /// Something is received.
    Out,
}

/// What a function takes and gives back.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) takes: Vec<Type>,
    pub(super) gives: Vec<Type>,
}

impl Type {
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether it is that of `nil` alone.
    pub(super) fn is_nil(&self) -> bool {
        matches!(self, Self::Basic(name) if name == "{nil}")
    }

    pub(super) fn pointer(self) -> Self {
        if self.is_unknown() { self } else { Self::Pointer(Box::new(self)) }
    }

    /// What pointers to it lead to.
    pub(super) fn pointed(self) -> Self {
        match self {
            Self::Pointer(of) | Self::Embedded(of) => of.pointed(),
            ty => ty,
        }
    }

    /// The name in messages.
    pub(super) fn word(&self) -> String {
        match self {
            Self::Unknown => "_".to_owned(),
            Self::Any => "any".to_owned(),
            Self::Basic(name) => name.trim_matches(['{', '}']).to_owned(),
            Self::Project(home) => home.def().name.clone(),
            Self::Pointer(of) => format!("*{}", of.word()),
            Self::Embedded(of) => of.word(),
            Self::List(of) => format!("[]{}", of.word()),
            Self::Map(..) => "map".to_owned(),
            Self::Channel(..) => "chan".to_owned(),
            Self::Function(Some(shape)) => {
                let list = |all: &[Self]| all.iter().map(Self::word).collect::<Vec<_>>().join(", ");
                format!("func({}) ({})", list(&shape.takes), list(&shape.gives))
            }
            Self::Library(name) => (*name).to_owned(),
            Self::Foreign(path) => path.rsplit('/').next().unwrap_or(path).to_owned(),
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

    pub(super) fn read(&self, at: &At, text: &str, depth: usize) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::Unknown };
        let text = text.trim();
        if let Some(of) = text.strip_prefix('*') {
            return self.read(at, of, depth).pointer();
        }
        let inner = |text: &str| Box::new(self.read(at, text, depth));
        if let Some(of) = text.strip_prefix(Value::PERHAPS_POINTED) {
            let of = inner(of);
            return if of.is_unknown() { Type::Unknown } else { Type::Embedded(of) };
        }
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
        let ways = [("<-chan ", Way::Out), ("chan<- ", Way::In), ("chan ", Way::Both)];
        if let Some((of, way)) = ways.iter().find_map(|(lead, way)| Some((text.strip_prefix(lead)?, *way))) {
            return Type::Channel(inner(of), way);
        }
        let name = text.split('[').next().unwrap_or(text);
        let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.');
        if !name.chars().all(is_name) || matches!(name, "" | "_" | "comparable" | "chan") {
            return Type::Unknown;
        }
        if let Some(library) = self.of_library(at, name) {
            return Type::Library(library);
        }
        if let Some(path) = self.of_others(at, name) {
            return Type::Foreign(path);
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
            None if super::worth::counts(function) && self.own(at, function).is_none() => {
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

    /// What a list, a map or a function with a name of its own is made of.
    pub(super) fn underlying(&self, ty: Type) -> Type {
        match &ty {
            Type::Project(home) if home.def().kind == Kind::Alias => {
                self.stated(&home.inside(), &home.def().ty)
            }
            _ => ty,
        }
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
