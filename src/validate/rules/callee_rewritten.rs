//! One branch rewrites what a function does; another adds a call that counts on what it did.
//!
//! Nothing says that this breaks, so it warns and tells where to look and what to test.

use super::reach::Reach;
use super::{Draft, Rule, View, is_aside};
use crate::model::{Finding, Level};
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, RefKind};
use crate::validate::names::kept;

pub(super) const RULE: Rule = Rule { id: "callee-rewritten", check };

/// Less than this much of the old function is left when it counts as rewritten.
const KEPT: f64 = 0.6;
/// Shorter functions do too little to count on.
const LINES: usize = 4;

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| !is_aside(&file.name)) {
        let uses = |new: &Def| view.index.uses_elsewhere(branch, &new.name);
        for (old, new) in rewritten(file, |new| uses(new).next().is_some()) {
            if let Some(usage) = uses(new).find(|usage| counts_on(view, branch, file, old, usage)) {
                findings.push(finding(view, branch, file, new, usage));
            }
        }
    }
}

/// Functions that keep their signature and little else, of those that are asked for.
fn rewritten<'a>(file: &'a File<'a>, is_asked: impl Fn(&Def) -> bool) -> Vec<(&'a Def, &'a Def)> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let pairs =
        file.change.edited.iter().map(|(before, now)| (&old.model.defs[*before], &new.model.defs[*now]));
    pairs
        .filter(|(before, now)| {
            let is_function = matches!(now.kind, Kind::Function | Kind::Method) && !now.flags.is_test;
            let texts = (old.text.get(before.span.clone()), new.text.get(now.span.clone()));
            let (Some(was), Some(is)) = texts else { return false };
            is_function
                && is_asked(now)
                && before.sig == now.sig
                && before.body_hash != now.body_hash
                && was.lines().count() >= LINES
                && kept(was, is) < KEPT
        })
        .collect()
}

/// Whether a use is a new call of the function in code that ships.
fn counts_on(view: &View<'_>, branch: usize, file: &File<'_>, def: &Def, usage: &Use<'_>) -> bool {
    let What::Ref(reference, true) = usage.what else { return false };
    let Some(side) = &usage.file.new else { return false };
    let caller = reference.within.and_then(|within| side.model.defs.get(within));
    let ships = !is_aside(&usage.file.name) && caller.is_some_and(|caller| !caller.flags.is_test);
    // A function that calls itself counts on nobody.
    let is_own = usage.file.path == file.path && caller.is_some_and(|caller| caller.is_named_as(def));
    if reference.kind != RefKind::Call || !ships || is_own {
        return false;
    }
    let reached = match view.reach(usage, file, def) {
        Some(Reach::Sure) => true,
        Some(_) => view.is_unique(&def.name, file.path),
        None => false,
    };
    // A branch that edits the function as well has seen it.
    let own = view.file(usage.branch, file.path).and_then(|own| own.new.as_ref());
    let knows = own.is_some_and(|own| {
        let same = |other: &&Def| other.is_named_as(def);
        own.model.defs.iter().find(same).is_none_or(|own| own.body_hash != def.body_hash)
    });
    reached && !knows && still_calls(view, branch, usage, &def.name)
}

/// Whether the merge holds the call.
fn still_calls(view: &View<'_>, branch: usize, usage: &Use<'_>, name: &str) -> bool {
    match view.file(branch, usage.file.path) {
        None => true,
        Some(file) if file.new.is_none() => false,
        Some(_) => view.merged(usage.file.path, branch, usage.branch).is_some_and(|merged| {
            merged.model.refs.iter().any(|left| left.kind == RefKind::Call && left.name == name)
        }),
    }
}

fn finding(view: &View<'_>, branch: usize, file: &File<'_>, new: &Def, usage: &Use<'_>) -> Finding {
    let name = new.path();
    let message = format!(
        "{} adds a call of `{name}` in {}, which {} rewrites in {}",
        view.name(usage.branch),
        usage.file.path,
        view.name(branch),
        file.path
    );
    let sites = vec![
        view.site(branch, file.path, new.line),
        view.site(usage.branch, usage.file.path, usage.what.line()),
    ];
    let summary = format!("test that the call in {} still gets what it counts on", usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Warn, message, symbols: &[&name], sites, fix }.finish()
}
