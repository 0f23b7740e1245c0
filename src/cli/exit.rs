//! Exit codes and error messages.
//!
//! 0 done · 1 a clean "no" · 2 usage or configuration · 3 Git, file system or agent failed ·
//! 128+n stopped by signal n.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::commands::Outcome;
use crate::engine::{Fault, FaultKind};
use crate::forge::ForgeError;
use crate::git::GitError;
use crate::store::{FileError, HubError};
use crate::ui::Ui;

const CLEAN_NO: u8 = 1;
const USAGE: u8 = 2;
const FAILED: u8 = 3;

/// Remembers which signal asked the process to stop.
pub(super) struct Signals {
    received: Arc<AtomicUsize>,
}

impl Signals {
    /// Sets `stop` at the first signal; a second one ends the process at once.
    pub(super) fn watch(stop: &Arc<AtomicBool>) -> Self {
        let received = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Registered in this order, so that the second signal finds the flag set. A signal that
            // cannot be watched keeps its usual effect, which is to end the process.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(stop));
            let _ = signal_hook::flag::register(signal, Arc::clone(stop));
            let _ = signal_hook::flag::register_usize(signal, Arc::clone(&received), signal as usize);
        }
        Self { received }
    }

    /// The exit code of a process that a signal has stopped.
    pub(super) fn code(&self) -> Option<u8> {
        match self.received.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(128 + signal as u8),
        }
    }
}

/// Turns what a command returned into an exit code, unless a signal has stopped it, and prints its
/// error if it failed.
pub(super) fn code(ui: &Ui, outcome: anyhow::Result<Outcome>, stopped: Option<u8>) -> ExitCode {
    let code = match outcome {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::No) => CLEAN_NO,
        Ok(Outcome::Code(code)) => code,
        // Whoever read our output has seen enough.
        Err(error) if is_closed_pipe(&error) => 0,
        Err(error) => {
            let (code, hints) = judge(&error);
            ui.error(&error, &hints);
            code
        }
    };
    ExitCode::from(stopped.unwrap_or(code))
}

/// What Git says to a wrong call.
const GIT_USAGE: u8 = 129;

/// Prints what clap has to say: help and versions to standard output, mistakes to standard error.
pub(super) fn usage(error: &clap::Error, as_git: bool) -> ExitCode {
    let printed = error.print().and_then(|()| std::io::stdout().flush());
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::from(FAILED),
        _ if error.use_stderr() => ExitCode::from(if as_git { GIT_USAGE } else { USAGE }),
        _ => ExitCode::SUCCESS,
    }
}

fn judge(error: &anyhow::Error) -> (u8, Vec<String>) {
    if let Some(fault) = error.downcast_ref::<Fault>() {
        let code = if fault.kind == FaultKind::Usage { USAGE } else { CLEAN_NO };
        return (code, fault.hints.clone());
    }
    if error.downcast_ref::<FileError>().is_some() {
        return (USAGE, Vec::new());
    }
    if error.downcast_ref::<ForgeError>().is_some() {
        return (FAILED, ["gh auth status", "git orca pr --push-only"].map(str::to_owned).to_vec());
    }
    if matches!(
        error.downcast_ref::<HubError>(),
        Some(HubError::Record { .. } | HubError::NoManifest | HubError::Unreadable(_))
    ) {
        return (FAILED, vec!["git orca doctor".to_owned()]);
    }
    match error.downcast_ref::<GitError>() {
        Some(GitError::UnknownRevision(name)) if name.contains("..") => {
            (USAGE, vec!["a range is no branch: name its end, and its start with --base".to_owned()])
        }
        Some(GitError::UnknownRevision(_)) => {
            (USAGE, vec!["'git branch --all' lists what there is".to_owned()])
        }
        Some(GitError::NotGot(_)) => (FAILED, vec!["git fetch shows why".to_owned()]),
        Some(error) if error.is_of_another_owner() => {
            (FAILED, vec!["git status says which setting lets you in".to_owned()])
        }
        _ if is_full_disk(error) => {
            (FAILED, vec!["make room on the disk, then give the same command again".to_owned()])
        }
        Some(error) if error.is_damage() => (
            FAILED,
            vec!["git fsck shows what is damaged; the other branches can be named without it".to_owned()],
        ),
        _ => (FAILED, Vec::new()),
    }
}

/// Git's children and libgit2 tell of a full disk in words only.
fn is_full_disk(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.to_string().contains("No space left on device"))
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    };
    error.chain().any(closed)
}
