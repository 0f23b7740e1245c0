//! A repository with scripted agents and a planned run: the stage on which runs are played.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use git_orca::engine::{Surroundings, Workspace, create_run, plan_from_file};

use crate::sandbox::{Ran, Sandbox};

/// A sandbox whose repository is ready to be conducted. The script of the task `x` is
/// `agents/x.sh` beside the repository; each of its starts adds a line to `starts-x` there.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
}

/// A task as the plan has it.
pub(crate) struct Part<'a> {
    pub(crate) id: &'a str,
    /// Further lines of its table.
    pub(crate) more: &'a str,
}

/// A task that may write `src/<id>` and waits for nothing.
pub(crate) fn part(id: &str) -> Part<'_> {
    Part { id, more: "" }
}

impl Stage {
    /// `settings` follows the agents in `orca.toml`.
    pub(crate) fn new(settings: &str) -> Self {
        let stage = Self { sandbox: Sandbox::new() };
        std::fs::create_dir(stage.at("agents")).unwrap();
        stage.settings(settings);
        stage.sandbox.write("README.md", "hello\n").write("other/theirs.txt", "theirs\n");
        let ran = stage.sandbox.orca(&["init"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        stage.sandbox.commit_all("start");
        stage
    }

    /// One task per name, all in one wave, each with an agent that writes `src/<name>/done.txt`.
    pub(crate) fn with_tasks(settings: &str, names: &[&str]) -> Self {
        let stage = Self::new(settings);
        for name in names {
            stage.agent(name, &writes(name));
        }
        stage.plan(&names.iter().map(|name| part(name)).collect::<Vec<_>>());
        stage
    }

    /// Replaces what follows the agents in `orca.toml`.
    pub(crate) fn settings(&self, settings: &str) {
        let scripts = format!("{}/{{task}}.sh", self.at("agents").display());
        let agents =
            format!("version = 1\n[agents.scripted]\nprogram = \"sh\"\nargs = [{scripts:?}]\ngrace = 1\n");
        self.sandbox.write("orca.toml", agents + settings);
    }

    /// A path beside the repository.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.sandbox.home().join(name)
    }

    /// Writes the script of a task.
    pub(crate) fn agent(&self, task: &str, script: &str) {
        let text = format!("echo \"$ORCA_ATTEMPT\" >>\"$HOME/starts-{task}\"\nset -eu\n{script}\n");
        std::fs::write(self.at(&format!("agents/{task}.sh")), text).unwrap();
    }

    /// Plans a run of these tasks.
    pub(crate) fn plan(&self, parts: &[Part<'_>]) {
        let table = |part: &Part<'_>| {
            let Part { id, more } = part;
            let scope = format!("scope = [\"src/{id}/**\"]\n");
            let usual = [("scope", scope), ("specialist", "specialist = \"some-specialist\"\n".to_owned())];
            let usual = usual
                .into_iter()
                .filter(|(key, _)| !more.contains(&format!("{key} =")))
                .map(|(_, line)| line);
            let usual: String = usual.collect();
            format!("[[task]]\nid = \"{id}\"\ntitle = \"Part {id}\"\nestimate_tokens = 1000\n{usual}{more}\n")
        };
        let tables: String = parts.iter().map(table).collect();
        let file = self.at("plan.toml");
        std::fs::write(&file, format!("version = 1\nrequest = \"Parts\"\n{tables}")).unwrap();
        let around = Surroundings {
            dir: self.sandbox.repo(),
            binary: PathBuf::from(env!("CARGO_BIN_EXE_git-orca")),
            now: || 1_767_225_600,
            stop: Default::default(),
        };
        let workspace = Workspace::open(&around).unwrap();
        create_run(&workspace, &plan_from_file(&workspace, &file).unwrap()).unwrap();
    }

    /// A commit on `parent` that changes one file and no branch.
    pub(crate) fn commit_on(&self, parent: &str, path: &str, text: &str) -> String {
        let git = |args: &[&str]| self.sandbox.git(args).trim().to_owned();
        self.sandbox.git(&["worktree", "add", "-q", "--detach", "../elsewhere", parent]);
        let file = self.at("elsewhere").join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        git(&["-C", "../elsewhere", "add", "-A"]);
        git(&["-C", "../elsewhere", "commit", "-q", "-m", "by somebody else"]);
        let commit = git(&["-C", "../elsewhere", "rev-parse", "HEAD"]);
        git(&["worktree", "remove", "../elsewhere"]);
        commit
    }

    /// Makes the run look as if it had begun at another commit, of which its tasks know nothing.
    pub(crate) fn integrate_from(&self, commit: &str) {
        let path = "runs/r1/run.toml";
        let ran = self.sandbox.shell(&format!(
            "set -eu; export GIT_INDEX_FILE=../hub-index; git read-tree refs/orca/hub\n\
             blob=$(git show refs/orca/hub:{path} | sed 's/^base = .*/base = \"{commit}\"/' | git hash-object -w --stdin)\n\
             git update-index --cacheinfo 100644,$blob,{path}\n\
             git update-ref refs/orca/hub $(git commit-tree -p refs/orca/hub -m edited $(git write-tree))\n\
             git update-ref refs/heads/orca/r1/integration {commit}"
        ));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }

    /// What `git orca` in the background printed.
    pub(crate) fn said(&self, name: &str) -> String {
        ["out", "err"].map(|end| std::fs::read_to_string(self.at(&format!("{name}.{end}"))).unwrap()).concat()
    }

    /// Runs until something kills the conductor.
    pub(crate) fn run_until_killed(&self) {
        use std::os::unix::process::ExitStatusExt as _;
        let status = self.start("killed", &["run"]).wait().unwrap();
        assert_eq!(status.signal(), Some(9), "{}", self.said("killed"));
    }

    /// `git orca run`, whatever comes of it.
    pub(crate) fn run(&self) -> Ran {
        self.sandbox.orca(&["run"])
    }

    /// Does what a refusal says is to be done to put the integration branch back.
    pub(crate) fn put_back(&self, refused: &Ran) {
        let hint = "hint: to put it back: ";
        let line = refused.stderr.lines().find_map(|line| line.strip_prefix(hint)).unwrap();
        assert_eq!(self.sandbox.shell(line).code, 0, "{line}");
    }

    /// `git orca run` that must do everything.
    pub(crate) fn run_to_the_end(&self) -> Ran {
        let ran = self.run();
        assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
        ran
    }

    /// Starts `git orca` in the background, in a process group of its own, with its output in `name`.out and `name`.err.
    pub(crate) fn start(&self, name: &str, args: &[&str]) -> Child {
        let file = |end: &str| Stdio::from(std::fs::File::create(self.at(&format!("{name}.{end}"))).unwrap());
        let mut command = self.sandbox.orca_command(&self.sandbox.repo(), args);
        command.stdout(file("out")).stderr(file("err")).process_group(0).spawn().unwrap()
    }

    /// How often the agent of a task was started.
    pub(crate) fn starts(&self, task: &str) -> usize {
        std::fs::read_to_string(self.at(&format!("starts-{task}"))).unwrap_or_default().lines().count()
    }

    /// The worktree of a task.
    pub(crate) fn worktree(&self, task: &str) -> PathBuf {
        self.at(&format!("repo.orca/orca-r1-{task}"))
    }

    /// A file on the integration branch; empty when it is not there.
    pub(crate) fn landed(&self, path: &str) -> String {
        self.show("orca/r1/integration", path)
    }

    /// A file of a revision; empty when it is not there.
    pub(crate) fn show(&self, revision: &str, path: &str) -> String {
        let ran = self.sandbox.try_git(&["show", &format!("{revision}:{path}")]);
        if ran.code == 0 { ran.stdout } else { String::new() }
    }

    /// The files of a revision, one line each.
    pub(crate) fn files(&self, revision: &str) -> String {
        self.sandbox.git(&["ls-tree", "-r", "--name-only", revision])
    }

    /// What `git orca status --format json` says of a task under a key.
    pub(crate) fn status(&self, task: &str, key: &str) -> serde_json::Value {
        let ran = self.sandbox.orca(&["status", "--format", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let status: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let tasks = status["data"]["tasks"].as_array().unwrap();
        tasks.iter().find(|found| found["id"] == task).unwrap()[key].clone()
    }

    /// The revisions that some ref of orca's keeps, each with the files in it.
    pub(crate) fn rescued(&self, path: &str) -> Vec<String> {
        let refs = self.sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/orca/rescue"]);
        refs.lines().map(|name| self.show(name, path)).filter(|text| !text.is_empty()).collect()
    }

    /// Fails when something is broken in the repository or something was left running.
    pub(crate) fn must_be_sound(&self) {
        let checked = self.sandbox.try_git(&["fsck", "--no-dangling", "--strict"]);
        assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
        assert_eq!(self.processes(), Vec::<String>::new());
    }

    /// The command lines of all processes that carry a marker of this repository, or work in one of
    /// its worktrees.
    pub(crate) fn processes(&self) -> Vec<String> {
        let line = |pid: String| std::fs::read(format!("/proc/{pid}/cmdline")).ok();
        let text = |line: Vec<u8>| String::from_utf8_lossy(&line).into_owned();
        self.pids().into_iter().filter_map(line).map(text).collect()
    }

    /// The process ids of the same.
    pub(crate) fn pids(&self) -> Vec<String> {
        let marker = format!("{}/repo/.git", self.sandbox.home().canonicalize().unwrap().display());
        let worktrees = self.at("repo.orca").canonicalize().unwrap_or(self.at("repo.orca"));
        let is_ours = |dir: &Path| {
            if std::fs::read_link(dir.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&worktrees)) {
                return true;
            }
            let environ = std::fs::read(dir.join("environ")).unwrap_or_default();
            let environ = String::from_utf8_lossy(&environ);
            environ.split('\0').any(|entry| entry.starts_with("ORCA_RUN_ID=") && entry.contains(&marker))
        };
        let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let name = |dir: PathBuf| Some(dir.file_name()?.to_string_lossy().into_owned());
        processes.filter(|dir| is_ours(dir)).filter_map(name).collect()
    }
}

/// A script that writes `src/<task>/done.txt`.
pub(crate) fn writes(task: &str) -> String {
    format!("cat >/dev/null\nmkdir -p src/{task}\necho 'work of {task}' >src/{task}/done.txt")
}

/// Sends a signal to a process.
pub(crate) fn signal(name: &str, pid: impl std::fmt::Display) {
    Command::new("kill").args(["-s", name, "--", &pid.to_string()]).output().unwrap();
}

/// Waits until something is the case; fails after half a minute.
pub(crate) fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so() {
        assert!(begun.elapsed().as_secs() < 30, "waited for {what}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
