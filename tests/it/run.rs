//! Whole runs: from a plan to the integration branch.

use crate::project::expect;
use crate::stage::{Part, Stage, part, writes};

/// Two tasks side by side, then one that builds on both.
fn two_waves(settings: &str) -> Stage {
    let stage = Stage::new(settings);
    stage.agent("a", &writes("a"));
    stage.agent("b", &writes("b"));
    stage.agent("c", "cat src/a/done.txt src/b/done.txt >both\nmkdir -p src/c\nmv both src/c/done.txt");
    stage.plan(&[part("a"), part("b"), Part { id: "c", more: "after = [\"a\", \"b\"]" }]);
    stage
}

#[test]
fn a_run_goes_from_plan_to_integration() {
    let stage = two_waves("[gate]\ncommands = [\"test -d src\"]\n");
    let sandbox = &stage.sandbox;
    sandbox.write("README.md", "edited by the user\n").write("untracked.txt", "of the user\n");
    let before = sandbox.git(&["status", "--porcelain=v2", "--branch"]);
    stage.run_to_the_end();

    let files = stage.files("orca/r1/integration");
    assert!(files.ends_with("other/theirs.txt\nsrc/a/done.txt\nsrc/b/done.txt\nsrc/c/done.txt\n"), "{files}");
    assert_eq!(stage.landed("src/c/done.txt"), "work of a\nwork of b\n");
    assert_eq!(sandbox.git(&["status", "--porcelain=v2", "--branch"]), before);
    stage.must_be_sound();

    let log = ["log", "--first-parent", "--format=%s%n%(trailers:only)", "main..orca/r1/integration"];
    let log = sandbox.git(&log);
    assert_eq!(log.matches("Orca-Merge: v1\nOrca-Run: r1\n").count(), 3, "{log}");
    assert!(
        log.starts_with("Merge c: Part c\nOrca-Merge: v1\nOrca-Run: r1\nOrca-Wave: 2\nOrca-Task: c\n"),
        "{log}"
    );
    let handoff = sandbox.git(&["log", "-1", "--format=%B", "orca/r1/c"]);
    let record = git_orca::handoff::from_message(&handoff, |_| Some(0)).unwrap();
    assert_eq!((record.id.as_str(), record.from.as_str()), ("r1/c/1", "some-specialist"));
    let parent = sandbox.git(&["rev-parse", "orca/r1/c~1"]);
    assert_eq!(
        sandbox.git(&["merge-base", parent.trim(), "orca/r1/integration"]),
        parent,
        "wave 2 starts late"
    );

    let hub = sandbox.git(&["ls-tree", "-r", "--name-only", "refs/orca/hub"]);
    for kind in ["wave", "completion", "handoff"] {
        assert!(hub.contains(kind), "no {kind} in {hub}");
    }
}

#[test]
fn a_finished_run_starts_nothing_again() {
    let stage = two_waves("");
    stage.run_to_the_end();
    let before = stage.sandbox.state();
    let again = stage.run_to_the_end();
    assert!(again.stdout.contains("done: all 3 tasks are on orca/r1/integration"), "{}", again.stdout);
    assert_eq!(["a", "b", "c"].map(|task| stage.starts(task)), [1, 1, 1]);
    assert_eq!(stage.sandbox.state(), before);
}

#[test]
fn a_failed_task_blocks_only_what_needs_it() {
    let stage = two_waves("[lifecycle]\nmax_rejected = 1\n");
    stage.agent("a", "exit 3");
    let ran = stage.run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("a: failed sent back, because: the agent exited with status 3"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("c: pending waits for 'a', which is failed"), "{}", ran.stdout);
    assert_eq!(stage.landed("src/b/done.txt"), "work of b\n");
    assert_eq!(stage.starts("c"), 0);
    assert_eq!(stage.run().code, 1);
    assert_eq!(["a", "b", "c"].map(|task| stage.starts(task)), [1, 1, 0]);
}

#[test]
fn one_job_works_one_after_the_other() {
    let stage = Stage::new("");
    for name in ["a", "b", "c"] {
        let alone = "mkdir \"$HOME/busy\"\nsleep 0.1\nrmdir \"$HOME/busy\"\n";
        stage.agent(name, &format!("{alone}{}", writes(name)));
    }
    stage.plan(&["a", "b", "c"].map(part));
    let ran = stage.sandbox.orca(&["run", "--jobs", "1"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_run_goes_as_far_as_asked() {
    let stage = two_waves("");
    let early = stage.sandbox.orca(&["run", "--wave", "2"]);
    assert_eq!((early.code, stage.starts("c")), (1, 0), "{}", early.stderr);
    let unmerged = stage.sandbox.orca(&["run", "--no-merge"]);
    assert_eq!(unmerged.code, 0, "{}", unmerged.stderr);
    assert!(unmerged.stdout.contains("done so far: 0 tasks merged, 3 open"), "{}", unmerged.stdout);
    assert_eq!(stage.status("a", "status"), "validated");
    let first = stage.sandbox.orca(&["run", "--wave", "1"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!((stage.status("b", "status"), stage.starts("c")), ("merged".into(), 0));
    let none = stage.sandbox.orca(&["run", "--wave", "3"]);
    assert_eq!(none.code, 2, "{}", none.stderr);
    stage.run_to_the_end();
    assert_eq!(["a", "b", "c"].map(|task| stage.starts(task)), [1, 1, 1]);
}

#[test]
fn tasks_that_may_write_one_file_take_turns() {
    let stage = Stage::new("");
    for name in ["a", "b"] {
        stage.agent(name, &format!("echo {name} >>list.txt"));
    }
    stage.plan(&["a", "b"].map(|id| Part { id, more: "scope = [\"list.txt\"]" }));
    stage.run_to_the_end();
    assert_eq!(stage.landed("list.txt"), "a\nb\n");
}

#[test]
fn what_breaks_the_gate_goes_back_and_the_rest_lands() {
    let stage = Stage::with_tasks("[gate]\ncommands = [\"! grep -r broken src\"]\n", &["a", "b", "c"]);
    stage.agent(
        "b",
        "mkdir -p src/b\nif grep -q 'Put right first' && test \"$ORCA_ATTEMPT\" = 2; then echo mended >src/b/x; else echo broken >src/b/x; fi",
    );
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("looking for the one that breaks it among a, b, c"), "{}", ran.stderr);
    assert_eq!(["a", "b", "c"].map(|task| stage.starts(task)), [1, 2, 1]);
    assert_eq!(stage.landed("src/b/x"), "mended\n");
    let prompt = std::fs::read_to_string(stage.sandbox.repo().join(".git/orca/run/r1-b/prompt.md")).unwrap();
    assert!(prompt.contains("src/b/x:broken"), "{prompt}");
    assert!(!stage.at("repo.orca/orca-gate").exists());
}

#[test]
fn acceptance_that_fails_sends_work_back_with_its_output() {
    let stage = Stage::new("");
    stage.agent(
        "a",
        "mkdir -p src/a\nif grep -q 'exited with status 1'; then echo all >src/a/x; else echo half >src/a/x; fi",
    );
    stage.plan(&[Part {
        id: "a",
        more: "acceptance = [\"sh -c 'grep all src/a/x || { echo half is missing; exit 1; }'\"]",
    }]);
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("sent back after attempt 1: `sh -c"), "{}", ran.stderr);
    assert_eq!((stage.starts("a"), stage.landed("src/a/x").as_str()), (2, "all\n"));
}

#[test]
fn work_whose_acceptance_failed_for_a_reason_outside_is_accepted_when_that_is_gone() {
    let stage = Stage::new("[lifecycle]\nmax_rejected = 2\n");
    stage.agent("a", "test -e src/a/x && exit 0\nmkdir -p src/a\necho all >src/a/x");
    stage.plan(&[Part { id: "a", more: "acceptance = ['test -e \"$HOME/service\"']" }]);
    let ran = stage.sandbox.orca(&["run"]);
    expect(&ran, 1);
    assert!(ran.stderr.contains("the agent ended without a change in its scope"), "{}", ran.stderr);
    std::fs::write(stage.at("service"), "").unwrap();
    expect(&stage.sandbox.orca(&["start", "a"]), 0);
    stage.run_to_the_end();
    assert_eq!(stage.landed("src/a/x"), "all\n");
    let handoffs = stage.sandbox.orca(&["handoff", "list"]).stdout;
    assert_eq!(handoffs.lines().count(), 1, "the work is handed off once: {handoffs}");
}

#[test]
fn a_wrong_word_in_the_handoff_file_is_sent_back() {
    let stage = Stage::new("");
    stage.agent(
        "a",
        "prompt=$(cat)\nmkdir -p src/a\necho x >src/a/x\nnotes=$(echo \"$prompt\" | sed -n 's/.*write `\\(.*handoff.toml\\)`.*/\\1/p')\n\
         case $prompt in *sumary*) echo 'summary = \"Fine now\"' >\"$notes\";; *) echo 'sumary = \"x\"' >\"$notes\";; esac",
    );
    stage.plan(&[part("a")]);
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("unknown key 'sumary'; did you mean 'summary'?"), "{}", ran.stderr);
    assert_eq!(stage.starts("a"), 2);
    assert_eq!(stage.sandbox.git(&["log", "-1", "--format=%s", "orca/r1/a"]), "Fine now\n");
}

#[test]
fn a_later_task_takes_over_the_worktree_of_a_merged_one_with_its_cache() {
    let setup = "mkdir -p cache; echo {task} >>cache/built";
    let stage = Stage::new(&format!("[worktree]\nreuse = true\nsetup = [\"{setup}\"]\n"));
    stage.sandbox.write(".gitignore", "cache/\n").commit_all("ignore");
    stage.agent("a", &writes("a"));
    let found = "cat cache/built src/a/done.txt >src/b/found\npwd >>src/b/found";
    stage.agent("b", &format!("{}\n{found}", writes("b")));
    stage.plan(&[part("a"), Part { id: "b", more: "after = [\"a\"]" }]);
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains(", 1 used again"), "{}", ran.stderr);
    let dir = stage.worktree("a").canonicalize().unwrap();
    assert_eq!(stage.landed("src/b/found"), format!("a\nb\nwork of a\n{}\n", dir.display()));
    assert!(!stage.worktree("b").exists());
    let worktrees = stage.sandbox.git(&["worktree", "list", "--porcelain"]);
    assert!(
        worktrees.contains("branch refs/heads/orca/r1/b") && !worktrees.contains("orca/r1/a"),
        "{worktrees}"
    );
    let told = stage.sandbox.orca(&["doctor"]).stdout;
    let words = "1 agent worktrees, all sound; 1 of merged tasks, for later ones to take over";
    assert!(told.contains(words), "{told}");
    assert_eq!(stage.sandbox.orca(&["clean"]).code, 0);
    assert!(!stage.at("repo.orca").exists());
    stage.must_be_sound();
}

#[test]
fn the_gate_finds_what_the_wave_before_has_built_where_that_may_stay() {
    let gate =
        "test ! -e made && mkdir -p cache made && echo ran >>cache/runs && cp cache/runs \"$HOME/runs\"";
    let stage = Stage::new(&format!("[gate]\nkeep = [\"/cache/\"]\ncommands = ['{gate}', 'test -d made']\n"));
    stage.sandbox.write(".gitignore", "cache/\nmade/\n").commit_all("ignore");
    stage.agent("a", &writes("a"));
    stage.agent("b", &writes("b"));
    stage.plan(&[part("a"), Part { id: "b", more: "after = [\"a\"]" }]);
    stage.run_to_the_end();
    assert_eq!(std::fs::read_to_string(stage.at("runs")).unwrap(), "ran\nran\n");
    assert!(!stage.at("repo.orca/orca-gate").exists());
}

#[test]
fn what_is_in_the_way_of_a_run_is_named_and_stays() {
    let stage = Stage::new("");
    stage.agent("a", &writes("a"));
    stage.plan(&[part("a")]);
    stage.sandbox.git(&["branch", "orca"]);
    let ran = stage.sandbox.orca(&["run"]);
    expect(&ran, 2);
    assert!(ran.stderr.contains("branch 'orca' is in the way of 'orca/r1/integration'"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: git branch -m orca <another name>"), "{}", ran.stderr);
    stage.sandbox.git(&["branch", "-m", "orca", "mine"]);
    let place = stage.at("repo.orca/orca-r1-a");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("notes"), "my own\n").unwrap();
    let ran = stage.sandbox.orca(&["run"]);
    expect(&ran, 2);
    assert!(ran.stderr.contains("orca-r1-a' is in the way of the worktree of 'a'"), "{}", ran.stderr);
    assert_eq!(std::fs::read_to_string(place.join("notes")).unwrap(), "my own\n");
    std::fs::rename(&place, stage.at("repo.orca/orca-r1-a.mine")).unwrap();
    stage.run_to_the_end();
}

#[test]
fn a_run_that_has_landed_is_done() {
    let stage = Stage::with_tasks("", &["a"]);
    stage.run_to_the_end();
    assert_eq!(stage.sandbox.orca(&["merge", "--into", "main"]).code, 0);
    assert_eq!(stage.sandbox.orca(&["clean", "--branches"]).code, 0);
    let before = stage.sandbox.state();
    let ran = stage.run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.ends_with("done: 1 task landed\n"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("recovered"), "{}", ran.stderr);
    assert_eq!(stage.sandbox.state(), before);
}

#[test]
fn nobody_works_with_no_agents_at_once() {
    let stage = Stage::with_tasks("", &["a"]);
    let ran = stage.sandbox.orca(&["run", "--jobs", "0"]);
    assert_eq!((ran.code, stage.starts("a")), (2, 0), "{}", ran.stderr);
    assert!(ran.stderr.contains("a number from 1 on is wanted"), "{}", ran.stderr);
}
