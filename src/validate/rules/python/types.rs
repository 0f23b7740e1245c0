//! The Python types of a tree, as far as annotations say them: what a type as written means. Nothing is
//! concluded from what cannot be worked out.

use super::{lookup, only_import};
use crate::validate::model::{Def, FileModel, Import, Kind, Ty};
use crate::validate::names::has_word;
use crate::validate::rules::tree::{At, Home, Tree};

/// Steps of expressions and types inside types beyond this are not followed.
pub(super) const STEPS: usize = 12;

/// Types that need no import.
const BUILTIN: [&str; 13] = [
    "None",
    "bool",
    "bytearray",
    "bytes",
    "complex",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "set",
    "str",
    "tuple",
];

/// Modules that say what annotations are made of.
const TYPING: [&str; 4] = ["typing", "typing_extensions", "collections.abc", "collections"];

/// Kinds of types that others have to be of.
pub(super) const KINDS: [&str; 10] = [
    "Callable",
    "Collection",
    "Container",
    "Iterable",
    "Mapping",
    "MutableMapping",
    "MutableSequence",
    "MutableSet",
    "Sequence",
    "Sized",
];

/// Kinds of types whose values give their elements once, one after another.
pub(super) const ONCE: [&str; 2] = ["Generator", "Iterator"];

/// Classes of the standard library that are told apart from others by their names.
const LIBRARY: [(&str, &[&str]); 6] = [
    ("typing", &["IO", "BinaryIO", "TextIO"]),
    ("pathlib", &["Path", "PurePath", "PurePosixPath", "PosixPath", "WindowsPath"]),
    ("datetime", &["date", "datetime", "time", "timedelta"]),
    ("decimal", &["Decimal"]),
    ("fractions", &["Fraction"]),
    ("uuid", &["UUID"]),
];

/// One of the types that a value may have.
#[derive(Clone)]
pub(super) enum Type {
    Builtin(&'static str),
    /// A class of the standard library, by module and name.
    Library(&'static str, &'static str),
    /// A kind of types that others have to be of: `Iterable`.
    Abstract(String),
    Class(Home),
}

impl Type {
    /// The name in messages.
    pub(super) fn word(&self) -> &str {
        match self {
            Self::Builtin(name) | Self::Library(_, name) => name,
            Self::Abstract(name) => name,
            Self::Class(home) => &home.def().name,
        }
    }
}

/// The types of a tree.
pub(super) struct Types<'v, 'a> {
    pub(super) tree: Tree<'v, 'a>,
}

impl Types<'_, '_> {
    /// What an annotation means: all the types that it allows, or none if one of them is not known.
    pub(super) fn stated(&self, at: &At, text: &str) -> Option<Vec<Type>> {
        self.read(at, text, STEPS)
    }

    pub(super) fn read(&self, at: &At, text: &str, depth: usize) -> Option<Vec<Type>> {
        let depth = depth.checked_sub(1)?;
        let text = text.trim();
        let unquoted = text.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\'']));
        if let Some(inner) = unquoted {
            return self.read(at, inner, depth);
        }
        let all = |parts: Vec<&str>| {
            let mut found = Vec::new();
            for part in parts {
                found.extend(self.read(at, part, depth)?);
            }
            Some(found)
        };
        let members = split(text, '|');
        if members.len() > 1 {
            return all(members);
        }
        let (name, args) = match text.split_once('[') {
            Some((name, rest)) => (name.trim(), rest.strip_suffix(']')?),
            None => (text, ""),
        };
        let parts = || split(args, ',');
        match form(self.tree, at, name).unwrap_or_default() {
            _ if args.is_empty() => self.named(at, name).map(|ty| vec![ty]),
            "Optional" => {
                let mut found = self.read(at, args, depth)?;
                found.push(Type::Builtin("None"));
                Some(found)
            }
            "Union" => all(parts()),
            "Literal" => parts().into_iter().map(literal).collect(),
            "Annotated" | "Final" | "ClassVar" => self.read(at, parts().first()?, depth),
            _ => self.named(at, name).map(|ty| vec![ty]),
        }
    }

    /// What a name means as a type.
    fn named(&self, at: &At, name: &str) -> Option<Type> {
        if let Some((module, name)) = name.rsplit_once('.') {
            return imported(&whole_import(&at.file.1, module)?.module, name);
        }
        if is_parameter(at, name) {
            return None;
        }
        if let Some(home) = lookup(self.tree, at, name) {
            let def = home.def();
            let is_plain = matches!(def.kind, Kind::Class | Kind::Enum | Kind::Interface);
            return (is_plain && !def.flags.may_repeat).then_some(Type::Class(home));
        }
        match only_import(self.tree, at, name)? {
            Some((import, from)) => imported(&import.module, &from.name),
            None if is_bound(&at.file.1, name) => None,
            None => builtin(name).map(Type::Builtin),
        }
    }

    /// A type in the terms that languages share, where these say enough.
    pub(super) fn shared(&self, at: &At, ty: &Ty) -> Option<Vec<Type>> {
        let builtin = |name| Some(vec![Type::Builtin(name)]);
        match ty {
            Ty::Unit => builtin("None"),
            Ty::Str => builtin("str"),
            Ty::Int => builtin("int"),
            Ty::Float => builtin("float"),
            Ty::Bool => builtin("bool"),
            Ty::Named(name) => self.named(at, name).map(|ty| vec![ty]),
            Ty::Optional(inner) => {
                let mut found = self.shared(at, inner)?;
                found.push(Type::Builtin("None"));
                Some(found)
            }
            _ => None,
        }
    }
}

/// What a name stands for that takes other types in brackets: one of the language or of its modules.
pub(super) fn form<'n>(tree: Tree<'_, '_>, at: &'n At, name: &'n str) -> Option<&'n str> {
    if let Some((module, name)) = name.rsplit_once('.') {
        return whole_import(&at.file.1, module).is_some_and(is_typing).then_some(name);
    }
    match only_import(tree, at, name)? {
        Some((import, from)) => is_typing(import).then_some(&from.name),
        None => (!is_bound(&at.file.1, name)).then_some(name),
    }
}

/// Whether what is imported says what annotations are made of.
pub(super) fn is_typing(import: &Import) -> bool {
    TYPING.contains(&import.module.as_str())
}

/// The import of a module that is named so.
fn whole_import<'m>(model: &'m FileModel, module: &str) -> Option<&'m Import> {
    // `import typing as t` has a name of its own, `import collections.abc` has not.
    model.imports.iter().find(|import| {
        let mut whole = import.names.iter().filter(|whole| whole.name.is_empty());
        whole.any(|whole| whole.local == module || import.module == module)
    })
}

/// Whether a name is a type parameter of the function or the class around a place.
fn is_parameter(at: &At, name: &str) -> bool {
    let Some(def) = at.within.and_then(|within| at.file.1.defs.get(within)) else { return false };
    let states = |def: &Def| {
        let list =
            def.head.split_once(&format!(" {}[", def.name)).and_then(|(_, rest)| rest.split("](").next());
        list.is_some_and(|list| has_word(list, name))
    };
    let above = def.parents.last().into_iter().flat_map(|owner| at.file.1.named(owner));
    states(def) || above.into_iter().any(|(_, owner)| states(owner))
}

/// The parts of a list outside of brackets.
pub(super) fn split(text: &str, by: char) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, char) in text.char_indices() {
        match char {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth -= 1,
            _ if char == by && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + char.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

fn literal(text: &str) -> Option<Type> {
    let name = match text {
        "True" | "False" => "bool",
        "None" => "None",
        text if text.starts_with(['b', 'B']) && text.ends_with(['"', '\'']) => "bytes",
        text if text.starts_with(['"', '\'']) => "str",
        text if text.trim_start_matches('-').chars().all(|char| char.is_ascii_digit()) => "int",
        _ => return None,
    };
    Some(Type::Builtin(name))
}

pub(super) fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|builtin| **builtin == name).copied()
}

/// What a module of the standard library means by a name in an annotation.
fn imported(module: &str, name: &str) -> Option<Type> {
    let library = LIBRARY.iter().filter(|(from, _)| *from == module);
    let mut named =
        library.filter_map(|(module, names)| Some((module, names.iter().find(|own| **own == name)?)));
    if let Some((module, name)) = named.next() {
        return Some(Type::Library(module, name));
    }
    if !TYPING.contains(&module) {
        return None;
    }
    match name {
        "Dict" => Some(Type::Builtin("dict")),
        "FrozenSet" => Some(Type::Builtin("frozenset")),
        "List" => Some(Type::Builtin("list")),
        "Text" => Some(Type::Builtin("str")),
        "Tuple" => Some(Type::Builtin("tuple")),
        "Set" if module.starts_with("typing") => Some(Type::Builtin("set")),
        kind if KINDS.contains(&kind) || ONCE.contains(&kind) => Some(Type::Abstract(name.to_owned())),
        _ => None,
    }
}

/// Whether a file may mean something of its own by a name.
pub(super) fn is_bound(model: &FileModel, name: &str) -> bool {
    model.named(name).any(|(_, def)| def.parents.is_empty()) || model.imports.iter().any(|import| import.glob)
}
