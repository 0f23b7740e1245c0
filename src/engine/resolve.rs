//! Resolves the files of a merge that conflict in text, in memory.
//!
//! All or nothing: a merge of which one file still conflicts is no merge. Files with a merge driver
//! of their own, links, submodules and files that one side deleted are Git's and the user's.

mod drivers;
mod question;
mod verdicts;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::git::{Conflict, Entry, Merged, Repo};
use crate::handoff::Certificate;
use crate::merge::resolve::{
    CHECKS, Guess, LARGEST, LINES, Markers, Said, Structure, Versions, first_conflict, guesses, merge_file,
    merge_structures,
};
use crate::model::{Oid, RepoPath};
use drivers::without_driver;
pub(super) use question::{Finished, Question, question};
use verdicts::{Verdict, Verdicts};

/// A file whose conflicts were resolved, and with which evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub path: RepoPath,
    /// The branch that was merged.
    pub branch: String,
    pub hunks: usize,
    pub rung: &'static str,
    /// Which of the candidates it is.
    pub candidate: String,
    /// Why others were refused.
    pub refused: Vec<String>,
    /// What it passed.
    pub checks: Vec<String>,
    /// What the file says; of guesses alone.
    pub(super) said: Said,
}

impl Resolved {
    /// How it was resolved, for a person.
    pub fn how(&self) -> String {
        format!("by {}", self.rung)
    }

    /// Whether every line is there whole that a side added or both kept.
    pub(super) fn keeps_lines(&self) -> bool {
        self.checks.iter().any(|check| check == LINES)
    }

    /// The evidence, as the merge commit keeps it.
    pub(super) fn certificate(&self) -> Certificate {
        Certificate {
            path: self.path.to_string(),
            rung: self.rung.to_owned(),
            candidate: self.candidate.clone(),
            checks: self.checks.clone(),
            refused: self.refused.iter().take(MOST_REFUSED).cloned().collect(),
        }
    }
}

/// How many refusals a merge commit lists for a file.
const MOST_REFUSED: usize = 20;

/// The rung of what only a gate can judge.
pub(super) const SEARCH: &str = "search";

/// The guesses at a file, and why others are out.
type Guesses = (Vec<Guess>, Vec<String>);

/// Which of the guesses are taken, and those that are known.
#[derive(Debug, Default)]
pub(super) struct Picks {
    /// The place in the list of combinations, best first.
    pub(super) pick: usize,
    /// A merge is made again for every pick; its files are not.
    known: RefCell<BTreeMap<[Oid; 3], Rc<Guesses>>>,
    /// Branches of which structure alone makes no merge that is sound.
    pub(super) doubted: BTreeSet<String>,
}

/// The texts that may stand in place of one conflict.
struct Answer<'a> {
    conflict: &'a Conflict,
    mode: u32,
    texts: Vec<String>,
    /// One for each text.
    resolved: Vec<Resolved>,
}

/// The tree of a merge with all its conflicts resolved; none where one cannot be. With picks, what
/// structure does not prove is taken from guesses.
pub(super) fn resolve_merge(
    repo: &Repo,
    attributes_of: Oid,
    merged: &Merged,
    branch: &str,
    picks: Option<&Picks>,
) -> anyhow::Result<Option<(Oid, Vec<Resolved>)>> {
    if without_driver(repo, &[(attributes_of, merged)])? != [true] {
        return Ok(None);
    }
    let mut answers = Vec::new();
    for conflict in &merged.conflicts {
        let Some(answer) = answer(repo, conflict, branch, picks)? else { return Ok(None) };
        answers.push(answer);
    }
    let sizes: Vec<usize> = answers.iter().map(|answer| answer.texts.len()).collect();
    let proved = answers.iter().flat_map(|answer| &answer.resolved).all(|resolved| resolved.rung != SEARCH);
    let pick = picks.filter(|_| !proved).map_or(0, |picks| picks.pick);
    let Some(places) = nth_combination(&sizes, pick) else { return Ok(None) };
    let (mut edits, mut done) = (Vec::new(), Vec::new());
    for (answer, place) in answers.into_iter().zip(places) {
        let entry = Entry { oid: repo.write_blob(answer.texts[place].as_bytes())?, mode: answer.mode };
        edits.push((answer.conflict.path.clone(), Some(entry)));
        done.extend(answer.resolved.into_iter().nth(place));
    }
    Ok(Some((repo.edit_tree(Some(merged.tree), &edits)?, done)))
}

/// The three texts of a conflict.
struct Sides {
    oids: [Oid; 3],
    texts: [String; 3],
    mode: u32,
}

impl Sides {
    fn versions<'a>(&'a self, path: &'a RepoPath) -> Versions<'a> {
        let [base, ours, theirs] = &self.texts;
        Versions { path, base, ours, theirs }
    }
}

/// The three files of a conflict; none where one is missing, or no plain file of the same mode.
fn plain_files(conflict: &Conflict) -> Option<[Entry; 3]> {
    let entries = [conflict.base?, conflict.ours?, conflict.theirs?];
    entries.iter().all(|entry| entry.is_file() && entry.mode == entries[1].mode).then_some(entries)
}

/// The texts of a conflict; none where a side is no text, or no plain file of the same mode.
fn sides(repo: &Repo, conflict: &Conflict) -> anyhow::Result<Option<Sides>> {
    let Some(entries) = plain_files(conflict) else { return Ok(None) };
    let mut texts = entries.map(|_| String::new());
    for (entry, place) in entries.iter().zip(&mut texts) {
        if repo.blob_size(entry.oid)? > LARGEST as u64 {
            return Ok(None);
        }
        let Ok(text) = String::from_utf8(repo.blob(entry.oid)?) else { return Ok(None) };
        *place = text;
    }
    Ok(Some(Sides { oids: entries.map(|entry| entry.oid), texts, mode: entries[1].mode }))
}

/// What is said of the place of a conflict behind its path: the line in the branch that comes in, or what
/// became of the file.
pub(super) fn place_of(repo: &Repo, conflict: &Conflict) -> anyhow::Result<String> {
    let words = match (conflict.base, conflict.ours, conflict.theirs) {
        (Some(_), None, Some(_)) => " (changed here, deleted there)",
        (Some(_), Some(_), None) => " (deleted here, changed there)",
        (None, Some(_), Some(_)) => " (added here and there)",
        _ => "",
    };
    let line = match sides(repo, conflict)? {
        Some(sides) => first_conflict(sides.versions(&conflict.path)),
        None => None,
    };
    Ok(line.map_or(words.to_owned(), |line| format!(":{line}")))
}

/// How many merges are held in memory at once.
const BATCH: usize = 64;

/// No parser gives up within this time.
const AT_EASE: Duration = Duration::from_secs(1);

/// A conflict that structure may resolve.
enum Open {
    /// It was looked at before.
    Known(bool),
    Asked(Sides),
    /// There is nothing that structure could work on.
    Hopeless,
}

/// Which of some merges the structure of their files resolves. Verdicts are kept in `cache`.
pub(super) fn resolvable(repo: &Repo, cache: &Path, merges: &[(Oid, &Merged)]) -> anyhow::Result<Vec<bool>> {
    let verdicts = Verdicts::open(cache);
    let without_driver = without_driver(repo, merges)?;
    let (mut found, mut new) = (Vec::with_capacity(merges.len()), Vec::new());
    let all: Vec<(&Merged, bool)> =
        merges.iter().zip(without_driver).map(|(&(_, merged), is_ours)| (merged, is_ours)).collect();
    for batch in all.chunks(BATCH) {
        let mut loaded = Vec::new();
        for &(merged, is_ours) in batch {
            let conflicts = merged.conflicts.iter().filter(|_| is_ours);
            loaded.push(
                conflicts.map(|conflict| open(repo, &verdicts, conflict)).collect::<Result<Vec<_>, _>>()?,
            );
        }
        let shelf = Shelf::of(batch.iter().map(|(merged, _)| *merged).zip(&loaded));
        let judge = |((merged, _), open): (&(&Merged, bool), &Vec<Open>)| judged(merged, open, &shelf);
        let judged: Vec<(bool, Vec<Verdict>)> = batch.par_iter().zip(&loaded).map(judge).collect();
        for (is_resolved, verdicts) in judged {
            found.push(is_resolved);
            new.extend(verdicts);
        }
    }
    verdicts.add(&mut new);
    Ok(found)
}

fn open(repo: &Repo, verdicts: &Verdicts, conflict: &Conflict) -> anyhow::Result<Open> {
    let Some(entries) = plain_files(conflict) else { return Ok(Open::Hopeless) };
    if let Some(known) = verdicts.get(conflict, entries.map(|entry| entry.oid)) {
        return Ok(Open::Known(known));
    }
    Ok(sides(repo, conflict)?.map_or(Open::Hopeless, Open::Asked))
}

/// The structures of files, each read when it is first asked for: the merges of a branch have its
/// version in common, and most of them the base.
struct Shelf<'a>(BTreeMap<(&'a RepoPath, Oid), OnceLock<Structure>>);

impl<'a> Shelf<'a> {
    fn of(merges: impl Iterator<Item = (&'a Merged, &'a Vec<Open>)>) -> Self {
        let conflicts = merges.flat_map(|(merged, open)| merged.conflicts.iter().zip(open));
        let keys = conflicts.flat_map(|(conflict, open)| {
            let oids = match open {
                Open::Asked(sides) => &sides.oids[..],
                Open::Known(_) | Open::Hopeless => &[],
            };
            oids.iter().map(|&oid| (&conflict.path, oid))
        });
        Self(keys.map(|key| (key, OnceLock::new())).collect())
    }

    fn structures(&self, path: &'a RepoPath, sides: &Sides) -> [&Structure; 3] {
        [0, 1, 2].map(|side| {
            let place =
                self.0.get(&(path, sides.oids[side])).expect("every side that is asked for has its place");
            place.get_or_init(|| Structure::of(path, &sides.texts[side]))
        })
    }
}

/// Whether all conflicts of a merge are resolved, with what was not known before.
fn judged<'a>(merged: &'a Merged, open: &[Open], shelf: &Shelf<'a>) -> (bool, Vec<Verdict>) {
    let mut new = Vec::new();
    let mut is_resolved = |(conflict, open): (&'a Conflict, &Open)| match open {
        Open::Known(known) => *known,
        Open::Hopeless => false,
        Open::Asked(sides) => {
            let started = Instant::now();
            let versions = sides.versions(&conflict.path);
            let structures = || shelf.structures(&conflict.path, sides);
            let is_resolved = merge_structures(versions, structures, &Markers::default()).conflicts == 0;
            // What was given up for taking too long may be resolved on a faster day.
            if started.elapsed() < AT_EASE {
                new.push(Verdicts::verdict(conflict, sides.oids, is_resolved));
            }
            is_resolved
        }
    };
    let all = merged.conflicts.iter().zip(open).all(&mut is_resolved);
    (all && !open.is_empty(), new)
}

/// The texts that may stand in place of a conflict, best first; none where there is no such text.
fn answer<'a>(
    repo: &Repo,
    conflict: &'a Conflict,
    branch: &str,
    picks: Option<&Picks>,
) -> anyhow::Result<Option<Answer<'a>>> {
    let Some(sides) = sides(repo, conflict)? else { return Ok(None) };
    let versions = sides.versions(&conflict.path);
    let merge = merge_file(versions, &Markers::default());
    let resolved = |rung, candidate: &str, refused: &[String], checks: &[&str], said| Resolved {
        path: conflict.path.clone(),
        branch: branch.to_owned(),
        hunks: merge.hunks,
        rung,
        candidate: candidate.to_owned(),
        refused: refused.to_vec(),
        checks: checks.iter().map(|&check| check.to_owned()).collect(),
        said,
    };
    let mode = sides.mode;
    let is_doubted = picks.is_some_and(|picks| picks.doubted.contains(branch));
    if merge.conflicts == 0 && !is_doubted {
        let resolved = vec![resolved("structure", "structure", &[], CHECKS, Said::default())];
        return Ok(Some(Answer { conflict, mode, texts: vec![merge.text], resolved }));
    }
    let Some(picks) = picks else { return Ok(None) };
    let mut known = picks.known.borrow_mut();
    let found = known.entry(sides.oids).or_insert_with(|| Rc::new(guesses(versions)));
    let (found, refused) = found.as_ref();
    let resolved =
        found.iter().map(|guess| resolved(SEARCH, &guess.name, refused, &guess.checks, guess.said)).collect();
    let texts = found.iter().map(|guess| guess.text.clone()).collect();
    Ok(Some(Answer { conflict, mode, texts, resolved }))
}

/// One place in each of several lists: the n-th of all such choices when those with the least sum of
/// places come first.
fn nth_combination(sizes: &[usize], n: usize) -> Option<Vec<usize>> {
    if sizes.contains(&0) {
        return None;
    }
    let first = vec![0; sizes.len()];
    let mut waiting = BTreeSet::from([(0, first)]);
    for _ in 0..n {
        let (sum, places) = waiting.pop_first()?;
        for idx in (0..sizes.len()).filter(|&idx| places[idx] + 1 < sizes[idx]) {
            let mut next = places.clone();
            next[idx] += 1;
            waiting.insert((sum + 1, next));
        }
    }
    waiting.pop_first().map(|(_, places)| places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_of_several_files_come_best_first_and_each_once() {
        let all: Vec<_> = (0..7).map_while(|n| nth_combination(&[3, 2], n)).collect();
        assert_eq!(all, [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]);
        assert_eq!(nth_combination(&[2, 0], 0), None);
        assert_eq!(nth_combination(&[1], 1), None);
    }
}
