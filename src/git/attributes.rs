//! What `.gitattributes` says about paths.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path};
use std::sync::Arc;

use super::scratch::Scratch;
use super::{Git, GitError, Repo, Version, version};
use crate::model::{Oid, RepoPath};

impl Git {
    /// Lets this `git` in a repository read attributes from a commit and not from whatever is checked
    /// out. One that cannot be told a commit works where nothing but those files lies.
    pub(super) fn with_attributes_of(self, repo: &Repo, commit: Oid) -> Result<Self, GitError> {
        if version(repo.git_dir())? >= Version::ATTRIBUTES_OF_COMMIT {
            return Ok(self.env("GIT_ATTR_SOURCE", commit.to_string()));
        }
        Ok(self.in_stand_in(repo.git_dir(), Arc::new(lay_out(repo, commit)?)))
    }
}

/// A directory with the `.gitattributes` of a commit.
fn lay_out(repo: &Repo, commit: Oid) -> Result<Scratch, GitError> {
    let scratch = Scratch::new(&repo.orca_dir())?;
    let listed = repo.git().run(&["ls-tree", "-r", "-z", "--full-tree", &commit.to_string()])?;
    for entry in listed.split(|&byte| byte == 0) {
        let Some((oid, path)) = attributes_file(entry) else { continue };
        let (path, content) = (scratch.dir().join(path), repo.blob(oid)?);
        let above = path.parent().unwrap_or(scratch.dir());
        std::fs::create_dir_all(above).map_err(GitError::io("cannot create", above))?;
        std::fs::write(&path, content).map_err(GitError::io("cannot write", &path))?;
    }
    Ok(scratch)
}

/// The object and the path of a file of attributes, as `mode type oid<TAB>path` lists it. Git follows no
/// link from one, and a path that leads elsewhere is none.
fn attributes_file(entry: &[u8]) -> Option<(Oid, &Path)> {
    let tab = entry.iter().position(|&byte| byte == b'\t')?;
    let (about, path) =
        (std::str::from_utf8(&entry[..tab]).ok()?, Path::new(OsStr::from_bytes(&entry[tab + 1..])));
    let oid = about.strip_prefix("100")?.split(' ').nth(2)?;
    let stays_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_one = path.file_name()? == ".gitattributes" && stays_inside;
    Some((Oid::parse(oid).ok().filter(|_| is_one)?, path))
}

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
    let git = repo.git().with_attributes_of(repo, commit)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_git_that_cannot_be_told_a_commit_reads_its_files() {
        let home = crate::git::test_home();
        let git = Git::at(home.path());
        git.run(&["init", "-q", "-b", "main", "."]).unwrap();
        std::fs::create_dir(home.path().join("in")).unwrap();
        std::fs::write(home.path().join(".gitattributes"), "*.log merge=union\n").unwrap();
        std::fs::write(home.path().join("in/.gitattributes"), "*.md merge=mine\n").unwrap();
        git.run(&["add", "-A"]).unwrap();
        let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
        git.run(&[&who[..], &["commit", "-q", "-m", "base"]].concat()).unwrap();
        let repo = Repo::discover(home.path()).unwrap();
        let commit = repo.resolve_commit("HEAD").unwrap();
        // Neither what is checked out nor what is staged counts.
        std::fs::write(home.path().join(".gitattributes"), "*.log merge=other\n").unwrap();
        git.run(&["add", "-A"]).unwrap();
        git.run(&["rm", "-q", "--cached", "in/.gitattributes"]).unwrap();
        let laid_out = Arc::new(lay_out(&repo, commit).unwrap());
        let dir = laid_out.dir().to_owned();
        let git = repo.git().in_stand_in(repo.git_dir(), laid_out);
        let said = git.run(&["check-attr", "merge", "--", "a.log", "in/b.md", "b.md"]).unwrap();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(said, "a.log: merge: union\nin/b.md: merge: mine\nb.md: merge: unspecified\n");
        drop(git);
        assert!(!dir.exists());
    }

    #[test]
    fn only_files_inside_are_laid_out() {
        let oid = "a".repeat(40);
        let path = |entry: String| attributes_file(entry.as_bytes()).map(|(_, path)| path.to_owned());
        let inside = path(format!("100644 blob {oid}\tin/.gitattributes"));
        assert_eq!(inside.as_deref(), Some(Path::new("in/.gitattributes")));
        for other in
            ["100644 blob {}\t../.gitattributes", "100644 blob {}\t/.gitattributes", "100644 blob {}\ta.py"]
        {
            assert_eq!(path(other.replace("{}", &oid)), None, "{other}");
        }
        assert_eq!(path(format!("120000 blob {oid}\t.gitattributes")), None);
    }
}
