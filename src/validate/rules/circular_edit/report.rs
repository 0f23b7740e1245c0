//! Says in words what comes back, to whom, and how restless it is.

use super::super::{Draft, View};
use super::trail::Metrics;
use super::units::{Aspect, plain};
use super::{Kind, RULE, Turn};
use crate::model::{Finding, Fix, Level, Site};
use crate::validate::Edit;
use crate::validate::fix::{Edit as TextEdit, patch, whole};

/// As many returns of one agent in a few commits are a circle, and no change of mind.
const OWN_RETURNS: usize = 2;

pub(super) fn finding(view: &View<'_>, turn: &Turn<'_>) -> Finding {
    let (edit, found) = (turn.edit, &turn.found);
    // Work that an edit never saw is not undone by it, also where both happen to say the same.
    let is_others = |undone: &&Edit| {
        undone.actor != edit.actor
            && (undone.branch == edit.branch || view.input.unchanged.descends(edit.commit, undone.commit))
    };
    let mut undone = std::iter::once(found.left).chain(found.undone.values().copied());
    let other = undone.find(is_others).map(|undone| undone.actor.as_str());
    let level = match (turn.what, other) {
        (Kind::Near, Some(_)) => Level::Warn,
        (Kind::Near, None) => Level::Advice,
        (_, Some(_)) => Level::Deny,
        (_, None) if edit.by_agent && found.own_returns >= OWN_RETURNS => Level::Deny,
        (_, None) => Level::Advice,
    };
    let name = unit_name(turn);
    let site = |edit: &Edit, line: u32| Site {
        branch: edit.branch.clone(),
        commit: edit.commit,
        path: edit.path.clone(),
        line: line.max(1),
        lost: None,
    };
    let here = found.to.map_or(1, |state| state.line);
    let sites = vec![site(found.left, found.left_line), site(edit, here)];
    let keeps = other.unwrap_or(&edit.actor);
    let summary = format!("settle which version of {} stands; this keeps the one of {keeps}", what(turn));
    let fix = Some(Fix { summary, patch: undo(turn), branch: edit.branch.clone(), is_draft: false });
    let message = message(turn, other);
    Draft { rule: RULE.id, level, message, symbols: &[&name], sites, fix }.finish()
}

/// What names the finding apart from its paths.
fn unit_name(turn: &Turn<'_>) -> String {
    match (turn.what, turn.unit.aspect) {
        (Kind::Imports, _) => "imports".to_owned(),
        (Kind::Lines, _) => "lines".to_owned(),
        (_, Aspect::File) => "file".to_owned(),
        (_, Aspect::Symbol) => turn.unit.symbol.clone(),
        (_, Aspect::Contract) => format!("contract {}", turn.unit.symbol),
    }
}

fn what(turn: &Turn<'_>) -> String {
    let path = &turn.edit.path;
    match (turn.what, turn.unit.aspect) {
        (Kind::Imports, _) => format!("the imports of {path}"),
        (Kind::Lines, _) => format!("lines of {path}"),
        (_, Aspect::File) => path.to_string(),
        (_, Aspect::Symbol) => format!("`{}` in {path}", turn.unit.symbol),
        (_, Aspect::Contract) => format!("the contract of `{}` in {path}", turn.unit.symbol),
    }
}

fn message(turn: &Turn<'_>, other: Option<&str>) -> String {
    let actor = &turn.edit.actor;
    let nearly = if turn.what == Kind::Near { "nearly " } else { "" };
    let whose = other.map_or("its own change".to_owned(), |other| format!("{other} changed it"));
    format!(
        "{actor} takes {} {nearly}back to what it was before {whose} ({})",
        what(turn),
        metrics(&turn.found.metrics)
    )
}

fn metrics(metrics: &Metrics) -> String {
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let oscillation = metrics.returns as f64 / metrics.changes.saturating_sub(1).max(1) as f64;
    format!(
        "{}, {}, {}, oscillation {oscillation:.2}, {} lost",
        count(metrics.states, "state"),
        count(metrics.changes, "change"),
        count(metrics.returns, "return"),
        count(metrics.wasted, "line")
    )
}

/// The patch to what stood before the edit: of a symbol alone, where it is one.
fn undo(turn: &Turn<'_>) -> String {
    let edit = turn.edit;
    let (Some(now), Some(before)) = (&edit.content, &edit.before) else { return String::new() };
    let (now, before) = (plain(now), plain(before));
    let is_whole = turn.unit.aspect == Aspect::File;
    let (Some(from), Some(to)) = (turn.found.from, turn.found.to) else { return String::new() };
    if is_whole {
        return whole(&edit.path, now, before);
    }
    match now.find(to.text) {
        Some(start) => {
            patch(&edit.path, now, vec![TextEdit::replace(start..start + to.text.len(), from.text)])
        }
        None => String::new(),
    }
}
