//! The hub's speed, alone, among fifty writers, beside `git gc --prune=now`, and after `kill -9`.
//!
//! `cargo bench --bench hub`. The program starts itself again as the writers. Every number that is
//! a promise is checked: a run that loses an update or waits too long ends with a panic.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot set itself up may panic")]
#![expect(clippy::disallowed_methods, reason = "writers are processes of their own")]
#![expect(clippy::print_stdout, reason = "the numbers are the point")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use git_orca::git::{Git, Repo};
use git_orca::model::{
    ContextEntry, Oid, RunId, RunRecord, Scope, Section, SpawnAdvice, Status, Task, TaskId, TaskRecord,
};
use git_orca::store::{Audit, Hub, HubError};

const WRITERS: usize = 50;
const TURNS: usize = 20;
const KILLS: u64 = 100;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, repo, name, turns] = args.as_slice()
        && mode == "--writer"
    {
        return write(Path::new(repo), name, turns.parse().unwrap());
    }
    alone();
    contended("50 writers x 20 updates", false);
    contended("the same beside 'git gc --prune=now'", true);
    killed();
}

/// One process, one task's state per update, in a hub of fifty tasks.
fn alone() {
    let (_dir, repo, hub) = hub();
    let mut tasks: Vec<TaskRecord> = (0..50).map(task).collect();
    let audit = audit("fill");
    hub.update::<_, HubError>(&audit, 1, |tx| {
        tx.put_run(&run())?;
        tasks.iter().try_for_each(|task| tx.put_task(RunId::FIRST, task))
    })
    .unwrap();
    let mut times = Vec::new();
    for turn in 0..1000 {
        let task = &mut tasks[turn % 50];
        task.attempt += 1;
        let start = Instant::now();
        hub.update(&audit, 2, |tx| tx.put_task(RunId::FIRST, task)).unwrap();
        times.push(start.elapsed());
    }
    print("one update alone, hub of 50 tasks", &mut times);
    let mut times: Vec<_> = (0..200)
        .map(|_| {
            let start = Instant::now();
            assert_eq!(hub.read().unwrap().tasks(RunId::FIRST).unwrap().len(), 50);
            start.elapsed()
        })
        .collect();
    print("reading all 50 tasks", &mut times);
    assert_sound(&repo, 1002);
}

/// Fifty processes change one shared file and one of their own each time.
fn contended(title: &str, beside_gc: bool) {
    let (_dir, repo, hub) = hub();
    let mut sweeper = beside_gc.then(|| sweeper(&repo));
    let start = Instant::now();
    let writers: Vec<_> = (0..WRITERS).map(|number| writer(&repo, &format!("w{number}"), TURNS)).collect();
    let mut waits = Vec::new();
    for mut writer in writers {
        waits.extend(lines(&mut writer).map(Duration::from_micros));
        assert!(writer.wait().unwrap().success());
    }
    let total = start.elapsed();
    std::fs::write(repo.git_dir().join("stop"), "").unwrap();
    let sweeps = sweeper.as_mut().map_or(0, |sweeper| lines(sweeper).count());
    println!(
        "{title}: total {total:.2?}{}",
        if beside_gc { format!(", {sweeps} sweeps") } else { "".into() }
    );
    print("  one update", &mut waits);
    let expected = WRITERS * TURNS;
    let entries = hub.read().unwrap().entries(Section::Architecture).unwrap();
    let numbers = entries.iter().map(|entry| (entry.id == "counter", entry.text.parse::<usize>().unwrap()));
    let (shared, own): (Vec<_>, Vec<_>) = numbers.partition(|(shared, _)| *shared);
    let (shared, own): (usize, usize) = (shared[0].1, own.iter().map(|(_, number)| number).sum());
    println!("  shared counter {shared} of {expected}, own counters {own} of {expected}");
    assert_eq!((shared, own), (expected, expected));
    assert!(beside_gc || waits.iter().max().unwrap() < &Duration::from_secs(2), "a writer starved");
    assert_sound(&repo, expected + 1);
}

/// Kills a writer at some moment, and measures how long the next one takes.
fn killed() {
    let (_dir, repo, hub) = hub();
    let mut waits = Vec::new();
    let (mut held, mut locked) = (0, 0);
    for victim in 0..KILLS {
        let mut child = writer(&repo, &format!("v{victim}"), usize::MAX);
        let mut told = lines(&mut child);
        assert_eq!(told.by_ref().take(2).count(), 2);
        // Not a synchronisation: it spreads the kills over the steps of a transaction.
        std::thread::sleep(Duration::from_micros(victim * 137 % 3000));
        child.kill().unwrap();
        child.wait().unwrap();
        drop(told);
        held += usize::from(std::fs::metadata(repo.orca_dir().join("hub.lock")).unwrap().len() > 0);
        locked += usize::from(repo.common_dir().join("refs/orca/hub.lock").exists());
        let start = Instant::now();
        count(&hub, "survivor").unwrap();
        waits.push(start.elapsed());
    }
    println!("{KILLS} kills: {held} inside a transaction, {locked} left refs/orca/hub.lock");
    print("  the next update", &mut waits);
    let counted = hub.log(usize::MAX).unwrap().len();
    assert_sound(&repo, counted);
    assert!(waits.iter().max().unwrap() < &Duration::from_secs(2), "a stale lock blocked");
}

/// The body of a writer process: prints how long each update took, in microseconds.
fn write(repo: &Path, name: &str, turns: usize) {
    let hub = Hub::open(&Repo::discover(repo).unwrap()).unwrap().unwrap();
    for _ in 0..turns {
        let start = Instant::now();
        count(&hub, name).unwrap();
        println!("{}", start.elapsed().as_micros());
    }
}

/// Adds one to a number that all writers share, and to one of this writer's.
fn count(hub: &Hub, own: &str) -> Result<(), HubError> {
    hub.update(&audit("count"), 2, |tx| {
        for id in ["counter", own] {
            let seen = tx.entry(Section::Architecture, id)?;
            let number = seen.map_or(0, |entry| entry.text.parse().unwrap()) + 1;
            tx.put_entry(&entry(id, &number.to_string()))?;
        }
        Ok(())
    })
}

fn writer(repo: &Repo, name: &str, turns: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .arg("--writer")
        .arg(repo.work_dir().unwrap())
        .args([name, &turns.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A shell that sweeps until it may no longer, and says so each time.
fn sweeper(repo: &Repo) -> Child {
    let script = "while [ ! -e .git/stop ]; do git gc -q --prune=now && echo 1; done";
    let repo = repo.work_dir().unwrap();
    Command::new("sh").args(["-c", script]).current_dir(repo).stdout(Stdio::piped()).spawn().unwrap()
}

fn lines(child: &mut Child) -> impl Iterator<Item = u64> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map(|line| line.unwrap().parse().unwrap())
}

/// What `git` itself says: all commits there, all objects there.
fn assert_sound(repo: &Repo, commits: usize) {
    let git = |args: &[&str]| String::from_utf8(repo.git().run(args).unwrap()).unwrap();
    assert_eq!(git(&["rev-list", "--count", "refs/orca/hub"]).trim(), commits.to_string());
    assert!(!git(&["fsck", "--strict", "--full"]).contains("missing"));
    println!("  git rev-list: {commits} commits; git fsck: sound");
}

fn print(title: &str, times: &mut [Duration]) {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("{title}: median {:.2?}, p95 {:.2?}, worst {:.2?}", at(50), at(95), at(100));
}

fn hub() -> (tempfile::TempDir, Repo, Hub) {
    let dir = tempfile::tempdir().unwrap();
    Git::at(dir.path()).run(&["init", "-q", "-b", "main"]).unwrap();
    let repo = Repo::discover(dir.path()).unwrap();
    let hub = Hub::init(&repo, 1).unwrap();
    (dir, repo, hub)
}

fn audit(subject: &str) -> Audit {
    Audit { subject: subject.into(), op: "bench".into(), run: Some(RunId::FIRST), task: None }
}

fn entry(id: &str, text: &str) -> ContextEntry {
    let (id, text, author) = (id.to_owned(), text.to_owned(), "Ada".to_owned());
    ContextEntry { section: Section::Architecture, id, text, author, time: 1 }
}

fn run() -> RunRecord {
    let base = Oid::parse(&"a".repeat(40)).unwrap();
    let (request, target) = ("Real-time editing".into(), "main".into());
    let (id, waves, spawn) = (RunId::FIRST, Vec::new(), SpawnAdvice::default());
    RunRecord { id, request, base, target, waves, created: 1, closed: false, spawn }
}

fn task(number: usize) -> TaskRecord {
    TaskRecord {
        status: Status::Running,
        ..TaskRecord::new(Task {
            id: TaskId::new(&format!("task-{number}")).unwrap(),
            title: "Message type definitions".into(),
            specialist: "types-specialist".into(),
            scope: Scope::new(&["src/types/**"]).unwrap(),
            after: Vec::new(),
            provides: vec!["type Operation".parse().unwrap()],
            consumes: Vec::new(),
            acceptance: vec!["npx tsc --noEmit".into()],
            estimate_tokens: Some(8000),
        })
    }
}
