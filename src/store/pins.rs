//! Pins: one ref per run whose commits have every handoff as an ancestor.
//!
//! Deleting a branch and running `git gc` then takes no recorded work away. The tree is empty: the
//! parents are the point.

use std::collections::BTreeMap;

use super::hub::HubError;
use super::publish::Publisher;
use crate::git::{Batch, Repo};
use crate::model::{Oid, RunId};

/// Keeps `tips` alive under `refs/orca/pins/<run>` and returns its commit. Does nothing when all of
/// them are reachable from there already.
pub fn pin(repo: &Repo, run: RunId, tips: &[Oid], time: i64) -> Result<Oid, HubError> {
    let publisher = Publisher::lock(repo)?;
    let repo = &repo.reopen()?;
    let name = run.pins_ref();
    let old = repo.ref_oid(&name)?;
    let mut parents: Vec<Oid> = old.into_iter().collect();
    for &tip in tips {
        // A pin whose parent is no commit would break every walk over it.
        repo.commit(tip)?;
        if !repo.is_reached(&parents, tip)? {
            parents.push(tip);
        }
    }
    if let (Some(old), true) = (old, parents.len() < 2) {
        return Ok(old);
    }
    let mut batch = Batch::of(repo);
    let tree = batch.edit_tree(repo, None, &BTreeMap::new())?;
    let pin = batch.commit(tree, &parents, &format!("pin handoffs of {run}\n\nOrca-Run: {run}\n"), time)?;
    publisher.publish(repo, batch, &name, old, pin)?;
    publisher.finish();
    Ok(pin)
}

/// Makes the pin of a run keep alive what a pin of another machine does. Its objects are here already.
pub fn join_pin(repo: &Repo, run: RunId, theirs: Oid, time: i64) -> Result<Oid, HubError> {
    let name = run.pins_ref();
    // A pin whose parent is no commit would break every walk over it.
    repo.commit(theirs)?;
    // Whoever pins the same as others do must not make another commit of it.
    let old = repo.ref_oid(&name)?;
    if old.map_or(Ok(true), |old| repo.contains(theirs, old))? {
        Publisher::lock(repo)?.swap(repo, &name, old, theirs)?;
        return Ok(theirs);
    }
    pin(repo, run, &[theirs], time)
}
