//! `git orca start`, `stop` and `handoff`: one task in a person's hand.

use std::path::{Path, PathBuf};

use crate::project::{PLAN, WRITES, agent_script, expect, json, plan, planned, project, refuses};
use crate::sandbox::Sandbox;

fn worktree(sandbox: &Sandbox, task: &str) -> PathBuf {
    sandbox.home().join(format!("repo.orca/orca-r1-{task}"))
}

fn put(dir: &Path, path: &str, content: &str) {
    std::fs::create_dir_all(dir.join(path).parent().unwrap()).unwrap();
    std::fs::write(dir.join(path), content).unwrap();
}

fn status(sandbox: &Sandbox, task: &str) -> String {
    json(sandbox, &["task", "show", task], "task")["status"].as_str().unwrap().to_owned()
}

/// Refuses, from inside the worktree of `types`, and changes nothing.
#[track_caller]
fn refuses_in_worktree(sandbox: &Sandbox, args: &[&str], code: i32, words: &str) {
    let before = sandbox.state();
    let ran = sandbox.orca_in(&worktree(sandbox, "types"), args);
    expect(&ran, code);
    assert!(ran.stderr.contains(words), "{args:?} says:\n{}", ran.stderr);
    assert_eq!(sandbox.state(), before);
}

#[test]
fn one_task_is_worked_on_to_its_handoff() {
    let sandbox = planned(WRITES);
    let before = sandbox.state();
    expect(&sandbox.orca(&["start", "types", "-n"]), 0);
    assert_eq!(sandbox.state(), before);
    let started = json(&sandbox, &["start", "types"], "start");
    assert_eq!((&started["status"], &started["by_hand"]), (&"handed-off".into(), &false.into()));
    let tip = sandbox.git(&["rev-parse", "orca/r1/types"]);
    assert_eq!(started["handoff"], tip.trim());
    refuses(&sandbox, &["start", "types"], 1, "task 'types' has handed off already");
    refuses(&sandbox, &["start", "server"], 1, "task 'server' waits for 'types', which is handed-off");
    refuses(&sandbox, &["stop", "types"], 1, "nothing works on task 'types': it is handed-off");
    expect(&sandbox.orca(&["run"]), 0);
    refuses(&sandbox, &["start", "types"], 1, "task 'types' is merged already");
}

#[test]
fn bad_calls_are_refused() {
    let sandbox = project("");
    for command in ["start", "stop"] {
        refuses(&sandbox, &[command, "types"], 2, "hint: git orca plan --file plan.toml");
    }
    refuses(&sandbox, &["handoff", "list"], 2, "there is no run yet");
    plan(&sandbox, PLAN);
    for command in ["start", "stop"] {
        refuses(&sandbox, &[command, "typs"], 2, "hint: did you mean 'types'?");
        refuses(&sandbox, &[command, "TYPES"], 2, "bad task id 'TYPES'");
    }
    refuses(&sandbox, &["handoff"], 2, "this is no worktree of a task");
    refuses(&sandbox, &["handoff", "show"], 1, "nothing was handed off in run r1 yet");
    refuses(&sandbox, &["handoff", "show", "types"], 1, "task 'types' has not handed off: it is pending");
    refuses(&sandbox, &["start", "server", "--manual"], 1, "waits for 'types', which is pending");
    sandbox.write("orca.toml", "version = 1\n");
    refuses(&sandbox, &["start", "types"], 2, "no agent plays the role 'types-specialist'");
}

#[test]
fn a_bare_repository_has_no_place_to_work() {
    let sandbox = planned("");
    sandbox.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    sandbox.git(&["push", "-q", "../bare.git", "refs/orca/hub:refs/orca/hub"]);
    let ran = sandbox.orca_in(&sandbox.home().join("bare.git"), &["start", "types"]);
    expect(&ran, 2);
    assert!(ran.stderr.contains("this is a bare repository"), "{}", ran.stderr);
}

#[test]
fn a_person_works_in_a_worktree_and_hands_in() {
    let sandbox = planned("exit 1");
    let started = json(&sandbox, &["start", "types", "--manual"], "start");
    let dir = worktree(&sandbox, "types");
    assert_eq!(started["worktree"], dir.canonicalize().unwrap().to_str().unwrap());
    let prompt = std::fs::read_to_string(started["prompt"].as_str().unwrap()).unwrap();
    assert!(prompt.contains("Message types (`types` of run r1)"), "{prompt}");

    // No agent is started for it, and the wave after it does not begin.
    expect(&sandbox.orca(&["run"]), 1);
    let shown = json(&sandbox, &["task", "show", "types"], "task");
    assert_eq!((&shown["status"], &shown["hold"]), (&"ready".into(), &"by-hand".into()));
    assert!(shown["note"].as_str().unwrap().starts_with("worked on by hand in "), "{shown}");

    refuses_in_worktree(&sandbox, &["handoff"], 1, "nothing is changed since");
    put(&dir, "stray.txt", "x");
    refuses_in_worktree(
        &sandbox,
        &["handoff"],
        1,
        "nothing is changed in the scope of task 'types', only outside, such as stray.txt",
    );
    put(&dir, "src/types/made.ts", "export interface Operation { id: string }\n");
    let before = sandbox.state();
    let ran = sandbox.orca_in(&dir, &["handoff", "-n"]);
    expect(&ran, 0);
    insta::assert_snapshot!(ran.stdout, @r"
    'types' would hand off:
      src/types/made.ts
    outside its scope, and would be set aside:
      stray.txt
    ");
    assert_eq!(sandbox.state(), before);

    let ran = sandbox.orca_in(&dir.join("src/types"), &["handoff"]);
    expect(&ran, 0);
    insta::assert_snapshot!(sandbox.stable(&ran.stderr), @r"
    types: set aside outside its scope, kept at refs/orca/rescue/orca-r1-types-1: stray.txt
    types: handed off 1 file as <oid>
    ");
    assert_eq!(sandbox.git(&["show", "--format=", "--name-only", "orca/r1/types"]), "src/types/made.ts\n");
    assert_eq!(sandbox.git(&["show", "refs/orca/rescue/orca-r1-types-1:stray.txt"]), "x");
    assert_eq!(status(&sandbox, "types"), "handed-off");
    refuses_in_worktree(&sandbox, &["handoff"], 1, "nobody works on task 'types' by hand: it is handed-off");

    std::fs::write(agent_script(&sandbox), WRITES).unwrap();
    expect(&sandbox.orca(&["run"]), 0);
    assert_eq!(status(&sandbox, "types"), "merged");
}

#[test]
fn handoffs_are_listed_and_shown() {
    let sandbox = planned(WRITES);
    expect(&sandbox.orca(&["run"]), 0);
    let ran = sandbox.orca(&["handoff", "list"]);
    expect(&ran, 0);
    insta::assert_snapshot!(sandbox.stable(&ran.stdout), @r"
    r1/types/1   <oid>  complete  types-specialist    Message types
    r1/server/1  <oid>  complete  backend-specialist  Server that orders operations
    ");
    let shown = json(&sandbox, &["handoff", "show", "types"], "handoff-detail");
    assert_eq!(
        (&shown["id"], &shown["provides"]),
        (&"r1/types/1".into(), &serde_json::json!(["type Operation"]))
    );
    assert_eq!(json(&sandbox, &["handoff", "show"], "handoff-detail")["id"], "r1/server/1", "the last one");
    let inside = sandbox.orca_in(&worktree(&sandbox, "types"), &["handoff", "show"]);
    assert!(inside.stdout.starts_with("r1/types/1: Message types\n"), "{inside:?}");
}

#[test]
fn work_that_fails_its_acceptance_comes_back_to_the_person() {
    let sandbox = project("exit 1");
    plan(&sandbox, &PLAN.replacen("provides", "acceptance = [\"test -e src/types/proof\"]\nprovides", 1));
    expect(&sandbox.orca(&["start", "types", "--manual"]), 0);
    let dir = worktree(&sandbox, "types");
    put(&dir, "src/types/made.ts", "export interface Operation { id: string }\n");
    let ran = sandbox.orca_in(&dir, &["handoff"]);
    expect(&ran, 1);
    assert!(ran.stdout.contains("`test -e src/types/proof` exited with status 1"), "{ran:?}");
    assert_eq!(status(&sandbox, "types"), "ready");
    put(&dir, "src/types/proof", "");
    expect(&sandbox.orca_in(&dir, &["handoff"]), 0);
    let ids: Vec<_> =
        sandbox.orca(&["handoff", "list"]).stdout.lines().map(|line| line[..10].to_owned()).collect();
    assert_eq!(ids, ["r1/types/1", "r1/types/2"], "each has a number of its own");
}

#[test]
fn a_person_hands_the_same_in_again_once_its_acceptance_can_pass() {
    let sandbox = project("exit 1");
    plan(&sandbox, &PLAN.replacen("provides", "acceptance = ['test -e \"$HOME/service\"']\nprovides", 1));
    expect(&sandbox.orca(&["start", "types", "--manual"]), 0);
    let dir = worktree(&sandbox, "types");
    put(&dir, "src/types/made.ts", "export interface Operation { id: string }\n");
    expect(&sandbox.orca_in(&dir, &["handoff"]), 1);
    let looked = sandbox.orca_in(&dir, &["handoff", "-n"]);
    expect(&looked, 0);
    assert!(looked.stdout.contains("src/types/made.ts"), "{looked:?}");
    expect(&sandbox.orca_in(&dir, &["handoff"]), 1);
    assert_eq!(status(&sandbox, "types"), "ready");
    std::fs::write(sandbox.home().join("service"), "").unwrap();
    expect(&sandbox.orca_in(&dir, &["handoff"]), 0);
    assert_eq!(status(&sandbox, "types"), "handed-off");
    refuses_in_worktree(&sandbox, &["handoff"], 1, "it is handed-off");
}

#[test]
fn a_person_off_the_branch_is_told_the_way_back() {
    let sandbox = planned("exit 1");
    expect(&sandbox.orca(&["start", "types", "--manual"]), 0);
    let dir = worktree(&sandbox, "types");
    put(&dir, "src/types/made.ts", "x");
    sandbox.git(&["-C", dir.to_str().unwrap(), "checkout", "-q", "--detach"]);
    refuses_in_worktree(&sandbox, &["handoff"], 2, "hint: git switch orca/r1/types");
    sandbox.git(&["-C", dir.to_str().unwrap(), "checkout", "-q", "-b", "mine"]);
    refuses_in_worktree(&sandbox, &["handoff"], 2, "this worktree is on 'mine'");
}

#[test]
fn a_deleted_worktree_is_made_again() {
    let sandbox = planned(WRITES);
    expect(&sandbox.orca(&["start", "types", "--manual"]), 0);
    let dir = worktree(&sandbox, "types");
    std::fs::remove_dir_all(&dir).unwrap();
    expect(&sandbox.orca(&["start", "types", "--manual"]), 0);
    assert!(dir.join("src/types/old.ts").exists());
    std::fs::remove_dir_all(&dir).unwrap();
    expect(&sandbox.orca(&["start", "types"]), 0);
    assert_eq!(status(&sandbox, "types"), "handed-off");
}

#[test]
fn what_was_given_up_can_be_started_again() {
    let sandbox = planned("exit 1");
    expect(&sandbox.orca(&["start", "types"]), 1);
    assert_eq!(status(&sandbox, "types"), "failed");
    std::fs::write(agent_script(&sandbox), WRITES).unwrap();
    expect(&sandbox.orca(&["start", "types"]), 0);
    expect(&sandbox.orca(&["run"]), 0);
}

/// An agent that writes something, says so through a FIFO, and then works for ever.
fn endless(sandbox: &Sandbox) -> PathBuf {
    let fifo = sandbox.home().join("started");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let script = format!(
        "mkdir -p src/types\necho half >src/types/made.ts\necho $ORCA_ATTEMPT >'{}'\nexec sleep 1000\n",
        fifo.display()
    );
    std::fs::write(agent_script(sandbox), script).unwrap();
    fifo
}

#[test]
fn a_task_is_stopped_under_its_orchestrator_and_left_alone() {
    let sandbox = planned("");
    let fifo = endless(&sandbox);
    let run = sandbox
        .orca_command(&sandbox.repo(), &["run"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Blocks until the agent is at work.
    assert_eq!(std::fs::read_to_string(&fifo).unwrap(), "1\n");
    refuses(&sandbox, &["start", "types"], 1, "another git orca conducts this repository");
    refuses(&sandbox, &["task", "drop", "server"], 1, "another git orca conducts this repository");
    let before = sandbox.state();
    expect(&sandbox.orca(&["stop", "types", "-n"]), 0);
    assert_eq!(sandbox.state(), before);
    let stopped = json(&sandbox, &["stop", "types"], "stop");
    assert_eq!((&stopped["status"], &stopped["hold"]), (&"ready".into(), &"stopped".into()));
    assert_eq!(
        stopped["reason"],
        "stopped by a person; what it wrote is at refs/orca/rescue/orca-r1-types-1"
    );
    assert_eq!(run.wait_with_output().unwrap().status.code(), Some(1));
    assert_eq!(sandbox.git(&["show", "refs/orca/rescue/orca-r1-types-1:src/types/made.ts"]), "half\n");

    // Nobody starts it by accident, and what was written is still there.
    std::fs::write(agent_script(&sandbox), WRITES).unwrap();
    expect(&sandbox.orca(&["run"]), 1);
    assert_eq!(json(&sandbox, &["task", "show", "types"], "task")["attempt"], 1);
    assert!(worktree(&sandbox, "types").join("src/types/made.ts").exists());
    expect(&sandbox.orca(&["start", "types"]), 0);
    expect(&sandbox.orca(&["run"]), 0);
}

#[test]
fn the_agent_of_a_dead_orchestrator_is_stopped_too() {
    let sandbox = planned("");
    let fifo = endless(&sandbox);
    let mut run = sandbox
        .orca_command(&sandbox.repo(), &["run"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(std::fs::read_to_string(&fifo).unwrap(), "1\n");
    run.kill().unwrap();
    run.wait().unwrap();
    let stopped = json(&sandbox, &["stop", "types"], "stop");
    assert_eq!(stopped["hold"], "stopped");
    assert_eq!(sandbox.git(&["show", "refs/orca/rescue/orca-r1-types-1:src/types/made.ts"]), "half\n");
}

#[test]
fn a_task_that_has_not_begun_is_left_alone_from_its_start() {
    let sandbox = planned(WRITES);
    expect(&sandbox.orca(&["stop", "server"]), 0);
    expect(&sandbox.orca(&["run"]), 1);
    assert_eq!((status(&sandbox, "types"), status(&sandbox, "server")), ("merged".into(), "pending".into()));
    expect(&sandbox.orca(&["start", "server"]), 0);
    expect(&sandbox.orca(&["run"]), 0);
}

#[test]
fn a_run_that_waits_names_no_conductor_of_its_own() {
    let sandbox = planned("");
    let fifo = endless(&sandbox);
    plan(&sandbox, PLAN);
    let run = sandbox
        .orca_command(&sandbox.repo(), &["run", "--run", "r1"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(std::fs::read_to_string(&fifo).unwrap(), "1\n");
    let who = format!("process {}", run.id());
    let (old, new) = (["status", "--run", "r1"], ["status"]);
    assert_eq!(json(&sandbox, &old, "status")["conductor"], who);
    assert_eq!(json(&sandbox, &new, "status")["conductor"], serde_json::Value::Null);
    let text = sandbox.orca(&new).stdout;
    assert!(text.contains(&format!("nobody conducts it: {who} with r1 is at work here")), "{text}");
    refuses(&sandbox, &["run"], 1, &format!("another git orca conducts this repository: {who} with r1"));
    // How long the agent has printed nothing is known from what orca keeps of it.
    let tasks = json(&sandbox, &old, "status")["tasks"].clone();
    assert!(tasks[0]["silent_seconds"].is_u64(), "{tasks}");
    expect(&sandbox.orca(&["stop", "types", "--run", "r1"]), 0);
    run.wait_with_output().unwrap();
}

#[test]
fn hints_about_an_older_run_name_it() {
    let sandbox = planned(WRITES);
    expect(&sandbox.orca(&["start", "types", "--manual"]), 0);
    plan(&sandbox, PLAN);
    let dir = worktree(&sandbox, "types");
    put(&dir, "src/types/made.ts", "export interface Operation { id: string }\n");
    let handed = sandbox.orca_in(&dir, &["handoff"]);
    expect(&handed, 0);
    assert_eq!(handed.stdout, "next: 'git orca run --run r1' checks and merges it\n");
    refuses_in_worktree(&sandbox, &["handoff"], 1, "hint: git orca task show types --run r1");
    refuses(&sandbox, &["merge", "--run", "r1"], 1, "hint: git orca run --run r1 carries it on");
    refuses(&sandbox, &["start", "types", "--run", "r1"], 1, "'git orca run --run r1' checks and merges it");
    let ran = sandbox.orca(&["run", "--run", "r1"]);
    expect(&ran, 0);
    assert!(ran.stdout.ends_with("next: git orca merge --run r1 --into main\n"), "{}", ran.stdout);
}
