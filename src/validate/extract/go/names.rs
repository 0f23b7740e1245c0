//! Uses of names, and the names that functions bind.

use super::types::{is_builtin, of_value, type_name};
use super::{around, types, values};
use crate::validate::extract::node::Node;
use crate::validate::extract::scope::ScopeSort;
use crate::validate::extract::syntax::{Argument, arguments, child, child_of_kind, children, named, text};
use crate::validate::extract::uses::{self, Receiving, Step, Use};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, RefKind, Ty, Value};

/// What stands before a dot.
fn receiver<'a>(node: Node<'a>, source: &'a str) -> Receiving<'a> {
    Receiving::of(node, |node| match node.kind() {
        "identifier" => Step::Root(Receiving::name(text(node, source))),
        "selector_expression" => match (child(node, "operand"), child(node, "field")) {
            (Some(operand), Some(field)) => Step::Field(operand, text(field, source)),
            _ => Step::Root(Receiving::other()),
        },
        "parenthesized_expression" => {
            named(node).first().map_or(Step::Root(Receiving::other()), |inner| Step::Inside(*inner))
        }
        _ => Step::Root(of_value(node, source).map_or(Receiving::other(), Receiving::typed)),
    })
}

/// A call of a function or method.
pub(super) fn call<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(function), Some(list)) = (child(node, "function"), child(node, "arguments")) else { return };
    let (name, receiving) = match function.kind() {
        "identifier" => (function, Receiving::none()),
        "selector_expression" => match (child(function, "operand"), child(function, "field")) {
            (Some(operand), Some(field)) => (field, receiver(operand, walk.source)),
            _ => return,
        },
        "parenthesized_expression" => return converted(walk, node, function),
        _ => return,
    };
    let mut used = Use::new(RefKind::Call, name, walk.text(name), receiving);
    let mut args = passed(list);
    if !args.spread {
        args.values = named(list).into_iter().map(|passed| values::value(walk, passed)).collect();
    }
    used.args = Some(args);
    used.on = child(function, "operand").map_or(Value::Unknown, |operand| values::value(walk, operand));
    used.fleeting = is_fleeting(function);
    used.wanted = values::wanted(walk, node);
    used.takes = taken(walk, node);
    used.taken = around::taken(walk);
    walk.refer(used);
}

/// Whether what stands before the dots of a selector is no variable.
pub(super) fn is_fleeting(selector: Node<'_>) -> bool {
    let mut root = selector;
    loop {
        let inner = match root.kind() {
            "selector_expression" => child(root, "operand"),
            "parenthesized_expression" => named(root).first().copied(),
            kind => {
                return matches!(
                    kind,
                    "call_expression"
                        | "index_expression"
                        | "composite_literal"
                        | "type_assertion_expression"
                );
            }
        };
        let Some(inner) = inner else { return false };
        root = inner;
    }
}

/// `(*T)(x)` makes a value of a type of the package.
fn converted<'a>(walk: &mut Walk<'a>, node: Node<'a>, function: Node<'a>) {
    let pointer = named(function).first().copied().filter(|inner| walk.text(*inner).starts_with('*'));
    let Some(name) = pointer.and_then(|pointer| child(pointer, "operand")) else { return };
    if name.kind() == "identifier" {
        let mut used = Use::new(RefKind::Construct, name, walk.text(name), Receiving::none());
        used.on = Value::Of(format!("*{}", walk.text(name)));
        used.wanted = values::wanted(walk, node);
        walk.refer(used);
    }
}

/// How many values the place of a call takes; none where it takes any number.
fn taken(walk: &Walk<'_>, call: Node<'_>) -> Option<usize> {
    let above = walk.above(0)?;
    match above.kind() {
        "expression_list" if above.named_child_count() == 1 => {
            let statement = walk.above(1)?;
            let left = match statement.kind() {
                "short_var_declaration" | "assignment_statement" => named(child(statement, "left")?).len(),
                "var_spec" => {
                    children(statement, "name").into_iter().filter(|n| n.kind() == "identifier").count()
                }
                _ => return None,
            };
            (child(statement, "left").is_none_or(|left| left.id() != above.id())).then_some(left)
        }
        "expression_list"
        | "selector_expression"
        | "binary_expression"
        | "unary_expression"
        | "index_expression"
        | "literal_element"
        | "parenthesized_expression"
        | "if_statement" => Some(1),
        "argument_list" => (above.named_child_count() > 1).then_some(1),
        "call_expression" if child(above, "function").is_some_and(|of| of.id() == call.id()) => Some(1),
        _ => None,
    }
}

/// `f[int](x)` looks like a conversion to the parser.
pub(super) fn conversion<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(ty) = child(node, "type").filter(|ty| ty.kind() == "generic_type") else { return };
    let Some(function) = child(ty, "type") else { return };
    let name = child(function, "name").unwrap_or(function);
    let package = child(function, "package");
    let receiving = package.map_or(Receiving::none(), |package| Receiving::name(walk.text(package)));
    let mut used = Use::new(RefKind::Call, name, walk.text(name), receiving);
    used.args = Some(Args { positional: 1, ..Args::default() });
    walk.refer(used);
}

/// Counts arguments; `f(g())` passes as many as `g` returns.
fn passed(list: Node<'_>) -> Args {
    let is_one_call = matches!(named(list).as_slice(), [one] if one.kind() == "call_expression");
    arguments(list, |node| match node.kind() {
        "variadic_argument" => Argument::Spread,
        _ if is_one_call => Argument::Spread,
        _ => Argument::Positional,
    })
}

/// `a.b`, unless a call said so already.
pub(super) fn selector<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(operand), Some(field)) = (child(node, "operand"), child(node, "field")) else { return };
    if !walk.is_settled(field) {
        let receiving = receiver(operand, walk.source);
        let mut used = Use::new(access(walk, node), field, walk.text(field), receiving);
        used.on = values::value(walk, operand);
        used.fleeting = is_fleeting(node);
        used.wanted = values::wanted(walk, node);
        used.taken = around::taken(walk);
        used.args = assigned(walk, node);
        walk.refer(used);
    }
}

/// What the current node, alone on the left, is set to.
fn assigned(walk: &Walk<'_>, node: Node<'_>) -> Option<Args> {
    let statement = walk.above(1).filter(|above| above.kind() == "assignment_statement")?;
    let (left, right) = (named(child(statement, "left")?), named(child(statement, "right")?));
    let plain = child(statement, "operator").is_some_and(|operator| walk.text(operator) == "=");
    let alone = matches!((left.as_slice(), right.as_slice()), ([one], [_]) if one.id() == node.id());
    let value = || values::value(walk, right[0]);
    (plain && alone).then(|| Args { values: vec![value()], ..Args::default() })
}

/// Whether a node is read or written.
fn access(walk: &Walk<'_>, node: Node<'_>) -> RefKind {
    let is_target = || {
        let left = walk.above(1).and_then(|statement| child(statement, "left"));
        left.is_some_and(|left| (left.start_byte()..left.end_byte()).contains(&node.start_byte()))
    };
    match (walk.kind_above(0), walk.kind_above(1)) {
        ("inc_statement" | "dec_statement", _) => RefKind::Write,
        ("expression_list", "assignment_statement") if is_target() => RefKind::Write,
        // `x[key] = …` changes what `x` holds.
        ("index_expression", "expression_list") if walk.field() == "operand" => written_through(walk, node),
        ("index_expression", "inc_statement" | "dec_statement") if walk.field() == "operand" => {
            RefKind::Write
        }
        ("argument_list", "call_expression") if is_emptied(walk, node) => RefKind::Write,
        _ => RefKind::Read,
    }
}

/// Whether a node is what `delete` or `clear` takes out of.
fn is_emptied(walk: &Walk<'_>, node: Node<'_>) -> bool {
    let function = walk.above(1).and_then(|call| child(call, "function"));
    let first = walk.above(0).and_then(|list| named(list).first().copied());
    let by = function.map_or("", |function| walk.text(function));
    matches!(by, "delete" | "clear") && first.is_some_and(|first| first.id() == node.id())
}

fn written_through(walk: &Walk<'_>, node: Node<'_>) -> RefKind {
    let statement = walk.above(2).filter(|statement| statement.kind() == "assignment_statement");
    let left = statement.and_then(|statement| child(statement, "left"));
    let is_target = left.is_some_and(|left| left.byte_range().contains(&node.start_byte()));
    if is_target { RefKind::Write } else { RefKind::Read }
}

pub(super) fn identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if walk.text(node) != "_" && !walk.is_settled(node) {
        if walk.scopes.is_local(walk.scopes.current(), walk.text(node), node.start_byte()) {
            super::checks::goes(walk, node);
        }
        let mut used = Use::new(access(walk, node), node, walk.text(node), Receiving::none());
        used.wanted = values::wanted(walk, node);
        walk.refer(used);
    }
}

/// The name of a type, alone or after a package.
pub(super) fn type_identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let name = walk.text(node);
    if walk.is_settled(node) || is_builtin(name) {
        return;
    }
    let is_qualified = walk.kind_above(0) == "qualified_type";
    let package = walk.above(0).filter(|_| is_qualified).and_then(|ty| child(ty, "package"));
    let receiving = package.map_or(Receiving::none(), |package| Receiving::name(walk.text(package)));
    let kind = if is_embedded(walk, usize::from(is_qualified)) { RefKind::Extends } else { RefKind::Type };
    walk.refer(Use::new(kind, node, name, receiving));
}

/// Whether the type at the current node is embedded in a struct or an interface.
fn is_embedded(walk: &Walk<'_>, mut up: usize) -> bool {
    if walk.kind_above(up) == "generic_type" {
        up += 1;
    }
    match walk.kind_above(up) {
        "field_declaration" => walk.above(up).is_some_and(|field| child(field, "name").is_none()),
        "type_elem" => {
            walk.kind_above(up + 1) == "interface_type"
                && walk.above(up).is_some_and(|elem| elem.named_child_count() == 1)
        }
        _ => false,
    }
}

/// Binds a name from a byte on.
pub(super) fn bind<'a>(walk: &mut Walk<'a>, name: Node<'a>, from: usize, ty: Option<&str>) {
    bind_to(walk, name, from, ty, Value::Unknown);
}

/// Binds a name to what it stands for from a byte on. A type that its name alone tells may be pointed to.
pub(super) fn bind_to<'a>(walk: &mut Walk<'a>, name: Node<'a>, from: usize, ty: Option<&str>, value: Value) {
    walk.settle(name);
    let is_local = |ty: &str| walk.scopes.is_local(walk.scopes.current(), ty, from);
    let value = match (value, ty) {
        (Value::Unknown, Some(ty)) if !is_local(ty) => Value::Of(format!("{}{ty}", Value::PERHAPS_POINTED)),
        (value, _) => value,
    };
    walk.bind_value(walk.text(name), from, ty.map(str::to_owned), value);
}

/// Binds the names on the left of `:=`, with the types that the values show.
pub(super) fn define_short<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(left), right) = (child(node, "left"), child(node, "right")) else { return };
    let (names, values) = (named(left), right.map(named).unwrap_or_default());
    let each = values::each(walk, &values, names.len());
    for (index, name) in names.into_iter().enumerate().filter(|(_, name)| name.kind() == "identifier") {
        let ty = values.get(index).and_then(|value| of_value(*value, walk.source));
        let value = values::begun(each.get(index).cloned().unwrap_or_default());
        bind_to(walk, name, node.end_byte(), ty, value);
    }
}

/// Binds the loop variables of `range` and what `case x := <-c` receives.
pub(super) fn define_received<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if child_of_kind(node, ":=").is_none() {
        return;
    }
    let list = child(node, "right").map_or(Value::Unknown, |list| values::value(walk, list));
    let received = node.kind() == "receive_statement";
    for (index, name) in child(node, "left").map(named).unwrap_or_default().into_iter().enumerate() {
        if name.kind() == "identifier" {
            let value = match index {
                0 if received => list.clone(),
                _ if received => Value::Of("bool".to_owned()),
                0 => list.clone().passed("key"),
                _ => list.clone().passed("range"),
            };
            bind_to(walk, name, node.end_byte(), None, value);
        }
    }
}

/// `switch x := y.(type)`.
pub(super) fn define_switched<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    walk.open_scope(ScopeSort::Block);
    for name in child(node, "alias").map(named).unwrap_or_default() {
        bind(walk, name, name.end_byte(), None);
    }
}

/// Opens a case of a type switch, in which the name that is switched on is of the case's type.
pub(super) fn open_case<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let alias = walk.above(0).filter(|above| above.kind() == "type_switch_statement");
    let alias = alias.and_then(|switch| child(switch, "alias")).and_then(|list| named(list).first().copied());
    walk.open_scope(ScopeSort::Block);
    if let ([only], Some(name)) = (children(node, "type").as_slice(), alias) {
        let value = values::stated(walk, *only);
        bind_to(walk, name, node.start_byte(), type_name(*only, walk.source), value);
    }
}

/// Opens the scope of a function and binds its receiver, parameters and named results.
pub(super) fn open_function<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    walk.open_scope(ScopeSort::Function);
    type_parameters(walk, node);
    for list in ["receiver", "parameters", "result"].into_iter().filter_map(|field| child(node, field)) {
        if list.kind() != "parameter_list" {
            continue;
        }
        for param in named(list) {
            let variadic = param.kind() == "variadic_parameter_declaration";
            let written = child(param, "type");
            let value = match written.map_or(Value::Unknown, |ty| values::stated(walk, ty)) {
                Value::Of(ty) if variadic => Value::Of(format!("[]{ty}")),
                value => value,
            };
            let ty = annotated(walk, written.filter(|_| !variadic));
            for name in children(param, "name") {
                bind_to(walk, name, node.start_byte(), uses::type_name(&ty), value.clone());
            }
        }
    }
}

/// Binds `[T any]`, and the `T` of a receiver `*G[T]`.
pub(super) fn type_parameters<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    for name in types::parameter_names(node) {
        bind(walk, name, node.start_byte(), None);
    }
}

/// The type of an annotation, of which type parameters and local types say nothing.
pub(super) fn annotated(walk: &Walk<'_>, ty: Option<Node<'_>>) -> Ty {
    let at = ty.map_or(0, |ty| ty.start_byte());
    let is_local = |name: &str| walk.scopes.is_local(walk.scopes.current(), name, at);
    types::without(types::annotation(ty, walk.source), &is_local)
}
