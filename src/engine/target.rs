//! The branch that something lands on, and the one move it makes.
//!
//! The ref moves first, by compare-and-swap, and the files of a worktree that has the branch checked
//! out follow. Whoever is killed in between leaves files that are behind their branch, and a note that
//! this is no doing of the user; by it the next merge brings them along.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;

use super::{Event, Fault, Workspace};
use crate::git::{
    Checkout, GitError, Head, Hindrance, Move, RefEdit, Repo, checkouts, noted_moves, update_refs,
};
use crate::model::{Oid, nearest};
use crate::store::Lock;

/// A branch that may be moved.
#[derive(Debug)]
pub(super) struct Target {
    /// The short name.
    pub(super) name: String,
    pub(super) tip: Oid,
    checkouts: Vec<Checkout>,
}

impl Target {
    /// The named branch, or the one that is checked out.
    pub(super) fn find(workspace: &Workspace, into: Option<&str>) -> anyhow::Result<Self> {
        let repo = &workspace.repo;
        let name = match into {
            Some(into) => into.strip_prefix("refs/heads/").unwrap_or(into).to_owned(),
            None => checked_out(repo)?,
        };
        let full = format!("refs/heads/{name}");
        let tip = repo.ref_oid(&full)?.ok_or_else(|| missing(repo, &name))?;
        // Of a symbolic ref it is the branch behind it that moves, and that may be checked out.
        let full = repo.resolved_name(&full)?;
        let name = full.strip_prefix("refs/heads/").map_or(name, str::to_owned);
        let checkouts = checkouts(repo, &full).context("cannot look for worktrees of the target")?;
        Ok(Self { name, tip, checkouts })
    }

    fn full_name(&self) -> String {
        format!("refs/heads/{}", self.name)
    }

    /// Brings files along that a killed merge left behind, or one whose files could not follow.
    pub(super) fn catch_up(&self, workspace: &Workspace, emit: &mut dyn FnMut(Event)) -> anyhow::Result<()> {
        let repo = &workspace.repo;
        let _lock = lock(repo)?;
        let branch = self.full_name();
        let Some(moved) = noted_moves(repo).into_iter().find(|moved| moved.branch == branch) else {
            return Ok(());
        };
        for checkout in &self.checkouts {
            if !checkout.is_behind(repo, &moved)? {
                continue;
            }
            if let Some(hindrance) = checkout.resume(repo, &moved)? {
                return Err(self.left_behind(checkout, &moved, &hindrance).into());
            }
            let dir = checkout.dir.display();
            emit(Event::Recovered {
                what: format!(
                    "'{}' had moved to {}; the files in {dir} followed",
                    self.name,
                    moved.to.short()
                ),
            });
        }
        moved.forget(repo);
        Ok(())
    }

    fn left_behind(&self, checkout: &Checkout, moved: &Move, hindrance: &Hindrance) -> Fault {
        let (dir, from, to) = (checkout.dir.display(), moved.from, moved.to.short());
        Fault::no(format!(
            "'{}' has moved to {to}, its files in {dir} are still at {}, and {hindrance}",
            self.name,
            from.short()
        ))
        .hint(format!("git -C '{dir}' diff {} shows what is there that is not committed", from.short()))
        .hint(format!("git -C '{dir}' reset --hard, once nothing of that is needed"))
    }

    /// Refuses when the files of a worktree could not follow the branch, wherever it goes.
    pub(super) fn require_free(&self, repo: &Repo) -> anyhow::Result<()> {
        let _lock = lock(repo)?;
        self.require_free_for(repo, None)
    }

    fn require_free_for(&self, repo: &Repo, to: Option<Oid>) -> anyhow::Result<()> {
        match self.hindrance(repo, to)? {
            None => Ok(()),
            Some((checkout, hindrance)) => Err(self.refusal(checkout, &hindrance).into()),
        }
    }

    /// Why the branch cannot be moved, in words; none when it can.
    pub(super) fn why_not_free(&self, repo: &Repo) -> anyhow::Result<Option<String>> {
        let found = self.hindrance(repo, None)?;
        Ok(found.map(|(checkout, hindrance)| self.refusal(checkout, &hindrance).message))
    }

    fn hindrance(&self, repo: &Repo, to: Option<Oid>) -> anyhow::Result<Option<(&Checkout, Hindrance)>> {
        for checkout in &self.checkouts {
            if let Some(hindrance) = checkout.hindrance(repo, self.tip, to)? {
                return Ok(Some((checkout, hindrance)));
            }
        }
        Ok(None)
    }

    fn refusal(&self, checkout: &Checkout, hindrance: &Hindrance) -> Fault {
        let dir = checkout.dir.display();
        let fault = Fault::no(format!("'{}' is checked out in {dir}, and {hindrance}", self.name));
        match hindrance {
            Hindrance::Changed(_) => fault
                .hint(format!("git -C '{dir}' stash, or commit them"))
                .hint("or land somewhere else with --into <branch>"),
            Hindrance::InTheWay(_) => fault.hint(format!("move them away from '{dir}'")),
            Hindrance::Busy(_) => fault.hint(format!("git -C '{dir}' status tells how to end it")),
            Hindrance::Locked(_) => {
                fault.hint("wait for the git that works there; if none does, remove the file")
            }
            Hindrance::Absent => fault.hint("git worktree unlock, then git worktree prune"),
            Hindrance::Refused(_) => fault.hint(format!("git -C '{dir}' status")),
        }
    }

    /// Refuses when the branch is no longer where it was seen. Its files need not tell.
    fn require_seen(&self, repo: &Repo, undone: &str) -> anyhow::Result<()> {
        let (name, found) = (self.full_name(), repo.ref_oid(&self.full_name())?);
        if found == Some(self.tip) {
            return Ok(());
        }
        let error = GitError::Moved { name, expected: Some(self.tip), found };
        Err(Elsewhere(format!("{error}; {undone}")).into())
    }

    fn follow(&self, moved: &Move) -> anyhow::Result<()> {
        for checkout in &self.checkouts {
            checkout.follow(moved.from, moved.to).with_context(|| {
                let dir = checkout.dir.display();
                format!("'{}' has moved, but its files in {dir} could not follow; do it again", self.name)
            })?;
        }
        Ok(())
    }

    /// Moves the branch, if it still is where it was seen, and then the files that are on it.
    pub(super) fn move_to(&self, repo: &Repo, commit: Oid, reason: &str) -> anyhow::Result<()> {
        move_all(repo, &[(self, commit)], reason, "nothing was merged")
    }
}

/// Moves branches, all of them if they still are where they were seen or none, and then the files
/// that are on them. `undone` says what did not happen otherwise.
pub(super) fn move_all(
    repo: &Repo,
    moves: &[(&Target, Oid)],
    reason: &str,
    undone: &str,
) -> anyhow::Result<()> {
    let _lock = lock(repo)?;
    let mut edits = Vec::new();
    let mut noted = Vec::new();
    for &(target, commit) in moves {
        target.require_seen(repo, undone)?;
        target.require_free_for(repo, Some(commit))?;
        edits.push(RefEdit { name: target.full_name(), old: Some(target.tip), new: Some(commit) });
        noted.push(Move { branch: target.full_name(), from: target.tip, to: commit });
    }
    for (moved, (target, _)) in noted.iter().zip(moves) {
        if !target.checkouts.is_empty() {
            moved.note(repo)?;
        }
    }
    // From where one is checked out, so that the log of that `HEAD` tells of it too.
    let checkout = moves.iter().find_map(|(target, _)| target.checkouts.first());
    let at = checkout.map(Checkout::repo).transpose()?.flatten();
    match update_refs(at.as_ref().unwrap_or(repo), &edits, &format!("orca: {reason}")) {
        Err(error @ GitError::Moved { .. }) => {
            noted.iter().for_each(|moved| moved.forget(repo));
            return Err(Elsewhere(format!("{error}; {undone}")).into());
        }
        other => other?,
    }
    for (moved, (target, _)) in noted.iter().zip(moves) {
        target.follow(moved)?;
        moved.forget(repo);
    }
    Ok(())
}

/// A branch was moved by somebody else since it was looked at.
#[derive(Debug)]
struct Elsewhere(String);

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Elsewhere {}

/// How often something is done again because its branch has moved meanwhile.
const TRIES: usize = 32;

/// Does what ends with a move of branches, again and again while others are faster.
pub(super) fn persist<T>(mut attempt: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    for _ in 1..TRIES {
        match attempt() {
            Err(error) if error.is::<Elsewhere>() => {}
            other => return other,
        }
    }
    attempt().map_err(|error| match error.downcast::<Elsewhere>() {
        Ok(elsewhere) => Fault::no(elsewhere.0).hint("do it again").into(),
        Err(error) => error,
    })
}

/// Held while branches and their files move, so that no other orca takes files that are about to follow
/// for changes of the user's.
fn lock(repo: &Repo) -> anyhow::Result<Lock> {
    const PATIENCE: Duration = Duration::from_secs(60);
    Ok(Lock::take(&repo.orca_dir().join("moves.lock"), PATIENCE)?)
}

/// The short name of the branch that the user is on.
fn checked_out(repo: &Repo) -> anyhow::Result<String> {
    let hint = "name the branch to land on with --into <branch>";
    match repo.head()? {
        Head::Branch(name, _) => Ok(name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned()),
        Head::Detached(tip) => {
            let message = format!("no branch is checked out: HEAD is at {}", tip.short());
            Err(Fault::usage(message).hint(hint).into())
        }
        Head::Unborn(name) => {
            let name = name.strip_prefix("refs/heads/").unwrap_or(&name);
            Err(Fault::usage(format!("the branch '{name}' has no commit yet to land on")).hint(hint).into())
        }
    }
}

fn missing(repo: &Repo, name: &str) -> anyhow::Error {
    let fault = Fault::usage(format!("there is no local branch '{name}' to land on"));
    if repo.resolve_commit(name).is_ok() {
        return fault.hint(format!("git branch <name> {name}")).into();
    }
    let Ok(branches) = repo.refs_under("refs/heads/") else { return fault.into() };
    let names = branches.keys().filter_map(|full| full.strip_prefix("refs/heads/"));
    match nearest(name, names) {
        Some(near) => fault.hint(format!("did you mean '{near}'?")).into(),
        None => fault.hint(format!("git branch {name} <start>")).into(),
    }
}
