//! What languages say about declarations.

use std::borrow::Cow;
use std::ops::Range;

use super::{MadeOfFields, Rename, Walk, frame};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{self, Hash};
use crate::validate::model::{Def, Fails, Field, Flags, Kind, Sig};

/// Types inside types beyond this depth are not looked at.
const NESTING: usize = 24;

/// Something with a name that definitions can be inside of.
pub(super) struct Open<'a> {
    /// Its definition; none for a Rust `impl`.
    pub(super) def: Option<usize>,
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    pub(super) hash: Hash,
    /// Made under a condition, as are then its members.
    is_conditional: bool,
}

/// A declaration as a language sees it.
pub(in crate::validate::extract) struct Declaration<'a> {
    pub(in crate::validate::extract) kind: Kind,
    pub(in crate::validate::extract) name: Node<'a>,
    /// Replaces the text of `name`.
    pub(in crate::validate::extract) alias: Option<&'a str>,
    pub(in crate::validate::extract) exported: bool,
    pub(in crate::validate::extract) sig: Option<Sig>,
    pub(in crate::validate::extract) fails: Fails,
    pub(in crate::validate::extract) cases: Vec<String>,
    pub(in crate::validate::extract) supers: Vec<String>,
    pub(in crate::validate::extract) ty: String,
    pub(in crate::validate::extract) flags: Flags,
    /// Made only under some condition, so that another may have the same name.
    pub(in crate::validate::extract) is_conditional: bool,
    /// Where the quotation ends.
    pub(in crate::validate::extract) body: Option<Node<'a>>,
}

impl<'a> Declaration<'a> {
    pub(in crate::validate::extract) fn new(kind: Kind, name: Node<'a>) -> Self {
        let (sig, supers, ty, flags) = (None, Vec::new(), String::new(), Flags::default());
        let (exported, is_conditional, cases) = (false, false, Vec::new());
        let (alias, body, fails) = (None, None, Fails::No);
        Self { kind, name, alias, exported, sig, fails, cases, supers, ty, flags, is_conditional, body }
    }
}

impl<'a> Walk<'a> {
    /// Adds a definition that lasts as long as the current node.
    pub(in crate::validate::extract) fn define(
        &mut self,
        node: Node<'a>,
        declaration: Declaration<'a>,
    ) -> Option<usize> {
        if self.open.len() >= NESTING {
            return None;
        }
        let (kind, name) = (declaration.kind, declaration.alias.unwrap_or(self.text(declaration.name)));
        let is_conditional = declaration.is_conditional || self.is_conditional();
        let index = self.add(node, declaration);
        self.hash_gap(node.start_byte());
        self.open.push(Open { def: Some(index), kind, name, hash: Hash::START, is_conditional });
        self.opened.definitions += 1;
        for attribute in self.attributes().to_vec() {
            let text: String = self.text(attribute).split_whitespace().collect();
            self.hash_token(&text);
        }
        Some(index)
    }

    /// Adds one of several definitions that share a node; only the name is its own. A field
    /// belongs to the innermost type even when the place is inside a method.
    pub(in crate::validate::extract) fn define_one_of(
        &mut self,
        node: Node<'a>,
        declaration: Declaration<'a>,
    ) {
        let mut hash = Hash::START;
        hash.add(Hash::of(self.text(declaration.name)));
        hash.add(Hash::of(&syntax::one_line(cut(self.source, node.start_byte(), node.end_byte()))));
        let (kind, span) = (declaration.kind, declaration.name.byte_range());
        let index = self.add(node, declaration);
        let owners = self.open.iter().rposition(|open| open.kind.is_type()).map_or(0, |owner| owner + 1);
        let def = &mut self.model.defs[index];
        def.body_hash = hash.value();
        def.span = span;
        if kind == Kind::Field {
            def.parents.truncate(owners);
        }
    }

    /// Adds a field that a method or a constructor declares for the type around it, once.
    pub(in crate::validate::extract) fn define_field(
        &mut self,
        node: Node<'a>,
        declaration: Declaration<'a>,
        field: Field,
    ) {
        let owner = self.open.iter().rev().find(|open| open.kind.is_type()).and_then(|open| open.def);
        self.settle(declaration.name);
        if owner.is_some_and(|owner| self.add_field_to(owner, field)) {
            self.define_one_of(node, declaration);
        }
    }

    /// Puts a name around the current node without a definition of its own.
    pub(in crate::validate::extract) fn open_name(
        &mut self,
        kind: Kind,
        name: &'a str,
        is_conditional: bool,
    ) {
        if self.open.len() < NESTING {
            let is_conditional = is_conditional || self.is_conditional();
            self.open.push(Open { def: None, kind, name, hash: Hash::START, is_conditional });
            self.opened.definitions += 1;
        }
    }

    /// Adds a field to the innermost definition, once.
    pub(in crate::validate::extract) fn add_field(&mut self, field: Field) {
        if let Some(def) = self.open_def() {
            self.add_field_to(def, field);
        }
    }

    /// Adds a field to a definition, once; false when it was known.
    fn add_field_to(&mut self, def: usize, field: Field) -> bool {
        let is_new = self.known_fields.insert((def, field.name.clone()));
        if is_new {
            self.model.defs[def].fields.push(field);
        }
        is_new
    }

    /// Says what type a field of the innermost type has.
    pub(in crate::validate::extract) fn note_field(&mut self, name: &'a str, ty: String) {
        let owner = self.open_type();
        self.field_types.extend(owner.map(|owner| (owner, name, ty)));
    }

    /// Changes the wire names of all fields that have none of their own, in the innermost type or
    /// in one `up` levels around it.
    pub(in crate::validate::extract) fn rename_fields(&mut self, up: usize, rename: Rename) {
        let owner =
            self.open.iter().rev().filter(|open| open.kind.is_type()).nth(up).and_then(|open| open.def);
        self.renames.extend(owner.map(|owner| (owner, rename)));
    }

    /// Says that a value of a type is made by passing its fields.
    pub(in crate::validate::extract) fn make_of_fields(&mut self, def: usize, made: MadeOfFields) {
        self.made_of_fields.push((def, made));
    }

    /// Says that the type of a name extends another one.
    pub(in crate::validate::extract) fn extends(&mut self, name: &'a str, extended: &'a str) {
        self.extensions.push((name, extended));
    }

    fn is_conditional(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_conditional)
    }

    fn add(&mut self, node: Node<'a>, declaration: Declaration<'a>) -> usize {
        self.settle(declaration.name);
        let (whole, start) = frame::whole(&self.frames, node);
        let head_end = declaration.body.map_or(whole.end_byte(), |body| body.start_byte());
        let head_start = frame::without_decorators(whole, node).min(head_end);
        let head = uncommented(whole, self.source, head_start, head_end);
        let mut flags = declaration.flags;
        flags.may_repeat |= declaration.is_conditional || self.is_conditional();
        flags.is_test |= self.open_def().is_some_and(|def| self.model.defs[def].flags.is_test);
        let def = Def {
            kind: declaration.kind,
            name: declaration.alias.unwrap_or(self.text(declaration.name)).to_owned(),
            parents: self.open.iter().map(|open| open.name.to_owned()).collect(),
            n_modules: self
                .open
                .iter()
                .take_while(|open| open.kind == Kind::Module && open.def.is_some())
                .count(),
            exported: declaration.exported,
            sig: declaration.sig,
            fails: declaration.fails,
            cases: declaration.cases,
            fields: Vec::new(),
            supers: declaration.supers,
            ty: declaration.ty,
            flags,
            body_hash: 0,
            head: syntax::quoted(&head),
            line: syntax::line(declaration.name),
            span: start..whole.end_byte(),
        };
        self.model.defs.push(def);
        self.model.defs.len() - 1
    }
}

/// A part of a node without its comments: on one line they would swallow what comes after them.
fn uncommented<'a>(node: Node<'_>, source: &'a str, start: usize, end: usize) -> Cow<'a, str> {
    let text = cut(source, start, end);
    if !["//", "/*", "#"].iter().any(|mark| text.contains(mark)) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut at = start;
    for comment in comments(node, &(start..start + text.len())) {
        kept.push_str(source.get(at..comment.start).unwrap_or_default());
        kept.push('\n');
        at = comment.end;
    }
    kept.push_str(source.get(at..start + text.len()).unwrap_or_default());
    Cow::Owned(kept)
}

/// Where the comments of a part of a node are, in order.
fn comments(node: Node<'_>, part: &Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if node.is_extra() && node.kind().contains("comment") {
            found.push(node.byte_range());
        } else {
            let children = node.children().take_while(|child| child.start_byte() < part.end);
            open.extend(children.filter(|child| child.end_byte() > part.start));
        }
    }
    found.retain(|comment| part.start <= comment.start && comment.end <= part.end);
    found.sort_by_key(|comment| comment.start);
    found
}

/// A part of the source, no longer than a quotation can get.
fn cut(source: &str, start: usize, end: usize) -> &str {
    let mut end = end.min(start + 2_000);
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    source.get(start..end).unwrap_or_default()
}
