//! Objects that belong to one transaction, built in memory.
//!
//! Nothing is on disk before [`Batch::write`], and then everything is, as one pack. An object is
//! taken into the batch even when the repository holds it already: that copy may be garbage which a
//! `git gc` is about to sweep away.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::access::Kind;
use super::library::oid;
use super::pack::Source;
use super::repo::Reader;
use super::{Entry, Git, GitError, KeptPack, Repo};
use crate::model::{Oid, RepoPath};

/// The identity of commits that are orca's own bookkeeping.
const IDENTITY: &str = "git-orca <git-orca@localhost>";

const TREE_MODE: u32 = 0o040_000;

/// New objects that become visible together.
pub struct Batch {
    hash: Hash,
    objects: BTreeMap<Oid, (Kind, Vec<u8>)>,
}

/// Who names the objects.
enum Hash {
    Sha1,
    /// A hash that libgit2 does not know.
    Git(Git),
}

/// Edits below one directory: the path from there, and what to put.
type Edits<'a> = [(&'a [u8], Option<Entry>)];

impl Batch {
    /// No objects yet, for this repository.
    pub fn of(repo: &Repo) -> Self {
        let hash = if repo.is_sha1() { Hash::Sha1 } else { Hash::Git(repo.git()) };
        Self { hash, objects: BTreeMap::new() }
    }

    /// Adds a blob.
    pub fn blob(&mut self, content: &[u8]) -> Result<Oid, GitError> {
        self.add(Kind::Blob, content.to_vec())
    }

    /// Adds `base` with some paths set or removed; only directories on these paths are rewritten.
    ///
    /// A directory that loses its last entry goes too. No base means an empty tree.
    pub fn edit_tree(
        &mut self,
        repo: &Repo,
        base: Option<Oid>,
        edits: &BTreeMap<RepoPath, Option<Entry>>,
    ) -> Result<Oid, GitError> {
        let edits: Vec<_> = edits.iter().map(|(path, entry)| (path.as_bytes(), *entry)).collect();
        match self.edit_level(repo, base, &edits)? {
            Some(tree) => Ok(tree),
            None => self.add(Kind::Tree, Vec::new()),
        }
    }

    /// Adds a commit by orca itself. The time is the caller's and the zone is UTC, so that equal
    /// input makes equal commits on every machine.
    pub fn commit(&mut self, tree: Oid, parents: &[Oid], message: &str, time: i64) -> Result<Oid, GitError> {
        let signature = format!("{IDENTITY} {time} +0000");
        self.add(Kind::Commit, commit_bytes(tree, parents, &signature, message))
    }

    /// Writes everything as one pack that stays until a ref can reach it. `staging` is a directory
    /// on the repository's file system in which nobody else works.
    pub fn write(self, repo: &Repo, staging: &Path) -> Result<KeptPack, GitError> {
        let names = self.objects.keys().copied();
        match repo.reader() {
            Reader::Library(_) => {
                let memory = git2::Odb::new()?;
                memory.add_new_mempack_backend(1)?;
                for (kind, content) in self.objects.values() {
                    memory.write(kind.for_library(), content)?;
                }
                let memory = git2::Repository::from_odb(memory)?;
                KeptPack::build(repo, staging, &Source::Library(&memory), names)
            }
            Reader::Children(_) => {
                let aside = Aside::new(repo, staging)?;
                aside.write(self.objects.values())?;
                KeptPack::build(repo, staging, &Source::Git(aside.git.clone()), names)
            }
        }
    }

    /// Writes everything as loose objects.
    pub(super) fn write_loose(self, repo: &Repo) -> Result<(), GitError> {
        for (kind, content) in self.objects.values() {
            repo.access().write(*kind, content)?;
        }
        Ok(())
    }

    fn add(&mut self, kind: Kind, content: Vec<u8>) -> Result<Oid, GitError> {
        let name = match &self.hash {
            Hash::Sha1 => oid(git2::Oid::hash_object(kind.for_library(), &content)?),
            Hash::Git(git) => {
                parsed(&git.run_with_input(&["hash-object", "--stdin", "-t", kind.word()], &content)?)?
            }
        };
        self.objects.insert(name, (kind, content));
        Ok(name)
    }

    /// Returns none when nothing is left of the directory.
    fn edit_level(
        &mut self,
        repo: &Repo,
        base: Option<Oid>,
        edits: &Edits<'_>,
    ) -> Result<Option<Oid>, GitError> {
        let mut entries: BTreeMap<Vec<u8>, Entry> = match base {
            Some(tree) => repo.children(tree)?.into_iter().collect(),
            None => BTreeMap::new(),
        };
        // The edits are sorted, so those below one directory stand side by side.
        for group in edits.chunk_by(|one, two| same_directory(one.0, two.0)) {
            let (name, below) = split(group[0].0);
            let entry = if below.is_none() {
                group[0].1
            } else {
                let child = entries.get(name).filter(|entry| entry.is_tree()).map(|entry| entry.oid);
                let group: Vec<_> =
                    group.iter().filter_map(|(path, entry)| Some((split(path).1?, *entry))).collect();
                self.edit_level(repo, child, &group)?.map(|oid| Entry { oid, mode: TREE_MODE })
            };
            let becomes_file = below.is_some() && entries.get(name).is_some_and(|entry| !entry.is_tree());
            match entry {
                Some(entry) => _ = entries.insert(name.to_vec(), entry),
                // The files of a directory go when a file takes its place, which then stays.
                None if becomes_file => {}
                None => _ = entries.remove(name),
            }
        }
        if entries.is_empty() {
            return Ok(None);
        }
        self.add(Kind::Tree, tree_bytes(&entries)).map(Some)
    }
}

/// A store of loose objects beside the repository's, from which they are packed.
struct Aside {
    dir: PathBuf,
    git: Git,
}

impl Aside {
    fn new(repo: &Repo, staging: &Path) -> Result<Self, GitError> {
        let dir = staging.join("objects");
        std::fs::create_dir_all(&dir).map_err(GitError::io("create", &dir))?;
        Ok(Self { git: repo.git().env("GIT_OBJECT_DIRECTORY", &dir), dir })
    }

    /// One child for each kind, which reads the objects from files.
    fn write<'a>(&self, objects: impl Iterator<Item = &'a (Kind, Vec<u8>)>) -> Result<(), GitError> {
        let mut files: BTreeMap<&str, String> = BTreeMap::new();
        for (number, (kind, content)) in objects.enumerate() {
            let file = self.dir.join(format!("new-{number}"));
            std::fs::write(&file, content).map_err(GitError::io("write", &file))?;
            let list = files.entry(kind.word()).or_default();
            list.push_str(&file.to_string_lossy());
            list.push('\n');
        }
        for (kind, list) in files {
            let args = ["hash-object", "-w", "--no-filters", "--stdin-paths", "-t", kind];
            self.git.run_with_input(&args, list.as_bytes())?;
        }
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // What stays is removed by the next holder of the lock.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn parsed(line: &[u8]) -> Result<Oid, GitError> {
    let line = String::from_utf8_lossy(line);
    Oid::parse(line.trim_end()).map_err(|error| GitError::Garbled(error.to_string()))
}

/// A commit as Git stores it, whose author is its committer.
pub(super) fn commit_bytes(tree: Oid, parents: &[Oid], signature: &str, message: &str) -> Vec<u8> {
    let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    format!("tree {tree}\n{parents}author {signature}\ncommitter {signature}\n\n{message}").into_bytes()
}

/// The first component, and what follows it.
fn split(path: &[u8]) -> (&[u8], Option<&[u8]>) {
    match path.iter().position(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], Some(&path[slash + 1..])),
        None => (path, None),
    }
}

fn same_directory(one: &[u8], two: &[u8]) -> bool {
    let (one, two) = (split(one), split(two));
    one.0 == two.0 && one.1.is_some() && two.1.is_some()
}

/// Git sorts a directory as if its name ended in a slash.
fn tree_bytes(entries: &BTreeMap<Vec<u8>, Entry>) -> Vec<u8> {
    let sort_key = |name: &[u8], entry: &Entry| {
        let mut key = name.to_vec();
        if entry.is_tree() {
            key.push(b'/');
        }
        key
    };
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_key(|(name, entry)| sort_key(name, entry));
    let mut bytes = Vec::new();
    for (name, entry) in sorted {
        bytes.extend_from_slice(format!("{:o} ", entry.mode).as_bytes());
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(entry.oid.as_bytes());
    }
    bytes
}
