use proptest::prelude::*;

use super::*;

fn record() -> HandoffRecord {
    let task = TaskId::new("ws-server").unwrap();
    let run = RunId::new("r7").unwrap();
    HandoffRecord {
        id: HandoffRecord::id_of(run, &task, 2),
        run,
        task,
        attempt: 2,
        from: "backend-specialist".into(),
        to: vec!["frontend-specialist".into(), "*".into()],
        time: 1_731_580_200,
        status: HandoffStatus::Complete,
        reason: String::new(),
        provides: vec!["http GET /documents/:id = Returns document with operations".parse().unwrap()],
        consumes: vec!["type Document @ types".parse().unwrap()],
        notes: vec![("critical".into(), "Operations must be applied in timestamp order".into())],
        dependencies: vec!["npm:ws@8.0.0".into()],
        tests: vec!["Concurrent operation ordering".into()],
        focus: Some("Build React components".into()),
        constraints: vec!["Maintain optimistic updates".into()],
        budget: Some(8500),
        commit: None,
        summary: "WebSocket server with room management\n\nRooms live in memory.".into(),
    }
}

fn seconds(text: &str) -> Option<i64> {
    text.strip_prefix('T')?.parse().ok()
}

fn round_trip(record: &HandoffRecord) -> Result<HandoffRecord, RecordError> {
    from_message(&to_message(record, &format!("T{}", record.time)), seconds)
}

#[test]
fn a_full_record_round_trips() {
    assert_eq!(round_trip(&record()), Ok(record()));
}

#[test]
fn a_forged_message_is_refused() {
    let message = to_message(&record(), "T1");
    let check = |from: &str, to: &str| from_message(&message.replace(from, to), seconds).unwrap_err();
    assert_eq!(check("Orca-Task: ws-server\n", ""), RecordError::Missing("Orca-Task"));
    assert_eq!(check("Orca-Run: r7", "Orca-Run: r7\nOrca-Run: r8"), RecordError::Twice("Orca-Run"));
    assert!(matches!(check("v1 r7/ws-server/2", "v1 r7/other/2"), RecordError::Bad { .. }));
    assert!(matches!(check("Orca-Status: complete", "Orca-Status: done"), RecordError::Bad { .. }));
    assert!(matches!(check("http GET", "https GET"), RecordError::Contract(_)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever an agent writes as prose or as values, the facts of the record survive.
    #[test]
    fn prose_cannot_forge_facts(summary in "(?s)[ -~\n\r]{1,80}", note in ".{0,40}", reason in "[ -~]{0,20}") {
        let mut hostile = record();
        hostile.summary = summary;
        hostile.notes = vec![("critical".into(), note.clone())];
        hostile.reason = reason;
        let read = round_trip(&hostile).unwrap();
        prop_assert_eq!(read.id, hostile.id);
        prop_assert_eq!(read.task, hostile.task);
        prop_assert_eq!(read.provides, hostile.provides);
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let notes: Vec<_> = read.notes.into_iter().map(|(_, text)| text).collect();
        let written: Vec<_> = Some(one_line(&note)).into_iter().filter(|note| !note.is_empty()).collect();
        prop_assert_eq!(notes, written);
        prop_assert_eq!(read.reason, one_line(&hostile.reason));
    }
}
