//! What a use means that takes a name from a module which hands it on.

use super::place::{DEPTH, Place, Spot, joined};
use super::scope::Scope;
use super::types::Types;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind};
use crate::validate::rules::View;
use crate::validate::rules::reach::Reach;
use crate::validate::rules::tree::{At, Home, Tree};

/// How surely a use means a definition, which it seems to mean `so` surely: in the merge with the branch that
/// took it away or changed it, its path may mean something else.
pub(super) fn reach(
    view: &View<'_>,
    usage: &Use<'_>,
    (home, def): (&File<'_>, &Def),
    so: Reach,
) -> Option<Reach> {
    let owned = |path: Vec<&str>| path.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (path, within) = match usage.what {
        What::Import(import, imported) => (owned(joined(&import.module, &imported.name)), import.within),
        What::Ref(reference, _) => (owned(Place::of(usage.file)?.written(reference)?), reference.within),
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let is_it = |found: &Home| found.file.0 == *home.path && found.def().is_named_as(def);
    let is_import = matches!(usage.what, What::Import(..));
    let own = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let before = own.tree.at(usage.file.path, within).map(|at| own.meant(&at, &path, is_import))?;
    let is_sure = so == Reach::Sure || !before.is_empty() && before.iter().all(is_it);
    let is_home = |branch: &usize| view.file(*branch, home.path).is_some_and(|file| std::ptr::eq(file, home));
    let Some(other) = (0..view.branches.len()).find(is_home).filter(|_| is_sure) else { return Some(so) };
    let merged = Types { tree: Tree::merged(view, usage.branch, other, usage.file) };
    let Some(there) = merged.tree.place_of(usage.file, within) else { return Some(so) };
    let after = merged.meant(&there, &path, is_import);
    after.iter().all(|found| is_it(found) || found.def().kind == Kind::Module).then_some(Reach::Sure)
}

impl Types<'_, '_> {
    /// All that a path may mean that the tree defines.
    fn meant(&self, at: &At, path: &[&str], is_import: bool) -> Vec<Home> {
        self.from(at, |place, scope: &Scope<'_>| {
            let spots =
                if is_import { place.of_use(scope, path, DEPTH) } else { place.meant(scope, path, DEPTH) };
            let ends =
                |spot: &Spot| std::iter::once(spot.clone()).chain(place.followed(spot)).collect::<Vec<_>>();
            spots.iter().flat_map(ends).filter_map(|spot| self.defined(place, &spot)).collect()
        })
    }
}
