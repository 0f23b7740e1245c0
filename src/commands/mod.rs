//! One file per subcommand: what the user types, then what happens.

mod check;
mod clean;
mod completions;
mod confine;
mod context;
mod demo;
mod doctor;
mod export;
mod handoff;
mod hook;
mod init;
mod man;
mod matrix;
mod mcp;
mod merge;
mod merge_driver;
mod merge_file;
mod plan;
mod pr;
mod report;
mod run;
mod start;
mod status;
mod stop;
mod sync;
mod task;
mod watch;

use std::path::PathBuf;

use crate::engine::{Surroundings, Workspace};
use crate::model::{IdError, RunId, TaskId};
use crate::ui::Ui;

/// What every command gets.
pub(crate) struct Context {
    pub(crate) ui: Ui,
    pub(crate) around: Surroundings,
    /// What `GIT_DIR` names, where `-C` does not say otherwise.
    pub(crate) git_dir: Option<PathBuf>,
}

impl Context {
    fn workspace(&self) -> anyhow::Result<Workspace> {
        let workspace = Workspace::open(&self.around)?;
        if let Some(named) = &self.git_dir {
            workspace.require_git_dir(named)?;
        }
        Ok(workspace)
    }
}

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// A clean "no": findings that block, a conflict, a wave that is not ready.
    No,
    /// Another exit code, where a command has to speak like the one of Git whose place it takes.
    Code(u8),
}

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Plan(plan::Args),
    Task(task::Args),
    Run(run::Args),
    Start(start::Args),
    Stop(stop::Args),
    Handoff(handoff::Args),
    Context(context::Args),
    Check(check::Args),
    Matrix(matrix::Args),
    Merge(merge::Args),
    Pr(pr::Args),
    Sync(sync::Args),
    Export(export::Args),
    MergeFile(merge_file::Args),
    MergeDriver(merge_driver::Args),
    Status(status::Args),
    Watch(watch::Args),
    Report(report::Args),
    Clean(clean::Args),
    Doctor(doctor::Args),
    Demo(demo::Args),
    Mcp(mcp::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[command(hide = true)]
    Hook(hook::Args),
    #[command(hide = true)]
    Confine(confine::Args),
}

impl Command {
    /// Whether it stops by itself, its work in order, once it is asked to. The others change nothing
    /// that could be left half done, and end with the first signal.
    pub(crate) fn stops_by_itself(&self) -> bool {
        matches!(
            self,
            Self::Plan(_)
                | Self::Run(_)
                | Self::Start(_)
                | Self::Stop(_)
                | Self::Handoff(_)
                | Self::Merge(_)
                | Self::Clean(_)
                | Self::Demo(_)
                | Self::Mcp(_)
                | Self::Watch(_)
        )
    }
}

/// Runs one command.
pub(crate) fn run(cx: &Context, command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Init(args) => init::run(cx, &args),
        Command::Plan(args) => plan::run(cx, &args),
        Command::Task(args) => task::run(cx, args),
        Command::Run(args) => run::run(cx, &args),
        Command::Start(args) => start::run(cx, &args),
        Command::Stop(args) => stop::run(cx, &args),
        Command::Handoff(args) => handoff::run(cx, &args),
        Command::Context(args) => context::run(cx, args),
        Command::Check(args) => check::run(cx, &args),
        Command::Matrix(args) => matrix::run(cx, &args),
        Command::Merge(args) => merge::run(cx, &args),
        Command::Pr(args) => pr::run(cx, &args),
        Command::Sync(args) => sync::run(cx, &args),
        Command::Export(args) => export::run(cx, &args),
        Command::MergeFile(args) => Ok(merge_file::run(cx, &args)),
        Command::MergeDriver(args) => Ok(merge_driver::run(cx, &args)),
        Command::Status(args) => status::run(cx, &args),
        Command::Watch(args) => watch::run(cx, &args),
        Command::Report(args) => report::run(cx, &args),
        Command::Clean(args) => clean::run(cx, &args),
        Command::Doctor(args) => doctor::run(cx, &args),
        Command::Demo(args) => demo::run(cx, &args),
        Command::Mcp(args) => mcp::run(cx, &args),
        Command::Completions(args) => completions::run(cx, &args),
        Command::Man(args) => man::run(cx, &args),
        Command::Hook(args) => hook::run(cx, &args),
        Command::Confine(args) => confine::run(&args),
    }
}

/// Reads a run's id from the command line.
fn run_id(text: &str) -> Result<RunId, IdError> {
    RunId::new(text)
}

/// Reads a number of which none would do nothing.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number from 1 on is wanted".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// Reads a task's id from the command line.
fn task_id(text: &str) -> Result<TaskId, IdError> {
    TaskId::new(text)
}
