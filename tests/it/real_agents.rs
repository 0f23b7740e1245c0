//! Whole runs with the real programs, against a stand-in for their services.
//!
//! `ORCA_E2E_CLAUDE`, `ORCA_E2E_CODEX`, `ORCA_E2E_OPENCODE`, `ORCA_E2E_GEMINI` and `ORCA_E2E_COPILOT`
//! name them; where one is missing its tests say so and do nothing. Nothing here leaves the machine: the only address that is given is the stand-in's.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::model::{Answer, Asked, INPUT, Model, OUTPUT, say, tool};
use crate::project::expect;
use crate::stage::{Stage, signal, wait_for};

/// The program that a variable names.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn program(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    if found.is_none() {
        eprintln!("SKIPPED: {variable} names no program");
    }
    found
}

/// A repository whose only agent is a real one.
fn with_agent(preset: &str, program: &std::path::Path, model: &Model, settings: &str) -> Stage {
    let stage = Stage::new("");
    let url = model.url();
    let mut text = format!(
        "version = 1\n[agents.real]\npreset = \"{preset}\"\nprogram = {program:?}\ntimeout = 120\ngrace = 2\n"
    );
    _ = write!(
        text,
        "{}",
        match preset {
            "claude" => format!(
                "[agents.real.env]\nANTHROPIC_BASE_URL = \"{url}\"\nANTHROPIC_API_KEY = \"dummy\"\nCLAUDE_CODE_MAX_RETRIES = \"0\"\n"
            ),
            // Its own protocol of the same service, under a name that is in no list of models.
            "opencode" => {
                let model = format!(
                    r#"{{"provider":{{"mock":{{"npm":"@ai-sdk/anthropic","options":{{"baseURL":"{url}/v1","apiKey":"dummy"}},"models":{{"m":{{"name":"m","tool_call":true,"limit":{{"context":100000,"output":8000}}}}}}}}}},"model":"mock/m","small_model":"mock/m"}}"#
                );
                let settings = stage.at(".config/opencode");
                std::fs::create_dir_all(&settings).unwrap();
                std::fs::write(settings.join("opencode.json"), model).unwrap();
                "[agents.real.env]\nXDG_CONFIG_HOME = \"\"\n".to_owned()
            }
            "gemini" => {
                let login = json!({"security": {"auth": {"selectedType": "gemini-api-key"}}});
                std::fs::create_dir(stage.at(".gemini")).unwrap();
                std::fs::write(stage.at(".gemini/settings.json"), login.to_string()).unwrap();
                format!(
                    "extra_args = [\"-m\", \"gemini-3-pro-preview\"]\n[agents.real.env]\nGOOGLE_GEMINI_BASE_URL = \"{url}\"\nGEMINI_API_KEY = \"dummy\"\n"
                )
            }
            "copilot" => format!(
                "extra_args = [\"--model\", \"claude-sonnet-4.5\"]\n[agents.real.env]\nCOPILOT_OFFLINE = \"true\"\nCOPILOT_PROVIDER_TYPE = \"anthropic\"\nCOPILOT_PROVIDER_BASE_URL = \"{url}\"\nCOPILOT_PROVIDER_API_KEY = \"dummy\"\n"
            ),
            _ => format!(
                "extra_args = [\"-c\", 'model_providers.mock={{name=\"mock\",base_url=\"{url}/v1\",wire_api=\"responses\",env_key=\"MOCK_KEY\",request_max_retries=0,stream_max_retries=0}}', \"-c\", \"model_provider=mock\", \"-m\", \"gpt-mock\"]\n[agents.real.env]\nMOCK_KEY = \"dummy\"\n"
            ),
        }
    );
    let (agent, rest) = settings.split_once("---\n").unwrap_or(("", settings));
    text = text.replace("timeout = 120\n", &format!("timeout = 120\n{agent}")) + rest;
    stage.sandbox.write("orca.toml", text).commit_all("settings");
    stage
}

/// One task per name in one wave, each in `src/<name>`.
fn plan(stage: &Stage, names: &[String]) {
    let mut text = "version = 1\nrequest = \"Parts\"\n".to_owned();
    for name in names {
        _ = write!(
            text,
            "[[task]]\nid = \"{name}\"\ntitle = \"Part {name}\"\nspecialist = \"backend-specialist\"\nscope = [\"src/{name}/**\"]\nestimate_tokens = 1000\n"
        );
    }
    std::fs::write(stage.at("plan.toml"), text).unwrap();
    expect(&stage.sandbox.orca(&["plan", "--file", "../plan.toml"]), 0);
}

fn names(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("part-{number}")).collect()
}

/// What the hub holds of a task.
fn task(stage: &Stage, id: &str) -> Value {
    let table: toml::Table =
        stage.show("refs/orca/hub", &format!("runs/r1/tasks/{id}.toml")).parse().unwrap();
    serde_json::to_value(table).unwrap()
}

/// The same step in the words of either agent.
fn shell(preset: &str, command: &str) -> Answer {
    match preset {
        "claude" => tool("Bash", json!({ "command": command })),
        "gemini" => tool("run_shell_command", json!({ "command": command, "description": "as scripted" })),
        "opencode" | "copilot" => tool("bash", json!({ "command": command, "description": "as scripted" })),
        _ => tool("exec_command", json!({ "cmd": command })),
    }
}

/// What an agent calls a tool of the hub.
fn of_hub(preset: &str, name: &str) -> String {
    match preset {
        "opencode" => format!("orca_{name}"),
        "copilot" => format!("orca-{name}"),
        _ => format!("mcp__orca__{name}"),
    }
}

/// Where the kernel does not confine it, Codex has the tools.
fn asks_by_shell(preset: &str) -> bool {
    preset == "gemini" || preset == "codex" && git_orca::agent::can_confine()
}

/// Work in the scope, an attempt outside, a commit, a handoff by the tool.
fn honest(preset: &'static str) -> impl Fn(&Asked) -> Answer + Send + Sync {
    move |asked| {
        let id = asked.task();
        match asked.turn {
            0 => shell(
                preset,
                &format!(
                    "mkdir -p src/{id} && echo 'export const made = 1;' >src/{id}/made.ts; echo bad >README.md; echo \"outside: $?\""
                ),
            ),
            1 => shell(
                preset,
                &format!("git add src/{id} && git commit -qm 'own commit'; echo \"commit: $?\""),
            ),
            2 if asks_by_shell(preset) => shell(
                preset,
                &format!("sh \"$ORCA_HUB\" handoff status=done summary='Made {id}' notes.critical='mind it'"),
            ),
            2 => tool(
                &of_hub(preset, "orca_handoff"),
                json!({"status": "done", "summary": format!("Made {id}"), "notes": {"critical": ["mind it"]}}),
            ),
            _ => say("done"),
        }
    }
}

/// Copilot tells requests alone.
fn tells_tokens(preset: &str) -> bool {
    preset != "copilot"
}

fn several_at_once(preset: &'static str, program: &std::path::Path, count: usize) {
    let model = Model::start(honest(preset));
    let stage = with_agent(preset, program, &model, "");
    let names = names(count);
    plan(&stage, &names);
    stage.run_to_the_end();
    for id in &names {
        assert_eq!(stage.landed(&format!("src/{id}/made.ts")), "export const made = 1;\n");
        let task = task(&stage, id);
        let requests = model.asked().iter().filter(|asked| asked.task() == *id).count() as u64;
        assert_eq!(requests, 4, "{id}");
        assert_eq!(task["attempt"], 1);
        if tells_tokens(preset) {
            let exact = json!({"input": INPUT * requests, "output": OUTPUT * requests, "estimated": false});
            assert!(
                exact.as_object().unwrap().iter().all(|(key, value)| task["usage"][key] == *value),
                "{id}"
            );
        }
        let message = stage.sandbox.git(&["log", "-1", "--format=%B", &format!("orca/r1/{id}")]);
        assert!(message.starts_with(&format!("Made {id}\n")), "{message}");
        assert!(message.contains("Orca-Note: critical: mind it"), "{message}");
        let subjects = stage.sandbox.git(&["log", "--format=%s", &format!("orca/r1/{id}")]);
        assert!(subjects.contains("own commit"), "{subjects}");
    }
    let told: Vec<String> =
        model.asked().into_iter().map(|asked| asked.last).filter(|last| last.contains("outside: ")).collect();
    assert_eq!(told.len(), count);
    if git_orca::agent::can_confine() {
        assert!(
            told.iter().all(|last| last.contains("Permission denied") && last.contains("outside: 1")),
            "{told:?}"
        );
    }
    assert_eq!(stage.landed("README.md"), "hello\n");
    stage.must_be_sound();
}

#[test]
fn eight_claudes_work_at_once() {
    let Some(program) = program("ORCA_E2E_CLAUDE") else { return };
    several_at_once("claude", &program, 8);
}

#[test]
fn four_codexes_work_at_once() {
    let Some(program) = program("ORCA_E2E_CODEX") else { return };
    several_at_once("codex", &program, 4);
}

#[test]
fn two_opencodes_work_at_once() {
    let Some(program) = program("ORCA_E2E_OPENCODE") else { return };
    several_at_once("opencode", &program, 2);
}

#[test]
fn two_geminis_work_at_once() {
    let Some(program) = program("ORCA_E2E_GEMINI") else { return };
    several_at_once("gemini", &program, 2);
}

/// Its own rules let its shell ask the hub, and nothing else that is no reading of Git.
#[test]
fn gemini_asks_the_hub_under_its_own_rules() {
    let Some(program) = program("ORCA_E2E_GEMINI") else { return };
    let model = Model::start(|asked| match asked.turn {
        0 => tool("write_file", json!({ "file_path": "src/part-1/made.ts", "content": "made\n" })),
        1 => shell("gemini", "sh \"$ORCA_HUB\" handoff status=done summary='Said by shell'"),
        2 => shell("gemini", "sh \"$ORCA_HUB\"; touch stray.txt"),
        _ => say("done"),
    });
    let stage = with_agent("gemini", &program, &model, "sandbox = \"off\"\n---\n");
    plan(&stage, &names(1));
    stage.run_to_the_end();
    assert_eq!(stage.landed("src/part-1/made.ts"), "made\n");
    let message = stage.sandbox.git(&["log", "-1", "--format=%B", "orca/r1/part-1"]);
    assert!(message.starts_with("Said by shell\n"), "{message}");
    assert!(stage.rescued("stray.txt").is_empty(), "it was never written");
}

#[test]
fn two_copilots_work_at_once() {
    let Some(program) = program("ORCA_E2E_COPILOT") else { return };
    several_at_once("copilot", &program, 2);
}

#[test]
fn gemini_and_copilot_need_a_login_and_correct_themselves() {
    for (preset, variable) in [("gemini", "ORCA_E2E_GEMINI"), ("copilot", "ORCA_E2E_COPILOT")] {
        let Some(program) = program(variable) else { continue };
        stops_without_a_login(preset, &program);
        corrects_in_one_conversation(preset, &program);
    }
}

/// A plan by the tool, or printed, from an orchestrator that tries to write and cannot.
fn plans(preset: &'static str, program: &std::path::Path, by_tool: bool) {
    let model = Model::start(move |asked| match (asked.turn, by_tool) {
        (0, _) => shell(preset, "echo bad >README.md; echo \"outside: $?\""),
        (1, true) => {
            let task = |id: &str| json!({"id": id, "title": "t", "specialist": "backend-specialist", "scope": [format!("src/{id}/**")]});
            let plan = json!({"tasks": [task("x"), task("y")]});
            match asks_by_shell(preset) {
                true => shell(preset, &format!("sh \"$ORCA_HUB\" plan '{plan}'")),
                false => tool(&of_hub(preset, "orca_plan"), plan),
            }
        }
        (_, true) => say("The plan is handed in."),
        (_, false) => say(
            "Here it is:\n\n```toml\nversion = 1\nrequest = \"x\"\n[[task]]\nid = \"x\"\ntitle = \"t\"\nspecialist = \"backend-specialist\"\nscope = [\"src/x/**\"]\n[[task]]\nid = \"y\"\ntitle = \"t\"\nspecialist = \"backend-specialist\"\nscope = [\"src/y/**\"]\n```\n",
        ),
    });
    let stage = with_agent(preset, program, &model, "");
    let before = stage.sandbox.git(&["status", "--porcelain"]);
    expect(&stage.sandbox.orca(&["plan", "Do both parts"]), 0);
    assert!(stage.show("refs/orca/hub", "runs/r1/run.toml").contains("Do both parts"));
    assert_eq!(
        (task(&stage, "x")["state"].clone(), task(&stage, "y")["state"].clone()),
        ("pending".into(), "pending".into())
    );
    assert_eq!(stage.sandbox.git(&["status", "--porcelain"]), before);
}

#[test]
fn claude_plans() {
    let Some(program) = program("ORCA_E2E_CLAUDE") else { return };
    plans("claude", &program, true);
    plans("claude", &program, false);
}

#[test]
fn opencode_plans() {
    let Some(program) = program("ORCA_E2E_OPENCODE") else { return };
    plans("opencode", &program, true);
}

#[test]
fn gemini_plans() {
    let Some(program) = program("ORCA_E2E_GEMINI") else { return };
    plans("gemini", &program, true);
    plans("gemini", &program, false);
}

#[test]
fn copilot_plans() {
    let Some(program) = program("ORCA_E2E_COPILOT") else { return };
    plans("copilot", &program, true);
}

#[test]
fn codex_plans() {
    let Some(program) = program("ORCA_E2E_CODEX") else { return };
    plans("codex", &program, true);
    plans("codex", &program, false);
}

/// The service turns the first request away, and later recovers.
fn waits_for_a_busy_service(preset: &'static str, program: &std::path::Path) {
    let work = honest(preset);
    let model = Model::start(move |asked| match (asked.turn, asked.times) {
        (0, 1) => Answer::Status(429),
        _ => work(asked),
    });
    let stage = with_agent(preset, program, &model, "[lifecycle]\nmax_rejected = 1\nback_off = 1\n");
    plan(&stage, &names(1));
    stage.run_to_the_end();
    let task = task(&stage, "part-1");
    assert_eq!((&task["attempt"], &task["rejected"]), (&2.into(), &0.into()));
}

/// Nobody is blamed for a missing login, and nothing is started again.
fn stops_without_a_login(preset: &'static str, program: &std::path::Path) {
    let model = Model::start(|_| Answer::Status(401));
    let stage = with_agent(preset, program, &model, "");
    plan(&stage, &names(1));
    let ran = stage.run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("is not logged in to its service"), "{}", ran.stderr);
    assert_eq!(
        (task(&stage, "part-1")["rejected"].clone(), task(&stage, "part-1")["state"].clone()),
        (0.into(), "ready".into())
    );
    stage.must_be_sound();
}

/// A service that goes silent is given up, and the next attempt gets through.
fn leaves_a_silent_service(preset: &'static str, program: &std::path::Path) {
    let work = honest(preset);
    let model = Model::start(move |asked| match (asked.turn, asked.text.contains("went silent")) {
        (0, false) => Answer::Silence,
        _ => work(asked),
    });
    let stage =
        with_agent(preset, program, &model, "stall_timeout = 15\n---\n[lifecycle]\nmax_rejected = 9\n");
    plan(&stage, &names(1));
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("went silent"), "{}", ran.stderr);
    assert!(task(&stage, "part-1")["attempt"].as_u64() >= Some(2));
    stage.must_be_sound();
}

/// What is wrong goes back into the same conversation, where it is put right.
fn corrects_in_one_conversation(preset: &'static str, program: &std::path::Path) {
    let model = Model::start(move |asked| {
        let again = asked.text.contains("Your work was sent back");
        match (again, asked.text.contains("corrected: 0")) {
            (false, _) if asked.turn == 0 => {
                shell(preset, "mkdir -p src/part-1 && echo wrong >src/part-1/made.txt")
            }
            (true, false) => shell(preset, "echo right >src/part-1/made.txt; echo \"corrected: $?\""),
            _ => say("done"),
        }
    });
    let stage = with_agent(preset, program, &model, "");
    plan(&stage, &names(1));
    let criterion = "grep -q right src/part-1/made.txt";
    expect(&stage.sandbox.orca(&["task", "edit", "part-1", "--acceptance", criterion]), 0);
    stage.run_to_the_end();
    assert_eq!(stage.landed("src/part-1/made.txt"), "right\n");
    let asked = model.asked();
    let told = asked.iter().find(|asked| asked.text.contains("Your work was sent back")).unwrap();
    assert!(told.text.contains(criterion) && told.text.contains("You may write only"), "{}", told.text);
    let task = task(&stage, "part-1");
    assert_eq!(task["attempt"], 2);
    if tells_tokens(preset) {
        assert_eq!(task["usage"]["input"], INPUT * asked.len() as u64);
    }
}

macro_rules! with_both {
    ($($case:ident: $claude:ident, $codex:ident;)*) => {$(
        #[test]
        fn $claude() {
            let Some(program) = program("ORCA_E2E_CLAUDE") else { return };
            $case("claude", &program);
        }

        #[test]
        fn $codex() {
            let Some(program) = program("ORCA_E2E_CODEX") else { return };
            $case("codex", &program);
        }
    )*};
}

with_both! {
    waits_for_a_busy_service: claude_waits_for_a_busy_service, codex_waits_for_a_busy_service;
    stops_without_a_login: claude_stops_without_a_login, codex_stops_without_a_login;
    leaves_a_silent_service: claude_leaves_a_silent_service, codex_leaves_a_silent_service;
    asks_before_it_writes: claude_asks_before_it_writes, codex_asks_before_it_writes;
    survives_kills_in_mid_work: claude_survives_kills_in_mid_work, codex_survives_kills_in_mid_work;
    corrects_in_one_conversation: claude_corrects_in_one_conversation, codex_corrects_in_one_conversation;
}

/// Where the kernel does not confine it, an agent's own hook refuses to write outside the scope.
fn asks_before_it_writes(preset: &'static str, program: &std::path::Path) {
    let worktree = std::sync::Arc::new(std::sync::OnceLock::new());
    let known = std::sync::Arc::clone(&worktree);
    let model = Model::start(move |asked| {
        let write = |path: &str| match preset {
            "claude" => {
                let dir: &PathBuf = known.get().unwrap();
                tool("Write", json!({ "file_path": dir.join(path), "content": "made\n" }))
            }
            _ => shell(
                preset,
                &format!("apply_patch <<'P'\n*** Begin Patch\n*** Add File: {path}\n+made\n*** End Patch\nP"),
            ),
        };
        match asked.turn {
            0 => write("stray.txt"),
            1 => write("src/part-1/made.txt"),
            _ => say("done"),
        }
    });
    let stage = with_agent(preset, program, &model, "sandbox = \"off\"\n---\n");
    worktree.set(stage.worktree("part-1")).unwrap();
    plan(&stage, &names(1));
    stage.run_to_the_end();
    let told = model.asked().into_iter().find(|asked| asked.turn == 1).unwrap().last;
    assert!(told.contains("outside the scope of task 'part-1'"), "{told}");
    assert_eq!(stage.landed("src/part-1/made.txt"), "made\n");
    assert!(stage.rescued("stray.txt").is_empty(), "it was never written");
}

/// First orca dies while the agent is at work, then the agent with all that it started.
fn survives_kills_in_mid_work(preset: &'static str, program: &std::path::Path) {
    let may_end = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (work, flag) = (honest(preset), std::sync::Arc::clone(&may_end));
    let is_over = move || flag.load(std::sync::atomic::Ordering::Relaxed);
    let model = Model::start(move |asked| match asked.turn {
        1 if !is_over() => shell(preset, "echo begun >src/part-1/begun.txt; while :; do sleep 1; done"),
        _ => work(asked),
    });
    let stage = with_agent(preset, program, &model, "");
    plan(&stage, &names(1));
    let begun = stage.worktree("part-1").join("src/part-1/begun.txt");
    let mut conductor = stage.start("killed", &["run"]);
    wait_for("work", || begun.exists());
    signal("KILL", conductor.id());
    conductor.wait().unwrap();
    let left = stage.processes();
    assert!(!left.is_empty(), "the agent lives on");
    std::fs::remove_file(&begun).unwrap();
    let mut conductor = stage.start("again", &["run"]);
    wait_for("work", || begun.exists());
    may_end.store(true, std::sync::atomic::Ordering::Relaxed);
    stage.pids().into_iter().for_each(|pid| signal("KILL", pid));
    assert_eq!(conductor.wait().unwrap().code(), Some(0));
    let task = task(&stage, "part-1");
    assert_eq!((&task["attempt"], &task["rejected"]), (&3.into(), &0.into()));
    assert_eq!(stage.landed("src/part-1/begun.txt"), "begun\n");
    assert_eq!(stage.landed("src/part-1/made.ts"), "export const made = 1;\n");
    assert!(!stage.rescued("src/part-1/made.ts").is_empty(), "what was there at the first kill is kept");
    stage.must_be_sound();
}

/// A specialist's first request is a fifth of what the program asks by itself, of which `usual` bytes were
/// counted at the same stand-in.
fn begins_small(preset: &'static str, program: &std::path::Path, usual: usize) {
    let model = Model::start(honest(preset));
    let stage = with_agent(preset, program, &model, "");
    plan(&stage, &names(1));
    stage.run_to_the_end();
    let first = model.asked()[0].bytes;
    assert!(first * 5 <= usual, "the first request of {preset} has {first} bytes");
}

#[test]
fn claude_begins_small() {
    let Some(program) = program("ORCA_E2E_CLAUDE") else { return };
    begins_small("claude", &program, 58_500);
}

/// Where the kernel does not confine them, both keep tools that a shell could replace.
#[test]
fn codex_and_gemini_begin_small() {
    if !git_orca::agent::can_confine() {
        return;
    }
    for (preset, variable, usual) in
        [("codex", "ORCA_E2E_CODEX", 40_600), ("gemini", "ORCA_E2E_GEMINI", 48_100)]
    {
        let Some(program) = program(variable) else { continue };
        begins_small(preset, &program, usual);
    }
}
