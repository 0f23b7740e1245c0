//! The guard of the user's own checkout: what a merge would bring in against what is here.

use std::path::Path;

use anyhow::Context as _;

use super::check::{Branch, Checked, Comparison, compare};
use super::{Fault, Surroundings, Workspace};
use crate::git::Head;
use crate::model::{Oid, RunId};

/// A merge in progress waits for the answer, so a very large one is left to `git orca check`.
const MOST_CHANGES: usize = 2_000;

/// What the guard says to a merge.
pub enum Guarded {
    /// An agent's worktree has a guard of its own: the orchestrator.
    NotHere,
    /// There is too much to compare while somebody waits: that many changed files.
    TooLarge(usize),
    Checked(Box<Checked>),
}

/// Compares the branch that is checked out with what is being merged into it.
///
/// `heads` are what Git says it merges, by object name and by the name the user gave. When it does
/// not say, as in the commit that concludes a merge, `MERGE_HEAD` does.
pub fn guard_merge(around: &Surroundings, heads: &[(String, String)]) -> anyhow::Result<Guarded> {
    let workspace = Workspace::open(around)?;
    let repo = &workspace.repo;
    if repo.git_dir().file_name().and_then(|name| name.to_str()).and_then(RunId::of_worktree).is_some() {
        return Ok(Guarded::NotHere);
    }
    let ours = match repo.head()? {
        Head::Branch(name, tip) => {
            Branch { name: name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned(), tip }
        }
        Head::Detached(tip) => Branch { name: "HEAD".to_owned(), tip },
        Head::Unborn(_) => return Ok(Guarded::NotHere),
    };
    let mut branches = merged(repo.git_dir(), heads)?;
    branches.retain(|branch| branch.name != ours.name);
    branches.push(ours);
    let n_changes = n_changes(&workspace, &branches)?;
    if n_changes > MOST_CHANGES {
        return Ok(Guarded::TooLarge(n_changes));
    }
    let comparison = Comparison::of(&branches);
    Ok(Guarded::Checked(Box::new(compare(&workspace, &comparison)?)))
}

fn merged(git_dir: &Path, heads: &[(String, String)]) -> anyhow::Result<Vec<Branch>> {
    if !heads.is_empty() {
        let branch = |(oid, name): &(String, String)| {
            let tip = Oid::parse(oid).ok()?;
            Some(Branch { name: name.clone(), tip })
        };
        return Ok(heads.iter().filter_map(branch).collect());
    }
    let file = git_dir.join("MERGE_HEAD");
    let text = std::fs::read_to_string(&file)
        .map_err(|_| Fault::usage("no merge is in progress here, so there is nothing to check"))?;
    let branch = |line: &str| {
        let tip = Oid::parse(line).with_context(|| format!("cannot read '{}'", file.display()))?;
        Ok(Branch { name: tip.short(), tip })
    };
    text.lines().map(branch).collect()
}

/// How many files differ from where the branches parted.
fn n_changes(workspace: &Workspace, branches: &[Branch]) -> anyhow::Result<usize> {
    let repo = &workspace.repo;
    let tips: Vec<Oid> = branches.iter().map(|branch| branch.tip).collect();
    let Some(base) = repo.merge_base_of_all(&tips)? else { return Ok(0) };
    let base = repo.commit(base)?.tree;
    let mut n_changes = 0;
    for tip in tips {
        n_changes += repo.diff_trees(base, repo.commit(tip)?.tree)?.len();
    }
    Ok(n_changes)
}
