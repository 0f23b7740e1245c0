//! Git hooks reach agent worktrees and nothing else, and what ran before them still runs.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use git_orca::git::Repo;
use git_orca::hooks::{HooksError, InstallPlan, install, plan_install, probe, uninstall};
use git_orca::hooks::{commit_msg, prepare_commit_msg};
use git_orca::model::{RunId, TaskId};

use crate::sandbox::{Ran, Sandbox};

const WORKTREE: &str = "../repo.orca/orca-r1-types";

/// A repository with one commit and an agent worktree, hooks not yet installed.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("README.md", "hello\n").commit_all("first");
    sandbox.git(&["worktree", "add", "-q", "-b", "orca/r1/types", WORKTREE]);
    sandbox
}

fn worktree(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join("repo.orca/orca-r1-types")
}

fn stand_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hooks/orca")
}

fn plan(sandbox: &Sandbox) -> InstallPlan {
    plan_install(&Repo::discover(&sandbox.repo()).unwrap(), &stand_in()).unwrap()
}

fn install_all(sandbox: &Sandbox) {
    install(&plan(sandbox)).unwrap();
}

/// Writes a file in the agent worktree and commits it there.
fn commit(sandbox: &Sandbox, path: &str) -> Ran {
    let file = worktree(sandbox).join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, path).unwrap();
    sandbox.git(&["-C", WORKTREE, "add", path]);
    sandbox.try_git(&["-C", WORKTREE, "commit", "-q", "-m", path])
}

/// Adds an executable hook that notes its name, its arguments and its input in `repo/../ran`.
fn add_hook(sandbox: &Sandbox, path: &str, status: i32) {
    let note = sandbox.home().join("ran");
    let note = note.display();
    sandbox.write(path, format!("#!/bin/sh\necho \"{path} $# $(cat)\" >>'{note}'\nexit {status}\n"));
    std::fs::set_permissions(sandbox.repo().join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn noted(sandbox: &Sandbox) -> String {
    std::fs::read_to_string(sandbox.home().join("ran")).unwrap_or_default()
}

#[test]
fn commits_out_of_scope_are_refused_and_others_get_trailers() {
    let sandbox = sandbox();
    install_all(&sandbox);
    let refused = commit(&sandbox, "other.txt");
    assert_eq!((refused.code, refused.stderr.as_str()), (1, "outside the scope: other.txt\n"));
    sandbox.git(&["-C", WORKTREE, "rm", "-q", "--cached", "other.txt"]);
    assert_eq!(commit(&sandbox, "src/a.ts").code, 0);
    let message = sandbox.git(&["log", "-1", "--format=%B", "orca/r1/types"]);
    assert_eq!(message.trim(), "src/a.ts\n\nOrca-Task: types");
    let calls = sandbox.read(".git/orca/calls");
    let names: Vec<_> = calls.lines().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(names, ["pre-commit", "pre-commit", "prepare-commit-msg", "commit-msg"]);
}

#[test]
fn the_users_own_checkout_and_other_worktrees_are_left_alone() {
    let sandbox = sandbox();
    sandbox.git(&["worktree", "add", "-q", "-b", "mine", "../mine"]);
    install_all(&sandbox);
    sandbox.write("other.txt", "x").commit_all("mine");
    sandbox.git(&["-C", "../mine", "commit", "-q", "--allow-empty", "-m", "mine too"]);
    assert!(!sandbox.repo().join(".git/orca/calls").exists());
    for args in [&["config", "core.hooksPath"][..], &["-C", "../mine", "config", "core.hooksPath"]] {
        assert_eq!(sandbox.try_git(args).code, 1);
    }
}

#[test]
fn hooks_of_the_repository_keep_running_with_their_input_and_exit_code() {
    let sandbox = sandbox();
    add_hook(&sandbox, ".git/hooks/commit-msg", 0);
    install_all(&sandbox);
    // Added after the installation, and found all the same.
    add_hook(&sandbox, ".git/hooks/post-commit", 0);
    assert_eq!(commit(&sandbox, "src/a.ts").code, 0);
    assert_eq!(noted(&sandbox), ".git/hooks/commit-msg 1 \n.git/hooks/post-commit 0 \n");

    add_hook(&sandbox, ".git/hooks/pre-push", 0);
    sandbox.git(&["init", "-q", "--bare", "../remote"]);
    sandbox.git(&["-C", WORKTREE, "push", "-q", "../../remote", "orca/r1/types"]);
    let pushed = noted(&sandbox);
    assert!(pushed.contains("pre-push 2 refs/heads/orca/r1/types "), "{pushed}");

    add_hook(&sandbox, ".git/hooks/pre-commit", 9);
    assert_eq!(commit(&sandbox, "src/b.ts").code, 1);
    assert!(noted(&sandbox).ends_with(".git/hooks/pre-commit 0 \n"));
}

#[test]
fn a_relative_hooks_path_counts_from_the_worktree_and_else_from_the_main_one() {
    let sandbox = sandbox();
    sandbox.write(".gitignore", ".husky/_\n").commit_all("husky");
    sandbox.git(&["config", "core.hooksPath", ".husky/_"]);
    add_hook(&sandbox, ".husky/_/pre-commit", 0);
    add_hook(&sandbox, ".husky/_/reference-transaction", 0);
    install_all(&sandbox);
    assert_eq!(commit(&sandbox, "src/a.ts").code, 0);
    let ran = noted(&sandbox);
    assert!(ran.contains(".husky/_/pre-commit 0 \n"), "{ran}");
    assert!(ran.contains(".husky/_/reference-transaction 1 "), "{ran}");

    let own = worktree(&sandbox).join(".husky/_");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::copy(stand_in(), own.join("unrelated")).unwrap();
    std::os::unix::fs::symlink("/bin/false", own.join("pre-commit")).unwrap();
    assert_eq!(commit(&sandbox, "src/b.ts").code, 1, "the worktree's own hook comes first");
    let main = sandbox.git(&["config", "core.hooksPath"]);
    assert_eq!(main, ".husky/_\n");
}

#[test]
fn installing_twice_changes_nothing_and_uninstalling_restores_the_configuration() {
    let sandbox = sandbox();
    sandbox.git(&["config", "core.hooksPath", "~/my hooks"]);
    let config = format!("{}# a note\n[alias]\n\tx = status ; y\n", sandbox.read(".git/config"));
    sandbox.write(".git/config", &config);
    let planned = plan(&sandbox);
    assert!(planned.setting.is_some() && planned.files.len() == 14, "{planned:?}");
    assert_eq!(sandbox.read(".git/config"), config, "a plan changes nothing");
    install(&planned).unwrap();
    assert!(plan(&sandbox).is_empty());
    assert!(sandbox.read(".git/orca/hooks/pre-commit").contains("/my hooks'; do"));

    let inside = Repo::discover(&worktree(&sandbox)).unwrap();
    assert!(plan_install(&inside, &stand_in()).unwrap().is_empty(), "the same from an agent worktree");
    sandbox.write(".git/orca/hooks/left-over", "");
    let stale = (sandbox.repo().join(".git/orca/hooks/left-over"), None);
    assert_eq!(plan(&sandbox).files, [stale]);

    uninstall(&inside).unwrap();
    uninstall(&inside).unwrap();
    assert_eq!(sandbox.read(".git/config"), config);
    assert!(!sandbox.repo().join(".git/orca/hooks").exists());
}

#[test]
fn a_probe_proves_that_git_reaches_the_hooks() {
    let sandbox = sandbox();
    let before = sandbox.state();
    let unreachable = probe(&worktree(&sandbox)).unwrap_err();
    assert!(matches!(unreachable, HooksError::Unreachable { hook: "commit-msg", .. }), "{unreachable}");
    install_all(&sandbox);
    assert_eq!(probe(&worktree(&sandbox)).unwrap(), stand_in());
    assert_eq!(sandbox.state(), before);
    assert!(!sandbox.repo().join(".git/orca/calls").exists(), "a probe is not a commit");
    let main = probe(&sandbox.repo()).unwrap_err().to_string();
    assert!(main.contains("does not reach orca's commit-msg hook"), "{main}");
}

#[test]
fn without_the_binary_agents_cannot_commit_and_people_can() {
    let sandbox = sandbox();
    let gone = sandbox.home().join("it's gone");
    std::fs::write(&gone, "").unwrap();
    install(&plan_install(&Repo::discover(&sandbox.repo()).unwrap(), &gone).unwrap()).unwrap();
    let refused = commit(&sandbox, "src/a.ts");
    assert_eq!(refused.code, 1);
    let told = format!("git-orca: '{}' is gone and nothing can check this commit", gone.display());
    assert!(refused.stderr.starts_with(&told), "{}", refused.stderr);
    let error = probe(&worktree(&sandbox)).unwrap_err().to_string();
    assert!(error.contains("is gone"), "{error}");
    sandbox.write("other.txt", "x").commit_all("mine");
    let missing = plan_install(&Repo::discover(&sandbox.repo()).unwrap(), Path::new("git-orca"));
    assert!(matches!(missing, Err(HooksError::NoBinary(_))));
}

#[test]
fn git_reads_the_trailers_that_were_prepared() {
    let sandbox = Sandbox::new();
    let task = TaskId::new("types").unwrap();
    let check = |message: &str, others: &str| {
        let prepared = prepare_commit_msg(message, RunId::FIRST, &task, "claude");
        sandbox.write("message", &prepared);
        let parsed = sandbox.git(&["interpret-trailers", "--parse", "message"]);
        assert_eq!(
            parsed,
            format!("{others}Orca-Run: r1\nOrca-Task: types\nOrca-Agent: claude\n"),
            "{prepared}"
        );
        assert_eq!(commit_msg(&prepared), Ok(()));
    };
    check("fix: it", "");
    check("fix: it\n\nNote: prose\nmore prose\n", "");
    check("fix: it\n\nAssisted-by: X:y\n", "Assisted-by: X:y\n");
    check("fix: it\n\nbody\n\n# Please enter the commit message\n#\n# Changes:\n", "");
    check("fix: it\n\nbody\n# heading\n", "");
    check("fix: it\n\nFolded: one\n two\nAssisted-by: X\n", "Folded: one two\nAssisted-by: X\n");
}
