//! One branch moves a lock over the border of a function; another calls that function as it was.
//!
//! A lock that moves into the function is taken twice by a caller that holds it, and most locks stop
//! there for ever. One that moves out to the callers is not held by a caller that nobody told.

use std::collections::BTreeSet;

use super::changed::{Changed, edited};
use super::{Draft, Rule, View, is_aside};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, FileModel, Holds, Ref, RefKind, Region};

pub(super) const RULE: Rule = Rule { id: "lock-moved", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| !is_aside(&file.name)) {
        for moved in moved(branch, file) {
            let uses = view.index.uses_elsewhere(branch, &moved.function.new.name);
            findings.extend(first_in_each_file(uses, |usage| misuse(view, &moved, usage)));
        }
    }
}

/// A function over whose border a branch moved a lock.
struct Moved<'a> {
    function: Changed<'a>,
    lock: &'a str,
    to: To,
}

#[derive(Clone, Copy, PartialEq)]
enum To {
    /// The function takes it itself now.
    Inside {
        /// Whether others may hold it at the same time.
        shared: bool,
    },
    /// The callers take it now.
    Callers,
}

fn moved<'a>(branch: usize, file: &'a File<'a>) -> Vec<Moved<'a>> {
    let (Some(old_side), Some(side)) = (&file.old, &file.new) else { return Vec::new() };
    if !side.model.regions.iter().any(is_lock) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for function in
        edited(branch, file).filter(|function| function.new.sig.is_some() && !function.new.flags.is_test)
    {
        let (old, new) = (function.old, function.new);
        let (had, has) = (taken_in(&old_side.model, old), taken_in(&side.model, new));
        let to_callers = |lock: &&&str| has.is_empty() && is_called_under(&side.model, new, lock);
        let inside = has.difference(&had).filter_map(|lock| {
            let shared = region_in(&side.model, new, lock).is_some_and(|region| is_shared(side, region));
            (!is_reentrant(file.language, side)).then_some((*lock, To::Inside { shared }))
        });
        let outside = had.iter().filter(to_callers).map(|lock| (*lock, To::Callers));
        all.extend(inside.chain(outside).map(|(lock, to)| Moved { function, lock, to }));
    }
    all
}

fn is_lock(region: &Region) -> bool {
    matches!(region.holds, Holds::Lock(_))
}

/// The locks that a function takes itself.
fn taken_in<'a>(model: &'a FileModel, def: &Def) -> BTreeSet<&'a str> {
    begun_in(model, def).iter().filter_map(|region| lock(&region.holds)).collect()
}

/// The regions that begin inside a function.
fn begun_in<'a>(model: &'a FileModel, def: &Def) -> &'a [Region] {
    let at = |byte: usize| model.regions.partition_point(|region| region.span.start < byte);
    &model.regions[at(def.span.start)..at(def.span.end)]
}

fn lock(holds: &Holds) -> Option<&str> {
    if let Holds::Lock(name) = holds { Some(name) } else { None }
}

fn region_in<'a>(model: &'a FileModel, def: &Def, name: &str) -> Option<&'a Region> {
    begun_in(model, def).iter().find(|region| lock(&region.holds) == Some(name))
}

fn holds(model: &FileModel, reference: &Ref, name: &str) -> bool {
    model.holds_at(reference.span.start).any(|holds| lock(holds) == Some(name))
}

/// Whether the file calls the function, and always with the lock held.
fn is_called_under(model: &FileModel, def: &Def, lock: &str) -> bool {
    let mut calls = model.uses_of(&def.name).filter(|used| used.kind == RefKind::Call).peekable();
    calls.peek().is_some() && calls.all(|call| holds(model, call, lock))
}

/// Whether one that holds a lock of the file may take it again.
fn is_reentrant(language: Language, side: &Side<'_>) -> bool {
    // A Python condition makes itself a lock that is.
    let marks: &[&str] = match language {
        Language::Java => return true,
        Language::Python => &["RLock(", "Condition("],
        Language::Rust => &["ReentrantMutex", "ReentrantLock"],
        _ => &[],
    };
    marks.iter().any(|mark| side.text.contains(mark))
}

/// Whether a lock is taken so that others may read beside it.
fn is_shared(side: &Side<'_>, region: &Region) -> bool {
    let (before, after) = side.text.split_at(region.span.start);
    let statement = after.split(';').next().unwrap_or(after);
    before.trim_end().ends_with(".RLock()") || statement.contains(".read()")
}

fn misuse(view: &View<'_>, moved: &Moved<'_>, usage: &Use<'_>) -> Option<Finding> {
    let What::Ref(reference, true) = usage.what else { return None };
    let side = usage.file.new.as_ref().filter(|_| !is_aside(&usage.file.name))?;
    let caller = side.model.defs.get(reference.within?)?;
    if reference.kind != RefKind::Call || caller.flags.is_test || caller.is_named_as(moved.function.new) {
        return None;
    }
    let broken = match moved.to {
        To::Inside { shared } => {
            !is_reentrant(usage.file.language, side)
                && is_on_locked(side, caller, reference, moved)
                && region_in(&side.model, caller, moved.lock)
                    .is_some_and(|region| !(shared && is_shared(side, region)))
        }
        To::Callers => {
            let by_custom = caller.name.to_lowercase().contains("locked");
            !by_custom && taken_in(&side.model, caller).is_empty()
        }
    };
    let function = &moved.function;
    let holds = broken
        && view.means(usage, function.file, function.old)
        && function.is_as_it_was(view, usage, |own| own.body_hash == function.old.body_hash)
        && is_left(view, moved, usage, reference);
    holds.then(|| finding(view, moved, usage, reference))
}

/// Whether a call is made with the lock held, and on the very value whose lock that is.
fn is_on_locked(side: &Side<'_>, caller: &Def, reference: &Ref, moved: &Moved<'_>) -> bool {
    if !holds(&side.model, reference, moved.lock) {
        return false;
    }
    let part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '#');
    let before = &side.text[..reference.span.start];
    let on = &before[before.trim_end_matches(part).len()..];
    let own = side.text.get(caller.span.clone()).unwrap_or_default();
    if on.is_empty() {
        return moved.function.new.parents.is_empty();
    }
    own.contains(&format!("{on}{}", moved.lock)) || own.contains(&format!("{on}#{}", moved.lock))
}

/// Whether the merge of the caller's file has the call, in a function that takes as many locks.
fn is_left(view: &View<'_>, moved: &Moved<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let Some(theirs) = view.counterpart(moved.function.branch, usage.file) else { return true };
    let merged = view.merge_of((usage.branch, usage.file), (moved.function.branch, theirs));
    let (Some(merged), Some(side)) = (merged, &usage.file.new) else { return false };
    let held = holds(&side.model, reference, moved.lock);
    let caller =
        |model: &FileModel, used: &Ref| used.within.and_then(|within| model.defs.get(within)).map(Def::path);
    let around = caller(&side.model, reference);
    merged.model.uses_of(&reference.name).any(|left| {
        left.kind == reference.kind
            && caller(&merged.model, left) == around
            && holds(&merged.model, left, moved.lock) == held
    })
}

fn finding(view: &View<'_>, moved: &Moved<'_>, usage: &Use<'_>, reference: &Ref) -> Finding {
    let (name, lock) = (moved.function.new.path(), moved.lock);
    let (user, mover) = (view.name(usage.branch), view.name(moved.function.branch));
    let (path, home) = (usage.file.path, moved.function.file.path);
    let (message, summary) = match moved.to {
        To::Inside { .. } => (
            format!(
                "{user} calls `{name}` in {path} while it holds the lock `{lock}`, which {mover} lets `{name}` take itself in {home}"
            ),
            format!("call `{name}` in {path} without the lock `{lock}`"),
        ),
        To::Callers => (
            format!(
                "{user} calls `{name}` in {path} without the lock `{lock}`, which {mover} leaves to its callers in {home}"
            ),
            format!("take the lock `{lock}` around the call in {path}"),
        ),
    };
    let sites = moved.function.sites(view, usage, reference.line);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Warn, message, symbols: &[&name, lock], sites, fix }.finish()
}
