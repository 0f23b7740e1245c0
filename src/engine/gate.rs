//! The project's own commands, run on exactly the tree that would land.
//!
//! Nothing that one tree's commands left behind may speak for another tree: each trial begins with the
//! files of its commit and no others, but for caches that the settings name.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;

use super::run::move_aside;
use super::{Event, Fault, Workspace};
use crate::agent::{Shell, shell};
use crate::git::{
    Files, NewWorktree, Presence, add_worktrees, clear_leftovers, presence, remove_worktree, reset_to,
};
use crate::model::{Ending, Fnv, Limits, Oid};

/// What the gate said about a tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub(super) passed: bool,
    /// Whether it said no at first, to the same tree.
    pub(super) flaky: bool,
    /// The end of what the failing command printed.
    pub(super) output: String,
}

/// A scratch worktree with the commands to run in it. Removed when it goes out of scope, unless it
/// is kept for the next wave.
pub(super) struct Gate<'a> {
    workspace: &'a Workspace,
    commands: &'a [String],
    dir: Option<PathBuf>,
    is_kept: bool,
}

/// Removes the worktree of kept gates at the end of a run: until then each wave finds the files and the
/// caches of the one before.
pub(super) struct KeptGate<'a>(pub(super) &'a Workspace);

/// The scratch worktree's name. One landing at a time holds the run lock, so one is enough.
const NAME: &str = "orca-gate";

impl<'a> Gate<'a> {
    pub(super) fn new(workspace: &'a Workspace, commands: &'a [String]) -> Self {
        Self { workspace, commands, dir: None, is_kept: false }
    }

    /// Leaves the worktree to the next gate, and the last one to a [`KeptGate`].
    pub(super) fn kept(mut self) -> Self {
        self.is_kept = true;
        self
    }

    /// Whether there is no command to run.
    pub(super) fn is_none(&self) -> bool {
        self.commands.is_empty()
    }

    /// As [`Gate::test`]; a tree that fails gets a second chance, for checks that are not
    /// deterministic.
    pub(super) fn test_twice(
        &mut self,
        commit: Oid,
        tasks: usize,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Verdict> {
        let first = self.test(commit, tasks, emit)?;
        if first.passed {
            return Ok(first);
        }
        let second = self.test(commit, tasks, emit)?;
        if second.passed {
            self.note_flaky();
        }
        Ok(Verdict { flaky: second.passed, ..second })
    }

    /// As [`Gate::test`]; a gate that is known to fail at random is believed the second time only.
    pub(super) fn try_on(
        &mut self,
        commit: Oid,
        tasks: usize,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Verdict> {
        match self.flaky_mark().is_file() {
            true => self.test_twice(commit, tasks, emit),
            false => self.test(commit, tasks, emit),
        }
    }

    /// Remembers, for other landings too, that the gate fails at random.
    pub(super) fn note_flaky(&self) {
        // Forgotten, it costs more runs and changes no verdict.
        let _ = remember(&self.flaky_mark());
    }

    /// Runs all commands on a commit; the first that fails ends it. A tree that passed before is
    /// not tested again.
    pub(super) fn test(
        &mut self,
        commit: Oid,
        tasks: usize,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Verdict> {
        if self.commands.is_empty() {
            return Ok(Verdict::pass());
        }
        let tree = self.workspace.repo.commit(commit)?.tree;
        let proof = self.proof(tree);
        for (place, command) in self.commands.iter().enumerate() {
            emit(Event::GateStarted { command: command.clone(), tasks });
            let started = Instant::now();
            let cached = proof.is_file();
            let verdict = if cached { Verdict::pass() } else { self.run(command, commit, place == 0)? };
            emit(Event::GateEnded {
                command: command.clone(),
                passed: verdict.passed,
                seconds: started.elapsed().as_secs_f64(),
                cached,
            });
            if !verdict.passed {
                return Ok(verdict);
            }
        }
        remember(&proof)?;
        Ok(Verdict::pass())
    }

    fn run(&mut self, command: &str, commit: Oid, is_first: bool) -> anyhow::Result<Verdict> {
        // What a command has built is there for the next one, which runs on the same files.
        let files = if is_first { Files::Fresh(&self.workspace.config.gate_keep) } else { Files::Clear };
        let dir = self.checked_out(commit, files)?;
        let log = self.workspace.repo.orca_dir().join("gate.log");
        let limits = Limits {
            timeout: self.workspace.config.gate_timeout,
            stall: self.workspace.config.gate_timeout,
            grace: std::time::Duration::from_secs(5),
        };
        let marker = gate_marker(self.workspace);
        let job = Shell { command, dir: &dir, env: &[], log: &log, marker: &marker, limits };
        let ended = shell(&job, &self.workspace.around.stop).context("cannot run the gate")?;
        match ended.ending {
            Ending::Interrupted => {
                Err(Fault::no("interrupted while the gate ran; nothing was merged").into())
            }
            ending => Ok(Verdict {
                passed: ending == Ending::Exited(0),
                flaky: false,
                output: format!("$ {command}\n{}\n({ending})", ended.tail),
            }),
        }
    }

    /// The scratch worktree, at this commit and clean.
    fn checked_out(&mut self, commit: Oid, files: Files<'_>) -> anyhow::Result<PathBuf> {
        let repo = &self.workspace.repo;
        if let Some(dir) = &self.dir {
            reset_to(repo, dir, commit, files).context("cannot prepare the gate's worktree")?;
            return Ok(dir.clone());
        }
        let dir = gate_dir(self.workspace)?;
        if self.is_kept
            && matches!(presence(repo, NAME, &dir), Presence::Sound(_))
            && reset_to(repo, &dir, commit, files).is_ok()
        {
            self.dir = Some(dir.clone());
            return Ok(dir);
        }
        clear_gate(self.workspace)?;
        // The log is the newest landing's; it is capped, and would be full one day.
        let _ = std::fs::remove_file(repo.orca_dir().join("gate.log"));
        let wanted = NewWorktree { name: NAME.to_owned(), dir: dir.clone(), branch_ref: None, commit };
        for added in add_worktrees(repo, &[wanted])? {
            added.context("cannot make the gate's worktree")?;
        }
        self.dir = Some(dir.clone());
        Ok(dir)
    }

    fn proof(&self, tree: Oid) -> PathBuf {
        self.workspace.repo.orca_dir().join("passed").join(format!("{tree}-{:016x}", self.key()))
    }

    fn flaky_mark(&self) -> PathBuf {
        self.workspace.repo.orca_dir().join("flaky").join(format!("{:016x}", self.key()))
    }

    /// Stands for the commands, and for what they find.
    fn key(&self) -> u64 {
        Fnv::of(self.commands.iter().chain(&self.workspace.config.gate_keep))
    }
}

impl Drop for Gate<'_> {
    fn drop(&mut self) {
        if self.dir.is_some() && !self.is_kept {
            remove(self.workspace);
        }
    }
}

impl Drop for KeptGate<'_> {
    fn drop(&mut self) {
        remove(self.0);
    }
}

fn remove(workspace: &Workspace) {
    // A worktree that stays is cleared by the next gate.
    let _ = remove_worktree(&workspace.repo, NAME);
    // The directory of all worktrees goes too, unless others are in it.
    let _ = workspace.worktree_root().map(std::fs::remove_dir);
}

/// What all processes of a gate carry in their environment.
pub(super) fn gate_marker(workspace: &Workspace) -> String {
    format!("gate:{}", workspace.repo.common_dir().display())
}

/// Where the gate's commands run.
pub(super) fn gate_dir(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    Ok(workspace.worktree_root()?.join(NAME))
}

/// Clears what a killed gate left: nobody's work. Files that are no worktree of ours are moved out of
/// the way, since nothing tells whose they are; what was only half made or half removed is ours.
pub(super) fn clear_gate(workspace: &Workspace) -> anyhow::Result<()> {
    clear_leftovers(&workspace.repo);
    clear_scratch(workspace, NAME)
}

/// Clears the place of a scratch worktree.
pub(super) fn clear_scratch(workspace: &Workspace, name: &str) -> anyhow::Result<()> {
    let dir = workspace.worktree_root()?.join(name);
    if let Presence::Broken(dir) = presence(&workspace.repo, name, &dir) {
        move_aside(&dir)?;
    }
    remove_worktree(&workspace.repo, name).with_context(|| format!("cannot clear the worktree '{name}'"))
}

impl Verdict {
    pub(super) fn pass() -> Self {
        Self { passed: true, flaky: false, output: String::new() }
    }

    /// Whether two failures are one, as far as words tell: the commands printed the same but for
    /// numbers, such as times. Commands that print nothing tell nothing.
    pub(super) fn fails_as(&self, other: &Self) -> bool {
        let words = |verdict: &Self| verdict.output.replace(|c: char| c.is_ascii_digit(), "");
        let says_something = self.output.lines().filter(|line| !line.trim().is_empty()).count() > 2;
        !self.passed && !other.passed && says_something && words(self) == words(other)
    }
}

fn remember(proof: &std::path::Path) -> anyhow::Result<()> {
    let write = || {
        std::fs::create_dir_all(proof.parent().unwrap_or(proof))?;
        std::fs::write(proof, b"")
    };
    write().with_context(|| format!("cannot write '{}'", proof.display()))
}
