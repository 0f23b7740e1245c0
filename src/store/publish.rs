//! Moves a ref of orca's to new objects, under the lock.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::hub::HubError;
use super::lock::Lock;
use super::packs;
use crate::git::{Batch, GitError, LockFile, Repo, compare_and_swap, ref_lock_path, release_stale_packs};
use crate::model::Oid;

/// How long a writer waits for the lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// A live `git` holds the lock of one ref for a fraction of this.
const STALE_AFTER: Duration = Duration::from_secs(1);

/// The same, when the writer before us is known to have died.
const STALE_AFTER_DEATH: Duration = Duration::from_millis(100);

/// How often a ref is tried, when each time another writer is in the way.
const TRIES: usize = 8;

/// The right to move refs of orca's, held as long as this value lives.
pub(super) struct Publisher<'a> {
    repo: &'a Repo,
    lock: Lock,
}

impl<'a> Publisher<'a> {
    /// Waits for the lock, and clears what a killed writer left.
    pub(super) fn lock(repo: &'a Repo) -> Result<Self, HubError> {
        let lock = Lock::take(&repo.orca_dir().join("hub.lock"), PATIENCE)?;
        if lock.after_death {
            release_stale_packs(repo, &packs::staging(repo))?;
        }
        Ok(Self { repo, lock })
    }

    /// Objects to be published.
    pub(super) fn batch(&self) -> Batch {
        Batch::of(self.repo)
    }

    /// Writes the objects and moves `name` from `old` to `new`.
    ///
    /// If that fails, the objects become garbage like any other. Deleting them here would be a
    /// bet that no ref reaches them.
    ///
    /// `repo` should be freshly opened: libgit2 keeps a file open for each pack that it ever saw.
    pub(super) fn publish(
        &self,
        repo: &Repo,
        batch: Batch,
        name: &str,
        old: Option<Oid>,
        new: Oid,
    ) -> Result<(), GitError> {
        let pack = batch.write(repo, &packs::staging(repo))?;
        self.swap(repo, name, old, new)?;
        let written = pack.name().to_owned();
        drop(pack);
        // The transaction is done; a pack without a mark is merely left to `git gc`.
        let _ = packs::note(repo, &written);
        Ok(())
    }

    /// Lets the next writer in, and then does the housekeeping.
    pub(super) fn finish(self) {
        let repo = self.repo;
        drop(self.lock);
        // Nobody's work depends on it: when a `git gc` gets in its way, the next one tries again.
        let _ = packs::tidy(repo);
    }

    /// Moves a ref to objects that are there already.
    pub(super) fn swap(&self, repo: &Repo, name: &str, old: Option<Oid>, new: Oid) -> Result<(), GitError> {
        let swap = || compare_and_swap(repo, name, old, new, "git-orca");
        for _ in 1..TRIES {
            match swap() {
                Err(GitError::Locked(_)) => self.outwait(ref_lock_path(repo, name))?,
                // `git pack-refs` may remove the directory that libgit2 is about to write in.
                Err(GitError::Library(_)) => {}
                // An error may come after the move.
                Err(GitError::Moved { found: Some(found), .. }) if found == new => return Ok(()),
                done => return done,
            }
        }
        swap()
    }

    /// Waits for a ref lock to go, and removes it when nobody can be holding it any more.
    ///
    /// All writers of orca's hold our lock, so this one was left by a killed writer, or belongs to
    /// a `git` at work, such as `pack-refs`; and that one must not be robbed of it. A `git` closes the
    /// lock of a single ref before a hook of the user's may take its time, but not that of a reftable,
    /// which is the lock of all refs.
    fn outwait(&self, path: PathBuf) -> Result<(), GitError> {
        let quiet = if self.lock.after_death { STALE_AFTER_DEATH } else { STALE_AFTER };
        let Some(lock) = LockFile::seen(path) else { return Ok(()) };
        let (start, mut next) = (Instant::now(), quiet);
        while lock.is_unchanged() {
            if start.elapsed() > PATIENCE {
                return Err(GitError::Locked(lock.path.display().to_string()));
            }
            if start.elapsed() > next {
                if !lock.is_held() {
                    lock.remove();
                    return Ok(());
                }
                next += quiet;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}
