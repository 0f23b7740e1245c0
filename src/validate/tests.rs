//! Runs the validator over `tests/fixtures/validate/<case>/{base,<branch>…}`.
//!
//! A branch folder holds the whole files that the branch changed; `DELETED` names those it
//! removed. `declared` has lines `<branch> scope|provides|consumes <text>`. `history` holds
//! numbered folders `<nn>-<actor>[-revert]`, each the files of one commit of that actor's branch.

#![expect(clippy::disallowed_methods, reason = "the merge under test is Git's own")]

mod java_pairs;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use rayon::prelude::*;

use super::extract::{extract, language_of};
use super::*;
use crate::model::{FileChange, Level, Oid};

/// The files of a folder by path.
type Tree = BTreeMap<String, String>;

/// One case, as values that can be changed before the check.
#[derive(Clone)]
struct Case {
    base: Tree,
    branches: Vec<(String, Tree, BTreeSet<String>)>,
    declared: String,
    history: Vec<(String, bool, Tree)>,
}

/// A case as it stands in its folder, with what is found in it.
struct Fixture {
    name: String,
    case: Case,
    report: Report,
}

/// All cases; whoever comes first reads and checks them for all tests.
fn fixtures() -> &'static [Fixture] {
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

    fn check(&self) -> Report {
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
struct Rest(Vec<(String, Untouched)>, Tree);

impl Unchanged for Rest {
    fn defining(&self, name: &str) -> Option<Arc<[Untouched]>> {
        let defines =
            |file: &&Untouched| file.language.is_code() && file.model.defs.iter().any(|def| def.name == name);
        Some(self.0.iter().map(|(_, file)| file).filter(defines).cloned().collect())
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

    fn descends(&self, _: Oid, _: Oid) -> bool {
        true
    }
}

fn untouched((path, text): (&String, &String)) -> Option<(String, Untouched)> {
    let path = RepoPath::from(path.as_str());
    let language = language_of(&path)?;
    Some((text.clone(), Untouched { path, language, model: Arc::new(extract(language, text)) }))
}

fn source(text: &str) -> Source {
    Source { oid: oid(text), bytes: text.as_bytes().into() }
}

fn oid(text: &str) -> Oid {
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

fn fingerprints(report: &Report) -> BTreeSet<(Level, String)> {
    report.findings.iter().map(|finding| (finding.level, finding.fingerprint.clone())).collect()
}

/// All findings over all cases in one place, so that a false alarm next door is seen.
#[test]
fn every_fixture_has_its_findings_and_no_others() {
    let mut listing = String::new();
    for Fixture { name, report, .. } in fixtures() {
        writeln!(listing, "{name}").unwrap();
        for finding in &report.findings {
            writeln!(listing, "  {} {}: {}", finding.level.word(), finding.rule, finding.message).unwrap();
            let places =
                finding.sites.iter().map(|site| format!("{}:{}:{}", site.branch, site.path, site.line));
            writeln!(listing, "    at {}", places.collect::<Vec<_>>().join(" ")).unwrap();
            let fix = finding.fix.as_ref().unwrap();
            writeln!(listing, "    {}: {}", fix.branch, fix.summary).unwrap();
            let lines = fix.patch.lines().skip(2);
            let lines = lines.filter(|line| line.starts_with(['+', '-']));
            lines.for_each(|line| writeln!(listing, "      {line}").unwrap());
        }
        for (path, reason) in &report.not_analysed {
            writeln!(listing, "  not analysed: {path}: {reason}").unwrap();
        }
    }
    let settings = insta::Settings::clone_current();
    let mut settings = settings;
    settings.set_snapshot_path("../../tests/fixtures/validate");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("findings", listing));
}

/// Each patch applies to the branch it is for, by Git's own judgement.
#[test]
fn every_patch_applies() {
    for Fixture { name, case, report } in fixtures() {
        for finding in &report.findings {
            let fix = finding.fix.as_ref().unwrap();
            let Some((_, files, deleted)) = case.branches.iter().find(|(branch, ..)| *branch == fix.branch)
            else {
                continue;
            };
            if fix.patch.is_empty() {
                continue;
            }
            let dir = tempfile::tempdir().unwrap();
            let base = case.base.iter().filter(|(path, _)| !deleted.contains(*path));
            for (path, text) in base.chain(files) {
                let path = dir.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            std::fs::write(dir.path().join("fix.patch"), &fix.patch).unwrap();
            let apply = ["apply", "--check", "--whitespace=nowarn", "fix.patch"];
            let output = Command::new("git").args(apply).current_dir(dir.path()).output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{name}: {error}\n{}", fix.patch);
        }
    }
}

#[test]
fn the_order_of_branches_does_not_matter() {
    for Fixture { name, case, report } in fixtures() {
        let mut turned = case.clone();
        turned.branches.reverse();
        assert_eq!(fingerprints(report), fingerprints(&turned.check()), "{name}");
    }
}

#[test]
fn a_branch_agrees_with_itself() {
    for Fixture { name, case, .. } in fixtures() {
        for branch in &case.branches {
            let mut twice = case.clone();
            twice.declared = String::new();
            twice.history = Vec::new();
            let copy = (format!("{}-copy", branch.0), branch.1.clone(), branch.2.clone());
            twice.branches = vec![branch.clone(), copy];
            let findings = twice.check().findings;
            let said: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
            assert!(findings.is_empty(), "{name}: {said:?}");
        }
    }
}

#[test]
fn a_branch_alone_breaks_nothing() {
    for Fixture { name, case, .. } in fixtures() {
        for branch in &case.branches {
            let mut alone = case.clone();
            alone.declared = String::new();
            alone.history = Vec::new();
            alone.branches = vec![branch.clone()];
            assert!(alone.check().findings.is_empty(), "{name} {}", branch.0);
        }
    }
}

#[test]
fn an_unrelated_branch_changes_nothing() {
    for Fixture { name, case, report } in fixtures() {
        let mut more = case.clone();
        let files = [("elsewhere/zzz.py", "def zzz_alone():\n    return 1\n"), ("notes.md", "# Notes\n")];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        more.branches.push(("unrelated".to_owned(), files.into(), BTreeSet::new()));
        assert_eq!(fingerprints(report), fingerprints(&more.check()), "{name}");
    }
}

/// What is found depends on how symbols are connected and not on what they are called.
#[test]
fn other_names_give_the_same_findings() {
    for Fixture { name, case, report } in fixtures() {
        let names = top_level_names(case);
        let mut renamed = case.clone();
        let rename = |text: &mut String| *text = with_other_names(text, &names);
        renamed.base.values_mut().for_each(rename);
        renamed.branches.iter_mut().flat_map(|branch| branch.1.values_mut()).for_each(rename);
        renamed.history.iter_mut().flat_map(|commit| commit.2.values_mut()).for_each(rename);
        rename(&mut renamed.declared);
        assert_eq!(shapes_of(report), shapes_of(&renamed.check()), "{name} with {names:?}");
    }
}

/// Names of top-level functions and types that are not also the names of files.
fn top_level_names(case: &Case) -> BTreeSet<String> {
    let trees = case.branches.iter().map(|branch| &branch.1).chain([&case.base]);
    let files: Vec<(&String, &String)> = trees.flatten().collect();
    let models = files
        .iter()
        .filter_map(|(path, text)| Some(extract(language_of(&RepoPath::from(path.as_str()))?, text)));
    let defs = models.flat_map(|model| model.defs);
    let free = defs.filter(|def| def.parents.is_empty() && (def.kind.is_type() || def.sig.is_some()));
    let is_file = |name: &str| files.iter().any(|(path, _)| path.split(['/', '.']).any(|part| part == name));
    let special = |name: &str| matches!(name, "main" | "init" | "__getattr__" | "Migration");
    free.map(|def| def.name).filter(|name| !is_file(name) && !special(name)).collect()
}

fn with_other_names(text: &str, names: &BTreeSet<String>) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(|char: char| !char.is_alphanumeric() && char != '_') {
        let word = part.trim_end_matches(|char: char| !char.is_alphanumeric() && char != '_');
        if names.contains(word) {
            // A capital keeps the word exported in Go and a type by its looks.
            out.push(if word.starts_with(char::is_uppercase) { 'Q' } else { 'q' });
        }
        out.push_str(part);
    }
    out
}

/// Findings without their words.
fn shapes_of(report: &Report) -> Vec<(Level, &'static str, String)> {
    let sites = |finding: &Finding| {
        let sites = finding.sites.iter();
        let sites: Vec<_> =
            sites.map(|site| format!("{}:{}:{}", site.branch, site.path, site.line)).collect();
        sites.join(" ")
    };
    let mut shapes: Vec<_> =
        report.findings.iter().map(|finding| (finding.level, finding.rule, sites(finding))).collect();
    shapes.sort();
    shapes
}

/// Files that cannot be compared are said, each with its reason.
#[test]
fn what_is_not_analysed_is_said() {
    let file = |path: &str, bytes: &[u8]| FileChange {
        path: RepoPath::from(path),
        old: None,
        new: Some(Source { oid: oid(path), bytes: bytes.into() }),
    };
    let files = vec![
        file("a.ts", b"export const a = 1\0"),
        file("b.ts", b"// @generated by a tool\nexport const b = 1\n"),
        file("c.js", b"// Code generated by x. DO NOT EDIT.\nlet c = 1\n"),
        file("d.py", &vec![b'#'; (1 << 20) + 1]),
        file("node_modules/e/e.js", b"let e = 1\n"),
        file("f.ts", b"const f = '\xff'\n"),
        file("g.ts", b"// says that @ generated is no mark\nexport const g = 1\n"),
        file("h.md", b"prose is no source"),
    ];
    let branch = BranchChanges { name: "x".into(), tip: oid("x"), files };
    let branches = [branch];
    let report = check(&Input {
        branches: &branches,
        merged: &[],
        declared: &[],
        history: &[],
        unchanged: &Rest(Vec::new(), Tree::new()),
        read: &read_all,
    });
    let said: Vec<String> =
        report.not_analysed.iter().map(|(path, reason)| format!("{path}: {reason}")).collect();
    let expected = [
        "a.ts: binary",
        "b.ts: generated",
        "c.js: generated",
        "d.py: larger than 1 MiB",
        "f.ts: not UTF-8",
        "node_modules/e/e.js: below node_modules/",
    ];
    assert_eq!(said, expected);
    assert_eq!(report.analysed, 1);
}
