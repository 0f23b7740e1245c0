//! Objects that belong to one transaction, built in memory.
//!
//! Nothing is on disk before [`Batch::write`], and then everything is, as one pack. An object is
//! taken into the batch even when the repository holds it already: that copy may be garbage which a
//! `git gc` is about to sweep away.

use std::collections::BTreeMap;
use std::path::Path;

use git2::ObjectType;

use super::repo::oid;
use super::{Entry, GitError, KeptPack, Repo};
use crate::model::{Oid, RepoPath};

/// The identity of commits that are orca's own bookkeeping.
const IDENTITY: &str = "git-orca <git-orca@localhost>";

const TREE_MODE: u32 = 0o040_000;

/// New objects that become visible together.
#[derive(Default)]
pub struct Batch {
    objects: BTreeMap<Oid, (ObjectType, Vec<u8>)>,
}

/// Edits below one directory: the path from there, and what to put.
type Edits<'a> = [(&'a [u8], Option<Entry>)];

impl Batch {
    /// Adds a blob.
    pub fn blob(&mut self, content: &[u8]) -> Result<Oid, GitError> {
        self.add(ObjectType::Blob, content.to_vec())
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
            None => self.add(ObjectType::Tree, Vec::new()),
        }
    }

    /// Adds a commit by orca itself. The time is the caller's and the zone is UTC, so that equal
    /// input makes equal commits on every machine.
    pub fn commit(&mut self, tree: Oid, parents: &[Oid], message: &str, time: i64) -> Result<Oid, GitError> {
        let mut text = format!("tree {tree}\n");
        for parent in parents {
            text.push_str("parent ");
            text.push_str(&parent.to_string());
            text.push('\n');
        }
        for role in ["author", "committer"] {
            text.push_str(&[role, " ", IDENTITY, " ", &time.to_string(), " +0000\n"].concat());
        }
        text.push('\n');
        text.push_str(message);
        self.add(ObjectType::Commit, text.into_bytes())
    }

    /// Writes everything as one pack that stays until a ref can reach it. `staging` is a directory
    /// on the repository's file system in which nobody else works.
    pub fn write(self, repo: &Repo, staging: &Path) -> Result<KeptPack, GitError> {
        let memory = git2::Odb::new()?;
        memory.add_new_mempack_backend(1)?;
        for (kind, content) in self.objects.values() {
            memory.write(*kind, content)?;
        }
        let memory = git2::Repository::from_odb(memory)?;
        KeptPack::build(repo, staging, &memory, self.objects.keys().copied())
    }

    /// Writes everything as loose objects.
    pub(super) fn write_loose(self, repo: &Repo) -> Result<(), GitError> {
        let odb = repo.library().odb()?;
        for (kind, content) in self.objects.values() {
            odb.write(*kind, content)?;
        }
        Ok(())
    }

    fn add(&mut self, kind: ObjectType, content: Vec<u8>) -> Result<Oid, GitError> {
        let name = oid(git2::Oid::hash_object(kind, &content)?);
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
        self.add(ObjectType::Tree, tree_bytes(&entries)).map(Some)
    }
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
