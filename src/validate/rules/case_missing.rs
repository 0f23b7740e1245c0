//! One branch adds a case to a type; another adds a place that tells all cases apart and lacks it.

use super::reach::names_type;
use super::{Draft, Rule, View, java, script};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, FileModel, Import, Kind, Match, Rest};
use crate::validate::names::has_word;
use crate::validate::resolve::same_family;

pub(super) const RULE: Rule = Rule { id: "case-missing", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in &changes.files {
            for grown in grown(branch, file) {
                for (other, changes) in view.branches.iter().enumerate().filter(|(other, _)| *other != branch)
                {
                    for user in changes.files.iter().filter(|user| same_family(user.language, file.language))
                    {
                        let lacking = added_matches(user)
                            .filter_map(|found| Some((found, lacks(view, &grown, other, user, found)?)));
                        findings.extend(
                            lacking.map(|(found, means)| finding(view, &grown, (other, user), found, means)),
                        );
                    }
                }
            }
        }
    }
}

/// A type that a branch gave a case more.
struct Grown<'a> {
    branch: usize,
    file: &'a File<'a>,
    def: &'a Def,
    /// What its values were told apart by, each with all words for it.
    old: Vec<Vec<&'a str>>,
    added: Vec<Vec<&'a str>>,
}

fn grown<'a>(branch: usize, file: &'a File<'a>) -> Vec<Grown<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let types = new.model.defs.iter().filter(|def| def.kind.is_type() || def.kind == Kind::Const);
    types
        .filter_map(|def| {
            let (_, before) = old.model.named_as(def).next()?;
            let (was, is) = (cases(&old.model, before), cases(&new.model, def));
            let (kept, added): (Vec<_>, Vec<_>) = is.into_iter().partition(|case| was.contains(case));
            // A case that takes the place of another is a rename, which is told elsewhere.
            let least = if file.language == Language::Java { 1 } else { 2 };
            let grew = kept.len() == was.len() && was.len() >= least && !added.is_empty();
            grew.then_some(Grown { branch, file, def, old: was, added })
        })
        .collect()
}

/// The cases of an enum or a union, each with its own name and the text that tags it.
fn cases<'a>(model: &'a FileModel, def: &'a Def) -> Vec<Vec<&'a str>> {
    if def.kind == Kind::Enum {
        let is_case = |other: &&Def| other.kind == Kind::Variant && other.parents.last() == Some(&def.name);
        return model.defs.iter().filter(is_case).map(|case| vec![case.name.as_str()]).collect();
    }
    if def.cases.len() < 2 {
        return Vec::new();
    }
    let tag = |case: &str| model.defs.iter().find(|def| def.name == case && def.cases.len() == 1);
    let words = |case: &'a String| {
        let tag = tag(case).map(|tagged| tagged.cases[0].as_str());
        std::iter::once(case.as_str()).chain(tag).collect()
    };
    def.cases.iter().map(words).collect()
}

/// Matches that the old version of a file lacks.
fn added_matches<'a>(file: &'a File<'a>) -> impl Iterator<Item = &'a Match> {
    let known = |found: &Match| {
        let old: Option<&Side<'_>> = file.old.as_ref();
        old.is_some_and(|old| {
            old.model
                .matches
                .iter()
                .any(|old| old.arms == found.arms && old.rest == found.rest && old.of == found.of)
        })
    };
    let new = file.new.as_ref().map_or(&[][..], |new| &new.model.matches);
    new.iter().filter(move |found| found.rest != Rest::Taken && !known(found))
}

/// How surely a match that names all the old cases of the type and none of the new ones is of that type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    Maybe,
    Surely,
}

/// None for a match that lacks nothing.
fn lacks(view: &View<'_>, grown: &Grown<'_>, other: usize, user: &File<'_>, found: &Match) -> Option<Means> {
    let new = user.new.as_ref()?;
    let names = |case: &Vec<&str>| case.iter().any(|word| found.arms.iter().any(|arm| arm == word));
    let is_of = |arm: &String| grown.old.iter().any(|case| case.contains(&arm.as_str()));
    let fits = grown.old.iter().all(names)
        && !grown.added.iter().any(names)
        && found.arms.iter().all(is_of)
        && found.of.as_ref().is_none_or(|of| *of == grown.def.name);
    let is_over = || match user.language {
        Language::Java => java::switches_over(view, (other, user), found, (grown.file.path, grown.def)),
        language if script::is_typed(language) => {
            script::tells_apart(view, (other, user), found, (grown.branch, grown.def, &grown.added))
        }
        _ => None,
    };
    if !fits || knows(view, grown, other) || !is_left(view, grown, user, found) {
        return None;
    }
    match is_over() {
        Some(false) => None,
        Some(true) if user.language == Language::Java => Some(Means::Surely),
        // An only case says little of where it is from.
        _ if grown.old.len() < 2 || !means(user, &new.model, grown) => None,
        Some(true) => Some(Means::Surely),
        None if script::is_typed(user.language) => Some(Means::Maybe),
        None => Some(Means::Surely),
    }
}

/// Whether the name of the type means it in the file.
fn means(user: &File<'_>, model: &FileModel, grown: &Grown<'_>) -> bool {
    let text = user.new.as_ref().map_or("", |new| new.text);
    let name = &grown.def.name;
    let is_meant = match user.language {
        Language::Java => user.path == grown.file.path || is_imported(user, model, grown),
        _ => names_type(user, model, name, grown.file, name),
    };
    is_meant && has_word(text, name)
}

/// Whether a Java file sees the type: by its package or by an import, maybe of a type around it.
fn is_imported(user: &File<'_>, model: &FileModel, grown: &Grown<'_>) -> bool {
    let Some(home) = java::package(grown.file) else { return false };
    let brings = |import: &Import, name: &str| import.glob || import.names.iter().any(|own| own.name == name);
    let path = grown.def.parents.iter().chain([&grown.def.name]);
    let mut module = home.to_owned();
    let mut places = Vec::new();
    for name in path {
        places.push((module.clone(), name.as_str()));
        module =
            [module.as_str(), name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
    }
    let is_there =
        |import: &Import| places.iter().any(|(from, name)| import.module == *from && brings(import, name));
    java::package(user) == Some(home) || model.imports.iter().any(is_there)
}

/// Whether the other branch changed the type as well.
fn knows(view: &View<'_>, grown: &Grown<'_>, other: usize) -> bool {
    let own = view.file(other, grown.file.path).and_then(|file| file.new.as_ref());
    own.is_some_and(|own| {
        let def = own.model.defs.iter().find(|def| def.is_named_as(grown.def));
        def.is_none_or(|def| cases(&own.model, def) != grown.old)
    })
}

/// Whether the merge holds the match as the branch wrote it.
fn is_left(view: &View<'_>, grown: &Grown<'_>, user: &File<'_>, found: &Match) -> bool {
    let Some(own) = view.file(grown.branch, user.path) else { return true };
    let other =
        view.branches.iter().position(|branch| branch.files.iter().any(|file| std::ptr::eq(file, user)));
    let (Some(_), Some(other)) = (&own.new, other) else { return false };
    let Some(merged) = view.merged(user.path, grown.branch, other) else { return false };
    merged.model.matches.iter().any(|left| left.arms == found.arms && left.rest == found.rest)
}

/// Whether a compiler or checker refuses what lacks a case.
fn is_refused(user: &File<'_>, found: &Match) -> bool {
    match user.language {
        Language::Java => found.is_value,
        Language::TypeScript | Language::Tsx => {
            found.rest == Rest::Never || found.is_value && user.world.is_strict(user.path)
        }
        _ => found.rest == Rest::Never,
    }
}

fn finding(
    view: &View<'_>,
    grown: &Grown<'_>,
    (other, user): (usize, &File<'_>),
    found: &Match,
    means: Means,
) -> Finding {
    let is_refused = means == Means::Surely && is_refused(user, found);
    let level = if is_refused { Level::Deny } else { Level::Warn };
    let added: Vec<String> = grown.added.iter().map(|case| format!("`{}`", case[0])).collect();
    let (name, added) = (grown.def.path(), added.join(" and "));
    let message = format!(
        "{} tells the cases of `{name}` apart in {} without {added}, which {} adds in {}",
        view.name(other),
        user.path,
        view.name(grown.branch),
        grown.file.path
    );
    let sites = vec![
        view.site(grown.branch, grown.file.path, grown.def.line),
        view.site(other, user.path, found.line),
    ];
    let summary = format!("say what happens to {added} in {}", user.path);
    let fix = Some(view.fix(other, summary, String::new()));
    Draft { rule: RULE.id, level, message, symbols: &[&name], sites, fix }.finish()
}
