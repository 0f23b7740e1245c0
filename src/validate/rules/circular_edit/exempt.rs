//! What goes back and forth without a quarrel.

use std::collections::BTreeMap;

use super::hunks::Hunk;
use super::units::plain;
use crate::model::RepoPath;
use crate::validate::Edit;
use crate::validate::load::{is_generated, vendored};

/// Whether an edit says itself that it goes back, or is of a file that follows others.
pub(super) fn is_exempt(edit: &Edit) -> bool {
    let foreign = || edit.content.as_ref().is_some_and(|content| is_generated(plain(content)));
    edit.is_revert || is_lock(&edit.path) || vendored(&edit.path).is_some() || foreign()
}

/// Lock files go back and forth with what they lock.
fn is_lock(path: &RepoPath) -> bool {
    const LOCKS: [&str; 7] = [
        "package-lock.json",
        "pnpm-lock.yaml",
        "npm-shrinkwrap.json",
        "go.sum",
        "packages.lock.json",
        "bun.lockb",
        "gradle.lockfile",
    ];
    let name = path.file_name();
    path.extension() == "lock" || LOCKS.contains(&&*name)
}

/// How much of a commit is one replacement made everywhere.
pub(super) struct Bulk {
    files: usize,
    hunks: usize,
    /// Hunks and lines in which the most frequent word was replaced.
    swapped: (usize, usize),
}

/// A commit that changes as many files does so by a rule and not by hand.
const FILES: usize = 40;
/// A word that is replaced in as many places and lines is renamed.
const PLACES: (usize, usize) = (3, 5);

impl Bulk {
    pub(super) fn of(hunks: &[Vec<Hunk>]) -> Self {
        let mut swaps: BTreeMap<&(String, String), (usize, usize)> = BTreeMap::new();
        for hunk in hunks.iter().flatten() {
            let Some(swap) = &hunk.swap else { continue };
            let (places, lines) = swaps.entry(swap).or_default();
            *places += 1;
            *lines += hunk.n_swapped;
        }
        let swapped = swaps.into_values().max().unwrap_or_default();
        Self { files: hunks.len(), hunks: hunks.iter().map(Vec::len).sum(), swapped }
    }

    pub(super) fn is_bulk(&self) -> bool {
        self.files > FILES
            || (self.swapped.0 >= PLACES.0
                && self.swapped.1 >= PLACES.1
                && self.swapped.0 * 5 >= self.hunks * 4)
    }
}
