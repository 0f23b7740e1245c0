//! What a Go type has under a name: of its own, or from what it embeds.

use std::collections::BTreeSet;

use super::types::{STEPS, Type, Types};
use crate::validate::model::{Kind, Receiver, RefKind};
use crate::validate::rules::tree::Home;

/// What a name inside a type means.
pub(super) enum Member {
    Stated(Home),
    /// It has one, but which of several is not known.
    Several,
    /// It has none, and all of it is known.
    Nowhere,
    Unknown,
}

/// A type whose members count.
struct Part {
    home: Home,
    /// A type that is defined by another one has the fields of that, and its methods are its own.
    fields_alone: bool,
}

/// What the types at one depth say.
#[derive(Default)]
struct Level {
    found: Vec<Home>,
    /// Whether one of them embeds a type of the name that cannot be seen.
    is_found_elsewhere: bool,
    /// What is embedded in them.
    below: Vec<Part>,
    /// Whether one of them may have members that cannot be seen.
    is_open: bool,
    /// Whether one that is embedded in them cannot be seen.
    is_open_below: bool,
}

impl Types<'_, '_> {
    /// What a type states under a name itself, or has from what it embeds: what is least deep counts.
    pub(super) fn member(&self, ty: &Type, name: &str) -> Member {
        let ty = &ty.clone().pointed();
        let Type::Project(home) = ty else {
            let known =
                matches!(ty, Type::Basic(of) if of != "error") || matches!(ty, Type::List(_) | Type::Map(..));
            return if known || matches!(ty, Type::Several(_)) { Member::Nowhere } else { Member::Unknown };
        };
        let mut seen = BTreeSet::new();
        let (mut is_open, mut is_open_above) = (false, false);
        let mut parts = vec![Part { home: home.clone(), fields_alone: false }];
        for _ in 0..STEPS {
            let level = self.level(parts, name, &mut seen);
            match <[Home; 1]>::try_from(level.found) {
                // What cannot be seen at the same depth lacks the name: else the code would not compile.
                Ok([only]) if !is_open_above => return Member::Stated(only),
                Err(none) if none.is_empty() && !level.is_found_elsewhere => {}
                _ => return Member::Several,
            }
            is_open_above = is_open || level.is_open;
            is_open = is_open_above || level.is_open_below;
            parts = level.below;
            if parts.is_empty() {
                return if is_open { Member::Unknown } else { Member::Nowhere };
            }
        }
        Member::Unknown
    }

    fn level(&self, mut parts: Vec<Part>, name: &str, seen: &mut BTreeSet<(String, usize)>) -> Level {
        let mut level = Level::default();
        while let Some(Part { home, fields_alone }) = parts.pop() {
            if !seen.insert((home.file.0.to_text().into_owned(), home.def)) {
                continue;
            }
            level.is_open |= !self.state(&home, name, fields_alone, &mut level.found);
            level.is_open |= !home.file.1.broken.is_empty();
            for above in &home.def().supers {
                let embedded = self.embedded(&home, above);
                // What is embedded is a field of its name, except in an interface.
                if above == name && home.def().kind == Kind::Class {
                    level.is_found_elsewhere |= embedded.is_none();
                    level.found.extend(embedded.clone());
                }
                match embedded {
                    Some(above) => level.below.push(Part { home: above, fields_alone: false }),
                    None => level.is_open_below = true,
                }
            }
            if home.def().kind == Kind::Alias {
                match self.underlying(Type::Project(home.clone())) {
                    Type::Project(other) => {
                        let fields_alone = fields_alone || !home.def().head.contains('=');
                        parts.push(Part { home: other, fields_alone });
                    }
                    Type::Basic(name) if name != "error" => {}
                    Type::List(_) | Type::Map(..) | Type::Function(_) | Type::Any => {}
                    _ => level.is_open = true,
                }
            }
        }
        level
    }

    /// Adds the members that a type states in files of its package; says whether all were looked at.
    fn state(&self, home: &Home, name: &str, fields_alone: bool, found: &mut Vec<Home>) -> bool {
        let owner = [home.def().name.clone()];
        let (files, all) = self.tree.defining_in(&home.file.0.directory(), name);
        for file in files.into_iter().filter(|file| file.1.package == home.file.1.package) {
            let stated = file.1.named(name).filter(|(_, def)| def.parents == owner);
            let counts =
                |kind: Kind| !fields_alone || kind == Kind::Field || home.def().kind == Kind::Interface;
            let stated: Vec<usize> = stated.filter(|(_, def)| counts(def.kind)).map(|(idx, _)| idx).collect();
            found.extend(stated.into_iter().map(|def| Home { file: file.clone(), def }));
        }
        all
    }

    /// The type that a struct or an interface embeds under a name, which stands behind that of a package.
    pub(super) fn embedded(&self, home: &Home, name: &str) -> Option<Home> {
        let at = home.inside();
        let is_it = |kind: RefKind, within: Option<usize>| kind == RefKind::Extends && within == at.within;
        let mut refs =
            at.file.1.refs.iter().filter(|used| is_it(used.kind, used.within) && used.name == *name);
        let found = match refs.next().map(|used| &used.receiver) {
            Some(Receiver::Name(local)) => self.in_package(&self.imported(&at, local)?, name),
            _ => self.own(&at, name),
        };
        found.filter(|above| above.def().kind.is_type())
    }
}
