//! Which branch it is whose objects cannot be read.

use super::Branch;
use super::changes::LARGEST;
use crate::git::{Entry, GitError, Repo};
use crate::model::Oid;

/// Says of missing or broken objects which branch brings them. Looked for only now, so that sound
/// branches pay nothing for it.
pub(in crate::engine) fn with_culprit(
    repo: &Repo,
    branches: &[Branch],
    error: anyhow::Error,
) -> anyhow::Error {
    if !error.downcast_ref::<GitError>().is_some_and(GitError::is_damage) {
        return error;
    }
    for branch in branches {
        let Some(other) = branches.iter().find(|other| other.tip != branch.tip) else { break };
        let Ok(Some(base)) = repo.merge_base(branch.tip, other.tip) else { continue };
        if let Err(found) = read_changes(repo, base, branch.tip) {
            return anyhow::Error::new(found).context(format!("'{}' cannot be read", branch.name));
        }
    }
    error
}

fn read_changes(repo: &Repo, base: Oid, tip: Oid) -> Result<(), GitError> {
    let changes = repo.diff_trees(repo.commit(base)?.tree, repo.commit(tip)?.tree)?;
    for entry in changes.iter().filter_map(|change| change.new).filter(Entry::is_file) {
        if repo.blob_size(entry.oid)? <= LARGEST {
            repo.blob(entry.oid)?;
        }
    }
    Ok(())
}
