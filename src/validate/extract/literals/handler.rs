//! What a route of Express does with a request: it answers, or hands it on to the next one of the path.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named, text};
use crate::validate::model::FileModel;

/// Functions with so many parameters take the one that hands a request on.
const WITH_NEXT: usize = 3;

/// Wraps of a handler in others that are looked through.
const WRAPS: usize = 4;

/// What a request is given to.
#[derive(Clone)]
pub(super) enum Handler {
    /// It answers, as far as is known.
    Last,
    /// It may hand it on.
    Passing,
    /// A function by its name.
    Named(String),
}

impl Handler {
    pub(super) fn hands_on(&self, model: &FileModel) -> bool {
        let Self::Named(name) = self else { return matches!(self, Self::Passing) };
        let own = model.named(name).find(|(_, def)| def.parents.is_empty() && def.sig.is_some());
        match own.and_then(|(_, def)| def.sig.as_ref()) {
            Some(sig) => sig.params.len() >= WITH_NEXT,
            None => sounds_passing(name),
        }
    }
}

/// What the last argument of a route is.
pub(super) fn of(node: Node<'_>, source: &str) -> Handler {
    let mut node = node;
    for _ in 0..WRAPS {
        match node.kind() {
            "arrow_function" | "function_expression" | "function" => {
                let params = child(node, "parameters").map_or(0, |list| named(list).len());
                return if params < WITH_NEXT { Handler::Last } else { Handler::Passing };
            }
            "identifier" => return Handler::Named(text(node, source).to_owned()),
            "member_expression" => {
                let name = child(node, "property").map_or("", |name| text(name, source));
                return if sounds_passing(name) { Handler::Passing } else { Handler::Last };
            }
            // `asyncHandler(list)` does what it wraps does; `validate(schema)` makes one.
            "call_expression" => {
                let name = child(node, "function").map_or("", |function| text(function, source));
                let list = child(node, "arguments").map(named).unwrap_or_default();
                match list.first() {
                    Some(first) if sounds_wrapping(name) => node = *first,
                    _ => return Handler::Passing,
                }
            }
            _ => return Handler::Passing,
        }
    }
    Handler::Passing
}

/// Whether a function of another file is called like those that look at a request and hand it on.
fn sounds_passing(name: &str) -> bool {
    const WORDS: [&str; 32] = [
        "allow", "attach", "before", "block", "cache", "check", "cors", "csrf", "deny", "ensure", "guard",
        "has", "inject", "is", "limit", "load", "log", "parse", "permit", "populate", "protect", "rate",
        "require", "restrict", "sanitize", "session", "throttle", "track", "upload", "use", "validate",
        "verify",
    ];
    let lower = name.to_lowercase();
    let first = name.find(char::is_uppercase).map_or(lower.as_str(), |at| &lower[..at]);
    lower.contains("middleware") || lower.starts_with("auth") || WORDS.contains(&first)
}

fn sounds_wrapping(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    ["async", "wrap", "catch", "handle", "safe", "try"].iter().any(|word| name.contains(word))
}
