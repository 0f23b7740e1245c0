//! How a declaration says that it may be used.

use super::{is_script, owner_of};
use crate::validate::extract::Language;
use crate::validate::model::{Def, FileModel, Kind};
use crate::validate::rules::java;

/// From where something can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sight {
    Type,
    Package,
    Family,
    Everywhere,
}

/// How a declaration says that it may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) sight: Sight,
    pub(super) is_static: bool,
    pub(super) is_abstract: bool,
    /// Neither extended, nor overridden, nor written.
    pub(super) is_final: bool,
    pub(super) is_accessor: bool,
}

impl Access {
    pub(super) fn of(language: Language, model: &FileModel, def: &Def) -> Self {
        let words = modifiers(&def.head);
        let says = |word: &str| words.contains(&word);
        let owner = owner_of(model, def);
        let in_interface = owner.is_some_and(|owner| owner.kind == Kind::Interface);
        let sight = match language {
            _ if says("private") => Sight::Type,
            _ if says("protected") => Sight::Family,
            Language::Java if !says("public") && !in_interface => Sight::Package,
            _ => Sight::Everywhere,
        };
        let is_property = language == Language::Python && def.kind == Kind::Field && says("def");
        Self {
            sight,
            is_static: def.flags.is_static || language == Language::Java && java::makes_static(model),
            is_abstract: language != Language::Python && says("abstract"),
            is_final: says("final")
                || says("readonly")
                || language == Language::Java && def.kind == Kind::Class && says("record"),
            is_accessor: is_property || is_script(language) && says("get") && def.name != "get",
        }
    }
}

/// The words in front of what a declaration names, without annotations.
pub(in crate::validate::rules) fn modifiers(head: &str) -> Vec<&str> {
    let mut rest = head.trim_start();
    while let Some(note) = rest.strip_prefix('@').filter(|note| !note.starts_with("interface")) {
        let end = note.find(|char: char| !char.is_alphanumeric() && !matches!(char, '_' | '.'));
        rest = note[end.unwrap_or(note.len())..].trim_start();
        if rest.starts_with('(') {
            rest = after_parentheses(rest).trim_start();
        }
    }
    let end = rest.find(['(', '=', '{', ':', ';']).unwrap_or(rest.len());
    rest[..end].split_whitespace().collect()
}

fn after_parentheses(text: &str) -> &str {
    let mut depth = 0_usize;
    let end = text.char_indices().find(|(_, char)| {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    });
    end.map_or("", |(at, _)| &text[at + 1..])
}
