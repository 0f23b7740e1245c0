//! Looks at a run again and again, and tells when something has changed.

use std::time::Duration;

use super::status::{RunStatus, status};
use super::{HubLog, Workspace, context_log};
use crate::model::{Oid, RunId, Status};

/// A run as it is at one moment.
#[derive(Debug, Clone)]
pub struct Watched {
    pub status: RunStatus,
    /// The last things that happened, newest first.
    pub recent: HubLog,
    /// Whether anything but the time has changed since the last look.
    pub is_news: bool,
}

/// How much of what happened is told.
const RECENT: usize = 8;

/// How often it is looked whether to stop.
const SLICE: Duration = Duration::from_millis(100);

/// Tells how a run stands, every so often, until all its tasks have ended and nobody conducts it.
/// Answers whether all of them came through; a stop that the user asks for counts as no, and to have
/// seen enough as yes.
pub fn watch(
    workspace: &Workspace,
    run: Option<RunId>,
    every: Duration,
    tell: &mut dyn FnMut(&Watched) -> anyhow::Result<()>,
    has_enough: &dyn Fn() -> bool,
) -> anyhow::Result<bool> {
    // The one that is the newest now, also when another is planned meanwhile.
    let run = workspace.require_run(run)?.record.id;
    let mut seen: Option<(Option<Oid>, Option<String>)> = None;
    loop {
        let recent = context_log(workspace, RECENT)?;
        let status = status(workspace, Some(run))?;
        let last = recent.entries.first().map(|(_, entry)| entry.commit);
        let now = Some((last, status.conductor.clone()));
        let is_news = now != seen;
        seen = now;
        let watched = Watched { status, recent, is_news };
        tell(&watched)?;
        let tasks = &watched.status.tasks;
        if watched.status.conductor.is_none() && tasks.iter().all(|task| task.record.status.is_final()) {
            return Ok(tasks.iter().all(|task| task.record.status != Status::Failed));
        }
        if pause(workspace, every, has_enough) {
            return Ok(true);
        }
        if workspace.around.is_stopped() {
            return Ok(false);
        }
    }
}

/// Waits until the next look, or until it is to stop; answers whether the user has seen enough.
fn pause(workspace: &Workspace, mut left: Duration, has_enough: &dyn Fn() -> bool) -> bool {
    while !left.is_zero() && !workspace.around.is_stopped() {
        if has_enough() {
            return true;
        }
        let slice = left.min(SLICE);
        std::thread::sleep(slice);
        left -= slice;
    }
    false
}
