//! Reads and writes objects in process.
//!
//! Never reads an index: libgit2 refuses sparse and split ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType};

use super::{Batch, Git, GitError};
use crate::model::{Oid, RepoPath};

/// An open repository and its places on disk.
pub struct Repo {
    inner: git2::Repository,
    /// The Git directory of this worktree.
    git_dir: PathBuf,
    /// The Git directory that all worktrees share.
    common_dir: PathBuf,
    /// The top of the working tree; none in a bare repository.
    work_dir: Option<PathBuf>,
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

/// One path that differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeChange {
    pub path: RepoPath,
    pub old: Option<Entry>,
    pub new: Option<Entry>,
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
        match git2::Repository::discover(dir) {
            Ok(inner) => Ok(Self::wrap(inner)),
            Err(error) if error.code() == ErrorCode::NotFound => {
                Err(GitError::NotARepository(dir.to_owned()))
            }
            Err(error) => Err(unsupported(dir).map_or(GitError::Library(error), GitError::UnsupportedFormat)),
        }
    }

    /// Opens the same repository again, for another thread.
    pub fn reopen(&self) -> Result<Self, GitError> {
        Ok(Self::wrap(git2::Repository::open(&self.git_dir)?))
    }

    fn wrap(inner: git2::Repository) -> Self {
        let plain = |path: &Path| path.components().collect::<PathBuf>();
        Self {
            git_dir: plain(inner.path()),
            common_dir: plain(inner.commondir()),
            work_dir: inner.workdir().map(plain),
            inner,
        }
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

    /// Orca's own directory, which all worktrees share: locks, run directories, caches.
    pub fn orca_dir(&self) -> PathBuf {
        self.common_dir.join("orca")
    }

    /// A `git` that works at the top of this repository.
    pub fn git(&self) -> Git {
        Git::at(self.work_dir().unwrap_or(&self.git_dir))
    }

    /// What `HEAD` is.
    pub fn head(&self) -> Result<Head, GitError> {
        let reference = self.inner.find_reference("HEAD")?;
        let Some(name) = reference.symbolic_target()? else {
            return Ok(Head::Detached(oid(reference.peel_to_commit()?.id())));
        };
        match self.ref_oid(name)? {
            Some(tip) => Ok(Head::Branch(name.to_owned(), tip)),
            None => Ok(Head::Unborn(name.to_owned())),
        }
    }

    /// The commit that `revision` names, in Git's own syntax.
    pub fn resolve_commit(&self, revision: &str) -> Result<Oid, GitError> {
        let unknown = || GitError::UnknownRevision(revision.to_owned());
        let object = self.inner.revparse_single(revision).map_err(|_| unknown())?;
        let commit = object.peel(ObjectType::Commit).map_err(|_| unknown())?;
        Ok(oid(commit.id()))
    }

    /// What a full ref name points to, tags peeled; none when there is no such ref.
    pub fn ref_oid(&self, name: &str) -> Result<Option<Oid>, GitError> {
        match self.inner.find_reference(name) {
            Ok(reference) => Ok(Some(oid(reference.peel(ObjectType::Any)?.id()))),
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// All refs below `prefix` (such as `refs/heads/orca/`), by name.
    pub fn refs_under(&self, prefix: &str) -> Result<BTreeMap<String, Oid>, GitError> {
        let mut found = BTreeMap::new();
        for reference in self.inner.references_glob(&format!("{prefix}*"))? {
            let reference = reference?;
            if let (Ok(name), Some(target)) = (reference.name(), reference.target()) {
                found.insert(name.to_owned(), oid(target));
            }
        }
        Ok(found)
    }

    /// Whether the object is in the repository.
    pub fn has_object(&self, object: Oid) -> bool {
        self.inner.odb().is_ok_and(|odb| odb.exists(lib_oid(object)))
    }

    /// Reads a commit.
    pub fn commit(&self, commit: Oid) -> Result<Commit, GitError> {
        let found = self.inner.find_commit(lib_oid(commit))?;
        Ok(Commit {
            oid: commit,
            tree: oid(found.tree_id()),
            parents: found.parent_ids().map(oid).collect(),
            message: String::from_utf8_lossy(found.message_bytes()).into_owned(),
            time: found.time().seconds(),
            author: String::from_utf8_lossy(found.author().name_bytes()).into_owned(),
        })
    }

    /// Reads a blob.
    pub fn blob(&self, blob: Oid) -> Result<Vec<u8>, GitError> {
        Ok(self.inner.find_blob(lib_oid(blob))?.content().to_vec())
    }

    /// The size of a blob, without reading it.
    pub fn blob_size(&self, blob: Oid) -> Result<u64, GitError> {
        Ok(self.inner.odb()?.read_header(lib_oid(blob))?.0 as u64)
    }

    /// Writes a blob.
    pub fn write_blob(&self, content: &[u8]) -> Result<Oid, GitError> {
        Ok(oid(self.inner.blob(content)?))
    }

    /// What stands at `path` in a tree.
    pub fn entry_at(&self, tree: Oid, path: &RepoPath) -> Result<Option<Entry>, GitError> {
        match self.inner.find_tree(lib_oid(tree))?.get_path(path.as_path()) {
            Ok(found) => Ok(Some(Entry { oid: oid(found.id()), mode: found.filemode() as u32 })),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Every file, link and submodule below a tree, in path order.
    pub fn list_tree(&self, tree: Oid) -> Result<Vec<(RepoPath, Entry)>, GitError> {
        let mut changes = Vec::new();
        self.diff_level(None, Some(tree), &mut Vec::new(), &mut changes)?;
        Ok(changes.into_iter().filter_map(|change| Some((change.path, change.new?))).collect())
    }

    /// The paths that differ between two trees, without rename detection, in path order.
    ///
    /// Only subtrees that differ are opened: libgit2's own diff walks both trees whole.
    pub fn diff_trees(&self, old: Oid, new: Oid) -> Result<Vec<TreeChange>, GitError> {
        let mut changes = Vec::new();
        self.diff_level(Some(old), Some(new), &mut Vec::new(), &mut changes)?;
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    fn diff_level(
        &self,
        old: Option<Oid>,
        new: Option<Oid>,
        prefix: &mut Vec<u8>,
        changes: &mut Vec<TreeChange>,
    ) -> Result<(), GitError> {
        if old == new {
            return Ok(());
        }
        let mut names: BTreeMap<Vec<u8>, (Option<Entry>, Option<Entry>)> = BTreeMap::new();
        for (name, entry) in self.tree_entries(old)? {
            names.entry(name).or_default().0 = Some(entry);
        }
        for (name, entry) in self.tree_entries(new)? {
            names.entry(name).or_default().1 = Some(entry);
        }
        for (name, (old, new)) in names {
            if old == new {
                continue;
            }
            let length = prefix.len();
            prefix.extend_from_slice(&name);
            let (old_tree, old_leaf) = tree_or_leaf(old);
            let (new_tree, new_leaf) = tree_or_leaf(new);
            if old_leaf.is_some() || new_leaf.is_some() {
                changes.push(TreeChange { path: RepoPath::new(&prefix), old: old_leaf, new: new_leaf });
            }
            if old_tree.is_some() || new_tree.is_some() {
                prefix.push(b'/');
                self.diff_level(old_tree, new_tree, prefix, changes)?;
            }
            prefix.truncate(length);
        }
        Ok(())
    }

    /// What stands directly in a tree: names and entries, in the order Git stores them.
    pub fn children(&self, tree: Oid) -> Result<Vec<(Vec<u8>, Entry)>, GitError> {
        self.tree_entries(Some(tree))
    }

    fn tree_entries(&self, tree: Option<Oid>) -> Result<Vec<(Vec<u8>, Entry)>, GitError> {
        let Some(name) = tree else { return Ok(Vec::new()) };
        let tree = self.inner.find_tree(lib_oid(name))?;
        // Joined into a path, such a name would pass for an innocent one.
        if tree.iter().any(|entry| entry.name_bytes().is_empty() || entry.name_bytes().contains(&b'/')) {
            return Err(GitError::BrokenTree(name));
        }
        let entry = |entry: git2::TreeEntry<'_>| {
            (entry.name_bytes().to_vec(), Entry { oid: oid(entry.id()), mode: entry.filemode() as u32 })
        };
        Ok(tree.iter().map(entry).collect())
    }

    /// Writes `base` with some paths set or removed; no base means an empty tree. A directory that
    /// loses its last entry goes too.
    pub fn edit_tree(&self, base: Option<Oid>, edits: &[(RepoPath, Option<Entry>)]) -> Result<Oid, GitError> {
        let mut batch = Batch::default();
        let tree = batch.edit_tree(self, base, &edits.iter().cloned().collect())?;
        batch.write_loose(self)?;
        Ok(tree)
    }

    /// Writes a commit object and moves no ref. The author is the user, as Git would name them.
    pub fn write_commit(&self, new: &NewCommit<'_>) -> Result<Oid, GitError> {
        let name = self.signature_at(new.time)?;
        let tree = self.inner.find_tree(lib_oid(new.tree))?;
        let parents: Result<Vec<_>, _> =
            new.parents.iter().map(|parent| self.inner.find_commit(lib_oid(*parent))).collect();
        let parents = parents?;
        let parents: Vec<_> = parents.iter().collect();
        Ok(oid(self.inner.commit(None, &name, &name, new.message, &tree, &parents)?))
    }

    fn signature_at(&self, time: i64) -> Result<git2::Signature<'static>, GitError> {
        let user = self
            .inner
            .committer_from_env()
            .or_else(|_| git2::Signature::now("git-orca", "git-orca@localhost"))?;
        let name = String::from_utf8_lossy(user.name_bytes());
        let email = String::from_utf8_lossy(user.email_bytes());
        Ok(git2::Signature::new(&name, &email, &git2::Time::new(time, user.when().offset_minutes()))?)
    }

    /// The best common ancestor of two commits; none when their histories never meet.
    pub fn merge_base(&self, one: Oid, two: Oid) -> Result<Option<Oid>, GitError> {
        match self.inner.merge_base(lib_oid(one), lib_oid(two)) {
            Ok(base) => Ok(Some(oid(base))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The best ancestor that all the commits share; none when their histories never meet.
    pub fn merge_base_of_all(&self, commits: &[Oid]) -> Result<Option<Oid>, GitError> {
        let Some((&first, rest)) = commits.split_first() else { return Ok(None) };
        let mut base = first;
        for &commit in rest {
            match self.merge_base(base, commit)? {
                Some(common) => base = common,
                None => return Ok(None),
            }
        }
        Ok(Some(base))
    }

    /// Whether `ancestor` is `commit` or can be reached from it.
    pub fn contains(&self, commit: Oid, ancestor: Oid) -> Result<bool, GitError> {
        Ok(commit == ancestor || self.inner.graph_descendant_of(lib_oid(commit), lib_oid(ancestor))?)
    }

    /// The commits that `tip` adds to `base`, oldest first, along first parents.
    pub fn first_parents(&self, base: Oid, tip: Oid) -> Result<Vec<Commit>, GitError> {
        let mut walk = self.inner.revwalk()?;
        walk.simplify_first_parent()?;
        walk.push(lib_oid(tip))?;
        walk.hide(lib_oid(base))?;
        let mut commits = Vec::new();
        for found in walk {
            commits.push(self.commit(oid(found?))?);
        }
        commits.reverse();
        Ok(commits)
    }

    /// The value of a configuration key, with the user's and the system's files read too.
    pub fn config(&self, key: &str) -> Option<String> {
        self.inner.config().ok()?.get_string(key).ok()
    }

    /// The handle for the other files of this door.
    pub(super) fn library(&self) -> &git2::Repository {
        &self.inner
    }
}

/// Asks `git`, which reads every format, why libgit2 would not open the repository.
fn unsupported(dir: &Path) -> Option<String> {
    for (key, usual) in [("extensions.refstorage", "files"), ("extensions.objectformat", "sha1")] {
        let Ok(value) = Git::at(dir).run(&["config", "--get", key]) else { continue };
        let value = String::from_utf8_lossy(&value).trim().to_owned();
        if !value.is_empty() && value != usual {
            return Some(format!("{key} = {value}"));
        }
    }
    None
}

fn tree_or_leaf(entry: Option<Entry>) -> (Option<Oid>, Option<Entry>) {
    match entry {
        Some(entry) if entry.is_tree() => (Some(entry.oid), None),
        other => (None, other),
    }
}

pub(super) fn oid(library: git2::Oid) -> Oid {
    Oid::from_bytes(library.as_bytes()).expect("libgit2 hands out whole object names")
}

pub(super) fn lib_oid(ours: Oid) -> git2::Oid {
    // A SHA-256 name cannot be in a repository that libgit2 has opened: it becomes the zero oid,
    // which names nothing.
    git2::Oid::from_bytes(ours.as_bytes()).unwrap_or(git2::Oid::ZERO_SHA1)
}
