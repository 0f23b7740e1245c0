//! Makes worktrees, many at once.
//!
//! The registration directory is built in a scratch directory, the files are checked out through
//! it, and only then it is renamed into place. Until that moment Git sees nothing, so neither a
//! failure nor a kill leaves a half-made worktree registered. Worktrees of one commit are filled
//! together, in process, as far as files are nothing but their blobs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::leftover::{clear_files, clear_for_another_try, clear_leftovers};
use super::shadow::git_in;
use super::{Registered, WorktreeError, admin_dir, head, line_with, list, spread, write};
use crate::git::scratch::Scratch;
use crate::git::{GitError, Head, RefEdit, Repo, update_refs};
use crate::model::Oid;

/// How often the directory of all registrations may vanish under us: Git removes it with the last.
const RENAME_ATTEMPTS: usize = 16;

/// A worktree to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorktree {
    pub name: String,
    /// Must not exist yet, or be empty.
    pub dir: PathBuf,
    /// The full name of its branch, which is made at `commit` or stands there already; none makes
    /// a detached worktree.
    pub branch_ref: Option<String>,
    pub commit: Oid,
}

/// Makes all the worktrees it can, and answers for each; one that fails leaves nothing behind.
///
/// Runs no hook and writes no configuration: a branch gets no upstream. First it clears what killed
/// processes left.
pub fn add_worktrees(repo: &Repo, wanted: &[NewWorktree]) -> Result<Vec<Result<(), GitError>>, GitError> {
    clear_leftovers(repo);
    let scratch = Scratch::new(&repo.orca_dir())?;
    let site = Site { common_dir: repo.common_dir(), has_reftable: repo.has_reftable(), scratch: &scratch };
    let branches = make_branches(repo, wanted)?;
    let begun: Vec<Result<Begun, Failure>> = wanted
        .par_iter()
        .zip(branches)
        .enumerate()
        .map(|(place, (new, branch))| {
            let branch = branch?;
            site.begin(place, new, branch).map_err(|error| Failure::from((error, branch)))
        })
        .collect();
    let mut filled = site.fill(repo, &begun.iter().flatten().collect::<Vec<_>>()).into_iter();
    let mut end = |begun: Begun| {
        let filled = filled.next().unwrap_or(Ok(()));
        site.finish(&begun, filled).map_err(|error| Failure::from((error, begun.branch)))
    };
    let made = |(begun, new): (Result<Begun, Failure>, &NewWorktree)| {
        begun.and_then(&mut end).map_err(|failure| failure.undo(repo, new))
    };
    Ok(begun.into_iter().zip(wanted).map(made).collect())
}

/// What became of the branch of a worktree before its files were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Branch {
    Made,
    Existed,
}

/// A worktree that was not made.
pub(super) struct Failure {
    error: GitError,
    /// Whether its branch was made for it and has to go.
    branch_made: bool,
}

impl From<(GitError, Branch)> for Failure {
    fn from((error, branch): (GitError, Branch)) -> Self {
        Self { error, branch_made: branch == Branch::Made }
    }
}

impl Failure {
    pub(super) fn undo(self, repo: &Repo, new: &NewWorktree) -> GitError {
        if self.branch_made {
            let edits: Vec<_> = creation(new).map(RefEdit::reversed).into_iter().collect();
            // Should it have moved meanwhile, then somebody uses it and it stays.
            let _ = update_refs(repo, &edits, "orca: worktree not made");
        }
        self.error
    }
}

/// Creates the branches that are missing, in one transaction where that works.
pub(super) fn make_branches(
    repo: &Repo,
    wanted: &[NewWorktree],
) -> Result<Vec<Result<Branch, Failure>>, GitError> {
    let mut in_use = branches_in_use(repo)?;
    let mut found = Vec::new();
    for new in wanted {
        let state = match &new.branch_ref {
            None => Ok(Branch::Existed),
            Some(branch) => match in_use.insert(branch.clone(), new.dir.clone()) {
                Some(dir) => Err(WorktreeError::BranchInUse { branch: branch.clone(), dir }.into()),
                None => branch_state(repo, branch, new.commit),
            },
        };
        found.push(state.map_err(|error| Failure { error, branch_made: false }));
    }
    let missing = |(new, state): (&NewWorktree, &Result<Branch, Failure>)| {
        creation(new).filter(|_| matches!(state, Ok(Branch::Made)))
    };
    let edits: Vec<_> = wanted.iter().zip(&found).filter_map(missing).collect();
    if edits.is_empty() || update_refs(repo, &edits, "orca: worktree").is_ok() {
        return Ok(found);
    }
    for (new, state) in wanted.iter().zip(&mut found) {
        if matches!(state, Ok(Branch::Made)) {
            *state = make_branch(repo, new).map_err(|error| Failure { error, branch_made: false });
        }
    }
    Ok(found)
}

/// Says whether the branch has to be made; one that stands elsewhere is an error.
fn branch_state(repo: &Repo, branch: &str, commit: Oid) -> Result<Branch, GitError> {
    match repo.ref_oid(branch)? {
        None => Ok(Branch::Made),
        Some(tip) if tip == commit => Ok(Branch::Existed),
        found => Err(GitError::Moved { name: branch.to_owned(), expected: Some(commit), found }),
    }
}

fn make_branch(repo: &Repo, new: &NewWorktree) -> Result<Branch, GitError> {
    match update_refs(repo, creation(new).as_slice(), "orca: worktree") {
        Ok(()) => Ok(Branch::Made),
        Err(GitError::Moved { found, .. }) if found == Some(new.commit) => Ok(Branch::Existed),
        Err(error) => Err(error),
    }
}

fn creation(new: &NewWorktree) -> Option<RefEdit> {
    Some(RefEdit { name: new.branch_ref.clone()?, old: None, new: Some(new.commit) })
}

/// The branches that are checked out, the main worktree's included if there is one, and where.
pub(super) fn branches_in_use(repo: &Repo) -> Result<BTreeMap<String, PathBuf>, GitError> {
    let of_linked = |found: Registered| Some((found.branch?, found.dir));
    let mut in_use: BTreeMap<_, _> = list(repo)?.into_iter().filter_map(of_linked).collect();
    if repo.config("core.bare").as_deref() == Some("true") {
        return Ok(in_use);
    }
    if let Head::Branch(branch, _) | Head::Unborn(branch) = head(repo, repo.common_dir())? {
        in_use.insert(branch, repo.main_work_dir().unwrap_or_else(|| repo.common_dir().to_owned()));
    }
    Ok(in_use)
}

/// The places that all worktrees of one call share.
pub(super) struct Site<'a> {
    pub(super) common_dir: &'a Path,
    pub(super) has_reftable: bool,
    pub(super) scratch: &'a Scratch,
}

/// A worktree that Git does not see yet: its directory is claimed, its registration is drafted.
struct Begun {
    name: String,
    commit: Oid,
    branch: Branch,
    draft: PathBuf,
    dir: PathBuf,
    admin: PathBuf,
}

impl Site<'_> {
    fn begin(&self, place: usize, new: &NewWorktree, branch: Branch) -> Result<Begun, GitError> {
        check_name(&new.name)?;
        let admin = admin_dir(self.common_dir, &new.name);
        if admin.exists() {
            return Err(WorktreeError::NameTaken(new.name.clone()).into());
        }
        let dir = resolve(&new.dir)?;
        let draft = self.scratch.dir().join(place.to_string());
        draft_registration(&draft, &dir, new)?;
        if self.has_reftable {
            self.draft_head(&draft, &dir, new)?;
        }
        claim(&dir, &admin)?;
        Ok(Begun { name: new.name.clone(), commit: new.commit, branch, draft, dir, admin })
    }

    /// Checks out the files of all, those of one commit together; answers for each.
    fn fill(&self, repo: &Repo, begun: &[&Begun]) -> Vec<Result<(), GitError>> {
        let mut by_commit: BTreeMap<Oid, Vec<usize>> = BTreeMap::new();
        for (number, begun) in begun.iter().enumerate() {
            by_commit.entry(begun.commit).or_default().push(number);
        }
        let mut filled: BTreeSet<usize> = BTreeSet::new();
        for (commit, members) in &by_commit {
            for some in members.chunks(spread::MOST) {
                let place = |&number: &usize| spread::Place::of(&begun[number].draft, &begun[number].dir);
                let places: Vec<_> = some.iter().map(place).collect();
                // Where it fails Git begins anew, and says what is wrong in its own words.
                if self.spread(repo, *commit, &places).unwrap_or(false) {
                    filled.extend(some);
                }
            }
        }
        let by_git = |(number, begun): (usize, &&Begun)| {
            if filled.contains(&number) {
                return Ok(());
            }
            clear_for_another_try(&begun.dir)?;
            let _ = std::fs::remove_file(begun.draft.join("index"));
            self.populate(&begun.draft, &begun.dir, begun.commit)
        };
        begun.par_iter().enumerate().map(by_git).collect()
    }

    fn finish(&self, begun: &Begun, filled: Result<(), GitError>) -> Result<(), GitError> {
        let made = filled.and_then(|()| register(&begun.draft, &begun.admin, &begun.name));
        if made.is_err() {
            clear_files(&begun.dir, &begun.admin);
        }
        made
    }

    /// In a repository with a reftable every worktree has a table of its own for its `HEAD`, and the
    /// files are there to tell an older Git that it cannot read it.
    pub(super) fn draft_head(&self, draft: &Path, dir: &Path, new: &NewWorktree) -> Result<(), GitError> {
        for place in ["reftable", "refs"] {
            let place = draft.join(place);
            std::fs::create_dir(&place).map_err(GitError::io("cannot create", &place))?;
        }
        write(&draft.join("reftable/tables.list"), "")?;
        write(&draft.join("refs/heads"), "this repository uses the reftable format\n")?;
        write(&draft.join("HEAD"), "ref: refs/heads/.invalid\n")?;
        let git = git_in(draft, self.common_dir, dir.parent().unwrap_or(dir));
        match &new.branch_ref {
            Some(branch) => git.run(&["symbolic-ref", "HEAD", branch])?,
            None => git.run(&["update-ref", "--no-deref", "HEAD", &new.commit.to_string()])?,
        };
        Ok(())
    }

    pub(super) fn populate(&self, draft: &Path, dir: &Path, commit: Oid) -> Result<(), GitError> {
        let git = git_in(draft, self.common_dir, dir);
        let args = ["read-tree", "--reset", "-u", &commit.to_string()];
        git.run_holding(&args, self.scratch.leash()?).map(drop)
    }
}

/// Git itself makes names of whatever the directory is called; ours have to be plain.
pub(super) fn check_name(name: &str) -> Result<(), GitError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match !name.is_empty()
        && !name.starts_with(['.', '-'])
        && !name.ends_with(".lock")
        && name.bytes().all(plain)
    {
        true => Ok(()),
        false => Err(WorktreeError::BadName(name.to_owned()).into()),
    }
}

/// Makes the parents of a directory and resolves the links in them.
fn resolve(dir: &Path) -> Result<PathBuf, GitError> {
    let dir = std::path::absolute(dir).map_err(GitError::io("cannot resolve", dir))?;
    let (Some(parent), Some(name)) = (dir.parent(), dir.file_name()) else {
        return Err(WorktreeError::DirectoryTaken(dir).into());
    };
    std::fs::create_dir_all(parent).map_err(GitError::io("cannot create", parent))?;
    let parent = parent.canonicalize().map_err(GitError::io("cannot resolve", parent))?;
    Ok(parent.join(name))
}

/// Writes the registration where Git does not look yet. It comes before the files, because
/// whoever clears up after a kill learns from it where they are.
pub(super) fn draft_registration(draft: &Path, dir: &Path, new: &NewWorktree) -> Result<(), GitError> {
    std::fs::create_dir(draft).map_err(GitError::io("cannot create", draft))?;
    let head = new.branch_ref.as_ref().map_or(new.commit.to_string(), |branch| format!("ref: {branch}"));
    write(&draft.join("HEAD"), format!("{head}\n"))?;
    write(&draft.join("commondir"), "../..\n")?;
    write(&draft.join("gitdir"), line_with("", &dir.join(".git")))
}

/// Takes an absent or empty directory; of two that try, the one that creates `.git` has it.
fn claim(dir: &Path, admin: &Path) -> Result<(), GitError> {
    use std::io::{ErrorKind, Write as _};
    let taken = || GitError::from(WorktreeError::DirectoryTaken(dir.to_owned()));
    match std::fs::create_dir(dir) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let empty = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
            if !empty {
                return Err(taken());
            }
        }
        other => other.map_err(GitError::io("cannot create", dir))?,
    }
    let pointer = dir.join(".git");
    let mut file = std::fs::File::create_new(&pointer).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => taken(),
        _ => GitError::io("cannot create", &pointer)(error),
    })?;
    file.write_all(&line_with("gitdir: ", admin)).map_err(GitError::io("cannot write", &pointer))
}

/// Moves the finished registration to where Git looks.
pub(super) fn register(draft: &Path, admin: &Path, name: &str) -> Result<(), GitError> {
    let all = admin.parent().unwrap_or(admin);
    for _ in 0..RENAME_ATTEMPTS {
        match std::fs::create_dir(all) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(GitError::io("cannot create", all)(error));
            }
            _ => {}
        }
        // Without the flag an empty directory would be replaced, and Git makes one at first.
        match renameat_with(CWD, draft, CWD, admin, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(()),
            Err(Errno::EXIST | Errno::NOTEMPTY) => {
                return Err(WorktreeError::NameTaken(name.to_owned()).into());
            }
            Err(Errno::NOENT) => {}
            Err(Errno::INVAL | Errno::NOSYS) => {
                // The file system knows no such flag.
                return std::fs::rename(draft, admin).map_err(GitError::io("cannot rename to", admin));
            }
            Err(error) => return Err(GitError::io("cannot rename to", admin)(error.into())),
        }
    }
    Err(GitError::io("cannot rename to", admin)(std::io::ErrorKind::NotFound.into()))
}
