//! What a program surely cannot do with a value of a Python type, whether or not a checker is there to say so.

use super::assign::is_made_by_itself;
use super::lookup;
use super::members::{has_as_container, lacks};
use super::types::{ONCE, Type, Types, split};
use crate::validate::model::{Ref, RefKind};
use crate::validate::rules::tree::Home;

/// Classes above one are followed so far.
const STEPS: usize = 8;

/// Decorators that give a class nothing that is asked for here.
const PLAIN: [&str; 8] =
    ["dataclass", "dataclasses", "field", "final", "runtime_checkable", "total_ordering", "True", "False"];

/// Larger tuples are not counted.
const MOST: usize = 64;

/// What is done with a value.
#[derive(Clone, Copy)]
pub(super) enum Need<'n> {
    /// A member is taken from it, `[]` for a part.
    Member(&'n str),
    /// It is gone through.
    Looped,
    /// It is entered, with `async with` if that is said.
    Entered(bool),
    /// It is waited for.
    Awaited,
    /// Its length is asked for.
    Measured,
}

impl Need<'_> {
    /// What a class states that can do with that; any one is enough.
    fn methods(self) -> [&'static str; 2] {
        match self {
            Self::Member(_) => ["__getitem__"; 2],
            Self::Looped => ["__iter__", "__getitem__"],
            Self::Entered(false) => ["__enter__"; 2],
            Self::Entered(true) => ["__aenter__"; 2],
            Self::Awaited => ["__await__"; 2],
            Self::Measured => ["__len__"; 2],
        }
    }

    /// What a value has to be for that.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Member(_) => "Sequence",
            Self::Looped => "Iterable",
            Self::Entered(_) => "ContextManager",
            Self::Awaited => "Awaitable",
            Self::Measured => "Sized",
        }
    }

    /// What the use does, for a message.
    pub(super) fn word(self) -> String {
        match self {
            Self::Member(name) => format!("and takes `{name}` from it"),
            Self::Looped => "and goes through its elements".to_owned(),
            Self::Entered(_) => "and enters it by `with`".to_owned(),
            Self::Awaited => "and waits for it".to_owned(),
            Self::Measured => "and asks for its length".to_owned(),
        }
    }
}

impl Types<'_, '_> {
    /// Whether nothing that a value may be can do with what is needed.
    pub(super) fn none_can(&self, given: &[Type], need: Need<'_>) -> bool {
        !given.is_empty() && given.iter().all(|ty| self.cannot(ty, need))
    }

    /// Whether something that a value may be cannot.
    pub(super) fn some_cannot(&self, given: &[Type], need: Need<'_>) -> bool {
        given.iter().any(|ty| self.cannot(ty, need))
    }

    fn cannot(&self, ty: &Type, need: Need<'_>) -> bool {
        match (ty, need) {
            (Type::Class(class), Need::Member("[]")) => self.class_lacks(class, &need.methods()),
            (Type::Class(class), Need::Member(name)) => self.class_lacks(class, &[name]),
            (Type::Class(class), _) => self.class_lacks(class, &need.methods()),
            (Type::Abstract(kind), need) if ONCE.contains(&kind.as_str()) => match need {
                Need::Measured | Need::Member("[]") => true,
                Need::Member(name) => has_as_container(name),
                _ => false,
            },
            (Type::Abstract(_), _) => false,
            (Type::Builtin(_) | Type::Library(..), Need::Member(_)) => lacks_member(ty, need),
            (Type::Builtin(name), Need::Looped | Need::Measured) => {
                matches!(*name, "None" | "bool" | "complex" | "float" | "int")
            }
            (Type::Library("typing", _), _) => false,
            (Type::Library(_, name), Need::Entered(false)) => !name.contains("Path"),
            (Type::Builtin(_) | Type::Library(..), _) => true,
        }
    }

    /// Whether a class and all above it are known, and none has any of some members.
    fn class_lacks(&self, class: &Home, members: &[&str]) -> bool {
        let mut open = vec![class.clone()];
        for _ in 0..STEPS {
            let Some(class) = open.pop() else { return true };
            if !is_plain(&class) || members.iter().any(|name| may_have(&class, name)) {
                return false;
            }
            for above in &class.def().supers {
                match lookup(self.tree, &class.inside(), above) {
                    Some(above) => open.push(above),
                    None if above == "object" => {}
                    None => return false,
                }
            }
        }
        false
    }
}

/// How many values stand in a tuple as it is written, if it is one.
pub(super) fn n_parts(text: &str) -> Option<usize> {
    let text = text.trim();
    if let Some(count) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return count.parse().ok();
    }
    let inner = text.strip_prefix("tuple[").or_else(|| text.strip_prefix("Tuple["))?.strip_suffix(']')?;
    let parts = split(inner, ',');
    let is_open = parts.iter().any(|part| part.contains("...") || part.starts_with(['*', '(']));
    (!is_open && parts.len() < MOST).then_some(parts.len())
}

fn lacks_member(ty: &Type, need: Need<'_>) -> bool {
    let Need::Member(name) = need else { return false };
    lacks(ty, name)
}

/// Whether a class has nothing but what it states.
fn is_plain(class: &Home) -> bool {
    let def = class.def();
    let model = &class.file.1;
    let is_decorator = |used: &&Ref| def.span.contains(&used.span.start) && used.line < def.line;
    let decorators = model.refs.iter().filter(is_decorator);
    is_made_by_itself(class)
        && !def.head.contains("metaclass")
        && decorators.into_iter().all(|used| PLAIN.contains(&used.name.as_str()))
        && ["__getattr__", "__getattribute__", "__dict__", "setattr", "vars"]
            .iter()
            .all(|way| model.named(way).next().is_none() && model.uses_of(way).next().is_none())
}

/// Whether a class may have a member: it states it, or something in its file sets it.
fn may_have(class: &Home, name: &str) -> bool {
    let def = class.def();
    let mut stated = class.file.1.named(name);
    if name.starts_with("__") {
        return stated.any(|(_, other)| other.parents.last() == Some(&def.name));
    }
    stated.next().is_some() || class.file.1.uses_of(name).any(|used| used.kind == RefKind::Write)
}
