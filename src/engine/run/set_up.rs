//! Makes fresh worktrees fit to work in, side by side: ignored files and set-up commands.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;

use super::Conductor;
use super::handoff::ShellJob;
use super::ports::port_of;
use crate::engine::{Event, Fault};
use crate::git::{is_set_up, mark_set_up};
use crate::model::{Ending, RepoPath, Scope, TaskId};

/// Lists ignored files that every worktree should have, in gitignore's syntax.
const INCLUDE_FILE: &str = ".worktreeinclude";

/// What the worktrees of a run share.
struct Common {
    main: PathBuf,
    copied: Vec<PathBuf>,
    linked: Vec<String>,
}

/// The set-up of one worktree.
struct SetUp {
    task: TaskId,
    dir: PathBuf,
    commands: Vec<ShellJob>,
}

/// What a thread that sets up reports.
enum Report {
    Begins(TaskId, String),
    /// False when the user's wish to stop came in between.
    Over(TaskId, anyhow::Result<bool>),
}

impl Conductor<'_> {
    /// Copies and links what the settings and `.worktreeinclude` name, then runs the set-up commands.
    /// Set-up that was killed in the middle is done again: its steps can be.
    pub(super) fn set_up(&mut self, tasks: &[TaskId]) -> anyhow::Result<()> {
        let is_new = |id: &&TaskId| !is_set_up(&self.workspace.repo, &self.run().worktree_name(id));
        let tasks: Vec<&TaskId> = tasks.iter().filter(is_new).collect();
        if tasks.is_empty() {
            return Ok(());
        }
        let common = self.common_set_up()?;
        let set_ups: Vec<SetUp> = tasks.into_iter().map(|id| self.set_up_of(id)).collect::<Result<_, _>>()?;
        let mut failed = None;
        for (id, done) in self.do_all(&common, set_ups) {
            match done {
                Ok(true) => {
                    let commit = self.starting_point(&id)?;
                    mark_set_up(&self.workspace.repo, &self.run().worktree_name(&id), commit)?;
                }
                Ok(false) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Sets worktrees up, as many at once as agents may work at once, and tells what begins.
    fn do_all(&mut self, common: &Common, set_ups: Vec<SetUp>) -> Vec<(TaskId, anyhow::Result<bool>)> {
        let n_threads = set_ups.len().min(self.jobs());
        let waiting = Mutex::new(set_ups.into_iter());
        let (sender, receiver) = channel();
        let mut done = Vec::new();
        std::thread::scope(|scope| {
            for _ in 0..n_threads {
                let (reports, waiting) = (sender.clone(), &waiting);
                let next = move || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
                scope.spawn(move || {
                    while let Some(set_up) = next() {
                        let over = set_up.run(common, &reports);
                        let _ = reports.send(Report::Over(set_up.task, over));
                    }
                });
            }
            drop(sender);
            for report in receiver {
                match report {
                    Report::Begins(task, command) => (self.emit)(Event::SetUp { task, command }),
                    Report::Over(task, over) => done.push((task, over)),
                }
            }
        });
        done.sort_by(|(left, _), (right, _)| left.cmp(right));
        done
    }

    fn common_set_up(&self) -> anyhow::Result<Common> {
        let main = self.workspace.main_dir()?;
        let settings = &self.workspace.config.worktree;
        let copied = self.ignored_files(&main, &settings.copy)?;
        Ok(Common { main, copied, linked: settings.link.clone() })
    }

    fn set_up_of(&self, id: &TaskId) -> anyhow::Result<SetUp> {
        let dir = self.worktree_dir(id)?;
        let commands = &self.workspace.config.worktree.setup;
        let port = match commands.is_empty() {
            true => None,
            false => port_of(self.workspace, self.run(), id)?,
        };
        let port = port.map_or(String::new(), |port| port.to_string());
        let filled = |command: &String| command.replace("{port}", &port).replace("{task}", id.as_str());
        let jobs = commands.iter().map(|command| self.shell_job(id, &dir, &filled(command)));
        let commands = jobs.collect::<Result<_, _>>()?;
        Ok(SetUp { task: id.clone(), dir, commands })
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
}

impl SetUp {
    fn run(&self, common: &Common, reports: &Sender<Report>) -> anyhow::Result<bool> {
        for file in &common.copied {
            bring(&common.main, &self.dir, file, |from, to| std::fs::copy(from, to).map(drop))?;
        }
        for name in &common.linked {
            bring(&common.main, &self.dir, Path::new(name), |from, to| std::os::unix::fs::symlink(from, to))?;
        }
        for job in &self.commands {
            let _ = reports.send(Report::Begins(self.task.clone(), job.command.clone()));
            let ended = job.run()?;
            match ended.ending {
                Ending::Exited(0) => continue,
                Ending::Interrupted => return Ok(false),
                _ => {}
            }
            let (task, command, ending) = (&self.task, &job.command, ended.ending);
            let message =
                format!("set-up of '{task}' failed: `{command}` {ending}\n{}", ended.tail.trim_end());
            return Err(Fault::usage(message).hint("correct worktree.setup in orca.toml").into());
        }
        Ok(true)
    }
}

/// Brings one file over; what the worktree has already is left alone, and nothing is brought to where a
/// link in it leads.
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
    if parent.ancestors().take_while(|place| *place != dir).any(Path::is_symlink) {
        return Ok(());
    }
    std::fs::create_dir_all(parent)
        .and_then(|()| how(&from, &to))
        .with_context(|| format!("cannot bring '{}' to '{}'", from.display(), to.display()))
}
