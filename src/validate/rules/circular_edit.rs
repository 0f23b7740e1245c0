//! Content comes back to a state that it had left: A, then B, then A again.
//!
//! Between agents this is a quarrel that no single branch shows. Seen by file, and by function
//! where the rest of the file goes on.

use std::collections::BTreeMap;

use super::{Draft, Rule, View};
use crate::model::{Finding, Fix, Level, Oid, RepoPath, Site, Source};
use crate::validate::Edit;
use crate::validate::extract::language_of;
use crate::validate::fix::whole;
use crate::validate::load::is_generated;
use crate::validate::model::{Def, FileModel, Kind};

pub(super) const RULE: Rule = Rule { id: "circular-edit", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let mut paths: BTreeMap<&RepoPath, Vec<&Edit>> = BTreeMap::new();
    for edit in view.input.history.iter().filter(|edit| !is_lock(&edit.path)) {
        paths.entry(&edit.path).or_default().push(edit);
    }
    for edits in paths.values() {
        for (at, edit) in edits.iter().enumerate() {
            let Some(content) = edit.content.as_ref().filter(|_| !edit.is_revert) else { continue };
            let chain = chain(view, edits, at);
            let Some(Some(before)) = chain.last().map(|step| step.content) else { continue };
            if before.oid == content.oid || is_formatting(before, content) || is_foreign(content) {
                continue;
            }
            let first = !edits[..at].iter().any(|other| other.branch == edit.branch);
            let seen = Turn { edit, before, content, first };
            findings.extend(file_return(&chain, &seen).or_else(|| symbol_return(view, &chain, &seen)));
        }
    }
}

/// One state of a file before the edit in question, and the edit that made it.
struct Step<'a> {
    by: Option<&'a Edit>,
    content: Option<&'a Source>,
}

/// The edit in question.
struct Turn<'a> {
    edit: &'a Edit,
    before: &'a Source,
    content: &'a Source,
    /// Whether it is the first one of its branch, so that it can only undo the work of others.
    first: bool,
}

/// The states before an edit on its branch, oldest first.
fn chain<'a>(view: &View<'a>, edits: &[&'a Edit], at: usize) -> Vec<Step<'a>> {
    let (edit, made) =
        (edits[at], |edit: &&'a Edit| Step { by: Some(*edit), content: edit.content.as_ref() });
    let first = edits.iter().position(|other| other.branch == edit.branch).unwrap_or(at);
    let mut chain: Vec<Step<'a>> = Vec::new();
    chain.extend(origin(view, edits));
    chain.extend(edits[..first].iter().map(made));
    let branch = view.input.branches.iter().find(|branch| branch.name == edit.branch);
    let change = branch.and_then(|branch| branch.files.iter().find(|file| file.path == edit.path));
    if let Some(change) = change {
        // The branch started from this state; what others did since is beside it.
        let old = change.old.as_ref().map(|old| old.oid);
        let start = chain.iter().rposition(|step| step.content.map(|content| content.oid) == old);
        chain.truncate(start.map_or(0, |start| start + 1));
        if chain.is_empty() {
            chain.push(Step { by: None, content: change.old.as_ref() });
        }
    }
    let own = edits[first..at].iter().filter(|other| other.branch == edit.branch);
    chain.extend(own.map(made));
    chain
}

/// What stood before the first edit, where a branch still tells.
fn origin<'a>(view: &View<'a>, edits: &[&'a Edit]) -> Option<Step<'a>> {
    let path = &edits.first()?.path;
    let made = |oid: Oid| edits.iter().any(|edit| edit.content.as_ref().is_some_and(|made| made.oid == oid));
    let files = view.input.branches.iter().flat_map(|branch| &branch.files).filter(|file| file.path == *path);
    let mut olds = files.filter_map(|file| file.old.as_ref());
    let first = olds.next()?;
    // A later wave starts from what an edit made, which says nothing of the time before.
    let is_step =
        made(first.oid) && edits[edits.len() - 1].content.as_ref().map(|last| last.oid) != Some(first.oid);
    (!is_step).then_some(Step { by: None, content: Some(first) })
}

/// The step that left the state which `now` brings back: equal, then different, then equal.
fn left_at<K: PartialEq>(states: &[Option<K>], now: &K) -> Option<usize> {
    let last = states.last()?.as_ref()?;
    let earlier = states.iter().rposition(|state| state.as_ref() == Some(now))?;
    // What was away in between was restored, not fought over.
    let absent = states[earlier..].iter().any(Option::is_none);
    (last != now && !absent).then_some(earlier + 1)
}

fn file_return(chain: &[Step<'_>], turn: &Turn<'_>) -> Option<Finding> {
    let states: Vec<Option<Oid>> = chain.iter().map(|step| step.content.map(|content| content.oid)).collect();
    let left = chain[left_at(&states, &turn.content.oid)?].by?;
    Some(finding(turn, left, None))
}

fn symbol_return(view: &View<'_>, chain: &[Step<'_>], turn: &Turn<'_>) -> Option<Finding> {
    let language = language_of(&turn.edit.path)?;
    let model = |source: &Source| view.models.get(&(source.oid, language)).map(|side| &side.model);
    let now = model(turn.content)?;
    let then: Vec<Option<&FileModel>> =
        chain.iter().map(|step| model(step.content?).map(|model| &**model)).collect();
    let text = String::from_utf8_lossy(&turn.content.bytes);
    now.defs.iter().filter(|def| is_unit(def, &text)).find_map(|def| {
        let hash = |model: &FileModel| {
            model.defs.iter().find(|other| other.path() == def.path()).map(|other| other.body_hash)
        };
        let states: Vec<Option<u64>> = then.iter().map(|model| model.and_then(hash)).collect();
        let left = chain[left_at(&states, &def.body_hash)?].by?;
        Some(finding(turn, left, Some(def)))
    })
}

/// Whether a definition is large enough that its return is no accident.
fn is_unit(def: &Def, text: &str) -> bool {
    let lines = text.get(def.span.clone()).map_or(0, |span| span.trim_end().lines().count());
    matches!(def.kind, Kind::Function | Kind::Method) && lines > 2
}

fn finding(turn: &Turn<'_>, left: &Edit, symbol: Option<&Def>) -> Finding {
    let (edit, path) = (turn.edit, &turn.edit.path);
    let quarrel =
        left.actor != edit.actor && (turn.first || left.branch != edit.branch && own_is_known(turn, left));
    let level = if quarrel { Level::Deny } else { Level::Advice };
    let what = symbol.map_or(format!("{path}"), |def| format!("`{}` in {path}", def.path()));
    let message = if left.actor == edit.actor {
        format!("{} takes {what} back to what it was before its own change", edit.actor)
    } else {
        format!("{} takes {what} back to what it was before {} changed it", edit.actor, left.actor)
    };
    let site = |edit: &Edit, line: u32| Site {
        branch: edit.branch.clone(),
        commit: edit.commit,
        path: edit.path.clone(),
        line,
    };
    let line = symbol.map_or(1, |def| def.line);
    let (now, before) =
        (String::from_utf8_lossy(&turn.content.bytes), String::from_utf8_lossy(&turn.before.bytes));
    let summary = format!("settle which version of {what} stands; this keeps the one of {}", left.actor);
    let fix = Some(Fix { summary, patch: whole(path, &now, &before), branch: edit.branch.clone() });
    let name = symbol.map_or("file".to_owned(), Def::path);
    let sites = vec![site(left, line), site(edit, line)];
    Draft { rule: RULE.id, level, message, symbols: &[&name], sites, fix }.finish()
}

/// Whether the step before the edit was the other's: then nothing of its own lies between.
fn own_is_known(turn: &Turn<'_>, left: &Edit) -> bool {
    left.content.as_ref().is_some_and(|made| made.oid == turn.before.oid)
}

/// Whether two contents differ in white space only.
fn is_formatting(left: &Source, right: &Source) -> bool {
    let solid = |source: &'_ Source| -> Vec<u8> {
        source.bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
    };
    solid(left) == solid(right)
}

fn is_foreign(content: &Source) -> bool {
    std::str::from_utf8(&content.bytes).is_ok_and(is_generated)
}

/// Lock files go back and forth with what they lock.
fn is_lock(path: &RepoPath) -> bool {
    const LOCKS: [&str; 5] =
        ["package-lock.json", "pnpm-lock.yaml", "npm-shrinkwrap.json", "go.sum", "packages.lock.json"];
    let name = path.file_name();
    path.extension() == "lock" || LOCKS.contains(&&*name) || name == "bun.lockb"
}
