//! What a function gives back that does not say so, where its one `return` shows it.

use super::written::{made, unknown, written};
use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, child_of_kind, named, visit};
use crate::validate::extract::walk::Walk;

/// Objects inside objects beyond this depth are not looked into.
const DEPTH: usize = 4;
/// Longer types are data.
const LENGTH: usize = 2000;

/// The type as it would be written; empty when it is not known.
pub(super) fn result(walk: &Walk<'_>, function: Node<'_>) -> String {
    shown(walk, function).filter(|ty| ty.len() < LENGTH).unwrap_or_default()
}

fn shown(walk: &Walk<'_>, function: Node<'_>) -> Option<String> {
    let body = child(function, "body").filter(|_| is_plain(function) && !is_typed_outside(function))?;
    let is_block = body.kind() == "statement_block";
    let given = if is_block { only_return(body)? } else { body };
    let inside = Inside { walk, function, block: is_block.then_some(body) };
    let ty = inside.of(given, DEPTH).filter(|ty| ty != "_")?;
    Some(if child_of_kind(function, "async").is_some() { format!("Promise<{ty}>") } else { ty })
}

/// Whether what a function returns is what a call of it gives.
fn is_plain(function: Node<'_>) -> bool {
    !function.kind().starts_with("generator") && child_of_kind(function, "*").is_none()
}

/// Whether what an object is made for may state the results of its functions.
fn is_typed_outside(function: Node<'_>) -> bool {
    let entry = function.parent().filter(|parent| parent.kind() == "pair");
    let Some(object) = entry.unwrap_or(function).parent().filter(|parent| parent.kind() == "object") else {
        return false;
    };
    let is_bare =
        |parent: Node<'_>| parent.kind() == "variable_declarator" && child(parent, "type").is_none();
    !object.parent().is_some_and(is_bare)
}

/// What the last statement returns, where no other one returns anything.
fn only_return(block: Node<'_>) -> Option<Node<'_>> {
    let last = named(block).into_iter().rfind(|statement| statement.kind() != "comment")?;
    let given = Some(last).filter(|last| last.kind() == "return_statement").map(named)?;
    let given = given.into_iter().find(|node| node.kind() != "comment").filter(|given| shows(*given))?;
    let mut is_only = true;
    visit(block, |node, _| {
        is_only &= node.kind() != "return_statement" || node == last;
        is_only && !is_function(node)
    });
    is_only.then_some(given)
}

/// Whether it is worth the while to look at an expression.
fn shows(given: Node<'_>) -> bool {
    matches!(
        given.kind(),
        "object"
            | "identifier"
            | "member_expression"
            | "new_expression"
            | "as_expression"
            | "parenthesized_expression"
    )
}

/// Whether a block may leave early, or sets something, so that what is left of it knows more.
fn asks(block: Node<'_>) -> bool {
    let mut found = false;
    visit(block, |node, _| {
        found |= matches!(
            node.kind(),
            "if_statement"
                | "switch_statement"
                | "while_statement"
                | "throw_statement"
                | "call_expression"
                | "assignment_expression"
                | "augmented_assignment_expression"
        );
        !found
    });
    found
}

fn is_function(node: Node<'_>) -> bool {
    node.kind().contains("function") || matches!(node.kind(), "method_definition" | "class_body")
}

/// Where an expression stands.
struct Inside<'w, 'a> {
    walk: &'w Walk<'a>,
    function: Node<'w>,
    block: Option<Node<'w>>,
}

impl Inside<'_, '_> {
    fn of(&self, node: Node<'_>, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        match node.kind() {
            "parenthesized_expression" => self.of(*named(node).first()?, depth),
            "object" => self.object(node, depth),
            "identifier" => self.local(node, depth),
            "new_expression" => self.class(node),
            "member_expression" => self.member(node),
            "as_expression" if named(node).len() == 1 => self.places(*named(node).first()?, depth),
            "as_expression" => named(node).get(1).map(|ty| written(self.walk, *ty, self.function)),
            "string" | "template_string" => Some("string".to_owned()),
            "number" if !self.walk.text(node).ends_with('n') => Some("number".to_owned()),
            "true" | "false" => Some("boolean".to_owned()),
            "arrow_function" | "function_expression" => Some("() => _".to_owned()),
            _ => None,
        }
    }

    /// `[a, b] as const`.
    fn places(&self, node: Node<'_>, depth: usize) -> Option<String> {
        let parts = named(node).into_iter().filter(|part| part.kind() != "comment");
        let parts: Vec<_> = Some(parts).filter(|_| node.kind() == "array")?.collect();
        if parts.iter().any(|part| part.kind() == "spread_element") {
            return None;
        }
        let types = parts.into_iter().map(|part| self.of(part, depth).unwrap_or_else(unknown));
        Some(format!("[{}]", types.collect::<Vec<_>>().join(", ")))
    }

    /// An object of which every key is written out.
    fn object(&self, node: Node<'_>, depth: usize) -> Option<String> {
        let mut parts = Vec::new();
        for member in named(node).into_iter().filter(|member| member.kind() != "comment") {
            let (key, ty) = match member.kind() {
                "pair" => (child(member, "key")?, child(member, "value").and_then(|at| self.of(at, depth))),
                "method_definition" if child_of_kind(member, "set").is_some() => return None,
                "method_definition" => (child(member, "name")?, None),
                "shorthand_property_identifier" => (member, None),
                _ => return None,
            };
            let is_plain = key.kind().ends_with("property_identifier");
            parts.push(format!("{}: {}", is_plain.then(|| self.walk.text(key))?, ty.unwrap_or_else(unknown)));
        }
        Some(format!("{{ {} }}", parts.join("; ")))
    }

    /// `room.name` of a parameter, and `this.room` in a class, as `Room['name']`.
    fn member(&self, node: Node<'_>) -> Option<String> {
        let (on, name) = (child(node, "object")?, self.walk.text(child(node, "property")?));
        if child_of_kind(node, "optional_chain").is_some() {
            return None;
        }
        let of = match on.kind() {
            "this" if !self.block.is_some_and(asks) => self.class_around()?,
            "identifier" => self.param(on)?,
            _ => return None,
        };
        let is_name = of.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '$'));
        let is_of_language =
            matches!(of.as_str(), "string" | "number" | "boolean" | "any" | "unknown" | "object" | "_");
        (is_name && !is_of_language).then(|| format!("{of}['{name}']"))
    }

    /// The class whose method the function is.
    fn class_around(&self) -> Option<String> {
        let class = self.function.parent().filter(|body| body.kind() == "class_body")?.parent()?;
        let is_plain =
            child(class, "type_parameters").is_none() && child_of_kind(self.function, "static").is_none();
        child(class, "name").filter(|_| is_plain).map(|name| self.walk.text(name).to_owned())
    }

    /// The type of a parameter, where nothing can have told that it is more.
    fn param(&self, node: Node<'_>) -> Option<String> {
        let name = self.walk.text(node);
        let of = |param: &Node<'_>| child(*param, "pattern").is_some_and(|at| self.walk.text(at) == name);
        let param = child(self.function, "parameters").map(named)?.into_iter().find(of)?;
        let stated = child(param, "type").filter(|_| param.kind() == "required_parameter")?;
        let ty = written(self.walk, stated, self.function);
        // What may be one of several may have been told apart.
        let mut words = ty.split(|char: char| !char.is_alphanumeric() && !matches!(char, '_' | '$'));
        let is_one =
            !ty.contains('|') && words.all(|word| word != "_") && self.block.is_none_or(|block| !asks(block));
        is_one.then_some(ty)
    }

    /// What a constant of the function was made, or a parameter is.
    fn local(&self, node: Node<'_>, depth: usize) -> Option<String> {
        let name = self.walk.text(node);
        if let Some(ty) = self.param(node) {
            return Some(ty);
        }
        let constants = named(self.block?).into_iter().filter(|statement| {
            let kind = child(*statement, "kind").map(|kind| kind.kind());
            statement.kind() == "lexical_declaration" && kind == Some("const")
        });
        let mut all = constants.flat_map(named);
        let found = all.find(|one| child(*one, "name").is_some_and(|at| self.walk.text(at) == name))?;
        match child(found, "type") {
            // What is set to one of several types is of that one.
            Some(stated) => Some(written(self.walk, stated, self.function)).filter(|ty| !ty.contains('|')),
            None => self.of(child(found, "value")?, depth),
        }
    }

    fn class(&self, node: Node<'_>) -> Option<String> {
        let class = made(self.walk, node)?;
        let is_local = self.walk.scopes.is_local(self.walk.scopes.current(), class, node.start_byte());
        let declares = |block: Node<'_>| named(block).iter().any(|one| one.kind() == "class_declaration");
        (!is_local && !self.block.is_some_and(declares)).then(|| class.to_owned())
    }
}
