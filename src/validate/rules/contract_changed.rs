//! One branch takes something out of a contract file, or gives it another meaning, and another
//! branch begins to use it.

use std::collections::BTreeSet;

use super::shapes::{Clash, written_types};
use super::supplied::speaks_of;
use super::{Draft, Rule, View, generated_code, is_aside, proto, selected};
use crate::model::{Finding, Level, Site};
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::extract::{Language, STEP};
use crate::validate::fix::{Edit, patch};
use crate::validate::load::File;
use crate::validate::names::{find_words, has_word};
use crate::validate::surface::{How, Touch};

pub(super) const RULE: Rule = Rule { id: "contract-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for kind in [EntryKind::Table, EntryKind::Column, EntryKind::Type, EntryKind::Field] {
        for lost in view.surface.lost(kind).filter(|lost| !lost.file.language.is_code()) {
            taken(view, lost, findings);
        }
    }
    for kind in [EntryKind::Rpc, EntryKind::Field, EntryKind::EnumValue] {
        for lost in view.surface.lost(kind).filter(|lost| !lost.file.language.is_code()) {
            generated_code::called(view, lost, findings);
        }
    }
    for kind in [EntryKind::Column, EntryKind::Field] {
        for touch in view.surface.of(kind).filter(|touch| !touch.file.language.is_code()) {
            retyped(view, touch, findings);
        }
    }
    for touch in view.surface.of(EntryKind::Param).filter(|touch| matches!(touch.how, How::Added)) {
        required(view, touch, findings);
    }
}

/// Uses that name the entry by its key: SQL, references, queries.
fn taken(view: &View<'_>, lost: &Touch<'_>, findings: &mut Vec<Finding>) {
    let mut users = view.surface.users(lost.entry.kind, &lost.entry.key, lost.branch);
    users.extend(selected::below(view, lost));
    // What a test or an example takes out of its own file, others do not count on.
    if is_aside(&lost.file.name)
        || users.is_empty()
        || (matches!(lost.how, How::Gone) && (stands(view, lost) || is_declared(view, lost)))
    {
        return;
    }
    for user in users {
        let stated = match lost.file.language {
            Language::Proto => proto::stands(view, lost, Some(user.branch)),
            _ => view.surface.states(user.branch, lost.entry.kind, &lost.entry.key),
        };
        let level = match (user.file.language, lost.file.language) {
            (Language::Sql, Language::Sql) if follows(user.file, lost.file) => Level::Deny,
            // What runs before the column goes, may use it.
            (Language::Sql, Language::Sql) => Level::Warn,
            _ => Level::Deny,
        };
        let answered = stated && brings_anew(view, user, lost);
        let is_another = || is_of_another_schema(lost, user) || proto::is_another(view, lost, user);
        if !(answered || is_settled(view, lost, user) || is_another()) {
            findings.push(taken_finding(view, lost, user, level));
        }
    }
}

/// Whether an unchanged file states what uses name.
fn stands(view: &View<'_>, lost: &Touch<'_>) -> bool {
    match lost.file.language {
        Language::Proto => proto::stands(view, lost, None),
        _ => stands_elsewhere(view, lost),
    }
}

/// Whether the branch that took a table out of a file of statements declares it where no statement
/// does: in a model of a program, or in a language of its own.
fn is_declared(view: &View<'_>, lost: &Touch<'_>) -> bool {
    let table = lost.entry.key.split('.').next().unwrap_or_default();
    let is_gone = |lost: &Touch<'_>| {
        let new = lost.file.new.as_ref();
        let has = |entry: &Entry| {
            entry.kind == EntryKind::Table && entry.role == Role::Provides && entry.key == table
        };
        !new.is_some_and(|new| new.model.entries.iter().any(has))
    };
    lost.file.language == Language::Sql && is_gone(lost) && speaks_of(view, lost.branch, table)
}

/// Whether both say of which schema a table is, and not of the same.
pub(super) fn is_of_another_schema(lost: &Touch<'_>, user: &Touch<'_>) -> bool {
    let (one, other) = (&lost.entry.owner, &user.entry.owner);
    if !one.is_empty() && !other.is_empty() {
        return one != other;
    }
    let table = lost.entry.key.split('.').next().unwrap_or_default();
    let schemas = |file: &File<'_>| -> BTreeSet<String> {
        let text = file.new.as_ref().map_or("", |new| new.text);
        let part = |char: char| char.is_alphanumeric() || char == '_';
        let before = find_words(text, table).filter_map(|at| text[..at].strip_suffix('.'));
        before.map(|schema| schema[schema.trim_end_matches(part).len()..].to_lowercase()).collect()
    };
    let (lost, user) = (schemas(lost.file), schemas(user.file));
    !lost.is_empty() && !user.is_empty() && lost.is_disjoint(&user)
}

/// Whether the user's branch states the name on its own account.
fn brings_anew(view: &View<'_>, user: &Touch<'_>, lost: &Touch<'_>) -> bool {
    let touches = view.surface.at(lost.entry.kind, &lost.entry.key).iter();
    let mut own = touches.filter(|touch| touch.branch == user.branch && touch.entry.role == Role::Provides);
    own.any(|touch| matches!(touch.how, How::Added)) || user.file.path != lost.file.path
}

/// Whether a migration runs after another.
fn follows(user: &File<'_>, lost: &File<'_>) -> bool {
    user.directory() == lost.directory() && user.name > lost.name
}

/// Whether the merge of the file that both branches changed is fine, or a conflict that Git reports.
fn is_settled(view: &View<'_>, lost: &Touch<'_>, user: &Touch<'_>) -> bool {
    if view.file(user.branch, lost.file.path).is_none() || user.file.path != lost.file.path {
        // A reference of an API description means its own file.
        let own_only = lost.file.language.data_format().is_some();
        return own_only && user.file.path != lost.file.path;
    }
    let Some(merged) = view.merged(lost.file.path, lost.branch, user.branch) else { return true };
    let has = |role: Role| {
        let mut entries = merged.model.entries.iter();
        entries
            .any(|entry| entry.kind == lost.entry.kind && entry.key == lost.entry.key && entry.role == role)
    };
    has(Role::Provides) || !has(user.entry.role)
}

/// Whether an unchanged file states the same.
pub(super) fn stands_elsewhere(view: &View<'_>, lost: &Touch<'_>) -> bool {
    let word = lost.entry.key.rsplit(['.', '#']).next().unwrap_or(&lost.entry.key);
    view.states_elsewhere(word, &|language, model| {
        language == lost.file.language
            && model.entries.iter().any(|entry| {
                entry.kind == lost.entry.kind && entry.key == lost.entry.key && entry.role == Role::Provides
            })
    })
}

/// What became of an entry: its new key, where the text says so.
fn became(lost: &Touch<'_>) -> Option<String> {
    if lost.entry.becomes.is_some() {
        return lost.entry.becomes.clone();
    }
    let (old, new) = (lost.file.old.as_ref()?, lost.file.new.as_ref()?);
    let owner = |entry: &Entry| entry.key.rsplit_once('.').map(|(owner, _)| owner.to_owned());
    let alike = |entry: &&Entry| {
        entry.kind == lost.entry.kind
            && entry.role == Role::Provides
            && owner(entry) == owner(lost.entry)
            && entry.detail == lost.entry.detail
    };
    let is_new = |entry: &&Entry| {
        !old.model.entries.iter().any(|before| before.key == entry.key && before.kind == entry.kind)
    };
    let is_gone = |entry: &&Entry| {
        !new.model.entries.iter().any(|after| after.key == entry.key && after.kind == entry.kind)
    };
    let fresh: Vec<&Entry> = new.model.entries.iter().filter(alike).filter(is_new).collect();
    let n_gone = old.model.entries.iter().filter(alike).filter(is_gone).count();
    match fresh[..] {
        [only] if n_gone == 1 => Some(only.key.clone()),
        _ => None,
    }
}

pub(super) fn gone_text(lost: &Touch<'_>) -> (String, Option<String>) {
    match became(lost) {
        Some(new) => (format!("renamed to `{new}`"), Some(new)),
        None => ("removed".to_owned(), None),
    }
}

fn taken_finding(view: &View<'_>, lost: &Touch<'_>, user: &Touch<'_>, level: Level) -> Finding {
    let (kind, key) = (lost.entry.kind.word(), &lost.entry.key);
    let (did, new) = gone_text(lost);
    let verb = if user.entry.role == Role::Writes { "writes" } else { "uses" };
    let message = format!(
        "{} {verb} the {kind} `{key}` in {}, which {} {did} in {}",
        view.name(user.branch),
        user.file.path,
        view.name(lost.branch),
        lost.file.path
    );
    let summary = match &new {
        Some(new) => format!("use `{new}` in {}", user.file.path),
        None => format!("do without `{key}`, or let {} keep it", view.name(lost.branch)),
    };
    let sites = sites(view, lost, (user.branch, user.file, user.entry.line));
    let patch = new.and_then(|new| renamed(user, &new)).unwrap_or_default();
    let fix = Some(view.fix(user.branch, summary, patch));
    Draft { rule: RULE.id, level, message, symbols: &[kind, key], sites, fix }.finish()
}

/// Writes the new name where the text holds the old one alone.
fn renamed(user: &Touch<'_>, new: &str) -> Option<String> {
    let text = user.file.new.as_ref()?.text;
    let last = |key: &str| key.rsplit(['.', STEP]).next().unwrap_or(key).to_owned();
    let span = user.entry.span.clone();
    let is_name = !span.is_empty() && text.get(span.clone())? == last(&user.entry.key);
    is_name.then(|| patch(user.file.path, text, vec![Edit::replace(span, last(new))]))
}

pub(super) fn sites(
    view: &View<'_>,
    lost: &Touch<'_>,
    (user, file, line): (usize, &File<'_>, u32),
) -> Vec<Site> {
    let lost_site = match lost.how {
        How::Gone => view.site_of_lost(lost.branch, lost.file, lost.entry.line),
        _ => view.site(lost.branch, lost.file.path, lost.entry.line),
    };
    vec![lost_site, view.site(user, file.path, line)]
}

/// A column or a field of a query that has another type now.
fn retyped(view: &View<'_>, touch: &Touch<'_>, findings: &mut Vec<Finding>) {
    let entry = touch.entry;
    let is_query = touch.file.language == Language::GraphQl;
    let clash = |before: &Entry| written_types(&before.detail, &entry.detail, is_query);
    let (was, level) = match (touch.how, entry.role) {
        (How::Changed(before), Role::Provides) if clash(before) > Clash::None => {
            let level = if clash(before) == Clash::Hard { Level::Deny } else { Level::Warn };
            (format!(" from `{}`", before.detail), level)
        }
        (How::Added, Role::Changes) => (String::new(), Level::Warn),
        _ => return,
    };
    let users = view.surface.users(entry.kind, &entry.key, touch.branch);
    // Another service has a table of the same name, and the user may mean that.
    let is_statement = matches!(touch.how, How::Added);
    if users.is_empty() || !is_statement && stands_elsewhere(view, touch) {
        return;
    }
    for user in users {
        if user.file.path == touch.file.path {
            continue;
        }
        let (kind, key) = (entry.kind.word(), &entry.key);
        let message = format!(
            "{} uses the {kind} `{key}` in {}, whose type {} changes{was} to `{}` in {}",
            view.name(user.branch),
            user.file.path,
            view.name(touch.branch),
            entry.detail,
            touch.file.path
        );
        let sites = vec![
            view.site(touch.branch, touch.file.path, entry.line),
            view.site(user.branch, user.file.path, user.entry.line),
        ];
        let summary = format!("expect `{}` of `{key}` in {}", entry.detail, user.file.path);
        let fix = Some(view.fix(user.branch, summary, String::new()));
        findings.push(Draft { rule: RULE.id, level, message, symbols: &[kind, key], sites, fix }.finish());
    }
}

/// Something that callers must pass from now on.
fn required(view: &View<'_>, touch: &Touch<'_>, findings: &mut Vec<Finding>) {
    let Some((place, name)) = touch.entry.key.rsplit_once(' ') else { return };
    let is_query = touch.file.language == Language::GraphQl;
    let kind = if is_query { EntryKind::Field } else { EntryKind::Route };
    let had = touch.file.old.as_ref().is_some_and(|old| {
        let mut entries = old.model.entries.iter();
        entries.any(|entry| entry.kind == kind && entry.key == place && entry.role == Role::Provides)
    });
    if !had {
        return;
    }
    for user in view.surface.users(kind, place, touch.branch) {
        let passes = has_word(&user.entry.detail, name) || passes_around(user, name);
        if !passes {
            let level = if is_query { Level::Deny } else { Level::Warn };
            findings.push(required_finding(view, touch, user, (place, name), level));
        }
    }
}

/// Whether the call says the name in its arguments.
fn passes_around(user: &Touch<'_>, name: &str) -> bool {
    let text = user.file.new.as_ref().and_then(|new| new.text.get(user.entry.span.clone()));
    text.is_some_and(|text| has_word(text, name))
}

fn required_finding(
    view: &View<'_>,
    touch: &Touch<'_>,
    user: &Touch<'_>,
    (place, name): (&str, &str),
    level: Level,
) -> Finding {
    let message = format!(
        "{} uses `{place}` in {} without `{name}`, which {} makes required in {}",
        view.name(user.branch),
        user.file.path,
        view.name(touch.branch),
        touch.file.path
    );
    let sites = vec![
        view.site(touch.branch, touch.file.path, touch.entry.line),
        view.site(user.branch, user.file.path, user.entry.line),
    ];
    let fix = Some(view.fix(user.branch, format!("pass `{name}` in {}", user.file.path), String::new()));
    Draft { rule: RULE.id, level, message, symbols: &["parameter", place, name], sites, fix }.finish()
}
