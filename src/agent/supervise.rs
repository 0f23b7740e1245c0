//! Watches one child to its end and leaves nothing of it running.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Progress;
use super::output::Output;
use super::processes::Family;
use crate::model::{Account, Ending, Limits};

/// The longest time between two looks at the clock and at the child.
const TICK: Duration = Duration::from_millis(25);
/// The same where the kernel tells when the child ends, and only the clock has to be looked at.
const LONG_TICK: Duration = Duration::from_millis(100);
/// The time between two reports.
const REPORT: Duration = Duration::from_millis(250);
/// How long after an exit its children may finish printing, as `tee` behind a script does.
const LINGER: Duration = Duration::from_millis(200);
/// How long to wait for a child that the kernel will not let die, such as one in a dead mount.
const UNKILLABLE: Duration = Duration::from_secs(5);

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
    started: Instant,
    is_over: bool,
}

impl Watched {
    pub(super) fn new(child: Child, family: Family) -> Self {
        let end = end_of(&child);
        Self { child, end, family, started: Instant::now(), is_over: false }
    }

    /// Blocks until the child has ended by itself or by a limit, and its family with it. `note` hears
    /// how, and after how long, before the family is looked for.
    pub(super) fn watch_to_end(
        mut self,
        mut output: Output,
        limits: &Limits,
        stop: &AtomicBool,
        watch: &mut dyn FnMut(Progress),
        note: &mut dyn FnMut(Ending, Duration),
    ) -> io::Result<Ended> {
        let mut left_behind = 0;
        let ending = match self.follow(&mut output, limits, stop, watch)? {
            Outcome::Exited(status) => {
                let ending =
                    status.code().map_or(Ending::Signaled(status.signal().unwrap_or(0)), Ending::Exited);
                output.take_rest();
                note(ending, self.started.elapsed());
                linger(&mut output, limits.grace);
                left_behind = self.family.end();
                ending
            }
            Outcome::Stop(reason) => {
                self.terminate(&mut output, limits.grace)?;
                note(reason, self.started.elapsed());
                reason
            }
        };
        self.is_over = true;
        output.finish();
        Ok(Ended {
            ending,
            seconds: self.started.elapsed().as_secs_f64(),
            output_bytes: output.bytes,
            tail: output.tail(),
            left_behind,
            account: Account::default(),
        })
    }

    fn follow(
        &mut self,
        output: &mut Output,
        limits: &Limits,
        stop: &AtomicBool,
        watch: &mut dyn FnMut(Progress),
    ) -> io::Result<Outcome> {
        let mut reported = self.started;
        let mut pause = Pause::new(self.end.is_some());
        loop {
            output.pump(pause.next(output.is_open()), self.end.as_ref());
            if let Some(status) = self.child.try_wait()? {
                return Ok(Outcome::Exited(status));
            }
            if let Some(reason) = self.reason_to_stop(output, limits, stop) {
                return Ok(Outcome::Stop(reason));
            }
            if reported.elapsed() >= REPORT {
                reported = Instant::now();
                watch(Progress {
                    line: output.last_line(),
                    bytes: output.bytes,
                    elapsed: self.started.elapsed(),
                });
            }
        }
    }

    fn reason_to_stop(&self, output: &Output, limits: &Limits, stop: &AtomicBool) -> Option<Ending> {
        if stop.load(Ordering::Relaxed) {
            return Some(Ending::Interrupted);
        }
        if self.started.elapsed() >= limits.timeout {
            return Some(Ending::TimedOut);
        }
        (output.last.elapsed() >= limits.stall).then_some(Ending::Stalled)
    }

    /// Asks the group to end, insists after `grace`, and ends what slipped out of the group.
    fn terminate(&mut self, output: &mut Output, grace: Duration) -> io::Result<()> {
        self.family.remember();
        self.signal(Signal::TERM);
        // A process that was stopped, as by asking a terminal it does not own, hears nothing else.
        self.signal(Signal::CONT);
        if !self.wait(output, grace)? {
            self.signal(Signal::KILL);
            self.wait(output, UNKILLABLE)?;
        }
        self.family.end();
        Ok(())
    }

    /// Waits for the child while its output is taken; false when `patience` ran out.
    fn wait(&mut self, output: &mut Output, patience: Duration) -> io::Result<bool> {
        let begun = Instant::now();
        let mut pause = Pause::new(self.end.is_some());
        loop {
            if self.child.try_wait()?.is_some() {
                return Ok(true);
            }
            let Some(left) = patience.checked_sub(begun.elapsed()) else { return Ok(false) };
            output.pump(pause.next(output.is_open()).min(left), self.end.as_ref());
        }
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

enum Outcome {
    Exited(ExitStatus),
    Stop(Ending),
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

/// How long to wait for output. The end of the child wakes us by itself where the kernel tells it;
/// elsewhere open pipes do, and without them the first looks come quickly, because the end is near.
struct Pause {
    is_told: bool,
    last: Duration,
}

impl Pause {
    fn new(is_told: bool) -> Self {
        Self { is_told, last: Duration::ZERO }
    }

    fn next(&mut self, is_open: bool) -> Duration {
        if self.is_told {
            return LONG_TICK;
        }
        if is_open {
            return TICK;
        }
        self.last = (self.last * 2).clamp(Duration::from_millis(1), TICK);
        self.last
    }
}

fn linger(output: &mut Output, grace: Duration) {
    let deadline = Instant::now() + LINGER.min(grace);
    while output.is_open() && Instant::now() < deadline {
        output.pump(TICK, None);
    }
}
