//! The standard library's traits, and the methods that they give.

/// What the language itself can derive.
pub(super) const DERIVED: [&str; 9] =
    ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

/// Whether a trait is one that a type has only if somebody derives or implements it for that, and that nothing
/// gives to all that has another one.
pub(super) fn is_stated(of: &str) -> bool {
    DERIVED.contains(&of) || matches!(of, "Display" | "Error")
}

/// Methods of the standard library's traits, which a derive or a blanket `impl` may bring.
pub(super) const STD_METHODS: [&str; 27] = [
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "clone",
    "cmp",
    "default",
    "deref",
    "description",
    "drop",
    "eq",
    "fmt",
    "from",
    "from_iter",
    "from_str",
    "hash",
    "index",
    "into",
    "into_iter",
    "ne",
    "partial_cmp",
    "source",
    "to_owned",
    "to_string",
    "try_from",
    "try_into",
    "type_id",
];

/// Whether a method is one of a trait of the standard library.
pub(super) fn is_of_library(method: &str) -> bool {
    STD_METHODS.contains(&method) || STD_TRAITS.iter().any(|(_, methods)| methods.contains(&method))
}

/// Traits of the standard library, and the methods that they give to what implements them.
pub(super) const STD_TRAITS: [(&str, &[&str]); 8] = [
    ("Ord", &["max", "min", "clamp"]),
    ("PartialOrd", &["lt", "le", "gt", "ge"]),
    (
        "Iterator",
        &[
            "all",
            "any",
            "by_ref",
            "chain",
            "cloned",
            "collect",
            "copied",
            "count",
            "cycle",
            "enumerate",
            "filter",
            "filter_map",
            "find",
            "find_map",
            "flat_map",
            "flatten",
            "fold",
            "for_each",
            "fuse",
            "inspect",
            "last",
            "map",
            "map_while",
            "max",
            "max_by",
            "max_by_key",
            "min",
            "min_by",
            "min_by_key",
            "nth",
            "partition",
            "peekable",
            "position",
            "product",
            "reduce",
            "rev",
            "scan",
            "size_hint",
            "skip",
            "skip_while",
            "step_by",
            "sum",
            "take",
            "take_while",
            "try_fold",
            "try_for_each",
            "unzip",
            "zip",
        ],
    ),
    ("DoubleEndedIterator", &["nth_back", "rfind", "rfold"]),
    ("ExactSizeIterator", &["len"]),
    (
        "Read",
        &["by_ref", "bytes", "chain", "read_exact", "read_to_end", "read_to_string", "read_vectored", "take"],
    ),
    ("BufRead", &["lines", "read_line", "read_until", "split"]),
    ("Write", &["by_ref", "write_all", "write_char", "write_fmt", "write_vectored"]),
];

/// Traits of the standard library that give no methods, besides those that everybody knows.
pub(super) const MARKERS: [&str; 17] = [
    "Any",
    "AsMut",
    "AsRef",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Display",
    "Eq",
    "Error",
    "Hash",
    "PartialEq",
    "Send",
    "Sized",
    "Sync",
    "ToOwned",
    "ToString",
];
