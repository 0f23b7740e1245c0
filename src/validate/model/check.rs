//! What a language asks of the types of values, beside the places that they go to.

use serde::{Deserialize, Serialize};

use super::Value;

/// Something that holds of values by their types, or else does not compile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub asks: Asks,
    pub of: Vec<Value>,
    /// Index into [`FileModel::defs`](super::FileModel::defs) of the innermost definition around it.
    pub within: Option<usize>,
    pub line: u32,
}

/// What is asked of values, in Go as a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asks {
    /// The two sides of an operator go together.
    Together(String),
    /// A list or a map, and what is looked up in it.
    Indexed,
    /// A map, of which it is asked whether it holds something.
    Looked,
    /// A part of it is taken: `x[1:]`.
    Sliced,
    /// It is gone through, with as many variables.
    Ranged(usize),
    /// A list that others are added to.
    Appended,
    /// It is what can be counted.
    Counted,
    /// A pointer leads to it.
    Led,
    /// It is a function.
    Called,
    /// It is the type or the function that the second value is given to alone.
    Given,
    /// A channel that takes the second value.
    Sent,
    Received,
    Closed,
    True,
    /// It is a number.
    Number,
    /// It has a place of its own, so that it can be set or pointed to.
    Placed,
    /// It does not change.
    Constant,
    /// A type whose values can be compared.
    Key,
    /// A type with as many arguments.
    Arguments(usize),
    /// An interface of which it is said what it holds.
    Asserted,
    /// The second is the type of a place that takes the first.
    Goes,
    /// A function that takes any number at the end.
    Spread,
}
