//! What a rule looks at: the branches with their changed files and merges, and what is asked of them.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::reach::{self, Reach};
use super::standing::Standing;
use super::{go, handed_on, java, python, rust, script};
use crate::model::{Fix, RepoPath, Site, Source};
use crate::validate::Input;
use crate::validate::extract::Language;
use crate::validate::index::{Index, Use};
use crate::validate::lines::{LineMap, lines};
use crate::validate::load::{Branch, File, Loaded, Merged, Models, Side};
use crate::validate::model::{Def, FileModel};
use crate::validate::surface::Surface;

/// What a rule looks at.
pub(in crate::validate) struct View<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) branches: &'a [Branch<'a>],
    pub(super) merged: &'a [Merged<'a>],
    pub(super) models: &'a Models<'a>,
    pub(super) index: Index<'a>,
    pub(super) surface: Surface<'a>,
    /// Made when a rule first asks for it.
    places: OnceCell<Places<'a>>,
    merges: OnceCell<Merges<'a>>,
    /// Made for a file when a rule first asks how the merge has its uses.
    standings: RefCell<Standings<'a>>,
}

/// Files of a branch, each beside its merge with another branch.
type Standings<'a> = BTreeMap<(&'a RepoPath, usize, usize), Rc<Standing<'a>>>;

/// The position of each merged file by its path and every two of the branches in it.
type Merges<'a> = BTreeMap<(&'a RepoPath, &'a str, &'a str), usize>;

fn merges<'a>(merged: &'a [Merged<'a>]) -> Merges<'a> {
    let mut merges = Merges::new();
    for (idx, file) in merged.iter().enumerate() {
        for (place, one) in file.branches.iter().enumerate() {
            for other in &file.branches[place + 1..] {
                merges.entry((file.path, one.as_str(), other.as_str())).or_insert(idx);
            }
        }
    }
    merges
}

impl<'a> View<'a> {
    pub(in crate::validate) fn new(input: &'a Input<'a>, loaded: &'a Loaded<'a>) -> Self {
        Self {
            input,
            branches: &loaded.branches,
            merged: &loaded.merged,
            models: &loaded.models,
            index: Index::new(&loaded.branches),
            surface: Surface::new(&loaded.branches),
            places: OnceCell::new(),
            merges: OnceCell::new(),
            standings: RefCell::default(),
        }
    }

    /// The file of a path on a branch, if the branch changed it and it was analysed.
    pub(super) fn file(&self, branch: usize, path: &RepoPath) -> Option<&'a File<'a>> {
        let files = &self.branches[branch].files;
        files.binary_search_by(|file| file.path.cmp(path)).ok().map(|idx| &files[idx])
    }

    /// The branches that a file was merged from, each with what it made of the file, under whatever
    /// path.
    pub(super) fn versions(&self, merged: &Merged<'_>) -> Vec<(usize, &'a File<'a>)> {
        let branches = self.merged_from(merged);
        let here = |branch: &usize| self.file(*branch, merged.path).filter(|file| file.new.is_some());
        let Some(here) = branches.iter().find_map(here) else { return Vec::new() };
        branches.into_iter().filter_map(|branch| Some((branch, self.counterpart(branch, here)?))).collect()
    }

    /// What a branch made of the file that another one changed, under whatever path.
    pub(super) fn counterpart(&self, branch: usize, file: &File<'_>) -> Option<&'a File<'a>> {
        let here = self.file(branch, file.path);
        let of_old = |path: &RepoPath| {
            let mut files = self.branches[branch].files.iter();
            files.find(|other| other.moved_from.as_ref().is_some_and(|(from, _)| *from == path))
        };
        match here {
            Some(here) if here.new.is_some() => Some(here),
            _ => of_old(file.old_path()).or_else(|| self.file(branch, file.old_path())).or(here),
        }
    }

    /// The branches that a file was merged from.
    pub(super) fn merged_from(&self, merged: &Merged<'_>) -> Vec<usize> {
        let takes_part = |branch: &usize| merged.branches.iter().any(|name| name == self.name(*branch));
        (0..self.branches.len()).filter(takes_part).collect()
    }

    /// The clean merge of a file that both branches changed, where one of them may have moved it.
    pub(super) fn merge_of(
        &self,
        left: (usize, &File<'_>),
        right: (usize, &File<'_>),
    ) -> Option<&'a Side<'a>> {
        let merged = |path: &RepoPath| self.merged(path, left.0, right.0);
        merged(left.1.path).or_else(|| merged(right.1.path))
    }

    /// The uses of a file as its clean merge with another branch has them.
    pub(super) fn standing(
        &self,
        (user, file): (usize, &File<'_>),
        other: usize,
    ) -> Option<Rc<Standing<'a>>> {
        let file = self.file(user, file.path)?;
        let key = (file.path, user, other);
        if let Some(known) = self.standings.borrow().get(&key) {
            return Some(known.clone());
        }
        let merged = self.merge_of((user, file), (other, self.counterpart(other, file)?))?;
        let standing = Rc::new(Standing::of(file.new.as_ref()?, merged));
        self.standings.borrow_mut().insert(key, standing.clone());
        Some(standing)
    }

    /// The clean merge of a path that both branches changed.
    pub(super) fn merged(&self, path: &RepoPath, left: usize, right: usize) -> Option<&'a Side<'a>> {
        let index = self.merges.get_or_init(|| merges(self.merged));
        let (left, right) = (self.name(left), self.name(right));
        let pair = [(path, left, right), (path, right, left)];
        pair.iter().find_map(|key| index.get(key)).map(|&idx| &self.merged[idx].side)
    }

    /// Whether `usage` means the definition `def` of the file `home`.
    pub(super) fn reach(&self, usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
        match home.language {
            Language::Java => java::reach_in(self, usage, home, def),
            Language::Rust => rust::reach_in(self, usage, home, def),
            Language::Go if usage.file.language == Language::Go => go::reach_in(self, usage, home, def),
            Language::Python => {
                python::reach_in(self, usage, (home, def), self.reach_by_name(usage, home, def))
            }
            Language::TypeScript | Language::Tsx => {
                script::reach_in(self, usage, home, def, self.reach_by_name(usage, home, def))
            }
            _ => self.reach_by_name(usage, home, def),
        }
    }

    fn reach_by_name(&self, usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
        match reach::reach(usage, home, def) {
            Some(Reach::Barrel) => handed_on::confirm(self, usage, home, def),
            Some(Reach::Through) => {
                handed_on::confirm(self, usage, home, def).filter(|reach| *reach == Reach::Sure)
            }
            other => other,
        }
    }

    /// Whether `usage` surely means the definition `def` of the file `home`.
    pub(super) fn means(&self, usage: &Use<'_>, home: &File<'_>, def: &Def) -> bool {
        match self.reach(usage, home, def) {
            Some(Reach::Sure) => true,
            Some(Reach::NameOnly | Reach::Through | Reach::Barrel) if java::is_told(usage, home, def) => {
                let defs = home.old.iter().flat_map(|old| &old.model.defs);
                let others = defs.filter(|other| other.name == def.name && other.parents != def.parents);
                others.count() == 0 && self.is_unique(&def.name, home.path)
            }
            _ => false,
        }
    }

    /// The paths of changed files that define a name, before or after, on any branch.
    pub(super) fn paths_defining(&self, name: &str) -> impl Iterator<Item = &'a RepoPath> {
        let places = self.places.get_or_init(|| places(self.branches));
        places.get(name).into_iter().flatten().copied()
    }

    pub(super) fn site(&self, branch: usize, path: &RepoPath, line: u32) -> Site {
        let branch = &self.branches[branch];
        let name = branch.name.to_owned();
        Site { branch: name, commit: branch.tip, path: path.clone(), line: line.max(1), lost: None }
    }

    /// The place where a line of the old version stood, which the branch took away.
    pub(super) fn site_of_lost(&self, branch: usize, file: &File<'_>, old_line: u32) -> Site {
        let at = |text| lines(text).get(old_line.saturating_sub(1) as usize).copied();
        let lost = file.before().and_then(|old| at(old.text)).map(|line| line.trim_end().to_owned());
        Site { lost, ..self.site(branch, file.path, line_now(file, old_line)) }
    }

    pub(super) fn name(&self, branch: usize) -> &'a str {
        self.branches[branch].name
    }

    pub(super) fn fix(&self, branch: usize, summary: String, patch: String) -> Fix {
        Fix { summary, patch, branch: self.name(branch).to_owned(), is_draft: false }
    }

    /// Whether nothing but the definition at `path` defines `name`, as far as can be known.
    pub(super) fn is_unique(&self, name: &str, path: &RepoPath) -> bool {
        let places = self.places.get_or_init(|| places(self.branches));
        let elsewhere = places.get(name).is_some_and(|places| places.iter().any(|place| *place != path));
        !elsewhere && !self.is_defined_elsewhere(name)
    }

    /// Whether an unchanged file of the base defines `name`, or might: a finding needs a definite
    /// no.
    pub(super) fn is_defined_elsewhere(&self, name: &str) -> bool {
        self.input.unchanged.defining(name).is_none_or(|files| !files.is_empty())
    }

    /// What a file says, also one that no extractor understands; none where it is too large to be read.
    pub(super) fn text<'t>(&self, source: &'t Source) -> Option<Cow<'t, str>> {
        if !source.bytes.is_empty() {
            return Some(String::from_utf8_lossy(&source.bytes));
        }
        let bytes = self.input.unchanged.content(source.oid)?;
        Some(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Whether an unchanged file that holds `word` has a model that fits, or might.
    pub(super) fn states_elsewhere(&self, word: &str, fits: &dyn Fn(Language, &FileModel) -> bool) -> bool {
        let files = self.input.unchanged.holding(word);
        files.is_none_or(|files| files.iter().any(|file| fits(file.language, &file.model)))
    }
}

/// The paths that define each name, before or after, on any branch.
type Places<'a> = BTreeMap<&'a str, BTreeSet<&'a RepoPath>>;

fn places<'a>(branches: &'a [Branch<'a>]) -> Places<'a> {
    let mut places = Places::new();
    let files = branches.iter().flat_map(|branch| &branch.files);
    for file in files.filter(|file| file.language.is_code()) {
        for side in file.old.iter().chain(&file.new) {
            for def in &side.model.defs {
                places.entry(&def.name).or_default().insert(file.path);
            }
        }
    }
    places
}

/// Where a line of the old version stands in the new one, for a site on a branch.
fn line_now(file: &File<'_>, old_line: u32) -> u32 {
    let (Some(old), Some(new)) = (file.before(), &file.new) else { return old_line };
    let last = lines(new.text).len() as u32;
    LineMap::new(old.text, new.text).to_new(old_line).min(last)
}
