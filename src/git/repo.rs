//! An open repository: its places, its refs, and its objects one by one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use git2::ErrorCode;

use super::access::{Access, Kind};
use super::batch::commit_bytes;
use super::children::{self, Children, Places};
use super::{Git, GitError};
use crate::model::Oid;

/// An open repository and its places on disk.
pub struct Repo {
    reader: Reader,
    /// The Git directory of this worktree.
    git_dir: PathBuf,
    /// The Git directory that all worktrees share.
    common_dir: PathBuf,
    /// The top of the working tree; none in a bare repository.
    work_dir: Option<PathBuf>,
}

/// Who reads and writes it.
pub(super) enum Reader {
    Library(git2::Repository),
    Children(Box<Children>),
}

/// What `HEAD` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// On this branch (full ref name) at this commit.
    Branch(String, Oid),
    /// On no branch.
    Detached(Oid),
    /// On a branch without a commit.
    Unborn(String),
}

/// A tree entry: what is there and of which mode, such as `0o100644`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub oid: Oid,
    pub mode: u32,
}

impl Entry {
    /// Whether this is a file with content, executable or not; neither link nor submodule.
    pub fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    /// Whether this is a symbolic link.
    pub fn is_link(&self) -> bool {
        self.mode == 0o120_000
    }

    /// Whether this is a directory.
    pub fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }
}

/// The parts of a commit that orca reads.
#[derive(Debug, Clone)]
pub struct Commit {
    pub oid: Oid,
    pub tree: Oid,
    pub parents: Vec<Oid>,
    pub message: String,
    /// Seconds since 1970 of the committer's clock.
    pub time: i64,
    pub author: String,
}

/// A commit to be written. The time is the caller's, so that a test can fix it.
#[derive(Debug, Clone)]
pub struct NewCommit<'a> {
    pub tree: Oid,
    pub parents: &'a [Oid],
    pub message: &'a str,
    pub time: i64,
}

impl Repo {
    /// Opens the repository that `dir` lies in.
    pub fn discover(dir: &Path) -> Result<Self, GitError> {
        match opened(dir, git2::RepositoryOpenFlags::empty()) {
            Ok(library) => Ok(Self::of_library(library)),
            Err(error) if error.code() == ErrorCode::NotFound => {
                Err(GitError::NotARepository(dir.to_owned()))
            }
            // What Git cannot open either is libgit2's to explain.
            Err(error) => children::places(dir).map(Self::through_children).map_err(|_| error.into()),
        }
    }

    /// Opens the same repository again, for another thread.
    pub fn reopen(&self) -> Result<Self, GitError> {
        match &self.reader {
            Reader::Library(_) => {
                // A Git directory that lies elsewhere does not tell where its files are.
                let leads_back = |dir: &&Path| dir.join(".git").exists();
                let place = self.work_dir.as_deref().filter(leads_back).unwrap_or(&self.git_dir);
                Ok(Self::in_process(opened(place, git2::RepositoryOpenFlags::NO_SEARCH)?))
            }
            Reader::Children(children) => Ok(Self::through_children(self.places(children.is_partial()))),
        }
    }

    /// libgit2 gets nothing from a remote, so what is left out of a partial clone is for Git's own
    /// children to read.
    fn of_library(library: git2::Repository) -> Self {
        let is_partial = has_promisor(&library);
        let opened = Self::in_process(library);
        if is_partial { Self::through_children(opened.places(true)) } else { opened }
    }

    fn places(&self, is_partial: bool) -> Places {
        Places {
            git_dir: self.git_dir.clone(),
            common_dir: self.common_dir.clone(),
            work_dir: self.work_dir.clone(),
            is_sha1: self.is_sha1(),
            is_partial,
        }
    }

    fn in_process(library: git2::Repository) -> Self {
        // As in Git itself: names are checked when objects arrive and by `git fsck`, not at each read.
        git2::opts::strict_hash_verification(false);
        let plain = |path: &Path| path.components().collect::<PathBuf>();
        // Where no configuration says so, libgit2 takes what lies around any repository for its
        // working tree. For Git one that is not named `.git` is bare.
        let is_work_dir = |dir: &&Path| dir.join(".git").exists() || has_work_tree_setting(&library);
        Self {
            git_dir: plain(library.path()),
            common_dir: plain(library.commondir()),
            work_dir: library.workdir().filter(is_work_dir).map(plain),
            reader: Reader::Library(library),
        }
    }

    fn through_children(places: Places) -> Self {
        let reader = Reader::Children(Box::new(Children::new(&places)));
        let Places { git_dir, common_dir, work_dir, .. } = places;
        Self { reader, git_dir, common_dir, work_dir }
    }

    pub(super) fn access(&self) -> &dyn Access {
        match &self.reader {
            Reader::Library(library) => library,
            Reader::Children(children) => children.as_ref(),
        }
    }

    /// Whether objects are named by SHA-1.
    pub(super) fn is_sha1(&self) -> bool {
        match &self.reader {
            Reader::Library(_) => true,
            Reader::Children(children) => children.is_sha1(),
        }
    }

    /// The name that stands for no object.
    pub(super) fn no_object(&self) -> Oid {
        let raw: &[u8] = if self.is_sha1() { &[0; 20] } else { &[0; 32] };
        Oid::from_bytes(raw).expect("both hashes have names of this length")
    }

    pub(super) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The Git directory of this worktree.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The Git directory that all worktrees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// The top of the working tree; none in a bare repository.
    pub fn work_dir(&self) -> Option<&Path> {
        self.work_dir.as_deref()
    }

    /// The top of the main working tree, also when this is a linked one; none in a bare repository, and
    /// where a linked one cannot know, since the Git directory lies elsewhere.
    pub fn main_work_dir(&self) -> Option<PathBuf> {
        if self.git_dir == self.common_dir {
            return self.work_dir.clone();
        }
        let is_bare = self.config("core.bare").as_deref() == Some("true");
        let is_inside = !is_bare && self.common_dir.file_name().is_some_and(|name| name == ".git");
        self.common_dir.parent().filter(|_| is_inside).map(Path::to_owned)
    }

    /// Orca's own directory, which all worktrees share: locks, run directories, caches.
    pub fn orca_dir(&self) -> PathBuf {
        self.common_dir.join("orca")
    }

    /// Whether refs are kept in tables, and `HEAD` is no file that could be read or written.
    pub(super) fn has_reftable(&self) -> bool {
        self.common_dir.join("reftable").is_dir()
    }

    /// A `git` that works at the top of this repository.
    pub fn git(&self) -> Git {
        // From where `core.worktree` puts the working tree, Git may not find the repository.
        let top = self.work_dir().filter(|dir| dir.join(".git").exists());
        Git::at(top.unwrap_or(&self.git_dir))
    }

    /// What `HEAD` is.
    pub fn head(&self) -> Result<Head, GitError> {
        let Some(name) = self.access().symbolic_target("HEAD")? else {
            let tip = self.ref_oid("HEAD")?.ok_or_else(|| GitError::UnknownRevision("HEAD".to_owned()))?;
            return Ok(Head::Detached(tip));
        };
        match self.ref_oid(&name)? {
            Some(tip) => Ok(Head::Branch(name, tip)),
            None => Ok(Head::Unborn(name)),
        }
    }

    /// The commit that `revision` names, in Git's own syntax.
    pub fn resolve_commit(&self, revision: &str) -> Result<Oid, GitError> {
        self.access().resolve_commit(revision)
    }

    /// What a full ref name points to, tags peeled; none when there is no such ref.
    pub fn ref_oid(&self, name: &str) -> Result<Option<Oid>, GitError> {
        self.access().ref_oid(name)
    }

    /// All refs below `prefix` (such as `refs/heads/orca/`), by name.
    pub fn refs_under(&self, prefix: &str) -> Result<BTreeMap<String, Oid>, GitError> {
        self.access().refs_under(prefix)
    }

    /// Whether the object is in the repository.
    pub fn has_object(&self, object: Oid) -> bool {
        self.access().has_object(object)
    }

    /// Reads a commit.
    pub fn commit(&self, commit: Oid) -> Result<Commit, GitError> {
        self.access().commit(commit)
    }

    /// Reads a blob.
    pub fn blob(&self, blob: Oid) -> Result<Vec<u8>, GitError> {
        self.access().blob(blob)
    }

    /// The size of a blob, without reading it.
    pub fn blob_size(&self, blob: Oid) -> Result<u64, GitError> {
        self.access().blob_size(blob)
    }

    /// Writes a blob.
    pub fn write_blob(&self, content: &[u8]) -> Result<Oid, GitError> {
        self.access().write(Kind::Blob, content)
    }

    /// The name that a text would have as a blob; none where only Git can tell.
    pub fn blob_name(&self, content: &[u8]) -> Option<Oid> {
        let name = || git2::Oid::hash_object(git2::ObjectType::Blob, content).ok();
        self.is_sha1().then(name).flatten().map(super::library::oid)
    }

    /// Writes a commit object and moves no ref. The author is the user, as Git would name them.
    pub fn write_commit(&self, new: &NewCommit<'_>) -> Result<Oid, GitError> {
        let nobody = || ("git-orca <git-orca@localhost>".to_owned(), "+0000".to_owned());
        let (who, zone) = self.access().committer().unwrap_or_else(nobody);
        let signature = format!("{who} {} {zone}", new.time);
        self.access().write(Kind::Commit, &commit_bytes(new.tree, new.parents, &signature, new.message))
    }

    /// The value of a configuration key, with the user's and the system's files read too.
    pub fn config(&self, key: &str) -> Option<String> {
        self.access().config(key)
    }
}

/// Whether some remote promises the objects that are not here.
fn has_promisor(library: &git2::Repository) -> bool {
    let Ok(config) = library.config() else { return false };
    let Ok(mut promisors) = config.entries(Some(r"remote\..*\.promisor")) else { return false };
    promisors.next().is_some_and(|found| found.is_ok()) || config.get_entry("extensions.partialclone").is_ok()
}

fn has_work_tree_setting(library: &git2::Repository) -> bool {
    library.config().is_ok_and(|config| config.get_entry("core.worktree").is_ok())
}

fn opened(place: &Path, flags: git2::RepositoryOpenFlags) -> Result<git2::Repository, git2::Error> {
    git2::Repository::open_ext(place, flags, std::iter::empty::<&Path>())
}
