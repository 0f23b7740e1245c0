//! The hub, and the commits that it speaks of.

use super::Check;
use crate::engine::Workspace;
use crate::git::{GitError, Repo};
use crate::model::{HandoffRecord, Oid, RunRecord};
use crate::store::{Audit, Hub, HubError, LockError, Snapshot};

const HUB: &str = "hub";
const PINS: &str = "pins";

/// What a hub that can be opened was found to hold.
struct Content {
    runs: Vec<RunRecord>,
    handoffs: Vec<HandoffRecord>,
}

pub(super) fn hub(workspace: &Workspace) -> Vec<Check> {
    let repo = &workspace.repo;
    let hub = match Hub::open(repo) {
        Ok(Some(hub)) => hub,
        Ok(None) => return vec![Check::fail(HUB, "there is none yet", "git orca init")],
        Err(error) => return vec![unusable(&error)],
    };
    let content = match hub.read().and_then(|snapshot| read(&snapshot)) {
        Ok(content) => content,
        Err(error) => return vec![unusable(&error)],
    };
    let written = try_writing(&hub, workspace);
    let (n, noun) = (content.runs.len(), if content.runs.len() == 1 { "run" } else { "runs" });
    let health =
        written.err().unwrap_or_else(|| Check::ok(HUB, format!("{n} {noun}, can be read and written")));
    vec![health, pins(repo, &content)]
}

fn read(snapshot: &Snapshot) -> Result<Content, HubError> {
    snapshot.require_readable()?;
    let runs = snapshot.runs()?;
    let mut handoffs = Vec::new();
    for run in &runs {
        handoffs.extend(snapshot.handoffs(run.id)?);
    }
    Ok(Content { runs, handoffs })
}

/// Goes through a whole transaction that changes nothing, and so makes no commit.
fn try_writing(hub: &Hub, workspace: &Workspace) -> Result<(), Check> {
    let audit = Audit { subject: "doctor".into(), op: "doctor".into(), run: None, task: None };
    hub.update(&audit, workspace.now(), |_| Ok::<(), HubError>(())).map_err(|error| unusable(&error))?;
    for dir in ["objects", "refs"] {
        let dir = workspace.repo.common_dir().join(dir);
        tempfile::tempfile_in(&dir).map_err(|error| {
            let message = format!("cannot write in '{}': {error}", dir.display());
            Check::fail(HUB, message, format!("chown -R \"$USER\" '{}'", dir.display()))
        })?;
    }
    Ok(())
}

fn unusable(error: &HubError) -> Check {
    let remedy = match error {
        HubError::TooNewToRead { .. } | HubError::TooNewToWrite { .. } | HubError::NewerRecord { .. } => {
            "install a newer git-orca"
        }
        HubError::Lock(LockError::Io { path, .. }) => {
            let dir = path.parent().unwrap_or(path).display();
            return Check::fail(HUB, told(error), format!("chown -R \"$USER\" '{dir}'"));
        }
        HubError::Record { .. } | HubError::NoManifest | HubError::Unreadable(_) => {
            "git log -p refs/orca/hub shows who wrote it; git update-ref refs/orca/hub <commit> goes back"
        }
        HubError::Gone => "git orca init",
        HubError::Lock(_) | HubError::Contended => "wait for whoever writes, then git orca doctor",
        HubError::Stranger | HubError::PlannedTwice(_) | HubError::LandedTwice(_) => "git orca sync",
        HubError::Unstorable { .. } | HubError::Git(_) => "git fsck",
    };
    Check::fail(HUB, told(error), remedy)
}

/// An error with its causes.
fn told(error: &HubError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Every handoff must be reachable from its run's pin: branches come and go.
fn pins(repo: &Repo, content: &Content) -> Check {
    let mut n_pinned = 0;
    for handoff in &content.handoffs {
        let Some(commit) = handoff.commit else { continue };
        match is_pinned(repo, handoff, commit) {
            Ok(true) => n_pinned += 1,
            Ok(false) if repo.has_object(commit) => {
                let message = format!("nothing keeps handoff {} at {} alive", handoff.id, commit.short());
                let remedy = format!("git branch kept-{}-{} {commit}", handoff.run, handoff.task);
                return Check::fail(PINS, message, remedy);
            }
            Ok(false) => {
                let message = format!("handoff {} is lost: commit {commit} is gone", handoff.id);
                return Check::fail(PINS, message, "git fetch it from another copy of this repository");
            }
            Err(error) => return Check::fail(PINS, error.to_string(), "git fsck"),
        }
    }
    Check::ok(PINS, format!("{n_pinned} handoffs are kept alive"))
}

fn is_pinned(repo: &Repo, handoff: &HandoffRecord, commit: Oid) -> Result<bool, GitError> {
    let Some(pin) = repo.ref_oid(&handoff.run.pins_ref())? else { return Ok(false) };
    Ok(repo.has_object(commit) && repo.contains(pin, commit)?)
}
