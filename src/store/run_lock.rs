//! The lock of the one orchestrator that may conduct a repository.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, SystemTime};

use crate::git::{GitError, Repo};

/// Held as long as this value lives; the kernel frees it when the process dies.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    /// What the holder before this one left when it died.
    death: Option<Death>,
    keeps_mark: bool,
}

impl RunLock {
    /// Takes the lock, or says who holds it.
    pub fn take(repo: &Repo) -> Result<Result<Self, String>, GitError> {
        let dir = repo.orca_dir();
        let path = dir.join("run.lock");
        let failed = |action| {
            let path = path.clone();
            move |error| GitError::Io { action, path, error }
        };
        std::fs::create_dir_all(&dir).map_err(failed("cannot create the directory of"))?;
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = options.map_err(failed("cannot open"))?;
        for attempt in 0.. {
            match file.try_lock() {
                Ok(()) => break,
                // Whoever only looks who holds the lock is gone in a moment, and so is what a killed
                // holder had forked and not yet made another program of.
                Err(TryLockError::WouldBlock) if attempt < LOOKS => std::thread::sleep(LOOK),
                Err(TryLockError::WouldBlock) => return Ok(Err(read_holder(&mut file))),
                Err(TryLockError::Error(error)) => return Err(failed("cannot lock")(error)),
            }
        }
        let since = file.metadata().and_then(|file| file.modified()).map_err(failed("cannot read"))?;
        let death = Death::marked(&read_holder(&mut file), since);
        file.set_len(0)
            .and_then(|()| file.write_all_at(mark(std::process::id()).as_bytes(), 0))
            .map_err(failed("cannot write"))?;
        Ok(Ok(Self { file, death, keeps_mark: false }))
    }

    /// The death of the holder before this one, when that is how the lock came free.
    pub fn death(&self) -> Option<Death> {
        self.death
    }

    /// Gives the lock back as it was found. For whoever does not put in order what a death left:
    /// the next holder still has to learn of it.
    pub fn keep_mark(&mut self) {
        self.keeps_mark = true;
    }

    /// Who holds the lock now; none when it is free.
    pub fn holder(repo: &Repo) -> Result<Option<String>, GitError> {
        let path = repo.orca_dir().join("run.lock");
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(GitError::Io { action: "cannot open", path, error }),
        };
        // A shared lock is refused exactly while somebody holds the exclusive one.
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Ok(Some(read_holder(&mut file))),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(None),
        }
    }
}

/// A process died while it held the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// 0 where the mark does not say.
    pub pid: u32,
    /// When it took the lock.
    pub since: SystemTime,
}

impl Death {
    fn marked(mark: &str, since: SystemTime) -> Option<Self> {
        // A mark that says nothing is one all the same.
        mark.strip_prefix(MARK).map(|pid| Self { pid: pid.parse().unwrap_or(0), since })
    }
}

fn mark(pid: u32) -> String {
    format!("{MARK}{pid}\n")
}

/// Stands before the holder's process id in the file.
const MARK: &str = "process ";

/// How often and how long to wait for somebody who does not conduct.
const LOOKS: u32 = 20;
const LOOK: Duration = Duration::from_millis(10);

fn read_holder(file: &mut File) -> String {
    let mut holder = String::new();
    // The name is for people only; without it the lock is as good.
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut holder));
    holder.trim().to_owned()
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // The lock goes with the file; the name is for people only.
        let _ = self.file.set_len(0);
        if let Some(death) = self.death.filter(|_| self.keeps_mark) {
            let _ = self.file.write_all_at(mark(death.pid).as_bytes(), 0);
            let _ = self.file.set_modified(death.since);
        }
    }
}
