//! One branch changes a value that another newly uses.

use super::reach::Reach;
use super::{Draft, Rule, View, is_aside};
use crate::model::{Finding, Level};
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, RefKind};

pub(super) const RULE: Rule = Rule { id: "value-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| !is_aside(&file.name)) {
        for (before, now) in changed(file) {
            let uses = view.index.uses_elsewhere(branch, &now.name);
            let mut uses = uses.filter(|usage| !is_aside(&usage.file.name));
            let found = uses.find(|usage| counts_on(view, file, before, usage));
            findings.extend(found.map(|usage| finding(view, branch, file, now, usage)));
        }
    }
}

/// Constants and variables of a module that have another value now.
fn changed<'a>(file: &'a File<'a>) -> Vec<(&'a Def, &'a Def)> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let pairs = file.change.edited.iter();
    let pairs = pairs.map(|(before, now)| (&old.model.defs[*before], &new.model.defs[*now]));
    pairs
        .filter(|(before, now)| {
            before.kind == Kind::Const && now.kind == Kind::Const && before.body_hash != now.body_hash
        })
        .collect()
}

fn counts_on(view: &View<'_>, file: &File<'_>, before: &Def, usage: &Use<'_>) -> bool {
    let What::Ref(reference, true) = usage.what else { return false };
    let own = view.file(usage.branch, file.path).and_then(|own| own.new.as_ref());
    let knows = own.is_some_and(|own| {
        let mut defs = own.model.defs.iter();
        defs.any(|def| def.is_named_as(before) && def.body_hash != before.body_hash)
    });
    reference.kind == RefKind::Read && !knows && view.reach(usage, file, before) == Some(Reach::Sure)
}

fn finding(view: &View<'_>, branch: usize, file: &File<'_>, now: &Def, usage: &Use<'_>) -> Finding {
    let name = now.path();
    let message = format!(
        "{} uses `{name}` in {}, which {} changes to `{}` in {}",
        view.name(usage.branch),
        usage.file.path,
        view.name(branch),
        now.head,
        file.path
    );
    let sites = vec![
        view.site(branch, file.path, now.line),
        view.site(usage.branch, usage.file.path, usage.what.line()),
    ];
    let summary = format!("see that the new value suits {}", usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Advice, message, symbols: &[&name], sites, fix }.finish()
}
