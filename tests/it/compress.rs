//! The hub, shorter the longer things are ago.

use crate::project::{expect, json};
use crate::stage::{Stage, part};

/// Conducts and lands a run of one task that is sent back once, says what is critical and asks for a change.
fn landed(stage: &Stage) {
    let script = "mkdir -p src/a\necho \"$ORCA_RUN $ORCA_ATTEMPT\" >src/a/done.txt\n\
                  printf 'summary = \"Made %s\\\\n\\\\nin much detail\"\\ncritical = [\"mind the order\"]\\nprovides = [\"flag --%s\"]\\n' \"$ORCA_RUN\" \"$ORCA_RUN\" >\"$TMPDIR/../handoff.toml\"\n";
    let ask = format!(
        "'{}' -C \"$PWD\" mcp --run-dir \"$TMPDIR/..\" --call request_change target=other/theirs.txt reason='too short' >/dev/null\n",
        env!("CARGO_BIN_EXE_git-orca")
    );
    stage.agent("a", &format!("{script}{ask}"));
    stage.plan(&[part("a")]);
    expect(&stage.sandbox.orca(&["task", "edit", "a", "--acceptance", "grep -q 2$ src/a/done.txt"]), 0);
    expect(&stage.sandbox.orca(&["run"]), 0);
    expect(&stage.sandbox.orca(&["merge", "--into", "main"]), 0);
}

fn hub(stage: &Stage) -> String {
    stage.sandbox.git(&["ls-tree", "-r", "--name-only", "refs/orca/hub"])
}

#[test]
fn a_landed_run_becomes_an_entry_and_the_history_keeps_it() {
    let stage = Stage::new("");
    landed(&stage);
    let newest = stage.sandbox.orca(&["context", "compress"]);
    assert!(newest.stdout.contains("kept r1: it is one of the newest"), "{}", newest.stdout);
    let before = (stage.sandbox.state(), hub(&stage));
    let trial =
        json(&stage.sandbox, &["context", "compress", "--keep", "0", "--dry-run"], "context-compress");
    assert_eq!((stage.sandbox.state(), hub(&stage)), before, "a trial changes nothing");
    let folded = json(&stage.sandbox, &["context", "compress", "--keep", "0"], "context-compress");
    assert_eq!((&trial["runs"], &folded["recorded"]), (&folded["runs"], &true.into()));
    let run = &folded["runs"][0];
    let text = "Parts (1 task)\na: Made r1 (2 attempts); flag --r1\na, critical: mind the order";
    assert_eq!(run["completion"], text);
    let open = "1 open, 1 asked for\ncontract-missing: orca/r1/a promises the flag `--r1` and defines none that can be seen\n\
                some-specialist asked: `other/theirs.txt` should change: too short";
    assert_eq!(run["conflict"], open);
    assert!(run["tokens_before"].as_u64() > run["tokens_after"].as_u64().map(|after| 2 * after), "{run}");
    let tree = hub(&stage);
    for gone in ["runs/r1/completions", "runs/r1/attempts", "runs/r1/conflicts", "request-r1"] {
        assert!(before.1.contains(gone), "{}", before.1);
        assert!(!tree.contains(gone), "{tree}");
    }
    for left in ["runs/r1/tasks/a.toml", "runs/r1/handoffs/", "completions/r1.toml", "conflicts/r1.toml"] {
        assert!(tree.contains(left), "{tree}");
    }
    let old = format!("{}:runs/r1/completions/a.toml", folded["before"].as_str().unwrap());
    assert!(stage.sandbox.git(&["show", &old]).contains("summary = \"Part a\""));
    let report = stage.sandbox.orca(&["report"]).stdout;
    assert!(report.contains("1 of 1 tasks merged") && report.contains("-- runs/r1/conflicts"), "{report}");
    assert!(stage.sandbox.orca(&["context", "show"]).stdout.contains("r1: Parts (1 task)\n"));
    let again = stage.sandbox.orca(&["context", "compress", "--keep", "0"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "nothing to fold\n"));
    stage.must_be_sound();
}

#[test]
fn what_is_not_over_stays_and_old_entries_become_a_line() {
    let stage = Stage::new("");
    for _ in 0..6 {
        landed(&stage);
    }
    stage.agent("b", "exit 1");
    stage.plan(&[part("b")]);
    assert_eq!(stage.run().code, 1);
    stage.plan(&[part("c")]);
    let said = stage.sandbox.orca(&["context", "add", "completions", "r3", "--text", "in our own words"]);
    expect(&said, 0);
    let told = stage.sandbox.orca(&["context", "compress"]).stdout;
    assert!(told.contains("kept r7: it has not landed") && !told.contains("r8"), "{told}");
    let entry = |run: &str| stage.show("refs/orca/hub", &format!("completions/{run}.toml"));
    assert!(entry("r1").contains("text = \"Parts (1 task)\"\n"), "{}", entry("r1"));
    assert!(
        entry("r2").contains("mind the order") && entry("r6").contains("mind the order"),
        "{}",
        entry("r2")
    );
    assert!(entry("r3").contains("in our own words"), "{}", entry("r3"));
    assert!(hub(&stage).contains("runs/r7/attempts/"));
    stage.must_be_sound();
}
