//! Tasks in a person's hand: stopped ones, and the way to ask for it from another process.
//!
//! The orchestrator has a task in its memory and would write it back, so whoever wants to stop one
//! leaves a request beside the task's logs, where no agent can, and the orchestrator does the rest.

use std::path::PathBuf;

use anyhow::Context as _;

use super::Conductor;
use super::attempt::{log_dir, log_place};
use crate::agent::Ended;
use crate::engine::{Event, Workspace};
use crate::git::snapshot;
use crate::model::{Hold, RunId, Status, TaskId};

/// The request to stop a task, among its logs.
const STOP_FILE: &str = "stop";

/// Where the request to stop a task lies, if somebody asked.
pub(super) fn stop_file(workspace: &Workspace, run: RunId, id: &TaskId) -> anyhow::Result<PathBuf> {
    Ok(log_dir(workspace, run, id)?.join(STOP_FILE))
}

/// Takes a request to stop back, or sees it as done.
pub(super) fn clear_stop(workspace: &Workspace, run: RunId, id: &TaskId) -> anyhow::Result<()> {
    let file = stop_file(workspace, run, id)?;
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove '{}'", file.display()))
        }
        _ => Ok(()),
    }
}

impl Conductor<'_> {
    /// Whether a person asked to stop the task.
    pub(super) fn is_stop_requested(&self, id: &TaskId) -> bool {
        // Asked for all agents, all the time: nothing is made here.
        log_place(self.workspace, self.run(), id).join(STOP_FILE).exists()
    }

    /// Leaves a task alone from now on; what its agent wrote is kept, also in its worktree.
    pub(super) fn hold_stopped(&mut self, id: &TaskId, ended: Option<&Ended>) -> anyhow::Result<()> {
        if let Some(ended) = ended {
            let (ending, seconds, left_behind) = (ended.ending, ended.seconds, ended.left_behind);
            (self.emit)(Event::AgentEnded { task: id.clone(), ending, seconds, left_behind });
        }
        self.tie(id)?;
        let rescue = self.keep_unfinished(id)?;
        let kept = rescue.as_ref().map(|rescue| format!("; what it wrote is at {rescue}"));
        self.update(id, "stop", |task| {
            if task.status == Status::Running {
                task.status = Status::Ready;
            }
            task.hold = Some(Hold::Stopped);
            task.reason = format!("stopped by a person{}", kept.unwrap_or_default());
            task.seconds += ended.map_or(0, |ended| ended.seconds as u64);
        })?;
        // Whoever asked waits for the file to go, and reads the record then.
        clear_stop(self.workspace, self.run(), id)?;
        (self.emit)(Event::Stopped { task: id.clone(), rescue });
        Ok(())
    }

    /// Saves what is not committed in a task's worktree; returns the rescue ref.
    fn keep_unfinished(&mut self, id: &TaskId) -> anyhow::Result<Option<String>> {
        let dir = self.worktree_dir(id)?;
        if !dir.join(".git").exists() {
            return Ok(None);
        }
        let found = snapshot(&self.workspace.repo, &dir)?;
        if found.dirty { self.keep(id, &found).map(Some) } else { Ok(None) }
    }
}
