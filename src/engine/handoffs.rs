//! What tasks said when they handed off.

use super::{Fault, Workspace, own_task};
use crate::model::{HandoffRecord, RunId, TaskId};

/// The handoffs of a run, oldest first.
#[derive(Debug, Clone)]
pub struct HandoffList {
    pub run: RunId,
    pub handoffs: Vec<HandoffRecord>,
}

/// One handoff.
#[derive(Debug, Clone)]
pub struct HandoffDetail {
    pub handoff: HandoffRecord,
    /// When, in RFC 3339.
    pub time: String,
}

/// The handoffs of a run, or of the newest.
pub fn list_handoffs(workspace: &Workspace, run: Option<RunId>) -> anyhow::Result<HandoffList> {
    let record = workspace.require_run(run)?.record;
    let mut handoffs = workspace.require_hub()?.read()?.handoffs(record.id)?;
    // Several may be of one second; then the waves know.
    let wave = |task: &TaskId| record.waves.iter().position(|wave| wave.contains(task));
    handoffs.sort_by_key(|handoff| (handoff.time, wave(&handoff.task)));
    Ok(HandoffList { run: record.id, handoffs })
}

/// The last handoff of a task; without a task, of the one in whose worktree the user stands, else
/// of the run.
pub fn show_handoff(
    workspace: &Workspace,
    run: Option<RunId>,
    task: Option<&TaskId>,
) -> anyhow::Result<HandoffDetail> {
    let own = own_task(workspace).filter(|_| task.is_none() && run.is_none());
    let (own_run, own_task) = own.unzip();
    let state = workspace.require_run(run.or(own_run))?;
    let task = task.or(own_task.as_ref());
    let record = task.map(|id| state.require_task(id)).transpose()?;
    let found = list_handoffs(workspace, Some(state.record.id))?.handoffs;
    let last = found.into_iter().rfind(|handoff| task.is_none_or(|task| handoff.task == *task));
    let missing = || match record {
        Some(record) => {
            let (id, status) = (&record.task.id, record.status.word());
            Fault::no(format!("task '{id}' has not handed off: it is {status}"))
        }
        None => Fault::no(format!("nothing was handed off in run {} yet", state.record.id)),
    };
    let handoff = last.ok_or_else(missing)?;
    Ok(HandoffDetail { time: super::clock::rfc3339(handoff.time), handoff })
}
