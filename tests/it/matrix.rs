//! `git orca matrix`, also against `git merge-tree` itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::sandbox::Sandbox;

fn data(sandbox: &Sandbox, args: &[&str]) -> (i32, Value) {
    let ran = sandbox.orca(&[&["matrix", "--format", "json"], args].concat());
    let envelope: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!((&envelope["schema"], &envelope["kind"]), (&"git-orca/1".into(), &"matrix".into()));
    (ran.code, envelope["data"].clone())
}

/// `one` and `two` edit one line, `rename` takes a function away that `caller` starts to call.
fn quarrelling() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "1\n2\n3\n").write("users.py", "def load(id):\n    return id\n");
    sandbox.commit_all("base");
    sandbox.branch("one", "main", &[("a.txt", "1\none\n3\n")]);
    sandbox.branch("two", "main", &[("a.txt", "1\ntwo\n3\n")]);
    sandbox.branch("rename", "main", &[("users.py", "def fetch(id):\n    return id\n")]);
    sandbox.branch("caller", "main", &[("page.py", "from users import load\n\nprint(load(1))\n")]);
    sandbox
}

/// Three branches that change one file, two of them the same line; and one that conflicts with nobody.
fn crowd() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n").write("page.py", "x = 1\n").commit_all("base");
    let lines = |one: &str, nine: &str| format!("{one}\n2\n3\n4\n5\n6\n7\n8\n{nine}\n");
    for (name, text) in [("one", lines("one", "9")), ("two", lines("two", "9")), ("far", lines("1", "far"))] {
        sandbox.branch(name, "main", &[("a.txt", &text)]);
    }
    sandbox.branch("other", "main", &[("page.py", "x = 2\n")]);
    sandbox
}

const CROWD: [&str; 4] = ["one", "two", "far", "other"];

/// The names of the pairs that are not clean.
fn at_odds(found: &Value) -> Vec<String> {
    let pairs = found["pairs"].as_array().unwrap().iter().filter(|pair| pair["verdict"] != "clean");
    pairs.map(|pair| format!("{} {}", pair["a"], pair["b"])).collect()
}

#[test]
fn what_is_known_of_a_pair_is_not_asked_again() {
    let sandbox = crowd();
    if !sandbox.git_is_at_least((2, 41)) {
        return; // it cannot be told whose attributes count, so nothing is kept
    }
    let log = sandbox.home().join("merges");
    let path = sandbox.path_where_git("merge-tree", &format!("echo >>'{}'", log.display()));
    let n_asked = || std::fs::read_to_string(&log).unwrap_or_default().lines().count();
    let matrix = || {
        let mut command = sandbox.orca_command(&sandbox.repo(), &["matrix", "--format", "json"]);
        let output = command.args(CROWD).env("PATH", &path).output().unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        found["data"].clone()
    };
    let first = matrix();
    assert_eq!(at_odds(&first).len(), 1, "{first}");
    let asked = n_asked();
    assert!(asked > 0);
    assert_eq!(matrix(), first);
    assert_eq!(n_asked(), asked);
    // One that moves is merged anew, with what it meets.
    sandbox.git(&["branch", "-f", "other", "one"]);
    let moved = matrix();
    assert_ne!(moved, first);
    assert!(n_asked() > asked);
}

#[test]
fn what_is_known_of_a_pair_goes_with_the_settings_it_was_made_under() {
    let sandbox = crowd();
    let conflicts = || at_odds(&data(&sandbox, &CROWD).1).len();
    assert_eq!((conflicts(), conflicts()), (1, 1));
    let attributes = sandbox.repo().join(".git/info/attributes");
    std::fs::create_dir_all(attributes.parent().unwrap()).unwrap();
    // Never merged line by line: whoever changes the file is at odds with everybody who does.
    std::fs::write(&attributes, "a.txt -merge\n").unwrap();
    assert_eq!((conflicts(), conflicts()), (3, 3));
    std::fs::remove_file(&attributes).unwrap();
    assert_eq!(conflicts(), 1);
    // A driver may say something else each time.
    sandbox.git(&["config", "merge.ours.driver", "true"]);
    std::fs::write(&attributes, "a.txt merge=ours\n").unwrap();
    assert_eq!(conflicts(), 0);
    sandbox.git(&["config", "merge.ours.driver", "false"]);
    assert_eq!(conflicts(), 3);
}

#[test]
fn a_person_sees_at_a_glance_who_gets_along() {
    let sandbox = quarrelling();
    let before = sandbox.state();
    let ran = sandbox.orca(&["matrix", "one", "two", "rename", "caller"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    insta::assert_snapshot!(ran.stdout, @r"
    1 one
    2 two     x
    3 rename  . .
    4 caller  . . !
              1 2 3

    . clean   x conflict in text   ~ resolved by structure   ! clean in text, breaks a contract

    conflicts in text
      one x two: a.txt

    broken contracts
      rename ! caller
        deny[symbol-removed]: caller imports the function `load` in page.py, which rename renamed to `fetch` in users.py

    best order to merge
      1.  one     conflicts with two, which can wait
      2.  rename  conflicts with caller, which can wait
      3.  caller  after rename, to which it has to be adapted
      4.  two     conflicts with one, which comes earlier
    ");
    assert_eq!(sandbox.state(), before);
    assert_eq!(sandbox.git(&["count-objects"]), n_objects_before(&sandbox));
}

/// Everything that can be reached, which is all there is when a prediction leaves nothing behind.
fn n_objects_before(sandbox: &Sandbox) -> String {
    let reachable = sandbox.git(&["rev-list", "--objects", "--all"]).lines().count();
    let counted = sandbox.git(&["count-objects"]);
    assert_eq!(counted.split(' ').next().unwrap(), reachable.to_string());
    counted
}

#[test]
fn the_json_has_a_verdict_for_every_pair() {
    let sandbox = quarrelling();
    let (code, data) = data(&sandbox, &["one", "two", "rename", "caller"]);
    assert_eq!(code, 1);
    let pairs = data["pairs"].as_array().unwrap();
    let keys: Vec<&String> = pairs[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["a", "b", "files", "textual", "verdict"]);
    let line = |pair: &Value| {
        format!("{} {}: {} {} {}", pair["a"], pair["b"], pair["textual"], pair["verdict"], pair["files"])
    };
    insta::assert_snapshot!(pairs.iter().map(line).collect::<Vec<_>>().join("\n").replace('"', ""), @r"
    one two: conflict conflict [a.txt]
    one rename: clean clean []
    one caller: clean clean []
    two rename: clean clean []
    two caller: clean clean []
    rename caller: clean contract []
    ");
    let order: Vec<&str> =
        data["order"].as_array().unwrap().iter().map(|step| step["branch"].as_str().unwrap()).collect();
    assert_eq!(order, ["one", "rename", "caller", "two"]);
}

#[test]
fn what_structure_resolves_is_told_from_what_conflicts() {
    let sandbox = Sandbox::new();
    sandbox.write("f.py", "def f(a):\n    return a\n").commit_all("base");
    for (name, param) in [("one", "b=1"), ("two", "c=2"), ("three", "b=3")] {
        sandbox.branch(name, "main", &[("f.py", &format!("def f(a, {param}):\n    return a\n"))]);
    }
    let before = sandbox.git(&["count-objects"]);
    let (code, found) = data(&sandbox, &["one", "two", "three"]);
    let verdicts: Vec<(&Value, &Value)> =
        found["pairs"].as_array().unwrap().iter().map(|pair| (&pair["verdict"], &pair["rung"])).collect();
    let (resolvable, structure) = (Value::from("resolvable"), Value::from("structure"));
    let conflict = Value::from("conflict");
    let nothing = &Value::Null;
    let expected = [(&resolvable, &structure), (&conflict, nothing), (&resolvable, &structure)];
    assert_eq!((code, verdicts.as_slice()), (1, expected.as_slice()));
    let ran = sandbox.orca(&["matrix", "one", "two"]);
    assert!(ran.stdout.contains("resolved by structure\n  one ~ two: f.py"), "{}", ran.stdout);
    assert_eq!(sandbox.git(&["count-objects"]), before);
}

/// The verdicts of a call serve the next one, in whatever worktree; what is damaged is as good as none.
#[test]
fn what_is_known_of_a_pair_changes_nothing_but_the_time() {
    let sandbox = Sandbox::new();
    sandbox.write("f.py", "def f(a):\n    return a\n").commit_all("base");
    for (name, param) in [("one", "b=1"), ("two", "c=2"), ("three", "b=3")] {
        sandbox.branch(name, "main", &[("f.py", &format!("def f(a, {param}):\n    return a\n"))]);
    }
    let packs = || {
        let entries = std::fs::read_dir(sandbox.repo().join(".git/orca/cache")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect::<BTreeSet<_>>()
    };
    let first = data(&sandbox, &["one", "two", "three"]);
    let before = packs();
    assert_eq!((data(&sandbox, &["one", "two", "three"]), packs()), (first.clone(), before.clone()));
    // One moves: only its pairs are looked at. Where it stood before is still known.
    sandbox.branch("moved", "two", &[("f.py", "def f(a, d=4):\n    return a\n")]);
    assert_eq!(data(&sandbox, &["one", "moved", "three"]).1["pairs"][0]["verdict"], "resolvable");
    let after = packs();
    assert!(after.len() > before.len());
    assert_eq!((data(&sandbox, &["one", "two", "three"]), packs()), (first.clone(), after.clone()));
    for pack in after {
        std::fs::write(pack, b"rubbish").unwrap();
    }
    assert_eq!(data(&sandbox, &["one", "two", "three"]), first);
}

/// Each pair by the attributes of its first branch, though Git is asked about them together.
#[test]
fn what_has_a_merge_driver_is_not_resolved() {
    let sandbox = Sandbox::new();
    let base = "def f(a):\n    return a\n";
    sandbox.write("a/f.py", base).write("b/f.py", base).commit_all("base");
    for (name, param) in [("one", "b=1"), ("two", "c=2"), ("three", "d=3")] {
        let text = format!("def f(a, {param}):\n    return a\n");
        sandbox.branch(name, "main", &[("a/f.py", &text), ("b/f.py", &text)]);
    }
    let all = ["one", "two", "three"];
    let verdicts = |sandbox: &Sandbox| -> Vec<String> {
        let (_, found) = data(sandbox, &all);
        found["pairs"].as_array().unwrap().iter().map(|pair| pair["verdict"].to_string()).collect()
    };
    assert_eq!(verdicts(&sandbox), ["\"resolvable\""; 3]);
    let with = |branch: &str, path: &str| {
        sandbox.git(&["checkout", "-q", branch]);
        sandbox.write(path, "*.py merge=mine\n").commit_all("attributes");
        sandbox.git(&["checkout", "-q", "main"]);
    };
    with("two", "b/.gitattributes");
    assert_eq!(verdicts(&sandbox), ["\"resolvable\"", "\"resolvable\"", "\"conflict\""]);
    with("one", ".gitattributes");
    assert_eq!(verdicts(&sandbox), ["\"conflict\""; 3]);
}

/// A finding is said once in a check, but every pair that has it is a pair that has it.
#[test]
fn each_pair_with_a_broken_contract_counts() {
    let sandbox = quarrelling();
    sandbox.branch("too", "main", &[("page.py", "from users import load\n\nprint(load(2))\n")]);
    let (_, data) = data(&sandbox, &["rename", "caller", "too"]);
    let verdicts: Vec<&Value> =
        data["pairs"].as_array().unwrap().iter().map(|pair| &pair["verdict"]).collect();
    assert_eq!(verdicts, ["contract", "contract", "conflict"]);
}

#[test]
fn the_text_can_be_asked_about_alone() {
    let sandbox = quarrelling();
    sandbox.branch("upper", "caller", &[("b.txt", "b\n")]);
    let (code, data) = data(&sandbox, &["--no-check", "one", "two", "rename", "caller", "upper"]);
    assert_eq!((code, at_odds(&data)), (1, vec!["\"one\" \"two\"".to_owned()]));
    let order: Vec<&Value> = data["order"].as_array().unwrap().iter().map(|step| &step["branch"]).collect();
    let place = |name: &str| order.iter().position(|branch| *branch == name).unwrap();
    assert!(place("caller") < place("upper"), "{data}");
}

#[test]
fn clean_pairs_and_stacked_branches() {
    let sandbox = quarrelling();
    sandbox.branch("upper", "one", &[("b.txt", "b\n")]);
    let (code, data) = data(&sandbox, &["upper", "one", "rename"]);
    assert_eq!(code, 0, "{data}");
    assert_eq!(data["order"][2]["branch"], "upper");
    assert_eq!(data["order"][2]["reason"], "after one, which it depends on; conflicts with nothing");
    assert_eq!(sandbox.orca(&["matrix", "one"]).code, 2);
    assert_eq!(sandbox.orca(&["matrix"]).code, 2);
    let based = sandbox.orca(&["matrix", "--base", "one", "upper", "two"]);
    assert_eq!(based.code, 0, "what 'one' did is no part of either: {based:?}");
}

#[test]
fn many_branches_still_line_up() {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "1\n").commit_all("base");
    let names: Vec<String> = (1..=11).map(|number| format!("b{number}")).collect();
    for name in &names {
        sandbox.branch(name, "main", &[(&format!("{name}.txt"), "x\n")]);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ran = sandbox.orca(&[&["matrix"], &names[..]].concat());
    assert_eq!(ran.code, 0);
    let picture: Vec<&str> = ran.stdout.lines().take(12).collect();
    insta::assert_snapshot!(picture[8..].join("\n"), @r"
     9 b9    .  .  .  .  .  .  .  .
    10 b10   .  .  .  .  .  .  .  .  .
    11 b11   .  .  .  .  .  .  .  .  .  .
             1  2  3  4  5  6  7  8  9 10
    ");
}

/// The files of a commit: mode and content by path.
type Tree = BTreeMap<String, (&'static str, String)>;

/// A repeatable source of numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick(&mut self, tree: &Tree) -> Option<String> {
        let place = if tree.is_empty() { return None } else { self.roll(tree.len()) };
        tree.keys().nth(place).cloned()
    }
}

const FRESH: [&str; 10] = ["d/new", "e/new", "e/f/new", "k/a", "k/b", "g/x", "i", "d", "e/f", "d/a/deep"];

fn put(tree: &mut Tree, path: &str, file: (&'static str, String)) {
    let below = format!("{path}/");
    tree.retain(|other, _| !other.starts_with(&below) && !path.starts_with(&format!("{other}/")));
    tree.insert(path.to_owned(), file);
}

/// Does one random thing to a tree.
fn act(tree: &mut Tree, dice: &mut Dice) {
    let Some(path) = dice.pick(tree) else { return };
    match dice.roll(12) {
        0..=3 => {
            let (_, text) = tree.get_mut(&path).unwrap();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let place = dice.roll(lines.len().max(1)).min(lines.len().saturating_sub(1));
            lines.insert(place, format!("edit {}", dice.roll(5)));
            lines.remove(place + dice.roll(2).min(lines.len() - 1 - place));
            *text = lines.join("\n") + "\n";
        }
        4 => drop(tree.remove(&path)),
        5 | 6 => {
            let fresh = FRESH[dice.roll(FRESH.len())];
            let text = format!("fresh {}\n", dice.roll(3));
            put(tree, fresh, ("100644", text));
        }
        7 => {
            let file = tree.remove(&path).unwrap();
            put(tree, FRESH[dice.roll(FRESH.len())], file);
        }
        8 => {
            let from = path.split('/').next().unwrap().to_owned() + "/";
            let to = ["moved/", "k/", "e/f/"][dice.roll(3)];
            let moved: Vec<String> = tree.keys().filter(|path| path.starts_with(&from)).cloned().collect();
            for path in moved {
                let file = tree.remove(&path).unwrap();
                put(tree, &path.replacen(&from, to, 1), file);
            }
        }
        9 => {
            let file = tree.get_mut(&path).unwrap();
            file.0 = if file.0 == "100644" { "100755" } else { "100644" };
        }
        10 => put(tree, &path, ("120000", format!("target-{}", dice.roll(2)))),
        _ => put(tree, &format!("{path}/inside"), ("100644", "inside\n".to_owned())),
    }
}

/// Builds many commits through one `git fast-import`.
struct History {
    stream: String,
    trees: BTreeMap<String, Tree>,
}

impl History {
    fn commit(&mut self, branch: &str, parents: &[&str], tree: Tree) {
        let text = &mut self.stream;
        _ = write!(text, "reset refs/heads/{branch}\ncommit refs/heads/{branch}\n");
        text.push_str("committer Ada <ada@example.org> 1767225600 +0000\ndata 1\nx\n");
        for (place, parent) in parents.iter().enumerate() {
            _ = writeln!(text, "{} refs/heads/{parent}", if place == 0 { "from" } else { "merge" });
        }
        text.push_str("deleteall\n");
        for (path, (mode, content)) in &tree {
            _ = write!(text, "M {mode} inline {path}\ndata {}\n{content}\n", content.len());
        }
        text.push('\n');
        self.trees.insert(branch.to_owned(), tree);
    }

    fn branch(&mut self, branch: &str, parents: &[&str], dice: &mut Dice) {
        let mut tree = self.trees[parents[0]].clone();
        for _ in 0..=dice.roll(3) {
            act(&mut tree, dice);
        }
        self.commit(branch, parents, tree);
    }
}

fn random_history(seed: u64) -> (Sandbox, Vec<String>) {
    let dice = &mut Dice(seed);
    let mut history = History { stream: String::new(), trees: BTreeMap::new() };
    let text = |path: &str| (0..12).map(|line| format!("{path} line {line}\n")).collect::<String>();
    let paths = ["d/a", "d/b", "d/c", "e/f/a", "e/f/b", "g", "h", "run"];
    let base = paths.iter().map(|path| (path.to_string(), ("100644", text(path)))).collect();
    history.commit("main", &[], base);
    history.branch("later", &["main"], dice);
    let mut names = Vec::new();
    for number in 0..9 {
        let start = if seed.is_multiple_of(2) && number % 3 == 0 { "later" } else { "main" };
        names.push(format!("b{number}"));
        history.branch(&format!("b{number}"), &[start], dice);
    }
    // Two merges of the same two branches, once each way round: their pair has two merge bases.
    history.branch("x1", &["b0", "b1"], dice);
    history.branch("x2", &["b1", "b0"], dice);
    history.branch("stacked", &["b2"], dice);
    names.extend(["x1", "x2", "stacked"].map(str::to_owned));
    if seed.is_multiple_of(3) {
        let mut tree = history.trees["main"].clone();
        tree.remove("g");
        history.commit("stranger", &[], tree);
        names.push("stranger".to_owned());
    }
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.home().join("stream"), &history.stream).unwrap();
    let import = sandbox.try_git(&["-c", "alias.import=!git fast-import --quiet < ../stream", "import"]);
    assert_eq!(import.code, 0, "{import:?}");
    (sandbox, names)
}

/// Verdict and conflicting paths by `git merge-tree`.
fn by_git(sandbox: &Sandbox, one: &str, other: &str) -> (&'static str, BTreeSet<String>) {
    let ran =
        sandbox.try_git(&["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", one, other]);
    let files = ran.stdout.split('\0').skip(1).filter(|path| !path.is_empty()).map(str::to_owned);
    match ran.code {
        0 => ("clean", BTreeSet::new()),
        1 => ("conflict", files.collect()),
        _ => ("conflict", BTreeSet::new()),
    }
}

/// `ORCA_FUZZ_HISTORIES` sets how many histories are tried, each of some seventy pairs (five when
/// unset).
#[test]
fn the_textual_verdict_is_that_of_git_on_every_pair() {
    let asked = std::env::var("ORCA_FUZZ_HISTORIES").ok().and_then(|text| text.parse().ok());
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 1..=asked.unwrap_or(5) {
        let (sandbox, names) = random_history(seed);
        let args: Vec<&str> = names.iter().map(String::as_str).collect();
        let (_, data) = data(&sandbox, &args);
        let pairs = data["pairs"].as_array().unwrap();
        assert_eq!(pairs.len(), names.len() * (names.len() - 1) / 2);
        for pair in pairs {
            let (one, other) = (pair["a"].as_str().unwrap(), pair["b"].as_str().unwrap());
            let (verdict, files) = by_git(&sandbox, one, other);
            let found: BTreeSet<String> = pair["files"]
                .as_array()
                .unwrap()
                .iter()
                .map(|path| path.as_str().unwrap().to_owned())
                .collect();
            assert_eq!(
                (pair["textual"].as_str().unwrap(), found),
                (verdict, files),
                "seed {seed}: {one} {other}"
            );
            *seen.entry(verdict).or_default() += 1;
        }
    }
    // Neither verdict is a rarity, or the test would show little.
    assert!(seen.values().all(|count| *count > 100), "{seen:?}");
    eprintln!("{} pairs: {seen:?}", seen.values().sum::<usize>());
}
