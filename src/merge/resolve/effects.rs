//! What statements read and write, to tell whether two may stand in either order.
//!
//! Careful and not complete: what is not understood counts as depending on everything.

use std::collections::BTreeSet;

use super::guards::{Guard, guard, may_swap};
use super::items::Item;
use super::keys::{child, registration, squeezed};
use super::roles::is_declaration;
use crate::validate::extract::SyntaxNode;

/// What a statement does to names.
#[derive(Debug, Default)]
struct Effects {
    reads: BTreeSet<String>,
    writes: BTreeSet<String>,
    /// Functions it calls that may do anything.
    calls: BTreeSet<String>,
    /// Named registrations among its calls.
    registers: BTreeSet<String>,
    /// Whether it may leave the block it is in other than by an error.
    leaves: bool,
    /// Whether it sets Go's `err` for what comes next, and whether it declares that alone.
    sets_error: bool,
    declares_error: bool,
}

/// Calls that change nothing, in all languages.
const PURE: &[&str] = &[
    "isinstance",
    "issubclass",
    "len",
    "str",
    "int",
    "float",
    "bool",
    "bytes",
    "hasattr",
    "getattr",
    "callable",
    "list",
    "dict",
    "set",
    "frozenset",
    "tuple",
    "type",
    "sorted",
    "min",
    "max",
    "any",
    "all",
    "range",
    "enumerate",
    "zip",
    "map",
    "filter",
    "repr",
    "format",
    "abs",
    "sum",
    "iter",
    "cap",
    "append",
    "make",
    "new",
    "string",
    "errors.New",
    "fmt.Errorf",
    "fmt.Sprintf",
    "Object.keys",
    "Array.isArray",
    "String",
    "Number",
    "useState",
    "useRef",
    "useCallback",
    "useMemo",
    "vec",
    "format_args",
    "matches",
    "panic",
    "assert",
];

/// Whether two runs of statements mean the same in either order.
pub(super) fn independent(ours: &[&Item<'_>], theirs: &[&Item<'_>]) -> bool {
    if protects(ours, theirs) || protects(theirs, ours) {
        return false;
    }
    let effects = (of(ours), of(theirs));
    are_independent(&effects.0, &effects.1) || are_independent_guards(ours, theirs)
}

/// Whether a statement does nothing but give functions their names, as a declaration does.
pub(super) fn names_functions(statement: &SyntaxNode) -> bool {
    match statement.kind {
        "lexical_declaration" | "variable_declaration" | "export_statement" | "expression_statement" => {
            let mut parts = statement.children.iter().filter(|part| part.named).peekable();
            parts.peek().is_some() && parts.all(names_functions)
        }
        "variable_declarator" => child(statement, "value").is_some_and(is_function),
        "assignment" => {
            let name = child(statement, "left").filter(|name| name.kind == "identifier");
            name.is_some() && child(statement, "right").is_some_and(is_function)
        }
        _ => false,
    }
}

fn is_function(value: &SyntaxNode) -> bool {
    matches!(value.kind, "arrow_function" | "function_expression" | "generator_function" | "lambda")
}

/// Whether both runs are nothing but statements that leave under a condition, in any order.
fn are_independent_guards(ours: &[&Item<'_>], theirs: &[&Item<'_>]) -> bool {
    let (Some(ours), Some(theirs)) = (guards(ours), guards(theirs)) else { return false };
    let (one, other) = (asked(&ours), asked(&theirs));
    let written: BTreeSet<String> = one.writes.union(&other.writes).cloned().collect();
    are_independent(&one, &other)
        && ours.iter().all(|one| theirs.iter().all(|other| may_swap(one, other, &written)))
}

/// Whether one run asks whether there is something at all, or of which sort it is, and leaves if not,
/// and the other one uses it: that may fail before it is asked.
fn protects(asking: &[&Item<'_>], using: &[&Item<'_>]) -> bool {
    let asked: Vec<Guard<'_>> = asking.iter().filter_map(|item| guard(item)).collect();
    let uses = |item: &&Item<'_>, subject: &str| {
        let effects = of(&[*item]);
        let mut all = effects.reads.iter().chain(&effects.writes).chain(&effects.calls);
        all.any(|path| {
            path == subject || path.strip_prefix(subject).is_some_and(|rest| rest.starts_with('.'))
        })
    };
    asked.iter().any(|asked| {
        let needs = |item: &&&Item<'_>| {
            let apart = guard(item).is_some_and(|other| asked.is_apart(&other));
            !apart && asked.subjects().iter().any(|subject| uses(item, subject))
        };
        using.iter().any(|item| needs(&item))
    })
}

fn guards<'a>(items: &[&Item<'a>]) -> Option<Vec<Guard<'a>>> {
    items.iter().filter(|item| !item.is_comment()).map(|item| guard(item)).collect()
}

/// What the conditions of guards do.
fn asked(guards: &[Guard<'_>]) -> Effects {
    let mut effects = Effects::default();
    guards.iter().for_each(|guard| visit(guard.condition, guard.source, &mut effects));
    effects
}

fn are_independent(ours: &Effects, theirs: &Effects) -> bool {
    if ours.leaves || theirs.leaves {
        return false;
    }
    let meet = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.iter().any(|path| other.iter().any(|there| overlaps(path, there)))
    };
    !meet_at_error(ours, theirs)
        && !meet(&ours.writes, &theirs.reads)
        && !meet(&ours.writes, &theirs.writes)
        && !meet(&ours.reads, &theirs.writes)
        && ours.calls.is_disjoint(&theirs.calls)
        && ours.registers.is_disjoint(&theirs.registers)
}

/// Whether two runs set one error of which not both look at theirs, or would declare it twice.
fn meet_at_error(ours: &Effects, theirs: &Effects) -> bool {
    let looks = |effects: &Effects| effects.reads.contains("err");
    let declares = ours.declares_error || theirs.declares_error;
    ours.sets_error && theirs.sets_error && (declares || !looks(ours) || !looks(theirs))
}

/// Whether one path is the other or leads to it.
fn overlaps(one: &str, other: &str) -> bool {
    let leads = |short: &str, long: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'));
    one == other || leads(one, other) || leads(other, one)
}

fn of(items: &[&Item<'_>]) -> Effects {
    let mut effects = Effects::default();
    for item in items {
        if let Some(node) = item.node {
            effects.leaves |= item.kind.ends_with("_expression") && !item.core_text().ends_with([';', '}']);
            visit(node, item.source, &mut effects);
            set_error(node, item.source, &mut effects);
        }
    }
    effects
}

/// Notes a statement that sets `err` in the block that it stands in itself.
fn set_error(statement: &SyntaxNode, source: &str, effects: &mut Effects) {
    if !matches!(statement.kind, "short_var_declaration" | "assignment_statement") {
        return;
    }
    let Some(left) = child(statement, "left") else { return };
    let names: Vec<&str> = source[left.span.clone()].split(',').map(str::trim).collect();
    effects.sets_error |= names.contains(&"err");
    effects.declares_error |= names == ["err"] && statement.kind == "short_var_declaration";
}

fn visit(node: &SyntaxNode, source: &str, effects: &mut Effects) {
    match node.kind {
        "return_statement"
        | "break_statement"
        | "continue_statement"
        | "return_expression"
        | "break_expression"
        | "continue_expression"
        | "yield"
        | "yield_expression"
        | "goto_statement"
        | "fallthrough_statement"
        | "defer_statement"
        | "try_expression"
        | "delete_statement"
        | "global_statement" => {
            effects.leaves = true;
        }
        "assignment"
        | "augmented_assignment"
        | "assignment_expression"
        | "augmented_assignment_expression"
        | "compound_assignment_expr"
        | "short_var_declaration"
        | "assignment_statement"
        | "named_expression"
        | "let_declaration"
        | "variable_declarator"
        | "inc_statement"
        | "dec_statement"
        | "update_expression"
        | "var_spec"
        | "const_spec" => return assignment(node, source, effects),
        "for_statement" | "for_in_statement" | "for_expression" | "for_in_clause" => {
            // Loop variables are the loop's own where nobody else uses them.
        }
        "call" | "call_expression" | "method_invocation" | "macro_invocation" | "new_expression" => {
            return call(node, source, effects);
        }
        "unary_expression" if source[node.span.clone()].starts_with("delete ") => {
            return node
                .children
                .iter()
                .filter(|part| part.named)
                .for_each(|part| written(part, source, effects));
        }
        "attribute" | "member_expression" | "selector_expression" | "field_expression" => {
            effects.reads.insert(path(node, source));
            return;
        }
        "keyword_argument" => {
            return node.children.iter().skip(1).for_each(|child| visit(child, source, effects));
        }
        kind if is_declaration(kind) && kind != "const_declaration" => {
            // What a function does it does when called; what it reads may be set by then.
            if let Some(name) = child(node, "name") {
                effects.writes.insert(source[name.span.clone()].to_owned());
            }
            return;
        }
        "lambda" | "arrow_function" | "function_expression" | "closure_expression" | "func_literal" => {
            return inner(node, source, effects);
        }
        "identifier" | "shorthand_property_identifier" => {
            effects.reads.insert(source[node.span.clone()].to_owned());
        }
        _ => {}
    }
    node.children.iter().for_each(|child| visit(child, source, effects));
}

/// What is in a function that is only made here may leave, but leaves that function.
fn inner(node: &SyntaxNode, source: &str, effects: &mut Effects) {
    let leaves = effects.leaves;
    node.children.iter().for_each(|child| visit(child, source, effects));
    effects.leaves = leaves;
}

fn assignment(node: &SyntaxNode, source: &str, effects: &mut Effects) {
    let target =
        ["left", "name", "pattern", "operand", "argument"].iter().find_map(|field| child(node, field));
    let target = target.or_else(|| node.children.iter().find(|child| child.named));
    for part in &node.children {
        match target {
            Some(target) if std::ptr::eq(target, part) => written(part, source, effects),
            _ => visit(part, source, effects),
        }
    }
}

fn written(target: &SyntaxNode, source: &str, effects: &mut Effects) {
    match target.kind {
        "pattern_list" | "tuple_pattern" | "expression_list" | "object_pattern" | "array_pattern"
        | "tuple" | "tuple_expression" => {
            target
                .children
                .iter()
                .filter(|child| child.named)
                .for_each(|part| written(part, source, effects));
        }
        "_" => {}
        _ => {
            let name = path(target, source);
            // Go's errors are set and looked at in one breath.
            if name != "err" && name != "_" {
                effects.writes.insert(name);
            }
        }
    }
}

fn call(node: &SyntaxNode, source: &str, effects: &mut Effects) {
    let callee = ["function", "macro", "constructor", "name"].iter().find_map(|field| child(node, field));
    let Some(callee) = callee else {
        effects.leaves = true;
        return;
    };
    let name = squeezed(&source[callee.span.clone()]);
    let last = name.rsplit(['.', ':']).next().unwrap_or_default();
    // Constructors and conversions make something new.
    let makes = last.starts_with(char::is_uppercase)
        && !name.contains(['(', '['])
        && node.kind != "method_invocation";
    if let Some(named) = registration(node, source) {
        effects.registers.insert(named);
        if is_test(&name) {
            return;
        }
    } else if !makes && !PURE.contains(&name.as_str()) {
        effects.calls.insert(name.clone());
        if let Some(receiver) = name.rfind('.').map(|dot| &name[..dot]).filter(|path| is_changed(path)) {
            effects.writes.insert(receiver.to_owned());
        }
    }
    for part in node.children.iter().filter(|part| !std::ptr::eq(*part, callee)) {
        visit(part, source, effects);
    }
}

/// Whether a call puts a test, or a group of them, beside others. What happens in a test is its own
/// matter: others may run before it, after it or not at all.
fn is_test(callee: &str) -> bool {
    const TESTS: &[&str] = &["it", "test", "describe", "context", "suite", "specify", "bench"];
    callee == "t.Run" || TESTS.contains(&callee.split(['.', '(', '`']).next().unwrap_or_default())
}

/// Whether calling a method may change what it is called on; not so for the object whose own method
/// this is, which calls its helpers, and for modules.
fn is_changed(receiver: &str) -> bool {
    !matches!(receiver, "self" | "this" | "cls" | "super()" | "os" | "re" | "t" | "typing" | "json" | "math")
        && !receiver.ends_with("path")
}

/// A dotted path without what is indexed or called in it.
fn path(node: &SyntaxNode, source: &str) -> String {
    let text = squeezed(&source[node.span.clone()]);
    let end = text.find(['(', '[', ' ', ':', '!', '?']).unwrap_or(text.len());
    text[..end].trim_end_matches('.').trim_start_matches(['*', '&']).to_owned()
}
