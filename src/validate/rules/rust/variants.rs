//! One branch gives a Rust variant something to hold, or takes that from it; another adds a use that names
//! it alone, or passes what it held.

use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::model::{Def, Kind, Ref, RefKind};
use crate::validate::rules::changed::{Changed, edited};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::{Draft, Rule, View, signature_changed, symbol_removed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Rust) {
        for changed in edited(branch, file).filter(is_other_form) {
            let uses = view.index.uses_elsewhere(branch, &changed.old.name);
            findings.extend(first_in_each_file(uses, |usage| {
                is_refused(view, &changed, usage).then(|| finding(view, &changed, usage))
            }));
        }
    }
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
    (if holds(changed.new) { names_alone(usage, reference) } else { passes() })
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
