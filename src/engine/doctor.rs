//! Checks the set-up, and proves what can be proved instead of believing it.
//!
//! Every failure names what mends it. A check that needs what another one found broken is left out:
//! one cause is told once. The only thing that is made is a worktree without files, where hooks are
//! proved when there is no other; it is gone afterwards.

mod hooks;
mod remains;
mod setup;
mod specialists;
mod state;

use std::ffi::OsStr;

pub use self::setup::{Installed, installed_agents};

use super::{Surroundings, Workspace};
use crate::git::{GitError, Repo};
use crate::store::{Config, FileError};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Ok,
    /// Works, and could be better.
    Warn,
    Fail,
}

/// One line of the diagnosis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at, in a word or two.
    pub name: &'static str,
    pub health: Health,
    pub message: String,
    /// What mends it: a command wherever there is one. Never missing from a failure.
    pub remedy: Option<String>,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, health: Health::Ok, message: message.into(), remedy: None }
    }

    fn warn(name: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, health: Health::Warn, message: message.into(), remedy: Some(remedy.into()) }
    }

    fn fail(name: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, health: Health::Fail, message: message.into(), remedy: Some(remedy.into()) }
    }
}

/// Everything that was checked.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    pub checks: Vec<Check>,
}

impl Diagnosis {
    /// How many checks came out like this.
    pub fn n(&self, health: Health) -> usize {
        self.checks.iter().filter(|check| check.health == health).count()
    }
}

/// Checks the set-up. `path` is the value of `PATH`, where agents are looked for.
pub fn doctor(around: &Surroundings, path: &OsStr) -> Diagnosis {
    let mut checks = vec![setup::git(&around.dir), setup::kernel()];
    let repo = match Repo::discover(&around.dir) {
        Ok(repo) => repo,
        Err(error) => {
            checks.push(no_repository(&error));
            return Diagnosis { checks };
        }
    };
    let place = repo.work_dir().unwrap_or(repo.git_dir()).display().to_string();
    if repo.work_dir().is_none() {
        let remedy = "git clone it, and run git orca in the clone";
        checks.push(Check::fail("repository", format!("'{place}' is bare"), remedy));
        return Diagnosis { checks };
    }
    checks.push(Check::ok("repository", place));
    let (workspace, settings) = match Workspace::open(around) {
        Ok(workspace) => (workspace, None),
        Err(error) => {
            let cache = repo.orca_dir().join("cache");
            let workspace = Workspace { repo, config: Config::default(), around: around.clone(), cache };
            (workspace, Some(unreadable(&error)))
        }
    };
    match settings {
        Some(failure) => checks.push(failure),
        None => checks.extend(setup::settings(&workspace, path)),
    }
    checks.extend(specialists::specialists(&workspace));
    checks.push(setup::identity(&workspace));
    checks.extend(setup::first_commit(&workspace));
    checks.extend(state::hub(&workspace));
    checks.extend(hooks::hooks(&workspace));
    checks.push(setup::worktree_root(&workspace));
    checks.extend(remains::remains(&workspace));
    Diagnosis { checks }
}

fn no_repository(error: &GitError) -> Check {
    let remedy = match error {
        GitError::NotARepository(_) => "git init",
        error if error.is_of_another_owner() => "git status says which setting lets you in",
        _ => "git fsck",
    };
    Check::fail("repository", error.to_string(), remedy)
}

fn unreadable(error: &anyhow::Error) -> Check {
    let remedy = match error.downcast_ref::<super::Fault>() {
        Some(fault) => fault.hints.join("; "),
        None if error.is::<FileError>() => "correct that line of orca.toml".to_owned(),
        None => "make orca.toml readable".to_owned(),
    };
    Check::fail("settings", format!("{error:#}"), remedy)
}
