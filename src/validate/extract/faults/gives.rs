//! What functions say they give back, and what they give.

use super::Reading;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::line;
use crate::validate::model::FaultSort;

/// What a function says it gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gives<'a> {
    Unknown,
    Nothing,
    /// Values of these types.
    Types(Vec<&'a str>),
    /// The same under names, which a bare `return` is enough for.
    Named(Vec<&'a str>),
}

impl<'a> Reading<'a> {
    /// Compares what a `return` gives with what the innermost function says it gives back.
    pub(super) fn returns(
        &mut self,
        node: Node<'a>,
        given: &[Node<'a>],
        takes: fn(&str, Node<'a>, &str) -> bool,
    ) {
        let Some(function) = self.functions.last() else { return };
        let (what, against) = match (&function.gives, given) {
            (Gives::Unknown, _) | (Gives::Nothing | Gives::Named(_), []) => return,
            (Gives::Types(types), []) => (format!("nothing for `{}`", types.join(", ")), function.line),
            (Gives::Nothing, [first, ..]) => match is_plain(*first) {
                true => (format!("`{}` for nothing", self.text(*first)), function.line),
                false => return,
            },
            (Gives::Types(types) | Gives::Named(types), given) => {
                let Some((said, value)) =
                    types.iter().zip(given).find(|(said, value)| !takes(said, **value, self.source))
                else {
                    return;
                };
                (format!("`{}` for `{said}`", self.text(*value)), function.line)
            }
        };
        self.fault(FaultSort::Returns, &what, line(node), against);
    }
}

impl Reading<'_> {
    /// Whether the innermost function says what it gives back in types that are all known.
    pub(super) fn says_only(&self, is_known: fn(&str) -> bool) -> bool {
        match self.functions.last().map(|function| &function.gives) {
            Some(Gives::Types(types) | Gives::Named(types)) => types.iter().all(|said| is_known(said)),
            _ => false,
        }
    }
}

/// Whether an expression has a value whatever else holds: a literal.
fn is_plain(value: Node<'_>) -> bool {
    const PLAIN: [&str; 24] = [
        "true",
        "false",
        "null",
        "nil",
        "null_literal",
        "number",
        "string",
        "template_string",
        "object",
        "array",
        "int_literal",
        "float_literal",
        "interpreted_string_literal",
        "raw_string_literal",
        "decimal_integer_literal",
        "hex_integer_literal",
        "decimal_floating_point_literal",
        "string_literal",
        "character_literal",
        "integer_literal",
        "boolean_literal",
        "char_literal",
        "rune_literal",
        "composite_literal",
    ];
    PLAIN.contains(&value.kind())
}
