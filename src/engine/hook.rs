//! What Git's hooks ask in an agent worktree: may this commit be made, and under which message.
//!
//! Fails closed: where the answer cannot be found, the commit is refused. Reads the one task it
//! needs and not `orca.toml`, because every commit waits for it, and a slip in a settings file is no
//! reason to refuse one. The validator judges the commits again later.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Fault;
use super::init::write_whole;
use crate::git::{GitError, Head, Repo};
use crate::hooks;
use crate::model::{RepoPath, RunId, TaskId, TaskRecord};
use crate::store::Hub;

/// How Git called a hook.
#[derive(Debug)]
pub struct HookCall<'a> {
    pub name: &'a str,
    pub args: &'a [OsString],
    /// Where Git started the hook: the top of the worktree.
    pub dir: &'a Path,
    /// `GIT_DIR`, which tells the worktree even when Git was told to work on other files.
    pub git_dir: Option<PathBuf>,
    /// `GIT_INDEX_FILE`: for `git commit -a` or `git commit <path>`, not the worktree's own index.
    pub index: Option<PathBuf>,
    /// Who commits, if it was started by orca.
    pub agent: Option<String>,
}

/// How a commit is named whose author orca did not start.
const BY_HAND: &str = "manual";

/// Judges one call. Outside an agent worktree there is nothing to judge.
pub fn run_hook(call: &HookCall<'_>) -> anyhow::Result<()> {
    let Some(desk) = Desk::of(call)? else { return Ok(()) };
    match call.name {
        "pre-commit" => desk.pre_commit(call),
        "prepare-commit-msg" => desk.prepare_commit_msg(call),
        "commit-msg" => commit_msg(call),
        name => Err(Fault::usage(format!("git-orca has no hook '{name}'"))
            .hint("'git orca init' writes hooks that fit this version")
            .into()),
    }
}

/// The agent worktree in which the hook runs.
pub(super) struct Desk {
    pub(super) repo: Repo,
    pub(super) run: RunId,
    pub(super) task: TaskId,
}

impl Desk {
    /// Other worktrees whose name begins with `orca-` come here too; they are the user's.
    fn of(call: &HookCall<'_>) -> anyhow::Result<Option<Self>> {
        Self::at(&call.git_dir.as_ref().map_or(call.dir.to_owned(), |git_dir| call.dir.join(git_dir)))
    }

    /// The agent worktree that a directory lies in.
    pub(super) fn at(start: &Path) -> anyhow::Result<Option<Self>> {
        let repo = match Repo::discover(start) {
            Err(GitError::NotARepository(_)) => return Ok(None),
            other => other?,
        };
        let linked = repo.git_dir().parent() == Some(&repo.common_dir().join("worktrees"));
        let name = repo.git_dir().file_name().and_then(|name| name.to_str()).filter(|_| linked);
        let Some((run, task)) = name.and_then(RunId::of_worktree) else { return Ok(None) };
        Ok(Some(Self { repo, run, task }))
    }

    pub(super) fn require_task(&self) -> anyhow::Result<TaskRecord> {
        let unknown = || {
            Fault::no(format!(
                "the hub knows no task '{}' of run {}: nothing can be checked",
                self.task, self.run
            ))
            .hint("git orca doctor")
        };
        let hub = Hub::look(&self.repo)?.ok_or_else(unknown)?;
        Ok(hub.task(self.run, &self.task)?.ok_or_else(unknown)?)
    }

    fn pre_commit(&self, call: &HookCall<'_>) -> anyhow::Result<()> {
        let task = self.require_task()?.task;
        let staged = self.staged(call).context("cannot read what is about to be committed")?;
        let outside = hooks::pre_commit(&task.scope, &staged);
        if outside.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = outside.iter().map(ToString::to_string).collect();
        let message = format!("outside the scope of task '{}': {}", self.task, list.join(", "));
        Err(Fault::no(message)
            .hint(format!("the task may write {}", task.scope.patterns().join(", ")))
            .hint("'git restore --staged <path>' leaves a path out of the commit")
            .into())
    }

    /// The paths in which the index differs from `HEAD`.
    fn staged(&self, call: &HookCall<'_>) -> anyhow::Result<Vec<RepoPath>> {
        let head = match self.repo.head()? {
            Head::Branch(_, tip) | Head::Detached(tip) => self.repo.commit(tip)?.tree,
            Head::Unborn(_) => self.repo.edit_tree(None, &[])?,
        };
        let mut git = self.repo.git();
        if let Some(index) = &call.index {
            git = git.env("GIT_INDEX_FILE", call.dir.join(index));
        }
        let head = head.to_string();
        let args = [
            "diff-index",
            "--cached",
            "--name-only",
            "--no-renames",
            "--ignore-submodules=none",
            "-z",
            &head,
        ];
        let list = git.run(&args)?;
        Ok(list.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(RepoPath::new).collect())
    }

    fn prepare_commit_msg(&self, call: &HookCall<'_>) -> anyhow::Result<()> {
        let (path, message) = read_message(call)?;
        let agent = call.agent.as_deref().unwrap_or(BY_HAND);
        let prepared = hooks::prepare_commit_msg(&message, self.run, &self.task, agent);
        if prepared != message {
            write_whole(&path, &prepared).with_context(|| format!("cannot write '{}'", path.display()))?;
        }
        Ok(())
    }
}

fn commit_msg(call: &HookCall<'_>) -> anyhow::Result<()> {
    let (_, message) = read_message(call)?;
    match hooks::commit_msg(&message) {
        Ok(()) => Ok(()),
        Err(reasons) => Err(Fault::no(format!("the commit message: {}", reasons.join("; "))).into()),
    }
}

/// The file that Git names first, and what is in it.
fn read_message(call: &HookCall<'_>) -> anyhow::Result<(PathBuf, String)> {
    let Some(file) = call.args.first() else {
        return Err(Fault::usage(format!("the hook {} needs the file of the message", call.name)).into());
    };
    let path = call.dir.join(file);
    let text = std::fs::read(&path).with_context(|| format!("cannot read '{}'", path.display()))?;
    let text = String::from_utf8(text)
        .map_err(|_| Fault::no("the commit message is not UTF-8: trailers cannot be added to it"))?;
    Ok((path, text))
}
