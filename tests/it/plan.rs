//! `git orca plan`: from a file, and by an orchestrator agent.

use std::os::unix::fs::PermissionsExt as _;

use crate::project::{PLAN, agent_script, expect, json, plan, project, refuses};
use crate::sandbox::Sandbox;

/// An orchestrator that answers with the file its answer number names.
const ANSWERS: &str =
    "cat >\"$(dirname \"$0\")/prompt-$ORCA_ATTEMPT\"\ncat \"$(dirname \"$0\")/answer-$ORCA_ATTEMPT\"\n";

fn answers(texts: &[&str]) -> Sandbox {
    let sandbox = project(ANSWERS);
    for (number, text) in (1..).zip(texts) {
        std::fs::write(sandbox.home().join(format!("answer-{number}")), text).unwrap();
    }
    sandbox
}

fn prompt(sandbox: &Sandbox, number: u32) -> String {
    std::fs::read_to_string(sandbox.home().join(format!("prompt-{number}"))).unwrap()
}

#[test]
fn a_plan_file_becomes_a_run() {
    let sandbox = project("");
    sandbox.write("plan.toml", PLAN).commit_all("Plan");
    let before = sandbox.state();
    let shown = json(&sandbox, &["plan", "--file", "plan.toml", "-n"], "plan");
    assert_eq!(shown["run"], serde_json::Value::Null);
    assert_eq!(sandbox.state(), before, "a dry run records nothing");
    let ran = sandbox.orca(&["plan", "--file", "plan.toml"]);
    expect(&ran, 0);
    insta::assert_snapshot!(sandbox.stable(&ran.stdout), @r"
    plan: Real-time collaborative editing
    from <oid> for main

    wave 1 6000 of 200.0k tokens
      types  Message types  types-specialist  src/types/**  6000

    wave 2 9000 of 200.0k tokens
      server  Server that orders operations  backend-specialist  src/server/**  9000  after types

    recorded as r1
    next: git orca run
    ");
    let again = json(&sandbox, &["plan", "--file", "plan.toml"], "plan");
    assert_eq!(again["run"], "r2");
    assert_eq!(
        again["notes"],
        serde_json::json!(["run r1 is not finished; 'git orca run' will conduct the newer one"])
    );
}

#[test]
fn what_speaks_for_several_specialists_is_recorded_with_its_numbers() {
    let sandbox = project("");
    sandbox.write("plan.toml", PLAN).commit_all("Plan");
    expect(&sandbox.orca(&["plan", "--file", "plan.toml"]), 0);
    let run: toml::Table = sandbox.git(&["show", "refs/orca/hub:runs/r1/run.toml"]).parse().unwrap();
    let spawn = &run["spawn"];
    assert_eq!((spawn["roles"].as_integer(), spawn["independent"].as_bool()), (Some(2), Some(false)));
    assert_eq!(
        spawn["reasons"].as_array().unwrap()[0].as_str(),
        Some("2 kinds of specialists are asked for")
    );
}

/// Sets an editor that runs a script over the file.
fn with_editor(sandbox: &Sandbox, script: &str) {
    let program = sandbox.home().join("editor");
    std::fs::write(&program, format!("#!/bin/sh\n{script}")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.git(&["config", "core.editor", &format!("'{}' --wait", program.display())]);
}

#[test]
fn a_plan_is_changed_in_the_editor_before_it_is_recorded() {
    let sandbox = answers(&[PLAN]);
    with_editor(
        &sandbox,
        "test \"$1\" = --wait && sed -i 's/Message types/Other types/; s/^request.*/request = \"theirs\"/' \"$2\"\n",
    );
    expect(&without_editor(&sandbox, &["plan", "mine", "--edit"]), 0);
    let hub = |path: &str| sandbox.git(&["show", &format!("refs/orca/hub:runs/r1/{path}")]);
    assert!(hub("tasks/types.toml").contains("title = \"Other types\""));
    assert!(hub("run.toml").contains("request = \"mine\""));
}

#[test]
fn a_plan_that_is_spoilt_in_the_editor_is_kept_and_not_recorded() {
    let sandbox = project("");
    sandbox.write("plan.toml", PLAN);
    for (script, expected) in [
        ("echo 'version = 2' >\"$2\"\n", "plan.toml"),
        (": >\"$2\"\n", "the plan is empty: nothing is recorded"),
        ("exit 7\n", "--wait' ended with status 7"),
    ] {
        with_editor(&sandbox, script);
        let ran = without_editor(&sandbox, &["plan", "--file", "plan.toml", "--edit"]);
        assert!(ran.code != 0 && ran.stderr.contains(expected), "{}: {}", ran.code, ran.stderr);
        assert!(sandbox.try_git(&["show", "refs/orca/hub:runs/r1/run.toml"]).code != 0);
    }
}

/// Runs without the variable by which the sandbox says that nobody edits.
fn without_editor(sandbox: &Sandbox, args: &[&str]) -> crate::sandbox::Ran {
    let words: Vec<String> = args.iter().map(|arg| format!("'{arg}'")).collect();
    sandbox.shell(&format!("unset GIT_EDITOR; '{}' {}", env!("CARGO_BIN_EXE_git-orca"), words.join(" ")))
}

/// On a terminal, as `script` makes one.
fn on_a_terminal(sandbox: &Sandbox, keys: &str, args: &str) -> crate::sandbox::Ran {
    let command = format!("{} {args}", env!("CARGO_BIN_EXE_git-orca"));
    sandbox.shell(&format!("printf '{keys}' | script -qec \"{command}\" /dev/null"))
}

#[test]
fn on_a_terminal_the_plan_of_an_agent_is_asked_for() {
    let sandbox = answers(&[PLAN]);
    let runs = || sandbox.git(&["ls-tree", "--name-only", "refs/orca/hub", "runs/"]).lines().count();
    let ran = on_a_terminal(&sandbox, "what\\nn\\n", "plan mine");
    let told = &ran.stdout;
    assert_eq!(
        (ran.code, runs(), told.matches("take this plan? [y]es, [e]dit, [n]o:").count()),
        (1, 0, 2),
        "{told}"
    );
    assert!(told.contains("nothing is recorded; to take it: git orca plan --file '"), "{told}");
    assert_eq!(std::fs::read_to_string(sandbox.repo().join(".git/orca/plan.toml")).unwrap(), PLAN);
    for (number, keys, args) in
        [(1, "y\\n", "plan mine"), (2, "", "plan mine --yes"), (3, "e\\ny\\n", "plan mine")]
    {
        let ran = on_a_terminal(&sandbox, keys, args);
        assert_eq!((ran.code, runs()), (0, number), "{}", ran.stdout);
    }
}

#[test]
fn a_graph_is_drawn_and_nothing_recorded() {
    let sandbox = project("");
    sandbox.write("plan.toml", PLAN);
    let before = sandbox.state();
    let ran = sandbox.orca(&["plan", "--file", "plan.toml", "--graph", "dot"]);
    expect(&ran, 0);
    assert!(ran.stdout.starts_with("digraph plan {") && ran.stdout.contains("\"types\" -> \"server\";"));
    assert_eq!(sandbox.state(), before);
}

#[test]
fn one_agent_is_advised_where_it_would_do() {
    let sandbox = project("");
    let small = PLAN.replace("backend-specialist", "types-specialist");
    sandbox.write("plan.toml", small);
    let shown = json(&sandbox, &["plan", "--file", "plan.toml", "-n"], "plan");
    assert_eq!(shown["notes"][0], "one agent would do: few files, one kind of work, nothing side by side");
}

#[test]
fn an_orchestrator_decomposes_a_request() {
    let answer = format!("I looked around.\n\n```toml\n{PLAN}```\n");
    let sandbox = answers(&[&answer]);
    let planned = json(&sandbox, &["plan", "Several people type at once"], "plan");
    assert_eq!(planned["run"], "r1");
    assert_eq!(planned["request"], "Several people type at once");
    assert_eq!(planned["waves"], serde_json::json!([["types"], ["server"]]));
    let told = prompt(&sandbox, 1);
    for line in ["Several people type at once", "- src/types/: 1 files, 7 tokens", "- backend-specialist: "] {
        assert!(told.contains(line), "{line} is not in:\n{told}");
    }
    assert!(!told.contains("- orchestrator"), "it plans and plays no task");
}

#[test]
fn the_map_says_which_directories_import_from_which() {
    let sandbox = answers(&[PLAN, PLAN]);
    let many: String = (0..3).map(|n| format!("import {{ t{n} }} from '../types/op';\n")).collect();
    sandbox.write("src/server/one.ts", &many).write("src/server/two.ts", "import '../types/op.js';\n");
    sandbox.write("src/types/op.ts", "export const t0 = 1;\nimport 'node:fs';\nimport './gone';\n");
    sandbox
        .write("lib/model.py", "from lib import other\n")
        .write("app/api/v1.py", "from lib import model\n");
    sandbox.commit_all("sources");
    expect(&sandbox.orca(&["plan", "x", "--yes"]), 0);
    let told = prompt(&sandbox, 1);
    let wanted = "Imports between them, with the number of files that import:\n\n\
                  - app/api/ from lib/ (1)\n- src/server/ from src/types/ (2)\n";
    assert!(told.contains(wanted), "{told}");
    expect(&sandbox.orca(&["plan", "x", "--yes"]), 0);
    let map =
        |told: &str| told.split("## The repository").nth(1).unwrap().split("## ").next().unwrap().to_owned();
    assert_eq!(map(&prompt(&sandbox, 1)), map(&told));
}

#[test]
fn a_bad_plan_goes_back_once_with_its_errors() {
    let circle = PLAN.replace("title = \"Message types\"", "title = \"Message types\"\nafter = [\"server\"]");
    let sandbox = answers(&[&circle, PLAN]);
    let ran = sandbox.orca(&["plan", "x"]);
    expect(&ran, 0);
    assert!(ran.stderr.contains("plan: sent back after attempt 1: plan.toml:"), "{}", ran.stderr);
    let told = prompt(&sandbox, 2);
    assert!(told.contains("tasks wait for each other in a circle: server -> types -> server"), "{told}");

    let sandbox = answers(&["I cannot.", "Really not."]);
    let before = sandbox.state();
    let ran = sandbox.orca(&["plan", "x"]);
    expect(&ran, 1);
    assert!(ran.stderr.contains("gave no usable plan in 2 answers"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: correct it, then: git orca plan --file "), "{}", ran.stderr);
    assert_eq!(sandbox.state(), before);
}

#[test]
fn the_projects_own_orchestrator_speaks_first_and_its_edits_are_told() {
    let sandbox = answers(&[PLAN]);
    sandbox.write(
        ".claude/agents/orchestrator.md",
        "---\nname: orchestrator\ndescription: d\n---\nThink twice.\n",
    );
    sandbox.commit_all("Own orchestrator");
    let script = format!("echo x >stray.txt\n{ANSWERS}");
    std::fs::write(agent_script(&sandbox), script).unwrap();
    let planned = json(&sandbox, &["plan", "x", "-n"], "plan");
    assert!(prompt(&sandbox, 1).starts_with("Think twice.\n\n# Your job"));
    assert_eq!(planned["notes"][0], "the orchestrator changed files in your checkout: see 'git status'");
}

#[test]
fn a_failing_orchestrator_is_an_error_of_its_own() {
    let sandbox = project("echo out of credit; exit 7");
    refuses(&sandbox, &["plan", "x"], 3, "the orchestrator exited with status 7\nout of credit");
    sandbox.write("orca.toml", "version = 1\n");
    refuses(&sandbox, &["plan", "x"], 2, "no agent plays the role 'orchestrator'");
}

#[test]
fn bad_calls_are_refused() {
    let sandbox = project("");
    sandbox.write("bad.toml", PLAN.replace("types\"]", "typos\"]")).write("plan.toml", PLAN);
    refuses(&sandbox, &["plan"], 2, "<REQUEST>");
    refuses(&sandbox, &["plan", "x", "--file", "plan.toml"], 2, "cannot be used with");
    refuses(&sandbox, &["plan", " "], 2, "the request is empty");
    refuses(&sandbox, &["plan", "--file", "none.toml"], 2, "cannot read 'none.toml'");
    refuses(
        &sandbox,
        &["plan", "--file", "bad.toml"],
        2,
        "bad.toml:17: there is no task 'typos'; did you mean 'types'?",
    );
    sandbox.git(&["update-ref", "-d", "refs/orca/hub"]);
    refuses(&sandbox, &["plan", "--file", "plan.toml"], 2, "hint: git orca init");
    expect(&sandbox.orca(&["plan", "--file", "plan.toml", "-n"]), 0);
}

#[test]
fn repositories_that_cannot_start_a_run_are_refused() {
    let unborn = Sandbox::new();
    unborn.write("plan.toml", PLAN);
    let ran = unborn.orca(&["plan", "--file", "plan.toml", "-n"]);
    expect(&ran, 2);
    assert!(ran.stderr.contains("the branch 'main' has no commit yet"), "{}", ran.stderr);

    let sandbox = project("");
    sandbox.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    sandbox.git(&["push", "-q", "../bare.git", "refs/orca/hub:refs/orca/hub"]);
    let ran = sandbox.orca_in(&sandbox.home().join("bare.git"), &["plan", "--file", "../repo/plan.toml"]);
    expect(&ran, 2);
    assert!(ran.stderr.contains("this is a bare repository"), "{}", ran.stderr);

    let ran = Sandbox::without_repository();
    let ran = ran.orca(&["plan", "x"]);
    expect(&ran, 2);
    assert!(ran.stderr.contains("hint: run 'git init' here"), "{}", ran.stderr);
}

#[test]
fn a_detached_head_is_a_start_like_any_other() {
    let sandbox = project("");
    sandbox.git(&["checkout", "-q", "--detach"]);
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    plan(&sandbox, PLAN);
    let shown = json(&sandbox, &["status"], "status");
    assert_eq!((shown["base"].as_str(), shown["target"].as_str()), (Some(head.trim()), Some("main")));
}

#[test]
fn plans_that_are_recorded_at_once_all_become_runs() {
    let sandbox = project("");
    sandbox.write("plan.toml", PLAN);
    let start = |_| {
        let mut command = sandbox.orca_command(&sandbox.repo(), &["plan", "--file", "plan.toml"]);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(start).collect();
    assert!(children.into_iter().all(|mut child| child.wait().unwrap().success()));
    assert_eq!(sandbox.git(&["ls-tree", "--name-only", "refs/orca/hub:runs"]), "r1\nr2\nr3\nr4\n");
}
