//! What a module hands on by `pub use inner::*`.

use super::place::{DEPTH, joined};
use super::types::Types;
use crate::validate::load::File;
use crate::validate::model::{Import, Ref, RefKind};
use crate::validate::rules::View;
use crate::validate::rules::tree::{At, Tree};

/// Whether a module, in the merge of two branches, may hand a name on with all that another one has. Modules
/// that are no files of the repository, and enums, may have any name.
pub(in crate::validate::rules) fn may_hand_on(
    view: &View<'_>,
    (branch, file): (usize, &File<'_>),
    user: usize,
    name: &str,
) -> bool {
    let types = Types { tree: Tree::merged(view, user, branch, file) };
    types.tree.at(file.path, None).is_none_or(|at| hands_on(&types, &at, name, DEPTH))
}

fn hands_on(types: &Types<'_, '_>, at: &At, name: &str, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    let is_open = |import: &&Import| import.glob && import.reexport && import.within.is_none();
    at.file.1.imports.iter().filter(is_open).any(|glob| {
        let modules = modules(types, at, glob);
        modules.is_empty()
            || modules.iter().any(|module| has(module, name) || hands_on(types, module, name, depth))
    })
}

/// The files that a glob takes all of.
fn modules(types: &Types<'_, '_>, at: &At, glob: &Import) -> Vec<At> {
    types.from(at, |place, scope| {
        let spots = place.of_use(scope, &joined(&glob.module, ""), DEPTH);
        let files =
            spots.iter().filter_map(|spot| place.module_file(&place.source_of(&spot.root)?, &spot.path));
        files.map(|file| At { file, within: None }).collect()
    })
}

/// Whether a file states a name or hands it on by that, or gives it to a macro.
fn has(at: &At, name: &str) -> bool {
    let model = &at.file.1;
    let mut handed_on =
        model.imports.iter().filter(|import| import.reexport).flat_map(|import| &import.names);
    let in_macro = |used: &Ref| used.kind == RefKind::Read && used.within.is_none();
    model.named(name).any(|(_, def)| def.parents.is_empty())
        || model.uses_of(name).any(in_macro)
        || handed_on.any(|imported| imported.local == name)
}
