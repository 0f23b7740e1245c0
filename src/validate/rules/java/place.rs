//! What a Java file says by itself about what its uses mean: its imports, its package and its own types.

use super::{may_mean, package};
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Receiver, Ref, RefKind};
use crate::validate::rules::reach::{Reach, import_of};

/// Types above types in one file that are looked through.
const SUPERS: usize = 8;

/// Whether `usage` means the definition `def` of the file `home`.
pub(in crate::validate::rules) fn reach(usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
    let target = Target::of(home, def)?;
    let model = &usage.file.new.as_ref()?.model;
    let file = Place { file: usage.file, model };
    match usage.what {
        What::Import(import, imported) => {
            let named = imported.name == def.name && target.is(&import.module, &imported.name);
            named.then_some(Reach::Sure)
        }
        What::Ref(reference, _) if def.kind.is_type() => match &reference.receiver {
            Receiver::None if reference.kind != RefKind::Call => file.means(&reference.name, &target),
            Receiver::Name(outer) => file.means(&format!("{outer}.{}", reference.name), &target),
            _ => None,
        },
        What::Ref(reference, _) if reference.name == def.name && may_mean(reference, home, def) => {
            file.member(reference, &target, def)
        }
        What::Ref(..) => None,
    }
}

/// What is looked for.
pub(super) struct Target<'t> {
    home: &'t File<'t>,
    package: &'t str,
    /// The types around it and its own name.
    path: Vec<&'t str>,
}

impl<'t> Target<'t> {
    pub(super) fn of(home: &'t File<'_>, def: &'t Def) -> Option<Self> {
        let path = def.parents.iter().chain([&def.name]).map(String::as_str).collect();
        Some(Self { home, package: package(home)?, path })
    }

    /// The type that holds it.
    fn owner(&self) -> Self {
        let path = self.path[..self.path.len().saturating_sub(1)].to_vec();
        Self { path, ..*self }
    }

    /// Whether it is `name` inside the package or type `module`.
    pub(super) fn is(&self, module: &str, name: &str) -> bool {
        let full = module.split('.').chain(name.split('.')).filter(|part| !part.is_empty());
        full.eq(self.package.split('.').filter(|part| !part.is_empty()).chain(self.path.iter().copied()))
    }
}

/// A file that uses names.
struct Place<'p> {
    file: &'p File<'p>,
    model: &'p FileModel,
}

impl Place<'_> {
    /// Whether a type is meant, by its name as written: `Type`, `Outer.Type` or `a.b.Type`.
    fn means(&self, written: &str, target: &Target<'_>) -> Option<Reach> {
        let (first, rest) =
            written.split_once('.').map_or((written, None), |(first, rest)| (first, Some(rest)));
        if written.rsplit('.').next() != target.path.last().copied() {
            return None;
        }
        let whole = |module: &str| match rest {
            Some(rest) => target.is(module, &format!("{first}.{rest}")),
            None => target.is(module, first),
        };
        if let Some((import, _)) = import_of(self.model, first) {
            return whole(&import.module).then_some(Reach::Sure);
        }
        let mut nested =
            self.model.defs.iter().filter(|def| def.kind.is_type() && def.name == first).peekable();
        if nested.peek().is_some() {
            let inside = |def: &Def| {
                let path = def.parents.iter().map(String::as_str).chain(written.split('.'));
                path.eq(target.path.iter().copied())
            };
            return (self.is_home(target) && nested.any(inside)).then_some(Reach::Sure);
        }
        if self.is_home(target) && target.path.first() == Some(&first) && whole(target.package) {
            return Some(Reach::Sure);
        }
        if self.model.package == target.package && written.split('.').eq(target.path.iter().copied()) {
            return Some(Reach::Sure);
        }
        if rest.is_some() && target.is("", written) {
            return Some(Reach::Sure);
        }
        let mut globs = self.model.imports.iter().filter(|import| import.glob);
        globs.any(|import| whole(&import.module)).then_some(Reach::Barrel)
    }

    fn is_home(&self, target: &Target<'_>) -> bool {
        self.file.path == target.home.path
    }

    /// Whether a member is meant by its name and what stands before it.
    fn member(&self, reference: &Ref, target: &Target<'_>, def: &Def) -> Option<Reach> {
        let owner = target.owner();
        match &reference.receiver {
            Receiver::Typed(name) => self.means_or_extends(name, &owner, def),
            Receiver::Name(name) => match self.means_or_extends(name, &owner, def) {
                None if import_of(self.model, name).is_none() && !name.starts_with(char::is_uppercase) => {
                    Some(Reach::NameOnly)
                }
                reach => reach,
            },
            Receiver::This => {
                self.around(reference).into_iter().take(1).find_map(|class| self.in_class(class, &owner, def))
            }
            Receiver::None => {
                if let Some((import, imported)) = import_of(self.model, &reference.name) {
                    return target.is(&import.module, &imported.name).then_some(Reach::Sure);
                }
                let around = self.around(reference);
                if let Some(reach) = around.into_iter().find_map(|class| self.in_class(class, &owner, def)) {
                    return Some(reach);
                }
                let mut globs = self.model.imports.iter().filter(|import| import.glob);
                globs.any(|import| target.is(&import.module, &reference.name)).then_some(Reach::Barrel)
            }
            Receiver::Other => Some(Reach::NameOnly),
        }
    }

    /// Whether a written type is the owner, or one of this file that has the member from it.
    fn means_or_extends(&self, name: &str, owner: &Target<'_>, def: &Def) -> Option<Reach> {
        if let Some(reach) = self.means(name, owner) {
            return Some(reach);
        }
        let class = self.model.defs.iter().find(|class| class.kind.is_type() && class.name == name)?;
        self.inherits(class, owner, def, SUPERS)
    }

    /// The types around a use, the innermost first.
    fn around(&self, reference: &Ref) -> Vec<&Def> {
        let Some(within) = reference.within.and_then(|within| self.model.defs.get(within)) else {
            return Vec::new();
        };
        let mut path: Vec<&str> = within.parents.iter().map(String::as_str).collect();
        if within.kind.is_type() {
            path.push(&within.name);
        }
        let of_path = |path: &[&str]| {
            let is = |def: &&Def| {
                let own = def.parents.iter().chain([&def.name]).map(String::as_str);
                def.kind.is_type() && own.eq(path.iter().copied())
            };
            self.model.defs.iter().find(is)
        };
        (1..=path.len()).rev().filter_map(|length| of_path(&path[..length])).collect()
    }

    /// Whether a class has the member, itself or from above.
    fn in_class(&self, class: &Def, owner: &Target<'_>, def: &Def) -> Option<Reach> {
        let path = class.parents.iter().chain([&class.name]).map(String::as_str);
        if self.is_home(owner) && path.eq(owner.path.iter().copied()) {
            return Some(Reach::Sure);
        }
        self.inherits(class, owner, def, SUPERS)
    }

    fn inherits(&self, class: &Def, owner: &Target<'_>, def: &Def, depth: usize) -> Option<Reach> {
        let depth = depth.checked_sub(1)?;
        if self.has_own(class, &def.name) {
            return None;
        }
        class.supers.iter().find_map(|above| {
            self.means(above, owner).or_else(|| {
                let own = |next: &&Def| next.kind.is_type() && next.name == *above;
                self.model.defs.iter().find(own).and_then(|next| self.inherits(next, owner, def, depth))
            })
        })
    }

    fn has_own(&self, class: &Def, member: &str) -> bool {
        let inside = |def: &Def| {
            def.parents.len() == class.parents.len() + 1 && def.parents.last() == Some(&class.name)
        };
        self.model.defs.iter().any(|def| def.name == member && inside(def))
    }
}
