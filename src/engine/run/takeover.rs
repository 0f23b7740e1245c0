//! Takes over what an agent left: looks at what Git can prove, and keeps everything.
//!
//! What the agent wrote outside its scope, committed or not, is kept under a rescue ref and told,
//! and does not travel on. What cannot be saved as objects at all stays in its directory.

use std::path::{Path, PathBuf};

use super::Conductor;
use super::judge::Evidence;
use crate::agent::Ended;
use crate::engine::Event;
use crate::git::{
    Entry, Files, GitError, Head, Presence, Snapshot, WorktreeError, clear_pipes, clear_stale_locks, rescue,
    reset_to, snapshot, vet_change,
};
use crate::lifecycle::Attempted;
use crate::model::{Ending, HandoffNotes, HandoffStatus, Oid, RepoPath, Status, TaskId};

/// What an attempt changed, seen from the task's base.
pub(super) struct Work {
    pub(super) tip: Oid,
    pub(super) in_scope: Vec<(RepoPath, Option<Entry>)>,
    pub(super) outside: Vec<RepoPath>,
    /// In scope, but nothing that can be handed off; each with the reason.
    refused: Vec<(RepoPath, String)>,
}

impl Conductor<'_> {
    /// Takes an ended attempt over. Returns whether the task goes on with another attempt.
    pub(super) fn take_over(&mut self, id: &TaskId, ended: &Ended) -> anyhow::Result<bool> {
        (self.emit)(Event::AgentEnded {
            task: id.clone(),
            ending: ended.ending,
            seconds: ended.seconds,
            left_behind: ended.left_behind,
        });
        let examined = match ended.ending {
            Ending::Interrupted => None,
            _ => match self.examine(id, ended) {
                Err(error) if error.downcast_ref().is_some_and(is_about_the_worktree) => {
                    Some(self.strayed(id, &format!("its worktree cannot be read ({error:#})"))?)
                }
                examined => examined?,
            },
        };
        let Some(evidence) = examined else {
            self.update(id, "run", |task| {
                task.status = Status::Ready;
                task.seconds += ended.seconds as u64;
            })?;
            return Ok(false);
        };
        self.judge(id, with_end(evidence, ended))
    }

    /// Finds out what the attempt came to; none when the user's wish to stop came in between.
    fn examine(&mut self, id: &TaskId, ended: &Ended) -> anyhow::Result<Option<Evidence>> {
        self.clear_task_locks(id);
        let dir = match self.presence(id)? {
            Presence::Sound(dir) => dir,
            Presence::Gone => return self.strayed(id, "the agent deleted its worktree").map(Some),
            Presence::Broken(_) => return self.strayed(id, "the agent cut its worktree off").map(Some),
        };
        let found = snapshot(&self.workspace.repo, &dir)?;
        let tip = match &found.head {
            Head::Branch(name, tip) if *name == self.run().task_ref(id) => *tip,
            other => {
                let how = format!("the agent left its branch for {}", describe(other));
                return self.strayed(id, &how).map(Some);
            }
        };
        // What an agent says of its own failure says more than its exit code; but one that orca ended
        // had no say.
        let was_ended = matches!(ended.ending, Ending::Stalled | Ending::TimedOut);
        let broke = match ended.account.trouble.as_ref().filter(|_| !was_ended) {
            Some(trouble) => Some(Attempted::Troubled(trouble.to_string())),
            None => (ended.ending != Ending::Exited(0)).then(|| Attempted::Troubled(bad_end(ended))),
        };
        if let Some(attempted) = broke {
            self.keep_if_dirty(id, &found)?;
            return Ok(Some(Evidence::of(attempted)));
        }
        let examined = self.examine_work(id, &dir, tip, &found)?;
        Ok(examined.map(|evidence| with_denials(evidence, &ended.account.denials)))
    }

    fn examine_work(
        &mut self,
        id: &TaskId,
        dir: &Path,
        tip: Oid,
        found: &Snapshot,
    ) -> anyhow::Result<Option<Evidence>> {
        let work = self.work_in(id, tip, found)?;
        let refused = |(path, why): &(RepoPath, String)| format!("{path} cannot be handed off: {why}");
        let mut objections: Vec<String> = work.refused.iter().map(refused).collect();
        let notes = self.notes_of(id, &mut objections)?;
        let excluded = self.excluded_dependencies(id, &work)?;
        let drift = self.drift(id, &work, &notes, &excluded);
        objections.extend(excluded);
        self.set_aside(id, &work, found)?;
        let said = by_own_words(notes.status, &notes.summary);
        let is_empty = said.is_some() && work.in_scope.is_empty();
        if is_empty || self.is_unchanged(id, &work, &notes)? {
            // What lies outside was kept; without it the next attempt starts clean.
            let dir = self.settle(id, dir, work.tip, found)?;
            if said.is_none()
                && let Some(handoff) = self.handoff_to_check_again(id, work.tip)?
            {
                let Some(evidence) = self.check_acceptance(id, &dir, handoff, objections.clone())? else {
                    return Ok(None);
                };
                if evidence.objections.is_empty() {
                    return Ok(Some(Evidence { drift, ..evidence }));
                }
            }
            let attempted = said.unwrap_or(Attempted::NoChange);
            return Ok(Some(Evidence { objections, drift, ..Evidence::of(attempted) }));
        }
        let handoff = self.hand_off(id, &work, notes)?;
        let dir = self.settle(id, dir, handoff.commit, found)?;
        let checked = self.check_handoff(id, &dir, handoff, objections)?;
        Ok(checked.map(|evidence| Evidence { drift, ..evidence }))
    }

    /// Sorts what differs from the task's base by its scope.
    fn work_in(&self, id: &TaskId, tip: Oid, found: &Snapshot) -> anyhow::Result<Work> {
        let repo = &self.workspace.repo;
        let task = self.task(id);
        let base = repo.commit(task.base.unwrap_or(self.integration))?.tree;
        let mut work = Work { tip, in_scope: Vec::new(), outside: Vec::new(), refused: Vec::new() };
        for change in repo.diff_trees(base, found.tree)? {
            let link = match change.new {
                Some(entry) if entry.is_link() => Some(repo.blob(entry.oid)?),
                _ => None,
            };
            match vet_change(&change, link.as_deref()) {
                _ if !task.task.scope.allows(&change.path) => work.outside.push(change.path),
                Err(why) => work.refused.push((change.path, why.to_string())),
                Ok(()) => work.in_scope.push((change.path, change.new)),
            }
        }
        let in_scope = |(path, _): &&(RepoPath, String)| task.task.scope.allows(path);
        work.refused.extend(found.skipped.iter().filter(in_scope).cloned());
        Ok(work)
    }

    /// Whether the attempt left the task's in-scope content as the last handoff, or the base, has
    /// it. New words about unchanged work are a change to a handoff.
    fn is_unchanged(&self, id: &TaskId, work: &Work, notes: &HandoffNotes) -> anyhow::Result<bool> {
        let Some(handoff) = self.task(id).tip else { return Ok(work.in_scope.is_empty()) };
        let same = self.handoff_tree(id, work)? == self.workspace.repo.commit(handoff)?.tree;
        Ok(same && *notes == HandoffNotes::default())
    }

    /// Keeps everything when some of it does not travel on, and tells what.
    fn set_aside(&mut self, id: &TaskId, work: &Work, found: &Snapshot) -> anyhow::Result<()> {
        if !work.outside.is_empty() {
            let rescue = self.keep(id, found)?;
            (self.emit)(Event::SetAside { task: id.clone(), paths: work.outside.clone(), rescue });
        } else if !work.refused.is_empty() {
            self.keep(id, found)?;
        }
        if !found.skipped.is_empty() {
            let paths: Vec<String> = found.skipped.iter().map(|(path, _)| path.to_string()).collect();
            let what = format!("cannot be saved in this repository: {}", paths.join(", "));
            let place = self.worktree_dir(id)?.display().to_string();
            (self.emit)(Event::Kept { task: id.clone(), what, place });
        }
        Ok(())
    }

    /// Makes the worktree equal to a commit; returns where it is then.
    ///
    /// What could not be saved must not be cleaned away: files stay then, and where Git cannot
    /// clean up, the directory is moved aside and made again.
    pub(super) fn settle(
        &mut self,
        id: &TaskId,
        dir: &Path,
        commit: Oid,
        found: &Snapshot,
    ) -> anyhow::Result<PathBuf> {
        // Git leaves repositories inside a worktree alone.
        let is_safe = |(path, _): &(RepoPath, String)| dir.join(path.as_path()).join(".git").exists();
        let files = if found.skipped.iter().all(is_safe) { Files::Replace } else { Files::Keep };
        let Err(error) = reset_to(&self.workspace.repo, dir, commit, files) else {
            return Ok(dir.to_owned());
        };
        self.vacate_and_tell(id, &format!("what could not be cleaned away ({error})"))?;
        self.make_worktrees(std::slice::from_ref(id))?;
        self.worktree_dir(id)
    }

    /// Evidence of an agent that left its place. What it wrote is kept, its branch is put back.
    fn strayed(&mut self, id: &TaskId, how: &str) -> anyhow::Result<Evidence> {
        let kept = self.vacate(id)?.map(|place| format!("; what it wrote is kept at {place}"));
        self.restore_branch(id)?;
        Ok(Evidence::of(Attempted::Strayed(format!("{how}{}", kept.unwrap_or_default()))))
    }

    /// Keeps a worktree's content, and the commit it is on, under a rescue ref; returns its name.
    pub(super) fn keep(&mut self, id: &TaskId, found: &Snapshot) -> anyhow::Result<String> {
        let parent = match &found.head {
            Head::Branch(_, tip) | Head::Detached(tip) => Some(*tip),
            Head::Unborn(_) => None,
        };
        let name = self.run().worktree_name(id);
        let kept = rescue(&self.workspace.repo, &name, found, parent, self.workspace.now())?;
        Ok(kept.reference)
    }

    /// Keeps what is not committed, and tells where.
    pub(super) fn keep_if_dirty(&mut self, id: &TaskId, found: &Snapshot) -> anyhow::Result<()> {
        if found.dirty {
            let place = format!("{}, and in its worktree", self.keep(id, found)?);
            (self.emit)(Event::Kept { task: id.clone(), what: "unfinished work".to_owned(), place });
        }
        Ok(())
    }

    /// Clears what a killed `git` of an agent locked for ever, and where whoever reads refs would wait for
    /// ever.
    pub(super) fn clear_task_locks(&self, id: &TaskId) {
        clear_pipes(&self.workspace.repo, &format!("refs/heads/orca/{}", self.run()));
        let worktree = format!("worktrees/{}", self.run().worktree_name(id));
        clear_stale_locks(&self.workspace.repo, &[worktree, format!("{}.lock", self.run().task_ref(id))]);
    }
}

/// Evidence with what is known of the attempt's end.
pub(super) fn with_end(evidence: Evidence, ended: &Ended) -> Evidence {
    let said = (evidence.attempted != Attempted::Worked).then(|| last_words(ended)).flatten();
    Evidence {
        seconds: ended.seconds as u64,
        ending: Some(ended.ending),
        account: Some(ended.account.clone()),
        said,
        ..evidence
    }
}

/// What an agent said last: its answer, else what it printed beside its events.
pub(in crate::engine) fn last_words(ended: &Ended) -> Option<String> {
    if !ended.account.answer.is_empty() {
        return Some(ended.account.answer.chars().take(LONGEST_LAST_WORDS).collect());
    }
    let is_event = |line: &&str| line.starts_with("{\"") && line.ends_with('}');
    let lines: Vec<&str> = ended.tail.trim().lines().filter(|line| !is_event(line)).collect();
    let words = lines.join("\n");
    (!words.trim().is_empty()).then(|| words.trim().to_owned())
}

/// How an attempt ended that should not have: with the error that the agent printed last, if it did.
fn bad_end(ended: &Ended) -> String {
    let by_itself = matches!(ended.ending, Ending::Exited(_)) && ended.account.answer.is_empty();
    let words = last_words(ended).filter(|_| by_itself);
    match words.as_ref().and_then(|words| words.lines().last()) {
        Some(line) => {
            format!("{}: {}", ended.ending, line.trim().chars().take(LONGEST_ERROR).collect::<String>())
        }
        None => ended.ending.to_string(),
    }
}

/// As much as a line holds.
const LONGEST_ERROR: usize = 200;

/// More of them would crowd the next prompt.
const LONGEST_LAST_WORDS: usize = 4_000;

/// What an attempt came to whose agent does not say that it is done.
pub(super) fn by_own_words(status: HandoffStatus, summary: &str) -> Option<Attempted> {
    match status {
        HandoffStatus::Complete => None,
        HandoffStatus::Partial => Some(Attempted::Unfinished(summary.to_owned())),
        HandoffStatus::Blocked | HandoffStatus::Terminated => Some(Attempted::Blocked(summary.to_owned())),
    }
}

/// An agent that changed nothing is told what it was not allowed to do, if that may be why.
fn with_denials(mut evidence: Evidence, denials: &[String]) -> Evidence {
    if evidence.attempted == Attempted::NoChange && !denials.is_empty() {
        evidence.objections.push(format!("it was not allowed to: {}", denials.join("; ")));
    }
    evidence
}

/// Whether an agent can have caused the error by what it did to its worktree. Any other, such as a
/// full disk, is no reason to judge its work.
pub(in crate::engine) fn is_about_the_worktree(error: &GitError) -> bool {
    match error {
        GitError::Worktree(WorktreeError::NotRegistered(_) | WorktreeError::PointerLost(_)) => true,
        GitError::Io { error, .. } => error.kind() == std::io::ErrorKind::NotFound,
        GitError::Garbled(_) => true,
        _ => false,
    }
}

fn describe(head: &Head) -> String {
    match head {
        Head::Branch(name, _) | Head::Unborn(name) => format!("'{}'", name.trim_start_matches("refs/heads/")),
        Head::Detached(tip) => format!("a detached HEAD at {}", tip.short()),
    }
}
