//! Follows a name through modules that hand on what others define: `index.ts`, `__init__.py`.

use std::sync::Arc;

use super::View;
use super::reach::{Reach, hands_on, may_hand_on};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel};
use crate::validate::resolve::{Aim, aim, module_files};

/// How many modules a name is followed through.
const DEPTH: usize = 4;

/// How many modules are looked into that one hands on whole.
const GLOBS: usize = 32;

/// How surely a use, which takes a name from a module around the file `home`, means what `home`
/// defines.
pub(super) fn confirm(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
    let language = usage.file.language;
    if !hands_on(language) {
        return Some(Reach::Barrel);
    }
    let changer =
        view.branches.iter().position(|branch| branch.files.iter().any(|file| std::ptr::eq(file, home)));
    let follow = Follow { view, language, home, name: def.parents.first().unwrap_or(&def.name), changer };
    let model = &usage.file.new.as_ref()?.model;
    let imports = model.imports.iter().filter(|import| match usage.what {
        What::Import(own, _) => std::ptr::eq(own, *import),
        What::Ref(..) => import.glob || import.names.iter().any(|name| name.name == follow.name),
    });
    let barrels =
        imports.filter(|import| match aim(language, &usage.file.name, &import.module, &home.name) {
            Some(aim) => aim == Aim::Barrel,
            None => may_hand_on(language, &import.module) && !import.glob,
        });
    let answers: Vec<Option<bool>> = barrels
        .map(|import| follow.means(&usage.file.name, &import.module, follow.name, usage.branch, DEPTH))
        .collect();
    match answers.contains(&Some(true)) {
        true => Some(Reach::Sure),
        false if !answers.is_empty() && answers.iter().all(Option::is_some) => None,
        false => Some(Reach::Barrel),
    }
}

/// A name on its way to the file that defines it.
struct Follow<'v, 'a> {
    view: &'v View<'a>,
    language: Language,
    home: &'v File<'v>,
    name: &'v str,
    /// The branch that changed what is defined.
    changer: Option<usize>,
}

impl Follow<'_, '_> {
    /// Whether `name`, taken from `module` in the file `from`, is what `home` defines; none when a
    /// module on the way is not known.
    fn means(&self, from: &str, module: &str, name: &str, branch: usize, depth: usize) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        let (path, model) = module_files(self.language, from, module)
            .into_iter()
            .find_map(|path| Some((self.model(&path, branch)?, path)).map(|(model, path)| (path, model)))?;
        if self.changer.is_some_and(|changer| self.has_otherwise(&path, name, changer)) {
            return Some(false);
        }
        let defines = model.defs.iter().any(|def| def.parents.is_empty() && def.name == name);
        let is_python = self.language == Language::Python;
        let imports = model.imports.iter().filter(|import| import.reexport || is_python);
        let named = imports.clone().find_map(|import| {
            let own = |other: &&crate::validate::model::Imported| other.local == name;
            import.names.iter().find(own).map(|imported| (import, imported))
        });
        let onward = |module: &str, name: &str| match aim(self.language, &path, module, &self.home.name) {
            Some(Aim::File) => Some(name == self.name),
            Some(Aim::Barrel) => self.means(&path, module, name, branch, depth),
            None if may_hand_on(self.language, module) => {
                Some(self.means(&path, module, name, branch, depth) == Some(true))
            }
            None => Some(false),
        };
        match named {
            _ if defines => Some(false),
            Some((import, imported)) if import.module.is_empty() => {
                let inner = model.imports.iter().filter(|other| !other.module.is_empty());
                let mut inner = inner.filter_map(|other| {
                    let name = other.names.iter().find(|name| name.local == imported.name)?;
                    Some((other, name))
                });
                inner.next().map_or(Some(false), |(import, name)| onward(&import.module, &name.name))
            }
            Some((import, imported)) => onward(&import.module, &imported.name),
            None => {
                let mut globs = imports.filter(|import| import.glob);
                let is_home = |module: &str| aim(self.language, &path, module, &self.home.name);
                let direct = globs.clone().any(|import| is_home(&import.module) == Some(Aim::File));
                let mut near = globs.by_ref().take(GLOBS);
                let mut through = || near.any(|import| onward(&import.module, name) == Some(true));
                Some(direct && name == self.name || through())
            }
        }
    }

    /// Whether the changing branch lets the module hand on something else under the name.
    fn has_otherwise(&self, path: &str, name: &str, changer: usize) -> bool {
        let Some(model) = self.model(path, changer) else { return false };
        let to_home = |module: &str| aim(self.language, path, module, &self.home.name) == Some(Aim::File);
        let from_others = |import: &&crate::validate::model::Import| !to_home(&import.module);
        let mut others = model.imports.iter().filter(from_others);
        let is_changed = self.view.branches[changer].files.iter().any(|file| file.name == path);
        let named = is_changed
            && others.clone().any(|import| {
                !import.module.is_empty() && import.names.iter().any(|other| other.local == name)
            });
        let provides = |file: &File<'_>| {
            let defs = file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
            defs.iter().any(|def| def.parents.is_empty() && def.name == name)
        };
        let by_glob = others.any(|import| {
            let mut files = self.view.branches[changer].files.iter();
            import.glob
                && files.any(|file| {
                    aim(self.language, path, &import.module, &file.name).is_some() && provides(file)
                })
        });
        named || by_glob
    }

    /// A file as a branch has it.
    fn model(&self, path: &str, branch: usize) -> Option<Arc<FileModel>> {
        let of = |branch: usize| self.view.branches[branch].files.iter().find(|file| file.name == path);
        if let Some(file) = of(branch) {
            return file.new.as_ref().map(|new| new.model.clone());
        }
        if let Some(file) = (0..self.view.branches.len()).find_map(of) {
            return file.old.as_ref().map(|old| old.model.clone());
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        let files = self.view.input.unchanged.called(name)?;
        files.iter().find(|file| file.path.to_text() == path).map(|file| file.model.clone())
    }
}
