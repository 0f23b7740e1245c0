//! Starts agents and the project's own commands, in surroundings that belong to no one else.
//!
//! A child inherits the user's environment without what ties it to an outer Git, an outer orca or
//! an outer agent session: an agent that saw `GIT_DIR` would work on the main checkout.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io::{self, ErrorKind, PipeWriter, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use super::launch::PROMPT;
use super::output::Output;
use super::processes::{self, Family, MARKER};
use super::supervise::Watched;
use super::{AgentError, Confine, Ended, Launch, PromptBy};
use crate::git::{LOCAL_ENV, open_plain};
use crate::model::{Account, Ending, Limits};

/// What an agent session tells its children about itself. Settings of the same family, such as
/// `CLAUDE_CODE_USE_BEDROCK` or the login token, are the user's and stay.
const SESSION_ENV: [&str; 9] = [
    "CLAUDECODE",
    "CLAUDE_CODE_AGENT_ID",
    "CLAUDE_CODE_AGENT_NAME",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_REMOTE_SESSION_ID",
    "CLAUDE_CODE_SESSION_ID",
    "CLAUDE_CODE_SSE_PORT",
    "CLAUDE_CODE_TASK_LIST_ID",
    "CLAUDE_CODE_TEAM_NAME",
];

/// Git settings of every child: nothing in the background, no question to a person.
const GIT_SETTINGS: [(&str, &str); 3] =
    [("gc.auto", "0"), ("maintenance.auto", "false"), ("commit.gpgSign", "false")];

/// A command of the project: a gate, an acceptance check, a set-up step.
#[derive(Debug, Clone)]
pub struct Shell<'a> {
    /// Read by `sh -c`.
    pub command: &'a str,
    pub dir: &'a Path,
    pub env: &'a [(String, String)],
    /// Takes standard output and standard error, in the order they came.
    pub log: &'a Path,
    pub marker: &'a str,
    pub limits: Limits,
}

/// Runs an agent to its end, in this thread.
///
/// `stop` ends it early. `say` hears the newest line a few times a second, while new ones come, and
/// must be quick: the agent's output waits meanwhile.
pub fn run(launch: &Launch, stop: &AtomicBool, say: &mut dyn FnMut(String)) -> Result<Ended, AgentError> {
    if stop.load(Ordering::Relaxed) {
        return Ok(not_started());
    }
    finish(start(launch.clone())?.watch_to_end(stop, say), &launch.dir)
}

/// Starts an agent.
pub(super) fn start(launch: Launch) -> Result<Watched, AgentError> {
    let temporary = launch.run_dir.join("tmp");
    if temporary.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
        // An earlier attempt could stop all later ones by it.
        let _ = std::fs::remove_file(&temporary);
    }
    make_private_dir(&temporary)?;
    make_private_dir(&launch.log_dir)?;
    let prompt = write_prompt(&launch)?;
    launch.files.iter().try_for_each(|(name, text)| write_whole(&launch.run_dir, name, text).map(drop))?;
    let (out, out_writer) = pipe(&launch.dir)?;
    let (err, err_writer) = pipe(&launch.dir)?;
    let output = Output::new(vec![(out, &launch.log("out")), (err, &launch.log("err"))])?;

    let mut command = match &launch.confine {
        None => command(&launch.program, &launch.dir, &launch.marker),
        Some(confine) => confined(&launch, confine)?,
    };
    command.args(&launch.args).env("TMPDIR", &temporary);
    if launch.prompt == PromptBy::Arg {
        command.arg(&launch.prompt_text);
    }
    for name in &launch.env_remove {
        command.env_remove(name);
    }
    command.envs(launch.env.iter().map(|(name, value)| (name, value)));
    command.stdin(prompt).stdout(out_writer).stderr(err_writer);

    let child = spawn(command).map_err(|error| refusal(&launch, error))?;
    let dirs = vec![real(&launch.dir), real(&launch.run_dir)];
    let family = Family::new(&launch.marker, Some(child.id()), dirs);
    Ok(Watched::new(child, family, output, launch.limits, Some(launch)))
}

/// The program of a launch behind `git-orca confine`, which becomes it.
fn confined(launch: &Launch, confine: &Confine) -> Result<Command, AgentError> {
    // The kernel would tell the confined process and not us that there is no such program.
    let program = find(launch).ok_or_else(|| refusal(launch, ErrorKind::NotFound.into()))?;
    if !is_executable(&program) {
        return Err(refusal(launch, ErrorKind::PermissionDenied.into()));
    }
    let mut command = command(&confine.binary.to_string_lossy(), &launch.dir, &launch.marker);
    command.arg("confine");
    for place in &confine.writes {
        command.arg("--write").arg(place);
    }
    command.arg("--").arg(program);
    Ok(command)
}

fn is_executable(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    program.metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
}

/// Runs a command of the project to its end, in this thread.
pub fn shell(job: &Shell<'_>, stop: &AtomicBool) -> Result<Ended, AgentError> {
    if stop.load(Ordering::Relaxed) {
        return Ok(not_started());
    }
    let (both, writer) = pipe(job.dir)?;
    let output = Output::new(vec![(both, job.log)])?;
    let mut command = command("sh", job.dir, job.marker);
    command.arg("-c").arg(job.command);
    command.envs(job.env.iter().map(|(name, value)| (name, value)));
    let for_errors = writer.try_clone().map_err(|error| io_error("cannot start sh in", job.dir, error))?;
    command.stdin(Stdio::null()).stdout(writer).stderr(for_errors);
    let child = spawn(command).map_err(|error| {
        if job.dir.is_dir() {
            io_error("cannot start sh in", job.dir, error)
        } else {
            AgentError::NoDirectory(job.dir.to_owned())
        }
    })?;
    let family = Family::new(job.marker, Some(child.id()), vec![real(job.dir)]);
    let watched = Watched::new(child, family, output, job.limits, None);
    finish(watched.watch_to_end(stop, &mut |_| ()), job.dir)
}

/// The surroundings that all children share.
fn command(program: &str, dir: &Path, marker: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "this is the door through which agents are started")]
    let mut command = Command::new(located(program, dir));
    command.current_dir(dir).process_group(0);
    // There are programs that believe this more than where they are.
    command.env("PWD", dir);
    for name in LOCAL_ENV.iter().chain(&SESSION_ENV) {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"ORCA_") {
            command.env_remove(name);
        }
    }
    command
        .env(MARKER, marker)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_EDITOR", "true")
        .env("GIT_PAGER", "cat")
        .env("GIT_CONFIG_COUNT", GIT_SETTINGS.len().to_string());
    for (index, (key, value)) in GIT_SETTINGS.iter().enumerate() {
        command.env(format!("GIT_CONFIG_KEY_{index}"), key).env(format!("GIT_CONFIG_VALUE_{index}"), value);
    }
    command
}

/// Starts the child. The command is dropped here, and our copies of the writing ends with it.
fn spawn(mut command: Command) -> io::Result<Child> {
    processes::adopt_orphans();
    command.spawn()
}

/// A program named with a slash lies relative to the worktree; any other is looked up in `PATH`.
fn located(program: &str, dir: &Path) -> PathBuf {
    if program.contains('/') { dir.join(program) } else { PathBuf::from(program) }
}

/// Keeps the prompt in the run directory and returns what the agent reads on standard input.
fn write_prompt(launch: &Launch) -> Result<Stdio, AgentError> {
    let path = write_whole(&launch.run_dir, PROMPT, &launch.prompt_text)?;
    if launch.prompt != PromptBy::Stdin {
        return Ok(Stdio::null());
    }
    // The file itself is the standard input: no pipe to feed, whatever the agent reads of it.
    Ok(open_plain(&path).map_err(|error| io_error("cannot read", &path, error))?.into())
}

/// Writes a file in place of what was there, whatever that is.
pub(super) fn write_whole(dir: &Path, name: &str, text: &str) -> Result<PathBuf, AgentError> {
    let path = dir.join(name);
    let failed = |error| io_error("cannot write", &path, error);
    if path.parent() != Some(dir) {
        // What an agent may write can hold links to other directories.
        return Err(failed(io::Error::new(ErrorKind::InvalidInput, "the name goes through a directory")));
    }
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        std::fs::remove_dir_all(&path).map_err(failed)?;
    }
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(path)
}

fn make_private_dir(dir: &Path) -> Result<(), AgentError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|error| io_error("cannot make the directory", dir, error))
}

fn pipe(dir: &Path) -> Result<(io::PipeReader, PipeWriter), AgentError> {
    io::pipe().map_err(|error| io_error("cannot make a pipe for the agent in", dir, error))
}

/// Why the kernel would not start the program; it says "not found" for three different things.
fn refusal(launch: &Launch, error: io::Error) -> AgentError {
    let agent = launch.agent.clone();
    if !launch.dir.is_dir() {
        return AgentError::NoDirectory(launch.dir.clone());
    }
    if error.kind() == ErrorKind::ArgumentListTooLong {
        return AgentError::PromptTooLong { agent, bytes: launch.prompt_text.len() };
    }
    let Some(path) = find(launch) else {
        return AgentError::Missing { agent, program: launch.program.clone() };
    };
    match error.kind() {
        ErrorKind::NotFound => AgentError::BadInterpreter { agent, path },
        // ENOEXEC, a text without a first line that names an interpreter, has no kind of its own.
        ErrorKind::PermissionDenied => AgentError::NotExecutable { agent, path },
        _ if error.raw_os_error() == Some(8) => AgentError::NotExecutable { agent, path },
        _ => io_error("cannot start", &path, error),
    }
}

/// Where the program of a launch lies, executable or not.
fn find(launch: &Launch) -> Option<PathBuf> {
    if launch.program.contains('/') {
        let path = located(&launch.program, &launch.dir);
        return path.exists().then_some(path);
    }
    let own = launch.env.iter().rev().find(|(name, _)| name == "PATH");
    let path = match own {
        Some((_, value)) => OsString::from(value),
        None => std::env::vars_os().find(|(name, _)| name == "PATH")?.1,
    };
    std::env::split_paths(&path).map(|dir| dir.join(&launch.program)).find(|path| path.is_file())
}

/// The name that `/proc` shows for a directory.
fn real(dir: &Path) -> PathBuf {
    dir.canonicalize().unwrap_or_else(|_| dir.to_owned())
}

pub(super) fn finish<T>(watched: io::Result<T>, dir: &Path) -> Result<T, AgentError> {
    watched.map_err(|error| io_error("cannot watch what runs in", dir, error))
}

fn not_started() -> Ended {
    Ended {
        ending: Ending::Interrupted,
        seconds: 0.0,
        output_bytes: 0,
        tail: String::new(),
        left_behind: 0,
        account: Account::default(),
    }
}

fn io_error(action: &'static str, path: &Path, error: io::Error) -> AgentError {
    AgentError::Io { action, path: path.to_owned(), error }
}
