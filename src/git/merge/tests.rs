use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::git::{Entry, GitError, NewCommit, Refusal, Refused, vet_changes};
use crate::merge::{Anchors, Edit, Verdict, Version as MergeVersion, predict, unite_apart};
use crate::model::RepoPath;

/// A repository whose branches are made by Git, off one base.
struct Field {
    home: tempfile::TempDir,
    base: Oid,
}

impl Field {
    /// Two files of ten lines each on `main`.
    fn new() -> Self {
        let home = crate::git::test_home();
        let field = Self { home, base: Oid::from_bytes(&[0; 20]).unwrap() };
        field.git(&["init", "-q", "-b", "main", "--template=", "."]);
        field.git(&["config", "user.name", "Ada"]);
        field.git(&["config", "user.email", "ada@example.org"]);
        let text: String = (0..10).map(|line| format!("line {line}\n")).collect();
        field.write("a.txt", &text);
        field.write("dir/b.txt", &text.replace("line", "row"));
        let base = field.commit("base");
        Self { base, ..field }
    }

    fn dir(&self) -> &Path {
        self.home.path()
    }

    fn repo(&self) -> Repo {
        Repo::discover(self.dir()).unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        self.git_with(args, b"")
    }

    fn git_with(&self, args: &[&str], input: &[u8]) -> String {
        let output =
            Git::at(self.dir()).env("GIT_CONFIG_GLOBAL", "/dev/null").run_with_input(args, input).unwrap();
        String::from_utf8(output).unwrap().trim().to_owned()
    }

    fn write(&self, path: &str, content: &str) {
        let file = self.dir().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }

    fn commit(&self, message: &str) -> Oid {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        Oid::parse(&self.git(&["rev-parse", "HEAD"])).unwrap()
    }

    /// A branch off the base, changed by `change`.
    fn branch(&self, change: impl FnOnce(&Self)) -> Oid {
        self.git(&["checkout", "-q", "--detach", &self.base.to_string()]);
        change(self);
        self.commit("branch")
    }

    /// A branch off the base that edits one line of `a.txt`.
    fn edit(&self, line: usize, word: &str) -> Oid {
        self.branch(|field| {
            let text = std::fs::read_to_string(field.dir().join("a.txt")).unwrap();
            field.write("a.txt", &text.replace(&format!("line {line}"), word));
        })
    }

    /// A branch whose tree has an entry named `x/y`, which makes `git merge-tree` abort.
    fn hostile(&self) -> Oid {
        self.with_names(&["x/y"])
    }

    /// A commit of files with these names, whatever Git thinks of them.
    fn with_names(&self, names: &[&str]) -> Oid {
        let blob = self.git_with(&["hash-object", "-w", "--stdin"], b"x");
        let blob = Oid::parse(&blob).unwrap();
        let entry = |name: &&str| [format!("100644 {name}\0").as_bytes(), blob.as_bytes()].concat();
        let tree = names.iter().map(entry).collect::<Vec<_>>().concat();
        let tree = self.git_with(&["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], &tree);
        let base = self.base.to_string();
        Oid::parse(&self.git(&["commit-tree", &tree, "-p", &base, "-m", "hostile"])).unwrap()
    }

    fn pair(&self, ours: Oid, theirs: Oid) -> Pair {
        Pair { base: Some(self.base), ours, theirs }
    }

    fn n_objects(&self) -> String {
        self.git(&["count-objects"])
    }
}

fn paths(merged: &Merged) -> Vec<String> {
    merged.conflicts.iter().map(|conflict| conflict.path.to_string()).collect()
}

#[test]
fn each_merge_may_build_on_the_one_before() {
    let field = Field::new();
    let branches = [field.edit(0, "zero"), field.edit(4, "four"), field.edit(8, "eight")];
    let repo = field.repo();
    let mut merger = Merger::landing(&repo).unwrap();
    let mut tip = field.base;
    for theirs in branches {
        let merged = merger.merge(Pair { base: None, ours: tip, theirs }).unwrap();
        assert!(merged.clean, "{merged:?}");
        let parents = [tip, theirs];
        let new = NewCommit { tree: merged.tree, parents: &parents, message: "merge", time: 1 };
        tip = repo.write_commit(&new).unwrap();
    }
    let text = field.git(&["show", &format!("{tip}:a.txt")]);
    assert!(["zero", "four", "eight"].iter().all(|word| text.contains(word)), "{text}");
}

#[test]
fn a_conflict_names_its_stages() {
    let field = Field::new();
    let (ours, theirs) = (field.edit(3, "mine"), field.edit(3, "yours"));
    let mut merger = Merger::landing(&field.repo()).unwrap();
    for base in [None, Some(field.base)] {
        let merged = merger.merge(Pair { base, ours, theirs }).unwrap();
        assert!(!merged.clean);
        let [conflict] = merged.conflicts.as_slice() else { panic!("{merged:?}") };
        assert_eq!(conflict.path, RepoPath::from("a.txt"));
        assert!(conflict.base.is_some() && conflict.ours != conflict.theirs);
        assert_eq!(merged.messages, ["CONFLICT (content): Merge conflict in a.txt"]);
    }
}

#[test]
fn renames_and_modes_are_merged_as_git_merges_them() {
    let field = Field::new();
    let moved = field.branch(|field| {
        field.git(&["mv", "a.txt", "moved.txt"]);
    });
    let executable = field.branch(|field| {
        field.git(&["update-index", "--chmod=+x", "a.txt"]);
        field.git(&["checkout", "-q", "--", "a.txt"]);
    });
    let deleted = field.branch(|field| {
        field.git(&["rm", "-q", "a.txt"]);
    });
    let edited = field.edit(2, "two");
    let repo = field.repo();
    let mut merger = Merger::landing(&repo).unwrap();
    let merged = merger.merge(field.pair(moved, edited)).unwrap();
    assert!(merged.clean);
    let entry = repo.entry_at(merged.tree, &RepoPath::from("moved.txt")).unwrap().unwrap();
    assert!(repo.blob(entry.oid).unwrap().windows(3).any(|word| word == b"two"));
    let merged = merger.merge(field.pair(executable, edited)).unwrap();
    let entry = repo.entry_at(merged.tree, &RepoPath::from("a.txt")).unwrap().unwrap();
    assert_eq!(entry.mode, 0o100_755);
    let merged = merger.merge(field.pair(edited, deleted)).unwrap();
    let [conflict] = merged.conflicts.as_slice() else { panic!("{merged:?}") };
    assert!(conflict.ours.is_some() && conflict.theirs.is_none());
}

#[test]
fn a_prediction_leaves_nothing_behind() {
    let field = Field::new();
    let (ours, theirs) = (field.edit(0, "zero"), field.edit(9, "nine"));
    let before = field.n_objects();
    let repo = field.repo();
    let quarantine = Quarantine::new(&repo).unwrap();
    let merged = Merger::predicting(&quarantine).unwrap().merge(field.pair(ours, theirs)).unwrap();
    let view = quarantine.repo();
    let entry = view.entry_at(merged.tree, &RepoPath::from("a.txt")).unwrap().unwrap();
    assert!(view.blob(entry.oid).unwrap().starts_with(b"zero\n"));
    let new = NewCommit { tree: merged.tree, parents: &[ours, theirs], message: "try", time: 1 };
    let tip = view.write_commit(&new).unwrap();
    let third = field.pair(tip, field.base);
    assert!(Merger::predicting(&quarantine).unwrap().merge(third).unwrap().clean);
    assert!(!repo.has_object(merged.tree));
    let dir = view.git_dir().to_owned();
    assert!(dir.is_dir());
    drop(quarantine);
    assert_eq!(field.n_objects(), before);
    assert!(!dir.exists());
}

#[test]
fn a_prediction_sees_borrowed_objects() {
    let field = Field::new();
    let (ours, theirs) = (field.edit(0, "zero"), field.edit(9, "nine"));
    let home = tempfile::tempdir().unwrap();
    let clone = home.path().join("clone");
    field.git(&["clone", "-q", "--shared", "--no-checkout", ".", clone.to_str().unwrap()]);
    let quarantine = Quarantine::new(&Repo::discover(&clone).unwrap()).unwrap();
    let merged = predict_pairs(&quarantine, &[field.pair(ours, theirs)]).unwrap();
    assert!(merged[0].as_ref().unwrap().clean);
}

#[test]
fn a_hostile_tree_fails_its_own_merges_only() {
    let field = Field::new();
    let hostile = field.hostile();
    let good = [field.edit(0, "zero"), field.edit(4, "four"), field.edit(4, "vier")];
    let quarantine = Quarantine::new(&field.repo()).unwrap();
    let pairs = [
        field.pair(good[0], good[1]),
        field.pair(hostile, good[1]),
        field.pair(good[0], hostile),
        field.pair(good[1], good[2]),
        field.pair(good[0], good[2]),
        field.pair(good[2], hostile),
    ];
    let mut merger = Merger::predicting(&quarantine).unwrap();
    let one_by_one: Vec<_> = pairs.iter().map(|&pair| merger.merge(pair)).collect();
    let together = predict_pairs(&quarantine, &pairs).unwrap();
    for answers in [one_by_one, together] {
        let words: Vec<_> = answers
            .iter()
            .map(|answer| match answer {
                Ok(merged) if merged.clean => "clean".to_owned(),
                Ok(merged) => paths(merged).join(" "),
                Err(GitError::Failed { .. }) => "failed".to_owned(),
                Err(other) => other.to_string(),
            })
            .collect();
        assert_eq!(words, ["clean", "failed", "failed", "a.txt", "clean", "failed"]);
    }
}

#[test]
fn a_hostile_tree_does_not_pass_for_an_innocent_one() {
    let field = Field::new();
    let repo = field.repo();
    let tree = |commit| repo.commit(commit).unwrap().tree;
    let found = vet_changes(&repo, tree(field.base), tree(field.hostile()));
    assert!(matches!(found, Err(GitError::BrokenTree(_))), "{found:?}");
    let bad = field.branch(|field| std::os::unix::fs::symlink("/etc", field.dir().join("etc")).unwrap());
    let found = vet_changes(&repo, tree(field.base), tree(bad)).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    let field = Field::new();
    let repo = field.repo();
    let tree = |commit| repo.commit(commit).unwrap().tree;
    let twice = tree(field.with_names(&["a.txt", "b", "b"]));
    let found = vet_changes(&repo, tree(field.base), twice).unwrap();
    assert_eq!(found, [Refused { path: RepoPath::from("b"), why: Refusal::Twice }]);
    assert_eq!(vet_changes(&repo, twice, tree(field.with_names(&["b", "b", "c"]))).unwrap(), []);
}

#[test]
fn an_unknown_commit_is_an_error_with_gits_words() {
    let field = Field::new();
    let nothing = Oid::from_bytes(&[7; 20]).unwrap();
    let mut merger = Merger::landing(&field.repo()).unwrap();
    let answer = merger.merge(Pair { base: None, ours: field.base, theirs: nothing });
    let Err(GitError::Failed { stderr, .. }) = answer else { panic!("{answer:?}") };
    assert!(stderr.contains("not something we can merge"), "{stderr}");
    assert!(merger.merge(field.pair(field.base, field.base)).unwrap().clean);
}

/// What a random branch does to the files of a random base.
#[derive(Debug, Clone)]
enum Act {
    Edit(&'static str, usize),
    Delete(&'static str),
    Add(&'static str, u8),
    Move(&'static str, &'static str),
}

const OLD: [&str; 7] = ["d/a", "d/b", "d/c", "e/f/a", "e/f/b", "g", "h"];
const NEW: [&str; 9] = ["d/new", "e/new", "e/f/new", "k/a", "k/b", "k/c", "g/x", "i", "d/sub/x"];

fn any_act() -> impl Strategy<Value = Act> {
    let old = || prop::sample::select(OLD.to_vec());
    let new = || prop::sample::select(NEW.to_vec());
    prop_oneof![
        3 => (old(), 0..12usize).prop_map(|(path, line)| Act::Edit(path, line)),
        1 => old().prop_map(Act::Delete),
        2 => (new(), 0..3u8).prop_map(|(path, content)| Act::Add(path, content)),
        1 => (old(), new()).prop_map(|(from, to)| Act::Move(from, to)),
    ]
}

/// Twelve lines that no other file has, so that renames are found by content.
fn content(path: &str, edited: Option<usize>) -> Vec<u8> {
    let line = |number| match Some(number) == edited {
        true => format!("{path} was edited here\n"),
        false => format!("{path} has a line {number}\n"),
    };
    (0..12).map(line).collect::<String>().into_bytes()
}

fn changed_tree(repo: &Repo, base: Oid, acts: &[Act]) -> Oid {
    let file = |bytes: &[u8]| Some(Entry { oid: repo.write_blob(bytes).unwrap(), mode: 0o100_644 });
    let mut edits = std::collections::BTreeMap::new();
    for act in acts {
        match *act {
            Act::Edit(path, line) => edits.insert(path, file(&content(path, Some(line)))),
            Act::Delete(path) => edits.insert(path, None),
            Act::Add(path, byte) => edits.insert(path, file(&[byte])),
            Act::Move(from, to) => {
                edits.insert(from, None);
                edits.insert(to, file(&content(from, None)))
            }
        };
    }
    if edits.keys().any(|path| path.starts_with("g/")) {
        edits.insert("g", None);
    }
    // First what goes: libgit2 does not turn a file into a directory in one edit.
    let edits = edits.into_iter().map(|(path, entry)| (RepoPath::from(path), entry));
    let (gone, set): (Vec<_>, Vec<_>) = edits.partition(|(_, entry)| entry.is_none());
    repo.edit_tree(Some(repo.edit_tree(Some(base), &gone).unwrap()), &set).unwrap()
}

proptest! {
    // Each case asks Git about 56 pairs.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn what_is_predicted_clean_is_clean_for_git(
        branches in prop::collection::vec(prop::collection::vec(any_act(), 1..4), 8),
    ) {
        let field = Field::new();
        let repo = field.repo();
        let start: Vec<_> = OLD
            .iter()
            .map(|&path| {
                let oid = repo.write_blob(&content(path, None)).unwrap();
                (RepoPath::from(path), Some(Entry { oid, mode: 0o100_644 }))
            })
            .collect();
        let base_tree = repo.edit_tree(None, &start).unwrap();
        let commit = |tree, parents: &[Oid]| {
            repo.write_commit(&NewCommit { tree, parents, message: "x", time: 1 }).unwrap()
        };
        let base = commit(base_tree, &[]);
        let trees: Vec<Oid> = branches.iter().map(|acts| changed_tree(&repo, base_tree, acts)).collect();
        let tips: Vec<Oid> = trees.iter().map(|&tree| commit(tree, &[base])).collect();
        let plain = |entry: Option<Entry>| entry.map(|entry| (entry.oid, entry.mode));
        let edits: Vec<Vec<Edit>> = trees
            .iter()
            .map(|&tree| {
                let changes = repo.diff_trees(base_tree, tree).unwrap().into_iter();
                changes.map(|c| Edit { path: c.path, old: plain(c.old), new: plain(c.new) }).collect()
            })
            .collect();
        let prediction = predict(&edits);
        let ordered = (0..tips.len()).flat_map(|one| (0..tips.len()).map(move |other| (one, other)));
        let pairs: Vec<_> = ordered.filter(|(one, other)| one != other).collect();
        let asked: Vec<_> =
            pairs.iter().map(|&(a, b)| Pair { base: Some(base), ours: tips[a], theirs: tips[b] }).collect();
        let answers = predict_pairs(&Quarantine::new(&repo).unwrap(), &asked).unwrap();
        for (&(one, other), answer) in pairs.iter().zip(&answers) {
            if prediction.verdict(one, other) == Verdict::Clean {
                prop_assert!(answer.as_ref().unwrap().clean, "{:?} {:?}", branches[one], branches[other]);
            }
        }
    }
}

/// A text of few different lines, and versions of it that each change some of them.
fn versions() -> impl Strategy<Value = Vec<String>> {
    let few = prop::sample::select(vec!["}\n".to_owned(), "\n".to_owned(), "return x\n".to_owned()]);
    let line = move || prop_oneof![few.clone(), "[a-z]\n"];
    let cut = (0..40usize, 0..4usize, prop::collection::vec(line(), 0..4));
    let cuts = prop::collection::vec(prop::collection::vec(cut, 1..3), 7);
    (prop::collection::vec(line(), 12..40), cuts).prop_map(|(base, cuts)| {
        let changed = |cuts: Vec<(usize, usize, Vec<String>)>| {
            let mut version = base.clone();
            for (start, length, put) in cuts {
                let start = start.min(version.len());
                version.splice(start..(start + length).min(version.len()), put);
            }
            version.concat()
        };
        let versions = cuts.into_iter().map(changed);
        std::iter::once(base.concat()).chain(versions).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn what_two_sections_change_is_merged_as_by_git(versions in versions()) {
        let field = Field::new();
        let repo = field.repo();
        let path = RepoPath::from("f");
        let commit = |text: &String, parents: &[Oid]| {
            let oid = repo.write_blob(text.as_bytes()).unwrap();
            prop_assert_eq!(repo.blob_name(text.as_bytes()), Some(oid));
            let tree = repo.edit_tree(None, &[(path.clone(), Some(Entry { oid, mode: 0o100_644 }))]).unwrap();
            Ok(repo.write_commit(&NewCommit { tree, parents, message: "x", time: 1 }).unwrap())
        };
        let base = commit(&versions[0], &[])?;
        let tips: Vec<Oid> = versions[1..].iter().map(|text| commit(text, &[base])).collect::<Result<_, _>>()?;
        let base_text = versions[0].as_bytes();
        let anchors: Vec<_> = versions[1..].iter().map(|text| Anchors::new(base_text, text.as_bytes())).collect();
        let version = |idx: usize| {
            Some(MergeVersion { text: versions[idx + 1].as_bytes(), anchors: anchors[idx].as_ref()? })
        };
        let mut united = Vec::new();
        for (one, &ours) in tips.iter().enumerate() {
            for (other, &theirs) in tips.iter().enumerate().skip(one + 1) {
                let (Some(left), Some(right)) = (version(one), version(other)) else { continue };
                let merged = unite_apart(base_text, left, right);
                united.extend(merged.map(|text| (Pair { base: Some(base), ours, theirs }, text)));
            }
        }
        let pairs: Vec<Pair> = united.iter().map(|(pair, _)| *pair).collect();
        let quarantine = Quarantine::new(&repo).unwrap();
        let answers = predict_pairs(&quarantine, &pairs).unwrap();
        for ((pair, text), answer) in united.iter().zip(answers) {
            let merged = answer.unwrap();
            let entry = quarantine.repo().entry_at(merged.tree, &path).unwrap().unwrap();
            let by_git = quarantine.repo().blob(entry.oid).unwrap();
            let texts = || [pair.ours, pair.theirs].map(|tip| tips.iter().position(|other| *other == tip));
            prop_assert!(merged.clean && by_git == *text, "{:?} of {:?}", texts(), versions);
        }
    }
}
