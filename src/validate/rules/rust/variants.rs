//! One branch gives a Rust variant something to hold, or takes that from it; another adds a use that names
//! it alone, or passes what it held.

use super::types::{Head, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::model::{Def, Kind, Receiver, Ref, RefKind, Value};
use crate::validate::names::find_words;
use crate::validate::rules::changed::{Changed, misused};
use crate::validate::rules::reach::{Reach, import_of};
use crate::validate::rules::tree::Tree;
use crate::validate::rules::{Draft, Rule, View, signature_changed, symbol_removed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    findings.extend(misused(view, Language::Rust, is_other_form, |changed, usage| {
        is_refused(view, changed, usage).then(|| finding(view, changed, usage))
    }));
}

/// Whether a variant holds something now, or no longer.
fn is_other_form(changed: &Changed<'_>) -> bool {
    let is_variant = |def: &Def| def.kind == Kind::Variant && !def.flags.may_repeat;
    is_variant(changed.old) && is_variant(changed.new) && holds(changed.old) != holds(changed.new)
}

/// Whether a variant holds values.
fn holds(variant: &Def) -> bool {
    variant.sig.is_some() || !variant.fields.is_empty()
}

fn is_refused(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let passes = || reference.args.as_ref().is_some_and(|args| args.positional > 0);
    let is_odd = || names_alone(usage, reference) && is_no_function(view, changed, usage, reference);
    (if holds(changed.new) { is_odd() } else { passes() })
        && view.reach(usage, changed.file, changed.old) == Some(Reach::Sure)
        && changed.is_as_it_was(view, usage, |own| holds(own) == holds(changed.old))
        && symbol_removed::is_left(view, (changed.branch, &changed.old.name), usage, |_| false)
}

/// Whether nothing follows the name that a variant with values has to be followed by.
fn names_alone(usage: &Use<'_>, reference: &Ref) -> bool {
    let after =
        usage.file.new.as_ref().and_then(|new| new.text.get(reference.span.end..)).unwrap_or_default();
    reference.kind == RefKind::Read
        && reference.args.is_none()
        && after.trim_start().starts_with([')', ',', ';', '}', '=', '|', '!', ']', '?'])
}

/// Whether a variant stands where the function that makes one cannot: in a pattern, beside what it is compared
/// with, or where a value is wanted.
fn is_no_function(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let Some(new) = usage.file.new.as_ref() else { return false };
    let part = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':');
    let before = new.text.get(..reference.span.start).unwrap_or_default().trim_end_matches(part).trim_end();
    let after = new.text.get(reference.span.end..).unwrap_or_default().trim_start();
    let compares = |text: &str| text.starts_with("==") || text.starts_with("!=");
    let is_arm = after.starts_with("=>") || after.starts_with('|') && !after.starts_with("||");
    let is_left = after.starts_with('=') && find_words(before, "let").last() == before.len().checked_sub(3);
    is_arm
        || is_left
        || compares(after)
        || before.ends_with("==")
        || before.ends_with("!=")
        || is_matched(before)
        || reference.wanted != Value::Unknown
        || is_passed(view, changed, usage, reference)
}

/// Whether a use names a variant by a pattern that would bind the name where no variant has it: `Open => 1`
/// after `use State::*`.
pub(in crate::validate::rules) fn binds_instead(usage: &Use<'_>, variant: &Def) -> bool {
    let (What::Ref(reference, _), Some(new)) = (usage.what, usage.file.new.as_ref()) else { return false };
    let is_bare = variant.kind == Kind::Variant
        && reference.receiver == Receiver::None
        && reference.kind == RefKind::Read
        && reference.args.is_none()
        && import_of(&new.model, &reference.name).is_none();
    let before = || new.text.get(..reference.span.start).unwrap_or_default().trim_end();
    let after = || new.text.get(reference.span.end..).unwrap_or_default();
    let ends = |end: &str| after().split([';', '{', '}']).next().is_some_and(|rest| rest.contains(end));
    let is_let = || {
        let start = before().rfind([';', '{', '}']).map_or(0, |at| at + 1);
        find_words(&before()[start..], "let").any(|at| !before()[start + at..].contains('=')) && ends("=")
    };
    is_bare && (ends("=>") || is_let() || is_matched(before()))
}

/// Whether a text ends among the patterns or values of a macro that compares them.
fn is_matched(before: &str) -> bool {
    const COMPARE: [&str; 5] =
        ["matches!(", "assert_eq!(", "assert_ne!(", "debug_assert_eq!(", "debug_assert_ne!("];
    let start = COMPARE.iter().filter_map(|call| Some(before.rfind(call)? + call.len())).max();
    let inside = start.and_then(|start| before.get(start..)).unwrap_or("(");
    !inside.contains(['(', ')', '{', '}', '[', ']', ';', '"'])
        && (inside.is_empty() || inside.contains([',', '&']))
}

/// Whether it is passed to a function that takes a value of the enum.
fn is_passed(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let Some(model) = usage.file.new.as_ref().map(|new| &new.model) else { return false };
    let types = Types { tree: Tree::merged(view, usage.branch, changed.branch, usage.file) };
    let Some(at) = types.tree.place_of(usage.file, reference.within) else { return false };
    let is_it = |value: &Value| matches!(value, Value::Name(path) if path.rsplit("::").next() == Some(&reference.name));
    let mut calls = model.refs.iter().filter(|call| call.within == reference.within);
    calls.any(|call| {
        let values = call.args.iter().flat_map(|args| &args.values).enumerate();
        values.filter(|(_, value)| is_it(value)).any(|(idx, _)| {
            let wanted = types.parameter(&at, usage.file, call, idx).map(|ty| ty.peeled());
            wanted.is_some_and(|ty| matches!(ty.head, Head::Project(home) if is_data(home.def())))
        })
    })
}

fn is_data(def: &Def) -> bool {
    matches!(def.kind, Kind::Class | Kind::Enum)
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(changed.branch));
    let (path, place) = (usage.file.path, changed.file.path);
    let (name, now) = (changed.old.path(), &changed.new.head);
    let uses = if holds(changed.new) { "with nothing in it" } else { "with something in it" };
    let message =
        format!("{user} uses `{name}` in {path} {uses}, but {changer} changed it to `{now}` in {place}");
    let sites = changed.sites(view, usage, usage.what.line());
    let fix = Some(view.fix(usage.branch, format!("use it as `{now}` in {path}"), String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&name], sites, fix }.finish()
}
