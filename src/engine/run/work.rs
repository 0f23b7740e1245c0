//! Lets the specialists of a wave work, side by side, until each has handed off or was given up.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Scope;
use std::time::Duration;

use anyhow::Context as _;

use super::Conductor;
use super::attempt::player;
use crate::agent::{AgentError, Ended, Launch, Progress, run};
use crate::engine::Event;
use crate::model::{Status, TaskId};

/// What a thread that watches an agent reports.
enum Report {
    Said { task: TaskId, line: String },
    Ended { task: TaskId, ended: Result<Ended, AgentError> },
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
const TICK: Duration = Duration::from_millis(50);

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
            player(self.workspace, &self.task(id).task.specialist)?;
        }
        self.make_worktrees(todo)?;
        let jobs = self.options.jobs.unwrap_or(self.workspace.config.max_agents).max(1);
        std::thread::scope(|scope| self.dispatch(scope, todo, jobs))
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
        let mut waiting: VecDeque<TaskId> = todo.iter().cloned().collect();
        let mut running = Running::default();
        let mut failed = None;
        loop {
            while running.0.len() < jobs && failed.is_none() && !self.workspace.around.is_stopped() {
                let Some(task) = waiting.pop_front() else { break };
                match self.begin_unless_stopped(&task) {
                    Ok(None) => {}
                    Ok(Some(launch)) => {
                        let halt = Arc::default();
                        watch(scope, task.clone(), launch, Arc::clone(&halt), sender.clone());
                        running.0.insert(task, halt);
                    }
                    Err(error) => failed = Some(error),
                }
            }
            if running.0.is_empty() {
                return failed.map_or(Ok(()), Err);
            }
            if failed.is_some() {
                running.halt_all();
            }
            match self.next_report(&receiver, &running)? {
                Report::Said { task, line } => (self.emit)(Event::AgentSaid { task, line }),
                Report::Ended { task, ended } => {
                    running.0.remove(&task);
                    match self.end_attempt(&task, ended) {
                        Ok(true) => waiting.push_back(task),
                        Ok(false) => {}
                        // What led to it says more than what came of it.
                        Err(error) => failed = failed.or(Some(error)),
                    }
                }
            }
        }
    }

    /// Begins an attempt, unless somebody asked for the task to be stopped.
    fn begin_unless_stopped(&mut self, id: &TaskId) -> anyhow::Result<Option<Launch>> {
        if self.is_stop_requested(id)? {
            return self.hold_stopped(id, None).map(|()| None);
        }
        self.begin_attempt(id).map(Some)
    }

    /// Takes an attempt over. Returns whether its task waits for another one.
    fn end_attempt(&mut self, id: &TaskId, ended: Result<Ended, AgentError>) -> anyhow::Result<bool> {
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
        if self.is_stop_requested(id)? {
            return self.hold_stopped(id, Some(&ended)).map(|()| false);
        }
        let goes_on = self.take_over(id, &ended)?;
        if goes_on {
            self.make_worktrees(std::slice::from_ref(id))?;
        }
        Ok(goes_on)
    }

    /// Waits for a report, and passes a person's wish to stop on to the agents meanwhile.
    fn next_report(&self, receiver: &Receiver<Report>, running: &Running) -> anyhow::Result<Report> {
        loop {
            // Looked at before each report: many agents that print could keep it from being seen.
            for (task, halt) in &running.0 {
                if self.workspace.around.is_stopped() || self.is_stop_requested(task)? {
                    halt.store(true, Ordering::Relaxed);
                }
            }
            match receiver.recv_timeout(TICK) {
                Ok(report) => return Ok(report),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("this function's caller holds a sender"),
            }
        }
    }
}

/// Runs one agent in a thread of its own.
fn watch<'scope>(
    scope: &'scope Scope<'scope, '_>,
    task: TaskId,
    launch: Launch,
    halt: Arc<AtomicBool>,
    reports: Sender<Report>,
) {
    scope.spawn(move || {
        let mut seen = 0;
        // The conductor outlives its agents; should it be gone, nobody wants to know.
        let mut say = |progress: Progress| {
            if progress.bytes > seen && !progress.line.is_empty() {
                let _ = reports.send(Report::Said { task: task.clone(), line: progress.line });
            }
            seen = progress.bytes;
        };
        let ended = run(&launch, &halt, &mut say);
        let _ = reports.send(Report::Ended { task, ended });
    });
}
