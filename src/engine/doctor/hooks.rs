//! Whether Git runs orca's hooks in agent worktrees: proved, not believed.

use std::path::{Path, PathBuf};

use super::Check;
use crate::engine::Workspace;
use crate::git::{
    GitError, NewCommit, NewWorktree, Presence, add_worktrees, list, presence, remove_worktree,
};
use crate::hooks::{HooksError, plan_install, probe};
use crate::model::RunId;

const NAME: &str = "hooks";
/// The worktree that is made for the proof where there is no other.
const SCRATCH: &str = "orca-doctor";

pub(super) fn hooks(workspace: &Workspace) -> Vec<Check> {
    match plan_install(&workspace.repo, &workspace.around.binary) {
        Err(error @ HooksError::NotText(_)) => {
            return vec![Check::fail(
                NAME,
                error.to_string(),
                "git clone it into a directory with a plain name",
            )];
        }
        Err(error) => return vec![Check::fail(NAME, error.to_string(), "git orca init")],
        Ok(plan) if plan.setting.is_some() => {
            return vec![Check::fail(NAME, "agent worktrees do not include them", "git orca init")];
        }
        Ok(plan) if !plan.is_empty() => {
            let message = format!("files that are missing or of another version: {}", plan.files.len());
            return vec![Check::fail(NAME, message, "git orca init")];
        }
        Ok(_) => {}
    }
    match reached(workspace) {
        Ok(n_worktrees) => {
            let place = if n_worktrees == 0 {
                "a worktree made for it".into()
            } else {
                format!("{n_worktrees} worktrees")
            };
            vec![Check::ok(NAME, format!("installed, and reached by Git in {place}"))]
        }
        Err(failure) => vec![failure],
    }
}

/// Has Git run the hooks in every agent worktree, or in one made for that. Returns how many there were.
fn reached(workspace: &Workspace) -> Result<usize, Check> {
    let dirs = agent_worktrees(workspace)
        .map_err(|error| Check::fail(NAME, error.to_string(), "git worktree list"))?;
    for dir in &dirs {
        probe(dir).map_err(|error| unreachable(&error))?;
    }
    if dirs.is_empty() {
        in_scratch(workspace)?;
    }
    Ok(dirs.len())
}

fn agent_worktrees(workspace: &Workspace) -> Result<Vec<PathBuf>, GitError> {
    let repo = &workspace.repo;
    let mut dirs = Vec::new();
    for known in list(repo)? {
        let is_agents = RunId::of_worktree(&known.name).is_some();
        if let (true, Presence::Sound(dir)) = (is_agents, presence(repo, &known.name, &known.dir)) {
            dirs.push(dir);
        }
    }
    Ok(dirs)
}

/// Proves it in a worktree without files, which is as good and takes no time.
fn in_scratch(workspace: &Workspace) -> Result<(), Check> {
    let failed = |error: &dyn std::fmt::Display| {
        Check::fail(NAME, format!("cannot be tried: {error}"), "git worktree prune; git orca clean")
    };
    let repo = &workspace.repo;
    let root = workspace.worktree_root().map_err(|error| failed(&error))?;
    let was_there = root.exists();
    let made = make(workspace, &root.join(SCRATCH)).map_err(|error| failed(&error));
    let proved = made.and_then(|()| probe(&root.join(SCRATCH)).map_err(|error| unreachable(&error)));
    let removed = remove_worktree(repo, SCRATCH).map_err(|error| failed(&error));
    if !was_there {
        // Works only when nothing else came to lie there meanwhile.
        let _ = std::fs::remove_dir(&root);
    }
    proved.and(removed)
}

fn make(workspace: &Workspace, dir: &Path) -> Result<(), GitError> {
    let repo = &workspace.repo;
    remove_worktree(repo, SCRATCH)?;
    let tree = repo.edit_tree(None, &[])?;
    // Always the same commit, so that it is written once.
    let commit = repo.write_commit(&NewCommit { tree, parents: &[], message: "orca: doctor\n", time: 0 })?;
    let new = NewWorktree { name: SCRATCH.to_owned(), dir: dir.to_owned(), branch_ref: None, commit };
    add_worktrees(repo, &[new])?.into_iter().collect()
}

/// The installation is as it should be, so something else comes between.
fn unreachable(error: &HooksError) -> Check {
    let remedy = match error {
        HooksError::Unreachable { worktree, .. } if worktree.exists() => {
            let dir = worktree.display();
            format!("git -C '{dir}' config --show-origin --get-all core.hooksPath tells who else sets it")
        }
        _ => "git config --show-origin --get-all core.hooksPath tells who else sets it".to_owned(),
    };
    Check::fail(NAME, error.to_string(), remedy)
}
