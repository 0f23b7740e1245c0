//! `git orca task`: the plan of a run, changed by hand.

use serde_json::{Value, json};

use crate::project::{WRITES, expect, json, plan, planned, project, refuses};

const FRAGMENT: &str = r#"[[task]]
id = "docs"
title = "Manual"
specialist = "frontend-specialist"
scope = ["src/docs/**"]
[[task]]
id = "client"
title = "Client"
specialist = "frontend-specialist"
scope = ["src/client/**"]
consumes = ["type Operation @ types"]
"#;

/// A run whose first wave has begun: `types` is handed off, and the other two wait.
fn begun() -> crate::sandbox::Sandbox {
    let sandbox = planned(WRITES);
    expect(&sandbox.orca(&["run", "--no-merge"]), 0);
    sandbox
}

fn waves(sandbox: &crate::sandbox::Sandbox) -> Value {
    let list = json(sandbox, &["task", "list"], "task-list");
    let mut waves: Vec<Vec<Value>> = Vec::new();
    for task in list["tasks"].as_array().unwrap() {
        let wave = task["wave"].as_u64().unwrap() as usize;
        waves.resize(waves.len().max(wave), Vec::new());
        waves[wave - 1].push(task["id"].clone());
    }
    json!(waves)
}

#[test]
fn tasks_are_listed_and_shown() {
    let sandbox = planned("");
    let ran = sandbox.orca(&["task", "list"]);
    expect(&ran, 0);
    insta::assert_snapshot!(ran.stdout, @r"
    r1: Real-time collaborative editing
    wave 1
      types   pending  Message types                  types-specialist    src/types/**   6000
    wave 2
      server  pending  Server that orders operations  backend-specialist  src/server/**  9000  after types
    ");
    let ran = sandbox.orca(&["task", "show", "server"]);
    expect(&ran, 0);
    insta::assert_snapshot!(ran.stdout, @r"
    server: Server that orders operations
      status       pending: waits for 'types', which is pending
      wave         2 of run r1
      specialist   backend-specialist
      scope        src/server/**
      needs        types (pending)
      consumes     type Operation @ types
      estimate     9000 tokens
      branch       orca/r1/server
    ");
    let shown = json(&sandbox, &["task", "show", "types"], "task");
    assert_eq!(shown["needed_by"], json!(["server"]));
    assert_eq!(
        (&shown["run"], &shown["status"], &shown["wave"]),
        (&json!("r1"), &json!("pending"), &json!(1))
    );
}

#[test]
fn tasks_are_added_from_a_file_and_by_flags() {
    let sandbox = planned("");
    sandbox.write("more.toml", FRAGMENT);
    let before = sandbox.state();
    let preview = json(&sandbox, &["task", "add", "more.toml", "-n"], "task-change");
    assert_eq!(preview["recorded"], false);
    assert_eq!(sandbox.state(), before, "a dry run records nothing");
    let added = json(&sandbox, &["task", "add", "more.toml"], "task-change");
    assert_eq!((&added["waves"], &added["tasks"]), (&preview["waves"], &json!(["docs", "client"])));
    assert_eq!(waves(&sandbox), json!([["types", "docs"], ["server", "client"]]));

    let flags = [
        "--title",
        "End-to-end tests",
        "--specialist",
        "test-specialist",
        "--scope",
        "tests/**",
        "--scope",
        "e2e/**",
    ];
    let ran = sandbox.orca(
        &[&["task", "add", "--id", "tests", "--after", "client", "--after", "server"], &flags[..]].concat(),
    );
    expect(&ran, 0);
    assert_eq!(waves(&sandbox), json!([["types", "docs"], ["server", "client"], ["tests"]]));
    let shown = json(&sandbox, &["task", "show", "tests"], "task");
    assert_eq!((&shown["scope"], &shown["estimate_tokens"]), (&json!(["tests/**", "e2e/**"]), &json!(2000)));
    let log = sandbox.git(&["log", "-1", "--format=%s", "refs/orca/hub"]);
    assert_eq!(log, "run r1: added tests\n");
}

#[test]
fn a_task_is_edited_and_the_waves_follow() {
    let sandbox = planned("");
    let title = ["--title", "The  server", "--consumes", "", "--provides", "http GET /documents"];
    let edited = json(&sandbox, &[&["task", "edit", "server"], &title[..]].concat(), "task-change");
    assert_eq!(edited["waves"], json!([["types", "server"]]));
    let shown = json(&sandbox, &["task", "show", "server"], "task");
    assert_eq!((&shown["title"], &shown["consumes"]), (&json!("The server"), &json!([])));
    // What may be written in both is kept in different waves; the estimate is for the scope.
    json(&sandbox, &["task", "edit", "server", "--scope", "src/**"], "task-change");
    assert_eq!(waves(&sandbox), json!([["types"], ["server"]]));
    assert_eq!(json(&sandbox, &["task", "show", "server"], "task")["estimate_tokens"], 2007);
    let hub = sandbox.git(&["rev-parse", "refs/orca/hub"]);
    expect(&sandbox.orca(&["task", "edit", "server", "--title", "The server"]), 0);
    assert_eq!(sandbox.git(&["rev-parse", "refs/orca/hub"]), hub, "the same again is no transaction");
}

#[test]
fn what_has_begun_keeps_its_wave() {
    let sandbox = begun();
    sandbox.write("more.toml", FRAGMENT);
    expect(&sandbox.orca(&["task", "add", "more.toml"]), 0);
    assert_eq!(waves(&sandbox), json!([["types"], ["server", "docs", "client"]]));
    refuses(
        &sandbox,
        &["task", "edit", "types", "--title", "x"],
        1,
        "task 'types' has begun and cannot change: it is validated",
    );
    refuses(&sandbox, &["task", "drop", "types"], 1, "has begun");
    let cursor =
        ["--specialist", "x", "--title", "x", "--scope", "src/cursor", "--provides", "function cursor"];
    expect(&sandbox.orca(&[&["task", "add", "--id", "cursor"], &cursor[..]].concat()), 0);
    expect(&sandbox.orca(&["run"]), 0);
    let list = json(&sandbox, &["task", "list"], "task-list");
    assert!(list["tasks"].as_array().unwrap().iter().all(|task| task["status"] == "merged"), "{list}");
}

#[test]
fn a_task_that_has_begun_is_never_made_to_wait() {
    let sandbox = project(WRITES);
    plan(
        &sandbox,
        &crate::project::PLAN.replace("@ types", "").replace("provides = [\"type Operation\"]", ""),
    );
    expect(&sandbox.orca(&["run", "--no-merge"]), 0);
    let flags = ["--specialist", "x", "--title", "x", "--scope", "x", "--provides", "type Operation"];
    let args = [&["task", "add", "--id", "late"], &flags[..]].concat();
    refuses(&sandbox, &args, 2, "task 'server' has begun and would have to wait for 'late'");
}

#[test]
fn a_task_is_dropped_unless_others_need_it() {
    let sandbox = planned("exit 1");
    refuses(&sandbox, &["task", "drop", "types"], 2, "task 'server': consumes: there is no task 'types'");
    expect(&sandbox.orca(&["task", "drop", "server", "--dry-run"]), 0);
    expect(&sandbox.orca(&["task", "drop", "server"]), 0);
    assert_eq!(waves(&sandbox), json!([["types"]]));
    assert_eq!(sandbox.try_git(&["cat-file", "-e", "refs/orca/hub:runs/r1/tasks/server.toml"]).code, 128);
    // What was given up is on record, and its id is not free.
    expect(&sandbox.orca(&["run"]), 1);
    expect(&sandbox.orca(&["task", "drop", "types"]), 0);
    assert_eq!(json(&sandbox, &["task", "show", "types"], "task")["status"], "cancelled");
}

#[test]
fn a_change_that_breaks_the_plan_is_refused_whole() {
    let sandbox = planned("");
    let check = |args: &[&str], code: i32, words: &str| refuses(&sandbox, args, code, words);
    check(&["task", "edit", "types", "--after", "server"], 2, "tasks wait for each other in a circle");
    check(
        &["task", "edit", "types", "--after", "sever"],
        2,
        "there is no task 'sever'; did you mean 'server'?",
    );
    check(
        &["task", "edit", "types", "--estimate", "9000000"],
        2,
        "needs about 9000000 tokens and a wave holds 200000",
    );
    check(
        &["task", "edit", "types", "--scope", "../x"],
        2,
        "--scope: scope '../x' is not inside the repository",
    );
    check(&["task", "edit", "types", "--scope", ""], 2, "--scope: name the paths");
    check(
        &["task", "edit", "types", "--provides", "class X"],
        2,
        "--provides: unknown contract kind 'class'",
    );
    check(&["task", "edit", "types", "--title", " "], 2, "--title is empty");
    check(&["task", "edit", "types"], 2, "nothing is to be changed");
    check(&["task", "edit", "tpyes", "--title", "x"], 2, "hint: did you mean 'types'?");
    check(&["task", "show", "Types"], 2, "bad task id 'Types'");
    check(&["task", "show", "types", "--run", "r7"], 2, "there is no run r7");
    check(&["task", "add"], 2, "--id");
    check(&["task", "add", "--id", "x", "--title", "x", "--scope", "x"], 2, "a new task needs --specialist");
    check(&["task", "add", "none.toml"], 2, "cannot read 'none.toml'");
    sandbox.write("bad.toml", FRAGMENT.replace("title", "titel"));
    check(&["task", "add", "bad.toml"], 2, "bad.toml:3: unknown key 'titel'; did you mean 'title'?");
    sandbox.write("bad.toml", FRAGMENT.replace("\"docs\"", "\"types\""));
    check(&["task", "add", "bad.toml"], 2, "run r1 has a task 'types' already");
    sandbox.write("bad.toml", "version = 1\n");
    check(&["task", "add", "bad.toml"], 2, "bad.toml:1: there is no [[task]]");
}

#[test]
fn without_a_hub_or_a_run_the_way_there_is_named() {
    let sandbox = project("");
    for args in [&["task", "list"][..], &["task", "show", "x"], &["task", "drop", "x"]] {
        refuses(&sandbox, args, 2, "hint: git orca plan --file plan.toml");
    }
    sandbox.git(&["update-ref", "-d", "refs/orca/hub"]);
    for args in [&["task", "list"][..], &["task", "show", "x"], &["task", "drop", "x"]] {
        refuses(&sandbox, args, 2, "hint: git orca init");
    }
}

#[test]
fn what_was_given_up_is_edited_and_tried_again() {
    let sandbox = planned("cat >$HOME/told; exit 1");
    expect(&sandbox.orca(&["run"]), 1);
    assert_eq!(json(&sandbox, &["task", "show", "types"], "task")["status"], "failed");
    let edit = ["task", "edit", "types", "--title", "Types of messages", "--scope", "src/types/*.ts"];
    let edited = sandbox.orca(&edit);
    expect(&edited, 0);
    assert!(edited.stdout.ends_with("next: 'git orca start types' tries it again\n"), "{}", edited.stdout);
    assert_eq!(waves(&sandbox), json!([["types"], ["server"]]));
    let script = WRITES.replace("cat >/dev/null", "cat >$HOME/told");
    std::fs::write(crate::project::agent_script(&sandbox), script).unwrap();
    expect(&sandbox.orca(&["start", "types"]), 0);
    let told = std::fs::read_to_string(sandbox.home().join("told")).unwrap();
    assert!(told.contains("Types of messages"), "{told}");
    refuses(&sandbox, &["task", "edit", "types", "--title", "x"], 1, "has begun and cannot change");
}

#[test]
fn a_wave_that_has_begun_keeps_its_scopes_apart() {
    let sandbox = project("exit 1");
    plan(&sandbox, &crate::project::PLAN.replace("consumes = [\"type Operation @ types\"]", ""));
    expect(&sandbox.orca(&["run"]), 1);
    let edit = ["task", "edit", "server", "--scope", "src/**"];
    refuses(&sandbox, &edit, 2, "tasks 'server' and 'types' of one wave would both write src/types/**");
}

#[test]
fn the_tasks_of_an_older_run_are_changed_by_its_name() {
    let sandbox = planned("exit 1");
    plan(&sandbox, crate::project::PLAN);
    expect(&sandbox.orca(&["task", "edit", "server", "--title", "Old", "--run", "r1"]), 0);
    expect(&sandbox.orca(&["task", "drop", "server", "--run", "r1"]), 0);
    assert_eq!(json(&sandbox, &["task", "list", "--run", "r1"], "task-list")["tasks"][0]["id"], "types");
    assert_eq!(json(&sandbox, &["task", "show", "server"], "task")["title"], "Server that orders operations");
}

#[test]
fn what_an_agent_printed_is_named() {
    let sandbox = planned("cat >/dev/null; echo no such luck; exit 1");
    let ran = sandbox.orca(&["run"]);
    expect(&ran, 1);
    assert!(ran.stdout.contains("git orca task show types names what its agent printed"), "{}", ran.stdout);
    let shown = json(&sandbox, &["task", "show", "types"], "task");
    let log = shown["logs"][0].as_str().unwrap();
    assert_eq!(std::fs::read_to_string(log).unwrap(), "no such luck\n");
    let text = sandbox.orca(&["task", "show", "types"]).stdout;
    assert!(text.contains(&format!("  printed      {log}\n")), "{text}");
}
