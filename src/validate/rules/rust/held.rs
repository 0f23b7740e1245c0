//! Whether a Rust expression is a value itself or a reference, and which of them a place takes.
//!
//! Types are compared without references, since methods and fields are looked up through them. An argument, a
//! field or a result is not: `&Room` is no `Room`, and nothing makes one of the other there.

use super::library::PRIMITIVES;
use super::place::last;
use super::types::{Head, STEPS, Type, Types};
use super::written::{split, without_marks};
use crate::validate::model::{Kind, Value};
use crate::validate::names::has_word;
use crate::validate::rules::tree::{At, Home};

/// How a value is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Owned,
    Shared,
    Mutable,
}

impl Held {
    /// Whether a place of this sort takes what is had in another way.
    pub(super) fn takes(self, from: Self) -> bool {
        match self {
            Self::Owned => from == Self::Owned,
            Self::Shared => from != Self::Owned,
            Self::Mutable => from == Self::Mutable,
        }
    }

    /// A type in messages, as it is had.
    pub(super) fn before(self, ty: &Type) -> String {
        let mark = match self {
            Self::Owned => "",
            Self::Shared => "&",
            Self::Mutable => "&mut ",
        };
        format!("{mark}{}", ty.word())
    }
}

/// What methods of the library give, by what they are called on.
const GIVEN: [(&[&str], &[&str], &str); 10] = [
    (PATHS, &["join", "to_path_buf", "with_extension", "with_file_name"], "std::path::PathBuf"),
    (PATHS, &["as_path"], "&std::path::Path"),
    (TEXTS, &["repeat", "to_lowercase", "to_owned", "to_string", "to_uppercase"], "String"),
    (&["String"], &["clone"], "String"),
    (TEXTS, &["as_str", "trim", "trim_end", "trim_start"], "&str"),
    (&["String", "Vec", "[]", "str"], &["len"], "usize"),
    (&["String", "Vec", "[]", "str"], &["is_empty"], "bool"),
    (LISTS, &["first", "get", "last"], "Option<&_>"),
    (LISTS, &["iter"], "Iterator<&_>"),
    (LISTS, &["iter_mut"], "Iterator<&mut _>"),
];
const PATHS: &[&str] = &["Path", "PathBuf"];
const TEXTS: &[&str] = &["String", "str"];
const LISTS: &[&str] = &["Vec", "VecDeque", "[]"];
/// Functions of the library's types that make one of them.
const MADE: [&str; 4] = ["default", "from", "new", "with_capacity"];
/// Methods that take out what is in an `Option` or `Result`.
const TAKES_OUT: [&str; 3] = ["expect", "unwrap", "unwrap_or_default"];
/// Methods of iterators that hand each element itself to a closure.
const HANDS_ON: [&str; 6] = ["all", "any", "filter_map", "flat_map", "for_each", "map"];
/// Types of the library that are had as they are written.
const PLAIN: [&str; 15] = [
    "Arc", "BTreeMap", "BTreeSet", "Box", "Cow", "HashMap", "HashSet", "Option", "PathBuf", "Rc", "RefCell",
    "Result", "String", "Vec", "VecDeque",
];

/// Types of the library that hold one value, and that are made by nobody who passes that.
const BOXES: [&str; 4] = ["Arc", "Box", "Cow", "Rc"];
/// Types of which what they hold first goes nowhere as something else.
const HOLDERS: [&str; 7] = ["Arc", "Box", "Option", "Rc", "Result", "Vec", "VecDeque"];

/// A type as it is written, and where that is.
pub(super) type Told = (At, String);

impl Types<'_, '_> {
    /// Whether a place takes a value that is had in some way; none where that cannot be told.
    pub(super) fn is_taken(&self, from: &Told, to: &Told) -> Option<bool> {
        let (had, wanted) = (self.held_as(&from.0, &from.1)?, self.held_as(&to.0, &to.1)?);
        if !wanted.takes(had) || (had, wanted) != (Held::Owned, Held::Owned) {
            return Some(wanted.takes(had));
        }
        let (left, right) = (head(&from.1), head(&to.1));
        if left != right {
            return Some(!BOXES.contains(&left) && !BOXES.contains(&right));
        }
        let held = || Some((argument(&from.1, &HOLDERS)?, argument(&to.1, &HOLDERS)?));
        let Some((from_held, to_held)) = held() else { return Some(true) };
        let inner = ((from.0.clone(), from_held), (to.0.clone(), to_held));
        let (had, wanted) = (self.held_as(&inner.0.0, &inner.0.1)?, self.held_as(&inner.1.0, &inner.1.1)?);
        if had != wanted { Some(false) } else { self.is_taken(&inner.0, &inner.1) }
    }

    /// A type in messages: as written, or by what is known of it.
    pub(super) fn word_of(&self, told: &Told, ty: &Type) -> String {
        match self.held_as(&told.0, &told.1) {
            Some(held) if has_word(&told.1, "_") || told.1.starts_with('{') || told.1 == "Self" => {
                held.before(ty)
            }
            _ => told.1.clone(),
        }
    }

    /// How an expression has its value.
    pub(super) fn held(&self, at: &At, value: &Value) -> Option<Held> {
        let told = self.told(at, value)?;
        self.held_as(&told.0, &told.1)
    }

    pub(super) fn told(&self, at: &At, value: &Value) -> Option<Told> {
        self.told_in(at, value, STEPS)
    }

    /// The type of a place, as it is written: what is stated of it, or the field that it is.
    pub(super) fn told_at(&self, at: &At, place: &Value) -> Option<Told> {
        match place {
            Value::Of(text) => Some((at.clone(), text.clone())),
            Value::Passed(value, mark) if mark == Value::BY => self.told_at(at, self.by_library(at, value)?),
            Value::Field(on, name) => {
                let Head::Project(home) = self.value(at, on).peeled().head else { return None };
                let field =
                    self.member(&home, name, false).filter(|field| field.def().kind == Kind::Field)?;
                Some((field.inside(), field.def().ty.clone()))
            }
            Value::Passed(of, mark) if mark == Value::GATHERED_BY => {
                let (at, text) = self.told_at(at, of)?;
                Some((at, argument(&text, &["Vec", "VecDeque"]).filter(|_| !text.starts_with('&'))?))
            }
            Value::Content(of) => {
                let (at, text) = self.told_at(at, of)?;
                Some((at, argument(&text, &["Option", "Result"]).filter(|_| !text.starts_with('&'))?))
            }
            Value::Element(of) => {
                let (at, text) = self.told_at(at, of)?;
                let text = text.trim_start_matches('&').trim_start().trim_start_matches("mut ");
                Some((at, argument(text, &["Vec", "VecDeque"])?))
            }
            _ => None,
        }
    }

    /// The type of an expression as it is written, and where. Behind a reference it may be left open.
    fn told_in(&self, at: &At, value: &Value, depth: usize) -> Option<Told> {
        let depth = depth.checked_sub(1)?;
        let here = |text: &str| Some((at.clone(), text.to_owned()));
        let first = |on: &Value, of: &[&str]| {
            let (at, text) = self.told_in(at, on, depth)?;
            Some((at, argument(&text, of)?))
        };
        match value {
            Value::Of(text) if text == "str" => here("&str"),
            Value::Of(text) => here(text),
            Value::Name(path) => self.told_by_name(at, path),
            Value::Call(Some(called), name, _) if name.is_empty() => match &**called {
                Value::Name(path) => self.told_by_call(at, path),
                _ => None,
            },
            Value::Call(Some(on), name, _) => {
                let ty = self.value(at, on);
                if let Some(method) = self.method_of(&ty, name) {
                    return self.given(&method);
                }
                match ty.name()? {
                    "Option" | "Result" if TAKES_OUT.contains(&name.as_str()) => {
                        first(on, &["Option", "Result"])
                    }
                    "Vec" | "VecDeque" if name == "into_iter" => {
                        first(on, &["Vec", "VecDeque"]).map(|(at, text)| (at, format!("Iterator<{text}>")))
                    }
                    of => {
                        let gives = |(on, names, _): &&(&[&str], &[&str], &str)| {
                            on.contains(&of) && names.contains(&name.as_str())
                        };
                        here(GIVEN.iter().find(gives)?.2)
                    }
                }
            }
            Value::Field(_, name) if name != "await" => self.told_at(at, value),
            Value::Content(on) => first(on, &["Option", "Result"]),
            Value::Passed(on, mark) if mark == "Some" => {
                let (at, text) = self.told_in(at, on, depth)?;
                Some((at, format!("Option<{text}>")))
            }
            Value::Passed(_, mark) if mark == Value::POINTER => here("&_"),
            Value::Passed(_, mark) if mark == Value::LENT => here("&mut _"),
            Value::Passed(on, how) if how == "for" => first(on, &["Iterator", "Option", "Vec", "VecDeque"]),
            Value::Passed(on, how) if HANDS_ON.contains(&how.as_str()) => first(on, &["Iterator"]),
            _ => None,
        }
    }

    /// How a place has what it takes or gives, by its type as written.
    pub(super) fn held_as(&self, at: &At, text: &str) -> Option<Held> {
        match reference(text) {
            Some("&_") => Some(Held::Shared),
            Some(_) => Some(Held::Mutable),
            None => self.is_concrete(at, text.trim()).then_some(Held::Owned),
        }
    }

    /// Whether a type is surely no reference, whatever it is called.
    fn is_concrete(&self, at: &At, text: &str) -> bool {
        if text.starts_with(['(', '[', '{']) {
            return true;
        }
        let path = text.split('<').next().unwrap_or(text).trim().trim_end_matches("::");
        if without_marks(text).1 || path.is_empty() {
            return false;
        }
        let parts: Vec<&str> = path.split("::").collect();
        if self.lookup(at, &parts).is_some_and(|home| home.def().kind == Kind::Alias)
            && last(path) != "Result"
        {
            return false;
        }
        match self.stated(at, text).head {
            Head::Library(name) => {
                let is_plain = PLAIN.contains(&name.as_str()) || PRIMITIVES.contains(&name.as_str());
                is_plain && name != "str" && last(path) == name
            }
            Head::Project(home) => {
                let is_data = matches!(home.def().kind, Kind::Class | Kind::Enum);
                is_data && (path == "Self" || last(path) == home.def().name)
            }
            Head::Unknown | Head::Some(_) => false,
        }
    }

    fn told_by_name(&self, at: &At, path: &str) -> Option<Told> {
        let parts: Vec<&str> = path.split("::").collect();
        let home = self.lookup(at, &parts)?;
        match home.def().kind {
            Kind::Const => Some((home.inside(), home.def().ty.clone())),
            Kind::Class => Some((home.inside(), "Self".to_owned())),
            _ => None,
        }
    }

    fn told_by_call(&self, at: &At, path: &str) -> Option<Told> {
        if let Some(function) = self.function(at, path) {
            return match function.def().kind {
                Kind::Class | Kind::Variant => Some((function.inside(), "Self".to_owned())),
                _ => self.given(&function),
            };
        }
        let (ty, name) = path.rsplit_once("::")?;
        (MADE.contains(&name) && self.is_concrete(at, ty)).then(|| (at.clone(), ty.to_owned()))
    }

    /// What a function says that it gives, where it gives that at once.
    fn given(&self, function: &Home) -> Option<Told> {
        let def = function.def();
        let is_function = matches!(def.kind, Kind::Function | Kind::Method);
        let says = is_function && !def.flags.may_repeat && def.head.contains("->");
        let is_late = || self.result(function).name() == Some("Future");
        (says && !is_late()).then(|| (function.inside(), def.ty.clone()))
    }
}

/// The name of a type as written, without its path and arguments.
fn head(text: &str) -> &str {
    last(text).trim()
}

/// What a type of one of some names holds first, as written; a reference where it is behind one itself.
fn argument(text: &str, of: &[&str]) -> Option<String> {
    let (inner, _) = without_marks(text);
    if let Some(held) = reference(text) {
        let is_list = inner == "_" || inner.starts_with('[') || of.contains(&last(inner).trim());
        return is_list.then(|| held.to_owned());
    }
    let (path, args) = text.split_once('<')?;
    let args = args.trim_end().strip_suffix('>').filter(|_| of.contains(&last(path).trim()))?;
    split(args).first().map(|&first| first.to_owned())
}

/// A reference to anything, where a type begins with one.
fn reference(text: &str) -> Option<&'static str> {
    let rest = text.trim().strip_prefix('&')?.trim_start();
    let rest = rest.strip_prefix('\'').map_or(rest, |rest| {
        rest.trim_start_matches(|char: char| char.is_alphanumeric() || char == '_').trim_start()
    });
    Some(if rest.starts_with("mut ") { "&mut _" } else { "&_" })
}
