//! Predicts for every pair of branches what Git would say to merging them.
//!
//! Most pairs are decided from the paths they changed. Git is asked about the rest, and about every
//! pair that did not part at exactly one commit. Nothing is written to the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Branch;
use super::merges::{Answer, Merges};
use super::parted::{Group, PairIdx, Parted};
use super::resolve::resolvable;
use crate::git::{Entry, GitError, Merged, Pair, Repo};
use crate::merge::{Edit, predict};
use crate::model::{Oid, RepoPath};

/// What Git would say to a merge.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Textual {
    /// Paths that conflict. Some conflicts, such as over a moved directory, name none.
    pub files: Vec<RepoPath>,
    pub is_clean: bool,
    /// The rung on which the conflict is resolved without a guess.
    pub rung: Option<&'static str>,
    /// Why Git would not even try.
    pub failure: Option<String>,
}

impl Textual {
    fn clean() -> Self {
        Self { is_clean: true, ..Self::default() }
    }

    /// Of a merge that Git would not even try.
    pub(super) fn impossible(why: String) -> Self {
        Self { failure: Some(why), ..Self::default() }
    }

    fn of(answer: &Result<Merged, GitError>, sides: &[&Branch; 2], rung: Option<&'static str>) -> Self {
        match answer {
            Ok(merged) => {
                let files = merged.conflicts.iter().map(|conflict| as_in_a_merge(&conflict.path, sides));
                Self { files: files.collect(), is_clean: merged.clean, rung, failure: None }
            }
            Err(error) => Self::impossible(why(error)),
        }
    }
}

/// The path as `git merge` would have it. Where a file and a directory meet, Git sets the file
/// beside it as `path~branch`, but we name branches to it by their commits.
pub(super) fn as_in_a_merge(path: &RepoPath, sides: &[&Branch]) -> RepoPath {
    let named = |path: RepoPath, side: &&Branch| {
        path.replaced(&format!("~{}", side.tip), &format!("~{}", side.name.replace('/', "_")))
    };
    sides.iter().fold(path.clone(), named)
}

/// The words of Git alone, where it has said something.
pub(super) fn why(error: &GitError) -> String {
    match error {
        GitError::Failed { stderr, .. } if !stderr.is_empty() => {
            stderr.strip_prefix("fatal: ").unwrap_or(stderr).to_owned()
        }
        other => other.to_string(),
    }
}

/// Predicts all pairs, and where there is a place to keep verdicts, which of the conflicts are resolved
/// by structure.
pub(super) fn textual(
    repo: &Repo,
    branches: &[Branch],
    parted: &Parted,
    (merges, verdicts): (&Merges, Option<&Path>),
) -> anyhow::Result<BTreeMap<PairIdx, Textual>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<(PairIdx, Option<Oid>)> = Vec::new();
    for group in &parted.groups {
        let undecided = undecided(repo, branches, group)?;
        open.extend(undecided.iter().map(|&pair| (pair, Some(group.base))));
        found.extend(group.pairs.iter().map(|&pair| (pair, Textual::clean())));
    }
    open.extend(parted.criss_cross.iter().map(|&(pair, _)| (pair, None)));
    open.extend(parted.unrelated.iter().map(|&pair| (pair, None)));
    if !open.is_empty() {
        let pair = |&((one, other), base): &(PairIdx, Option<Oid>)| Pair {
            base,
            ours: branches[one].tip,
            theirs: branches[other].tip,
        };
        let answers = merges.of(&open.iter().map(pair).collect::<Vec<_>>())?;
        let answered = answers.iter().enumerate().filter_map(|(idx, answer)| Some((idx, merged(answer)?)));
        let conflicts: Vec<(usize, &Merged)> = answered.filter(|(_, merged)| !merged.clean).collect();
        let conflicting: Vec<(Oid, &Merged)> =
            conflicts.iter().map(|&(idx, merged)| (branches[open[idx].0.0].tip, merged)).collect();
        let resolvable = match verdicts {
            Some(cache) => resolvable(&merges.repo()?, cache, &conflicting)?,
            None => Vec::new(),
        };
        let by_structure: BTreeSet<usize> =
            conflicts.iter().zip(resolvable).filter(|(_, is)| *is).map(|(conflict, _)| conflict.0).collect();
        for (idx, (&((one, other), _), answer)) in open.iter().zip(&answers).enumerate() {
            let rung = by_structure.contains(&idx).then_some("structure");
            found.insert((one, other), Textual::of(answer, &[&branches[one], &branches[other]], rung));
        }
    }
    Ok(found)
}

/// What Git merged, if it did.
fn merged(answer: &Answer) -> Option<&Merged> {
    answer.as_ref().as_ref().ok()
}

/// The pairs of a group that their changed paths do not decide.
fn undecided(repo: &Repo, branches: &[Branch], group: &Group) -> anyhow::Result<Vec<PairIdx>> {
    let members: Vec<usize> = group.members().into_iter().collect();
    let mut edits = Vec::with_capacity(members.len());
    let mut unreadable = Vec::new();
    for &idx in &members {
        match edits_of(repo, group.base, branches[idx].tip) {
            Err(GitError::BrokenTree(_)) => {
                unreadable.push(idx);
                edits.push(Vec::new());
            }
            found => edits.push(found?),
        }
    }
    let prediction = predict(&edits);
    let mut open: Vec<PairIdx> =
        prediction.undecided().into_iter().map(|(one, other)| (members[one], members[other])).collect();
    let is_open = |pair: &PairIdx| unreadable.contains(&pair.0) || unreadable.contains(&pair.1);
    open.retain(|pair| group.pairs.contains(pair) && !is_open(pair));
    open.extend(group.pairs.iter().filter(|pair| is_open(pair)));
    Ok(open)
}

fn edits_of(repo: &Repo, base: Oid, tip: Oid) -> Result<Vec<Edit>, GitError> {
    let plain = |entry: Option<Entry>| entry.map(|entry| (entry.oid, entry.mode));
    let changes = repo.diff_trees(repo.commit(base)?.tree, repo.commit(tip)?.tree)?;
    let edit = |change: crate::git::TreeChange| Edit {
        old: plain(change.old),
        new: plain(change.new),
        path: change.path,
    };
    Ok(changes.into_iter().map(edit).collect())
}
