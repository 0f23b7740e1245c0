//! Whether the path to a module can be written in a file.

use super::place::{Home, Place};
use crate::validate::load::File;
use crate::validate::model::{FileModel, Kind};
use crate::validate::rules::View;

/// Whether all modules on the way to one that a branch has are shown to a file, or around it.
pub(in crate::validate::rules) fn may_enter(
    view: &View<'_>,
    file: &File<'_>,
    (branch, target): (usize, &File<'_>),
) -> bool {
    let (own, home) = (Home::of(file), Home::of(target));
    let is_shown = |at: usize| {
        let (around, name) = (&home.modules[..at], &home.modules[at]);
        let is_around = own.root == home.root && own.modules.starts_with(around);
        is_around || shows(view, (branch, target), (&home.root, around), name)
    };
    (0..home.modules.len()).all(is_shown)
}

fn shows(
    view: &View<'_>,
    (branch, target): (usize, &File<'_>),
    (root, around): (&str, &[String]),
    name: &str,
) -> bool {
    let says = |model: &FileModel| {
        let mut defs = model.defs.iter().filter(|def| def.kind == Kind::Module && def.parents.is_empty());
        defs.any(|def| def.name == name && def.head.starts_with("pub"))
    };
    let mut changed = view.branches[branch].files.iter().filter(|file| {
        let home = Home::of(file);
        home.root == root && home.modules == around
    });
    match changed.next() {
        Some(file) => file.new.as_ref().is_some_and(|new| says(&new.model)),
        None => {
            let place = Place::of(target);
            place.and_then(|place| place.module_file(root, around)).is_some_and(|known| says(&known.1))
        }
    }
}
