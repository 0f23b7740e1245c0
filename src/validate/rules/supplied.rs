//! How a package can be had that a manifest does not ask for any longer: a manifest that is not read
//! asks for it, another package brings its modules, a folder of the project took its place, or what
//! resolves imports was told of something else under its name.

use std::collections::BTreeSet;

use super::View;
use crate::model::{FileChange, RepoPath, Source};
use crate::validate::entry::EntryKind;
use crate::validate::extract::{Language, language_of, python_name};
use crate::validate::load::File;
use crate::validate::model::Import;
use crate::validate::packages::{Ecosystem, brings_same, ecosystem_of};
use crate::validate::resolve::under;
use crate::validate::surface::{How, Touch};

/// Whether the branch that dropped a package has it all the same, or something that stands for it.
pub(super) fn is_supplied(view: &View<'_>, touch: &Touch<'_>) -> bool {
    let Some(ecosystem) = ecosystem_of(touch.file.language) else { return true };
    let said = Said { ecosystem, package: &touch.entry.key };
    is_followed(view, touch, ecosystem)
        || view.input.branches[touch.branch].files.iter().any(|change| said.by(view, touch.file, change))
        || companions(view, touch, ecosystem).any(|text| said.on(Kind::Other, &text).next().is_some())
}

/// Whether the branch asks anew for a package with the same modules: `psycopg2-binary` for `psycopg2`.
fn is_followed(view: &View<'_>, touch: &Touch<'_>, ecosystem: Ecosystem) -> bool {
    let package = touch.entry.key.as_str();
    let mut asked = view.surface.of(EntryKind::Dependency).filter(|other| {
        other.branch == touch.branch
            && matches!(other.how, How::Added)
            && ecosystem_of(other.file.language) == Some(ecosystem)
    });
    ecosystem == Ecosystem::PyPi && asked.any(|other| brings_same(&other.entry.key, package))
}

/// The files beside a manifest, or at the top, in which more can be asked for or imports are resolved.
fn companions<'v>(
    view: &'v View<'_>,
    touch: &Touch<'_>,
    ecosystem: Ecosystem,
) -> impl Iterator<Item = String> + 'v {
    const PYTHON: [&str; 8] = [
        "setup.py",
        "setup.cfg",
        "Pipfile",
        "environment.yml",
        "environment.yaml",
        "requirements.in",
        "tox.ini",
        "noxfile.py",
    ];
    const SCRIPT: [&str; 2] = ["tsconfig.json", "jsconfig.json"];
    let names: &[&str] = match ecosystem {
        Ecosystem::PyPi => &PYTHON,
        Ecosystem::Npm => &SCRIPT,
        _ => &[],
    };
    let directory = touch.file.directory().to_owned();
    let (branch, top) = (touch.branch, directory.is_empty());
    let places = if top { vec![directory] } else { vec![directory, String::new()] };
    let paths = places.into_iter().flat_map(move |place| names.iter().map(move |name| under(&place, name)));
    paths.filter_map(move |path| {
        let path = RepoPath::from(path.as_str());
        let mut changes = view.input.branches[branch].files.iter();
        // What the branch changed is read with its changes.
        let source = match changes.find(|change| change.path == path) {
            Some(change) => change.new.clone(),
            None => view.input.unchanged.base(&path),
        };
        source.map(|source| view.text(&source).unwrap_or_default().into_owned())
    })
}

/// Whether a branch begins to speak of a name in quotes, in a file that is no manifest and no prose.
pub(super) fn speaks_of(view: &View<'_>, branch: usize, name: &str) -> bool {
    view.input.branches[branch].files.iter().filter(|change| !is_prose(&change.path.to_text())).any(
        |change| {
            let text = |source: &Source| view.text(source).unwrap_or_default().into_owned();
            let [old, new] =
                [&change.old, &change.new].map(|side| side.as_ref().map(text).unwrap_or_default());
            let n_quoted = |text: &str| {
                let quoted = ['"', '\'', '`'].map(|quote| format!("{quote}{name}{quote}"));
                quoted.iter().map(|quoted| text.matches(quoted.as_str()).count()).sum::<usize>()
            };
            language_of(&change.path).and_then(ecosystem_of).is_none() && n_quoted(&new) > n_quoted(&old)
        },
    )
}

/// What sort of file speaks of a package.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Only what is quoted or resolves a name counts.
    Code,
    Other,
}

struct Said<'p> {
    ecosystem: Ecosystem,
    package: &'p str,
}

impl Said<'_> {
    /// Whether a change begins to speak of the package.
    fn by(&self, view: &View<'_>, manifest: &File<'_>, change: &FileChange) -> bool {
        let Some(new) = &change.new else { return false };
        let (path, language) = (change.path.to_text(), language_of(&change.path));
        let added = || change.old.is_none();
        if added() && self.is_place(&path) {
            return true;
        }
        if is_prose(&path) {
            return false;
        }
        let text = |source: &Source| view.text(source).unwrap_or_default().into_owned();
        if language.and_then(ecosystem_of) == Some(self.ecosystem) {
            return change.path == *manifest.path && self.in_manifest(&text(new));
        }
        let kind = if language.is_some_and(Language::is_code) { Kind::Code } else { Kind::Other };
        let (old, new) = (change.old.as_ref().map(text).unwrap_or_default(), text(new));
        let old: BTreeSet<&str> = old.lines().collect();
        self.on(kind, &new).any(|line| !old.contains(line))
    }

    /// Whether a new file is in a folder, or is a module, of that name.
    fn is_place(&self, path: &str) -> bool {
        let name = self.package.rsplit('/').next().unwrap_or(self.package);
        let is_name = |part: &str| self.spelled(part.split('.').next().unwrap_or(part)) == name;
        self.ecosystem != Ecosystem::Go && path.split('/').any(is_name)
    }

    /// Whether a Python manifest still has the package in a part that is not read, or by its address.
    fn in_manifest(&self, text: &str) -> bool {
        self.ecosystem == Ecosystem::PyPi && self.on(Kind::Other, text).next().is_some()
    }

    /// The lines that speak of the package.
    fn on<'t>(&'t self, kind: Kind, text: &'t str) -> impl Iterator<Item = &'t str> {
        text.lines().filter(move |line| self.is_said(kind, line))
    }

    fn is_said(&self, kind: Kind, line: &str) -> bool {
        let bare = line.trim_start();
        if bare.starts_with("//") || bare.starts_with('#') || bare.starts_with('*') || bare.starts_with(';') {
            return false;
        }
        let line = self.spelled(line);
        let opens = |before: &str| match kind {
            Kind::Code => before.ends_with(['"', '\'', '`']) || before.ends_with("extern crate "),
            Kind::Other => !(before.ends_with(is_part) || before.ends_with('/') && before.contains('@')),
        };
        let bound = |at: usize| {
            let (before, after) = (&line[..at], &line[at + self.package.len()..]);
            // Without quotes a configuration names an alias by its key.
            let is_key = !before.ends_with(is_part) && after.starts_with(": ");
            let renames = before.ends_with(" as ") && before.trim_start().starts_with("extern crate");
            !after.starts_with(is_part) && (opens(before) || is_key || renames)
        };
        line.match_indices(self.package).any(|(at, _)| bound(at))
    }

    /// A text in the spelling that the package has here.
    fn spelled(&self, text: &str) -> String {
        match self.ecosystem {
            // A dot is no part of a name here, as one may follow it: `requests.git`.
            Ecosystem::PyPi => text.split('.').map(python_name).collect::<Vec<_>>().join("."),
            Ecosystem::Cargo => text.replace('-', "_"),
            _ => text.to_owned(),
        }
    }
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '-')
}

/// Whether a file says what was done, or follows from a manifest.
fn is_prose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let end = name.rsplit('.').next().unwrap_or(name);
    matches!(end, "md" | "rst" | "adoc" | "lock" | "sum") || name.contains("lock.") || name.contains("-lock")
}

/// Whether a program does without an import that fails, or is built without it.
pub(super) fn is_optional(file: &File<'_>, import: &Import) -> bool {
    let Some(new) = &file.new else { return false };
    let before: Vec<&str> = new.text.lines().take(import.line as usize).collect();
    let Some((own, above)) = before.split_last() else { return false };
    let above = above.last().map_or("", |line| line.trim());
    match file.language {
        Language::Rust => above.starts_with("#[cfg("),
        Language::TypeScript | Language::Tsx | Language::JavaScript => {
            let tries = |line: &str| line.contains("try {") || line.ends_with("try");
            tries(own.trim()) || tries(above) || own.contains(".catch(")
        }
        _ => false,
    }
}
