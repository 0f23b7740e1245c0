//! The guard of the user's own checkout: a hook that checks each merge before it is committed.
//!
//! Installed on request only. A hook that is there already is moved aside and runs after ours.

use std::path::{Path, PathBuf};

use super::HooksError;
use super::install::{gone, is_in_place, replace, text};
use super::shim::guard;
use crate::git::Repo;

const HOOK: &str = "pre-merge-commit";

/// What would be written to guard merges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardPlan {
    path: PathBuf,
    script: String,
}

/// Works out how merges in this checkout get checked by `binary`; none when they are.
pub fn plan_guard(repo: &Repo, binary: &Path) -> Result<Option<GuardPlan>, HooksError> {
    let path = hook(repo)?;
    let tracked = repo.work_dir().is_some_and(|top| path.starts_with(top));
    if tracked && !path.starts_with(repo.common_dir()) {
        let dir = path.parent().unwrap_or(&path).to_owned();
        return Err(HooksError::ProjectsOwn { hook: HOOK, dir });
    }
    let script = guard(text(binary)?);
    Ok((!is_in_place(&path, &script)).then_some(GuardPlan { path, script }))
}

/// Carries a plan out.
pub fn install_guard(plan: &GuardPlan) -> Result<(), HooksError> {
    if plan.path.exists() && !is_ours(&plan.path) {
        rename(&plan.path, &aside(&plan.path))?;
    }
    replace(&plan.path, &plan.script)
}

/// Whether merges in this checkout are guarded.
pub fn is_guarded(repo: &Repo) -> Result<bool, HooksError> {
    Ok(is_ours(&hook(repo)?))
}

/// Takes the guard out, and puts back what was there before.
pub fn remove_guard(repo: &Repo) -> Result<(), HooksError> {
    let path = hook(repo)?;
    if !is_ours(&path) {
        return Ok(());
    }
    match aside(&path) {
        before if before.exists() => rename(&before, &path),
        _ => gone(std::fs::remove_file(&path), &path),
    }
}

/// Where Git looks for the hook.
fn hook(repo: &Repo) -> Result<PathBuf, HooksError> {
    let args = ["rev-parse", "--path-format=absolute", "--git-path", "hooks"];
    let dir = repo.git().with_hooks().run(&args)?;
    let dir = String::from_utf8_lossy(&dir);
    Ok(Path::new(dir.trim_end_matches('\n')).join(HOOK))
}

fn is_ours(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.contains("written by 'git orca init --guard'"))
}

fn aside(path: &Path) -> PathBuf {
    path.with_file_name(format!("{HOOK}.before-orca"))
}

fn rename(from: &Path, to: &Path) -> Result<(), HooksError> {
    std::fs::rename(from, to).map_err(|error| HooksError::Io {
        action: "cannot move aside",
        path: from.to_owned(),
        error,
    })
}
