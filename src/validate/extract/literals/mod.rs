//! Names that code writes as text: routes and the calls of them, events, SQL, variables of the
//! environment, options.
//!
//! A second look at the syntax tree, after the walk. What a call means is a table per language:
//! on what, which name, what it makes. Whatever is not in a table says nothing.

mod calls;
mod extras;
mod go;
mod handler;
mod java;
mod owner;
mod python;
mod rust;
mod script;
mod strings;

use std::collections::BTreeMap;

use self::calls::{Call, Makes, Row};
use self::handler::Handler;
use super::Language;
use super::contracts::sql;
use super::node::{Cursor, Node, Tree};
use super::syntax;
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::model::FileModel;
use crate::validate::routes;

/// What is known of the calls of a language.
struct Vocabulary {
    /// Which node is a call, and its parts.
    call: for<'t> fn(Node<'t>, &str) -> Option<Call<'t>>,
    rows: &'static [Row],
    /// Anything that is no call of the table.
    other: for<'t> fn(&mut Reader<'_>, Node<'t>),
}

fn vocabulary(language: Language) -> Option<&'static Vocabulary> {
    Some(match language {
        Language::TypeScript | Language::Tsx | Language::JavaScript => &script::VOCABULARY,
        Language::Python => &python::VOCABULARY,
        Language::Rust => &rust::VOCABULARY,
        Language::Go => &go::VOCABULARY,
        Language::Java => &java::VOCABULARY,
        _ => return None,
    })
}

/// More entries than this are data.
const MOST: usize = 5_000;

/// Adds what the text of a file says to its model.
pub(super) fn add<'s>(language: Language, tree: &'s Tree, source: &'s str, model: &mut FileModel) {
    let Some(vocabulary) = vocabulary(language) else { return };
    let mut reader = Reader {
        source,
        entries: Vec::new(),
        routes: Vec::new(),
        prefixes: BTreeMap::new(),
        prefix: String::new(),
        revision: None,
        parents: None,
        read_to: 0,
        around: Vec::new(),
    };
    reader.run(vocabulary, tree.root().walk());
    reader.finish(model);
}

/// A file under way.
struct Reader<'s> {
    source: &'s str,
    entries: Vec<Entry>,
    /// Routes whose routers may still turn out to stand below a path.
    routes: Vec<Route>,
    /// Paths that routers stand below, by the name of the router.
    prefixes: BTreeMap<String, String>,
    /// The path of the class around, in frameworks that put routes on methods.
    prefix: String,
    /// The id of a migration, and what it follows.
    revision: Option<(String, u32)>,
    parents: Option<String>,
    /// Where the last string ends; what is inside it has been read with it.
    read_to: usize,
    /// The nodes around the current one, outermost first: to ask a node for its parent costs as much
    /// as the tree is deep.
    around: Vec<Node<'s>>,
}

/// A handler that is registered for a path.
struct Route {
    method: String,
    path: String,
    router: String,
    owner: String,
    may_repeat: bool,
    handler: Handler,
    line: u32,
    span: std::ops::Range<usize>,
}

impl<'s> Reader<'s> {
    fn run(&mut self, vocabulary: &Vocabulary, mut cursor: Cursor<'s>) {
        while self.entries.len() <= MOST {
            let node = cursor.node();
            self.node(vocabulary, node);
            let is_comment = node.is_extra() && node.kind().contains("comment");
            if !is_comment && cursor.goto_first_child() {
                self.around.push(node);
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                self.around.pop();
            }
        }
    }

    /// The node `up` levels above the current one; 0 is the parent.
    fn above(&self, up: usize) -> Option<Node<'s>> {
        self.around.iter().rev().nth(up).copied()
    }

    fn node(&mut self, vocabulary: &Vocabulary, node: Node<'s>) {
        // What is inside of a string was read with it.
        if strings::is_string(node) && node.start_byte() >= self.read_to {
            self.read_to = node.end_byte();
            self.statement(node);
        }
        if let Some(call) = (vocabulary.call)(node, self.source) {
            let call = Call { parent: self.above(0), ..call };
            let row = vocabulary.rows.iter().find(|row| row.fits(&call));
            if let Some(row) = row {
                self.make(&row.makes, &call);
            }
        }
        (vocabulary.other)(self, node);
    }

    /// SQL in a string.
    fn statement(&mut self, node: Node<'_>) {
        let Some(text) = strings::text_of(node, self.source) else { return };
        let first = syntax::line(node);
        for mut entry in sql::in_code(&text) {
            entry.line += first - 1;
            self.entries.push(entry);
        }
    }

    fn make(&mut self, makes: &Makes, call: &Call<'_>) {
        let at = |index: usize| call.text(index, self.source);
        match *makes {
            Makes::Route(path) => {
                if let Some(path) = at(path) {
                    self.route(&call.name.clone(), path, call.receiver.clone(), call.node);
                }
            }
            Makes::Routes(path, methods) => {
                let Some(path) = at(path) else { return };
                for method in (methods)(call, self.source) {
                    self.route(&method, path.clone(), call.receiver.clone(), call.node);
                }
            }
            Makes::Client(method, url) => {
                let method = if method.is_empty() { call.name.clone() } else { method.to_owned() };
                if let Some(url) = at(url) {
                    self.client(&method, &url, call);
                }
            }
            Makes::Clients(url, method) => {
                if let (Some(url), Some(method)) = (at(url), (method)(call, self.source)) {
                    self.client(&method, &url, call);
                }
            }
            Makes::Event(role, name) => {
                if let Some(name) = at(name).filter(|name| is_name(name)) {
                    self.push(EntryKind::Event, role, name, "", call.node);
                }
            }
            Makes::Env(name, default) => {
                let default = at(default).unwrap_or_default();
                if let Some(name) = at(name).filter(|name| is_name(name)) {
                    self.push(EntryKind::Env, Role::Uses, name, &default, call.node);
                }
            }
            Makes::Flag(name) => {
                if let Some(text) = at(name) {
                    self.flag_of(&text, call.node);
                }
            }
            Makes::Other(read) => read(self, call),
        }
    }

    fn route(&mut self, method: &str, path: String, router: String, node: Node<'_>) {
        if path.is_empty() || path.starts_with('/') {
            let (line, span) = (syntax::line(node), node.byte_range());
            let (method, owner) = (method.to_uppercase(), self.owner_of_route(node));
            let may_repeat = self.is_conditional();
            let handler = Handler::Last;
            self.routes.push(Route { method, path, router, owner, may_repeat, handler, line, span });
        }
    }

    fn client(&mut self, method: &str, url: &str, call: &Call<'_>) {
        let url = &plain_url(url);
        let is_url = url.starts_with('/') || url.starts_with("{}/") || url.starts_with("http");
        let Some(key) = routes::key(method, url).filter(|_| is_url && !is_of_others(url)) else { return };
        // A client object has a base of its own.
        let own_base =
            !matches!(call.receiver.as_str(), "" | "axios" | "requests" | "httpx" | "reqwest" | "http");
        let floating = url.starts_with("{}") || own_base && url.starts_with('/');
        let base = if floating { "floating" } else { "" };
        self.push(EntryKind::Route, Role::Uses, key, base, call.node);
    }

    /// The option in texts such as `-p, --port <n>` or `--port`.
    fn flag_of(&mut self, text: &str, node: Node<'_>) {
        let mut words = text.split([' ', ',', '=', '<', '[', '|']);
        if let Some(name) = words.find(|word| word.starts_with("--") && word.len() > 2) {
            self.flag(name.to_owned(), node);
        }
    }

    /// An option of the command that the text around it makes.
    fn flag(&mut self, name: String, node: Node<'_>) {
        self.push(EntryKind::Flag, Role::Provides, name, "", node);
        let (owner, may_repeat) = (self.owner(node) + self.command(node), self.is_conditional());
        if let Some(entry) = self.entries.last_mut() {
            (entry.owner, entry.may_repeat) = (owner, may_repeat);
        }
    }

    fn push(&mut self, kind: EntryKind, role: Role, key: String, said: &str, node: Node<'_>) {
        let mut entry = Entry::new(kind, role, key, syntax::line(node)).saying(said);
        entry.span = node.byte_range();
        self.entries.push(entry);
    }

    fn finish(mut self, model: &mut FileModel) {
        for route in std::mem::take(&mut self.routes) {
            let prefix = self.prefixes.get(&route.router).map_or("", String::as_str);
            let Some(key) = routes::key(&route.method, &routes::joined(prefix, &route.path)) else {
                continue;
            };
            let mut entry =
                Entry::new(EntryKind::Route, Role::Provides, key, route.line).saying(route.router);
            let is_telling =
                entry.key.split('/').skip(1).any(|part| !part.is_empty() && !routes::is_open(part));
            entry.may_repeat = route.may_repeat || !is_telling || route.handler.hands_on(model);
            entry.owner = route.owner;
            entry.span = route.span;
            self.entries.push(entry);
        }
        if let (Some((id, line)), Some(parents)) = (self.revision, self.parents) {
            self.entries.push(Entry::new(EntryKind::Migration, Role::Provides, id, line).saying(parents));
        }
        model.entries = self.entries;
    }
}

/// A URL with `{}` for whatever is put into it by a format.
fn plain_url(url: &str) -> String {
    let url = ["%s", "%d", "%v"].iter().fold(url.to_owned(), |url, hole| url.replace(hole, "{}"));
    match url.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((_, rest)) => format!("{{}}{rest}"),
        None => url,
    }
}

/// Whether a URL says in full that it is a host of the net, of which the project need not know the routes.
fn is_of_others(url: &str) -> bool {
    const OWN: [&str; 8] = ["local", "localhost", "internal", "test", "example", "com.example", "lan", "svc"];
    let Some((_, rest)) = url.split_once("://") else { return false };
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let Some((_, last)) = host.rsplit_once('.') else { return false };
    let is_word = !last.is_empty() && last.chars().all(|char| char.is_ascii_alphabetic());
    is_word && !host.contains('{') && !OWN.contains(&last) && !host.contains("example.")
}

/// Whether a text may be the name of an event or a variable.
fn is_name(text: &str) -> bool {
    let part = |char: char| char.is_alphanumeric() || "_-:./".contains(char);
    !text.is_empty() && text.len() < 100 && text.chars().all(part)
}
