//! The members of TypeScript types, and which ones a type surely lacks.

use std::collections::BTreeSet;

use super::language::{OF_ALL, OF_FUNCTIONS, of_language};
use super::lookup::Own;
use super::parts::Share;
use super::read::is_object;
use super::types::{STEPS, Type, Types};
use crate::validate::model::{Def, Kind};
use crate::validate::names::find_words;
use crate::validate::rules::tree::{Home, Tree};

impl Types<'_, '_> {
    /// Whether a value of a type has a member, if that is sure.
    pub(super) fn has_member(&self, ty: &Type, name: &str) -> Option<bool> {
        match ty {
            Type::Object(members) => {
                Some(members.iter().any(|(member, ..)| member == name) || OF_ALL.contains(&name))
            }
            Type::Project(home) => match self.member(home, name) {
                (Some(_), _) => Some(true),
                (None, true) => Some(OF_ALL.contains(&name)),
                (None, false) => None,
            },
            Type::Union(all) => {
                let each: Vec<Option<bool>> = all.iter().map(|one| self.has_member(one, name)).collect();
                match each.contains(&Some(false)) {
                    // With one part that may be anything, all of it is.
                    true => (!all.iter().any(Type::is_unknown)).then_some(false),
                    false => each.iter().all(Option::is_some).then_some(true),
                }
            }
            Type::Both(all) => {
                let each: Vec<Option<bool>> = all.iter().map(|one| self.has_member(one, name)).collect();
                match each.contains(&Some(true)) {
                    true => Some(true),
                    false => each.iter().all(Option::is_some).then_some(false),
                }
            }
            Type::Part(share, of) => {
                if share.has(name) {
                    self.has_member(of, name)
                } else {
                    Some(OF_ALL.contains(&name))
                }
            }
            _ if ty.is_missing() => Some(false),
            _ => {
                let has = of_language(ty)?.contains(&name) || OF_ALL.contains(&name);
                (has || !self.may_be_grown(ty)).then_some(has)
            }
        }
    }

    /// Whether the project may give a type of the language more members.
    fn may_be_grown(&self, ty: &Type) -> bool {
        let names: &[&str] = match ty {
            Type::List(_) => &["Array", "ReadonlyArray"],
            Type::Promise(_) => &["Promise"],
            Type::Library(name, _) => &[name],
            _ => match ty.base() {
                Some("string") => &["String"],
                Some("number") => &["Number"],
                Some("boolean") => &["Boolean"],
                _ => &[],
            },
        };
        let is_it = |def: &Def| def.kind == Kind::Interface && names.contains(&def.name.as_str());
        names.iter().any(|name| {
            let (files, are_all) = self.tree.defining(name);
            !are_all || files.iter().any(|file| file.1.defs.iter().any(is_it))
        })
    }

    /// A member of a type of the project, and whether all of its members were looked at.
    pub(super) fn member(&self, home: &Home, name: &str) -> (Option<Home>, bool) {
        let mut complete = true;
        let (mut seen, mut names) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![home.clone()];
        while let Some(home) = open.pop() {
            if !seen.insert((home.file.0.clone(), home.def)) {
                continue;
            }
            names.insert(home.def().name.clone());
            if OF_FUNCTIONS.contains(&name) && members(&home).any(|(_, def)| def.name == Def::CALLED) {
                complete = false;
            }
            if seen.len() > STEPS {
                return (None, false);
            }
            let mut own = members(&home).filter(|(_, def)| def.name == name);
            match (own.next(), own.next()) {
                (Some((def, _)), None) => return (Some(Home { file: home.file.clone(), def }), true),
                (Some(_), Some(_)) => return (None, false),
                (None, _) => {}
            }
            complete &= is_complete(&home);
            for above in home.def().supers.iter().filter(|above| gives_members(home.def(), above)) {
                match self.own(&home.inside(), above, STEPS) {
                    Own::Def(above) if says_members(above.def()) => open.push(above),
                    _ => complete = false,
                }
            }
        }
        (None, complete && !names.iter().any(|name| may_grow(self.tree, name)))
    }

    pub(super) fn member_type(&self, ty: &Type, name: &str, depth: usize) -> Option<Type> {
        match ty {
            Type::Project(home) => self.has(&self.member(home, name).0?, depth),
            Type::Object(members) => {
                let (_, optional, ty) = members.iter().find(|(member, ..)| member == name)?;
                Some(if *optional {
                    Type::union(vec![ty.clone(), Type::Basic("undefined")])
                } else {
                    ty.clone()
                })
            }
            Type::Union(all) => {
                let each: Option<Vec<Type>> =
                    all.iter().map(|one| self.member_type(one, name, depth)).collect();
                each.map(Type::of_all)
            }
            // What two parts say must hold at once.
            Type::Both(all) => {
                let mut having = all.iter().filter(|one| self.has_member(one, name) != Some(false));
                let one = having.next().filter(|_| having.next().is_none())?;
                self.member_type(one, name, depth)
            }
            Type::Keyed(_, under) => (!under.is_unknown()).then(|| (**under).clone()),
            Type::Part(share, of) if share.has(name) => {
                let own = self.member_type(of, name, depth)?;
                Some(match share {
                    Share::Partial => Type::union(vec![own, Type::Basic("undefined")]),
                    Share::Required => own.present(),
                    _ => own,
                })
            }
            _ => None,
        }
    }

    /// The type of the project that a value has a member from.
    pub(super) fn owner(&self, ty: &Type, name: &str) -> Option<Home> {
        match ty {
            Type::Project(home) => Some(home.clone()),
            Type::Part(share, of) if share.has(name) => self.owner(of, name),
            Type::Both(all) => {
                let mut having = all.iter().filter(|one| self.has_member(one, name) != Some(false));
                let one = having.next().filter(|_| having.next().is_none())?;
                self.owner(one, name)
            }
            _ => None,
        }
    }

    /// The members that every value of a type has to have, as far as the type says them itself.
    pub(super) fn required(&self, ty: &Type) -> Vec<(String, Type)> {
        match ty {
            Type::Object(members) => {
                let required = members.iter().filter(|(_, optional, _)| !optional);
                required.map(|(name, _, ty)| (name.clone(), ty.clone())).collect()
            }
            Type::Project(home) if home.def().kind != Kind::Enum => {
                let required = members(home).filter(|(_, def)| is_required(def));
                required.map(|(idx, def)| (def.name.clone(), self.of_member(home, idx))).collect()
            }
            Type::Both(all) => all.iter().flat_map(|one| self.required(one)).collect(),
            _ => Vec::new(),
        }
    }

    fn of_member(&self, home: &Home, def: usize) -> Type {
        self.has(&Home { file: home.file.clone(), def }, 2).unwrap_or(Type::Unknown)
    }
}

/// Whether a file may give a type of another one more members: `declare module './rooms' { interface
/// Room … }`.
fn may_grow(tree: Tree<'_, '_>, owner: &str) -> bool {
    let (files, are_all) = tree.defining(owner);
    let adds = |def: &Def| def.name == owner && is_of_other_file(def.modules());
    !are_all || files.iter().any(|file| file.1.defs.iter().any(adds))
}

/// Whether a file says a member of a type that stands in another one.
pub(super) fn is_said_elsewhere(tree: Tree<'_, '_>, owner: &str, name: &str) -> bool {
    let (files, are_all) = tree.defining(owner);
    let says = |def: &Def| {
        def.name == name
            && is_of_other_file(def.modules())
            && def.parents.last().is_some_and(|last| last == owner)
    };
    !are_all || files.iter().any(|file| file.1.defs.iter().any(says))
}

/// Whether modules around a definition are one that has a path and not a name.
fn is_of_other_file(modules: &[String]) -> bool {
    modules.iter().any(|module| module.contains(['.', '/']))
}

/// The members that a type states itself.
pub(super) fn members(home: &Home) -> impl Iterator<Item = (usize, &Def)> {
    let owner = home.def();
    let is_own = |def: &Def| {
        // A namespace may have its name as well.
        def.n_modules == owner.n_modules
            && def
                .parents
                .split_last()
                .is_some_and(|(last, above)| *last == owner.name && above == owner.parents)
    };
    home.file.1.defs.iter().enumerate().filter(move |(_, def)| is_own(def))
}

fn is_required(def: &Def) -> bool {
    let may_lack =
        is_marked(def) || def.flags.is_static || matches!(def.name.as_str(), Def::ANY_KEY | Def::CALLED);
    matches!(def.kind, Kind::Field | Kind::Method) && def.name != "constructor" && !may_lack
}

/// Whether the name of a member is followed by a question mark. Decorators may stand before it.
fn is_marked(def: &Def) -> bool {
    let after = |at: usize| def.head[at + def.name.len()..].trim_start_matches(['\'', '"']).trim_start();
    let mut rests = find_words(&def.head, &def.name).map(after);
    let rest = rests.find(|rest| rest.is_empty() || rest.starts_with(['?', '!', ':', '(', '=', '<', ';']));
    rest.is_some_and(|rest| rest.starts_with('?'))
}

/// Whether a type has the members of one that it names above it: what a class implements gives it none.
fn gives_members(of: &Def, above: &str) -> bool {
    let (extends, implements) = of.head.split_once(" implements ").unwrap_or((&of.head, ""));
    let says = |text: &str| find_words(text, above).next().is_some();
    of.kind != Kind::Class
        || !says(implements)
        || says(extends.split_once(" extends ").map_or("", |(_, rest)| rest))
}

/// Whether the members of a type are those that stand in it, and in the types above it.
pub(in crate::validate::rules) fn says_members(def: &Def) -> bool {
    match def.kind {
        Kind::Class | Kind::Interface => true,
        Kind::Alias => is_object(&def.ty),
        _ => false,
    }
}

/// Whether a type says all that its values have.
fn is_complete(home: &Home) -> bool {
    let owner = home.def();
    let is_same = |def: &&Def| def.kind.is_type() && def.name == owner.name && def.parents == owner.parents;
    let defs = &home.file.1.defs;
    says_members(owner)
        && home.file.1.broken.is_empty()
        && defs.iter().filter(is_same).count() == 1
        && members(home).all(|(_, def)| def.name != Def::ANY_KEY)
}
