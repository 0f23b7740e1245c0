//! Two branches add a migration after the same one, so that the history of the schema forks.

use std::collections::BTreeMap;

use super::duplicate_key::dialect;
use super::{Draft, Rule, View};
use crate::model::{Finding, Level, RepoPath};
use crate::validate::entry::EntryKind;
use crate::validate::load::File;
use crate::validate::surface::{How, Touch};

pub(super) const RULE: Rule = Rule { id: "migration-heads", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    by_parent(view, findings);
    by_number(view, findings);
}

/// Tools that write the parent into the migration.
fn by_parent(view: &View<'_>, findings: &mut Vec<Finding>) {
    let added: Vec<&Touch<'_>> =
        view.surface.of(EntryKind::Migration).filter(|touch| matches!(touch.how, How::Added)).collect();
    let parents = |touch: &Touch<'_>| -> Vec<String> {
        let app = app_of(touch);
        let own = |parent: &&str| {
            !parent.is_empty() && app.is_none_or(|app| parent.starts_with(&format!("{app}.")))
        };
        touch.entry.detail.split(' ').filter(own).map(str::to_owned).collect()
    };
    // A migration that joins two heads has several parents.
    let joined = |one: &Touch<'_>, other: &Touch<'_>| {
        added.iter().any(|touch| {
            let parents = parents(touch);
            parents.len() > 1 && parents.contains(&id_of(one)) && parents.contains(&id_of(other))
        })
    };
    for (at, one) in added.iter().enumerate() {
        for other in &added[at + 1..] {
            let apart = one.branch != other.branch
                && id_of(one) != id_of(other)
                && one.file.directory() == other.file.directory()
                && !view.surface.holds_both(one, other);
            let shared = parents(one).into_iter().find(|parent| parents(other).contains(parent));
            let wanted = is_labelled(one) || is_labelled(other);
            if let Some(parent) = shared.filter(|_| apart && !wanted && !joined(one, other)) {
                let places =
                    [(one.branch, one.file, one.entry.line), (other.branch, other.file, other.entry.line)];
                let what = format!("both add a migration after `{parent}`");
                let way = format!("make {} follow {}", other.file.path, one.file.path);
                findings.push(finding(view, places, &what, &way, &parent));
            }
        }
    }
}

/// Whether a migration of Alembic begins a branch of the history that is to stay one.
fn is_labelled(touch: &Touch<'_>) -> bool {
    let text = touch.file.new.as_ref().map_or("", |new| new.text);
    let labels = text.lines().filter_map(|line| line.strip_prefix("branch_labels"));
    labels.filter_map(|rest| rest.split_once('=')).any(|(_, label)| label.contains(['"', '\'']))
}

/// The app of a migration that is named after its file, as Django has them: the folder of the folder.
fn app_of<'a>(touch: &Touch<'a>) -> Option<&'a str> {
    let folder = touch.file.directory().strip_suffix("/migrations")?;
    touch.entry.key.is_empty().then(|| folder.rsplit('/').next().unwrap_or(folder))
}

fn id_of(touch: &Touch<'_>) -> String {
    let name = touch.file.name.rsplit('/').next().unwrap_or(&touch.file.name);
    let stem = name.split('.').next().unwrap_or(name);
    match app_of(touch) {
        Some(app) => format!("{app}.{stem}"),
        None => touch.entry.key.clone(),
    }
}

/// Tools that go by the number in the name of the file.
fn by_number(view: &View<'_>, findings: &mut Vec<Finding>) {
    let mut numbered: BTreeMap<(String, String), Vec<(usize, &File<'_>)>> = BTreeMap::new();
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| file.old.is_none() && file.new.is_some()) {
            if let Some(number) = number_of(&file.name) {
                numbered.entry((file.directory().to_owned(), number)).or_default().push((branch, file));
            }
        }
    }
    for ((_, number), all) in &numbered {
        for (at, (one, one_file)) in all.iter().enumerate() {
            for (other, other_file) in &all[at + 1..] {
                let has = |branch: usize, path: &RepoPath| view.file(branch, path).is_some();
                let apart = one != other
                    && step(&one_file.name) != step(&other_file.name)
                    && dialect(one_file) == dialect(other_file)
                    && !has(*one, other_file.path)
                    && !has(*other, one_file.path);
                if apart {
                    let places = [(*one, *one_file, 1), (*other, *other_file, 1)];
                    let what = format!("both add a migration with the number {number}");
                    let way = format!("give {} the next number", other_file.path);
                    findings.push(finding(view, places, &what, &way, number));
                }
            }
        }
    }
}

/// The number that orders a migration: `V2_1__name.sql`, `0005_name.sql`.
fn number_of(path: &str) -> Option<String> {
    let (directories, name) = path.rsplit_once('/')?;
    let fills = |part: &str| ["seed", "seeds", "seeders", "fixtures", "testdata"].contains(&part);
    let is_place = !directories.split('/').any(fills)
        && directories.split('/').any(|part| part.contains("migrat") || part == "versions");
    if !is_place || !name.ends_with(".sql") {
        return None;
    }
    let flyway = name.strip_prefix('V').and_then(|rest| rest.split_once("__")).map(|(version, _)| version);
    let plain = name.split(['_', '-', '.']).next();
    let number = flyway.or(plain)?;
    // Several may have the date of one day; the rest of their names orders them.
    let is_date = number.len() == 8 && ["19", "20"].iter().any(|century| number.starts_with(century));
    let is_number = !is_date && number.split(['_', '.']).all(|part| part.parse::<u64>().is_ok());
    is_number.then(|| {
        number.split(['_', '.']).map(|part| part.trim_start_matches('0')).collect::<Vec<_>>().join(".")
    })
}

/// The step that a file belongs to: both directions of it.
fn step(path: &str) -> &str {
    let path = path.strip_suffix(".sql").unwrap_or(path);
    path.strip_suffix(".up").or_else(|| path.strip_suffix(".down")).unwrap_or(path)
}

fn finding(
    view: &View<'_>,
    places: [(usize, &File<'_>, u32); 2],
    what: &str,
    way: &str,
    symbol: &str,
) -> Finding {
    let [(one, one_file, one_line), (other, other_file, other_line)] = places;
    let message = format!(
        "{} and {} {what}, {} and {}",
        view.name(one),
        view.name(other),
        one_file.path,
        other_file.path
    );
    let sites = vec![view.site(one, one_file.path, one_line), view.site(other, other_file.path, other_line)];
    let fix = Some(view.fix(other, way.to_owned(), String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[symbol], sites, fix }.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_migrations() {
        for (path, number) in [
            ("db/migrations/0005_add_users.sql", Some("5")),
            ("db/migration/V2_1__add.sql", Some("2.1")),
            ("migrations/20240102030405_x.up.sql", Some("20240102030405")),
            ("migrations/20240102_x.sql", None),
            ("migrations/add_users.sql", None),
            ("data/0005_add.sql", None),
            ("db/migrations/seeds/01_users.sql", None),
            ("db/migration/R__views.sql", None),
        ] {
            assert_eq!(number_of(path).as_deref(), number, "{path}");
        }
        assert_eq!(step("m/1_a.up.sql"), step("m/1_a.down.sql"));
    }
}
