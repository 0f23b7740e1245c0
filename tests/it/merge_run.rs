//! `git orca check`, `matrix` and `merge` without branches: those of the current run.

use serde_json::Value;

use crate::project::{agent_script, expect, json, plan, project, refuses};
use crate::sandbox::Sandbox;

const PLAN: &str = r#"version = 1
request = "Users and a page"
target = "main"

[[task]]
id = "users"
title = "Users"
specialist = "writer"
scope = ["users.py"]
estimate_tokens = 1000

[[task]]
id = "page"
title = "Page"
specialist = "writer"
scope = ["page.py"]
estimate_tokens = 1000

[[task]]
id = "docs"
title = "Docs"
specialist = "writer"
scope = ["docs/**"]
after = ["users"]
estimate_tokens = 1000
"#;

/// A planned run; `page` is what the task of that name writes.
fn planned(page: &str) -> Sandbox {
    let script = format!(
        "cat >/dev/null\n\
         case $ORCA_TASK in\n\
         users) printf 'def fetch(id):\\n    return id\\n' >users.py ;;\n\
         page) printf '{page}' >page.py ;;\n\
         docs) mkdir -p docs; echo docs >docs/a.md ;;\n\
         esac\n"
    );
    let sandbox = project(&script);
    sandbox.write("users.py", "def load(id):\n    return id\n").commit_all("users");
    plan(&sandbox, PLAN);
    sandbox
}

const GOOD: &str = "print(1)\\n";
const BROKEN: &str = "from users import load\\n\\nprint(load(1))\\n";

fn rules(data: &Value) -> Vec<&str> {
    data["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

fn rev(sandbox: &Sandbox, name: &str) -> String {
    sandbox.git(&["rev-parse", name]).trim().to_owned()
}

fn waiting(data: &Value) -> Vec<String> {
    let waiting = data["waiting"].as_array().unwrap().iter();
    waiting.map(|waiting| format!("{} {}", waiting["branch"], waiting["reason"]).replace('"', "")).collect()
}

#[test]
fn the_branches_of_the_run_are_meant_when_none_are_named() {
    let sandbox = planned(BROKEN);
    assert_eq!(rules(&json(&sandbox, &["check"], "check")), [""; 0]);
    assert_eq!(sandbox.orca(&["matrix"]).stdout, "no task has work to compare yet\n");
    for task in ["users", "page"] {
        expect(&sandbox.orca(&["start", task]), 0);
    }
    let before = sandbox.state();
    assert_eq!(rules(&json(&sandbox, &["check"], "check")), ["symbol-removed"]);
    let matrix = json(&sandbox, &["matrix"], "matrix");
    assert_eq!(matrix["pairs"][0]["verdict"], "contract", "{matrix}");
    let order = matrix["order"].as_array().unwrap().iter();
    let order: Vec<&str> = order.map(|step| step["branch"].as_str().unwrap()).collect();
    assert_eq!(order, ["orca/r1/integration", "orca/r1/users", "orca/r1/page"]);
    assert_eq!(sandbox.state(), before);
}

#[test]
fn a_wave_is_merged_without_starting_agents_and_then_the_run_is() {
    let sandbox = planned(GOOD);
    refuses(&sandbox, &["merge"], 1, "run r1 is not finished:\n  docs: it is pending");
    refuses(&sandbox, &["merge", "--wave", "3"], 2, "run r1 has no wave 3");
    for task in ["users", "page"] {
        expect(&sandbox.orca(&["start", task]), 0);
    }
    let before = sandbox.state();
    let dry = json(&sandbox, &["merge", "--wave", "1", "-n"], "merge");
    assert_eq!(sandbox.state(), before);
    // A gate that fails by itself is held against nobody.
    let red = json(&sandbox, &["merge", "--wave", "1", "--gate", "echo broken; exit 3"], "merge");
    assert!(red["gate_on_target"].as_str().unwrap().contains("broken\n"), "{red}");
    let both = ["orca/r1/users", "orca/r1/page"]
        .map(|task| format!("{task} the gate fails with it, and without it"));
    assert_eq!((waiting(&red), &red["landed"]), (both.to_vec(), &serde_json::json!([])));
    let wave = json(&sandbox, &["merge", "--wave", "1"], "merge");
    assert_eq!(wave["landed"], serde_json::json!(["orca/r1/users", "orca/r1/page"]), "{wave}");
    assert_eq!((&dry["tree"], &wave["target"]), (&wave["tree"], &"orca/r1/integration".into()));
    assert_eq!(wave["commit"], rev(&sandbox, "orca/r1/integration").as_str());
    let next = json(&sandbox, &["merge", "--wave", "2"], "merge");
    assert_eq!(waiting(&next), ["orca/r1/docs it is pending"]);
    // What is merged so far can land, and the run goes on.
    let partial = sandbox.orca(&["merge", "--partial"]);
    assert_eq!(partial.code, 1, "{partial:?}");
    assert_eq!(rev(&sandbox, "main"), wave["commit"], "a fast-forward");
    assert_eq!(sandbox.read("page.py"), "print(1)\n");
    let again = sandbox.orca(&["merge", "--partial", "-n"]);
    assert_eq!(again.code, 1, "{again:?}");
    let said = "nothing new would land on main\nmerged already on main: orca/r1/page, orca/r1/users\nwaits orca/r1/docs: it is pending\n";
    assert_eq!(again.stdout, said);
    expect(&sandbox.orca(&["run"]), 0);
    let rest = sandbox.orca(&["merge", "--partial", "-n"]).stdout;
    assert!(rest.starts_with("would land on main: orca/r1/docs (tree "), "{rest}");
    assert!(rest.ends_with("merged already on main: orca/r1/page, orca/r1/users\n"), "{rest}");
    let end = sandbox.orca(&["merge"]);
    expect(&end, 0);
    assert!(end.stdout.starts_with("landed on main, now at "), "{end:?}");
    assert_eq!(sandbox.read("docs/a.md"), "docs\n");
    let closed = sandbox.git(&["log", "-1", "--format=%s", "refs/orca/hub"]);
    assert_eq!(closed, "run r1: merged into main\n");
    let before = sandbox.state();
    expect(&sandbox.orca(&["merge"]), 0);
    assert_eq!(sandbox.state(), before, "doing it again changes nothing");
}

#[test]
fn a_run_whose_target_went_on_is_merged_behind_the_gate() {
    let sandbox = planned(GOOD);
    expect(&sandbox.orca(&["run"]), 0);
    sandbox.write("other.txt", "meanwhile\n").commit_all("meanwhile");
    let red = json(&sandbox, &["merge", "--gate", "! test -e page.py"], "merge");
    assert!(waiting(&red)[0].starts_with("orca/r1/integration the gate fails with it"), "{red}");
    assert_eq!(red["landed"], serde_json::json!([]));
    let before = sandbox.state();
    let dry = json(&sandbox, &["merge", "--dry-run"], "merge");
    assert_eq!(sandbox.state(), before);
    let end = json(&sandbox, &["merge", "--gate", "test -e page.py && test -e other.txt"], "merge");
    assert_eq!(end["landed"], serde_json::json!(["orca/r1/docs", "orca/r1/page", "orca/r1/users"]));
    assert_eq!((&end["tree"], waiting(&end)), (&dry["tree"], Vec::new()));
    assert_eq!(rev(&sandbox, "main^2"), rev(&sandbox, "orca/r1/integration"));
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_run_can_land_on_another_branch_and_breaks_no_contract_there() {
    let sandbox = planned(GOOD);
    sandbox.branch("release", "main", &[("late.py", "from users import load\n\nprint(load(2))\n")]);
    expect(&sandbox.orca(&["run"]), 0);
    let end = json(&sandbox, &["merge", "--into", "release"], "merge");
    assert!(waiting(&end)[0].contains("deny[symbol-removed]"), "{end}");
    expect(&sandbox.orca(&["merge", "--into", "release", "--no-check"]), 0);
    assert_eq!(sandbox.git(&["log", "-1", "--format=%s", "release"]), "Merge branch 'orca/r1/integration'\n");
}

#[test]
fn what_was_resolved_is_in_the_report() {
    let sandbox = planned(GOOD);
    sandbox.write("page.py", "def show(a):\n    return a\n").commit_all("page");
    let script = agent_script(&sandbox);
    let text = std::fs::read_to_string(&script).unwrap();
    let show = "printf 'def show(a, wide=False):\\n    return a\\n'";
    std::fs::write(&script, text.replace("printf 'print(1)\\n'", show)).unwrap();
    plan(&sandbox, PLAN);
    expect(&sandbox.orca(&["run"]), 0);
    let none = json(&sandbox, &["report"], "report");
    assert_eq!(none["resolved"], serde_json::json!([]));
    sandbox.write("page.py", "def show(a, dark=False):\n    return a\n").commit_all("meanwhile");
    let end = json(&sandbox, &["merge"], "merge");
    assert_eq!(end["resolved"][0]["path"], "page.py", "{end}");
    let told = json(&sandbox, &["report"], "report");
    let resolved = &told["resolved"][0];
    for key in ["path", "rung", "candidate", "checks", "refused", "ambiguous"] {
        assert_eq!(resolved[key], end["resolved"][0][key], "{key}");
    }
    assert_eq!((&resolved["task"], told["resolved"].as_array().unwrap().len()), (&Value::Null, 1));
    let text = sandbox.orca(&["report"]).stdout;
    assert!(
        text.contains("\nresolved page.py with the run, by structure (structure); passed: parse, "),
        "{text}"
    );
}

#[test]
fn a_run_without_a_task_that_was_given_up_is_not_taken_for_the_whole() {
    let sandbox = planned("x' >page.py; exit 1; echo '");
    expect(&sandbox.orca(&["run"]), 1);
    refuses(&sandbox, &["merge"], 1, "run r1 is not finished:\n  page: it is failed");
    let refused = sandbox.orca(&["merge"]);
    assert!(refused.stderr.contains("hint: git orca task drop page does without it"), "{refused:?}");
    let partial = json(&sandbox, &["merge", "--partial", "-n"], "merge");
    assert!(waiting(&partial)[0].starts_with("orca/r1/page it is failed"), "{partial}");
    let status = sandbox.orca(&["status"]).stdout;
    assert!(status.contains("\n2 of 2 waves landed, without 1 failed task: page, from "), "{status}");
    let stopped = sandbox.orca(&["run"]);
    assert!(stopped.stdout.contains("next: git orca start page tries it again"), "{stopped:?}");
    expect(&sandbox.orca(&["task", "drop", "page"]), 0);
    assert!(json(&sandbox, &["run"], "run")["open"].as_array().unwrap().is_empty());
    expect(&sandbox.orca(&["merge"]), 0);
    assert_eq!(sandbox.read("docs/a.md"), "docs\n");
}
