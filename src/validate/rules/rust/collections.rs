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

/// All that `Vec`, `VecDeque` and slices have.
const OF_LISTS: &str = "append as_array as_chunks as_mut as_mut_ptr as_mut_ptr_range as_mut_slice as_ptr as_ptr_range as_ref \
    as_slice as_slices back back_mut binary_search binary_search_by binary_search_by_key borrow \
    borrow_mut by_ref bytes capacity chain chunk_by chunk_by_mut chunks chunks_exact chunks_exact_mut \
    chunks_mut clear clone clone_from clone_from_slice clone_into cmp concat connect contains \
    copy_from_slice copy_within dedup dedup_by dedup_by_key drain ends_with eq escape_ascii extend \
    extend_from_slice extend_from_within extract_if fill fill_with first first_chunk first_mut flat_map \
    flush fmt front front_mut ge get get_disjoint_mut get_mut get_unchecked get_unchecked_mut gt hash \
    index index_mut insert into into_boxed_slice into_flattened into_iter into_vec is_ascii is_empty \
    is_sorted is_sorted_by is_sorted_by_key iter iter_mut join last last_chunk last_mut le leak len \
    lines lt make_ascii_lowercase make_ascii_uppercase make_contiguous ne partial_cmp partition_dedup \
    partition_point pop pop_back pop_front pop_if push push_back push_front push_mut range range_mut \
    rchunks rchunks_exact rchunks_mut read read_exact read_to_end read_to_string remove repeat reserve \
    reserve_exact resize resize_with retain retain_mut reverse rotate_left rotate_right rsplit \
    rsplit_mut rsplitn select_nth_unstable select_nth_unstable_by select_nth_unstable_by_key set_len \
    shrink_to shrink_to_fit sort sort_by sort_by_cached_key sort_by_key sort_floats sort_unstable \
    sort_unstable_by sort_unstable_by_key spare_capacity_mut splice split split_at split_at_checked \
    split_at_mut split_first split_first_mut split_inclusive split_last split_last_mut split_mut \
    split_off splitn starts_with strip_prefix strip_suffix swap swap_remove swap_with_slice take \
    to_ascii_lowercase to_ascii_uppercase to_owned to_vec trim_ascii trim_ascii_end trim_ascii_start \
    truncate try_from try_into try_reserve try_reserve_exact type_id windows write write_all write_fmt \
    write_vectored";

/// Whether a list of the library has no method of a name, of its own or by what it leads to.
pub(super) fn is_none_of_lists(ty: &str, method: &str) -> bool {
    matches!(ty, "Vec" | "VecDeque" | "[]") && !OF_LISTS.split(' ').any(|own| own == method)
}

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
