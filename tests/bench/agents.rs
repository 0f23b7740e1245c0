//! What orca costs its agents: their start, being watched, and a wave of fifty.
//!
//! `cargo bench --bench agents`. The agents are shell scripts.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic and prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts programs")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ORCA: &str = env!("CARGO_BIN_EXE_git-orca");

fn main() {
    start();
    supervision();
    one_wave();
}

/// A program that ends at once, alone and confined.
fn start() {
    const N_ROUNDS: usize = 100;
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().to_str().unwrap();
    let confined = ["confine", "--write", place, "--write", "/tmp", "--", "/bin/true"];
    let alone = median(N_ROUNDS, || run(dir.path(), "/bin/true", &[]));
    let confined = median(N_ROUNDS, || run(dir.path(), ORCA, &confined));
    println!(
        "start: {:.1} ms alone, {:.1} ms confined: {:.1} ms more (median of {N_ROUNDS})",
        milliseconds(alone),
        milliseconds(confined),
        milliseconds(confined) - milliseconds(alone)
    );
}

/// Sixteen agents that print ten events a second each.
fn supervision() {
    const N_AGENTS: usize = 16;
    const WATCHED: Duration = Duration::from_secs(10);
    let event = format!("{{\"type\":\"assistant\",\"text\":\"{}\"}}", "x".repeat(300));
    let script = format!(
        "touch \"$HOME/at-$ORCA_TASK\"\nwhile ! test -e \"$HOME/end\"; do echo '{event}'; sleep 0.1; done\n\
         mkdir -p src/$ORCA_TASK; echo work >src/$ORCA_TASK/done.txt\n"
    );
    let stage = Stage::new(&script, N_AGENTS);
    let mut conductor = stage.run();
    stage.wait_for(N_AGENTS);
    let (before, begun) = (cpu(&conductor), Instant::now());
    std::thread::sleep(WATCHED);
    let used = (cpu(&conductor) - before) / begun.elapsed().as_secs_f64();
    let status = std::fs::read_to_string(format!("/proc/{}/status", conductor.id())).unwrap();
    let memory = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    };
    println!(
        "supervision of {N_AGENTS} agents, 10 events a second each: {:.2} % of a core, {:.1} MB and {:.1} MB of program",
        used * 100.0,
        memory("RssAnon"),
        memory("RssFile")
    );
    std::fs::write(stage.at("end"), "").unwrap();
    assert!(conductor.wait().unwrap().success());
}

/// Fifty agents at once that commit by themselves, and everything that Git does around them.
fn one_wave() {
    const N_AGENTS: usize = 50;
    let script = "mkdir -p src/$ORCA_TASK; echo $ORCA_TASK >src/$ORCA_TASK/made.txt; git add src/$ORCA_TASK\n\
                  git commit -q -m \"own work\"; git config --get user.name >/dev/null\n\
                  echo $ORCA_TASK >src/$ORCA_TASK/done.txt\n";
    let stage = Stage::new(script, N_AGENTS);
    let begun = Instant::now();
    assert!(stage.run().wait().unwrap().success());
    let seconds = begun.elapsed().as_secs_f64();
    let landed = stage.git(&["ls-tree", "-r", "--name-only", "orca/r1/integration"]);
    assert_eq!(landed.matches("/made.txt\n").count() + landed.matches("/done.txt\n").count(), 2 * N_AGENTS);
    println!("{N_AGENTS} agents in one wave: {seconds:.1} s from the first worktree to the merged wave");
}

/// A repository with a planned run of agents that play a script.
struct Stage {
    home: tempfile::TempDir,
}

impl Stage {
    fn new(script: &str, n_agents: usize) -> Self {
        let stage = Self { home: tempfile::tempdir().unwrap() };
        std::fs::create_dir(stage.repo()).unwrap();
        std::fs::write(stage.at("agent.sh"), script).unwrap();
        let settings = format!(
            "version = 1\n[agents.scripted]\nprogram = \"sh\"\nargs = [{:?}]\n[waves]\nmax_agents = {n_agents}\n",
            stage.at("agent.sh")
        );
        stage.git(&["init", "-q", "-b", "main", "."]);
        stage.git(&["config", "user.name", "Ada"]);
        stage.git(&["config", "user.email", "ada@example.org"]);
        std::fs::write(stage.repo().join("orca.toml"), settings).unwrap();
        stage.orca(&["init"]);
        stage.git(&["add", "-A"]);
        stage.git(&["commit", "-q", "-m", "start"]);
        let mut plan = "version = 1\nrequest = \"Parts\"\n".to_owned();
        for number in 0..n_agents {
            _ = write!(
                plan,
                "[[task]]\nid = \"t{number}\"\ntitle = \"Part\"\nspecialist = \"worker\"\n\
                 scope = [\"src/t{number}/**\"]\nestimate_tokens = 100\n"
            );
        }
        std::fs::write(stage.at("plan.toml"), plan).unwrap();
        stage.orca(&["plan", "--file", "../plan.toml"]);
        stage
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn repo(&self) -> PathBuf {
        self.at("repo")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.repo()).env("HOME", self.home.path()).stdin(Stdio::null());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        command
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.command("git").args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn orca(&self, args: &[&str]) {
        assert!(self.command(ORCA).args(args).stdout(Stdio::null()).status().unwrap().success(), "{args:?}");
    }

    fn run(&self) -> Child {
        let quiet = || Stdio::null();
        self.command(ORCA).arg("run").stdout(quiet()).stderr(quiet()).spawn().unwrap()
    }

    /// Waits until so many agents are at work.
    fn wait_for(&self, n_agents: usize) {
        let begun = Instant::now();
        while (0..n_agents).any(|number| !self.at(&format!("at-t{number}")).exists()) {
            assert!(begun.elapsed().as_secs() < 120, "the agents do not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The processor time of a process so far, in seconds.
fn cpu(process: &Child) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

fn median(n_rounds: usize, mut act: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..n_rounds)
        .map(|_| {
            let begun = Instant::now();
            act();
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[n_rounds / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn run(dir: &Path, program: &str, args: &[&str]) {
    assert!(Command::new(program).args(args).current_dir(dir).status().unwrap().success(), "{program}");
}
