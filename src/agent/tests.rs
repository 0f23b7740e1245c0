//! Every ending, with real processes. The agents are scripts in `tests/fixtures/agents/`.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::model::{Ending, Limits, RunId, TaskId};

/// A directory to work in, and limits that no test reaches unless it sets them.
pub(super) struct Stage {
    home: tempfile::TempDir,
    pub(super) limits: Limits,
}

impl Stage {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("worktree")).unwrap();
        let long = Duration::from_secs(60);
        Self { home, limits: Limits { timeout: long, stall: long, grace: Duration::from_millis(100) } }
    }

    pub(super) fn worktree(&self) -> PathBuf {
        self.home.path().join("worktree")
    }

    fn run_dir(&self) -> PathBuf {
        self.home.path().join("run")
    }

    fn log_dir(&self) -> PathBuf {
        self.home.path().join("log")
    }

    fn marker(&self) -> String {
        format!("test:{}", self.home.path().display())
    }

    pub(super) fn launch(&self, preset: &Preset, prompt: &str) -> Launch {
        let attempt = Attempt {
            run: RunId::FIRST,
            task: TaskId::new("types").unwrap(),
            number: 1,
            model: "small".to_owned(),
            worktree: self.worktree(),
            run_dir: self.run_dir(),
            log_dir: self.log_dir(),
            marker: self.marker(),
            prompt: prompt.to_owned(),
            role: Role::default(),
            scope: Vec::new(),
            binary: PathBuf::from("/bin/git-orca"),
            git_dirs: Vec::new(),
            port: None,
            session: None,
            confine: None,
        };
        preset.launch(&attempt, self.limits)
    }

    fn run(&self, agent: &str, args: &[&str], prompt: &str) -> Ended {
        let script = fixture(agent);
        let mut line = vec![script.to_str().unwrap()];
        line.extend(args);
        let launch = self.launch(&Preset::command("fake", "sh", &line), prompt);
        let ended = run(&launch, &AtomicBool::new(false), &mut |_| ()).unwrap();
        self.assert_nothing_is_left();
        ended
    }

    fn sh(&self, script: &str) -> (Ended, String) {
        let launch = self.launch(&Preset::command("fake", "sh", &["-c", script]), "");
        let ended = run(&launch, &AtomicBool::new(false), &mut |_| ()).unwrap();
        (ended, std::fs::read_to_string(launch.log("out")).unwrap())
    }

    /// Neither the marker nor the directories of this stage may be seen on any living process.
    pub(super) fn assert_nothing_is_left(&self) {
        assert_eq!(alive_below(self.home.path()), Vec::<String>::new());
    }
}

pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/agents").join(format!("{name}.sh"))
}

/// The command lines of processes that work below `home` or name it in their environment.
fn alive_below(home: &Path) -> Vec<String> {
    let home = home.to_str().unwrap();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap() {
        let dir = entry.unwrap().path();
        let read = |name: &str| {
            String::from_utf8_lossy(&std::fs::read(dir.join(name)).unwrap_or_default()).into_owned()
        };
        let cwd = std::fs::read_link(dir.join("cwd")).unwrap_or_default();
        if read("environ").contains(home) || cwd.starts_with(home) {
            found.push(read("cmdline").replace('\0', " "));
        }
    }
    found
}

#[test]
fn an_agent_that_works_gets_its_prompt_and_surroundings() {
    let stage = Stage::new();
    let ended = stage.run("works", &[], "# Task\n\nWRITE src/types/op.ts export type Op = {}\n");
    assert_eq!((ended.ending, ended.left_behind), (Ending::Exited(0), 0));
    assert_eq!(ended.tail, "wrote src/types/op.ts\nfinished");
    let written = std::fs::read_to_string(stage.worktree().join("src/types/op.ts")).unwrap();
    assert_eq!(written, "export type Op = {}\n");
    let log = std::fs::read_to_string(stage.log_dir().join("attempt-1.out")).unwrap();
    assert_eq!((log.as_str(), ended.output_bytes), ("wrote src/types/op.ts\nfinished\n", 31));
}

#[test]
fn the_environment_is_the_attempts_own() {
    let stage = Stage::new();
    // A shell would correct it.
    let (_, pwd) = stage.sh("tr '\\0' '\\n' </proc/$$/environ | grep ^PWD=");
    assert_eq!(pwd.trim(), format!("PWD={}", stage.worktree().display()));
    let (_, env) = stage.sh("env; pwd -P");
    let has = |line: String| assert!(env.lines().any(|found| found == line), "{line} in\n{env}");
    has(format!("ORCA_RUN_ID={}", stage.marker()));
    has(format!("TMPDIR={}", stage.run_dir().join("tmp").display()));
    has(stage.worktree().canonicalize().unwrap().display().to_string());
    for line in ["ORCA_RUN=r1", "ORCA_TASK=types", "ORCA_AGENT=fake", "GIT_EDITOR=true"] {
        has(line.to_owned());
    }
    let git = "git config gc.auto; git config maintenance.auto; git config commit.gpgsign";
    assert_eq!(stage.sh(git).1.lines().rev().take(3).collect::<Vec<_>>(), ["false", "false", "0"]);
}

#[test]
fn nothing_of_an_outer_git_orca_or_session_reaches_the_agent() {
    const INNER: &str = "ORCA_TEST_INNER_ENV";
    if std::env::vars_os().any(|(name, _)| name == INNER) {
        let (_, env) = Stage::new().sh("env");
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "CLAUDECODE", "ORCA_OUTER", INNER] {
            assert!(!env.contains(&format!("{name}=")), "{name} in\n{env}");
        }
        assert!(env.contains("CLAUDE_CODE_OAUTH_TOKEN=kept"), "{env}");
        return;
    }
    // The environment of this process is shared by all tests, so the test starts itself again.
    #[expect(clippy::disallowed_methods, reason = "a test starts itself")]
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    let name = "agent::tests::nothing_of_an_outer_git_orca_or_session_reaches_the_agent";
    again.args(["--exact", name]).env(INNER, "1").env("ORCA_OUTER", "1").env("CLAUDECODE", "1");
    again.env("GIT_DIR", "/nowhere").env("GIT_INDEX_FILE", "/nowhere/index");
    again.env("CLAUDE_CODE_OAUTH_TOKEN", "kept");
    let output = again.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
}

#[test]
fn the_prompt_comes_as_the_preset_says() {
    let stage = Stage::new();
    let check = |prompt: PromptBy, script: &str, args: &[&str]| {
        let mut line = vec!["-c", script, "sh"];
        line.extend(args);
        let preset = Preset { prompt, ..Preset::command("fake", "sh", &line) };
        let ended = run(&stage.launch(&preset, "say {task}"), &AtomicBool::new(false), &mut |_| ());
        assert_eq!(ended.unwrap().tail, "say {task} small r1", "{prompt:?}");
    };
    check(PromptBy::Stdin, r#"echo "$(cat) $1 $2""#, &["{model}", "{run}"]);
    check(PromptBy::Arg, r#"echo "$3$(cat) $1 $2""#, &["{model}", "{run}"]);
    check(PromptBy::File, r#"echo "$(cat "$3"; cat) $1 $2""#, &["{model}", "{run}", "{prompt_file}"]);
}

#[test]
fn a_long_prompt_that_nobody_reads_blocks_nothing() {
    let ended = Stage::new().run("no-change", &[], &"x".repeat(1 << 20));
    assert_eq!(ended.ending, Ending::Exited(0));
}

#[test]
fn a_crash_is_an_exit_code_and_the_last_words() {
    let stage = Stage::new();
    let ended = stage.run("crashes", &[], "");
    assert_eq!(ended.ending, Ending::Exited(3));
    assert!(ended.tail.contains("fatal: out of ideas"), "{}", ended.tail);
    let errors = std::fs::read_to_string(stage.log_dir().join("attempt-1.err")).unwrap();
    assert_eq!(errors, "fatal: out of ideas\n");
}

#[test]
fn an_end_is_seen_at_once() {
    let fastest = (0..9).map(|_| Stage::new().sh("echo done").0.seconds).fold(f64::INFINITY, f64::min);
    // An end that only a look by the clock would find takes longer.
    assert!(fastest < 0.1, "{fastest}");
}

#[test]
fn a_signal_that_orca_did_not_send_is_named() {
    assert_eq!(Stage::new().sh("kill -9 $$").0.ending, Ending::Signaled(9));
}

#[test]
fn silence_is_ended_even_when_the_polite_signal_is_ignored() {
    let mut stage = Stage::new();
    stage.limits.stall = Duration::from_millis(300);
    let begun = Instant::now();
    let ended = stage.run("hangs", &[], "");
    assert_eq!((ended.ending, ended.tail.as_str()), (Ending::Stalled, "thinking"));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_polite_signal_gives_time_to_finish() {
    let mut stage = Stage::new();
    stage.limits.stall = Duration::from_millis(200);
    stage.limits.grace = Duration::from_secs(30);
    let (ended, _) = stage.sh("trap 'echo saved; exit 0' TERM; sleep 600 & wait");
    assert_eq!((ended.ending, ended.tail.as_str()), (Ending::Stalled, "saved"));
}

#[test]
fn a_stopped_agent_hears_the_polite_signal() {
    let mut stage = Stage::new();
    stage.limits.stall = Duration::from_millis(200);
    stage.limits.grace = Duration::from_secs(30);
    let (ended, _) = stage.sh("trap 'echo saved; exit 0' TERM; kill -STOP $$");
    assert_eq!((ended.ending, ended.tail.as_str()), (Ending::Stalled, "saved"));
    assert!(ended.seconds < 10.0, "{}", ended.seconds);
}

#[test]
fn an_endless_flood_ends_with_its_time() {
    let mut stage = Stage::new();
    stage.limits.timeout = Duration::from_millis(300);
    let ended = stage.run("floods", &[], "");
    assert_eq!(ended.ending, Ending::TimedOut);
    assert!(ended.output_bytes > 100_000, "{}", ended.output_bytes);
    // Whoever is ended in the middle of a write leaves half a line.
    let whole = ended.tail.lines().rev().nth(1);
    assert_eq!(whole, Some("the same line again and again"));
}

#[test]
fn a_flood_is_kept_to_its_last_byte() {
    let stage = Stage::new();
    let ended = stage.run("floods", &["100000"], "");
    assert_eq!(ended.ending, Ending::Exited(0));
    let out = std::fs::metadata(stage.log_dir().join("attempt-1.out")).unwrap();
    assert_eq!(out.len(), 100_000 * 30);
    assert_eq!(ended.output_bytes, out.len() + "end of the flood\n".len() as u64);
}

#[test]
fn a_stop_request_interrupts() {
    let stage = Stage::new();
    let script = fixture("hangs");
    let preset = Preset::command("fake", "sh", &[script.to_str().unwrap()]);
    let stop = AtomicBool::new(false);
    let mut seen = Vec::new();
    let mut watch = |line: String| {
        stop.store(true, Ordering::Relaxed);
        seen.push(line);
    };
    let ended = run(&stage.launch(&preset, ""), &stop, &mut watch).unwrap();
    assert_eq!((ended.ending, seen), (Ending::Interrupted, vec!["thinking".to_owned()]));
    stage.assert_nothing_is_left();
    let ended = run(&stage.launch(&preset, ""), &stop, &mut |_| ()).unwrap();
    assert_eq!((ended.ending, ended.output_bytes), (Ending::Interrupted, 0));
}

#[test]
fn what_an_agent_leaves_running_is_ended_and_counted() {
    let stage = Stage::new();
    let begun = Instant::now();
    let ended = stage.run("leaves-children", &[], "");
    assert_eq!((ended.ending, ended.left_behind), (Ending::Exited(0), 3));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn children_that_detached_are_ended_with_a_silent_agent() {
    let mut stage = Stage::new();
    stage.limits.stall = Duration::from_millis(300);
    let script = "setsid sleep 600 & (setsid env -i PATH=\"$PATH\" sh -c 'sleep 600; :' &) ; sleep 600";
    assert_eq!(stage.sh(script).0.ending, Ending::Stalled);
    stage.assert_nothing_is_left();
}

#[test]
fn no_zombie_of_an_agent_stays() {
    let stage = Stage::new();
    // Another test's agent that ends at this moment may let go of the orphan first.
    let (ended, pid) = stage.sh("(setsid sh -c 'echo $$ | tee pid' &)
        while [ ! -s pid ] || grep -q '^State:.[RSD]' /proc/$(cat pid)/status; do sleep 0.01; done");
    assert_eq!(ended.ending, Ending::Exited(0));
    let (zombie, begun) = (Path::new("/proc").join(pid.trim()), Instant::now());
    while zombie.exists() {
        assert!(begun.elapsed() < Duration::from_secs(5), "{pid}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_panic_in_the_callers_report_takes_the_agent_along() {
    let stage = Stage::new();
    let script = fixture("hangs");
    let launch = stage.launch(&Preset::command("fake", "sh", &[script.to_str().unwrap()]), "");
    let panicked = std::panic::catch_unwind(|| {
        run(&launch, &AtomicBool::new(false), &mut |_| panic!("the screen is gone"))
    });
    assert!(panicked.is_err());
    stage.assert_nothing_is_left();
}

#[test]
fn an_agent_may_remove_its_own_directory() {
    let stage = Stage::new();
    assert_eq!(stage.run("deletes-worktree", &[], "").ending, Ending::Exited(0));
    assert!(!stage.worktree().exists());
    let preset = Preset::command("fake", "true", &[]);
    let error = run(&stage.launch(&preset, ""), &AtomicBool::new(false), &mut |_| ()).unwrap_err();
    assert!(matches!(error, AgentError::NoDirectory(_)), "{error}");
}

#[test]
fn a_program_that_cannot_start_is_named_with_the_remedy() {
    let stage = Stage::new();
    std::fs::write(stage.worktree().join("plain"), "echo hello\n").unwrap();
    let check = |preset: Preset, expected: &str| {
        let launch = stage.launch(&preset, &"x".repeat(4 << 20));
        let error = run(&launch, &AtomicBool::new(false), &mut |_| ()).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("set agents.fake.pro"), "{error}");
    };
    let command = |program: &str| Preset::command("fake", program, &[]);
    check(command("no-such-agent"), "there is no program 'no-such-agent'");
    check(command("./missing"), "there is no program './missing'");
    check(command("./plain"), "cannot be executed");
    check(command(fixture("bad-interpreter").to_str().unwrap()), "interpreter that does not exist");
    check(Preset { prompt: PromptBy::Arg, ..command("true") }, "4194304 bytes does not fit");
}

#[test]
fn the_remains_of_a_killed_orca_are_swept_by_their_exact_marker() {
    let stage = Stage::new();
    let marker = stage.marker();
    let orphan = |marker: &str| {
        #[expect(clippy::disallowed_methods, reason = "a process that nobody supervises")]
        let mut command = std::process::Command::new("sleep");
        command.arg("600").env("ORCA_RUN_ID", marker).spawn().unwrap()
    };
    let mut left = [orphan(&marker), orphan(&marker)];
    let mut other = orphan(&format!("{marker}0"));
    assert_eq!(sweep(&marker, &[]), 2);
    assert!(left.iter_mut().all(|child| child.wait().is_ok_and(|status| !status.success())));
    assert!(other.try_wait().unwrap().is_none(), "a longer marker is another's");
    assert_eq!(sweep(&format!("{marker}0"), &[]), 1);
    other.wait().unwrap();
    assert_eq!(sweep(&marker, &[]), 0);
}

#[test]
fn remains_without_a_marker_are_known_by_their_place_and_their_lost_environment() {
    let stage = Stage::new();
    let here = stage.worktree();
    #[expect(clippy::disallowed_methods, reason = "processes that nobody supervises")]
    let command = || std::process::Command::new("sleep");
    let mut lost = command().arg("600").env_clear().current_dir(&here).spawn().unwrap();
    let mut elsewhere = command().arg("600").env_clear().current_dir("/").spawn().unwrap();
    let mut users = command().arg("600").env("HOME", "/").current_dir(&here).spawn().unwrap();
    assert_eq!(sweep(&stage.marker(), std::slice::from_ref(&here)), 1);
    assert!(!lost.wait().unwrap().success());
    for spared in [&mut elsewhere, &mut users] {
        assert!(spared.try_wait().unwrap().is_none());
        spared.kill().unwrap();
        spared.wait().unwrap();
    }
}

#[test]
fn a_shell_command_runs_under_the_same_limits() {
    let mut stage = Stage::new();
    let log = stage.home.path().join("gate.log");
    let check = |stage: &Stage, command: &str| {
        let (dir, marker) = (stage.worktree(), stage.marker());
        let env = [("PORT".to_owned(), "4100".to_owned())];
        let limits = stage.limits;
        let job = Shell { command, dir: &dir, env: &env, log: &log, marker: &marker, limits };
        let ended = shell(&job, &AtomicBool::new(false)).unwrap();
        stage.assert_nothing_is_left();
        (ended.ending, ended.tail)
    };
    let says = |text: &str| text.to_owned();
    assert_eq!(check(&stage, "echo $PORT; echo bad >&2; exit 7"), (Ending::Exited(7), says("4100\nbad")));
    assert_eq!(check(&stage, "cat; seq 100 | tail -n 1"), (Ending::Exited(0), says("100")));
    assert_eq!(check(&stage, "seq 1000").1.lines().count(), 60);
    stage.limits.timeout = Duration::from_millis(200);
    assert_eq!(check(&stage, "echo on; setsid sleep 600; :"), (Ending::TimedOut, says("on")));
    let kept = std::fs::read_to_string(&log).unwrap();
    assert!(kept.starts_with("4100\nbad\n100\n1\n2\n"), "{kept}");
}
