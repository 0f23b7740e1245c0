//! The lock of the one orchestrator that may conduct a repository.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, SystemTime};

use crate::git::{GitError, Repo};
use crate::model::RunId;

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
    pub fn take(repo: &Repo) -> Result<Result<Self, Holder>, GitError> {
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
                Err(TryLockError::WouldBlock) => return Ok(Err(Holder::marked(&read_mark(&mut file)))),
                Err(TryLockError::Error(error)) => return Err(failed("cannot lock")(error)),
            }
        }
        let since = file.metadata().and_then(|file| file.modified()).map_err(failed("cannot read"))?;
        let death = Death::marked(&read_mark(&mut file), since);
        file.set_len(0)
            .and_then(|()| file.write_all_at(mark(std::process::id(), None).as_bytes(), 0))
            .map_err(failed("cannot write"))?;
        Ok(Ok(Self { file, death, keeps_mark: false }))
    }

    /// Says which run the holder is at work on. For people only, as the mark itself is: where it
    /// cannot be written, nobody is the worse off.
    pub fn name_run(&self, run: RunId) {
        let _ = self.file.write_all_at(mark(std::process::id(), Some(run)).as_bytes(), 0);
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
    pub fn holder(repo: &Repo) -> Result<Option<Holder>, GitError> {
        let path = repo.orca_dir().join("run.lock");
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(GitError::Io { action: "cannot open", path, error }),
        };
        // A shared lock is refused exactly while somebody holds the exclusive one.
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Ok(Some(Holder::marked(&read_mark(&mut file)))),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(None),
        }
    }
}

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process, in words.
    pub who: String,
    /// What it is at work on, where it has said so.
    pub run: Option<RunId>,
}

impl Holder {
    fn marked(mark: &str) -> Self {
        match mark.split_once(WITH) {
            Some((who, run)) => Self { who: who.to_owned(), run: RunId::new(run).ok() },
            None => Self { who: mark.to_owned(), run: None },
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.who)?;
        self.run.map_or(Ok(()), |run| write!(f, "{WITH}{run}"))
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
        let pid = Holder::marked(mark).who.strip_prefix(MARK)?.parse();
        // A mark that says nothing is one all the same.
        Some(Self { pid: pid.unwrap_or(0), since })
    }
}

fn mark(pid: u32, run: Option<RunId>) -> String {
    let run = run.map_or(String::new(), |run| format!("{WITH}{run}"));
    format!("{MARK}{pid}{run}\n")
}

/// Stands before the holder's process id in the file.
const MARK: &str = "process ";
/// Stands between that and the run.
const WITH: &str = " with ";

/// How often and how long to wait for somebody who does not conduct.
const LOOKS: u32 = 20;
const LOOK: Duration = Duration::from_millis(10);

fn read_mark(file: &mut File) -> String {
    let mut mark = String::new();
    // The name is for people only; without it the lock is as good.
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut mark));
    mark.trim().to_owned()
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // The lock goes with the file; the name is for people only.
        let _ = self.file.set_len(0);
        if let Some(death) = self.death.filter(|_| self.keeps_mark) {
            let _ = self.file.write_all_at(mark(death.pid, None).as_bytes(), 0);
            let _ = self.file.set_modified(death.since);
        }
    }
}
