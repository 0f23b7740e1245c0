//! Uses of names, and the names that functions bind.

use super::around;
use super::types::{of_value, parts, stated, stated_of, type_name};
use super::values::{closed, full, stated_methods, value, wanted};
use super::{access, dotted};
use crate::validate::extract::node::Node;
use crate::validate::extract::scope::ScopeSort;
use crate::validate::extract::syntax::{Argument, arguments, child, child_of_kind, children, named};
use crate::validate::extract::uses::{Receiving, Step, Use};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, Asks, RefKind, Value};

/// What stands before a dot.
pub(super) fn receiver<'a>(walk: &Walk<'a>, node: Node<'a>) -> Receiving<'a> {
    Receiving::of(node, |node| match node.kind() {
        "identifier" => Step::Root(Receiving::implied(walk.text(node))),
        "this" | "super" if in_anonymous(walk) => Step::Root(Receiving::other()),
        "this" => Step::Root(Receiving::this()),
        "super" => Step::Root(walk.open_super().map_or(Receiving::other(), Receiving::typed)),
        "field_access" => match (child(node, "object"), child(node, "field")) {
            // `Outer.this` is an instance of the type around.
            (Some(object), Some(field)) if field.kind() == "this" => {
                Step::Root(Receiving::typed(dotted(walk, Some(object))))
            }
            (Some(object), Some(field)) => Step::Field(object, walk.text(field)),
            _ => Step::Root(Receiving::other()),
        },
        "parenthesized_expression" => match named(node).first() {
            Some(inner) => Step::Inside(*inner),
            None => Step::Root(Receiving::other()),
        },
        "type_identifier" | "scoped_type_identifier" | "generic_type" => {
            Step::Root(type_name(node, walk.source).map_or(Receiving::other(), Receiving::typed))
        }
        _ => Step::Root(of_value(node, walk.source).map_or(Receiving::other(), Receiving::typed)),
    })
}

/// The type that the innermost class around the current node extends, if that class has no name.
pub(super) fn anonymous_type(walk: &Walk<'_>) -> Option<String> {
    let made = made_with_body(walk).filter(|made| made.kind() == "object_creation_expression")?;
    stated(child(made, "type")?, walk.source)
}

/// Whether the innermost class around the current node has no name.
pub(super) fn in_anonymous(walk: &Walk<'_>) -> bool {
    let made = made_with_body(walk);
    made.is_some_and(|made| matches!(made.kind(), "object_creation_expression" | "enum_constant"))
}

/// What the innermost class body around the current node belongs to.
fn made_with_body<'a>(walk: &Walk<'a>) -> Option<Node<'a>> {
    let mut around = walk.around();
    let is_body = |node: &Node<'_>| {
        matches!(node.kind(), "class_body" | "interface_body" | "enum_body" | "enum_body_declarations")
    };
    around.find(is_body)?;
    around.next()
}

pub(super) fn call<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(name), Some(list)) = (child(node, "name"), child(node, "arguments")) else { return };
    let object = child(node, "object");
    let receiving = object.map_or(Receiving::member(), |object| receiver(walk, object));
    let mut used = Use::new(RefKind::Call, name, walk.text(name), receiving);
    used.on = object.map_or_else(|| implied_value(walk), |object| value(walk, object));
    used.args = Some(passed(walk, list));
    used.wanted = wanted(walk, node);
    used.taken = around::taken(walk);
    walk.refer(used);
}

/// What a bare member may belong to before anything else: the anonymous class around it.
fn implied_value(walk: &Walk<'_>) -> Value {
    anonymous_type(walk).map_or(Value::Unknown, Value::Of)
}

fn passed(walk: &Walk<'_>, list: Node<'_>) -> Args {
    let mut args = arguments(list, |_| Argument::Positional);
    args.values = named(list).into_iter().map(|argument| value(walk, argument)).collect();
    args
}

/// `this(…)` and `super(…)` at the start of a constructor.
pub(super) fn constructor_call<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(name), Some(list)) = (child(node, "constructor"), child(node, "arguments")) else { return };
    let ty = match name.kind() {
        "this" => walk.open_type().map(str::to_owned),
        _ => walk.open_super(),
    };
    let Some(ty) = ty.filter(|_| walk.kind_above(1) == "constructor_declaration") else { return };
    let mut used = Use::new(RefKind::Construct, name, "constructor", Receiving::typed(ty));
    used.args = Some(passed(walk, list));
    walk.refer(used);
}

pub(super) fn construct<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(ty), Some(list)) = (child(node, "type"), child(node, "arguments")) else { return };
    let Some((name, receiving)) = type_parts(walk, ty) else { return };
    let mut used = Use::new(RefKind::Construct, name, walk.text(name), receiving);
    used.args = Some(passed(walk, list));
    used.wanted = wanted(walk, node);
    used.states = stated_methods(walk, node);
    walk.refer(used);
}

/// The last part of the name of a type, and what stands before it.
pub(super) fn type_parts<'a>(walk: &Walk<'a>, node: Node<'a>) -> Option<(Node<'a>, Receiving<'a>)> {
    match node.kind() {
        "type_identifier" => Some((node, Receiving::none())),
        "generic_type" => type_parts_of_scope(walk, *named(node).first()?),
        _ => type_parts_of_scope(walk, node),
    }
}

fn type_parts_of_scope<'a>(walk: &Walk<'a>, node: Node<'a>) -> Option<(Node<'a>, Receiving<'a>)> {
    if node.kind() == "type_identifier" {
        return Some((node, Receiving::none()));
    }
    let parts = named(node);
    let (outer, name) = (parts.first()?, parts.last()?);
    let scoped = node.kind() == "scoped_type_identifier";
    scoped.then(|| (*name, type_name(*outer, walk.source).map_or(Receiving::other(), Receiving::qualifier)))
}

/// The name of a type that stands alone.
pub(super) fn type_identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    if walk.is_settled(node) || walk.text(node) == "var" && walk.field() == "type" {
        return;
    }
    let mut used = Use::new(type_use(walk, 0), node, walk.text(node), Receiving::none());
    if walk.kind_above(0) == "resource" {
        used.wanted = closed();
    }
    walk.refer(used);
}

/// The last part of `Outer.Inner`; what is before it follows by itself.
pub(super) fn scoped_type<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some((name, receiving)) = type_parts_of_scope(walk, node) else { return };
    if !walk.is_settled(name) {
        walk.refer(Use::new(type_use(walk, 0), name, walk.text(name), receiving));
    }
}

fn type_use(walk: &Walk<'_>, mut up: usize) -> RefKind {
    while matches!(walk.kind_above(up), "generic_type" | "annotated_type" | "type_list") {
        up += 1;
    }
    match walk.kind_above(up) {
        "superclass" | "super_interfaces" | "extends_interfaces" => RefKind::Extends,
        _ => RefKind::Type,
    }
}

/// `a.b`, unless a call said so already.
pub(super) fn field_access<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(object), Some(field)) = (child(node, "object"), child(node, "field")) else { return };
    if field.kind() == "identifier" && !walk.is_settled(field) {
        let mut used = Use::new(access(walk), field, walk.text(field), receiver(walk, object));
        used.on = value(walk, object);
        used.wanted = wanted(walk, node);
        used.args = given(walk);
        walk.refer(used);
    }
}

pub(super) fn identifier<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match walk.kind_above(0) {
        "labeled_statement" | "break_statement" | "continue_statement" => {}
        // A name with dots is a value only as a field access.
        "scoped_identifier" if walk.field() == "name" => {}
        "type_pattern" | "record_pattern_component" => bind(walk, node, None),
        "lambda_expression" if walk.field() == "parameters" => bind_handed(walk, node, 0),
        "inferred_parameters" => bind_handed(walk, node, 1),
        "switch_label" => case_label(walk, node),
        _ => bare(walk, node),
    }
}

/// Binds the parameter of a lambda, `up` levels below it, to what the call hands on that takes the lambda.
fn bind_handed<'a>(walk: &mut Walk<'a>, node: Node<'a>, up: usize) {
    let call = walk.above(up + 2).filter(|call| call.kind() == "method_invocation");
    let names = if up == 0 { vec![node] } else { walk.above(0).map(named).unwrap_or_default() };
    let handed = call.and_then(|call| {
        let (object, method) = (child(call, "object")?, walk.text(child(call, "name")?));
        match names.as_slice() {
            [_] if matches!(walk.text(object), "Collectors" | "Comparator") => gathered(walk, up + 3),
            [_] => Some(value(walk, object).passed(method)),
            // `map.forEach((key, value) -> …)`.
            [key, _] if method == "forEach" => {
                let part = if key.id() == node.id() { "keySet" } else { "values" };
                Some(value(walk, object).called(part, 0).passed("forEach"))
            }
            _ => None,
        }
    });
    walk.settle(node);
    walk.bind_value(walk.text(node), node.start_byte(), None, handed.unwrap_or_default());
}

/// What a function is given that a stream or a list gathers or sorts its elements by, `up` levels below the list
/// of arguments that it stands in.
fn gathered(walk: &Walk<'_>, up: usize) -> Option<Value> {
    let call = walk.above(up + 1).filter(|call| call.kind() == "method_invocation")?;
    let takes = ["collect", "sorted", "sort", "max", "min"];
    let is_taken = takes.contains(&walk.text(child(call, "name")?));
    is_taken.then(|| value(walk, child(call, "object").unwrap_or(call)).passed("forEach"))
}

/// A name that stands alone; what becomes of it tells something only when it is no local.
fn bare<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let text = walk.text(node);
    if walk.is_settled(node) {
        return;
    }
    if walk.scopes.is_local(walk.scopes.current(), text, node.start_byte()) {
        // What is passed is told by the call.
        let mut used = Use::new(access(walk), node, text, Receiving::none());
        used.wanted = if walk.kind_above(0) == "argument_list" { Value::Unknown } else { wanted(walk, node) };
        return walk.refer(used);
    }
    let mut used = Use::new(access(walk), node, text, Receiving::none());
    used.wanted = wanted(walk, node);
    used.args = given(walk);
    walk.refer(used);
}

/// What the current node is set to.
fn given(walk: &Walk<'_>) -> Option<Args> {
    let around = walk.above(0).filter(|around| around.kind() == "assignment_expression")?;
    let is_set = walk.field() == "left" && walk.text(child(around, "operator")?) == "=";
    let right = child(around, "right").filter(|_| is_set)?;
    Some(Args { positional: 1, values: vec![value(walk, right)], ..Args::default() })
}

/// A constant that a case names: of the type that is switched over if that is an enum, and one in
/// sight otherwise.
fn case_label<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let switch = walk.around().find(|around| around.kind() == "switch_expression");
    if let Some(over) = switch.and_then(|switch| child(switch, "condition")) {
        let receiving = receiver(walk, over);
        let mut used = Use::new(RefKind::Read, node, walk.text(node), receiving);
        used.on = value(walk, over);
        walk.refer(used);
    }
    walk.refer_bare(RefKind::Read, node);
}

/// Nodes that only bind names or bound where names hold.
pub(super) fn scopes<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "block" | "constructor_body" if !walk.scopes.in_function() => walk.open_scope(ScopeSort::Function),
        "block" | "for_statement" | "switch_block" | "try_with_resources_statement" => {
            walk.open_scope(ScopeSort::Block);
        }
        "lambda_expression" => walk.open_scope(ScopeSort::Function),
        "formal_parameter" | "spread_parameter" => bind_parameter(walk, node),
        "enhanced_for_statement" => {
            walk.open_scope(ScopeSort::Block);
            bind_typed(walk, node);
        }
        "catch_clause" => walk.open_scope(ScopeSort::Block),
        "catch_formal_parameter" => {
            let ty = child_of_kind(node, "catch_type").map(named).unwrap_or_default();
            let ty = ty.first().filter(|_| ty.len() == 1).and_then(|ty| type_name(*ty, walk.source));
            child(node, "name").into_iter().for_each(|name| bind(walk, name, ty.as_deref()));
        }
        "resource" => bind_typed(walk, node),
        "instanceof_expression" => {
            let ty = child(node, "right").and_then(|ty| type_name(ty, walk.source));
            child(node, "name").into_iter().for_each(|name| bind(walk, name, ty.as_deref()));
        }
        "type_pattern" => {
            let parts = named(node);
            if let (Some(ty), Some(name)) = (parts.first(), parts.last()) {
                let ty = type_name(*ty, walk.source);
                bind(walk, *name, ty.as_deref());
            }
        }
        "local_variable_declaration" => {
            for declarator in children(node, "declarator") {
                let ty = child(node, "type").and_then(|ty| stated_of(ty, declarator, walk.source));
                let shown = child(declarator, "value").filter(|_| ty.as_deref() == Some("var"));
                let Some(name) = child(declarator, "name") else { continue };
                match shown {
                    Some(shown) => {
                        walk.settle(name);
                        let (ty, value) = (of_value(shown, walk.source), value(walk, shown));
                        walk.bind_value(walk.text(name), name.start_byte(), ty, value);
                    }
                    None => {
                        let declared = child(node, "type");
                        bind_of(walk, name, (declared, ty.as_deref().filter(|ty| *ty != "var")));
                    }
                }
            }
        }
        _ => {}
    }
}

/// Binds a name with the type and, for `var`, the value beside it.
fn bind_typed<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let ty = child(node, "type").and_then(|ty| stated(ty, walk.source));
    let shown = || child(node, "value").and_then(|value| of_value(value, walk.source));
    let ty = match ty {
        Some(ty) if ty == "var" => shown().filter(|_| node.kind() == "resource"),
        ty => ty,
    };
    let declared = child(node, "type");
    let Some(name) = child(node, "name") else { return };
    let is_inferred = declared.is_some_and(|ty| walk.text(ty) == "var");
    match child(node, "value").filter(|_| is_inferred && node.kind() == "enhanced_for_statement") {
        Some(all) => {
            walk.settle(name);
            let each = value(walk, all).passed("forEach");
            walk.bind_value(walk.text(name), name.start_byte(), None, each);
        }
        None => {
            let all = child(node, "value").filter(|_| node.kind() == "enhanced_for_statement");
            if let (Some(all), Some(each)) = (all, declared.and_then(|ty| full(walk, ty))) {
                let of = vec![value(walk, all).passed("forEach"), Value::Of(each)];
                walk.check(node, Asks::Goes, of);
            }
            bind_of(walk, name, (declared, ty.as_deref()));
        }
    }
}

/// Binds a name of a declared type with the arguments of that.
fn bind_of<'a>(walk: &mut Walk<'a>, name: Node<'a>, (declared, ty): (Option<Node<'a>>, Option<&str>)) {
    match declared.filter(|declared| declared.kind() == "generic_type").and_then(|ty| full(walk, ty)) {
        Some(full) => {
            walk.settle(name);
            let ty = ty.map(str::to_owned);
            walk.bind_value(walk.text(name), name.start_byte(), ty, Value::Of(full));
        }
        None => bind(walk, name, ty),
    }
}

/// Binds a name from where it stands on.
pub(super) fn bind<'a>(walk: &mut Walk<'a>, name: Node<'a>, ty: Option<&str>) {
    walk.settle(name);
    walk.scopes.bind(walk.text(name), name.start_byte(), ty.map(str::to_owned));
}

pub(super) fn bind_parameter<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some((ty, name)) = parts(node) else { return };
    walk.settle(name);
    if walk.scopes.in_function() {
        let ty = match node.kind() {
            "formal_parameter" => stated_of(ty, node, walk.source),
            _ => stated(ty, walk.source).map(|ty| ty + "[]"),
        };
        let from = name.start_byte().min(node.start_byte());
        let parameter = child(node, "type").filter(|ty| ty.kind() == "generic_type");
        let full = parameter.and_then(|ty| full(walk, ty)).map_or(Value::Unknown, Value::Of);
        walk.bind_value(walk.text(name), from, ty, full);
    }
}

/// Opens the scope of a method or a constructor; its parameters follow as nodes.
pub(super) fn open_function<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    walk.open_scope(ScopeSort::Function);
    type_parameters(walk, node);
}

/// Binds `<T extends X>`.
pub(super) fn type_parameters<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    for parameter in child(node, "type_parameters").map(named).unwrap_or_default() {
        if let Some(name) = child_of_kind(parameter, "type_identifier") {
            walk.settle(name);
            let bound = bound(parameter, walk.source).map(|bound| format!("{}{bound}", Value::BOUND));
            walk.scopes.bind(walk.text(name), node.start_byte(), bound);
        }
    }
}

/// What a type parameter extends; none when it is several types.
fn bound(parameter: Node<'_>, source: &str) -> Option<String> {
    let Some(bound) = child_of_kind(parameter, "type_bound") else { return Some("Object".to_owned()) };
    match named(bound).as_slice() {
        [only] => type_name(*only, source),
        _ => None,
    }
}
