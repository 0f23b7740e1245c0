//! `git orca hook`, reached through real commits in worktrees that the engine made.

use crate::orchestra::Orchestra;
use crate::sandbox::Sandbox;

/// After a run whose agent did its part; commits in the worktree that it left.
fn after_a_run() -> Orchestra {
    Orchestra::merged(&["types"])
}

fn log(sandbox: &Sandbox) -> String {
    sandbox.git(&["log", "--format=%H", "orca/r1/types"])
}

#[test]
fn an_agent_that_commits_itself_gets_trailers_in_scope_and_a_refusal_outside() {
    let orchestra = Orchestra::new(
        &["types"],
        "mkdir -p src/types\n\
         echo one >src/types/a.ts\n\
         git add src\n\
         git commit -q -m 'add a type'\n\
         echo bad >README.md\n\
         if git commit -q -a -m 'outside' 2>\"$TMPDIR/../refused\"; then exit 9; fi\n\
         git checkout -q README.md\n\
         echo two >>src/types/a.ts\n\
         git commit -q -a -m 'extend it'\n",
    );
    let sandbox = &orchestra.sandbox;
    let ran = sandbox.orca(&["run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let refused = sandbox.read(".git/orca/run/r1-types/refused");
    insta::assert_snapshot!(refused, @r"
    error: outside the scope of task 'types': README.md
    hint: the task may write src/types/**
    hint: 'git restore --staged <path>' leaves a path out of the commit
    ");
    let format = "--format=%s|%(trailers:key=Orca-Run,key=Orca-Task,key=Orca-Agent,separator=%x2C)";
    let commits = sandbox.git(&["log", "--no-merges", format, "main..orca/r1/integration"]);
    insta::assert_snapshot!(commits, @r"
    types|Orca-Run: r1,Orca-Task: types
    extend it|Orca-Run: r1,Orca-Task: types,Orca-Agent: scripted
    add a type|Orca-Run: r1,Orca-Task: types,Orca-Agent: scripted
    ");
    assert_eq!(sandbox.git(&["show", "orca/r1/integration:README.md"]), "hello\n");
}

#[test]
fn each_way_of_committing_is_judged_by_what_it_commits() {
    let orchestra = after_a_run();
    let sandbox = &orchestra.sandbox;
    orchestra.put("types", "src/types/b.ts", "b\n");
    orchestra.put("types", "README.md", "changed\n");
    let before = log(sandbox);

    assert_eq!(orchestra.git("types", &["commit", "-q", "-a", "-m", "all"]).code, 1, "an index of its own");
    assert_eq!(
        orchestra.git("types", &["commit", "-q", "-m", "one", "README.md"]).code,
        1,
        "an index of its own"
    );
    orchestra.git("types", &["add", "README.md", "src"]);
    assert_eq!(orchestra.git("types", &["commit", "-q", "-m", "staged"]).code, 1);
    orchestra.git("types", &["reset", "-q"]);
    orchestra.git("types", &["mv", "README.md", "src/types/README.md"]);
    let moved = orchestra.git("types", &["commit", "-q", "-m", "moved"]);
    assert!(moved.stderr.contains("'types': README.md\n"), "a move deletes: {}", moved.stderr);
    orchestra.git("types", &["reset", "-q", "--hard"]);
    assert_eq!(log(sandbox), before, "nothing was committed");

    orchestra.put("types", "src/types/b.ts", "b\n");
    orchestra.put("types", "README.md", "changed\n");
    let only =
        orchestra.git("types", &["commit", "-q", "-m", "only what is in scope", "--", "src/types/b.ts"]);
    assert_eq!(only.code, 1, "an untracked path is Git's to refuse: {}", only.stderr);
    orchestra.git("types", &["add", "src/types/b.ts"]);
    let only =
        orchestra.git("types", &["commit", "-q", "-m", "only what is in scope", "--", "src/types/b.ts"]);
    assert_eq!(only.code, 0, "the change beside it is not part of it: {}", only.stderr);
    assert_eq!(orchestra.git("types", &["commit", "-q", "--amend", "-m", "again"]).code, 0);
    let trailers = orchestra.git("types", &["log", "-1", "--format=%(trailers)"]).stdout;
    assert_eq!(trailers.trim(), "Orca-Run: r1\nOrca-Task: types\nOrca-Agent: manual");
}

#[test]
fn messages_that_would_lose_their_trailers_are_refused() {
    let orchestra = after_a_run();
    let sandbox = &orchestra.sandbox;
    let before = log(sandbox);
    for (message, complaint) in [
        ("x\n\na\n---\nb\n", "Git ends the message at '---'"),
        ("x\n\nSigned-off-by: A <a@b>\n", "an agent cannot sign off"),
    ] {
        let refused = orchestra.git("types", &["commit", "-q", "--allow-empty", "-m", message]);
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains(complaint), "{}", refused.stderr);
    }
    std::fs::write(sandbox.home().join("latin1"), b"caf\xe9\n").unwrap();
    let latin = orchestra.git(
        "types",
        &["-c", "i18n.commitEncoding=latin1", "commit", "-q", "--allow-empty", "-F", "../../latin1"],
    );
    assert_eq!(latin.code, 1);
    assert!(latin.stderr.contains("not UTF-8"), "{}", latin.stderr);
    assert_eq!(log(sandbox), before, "nothing was committed");
}

#[test]
fn without_the_task_in_the_hub_nothing_is_committed() {
    let orchestra = after_a_run();
    let sandbox = &orchestra.sandbox;
    let before = log(sandbox);
    orchestra.put("types", "src/types/b.ts", "b\n");
    sandbox.git(&["update-ref", "refs/orca/saved", "refs/orca/hub"]);
    sandbox.git(&["update-ref", "-d", "refs/orca/hub"]);
    orchestra.git("types", &["add", "src"]);
    let refused = orchestra.git("types", &["commit", "-q", "-m", "x"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.starts_with("error: the hub knows no task 'types' of run r1"),
        "{}",
        refused.stderr
    );
    assert_eq!(log(sandbox), before);

    sandbox.git(&["update-ref", "refs/orca/hub", "refs/orca/saved"]);
    sandbox.write("orca.toml", "not toml [");
    let judged = orchestra.git("types", &["commit", "-q", "-m", "x"]);
    assert_eq!(judged.code, 0, "settings that cannot be read are another matter: {}", judged.stderr);
}

#[test]
fn worktrees_of_the_user_are_not_judged_whatever_their_name() {
    let orchestra = after_a_run();
    let sandbox = &orchestra.sandbox;
    sandbox.git(&["worktree", "add", "-q", "-b", "docs", "../orca-docs"]);
    sandbox.write("../orca-docs/README.md", "mine\n");
    sandbox.git(&["-C", "../orca-docs", "commit", "-q", "-a", "-m", "mine\n\nbody\n---\nmore"]);
    let message = sandbox.git(&["log", "-1", "--format=%B", "docs"]);
    assert!(!message.contains("Orca-"), "{message}");
    for args in [&["hook", "pre-commit"][..], &["hook", "no-such-hook"], &["hook", "commit-msg", "/nowhere"]]
    {
        assert_eq!(sandbox.orca(args).code, 0, "{args:?}");
    }
}

#[test]
fn a_hook_of_another_version_is_refused_in_an_agent_worktree() {
    let orchestra = after_a_run();
    let sandbox = &orchestra.sandbox;
    let before = sandbox.state();
    let ran = |args: &[&str]| {
        let ran = sandbox.orca_in(&orchestra.worktree("types"), args);
        (ran.code, ran.stderr)
    };
    insta::assert_snapshot!(ran(&["hook", "reference-transaction", "prepared"]).1, @r"
    error: git-orca has no hook 'reference-transaction'
    hint: 'git orca init' writes hooks that fit this version
    ");
    assert_eq!(ran(&["hook", "reference-transaction"]).0, 2);
    assert_eq!(ran(&["hook", "commit-msg"]).0, 2, "the message is missing");
    assert_eq!(ran(&["hook", "commit-msg", "/nowhere"]).0, 3);
    assert_eq!(ran(&["hook"]).0, 2);
    assert_eq!(sandbox.state(), before);
}
