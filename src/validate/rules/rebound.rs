//! One branch gives a parameter or a local of a function another type; another adds a use of it there.
//!
//! A local is no symbol, so the two are met in the merge: a use that a branch added stands there on
//! another value than on the branch, and its type lacks what is taken or goes where it cannot.

use std::collections::HashMap;

use super::{Draft, Rule, View, go, rust};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::lines::lines;
use crate::validate::load::{File, Merged};
use crate::validate::model::{FileModel, Ref, Value};

pub(super) const RULE: Rule = Rule { id: "type-changed", check };

/// A branch and what it made of the file.
pub(super) type Version<'a> = (usize, &'a File<'a>);

/// A use as the branch has it and as the merge has it.
pub(super) struct Rebound<'r> {
    pub(super) own: &'r Ref,
    pub(super) merged: &'r Ref,
}

/// What no longer fits: the types before and after, and what they are asked for.
pub(super) struct Clash {
    pub(super) was: String,
    pub(super) is: String,
    pub(super) why: String,
}

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for merged in view.merged {
        let versions = view.versions(merged);
        let [one, other] = versions[..] else { continue };
        for (user, other) in [(one, other), (other, one)] {
            findings.extend(clashes(view, merged, user, other));
        }
    }
}

fn clashes(view: &View<'_>, merged: &Merged<'_>, user: Version<'_>, other: Version<'_>) -> Vec<Finding> {
    let clash = match user.1.language {
        Language::Go => go::rebound,
        Language::Rust => rust::rebound,
        _ => return Vec::new(),
    };
    let mut findings: Vec<Finding> = Vec::new();
    for rebound in rebounds(merged, user.1) {
        let found = clash(view, merged.path, (user, other), &rebound);
        let found = found.map(|clash| finding(view, user, other, &rebound, &clash));
        findings.extend(found.filter(|one| findings.iter().all(|known| known.message != one.message)));
    }
    findings
}

/// The uses that a branch added and that stand on something else in the merge.
fn rebounds<'r>(merged: &'r Merged<'_>, file: &'r File<'_>) -> Vec<Rebound<'r>> {
    let Some(new) = &file.new else { return Vec::new() };
    let (own_lines, merged_lines) = (lines(new.text), lines(merged.side.text));
    let mut by_line: HashMap<_, Vec<&Ref>> = HashMap::new();
    for it in &merged.side.model.refs {
        by_line.entry((it.kind, it.name.as_str(), line_of(&merged_lines, it))).or_default().push(it);
    }
    let around = |model: &FileModel, reference: &Ref| {
        reference.within.and_then(|within| model.defs.get(within)).map(|def| def.path())
    };
    let counterpart = |own: &Ref| {
        let place = around(&new.model, own);
        let all = by_line.get(&(own.kind, own.name.as_str(), line_of(&own_lines, own)))?;
        let mut fits = all.iter().filter(|it| n_passed(it) == n_passed(own));
        fits.find(|it| around(&merged.side.model, it) == place).copied()
    };
    let uses = file.change.uses.iter().map(|added| &new.model.refs[added.reference]);
    let valued =
        uses.filter(|own| own.on != Value::Unknown || n_passed(own).is_some_and(|passed| passed > 0));
    let pairs = valued.filter_map(|own| Some(Rebound { own, merged: counterpart(own)? }));
    pairs.filter(|pair| pair.own.on != pair.merged.on || values(pair.own) != values(pair.merged)).collect()
}

/// The line that a use stands on, without white space around it.
fn line_of<'t>(lines: &[&'t str], reference: &Ref) -> &'t str {
    lines.get(reference.line.saturating_sub(1) as usize).map_or("", |line| line.trim())
}

fn n_passed(reference: &Ref) -> Option<usize> {
    reference.args.as_ref().map(|args| args.positional)
}

fn values(reference: &Ref) -> &[Value] {
    reference.args.as_ref().map_or(&[], |args| &args.values)
}

fn finding(
    view: &View<'_>,
    user: Version<'_>,
    other: Version<'_>,
    rebound: &Rebound<'_>,
    clash: &Clash,
) -> Finding {
    let (user_name, other_name) = (view.name(user.0), view.name(other.0));
    let Clash { was, is, why } = clash;
    let message = format!(
        "{user_name} {why} in {}, but what was a `{was}` there is a `{is}` since {other_name}",
        user.1.path
    );
    let line = other.1.new.as_ref().and_then(|new| {
        let around = user.1.new.as_ref()?.model.defs.get(rebound.own.within?)?;
        Some(new.model.defs.iter().find(|def| def.is_named_as(around))?.line)
    });
    let sites = vec![
        view.site(other.0, other.1.path, line.unwrap_or(1)),
        view.site(user.0, user.1.path, rebound.own.line),
    ];
    let summary = format!("use a `{is}` there in {}", user.1.path);
    let fix = Some(view.fix(user.0, summary, String::new()));
    let symbols = [rebound.own.name.as_str(), was, is];
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
}
