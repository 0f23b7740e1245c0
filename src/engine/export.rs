//! What is left of a run as jobs for a scheduler of somebody else's.
//!
//! Git is all that the machines share: each job takes a clone of its own, joins the hub with that of the
//! remote, does one step and joins it again. So a job needs the remote and nothing else, wherever it runs,
//! and the scheduler's own dependencies keep the order of the waves.

use super::pull::remote_of;
use super::{Fault, Workspace};
use crate::git::push_url;
use crate::model::{RunId, Status, TaskId, TaskRecord};

/// The jobs of a run.
#[derive(Debug, Clone)]
pub struct Export {
    pub run: RunId,
    pub request: String,
    /// The name of the remote in this repository.
    pub remote: String,
    /// Where a clone finds it, without the secrets that its address may hold.
    pub url: String,
    pub hides_login: bool,
    pub waves: Vec<ExportedWave>,
}

/// Tasks side by side, then the merge of what they handed off.
#[derive(Debug, Clone)]
pub struct ExportedWave {
    /// Counted from 1.
    pub number: usize,
    /// Those that nobody has handed off yet, each with its title. A wave of none is only merged.
    pub tasks: Vec<(TaskId, String)>,
}

/// Lists what is left of a run, or of one of its waves.
pub fn export(
    workspace: &Workspace,
    run: Option<RunId>,
    wave: Option<usize>,
    remote: Option<&str>,
) -> anyhow::Result<Export> {
    let state = workspace.require_run(run)?;
    let (id, n_waves) = (state.record.id, state.record.waves.len());
    if let Some(wave) = wave.filter(|wave| *wave > n_waves) {
        let fault = Fault::usage(format!("run {id} has no wave {wave}, only {n_waves}"));
        return Err(fault.hint(format!("git orca status{} shows its waves", state.flag)).into());
    }
    let open = |ids: &[TaskId]| -> Vec<&TaskRecord> {
        let tasks = ids.iter().filter_map(|id| state.tasks.get(id));
        tasks.filter(|task| !matches!(task.status, Status::Merged | Status::Cancelled)).collect()
    };
    let mut waves = Vec::new();
    for (index, ids) in state.record.waves.iter().enumerate() {
        let (number, open) = (index + 1, open(ids));
        if wave.is_some_and(|wave| wave != number) || open.is_empty() {
            continue;
        }
        let unbegun =
            open.iter().filter(|task| !matches!(task.status, Status::HandedOff | Status::Validated));
        let tasks = unbegun.map(|task| (task.task.id.clone(), task.task.title.clone())).collect();
        waves.push(ExportedWave { number, tasks });
    }
    if waves.is_empty() {
        let what = wave.map_or(format!("run {id}"), |wave| format!("wave {wave} of run {id}"));
        let fault = Fault::no(format!("nothing is left to do in {what}"));
        return Err(match state.record.closed {
            true => fault.hint("git orca plan makes the next run"),
            false => {
                let merge = format!("git orca merge{} --into {}", state.flag, state.record.target);
                fault.hint(format!("{merge} lands the run"))
            }
        }
        .into());
    }
    let remote = remote_of(&workspace.repo, remote)?;
    let address = push_url(&workspace.repo, &remote)?;
    let url = without_login(&address);
    let hides_login = url != address;
    Ok(Export { run: id, request: state.record.request, remote, url, hides_login, waves })
}

impl Export {
    /// What the job of a task does.
    pub fn work(&self, task: &TaskId) -> String {
        format!("git orca start {task} --run {}", self.run)
    }

    /// What the job does that ends a wave.
    pub fn merge(&self, wave: usize) -> String {
        format!("git orca merge --wave {wave} --run {}", self.run)
    }
}

/// An address as it may be written down: in `https://login@host/path` either part of the login may be a
/// secret, in `ssh://user:password@host/path` the second.
fn without_login(address: &str) -> String {
    let hidden = || {
        let (scheme, rest) = address.split_once("://")?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (login, _) = rest[..end].rsplit_once('@')?;
        Some(match (scheme.starts_with("http"), login.split_once(':')) {
            (true, _) => format!("{scheme}://{}", &rest[login.len() + 1..]),
            (false, Some((user, _))) => format!("{scheme}://{user}{}", &rest[login.len()..]),
            (false, None) => return None,
        })
    };
    hidden().unwrap_or_else(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_written_down() {
        for (address, told) in [
            ("https://me:s3@cret@host.example:8443/a:b@c.git", "https://host.example:8443/a:b@c.git"),
            ("https://token@host.example/a.git", "https://host.example/a.git"),
            ("https://host.example/a@b.git", "https://host.example/a@b.git"),
            ("ssh://me:secret@host.example/a.git", "ssh://me@host.example/a.git"),
            ("ssh://git@host.example:22/a.git", "ssh://git@host.example:22/a.git"),
            ("git@host.example:me/a.git", "git@host.example:me/a.git"),
            ("/srv/a:b@c.git", "/srv/a:b@c.git"),
        ] {
            assert_eq!(without_login(address), told);
        }
    }
}
