//! What a Go use asks of a local that has another type in the merge.

use super::is_same;
use super::members::Member;
use super::results::value_of;
use super::types::{Type, Types};
use crate::model::RepoPath;
use crate::validate::rules::View;
use crate::validate::rules::rebound::{Clash, Rebound, Version};
use crate::validate::rules::tree::{At, Home, Tree};

pub(in crate::validate::rules) fn clash(
    view: &View<'_>,
    path: &RepoPath,
    (user, other): (Version<'_>, Version<'_>),
    rebound: &Rebound<'_>,
) -> Option<Clash> {
    let old = Types { tree: Tree::of(view, user.0, user.1) };
    let new = Types { tree: Tree::merged(view, user.0, other.0, user.1) };
    let at = old.tree.at(user.1.path, rebound.own.within)?;
    let there = new.tree.at(path, rebound.merged.within)?;
    lacks((&old, &at), (&new, &there), rebound).or_else(|| refused((&old, &at), (&new, &there), rebound))
}

type Place<'p, 'v, 'a> = (&'p Types<'v, 'a>, &'p At);

fn lacks(
    (old, at): Place<'_, '_, '_>,
    (new, there): Place<'_, '_, '_>,
    rebound: &Rebound<'_>,
) -> Option<Clash> {
    let (was, is) = (old.value(at, &rebound.own.on), new.value(there, &rebound.merged.on));
    let name = &rebound.own.name;
    let had = matches!(old.member(&was, name), Member::Stated(_));
    let lacks = had && !is_same(&was, &is) && matches!(new.member(&is, name), Member::Nowhere);
    lacks.then(|| Clash { was: was.word(), is: is.word(), why: format!("takes `{name}` from a local") })
}

/// The first argument that the function took before and surely does not take now.
fn refused(
    (old, at): Place<'_, '_, '_>,
    (new, there): Place<'_, '_, '_>,
    rebound: &Rebound<'_>,
) -> Option<Clash> {
    let (own, merged) = (rebound.own.args.as_ref()?, rebound.merged.args.as_ref()?);
    let before = old.function(at, &value_of(rebound.own)?)?;
    let after = new.function(there, &value_of(rebound.merged)?)?;
    let written = |types: &Types<'_, '_>, function: &Home, idx: usize| -> Option<(String, Type)> {
        let param = function.def().sig.as_ref()?.params.get(idx).filter(|param| !param.variadic)?;
        Some((param.written.clone(), types.stated(&function.inside(), &param.written)))
    };
    let pairs = own.values.iter().zip(&merged.values).enumerate();
    let mut changed = pairs.filter(|(_, (own, merged))| own != merged);
    changed.find_map(|(idx, (own, merged))| {
        let ((was_said, was_taken), (said, taken)) =
            (written(old, &before, idx)?, written(new, &after, idx)?);
        let (was, is) = (old.value(at, own), new.value(there, merged));
        let refused = before.is(&after)
            && was_said == said
            && old.fits(&was, &was_taken) != Some(false)
            && new.fits(&is, &taken) == Some(false);
        let why = || format!("passes a local to `{}` as `{}`", rebound.own.name, taken.word());
        refused.then(|| Clash { was: was.word(), is: is.word(), why: why() })
    })
}
