//! Prepares a repository: settings, hub, hooks of agent worktrees, specialists.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::workspace::CONFIG_FILE;
use super::{Fault, Workspace};
use crate::agent::builtin;
use crate::git::{Git, GitError, Repo};
use crate::hooks::{
    GuardPlan, InstallPlan, install, install_guard, is_guarded, is_installed, plan_guard, plan_install,
    remove_guard, uninstall,
};
use crate::store::Hub;

/// What `init` would do, or did.
#[derive(Debug, Clone)]
pub struct InitPlan {
    /// Files to write, relative to the top of the repository.
    files: Vec<(PathBuf, String)>,
    /// Files that exist already and differ; they stay unless overwriting was asked for.
    pub kept: Vec<PathBuf>,
    /// Files that are replaced, each with the name under which it stays.
    pub copies: Vec<(PathBuf, PathBuf)>,
    hooks: InstallPlan,
    pub makes_hub: bool,
    pub makes_hooks: bool,
    /// Whether `git log` is told not to decorate commits with orca's refs.
    pub hides_refs: bool,
    guard: Option<GuardPlan>,
}

/// Local setting that keeps orca's refs out of the decorations of `git log`.
const HIDDEN: (&str, &str) = ("log.excludeDecoration", "refs/orca/");

impl InitPlan {
    /// The files that would be written.
    pub fn writes(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    /// Whether merges in the user's own checkout will be guarded.
    pub fn guards(&self) -> bool {
        self.guard.is_some()
    }

    /// Whether everything is in place already.
    pub fn is_empty(&self) -> bool {
        !self.guards() && self.files.is_empty() && !self.makes_hub && !self.makes_hooks && !self.hides_refs
    }
}

/// What is asked of `init` beyond the usual.
#[derive(Debug, Default, Clone, Copy)]
pub struct InitOptions {
    /// Replace files that differ.
    pub overwrite: bool,
    /// Check each merge in the user's own checkout.
    pub guard: bool,
}

/// Works out what is missing; writes nothing.
pub fn plan_init(workspace: &Workspace, options: InitOptions) -> anyhow::Result<InitPlan> {
    let top = workspace.require_work_dir()?.to_owned();
    if top != workspace.main_dir()? {
        let main = workspace.main_dir()?;
        return Err(Fault::usage("this is a linked worktree")
            .hint(format!("git orca -C '{}' init", main.display()))
            .into());
    }
    let mut plan = InitPlan {
        files: Vec::new(),
        kept: Vec::new(),
        copies: Vec::new(),
        hooks: plan_install(&workspace.repo, &workspace.around.binary)?,
        makes_hub: Hub::open(&workspace.repo)?.is_none(),
        makes_hooks: false,
        hides_refs: !are_refs_hidden(&workspace.repo)?,
        guard: None,
    };
    if options.guard {
        plan.guard = plan_guard(&workspace.repo, &workspace.around.binary)?;
    }
    plan.makes_hooks = !plan.hooks.is_empty();
    for (path, text) in files() {
        match std::fs::read(top.join(&path)) {
            Ok(found) if found == text.as_bytes() => {}
            Ok(_) if !options.overwrite => plan.kept.push(path),
            Ok(_) => {
                plan.copies.push((path.clone(), free_name(&top, &path)));
                plan.files.push((path, text));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => plan.files.push((path, text)),
            Err(error) => return Err(error).with_context(|| format!("cannot read '{}'", path.display())),
        }
    }
    Ok(plan)
}

/// Carries the plan out. Where something could not be written, nothing is.
pub fn init(workspace: &Workspace, plan: &InitPlan) -> anyhow::Result<()> {
    let top = workspace.require_work_dir()?;
    require_writable(workspace.repo.common_dir())?;
    for path in plan.writes() {
        require_writable(&top.join(path))?;
    }
    Hub::init(&workspace.repo, workspace.now())?;
    install(&plan.hooks)?;
    plan.guard.as_ref().map_or(Ok(()), install_guard)?;
    if plan.hides_refs {
        let args = ["config", "--local", "--add", HIDDEN.0, HIDDEN.1];
        Git::at(workspace.repo.common_dir()).run(&args)?;
    }
    for (path, copy) in &plan.copies {
        std::fs::copy(top.join(path), top.join(copy))
            .with_context(|| format!("cannot write '{}'", copy.display()))?;
    }
    for (path, text) in &plan.files {
        write_whole(&top.join(path), text).with_context(|| format!("cannot write '{}'", path.display()))?;
    }
    Ok(())
}

/// What was taken out again, or would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    pub hooks: bool,
    pub setting: bool,
    pub guard: bool,
}

/// Takes hooks and settings out again. Files and the hub stay: they hold people's words.
pub fn undo_init(workspace: &Workspace, dry_run: bool) -> anyhow::Result<Undone> {
    let repo = &workspace.repo;
    let undone =
        Undone { hooks: is_installed(repo)?, setting: are_refs_hidden(repo)?, guard: is_guarded(repo)? };
    if dry_run {
        return Ok(undone);
    }
    if undone.hooks {
        uninstall(repo)?;
    }
    if undone.guard {
        remove_guard(repo)?;
    }
    if undone.setting {
        let args = ["config", "--local", "--fixed-value", "--unset-all", HIDDEN.0, HIDDEN.1];
        Git::at(repo.common_dir()).run(&args)?;
    }
    Ok(undone)
}

fn are_refs_hidden(repo: &Repo) -> Result<bool, GitError> {
    let git = Git::at(repo.common_dir());
    let args = ["config", "--local", "-z", "--get-all", HIDDEN.0];
    let output = git.output(&args, b"")?;
    match output.code() {
        0 => Ok(output.stdout.split(|&byte| byte == 0).any(|value| value == HIDDEN.1.as_bytes())),
        1 => Ok(false),
        _ => Err(git.failure(&args, &output)),
    }
}

/// Tries in the nearest directory that exists, with a file that has no name and leaves no trace.
fn require_writable(path: &Path) -> anyhow::Result<()> {
    let existing = path.ancestors().find(|place| place.exists()).unwrap_or(path);
    let dir = if existing == path && path.is_file() { path.parent().unwrap_or(path) } else { existing };
    tempfile::tempfile_in(dir).with_context(|| format!("cannot write in '{}'", dir.display()))?;
    Ok(())
}

/// A name beside a file that nothing has yet.
fn free_name(top: &Path, path: &Path) -> PathBuf {
    let named = |number: usize| {
        let number = if number == 1 { String::new() } else { number.to_string() };
        PathBuf::from(format!("{}.orig{number}", path.display()))
    };
    let is_free = |name: &PathBuf| top.join(name).symlink_metadata().is_err();
    (1..).map(named).find(is_free).expect("names do not run out")
}

fn files() -> Vec<(PathBuf, String)> {
    let mut files = vec![(PathBuf::from(CONFIG_FILE), include_str!("../../templates/orca.toml").to_owned())];
    for (name, text) in builtin() {
        files.push((Path::new(".claude/agents").join(name), (*text).to_owned()));
    }
    files
}

/// Writes a sibling and renames it, so that nobody ever reads half a file.
pub fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(permissions)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
