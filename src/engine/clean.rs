//! Removes worktrees whose work is finished, and proves first that nothing goes with them.
//!
//! Content that no commit holds which stays is saved under `refs/orca/rescue/` before its worktree
//! goes. What cannot be saved keeps its worktree: another repository, an operation under way, a
//! process at work. So does an unfinished task, unless that is asked for. Ignored files are not
//! saved anywhere; they are counted.

mod judge;
mod spare;

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{RunState, Workspace};
use crate::git::{Registered, Snapshot, clear_leftovers, list, remove_worktree, rescue};
use crate::model::{Oid, RunId};
use crate::store::RunLock;
use judge::{Judge, Sentence};

/// What to clean.
#[derive(Debug, Clone, Default)]
pub struct CleanOptions {
    /// Only this run.
    pub run: Option<RunId>,
    /// Worktrees of unfinished and unknown tasks too.
    pub all: bool,
    /// Branches of merged and dropped tasks and of landed runs too, where something keeps their commits.
    pub branches: bool,
    pub dry_run: bool,
}

/// What was cleaned, or would be.
#[derive(Debug, Clone)]
pub struct Cleaning {
    pub dry_run: bool,
    pub worktrees: Vec<Swept>,
    /// Short names of branches, and why those stayed that did.
    pub branches: Vec<(String, Option<String>)>,
    /// Empty run directories.
    pub run_dirs: Vec<PathBuf>,
}

/// A worktree and what became of it.
#[derive(Debug, Clone)]
pub struct Swept {
    pub name: String,
    pub dir: PathBuf,
    pub fate: Fate,
}

/// What becomes of a worktree.
#[derive(Debug, Clone)]
pub enum Fate {
    Removed {
        /// What no other commit holds; none when everything is reachable.
        saved: Option<Saving>,
        /// Ignored files and directories that went with it.
        n_ignored: usize,
    },
    Kept {
        reason: String,
        /// The command that changes that.
        remedy: Option<String>,
    },
}

/// What had to be saved first.
#[derive(Debug, Clone)]
pub struct Saving {
    pub what: String,
    /// Where it is; empty when nothing was done yet.
    pub refs: Vec<String>,
}

/// Cleans, or says what it would do.
pub fn clean(workspace: &Workspace, options: &CleanOptions) -> anyhow::Result<Cleaning> {
    // A wrong call is refused before anything is touched.
    runs(workspace, options.run)?;
    // Held to the end, so that nobody begins to conduct meanwhile.
    let (_lock, conductor) = match options.dry_run {
        true => (None, RunLock::holder(&workspace.repo)?),
        false => match RunLock::take(&workspace.repo)? {
            Ok(mut lock) => {
                lock.keep_mark();
                (Some(lock), None)
            }
            Err(holder) => (None, Some(holder)),
        },
    };
    if !options.dry_run {
        clear_leftovers(&workspace.repo);
    }
    let runs = runs(workspace, options.run)?;
    let judge = Judge::new(workspace, &runs, options, conductor.clone())?;
    let mut cleaning = Cleaning {
        dry_run: options.dry_run,
        worktrees: Vec::new(),
        branches: Vec::new(),
        run_dirs: Vec::new(),
    };
    for worktree in list(&workspace.repo)? {
        if workspace.around.is_stopped() {
            return Ok(cleaning);
        }
        let Some(sentence) = judge.judge(&worktree) else { continue };
        let fate = carry_out(workspace, &worktree, sentence, options.dry_run);
        cleaning.worktrees.push(Swept { name: worktree.name, dir: worktree.dir, fate });
    }
    if options.branches {
        cleaning.branches = spare::branches(workspace, &runs, &cleaning.worktrees, options.dry_run)?;
    }
    if conductor.is_none() {
        cleaning.run_dirs = spare::run_dirs(workspace, &runs, options.dry_run);
    }
    if !options.dry_run {
        // Works only when the last worktree is gone.
        let _ = std::fs::remove_dir(workspace.worktree_root()?);
    }
    Ok(cleaning)
}

fn runs(workspace: &Workspace, only: Option<RunId>) -> anyhow::Result<Vec<RunState>> {
    match only {
        Some(run) => Ok(vec![workspace.require_run(Some(run))?]),
        None => super::all_runs(workspace),
    }
}

/// A failure keeps the worktree and is the reason; the next one gets its turn.
fn carry_out(workspace: &Workspace, worktree: &Registered, sentence: Sentence, dry_run: bool) -> Fate {
    let (saves, n_ignored) = match sentence {
        Sentence::Keep { reason, remedy } => return Fate::Kept { reason, remedy },
        Sentence::Remove { saves, n_ignored } => (saves, n_ignored),
    };
    let whats: BTreeSet<&str> = saves.iter().map(|save| save.what).collect();
    let what = whats.into_iter().collect::<Vec<_>>().join(", ");
    let mut saved = (!saves.is_empty()).then(|| Saving { what, refs: Vec::new() });
    if dry_run {
        return Fate::Removed { saved, n_ignored };
    }
    for save in &saves {
        match rescue(&workspace.repo, &worktree.name, &save.content, save.parent, workspace.now()) {
            Ok(rescued) => saved.iter_mut().for_each(|saved| saved.refs.push(rescued.reference.clone())),
            Err(error) => {
                return Fate::Kept { reason: format!("its content cannot be saved: {error}"), remedy: None };
            }
        }
    }
    match remove_worktree(&workspace.repo, &worktree.name) {
        Ok(()) => Fate::Removed { saved, n_ignored },
        Err(error) => Fate::Kept { reason: format!("it cannot be removed: {error}"), remedy: None },
    }
}

/// Content to be saved before its worktree goes.
#[derive(Debug)]
struct Save {
    what: &'static str,
    content: Snapshot,
    parent: Option<Oid>,
}
