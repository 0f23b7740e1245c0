//! What names of TypeScript files stand for.

use super::types::{STEPS, Types};
use crate::model::RepoPath;
use crate::validate::extract::Language;
use crate::validate::index::{Gone, Use, What};
use crate::validate::model::{Def, Kind, Receiver, Value};
use crate::validate::resolve::module_files;
use crate::validate::rules::View;
use crate::validate::rules::reach::{hands_on, import_of};
use crate::validate::rules::tree::{At, Home, Tree};
use crate::validate::world::Known;

/// What a bare name means.
pub(super) enum Own {
    Def(Home),
    /// Nothing that the project defines.
    Nothing,
    Unknown,
}

/// What a name is asked for: types and values may share one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Type,
    Value,
}

impl Sense {
    /// Whether a definition may be meant beside another one of its name.
    fn has(self, def: &Def) -> bool {
        match (self, def.kind) {
            (_, Kind::Module) => false,
            (_, Kind::Class | Kind::Enum) => true,
            (sense, kind) => kind.is_type() == (sense == Self::Type),
        }
    }
}

enum Alone {
    None,
    One(usize),
    Several,
}

impl Types<'_, '_> {
    /// What a bare name of a file means there as a type.
    pub(super) fn own(&self, at: &At, name: &str, depth: usize) -> Own {
        self.own_as(Sense::Type, at, name, depth)
    }

    pub(super) fn own_as(&self, sense: Sense, at: &At, name: &str, depth: usize) -> Own {
        let model = &at.file.1;
        let around = model.modules_around(at.within);
        let inside = |def: &Def, modules: &[&str]| def.parents.iter().eq(modules);
        let named =
            |modules: &[&str]| alone(sense, model.named(name).filter(|(_, def)| inside(def, modules)));
        let in_namespace = (1..=around.len()).rev().map(|length| named(&around[..length]));
        match in_namespace.into_iter().find(|found| !matches!(found, Alone::None)) {
            Some(Alone::One(def)) => return Own::Def(Home { file: at.file.clone(), def }),
            Some(_) => return Own::Unknown,
            None => {}
        }
        if let Some((import, imported)) = import_of(model, name).filter(|(import, _)| !import.reexport) {
            return self
                .exported((sense, &at.file.0), &import.module, &imported.name, depth)
                .map_or(Own::Unknown, Own::Def);
        }
        if model.imports.iter().any(|import| import.glob && !import.reexport) {
            return Own::Unknown;
        }
        let has_other = || model.named(name).any(|(_, def)| !def.is_member());
        match named(&[]) {
            Alone::One(def) => Own::Def(Home { file: at.file.clone(), def }),
            Alone::None if model.broken.is_empty() && !has_other() => Own::Nothing,
            _ => Own::Unknown,
        }
    }

    /// What a namespace, or a module that is imported whole, has under a name.
    pub(super) fn inside(&self, at: &At, namespace: &str, name: &str, depth: usize) -> Option<Home> {
        let depth = depth.checked_sub(1)?;
        if let Some(module) = self.namespace(at, &Value::Name(namespace.to_owned())) {
            return self.exported((Sense::Type, &at.file.0), &module, name, depth);
        }
        let home = match namespace.rsplit_once('.') {
            Some((outer, inner)) => self.inside(at, outer, inner, depth)?,
            None => match self.own(at, namespace, depth) {
                Own::Def(home) => home,
                _ => return None,
            },
        };
        // A class may have a namespace of its name.
        let is_beside = |def: &Def| {
            def.kind == Kind::Module && def.name == home.def().name && def.parents == home.def().parents
        };
        let owner = home.file.1.defs.iter().find(|def| is_beside(def))?;
        let is_in = |def: &Def| {
            def.parents
                .split_last()
                .is_some_and(|(last, above)| *last == owner.name && above == owner.parents)
        };
        let mut defs = home.file.1.defs.iter().enumerate();
        match alone(Sense::Type, defs.by_ref().filter(|(_, def)| def.name == name && is_in(def))) {
            Alone::One(def) => Some(Home { file: home.file.clone(), def }),
            _ => None,
        }
    }

    /// What a module hands out under a name.
    pub(super) fn exported(
        &self,
        (sense, from): (Sense, &RepoPath),
        module: &str,
        name: &str,
        depth: usize,
    ) -> Option<Home> {
        let depth = depth.checked_sub(1)?;
        let files = module_files(Language::TypeScript, &from.to_text(), module);
        let file = files.into_iter().find_map(|path| self.tree.file(&RepoPath::from(path.as_str())))?;
        self.handed_out(sense, file, name, depth)
    }

    /// What a file hands out under a name.
    pub(super) fn handed_out(&self, sense: Sense, file: Known, name: &str, depth: usize) -> Option<Home> {
        let depth = depth.checked_sub(1)?;
        let model = &file.1;
        let named = model.imports.iter().filter(|import| import.reexport).find_map(|import| {
            let imported = import.names.iter().find(|imported| imported.local == name)?;
            Some((import, imported))
        });
        if let Some((import, imported)) = named {
            if !import.module.is_empty() {
                return self.exported((sense, &file.0), &import.module, &imported.name, depth);
            }
            // What is handed out may have another name in the file.
            return match self.own_as(sense, &At { file: file.clone(), within: None }, &imported.name, depth) {
                Own::Def(home) => Some(home),
                _ => None,
            };
        }
        // All that a file of declarations says is seen from outside.
        let is_open = file.0.to_text().ends_with(".d.ts");
        let is_seen = |def: &Def| def.parents.is_empty() && (def.exported || is_open);
        match alone(sense, model.named(name).filter(|(_, def)| is_seen(def))) {
            Alone::One(def) => return Some(Home { file, def }),
            Alone::Several => return None,
            Alone::None => {}
        }
        let globs =
            model.imports.iter().filter(|import| import.reexport && import.glob && import.names.is_empty());
        let mut found =
            globs.filter_map(|import| self.exported((sense, &file.0), &import.module, name, depth));
        found.next()
    }

    /// The class or enum that is named as a member of a module: `rooms.Kind`.
    pub(super) fn named_in_module(&self, at: &At, value: &Value) -> Option<Home> {
        let Value::Field(module, name) = value else { return None };
        let module = self.namespace(at, module)?;
        let home = self.exported((Sense::Value, &at.file.0), &module, name, STEPS)?;
        matches!(home.def().kind, Kind::Class | Kind::Enum).then_some(home)
    }

    /// The module that a name stands for as a whole.
    pub(super) fn namespace(&self, at: &At, value: &Value) -> Option<String> {
        let value = match value {
            Value::Passed(of, mark) if mark == Value::AGAIN => of,
            value => value,
        };
        let Value::Name(local) = value else { return None };
        let (import, imported) = import_of(&at.file.1, local)?;
        imported.name.is_empty().then(|| import.module.clone())
    }
}

/// Whether the module that a use has its name from hands it on in the merge, wherever it comes from now.
pub(in crate::validate::rules) fn is_handed_on(view: &View<'_>, usage: &Use<'_>, gone: &Gone<'_>) -> bool {
    let Some(model) = usage.file.new.as_ref().map(|new| &new.model) else { return false };
    let found = match usage.what {
        What::Import(import, imported) => Some((import, imported)),
        What::Ref(used, _) if used.receiver == Receiver::None => import_of(model, &used.name),
        What::Ref(..) => None,
    };
    let Some((import, imported)) = found.filter(|_| hands_on(usage.file.language)) else { return false };
    if usage.file.language == Language::Python || !import.module.starts_with('.') || gone.is_member() {
        return false;
    }
    let types = Types::new(Tree::merged(view, usage.branch, gone.branch, usage.file), usage.file);
    let sense = if gone.def.kind.is_type() { Sense::Type } else { Sense::Value };
    types.exported((sense, usage.file.path), &import.module, &imported.name, STEPS).is_some()
}

/// The one definition of a name, in one sense of it; what is stated several times is a sum of all that.
fn alone<'d>(sense: Sense, defs: impl Iterator<Item = (usize, &'d Def)>) -> Alone {
    let mut all: Vec<(usize, &Def)> = defs.collect();
    if all.len() > 1 {
        all.retain(|(_, def)| sense.has(def));
    }
    match all[..] {
        [] => Alone::None,
        [(idx, _)] => Alone::One(idx),
        _ => Alone::Several,
    }
}
