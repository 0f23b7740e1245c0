//! One branch hides a Rust item, or what hands it on, that another starts to use from outside.

use super::reach::Reach;
use super::{Draft, Rule, View, rust, symbol_removed, verb};
use crate::model::{Finding, Level, Site};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Import, Imported, Kind};

pub(super) const RULE: Rule = Rule { id: symbol_removed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Rust) {
        let (Some(old), Some(new)) = (&file.old, &file.new) else { continue };
        for &(before, after) in &file.change.edited {
            let (before, after) = (&old.model.defs[before], &new.model.defs[after]);
            let (was, now) = (sight(old, before), sight(new, after));
            // `mod a;` in the place of `fn a`, which `pub use a::*` hands on, is something else.
            let is_same = before.kind == after.kind && !after.flags.may_repeat;
            if now < was && is_same && !is_in_trait(after) {
                hide(view, (branch, file, before, after), now, findings);
            }
        }
        for &gone in &file.change.gone {
            move_away(view, (branch, file, &old.model.defs[gone]), findings);
        }
        for &(import, name) in &file.change.dropped {
            let import = &old.model.imports[import];
            if import.reexport && import.within.is_none() {
                drop_name(view, (branch, file, import, &import.names[name]), findings);
            }
        }
    }
}

/// From where an item can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sight {
    Module,
    Crate,
    Everywhere,
}

/// What stands in front of a declaration; attributes may come before it.
fn sight(side: &Side<'_>, def: &Def) -> Sight {
    // A variant and its fields are seen where their enum is.
    if matches!(def.kind, Kind::Variant) {
        return Sight::Everywhere;
    }
    let text = match def.kind {
        Kind::Field => side.text.get(def.span.clone()).unwrap_or(&def.head),
        _ => &def.head,
    };
    let line =
        text.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with(['#', '/']));
    match line.unwrap_or_default().strip_prefix("pub") {
        Some(rest) if rest.starts_with("(self)") => Sight::Module,
        // `pub(super)` and the like reach further than the module, how far is of no matter.
        Some(rest) if rest.starts_with('(') => Sight::Crate,
        Some(_) => Sight::Everywhere,
        None => Sight::Module,
    }
}

/// What a trait declares or an `impl` of one gives is as visible as the trait.
fn is_in_trait(def: &Def) -> bool {
    def.parents.len() > def.n_modules + 1 || def.flags.is_abstract
}

type Change<'c> = (usize, &'c File<'c>, &'c Def, &'c Def);

fn hide(view: &View<'_>, change: Change<'_>, now: Sight, findings: &mut Vec<Finding>) {
    let (branch, file, before, after) = change;
    let loses_sight = |usage: &Use<'_>| {
        let sees = match now {
            Sight::Module => rust::is_inside(usage.file, file),
            _ => rust::is_same_crate(usage.file, file),
        };
        !sees
            && view.reach(usage, file, before) == Some(Reach::Sure)
            && is_left(view, branch, usage)
            && !hides_it_too(view, change, now, usage.branch)
    };
    let uses = view.index.uses_elsewhere(branch, &before.name);
    findings.extend(first_in_each_file(uses, |usage| {
        if !loses_sight(usage) {
            return None;
        }
        let outside = if now == Sight::Crate { "its crate" } else { "its module" };
        let did = format!("no longer shows outside of {outside}");
        let site = view.site(branch, file.path, after.line);
        let edit = file.new.as_ref().and_then(|new| Some((new, show_again(new, after)?)));
        let patch = edit.map_or(String::new(), |(new, edit)| patch(file.path, new.text, vec![edit]));
        Some(finding(view, branch, usage, (before.kind.word(), before.path(), did, site, patch)))
    }));
}

/// An item that its module now takes from elsewhere for itself alone: `use inner::Room` in the place of
/// `pub struct Room`.
fn move_away(view: &View<'_>, (branch, file, def): (usize, &File<'_>, &Def), findings: &mut Vec<Finding>) {
    let Some(new) = file.new.as_ref().filter(|_| def.parents.is_empty()) else { return };
    let is_it = |import: &&Import| import.names.iter().any(|name| name.local == def.name);
    let mut taken = new.model.imports.iter().filter(|import| import.within.is_none()).filter(is_it);
    let Some(import) = taken.next().filter(|import| !import.reexport) else { return };
    if new.model.imports.iter().any(|import| import.glob && import.reexport) || taken.next().is_some() {
        return;
    }
    let is_lost = |usage: &Use<'_>| {
        let own = view.file(usage.branch, file.path).and_then(|own| own.new.as_ref());
        !rust::is_inside(usage.file, file)
            && own.is_none_or(|own| own.model.named_as(def).next().is_some())
            // In the merge its path leads to where it went.
            && rust::reach(usage, file, def) == Some(Reach::Sure)
            && is_left(view, branch, usage)
    };
    let uses = view.index.uses_elsewhere(branch, &def.name);
    findings.extend(first_in_each_file(uses, |usage| {
        if !is_lost(usage) {
            return None;
        }
        let site = view.site(branch, file.path, import.line);
        let did = format!("took to `{}` and no longer shows outside of its module", import.module);
        Some(finding(view, branch, usage, (def.kind.word(), def.path(), did, site, String::new())))
    }));
}

/// Whether a branch itself shows an item no further than another one does now.
fn hides_it_too(view: &View<'_>, (_, file, before, _): Change<'_>, now: Sight, user: usize) -> bool {
    let own = view.file(user, file.path).and_then(|own| own.new.as_ref());
    let shown = own
        .and_then(|own| own.model.defs.iter().find(|def| def.is_named_as(before)).map(|def| sight(own, def)));
    shown.is_some_and(|shown| shown <= now)
}

fn show_again(side: &Side<'_>, def: &Def) -> Option<Edit> {
    let text = side.text.get(def.span.clone())?;
    let mut at = def.span.start;
    for line in text.split_inclusive('\n') {
        let start = line.trim_start();
        if !start.trim().is_empty() && !start.starts_with(['#', '/']) {
            at += line.len() - start.len();
            let rest = side.text.get(at..)?;
            let shown =
                rest.strip_prefix("pub").filter(|rest| rest.starts_with('(')).and_then(|rest| rest.find(')'));
            return Some(match shown {
                Some(end) => Edit::replace(at..at + "pub".len() + end + 1, "pub"),
                None => Edit::insert(at, "pub "),
            });
        }
        at += line.len();
    }
    None
}

/// Whether the merge still holds the use.
fn is_left(view: &View<'_>, branch: usize, usage: &Use<'_>) -> bool {
    let is_more = !matches!(usage.what, What::Ref(_, false));
    match view.file(branch, usage.file.path) {
        None => is_more,
        Some(theirs) if theirs.new.is_none() => false,
        Some(_) => {
            view.merged(usage.file.path, branch, usage.branch).is_some_and(|merged| match usage.what {
                What::Import(import, name) => merged.model.imports.iter().any(|other| {
                    other.module == import.module && other.names.iter().any(|other| other.name == name.name)
                }),
                What::Ref(reference, _) => {
                    let same = |other: &crate::validate::model::Ref| {
                        other.name == reference.name && other.receiver == reference.receiver
                    };
                    merged.model.refs.iter().any(same)
                }
            })
        }
    }
}

type Dropped<'d> = (usize, &'d File<'d>, &'d Import, &'d Imported);

/// A re-export that is gone, with the imports that take the name from it.
fn drop_name(view: &View<'_>, dropped: Dropped<'_>, findings: &mut Vec<Finding>) {
    let (branch, file, import, name) = dropped;
    let defines = file
        .new
        .as_ref()
        .is_some_and(|new| new.model.defs.iter().any(|def| !def.is_member() && def.name == name.local));
    if defines {
        return;
    }
    let hands_it_on = |user: usize| {
        let own = view.file(user, file.path).and_then(|own| own.new.as_ref());
        own.is_none_or(|own| {
            let imports = &own.model.imports;
            imports.iter().any(|other| other.module == import.module && other.names.contains(name))
        })
    };
    let dangles = |usage: &Use<'_>| {
        rust::takes_from(usage, file, &name.local)
            && is_left(view, branch, usage)
            && hands_it_on(usage.branch)
            && !rust::may_hand_on(view, (branch, file), usage.branch, &name.local)
    };
    let uses = view.index.uses_elsewhere(branch, &name.local);
    findings.extend(first_in_each_file(uses, |usage| {
        if !dangles(usage) {
            return None;
        }
        let site = view.site_of_lost(branch, file, import.line);
        let did = format!("no longer hands on from {}", file.path);
        Some(finding(view, branch, usage, ("name", name.local.clone(), did, site, String::new())))
    }));
}

/// The kind, the name, what was done, where, and the patch that takes it back.
type Hidden = (&'static str, String, String, Site, String);

fn finding(view: &View<'_>, branch: usize, usage: &Use<'_>, hidden: Hidden) -> Finding {
    let (kind, name, did, site, patch) = hidden;
    let verb = match usage.what {
        What::Import(..) => "imports",
        What::Ref(reference, _) => verb(reference.kind),
    };
    let user = view.name(usage.branch);
    let path = usage.file.path;
    let message = format!("{user} {verb} the {kind} `{name}` in {path}, which {} {did}", view.name(branch));
    let sites = vec![view.site(usage.branch, path, usage.what.line()), site];
    let fix = Some(view.fix(branch, format!("keep `{name}` visible as long as {user} needs it"), patch));
    let symbol = format!("hidden {name}");
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
}
