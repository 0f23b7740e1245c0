//! Uses of names.

use super::types::{last_name, member_name, of_value};
use super::wanted::wanted;
use super::{around, objects, values};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{Argument, arguments, child, child_of_kind, named, text, visit};
use crate::validate::extract::uses::{Receiving, Step, Use, type_name};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, RefKind, Value};

/// How far up the function is looked for that a value is returned from.
const FUNCTION_ABOVE: usize = 12;

/// What stands before a dot.
pub(super) fn receiver<'a>(node: Node<'a>, source: &'a str) -> Receiving<'a> {
    Receiving::of(node, |node| match node.kind() {
        "this" | "super" => Step::Root(Receiving::this()),
        "identifier" | "type_identifier" => Step::Root(Receiving::name(text(node, source))),
        "parenthesized_expression" | "non_null_expression" => {
            named(node).first().map_or(Step::Root(Receiving::other()), |inner| Step::Inside(*inner))
        }
        "member_expression" | "nested_identifier" => match (child(node, "object"), child(node, "property")) {
            (Some(object), Some(property)) => Step::Field(object, text(property, source)),
            _ => Step::Root(Receiving::other()),
        },
        "await_expression" => {
            named(node).first().map_or(Step::Root(Receiving::other()), |inner| Step::Inside(*inner))
        }
        "call_expression" => Step::Root(match called(node, source) {
            Some(function) => Receiving::called(function),
            None => Receiving::other(),
        }),
        _ => {
            let ty = of_value(node, source);
            Step::Root(type_name(&ty).map_or(Receiving::other(), Receiving::typed))
        }
    })
}

/// The function that a value is the result of, when it is called by its bare name.
pub(super) fn called<'a>(value: Node<'a>, source: &'a str) -> Option<&'a str> {
    let mut value = value;
    while matches!(value.kind(), "await_expression" | "parenthesized_expression" | "non_null_expression") {
        value = named(value).first().copied()?;
    }
    let function = child(value, "function").filter(|_| value.kind() == "call_expression")?;
    (function.kind() == "identifier").then(|| text(function, source))
}

/// A function call: the use of a function or of a method.
pub(super) fn call<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(mut function) = child(node, "function") else { return };
    if function.kind() == "non_null_expression" {
        function = named(function).first().copied().unwrap_or(function);
    }
    let list = child(node, "arguments").filter(|list| list.kind() == "arguments");
    let args = list.map(|list| passed(walk, list));
    let (name, receiving) = match function.kind() {
        "identifier" => (function, Receiving::none()),
        "member_expression" => match (child(function, "object"), child(function, "property")) {
            (Some(object), Some(property)) => (property, receiver(object, walk.source)),
            _ => return,
        },
        "super" => (function, Receiving::this()),
        _ => return,
    };
    let called = if function.kind() == "super" { "constructor" } else { walk.text(name) };
    if let Some(list) = child(node, "arguments") {
        objects::arguments_written_out(walk, list, name, &receiving);
    }
    let on = child(function, "object").map_or(Value::Unknown, |object| values::value(walk, object));
    let on = if child_of_kind(function, "optional_chain").is_some() { on.passed(Value::PRESENT) } else { on };
    let mut used = Use::new(RefKind::Call, name, called, receiving);
    used.on = on;
    used.args = args;
    used.wanted = wanted(walk, node, false);
    used.awaited = is_awaited(walk);
    used.taken = around::taken(walk);
    walk.refer(used);
}

/// A type that names members of another one.
pub(super) fn keys_of_type<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if node.kind() == "lookup_type" { lookup_type(walk, node) } else { picked(walk, node) }
}

/// `Type['field']`.
fn lookup_type<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let [object, index] = named(node)[..] else { return };
    let ty = super::types::annotation(Some(object), walk.source);
    let Some(ty) = type_name(&ty) else { return };
    let field = named(index).first().copied().filter(|field| field.kind() == "string");
    member_in_quotes(walk, RefKind::Read, field, Receiving::typed(ty));
}

/// `Pick<Type, 'field' | 'other'>`.
fn picked<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let arguments = child(node, "type_arguments").map(named).unwrap_or_default();
    let is_own = walk.source.contains("type Pick<")
        || walk.model.imports.iter().any(|import| import.names.iter().any(|name| name.local == "Pick"));
    let is_pick = child(node, "name").is_some_and(|name| walk.text(name) == "Pick") && !is_own;
    let ([of, keys], true) = (&arguments[..], is_pick) else { return };
    let ty = super::types::annotation(Some(*of), walk.source);
    let Some(ty) = type_name(&ty).filter(|_| of.kind() == "type_identifier") else { return };
    let mut quoted = Vec::new();
    visit(*keys, |node, _| {
        quoted.extend(Some(node).filter(|node| node.kind() == "string"));
        matches!(node.kind(), "union_type" | "literal_type")
    });
    for key in quoted {
        member_in_quotes(walk, RefKind::Read, Some(key), Receiving::typed(ty));
    }
}

/// `value['field']`.
pub(super) fn subscript<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(object), Some(index)) = (child(node, "object"), child(node, "index")) else { return };
    let receiving = receiver(object, walk.source);
    let kind = access(walk);
    member_in_quotes(walk, kind, Some(index), receiving);
}

fn member_in_quotes<'a>(walk: &mut Walk<'a>, kind: RefKind, quoted: Option<Node<'a>>, on: Receiving<'a>) {
    let content = quoted.filter(|node| node.kind() == "string").and_then(|node| named(node).first().copied());
    let is_plain = quoted.is_some_and(|node| member_name(node, walk.source).is_some());
    if let Some(content) = content.filter(|_| is_plain) {
        walk.refer(Use::new(kind, content, walk.text(content), on));
    }
}

/// `new Foo(…)`.
pub(super) fn construct<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(constructor) = child(node, "constructor") else { return };
    let (name, receiving) = match constructor.kind() {
        "identifier" => (constructor, Receiving::none()),
        "member_expression" => match child(constructor, "object") {
            Some(object) => (last_name(constructor), receiver(object, walk.source)),
            None => return,
        },
        _ => return,
    };
    if let Some(list) = child(node, "arguments") {
        objects::arguments_written_out(walk, list, name, &receiving);
    }
    let mut used = Use::new(RefKind::Construct, name, walk.text(name), receiving);
    used.args = Some(child(node, "arguments").map(|list| passed(walk, list)).unwrap_or_default());
    walk.refer(used);
}

fn passed(walk: &Walk<'_>, list: Node<'_>) -> Args {
    let sort = |node: Node<'_>| match node.kind() {
        "spread_element" => Argument::Spread,
        _ => Argument::Positional,
    };
    let mut args = arguments(list, sort);
    if !args.spread {
        args.values = named(list).into_iter().map(|passed| values::value(walk, passed)).collect();
    }
    args
}

/// Whether the current call is awaited, has its promise followed, or is returned from an
/// asynchronous function.
fn is_awaited(walk: &Walk<'_>) -> bool {
    let mut up = 0;
    while matches!(
        walk.kind_above(up),
        "parenthesized_expression" | "non_null_expression" | "as_expression" | "ternary_expression"
    ) {
        up += 1;
        if up > FUNCTION_ABOVE {
            return false;
        }
    }
    match walk.kind_above(up) {
        "await_expression" => true,
        "member_expression" => {
            let property = walk.above(up).and_then(|node| child(node, "property"));
            property.is_some_and(|name| matches!(walk.text(name), "then" | "catch" | "finally"))
        }
        "arguments" | "array" => is_gathered(walk, up),
        "return_statement" | "arrow_function" => {
            function_above(walk).is_some_and(|function| child_of_kind(function, "async").is_some())
        }
        _ => false,
    }
}

/// Whether a value is passed to `Promise.all` and the like, by itself or in a list.
fn is_gathered(walk: &Walk<'_>, up: usize) -> bool {
    let up = if walk.kind_above(up) == "array" { up + 1 } else { up };
    let call = walk.above(up + 1).filter(|_| walk.kind_above(up) == "arguments");
    let function = call.and_then(|call| child(call, "function"));
    function.is_some_and(|function| walk.text(function).starts_with("Promise."))
}

/// The function around the current node, when it is not far.
pub(super) fn function_above<'a>(walk: &Walk<'a>) -> Option<Node<'a>> {
    let is_function = |kind| {
        matches!(
            kind,
            "arrow_function" | "function_declaration" | "function_expression" | "method_definition"
        )
    };
    let up = (0..FUNCTION_ABOVE).find(|up| is_function(walk.kind_above(*up)))?;
    walk.above(up)
}

/// `a.b`, unless a call said so already.
pub(super) fn member<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(object), Some(property)) = (child(node, "object"), child(node, "property")) else { return };
    if walk.is_settled(property) {
        return;
    }
    let receiving = receiver(object, walk.source);
    let mut used = Use::new(access(walk), property, walk.text(property), receiving);
    used.on = values::value(walk, object);
    if child_of_kind(node, "optional_chain").is_some() {
        used.on = used.on.passed(Value::PRESENT);
    }
    match used.kind {
        RefKind::Write => used.args = set_to(walk),
        _ => {
            used.wanted = wanted(walk, node, values::is_said_before(walk, property));
            used.taken = around::listed(walk);
        }
    }
    walk.refer(used);
}

/// What the current node, which is assigned to, is set to.
fn set_to(walk: &Walk<'_>) -> Option<Args> {
    let assignment = walk.above(0).filter(|above| above.kind() == "assignment_expression")?;
    let value = values::value(walk, child(assignment, "right")?);
    Some(Args { positional: 1, values: vec![value], ..Args::default() })
}

/// The value of a variable or a field that the current node alone is the type of.
fn stated_for(walk: &Walk<'_>) -> Option<Args> {
    let holder = walk.above(1).filter(|_| walk.kind_above(0) == "type_annotation")?;
    let holds = matches!(holder.kind(), "variable_declarator" | "public_field_definition");
    let value = child(holder, "value").filter(|value| holds && value.kind() != "object")?;
    let values = vec![values::value(walk, value)];
    Some(Args { positional: 1, values, ..Args::default() })
}

/// Whether the current node is read or written.
fn access(walk: &Walk<'_>) -> RefKind {
    match (walk.kind_above(0), walk.field()) {
        ("assignment_expression" | "augmented_assignment_expression", "left") => RefKind::Write,
        ("update_expression", _) => RefKind::Write,
        // `x[key] = …` changes what `x` holds.
        ("subscript_expression", "object") if is_target(walk) => RefKind::Write,
        _ => RefKind::Read,
    }
}

/// Whether the node around the current one is assigned to.
fn is_target(walk: &Walk<'_>) -> bool {
    let (target, statement) = (walk.above(0), walk.above(1));
    let is_assignment = matches!(
        walk.kind_above(1),
        "assignment_expression" | "augmented_assignment_expression" | "update_expression"
    );
    is_assignment && statement.and_then(|statement| statement.named_child(0)) == target
}

/// A bare name in an expression.
pub(super) fn identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let kind = match walk.kind_above(0) {
        "extends_clause" => RefKind::Extends,
        // `<div>` is no name of a program.
        "jsx_opening_element" | "jsx_closing_element" | "jsx_self_closing_element"
            if walk.text(node).starts_with(|first: char| first.is_lowercase()) =>
        {
            return;
        }
        _ => access(walk),
    };
    if walk.is_settled(node) {
        return;
    }
    let mut used = Use::new(kind, node, walk.text(node), Receiving::none());
    if kind == RefKind::Read {
        used.wanted = wanted(walk, node, values::is_again(walk, node));
    }
    walk.refer(used);
}

/// A name of a type.
pub(super) fn type_identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if walk.is_settled(node) {
        return;
    }
    let (mut up, mut receiving) = (0, Receiving::none());
    if walk.kind_above(0) == "nested_type_identifier" {
        let module = walk.above(0).and_then(|nested| child(nested, "module"));
        receiving = module.map_or(Receiving::other(), |module| receiver(module, walk.source));
        up += 1;
    }
    if walk.kind_above(up) == "generic_type" && (up > 0 || walk.field() == "name") {
        up += 1;
    }
    let extends =
        matches!(walk.kind_above(up), "implements_clause" | "extends_type_clause" | "extends_clause");
    let kind = if extends { RefKind::Extends } else { RefKind::Type };
    let mut used = Use::new(kind, node, walk.text(node), receiving);
    used.args = stated_for(walk);
    walk.refer(used);
}
