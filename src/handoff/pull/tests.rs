use super::*;
use crate::handoff::strict;
use crate::model::{ConflictState, HandoffStatus, Level, Oid, RunId, Scope, Task, TaskId};

fn task() -> TaskRecord {
    TaskRecord::new(Task {
        id: TaskId::new("types").unwrap(),
        title: "Message types".into(),
        specialist: "types-specialist".into(),
        scope: Scope::new(&["src/types/**"]).unwrap(),
        after: Vec::new(),
        provides: Vec::new(),
        consumes: Vec::new(),
        acceptance: vec!["npx tsc --noEmit".into()],
        estimate_tokens: None,
    })
}

fn handoff(summary: &str) -> HandoffRecord {
    let (run, task) = (RunId::FIRST, TaskId::new("types").unwrap());
    HandoffRecord {
        id: HandoffRecord::id_of(run, &task, 1),
        run,
        task,
        attempt: 1,
        from: "types-specialist".into(),
        to: Vec::new(),
        time: 0,
        status: HandoffStatus::Complete,
        reason: String::new(),
        provides: vec!["type Vec<T> = { @id: string }".parse().unwrap()],
        consumes: Vec::new(),
        notes: Vec::new(),
        dependencies: Vec::new(),
        tests: Vec::new(),
        focus: None,
        constraints: Vec::new(),
        budget: None,
        commit: Some(Oid::parse(&"a".repeat(40)).unwrap()),
        summary: summary.into(),
    }
}

fn body(handoff: &HandoffRecord, findings: &[ConflictRecord]) -> String {
    let message = crate::handoff::to_message(handoff, "2026-01-01T00:00:00Z");
    let trailers = strict(&message).unwrap();
    let task = task();
    let facts = PullFacts {
        task: &task,
        handoff,
        trailers: &trailers,
        after: &[],
        findings,
        n_files: 1,
        range: "aa..bb",
    };
    let body = pull_body(&facts);
    let kept = strict(&body).unwrap();
    assert!(kept == trailers || (kept == trailers[..6] && message.len() > 10_000), "{}", body.len());
    assert!(pull_title(&facts).lines().count() == 1);
    body
}

#[test]
fn a_finding_and_a_contract_are_set_as_code() {
    let finding = ConflictRecord {
        run: RunId::FIRST,
        fingerprint: "1234".into(),
        rule: "shape-mismatch".into(),
        level: Level::Deny,
        message: "'Operation' has other fields; ask @bob".into(),
        sites: vec!["orca/r1/types:a.ts:1".into()],
        state: ConflictState::Settled,
        time: 0,
    };
    let body = body(&handoff("Types\n\nDone."), &[finding]);
    assert!(body.starts_with("## What it does\n\nDone.\n\n## Order\n"), "{body}");
    let line = "- deny `shape-mismatch`, settled: 'Operation' has other fields; ask `@bob` (`orca/r1/types:a.ts:1`)\n";
    assert!(body.contains(line), "{body}");
    assert!(body.contains("- provides `type Vec<T> = { @id: string }`\n"), "{body}");
}

#[test]
fn a_body_fits_whatever_is_said() {
    let mut long = handoff(&format!("S\n\n{}", "@x ".repeat(100_000)));
    long.notes = vec![("critical".into(), "\u{1b}".repeat(10_000)); 100];
    assert!(body(&long, &[]).len() < 65_536);
}

#[test]
fn only_what_stands_above_our_heading_is_a_persons() {
    let check = |old: &str, new: &str, expected: &str| assert_eq!(with_preface(old, new), expected);
    check("Hi.\n\n## Order\nold\n", "## What it does\nnew\n", "Hi.\n\n## What it does\nnew\n");
    check("## What it does\n\n## Order\nold", "## Order\nnew", "## Order\nnew");
    check("all my own", "## Order\nnew", "## Order\nnew");
}
