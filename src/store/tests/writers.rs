//! Many who write at once, and some who are killed.

#![expect(clippy::disallowed_methods, reason = "these tests start themselves as writers to be killed")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::git::{GitError, ref_lock_path};

#[test]
fn only_a_writer_clears_a_stale_ref_lock() {
    let (_dir, repo, hub) = hub();
    let lock = ref_lock_path(&repo, HUB);
    std::fs::write(&lock, "").unwrap();
    let tip = hub.read().unwrap().tip();
    let outside = compare_and_swap(&repo, HUB, tip, tip.unwrap(), "x");
    assert!(matches!(outside, Err(GitError::Locked(_))) && lock.exists(), "{outside:?}");
    let start = Instant::now();
    count(&hub, "own").unwrap();
    assert!(!lock.exists() && start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

/// As a `git` holds the lock of a reftable while a hook of the user's takes its time.
#[test]
fn a_lock_that_somebody_has_open_is_waited_for() {
    let (_dir, repo, hub) = hub();
    let lock = ref_lock_path(&repo, HUB);
    let held = std::fs::File::create(&lock).unwrap();
    std::thread::scope(|scope| {
        let own = repo.reopen().unwrap();
        let writer = scope.spawn(move || count(&Hub::open(&own).unwrap().unwrap(), "own"));
        std::thread::sleep(Duration::from_secs(2));
        assert!(lock.exists() && !writer.is_finished());
        std::fs::remove_file(&lock).unwrap();
        drop(held);
        writer.join().unwrap().unwrap();
    });
    assert!(hub.read().is_ok());
}

#[test]
fn threads_lose_nothing() {
    let (_dir, repo, hub) = hub();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let repo = repo.reopen().unwrap();
            scope.spawn(move || {
                let hub = Hub::open(&repo).unwrap().unwrap();
                for turn in 0..5 {
                    count(&hub, &format!("{writer}-{turn}")).unwrap();
                }
            });
        }
    });
    let snapshot = hub.read().unwrap();
    assert_eq!(counter(&snapshot).unwrap(), 40);
    assert_eq!(snapshot.entries(Section::Architecture).unwrap().len(), 41);
    assert_eq!(hub.log(100).unwrap().len(), 41);
}

const CHILD: &str = "ORCA_TEST_WRITER";

/// Not a test by itself: the body of the writer processes below. `<repository>|<name>|<turns>`.
#[test]
fn writer_process() {
    let Ok(order) = std::env::var(CHILD) else { return };
    let order: Vec<_> = order.split('|').collect();
    let repo = Repo::discover(Path::new(order[0])).unwrap();
    let hub = Hub::open(&repo).unwrap().unwrap();
    for turn in 0..order[2].parse().unwrap() {
        count(&hub, &format!("{}-{turn}", order[1])).unwrap();
        println!("wrote");
    }
}

fn writer(repo: &Repo, name: &str, turns: u32) -> Child {
    let order = format!("{}|{name}|{turns}", repo.work_dir().unwrap().display());
    Command::new(std::env::current_exe().unwrap())
        .args(["store::tests::writers::writer_process", "--exact", "--nocapture"])
        .env(CHILD, order)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn processes_beside_gc_lose_nothing() {
    let (_dir, repo, hub) = hub();
    let working = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let sweeper = repo.reopen().unwrap();
        let (hub, working) = (&hub, &working);
        scope.spawn(move || {
            while working.load(Ordering::Relaxed) {
                git(&sweeper, &["gc", "-q", "--prune=now"]);
                git(&sweeper, &["log", "--oneline", HUB]);
            }
        });
        let writers: Vec<_> = (0..6).map(|number| writer(&repo, &format!("w{number}"), 15)).collect();
        let codes: Vec<_> = writers.into_iter().map(|writer| writer.wait_with_output().unwrap()).collect();
        working.store(false, Ordering::Relaxed);
        assert!(codes.iter().all(|output| output.status.success()));
        assert_eq!(counter(&hub.read().unwrap()).unwrap(), 90);
    });
    assert_eq!(hub.read().unwrap().entries(Section::Architecture).unwrap().len(), 91);
    assert_eq!(git(&repo, &["rev-list", "--count", HUB]), "91\n");
    assert_eq!(git(&repo, &["fsck", "--strict", "--connectivity-only"]), "");
}

#[test]
fn killed_writers_leave_nothing_in_the_way() {
    let (_dir, repo, hub) = hub();
    let mut told = 0;
    for victim in 0..12 {
        let mut child = writer(&repo, &format!("v{victim}"), 1_000_000);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wrote = lines.map_while(Result::ok).filter(|line| line.contains("wrote"));
        told += wrote.take(1 + victim * 2).count();
        child.kill().unwrap();
        child.wait().unwrap();
        let start = Instant::now();
        count(&hub, "survivor").unwrap();
        told += 1;
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
    let counted = counter(&hub.read().unwrap()).unwrap() as usize;
    assert!(counted >= told, "{counted} of {told}");
    assert_eq!(hub.log(usize::MAX).unwrap().len(), counted + 1);
    let keeps = std::fs::read_dir(repo.common_dir().join("objects/pack")).unwrap();
    let keeps = keeps.flatten().filter(|file| file.path().extension().is_some_and(|kind| kind == "keep"));
    assert_eq!(keeps.count(), 0);
    assert!(!git(&repo, &["fsck", "--strict"]).contains("missing"));
}
