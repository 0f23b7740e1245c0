//! Runs that are stopped, killed or meddled with, and go on.

use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::sandbox::Sandbox;
use crate::stage::{Part, Stage, part, signal, wait_for, writes};

/// Kills the orca that started the shell, the first time.
const KILL_ONCE: &str = "test -e \"$HOME/killed\" || { touch \"$HOME/killed\"; kill -9 $PPID; }";

impl Stage {
    /// A run of `a` whose first attempt is killed together with orca after `script`.
    fn killed_at_work(script: &str) -> Self {
        let stage = Self::with_tasks("", &["a"]);
        stage.agent(
            "a",
            &format!(
                "if test \"$ORCA_ATTEMPT\" = 1; then {script}\nkill -9 $PPID; exit; fi\n{}",
                writes("a")
            ),
        );
        stage.run_until_killed();
        stage
    }

    /// A run of `a` and `b` that both handed off and nobody merged.
    fn handed_off() -> Self {
        let stage = Self::with_tasks("", &["a", "b"]);
        let ran = stage.sandbox.orca(&["run", "--no-merge"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        stage
    }

    /// Takes the hub back to before the transaction of that subject.
    fn forget(&self, subject: &str) {
        let log = self.sandbox.git(&["log", "--format=%H %s", "refs/orca/hub"]);
        let line = log.lines().find(|line| line.contains(subject)).unwrap();
        let before = format!("{}~1", &line[..40]);
        self.sandbox.git(&["update-ref", "refs/orca/hub", &before]);
    }

    /// How many merges the orchestrator made.
    fn merges(&self) -> usize {
        let log =
            ["log", "--first-parent", "--format=%(trailers:key=Orca-Merge)", "main..orca/r1/integration"];
        self.sandbox.git(&log).matches("v1").count()
    }
}

#[test]
fn ctrl_c_ends_the_agents_and_keeps_their_work() {
    let stage = Stage::with_tasks("", &["a", "b"]);
    stage.agent("a", &format!("{}\ntest \"$ORCA_ATTEMPT\" = 2 || sleep 600", writes("a")));
    let mut conductor = stage.start("stopped", &["run"]);
    wait_for("work", || {
        stage.worktree("a").join("src/a/done.txt").exists() && stage.said("stopped").contains("b: handed off")
    });
    signal("INT", format!("-{}", conductor.id()));
    assert_eq!(conductor.wait().unwrap().code(), Some(130), "{}", stage.said("stopped"));
    assert!(
        stage.said("stopped").contains("interrupted: 0 tasks merged, 2 open"),
        "{}",
        stage.said("stopped")
    );
    assert_eq!(stage.status("a", "status"), "ready");
    assert!(stage.worktree("a").join("src/a/done.txt").exists());
    stage.must_be_sound();
    let ran = stage.run_to_the_end();
    assert!(!ran.stderr.contains("died"), "{}", ran.stderr);
    assert_eq!((stage.starts("a"), stage.starts("b"), stage.status("a", "rejected")), (2, 1, 0.into()));
}

/// What changes nothing need not be stopped with care.
#[test]
fn the_first_signal_ends_a_check() {
    use std::os::unix::process::ExitStatusExt as _;
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "1\n2\n3\n").commit_all("base");
    sandbox.branch("one", "main", &[("a.txt", "one\n2\n3\n")]);
    sandbox.branch("two", "main", &[("a.txt", "1\n2\ntwo\n")]);
    let path = sandbox.path_where_git("merge-tree", "echo $$ >\"$HOME/slow\"; exec sleep 600");
    let mut check = sandbox.orca_command(&sandbox.repo(), &["matrix", "one", "two"]);
    let mut check = check.env("PATH", path).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let slow = sandbox.home().join("slow");
    wait_for("the merge", || std::fs::read_to_string(&slow).is_ok_and(|pid| pid.ends_with('\n')));
    signal("TERM", check.id());
    assert_eq!(check.wait().unwrap().signal(), Some(15));
    signal("KILL", std::fs::read_to_string(&slow).unwrap().trim());
}

#[test]
fn ctrl_c_during_acceptance_judges_nothing() {
    let stage = Stage::new("");
    stage.agent("a", &writes("a"));
    stage.plan(&[Part {
        id: "a",
        more: "acceptance = ['test -e \"$HOME/go\" || { touch \"$HOME/there\"; sleep 600; }']",
    }]);
    let mut conductor = stage.start("stopped", &["run"]);
    wait_for("acceptance", || stage.at("there").exists());
    signal("INT", format!("-{}", conductor.id()));
    assert_eq!(conductor.wait().unwrap().code(), Some(130), "{}", stage.said("stopped"));
    std::fs::write(stage.at("go"), "").unwrap();
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("task 'a' had handed off as"), "{}", ran.stderr);
    assert_eq!((stage.starts("a"), stage.status("a", "rejected")), (1, 0.into()));
    stage.must_be_sound();
}

#[test]
fn killed_while_agents_work() {
    let stage = Stage::with_tasks("", &["a", "b"]);
    let lost = "(setsid env -i PATH=\"$PATH\" sleep 600 &)";
    stage.agent("a", &format!("{}\ntest \"$ORCA_ATTEMPT\" = 2 || {{ {lost}; sleep 600; }}", writes("a")));
    let mut conductor = stage.start("killed", &["run"]);
    wait_for("work", || {
        stage.worktree("a").join("src/a/done.txt").exists() && stage.said("killed").contains("b: handed off")
    });
    signal("KILL", conductor.id());
    conductor.wait().unwrap();
    assert_eq!(stage.processes().len(), 3, "the agent, its sleep and one without a marker live on");
    let status = stage.sandbox.orca(&["status"]);
    assert!(
        status.stdout.contains("its orchestrator died; 'git orca run' continues it"),
        "{}",
        status.stdout
    );
    let ran = stage.run_to_the_end();
    let told = "task 'a' was being worked on when orca died; 3 of its processes still ran and were ended";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert_eq!(stage.rescued("src/a/done.txt"), ["work of a\n"]);
    assert_eq!((stage.starts("a"), stage.starts("b"), stage.merges()), (2, 1, 2));
    stage.must_be_sound();
}

#[test]
fn killed_right_after_the_work() {
    let stage = Stage::killed_at_work("mkdir -p src/a; echo first >src/a/first");
    stage.run_to_the_end();
    assert_eq!(
        (stage.landed("src/a/first").as_str(), stage.landed("src/a/done.txt").as_str()),
        ("first\n", "work of a\n")
    );
    assert_eq!((stage.starts("a"), stage.status("a", "rejected")), (2, 0.into()));
    stage.must_be_sound();
}

/// While orca is busy with `b`, the attempt at `a` ends, and orca dies before it looks there.
#[test]
fn what_had_ended_before_the_kill_is_not_done_again() {
    let stage = Stage::new("");
    let note = stage.sandbox.repo().join(".git/orca/log/r1-a/attempt-1.end");
    stage.agent("a", &format!("while ! test -e \"$HOME/busy\"; do sleep 0.01; done\n{}", writes("a")));
    stage.agent("b", &writes("b"));
    let busy = format!(
        "test -e \"$HOME/busy\" || {{ touch \"$HOME/busy\"; while ! test -e {}; do sleep 0.01; done; kill -9 $PPID; }}",
        note.display()
    );
    stage.plan(&[part("a"), Part { id: "b", more: &format!("acceptance = ['{busy}']") }]);
    stage.run_until_killed();
    assert_eq!((stage.status("a", "status"), stage.status("a", "attempt")), ("running".into(), 1.into()));
    let ran = stage.run_to_the_end();
    let told = "task 'a' had ended its attempt, which was not taken over yet";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert_eq!((stage.starts("a"), stage.starts("b"), stage.merges()), (1, 1, 2));
    let attempt = stage.show("refs/orca/hub", "runs/r1/attempts/a-1.toml");
    assert!(attempt.contains("ending = \"exited 0\"") && attempt.contains("accepted"), "{attempt}");
    stage.must_be_sound();
}

#[test]
fn killed_during_set_up() {
    let settings =
        format!("[worktree]\nsetup = ['echo x >>\"$HOME/set-up\"', '{KILL_ONCE}', 'touch src-is-ready']\n");
    let stage = Stage::with_tasks(&settings, &["a", "b"]);
    stage.agent("a", &format!("test -e src-is-ready\n{}", writes("a")));
    stage.run_until_killed();
    let ran = stage.run_to_the_end();
    assert_eq!(stage.starts("a"), 1, "{}", ran.stderr);
    let set_up = std::fs::read_to_string(stage.at("set-up")).unwrap();
    assert!((3..=4).contains(&set_up.lines().count()), "before the kill in one or both, then in each");
}

#[test]
fn killed_during_acceptance() {
    let stage = Stage::new("");
    stage.agent("a", &writes("a"));
    let acceptance = format!("acceptance = ['{KILL_ONCE}', 'echo x >>\"$HOME/accepted\"']");
    stage.plan(&[Part { id: "a", more: &acceptance }]);
    stage.run_until_killed();
    assert_eq!(stage.status("a", "status"), "running");
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("task 'a' had handed off as"), "{}", ran.stderr);
    assert_eq!(stage.starts("a"), 1);
    assert_eq!(std::fs::read_to_string(stage.at("accepted")).unwrap(), "x\n");
    stage.must_be_sound();
}

#[test]
fn killed_during_the_gate() {
    let gate = "test -e \"$HOME/killed\" || { touch \"$HOME/killed\"; kill -9 $PPID; sleep 600; }";
    let stage = Stage::with_tasks(&format!("[gate]\ncommands = ['{gate}']\n"), &["a", "b"]);
    stage.run_until_killed();
    assert!(stage.at("repo.orca/orca-gate").exists());
    stage.run_to_the_end();
    assert_eq!((stage.starts("a"), stage.starts("b"), stage.merges()), (1, 1, 2));
    assert!(!stage.at("repo.orca/orca-gate").exists());
    stage.must_be_sound();
}

/// A worktree whose files are there and whose registration is not, or not any more, is nobody's work.
#[test]
fn killed_while_the_gates_worktree_was_made() {
    let gate = "test -e \"$HOME/killed\" || { touch \"$HOME/killed\"; kill -9 $PPID; sleep 600; }";
    let stage = Stage::with_tasks(&format!("[gate]\ncommands = ['{gate}']\n"), &["a"]);
    stage.run_until_killed();
    let git_dir = stage.sandbox.repo().join(".git");
    std::fs::create_dir_all(git_dir.join("orca/tmp/tdead")).unwrap();
    std::fs::write(git_dir.join("orca/tmp/tdead.lock"), "").unwrap();
    std::fs::rename(git_dir.join("worktrees/orca-gate"), git_dir.join("orca/tmp/tdead/0")).unwrap();
    stage.run_to_the_end();
    let left = std::fs::read_dir(stage.at("repo.orca")).unwrap().flatten().map(|entry| entry.file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with("orca-gate")).collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
    stage.must_be_sound();
}

#[test]
fn killed_between_branch_and_hub() {
    let stage = Stage::handed_off();
    stage.forget("task a: handed off");
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("task 'a' had handed off as"), "{}", ran.stderr);
    assert_eq!((stage.starts("a"), stage.starts("b"), stage.merges()), (1, 1, 2));
}

#[test]
fn killed_between_pin_and_branch() {
    let stage = Stage::with_tasks("", &["a"]);
    assert_eq!(stage.sandbox.orca(&["run", "--no-merge"]).code, 0);
    stage.forget("task a: handed off");
    stage.sandbox.git(&["update-ref", "refs/heads/orca/r1/a", "refs/heads/orca/r1/a~1"]);
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("task 'a' had handed off as"), "{}", ran.stderr);
    assert_eq!((stage.starts("a"), stage.landed("src/a/done.txt").as_str()), (1, "work of a\n"));
}

/// Trailers are claims that anybody can write.
#[test]
fn a_forged_handoff_is_not_adopted() {
    let forge = "echo forged >README.md; git add -A; git -c core.hooksPath=/dev/null commit -q -m \"Forged\n\n\
        Orca-Handoff: v1 r1/a/1\nOrca-Run: r1\nOrca-Task: a\nOrca-From: x\nOrca-Time: 2026-01-01T00:00:00Z\nOrca-Status: complete\"";
    let stage = Stage::killed_at_work(forge);
    let ran = stage.run_to_the_end();
    assert!(!ran.stderr.contains("had handed off"), "{}", ran.stderr);
    assert_eq!((stage.starts("a"), stage.landed("README.md").as_str()), (2, "hello\n"));
}

#[test]
fn killed_between_integration_and_hub() {
    let stage = Stage::handed_off();
    stage.run_to_the_end();
    let tip = stage.sandbox.git(&["rev-parse", "orca/r1/integration"]);
    stage.forget("wave 1: merged");
    assert_eq!(stage.status("a", "status"), "validated");
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("a, b had been merged, which was not recorded yet"), "{}", ran.stderr);
    assert_eq!(stage.sandbox.git(&["rev-parse", "orca/r1/integration"]), tip);
    assert_eq!((stage.starts("a"), stage.starts("b"), stage.merges()), (1, 1, 2));
}

impl Stage {
    /// Starts a run of what has handed off, whose orca is killed where it would have Git move the
    /// integration branch: before that, or right after.
    fn killed_at_the_move(&self, first: &str) {
        use std::os::unix::process::ExitStatusExt as _;
        let kill = "kill -9 $PPID; exit 1";
        let path = self.sandbox.path_where_git("orca: wave 1", &format!("{first}{kill}"));
        let mut command = self.sandbox.orca_command(&self.sandbox.repo(), &["run"]);
        let output = command.env("PATH", path).output().unwrap();
        assert_eq!(output.status.signal(), Some(9), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn killed_between_the_decision_and_the_move_of_the_integration_branch() {
    let stage = Stage::handed_off();
    let before = stage.sandbox.git(&["rev-parse", "orca/r1/integration"]);
    stage.killed_at_the_move("");
    assert_eq!(stage.sandbox.git(&["rev-parse", "orca/r1/integration"]), before);
    let landing = stage.show("refs/orca/hub", "runs/r1/landing.toml");
    assert!(landing.contains("wave = 1") && landing.contains(before.trim()), "{landing}");
    let ran = stage.run_to_the_end();
    assert!(!ran.stderr.contains("had been merged"), "{}", ran.stderr);
    assert_eq!((stage.starts("a"), stage.starts("b"), stage.merges()), (1, 1, 2));
    assert_eq!(stage.show("refs/orca/hub", "runs/r1/landing.toml"), "");
}

#[test]
fn killed_between_the_move_of_the_integration_branch_and_its_record() {
    let stage = Stage::handed_off();
    stage.killed_at_the_move("PATH=${PATH#*:} git \"$@\"; ");
    let tip = stage.sandbox.git(&["rev-parse", "orca/r1/integration"]);
    assert_eq!((stage.status("a", "status"), stage.merges()), ("validated".into(), 2));
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("a, b had been merged, which was not recorded yet"), "{}", ran.stderr);
    assert_eq!(stage.sandbox.git(&["rev-parse", "orca/r1/integration"]), tip);
    assert_eq!((stage.starts("a"), stage.starts("b"), stage.merges()), (1, 1, 2));
}

#[test]
fn locks_of_the_dead_block_nobody() {
    let stage = Stage::killed_at_work("true");
    let locks = [
        "refs/heads/orca/r1/a.lock",
        "refs/heads/orca/r1/integration.lock",
        "worktrees/orca-r1-a/index.lock",
    ];
    for lock in locks {
        std::fs::write(stage.sandbox.repo().join(".git").join(lock), "").unwrap();
    }
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("recovered: cleared the stale lock"), "{}", ran.stderr);
}

#[test]
fn a_lock_that_all_share_is_cleared_once_nobody_can_hold_it() {
    let stage = Stage::with_tasks("", &["a"]);
    // While a `git` of a person holds the locks of a deletion, orca is killed beside it.
    let hook = "#!/bin/sh\ntest \"$1\" = prepared && test ! -e \"$HOME/holder\" || exit 0\n\
                echo $$ >\"$HOME/sleeper\"; echo $PPID >\"$HOME/new\"; mv \"$HOME/new\" \"$HOME/holder\"\nexec sleep 600\n";
    stage.sandbox.git(&["branch", "old"]);
    stage.sandbox.git(&["pack-refs", "--all"]);
    stage.agent("a", &format!("test -e \"$HOME/holder\" || kill -9 $PPID\n{}", writes("a")));
    stage.run_until_killed();
    stage.sandbox.write(".git/hooks/reference-transaction", hook);
    stage.sandbox.shell("chmod +x .git/hooks/reference-transaction");
    let mut git = stage.sandbox.command("git", &stage.sandbox.repo());
    let git = git.args(["branch", "-D", "old"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut git = git.spawn().unwrap();
    wait_for("the git that holds the locks", || stage.at("holder").exists());
    let git_dir = stage.sandbox.repo().join(".git");
    let locks = || ["packed-refs.lock", "packed-refs.new"].map(|name| git_dir.join(name).exists());
    let held = locks();
    let own_lock = git_dir.join("refs/heads/old.lock");
    let is_there = own_lock.exists();
    let ran = stage.run();
    let still_held = locks();
    for process in ["holder", "sleeper"] {
        signal("KILL", std::fs::read_to_string(stage.at(process)).unwrap().trim());
    }
    git.wait().unwrap();
    assert_eq!((held, still_held), ([true; 2], [true; 2]), "what somebody holds stays");
    let told = format!("packed-refs.new' may be held by process {} (git)", git.id());
    assert!(ran.code == 1 && ran.stderr.contains(&told) && ran.stderr.contains("rm '"), "{}", ran.stderr);

    assert_eq!(locks(), [true; 2], "a killed git leaves its locks");
    let ran = stage.run_to_the_end();
    assert_eq!(ran.stderr.matches("cleared the stale lock").count(), 2, "{}", ran.stderr);
    assert_eq!(locks(), [false; 2]);
    assert_eq!(own_lock.exists(), is_there, "what blocks nobody is not touched");
}

#[test]
fn two_runs_at_once() {
    let stage = Stage::with_tasks("", &["a"]);
    stage.agent("a", &format!("{}\nwhile ! test -e \"$HOME/go\"; do sleep 0.02; done", writes("a")));
    let mut first = stage.start("first", &["run"]);
    wait_for("work", || stage.starts("a") == 1);
    let second = stage.run();
    assert_eq!(second.code, 1, "{}", second.stderr);
    let holder = format!("process {}", first.id());
    assert!(
        second.stderr.contains(&format!("another git orca conducts this repository: {holder} with r1\n")),
        "{}",
        second.stderr
    );
    let status = stage.sandbox.orca(&["status"]);
    assert!(status.stdout.contains(&format!("conducted by {holder}")), "{}", status.stdout);
    std::fs::write(stage.at("go"), "").unwrap();
    assert_eq!(first.wait().unwrap().code(), Some(0), "{}", stage.said("first"));
    let status = stage.sandbox.orca(&["status"]);
    assert!(status.stdout.contains("nobody conducts it"), "{}", status.stdout);
    assert_eq!(stage.starts("a"), 1);
}

#[test]
fn what_somebody_left_in_a_worktree_is_part_of_the_work() {
    let stage = Stage::killed_at_work("true");
    std::fs::create_dir_all(stage.worktree("a").join("src/a")).unwrap();
    std::fs::write(stage.worktree("a").join("src/a/by-hand"), "by hand\n").unwrap();
    stage.run_to_the_end();
    assert_eq!(stage.landed("src/a/by-hand"), "by hand\n");
}

#[test]
fn a_worktree_that_is_gone_is_made_again() {
    let stage = Stage::killed_at_work(
        "mkdir -p src/a; echo x >src/a/x; git add -A; git -c core.hooksPath=/dev/null commit -q -m x",
    );
    std::fs::remove_dir_all(stage.worktree("a")).unwrap();
    stage.run_to_the_end();
    assert_eq!(
        (stage.landed("src/a/x").as_str(), stage.landed("src/a/done.txt").as_str()),
        ("x\n", "work of a\n")
    );

    let stage = Stage::handed_off();
    std::fs::remove_dir_all(stage.at("repo.orca")).unwrap();
    stage.run_to_the_end();
    assert_eq!((stage.starts("a"), stage.merges()), (1, 2));
}

#[test]
fn a_worktree_that_was_moved_is_found() {
    let stage = Stage::killed_at_work("mkdir -p src/a; echo x >src/a/x");
    stage.sandbox.git(&["worktree", "move", "../repo.orca/orca-r1-a", "../moved"]);
    stage.run_to_the_end();
    assert_eq!(stage.landed("src/a/x"), "x\n");
    assert!(stage.at("moved/src/a/done.txt").exists());
}

#[test]
fn a_worktree_that_was_switched_or_spoilt_is_made_again() {
    for meddle in ["git checkout -q -b elsewhere", "echo garbage >\"$(git rev-parse --git-dir)/HEAD\""] {
        let stage = Stage::killed_at_work(&format!("mkdir -p src/a; echo x >src/a/x; {meddle}"));
        let ran = stage.run_to_the_end();
        assert!(ran.stderr.contains("what its worktree held"), "{}", ran.stderr);
        assert_eq!(
            (stage.landed("src/a/x").as_str(), stage.landed("src/a/done.txt").as_str()),
            ("", "work of a\n")
        );
        let aside = std::fs::read_to_string(stage.at("repo.orca/orca-r1-a.kept-1/src/a/x")).ok();
        assert_eq!(stage.rescued("src/a/x").into_iter().chain(aside).collect::<Vec<_>>(), ["x\n"]);
        stage.must_be_sound();
    }
}

#[test]
fn a_branch_that_was_deleted_comes_back() {
    for stage in [Stage::killed_at_work("mkdir -p src/a; echo x >src/a/x"), Stage::handed_off()] {
        stage.sandbox.git(&["update-ref", "-d", "refs/heads/orca/r1/a"]);
        let ran = stage.run_to_the_end();
        assert!(ran.stderr.contains("branch orca/r1/a was deleted; it is back at"), "{}", ran.stderr);
        assert_eq!(stage.landed("src/a/done.txt"), "work of a\n");
    }
}

#[test]
fn a_branch_that_was_moved_on_is_built_on() {
    let stage = Stage::killed_at_work("mkdir -p src/a; echo x >src/a/x");
    let theirs = stage.commit_on("orca/r1/a", "src/a/theirs", "theirs\n");
    stage.sandbox.git(&["update-ref", "refs/heads/orca/r1/a", &theirs]);
    let ran = stage.run_to_the_end();
    let told = format!(
        "branch orca/r1/a was moved to {} by somebody else; the work goes on from there",
        &theirs[..10]
    );
    assert!(ran.stderr.contains(&told), "{}", ran.stderr);
    assert_eq!(
        (stage.landed("src/a/theirs").as_str(), stage.landed("src/a/done.txt").as_str()),
        ("theirs\n", "work of a\n")
    );
    assert_eq!(stage.rescued("src/a/x").first().map(String::as_str), Some("x\n"));
}

#[test]
fn a_branch_that_was_moved_away_is_put_back() {
    let stage = Stage::killed_at_work("mkdir -p src/a; echo x >src/a/x");
    let tree = stage.sandbox.git(&["rev-parse", "HEAD^{tree}"]);
    let orphan = stage.sandbox.git(&["commit-tree", "-m", "unrelated", tree.trim()]);
    stage.sandbox.git(&["update-ref", "refs/heads/orca/r1/a", orphan.trim()]);
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("which does not build on the task's base; it is back at"), "{}", ran.stderr);
    assert_eq!(
        (stage.landed("src/a/x").as_str(), stage.landed("src/a/done.txt").as_str()),
        ("x\n", "work of a\n")
    );
    stage.sandbox.git(&["merge-base", "--is-ancestor", orphan.trim(), "refs/orca/pins/r1"]);
}

#[test]
fn a_handoff_counts_wherever_its_branch_is_moved() {
    let stage = Stage::handed_off();
    let theirs = stage.commit_on("orca/r1/a", "src/a/theirs", "theirs\n");
    stage.sandbox.git(&["update-ref", "refs/heads/orca/r1/a", &theirs]);
    stage.sandbox.git(&["update-ref", "refs/heads/orca/r1/b", "main"]);
    let ran = stage.run_to_the_end();
    assert_eq!(ran.stderr.matches("is what will be merged").count(), 2, "{}", ran.stderr);
    assert_eq!(
        (stage.landed("src/a/theirs").as_str(), stage.landed("src/b/done.txt").as_str()),
        ("", "work of b\n")
    );
    assert_eq!(stage.show("orca/r1/a", "src/a/theirs"), "theirs\n");
}

#[test]
fn an_integration_branch_that_was_deleted_comes_back() {
    let stage = Stage::new("");
    for name in ["a", "b"] {
        stage.agent(name, &writes(name));
    }
    stage.plan(&[part("a"), Part { id: "b", more: "after = [\"a\"]" }]);
    assert_eq!(stage.sandbox.orca(&["run", "--wave", "1"]).code, 0);
    stage.sandbox.git(&["branch", "-D", "orca/r1/integration"]);
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("branch orca/r1/integration was deleted; it is back at"), "{}", ran.stderr);
    assert_eq!(
        (stage.merges(), stage.starts("a"), stage.landed("src/a/done.txt").as_str()),
        (2, 1, "work of a\n")
    );
}

#[test]
fn an_integration_branch_that_was_moved_back_stops_the_run() {
    let stage = Stage::with_tasks("", &["a"]);
    stage.run_to_the_end();
    let tip = stage.sandbox.git(&["rev-parse", "orca/r1/integration"]);
    stage.sandbox.git(&["update-ref", "refs/heads/orca/r1/integration", "main"]);
    let ran = stage.run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let main = stage.sandbox.git(&["rev-parse", "main"]);
    let told = format!(
        "refs/heads/orca/r1/integration was moved to {} by somebody else; what was merged and tested there ends at {}",
        main.trim(),
        tip.trim()
    );
    assert!(ran.stderr.contains(&told), "{}", ran.stderr);
    stage.put_back(&ran);
    stage.run_to_the_end();
    assert_eq!(stage.sandbox.git(&["rev-parse", "orca/r1/integration"]), tip);
}

#[test]
fn an_integration_branch_in_use_is_not_moved_under_its_user() {
    let stage = Stage::with_tasks("", &["a"]);
    stage.sandbox.git(&["checkout", "-q", "-b", "orca/r1/integration"]);
    let ran = stage.run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("branch orca/r1/integration is checked out in"), "{}", ran.stderr);
    assert_eq!(stage.starts("a"), 0);
    stage.sandbox.git(&["checkout", "-q", "--detach"]);
    stage.run_to_the_end();
}

/// The integration branch has what a waiting handoff conflicts with.
#[test]
fn a_conflict_starts_the_work_anew_and_keeps_the_old() {
    let stage = Stage::handed_off();
    let handoff = stage.sandbox.git(&["rev-parse", "orca/r1/a"]);
    let theirs = stage.commit_on("orca/r1/integration", "src/a/done.txt", "theirs\n");
    stage.integrate_from(&theirs);
    std::fs::write(stage.worktree("a").join("src/a/note"), "scribbled\n").unwrap();
    stage.agent("a", "grep -q 'theirs' src/a/done.txt && echo both >src/a/done.txt");
    let ran = stage.run_to_the_end();
    assert!(
        ran.stderr.contains("conflicts in text with what was merged meanwhile, in src/a/done.txt"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        (stage.landed("src/a/done.txt").as_str(), stage.starts("a"), stage.starts("b")),
        ("both\n", 2, 1)
    );
    stage.sandbox.git(&["merge-base", "--is-ancestor", handoff.trim(), "refs/orca/pins/r1"]);
    assert_eq!(stage.rescued("src/a/note"), ["scribbled\n"]);
    assert_eq!(stage.landed("src/a/note"), "");
}

/// Numbers that are the same in every run of the test.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Four short tasks in two waves.
fn short_run() -> Stage {
    let stage = Stage::new("[gate]\ncommands = [\"sleep 0.03\"]\n");
    for name in ["a", "b", "c", "d"] {
        stage.agent(
            name,
            &format!(
                "mkdir -p src/{name}\necho half >src/{name}/half.txt\nsleep 0.05\nrm src/{name}/half.txt\n{}",
                writes(name)
            ),
        );
    }
    let late = |id| Part { id, more: "after = [\"a\", \"b\"]" };
    stage.plan(&[part("a"), part("b"), late("c"), late("d")]);
    stage
}

/// Tasks of which a handoff commit is pinned, with how often their agents were started.
fn handed_off_now(stage: &Stage) -> Vec<(&'static str, usize)> {
    let pinned = stage.sandbox.try_git(&["log", "--format=%B", "refs/orca/pins/r1"]).stdout;
    let has_handoff = |task: &&str| pinned.contains(&format!("Orca-Handoff: v1 r1/{task}/"));
    ["a", "b", "c", "d"].into_iter().filter(has_handoff).map(|task| (task, stage.starts(task))).collect()
}

fn wait_at_most(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    None
}

/// Kills the run at random moments, later and later, at most so many times, until it is done;
/// returns how often.
fn kill_until_done(stage: &Stage, dice: &mut Dice, most: u64) -> u64 {
    let mut finished: Vec<(&str, usize)> = Vec::new();
    let mut kills = 0;
    loop {
        let patience = match kills < most {
            true => Duration::from_millis(20 + dice.roll(300) + 10 * kills),
            false => Duration::from_secs(60),
        };
        let mut conductor = stage.start("killed", &["run"]);
        let ended = wait_at_most(&mut conductor, patience);
        if ended.is_none() {
            let group = if dice.roll(2) == 0 { "-" } else { "" };
            signal("KILL", format!("{group}{}", conductor.id()));
            conductor.wait().unwrap();
        }
        for (task, starts) in &finished {
            assert_eq!(
                stage.starts(task),
                *starts,
                "{task} was done and ran again\n{}",
                stage.said("killed")
            );
        }
        if let Some(status) = ended {
            assert_eq!(status.code(), Some(0), "{}", stage.said("killed"));
            return kills;
        }
        finished = handed_off_now(stage);
        kills += 1;
    }
}

#[test]
fn killed_at_any_moment() {
    let mut dice = Dice(7);
    let mut left = 25;
    while left > 0 {
        let stage = short_run();
        left -= kill_until_done(&stage, &mut dice, left);
        for name in ["a", "b", "c", "d"] {
            assert_eq!(stage.landed(&format!("src/{name}/done.txt")), format!("work of {name}\n"));
            assert_eq!(stage.landed(&format!("src/{name}/half.txt")), "");
        }
        assert_eq!(stage.merges(), 4);
        stage.run_to_the_end();
        stage.must_be_sound();
    }
}
