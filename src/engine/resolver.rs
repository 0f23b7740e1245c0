//! The specialist who is asked about conflicts in text: two intents and the hunks, in a worktree of the
//! merge with its markers.
//!
//! The worktree holds the merge and not one of its sides, so that everything which merged cleanly is
//! there to be read and compiled against, and so that a place that was left out is seen: its markers
//! are still there. What an agent left that had ended when its orca died is taken over by the next.

mod brief;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

pub(super) use self::brief::Side;
use super::gate::clear_scratch;
use super::resolve::Question;
use super::run::{
    Player, confinement, empty_dir, is_about_the_worktree, last_words, logs, move_aside, player, real, role,
    scope_dirs,
};
use super::{Event, Fault, Workspace};
use crate::agent::{Attempt, Ended, noted_end, run, sweep};
use crate::compress::estimate_tokens;
use crate::git::{
    Head, NewCommit, NewWorktree, Presence, Snapshot, add_worktrees, presence, rescue, snapshot,
};
use crate::model::{Account, Ending, Oid, RepoPath, RunId, TaskId};
use crate::store::Hub;

/// The role, the directory of its prompt and logs, and the name under which its work is told.
pub(super) const ROLE: &str = "resolver";

/// The worktree's name. Who lands holds the run lock, so one is enough.
pub(super) const NAME: &str = "orca-resolver";

/// Among the logs, the commit whose conflicts were asked about.
const QUESTION: &str = "question";

/// What came of asking.
pub(super) struct Answer {
    /// The agent's name in the settings.
    pub(super) agent: String,
    pub(super) seconds: u64,
    pub(super) account: Account,
    /// What it left, or why that is no answer.
    pub(super) tree: Result<Oid, String>,
    /// Its last words.
    pub(super) said: Option<String>,
    left: Option<Snapshot>,
    /// The commit with the conflicts.
    start: Oid,
}

/// Who would be asked.
pub(super) fn name(workspace: &Workspace) -> anyhow::Result<String> {
    Ok(format!("the resolver ({})", player(workspace, ROLE)?.name))
}

/// Asks about the conflicts of a merge. The first of the sides is what has landed.
pub(super) fn ask(
    workspace: &Workspace,
    question: &Question,
    sides: &[Side<'_>; 2],
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Answer> {
    let player = player(workspace, ROLE)?;
    let parents = sides.each_ref().map(|side| side.tip);
    // The same question has the same commit, whenever it is asked.
    let start =
        NewCommit { tree: question.tree, parents: &parents, message: "Conflicts to resolve\n", time: 0 };
    let start = workspace.repo.write_commit(&start)?;
    let paths = question.paths();
    end_remains(workspace)?;
    emit(Event::Asking { branch: sides[1].name.to_owned(), paths: paths.clone() });
    let ended = match earlier_end(workspace, start, &player)? {
        Some(ended) => ended,
        None => {
            prepare(workspace, start)?;
            let told = brief::prompt(&workspace.repo, question, sides)?;
            work(workspace, &player, &paths, &told, emit)?
        }
    };
    let (ending, seconds, left_behind) = (ended.ending, ended.seconds, ended.left_behind);
    emit(Event::AgentEnded { task: task()?, ending, seconds, left_behind });
    if ending == Ending::Interrupted {
        return Err(Fault::no("interrupted while the resolver was at work; nothing was merged").into());
    }
    let left = left(workspace)?;
    Ok(Answer {
        agent: player.name,
        seconds: seconds as u64,
        tree: answered(&ended, left.as_ref()),
        said: last_words(&ended),
        account: ended.account,
        left,
        start,
    })
}

/// Keeps what an agent wrote whose answer is not taken; returns the ref, if there is anything.
pub(super) fn keep(workspace: &Workspace, answer: &Answer) -> anyhow::Result<Option<String>> {
    let asked = workspace.repo.commit(answer.start)?.tree;
    let Some(left) = answer.left.as_ref().filter(|left| left.tree != asked) else { return Ok(None) };
    Ok(Some(rescue(&workspace.repo, NAME, left, Some(answer.start), workspace.now())?.reference))
}

/// Ends what a dead orca's resolver left running.
pub(super) fn end_remains(workspace: &Workspace) -> anyhow::Result<()> {
    sweep(&marker(workspace), &[place(workspace)?, run_dir(workspace)]);
    Ok(())
}

/// Removes the worktree. What it was asked and answered there has landed or is kept.
pub(super) fn forget(workspace: &Workspace) -> anyhow::Result<()> {
    let _ = std::fs::remove_file(log_dir(workspace).join(QUESTION));
    clear_scratch(workspace, NAME)?;
    // The directory of all worktrees goes too, unless others are in it.
    let _ = std::fs::remove_dir(workspace.worktree_root()?);
    Ok(())
}

/// Whether this is where a resolver's prompt lies.
pub(super) fn is_run_dir(dir: &Path) -> bool {
    dir.file_name().is_some_and(|name| name == ROLE)
}

/// How the agent ended that was asked just this, if it did before its orca died.
fn earlier_end(workspace: &Workspace, start: Oid, player: &Player) -> anyhow::Result<Option<Ended>> {
    let log_dir = log_dir(workspace);
    let asked = std::fs::read_to_string(log_dir.join(QUESTION)).unwrap_or_default();
    let is_there = matches!(presence(&workspace.repo, NAME, &place(workspace)?), Presence::Sound(_));
    let ended = noted_end(&log_dir, 1, player.config.output);
    Ok(ended.filter(|_| is_there && asked == start.to_string()))
}

/// Makes the worktree. What another one held that nobody took over is kept.
fn prepare(workspace: &Workspace, start: Oid) -> anyhow::Result<()> {
    let asked = std::fs::read_to_string(log_dir(workspace).join(QUESTION)).ok();
    let asked =
        asked.and_then(|asked| Oid::parse(&asked).ok()).filter(|asked| workspace.repo.has_object(*asked));
    if let Some(found) = left(workspace)? {
        let untouched = asked.map(|asked| workspace.repo.commit(asked)).transpose()?.map(|asked| asked.tree);
        if untouched != Some(found.tree) {
            let parent = match found.head {
                Head::Branch(_, tip) | Head::Detached(tip) => Some(tip),
                Head::Unborn(_) => None,
            };
            rescue(&workspace.repo, NAME, &found, parent, workspace.now())?;
        }
    }
    clear_scratch(workspace, NAME)?;
    for dir in [run_dir(workspace), log_dir(workspace)] {
        empty_dir(&dir)?;
    }
    let dir = place(workspace)?;
    let wanted = NewWorktree { name: NAME.to_owned(), dir, branch_ref: None, commit: start };
    for added in add_worktrees(&workspace.repo, &[wanted])? {
        added.context("cannot make the resolver's worktree")?;
    }
    let file = log_dir(workspace).join(QUESTION);
    std::fs::write(&file, start.to_string()).with_context(|| format!("cannot write '{}'", file.display()))
}

/// Starts the agent and waits for its end.
fn work(
    workspace: &Workspace,
    player: &Player,
    paths: &[RepoPath],
    told: &str,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Ended> {
    let (worktree, run_dir) = (place(workspace)?, run_dir(workspace));
    // Globs, for which a path may be no more than itself.
    let glob = |path: &RepoPath| path.to_text().replace(['[', ']', '{', '}', '*'], "?");
    let scope: Vec<String> = paths.iter().map(glob).collect();
    let role = role(workspace, ROLE)?;
    let prompt =
        if player.config.knows_role { told.to_owned() } else { format!("{}\n\n{told}", role.body.trim()) };
    let lane = || Ok([vec![real(&run_dir)?], scope_dirs(&scope, &worktree)?].concat());
    let attempt = Attempt {
        run: newest_run(workspace)?,
        task: task()?,
        number: 1,
        model: player.model.clone(),
        worktree: worktree.clone(),
        run_dir: run_dir.clone(),
        log_dir: log_dir(workspace),
        marker: marker(workspace),
        prompt,
        role,
        scope: scope.clone(),
        binary: workspace.around.binary.clone(),
        git_dirs: Vec::new(),
        port: None,
        session: None,
        confine: confinement(workspace, &player.config, lane)?,
    };
    let (agent, prompt_tokens) = (player.name.clone(), estimate_tokens(&attempt.prompt));
    emit(Event::AgentStarted { task: task()?, agent, attempt: 1, prompt_tokens });
    let mut say = |line: String| {
        if let Ok(task) = task() {
            emit(Event::AgentSaid { task, line });
        }
    };
    Ok(run(&player.launch(&attempt), &workspace.around.stop, &mut say)?)
}

/// What lies in the worktree; none where there is none. One that cannot be read is moved aside.
fn left(workspace: &Workspace) -> anyhow::Result<Option<Snapshot>> {
    let Presence::Sound(dir) = presence(&workspace.repo, NAME, &place(workspace)?) else { return Ok(None) };
    match snapshot(&workspace.repo, &dir) {
        Err(error) if is_about_the_worktree(&error) => move_aside(&dir).map(|_| None),
        found => Ok(Some(found?)),
    }
}

/// The tree that an agent left, or why it is no answer.
fn answered(ended: &Ended, left: Option<&Snapshot>) -> Result<Oid, String> {
    if let Some(trouble) = &ended.account.trouble {
        return Err(format!("the resolver {trouble}"));
    }
    if ended.ending != Ending::Exited(0) {
        return Err(format!("the resolver {}", ended.ending));
    }
    match left {
        None => Err("the resolver left a worktree that cannot be read".to_owned()),
        Some(left) => match left.skipped.first() {
            Some((path, why)) => Err(format!("the resolver left {path}, which cannot be merged: {why}")),
            None => Ok(left.tree),
        },
    }
}

/// The name under which the resolver's work is told.
fn task() -> anyhow::Result<TaskId> {
    Ok(TaskId::new(ROLE)?)
}

fn place(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    Ok(workspace.worktree_root()?.join(NAME))
}

fn run_dir(workspace: &Workspace) -> PathBuf {
    workspace.repo.orca_dir().join("run").join(ROLE)
}

/// Where orca keeps what it saw of the agent, which may not write there.
fn log_dir(workspace: &Workspace) -> PathBuf {
    logs(workspace).join(ROLE)
}

/// What all processes of the agent carry in their environment.
fn marker(workspace: &Workspace) -> String {
    format!("{}:{ROLE}", workspace.repo.common_dir().display())
}

/// The run at work, as far as there is one: branches can be merged outside of any.
fn newest_run(workspace: &Workspace) -> anyhow::Result<RunId> {
    let Some(hub) = Hub::open(&workspace.repo)? else { return Ok(RunId::FIRST) };
    Ok(hub.read()?.runs()?.last().map_or(RunId::FIRST, |run| run.id))
}
