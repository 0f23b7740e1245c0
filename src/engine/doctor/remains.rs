//! What processes that died left behind.

use super::Check;
use crate::agent::{Process, marked};
use crate::engine::Workspace;
use crate::engine::run::spares;
use crate::git::{
    OWN_WORKTREES, Presence, SHARED_LOCKS, checkouts, list, noted_moves, presence, stale_locks,
};
use crate::store::RunLock;

const LOCKS: &str = "locks";
const PROCESSES: &str = "processes";
const REGISTERED: &str = "registrations";
const MOVES: &str = "checkouts";

pub(super) fn remains(workspace: &Workspace) -> Vec<Check> {
    vec![locks(workspace), processes(workspace), registrations(workspace), moves(workspace)]
}

/// Files that did not follow when their branch was moved.
fn moves(workspace: &Workspace) -> Check {
    let repo = &workspace.repo;
    for moved in noted_moves(repo) {
        for checkout in checkouts(repo, &moved.branch).unwrap_or_default() {
            if checkout.is_behind(repo, &moved).unwrap_or(true) {
                let dir = checkout.dir.display();
                let (branch, from, to) = (&moved.branch, moved.from.short(), moved.to.short());
                let message = format!("{branch} has moved to {to}, and the files in {dir} are behind it");
                return Check::fail(MOVES, message, format!("git -C '{dir}' read-tree -m -u {from} {to}"));
            }
        }
    }
    Check::ok(MOVES, "the files are where their branches are")
}

fn locks(workspace: &Workspace) -> Check {
    let mut places: Vec<String> = ["refs/orca", "refs/heads/orca"].map(str::to_owned).into();
    places.extend(SHARED_LOCKS.map(str::to_owned));
    places.extend(registered(workspace).iter().map(|name| format!("worktrees/{name}")));
    let stale = stale_locks(&workspace.repo, &places);
    let Some(first) = stale.first() else { return Check::ok(LOCKS, "none is left over") };
    let more = if stale.len() > 1 { format!(" and {} more", stale.len() - 1) } else { String::new() };
    let message = format!("'{}'{more} is held by nobody, or by a git that hangs", first.display());
    let files: Vec<String> = stale.iter().map(|file| format!("'{}'", file.display())).collect();
    Check::fail(LOCKS, message, format!("if no git is at work: rm {}", files.join(" ")))
}

fn processes(workspace: &Workspace) -> Check {
    match RunLock::holder(&workspace.repo) {
        Err(error) => return Check::warn(PROCESSES, error.to_string(), "git orca status"),
        Ok(Some(conductor)) => return Check::ok(PROCESSES, format!("{conductor} conducts this repository")),
        Ok(None) => {}
    }
    let common = workspace.repo.common_dir().display().to_string();
    let mut left = marked(&format!("{common}:"));
    left.extend(marked(&format!("gate:{common}")));
    if left.is_empty() {
        return Check::ok(PROCESSES, "no agent is at work");
    }
    let told =
        |process: &Process| format!("{} ({}) in '{}'", process.pid, process.name, process.dir.display());
    let all: Vec<String> = left.iter().map(told).collect();
    let pids: Vec<String> = left.iter().map(|process| process.pid.to_string()).collect();
    let message = format!("an agent's, and nobody conducts it: {}", all.join(", "));
    Check::warn(PROCESSES, message, format!("git orca run, or kill {}", pids.join(" ")))
}

/// The names of all registrations that look like orca's, also of those that cannot be read.
fn registered(workspace: &Workspace) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(workspace.repo.common_dir().join("worktrees")) else {
        return Vec::new();
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(OWN_WORKTREES)).collect();
    names.sort();
    names
}

fn registrations(workspace: &Workspace) -> Check {
    let repo = &workspace.repo;
    let known = match list(repo) {
        Ok(known) => known,
        Err(error) => return Check::fail(REGISTERED, error.to_string(), "git worktree prune"),
    };
    let names = registered(workspace);
    for name in &names {
        let found = known.iter().find(|known| known.name == *name);
        // A file that names no directory at all leads into the registrations themselves.
        let Some(found) = found.filter(|found| !found.dir.starts_with(repo.common_dir())) else {
            let message = format!("'{name}' was never finished, or cannot be read");
            return Check::warn(REGISTERED, message, "git worktree prune --expire=now");
        };
        if found.branch.is_none() && found.head.is_none() {
            let message = format!("on which commit '{name}' is cannot be read");
            let remedy = format!("git -C '{}' checkout --detach <commit>", found.dir.display());
            return Check::warn(REGISTERED, message, remedy);
        }
        match presence(repo, name, &found.dir) {
            Presence::Sound(_) => {}
            Presence::Gone => {
                let message = format!("the files of '{name}' are gone: {}", found.dir.display());
                return Check::warn(REGISTERED, message, "git orca clean");
            }
            Presence::Broken(dir) => {
                let message = format!("'{}' no longer leads to this repository", dir.display());
                // Without a path: told one, Git looks for the '.git' that is missing there.
                return Check::fail(REGISTERED, message, "git worktree repair");
            }
        }
    }
    let again = match spares(workspace).map_or(0, |spares| spares.len()) {
        0 => String::new(),
        n => format!("; {n} of merged tasks, for later ones to take over"),
    };
    Check::ok(REGISTERED, format!("{} agent worktrees, all sound{again}", names.len()))
}
