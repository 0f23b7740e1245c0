//! Which of several methods of one name a call means.

use super::assign::assignable;
use super::types::{Found, Home, PRIMITIVES, Source, Types, takes};
use super::{around, mistyped, source_of};
use crate::validate::index::Use;
use crate::validate::load::File;
use crate::validate::model::{Args, Def, Ref, Ty, Value};
use crate::validate::rules::View;

/// The one that a call means on its own branch, of all methods of a type under one name as they were;
/// none when it may be another.
pub(in crate::validate::rules) fn meant<'d>(
    view: &View<'_>,
    (usage, reference): (&Use<'_>, &Ref),
    (home, all): (&File<'_>, &[&'d Def]),
) -> Option<&'d Def> {
    let call = Call {
        types: Types::of(view, usage.branch),
        user: source_of(usage.file)?,
        around: around(&usage.file.new.as_ref()?.model, reference),
        args: reference.args.as_ref()?,
        source: Source { path: home.path.clone(), model: home.old.as_ref()?.model.clone() },
    };
    let fits: Vec<&Def> = all.iter().copied().filter(|def| call.may_mean(&call.source, def)).collect();
    let only = match fits.as_slice() {
        [only] => *only,
        all => *all.iter().find(|def| call.is_nearest(def, all))?,
    };
    (!call.has_other_above(only, all)).then_some(only)
}

/// What a method takes, as overloads are told apart.
pub(in crate::validate::rules) fn params(def: &Def) -> Vec<&Ty> {
    def.sig.iter().flat_map(|sig| &sig.params).map(|param| &param.ty).collect()
}

/// A call on a branch, and the file that states what it may mean.
struct Call<'c, 'v, 'a> {
    types: Types<'v, 'a>,
    user: Source,
    around: Vec<String>,
    args: &'c Args,
    source: Source,
}

impl Call<'_, '_, '_> {
    fn may_mean(&self, source: &Source, def: &Def) -> bool {
        let at = (&self.user, &*self.around);
        let counts = def.sig.as_ref().is_some_and(|sig| takes(sig, self.args.positional));
        counts && mistyped(&self.types, at, &self.args.values, (source, def)).is_none()
    }

    /// Whether a method surely takes the arguments without boxing them, and everything that it takes
    /// all others would take as well.
    fn is_nearest(&self, def: &Def, all: &[&Def]) -> bool {
        (0..self.args.positional).all(|place| {
            let passed = self.args.values.get(place);
            let passed = passed.and_then(|value| self.types.value(&self.user, &self.around, value));
            let (Some(passed), Some(own)) = (passed, self.param(def, place)) else { return false };
            let goes = |from: &Found, to: &Found| assignable(&self.types, from, to) == Some(true);
            let is_narrower = |other: &&Def| self.param(other, place).is_some_and(|other| goes(&own, &other));
            is_primitive(&passed) == is_primitive(&own) && goes(&passed, &own) && all.iter().all(is_narrower)
        })
    }

    fn param(&self, def: &Def, place: usize) -> Option<Found> {
        self.types.param((&self.source, &def.parents), def, place)
    }

    /// Whether a type above the one that has these methods states another that may take the call.
    fn has_other_above(&self, only: &Def, all: &[&Def]) -> bool {
        let owner = self.types.at(&self.source, &only.parents);
        let Some(owner) = owner.filter(|_| only.name != Value::CONSTRUCTOR) else { return false };
        let is_other = |home: &Home, idx: usize| {
            let def = &home.source.model.defs[idx];
            all.iter().all(|own| params(own) != params(def)) && self.may_mean(&home.source, def)
        };
        let (above, _) = self.types.all_above(&owner);
        above.iter().any(|home| home.members(&only.name, true).into_iter().any(|idx| is_other(home, idx)))
    }
}

fn is_primitive(found: &Found) -> bool {
    matches!(found, Found::Foreign(name) if PRIMITIVES.contains(&name.as_str()))
}
