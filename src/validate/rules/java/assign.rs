//! Whether a Java value of one type can go where another type is wanted.

use super::types::{Found, Home, PRIMITIVES, Types, library};
use crate::validate::model::{Def, Kind, Ty, Value};
use crate::validate::names::has_word;

/// Each primitive with its class.
const BOXES: [(&str, &str); 8] = [
    ("byte", "Byte"),
    ("short", "Short"),
    ("char", "Character"),
    ("int", "Integer"),
    ("long", "Long"),
    ("float", "Float"),
    ("double", "Double"),
    ("boolean", "Boolean"),
];

/// What enums, records and annotation types extend without a word.
const IMPLIED: [&str; 8] = [
    "Comparable",
    "Enum",
    "Record",
    "java.io.Serializable",
    "java.lang.annotation.Annotation",
    "java.lang.constant.Constable",
    "java.lang.constant.ConstantDesc",
    "Cloneable",
];

/// Whether a type that the project does not define surely has no such member.
pub(in crate::validate::rules) fn lacks(name: &str, member: &str, passed: Option<usize>) -> bool {
    is_plain(name) || library::lacks(name, member, passed)
}

/// No when the compiler would surely refuse it, yes when it would surely not; none when it cannot be
/// told, as where generated code may stand between.
pub(in crate::validate::rules) fn assignable(
    types: &Types<'_, '_>,
    from: &Found,
    to: &Found,
) -> Option<bool> {
    if let Found::Foreign(place) = to
        && Value::PLACES.contains(&place.as_str())
    {
        return fills(types, from, place);
    }
    match (from, to) {
        (Found::Foreign(from), Found::Foreign(to)) => foreign(from, to),
        (Found::Foreign(from), Found::Project(_)) => {
            // No type of the language or of its library extends one of the project.
            (from.ends_with(']') || PRIMITIVES.contains(&from.as_str()) || is_standard(from)).then_some(false)
        }
        (Found::Project(from), to) => {
            if let Found::Foreign(to) = to
                && (is_object(to) || !is_closed(to))
            {
                return if is_object(to) { Some(true) } else { foreign_above(types, from, to) };
            }
            let Found::Project(to) = to else { return Some(false) };
            let is_it = |home: &super::types::Home| home.is(&to.source.path, &to.around());
            let (above, complete) = types.all_above(from);
            if is_it(from) || above.iter().any(is_it) {
                return Some(true);
            }
            // What is standard above it cannot be below a type of the project.
            (complete || only_standard(types, from, &above)).then_some(false)
        }
    }
}

/// No when two values can surely not be compared by `==`.
pub(in crate::validate::rules) fn comparable(
    types: &Types<'_, '_>,
    left: &Found,
    right: &Found,
) -> Option<bool> {
    let refused = |from: &Found, to: &Found| assignable(types, from, to) == Some(false);
    let apart = refused(left, right) && refused(right, left);
    let is_final = |found: &Found| match found {
        Found::Foreign(name) => is_value(name) || plain(name) == "String",
        Found::Project(home) => home.def().kind == Kind::Enum,
    };
    (apart && (is_final(left) || is_final(right))).then_some(false)
}

/// Whether a constant number may be of a type that is too small for all of its type.
pub(in crate::validate::rules) fn may_narrow(from: &Found, to: &Found) -> bool {
    let is =
        |found: &Found, names: &[&str]| matches!(found, Found::Foreign(name) if names.contains(&plain(name)));
    is(from, &["byte", "short", "char", "int"])
        && is(to, &["byte", "short", "char", "Byte", "Short", "Character"])
}

/// Whether a value can stand in a place that names no type.
fn fills(types: &Types<'_, '_>, from: &Found, place: &str) -> Option<bool> {
    let to = |name: &str| assignable(types, from, &Found::Foreign(name.to_owned()));
    let is_array = matches!(from, Found::Foreign(name) if name.ends_with(']'));
    let is_primitive = matches!(from, Found::Foreign(name) if PRIMITIVES.contains(&name.as_str()));
    match place {
        Value::NUMBER => to("double"),
        Value::SUMMAND => match (to("double"), to("java.lang.String")) {
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Value::COMPARED => Some(!is_primitive),
        Value::LOOPED if is_array => Some(true),
        Value::LOOPED => to("java.lang.Iterable"),
        _ => Some(is_array),
    }
}

/// Whether a type of the project stands below one that it does not define.
fn foreign_above(types: &Types<'_, '_>, from: &Home, to: &str) -> Option<bool> {
    let to = full(to);
    let (above, _) = types.all_above(from);
    let all = || std::iter::once(from).chain(&above);
    let mut known = to.contains('.') && !(IMPLIED.contains(&plain(&to)) && all().any(has_implied));
    for home in all() {
        for written in &home.def().supers {
            match types.named(&home.source, &home.def().parents, written) {
                Some(Found::Project(_)) => {}
                Some(Found::Foreign(name)) => match library::is_below(&full(&name), &to) {
                    Some(true) => return Some(true),
                    // A later version may put it above.
                    Some(false) if LATER.contains(&plain(&to)) && !is_settled(&name) => known = false,
                    Some(false) => {}
                    None => known = false,
                },
                None => known = false,
            }
        }
    }
    known.then_some(false)
}

/// Whether a type of the library stands in a package whose types gain nothing above them.
fn is_settled(name: &str) -> bool {
    let package = full(name).rsplit_once('.').map(|(package, _)| package.to_owned());
    ["java.io", "java.lang", "java.util", "java.util.function"].map(Some).contains(&package.as_deref())
}

/// Whether something stands above a type that it does not say.
fn has_implied(home: &Home) -> bool {
    let head = &home.def().head;
    home.def().kind == Kind::Enum || has_word(head, "record") || has_word(head, "@interface")
}

/// Whether all types above that the project does not define are those of the language's library.
fn only_standard(types: &Types<'_, '_>, from: &Home, above: &[Home]) -> bool {
    let standard =
        |home: &Home, written: &String| match types.named(&home.source, &home.def().parents, written) {
            Some(Found::Project(_)) => true,
            Some(Found::Foreign(name)) => is_standard(&name),
            None => false,
        };
    std::iter::once(from)
        .chain(above)
        .all(|home| home.def().supers.iter().all(|written| standard(home, written)))
}

/// Whether a type is one that nothing of a project can extend.
fn is_closed(name: &str) -> bool {
    let simple = name.strip_prefix("java.lang.").unwrap_or(name);
    PRIMITIVES.contains(&name)
        || name.ends_with(']')
        || simple == "String"
        || BOXES.iter().any(|(_, boxed)| *boxed == simple)
}

/// Whether a type has no members that a program could ask for: a primitive or nothing at all.
fn is_plain(name: &str) -> bool {
    PRIMITIVES.contains(&name)
}

fn is_standard(name: &str) -> bool {
    name.starts_with("java.") || name.starts_with("javax.")
}

fn foreign(from: &str, to: &str) -> Option<bool> {
    let (from, to) = (plain(from), plain(to));
    if from == to || to == "Object" && from != "void" {
        return Some(true);
    }
    if from == "void" {
        return Some(false);
    }
    if to == "void" {
        return None;
    }
    if from.ends_with(']') || to.ends_with(']') {
        return arrays(from, to);
    }
    let unboxed = |name: &str| BOXES.iter().find(|(_, boxed)| *boxed == name).map(|(plain, _)| *plain);
    let boxed = |name: &str| BOXES.iter().find(|(plain, _)| *plain == name).map(|(_, boxed)| *boxed);
    match (PRIMITIVES.contains(&from), PRIMITIVES.contains(&to)) {
        (true, true) => Some(widens(from, to)),
        (true, false) => match to {
            "Number" | "Comparable" | "java.io.Serializable" | "Serializable" => None,
            _ if to == "String" || unboxed(to).is_some() => Some(boxed(from) == Some(to)),
            _ => is_known(to).then_some(false),
        },
        (false, true) => match unboxed(from) {
            Some(from) => Some(from == to || widens(from, to)),
            None => (from == "String" || is_known(from)).then_some(false),
        },
        (false, false) => references(from, to),
    }
}

fn references(from: &str, to: &str) -> Option<bool> {
    match library::is_below(&full(from), &full(to)) {
        Some(true) => Some(true),
        // Later versions put these above some types.
        Some(false) if LATER.contains(&to) || to.starts_with("java.lang.constant.") => None,
        Some(false) => is_known(to).then_some(false),
        None => {
            (is_closed(to) || is_value(to)).then(|| is_known(from)).and_then(|known| known.then_some(false))
        }
    }
}

/// What later versions of the library put above types that did not have it.
const LATER: [&str; 3] = ["AutoCloseable", "java.io.Closeable", "Comparable"];

/// Classes of the library that nothing stands below.
fn is_value(name: &str) -> bool {
    ["java.util.Optional", "java.util.UUID", "java.net.URI", "java.net.URL"].contains(&name)
}

fn is_object(name: &str) -> bool {
    plain(name) == "Object"
}

/// The name of a type with its package.
fn full(name: &str) -> String {
    let is_short = !name.contains('.') && super::types::is_of_language(name);
    if is_short { format!("java.lang.{name}") } else { name.to_owned() }
}

/// Names of `java.lang` without the package.
fn plain(name: &str) -> &str {
    match name.strip_prefix("java.lang.") {
        Some(simple) if !simple.contains('.') => simple,
        _ => name,
    }
}

/// Whether a name is surely that of a type and not of a type parameter.
fn is_known(name: &str) -> bool {
    name.contains('.') || super::types::is_of_language(name)
}

fn arrays(from: &str, to: &str) -> Option<bool> {
    match (from.strip_suffix("[]"), to.strip_suffix("[]")) {
        (Some(from), Some(to)) if PRIMITIVES.contains(&from) || PRIMITIVES.contains(&to) => Some(from == to),
        (Some(_), Some(_)) => None,
        // An array is an object that can be copied and written.
        (Some(_), None) if matches!(to, "Cloneable" | "Serializable" | "java.io.Serializable") => Some(true),
        (Some(_), None) => (PRIMITIVES.contains(&to) || is_known(to)).then_some(false),
        (None, Some(_)) => (PRIMITIVES.contains(&from) || is_known(from)).then_some(false),
        (None, None) => None,
    }
}

/// Whether a primitive becomes another one without a cast.
fn widens(from: &str, to: &str) -> bool {
    const ORDER: [&str; 6] = ["byte", "short", "int", "long", "float", "double"];
    let place = |name: &str| ORDER.iter().position(|other| *other == name);
    match (from, place(from), place(to)) {
        ("char", _, Some(to)) => to >= 2,
        (_, Some(from), Some(to)) => from < to,
        _ => false,
    }
}

/// An argument that a parameter cannot take.
pub(in crate::validate::rules) struct Mistyped {
    pub(in crate::validate::rules) param: String,
    pub(in crate::validate::rules) takes: String,
    pub(in crate::validate::rules) passed: String,
}

/// The first argument that a method surely cannot take; `at` is where the call stands.
pub(in crate::validate::rules) fn mistyped(
    types: &Types<'_, '_>,
    at: (&super::types::Source, &[String]),
    values: &[Value],
    home: (&super::types::Source, &Def),
) -> Option<Mistyped> {
    let params = &home.1.sig.as_ref()?.params;
    values.iter().enumerate().find_map(|(place, value)| {
        let param = params.get(place).or(params.last())?;
        let Ty::Named(takes) = &param.ty else { return None };
        let from = types.value(at.0, at.1, value)?;
        let goes = |to: Found| assignable(types, &from, &to) != Some(false);
        let whole = types.param((home.0, &home.1.parents), home.1, place).map(goes);
        let is_last = place + 1 == params.len() && values.len() == params.len();
        let refused = match types.rest((home.0, &home.1.parents), home.1).filter(|_| param.variadic) {
            // The rest may be passed one by one or as the array that it is.
            Some((each, array)) => !(goes(each) || is_last && goes(array)),
            None => whole == Some(false),
        };
        refused.then(|| Mistyped { param: param.name.clone(), takes: takes.clone(), passed: from.word() })
    })
}
