//! The counter: a socket in an attempt's run directory where its processes ask orca for what they
//! may not do themselves.
//!
//! A confined agent cannot write the hub, and so neither can the MCP server or the hooks that it
//! starts. They hand their question over here; the conductor, who is not confined, knows by the
//! socket which task is asking, whatever the question says. One line each way, one question a
//! connection, one connection at a time: an agent that asks without end only waits for itself.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

const NAME: &str = "counter";
/// How long a question may take to arrive.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an answer may take to come: a comparison of large branches takes its time.
const ANSWER: Duration = Duration::from_secs(300);
/// The longest question.
const LONGEST: u64 = 1 << 20;
/// The most questions of one attempt.
const MOST: usize = 2_000;

/// Where one attempt may ask.
pub(super) struct Counter {
    listener: UnixListener,
    path: PathBuf,
    /// Names the socket's file: the next attempt's has the same path.
    inode: Option<u64>,
    is_busy: Arc<AtomicBool>,
    n_asked: usize,
}

/// Somebody who asks at a counter, where nobody else is served meanwhile.
pub(super) struct Visit {
    stream: UnixStream,
    is_busy: Arc<AtomicBool>,
}

impl Counter {
    /// Opens the counter of an attempt, in place of one that a dead orca left.
    pub(super) fn open(run_dir: &Path) -> io::Result<Self> {
        let path = run_dir.join(NAME);
        let is_dir = path.symlink_metadata().is_ok_and(|found| found.is_dir());
        match if is_dir { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) } {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = at(run_dir, |short| UnixListener::bind(short))?;
        listener.set_nonblocking(true)?;
        let inode = inode(&path);
        Ok(Self { listener, path, inode, is_busy: Arc::default(), n_asked: 0 })
    }

    /// What becomes readable when somebody comes; none while nobody would be served.
    pub(super) fn sign(&self) -> Option<PollFd<'_>> {
        self.is_free().then(|| PollFd::new(&self.listener, PollFlags::IN))
    }

    /// Lets somebody in who waits, without waiting.
    pub(super) fn visit(&mut self) -> Option<Visit> {
        let (stream, _) = self.is_free().then(|| self.listener.accept().ok())??;
        self.n_asked += 1;
        self.is_busy.store(true, Ordering::Release);
        Some(Visit { stream, is_busy: Arc::clone(&self.is_busy) })
    }

    fn is_free(&self) -> bool {
        self.n_asked < MOST && !self.is_busy.load(Ordering::Acquire)
    }
}

impl Visit {
    pub(super) fn serve(self, answer: &mut dyn FnMut(&str) -> String) {
        // Whoever hangs up in the middle did not want to know.
        let _ = serve_one(&self.stream, answer);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.is_busy.store(false, Ordering::Release);
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        // A long answer may outlast its attempt, and another counter be open by then.
        if self.inode.is_some() && inode(&self.path) == self.inode {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn inode(path: &Path) -> Option<u64> {
    path.symlink_metadata().ok().map(|file| file.ino())
}

fn serve_one(mut stream: &UnixStream, answer: &mut dyn FnMut(&str) -> String) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut line)?;
    let mut told = answer(line.trim_end());
    told.push('\n');
    stream.write_all(told.as_bytes())
}

/// Asks at the counter of an attempt; none where nobody answers.
pub fn ask(run_dir: &Path, question: &str) -> io::Result<Option<String>> {
    let mut stream = match at(run_dir, |short| UnixStream::connect(short)) {
        Ok(stream) => stream,
        Err(error) if is_closed(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{question}\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok((!line.is_empty()).then(|| line.trim_end().to_owned()))
}

fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

/// Goes to the socket by a short way: an address has no more than about a hundred bytes, and run
/// directories may have longer names.
fn at<T>(run_dir: &Path, go: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if !cfg!(target_os = "linux") {
        return go(&run_dir.join(NAME));
    }
    let dir = File::open(run_dir)?;
    go(Path::new(&format!("/proc/self/fd/{}/{NAME}", dir.as_raw_fd())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_answered_in_directories_with_long_names() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("x".repeat(200));
        std::fs::create_dir(&dir).unwrap();
        assert_eq!(ask(&dir, "early").unwrap(), None);
        std::fs::write(dir.join(NAME), "").unwrap();
        let mut counter = Counter::open(&dir).unwrap();
        assert!(counter.sign().is_some() && counter.visit().is_none());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..4 {
                    rustix::event::poll(&mut [counter.sign().unwrap()], None).unwrap();
                    let visit = counter.visit().unwrap();
                    assert!(counter.sign().is_none(), "one at a time");
                    visit.serve(&mut |question| format!("{question}!"));
                }
            });
            // One that says nothing and hangs up, one that hangs up before the answer.
            drop(at(&dir, |short| UnixStream::connect(short)).unwrap());
            at(&dir, |short| UnixStream::connect(short)).unwrap().write_all(b"x\n").unwrap();
            assert_eq!(ask(&dir, "a").unwrap().as_deref(), Some("a!"));
            assert_eq!(ask(&dir, "b").unwrap().as_deref(), Some("b!"));
        });
        let next = Counter::open(&dir).unwrap();
        drop(counter);
        assert!(dir.join(NAME).exists(), "the next attempt's counter stays");
        drop(next);
        assert_eq!(ask(&dir, "late").unwrap(), None);
    }
}
