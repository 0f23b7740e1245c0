//! Which type states a member: the one that is asked or one above it.

use std::collections::BTreeSet;

use super::{DEPTH, Found, Home, Stated, Types, library, made};
use crate::validate::model::{Def, Kind, Sig, Value};

impl Types<'_, '_> {
    /// All methods that a call by name may mean, of a type and of those above it; none when something
    /// above that is not known may state another.
    pub(in crate::validate::rules) fn methods(
        &self,
        home: &Home,
        name: &str,
        passed: usize,
    ) -> Option<Vec<(Home, usize)>> {
        let above = if name == Value::CONSTRUCTOR { Vec::new() } else { self.all_above(home).0 };
        let mut found = Vec::new();
        for home in std::iter::once(home).chain(&above) {
            if name != Value::CONSTRUCTOR && self.may_inherit(home, name, Some(passed)) {
                return None;
            }
            let accepts = |idx: &usize| {
                let sig = home.source.model.defs[*idx].sig.as_ref();
                sig.is_none_or(|sig| takes(sig, passed))
            };
            let own = home.members(name, true).into_iter().filter(accepts);
            found.extend(own.map(|idx| (home.clone(), idx)));
        }
        Some(found)
    }

    /// Whether a type that the project does not define, directly above one, may state a member.
    pub(in crate::validate::rules) fn may_inherit(
        &self,
        home: &Home,
        name: &str,
        call: Option<usize>,
    ) -> bool {
        let may_state = |written: &String| match self.named_above(home, written, DEPTH) {
            Some(Found::Project(_)) => false,
            Some(Found::Foreign(above)) => !library::brings_not(&above, name, call),
            None => true,
        };
        let is_enum = home.def().kind == Kind::Enum && !library::lacks("java.lang.Enum", name, call);
        // What could not be read may state anything.
        is_enum
            || made::may_make(home, name, call)
            || !home.source.model.broken.is_empty()
            || home.def().supers.iter().any(may_state)
    }

    /// Whether a type of the library above one surely has a method; a reference to one passes what it takes.
    pub(in crate::validate::rules) fn library_has(&self, home: &Home, name: &str, passed: usize) -> bool {
        let passed = Some(passed).filter(|passed| *passed != usize::MAX);
        let (above, _) = self.all_above(home);
        std::iter::once(home).chain(&above).any(|home| {
            home.def().supers.iter().any(|written| match self.named_above(home, written, DEPTH) {
                Some(Found::Foreign(above)) => library::has(&above, name, passed),
                _ => false,
            })
        })
    }

    /// The nearest type that states a member; of methods, one that takes as many arguments if there
    /// is such.
    pub(in crate::validate::rules) fn member(&self, home: &Home, name: &str, call: Option<usize>) -> Stated {
        self.member_that(home, name, call, |_, _| true)
    }

    /// The nearest type that states a member; of methods, one that takes as many arguments and fits
    /// if there is such.
    pub(in crate::validate::rules) fn member_that(
        &self,
        home: &Home,
        name: &str,
        call: Option<usize>,
        fits: impl Fn(&Home, &Def) -> bool,
    ) -> Stated {
        let mut sure = true;
        let mut fallback = None;
        let mut pending = vec![home.clone()];
        let mut seen = BTreeSet::new();
        while let Some(next) = pending.pop() {
            if !seen.insert((next.source.path.clone(), next.def)) || seen.len() > 64 {
                continue;
            }
            let members = next.members(name, call.is_some());
            let accepts = |idx: &usize| {
                let def = &next.source.model.defs[*idx];
                let counts = |passed| def.sig.as_ref().is_none_or(|sig| takes(sig, passed));
                call.is_none_or(|passed| counts(passed) && fits(&next, def))
            };
            if members.iter().any(accepts) {
                return Stated::In { home: next, members, sure };
            }
            if !members.is_empty() && fallback.is_none() {
                fallback = Some((next.clone(), members, sure));
            }
            sure &= !self.may_inherit(&next, name, call);
            pending.extend(self.above(&next).0.into_iter().rev());
        }
        match fallback {
            Some((home, members, sure)) => Stated::In { home, members, sure },
            None if !sure || call.is_some() && OF_OBJECT.contains(&name) => Stated::Unknown,
            None => Stated::Nowhere,
        }
    }
}

/// Whether a method takes as many arguments.
pub(in crate::validate::rules) fn takes(sig: &Sig, passed: usize) -> bool {
    let rest = sig.params.iter().any(|param| param.variadic);
    passed == sig.params.len() || rest && passed + 1 >= sig.params.len()
}

/// What every object has.
const OF_OBJECT: [&str; 11] = [
    "equals",
    "hashCode",
    "toString",
    "clone",
    "finalize",
    "getClass",
    "notify",
    "notifyAll",
    "wait",
    "values",
    "valueOf",
];
