//! Calls in the terms that all languages share, and what a table says of them.

use super::Reader;
use super::strings::text_of;
use crate::validate::entry::Role;
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{self, child, named};

/// A call with what the tables ask about.
pub(super) struct Call<'t> {
    pub(super) node: Node<'t>,
    /// What the call is a part of.
    pub(super) parent: Option<Node<'t>>,
    /// The last name before the dot; empty for a bare call.
    pub(super) receiver: String,
    pub(super) name: String,
    pub(super) args: Vec<Node<'t>>,
}

impl<'t> Call<'t> {
    /// The text of an argument that is a string.
    pub(super) fn text(&self, index: usize, source: &str) -> Option<String> {
        self.args.get(index).and_then(|arg| text_of(*arg, source))
    }

    /// The value of a named argument.
    pub(super) fn named(&self, name: &str, source: &str) -> Option<Node<'t>> {
        let mut named = self.args.iter().filter(|arg| arg.kind() == "keyword_argument");
        let found =
            named.find(|arg| child(**arg, "name").is_some_and(|own| syntax::text(own, source) == name));
        found.and_then(|arg| child(*arg, "value"))
    }
}

/// One line of a table.
pub(super) struct Row {
    /// Names of the receiver: `*x` stands for names that end so, `*` for any or none.
    pub(super) on: &'static [&'static str],
    pub(super) names: &'static [&'static str],
    /// What else must hold.
    pub(super) only: fn(&Call<'_>) -> bool,
    pub(super) makes: Makes,
}

impl Row {
    pub(super) fn fits(&self, call: &Call<'_>) -> bool {
        if !self.names.contains(&call.name.as_str()) {
            return false;
        }
        let receiver = call.receiver.to_ascii_lowercase();
        let fits = |on: &&str| match on.strip_prefix('*') {
            Some(end) => receiver.ends_with(end),
            None => receiver == *on,
        };
        self.on.iter().any(fits) && (self.only)(call)
    }
}

/// What a call makes. The numbers are positions of arguments.
pub(super) enum Makes {
    /// A handler for the method that the call is named after.
    Route(usize),
    /// A handler for methods that the call states otherwise.
    Routes(usize, fn(&Call<'_>, &str) -> Vec<String>),
    /// A call of a route, with the method, or that which the call is named after.
    Client(&'static str, usize),
    Clients(usize, fn(&Call<'_>, &str) -> Option<String>),
    Event(Role, usize),
    /// A variable and its default.
    Env(usize, usize),
    Flag(usize),
    Other(for<'r, 's, 'c, 't> fn(&'r mut Reader<'s>, &'c Call<'t>)),
}

pub(super) fn always(_: &Call<'_>) -> bool {
    true
}

/// Whether the last argument can be a handler.
pub(super) fn has_handler(call: &Call<'_>) -> bool {
    let value = |node: &Node<'_>| node.kind().contains("string") || node.kind() == "object";
    call.args.len() > 1 && call.args.last().is_some_and(|last| !value(last))
}

pub(super) const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "all"];

/// A call of which the callee is a name or a member of something.
pub(super) fn of_parts<'t>(
    node: Node<'t>,
    source: &str,
    callee: Node<'t>,
    parts: (&str, &str),
    arguments: Option<Node<'t>>,
) -> Call<'t> {
    let text = |node: Node<'_>| syntax::text(node, source).to_owned();
    let (receiver, name) = match (child(callee, parts.0), child(callee, parts.1)) {
        (Some(owner), Some(name)) => (last_name(owner, source), text(name)),
        _ => (String::new(), text(callee)),
    };
    let args = arguments.map(named).unwrap_or_default();
    let name = if name.len() < 64 { name } else { String::new() };
    Call { node, parent: None, receiver, name, args }
}

/// The last name of a chain such as `this.app`; of a call, the name of what is called and `()`.
pub(super) fn last_name(node: Node<'_>, source: &str) -> String {
    let called =
        child(node, "function").or_else(|| child(node, "arguments").and_then(|_| child(node, "name")));
    let text = syntax::text(called.unwrap_or(node), source);
    let part = |char: char| char.is_alphanumeric() || char == '_' || char == '$';
    let name = text.rsplit(|char| !part(char)).next().unwrap_or(text);
    if called.is_some() { format!("{name}()") } else { name.to_owned() }
}
