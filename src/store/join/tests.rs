//! Hubs that were written apart, and the versions of one file.

use super::*;
use crate::git::Git;
use crate::model::{RunRecord, Scope, SpawnAdvice, Task, TaskId, TaskRecord, WaveRecord};
use crate::store::Audit;

const BASE: &str = "# by hand\nstate = \"ready\"\nattempt = 1\ntitle = \"old\"\nafter = [\"a\", \"b\"]\nnote = \"n\"\n\
                    [task]\nscope = [\"src\"]\nkind = \"k\"\n";

/// The merge of two versions of `BASE`, each made by replacements, and what they disagree on.
fn merged(later: &[(&str, &str)], earlier: &[(&str, &str)]) -> (String, Vec<String>) {
    let made = |edits: &[(&str, &str)]| {
        edits.iter().fold(BASE.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let mut clashes = Vec::new();
    let text = merged_text(Some(BASE), (&made(later), &made(earlier)), "t.toml", &mut clashes);
    (text, clashes)
}

#[test]
fn what_only_one_side_changed_is_taken_whichever_is_later() {
    let edits = [("\"old\"", "\"new\""), ("note = \"n\"\n", ""), ("kind = \"k\"", "kind = \"k\"\nmore = 1")];
    let wanted = (merged(&edits, &edits).0, Vec::new());
    assert!(wanted.0.starts_with("# by hand\nstate") && wanted.0.contains("more = 1"), "{}", wanted.0);
    assert_eq!(merged(&edits, &[]), wanted);
    assert_eq!(merged(&[], &edits), wanted);
    assert_eq!(merged(&edits[..1], &edits[1..]), wanted);
}

#[test]
fn progress_counters_and_lists_are_united_and_other_values_clash() {
    let one = [("\"ready\"", "\"merged\""), ("= 1", "= 2"), ("\"b\"", "\"c\""), ("\"k\"", "\"one\"")];
    let two = [("\"ready\"", "\"running\""), ("= 1", "= 3"), ("\"b\"", "\"b\", \"d\""), ("\"k\"", "\"two\"")];
    for (later, earlier) in [(&one, &two), (&two, &one)] {
        let (text, clashes) = merged(later, earlier);
        let document: DocumentMut = text.parse().unwrap();
        assert_eq!(document["state"].as_str(), Some("merged"));
        assert_eq!(document["attempt"].as_integer(), Some(3));
        let after = document["after"].as_array().unwrap();
        let names: BTreeSet<&str> = after.iter().filter_map(Value::as_str).collect();
        assert_eq!(names, BTreeSet::from(["a", "c", "d"]));
        // What they disagree on is as it is where the task has come further.
        assert_eq!(document["task"]["kind"].as_str(), Some("one"));
        assert_eq!(clashes, ["t.toml: task.kind"]);
    }
}

#[test]
fn an_edit_outlives_a_deletion_and_a_broken_file_gives_way() {
    let edit = [("\"n\"", "\"mine\"")];
    let gone = [("note = \"n\"\n", "")];
    for (later, earlier) in [(&edit, &gone), (&gone, &edit)] {
        assert!(merged(later, earlier).0.contains("note = \"mine\""));
    }
    assert_eq!(merged(&edit, &[("state", "= broken")]).1, ["t.toml"]);
}

#[test]
fn what_an_equally_far_task_is_like_is_said_by_the_later() {
    for word in ["one", "two"] {
        let edits = [("one", [("\"k\"", "\"one\"")]), ("two", [("\"k\"", "\"two\"")])];
        let of = |wanted: bool| &edits.iter().find(|(name, _)| (*name == word) == wanted).unwrap().1;
        let (text, clashes) = merged(of(true), of(false));
        assert!(text.contains(&format!("kind = \"{word}\"")) && clashes == ["t.toml: task.kind"], "{text}");
    }
}

#[test]
fn lists_of_lists_are_united_list_by_list() {
    let with = |waves: &str| format!("waves = {waves}\n");
    let of = |later: &str, earlier: &str| {
        let mut clashes = Vec::new();
        let base = with(r#"[["a"], ["b"]]"#);
        let text = merged_text(Some(&base), (&with(later), &with(earlier)), "r.toml", &mut clashes);
        (text, clashes)
    };
    let united = of(r#"[["a", "c"], ["b"]]"#, r#"[["a", "d"], ["b", "e"]]"#);
    assert_eq!(united, (with(r#"[["a", "c", "d"], ["b", "e"]]"#), Vec::new()));
    // One that is put into two of them is in one.
    let united = of(r#"[["a", "c"], ["b"]]"#, r#"[["a"], ["b", "c"]]"#);
    assert_eq!(united, (with(r#"[["a", "c"], ["b"]]"#), Vec::new()));
    let later = r#"[["a"], ["b"], ["c"]]"#;
    assert_eq!(of(later, r#"[["a", "d"], ["b"]]"#), (with(later), vec!["r.toml: waves".to_owned()]));
}

/// A hub with a task, in a repository with a commit for each name in `tips`, each on the one before
/// but the last, which is on the first.
struct Apart {
    _dir: tempfile::TempDir,
    repo: Repo,
    base: Oid,
    tips: Vec<Oid>,
}

type Write<'a> = &'a dyn Fn(&mut Transaction) -> Result<(), HubError>;

impl Apart {
    fn new() -> Self {
        let dir = crate::git::test_home();
        Git::at(dir.path()).run(&["init", "-q", "-b", "main", "--template="]).unwrap();
        let repo = Repo::discover(dir.path()).unwrap();
        Hub::init(&repo, 1).unwrap();
        let mut apart =
            Self { _dir: dir, repo, base: Oid::parse(&"a".repeat(40)).unwrap(), tips: Vec::new() };
        let tree = apart.git(&["mktree"]);
        for (name, parent) in [("first", None), ("second", Some(0)), ("third", Some(1)), ("other", Some(0))] {
            let parent: Option<Oid> = parent.map(|at: usize| apart.tips[at]);
            let parent = parent.map(|parent| ["-p".to_owned(), parent.to_string()]);
            let args = [
                &["commit-tree".to_owned(), "-m".to_owned(), name.to_owned()][..],
                parent.as_ref().map_or(&[][..], |p| &p[..]),
                std::slice::from_ref(&tree),
            ]
            .concat();
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let tip = Oid::parse(&apart.git(&args)).unwrap();
            apart.tips.push(tip);
        }
        apart.base = apart.write(2, &|tx| {
            tx.put_run(&run())?;
            tx.put_task(RunId::FIRST, &task(Status::Ready, None))
        });
        apart
    }

    fn git(&self, args: &[&str]) -> String {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b"];
        let git = Git::at(self.repo.common_dir());
        String::from_utf8(git.run(&[&identity[..], args].concat()).unwrap()).unwrap().trim().to_owned()
    }

    fn write(&self, time: i64, write: Write<'_>) -> Oid {
        let audit = Audit { subject: "x".into(), op: "test".into(), run: None, task: None };
        Hub::open(&self.repo).unwrap().unwrap().update(&audit, time, |tx| write(tx)).unwrap();
        self.repo.ref_oid(layout::HUB_REF).unwrap().unwrap()
    }

    fn at(&self, tip: Oid) {
        self.git(&["update-ref", layout::HUB_REF, &tip.to_string()]);
    }

    /// Joins what is written on the base now and later, which is the same from both sides.
    fn join(&self, now: Write<'_>, later: Write<'_>) -> Result<Snapshot, HubError> {
        let tips = [(3, now), (9, later)].map(|(time, write)| {
            self.at(self.base);
            self.write(time, write)
        });
        let mut ends = Vec::new();
        for [own, other] in [tips, [tips[1], tips[0]]] {
            self.at(own);
            ends.push(Hub::join(&self.repo, other, false)?.after);
        }
        assert_eq!(ends[0], ends[1]);
        Snapshot::at(self.repo.reopen().unwrap(), ends[0].unwrap())
    }
}

fn run() -> RunRecord {
    RunRecord {
        id: RunId::FIRST,
        request: "x".into(),
        base: Oid::parse(&"a".repeat(40)).unwrap(),
        target: "main".into(),
        waves: vec![vec![TaskId::new("a").unwrap()]],
        created: 1,
        closed: false,
        spawn: SpawnAdvice::default(),
    }
}

fn task(status: Status, tip: Option<Oid>) -> TaskRecord {
    let task = Task {
        id: TaskId::new("a").unwrap(),
        title: "A task".into(),
        specialist: "someone".into(),
        scope: Scope::new(&["src"]).unwrap(),
        after: Vec::new(),
        provides: Vec::new(),
        consumes: Vec::new(),
        acceptance: Vec::new(),
        estimate_tokens: None,
    };
    TaskRecord { status, tip, ..TaskRecord::new(task) }
}

#[test]
fn a_task_is_where_it_has_come_furthest() {
    let apart = Apart::new();
    let tips = &apart.tips;
    for (further, less) in [
        (Status::Merged, Status::Running),
        (Status::Merged, Status::Cancelled),
        (Status::HandedOff, Status::Running),
        (Status::Cancelled, Status::Validated),
    ] {
        let [far, near] = [(further, tips[1]), (less, tips[3])].map(|(status, tip)| {
            move |tx: &mut Transaction| tx.put_task(RunId::FIRST, &task(status, Some(tip)))
        });
        let orders: [[Write<'_>; 2]; 2] = [[&far, &near], [&near, &far]];
        for [now, later] in orders {
            let joined = apart.join(now, later).unwrap().tasks(RunId::FIRST).unwrap();
            assert_eq!((joined[0].status, joined[0].tip), (further, Some(tips[1])), "{less:?}");
        }
    }
}

#[test]
fn a_wave_that_was_merged_in_two_ways_is_refused() {
    let apart = Apart::new();
    let landed = |to: usize, gate: &'static str| {
        let (from, to) = (apart.tips[0], apart.tips[to]);
        let record = WaveRecord { number: 1, from, to, gate: gate.into(), findings: 0, merged: Vec::new() };
        move |tx: &mut Transaction| tx.put_wave(RunId::FIRST, &record)
    };
    let refused = apart.join(&landed(1, ""), &landed(3, "")).err();
    assert!(matches!(refused, Some(HubError::LandedTwice(RunId::FIRST))), "{refused:?}");
    // One of them went on from where the other is.
    let joined = apart.join(&landed(2, "two"), &landed(1, "one")).unwrap().waves(RunId::FIRST).unwrap();
    assert_eq!((joined[0].to, joined[0].gate.as_str()), (apart.tips[2], "two"));
}

#[test]
fn links_and_submodules_in_a_hub_are_no_files() {
    let apart = Apart::new();
    let own = apart.write(3, &|tx| tx.put_run(&RunRecord { request: "y".into(), ..run() }));
    apart.git(&["read-tree", &apart.base.to_string()]);
    for (mode, path) in [("160000", "architecture/sub.toml"), ("120000", "runs/r1/run.toml")] {
        let link = || apart.git(&["rev-parse", &format!("{}:orca.toml", apart.base)]);
        let oid = if mode == "120000" { link() } else { "b".repeat(40) };
        apart.git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{oid},{path}")]);
    }
    let tree = apart.git(&["write-tree", "--missing-ok"]);
    let hostile = apart.git(&["commit-tree", "-m", "x", "-p", &apart.base.to_string(), &tree]);
    apart.at(own);
    let joined = Hub::join(&apart.repo, Oid::parse(&hostile).unwrap(), false).unwrap();
    let snapshot = Snapshot::at(apart.repo.reopen().unwrap(), joined.after.unwrap()).unwrap();
    assert_eq!(snapshot.runs().unwrap()[0].request, "y");
    assert_eq!(snapshot.file("architecture/sub.toml").unwrap(), None);
}

#[test]
fn what_one_side_changed_in_a_table_of_a_table_is_taken() {
    let text = |value: u32| format!("[a]\nb = 1\n[a.deep]\nc = {value}\n");
    for (later, earlier) in [(text(1), text(2)), (text(2), text(1))] {
        let mut clashes = Vec::new();
        let found = merged_text(Some(&text(1)), (&later, &earlier), "t.toml", &mut clashes);
        assert_eq!((found, clashes), (text(2), Vec::new()));
    }
}
