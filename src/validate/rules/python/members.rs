//! What values of the types have that need no import in Python.

use super::types::Type;

/// The members of types, apart from those that every value has.
const MEMBERS: [(&str, &str); 13] = [
    ("None", ""),
    (
        "bool",
        "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes",
    ),
    (
        "bytearray",
        "append capitalize center clear copy count decode endswith expandtabs extend find fromhex hex index insert isalnum isalpha isascii isdigit islower isspace istitle isupper join ljust lower lstrip maketrans partition pop remove removeprefix removesuffix replace reverse rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill",
    ),
    (
        "bytes",
        "capitalize center count decode endswith expandtabs find fromhex hex index isalnum isalpha isascii isdigit islower isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill",
    ),
    ("complex", "conjugate imag real"),
    ("dict", "clear copy fromkeys get items keys pop popitem setdefault update values"),
    ("float", "as_integer_ratio conjugate fromhex hex imag is_integer real"),
    ("frozenset", "copy difference intersection isdisjoint issubset issuperset symmetric_difference union"),
    (
        "int",
        "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes",
    ),
    ("list", "append clear copy count extend index insert pop remove reverse sort"),
    (
        "set",
        "add clear copy difference difference_update discard intersection intersection_update isdisjoint issubset issuperset pop remove symmetric_difference symmetric_difference_update union update",
    ),
    (
        "str",
        "capitalize casefold center count encode endswith expandtabs find format format_map index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill",
    ),
    ("tuple", "count index"),
];

/// Types of which no part can be taken.
const WHOLE: [&str; 7] = ["None", "bool", "complex", "float", "frozenset", "int", "set"];

/// Whether values of a type surely do not have a member, of which `[]` means a part.
pub(super) fn lacks(ty: &Type, name: &str) -> bool {
    let Type::Builtin(ty) = ty else { return false };
    match name {
        "[]" => WHOLE.contains(ty),
        name if name.starts_with("__") => false,
        name => {
            let members = MEMBERS.iter().find(|(of, _)| of == ty);
            members.is_some_and(|(_, members)| !members.split(' ').any(|member| member == name))
        }
    }
}
