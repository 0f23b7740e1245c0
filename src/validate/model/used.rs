//! How names are used.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Taken, Value};

/// One use of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ref {
    pub kind: RefKind,
    pub name: String,
    pub receiver: Receiver,
    /// What stands before the dot, where the receiver alone does not tell; for a bare name inside
    /// an anonymous class, a value of the type that class extends.
    pub on: Value,
    /// What is passed, for calls and constructions; what a field of Rust is set to.
    pub args: Option<Args>,
    /// Where the result goes: a variable, a field or what a function returns.
    pub wanted: Value,
    /// The methods that an anonymous class, made here, states.
    pub states: Option<Vec<String>>,
    /// Whether what stands before the dot in Go begins with what is no variable: a call, an element, a value
    /// that is written out.
    pub fleeting: bool,
    /// How many values of a Go call are taken, where that is said.
    pub takes: Option<usize>,
    /// Whether the call is awaited, or returned from an asynchronous function that awaits it.
    pub awaited: bool,
    /// What becomes of the value of a call.
    pub taken: Taken,
    /// Index into [`FileModel::defs`](super::FileModel::defs) of the innermost definition around it.
    pub within: Option<usize>,
    pub line: u32,
    /// The bytes of the name itself, so that a fix can replace it.
    pub span: Range<usize>,
}

/// How a name is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RefKind {
    Call,
    Construct,
    Type,
    Extends,
    /// An object is written out that a type states or a function takes: its keys are the named
    /// arguments, and the positional ones are those before it.
    Literal,
    /// A method says that it takes the place of one above it.
    Override,
    Read,
    Write,
}

/// What stands before the dot of a use.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Receiver {
    /// Nothing: a bare name.
    None,
    /// `self`, `this`, `cls`, `Self`.
    This,
    /// A name whose declared or constructed type is known in the file.
    Typed(String),
    /// A name of unknown type: a module, a type used statically, a variable.
    Name(String),
    /// Any other expression.
    Other,
}

/// What a call passes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Args {
    /// Positional arguments.
    pub positional: usize,
    /// Names of keyword arguments.
    pub named: Vec<String>,
    /// Whether `...x`, `*x` or `**x` passes an unknown number more.
    pub spread: bool,
    /// The positional arguments, in languages where their types tell functions apart; in Python those
    /// by name after them.
    pub values: Vec<Value>,
}
