//! GraphQL schemas, and the queries that use them.

use std::sync::LazyLock;

use super::shape;
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::extract::node::{Node, Words};
use crate::validate::extract::parse::parse;
use crate::validate::extract::syntax::{self, child_of_kind, text, visit};
use crate::validate::model::{Field, FileModel, Kind, Ty};

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(tree_sitter_graphql::LANGUAGE));

pub(super) fn read(source: &str) -> FileModel {
    let Some(tree) = parse(&WORDS, source) else { return super::super::unreadable(source) };
    let mut reader = Reader { source, model: FileModel::default(), around: Vec::new() };
    visit(tree.root(), |node, _| {
        reader.enter(node);
        true
    });
    reader.model
}

struct Reader<'s> {
    source: &'s str,
    model: FileModel,
    around: Vec<Around<'s>>,
}

/// What encloses the current node.
struct Around<'s> {
    end: usize,
    name: &'s str,
    what: What,
    def: Option<usize>,
    /// Of what is selected, the type that it begins with and the fields down to it.
    path: String,
}

/// Stands between a type and the fields that lead from it to another one.
pub(in crate::validate) const STEP: char = '>';

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// A type whose fields callers read.
    Object,
    /// A type whose fields callers pass.
    Input,
    Enum,
    /// A field that may take arguments.
    Field,
    /// A query or fragment: what it selects are fields of its type.
    Selects,
    /// A selected field, or a part of a query whose type is not known.
    Unknown,
}

impl<'s> Reader<'s> {
    fn enter(&mut self, node: Node<'_>) {
        while self.around.last().is_some_and(|around| around.end <= node.start_byte()) {
            self.around.pop();
        }
        if node.is_error() || node.is_missing() {
            syntax::broken(&mut self.model, node);
            return;
        }
        let what = match node.kind() {
            "object_type_definition" | "interface_type_definition" => Some((What::Object, false)),
            "object_type_extension" | "interface_type_extension" => Some((What::Object, true)),
            "input_object_type_definition" => Some((What::Input, false)),
            "input_object_type_extension" => Some((What::Input, true)),
            "enum_type_definition" => Some((What::Enum, false)),
            "enum_type_extension" => Some((What::Enum, true)),
            _ => None,
        };
        match (node.kind(), what) {
            (_, Some((what, extends))) => self.open_type(node, what, extends),
            ("union_type_definition" | "scalar_type_definition", _) => {
                if let Some(name) = child_of_kind(node, "name") {
                    let key = text(name, self.source).to_owned();
                    self.add(EntryKind::Type, Role::Provides, key, "", name);
                }
            }
            ("field_definition", _) => self.field(node),
            ("input_value_definition", _) => self.input(node),
            ("enum_value_definition", _) => self.enum_value(node),
            ("named_type", _) => {
                let key = text(node, self.source).to_owned();
                self.add(EntryKind::Type, Role::Uses, key, "", node);
            }
            ("operation_definition", _) => self.operation(node),
            ("fragment_definition" | "inline_fragment", _) => self.fragment(node),
            ("field", _) => self.selected(node),
            _ => {}
        }
    }

    fn open(&mut self, node: Node<'_>, name: &'s str, what: What, def: Option<usize>) {
        self.around.push(Around { end: node.end_byte(), name, what, def, path: String::new() });
    }

    fn open_type(&mut self, node: Node<'_>, what: What, extends: bool) {
        let Some(name) = child_of_kind(node, "name") else { return };
        let word = text(name, self.source);
        let is_root = matches!(word, "Query" | "Mutation" | "Subscription");
        let mut def = None;
        if !extends {
            self.add(EntryKind::Type, Role::Provides, word.to_owned(), "", name);
            let kind = if what == What::Enum { Kind::Enum } else { Kind::Class };
            if !is_root {
                let mut made = shape(kind, word, Vec::new(), syntax::line(name));
                made.span = node.byte_range();
                self.model.defs.push(made);
                def = Some(self.model.defs.len() - 1);
            }
        }
        self.open(node, word, what, def);
    }

    fn field(&mut self, node: Node<'_>) {
        let (Some(name), Some(ty)) = (child_of_kind(node, "name"), child_of_kind(node, "type")) else {
            return;
        };
        self.state_field(name, ty);
        self.open(node, text(name, self.source), What::Field, None);
    }

    fn state_field(&mut self, name: Node<'_>, ty: Node<'_>) {
        let Some(around) = self.around.last() else { return };
        let (word, written, def) = (text(name, self.source), text(ty, self.source), around.def);
        let key = format!("{}.{word}", around.name);
        self.add(EntryKind::Field, Role::Provides, key, written, name);
        let Some(def) = def else { return };
        let field = Field {
            name: word.to_owned(),
            wire: word.to_owned(),
            ty: type_of(written),
            optional: !written.ends_with('!'),
            line: syntax::line(name),
        };
        let def = &mut self.model.defs[def];
        def.body_hash = def.body_hash.rotate_left(5) ^ syntax::Hash::of(&format!("{word}: {written}"));
        def.fields.push(field);
    }

    /// An argument of a field, or a field of an input type.
    fn input(&mut self, node: Node<'_>) {
        let (Some(name), Some(ty)) = (child_of_kind(node, "name"), child_of_kind(node, "type")) else {
            return;
        };
        let (word, written) = (text(name, self.source), text(ty, self.source));
        let required = written.ends_with('!') && child_of_kind(node, "default_value").is_none();
        let Some(around) = self.around.last() else { return };
        let place = match around.what {
            What::Input => around.name.to_owned(),
            What::Field => {
                let owner = self.around.iter().rev().nth(1).map_or("", |outer| outer.name);
                format!("{owner}.{}", around.name)
            }
            _ => return,
        };
        if around.what == What::Input {
            self.state_field(name, ty);
        }
        if required {
            self.add(EntryKind::Param, Role::Provides, format!("{place} {word}"), written, name);
        }
    }

    fn enum_value(&mut self, node: Node<'_>) {
        let (Some(value), Some(around)) = (child_of_kind(node, "enum_value"), self.around.last()) else {
            return;
        };
        let key = format!("{}.{}", around.name, text(value, self.source));
        self.add(EntryKind::EnumValue, Role::Provides, key, "", value);
    }

    fn operation(&mut self, node: Node<'_>) {
        let root = match child_of_kind(node, "operation_type").map(|ty| text(ty, self.source)) {
            Some("mutation") => "Mutation",
            Some("subscription") => "Subscription",
            _ => "Query",
        };
        self.open(node, root, What::Selects, None);
    }

    fn fragment(&mut self, node: Node<'_>) {
        let on = child_of_kind(node, "type_condition").and_then(|on| child_of_kind(on, "named_type"));
        match on {
            Some(on) => self.open(node, text(on, self.source), What::Selects, None),
            // It goes on with what is around it.
            None => {
                let around = self.around.last();
                let (name, what) = around.map_or(("", What::Unknown), |around| (around.name, around.what));
                let path = around.map(|around| around.path.clone()).unwrap_or_default();
                self.open(node, name, what, None);
                self.stand_at(path);
            }
        }
    }

    /// A field of a type that is named, or one below it: `User.name`, `Query>user>name`.
    fn selected(&mut self, node: Node<'_>) {
        let Some(name) = child_of_kind(node, "name") else { return };
        let word = text(name, self.source);
        let path = self.around.last().map_or(String::new(), |around| match around.what {
            What::Selects => around.name.to_owned(),
            _ => around.path.clone(),
        });
        if !path.is_empty() {
            let sign = if path.contains(STEP) { STEP } else { '.' };
            let given =
                child_of_kind(node, "arguments").map_or("", |given| text(given, self.source)).to_owned();
            self.add(EntryKind::Field, Role::Uses, format!("{path}{sign}{word}"), &given, name);
        }
        self.open(node, word, What::Unknown, None);
        self.stand_at(if path.is_empty() { path } else { format!("{path}{STEP}{word}") });
    }

    /// Says by which fields one gets to what was opened last.
    fn stand_at(&mut self, path: String) {
        self.around.last_mut().into_iter().for_each(|around| around.path.clone_from(&path));
    }

    fn add(&mut self, kind: EntryKind, role: Role, key: String, said: &str, at: Node<'_>) {
        let mut entry = Entry::new(kind, role, key, syntax::line(at)).saying(said);
        entry.span = at.byte_range();
        self.model.entries.push(entry);
    }
}

fn type_of(written: &str) -> Ty {
    let plain = written.trim().trim_end_matches('!');
    if let Some(inner) = plain.strip_prefix('[') {
        let levels = inner.bytes().take_while(|byte| *byte == b'[').count();
        // Nobody nests lists so deep, and a recursion must end.
        return if levels > 8 { Ty::Any } else { Ty::List(Box::new(type_of(inner.trim_end_matches(']')))) };
    }
    match plain {
        "String" => Ty::Str,
        "Int" => Ty::Int,
        "Float" => Ty::Float,
        "Boolean" => Ty::Bool,
        // An identifier may be a number or a string on either side.
        "ID" | "JSON" => Ty::Any,
        "DateTime" | "Date" | "Time" => Ty::Date,
        named => Ty::Named(named.to_owned()),
    }
}
