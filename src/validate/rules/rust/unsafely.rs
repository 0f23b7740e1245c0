//! One branch makes a Rust function `unsafe`; another adds a call of it where nothing is.

use super::written::lead;
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::model::{Def, Kind};
use crate::validate::names::has_word;
use crate::validate::rules::changed::{Changed, misused};
use crate::validate::rules::{Draft, Rule, View, signature_changed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    findings.extend(misused(view, Language::Rust, turned_unsafe, |changed, usage| {
        is_refused(view, changed, usage).then(|| finding(view, changed, usage))
    }));
}

fn turned_unsafe(changed: &Changed<'_>) -> bool {
    let is_function = |def: &Def| matches!(def.kind, Kind::Function | Kind::Method) && !def.flags.may_repeat;
    is_function(changed.old) && is_function(changed.new) && !is_unsafe(changed.old) && is_unsafe(changed.new)
}

/// Whether a function says that it is unsafe, before its name.
fn is_unsafe(def: &Def) -> bool {
    lead(&def.head).split_whitespace().any(|word| word == "unsafe")
}

fn is_refused(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let Some(new) = &usage.file.new else { return false };
    let around = reference.within.and_then(|within| new.model.defs.get(within));
    let lead = around.and_then(|around| new.text.get(around.span.start..reference.span.start));
    // What is not in a function stands in a macro, or where no call is.
    lead.is_some_and(|lead| !has_word(lead, "unsafe"))
        && changed.is_called_as_before(view, usage, |def| !is_unsafe(def))
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> Finding {
    let path = usage.file.path;
    let (old, head) = (changed.old.path(), &changed.new.head);
    let message = format!(
        "{} calls `{old}` in {path} outside of `unsafe`, but {} changed it to `{head}` in {}",
        view.name(usage.branch),
        view.name(changed.branch),
        changed.file.path
    );
    let fix = Some(view.fix(usage.branch, format!("call it in an `unsafe` block in {path}"), String::new()));
    let sites = changed.sites(view, usage, usage.what.line());
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&old, "unsafe"], sites, fix }.finish()
}
