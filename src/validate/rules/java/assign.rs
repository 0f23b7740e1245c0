//! Whether a Java value of one type can go where another type is wanted.

use super::types::{Found, PRIMITIVES, Types};
use crate::validate::model::{Def, Value};

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

/// What holds values of other types.
const HOLDERS: [&str; 8] = [
    "java.util.Collection",
    "java.util.List",
    "java.util.Set",
    "java.util.Map",
    "java.util.ArrayList",
    "java.util.HashMap",
    "java.util.HashSet",
    "java.util.Optional",
];

/// What types promise beside what they are; no holder stands below these.
const MARKS: [&str; 8] = [
    "Cloneable",
    "Object",
    "Comparable",
    "AutoCloseable",
    "Runnable",
    "Iterable",
    "java.io.Serializable",
    "java.io.Closeable",
];

/// Whether a type of the library stands for one value and is no holder.
fn is_single(name: &str) -> bool {
    const SINGLE: [&str; 12] = [
        "Class",
        "java.io.File",
        "java.math.BigDecimal",
        "java.math.BigInteger",
        "java.net.URI",
        "java.net.URL",
        "java.nio.charset.Charset",
        "java.nio.file.Path",
        "java.util.Date",
        "java.util.Locale",
        "java.util.UUID",
        "java.util.regex.Pattern",
    ];
    SINGLE.contains(&name) || name.starts_with("java.time.") || name.starts_with("java.lang.reflect.")
}

/// Whether a type of the library surely has no such member.
pub(in crate::validate::rules) fn lacks(name: &str, member: &str) -> bool {
    const OF_OPTIONAL: [&str; 20] = [
        "get",
        "orElse",
        "orElseGet",
        "orElseThrow",
        "isPresent",
        "isEmpty",
        "ifPresent",
        "ifPresentOrElse",
        "map",
        "flatMap",
        "filter",
        "stream",
        "or",
        "equals",
        "hashCode",
        "toString",
        "getClass",
        "wait",
        "notify",
        "notifyAll",
    ];
    is_plain(name) || name == "java.util.Optional" && !OF_OPTIONAL.contains(&member)
}

/// Classes of the library that nothing stands above or below.
const FINAL: [&str; 4] =
    ["java.util.Optional", "java.util.OptionalInt", "java.util.OptionalLong", "java.util.OptionalDouble"];

/// No when the compiler would surely refuse it, yes when it would surely not; none when it cannot be
/// told, as where generated code may stand between.
pub(in crate::validate::rules) fn assignable(
    types: &Types<'_, '_>,
    from: &Found,
    to: &Found,
) -> Option<bool> {
    match (from, to) {
        (Found::Foreign(from), Found::Foreign(to)) => foreign(from, to),
        (Found::Foreign(from), Found::Project(_)) => {
            // No type of the language or of its library extends one of the project.
            (from.ends_with(']') || PRIMITIVES.contains(&from.as_str()) || is_standard(from)).then_some(false)
        }
        (Found::Project(from), to) => {
            if let Found::Foreign(to) = to
                && (to == "java.lang.Object" || !is_closed(to))
            {
                return match to == "java.lang.Object" {
                    true => Some(true),
                    false => is_apart(types, from, to).then_some(false),
                };
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

/// Whether a type of the project surely does not stand below one of a library.
fn is_apart(types: &Types<'_, '_>, from: &super::types::Home, to: &str) -> bool {
    let (above, complete) = types.all_above(from);
    let known = complete || HOLDERS.contains(&to) && only_marks(types, from, &above);
    to.contains('.') && !IMPLIED.contains(&plain(to)) && known
}

/// Whether all types above that the project does not define are those of the language's library.
fn only_standard(types: &Types<'_, '_>, from: &super::types::Home, above: &[super::types::Home]) -> bool {
    only(types, from, above, is_standard)
}

/// Whether all types above that the project does not define are marks that holders lack.
fn only_marks(types: &Types<'_, '_>, from: &super::types::Home, above: &[super::types::Home]) -> bool {
    only(types, from, above, |name| MARKS.contains(&plain(name)))
}

fn only(
    types: &Types<'_, '_>,
    from: &super::types::Home,
    above: &[super::types::Home],
    fits: fn(&str) -> bool,
) -> bool {
    let standard = |home: &super::types::Home, written: &String| match types.named(
        &home.source,
        &home.def().parents,
        written,
    ) {
        Some(Found::Project(_)) => true,
        Some(Found::Foreign(name)) => fits(&name),
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
        (false, false) if from == "String" => {
            let above = matches!(to, "CharSequence" | "Comparable" | "java.io.Serializable" | "Serializable");
            // Constable and ConstantDesc are above it too, in later versions.
            if above || to.starts_with("java.lang.constant.") {
                Some(true)
            } else {
                is_known(to).then_some(false)
            }
        }
        (false, false) if is_single(from) && HOLDERS.contains(&to) => Some(false),
        (false, false) if is_single(to) && HOLDERS.contains(&from) => Some(false),
        (false, false) if FINAL.contains(&from) => is_known(to).then_some(false),
        (false, false) if to == "String" || unboxed(to).is_some() => is_known(from).then_some(false),
        (false, false) => None,
    }
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
    let sig = home.1.sig.as_ref()?;
    let plain = sig.params.iter().take_while(|param| !param.variadic);
    values.iter().zip(plain).find_map(|(value, param)| {
        let crate::validate::model::Ty::Named(takes) = &param.ty else { return None };
        let from = types.value(at.0, at.1, value)?;
        let written = if param.written.is_empty() { takes } else { &param.written };
        let to = types.named(home.0, &home.1.parents, written)?;
        let refused = assignable(types, &from, &to) == Some(false);
        refused.then(|| Mistyped { param: param.name.clone(), takes: takes.clone(), passed: from.word() })
    })
}
