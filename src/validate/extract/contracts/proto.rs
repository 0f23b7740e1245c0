//! Protocol Buffers: messages, enums and services.

use std::sync::LazyLock;

use super::shape;
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::extract::node::{Node, Words};
use crate::validate::extract::parse::parse;
use crate::validate::extract::syntax::{self, child_of_kind, text, visit};
use crate::validate::model::{Field, FileModel, Kind, Ty};
use crate::validate::names::lower_camel;

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(tree_sitter_proto::LANGUAGE));

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
    /// What encloses the current node: where it ends, its name, its definition.
    around: Vec<(usize, &'s str, Option<usize>)>,
}

impl<'s> Reader<'s> {
    fn enter(&mut self, node: Node<'_>) {
        while self.around.last().is_some_and(|(end, ..)| *end <= node.start_byte()) {
            self.around.pop();
        }
        if node.is_error() || node.is_missing() {
            syntax::broken(&mut self.model, node);
            return;
        }
        match node.kind() {
            "package" => {
                // The word itself is a node of that kind, too.
                if let Some(name) = child_of_kind(node, "full_ident") {
                    text(name, self.source).clone_into(&mut self.model.package);
                }
            }
            "message" => self.open(node, "message_name", Some(Kind::Class)),
            "enum" => self.open(node, "enum_name", Some(Kind::Enum)),
            "service" => self.open(node, "service_name", None),
            "field" | "oneof_field" | "map_field" => self.field(node),
            "enum_field" => self.enum_value(node),
            "rpc" => self.rpc(node),
            "message_or_enum_type" => {
                let name = text(node, self.source).rsplit('.').next().unwrap_or_default();
                // What it means depends on what stands around it.
                let (said, owner) = (text(node, self.source), self.owner());
                self.add(EntryKind::Type, Role::Uses, name.to_owned(), said, node);
                self.model.entries.last_mut().into_iter().for_each(|entry| entry.owner.clone_from(&owner));
            }
            _ => {}
        }
    }

    fn open(&mut self, node: Node<'_>, name: &str, kind: Option<Kind>) {
        let Some(name) = child_of_kind(node, name) else { return };
        let word = text(name, self.source);
        let def = kind.map(|kind| {
            let mut def = shape(kind, word, Vec::new(), syntax::line(name));
            def.parents = self.around.iter().map(|(_, name, _)| (*name).to_owned()).collect();
            def.span = node.byte_range();
            self.model.defs.push(def);
            let owner = self.owner();
            self.add(EntryKind::Type, Role::Provides, word.to_owned(), "", name);
            self.model.entries.last_mut().into_iter().for_each(|entry| entry.owner.clone_from(&owner));
            self.model.defs.len() - 1
        });
        self.around.push((node.end_byte(), word, def));
    }

    fn owner(&self) -> String {
        self.around.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(".")
    }

    fn field(&mut self, node: Node<'_>) {
        let (Some(name), Some(number)) =
            (child_of_kind(node, "identifier"), child_of_kind(node, "field_number"))
        else {
            return;
        };
        let (ty_node, repeated) = (child_of_kind(node, "type"), child_of_kind(node, "repeated").is_some());
        let written = ty_node.map_or("", |ty| text(ty, self.source));
        let ty = match (node.kind(), repeated) {
            ("map_field", _) => Ty::Map(Box::new(scalar(written))),
            (_, true) => Ty::List(Box::new(scalar(written))),
            _ => scalar(written),
        };
        let (word, number, owner) = (text(name, self.source), text(number, self.source), self.owner());
        let said = format!("{}{written}", if repeated { "repeated " } else { "" });
        self.add(EntryKind::Field, Role::Provides, format!("{owner}.{word}"), &said, name);
        self.add(
            EntryKind::Tag,
            Role::Provides,
            format!("{owner}#{number}"),
            &format!("{said} {word}"),
            name,
        );
        let Some(def) = self.around.last().and_then(|(.., def)| *def) else { return };
        let wire = lower_camel(word);
        let field = Field { name: word.to_owned(), wire, ty, optional: true, line: syntax::line(name) };
        let def = &mut self.model.defs[def];
        def.body_hash = def.body_hash.rotate_left(5) ^ syntax::Hash::of(&format!("{said} {word} {number}"));
        def.fields.push(field);
    }

    fn enum_value(&mut self, node: Node<'_>) {
        let Some(name) = child_of_kind(node, "identifier") else { return };
        let (word, owner) = (text(name, self.source), self.owner());
        self.add(EntryKind::EnumValue, Role::Provides, format!("{owner}.{word}"), "", name);
        if let Some(number) = child_of_kind(node, "int_lit") {
            let sign = if child_of_kind(node, "-").is_some() { "-" } else { "" };
            let key = format!("{owner}#{sign}{}", text(number, self.source));
            self.add(EntryKind::Tag, Role::Provides, key, word, name);
        }
    }

    fn rpc(&mut self, node: Node<'_>) {
        let Some(name) = child_of_kind(node, "rpc_name") else { return };
        let key = format!("{}.{}", self.owner(), text(name, self.source));
        let whole = text(node, self.source);
        let said = whole.find('(').map_or("", |at| &whole[at..]);
        let said = syntax::quoted(said.split(['{', ';']).next().unwrap_or(said));
        self.add(EntryKind::Rpc, Role::Provides, key, &said, name);
    }

    fn add(&mut self, kind: EntryKind, role: Role, key: String, said: &str, at: Node<'_>) {
        let mut entry = Entry::new(kind, role, key, syntax::line(at)).saying(said);
        entry.span = at.byte_range();
        self.model.entries.push(entry);
    }
}

/// Numbers of 64 bits travel as strings in JSON, so they fit both.
fn scalar(written: &str) -> Ty {
    match written {
        "string" => Ty::Str,
        "bool" => Ty::Bool,
        "bytes" => Ty::Bytes,
        "double" | "float" => Ty::Float,
        "int32" | "uint32" | "sint32" | "fixed32" | "sfixed32" => Ty::Int,
        "int64" | "uint64" | "sint64" | "fixed64" | "sfixed64" | "" => Ty::Any,
        named => match named.rsplit('.').next().unwrap_or(named) {
            "Timestamp" => Ty::Date,
            // The messages that come with the format stand for plain values.
            _ if named.contains("google.protobuf") => Ty::Any,
            last => Ty::Named(last.to_owned()),
        },
    }
}
