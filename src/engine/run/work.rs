//! Lets the specialists of a wave work, side by side, until each has handed off or was given up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::Conductor;
use super::attempt::{player, role};
use crate::agent::{AgentError, Counter, Ended, Launch, Progress, run};
use crate::engine::mcp::at_counter;
use crate::engine::{Event, Fault, Surroundings};
use crate::lifecycle::{over, sum};
use crate::model::{RunId, Status, TaskId, TaskRecord, TroubleKind};

/// What a thread that watches an agent reports.
enum Report {
    Said { task: TaskId, line: String },
    Ended { task: TaskId, ended: Box<Result<Ended, AgentError>> },
}

/// The agents at work, each with the flag that ends it. Whatever goes wrong here, none is left
/// running behind it.
#[derive(Default)]
struct Running(BTreeMap<TaskId, Arc<AtomicBool>>);

impl Running {
    fn halt_all(&self) {
        self.0.values().for_each(|halt| halt.store(true, Ordering::Relaxed));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.halt_all();
    }
}

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
        std::thread::scope(|scope| self.dispatch(scope, todo, jobs))
    }

    /// How many agents may work at once.
    pub(super) fn jobs(&self) -> usize {
        self.options.jobs.unwrap_or(self.workspace.config.max_agents).max(1)
    }

    /// Starts agents and takes their work over, until none runs. After an error nothing new is
    /// started, and what runs is stopped and taken over as far as it came.
    fn dispatch<'scope>(
        &mut self,
        scope: &'scope Scope<'scope, '_>,
        todo: &[TaskId],
        jobs: usize,
    ) -> anyhow::Result<()> {
        let (sender, receiver) = channel();
        let mut waiting: Vec<Waiting> = todo.iter().cloned().map(Waiting::now).collect();
        let mut turned_away: BTreeMap<TaskId, u32> = BTreeMap::new();
        let mut running = Running::default();
        let mut failed = None;
        let mut looked = Instant::now();
        loop {
            while running.0.len() < jobs && failed.is_none() && !self.workspace.around.is_stopped() {
                let Some(due) = waiting.iter().position(Waiting::is_due) else { break };
                let task = waiting.remove(due).task;
                match self.begin_unless_stopped(&task) {
                    Ok(None) => {}
                    Ok(Some(launch)) => {
                        let halt = Arc::default();
                        let job = Job {
                            around: self.workspace.around.clone(),
                            run: self.run(),
                            task: task.clone(),
                            launch,
                            halt: Arc::clone(&halt),
                            reports: sender.clone(),
                        };
                        scope.spawn(move || job.watch());
                        running.0.insert(task, halt);
                    }
                    Err(error) => failed = Some(error),
                }
            }
            if self.at_limit.is_some() {
                waiting.clear();
            }
            if running.0.is_empty() {
                if failed.is_some() || waiting.is_empty() || self.workspace.around.is_stopped() {
                    return failed.map_or(Ok(()), Err);
                }
                std::thread::sleep(TICK);
                continue;
            }
            if failed.is_some() {
                running.halt_all();
            }
            // By the clock: agents that print much must neither hide a wish to stop nor multiply the looks.
            if looked.elapsed() >= TICK {
                self.pass_on_stops(&running);
                looked = Instant::now();
            }
            match next_report(&receiver) {
                None => {}
                Some(Report::Said { task, line }) => (self.emit)(Event::AgentSaid { task, line }),
                Some(Report::Ended { task, ended }) => {
                    running.0.remove(&task);
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

    /// Begins an attempt, unless somebody asked for the task to be stopped.
    fn begin_unless_stopped(&mut self, id: &TaskId) -> anyhow::Result<Option<Launch>> {
        if self.is_stop_requested(id) {
            return self.hold_stopped(id, None).map(|()| None);
        }
        if self.is_at_its_limit(id)? {
            return Ok(None);
        }
        self.begin_attempt(id).map(Some)
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
        let ended = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // A task whose agent could not even be started is as it was before.
                self.update(id, "run", |task| {
                    task.status = Status::Ready;
                    task.attempt -= 1;
                })?;
                return Err(error).with_context(|| format!("task '{id}' cannot be worked on"));
            }
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
        let used = &ended.account;
        self.update(id, "run", |task| {
            task.status = Status::Ready;
            task.seconds += seconds as u64;
            task.reason = format!("put off: the agent {said}");
            task.usage.add(used.usage.unwrap_or_default());
            task.cost_micros += used.cost_micros.unwrap_or(0);
            task.turns = task.turns.saturating_add(used.turns);
        })
    }

    /// How long to wait after the service has turned a task away so many times.
    fn pause(&self, times: u32) -> Duration {
        let first = self.workspace.config.back_off;
        first.saturating_mul(1 << times.saturating_sub(1).min(10)).min(LONGEST_PAUSE.max(first))
    }

    /// Passes a person's wish to stop on to the agents.
    fn pass_on_stops(&self, running: &Running) {
        for (task, halt) in &running.0 {
            if self.workspace.around.is_stopped() || self.is_stop_requested(task) {
                halt.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Waits a little for a report.
fn next_report(receiver: &Receiver<Report>) -> Option<Report> {
    match receiver.recv_timeout(TICK) {
        Ok(report) => Some(report),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => unreachable!("this function's caller holds a sender"),
    }
}

/// One agent at work, watched in a thread of its own.
struct Job {
    around: Surroundings,
    run: RunId,
    task: TaskId,
    launch: Launch,
    halt: Arc<AtomicBool>,
    reports: Sender<Report>,
}

impl Job {
    /// Runs the agent to its end, and answers meanwhile what it asks.
    fn watch(self) {
        // Open before the agent starts, which would else find nobody there. Without a counter the
        // agent works all the same: it can leave what it has to say in a file.
        let counter = Counter::open(&self.launch.run_dir).ok().zip(std::io::pipe().ok());
        std::thread::scope(|scope| {
            // The counter closes when this end of the pipe goes, also by a panic.
            let mut _open = None;
            if let Some((counter, (over, open))) = counter {
                _open = Some(open);
                let mut answer = |question: &str| at_counter(&self.around, self.run, &self.task, question);
                scope.spawn(move || counter.serve(&over, &mut answer));
            }
            let ended = Box::new(self.run_agent());
            let _ = self.reports.send(Report::Ended { task: self.task.clone(), ended });
        });
    }

    fn run_agent(&self) -> Result<Ended, AgentError> {
        let mut seen = 0;
        // The conductor outlives its agents; should it be gone, nobody wants to know.
        let mut say = |progress: Progress| {
            if progress.bytes > seen && !progress.line.is_empty() {
                let _ = self.reports.send(Report::Said { task: self.task.clone(), line: progress.line });
            }
            seen = progress.bytes;
        };
        run(&self.launch, &self.halt, &mut say)
    }
}
