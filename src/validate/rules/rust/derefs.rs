//! What a Rust type of the project leads to by `Deref`.

use super::library_traits::is_of_library;
use super::place::last;
use super::types::{Head, Type, Types};
use crate::validate::model::{Def, Kind};
use crate::validate::rules::tree::Home;

/// Types that lead to types beyond this are not followed.
const STEPS: usize = 4;

impl Types<'_, '_> {
    /// What the `impl` of `Deref` for a type says that it leads to.
    pub(super) fn target_of(&self, home: &Home) -> Option<Type> {
        if !derefs(home.def()) {
            return None;
        }
        let is_target = |def: &Def| {
            def.kind == Kind::Alias && def.parents.last().is_some_and(|of| last(of).trim() == "Deref")
        };
        let target = self.anywhere(home, "Target", is_target)?;
        Some(self.stated(&target.inside(), &target.def().ty))
    }

    /// A type and those that it leads to, one after another, as far as they are the project's.
    pub(super) fn led_to(&self, home: &Home) -> Vec<Home> {
        let next = |home: &Home| match self.target_of(home)?.peeled().head {
            Head::Project(target) => Some(target),
            _ => None,
        };
        std::iter::successors(Some(home.clone()), next).take(STEPS).collect()
    }

    /// The method that a call on a value of a type means, which may be one of what the type leads to.
    pub(super) fn method_through(&self, home: &Home, name: &str) -> Option<Home> {
        let own = self.member(home, name, true);
        if own.is_some() || !derefs(home.def()) || is_of_library(name) || self.may_extend(name) {
            return own;
        }
        self.led_to(home).iter().skip(1).find_map(|home| self.member(home, name, true))
    }

    /// Whether a value of a type may have a member by what the type leads to.
    pub(super) fn may_be_led_to(&self, home: &Home, member: &Def) -> bool {
        let is_method = member.kind == Kind::Method;
        let is_of_range = matches!(member.name.as_str(), "end" | "start");
        self.target_of(home).is_none_or(|target| match &target.peeled().head {
            Head::Library(_) => is_method || is_of_range || member.name.parse::<usize>().is_ok(),
            Head::Project(target) => {
                derefs(target.def())
                    || self.member(target, &member.name, is_method).is_some()
                    || is_method && self.may_extend(&member.name)
            }
            Head::Unknown | Head::Some(_) => true,
        })
    }
}

pub(super) fn derefs(def: &Def) -> bool {
    def.supers.iter().any(|above| above == "Deref")
}
