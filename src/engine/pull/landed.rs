//! Recognises what of a run is in the branch that it is meant for, however it got there.

use std::collections::BTreeMap;

use crate::engine::{RunState, clock};
use crate::git::Repo;
use crate::handoff::{Trailer, rescue, strict};
use crate::model::{HandoffRecord, Oid, TaskId};

/// How a task's work came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landed {
    /// Its handoff commit is part of the branch.
    Merged,
    /// This commit carries its trailers: a squash, a rebase or a cherry-pick.
    As(Oid),
    /// The code host says that its pull request was merged.
    ByPull,
}

/// The tasks whose last handoff is in the branch at `tip`.
pub(super) fn landed(
    repo: &Repo,
    state: &RunState,
    handoffs: &[HandoffRecord],
    tip: Oid,
) -> anyhow::Result<BTreeMap<TaskId, Landed>> {
    let mut landed = BTreeMap::new();
    let mut open = Vec::new();
    for (id, task) in &state.tasks {
        let Some(handed) = task.tip else { continue };
        if repo.contains(tip, handed)? {
            landed.insert(id.clone(), Landed::Merged);
        } else {
            open.extend(handoffs.iter().find(|handoff| handoff.commit == Some(handed)));
        }
    }
    if open.is_empty() {
        return Ok(landed);
    }
    for oid in repo.commits_beyond(state.record.base, tip)? {
        let trailers = trailers(&repo.commit(oid)?.message);
        for handoff in open.iter().filter(|handoff| carries(&trailers, handoff)) {
            landed.entry(handoff.task.clone()).or_insert(Landed::As(oid));
        }
    }
    Ok(landed)
}

/// The trailers of a message; those of a squash stand anywhere in it. Prose of a handoff that kept
/// its own block does not count.
fn trailers(message: &str) -> Vec<Trailer> {
    let is_handoff = |block: &Vec<Trailer>| block.iter().any(|trailer| trailer.key == "Orca-Handoff");
    strict(message).ok().filter(is_handoff).unwrap_or_else(|| rescue(message))
}

/// Whether the trailers are those of the handoff. Runs are numbered alike in every clone; no two
/// handoffs of one name are of the same second.
fn carries(trailers: &[Trailer], handoff: &HandoffRecord) -> bool {
    let holds =
        |key: &str, value: &str| trailers.iter().any(|trailer| trailer.key == key && trailer.value == value);
    holds("Orca-Handoff", &format!("v1 {}", handoff.id)) && holds("Orca-Time", &clock::rfc3339(handoff.time))
}
