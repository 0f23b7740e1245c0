//! One branch puts every access of a field behind a lock; another adds an access without it.
//!
//! Says nothing of code that was never consistent: only where the branch shows its intent, by
//! guarding all accesses that it knows of, is a bare one out of place.

use std::collections::{BTreeMap, BTreeSet};

use super::reach::{enclosing_type, names_type};
use super::{Draft, Rule, View, is_aside};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, FileModel, Holds, Receiver, Ref, RefKind, Ty};

pub(super) const RULE: Rule = Rule { id: "unguarded-access", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| !is_aside(&file.name)) {
            for guarded in guarded(branch, file) {
                for (other, changes) in view.branches.iter().enumerate().filter(|(other, _)| *other != branch)
                {
                    let users = changes.files.iter().filter(|user| user.language == file.language);
                    let bare = users.filter(|user| !is_aside(&user.name)).find_map(|user| {
                        bare_access(view, &guarded, other, user).map(|reference| (user, reference))
                    });
                    findings.extend(
                        bare.map(|(user, reference)| finding(view, &guarded, other, user, reference)),
                    );
                }
            }
        }
    }
}

/// A field that a branch started to guard.
struct Guarded<'a> {
    branch: usize,
    file: &'a File<'a>,
    owner: &'a str,
    field: &'a str,
    lock: &'a str,
    /// Where the field is used under the lock.
    line: u32,
}

/// The accesses of the fields of a file, by type and field.
type Accesses<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Ref>>;

fn guarded<'a>(branch: usize, file: &'a File<'a>) -> Vec<Guarded<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    if !new.model.regions.iter().any(|region| matches!(region.holds, Holds::Lock(_))) {
        return Vec::new();
    }
    let (before, now) = (accesses(old), accesses(new));
    let mut all = Vec::new();
    for ((owner, field), uses) in now {
        let Some(earlier) = before.get(&(owner, field)) else { continue };
        let Some(lock) = common_lock(new, &uses).filter(|lock| *lock != field) else { continue };
        // It is guarded from this branch on; before, something else held or nothing did.
        let was_guarded = common_lock(old, earlier) == Some(lock);
        let is_written = uses.iter().any(|used| is_write(used));
        if uses.len() > 1 && is_written && !was_guarded {
            all.push(Guarded { branch, file, owner, field, lock, line: uses[0].line });
        }
    }
    all
}

fn accesses<'a>(side: &'a Side<'a>) -> Accesses<'a> {
    let mut all = Accesses::new();
    for reference in &side.model.refs {
        let is_use = matches!(reference.kind, RefKind::Read | RefKind::Write);
        let owner = owner(side, reference).filter(|_| is_use);
        if let Some(owner) = owner.filter(|owner| !in_constructor(&side.model, reference, owner)) {
            all.entry((owner, &reference.name)).or_default().push(reference);
        }
    }
    all
}

/// The type whose field a use means, as the file calls it.
fn owner<'a>(side: &'a Side<'a>, reference: &'a Ref) -> Option<&'a str> {
    let model = &side.model;
    match &reference.receiver {
        // A value that is written out is nobody else's yet.
        Receiver::Typed(ty) => side.is_member(reference).then_some(ty.as_str()),
        Receiver::This => enclosing_type(model, reference).map(|def| def.name.as_str()),
        // A bare name may be a field in Java.
        Receiver::None => enclosing_type(model, reference)
            .filter(|def| def.fields.iter().any(|field| field.name == reference.name))
            .map(|def| def.name.as_str()),
        Receiver::Name(_) | Receiver::Other => None,
    }
}

/// Whether a use is in a function that makes the value: nobody else sees it yet.
fn in_constructor(model: &FileModel, reference: &Ref, owner: &str) -> bool {
    let Some(around) = reference.within.and_then(|within| model.defs.get(within)) else { return true };
    let Some(sig) = &around.sig else { return true };
    let is_named = matches!(around.name.as_str(), "constructor" | "__init__" | "__post_init__");
    let makes = match &sig.returns {
        Ty::Named(name) => name == owner,
        Ty::Optional(inner) => **inner == Ty::Named(owner.to_owned()),
        _ => false,
    };
    is_named || makes || (around.flags.is_static && around.parents.iter().any(|parent| parent == owner))
}

/// The lock that all uses have in common.
fn common_lock<'a>(side: &'a Side<'a>, uses: &[&Ref]) -> Option<&'a str> {
    let mut common: Option<BTreeSet<&str>> = None;
    for used in uses {
        let own = locks(&side.model, used);
        common = Some(match common {
            Some(common) => common.intersection(&own).copied().collect(),
            None => own,
        });
    }
    common?.into_iter().next()
}

fn locks<'a>(model: &'a FileModel, used: &Ref) -> BTreeSet<&'a str> {
    let held = model.holds_at(used.span.start).filter_map(|holds| match holds {
        Holds::Lock(name) => Some(name.as_str()),
        _ => None,
    });
    held.collect()
}

fn is_write(used: &Ref) -> bool {
    used.kind == RefKind::Write
}

/// A use that the branch adds and that the merge leaves without the lock.
fn bare_access<'a>(
    view: &View<'_>,
    guarded: &Guarded<'_>,
    other: usize,
    user: &'a File<'_>,
) -> Option<&'a Ref> {
    let side = user.new.as_ref()?;
    let added = user.change.uses.iter().map(|added| &side.model.refs[added.reference]);
    let mut bare = added.filter(|reference| is_bare(user, side, guarded, reference));
    let found = bare.next()?;
    match view.file(guarded.branch, user.path) {
        None => Some(found),
        Some(_) => {
            let merged = view.merged(user.path, guarded.branch, other)?;
            let around = side.model.defs.get(found.within?)?.path();
            let mut left = merged.model.refs.iter();
            let is_left = left.any(|left| {
                let place = left.within.and_then(|within| merged.model.defs.get(within)).map(Def::path);
                place.as_ref() == Some(&around)
                    && left.name == guarded.field
                    && left.kind == found.kind
                    && !locks(&merged.model, left).contains(guarded.lock)
            });
            is_left.then_some(found)
        }
    }
}

fn is_bare(user: &File<'_>, side: &Side<'_>, guarded: &Guarded<'_>, reference: &Ref) -> bool {
    let model = &side.model;
    let is_use = matches!(reference.kind, RefKind::Read | RefKind::Write) && reference.name == guarded.field;
    let is_making = in_constructor(model, reference, guarded.owner);
    if !is_use || is_making || locks(model, reference).contains(guarded.lock) {
        return false;
    }
    // By custom the caller holds the lock of such a function.
    let around = reference.within.and_then(|within| model.defs.get(within));
    let by_custom = around.is_some_and(|around| around.name.to_lowercase().contains("locked"));
    let Some(owner) = owner(side, reference).filter(|_| !by_custom) else { return false };
    if user.path == guarded.file.path || (user.language == Language::Go && same_directory(user, guarded.file))
    {
        return owner == guarded.owner;
    }
    names_type(user, model, owner, guarded.file, guarded.owner)
}

fn same_directory(left: &File<'_>, right: &File<'_>) -> bool {
    use crate::validate::resolve::directory;
    directory(&left.name) == directory(&right.name)
}

fn finding(
    view: &View<'_>,
    guarded: &Guarded<'_>,
    other: usize,
    user: &File<'_>,
    reference: &Ref,
) -> Finding {
    let name = format!("{}.{}", guarded.owner, guarded.field);
    let does = if is_write(reference) { "writes" } else { "reads" };
    let message = format!(
        "{} {does} `{name}` in {} without the lock `{}`, under which {} puts all other accesses in {}",
        view.name(other),
        user.path,
        guarded.lock,
        view.name(guarded.branch),
        guarded.file.path
    );
    let sites = vec![
        view.site(guarded.branch, guarded.file.path, guarded.line),
        view.site(other, user.path, reference.line),
    ];
    let summary = format!("take the lock `{}` around the access in {}", guarded.lock, user.path);
    let fix = Some(view.fix(other, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Warn, message, symbols: &[&name], sites, fix }.finish()
}
