//! A range of ports for each worktree, so that servers of several tasks can run side by side.
//!
//! The first port of the range is written down among the task's logs and stays the task's.
//! Whoever looks for a free range holds a lock meanwhile.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::Context as _;

use super::attempt::{log_dir, logs};
use crate::engine::init::write_whole;
use crate::engine::{Fault, Workspace};
use crate::model::{RunId, TaskId};

/// How many ports each worktree has.
const RANGE: u16 = 10;
const PORT_FILE: &str = "port";

/// The first port of a task's range; none where the settings name no base.
pub(super) fn port_of(workspace: &Workspace, run: RunId, id: &TaskId) -> anyhow::Result<Option<u16>> {
    let Some(base) = workspace.config.worktree.port_base else { return Ok(None) };
    let own = log_dir(workspace, run, id)?.join(PORT_FILE);
    let root = logs(workspace);
    let lock = root.join("ports.lock");
    let file = File::create(&lock).with_context(|| format!("cannot open '{}'", lock.display()))?;
    file.lock().with_context(|| format!("cannot lock '{}'", lock.display()))?;
    if let Some(port) = read(&own) {
        return Ok(Some(port));
    }
    let taken = taken(&root)?;
    let ranges = (0..).map_while(|number: u16| number.checked_mul(RANGE)?.checked_add(base));
    let free = |port: &u16| !taken.contains(port) && TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let Some(port) = ranges.into_iter().find(free) else {
        return Err(Fault::no(format!("no port from {base} on is free"))
            .hint("'git orca clean' frees those of finished tasks")
            .into());
    };
    write_whole(&own, &port.to_string()).with_context(|| format!("cannot write '{}'", own.display()))?;
    Ok(Some(port))
}

/// The variables that tell the project's own commands whose worktree they run in.
pub(super) fn variables(task: &TaskId, port: Option<u16>) -> Vec<(String, String)> {
    let mut variables = vec![("ORCA_TASK".to_owned(), task.to_string())];
    for name in ["PORT", "ORCA_PORT"] {
        variables.extend(port.map(|port| (name.to_owned(), port.to_string())));
    }
    variables
}

fn taken(root: &Path) -> anyhow::Result<BTreeSet<u16>> {
    let entries = std::fs::read_dir(root).with_context(|| format!("cannot read '{}'", root.display()))?;
    Ok(entries.flatten().filter_map(|entry| read(&entry.path().join(PORT_FILE))).collect())
}

fn read(file: &Path) -> Option<u16> {
    let is_sound = file.symlink_metadata().is_ok_and(|file| file.is_file() && file.len() < 16);
    if is_sound { std::fs::read_to_string(file).ok()?.trim().parse().ok() } else { None }
}
