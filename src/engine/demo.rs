//! A throw-away repository with scripted specialists, conducted by the real machinery.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;

use super::init::write_whole;
use super::planning::plan_from_text;
use super::{
    Event, Fault, InitOptions, Planning, RunEnd, RunOptions, Surroundings, Workspace, conduct, create_run,
    init, plan_init,
};
use crate::git::Git;

/// The demo's repository, ready to be conducted. It goes when this value does, unless it is kept.
pub struct Demo {
    pub workspace: Workspace,
    pub planning: Planning,
    /// The top of the repository.
    pub repository: PathBuf,
    _temporary: Option<TempDir>,
}

macro_rules! demo_files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/demo/", $name)))),*]
    };
}

const REPOSITORY: [(&str, &str); 4] = demo_files![
    "repository/README.md",
    "repository/check.sh",
    "repository/db/documents.py",
    "repository/src/types/document.ts",
];

const SPECIALISTS: [(&str, &str); 6] = demo_files![
    "specialists/algorithm.sh",
    "specialists/backend.sh",
    "specialists/database.sh",
    "specialists/frontend.sh",
    "specialists/tests.sh",
    "specialists/types.sh",
];

const PLAN: &str = include_str!("../../templates/demo/plan.toml");

/// Builds the repository in `keep`, or in a temporary directory, and plans the run.
pub fn prepare_demo(around: &Surroundings, keep: Option<&Path>) -> anyhow::Result<Demo> {
    let temporary = match keep {
        Some(_) => None,
        None => Some(
            tempfile::Builder::new().prefix("git-orca-demo-").tempdir().context("cannot make a directory")?,
        ),
    };
    let dir = match (&temporary, keep) {
        (Some(temporary), _) => temporary.path().to_owned(),
        (None, keep) => require_empty(&around.dir.join(keep.unwrap_or(Path::new("."))))?,
    };
    let repository = dir.join("pad");
    build(&dir, &repository)?;
    let around = Surroundings { dir: repository.clone(), ..around.clone() };
    let workspace = Workspace::open(&around)?;
    init(&workspace, &plan_init(&workspace, InitOptions::default())?)?;
    let git = Git::at(&repository);
    git.run(&["add", "--all"])?;
    git.run(&["commit", "-q", "-m", "Start"])?;
    let planning = plan_from_text(&workspace, Path::new("plan.toml"), PLAN.to_owned())?;
    Ok(Demo { workspace, planning, repository, _temporary: temporary })
}

fn build(dir: &Path, repository: &Path) -> anyhow::Result<()> {
    for (name, text) in REPOSITORY {
        let path = repository.join(name.trim_start_matches("repository/"));
        write_whole(&path, text).with_context(|| format!("cannot write '{}'", path.display()))?;
    }
    for (name, text) in SPECIALISTS {
        let path = dir.join(name);
        write_whole(&path, text).with_context(|| format!("cannot write '{}'", path.display()))?;
    }
    write_whole(&repository.join("orca.toml"), &settings(dir)).context("cannot write 'orca.toml'")?;
    let git = Git::at(repository);
    git.run(&["init", "-q", "-b", "main"])?;
    for (key, value) in [("user.name", "git-orca demo"), ("user.email", "demo@localhost")] {
        git.run(&["config", key, value])?;
    }
    Ok(())
}

fn require_empty(dir: &Path) -> anyhow::Result<PathBuf> {
    let is_empty = || std::fs::read_dir(dir).map(|mut entries| entries.next().is_none());
    if dir.exists() && !is_empty().with_context(|| format!("cannot read '{}'", dir.display()))? {
        let message = format!("'{}' is not empty", dir.display());
        return Err(Fault::usage(message).hint("name a directory that does not exist yet").into());
    }
    std::fs::create_dir_all(dir).with_context(|| format!("cannot create '{}'", dir.display()))?;
    dir.canonicalize().with_context(|| format!("cannot enter '{}'", dir.display()))
}

/// Conducts the demo's run to its end.
pub fn run_demo(demo: &Demo, emit: &mut dyn FnMut(Event)) -> anyhow::Result<RunEnd> {
    let run = create_run(&demo.workspace, &demo.planning)?;
    conduct(&demo.workspace, Some(run), &RunOptions::default(), emit)
}

fn settings(dir: &Path) -> String {
    let scripts = dir.join("specialists");
    let script = format!("{}/{{task}}.sh", scripts.display()).replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "version = 1\n\n\
         # Every role is played by a script of its own.\n\
         [agents.scripted]\nprogram = \"sh\"\nargs = [\"{script}\"]\n\n\
         # What must pass on a merged tree before it lands.\n\
         [gate]\ncommands = [\"sh check.sh\"]\n"
    )
}
