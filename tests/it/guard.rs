//! `git orca init --guard`: merges in the user's own checkout are checked before they are committed.

use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::{Ran, Sandbox};

const USERS: &str = "export function loadUser(id: string) {\n  return { id };\n}\n";
const CALLER: &str = "import { loadUser } from './users';\n\nexport const page = () => loadUser('1');\n";

/// On `rename`, which renames a function that `caller` starts to call; `other` is harmless.
fn guarded() -> Sandbox {
    let sandbox = unguarded();
    assert_eq!(sandbox.orca(&["init", "--guard"]).code, 0);
    sandbox
}

fn unguarded() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("src/users.ts", USERS).commit_all("base");
    sandbox.branch("rename", "main", &[("src/users.ts", &USERS.replace("loadUser", "fetchUser"))]);
    sandbox.branch("caller", "main", &[("src/page.ts", CALLER)]);
    sandbox.branch("other", "main", &[("README.md", "# The app\n")]);
    sandbox.git(&["checkout", "-q", "rename"]);
    sandbox
}

fn merge(sandbox: &Sandbox, branch: &str, more: &[&str]) -> Ran {
    sandbox.try_git(&[&["merge", "-q", "--no-edit", branch], more].concat())
}

fn script(sandbox: &Sandbox, path: &str, text: &str) {
    sandbox.write(path, text);
    std::fs::set_permissions(sandbox.repo().join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
}

const HOOK: &str = ".git/hooks/pre-merge-commit";

#[test]
fn a_merge_that_breaks_a_contract_is_refused_and_others_pass() {
    let sandbox = guarded();
    let before = sandbox.git(&["rev-parse", "HEAD"]);
    let refused = merge(&sandbox, "caller", &[]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(refused.stderr.contains("deny[symbol-removed]: caller imports"), "{refused:?}");
    assert!(refused.stderr.contains("--no-verify"), "{refused:?}");
    assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), before);
    sandbox.git(&["merge", "--abort"]);
    let passed = merge(&sandbox, "other", &[]);
    assert_eq!((passed.code, passed.stderr.as_str()), (0, ""), "{passed:?}");
    assert_eq!(merge(&sandbox, "caller", &["--no-verify"]).code, 0);
}

#[test]
fn it_is_installed_only_on_request_and_taken_out_again() {
    let sandbox = unguarded();
    assert_eq!(sandbox.orca(&["init"]).code, 0);
    assert!(!sandbox.repo().join(HOOK).exists());
    let planned = sandbox.orca(&["init", "--guard", "--dry-run"]);
    assert!(planned.stdout.contains("guard merges in this checkout"), "{planned:?}");
    assert!(!sandbox.repo().join(HOOK).exists());
    assert_eq!(sandbox.orca(&["init", "--guard"]).code, 0);
    let again = sandbox.orca(&["init", "--guard"]);
    assert_eq!(again.stdout, "everything is in place already\n");
    assert_eq!(sandbox.orca(&["init", "--undo"]).code, 0);
    assert!(!sandbox.repo().join(HOOK).exists());
    assert_eq!(merge(&sandbox, "caller", &[]).code, 0);
}

#[test]
fn a_hook_that_was_there_keeps_running_and_comes_back() {
    let sandbox = unguarded();
    let own = "#!/bin/sh\necho ran >>ran\n[ ! -e refuse ]\n";
    script(&sandbox, HOOK, own);
    assert_eq!(sandbox.orca(&["init", "--guard"]).code, 0);
    assert_ne!(merge(&sandbox, "caller", &[]).code, 0);
    assert!(!sandbox.repo().join("ran").exists(), "orca refused before");
    sandbox.git(&["merge", "--abort"]);
    sandbox.write("refuse", "");
    assert_ne!(merge(&sandbox, "other", &[]).code, 0);
    assert_eq!(sandbox.read("ran"), "ran\n");
    assert_eq!(sandbox.orca(&["init", "--undo"]).code, 0);
    assert_eq!(sandbox.read(HOOK), own);
}

#[test]
fn hooks_of_the_project_are_not_touched() {
    let sandbox = unguarded();
    sandbox.git(&["config", "core.hooksPath", ".hooks"]);
    script(&sandbox, ".hooks/pre-merge-commit", "#!/bin/sh\nexit 0\n");
    let before = sandbox.state();
    let ran = sandbox.orca(&["init", "--guard"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("'git orca hook pre-merge-commit'"), "{ran:?}");
    assert_eq!(sandbox.state(), before);
}

#[test]
fn without_the_program_merges_go_on_and_it_is_said() {
    let sandbox = guarded();
    let text = sandbox.read(HOOK);
    let line = text.lines().find(|line| line.starts_with("orca=")).unwrap().to_owned();
    script(&sandbox, HOOK, &text.replace(&line, "orca='/nowhere/git-orca'"));
    let ran = merge(&sandbox, "caller", &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("was not checked"), "{ran:?}");
}
