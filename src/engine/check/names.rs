//! Turns what the user typed into branches.

use crate::engine::Fault;
use crate::git::Repo;
use crate::model::Oid;

/// A branch and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// As the user named it.
    pub name: String,
    pub tip: Oid,
}

/// Branches that can be named at once: every two of them are a pair.
const MOST: usize = 1_000;

/// Finds the commits of branches, each named once.
pub(in crate::engine) fn named_branches(repo: &Repo, names: &[String]) -> anyhow::Result<Vec<Branch>> {
    if names.len() > MOST {
        let message = format!("{} branches are named; {MOST} can be compared at once", names.len());
        return Err(Fault::usage(message).hint("name those that are about to be merged").into());
    }
    let mut branches: Vec<Branch> = Vec::new();
    for name in names {
        let branch = resolve_branch(repo, name)?;
        if branches.iter().all(|known| known.name != branch.name) {
            branches.push(branch);
        }
    }
    Ok(branches)
}

/// Finds a branch by its short name first, so that one called `-x` or `HEAD~1` means itself. `HEAD`
/// alone is what is checked out, whatever branches are called.
pub(in crate::engine) fn resolve_branch(repo: &Repo, name: &str) -> anyhow::Result<Branch> {
    if name == "HEAD" {
        return Ok(Branch { name: name.to_owned(), tip: repo.resolve_commit(name)? });
    }
    let short = name.strip_prefix("refs/heads/").unwrap_or(name);
    for (full, short) in [("refs/heads/", short), ("refs/remotes/", name)] {
        if let Some(tip) = repo.ref_oid(&format!("{full}{short}"))? {
            return Ok(Branch { name: short.to_owned(), tip });
        }
    }
    Ok(Branch { name: name.to_owned(), tip: repo.resolve_commit(name)? })
}
