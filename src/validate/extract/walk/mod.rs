//! Walks a syntax tree once and builds the model; languages say what each node means.
//!
//! The walk is a loop and not a recursion, so the depth of a tree costs no stack. Languages look
//! at a node when the walk enters it and never skip what is below, except for imports; what a
//! definition holds is hashed on the way.

mod around;
mod body;
mod declare;
mod finish;
mod frame;

use std::collections::{HashMap, HashSet};

pub(super) use self::around::{Arm, lock_name, runs_beside};
pub(super) use self::declare::Declaration;

use self::declare::Open;
use self::frame::Frame;
use super::node::{Cursor, Node, Tree, Words};
use super::parse::join;
use super::scope::{Meaning, ScopeSort, Scopes};
use super::syntax;
use super::uses::{FieldType, LIST_OF, Receiving, Use, Uses, settle_value};
use crate::validate::model::{Asks, Check, FileModel, Import, Imported, Kind, RefKind, Ty, Value};

/// Turns the name of a field into its name on the wire.
pub(super) type Rename = fn(&str) -> String;

/// What a language adds to the walk.
pub(super) struct Grammar {
    pub(super) words: fn() -> &'static Words,
    /// Whether names are visible before the place that binds them.
    pub(super) hoists: bool,
    /// Whether files of the project are told from those of others by how they are imported: `./rooms`.
    pub(super) by_path: bool,
    /// Whether it tells something where locals of a stated type go.
    pub(super) tells_locals: bool,
    /// Looks at a node before its children; false leaves the children out.
    pub(super) enter: for<'a> fn(&mut Walk<'a>, Node<'a>) -> bool,
    /// Blanks what the grammar cannot read although the language allows it, if there is such.
    pub(super) repair: fn(&Tree, &str) -> Option<String>,
}

/// A walk under way.
pub(super) struct Walk<'a> {
    pub(super) source: &'a str,
    pub(super) model: FileModel,
    pub(super) scopes: Scopes<'a>,
    uses: Uses<'a>,
    /// Each with the scope and the byte that it stands at.
    checks: Vec<(Check, usize, usize)>,
    /// The nodes around the current one, outermost first.
    frames: Vec<Frame<'a>>,
    /// The current node's field in its parent.
    field: Option<&'a str>,
    /// The definitions, and other things with names, around the current node.
    open: Vec<Open<'a>>,
    /// What entering the current node opened.
    opened: Opened,
    /// Places of identifiers that need no further look.
    settled: HashSet<usize>,
    /// Exports said apart from the declaration.
    pub(super) exports: HashSet<&'a str>,
    /// Fields that are known already, by definition.
    known_fields: HashSet<(usize, String)>,
    /// The types of fields as they are stated, where the shared types say less.
    field_types: Vec<FieldType<'a>>,
    /// What types extend, said apart from their declarations.
    extensions: Vec<(&'a str, &'a str)>,
    /// Types whose fields have other names on the wire.
    renames: Vec<(usize, Rename)>,
    /// Types that are made by passing their fields.
    made_of_fields: Vec<(usize, MadeOfFields)>,
    /// Where the last hashed token ends.
    hashed_to: usize,
    /// Where each name was last said, in languages whose names are visible before what binds them.
    said: HashMap<&'a str, usize>,
}

/// Values of more steps are not known.
const VALUE_STEPS: usize = 16;

/// How far up a question about what is around goes.
const FAR: usize = 100;

/// How a type takes its fields when a value is made.
#[derive(Clone, Copy)]
pub(super) struct MadeOfFields {
    /// Only by name.
    pub(super) by_name: bool,
    /// It has fields from types above it, which may not be known.
    pub(super) inherits: bool,
}

#[derive(Default)]
struct Opened {
    definitions: usize,
    /// The scope to go back to.
    scope: Option<usize>,
}

/// Reads a tree into a model.
pub(super) fn walk<'a>(grammar: &Grammar, tree: &'a Tree, source: &'a str) -> FileModel {
    let mut walk = Walk {
        source,
        model: FileModel::default(),
        scopes: Scopes::new(grammar.hoists, grammar.by_path, grammar.tells_locals),
        uses: Uses::with_room_for(source),
        checks: Vec::new(),
        frames: Vec::new(),
        field: None,
        open: Vec::new(),
        opened: Opened::default(),
        settled: HashSet::new(),
        exports: HashSet::new(),
        known_fields: HashSet::new(),
        field_types: Vec::new(),
        extensions: Vec::new(),
        renames: Vec::new(),
        made_of_fields: Vec::new(),
        hashed_to: 0,
        said: HashMap::new(),
    };
    walk.run(grammar, tree.root().walk());
    walk.finish()
}

impl<'a> Walk<'a> {
    fn run(&mut self, grammar: &Grammar, mut cursor: Cursor<'a>) {
        loop {
            let node = cursor.node();
            self.field = cursor.field();
            if self.enter(grammar, node) && cursor.goto_first_child() {
                self.push(node);
                continue;
            }
            let opened = std::mem::take(&mut self.opened);
            self.leave(opened);
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                let Some(frame) = self.frames.pop() else { return };
                self.leave_frame(frame);
            }
        }
    }

    fn enter(&mut self, grammar: &Grammar, node: Node<'a>) -> bool {
        if let Some(frame) = self.frames.last_mut() {
            frame.note(node);
        }
        if node.is_error() {
            let at_top = self.frames.len() <= 1;
            let start = if at_top { frame::readable_until(node) } else { node.start_byte() };
            join(&mut self.model.broken, start..node.end_byte());
        } else if node.is_missing() {
            let around = self.frames.last().map_or(node, |frame| frame.node);
            join(&mut self.model.broken, around.byte_range());
        }
        if node.is_extra() && node.kind().contains("comment") {
            self.ignore(node);
            return false;
        }
        let deeper = if node.is_named() { (grammar.enter)(self, node) } else { true };
        if node.child_count() == 0 {
            self.hash_leaf(node);
            if grammar.hoists && node.kind().ends_with("identifier") {
                self.said.insert(self.text(node), node.start_byte());
            }
        }
        deeper
    }

    fn push(&mut self, node: Node<'a>) {
        // Indentation is what blocks are made of in Python, and no token shows it.
        if node.kind() == "block" {
            self.hash_token("{");
        }
        let opened = std::mem::take(&mut self.opened);
        self.frames.push(Frame::new(node, opened));
    }

    fn leave_frame(&mut self, frame: Frame<'a>) {
        if frame.kind == "block" {
            self.hash_token("}");
        }
        if frame.opened.definitions > 0 {
            self.hash_gap(frame.node.end_byte());
        }
        self.leave(frame.opened);
    }

    fn leave(&mut self, opened: Opened) {
        for _ in 0..opened.definitions {
            let Some(open) = self.open.pop() else { break };
            if let Some(def) = open.def {
                self.model.defs[def].body_hash = open.hash.value();
            }
        }
        if let Some(scope) = opened.scope {
            self.scopes.close(scope);
        }
    }
}

/// What languages ask about the place of the current node.
impl<'a> Walk<'a> {
    pub(super) fn text(&self, node: Node<'_>) -> &'a str {
        syntax::text(node, self.source)
    }

    /// Whether a name was said after a byte, as far as the walk has come.
    pub(super) fn is_said_after(&self, name: &str, from: usize) -> bool {
        self.said.get(name).is_some_and(|at| *at > from)
    }

    /// The current node's field in its parent.
    pub(super) fn field(&self) -> &'a str {
        self.field.unwrap_or_default()
    }

    /// The node `up` levels above the current one; 0 is the parent.
    pub(super) fn above(&self, up: usize) -> Option<Node<'a>> {
        self.frames.iter().rev().nth(up).map(|frame| frame.node)
    }

    /// The nodes around the current one, the innermost first, as far as is worth a look: expressions
    /// can be nested without end.
    pub(super) fn around(&self) -> impl Iterator<Item = Node<'a>> {
        self.frames.iter().rev().take(FAR).map(|frame| frame.node)
    }

    /// The kind of the node `up` levels above the current one.
    pub(super) fn kind_above(&self, up: usize) -> &'a str {
        self.frames.iter().rev().nth(up).map_or("", |frame| frame.kind)
    }

    /// The attributes above the current node.
    pub(super) fn attributes(&self) -> &[Node<'a>] {
        self.frames.last().map_or(&[], |frame| &frame.attributes)
    }

    /// The kind of the innermost thing with a name.
    pub(super) fn open_kind(&self) -> Option<Kind> {
        self.open.last().map(|open| open.kind)
    }

    /// The innermost definition.
    pub(super) fn open_def(&self) -> Option<usize> {
        self.open.iter().rev().find_map(|open| open.def)
    }

    /// The name of the innermost type.
    pub(super) fn open_type(&self) -> Option<&'a str> {
        self.open.iter().rev().find(|open| open.kind.is_type()).map(|open| open.name)
    }

    /// The first type above the innermost one.
    pub(super) fn open_super(&self) -> Option<String> {
        let open = self.open.iter().rev().find(|open| open.kind.is_type())?;
        self.model.defs[open.def?].supers.first().cloned()
    }

    /// Whether declarations at the current place are members of a type.
    pub(super) fn in_type(&self) -> bool {
        !self.scopes.in_function() && self.open_kind().is_some_and(Kind::is_type)
    }

    /// The type of the elements of a list that has a name.
    pub(super) fn element_type(&self, list: Node<'_>) -> Ty {
        let name = self.text(list);
        let ty = match self.scopes.meaning(self.scopes.current(), name, list.start_byte()) {
            Meaning::File(ty) | Meaning::Local(ty) if list.kind() == "identifier" => ty,
            _ => None,
        };
        let element = ty.and_then(|ty| ty.strip_prefix(LIST_OF));
        element.map_or(Ty::Any, |element| Ty::Named(element.to_owned()))
    }

    /// Whether the current place is in the constructor of a class.
    pub(super) fn in_constructor(&self) -> bool {
        let names_constructor = |name| matches!(name, "constructor" | "__init__");
        self.open.last().is_some_and(|open| open.kind == Kind::Method && names_constructor(open.name))
    }

    /// Whether declarations at the current place belong to the file or a module.
    pub(super) fn at_top(&self) -> bool {
        !self.scopes.in_function() && self.open_kind().is_none_or(|kind| kind == Kind::Module)
    }
}

/// What languages say about the current node.
impl<'a> Walk<'a> {
    pub(super) fn open_scope(&mut self, sort: ScopeSort) {
        let before = self.scopes.open(sort);
        self.opened.scope.get_or_insert(before);
    }

    /// Says that an identifier needs no further look.
    pub(super) fn settle(&mut self, name: Node<'_>) {
        self.settled.insert(name.start_byte());
    }

    /// Says that an identifier has another meaning that is still to be looked at.
    pub(super) fn unsettle(&mut self, name: Node<'_>) {
        self.settled.remove(&name.start_byte());
    }

    /// Whether an identifier was looked at already.
    pub(super) fn is_settled(&self, name: Node<'_>) -> bool {
        self.settled.contains(&name.start_byte())
    }

    /// Adds a use, to be resolved when all names are known.
    pub(super) fn refer(&mut self, used: Use<'a>) {
        self.settle(used.name);
        self.refer_again(used);
    }

    /// Adds one of several uses that stand at one place.
    pub(super) fn refer_again(&mut self, mut used: Use<'a>) {
        used.scope = self.scopes.current();
        used.within = self.open_def();
        used.owner = self.open_type();
        self.uses.push(used);
    }

    /// Binds a name in the current scope to what it stands for from a byte on.
    pub(super) fn bind_value(&mut self, name: &'a str, from: usize, ty: Option<String>, value: Value) {
        let value = self.settled_value(value, from);
        self.scopes.bind_value(name, from, ty, value);
    }

    /// A value with the names of locals replaced that hold before a byte.
    pub(super) fn settled_value(&self, value: Value, from: usize) -> Value {
        let value = settle_value(value, &self.scopes, self.scopes.current(), from.saturating_sub(1));
        // What is long may grow with each name, and will not be worked out anyway.
        if value.steps().count() > VALUE_STEPS { Value::Unknown } else { value }
    }

    /// Says what is asked of values that stand at a node.
    pub(super) fn check(&mut self, node: Node<'a>, asks: Asks, of: Vec<Value>) {
        if !of.contains(&Value::Unknown) {
            let check = Check { asks, of, within: self.open_def(), line: syntax::line(node) };
            self.checks.push((check, self.scopes.current(), node.start_byte()));
        }
    }

    /// Adds the use of a bare name.
    pub(super) fn refer_bare(&mut self, kind: RefKind, name: Node<'a>) {
        if !self.is_settled(name) {
            self.refer(Use::new(kind, name, self.text(name), Receiving::none()));
        }
    }

    /// Adds an import made of the current node.
    pub(super) fn import(&mut self, node: Node<'a>, module: String, names: Vec<Imported>) -> &mut Import {
        let (line, span, within) = (syntax::line(node), node.byte_range(), self.open_def());
        self.model.imports.push(Import { module, names, glob: false, reexport: false, within, line, span });
        let last = self.model.imports.len() - 1;
        &mut self.model.imports[last]
    }
}
