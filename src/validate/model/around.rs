//! What surrounds uses: what becomes of values, what holds in a stretch of code, what is told apart.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Ty, Value};

/// What becomes of the value of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Taken {
    /// It is no call, or this is not known.
    #[default]
    Unknown,
    /// Nothing: the call is a statement.
    Dropped,
    /// It is looked at first: a comparison, a `match`.
    Tested,
    /// Rust's `?` takes what it holds.
    Tried,
    /// A Rust pattern of this name takes it apart.
    Apart(String),
    /// A Rust index or range stands behind it.
    Indexed,
    /// It is bound to this many names.
    Bound(usize),
    /// Each element of it is bound to this many names.
    Each(usize),
    /// What it holds is taken one by one: by `for … of`, `[...it]` or `const [a, b] = it`.
    Listed,
    /// It is entered, with `with` in Python.
    Entered,
    /// It is bound to a name of a stated type.
    Stated(Ty),
    /// A member of it is used.
    Member(String),
    /// It is an operand or an argument.
    Value,
    /// It is calculated with in Go, or compared, beside a number that is written out.
    Operand,
    /// The function around it gives it back and does not say as what.
    Returned,
}

impl Taken {
    /// Stands for the name of a Rust pattern that is a number.
    pub const NUMBER: &str = "{integer}";
}

/// A stretch of code in which something holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    pub holds: Holds,
    pub span: Range<usize>,
}

/// What holds in a stretch of code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holds {
    /// A lock, by its last name: `mu` for `s.mu.Lock()`, `this` for an object's own.
    Lock(String),
    /// What is thrown is caught.
    Catch,
    /// What Java catches, by the types as written.
    Catches(Vec<String>),
    /// The body of a Java method that is no definition, with what it declares to throw.
    Method(Vec<String>),
    /// The body of a Java lambda: the first byte of the name of the call that takes it, and its place
    /// among the arguments.
    Lambda(usize, usize),
    /// The body of a Java lambda of a type as written; empty where that is not said.
    LambdaOf(String),
    /// It runs beside other code: a goroutine, a task, a thread, a handler.
    Beside,
    /// Python never gets there: it stands behind a `return` or the like.
    Unreached,
}

/// A plain text where a value of a type is expected, as `'open'` in `const s: Status = 'open'`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub text: String,
    /// The type as written, without arguments.
    pub of: String,
    /// The field of that type which the text is the value of, or is compared with.
    pub field: Option<String>,
    pub line: u32,
    /// The bytes inside the quotes.
    pub span: Range<usize>,
}

/// A `match`, a `switch` or the like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// What the arms name: variants, classes or plain texts.
    pub arms: Vec<String>,
    /// The type that is written before the names of the arms, where all say the same.
    pub of: Option<String>,
    pub rest: Rest,
    /// What is told apart, in TypeScript.
    pub on: Value,
    /// Whether it is an expression, which must have a value in every case.
    pub is_value: bool,
    pub within: Option<usize>,
    pub line: u32,
    pub span: Range<usize>,
}

/// What happens to values that no arm names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rest {
    /// Nothing is said of them.
    Unsaid,
    /// The checker is told that there are none.
    Never,
    /// An arm takes them.
    Taken,
}
