//! Puts in order what a dead orca, or somebody else, left behind, before a run goes on.

use std::collections::BTreeMap;

use super::Conductor;
use super::attempt::{agent_dirs, log_dir, marker, player};
use super::judge::Handoff;
use super::takeover::with_end;
use crate::agent::{Ended, account_so_far, noted_end, outwait_children_of, sweep};
use crate::engine::gate::{clear_gate, gate_dir, gate_marker};
use crate::engine::{Event, clock, resolver};
use crate::git::{RefEdit, clear_stale_locks, last_move_inside, update_refs};
use crate::handoff::from_message;
use crate::model::{HandoffRecord, LandingRecord, Protocol, Status, TaskId, TroubleKind};
use crate::store::{Death, RunLock, pin};

impl Conductor<'_> {
    /// Brings the records in line with what Git holds. After a death, what the dead one started is
    /// ended and what it locked is freed.
    pub(super) fn recover(&mut self, lock: &mut RunLock) -> anyhow::Result<()> {
        let recovered = self.recover_after(lock.death());
        if recovered.is_err() {
            // Whoever comes next has to learn of the death too.
            lock.keep_mark();
        }
        recovered
    }

    fn recover_after(&mut self, death: Option<Death>) -> anyhow::Result<()> {
        let open = |id: &TaskId| !self.task(id).status.is_final();
        let tasks: Vec<TaskId> = self.state.tasks.keys().filter(|id| open(id)).cloned().collect();
        if let Some(death) = death {
            outwait_children_of(death.pid);
        }
        let mut n_ended = BTreeMap::new();
        for id in tasks.iter().filter(|id| death.is_some() || self.task(id).status == Status::Running) {
            let dirs = agent_dirs(self.workspace, self.run(), id)?;
            n_ended.insert(id, sweep(&marker(self.workspace, self.run(), id), &dirs));
        }
        if let Some(death) = death {
            self.clear_remains(death)?;
        }
        for id in &tasks {
            self.recover_task(id, n_ended.get(id).copied().unwrap_or(0))?;
        }
        self.adopt_landing()?;
        self.state.require_integration(&self.workspace.repo).map(drop)
    }

    fn clear_remains(&mut self, death: Death) -> anyhow::Result<()> {
        sweep(&gate_marker(self.workspace), &[gate_dir(self.workspace)?]);
        resolver::end_remains(self.workspace)?;
        let branches = format!("refs/heads/orca/{}", self.run());
        for path in clear_stale_locks(&self.workspace.repo, &[branches, "refs/orca/rescue".to_owned()]) {
            (self.emit)(Event::Recovered { what: format!("cleared the stale lock '{}'", path.display()) });
        }
        self.clear_shared_locks(death.since)?;
        clear_gate(self.workspace)
    }

    /// Goes on with a task of which so many processes still ran.
    fn recover_task(&mut self, id: &TaskId, n_ended: usize) -> anyhow::Result<()> {
        let was_running = self.task(id).status == Status::Running;
        if self.task(id).base.is_none() {
            return Ok(());
        }
        self.restore_branch(id)?;
        self.tie(id)?;
        if self.task(id).status >= Status::HandedOff {
            return self.mention_foreign_tip(id);
        }
        if self.task(id).is_held() {
            return Ok(());
        }
        if let Some(handoff) = self.unrecorded_handoff(id)? {
            return self.adopt_handoff(id, handoff);
        }
        if was_running {
            match self.noted_end(id)? {
                Some(end) => self.take_over_late(id, &end)?,
                None => self.keep_remains(id, n_ended)?,
            }
        }
        self.follow_foreign_tip(id)
    }

    /// How the attempt at work ended, if it did before its orca died.
    fn noted_end(&self, id: &TaskId) -> anyhow::Result<Option<Ended>> {
        let log_dir = log_dir(self.workspace, self.run(), id)?;
        Ok(noted_end(&log_dir, self.task(id).attempt, self.protocol(id)?))
    }

    fn protocol(&self, id: &TaskId) -> anyhow::Result<Protocol> {
        Ok(player(self.workspace, &self.task(id).task.specialist)?.config.output)
    }

    /// Takes over what an agent had done when its orca died.
    fn take_over_late(&mut self, id: &TaskId, ended: &Ended) -> anyhow::Result<()> {
        let what = format!("task '{id}' had ended its attempt, which was not taken over yet");
        (self.emit)(Event::Recovered { what });
        match ended.account.trouble.as_ref().map(|trouble| trouble.kind) {
            // Whether the service takes it by now shows when it is asked.
            Some(TroubleKind::RateLimit | TroubleKind::Login) => self.put_off(id, ended),
            _ => self.take_over(id, ended).map(drop),
        }
    }

    /// Keeps what an agent wrote whose orca died, and counts what it had used.
    fn keep_remains(&mut self, id: &TaskId, ended: usize) -> anyhow::Result<()> {
        let mut what = format!("task '{id}' was being worked on when orca died");
        if ended > 0 {
            what = format!("{what}; {ended} of its processes still ran and were ended");
        }
        (self.emit)(Event::Recovered { what });
        if let Some((_, found)) = self.readable_worktree(id)? {
            self.keep_if_dirty(id, &found)?;
        }
        let log_dir = log_dir(self.workspace, self.run(), id)?;
        let used = account_so_far(&log_dir, self.task(id).attempt, self.protocol(id)?);
        self.update(id, "recover", |task| {
            task.status = Status::Ready;
            task.usage.add(used.usage.unwrap_or_default());
            task.cost_micros = task.cost_micros.saturating_add(used.cost_micros.unwrap_or(0));
            task.turns = task.turns.saturating_add(used.turns);
        })
    }

    /// Finds the handoff commit of the last attempt that was made and not judged. Only what the hub says
    /// was made counts: anybody can write trailers, and an agent's own commits are pinned like orca's.
    fn unrecorded_handoff(&self, id: &TaskId) -> anyhow::Result<Option<Handoff>> {
        let repo = &self.workspace.repo;
        let Some(commit) = self.task(id).made.filter(|made| repo.has_object(*made)) else { return Ok(None) };
        let found = repo.commit(commit)?;
        let wanted = HandoffRecord::id_of(self.run(), id, self.task(id).attempt);
        let record = from_message(&found.message, clock::parse).ok().filter(|record| record.id == wanted);
        let Some(record) = record else { return Ok(None) };
        let parent = found.parents.first().copied().unwrap_or(commit);
        let files = repo.diff_trees(repo.commit(parent)?.tree, found.tree)?.len();
        Ok(Some(Handoff { record, commit, files }))
    }

    /// Finishes what a dead orca began: brings branch and worktree to the handoff and judges it.
    fn adopt_handoff(&mut self, id: &TaskId, handoff: Handoff) -> anyhow::Result<()> {
        let commit = handoff.commit;
        let what = format!("task '{id}' had handed off as {}, which was not recorded yet", commit.short());
        (self.emit)(Event::Recovered { what });
        let name = self.run().task_ref(id);
        let old = self.workspace.repo.ref_oid(&name)?;
        if old != Some(commit) {
            pin(&self.workspace.repo, self.run(), old.as_slice(), self.workspace.now())?;
            let edit = RefEdit { name, old, new: Some(commit) };
            update_refs(&self.workspace.repo, &[edit], "orca: handoff")?;
        }
        let mut dir = None;
        if let Some((old, found)) = self.readable_worktree(id)? {
            self.keep_if_dirty(id, &found)?;
            dir = Some(self.settle(id, &old, commit, &found)?);
        }
        self.make_worktrees(std::slice::from_ref(id))?;
        let dir = dir.map_or_else(|| self.worktree_dir(id), Ok)?;
        let mut objections = Vec::new();
        self.notes_of(id, &mut objections)?;
        let Some(evidence) = self.check_handoff(id, &dir, handoff, objections)? else { return Ok(()) };
        let evidence = match self.noted_end(id)? {
            Some(ended) => with_end(evidence, &ended),
            None => evidence,
        };
        self.judge(id, evidence).map(drop)
    }

    /// Says when somebody moved the branch of a task that has handed off. The handoff counts.
    fn mention_foreign_tip(&mut self, id: &TaskId) -> anyhow::Result<()> {
        let found = self.workspace.repo.ref_oid(&self.run().task_ref(id))?;
        if let (Some(tip), Some(found)) = (self.task(id).tip, found)
            && tip != found
        {
            let branch = self.run().task_branch(id);
            let what = format!(
                "branch {branch} was moved to {} by somebody else; the handoff {} is what will be merged",
                found.short(),
                tip.short()
            );
            (self.emit)(Event::Recovered { what });
        }
        Ok(())
    }

    /// Goes on from where somebody moved the branch of a task that is still being worked on, when
    /// that builds on the task's base; else puts the branch back. Both are kept.
    fn follow_foreign_tip(&mut self, id: &TaskId) -> anyhow::Result<()> {
        let repo = &self.workspace.repo;
        let task = self.task(id);
        let (Some(base), Some(found)) = (task.base, repo.ref_oid(&self.run().task_ref(id))?) else {
            return Ok(());
        };
        let inside = last_move_inside(repo, &self.run().worktree_name(id));
        if found == base || [task.tip, inside].contains(&Some(found)) {
            return Ok(());
        }
        let branch = self.run().task_branch(id);
        let mut what = format!("branch {branch} was moved to {} by somebody else", found.short());
        if repo.contains(found, base)? {
            what = format!("{what}; the work goes on from there");
            (self.emit)(Event::Recovered { what });
            // Files do not follow a branch that is moved from outside. Left alone, they would take
            // back what the move brought.
            return match self.readable_worktree(id)? {
                Some((dir, held)) => self.bring_along(id, &dir, &held, found),
                None => Ok(()),
            };
        }
        let back = task.tip.unwrap_or(base);
        let pins = self.run().pins_ref();
        what = format!("{what}, which does not build on the task's base; it is back at {}", back.short());
        pin(repo, self.run(), &[found], self.workspace.now())?;
        let edit = RefEdit { name: self.run().task_ref(id), old: Some(found), new: Some(back) };
        update_refs(repo, &[edit], "orca: put back")?;
        (self.emit)(Event::Recovered { what: format!("{what}, and {} is kept in {pins}", found.short()) });
        Ok(())
    }

    /// Takes the landing into account that a dead orca had decided on, where it came to move the branch.
    fn adopt_landing(&mut self) -> anyhow::Result<()> {
        let Some(landing) = self.state.landing.clone() else { return Ok(()) };
        let found = self.workspace.repo.ref_oid(&self.run().integration_ref())?;
        if found != Some(landing.to) || !self.is_as_decided(&landing)? {
            return self.forget_landing();
        }
        let names: Vec<&str> = landing.tasks.iter().map(TaskId::as_str).collect();
        let what = format!("{} had been merged, which was not recorded yet", names.join(", "));
        (self.emit)(Event::Recovered { what });
        self.record_wave(landing.wave as usize, &landing.tasks, (landing.from, landing.to), &landing.gate)
    }

    /// Whether the tasks are still those that the gate passed with.
    fn is_as_decided(&self, landing: &LandingRecord) -> anyhow::Result<bool> {
        for id in &landing.tasks {
            let task = self.state.tasks.get(id).filter(|task| task.status == Status::Validated);
            let Some(tip) = task.and_then(|task| task.tip) else { return Ok(false) };
            if !self.workspace.repo.contains(landing.to, tip)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes back that the branch was to be moved, which it was not.
    fn forget_landing(&mut self) -> anyhow::Result<()> {
        let run = self.run();
        let what = "the last landing was not made";
        self.workspace.record("recover", what, Some(run), None, |hub| hub.drop_landing(run))?;
        self.state.landing = None;
        self.integration = self.state.integration(&self.workspace.repo)?;
        Ok(())
    }
}
