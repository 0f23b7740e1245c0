//! Reads and writes a repository in process, through libgit2.
//!
//! Never reads an index: libgit2 refuses sparse and split ones.

use std::collections::BTreeMap;

use git2::{ErrorCode, ObjectType};

use super::access::{Access, Kind, Walk};
use super::{Commit, Entry, GitError};
use crate::model::Oid;

impl Kind {
    pub(super) fn for_library(self) -> ObjectType {
        match self {
            Self::Blob => ObjectType::Blob,
            Self::Tree => ObjectType::Tree,
            Self::Commit => ObjectType::Commit,
        }
    }
}

impl Access for git2::Repository {
    fn symbolic_target(&self, name: &str) -> Result<Option<String>, GitError> {
        Ok(self.find_reference(name)?.symbolic_target()?.map(str::to_owned))
    }

    fn resolved_name(&self, name: &str) -> Result<String, GitError> {
        Ok(self.find_reference(name)?.resolve()?.name()?.to_owned())
    }

    fn resolve_commit(&self, revision: &str) -> Result<Oid, GitError> {
        let unknown = || GitError::UnknownRevision(revision.to_owned());
        let object = self.revparse_single(revision).map_err(|_| unknown())?;
        Ok(oid(object.peel(ObjectType::Commit).map_err(|_| unknown())?.id()))
    }

    fn ref_oid(&self, name: &str) -> Result<Option<Oid>, GitError> {
        match self.find_reference(name) {
            Ok(reference) => Ok(Some(oid(reference.peel(ObjectType::Any)?.id()))),
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn refs_under(&self, prefix: &str) -> Result<BTreeMap<String, Oid>, GitError> {
        let mut found = BTreeMap::new();
        for reference in self.references_glob(&format!("{prefix}*"))? {
            let reference = reference?;
            if let (Ok(name), Some(target)) = (reference.name(), reference.target()) {
                found.insert(name.to_owned(), oid(target));
            }
        }
        Ok(found)
    }

    fn move_ref(&self, name: &str, old: Option<Oid>, new: Oid, reason: &str) -> Result<(), GitError> {
        let moved = match old {
            Some(old) => self.reference_matching(name, lib_oid(new), true, lib_oid(old), reason),
            None => self.reference(name, lib_oid(new), false, reason),
        };
        let Err(error) = moved else { return Ok(()) };
        match error.code() {
            ErrorCode::Locked => Err(GitError::Locked(name.to_owned())),
            ErrorCode::Modified | ErrorCode::Exists | ErrorCode::NotFound => {
                Err(GitError::Moved { name: name.to_owned(), expected: old, found: self.ref_oid(name)? })
            }
            _ => Err(error.into()),
        }
    }

    fn has_object(&self, object: Oid) -> bool {
        self.odb().is_ok_and(|odb| odb.exists(lib_oid(object)))
    }

    fn commit(&self, commit: Oid) -> Result<Commit, GitError> {
        let found = self.find_commit(lib_oid(commit))?;
        Ok(Commit {
            oid: commit,
            tree: oid(found.tree_id()),
            parents: found.parent_ids().map(oid).collect(),
            message: String::from_utf8_lossy(found.message_bytes()).into_owned(),
            time: found.time().seconds(),
            author: String::from_utf8_lossy(found.author().name_bytes()).into_owned(),
        })
    }

    fn blob(&self, blob: Oid) -> Result<Vec<u8>, GitError> {
        Ok(self.find_blob(lib_oid(blob))?.content().to_vec())
    }

    fn blob_size(&self, blob: Oid) -> Result<u64, GitError> {
        Ok(self.odb()?.read_header(lib_oid(blob))?.0 as u64)
    }

    fn tree(&self, tree: Oid) -> Result<Vec<(Vec<u8>, Entry)>, GitError> {
        let named = |found: git2::TreeEntry<'_>| (found.name_bytes().to_vec(), entry_of(&found));
        Ok(self.find_tree(lib_oid(tree))?.iter().map(named).collect())
    }

    // Of a large directory only one entry is copied.
    fn entry(&self, tree: Oid, name: &[u8]) -> Result<Option<Entry>, GitError> {
        let tree = self.find_tree(lib_oid(tree))?;
        let found = match std::str::from_utf8(name) {
            // A binary search, by a C string.
            Ok(name) if !name.contains('\0') => tree.get_name(name),
            _ => tree.iter().find(|found| found.name_bytes() == name),
        };
        Ok(found.map(|found| entry_of(&found)))
    }

    fn write(&self, kind: Kind, content: &[u8]) -> Result<Oid, GitError> {
        Ok(oid(self.odb()?.write(kind.for_library(), content)?))
    }

    fn merge_bases(&self, one: Oid, two: Oid) -> Result<Vec<Oid>, GitError> {
        match Self::merge_bases(self, lib_oid(one), lib_oid(two)) {
            Ok(bases) => Ok(bases.iter().map(|base| oid(*base)).collect()),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn descends(&self, commit: Oid, ancestor: Oid) -> Result<bool, GitError> {
        Ok(self.graph_descendant_of(lib_oid(commit), lib_oid(ancestor))?)
    }

    fn is_reached(&self, tips: &[Oid], commit: Oid) -> Result<bool, GitError> {
        let mut revisions = self.revwalk()?;
        revisions.push(lib_oid(commit))?;
        tips.iter().try_for_each(|tip| revisions.hide(lib_oid(*tip)))?;
        Ok(revisions.next().transpose()?.is_none())
    }

    fn beyond(&self, base: Oid, tip: Oid, walk: Walk) -> Result<Vec<Oid>, GitError> {
        let mut revisions = self.revwalk()?;
        if walk == Walk::FirstParents {
            revisions.simplify_first_parent()?;
        }
        revisions.push(lib_oid(tip))?;
        revisions.hide(lib_oid(base))?;
        revisions.map(|found| Ok(oid(found?))).collect()
    }

    fn config(&self, key: &str) -> Option<String> {
        Self::config(self).ok()?.get_string(key).ok()
    }

    fn committer(&self) -> Option<(String, String)> {
        let user = self.committer_from_env().ok()?;
        let (name, mail) =
            (String::from_utf8_lossy(user.name_bytes()), String::from_utf8_lossy(user.email_bytes()));
        let minutes = user.when().offset_minutes();
        let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
        Some((format!("{name} <{mail}>"), format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)))
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

fn entry_of(found: &git2::TreeEntry<'_>) -> Entry {
    Entry { oid: oid(found.id()), mode: found.filemode() as u32 }
}
