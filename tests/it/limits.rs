//! What bounds an agent beyond its scope: what may be used up, which packages may come in, which
//! ports are its own; and the numbers that every decision about it leaves in the hub.

use std::os::unix::fs::PermissionsExt as _;

use crate::stage::{Stage, writes};

/// Settings of agents that say what they used, like Claude Code.
const COUNTING: &str = "output = \"claude\"\nresume_args = [\"--resume\", \"{session}\"]\n";

fn counting(settings: &str, names: &[&str]) -> Stage {
    Stage::with_tasks(&[COUNTING, settings].concat(), names)
}

/// Shell that tells of 1000 tokens in, 10 out, 2 turns, and a quarter of a dollar.
const TELLS: &str = r#"
echo '{"type":"assistant","message":{"usage":{"input_tokens":700,"cache_read_input_tokens":100}}}'
echo '{"type":"assistant","message":{"usage":{"input_tokens":900}}}'
echo '{"type":"result","subtype":"success","is_error":false,"session_id":"s","num_turns":2,"result":"done","total_cost_usd":9,"modelUsage":{"m":{"contextWindow":1000}},"model_usage_since_last_result":{"m":{"inputTokens":1000,"outputTokens":10,"costUSD":0.25}}}'
"#;

fn attempt(stage: &Stage, number: u32) -> toml::Table {
    stage.show("refs/orca/hub", &format!("runs/r1/attempts/a-{number}.toml")).parse().unwrap()
}

#[test]
fn a_task_at_its_limit_is_given_up_and_not_started_again() {
    let stage = counting("[limits]\ntask_tokens = 1500\n[lifecycle]\nmax_rejected = 9\n", &["a"]);
    let tells = TELLS.replace("\"contextWindow\":1000", "\"contextWindow\":100000");
    stage.agent("a", &format!("{}\necho \"$ORCA_ATTEMPT\" >>src/a/done.txt\n{tells}", writes("a")));
    stage.sandbox.orca(&["task", "edit", "a", "--acceptance", "test -e never"]);
    let ran = stage.run();
    assert_eq!((ran.code, stage.starts("a")), (1, 2), "{}", ran.stderr);
    assert!(ran.stdout.contains("at its limit: 2020 of 1500 tokens are used"), "{}", ran.stdout);
    assert_eq!(stage.status("a", "status"), "failed");
}

#[test]
fn a_run_at_its_limit_starts_nothing_more() {
    let stage = counting("[limits]\nrun_usd = 0.25\n", &["a", "b"]);
    stage.agent("a", &format!("{}\n{TELLS}", writes("a")));
    stage.agent("b", &format!("{}\n{TELLS}", writes("b")));
    let ran = stage.sandbox.orca(&["run", "--jobs", "1"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("run r1 is at its limit: $0.25 of $0.25 are spent"), "{}", ran.stderr);
    assert_eq!((stage.starts("a"), stage.starts("b")), (1, 0));
    assert_eq!(stage.status("b", "status"), "ready");
    assert_eq!(stage.landed("src/a/done.txt"), "work of a\n", "what is finished is merged");
    stage.settings(&format!("{COUNTING}[limits]\nrun_usd = 0.75\n"));
    stage.run_to_the_end();
    assert_eq!((stage.starts("a"), stage.landed("src/b/done.txt").as_str()), (1, "work of b\n"));
}

/// What is wrong with one of them waits for the limit to be raised, like what was not started.
#[test]
fn what_is_under_way_when_a_limit_is_reached_is_finished_and_lands() {
    let stage = counting("[limits]\nrun_usd = 0.25\n", &["a", "b", "c", "d"]);
    let until = "while ! test -e \"$HOME/ended\"; do sleep 0.01; done";
    stage.agent("a", &format!("{}\n{TELLS}\ntouch \"$HOME/ended\"", writes("a")));
    stage.agent("b", &format!("{until}\nsleep 0.3\n{}\n{TELLS}", writes("b")));
    stage.agent("c", &format!("{}\n{until}\nsleep 0.3\n{TELLS}", writes("c")));
    stage.sandbox.orca(&["task", "edit", "c", "--acceptance", "test -e never"]);
    let ran = stage.sandbox.orca(&["run", "--jobs", "3"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("run r1 is at its limit"), "{}", ran.stderr);
    let status = |id: &str| stage.status(id, "status").as_str().unwrap().to_owned();
    assert_eq!(["a", "b", "c", "d"].map(status), ["merged", "merged", "ready", "ready"]);
    assert_eq!((stage.starts("c"), stage.starts("d")), (1, 0));
    stage.must_be_sound();
}

#[test]
fn turns_of_a_wave_are_counted() {
    let stage = counting("[limits]\nwave_turns = 2\n", &["a", "b"]);
    stage.agent("a", &format!("{}\n{TELLS}", writes("a")));
    let ran = stage.sandbox.orca(&["run", "--jobs", "1"]);
    assert_eq!((ran.code, stage.starts("b")), (1, 0), "{}", ran.stderr);
    assert!(ran.stderr.contains("the wave is at its limit: 2 of 2 turns are taken"), "{}", ran.stderr);
}

#[test]
fn limits_that_are_no_numbers_are_named() {
    let stage = Stage::new("");
    stage.settings("[limits]\nrun_usd = -1.0\n");
    let ran = stage.sandbox.orca(&["run"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("orca.toml:6: -1 dollars are no sum of money"), "{}", ran.stderr);
}

#[test]
fn every_decision_leaves_its_numbers() {
    let stage = counting("", &["a"]);
    let work =
        format!("{}\necho \"$ORCA_ATTEMPT\" >>src/a/done.txt\necho x >README.md\n{TELLS}", writes("a"));
    stage.agent("a", &work);
    stage.sandbox.orca(&["task", "edit", "a", "--acceptance", "grep -q 2 src/a/done.txt"]);
    stage.run_to_the_end();
    let (first, second) = (attempt(&stage, 1), attempt(&stage, 2));
    assert_eq!(first["decision"].as_str(), Some("sent back"));
    assert_eq!(first["objections"].as_integer(), Some(1));
    assert_eq!(first["drift"]["outside"].as_integer(), Some(1));
    assert_eq!((first["turns"].as_integer(), first["cost_micros"].as_integer()), (Some(2), Some(250_000)));
    assert_eq!(first["first_request"].as_integer(), Some(800));
    assert_eq!(first["context_percent"].as_integer(), Some(90));
    assert!(first["note"].as_str().unwrap().contains("grep -q 2 src/a/done.txt"), "{first}");
    assert_eq!((second["decision"].as_str(), second["objections"].as_integer()), (Some("accepted"), Some(0)));
}

#[test]
fn a_full_context_without_progress_is_the_end() {
    let stage = counting("[lifecycle]\nmax_rejected = 9\n", &["a"]);
    stage.agent("a", &format!("{}\necho \"$ORCA_ATTEMPT\" >>src/a/done.txt\n{TELLS}", writes("a")));
    stage.sandbox.orca(&["task", "edit", "a", "--acceptance", "test -e never"]);
    let ran = stage.run();
    assert_eq!((ran.code, stage.starts("a")), (1, 2), "{}", ran.stderr);
    assert!(ran.stdout.contains("its context is 90 % full and 1 objections follow 1"), "{}", ran.stdout);
    assert_eq!(attempt(&stage, 2)["decision"].as_str(), Some("terminated"));
}

#[test]
fn excluded_packages_are_sent_back_and_others_are_not() {
    let stage = Stage::new("");
    let manifest = r#"{"dependencies": {"old": "1"}}"#;
    stage.sandbox.write("src/a/package.json", manifest).commit_all("manifest");
    let settings = std::fs::read_to_string(stage.sandbox.repo().join("orca.toml")).unwrap();
    stage.sandbox.write(
        "orca.toml",
        settings.replace("version = 1\n", "version = 1\nconstraints = [\"no new npm packages\"]\n"),
    );
    stage.plan(&[crate::stage::part("a")]);
    let add = r#"echo '{"dependencies": {"old": "2", "left-pad": "1"}}' >src/a/package.json"#;
    let take_back = r#"echo '{"dependencies": {"old": "2"}}' >src/a/package.json; echo '[dependencies]
serde = "1"' >src/a/Cargo.toml"#;
    stage.agent("a", &format!("cat >\"$HOME/prompt-$ORCA_ATTEMPT\"\nif test \"$ORCA_ATTEMPT\" = 1; then {add}; else {take_back}; fi"));
    stage.run_to_the_end();
    let told = std::fs::read_to_string(stage.at("prompt-2")).unwrap();
    assert!(
        told.contains("src/a/package.json adds the package 'left-pad': \"no new npm packages\""),
        "{told}"
    );
    assert_eq!(attempt(&stage, 1)["drift"]["excluded"].as_integer(), Some(1));
    assert!(!stage.landed("src/a/package.json").contains("left-pad"));
}

#[test]
fn each_worktree_has_ports_of_its_own() {
    let stage = Stage::with_tasks("", &["a", "b"]);
    // A base that tests running beside this one will not think of.
    let base = 20_000 + std::process::id() % 20_000;
    stage.settings(&format!(
        "[worktree]\nport_base = {base}\nsetup = [\"echo {{port}} $PORT {{task}} >setup.txt\"]\n"
    ));
    for id in ["a", "b"] {
        stage.agent(
            id,
            &format!("{}\necho \"$PORT $ORCA_PORT\" >src/{id}/port.txt\ncp setup.txt src/{id}/", writes(id)),
        );
    }
    stage.run_to_the_end();
    let ports = ["a", "b"].map(|id| stage.landed(&format!("src/{id}/port.txt")));
    assert_ne!(ports[0], ports[1]);
    for (id, port) in ["a", "b"].iter().zip(&ports) {
        let (own, same) = port.trim().split_once(' ').unwrap();
        assert_eq!(own, same);
        assert!(own.parse::<u32>().unwrap() >= base, "{port}");
        assert_eq!(stage.landed(&format!("src/{id}/setup.txt")), format!("{own} {own} {id}\n"));
    }
}

/// Each waits for the other, so that one after the other they would never end.
#[test]
fn worktrees_of_a_wave_are_set_up_side_by_side() {
    let stage = Stage::with_tasks("", &["a", "b"]);
    let meet = "touch \\\"$HOME/at-{task}\\\"; while ! test -e \\\"$HOME/at-a\\\" -a -e \\\"$HOME/at-b\\\"; do sleep 0.01; done";
    stage.settings(&format!("[worktree]\nsetup = [\"{meet}\"]\n[gate]\ntimeout = 20\n"));
    stage.run_to_the_end();
}

#[test]
fn an_agent_that_is_too_old_is_warned_of() {
    let stage = Stage::new("");
    let program = stage.at("claude");
    let tells = |version: &str| {
        std::fs::write(&program, format!("#!/bin/sh\necho '{version} (Claude Code)'\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let settings = format!("version = 1\n[agents.default]\npreset = \"claude\"\nprogram = {program:?}\n");
        stage.sandbox.write("orca.toml", settings);
        stage.sandbox.orca(&["doctor"]).stdout
    };
    let told = tells("2.1.99");
    assert!(
        told.contains("version 2.1.99: older than what was tried")
            && told.contains("install version 2.1.329 or newer"),
        "{told}"
    );
    let told = tells("2.1.400");
    assert!(told.contains("version 2.1.400") && !told.contains("older"), "{told}");
    let told = tells("none");
    assert!(told.contains("which does not tell its version"), "{told}");
}

#[test]
fn the_report_tells_how_small_a_conversation_begins() {
    let stage = counting("usual_request = 4000\n", &["a"]);
    stage.agent("a", &format!("{}\n{TELLS}", writes("a")));
    stage.run_to_the_end();
    let told = stage.sandbox.orca(&["report"]).stdout;
    assert!(told.contains("80 % below the agents' usual"), "{told}");
    let report = crate::project::json(&stage.sandbox, &["report"], "report");
    assert_eq!(report["tokens"]["first_request"]["saved_percent"], 80);
    assert_eq!(report["tasks"][0]["first_request"], 800);
}
