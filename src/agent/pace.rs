//! When whoever watches children wakes up.
//!
//! Waking costs more than what is done then. Agents print a line now and then; were each line taken
//! when it comes, sixteen agents would wake us all the time. So after some output the pipes rest for
//! a moment, while the end of a child and everything else still wakes us at once. Where much comes
//! in, nothing rests: a pipe that is full would hold its writer up.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, Timespec, poll};

use super::supervise::Watched;

/// How long pipes rest.
const REST: Duration = Duration::from_millis(100);
/// What no agent prints at once that only speaks, in bytes.
const MUCH: usize = 8 << 10;
/// How long nothing rests after much has come.
const ATTENTION: Duration = Duration::from_secs(1);

/// When output is taken next.
pub(super) struct Pace {
    rests_until: Instant,
    attends_until: Instant,
}

impl Default for Pace {
    fn default() -> Self {
        let now = Instant::now();
        Self { rests_until: now, attends_until: now }
    }
}

impl Pace {
    /// Hears how many bytes a child had printed.
    pub(super) fn heard(&mut self, n_bytes: usize) {
        if n_bytes == 0 {
            return;
        }
        let now = Instant::now();
        if n_bytes >= MUCH {
            self.attends_until = now + ATTENTION;
        }
        if now >= self.attends_until {
            self.rests_until = now + REST;
        }
    }

    /// Waits until a child has to be looked at, one of `others` is readable, or `until`.
    pub(super) fn wait<'w>(
        &self,
        children: impl IntoIterator<Item = &'w Watched>,
        others: Vec<PollFd<'w>>,
        until: Option<Instant>,
    ) {
        let now = Instant::now();
        let listens = now >= self.rests_until || now < self.attends_until;
        let mut times: Vec<Instant> = until.into_iter().collect();
        times.extend((!listens).then_some(self.rests_until));
        let mut fds = others;
        for child in children {
            fds.extend(child.signs(listens));
            times.push(child.due());
        }
        let patience = times.into_iter().min().map(|due| due.saturating_duration_since(now));
        let timeout = patience.and_then(|patience| Timespec::try_from(patience).ok());
        // An interrupted poll is like one that timed out: the caller comes back.
        let _ = poll(&mut fds, timeout.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_output_rests_and_much_is_attended_to() {
        let mut pace = Pace::default();
        let begun = Instant::now();
        pace.wait([], Vec::new(), Some(begun));
        pace.heard(0);
        assert!(pace.rests_until <= begun);
        pace.heard(300);
        assert!(pace.rests_until > begun && pace.attends_until <= begun);
        pace.wait([], Vec::new(), None);
        assert!(begun.elapsed() >= REST);
        pace.heard(MUCH);
        pace.heard(300);
        assert!(pace.rests_until <= Instant::now() && pace.attends_until > Instant::now());
    }
}
