//! The whole job on a project of your own: every patch of a folder is a task, and its specialist
//! applies the patch.
//!
//! `cargo bench --bench project -- REPOSITORY REVISION PATCHES [GATE]`, with
//! absolute paths. The repository is cloned and never written to; `PATCHES` holds `<task>.patch`
//! files that apply to `REVISION`, and `GATE` is a shell command that must pass on each merged tree.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic and prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts programs")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

const ORCA: &str = env!("CARGO_BIN_EXE_git-orca");

/// A patch that no longer fits is merged into what the waves before it left, or the task fails.
const SPECIALIST: &str = "cat >/dev/null\nexec git apply --3way --whitespace=nowarn \"$(dirname \"$0\")/patches/$ORCA_TASK.patch\"\n";

fn main() {
    // Cargo adds `--bench`.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let [repository, revision, patches, gate @ ..] = args.as_slice() else {
        println!(
            "SKIPPED, no project given: cargo bench --bench project -- REPOSITORY REVISION PATCHES [GATE]"
        );
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    let repo = home.join("project");
    git(&home, &["clone", "-q", "--no-checkout", repository, "project"]);
    git(&repo, &["checkout", "-q", "-B", "main", revision]);
    git(&repo, &["config", "user.name", "Ada"]);
    git(&repo, &["config", "user.email", "ada@example.org"]);
    let patches = copy_patches(Path::new(patches), &home);
    predict(&repo, &patches);
    set_up(&repo, &patches, gate.first().map_or("", String::as_str));
    conduct(&repo);
}

/// Puts the patches where the specialist finds them; in the order of their names.
fn copy_patches(from: &Path, home: &Path) -> Vec<PathBuf> {
    let to = home.join("patches");
    std::fs::create_dir(&to).unwrap();
    let entries = std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|name| name == "patch")).collect();
    found.sort();
    assert!(!found.is_empty(), "no *.patch in '{}'", from.display());
    let copy = |path: &PathBuf| {
        let copied = to.join(format!("{}.patch", task(path)));
        std::fs::copy(path, &copied).unwrap();
        copied
    };
    found.iter().map(copy).collect()
}

/// Makes a branch of each patch and prints what merging them side by side would meet.
fn predict(repo: &Path, patches: &[PathBuf]) {
    let mut args = vec!["matrix".to_owned(), "--format".to_owned(), "json".to_owned()];
    for patch in patches {
        let branch = format!("patch/{}", task(patch));
        git(repo, &["checkout", "-q", "-b", &branch, "main"]);
        git(repo, &["apply", "--index", "--whitespace=nowarn", patch.to_str().unwrap()]);
        git(repo, &["commit", "-q", "--no-verify", "-m", &branch]);
        args.push(branch);
    }
    git(repo, &["checkout", "-q", "main"]);
    let started = Instant::now();
    let data = orca(repo, &args.iter().map(String::as_str).collect::<Vec<_>>());
    let seconds = started.elapsed().as_secs_f64();
    let pairs = data["pairs"].as_array().unwrap();
    println!("{} pairs of {} patches, predicted in {:.0} ms", pairs.len(), patches.len(), seconds * 1e3);
    for verdict in ["clean", "conflict", "contract"] {
        println!("  {verdict}: {}", pairs.iter().filter(|pair| pair["verdict"] == verdict).count());
    }
}

/// Writes the settings and records the plan.
fn set_up(repo: &Path, patches: &[PathBuf], gate: &str) {
    let script = repo.with_file_name("specialist.sh");
    std::fs::write(&script, SPECIALIST).unwrap();
    let mut settings = format!(
        "version = 1\n[agents.default]\nprogram = \"sh\"\nargs = [{script:?}]\n[lifecycle]\nmax_rejected = 1\n"
    );
    if !gate.is_empty() {
        _ = writeln!(settings, "[gate]\ncommands = [{gate:?}]");
    }
    std::fs::write(repo.join("orca.toml"), settings).unwrap();
    orca_text(repo, &["init"]);
    git(repo, &["add", "-A"]);
    git(repo, &["commit", "-q", "--no-verify", "-m", "orca"]);
    let mut plan = "version = 1\nrequest = \"All patches\"\ntarget = \"main\"\n".to_owned();
    for patch in patches {
        let (id, scope) = (task(patch), paths(repo, patch));
        _ = writeln!(
            plan,
            "[[task]]\nid = \"{id}\"\ntitle = \"{id}\"\nspecialist = \"backend-specialist\"\nscope = {scope:?}"
        );
    }
    let file = repo.with_file_name("plan.toml");
    std::fs::write(&file, plan).unwrap();
    println!("{}", orca_text(repo, &["plan", "--file", file.to_str().unwrap()]));
}

/// Runs it and prints what came of it.
fn conduct(repo: &Path) {
    let started = Instant::now();
    let end = orca(repo, &["run", "--format", "json"]);
    let seconds = started.elapsed().as_secs_f64();
    let open = end["open"].as_array().unwrap();
    println!("conducted in {seconds:.1} s: {} merged", end["merged"].as_array().unwrap().len());
    for task in open {
        println!("  open: {} is {}: {}", text(&task["task"]), text(&task["status"]), text(&task["reason"]));
    }
    println!("{}", orca_text(repo, &["report"]));
}

/// The files that a patch touches.
fn paths(repo: &Path, patch: &Path) -> Vec<String> {
    let listed = git(repo, &["apply", "--numstat", "-z", patch.to_str().unwrap()]);
    let path = |line: &str| line.splitn(3, '\t').nth(2).map(str::to_owned);
    listed.split('\0').filter_map(path).collect()
}

/// A task's id: the name of its patch.
fn task(patch: &Path) -> String {
    patch.file_stem().unwrap().to_string_lossy().to_lowercase().replace(['_', '.', ' '], "-")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Runs a command that answers in JSON; a clean "no" is an answer too.
fn orca(repo: &Path, args: &[&str]) -> Value {
    let printed = run(repo, ORCA, args, &[0, 1]);
    serde_json::from_str::<Value>(&printed).unwrap()["data"].clone()
}

fn orca_text(repo: &Path, args: &[&str]) -> String {
    run(repo, ORCA, args, &[0])
}

fn git(dir: &Path, args: &[&str]) -> String {
    run(dir, "git", args, &[0])
}

fn run(dir: &Path, program: &str, args: &[&str], codes: &[i32]) -> String {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().unwrap();
    assert!(codes.contains(&output.status.code().unwrap_or(-1)), "{program} {args:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}
