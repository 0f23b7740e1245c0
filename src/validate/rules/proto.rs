//! What the name of a type means in a Protocol Buffers file.

use super::View;
use crate::validate::entry::{Entry, Role};
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::FileModel;
use crate::validate::surface::Touch;

/// Whether a reference surely means another type than the one that a branch took away. The first part of
/// its name is looked for from the innermost scope outwards, and the rest where that is.
pub(super) fn is_another(view: &View<'_>, lost: &Touch<'_>, user: &Touch<'_>) -> bool {
    if user.file.language != Language::Proto || lost.file.language != Language::Proto {
        return false;
    }
    let (Some(of_lost), Some(of_user)) = (lost.file.old.as_ref().or(lost.file.new.as_ref()), &user.file.new)
    else {
        return false;
    };
    let wanted = whole(&of_lost.model, lost.entry);
    let written = user.entry.detail.as_str();
    if let Some(whole) = written.strip_prefix('.') {
        return whole != wanted;
    }
    let around = joined([of_user.model.package.as_str(), &user.entry.owner]);
    let first = written.split('.').next().unwrap_or(written);
    for scope in outwards(&around) {
        if joined([scope, written]) == wanted {
            return false;
        }
        if has(view, user.file, &joined([scope, first])) {
            return true;
        }
    }
    true
}

/// Whether a file that a branch changed, or one that nobody did, states a type by the whole name of one that
/// is gone.
pub(super) fn stands(view: &View<'_>, lost: &Touch<'_>, branch: Option<usize>) -> bool {
    let Some(old) = lost.file.old.as_ref().or(lost.file.new.as_ref()) else { return false };
    let wanted = whole(&old.model, lost.entry);
    let states = |model: &FileModel| {
        let mut all = model.entries.iter();
        all.any(|entry| {
            let is_stated = (entry.kind, entry.role) == (lost.entry.kind, Role::Provides);
            is_stated && whole(model, entry) == wanted
        })
    };
    match branch {
        Some(branch) => {
            let mut files = view.branches[branch].files.iter();
            files.any(|file| {
                file.language == Language::Proto && file.new.as_ref().is_some_and(|new| states(&new.model))
            })
        }
        None => view.states_elsewhere(&lost.entry.key, &|language, model| {
            language == Language::Proto && states(model)
        }),
    }
}

/// The name of an entry with its package and the types around it.
fn whole(model: &FileModel, entry: &Entry) -> String {
    joined([model.package.as_str(), &entry.owner, &entry.key])
}

/// A scope and those around it.
fn outwards(scope: &str) -> impl Iterator<Item = &str> {
    let above = |scope: &str| scope.rfind('.').unwrap_or_default();
    std::iter::successors(Some(scope), move |scope| (!scope.is_empty()).then(|| &scope[..above(scope)]))
}

fn joined<const N: usize>(parts: [&str; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

/// Whether a type of the file, or a package, has a full name.
fn has(view: &View<'_>, file: &File<'_>, name: &str) -> bool {
    let own = file.new.as_ref().is_some_and(|new| {
        new.model
            .defs
            .iter()
            .any(|def| joined([new.model.package.as_str(), &def.parents.join("."), &def.name]) == name)
    });
    let is_in = |model: &FileModel| {
        model.package.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let mut changed = view.branches.iter().flat_map(|branch| &branch.files);
    let last = name.rsplit('.').next().unwrap_or(name);
    own || changed.any(|file| file.new.as_ref().is_some_and(|new| is_in(&new.model)))
        || view.states_elsewhere(last, &|language, model| language == Language::Proto && is_in(model))
}
