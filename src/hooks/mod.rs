//! Git hooks in agent worktrees: quick feedback, never the boundary.
//!
//! The user's own checkout is never touched. One conditional include in `.git/config` applies only
//! where the Git directory is named like an agent's worktree, and there sets `core.hooksPath` to a
//! directory of shims. Each shim asks orca and then runs the hook that Git would have run. Only
//! `core.hooksPath` is used, because it works in every Git; hooks in the configuration, which need
//! no chaining, exist from Git 2.54 on.
//!
//! The one exception is the guard, a `pre-merge-commit` hook that `init --guard` puts into the user's
//! own checkout.
//!
//! An agent can walk around any hook. The validator judges the commits themselves, later.

mod guard;
mod install;
mod probe;
mod shim;
mod verdict;

use std::path::PathBuf;

use crate::git::GitError;

pub use guard::{GuardPlan, install_guard, is_guarded, plan_guard, remove_guard};
pub use install::{InstallPlan, install, is_installed, plan_install, uninstall};
pub use probe::probe;
pub use verdict::{commit_msg, pre_commit, prepare_commit_msg};

/// Why hooks could not be installed, removed or proved.
#[derive(Debug, thiserror::Error)]
pub enum HooksError {
    #[error("'{}' is not the absolute path of a program that hooks could call", .0.display())]
    NoBinary(PathBuf),
    #[error("the path '{}' is not UTF-8 and cannot stand in a hook script: move the repository to one that is", .0.display())]
    NotText(PathBuf),
    #[error("git does not reach orca's {hook} hook in '{}': {answer}", .worktree.display())]
    Unreachable { hook: &'static str, worktree: PathBuf, answer: String },
    #[error(
        "hooks come from '{}', which is the project's own: let its {hook} call 'git orca hook {hook}'",
        .dir.display()
    )]
    ProjectsOwn { hook: &'static str, dir: PathBuf },
    #[error("{action} '{}'", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        error: std::io::Error,
    },
    #[error(transparent)]
    Git(#[from] GitError),
}
