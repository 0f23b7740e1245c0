//! The Java types of a tree, found by name when a rule asks: what a name means, what stands above a
//! type, and which type states a member.
//!
//! The tree is that of a branch, or the merge of two. Files that no branch changed are read through
//! [`Unchanged`](crate::validate::Unchanged) by the name of the type, since a type that others can
//! name stands in a file of its name.

mod functional;
mod generic;
pub(in crate::validate::rules) mod library;
mod lookup;
mod made;
mod members;
mod values;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::RepoPath;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind};
use crate::validate::rules::View;

pub(in crate::validate::rules) use self::functional::{Function, Gives};
pub(in crate::validate::rules) use self::library::{PRIMITIVES, is_of_language};
use self::lookup::top_level;
pub(in crate::validate::rules) use self::made::{makes_static, may_make};
pub(in crate::validate::rules) use self::members::takes;

/// Types of the library that state nothing beyond what every object has.
const WITHOUT_MEMBERS: [&str; 3] = ["java.lang.Object", "java.lang.Cloneable", "java.io.Serializable"];

/// Types above types and steps of expressions beyond this are not followed.
const DEPTH: usize = 12;

/// A tree whose types can be asked for.
#[derive(Clone, Copy)]
pub(in crate::validate::rules) struct Types<'v, 'a> {
    view: &'v View<'a>,
    branch: usize,
    /// Merged into the branch.
    with: Option<usize>,
}

/// A file of the tree.
#[derive(Clone)]
pub(in crate::validate::rules) struct Source {
    pub(in crate::validate::rules) path: RepoPath,
    pub(in crate::validate::rules) model: Arc<FileModel>,
}

/// A type of the project.
#[derive(Clone)]
pub(in crate::validate::rules) struct Home {
    pub(in crate::validate::rules) source: Source,
    /// Which definition of the file it is.
    def: usize,
}

/// What a name of a type means.
#[derive(Clone)]
pub(in crate::validate::rules) enum Found {
    Project(Home),
    /// A primitive, an array, or a type that the project does not define, by its name as known.
    Foreign(String),
}

/// Which type states a member.
pub(in crate::validate::rules) enum Stated {
    /// The nearest one, with all that it states under the name; `sure` unless a type that cannot be
    /// looked into stands nearer.
    In {
        home: Home,
        members: Vec<usize>,
        sure: bool,
    },
    /// None of those above, and all of them are known.
    Nowhere,
    Unknown,
}

impl Found {
    /// The name in messages.
    pub(in crate::validate::rules) fn word(&self) -> String {
        match self {
            Self::Project(home) => home.def().name.clone(),
            Self::Foreign(name) => name.rsplit('.').next().unwrap_or(name).to_owned(),
        }
    }
}

impl Home {
    pub(in crate::validate::rules) fn def(&self) -> &Def {
        &self.source.model.defs[self.def]
    }

    /// The names of the types around it and its own.
    pub(in crate::validate::rules) fn around(&self) -> Vec<String> {
        let def = self.def();
        def.parents.iter().chain([&def.name]).cloned().collect()
    }

    pub(in crate::validate::rules) fn is(&self, path: &RepoPath, names: &[String]) -> bool {
        self.source.path == *path && self.around() == names
    }

    /// What it states under a name, methods or the rest.
    pub(in crate::validate::rules) fn members(&self, name: &str, methods: bool) -> Vec<usize> {
        let around = self.around();
        let defs = self.source.model.defs.iter().enumerate();
        let own = defs.filter(|(_, def)| {
            def.name == name && (def.kind == Kind::Method) == methods && def.parents == around
        });
        own.map(|(idx, _)| idx).collect()
    }
}

impl<'v, 'a> Types<'v, 'a> {
    /// Those of a branch.
    pub(in crate::validate::rules) fn of(view: &'v View<'a>, branch: usize) -> Self {
        Self { view, branch, with: None }
    }

    /// Those of the merge of two branches.
    pub(in crate::validate::rules) fn merged(view: &'v View<'a>, branch: usize, with: usize) -> Self {
        Self { view, branch, with: Some(with) }
    }

    /// A changed file as the tree has it.
    pub(in crate::validate::rules) fn file(&self, path: &RepoPath) -> Option<Arc<FileModel>> {
        let own = self.view.file(self.branch, path);
        if let Some(with) = self.with {
            if let Some(merged) = self.view.merged(path, self.branch, with) {
                return Some(merged.model.clone());
            }
            if let Some(theirs) = self.view.file(with, path) {
                // Git merges what one branch changed in a file into the place the other moved it to.
                let side = theirs.new.as_ref().and_then(|new| own.map_or(Some(new), |own| own.new.as_ref()));
                return side.map(|side| side.model.clone());
            }
        }
        if let Some(own) = own {
            return own.new.as_ref().map(|side| side.model.clone());
        }
        let mut others = (0..self.view.branches.len()).filter_map(|other| self.view.file(other, path));
        others.find_map(|file| file.old.as_ref()).map(|side| side.model.clone())
    }

    /// A file that the branch changed, as the tree has it.
    pub(in crate::validate::rules) fn source(&self, file: &File<'_>) -> Option<Source> {
        let merged = self.with.and_then(|with| {
            let theirs = self.view.counterpart(with, file)?;
            self.view.merge_of((self.branch, file), (with, theirs))
        });
        let side = merged.or(file.new.as_ref())?;
        Some(Source { path: file.path.clone(), model: side.model.clone() })
    }

    /// The files whose top level has a type of the name.
    pub(in crate::validate::rules) fn files_with(&self, name: &str) -> Vec<Source> {
        let mut found = Vec::new();
        for path in self.view.paths_defining(name) {
            if let Some(model) = self.file(path) {
                found.push(Source { path: path.clone(), model });
            }
        }
        let unchanged = self.view.input.unchanged.called(&format!("{name}.java"));
        for file in unchanged.iter().flat_map(|files| files.iter()) {
            found.push(Source { path: file.path.clone(), model: file.model.clone() });
        }
        found.retain(|source| top_level(&source.model, name).is_some());
        found
    }

    /// The types directly above one, and whether all of them are known and say all they have.
    pub(in crate::validate::rules) fn above(&self, home: &Home) -> (Vec<Home>, bool) {
        // What could not be read may state anything.
        let mut complete = home.def().kind != Kind::Enum && home.source.model.broken.is_empty();
        let mut above = Vec::new();
        for written in &home.def().supers {
            match self.named_above(home, written, DEPTH) {
                Some(Found::Project(next)) => above.push(next),
                Some(Found::Foreign(name)) if WITHOUT_MEMBERS.contains(&name.as_str()) => {}
                Some(Found::Foreign(_)) | None => complete = false,
            }
        }
        (above, complete)
    }

    /// All types above one, and whether all of them are known.
    pub(in crate::validate::rules) fn all_above(&self, home: &Home) -> (Vec<Home>, bool) {
        let mut all: Vec<Home> = Vec::new();
        let mut complete = true;
        let mut pending = vec![home.clone()];
        let mut seen = BTreeSet::new();
        while let Some(next) = pending.pop() {
            let (above, known) = self.above(&next);
            complete &= known || next.def().kind == Kind::Enum;
            for above in above {
                if all.len() < 64 && seen.insert((above.source.path.clone(), above.def)) {
                    all.push(above.clone());
                    pending.push(above);
                }
            }
        }
        (all, complete)
    }
}
