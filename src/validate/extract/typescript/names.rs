//! Uses of names.

use super::around;
use super::types::{last_name, member_name, of_value};
use crate::validate::extract::node::Node;
use crate::validate::extract::scope::ScopeSort;
use crate::validate::extract::syntax::{
    Argument, arguments, child, child_of_kind, children, named, text, visit,
};
use crate::validate::extract::uses::{Receiving, Step, Use, binding_type, type_name};
use crate::validate::extract::walk::Walk;
use crate::validate::model::{Args, RefKind, Ty};

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
    let args = child(node, "arguments").filter(|list| list.kind() == "arguments").map(passed);
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
        arguments_written_out(walk, list, name, &receiving);
    }
    let mut used = Use::new(RefKind::Call, name, called, receiving);
    used.args = args;
    used.awaited = is_awaited(walk);
    used.taken = around::taken(walk);
    walk.refer(used);
}

/// Objects that are written out as arguments of a call.
fn arguments_written_out<'a>(walk: &mut Walk<'a>, list: Node<'a>, name: Node<'a>, receiving: &Receiving<'a>) {
    for (index, object) in named(list).into_iter().enumerate().filter(|(_, node)| node.kind() == "object") {
        let mut used = Use::new(RefKind::Literal, name, walk.text(name), receiving.clone());
        used.args = Some(Args { positional: index, ..keys(object, walk.source) });
        walk.refer(used);
    }
}

/// The keys of an object literal, as named arguments.
fn keys(object: Node<'_>, source: &str) -> Args {
    let mut args = Args::default();
    for member in named(object) {
        match key_of(member).and_then(|key| member_name(key, source)) {
            Some(name) => args.named.push(name.to_owned()),
            None => args.spread = true,
        }
    }
    args
}

fn key_of(member: Node<'_>) -> Option<Node<'_>> {
    match member.kind() {
        "pair" => child(member, "key"),
        "method_definition" => child(member, "name"),
        "shorthand_property_identifier" => Some(member),
        _ => None,
    }
}

/// `<Panel title="x" {...rest}>`: an object that a component takes.
pub(super) fn element<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(tag) = child(node, "name") else { return };
    let (name, receiving) = match tag.kind() {
        "identifier" => (tag, Receiving::none()),
        "member_expression" => match (child(tag, "object"), child(tag, "property")) {
            (Some(object), Some(property)) => (property, receiver(object, walk.source)),
            _ => return,
        },
        _ => return,
    };
    if walk.text(name).starts_with(|first: char| first.is_lowercase()) {
        return;
    }
    let mut args = Args::default();
    for attribute in children(node, "attribute") {
        let key = Some(attribute).filter(|node| node.kind() == "jsx_attribute");
        match key.and_then(|attribute| named(attribute).first().copied()) {
            Some(key) => args.named.push(walk.text(key).to_owned()),
            None => args.spread = true,
        }
    }
    if node.kind() == "jsx_opening_element" {
        args.named.push("children".to_owned());
    }
    let was_settled = walk.is_settled(name);
    let mut used = Use::new(RefKind::Literal, name, walk.text(name), receiving);
    used.args = Some(args);
    walk.refer(used);
    // The name is a use of its own as well.
    if !was_settled {
        walk.unsettle(name);
    }
}

/// `Type['field']`.
pub(super) fn lookup_type<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let [object, index] = named(node)[..] else { return };
    let ty = super::types::annotation(Some(object), walk.source);
    let Some(ty) = type_name(&ty) else { return };
    let field = named(index).first().copied().filter(|field| field.kind() == "string");
    member_in_quotes(walk, RefKind::Read, field, Receiving::typed(ty));
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
        arguments_written_out(walk, list, name, &receiving);
    }
    let mut used = Use::new(RefKind::Construct, name, walk.text(name), receiving);
    used.args = Some(child(node, "arguments").map(passed).unwrap_or_default());
    walk.refer(used);
}

fn passed(list: Node<'_>) -> Args {
    arguments(
        list,
        |node| if node.kind() == "spread_element" { Argument::Spread } else { Argument::Positional },
    )
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
    walk.refer(Use::new(access(walk), property, walk.text(property), receiving));
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
    walk.refer_bare(kind, node);
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
    walk.refer(Use::new(kind, node, walk.text(node), receiving));
}

/// The keys of an object whose type is stated, and the object as a whole.
pub(super) fn object<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(stated) = stated_type(walk, 0) else { return };
    let Some(ty) = type_name(&stated.ty) else { return };
    for key in named(node).into_iter().filter_map(key_of) {
        let Some(name) = member_name(key, walk.source) else { continue };
        // The same token is the name of a variable too, which is found when the walk gets there.
        let was_settled = walk.is_settled(key);
        walk.refer(Use::new(RefKind::Write, key, name, Receiving::typed(ty)));
        if key.kind() == "shorthand_property_identifier" && !was_settled {
            walk.unsettle(key);
        }
    }
    // An assertion lets an object be a part of what it says.
    if stated.is_whole {
        let mut used = Use::new(RefKind::Literal, node, stated.name, Receiving::none());
        used.args = Some(keys(node, walk.source));
        walk.refer(used);
    }
}

/// The type that is stated for a value.
pub(super) struct Stated<'a> {
    pub(super) ty: Ty,
    /// As it is written.
    name: &'a str,
    /// Whether all of its required fields must be there.
    is_whole: bool,
}

/// The type that is stated for the value that so many nodes above it lie in.
pub(super) fn stated_type<'a>(walk: &Walk<'a>, up: usize) -> Option<Stated<'a>> {
    let skip = |mut up: usize| {
        while walk.kind_above(up) == "parenthesized_expression" {
            up += 1;
        }
        up
    };
    let mut up = skip(up);
    let in_list = walk.kind_above(up) == "array";
    if in_list {
        up = skip(up + 1);
    }
    let node = walk.above(up)?;
    let stated = match node.kind() {
        "variable_declarator" | "public_field_definition" | "required_parameter" => child(node, "type"),
        "as_expression" | "satisfies_expression" => named(node).get(1).copied(),
        "arrow_function" => child(node, "return_type"),
        "return_statement" => child(function_above(walk)?, "return_type"),
        _ => None,
    }?;
    let part = super::types::argument_of(stated, "Partial", walk.source);
    let mut ty = super::types::annotation(Some(part.unwrap_or(stated)), walk.source);
    if let (true, Ty::List(inner)) = (in_list, &ty) {
        ty = (**inner).clone();
    } else if in_list {
        return None;
    }
    let name = type_name(&ty).and_then(|name| find_name(stated, name, walk.source)).unwrap_or_default();
    let is_whole = part.is_none() && node.kind() != "as_expression" && !name.is_empty();
    Some(Stated { ty, name, is_whole })
}

/// A name inside a type, with the life of the source.
fn find_name<'a>(within: Node<'_>, name: &str, source: &'a str) -> Option<&'a str> {
    let text = text(within, source);
    text.find(name).and_then(|at| text.get(at..at + name.len()))
}

/// The type of the first parameter of the current function, where it goes through a list.
fn callback_type(walk: &Walk<'_>) -> Ty {
    const EACH: [&str; 9] =
        ["map", "filter", "forEach", "find", "some", "every", "flatMap", "findIndex", "findLast"];
    let call = walk.above(1).filter(|_| walk.kind_above(0) == "arguments");
    let function = call.and_then(|call| child(call, "function"));
    let Some(function) = function.filter(|function| function.kind() == "member_expression") else {
        return Ty::Any;
    };
    match (child(function, "object"), child(function, "property")) {
        (Some(list), Some(name)) if EACH.contains(&walk.text(name)) => walk.element_type(list),
        _ => Ty::Any,
    }
}

/// Binds the names in a pattern, in the current scope or in the function around it.
pub(super) fn bind<'a>(walk: &mut Walk<'a>, pattern: Node<'a>, ty: &Ty, to_function: bool) {
    bind_as(walk, pattern, binding_type(ty), to_function);
}

/// Binds the names in a pattern to a type as the scopes keep it.
pub(super) fn bind_as<'a>(walk: &mut Walk<'a>, pattern: Node<'a>, ty: Option<String>, to_function: bool) {
    let ty = ty.filter(|_| pattern.kind() == "identifier");
    for name in bound(pattern) {
        walk.settle(name);
        let (text, from) = (walk.text(name), name.start_byte());
        if to_function {
            walk.scopes.bind_in_function(text, from, ty.clone());
        } else {
            walk.scopes.bind(text, from, ty.clone());
        }
    }
}

/// The names a pattern binds.
pub(super) fn bound(pattern: Node<'_>) -> Vec<Node<'_>> {
    let mut names = Vec::new();
    visit(pattern, |node, field| match node.kind() {
        "identifier" | "type_identifier" | "shorthand_property_identifier_pattern" => {
            names.push(node);
            false
        }
        "type_annotation" | "computed_property_name" | "member_expression" | "subscript_expression" => false,
        _ => field != Some("right"),
    });
    names
}

/// `const { a, b: c } = value`: reads of fields, when it is known what they are fields of.
pub(super) fn destructured<'a>(walk: &mut Walk<'a>, pattern: Node<'a>, ty: &Ty, value: Option<Node<'a>>) {
    if pattern.kind() != "object_pattern" {
        return;
    }
    let receiving = match (type_name(ty), value) {
        (Some(ty), _) => Receiving::typed(ty),
        (None, Some(value)) => receiver(value, walk.source),
        (None, None) => return,
    };
    for member in named(pattern) {
        let key = match member.kind() {
            "pair_pattern" => child(member, "key"),
            "object_assignment_pattern" => child(member, "left"),
            "shorthand_property_identifier_pattern" => Some(member),
            _ => None,
        };
        let Some(key) = key else { continue };
        if let Some(name) = member_name(key, walk.source) {
            walk.refer(Use::new(RefKind::Read, key, name, receiving.clone()));
        }
    }
}

/// Opens the scope of a function and binds its parameters.
pub(super) fn open_function<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let element = callback_type(walk);
    walk.open_scope(ScopeSort::Function);
    type_parameters(walk, node);
    if let Some(name) = child(node, "parameter") {
        bind(walk, name, &element, false);
    }
    for (index, param) in child(node, "parameters").map(named).unwrap_or_default().into_iter().enumerate() {
        let pattern = child(param, "pattern").unwrap_or(param);
        let mut ty = super::types::annotation(child(param, "type"), walk.source);
        if index == 0 && ty == Ty::Any {
            ty = element.clone();
        }
        bind(walk, pattern, &ty, false);
        destructured(walk, pattern, &ty, None);
    }
}

/// Binds `<T>`.
pub(super) fn type_parameters<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    for parameter in child(node, "type_parameters").map(named).unwrap_or_default() {
        for name in children(parameter, "name") {
            walk.settle(name);
            walk.scopes.bind(walk.text(name), name.start_byte(), None);
        }
    }
}
