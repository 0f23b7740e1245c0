//! Both sides added one thing: the same, or one of them with more said about it.

use std::collections::BTreeSet;

use super::align::words;
use super::chunks::{Three, edits};
use super::imports;
use super::indent::same_words;
use super::items::{Item, Items, items};
use super::layout::render;
use super::roles::{Role, is_declaration, role};
use super::weave::{Act, Piece, Taste, Why, Within, weave};
use crate::validate::extract::SyntaxNode;

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
    if let Ok(united) = made_of_parts(ours, theirs, taste).or_else(|_| imports::united(ours, theirs, taste)) {
        return Ok(united);
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

/// Statements shorter than this are written twice in one list by chance.
const TELLING: usize = 24;

/// Whether both sides brought the same thing into two places of one list, where each wanted it once.
pub(super) fn is_added_twice(pieces: &[Piece<'_>]) -> bool {
    let tells = |item: &Item<'_>| !item.key.is_empty() || item.core_text().len() > TELLING;
    let (mut ours, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    for Three { base, ours: own, theirs: foreign } in pieces.iter().map(|piece| piece.from) {
        let new = |side: Option<&Item<'_>>| {
            let print = side.filter(|item| tells(item)).map(|item| item.print);
            print.filter(|print| base.is_none_or(|base| base.print != *print))
        };
        // In one place it is one thing.
        match (new(own), new(foreign)) {
            (Some(one), Some(other)) if one == other => {}
            (one, other) => {
                ours.extend(one);
                theirs.extend(other);
            }
        }
    }
    !ours.is_disjoint(&theirs)
}

/// Whether of two that both sides added in one place one says all that the other says and little
/// more: then they are two versions of one statement, and not two statements.
pub(super) fn has_two_versions(ours: &[&Item<'_>], theirs: &[&Item<'_>]) -> bool {
    let statements = |items: &[&Item<'_>]| -> Vec<Vec<String>> {
        let statements = items.iter().filter(|item| !is_declaration(item.kind));
        statements.map(|item| sorted_words(item)).filter(|words| words.len() > 1).collect()
    };
    let (ours, theirs) = (statements(ours), statements(theirs));
    let is_version = |one: &[String], other: &[String]| {
        let (less, more) = if one.len() < other.len() { (one, other) } else { (other, one) };
        let mut rest = more.iter();
        less.len() * 2 >= more.len() && less.iter().all(|word| rest.any(|other| other == word))
    };
    ours.iter().any(|one| theirs.iter().any(|other| is_version(one, other)))
}

/// The words of an item without its signs.
fn sorted_words(item: &Item<'_>) -> Vec<String> {
    let words = words(item.core_text()).filter(|word| word.contains(char::is_alphanumeric));
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort_unstable();
    words
}

/// Two entries of one name that hold entries in turn: one entry that holds those of both.
fn made_of_parts(ours: &Item<'_>, theirs: &Item<'_>, taste: &Taste) -> Result<String, Why> {
    let (Some(one), Some(other)) = (ours.node, theirs.node) else { return Err(Why::TwoMeanings) };
    let lead = match (ours.lead_text(), theirs.lead_text()) {
        (lead, other) if other.is_empty() || same_words(lead, other) => lead,
        ("", lead) => lead,
        _ => return Err(Why::TwoMeanings),
    };
    Ok(format!("{lead}{}", both((one, ours.source), (other, theirs.source), taste)?))
}

type Place<'a> = (&'a SyntaxNode, &'a str);

fn both(ours: Place<'_>, theirs: Place<'_>, taste: &Taste) -> Result<String, Why> {
    let text = |(node, source): Place<'_>| source[node.span.clone()].to_owned();
    if same_words(&text(ours), &text(theirs)) {
        return Ok(text(ours));
    }
    if ours.0.kind != theirs.0.kind {
        return Err(Why::TwoMeanings);
    }
    if ours.0.kind.ends_with("_pair") {
        return pair(ours, theirs, taste);
    }
    let role = role(ours.0, ours.1);
    let holds_entries =
        role == Role::Records || ours.0.kind.starts_with("md_") || ours.0.kind == "json_object";
    if !holds_entries || !role.is_list() {
        return Err(Why::TwoMeanings);
    }
    let lists = [ours, theirs].map(|(node, source)| items(node, source, role));
    let nothing = Items { items: Vec::new(), ..lists[0].clone() };
    let slices = Three::new(&[][..], &lists[0].items, &lists[1].items);
    let pieces = weave(Within { role, list: &[], start: 0 }, slices, taste)?;
    let inside = render(Three::new(&nothing, &lists[0], &lists[1]), &pieces, taste)?;
    let (node, source) = ours;
    let around = [node.span.start..lists[0].inside.start, lists[0].inside.end..node.span.end];
    let [opening, closing] = around.map(|range| &source[range]);
    Ok(format!("{opening}{inside}{closing}"))
}

/// Two values of one key.
fn pair(ours: Place<'_>, theirs: Place<'_>, taste: &Taste) -> Result<String, Why> {
    let (Some(one), Some(other)) = (ours.0.children.last(), theirs.0.children.last()) else {
        return Err(Why::TwoMeanings);
    };
    let before =
        |(node, source): Place<'_>, value: &SyntaxNode| source[node.span.start..value.span.start].to_owned();
    let opening = before(ours, one);
    match same_words(&opening, &before(theirs, other)) {
        true => Ok(opening + &both((one, ours.1), (other, theirs.1), taste)?),
        false => Err(Why::TwoMeanings),
    }
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
fn collect_silent(node: &SyntaxNode, out: &mut Vec<std::ops::Range<usize>>) {
    let is_docstring =
        node.kind == "expression_statement" && node.children.len() == 1 && node.children[0].kind == "string";
    if super::roles::is_comment(node.kind) || is_docstring {
        out.push(node.span.clone());
        return;
    }
    node.children.iter().for_each(|child| collect_silent(child, out));
}
