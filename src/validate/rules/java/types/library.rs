//! What the Java library says of its types: what stands above each, and what the members of the
//! common ones give back.
//!
//! The lists are those of Java 17, with the types and the names that later versions put beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Each package, and indented below it its types with what stands directly above them; `*` marks
/// interfaces. Packages that are not `java.lang` are written out where they are others.
const TYPES: &str = include_str!("library/types.txt");

/// Each type with the number of its parameters, and indented below it what its members give back and how
/// many arguments they take; `#0` is what its first parameter stands for, `_` depends on the call, and
/// `*` is any number.
const MEMBERS: &str = include_str!("library/members.txt");

type Above = BTreeMap<String, Type>;
type Members = BTreeMap<&'static str, Stated>;

static ABOVE: LazyLock<Above> = LazyLock::new(above);
static STATED: LazyLock<Members> = LazyLock::new(members);

const OBJECT: &str = "java.lang.Object";

struct Type {
    is_interface: bool,
    above: Vec<String>,
}

#[derive(Default)]
struct Stated {
    /// How many parameters the type has.
    params: usize,
    members: BTreeMap<&'static str, Vec<Member>>,
}

struct Member {
    /// None for any number of arguments.
    takes: Option<usize>,
    /// Empty for what depends on the call.
    gives: &'static str,
}

fn above() -> Above {
    let (mut all, mut package) = (Above::new(), "");
    for line in TYPES.lines() {
        let Some(types) = line.strip_prefix(' ') else {
            package = line;
            continue;
        };
        for entry in types.split_whitespace() {
            let (name, supers) = entry.split_once(':').unwrap_or((entry, ""));
            let above = supers.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let (plain, is_interface) = (name.trim_end_matches('*'), name.ends_with('*'));
            all.insert(format!("{package}.{plain}"), Type { is_interface, above });
        }
    }
    resolved(all)
}

/// Gives the types that are written without their package one: their own or that of the language.
fn resolved(mut all: Above) -> Above {
    let known: BTreeSet<String> = all.keys().cloned().collect();
    for (name, ty) in &mut all {
        // What is nested stands in the package of what is around it.
        let package = name.split('.').take_while(|part| part.starts_with(char::is_lowercase));
        let package = package.collect::<Vec<_>>().join(".");
        for above in &mut ty.above {
            let own = [format!("{package}.{above}"), format!("java.lang.{above}")];
            if let Some(own) = own.into_iter().find(|own| known.contains(own)) {
                *above = own;
            }
        }
    }
    all
}

fn members() -> Members {
    let (mut all, mut owner) = (Members::new(), "");
    for line in MEMBERS.lines() {
        let Some(stated) = line.strip_prefix(' ') else {
            let (name, params) = line.split_once('/').unwrap_or((line, "0"));
            owner = name;
            all.entry(owner).or_default().params = params.parse().unwrap_or_default();
            continue;
        };
        let mut parts = stated.split_whitespace();
        let gives = parts.next().filter(|gives| *gives != "_").unwrap_or_default();
        for (name, takes) in parts.filter_map(|part| part.split_once('/')) {
            let member = Member { takes: takes.parse().ok(), gives };
            all.entry(owner).or_default().members.entry(name).or_default().push(member);
        }
    }
    all
}

/// Whether a package of the library has a type of the name.
pub(in crate::validate::rules) fn has_type(package: &str, name: &str) -> bool {
    ABOVE.contains_key(&format!("{package}.{name}"))
}

/// A type of the library and all that stands above it; none when it is not listed.
pub(in crate::validate::rules) fn all_above(name: &str) -> Option<BTreeSet<&'static str>> {
    let mut all = BTreeSet::from([OBJECT]);
    let (first, _) = ABOVE.get_key_value(name)?;
    let mut pending = vec![first.as_str()];
    while let Some(next) = pending.pop() {
        if all.insert(next) || next == OBJECT {
            pending.extend(ABOVE.get(next).iter().flat_map(|ty| &ty.above).map(String::as_str));
        }
    }
    Some(all)
}

/// Whether an interface of the library surely does not bring a member to what implements it. Classes
/// may state members that only those below them see, and fields.
pub(in crate::validate::rules) fn brings_not(name: &str, member: &str, passed: Option<usize>) -> bool {
    ABOVE.get(name).is_some_and(|ty| ty.is_interface) && lacks(name, member, passed)
}

/// Whether a type of the library stands below another one; none when it is not listed.
pub(in crate::validate::rules) fn is_below(name: &str, other: &str) -> Option<bool> {
    Some(all_above(name)?.contains(other))
}

/// What a member of a type with as many arguments gives back, where its name and the number of what is
/// passed tell.
pub(in crate::validate::rules) fn result(
    name: &str,
    member: &str,
    passed: usize,
    args: usize,
) -> Option<&'static str> {
    let stated = all_above(name)?.into_iter().filter_map(|above| STATED.get(above));
    let mut given: Vec<&str> = Vec::new();
    for (params, members) in stated.filter_map(|own| Some((own.params, own.members.get(member)?))) {
        let exact = members.iter().filter(|own| own.takes == Some(passed));
        let exact: Vec<_> = exact.collect();
        let any = members.iter().filter(|own| own.takes.is_none() && exact.is_empty());
        let gives = exact.iter().copied().chain(any).map(|own| own.gives);
        // As many parameters stand for the same above, as a rule.
        given.extend(gives.map(|gives| if gives.contains('#') && params != args { "" } else { gives }));
    }
    let first = *given.first()?;
    // What a type that is not listed overrides may give back something narrower.
    let told = STATED.contains_key(name)
        || PRIMITIVES.contains(&first)
        || first == "String"
        || first.starts_with('#');
    (told && !first.is_empty() && given.iter().all(|gives| *gives == first)).then_some(first)
}

/// Whether a type surely has no such member, called with as many arguments.
pub(in crate::validate::rules) fn lacks(name: &str, member: &str, passed: Option<usize>) -> bool {
    let Some(above) = all_above(name) else { return false };
    let listed = above.iter().all(|above| STATED.contains_key(above) || HAS_NONE.contains(above));
    listed && !has(name, member, passed)
}

/// Whether a type surely has such a member, called with as many arguments.
pub(in crate::validate::rules) fn has(name: &str, member: &str, passed: Option<usize>) -> bool {
    let fits = |own: &Member| own.takes.is_none() || own.takes == passed || passed.is_none();
    let states = |above: &str| {
        let members = STATED.get(above).and_then(|own| own.members.get(member));
        members.is_some_and(|members| members.iter().any(fits))
    };
    all_above(name).is_some_and(|above| above.into_iter().any(states))
}

/// What states no members, or none that those below it do not state again.
const HAS_NONE: [&str; 14] = [
    "java.io.Serializable",
    "java.lang.Cloneable",
    "java.lang.constant.Constable",
    "java.lang.constant.ConstantDesc",
    "java.time.chrono.ChronoLocalDate",
    "java.time.temporal.Temporal",
    "java.time.temporal.TemporalAccessor",
    "java.time.temporal.TemporalAdjuster",
    "java.time.temporal.TemporalAmount",
    "java.util.RandomAccess",
    "java.util.SequencedCollection",
    "java.util.SequencedMap",
    "java.util.SequencedSet",
    "java.io.Externalizable",
];

/// Names that Java has without an import.
pub(in crate::validate::rules) const PRIMITIVES: [&str; 9] =
    ["byte", "short", "char", "int", "long", "float", "double", "boolean", "void"];

/// Whether a name means a type of `java.lang` where nothing else has it.
pub(in crate::validate::rules) fn is_of_language(name: &str) -> bool {
    const NAMES: [&str; 60] = [
        "Appendable",
        "AutoCloseable",
        "Boolean",
        "Byte",
        "Character",
        "CharSequence",
        "Class",
        "ClassLoader",
        "Cloneable",
        "Comparable",
        "Deprecated",
        "Double",
        "Enum",
        "Error",
        "Exception",
        "Float",
        "FunctionalInterface",
        "InheritableThreadLocal",
        "Integer",
        "Iterable",
        "Long",
        "Math",
        "Module",
        "Number",
        "Object",
        "Override",
        "Package",
        "Process",
        "ProcessBuilder",
        "ProcessHandle",
        "Readable",
        "Record",
        "Runnable",
        "Runtime",
        "SafeVarargs",
        "Short",
        "StackTraceElement",
        "StackWalker",
        "StrictMath",
        "String",
        "StringBuffer",
        "StringBuilder",
        "SuppressWarnings",
        "System",
        "Thread",
        "ThreadGroup",
        "ThreadLocal",
        "Throwable",
        "Void",
        "AssertionError",
        "LinkageError",
        "VirtualMachineError",
        "OutOfMemoryError",
        "StackOverflowError",
        "NoClassDefFoundError",
        "NoSuchFieldError",
        "NoSuchMethodError",
        "AbstractMethodError",
        "ExceptionInInitializerError",
        "InterruptedException",
    ];
    const EXCEPTIONS: [&str; 24] = [
        "Arithmetic",
        "ArrayIndexOutOfBounds",
        "ArrayStore",
        "ClassCast",
        "ClassNotFound",
        "CloneNotSupported",
        "EnumConstantNotPresent",
        "IllegalAccess",
        "IllegalArgument",
        "IllegalCaller",
        "IllegalMonitorState",
        "IllegalState",
        "IllegalThreadState",
        "IndexOutOfBounds",
        "Instantiation",
        "NegativeArraySize",
        "NoSuchField",
        "NoSuchMethod",
        "NullPointer",
        "NumberFormat",
        "ReflectiveOperation",
        "Runtime",
        "Security",
        "UnsupportedOperation",
    ];
    let raised = name.strip_suffix("Exception").is_some_and(|stem| {
        EXCEPTIONS.contains(&stem) || matches!(stem, "StringIndexOutOfBounds" | "TypeNotPresent")
    });
    NAMES.contains(&name) || raised
}
