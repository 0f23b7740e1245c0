//! The lane of an agent: the places where the kernel lets it write.
//!
//! - The directories in which the globs of its scope lie. Finer globs hold when its work is taken over.
//! - Its run directory, and what its program keeps for itself.
//! - The registration of its own worktree, all of it: `HEAD` and the index, but also the files that say
//!   where the worktree is and what settings count there. So none of it is believed that does not
//!   lead back, and no Git is sent there by discovery.
//! - The directories of loose objects, which it shares with everybody. Packs, alternates and the graph
//!   of commits, from which Git takes parents without a look at the commit, are outside.
//!
//! All refs but its own `HEAD` are outside, its branch among them: its worktree is loose while it works,
//! and what it committed comes to the branch afterwards. So are hooks, configuration, `info/`, the hub,
//! orca's own logs, the files and the registrations of other worktrees. In a repository with a reftable the
//! worktree stays on its branch, and an agent cannot commit by itself, which it need not.
//!
//! What is not confined can move any branch, so a branch proves nothing: what was handed off and what was
//! merged is what the hub says.
//!
//! All of this holds for an agent that is confined, and not for what the project's own commands do with
//! its work: set-up, acceptance and the gate run as the user.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;

use crate::agent::{Confine, become_confined, can_confine, literal_prefix, own_places};
use crate::engine::{Fault, Workspace};
use crate::model::{RunId, TaskId, TaskRecord};
use crate::store::{AgentConfig, Sandbox};

/// Confines this process to some places it may write to, then becomes the program.
pub fn confine(writes: &[PathBuf], command: &[OsString]) -> anyhow::Result<Infallible> {
    let Some((program, args)) = command.split_first() else {
        return Err(Fault::usage("there is no program to become").into());
    };
    Ok(become_confined(writes, Path::new(program), args)?)
}

/// How an agent is confined, if it is to be and can be.
pub(in crate::engine) fn confinement(
    workspace: &Workspace,
    agent: &AgentConfig,
    lane: impl FnOnce() -> anyhow::Result<Vec<PathBuf>>,
) -> anyhow::Result<Option<Confine>> {
    match (agent.sandbox, can_confine()) {
        (Sandbox::Off, _) | (Sandbox::Auto, false) => Ok(None),
        (Sandbox::Landlock, false) => {
            Err(Fault::no("the kernel cannot confine what an agent writes: it has no Landlock")
                .hint("sandbox = \"auto\" in orca.toml starts it under its own rules")
                .into())
        }
        (_, true) => {
            let writes = lane()?.into_iter().chain(own_places(&agent.writes)).collect();
            Ok(Some(Confine { binary: workspace.around.binary.clone(), writes }))
        }
    }
}

/// Where the agent of a task may write, beside its own places. Directories that the scope names
/// and nobody made yet are made: Git does not see empty ones.
pub(super) fn lane(
    workspace: &Workspace,
    run: RunId,
    task: &TaskRecord,
    worktree: &Path,
    run_dir: &Path,
) -> anyhow::Result<Vec<PathBuf>> {
    let id = &task.task.id;
    let mut places = vec![real(run_dir)?];
    places.extend(scope_dirs(task.task.scope.patterns(), worktree)?);
    let objects = real(&workspace.repo.common_dir().join("objects"))?;
    for place in git_places(workspace, run, id)? {
        if place == objects {
            places.extend(loose_dirs(&objects)?);
        } else {
            places.push(place);
        }
    }
    Ok(places)
}

/// The directories in which the globs of a scope lie, by their real names.
///
/// One behind a symbolic link is left out, wherever the link leads: the project or an earlier attempt
/// may have made it, and Git has no files behind links, so nothing there could be handed off. What a
/// link further down leads to is not opened either: the kernel goes by where a file really is.
pub(in crate::engine) fn scope_dirs(globs: &[String], worktree: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let top = real(worktree)?;
    let mut dirs = Vec::new();
    for glob in globs {
        let dir = match walk(&top, glob, false)? {
            None => walk(&top, directory_of(literal_prefix(glob)), true)?,
            whole => whole,
        };
        dirs.extend(dir);
    }
    Ok(dirs)
}

/// Goes down to a directory, which is made on the way if it may be; none where something else than a
/// directory is in the way.
fn walk(top: &Path, below: &str, may_make: bool) -> anyhow::Result<Option<PathBuf>> {
    let mut dir = top.to_owned();
    for part in Path::new(below).components() {
        let Component::Normal(name) = part else { return Ok(None) };
        dir.push(name);
        match dir.symlink_metadata() {
            Ok(found) if found.is_dir() => {}
            Err(error) if error.kind() == ErrorKind::NotFound && may_make => make(&dir)?,
            _ => return Ok(None),
        }
    }
    Ok(Some(dir))
}

/// The directories in which loose objects lie. Beside them Git keeps what it believes about objects.
fn loose_dirs(objects: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let dirs: Vec<PathBuf> = (0..=u8::MAX).map(|first| objects.join(format!("{first:02x}"))).collect();
    dirs.iter().try_for_each(|dir| make(dir))?;
    Ok(dirs)
}

/// What a commit in a loose worktree writes to, for agents that confine themselves.
pub(super) fn git_places(workspace: &Workspace, run: RunId, id: &TaskId) -> anyhow::Result<Vec<PathBuf>> {
    let common = workspace.repo.common_dir();
    let places = [common.join("worktrees").join(run.worktree_name(id)), common.join("objects")];
    places.iter().map(|place| real(place)).collect()
}

/// The directory of a path that may end in a file's name.
fn directory_of(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..slash])
}

/// The name of a directory that no link is part of, as a confined process wants it.
pub(in crate::engine) fn real(dir: &Path) -> anyhow::Result<PathBuf> {
    dir.canonicalize().with_context(|| format!("cannot read '{}'", dir.display()))
}

fn make(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot create '{}'", dir.display()))
}
