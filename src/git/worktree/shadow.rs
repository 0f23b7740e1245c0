//! A `git` that works on the files of a worktree but believes nothing that lies there.
//!
//! An agent may write its own registration directory, and there `config.worktree` could name
//! filters to run and another tree to work on, `commondir` another repository. So the Git directory
//! of such a `git` is a scratch one of ours; only the index and the files are the worktree's.

use std::path::{Path, PathBuf};

use super::{Place, write};
use crate::git::scratch::Scratch;
use crate::git::{Git, GitError, Repo, is_strange};
use crate::model::Oid;

/// Whether a reset brings the files along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files<'a> {
    /// Files become those of the commit; files it does not have go, except ignored ones and
    /// repositories.
    Replace,
    /// The same, and repositories inside the worktree go as well: nobody but us works there.
    Clear,
    /// The same, and ignored files go as well, but for those that match these patterns, which are
    /// written as in `.gitignore`.
    Fresh(&'a [String]),
    /// Files stay; only the index follows.
    Keep,
}

/// Makes index and files of the worktree at `dir` equal to `commit`, to which its branch was moved.
///
/// Whoever calls has saved the content, and has made sure that nobody works there any more: a lock
/// on the index is taken for one that a killed `git` left.
pub fn reset_to(repo: &Repo, dir: &Path, commit: Oid, files: Files<'_>) -> Result<(), GitError> {
    let place = Place::at(repo, dir)?;
    let shadow = Shadow::new(repo, &place.dir, Some(commit))?;
    let index = place.admin.join("index");
    if is_strange(&index) {
        // Git would write the new one where a link leads.
        let _ = std::fs::remove_file(&index);
    }
    let _ = std::fs::remove_file(place.admin.join("index.lock"));
    let git = shadow.git(&index);
    let commit = commit.to_string();
    let update: &[&str] = match files {
        Files::Replace | Files::Clear | Files::Fresh(_) => &["read-tree", "--reset", "-u", &commit],
        Files::Keep => &["read-tree", "--reset", &commit],
    };
    if git.run(update).is_err() {
        // An index that cannot be read holds nothing but a cache.
        let _ = std::fs::remove_file(&index);
        git.run(update)?;
    }
    match files {
        Files::Replace => git.run(&["clean", "-f", "-d", "-q"])?,
        Files::Clear => git.run(&["clean", "-f", "-f", "-d", "-q"])?,
        Files::Fresh(kept) => {
            let but = kept.iter().flat_map(|pattern| ["-e", pattern]);
            git.run(&["clean", "-f", "-f", "-d", "-x", "-q"].into_iter().chain(but).collect::<Vec<_>>())?
        }
        // It fails when files differ, which is to be expected of files that are kept.
        Files::Keep => git.output(&["update-index", "-q", "--refresh"], b"")?.stdout,
    };
    Ok(())
}

/// A private Git directory for the files of a worktree.
#[derive(Debug)]
pub(in crate::git) struct Shadow {
    scratch: Scratch,
    common_dir: PathBuf,
    work_dir: PathBuf,
}

impl Shadow {
    /// Without a commit, its `HEAD` is a branch that does not exist.
    pub(in crate::git) fn new(repo: &Repo, work_dir: &Path, head: Option<Oid>) -> Result<Self, GitError> {
        let scratch = Scratch::new(&repo.orca_dir())?;
        let head = head.map_or("ref: refs/heads/none\n".to_owned(), |commit| format!("{commit}\n"));
        write(&scratch.dir().join("HEAD"), head)?;
        Ok(Self { scratch, common_dir: repo.common_dir().to_owned(), work_dir: work_dir.to_owned() })
    }

    /// A place for an index that nobody else sees.
    pub(super) fn private_index(&self) -> PathBuf {
        self.scratch.dir().join("index")
    }

    pub(in crate::git) fn git(&self, index: &Path) -> Git {
        git_in(self.scratch.dir(), &self.common_dir, &self.work_dir).env("GIT_INDEX_FILE", index)
    }
}

/// A `git` that is told all its places and discovers none.
pub(super) fn git_in(git_dir: &Path, common_dir: &Path, work_dir: &Path) -> Git {
    Git::at(work_dir)
        .shielded()
        .env("GIT_DIR", git_dir)
        .env("GIT_COMMON_DIR", common_dir)
        .env("GIT_WORK_TREE", work_dir)
        // The shared part of a split index would be written into a directory that soon is gone.
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.splitIndex")
        .env("GIT_CONFIG_VALUE_0", "false")
}
