//! Reads and writes what the hub knows of runs.

use std::collections::BTreeMap;

use super::{Fault, Planning, Workspace};
use crate::git::{GitError, Repo};
use crate::model::{LandingRecord, Oid, Plan, RunId, RunRecord, Status, TaskId, TaskRecord, WaveRecord};
use crate::plan::{Graph, graph};
use crate::store::{Audit, Hub, HubError, Snapshot, Transaction};

/// A run as the hub has it.
#[derive(Debug, Clone)]
pub struct RunState {
    pub record: RunRecord,
    pub tasks: BTreeMap<TaskId, TaskRecord>,
    pub landed: Vec<WaveRecord>,
    /// The move of the integration branch that was decided and is not recorded as made.
    pub landing: Option<LandingRecord>,
    /// What a command has to add so that it means this run: ` --run r1`, nothing for the newest.
    pub flag: String,
}

impl RunState {
    /// Which tasks wait for which.
    pub fn graph(&self) -> Graph {
        let is_live = |record: &&TaskRecord| record.status != Status::Cancelled;
        let tasks = self.tasks.values().filter(is_live).map(|record| record.task.clone()).collect();
        let plan = Plan { request: String::new(), target: None, tasks };
        // A task whose need was dropped later waits for nothing.
        graph(&plan).unwrap_or_default()
    }

    /// The tip of the integration branch as orca made it, wherever the branch is: agents of the run can
    /// move it, and what they put there was seen by nobody.
    pub fn integration(&self, repo: &Repo) -> anyhow::Result<Oid> {
        let found = repo.ref_oid(&self.record.id.integration_ref())?;
        let is_made = |landing: &&LandingRecord| found == Some(landing.to);
        match self.landing.as_ref().filter(is_made) {
            Some(landing) => Ok(landing.to),
            None => Ok(self.landed_tip(repo)?),
        }
    }

    /// As [`Self::integration`]; refused where the branch is somewhere else.
    pub fn require_integration(&self, repo: &Repo) -> anyhow::Result<Oid> {
        let name = self.record.id.integration_ref();
        let expected = self.integration(repo)?;
        match repo.ref_oid(&name)? {
            Some(found) if found != expected => Err(foreign_tip(&name, expected, found).into()),
            _ => Ok(expected),
        }
    }

    /// Where the last recorded landing ended. Each began where the one before it ended, but a wave that
    /// was merged in two has one record.
    fn landed_tip(&self, repo: &Repo) -> Result<Oid, GitError> {
        let mut tip = self.record.base;
        for wave in &self.landed {
            if repo.contains(wave.to, tip)? {
                tip = wave.to;
            }
        }
        Ok(tip)
    }

    /// Whether nothing more will happen by itself.
    pub fn is_over(&self) -> bool {
        self.tasks.values().all(|task| task.status.is_final())
    }

    /// The task, or a refusal that names the nearest one.
    pub fn require_task(&self, id: &TaskId) -> anyhow::Result<&TaskRecord> {
        self.tasks.get(id).ok_or_else(|| {
            let near = crate::model::nearest(id.as_str(), self.tasks.keys().map(TaskId::as_str));
            let fault = Fault::usage(format!("run {} has no task '{id}'", self.record.id));
            match near {
                Some(near) => fault.hint(format!("did you mean '{near}'?")).into(),
                None => fault.hint(format!("git orca task list{}", self.flag)).into(),
            }
        })
    }
}

impl Workspace {
    /// The hub, which `git orca init` makes.
    pub fn require_hub(&self) -> anyhow::Result<Hub> {
        if let Some(hub) = Hub::open(&self.repo)? {
            return Ok(hub);
        }
        // Where `init` would refuse, its name is no help.
        self.require_work_dir()?;
        Err(Fault::usage("this repository has no hub yet").hint("git orca init").into())
    }

    /// The run of that id, or the newest.
    pub fn require_run(&self, id: Option<RunId>) -> anyhow::Result<RunState> {
        let snapshot = self.require_hub()?.read()?;
        let found = match id {
            Some(id) => snapshot.run(id)?,
            None => snapshot.runs()?.pop(),
        };
        match found {
            Some(record) => load(&snapshot, record),
            None => Err(no_run(id, &snapshot.runs()?).into()),
        }
    }

    /// Changes the hub in one transaction.
    pub(super) fn record<T>(
        &self,
        op: &str,
        subject: impl Into<String>,
        run: Option<RunId>,
        task: Option<&TaskId>,
        change: impl FnMut(&mut Transaction) -> Result<T, HubError>,
    ) -> anyhow::Result<T> {
        let audit = Audit { subject: subject.into(), op: op.to_owned(), run, task: task.cloned() };
        Ok(self.require_hub()?.update(&audit, self.now(), change)?)
    }

    /// Writes a task as it is now.
    pub(super) fn save_task(&self, run: RunId, op: &str, task: &TaskRecord) -> anyhow::Result<()> {
        let subject = format!("task {}: {}", task.task.id, task.status.word());
        self.record(op, subject, Some(run), Some(&task.task.id), |hub| hub.put_task(run, task))
    }
}

/// Without `--no-deref` a branch that was made to lead to another would have that one moved.
fn foreign_tip(name: &str, expected: Oid, found: Oid) -> Fault {
    Fault::no(format!(
        "{name} was moved to {found} by somebody else; what was merged and tested there ends at {expected}"
    ))
    .hint(format!("to put it back: git update-ref --no-deref {name} {expected} {found}"))
    .hint(format!("to keep what stands there, first: git branch kept-{} {found}", found.short()))
}

fn no_run(id: Option<RunId>, runs: &[RunRecord]) -> Fault {
    let plan = "git orca plan --file plan.toml";
    match (id, runs) {
        (None, _) => Fault::usage("there is no run yet").hint(plan),
        (Some(id), []) => Fault::usage(format!("there is no run {id}")).hint(plan),
        (Some(id), [.., newest]) => {
            Fault::usage(format!("there is no run {id}")).hint(format!("the newest is {}", newest.id))
        }
    }
}

/// A run with everything that is recorded of it.
pub(super) fn load(snapshot: &Snapshot, record: RunRecord) -> anyhow::Result<RunState> {
    let tasks = snapshot.tasks(record.id)?;
    let landed = snapshot.waves(record.id)?;
    let landing = snapshot.landing(record.id)?;
    let is_newest = snapshot.runs()?.last().is_none_or(|newest| newest.id == record.id);
    let flag = if is_newest { String::new() } else { format!(" --run {}", record.id) };
    Ok(RunState {
        tasks: tasks.into_iter().map(|task| (task.task.id.clone(), task)).collect(),
        landed,
        landing,
        record,
        flag,
    })
}

/// Makes a run of a plan.
pub fn create_run(workspace: &Workspace, planning: &Planning) -> anyhow::Result<RunId> {
    let created = workspace.now();
    workspace.record("plan", "run: planned", None, None, |hub| {
        let id = hub.runs()?.last().map_or(RunId::FIRST, |run| run.id.next());
        hub.set_subject(format!("run {id}: planned"));
        hub.put_run(&RunRecord {
            id,
            request: planning.plan.request.clone(),
            base: planning.base,
            target: planning.target.clone(),
            waves: planning.waves.waves.clone(),
            created,
            closed: false,
            spawn: planning.spawn.clone(),
        })?;
        for task in &planning.plan.tasks {
            hub.put_task(id, &TaskRecord::new(task.clone()))?;
        }
        Ok(id)
    })
}
