//! One throw-away repository, cut off from the machine's Git configuration.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

/// A temporary home with a repository in `repo/`.
pub(crate) struct Sandbox {
    home: tempfile::TempDir,
}

/// What a finished command printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

const CONFIG: &str = "[user]\n\tname = Ada\n\temail = ada@example.org\n[maintenance]\n\tauto = false\n";

/// Where the homes are made: in memory if it has the room and `TMPDIR` asks for no other place. On a
/// disk two fifths of the suite's time go into making and deleting small files.
static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
    const ROOM: u64 = 1 << 30;
    let memory = Path::new("/dev/shm");
    let asked = std::env::var_os("TMPDIR").is_some();
    let has_room = || rustix::fs::statvfs(memory).is_ok_and(|space| space.f_bavail * space.f_frsize >= ROOM);
    if !asked && has_room() && tempfile::tempfile_in(memory).is_ok() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
});

impl Sandbox {
    /// An empty repository on the unborn branch `main`. With `ORCA_TEST_FORMAT` set to arguments of
    /// `git init`, such as `--ref-format=reftable`, all tests run over that format.
    pub(crate) fn new() -> Self {
        let sandbox = Self::without_repository();
        let format = std::env::var("ORCA_TEST_FORMAT").unwrap_or_default();
        let format: Vec<&str> = format.split_whitespace().collect();
        sandbox.git(&[&["init", "-q", "-b", "main", "--template="], &format[..], &["."]].concat());
        // Two directories of the usual template, without its samples of hooks; and no process that
        // looks after the repository behind each commit. Hundreds of tests start here.
        for directory in ["hooks", "info"] {
            std::fs::create_dir(sandbox.repo().join(".git").join(directory)).unwrap();
        }
        let mut config = std::fs::OpenOptions::new();
        let mut config = config.append(true).open(sandbox.repo().join(".git/config")).unwrap();
        config.write_all(CONFIG.as_bytes()).unwrap();
        sandbox
    }

    /// An empty directory `repo/` that is no repository.
    pub(crate) fn without_repository() -> Self {
        let home = tempfile::tempdir_in(&*PLACE).unwrap();
        std::fs::create_dir(home.path().join("repo")).unwrap();
        Self { home }
    }

    /// The top of the repository.
    pub(crate) fn repo(&self) -> PathBuf {
        self.home.path().join("repo")
    }

    /// Where the repository and its worktrees lie.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file below the repository, with its directories.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let file = self.repo().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
        self
    }

    /// Reads a file below the repository.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.repo().join(path)).unwrap()
    }

    /// Commits everything in the working tree.
    pub(crate) fn commit_all(&self, message: &str) -> &Self {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self
    }

    /// Makes `branch` at `start` with the given files, and leaves the working tree as it was.
    pub(crate) fn branch(&self, branch: &str, start: &str, files: &[(&str, &str)]) -> &Self {
        self.git(&["checkout", "-q", "-b", branch, start]);
        for (path, content) in files {
            self.write(path, content);
        }
        self.commit_all(branch);
        self.git(&["checkout", "-q", "-"]);
        self
    }

    /// Moves a branch as orca does that dies before any file follows.
    pub(crate) fn move_and_die(&self, branch: &str, to: &str) {
        let oid = |name: &str| self.git(&["rev-parse", name]).trim().to_owned();
        let (full, from, to) = (format!("refs/heads/{branch}"), oid(branch), oid(to));
        self.write(&format!(".git/orca/moves/{to}"), format!("{from} {to} {full}\n"));
        self.git(&["update-ref", &full, &to]);
    }

    /// Runs Git in the repository, whatever comes of it.
    pub(crate) fn try_git(&self, args: &[&str]) -> Ran {
        ran(self.command("git", &self.repo()).args(args).output().unwrap())
    }

    /// Runs Git in the repository; it must succeed.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let ran = self.try_git(args);
        assert_eq!(ran.code, 0, "git {args:?}: {}", ran.stderr);
        ran.stdout
    }

    /// Whether the installed Git has this version, of its first two numbers, or a later one.
    pub(crate) fn git_is_at_least(&self, version: (u32, u32)) -> bool {
        let said = self.git(&["version"]);
        let mut numbers = said.split([' ', '.']).skip(2).map(|number| number.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= version
    }

    /// Runs `git orca` in the repository.
    pub(crate) fn orca(&self, args: &[&str]) -> Ran {
        self.orca_in(&self.repo(), args)
    }

    /// Runs `git orca` in some directory.
    pub(crate) fn orca_in(&self, dir: &Path, args: &[&str]) -> Ran {
        ran(self.orca_command(dir, args).output().unwrap())
    }

    /// Runs a shell command in the repository.
    pub(crate) fn shell(&self, command: &str) -> Ran {
        ran(self.command("sh", &self.repo()).args(["-c", command]).output().unwrap())
    }

    /// A `git orca` that the caller starts, so that it can be killed.
    pub(crate) fn orca_command(&self, dir: &Path, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_git-orca"), dir);
        command.args(args);
        command
    }

    /// A `PATH` on which `git` does something else, in words of the shell, when it is asked for one of
    /// its subcommands.
    pub(crate) fn path_where_git(&self, subcommand: &str, does: &str) -> String {
        let script = format!(
            "#!/bin/sh\ncase \" $* \" in *' {subcommand} '*)\n{does} ;; esac\nPATH=${{PATH#*:}} exec git \"$@\"\n"
        );
        self.write("../bin/git", script);
        self.shell("chmod +x ../bin/git");
        format!("{}:{}", self.home.path().join("bin").display(), std::env::var("PATH").unwrap())
    }

    /// Every ref and every file of the working tree, to show that nothing changed.
    pub(crate) fn state(&self) -> String {
        let refs = self.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        let status = self.git(&["status", "--porcelain=v2", "--branch", "--ignored"]);
        let worktrees = self.git(&["worktree", "list", "--porcelain"]);
        format!("{refs}\n{status}\n{worktrees}")
    }

    /// A text for a snapshot: object names and the sandbox's own path are made the same everywhere.
    pub(crate) fn stable(&self, text: &str) -> String {
        let home = self.home.path().canonicalize().unwrap();
        let text = text.replace(&*home.to_string_lossy(), "<home>");
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
            let (before, word) = rest.split_at(start);
            let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len());
            let (word, after) = word.split_at(end);
            let is_oid =
                [10, 40, 64].contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            out.push_str(before);
            out.push_str(if is_oid { "<oid>" } else { word });
            rest = after;
        }
        out + rest
    }

    pub(crate) fn command(&self, program: &str, dir: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(dir)
            .stdin(Stdio::null())
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
            .env("GIT_EDITOR", ":")
            .env("LC_ALL", "C")
            .env("NO_COLOR", "1")
            .env("TZ", "UTC");
        command
    }
}

fn ran(output: Output) -> Ran {
    use std::os::unix::process::ExitStatusExt as _;
    Ran {
        code: output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap()),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
