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

/// Those of classes of the standard library.
const LIBRARY: [(&str, &str); 7] = [
    (
        "Path",
        "absolute anchor as_posix as_uri chmod cwd drive exists expanduser glob group hardlink_to home is_absolute is_block_device is_char_device is_dir is_fifo is_file is_mount is_relative_to is_reserved is_socket is_symlink iterdir joinpath lchmod link_to lstat match mkdir name open owner parent parents parts read_bytes read_text readlink relative_to rename replace resolve rglob rmdir root samefile stat stem suffix suffixes symlink_to touch unlink with_name with_stem with_suffix write_bytes write_text copy copy_into from_uri full_match info move move_into walk",
    ),
    (
        "date",
        "ctime day fromisocalendar fromisoformat fromordinal fromtimestamp isocalendar isoformat isoweekday max min month replace resolution strftime timetuple today toordinal weekday year",
    ),
    (
        "datetime",
        "astimezone combine ctime date day dst fold fromisocalendar fromisoformat fromordinal fromtimestamp hour isocalendar isoformat isoweekday max microsecond min minute month now replace resolution second strftime strptime time timestamp timetuple timetz today toordinal tzinfo tzname utcfromtimestamp utcnow utcoffset utctimetuple weekday year",
    ),
    (
        "time",
        "dst fold fromisoformat hour isoformat max microsecond min minute replace resolution second strftime tzinfo tzname utcoffset",
    ),
    ("timedelta", "days max microseconds min resolution seconds total_seconds"),
    (
        "Decimal",
        "adjusted as_integer_ratio as_tuple canonical compare compare_signal compare_total compare_total_mag conjugate copy_abs copy_negate copy_sign exp fma from_float imag is_canonical is_finite is_infinite is_nan is_normal is_qnan is_signed is_snan is_subnormal is_zero ln log10 logb logical_and logical_invert logical_or logical_xor max max_mag min min_mag next_minus next_plus next_toward normalize number_class quantize radix real remainder_near rotate same_quantum scaleb shift sqrt to_eng_string to_integral to_integral_exact to_integral_value from_number",
    ),
    (
        "UUID",
        "bytes bytes_le clock_seq clock_seq_hi_variant clock_seq_low fields hex int is_safe node time time_hi_version time_low time_mid urn variant version",
    ),
];

/// Types of which no part can be taken.
const WHOLE: [&str; 7] = ["None", "bool", "complex", "float", "frozenset", "int", "set"];

/// Whether values of a type surely do not have a member, of which `[]` means a part.
pub(super) fn lacks(ty: &Type, name: &str) -> bool {
    let ty = match ty {
        Type::Builtin(ty) => ty,
        Type::Library(_, class) => return library_lacks(class, name),
        _ => return false,
    };
    match name {
        "[]" => WHOLE.contains(ty),
        name if name.starts_with("__") => false,
        name => {
            let members = MEMBERS.iter().find(|(of, _)| of == ty);
            members.is_some_and(|(_, members)| !members.split(' ').any(|member| member == name))
        }
    }
}

fn library_lacks(class: &str, name: &str) -> bool {
    let members = LIBRARY.iter().find(|(of, _)| *of == class).map(|(_, members)| members);
    let has = |members: &&str| members.split(' ').any(|member| member == name);
    !name.starts_with("__") && members.is_some_and(|members| !has(members))
}

/// Whether a member is one of those by which lists, maps, sets and texts are known.
pub(super) fn has_as_container(name: &str) -> bool {
    let is_of = |(of, members): &(&str, &str)| {
        matches!(*of, "dict" | "list" | "set" | "str" | "tuple")
            && members.split(' ').any(|member| member == name)
    };
    MEMBERS.iter().any(is_of)
}
