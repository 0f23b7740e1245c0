//! Every command in places where it has nothing to work on: what it says, and that nothing changes.

use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;

/// Commands that need a run; each can be called in any place.
const OF_A_RUN: [&[&str]; 14] = [
    &["plan", "--file", "plan.toml"],
    &["plan", "Make it so"],
    &["task", "list"],
    &["task", "drop", "a"],
    &["run"],
    &["run", "--dry-run"],
    &["start", "a"],
    &["stop", "a"],
    &["handoff", "list"],
    &["context", "show"],
    &["context", "add", "architecture", "x", "--text", "y"],
    &["status"],
    &["report"],
    &["clean"],
];

/// Commands on branches that are named.
const OF_BRANCHES: [&[&str]; 4] = [
    &["check", "one", "two"],
    &["matrix", "one", "two"],
    &["merge", "one", "--into", "two"],
    &["merge", "one", "--into", "two", "--dry-run"],
];

/// Holds that a command refuses with code 2 and these words, and that `dir` stays as it is.
#[track_caller]
fn refuses(sandbox: &Sandbox, dir: &Path, args: &[&str], words: &str) {
    let before = everything_in(dir);
    let ran = sandbox.orca_in(dir, args);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
    assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains("\nhint: "), "{args:?}: {}", ran.stderr);
    assert!(ran.stderr.contains(words), "{args:?} says:\n{}", ran.stderr);
    assert_eq!(everything_in(dir), before, "{args:?} changed something");
}

/// Every file below a directory.
fn everything_in(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything_in(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

#[test]
fn outside_a_repository_every_command_says_so() {
    let sandbox = Sandbox::without_repository();
    sandbox.write("plan.toml", "version = 1\n");
    let more: [&[&str]; 2] = [&["init"], &["handoff"]];
    for args in OF_A_RUN.iter().chain(&OF_BRANCHES).chain(&more) {
        refuses(&sandbox, &sandbox.repo(), args, "is not inside a Git repository");
    }
}

#[test]
fn a_working_tree_elsewhere_is_refused_by_what_needs_one() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n").commit_all("one");
    sandbox.branch("one", "main", &[("b", "2\n")]).branch("two", "main", &[("c", "3\n")]);
    let elsewhere = sandbox.home().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    sandbox.git(&["config", "core.worktree", elsewhere.to_str().unwrap()]);
    for args in [&["init"][..], &["run"], &["plan", "--file", "plan.toml"]] {
        refuses(&sandbox, &sandbox.repo(), args, "where Git does not find this repository");
    }
    let ran = sandbox.orca(&["check", "one", "two"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_bare_repository_is_told_apart_from_one_without_a_hub() {
    let sandbox = Sandbox::without_repository();
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "."]);
    for args in OF_A_RUN.iter().chain(&[&["init"][..]]) {
        refuses(&sandbox, &sandbox.repo(), args, "this is a bare repository");
    }
    for args in &OF_BRANCHES {
        refuses(&sandbox, &sandbox.repo(), args, "git branch");
    }
}

#[test]
fn a_branch_without_a_commit_has_nothing_to_show() {
    let sandbox = Sandbox::new();
    sandbox.write("plan.toml", "version = 1\n");
    for args in &OF_A_RUN {
        refuses(&sandbox, &sandbox.repo(), args, "hint: git orca init");
    }
}

/// `git --git-dir=… orca merge` means that repository, and must not change the one around.
#[test]
fn another_repository_than_git_dir_names_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.commit_all("first");
    sandbox.branch("one", "main", &[("one.txt", "1\n")]);
    sandbox.git(&["clone", "-q", "--bare", ".", "../other.git"]);
    let merge = |git_dir: &str, args: &[&str]| {
        let args = [args, &["merge", "one", "--into", "main"]].concat();
        let output = sandbox.orca_command(&sandbox.repo(), &args).env("GIT_DIR", git_dir).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let before = sandbox.state();
    let (code, said) = merge("../other.git", &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("GIT_DIR names '") && said.contains("hint: 'git orca -C <dir>"), "{said}");
    assert_eq!(sandbox.state(), before);
    // As hooks are started; and who says where is heard.
    assert_eq!(merge(".git", &["-q"]), (Some(0), String::new()));
    assert_eq!(merge("../other.git", &["-q", "-C", "."]), (Some(0), String::new()));
}

#[test]
fn a_directory_that_is_not_there_is_a_wrong_call() {
    let sandbox = Sandbox::new();
    let ran = sandbox.orca(&["-C", "nowhere", "status"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.starts_with("error: -C: cannot enter '"), "{ran:?}");
}

/// No other file system takes such a name.
#[cfg(target_os = "linux")]
#[test]
fn where_the_path_of_a_repository_is_no_text_the_way_out_is_told() {
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = Sandbox::new();
    sandbox.write("README.md", "x").commit_all("start");
    let odd = sandbox.home().join(std::ffi::OsStr::from_bytes(b"n\xffx"));
    std::fs::rename(sandbox.repo(), &odd).unwrap();
    let orca = |args: &[&str]| sandbox.orca_command(&odd, args).output().unwrap();
    let ran = orca(&["init"]);
    assert_eq!(ran.status.code(), Some(3));
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(said.contains("move the repository to one that is"), "{said}");
    assert!(!odd.join("orca.toml").exists());
    let said = String::from_utf8_lossy(&orca(&["doctor"]).stdout).into_owned();
    assert!(said.contains("remedy: git clone it into a directory with a plain name"), "{said}");
    // Without set-up it works there as anywhere.
    assert_eq!(orca(&["check", "main", "--into", "main~0"]).status.code(), Some(0));
}
