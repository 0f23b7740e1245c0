//! One branch takes a text out of a union of texts; another newly writes it where the union is
//! expected.

use super::reach::names_type;
use super::{Draft, Rule, View, is_aside};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Kind, Text, Ty};
use crate::validate::resolve::same_family;

pub(super) const RULE: Rule = Rule { id: "case-removed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in &changes.files {
            for shrunk in shrunk(branch, file) {
                for (other, changes) in view.branches.iter().enumerate().filter(|(other, _)| *other != branch)
                {
                    let users = changes.files.iter();
                    let users = users
                        .filter(|user| same_family(user.language, file.language) && !is_aside(&user.name));
                    findings.extend(users.flat_map(|user| in_file(view, &shrunk, other, user)));
                }
            }
        }
    }
}

/// A union of texts that lost some.
struct Shrunk<'a> {
    branch: usize,
    file: &'a File<'a>,
    def: &'a Def,
    removed: Vec<&'a str>,
    /// What took the place of the only one that was removed.
    renamed: Option<&'a str>,
}

fn shrunk<'a>(branch: usize, file: &'a File<'a>) -> Vec<Shrunk<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let unions = new.model.defs.iter().filter(|def| matches!(def.kind, Kind::Alias | Kind::Const));
    unions
        .filter(|def| !def.cases.is_empty() && are_texts(new, def))
        .filter_map(|def| {
            let (_, before) = old.model.named_as(def).next()?;
            let missing = |from: &'a [String], cases: &[String]| -> Vec<&'a str> {
                from.iter().filter(|case| !cases.contains(case)).map(String::as_str).collect()
            };
            let (removed, added) = (missing(&before.cases, &def.cases), missing(&def.cases, &before.cases));
            let renamed = added.first().copied().filter(|_| removed.len() == 1 && added.len() == 1);
            let is_shrunk = before.kind == def.kind && !removed.is_empty() && are_texts(old, before);
            is_shrunk.then_some(Shrunk { branch, file, def, removed, renamed })
        })
        .collect()
}

/// Whether all cases stand in quotes: the name of another type may bring any text.
fn are_texts(side: &Side<'_>, def: &Def) -> bool {
    let written = side.text.get(def.span.clone()).unwrap_or_default();
    let is_quoted = |case: &String| ['"', '\''].iter().any(|q| written.contains(&format!("{q}{case}{q}")));
    def.cases.iter().all(is_quoted)
}

/// A finding for each text that is gone and that the file newly uses.
fn in_file(view: &View<'_>, shrunk: &Shrunk<'_>, other: usize, user: &File<'_>) -> Vec<Finding> {
    let Some(new) = &user.new else { return Vec::new() };
    let is_use = |text: &&Text, removed: &str| {
        text.text == removed
            && is_new(user, new, text)
            && is_of(view, shrunk, other, user, text)
            && is_left(view, shrunk, other, user, text)
    };
    let removed = shrunk.removed.iter().filter(|removed| !knows(view, shrunk, other, removed));
    let used = removed.map(|removed| new.model.texts.iter().filter(|text| is_use(text, removed)).collect());
    used.filter(|uses: &Vec<&Text>| !uses.is_empty())
        .map(|uses| finding(view, shrunk, other, user, new, &uses))
        .collect()
}

fn is_same(one: &Text, other: &Text) -> bool {
    one.text == other.text && one.of == other.of && one.field == other.field
}

/// Whether the branch writes the text more often than its base did.
fn is_new(user: &File<'_>, new: &Side<'_>, text: &Text) -> bool {
    let count = |side: &Side<'_>| side.model.texts.iter().filter(|other| is_same(other, text)).count();
    count(new) > user.old.as_ref().map_or(0, count)
}

/// Whether the text is expected to be of the union, or of a field whose type is the union.
fn is_of(view: &View<'_>, shrunk: &Shrunk<'_>, other: usize, user: &File<'_>, text: &Text) -> bool {
    let Some(new) = &user.new else { return false };
    let Some(field) = &text.field else {
        return names_type(user, &new.model, &text.of, shrunk.file, &shrunk.def.name);
    };
    let sides = [shrunk.branch, other].into_iter().flat_map(|branch| &view.branches[branch].files);
    let mut homes = sides.filter(|home| same_family(home.language, shrunk.file.language));
    homes.any(|home| {
        let Some(side) = &home.new else { return false };
        let owners = side.model.defs.iter().filter(|def| def.kind.is_type());
        let mut owners = owners.filter(|def| def.fields.iter().any(|known| known.name == *field));
        owners.any(|owner| {
            let ty =
                owner.fields.iter().find(|known| known.name == *field).and_then(|known| named(&known.ty));
            ty.is_some_and(|ty| names_type(home, &side.model, ty, shrunk.file, &shrunk.def.name))
                && names_type(user, &new.model, &text.of, home, &owner.name)
        })
    })
}

fn named(ty: &Ty) -> Option<&str> {
    match ty {
        Ty::Named(name) => Some(name),
        Ty::Optional(inner) => named(inner),
        _ => None,
    }
}

/// Whether the other branch took the text out as well, or put it elsewhere.
fn knows(view: &View<'_>, shrunk: &Shrunk<'_>, other: usize, removed: &str) -> bool {
    let Some(own) = view.file(other, shrunk.file.path) else { return false };
    let defs = own.new.iter().flat_map(|own| &own.model.defs);
    let mut same = defs.filter(|def| def.is_named_as(shrunk.def));
    !same.any(|def| def.cases.iter().any(|case| case == removed))
}

/// Whether the merge of a file that both changed holds the use.
fn is_left(view: &View<'_>, shrunk: &Shrunk<'_>, other: usize, user: &File<'_>, text: &Text) -> bool {
    if view.file(shrunk.branch, user.path).is_none() {
        return true;
    }
    let merged = view.merged(user.path, shrunk.branch, other);
    merged.is_some_and(|merged| merged.model.texts.iter().any(|left| is_same(left, text)))
}

fn finding(
    view: &View<'_>,
    shrunk: &Shrunk<'_>,
    other: usize,
    user: &File<'_>,
    new: &Side<'_>,
    uses: &[&Text],
) -> Finding {
    let (name, word) = (shrunk.def.path(), &uses[0].text);
    let change = match shrunk.renamed {
        Some(renamed) => format!("made `\"{renamed}\"` of"),
        None => "took out of it".to_owned(),
    };
    let message = format!(
        "{} writes `\"{word}\"` where a `{name}` is expected in {}, which {} {change} in {}",
        view.name(other),
        user.path,
        view.name(shrunk.branch),
        shrunk.file.path
    );
    let sites = vec![
        view.site(shrunk.branch, shrunk.file.path, shrunk.def.line),
        view.site(other, user.path, uses[0].line),
    ];
    let (summary, diff) = match shrunk.renamed {
        Some(renamed) => (
            format!("write \"{renamed}\" in {}", user.path),
            patch(
                user.path,
                new.text,
                uses.iter().map(|text| Edit::replace(text.span.clone(), renamed)).collect(),
            ),
        ),
        None => (format!("write another text in {}", user.path), String::new()),
    };
    // Python runs what its checkers refuse.
    let level = if user.language == Language::Python { Level::Warn } else { Level::Deny };
    let fix = Some(view.fix(other, summary, diff));
    Draft { rule: RULE.id, level, message, symbols: &[&name, word], sites, fix }.finish()
}
