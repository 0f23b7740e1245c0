//! What speaks for a merge in which conflicts were resolved.

use super::{Candidate, Wish};
use crate::engine::Workspace;
use crate::engine::check::{Branch, objections};
use crate::engine::resolve::Resolved;
use crate::handoff::{Trailer, append};
use crate::model::{Finding, Oid};

/// What the validator says against the files that were resolved in a merge onto `tip`. Until then it
/// saw the branches apart, and of a file in conflict there is no merge to look at.
pub(in crate::engine) fn objections_to(
    workspace: &Workspace,
    wish: &Wish<'_>,
    (tip, candidate): (Oid, &Candidate),
    tree: Oid,
    resolved: &[Resolved],
) -> anyhow::Result<Vec<Finding>> {
    if !wish.check {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for found in resolved {
        let entry = workspace.repo.entry_at(tree, &found.path)?;
        files.extend(entry.map(|entry| (found.path.clone(), entry)));
    }
    let side = |name: &str, tip| Branch { name: name.to_owned(), tip };
    objections(workspace, &[side(wish.target, tip), side(&candidate.name, candidate.tip)], &files)
}

/// Adds to what was resolved that the validator had nothing against it.
pub(in crate::engine) fn note_validated(wish: &Wish<'_>, resolved: &mut [Resolved]) {
    if wish.check {
        resolved.iter_mut().for_each(|found| found.checks.push("validator".to_owned()));
    }
}

/// The message of a merge commit, with the certificate of each file that was resolved.
pub(super) fn with_certificate(message: &str, resolved: &[Resolved]) -> String {
    if resolved.is_empty() {
        return message.to_owned();
    }
    let lines: Vec<Trailer> = resolved.iter().flat_map(|found| found.certificate().trailers()).collect();
    append(message, &lines)
}
