//! What a Rust use asks of a local that has another type in the merge.

use super::assign::fits;
use super::lacks::lacks;
use super::types::Types;
use crate::model::RepoPath;
use crate::validate::rules::View;
use crate::validate::rules::rebound::{Clash, Rebound, Version};
use crate::validate::rules::tree::{At, Tree};

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
    let (was, is) = (old.value(&at, &rebound.own.on), new.value(&there, &rebound.merged.on));
    let name = &rebound.own.name;
    if was.word() != is.word() && lacks(&old, &was, &new, &is, rebound.own) {
        return Some(Clash { was: was.word(), is: is.word(), why: format!("takes `{name}` from a local") });
    }
    refused((&old, &at), (&new, &there), rebound)
}

type Place<'p, 'v, 'a> = (&'p Types<'v, 'a>, &'p At);

/// The first argument that the method took before and surely does not take now.
fn refused(
    (old, at): Place<'_, '_, '_>,
    (new, there): Place<'_, '_, '_>,
    rebound: &Rebound<'_>,
) -> Option<Clash> {
    let (own, merged) = (rebound.own.args.as_ref()?, rebound.merged.args.as_ref()?);
    let name = &rebound.own.name;
    let before = old.method_of(&old.value(at, &rebound.own.on), name)?;
    let after = new.method_of(&new.value(there, &rebound.merged.on), name)?;
    let mut pairs =
        own.values.iter().zip(&merged.values).enumerate().filter(|(_, (own, merged))| own != merged);
    pairs.find_map(|(idx, (own, merged))| {
        let params = [&before, &after].map(|method| method.def().sig.as_ref()?.params.get(idx));
        let [Some(was_taken), Some(taken)] = params else { return None };
        let (was, is) = (old.value(at, own), new.value(there, merged));
        let refused = before.is(&after)
            && was_taken.written == taken.written
            && fits(&was, &old.stated(&before.inside(), &was_taken.written)) != Some(false)
            && fits(&is, &new.stated(&after.inside(), &taken.written)) == Some(false);
        let why = || format!("passes a local to `{name}` as `{}`", taken.written);
        refused.then(|| Clash { was: was.word(), is: is.word(), why: why() })
    })
}
