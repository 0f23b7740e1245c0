//! The branch that something lands on, and the one move it makes.
//!
//! The ref moves first, by compare-and-swap, and the files of a worktree that has the branch checked
//! out follow. Whoever is killed in between leaves files that are behind their branch; the reflog
//! tells whose doing that is, and the next merge brings them along.

use anyhow::Context as _;

use super::{Event, Fault, Workspace};
use crate::git::{Checkout, GitError, Head, Hindrance, RefEdit, Repo, checkouts, update_refs};
use crate::model::{Oid, nearest};

/// A branch that may be moved.
#[derive(Debug)]
pub(super) struct Target {
    /// The short name.
    pub(super) name: String,
    pub(super) tip: Oid,
    checkouts: Vec<Checkout>,
}

/// How the reflog entries of our moves begin.
const REASON: &str = "orca: ";

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

    /// Brings files along that a killed merge left behind.
    pub(super) fn catch_up(&self, workspace: &Workspace, emit: &mut dyn FnMut(Event)) -> anyhow::Result<()> {
        let last = workspace.repo.last_move(&self.full_name());
        let ours = last.filter(|last| last.to == self.tip && last.reason.starts_with(REASON));
        let Some(last) = ours.filter(|last| workspace.repo.has_object(last.from)) else { return Ok(()) };
        for checkout in &self.checkouts {
            if last.from != last.to
                && checkout.wait_for_index()
                && checkout.resume(&workspace.repo, last.from, last.to)?
            {
                let dir = checkout.dir.display();
                emit(Event::Recovered {
                    what: format!(
                        "'{}' had moved to {}; the files in {dir} followed",
                        self.name,
                        last.to.short()
                    ),
                });
            }
        }
        Ok(())
    }

    /// Refuses when the files of a worktree could not follow the branch, to `to` where it is known.
    pub(super) fn require_free(&self, repo: &Repo, to: Option<Oid>) -> anyhow::Result<()> {
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
    let mut edits = Vec::new();
    for &(target, commit) in moves {
        target.require_free(repo, Some(commit))?;
        edits.push(RefEdit { name: target.full_name(), old: Some(target.tip), new: Some(commit) });
    }
    // From where one is checked out, so that the log of that `HEAD` tells of it too.
    let checkout = moves.iter().find_map(|(target, _)| target.checkouts.first());
    let at = checkout.map(|checkout| Repo::discover(&checkout.dir)).transpose()?;
    match update_refs(at.as_ref().unwrap_or(repo), &edits, &format!("{REASON}{reason}")) {
        Err(error @ GitError::Moved { .. }) => {
            return Err(Fault::no(format!("{error}; {undone}")).hint("do it again").into());
        }
        other => other?,
    }
    for &(target, commit) in moves {
        for checkout in &target.checkouts {
            checkout.follow(target.tip, commit).with_context(|| {
                let dir = checkout.dir.display();
                format!("'{}' has moved, but its files in {dir} could not follow; do it again", target.name)
            })?;
        }
    }
    Ok(())
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
