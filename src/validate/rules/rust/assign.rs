//! Whether a Rust value of one type can go where another type is wanted.

use super::derefs::derefs;
use super::library::{PRIMITIVES, TRANSPARENT};
use super::types::{Head, Type};
use crate::validate::model::Kind;
use crate::validate::rules::tree::Home;

/// No when the compiler would surely refuse it; none when it cannot be told. References are looked
/// through, so that a yes is none.
pub(super) fn fits(from: &Type, to: &Type) -> Option<bool> {
    match (&from.head, &to.head) {
        (Head::Library(from_name), Head::Library(to_name)) => library((from, from_name), (to, to_name)),
        (Head::Project(from), Head::Project(to)) => {
            let differ = !from.is(to) && from.def().name != to.def().name;
            (differ && is_closed(from) && is_data(to)).then_some(false)
        }
        (Head::Project(from), Head::Library(to)) => (is_closed(from) && is_plain(to)).then_some(false),
        (Head::Library(from), Head::Project(to)) => (is_plain(from) && is_data(to)).then_some(false),
        _ => None,
    }
}

fn is_data(home: &Home) -> bool {
    matches!(home.def().kind, Kind::Class | Kind::Enum)
}

/// Whether a type is no other one by `Deref`.
pub(super) fn is_closed(home: &Home) -> bool {
    is_data(home) && !derefs(home.def())
}

/// A type of the library that is what it is.
pub(super) fn is_plain(name: &str) -> bool {
    is_common(name) || APART.contains(&name)
}

/// One that is compared with no other one, besides.
fn is_common(name: &str) -> bool {
    let of_several = matches!(name, "Option" | "Result" | "Vec" | "[]" | "String" | "()" | "Future");
    of_several || PRIMITIVES.contains(&name) || name.starts_with('{')
}

/// Types that nothing makes others of, except what [`kind`] says.
const APART: [&str; 12] = [
    "BTreeMap",
    "BTreeSet",
    "Duration",
    "HashMap",
    "HashSet",
    "Instant",
    "OsStr",
    "OsString",
    "Path",
    "PathBuf",
    "SystemTime",
    "VecDeque",
];

fn library((from, from_name): (&Type, &str), (to, to_name): (&Type, &str)) -> Option<bool> {
    if TRANSPARENT.contains(&from_name) || TRANSPARENT.contains(&to_name) {
        // A reference to a box passes for one to what is in it, never the other way round.
        let is_apart = matches!(from_name, "Option" | "Result" | "()" | "Future");
        return (is_apart && !matches!(to_name, "Pin" | "Ref" | "RefMut")).then_some(false);
    }
    let (left, right) = (kind(from_name), kind(to_name));
    if left == right {
        if left == "()" && from.n_arguments() != to.n_arguments() {
            return Some(false);
        }
        let n = from.n_arguments().min(to.n_arguments());
        // What holds a value of the wrong type is of the wrong type itself.
        let refused = (0..n).any(|at| {
            let (from, to) = (from.argument(at), to.argument(at));
            fits(&from, &to) == Some(false)
        });
        return refused.then_some(false);
    }
    let literal = match left {
        "{integer}" => right.starts_with(['i', 'u']) || right == "{float}",
        "{float}" => matches!(right, "f32" | "f64"),
        _ => false,
    };
    (is_plain(from_name) && is_plain(to_name) && !literal && !right.starts_with('{')).then_some(false)
}

/// Whether two types are different ones of the library, whatever they hold.
pub(super) fn is_apart(left: &Type, right: &Type) -> bool {
    match (left.name(), right.name()) {
        (Some(left), Some(right)) => is_common(left) && is_common(right) && kind(left) != kind(right),
        _ => false,
    }
}

/// Types that references make one.
fn kind(name: &str) -> &str {
    match name {
        "String" => "str",
        "Vec" => "[]",
        "PathBuf" => "Path",
        "OsString" => "OsStr",
        _ => name,
    }
}
