//! Which path of a commit is which file of the commits before: files keep their past when they
//! are moved.

use std::collections::BTreeMap;

use super::units::plain;
use crate::model::{RepoPath, Source};
use crate::validate::Edit;
use crate::validate::names::similarity;

/// Files with a number each that outlives their names.
#[derive(Default)]
pub(super) struct Files<'a> {
    ids: BTreeMap<&'a RepoPath, usize>,
    next: usize,
}

/// More files that come and go in one commit are not told apart.
const MOST_MOVED: usize = 50;
/// Longer texts are compared as a whole only.
const LONGEST: usize = 64 << 10;
/// At least this much stays of a file that is moved.
const KEPT: f64 = 0.7;

impl<'a> Files<'a> {
    /// The numbers of the files of a commit's edits; both ends of a move have the same.
    pub(super) fn ids(&mut self, commit: &'a [Edit]) -> Vec<usize> {
        let moved = moved(commit);
        for &(from, to) in &moved {
            let id = self.id_or_new(from);
            self.ids.insert(to, id);
        }
        let ids = commit.iter().map(|edit| self.id_or_new(&edit.path)).collect();
        for (from, _) in moved {
            self.ids.remove(from);
        }
        ids
    }

    fn id_or_new(&mut self, path: &'a RepoPath) -> usize {
        let next = &mut self.next;
        *self.ids.entry(path).or_insert_with(|| {
            *next += 1;
            *next
        })
    }
}

/// Pairs of a path that a commit removed and one that it added with nearly the same content.
fn moved(commit: &[Edit]) -> Vec<(&RepoPath, &RepoPath)> {
    let gone: Vec<(&RepoPath, &Source)> = commit
        .iter()
        .filter(|edit| edit.content.is_none())
        .filter_map(|edit| Some((&edit.path, edit.before.as_ref()?)))
        .collect();
    let come: Vec<(&RepoPath, &Source)> = commit
        .iter()
        .filter(|edit| edit.before.is_none())
        .filter_map(|edit| Some((&edit.path, edit.content.as_ref()?)))
        .collect();
    if gone.len() > MOST_MOVED || come.len() > MOST_MOVED {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    for (from, old) in gone {
        let mut fits = come.iter().filter(|(_, new)| are_alike(old, new));
        if let (Some((to, _)), None) = (fits.next(), fits.next()) {
            pairs.push((from, *to));
        }
    }
    pairs
}

fn are_alike(old: &Source, new: &Source) -> bool {
    if old.oid == new.oid {
        return true;
    }
    let (old, new) = (plain(old), plain(new));
    old.len() <= LONGEST && new.len() <= LONGEST && similarity(old, "", new, "") >= KEPT
}
