//! One branch removes or renames an HTTP operation that another begins to call.

use std::collections::BTreeSet;

use super::{Draft, Rule, View, is_aside};
use crate::model::{Finding, Level};
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::fix::{Edit, patch};
use crate::validate::lines::lines;
use crate::validate::load::File;
use crate::validate::model::FileModel;
use crate::validate::names::{find_words, has_word};
use crate::validate::routes::{Fit, fit, is_mount, is_open, takes};
use crate::validate::surface::{How, Touch};

pub(super) const RULE: Rule = Rule { id: "route-removed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for lost in view.surface.lost(EntryKind::Route) {
        let calls = view.surface.of(EntryKind::Route).filter_map(|call| Some((call, reach(lost, call)?)));
        let calls: Vec<(&Touch<'_>, Fit)> =
            calls.filter(|(call, _)| !answers(view, call.branch, lost)).collect();
        if calls.is_empty() || answers(view, lost.branch, lost) || stands_elsewhere(view, lost) {
            continue;
        }
        if may_answer(view, lost) || is_handed_on(lost) {
            continue;
        }
        let is_needed = |call: &Touch<'_>| !is_merged(view, lost, call) && !is_played(call);
        for (call, fit) in calls.into_iter().filter(|(call, _)| is_needed(call)) {
            findings.push(finding(view, lost, call, fit));
        }
    }
}

/// Whether a branch begins to call the lost route.
fn reach(lost: &Touch<'_>, call: &Touch<'_>) -> Option<Fit> {
    let begins =
        matches!(call.how, How::Added) && call.entry.role == Role::Uses && call.branch != lost.branch;
    begins.then(|| fit(&lost.entry.key, &call.entry.key, call.entry.detail == "floating"))?
}

/// Whether an entry may be the route under another prefix: a router can be mounted anywhere.
fn may_be(entry: &Entry, lost: &str) -> bool {
    let tail = |long: &str, short: &str| match (long.split_once(' '), short.split_once(' ')) {
        (Some((one, long)), Some((other, short))) => {
            (one == other || one == "ANY" || other == "ANY") && long.ends_with(short)
        }
        _ => false,
    };
    entry.kind == EntryKind::Route
        && entry.role == Role::Provides
        && (tail(&entry.key, lost) || tail(lost, &entry.key) || takes(&entry.key, lost))
}

/// Whether the branch that lost a route speaks of its path in another place, where it is not read as a
/// route: in a constant, a mount of others, the name of a file that is a handler.
fn may_answer(view: &View<'_>, lost: &Touch<'_>) -> bool {
    let parts = lost.entry.key.split('/').skip(1);
    let parts: Vec<&str> =
        parts.filter(|part| !part.is_empty() && !is_open(part) && !is_mount(part)).collect();
    let files = &view.branches[lost.branch].files;
    files.iter().any(|file| {
        let is_handler =
            || file.name.split('/').any(|name| parts.contains(&name.split('.').next().unwrap_or(name)));
        file.old.is_none() && is_handler() || says_anew(file, &parts)
    })
}

/// Whether the file hands all below a part of the path on to another server, as it did before.
fn is_handed_on(lost: &Touch<'_>) -> bool {
    let path = lost.entry.key.split(' ').nth(1).unwrap_or_default();
    let text = lost.file.new.as_ref().map_or("", |new| new.text);
    let above = |line: &str| {
        let mut quoted =
            line.split(['"', '\'', '`']).skip(1).step_by(2).map(|part| part.trim_end_matches('/'));
        quoted.any(|part| {
            part.starts_with('/') && path.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    text.lines().any(|line| line.to_ascii_lowercase().contains("proxy") && above(line))
}

/// Whether a test plays the server itself.
fn is_played(call: &Touch<'_>) -> bool {
    const PLAYERS: [&str; 12] = [
        "nock",
        "msw",
        "setupServer",
        "fetchMock",
        "responses",
        "requests_mock",
        "respx",
        "httpretty",
        "pytest_httpx",
        "httptest",
        "wiremock",
        "WireMock",
    ];
    let text = call.file.new.as_ref().map_or("", |new| new.text);
    is_aside(&call.file.name) && PLAYERS.iter().any(|player| has_word(text, player))
}

/// Whether a call shows no host, and the file speaks of one that is elsewhere.
fn may_be_elsewhere(call: &Touch<'_>) -> bool {
    let text = call.file.new.as_ref().map_or("", |new| new.text);
    let own = lines(text).get(call.entry.line.saturating_sub(1) as usize).copied().unwrap_or_default();
    let is_foreign = |rest: &str| {
        let host = rest.split(['/', '"', '\'', '`', ':', '{', '$']).next().unwrap_or_default();
        host.contains('.') && host.chars().any(char::is_alphabetic) && !host.ends_with(".local")
    };
    !own.contains("://")
        && text.match_indices("https://").any(|(at, sign)| is_foreign(&text[at + sign.len()..]))
}

/// Whether a line that is new in a file has a part of a path, and is not read as a route.
fn says_anew(file: &File<'_>, parts: &[&str]) -> bool {
    let Some(new) = &file.new else { return false };
    let old: BTreeSet<&str> = file.before().map(|old| lines(old.text)).into_iter().flatten().collect();
    let read: BTreeSet<u32> = new
        .model
        .entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Route)
        .flat_map(|entry| [entry.line, entry.line + 1])
        .collect();
    let says = |line: &str| {
        let is_part = |at: usize| line[..at].ends_with(['/', '"', '\'', '`']);
        parts.iter().any(|part| find_words(line, part).any(is_part))
    };
    let mut anew = lines(new.text).into_iter().zip(1..).filter(|(line, _)| !old.contains(line));
    anew.any(|(line, number)| !read.contains(&number) && says(line))
}

fn answered_by(model: &FileModel, lost: &str) -> bool {
    model.entries.iter().any(|entry| may_be(entry, lost))
}

/// Whether a changed file of a branch still has a handler.
fn answers(view: &View<'_>, branch: usize, lost: &Touch<'_>) -> bool {
    let others = view.branches[branch].files.iter().filter(|file| {
        // The user's copy of the file that the route goes from says nothing about the merge.
        branch == lost.branch || file.path != lost.file.path
    });
    let mut models = others.filter_map(|file| file.new.as_ref());
    models.any(|new| answered_by(&new.model, &lost.entry.key))
}

fn stands_elsewhere(view: &View<'_>, lost: &Touch<'_>) -> bool {
    let word = lost.entry.key.split(['/', ' ']).rfind(|part| !part.is_empty() && !is_open(part));
    let Some(word) = word else { return true };
    view.states_elsewhere(word, &|_, model| answered_by(model, &lost.entry.key))
}

/// Whether the merge of the file keeps the route, or conflicts there.
fn is_merged(view: &View<'_>, lost: &Touch<'_>, call: &Touch<'_>) -> bool {
    if view.file(call.branch, lost.file.path).is_none() {
        return false;
    }
    let merged = view.merged(lost.file.path, lost.branch, call.branch);
    merged.is_none_or(|merged| answered_by(&merged.model, &lost.entry.key))
}

/// The one route of the same method that the file has instead.
fn became<'a>(lost: &Touch<'a>) -> Option<&'a Entry> {
    let (old, new) = (lost.file.old.as_ref()?, lost.file.new.as_ref()?);
    let method = lost.entry.key.split(' ').next();
    let of_method = |entry: &&'a Entry| {
        entry.kind == EntryKind::Route
            && entry.role == Role::Provides
            && entry.key.split(' ').next() == method
            && entry.detail == lost.entry.detail
    };
    let has = |model: &FileModel, entry: &Entry| {
        model.entries.iter().any(|other| other.kind == entry.kind && other.key == entry.key)
    };
    let fresh: Vec<&'a Entry> =
        new.model.entries.iter().filter(of_method).filter(|entry| !has(&old.model, entry)).collect();
    let n_gone = old.model.entries.iter().filter(of_method).filter(|entry| !has(&new.model, entry)).count();
    match fresh[..] {
        [only] if n_gone == 1 => Some(only),
        _ => None,
    }
}

fn finding(view: &View<'_>, lost: &Touch<'_>, call: &Touch<'_>, fit: Fit) -> Finding {
    let key = &lost.entry.key;
    let became = became(lost);
    let did = became.map_or("removed".to_owned(), |new| format!("replaced by `{}`", new.key));
    let (caller, remover) = (view.name(call.branch), view.name(lost.branch));
    let message =
        format!("{caller} calls `{key}` in {}, which {remover} {did} in {}", call.file.path, lost.file.path);
    let n_telling = key.split('/').skip(1).filter(|part| !is_open(part)).count();
    let is_sure = (fit == Fit::Exact || n_telling > 1) && !may_be_elsewhere(call);
    let level = if is_sure { Level::Deny } else { Level::Warn };
    let summary = match became {
        Some(new) => format!("call `{}` in {}", new.key, call.file.path),
        None => format!("do without `{key}`, or let {remover} keep it"),
    };
    let sites = vec![
        view.site_of_lost(lost.branch, lost.file, lost.entry.line),
        view.site(call.branch, call.file.path, call.entry.line),
    ];
    let patch = became.and_then(|new| rewritten(call, key, &new.key)).unwrap_or_default();
    let fix = Some(view.fix(call.branch, summary, patch));
    Draft { rule: RULE.id, level, message, symbols: &[key], sites, fix }.finish()
}

/// Writes the new path where one fixed part of it is all that differs.
fn rewritten(call: &Touch<'_>, old: &str, new: &str) -> Option<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('/').collect(), new.split('/').collect());
    let mut differing = old.iter().zip(&new).filter(|(one, other)| one != other);
    let ((old_part, new_part), None) = (differing.next()?, differing.next()) else { return None };
    if old.len() != new.len() || is_open(old_part) || is_open(new_part) {
        return None;
    }
    let text = call.file.new.as_ref()?.text;
    let span = call.entry.span.clone();
    let within = text.get(span.clone())?;
    let needle = format!("/{old_part}");
    let ends = |at: &usize| {
        !within[at + needle.len()..]
            .starts_with(|char: char| char.is_alphanumeric() || char == '_' || char == '-')
    };
    let places: Vec<usize> = within.match_indices(&needle).map(|(at, _)| at).filter(ends).collect();
    let [at] = places[..] else { return None };
    let start = span.start + at + 1;
    Some(patch(call.file.path, text, vec![Edit::replace(start..start + old_part.len(), *new_part)]))
}
