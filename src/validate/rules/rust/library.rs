//! What the standard library's wrappers, lists and maps give back and pass to closures.

use super::types::Type;

/// Types that stand for what they hold: a method that they lack is looked for in that.
pub(super) const TRANSPARENT: [&str; 11] = [
    "Box",
    "Rc",
    "Arc",
    "Pin",
    "Cow",
    "Ref",
    "RefMut",
    "MutexGuard",
    "RwLockReadGuard",
    "RwLockWriteGuard",
    "ManuallyDrop",
];

/// Types that every module knows without an import.
pub(super) const PRELUDE: [&str; 6] = ["Option", "Result", "Vec", "String", "Box", "Iterator"];

pub(super) const PRIMITIVES: [&str; 17] = [
    "str", "char", "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "i128", "u128", "isize",
    "usize", "f32", "f64",
];

/// Whether a type is a number, maybe one of a literal that is not told yet.
pub(super) fn is_number(name: &str) -> bool {
    name.starts_with('{') || PRIMITIVES.contains(&name) && !matches!(name, "bool" | "char" | "str")
}

/// The types whose values hold others of one type in a row.
fn is_list(name: &str) -> bool {
    matches!(
        name,
        "Vec" | "[]" | "VecDeque" | "HashSet" | "BTreeSet" | "BinaryHeap" | "LinkedList" | "SmallVec"
    )
}

fn is_map(name: &str) -> bool {
    matches!(name, "HashMap" | "BTreeMap" | "IndexMap")
}

/// What stands for all iterators, by what they give.
pub(super) const ITERATOR: &str = "Iterator";

/// The name under which a type of the library is kept.
pub(super) fn kept(name: &str) -> &str {
    match name {
        "IntoIterator" | "DoubleEndedIterator" | "FusedIterator" => ITERATOR,
        _ => name,
    }
}

/// What a method gives back, if that is known.
pub(super) fn gives(ty: &Type, name: &str, method: &str) -> Option<Type> {
    let first = || ty.argument(0);
    let option = |of: Type| Some(Type::library("Option", vec![of]));
    let iterator = |of: Type| Some(Type::library(ITERATOR, vec![of]));
    if matches!(method, "clone" | "to_owned") {
        return Some(ty.clone());
    }
    match (name, method) {
        ("Option" | "Result", "unwrap" | "expect" | "unwrap_or" | "unwrap_or_else" | "unwrap_or_default") => {
            Some(first())
        }
        (
            "Option",
            "as_ref" | "as_mut" | "as_deref" | "as_deref_mut" | "cloned" | "copied" | "take" | "or"
            | "or_else" | "filter" | "inspect" | "replace",
        )
        | ("Result", "as_ref" | "as_mut" | "as_deref" | "cloned" | "copied" | "inspect" | "inspect_err") => {
            Some(ty.clone())
        }
        ("Result", "map_err") => Some(Type::library("Result", vec![first(), Type::unknown()])),
        ("Option", "ok_or" | "ok_or_else") => Some(Type::library("Result", vec![first(), Type::unknown()])),
        ("Option", "insert" | "get_or_insert" | "get_or_insert_with") => Some(first()),
        ("Result", "unwrap_err" | "expect_err") => Some(ty.argument(1)),
        ("Result", "ok") => option(first()),
        ("Result", "err") => option(ty.argument(1)),
        ("Option" | "Result", "iter" | "iter_mut" | "into_iter") => iterator(first()),
        ("Option" | "Result", "is_some" | "is_none" | "is_ok" | "is_err" | "is_some_and" | "is_ok_and") => {
            Some(Type::library("bool", Vec::new()))
        }
        (ITERATOR, "next" | "last" | "nth" | "next_back" | "find" | "max" | "min" | "reduce" | "peek")
        | (ITERATOR, "max_by_key" | "min_by_key" | "max_by" | "min_by" | "rfind" | "next_if") => {
            option(first())
        }
        (
            ITERATOR,
            "filter" | "rev" | "skip" | "take" | "cloned" | "copied" | "peekable" | "skip_while"
            | "take_while" | "inspect" | "step_by" | "by_ref" | "fuse" | "chain" | "cycle" | "into_iter",
        ) => Some(ty.clone()),
        (ITERATOR, "enumerate") => {
            iterator(Type::library("()", vec![Type::library("usize", Vec::new()), first()]))
        }
        ("Mutex", "lock") => Some(Type::library("Result", vec![Type::library("MutexGuard", vec![first()])])),
        ("RwLock", "read") => {
            Some(Type::library("Result", vec![Type::library("RwLockReadGuard", vec![first()])]))
        }
        ("RwLock", "write") => {
            Some(Type::library("Result", vec![Type::library("RwLockWriteGuard", vec![first()])]))
        }
        ("RefCell", "borrow" | "borrow_mut") => Some(first()),
        (map, "get" | "get_mut" | "remove" | "insert") if is_map(map) => option(ty.argument(1)),
        (map, "values" | "values_mut" | "into_values") if is_map(map) => iterator(ty.argument(1)),
        (map, "keys" | "into_keys") if is_map(map) => iterator(first()),
        (map, "iter" | "iter_mut" | "into_iter" | "drain") if is_map(map) => {
            iterator(Type::library("()", vec![first(), ty.argument(1)]))
        }
        (list, "iter" | "iter_mut" | "into_iter" | "drain") if is_list(list) => iterator(first()),
        (list, "first" | "last" | "first_mut" | "last_mut" | "pop" | "pop_front" | "pop_back")
            if is_list(list) =>
        {
            option(first())
        }
        (list, "front" | "back" | "front_mut" | "back_mut" | "peek") if is_list(list) => option(first()),
        (list, "to_vec" | "as_slice" | "as_mut_slice") if is_list(list) => Some(ty.clone()),
        ("Vec", "remove" | "swap_remove") => Some(first()),
        (list, "len") if is_list(list) || is_map(list) || matches!(list, "String" | "str") => {
            Some(Type::library("usize", Vec::new()))
        }
        (list, "is_empty" | "contains") if is_list(list) || matches!(list, "String" | "str") => {
            Some(Type::library("bool", Vec::new()))
        }
        ("String" | "str", "to_string" | "to_lowercase" | "to_uppercase" | "replace" | "repeat") => {
            Some(Type::library("String", Vec::new()))
        }
        (
            number,
            "abs" | "pow" | "powf" | "powi" | "sqrt" | "min" | "max" | "clamp" | "floor" | "ceil" | "round"
            | "saturating_add" | "saturating_sub" | "wrapping_add" | "wrapping_sub" | "rem_euclid",
        ) if PRIMITIVES.contains(&number) => Some(ty.clone()),
        ("Path" | "PathBuf", "join" | "with_extension" | "with_file_name" | "to_path_buf") => {
            Some(Type::library("PathBuf", Vec::new()))
        }
        ("Path" | "PathBuf", "parent") => option(Type::library("Path", Vec::new())),
        ("Path" | "PathBuf", "exists" | "is_dir" | "is_file" | "is_absolute" | "is_relative") => {
            Some(Type::library("bool", Vec::new()))
        }
        ("String" | "str", "as_str" | "trim" | "trim_start" | "trim_end") => {
            Some(Type::library("str", Vec::new()))
        }
        _ => None,
    }
}

/// What a method passes to the only parameter of the closure that it is given, or `for` to its body.
pub(super) fn passes(ty: &Type, name: &str, method: &str) -> Option<Type> {
    let first = || Some(ty.argument(0));
    match (name, method) {
        (map, "for") if is_map(map) => Some(Type::library("()", vec![ty.argument(0), ty.argument(1)])),
        (list, "for") if is_list(list) || matches!(list, ITERATOR | "Option") => first(),
        (
            ITERATOR,
            "map" | "for_each" | "filter" | "any" | "all" | "find" | "filter_map" | "flat_map" | "position"
            | "take_while" | "skip_while" | "map_while" | "inspect" | "max_by_key" | "min_by_key"
            | "partition" | "find_map" | "rposition" | "try_for_each",
        ) => first(),
        ("Option", "map" | "and_then" | "is_some_and" | "is_none_or" | "filter" | "inspect") => first(),
        ("Result", "map" | "and_then" | "is_ok_and" | "inspect") => first(),
        (
            "Vec" | "[]" | "VecDeque",
            "retain" | "retain_mut" | "sort_by_key" | "sort_unstable_by_key" | "dedup_by_key",
        ) => first(),
        (_, "retain") if matches!(name, "HashSet" | "BTreeSet") => first(),
        _ => None,
    }
}

/// What stands at an index that is no range.
pub(super) fn element(ty: &Type, name: &str) -> Option<Type> {
    match name {
        "Vec" | "[]" | "VecDeque" | "SmallVec" => Some(ty.argument(0)),
        // Where one is put to the others.
        "String" => Some(Type::library("char", Vec::new())),
        map if is_map(map) => Some(ty.argument(1)),
        _ => None,
    }
}

/// Whether a method is one that only `Option` and `Result` have, and what iterates.
pub(super) fn is_of_wrappers(method: &str) -> bool {
    const METHODS: [&str; 22] = [
        "and_then",
        "as_deref",
        "as_deref_mut",
        "expect",
        "is_err",
        "is_none",
        "is_ok",
        "is_some",
        "is_some_and",
        "map",
        "map_err",
        "map_or",
        "map_or_else",
        "ok",
        "ok_or",
        "ok_or_else",
        "or_else",
        "unwrap",
        "unwrap_err",
        "unwrap_or",
        "unwrap_or_default",
        "unwrap_or_else",
    ];
    METHODS.contains(&method)
}

/// Whether a method of `Option` and `Result` is one that the wrapper of a name has not.
pub(super) fn is_of_other_wrapper(name: &str, method: &str) -> bool {
    const OPTION: [&str; 12] = [
        "get_or_insert",
        "get_or_insert_with",
        "is_none",
        "is_none_or",
        "is_some",
        "is_some_and",
        "ok_or",
        "ok_or_else",
        "take",
        "unzip",
        "xor",
        "zip",
    ];
    const RESULT: [&str; 9] = [
        "err",
        "expect_err",
        "inspect_err",
        "is_err",
        "is_err_and",
        "is_ok",
        "is_ok_and",
        "map_err",
        "unwrap_err",
    ];
    // A future gets more methods from traits of its own, but none of these.
    const MORE: [&str; 7] =
        ["expect", "ok", "unwrap", "unwrap_or", "unwrap_or_default", "as_deref", "transpose"];
    match name {
        "Result" => OPTION.contains(&method),
        "Option" => RESULT.contains(&method) || method == "ok",
        "Future" => {
            [&OPTION[..], &RESULT[..], &MORE[..]].concat().contains(&method)
                && method != "map_err"
                && method != "inspect_err"
        }
        _ => false,
    }
}

/// Whether a value that may be missing or late surely has no method of the name of its own.
pub(super) fn wrapper_lacks(name: &str, method: &str) -> bool {
    const OPTION: [&str; 58] = [
        "and",
        "and_then",
        "as_deref",
        "as_deref_mut",
        "as_mut",
        "as_mut_slice",
        "as_pin_mut",
        "as_pin_ref",
        "as_ref",
        "as_slice",
        "borrow",
        "borrow_mut",
        "cloned",
        "cmp",
        "copied",
        "eq",
        "err",
        "expect",
        "expect_err",
        "filter",
        "flatten",
        "fmt",
        "get_or_insert",
        "get_or_insert_default",
        "get_or_insert_with",
        "hash",
        "insert",
        "inspect",
        "inspect_err",
        "into",
        "into_iter",
        "is_err",
        "is_err_and",
        "is_none",
        "is_none_or",
        "is_ok",
        "is_ok_and",
        "is_some",
        "is_some_and",
        "iter",
        "iter_mut",
        "map",
        "map_err",
        "map_or",
        "map_or_else",
        "ne",
        "ok",
        "ok_or",
        "ok_or_else",
        "or",
        "or_else",
        "partial_cmp",
        "replace",
        "take",
        "take_if",
        "to_owned",
        "transpose",
        "type_id",
    ];
    const MORE: [&str; 12] = [
        "clone",
        "unwrap",
        "unwrap_or",
        "unwrap_or_else",
        "unwrap_or_default",
        "unwrap_err",
        "unzip",
        "xor",
        "zip",
        "context",
        "with_context",
        "try_into",
    ];
    const FUTURE: [&str; 12] = [
        "poll",
        "map",
        "then",
        "boxed",
        "boxed_local",
        "shared",
        "fuse",
        "inspect",
        "left_future",
        "right_future",
        "instrument",
        "into",
    ];
    match name {
        "Option" | "Result" => !OPTION.contains(&method) && !MORE.contains(&method),
        "Future" => !FUTURE.contains(&method),
        _ => false,
    }
}
