//! The hub in real repositories, beside other threads, other processes, `git gc` and `kill -9`.

mod writers;

use std::collections::BTreeMap;

use super::*;
use crate::git::{Batch, Entry, Git, Repo, compare_and_swap};
use crate::model::{
    ContextEntry, Oid, RepoPath, RunId, RunRecord, Scope, Section, SpawnAdvice, Status, Task, TaskId,
    TaskRecord,
};

const HUB: &str = "refs/orca/hub";

fn repository() -> (tempfile::TempDir, Repo) {
    let dir = crate::git::test_home();
    Git::at(dir.path()).run(&["init", "-q", "-b", "main", "--template="]).unwrap();
    let repo = Repo::discover(dir.path()).unwrap();
    (dir, repo)
}

fn hub() -> (tempfile::TempDir, Repo, Hub) {
    let (dir, repo) = repository();
    let hub = Hub::init(&repo, 1).unwrap();
    (dir, repo, hub)
}

fn git(repo: &Repo, args: &[&str]) -> String {
    String::from_utf8(repo.git().run(args).unwrap()).unwrap()
}

fn audit(subject: &str) -> Audit {
    Audit { subject: subject.into(), op: "test".into(), run: Some(RunId::FIRST), task: None }
}

fn run() -> RunRecord {
    RunRecord {
        id: RunId::FIRST,
        request: "Real-time editing".into(),
        base: Oid::parse(&"a".repeat(40)).unwrap(),
        target: "main".into(),
        waves: vec![vec![id("types"), id("algo")]],
        created: 1_767_225_600,
        closed: false,
        spawn: SpawnAdvice::default(),
    }
}

fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

fn task(name: &str) -> TaskRecord {
    TaskRecord {
        status: Status::Ready,
        ..TaskRecord::new(Task {
            id: id(name),
            title: "A task".into(),
            specialist: "someone".into(),
            scope: Scope::new(&["src"]).unwrap(),
            after: Vec::new(),
            provides: Vec::new(),
            consumes: Vec::new(),
            acceptance: Vec::new(),
            estimate_tokens: None,
        })
    }
}

fn entry(id: &str, text: &str) -> ContextEntry {
    let (id, text, author) = (id.to_owned(), text.to_owned(), "Ada".to_owned());
    ContextEntry { section: Section::Architecture, id, text, author, time: 1 }
}

/// Adds one to a number that all writers share, and a file of its own.
fn count(hub: &Hub, own: &str) -> Result<(), HubError> {
    hub.update(&audit("count"), 2, |tx| {
        let number = counter(tx)? + 1;
        tx.put_entry(&entry("counter", &number.to_string()))?;
        tx.put_entry(&entry(own, "mine"))
    })
}

fn counter(snapshot: &Snapshot) -> Result<u32, HubError> {
    let entries = snapshot.entries(Section::Architecture)?;
    let counter = entries.iter().find(|entry| entry.id == "counter");
    Ok(counter.map_or(0, |entry| entry.text.parse().unwrap()))
}

/// Puts a file into the hub as a program would that knows nothing of the lock.
fn foreign_write(repo: &Repo, path: &str, text: &str) {
    let old = repo.ref_oid(HUB).unwrap().unwrap();
    let mut batch = Batch::of(repo);
    let entry = Entry { oid: batch.blob(text.as_bytes()).unwrap(), mode: 0o100_644 };
    let edits = BTreeMap::from([(RepoPath::from(path), Some(entry))]);
    let tree = batch.edit_tree(repo, Some(repo.commit(old).unwrap().tree), &edits).unwrap();
    let new = batch.commit(tree, &[old], "foreign\n", 3).unwrap();
    let staging = tempfile::tempdir_in(repo.common_dir()).unwrap();
    let _pack = batch.write(repo, staging.path()).unwrap();
    compare_and_swap(repo, HUB, Some(old), new, "foreign").unwrap();
}

#[test]
fn people_read_the_hub_with_git() {
    let (_dir, repo, hub) = hub();
    let say = Audit { task: Some(id("types")), ..audit("task types: ready -> running") };
    hub.update(&say, 1_767_225_600, |tx| {
        tx.put_run(&run())?;
        tx.put_task(RunId::FIRST, &task("types"))?;
        tx.put_task(RunId::FIRST, &task("algo"))
    })
    .unwrap();
    let snapshot = hub.read().unwrap();
    assert_eq!(snapshot.run(RunId::FIRST).unwrap(), Some(run()));
    assert_eq!(snapshot.runs().unwrap(), [run()]);
    assert_eq!(snapshot.tasks(RunId::FIRST).unwrap(), [task("algo"), task("types")]);
    assert_eq!(snapshot.task(RunId::FIRST, &id("nobody")).unwrap(), None);
    insta::assert_snapshot!(git(&repo, &["ls-tree", "-r", "--name-only", HUB]), @r"
    orca.toml
    runs/r1/run.toml
    runs/r1/tasks/algo.toml
    runs/r1/tasks/types.toml
    ");
    insta::assert_snapshot!(git(&repo, &["show", "refs/orca/hub:runs/r1/run.toml"]), @r#"
    version = 1
    id = "r1"
    request = "Real-time editing"
    base = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    target = "main"
    created = "2026-01-01T00:00:00Z"
    closed = false
    waves = [[
        "types",
        "algo",
    ]]
    "#);
    insta::assert_snapshot!(git(&repo, &["log", "--format=%an %ct%n%B", HUB]), @r"
    git-orca 1767225600
    task types: ready -> running

    Orca-Op: test
    Orca-Run: r1
    Orca-Task: types

    git-orca 1
    hub: created

    Orca-Op: init
    ");
    assert_eq!(git(&repo, &["fsck", "--strict"]), "");
}

#[test]
fn the_log_tells_what_was_done() {
    let (_dir, _repo, hub) = hub();
    hub.update(&audit("one\nOrca-Task: forged"), 5, |tx| tx.put_entry(&entry("a", "1"))).unwrap();
    hub.update(&audit("two"), 6, |tx| {
        tx.set_subject("entry a: 1 -> 2");
        tx.put_entry(&entry("a", "2"))
    })
    .unwrap();
    let log = hub.log(2).unwrap();
    let told: Vec<_> = log.iter().map(|entry| (entry.time, entry.subject.as_str())).collect();
    assert_eq!(told, [(6, "entry a: 1 -> 2"), (5, "one Orca-Task: forged")]);
    let trailers = [("Orca-Op".to_owned(), "test".to_owned()), ("Orca-Run".to_owned(), "r1".to_owned())];
    assert_eq!(log[0].trailers, trailers);
    assert_eq!(hub.log(100).unwrap().len(), 3);
}

#[test]
fn there_is_one_hub() {
    let (_dir, repo) = repository();
    assert!(Hub::open(&repo).unwrap().is_none());
    let first = Hub::init(&repo, 1).unwrap().read().unwrap();
    let second = Hub::init(&repo, 2).unwrap().read().unwrap();
    assert_eq!((first.tip(), first.hub_id()), (second.tip(), second.hub_id()));
    assert_eq!(Hub::open(&repo).unwrap().unwrap().read().unwrap().hub_id(), first.hub_id());
}

#[test]
fn nothing_changed_is_no_commit() {
    let (_dir, _repo, hub) = hub();
    let put = |hub: &Hub| hub.update(&audit("put"), 2, |tx| tx.put_entry(&entry("a", "1"))).unwrap();
    put(&hub);
    let tip = hub.read().unwrap().tip();
    put(&hub);
    let failed = hub.update(&audit("fails"), 3, |tx| {
        tx.put_entry(&entry("a", "2"))?;
        Err::<(), _>(HubError::Gone)
    });
    assert!(failed.is_err());
    assert_eq!(hub.read().unwrap().tip(), tip);
}

#[test]
fn a_transaction_reads_what_it_wrote() {
    let (_dir, _repo, hub) = hub();
    hub.update(&audit("edit"), 2, |tx| {
        tx.put_run(&run())?;
        tx.put_task(RunId::FIRST, &task("b"))?;
        assert_eq!(tx.runs()?, [run()]);
        tx.put_task(RunId::FIRST, &task("a"))?;
        assert_eq!(tx.tasks(RunId::FIRST)?, [task("a"), task("b")]);
        tx.drop_task(RunId::FIRST, &id("b"))?;
        assert_eq!(tx.tasks(RunId::FIRST)?, [task("a")]);
        Ok::<_, HubError>(())
    })
    .unwrap();
    hub.update(&audit("drop"), 3, |tx| {
        tx.drop_task(RunId::FIRST, &id("a"))?;
        assert_eq!(tx.tasks(RunId::FIRST)?, []);
        Ok::<_, HubError>(())
    })
    .unwrap();
    assert_eq!(hub.read().unwrap().tasks(RunId::FIRST).unwrap(), []);
}

#[test]
fn a_lost_race_runs_the_transaction_again() {
    let (_dir, repo, hub) = hub();
    let mut calls = 0;
    hub.update(&audit("count"), 2, |tx| {
        calls += 1;
        let number = counter(tx)?;
        if calls == 1 {
            foreign_write(&repo, "architecture/counter.toml", &counter_file(41));
        }
        tx.put_entry(&entry("counter", &(number + 1).to_string()))
    })
    .unwrap();
    assert_eq!((calls, counter(&hub.read().unwrap()).unwrap()), (2, 42));
}

fn counter_file(number: u32) -> String {
    format!(
        "version = 1\nsection = \"architecture\"\nid = \"counter\"\nauthor = \"x\"\n\
         time = \"1970-01-01T00:00:00Z\"\ntext = \"{number}\"\n"
    )
}

#[test]
fn an_endless_race_is_given_up() {
    let (_dir, repo, hub) = hub();
    let mut calls = 0;
    let given_up = hub.update(&audit("count"), 2, |tx| {
        calls += 1;
        foreign_write(&repo, "architecture/x.toml", &calls.to_string());
        tx.put_entry(&entry("a", "1"))
    });
    assert!(matches!(given_up, Err(HubError::Contended)), "{given_up:?}");
}

#[test]
fn unknown_keys_and_files_survive() {
    let (_dir, repo, hub) = hub();
    foreign_write(&repo, "architecture/counter.toml", &format!("{}color = \"red\"\n", counter_file(1)));
    foreign_write(&repo, "future/thing.bin", "\0");
    count(&hub, "own").unwrap();
    let text = git(&repo, &["show", "refs/orca/hub:architecture/counter.toml"]);
    assert!(text.contains("color = \"red\"") && text.contains("text = \"2\""), "{text}");
    assert_eq!(git(&repo, &["show", "refs/orca/hub:future/thing.bin"]), "\0");
}

#[test]
fn newer_hubs_are_left_alone() {
    let manifest = |reader: u32, writer: u32| {
        format!("schema = 2\nmin_reader = {reader}\nmin_writer = {writer}\nnew = true\n")
    };
    let (_dir, repo, hub) = hub();
    foreign_write(&repo, "orca.toml", &manifest(1, 2));
    let opened = Hub::open(&repo).unwrap().unwrap();
    assert_eq!(counter(&opened.read().unwrap()).unwrap(), 0);
    let refused = count(&hub, "own").unwrap_err();
    assert!(matches!(refused, HubError::TooNewToWrite { needs: 2, knows: 1 }), "{refused:?}");
    assert!(refused.to_string().ends_with("upgrade git-orca"));
    foreign_write(&repo, "orca.toml", &manifest(3, 3));
    assert!(matches!(Hub::open(&repo), Err(HubError::TooNewToRead { needs: 3, knows: 1 })));
    assert!(matches!(hub.read(), Err(HubError::TooNewToRead { .. })));
}

#[test]
fn hostile_files_are_named() {
    let (_dir, repo, hub) = hub();
    let check = |path: &str, text: &str, expected: &str| {
        let before = repo.ref_oid(HUB).unwrap();
        foreign_write(&repo, path, text);
        let error = hub.read().and_then(|hub| hub.runs().and(hub.tasks(RunId::FIRST))).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        let bad = repo.ref_oid(HUB).unwrap();
        compare_and_swap(&repo, HUB, bad, before.unwrap(), "back").unwrap();
    };
    check("runs/r1/run.toml", "version = 1\nid = \"r1\"\nid = 2\n", "refs/orca/hub:runs/r1/run.toml:3: ");
    check("runs/r1/tasks/x.toml", "version = 1\nid = 7\n", "refs/orca/hub:runs/r1/tasks/x.toml:2: ");
    check("runs/../run.toml", "", "refs/orca/hub:runs/..:1: bad run id '..'");
    check("runs/r01/run.toml", "", "refs/orca/hub:runs/r01:1: bad run id 'r01'");
    check("runs/\u{1b}[2J/run.toml", "", "refs/orca/hub:runs/\\u{1b}[2J:1: bad run id");
    check("orca.toml", "min_reader = \"x\"", "refs/orca/hub:orca.toml:1: ");
}

#[test]
fn packs_do_not_pile_up_and_old_readers_go_on() {
    let (_dir, repo, hub) = hub();
    count(&hub, "first").unwrap();
    let early = hub.read().unwrap();
    for turn in 0..70 {
        count(&hub, &format!("{turn}")).unwrap();
    }
    let packs = std::fs::read_dir(repo.common_dir().join("objects/pack")).unwrap().count();
    assert!(packs <= 2 * (16 + 4), "{packs} files");
    assert_eq!(early.entries(Section::Architecture).unwrap().len(), 2);
    let late = hub.read().unwrap();
    git(&repo, &["gc", "-q", "--prune=now"]);
    assert_eq!(late.entries(Section::Architecture).unwrap().len(), 72);
    assert_eq!(git(&repo, &["fsck", "--strict"]), "");
}

#[test]
fn a_long_life_opens_few_files() {
    let (_dir, _repo, hub) = hub();
    let open = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let mut most = 0;
    for _ in 0..200 {
        count(&hub, "own").unwrap();
        most = most.max(open());
    }
    // Other tests run in the same process; one file for each update would show all the same.
    assert!(most < 200, "{most} open files");
}

#[test]
fn every_worktree_sees_the_same_hub() {
    let (dir, repo, hub) = hub();
    let tree = dir.path().join("linked");
    git(&repo, &["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"]);
    git(&repo, &["worktree", "add", "-q", "--detach", tree.to_str().unwrap()]);
    let linked = Hub::open(&Repo::discover(&tree).unwrap()).unwrap().unwrap();
    count(&linked, "linked").unwrap();
    count(&hub, "main").unwrap();
    assert_eq!(counter(&linked.read().unwrap()).unwrap(), 2);
}

#[test]
fn a_multi_pack_index_is_respected() {
    let (_dir, repo, hub) = hub();
    count(&hub, "first").unwrap();
    git(&repo, &["multi-pack-index", "write"]);
    for turn in 0..40 {
        count(&hub, &format!("{turn}")).unwrap();
    }
    assert_eq!(counter(&hub.read().unwrap()).unwrap(), 41);
    git(&repo, &["multi-pack-index", "verify"]);
    assert_eq!(git(&repo, &["fsck", "--strict"]), "");
}

#[test]
fn pins_keep_work_alive() {
    let (_dir, repo) = repository();
    let commit = |name: &str| {
        let tree = repo.edit_tree(None, &[]).unwrap();
        let mut batch = Batch::of(&repo);
        let tip = batch.commit(tree, &[], name, 1).unwrap();
        let _pack = batch.write(&repo, &repo.orca_dir().join("pack")).unwrap();
        compare_and_swap(&repo, &format!("refs/heads/{name}"), None, tip, "x").unwrap();
        tip
    };
    let (one, two) = (commit("one"), commit("two"));
    let first = pin(&repo, RunId::FIRST, &[one], 5).unwrap();
    assert_eq!(pin(&repo, RunId::FIRST, &[one], 6).unwrap(), first);
    let second = pin(&repo, RunId::FIRST, &[one, two, two], 7).unwrap();
    assert_eq!(repo.commit(second).unwrap().parents, [first, two]);
    git(&repo, &["branch", "-D", "-q", "one", "two"]);
    git(&repo, &["reflog", "expire", "--expire=now", "--all"]);
    git(&repo, &["gc", "-q", "--prune=now"]);
    let fresh = repo.reopen().unwrap();
    assert!(fresh.commit(one).is_ok() && fresh.commit(two).is_ok());
    let nothing = Oid::parse(&"b".repeat(40)).unwrap();
    assert!(pin(&repo, RunId::FIRST, &[nothing], 8).is_err());
    assert_eq!(fresh.ref_oid("refs/orca/pins/r1").unwrap(), Some(second));
}
