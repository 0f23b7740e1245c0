//! Notes, before a branch moves, which move the files on it have to follow.
//!
//! Whoever is killed in between leaves the note. Files that are behind their branch without one are
//! somebody's intent, such as a revert that is about to be committed. So they are where somebody else
//! made the move that was noted, as a user may after a kill.

use std::path::PathBuf;

use crate::git::{GitError, Repo};
use crate::model::{Fnv, Oid};

/// A move of a branch, which is a full ref name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub branch: String,
    pub from: Oid,
    pub to: Oid,
}

impl Move {
    /// Notes the move for whoever comes after us.
    pub fn note(&self, repo: &Repo) -> Result<(), GitError> {
        let (dir, file) = (dir(repo), self.file(repo));
        std::fs::create_dir_all(&dir).map_err(GitError::io("cannot create", &dir))?;
        let line = format!("{} {} {}\n", self.from, self.to, self.branch);
        std::fs::write(&file, line).map_err(GitError::io("cannot write", &file))
    }

    /// Takes the note away: the files have followed, or the branch did not move.
    pub fn forget(&self, repo: &Repo) {
        // One that stays is looked at again, and then nothing is left to do.
        let _ = std::fs::remove_file(self.file(repo));
    }

    fn file(&self, repo: &Repo) -> PathBuf {
        // Two branches may go to one commit, and a branch may have a longer name than a file.
        dir(repo).join(format!("{}-{:016x}", self.to, Fnv::of([&self.branch])))
    }

    /// Whether the branch is where it was moved to, and not by somebody else.
    fn came_about(&self, repo: &Repo) -> bool {
        if !repo.ref_oid(&self.branch).is_ok_and(|tip| tip == Some(self.to)) {
            return false;
        }
        // The user's own repository with the user's own settings, of which one adds lines.
        let args = ["-c", "log.showSignature=false", "log", "-g", "-1", "--format=%gs", &self.branch, "--"];
        let last = repo.git().run(&args).unwrap_or_default();
        // Where no log is kept nothing is known.
        last.trim_ascii().is_empty() || last.starts_with(b"orca: ")
    }
}

/// The moves that are noted and came about: the branch is where it was moved to.
pub fn noted_moves(repo: &Repo) -> Vec<Move> {
    let Ok(files) = std::fs::read_dir(dir(repo)) else { return Vec::new() };
    let read = |file: std::fs::DirEntry| parse(&std::fs::read_to_string(file.path()).ok()?);
    files.flatten().filter_map(read).filter(|noted| noted.came_about(repo)).collect()
}

fn parse(line: &str) -> Option<Move> {
    let mut words = line.trim_end().splitn(3, ' ');
    let mut oid = || Oid::parse(words.next()?).ok();
    let (from, to) = (oid()?, oid()?);
    Some(Move { from, to, branch: words.next()?.to_owned() })
}

fn dir(repo: &Repo) -> PathBuf {
    repo.orca_dir().join("moves")
}
