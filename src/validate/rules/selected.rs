//! GraphQL queries select fields of fields: of which type these are, the schema says.

use std::collections::BTreeSet;

use super::View;
use crate::validate::entry::{EntryKind, Role};
use crate::validate::extract::{Language, STEP};
use crate::validate::model::FileModel;
use crate::validate::surface::{How, Touch};

/// The new uses of a field that other branches have by the fields that lead to its type.
pub(super) fn below<'v, 'a>(view: &'v View<'a>, field: &Touch<'_>) -> Vec<&'v Touch<'a>> {
    let is_field = field.entry.kind == EntryKind::Field && field.file.language == Language::GraphQl;
    let Some((owner, name)) = field.entry.key.split_once('.').filter(|_| is_field) else { return Vec::new() };
    let uses = view.surface.of(EntryKind::Field).filter(|touch| {
        touch.branch != field.branch
            && matches!(touch.how, How::Added)
            && touch.entry.role == Role::Uses
            && touch.entry.key.rsplit_once(STEP).is_some_and(|(_, last)| last == name)
    });
    uses.filter(|touch| {
        owner_of(view, (touch.branch, field.branch), &touch.entry.key).as_deref() == Some(owner)
    })
    .collect()
}

/// The type that the last field of a path is one of.
fn owner_of(view: &View<'_>, branches: (usize, usize), path: &str) -> Option<String> {
    let (path, _) = path.rsplit_once(STEP)?;
    let mut parts = path.split(STEP);
    let mut ty = parts.next()?.to_owned();
    for field in parts {
        ty = type_of(view, branches, &ty, field)?;
    }
    Some(ty)
}

/// The type of a field, if all that state it agree.
fn type_of(view: &View<'_>, (one, other): (usize, usize), owner: &str, field: &str) -> Option<String> {
    let key = format!("{owner}.{field}");
    let said = |model: &FileModel| -> Vec<String> {
        let stated = model.entries.iter().filter(|entry| {
            entry.kind == EntryKind::Field && entry.role == Role::Provides && entry.key == key
        });
        stated.map(|entry| entry.detail.replace(['[', ']', '!', ' '], "")).collect()
    };
    let changed = [one, other].into_iter().flat_map(|branch| &view.branches[branch].files);
    let changed = changed.filter(|file| file.language == Language::GraphQl);
    let mut all: BTreeSet<String> =
        changed.filter_map(|file| file.new.as_ref()).flat_map(|new| said(&new.model)).collect();
    for file in view.input.unchanged.holding(field)?.iter().filter(|file| file.language == Language::GraphQl)
    {
        all.extend(said(&file.model));
    }
    let first = all.pop_first()?;
    all.is_empty().then_some(first)
}
