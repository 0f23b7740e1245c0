//! One branch gives a Rust variant something to hold, or takes that from it; another adds a use that names
//! it alone, or passes what it held.

use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Ref, RefKind};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::{Draft, Rule, View, symbol_removed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "signature-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Rust) {
        for changed in changed(branch, file) {
            let mut seen = Vec::new();
            for usage in view.index.uses_elsewhere(branch, &changed.old.name) {
                let place = (usage.branch, usage.file.path);
                if !seen.contains(&place) && is_refused(view, &changed, usage) {
                    seen.push(place);
                    findings.push(finding(view, &changed, usage));
                }
            }
        }
    }
}

/// A variant that holds something now, or no longer.
struct Changed<'a> {
    branch: usize,
    file: &'a File<'a>,
    old: &'a Def,
    new: &'a Def,
}

fn changed<'a>(branch: usize, file: &'a File<'a>) -> Vec<Changed<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let pairs = file.change.edited.iter();
    let pairs = pairs.map(|(before, after)| (&old.model.defs[*before], &new.model.defs[*after]));
    let are_variants = |old: &Def, new: &Def| {
        [old, new].iter().all(|def| def.kind == Kind::Variant && !def.flags.may_repeat)
    };
    let pairs = pairs.filter(|(old, new)| are_variants(old, new) && holds(old) != holds(new));
    pairs.map(|(old, new)| Changed { branch, file, old, new }).collect()
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
        && knows_old(view, changed, usage)
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

/// Whether the other branch has the variant as it was, if it changed the file.
fn knows_old(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> bool {
    let Some(own) = view.file(usage.branch, changed.file.path) else { return true };
    let mut defs = own.new.iter().flat_map(|new| &new.model.defs);
    defs.any(|own| own.is_named_as(changed.old) && holds(own) == holds(changed.old))
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(changed.branch));
    let (path, place) = (usage.file.path, changed.file.path);
    let (name, now) = (changed.old.path(), &changed.new.head);
    let uses = if holds(changed.new) { "with nothing in it" } else { "with something in it" };
    let message =
        format!("{user} uses `{name}` in {path} {uses}, but {changer} changed it to `{now}` in {place}");
    let sites = vec![
        view.site(changed.branch, place, changed.new.line),
        view.site(usage.branch, path, usage.what.line()),
    ];
    let fix = Some(view.fix(usage.branch, format!("use it as `{now}` in {path}"), String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&name], sites, fix }.finish()
}
