//! Conditions of which only one can hold, and statements that leave a block under one.
//!
//! Two of them that both sides put in one place may stand in either order where they do the same, or
//! where at most one of them ever does anything. Which conditions that are true of each other is known
//! of comparisons with fixed values, of types that share no value, and of how a text begins or ends.

use std::collections::BTreeSet;

use super::items::Item;
use super::keys::{child, registration, squeezed};
use crate::validate::extract::SyntaxNode;

/// A statement that does something under a condition and then leaves the block.
pub(super) struct Guard<'a> {
    pub(super) condition: &'a SyntaxNode,
    pub(super) source: &'a str,
    /// What it does, to the end.
    body: String,
}

impl Guard<'_> {
    /// Whether only one of two can find what it asks for.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        are_apart((self.condition, self.source), (other.condition, other.source))
    }

    /// Of what it is asked whether it is there, or of which sort it is.
    pub(super) fn subjects(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        collect_subjects(self.condition, self.source, &mut found);
        found
    }
}

fn collect_subjects(node: &SyntaxNode, source: &str, found: &mut BTreeSet<String>) {
    let named: Vec<&SyntaxNode> = node.children.iter().filter(|part| part.named).collect();
    let text = |node: &SyntaxNode| squeezed(&source[node.span.clone()]);
    let is_nothing = |part: &SyntaxNode| matches!(text(part).as_str(), "None" | "null" | "undefined" | "nil");
    let mut add = |part: &SyntaxNode| {
        let path = text(part);
        let path = path.trim_start_matches("typeof ");
        if !path.is_empty() && path.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '.')) {
            found.insert(path.to_owned());
        }
    };
    match (node.kind, named.as_slice()) {
        ("comparison_operator" | "binary_expression", [left, right]) => {
            if is_nothing(right) || text(left).starts_with("typeof ") {
                add(left);
            }
            if node.children.iter().any(|part| !part.named && matches!(part.kind, "in" | "not in")) {
                add(right);
            }
        }
        (
            "identifier" | "attribute" | "member_expression" | "selector_expression" | "field_expression",
            _,
        ) => {
            add(node);
            return;
        }
        ("call" | "call_expression", _) => {
            let callee = child(node, "function").map(text).unwrap_or_default();
            let first = child(node, "arguments").and_then(|all| all.children.iter().find(|part| part.named));
            if let Some(first) = first.filter(|_| {
                matches!(
                    callee.as_str(),
                    "isinstance" | "issubclass" | "hasattr" | "callable" | "Array.isArray"
                )
            }) {
                add(first);
            }
            return;
        }
        _ => {}
    }
    // What stands alone, or behind `not`, is asked for; what is compared is used.
    let is_joined = matches!(
        node.kind,
        "boolean_operator" | "not_operator" | "unary_expression" | "parenthesized_expression"
    ) || (node.kind == "binary_expression" && has_operator(node, &["&&", "||"]));
    if is_joined {
        named.into_iter().for_each(|part| collect_subjects(part, source, found));
    } else if matches!(node.kind, "comparison_operator" | "binary_expression") {
        let calls = named.into_iter().filter(|part| matches!(part.kind, "parenthesized_expression"));
        calls.for_each(|part| collect_subjects(part, source, found));
    }
}

/// The guard that an item is, if it is one and nothing else.
pub(super) fn guard<'a>(item: &Item<'a>) -> Option<Guard<'a>> {
    let node = item.node?;
    let statement = match node.kind {
        "expression_statement" => node.children.first()?,
        _ => node,
    };
    let has = |field| child(statement, field).is_some();
    let is_plain = matches!(statement.kind, "if_statement" | "if_expression")
        && !has("alternative")
        && !has("initializer");
    let body = child(statement, "consequence").filter(|body| is_plain && leaves(body))?;
    let condition = child(statement, "condition").filter(|condition| !binds(condition))?;
    Some(Guard { condition, source: item.source, body: squeezed(&item.source[body.span.clone()]) })
}

/// Whether a condition gives a name to what it finds.
fn binds(condition: &SyntaxNode) -> bool {
    let is_one = condition.kind.starts_with("let_")
        || matches!(condition.kind, "named_expression" | "assignment_expression");
    is_one || condition.children.iter().any(binds)
}

/// Whether a statement, or the last one of a block, leaves what is around it.
fn leaves(statement: &SyntaxNode) -> bool {
    match statement.kind {
        "return_statement"
        | "raise_statement"
        | "throw_statement"
        | "break_statement"
        | "continue_statement"
        | "return_expression"
        | "break_expression"
        | "continue_expression" => true,
        "block" | "statement_block" | "statement_list" => {
            statement.children.iter().rfind(|part| part.named).is_some_and(leaves)
        }
        "expression_statement" => statement.children.first().is_some_and(leaves),
        _ => false,
    }
}

/// Whether two guards may stand in either order, apart from what their conditions do. `written` is
/// what these set.
pub(super) fn may_swap(one: &Guard<'_>, other: &Guard<'_>, written: &BTreeSet<String>) -> bool {
    let uses = |name: &String| one.body.contains(name.as_str());
    let same = one.body == other.body && !written.iter().any(uses);
    same || are_apart((one.condition, one.source), (other.condition, other.source))
}

/// A condition and the text that it is in.
type Condition<'a> = (&'a SyntaxNode, &'a str);

/// Whether at most one of two conditions can hold.
fn are_apart(one: Condition<'_>, other: Condition<'_>) -> bool {
    let (one, other) = (facts(one), facts(other));
    one.iter().any(|fact| other.iter().any(|there| fact.is_apart(there)))
}

/// Whether both runs are branches of one condition, or clauses for errors, of which at most one is ever
/// taken; or options of a command line, which are found by their names.
pub(super) fn are_other_ways(ours: &[&Item<'_>], theirs: &[&Item<'_>]) -> bool {
    let of = |kind: &'static str, test: &dyn Fn(&SyntaxNode, &str, &SyntaxNode, &str) -> bool| {
        let both = parts_of(kind, ours).zip(parts_of(kind, theirs));
        both.is_some_and(|(ours, theirs)| {
            ours.iter().all(|one| theirs.iter().all(|other| test(one.0, one.1, other.0, other.1)))
        })
    };
    let conditions = |one: &SyntaxNode, source: &str, other: &SyntaxNode, other_source: &str| {
        let both = child(one, "condition").zip(child(other, "condition"));
        both.is_some_and(|(one, other)| are_apart((one, source), (other, other_source)))
    };
    let errors = |one: &SyntaxNode, source: &str, other: &SyntaxNode, other_source: &str| {
        catch_apart((one, source), (other, other_source))
    };
    let options = |one: &SyntaxNode, source: &str, other: &SyntaxNode, other_source: &str| {
        adds_option(one, source) && adds_option(other, other_source)
    };
    of("elif_clause", &conditions) || of("except_clause", &errors) || of("decorator", &options)
}

/// The nodes of a run with their texts, where all are of one kind.
fn parts_of<'a>(kind: &str, items: &[&Item<'a>]) -> Option<Vec<Condition<'a>>> {
    let of = |item: &&Item<'a>| Some((item.node.filter(|node| node.kind == kind)?, item.source));
    items.iter().filter(|item| !item.is_comment()).map(of).collect()
}

/// Whether a decorator gives a command an option, as Click's do. What comes first is listed first.
fn adds_option(decorator: &SyntaxNode, source: &str) -> bool {
    let call = decorator.children.iter().find(|part| part.kind == "call");
    let named = call.and_then(|call| registration(call, source)).unwrap_or_default();
    named.split_once('(').is_some_and(|(callee, name)| {
        callee.rsplit('.').next() == Some("option")
            && name.starts_with(['"', '\''])
            && name[1..].starts_with('-')
    })
}

/// What holds of something where a condition does.
struct Fact {
    /// What it is said of.
    of: String,
    is: Is,
}

enum Is {
    /// One of these values.
    Value(BTreeSet<String>),
    /// Of one of these types.
    Type(BTreeSet<String>),
    Begins(String),
    Ends(String),
}

impl Fact {
    fn is_apart(&self, other: &Self) -> bool {
        self.of == other.of
            && match (&self.is, &other.is) {
                // Some languages take the text of a number for the number.
                (Is::Value(one), Is::Value(other)) => {
                    let mut all = one.iter().chain(other);
                    let is_text = all.next().is_some_and(|value| value.starts_with('"'));
                    one.is_disjoint(other) && all.all(|value| value.starts_with('"') == is_text)
                }
                (Is::Type(one), Is::Type(other)) => one.is_disjoint(other),
                (Is::Begins(one), Is::Begins(other)) => !one.starts_with(other) && !other.starts_with(one),
                (Is::Ends(one), Is::Ends(other)) => !one.ends_with(other) && !other.ends_with(one),
                _ => false,
            }
    }
}

/// All that is known to hold where a condition does.
fn facts((node, source): Condition<'_>) -> Vec<Fact> {
    let named: Vec<&SyntaxNode> = node.children.iter().filter(|part| part.named).collect();
    match (node.kind, named.as_slice()) {
        ("parenthesized_expression", [inner]) => facts((inner, source)),
        ("boolean_operator" | "binary_expression", [one, other]) if has_operator(node, &["and", "&&"]) => {
            [facts((one, source)), facts((other, source))].into_iter().flatten().collect()
        }
        ("comparison_operator" | "binary_expression", [left, right]) => {
            compared(node, (left, right), source).into_iter().collect()
        }
        ("call" | "call_expression", _) => asked(node, source).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn has_operator(node: &SyntaxNode, operators: &[&str]) -> bool {
    node.children.iter().any(|part| !part.named && operators.contains(&part.kind))
}

/// `x == 1`, `x in (1, 2)`, `typeof x === "string"`.
fn compared(node: &SyntaxNode, (left, right): (&SyntaxNode, &SyntaxNode), source: &str) -> Option<Fact> {
    let of = subject(left, source)?;
    if has_operator(node, &["==", "==="]) {
        let value = fixed(right, source)?;
        return Some(Fact { of, is: Is::Value(BTreeSet::from([value])) });
    }
    let lists = matches!(right.kind, "tuple" | "list" | "set") && has_operator(node, &["in"]);
    let values = right.children.iter().filter(|part| part.named).map(|part| fixed(part, source));
    let values: Option<BTreeSet<String>> = values.collect();
    values.filter(|values| lists && !values.is_empty()).map(|values| Fact { of, is: Is::Value(values) })
}

/// `isinstance(x, int)`, `x.startswith("a")`.
fn asked(call: &SyntaxNode, source: &str) -> Option<Fact> {
    let callee = child(call, "function")?;
    let arguments = child(call, "arguments")?;
    let arguments: Vec<&SyntaxNode> = arguments.children.iter().filter(|part| part.named).collect();
    let text = squeezed(&source[callee.span.clone()]);
    match (text.as_str(), arguments.as_slice()) {
        ("isinstance", [of, types]) => {
            let of = subject(of, source)?;
            let listed = || types.children.iter().filter(|part| part.named);
            let types: Vec<&SyntaxNode> =
                if types.kind == "tuple" { listed().collect() } else { vec![types] };
            let values = types.into_iter().map(|part| values_of(&source[part.span.clone()]));
            let values: Option<Vec<&[&str]>> = values.collect();
            let values = values?.into_iter().flatten().map(|name| (*name).to_owned()).collect();
            Some(Fact { of, is: Is::Type(values) })
        }
        (_, [part]) => {
            let (of, asked) = text.rsplit_once('.')?;
            let is_plain = !of.contains(['(', '[']);
            let part = fixed(part, source).filter(|_| is_plain)?;
            // Without its quotes it is what the text must hold.
            let part = part.trim_matches(['"', '\'', '`']).to_owned();
            let is = match asked {
                "startswith" | "startsWith" => Is::Begins(part),
                "endswith" | "endsWith" => Is::Ends(part),
                _ => return None,
            };
            Some(Fact { of: of.to_owned(), is })
        }
        _ => None,
    }
}

/// What is asked about, where asking twice finds the same.
fn subject(node: &SyntaxNode, source: &str) -> Option<String> {
    let text = squeezed(&source[node.span.clone()]);
    let is_plain = text.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '.' | ' '));
    is_plain.then_some(text)
}

/// A value that is written down; two texts in different quotes are one.
fn fixed(node: &SyntaxNode, source: &str) -> Option<String> {
    let text = squeezed(&source[node.span.clone()]);
    match node.kind {
        "string" | "string_literal" | "interpreted_string_literal" | "raw_string_literal"
            if text.starts_with(['"', '\'', '`']) && !text.contains('\\') =>
        {
            Some(format!("\"{}\"", text.trim_matches(['"', '\'', '`'])))
        }
        // `1` and `1.0` and `True` are one value in two spellings.
        "integer" | "int_literal" | "integer_literal" | "number"
            if text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0')) =>
        {
            Some(text)
        }
        _ => None,
    }
}

/// Whether no error can be meant by two of Python's clauses.
fn catch_apart(one: Condition<'_>, other: Condition<'_>) -> bool {
    let (Some(one), Some(other)) = (caught(one), caught(other)) else { return false };
    let is_within = |inner: &str, outer: &str| {
        std::iter::successors(Some(inner), |name| parent(name)).any(|name| name == outer)
    };
    one.iter().all(|one| other.iter().all(|other| !is_within(one, other) && !is_within(other, one)))
}

/// The errors that a clause is for; none where one of them is not known.
fn caught<'a>((clause, source): Condition<'a>) -> Option<Vec<&'a str>> {
    let mut kind = clause.children.iter().find(|part| part.named)?;
    if kind.kind == "as_pattern" {
        kind = kind.children.first()?;
    }
    let names: Vec<&str> = match kind.kind {
        "tuple" => {
            let named = kind.children.iter().filter(|part| part.named);
            named.map(|part| &source[part.span.clone()]).collect()
        }
        _ => vec![&source[kind.span.clone()]],
    };
    names.iter().all(|name| parent(name).is_some()).then_some(names)
}

/// The error that one of Python's own is a kind of. Of others it is not known what they are kinds of.
fn parent(name: &str) -> Option<&'static str> {
    Some(match name {
        "ArithmeticError" | "AssertionError" | "AttributeError" | "BufferError" | "EOFError"
        | "ImportError" | "LookupError" | "MemoryError" | "NameError" | "OSError" | "RuntimeError"
        | "StopIteration" | "SyntaxError" | "TypeError" | "ValueError" => "Exception",
        "Exception" | "KeyboardInterrupt" | "SystemExit" | "GeneratorExit" => "BaseException",
        "ZeroDivisionError" | "OverflowError" => "ArithmeticError",
        "IndexError" | "KeyError" => "LookupError",
        "UnicodeError" => "ValueError",
        "UnicodeDecodeError" | "UnicodeEncodeError" => "UnicodeError",
        "ModuleNotFoundError" => "ImportError",
        "NotImplementedError" | "RecursionError" => "RuntimeError",
        "FileExistsError" | "FileNotFoundError" | "InterruptedError" | "IsADirectoryError"
        | "NotADirectoryError" | "PermissionError" | "ProcessLookupError" | "TimeoutError"
        | "ChildProcessError" | "BlockingIOError" | "ConnectionError" => "OSError",
        "BrokenPipeError" | "ConnectionAbortedError" | "ConnectionRefusedError" | "ConnectionResetError" => {
            "ConnectionError"
        }
        _ => return None,
    })
}

/// Of which types the values of one of Python's own are; none of a type that others may extend with it.
fn values_of(name: &str) -> Option<&'static [&'static str]> {
    Some(match name.trim() {
        "str" => &["str"],
        "bytes" => &["bytes"],
        "bytearray" => &["bytearray"],
        // A boolean is a number.
        "int" => &["int", "bool"],
        "bool" => &["bool"],
        "float" => &["float"],
        "complex" => &["complex"],
        "list" => &["list"],
        "tuple" => &["tuple"],
        "dict" => &["dict"],
        "set" => &["set"],
        "frozenset" => &["frozenset"],
        "type(None)" => &["None"],
        _ => return None,
    })
}
