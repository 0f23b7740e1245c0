//! Offers the finished branches of a run as pull requests.
//!
//! What is pushed is the handoff commit, not whatever the branch points to by then. Nothing is
//! remembered here: what the remote holds and what the code host knows say what is left to do, so
//! that a call which was killed is simply made again. What the remote has may be replaced when this
//! task handed it off earlier or builds on it; all else is somebody's work.

mod chosen;
mod landed;
mod publish;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Event, Fault, RunState, Workspace};
use crate::agent::{Program, find_program};
use crate::forge::{Forge, PROGRAM, Pull, PullState, repository_of};
use crate::git::{fetch_objects, push_url, remote_refs};
use crate::model::{ConflictRecord, HandoffRecord, Oid, RunId, TaskId};
pub use chosen::WantedPulls;
use chosen::choose;
pub(super) use chosen::remote_of;
pub use landed::Landed;
use landed::landed;

/// How to offer.
#[derive(Debug, Clone, Default)]
pub struct PullOptions {
    /// Where to push, when not the usual remote.
    pub remote: Option<String>,
    /// The branch to merge into, when not the run's target.
    pub base: Option<String>,
    /// The client of the code host; none to push alone.
    pub program: Option<PathBuf>,
    pub dry_run: bool,
}

/// What became of the branches.
#[derive(Debug, Clone)]
pub struct PullsEnd {
    pub run: RunId,
    pub remote: String,
    pub base: String,
    pub dry_run: bool,
    /// In the order in which they are to be merged.
    pub offers: Vec<Offer>,
    /// Tasks that are not finished, each with how it stands.
    pub waiting: Vec<(TaskId, String)>,
    /// What the remote said to the push.
    pub said: Vec<String>,
    /// What a reviewer would stumble over.
    pub warning: Option<String>,
}

/// A branch that is offered.
#[derive(Debug, Clone)]
pub struct Offer {
    pub task: TaskId,
    pub branch: String,
    /// The handoff commit.
    pub commit: Oid,
    /// Whether the remote did not have it yet.
    pub is_new: bool,
    /// Tasks whose commits its branch holds and that are not merged yet.
    pub after: Vec<TaskId>,
    pub title: String,
    pub body: String,
    /// Number and address of its pull request.
    pub pull: Option<(u64, String)>,
    pub state: OfferState,
}

/// What became of an offer, or in a dry run would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferState {
    Opened,
    Updated,
    Unchanged,
    /// It is on the remote; the rest is left to a person.
    Pushed,
    /// Nothing is left to do.
    Landed(Landed),
    /// A person closed its pull request without merging it.
    Closed,
    Refused(String),
}

impl PullsEnd {
    /// Whether everything that was asked for is offered or merged.
    pub fn is_complete(&self) -> bool {
        let failed = |offer: &Offer| matches!(offer.state, OfferState::Closed | OfferState::Refused(_));
        self.waiting.is_empty() && !self.offers.iter().any(failed)
    }
}

/// Pushes what is wanted of a run and opens or updates the pull requests.
pub fn offer_pulls(
    workspace: &Workspace,
    run: Option<RunId>,
    wanted: &WantedPulls,
    options: &PullOptions,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<PullsEnd> {
    let state = workspace.require_run(run)?;
    let chosen = choose(&state, wanted)?;
    let mut offering = Offering::prepare(workspace, state, options)?;
    offering.ask_forge(&chosen.finished)?;
    let mut offers = Vec::new();
    for id in &chosen.finished {
        offers.push(offering.planned(id)?);
    }
    let mut said = Vec::new();
    if !options.dry_run {
        said = offering.push(&mut offers, emit)?;
    }
    for offer in &mut offers {
        offering.publish(offer, options.dry_run)?;
    }
    Ok(PullsEnd {
        run: offering.run(),
        warning: offering.warning()?,
        remote: offering.remote,
        base: offering.base,
        dry_run: options.dry_run,
        offers,
        waiting: chosen.waiting,
        said,
    })
}

/// What is known before anything is pushed.
struct Offering<'a> {
    workspace: &'a Workspace,
    state: RunState,
    handoffs: Vec<HandoffRecord>,
    remote: String,
    base: String,
    base_tip: Oid,
    /// The branches of the run on the remote, by full name.
    there: BTreeMap<String, Oid>,
    forge: Option<Forge>,
    /// The pull requests of each task that was asked about, newest first.
    pulls: BTreeMap<TaskId, Vec<Pull>>,
    landed: BTreeMap<TaskId, Landed>,
    /// The pull requests that tasks have by now.
    numbers: BTreeMap<TaskId, u64>,
    /// What was found about the branches of the run.
    findings: Vec<ConflictRecord>,
}

impl<'a> Offering<'a> {
    fn prepare(workspace: &'a Workspace, state: RunState, options: &PullOptions) -> anyhow::Result<Self> {
        let repo = &workspace.repo;
        let snapshot = workspace.require_hub()?.read()?;
        let handoffs = snapshot.handoffs(state.record.id)?;
        let remote = remote_of(repo, options.remote.as_deref())?;
        let base = options.base.clone().unwrap_or_else(|| state.record.target.clone());
        let base_ref = format!("refs/heads/{base}");
        let patterns = [base_ref.clone(), format!("refs/heads/orca/{}/*", state.record.id)];
        let mut there = remote_refs(repo, &remote, &patterns)?;
        let Some(base_tip) = there.remove(&base_ref) else {
            return Err(Fault::usage(format!("'{remote}' has no branch '{base}' to merge into"))
                .hint(format!("git push {remote} {base}, or name another one with --base"))
                .into());
        };
        if !repo.has_object(base_tip) {
            fetch_objects(repo, &remote, &[&base_ref])?;
        }
        let forge =
            options.program.as_deref().map(|program| forge(workspace, &remote, program)).transpose()?;
        let landed = landed(repo, &state, &handoffs, base_tip)?;
        let findings = snapshot.conflicts(state.record.id)?;
        let (pulls, numbers) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self {
            workspace,
            state,
            handoffs,
            remote,
            base,
            base_tip,
            there,
            forge,
            pulls,
            landed,
            numbers,
            findings,
        })
    }

    fn run(&self) -> RunId {
        self.state.record.id
    }

    /// Asks for the pull requests of tasks and of those that have to be merged before them.
    fn ask_forge(&mut self, tasks: &[TaskId]) -> anyhow::Result<()> {
        let Some(forge) = &self.forge else { return Ok(()) };
        let mut asked: BTreeSet<TaskId> = tasks.iter().cloned().collect();
        for id in tasks {
            asked.extend(self.before(id)?);
        }
        for id in asked {
            let pulls = forge.pulls(&self.run().task_branch(&id))?;
            self.pulls.insert(id, pulls);
        }
        let merged: Vec<TaskId> = self.pulls.keys().filter(|id| self.is_merged_pull(id)).cloned().collect();
        for id in merged {
            self.landed.entry(id).or_insert(Landed::ByPull);
        }
        let found = self.pulls.keys().filter_map(|id| Some((id.clone(), self.pull_of(id)?.number)));
        self.numbers = found.collect();
        Ok(())
    }

    /// Whether a pull request was merged that offered just what the task handed off.
    fn is_merged_pull(&self, id: &TaskId) -> bool {
        let tip = self.tip(id).map(|tip| tip.to_string());
        let is_it = |pull: &Pull| pull.state == PullState::Merged && Some(&pull.head) == tip.as_ref();
        self.pulls.get(id).is_some_and(|pulls| pulls.iter().any(is_it))
    }

    fn tip(&self, id: &TaskId) -> Option<Oid> {
        self.state.tasks.get(id).and_then(|task| task.tip)
    }

    /// Whether the task handed this commit off, now or earlier.
    fn is_own(&self, id: &TaskId, commit: &str) -> bool {
        let is_it = |commit_of: Oid| commit_of.to_string() == commit;
        self.tip(id).is_some_and(is_it)
            || self.handoffs.iter().any(|handoff| handoff.task == *id && handoff.commit.is_some_and(is_it))
    }

    /// The tasks that have to be merged before this one, in the order of the waves: those that it
    /// needs, and those whose commits its branch holds because they were merged when it began.
    fn before(&self, id: &TaskId) -> anyhow::Result<Vec<TaskId>> {
        let graph = self.state.graph();
        let needed: BTreeSet<&TaskId> = graph.needs(id).collect();
        let mut before = Vec::new();
        for other in self.state.record.waves.iter().flatten() {
            let (Some(tip), Some(theirs)) = (self.tip(id), self.tip(other)) else { continue };
            let holds = other != id && self.workspace.repo.contains(tip, theirs)?;
            if (holds || needed.contains(other)) && !self.landed.contains_key(other) {
                before.push(other.clone());
            }
        }
        Ok(before)
    }

    /// What is to be done about a task, before anything is.
    fn planned(&self, id: &TaskId) -> anyhow::Result<Offer> {
        let commit = self.tip(id).ok_or_else(|| Fault::no(format!("task '{id}' has no handoff")))?;
        let on_remote = self.there.get(&self.run().task_ref(id)).copied();
        let state = match self.landed.get(id) {
            Some(landed) => OfferState::Landed(*landed),
            None => self.state_of(id, commit, on_remote)?,
        };
        // What was merged or closed of earlier work is not what is about to be opened.
        let pull = self.pull_of(id).filter(|_| state != OfferState::Opened);
        let pull = pull.map(|pull| (pull.number, pull.url.clone()));
        Ok(Offer {
            task: id.clone(),
            branch: self.run().task_branch(id),
            commit,
            is_new: on_remote != Some(commit),
            after: self.before(id)?,
            title: String::new(),
            body: String::new(),
            pull,
            state,
        })
    }

    fn state_of(&self, id: &TaskId, commit: Oid, on_remote: Option<Oid>) -> anyhow::Result<OfferState> {
        if let Some(found) = on_remote
            && !self.may_replace(id, commit, found)?
        {
            let (branch, remote) = (self.run().task_branch(id), &self.remote);
            let why = format!("'{remote}' has {} there, which this task did not hand off", found.short());
            return Ok(OfferState::Refused(format!("{why}; look at it: git fetch {remote} {branch}")));
        }
        Ok(match (&self.forge, self.pull_of(id).map(|pull| pull.state)) {
            (None, _) => OfferState::Pushed,
            (Some(_), Some(PullState::Open)) => OfferState::Updated,
            (Some(_), Some(PullState::Closed)) => OfferState::Closed,
            (Some(_), Some(PullState::Merged) | None) => OfferState::Opened,
        })
    }

    fn may_replace(&self, id: &TaskId, commit: Oid, found: Oid) -> anyhow::Result<bool> {
        let repo = &self.workspace.repo;
        let is_own = self.is_own(id, &found.to_string());
        Ok(is_own || (repo.has_object(found) && repo.contains(commit, found)?))
    }

    /// The pull request that counts: an open one, else the newest that offered work of this task.
    fn pull_of(&self, id: &TaskId) -> Option<&Pull> {
        let pulls = self.pulls.get(id)?;
        let open = pulls.iter().find(|pull| pull.state == PullState::Open);
        open.or_else(|| pulls.iter().find(|pull| self.is_own(id, &pull.head)))
    }

    /// Commits of the run's own base that the remote lacks become part of what is reviewed.
    fn warning(&self) -> anyhow::Result<Option<String>> {
        let (repo, start) = (&self.workspace.repo, self.state.record.base);
        if repo.contains(self.base_tip, start)? {
            return Ok(None);
        }
        let missing = match repo.commits_beyond(self.base_tip, start)?.len() {
            1 => "1 commit".to_owned(),
            n => format!("{n} commits"),
        };
        let (base, remote) = (&self.base, &self.remote);
        let lacks = format!("'{base}' of '{remote}' lacks {missing} from before the run");
        Ok(Some(format!("{lacks}; every pull request shows them too")))
    }
}

fn forge(workspace: &Workspace, remote: &str, program: &Path) -> anyhow::Result<Forge> {
    let repository = repository_of(&push_url(&workspace.repo, remote)?);
    let repo = &workspace.repo;
    let dir = repo.work_dir().unwrap_or_else(|| repo.common_dir()).to_owned();
    Ok(Forge { program: program.to_owned(), dir, repository })
}

/// The client of the code host, when it is installed; `path` is the value of `PATH`.
pub fn forge_client(workspace: &Workspace, path: &OsStr) -> Option<PathBuf> {
    match find_program(PROGRAM, &workspace.around.dir, path) {
        Program::Found(program) => Some(program),
        Program::NotExecutable(_) | Program::Missing => None,
    }
}
