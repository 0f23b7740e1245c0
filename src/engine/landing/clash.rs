//! Names the branches that a conflict in text is with.

use std::collections::BTreeSet;

use super::{Clash, Landing, Place, Refused, Wish};
use crate::git::{GitError, Merged, Merger, Pair};
use crate::model::{Oid, RepoPath};

/// Says of every conflict with whom it is: with the target as it was, or with branches that landed.
///
/// Asked once, at the end, since the branches that land are known only then. A conflict that only two of
/// them together make is with neither.
pub(super) fn name_rivals(place: &Place<'_>, wish: &Wish<'_>, landing: &mut Landing) -> Result<(), GitError> {
    let refused = &mut landing.refused;
    let mut open = refused.iter_mut().filter_map(|(idx, why)| Some((*idx, clash_of(why)?))).peekable();
    if open.peek().is_none() {
        return Ok(());
    }
    let mut merger = place.merger(wish)?;
    let landed = landing.landed.iter().filter(|idx| !landing.already.contains(idx));
    let sides: Vec<(&str, Oid)> = std::iter::once((wish.target, wish.start))
        .chain(landed.map(|&idx| (wish.candidates[idx].name.as_str(), wish.candidates[idx].tip)))
        .collect();
    for (idx, clash) in open {
        clash.with = rivals(&mut merger, &sides, wish.candidates[idx].tip);
    }
    Ok(())
}

fn clash_of(why: &mut Refused) -> Option<&mut Clash> {
    match why {
        Refused::Conflict(clash) => Some(clash),
        Refused::Unresolved { conflict, .. } => clash_of(conflict),
        _ => None,
    }
}

/// Those of the sides that a commit conflicts with. Of branches that hold the target's own conflict only
/// the target is named.
fn rivals(merger: &mut Merger, sides: &[(&str, Oid)], tip: Oid) -> Vec<String> {
    let mut with = Vec::new();
    let mut known: BTreeSet<RepoPath> = BTreeSet::new();
    for &(name, side) in sides {
        let Ok(merged) = merger.merge(Pair { base: None, ours: side, theirs: tip }) else { continue };
        let paths = paths(&merged);
        if !merged.clean && paths.iter().any(|path| !known.contains(path)) {
            with.push(name.to_owned());
            if with.len() == 1 && side == sides[0].1 {
                known = paths;
            }
        }
    }
    with
}

fn paths(merged: &Merged) -> BTreeSet<RepoPath> {
    merged.conflicts.iter().map(|conflict| conflict.path.clone()).collect()
}
