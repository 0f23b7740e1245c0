//! Runs, tasks, attempts and handoffs as they are stored.

use serde::{Deserialize, Serialize};

use super::words::{Globs, Spelled, Time, Word, unknown, values, words};
use super::{Record, VERSION};
use crate::model::{
    AttemptRecord, Contract, Drift, Ending, HandoffRecord, HandoffStatus, Hold, Oid, RunId, RunRecord,
    Session, SpawnAdvice, Status, Task, TaskId, TaskRecord, Usage,
};

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredRun {
    version: u32,
    id: Word<RunId>,
    request: String,
    base: Word<Oid>,
    target: String,
    created: Word<Time>,
    #[serde(default)]
    closed: bool,
    #[serde(default)]
    waves: Vec<Vec<Word<TaskId>>>,
    #[serde(default, skip_serializing_if = "StoredSpawn::is_unknown")]
    spawn: StoredSpawn,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
struct StoredSpawn {
    #[serde(default)]
    files: u64,
    #[serde(default)]
    roles: u64,
    #[serde(default)]
    independent: bool,
    #[serde(default)]
    reasons: Vec<String>,
}

impl StoredSpawn {
    fn of(advice: &SpawnAdvice) -> Self {
        let SpawnAdvice { files, roles, independent, reasons } = advice.clone();
        Self { files, roles, independent, reasons }
    }

    /// Whether the run was planned before this was written down.
    fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    fn advice(self) -> SpawnAdvice {
        let Self { files, roles, independent, reasons } = self;
        SpawnAdvice { files, roles, independent, reasons }
    }
}

impl Record for RunRecord {
    type Stored = StoredRun;

    fn to_stored(&self) -> StoredRun {
        StoredRun {
            version: VERSION,
            id: Word(self.id),
            request: self.request.clone(),
            base: Word(self.base),
            target: self.target.clone(),
            created: Word(Time(self.created)),
            closed: self.closed,
            waves: self.waves.iter().map(|wave| words(wave)).collect(),
            spawn: StoredSpawn::of(&self.spawn),
        }
    }

    fn from_stored(stored: StoredRun) -> Self {
        Self {
            id: stored.id.0,
            request: stored.request,
            base: stored.base.0,
            target: stored.target,
            waves: stored.waves.into_iter().map(values).collect(),
            created: stored.created.0.0,
            closed: stored.closed,
            spawn: stored.spawn.advice(),
        }
    }
}

/// The state comes first, for it is what changes.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredTask {
    version: u32,
    id: Word<TaskId>,
    state: Word<Status>,
    hold: Option<Word<Hold>>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    attempt: u32,
    #[serde(default)]
    rejected: u32,
    #[serde(default)]
    seconds: u64,
    base: Option<Word<Oid>>,
    tip: Option<Word<Oid>>,
    made: Option<Word<Oid>>,
    title: String,
    specialist: String,
    #[serde(default)]
    estimate_tokens: Option<u64>,
    scope: Globs,
    #[serde(default)]
    after: Vec<Word<TaskId>>,
    #[serde(default)]
    provides: Vec<Word<Contract>>,
    #[serde(default)]
    consumes: Vec<Word<Contract>>,
    #[serde(default)]
    acceptance: Vec<String>,
    #[serde(default)]
    feedback: Vec<String>,
    /// What the last handoff says it provides, beside what the plan says.
    #[serde(default)]
    stated: Vec<Word<Contract>>,
    #[serde(default)]
    usage: StoredUsage,
    #[serde(default)]
    cost_micros: u64,
    #[serde(default)]
    turns: u32,
    session: Option<StoredSession>,
}

#[derive(Serialize, Deserialize)]
struct StoredSession {
    agent: String,
    id: String,
}

#[derive(Default, Serialize, Deserialize)]
struct StoredUsage {
    #[serde(default)]
    input: u64,
    #[serde(default)]
    output: u64,
    #[serde(default)]
    cached: u64,
    #[serde(default)]
    reasoning: u64,
    #[serde(default)]
    estimated: bool,
}

impl StoredUsage {
    fn of(usage: Usage) -> Self {
        let Usage { input, output, cached, reasoning, estimated } = usage;
        Self { input, output, cached, reasoning, estimated }
    }

    fn usage(&self) -> Usage {
        let Self { input, output, cached, reasoning, estimated } = *self;
        Usage { input, output, cached, reasoning, estimated }
    }
}

impl Record for TaskRecord {
    type Stored = StoredTask;

    fn to_stored(&self) -> StoredTask {
        let task = &self.task;
        StoredTask {
            version: VERSION,
            id: Word(task.id.clone()),
            state: Word(self.status),
            hold: self.hold.map(Word),
            reason: self.reason.clone(),
            attempt: self.attempt,
            rejected: self.rejected,
            seconds: self.seconds,
            base: self.base.map(Word),
            tip: self.tip.map(Word),
            made: self.made.map(Word),
            title: task.title.clone(),
            specialist: task.specialist.clone(),
            estimate_tokens: task.estimate_tokens,
            scope: Globs(task.scope.clone()),
            after: words(&task.after),
            provides: words(&task.provides),
            consumes: words(&task.consumes),
            acceptance: task.acceptance.clone(),
            feedback: self.feedback.clone(),
            stated: words(&self.provides),
            usage: StoredUsage::of(self.usage),
            cost_micros: self.cost_micros,
            turns: self.turns,
            session: self.session.clone().map(|Session { agent, id }| StoredSession { agent, id }),
        }
    }

    fn from_stored(stored: StoredTask) -> Self {
        Self {
            task: Task {
                id: stored.id.0,
                title: stored.title,
                specialist: stored.specialist,
                scope: stored.scope.0,
                after: values(stored.after),
                provides: values(stored.provides),
                consumes: values(stored.consumes),
                acceptance: stored.acceptance,
                estimate_tokens: stored.estimate_tokens,
            },
            status: stored.state.0,
            hold: stored.hold.map(|hold| hold.0),
            attempt: stored.attempt,
            rejected: stored.rejected,
            base: stored.base.map(|oid| oid.0),
            tip: stored.tip.map(|oid| oid.0),
            made: stored.made.map(|oid| oid.0),
            reason: stored.reason,
            feedback: stored.feedback,
            usage: stored.usage.usage(),
            cost_micros: stored.cost_micros,
            turns: stored.turns,
            session: stored.session.map(|StoredSession { agent, id }| Session { agent, id }),
            provides: values(stored.stated),
            seconds: stored.seconds,
        }
    }
}

/// How an agent ended, as `exited 0`, `signaled 9`, `timed-out`, `stalled`, `interrupted`.
impl Spelled for Ending {
    fn spell(&self) -> Result<String, String> {
        Ok(match self {
            Self::Exited(status) => format!("exited {status}"),
            Self::Signaled(signal) => format!("signaled {signal}"),
            Self::TimedOut => "timed-out".into(),
            Self::Stalled => "stalled".into(),
            Self::Interrupted => "interrupted".into(),
        })
    }

    fn read(text: &str) -> Result<Self, String> {
        let number = |digits: &str| digits.parse().map_err(|_| format!("'{digits}' is no number"));
        match text.split_once(' ').unwrap_or((text, "")) {
            ("exited", status) => number(status).map(Self::Exited),
            ("signaled", signal) => number(signal).map(Self::Signaled),
            ("timed-out", "") => Ok(Self::TimedOut),
            ("stalled", "") => Ok(Self::Stalled),
            ("interrupted", "") => Ok(Self::Interrupted),
            _ => {
                let known = ["exited <status>", "signaled <number>", "timed-out", "stalled", "interrupted"];
                Err(unknown("ending", text, &known.map(|word| ((), word))))
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredAttempt {
    version: u32,
    run: Word<RunId>,
    task: Word<TaskId>,
    number: u32,
    agent: String,
    started: Word<Time>,
    seconds: u64,
    ending: Word<Ending>,
    tip: Option<Word<Oid>>,
    #[serde(default)]
    turns: u32,
    #[serde(default)]
    cost_micros: u64,
    first_request: Option<u64>,
    context_percent: Option<u32>,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    objections: u32,
    #[serde(default)]
    note: String,
    #[serde(default)]
    usage: StoredUsage,
    #[serde(default)]
    drift: StoredDrift,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct StoredDrift {
    outside: u32,
    undeclared: u32,
    excluded: u32,
}

impl Record for AttemptRecord {
    type Stored = StoredAttempt;

    fn to_stored(&self) -> StoredAttempt {
        StoredAttempt {
            version: VERSION,
            run: Word(self.run),
            task: Word(self.task.clone()),
            number: self.number,
            agent: self.agent.clone(),
            started: Word(Time(self.started)),
            seconds: self.seconds,
            ending: Word(self.ending),
            tip: self.tip.map(Word),
            turns: self.turns,
            cost_micros: self.cost_micros,
            first_request: self.first_request,
            context_percent: self.context,
            decision: self.decision.clone(),
            objections: self.objections,
            note: self.note.clone(),
            usage: StoredUsage::of(self.usage),
            drift: StoredDrift {
                outside: self.drift.outside,
                undeclared: self.drift.undeclared,
                excluded: self.drift.excluded,
            },
        }
    }

    fn from_stored(stored: StoredAttempt) -> Self {
        Self {
            run: stored.run.0,
            task: stored.task.0,
            number: stored.number,
            agent: stored.agent,
            started: stored.started.0.0,
            seconds: stored.seconds,
            ending: stored.ending.0,
            usage: stored.usage.usage(),
            turns: stored.turns,
            cost_micros: stored.cost_micros,
            first_request: stored.first_request,
            context: stored.context_percent,
            tip: stored.tip.map(|oid| oid.0),
            decision: stored.decision,
            objections: stored.objections,
            drift: Drift {
                outside: stored.drift.outside,
                undeclared: stored.drift.undeclared,
                excluded: stored.drift.excluded,
            },
            note: stored.note,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredHandoff {
    version: u32,
    id: String,
    run: Word<RunId>,
    task: Word<TaskId>,
    attempt: u32,
    from: String,
    #[serde(default)]
    to: Vec<String>,
    time: Word<Time>,
    status: Word<HandoffStatus>,
    #[serde(default)]
    reason: String,
    commit: Option<Word<Oid>>,
    #[serde(default)]
    summary: String,
    focus: Option<String>,
    budget: Option<u64>,
    #[serde(default)]
    provides: Vec<Word<Contract>>,
    #[serde(default)]
    consumes: Vec<Word<Contract>>,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    tests: Vec<String>,
    #[serde(default)]
    constraints: Vec<String>,
    #[serde(default)]
    notes: Vec<StoredNote>,
}

#[derive(Serialize, Deserialize)]
struct StoredNote {
    kind: String,
    text: String,
}

impl Record for HandoffRecord {
    type Stored = StoredHandoff;

    fn to_stored(&self) -> StoredHandoff {
        let note = |(kind, text): &(String, String)| StoredNote { kind: kind.clone(), text: text.clone() };
        StoredHandoff {
            version: VERSION,
            id: self.id.clone(),
            run: Word(self.run),
            task: Word(self.task.clone()),
            attempt: self.attempt,
            from: self.from.clone(),
            to: self.to.clone(),
            time: Word(Time(self.time)),
            status: Word(self.status),
            reason: self.reason.clone(),
            commit: self.commit.map(Word),
            summary: self.summary.clone(),
            focus: self.focus.clone(),
            budget: self.budget,
            provides: words(&self.provides),
            consumes: words(&self.consumes),
            dependencies: self.dependencies.clone(),
            tests: self.tests.clone(),
            constraints: self.constraints.clone(),
            notes: self.notes.iter().map(note).collect(),
        }
    }

    fn from_stored(stored: StoredHandoff) -> Self {
        Self {
            id: stored.id,
            run: stored.run.0,
            task: stored.task.0,
            attempt: stored.attempt,
            from: stored.from,
            to: stored.to,
            time: stored.time.0.0,
            status: stored.status.0,
            reason: stored.reason,
            provides: values(stored.provides),
            consumes: values(stored.consumes),
            notes: stored.notes.into_iter().map(|note| (note.kind, note.text)).collect(),
            dependencies: stored.dependencies,
            tests: stored.tests,
            focus: stored.focus,
            constraints: stored.constraints,
            budget: stored.budget,
            commit: stored.commit.map(|oid| oid.0),
            summary: stored.summary,
        }
    }
}
