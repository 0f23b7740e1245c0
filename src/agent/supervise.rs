//! One child under watch, from its start to its end; nothing of it is left running.
//!
//! Nothing here waits for the child. Whoever watches waits for its signs and for the time when it is
//! due, then lets it step; so one thread can watch any number of children.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, Signal, kill_process_group};

use super::account;
use super::launch::Launch;
use super::note::note;
use super::output::Output;
use super::pace::Pace;
use super::processes::Family;
use crate::model::{Account, Ending, Limits};

/// The longest time between two looks at a wish to stop.
const TICK: Duration = Duration::from_millis(100);
/// The longest time between two looks at a child whose end the kernel does not tell.
const LOOK: Duration = Duration::from_millis(25);
/// The time between two reports.
pub(super) const REPORT: Duration = Duration::from_millis(250);
/// How long after an exit its children may finish printing, as `tee` behind a script does.
const LINGER: Duration = Duration::from_millis(200);
/// How long to wait for a child that the kernel will not let die, such as one in a dead mount.
const UNKILLABLE: Duration = Duration::from_secs(5);
/// Longer than anything runs, and no time that a clock could not show.
const ENDLESS: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// How an attempt ended, without a judgement of what it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    pub ending: Ending,
    pub seconds: f64,
    /// Bytes printed, also those that the logs did not take.
    pub output_bytes: u64,
    /// The last lines printed, safe for a terminal.
    pub tail: String,
    /// Processes that outlived an exit and had to be ended.
    pub left_behind: usize,
    /// What the agent says of itself.
    pub account: Account,
}

/// A child that dies with its whole family when this value goes, even by a panic.
pub(super) struct Watched {
    child: Child,
    /// Becomes readable when the child ends; none where the kernel has no such thing.
    end: Option<OwnedFd>,
    family: Family,
    output: Output,
    limits: Limits,
    /// The attempt that it is; none for a command of the project.
    launch: Option<Launch>,
    started: Instant,
    phase: Phase,
    /// The printed bytes that were reported.
    reported: u64,
    /// Why it cannot be watched.
    failure: Option<io::Error>,
    is_over: bool,
}

enum Phase {
    Working,
    /// It was asked to end, or killed, and gets until then.
    Stopping {
        reason: Ending,
        until: Instant,
        is_killed: bool,
    },
    /// It has ended; what it has started may print until then.
    Ended {
        ending: Ending,
        until: Instant,
    },
}

impl Watched {
    pub(super) fn new(
        child: Child,
        family: Family,
        output: Output,
        limits: Limits,
        launch: Option<Launch>,
    ) -> Self {
        let end = end_of(&child);
        Self {
            child,
            end,
            family,
            output,
            limits,
            launch,
            started: Instant::now(),
            phase: Phase::Working,
            reported: 0,
            failure: None,
            is_over: false,
        }
    }

    /// Watches this child alone, in this thread. `say` hears the newest line a few times a second,
    /// while new ones come.
    pub(super) fn watch_to_end(
        mut self,
        stop: &AtomicBool,
        say: &mut dyn FnMut(String),
    ) -> io::Result<Ended> {
        let mut pace = Pace::default();
        let mut reported = self.started;
        loop {
            pace.wait([&self], Vec::new(), Some(Instant::now() + TICK));
            if self.step(stop.load(Ordering::Relaxed), &mut pace) {
                return self.close();
            }
            if reported.elapsed() >= REPORT {
                reported = Instant::now();
                self.news().into_iter().for_each(&mut *say);
            }
        }
    }

    /// What becomes readable when there is something to do; output may wait unless `listens`.
    pub(super) fn signs(&self, listens: bool) -> impl Iterator<Item = PollFd<'_>> {
        let listens = listens || !matches!(self.phase, Phase::Working);
        // Once the child has been waited for, its end would be readable for ever.
        let end = self.end.as_ref().filter(|_| !matches!(self.phase, Phase::Ended { .. }));
        let end = end.map(|end| PollFd::new(end, PollFlags::IN));
        self.output.pipes().filter(move |_| listens).map(|pipe| PollFd::new(pipe, PollFlags::IN)).chain(end)
    }

    /// When to look at it at the latest.
    pub(super) fn due(&self) -> Instant {
        let due = match &self.phase {
            Phase::Working => {
                let silent = after(self.output.last, self.limits.stall);
                after(self.started, self.limits.timeout).min(silent)
            }
            Phase::Stopping { until, .. } => *until,
            Phase::Ended { until, .. } => return *until,
        };
        if self.end.is_some() { due } else { due.min(Instant::now() + LOOK) }
    }

    /// Takes what it printed and does what is due. Returns whether it is over, and only to be closed.
    pub(super) fn step(&mut self, stop: bool, pace: &mut Pace) -> bool {
        pace.heard(self.output.take());
        if let Phase::Ended { until, .. } = self.phase {
            return !self.output.is_open() || Instant::now() >= until;
        }
        match self.child.try_wait() {
            Ok(None) => self.go_on(stop),
            Ok(status) => self.has_ended(status),
            Err(error) => self.failure = Some(error),
        }
        self.failure.is_some()
    }

    /// Stops a living child where there is a reason to, and insists where that does not help.
    fn go_on(&mut self, stop: bool) {
        if let Phase::Stopping { until, is_killed, .. } = self.phase {
            if Instant::now() >= until {
                self.insist(is_killed);
            }
        } else if let Some(reason) = self.reason_to_stop(stop) {
            self.ask_to_end(reason);
        }
    }

    /// Ends its family and tells how it ended.
    pub(super) fn close(mut self) -> io::Result<Ended> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        let ending = match self.phase {
            Phase::Ended { ending, .. } => ending,
            Phase::Working | Phase::Stopping { .. } => Ending::Interrupted,
        };
        let n_ended = self.family.end();
        self.is_over = true;
        self.output.finish();
        let tail = self.output.tail();
        let account = self.launch.as_ref().map(|launch| account::of_launch(launch, ending, tail.trim_end()));
        Ok(Ended {
            ending,
            seconds: self.started.elapsed().as_secs_f64(),
            output_bytes: self.output.bytes,
            tail,
            // Of one that was stopped, nobody expects that its children are gone.
            left_behind: if is_exit(ending) { n_ended } else { 0 },
            account: account.unwrap_or_default(),
        })
    }

    /// Whether it has printed something that was not reported yet.
    pub(super) fn has_news(&self) -> bool {
        self.output.bytes > self.reported
    }

    /// The newest line, safe for a terminal, if it was not reported yet.
    pub(super) fn news(&mut self) -> Option<String> {
        let line = self.has_news().then(|| self.output.last_line());
        self.reported = self.output.bytes;
        line.filter(|line| !line.is_empty())
    }

    fn reason_to_stop(&self, stop: bool) -> Option<Ending> {
        if stop {
            return Some(Ending::Interrupted);
        }
        if self.started.elapsed() >= self.limits.timeout {
            return Some(Ending::TimedOut);
        }
        (self.output.last.elapsed() >= self.limits.stall).then_some(Ending::Stalled)
    }

    /// Asks the group to end; force follows after the grace.
    fn ask_to_end(&mut self, reason: Ending) {
        self.family.remember();
        self.signal(Signal::TERM);
        // A process that was stopped, as by asking a terminal it does not own, hears nothing else.
        self.signal(Signal::CONT);
        let until = after(Instant::now(), self.limits.grace);
        self.phase = Phase::Stopping { reason, until, is_killed: false };
    }

    /// Kills the group; one that does not even die of that is given up.
    fn insist(&mut self, is_killed: bool) {
        if is_killed {
            return self.has_ended(None);
        }
        self.signal(Signal::KILL);
        if let Phase::Stopping { until, is_killed, .. } = &mut self.phase {
            (*until, *is_killed) = (Instant::now() + UNKILLABLE, true);
        }
    }

    /// Notes the end, before the family is looked for.
    fn has_ended(&mut self, status: Option<ExitStatus>) {
        self.output.take_rest();
        let ending = match (&self.phase, status) {
            (Phase::Stopping { reason, .. }, _) => *reason,
            (_, Some(status)) => ending_of(status),
            (_, None) => Ending::Interrupted,
        };
        if let Some(launch) = &self.launch {
            note(launch, ending, self.started.elapsed());
        }
        let lingers = is_exit(ending) && self.output.is_open();
        let linger = if lingers { LINGER.min(self.limits.grace) } else { Duration::ZERO };
        self.phase = Phase::Ended { ending, until: Instant::now() + linger };
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It fails only when the whole group has ended.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        self.family.remember();
        self.signal(Signal::KILL);
        self.family.end();
        // The status of a child that was killed on the way out says nothing more.
        let _ = self.child.try_wait();
    }
}

/// The time after a patience that may be endless.
fn after(time: Instant, patience: Duration) -> Instant {
    time + patience.min(ENDLESS)
}

fn ending_of(status: ExitStatus) -> Ending {
    status.code().map_or(Ending::Signaled(status.signal().unwrap_or(0)), Ending::Exited)
}

fn is_exit(ending: Ending) -> bool {
    matches!(ending, Ending::Exited(_) | Ending::Signaled(_))
}

/// What becomes readable when a child ends. It has not been waited for, so its number is its own.
#[cfg(target_os = "linux")]
fn end_of(child: &Child) -> Option<OwnedFd> {
    let pid = Pid::from_raw(i32::try_from(child.id()).ok()?)?;
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn end_of(_: &Child) -> Option<OwnedFd> {
    None
}
