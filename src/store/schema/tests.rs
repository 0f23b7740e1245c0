//! Laws of the stored form, and what hostile files do.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::model::{
    AttemptRecord, CompletionRecord, ConflictRecord, ConflictState, ContextEntry, Contract, ContractKind,
    Drift, Ending, HandoffRecord, HandoffStatus, Hold, InterfaceRecord, LandingRecord, Level, Oid, RunId,
    RunRecord, Scope, Section, Session, SpawnAdvice, Status, Task, TaskId, TaskRecord, Usage, WaveRecord,
};

/// Any text: line feeds, quotes, control and bidirectional characters included.
fn text() -> impl Strategy<Value = String> {
    let odd = select(vec!['\n', '\r', '\t', '\0', '"', '\'', '\\', '=', '[', '#', '\u{202e}', '🐋']);
    vec(prop_oneof![any::<char>(), odd], 0..12).prop_map(String::from_iter)
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..3)
}

fn task_id() -> impl Strategy<Value = TaskId> {
    "[a-z0-9][a-z0-9-]{0,8}".prop_map(|id| TaskId::new(&id).unwrap())
}

fn run_id() -> impl Strategy<Value = RunId> {
    (1..=u32::MAX).prop_map(|number| RunId::new(&format!("r{number}")).unwrap())
}

fn oid() -> impl Strategy<Value = Oid> {
    any::<[u8; 20]>().prop_map(|bytes| Oid::from_bytes(&bytes).unwrap())
}

/// The years that RFC 3339 can write.
fn time() -> impl Strategy<Value = i64> {
    -62_135_596_800..=253_402_200_000i64
}

/// TOML's integers are signed.
fn count() -> impl Strategy<Value = u64> {
    0..=i64::MAX as u64
}

fn contracts() -> impl Strategy<Value = Vec<Contract>> {
    let line =
        ("[A-Z][A-Za-z/:]{0,8}( [a-z]+)?", option::of("[a-z]{1,5}"), option::of("[!-~]([ -~]*[!-~])?"));
    let contract = (select(&ContractKind::WORDS[..]), line).prop_map(|((kind, _), (name, task, text))| {
        Contract { kind, name, provider: task.map(|task| TaskId::new(&task).unwrap()), text }
    });
    vec(contract, 0..3)
}

fn usage() -> impl Strategy<Value = Usage> {
    let counts = (count(), count(), count(), count());
    (counts, any::<bool>()).prop_map(|((input, output, cached, reasoning), estimated)| Usage {
        input,
        output,
        cached,
        reasoning,
        estimated,
    })
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        any::<i32>().prop_map(Ending::Exited),
        any::<i32>().prop_map(Ending::Signaled),
        Just(Ending::TimedOut),
        Just(Ending::Stalled),
        Just(Ending::Interrupted),
    ]
}

prop_compose! {
    fn run()(id in run_id(), request in text(), base in oid(), target in text(),
             waves in vec(vec(task_id(), 0..3), 0..3), created in time(), closed in any::<bool>(),
             files in count(), roles in count(), independent in any::<bool>(), reasons in texts()) -> RunRecord {
        let spawn = SpawnAdvice { files, roles, independent, reasons };
        RunRecord { id, request, base, target, waves, created, closed, spawn }
    }
}

prop_compose! {
    fn plan()(id in task_id(), title in text(), specialist in text(),
              patterns in vec(select(vec!["src/**", "src/types", "docs/", "*.{a,b}", "./x", "."]), 0..4),
              after in vec(task_id(), 0..3), provides in contracts(), consumes in contracts(),
              acceptance in texts(), estimate_tokens in option::of(count())) -> Task {
        let scope = Scope::new(&patterns).unwrap();
        Task { id, title, specialist, scope, after, provides, consumes, acceptance, estimate_tokens }
    }
}

prop_compose! {
    fn session()(agent in text(), id in text()) -> Session {
        Session { agent, id }
    }
}

prop_compose! {
    fn task()(task in plan(), status in select(&Status::WORDS[..]),
              hold in option::of(select(&Hold::WORDS[..])), attempt in any::<u32>(),
              rejected in any::<u32>(), base in option::of(oid()), tip in option::of(oid()),
              made in option::of(oid()), (reason, session) in (text(), option::of(session())), feedback in texts(), usage in usage(),
              provides in contracts(),
              (seconds, cost_micros, turns) in (count(), count(), any::<u32>())) -> TaskRecord {
        let (status, hold) = (status.0, hold.map(|hold| hold.0));
        TaskRecord {
            task, status, hold, attempt, rejected, base, tip, made, reason, feedback, usage, cost_micros, turns,
            session, provides, seconds,
        }
    }
}

prop_compose! {
    fn landing()(wave in any::<u32>(), tasks in vec(task_id(), 0..3), from in oid(), to in oid(),
                 gate in text()) -> LandingRecord {
        LandingRecord { wave, tasks, from, to, gate }
    }
}

prop_compose! {
    fn wave()(number in any::<u32>(), merged in vec(task_id(), 0..3), from in oid(), to in oid(),
              gate in text(), findings in any::<u32>()) -> WaveRecord {
        WaveRecord { number, merged, from, to, gate, findings }
    }
}

prop_compose! {
    fn attempt()(run in run_id(), task in task_id(), number in any::<u32>(), agent in text(),
                 started in time(), seconds in count(), ending in ending(), usage in usage(),
                 tip in option::of(oid()), (note, decision) in (text(), text()),
                 (turns, context, objections) in (any::<u32>(), option::of(any::<u32>()), any::<u32>()),
                 (cost_micros, first_request) in (count(), option::of(count())),
                 drift in any::<[u32; 3]>()) -> AttemptRecord {
        let drift = Drift { outside: drift[0], undeclared: drift[1], excluded: drift[2] };
        AttemptRecord { run, task, number, agent, started, seconds, ending, usage, turns, cost_micros,
                        first_request, context, tip, decision, objections, drift, note }
    }
}

prop_compose! {
    fn handoff()(
        (id, run, task, attempt, from, to) in (text(), run_id(), task_id(), any::<u32>(), text(), texts()),
        (time, status, reason) in (time(), select(&HandoffStatus::WORDS[..]), text()),
        (provides, consumes, notes) in (contracts(), contracts(), vec((text(), text()), 0..3)),
        (dependencies, tests, constraints) in (texts(), texts(), texts()),
        (focus, budget, commit) in (option::of(text()), option::of(count()), option::of(oid())),
        summary in text(),
    ) -> HandoffRecord {
        let status = status.0;
        HandoffRecord { id, run, task, attempt, from, to, time, status, reason, provides, consumes, notes,
                        dependencies, tests, focus, constraints, budget, commit, summary }
    }
}

prop_compose! {
    fn entry()(section in select(&Section::WORDS[..]), id in text(), text in text(), author in text(),
               time in time()) -> ContextEntry {
        ContextEntry { section: section.0, id, text, author, time }
    }
}

prop_compose! {
    fn interface()(kind in select(&ContractKind::WORDS[..]), name in text(), text in text(),
                   provider in option::of(task_id()), run in option::of(run_id()),
                   path in option::of(text())) -> InterfaceRecord {
        InterfaceRecord { kind: kind.0, name, text, provider, run, path }
    }
}

prop_compose! {
    fn completion()(run in run_id(), task in task_id(), time in time(), commit in option::of(oid()),
                    summary in text()) -> CompletionRecord {
        CompletionRecord { run, task, time, commit, summary }
    }
}

prop_compose! {
    fn conflict()(run in run_id(), fingerprint in text(), rule in text(),
                  level in select(vec![Level::Advice, Level::Warn, Level::Deny]), message in text(),
                  sites in texts(), state in select(&ConflictState::WORDS[..]), time in time()) -> ConflictRecord {
        ConflictRecord { run, fingerprint, rule, level, message, sites, state: state.0, time }
    }
}

/// A record is read back as it was written; writing is a function; an update of one record to
/// another keeps a stranger's key and comment; and writing what is there changes nothing.
fn obeys_the_laws<R: Record + std::fmt::Debug>(one: &R, two: &R) {
    let path = "x.toml";
    let first = encode(path, None, one).unwrap();
    assert_eq!(&decode::<R>(path, &first).unwrap(), one);
    assert_eq!(encode(path, None, one).unwrap(), first);
    let foreign = format!("# by hand\nfrom-the-future = [1, 2] # kept\n{first}");
    assert_eq!(encode(path, Some(&foreign), one).unwrap(), foreign);
    let updated = encode(path, Some(&foreign), two).unwrap();
    assert_eq!(&decode::<R>(path, &updated).unwrap(), two);
    assert!(updated.contains("from-the-future = [1, 2] # kept\n"), "{updated}");
    assert!(one == two || updated != foreign);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn runs(one in run(), two in run()) { obeys_the_laws(&one, &two); }
    #[test]
    fn tasks(one in task(), two in task()) { obeys_the_laws(&one, &two); }
    #[test]
    fn landings(one in landing(), two in landing()) { obeys_the_laws(&one, &two); }
    #[test]
    fn waves(one in wave(), two in wave()) { obeys_the_laws(&one, &two); }
    #[test]
    fn attempts(one in attempt(), two in attempt()) { obeys_the_laws(&one, &two); }
    #[test]
    fn handoffs(one in handoff(), two in handoff()) { obeys_the_laws(&one, &two); }
    #[test]
    fn entries(one in entry(), two in entry()) { obeys_the_laws(&one, &two); }
    #[test]
    fn interfaces(one in interface(), two in interface()) { obeys_the_laws(&one, &two); }
    #[test]
    fn completions(one in completion(), two in completion()) { obeys_the_laws(&one, &two); }
    #[test]
    fn conflicts(one in conflict(), two in conflict()) { obeys_the_laws(&one, &two); }

    #[test]
    fn no_text_makes_reading_panic(text in text()) {
        let _ = decode::<TaskRecord>("x.toml", &text);
    }
}

fn sample() -> (TaskRecord, String) {
    let record = TaskRecord {
        status: Status::Running,
        attempt: 1,
        ..TaskRecord::new(Task {
            id: TaskId::new("types").unwrap(),
            title: "Message types".into(),
            specialist: "types-specialist".into(),
            scope: Scope::new(&["src/types/**"]).unwrap(),
            after: Vec::new(),
            provides: vec!["type Operation".parse().unwrap()],
            consumes: Vec::new(),
            acceptance: vec!["npx tsc --noEmit".into()],
            estimate_tokens: Some(8000),
        })
    };
    let text = encode("t.toml", None, &record).unwrap();
    (record, text)
}

#[test]
fn a_task_reads_like_a_plan() {
    insta::assert_snapshot!(sample().1, @r#"
    version = 1
    id = "types"
    state = "running"
    reason = ""
    attempt = 1
    rejected = 0
    seconds = 0
    title = "Message types"
    specialist = "types-specialist"
    estimate_tokens = 8000
    scope = ["src/types/**"]
    after = []
    provides = ["type Operation"]
    consumes = []
    acceptance = ["npx tsc --noEmit"]
    feedback = []
    stated = []
    cost_micros = 0
    turns = 0

    [usage]
    input = 0
    output = 0
    cached = 0
    reasoning = 0
    estimated = false
    "#);
}

#[test]
fn hostile_text_is_refused_with_its_line() {
    let (_, good) = sample();
    let check = |from: &str, to: &str, line: usize, reason: &str| {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from}");
        match decode::<TaskRecord>("runs/r1/tasks/types.toml", &bad) {
            Err(HubError::Record { path, line: found, reason: why }) => {
                assert_eq!((path.as_str(), found), ("runs/r1/tasks/types.toml", line), "{why}");
                assert!(why.contains(reason), "{why}");
            }
            other => panic!("{other:?}"),
        }
    };
    check("\"running\"", "\"sprinting\"", 3, "unknown state 'sprinting': use pending, ready");
    check("\"running\"", "7", 3, "expected a string");
    check("\"types\"", "\"../../etc\"", 2, "bad task id '../../etc'");
    check("attempt = 1", "attempt = -1", 5, "invalid value");
    check("\"src/types/**\"", "\"/etc/**\"", 11, "not inside the repository");
    check("type Operation", "class \u{202e}X", 13, "unknown contract kind 'class'");
    check("version = 1", "version = ", 1, "string values must be quoted");
    check("title = ", "titel = ", 1, "missing field `title`");
    check("state = ", "state = \"ready\"\nstate = ", 4, "duplicate key");
    let deep = format!("x = {}", "[".repeat(100_000));
    assert!(matches!(decode::<TaskRecord>("x", &deep), Err(HubError::Record { .. })));
}

#[test]
fn a_newer_record_is_read_and_not_written() {
    let (record, text) = sample();
    let newer = text.replace("version = 1", "version = 2");
    assert_eq!(decode::<TaskRecord>("x", &newer).unwrap(), record);
    let refused = encode("x", Some(&newer), &record);
    assert!(matches!(refused, Err(HubError::NewerRecord { version: 2, .. })), "{refused:?}");
}

#[test]
fn what_cannot_be_read_back_is_not_written() {
    let summary = "done".to_owned();
    let task = TaskId::new("types").unwrap();
    let record = CompletionRecord { run: RunId::FIRST, task, time: i64::MAX, commit: None, summary };
    assert!(matches!(encode("x", None, &record), Err(HubError::Unstorable { .. })));
    let (mut record, _) = sample();
    record.provides =
        vec![Contract { kind: ContractKind::Type, name: "A = B".into(), provider: None, text: None }];
    assert!(matches!(encode("x", None, &record), Err(HubError::Unstorable { .. })));
}

#[test]
fn unknown_keys_survive_inside_a_table_too() {
    let (mut record, text) = sample();
    let foreign = text.replace("[usage]\n", "[usage]\ncache = 5 # cents\n");
    assert_ne!(foreign, text);
    record.usage.input = 7;
    record.tip = Some(Oid::parse(&"a".repeat(40)).unwrap());
    let updated = encode("x", Some(&foreign), &record).unwrap();
    assert!(updated.contains("cache = 5 # cents\n") && updated.contains("input = 7"), "{updated}");
    record.tip = None;
    let updated = encode("x", Some(&updated), &record).unwrap();
    assert!(!updated.contains("tip"), "{updated}");
}
