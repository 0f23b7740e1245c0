//! Lets the specialists of a wave work, side by side, until each has handed off or was given up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::Conductor;
use super::attempt::{player, role};
use super::judge::add_up;
use crate::agent::{AgentError, Answer, Ended, Report, Supervisor};
use crate::engine::mcp::at_counter;
use crate::engine::{Event, Fault};
use crate::lifecycle::{over, sum};
use crate::model::{Status, TaskId, TaskRecord, TroubleKind};

/// How often the user's wish to stop is looked at.
const TICK: Duration = Duration::from_millis(100);

/// How often in a row a service may turn an attempt away before that counts as a failure.
const MOST_TURNED_AWAY: u32 = 8;

/// The longest wait for a service that turns attempts away.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What follows an attempt.
enum Next {
    /// Another one, now.
    Again,
    /// Another one, when the service may have recovered.
    Later,
    Done,
}

/// A task whose turn comes.
struct Waiting {
    task: TaskId,
    from: Instant,
}

impl Waiting {
    fn now(task: TaskId) -> Self {
        Self::after(task, Duration::ZERO)
    }

    fn after(task: TaskId, pause: Duration) -> Self {
        Self { task, from: Instant::now() + pause }
    }

    fn is_due(&self) -> bool {
        self.from <= Instant::now()
    }
}

fn not_logged_in(id: &TaskId, ended: &Ended) -> Fault {
    let said = ended.account.trouble.as_ref().map_or(String::new(), ToString::to_string);
    Fault::no(format!("task '{id}' cannot be worked on: the agent {said}"))
        .hint("log in with the agent's own command, then: git orca run")
}

impl Conductor<'_> {
    /// Works on every task of the wave that has no handoff yet.
    pub(super) fn work(&mut self, number: usize) -> anyhow::Result<()> {
        let needs_work = |id: &TaskId| self.task(id).status < Status::HandedOff;
        let todo: Vec<TaskId> = self.open_tasks(number).into_iter().filter(needs_work).collect();
        self.work_on(&todo)
    }

    /// Works on these tasks.
    pub(in crate::engine) fn work_on(&mut self, todo: &[TaskId]) -> anyhow::Result<()> {
        if todo.is_empty() {
            return Ok(());
        }
        for id in todo {
            // Before anything is made for tasks that nobody can work on.
            let specialist = &self.task(id).task.specialist;
            player(self.workspace, specialist)?;
            role(self.workspace, specialist)?;
        }
        self.make_worktrees(todo)?;
        let jobs = self.jobs();
        let (around, run) = (self.workspace.around.clone(), self.run());
        let answer: Answer = Arc::new(move |task, question| at_counter(&around, run, task, question));
        let (sender, reports) = channel();
        std::thread::scope(|scope| {
            // Whatever goes wrong below, no agent is left running behind it.
            let supervisor = Supervisor::begin(scope, answer, sender).context("cannot watch agents")?;
            self.dispatch(&supervisor, &reports, todo, jobs)
        })
    }

    /// How many agents may work at once.
    pub(super) fn jobs(&self) -> usize {
        self.options.jobs.unwrap_or(self.workspace.config.max_agents).max(1)
    }

    /// Starts agents and takes their work over, until none runs. After an error nothing new is
    /// started, and what runs is stopped and taken over as far as it came.
    fn dispatch(
        &mut self,
        supervisor: &Supervisor,
        reports: &Receiver<Report>,
        todo: &[TaskId],
        jobs: usize,
    ) -> anyhow::Result<()> {
        let mut waiting: Vec<Waiting> = todo.iter().cloned().map(Waiting::now).collect();
        let mut turned_away: BTreeMap<TaskId, u32> = BTreeMap::new();
        let mut running = BTreeSet::new();
        let mut failed = None;
        let mut looked = Instant::now();
        loop {
            while running.len() < jobs && failed.is_none() && !self.workspace.around.is_stopped() {
                let Some(due) = waiting.iter().position(Waiting::is_due) else { break };
                let task = waiting.remove(due).task;
                match self.begin_unless_stopped(&task, supervisor) {
                    Ok(false) => {}
                    Ok(true) => _ = running.insert(task),
                    Err(error) => failed = Some(error),
                }
            }
            if self.at_limit.is_some() {
                waiting.clear();
            }
            if running.is_empty() {
                if failed.is_some() || waiting.is_empty() || self.workspace.around.is_stopped() {
                    return failed.map_or(Ok(()), Err);
                }
                std::thread::sleep(TICK);
                continue;
            }
            if failed.is_some() {
                supervisor.halt_all();
            }
            // By the clock: agents that print much must neither hide a wish to stop nor multiply the looks.
            if looked.elapsed() >= TICK {
                self.pass_on_stops(&running, supervisor);
                looked = Instant::now();
            }
            match next_report(reports)? {
                None => {}
                Some(Report::Said { task, line }) => (self.emit)(Event::AgentSaid { task, line }),
                Some(Report::Ended { task, ended }) => {
                    running.remove(&task);
                    let times = turned_away.entry(task.clone()).or_default();
                    match self.end_attempt(&task, *ended, *times) {
                        Ok(Next::Again) => waiting.push(Waiting::now(task)),
                        Ok(Next::Later) => {
                            *times += 1;
                            waiting.push(Waiting::after(task, self.pause(*times)));
                        }
                        Ok(Next::Done) => {}
                        // What led to it says more than what came of it.
                        Err(error) => failed = failed.or(Some(error)),
                    }
                }
            }
        }
    }

    /// Begins an attempt, unless somebody asked for the task to be stopped. Returns whether an agent
    /// works now.
    fn begin_unless_stopped(&mut self, id: &TaskId, supervisor: &Supervisor) -> anyhow::Result<bool> {
        if self.is_stop_requested(id) {
            return self.hold_stopped(id, None).map(|()| false);
        }
        if self.is_at_its_limit(id)? {
            return Ok(false);
        }
        let launch = self.begin_attempt(id)?;
        match supervisor.start(id, launch) {
            Ok(()) => Ok(true),
            Err(error) => Err(self.not_started(id, error)?),
        }
    }

    /// Leaves a task whose agent could not even be started as it was before.
    fn not_started(&mut self, id: &TaskId, error: AgentError) -> anyhow::Result<anyhow::Error> {
        self.tie(id)?;
        self.update(id, "run", |task| {
            task.status = Status::Ready;
            task.attempt -= 1;
        })?;
        Ok(anyhow::Error::new(error).context(format!("task '{id}' cannot be worked on")))
    }

    /// The error of a run in which a limit forbade to start something.
    pub(super) fn require_below_limits(&self) -> anyhow::Result<()> {
        let Some(limit) = &self.at_limit else { return Ok(()) };
        Err(Fault::no(limit.clone()).hint("raise it under [limits] in orca.toml, then: git orca run").into())
    }

    /// Whether what was used up forbids a further start. A task at its own limit is given up; a wave
    /// or a run at theirs is for a person to decide about, and what runs or is finished goes on.
    fn is_at_its_limit(&mut self, id: &TaskId) -> anyhow::Result<bool> {
        let limits = self.workspace.config.limits;
        let spent = |ids: &mut dyn Iterator<Item = &TaskId>| {
            sum(ids.filter_map(|id| self.state.tasks.get(id)).map(TaskRecord::spent))
        };
        let wave = self.state.record.waves.iter().find(|wave| wave.contains(id));
        let larger = [
            (format!("run {}", self.run()), spent(&mut self.state.tasks.keys()), limits.run),
            ("the wave".to_owned(), spent(&mut wave.into_iter().flatten()), limits.wave),
        ];
        for (whose, spent, most) in larger {
            if let Some(over) = over(spent, most) {
                self.at_limit = Some(format!("{whose} is at its limit: {over}; nothing more is started"));
                return Ok(true);
            }
        }
        let Some(over) = over(self.task(id).spent(), limits.task) else { return Ok(false) };
        let reason = format!("at its limit: {over}");
        self.update(id, "terminate", |task| {
            task.status = Status::Failed;
            task.reason.clone_from(&reason);
        })?;
        (self.emit)(Event::GaveUp { task: id.clone(), reason });
        Ok(true)
    }

    /// Takes an attempt over, of a task that the service has turned away so many times in a row.
    fn end_attempt(
        &mut self,
        id: &TaskId,
        ended: Result<Ended, AgentError>,
        turned_away: u32,
    ) -> anyhow::Result<Next> {
        self.tie(id)?;
        let ended = match ended {
            Ok(ended) => ended,
            Err(error) => return Err(self.not_started(id, error)?),
        };
        if self.is_stop_requested(id) {
            return self.hold_stopped(id, Some(&ended)).map(|()| Next::Done);
        }
        match ended.account.trouble.as_ref().map(|trouble| trouble.kind) {
            Some(TroubleKind::RateLimit) if turned_away < MOST_TURNED_AWAY => {
                self.put_off(id, &ended)?;
                return Ok(Next::Later);
            }
            Some(TroubleKind::Login) => {
                self.put_off(id, &ended)?;
                return Err(not_logged_in(id, &ended).into());
            }
            _ => {}
        }
        let goes_on = self.take_over(id, &ended)?;
        if goes_on {
            self.make_worktrees(std::slice::from_ref(id))?;
            return Ok(Next::Again);
        }
        Ok(Next::Done)
    }

    /// Leaves a task as it is until its agent can be started again: an attempt that its service
    /// turned away proves nothing about the work.
    pub(super) fn put_off(&mut self, id: &TaskId, ended: &Ended) -> anyhow::Result<()> {
        let (ending, seconds, left_behind) = (ended.ending, ended.seconds, ended.left_behind);
        (self.emit)(Event::AgentEnded { task: id.clone(), ending, seconds, left_behind });
        let said = ended.account.trouble.as_ref().map_or(String::new(), ToString::to_string);
        self.update(id, "run", |task| {
            task.status = Status::Ready;
            task.seconds += seconds as u64;
            task.reason = format!("put off: the agent {said}");
            add_up(task, &ended.account);
        })
    }

    /// How long to wait after the service has turned a task away so many times.
    fn pause(&self, times: u32) -> Duration {
        let first = self.workspace.config.back_off;
        first.saturating_mul(1 << times.saturating_sub(1).min(10)).min(LONGEST_PAUSE.max(first))
    }

    /// Passes a person's wish to stop on to the agents.
    fn pass_on_stops(&self, running: &BTreeSet<TaskId>, supervisor: &Supervisor) {
        for task in running {
            if self.workspace.around.is_stopped() || self.is_stop_requested(task) {
                supervisor.halt(task);
            }
        }
    }
}

/// Waits a little for a report.
fn next_report(reports: &Receiver<Report>) -> anyhow::Result<Option<Report>> {
    match reports.recv_timeout(TICK) {
        Ok(report) => Ok(Some(report)),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => bail!("the agents are no longer watched"),
    }
}
