//! What surrounds uses: what becomes of values, what is locked or caught, and where cases are
//! told apart.

use super::types::{self, last_name};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, literal, named, text};
use crate::validate::extract::walk::{Arm, Walk, lock_name, runs_beside};
use crate::validate::model::{Holds, Rest, Taken};

/// How far up the function is looked for that a value is returned from.
const FUNCTION_ABOVE: usize = 12;

pub(super) fn note<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "try_statement" => {
            let body = child(node, "body").filter(|_| child_of_kind(node, "except_clause").is_some());
            body.into_iter().for_each(|body| walk.hold(Holds::Catch, body.byte_range()));
        }
        "raise_statement" => {
            // A bare `raise` hands on what was caught.
            let Some(raised) = named(node).first().copied() else { return };
            let class = child(raised, "function").unwrap_or(raised);
            walk.throws(node, walk.text(last_name(class)));
        }
        "with_statement" => with(walk, node),
        "call" => {
            let function = child(node, "function").map(last_name);
            if let (Some(name), Some(list)) = (function, child(node, "arguments"))
                && runs_beside(walk.text(name))
            {
                walk.hold(Holds::Beside, list.byte_range());
            }
        }
        "match_statement" => matching(walk, node),
        "block" => unreached(walk, node),
        _ => {}
    }
}

/// What stands behind the end of a block.
fn unreached<'a>(walk: &mut Walk<'a>, block: Node<'a>) {
    let ends = |node: &Node<'a>| {
        matches!(
            node.kind(),
            "return_statement" | "raise_statement" | "break_statement" | "continue_statement"
        )
    };
    let end = named(block).into_iter().find(ends).map_or(block.end_byte(), |end| end.end_byte());
    walk.hold(Holds::Unreached, end..block.end_byte());
}

/// `with self._lock:`, and `with pytest.raises(…)`, which catches.
fn with<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(body) = child(node, "body") else { return };
    let items = child_of_kind(node, "with_clause").map(named).unwrap_or_default();
    for value in items.into_iter().filter_map(|item| child(item, "value")) {
        let written = walk.text(value);
        if written.contains("raises(") || written.contains("suppress(") {
            walk.hold(Holds::Catch, body.byte_range());
        } else if let Some(lock) = lock_name(written).filter(|lock| is_lock(lock)) {
            walk.hold(Holds::Lock(lock.to_owned()), body.byte_range());
        }
    }
}

fn is_lock(name: &str) -> bool {
    let name = name.to_lowercase();
    ["lock", "mutex", "semaphore", "cond"].iter().any(|word| name.contains(word))
}

/// What becomes of the value of the current node, a call.
pub(super) fn taken(walk: &Walk<'_>) -> Taken {
    let wraps = |kind| matches!(kind, "await" | "parenthesized_expression");
    let up = (0..4).find(|up| !wraps(walk.kind_above(*up))).unwrap_or_default();
    let Some(above) = walk.above(up) else { return Taken::Unknown };
    match above.kind() {
        "expression_statement" => Taken::Dropped,
        "attribute" => match child(above, "attribute") {
            Some(name) => Taken::Member(walk.text(name).to_owned()),
            None => Taken::Unknown,
        },
        "subscript" if up > 0 || walk.field() == "value" => Taken::Member("[]".to_owned()),
        "assignment" => match (child(above, "left"), child(above, "type")) {
            (_, Some(stated)) => Taken::Stated(types::annotation(Some(stated), walk.source)),
            (Some(left), None) => n_names(left).map_or(Taken::Value, Taken::Bound),
            (None, None) => Taken::Unknown,
        },
        "comparison_operator"
        | "boolean_operator"
        | "not_operator"
        | "if_statement"
        | "while_statement"
        | "named_expression"
        | "conditional_expression" => Taken::Tested,
        "for_statement" | "for_in_clause"
            if child(above, "right").is_some_and(|list| is_at(walk, up, list)) =>
        {
            child(above, "left").and_then(n_names).map_or(Taken::Value, Taken::Each)
        }
        "with_item" | "as_pattern" if walk.kind_above(up + 1) != "case_clause" => entered(walk, up),
        "binary_operator" | "argument_list" | "for_statement" | "for_in_clause" => Taken::Value,
        "return_statement" => returned(walk, up),
        "lambda" => Taken::Returned,
        _ => Taken::Unknown,
    }
}

/// How many names a target binds, if it takes just as many values.
fn n_names(target: Node<'_>) -> Option<usize> {
    match target.kind() {
        "pattern_list" | "tuple_pattern" | "list_pattern" => {
            let parts = named(target);
            let is_one = |part: &Node<'_>| !matches!(part.kind(), "list_splat_pattern" | "comment");
            parts.iter().all(is_one).then_some(parts.len())
        }
        _ => Some(1),
    }
}

/// Whether the value of the current node, in so many brackets, is a part of what is around it.
fn is_at(walk: &Walk<'_>, up: usize, part: Node<'_>) -> bool {
    match up.checked_sub(1).and_then(|up| walk.above(up)) {
        Some(outermost) => outermost == part,
        None => walk.field() == "right",
    }
}

/// Whether `with` enters the value, alone or under a name.
fn entered(walk: &Walk<'_>, up: usize) -> Taken {
    let item = if walk.kind_above(up) == "as_pattern" { up + 1 } else { up };
    if walk.kind_above(item) == "with_item" { Taken::Entered } else { Taken::Unknown }
}

/// What an asynchronous function gives back, its callers have awaited already.
fn returned(walk: &Walk<'_>, up: usize) -> Taken {
    let up = (up..up + FUNCTION_ABOVE).find(|up| walk.kind_above(*up) == "function_definition");
    let Some(function) = up.and_then(|up| walk.above(up)) else { return Taken::Unknown };
    match child(function, "return_type") {
        Some(stated) => Taken::Stated(types::annotation(Some(stated), walk.source)),
        None if child_of_kind(function, "async").is_some() => Taken::Unknown,
        None => Taken::Returned,
    }
}

fn matching<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (mut arms, mut rest) = (Vec::new(), Rest::Unsaid);
    let cases = child(node, "body").map(named).unwrap_or_default();
    for case in cases.into_iter().filter(|case| case.kind() == "case_clause") {
        let patterns: Vec<Node<'a>> =
            named(case).into_iter().filter(|part| part.kind() == "case_pattern").collect();
        let [pattern] = patterns.as_slice() else { return };
        if matches!(walk.text(*pattern), "_") {
            rest = if walk.text(case).contains("assert_never(") { Rest::Never } else { Rest::Taken };
        } else if child(case, "guard").is_none() && !add_arms(walk, *pattern, &mut arms) {
            return;
        }
    }
    walk.matching(node, arms, rest, false);
}

/// Adds what a pattern names; false when it is something else.
fn add_arms<'a>(walk: &Walk<'a>, pattern: Node<'a>, arms: &mut Vec<Arm<'a>>) -> bool {
    let Some(inner) = named(pattern).first().copied() else { return false };
    match inner.kind() {
        "union_pattern" => named(inner).into_iter().all(|part| add_arm(walk, part, arms)),
        _ => add_arm(walk, inner, arms),
    }
}

fn add_arm<'a>(walk: &Walk<'a>, inner: Node<'a>, arms: &mut Vec<Arm<'a>>) -> bool {
    let names = match inner.kind() {
        "class_pattern" => named(inner).first().copied().map(named).unwrap_or_default(),
        "dotted_name" => named(inner),
        "string" => {
            let Some(name) = literal(inner, walk.source) else { return false };
            arms.push(Arm { name, of: None });
            return true;
        }
        _ => return false,
    };
    match names.as_slice() {
        // A bare name takes everything.
        [_] if inner.kind() == "dotted_name" => return false,
        [name] => arms.push(Arm { name: walk.text(*name), of: None }),
        [.., of, name] => arms.push(Arm { name: walk.text(*name), of: Some(walk.text(*of)) }),
        [] => return false,
    }
    true
}

/// What `X = Literal["a", "b"]` or `X = A | B` tells apart.
pub(super) fn cases(value: Node<'_>, source: &str) -> Vec<String> {
    let mut cases = Vec::new();
    let mut open = vec![value];
    while let Some(node) = open.pop() {
        match node.kind() {
            _ if cases.len() > 256 => return Vec::new(),
            "binary_operator" => open.extend(named(node).into_iter().rev()),
            "type" => open.extend(named(node)),
            "subscript" | "generic_type" => {
                let parts = named(node);
                let name = parts.first().map_or("", |name| text(last_name(*name), source));
                if !matches!(name, "Literal" | "Union") {
                    return Vec::new();
                }
                let rest = parts.into_iter().skip(1);
                let members = rest
                    .flat_map(|part| if part.kind() == "type_parameter" { named(part) } else { vec![part] });
                open.extend(members.collect::<Vec<_>>().into_iter().rev());
            }
            "string" => match literal(node, source) {
                Some(case) => cases.push(case.to_owned()),
                None => return Vec::new(),
            },
            "identifier" => cases.push(text(node, source).to_owned()),
            _ => return Vec::new(),
        }
    }
    if cases.len() > 1 { cases } else { Vec::new() }
}
