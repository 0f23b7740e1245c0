//! Directories below `orca/tmp` that vanish with the process that made them, even a killed one.
//!
//! Each has a lock file beside it that its owner holds with `flock`. The kernel frees the lock when
//! the owner dies, so whoever can take it may clear what lies there: no process ids that are used
//! twice, no time limits. A `git` that outlives its killed orca goes on writing; it holds a second
//! lock, and clearing waits for that one.

use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::GitError;

const LOCK: &str = ".lock";
/// Lies in the scratch directory and is locked as long as the owner or one of its children lives.
const LEASH: &str = "leash";

/// A directory of this process.
#[derive(Debug)]
pub(super) struct Scratch {
    dir: PathBuf,
    leash: File,
    lock: Lock,
}

/// The held lock of a scratch directory, whose name is the token of its owner.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// Held open for its `flock` alone.
    _file: File,
}

impl Scratch {
    /// Makes a new directory in `orca_dir`.
    pub(super) fn new(orca_dir: &Path) -> Result<Self, GitError> {
        let tmp = tmp(orca_dir);
        std::fs::create_dir_all(&tmp).map_err(GitError::io("cannot create", &tmp))?;
        let made = tempfile::Builder::new().prefix("t").suffix(LOCK).make_in(&tmp, |path| {
            let file = File::create_new(path)?;
            file.lock()?;
            match same_file(&file, path) {
                true => Ok(file),
                // Someone cleared the lock file before it was locked; the next name is tried.
                false => Err(std::io::ErrorKind::AlreadyExists.into()),
            }
        });
        let (file, path) = made.map_err(GitError::io("cannot create a file in", &tmp))?.into_parts();
        let path = path.keep().map_err(|error| GitError::io("cannot keep", &tmp)(error.error))?;
        let dir = path.with_extension("");
        let lock = Lock { path, _file: file };
        std::fs::create_dir(&dir).map_err(GitError::io("cannot create", &dir))?;
        let path = dir.join(LEASH);
        let leash = File::create_new(&path).map_err(GitError::io("cannot create", &path))?;
        leash.lock().map_err(GitError::io("cannot lock", &path))?;
        Ok(Self { dir, leash, lock })
    }

    /// A file for a child to hold open while it writes to places that are to be cleared after us.
    pub(super) fn leash(&self) -> Result<File, GitError> {
        self.leash.try_clone().map_err(GitError::io("cannot share", &self.dir))
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The name by which others can ask whether the owner lives.
    pub(super) fn token(&self) -> String {
        self.lock.token()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is cleared by a later process.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Lock {
    /// Takes the lock of a dead owner; none while it lives. The lock file need not exist.
    pub(super) fn of_dead(orca_dir: &Path, token: &str) -> Option<Self> {
        let tmp = tmp(orca_dir);
        std::fs::create_dir_all(&tmp).ok()?;
        let path = tmp.join(format!("{token}{LOCK}"));
        let file = File::options().create(true).append(true).open(&path).ok()?;
        match file.try_lock() {
            Ok(()) if same_file(&file, &path) => {
                let lock = Self { path, _file: file };
                lock.await_children();
                Some(lock)
            }
            Ok(()) | Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
        }
    }

    /// Waits for the children of the dead: their work is finite, and nobody else will stop it.
    fn await_children(&self) {
        if let Ok(leash) = File::open(self.dir().join(LEASH)) {
            let _ = leash.lock();
        }
    }

    /// The directory that the owner left.
    pub(super) fn dir(&self) -> PathBuf {
        self.path.with_extension("")
    }

    fn token(&self) -> String {
        self.path.file_stem().map_or(String::new(), |stem| stem.to_string_lossy().into_owned())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // By its lock file a directory that is still there is found and cleared later.
        if !self.dir().exists() {
            // While it is held, so that nobody can lock a file that is about to go.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The tokens of all scratch directories, of the living and the dead.
pub(super) fn tokens(orca_dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(tmp(orca_dir)) else { return Vec::new() };
    let name = |entry: std::fs::DirEntry| entry.file_name().into_string().ok();
    let names = entries.flatten().filter_map(name);
    names.filter_map(|name| Some(name.strip_suffix(LOCK)?.to_owned())).collect()
}

fn tmp(orca_dir: &Path) -> PathBuf {
    orca_dir.join("tmp")
}

/// Whether `path` still names the open file.
fn same_file(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(named)) = (file.metadata(), std::fs::metadata(path)) else { return false };
    open.ino() == named.ino() && open.dev() == named.dev()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_directory_ends_with_its_owner() {
        let orca = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(orca.path()).unwrap();
        let token = scratch.token();
        assert!(scratch.dir().is_dir());
        assert_eq!(tokens(orca.path()), std::slice::from_ref(&token));
        assert!(Lock::of_dead(orca.path(), &token).is_none(), "the owner lives");
        drop(scratch);
        assert_eq!(tokens(orca.path()), Vec::<String>::new());
        let lock = Lock::of_dead(orca.path(), &token).expect("the owner is gone");
        assert!(!lock.dir().exists());
        assert!(Lock::of_dead(orca.path(), &token).is_none(), "one process clears at a time");
    }
}
