//! Merges pairs of branches for the files that both changed: some faults exist only in the merge.

use std::collections::{BTreeMap, BTreeSet};

use super::load;
use crate::engine::parted::{Group, PairIdx};
use crate::git::{Pair, Quarantine, Repo, predict_pairs};
use crate::model::{BranchChanges, Oid, RepoPath};
use crate::validate::{MergedFile, extract};

/// Merges every two branches of the group that changed a source file in common, and reads it.
///
/// `changes` are those of the group's members, by the position of the branch.
pub(super) fn merged_files(
    repo: &Repo,
    group: &Group,
    changes: &BTreeMap<usize, BranchChanges>,
) -> anyhow::Result<Vec<MergedFile>> {
    let shared = shared_sources(group, changes);
    if shared.is_empty() {
        return Ok(Vec::new());
    }
    let quarantine = Quarantine::new(repo)?;
    let pair = |&(one, two): &PairIdx| Pair {
        base: Some(group.base),
        ours: changes[&one].tip,
        theirs: changes[&two].tip,
    };
    let pairs: Vec<Pair> = shared.keys().map(pair).collect();
    let mut files = Vec::new();
    for ((&(one, two), paths), merged) in shared.iter().zip(predict_pairs(&quarantine, &pairs)?) {
        // A pair that cannot be merged at all is the business of the merge.
        let Ok(merged) = merged else { continue };
        let conflicted: BTreeSet<&RepoPath> =
            merged.conflicts.iter().map(|conflict| &conflict.path).collect();
        for path in paths.iter().filter(|path| !conflicted.contains(path)) {
            if let Some(entry) = quarantine.repo().entry_at(merged.tree, path)? {
                let branches = vec![changes[&one].name.clone(), changes[&two].name.clone()];
                let merged = load(quarantine.repo(), path, entry)?;
                files.push(MergedFile { path: (*path).clone(), branches, merged });
            }
        }
    }
    Ok(files)
}

/// The source files that both branches of a pair left different from the base and from each other.
fn shared_sources(
    group: &Group,
    changes: &BTreeMap<usize, BranchChanges>,
) -> BTreeMap<PairIdx, Vec<RepoPath>> {
    let mut writers: BTreeMap<&RepoPath, Vec<(usize, Oid)>> = BTreeMap::new();
    for (&idx, branch) in changes {
        for file in branch.files.iter().filter(|file| extract::language_of(&file.path).is_some()) {
            if let Some(new) = &file.new {
                writers.entry(&file.path).or_default().push((idx, new.oid));
            }
        }
    }
    let mut shared: BTreeMap<PairIdx, Vec<RepoPath>> = BTreeMap::new();
    for (path, writers) in writers {
        for (position, &(one, left)) in writers.iter().enumerate() {
            let differing = writers[position + 1..].iter().filter(|&&(_, right)| right != left);
            for &(two, _) in differing.filter(|&&(two, _)| group.pairs.contains(&(one, two))) {
                shared.entry((one, two)).or_default().push(path.clone());
            }
        }
    }
    shared
}
