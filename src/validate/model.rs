//! What a source file declares and uses, in terms that all languages share.
//!
//! An extractor turns one blob into one [`FileModel`]; rules compare models and never see syntax.
//! Only top-level declarations and members of types are symbols, never locals.
//!
//! The types are what the cache of models keeps. They derive serde directly, so that a new field is
//! kept without another line; nothing freezes their shape, because a cache is read only by builds
//! whose extractors and model are the same to the letter (`src/build.rs`).

mod around;
mod by_name;
mod check;
mod fault;
mod used;
mod value;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use self::around::{Holds, Match, Region, Rest, Taken, Text};
pub use self::by_name::ByName;
pub use self::check::{Asks, Check};
pub use self::fault::{Fault, FaultSort};
pub use self::used::{Args, Receiver, Ref, RefKind};
pub use self::value::{Flow, Value};
use crate::validate::entry::Entry;

/// Everything one blob says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileModel {
    /// The package the file says it belongs to, in languages where that is more than its path.
    pub package: String,
    pub defs: Vec<Def>,
    pub refs: Vec<Ref>,
    pub imports: Vec<Import>,
    /// Where local names go that stand for what other files say.
    pub flows: Vec<Flow>,
    /// What Go asks of the types of values.
    pub checks: Vec<Check>,
    /// Names that meet others as text: routes, columns, dependencies.
    pub entries: Vec<Entry>,
    /// Implementations of Rust traits.
    pub impls: Vec<Impl>,
    /// Rust matches that have an arm for each variant and none for the rest.
    pub exhaustive: Vec<Exhaustive>,
    /// The first bytes of names that are both a key and the variable beside it, as in `{ name }`.
    pub shorthands: Vec<usize>,
    /// What holds for stretches of code, in the order of their starts.
    pub regions: Vec<Region>,
    /// Where values of one type are told apart.
    pub matches: Vec<Match>,
    /// Plain texts that stand for a value of a named type.
    pub texts: Vec<Text>,
    /// What no compiler takes, in the order of the text; with more than [`Fault::MOST`] not all of it.
    pub faults: Vec<Fault>,
    /// Byte ranges the parser could not read, in order. What could be recognised inside them is in
    /// the lists above, so that nothing looks removed, but no finding may point into them.
    pub broken: Vec<Range<usize>>,
    #[serde(skip)]
    pub by_name: ByName,
}

/// What sort of thing a definition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    Function,
    Method,
    /// A class or struct: a type with fields.
    Class,
    /// An interface, trait or protocol.
    Interface,
    Enum,
    /// A name for another type.
    Alias,
    Field,
    Variant,
    /// A constant, static or module-level variable.
    Const,
    Module,
}

impl Kind {
    /// The word in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Class => "type",
            Self::Interface => "interface",
            Self::Enum => "enum",
            Self::Alias => "type alias",
            Self::Field => "field",
            Self::Variant => "variant",
            Self::Const => "constant",
            Self::Module => "module",
        }
    }

    /// Whether the definition names a type.
    pub fn is_type(self) -> bool {
        matches!(self, Self::Class | Self::Interface | Self::Enum | Self::Alias)
    }
}

/// One declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Def {
    pub kind: Kind,
    pub name: String,
    /// The types and modules around it in the file, outermost first. A member of a Rust
    /// `impl Trait for X` has `X` and then `Trait` as written (with path and arguments), because one
    /// type may hold the same name once per trait.
    pub parents: Vec<String>,
    /// How many of these, from the outermost on, are modules written out in the file.
    pub n_modules: usize,
    /// Whether other files can name it.
    pub exported: bool,
    pub sig: Option<Sig>,
    /// How a call of it may fail, beyond what its result says.
    pub fails: Fails,
    /// What the values of the type are told apart by: the members of a union, or the text that
    /// tags an object.
    pub cases: Vec<String>,
    /// Fields with types, for classes, interfaces and object-like aliases.
    pub fields: Vec<Field>,
    /// Names of the types it extends or implements.
    pub supers: Vec<String>,
    /// The type of a field or what a method returns, as written but without arguments. Empty when
    /// it is not stated, and for a type parameter. In Rust also that of functions, constants and
    /// what an alias stands for, with arguments and with `_` for type parameters.
    pub ty: String,
    pub flags: Flags,
    /// Hash of the leaf tokens without comments and white space.
    pub body_hash: u64,
    /// The declaration without its body, on one line, as a reader would quote it.
    pub head: String,
    /// One-based line of its name.
    pub line: u32,
    /// The whole declaration with its decorators, in bytes.
    pub span: Range<usize>,
}

/// Marks that change what may be said about a definition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags {
    /// Must be implemented: no body in an interface, trait or abstract class.
    pub is_abstract: bool,
    /// Belongs to the type and not to its values; in Rust a function without `self`.
    pub is_static: bool,
    /// Several declarations of this name are legal: overload signatures, property setters,
    /// conditional definitions, declaration merging, `cfg` variants.
    pub may_repeat: bool,
    /// Part of a test.
    pub is_test: bool,
    /// May be something else than what it states: what a decorator makes of a Python function, or a class
    /// below what an expression gives.
    pub is_reshaped: bool,
    /// A constant of Go, and no variable.
    pub is_constant: bool,
}

/// How a function is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sig {
    /// Without the receiver (`self`, `cls`, `this`); a call through the type (`Room::join(&room)`)
    /// passes that too.
    pub params: Vec<Param>,
    pub returns: Ty,
    pub is_async: bool,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    pub name: String,
    pub ty: Ty,
    /// The type as written in Rust, with `_` for type parameters, and in Python. In Java only where it is a path or,
    /// as `?`, a type parameter.
    pub written: String,
    /// Has a default or may be left out.
    pub optional: bool,
    /// Takes the rest (`...args`, `*args`, `**kwargs`).
    pub variadic: bool,
    /// Can only be passed by name; of one that takes the rest, that it takes what is passed by name.
    pub keyword_only: bool,
}

/// How a function says that it could not do its work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fails {
    /// Not at all, or only by what its result type says.
    #[default]
    No,
    /// It throws: what it declares in Java, what it raises itself elsewhere.
    Throws(Vec<String>),
}

/// One field of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    /// The name on the wire, after serde, JSON tags and aliases.
    pub wire: String,
    pub ty: Ty,
    pub optional: bool,
    pub line: u32,
}

/// A type, as far as languages share it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ty {
    /// Not stated or not understood: compatible with everything.
    #[default]
    Any,
    Unit,
    Str,
    Int,
    Float,
    Bool,
    Bytes,
    Date,
    Uuid,
    /// A decimal number of any size.
    Decimal,
    List(Box<Self>),
    Map(Box<Self>),
    Optional(Box<Self>),
    /// A type of the project, without its module path and arguments.
    Named(String),
}

/// `impl Trait for Type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impl {
    /// The trait as written, with path and arguments.
    pub of: String,
    /// The type without its path and arguments.
    pub implementor: String,
    /// Index into [`FileModel::defs`] of the innermost definition around it.
    pub within: Option<usize>,
    pub line: u32,
    pub span: Range<usize>,
}

/// A match that names variants and has no arm for the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhaustive {
    /// The variants as written, with their paths.
    pub names: Vec<String>,
    /// Index into [`FileModel::defs`] of the innermost definition around it.
    pub within: Option<usize>,
    pub line: u32,
    pub span: Range<usize>,
}

/// One import statement or re-export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// As written: `./types`, `app.models`, `crate::model`, `example.com/x/y`. Empty for a local
    /// definition that is exported under another name (`export { a as b }`).
    pub module: String,
    pub names: Vec<Imported>,
    /// Whether it takes everything (`*`).
    pub glob: bool,
    /// Whether it hands the names on (`export … from`, `pub use`).
    pub reexport: bool,
    /// Index into [`FileModel::defs`] of the innermost definition around it.
    pub within: Option<usize>,
    pub line: u32,
    /// The whole statement.
    pub span: Range<usize>,
}

/// One imported name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The name in the other module; empty when the module itself is imported.
    pub name: String,
    /// The name in this file.
    pub local: String,
}

impl FileModel {
    /// The modules written out in the file around a place, outermost first.
    pub fn modules_around(&self, within: Option<usize>) -> Vec<&str> {
        let Some(def) = within.and_then(|within| self.defs.get(within)) else { return Vec::new() };
        let own = (def.kind == Kind::Module).then_some(&def.name);
        def.modules().iter().chain(own).map(String::as_str).collect()
    }
}

impl Def {
    /// Stands for the names of members that are not written out: `[key: string]: T`.
    pub const ANY_KEY: &str = "[]";
    /// Stands for a name where values of a type can be called, and so have what functions have.
    pub const CALLED: &str = "()";

    /// Whether it belongs to a type, and not to a module or the file.
    pub fn is_member(&self) -> bool {
        self.parents.len() > self.n_modules
    }

    /// The modules of the file around it.
    pub fn modules(&self) -> &[String] {
        &self.parents[..self.n_modules.min(self.parents.len())]
    }

    /// Whether both have the same [`path`](Self::path).
    pub fn is_named_as(&self, other: &Self) -> bool {
        self.name == other.name && self.parents == other.parents
    }

    /// The name with what encloses it, such as `Room::join`.
    pub fn path(&self) -> String {
        let mut path = self.parents.join("::");
        if !path.is_empty() {
            path.push_str("::");
        }
        path + &self.name
    }
}

impl FileModel {
    /// What holds at a byte.
    pub fn holds_at(&self, at: usize) -> impl Iterator<Item = &Holds> {
        let around = self.regions.iter().take_while(move |region| region.span.start <= at);
        around.filter(move |region| at < region.span.end).map(|region| &region.holds)
    }
}
