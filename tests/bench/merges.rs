//! Landing waves and predicting pairs, against one `git` process for each step, and resolving a large
//! file by its structure.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic and prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts programs")]

mod clock;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use git_orca::git::{Merger, NewCommit, Pair, Quarantine, Repo, predict_pairs};
use git_orca::merge::resolve::{Markers, Versions, merge_file};
use git_orca::merge::{Edit, predict};
use git_orca::model::{Oid, RepoPath};

use clock::measure;

const N_FILES: usize = 5_000;
const N_BRANCHES: usize = 32;
const WAVE: usize = 8;
const N_ROUNDS: usize = 5;
const ORCA: &str = env!("CARGO_BIN_EXE_git-orca");

fn main() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    let base = repository(dir);
    let repo = Repo::discover(dir).unwrap();
    let branches: Vec<Oid> =
        (0..N_BRANCHES).map(|number| branch(&repo, base, number, has_common(number))).collect();
    wave(&repo, dir, base, &branches[..WAVE]);
    pairs(&repo, dir, base, &branches);
    landed(&repo, dir, base);
    red(&repo, dir, base);
    many(&repo, dir, base);
    resolved();
}

/// How much faster landing has to be than `git merge` in a checkout.
const GOAL_LANDED: f64 = 10.0;

/// Lands clean branches by whole commands: on what is checked out, as `git merge` has to, and on a
/// branch that nobody has checked out.
fn landed(repo: &Repo, dir: &Path, base: Oid) {
    let names = clean_branches(repo, dir, base, "clean");
    let commits: Vec<String> = names.iter().map(|name| run(dir, &["rev-parse", name])).collect();
    let base = base.to_string();
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..N_ROUNDS {
        run(dir, &["checkout", "-q", "--detach", &base]);
        times[0].push(measure(|| {
            for name in &names {
                run(dir, &["merge", "-q", "--no-ff", "-m", "merge", name]);
            }
        }));
        let tree = run(dir, &["rev-parse", "HEAD^{tree}"]);
        run(dir, &["checkout", "-q", "main"]);
        let mut tip = base.clone();
        times[1].push(measure(|| {
            for theirs in &commits {
                let tree = run(dir, &["merge-tree", "--write-tree", &tip, theirs]);
                tip = run(dir, &["commit-tree", &tree, "-p", &tip, "-p", theirs, "-m", "merge"]);
            }
            run(dir, &["branch", "-f", "target", &tip]);
        }));
        for (place, more) in [(2, &["--no-check"][..]), (3, &[])] {
            run(dir, &["branch", "-f", "target", &base]);
            times[place].push(measure(|| {
                let (code, said) = orca(dir, &[&["merge", "--into", "target"], more].concat(), &names);
                assert_eq!(code, 0, "{said}");
            }));
            assert_eq!(run(dir, &["rev-parse", "target^{tree}"]), tree);
            assert_eq!(run(dir, &["status", "--porcelain"]), "");
        }
    }
    let [by_git, by_steps, without, with] = times.map(|times| median(&times));
    println!("{N_BRANCHES} clean branches landed, {N_FILES} files, medians of {N_ROUNDS} (wall, CPU)");
    for (what, (wall, cpu)) in [
        ("git merge for each, in a checkout", by_git),
        ("merge-tree + commit-tree for each", by_steps),
        ("git orca merge --no-check", without),
        ("git orca merge", with),
    ] {
        let faster = format!("{:.1}x, {:.1}x", by_git.0 / wall, by_git.1 / cpu);
        println!("  {what:<34} {:>7.1} ms {:>7.1} ms  ({faster})", wall * 1e3, cpu * 1e3);
    }
    println!("  goal: {GOAL_LANDED:.0}x faster than git merge");
}

/// How often the gate may run to find the one of many branches that breaks it.
const GOAL_RUNS: usize = 7;

/// Lands all of a wave but the one branch that breaks the gate.
fn red(repo: &Repo, dir: &Path, base: Oid) {
    let names = clean_branches(repo, dir, base, "red");
    let file = RepoPath::from("src/bad.rs");
    let tip = Oid::parse(&run(dir, &["rev-parse", &names[20]])).unwrap();
    let oid = repo.write_blob(b"bad\n").unwrap();
    let bad = [(file, Some(git_orca::git::Entry { oid, mode: 0o100_644 }))];
    let tree = repo.edit_tree(Some(repo.commit(tip).unwrap().tree), &bad).unwrap();
    let bad = NewCommit { tree, parents: &[tip], message: "bad", time: 1 };
    let bad = repo.write_commit(&bad).unwrap().to_string();
    run(dir, &["update-ref", &format!("refs/heads/{}", names[20]), &bad]);
    run(dir, &["branch", "-f", "target", &base.to_string()]);
    let log = tempfile::NamedTempFile::new().unwrap();
    let gate = format!("echo run >>'{}'; ! test -e src/bad.rs", log.path().display());
    let start = Instant::now();
    let (code, said) = orca(dir, &["merge", "--into", "target", "--gate", &gate], &names);
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("waits {}: the gate fails with it", names[20])), "{said}");
    assert_eq!(run(dir, &["rev-list", "--count", "--merges", "target"]), (N_BRANCHES - 1).to_string());
    let runs = std::fs::read_to_string(log.path()).unwrap().lines().count();
    println!(
        "{N_BRANCHES} branches of which one breaks the gate: found in {runs} runs (goal {GOAL_RUNS}), {seconds:.1} s"
    );
}

fn clean_branches(repo: &Repo, dir: &Path, base: Oid, prefix: &str) -> Vec<String> {
    let named = |number| {
        let tip = branch(repo, base, number, false).to_string();
        let name = format!("{prefix}-{number:02}");
        run(dir, &["update-ref", &format!("refs/heads/{name}"), &tip]);
        name
    };
    (0..N_BRANCHES).map(named).collect()
}

fn orca(dir: &Path, args: &[&str], names: &[String]) -> (i32, String) {
    let output = Command::new(ORCA).args(args).args(names).current_dir(dir).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

const N_MANY: usize = 200;

/// Every pair of many branches, of which each fourth is at odds with each other fourth: for the first
/// time, again, and after one of them moved.
fn many(repo: &Repo, dir: &Path, base: Oid) {
    let set = |name: &str, number: usize| {
        let tip = branch(repo, base, number, number.is_multiple_of(4)).to_string();
        run(dir, &["update-ref", &format!("refs/heads/{name}"), &tip]);
    };
    let names: Vec<String> = (0..N_MANY).map(|number| format!("many-{number:03}")).collect();
    names.iter().enumerate().for_each(|(number, name)| set(name, number));
    let matrix = |more: &[&str]| {
        let args = [&["matrix", "--format", "json"], more].concat();
        let time = measure(|| assert_eq!(orca(dir, &args, &names).0, 1));
        (time.0 * 1e3, time.1 * 1e3)
    };
    let first = matrix(&[]);
    let again: Vec<(f64, f64)> = (0..N_ROUNDS).map(|_| matrix(&[])).collect();
    let moved = |round: usize, more: &[&str]| {
        set(&names[0], 4 * (N_MANY + round));
        matrix(more)
    };
    let both: Vec<(f64, f64)> = (0..N_ROUNDS).map(|round| moved(round, &[])).collect();
    let text: Vec<(f64, f64)> = (N_ROUNDS..2 * N_ROUNDS).map(|round| moved(round, &["--no-check"])).collect();
    let n_pairs = N_MANY * (N_MANY - 1) / 2;
    println!("{n_pairs} pairs of {N_MANY} branches, medians of {N_ROUNDS} (wall, CPU)");
    for (what, (wall, cpu)) in [
        ("for the first time", first),
        ("again", median(&again)),
        ("after one moved", median(&both)),
        ("after one moved, text alone", median(&text)),
    ] {
        println!("  {what:<34} {wall:>7.1} ms {cpu:>7.1} ms");
    }
}

/// The median wall time, and the average CPU time: its clock is too coarse for a median.
fn median(runs: &[(f64, f64)]) -> (f64, f64) {
    let mut walls: Vec<f64> = runs.iter().map(|run| run.0).collect();
    walls.sort_by(f64::total_cmp);
    (walls[walls.len() / 2], runs.iter().map(|run| run.1).sum::<f64>() / runs.len() as f64)
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

/// Whether a branch also edits a file that others edit at the same place.
fn has_common(number: usize) -> bool {
    number >= WAVE && number.is_multiple_of(4)
}

/// Each branch edits three files of its own and adds one; some also edit a common file.
fn branch(repo: &Repo, base: Oid, number: usize, has_common: bool) -> Oid {
    let tree = repo.commit(base).unwrap().tree;
    let mut edits = Vec::new();
    let mut files: Vec<usize> = (0..3).map(|place| 100 + number * 131 % 4_000 + place).collect();
    if has_common {
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
