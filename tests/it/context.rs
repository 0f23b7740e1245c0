//! `git orca context`: the hub as people read and extend it.

use serde_json::json;

use crate::project::{WRITES, expect, json, planned, project, refuses};

#[test]
fn sections_are_shown_with_what_they_cost() {
    let sandbox = planned(WRITES);
    expect(
        &sandbox.orca(&[
            "context",
            "add",
            "architecture",
            "errors",
            "--text",
            "errors are values\nnever thrown",
        ]),
        0,
    );
    expect(&sandbox.orca(&["run"]), 0);
    let ran = sandbox.orca(&["context", "show"]);
    expect(&ran, 0);
    insta::assert_snapshot!(ran.stdout, @r"
    architecture 8 tokens
      errors: errors are values
      never thrown
    dependencies 4 tokens
      server needs types
    completions 10 tokens
      types: Message types
      server: Server that orders operations
    interfaces 5 tokens
      type Operation (types)
    conflicts 0 tokens
    ");
    let whole = json(&sandbox, &["context", "show"], "context");
    let cut = json(&sandbox, &["context", "show", "--budget", "14"], "context");
    assert!(cut["tokens"].as_u64() <= Some(14) && cut["tokens"].as_u64() < whole["tokens"].as_u64(), "{cut}");
    assert_eq!(cut["sections"][2]["left_out"], 2);
}

#[test]
fn a_specialist_gets_its_own_view() {
    let sandbox = planned(WRITES);
    expect(&sandbox.orca(&["context", "add", "architecture", "errors", "--text", "errors are values"]), 0);
    expect(&sandbox.orca(&["start", "types"]), 0);
    let ran = sandbox.orca(&["context", "show", "--for", "server"]);
    expect(&ran, 0);
    insta::assert_snapshot!(ran.stdout, @r"
    ## Task

    - Server that orders operations (`server` of run r1)
    - You may write only: `src/server/**`

    ## Interfaces you build on

    - `type Operation` is, in src/types/made.ts:
      ```
      export interface Operation { id: string }
      ```

    ## Conventions of this project

    - errors are values

    ## The whole request

    - Real-time collaborative editing

    81 tokens: Task 25, Interfaces you build on 28, Conventions of this project 5, The whole request 7
    ");
    let cut = json(&sandbox, &["context", "show", "--for", "server", "--budget", "60"], "task-context");
    assert!(cut["left_out"].as_array().is_some_and(|cuts| !cuts.is_empty()), "{cut}");
}

#[test]
fn entries_are_added_and_replaced() {
    let sandbox = project("");
    let before = sandbox.state();
    let args = ["context", "add", "interfaces", "type Document", "--text", "{ id: string }"];
    let preview = json(&sandbox, &[&args[..], &["-n"]].concat(), "context-add");
    assert_eq!((&preview["recorded"], &preview["replaced"]), (&json!(false), &json!(false)));
    assert_eq!(sandbox.state(), before);
    assert_eq!(json(&sandbox, &args, "context-add")["replaced"], false);
    assert_eq!(json(&sandbox, &args, "context-add")["replaced"], true);
    sandbox.write("rules.md", "tabs are four spaces\n");
    expect(&sandbox.orca(&["context", "add", "architecture", "style", "--file", "rules.md"]), 0);
    let shown = json(&sandbox, &["context", "show"], "context");
    assert_eq!(shown["sections"][0]["entries"], json!(["style: tabs are four spaces"]));
    assert_eq!(shown["sections"][3]["entries"], json!(["type Document = { id: string }"]));
    let log = json(&sandbox, &["context", "log", "-n", "2"], "context-log");
    let subjects: Vec<_> = log["entries"].as_array().unwrap().iter().map(|entry| &entry["subject"]).collect();
    assert_eq!(subjects, ["architecture style: added", "interfaces type Document: added"]);
    let ran = sandbox.orca(&["context", "log"]);
    assert!(ran.stdout.lines().last().unwrap().ends_with("hub: created"), "{ran:?}");
}

#[test]
fn bad_entries_are_refused() {
    let sandbox = project("");
    let add = |args: &[&str], words: &str| refuses(&sandbox, &[&["context", "add"], args].concat(), 2, words);
    add(&["architecure", "x", "--text", "x"], "hint: did you mean 'architecture'?");
    add(
        &["zzz", "x", "--text", "x"],
        "hint: use architecture, dependencies, completions, conflicts, interfaces",
    );
    add(&["architecture", "", "--text", "x"], "cannot name an entry");
    add(&["architecture", "a\nb", "--text", "x"], "cannot name an entry");
    add(&["architecture", "x", "--text", " "], "the text is empty");
    add(&["architecture", "x"], "--text");
    add(&["architecture", "x", "--text", "x", "--file", "x"], "cannot be used with");
    add(&["architecture", "x", "--file", "none"], "cannot read 'none'");
    add(&["interfaces", "class X", "--text", "x"], "unknown contract kind 'class'");
    refuses(&sandbox, &["context", "show", "--for", "x"], 2, "there is no run yet");
    sandbox.git(&["update-ref", "-d", "refs/orca/hub"]);
    for args in [
        &["context", "show"][..],
        &["context", "log"],
        &["context", "add", "architecture", "x", "--text", "x"],
    ] {
        refuses(&sandbox, args, 2, "hint: git orca init");
    }
}
