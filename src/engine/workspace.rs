//! What every use case stands on: the repository, its settings and the caller's surroundings.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

use super::Fault;
use crate::git::{GitError, Repo};
use crate::model::Fnv;
use crate::store::{Config, parse_config};

/// What the process was started with. Read once by the command line, passed as a value.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where the user stands.
    pub dir: PathBuf,
    /// The running program, for hooks and built-in agents.
    pub binary: PathBuf,
    /// Reads the clock, in seconds since 1970.
    pub now: fn() -> i64,
    /// Set by the first SIGINT or SIGTERM.
    pub stop: Arc<AtomicBool>,
}

impl Surroundings {
    /// Whether the user asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// A repository with its settings.
pub struct Workspace {
    pub repo: Repo,
    pub config: Config,
    pub around: Surroundings,
    /// Where what can be made again is kept.
    pub cache: PathBuf,
}

/// The name of the settings file at the top of the repository.
pub(super) const CONFIG_FILE: &str = "orca.toml";

impl Workspace {
    /// Opens the repository the user stands in, with `orca.toml` if there is one.
    pub fn open(around: &Surroundings) -> anyhow::Result<Self> {
        let repo = match Repo::discover(&around.dir) {
            Err(error @ GitError::NotARepository(_)) => {
                return Err(Fault::usage(error.to_string())
                    .hint("run 'git init' here, or 'git orca -C <dir> …'")
                    .into());
            }
            other => other?,
        };
        let mut config = match read_config(&repo)? {
            Some((path, text)) => parse_config(&path, text)?,
            None => Config::default(),
        };
        apply_personal_settings(&repo, &mut config)?;
        let cache = repo.orca_dir().join("cache");
        Ok(Self { repo, config, around: around.clone(), cache })
    }

    /// The same settings and cache in front of another store of objects.
    pub(super) fn with_repo(&self, repo: Repo) -> Self {
        let (config, around, cache) = (self.config.clone(), self.around.clone(), self.cache.clone());
        Self { repo, config, around, cache }
    }

    /// Refuses another repository than the one that `GIT_DIR` names: what is meant and what would
    /// change must not differ.
    pub fn require_git_dir(&self, named: &Path) -> anyhow::Result<()> {
        let real = |path: &Path| path.canonicalize().ok();
        let ours = [Some(self.repo.git_dir().to_owned()), self.repo.work_dir().map(|dir| dir.join(".git"))];
        if ours.iter().flatten().any(|ours| real(ours) == real(named)) {
            return Ok(());
        }
        let (named, found) = (named.display(), self.repo.git_dir().display());
        Err(Fault::usage(format!("GIT_DIR names '{named}', but this directory belongs to '{found}'"))
            .hint("'git orca -C <dir> …' works on the repository of that directory")
            .into())
    }

    /// The top of the working tree.
    pub fn require_work_dir(&self) -> anyhow::Result<&Path> {
        let missing = || Fault::usage("this is a bare repository: it has no working tree to start from");
        let dir =
            self.repo.work_dir().ok_or_else(|| missing().hint("git clone it and run git orca there"))?;
        if !dir.join(".git").exists() {
            let message =
                format!("core.worktree is '{}', where Git does not find this repository", dir.display());
            return Err(Fault::usage(message).hint("git config --unset core.worktree").into());
        }
        Ok(dir)
    }

    /// The clock, in seconds since 1970.
    pub fn now(&self) -> i64 {
        (self.around.now)()
    }

    /// The directory that holds the worktrees of all runs.
    pub fn worktree_root(&self) -> anyhow::Result<PathBuf> {
        // A bare repository has no working tree, but there may be worktrees beside it.
        let top = self.main_dir().unwrap_or_else(|_| self.repo.common_dir().to_owned());
        let mut name = top.file_name().unwrap_or_default().to_owned();
        let Some(root) = &self.config.worktree.root else {
            name.push(".orca");
            return Ok(top.with_file_name(name));
        };
        let is_inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if Path::new(root).components().all(is_inside) {
            return Ok(top.join(root));
        }
        // Other repositories may have the same root, and the same name.
        let place = Fnv::of([self.repo.common_dir().as_os_str().as_bytes()]);
        name.push(format!("-{:010x}", place >> 24));
        Ok(top.join(root).join(name))
    }

    /// The top of the main working tree, also when the user stands in a linked one.
    pub fn main_dir(&self) -> anyhow::Result<PathBuf> {
        match self.repo.main_work_dir() {
            Some(dir) => Ok(dir),
            None => Ok(self.require_work_dir()?.to_owned()),
        }
    }

    /// Lets this file be the baseline in place of the configured one; none means no baseline.
    pub fn set_baseline(&mut self, path: Option<&Path>) {
        self.config.baseline = path.map(|path| path.to_string_lossy().into_owned());
    }

    /// Lets this command be the gate in place of the configured ones; an empty one means no gate.
    pub fn set_gate(&mut self, command: &str) {
        self.config.gate = if command.is_empty() { Vec::new() } else { vec![command.to_owned()] };
    }
}

/// The settings file of the main working tree; an agent's copy in its own worktree has no say.
fn read_config(repo: &Repo) -> anyhow::Result<Option<(PathBuf, String)>> {
    let main = repo.main_work_dir().or_else(|| repo.work_dir().map(Path::to_owned));
    let Some(path) = main.map(|dir| dir.join(CONFIG_FILE)) else { return Ok(None) };
    // Opening a pipe could wait for ever.
    if path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Err(Fault::usage(format!("'{}' is no file", path.display())).into());
    }
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((PathBuf::from(CONFIG_FILE), text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read '{}'", path.display())),
    }
}

/// `git config orca.maxContext`, `orca.maxAgents` and `orca.worktreeRoot` beat the tracked file.
fn apply_personal_settings(repo: &Repo, config: &mut Config) -> anyhow::Result<()> {
    let number = |key: &str| -> anyhow::Result<Option<u64>> {
        let Some(text) = repo.config(key) else { return Ok(None) };
        match text.parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(Fault::usage(format!("git config {key} is '{text}', not a number above 0"))
                .hint(format!("git config --unset {key}"))
                .into()),
        }
    };
    if let Some(tokens) = number("orca.maxContext")? {
        config.max_context = tokens;
    }
    if let Some(agents) = number("orca.maxAgents")? {
        config.max_agents = usize::try_from(agents).unwrap_or(usize::MAX);
    }
    if let Some(root) = repo.config("orca.worktreeRoot") {
        config.worktree.root = Some(root);
    }
    Ok(())
}
