//! One branch takes a package away, or another version of it, and another starts to use it.

use std::collections::BTreeSet;

use super::supplied::{is_optional, is_supplied};
use super::{Draft, Rule, View, script, tentative};
use crate::model::{Finding, Level};
use crate::validate::entry::{EntryKind, Role};
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Import, Kind};
use crate::validate::packages::{Ecosystem, ecosystem_of, packages_of};
use crate::validate::surface::{How, Touch};

pub(super) const RULE: Rule = Rule { id: "dependency-removed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for touch in view.surface.of(EntryKind::Dependency) {
        match touch.how {
            How::Gone if !stays(touch) => removed(view, touch, findings),
            How::Changed(before) if is_major(&before.detail, &touch.entry.detail) => {
                users(view, touch).into_iter().for_each(|user| findings.push(bumped(view, touch, user)));
            }
            _ => {}
        }
    }
    raised(view, findings);
}

/// Whether the manifest still asks for the package, perhaps in another section.
fn stays(touch: &Touch<'_>) -> bool {
    touch.file.new.as_ref().is_none_or(|new| asks_for(&new.model, &touch.entry.key))
}

fn asks_for(model: &FileModel, package: &str) -> bool {
    model.entries.iter().any(|entry| {
        entry.kind == EntryKind::Dependency && entry.role == Role::Provides && entry.key == package
    })
}

/// A file that a branch makes import a package.
#[derive(Clone, Copy)]
struct User<'a> {
    branch: usize,
    file: &'a File<'a>,
    line: u32,
}

/// Files below the manifest in which other branches begin to import the package.
fn users<'a>(view: &View<'a>, touch: &Touch<'_>) -> Vec<User<'a>> {
    let Some(ecosystem) = ecosystem_of(touch.file.language) else { return Vec::new() };
    let package = touch.entry.key.as_str();
    let others = view.branches.iter().enumerate().filter(|(branch, _)| *branch != touch.branch);
    let files = others.flat_map(|(branch, changes)| changes.files.iter().map(move |file| (branch, file)));
    let below = files.filter(|(_, file)| {
        touch.file.directory().is_empty() || file.name.starts_with(&format!("{}/", touch.file.directory()))
    });
    below
        .filter_map(|(branch, file)| {
            let is_it = |import: &&Import| {
                let names = packages_of(file.language, ecosystem, &import.module);
                names.iter().any(|name| name == package) && !is_another(view, touch, &names)
            };
            let old = file.old.as_ref().and_then(|old| old.model.imports.iter().find(is_it));
            let import = file.new.as_ref()?.model.imports.iter().find(is_it)?;
            let needed = tentative::around(file, import).is_none()
                && !is_of_types(file, import)
                && !is_optional(file, import);
            let new = Some(import.line).filter(|_| needed && !is_own(view, file, &import.module))?;
            let seen = view.file(touch.branch, file.path).is_some_and(|own| own.new.is_none());
            (old.is_none() && !seen).then_some(User { branch, file, line: new })
        })
        .collect()
}

/// Whether the import may mean another package that the manifest asks for: a longer one of the names,
/// `example.com/a/v2` and not `example.com/a`, or in Go a shorter one whose version the branch changed,
/// as a module may take up one that was its own.
fn is_another(view: &View<'_>, touch: &Touch<'_>, names: &[String]) -> bool {
    let Some(new) = &touch.file.new else { return false };
    let is_changed = |name: &str| {
        let mut touches = view.surface.at(EntryKind::Dependency, name).iter();
        touches.any(|own| own.branch == touch.branch && matches!(own.how, How::Added | How::Changed(_)))
    };
    let key = touch.entry.key.as_str();
    let mut others = names.iter().filter(|name| *name != key);
    others.any(|name| {
        let serves = touch.file.language != Language::GoMod || name.starts_with(key) || is_changed(name);
        name == &new.model.package || serves && asks_for(&new.model, name)
    })
}

/// Whether a script imports no more than types, which another package may bring.
fn is_of_types(file: &File<'_>, import: &Import) -> bool {
    let statement = file.new.as_ref().and_then(|new| new.text.get(import.span.clone())).unwrap_or_default();
    script::is_typed(file.language) && statement.split_whitespace().take(2).eq(["import", "type"])
}

/// Whether a module of the project has the name of the package, so that an import may mean that.
fn is_own(view: &View<'_>, file: &File<'_>, module: &str) -> bool {
    let first = module.split(['.', '/', ':']).next().unwrap_or(module);
    let (ends, whole): (&[&str], &[&str]) = match file.language {
        Language::Python => (&[".py"], &["__init__.py"]),
        Language::Rust => {
            let is_module = |def: &Def| def.kind == Kind::Module && def.name == first;
            return file.new.iter().any(|new| new.model.defs.iter().any(is_module));
        }
        language if language.is_code() && language != Language::Go => {
            (&[".ts", ".js", ".tsx"], &["index.ts", "index.js", "index.tsx"])
        }
        _ => return false,
    };
    let is_it = |path: &str| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        ends.iter().any(|end| name.strip_suffix(end) == Some(first))
            || whole.contains(&name) && folder.rsplit('/').next() == Some(first)
    };
    let changed = view.branches.iter().flat_map(|branch| &branch.files);
    let mut changed = changed.filter(|file| file.new.is_some()).map(|file| file.name.as_str());
    let names =
        ends.iter().map(|end| format!("{first}{end}")).chain(whole.iter().map(|&name| name.to_owned()));
    let unchanged = |name: String| {
        let files = view.input.unchanged.called(&name);
        files.is_none_or(|files| files.iter().any(|file| is_it(&file.path.to_text())))
    };
    changed.any(is_it) || names.into_iter().any(unchanged)
}

fn removed(view: &View<'_>, touch: &Touch<'_>, findings: &mut Vec<Finding>) {
    let all = users(view, touch);
    if all.is_empty() || still_has(view, touch) || is_supplied(view, touch) {
        return;
    }
    let mut told = BTreeSet::new();
    for user in all {
        if asks_anew(view, touch, user.branch) || !told.insert(user.branch) {
            continue;
        }
        findings.push(dropped(view, touch, user));
    }
}

/// Whether the remover goes on using the package, so that it comes from somewhere else: from another
/// manifest, or with another package.
fn still_has(view: &View<'_>, touch: &Touch<'_>) -> bool {
    let package = touch.entry.key.as_str();
    let Some(ecosystem) = ecosystem_of(touch.file.language) else { return true };
    let imports = |model: &FileModel, language: Language| {
        model
            .imports
            .iter()
            .any(|import| packages_of(language, ecosystem, &import.module).iter().any(|name| name == package))
    };
    let mut own = view.branches[touch.branch].files.iter();
    // A workspace finds its own packages by their names; Cargo wants to be asked for them too.
    let is_it = |model: &FileModel, language: Language| {
        ecosystem != Ecosystem::Cargo && ecosystem_of(language) == Some(ecosystem) && model.package == package
    };
    let has = |model: &FileModel, language: Language| {
        asks_for(model, package) || imports(model, language) || is_it(model, language)
    };
    let own = own.any(|file| file.new.as_ref().is_some_and(|new| has(&new.model, file.language)));
    own || view.states_elsewhere(ecosystem.word(package), &|language, model| has(model, language))
}

/// Whether the user's merge with the remover asks for the package all the same, or conflicts.
fn asks_anew(view: &View<'_>, touch: &Touch<'_>, user: usize) -> bool {
    let elsewhere = view.surface.at(EntryKind::Dependency, &touch.entry.key).iter();
    let mut elsewhere = elsewhere.filter(|other| matches!(other.how, How::Added | How::Changed(_)));
    if elsewhere.any(|other| other.branch == user) {
        return true;
    }
    match (view.file(user, touch.file.path), view.merged(touch.file.path, touch.branch, user)) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(_), Some(merged)) => asks_for(&merged.model, &touch.entry.key),
    }
}

fn dropped(view: &View<'_>, touch: &Touch<'_>, user: User<'_>) -> Finding {
    let package = &touch.entry.key;
    let message = format!(
        "{} imports `{package}` in {}, which {} drops from {}",
        view.name(user.branch),
        user.file.path,
        view.name(touch.branch),
        touch.file.path
    );
    let sites = vec![
        view.site(user.branch, user.file.path, user.line),
        view.site_of_lost(touch.branch, touch.file, touch.entry.line),
    ];
    let fix =
        Some(view.fix(touch.branch, format!("keep `{package}` in {}", touch.file.path), restored(touch)));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[package], sites, fix }.finish()
}

/// Puts the requirement back where it stood, where the manifest has one a line.
fn restored(touch: &Touch<'_>) -> String {
    use crate::validate::fix::{Edit, patch};
    use crate::validate::lines::{LineMap, line_start, lines};
    let (Some(old), Some(new)) = (&touch.file.old, &touch.file.new) else { return String::new() };
    let is_line =
        matches!(touch.file.language, Language::CargoToml | Language::Requirements | Language::GoMod);
    let Some(text) = lines(old.text).get(touch.entry.line.saturating_sub(1) as usize).copied() else {
        return String::new();
    };
    // A table of several lines is not put back by one of them.
    if !is_line || !text.ends_with('\n') || text.trim_start().starts_with('[') {
        return String::new();
    }
    let at = line_start(new.text, LineMap::new(old.text, new.text).to_new(touch.entry.line));
    if !new.text[..at].is_empty() && !new.text[..at].ends_with('\n') {
        return String::new();
    }
    patch(touch.file.path, new.text, vec![Edit::insert(at, text)])
}

fn bumped(view: &View<'_>, touch: &Touch<'_>, user: User<'_>) -> Finding {
    let package = &touch.entry.key;
    let message = format!(
        "{} begins to use `{package}` in {}, of which {} takes another major version: {}",
        view.name(user.branch),
        user.file.path,
        view.name(touch.branch),
        touch.entry.detail
    );
    let sites = vec![
        view.site(touch.branch, touch.file.path, touch.entry.line),
        view.site(user.branch, user.file.path, user.line),
    ];
    let summary = format!("check the use of `{package}` against version {}", touch.entry.detail);
    let fix = Some(view.fix(user.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Advice, message, symbols: &[package], sites, fix }.finish()
}

/// Two branches ask for versions of one package that cannot both be had. In Go there are none: the
/// highest version that is asked for serves all, and another major version has another name.
fn raised(view: &View<'_>, findings: &mut Vec<Finding>) {
    let asked: Vec<&Touch<'_>> = view
        .surface
        .of(EntryKind::Dependency)
        .filter(|touch| matches!(touch.how, How::Added | How::Changed(_)))
        .filter(|touch| touch.file.language != Language::GoMod)
        .collect();
    for same in asked.chunk_by(|one, other| one.entry.key == other.entry.key) {
        for (at, one) in same.iter().enumerate() {
            let others = same[at + 1..].iter().filter(|other| {
                one.branch != other.branch
                    && one.file.path != other.file.path
                    && ecosystem_of(one.file.language) == ecosystem_of(other.file.language)
                    && is_major(&one.entry.detail, &other.entry.detail)
                    && !view.surface.holds_both(one, other)
            });
            findings.extend(others.map(|other| apart(view, one, other)));
        }
    }
}

fn apart(view: &View<'_>, one: &Touch<'_>, other: &Touch<'_>) -> Finding {
    let package = &one.entry.key;
    let message = format!(
        "{} asks for `{package}` {} in {}, {} for {} in {}",
        view.name(one.branch),
        one.entry.detail,
        one.file.path,
        view.name(other.branch),
        other.entry.detail,
        other.file.path
    );
    let sites = vec![
        view.site(one.branch, one.file.path, one.entry.line),
        view.site(other.branch, other.file.path, other.entry.line),
    ];
    let fix = Some(view.fix(other.branch, format!("settle on one version of `{package}`"), String::new()));
    Draft { rule: "dependency-apart", level: Level::Warn, message, symbols: &[package], sites, fix }.finish()
}

/// Whether two requirements speak of different major versions; below 1 the minor one counts.
fn is_major(one: &str, other: &str) -> bool {
    match (major(one), major(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}

fn major(requirement: &str) -> Option<(u64, u64)> {
    // A range speaks of several versions.
    if requirement.contains(['|', ' ', ',', '<', '!', '*']) || requirement.starts_with('>') {
        return None;
    }
    let version = requirement.trim_start_matches(['^', '~', '=', 'v', ' ']);
    let mut parts = version.split('.');
    let first: u64 = parts.next()?.parse().ok()?;
    let second = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
    Some((first, if first == 0 { second } else { 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majors() {
        assert!(is_major("^1.2", "^2.0.0") && is_major("0.2", "0.3.1") && is_major("v1.0.0", "v2.1.0"));
        assert!(!is_major("^1.2", "^1.9") && !is_major(">=1", "^2") && !is_major("workspace:*", "^2"));
    }
}
