//! What the branches did to names that meet as text, by name.
//!
//! The counterpart of the index of symbols: routes, columns, dependencies and the like have no
//! imports, so a name that one branch takes away is looked up among those that others begin to use.

use std::collections::BTreeMap;

use super::entry::{Entry, EntryKind, Role};
use super::load::{Branch, File};

/// One entry that a branch added, lost or changed.
#[derive(Clone, Copy)]
pub(super) struct Touch<'a> {
    pub(super) branch: usize,
    pub(super) file: &'a File<'a>,
    /// As the new version has it; as the old one had it where it is gone.
    pub(super) entry: &'a Entry,
    pub(super) how: How<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum How<'a> {
    Added,
    Gone,
    /// It says something else than this.
    Changed(&'a Entry),
}

/// By kind, then by name.
type ByKey<'a, T> = BTreeMap<EntryKind, BTreeMap<&'a str, Vec<T>>>;

/// The entries of all branches.
#[derive(Default)]
pub(super) struct Surface<'a> {
    touched: ByKey<'a, Touch<'a>>,
    /// What the changed files of each branch state in their new version.
    standing: ByKey<'a, (usize, &'a File<'a>)>,
}

impl<'a> Surface<'a> {
    pub(super) fn new(branches: &'a [Branch<'a>]) -> Self {
        let mut surface = Self::default();
        for (branch, changes) in branches.iter().enumerate() {
            for file in changes.files.iter().filter(|file| !goes_back(&file.name)) {
                surface.add(branch, file);
            }
        }
        for touches in surface.touched.values_mut().flat_map(BTreeMap::values_mut) {
            forget_moves(touches);
        }
        surface
    }

    fn add(&mut self, branch: usize, file: &'a File<'a>) {
        let new = file.new.as_ref().map(|new| new.model.entries.as_slice()).unwrap_or_default();
        for entry in new.iter().filter(|entry| entry.role == Role::Provides) {
            let names = self.standing.entry(entry.kind).or_default();
            names.entry(&entry.key).or_default().push((branch, file));
        }
        for (entry, how) in differences(file) {
            let touch = Touch { branch, file, entry, how };
            self.touched.entry(entry.kind).or_default().entry(&entry.key).or_default().push(touch);
        }
    }

    /// Everything that happened to one name.
    pub(super) fn at(&self, kind: EntryKind, key: &str) -> &[Touch<'a>] {
        let names = self.touched.get(&kind);
        names.and_then(|names| names.get(key)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everything that happened to names of a kind.
    pub(super) fn of(&self, kind: EntryKind) -> impl Iterator<Item = &Touch<'a>> {
        self.touched.get(&kind).into_iter().flat_map(BTreeMap::values).flatten()
    }

    /// Whether a changed file of a branch states the name.
    pub(super) fn states(&self, branch: usize, kind: EntryKind, key: &str) -> bool {
        self.holders(kind, key).iter().any(|(holder, _)| *holder == branch)
    }

    fn holders(&self, kind: EntryKind, key: &str) -> &[(usize, &'a File<'a>)] {
        let names = self.standing.get(&kind);
        names.and_then(|names| names.get(key)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Names that a branch has no longer, although it had them or others may have them.
    pub(super) fn lost(&self, kind: EntryKind) -> impl Iterator<Item = &Touch<'a>> {
        self.of(kind).filter(move |touch| match (touch.how, touch.entry.role) {
            (How::Gone, Role::Provides) => !self.states(touch.branch, kind, &touch.entry.key),
            // A later step may make it again.
            (How::Added, Role::Removes) => {
                let all = self.holders(kind, &touch.entry.key);
                !all.iter().any(|(branch, file)| *branch == touch.branch && file.path > touch.file.path)
            }
            _ => false,
        })
    }

    /// Whether one of the two branches has the other's entry as well, and so has seen both.
    pub(super) fn holds_both(&self, one: &Touch<'a>, other: &Touch<'a>) -> bool {
        let has = |branch: usize, touch: &Touch<'a>| {
            let all = self.at(touch.entry.kind, &touch.entry.key).iter();
            all.clone().any(|own| own.branch == branch && own.file.path == touch.file.path)
        };
        has(one.branch, other) || has(other.branch, one)
    }

    /// New uses of a name by branches other than `branch` that do not state it themselves.
    pub(super) fn users(&self, kind: EntryKind, key: &str, branch: usize) -> Vec<&Touch<'a>> {
        let uses = self.at(kind, key).iter().filter(|touch| {
            matches!(touch.how, How::Added) && matches!(touch.entry.role, Role::Uses | Role::Writes)
        });
        uses.filter(|touch| touch.branch != branch).collect()
    }
}

/// Takes out what a branch only moved from one file to another.
fn forget_moves(touches: &mut Vec<Touch<'_>>) {
    let has = |touches: &[Touch<'_>], one: &Touch<'_>, is: fn(&How<'_>) -> bool| {
        let same = |other: &&Touch<'_>| other.branch == one.branch && other.entry.role == one.entry.role;
        touches.iter().filter(same).any(|other| is(&other.how))
    };
    let moved: Vec<bool> = touches
        .iter()
        .map(|touch| {
            has(touches, touch, |how| matches!(how, How::Added))
                && has(touches, touch, |how| matches!(how, How::Gone))
        })
        .collect();
    let mut moved = moved.into_iter();
    touches.retain(|_| !moved.next().unwrap_or(false));
}

/// Whether a file holds the way back of a migration, which nobody goes in the merge.
fn goes_back(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let undo = name.starts_with('U') && name[1..].starts_with(|char: char| char.is_ascii_digit());
    let mut words = name.split(['.', '_', '-']);
    let back = |word: &str| matches!(word, "rollback" | "undo" | "revert" | "downgrade");
    name.contains(".down.")
        || name == "down.sql"
        || undo && name.contains("__")
        || name.ends_with(".sql") && (words.any(back) || name.ends_with("_down.sql"))
}

/// The entries in which two versions of a file differ.
fn differences<'a>(file: &'a File<'a>) -> Vec<(&'a Entry, How<'a>)> {
    let side = |side: Option<&'a super::load::Side<'a>>| {
        side.map(|side| (side.model.entries.as_slice(), !side.model.broken.is_empty())).unwrap_or_default()
    };
    let (old, old_broken) = side(file.before());
    let (new, new_broken) = side(file.new.as_ref());
    let (old, new) = (by_key(old), by_key(new));
    let mut found = Vec::new();
    for (key, entries) in &new {
        let before = old.get(key).map(Vec::as_slice).unwrap_or_default();
        if entries.len() > before.len() && (!old_broken || file.language.is_code()) {
            found.extend(entries[before.len()..].iter().map(|entry| (*entry, How::Added)));
        } else if let ([now], [before]) = (entries.as_slice(), before)
            && now.detail != before.detail
            && now.role == Role::Provides
        {
            found.push((*now, How::Changed(before)));
        }
    }
    // What could not be read may still be there, and what was in another file goes from that one.
    if !new_broken && file.moved_from.is_none() {
        for (key, entries) in &old {
            let left = new.get(key).map_or(0, Vec::len);
            found.extend(entries.iter().skip(left).map(|entry| (*entry, How::Gone)));
        }
    }
    found
}

fn by_key(entries: &[Entry]) -> BTreeMap<(EntryKind, Role, &str), Vec<&Entry>> {
    let mut map: BTreeMap<_, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        map.entry((entry.kind, entry.role, entry.key.as_str())).or_default().push(entry);
    }
    map
}
