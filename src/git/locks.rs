//! Finds and clears lock files that a killed `git` left.
//!
//! Git's locks are files, and a file does not vanish with the process that made it. Whoever calls
//! holds orca's own lock and knows of a death, so what remains to be told apart is the lock of a
//! person's `git` that is just at work; and that one is gone, or another one, a moment later.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Repo;

/// A live `git` holds the lock of a ref or an index of orca's for a fraction of this.
const PATIENCE: Duration = Duration::from_millis(100);

/// Removes every `*.lock` at or below `places`, paths in the shared Git directory, that stays as it
/// is for a moment. Returns what was removed.
pub fn clear_stale_locks(repo: &Repo, places: &[String]) -> Vec<PathBuf> {
    // A lock that cannot be removed is reported by the `git` that stumbles over it.
    stale_locks(repo, places).into_iter().filter(|path| std::fs::remove_file(path).is_ok()).collect()
}

/// Finds every `*.lock` at or below `places` that stays as it is for a moment.
pub fn stale_locks(repo: &Repo, places: &[String]) -> Vec<PathBuf> {
    let mut locks = Vec::new();
    for place in places {
        collect(&repo.common_dir().join(place), &mut locks);
    }
    let seen: Vec<(PathBuf, Identity)> = locks
        .into_iter()
        .filter_map(|path| Some((identity(&path)?, path)))
        .map(|(id, path)| (path, id))
        .collect();
    if seen.is_empty() {
        return Vec::new();
    }
    std::thread::sleep(PATIENCE);
    let is_stale = |(path, before): &(PathBuf, Identity)| identity(path) == Some(*before);
    seen.into_iter().filter(is_stale).map(|(path, _)| path).collect()
}

/// The locks of what all refs have in common; the first is the file that a `git` leaves behind which is
/// killed while it writes.
pub const SHARED_LOCKS: [&str; 4] = ["packed-refs.new", "packed-refs.lock", "HEAD.lock", "config.lock"];

/// A lock file as it was seen, held by somebody or left behind.
#[derive(Debug)]
pub struct LockFile {
    pub path: PathBuf,
    identity: Identity,
}

impl LockFile {
    /// The lock that is at a place now.
    pub fn seen(path: PathBuf) -> Option<Self> {
        let identity = identity(&path)?;
        Some(Self { path, identity })
    }

    /// Whether nobody has released, taken or written to it since.
    pub fn is_unchanged(&self) -> bool {
        identity(&self.path) == Some(self.identity)
    }

    /// Whether it was made or written to after that time.
    pub fn is_since(&self, time: SystemTime) -> bool {
        let modified = std::fs::symlink_metadata(&self.path).and_then(|file| file.modified());
        modified.is_ok_and(|modified| modified >= time)
    }

    /// Whether a process has it open that we can see, or a file that is written under it, as
    /// `packed-refs.new` under `packed-refs.lock`.
    pub fn is_held(&self) -> bool {
        let Some((dir, stem)) = self.path.parent().zip(self.path.file_stem()) else { return false };
        let Ok(dir) = dir.canonicalize() else { return false };
        let is_under = |file: &Path| {
            let name = file.file_name().unwrap_or_default();
            file.parent() == Some(&dir) && name.as_bytes().starts_with(stem.as_bytes())
        };
        open_files().any(|file| is_under(&file))
    }

    /// Removes it if it is still the same; returns whether it was.
    pub fn remove(&self) -> bool {
        self.is_unchanged() && std::fs::remove_file(&self.path).is_ok()
    }
}

/// Inode and time of last change: a lock that was taken again is another file.
type Identity = (u64, i64, i64);

fn identity(path: &Path) -> Option<Identity> {
    let file = std::fs::symlink_metadata(path).ok()?;
    Some((file.ino(), file.mtime(), file.mtime_nsec()))
}

/// The files that processes have open which we may look at; nothing where the kernel does not tell.
fn open_files() -> impl Iterator<Item = PathBuf> {
    let entries = |dir: PathBuf| std::fs::read_dir(dir).into_iter().flatten().flatten();
    let processes = entries("/proc".into())
        .filter(|entry| entry.file_name().as_bytes().first().is_some_and(u8::is_ascii_digit));
    let files = processes.flat_map(move |process| entries(process.path().join("fd")));
    files.filter_map(|file| std::fs::read_link(file.path()).ok())
}

fn collect(place: &Path, locks: &mut Vec<PathBuf>) {
    let is_lock = |path: &Path| path.extension().is_some_and(|extension| extension == "lock");
    let Ok(entries) = std::fs::read_dir(place) else {
        if is_lock(place) {
            locks.push(place.to_owned());
        }
        return;
    };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), locks),
            Ok(kind) if kind.is_file() && is_lock(&entry.path()) => locks.push(entry.path()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_locks_go_and_everything_else_stays() {
        let dir = tempfile::tempdir().unwrap();
        crate::git::Git::at(dir.path()).run(&["init", "-q"]).unwrap();
        let repo = Repo::discover(dir.path()).unwrap();
        let at = |name: &str| repo.common_dir().join(name);
        std::fs::create_dir_all(at("refs/heads/orca/r1")).unwrap();
        for name in
            ["refs/heads/orca/r1/a.lock", "refs/heads/orca/r1/b", "refs/heads/main.lock", "index.lock"]
        {
            std::fs::write(at(name), "").unwrap();
        }
        let cleared = clear_stale_locks(&repo, &["refs/heads/orca/r1".into(), "no/such.lock".into()]);
        assert_eq!(cleared, [at("refs/heads/orca/r1/a.lock")]);
        assert_eq!(clear_stale_locks(&repo, &["index.lock".into()]), [at("index.lock")]);
        assert!(at("refs/heads/orca/r1/b").exists() && at("refs/heads/main.lock").exists());
    }
}
