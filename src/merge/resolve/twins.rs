//! Both sides added one thing: the same, or one of them with more said about it.

use super::align::words;
use super::chunks::edits;
use super::items::Item;
use super::roles::{Role, is_declaration};
use super::weave::{Act, Taste, Why};

/// The text of a thing that both sides added, lead and core, where one side's holds the other's.
///
/// Only comments, docstrings and layout may differ: another default, type or statement is another
/// meaning.
pub(super) fn superset(role: Role, ours: &Item<'_>, theirs: &Item<'_>, taste: &Taste) -> Result<String, Why> {
    let text = |item: &Item<'_>| item.source[item.lead.start..item.core.end].to_owned();
    if ours.print == theirs.print {
        return Ok(text(ours));
    }
    let (one, other) = (code(ours), code(theirs));
    if one == other && is_declaration(ours.kind) && role == Role::Block {
        // The longer says more.
        taste.did(Act::Fuller);
        return Ok(text(if ours.core.len() >= theirs.core.len() { ours } else { theirs }));
    }
    if !taste.bold {
        return Err(Why::TwoMeanings);
    }
    taste.did(Act::Guessed);
    let lines = |item: &Item<'_>| text(item).lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let (own, foreign) = (lines(ours), lines(theirs));
    let holds = |less: &[String], more: &[String]| edits(less, more).iter().all(|(old, _)| old.is_empty());
    let ours_wins = match (holds(&foreign, &own), holds(&own, &foreign)) {
        (true, _) => true,
        (false, true) => false,
        _ => !taste.theirs_first,
    };
    Ok(text(if ours_wins { ours } else { theirs }))
}

/// The words of an item that mean something to a machine.
fn code<'a>(item: &Item<'a>) -> Vec<&'a str> {
    let Some(node) = item.node else { return words(item.core_text()).collect() };
    let mut silent = Vec::new();
    collect_silent(node, &mut silent);
    let mut found = Vec::new();
    let mut at = node.span.start;
    for span in silent.iter().chain(std::iter::once(&(node.span.end..node.span.end))) {
        if span.start >= at {
            found.extend(words(&item.source[at..span.start]));
            at = span.end;
        }
    }
    found
}

/// Comments and docstrings below a node, in order.
fn collect_silent(node: &crate::validate::extract::SyntaxNode, out: &mut Vec<std::ops::Range<usize>>) {
    let is_docstring =
        node.kind == "expression_statement" && node.children.len() == 1 && node.children[0].kind == "string";
    if super::roles::is_comment(node.kind) || is_docstring {
        out.push(node.span.clone());
        return;
    }
    node.children.iter().for_each(|child| collect_silent(child, out));
}
