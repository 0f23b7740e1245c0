//! Uses of names, and the names that functions bind.

use super::types::{annotation, constructed, is_class_name, of_value, param_name};
use super::values;
use super::{around, given};
use crate::validate::extract::node::Node;
use crate::validate::extract::scope::ScopeSort;
use crate::validate::extract::syntax::{Argument, arguments, child, child_of_kind, named, text, visit};
use crate::validate::extract::uses::{Receiving, Step, Use, binding_type, type_name};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, RefKind, Ty, Value};

/// What stands before a dot.
pub(super) fn receiver<'a>(node: Node<'a>, source: &'a str) -> Receiving<'a> {
    Receiving::of(node, |node| match node.kind() {
        "identifier" => Step::Root(match text(node, source) {
            "self" | "cls" => Receiving::this(),
            name => Receiving::name(name),
        }),
        "attribute" => match (child(node, "object"), child(node, "attribute")) {
            (Some(object), Some(name)) => Step::Field(object, text(name, source)),
            _ => Step::Root(Receiving::other()),
        },
        "parenthesized_expression" => {
            named(node).first().map_or(Step::Root(Receiving::other()), |inner| Step::Inside(*inner))
        }
        "call" if child(node, "function").is_some_and(|name| text(name, source) == "super") => {
            Step::Root(Receiving::this())
        }
        "await" => named(node).first().map_or(Step::Root(Receiving::other()), |inner| Step::Inside(*inner)),
        "call" => Step::Root(match (constructed(node, source), called(node, source)) {
            (Some(class), _) => Receiving::typed(class),
            (None, Some(function)) => Receiving::called(function),
            (None, None) => Receiving::other(),
        }),
        _ => Step::Root(Receiving::other()),
    })
}

/// The function that a value is the result of, when it is called by its bare name.
pub(super) fn called<'a>(value: Node<'a>, source: &'a str) -> Option<&'a str> {
    let mut value = value;
    while matches!(value.kind(), "await" | "parenthesized_expression") {
        value = named(value).first().copied()?;
    }
    let function = child(value, "function").filter(|_| value.kind() == "call")?;
    let name = Some(text(function, source)).filter(|_| function.kind() == "identifier");
    name.filter(|name| !is_class_name(name))
}

/// A call, or the construction of a class; what is passed by name to a class are its fields.
pub(super) fn call<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(function), Some(list)) = (child(node, "function"), child(node, "arguments")) else { return };
    let (name, receiving, on) = match function.kind() {
        "identifier" => (function, Receiving::none(), None),
        "attribute" => match (child(function, "object"), child(function, "attribute")) {
            (Some(object), Some(name)) => (name, receiver(object, walk.source), Some(object)),
            _ => return,
        },
        _ => return,
    };
    let class = walk.text(name);
    let kind = if is_class_name(class) { RefKind::Construct } else { RefKind::Call };
    let mut used = Use::new(kind, name, class, receiving);
    used.args = Some(passed(walk, list));
    used.on = on.map_or(Value::Unknown, |on| values::value(walk, on));
    used.awaited = is_awaited(walk);
    used.taken = around::taken(walk);
    used.wanted = values::wanted(walk, node);
    walk.refer(used);
    if kind == RefKind::Construct {
        for argument in named(list).into_iter().filter(|argument| argument.kind() == "keyword_argument") {
            let Some(name) = child(argument, "name") else { continue };
            walk.refer(Use::new(RefKind::Write, name, walk.text(name), Receiving::typed(class)));
        }
    }
}

fn passed(walk: &Walk<'_>, list: Node<'_>) -> Args {
    if list.kind() == "generator_expression" {
        return Args { positional: 1, ..Args::default() };
    }
    let name_of = |node| child(node, "name").map_or(String::new(), |name| walk.text(name).to_owned());
    let mut args = arguments(list, |node| match node.kind() {
        "keyword_argument" => Argument::Named(name_of(node)),
        "list_splat" | "dictionary_splat" => Argument::Spread,
        _ => Argument::Positional,
    });
    let all = named(list).into_iter();
    let (by_name, by_place): (Vec<_>, Vec<_>) = all
        .filter(|node| !node.kind().ends_with("_splat"))
        .partition(|node| node.kind() == "keyword_argument");
    let by_name = by_name.into_iter().map(|node| child(node, "value").unwrap_or(node));
    args.values = by_place.into_iter().chain(by_name).map(|node| values::value(walk, node)).collect();
    args
}

/// Whether the current call is awaited, entered with `async with` or iterated with `async for`.
fn is_awaited(walk: &Walk<'_>) -> bool {
    let mut up = 0;
    while walk.kind_above(up) == "parenthesized_expression" && up < 4 {
        up += 1;
    }
    if walk.kind_above(up) == "as_pattern" {
        up += 1;
    }
    let is_async = |up| walk.above(up).is_some_and(|node| child_of_kind(node, "async").is_some());
    match walk.kind_above(up) {
        "await" => true,
        "with_item" => is_async(up + 2),
        "for_statement" | "for_in_clause" => is_async(up),
        "argument_list" => walk.above(up + 1).is_some_and(|call| waits(walk, call)),
        _ => false,
    }
}

/// Whether a call sees to it that what it is passed is awaited.
fn waits(walk: &Walk<'_>, call: Node<'_>) -> bool {
    const WAITING: [&str; 8] = [
        "gather",
        "create_task",
        "ensure_future",
        "wait_for",
        "wait",
        "shield",
        "run_until_complete",
        "run_coroutine_threadsafe",
    ];
    let Some(function) = child(call, "function") else { return false };
    let name = child(function, "attribute").unwrap_or(function);
    WAITING.contains(&walk.text(name))
        || matches!(walk.text(function), "asyncio.run" | "anyio.run" | "trio.run")
}

/// `a.b`, unless a call said so already.
pub(super) fn attribute<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(object), Some(name)) = (child(node, "object"), child(node, "attribute")) else { return };
    if walk.is_settled(name) {
        return;
    }
    let mut used = Use::new(sort(walk), name, walk.text(name), receiver(object, walk.source));
    used.on = values::value(walk, object);
    used.wanted = values::wanted(walk, node);
    walk.refer(used);
}

/// A bare name.
pub(super) fn identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    walk.refer_bare(sort(walk), node);
}

/// How the current node, a name or an attribute, is used.
fn sort(walk: &Walk<'_>) -> RefKind {
    let is_super =
        |up| walk.kind_above(up) == "argument_list" && walk.kind_above(up + 1) == "class_definition";
    match (walk.kind_above(0), walk.field()) {
        ("assignment" | "augmented_assignment", "left") => RefKind::Write,
        ("type" | "generic_type" | "union_type" | "constrained_type" | "member_type", _) => RefKind::Type,
        ("subscript", "value") if is_super(1) => RefKind::Extends,
        // `x[key] = …` changes what `x` holds.
        ("subscript", "value") if is_target(walk) => RefKind::Write,
        _ if is_super(0) => RefKind::Extends,
        _ => RefKind::Read,
    }
}

/// Whether the node around the current one is assigned to or deleted.
fn is_target(walk: &Walk<'_>) -> bool {
    let (target, statement) = (walk.above(0), walk.above(1));
    let is_assignment =
        matches!(walk.kind_above(1), "assignment" | "augmented_assignment" | "delete_statement");
    is_assignment && statement.and_then(|statement| statement.named_child(0)) == target
}

/// The classes named in quotes in an annotation.
pub(super) fn quoted_type<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(content) = child_of_kind(node, "string_content") else { return };
    let text = walk.text(content);
    // Quotes inside are those of values.
    if text.contains(['"', '\'']) {
        return;
    }
    let mut end = content.start_byte();
    for piece in text.split_inclusive(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))) {
        let path = piece.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
        let (receiver, name) = match path.rsplit_once('.') {
            Some((module, name)) => (Receiving::name(module), name),
            None => (Receiving::none(), path),
        };
        if path.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            let mut used = Use::new(RefKind::Type, content, name, receiver);
            used.span = end + path.len() - name.len()..end + path.len();
            walk.refer(used);
        }
        end += piece.len();
    }
}

/// The keys of a dictionary whose type is stated.
pub(super) fn dictionary<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let stated =
        walk.above(0).filter(|above| above.kind() == "assignment").and_then(|above| child(above, "type"));
    let ty = annotation(stated, walk.source);
    let Some(ty) = type_name(&ty) else { return };
    let mut args = Args::default();
    for member in named(node) {
        let key = child(member, "key").filter(|key| key.kind() == "string");
        let Some(content) = key.and_then(|key| child_of_kind(key, "string_content")) else {
            args.spread = true;
            continue;
        };
        args.named.push(walk.text(content).to_owned());
        walk.refer(Use::new(RefKind::Write, content, walk.text(content), Receiving::typed(ty)));
    }
    let name = stated.map_or("", |stated| walk.text(stated));
    if name == ty {
        let mut used = Use::new(RefKind::Literal, node, name, Receiving::none());
        used.args = Some(args);
        walk.refer(used);
    }
}

/// Binds the parameters of a function or lambda in a new scope; that of a method on values has their type
/// as its first one.
pub(super) fn open_function<'a>(walk: &mut Walk<'a>, node: Node<'a>, is_on_values: bool) {
    walk.open_scope(ScopeSort::Function);
    type_parameters(walk, node);
    for (idx, param) in child(node, "parameters").map(named).unwrap_or_default().into_iter().enumerate() {
        let (stars, name) = param_name(param);
        let stated = child(param, "type");
        let ty = annotation(stated, walk.source);
        let is_this = is_on_values && idx == 0 && stated.is_none() && walk.text(name) == "self";
        let value = match name.kind() {
            "identifier" if is_this => Value::This,
            "identifier" if node.kind() == "lambda" => given::to_lambda(walk, node),
            "identifier" if stars.is_empty() => values::stated(walk, stated),
            _ => Value::Unknown,
        };
        bind_to(walk, name, binding_type(&ty), value);
    }
}

/// Binds `[T]`.
pub(super) fn type_parameters<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    for parameter in child(node, "type_parameters").map(named).unwrap_or_default() {
        let mut first = None;
        visit(parameter, |node, _| {
            if node.kind() == "identifier" {
                first = first.or(Some(node));
            }
            first.is_none()
        });
        if let Some(name) = first {
            walk.settle(name);
            walk.scopes.bind(walk.text(name), name.start_byte(), None);
        }
    }
}

/// Binds the names that an assignment, a loop or the like sets in a function; what a function
/// calls global stays a use.
pub(super) fn assign<'a>(walk: &mut Walk<'a>, target: Node<'a>, ty: &Ty) {
    assign_as(walk, target, binding_type(ty), Value::Unknown);
}

/// Binds such names to a type as the scopes keep it.
pub(super) fn assign_as<'a>(walk: &mut Walk<'a>, target: Node<'a>, ty: Option<String>, value: Value) {
    let is_name = target.kind() == "identifier";
    let (ty, value) = (ty.filter(|_| is_name), if is_name { value } else { Value::Unknown });
    if !walk.scopes.in_function() {
        // A variable of the module may hold something else from here on.
        let names = if walk.at_top() { targets(target) } else { Vec::new() };
        for name in names {
            walk.scopes.bind(walk.text(name), name.start_byte(), ty.clone());
        }
        return;
    }
    for name in targets(target) {
        let value = walk.settled_value(value.clone(), name.start_byte());
        if walk.scopes.bind_alone(walk.text(name), name.start_byte(), ty.clone(), value) {
            walk.settle(name);
        }
    }
}

/// Binds a parameter, which stands for what it is annotated as if nothing else binds it.
fn bind_to<'a>(walk: &mut Walk<'a>, name: Node<'a>, ty: Option<String>, value: Value) {
    for name in targets(name) {
        walk.settle(name);
        walk.scopes.bind_alone(walk.text(name), name.start_byte(), ty.clone(), value.clone());
    }
}

/// Binds names in the innermost scope, which may be that of a comprehension.
pub(super) fn bind_value<'a>(walk: &mut Walk<'a>, target: Node<'a>, ty: Option<&str>, value: &Value) {
    for name in targets(target) {
        walk.settle(name);
        let ty = ty.map(str::to_owned);
        walk.scopes.bind_value(walk.text(name), name.start_byte(), ty, value.clone());
    }
}

/// The plain names among the targets of an assignment.
pub(super) fn targets(target: Node<'_>) -> Vec<Node<'_>> {
    let mut names = Vec::new();
    visit(target, |node, _| match node.kind() {
        "identifier" => {
            names.push(node);
            false
        }
        "attribute" | "subscript" | "call" => false,
        _ => true,
    });
    names
}

/// The patterns of `case`: they bind names, and read classes and their fields.
pub(super) fn pattern<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "dotted_name" => dotted(walk, node),
        "splat_pattern" => assign(walk, node, &Ty::Any),
        "class_pattern" => {
            let class = named(node).first().and_then(|name| named(*name).last().copied());
            for part in named(node).into_iter().filter_map(|part| named(part).first().copied()) {
                let field = named(part).first().copied().filter(|_| part.kind() == "keyword_pattern");
                if let (Some(class), Some(field)) = (class, field) {
                    let receiving = Receiving::typed(walk.text(class));
                    walk.refer(Use::new(RefKind::Read, field, walk.text(field), receiving));
                }
            }
        }
        _ => {}
    }
}

fn dotted<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let names = named(node);
    match names.as_slice() {
        [name] if walk.kind_above(0) != "class_pattern" => {
            assign(walk, *name, &Ty::Any);
            walk.settle(*name);
        }
        [module, name] => {
            let receiving = Receiving::name(walk.text(*module));
            walk.refer(Use::new(RefKind::Read, *name, walk.text(*name), receiving));
        }
        _ => {}
    }
}

/// The type of an assigned value or of its annotation.
pub(super) fn assigned(node: Node<'_>, source: &str) -> Ty {
    match (child(node, "type"), child(node, "right")) {
        (Some(stated), _) => annotation(Some(stated), source),
        (None, Some(value)) => of_value(value, source),
        (None, None) => Ty::Any,
    }
}
