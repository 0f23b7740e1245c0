//! How much room a file system has for worktrees.

use std::path::Path;

use super::GitError;

/// The bytes that this user may still write to the file system of `dir`.
pub fn free_space(dir: &Path) -> Result<u64, GitError> {
    let space = rustix::fs::statvfs(dir).map_err(|error| GitError::io("cannot read", dir)(error.into()))?;
    Ok(space.f_bavail.saturating_mul(space.f_frsize))
}
