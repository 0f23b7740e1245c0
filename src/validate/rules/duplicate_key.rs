//! Two branches put different things under one key that only one of them can have.

use std::collections::BTreeSet;

use super::contract_changed::is_of_another_schema;
use super::{Draft, Rule, View, is_aside};
use crate::model::{Finding, Level, Site};
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::extract::Language;
use crate::validate::load::{File, Merged};
use crate::validate::model::{Def, Kind};
use crate::validate::names::has_word;
use crate::validate::surface::{How, Touch};

pub(super) const RULE: Rule = Rule { id: "duplicate-key", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for merged in view.merged {
        in_one_file(view, merged, findings);
    }
    for kind in [
        EntryKind::Table,
        EntryKind::Column,
        EntryKind::Type,
        EntryKind::Field,
        EntryKind::Env,
        EntryKind::Route,
    ] {
        across_files(view, kind, findings);
    }
}

/// Keys that the merge of a file holds more often than any version of it.
fn in_one_file(view: &View<'_>, merged: &Merged<'_>, findings: &mut Vec<Finding>) {
    let sides: Vec<(usize, &File<'_>)> = view
        .merged_from(merged)
        .into_iter()
        .filter_map(|branch| Some((branch, view.file(branch, merged.path)?)))
        .collect();
    let [(left, left_file), .., (right, right_file)] = sides[..] else { return };
    // In data a key that stands twice is no key of its own kind.
    if left_file.language.data_format().is_some() {
        return;
    }
    let mut lines = BTreeSet::new();
    for entry in merged.side.model.entries.iter().filter(|entry| entry.is_single()) {
        if entry.kind == EntryKind::Tag && is_alias(merged, entry) {
            continue;
        }
        if entry.kind == EntryKind::Route && is_told_apart(merged, entry) {
            continue;
        }
        let count = |entries: &[Entry]| entries.iter().filter(|other| entry.claims_with(other)).count();
        let before = left_file.old.as_ref().map_or(0, |old| count(&old.model.entries));
        let holders = [(left, left_file), (right, right_file)].map(|(branch, file)| {
            let entries = file.new.as_ref().map(|new| new.model.entries.as_slice()).unwrap_or_default();
            (branch, file, entries.iter().rfind(|other| entry.claims_with(other)), count(entries))
        });
        let [(_, _, Some(one), n_left), (_, _, Some(other), n_right)] = holders else { continue };
        let repeats = count(&merged.side.model.entries) > n_left.max(n_right) && n_left.min(n_right) > before;
        if repeats && lines.insert((one.line, other.line)) {
            let places = [(left, left_file, one), (right, right_file, other)];
            findings.push(finding(view, places, Level::Deny));
        }
    }
}

/// Whether a number belongs to an enum of a file that lets two names have one.
fn is_alias(merged: &Merged<'_>, tag: &Entry) -> bool {
    let owner = tag.key.split('#').next().unwrap_or_default();
    let is_enum = |def: &Def| def.kind == Kind::Enum && def.path() == owner;
    has_word(merged.side.text, "allow_alias") && merged.side.model.defs.iter().any(is_enum)
}

/// Whether a route is told from others of its path by more than that: by what it takes or gives, or by
/// the place that its router is put in.
fn is_told_apart(merged: &Merged<'_>, route: &Entry) -> bool {
    let text = merged.side.text;
    let own = text.lines().nth(route.line.saturating_sub(1) as usize).unwrap_or_default();
    let by_more = ["params", "produces", "consumes", "headers"].iter().any(|word| has_word(own, word));
    by_more || text.contains("Router::new()") && text.contains(".nest(")
}

/// Whether a file holds a whole schema, or one that is not for use, beside the steps of others.
fn is_of_its_own(file: &File<'_>) -> bool {
    const OWN: [&str; 9] = ["structure", "dump", "mock", "mocks", "dev", "demo", "seed", "seeds", "sample"];
    let name = file.name.rsplit('/').next().unwrap_or(&file.name);
    name.split(['.', '-', '_']).any(|part| OWN.contains(&part))
}

fn across_files(view: &View<'_>, kind: EntryKind, findings: &mut Vec<Finding>) {
    let added: Vec<&Touch<'_>> = view
        .surface
        .of(kind)
        .filter(|touch| matches!(touch.how, How::Added) && !is_aside(&touch.file.name))
        .collect();
    for pair in added.chunk_by(|one, other| one.entry.key == other.entry.key) {
        for (at, one) in pair.iter().enumerate() {
            for other in &pair[at + 1..] {
                if one.branch != other.branch
                    && one.file.path != other.file.path
                    && !view.surface.holds_both(one, other)
                    && let Some(level) = level(one, other)
                {
                    let places = [(one.branch, one.file, one.entry), (other.branch, other.file, other.entry)];
                    findings.push(finding(view, places, level));
                }
            }
        }
    }
}

/// How bad it is that two files state one key.
fn level(one: &Touch<'_>, other: &Touch<'_>) -> Option<Level> {
    let both = |language: Language| one.file.language == language && other.file.language == language;
    let stated = one.entry.role == Role::Provides && other.entry.role == Role::Provides;
    let strict = !(one.entry.may_repeat || other.entry.may_repeat);
    let differ = one.entry.detail != other.entry.detail;
    match one.entry.kind {
        EntryKind::Table | EntryKind::Column if both(Language::Sql) && stated => {
            let is_one_schema = one.file.directory() == other.file.directory()
                && dialect(one.file) == dialect(other.file)
                && !is_of_another_schema(one, other);
            let passes = [one, other].iter().any(|touch| drops(touch) || is_of_its_own(touch.file));
            (strict && is_one_schema && !passes).then_some(Level::Deny)
        }
        EntryKind::Type if both(Language::Proto) && stated => {
            let packages = [one, other].map(|touch| touch.file.new.as_ref().map(|new| &new.model.package));
            let is_one = packages[0] == packages[1] && packages[0].is_some_and(|name| !name.is_empty());
            // Messages inside of others are told apart by these, and elsewhere may be another program.
            let is_beside =
                one.entry.owner == other.entry.owner && one.file.directory() == other.file.directory();
            (is_one && is_beside).then_some(Level::Deny)
        }
        EntryKind::Field if both(Language::GraphQl) && stated && strict => {
            let is_root = ["Query.", "Mutation.", "Subscription."];
            let is_root = is_root.iter().any(|root| one.entry.key.starts_with(root));
            (is_root && one.file.directory() == other.file.directory()).then_some(Level::Warn)
        }
        EntryKind::Env if differ && !one.entry.detail.is_empty() && !other.entry.detail.is_empty() => {
            Some(Level::Warn)
        }
        EntryKind::Route if stated && one.file.language.is_code() && other.file.language.is_code() => {
            let whole = |touch: &Touch<'_>| is_whole(&touch.entry.detail);
            let telling = one.entry.key.split('/').filter(|part| !part.is_empty()).count() > 2;
            (whole(one) && whole(other) && telling).then_some(Level::Warn)
        }
        _ => None,
    }
}

/// Whether a file also drops the table it makes: before, to begin anew, or after, as it served a step.
fn drops(touch: &Touch<'_>) -> bool {
    let table = touch.entry.key.split('.').next().unwrap_or_default();
    let text = touch.file.new.as_ref().map_or("", |new| new.text);
    let drops = |statement: &str| {
        let lower = statement.to_ascii_lowercase();
        lower.trim_start().starts_with("drop table") && has_word(&lower, &table.to_ascii_lowercase())
    };
    text.split([';', '\n']).any(drops)
}

/// The database that a file of statements is for, where its name says so.
pub(super) fn dialect<'f>(file: &'f File<'_>) -> Option<&'f str> {
    const ALL: [&str; 11] = [
        "mysql",
        "mariadb",
        "postgres",
        "postgresql",
        "pg",
        "sqlite",
        "sqlite3",
        "mssql",
        "sqlserver",
        "oracle",
        "h2",
    ];
    let name = file.name.rsplit('/').next().unwrap_or(&file.name);
    name.split(['.', '-', '_']).find(|part| ALL.contains(part))
}

/// Whether a router is the application itself, so that its paths are whole.
fn is_whole(router: &str) -> bool {
    matches!(router, "app" | "server" | "fastify")
}

fn finding(view: &View<'_>, places: [(usize, &File<'_>, &Entry); 2], level: Level) -> Finding {
    let [(left, left_file, one), (right, right_file, other)] = places;
    let (kind, key) = (one.kind.word(), &one.key);
    let both = format!("{} and {} both", view.name(left), view.name(right));
    let says = |entry: &Entry| match (entry.kind, entry.detail.as_str()) {
        (EntryKind::Route, _) | (_, "") => String::new(),
        (_, detail) => format!(" as `{detail}`"),
    };
    let (one_says, other_says) = (says(one), says(other));
    let message = if left_file.path == right_file.path {
        format!("{both} add the {kind} `{key}` to {}, and their merge holds it twice", left_file.path)
    } else if one.kind == EntryKind::Env {
        format!(
            "{both} give `{key}` a default:{one_says} in {} and{other_says} in {}",
            left_file.path, right_file.path
        )
    } else {
        format!("{both} add the {kind} `{key}`, in {} and {}", left_file.path, right_file.path)
    };
    let sites: Vec<Site> =
        vec![view.site(left, left_file.path, one.line), view.site(right, right_file.path, other.line)];
    let summary = match one.kind {
        EntryKind::Tag => "give one of the two another number".to_owned(),
        EntryKind::Env => format!("settle on one default of `{key}`"),
        _ => format!("keep one of the two, or give {}'s another name", view.name(right)),
    };
    let fix = Some(view.fix(right, summary, String::new()));
    Draft { rule: RULE.id, level, message, symbols: &[kind, key], sites, fix }.finish()
}
