//! Makes the worktrees of tasks, finds them again, and clears their places without losing a file.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;

use super::Conductor;
use super::takeover::is_about_the_worktree;
use crate::engine::{Event, Fault};
use crate::git::{
    Files, GitError, Head, NewWorktree, Presence, RefEdit, Snapshot, WorktreeError, add_worktrees,
    forget_worktree, loose_at, presence, remove_worktree, reset_to, snapshot, tie, update_refs,
};
use crate::model::{Oid, Status, TaskId};
use crate::store::pin;

/// What is told of files that had to make room.
const WHAT_IT_HELD: &str = "what its worktree held";

impl Conductor<'_> {
    /// Where a task's worktree is, or will be.
    pub(super) fn worktree_dir(&self, id: &TaskId) -> anyhow::Result<PathBuf> {
        match self.presence(id)? {
            Presence::Sound(dir) => Ok(dir),
            Presence::Gone | Presence::Broken(_) => self.planned_dir(id),
        }
    }

    fn planned_dir(&self, id: &TaskId) -> anyhow::Result<PathBuf> {
        Ok(self.workspace.worktree_root()?.join(self.run().worktree_name(id)))
    }

    /// What stands where a task's worktree should be.
    pub(super) fn presence(&self, id: &TaskId) -> anyhow::Result<Presence> {
        let name = self.run().worktree_name(id);
        Ok(presence(&self.workspace.repo, &name, &self.planned_dir(id)?))
    }

    /// Makes the worktrees that are missing, all at once, each from where the integration stands.
    pub(in crate::engine) fn make_worktrees(&mut self, tasks: &[TaskId]) -> anyhow::Result<()> {
        let started = Instant::now();
        let mut wanted = Vec::new();
        for id in tasks {
            if !matches!(self.presence(id)?, Presence::Sound(_)) {
                self.make_room(id)?;
                wanted.push((id, self.new_worktree(id)?));
            }
        }
        let new: Vec<NewWorktree> = wanted.iter().map(|(_, new)| new.clone()).collect();
        let made = self.use_again(&new)?;
        let missing: Vec<_> =
            wanted.iter().zip(&made).filter(|(_, made)| !**made).map(|(new, _)| new).collect();
        let new: Vec<NewWorktree> = missing.iter().map(|(_, new)| new.clone()).collect();
        for ((id, new), added) in missing.iter().zip(add_worktrees(&self.workspace.repo, &new)?) {
            let dir = new.dir.display();
            if let Err(GitError::Worktree(WorktreeError::DirectoryTaken(_))) = added {
                return Err(Fault::usage(format!("'{dir}' is in the way of the worktree of '{id}'"))
                    .hint(format!("move it: mv '{dir}' '{dir}.mine'"))
                    .into());
            }
            added.with_context(|| format!("cannot make the worktree of '{id}' at '{dir}'"))?;
        }
        for id in tasks {
            self.record_base(id)?;
        }
        self.set_up(tasks)?;
        if !wanted.is_empty() {
            let seconds = started.elapsed().as_secs_f64();
            let reused = wanted.len() - missing.len();
            (self.emit)(Event::WorktreesReady { count: wanted.len(), reused, seconds });
        }
        Ok(())
    }

    fn new_worktree(&self, id: &TaskId) -> anyhow::Result<NewWorktree> {
        Ok(NewWorktree {
            name: self.run().worktree_name(id),
            dir: self.planned_dir(id)?,
            branch_ref: Some(self.run().task_ref(id)),
            commit: self.starting_point(id)?,
        })
    }

    /// Writes down where a task's branch begins, once. Until that is done nobody works on it.
    fn record_base(&mut self, id: &TaskId) -> anyhow::Result<()> {
        if self.task(id).base.is_some() {
            return Ok(());
        }
        let repo = &self.workspace.repo;
        let tip = repo.ref_oid(&self.run().task_ref(id))?.unwrap_or(self.integration);
        let base = repo.merge_base(self.integration, tip)?.unwrap_or(tip);
        self.update(id, "run", |task| {
            task.status = Status::Ready;
            task.base = Some(base);
        })
    }

    /// Frees the place of a worktree that is gone or broken.
    fn make_room(&mut self, id: &TaskId) -> anyhow::Result<()> {
        // Of files where nobody has worked yet nothing is known, so they are in the way.
        if self.task(id).base.is_none() && matches!(self.presence(id)?, Presence::Broken(_)) {
            return Ok(());
        }
        self.vacate_and_tell(id, WHAT_IT_HELD)
    }

    /// Removes a task's worktree and tells where its content is, when some of it is in no commit.
    pub(super) fn vacate_and_tell(&mut self, id: &TaskId, what: &str) -> anyhow::Result<()> {
        if let Some(place) = self.vacate(id)? {
            (self.emit)(Event::Kept { task: id.clone(), what: what.to_owned(), place });
        }
        Ok(())
    }

    /// Removes a task's worktree, whatever state it is in. Returns where its content is kept, when
    /// some of it is in no commit that stays.
    pub(super) fn vacate(&mut self, id: &TaskId) -> anyhow::Result<Option<String>> {
        let name = self.run().worktree_name(id);
        let kept = match self.presence(id)? {
            Presence::Gone => None,
            Presence::Broken(dir) => Some(move_aside(&dir)?.display().to_string()),
            Presence::Sound(dir) => {
                let kept = self.save_content(id, &dir)?;
                remove_worktree(&self.workspace.repo, &name)?;
                return Ok(kept);
            }
        };
        forget_worktree(&self.workspace.repo, &name)?;
        Ok(kept)
    }

    /// Saves what lies in a worktree under a rescue ref, and the directory where that is not all.
    fn save_content(&mut self, id: &TaskId, dir: &Path) -> anyhow::Result<Option<String>> {
        let found = match snapshot(&self.workspace.repo, dir) {
            Err(error) if is_about_the_worktree(&error) => {
                return Ok(Some(move_aside(dir)?.display().to_string()));
            }
            found => found?,
        };
        let mut kept = Vec::new();
        if found.dirty || !self.is_on_own_branch(id, &found) {
            kept.push(self.keep(id, &found)?);
        }
        if !found.skipped.is_empty() {
            kept.push(move_aside(dir)?.display().to_string());
        }
        Ok((!kept.is_empty()).then(|| kept.join(" and ")))
    }

    /// The content of a task's worktree; none when there is none. One that cannot be read, or is on
    /// another branch, is vacated.
    pub(super) fn readable_worktree(&mut self, id: &TaskId) -> anyhow::Result<Option<(PathBuf, Snapshot)>> {
        let Presence::Sound(dir) = self.presence(id)? else { return Ok(None) };
        let found = match snapshot(&self.workspace.repo, &dir) {
            Err(error) if is_about_the_worktree(&error) => None,
            found => Some(found?),
        };
        if let Some(found) = found.filter(|found| self.is_on_own_branch(id, found)) {
            return Ok(Some((dir, found)));
        }
        self.vacate_and_tell(id, WHAT_IT_HELD)?;
        Ok(None)
    }

    fn is_on_own_branch(&self, id: &TaskId, found: &Snapshot) -> bool {
        matches!(&found.head, Head::Branch(name, _) if *name == self.run().task_ref(id))
    }

    /// Brings the branch of a task to where its agent came, and its worktree back on it.
    ///
    /// One that is on a branch, or at what does not build on the task's base, stays as it is.
    pub(super) fn tie(&mut self, id: &TaskId) -> anyhow::Result<()> {
        let (worktree, name) = (self.run().worktree_name(id), self.run().task_ref(id));
        let Some(tip) = loose_at(&self.workspace.repo, &worktree) else { return Ok(()) };
        if self.task(id).status != Status::Running || !self.builds_on(tip, self.task(id).base) {
            return Ok(());
        }
        self.clear_task_locks(id);
        self.restore_branch(id)?;
        let repo = &self.workspace.repo;
        let old = repo.ref_oid(&name)?;
        let is_where_it_began = [self.task(id).base, self.task(id).tip].contains(&Some(tip));
        // Where the agent committed nothing, somebody else may have moved the branch.
        if !is_where_it_began && !old.is_some_and(|old| self.builds_on(old, Some(tip))) {
            let left = old.filter(|_| !self.builds_on(tip, old));
            pin(repo, self.run(), left.as_slice(), self.workspace.now())?;
            let edit = RefEdit { name: name.clone(), old, new: Some(tip) };
            update_refs(repo, &[edit], "orca: commits of its agent")?;
        }
        Ok(tie(repo, &worktree, &name)?)
    }

    /// What an agent wrote into its `HEAD` may be no commit at all.
    fn builds_on(&self, commit: Oid, base: Option<Oid>) -> bool {
        base.is_some_and(|base| matches!(self.workspace.repo.contains(commit, base), Ok(true)))
    }

    /// Starts a task's branch anew from `base`. Its old work stays pinned.
    pub(super) fn start_anew(&mut self, id: &TaskId, base: Oid) -> anyhow::Result<()> {
        let name = self.run().task_ref(id);
        let old = self.workspace.repo.ref_oid(&name)?;
        pin(&self.workspace.repo, self.run(), old.as_slice(), self.workspace.now())?;
        let worktree = self.readable_worktree(id)?;
        let edit = RefEdit { name, old, new: Some(base) };
        update_refs(&self.workspace.repo, &[edit], "orca: start anew")?;
        match worktree {
            Some((dir, found)) => self.bring_along(id, &dir, &found, base),
            None => Ok(()),
        }
    }

    /// Makes a worktree follow its branch to a commit that has nothing to do with its files, and
    /// keeps those.
    pub(super) fn bring_along(
        &mut self,
        id: &TaskId,
        dir: &Path,
        found: &Snapshot,
        commit: Oid,
    ) -> anyhow::Result<()> {
        if !found.skipped.is_empty() {
            return self.vacate_and_tell(id, WHAT_IT_HELD);
        }
        if found.dirty {
            let (task, place) = (id.clone(), self.keep(id, found)?);
            (self.emit)(Event::Kept { task, what: WHAT_IT_HELD.to_owned(), place });
        }
        Ok(reset_to(&self.workspace.repo, dir, commit, Files::Replace)?)
    }

    /// Puts a task's branch back where the records know it, when somebody deleted it.
    pub(super) fn restore_branch(&mut self, id: &TaskId) -> anyhow::Result<()> {
        let name = self.run().task_ref(id);
        if self.workspace.repo.ref_oid(&name)?.is_some() {
            return Ok(());
        }
        let task = self.task(id);
        let Some(tip) = task.tip.or(task.base) else { return Ok(()) };
        let edit = RefEdit { name, old: None, new: Some(tip) };
        update_refs(&self.workspace.repo, &[edit], "orca: restore branch")?;
        let what =
            format!("branch {} was deleted; it is back at {}", self.run().task_branch(id), tip.short());
        (self.emit)(Event::Recovered { what });
        Ok(())
    }

    /// Where a task's worktree starts: at its branch if it has one, else at the integration branch.
    pub(super) fn starting_point(&self, id: &TaskId) -> anyhow::Result<Oid> {
        let task = self.task(id);
        match self.workspace.repo.ref_oid(&self.run().task_ref(id))? {
            Some(tip) if task.base.is_none() && tip != self.integration => {
                let branch = self.run().task_branch(id);
                Err(Fault::usage(format!(
                    "a branch '{branch}' exists already and run {} did not make it",
                    self.run()
                ))
                .hint(format!("git branch -m {branch} <another name>"))
                .into())
            }
            Some(tip) => Ok(tip),
            None => Ok(task.tip.or(task.base).unwrap_or(self.integration)),
        }
    }
}

/// Renames a directory to the first free `<name>.kept-<n>` beside it, so that its place is free.
pub(in crate::engine) fn move_aside(dir: &Path) -> anyhow::Result<PathBuf> {
    let numbered = |number: u32| {
        let mut name = dir.file_name().unwrap_or_default().to_owned();
        name.push(format!(".kept-{number}"));
        dir.with_file_name(name)
    };
    let place = (1..).map(numbered).find(|place| place.symlink_metadata().is_err());
    let place = place.unwrap_or_else(|| numbered(0));
    std::fs::rename(dir, &place)
        .with_context(|| format!("cannot move '{}' to '{}'", dir.display(), place.display()))?;
    Ok(place)
}
