//! What a program prints: kept raw in capped log files, and its end in memory.
//!
//! The child is never blocked by us: a log that is full or broken drops what follows and counts
//! it. Memory is bounded by the tail.

use std::fs::File;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::path::Path;
use std::time::Instant;

use super::AgentError;
use crate::git::append_plain;
use crate::model::printable;

/// The most that one log file takes.
const LOG_LIMIT: u64 = 64 << 20;
/// How much of the end is kept in memory, in bytes and in lines.
pub(super) const TAIL_BYTES: usize = 16 << 10;
const TAIL_LINES: usize = 60;
/// The longest last line that is shown, and what is read of it: some of that is colours.
const LINE_CHARS: usize = 200;
const LINE_BYTES: usize = 4 * LINE_CHARS;

/// The output pipes of one child and where their content goes.
pub(super) struct Output {
    streams: Vec<Stream>,
    tail: Vec<u8>,
    pub(super) bytes: u64,
    /// When something was printed last.
    pub(super) last: Instant,
}

struct Stream {
    pipe: Option<PipeReader>,
    log: Log,
}

impl Output {
    /// Takes the reading ends of pipes, each with the file that its content is added to.
    pub(super) fn new(pipes: Vec<(PipeReader, &Path)>) -> Result<Self, AgentError> {
        let mut streams = Vec::new();
        for (pipe, path) in pipes {
            let action = "cannot watch the output for";
            let failed = |error: io::Error| AgentError::Io { action, path: path.to_owned(), error };
            rustix::io::ioctl_fionbio(&pipe, true).map_err(|errno| failed(errno.into()))?;
            streams.push(Stream { pipe: Some(pipe), log: Log::open(path, LOG_LIMIT)? });
        }
        Ok(Self { streams, tail: Vec::new(), bytes: 0, last: Instant::now() })
    }

    /// Whether some process can still write.
    pub(super) fn is_open(&self) -> bool {
        self.pipes().next().is_some()
    }

    /// The pipes that some process can still write to.
    pub(super) fn pipes(&self) -> impl Iterator<Item = &PipeReader> {
        self.streams.iter().filter_map(|stream| stream.pipe.as_ref())
    }

    /// Reads each pipe once, without waiting; returns how many bytes there were.
    pub(super) fn take(&mut self) -> usize {
        let mut buffer = [0; 16 << 10];
        let before = self.bytes;
        for stream in &mut self.streams {
            let Some(pipe) = &mut stream.pipe else { continue };
            match pipe.read(&mut buffer) {
                Ok(0) => stream.pipe = None,
                Ok(count) => {
                    let bytes = &buffer[..count];
                    stream.log.write(bytes);
                    keep_tail(&mut self.tail, bytes);
                    self.bytes += count as u64;
                    self.last = Instant::now();
                }
                Err(error) if is_passing(&error) => {}
                Err(_) => stream.pipe = None,
            }
        }
        (self.bytes - before) as usize
    }

    /// Takes what the pipes still hold, without waiting.
    pub(super) fn take_rest(&mut self) {
        // A pipe holds a mebibyte at most; only a process that could not be ended writes on.
        for _ in 0..128 {
            if self.take() == 0 {
                break;
            }
        }
    }

    /// Takes what the pipes still hold, and closes the logs.
    pub(super) fn finish(&mut self) {
        self.take_rest();
        for stream in &mut self.streams {
            stream.pipe = None;
            stream.log.finish();
        }
    }

    /// The last line that was printed, safe for a terminal.
    pub(super) fn last_line(&self) -> String {
        // No more than that line is read: each agent's is asked for a few times a second.
        let lines = self.tail.rsplit(|byte| matches!(byte, b'\n' | b'\r'));
        let shown = |line: &[u8]| {
            let text = plain(&String::from_utf8_lossy(&line[..line.len().min(LINE_BYTES)]));
            let line: String = printable(text.trim()).chars().take(LINE_CHARS).collect();
            (!line.is_empty()).then_some(line)
        };
        lines.filter(|line| !line.is_empty()).find_map(shown).unwrap_or_default()
    }

    /// The last lines of everything that was printed, safe for a terminal.
    pub(super) fn tail(&self) -> String {
        last_lines(&self.tail, self.bytes > self.tail.len() as u64)
    }
}

/// The last lines of the end of a text, safe for a terminal. The first line of an end that is cut
/// off may have lost its beginning.
pub(super) fn last_lines(end: &[u8], is_cut: bool) -> String {
    let text = plain(&String::from_utf8_lossy(end));
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let cut = usize::from(is_cut && lines.len() > 1);
    let first = lines.len().saturating_sub(TAIL_LINES).max(cut);
    printable(&lines[first..].join("\n")).into_owned()
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Appends to the tail and drops from its front what is too much.
fn keep_tail(tail: &mut Vec<u8>, bytes: &[u8]) {
    tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL_BYTES)..]);
    tail.drain(..tail.len().saturating_sub(TAIL_BYTES));
}

/// A file that takes a limited number of bytes and never fails.
struct Log {
    file: Option<File>,
    room: u64,
    dropped: u64,
}

impl Log {
    fn open(path: &Path, limit: u64) -> Result<Self, AgentError> {
        let failed = |error| AgentError::Io { action: "cannot open the log", path: path.to_owned(), error };
        let file = append_plain(path).map_err(failed)?;
        let used = file.metadata().map_err(failed)?.len();
        Ok(Self { file: Some(file), room: limit.saturating_sub(used), dropped: 0 })
    }

    fn write(&mut self, bytes: &[u8]) {
        let take = bytes.len().min(usize::try_from(self.room).unwrap_or(usize::MAX));
        let written = self.file.as_mut().is_some_and(|file| file.write_all(&bytes[..take]).is_ok());
        if written {
            self.room -= take as u64;
            self.dropped += (bytes.len() - take) as u64;
        } else {
            self.file = None;
            self.dropped += bytes.len() as u64;
        }
    }

    /// Says at the end of the file what it does not hold.
    fn finish(&mut self) {
        if let (Some(mut file), 1..) = (self.file.take(), self.dropped) {
            // The log is a convenience; a full disk is no reason to lose the attempt.
            let _ = writeln!(file, "\n[git-orca: {} more bytes were not kept]", self.dropped);
        }
    }
}

/// Removes terminal control sequences and reads a carriage return as a new line.
///
/// What remains still has to pass [`printable`]; this only spares people the sight of colours
/// spelled out.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' => skip_sequence(&mut chars),
            '\r' => plain.push('\n'),
            other => plain.push(other),
        }
    }
    plain
}

fn skip_sequence(chars: &mut std::str::Chars<'_>) {
    let last = match chars.next() {
        Some('[') => chars.find(|char| ('@'..='~').contains(char)),
        Some(']') => chars.find(|char| matches!(char, '\u{7}' | '\u{1b}')),
        _ => None,
    };
    // A title ends at BEL or at ESC and a backslash.
    if last == Some('\u{1b}') {
        chars.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_counts_what_it_drops() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut log = Log::open(&path, 6).unwrap();
        log.write(b"abcd");
        log.write(b"efgh");
        log.write(b"ijkl");
        log.finish();
        let note = "abcdef\n[git-orca: 6 more bytes were not kept]\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), note);
        let mut again = Log::open(&path, 6).unwrap();
        again.write(b"x");
        assert_eq!(again.dropped, 1);
    }

    #[test]
    fn the_tail_keeps_whole_last_lines() {
        let mut output = Output::new(Vec::new()).unwrap();
        for number in 0..10_000 {
            let line = format!("line {number} {}\n", "x".repeat(300));
            output.bytes += line.len() as u64;
            keep_tail(&mut output.tail, line.as_bytes());
        }
        let tail = output.tail();
        assert!(tail.starts_with("line 99"), "{tail}");
        assert!(tail.lines().count() <= TAIL_LINES && tail.len() <= TAIL_BYTES);
        assert!(output.last_line().starts_with("line 9999 xxx"));
        assert_eq!(output.last_line().chars().count(), LINE_CHARS);
    }

    #[test]
    fn colours_titles_and_progress_bars_read_as_plain_lines() {
        let mut output = Output::new(Vec::new()).unwrap();
        let raw = b"\x1b[1;32mok\x1b[0m\n\x1b]0;title\x07 10%\r 50%\r100% \x1b]0;t\x1b\\done\x08\n\n";
        output.tail = raw.to_vec();
        assert_eq!(output.last_line(), "100% done\\u{8}");
        assert_eq!(output.tail(), "ok\n 10%\n 50%\n100% done\\u{8}");
    }
}
