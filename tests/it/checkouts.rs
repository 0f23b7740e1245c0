//! How the files of worktrees follow the branch that is checked out there.

use serde_json::Value;

use crate::sandbox::Sandbox;

fn three() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n").commit_all("base");
    sandbox.branch("one", "main", &[("one.txt", "one\n"), ("a.txt", "ONE\n2\n3\n4\n5\n6\n7\n8\n9\n")]);
    sandbox.branch("two", "main", &[("two.txt", "two\n"), ("a.txt", "1\n2\n3\n4\nTWO\n6\n7\n8\n9\n")]);
    sandbox.branch("three", "main", &[("three.txt", "three\n")]);
    sandbox
}

fn merge(sandbox: &Sandbox, code: i32, args: &[&str]) -> Value {
    let ran = sandbox.orca(&[&["merge", "--format", "json"], args].concat());
    assert_eq!(ran.code, code, "{ran:?}");
    let envelope: Value = serde_json::from_str(&ran.stdout).unwrap();
    envelope["data"].clone()
}

/// As a merge leaves it that was killed after the ref had moved and before all files had.
fn half_done(written: &[&str]) -> Sandbox {
    let sandbox = three();
    sandbox.git(&["branch", "spare"]);
    merge(&sandbox, 0, &["--into", "spare", "one", "two"]);
    sandbox.move_and_die("main", "spare");
    for path in written {
        sandbox.write(path, sandbox.git(&["show", &format!("main:{path}")]));
    }
    assert_ne!(sandbox.git(&["status", "--porcelain"]), "");
    sandbox
}

#[test]
fn doing_it_again_is_safe_and_finishes_what_was_killed() {
    for written in [&[][..], &["two.txt"], &["a.txt", "two.txt"]] {
        let sandbox = half_done(written);
        let again = sandbox.orca(&["merge", "one", "two"]);
        assert_eq!(again.code, 0, "{again:?}");
        assert!(again.stderr.contains("the files in") && again.stderr.contains("followed"), "{again:?}");
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
        assert_eq!(sandbox.read("two.txt"), "two\n");
        let before = sandbox.state();
        let more = merge(&sandbox, 0, &["one", "two"]);
        assert_eq!((&more["landed"], sandbox.state()), (&serde_json::json!(["one", "two"]), before));
        assert_eq!(more["already"], more["landed"]);
        let said = sandbox.orca(&["merge", "one", "two", "three", "-n"]).stdout;
        assert!(
            said.starts_with("would land on main: three (tree ")
                && said.ends_with("merged already on main: one, two\n"),
            "{said}"
        );
    }
}

#[test]
fn a_name_that_begins_with_a_quote_is_brought_along() {
    let sandbox = Sandbox::new();
    let name = "\"it\\s\" a.txt";
    sandbox.write("a.txt", "a\n").commit_all("base");
    sandbox.branch("quoted", "main", &[(name, "new\n")]);
    sandbox.branch("spare", "main", &[]);
    merge(&sandbox, 0, &["--into", "spare", "quoted"]);
    sandbox.move_and_die("main", "spare");
    sandbox.write(name, "new\n");
    let again = sandbox.orca(&["merge", "quoted"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn what_is_the_users_own_is_not_taken_for_a_killed_merge() {
    let refuses = |sandbox: &Sandbox, why: &str| {
        let before = (sandbox.state(), sandbox.read("a.txt"));
        let ran = sandbox.orca(&["merge", "three"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains(why), "{ran:?}");
        assert_eq!((sandbox.state(), sandbox.read("a.txt")), before);
    };
    let sandbox = half_done(&["two.txt"]);
    sandbox.write("a.txt", "neither before nor after\n");
    refuses(&sandbox, "changes that are not committed: a.txt");
    let sandbox = three();
    merge(&sandbox, 0, &["one"]);
    sandbox.git(&["update-ref", "-m", "somebody else", "refs/heads/main", "main~1"]);
    refuses(&sandbox, "changes that are not committed");
    sandbox.git(&["reset", "-q", "--hard"]);
    sandbox.write(".git/index.lock", "");
    refuses(&sandbox, "its index is locked by");
}

#[test]
fn a_revert_that_is_staged_stays_staged() {
    let sandbox = three();
    merge(&sandbox, 0, &["one"]);
    sandbox.git(&["checkout", "-q", "HEAD~1", "--", "a.txt"]);
    sandbox.git(&["rm", "-q", "--cached", "one.txt"]);
    std::fs::remove_file(sandbox.repo().join("one.txt")).unwrap();
    let before = sandbox.state();
    for branch in ["one", "two"] {
        let _ = sandbox.orca(&["merge", branch]);
        assert_eq!(sandbox.state(), before, "{branch}");
    }
}

#[test]
fn files_that_could_not_follow_are_brought_along_when_it_is_done_again() {
    let sandbox = three();
    // Git dies when a filter fails that is required, with some files written.
    sandbox.write(".git/info/attributes", "two.txt filter=f\n");
    sandbox.git(&["config", "filter.f.smudge", "test ! -e ../full && cat"]);
    sandbox.git(&["config", "filter.f.clean", "cat"]);
    sandbox.git(&["config", "filter.f.required", "true"]);
    let full = sandbox.home().join("full");
    std::fs::write(&full, "").unwrap();
    for _ in 0..2 {
        let ran = sandbox.orca(&["merge", "one", "two"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stderr.contains("two.txt: smudge filter f failed"), "{ran:?}");
    }
    let told = sandbox.orca(&["doctor"]).stdout;
    assert!(told.contains("the files in") && told.contains("are behind it"), "{told}");
    std::fs::remove_file(full).unwrap();
    let again = sandbox.orca(&["merge", "one", "two"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(
        (sandbox.git(&["status", "--porcelain"]).as_str(), sandbox.read("two.txt").as_str()),
        ("", "two\n")
    );
    assert!(!sandbox.orca(&["doctor"]).stdout.contains("are behind it"));
}

#[test]
fn what_the_remedies_say_ends_a_move_that_did_not_come_through() {
    let remedies: [&[&str]; 2] = [&["reset", "-q", "--hard"], &["read-tree", "-m", "-u", "main~1", "main"]];
    for remedy in remedies {
        let sandbox = three();
        sandbox.branch("spare", "main", &[]);
        merge(&sandbox, 0, &["--into", "spare", "one"]);
        sandbox.move_and_die("main", "spare");
        sandbox.write("mine.txt", "mine\n").git(&["add", "mine.txt"]);
        let ran = sandbox.orca(&["merge", "two"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("its files in") && ran.stderr.contains("mine.txt"), "{ran:?}");
        sandbox.git(remedy);
        sandbox.try_git(&["rm", "-q", "--cached", "mine.txt"]);
        assert_eq!(merge(&sandbox, 0, &["two"])["landed"][0], "two");
    }
}

/// An agent may write the registration of its worktree, and there a filter could be named.
#[test]
fn nothing_that_an_agent_configured_is_run() {
    let sandbox = three();
    sandbox.git(&["config", "extensions.worktreeConfig", "true"]);
    sandbox.git(&["worktree", "add", "-q", "-b", "orca/r1/a", "../orca-r1-a", "main"]);
    let dir = sandbox.home().join("orca-r1-a");
    let ran = sandbox.home().join("ran");
    let command = format!("touch '{}'; cat", ran.display());
    sandbox.git(&["-C", "../orca-r1-a", "config", "--worktree", "filter.f.clean", &command]);
    sandbox.git(&["-C", "../orca-r1-a", "config", "--worktree", "filter.f.smudge", &command]);
    sandbox.write(".git/info/attributes", "*.txt filter=f\n");
    std::fs::write(dir.join("a.txt"), "1 changed\n").unwrap();
    let refused = sandbox.orca(&["merge", "--into", "orca/r1/a", "one"]);
    assert!(refused.code == 1 && refused.stderr.contains("not committed: a.txt"), "{refused:?}");
    assert!(!ran.exists());
    std::fs::write(dir.join("a.txt"), sandbox.read("a.txt")).unwrap();
    merge(&sandbox, 0, &["--into", "orca/r1/a", "one"]);
    assert_eq!(std::fs::read_to_string(dir.join("one.txt")).unwrap(), "one\n");
    assert!(!ran.exists());
    sandbox.git(&["config", "--unset", "extensions.worktreeConfig"]);
    assert_eq!(sandbox.git(&["-C", "../orca-r1-a", "status", "--porcelain"]), "");
}

#[test]
fn a_branch_waits_for_the_patches_that_are_being_applied_to_it() {
    let sandbox = three();
    let patch = sandbox.git(&["format-patch", "--stdout", "main..two"]);
    sandbox.write("a.txt", "other\n").commit_all("other");
    std::fs::write(sandbox.home().join("mail"), patch).unwrap();
    assert_ne!(sandbox.try_git(&["am", "-q", "../mail"]).code, 0);
    let ran = sandbox.orca(&["merge", "three"]);
    assert!(ran.code == 1 && ran.stderr.contains("a 'git am' is in progress there"), "{ran:?}");
}

#[test]
fn of_many_merges_at_once_all_land_and_the_files_follow() {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "a\n").commit_all("base");
    let names: Vec<String> = (0..8).map(|number| format!("b{number}")).collect();
    for name in &names {
        sandbox.branch(name, "main", &[(&format!("{name}.txt"), "new\n")]);
    }
    let start = |name: &String| {
        let mut orca = sandbox.orca_command(&sandbox.repo(), &["merge", "-q", name]);
        orca.stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    let started: Vec<_> = names.iter().map(start).collect();
    for mut orca in started {
        assert!(orca.wait().unwrap().success());
    }
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(sandbox.git(&["ls-files", "b*"]).lines().count(), names.len());
}
