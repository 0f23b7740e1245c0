//! What expressions are, for rules that work their types out.

use serde::{Deserialize, Serialize};

use super::Ref;

/// An expression, as far as its type can be worked out.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    #[default]
    Unknown,
    /// Of a type as written, without arguments.
    Of(String),
    /// A name that is no local: a field or a type.
    Name(String),
    This,
    Field(Box<Self>, String),
    /// One of several: `test ? a : b`.
    Either(Vec<Self>),
    /// An object that has what each of these has: `{ ...a, b }`.
    Joined(Vec<Self>),
    /// An element of an array.
    Element(Box<Self>),
    /// What a call gives back: on a value or without one, by name and number of arguments. In Rust
    /// the value without a name is what is called by its path.
    Call(Option<Box<Self>>, String, usize),
    /// What a value is compared with in Java. What is in a Rust `Option` or `Result`: after `?`, in `Some(x)` and `Ok(x)`. What a promise of
    /// TypeScript holds.
    Content(Box<Self>),
    /// What a Rust method passes to the closure that it is given, or a `for` to its body. In TypeScript
    /// a value with a mark.
    Passed(Box<Self>, String),
}

impl Value {
    /// Marks, as what is passed on, a TypeScript value that a test before it may have narrowed down.
    pub const AGAIN: &str = "again";
    /// Marks, as what is passed on, a Go pointer or Rust reference to the value,
    pub const POINTER: &str = "&";
    /// a Rust reference that it can be changed by,
    pub const LENT: &str = "&mut";
    /// and what such a one leads to; in Rust also what may be either.
    pub const POINTED: &str = "*";
    /// Marks, as what is passed on, what a Rust closure has to give where a type of the library calls it: beside
    /// what is wanted, what the method that takes the closure is called on.
    pub const BY: &str = "by";
    /// What a Rust place wants of each thing that a `for` goes through,
    pub const FOR_EACH: &str = "for each";
    /// and of what an index finds.
    pub const AT_INDEX: &str = "at an index";
    /// and of what is gathered into a list, or into one that may be missing or failed.
    pub const GATHERED_BY: &str = "collect";
    /// A Rust array, by what is its first element.
    pub const ROW: &str = "[_]";
    /// What two Rust numbers make together.
    pub const SUM: &str = "+";
    /// A Rust value that is there or that succeeded.
    pub const PRESENT_IN: [&str; 2] = ["Some", "Ok"];
    /// What is in a Rust `Err`.
    pub const FAILED: &str = "Err";
    /// Stands before a Go type where either that or a pointer to it is meant.
    pub const PERHAPS_POINTED: &str = "?";
    /// What an assertion is made of: `value as T`.
    pub const SAID: &str = "said";
    /// Stands for the name of what is called where a TypeScript class is made.
    pub const NEW: &str = "new";
    /// Stands for the name of what is called where a Java class is made.
    pub const CONSTRUCTOR: &str = "constructor";
    /// Stands for the name of what takes an object of TypeScript that is written out, where only a value
    /// tells that.
    pub const OBJECT: &str = "{}";
    /// Stands before what a Java type parameter extends.
    pub const BOUND: &str = "? extends ";
    /// Places in Java that name no type: what is calculated with, added to a number, compared with
    /// nothing, gone through, and what has elements.
    pub const PLACES: [&str; 5] = [Self::NUMBER, Self::SUMMAND, Self::COMPARED, Self::LOOPED, Self::INDEXED];
    pub const NUMBER: &str = "a number";
    pub const SUMMAND: &str = "a summand";
    pub const COMPARED: &str = "a reference";
    pub const LOOPED: &str = "an iterable";
    pub const INDEXED: &str = "an array";
    /// Marks a TypeScript value that is said not to be missing,
    pub const PRESENT: &str = "!";
    /// one that stands before `||`, so that it is what is taken for true,
    pub const TRUE: &str = "||";
    /// one that is asked for by `?.`: what comes of that where it is missing,
    pub const CHAINED: &str = "?.";
    /// one whose elements a function is given one by one,
    pub const EACH: &str = "=>";
    /// one whose elements stand in a list of their own, `[...value]`,
    pub const SPREAD: &str = "...";
    /// one that a test was given, which may have left a part of what each element may be,
    pub const SIFTED: &str = "sifted";
    /// what an asynchronous function gives back,
    pub const PROMISED: &str = "async";
    /// what a function is given by whoever has it, by its place,
    pub const GIVEN: &str = "(";
    /// a call, and what a function gives back that it calls with each element of a list,
    pub const GATHERED: &str = "gathered";
    /// several that stand in a list of their own, `[a, b]`,
    pub const PLACES_OF: &str = "[]";
    /// a list of promises all of which are waited for,
    pub const ALL: &str = "Promise.all";
    /// one of which all that stands under its keys is taken, without the keys
    pub const VALUES: &str = "Object.values";
    /// or with them,
    pub const ENTRIES: &str = "Object.entries";
    /// and one whose test may have told that each element is more than was said.
    pub const TOLD: &str = "told";

    /// What is made of it; nothing is known of what is made of the unknown.
    pub fn wrapped(self, wrap: impl FnOnce(Box<Self>) -> Self) -> Self {
        if self == Self::Unknown { self } else { wrap(Box::new(self)) }
    }

    /// One of several values; nothing is known of it where nothing is known of one.
    pub fn either(all: Vec<Self>) -> Self {
        if all.contains(&Self::Unknown) { Self::Unknown } else { Self::Either(all) }
    }

    pub fn field(self, name: &str) -> Self {
        self.wrapped(|on| Self::Field(on, name.to_owned()))
    }

    pub fn called(self, name: &str, passed: usize) -> Self {
        self.wrapped(|on| Self::Call(Some(on), name.to_owned(), passed))
    }

    pub fn content(self) -> Self {
        self.wrapped(Self::Content)
    }

    /// What a call takes at a place among its arguments.
    pub fn taken(self, idx: usize) -> Self {
        self.passed(&idx.to_string())
    }

    pub fn passed(self, method: &str) -> Self {
        self.wrapped(|on| Self::Passed(on, method.to_owned()))
    }

    /// A Rust closure of so many parameters that gives the value back.
    pub fn closure(self, parameters: usize) -> Self {
        self.passed(&format!("|{parameters}|"))
    }

    /// What a Rust closure gives back, and how many parameters it has.
    pub fn as_closure(&self) -> Option<(&Self, usize)> {
        let Self::Passed(given, mark) = self else { return None };
        let parameters = mark.strip_prefix('|')?.strip_suffix('|')?;
        Some((given, parameters.parse().ok()?))
    }

    /// The value itself, where it stands behind a Rust reference.
    pub fn unlent(&self) -> &Self {
        match self {
            Self::Passed(value, mark) if Self::is_reference(mark) => value.unlent(),
            _ => self,
        }
    }

    /// Whether a mark tells of a Rust reference.
    pub fn is_reference(mark: &str) -> bool {
        matches!(mark, Self::POINTER | Self::LENT | Self::POINTED)
    }

    /// The value that this one comes from.
    pub fn from(&self) -> Option<&Self> {
        match self {
            Self::Field(on, _) | Self::Element(on) | Self::Content(on) | Self::Passed(on, _) => Some(on),
            Self::Call(on, ..) => on.as_deref(),
            Self::Unknown | Self::Of(_) | Self::Name(_) | Self::This | Self::Either(_) | Self::Joined(_) => {
                None
            }
        }
    }

    /// What it begins with, in a word.
    pub fn root(&self) -> &str {
        match self.steps().last() {
            Some(Self::Of(word) | Self::Name(word)) => word,
            Some(Self::Call(None, name, _)) => name,
            _ => "",
        }
    }

    /// The value and all that it comes from.
    pub fn steps(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |value| value.from())
    }
}

impl Ref {
    /// The names under which Rust operators and format strings ask for what a value can do: `==`, `<`, `{}`
    /// and `{:?}`.
    pub const EQUAL: &str = "==";
    pub const ORDERED: &str = "<";
    /// Any of `+`, `-`, `*`, `/` and `%`, also where they set what stands before them.
    pub const CALCULATED: &str = "+";
    /// What is taken from behind a reference.
    pub const COPIED: &str = "*";
    pub const DISPLAYED: &str = "{}";
    pub const DEBUGGED: &str = "{:?}";
    /// What is asserted.
    pub const TESTED: &str = "!";
}

/// A local name that goes where a type is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// What the name stands for.
    pub value: Value,
    pub wanted: Value,
    /// Index into [`FileModel::defs`](super::FileModel::defs) of the innermost definition around it.
    pub within: Option<usize>,
    pub line: u32,
}
