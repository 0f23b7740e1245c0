//! Rust. What macros are given is not looked at.

use super::super::node::Node;
use super::super::syntax::{child, child_of_kind, line, named, text, visit};
use super::gives::Gives;
use super::{Bound, Function, Reader, Reading, named_at};
use crate::validate::model::FaultSort;

pub(super) const READER: Reader = Reader { function, scopes: SCOPES, look, after, leave: |_, _| {} };

const SCOPES: &[&str] =
    &["block", "declaration_list", "match_arm", "for_expression", "if_expression", "while_expression"];

fn function<'a>(node: Node<'a>, source: &'a str) -> Option<Function<'a>> {
    let (is_async, gives) = match node.kind() {
        "function_item" => {
            let modifiers = child_of_kind(node, "function_modifiers");
            let is_async =
                modifiers.is_some_and(|it| text(it, source).split_whitespace().any(|it| it == "async"));
            let gives = match child(node, "return_type").map(|said| text(said, source)) {
                None | Some("()") => Gives::Nothing,
                Some(said) => Gives::Types(vec![said]),
            };
            (is_async, gives)
        }
        "closure_expression" => (child_of_kind(node, "async").is_some(), Gives::Unknown),
        "async_block" => (true, Gives::Unknown),
        _ => return None,
    };
    let name = child(node, "name").map_or("", |name| text(name, source));
    Some(Function { name, line: line(node), is_async, is_class: false, gives })
}

fn look<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let source = reading.source;
    match node.kind() {
        "use_declaration" => import(reading, node),
        "struct_item" | "enum_item" | "trait_item" | "type_item" | "union_item" => {
            if let Some(name) = child(node, "name") {
                let (name, line) = named_at(name, source);
                reading.declare_beside_imports(name, line, Bound::Loose);
            }
        }
        "parameter" => {
            let sort = if is_mutable(node) { Bound::Variable } else { Bound::Fixed };
            bind_one(reading, child(node, "pattern"), sort);
        }
        "closure_parameters" | "match_pattern" => bind(reading, Some(node), Bound::Loose),
        "for_expression" | "let_condition" => bind(reading, child(node, "pattern"), Bound::Loose),
        "assignment_expression" | "compound_assignment_expr" => {
            if let Some(target) = child(node, "left").filter(|left| left.kind() == "identifier") {
                reading.assigned(target);
            }
        }
        "reference_expression" if is_mutable(node) => {
            if let Some(value) = child(node, "value").filter(|value| value.kind() == "identifier") {
                reading.assigned(value);
            }
        }
        "call_expression" => mutation(reading, node),
        "await_expression" => reading.waits(node),
        "try_expression" => tried(reading, node),
        "return_expression" => {
            let given = named(node).into_iter().next();
            // Another name may stand for `()`.
            if given.is_some() || reading.says_only(is_known) {
                reading.returns(node, given.as_slice(), takes);
            }
        }
        "field_initializer_list" => {
            let fields = named(node).into_iter().filter_map(|field| match field.kind() {
                "field_initializer" => child(field, "field").or_else(|| child(field, "name")),
                "shorthand_field_initializer" => field.named_child(0),
                _ => None,
            });
            reading.twice(FaultSort::KeyTwice, fields.map(|field| named_at(field, source)));
        }
        _ => {}
    }
}

fn after<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    if node.kind() != "let_declaration" {
        return;
    }
    let sort = match child(node, "value") {
        _ if is_mutable(node) => Bound::Variable,
        None => Bound::Loose,
        Some(value) if is_owned(reading.text(value)) => Bound::Owned,
        Some(_) => Bound::Fixed,
    };
    bind_one(reading, child(node, "pattern"), sort);
}

/// Binds a name as it is said; inside a pattern each name may be said to be another sort.
fn bind_one<'a>(reading: &mut Reading<'a>, pattern: Option<Node<'a>>, sort: Bound) {
    let is_name = pattern.is_some_and(|pattern| pattern.kind() == "identifier");
    bind(reading, pattern, if is_name { sort } else { Bound::Loose });
}

/// The names that a `use` brings. What stands for a type here and for a macro there may have one name,
/// so only the same path twice is surely wrong.
fn import<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    for (path, name) in leaves(node, reading.source) {
        let (local, line) = named_at(name, reading.source);
        let is_new = reading.paths.insert(path);
        match reading.bound_here(local).map(|it| (it.sort, it.line)) {
            Some((Bound::Imported, against)) => {
                let sort = if is_new { FaultSort::MeansTwo } else { FaultSort::ImportedTwice };
                reading.fault(sort, local, line, against);
            }
            Some((Bound::Loose, against)) => reading.fault(FaultSort::DeclaredTwice, local, line, against),
            _ => {}
        }
        reading.bind(local, line, Bound::Imported);
    }
}

/// A longer path is none that people write.
const LONGEST_PATH: usize = 400;

/// The paths of a `use` with the names that they get here.
fn leaves<'a>(declaration: Node<'a>, source: &str) -> Vec<(String, Node<'a>)> {
    let mut leaves = Vec::new();
    let mut open: Vec<(Node<'a>, String)> =
        child(declaration, "argument").map(|argument| (argument, String::new())).into_iter().collect();
    while let Some((node, above)) = open.pop().filter(|(_, above)| above.len() <= LONGEST_PATH) {
        let name = match node.kind() {
            "identifier" => Some(node),
            "scoped_identifier" => child(node, "name"),
            "use_as_clause" => child(node, "alias").filter(|alias| text(*alias, source) != "_"),
            _ => None,
        };
        leaves.extend(name.map(|name| (format!("{above}{}", text(node, source)), name)));
        if matches!(node.kind(), "scoped_use_list" | "use_list") {
            let path = child(node, "path").map(|path| text(path, source)).unwrap_or_default();
            let above = if path.is_empty() { above } else { format!("{above}{path}::") };
            let list = named(child(node, "list").unwrap_or(node));
            open.extend(list.into_iter().rev().map(|part| (part, above.clone())));
        }
    }
    leaves
}

fn is_mutable(node: Node<'_>) -> bool {
    child_of_kind(node, "mutable_specifier").is_some()
}

fn bind<'a>(reading: &mut Reading<'a>, pattern: Option<Node<'a>>, sort: Bound) {
    let mut names = Vec::new();
    if let Some(pattern) = pattern {
        visit(pattern, |node, _| {
            if matches!(node.kind(), "identifier" | "shorthand_field_identifier") {
                names.push(named_at(node, reading.source));
            }
            true
        });
    }
    names.into_iter().for_each(|(name, line)| reading.bind(name, line, sort));
}

/// Whether a value is a new one of the standard library, and no reference to another.
fn is_owned(value: &str) -> bool {
    const NEW: [&str; 10] = [
        "vec!",
        "format!",
        "Vec",
        "String",
        "HashMap",
        "HashSet",
        "BTreeMap",
        "BTreeSet",
        "VecDeque",
        "BinaryHeap",
    ];
    let starts = |name: &&str| {
        let rest = value.strip_prefix(*name);
        rest.is_some_and(|rest| name.ends_with('!') || rest.starts_with("::"))
    };
    NEW.iter().any(starts)
}

/// A call that changes a value which may not be changed.
fn mutation<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    const CHANGE: [&str; 18] = [
        "append",
        "clear",
        "dedup",
        "drain",
        "entry",
        "extend",
        "insert",
        "pop",
        "pop_front",
        "push",
        "push_back",
        "push_str",
        "remove",
        "retain",
        "reverse",
        "sort",
        "sort_by",
        "truncate",
    ];
    let Some(method) = child(node, "function").filter(|it| it.kind() == "field_expression") else { return };
    let (Some(value), Some(name)) = (child(method, "value"), child(method, "field")) else { return };
    if value.kind() == "identifier" && CHANGE.contains(&reading.text(name)) {
        let is_owned = reading.bound(reading.text(value)).is_some_and(|it| it.sort == Bound::Owned);
        if is_owned {
            reading.assigned(value);
        }
    }
}

/// `?` where the function has nothing to hand an error on by.
fn tried<'a>(reading: &mut Reading<'a>, node: Node<'a>) {
    let Some(function) = reading.functions.last() else { return };
    let said = match &function.gives {
        Gives::Nothing => "()",
        Gives::Types(types) if types.iter().all(|said| is_known(said)) => types[0],
        _ => return,
    };
    if !matches!(head(said), "Option" | "Result") {
        let (what, against) = (format!("an error for `{said}`"), function.line);
        reading.fault(FaultSort::Returns, &what, line(node), against);
    }
}

/// The last name of a type, without arguments.
fn head(said: &str) -> &str {
    let path = said.split('<').next().unwrap_or(said);
    path.rsplit("::").next().unwrap_or(path).trim()
}

/// Whether a type is one of the language or of the standard library by its text: any other name may
/// stand for anything.
fn is_known(said: &str) -> bool {
    const KNOWN: [&str; 12] = [
        "bool", "char", "str", "String", "Vec", "VecDeque", "HashMap", "HashSet", "BTreeMap", "BTreeSet",
        "Option", "Result",
    ];
    said.starts_with(['&', '[', '(']) || KNOWN.contains(&head(said)) || NUMBERS.contains(&said)
}

const NUMBERS: [&str; 14] =
    ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64"];

/// Whether a value may be given back for a type, as far as both texts tell.
fn takes(said: &str, value: Node<'_>, source: &str) -> bool {
    let is_one_of = |heads: &[&str]| !is_known(said) || heads.contains(&head(said));
    let called = child(value, "function").unwrap_or(value);
    match value.kind() {
        "identifier" | "call_expression" => match text(called, source) {
            "None" | "Some" => is_one_of(&["Option"]),
            "Ok" | "Err" => is_one_of(&["Result"]),
            _ => true,
        },
        "boolean_literal" => !is_known(said) || said == "bool",
        "integer_literal" | "float_literal" => !is_known(said) || NUMBERS.contains(&said),
        "string_literal" => !is_known(said) || said.starts_with('&'),
        _ => true,
    }
}
