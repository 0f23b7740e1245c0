//! Watches all agents of a run in one thread, and answers what they ask.
//!
//! A thread for each would cost little time but much memory: every thread keeps stores of its own in
//! the allocator. What may take long has a thread for as long as it takes: an answer at a counter,
//! and the end of an agent, whose family is looked for and whose log is read.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags};

use super::counter::Counter;
use super::pace::Pace;
use super::run::{finish, start};
use super::supervise::{REPORT, Watched};
use super::{AgentError, Ended, Launch};
use crate::model::TaskId;

/// What becomes of an agent.
pub enum Report {
    /// The newest line that it printed, safe for a terminal; a few times a second at most.
    Said {
        task: TaskId,
        line: String,
    },
    Ended {
        task: TaskId,
        ended: Box<Result<Ended, AgentError>>,
    },
}

/// Answers what the agent of a task asks.
pub type Answer = Arc<dyn Fn(&TaskId, &str) -> String + Send + Sync>;

/// The hold on the thread that watches the agents. When it goes, the agents are stopped.
pub struct Supervisor {
    orders: Sender<Order>,
    waker: Waker,
}

enum Order {
    Watch(Box<Charge>),
    Halt(TaskId),
    HaltAll,
    Close,
}

impl Supervisor {
    /// Begins to watch, in a thread of `scope`.
    pub fn begin<'scope>(
        scope: &'scope Scope<'scope, '_>,
        answer: Answer,
        reports: Sender<Report>,
    ) -> io::Result<Self> {
        let (woken, waker) = io::pipe()?;
        for flag in [rustix::io::ioctl_fionbio(&woken, true), rustix::io::ioctl_fionbio(&waker, true)] {
            flag?;
        }
        let waker = Waker(Arc::new(waker));
        let (sender, orders) = channel();
        let watch = Watch {
            orders,
            woken,
            waker: waker.clone(),
            answer,
            reports,
            charges: Vec::new(),
            is_closing: false,
        };
        scope.spawn(move || watch.until_closed(scope));
        Ok(Self { orders: sender, waker })
    }

    /// Starts the agent of a task.
    pub fn start(&self, task: &TaskId, launch: Launch) -> Result<(), AgentError> {
        // Open before the agent starts, which would else find nobody there. Without a counter the
        // agent works all the same: it can leave what it has to say in a file.
        let counter = Counter::open(&launch.run_dir).ok();
        let (task, dir) = (task.clone(), launch.dir.clone());
        let charge = Charge { task, watched: start(launch)?, dir: dir.clone(), counter, is_halted: false };
        // One that nobody would watch ends here, with the error that holds it.
        let sent = self.orders.send(Order::Watch(Box::new(charge)));
        self.waker.wake();
        finish(sent.map_err(|_| io::ErrorKind::BrokenPipe.into()), &dir)
    }

    /// Stops the agent of a task.
    pub fn halt(&self, task: &TaskId) {
        self.order(Order::Halt(task.clone()));
    }

    /// Stops all agents.
    pub fn halt_all(&self) {
        self.order(Order::HaltAll);
    }

    fn order(&self, order: Order) {
        // Where nobody listens any more, no agent runs.
        let _ = self.orders.send(order);
        self.waker.wake();
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.order(Order::Close);
    }
}

/// Wakes the thread that watches.
#[derive(Clone)]
struct Waker(Arc<PipeWriter>);

impl Waker {
    fn wake(&self) {
        // A pipe that is full wakes as well.
        let _ = (&*self.0).write(&[0]);
    }
}

/// An agent at work.
struct Charge {
    task: TaskId,
    watched: Watched,
    dir: PathBuf,
    counter: Option<Counter>,
    is_halted: bool,
}

/// The thread that watches.
struct Watch {
    orders: Receiver<Order>,
    woken: PipeReader,
    waker: Waker,
    answer: Answer,
    reports: Sender<Report>,
    charges: Vec<Charge>,
    is_closing: bool,
}

impl Watch {
    fn until_closed<'scope>(mut self, scope: &'scope Scope<'scope, '_>) {
        let mut pace = Pace::default();
        let mut reported = Instant::now();
        while !(self.is_closing && self.charges.is_empty()) {
            self.wait(&pace, reported + REPORT);
            self.take_orders();
            self.answer_visitors(scope);
            self.step(&mut pace, scope);
            if reported.elapsed() >= REPORT {
                reported = Instant::now();
                self.report_news();
            }
        }
    }

    fn wait(&self, pace: &Pace, next_report: Instant) {
        let mut others = vec![PollFd::new(&self.woken, PollFlags::IN)];
        let counters = self.charges.iter().filter_map(|charge| charge.counter.as_ref());
        others.extend(counters.filter_map(Counter::sign));
        let has_news = self.charges.iter().any(|charge| charge.watched.has_news());
        pace.wait(self.charges.iter().map(|charge| &charge.watched), others, has_news.then_some(next_report));
    }

    fn take_orders(&mut self) {
        // Emptied first: an order that comes later wakes again.
        let _ = self.woken.read(&mut [0; 64]);
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Watch(charge) => self.charges.push(*charge),
                Order::Halt(task) => self.halt(|charge| charge.task == task),
                Order::HaltAll => self.halt(|_| true),
                Order::Close => {
                    self.halt(|_| true);
                    self.is_closing = true;
                }
            }
        }
    }

    fn halt(&mut self, which: impl Fn(&Charge) -> bool) {
        self.charges.iter_mut().filter(|charge| which(charge)).for_each(|charge| charge.is_halted = true);
    }

    /// Lets each visitor at a counter be answered in a thread of its own.
    fn answer_visitors<'scope>(&mut self, scope: &'scope Scope<'scope, '_>) {
        for charge in &mut self.charges {
            let Some(visit) = charge.counter.as_mut().and_then(Counter::visit) else { continue };
            let (task, answer, waker) = (charge.task.clone(), Arc::clone(&self.answer), self.waker.clone());
            scope.spawn(move || {
                visit.serve(&mut |question| answer(&task, question));
                waker.wake();
            });
        }
    }

    /// Lets each agent step, and closes those that are over, each in a thread of its own.
    fn step<'scope>(&mut self, pace: &mut Pace, scope: &'scope Scope<'scope, '_>) {
        for charge in self.charges.extract_if(.., |charge| charge.watched.step(charge.is_halted, pace)) {
            let reports = self.reports.clone();
            scope.spawn(move || {
                let Charge { task, watched, counter, dir, .. } = charge;
                drop(counter);
                let ended = Box::new(finish(watched.close(), &dir));
                // The conductor outlives its agents; should it be gone, nobody wants to know.
                let _ = reports.send(Report::Ended { task, ended });
            });
        }
    }

    fn report_news(&mut self) {
        for Charge { task, watched, .. } in &mut self.charges {
            if let Some(line) = watched.news() {
                let _ = self.reports.send(Report::Said { task: task.clone(), line });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Preset;
    use crate::agent::counter::ask;
    use crate::agent::tests::{Stage, fixture};
    use crate::model::Ending;
    use std::time::Duration;

    fn sh(stage: &Stage, name: &str, script: &str) -> (TaskId, Launch) {
        let launch = stage.launch(&Preset::command("fake", "sh", &["-c", script]), "");
        let (run_dir, log_dir) = (launch.run_dir.join(name), launch.log_dir.join(name));
        std::fs::create_dir_all(&run_dir).unwrap();
        let marker = format!("{}:{name}", launch.marker);
        (TaskId::new(name).unwrap(), Launch { run_dir, log_dir, marker, ..launch })
    }

    /// Lets agents work until all have ended, and returns how, in that order.
    fn supervised(
        agents: Vec<(TaskId, Launch)>,
        mut hear: impl FnMut(&Supervisor, &TaskId, &str),
    ) -> Vec<(String, Ending)> {
        let (sender, reports) = channel();
        let mut ended = Vec::new();
        std::thread::scope(|scope| {
            let slow: Answer = Arc::new(|task, question| {
                std::thread::sleep(Duration::from_millis(if question == "long" { 1_500 } else { 0 }));
                format!("{task} asked {question}")
            });
            let supervisor = Supervisor::begin(scope, slow, sender).unwrap();
            let n_agents = agents.len();
            agents.into_iter().for_each(|(task, launch)| supervisor.start(&task, launch).unwrap());
            while ended.len() < n_agents {
                match reports.recv_timeout(Duration::from_secs(50)).unwrap() {
                    Report::Said { task, line } => hear(&supervisor, &task, &line),
                    Report::Ended { task, ended: how } => ended.push((task.to_string(), how.unwrap().ending)),
                }
            }
        });
        ended
    }

    #[test]
    fn agents_side_by_side_end_each_in_its_own_way() {
        let mut stage = Stage::new();
        stage.limits.stall = Duration::from_secs(2);
        stage.limits.timeout = Duration::from_secs(4);
        let flood = format!("sh '{}'", fixture("floods").display());
        let agents = vec![
            sh(&stage, "floods", &flood),
            sh(&stage, "works", "echo at work; sleep 0.3; exit 7"),
            sh(&stage, "hangs", "trap '' TERM; echo thinking; while :; do sleep 1; done"),
            sh(&stage, "halted", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; echo on; done"),
        ];
        let mut heard = Vec::new();
        let ended = supervised(agents, |supervisor, task, line| {
            heard.push(format!("{task}: {line}"));
            if task.as_str() == "halted" {
                supervisor.halt(task);
            }
        });
        let how = |name: &str| ended.iter().find(|(task, _)| task == name).unwrap().1;
        assert_eq!(how("works"), Ending::Exited(7));
        assert_eq!(how("hangs"), Ending::Stalled);
        assert_eq!(how("halted"), Ending::Interrupted);
        assert_eq!(how("floods"), Ending::TimedOut);
        assert_eq!(ended.last().unwrap().0, "floods");
        assert!(heard.contains(&"works: at work".to_owned()), "{heard:?}");
        stage.assert_nothing_is_left();
    }

    #[test]
    fn a_long_answer_to_one_holds_up_nobody_else() {
        let stage = Stage::new();
        let until_told = "echo up; while [ ! -e end ]; do sleep 0.05; done";
        let agents: Vec<_> = ["a", "b"].map(|name| sh(&stage, name, until_told)).into();
        let dirs: Vec<PathBuf> = agents.iter().map(|(_, launch)| launch.run_dir.clone()).collect();
        let mut waits = Vec::new();
        let mut asked = None;
        let ended = supervised(agents, |_, task, _| {
            let long = dirs[0].clone();
            if task.as_str() == "a" {
                waits.push(std::thread::spawn(move || ask(&long, "long").unwrap()));
            } else {
                let begun = Instant::now();
                assert_eq!(ask(&dirs[1], "short").unwrap().as_deref(), Some("b asked short"));
                asked = Some(begun.elapsed());
            }
            if waits.len() == 1 && asked.is_some() {
                assert_eq!(waits.remove(0).join().unwrap().as_deref(), Some("a asked long"));
                std::fs::write(stage.worktree().join("end"), "").unwrap();
            }
        });
        assert_eq!(ended.len(), 2);
        assert!(asked.unwrap() < Duration::from_secs(1), "{asked:?}");
    }

    #[test]
    fn agents_go_with_the_hold_on_them() {
        let stage = Stage::new();
        let (sender, reports) = channel();
        std::thread::scope(|scope| {
            let supervisor = Supervisor::begin(scope, Arc::new(|_, _| String::new()), sender).unwrap();
            for name in ["a", "b"] {
                let (task, launch) = sh(&stage, name, "echo up; sleep 600");
                supervisor.start(&task, launch).unwrap();
            }
        });
        let ended = reports.iter().filter(|report| matches!(report, Report::Ended { .. }));
        assert_eq!(ended.count(), 2);
        stage.assert_nothing_is_left();
    }
}
