//! The file lock that writers queue on.
//!
//! The kernel frees it when its holder dies, so a kill never blocks anyone. The file holds the
//! holder's process id: for people, and because a file that still names somebody when the lock is
//! free tells that this somebody died in the middle of a transaction.

use std::fs::{File, TryLockError};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("'{}' is locked by {holder} for more than {} s", .path.display(), .waited.as_secs())]
    Busy { holder: String, waited: Duration, path: PathBuf },
    #[error("cannot lock '{}'", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        error: std::io::Error,
    },
}

/// The lock, held as long as this value lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// Whether the holder before us died while it held the lock.
    pub after_death: bool,
}

impl Lock {
    /// Takes the lock at `path`, waiting at most `patience`.
    ///
    /// The kernel's lock has no queue: whoever asks first after it is freed gets it, and that is
    /// most often the one who just freed it. So there is a second lock, `hub.next` for `hub.lock`, which a
    /// writer holds while it waits for the first: one is always next, and whoever comes back has
    /// to compete with the others for the place behind.
    pub fn take(path: &Path, patience: Duration) -> Result<Self, LockError> {
        let io = |error| LockError::Io { path: path.to_owned(), error };
        let file = open(path).map_err(io)?;
        let next = open(&path.with_extension("next")).map_err(io)?;
        let start = Instant::now();
        let in_time = poll(&next, start, patience, pause).map_err(io)?
            && poll(&file, start, patience, |_| NEXT_PAUSE).map_err(io)?;
        if !in_time {
            let holder = holder(&file).unwrap_or("another process".into());
            return Err(LockError::Busy { holder, waited: patience, path: path.to_owned() });
        }
        let after_death = file.metadata().map_err(io)?.len() > 0;
        let mark = format!("process {}\n", std::process::id());
        file.set_len(0).and_then(|()| file.write_all_at(mark.as_bytes(), 0)).map_err(io)?;
        Ok(Self { file, after_death })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Were this to fail, the next holder would clean up after a death that never was.
        let _ = self.file.set_len(0);
    }
}

/// How often the writer who is next looks. It is only one, so this costs little.
const NEXT_PAUSE: Duration = Duration::from_micros(100);

/// How long the others sleep between two tries: the longer one has waited, the more often it asks,
/// in proportion, so that nobody starves. Sleeping in the kernel's own queue would be simpler, but
/// has no end when the holder was stopped.
fn pause(waited: Duration) -> Duration {
    let micros = 500_000 / waited.as_millis().max(1);
    Duration::from_micros(micros.clamp(250, 5000) as u64)
}

/// Tries until the lock is had; false when that took too long.
fn poll(
    file: &File,
    start: Instant,
    patience: Duration,
    pause: impl Fn(Duration) -> Duration,
) -> std::io::Result<bool> {
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                std::thread::sleep(pause(start.elapsed()));
            }
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    let open = || File::options().read(true).write(true).create(true).truncate(false).open(path);
    match (open(), path.parent()) {
        (Err(error), Some(dir)) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(dir)?;
            open()
        }
        (opened, _) => opened,
    }
}

fn holder(file: &File) -> Option<String> {
    let mut mark = String::new();
    file.take(100).read_to_string(&mut mark).ok()?;
    let mark = mark.trim();
    (!mark.is_empty()).then(|| mark.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_named_and_a_death_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("orca/hub.lock");
        let held = Lock::take(&path, Duration::ZERO).unwrap();
        assert!(!held.after_death);
        let Err(refused) = Lock::take(&path, Duration::ZERO) else { panic!("two holders") };
        let us = format!("is locked by process {} for", std::process::id());
        assert!(refused.to_string().contains(&us), "{refused}");
        drop(held);
        std::fs::write(&path, "process 1\n").unwrap();
        // What another test is starting has the file open until it is another program.
        let patience = Duration::from_secs(10);
        assert!(Lock::take(&path, patience).unwrap().after_death);
        assert!(!Lock::take(&path, patience).unwrap().after_death);
    }

    #[test]
    fn waiting_makes_more_eager() {
        let after = |millis| pause(Duration::from_millis(millis)).as_micros();
        assert_eq!(
            [after(0), after(100), after(500), after(1000), after(30_000)],
            [5000, 5000, 1000, 500, 250]
        );
    }
}
