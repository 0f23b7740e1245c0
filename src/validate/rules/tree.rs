//! The files of a branch, or of the merge of two, changed or not.

use std::rc::Rc;
use std::sync::Arc;

use super::View;
use crate::model::RepoPath;
use crate::validate::Untouched;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Kind};
use crate::validate::world::{Known, World};

/// A tree whose files can be asked for.
#[derive(Clone, Copy)]
pub(super) struct Tree<'v, 'a> {
    pub(super) view: &'v View<'a>,
    branch: usize,
    /// Merged into the branch.
    with: Option<usize>,
    pub(super) world: &'v World<'v>,
}

/// A definition in a file of a tree.
#[derive(Clone)]
pub(super) struct Home {
    pub(super) file: Known,
    pub(super) def: usize,
}

/// Where something is written.
#[derive(Clone)]
pub(super) struct At {
    pub(super) file: Known,
    pub(super) within: Option<usize>,
}

impl Home {
    pub(super) fn def(&self) -> &Def {
        &self.file.1.defs[self.def]
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.file.0 == other.file.0 && self.def().is_named_as(other.def())
    }

    /// As a place that is inside it.
    pub(super) fn inside(&self) -> At {
        At { file: self.file.clone(), within: Some(self.def) }
    }
}

impl<'v, 'a> Tree<'v, 'a> {
    /// That of a branch, as one of its files knows it.
    pub(super) fn of(view: &'v View<'a>, branch: usize, file: &'v File<'_>) -> Self {
        Self { view, branch, with: None, world: file.world }
    }

    /// That of the merge of two branches.
    pub(super) fn merged(view: &'v View<'a>, branch: usize, with: usize, file: &'v File<'_>) -> Self {
        Self { view, branch, with: Some(with), world: file.world }
    }

    /// That of a branch alone, or else that of its merge with another one.
    pub(super) fn before_or_merged(
        view: &'v View<'a>,
        (branch, with): (usize, usize),
        file: &'v File<'_>,
        before: bool,
    ) -> Self {
        if before { Self::of(view, branch, file) } else { Self::merged(view, branch, with, file) }
    }

    pub(super) fn file(&self, path: &RepoPath) -> Option<Known> {
        let known = |side: &Side<'_>| Rc::new((path.clone(), side.model.clone()));
        let own = self.view.file(self.branch, path);
        if let Some(with) = self.with {
            if let Some(merged) = self.view.merged(path, self.branch, with) {
                return Some(known(merged));
            }
            if let Some(theirs) = self.view.file(with, path) {
                return theirs.new.as_ref().map(known);
            }
        }
        match own {
            Some(own) => own.new.as_ref().map(known),
            None => self.world.file(path),
        }
    }

    /// A place in a file.
    pub(super) fn at(&self, path: &RepoPath, within: Option<usize>) -> Option<At> {
        Some(At { file: self.file(path)?, within })
    }

    /// Where the definition around a use of a file on its branch stands in this tree.
    pub(super) fn place_of(&self, file: &File<'_>, within: Option<usize>) -> Option<At> {
        let model = &file.new.as_ref()?.model;
        let mut at = self.at(file.path, None)?;
        at.within = match within.and_then(|within| model.defs.get(within)) {
            Some(def) => Some(at.file.1.named_as(def).find(|(_, same)| same.kind == def.kind)?.0),
            None => None,
        };
        Some(at)
    }

    /// A definition of a file, as this tree has it.
    pub(super) fn defined_at(&self, path: &RepoPath, def: &Def) -> Option<Home> {
        let file = self.file(path)?;
        // A field and a method may have one name.
        let is_other = |same: &Def| same.kind != def.kind && same.kind != Kind::Field;
        let same: Vec<usize> =
            file.1.named_as(def).filter(|(_, same)| same.kind == def.kind).map(|(idx, _)| idx).collect();
        let mut all = file.1.named_as(def);
        match same[..] {
            [idx] if !all.any(|(_, same)| is_other(same)) => Some(Home { file: file.clone(), def: idx }),
            _ => None,
        }
    }

    /// The files that define a name, and whether these are all.
    pub(super) fn defining(&self, name: &str) -> (Vec<Known>, bool) {
        self.found(self.view.paths_defining(name), self.view.input.unchanged.defining(name))
    }

    /// The same of one directory alone.
    pub(super) fn defining_in(&self, place: &str, name: &str) -> (Vec<Known>, bool) {
        let changed = self.view.paths_defining(name).filter(|path| path.directory() == place);
        self.found(changed, self.view.input.unchanged.defining_in(place, name))
    }

    fn found<'p>(
        &self,
        changed: impl Iterator<Item = &'p RepoPath>,
        unchanged: Option<Arc<[Untouched]>>,
    ) -> (Vec<Known>, bool) {
        let mut files: Vec<Known> = changed.filter_map(|path| self.file(path)).collect();
        for file in unchanged.iter().flat_map(|files| files.iter()) {
            files.push(Rc::new((file.path.clone(), file.model.clone())));
        }
        (files, unchanged.is_some())
    }
}
