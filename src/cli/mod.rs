//! The command line: parse, run one command, turn its outcome into an exit code.
//!
//! The only place that reads the environment, the clock and the working directory, and the only
//! one that prints an error.

mod exit;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{ArgAction, Args, Parser, ValueEnum};

use crate::commands::{self, Command, Context};
use crate::engine::{Fault, Surroundings};
use crate::ui::{Colour, Format, Ui};

/// Conduct parallel coding agents with nothing but Git
///
/// A plan becomes waves of tasks; each task gets its own worktree, branch, write scope and a small
/// context; finished work comes back as handoff commits, is compared across branches before
/// anything merges, and lands wave by wave behind your own tests.
#[derive(Parser)]
#[command(name = "git-orca", bin_name = "git orca", version, arg_required_else_help = true)]
#[command(after_help = "Start with 'git orca demo', then 'git orca init' in a repository of yours.")]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Work as if started in this directory
    #[arg(short = 'C', value_name = "DIR", global = true)]
    dir: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    color: When,
    /// Print results only, no progress
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more (twice: everything)
    #[arg(short, long, action = ArgAction::Count, global = true)]
    verbose: u8,
    /// Shape of the output; sarif, github and markdown are for 'check', slurm and github for 'export'
    #[arg(long, value_name = "FORMAT", default_value = "text", global = true)]
    format: OutputFormat,
}

#[derive(Clone, Copy, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, ValueEnum)]
enum OutputFormat {
    Text,
    Json,
    Sarif,
    Github,
    Markdown,
    Slurm,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => {
            let stop = Arc::new(AtomicBool::new(false));
            let signals = cli.command.stops_by_itself().then(|| exit::Signals::watch(&stop));
            let ui = cli.global.ui();
            let outcome = run(cli, ui, stop);
            exit::code(&ui, outcome, signals.and_then(|signals| signals.code()))
        }
        Err(error) => exit::usage(&error, is_merge()),
    }
}

/// Whether the process stands in for one of Git's, to whose caller a small code counts conflicts.
fn is_merge() -> bool {
    let is_named = |arg: OsString| arg == "merge-file" || arg == "merge-driver";
    std::env::args_os().skip(1).any(is_named)
}

fn run(cli: Cli, ui: Ui, stop: Arc<AtomicBool>) -> anyhow::Result<commands::Outcome> {
    require_shape(ui.format, &cli.command)?;
    let named = environment("GIT_DIR").filter(|_| cli.global.dir.is_none());
    let around = surroundings(cli.global.dir, stop)?;
    let git_dir = named.map(|named| around.dir.join(named));
    commands::run(&Context { ui, around, git_dir }, cli.command)
}

/// Refuses a shape that the command's results have not.
fn require_shape(format: Format, command: &Command) -> Result<(), Fault> {
    let (has_findings, has_jobs) =
        (matches!(command, Command::Check(_)), matches!(command, Command::Export(_)));
    let (is_known, owner) = match format {
        Format::Text | Format::Json => (true, ""),
        Format::Sarif | Format::Markdown => (has_findings, "findings, which only 'git orca check' has"),
        Format::Github => {
            (has_findings || has_jobs, "findings and jobs, of 'git orca check' and 'git orca export'")
        }
        Format::Slurm => (has_jobs, "jobs, which only 'git orca export' has"),
    };
    let fault = || {
        Fault::usage(format!("this shape of output is for {owner}")).hint("--format text or --format json")
    };
    if is_known { Ok(()) } else { Err(fault()) }
}

impl Global {
    fn ui(&self) -> Ui {
        let colour = match self.color {
            When::Auto => Colour::Auto,
            When::Always => Colour::Always,
            When::Never => Colour::Never,
        };
        let format = match self.format {
            OutputFormat::Text => Format::Text,
            OutputFormat::Json => Format::Json,
            OutputFormat::Sarif => Format::Sarif,
            OutputFormat::Github => Format::Github,
            OutputFormat::Markdown => Format::Markdown,
            OutputFormat::Slurm => Format::Slurm,
        };
        // What knows no commands has to be spoken to line by line.
        let can_draw = environment("TERM").is_some_and(|name| !name.is_empty() && name != "dumb");
        Ui { format, colour, can_draw, quiet: self.quiet, verbose: self.verbose }
    }
}

fn surroundings(dir: Option<PathBuf>, stop: Arc<AtomicBool>) -> anyhow::Result<Surroundings> {
    use anyhow::Context as _;
    let start = std::env::current_dir().context("cannot read the current directory")?;
    let dir = match dir {
        Some(dir) => {
            let dir = start.join(dir);
            let cannot = |error| Fault::usage(format!("-C: cannot enter '{}': {error}", dir.display()));
            dir.canonicalize().map_err(cannot)?
        }
        None => start,
    };
    let binary = std::env::current_exe().context("cannot find this program's own path")?;
    Ok(Surroundings { dir, binary, now: seconds_since_1970, stop })
}

fn seconds_since_1970() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs() as i64)
}

/// The value of an environment variable that a hook or an agent was started with.
pub(crate) fn environment(name: &str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    std::env::var_os(name)
}

/// The variables whose names begin with `prefix`, without it; what is not text is left out.
pub(crate) fn environment_with(prefix: &str) -> Vec<(String, String)> {
    let all = std::env::vars_os();
    let texts = all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    texts.filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), value))).collect()
}
