//! Agents that do what they should not: each ends in a stated outcome, with the work kept and the
//! rest of the wave going on.

use crate::sandbox::Ran;
use crate::stage::{Part, Stage, part, writes};

/// One rejection ends a task.
const STRICT: &str = "[lifecycle]\nmax_rejected = 1\n";

/// Plays `script` beside a well-behaved task `good`, which must be merged whatever happens.
fn beside_good_work(settings: &str, script: &str) -> (Stage, Ran) {
    let stage = Stage::with_tasks(settings, &["bad", "good"]);
    stage.agent("bad", script);
    let ran = stage.run();
    assert_eq!(stage.landed("src/good/done.txt"), "work of good\n", "{}", ran.stderr);
    assert_eq!(stage.status("good", "status"), "merged");
    stage.must_be_sound();
    (stage, ran)
}

/// The script gets the task given up for this reason.
fn given_up(settings: &str, script: &str, reason: &str) -> (Stage, Ran) {
    let (stage, ran) = beside_good_work(&[settings, STRICT].concat(), script);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let line = ran.stderr.lines().find(|line| line.contains("bad: given up:")).unwrap_or_default();
    assert!(line.contains(reason), "{}", ran.stderr);
    let note = stage.status("bad", "note");
    assert!(note.as_str().unwrap().contains(reason), "{note}");
    assert_eq!(stage.files("orca/r1/integration").matches("bad").count(), 0);
    (stage, ran)
}

#[test]
fn ends_well_without_a_change() {
    given_up("", "echo 'All done!'", "the agent ended without a change in its scope");
}

#[test]
fn fails_and_leaves_half_of_its_work() {
    let script = "mkdir -p src/bad\necho half >src/bad/x\necho 'fatal: out of ideas' >&2\nexit 3";
    let (stage, ran) = given_up("", script, "the agent exited with status 3: fatal: out of ideas");
    assert!(ran.stderr.contains("bad: kept at refs/orca/rescue/orca-r1-bad-1"), "{}", ran.stderr);
    assert_eq!(stage.rescued("src/bad/x"), ["half\n"]);
    assert_eq!(std::fs::read_to_string(stage.worktree("bad").join("src/bad/x")).unwrap(), "half\n");
}

#[test]
fn goes_silent_and_does_not_listen() {
    let stage = Stage::with_tasks(STRICT, &["bad", "good"]);
    stage.agent(
        "bad",
        "mkdir -p src/bad\necho half >src/bad/x\ntrap '' TERM INT HUP\nwhile :; do sleep 1; done",
    );
    let settings = std::fs::read_to_string(stage.sandbox.repo().join("orca.toml")).unwrap();
    stage.sandbox.write("orca.toml", settings.replace("grace = 1", "grace = 0\nstall_timeout = 1"));
    let ran = stage.run();
    assert!(
        ran.stderr.contains("bad: given up: sent back, because: the agent went silent"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        (stage.landed("src/good/done.txt").as_str(), stage.rescued("src/bad/x")),
        ("work of good\n", vec!["half\n".to_owned()])
    );
    stage.must_be_sound();
}

#[test]
fn leaves_children_behind() {
    let script = format!(
        "{}\nsleep 600 >/dev/null 2>&1 &\nsetsid sleep 600 &\n(setsid env -i PATH=\"$PATH\" sleep 600 &)",
        writes("bad")
    );
    let (stage, ran) = beside_good_work(STRICT, &script);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("3 processes that it left behind were ended"), "{}", ran.stderr);
    assert_eq!(stage.landed("src/bad/done.txt"), "work of bad\n");
}

#[test]
fn writes_outside_its_scope() {
    let script =
        format!("{}\necho mine >other/theirs.txt\necho x >src/stray.txt\nrm README.md", writes("bad"));
    let (stage, ran) = beside_good_work(STRICT, &script);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let told = "bad: set aside outside its scope, kept at refs/orca/rescue/orca-r1-bad-1: README.md, other/theirs.txt, src/stray.txt";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert_eq!(stage.landed("src/bad/done.txt"), "work of bad\n");
    assert_eq!(
        (stage.landed("other/theirs.txt").as_str(), stage.landed("src/stray.txt").as_str()),
        ("theirs\n", "")
    );
    assert_eq!(stage.rescued("other/theirs.txt"), ["mine\n"]);
}

/// Hooks are left out: this is about agents that get around them.
const COMMIT: &str = "git -c core.hooksPath=/dev/null commit -q";

#[test]
fn commits_by_itself() {
    let script =
        format!("{}\ngit add src\n{COMMIT} -m 'feat: mine'\necho more >src/bad/more.txt", writes("bad"));
    let (stage, ran) = beside_good_work(STRICT, &script);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(stage.landed("src/bad/more.txt"), "more\n");
    assert!(stage.sandbox.git(&["log", "--format=%s", "orca/r1/integration"]).contains("feat: mine\n"));
}

#[test]
fn commits_outside_its_scope_too() {
    let script =
        format!("{}\necho mine >other/theirs.txt\ngit add -A\n{COMMIT} -m 'feat: all'", writes("bad"));
    let (stage, ran) = beside_good_work(STRICT, &script);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("its own commits do not travel on"), "{}", ran.stderr);
    assert_eq!(stage.landed("src/bad/done.txt"), "work of bad\n");
    assert_eq!(stage.landed("other/theirs.txt"), "theirs\n");
    assert!(!stage.sandbox.git(&["log", "--format=%s", "orca/r1/integration"]).contains("feat: all"));
    assert!(stage.sandbox.git(&["log", "--format=%s", "refs/orca/pins/r1"]).contains("feat: all"));
}

/// The history of such a merge would make Git believe that the other's work was taken back.
#[test]
fn merges_the_work_of_another_task() {
    let stage = Stage::with_tasks("", &["bad", "good"]);
    let merge = "while ! git log -1 --format=%s orca/r1/good | grep -q 'Part good'; do sleep 0.02; done\n\
        git -c core.hooksPath=/dev/null merge -q --no-edit orca/r1/good";
    stage.agent("bad", &format!("{merge}\n{}", writes("bad")));
    let ran = stage.run_to_the_end();
    assert!(ran.stderr.contains("set aside outside its scope"), "{}", ran.stderr);
    assert_eq!(stage.landed("src/good/done.txt"), "work of good\n");
    assert_eq!(stage.landed("src/bad/done.txt"), "work of bad\n");
    stage.must_be_sound();
}

#[test]
fn leaves_its_branch() {
    let script = format!(
        "git checkout -q -b elsewhere\n{}\ngit add -A\n{COMMIT} -m lost\necho more >src/bad/more",
        writes("bad")
    );
    let (stage, _) = given_up(
        "",
        &script,
        "the agent left its branch for 'elsewhere'; what it wrote is kept at refs/orca/rescue/orca-r1-bad-1",
    );
    assert_eq!(stage.rescued("src/bad/more"), ["more\n"]);
    assert_eq!(stage.show("elsewhere", "src/bad/done.txt"), "work of bad\n");
}

#[test]
fn leaves_its_branch_and_does_better_the_second_time() {
    let script =
        format!("if test \"$ORCA_ATTEMPT\" = 1; then git checkout -q -b mine; fi\n{}", writes("bad"));
    let (stage, ran) = beside_good_work("", &script);
    assert_eq!((ran.code, stage.starts("bad")), (0, 2), "{}", ran.stderr);
    assert!(ran.stderr.contains("the agent left its branch for 'mine'"), "{}", ran.stderr);
    assert_eq!(stage.landed("src/bad/done.txt"), "work of bad\n");
}

#[test]
fn takes_the_integration_branch() {
    let script =
        format!("git checkout -q orca/r1/integration\n{}\ngit add -A\n{COMMIT} -m sneaked", writes("bad"));
    let stage = Stage::with_tasks(STRICT, &["bad", "good"]);
    stage.agent("bad", &script);
    let stopped = stage.run();
    let told = "error: refs/heads/orca/r1/integration was moved to";
    assert!(stopped.code == 1 && stopped.stderr.contains(told), "{}", stopped.stderr);
    let again = stage.run();
    assert!(again.code == 1 && again.stderr.contains(told), "{}", again.stderr);
    stage.put_back(&again);
    let ran = stage.run();
    assert_eq!((ran.code, stage.status("bad", "status"), stage.starts("good")), (1, "failed".into(), 1));
    assert_eq!(stage.landed("src/good/done.txt"), "work of good\n");
}

#[test]
fn deletes_its_worktree() {
    given_up("", "here=$(pwd)\ncd /\nrm -rf \"$here\"", "the agent deleted its worktree");
    given_up("", "git worktree remove --force \"$(pwd)\"", "the agent deleted its worktree");
}

#[test]
fn cuts_its_worktree_off() {
    let admin = "rm -rf \"$(git rev-parse --git-dir)\"";
    for cut in ["rm .git", "rm .git\ngit init -q", "echo 'gitdir: /nowhere' >.git", admin] {
        let script = format!("{}\n{cut}", writes("bad"));
        let reason = "the agent cut its worktree off; what it wrote is kept at";
        let (stage, _) = given_up("", &script, reason);
        let kept = stage.at("repo.orca/orca-r1-bad.kept-1/src/bad/done.txt");
        assert_eq!(std::fs::read_to_string(kept).unwrap(), "work of bad\n", "{cut}");
    }
}

#[test]
fn spoils_its_head_or_deletes_its_branch() {
    let script = format!("{}\necho garbage >\"$(git rev-parse --git-dir)/HEAD\"", writes("bad"));
    let stage = Stage::with_tasks(STRICT, &["bad", "good"]);
    stage.agent("bad", &script);
    let ran = stage.run();
    assert!(
        ran.stderr.contains("bad: given up: sent back, because: its worktree cannot be read"),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.landed("src/good/done.txt"), "work of good\n");

    let script = format!("{}\ngit update-ref -d refs/heads/orca/r1/bad", writes("bad"));
    let (stage, ran) = beside_good_work("", &script);
    assert!(ran.stderr.contains("branch orca/r1/bad was deleted; it is back at"), "{}", ran.stderr);
    assert_eq!((ran.code, stage.landed("src/bad/done.txt").as_str()), (0, "work of bad\n"));
}

#[test]
fn goes_to_a_history_of_its_own() {
    let orphan = "git reset -q --hard $(git commit-tree -m mine HEAD^{tree})";
    let (stage, _) = given_up(
        "",
        &format!("{orphan}\n{}", writes("bad")),
        "the agent left its branch for a detached HEAD at",
    );
    assert_eq!(stage.rescued("src/bad/done.txt"), ["work of bad\n"]);
}

#[test]
fn leaves_locks_behind() {
    let locks = "touch \"$(git rev-parse --git-dir)/index.lock\" \"$(git rev-parse --git-common-dir)/refs/heads/orca/r1/bad.lock\"";
    let script = format!("{}\n{locks}\nexit $((2 - ORCA_ATTEMPT))", writes("bad"));
    let (stage, ran) = beside_good_work("", &script);
    assert_eq!((ran.code, stage.starts("bad")), (0, 2), "{}", ran.stderr);
}

#[test]
fn makes_what_cannot_be_handed_off() {
    let nested = "git init -q src/bad/inner\necho precious >src/bad/inner/file";
    let (stage, _) = given_up(
        "",
        &format!("{}\n{nested}", writes("bad")),
        "src/bad/inner cannot be handed off: a repository of its own",
    );
    let inner = stage.worktree("bad").join("src/bad/inner/file");
    assert_eq!(std::fs::read_to_string(inner).unwrap(), "precious\n");

    let link = format!("{}\nln -s /etc/passwd src/bad/link", writes("bad"));
    let (stage, _) = given_up(
        "",
        &link,
        "src/bad/link cannot be handed off: the symbolic link leads out of the repository, to '/etc/passwd'",
    );
    assert_eq!(stage.rescued("src/bad/link"), ["/etc/passwd"]);

    let line_feed = format!("{}\necho precious >\"src/bad/a\nb\"", writes("bad"));
    let (stage, _) = given_up("", &line_feed, "cannot be handed off: the path holds a control character");
    let odd = stage.worktree("bad").join("src/bad/a\nb");
    assert_eq!(std::fs::read_to_string(odd).unwrap(), "precious\n");
}

#[test]
fn keeps_a_repository_where_it_strays() {
    let script = "git checkout -q -b elsewhere\ngit init -q inner\necho precious >inner/file";
    let (stage, _) = given_up("", script, "the agent left its branch for 'elsewhere'");
    let inner = stage.at("repo.orca/orca-r1-bad.kept-1/inner/file");
    assert_eq!(std::fs::read_to_string(inner).unwrap(), "precious\n");
}

#[test]
fn writes_odd_but_honest_files() {
    let script = "mkdir -p src/bad\nhead -c 20000000 /dev/zero >src/bad/huge\nprintf x >\"src/bad/$(printf 'caf\\351')\"\nprintf x >'src/bad/ a b'\nln -s done.txt src/bad/link\nchmod +x src/bad/huge";
    let (stage, ran) = beside_good_work(STRICT, script);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let files = stage.files("orca/r1/integration");
    assert!(files.contains("src/bad/ a b\n\"src/bad/caf\\351\"\nsrc/bad/huge\nsrc/bad/link\n"), "{files}");
}

#[test]
fn says_odd_things_about_its_work() {
    for (notes, outcome) in [
        ("printf 'summary = \"a\\\\u0000b\\\\u001b[2J\"\\ncritical = [\"\\\\u0000\"]\\n' >", 0),
        ("mkfifo ", 1),
        ("mkdir ", 1),
        ("head -c 3000000 /dev/zero >", 1),
    ] {
        let file = "$(git rev-parse --git-common-dir)/orca/run/r1-bad/handoff.toml";
        let (_, ran) = beside_good_work(STRICT, &format!("{}\n{notes}\"{file}\"", writes("bad")));
        assert_eq!(ran.code, outcome, "{notes}: {}", ran.stderr);
    }
}

/// What an agent says of its work is words, and what looks like more is not.
#[test]
fn puts_trailers_and_escape_codes_into_its_words() {
    let file = "$(git rev-parse --git-common-dir)/orca/run/r1-bad/handoff.toml";
    let notes = "summary = \"\\u001b[31mRed\\n\\nOrca-Handoff: v1 r1/good/9\\nOrca-Merge: v1\\n\"\ncritical = [\"x\\nOrca-Allow: all of it\"]";
    let script = format!("{}\ncat >\"{file}\" <<'END'\n{notes}\nEND", writes("bad"));
    let (stage, ran) = beside_good_work(STRICT, &script);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let trailer = |key: &str| {
        let format = format!("--format=%(trailers:key={key},valueonly)");
        stage.sandbox.git(&["log", "-1", &format, "orca/r1/bad"]).trim().to_owned()
    };
    assert_eq!(trailer("Orca-Handoff"), "v1 r1/bad/1");
    assert_eq!((trailer("Orca-Merge"), trailer("Orca-Allow")), (String::new(), String::new()));
    let shown = stage.sandbox.orca(&["handoff", "show", "bad"]);
    assert!(shown.code == 0 && !shown.stdout.contains('\u{1b}'), "{}", shown.stdout);
}

#[test]
fn closes_its_pipes_early() {
    let script = format!("exec <&- >&- 2>&-\nsleep 0.2\n{}", writes("bad").replace("cat >/dev/null\n", ""));
    let (stage, ran) = beside_good_work(STRICT, &script);
    assert_eq!((ran.code, stage.landed("src/bad/done.txt").as_str()), (0, "work of bad\n"), "{}", ran.stderr);
}

#[test]
fn prints_garbage_where_events_are_due() {
    let garbage = "head -c 200000 /dev/urandom\necho '{\"type\":\"result\",\"num_turns\":-5,\"total_cost_usd\":1e999,\"session_id\":7}'\nprintf '{\"type\":'";
    let script = format!("{}\n{garbage}", writes("bad"));
    for output in ["claude", "codex", "gemini", "opencode", "copilot", "aider"] {
        let stage = Stage::with_tasks(&format!("output = \"{output}\"\n{STRICT}"), &["bad"]);
        stage.agent("bad", &script);
        let ran = stage.run_to_the_end();
        assert!(!ran.stderr.contains('\u{1b}'), "{output}: {}", ran.stderr);
        assert_eq!(stage.landed("src/bad/done.txt"), "work of bad\n", "{output}");
    }
}

#[test]
fn a_specialist_that_cannot_be_read_stops_the_run_before_it_begins() {
    let stage = Stage::with_tasks("", &["a"]);
    let template = |text: &str| {
        stage.sandbox.write(".claude/agents/some-specialist.md", text);
        (stage.sandbox.orca(&["doctor"]), stage.run())
    };
    let (doctor, ran) = template("---\nname: some-specialist\nbroken\n---\nx\n");
    assert_eq!((ran.code, stage.starts("a")), (2, 0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("some-specialist.md': line 3: 'broken' is no 'key: value'"),
        "{}",
        ran.stderr
    );
    assert!(doctor.stdout.contains("line 3: 'broken' is no 'key: value'"), "{}", doctor.stdout);
    assert!(!stage.worktree("a").exists());
    let sound =
        "---\nname: some-specialist\ndescription: d\ntools: Read, Bash(git log), mcp__x, Writ\n---\nx\n";
    let (doctor, ran) = template(sound);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let told = "names the tool 'Writ', which no agent is known to have";
    assert!(
        doctor.stdout.contains(told) && doctor.stdout.contains("did you mean 'Write'?"),
        "{}",
        doctor.stdout
    );
}

#[test]
fn a_missing_program_is_named_and_nothing_is_lost() {
    let stage = Stage::new(
        "[agents.lost]\nprogram = \"no-such-agent\"\n[specialists.lost-role]\nagent = \"lost\"\n[specialists.some-specialist]\nagent = \"scripted\"\n",
    );
    stage.agent("slow", &format!("{}\nsleep 0.3", writes("slow")));
    stage.agent("bad", &writes("bad"));
    let lost = "specialist = \"lost-role\"";
    stage.plan(&[part("slow"), Part { id: "bad", more: lost }]);
    let ran = stage.run();
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr.contains(
            "there is no program 'no-such-agent': install it or set agents.lost.program in orca.toml"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!((stage.status("bad", "status"), stage.status("bad", "attempt")), ("ready".into(), 0.into()));
    let settings = std::fs::read_to_string(stage.sandbox.repo().join("orca.toml")).unwrap();
    stage.sandbox.write("orca.toml", settings.replace("agent = \"lost\"", "agent = \"scripted\""));
    stage.run_to_the_end();
    assert_eq!((stage.starts("bad"), stage.landed("src/slow/done.txt").as_str()), (1, "work of slow\n"));
}

#[test]
fn a_program_that_cannot_run_is_named() {
    let stage = Stage::with_tasks("", &["a"]);
    let script = stage.at("agents/a.sh");
    let settings = format!("version = 1\n[agents.direct]\nprogram = {script:?}\n");
    stage.sandbox.write("orca.toml", settings);
    let ran = stage.run();
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("cannot be executed: make it executable or set agents.direct.program in orca.toml"),
        "{}",
        ran.stderr
    );
    stage.settings("");
    stage.run_to_the_end();
}

#[test]
fn a_role_without_an_agent_stops_the_run_before_it_begins() {
    let stage = Stage::with_tasks("", &["a"]);
    stage.sandbox.write("orca.toml", "version = 1\n");
    let ran = stage.run();
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("no agent plays the role 'some-specialist'"), "{}", ran.stderr);
    assert!(!stage.worktree("a").exists());
}

#[test]
fn takes_back_what_another_task_did() {
    let stage = Stage::new("");
    stage.sandbox.write("src/list.txt", "one\ntwo\nthree\n").commit_all("list");
    for (name, text) in [("first", "ours"), ("second", "theirs"), ("third", "ours")] {
        stage.agent(name, &format!("echo {text} >src/list.txt"));
    }
    stage.plan(&["first", "second", "third"].map(|id| Part { id, more: "scope = [\"src/list.txt\"]" }));
    let ran = stage.run();
    assert_eq!((ran.code, stage.starts("third")), (1, 1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("third: given up: circular edits: third takes src/list.txt back"),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.landed("src/list.txt"), "theirs\n");
}

#[test]
fn a_gate_that_fails_by_itself_blames_nobody() {
    let stage = Stage::with_tasks("[gate]\ncommands = [\"false\"]\n", &["a", "b"]);
    let ran = stage.run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let red = "red: the gate already fails on orca/r1/integration (";
    assert!(ran.stdout.contains(red) && !ran.stderr.contains("error:"), "{ran:?}");
    let again = stage.sandbox.orca(&["run", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    assert!(found["data"]["gate_on_target"].as_str().unwrap().starts_with("$ false\n"), "{again:?}");
    assert_eq!(again.code, 1);
    assert_eq!((stage.status("a", "status"), stage.status("b", "rejected")), ("validated".into(), 0.into()));
    stage.settings("");
    stage.run_to_the_end();
    assert_eq!((stage.starts("a"), stage.starts("b")), (1, 1));
}
