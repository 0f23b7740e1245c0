//! Trees: what stands where in them, and where two of them differ.

use std::cmp::Ordering;

use super::repo::Reader;
use super::{Batch, Entry, GitError, Repo};
use crate::model::{Oid, RepoPath};

/// One path that differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeChange {
    pub path: RepoPath,
    pub old: Option<Entry>,
    pub new: Option<Entry>,
}

/// Entries of a tree with their names.
type Named = Vec<(Vec<u8>, Entry)>;

impl Repo {
    /// What stands at `path` in a tree.
    pub fn entry_at(&self, tree: Oid, path: &RepoPath) -> Result<Option<Entry>, GitError> {
        let mut found = Entry { oid: tree, mode: 0o040_000 };
        for name in path.as_bytes().split(|&byte| byte == b'/') {
            if !found.is_tree() {
                return Ok(None);
            }
            let Some(entry) = self.access().entry(found.oid, name)? else { return Ok(None) };
            found = entry;
        }
        Ok(Some(found))
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

    /// Gets the files that differ between two trees from the remote of a partial clone, all at once:
    /// read one by one, each would be a connection of its own. What cannot be got is told by whoever
    /// reads it.
    pub fn get_changed(&self, old: Oid, new: Oid) {
        if matches!(self.reader(), Reader::Children(children) if children.is_partial()) {
            let (old, new) = (old.to_string(), new.to_string());
            // Counting lines needs the contents, which Git then gets together.
            let _ = self.git().run(&[
                "diff-tree",
                "-r",
                "--numstat",
                "--no-renames",
                "--no-ext-diff",
                &old,
                &new,
            ]);
        }
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
        for (name, old, new) in differing(self.tree_entries(old)?, self.tree_entries(new)?) {
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
        let entries = self.access().tree(name)?;
        // Joined into a path, such a name would pass for an innocent one.
        if entries.iter().any(|(name, _)| name.is_empty() || name.contains(&b'/')) {
            return Err(GitError::BrokenTree(name));
        }
        Ok(entries)
    }

    /// Writes `base` with some paths set or removed; no base means an empty tree. A directory that
    /// loses its last entry goes too.
    pub fn edit_tree(&self, base: Option<Oid>, edits: &[(RepoPath, Option<Entry>)]) -> Result<Oid, GitError> {
        let mut batch = Batch::of(self);
        let tree = batch.edit_tree(self, base, &edits.iter().cloned().collect())?;
        batch.write_loose(self)?;
        Ok(tree)
    }
}

/// The names that stand for different things in two trees.
fn differing(old: Named, new: Named) -> Vec<(Vec<u8>, Option<Entry>, Option<Entry>)> {
    let (mut old, mut new) = (by_name(old).into_iter().peekable(), by_name(new).into_iter().peekable());
    let mut found = Vec::new();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((one, _)), Some((other, _))) => one.cmp(other),
        };
        let old = old.next_if(|_| order.is_le());
        let new = new.next_if(|_| order.is_ge());
        let (from, to) = (old.as_ref().map(|old| old.1), new.as_ref().map(|new| new.1));
        if from != to {
            found.extend(old.or(new).map(|(name, _)| (name, from, to)));
        }
    }
}

/// In the order of names; Git's own puts directories elsewhere, and hostile trees keep none. Of
/// entries with one name the last counts.
fn by_name(mut entries: Named) -> Named {
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries.dedup_by(|later, kept| {
        later.0 == kept.0 && {
            kept.1 = later.1;
            true
        }
    });
    entries
}

fn tree_or_leaf(entry: Option<Entry>) -> (Option<Oid>, Option<Entry>) {
    match entry {
        Some(entry) if entry.is_tree() => (Some(entry.oid), None),
        other => (None, other),
    }
}
