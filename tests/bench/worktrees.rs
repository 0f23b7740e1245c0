//! Worktrees against `git worktree add`: time, CPU, failures when many are made at once, and kills;
//! and what it costs to use one again.
//!
//! `cargo bench --bench worktrees [-- <directory>]`; the directory decides the file system.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic and prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts programs")]

mod clock;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use git_orca::git::{NewWorktree, Repo, Spare, add_worktrees, reuse_worktrees};

use clock::measure;

const N_FILES: usize = 5_000;
const N_TREES: usize = 16;
const N_PROCESSES: usize = 50;
const N_ROUNDS: usize = 3;
const N_KILLS: u64 = 40;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [mode, repo, name, dir] = args.as_slice() {
        let repo = Repo::discover(Path::new(repo)).unwrap();
        let new = wanted(&repo, name, Path::new(dir));
        match mode.as_str() {
            "--add" => add_worktrees(&repo, &[new]).unwrap().remove(0).unwrap(),
            _ => assert!(reuse_worktrees(&repo, &[(spare(&repo, mode), new)]).unwrap()[0]),
        }
        return;
    }
    let home = match args.first() {
        Some(dir) => tempfile::tempdir_in(dir).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    speed(home.path());
    again(home.path());
    races(home.path());
    kills(home.path());
    killed_takers(home.path());
}

fn speed(home: &Path) {
    let repo = repository(&home.join("speed"), N_FILES);
    let library = Repo::discover(&repo).unwrap();
    let (mut git, mut ours) = (Vec::new(), Vec::new());
    for round in 0..N_ROUNDS {
        let name = |kind: &str, number: usize| format!("{kind}-{round}-{number}");
        git.push(measure(|| {
            for number in 0..N_TREES {
                let name = name("git", number);
                let dir = home.join(&name);
                run(&repo, &["worktree", "add", "-q", "-b", &name, dir.to_str().unwrap(), "main"]);
            }
        }));
        ours.push(measure(|| {
            let names = (0..N_TREES).map(|number| name("orca", number));
            let trees: Vec<_> = names.map(|name| wanted(&library, &name, &home.join(&name))).collect();
            for made in add_worktrees(&library, &trees).unwrap() {
                made.unwrap();
            }
        }));
        for kind in ["git", "orca"] {
            for number in 0..N_TREES {
                assert_eq!(run(&home.join(name(kind, number)), &["status", "--porcelain"]), "");
                std::fs::remove_dir_all(home.join(name(kind, number))).unwrap();
            }
        }
        run(&repo, &["worktree", "prune"]);
    }
    let (git, ours) = (best(&git), best(&ours));
    println!("{N_TREES} worktrees of {N_FILES} files, best of {N_ROUNDS}");
    println!("  git worktree add, one by one: {:.2} s wall, {:.2} s CPU", git.0, git.1);
    println!("  add_worktrees:                {:.2} s wall, {:.2} s CPU", ours.0, ours.1);
    println!("  ratio:                        {:.2} wall, {:.2} CPU", ours.0 / git.0, ours.1 / git.1);
}

/// Makes worktrees, gives them back with a build cache in each, and takes them again for others.
fn again(home: &Path) {
    let repo = repository(&home.join("again"), N_FILES);
    let library = Repo::discover(&repo).unwrap();
    let (mut made, mut taken) = (Vec::new(), Vec::new());
    for round in 0..N_ROUNDS {
        let names =
            |kind: &str| (0..N_TREES).map(|number| format!("{kind}-{round}-{number}")).collect::<Vec<_>>();
        let (first, second) = (names("first"), names("second"));
        let new: Vec<_> = first.iter().map(|name| wanted(&library, name, &home.join(name))).collect();
        made.push(measure(|| add_worktrees(&library, &new).unwrap().into_iter().for_each(Result::unwrap)));
        for (number, name) in first.iter().enumerate() {
            let dir = home.join(name);
            std::fs::write(dir.join(format!("src/d{number}/made.rs")), "made\n").unwrap();
            run(&dir, &["add", "-A"]);
            run(&dir, &["commit", "-q", "-m", "work"]);
            std::fs::create_dir(dir.join("target")).unwrap();
            std::fs::write(dir.join("target/cache"), "built").unwrap();
        }
        let pairs: Vec<_> = (first.iter().zip(&second))
            .map(|(old, new)| (spare(&library, old), wanted(&library, new, &home.join(new))))
            .collect();
        taken.push(measure(|| {
            assert!(reuse_worktrees(&library, &pairs).unwrap().into_iter().all(|made| made));
        }));
        for name in &first {
            assert_eq!(run(&home.join(name), &["status", "--porcelain"]), "");
            assert_eq!(std::fs::read(home.join(name).join("target/cache")).unwrap(), b"built");
            std::fs::remove_dir_all(home.join(name)).unwrap();
        }
        run(&repo, &["worktree", "prune"]);
    }
    let (made, taken) = (best(&made), best(&taken));
    println!("{N_TREES} worktrees of {N_FILES} files used again, best of {N_ROUNDS}");
    println!("  add_worktrees:                {:.2} s wall, {:.2} s CPU", made.0, made.1);
    println!("  reuse_worktrees:              {:.2} s wall, {:.2} s CPU", taken.0, taken.1);
    println!("  ratio:                        {:.2} wall, {:.2} CPU", taken.0 / made.0, taken.1 / made.1);
}

fn races(home: &Path) {
    let repo = repository(&home.join("races"), 20);
    let remote = home.join("remote.git");
    run(home, &["clone", "-q", "--bare", repo.to_str().unwrap(), remote.to_str().unwrap()]);
    run(&repo, &["remote", "add", "origin", remote.to_str().unwrap()]);
    let itself = std::env::current_exe().unwrap();
    let trees = |round: usize, kind: &str, number: usize| home.join(format!("race-{kind}-{round}-{number}"));
    let mut failures = [0, 0];
    let n_fetches = AtomicUsize::new(0);
    let n_failed_fetches = AtomicUsize::new(0);
    for round in 0..N_ROUNDS {
        failures[0] += together(&repo, &n_fetches, &n_failed_fetches, |number| {
            let dir = trees(round, "git", number);
            let mut command = Command::new("git");
            command.args(["worktree", "add", "-q", "-b", &format!("git-{round}-{number}")]);
            command.arg(dir).arg("origin/main");
            command
        });
        run(&repo, &["worktree", "prune"]);
        failures[1] += together(&repo, &n_fetches, &n_failed_fetches, |number| {
            let dir = trees(round, "orca", number);
            let mut command = Command::new(&itself);
            command.arg("--add").arg(&repo).arg(format!("orca-{round}-{number}")).arg(dir);
            command
        });
    }
    let n_all = N_PROCESSES * N_ROUNDS;
    println!("{N_PROCESSES} processes at once beside a fetch loop, {N_ROUNDS} times");
    println!("  git worktree add -b: {} of {n_all} failed", failures[0]);
    println!("  add_worktrees:       {} of {n_all} failed", failures[1]);
    println!("  fetches beside them: {} of {} failed", n_failed_fetches.into_inner(), n_fetches.into_inner());
}

/// Starts all processes at once while another fetches, and counts those that fail.
fn together(
    repo: &Path,
    n_fetches: &AtomicUsize,
    n_failed_fetches: &AtomicUsize,
    command: impl Fn(usize) -> Command,
) -> usize {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let status =
                    quiet(Command::new("git").args(["fetch", "-q", "origin"]).current_dir(repo)).status();
                n_fetches.fetch_add(1, Ordering::Relaxed);
                n_failed_fetches.fetch_add(usize::from(!status.unwrap().success()), Ordering::Relaxed);
            }
        });
        let start = |number| quiet(command(number).current_dir(repo)).spawn().unwrap();
        let children: Vec<_> = (0..N_PROCESSES).map(start).collect();
        let failed =
            children.into_iter().filter_map(|mut child| (!child.wait().unwrap().success()).then_some(()));
        let n_failed = failed.count();
        done.store(true, Ordering::Relaxed);
        n_failed
    })
}

/// Kills the process at another moment each time, its `git` not along with it, and tries again.
fn kills(home: &Path) {
    let repo = repository(&home.join("kills"), N_FILES / 2);
    let itself = std::env::current_exe().unwrap();
    let (mut n_killed, mut n_recovered) = (0, 0);
    for number in 0..N_KILLS {
        let dir = home.join(format!("kill-{number}"));
        let add = || {
            let mut command = Command::new(&itself);
            command.arg("--add").arg(&repo).arg(format!("kill-{number}")).arg(&dir);
            quiet(&mut command).spawn().unwrap()
        };
        let mut child = add();
        std::thread::sleep(Duration::from_millis(5 * number));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            continue;
        }
        n_killed += 1;
        let registered = repo.join(format!(".git/worktrees/kill-{number}")).exists();
        let made = registered || add().wait().unwrap().success();
        n_recovered += u64::from(made && run(&dir, &["status", "--porcelain"]).is_empty());
    }
    println!("{n_killed} creations killed, {n_recovered} recovered by the next call");
}

/// Kills a process that takes a worktree over at another moment each time: the next one finds either
/// the old worktree, or the new one, or room to make it.
fn killed_takers(home: &Path) {
    let repo = repository(&home.join("takers"), N_FILES / 2);
    let library = Repo::discover(&repo).unwrap();
    let itself = std::env::current_exe().unwrap();
    let (mut n_killed, mut n_sound) = (0, 0);
    for number in 0..N_KILLS {
        let (old, new) = (format!("old-{number}"), format!("new-{number}"));
        let dir = home.join(&old);
        add_worktrees(&library, &[wanted(&library, &old, &dir)]).unwrap().remove(0).unwrap();
        let take = |mode: &str| {
            let mut command = Command::new(&itself);
            command.arg(mode).arg(&repo).arg(&new).arg(&dir);
            quiet(&mut command).spawn().unwrap()
        };
        let mut child = take(&old);
        std::thread::sleep(Duration::from_millis(3 * number));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            continue;
        }
        n_killed += 1;
        let is_made = || repo.join(".git/worktrees").join(&new).exists();
        let sound =
            is_made() || take(&old).wait().unwrap().success() || take("--add").wait().unwrap().success();
        n_sound += u64::from(sound && run(&dir, &["status", "--porcelain"]).is_empty());
    }
    println!("{n_killed} takers killed, {n_sound} worktrees made by the next call");
}

fn spare(repo: &Repo, name: &str) -> Spare {
    let commit = repo.resolve_commit(&format!("orca/{name}")).unwrap();
    Spare { name: name.to_owned(), commit }
}

fn wanted(repo: &Repo, name: &str, dir: &Path) -> NewWorktree {
    NewWorktree {
        name: name.to_owned(),
        dir: dir.to_owned(),
        branch_ref: Some(format!("refs/heads/orca/{name}")),
        commit: repo.resolve_commit("main").unwrap(),
    }
}

/// A repository with files of 1 to 8 kB, fifty in a directory.
fn repository(dir: &Path, n_files: usize) -> PathBuf {
    std::fs::create_dir(dir).unwrap();
    run(dir, &["init", "-q", "-b", "main", "."]);
    run(dir, &["config", "user.name", "Ada"]);
    run(dir, &["config", "user.email", "ada@example.org"]);
    for number in 0..n_files {
        let file = dir.join(format!("src/d{}/file-{number}.rs", number / 50));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let lines = 20 + number * 7919 % 180;
        let text: String =
            (0..lines).map(|line| format!("let value_{line} = compute({number}, {line});\n")).collect();
        std::fs::write(file, text).unwrap();
    }
    std::fs::write(dir.join(".gitignore"), "target/\n").unwrap();
    run(dir, &["add", "-A"]);
    run(dir, &["commit", "-q", "-m", "base"]);
    run(dir, &["gc", "-q"]);
    dir.to_owned()
}

fn run(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git").args(args).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

fn best(runs: &[(f64, f64)]) -> (f64, f64) {
    let least = |pick: fn(&(f64, f64)) -> f64| runs.iter().map(pick).fold(f64::INFINITY, f64::min);
    (least(|run| run.0), least(|run| run.1))
}
