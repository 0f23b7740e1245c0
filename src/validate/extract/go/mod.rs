//! Go.
//!
//! Methods are members of their receiver's type wherever they stand. What a struct or interface
//! embeds it extends.

pub(in crate::validate) use self::types::is_go_number;

mod around;
mod checks;
mod literals;
mod names;
mod types;
mod values;

use std::sync::LazyLock;

use super::node::{Node, Words};
use super::scope::ScopeSort;
use super::syntax::{child, children, line, literal, named};
use super::walk::{Declaration, Grammar, Walk};
use crate::validate::model::{Field, Imported, Kind, RefKind, Ty, Value};

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(tree_sitter_go::LANGUAGE));

pub(super) const GO: Grammar = Grammar {
    words: || &WORDS,
    hoists: false,
    by_path: false,
    tells_locals: false,
    enter,
    repair: |_, _| None,
};

fn enter<'a>(walk: &mut Walk<'a>, node: Node<'a>) -> bool {
    around::note(walk, node);
    checks::note(walk, node);
    match node.kind() {
        "package_clause" => {
            walk.model.package =
                named(node).first().map_or(String::new(), |name| walk.text(*name).to_owned());
            return false;
        }
        "import_spec" => {
            import(walk, node);
            return false;
        }
        "function_declaration" => function(walk, node, Kind::Function),
        "method_declaration" => method(walk, node),
        "type_spec" | "type_alias" => type_spec(walk, node),
        "method_elem" => interface_method(walk, node),
        "field_declaration" => field(walk, node),
        "const_spec" | "var_spec" => variables(walk, node),
        _ => enter_expression(walk, node),
    }
    true
}

fn enter_expression<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "func_literal" => names::open_function(walk, node),
        "block"
        | "if_statement"
        | "for_statement"
        | "expression_switch_statement"
        | "communication_case"
        | "expression_case"
        | "default_case" => walk.open_scope(ScopeSort::Block),
        "type_case" => names::open_case(walk, node),
        "type_switch_statement" => names::define_switched(walk, node),
        "short_var_declaration" => names::define_short(walk, node),
        "range_clause" | "receive_statement" => names::define_received(walk, node),
        "call_expression" => names::call(walk, node),
        "type_conversion_expression" => names::conversion(walk, node),
        "composite_literal" => literals::composite(walk, node),
        "selector_expression" => names::selector(walk, node),
        "identifier" => names::identifier(walk, node),
        "type_identifier" => names::type_identifier(walk, node),
        "package_identifier" => walk.refer_bare(RefKind::Read, node),
        // Parameter names in types bind nothing that could be used.
        "parameter_declaration" | "variadic_parameter_declaration" => {
            children(node, "name").into_iter().for_each(|name| walk.settle(name));
        }
        _ => {}
    }
}

fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

fn import<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(module) = child(node, "path").and_then(|path| literal(path, walk.source)) else { return };
    let name = child(node, "name");
    let local = match name {
        Some(name) if name.kind() != "dot" => walk.text(name),
        _ => package_name(module),
    };
    let glob = name.is_some_and(|name| name.kind() == "dot");
    let names = vec![Imported { name: String::new(), local: local.to_owned() }];
    // Of a group each line is a statement of its own.
    let alone = walk.above(0).filter(|above| above.kind() == "import_declaration");
    let import = walk.import(alone.unwrap_or(node), module.to_owned(), if glob { Vec::new() } else { names });
    import.glob = glob;
}

/// The name a package most likely has: the last part of its path that is no version.
pub(super) fn package_name(module: &str) -> &str {
    let is_version = |part: &&str| {
        let digits = part.strip_prefix('v').unwrap_or_default();
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    };
    let last = module.rsplit('/').find(|part| !is_version(part)).unwrap_or(module);
    let last = last.split('.').next().unwrap_or(last);
    last.strip_prefix("go-").unwrap_or(last)
}

fn function<'a>(walk: &mut Walk<'a>, node: Node<'a>, kind: Kind) {
    if let Some(name) = child(node, "name") {
        let text = walk.text(name);
        let mut declaration = Declaration::new(kind, name);
        declaration.exported = is_exported(text);
        let parameters = types::parameters(node, walk.source);
        declaration.sig = Some(types::with_parameters(types::signature(node, walk.source), &parameters));
        declaration.ty = types::hidden(values::result(walk, node), &parameters);
        declaration.body = child(node, "body");
        declaration.flags.may_repeat = kind == Kind::Function && matches!(text, "init" | "_");
        declaration.flags.is_test = kind == Kind::Function && is_test(text);
        walk.define(node, declaration);
    }
    names::open_function(walk, node);
}

fn is_test(name: &str) -> bool {
    let rest =
        ["Test", "Benchmark", "Fuzz", "Example"].into_iter().find_map(|prefix| name.strip_prefix(prefix));
    rest.is_some_and(|rest| !rest.starts_with(char::is_lowercase))
}

fn method<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let receiver = child(node, "receiver").and_then(|list| named(list).first().copied());
    let ty = receiver.and_then(|receiver| child(receiver, "type"));
    if let Some(name) = ty.and_then(|ty| types::type_name(ty, walk.source)) {
        walk.open_name(Kind::Class, name, false);
    }
    function(walk, node, Kind::Method);
}

fn type_spec<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let (Some(name), Some(ty)) = (child(node, "name"), child(node, "type")) else { return };
    if walk.scopes.in_function() {
        names::bind(walk, name, node.start_byte(), None);
    } else {
        let kind = match ty.kind() {
            "struct_type" => Kind::Class,
            "interface_type" => Kind::Interface,
            _ => Kind::Alias,
        };
        let mut declaration = Declaration::new(kind, name);
        declaration.exported = is_exported(walk.text(name));
        declaration.supers = embedded(ty, walk.source);
        let parameters = types::parameters(node, walk.source);
        let literal = || types::with_parameters(types::literal(ty, walk.source), &parameters);
        declaration.sig = (kind == Kind::Class).then(literal);
        declaration.body = if kind == Kind::Alias { None } else { named(ty).first().copied() };
        if let (Kind::Alias, Value::Of(of)) = (kind, values::stated(walk, ty)) {
            declaration.ty = types::hidden(of, &parameters);
        }
        walk.define(node, declaration);
    }
    walk.open_scope(ScopeSort::Declaration);
    names::type_parameters(walk, node);
}

/// The types that a struct or an interface embeds. An interface without a name inside one is a part of it.
fn embedded(ty: Node<'_>, source: &str) -> Vec<String> {
    let list = super::syntax::child_of_kind(ty, "field_declaration_list").unwrap_or(ty);
    let parts = named(list).into_iter().filter_map(|part| match part.kind() {
        "field_declaration" if child(part, "name").is_none() => child(part, "type"),
        "type_elem" if part.named_child_count() == 1 => named(part).first().copied(),
        _ => None,
    });
    let names = parts.flat_map(|part| match part.kind() {
        "interface_type" => embedded(part, source),
        _ => types::type_name(part, source).into_iter().map(str::to_owned).collect(),
    });
    names.filter(|name| !types::is_builtin(name)).collect()
}

fn interface_method<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    let is_inner = |kind: &str| matches!(kind, "interface_type" | "type_elem");
    let owner = walk.around().map(Node::kind).find(|kind| !is_inner(kind));
    if owner.is_some_and(names_type) && walk.in_type() {
        let mut declaration = Declaration::new(Kind::Method, name);
        declaration.exported = is_exported(walk.text(name));
        let parameters =
            walk.around().find(|node| names_type(node.kind())).map(|ty| types::parameters(ty, walk.source));
        let sig = types::signature(node, walk.source);
        declaration.sig = Some(types::with_parameters(sig, &parameters.unwrap_or_default()));
        declaration.ty = values::result(walk, node);
        declaration.flags.is_abstract = true;
        walk.define(node, declaration);
    }
    names::open_function(walk, node);
}

fn names_type(kind: &str) -> bool {
    matches!(kind, "type_spec" | "type_alias")
}

fn field<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let fields = children(node, "name");
    if !names_type(walk.kind_above(2)) || !walk.in_type() {
        return;
    }
    let ty = names::annotated(walk, child(node, "type"));
    let tag = child(node, "tag").map(|tag| Tag::of(walk.text(tag))).unwrap_or_default();
    for name in &fields {
        let text = walk.text(*name);
        let wire = tag.name.filter(|_| fields.len() == 1).unwrap_or(text).to_owned();
        let optional = tag.is_optional || matches!(ty, Ty::Optional(_));
        if !tag.is_skipped {
            walk.add_field(Field {
                name: text.to_owned(),
                wire,
                ty: ty.clone(),
                optional,
                line: line(*name),
            });
        }
    }
    let written = child(node, "type").map(|ty| values::written(walk, ty)).unwrap_or_default();
    define_each(walk, node, &fields, Kind::Field, &written);
}

/// The part of a struct tag about JSON.
#[derive(Default)]
struct Tag<'a> {
    name: Option<&'a str>,
    is_optional: bool,
    is_skipped: bool,
}

impl<'a> Tag<'a> {
    fn of(tag: &'a str) -> Self {
        let quoted = tag.split_once("json:").and_then(|(_, rest)| rest.split('"').nth(1));
        let mut words = quoted.unwrap_or_default().trim_end_matches('\\').split(',');
        let name = words.next().filter(|name| !name.is_empty());
        let is_optional = words.any(|word| word.starts_with("omit"));
        Self { name, is_optional, is_skipped: quoted == Some("-") }
    }
}

/// Constants and variables, of the package or of a function.
fn variables<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let all = children(node, "name");
    let all: Vec<Node<'a>> = all.into_iter().filter(|name| name.kind() == "identifier").collect();
    let stated = child(node, "type").and_then(|ty| types::type_name(ty, walk.source));
    let values = child(node, "value").map(named).unwrap_or_default();
    let is_constant = node.kind() == "const_spec";
    if !walk.scopes.in_function() {
        let written = match child(node, "type") {
            Some(ty) => values::written(walk, ty),
            None if is_constant => plain(walk, &all, &values),
            None => shown(walk, &all, &values),
        };
        define_each(walk, node, &all, Kind::Const, &written);
        let since = walk.model.defs.len() - all.len().min(walk.model.defs.len());
        walk.model.defs[since..].iter_mut().for_each(|def| def.flags.is_constant = is_constant);
    }
    let mut each = match child(node, "type") {
        Some(ty) => vec![values::stated(walk, ty); all.len()],
        None => values::each(walk, &values, all.len()),
    };
    each.resize(all.len(), Value::Unknown);
    for (index, (name, value)) in all.into_iter().zip(each).enumerate() {
        let shown = || values.get(index).and_then(|value| types::of_value(*value, walk.source));
        let ty = stated.or_else(shown);
        let value = if is_constant { value } else { values::begun(value) };
        names::bind_to(walk, name, node.end_byte(), ty, value);
    }
}

/// The kind of the one constant without a type of a declaration: `{int}`.
fn plain(walk: &Walk<'_>, names: &[Node<'_>], values: &[Node<'_>]) -> String {
    let ([_], [value]) = (names, values) else { return String::new() };
    match values::value(walk, *value) {
        Value::Of(kind) if kind.starts_with('{') && kind != "{nil}" => kind,
        _ => String::new(),
    }
}

/// The type of the one variable of a declaration, where its value shows that; what a function gives back
/// is written as its call, `room.New()`.
fn shown(walk: &Walk<'_>, names: &[Node<'_>], values: &[Node<'_>]) -> String {
    let ([_], [value]) = (names, values) else { return String::new() };
    match values::begun(values::value(walk, *value)) {
        Value::Of(ty) if !ty.starts_with(['{', '_']) => ty,
        Value::Call(Some(on), name, _) => match *on {
            Value::Name(function) if name.is_empty() => format!("{function}()"),
            Value::Name(package) => format!("{package}.{name}()"),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// Defines the names of one declaration, each for itself if there are several.
fn define_each<'a>(walk: &mut Walk<'a>, node: Node<'a>, names: &[Node<'a>], kind: Kind, ty: &str) {
    for name in names {
        let text = walk.text(*name);
        let mut declaration = Declaration::new(kind, *name);
        declaration.exported = is_exported(text);
        declaration.flags.may_repeat = text == "_";
        declaration.ty = ty.to_owned();
        if names.len() == 1 {
            walk.define(node, declaration);
        } else {
            walk.define_one_of(node, declaration);
        }
    }
}
