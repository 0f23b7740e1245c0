//! Landing a wave and predicting pairs, against one `git` process for each step, and resolving a
//! large file by its structure.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic and prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts programs")]

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use git_orca::git::{Merger, NewCommit, Pair, Quarantine, Repo, predict_pairs};
use git_orca::merge::resolve::{Markers, Versions, merge_file};
use git_orca::merge::{Edit, predict};
use git_orca::model::{Oid, RepoPath};

const N_FILES: usize = 5_000;
const N_BRANCHES: usize = 32;
const WAVE: usize = 8;
const N_ROUNDS: usize = 5;

fn main() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    let base = repository(dir);
    let repo = Repo::discover(dir).unwrap();
    let branches: Vec<Oid> = (0..N_BRANCHES).map(|number| branch(&repo, base, number)).collect();
    wave(&repo, dir, base, &branches[..WAVE]);
    pairs(&repo, dir, base, &branches);
    resolved();
}

/// How long the merge of one file may take.
const GOAL_MS: f64 = 50.0;

fn resolved() {
    let function = |number: usize, more: &str| {
        format!(
            "def f{number}(a, b=1):\n    if a > {number}:\n        a = helper(a, b)\n    c = [x for x in range(a)]\n{more}    return c\n\n\n"
        )
    };
    let file = |more: &str| -> String {
        let more = |number: usize| if number % 50 == 7 { more } else { "" };
        (0..250).map(|number| function(number, more(number))).collect()
    };
    let (base, ours, theirs) = (file(""), file("    d = a\n"), file("    e = b\n"));
    let path = RepoPath::from("a.py");
    let versions = Versions { path: &path, base: &base, ours: &ours, theirs: &theirs };
    let mut best = f64::INFINITY;
    for _ in 0..4 * N_ROUNDS {
        let start = Instant::now();
        let merged = merge_file(versions, &Markers::default());
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
        assert_eq!((merged.hunks, merged.conflicts), (5, 0));
    }
    println!("{} lines with 5 conflicts resolved: {best:.1} ms (goal {GOAL_MS} ms)", ours.lines().count());
}

fn wave(repo: &Repo, dir: &Path, base: Oid, branches: &[Oid]) {
    let (mut by_process, mut by_merger) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..N_ROUNDS {
        let start = Instant::now();
        let mut tip = base.to_string();
        for theirs in branches {
            let theirs = theirs.to_string();
            let tree = run(dir, &["merge-tree", "--write-tree", &tip, &theirs]);
            tip = run(dir, &["commit-tree", &tree, "-p", &tip, "-p", &theirs, "-m", "merge"]);
        }
        by_process = by_process.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let mut merger = Merger::landing(repo).unwrap();
        let mut ours = base;
        for &theirs in branches {
            let merged = merger.merge(Pair { base: None, ours, theirs }).unwrap();
            assert!(merged.clean);
            let parents = [ours, theirs];
            let new = NewCommit { tree: merged.tree, parents: &parents, message: "merge", time: 1 };
            ours = repo.write_commit(&new).unwrap();
        }
        drop(merger);
        by_merger = by_merger.min(start.elapsed().as_secs_f64());
        let tree = |commit: &str| run(dir, &["rev-parse", &format!("{commit}^{{tree}}")]);
        assert_eq!(tree(&tip), tree(&ours.to_string()));
    }
    println!("a wave of {WAVE} clean branches, {N_FILES} files, best of {N_ROUNDS}");
    println!("  merge-tree + commit-tree for each: {:.1} ms", by_process * 1e3);
    println!("  one merger, commits in process:    {:.1} ms", by_merger * 1e3);
    println!(
        "  ratio:                             {:.2} ({:.1}x)",
        by_merger / by_process,
        by_process / by_merger
    );
}

fn pairs(repo: &Repo, dir: &Path, base: Oid, branches: &[Oid]) {
    let all: Vec<Pair> = (0..branches.len())
        .flat_map(|one| (one + 1..branches.len()).map(move |other| (one, other)))
        .map(|(one, other)| Pair { base: Some(base), ours: branches[one], theirs: branches[other] })
        .collect();
    let start = Instant::now();
    let by_process: Vec<bool> = all
        .iter()
        .map(|pair| {
            let base = format!("--merge-base={base}");
            let (ours, theirs) = (pair.ours.to_string(), pair.theirs.to_string());
            let args = ["merge-tree", "--write-tree", &base, &ours, &theirs];
            Command::new("git").args(args).current_dir(dir).output().unwrap().status.success()
        })
        .collect();
    let process_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let quarantine = Quarantine::new(repo).unwrap();
    let answers = predict_pairs(&quarantine, &all).unwrap();
    let in_batches: Vec<bool> = answers.into_iter().map(|answer| answer.unwrap().clean).collect();
    drop(quarantine);
    let batch_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let edits: Vec<Vec<Edit>> = branches.iter().map(|&tip| edits(repo, base, tip)).collect();
    let undecided = predict(&edits).undecided();
    let asked = undecided.iter().map(|&(one, other)| Pair {
        base: Some(base),
        ours: branches[one],
        theirs: branches[other],
    });
    let asked: Vec<Pair> = asked.collect();
    let quarantine = Quarantine::new(repo).unwrap();
    let n_conflicts = predict_pairs(&quarantine, &asked)
        .unwrap()
        .into_iter()
        .filter(|answer| !answer.as_ref().unwrap().clean)
        .count();
    drop(quarantine);
    let filter_seconds = start.elapsed().as_secs_f64();
    assert_eq!(by_process, in_batches);
    assert_eq!(n_conflicts, by_process.iter().filter(|clean| !**clean).count());
    println!("{} pairs of {N_BRANCHES} branches, {n_conflicts} conflicts", all.len());
    println!("  one merge-tree for each:         {:.1} ms", process_seconds * 1e3);
    println!(
        "  all pairs in batches:            {:.1} ms ({:.1}x)",
        batch_seconds * 1e3,
        process_seconds / batch_seconds
    );
    println!(
        "  only the {:3} undecided in batches: {:.1} ms ({:.1}x)",
        asked.len(),
        filter_seconds * 1e3,
        process_seconds / filter_seconds
    );
}

fn edits(repo: &Repo, base: Oid, tip: Oid) -> Vec<Edit> {
    let tree = |commit| repo.commit(commit).unwrap().tree;
    let plain = |entry: Option<git_orca::git::Entry>| entry.map(|entry| (entry.oid, entry.mode));
    let changes = repo.diff_trees(tree(base), tree(tip)).unwrap();
    changes.into_iter().map(|c| Edit { path: c.path, old: plain(c.old), new: plain(c.new) }).collect()
}

/// Each branch edits three files of its own and adds one; every fourth also edits a common file.
fn branch(repo: &Repo, base: Oid, number: usize) -> Oid {
    let tree = repo.commit(base).unwrap().tree;
    let mut edits = Vec::new();
    let mut files: Vec<usize> = (0..3).map(|place| 100 + number * 131 % 4_000 + place).collect();
    if number >= WAVE && number.is_multiple_of(4) {
        files.push(0);
    }
    for file in files {
        let path = RepoPath::from(path(file).as_str());
        let entry = repo.entry_at(tree, &path).unwrap().unwrap();
        let text = String::from_utf8(repo.blob(entry.oid).unwrap()).unwrap();
        let oid = repo.write_blob(text.replace("compute", &format!("compute_{number}")).as_bytes()).unwrap();
        edits.push((path, Some(git_orca::git::Entry { oid, ..entry })));
    }
    let oid = repo.write_blob(format!("branch {number}\n").as_bytes()).unwrap();
    let path = RepoPath::from(format!("src/new-{number}.rs").as_str());
    edits.push((path, Some(git_orca::git::Entry { oid, mode: 0o100_644 })));
    let tree = repo.edit_tree(Some(tree), &edits).unwrap();
    repo.write_commit(&NewCommit { tree, parents: &[base], message: "branch", time: 1 }).unwrap()
}

fn repository(dir: &Path) -> Oid {
    run(dir, &["init", "-q", "-b", "main", "."]);
    run(dir, &["config", "user.name", "Ada"]);
    run(dir, &["config", "user.email", "ada@example.org"]);
    for number in 0..N_FILES {
        let file = dir.join(path(number));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let line = |line| format!("let value_{line} = compute({number}, {line});\n");
        std::fs::write(file, (0..60).map(line).collect::<String>()).unwrap();
    }
    run(dir, &["add", "-A"]);
    run(dir, &["commit", "-q", "-m", "base"]);
    run(dir, &["gc", "-q"]);
    Oid::parse(&run(dir, &["rev-parse", "HEAD"])).unwrap()
}

fn path(number: usize) -> String {
    format!("src/d{}/file-{number}.rs", number / 50)
}

fn run(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git").args(args).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
