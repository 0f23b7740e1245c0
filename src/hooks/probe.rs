//! Proves that Git reaches the hooks of a worktree, instead of believing that it should.
//!
//! A `core.hooksPath` set elsewhere, a lost executable bit or a moved binary all look installed.
//! So Git itself is asked to run each hook with an argument that no commit can pass.

use std::path::{Path, PathBuf};

use super::HooksError;
use super::shim::CHECKED;
use crate::git::Git;

/// Has Git run every hook of orca in `worktree`, without committing anything.
///
/// Returns the binary that the hooks call.
pub fn probe(worktree: &Path) -> Result<PathBuf, HooksError> {
    let git = Git::at(worktree).with_hooks();
    let mut binary = PathBuf::new();
    for (hook, _) in CHECKED {
        let output = git.output(&["hook", "run", hook, "--", "--orca-probe"], b"")?;
        // Git sends what a hook prints to standard error.
        let answer = output.stderr.trim();
        let named = answer.lines().find_map(|line| line.strip_prefix(&format!("orca-probe {hook} ")));
        let (true, Some(named)) = (output.status.success(), named) else {
            let answer = answer.lines().next().unwrap_or("no answer").to_owned();
            return Err(HooksError::Unreachable { hook, worktree: worktree.to_owned(), answer });
        };
        binary = PathBuf::from(named);
    }
    Ok(binary)
}
