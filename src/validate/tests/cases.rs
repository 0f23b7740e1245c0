//! The cases that the laws are tried on, read from their folders and checked as they stand.
//!
//! A branch folder holds the whole files that the branch changed; `DELETED` names those it
//! removed. `declared` has lines `<branch> scope|provides|consumes <text>`. `history` holds
//! numbered folders `<nn>-<actor>[-revert]`, each the files of one commit of that actor's branch.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use rayon::prelude::*;

use super::*;

/// The files of a folder by path.
pub(super) type Tree = BTreeMap<String, String>;

/// One case, as values that can be changed before the check.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) base: Tree,
    pub(super) branches: Vec<(String, Tree, BTreeSet<String>)>,
    pub(super) declared: String,
    pub(super) history: Vec<(String, bool, Tree)>,
}

/// A case as it stands in its folder, with what is found in it.
pub(super) struct Fixture {
    pub(super) name: String,
    pub(super) case: Case,
    pub(super) report: Report,
}

/// All cases; whoever comes first reads and checks them for all tests.
pub(super) fn fixtures() -> &'static [Fixture] {
    static FIXTURES: LazyLock<Vec<Fixture>> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/validate");
        let load = |dir: PathBuf| {
            let case = Case::load(&dir);
            Fixture { name: name_of(&dir), report: case.check(), case }
        };
        folders(&root).into_par_iter().map(load).collect()
    });
    &FIXTURES
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn tree(dir: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut pending = vec![dir.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                tree.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    tree
}

impl Case {
    fn load(dir: &Path) -> Self {
        let branches =
            folders(dir).into_iter().filter(|path| !path.ends_with("base") && !path.ends_with("history"));
        let branches = branches.map(|path| {
            let mut files = tree(&path);
            let deleted = files.remove("DELETED").unwrap_or_default();
            (name_of(&path), files, deleted.lines().map(str::to_owned).collect())
        });
        let history = folders(&dir.join("history")).into_iter().map(|path| {
            let name = name_of(&path);
            let actor = name.split_once('-').unwrap().1;
            let revert = actor.strip_suffix("-revert");
            (revert.unwrap_or(actor).to_owned(), revert.is_some(), tree(&path))
        });
        Self {
            base: tree(&dir.join("base")),
            branches: branches.collect(),
            declared: std::fs::read_to_string(dir.join("declared")).unwrap_or_default(),
            history: history.collect(),
        }
    }

    pub(super) fn check(&self) -> Report {
        let branches: Vec<BranchChanges> = self.branches.iter().map(|branch| self.changes(branch)).collect();
        let merged = self.merged(&branches);
        let declared = self.declared();
        let history = self.edits();
        let changed: BTreeSet<String> = branches
            .iter()
            .flat_map(|branch| &branch.files)
            .map(|file| file.path.to_text().into_owned())
            .collect();
        let unchanged = self.base.iter().filter(|(path, _)| !changed.contains(*path)).filter_map(untouched);
        let unchanged = Rest(unchanged.collect(), self.base.clone());
        check(&Input {
            branches: &branches,
            merged: &merged,
            declared: &declared,
            history: &history,
            unchanged: &unchanged,
            read: &read_all,
            differences: &Differences::default(),
        })
    }

    fn changes(&self, (name, files, deleted): &(String, Tree, BTreeSet<String>)) -> BranchChanges {
        let paths = files.keys().chain(deleted);
        let files = paths.map(|path| FileChange {
            path: RepoPath::from(path.as_str()),
            old: self.base.get(path).map(|text| source(text)),
            new: files.get(path).map(|text| source(text)),
        });
        BranchChanges { name: name.clone(), tip: oid(name), files: files.collect() }
    }

    /// Merges the branches into the base one after another, as far as Git finds it clean.
    fn merged(&self, branches: &[BranchChanges]) -> Vec<MergedFile> {
        let mut merged = Vec::new();
        for (path, base) in &self.base {
            let mut text = base.clone();
            let mut into = Vec::new();
            for branch in branches {
                let mut files = branch.files.iter();
                let change = files.find(|file| file.path == RepoPath::from(path.as_str()));
                let Some(new) = change.and_then(|change| change.new.as_ref()) else { continue };
                let new = String::from_utf8(new.bytes.to_vec()).unwrap();
                if let Some(clean) = merge_file(base, &text, &new) {
                    text = clean;
                    into.push(branch.name.clone());
                }
            }
            if into.len() > 1 {
                let path = RepoPath::from(path.as_str());
                merged.push(MergedFile { path, branches: into, merged: source(&text) });
            }
        }
        merged.extend(self.merged_moves(branches));
        merged
    }

    /// Merges what one branch changed in a file into the place where another one moved it.
    fn merged_moves(&self, branches: &[BranchChanges]) -> Vec<MergedFile> {
        let text =
            |source: &Option<Source>| Some(String::from_utf8(source.as_ref()?.bytes.to_vec()).unwrap());
        let mut merged = Vec::new();
        for mover in branches {
            let made: Vec<&FileChange> = mover.files.iter().filter(|file| file.old.is_none()).collect();
            let [made] = made.as_slice() else { continue };
            for lost in mover.files.iter().filter(|file| file.new.is_none()) {
                for other in branches {
                    let kept = other.files.iter().find(|file| file.path == lost.path);
                    let theirs = kept.and_then(|kept| text(&kept.new));
                    let (Some(base), Some(ours), Some(theirs)) = (text(&lost.old), text(&made.new), theirs)
                    else {
                        continue;
                    };
                    let Some(clean) = merge_file(&base, &ours, &theirs) else { continue };
                    let branches = vec![mover.name.clone(), other.name.clone()];
                    merged.push(MergedFile { path: made.path.clone(), branches, merged: source(&clean) });
                }
            }
        }
        merged
    }

    fn declared(&self) -> Vec<Declared> {
        let mut all: BTreeMap<&str, Declared> = BTreeMap::new();
        for line in self.declared.lines() {
            let (branch, rest) = line.split_once(' ').unwrap();
            let (key, text) = rest.split_once(' ').unwrap();
            let (provides, consumes) = (Vec::new(), Vec::new());
            let fresh = Declared { branch: branch.to_owned(), scope: None, provides, consumes };
            let declared = all.entry(branch).or_insert(fresh);
            match key {
                "scope" => declared.scope = Some(Scope::new(&[text]).unwrap()),
                "provides" => declared.provides.push(text.parse().unwrap()),
                _ => declared.consumes.push(text.parse().unwrap()),
            }
        }
        all.into_values().collect()
    }

    fn edits(&self) -> Vec<Edit> {
        let mut now = self.base.clone();
        let mut edits = Vec::new();
        for (at, (actor, is_revert, files)) in self.history.iter().enumerate() {
            for (path, text) in files {
                let state = |text: &String| (!text.is_empty()).then(|| source(text));
                edits.push(Edit {
                    actor: actor.clone(),
                    branch: actor.clone(),
                    commit: oid(&format!("{at}")),
                    path: RepoPath::from(path.as_str()),
                    before: now.get(path).and_then(state),
                    // An empty file stands for a deleted one.
                    content: state(text),
                    is_revert: *is_revert,
                    by_agent: true,
                });
                now.insert(path.clone(), text.clone());
            }
        }
        edits
    }
}

/// The files of the base that no branch changed.
#[derive(Default)]
pub(super) struct Rest(Vec<(String, Untouched)>, Tree);

impl Unchanged for Rest {
    fn defining(&self, name: &str) -> Option<Arc<[Untouched]>> {
        let defines =
            |file: &&Untouched| file.language.is_code() && file.model.defs.iter().any(|def| def.name == name);
        Some(self.0.iter().map(|(_, file)| file).filter(defines).cloned().collect())
    }

    fn defining_in(&self, directory: &str, name: &str) -> Option<Arc<[Untouched]>> {
        let is_there = |file: &&Untouched| file.path.directory() == directory;
        Some(self.defining(name)?.iter().filter(is_there).cloned().collect())
    }

    fn look_up(&self) -> bool {
        false
    }

    fn called(&self, file_name: &str) -> Option<Arc<[Untouched]>> {
        let files = self.0.iter().map(|(_, file)| file);
        Some(files.filter(|file| file.path.file_name() == file_name).cloned().collect())
    }

    fn holding(&self, word: &str) -> Option<Arc<[Untouched]>> {
        let holding = self.0.iter().filter(|(text, _)| text.contains(word));
        Some(holding.map(|(_, file)| file.clone()).collect())
    }

    fn base(&self, path: &RepoPath) -> Option<Source> {
        self.1.get(&*path.to_text()).map(|text| source(text))
    }

    fn content(&self, _: Oid) -> Option<Arc<[u8]>> {
        None
    }

    fn descends(&self, _: Oid, _: Oid) -> bool {
        true
    }
}

fn untouched((path, text): (&String, &String)) -> Option<(String, Untouched)> {
    let path = RepoPath::from(path.as_str());
    let language = language_of(&path)?;
    Some((text.clone(), Untouched { path, language, model: Arc::new(extract(language, text)) }))
}

pub(super) fn source(text: &str) -> Source {
    Source { oid: oid(text), bytes: text.as_bytes().into() }
}

pub(super) fn oid(text: &str) -> Oid {
    let mut bytes = [0; 20];
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    bytes[..8].copy_from_slice(&hash.to_be_bytes());
    bytes[8..12].copy_from_slice(&(text.len() as u32).to_be_bytes());
    Oid::from_bytes(&bytes).unwrap()
}

/// Git's merge of three texts, where it is clean.
fn merge_file(base: &str, ours: &str, theirs: &str) -> Option<String> {
    if base == ours {
        return Some(theirs.to_owned());
    }
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("base", base);
    write("ours", ours);
    write("theirs", theirs);
    let merge = ["merge-file", "-p", "ours", "base", "theirs"];
    let output = Command::new("git").args(merge).current_dir(dir.path()).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}
