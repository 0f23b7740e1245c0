//! Commands that people and commits wait for: whole processes, in a repository with a run of 50
//! tasks.
//!
//! `cargo bench --bench quick`; each figure is the median of 30.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic and prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts programs")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use git_orca::engine::{Surroundings, Workspace, create_run, plan_from_file};
use git_orca::git::{NewWorktree, add_worktrees};

const N_TASKS: usize = 50;
const N_ROUNDS: usize = 30;
const ORCA: &str = env!("CARGO_BIN_EXE_git-orca");

fn main() {
    let home = tempfile::tempdir().unwrap();
    let repo = home.path().canonicalize().unwrap().join("repo");
    let worktree = set_up(&repo);
    std::fs::create_dir_all(worktree.join("src/t0")).unwrap();
    std::fs::write(worktree.join("src/t0/file"), "work\n").unwrap();
    run(&worktree, "git", &["add", "."]);
    std::fs::write(worktree.join("message"), "work\n").unwrap();
    println!("{N_TASKS} tasks, median and worst of {N_ROUNDS} processes");
    for (dir, program, args) in [
        (&repo, "git", &["status"][..]),
        (&repo, ORCA, &["status"]),
        (&worktree, ORCA, &["hook", "pre-commit"]),
        (&worktree, ORCA, &["hook", "prepare-commit-msg", "message"]),
        (&worktree, ORCA, &["hook", "commit-msg", "message"]),
    ] {
        let (median, worst) = time(dir, program, args);
        let name = Path::new(program).file_name().unwrap().to_string_lossy();
        println!("  {:<44} {median:>6.1} ms, worst {worst:.1} ms", format!("{name} {}", args.join(" ")));
    }
}

/// Makes the repository with the run, and the worktree of its first task.
fn set_up(repo: &Path) -> PathBuf {
    std::fs::create_dir(repo).unwrap();
    run(repo, "git", &["init", "-q", "-b", "main", "."]);
    run(repo, "git", &["config", "user.name", "Ada"]);
    run(repo, "git", &["config", "user.email", "ada@example.org"]);
    run(repo, ORCA, &["init"]);
    run(repo, "git", &["add", "-A"]);
    run(repo, "git", &["commit", "-q", "-m", "start"]);
    let table = |number| {
        format!(
            "[[task]]\nid = \"t{number}\"\ntitle = \"Part {number}\"\nspecialist = \"backend-specialist\"\n\
             scope = [\"src/t{number}/**\"]\nestimate_tokens = 8000\n"
        )
    };
    let tables: String = (0..N_TASKS).map(table).collect();
    let plan = repo.with_file_name("plan.toml");
    std::fs::write(&plan, format!("version = 1\nrequest = \"Parts\"\n{tables}")).unwrap();
    let around = Surroundings {
        dir: repo.to_owned(),
        binary: PathBuf::from(ORCA),
        now: || 1_767_225_600,
        stop: Default::default(),
    };
    let workspace = Workspace::open(&around).unwrap();
    create_run(&workspace, &plan_from_file(&workspace, &plan).unwrap()).unwrap();
    let new = NewWorktree {
        name: "orca-r1-t0".to_owned(),
        dir: repo.with_file_name("repo.orca").join("orca-r1-t0"),
        branch_ref: Some("refs/heads/orca/r1/t0".to_owned()),
        commit: workspace.repo.resolve_commit("main").unwrap(),
    };
    add_worktrees(&workspace.repo, std::slice::from_ref(&new)).unwrap().remove(0).unwrap();
    new.dir
}

/// Median and worst, in milliseconds.
fn time(dir: &Path, program: &str, args: &[&str]) -> (f64, f64) {
    let mut times: Vec<Duration> = (0..N_ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run(dir, program, args);
            start.elapsed()
        })
        .collect();
    times.sort();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    (milliseconds(times[N_ROUNDS / 2]), milliseconds(times[N_ROUNDS - 1]))
}

fn run(dir: &Path, program: &str, args: &[&str]) {
    let mut command = Command::new(program);
    let status = command.args(args).current_dir(dir).stdin(Stdio::null()).stdout(Stdio::null()).status();
    assert!(status.unwrap().success(), "{program} {args:?}");
}
