//! What agents say of themselves, and what the kernel keeps them from.

use crate::stage::{Part, Stage};

/// A stage whose agents speak like Claude Code and can go on with a conversation.
fn talking(settings: &str) -> Stage {
    let keys = "output = \"claude\"\nresume_args = [\"--resume\", \"{session}\"]\n";
    Stage::with_tasks(&format!("{keys}{settings}"), &["a"])
}

/// Shell that prints a result like Claude Code's; `rest` are further fields.
fn says(rest: &str) -> String {
    format!(
        "echo '{{\"type\":\"result\",\"subtype\":\"success\",\"session_id\":\"s-1\",\"num_turns\":1,{rest},\
         \"total_cost_usd\":0.25,\"model_usage_since_last_result\":{{\"m\":{{\"inputTokens\":1000,\"outputTokens\":10}}}}}}'"
    )
}

fn task(stage: &Stage) -> serde_json::Value {
    let shown = stage.sandbox.git(&["show", "refs/orca/hub:runs/r1/tasks/a.toml"]);
    let table: toml::Table = shown.parse().unwrap();
    serde_json::to_value(table).unwrap()
}

#[test]
fn a_correction_goes_on_with_the_conversation() {
    let stage = talking("");
    let script = "cat >\"$HOME/prompt-$ORCA_ATTEMPT\"\necho \"$@\" >\"$HOME/args-$ORCA_ATTEMPT\"\nmkdir -p src/a\n\
                  echo \"$ORCA_ATTEMPT\" >src/a/done.txt";
    stage.agent("a", &format!("{script}\n{}", says("\"is_error\":false,\"result\":\"done\"")));
    stage.sandbox.orca(&["task", "edit", "a", "--acceptance", "grep -q 2 src/a/done.txt"]);
    stage.run_to_the_end();
    let read = |name: &str| std::fs::read_to_string(stage.at(name)).unwrap();
    assert_eq!((read("args-1").as_str(), read("args-2").as_str()), ("\n", "--resume s-1\n"));
    assert!(read("prompt-1").contains("You may write only"), "{}", read("prompt-1"));
    assert!(read("prompt-2").starts_with("Your work was sent back."), "{}", read("prompt-2"));
    assert!(read("prompt-2").contains("grep -q 2 src/a/done.txt"), "{}", read("prompt-2"));
    let task = task(&stage);
    assert_eq!((&task["usage"]["input"], &task["usage"]["output"]), (&2000.into(), &20.into()));
    assert_eq!((&task["usage"]["estimated"], &task["cost_micros"]), (&false.into(), &500_000.into()));
}

#[test]
fn a_busy_service_is_no_failure_of_the_work() {
    let stage = talking("[lifecycle]\nmax_rejected = 1\nback_off = 0\n");
    let busy = says("\"is_error\":true,\"api_error_status\":429,\"result\":\"slow down\"");
    let work =
        format!("mkdir -p src/a\necho x >src/a/done.txt\n{}", says("\"is_error\":false,\"result\":\"done\""));
    stage.agent("a", &format!("if test \"$ORCA_ATTEMPT\" -lt 3; then\n{busy}\nexit 1\nfi\n{work}"));
    stage.run_to_the_end();
    assert_eq!((stage.starts("a"), &task(&stage)["rejected"]), (3, &0.into()));
}

#[test]
fn a_missing_login_stops_the_run_and_blames_nobody() {
    let stage = talking("");
    let refused = says("\"is_error\":true,\"api_error_status\":401,\"result\":\"Invalid API key\"");
    stage.agent("a", &format!("{refused}\nexit 1"));
    let ran = stage.run();
    assert_eq!((ran.code, stage.starts("a")), (1, 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("is not logged in to its service: Invalid API key"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: log in with the agent's own command"), "{}", ran.stderr);
    let task = task(&stage);
    assert_eq!((&task["state"], &task["rejected"]), (&"ready".into(), &0.into()));
}

#[test]
fn a_login_that_fails_before_the_first_turn_blames_nobody() {
    let with_last_word = |word: &str| {
        let stage = talking("");
        stage.agent("a", &format!("echo 'Warning: 401 lines' >&2\necho '{word}' >&2\nexit 41"));
        let ran = stage.run();
        (ran.code, stage.starts("a"), ran.stderr)
    };
    let (code, starts, said) = with_last_word("Please set an Auth method in your settings");
    assert_eq!((code, starts), (1, 1), "{said}");
    assert!(said.contains("is not logged in to its service: Please set an Auth method"), "{said}");
    let (code, starts, said) = with_last_word("out of ideas");
    assert_eq!((code, starts), (1, 3), "{said}");
    assert!(said.contains("the agent exited with status 41: out of ideas"), "{said}");
}

#[test]
fn success_without_a_change_is_held_against_what_was_denied() {
    let stage = talking("[lifecycle]\nmax_rejected = 1\n");
    let denied = "\"is_error\":false,\"result\":\"all done\",\"permission_denials\":[{\"tool_name\":\"Write\",\"tool_input\":{\"file_path\":\"x.txt\"}}]";
    stage.agent("a", &says(denied));
    let ran = stage.run();
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("it was not allowed to: Write x.txt"), "{}", ran.stdout);
}

#[test]
fn the_kernel_keeps_a_confined_agent_in_its_lane() {
    if !git_orca::agent::can_confine() {
        eprintln!("SKIPPED: this kernel has no Landlock");
        return;
    }
    let stage = Stage::with_tasks("sandbox = \"landlock\"\nwrites = [\"~/log/\"]\n", &["a", "b"]);
    let repo = stage.sandbox.repo();
    let repo = repo.display();
    let attempts = [
        "echo x >other/theirs.txt".to_owned(),
        "rm other/theirs.txt".to_owned(),
        format!("echo x >{repo}/README.md"),
        format!("echo x >{repo}/.git/config"),
        format!("echo x >{repo}/.git/hooks/pre-commit"),
        "git update-ref refs/heads/main HEAD~0 && git branch -f main HEAD".to_owned(),
        "git update-ref refs/orca/hub HEAD".to_owned(),
        "git config core.hooksPath /tmp".to_owned(),
        "echo x >../orca-r1-b/src.txt".to_owned(),
        "sh -c 'setsid sh -c \"echo x >other/deep.txt\"'".to_owned(),
        "mkdir -p $HOME/outside".to_owned(),
        format!("mkdir -p {repo}/.git/objects/info; echo x >{repo}/.git/objects/info/commit-graph"),
        format!("echo x >{repo}/.git/objects/pack/pack-x.idx"),
        format!("echo x >{repo}/.git/packed-refs"),
        format!("echo x >{repo}/.git/info/attributes"),
        format!("mkdir -p {repo}/.git/orca/log/r1-a; echo x >{repo}/.git/orca/log/r1-a/attempt-1.end"),
    ];
    let tries: String = attempts
        .iter()
        .enumerate()
        .map(|(number, attempt)| {
            format!("if ( {attempt} ) 2>/dev/null; then echo {number} >>\"$HOME/log/done\"; fi\n")
        })
        .collect();
    let work = "mkdir -p src/a/deep\necho x >src/a/deep/done.txt\ngit add src/a\ngit commit -qm 'in scope'\necho temp >\"$TMPDIR/x\"";
    let script = format!("{tries}{work}");
    stage.agent("a", &script.replace("set -eu", ""));
    // The line that counts starts lies outside the lane too.
    let file = stage.at("agents/a.sh");
    let text =
        std::fs::read_to_string(&file).unwrap().replace(">>\"$HOME/starts-a\"", ">>\"$HOME/log/starts-a\"");
    std::fs::write(&file, text).unwrap();
    let file = stage.at("agents/b.sh");
    let text =
        std::fs::read_to_string(&file).unwrap().replace(">>\"$HOME/starts-b\"", ">>\"$HOME/log/starts-b\"");
    std::fs::write(&file, text).unwrap();
    let before = stage.sandbox.git(&["rev-parse", "main"]);
    stage.run_to_the_end();
    assert!(!stage.at("log/done").exists(), "{:?}", std::fs::read_to_string(stage.at("log/done")));
    assert_eq!(stage.landed("src/a/deep/done.txt"), "x\n");
    assert_eq!(stage.landed("other/theirs.txt"), "theirs\n");
    assert_eq!(stage.sandbox.git(&["rev-parse", "main"]), before);
}

/// Programs pass over a settings file with a mistake in it, and some say nothing: then nothing is allowed,
/// or everything.
#[test]
fn what_presets_give_an_agent_to_read_can_be_read() {
    for preset in ["claude", "codex", "gemini", "opencode", "copilot", "aider"] {
        let stage = Stage::new("");
        let home = stage.sandbox.home();
        let program = home.join("agents/a.sh");
        let settings = format!(
            "version = 1\n[agents.real]\npreset = \"{preset}\"\nprogram = {program:?}\nsandbox = \"off\"\n"
        );
        stage.sandbox.write("orca.toml", settings).commit_all("settings");
        let script = "#!/bin/sh\nprintf %s \"${OPENCODE_CONFIG_CONTENT-0}\" >\"${TMPDIR%/*}/opencode.json\"\ncp -r \"${TMPDIR%/*}\" \"$HOME/given\"\nexit 1\n";
        std::fs::write(&program, script).unwrap();
        stage.sandbox.shell(&format!("chmod +x {program:?}"));
        stage.plan(&[Part { id: "a", more: "scope = [\"src/a+b (c)/**\"]\n" }]);
        stage.run();
        let names = std::fs::read_dir(home.join("given")).unwrap().map(|entry| entry.unwrap().path());
        for path in names.filter(|path| path.is_file()) {
            let text = std::fs::read_to_string(&path).unwrap();
            let read = match path.extension().and_then(std::ffi::OsStr::to_str) {
                Some("json") => {
                    serde_json::from_str::<serde_json::Value>(&text).map_err(|error| error.to_string())
                }
                Some("toml") => toml::from_str::<serde_json::Value>(&text).map_err(|error| error.to_string()),
                _ => continue,
            };
            let Ok(read) = read else { panic!("{preset}: {}: {read:?}\n{text}", path.display()) };
            if path.ends_with("policy.toml") {
                let pattern = read["rule"][1]["argsPattern"].as_str().unwrap();
                assert!(pattern.contains(r#")src/a\+b \(c\)/(?!\.\./|"#), "{pattern}");
            }
        }
    }
}
