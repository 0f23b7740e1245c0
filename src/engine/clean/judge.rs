//! Decides what becomes of one worktree. Changes nothing.

use std::path::{Path, PathBuf};

use super::{CleanOptions, Save};
use crate::agent::{Process, processes};
use crate::engine::{RunState, Workspace, resolver};
use crate::git::{
    GitError, Head, Registered, Snapshot, Unsaved, WorktreeError, provably_saved, strayed, unseen,
};
use crate::model::{Oid, RepoPath, RunId, Status, TaskId};
use crate::store::Holder;

/// What becomes of a worktree.
#[derive(Debug)]
pub(super) enum Sentence {
    Keep { reason: String, remedy: Option<String> },
    Remove { saves: Vec<Save>, n_ignored: usize },
}

impl Sentence {
    fn keep(reason: impl Into<String>) -> Self {
        Self::Keep { reason: reason.into(), remedy: None }
    }

    fn keep_until(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Keep { reason: reason.into(), remedy: Some(remedy.into()) }
    }
}

/// Worktrees that belong to no task and hold nobody's work.
const SCRATCH: [&str; 2] = ["orca-doctor", "orca-gate"];

/// Knows everything that a sentence hangs on.
pub(super) struct Judge<'a> {
    workspace: &'a Workspace,
    runs: &'a [RunState],
    options: &'a CleanOptions,
    /// Who conducts the repository now.
    conductor: Option<Holder>,
    /// Where orca's worktrees lie.
    root: PathBuf,
    /// What these reach, stays.
    keep: Vec<Oid>,
    processes: Vec<Process>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        workspace: &'a Workspace,
        runs: &'a [RunState],
        options: &'a CleanOptions,
        conductor: Option<Holder>,
    ) -> anyhow::Result<Self> {
        let root = workspace.worktree_root()?;
        let keep = staying(workspace, runs)?;
        Ok(Self { workspace, runs, options, conductor, root, keep, processes: processes() })
    }

    /// Says what becomes of a worktree; none when it is not orca's to judge.
    pub(super) fn judge(&self, worktree: &Registered) -> Option<Sentence> {
        if SCRATCH.contains(&worktree.name.as_str()) {
            let ours = worktree.dir == self.root.join(&worktree.name);
            let idle = self.conductor.is_none() && self.user_of(&worktree.dir).is_none();
            return (ours && idle && self.options.run.is_none() && worktree.locked.is_none())
                .then_some(Sentence::Remove { saves: Vec::new(), n_ignored: 0 });
        }
        if worktree.name == resolver::NAME && worktree.dir == self.root.join(resolver::NAME) {
            let is_idle = self.conductor.is_none() && self.options.run.is_none() && worktree.locked.is_none();
            return is_idle.then(|| self.user(worktree).unwrap_or_else(|| self.fate(worktree)));
        }
        let (run, task) = RunId::of_worktree(&worktree.name)?;
        if self.options.run.is_some_and(|only| only != run) {
            return None;
        }
        let kept = self.owner(worktree, run, &task).or_else(|| self.user(worktree));
        Some(kept.unwrap_or_else(|| self.fate(worktree)))
    }

    /// Removes what nobody needs, once its content is saved.
    fn fate(&self, worktree: &Registered) -> Sentence {
        let content = if worktree.dir.exists() { self.content(worktree) } else { self.gone(worktree) };
        content.unwrap_or_else(|error| match error {
            // In the main worktree and without a path; told a path, Git looks for its '.git'.
            GitError::Worktree(WorktreeError::PointerLost(_)) => {
                Sentence::keep_until(error.to_string(), "git worktree repair")
            }
            _ => Sentence::keep(error.to_string()),
        })
    }

    /// Keeps what is not ours, what is locked and what somebody works on.
    fn owner(&self, worktree: &Registered, run: RunId, task: &TaskId) -> Option<Sentence> {
        if let Some(reason) = &worktree.locked {
            let reason = if reason.is_empty() { "it is locked".into() } else { format!("locked: {reason}") };
            return Some(Sentence::keep_until(reason, on("git worktree unlock", &worktree.dir)));
        }
        let state = self.runs.iter().find(|state| state.record.id == run);
        let record = state.and_then(|state| state.tasks.get(task));
        // A task that was given up can be started again at any moment.
        let may_go_on = record.is_none_or(|record| record.status == Status::Failed)
            || state.is_some_and(|state| !state.is_over());
        if let (Some(conductor), true) = (&self.conductor, may_go_on) {
            return Some(Sentence::keep(format!("another git orca conducts this repository: {conductor}")));
        }
        let Some(record) = record else {
            if worktree.dir != self.root.join(&worktree.name) {
                return Some(Sentence::keep("git-orca did not make it"));
            }
            let reason = format!("the hub knows no task '{task}' of run {run}");
            return (!self.options.all).then(|| Sentence::keep_until(reason, "git orca clean --all"));
        };
        // Where the files are gone, the registration is only in the way.
        let wanted = !record.status.is_final() && worktree.dir.exists();
        let reason = || format!("task '{task}' is {}, not finished", record.status.word());
        (wanted && !self.options.all).then(|| Sentence::keep_until(reason(), "git orca clean --all"))
    }

    /// Keeps what somebody stands in.
    fn user(&self, worktree: &Registered) -> Option<Sentence> {
        self.user_of(&worktree.dir).map(|user| Sentence::keep(format!("{user} there")))
    }

    fn user_of(&self, dir: &Path) -> Option<String> {
        let dir = dir.canonicalize().ok()?;
        if self.workspace.around.dir.starts_with(&dir) {
            return Some("you stand".to_owned());
        }
        let found = self.processes.iter().find(|process| process.dir.starts_with(&dir))?;
        Some(format!("process {} ({}) works", found.pid, found.name))
    }

    fn content(&self, worktree: &Registered) -> Result<Sentence, GitError> {
        let repo = &self.workspace.repo;
        let dir = &worktree.dir;
        let unseen = unseen(repo, dir)?;
        if let Some(what) = unseen.under_way {
            return Ok(Sentence::keep_until(
                format!("{what} is under way there"),
                on("git -C", dir) + " status",
            ));
        }
        let found = provably_saved(repo, dir, &self.keep)?;
        let mut skipped: Vec<_> = found.snapshot.skipped.clone();
        skipped
            .extend(unseen.repositories.into_iter().map(|path| (path, "a repository of its own".to_owned())));
        if let Some(first) = skipped.first() {
            return Ok(Sentence::keep(unsavable(first, skipped.len())));
        }
        let head = match found.snapshot.head {
            Head::Branch(_, tip) | Head::Detached(tip) => Some(tip),
            Head::Unborn(_) => None,
        };
        let mut saves = self.strayed(worktree, head)?;
        // The rescue of staged content comes first: the files' own is then the newest.
        if let Some(staged) = unseen.staged.filter(|staged| *staged != found.snapshot.tree)
            && head.map_or(Ok(true), |head| repo.commit(head).map(|commit| commit.tree != staged))?
        {
            let content = Snapshot { tree: staged, ..found.snapshot.clone() };
            saves.push(Save { what: "staged changes", content, parent: head });
        }
        let what = found.unsaved.map(|unsaved| match unsaved {
            Unsaved::Changes => "uncommitted changes",
            Unsaved::Commit(_) => "commits that are not merged",
            Unsaved::Skipped(_) => "files",
        });
        saves.extend(what.map(|what| Save { what, content: found.snapshot, parent: head }));
        Ok(Sentence::Remove { saves, n_ignored: found.n_ignored })
    }

    /// Of a worktree whose directory was deleted, the commit it was on is left.
    fn gone(&self, worktree: &Registered) -> Result<Sentence, GitError> {
        let repo = &self.workspace.repo;
        let mut saves = self.strayed(worktree, worktree.head)?;
        if let Some(tip) = worktree.head.filter(|tip| repo.has_object(*tip))
            && !repo.is_reached(&self.keep, tip)?
        {
            saves.push(self.commit("commits that are not merged", tip)?);
        }
        Ok(Sentence::Remove { saves, n_ignored: 0 })
    }

    /// Commits that somebody made there without a branch, and left again.
    fn strayed(&self, worktree: &Registered, head: Option<Oid>) -> Result<Vec<Save>, GitError> {
        let mut known: Vec<Oid> = self.keep.clone();
        known.extend(head.filter(|head| self.workspace.repo.has_object(*head)));
        let mut saves = Vec::new();
        for commit in strayed(&self.workspace.repo, &worktree.name) {
            if !self.workspace.repo.is_reached(&known, commit)? {
                saves.push(self.commit("commits on no branch", commit)?);
                known.push(commit);
            }
        }
        Ok(saves)
    }

    fn commit(&self, what: &'static str, commit: Oid) -> Result<Save, GitError> {
        let tree = self.workspace.repo.commit(commit)?.tree;
        let content = Snapshot { head: Head::Detached(commit), tree, dirty: false, skipped: Vec::new() };
        Ok(Save { what, content, parent: Some(commit) })
    }
}

/// The tips that cleaning leaves alone: pins, rescues, integration branches and targets.
fn staying(workspace: &Workspace, runs: &[RunState]) -> anyhow::Result<Vec<Oid>> {
    let repo = &workspace.repo;
    let mut tips: Vec<Oid> = repo.refs_under("refs/orca/pins/")?.into_values().collect();
    tips.extend(repo.refs_under("refs/orca/rescue/")?.into_values());
    for state in runs {
        let target = format!("refs/heads/{}", state.record.target);
        tips.extend(repo.ref_oid(&state.record.id.integration_ref())?);
        tips.extend(repo.ref_oid(&target)?);
    }
    tips.sort_unstable();
    tips.dedup();
    Ok(tips)
}

fn unsavable((path, why): &(RepoPath, String), n_all: usize) -> String {
    let more = if n_all > 1 { format!(" (and {} more)", n_all - 1) } else { String::new() };
    format!("cannot be saved: {path}: {why}{more}")
}

/// A command on a directory, fit to be pasted.
fn on(command: &str, dir: &Path) -> String {
    format!("{command} '{}'", dir.display())
}
