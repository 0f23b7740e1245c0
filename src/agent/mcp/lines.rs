//! Lines of standard input, with a bound on their length and an ear for signals.
//!
//! A reader that blocks would not hear that it is to end: clients end a server by a signal and keep
//! its input open.

use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Longer lines are thrown away.
pub(super) const LONGEST: usize = 8 << 20;
/// How long to wait before looking whether to end.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// What came next.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Line(Vec<u8>),
    /// A line that was thrown away; how many bytes one may have.
    TooLong(usize),
    End,
}

/// Standard input, line by line.
#[derive(Default)]
pub struct Lines {
    held: Vec<u8>,
    /// How much of what is held is known to have no line feed.
    searched: usize,
    is_skipping: bool,
    is_over: bool,
}

impl Lines {
    /// Waits for the next line; empty ones are passed over.
    pub fn next(&mut self, stop: &AtomicBool) -> Heard {
        loop {
            match self.take_line() {
                Some(Heard::Line(line)) if line.iter().all(u8::is_ascii_whitespace) => continue,
                Some(heard) => return heard,
                None if self.is_over => return Heard::End,
                None => {}
            }
            if stop.load(Ordering::Relaxed) {
                return Heard::End;
            }
            self.read_more();
        }
    }

    /// The first whole line of what is held; at the end of the input, what is left.
    fn take_line(&mut self) -> Option<Heard> {
        let feed = self.held[self.searched..].iter().position(|&byte| byte == b'\n');
        let end = match feed {
            Some(position) => self.searched + position,
            None if self.is_over && !self.held.is_empty() => self.held.len(),
            None => {
                self.searched = self.held.len();
                if self.held.len() > LONGEST {
                    self.held.clear();
                    self.searched = 0;
                    self.is_skipping = true;
                }
                return None;
            }
        };
        let line: Vec<u8> = self.held.drain(..end).collect();
        self.held.drain(..usize::from(feed.is_some()));
        self.searched = 0;
        if std::mem::take(&mut self.is_skipping) || line.len() > LONGEST {
            return Some(Heard::TooLong(LONGEST));
        }
        Some(Heard::Line(line))
    }

    fn read_more(&mut self) {
        let input = std::io::stdin();
        let mut waited = [PollFd::new(&input, PollFlags::IN)];
        match poll(&mut waited, Some(&TICK)) {
            Ok(0) | Err(Errno::INTR) => return,
            Ok(_) => {}
            Err(_) => self.is_over = true,
        }
        let mut buffer = [0; 64 << 10];
        match rustix::io::read(input.as_fd(), &mut buffer) {
            Ok(0) => self.is_over = true,
            Ok(count) => self.held.extend_from_slice(&buffer[..count]),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => self.is_over = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_bounded_and_the_last_needs_no_end() {
        let mut lines = Lines { held: b"one\ntwo".to_vec(), ..Lines::default() };
        assert_eq!(lines.take_line(), Some(Heard::Line(b"one".to_vec())));
        assert_eq!(lines.take_line(), None);
        lines.is_over = true;
        assert_eq!(lines.take_line(), Some(Heard::Line(b"two".to_vec())));
        assert_eq!(lines.take_line(), None);
        let mut lines = Lines { held: vec![b'x'; LONGEST + 1], ..Lines::default() };
        assert_eq!(lines.take_line(), None);
        assert!(lines.held.is_empty(), "what is thrown away is not kept");
        lines.held.extend_from_slice(b"rest\nnext\n");
        assert_eq!(lines.take_line(), Some(Heard::TooLong(LONGEST)));
        assert_eq!(lines.take_line(), Some(Heard::Line(b"next".to_vec())));
    }
}
