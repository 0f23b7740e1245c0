//! The rules, one file each: a rule is its name, its weight and one function over the view.
//!
//! A rule speaks only of what the combination of branches breaks; what a branch breaks alone is
//! for the project's own compiler and tests. A rule that blocks must nearly always be right.

mod access_changed;
mod argument_shifted;
mod both_edited;
mod callee_rewritten;
mod case_missing;
mod case_removed;
mod changed;
mod circular_edit;
mod contract_changed;
mod contract_missing;
mod dependency;
mod duplicate_definition;
mod duplicate_key;
mod event_unmatched;
mod export_lost;
mod field_required;
mod fixture_removed;
mod given;
mod go;
mod handed_on;
mod hidden;
mod import_dropped;
mod inherited;
mod java;
mod local_removed;
mod made_above;
mod member_lost;
mod member_required;
mod merged_invalid;
mod merged_unreadable;
mod migration_heads;
mod outside_scope;
mod promised;
mod python;
mod reach;
mod rebound;
mod removed_file;
mod resigned;
mod result_changed;
mod result_unhandled;
mod retype;
mod retyped;
mod route_removed;
mod rust;
mod rust_demands;
mod script;
mod shape_mismatch;
mod shapes;
mod shared_state;
mod signature_changed;
mod standing;
mod super_removed;
mod symbol_removed;
mod tentative;
mod tree;
mod type_arguments;
mod unguarded_access;
mod value_changed;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use self::reach::Reach;
use self::standing::Standing;
use super::Input;
use super::extract::Language;
use super::index::{Index, Use};
use super::load::{Branch, File, Merged, Models, Side};
use super::model::{Def, FileModel, RefKind};
use super::surface::Surface;
use crate::model::{Finding, Fix, Fnv, Level, RepoPath, Site};

/// A rule as data.
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) check: fn(&View<'_>, &mut Vec<Finding>),
}

/// All rules, in the order in which one may make another's finding superfluous.
pub(super) const ALL: &[Rule] = &[
    symbol_removed::RULE,
    export_lost::RULE,
    removed_file::RULE,
    fixture_removed::RULE,
    java::LOMBOK,
    script::PROPS,
    hidden::RULE,
    local_removed::RULE,
    super_removed::RULE,
    member_lost::RULE,
    import_dropped::RULE,
    rust::TRAITS,
    duplicate_definition::RULE,
    access_changed::RULE,
    signature_changed::RULE,
    argument_shifted::RULE,
    java::OVERRIDES,
    java::LAMBDAS,
    go::ALIASES,
    rust::GENERIC,
    rust::OVERRIDES,
    rust::VARIANTS,
    result_changed::RULE,
    rust::RESULTS,
    go::RESULTS,
    script::RESULTS,
    rebound::RULE,
    result_unhandled::RULE,
    member_required::RULE,
    field_required::RULE,
    rust_demands::RULE,
    go::DEMANDS,
    go::METHODS,
    case_missing::RULE,
    case_removed::RULE,
    made_above::RULE,
    type_arguments::RULE,
    shape_mismatch::RULE,
    outside_scope::RULE,
    circular_edit::RULE,
    unguarded_access::RULE,
    shared_state::RULE,
    callee_rewritten::RULE,
    both_edited::RULE,
    value_changed::RULE,
    contract_missing::RULE,
    contract_changed::RULE,
    route_removed::RULE,
    event_unmatched::RULE,
    duplicate_key::RULE,
    migration_heads::RULE,
    dependency::RULE,
    merged_unreadable::RULE,
    merged_invalid::RULE,
];

/// What a rule looks at.
pub(super) struct View<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) branches: &'a [Branch<'a>],
    pub(super) merged: &'a [Merged<'a>],
    pub(super) models: &'a Models<'a>,
    pub(super) index: Index<'a>,
    pub(super) surface: Surface<'a>,
    /// Made when a rule first asks for it.
    pub(super) places: OnceCell<Places<'a>>,
    pub(super) merges: OnceCell<Merges<'a>>,
    /// Made for a file when a rule first asks how the merge has its uses.
    pub(super) standings: RefCell<Standings<'a>>,
}

/// Files of a branch, each beside its merge with another branch.
pub(super) type Standings<'a> = BTreeMap<(&'a RepoPath, usize, usize), Rc<Standing<'a>>>;

/// The position of each merged file by its path and every two of the branches in it.
pub(super) type Merges<'a> = BTreeMap<(&'a RepoPath, &'a str, &'a str), usize>;

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
    /// The file of a path on a branch, if the branch changed it and it was analysed.
    fn file(&self, branch: usize, path: &RepoPath) -> Option<&'a File<'a>> {
        let files = &self.branches[branch].files;
        files.binary_search_by(|file| file.path.cmp(path)).ok().map(|idx| &files[idx])
    }

    /// The branches that a file was merged from, each with what it made of the file, under whatever
    /// path.
    fn versions(&self, merged: &Merged<'_>) -> Vec<(usize, &'a File<'a>)> {
        let branches = self.merged_from(merged);
        let here = |branch: &usize| self.file(*branch, merged.path).filter(|file| file.new.is_some());
        let Some(here) = branches.iter().find_map(here) else { return Vec::new() };
        branches.into_iter().filter_map(|branch| Some((branch, self.counterpart(branch, here)?))).collect()
    }

    /// What a branch made of the file that another one changed, under whatever path.
    fn counterpart(&self, branch: usize, file: &File<'_>) -> Option<&'a File<'a>> {
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
    fn merged_from(&self, merged: &Merged<'_>) -> Vec<usize> {
        let takes_part = |branch: &usize| merged.branches.iter().any(|name| name == self.name(*branch));
        (0..self.branches.len()).filter(takes_part).collect()
    }

    /// The clean merge of a file that both branches changed, where one of them may have moved it.
    fn merge_of(&self, left: (usize, &File<'_>), right: (usize, &File<'_>)) -> Option<&'a Side<'a>> {
        let merged = |path: &RepoPath| self.merged(path, left.0, right.0);
        merged(left.1.path).or_else(|| merged(right.1.path))
    }

    /// The uses of a file as its clean merge with another branch has them.
    fn standing(&self, (user, file): (usize, &File<'_>), other: usize) -> Option<Rc<Standing<'a>>> {
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
    fn merged(&self, path: &RepoPath, left: usize, right: usize) -> Option<&'a Side<'a>> {
        let index = self.merges.get_or_init(|| merges(self.merged));
        let (left, right) = (self.name(left), self.name(right));
        let pair = [(path, left, right), (path, right, left)];
        pair.iter().find_map(|key| index.get(key)).map(|&idx| &self.merged[idx].side)
    }

    /// Whether `usage` means the definition `def` of the file `home`.
    fn reach(&self, usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
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
    fn means(&self, usage: &Use<'_>, home: &File<'_>, def: &Def) -> bool {
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
    fn paths_defining(&self, name: &str) -> impl Iterator<Item = &'a RepoPath> {
        let places = self.places.get_or_init(|| places(self.branches));
        places.get(name).into_iter().flatten().copied()
    }

    fn site(&self, branch: usize, path: &RepoPath, line: u32) -> Site {
        let branch = &self.branches[branch];
        let name = branch.name.to_owned();
        Site { branch: name, commit: branch.tip, path: path.clone(), line: line.max(1), lost: None }
    }

    /// The place where a line of the old version stood, which the branch took away.
    fn site_of_lost(&self, branch: usize, file: &File<'_>, old_line: u32) -> Site {
        let at = |text| super::lines::lines(text).get(old_line.saturating_sub(1) as usize).copied();
        let lost = file.before().and_then(|old| at(old.text)).map(|line| line.trim_end().to_owned());
        Site { lost, ..self.site(branch, file.path, line_now(file, old_line)) }
    }

    fn name(&self, branch: usize) -> &'a str {
        self.branches[branch].name
    }

    fn fix(&self, branch: usize, summary: String, patch: String) -> Fix {
        Fix { summary, patch, branch: self.name(branch).to_owned(), is_draft: false }
    }

    /// Whether nothing but the definition at `path` defines `name`, as far as can be known.
    fn is_unique(&self, name: &str, path: &RepoPath) -> bool {
        let places = self.places.get_or_init(|| places(self.branches));
        let elsewhere = places.get(name).is_some_and(|places| places.iter().any(|place| *place != path));
        !elsewhere && !self.is_defined_elsewhere(name)
    }

    /// Whether an unchanged file of the base defines `name`, or might: a finding needs a definite
    /// no.
    fn is_defined_elsewhere(&self, name: &str) -> bool {
        self.input.unchanged.defining(name).is_none_or(|files| !files.is_empty())
    }

    /// Whether an unchanged file that holds `word` has a model that fits, or might.
    fn states_elsewhere(&self, word: &str, fits: &dyn Fn(Language, &FileModel) -> bool) -> bool {
        let files = self.input.unchanged.holding(word);
        files.is_none_or(|files| files.iter().any(|file| fits(file.language, &file.model)))
    }
}

/// The paths that define each name, before or after, on any branch.
pub(super) type Places<'a> = BTreeMap<&'a str, BTreeSet<&'a RepoPath>>;

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

/// A finding before it is named.
struct Draft<'d> {
    rule: &'static str,
    level: Level,
    message: String,
    /// What the finding is about; with the paths of the sites it names the finding.
    symbols: &'d [&'d str],
    /// The canonical place first, the one that has to change last.
    sites: Vec<Site>,
    fix: Option<Fix>,
}

impl Draft<'_> {
    fn finish(self) -> Finding {
        let fingerprint = fingerprint(self.rule, self.symbols, &self.sites);
        Finding {
            rule: self.rule,
            level: self.level,
            names: quoted(&self.message),
            message: self.message,
            fingerprint,
            sites: self.sites,
            fix: self.fix,
        }
    }
}

/// The names that a message puts between backticks, each by its last part: of `Room::join(id)` that
/// is `join`, which is what stands in the source.
fn quoted(message: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let mut names: Vec<String> = Vec::new();
    for quoted in message.split('`').skip(1).step_by(2) {
        let path = quoted.split(['(', '<', ' ']).next().unwrap_or(quoted);
        let name = path.rsplit(|c| !is_part(c)).next().unwrap_or(path);
        if !name.is_empty() && names.iter().all(|known| known != name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Twelve hexadecimal digits that neither branch names nor lines have a part in.
fn fingerprint(rule: &str, symbols: &[&str], sites: &[Site]) -> String {
    let mut symbols: Vec<&str> = symbols.to_vec();
    symbols.sort_unstable();
    let mut paths: Vec<&[u8]> = sites.iter().map(|site| site.path.as_bytes()).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut hash = Fnv::new();
    hash.write(rule.as_bytes());
    symbols.iter().for_each(|symbol| hash.write(symbol.as_bytes()));
    hash.write(b"");
    paths.iter().for_each(|path| hash.write(path));
    format!("{:012x}", hash.get() >> 16)
}

/// Whether a file shows or tests things, so that it has things of its own and nobody counts on it.
fn is_aside(path: &str) -> bool {
    const ASIDE: [&str; 9] =
        ["test", "tests", "__tests__", "spec", "fixtures", "examples", "example", "docs", "benches"];
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_test = name.contains(".test.") || name.contains("_test.") || name.starts_with("test_");
    is_test || path.split('/').any(|part| ASIDE.contains(&part))
}

/// The verb for a use.
fn verb(kind: RefKind) -> &'static str {
    match kind {
        RefKind::Call => "calls",
        RefKind::Construct => "constructs",
        RefKind::Extends => "extends",
        RefKind::Override => "overrides",
        RefKind::Write => "writes",
        // An object that is written out: for a type, but for a function or a component as well.
        RefKind::Type | RefKind::Read | RefKind::Literal => "uses",
    }
}

/// Where a line of the old version stands in the new one, for a site on a branch.
fn line_now(file: &File<'_>, old_line: u32) -> u32 {
    let (Some(old), Some(new)) = (file.before(), &file.new) else { return old_line };
    let last = super::lines::lines(new.text).len() as u32;
    super::lines::LineMap::new(old.text, new.text).to_new(old_line).min(last)
}
