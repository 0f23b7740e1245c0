//! Methods of the standard library's collections, texts, locks and iterators that not all of them have.

use super::library::{ITERATOR, PRIMITIVES};

/// What a type is known for, by the types that have it; `insert` with the number of what it is given. Methods
/// that a trait of a well-known crate gives to others as well are left out, or have these named.
const METHODS: [(&[&str], &[&str]); 26] = [
    (
        &[
            "BTreeMap",
            "BTreeSet",
            "BinaryHeap",
            "HashMap",
            "HashSet",
            "LinkedList",
            "OsString",
            "String",
            "Vec",
            "VecDeque",
            "[]",
            "str",
        ],
        &["is_empty", "len"],
    ),
    (
        &["AtomicBool", "AtomicI32", "AtomicI64", "AtomicU32", "AtomicU64", "AtomicUsize"],
        &["compare_exchange", "fetch_update", "load", "store"],
    ),
    (&["Mutex"], &["lock"]),
    (&["RwLock"], &["read", "write"]),
    (&["RefCell"], &["borrow", "borrow_mut"]),
    (&["BinaryHeap", "OsString", "PathBuf", "String", "Vec"], &["push"]),
    (&["LinkedList", "VecDeque"], &["back", "front", "pop_back", "pop_front", "push_back", "push_front"]),
    (&["Vec", "[]"], &["sort", "sort_by", "sort_by_key", "sort_unstable", "to_vec", "windows"]),
    (&["Vec"], &["extend_from_slice", "swap_remove"]),
    (&["BTreeSet", "Vec", "[]"], &["first"]),
    (&["BTreeSet", ITERATOR, "Vec", "[]"], &["last"]),
    (
        &["BTreeMap", "HashMap"],
        &["contains_key", "entry", "into_keys", "into_values", "keys", "values", "values_mut"],
    ),
    (&["BTreeMap", "BTreeSet"], &["pop_first", "pop_last"]),
    (&["BTreeMap", "BTreeSet", "VecDeque"], &["range"]),
    (&["BTreeMap"], &["first_key_value", "last_key_value"]),
    (
        &["BTreeSet", "HashSet"],
        &["difference", "intersection", "is_disjoint", "is_subset", "is_superset", "union"],
    ),
    (&["BTreeMap", "HashMap", "String", "Vec", "VecDeque"], &["insert/2"]),
    (&["BTreeSet", "HashSet"], &["insert/1"]),
    (&["BinaryHeap", "HashMap", "HashSet", "OsString", "PathBuf", "String", "Vec", "VecDeque"], &["reserve"]),
    (
        &["BTreeSet", "HashSet", ITERATOR, "LinkedList", "String", "Vec", "VecDeque", "[]", "str"],
        &["contains"],
    ),
    (
        &[
            "BTreeMap",
            "BTreeSet",
            "BinaryHeap",
            "HashMap",
            "HashSet",
            "LinkedList",
            "Path",
            "PathBuf",
            "Vec",
            "VecDeque",
            "[]",
        ],
        &["iter"],
    ),
    (&["BTreeMap", "HashMap", "LinkedList", "Vec", "VecDeque", "[]"], &["iter_mut"]),
    (
        &["String", "str"],
        &["char_indices", "chars", "parse", "push_str", "split_whitespace", "trim", "trim_end", "trim_start"],
    ),
    (&["String", "char", "str"], &["to_lowercase", "to_uppercase"]),
    (&[ITERATOR, "[]"], &["map"]),
    (
        &[ITERATOR],
        &[
            "all",
            "any",
            "collect",
            "count",
            "enumerate",
            "filter",
            "filter_map",
            "flat_map",
            "fold",
            "for_each",
            "next",
            "nth",
            "peekable",
            "position",
            "rev",
            "skip",
            "step_by",
            "sum",
            "zip",
        ],
    ),
];

/// Whether a type of the library has a method that another one lacks.
pub(super) fn lacks(before: &str, after: &str, method: &str, passed: usize) -> bool {
    let is_known = PRIMITIVES.contains(&after) || METHODS.iter().any(|(types, _)| types.contains(&after));
    before != after && is_known && has(before, method, passed) && !has(after, method, passed)
}

/// Whether a type of the library is known for a method.
pub(super) fn has(ty: &str, method: &str, passed: usize) -> bool {
    let method = if method == "insert" { format!("insert/{passed}") } else { method.to_owned() };
    METHODS.iter().any(|(types, methods)| types.contains(&ty) && methods.contains(&method.as_str()))
}

#[cfg(test)]
mod tests {
    use super::lacks;

    #[test]
    fn what_one_type_has_and_another_lacks() {
        for (before, after, method, passed) in [
            ("Mutex", "RwLock", "lock", 0),
            ("Vec", "HashSet", "push", 1),
            ("HashSet", "Vec", "insert", 1),
            ("HashMap", "BTreeMap", "reserve", 1),
            ("Vec", "Iterator", "iter", 0),
            ("Iterator", "Vec", "next", 0),
            ("String", "u32", "trim", 0),
        ] {
            assert!(lacks(before, after, method, passed), "{method} of {before}, now {after}");
        }
        for (before, after, method, passed) in [
            ("HashMap", "BTreeMap", "insert", 2),
            ("Vec", "[]", "first", 0),
            ("Vec", "Room", "push", 1),
            ("Iterator", "[]", "map", 1),
            ("Vec", "Vec", "push", 1),
            ("char", "String", "to_lowercase", 0),
        ] {
            assert!(!lacks(before, after, method, passed), "{method} of {before}, now {after}");
        }
    }
}
