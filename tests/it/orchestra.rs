//! A repository that `git orca init` prepared, with a planned run and a scripted agent.

use std::path::{Path, PathBuf};

use git_orca::engine::{Surroundings, Workspace, create_run, plan_from_file};

use crate::sandbox::{Ran, Sandbox};

/// The sandbox with the run in it.
pub(crate) struct Orchestra {
    pub(crate) sandbox: Sandbox,
}

impl Orchestra {
    /// Plans one task for each name, with the scope `src/<name>/**`; all of them can run at once.
    /// The agent is a shell script.
    pub(crate) fn new(tasks: &[&str], agent: &str) -> Self {
        let sandbox = Sandbox::new();
        let script = sandbox.home().join("agent.sh");
        std::fs::write(&script, format!("set -eu\n{agent}")).unwrap();
        let settings = format!(
            "version = 1\n[agents.scripted]\nprogram = \"sh\"\nargs = [{script:?}]\n\
             [lifecycle]\nmax_rejected = 1\n"
        );
        sandbox.write("orca.toml", settings).write("README.md", "hello\n").write(".gitignore", "/ignored/\n");
        let ran = sandbox.orca(&["init"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        sandbox.commit_all("start");
        let orchestra = Self { sandbox };
        orchestra.plan(tasks);
        orchestra
    }

    /// After a run in which every agent wrote one file in its scope, and all of it was merged.
    pub(crate) fn merged(tasks: &[&str]) -> Self {
        let orchestra = Self::new(tasks, "mkdir -p src/$ORCA_TASK\necho $ORCA_TASK >src/$ORCA_TASK/a\n");
        let ran = orchestra.sandbox.orca(&["run"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        orchestra
    }

    /// Plans one more run.
    pub(crate) fn plan(&self, tasks: &[&str]) {
        let table = |task: &&str| {
            format!(
                "[[task]]\nid = \"{task}\"\ntitle = \"{task}\"\nspecialist = \"types-specialist\"\n\
                 scope = [\"src/{task}/**\"]\n"
            )
        };
        let tables: String = tasks.iter().map(table).collect();
        let file = self.sandbox.home().join("plan.toml");
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

    /// The worktree of a task of the first run.
    pub(crate) fn worktree(&self, task: &str) -> PathBuf {
        self.root().join(format!("orca-r1-{task}"))
    }

    /// Where the worktrees lie.
    pub(crate) fn root(&self) -> PathBuf {
        self.sandbox.home().join("repo.orca")
    }

    /// Git in the worktree of a task.
    pub(crate) fn git(&self, task: &str, args: &[&str]) -> Ran {
        let dir = self.worktree(task);
        self.sandbox.try_git(&[&["-C", dir.to_str().unwrap()], args].concat())
    }

    /// Writes a file in the worktree of a task.
    pub(crate) fn put(&self, task: &str, path: &str, content: &str) {
        put(&self.worktree(task).join(path), content);
    }
}

fn put(file: &Path, content: &str) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, content).unwrap();
}
