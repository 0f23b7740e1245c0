//! Conflicts in text that an agent is asked about.

use crate::project::{expect, json, refuses};
use crate::sandbox::Sandbox;
use crate::stage::{Stage, part};

const BASE: &str = "def f(x):\n    return x\n";
const MERGED: &str = "def f(x):\n    return x + 1\n";
const MEANT: &str = "def f(x):\n    return 2 * x\n";
const BOTH: &str = "def f(x):\n    return 2 * (x + 1)\n";

/// Both change one expression, which no structure and no gate alone decides.
const GATE: &str = "[merge]\nresolve = \"agent\"\n[gate]\ncommands = ['grep -q return src/a/f.py']\n";

/// A shell command that writes this file.
fn writing(path: &str, text: &str) -> String {
    format!("printf '{}' >{path}\n", text.replace('\n', "\\n"))
}

/// A run whose task `a` has handed off what conflicts with what somebody committed meanwhile. Sent
/// back, the task's agent writes what the resolver should have.
fn conflicting(settings: &str, resolver: &str) -> Stage {
    let stage = Stage::new(settings);
    stage.sandbox.write("src/a/f.py", BASE).commit_all("f");
    let (meant, both) = (writing("src/a/f.py", MEANT), writing("src/a/f.py", BOTH));
    stage.agent("a", &format!("if test $ORCA_ATTEMPT = 1; then {meant}else {both}fi"));
    stage.agent("resolver", resolver);
    stage.plan(&[part("a")]);
    expect(&stage.sandbox.orca(&["run", "--no-merge"]), 0);
    let theirs = stage.commit_on("orca/r1/integration", "src/a/f.py", MERGED);
    stage.integrate_from(&theirs);
    stage
}

fn answers(text: &str) -> String {
    format!("cat >\"$HOME/prompt\"\n{}", writing("src/a/f.py", text))
}

/// What is left when all is done: nobody's worktree, nobody's process.
fn is_tidy(stage: &Stage) {
    assert!(!stage.at("repo.orca/orca-resolver").exists());
    stage.must_be_sound();
}

/// The answer is not taken for this reason, and the task is done anew.
fn is_refused(stage: &Stage, why: &str) {
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    let log = stage.sandbox.git(&["log", "--format=%B", "orca/r1/integration"]);
    assert!(!log.contains("Orca-Resolved"), "{log}");
    assert_eq!(
        (stage.landed("src/a/f.py").as_str(), stage.starts("a"), stage.starts("resolver")),
        (BOTH, 2, 1)
    );
    is_tidy(stage);
}

#[test]
fn an_answer_that_passes_everything_lands_with_its_certificate() {
    let stage = conflicting(GATE, &answers(BOTH));
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("conflict: asking the resolver about a in src/a/f.py"), "{}", ran.stderr);
    assert_eq!(
        (stage.landed("src/a/f.py").as_str(), stage.starts("a"), stage.starts("resolver")),
        (BOTH, 1, 1)
    );
    let log = ["log", "-1", "--format=%(trailers:key=Orca-Resolved,valueonly)", "orca/r1/integration"];
    let evidence = "by resolver (scripted; parse, markers, lines, duplicates, names, validator, gate)";
    assert_eq!(stage.sandbox.git(&log).trim(), format!("src/a/f.py {evidence}"));
    let report = json(&stage.sandbox, &["report"], "report");
    let resolved = &report["resolved"][0];
    assert_eq!((&resolved["task"], &resolved["rung"]), (&"a".into(), &"resolver".into()), "{report}");
    is_tidy(&stage);
}

#[test]
fn the_resolver_is_told_both_intents_and_the_places_and_no_more() {
    let stage =
        conflicting(GATE, &format!("cp src/a/f.py \"$HOME/asked\"\nls >\"$HOME/files\"\n{}", answers(BOTH)));
    stage.run_to_the_end();
    let read = |name: &str| std::fs::read_to_string(stage.at(name)).unwrap();
    let hunk = "<<<<<<< the integration branch\n    return x + 1\n||||||| before both\n    return x\n=======\n    \
                return 2 * x\n>>>>>>> a\n";
    assert_eq!(read("asked"), format!("def f(x):\n{hunk}"));
    assert!(read("files").contains("README.md"), "what merged cleanly is there");
    let prompt = read("prompt");
    for part in ["You put together", "- by somebody else\n", "- Merge a: Part a\n", hunk, "- `src/a/f.py`"] {
        assert!(prompt.contains(part), "{part} is not in:\n{prompt}");
    }
    assert!(!prompt.contains("Orca-"), "{prompt}");
}

#[test]
fn markers_that_are_left_are_no_answer() {
    let stage = conflicting(GATE, "cat >/dev/null; echo Which of them doubles?");
    is_refused(&stage, "src/a/f.py: the result would hold conflict markers");
    let told = std::fs::read_to_string(stage.sandbox.repo().join(".git/orca/run/r1-a/prompt.md")).unwrap();
    assert!(told.contains("The last thing it said:\n  Which of them doubles?"), "{told}");
}

#[test]
fn a_side_is_not_dropped_in_silence() {
    let stage = conflicting(GATE, &answers(MEANT));
    is_refused(&stage, "src/a/f.py: the result would lose lines");
    assert_eq!(stage.rescued("src/a/f.py"), [MEANT]);
}

#[test]
fn what_was_not_in_conflict_is_not_touched_and_what_was_written_is_kept() {
    let stage = conflicting(GATE, &format!("{}{}", answers(BOTH), writing("src/a/more.py", "x = 1\n")));
    is_refused(&stage, "it changed src/a/more.py, which was not in conflict");
    assert_eq!(stage.rescued("src/a/more.py"), ["x = 1\n"]);
    assert_eq!(stage.landed("src/a/more.py"), "");
}

#[test]
fn an_answer_that_the_gate_fails_on_does_not_land() {
    let settings = GATE.replace("grep -q return", "! grep -q \"y = \"");
    let stage = conflicting(&settings, &answers(&BOTH.replace("    return", "    y = 0\n    return")));
    is_refused(&stage, "the gate fails on the resolver's answer");
    assert!(stage.rescued("src/a/f.py")[0].contains("y = 0"));
}

#[test]
fn nobody_is_asked_where_no_gate_could_prove_the_answer() {
    let stage = conflicting("[merge]\nresolve = \"agent\"\n", &answers(BOTH));
    let ran = stage.run_to_the_end();
    assert!(
        ran.stderr.contains("no resolver is asked where no gate could prove its answer"),
        "{}",
        ran.stderr
    );
    assert_eq!((stage.starts("a"), stage.starts("resolver")), (2, 0));
}

#[test]
fn a_resolver_that_fails_gives_no_answer() {
    let stage = conflicting(GATE, &format!("{}exit 3", answers(BOTH)));
    is_refused(&stage, "the resolver exited with status 3");
}

#[test]
fn killed_while_the_resolver_works() {
    let once = "test -e \"$HOME/killed\" || { touch \"$HOME/killed\"; echo half >src/a/f.py; kill -9 $PPID; sleep 600; }";
    let stage = conflicting(GATE, &format!("{once}\n{}", answers(BOTH)));
    stage.run_until_killed();
    assert!(stage.at("repo.orca/orca-resolver").exists());
    stage.run_to_the_end();
    assert_eq!(
        (stage.landed("src/a/f.py").as_str(), stage.starts("a"), stage.starts("resolver")),
        (BOTH, 1, 2)
    );
    assert_eq!(stage.rescued("src/a/f.py"), ["half\n"]);
    is_tidy(&stage);
}

#[test]
fn killed_while_the_gate_proves_the_answer() {
    let kill =
        "grep -q \"2 . (\" src/a/f.py && mkdir \"$HOME/killed\" && { kill -9 $PPID; sleep 600; }; true";
    let stage = conflicting(&GATE.replace("grep -q return src/a/f.py", kill), &answers(BOTH));
    stage.run_until_killed();
    stage.run_to_the_end();
    // What it had answered is not asked again.
    assert_eq!(
        (stage.landed("src/a/f.py").as_str(), stage.starts("a"), stage.starts("resolver")),
        (BOTH, 1, 1)
    );
    is_tidy(&stage);
}

#[test]
fn what_a_killed_orca_left_of_a_resolver_is_saved_by_clean() {
    let stage = conflicting(GATE, "echo half >src/a/f.py; kill -9 $PPID");
    stage.run_until_killed();
    crate::stage::wait_for("the agent to end", || stage.processes().is_empty());
    expect(&stage.sandbox.orca(&["clean"]), 0);
    assert_eq!(stage.rescued("src/a/f.py"), ["half\n"]);
    assert!(!stage.at("repo.orca/orca-resolver").exists());
}

/// Branches that conflict, outside of any run.
fn branches(settings: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("f.py", BASE).write("orca.toml", format!("version = 1\n{settings}")).commit_all("base");
    sandbox.branch("one", "main", &[("f.py", MERGED)]);
    sandbox.branch("two", "main", &[("f.py", MEANT)]);
    sandbox
}

#[test]
fn branches_are_merged_so_outside_of_any_run() {
    let both = BOTH.replace('\n', "\\n");
    let agent = format!(
        "[agents.own]\nprogram = \"sh\"\nargs = [\"-c\", '''cat >/dev/null; printf \"{both}\" >f.py''']\n"
    );
    let sandbox = branches(&agent);
    let args =
        ["merge", "one", "two", "--into", "main", "--resolve", "agent", "--gate", "grep -q return f.py"];
    let before = sandbox.state();
    let dry = json(&sandbox, &[&args[..], &["--dry-run"]].concat(), "merge");
    assert_eq!(sandbox.state(), before);
    let reason = dry["waiting"][0]["reason"].as_str().unwrap();
    assert!(reason.ends_with("; the resolver (own) would be asked"), "{reason}");
    let end = json(&sandbox, &args, "merge");
    assert_eq!(end["landed"], serde_json::json!(["one", "two"]), "{end}");
    assert_eq!(
        (&end["resolved"][0]["rung"], &end["resolved"][0]["candidate"]),
        (&"resolver".into(), &"own".into())
    );
    assert_eq!(sandbox.read("f.py"), BOTH);
    assert_eq!(sandbox.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
}

/// One branch gives an enum a case that a match of the other lacks, in a file in conflict.
#[test]
fn an_answer_that_breaks_a_contract_is_not_taken() {
    let page = |value: &str, more: &str| {
        format!("use crate::kind::Kind;\n\npub fn first(x: u32) -> u32 {{\n    {value}\n}}\n{more}")
    };
    let matched = "\npub fn name(kind: &Kind) -> u8 {\n    match kind {\n        Kind::A => 1,\n        \
                   Kind::B => 2,\n    }\n}\n";
    let sandbox = Sandbox::new();
    let agent = "[agents.own]\nprogram = \"sh\"\nargs = [\"-c\", 'cat >/dev/null; cat \"$HOME/answer\" >src/page.rs']\n";
    sandbox
        .write("src/lib.rs", "mod kind;\nmod page;\n")
        .write("src/kind.rs", "pub enum Kind {\n    A,\n    B,\n}\n");
    sandbox.write("src/page.rs", page("x", "")).write("orca.toml", format!("version = 1\n{agent}"));
    sandbox.commit_all("base");
    let kind = ("src/kind.rs", "pub enum Kind {\n    A,\n    B,\n    C,\n}\n");
    sandbox.branch("one", "main", &[kind, ("src/page.rs", &page("x + 1", ""))]);
    sandbox.branch("two", "main", &[("src/page.rs", &page("2 * x", matched))]);
    sandbox.write("../answer", page("2 * (x + 1)", matched));
    let args = ["merge", "one", "two", "--into", "main", "--resolve", "agent", "--gate", "true"];
    let end = json(&sandbox, &args, "merge");
    let reason = end["waiting"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("the resolver's answer breaks a contract: "), "{end}");
    assert_eq!(end["landed"], serde_json::json!(["one"]));
}

#[test]
fn nobody_to_ask_is_said() {
    let sandbox = branches("");
    let args = ["merge", "one", "two", "--into", "main", "--resolve", "agent", "--gate", "true"];
    refuses(&sandbox, &args, 2, "no agent plays the role 'resolver'");
}
