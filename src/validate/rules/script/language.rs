//! The members that values of the language have.

use super::types::Type;

/// What every value has.
pub(super) const OF_ALL: [&str; 8] = [
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "__proto__",
];

/// What every function has.
pub(in crate::validate::rules) const OF_FUNCTIONS: [&str; 8] =
    ["apply", "arguments", "bind", "call", "caller", "length", "name", "prototype"];

const OF_NUMBERS: [&str; 3] = ["toExponential", "toFixed", "toPrecision"];

const OF_TEXTS: [&str; 42] = [
    "length",
    "at",
    "charAt",
    "charCodeAt",
    "codePointAt",
    "concat",
    "endsWith",
    "includes",
    "indexOf",
    "isWellFormed",
    "lastIndexOf",
    "localeCompare",
    "match",
    "matchAll",
    "normalize",
    "padEnd",
    "padStart",
    "repeat",
    "replace",
    "replaceAll",
    "search",
    "slice",
    "split",
    "startsWith",
    "substr",
    "substring",
    "toLocaleLowerCase",
    "toLocaleUpperCase",
    "toLowerCase",
    "toUpperCase",
    "toWellFormed",
    "trim",
    "trimEnd",
    "trimLeft",
    "trimRight",
    "trimStart",
    "anchor",
    "big",
    "bold",
    "fixed",
    "link",
    "sub",
];

const OF_LISTS: [&str; 38] = [
    "length",
    "at",
    "concat",
    "copyWithin",
    "entries",
    "every",
    "fill",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flat",
    "flatMap",
    "forEach",
    "includes",
    "indexOf",
    "join",
    "keys",
    "lastIndexOf",
    "map",
    "pop",
    "push",
    "reduce",
    "reduceRight",
    "reverse",
    "shift",
    "slice",
    "some",
    "sort",
    "splice",
    "toReversed",
    "toSorted",
    "toSpliced",
    "unshift",
    "values",
    "with",
    "group",
];

const OF_MAPS: [&str; 10] =
    ["clear", "delete", "entries", "forEach", "get", "has", "keys", "set", "size", "values"];

const OF_SETS: [&str; 16] = [
    "add",
    "clear",
    "delete",
    "entries",
    "forEach",
    "has",
    "keys",
    "size",
    "values",
    "union",
    "intersection",
    "difference",
    "symmetricDifference",
    "isSubsetOf",
    "isSupersetOf",
    "isDisjointFrom",
];

const OF_PATTERNS: [&str; 14] = [
    "exec",
    "test",
    "source",
    "global",
    "ignoreCase",
    "multiline",
    "lastIndex",
    "compile",
    "flags",
    "sticky",
    "unicode",
    "dotAll",
    "hasIndices",
    "unicodeSets",
];

const OF_PROMISES: [&str; 3] = ["then", "catch", "finally"];

/// What a type of the library or the language has; none where not all of it is known.
pub(super) fn of_language(ty: &Type) -> Option<&'static [&'static str]> {
    match ty {
        Type::List(_) => Some(&OF_LISTS),
        Type::Promise(_) => Some(&OF_PROMISES),
        Type::Library(name, _) => match *name {
            "Map" => Some(&OF_MAPS),
            "Set" => Some(&OF_SETS),
            "RegExp" => Some(&OF_PATTERNS),
            _ => None,
        },
        _ => match ty.base()? {
            "string" => Some(&OF_TEXTS),
            "number" => Some(&OF_NUMBERS),
            "boolean" | "bigint" => Some(&[]),
            _ => None,
        },
    }
}
