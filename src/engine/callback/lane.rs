//! Where the agent of a task may write, told from the path as it really is.

use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;

use crate::engine::hook::Desk;
use crate::model::{RepoPath, Scope, TaskId};

pub(super) struct Lane {
    pub(super) task: TaskId,
    pub(super) scope: Scope,
    /// The worktree.
    top: PathBuf,
    /// What relative paths count from.
    dir: PathBuf,
    run_dir: Option<PathBuf>,
}

impl Lane {
    /// The lane of the task at a desk, for paths that count from `dir`.
    pub(super) fn of(desk: &Desk, dir: &Path, run_dir: Option<&Path>) -> anyhow::Result<Self> {
        let task = desk.require_task()?.task;
        let top = desk.repo.work_dir().context("the worktree of the task has no files")?;
        let top = top.canonicalize().with_context(|| format!("cannot find '{}'", top.display()))?;
        let run_dir = run_dir.and_then(|run_dir| run_dir.canonicalize().ok());
        Ok(Self { task: task.id, scope: task.scope, top, dir: dir.to_owned(), run_dir })
    }

    /// Whether a file may be written: in the scope, or in the attempt's own run directory.
    pub(super) fn allows(&self, path: &str) -> bool {
        let Some(real) = real(&self.dir.join(path)) else { return false };
        self.run_dir.as_ref().is_some_and(|run_dir| real.starts_with(run_dir)) || self.inside(path).is_some()
    }

    /// The path from the top of the worktree, where it is in the scope.
    pub(super) fn inside(&self, path: &str) -> Option<RepoPath> {
        let real = real(&self.dir.join(path))?;
        let relative = real.strip_prefix(&self.top).ok()?;
        let is_git = |part: Component<'_>| part.as_os_str().eq_ignore_ascii_case(".git");
        if relative.components().any(is_git) {
            return None;
        }
        let path = RepoPath::from(relative.to_str()?);
        self.scope.allows(&path).then_some(path)
    }
}

/// Where a path leads once every link on the way is followed. What does not exist yet has no links;
/// `..` below it cannot be followed and leads nowhere.
fn real(path: &Path) -> Option<PathBuf> {
    let existing = path.ancestors().find(|place| place.symlink_metadata().is_ok())?;
    let rest = path.strip_prefix(existing).ok()?;
    if rest.components().any(|part| !matches!(part, Component::Normal(_))) {
        return None;
    }
    // A link to nothing is refused: it would be written through.
    Some(existing.canonicalize().ok()?.join(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_steps_back_lead_where_they_lead() {
        let home = tempfile::tempdir().unwrap();
        let top = home.path().canonicalize().unwrap().join("top");
        std::fs::create_dir_all(top.join("src/a")).unwrap();
        std::fs::create_dir_all(home.path().join("run")).unwrap();
        std::os::unix::fs::symlink("../../..", top.join("src/a/out")).unwrap();
        std::os::unix::fs::symlink("nothing", top.join("src/a/dangling")).unwrap();
        let run_dir = Some(home.path().join("run").canonicalize().unwrap());
        let (task, scope) = (TaskId::new("a").unwrap(), Scope::new(&["src/a/**"]).unwrap());
        let lane = Lane { task, scope, top: top.clone(), dir: top, run_dir };
        let check = |path: &str, expected: bool| assert_eq!(lane.allows(path), expected, "{path}");
        check("src/a/new.ts", true);
        check("src/a/deep/er/new.ts", true);
        check("src/b.ts", false);
        check("src/a/../b.ts", false);
        check("src/a/missing/../../b.ts", false);
        check("src/a/out/x", false);
        check("src/a/dangling", false);
        check("src/a/.git/config", false);
        check("../run/handoff.toml", true);
        check("../elsewhere", false);
        check("/etc/passwd", false);
    }
}
