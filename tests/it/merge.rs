//! `git orca merge` with branches named: any repository, no run.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use serde_json::Value;

use crate::sandbox::Sandbox;

/// Three branches that get along, each with a file of its own.
fn three() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n").commit_all("base");
    sandbox.branch("one", "main", &[("one.txt", "one\n"), ("a.txt", "ONE\n2\n3\n4\n5\n6\n7\n8\n9\n")]);
    sandbox.branch("two", "main", &[("two.txt", "two\n"), ("a.txt", "1\n2\n3\n4\nTWO\n6\n7\n8\n9\n")]);
    sandbox.branch(
        "three",
        "main",
        &[("three.txt", "three\n"), ("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\nTHREE\n")],
    );
    sandbox
}

fn data_in(sandbox: &Sandbox, dir: &Path, code: i32, args: &[&str]) -> Value {
    let ran = sandbox.orca_in(dir, &[&["merge", "--format", "json"], args].concat());
    assert_eq!(ran.code, code, "{ran:?}");
    let envelope: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&envelope["schema"], &envelope["kind"]), (&"git-orca/1".into(), &"merge".into()));
    envelope["data"].clone()
}

fn data(sandbox: &Sandbox, code: i32, args: &[&str]) -> Value {
    data_in(sandbox, &sandbox.repo(), code, args)
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

/// `branch: reason`, the first line of it.
fn waiting(data: &Value) -> Vec<String> {
    let line = |waiting: &Value| {
        let reason = waiting["reason"].as_str().unwrap().lines().next().unwrap().to_owned();
        format!("{}: {reason}", waiting["branch"].as_str().unwrap())
    };
    data["waiting"].as_array().unwrap().iter().map(line).collect()
}

fn rev(sandbox: &Sandbox, name: &str) -> String {
    sandbox.git(&["rev-parse", name]).trim().to_owned()
}

/// The tree that `git merge` itself makes of the branches on a commit, in a clone.
fn tree_by_git(sandbox: &Sandbox, start: &str, branches: &[&str]) -> String {
    let clone = tempfile::tempdir_in(sandbox.home()).unwrap();
    let dir = clone.path().to_str().unwrap();
    sandbox.git(&["clone", "-q", "--no-checkout", ".", dir]);
    sandbox.git(&["-C", dir, "checkout", "-q", "--detach", &rev(sandbox, start)]);
    for branch in branches {
        let name = format!("origin/{branch}");
        let id = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
        sandbox.git(&[&["-C", dir], &id[..], &["merge", "-q", "--no-ff", "-m", "x", &name]].concat());
    }
    sandbox.git(&["-C", dir, "rev-parse", "HEAD^{tree}"]).trim().to_owned()
}

/// Nothing of the tool is left beside the repository, and no worktree but those of the user.
fn assert_tidy(sandbox: &Sandbox) {
    assert!(!sandbox.home().join("repo.orca").exists());
    let worktrees = sandbox.git(&["worktree", "list"]);
    assert!(!worktrees.contains("orca-gate"), "{worktrees}");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn branches_that_get_along_land_together() {
    let sandbox = three();
    let ran = sandbox.orca(&["merge", "three", "one", "two"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("landed on main, now at "), "{ran:?}");
    assert!(ran.stdout.ends_with(": one, three, two\n"), "{ran:?}");
    let subjects = sandbox.git(&["log", "--first-parent", "--format=%s", "main"]);
    assert_eq!(subjects, "Merge branch 'two'\nMerge branch 'three'\nMerge branch 'one'\nbase\n");
    assert_eq!(rev(&sandbox, "main^2"), rev(&sandbox, "two"));
    assert_eq!(sandbox.read("a.txt"), "ONE\n2\n3\n4\nTWO\n6\n7\n8\nTHREE\n");
    assert_eq!(sandbox.read("three.txt"), "three\n");
    assert_eq!(rev(&sandbox, "main^{tree}"), tree_by_git(&sandbox, "main~3", &["one", "three", "two"]));
    assert_tidy(&sandbox);
}

#[test]
fn the_json_says_what_landed_and_what_waits() {
    let sandbox = three();
    sandbox.branch("rival", "main", &[("a.txt", "1\n2\n3\n4\nrival\n6\n7\n8\n9\n")]);
    let data = data(&sandbox, 1, &["one", "two", "rival"]);
    let keys: Vec<&String> = data.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["already", "commit", "gate_on_target", "landed", "resolved", "target", "tree", "waiting"]
    );
    assert_eq!(names(&data["landed"]), ["one", "rival"]);
    assert_eq!(waiting(&data), ["two: conflicts in text with rival: a.txt:5"]);
    assert_eq!(data["commit"], rev(&sandbox, "main").as_str());
    assert_eq!(data["tree"], rev(&sandbox, "main^{tree}").as_str());
    assert_eq!((&data["target"], &data["resolved"]), (&"main".into(), &Value::Array(Vec::new())));
    assert_tidy(&sandbox);
}

/// Git merges the text; one of the two would have to change.
#[test]
fn of_a_broken_contract_the_branch_that_has_to_change_waits() {
    let sandbox = Sandbox::new();
    sandbox.write("users.py", "def load(id):\n    return id\n").commit_all("base");
    sandbox.branch("rename", "main", &[("users.py", "def fetch(id):\n    return id\n")]);
    sandbox.branch("caller", "main", &[("page.py", "from users import load\n\nprint(load(1))\n")]);
    sandbox.git(&["branch", "again", "main"]);
    let ran = sandbox.orca(&["merge", "caller", "rename"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.stdout.split_once(": ").unwrap().1, @r"
    rename
    waits caller: deny[symbol-removed]: caller imports the function `load` in page.py, which rename renamed to `fetch` in users.py
    ");
    let late = data(&sandbox, 1, &["caller"]);
    assert!(waiting(&late)[0].starts_with("caller: deny[symbol-removed]: "), "{late}");
    assert_eq!(names(&late["landed"]), [""; 0]);
    let forced = data(&sandbox, 0, &["--no-check", "--into", "again", "caller", "rename"]);
    assert_eq!(names(&forced["landed"]), ["caller", "rename"]);
}

#[test]
fn a_red_gate_is_traced_to_its_culprit_and_the_rest_lands() {
    let sandbox = three();
    sandbox.branch("bad", "main", &[("bad.txt", "bad\n")]);
    let found = data(
        &sandbox,
        1,
        &["one", "two", "bad", "three", "--gate", "cat bad.txt && exit 7 || test -f a.txt"],
    );
    assert_eq!(names(&found["landed"]), ["one", "three", "two"]);
    assert_eq!(waiting(&found), ["bad: the gate fails with it"]);
    let reason = found["waiting"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("bad\n") && reason.contains('7'), "{reason}");
    assert!(!sandbox.repo().join("bad.txt").exists());
    assert_tidy(&sandbox);
}

/// A gate that notes each of its runs, and how many there were.
fn counting(sandbox: &Sandbox, gate: &str) -> (String, impl Fn() -> usize) {
    let log = sandbox.home().join("runs");
    let gate = format!("echo run >>'{}'; {gate}", log.display());
    (gate, move || std::fs::read_to_string(&log).unwrap_or_default().lines().count())
}

#[test]
fn a_culprit_costs_a_run_of_the_gate_for_each_halving_and_two_where_the_target_is_known() {
    for culprit in 0..8 {
        let sandbox = Sandbox::new();
        sandbox.write("a.txt", "a\n").commit_all("base");
        let all: Vec<String> = (0..8).map(|number| format!("b{number}")).collect();
        for (number, name) in all.iter().enumerate() {
            let file = if number == culprit { "bad.txt".to_owned() } else { format!("{name}.txt") };
            sandbox.branch(name, "main", &[(&file, "text\n")]);
        }
        let (gate, n_runs) = counting(&sandbox, "! test -e bad.txt");
        // What passed once is not run again.
        sandbox.branch("same", "main", &[]);
        data(&sandbox, 0, &["--gate", &gate, "same"]);
        let before = n_runs();
        let mut args = vec!["--gate", &gate];
        args.extend(all.iter().map(String::as_str));
        let found = data(&sandbox, 1, &args);
        assert_eq!(waiting(&found), [format!("b{culprit}: the gate fails with it")]);
        assert_eq!(found["landed"].as_array().unwrap().len(), 7);
        assert!(n_runs() - before <= 5, "b{culprit}: {} runs", n_runs() - before);
    }
}

/// Each passes alone: the gate runs on the merge.
#[test]
fn two_branches_that_break_the_gate_only_together_do_not_both_land() {
    let sandbox = three();
    sandbox.write(
        "orca.toml",
        "version = 1\n[gate]\ncommands = [\"! { test -f one.txt && test -f two.txt; }\"]\n",
    );
    sandbox.commit_all("gate");
    let found = data(&sandbox, 1, &["two", "one", "three"]);
    assert_eq!(names(&found["landed"]), ["one", "three"]);
    assert_eq!(waiting(&found), ["two: the gate fails with it"]);
    // What stayed out because of a culprit is tried again without it.
    let sandbox = three();
    sandbox.branch("ugly", "main", &[("a.txt", "UGLY\n2\n3\n4\n5\n6\n7\n8\n9\n")]);
    sandbox.branch("uglier", "main", &[("a.txt", "UGLIER\n2\n3\n4\n5\n6\n7\n8\n9\n")]);
    let found = data(&sandbox, 1, &["ugly", "uglier", "two", "--gate", "! grep UGLIER a.txt"]);
    assert_eq!(names(&found["landed"]), ["two", "ugly"]);
    assert_eq!(waiting(&found), ["uglier: the gate fails with it"]);
}

#[test]
fn a_gate_that_passes_the_second_time_is_flaky_and_blames_nobody() {
    let sandbox = three();
    let flag = sandbox.home().join("seen");
    let gate = format!("test -e '{0}' || {{ touch '{0}'; exit 1; }}", flag.display());
    let ran = sandbox.orca(&["merge", "one", "two", "--gate", &gate]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("flaky: the gate failed once"), "{ran:?}");
    assert_tidy(&sandbox);
}

#[test]
fn a_gate_that_was_flaky_is_asked_again_at_once() {
    let sandbox = three();
    let flag = sandbox.home().join("seen");
    let gate = format!("test -e '{0}' || {{ touch '{0}'; exit 1; }}", flag.display());
    let (gate, n_runs) = counting(&sandbox, &gate);
    let merge = |branch| sandbox.orca(&["merge", "one", branch, "--gate", &gate]);
    let ran = merge("two");
    assert!(ran.code == 0 && ran.stdout.contains("flaky: the gate failed once"), "{ran:?}");
    let before = n_runs();
    std::fs::remove_file(&flag).unwrap();
    let ran = merge("three");
    assert!(ran.code == 0 && ran.stdout.contains("flaky: the gate failed once"), "{ran:?}");
    assert_eq!(n_runs() - before, 2);
}

/// What a gate that cannot work says is the same with the branches and without.
#[test]
fn a_gate_that_says_the_same_of_the_target_is_run_twice() {
    let sandbox = three();
    let (gate, n_runs) = counting(&sandbox, "echo no such program in $$; exit 127");
    let ran = sandbox.orca(&["merge", "one", "two", "three", "--gate", &gate]);
    assert_eq!((ran.code, n_runs()), (1, 2), "{ran:?}");
    assert!(ran.stdout.contains("red: the gate already fails on main"), "{ran:?}");
}

#[test]
fn of_a_red_target_the_branch_that_mends_it_lands() {
    let sandbox = three();
    let gate = "test -f one.txt || { echo one is missing; exit 1; }; \
                test ! -f two.txt || { echo two is in the way; exit 1; }";
    let found = data(&sandbox, 1, &["one", "two", "three", "--gate", gate]);
    assert_eq!((names(&found["landed"]), waiting(&found).len()), (vec!["one", "three"], 1));
    assert!(waiting(&found)[0].starts_with("two: the gate fails with it"), "{found}");
}

#[test]
fn a_gate_that_is_red_before_anything_is_merged_stops_everything_and_what_was_found_is_said() {
    let sandbox = three();
    sandbox.branch("rival", "main", &[("a.txt", "1\n2\n3\n4\nrival\n6\n7\n8\n9\n")]);
    sandbox.git(&["branch", "old", "main"]);
    let before = sandbox.state();
    let args = ["merge", "old", "one", "two", "rival", "--gate", "echo broken; exit 3"];
    let ran = sandbox.orca(&args);
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(sandbox.stable(&ran.stdout), @r"
    nothing new landed on main
    merged already on main: old
    red: the gate already fails on main (<oid>), before anything is merged
      $ echo broken; exit 3
      broken
      (exited with status 3)
      make it pass there, or use another one: [gate] in orca.toml, or --gate
    waits one: the gate fails with it, and without it
    waits rival: the gate fails with it, and without it
    waits two: conflicts in text: a.txt:5
    next: git switch two && git merge main, then the same again
    ");
    let found = data(&sandbox, 1, &args[1..]);
    assert_eq!((names(&found["landed"]), names(&found["already"])), (vec!["old"], vec!["old"]));
    assert!(found["gate_on_target"].as_str().unwrap().contains("broken\n"), "{found}");
    assert_eq!(waiting(&found)[2], "two: conflicts in text: a.txt:5");
    assert_eq!(
        (&found["commit"], &found["tree"]),
        (&rev(&sandbox, "main").into(), &rev(&sandbox, "main^{tree}").into())
    );
    assert_eq!(sandbox.state(), before);
    assert_tidy(&sandbox);
}

#[test]
fn a_dry_run_tells_the_tree_and_changes_nothing() {
    let sandbox = three();
    sandbox.branch("rival", "main", &[("a.txt", "1\n2\n3\n4\nrival\n6\n7\n8\n9\n")]);
    let args = ["one", "two", "three", "rival"];
    let (before, objects) = (sandbox.state(), sandbox.git(&["count-objects", "-v"]));
    let dry = data(&sandbox, 1, &[&args[..], &["--dry-run"]].concat());
    assert_eq!(sandbox.git(&["count-objects", "-v"]), objects, "a prediction leaves no objects");
    assert_eq!(sandbox.state(), before);
    assert_eq!(dry["commit"], Value::Null);
    let gated = data(&sandbox, 1, &[&args[..], &["-n", "--gate", "test ! -e three.txt"]].concat());
    assert_eq!(sandbox.state(), before);
    assert_eq!(names(&gated["landed"]), ["one", "rival"]);
    // Uncommitted changes forbid the merge, not the look at it.
    sandbox.write("a.txt", "mine\n");
    let dirty = sandbox.orca(&[&["merge", "-n"], &args[..]].concat());
    assert!(dirty.stdout.contains("but first: 'main' is checked out"), "{dirty:?}");
    sandbox.git(&["checkout", "-q", "a.txt"]);
    let real = data(&sandbox, 1, &args);
    assert_eq!((&real["tree"], &real["landed"]), (&dry["tree"], &dry["landed"]));
    assert_eq!(rev(&sandbox, "main^{tree}"), dry["tree"].as_str().unwrap());
}

#[test]
fn changes_of_the_user_are_never_merged_over() {
    let sandbox = three();
    let refused = |why: &str| {
        let before = (sandbox.state(), sandbox.read("a.txt"));
        let ran = sandbox.orca(&["merge", "one"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains(why) && ran.stderr.contains("hint: "), "{ran:?}");
        assert_eq!((sandbox.state(), sandbox.read("a.txt")), before);
    };
    sandbox.write("a.txt", "mine\n");
    refused("changes that are not committed: a.txt");
    sandbox.git(&["add", "a.txt"]);
    refused("changes that are not committed: a.txt");
    sandbox.git(&["reset", "-q", "--hard"]);
    sandbox.write("one.txt", "mine, and Git does not know it\n");
    refused("in the way: one.txt");
    sandbox.write(".git/info/exclude", "one.txt\n");
    refused("in the way: one.txt");
    std::fs::remove_file(sandbox.repo().join("one.txt")).unwrap();
    std::fs::create_dir(sandbox.repo().join("one.txt")).unwrap();
    sandbox.write("one.txt/kept", "ignored");
    refused("in the way: one.txt");
    std::fs::remove_dir_all(sandbox.repo().join("one.txt")).unwrap();
    sandbox.write(".git/MERGE_HEAD", rev(&sandbox, "two"));
    refused("a merge is in progress");
    std::fs::remove_file(sandbox.repo().join(".git/MERGE_HEAD")).unwrap();
    sandbox.write("unrelated.txt", "in nobody's way");
    data(&sandbox, 0, &["one"]);
    assert_eq!(sandbox.read("one.txt"), "one\n");
}

#[test]
fn a_target_in_a_linked_worktree_takes_its_files_along() {
    let sandbox = three();
    sandbox.git(&["branch", "release"]);
    sandbox.git(&["worktree", "add", "-q", "../linked", "release"]);
    let file = sandbox.home().join("linked/a.txt");
    std::fs::write(&file, "mine\n").unwrap();
    let ran = sandbox.orca(&["merge", "--into", "release", "one"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("linked, and it has changes that are not committed: a.txt"), "{ran:?}");
    sandbox.git(&["-C", "../linked", "checkout", "-q", "a.txt"]);
    data(&sandbox, 0, &["--into", "release", "one", "two"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "ONE\n2\n3\n4\nTWO\n6\n7\n8\n9\n");
    assert_eq!(sandbox.git(&["-C", "../linked", "status", "--porcelain"]), "");
    assert!(!sandbox.repo().join("one.txt").exists(), "main is somewhere else");
    // The same from within the linked worktree, where the branch on which one stands is the target.
    data_in(&sandbox, &sandbox.home().join("linked"), 0, &["three"]);
    assert!(sandbox.home().join("linked/three.txt").exists());
    assert_eq!(sandbox.git(&["log", "-1", "--format=%s", "release"]), "Merge branch 'three'\n");
}

#[test]
fn a_git_directory_that_lies_elsewhere_takes_the_files_along() {
    let sandbox = three();
    let elsewhere = sandbox.home().join("elsewhere");
    std::fs::rename(sandbox.repo().join(".git"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, sandbox.repo().join(".git")).unwrap();
    data(&sandbox, 0, &["one"]);
    assert_eq!(
        (sandbox.read("one.txt"), sandbox.git(&["status", "--porcelain"])),
        ("one\n".into(), String::new())
    );
    std::fs::remove_file(sandbox.repo().join(".git")).unwrap();
    sandbox.write(".git", format!("gitdir: {}\n", elsewhere.display()));
    data(&sandbox, 0, &["two"]);
    assert_eq!(
        (sandbox.read("two.txt"), sandbox.git(&["status", "--porcelain"])),
        ("two\n".into(), String::new())
    );
}

#[test]
fn a_gate_may_leave_a_repository_behind() {
    let sandbox = three();
    let gate = "test ! -e fixture && git init -q fixture";
    for branch in ["one", "two"] {
        let landed = data(&sandbox, 0, &["--gate", gate, branch]);
        assert_eq!(names(&landed["landed"]), [branch], "{landed}");
    }
}

#[test]
fn what_one_tree_left_behind_does_not_speak_for_another() {
    let sandbox = Sandbox::new();
    sandbox.write(".gitignore", "/out\n").write("check", "exit 0\n").commit_all("base");
    sandbox.branch("maker", "main", &[("check", "touch out\nexit 1\n")]);
    sandbox.branch("user", "main", &[("user.txt", "user\n")]);
    // The whole fails for the maker's sake, leaves its file, and the user's branch is tried then.
    let gate = "sh ./check && { test ! -e user.txt || test -e out; }";
    let data = data(&sandbox, 1, &["--gate", gate, "maker", "user"]);
    assert_eq!(names(&data["landed"]), Vec::<&str>::new(), "{data}");
}

#[test]
fn repositories_that_share_a_root_for_their_worktrees_do_not_meet() {
    let sandbox = three();
    sandbox.git(&["clone", "-q", ".", "../other/repo"]);
    sandbox.git(&["-C", "../other/repo", "branch", "-q", "one", "origin/one"]);
    for dir in [".", "../other/repo"] {
        let root = sandbox.home().join("shared");
        sandbox.git(&["-C", dir, "config", "orca.worktreeRoot", root.to_str().unwrap()]);
    }
    // The other one lands while the gate of this one runs.
    let orca = env!("CARGO_BIN_EXE_git-orca");
    let other = sandbox.home().join("other/repo");
    let inner = format!("'{orca}' -C '{}' merge -q one --gate 'test -e one.txt'", other.display());
    let landed = data(&sandbox, 0, &["--gate", &format!("{inner} && test -e two.txt"), "two"]);
    assert_eq!(names(&landed["landed"]), ["two"]);
    assert!(other.join("one.txt").exists());
    assert_eq!(std::fs::read_dir(sandbox.home().join("shared")).unwrap().count(), 0);
}

#[test]
fn a_target_that_is_not_checked_out_moves_alone() {
    let sandbox = three();
    sandbox.git(&["branch", "release"]);
    sandbox.write("a.txt", "what I am at\n");
    let data = data(&sandbox, 0, &["--into", "refs/heads/release", "one"]);
    assert_eq!(data["target"], "release");
    assert_eq!(sandbox.read("a.txt"), "what I am at\n");
    assert_eq!(sandbox.git(&["ls-tree", "--name-only", "release"]), "a.txt\none.txt\n");
    assert_eq!(sandbox.git(&["rev-list", "--count", "--no-merges", "release"]), "2\n");
    assert_eq!(sandbox.git(&["reflog", "-1", "--format=%gs", "release"]), "orca: merge one\n");
}

#[test]
fn a_symbolic_branch_moves_the_branch_behind_it() {
    let sandbox = three();
    sandbox.git(&["symbolic-ref", "refs/heads/trunk", "refs/heads/main"]);
    let data = data(&sandbox, 0, &["--into", "trunk", "one"]);
    assert_eq!(data["target"], "main");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(sandbox.read("one.txt"), "one\n");
}

#[test]
fn a_kill_while_the_gate_runs_leaves_everything_as_it_was() {
    let sandbox = three();
    let (began, go_on) = (sandbox.home().join("began"), sandbox.home().join("go-on"));
    for fifo in [&began, &go_on] {
        assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
    }
    let refs = sandbox.git(&["for-each-ref"]);
    let gate = format!("echo > '{}'; cat '{}'", began.display(), go_on.display());
    let mut orca = sandbox
        .orca_command(&sandbox.repo(), &["merge", "one", "two", "--gate", &gate])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::fs::read(&began).unwrap();
    orca.kill().unwrap();
    orca.wait().unwrap();
    std::fs::write(&go_on, "").unwrap();
    assert_eq!(sandbox.git(&["for-each-ref"]), refs);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    let again = data(&sandbox, 0, &["one", "two", "--gate", "test -f two.txt"]);
    assert_eq!(names(&again["landed"]), ["one", "two"]);
    assert_tidy(&sandbox);
}

/// Modes, links, submodules, line ends and renames come out as `git merge` has them.
#[test]
fn the_tree_is_the_one_that_git_merge_makes() {
    let sandbox = Sandbox::new();
    let long: String = (0..40).map(|line| format!("line {line}\n")).collect();
    sandbox.write("dir/moved.txt", &long).write("dir/b.txt", "b\n").write("crlf.txt", "1\r\n2\r\n3\r\n4\r\n");
    sandbox
        .write("run.sh", "#!/bin/sh\n")
        .write(".gitattributes", "*.log merge=union\n")
        .write("x.log", "0\n");
    std::os::unix::fs::symlink("run.sh", sandbox.repo().join("link")).unwrap();
    sandbox.commit_all("base");
    let commit = rev(&sandbox, "main");
    sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},sub")]);
    sandbox.git(&["commit", "-q", "-m", "submodule"]);
    let next = rev(&sandbox, "main");
    sandbox.git(&["checkout", "-q", "-b", "rename"]);
    sandbox.git(&["mv", "dir", "place"]);
    sandbox.git(&["commit", "-q", "-m", "move the directory"]);
    sandbox.git(&["checkout", "-q", "-b", "edit", "main"]);
    sandbox.write("dir/moved.txt", long.replace("line 7\n", "line seven\n"));
    sandbox.write("crlf.txt", "one\r\n2\r\n3\r\n4\r\n").write("x.log", "0\nedit\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{next},sub")]);
    sandbox.git(&["commit", "-q", "-m", "edit"]);
    sandbox.git(&["checkout", "-q", "-b", "modes", "main"]);
    std::fs::remove_file(sandbox.repo().join("link")).unwrap();
    std::os::unix::fs::symlink("crlf.txt", sandbox.repo().join("link")).unwrap();
    std::fs::write(sandbox.repo().join(std::ffi::OsStr::from_bytes(b"caf\xe9")), "latin\n").unwrap();
    sandbox.write("crlf.txt", "1\r\n2\r\n3\r\nfour\r\n").write("x.log", "0\nmodes\n");
    sandbox.git(&["add", "-A", ":!sub"]);
    sandbox.git(&["update-index", "--chmod=+x", "run.sh"]);
    sandbox.git(&["commit", "-q", "-m", "modes"]);
    // Neither the attributes nor the files of what is checked out have a say.
    sandbox.git(&["checkout", "-q", "--orphan", "elsewhere"]);
    sandbox.git(&["rm", "-r", "-f", "-q", "."]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "elsewhere"]);
    let by_git = tree_by_git(&sandbox, "main", &["edit", "modes", "rename"]);
    let data = data(&sandbox, 0, &["--into", "main", "rename", "edit", "modes"]);
    assert_eq!(data["tree"], by_git.as_str(), "{data}");
    let files = sandbox.git(&["-c", "core.quotePath=true", "ls-tree", "-r", "main"]);
    for part in ["120000", "160000", "100755", "place/moved.txt", "\"caf\\351\""] {
        assert!(files.contains(part), "{files}");
    }
}

#[test]
fn what_is_dangerous_to_check_out_waits_while_others_land() {
    let sandbox = three();
    let blob = sandbox.git(&["hash-object", "-w", "a.txt"]).trim().to_owned();
    let tree = |input: String| {
        std::fs::write(sandbox.home().join("entries"), input).unwrap();
        let script = "alias.make=!git mktree < ../entries";
        sandbox.git(&["-c", script, "make"]).trim().to_owned()
    };
    let hooks = tree(format!("100755 blob {blob}\tx\n"));
    let dot_git = tree(format!("040000 tree {hooks}\thooks\n"));
    let root = tree(format!("040000 tree {dot_git}\t.git\n100644 blob {blob}\ta.txt\n"));
    let hostile = sandbox.git(&["commit-tree", &root, "-p", "main", "-m", "x"]);
    sandbox.git(&["update-ref", "refs/heads/hostile", hostile.trim()]);
    let data = data(&sandbox, 1, &["hostile", "one"]);
    assert_eq!(names(&data["landed"]), ["one"]);
    assert!(
        waiting(&data)[0].starts_with("hostile: brings in what may not be merged: .git/hooks/x: "),
        "{data}"
    );
    assert_eq!(sandbox.git(&["ls-tree", "-r", "--name-only", "main"]), "a.txt\none.txt\n");
}

#[test]
fn strangers_wait_and_the_rest_lands() {
    let sandbox = three();
    sandbox.git(&["checkout", "-q", "--orphan", "stranger"]);
    sandbox.commit_all("from elsewhere");
    sandbox.git(&["checkout", "-q", "main"]);
    let data = data(&sandbox, 1, &["stranger", "one"]);
    assert_eq!(names(&data["landed"]), ["one"]);
    assert_eq!(waiting(&data), ["stranger: cannot be merged: refusing to merge unrelated histories"]);
}

#[test]
fn mistakes_are_explained() {
    let sandbox = three();
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    let before = sandbox.state();
    let mut said = String::new();
    for args in [
        &["merge", "one", "--into", "mian"][..],
        &["merge", "one", "--into", "origin/main"],
        &["merge", "one", "main"],
        &["merge", "nowhere"],
        &["merge"],
        &["merge", "one", "--resolve", "bold"],
    ] {
        let ran = sandbox.orca(args);
        assert_eq!(ran.code, 2, "{ran:?}");
        said += &ran.stderr.lines().take(2).collect::<Vec<_>>().join("\n");
        said += "\n";
    }
    insta::assert_snapshot!(said, @r"
    error: there is no local branch 'mian' to land on
    hint: did you mean 'main'?
    error: there is no local branch 'origin/main' to land on
    hint: git branch <name> origin/main
    error: 'main' is both what is merged and where to
    hint: leave it out, or name another branch to land on with --into
    error: 'nowhere' names no commit
    hint: 'git branch --all' lists what there is
    error: no branch is named, and this repository has no run whose branches could be meant
    hint: git orca merge <branch>…
    error: invalid value 'bold' for '--resolve <HOW>'
      [possible values: off, safe, search, agent]
    ");
    assert_eq!(sandbox.state(), before);
    sandbox.git(&["checkout", "-q", "--detach"]);
    let ran = sandbox.orca(&["merge", "one"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no branch is checked out") && ran.stderr.contains("--into"), "{ran:?}");
    sandbox.git(&["checkout", "-q", "--orphan", "unborn"]);
    let ran = sandbox.orca(&["merge", "one"]);
    assert!(ran.code == 2 && ran.stderr.contains("'unborn' has no commit yet"), "{ran:?}");
}

#[test]
fn strange_names_bare_and_shallow_repositories() {
    let sandbox = three();
    sandbox.git(&["update-ref", "refs/heads/-x", "two"]);
    assert_eq!(names(&data(&sandbox, 0, &["-n", "--", "one", "-x"])["landed"]), ["-x", "one"]);
    sandbox.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = sandbox.home().join("bare.git");
    sandbox.git(&["-C", "../bare.git", "config", "user.name", "Ada"]);
    sandbox.git(&["-C", "../bare.git", "config", "user.email", "ada@example.org"]);
    let landed = data_in(&sandbox, &bare, 0, &["one", "two", "--gate", "test -f two.txt"]);
    assert_eq!(names(&landed["landed"]), ["one", "two"]);
    assert!(!sandbox.home().join("bare.git.orca").exists());
    assert_eq!(sandbox.git(&["-C", "../bare.git", "rev-parse", "main"]).trim(), landed["commit"]);
    let url = format!("file://{}", sandbox.repo().display());
    sandbox.git(&["clone", "-q", "--depth=2", "--no-single-branch", &url, "../shallow"]);
    let shallow = sandbox.home().join("shallow");
    sandbox.write("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n").commit_all("main goes on");
    let landed = data_in(&sandbox, &shallow, 0, &["origin/one", "origin/two"]);
    assert_eq!(names(&landed["landed"]), ["origin/one", "origin/two"]);
    let subject = sandbox.git(&["-C", "../shallow", "log", "-1", "--format=%s"]);
    assert_eq!(subject, "Merge remote-tracking branch 'origin/two'\n");
    sandbox.git(&["clone", "-q", "--depth=1", "--no-single-branch", &url, "../flat"]);
    let flat = data_in(&sandbox, &sandbox.home().join("flat"), 1, &["origin/one"]);
    let why = "unrelated histories; this clone is shallow, which may be why: git fetch --unshallow";
    assert!(waiting(&flat)[0].ends_with(why), "{flat}");
}

/// What Git cannot write is no reason for a branch to wait.
#[test]
fn objects_that_cannot_be_written_are_a_failure() {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "1\n2\n3\n").commit_all("base");
    sandbox.branch("one", "main", &[("a.txt", "one\n2\n3\n")]);
    sandbox.branch("two", "main", &[("a.txt", "1\n2\ntwo\n")]);
    let full = "echo 'error: unable to write file: No space left on device' >&2; exit 128";
    let path = sandbox.path_where_git("merge-tree", full);
    let before = sandbox.state();
    let mut merge =
        sandbox.orca_command(&sandbox.repo(), &["merge", "one", "two", "--into", "main", "--no-check"]);
    let ran = merge.env("PATH", path).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
    assert_eq!(sandbox.state(), before);
}

/// Whoever has to put a conflict right wants to know where it is, and whom to talk to.
#[test]
fn a_conflict_names_its_line_and_the_branches_it_is_with() {
    let sandbox = three();
    let text = |line: &str| format!("1\n2\n3\n4\n{line}\n6\n7\n8\n9\n");
    sandbox.branch("rival", "main", &[("a.txt", &text("rival"))]);
    sandbox.branch("both", "main", &[("a.txt", &text("both").replace("9\n", "nine\n"))]);
    sandbox.branch("gone", "main", &[("new.txt", "gone\n")]);
    sandbox.git(&["checkout", "-q", "gone"]);
    sandbox.git(&["rm", "-q", "a.txt"]);
    sandbox.commit_all("deletes");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.branch("new", "main", &[("new.txt", "new\n")]);
    sandbox.write("a.txt", text("main")).commit_all("goes on");
    let found = data(&sandbox, 1, &["three", "both", "gone", "new"]);
    let foreseen = sandbox.orca(&["merge", "-n", "both"]).stdout;
    assert!(
        foreseen.ends_with("next: git switch both && git merge main, then the same again\n"),
        "{foreseen}"
    );
    let mut waiting = waiting(&found);
    waiting.sort_unstable();
    assert_eq!(
        waiting,
        [
            "both: conflicts in text with main: a.txt:5",
            "gone: conflicts in text with main and new: a.txt (deleted here, changed there), \
             new.txt (added here and there)",
        ]
    );
}
