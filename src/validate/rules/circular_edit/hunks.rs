//! Replacements of lines, wherever they stand in a file, and of imports: one takes back another
//! when it is its mirror image.

use std::collections::{BTreeSet, HashMap};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::super::View;
use super::Kind;
use super::trail::{Metrics, Return, Undone};
use super::units::{State, plain};
use crate::model::{Fnv, Source};
use crate::validate::Edit;
use crate::validate::extract::language_of;
use crate::validate::lines::lines;

/// A stretch of lines that an edit replaced.
pub(super) struct Hunk {
    removed: u64,
    added: u64,
    /// Lines that say something, on the longer side.
    n_lines: usize,
    n_added: usize,
    /// One-based line in the new version.
    line: u32,
    /// The words that one word was replaced with another in, if that is all.
    pub(super) swap: Option<(String, String)>,
    pub(super) n_swapped: usize,
}

/// Fewer lines come and go by accident.
const LINES: usize = 3;
/// Larger files are not compared line by line.
const LONGEST: usize = 256 << 10;

/// The replacements of an edit.
pub(super) fn of<'a>(edit: &'a Edit) -> Vec<Hunk> {
    let text = |source: &'a Option<Source>| source.as_ref().map_or("", plain);
    let (old, new) = (text(&edit.before), text(&edit.content));
    if old.len() > LONGEST || new.len() > LONGEST {
        return Vec::new();
    }
    let (old, new) = (lines(old), lines(new));
    let mut hunks = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if !matches!(op, DiffOp::Equal { .. }) {
            hunks.push(hunk(&old[op.old_range()], &new[op.new_range()], op.new_range().start));
        }
    }
    hunks
}

fn hunk(removed: &[&str], added: &[&str], start: usize) -> Hunk {
    let (removed_lines, added_lines) = (significant(removed), significant(added));
    Hunk {
        removed: hash(&removed_lines),
        added: hash(&added_lines),
        n_lines: removed_lines.len().max(added_lines.len()),
        n_added: added_lines.len(),
        line: start as u32 + 1,
        swap: swap(&removed_lines, &added_lines),
        n_swapped: removed_lines.len(),
    }
}

/// Lines that say something: no blanks, no brackets alone.
fn significant(lines: &[&str]) -> Vec<String> {
    let says = |line: &&&str| line.chars().filter(|char| char.is_alphanumeric()).count() >= 3;
    lines.iter().filter(says).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn hash(lines: &[String]) -> u64 {
    let mut hash = Fnv::new();
    lines.iter().for_each(|line| hash.write(line.as_bytes()));
    hash.get()
}

/// The one word that was replaced in all lines, and by which.
fn swap(removed: &[String], added: &[String]) -> Option<(String, String)> {
    if removed.len() != added.len() || removed.is_empty() {
        return None;
    }
    let words = |line: &String| -> Vec<String> {
        let parts = line.split(|char: char| !char.is_alphanumeric() && char != '_');
        parts.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let mut found: Option<(String, String)> = None;
    for (old, new) in removed.iter().zip(added) {
        let (old, new) = (words(old), words(new));
        if old.len() != new.len() {
            return None;
        }
        for pair in old.into_iter().zip(new).filter(|(old, new)| old != new) {
            if found.as_ref().is_some_and(|found| *found != pair) {
                return None;
            }
            found = Some(pair);
        }
    }
    found
}

/// A replacement and who made it.
#[derive(Clone, Copy)]
struct Made<'a> {
    edit: &'a Edit,
    ordinal: usize,
    line: u32,
}

/// All replacements so far, by file and by what was removed and added.
#[derive(Default)]
pub(super) struct Mirrors<'a> {
    made: HashMap<(usize, u64, u64), Made<'a>>,
}

impl<'a> Mirrors<'a> {
    /// Adds the replacements of an edit and says whether one takes an earlier one back.
    pub(super) fn step(
        &mut self,
        view: &View<'a>,
        file: usize,
        edit: &'a Edit,
        ordinal: usize,
        hunks: &[Hunk],
    ) -> Option<(Kind, Return<'a>)> {
        let imports = imports(view, edit);
        let mut all: Vec<(Kind, &Hunk)> =
            hunks.iter().filter(|hunk| hunk.n_lines >= LINES).map(|hunk| (Kind::Lines, hunk)).collect();
        all.extend(imports.iter().map(|hunk| (Kind::Imports, hunk)));
        let mut found = None;
        for (kind, hunk) in all {
            let mirror = self
                .made
                .get(&(file, hunk.added, hunk.removed))
                .filter(|made| made.edit.commit != edit.commit);
            // What is only removed goes for many reasons.
            if let Some(made) = mirror.filter(|_| found.is_none() && hunk.n_added > 0) {
                found = Some((kind, back(made, edit, ordinal, hunk)));
            }
            self.made.insert((file, hunk.removed, hunk.added), Made { edit, ordinal, line: hunk.line });
        }
        found
    }
}

fn back<'a>(made: &Made<'a>, edit: &'a Edit, ordinal: usize, hunk: &Hunk) -> Return<'a> {
    let state = |source: &'a Option<Source>| {
        source.as_ref().map(|source| State { hash: 0, text: plain(source), line: hunk.line })
    };
    let is_own = made.edit.actor == edit.actor;
    Return {
        left: made.edit,
        left_line: made.line,
        undone: Undone::from([(made.edit.actor.as_str(), made.edit)]),
        from: state(&edit.before),
        to: state(&edit.content),
        is_near: false,
        own_returns: usize::from(is_own && made.ordinal + 5 > ordinal),
        metrics: Metrics { states: 2, changes: 2, returns: 1, wasted: hunk.n_lines },
    }
}

/// The modules that an edit stopped and started to import, as one replacement.
fn imports(view: &View<'_>, edit: &Edit) -> Option<Hunk> {
    let language = language_of(&edit.path)?;
    let modules = |source: &Option<Source>| -> Option<BTreeSet<String>> {
        let side = view.models.get(&(source.as_ref()?.oid, language))?;
        let outside = side.model.imports.iter().filter(|import| !import.module.starts_with('.'));
        Some(outside.map(|import| import.module.clone()).collect())
    };
    let (old, new) = (modules(&edit.before)?, modules(&edit.content)?);
    let removed: Vec<String> = old.difference(&new).cloned().collect();
    let added: Vec<String> = new.difference(&old).cloned().collect();
    let marked = |modules: &[String]| {
        hash(&modules.iter().map(|module| format!("import {module}")).collect::<Vec<_>>())
    };
    (!removed.is_empty() && !added.is_empty()).then(|| Hunk {
        removed: marked(&removed),
        added: marked(&added),
        n_lines: removed.len().max(added.len()),
        n_added: added.len(),
        line: 1,
        swap: None,
        n_swapped: 0,
    })
}
