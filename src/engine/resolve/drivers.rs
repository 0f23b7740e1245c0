//! Which merges are nobody else's: those without a merge driver of the user's.

use std::collections::{BTreeMap, BTreeSet};

use crate::git::{Merged, Repo, merge_attributes};
use crate::model::{Oid, RepoPath};

/// Which of some merges conflict only in the text of files that have no merge driver of their own, each
/// by the attributes of a commit.
///
/// Git is asked about a path at any commit that has the same `.gitattributes` above it, so mostly at one
/// for all: branches seldom touch them, and a process for each took longer than all the merges.
pub(super) fn without_driver(repo: &Repo, merges: &[(Oid, &Merged)]) -> anyhow::Result<Vec<bool>> {
    let is_content =
        |message: &String| !message.starts_with("CONFLICT") || message.starts_with("CONFLICT (content)");
    let may_be = |merged: &Merged| !merged.conflicts.is_empty() && merged.messages.iter().all(is_content);
    let mut rules = Rules { repo, known: BTreeMap::new() };
    let mut asked: Vec<Vec<(Oid, &RepoPath)>> = Vec::new();
    let mut questions: BTreeMap<Oid, BTreeSet<&RepoPath>> = BTreeMap::new();
    for &(commit, merged) in merges {
        let mut of_merge = Vec::new();
        for conflict in merged.conflicts.iter().filter(|_| may_be(merged)) {
            let path = &conflict.path;
            let commit = rules.stand_in(commit, path, questions.keys())?;
            questions.entry(commit).or_default().insert(path);
            of_merge.push((commit, path));
        }
        asked.push(of_merge);
    }
    let mut found = BTreeMap::new();
    for (commit, paths) in questions {
        let paths: Vec<&RepoPath> = paths.into_iter().collect();
        found.insert(commit, merge_attributes(repo, commit, &paths)?);
    }
    let is_text = |(commit, path): &(Oid, &RepoPath)| {
        let value = found.get(commit).and_then(|attributes| attributes.get(*path));
        value.is_none_or(|value| value == "set" || value == "text")
    };
    Ok(asked.iter().map(|of_merge| !of_merge.is_empty() && of_merge.iter().all(is_text)).collect())
}

/// The `.gitattributes` of commits.
struct Rules<'a> {
    repo: &'a Repo,
    /// By commit and directory.
    known: BTreeMap<(Oid, Vec<u8>), Option<Oid>>,
}

impl Rules<'_> {
    /// The first of some commits that has the same rules for a path as this one, else this one.
    fn stand_in<'c>(
        &mut self,
        commit: Oid,
        path: &RepoPath,
        others: impl Iterator<Item = &'c Oid>,
    ) -> anyhow::Result<Oid> {
        let own = self.above(commit, path)?;
        for &other in others {
            if self.above(other, path)? == own {
                return Ok(other);
            }
        }
        Ok(commit)
    }

    /// Those that have a say about a path, from the top down.
    fn above(&mut self, commit: Oid, path: &RepoPath) -> anyhow::Result<Vec<Option<Oid>>> {
        let path = path.as_bytes();
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at + 1);
        std::iter::once(0).chain(slashes).map(|end| self.of(commit, &path[..end])).collect()
    }

    fn of(&mut self, commit: Oid, directory: &[u8]) -> anyhow::Result<Option<Oid>> {
        let key = (commit, directory.to_vec());
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let file = RepoPath::new([directory, b".gitattributes"].concat());
        let entry = self.repo.entry_at(self.repo.commit(commit)?.tree, &file)?;
        let found = entry.map(|entry| entry.oid);
        self.known.insert(key, found);
        Ok(found)
    }
}
