//! Makes worktrees out of others whose work is finished and kept: files that are the same stay, and
//! so does what is ignored, such as a build cache.
//!
//! A worktree stays in its directory, because caches are full of absolute paths; only its
//! registration is another one. It is taken by one rename of the old registration into a scratch
//! directory: of several that try, one has it, and Git does not see it until the new one is in its
//! place. That nothing there is its own is proved only then. The `.git` file tells how far a dead
//! owner came: while it leads to the old registration, no file was touched, and the registration is
//! put back; afterwards all files were in a commit, and they are removed.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::add::{Failure, Site, check_name, draft_registration, make_branches, register};
use super::leftover::{clear_files, clear_leftovers};
use super::shadow::git_in;
use super::snapshot::{Tracked, changes, copy_index, inner_repositories, tracked};
use super::unseen::{strayed, under_way};
use super::{
    LONGEST_LINE, NewWorktree, WorktreeError, admin_dir, head, leads_to, line_with, lock_reason,
    registered_dir, write,
};
use crate::git::scratch::Scratch;
use crate::git::{GitError, Head, Repo, read_plain};
use crate::model::Oid;

/// How the names of registrations begin that were taken into a scratch directory.
const TAKEN: &str = "spare-";

/// A worktree that nobody needs any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spare {
    pub name: String,
    /// What is checked out there, which is kept elsewhere.
    pub commit: Oid,
}

/// Turns spare worktrees into new ones, each in the directory of its spare. Answers for each whether
/// that was done; a spare that holds anything of its own, is locked or in use by Git is left alone.
pub fn reuse_worktrees(repo: &Repo, wanted: &[(Spare, NewWorktree)]) -> Result<Vec<bool>, GitError> {
    clear_leftovers(repo);
    let scratch = Scratch::new(&repo.orca_dir())?;
    let site = Site { common_dir: repo.common_dir(), has_reftable: repo.has_reftable(), scratch: &scratch };
    let idle: Vec<bool> = wanted.iter().map(|(spare, _)| is_idle(repo, spare)).collect();
    let news: Vec<NewWorktree> = wanted.iter().map(|(_, new)| new.clone()).collect();
    let branches = make_branches(repo, &news)?;
    let made: Vec<_> = (wanted.par_iter().zip(idle).zip(branches))
        .enumerate()
        .map(|(place, (((spare, new), idle), branch))| {
            let branch = branch?;
            let not_made = || Failure::from((WorktreeError::NotRegistered(new.dir.clone()).into(), branch));
            match idle.then(|| site.reuse(place, spare, new)) {
                Some(Ok(true)) => Ok(()),
                Some(Err(error)) => Err(Failure::from((error, branch))),
                Some(Ok(false)) | None => Err(not_made()),
            }
        })
        .collect();
    // Whoever asked makes a new one where this did not work, and hears the error of that.
    let answer = |(made, new): (Result<(), Failure>, &NewWorktree)| {
        made.map_err(|failure| failure.undo(repo, new)).is_ok()
    };
    Ok(made.into_iter().zip(&news).map(answer).collect())
}

/// Whether the worktree is on a branch at its commit, and nothing but its files would go with it.
fn is_idle(repo: &Repo, spare: &Spare) -> bool {
    let admin = admin_dir(repo.common_dir(), &spare.name);
    let on_branch = matches!(head(repo, &admin), Ok(Head::Branch(_, tip)) if tip == spare.commit);
    on_branch
        && lock_reason(&admin).is_none()
        && under_way(repo, &admin).is_none()
        && strayed(repo, &spare.name).is_empty()
}

impl Site<'_> {
    /// False when the spare is not fit, or another process has it.
    fn reuse(&self, place: usize, spare: &Spare, new: &NewWorktree) -> Result<bool, GitError> {
        check_name(&spare.name)?;
        check_name(&new.name)?;
        let (old, admin) = (admin_dir(self.common_dir, &spare.name), admin_dir(self.common_dir, &new.name));
        let Some(dir) = own_dir(&old).filter(|_| !admin.exists()) else { return Ok(false) };
        let held = self.scratch.dir().join(format!("{TAKEN}{}", spare.name));
        if std::fs::rename(&old, &held).is_err() {
            return Ok(false);
        }
        let draft = self.scratch.dir().join(place.to_string());
        let shadow = self.scratch.dir().join(format!("{place}-shadow"));
        let prepared = self.is_clean(&shadow, &held, &dir, spare.commit).and_then(|is_clean| {
            let new = NewWorktree { dir: dir.clone(), ..new.clone() };
            if is_clean { self.draft(&draft, &held, &new).map(|()| true) } else { Ok(false) }
        });
        if !matches!(prepared, Ok(true)) {
            give_back(&held, &old)?;
            return prepared;
        }
        let made = self.turn(&draft, &dir, &admin, new);
        if made.is_err() {
            clear_files(&dir, &admin);
        }
        made.map(|()| true)
    }

    /// Whether the files are those of the commit, with nothing beside them that is not ignored.
    fn is_clean(&self, shadow: &Path, held: &Path, dir: &Path, commit: Oid) -> Result<bool, GitError> {
        std::fs::create_dir(shadow).map_err(GitError::io("cannot create", shadow))?;
        write(&shadow.join("HEAD"), format!("{commit}\n"))?;
        let index = shadow.join("index");
        copy_index(&held.join("index"), &index).map_err(GitError::io("cannot copy", &index))?;
        let git = git_in(shadow, self.common_dir, dir);
        let tracked = tracked(&git)?;
        // Flags make Git overlook files, and what a sparse checkout left out would be missing.
        let is_plain = tracked.iter().all(Tracked::is_plain);
        Ok(is_plain && changes(&git)?.is_nothing() && inner_repositories(dir, &tracked, &[]).is_empty())
    }

    /// A registration for the same directory that knows what is checked out there.
    fn draft(&self, draft: &Path, held: &Path, new: &NewWorktree) -> Result<(), GitError> {
        draft_registration(draft, &new.dir, new)?;
        if self.has_reftable {
            self.draft_head(draft, &new.dir, new)?;
        }
        let index = draft.join("index");
        copy_index(&held.join("index"), &index).map_err(GitError::io("cannot copy", &index))
    }

    /// From here on the files belong to the new worktree or go.
    fn turn(&self, draft: &Path, dir: &Path, admin: &Path, new: &NewWorktree) -> Result<(), GitError> {
        let (pointer, next) = (dir.join(".git"), dir.join(".git.orca-next"));
        // A link that an agent left there would be written through.
        let _ = std::fs::remove_file(&next);
        write(&next, line_with("gitdir: ", admin))?;
        std::fs::rename(&next, &pointer).map_err(GitError::io("cannot write", &pointer))?;
        self.populate(draft, dir, new.commit)?;
        // What the old commit ignored need not be ignored by the new one.
        let git = git_in(draft, self.common_dir, dir);
        git.run_holding(&["clean", "-f", "-d", "-q"], self.scratch.leash()?)?;
        register(draft, admin, &new.name)
    }
}

/// Puts a registration back: nobody else makes worktrees of that name.
fn give_back(held: &Path, old: &Path) -> Result<(), GitError> {
    // Git removes the directory of all registrations with the last one.
    let all = old.parent().unwrap_or(old);
    std::fs::create_dir_all(all).map_err(GitError::io("cannot create", all))?;
    std::fs::rename(held, old).map_err(GitError::io("cannot give back", old))
}

/// Puts back what a dead owner took and did not come to use. Fails when one of them cannot be put
/// back, so that it is kept.
pub(super) fn give_back_untouched(common_dir: &Path, scratch: &Path) -> Result<(), GitError> {
    let Ok(entries) = std::fs::read_dir(scratch) else { return Ok(()) };
    for held in entries.flatten().map(|entry| entry.path()) {
        let name = held.file_name().and_then(|name| name.to_str()?.strip_prefix(TAKEN));
        let Some(old) = name.map(|name| admin_dir(common_dir, name)) else { continue };
        if registered_dir(&held).is_some_and(|dir| leads_to(&dir, &old)) {
            give_back(&held, &old)?;
        }
    }
    Ok(())
}

/// The directory of a registration that leads there and back; an absolute path, which still means
/// the same when the registration is elsewhere.
fn own_dir(admin: &Path) -> Option<PathBuf> {
    let pointer = super::path_in(&read_plain(&admin.join("gitdir"), LONGEST_LINE).ok()?);
    let dir = registered_dir(admin).filter(|_| pointer.is_absolute())?;
    leads_to(&dir, admin).then_some(dir)
}
