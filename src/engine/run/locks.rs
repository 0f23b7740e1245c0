//! Locks that orca shares with every `git` of the repository, where a death has left them.
//!
//! Such a lock may be a person's, whose `git` is at work right now; were it taken away, two of them
//! would write at once. It goes only where nobody can hold it any more: it was made since the dead
//! orca began, every `git` that was at work here when it was first seen has ended, and it has stayed
//! as it is for longer than any other program holds one. Where that cannot be shown, the run ends and
//! says which file is in its way.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::Conductor;
use crate::agent::{Process, gits_at_work};
use crate::engine::{Event, Fault};
use crate::git::{LockFile, SHARED_LOCKS, list, ref_lock_path};

/// How long a lock has to stay as it is: programs that are no `git` hold one for milliseconds.
const QUIET: Duration = Duration::from_secs(2);
/// How long to wait for a `git` that is at work.
const PATIENCE: Duration = Duration::from_secs(5);
/// The time between two looks.
const LOOK: Duration = Duration::from_millis(50);

impl Conductor<'_> {
    /// Clears shared locks that were made since a dead orca began and that nobody holds.
    pub(super) fn clear_shared_locks(&mut self, since: SystemTime) -> anyhow::Result<()> {
        let repo = &self.workspace.repo;
        let mut places: Vec<PathBuf> = SHARED_LOCKS.iter().map(|name| repo.common_dir().join(name)).collect();
        places.push(ref_lock_path(repo, &format!("refs/heads/{}", self.state.record.target)));
        let seen = |place: PathBuf| LockFile::seen(place).filter(|lock| lock.is_since(since));
        let locks: Vec<LockFile> = places.into_iter().filter_map(seen).collect();
        if locks.is_empty() { Ok(()) } else { self.clear_once_quiet(locks) }
    }

    fn clear_once_quiet(&mut self, mut locks: Vec<LockFile>) -> anyhow::Result<()> {
        let dirs = self.dirs()?;
        let first = gits_at_work(&dirs);
        let begun = Instant::now();
        loop {
            // Another lock in its place is that of a `git` that lives.
            locks.retain(LockFile::is_unchanged);
            let Some(lock) = locks.first() else { return Ok(()) };
            let now = gits_at_work(&dirs);
            let holders = first.as_ref().zip(now).map(|(first, now)| still(first, &now));
            if begun.elapsed() >= QUIET && holders.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
            if begun.elapsed() >= PATIENCE || self.workspace.around.is_stopped() {
                return Err(in_the_way(lock, holders.as_deref()).into());
            }
            std::thread::sleep(LOOK);
        }
        for lock in locks.iter().filter(|lock| lock.remove()) {
            let what = format!("cleared the stale lock '{}'", lock.path.display());
            (self.emit)(Event::Recovered { what });
        }
        Ok(())
    }

    /// Where a `git` of this repository can stand.
    fn dirs(&self) -> anyhow::Result<Vec<PathBuf>> {
        let repo = &self.workspace.repo;
        let mut dirs = vec![repo.common_dir().to_owned()];
        dirs.extend(repo.work_dir().map(ToOwned::to_owned));
        dirs.extend(list(repo)?.into_iter().map(|worktree| worktree.dir));
        Ok(dirs.into_iter().map(|dir| dir.canonicalize().unwrap_or(dir)).collect())
    }
}

fn still(first: &[Process], now: &[Process]) -> Vec<Process> {
    now.iter().filter(|process| first.iter().any(|known| known.pid == process.pid)).cloned().collect()
}

fn in_the_way(lock: &LockFile, holders: Option<&[Process]>) -> Fault {
    let path = lock.path.display();
    let by = match holders {
        Some([holder, ..]) => format!("may be held by process {} ({})", holder.pid, holder.name),
        Some([]) | None => "is held by nobody, or by a git that cannot be seen from here".to_owned(),
    };
    let wait = "wait until no git is at work here, then: git orca run";
    Fault::no(format!("'{path}' {by}")).hint(wait).hint(format!("if it stays: rm '{path}'"))
}
