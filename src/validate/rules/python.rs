//! What a member in a Python file is a member of, where that is said by another file: of what a function
//! of it gives back, or of a variable that it made.

use super::View;
use super::reach::{Reach, import_of};
use super::tree::{At, Home, Tree};
use crate::model::RepoPath;
use crate::validate::extract::{Language, RESULT_OF};
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Receiver, Ty};
use crate::validate::resolve::module_files;

/// The same answer, or that a use surely means the member `def` of the file `home`.
pub(super) fn reach_in(
    view: &View<'_>,
    usage: &Use<'_>,
    (home, def): (&File<'_>, &Def),
    found: Option<Reach>,
) -> Option<Reach> {
    let What::Ref(reference, _) = usage.what else { return found };
    let is_open = matches!(found, None | Some(Reach::NameOnly)) && reference.name == def.name;
    let (Receiver::Name(on), [owner], true) = (&reference.receiver, &def.parents[..], is_open) else {
        return found;
    };
    let is_it = |tree: Tree<'_, '_>| {
        let class =
            tree.file(usage.file.path).and_then(|file| class_of(tree, &At { file, within: None }, on));
        class.is_some_and(|class| class.file.0 == *home.path && class.def().name == *owner)
    };
    let changer =
        view.branches.iter().position(|branch| branch.files.iter().any(|file| std::ptr::eq(file, home)));
    let stays = || changer.is_none_or(|changer| is_it(Tree::merged(view, usage.branch, changer, usage.file)));
    if is_it(Tree::of(view, usage.branch, usage.file)) && stays() { Some(Reach::Sure) } else { found }
}

/// The class of what a name stands for that a file imports.
fn class_of(tree: Tree<'_, '_>, at: &At, on: &str) -> Option<Home> {
    let (local, is_call) = on.strip_prefix(RESULT_OF).map_or((on, false), |function| (function, true));
    let made = imported(tree, at, local)?;
    let def = made.def();
    let class = match (def.kind, is_call) {
        (Kind::Function, true) => stated(def).or(Some(def.ty.as_str())),
        (Kind::Const, false) => Some(def.ty.as_str()),
        _ => None,
    };
    let class = class.filter(|class| !class.is_empty() && !def.flags.may_repeat)?;
    let there = made.inside();
    own(&there, class).or_else(|| imported(tree, &there, class)).filter(|home| home.def().kind == Kind::Class)
}

/// The type that a function says it gives back.
fn stated(def: &Def) -> Option<&str> {
    match &def.sig.as_ref()?.returns {
        Ty::Named(name) => Some(name),
        _ => None,
    }
}

/// What a file takes from another one under a name.
fn imported(tree: Tree<'_, '_>, at: &At, local: &str) -> Option<Home> {
    let (import, imported) = import_of(&at.file.1, local)?;
    let files = module_files(Language::Python, &at.file.0.to_text(), &import.module);
    let file = files.into_iter().find_map(|path| tree.file(&RepoPath::from(path.as_str())))?;
    own(&At { file, within: None }, &imported.name)
}

/// The one thing of a name that a file states.
fn own(at: &At, name: &str) -> Option<Home> {
    let mut all =
        at.file.1.defs.iter().enumerate().filter(|(_, def)| def.name == name && def.parents.is_empty());
    let (def, _) = all.next().filter(|_| all.next().is_none())?;
    Some(Home { file: at.file.clone(), def })
}
