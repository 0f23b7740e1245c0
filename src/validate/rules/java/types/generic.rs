//! What the parameters of Java types stand for: `Map<String, Room>` gives a `Room` for `get`.
//!
//! Declarations are read by their heads, which say types as they are written.

use super::{DEPTH, Found, Home, Source, Types, library};
use crate::validate::model::{Def, Kind};
use crate::validate::names::find_words;

/// A type with what it is given for its parameters, as far as that is known.
#[derive(Clone)]
pub(in crate::validate::rules) struct Typed {
    pub(super) found: Found,
    args: Vec<Option<Self>>,
}

/// Where a type is written.
type Place<'p> = (&'p Source, &'p [String]);

/// What parameters of types stand for; nothing for names that are none.
type Given<'g> = &'g dyn Fn(&str) -> Option<Option<Typed>>;

impl Typed {
    pub(super) fn plain(found: Found) -> Self {
        Self { found, args: Vec::new() }
    }

    pub(in crate::validate::rules) fn found(&self) -> &Found {
        &self.found
    }

    /// Whether the same generic type is surely given other types: a list of one is no list of another.
    pub(in crate::validate::rules) fn differs(&self, other: &Self) -> bool {
        let is_one = |left: &Found, right: &Found| match (left, right) {
            (Found::Project(left), Found::Project(right)) => left.is(&right.source.path, &right.around()),
            (Found::Foreign(left), Found::Foreign(right)) => left == right,
            _ => false,
        };
        if !is_one(&self.found, &other.found) || self.args.len() != other.args.len() {
            return false;
        }
        self.args.iter().zip(&other.args).any(|(left, right)| match (left, right) {
            (Some(left), Some(right)) => !is_one(&left.found, &right.found) || left.differs(right),
            _ => false,
        })
    }

    pub(super) fn is_array(&self) -> bool {
        matches!(&self.found, Found::Foreign(name) if name.ends_with(']'))
    }

    /// What a text in the lists of the library means for this type.
    pub(super) fn meant(&self, text: &str) -> Option<Self> {
        of_library(text, &self.args)
    }

    /// What a type of the library hands to a lambda with one parameter.
    pub(super) fn handed(&self, method: &str) -> Option<Self> {
        let Found::Foreign(name) = &self.found else { return None };
        let each = name.starts_with("java.util.") && EACH.contains(&method) && self.args.len() == 1;
        self.args.first().filter(|_| each).cloned().flatten()
    }

    /// What a collection of the library takes in a place, of what it holds.
    pub(super) fn library_takes(&self, method: &str, (passed, place): (usize, usize)) -> Option<Self> {
        let Found::Foreign(name) = &self.found else { return None };
        let is_collection = library::is_below(name, "java.util.Collection") == Some(true);
        let is_map = library::is_below(name, "java.util.Map") == Some(true);
        let takes = match (self.args.len(), passed) {
            (1, 1) => is_collection && TAKES.contains(&method),
            (2, 2) => is_map && matches!(method, "put" | "putIfAbsent"),
            _ => false,
        };
        self.args.get(place).filter(|_| takes).cloned().flatten()
    }

    /// What a method of the library gives back.
    pub(super) fn library_result(&self, method: &str, passed: usize) -> Option<Self> {
        let Found::Foreign(name) = &self.found else { return None };
        let text = library::result(name, method, passed, self.args.len())?;
        of_library(text, &self.args)
    }
}

/// Methods of collections that take an element.
const TAKES: [&str; 9] =
    ["add", "addFirst", "addLast", "offer", "offerFirst", "offerLast", "push", "put", "transfer"];

/// Methods of collections, streams and optionals that hand what they hold to a lambda.
const EACH: [&str; 16] = [
    "allMatch",
    "anyMatch",
    "dropWhile",
    "filter",
    "flatMap",
    "forEach",
    "forEachOrdered",
    "ifPresent",
    "map",
    "mapToDouble",
    "mapToInt",
    "mapToLong",
    "noneMatch",
    "peek",
    "removeIf",
    "takeWhile",
];

impl Types<'_, '_> {
    /// The type that a place says, with its arguments.
    pub(super) fn written(&self, place: Place<'_>, text: &str) -> Option<Typed> {
        self.written_with(place, text, &|_| None, DEPTH)
    }

    fn written_with(&self, place: Place<'_>, text: &str, given: Given<'_>, depth: usize) -> Option<Typed> {
        let depth = depth.checked_sub(1)?;
        let text = text.trim();
        if let Some(known) = given(text) {
            return known;
        }
        let (plain, args) = split(text);
        let inner = |arg: &&str| self.written_with(place, bounded(arg)?, given, depth);
        let is_open = plain.strip_suffix("[]").is_some_and(|element| given(element).is_some());
        let found = self.named(place.0, place.1, &plain).filter(|_| !is_open)?;
        Some(Typed { found, args: args.iter().map(inner).collect() })
    }

    /// The type of a member of a value.
    pub(super) fn member_type(&self, on: &Typed, home: &Home, member: &Def) -> Option<Typed> {
        let text = stated(member).unwrap_or(&member.ty);
        let (own, params) = (own_params(member), params(home.def()));
        let args =
            if params.is_empty() { Vec::new() } else { self.args_at(on, home, DEPTH).unwrap_or_default() };
        let given = |name: &str| {
            let place = params.iter().position(|param| *param == name);
            let known = place.map(|place| args.get(place).cloned().flatten());
            if own.contains(&name) { Some(None) } else { known }
        };
        if text.is_empty() {
            return None;
        }
        self.written_with((&home.source, &home.around()), text, &given, DEPTH)
    }

    /// What a type gives for the parameters of one above it.
    fn args_at(&self, on: &Typed, home: &Home, depth: usize) -> Option<Vec<Option<Typed>>> {
        let depth = depth.checked_sub(1)?;
        let Found::Project(class) = &on.found else { return None };
        if class.is(&home.source.path, &home.around()) {
            return Some(on.args.clone());
        }
        let params = params(class.def());
        let given = |name: &str| {
            let place = params.iter().position(|param| *param == name)?;
            Some(on.args.get(place).cloned().flatten())
        };
        class.def().supers.iter().find_map(|name| {
            let place = (&class.source, &*class.def().parents);
            let above =
                self.written_with(place, super_in_head(behind_name(class.def()), name), &given, depth)?;
            self.args_at(&above, home, depth)
        })
    }
}

/// A type of the library as its lists say it.
fn of_library(text: &str, args: &[Option<Typed>]) -> Option<Typed> {
    if let Some(place) = text.strip_prefix('#') {
        return args.get(place.parse::<usize>().ok()?).cloned().flatten();
    }
    let (plain, inner) = split(text);
    let is_language = !plain.contains(['.', '[', '?']) && !super::PRIMITIVES.contains(&plain.as_str());
    let found = Found::Foreign(if is_language { format!("java.lang.{plain}") } else { plain });
    Some(Typed { found, args: inner.iter().map(|arg| of_library(arg, args)).collect() })
}

/// A type without its arguments, and these.
fn split(text: &str) -> (String, Vec<&str>) {
    let (Some(start), Some(end)) = (text.find('<'), text.rfind('>')) else {
        return (text.to_owned(), Vec::new());
    };
    if start > end {
        return (text.to_owned(), Vec::new());
    }
    let plain = format!("{}{}", &text[..start], &text[end + 1..]);
    (plain, list(&text[start + 1..end]))
}

/// The parts of a list between commas that no brackets hold.
fn list(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, char) in text.char_indices() {
        match char {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// What `? extends X` is at least; nothing for the rest of the wildcards.
fn bounded(arg: &str) -> Option<&str> {
    match arg.strip_prefix('?') {
        Some(rest) => rest.trim().strip_prefix("extends "),
        None => Some(arg),
    }
}

/// The names in a list of type parameters that a text begins with.
fn names_in(text: &str) -> Vec<&str> {
    let Some(inside) = text.strip_prefix('<').and_then(enclosed) else { return Vec::new() };
    list(inside).into_iter().filter_map(|param| param.split_whitespace().next()).collect()
}

/// The text up to the bracket that closes one before it.
fn enclosed(text: &str) -> Option<&str> {
    let mut depth = 1_usize;
    let end = text.char_indices().find(|(_, char)| {
        match char {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    end.map(|(at, _)| &text[..at])
}

/// The parameters of a type, by their names.
fn params(class: &Def) -> Vec<&str> {
    names_in(behind_name(class))
}

/// What the head of a type says behind its name.
fn behind_name(class: &Def) -> &str {
    let name = find_words(&class.head, &class.name).next();
    name.map_or("", |at| class.head[at + class.name.len()..].trim_start())
}

/// The parameters of a method itself.
fn own_params(member: &Def) -> Vec<&str> {
    let words = member
        .head
        .char_indices()
        .find(|(at, char)| *char == '<' && member.head[..*at].chars().last().is_none_or(char::is_whitespace));
    match words {
        Some((at, _)) if member.kind == Kind::Method => names_in(&member.head[at..]),
        _ => Vec::new(),
    }
}

/// A super type with its arguments, of a class whose head goes on with `rest` behind its name.
fn super_in_head<'d>(rest: &'d str, name: &'d str) -> &'d str {
    // Bounds of the class's own parameters may have that name too.
    let own = rest.strip_prefix('<').and_then(enclosed).map_or(0, |params| params.len() + 2);
    let list = &rest[own..];
    let with_args = find_words(list, name).find_map(|at| {
        let inside = enclosed(list[at + name.len()..].strip_prefix('<')?)?;
        Some(&list[at..at + name.len() + inside.len() + 2])
    });
    with_args.unwrap_or(name)
}

/// The type of a member as its head has it.
fn stated(member: &Def) -> Option<&str> {
    let is_method = member.kind == Kind::Method;
    let name = find_words(&member.head, &member.name).find(|at| {
        let rest = member.head[at + member.name.len()..].trim_start();
        !is_method || rest.starts_with('(')
    })?;
    let lead = member.head[..name].trim_end();
    let mut depth = 0_usize;
    let start = lead.char_indices().rev().find(|(_, char)| {
        match char {
            '>' => depth += 1,
            '<' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && char.is_whitespace()
    });
    let ty = &lead[start.map_or(0, |(at, _)| at + 1)..];
    let plain = split(ty).0;
    // Of several names that share a type, or one that brings brackets, the head says too little.
    let agrees = member.ty.is_empty() || plain == member.ty;
    (agrees && !ty.is_empty()).then_some(ty)
}

#[cfg(test)]
mod tests {
    use super::super_in_head;

    #[test]
    fn a_bound_of_a_parameter_is_no_super_type() {
        let rest = "<T extends House<Room>> extends House<T> implements Open";
        assert_eq!(super_in_head(rest, "House"), "House<T>");
        assert_eq!(super_in_head(rest, "Open"), "Open");
        assert_eq!(super_in_head("extends House<Room>", "House"), "House<Room>");
    }
}
