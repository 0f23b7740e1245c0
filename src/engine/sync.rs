//! Shares the hub with other machines, through a remote of the repository.
//!
//! What is there is joined with what is here, and the result is pushed by compare-and-swap: whoever
//! was not the first joins again. The pins go along, and with them every commit that the hub speaks of;
//! task branches do not, since a run puts them back from its records where it goes on.

use std::collections::BTreeMap;

use anyhow::Context as _;

use super::pull::remote_of;
use super::{Fault, Workspace, all_runs};
use crate::git::{GitError, Push, RefEdit, checkouts, fetch_objects, push_quietly, remote_refs, update_refs};
use crate::model::{Oid, RunId};
use crate::store::{Hub, HubError, RunLock, join_pin, pin};

/// What a sync came to.
#[derive(Debug, Clone)]
pub struct SyncEnd {
    pub remote: String,
    pub before: Option<Oid>,
    /// Where both hubs are now; none in a trial of a merge.
    pub after: Option<Oid>,
    /// Where the remote's hub was.
    pub theirs: Option<Oid>,
    /// What both sides said differently, as `path: key`; the later word stays.
    pub clashes: Vec<String>,
    /// The refs that were pushed, or would be.
    pub pushed: Vec<String>,
    /// The integration branches that went on to what has landed elsewhere.
    pub moved: Vec<String>,
    pub dry_run: bool,
}

const HUB: &str = "refs/orca/hub";
const PINS: &str = "refs/orca/pins/";

/// How often others may be faster.
const TRIES: usize = 16;

/// How often the remote may be seen as it was without taking anything.
const SAME: usize = 3;

/// Joins the hub with that of a remote, here and there.
pub fn sync(workspace: &Workspace, remote: Option<&str>, dry_run: bool) -> anyhow::Result<SyncEnd> {
    let remote = remote_of(&workspace.repo, remote)?;
    let mut end: Option<SyncEnd> = None;
    let mut seen = Vec::new();
    let branches = if dry_run { BTreeMap::new() } else { sound_branches(workspace)? };
    for _ in 0..TRIES {
        let there = Remote::look(workspace, &remote)?;
        let found = there.join(workspace, dry_run)?;
        let pushes = there.missing(workspace, &found, dry_run)?;
        let names = pushes.iter().map(|push| push.name.clone()).collect();
        let refused = if dry_run { BTreeMap::new() } else { send(workspace, &remote, &pushes)? };
        // Of several tries the first knows where this machine was.
        let mut now = SyncEnd { pushed: names, ..found };
        if let Some(earlier) = end.take() {
            now.before = earlier.before;
            now.clashes.splice(0..0, earlier.clashes);
        }
        let Some((name, why)) = refused.first_key_value() else {
            return Ok(SyncEnd { moved: move_on(workspace, &branches)?, ..now });
        };
        // Whether somebody else was faster only the remote can tell: each version of Git has its own words,
        // and one that hides its refs from a push speaks as if they had been moved.
        seen.push((there.hub, there.pins));
        if seen.iter().filter(|state| Some(*state) == seen.last()).count() == SAME {
            let message = format!("'{remote}' does not take {name}: {why}");
            return Err(Fault::no(message).hint("whoever runs it has to allow refs/orca/*").into());
        }
        end = Some(now);
    }
    Err(Fault::no(format!("others pushed to '{remote}' {TRIES} times in a row")).hint("git orca sync").into())
}

/// The integration branches that are where the hub says. What somebody moved elsewhere stays there.
fn sound_branches(workspace: &Workspace) -> anyhow::Result<BTreeMap<RunId, Oid>> {
    let repo = &workspace.repo.reopen()?;
    let mut found = BTreeMap::new();
    if repo.ref_oid(HUB)?.is_some() {
        for state in all_runs(&workspace.with_repo(repo.reopen()?))? {
            let (run, tip) = (state.record.id, state.integration(repo)?);
            if repo.ref_oid(&run.integration_ref())? == Some(tip) {
                found.insert(run, tip);
            }
        }
    }
    Ok(found)
}

/// Moves integration branches on to what has landed elsewhere meanwhile, or a run would not go on here.
/// Returns the names of those that moved.
fn move_on(workspace: &Workspace, branches: &BTreeMap<RunId, Oid>) -> anyhow::Result<Vec<String>> {
    let mut moved = Vec::new();
    // Whoever conducts a run moves its branch.
    let Ok(mut lock) = RunLock::take(&workspace.repo)? else { return Ok(moved) };
    lock.keep_mark();
    let repo = &workspace.repo.reopen()?;
    for (&run, &old) in branches {
        let state = workspace.with_repo(repo.reopen()?).require_run(Some(run))?;
        let (name, tip) = (run.integration_ref(), state.integration(repo)?);
        let is_free = || Ok::<_, GitError>(checkouts(repo, &name)?.is_empty());
        if tip != old && repo.contains(tip, old)? && is_free()? {
            let edit = RefEdit { name: name.clone(), old: Some(old), new: Some(tip) };
            update_refs(repo, &[edit], "orca: landed elsewhere")?;
            moved.push(name);
        }
    }
    Ok(moved)
}

/// What a remote holds of orca's.
struct Remote {
    name: String,
    hub: Option<Oid>,
    pins: BTreeMap<RunId, Oid>,
}

impl Remote {
    /// Looks, and gets the objects that are not here.
    fn look(workspace: &Workspace, name: &str) -> anyhow::Result<Self> {
        let repo = &workspace.repo;
        let mut refs = remote_refs(repo, name, &[HUB.to_owned(), format!("{PINS}*")])?;
        refs.retain(|name, _| name == HUB || name.starts_with(PINS));
        let new: Vec<&str> =
            refs.iter().filter(|(_, tip)| !repo.has_object(**tip)).map(|(name, _)| name.as_str()).collect();
        if !new.is_empty() {
            fetch_objects(repo, name, &new)?;
        }
        let hub = refs.remove(HUB);
        let run = |(name, tip): (String, Oid)| Some((RunId::new(name.strip_prefix(PINS)?).ok()?, tip));
        Ok(Self { name: name.to_owned(), hub, pins: refs.into_iter().filter_map(run).collect() })
    }

    /// Takes over what is there. Pins first: nothing that a record speaks of may be missing.
    fn join(&self, workspace: &Workspace, dry_run: bool) -> anyhow::Result<SyncEnd> {
        let repo = &workspace.repo.reopen()?;
        if !dry_run {
            for (&run, &theirs) in &self.pins {
                join_pin(repo, run, theirs, workspace.now())
                    .with_context(|| format!("cannot use {} of '{}'", run.pins_ref(), self.name))?;
            }
        }
        let before = repo.ref_oid(HUB)?;
        let mut end = SyncEnd {
            remote: self.name.clone(),
            before,
            after: before,
            theirs: self.hub,
            clashes: Vec::new(),
            pushed: Vec::new(),
            moved: Vec::new(),
            dry_run,
        };
        match self.hub {
            Some(theirs) => {
                let joined = Hub::join(repo, theirs, dry_run).map_err(|error| self.refusal(error))?;
                (end.after, end.clashes) = (joined.after, joined.clashes);
            }
            None if before.is_none() => {
                // Where `init` would refuse, its name is no help.
                workspace.require_work_dir()?;
                let message = format!("there is no hub here, and none on '{}'", self.name);
                return Err(Fault::usage(message).hint("git orca init").into());
            }
            None => {}
        }
        Ok(end)
    }

    fn refusal(&self, error: HubError) -> anyhow::Error {
        match error {
            HubError::Stranger | HubError::PlannedTwice(_) | HubError::LandedTwice(_) => {
                Fault::no(error.to_string())
                    .hint(format!("git fetch {} {HUB} && git log -p FETCH_HEAD shows theirs", self.name))
                    .hint("git update-ref -d refs/orca/hub, then git orca sync, gives this one up for theirs")
                    .into()
            }
            error => anyhow::Error::from(error).context(format!("cannot use the hub of '{}'", self.name)),
        }
    }

    /// What the remote has not, or not yet.
    fn missing(&self, workspace: &Workspace, end: &SyncEnd, dry_run: bool) -> anyhow::Result<Vec<Push>> {
        let repo = &workspace.repo.reopen()?;
        // Before the pins, which then hold what it speaks of also where somebody writes meanwhile.
        let own = repo.ref_oid(HUB)?;
        let mut pushes = Vec::new();
        let runs = if own.is_some() { all_runs(&workspace.with_repo(repo.reopen()?))? } else { Vec::new() };
        for state in runs {
            let run = state.record.id;
            let pinned = match dry_run {
                false => Some(pin(repo, run, &[state.integration(repo)?], workspace.now())?),
                true => repo.ref_oid(&run.pins_ref())?,
            };
            let old = self.pins.get(&run).copied();
            let new = pinned.filter(|pinned| Some(*pinned) != old);
            pushes.extend(new.map(|new| Push { name: run.pins_ref(), new, old }));
        }
        let hub = own.filter(|hub| Some(*hub) != self.hub && end.after != self.hub);
        pushes.extend(hub.map(|new| Push { name: HUB.to_owned(), new, old: self.hub }));
        Ok(pushes)
    }
}

/// Pushes the pins, and then the hub. Answers what the remote did not take.
fn send(workspace: &Workspace, remote: &str, pushes: &[Push]) -> anyhow::Result<BTreeMap<String, String>> {
    let (hub, pins): (Vec<Push>, Vec<Push>) = pushes.iter().cloned().partition(|push| push.name == HUB);
    for pushes in [pins, hub].into_iter().filter(|pushes| !pushes.is_empty()) {
        let refused = push_quietly(&workspace.repo, remote, &pushes)?.refused;
        if !refused.is_empty() {
            return Ok(refused);
        }
    }
    Ok(BTreeMap::new())
}
