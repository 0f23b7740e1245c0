//! A side by itself, as a gate is asked about it.

use crate::engine::Workspace;
use crate::git::NewCommit;
use crate::model::Oid;

/// A commit of this side that has the tests of the merge.
///
/// Tests that a branch brings are part of what the gate asks of the merge, and the other side does not
/// have them: without them it would pass on either side, whatever the branches test.
pub(super) fn with_tests_of(merge: Oid, side: Oid, workspace: &Workspace) -> anyhow::Result<Oid> {
    let repo = &workspace.repo;
    let tree = repo.commit(side)?.tree;
    let mut changes = repo.diff_trees(tree, repo.commit(merge)?.tree)?;
    changes.retain(|change| change.path.is_test());
    if changes.is_empty() {
        return Ok(side);
    }
    let edits: Vec<_> = changes.into_iter().map(|change| (change.path, change.new)).collect();
    let tree = repo.edit_tree(Some(tree), &edits)?;
    let message = "One side with the tests of both";
    Ok(repo.write_commit(&NewCommit { tree, parents: &[side], message, time: workspace.now() })?)
}
