//! Merges pairs of branches for the files that both changed: some faults exist only in the merge.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::changes::{LARGEST, Refused};
use super::{Comparison, load};
use crate::engine::merges::{Answer, Merges};
use crate::engine::parted::{Group, PairIdx};
use crate::git::{Merged, Pair, Repo};
use crate::merge::{Anchors, Version, unite_apart};
use crate::model::{BranchChanges, FileChange, Oid, RepoPath, Source};
use crate::validate::{MergedFile, extract};

/// Merges every two branches of the group that changed a source file in common, and reads it.
///
/// `changes` are those of the group's members, by the position of the branch; of files that conflict
/// only those that somebody resolved are looked at. A pair that Git cannot merge at all goes to `refused`.
pub(super) fn merged_files(
    repo: &Repo,
    (group, comparison): (&Group, &Comparison<'_>),
    changes: &BTreeMap<usize, BranchChanges>,
    refused: &mut Vec<Refused>,
) -> anyhow::Result<Vec<MergedFile>> {
    let mut shared = shared_sources(group, changes);
    let mut found = BTreeMap::new();
    // Of branches that begin at different places Git alone knows the base.
    if group.starts.is_empty() {
        found.extend(merged_apart(repo, changes, &mut shared));
    }
    add_moved(group, changes, &mut shared);
    shared.retain(|_, paths| !paths.is_empty());
    found.extend(merged_by_git(repo, (group, comparison), (changes, &shared), refused)?);
    let file = |(((one, two), path), merged)| {
        let branches = vec![changes[&one].name.clone(), changes[&two].name.clone()];
        MergedFile { path, branches, merged }
    };
    Ok(found.into_iter().map(file).collect())
}

/// Files as two branches leave them together.
type Found = Vec<((PairIdx, RepoPath), Source)>;

/// Takes those paths out of `shared` of which the branches of a pair changed different sections: there
/// is one way to merge them, so Git need not be asked.
fn merged_apart(
    repo: &Repo,
    changes: &BTreeMap<usize, BranchChanges>,
    shared: &mut BTreeMap<PairIdx, Vec<RepoPath>>,
) -> Found {
    let mut versions = Versions::default();
    let mut found = Found::new();
    for (&(one, two), paths) in shared {
        paths.retain(|path| {
            let merged = versions.unite([&changes[&one], &changes[&two]], path).and_then(|bytes| {
                let oid = repo.blob_name(&bytes)?;
                Some(Source { oid, bytes: bytes.into() })
            });
            let is_open = merged.is_none();
            found.extend(merged.map(|merged| (((one, two), path.clone()), merged)));
            is_open
        });
    }
    found
}

/// What versions kept of their base, each looked at once.
#[derive(Default)]
struct Versions(HashMap<(Oid, Oid), Option<Anchors>>);

impl Versions {
    fn unite(&mut self, branches: [&BranchChanges; 2], path: &RepoPath) -> Option<Vec<u8>> {
        let [ours, theirs] = branches.map(|branch| version(branch, path));
        let (base, ours, theirs) = match (ours?, theirs?) {
            ((base, ours), (other, theirs)) if base.oid == other.oid => (base, ours, theirs),
            _ => return None,
        };
        for side in [ours, theirs] {
            let anchors = || Anchors::new(&base.bytes, &side.bytes);
            self.0.entry((base.oid, side.oid)).or_insert_with(anchors);
        }
        let anchors = |side: &Source| self.0.get(&(base.oid, side.oid))?.as_ref();
        let ours = Version { text: &ours.bytes, anchors: anchors(ours)? };
        let theirs = Version { text: &theirs.bytes, anchors: anchors(theirs)? };
        unite_apart(&base.bytes, ours, theirs)
    }
}

/// The base and the branch's version of a file, where both were read.
fn version<'a>(branch: &'a BranchChanges, path: &RepoPath) -> Option<(&'a Source, &'a Source)> {
    let place = branch.files.binary_search_by(|file| file.path.cmp(path)).ok()?;
    let (old, new) = (branch.files[place].old.as_ref()?, branch.files[place].new.as_ref()?);
    let is_read = |source: &Source| !source.bytes.is_empty() && source.bytes.len() as u64 <= LARGEST;
    (is_read(old) && is_read(new)).then_some((old, new))
}

/// What Git makes of the files of pairs.
fn merged_by_git(
    repo: &Repo,
    (group, comparison): (&Group, &Comparison<'_>),
    (changes, shared): (&BTreeMap<usize, BranchChanges>, &BTreeMap<PairIdx, Vec<RepoPath>>),
    refused: &mut Vec<Refused>,
) -> anyhow::Result<Found> {
    let mut found = Found::new();
    if shared.is_empty() {
        return Ok(found);
    }
    let own;
    let merges = match comparison.merges {
        Some(merges) => merges,
        None => {
            own = Merges::new(repo, None)?;
            &own
        }
    };
    let pair = |&(one, two): &PairIdx| Pair {
        // Of branches that begin at different places Git finds the base as well as we do.
        base: group.starts.is_empty().then_some(group.base),
        ours: changes[&one].tip,
        theirs: changes[&two].tip,
    };
    let pairs: Vec<Pair> = shared.keys().map(pair).collect();
    let answers = merges.of(&pairs)?;
    let is_looked_at = |(answer, paths): (&Answer, &Vec<RepoPath>)| {
        let conflicts =
            |merged: &Merged, path: &RepoPath| merged.conflicts.iter().any(|found| found.path == *path);
        answer.as_ref().as_ref().is_ok_and(|merged| paths.iter().any(|path| !conflicts(merged, path)))
    };
    let looked_at = pairs.iter().zip(answers.iter().zip(shared.values()));
    let looked_at = looked_at.filter(|(_, about)| is_looked_at(*about)).map(|(pair, _)| *pair);
    merges.require_trees(&looked_at.collect::<Vec<_>>())?;
    let repo = merges.repo()?;
    for ((&(one, two), paths), answer) in shared.iter().zip(&answers) {
        let merged = match answer.as_ref() {
            Ok(merged) => merged,
            Err(error) => {
                let (one, two) = (&changes[&one].name, &changes[&two].name);
                let why = format!("the merge of {one} and {two} was not looked at: {error}");
                refused.push((RepoPath::from("."), why));
                continue;
            }
        };
        let conflicted: BTreeSet<&RepoPath> =
            merged.conflicts.iter().map(|conflict| &conflict.path).collect();
        for path in paths {
            let entry = match conflicted.contains(path) {
                true => comparison.resolved.iter().find(|(known, _)| known == path).map(|(_, entry)| *entry),
                false => repo.entry_at(merged.tree, path)?,
            };
            if let Some(entry) =
                entry.filter(|entry| differs(entry.oid, path, [&changes[&one], &changes[&two]]))
            {
                found.push((((one, two), path.clone()), load(&repo, path, entry)?));
            }
        }
    }
    Ok(found)
}

/// Whether a merged file is other than in the only branch that has it: then Git followed a rename.
fn differs(merged: Oid, path: &RepoPath, branches: [&BranchChanges; 2]) -> bool {
    let of = |branch: &BranchChanges| {
        branch.files.iter().find(|file| file.path == *path)?.new.as_ref().map(|new| new.oid)
    };
    match branches.map(of) {
        [Some(only), None] | [None, Some(only)] => only != merged,
        _ => true,
    }
}

/// Adds the new source files of a branch that lost a file which the other one changed: it may have
/// moved there, and then Git merges the change into the new place.
fn add_moved(
    group: &Group,
    changes: &BTreeMap<usize, BranchChanges>,
    shared: &mut BTreeMap<PairIdx, Vec<RepoPath>>,
) {
    for &(one, two) in &group.pairs {
        for (mover, other) in [(one, two), (two, one)] {
            let (Some(mover), Some(other)) = (changes.get(&mover), changes.get(&other)) else { continue };
            let source = |path: &RepoPath| extract::language_of(path).is_some();
            let kept: BTreeSet<&RepoPath> =
                other.files.iter().filter(|file| file.new.is_some()).map(|file| &file.path).collect();
            let lost =
                |file: &FileChange| file.new.is_none() && source(&file.path) && kept.contains(&file.path);
            if mover.files.iter().any(lost) {
                let made = mover.files.iter().filter(|file| file.old.is_none() && source(&file.path));
                let paths = shared.entry((one, two)).or_default();
                paths.extend(made.map(|file| file.path.clone()).filter(|path| !kept.contains(path)));
            }
        }
    }
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
