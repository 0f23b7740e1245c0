//! What `if (name instanceof Class)` tells of a name in the block below.

use crate::validate::extract::node::Node;
use crate::validate::extract::syntax::{child, named, text, visit};
use crate::validate::extract::walk::Walk;

/// Gives a local name the class that the condition above a block shows it to have. The block's scope
/// is open.
pub(super) fn narrow<'a>(walk: &mut Walk<'a>, block: Node<'a>) {
    let is_above =
        |above: &Node<'a>| above.kind() == "if_statement" && child(*above, "consequence") == Some(block);
    let condition = walk.above(0).filter(is_above).and_then(|above| child(above, "condition"));
    let Some((name, class)) = condition.and_then(|condition| instance(condition, walk.source)) else {
        return;
    };
    let is_local = walk.scopes.is_local(walk.scopes.current(), name, block.start_byte());
    if is_local && !assigns(block, name, walk.source) {
        walk.scopes.bind(name, block.start_byte(), Some(class.to_owned()));
    }
}

/// The name and the class of `name instanceof Class`, alone or first of several that must hold.
fn instance<'a>(condition: Node<'a>, source: &'a str) -> Option<(&'a str, &'a str)> {
    let mut asked = condition;
    loop {
        let operator = child(asked, "operator").map(|operator| operator.kind());
        asked = match (asked.kind(), operator) {
            ("parenthesized_expression", _) => *named(asked).first()?,
            ("binary_expression", Some("&&")) => child(asked, "left")?,
            ("binary_expression", Some("instanceof")) => break,
            _ => return None,
        };
    }
    let (name, class) = (child(asked, "left")?, child(asked, "right")?);
    let are_names = name.kind() == "identifier" && class.kind() == "identifier";
    are_names.then(|| (text(name, source), text(class, source)))
}

/// Whether anything in a block gives a name another value.
fn assigns(block: Node<'_>, name: &str, source: &str) -> bool {
    let mut found = false;
    visit(block, |node, _| {
        if node.kind().ends_with("assignment_expression") {
            found |= child(node, "left")
                .is_some_and(|left| text(left, source) == name || left.kind().ends_with("_pattern"));
        }
        !found
    });
    found
}
