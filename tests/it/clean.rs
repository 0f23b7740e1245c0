//! `git orca clean` removes what is safe elsewhere, saves the rest first, and leaves people alone.

use std::process::{Child, Command, Stdio};

use git_orca::git::Repo;
use git_orca::store::RunLock;

use crate::orchestra::Orchestra;
use crate::sandbox::Ran;

/// Cleans and returns what was printed, with the places replaced.
fn clean(orchestra: &Orchestra, args: &[&str]) -> String {
    let ran = try_clean(orchestra, args);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    ran.stdout.replace(orchestra.root().to_str().unwrap(), "[ROOT]")
}

fn try_clean(orchestra: &Orchestra, args: &[&str]) -> Ran {
    orchestra.sandbox.orca(&[&["clean"], args].concat())
}

/// The content of a file in a rescue.
fn rescued(orchestra: &Orchestra, name: &str, path: &str) -> String {
    orchestra.sandbox.git(&["show", &format!("refs/orca/rescue/{name}:{path}")])
}

fn commit(orchestra: &Orchestra, task: &str, path: &str) {
    orchestra.put(task, path, "more\n");
    assert_eq!(orchestra.git(task, &["add", path]).code, 0);
    let ran = orchestra.git(task, &["commit", "-q", "-m", "more"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn merged_worktrees_go_and_nothing_else_changes() {
    let orchestra = Orchestra::merged(&["a", "b"]);
    orchestra.put("b", "ignored/build.o", "x");
    orchestra.put("b", "ignored/other.o", "x");
    let sandbox = &orchestra.sandbox;
    let before = sandbox.state();
    insta::assert_snapshot!(clean(&orchestra, &["--dry-run"]), @r"
    would remove [ROOT]/orca-r1-a
    would remove [ROOT]/orca-r1-b (1 ignored path not saved)
    ");
    assert_eq!(sandbox.state(), before);
    assert!(orchestra.worktree("b").join("ignored/build.o").exists());

    let refs = sandbox.git(&["for-each-ref"]);
    insta::assert_snapshot!(clean(&orchestra, &[]), @r"
    removed [ROOT]/orca-r1-a
    removed [ROOT]/orca-r1-b (1 ignored path not saved)
    ");
    assert_eq!(sandbox.git(&["for-each-ref"]), refs, "no ref moved");
    assert!(!orchestra.root().exists(), "the empty directory went too");
    assert_eq!(sandbox.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
    assert_eq!(clean(&orchestra, &[]), "nothing to clean\n");
}

#[test]
fn what_no_commit_holds_is_saved_first() {
    let tasks = ["committed", "detached", "dirty", "gone", "staged", "untracked"];
    let orchestra = Orchestra::merged(&tasks);
    let sandbox = &orchestra.sandbox;
    commit(&orchestra, "committed", "src/committed/b");
    for task in ["detached", "gone"] {
        orchestra.git(task, &["checkout", "-q", "--detach"]);
        commit(&orchestra, task, &format!("src/{task}/b"));
    }
    orchestra.put("detached", "README.md", "and not committed\n");
    let tip = |task: &str| orchestra.git(task, &["rev-parse", "HEAD"]).stdout.trim().to_owned();
    let tips = [tip("committed"), tip("detached"), tip("gone")];
    orchestra.put("dirty", "README.md", "dirty\n");
    std::fs::remove_dir_all(orchestra.worktree("gone")).unwrap();
    orchestra.put("staged", "src/staged/b", "once\n");
    orchestra.git("staged", &["add", "src/staged/b"]);
    std::fs::remove_file(orchestra.worktree("staged").join("src/staged/b")).unwrap();
    orchestra.put("untracked", "notes/b", "untracked\n");

    let before = sandbox.state();
    let planned = clean(&orchestra, &["-n"]);
    assert_eq!(sandbox.state(), before);
    insta::assert_snapshot!(planned, @r"
    would remove [ROOT]/orca-r1-committed: commits that are not merged, to be saved under refs/orca/rescue/
    would remove [ROOT]/orca-r1-detached: uncommitted changes, to be saved under refs/orca/rescue/
    would remove [ROOT]/orca-r1-dirty: uncommitted changes, to be saved under refs/orca/rescue/
    would remove [ROOT]/orca-r1-gone: commits that are not merged, to be saved under refs/orca/rescue/
    would remove [ROOT]/orca-r1-staged: staged changes, to be saved under refs/orca/rescue/
    would remove [ROOT]/orca-r1-untracked: uncommitted changes, to be saved under refs/orca/rescue/
    ");
    insta::assert_snapshot!(clean(&orchestra, &[]), @r"
    removed [ROOT]/orca-r1-committed: commits that are not merged, saved at refs/orca/rescue/orca-r1-committed-1
    removed [ROOT]/orca-r1-detached: uncommitted changes, saved at refs/orca/rescue/orca-r1-detached-1
    removed [ROOT]/orca-r1-dirty: uncommitted changes, saved at refs/orca/rescue/orca-r1-dirty-1
    removed [ROOT]/orca-r1-gone: commits that are not merged, saved at refs/orca/rescue/orca-r1-gone-1
    removed [ROOT]/orca-r1-staged: staged changes, saved at refs/orca/rescue/orca-r1-staged-1
    removed [ROOT]/orca-r1-untracked: uncommitted changes, saved at refs/orca/rescue/orca-r1-untracked-1
    next: take saved work up with 'git switch -c <branch> refs/orca/rescue/orca-r1-untracked-1'
    ");
    assert!(!orchestra.root().exists());
    assert_eq!(rescued(&orchestra, "orca-r1-dirty-1", "README.md"), "dirty\n");
    assert_eq!(rescued(&orchestra, "orca-r1-staged-1", "src/staged/b"), "once\n");
    assert_eq!(rescued(&orchestra, "orca-r1-untracked-1", "notes/b"), "untracked\n");
    for (task, tip) in ["committed", "detached", "gone"].iter().zip(tips) {
        assert_eq!(rescued(&orchestra, &format!("orca-r1-{task}-1"), &format!("src/{task}/b")), "more\n");
        let rescue = format!("refs/orca/rescue/orca-r1-{task}-1");
        assert_eq!(sandbox.try_git(&["merge-base", "--is-ancestor", &tip, &rescue]).code, 0);
    }
}

#[test]
fn commits_that_were_made_on_no_branch_and_left_are_saved() {
    let orchestra = Orchestra::merged(&["amended", "left"]);
    orchestra.git("left", &["checkout", "-q", "--detach"]);
    commit(&orchestra, "left", "src/left/b");
    commit(&orchestra, "left", "src/left/c");
    orchestra.git("left", &["checkout", "-q", "orca/r1/left"]);
    commit(&orchestra, "amended", "src/amended/b");
    orchestra.git("amended", &["commit", "-q", "--amend", "-m", "other"]);
    orchestra.git("amended", &["reset", "-q", "--hard", "HEAD~1"]);
    insta::assert_snapshot!(clean(&orchestra, &[]), @r"
    removed [ROOT]/orca-r1-amended
    removed [ROOT]/orca-r1-left: commits on no branch, saved at refs/orca/rescue/orca-r1-left-1
    next: take saved work up with 'git switch -c <branch> refs/orca/rescue/orca-r1-left-1'
    ");
    assert_eq!(rescued(&orchestra, "orca-r1-left-1", "src/left/c"), "more\n");
    let log = orchestra.sandbox.git(&["reflog", "--format=%gs", "orca/r1/amended"]);
    assert!(log.contains("commit (amend): other"), "the branch's own log stays: {log}");
}

#[test]
fn commits_of_refs_that_only_the_worktree_has_are_saved() {
    let orchestra = Orchestra::merged(&["own"]);
    let before = orchestra.git("own", &["rev-parse", "HEAD"]).stdout;
    commit(&orchestra, "own", "src/own/b");
    orchestra.git("own", &["update-ref", "refs/worktree/mine", "HEAD"]);
    orchestra.git("own", &["reset", "-q", "--hard", before.trim()]);
    let log = orchestra.sandbox.git(&["rev-parse", "--git-path", "logs/refs/heads/orca/r1/own"]);
    let _ = std::fs::remove_file(orchestra.sandbox.repo().join(log.trim()));
    let printed = clean(&orchestra, &[]);
    assert!(printed.contains("commits on no branch, saved at refs/orca/rescue/orca-r1-own-1"), "{printed}");
    assert_eq!(rescued(&orchestra, "orca-r1-own-1", "src/own/b"), "more\n");
}

#[test]
fn what_cannot_be_saved_or_is_not_ours_to_remove_stays() {
    let tasks = ["ignored", "locked", "nested", "pointer", "rebase"];
    let orchestra = Orchestra::merged(&tasks);
    let sandbox = &orchestra.sandbox;
    for (task, dir) in [("nested", "vendor/tool"), ("ignored", "ignored/deep/tool")] {
        let dir = orchestra.worktree(task).join(dir);
        sandbox.git(&["init", "-q", dir.to_str().unwrap()]);
    }
    let locked = orchestra.worktree("locked");
    sandbox.git(&["worktree", "lock", "--reason", "on a stick", locked.to_str().unwrap()]);
    std::fs::remove_file(orchestra.worktree("pointer").join(".git")).unwrap();
    orchestra.put("rebase", "src/rebase/b", "more\n");
    orchestra.git("rebase", &["add", "."]);
    orchestra.git("rebase", &["commit", "-q", "-m", "more"]);
    let ran = orchestra.git("rebase", &["rebase", "-q", "-x", "false", "HEAD~1"]);
    assert_ne!(ran.code, 0, "the rebase has stopped");
    sandbox.git(&["worktree", "add", "-q", "-b", "mine", "../orca-r1-mine"]);
    sandbox.git(&["worktree", "add", "-q", "-b", "docs", "../repo.orca/orca-docs"]);

    let before = sandbox.state();
    let printed = clean(&orchestra, &["--all"]);
    let printed = printed.replace(sandbox.home().to_str().unwrap(), "[HOME]");
    insta::assert_snapshot!(printed, @r"
    kept [ROOT]/orca-r1-ignored: cannot be saved: ignored/deep/tool: a repository of its own
    kept [ROOT]/orca-r1-locked: locked: on a stick (git worktree unlock '[ROOT]/orca-r1-locked')
    kept [HOME]/orca-r1-mine: git-orca did not make it
    kept [ROOT]/orca-r1-nested: cannot be saved: vendor/tool: a repository of its own, which is not saved with this one
    kept [ROOT]/orca-r1-pointer: '[ROOT]/orca-r1-pointer/.git' no longer leads to this repository (git worktree repair)
    kept [ROOT]/orca-r1-rebase: a rebase is under way there (git -C '[ROOT]/orca-r1-rebase' status)
    ");
    assert_eq!(sandbox.state(), before);
    for task in tasks {
        assert!(orchestra.worktree(task).join("README.md").exists(), "{task}");
    }
}

#[test]
fn unfinished_tasks_keep_their_worktrees_unless_all_is_asked_for() {
    let orchestra = Orchestra::new(&["a"], "echo draft >src\nexit 1\n");
    let sandbox = &orchestra.sandbox;
    assert_eq!(sandbox.orca(&["run"]).code, 1);
    orchestra.plan(&["b"]);
    let ready = orchestra.root().join("orca-r2-b");
    sandbox.git(&["worktree", "add", "-q", "-b", "orca/r2/b", ready.to_str().unwrap()]);
    sandbox.write("../repo.orca/orca-r2-b/src/b/x", "work\n");
    let unknown = orchestra.root().join("orca-r7-x");
    sandbox.git(&["worktree", "add", "-q", "-b", "orca/r7/x", unknown.to_str().unwrap()]);

    insta::assert_snapshot!(clean(&orchestra, &[]), @r"
    removed [ROOT]/orca-r1-a: uncommitted changes, saved at refs/orca/rescue/orca-r1-a-1
    kept [ROOT]/orca-r2-b: task 'b' is pending, not finished (git orca clean --all)
    kept [ROOT]/orca-r7-x: the hub knows no task 'x' of run r7 (git orca clean --all)
    next: take saved work up with 'git switch -c <branch> refs/orca/rescue/orca-r1-a-1'
    ");
    assert_eq!(rescued(&orchestra, "orca-r1-a-1", "src"), "draft\n");
    insta::assert_snapshot!(clean(&orchestra, &["--all", "--run", "r2"]), @r"
    removed [ROOT]/orca-r2-b: uncommitted changes, saved at refs/orca/rescue/orca-r2-b-1
    next: take saved work up with 'git switch -c <branch> refs/orca/rescue/orca-r2-b-1'
    ");
    assert_eq!(rescued(&orchestra, "orca-r2-b-1", "src/b/x"), "work\n");
    insta::assert_snapshot!(clean(&orchestra, &["--all"]), @"removed [ROOT]/orca-r7-x");
}

#[test]
fn a_run_that_is_conducted_is_left_alone() {
    let orchestra = Orchestra::merged(&["a"]);
    orchestra.plan(&["b"]);
    let sandbox = &orchestra.sandbox;
    let busy = orchestra.root().join("orca-r2-b");
    sandbox.git(&["worktree", "add", "-q", "-b", "orca/r2/b", busy.to_str().unwrap()]);
    sandbox.git(&["worktree", "add", "-q", "--detach", "../repo.orca/orca-gate"]);
    let _conductor = RunLock::take(&Repo::discover(&sandbox.repo()).unwrap()).unwrap().unwrap();
    let process = format!("process {}", std::process::id());
    insta::assert_snapshot!(clean(&orchestra, &["--all"]).replace(&process, "[PROCESS]"), @r"
    removed [ROOT]/orca-r1-a
    kept [ROOT]/orca-r2-b: another git orca conducts this repository: [PROCESS]
    ");
    assert!(
        busy.exists() && orchestra.root().join("orca-gate").exists() && !orchestra.worktree("a").exists()
    );
}

/// A process that ends when the value goes.
struct Sleeper(Child);

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_worktree_in_which_somebody_works_stays() {
    let orchestra = Orchestra::merged(&["a"]);
    let sandbox = &orchestra.sandbox;
    let inside = orchestra.worktree("a").join("src");
    // `cat` waits for its input, which ends with the pipe.
    let cat = Command::new("cat").current_dir(&inside).stdin(Stdio::piped()).spawn().unwrap();
    let cat = Sleeper(cat);
    let name = format!("process {} (cat)", cat.0.id());
    insta::assert_snapshot!(clean(&orchestra, &[]).replace(&name, "[PROCESS]"), @"kept [ROOT]/orca-r1-a: [PROCESS] works there");
    drop(cat);
    let here = sandbox.orca_in(&inside, &["clean"]);
    assert!(here.stdout.ends_with("orca-r1-a: you stand there\n"), "{}", here.stdout);
    assert!(inside.exists());
    clean(&orchestra, &[]);
    assert!(!inside.exists());
}

#[test]
fn what_a_killed_gate_left_goes() {
    let orchestra = Orchestra::merged(&["a"]);
    let sandbox = &orchestra.sandbox;
    sandbox.git(&["worktree", "add", "-q", "--detach", "../repo.orca/orca-gate"]);
    sandbox.git(&["worktree", "add", "-q", "-b", "gate", "../elsewhere/orca-gate"]);
    sandbox.write("../repo.orca/orca-gate/built", "x");
    // What a conductor leaves when it dies; the next one has to learn of it.
    sandbox.write(".git/orca/run.lock", "process 1\n");
    clean(&orchestra, &[]);
    assert_eq!(sandbox.read(".git/orca/run.lock"), "process 1\n");
    assert!(!orchestra.root().exists());
    assert!(sandbox.home().join("elsewhere/orca-gate/README.md").exists(), "the user's own");
}

#[test]
fn branches_go_only_when_asked_merged_and_pinned() {
    let orchestra = Orchestra::merged(&["a", "b", "c"]);
    let sandbox = &orchestra.sandbox;
    commit(&orchestra, "b", "src/b/more");
    clean(&orchestra, &[]);
    sandbox.git(&["checkout", "-q", "orca/r1/c"]);
    let before = sandbox.state();
    let printed = clean(&orchestra, &["--branches", "-n"]);
    assert_eq!(sandbox.state(), before);
    insta::assert_snapshot!(sandbox.stable(&printed), @r"
    would remove branch orca/r1/a
    kept branch orca/r1/b: <oid> is more than what was merged ('git branch -D orca/r1/b')
    kept branch orca/r1/c: it is checked out in '<home>/repo'
    ");
    clean(&orchestra, &["--branches"]);
    let branches = sandbox.git(&["branch", "--format=%(refname:short)", "--list", "orca/*"]);
    assert_eq!(branches, "orca/r1/b\norca/r1/c\norca/r1/integration\n");
}

#[test]
fn branches_of_dropped_tasks_and_of_a_landed_run_go_too() {
    let orchestra =
        Orchestra::new(&["a", "b", "c"], "test $ORCA_TASK = a || exit 1\nmkdir -p src/a\necho >src/a/a\n");
    let sandbox = &orchestra.sandbox;
    assert_eq!(sandbox.orca(&["run"]).code, 1);
    assert_eq!(sandbox.orca(&["task", "drop", "b"]).code, 0);
    commit(&orchestra, "c", "src/c/mine");
    assert_eq!(sandbox.orca(&["task", "drop", "c"]).code, 0);
    let kept = "kept branch orca/r1/c: <oid> is more than what was merged ('git branch -D orca/r1/c')\n";
    let printed = sandbox.stable(&clean(&orchestra, &["--branches", "-n"]));
    let removed = "would remove branch orca/r1/a\nwould remove branch orca/r1/b\n";
    assert!(printed.contains(&format!("{removed}{kept}")), "{printed}");
    assert!(!printed.contains("integration"), "it has not landed: {printed}");
    assert_eq!(sandbox.orca(&["merge", "--into", "main"]).code, 0);
    let printed = sandbox.stable(&clean(&orchestra, &["--branches"]));
    assert!(printed.contains(&format!("{kept}removed branch orca/r1/integration\n")), "{printed}");
    let branches = sandbox.git(&["branch", "--format=%(refname:short)", "--list", "orca/*"]);
    assert_eq!(branches, "orca/r1/c\n");
    assert_eq!(sandbox.orca(&["status"]).code, 0);
    assert!(sandbox.orca(&["merge", "--into", "main"]).stdout.contains("merged already on main"));
}

#[test]
fn scripts_read_what_happened() {
    let orchestra = Orchestra::merged(&["a", "b"]);
    orchestra.put("a", "src/a/a", "changed\n");
    orchestra.put("a", "ignored/x", "");
    let dir = orchestra.worktree("b");
    orchestra.sandbox.git(&["worktree", "lock", dir.to_str().unwrap()]);
    insta::assert_snapshot!(clean(&orchestra, &["--format", "json"]), @r#"
    {
      "data": {
        "branches": [],
        "dry_run": false,
        "run_dirs": [],
        "worktrees": [
          {
            "dir": "[ROOT]/orca-r1-a",
            "ignored": 1,
            "removed": true,
            "saved": {
              "refs": [
                "refs/orca/rescue/orca-r1-a-1"
              ],
              "what": "uncommitted changes"
            },
            "worktree": "orca-r1-a"
          },
          {
            "dir": "[ROOT]/orca-r1-b",
            "reason": "it is locked",
            "remedy": "git worktree unlock '[ROOT]/orca-r1-b'",
            "removed": false,
            "worktree": "orca-r1-b"
          }
        ]
      },
      "kind": "clean",
      "schema": "git-orca/1"
    }
    "#);
}

#[test]
fn wrong_calls_change_nothing() {
    let orchestra = Orchestra::merged(&["a"]);
    let before = orchestra.sandbox.state();
    let refused = |args: &[&str]| {
        let ran = try_clean(&orchestra, args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        ran.stderr
    };
    insta::assert_snapshot!(refused(&["--run", "r9"]), @r"
    error: there is no run r9
    hint: the newest is r1
    ");
    assert!(refused(&["--run", "9"]).contains("bad run id '9'"));
    assert!(refused(&["orca-r1-a"]).contains("unexpected argument"));
    assert_eq!(orchestra.sandbox.state(), before);

    let bare = crate::sandbox::Sandbox::new();
    let before = bare.state();
    let ran = bare.orca(&["clean"]);
    assert_eq!((ran.code, ran.stderr.contains("no hub yet")), (2, true), "{}", ran.stderr);
    assert_eq!(bare.state(), before);
}
