//! The one place that starts `git`.
//!
//! Every child gets the same fixed surroundings: no hooks, no file system monitor, no prompt, no
//! editor, the C locale, and none of the variables by which an outer Git names its own repository.
//! A child that inherited those would work on the caller's repository instead of the one it was
//! sent to.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;

use super::GitError;
use super::scratch::Scratch;

/// What `git rev-parse --local-env-vars` prints: the variables that beat the working directory.
pub const LOCAL_ENV: [&str; 16] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_INTERNAL_SUPER_PREFIX",
];

/// The variable that tells of which process a `git` is a child. A killed orca leaves its children
/// at work for a moment, and whoever goes on has to let them finish.
pub const CHILD_OF: &str = "ORCA_CHILD_OF";

/// Settings that keep a repository's configuration from running programs behind our back.
const SETTINGS: [&str; 5] = [
    "core.fsmonitor=false",
    "core.quotePath=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
];

/// What a pipe takes at once though nobody reads: never less than a page.
const PIPE_HOLDS: usize = 4096;

/// A `git` about to be started in a directory.
#[derive(Debug, Clone)]
pub struct Git {
    dir: PathBuf,
    env: Vec<(OsString, OsString)>,
    runs_hooks: bool,
    is_shielded: bool,
    /// Holds the directory as long as a child may be started in it.
    stand_in: Option<Arc<Scratch>>,
}

/// What a finished `git` left behind.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Output {
    /// The exit code; a death by signal counts as 128 + signal.
    pub fn code(&self) -> i32 {
        exit_code(self.status)
    }
}

impl From<std::process::Output> for Output {
    fn from(output: std::process::Output) -> Self {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { status: output.status, stdout: output.stdout, stderr }
    }
}

pub(super) fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

impl Git {
    /// A `git` that works in `dir`.
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), env: Vec::new(), runs_hooks: false, is_shielded: false, stand_in: None }
    }

    /// Lets the repository's own hooks and `core.hooksPath` count.
    pub fn with_hooks(mut self) -> Self {
        self.runs_hooks = true;
        self
    }

    /// Keeps the child out of reach of the terminal: Ctrl-C ends a step between two of them, never
    /// in the middle of one. Not for a child that may ask the user something.
    pub fn shielded(mut self) -> Self {
        self.is_shielded = true;
        self
    }

    /// Works in a directory that stands in for the working tree of the repository at `git_dir`, with an
    /// empty index.
    pub(super) fn in_stand_in(mut self, git_dir: &Path, stand_in: Arc<Scratch>) -> Self {
        self.dir = stand_in.dir().to_owned();
        let no_index = self.dir.join(".git/index");
        self =
            self.env("GIT_DIR", git_dir).env("GIT_WORK_TREE", stand_in.dir()).env("GIT_INDEX_FILE", no_index);
        self.stand_in = Some(stand_in);
        self
    }

    /// Sets a variable of the child.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Runs to the end and returns standard output; any other exit than 0 is an error.
    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Vec<u8>, GitError> {
        self.run_with_input(args, b"")
    }

    /// As [`Git::run`], with `input` on standard input.
    pub fn run_with_input<S: AsRef<OsStr>>(&self, args: &[S], input: &[u8]) -> Result<Vec<u8>, GitError> {
        let output = self.output(args, input)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(self.failure(args, &output))
    }

    /// Runs to the end and leaves the judgement of the exit code to the caller.
    pub fn output<S: AsRef<OsStr>>(&self, args: &[S], input: &[u8]) -> Result<Output, GitError> {
        let mut child = self.spawn(args, Stdio::piped())?;
        let stdin = child.stdin.take();
        // A child that exits early closes the pipe, which its status explains better than our EPIPE.
        let feed = move || drop(stdin.map(|mut pipe| pipe.write_all(input)));
        let output = if input.len() <= PIPE_HOLDS {
            feed();
            child.wait_with_output()
        } else {
            // A child may fill its output pipe before it has read its input.
            std::thread::scope(|scope| {
                scope.spawn(feed);
                child.wait_with_output()
            })
        };
        Ok(Output::from(output.map_err(|error| self.not_started(error))?))
    }

    /// As [`Git::run`], with a file that the child holds open as long as it lives, and with it any
    /// lock on the file, even when orca dies first.
    pub(super) fn run_holding<S: AsRef<OsStr>>(&self, args: &[S], held: File) -> Result<Vec<u8>, GitError> {
        let output = self.command(args).stdin(held).output().map_err(|error| self.not_started(error))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(self.failure(args, &Output::from(output)))
    }

    /// Starts a long-lived child with all three streams piped (or standard error as given).
    pub fn spawn<S: AsRef<OsStr>>(&self, args: &[S], stderr: Stdio) -> Result<Child, GitError> {
        self.command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(|error| self.not_started(error))
    }

    /// The error that says what `git` was asked and what it answered.
    pub fn failure<S: AsRef<OsStr>>(&self, args: &[S], output: &Output) -> GitError {
        let words: Vec<_> = args.iter().map(|arg| arg.as_ref().to_string_lossy()).collect();
        GitError::Failed {
            command: words.join(" "),
            code: output.code(),
            stderr: output.stderr.trim().to_owned(),
        }
    }

    fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        #[expect(clippy::disallowed_methods, reason = "this is the door through which git is started")]
        let mut command = Command::new("git");
        let no_hooks = (!self.runs_hooks).then_some("core.hooksPath=/dev/null");
        for setting in no_hooks.into_iter().chain(SETTINGS) {
            command.arg("-c").arg(setting);
        }
        command.args(args).current_dir(&self.dir);
        for name in LOCAL_ENV {
            command.env_remove(name);
        }
        command
            .env(CHILD_OF, std::process::id().to_string())
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_EDITOR", "true")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        if self.is_shielded {
            command.process_group(0);
        }
        command
    }

    fn not_started(&self, error: std::io::Error) -> GitError {
        GitError::NotStarted { dir: self.dir.clone(), error }
    }
}
