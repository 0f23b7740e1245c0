//! Writes and removes the hook wiring of a repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::HooksError;
use super::shim::{RARE, scripts};
use crate::git::{Git, Repo};

/// The condition that holds in agent worktrees, and the file it brings in.
const INCLUDE_KEY: &str = "includeIf.gitdir:**/worktrees/orca-*.path";
const INCLUDE_VALUE: &str = "orca/agent.config";

/// What an installation would change; nothing when it is already in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallPlan {
    /// Files with their new content; none means that the file goes.
    pub files: Vec<(PathBuf, Option<String>)>,
    /// The key and value that `.git/config` lacks.
    pub setting: Option<(&'static str, &'static str)>,
    common_dir: PathBuf,
}

impl InstallPlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.setting.is_none()
    }
}

/// Works out how the agent worktrees of `repo` get hooks that call `binary`.
///
/// What Git runs in the main worktree today is written into the scripts, so a repository that
/// changes its `core.hooksPath` later needs another installation.
pub fn plan_install(repo: &Repo, binary: &Path) -> Result<InstallPlan, HooksError> {
    if !binary.is_absolute() || !binary.is_file() {
        return Err(HooksError::NoBinary(binary.to_owned()));
    }
    let places = Places::of(repo);
    let previous = previous_dirs(repo, &places)?;
    let mut wanted = BTreeMap::from([(places.config.clone(), agent_config(text(&places.hooks)?))]);
    for (name, script) in scripts(text(binary)?, &previous, &rare_hooks(&previous)) {
        wanted.insert(places.hooks.join(name), script);
    }
    let mut files = Vec::new();
    for stale in files_in(&places.hooks)?.into_iter().filter(|path| !wanted.contains_key(path)) {
        files.push((stale, None));
    }
    for (path, content) in wanted {
        if !is_in_place(&path, &content) {
            files.push((path, Some(content)));
        }
    }
    let setting = (!is_included(repo)?).then_some((INCLUDE_KEY, INCLUDE_VALUE));
    Ok(InstallPlan { files, setting, common_dir: repo.common_dir().to_owned() })
}

/// Git passes over a script that may not be executed, and says so in a hint at most.
pub(super) fn is_in_place(path: &Path, content: &str) -> bool {
    let mode = std::fs::metadata(path).map_or(0, |found| found.permissions().mode());
    let same = std::fs::read(path).is_ok_and(|found| found == content.as_bytes());
    same && mode & 0o111 == mode_of(content) & 0o111
}

/// Whether anything of an installation is there.
pub fn is_installed(repo: &Repo) -> Result<bool, HooksError> {
    let places = Places::of(repo);
    Ok(places.config.exists() || places.hooks.exists() || is_included(repo)?)
}

/// Carries out a plan. The scripts come before the setting that makes Git look at them.
pub fn install(plan: &InstallPlan) -> Result<(), HooksError> {
    for (path, content) in &plan.files {
        match content {
            Some(content) => replace(path, content)?,
            None => gone(std::fs::remove_file(path), path)?,
        }
    }
    if let Some((key, value)) = plan.setting {
        Git::at(&plan.common_dir).run(&["config", "--local", "--add", key, value])?;
    }
    Ok(())
}

/// Removes the setting, then the files. Other values of the same condition stay.
pub fn uninstall(repo: &Repo) -> Result<(), HooksError> {
    if is_included(repo)? {
        let args = ["config", "--local", "--fixed-value", "--unset-all", INCLUDE_KEY, INCLUDE_VALUE];
        Git::at(repo.common_dir()).run(&args)?;
    }
    let places = Places::of(repo);
    gone(std::fs::remove_file(&places.config), &places.config)?;
    gone(std::fs::remove_dir_all(&places.hooks), &places.hooks)
}

/// Where the wiring lies, in the directory that all worktrees share.
struct Places {
    config: PathBuf,
    hooks: PathBuf,
    /// Where Git looks without `core.hooksPath`.
    usual: PathBuf,
}

impl Places {
    fn of(repo: &Repo) -> Self {
        let orca = repo.orca_dir();
        Self {
            config: orca.join("agent.config"),
            hooks: orca.join("hooks"),
            usual: repo.common_dir().join("hooks"),
        }
    }
}

/// The directories in which Git would look for a hook in an agent worktree, were it not for us.
///
/// Git takes a relative `core.hooksPath` from the top of each worktree. Husky's is ignored by Git
/// and so is missing in a fresh worktree; the main worktree's is the second choice then.
fn previous_dirs(repo: &Repo, places: &Places) -> Result<Vec<String>, HooksError> {
    let Some(configured) = hooks_path(repo)? else {
        return Ok(vec![text(&places.usual)?.to_owned()]);
    };
    let path = Path::new(&configured);
    if configured.is_empty() {
        return Ok(Vec::new());
    }
    if path == places.hooks {
        return Ok(vec![text(&places.usual)?.to_owned()]);
    }
    if path.is_absolute() {
        return Ok(vec![configured]);
    }
    let in_main = main_worktree(repo)?.join(path);
    let in_main = text(&in_main)?.to_owned();
    Ok(vec![configured, in_main])
}

/// `core.hooksPath` as it holds in the main worktree.
fn hooks_path(repo: &Repo) -> Result<Option<String>, HooksError> {
    // Asked in the shared directory, which is never an agent worktree's.
    let git = Git::at(repo.common_dir()).with_hooks();
    let args = ["config", "-z", "--type=path", "--get", "core.hooksPath"];
    let output = git.output(&args, b"")?;
    match output.code() {
        0 => Ok(Some(String::from_utf8_lossy(&output.stdout).trim_end_matches('\0').to_owned())),
        1 => Ok(None),
        _ => Err(git.failure(&args, &output).into()),
    }
}

/// The first worktree that Git lists; in a bare repository, the repository itself.
fn main_worktree(repo: &Repo) -> Result<PathBuf, HooksError> {
    let list = Git::at(repo.common_dir()).run(&["worktree", "list", "--porcelain", "-z"])?;
    let list = String::from_utf8_lossy(&list);
    let first = list.split('\0').next().and_then(|line| line.strip_prefix("worktree "));
    Ok(first.map_or_else(|| repo.common_dir().to_owned(), PathBuf::from))
}

/// A relative directory has its copy in the main worktree among the absolute ones.
fn rare_hooks(previous: &[String]) -> Vec<&'static str> {
    let absolute = || previous.iter().map(Path::new).filter(|dir| dir.is_absolute());
    let exists = |name: &str| absolute().any(|dir| dir.join(name).is_file());
    RARE.into_iter().filter(|name| exists(name)).collect()
}

fn is_included(repo: &Repo) -> Result<bool, HooksError> {
    let git = Git::at(repo.common_dir());
    let args = ["config", "--local", "-z", "--get-all", INCLUDE_KEY];
    let output = git.output(&args, b"")?;
    match output.code() {
        0 => Ok(output.stdout.split(|&byte| byte == 0).any(|value| value == INCLUDE_VALUE.as_bytes())),
        1 => Ok(false),
        _ => Err(git.failure(&args, &output).into()),
    }
}

fn agent_config(hooks: &str) -> String {
    let hooks = hooks.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("# Written by git-orca; read only in agent worktrees.\n[core]\n\thooksPath = \"{hooks}\"\n")
}

pub(super) fn text(path: &Path) -> Result<&str, HooksError> {
    path.to_str().ok_or_else(|| HooksError::NotText(path.to_owned()))
}

fn files_in(dir: &Path) -> Result<BTreeSet<PathBuf>, HooksError> {
    let failed = |error| HooksError::Io { action: "cannot list", path: dir.to_owned(), error };
    match std::fs::read_dir(dir) {
        Ok(entries) => entries.map(|entry| Ok(entry.map_err(failed)?.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(failed(error)),
    }
}

fn mode_of(content: &str) -> u32 {
    if content.starts_with("#!") { 0o755 } else { 0o644 }
}

/// Puts a file in place in one step, executable if it is a script.
pub(super) fn replace(path: &Path, content: &str) -> Result<(), HooksError> {
    let failed = |error| HooksError::Io { action: "cannot write", path: path.to_owned(), error };
    let dir = path.parent().unwrap_or(path);
    std::fs::create_dir_all(dir).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    file.write_all(content.as_bytes()).map_err(failed)?;
    file.as_file().set_permissions(Permissions::from_mode(mode_of(content))).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Something that should not be there is no failure when it was not there.
pub(super) fn gone(removed: std::io::Result<()>, path: &Path) -> Result<(), HooksError> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(HooksError::Io { action: "cannot remove", path: path.to_owned(), error })
        }
        _ => Ok(()),
    }
}
