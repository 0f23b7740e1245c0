//! What `.gitattributes` says about paths.

use std::collections::{BTreeMap, BTreeSet};

use super::{GitError, Repo};
use crate::model::{Oid, RepoPath};

/// What the attribute `merge` says about paths, where it says anything, as a commit has it.
pub fn merge_attributes(
    repo: &Repo,
    commit: Oid,
    paths: &[&RepoPath],
) -> Result<BTreeMap<RepoPath, String>, GitError> {
    let said = check_attributes(repo, commit, &["merge"], paths)?;
    Ok(said.into_iter().map(|said| (said.path, said.value)).collect())
}

/// The paths that one of these attributes is set for, as a commit has it.
pub fn paths_with(
    repo: &Repo,
    commit: Oid,
    attributes: &[&str],
    paths: &[&RepoPath],
) -> Result<BTreeSet<RepoPath>, GitError> {
    let said = check_attributes(repo, commit, attributes, paths)?;
    let is_set = |said: &Said| matches!(said.value.as_str(), "set" | "true");
    Ok(said.into_iter().filter(is_set).map(|said| said.path).collect())
}

/// An attribute that is specified for a path.
struct Said {
    path: RepoPath,
    value: String,
}

fn check_attributes(
    repo: &Repo,
    commit: Oid,
    attributes: &[&str],
    paths: &[&RepoPath],
) -> Result<Vec<Said>, GitError> {
    let input: Vec<u8> = paths.iter().flat_map(|path| path.as_bytes().iter().copied().chain([0])).collect();
    let git = repo.git().env("GIT_ATTR_SOURCE", commit.to_string());
    let answer = git.run_with_input(&[&["check-attr", "-z", "--stdin"], attributes].concat(), &input)?;
    let mut words = answer.split(|&byte| byte == 0);
    let mut found = Vec::new();
    while let (Some(path), Some(_), Some(value)) = (words.next(), words.next(), words.next()) {
        let value = String::from_utf8_lossy(value).into_owned();
        if value != "unspecified" {
            found.push(Said { path: RepoPath::new(path), value });
        }
    }
    Ok(found)
}
