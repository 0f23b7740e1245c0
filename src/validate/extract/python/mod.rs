//! Python.
//!
//! Names are bound by functions, not by blocks. A definition under `if`, `try` and the like may be
//! stated several times; so may overloads and property accessors. Classes are told from functions
//! by the spelling of their names where they are called.

mod around;
mod classes;
mod given;
mod inferred;
mod names;
mod narrowed;
mod patched;
mod texts;
mod types;
mod values;

use std::sync::LazyLock;

pub(in crate::validate) use self::values::SLICE;
use super::node::{Node, Words};
use super::scope::ScopeSort;
use super::syntax::{child, literal, named};
use super::uses::{TOLD_BY, binding_type};
use super::walk::{Declaration, Grammar, Walk};
use crate::validate::model::{Flags, Imported, Kind, Ty};

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(tree_sitter_python::LANGUAGE));

pub(super) const PYTHON: Grammar = Grammar {
    words: || &WORDS,
    hoists: true,
    by_path: false,
    tells_locals: false,
    enter,
    repair: |_, _| None,
};

/// How far up a condition around a definition is looked for.
const CONDITION_ABOVE: usize = 16;

fn enter<'a>(walk: &mut Walk<'a>, node: Node<'a>) -> bool {
    around::note(walk, node);
    match node.kind() {
        "import_statement" => import(walk, node),
        "import_from_statement" | "future_import_statement" => import_from(walk, node),
        "global_statement" | "nonlocal_statement" => {
            for name in named(node) {
                walk.scopes.declare_outside(walk.text(name));
            }
        }
        "expression_statement" if is_docstring(node) => walk.ignore(node),
        _ => {
            enter_rest(walk, node);
            return true;
        }
    }
    false
}

fn enter_rest<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    match node.kind() {
        "function_definition" => function(walk, node),
        "class_definition" => classes::class(walk, node),
        "type_alias_statement" => alias(walk, node),
        "assignment" => assignment(walk, node),
        "lambda" => names::open_function(walk, node, false),
        "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression" => {
            walk.open_scope(ScopeSort::Block);
            narrowed::before_test(walk, node);
        }
        "conditional_expression" => narrowed::before_test(walk, node),
        "for_in_clause" => {
            if let Some(left) = child(node, "left") {
                let ty = child(node, "right").map(|list| walk.element_type(list)).unwrap_or_default();
                let ty = binding_type(&ty).filter(|_| left.kind() == "identifier");
                let value = given::element(walk, node);
                names::bind_value(walk, left, ty.as_deref(), &value);
            }
        }
        "for_statement" => {
            if let Some(left) = child(node, "left") {
                let ty = child(node, "right").map(|list| walk.element_type(list)).unwrap_or_default();
                let value = given::element(walk, node);
                names::assign_as(walk, left, binding_type(&ty), value);
            }
        }
        "block" => narrowed::block(walk, node),
        "match_statement" => narrowed::matched(walk, node),
        "as_pattern_target" => names::assign(walk, node, &Ty::Any),
        "named_expression" => {
            if let (Some(name), Some(value)) = (child(node, "name"), child(node, "value")) {
                names::assign(walk, name, &types::of_value(value, walk.source));
            }
        }
        "dotted_name" | "splat_pattern" | "class_pattern" => names::pattern(walk, node),
        "call" => {
            narrowed::tested(walk, node);
            names::call(walk, node);
            patched::note(walk, node);
        }
        "keyword_argument" => {
            if let Some(name) = child(node, "name") {
                walk.settle(name);
            }
        }
        "attribute" => names::attribute(walk, node),
        "identifier" => names::identifier(walk, node),
        "string" if walk.kind_above(0) == "type" => names::quoted_type(walk, node),
        "string" => texts::note(walk, node),
        "dictionary" => names::dictionary(walk, node),
        _ => {}
    }
}

fn is_docstring(node: Node<'_>) -> bool {
    node.named_child_count() == 1 && node.named_child(0).is_some_and(|only| only.kind() == "string")
}

fn is_public(name: &str) -> bool {
    !name.starts_with('_') || (name.starts_with("__") && name.ends_with("__"))
}

/// Whether the current definition is made only under some condition, or several times.
fn is_conditional(walk: &Walk<'_>) -> bool {
    let condition = |kind| {
        matches!(
            kind,
            "if_statement"
                | "try_statement"
                | "for_statement"
                | "while_statement"
                | "with_statement"
                | "match_statement"
        )
    };
    let around = (0..CONDITION_ABOVE).map(|up| walk.kind_above(up));
    around.take_while(|kind| !matches!(*kind, "" | "class_definition")).any(condition)
}

fn function<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(name) = child(node, "name") else { return names::open_function(walk, node, false) };
    let mut is_on_values = false;
    if walk.at_top() || walk.in_type() {
        is_on_values = walk.in_type();
        is_on_values &= !define_function(walk, node, name).is_static;
    } else {
        names::assign(walk, name, &Ty::Any);
        walk.settle(name);
    }
    names::open_function(walk, node, is_on_values);
}

fn define_function<'a>(walk: &mut Walk<'a>, node: Node<'a>, name: Node<'a>) -> Flags {
    let is_method = walk.in_type();
    let text = walk.text(name);
    let marks = Marks::of(walk);
    // From outside a property is a field.
    let kind = match (is_method, marks.is_property) {
        (true, true) => Kind::Field,
        (true, false) => Kind::Method,
        (false, _) => Kind::Function,
    };
    let mut declaration = Declaration::new(kind, name);
    declaration.exported = is_public(text);
    declaration.sig =
        (kind != Kind::Field).then(|| types::signature(node, walk.source, is_method && !marks.is_static));
    declaration.ty = if kind == Kind::Field { String::new() } else { inferred::result(walk, node) };
    declaration.body = child(node, "body");
    declaration.is_conditional = is_conditional(walk);
    let flags = Flags {
        is_abstract: marks.is_abstract || (walk.open_kind() == Some(Kind::Interface) && is_stub(node)),
        is_static: marks.is_static || marks.is_class_method,
        may_repeat: marks.may_repeat || text == "_",
        is_test: text.starts_with("test_"),
        is_reshaped: marks.is_reshaped,
        is_constant: false,
    };
    declaration.flags = flags;
    walk.define(node, declaration);
    flags
}

/// Whether a function has no body but `...`.
fn is_stub(node: Node<'_>) -> bool {
    let body = child(node, "body").map(named).unwrap_or_default();
    body.last().is_some_and(|last| {
        is_docstring(*last) || last.named_child(0).is_some_and(|only| only.kind() == "ellipsis")
    })
}

/// What the decorators of a function say of it.
#[derive(Default)]
struct Marks {
    is_property: bool,
    is_static: bool,
    is_class_method: bool,
    is_abstract: bool,
    may_repeat: bool,
    is_reshaped: bool,
}

impl Marks {
    fn of(walk: &Walk<'_>) -> Self {
        let mut marks = Self::default();
        for decorator in walk.attributes() {
            let text = walk.text(*decorator).trim_start_matches('@').trim();
            let path = text.split(['(', ' ', '\n', '#']).next().unwrap_or_default();
            match path.rsplit('.').next().unwrap_or_default() {
                "property" | "cached_property" | "hybrid_property" | "computed_field" => {
                    marks.is_property = true;
                }
                "setter" | "getter" | "deleter" | "inplace" | "expression" => {
                    marks.is_property = true;
                    marks.may_repeat = true;
                }
                "staticmethod" => marks.is_static = true,
                "classmethod" => marks.is_class_method = true,
                "abstractmethod" => marks.is_abstract = true,
                "abstractproperty" => (marks.is_abstract, marks.is_property) = (true, true),
                "overload" | "register" | "dispatch" => marks.may_repeat = true,
                "override"
                | "final"
                | "deprecated"
                | "cache"
                | "lru_cache"
                | "contextmanager"
                | "asynccontextmanager" => {}
                _ => marks.is_reshaped = true,
            }
        }
        marks
    }
}

/// `type X = …`.
fn alias<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(left) = child(node, "left") else { return };
    let Some(name) = names::targets(left).first().copied().filter(|_| walk.at_top()) else { return };
    let mut declaration = Declaration::new(Kind::Alias, name);
    declaration.exported = is_public(walk.text(name));
    declaration.cases = child(node, "right").map_or(Vec::new(), |value| around::cases(value, walk.source));
    declaration.is_conditional = is_conditional(walk);
    walk.define(node, declaration);
    walk.open_scope(ScopeSort::Declaration);
    for parameter in names::targets(left).into_iter().skip(1) {
        walk.settle(parameter);
        walk.scopes.bind(walk.text(parameter), parameter.start_byte(), None);
    }
}

fn assignment<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let Some(left) = child(node, "left") else { return };
    let ty = names::assigned(node, walk.source);
    if walk.scopes.in_function() {
        let value = child(node, "right").filter(|_| child(node, "type").is_none());
        let kept = match value.and_then(|value| names::called(value, walk.source)) {
            Some(function) => Some(format!("{TOLD_BY}{function}")),
            None => binding_type(&ty),
        };
        let stated = values::stated(walk, child(node, "type"));
        let value = value.map_or(stated, |value| values::value(walk, value));
        names::assign_as(walk, left, kept, value);
        classes::instance_field(walk, node, left);
    } else if walk.in_type() {
        classes::attribute(walk, node, left, ty);
    } else if walk.at_top() {
        variable(walk, node, left, &ty);
    }
}

/// A variable of the module.
fn variable<'a>(walk: &mut Walk<'a>, node: Node<'a>, left: Node<'a>, ty: &Ty) {
    let right = child(node, "right");
    if walk.text(left) == "__all__" {
        for name in right.map(named).unwrap_or_default() {
            walk.exports.extend(literal(name, walk.source));
        }
    }
    if left.kind() != "identifier" {
        for name in names::targets(left) {
            let mut declaration = Declaration::new(Kind::Const, name);
            declaration.exported = is_public(walk.text(name));
            declaration.is_conditional = is_conditional(walk);
            walk.define_one_of(node, declaration);
            walk.scopes.bind(walk.text(name), name.start_byte(), None);
        }
        return;
    }
    let name = walk.text(left);
    let mut declaration = Declaration::new(variable_kind(walk, node, right), left);
    declaration.exported = is_public(name);
    declaration.cases = right.map_or(Vec::new(), |value| around::cases(value, walk.source));
    // `x = wrap(x)` states a name again on purpose.
    let again = right.is_some_and(|value| mentions(value, name, walk.source));
    declaration.ty = super::uses::type_name(ty).unwrap_or_default().to_owned();
    declaration.flags.may_repeat = again || is_conditional(walk);
    walk.define(node, declaration);
    let ty = super::uses::type_name(ty).map(str::to_owned);
    walk.scopes.bind(name, left.start_byte(), ty);
}

/// What a module variable is: an alias, a class made by a call, or a value.
fn variable_kind(walk: &Walk<'_>, node: Node<'_>, right: Option<Node<'_>>) -> Kind {
    if child(node, "type").is_some_and(|stated| walk.text(stated).ends_with("TypeAlias")) {
        return Kind::Alias;
    }
    let function = right.and_then(|value| child(value, "function"));
    match function.map(|function| walk.text(types::last_name(function))) {
        Some("NewType") => Kind::Alias,
        Some("namedtuple" | "NamedTuple" | "TypedDict") => Kind::Class,
        _ => Kind::Const,
    }
}

/// Whether a value is made from the variable it is assigned to, as far as a short look tells.
fn mentions(value: Node<'_>, name: &str, source: &str) -> bool {
    let mut looked_at = 0;
    let mut found = false;
    super::syntax::visit(value, |node, _| {
        looked_at += 1;
        found |= node.kind() == "identifier" && super::syntax::text(node, source) == name;
        !found && looked_at < 64
    });
    found
}

fn import<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    for part in super::syntax::children(node, "name") {
        let module = child(part, "name").unwrap_or(part);
        let path = walk.text(module);
        let local = match child(part, "alias") {
            Some(alias) => walk.text(alias),
            None => path.split('.').next().unwrap_or(path).trim(),
        };
        let names = vec![Imported { name: String::new(), local: local.to_owned() }];
        walk.import(node, path.to_owned(), names);
    }
}

fn import_from<'a>(walk: &mut Walk<'a>, node: Node<'a>) {
    let module = child(node, "module_name").map_or("__future__", |module| walk.text(module));
    let parts = super::syntax::children(node, "name").into_iter().map(|part| {
        let name = walk.text(child(part, "name").unwrap_or(part));
        let alias = child(part, "alias").map(|alias| walk.text(alias));
        (Imported { name: name.to_owned(), local: alias.unwrap_or(name).to_owned() }, alias == Some(name))
    });
    let (names, handed_on): (Vec<Imported>, Vec<bool>) = parts.unzip();
    let glob = super::syntax::child_of_kind(node, "wildcard_import").is_some();
    let import = walk.import(node, module.to_owned(), names);
    import.glob = glob;
    // `from .x import y as y` is how Python says that a name is handed on.
    import.reexport = !handed_on.is_empty() && handed_on.iter().all(|handed_on| *handed_on);
}
