//! What a merge hangs on beside the commits.

use std::path::Path;

use super::version::version_line;
use super::{GitError, Head, Repo, Version, version};
use crate::model::Oid;

/// Settings and attributes that count in every merge of commits from a given base, as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeSurroundings {
    /// Whose `.gitattributes` count.
    pub attributes_of: Oid,
    /// Stands for everything else.
    pub rest: [u8; 20],
}

/// Reads the surroundings of merges that take their attributes from what is checked out. None where
/// they cannot be known: programs of the user's have a say, there is no commit, or Git is too old to
/// be told whose attributes count.
pub fn merge_surroundings(repo: &Repo) -> Result<Option<MergeSurroundings>, GitError> {
    if version(repo.git_dir())? < Version::ATTRIBUTES_OF_COMMIT {
        return Ok(None);
    }
    let (Head::Branch(_, attributes_of) | Head::Detached(attributes_of)) = repo.head()? else {
        return Ok(None);
    };
    let git = repo.git();
    let settings = git.run(&["config", "--list", "-z"])?;
    if settings.split(|&byte| byte == 0).any(runs_a_program) {
        return Ok(None);
    }
    let mut rest = sha1_smol::Sha1::from(version_line(repo.git_dir())?);
    rest.update(&settings);
    let mut files = vec![repo.common_dir().join("info/attributes")];
    for variable in ["GIT_ATTR_SYSTEM", "GIT_ATTR_GLOBAL"] {
        // It fails where there is none.
        let output = git.output(&["var", variable], b"")?;
        let path = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        // A relative one is meant from where Git works.
        let top = repo.work_dir().unwrap_or(repo.git_dir());
        files.extend(output.status.success().then(|| top.join(path)));
    }
    for file in files {
        rest.update(b"\0\0");
        rest.update(&attributes_in(&file)?);
    }
    Ok(Some(MergeSurroundings { attributes_of, rest: rest.digest().bytes() }))
}

/// Whether a setting, as `key<LF>value`, lets something beside Git merge or rewrite files.
fn runs_a_program(setting: &[u8]) -> bool {
    let (key, value) = match setting.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&setting[..end], &setting[end + 1..]),
        None => (setting, &b"true"[..]),
    };
    let is_driver = key.starts_with(b"merge.") && key.ends_with(b".driver");
    is_driver || key == b"merge.renormalize" && !matches!(value, b"false" | b"no" | b"off" | b"0")
}

fn attributes_in(file: &Path) -> Result<Vec<u8>, GitError> {
    match std::fs::read(file) {
        Err(error) if is_absent(&error) => Ok(Vec::new()),
        other => other.map_err(GitError::io("cannot read", file)),
    }
}

/// Whether Git, too, takes what cannot be read for a file that is not there.
fn is_absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_and_filters_are_no_settings_to_go_by() {
        for program in ["merge.mine.driver\ntrue %A", "merge.renormalize\ntrue", "merge.renormalize"] {
            assert!(runs_a_program(program.as_bytes()), "{program}");
        }
        for plain in ["merge.renormalize\nfalse", "merge.mine.name\nmine", "merge.conflictstyle\ndiff3", ""] {
            assert!(!runs_a_program(plain.as_bytes()), "{plain}");
        }
    }

    #[test]
    fn each_setting_and_each_file_of_attributes_makes_other_surroundings() {
        let home = crate::git::test_home();
        let git = crate::git::Git::at(home.path());
        git.run(&["init", "-q", "-b", "main", "."]).unwrap();
        let repo = Repo::discover(home.path()).unwrap();
        assert_eq!(merge_surroundings(&repo).unwrap(), None);
        let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
        git.run(&[&who[..], &["commit", "-q", "--allow-empty", "-m", "base"]].concat()).unwrap();
        if version(repo.git_dir()).unwrap() < Version::ATTRIBUTES_OF_COMMIT {
            assert_eq!(merge_surroundings(&repo).unwrap(), None);
            return;
        }
        let mut seen = Vec::new();
        let mut note = || {
            let found = merge_surroundings(&Repo::discover(home.path()).unwrap()).unwrap();
            let is_new = !seen.contains(&found);
            seen.push(found);
            is_new
        };
        assert!(note());
        assert!(!note());
        git.run(&["config", "merge.conflictStyle", "diff3"]).unwrap();
        assert!(note());
        std::fs::create_dir_all(home.path().join(".git/info")).unwrap();
        std::fs::write(home.path().join(".git/info/attributes"), "*.txt -merge\n").unwrap();
        assert!(note());
        git.run(&["config", "core.attributesFile", "near"]).unwrap();
        assert!(note());
        std::fs::write(home.path().join("near"), "*.md -merge\n").unwrap();
        assert!(note());
        git.run(&["config", "core.attributesFile", "/dev/null/absent"]).unwrap();
        assert!(note());
        git.run(&["config", "core.attributesFile", home.path().join("mine").to_str().unwrap()]).unwrap();
        assert!(note());
        std::fs::write(home.path().join("mine"), "*.md -merge\n").unwrap();
        assert!(note());
        git.run(&[&who[..], &["commit", "-q", "--allow-empty", "-m", "next"]].concat()).unwrap();
        assert!(note());
        git.run(&["config", "merge.mine.driver", "false"]).unwrap();
        assert_eq!(merge_surroundings(&repo).unwrap(), None);
    }
}
