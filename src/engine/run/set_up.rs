//! Makes a fresh worktree fit to work in: ignored files and set-up commands.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Conductor;
use super::ports::port_of;
use crate::engine::{Event, Fault};
use crate::model::{Ending, RepoPath, Scope, TaskId};

/// Lists ignored files that every worktree should have, in gitignore's syntax.
const INCLUDE_FILE: &str = ".worktreeinclude";

impl Conductor<'_> {
    /// Copies and links what the settings and `.worktreeinclude` name, then runs the set-up commands.
    /// Returns false when the user's wish to stop came in between.
    pub(super) fn set_up(&mut self, id: &TaskId, dir: &Path) -> anyhow::Result<bool> {
        let main = self.workspace.main_dir()?;
        let settings = &self.workspace.config.worktree;
        for file in self.ignored_files(&main, &settings.copy)? {
            bring(&main, dir, &file, |from, to| std::fs::copy(from, to).map(drop))?;
        }
        for name in &settings.link {
            bring(&main, dir, Path::new(name), |from, to| std::os::unix::fs::symlink(from, to))?;
        }
        for command in self.workspace.config.worktree.setup.clone() {
            if !self.run_set_up(id, dir, &command)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The untracked files of the user's checkout that `.worktreeinclude` or the settings name.
    fn ignored_files(&self, main: &Path, copy: &[String]) -> anyhow::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        let git = crate::git::Git::at(main);
        let list = |args: &[&str]| -> anyhow::Result<Vec<RepoPath>> {
            let found = git.run(args)?;
            Ok(found.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(RepoPath::new).collect())
        };
        if main.join(INCLUDE_FILE).is_file() {
            let exclude = format!("--exclude-from={INCLUDE_FILE}");
            files.extend(list(&["ls-files", "--others", "--ignored", &exclude, "-z"])?);
        }
        if !copy.is_empty() {
            let scope = Scope::new(copy)
                .map_err(|error| Fault::usage(format!("worktree.copy in orca.toml: {error}")))?;
            let ignored = list(&["ls-files", "--others", "--ignored", "--exclude-standard", "-z"])?;
            files.extend(ignored.into_iter().filter(|path| scope.allows(path)));
        }
        Ok(files.iter().map(|path| path.as_path().to_owned()).collect())
    }

    fn run_set_up(&mut self, id: &TaskId, dir: &Path, command: &str) -> anyhow::Result<bool> {
        let port = port_of(self.workspace, self.run(), id)?.map_or(String::new(), |port| port.to_string());
        let command = &command.replace("{port}", &port).replace("{task}", id.as_str());
        (self.emit)(Event::SetUp { task: id.clone(), command: command.clone() });
        let ended = self.shell(id, dir, command)?;
        match ended.ending {
            Ending::Exited(0) => return Ok(true),
            Ending::Interrupted => return Ok(false),
            _ => {}
        }
        let message =
            format!("set-up of '{id}' failed: `{command}` {}\n{}", ended.ending, ended.tail.trim_end());
        Err(Fault::usage(message).hint("correct worktree.setup in orca.toml").into())
    }
}

/// Brings one file over; what the worktree has already is left alone.
fn bring(
    main: &Path,
    dir: &Path,
    file: &Path,
    how: impl Fn(&Path, &Path) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let (from, to) = (main.join(file), dir.join(file));
    if !from.exists() || to.symlink_metadata().is_ok() {
        return Ok(());
    }
    let parent = to.parent().unwrap_or(dir);
    std::fs::create_dir_all(parent)
        .and_then(|()| how(&from, &to))
        .with_context(|| format!("cannot bring '{}' to '{}'", from.display(), to.display()))
}
