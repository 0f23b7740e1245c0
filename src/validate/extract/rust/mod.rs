//! Rust.
//!
//! Items inside functions are locals. What an `impl` holds are members of its type, under the
//! trait too if there is one. The tokens of macro calls are looked at for names alone.

mod around;
mod attributes;
mod imports;
mod literals;
mod macros;
mod names;
mod operators;
mod tokens;
mod types;
mod values;
mod wanted;

use std::sync::LazyLock;

use self::attributes::Marks;
use super::node::{Node, Words};
use super::scope::ScopeSort;
use super::syntax::{child, child_of_kind, line, named};
use super::uses::{Receiving, Use};
use super::walk::{Declaration, Grammar, Walk};
use crate::validate::model::{Args, Field, Flags, Impl, Kind, RefKind, Ty, Value};

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(tree_sitter_rust::LANGUAGE));

pub(super) const RUST: Grammar = Grammar {
    words: || &WORDS,
    hoists: false,
    by_path: false,
    tells_locals: false,
    enter,
    repair: |_, _| None,
};

/// The type of what cannot be told from the text.
const UNKNOWN: &str = "_";

/// The longest name of a type or trait that an `impl` is for.
const IMPL_NAME: usize = 200;

fn enter<'a>(walk: &mut Walk<'a>, node: Node<'a>) -> bool {
    around::note(walk, node);
    match node.kind() {
        "use_declaration" => imports::import(walk, node),
        "extern_crate_declaration" => imports::extern_crate(walk, node),
        "attribute_item" | "inner_attribute_item" | "visibility_modifier" => {}
        "macro_definition" => {
            item(walk, node, Kind::Function);
            return false;
        }
        _ => {
            enter_item(walk, node);
            return true;
        }
    }
    false
}

fn enter_item<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "mod_item" => item(walk, node, Kind::Module),
        "struct_item" | "union_item" => item(walk, node, Kind::Class),
        "enum_item" => item(walk, node, Kind::Enum),
        "trait_item" => item(walk, node, Kind::Interface),
        "type_item" | "associated_type" => item(walk, node, Kind::Alias),
        "const_item" | "static_item" => item(walk, node, Kind::Const),
        "function_item" | "function_signature_item" => {
            let is_member = matches!(walk.kind_above(1), "impl_item" | "trait_item");
            item(walk, node, if is_member { Kind::Method } else { Kind::Function });
        }
        "impl_item" => implementation(walk, node),
        "enum_variant" => variant(walk, node),
        "field_declaration" => field(walk, node),
        _ => enter_expression(walk, node),
    }
}

fn enter_expression<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "closure_expression" => names::open_function(walk, node),
        "block" | "if_expression" | "while_expression" => walk.open_scope(ScopeSort::Block),
        "match_arm" => {
            let tested = walk.above(1).and_then(|above| child(above, "value"));
            let tested = tested.map_or(Value::Unknown, |value| values::lent(walk, value));
            walk.open_scope(ScopeSort::Block);
            bind(walk, child(node, "pattern"), node.start_byte(), tested);
        }
        "for_expression" => {
            let list = child(node, "value");
            let each = list.map_or(Value::Unknown, |list| values::lent(walk, list)).passed("for");
            walk.open_scope(ScopeSort::Block);
            let from = list.map_or(node.start_byte(), |value| value.end_byte());
            bind(walk, child(node, "pattern"), from, each);
        }
        "let_condition" => {
            let tested = child(node, "value").map_or(Value::Unknown, |value| values::lent(walk, value));
            bind(walk, child(node, "pattern"), node.end_byte(), tested);
        }
        "let_declaration" => names::let_declaration(walk, node),
        "struct_pattern" => literals::struct_pattern(walk, node),
        "tuple_struct_pattern" => literals::tuple_pattern(walk, node),
        "match_expression" => literals::matching(walk, node),
        "call_expression" => names::call(walk, node),
        "binary_expression" | "compound_assignment_expr" => operators::compared(walk, node),
        "unary_expression" => operators::copied(walk, node),
        "struct_expression" => literals::construct(walk, node),
        "shorthand_field_initializer" => {
            named(node).last().into_iter().for_each(|name| walk.shorthand(*name));
        }
        "shorthand_field_identifier" => walk.shorthand(node),
        "field_expression" => names::field(walk, node),
        "scoped_identifier" | "scoped_type_identifier" => names::scoped(walk, node),
        "identifier" => names::identifier(walk, node),
        "type_identifier" => names::type_identifier(walk, node),
        "macro_invocation" => macros::invocation(walk, node),
        "token_tree" => macros::tokens(walk, node),
        _ => {}
    }
}

fn bind<'a>(walk: &mut Walk<'a>, pattern: Option<Node<'a>>, from: usize, value: Value) {
    if let Some(pattern) = pattern {
        names::bind(walk, pattern, from, None, value);
    }
}

/// An item: a symbol, or a local name inside a function.
fn item<'a>(walk: &mut Walk<'a>, node: Node<'a>, kind: Kind) {
    let Some(name) = child(node, "name") else { return };
    if walk.scopes.in_function() {
        walk.settle(name);
        // Items are visible in the whole block.
        walk.scopes.bind(walk.text(name), 0, None);
    } else {
        define(walk, node, name, kind);
    }
    match kind {
        Kind::Function | Kind::Method if node.kind() != "macro_definition" => {
            names::open_function(walk, node);
        }
        Kind::Const | Kind::Function => {}
        _ => {
            walk.open_scope(ScopeSort::Declaration);
            names::type_parameters(walk, node);
        }
    }
}

fn define<'a>(walk: &mut Walk<'a>, node: Node<'a>, name: Node<'a>, kind: Kind) {
    let marks = Marks::of(walk);
    let above = walk.above(1).filter(|_| walk.kind_above(0) == "declaration_list");
    let in_trait = above.is_some_and(|above| above.kind() == "trait_item" || child(above, "trait").is_some());
    let is_method = kind == Kind::Method;
    let mut declaration = Declaration::new(kind, name);
    declaration.exported =
        in_trait || marks.is_exported_macro || child_of_kind(node, "visibility_modifier").is_some();
    declaration.sig = (is_method || kind == Kind::Function && node.kind() != "macro_definition")
        .then(|| types::signature(node, walk.source))
        .or_else(|| types::tuple(node, walk.source).filter(|_| kind == Kind::Class));
    write_types(walk, node, &mut declaration);
    if let Some(sig) = declaration.sig.as_mut().filter(|_| marks.may_rewrite) {
        sig.returns = Ty::Any;
        UNKNOWN.clone_into(&mut declaration.ty);
    }
    declaration.supers = supers(node, walk.source);
    declaration.supers.extend(marks.derefs.then(|| "Deref".to_owned()));
    // Of a tuple struct the fields are part of how it is called.
    declaration.body = child(node, "body").filter(|body| body.kind() != "ordered_field_declaration_list");
    declaration.is_conditional = marks.is_conditional;
    declaration.flags = Flags {
        is_abstract: above.is_some_and(|above| above.kind() == "trait_item") && is_left_open(node),
        is_static: is_method && !types::takes_self(node),
        // A macro may bear the name of a function.
        may_repeat: node.kind() == "macro_definition" || walk.text(name) == "_",
        is_test: marks.is_test,
        is_reshaped: false,
        is_constant: false,
    };
    walk.define(node, declaration);
    if let Some(of) = above.filter(|_| is_method).and_then(|above| child(above, "trait")) {
        implements(walk, node, name, of);
    }
    if let Some(rename) = marks.renames {
        walk.rename_fields(0, rename);
    }
}

/// Says the types as they are written.
fn write_types<'a>(walk: &Walk<'a>, node: Node<'a>, declaration: &mut Declaration<'a>) {
    if let Some(sig) = &mut declaration.sig {
        for (param, ty) in sig.params.iter_mut().zip(types::param_types(node)) {
            param.written = ty.map(|ty| values::written(walk, ty, Some(node))).unwrap_or_default();
        }
    }
    let is_function = matches!(declaration.kind, Kind::Function | Kind::Method);
    let ty = child(node, if is_function { "return_type" } else { "type" });
    declaration.ty = match ty {
        Some(ty) => values::written(walk, ty, Some(node)),
        None if is_function && declaration.sig.is_some() => "()".to_owned(),
        None => String::new(),
    };
}

/// A method in an `impl` of a trait takes the place of the trait's.
fn implements<'a>(walk: &mut Walk<'a>, node: Node<'a>, name: Node<'a>, of: Node<'a>) {
    let ty = types::last_type_name(of, walk.source);
    let mut used = Use::new(RefKind::Override, name, walk.text(name), Receiving::typed(ty));
    let params = types::signature(node, walk.source).params.len();
    used.args = Some(Args { positional: params, ..Args::default() });
    walk.refer(used);
}

/// Whether an item of a trait has to be given by whoever implements it.
fn is_left_open(node: Node<'_>) -> bool {
    match node.kind() {
        "function_signature_item" | "associated_type" => true,
        "const_item" => child(node, "value").is_none(),
        _ => false,
    }
}

fn supers(node: Node<'_>, source: &str) -> Vec<String> {
    let bounds = child(node, "bounds").filter(|_| node.kind() == "trait_item").map(named).unwrap_or_default();
    let traits = bounds
        .into_iter()
        .filter(|bound| bound.kind().ends_with("type") || bound.kind().ends_with("identifier"));
    traits.map(|bound| types::last_type_name(bound, source).to_owned()).collect()
}

/// `impl X` and `impl Trait for X` put their names around what they hold.
fn implementation<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(ty) = child(node, "type") else { return };
    walk.open_scope(if walk.scopes.in_function() { ScopeSort::Block } else { ScopeSort::Declaration });
    names::type_parameters(walk, node);
    let is_conditional = Marks::of(walk).is_conditional || is_specialised(node, ty, walk.source);
    let name = match ty.kind() {
        "generic_type" | "scoped_type_identifier" => types::last_type_name(ty, walk.source),
        // `&Foo`, `[Foo]` and the like have members of their own.
        _ => walk.text(ty),
    };
    walk.open_name(Kind::Class, short(name), is_conditional);
    if let Some(of) = child(node, "trait") {
        let inner = child(of, "type").filter(|_| of.kind() == "generic_type").unwrap_or(of);
        let at = child(inner, "name").unwrap_or(inner);
        if inner.kind() == "type_identifier" {
            walk.refer_bare(RefKind::Extends, at);
        }
        walk.extends(name, walk.text(at));
        if !walk.scopes.in_function() {
            let (of, within) = (walk.text(of).to_owned(), walk.open_def());
            let implementor = short(name).to_owned();
            walk.model.impls.push(Impl {
                of,
                implementor,
                within,
                line: line(node),
                span: node.byte_range(),
            });
        }
        walk.open_name(Kind::Module, short(walk.text(of)), is_conditional);
    }
}

/// Whether an `impl` is for some cases of a type only: `impl Foo<u8>` beside `impl Foo<u16>` may
/// hold the same names, and so may `impl Tr for a::Foo` beside `impl Tr for b::Foo`.
fn is_specialised(implementation: Node<'_>, ty: Node<'_>, source: &str) -> bool {
    let text = |node| super::syntax::text(node, source);
    let parameters = child(implementation, "type_parameters").map(named).unwrap_or_default();
    let parameters: Vec<&str> =
        parameters.into_iter().filter_map(|node| child(node, "name")).map(text).collect();
    let arguments = child(ty, "type_arguments").map(named).unwrap_or_default();
    let mut types = arguments.into_iter().filter(|node| node.kind() != "lifetime");
    ty.kind() == "scoped_type_identifier" || types.any(|node| !parameters.contains(&text(node)))
}

fn short(name: &str) -> &str {
    if name.len() > IMPL_NAME { "impl" } else { name }
}

fn variant<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    if walk.open_kind() != Some(Kind::Enum) || walk.scopes.in_function() {
        walk.settle(name);
        return;
    }
    let marks = Marks::of(walk);
    let mut declaration = Declaration::new(Kind::Variant, name);
    declaration.exported = true;
    declaration.is_conditional = marks.is_conditional;
    declaration.sig = types::tuple(node, walk.source);
    write_types(walk, node, &mut declaration);
    declaration.flags.is_static = declaration.sig.is_some();
    walk.define(node, declaration);
}

fn field<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return };
    let owner = walk.open_kind();
    if walk.scopes.in_function() || !matches!(owner, Some(Kind::Class | Kind::Variant)) {
        return;
    }
    let marks = Marks::of(walk);
    let text = walk.text(name);
    let ty = types::annotation(child(node, "type"), walk.source);
    let optional = marks.has_default || matches!(ty, Ty::Optional(_));
    if !marks.is_skipped {
        let wire = marks.wire.unwrap_or(text).to_owned();
        walk.add_field(Field { name: text.to_owned(), wire, ty, optional, line: line(name) });
    }
    let mut declaration = Declaration::new(Kind::Field, name);
    declaration.ty = child(node, "type").map(|ty| values::written(walk, ty, None)).unwrap_or_default();
    declaration.exported =
        owner == Some(Kind::Variant) || child_of_kind(node, "visibility_modifier").is_some();
    declaration.is_conditional = marks.is_conditional;
    walk.define(node, declaration);
}
